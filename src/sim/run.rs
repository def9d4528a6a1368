//! Time: which event comes next, and what it does.
//!
//! There is no queue of events to keep in step with the state: what comes next is looked up in the state itself,
//! which is small (some dozens of pipes and nodes). At equal times messages come before deadlines and deadlines
//! before workloads, each kind in the order of its numbers.

use std::rc::Rc;

use crate::base::Instant;
use crate::node::Action;

use super::channel::Side;
use super::message::ChannelId;
use super::process::{Arrival, Peer};
use super::terminal::WorkloadId;
use super::world::World;
use super::{NextWhy, NodeId, ProcessState};

/// How many events may follow each other without time going on. Nothing comes near it unless two parts of the
/// engine wake each other for ever.
const EVENTS_AT_ONCE_MAX: u64 = 1_000_000;

/// What comes next, with what is needed to make it happen. The order of the variants is that of equal times.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Next {
    Message { number: u64, channel: ChannelId, side: Side },
    Unreachable { channel: ChannelId },
    Deadline { node: NodeId },
    Workload { id: WorkloadId },
}

impl World {
    /// When and what the next event is; `None` when nothing will ever happen by itself.
    pub fn next_event(&self) -> Option<(Instant, NextWhy)> {
        let (at, next) = self.find_next()?;
        let why = match next {
            Next::Message { channel, side, .. } => {
                let message = self.channels.get(&channel)?.end(side).pipe.next()?;
                NextWhy::Delivery { message: message.id, from: message.from, to: message.to }
            }
            Next::Unreachable { channel } => {
                let channel = self.channels.get(&channel)?;
                NextWhy::Unreachable { node: channel.ends[0].node, to: channel.ends[1].node }
            }
            Next::Deadline { node } => NextWhy::Deadline { node, wake: self.nodes.get(&node)?.deadline()?.1 },
            Next::Workload { id } => NextWhy::Workload { id, node: self.workloads.get(&id)?.node },
        };
        Some((at, why))
    }

    /// Moves the clock to the next event and lets it happen, with all that follows at once. Gives its time.
    pub fn step(&mut self) -> Option<Instant> {
        let (at, next) = self.find_next()?;
        self.now = at;
        match next {
            Next::Message { channel, side, .. } => self.deliver(channel, side),
            Next::Unreachable { channel } => self.tell_unreachable(channel),
            Next::Deadline { node } => {
                self.with_node(node, |node, now| node.tick(now));
                self.settle(node);
            }
            Next::Workload { id } => self.run_workload(id),
        }
        self.check();
        Some(at)
    }

    /// Lets everything happen up to `t`, that moment included, and moves the clock there. Does nothing when `t` is
    /// in the past.
    pub fn advance_to(&mut self, t: Instant) {
        let (mut moment, mut events) = (self.now, 0);
        while self.find_next().is_some_and(|(at, _)| at <= t) {
            self.step();
            if self.now > moment {
                (moment, events) = (self.now, 0);
            }
            events += 1;
            assert!(
                events < EVENTS_AT_ONCE_MAX,
                "{events} events at {moment}, the next is {:?}",
                self.find_next()
            );
        }
        self.now = self.now.max(t);
    }

    fn find_next(&self) -> Option<(Instant, Next)> {
        let messages = self.channels.values().flat_map(|channel| {
            let arrivals = Side::BOTH.into_iter().filter_map(|side| {
                let message = channel.end(side).pipe.next()?;
                let next = Next::Message { number: message.id.0, channel: channel.id, side };
                Some((message.arrives_at, next))
            });
            let failure = channel.fails_at.map(|(at, _)| (at, Next::Unreachable { channel: channel.id }));
            arrivals.chain(failure)
        });
        let deadlines = self.nodes.values().filter_map(|entry| {
            let (at, _) = entry.deadline()?;
            Some((at.max(self.now), Next::Deadline { node: entry.id }))
        });
        let workloads = self.workloads.values().map(|load| (load.next_at, Next::Workload { id: load.id }));
        messages.chain(deadlines).chain(workloads).min()
    }

    fn tell_unreachable(&mut self, id: ChannelId) {
        let Some(channel) = self.channels.get_mut(&id) else { return };
        let Some((_, why)) = Rc::make_mut(channel).fails_at.take() else { return };
        let node = channel.end(Side::Opener).node;
        self.hand_over(node, Arrival::Failed(id, why));
    }

    /// Does what a node wants, until it wants nothing more for now.
    pub(super) fn settle(&mut self, id: NodeId) {
        loop {
            let Some(entry) = self.nodes.get_mut(&id).filter(|entry| entry.state == ProcessState::Running)
            else {
                return;
            };
            let Some(node) = entry.node.as_mut() else { return };
            let Some(action) = Rc::make_mut(node).poll() else { break };
            self.perform(id, action);
        }
        self.drain_trace(id);
        if let Some(entry) = self.nodes.get_mut(&id) {
            entry.deadline = entry.node.as_ref().and_then(|node| node.next_deadline());
        }
    }

    fn perform(&mut self, id: NodeId, action: Action) {
        let peer =
            |world: &World, conn| world.nodes.get(&id).and_then(|entry| entry.peers.get(&conn)).copied();
        match action {
            Action::Connect { conn, host, port } => self.connect(id, conn, host, port),
            Action::Output { conn } => match peer(self, conn) {
                Some(Peer::Channel(channel, side)) => self.has_output(channel, side),
                Some(Peer::Client(client)) => self.client_reads(client),
                None => {}
            },
            Action::Close { conn, reset } => match peer(self, conn) {
                Some(Peer::Channel(channel, side)) => self.close(channel, side, reset),
                Some(Peer::Client(client)) => self.client_closed(client),
                None => {}
            },
            Action::Save { rdb } => {
                if let Some(entry) = self.nodes.get_mut(&id) {
                    entry.disk = Some(rdb);
                }
            }
            // A node of a world has its configuration from the scenario's text.
            Action::RewriteConfig => {}
            Action::Exit => self.exit(id),
        }
    }
}
