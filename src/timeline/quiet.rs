//! Quiet time: spans in which nothing travels and nothing is processed.
//!
//! Links take 20 ms, but retries and ACKs come each second, PINGs every ten, timeouts after sixty. Whoever plays
//! jumps over such a span, and says what was waited for.

use serde::Serialize;

use crate::base::Instant;
use crate::sim::{NextWhy, World};

use super::Timeline;

/// How many wake-ups without any effect are looked through.
const LOOK_AHEAD_MAX: usize = 2_000;

/// A span without anything to see, from the cursor on.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Quiet {
    pub from: Instant,
    /// When something happens again; `None`: not within what was looked through.
    pub until: Option<Instant>,
    /// What happens then; `None` when somebody did something (a recorded input).
    pub why: Option<NextWhy>,
}

impl Timeline {
    /// The quiet span that begins at the cursor; `None` while something is under way.
    pub fn quiet(&self) -> Option<Quiet> {
        if is_busy(self.world()) {
            return None;
        }
        let from = self.now();
        let input = self.branch().inputs.get(self.moment().inputs as usize).map(|recorded| recorded.at);
        let mut ahead = self.world().clone();
        for _ in 0..LOOK_AHEAD_MAX {
            let Some((due, why)) = ahead.next_event() else { break };
            if input.is_some_and(|input| input <= due) {
                break;
            }
            ahead.advance_to(due);
            if !ahead.take_events().is_empty() || is_busy(&ahead) {
                return Some(Quiet { from, until: Some(due), why: Some(why) });
            }
        }
        Some(Quiet { from, until: input, why: None })
    }
}

/// Whether there is something to watch: a message under way, a snapshot, an RDB being loaded.
fn is_busy(world: &World) -> bool {
    let works = |entry: &crate::sim::NodeEntry| {
        entry.node.as_ref().is_some_and(|node| node.view(world.now()).is_busy())
    };
    world.in_flight().any(|message| message.held_since.is_none()) || world.nodes().any(works)
}
