//! Terminals: a person at a node.
//!
//! A terminal sits at the node itself: no link lies between them, and what the node answers is there at once. It
//! prints what `redis-cli` would print.

use std::rc::Rc;

use serde::Serialize;

use crate::base::{Instant, Seq};

/// A workload. Numbers are never used again.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
pub struct WorkloadId(pub u64);

/// How many lines a transcript keeps.
pub const TRANSCRIPT_MAX: usize = 1000;

/// One entry of a transcript.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TranscriptLine {
    /// Counts the entries of a terminal; never used again.
    pub id: u64,
    pub at: Instant,
    pub kind: TranscriptKind,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "kind")]
pub enum TranscriptKind {
    /// What was typed.
    Typed { line: Rc<str> },
    /// What came back, as `redis-cli` prints it; may have several lines. `error`: it was an error reply.
    Reply { text: Rc<str>, error: bool },
    /// What `redis-cli` itself says: `Could not connect to Redis at a:6379: Connection refused`.
    Notice { text: Rc<str> },
}

/// What a terminal shows, oldest first. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Transcript {
    lines: Seq<TranscriptLine>,
    next_id: u64,
}

impl Transcript {
    /// The entries, oldest first; at most [`TRANSCRIPT_MAX`].
    pub fn lines(&self) -> &Seq<TranscriptLine> {
        &self.lines
    }

    pub(super) fn push(&mut self, at: Instant, kind: TranscriptKind) {
        if self.lines.len() == TRANSCRIPT_MAX {
            self.lines.skip(1);
        }
        self.lines.push(TranscriptLine { id: self.next_id, at, kind });
        self.next_id += 1;
    }
}
