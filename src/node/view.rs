//! A node as its onlookers see it: plain data in the words of the page, made on demand.

use std::rc::Rc;

use serde::Serialize;

use crate::base::{BacklogShape, ByteCount, Offset, ReplId, Span, Version};

use super::ConnId;
use super::link::LinkState;
use super::trace::Target;

/// The replication state of one node at one moment.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NodeView {
    pub version: Version,
    pub run_id: ReplId,
    /// The ID under which this node serves replicas: the replication ID, or the run ID up to 2.8. `None` for a
    /// node that has none (2.6, or after a `SYNC` from such a master).
    pub repl_id: Option<ReplId>,
    pub second_id: Option<(ReplId, Offset)>,
    /// `master_repl_offset`; `None` in 2.6.
    pub offset: Option<Offset>,
    pub backlog: Option<BacklogView>,
    pub replicas: Vec<ReplicaView>,
    /// Present while the node is a replica.
    pub master: Option<MasterView>,
    pub snapshot: Option<SnapshotView>,
    pub keys: u64,
    pub read_only: bool,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BacklogView {
    pub first: Offset,
    pub length: ByteCount,
    pub size: ByteCount,
    pub shape: BacklogShape,
    /// `teaching-backlog`: an exact ring that no real server has.
    pub teaching: bool,
    /// How many bytes left so far.
    pub evicted: ByteCount,
    /// The newest commands in it, oldest first (at most [`SEGMENTS_MAX`]).
    pub segments: Vec<SegmentView>,
}

/// How many commands of a backlog or buffer a view lists.
pub const SEGMENTS_MAX: usize = 48;

/// One command in a stretch of the stream.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SegmentView {
    /// Its first byte that is still there.
    pub first: Offset,
    pub last: Offset,
    /// Its beginning was evicted.
    pub torn: bool,
    /// The command in short: `SET name resync`.
    pub label: Rc<str>,
}

/// What a master knows of one replica.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReplicaView {
    pub conn: ConnId,
    pub host: Rc<str>,
    pub port: u16,
    pub stage: ReplicaStage,
    /// The last acknowledged offset, 0 until the first ACK.
    pub acked: Offset,
    /// Seconds since something was heard.
    pub lag: u64,
    /// Stream bytes that wait in the output buffer.
    pub pending: ByteCount,
    /// The commands among them, oldest first (at most [`SEGMENTS_MAX`]).
    pub buffered: Vec<SegmentView>,
}

/// How far a replica's synchronisation is, from the master's side (`replstate`).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum ReplicaStage {
    /// Waits for a snapshot to start (`wait_bgsave`).
    WaitsForStart,
    /// Its snapshot is being made (`wait_bgsave`).
    WaitsForEnd { offset: Offset },
    /// The RDB is going out (`send_bulk`).
    Transfer { offset: Offset, sent: ByteCount, bytes: ByteCount },
    /// The RDB is out, the stream waits for the first ACK (diskless; INFO says `online`).
    AwaitsAck { offset: Offset },
    /// `online`.
    Online,
}

/// What a replica knows of its master.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MasterView {
    pub host: Rc<str>,
    pub port: u16,
    pub link: LinkState,
    /// Bytes of complete, executed commands.
    pub applied: Option<Offset>,
    /// What the next `PSYNC` would ask for; `None`: `? -1`.
    pub resume: Option<(ReplId, Offset)>,
    pub transfer: Option<TransferView>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TransferView {
    pub received: ByteCount,
    /// `None`: framed by a mark, the length is not known.
    pub bytes: Option<ByteCount>,
    /// The RDB is complete and is being loaded; how much of the load time has passed.
    pub loading: Option<(Span, Span)>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SnapshotView {
    pub target: Target,
    pub offset: Offset,
    pub bytes: ByteCount,
    pub elapsed: Span,
    pub takes: Span,
}
