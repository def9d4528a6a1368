//! Places in a recording.

use serde::Serialize;

use crate::base::Instant;

/// A place in a recording: a time, and how many inputs have been applied by then.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Moment {
    pub at: Instant,
    pub inputs: u32,
}

impl Moment {
    pub const START: Moment = Moment { at: Instant::ZERO, inputs: 0 };
}
