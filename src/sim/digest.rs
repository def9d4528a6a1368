//! Digests: a number for a state or for a history, the same on every platform.

use std::fmt::{self, Debug, Write};

use serde::Serialize;

use super::event::WorldEvent;

/// The number of anything that can be printed for debugging: the print names every field, writes numbers in
/// decimal whatever their width, and shows ordered collections in their order.
pub(super) fn digest_of(state: &impl Debug) -> u64 {
    let mut mixer = Mixer::default();
    write!(mixer, "{state:?}").expect("a mixer takes everything");
    mixer.0
}

/// The hash of a history: feed it every event in order.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
pub struct TraceHash(Mixer);

impl TraceHash {
    pub fn add(&mut self, event: &WorldEvent) {
        write!(self.0, "{event:?}").expect("a mixer takes everything");
    }

    pub fn value(self) -> u64 {
        self.0.0
    }
}

/// FNV-1a: short, fixed for ever, and good enough where nobody looks for collisions.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
struct Mixer(u64);

impl Default for Mixer {
    fn default() -> Mixer {
        Mixer(0xcbf2_9ce4_8422_2325)
    }
}

impl Write for Mixer {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for &byte in text.as_bytes() {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        Ok(())
    }
}
