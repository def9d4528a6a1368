//! Channels: TCP connections between nodes.
//!
//! A channel has two sides, the one that opened it and the one that listened, and a pipe from each to the other.
//! A pipe is first in, first out. Its sender may have only a window's worth of bytes under way or unread; the rest
//! waits in the sending node, where it counts as that client's output buffer.

use std::collections::VecDeque;

use crate::base::Instant;
use crate::node::ConnId;

use super::NodeId;
use super::message::{ChannelId, Message};

/// Which side of a channel.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) enum Side {
    /// Asked for the connection.
    Opener,
    /// Listened.
    Listener,
}

impl Side {
    pub(super) const BOTH: [Side; 2] = [Side::Opener, Side::Listener];

    pub(super) fn other(self) -> Side {
        match self {
            Side::Opener => Side::Listener,
            Side::Listener => Side::Opener,
        }
    }
}

/// How one side sees the connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum EndState {
    /// Waits for the answer to its request; a listener that has not heard of it yet.
    Opening,
    Open,
    /// Gone. `told`: the other side has been sent a sign of it, or was the one to close.
    Closed {
        told: bool,
    },
}

/// One side of a channel.
#[derive(Clone, Debug)]
pub(super) struct End {
    pub(super) node: NodeId,
    /// The node's number for the connection; a listener gets one when its process accepts.
    pub(super) conn: Option<ConnId>,
    pub(super) state: EndState,
    /// The node has said that there is output to take.
    pub(super) ready: bool,
    /// The pipe from this side to the other.
    pub(super) pipe: Pipe,
}

/// One direction of a channel.
#[derive(Clone, Debug, Default)]
pub(super) struct Pipe {
    pub(super) under_way: VecDeque<Message>,
    /// Bytes under way.
    pub(super) in_flight: u64,
    /// Bytes that have arrived and wait in the kernel of a paused process.
    pub(super) unread: u64,
    /// When the last message sent so far arrives: none may overtake it.
    pub(super) last_arrival: Instant,
}

#[derive(Clone, Debug)]
pub(super) struct Channel {
    pub(super) id: ChannelId,
    pub(super) ends: [End; 2],
    /// The port that the opener asked for.
    pub(super) port: u16,
    /// When the opener is told that there is no way to the listener, and in which words.
    pub(super) fails_at: Option<(Instant, &'static str)>,
}

impl Channel {
    pub(super) fn new(id: ChannelId, opener: (NodeId, ConnId), listener: (NodeId, u16)) -> Channel {
        let end =
            |node, conn| End { node, conn, state: EndState::Opening, ready: false, pipe: Pipe::default() };
        Channel {
            id,
            ends: [end(opener.0, Some(opener.1)), end(listener.0, None)],
            port: listener.1,
            fails_at: None,
        }
    }

    pub(super) fn end(&self, side: Side) -> &End {
        &self.ends[side as usize]
    }

    pub(super) fn end_mut(&mut self, side: Side) -> &mut End {
        &mut self.ends[side as usize]
    }

    /// Whether it lies between `a` and `b`, whoever opened it.
    pub(super) fn joins(&self, a: NodeId, b: NodeId) -> bool {
        let (opener, listener) = (self.ends[0].node, self.ends[1].node);
        (opener, listener) == (a, b) || (opener, listener) == (b, a)
    }

    /// The sides from which something travels from `from` to `to`.
    pub(super) fn sides_from(&self, from: NodeId, to: NodeId) -> impl Iterator<Item = Side> + use<> {
        let (opener, listener) = (self.ends[0].node, self.ends[1].node);
        Side::BOTH.into_iter().filter(move |side| match side {
            Side::Opener => (opener, listener) == (from, to),
            Side::Listener => (listener, opener) == (from, to),
        })
    }

    /// Whether it stands, opened by `node`.
    pub(super) fn is_open_from(&self, node: NodeId) -> bool {
        self.ends[0].node == node && self.ends[0].state == EndState::Open
    }

    /// Whether both sides are done with it.
    pub(super) fn is_dead(&self) -> bool {
        self.ends.iter().all(|end| matches!(end.state, EndState::Closed { .. }))
    }
}

impl Pipe {
    pub(super) fn push(&mut self, message: Message) {
        self.in_flight += message.bytes.len() as u64;
        self.last_arrival = message.arrives_at;
        self.under_way.push_back(message);
    }

    /// Takes the first message out.
    pub(super) fn pop(&mut self) -> Option<Message> {
        let message = self.under_way.pop_front()?;
        self.in_flight -= message.bytes.len() as u64;
        Some(message)
    }

    /// The message that arrives next, unless it is held.
    pub(super) fn next(&self) -> Option<&Message> {
        self.under_way.front().filter(|message| message.held_since.is_none())
    }

    /// Takes everything out.
    pub(super) fn lose_all(&mut self) -> Vec<Message> {
        self.in_flight = 0;
        self.under_way.drain(..).collect()
    }
}
