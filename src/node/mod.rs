//! One Redis server as a deterministic machine.
//!
//! Bytes, connection events and the time go in; bytes, connection requests, the next deadline with its reason and
//! trace events come out. The node owns no clock, socket, randomness or thread: its driver (the simulated world, or
//! a real TCP loop) does.
//!
//! The loop of a driver, in this order whenever something happened:
//! 1. tell the node ([`Node::accept`], [`Node::receive`], [`Node::connected`], [`Node::closed`], [`Node::tick`]);
//! 2. drain [`Node::poll`] for connection requests and for connections that have output, and take that output with
//!    [`Node::take_output`] as far as the peer's window reaches;
//! 3. drain [`Node::take_trace`];
//! 4. ask [`Node::next_deadline`] when to call [`Node::tick`].

pub mod link;
pub mod trace;
pub mod verdict;
pub mod view;

use std::rc::Rc;

use bytes::Bytes;
use serde::Serialize;

use crate::base::{ByteCount, Offset};

/// A connection of one node, in either direction. Numbers are never used again.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
pub struct ConnId(pub u64);

/// What a node wants from its driver.
#[derive(Clone, PartialEq, Debug)]
pub enum Action {
    /// Open a connection; answer with [`Node::connected`] or [`Node::connect_failed`].
    Connect { conn: ConnId, host: Rc<str>, port: u16 },
    /// This connection has output that can be taken.
    Output { conn: ConnId },
    /// Close the connection: in order, after what was already taken has been sent, or at once with a reset.
    Close { conn: ConnId, reset: bool },
    /// Write this RDB to the node's disk as its dump file.
    Save { rdb: Bytes },
    /// The process ends.
    Exit,
}

/// A stretch of output and what it is, so that onlookers need not guess.
#[derive(Clone, PartialEq, Debug)]
pub struct Payload {
    pub bytes: Bytes,
    pub content: Content,
}

/// What bytes on a connection are.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum Content {
    /// A client's command or a reply to one.
    Dialogue,
    /// A request of the handshake.
    Handshake,
    /// `PSYNC` or `SYNC`.
    Question,
    /// `+FULLRESYNC`, `+CONTINUE` or an error to them.
    Answer,
    /// A lone newline that keeps a waiting replica patient.
    KeepAlive,
    /// The header, the body or the mark of an RDB; `sent` of `bytes` after this stretch.
    Rdb { sent: ByteCount, bytes: ByteCount },
    /// The replication stream, from byte `first`.
    Stream { first: Offset },
    /// `REPLCONF ACK`.
    Ack,
}

/// Why a node wants to be woken.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Wake {
    /// The once-a-second routine of replication: retries, ACKs, PINGs, timeouts.
    ReplicationCron,
    /// A snapshot is finished.
    SnapshotDone,
    /// A received RDB is loaded.
    LoadDone,
    /// The wait for more replicas to share a diskless snapshot ends.
    DisklessDelay,
    /// `DEBUG SLEEP` is over.
    Awake,
    /// A key expires.
    Expiry,
    /// A blocked client's time is up.
    BlockedClient,
    /// A pause of clients ends, or another timer of the process.
    Housekeeping,
}

/// How a connection ended, as the driver sees it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CloseCause {
    /// The peer closed it in order.
    Closed,
    /// It was reset.
    Reset,
}
