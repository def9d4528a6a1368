//! Connections: how they begin, carry bytes and end, as TCP would have it.
//!
//! - A request for a connection travels to the listener. A process that lives answers it (its kernel does, if it is
//!   paused); on a machine whose process is dead, or where nothing listens on that port, it is refused.
//! - Where the road is cut, the one who asks is told after one latency that there is no route. Where it is a
//!   blackhole, the request waits in it, and the asking node has only its own timeout.
//! - A process that dies leaves its kernel to reset its connections; that sign travels like everything else.

use std::rc::Rc;

use bytes::Bytes;

use crate::base::Instant;
use crate::node::{CloseCause, ConnId, Payload};

use super::channel::{Channel, EndState, Side};
use super::event::{LossCause, WorldEventKind};
use super::link::{RoadState, WINDOW_MAX};
use super::message::{Carries, ChannelId, Message, MessageId};
use super::process::{Arrival, Peer};
use super::world::World;
use super::{NodeId, ProcessState};

/// What the C library says of a name that no machine has.
const NO_NAME: &str = "Name or service not known";
/// `EHOSTUNREACH`.
const NO_ROUTE: &str = "No route to host";
/// `ECONNREFUSED`.
const REFUSED: &str = "Connection refused";

/// The first port that a machine gives to the connections it opens, and how many there are.
const PORT_FIRST: u16 = 32768;
const PORT_COUNT: u16 = 28232;

impl World {
    /// A node asks for a connection.
    pub(super) fn connect(&mut self, node: NodeId, conn: ConnId, host: Rc<str>, port: u16) {
        let own = matches!(&*host, "localhost" | "127.0.0.1" | "::1");
        let to = if own { Some(node) } else { self.node_named(&host).map(|entry| entry.id) };
        let Some(to) = to else {
            self.emit(node, WorldEventKind::ConnectAsked { channel: None, host, port, to: None });
            self.emit(node, WorldEventKind::ConnectRefused { channel: None, to: None, why: NO_NAME.into() });
            self.with_node(node, |node, now| node.connect_failed(now, conn, NO_NAME));
            return;
        };
        let id = ChannelId(self.next.channel);
        self.next.channel += 1;
        self.emit(node, WorldEventKind::ConnectAsked { channel: Some(id), host, port, to: Some(to) });
        let mut channel = Channel::new(id, (node, conn), (to, port));
        let road = self.road(node, to);
        if road.state == RoadState::Cut {
            channel.fails_at = Some((self.now + road.latency, NO_ROUTE));
        }
        let is_cut = channel.fails_at.is_some();
        self.channels.insert(id, Rc::new(channel));
        if let Some(entry) = self.nodes.get_mut(&node) {
            entry.peers.insert(conn, Peer::Channel(id, Side::Opener));
        }
        if !is_cut {
            self.send(id, Side::Opener, Carries::Open, Bytes::new());
        }
    }

    /// Sends a message from one side of a channel.
    fn send(&mut self, id: ChannelId, side: Side, carries: Carries, bytes: Bytes) {
        let World { channels, roads, now, .. } = self;
        let Some(channel) = channels.get_mut(&id) else { return };
        let (from, to) = (channel.end(side).node, channel.end(side.other()).node);
        let mut local = super::Road::LOCAL;
        let road = match from == to {
            true => &mut local,
            false => roads.get_or_default((from, to)),
        };
        if road.state == RoadState::Cut {
            return;
        }
        let (sent_at, left_at) = road.send(*now, bytes.len() as u64);
        let pipe = &mut Rc::make_mut(channel).end_mut(side).pipe;
        let message = Message {
            id: MessageId(self.next.message),
            channel: id,
            from,
            to,
            carries,
            bytes,
            sent_at,
            left_at,
            arrives_at: (left_at + road.latency).max(pipe.last_arrival),
            held_since: (road.state == RoadState::Blackhole).then_some(*now),
        };
        self.next.message += 1;
        let note = message.note();
        pipe.push(message);
        self.emit(from, WorldEventKind::MessageSent(note));
    }

    /// Takes output from the node on one side, as far as the window reaches.
    pub(super) fn pump(&mut self, id: ChannelId, side: Side) {
        loop {
            let Some(channel) = self.channels.get(&id) else { return };
            let end = channel.end(side);
            let (true, EndState::Open, Some(conn)) = (end.ready, end.state, end.conn) else { return };
            let (now, sender) = (self.now, end.node);
            let road = self.road(sender, channel.end(side.other()).node);
            let used = end.pipe.in_flight + end.pipe.unread;
            let room = road.window().saturating_sub(end.pipe.in_flight).min(WINDOW_MAX.saturating_sub(used));
            let Some(entry) = self.nodes.get_mut(&sender).filter(|e| e.state == ProcessState::Running) else {
                return;
            };
            let Some(node) = entry.node.as_mut() else { return };
            // A sliver of the window is not worth a segment while more is coming (RFC 1122, 4.2.3.4).
            let worthwhile = road.segment().min(node.pending_output(conn).0);
            if room == 0 || (room < worthwhile && used > 0) {
                return;
            }
            let taken = Rc::make_mut(node).take_output(now, conn, room.min(road.segment()) as usize);
            // What the node says of it belongs to this moment.
            self.drain_trace(sender);
            match taken {
                Some(Payload { bytes, content }) => self.send(id, side, Carries::Data { content }, bytes),
                None => {
                    if let Some(channel) = self.channels.get_mut(&id) {
                        Rc::make_mut(channel).end_mut(side).ready = false;
                    }
                    return;
                }
            }
        }
    }

    /// The node says that a connection has output.
    pub(super) fn has_output(&mut self, id: ChannelId, side: Side) {
        if let Some(channel) = self.channels.get_mut(&id) {
            if !channel.end(side).ready {
                Rc::make_mut(channel).end_mut(side).ready = true;
            }
            self.pump(id, side);
        }
    }

    /// The first message that the given side has sent arrives.
    pub(super) fn deliver(&mut self, id: ChannelId, side: Side) {
        let Some(channel) = self.channels.get_mut(&id) else { return };
        let Some(message) = Rc::make_mut(channel).end_mut(side).pipe.pop() else { return };
        let note = message.note();
        let at = side.other();
        let (state, from, to) = (channel.end(at).state, message.from, message.to);
        match message.carries {
            Carries::Open => {
                self.emit(to, WorldEventKind::MessageDelivered(note));
                self.arrive_open(id, to);
            }
            Carries::Accept if state == EndState::Opening => {
                self.emit(to, WorldEventKind::MessageDelivered(note));
                if let Some(channel) = self.channels.get_mut(&id) {
                    Rc::make_mut(channel).end_mut(at).state = EndState::Open;
                }
                self.hand_over(to, Arrival::Connected(id));
            }
            Carries::Refuse => {
                self.emit(to, WorldEventKind::MessageDelivered(note));
                self.hand_over(to, Arrival::Failed(id, REFUSED));
            }
            Carries::Data { content } if state == EndState::Open => {
                self.emit(to, WorldEventKind::MessageDelivered(note));
                self.hand_over(to, Arrival::Bytes(id, at, message.bytes, content));
                self.pump(id, side);
            }
            Carries::End | Carries::Reset if state == EndState::Open => {
                self.emit(to, WorldEventKind::MessageDelivered(note));
                let cause =
                    if message.carries == Carries::End { CloseCause::Closed } else { CloseCause::Reset };
                self.hand_over(to, Arrival::Closed(id, at, cause));
            }
            _ => {
                self.emit(from, WorldEventKind::MessageLost { message: note, cause: LossCause::Gone });
                self.answer_from_closed(id, at);
            }
        }
    }

    /// A request for a connection arrives.
    fn arrive_open(&mut self, id: ChannelId, to: NodeId) {
        let Some(channel) = self.channels.get(&id) else { return };
        let (from, port) = (channel.end(Side::Opener).node, channel.port);
        let listens = self.nodes.get(&to).is_some_and(|entry| entry.is_alive() && entry.port() == port);
        if !listens {
            self.send(id, Side::Listener, Carries::Refuse, Bytes::new());
            return;
        }
        // A cut on the way back: the answer would be lost, and the one who asks never learns of the connection.
        if self.road(to, from).state == RoadState::Cut {
            return;
        }
        if let Some(channel) = self.channels.get_mut(&id) {
            Rc::make_mut(channel).end_mut(Side::Listener).state = EndState::Open;
        }
        self.send(id, Side::Listener, Carries::Accept, Bytes::new());
        self.hand_over(to, Arrival::Accepted(id));
    }

    /// Bytes came for a connection that this side knows no more: TCP answers with a reset, once.
    fn answer_from_closed(&mut self, id: ChannelId, side: Side) {
        let Some(channel) = self.channels.get_mut(&id) else { return };
        if channel.end(side).state == (EndState::Closed { told: false }) {
            Rc::make_mut(channel).end_mut(side).state = EndState::Closed { told: true };
            self.send(id, side, Carries::Reset, Bytes::new());
        }
    }

    /// Gives something to a process, or to its kernel while it is paused.
    pub(super) fn hand_over(&mut self, to: NodeId, arrival: Arrival) {
        match self.nodes.get(&to).map(|entry| entry.state) {
            Some(ProcessState::Running) => {
                self.take_in(to, arrival);
                self.settle(to);
            }
            Some(ProcessState::Paused) => {
                if let Arrival::Bytes(id, side, bytes, _) = &arrival
                    && let Some(channel) = self.channels.get_mut(id)
                {
                    Rc::make_mut(channel).end_mut(side.other()).pipe.unread += bytes.len() as u64;
                }
                if let Some(entry) = self.nodes.get_mut(&to) {
                    entry.kernel.push_back(arrival);
                }
            }
            _ => {}
        }
    }

    /// A running process takes in what the kernel hands to it.
    pub(super) fn take_in(&mut self, to: NodeId, arrival: Arrival) {
        match arrival {
            Arrival::Accepted(id) => {
                let Some(channel) = self.channels.get(&id) else { return };
                let from = channel.end(Side::Opener).node;
                let Some(host) = self.nodes.get(&from).map(|entry| entry.name.clone()) else { return };
                let port = PORT_FIRST + self.next.port % PORT_COUNT;
                self.next.port = (self.next.port + 1) % PORT_COUNT;
                let Some(conn) = self.with_node(to, |node, now| node.accept(now, host, port)) else { return };
                if let Some(entry) = self.nodes.get_mut(&to) {
                    entry.peers.insert(conn, Peer::Channel(id, Side::Listener));
                }
                if let Some(channel) = self.channels.get_mut(&id) {
                    Rc::make_mut(channel).end_mut(Side::Listener).conn = Some(conn);
                }
            }
            Arrival::Connected(id) => {
                let Some(channel) = self.channels.get(&id) else { return };
                let peer = channel.end(Side::Listener).node;
                if let Some(conn) = channel.end(Side::Opener).conn {
                    self.emit(to, WorldEventKind::ConnectDone { channel: id, to: peer });
                    self.with_node(to, |node, now| node.connected(now, conn));
                }
            }
            Arrival::Failed(id, why) => {
                let Some(channel) = self.channels.get(&id) else { return };
                let (peer, conn) = (channel.end(Side::Listener).node, channel.end(Side::Opener).conn);
                self.emit(
                    to,
                    WorldEventKind::ConnectRefused { channel: Some(id), to: Some(peer), why: why.into() },
                );
                self.close_end(id, Side::Opener, true);
                self.close_unheard(id);
                if let Some(conn) = conn {
                    self.with_node(to, |node, now| node.connect_failed(now, conn, why));
                }
            }
            Arrival::Bytes(id, side, bytes, content) => {
                self.note_stream(to, content, &bytes);
                if let Some(conn) = self.channels.get(&id).and_then(|channel| channel.end(side).conn) {
                    self.with_node(to, |node, now| node.receive(now, conn, &bytes));
                }
            }
            Arrival::Closed(id, side, cause) => {
                let Some(channel) = self.channels.get(&id) else { return };
                let (peer, conn) = (channel.end(side.other()).node, channel.end(side).conn);
                if matches!(channel.end(side).state, EndState::Closed { .. }) {
                    return;
                }
                let reset = cause == CloseCause::Reset;
                self.emit(to, WorldEventKind::ConnectionEnded { channel: id, peer, reset });
                self.close_end(id, side, true);
                if let Some(conn) = conn {
                    self.with_node(to, |node, now| node.closed(now, conn, cause));
                }
            }
            Arrival::Local(client, bytes) => self.client_sends(client, &bytes),
        }
    }

    /// The node closes a connection to another node.
    pub(super) fn close(&mut self, id: ChannelId, side: Side, reset: bool) {
        let Some(channel) = self.channels.get(&id) else { return };
        match channel.end(side).state {
            EndState::Closed { .. } => {}
            // Nobody on the other side knows of it yet.
            EndState::Opening if channel.end(side.other()).state == EndState::Opening => {
                self.close_end(id, side, true);
                self.close_unheard(id);
            }
            // The answer is under way; it will find the door closed.
            EndState::Opening => self.close_end(id, side, false),
            EndState::Open => {
                let carries = if reset { Carries::Reset } else { Carries::End };
                self.send(id, side, carries, Bytes::new());
                self.close_end(id, side, true);
            }
        }
    }

    /// One side is done with the channel; when both are, the channel is gone.
    pub(super) fn close_end(&mut self, id: ChannelId, side: Side, told: bool) {
        let Some(channel) = self.channels.get_mut(&id) else { return };
        let channel = Rc::make_mut(channel);
        let end = channel.end_mut(side);
        end.state = EndState::Closed { told };
        let (node, conn, is_dead) = (end.node, end.conn, channel.is_dead());
        if let (Some(conn), Some(entry)) = (conn, self.nodes.get_mut(&node)) {
            entry.peers.remove(&conn);
        }
        if is_dead {
            self.lose_pipes(id, LossCause::Gone);
            self.channels.remove(&id);
        }
    }

    /// The opener is gone; a listener that has not heard of the channel never will.
    fn close_unheard(&mut self, id: ChannelId) {
        if self
            .channels
            .get(&id)
            .is_some_and(|channel| channel.end(Side::Listener).state == EndState::Opening)
        {
            self.close_end(id, Side::Listener, true);
        }
    }

    /// Everything under way on a channel is lost. Gives the number of data messages and of their bytes.
    pub(super) fn lose_pipes(&mut self, id: ChannelId, cause: LossCause) -> (u64, u64) {
        let Some(channel) = self.channels.get_mut(&id) else { return (0, 0) };
        let channel = Rc::make_mut(channel);
        let lost: Vec<Message> = channel.ends.iter_mut().flat_map(|end| end.pipe.lose_all()).collect();
        for message in &lost {
            self.emit(message.from, WorldEventKind::MessageLost { message: message.note(), cause });
        }
        let data = lost.iter().filter(|message| !message.bytes.is_empty());
        (data.clone().count() as u64, data.map(|message| message.bytes.len() as u64).sum())
    }

    /// A connection is reset at both ends at once: its link was cut.
    pub(super) fn reset_both(&mut self, id: ChannelId) {
        let Some(channel) = self.channels.get(&id) else { return };
        let ends = channel.ends.clone();
        for (side, end) in Side::BOTH.into_iter().zip(ends) {
            match end.state {
                EndState::Open => self.hand_over(end.node, Arrival::Closed(id, side, CloseCause::Reset)),
                EndState::Opening if side == Side::Opener => {
                    self.hand_over(end.node, Arrival::Failed(id, NO_ROUTE));
                }
                EndState::Opening | EndState::Closed { .. } => {}
            }
        }
    }

    /// The process of a node is gone: its kernel ends its connections.
    pub(super) fn end_connections(&mut self, node: NodeId, reset: bool) {
        let ids: Vec<ChannelId> = self.channels.keys().copied().collect();
        for id in ids {
            for side in Side::BOTH {
                let Some(channel) = self.channels.get(&id) else { break };
                let end = channel.end(side);
                // A listener that has not heard of the connection will refuse it when it does.
                let heard = side == Side::Opener || end.state != EndState::Opening;
                if end.node == node && heard {
                    self.close(id, side, reset);
                }
            }
        }
    }

    /// A road becomes a blackhole: what is under way on it stays where it is. Gives the bytes held.
    pub(super) fn hold(&mut self, from: NodeId, to: NodeId) -> u64 {
        let now = self.now;
        self.each_message(from, to, |message, _| {
            message.held_since = Some(message.held_since.unwrap_or(now));
        })
    }

    /// A road opens again: what was held is sent anew, in order. Gives the bytes.
    pub(super) fn release(&mut self, from: NodeId, to: NodeId) -> u64 {
        let now = self.now;
        let mut road = self.road(from, to);
        road.busy_until = now;
        let bytes = self.each_message(from, to, |message, last_arrival| {
            if message.held_since.take().is_some() {
                (message.sent_at, message.left_at) = road.send(now, message.bytes.len() as u64);
                message.arrives_at = (message.left_at + road.latency).max(*last_arrival);
            }
            *last_arrival = message.arrives_at;
        });
        self.roads.insert((from, to), road);
        bytes
    }

    /// Visits what is under way on a road, in the order of sending within each channel, and sums up its bytes.
    fn each_message(
        &mut self,
        from: NodeId,
        to: NodeId,
        mut visit: impl FnMut(&mut Message, &mut Instant),
    ) -> u64 {
        let mut bytes = 0;
        for channel in self.channels.values_mut() {
            for side in channel.sides_from(from, to) {
                let pipe = &mut Rc::make_mut(channel).end_mut(side).pipe;
                let mut last_arrival = Instant::ZERO;
                for message in &mut pipe.under_way {
                    visit(message, &mut last_arrival);
                    bytes += message.bytes.len() as u64;
                }
                pipe.last_arrival = pipe.last_arrival.max(last_arrival);
            }
        }
        bytes
    }
}
