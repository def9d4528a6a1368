//! Processes: the nodes of a world with what surrounds them on their machine.
//!
//! A machine has a disk with at most one dump file, a kernel that takes bytes even while the process does not run,
//! and the configuration that the process is started with.

use std::collections::VecDeque;
use std::rc::Rc;

use bytes::Bytes;

use crate::base::{Instant, Map, Version};
use crate::node::{CloseCause, Config, ConnId, Content, Node, Wake};

use super::channel::Side;
use super::client::ClientId;
use super::input::Name;
use super::message::ChannelId;
use super::terminal::Transcript;
use super::{NodeId, ProcessState};

/// A node of a world with its machine. Cheap to clone.
#[derive(Clone, Debug)]
pub struct NodeEntry {
    pub id: NodeId,
    pub name: Name,
    pub version: Version,
    pub state: ProcessState,
    /// The server, while its process lives.
    pub node: Option<Rc<Node>>,
    /// The dump file on its disk.
    pub disk: Option<Bytes>,
    /// How often the process was started.
    pub starts: u64,
    /// What the process is started with.
    pub(super) config: Config,
    /// When the node wants to be woken.
    pub(super) deadline: Option<(Instant, Wake)>,
    pub(super) paused_at: Instant,
    /// What the kernel has taken while the process was paused.
    pub(super) kernel: VecDeque<Arrival>,
    /// Who is at the other end of the node's connections.
    pub(super) peers: Map<ConnId, Peer>,
    pub(super) terminal: ClientId,
    pub(super) raw: Option<ClientId>,
    pub(super) transcript: Transcript,
}

/// Who is at the other end of a connection of a node.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Peer {
    /// Another node; this node has the given side of the channel.
    Channel(ChannelId, Side),
    /// Somebody at the node itself.
    Client(ClientId),
}

/// Something that the kernel hands to the process.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Arrival {
    /// A peer opened a connection.
    Accepted(ChannelId),
    /// The connection that the node asked for stands.
    Connected(ChannelId),
    /// The connection that the node asked for cannot be had.
    Failed(ChannelId, &'static str),
    /// Bytes for the given side of a channel.
    Bytes(ChannelId, Side, Bytes, Content),
    /// The given side of a channel is closed.
    Closed(ChannelId, Side, CloseCause),
    /// Bytes of a client at the node itself.
    Local(ClientId, Bytes),
}

impl NodeEntry {
    /// Whether the process exists, running or paused.
    pub fn is_alive(&self) -> bool {
        self.node.is_some()
    }

    /// The port that the node listens on.
    pub fn port(&self) -> u16 {
        self.config.port()
    }

    /// The configuration that the next start will use.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// When the node wants to be woken, and why; `None` while its process does not run.
    pub fn deadline(&self) -> Option<(Instant, Wake)> {
        self.deadline.filter(|_| self.state == ProcessState::Running)
    }

    /// The terminal's transcript.
    pub fn terminal(&self) -> &Transcript {
        &self.transcript
    }
}
