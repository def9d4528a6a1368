//! Trace events: what a node did and why, with its numbers.
//!
//! They are the truth that the page tells: nobody guesses a reason from bytes. Every decision of replication
//! is an event, and an event holds all the numbers the decision was made from. Events carry no text for
//! people; `narrate` has the sentences.

use std::rc::Rc;

use serde::{Serialize, Serializer};

use crate::base::{Blob, ByteCount, Instant, Offset, ReplId, Span, Version, printable};
use crate::resp::Argv;

use super::ConnId;
use super::link::LinkState;
use super::verdict::Decision;

/// A replica as its master sees it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReplicaRef {
    /// The connection on the master.
    pub conn: ConnId,
    /// Where the replica is reached: the peer's address, or what it announced.
    pub host: Rc<str>,
    /// The port from `REPLCONF listening-port`; 0 while unknown.
    pub port: u16,
}

/// What one append to the replication stream was.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum StreamKind {
    /// A write of a client, or the deterministic effect it was rewritten to.
    Write,
    /// `SELECT`, because the next write is in another database.
    Select,
    /// `MULTI` or `EXEC` around several writes.
    Frame,
    /// The periodic `PING`.
    Ping,
    /// `REPLCONF GETACK *`.
    GetAck,
}

/// What a replica asked for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum Question {
    Sync,
    Psync {
        /// The ID as it was sent; `?` by a node that has nothing.
        id: String,
        /// The first byte wanted.
        offset: Offset,
    },
}

/// What a master answered to `PSYNC`, as the replica reads it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum Answer {
    FullResync {
        id: ReplId,
        offset: Offset,
    },
    /// `+FULLRESYNC` whose ID or offset could not be read.
    FullResyncGarbled {
        line: String,
    },
    Continue {
        /// A new ID, when the master announced one that differs from the known one.
        new_id: Option<ReplId>,
    },
    /// An error that means "not now": the replica tries again from the start.
    NotNow {
        line: String,
    },
    /// Anything else: the replica falls back to `SYNC`.
    NotUnderstood {
        line: String,
    },
}

/// Where a snapshot goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Target {
    /// To a file first: sent as `$<length>`.
    Disk,
    /// Straight to the sockets of the replicas: sent as `$EOF:<mark>`.
    Socket,
}

/// Why a snapshot was made.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Purpose {
    Replication,
    /// `BGSAVE`, or a save point.
    Save,
}

/// How the RDB is framed on the wire.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum Framing {
    Length { bytes: ByteCount },
    Mark,
}

/// Why a replica that asked for a full synchronisation does not get it at once.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum WaitReason {
    /// Others may come and share the snapshot (`repl-diskless-sync-delay`).
    DisklessDelay { delay: Span },
    /// A snapshot runs that it cannot share.
    OtherSnapshot,
}

/// Why a connection between master and replica ended, as the side that reports it sees it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum LossReason {
    /// The other side closed the connection in order.
    PeerClosed,
    /// The connection was reset: a cut link or a crashed peer.
    Reset,
    /// Nothing was heard for longer than `repl-timeout`.
    Timeout { silent: Span },
    /// The output buffer went over `client-output-buffer-limit`.
    OutputBufferLimit { pending: ByteCount },
    /// The peer's bytes could not be understood.
    Protocol { error: String },
    /// Its snapshot failed or was given up.
    SnapshotFailed,
    /// This node changed its role or its master.
    RoleChange,
    /// `CLIENT KILL`, `QUIT` or a shutdown.
    Closed,
    /// The replica was about to receive a reply to a command (7.0 closes such links).
    UnexpectedReply { command: String },
}

/// Why the replication IDs of a node changed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum IdChange {
    /// The first replica came and there was no backlog: a new history begins.
    BacklogCreated,
    /// The backlog was freed, nobody needs the history any more.
    BacklogFreed,
    /// Promotion: the old ID is kept as the second one.
    Promoted,
    /// The data of a master were loaded.
    FullResync,
    /// `+CONTINUE` told a new ID.
    Continued,
    /// `DEBUG CHANGE-REPL-ID`.
    Debug,
}

/// An event of one node.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "type")]
pub enum Event {
    // -- the process --------------------------------------------------------------------------------------
    Started {
        version: Version,
        run_id: ReplId,
        keys: u64,
    },
    Stopped,
    /// A memory dump was written to the node's disk.
    Saved {
        bytes: ByteCount,
        keys: u64,
    },

    // -- commands -----------------------------------------------------------------------------------------
    /// A client's command was executed. `changes` is how much it changed (Redis' `dirty`).
    Executed {
        conn: ConnId,
        db: u32,
        #[serde(serialize_with = "argv_text")]
        argv: Argv,
        changes: u64,
    },
    /// A client's command was answered with an error.
    Refused {
        conn: ConnId,
        #[serde(serialize_with = "argv_text")]
        argv: Argv,
        error: String,
    },
    /// A key reached its time and was deleted.
    Expired {
        db: u32,
        #[serde(serialize_with = "blob_text")]
        key: Blob,
    },

    // -- the stream and the backlog -----------------------------------------------------------------------
    /// Bytes `first..=last` were appended to the replication stream.
    Propagated {
        kind: StreamKind,
        db: u32,
        #[serde(serialize_with = "argv_text")]
        argv: Argv,
        first: Offset,
        last: Offset,
        /// Whether the release counts its stream. 2.6 does not; the numbers are ours then.
        counted: bool,
    },
    BacklogCreated {
        first: Offset,
        size: ByteCount,
    },
    BacklogFreed {
        idle: Span,
    },
    /// The oldest bytes left the backlog; `first..=last` are gone.
    BacklogEvicted {
        first: Offset,
        last: Offset,
    },
    IdsChanged {
        why: IdChange,
        id: Option<ReplId>,
        second: Option<(ReplId, Offset)>,
    },

    // -- the master's side --------------------------------------------------------------------------------
    SyncAsked {
        replica: ReplicaRef,
        question: Question,
    },
    /// This release does not know `PSYNC`.
    PsyncUnknown {
        conn: ConnId,
        error: String,
    },
    PsyncDecided {
        replica: ReplicaRef,
        /// In memory of its own: it is large and rare, and all events are as large as the largest.
        decision: Box<Decision>,
    },
    /// The request itself was refused (`-NOMASTERLINK …`).
    SyncRefused {
        replica: ReplicaRef,
        error: String,
    },
    ReplicaWaits {
        replica: ReplicaRef,
        reason: WaitReason,
    },
    SnapshotStarted {
        purpose: Purpose,
        target: Target,
        /// The last byte of the stream that the snapshot contains; -1 in 2.6.
        offset: Offset,
        keys: u64,
        bytes: ByteCount,
        takes: Span,
    },
    SnapshotEnded {
        purpose: Purpose,
        bytes: ByteCount,
        ok: bool,
    },
    /// A snapshot is made for the replica; it holds everything up to `offset`. `id` is what `+FULLRESYNC` told, `None`
    /// to one that asked with `SYNC`. `shared`: the replica joined a snapshot that was already running.
    FullResyncGranted {
        replica: ReplicaRef,
        id: Option<ReplId>,
        offset: Offset,
        shared: bool,
    },
    TransferStarted {
        replica: ReplicaRef,
        framing: Framing,
        bytes: ByteCount,
    },
    TransferProgress {
        replica: ReplicaRef,
        sent: ByteCount,
        bytes: ByteCount,
    },
    TransferEnded {
        replica: ReplicaRef,
        bytes: ByteCount,
    },
    /// Stream bytes `first..=last` (-1 in 2.6) are kept for a replica that is still waiting for its RDB.
    WriteBuffered {
        replica: ReplicaRef,
        first: Offset,
        last: Offset,
        buffered: ByteCount,
    },
    /// What was kept for a replica during its full synchronisation now goes out.
    BufferFlushed {
        replica: ReplicaRef,
        bytes: ByteCount,
    },
    ReplicaOnline {
        replica: ReplicaRef,
    },
    AckReceived {
        replica: ReplicaRef,
        offset: Offset,
        lag: i64,
    },
    ReplicaLost {
        replica: ReplicaRef,
        why: LossReason,
    },

    // -- the replica's side -------------------------------------------------------------------------------
    MasterSet {
        host: Rc<str>,
        port: u16,
    },
    /// `REPLICAOF NO ONE`: the node serves its own history from here on.
    Promoted,
    LinkChanged {
        from: LinkState,
        to: LinkState,
    },
    ConnectFailed {
        why: String,
    },
    HandshakeSent {
        line: String,
    },
    HandshakeAnswered {
        line: String,
    },
    PsyncSent {
        id: String,
        offset: Offset,
    },
    PsyncAnswered {
        answer: Answer,
    },
    /// The fallback for masters that do not know PSYNC.
    SyncSent,
    ReceiveStarted {
        framing: Framing,
    },
    ReceiveProgress {
        received: ByteCount,
        bytes: Option<ByteCount>,
    },
    LoadStarted {
        bytes: ByteCount,
        takes: Span,
    },
    LoadEnded {
        keys: u64,
        offset: Offset,
    },
    LoadFailed {
        error: String,
    },
    /// A command of the master's stream was executed; `applied` is the offset after it, -1 where none is known.
    Applied {
        db: u32,
        #[serde(serialize_with = "argv_text")]
        argv: Argv,
        applied: Offset,
    },
    AckSent {
        offset: Offset,
    },
    /// The link to the master is gone. `resume` is what the next PSYNC can offer.
    MasterLost {
        why: LossReason,
        state: LinkState,
        resume: Option<(ReplId, Offset)>,
    },
}

impl Event {
    /// Whether this is a step of the story of replication: a decision, or a change of somebody's state. The page
    /// sets a flag for it and stepping by milestones stops here. Where two events tell of the same step at the
    /// same moment, one of them is chosen (the verdict, not the request that it answers).
    pub fn is_milestone(&self) -> bool {
        match self {
            Event::SyncAsked { question, .. } => matches!(question, Question::Sync),
            Event::FullResyncGranted { shared, .. } => *shared,
            Event::SnapshotStarted { purpose, .. } | Event::SnapshotEnded { purpose, .. } => {
                matches!(purpose, Purpose::Replication)
            }
            Event::IdsChanged { why, .. } => matches!(why, IdChange::Continued | IdChange::Debug),
            Event::Started { .. }
            | Event::Stopped
            | Event::BacklogCreated { .. }
            | Event::BacklogFreed { .. }
            | Event::PsyncUnknown { .. }
            | Event::PsyncDecided { .. }
            | Event::SyncRefused { .. }
            | Event::ReplicaWaits { .. }
            | Event::TransferStarted { .. }
            | Event::BufferFlushed { .. }
            | Event::ReplicaOnline { .. }
            | Event::ReplicaLost { .. }
            | Event::MasterSet { .. }
            | Event::Promoted
            | Event::PsyncSent { .. }
            | Event::PsyncAnswered { .. }
            | Event::SyncSent
            | Event::LoadStarted { .. }
            | Event::LoadEnded { .. }
            | Event::LoadFailed { .. }
            | Event::MasterLost { .. } => true,
            Event::Saved { .. }
            | Event::Executed { .. }
            | Event::Refused { .. }
            | Event::Expired { .. }
            | Event::Propagated { .. }
            | Event::BacklogEvicted { .. }
            | Event::TransferProgress { .. }
            | Event::TransferEnded { .. }
            | Event::WriteBuffered { .. }
            | Event::AckReceived { .. }
            | Event::LinkChanged { .. }
            | Event::ConnectFailed { .. }
            | Event::HandshakeSent { .. }
            | Event::HandshakeAnswered { .. }
            | Event::ReceiveStarted { .. }
            | Event::ReceiveProgress { .. }
            | Event::Applied { .. }
            | Event::AckSent { .. } => false,
        }
    }

    /// Whether this is the routine of a link in good order (PING, GETACK, ACK): grouped in the log and skipped by
    /// stepping unless wanted.
    pub fn is_routine(&self) -> bool {
        match self {
            Event::Propagated { kind, .. } => matches!(kind, StreamKind::Ping | StreamKind::GetAck),
            Event::Applied { argv, .. } => argv.first().is_some_and(|name| {
                name.eq_ignore_ascii_case(b"PING") || name.eq_ignore_ascii_case(b"REPLCONF")
            }),
            Event::AckReceived { .. } | Event::AckSent { .. } => true,
            _ => false,
        }
    }
}

/// An event with its time. The node's identity is added by whoever owns several nodes.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Traced {
    pub at: Instant,
    pub event: Event,
}

/// Where events go. A null sink costs nothing: events are not even built.
#[derive(Clone, Debug)]
pub(super) struct Trace {
    enabled: bool,
    events: Vec<Traced>,
}

impl Trace {
    pub(super) fn new() -> Trace {
        Trace { enabled: true, events: Vec::new() }
    }

    pub(super) fn set_enabled(&mut self, enabled: bool) {
        self.enabled = enabled;
    }

    pub(super) fn is_enabled(&self) -> bool {
        self.enabled
    }

    #[inline]
    pub(super) fn emit(&mut self, at: Instant, event: impl FnOnce() -> Event) {
        if self.enabled {
            self.events.push(Traced { at, event: event() });
        }
    }

    pub(super) fn take(&mut self) -> Vec<Traced> {
        std::mem::take(&mut self.events)
    }

    /// Hands the events to `into`, keeping the allocation.
    pub(super) fn drain_into(&mut self, into: &mut impl FnMut(Traced)) {
        for traced in self.events.drain(..) {
            into(traced);
        }
    }
}

fn blob_text<S: Serializer>(blob: &Blob, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&printable(blob, 256))
}

fn argv_text<S: Serializer>(argv: &Argv, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(argv.iter().map(|arg| printable(arg, 256)))
}
