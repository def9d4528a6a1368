//! World events: what happened, in order.
//!
//! The events of the nodes ([`crate::node::trace`]) with their node's name, and what happened between the nodes:
//! messages, faults, terminals. Like those of a node they carry numbers, not sentences.

use std::rc::Rc;

use serde::Serialize;

use crate::base::{ByteCount, Instant, Span, Version};
use crate::node::{Content, trace};

use super::NodeId;
use super::input::{Name, Way};
use super::link::Bandwidth;
use super::message::{Carries, ChannelId, MessageNote};
use super::terminal::WorkloadId;

/// Something that happened.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WorldEvent {
    /// Counts the events of a world, from 0, without gaps.
    pub seq: u64,
    pub at: Instant,
    /// The node that it happened to; of a message, the one that sent or received it.
    pub node: Option<NodeId>,
    pub kind: WorldEventKind,
}

/// Who typed a line.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum Typist {
    Terminal,
    Workload { id: WorkloadId },
}

/// Why a message did not arrive.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum LossCause {
    /// The link was cut.
    Cut,
    /// The receiver had closed the connection, or its process had died.
    Gone,
}

#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "type")]
pub enum WorldEventKind {
    // -- people and workloads ---------------------------------------------------------------------------------
    Typed {
        by: Typist,
        line: Rc<str>,
    },
    /// The reply as `redis-cli` prints it.
    Replied {
        by: Typist,
        reply: Rc<str>,
    },
    /// A line could not be sent, or its connection ended before the reply came; what `redis-cli` says then.
    NotReached {
        by: Typist,
        error: Rc<str>,
    },
    WorkloadStarted {
        id: WorkloadId,
        every: Span,
        line: Rc<str>,
        count: Option<u64>,
    },
    WorkloadEnded {
        id: WorkloadId,
        runs: u64,
    },

    // -- connections and messages -----------------------------------------------------------------------------
    /// The node asks for a connection to another one; `to` is `None` when no node has that name.
    ConnectAsked {
        channel: Option<ChannelId>,
        host: Rc<str>,
        port: u16,
        to: Option<NodeId>,
    },
    /// The connection stands, as the node that asked for it sees it.
    ConnectDone {
        channel: ChannelId,
        to: NodeId,
    },
    /// The node that asked for a connection is told that there is none.
    ConnectRefused {
        channel: Option<ChannelId>,
        to: Option<NodeId>,
        why: Rc<str>,
    },
    MessageSent(MessageNote),
    MessageDelivered(MessageNote),
    MessageLost {
        message: MessageNote,
        cause: LossCause,
    },
    /// A connection is gone for the node: the other side closed it, or it was reset.
    ConnectionEnded {
        channel: ChannelId,
        peer: NodeId,
        reset: bool,
    },

    // -- links ------------------------------------------------------------------------------------------------
    LinkSet {
        from: NodeId,
        to: NodeId,
        way: Way,
        latency: Span,
        bandwidth: Option<Bandwidth>,
    },
    /// `messages` messages with `lost` bytes were under way.
    LinkCut {
        from: NodeId,
        to: NodeId,
        way: Way,
        connections: u64,
        messages: u64,
        lost: ByteCount,
    },
    /// `held` bytes that a blackhole held back travel again.
    LinkHealed {
        from: NodeId,
        to: NodeId,
        way: Way,
        held: ByteCount,
    },
    LinkBlackholed {
        from: NodeId,
        to: NodeId,
        way: Way,
        held: ByteCount,
    },

    // -- processes --------------------------------------------------------------------------------------------
    NodeAdded {
        name: Name,
        version: Version,
    },
    NodeRemoved {
        name: Name,
    },
    /// The memory is lost: `keys` keys; the dump on the disk, if any, has `dump` bytes.
    Crashed {
        keys: u64,
        dump: Option<ByteCount>,
    },
    /// The process ended by itself (`SHUTDOWN`).
    Exited,
    /// The process starts again, from the dump on its disk if there is one.
    Restarted {
        dump: Option<ByteCount>,
    },
    Paused,
    /// `waiting` bytes had come in the meantime.
    Resumed {
        paused_for: Span,
        waiting: ByteCount,
    },
    Configured {
        directive: Rc<str>,
        value: Rc<str>,
        at_once: bool,
    },

    // -- inside a node ------------------------------------------------------------------------------------------
    /// An event of the node itself.
    #[serde(untagged)]
    Node(trace::Event),
}

impl WorldEventKind {
    /// Whether this is a step of the story, or a deed of somebody who changes the world; see
    /// [`trace::Event::is_milestone`]. Typed commands are none: what they cause is.
    pub fn is_milestone(&self) -> bool {
        match self {
            WorldEventKind::Node(event) => event.is_milestone(),
            WorldEventKind::LinkCut { .. }
            | WorldEventKind::LinkHealed { .. }
            | WorldEventKind::LinkBlackholed { .. }
            | WorldEventKind::NodeRemoved { .. }
            | WorldEventKind::Crashed { .. }
            | WorldEventKind::Exited
            | WorldEventKind::Paused
            | WorldEventKind::Resumed { .. } => true,
            WorldEventKind::Typed { .. }
            | WorldEventKind::Replied { .. }
            | WorldEventKind::NotReached { .. }
            | WorldEventKind::WorkloadStarted { .. }
            | WorldEventKind::WorkloadEnded { .. }
            | WorldEventKind::ConnectAsked { .. }
            | WorldEventKind::ConnectDone { .. }
            | WorldEventKind::ConnectRefused { .. }
            | WorldEventKind::MessageSent(_)
            | WorldEventKind::MessageDelivered(_)
            | WorldEventKind::MessageLost { .. }
            | WorldEventKind::ConnectionEnded { .. }
            | WorldEventKind::LinkSet { .. }
            | WorldEventKind::NodeAdded { .. }
            // The node itself says that it has started.
            | WorldEventKind::Restarted { .. }
            | WorldEventKind::Configured { .. } => false,
        }
    }

    /// Whether this is the routine of a link in good order: the ACKs of replicas, and what nodes say of PING and
    /// ACK. A message of the stream is not routine, for its bytes may be writes.
    pub fn is_routine(&self) -> bool {
        match self {
            WorldEventKind::Node(event) => event.is_routine(),
            WorldEventKind::MessageSent(note) | WorldEventKind::MessageDelivered(note) => {
                matches!(note.carries, Carries::Data { content: Content::Ack | Content::KeepAlive })
            }
            _ => false,
        }
    }
}
