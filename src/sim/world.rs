//! The world itself: what it holds, and what onlookers may ask.

use std::rc::Rc;

use crate::base::{Instant, Map, UnixMs};
use crate::node::Node;
use crate::node::trace::Traced;

use super::channel::Channel;
use super::client::{Client, ClientId, Workload};
use super::digest::digest_of;
use super::event::{WorldEvent, WorldEventKind};
use super::input::InputError;
use super::invariants::Checkers;
use super::link::{LinkView, Road};
use super::message::{ChannelId, Message};
use super::process::NodeEntry;
use super::terminal::WorkloadId;
use super::{NodeId, ProcessState};

/// Calendar time of a world's first moment: 1 January 2026, 00:00:00 UTC.
pub const EPOCH: UnixMs = UnixMs(1_767_225_600_000);

/// Some nodes, what lies between them, and a clock. Cheap to clone: what two worlds have in common they share.
#[derive(Clone, Debug)]
pub struct World {
    pub(super) seed: u64,
    pub(super) now: Instant,
    pub(super) nodes: Map<NodeId, NodeEntry>,
    pub(super) channels: Map<ChannelId, Rc<Channel>>,
    /// Only the roads that differ from the default.
    pub(super) roads: Map<(NodeId, NodeId), Road>,
    pub(super) clients: Map<ClientId, Rc<Client>>,
    pub(super) workloads: Map<WorkloadId, Rc<Workload>>,
    pub(super) next: Counters,
    pub(super) log: Log,
    pub(super) checkers: Option<Rc<Checkers>>,
}

/// The numbers that are given next.
#[derive(Clone, Debug, Default)]
pub(super) struct Counters {
    pub(super) node: u32,
    pub(super) channel: u64,
    pub(super) message: u64,
    pub(super) client: u64,
    pub(super) workload: u64,
    pub(super) port: u16,
}

/// The events that nobody has taken yet.
#[derive(Clone, Debug)]
pub(super) struct Log {
    pub(super) events: Vec<WorldEvent>,
    pub(super) next_seq: u64,
    pub(super) enabled: bool,
}

impl Log {
    #[inline]
    pub(super) fn push(&mut self, at: Instant, node: Option<NodeId>, kind: WorldEventKind) {
        if self.enabled {
            self.events.push(WorldEvent { seq: self.next_seq, at, node, kind });
            self.next_seq += 1;
        }
    }
}

impl World {
    /// An empty world. All that is random in it comes from `seed`.
    pub fn new(seed: u64) -> World {
        World {
            seed,
            now: Instant::ZERO,
            nodes: Map::new(),
            channels: Map::new(),
            roads: Map::new(),
            clients: Map::new(),
            workloads: Map::new(),
            next: Counters::default(),
            log: Log { events: Vec::new(), next_seq: 0, enabled: true },
            checkers: None,
        }
    }

    pub fn seed(&self) -> u64 {
        self.seed
    }

    pub fn now(&self) -> Instant {
        self.now
    }

    /// The events since they were last taken. Whoever drives a world takes them often: a clone copies those that
    /// are left.
    pub fn take_events(&mut self) -> Vec<WorldEvent> {
        std::mem::take(&mut self.log.events)
    }

    /// Hands out the events since they were last taken, keeping the allocation.
    pub fn drain_events(&mut self, mut into: impl FnMut(WorldEvent)) {
        self.log.events.drain(..).for_each(&mut into);
    }

    /// Switches events on or off; without them a world runs faster. They are on at first.
    pub fn set_tracing(&mut self, on: bool) {
        self.log.enabled = on;
        for entry in self.nodes.values_mut() {
            if let Some(node) = &mut entry.node {
                Rc::make_mut(node).set_tracing(on);
            }
        }
    }

    /// The nodes, oldest first.
    pub fn nodes(&self) -> impl Iterator<Item = &NodeEntry> {
        self.nodes.values()
    }

    pub fn node(&self, id: NodeId) -> Option<&NodeEntry> {
        self.nodes.get(&id)
    }

    pub fn node_named(&self, name: &str) -> Option<&NodeEntry> {
        self.nodes.values().find(|entry| &*entry.name == name)
    }

    /// The road from one node to another.
    pub fn road(&self, from: NodeId, to: NodeId) -> Road {
        match from == to {
            true => Road::LOCAL,
            false => self.roads.get(&(from, to)).copied().unwrap_or_default(),
        }
    }

    /// The links between all pairs of nodes.
    pub fn links(&self) -> Vec<LinkView> {
        let mut links = Vec::new();
        for a in self.nodes.values() {
            for b in self.nodes.range(a.id..).skip(1).map(|(_, b)| b) {
                links.push(LinkView {
                    a: a.id,
                    b: b.id,
                    a_name: a.name.clone(),
                    b_name: b.name.clone(),
                    forth: self.road(a.id, b.id),
                    back: self.road(b.id, a.id),
                    connections: self.channels.values().filter(|channel| channel.joins(a.id, b.id)).count()
                        as u64,
                });
            }
        }
        links
    }

    /// What is under way, by connection and direction in the order of sending.
    pub fn in_flight(&self) -> impl Iterator<Item = &Message> {
        self.channels
            .values()
            .flat_map(|channel| channel.ends.iter())
            .flat_map(|end| end.pipe.under_way.iter())
    }

    /// Whether nothing is under way from `from` to `to` and nothing waits in the kernel of `to`.
    pub fn is_quiet_between(&self, from: NodeId, to: NodeId) -> bool {
        self.channels.values().all(|channel| {
            channel.sides_from(from, to).all(|side| {
                let pipe = &channel.end(side).pipe;
                pipe.under_way.is_empty() && pipe.unread == 0
            })
        })
    }

    /// The node that a connection of `node` leads to: who is behind a replica that a master lists, say.
    pub fn peer_of(&self, node: NodeId, conn: crate::node::ConnId) -> Option<NodeId> {
        match self.nodes.get(&node)?.peers.get(&conn)? {
            super::process::Peer::Channel(channel, side) => {
                Some(self.channels.get(channel)?.end(side.other()).node)
            }
            super::process::Peer::Client(_) => None,
        }
    }

    /// The number of the state: worlds with the same number go on in the same way, to the byte. It does not
    /// depend on the platform, nor on the events that nobody has taken.
    pub fn digest(&self) -> u64 {
        digest_of(&(
            (self.seed, self.now, &self.nodes, &self.channels, &self.roads),
            (&self.clients, &self.workloads, &self.next),
        ))
    }

    pub(super) fn id_of(&self, name: &str) -> Result<NodeId, InputError> {
        self.node_named(name).map(|entry| entry.id).ok_or_else(|| InputError::UnknownNode(name.into()))
    }

    pub(super) fn emit(&mut self, node: NodeId, kind: WorldEventKind) {
        self.log.push(self.now, Some(node), kind);
    }

    /// Lets a node that runs take something in, and logs what it says of it.
    pub(super) fn with_node<R>(
        &mut self,
        id: NodeId,
        deed: impl FnOnce(&mut Node, Instant) -> R,
    ) -> Option<R> {
        let entry = self.nodes.get_mut(&id).filter(|entry| entry.state == ProcessState::Running)?;
        let node = Rc::make_mut(entry.node.as_mut()?);
        let result = deed(node, self.now);
        self.drain_trace(id);
        Some(result)
    }

    pub(super) fn drain_trace(&mut self, id: NodeId) {
        let World { nodes, log, .. } = self;
        if let Some(node) = nodes.get_mut(&id).and_then(|entry| entry.node.as_mut()).filter(|_| log.enabled) {
            Rc::make_mut(node).drain_trace(&mut |traced: Traced| {
                log.push(traced.at, Some(id), WorldEventKind::Node(traced.event));
            });
        }
    }
}
