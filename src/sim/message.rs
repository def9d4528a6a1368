//! Messages: bytes under way on a link.
//!
//! A message is one segment of one direction of a TCP connection, or one of the signs with which a connection begins
//! and ends. Where it is at a moment follows from its times alone, so a picture of it needs no state.

use bytes::Bytes;
use serde::Serialize;

use crate::base::{ByteCount, Instant};
use crate::node::Content;

use super::NodeId;

/// A connection between two nodes. Numbers are never used again.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
pub struct ChannelId(pub u64);

/// A message. Numbers grow in the order of sending and are never used again.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
pub struct MessageId(pub u64);

/// What a message carries.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum Carries {
    /// Asks for a connection (SYN).
    Open,
    /// The connection stands (SYN ACK).
    Accept,
    /// The connection is refused: nobody listens there.
    Refuse,
    /// Bytes, and what they are.
    Data { content: Content },
    /// The sender closed in order (FIN).
    End,
    /// The connection is reset (RST).
    Reset,
}

/// A message under way.
#[derive(Clone, PartialEq, Debug)]
pub struct Message {
    pub id: MessageId,
    pub channel: ChannelId,
    pub from: NodeId,
    pub to: NodeId,
    pub carries: Carries,
    /// Empty unless it carries data.
    pub bytes: Bytes,
    /// When its first byte leaves the sender. A healed blackhole sends it anew.
    pub sent_at: Instant,
    /// When its last byte has left the sender.
    pub left_at: Instant,
    /// When it arrives as a whole, unless it is held or lost before.
    pub arrives_at: Instant,
    /// Since when a blackhole holds it.
    pub held_since: Option<Instant>,
}

impl Message {
    /// What the bytes are; `None` for the signs of TCP.
    pub fn content(&self) -> Option<Content> {
        match self.carries {
            Carries::Data { content } => Some(content),
            _ => None,
        }
    }

    /// How far its head has come at `now`, in thousandths of the way.
    pub fn progress(&self, now: Instant) -> u32 {
        let now = self.held_since.unwrap_or(now).min(now);
        let travel = self.arrives_at.since(self.left_at).0.max(1);
        let gone = now.since(self.sent_at).0.min(travel);
        u32::try_from(u128::from(gone) * 1000 / u128::from(travel)).unwrap_or(1000)
    }

    /// Its note for the log.
    pub fn note(&self) -> MessageNote {
        MessageNote {
            id: self.id,
            channel: self.channel,
            from: self.from,
            to: self.to,
            carries: self.carries,
            bytes: ByteCount::from(self.bytes.len()),
        }
    }
}

/// What the log keeps of a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MessageNote {
    pub id: MessageId,
    pub channel: ChannelId,
    pub from: NodeId,
    pub to: NodeId,
    pub carries: Carries,
    pub bytes: ByteCount,
}
