//! The world: nodes, the links between them, and a clock that only events move.
//!
//! Picture a table with some servers on it, cables between them, a terminal at each, and one clock on the wall that
//! jumps from one event to the next. An [`Input`] is what a hand does at this table; a [`WorldEvent`] is what can be
//! seen there. Everything follows from a seed and the inputs: two worlds with the same ones are equal to the byte,
//! natively and in WebAssembly.
//!
//! | file | what it is |
//! |---|---|
//! | `input` | what can be done |
//! | `event` | what happened |
//! | `world` | what a world holds, and what may be asked of it |
//! | `act` | inputs take effect |
//! | `run` | time goes on |
//! | `link`, `channel`, `message` | cables, the connections over them, and what is under way |
//! | `wire` | how connections begin, carry bytes and end |
//! | `process` | a node's process, kernel and disk |
//! | `client`, `talk` | terminals and workloads at a node |
//! | `invariants`, `stream_book` | what must hold after every event |
//! | `compare` | two nodes side by side |
//! | `swarm` | random worlds with faults |
//! | `terminal` | what a person at a node sees |
//!
//! Absent on purpose: what a server does with bytes (`node`), recording and stepping back (`timeline`), text for
//! people (`narrate`).

mod act;
mod channel;
mod client;
mod compare;
mod digest;
mod event;
mod input;
mod invariants;
mod link;
mod message;
mod process;
mod run;
mod stream_book;
mod swarm;
mod talk;
mod terminal;
mod wire;
mod world;

#[cfg(test)]
mod tests;

use serde::Serialize;

pub use compare::{Kinship, Pair};
pub use digest::TraceHash;
pub use event::{LossCause, Typist, WorldEvent, WorldEventKind};
pub use input::{
    Input, InputError, LATENCY_MAX, LINE_MAX, NAME_MAX, NODES_MAX, Name, RDB_INFLATED_MAX, RDB_MAX,
    WORKLOADS_MAX, Way, is_name,
};
pub use invariants::{Claim, ClaimId, ClaimState};
pub use link::{Bandwidth, LATENCY_DEFAULT, LinkView, Road, RoadState, WINDOW_MAX};
pub use message::{Carries, ChannelId, Message, MessageId, MessageNote};
pub use process::NodeEntry;
pub use swarm::{Outcome, Tally, swarm, swarm_many, swarm_watched};
pub use terminal::{TRANSCRIPT_MAX, Transcript, TranscriptKind, TranscriptLine, WorkloadId};
pub use world::{EPOCH, World};

use crate::node::Wake;

/// A node of a world. Numbers are never used again.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
pub struct NodeId(pub u32);

/// What a node's process does.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum ProcessState {
    Running,
    /// Stopped by a signal: its kernel still takes bytes.
    Paused,
    /// Killed; its memory is lost.
    Crashed,
    /// Ended by itself (`SHUTDOWN`).
    Exited,
}

/// What the next event of a world is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "kind")]
pub enum NextWhy {
    /// A message arrives.
    Delivery { message: MessageId, from: NodeId, to: NodeId },
    /// The network tells a node that another one cannot be reached.
    Unreachable { node: NodeId, to: NodeId },
    /// A node has asked to be woken.
    Deadline { node: NodeId, wake: Wake },
    /// A workload types its line.
    Workload { id: WorkloadId, node: NodeId },
}
