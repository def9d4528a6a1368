//! A node as its onlookers see it: plain data in the words of the page, made on demand.

use std::rc::Rc;

use serde::Serialize;

use bytes::Bytes;

use crate::base::{BacklogShape, ByteCount, Instant, Offset, ReplId, Span, Version, printable};
use crate::resp::{Limits, RequestParser};

use super::client::Replica;
use super::link::LinkState;
use super::trace::Target;
use super::upstream::Link;
use super::{ConnId, Node};

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
    /// Whether it counts bytes and acknowledges them: one that came with `SYNC` does not.
    pub counts: bool,
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

impl NodeView {
    /// Whether it loads the whole RDB of its master.
    pub fn is_loading(&self) -> bool {
        let transfer = self.master.as_ref().and_then(|master| master.transfer.as_ref());
        transfer.is_some_and(|transfer| transfer.loading.is_some())
    }

    /// Whether time alone changes it: a snapshot is being made, or an RDB loaded.
    pub fn is_busy(&self) -> bool {
        self.snapshot.is_some() || self.is_loading()
    }
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

/// The longest label of a command, in characters.
const LABEL_MAX: usize = 40;

impl Node {
    /// The node as its onlookers see it at `now`, which must not be before the last call.
    pub fn view(&self, now: Instant) -> NodeView {
        let psync = self.profile.speaks_psync();
        NodeView {
            version: self.profile.version,
            run_id: self.run_id,
            repl_id: self.stream.id.filter(|_| psync),
            second_id: Some((self.stream.second.id, self.stream.second.offset))
                .filter(|(_, offset)| *offset != Offset::NONE),
            offset: psync.then_some(self.stream.offset),
            backlog: self.backlog_view(),
            replicas: self.replicas.iter().filter_map(|c| self.replica_view(*c)).collect(),
            master: self.master_view(now),
            snapshot: self.snapshot_view(now),
            keys: self.keyspace.len() as u64,
            read_only: self.upstream.is_some() && self.config.live().read_only,
        }
    }

    fn backlog_view(&self) -> Option<BacklogView> {
        let backlog = self.stream.backlog.as_ref()?;
        let segments = backlog.commands(SEGMENTS_MAX).into_iter().map(|(first, last, torn, bytes)| {
            let label = if torn { "…".into() } else { label(&bytes) };
            SegmentView { first, last, torn, label }
        });
        Some(BacklogView {
            first: backlog.first(),
            length: ByteCount(backlog.length()),
            size: ByteCount(backlog.size()),
            shape: backlog.shape(),
            teaching: self.config.live().teaching_backlog.is_some(),
            evicted: backlog.evicted(),
            segments: segments.collect(),
        })
    }

    fn replica_view(&self, conn: ConnId) -> Option<ReplicaView> {
        let replica = self.clients.get(&conn)?.replica()?;
        let name = self.replica_ref(conn);
        Some(ReplicaView {
            conn,
            host: name.host,
            port: name.port,
            stage: replica.stage,
            counts: !replica.pre_psync,
            acked: replica.acked,
            lag: if replica.is_online() { self.lag(replica).max(0) as u64 } else { 0 },
            pending: replica.pending,
            buffered: buffered(replica),
        })
    }

    fn master_view(&self, now: Instant) -> Option<MasterView> {
        let upstream = self.upstream.as_ref()?;
        let resume = match self.master_conn().and_then(|conn| self.clients.get(&conn)?.master()) {
            Some(master) if master.pre_psync => None,
            Some(master) => master.id.zip(self.applied_offset()),
            None => upstream.resume.as_ref().and_then(|resume| resume.id.zip(Some(resume.offset))),
        };
        let resume = resume.map(|(id, offset)| (id, offset.next()));
        Some(MasterView {
            host: upstream.host.clone(),
            port: upstream.port,
            link: upstream.link.state(),
            applied: self.applied_offset(),
            resume,
            transfer: match &upstream.link {
                Link::Transfer(transfer) => Some(transfer.view(now)),
                _ => None,
            },
        })
    }
}

/// The commands that wait in a replica's buffer.
fn buffered(replica: &Replica) -> Vec<SegmentView> {
    let mut parser = parser();
    let mut out = Vec::new();
    for (first, bytes) in &replica.stream {
        parser.feed(bytes);
        let mut first = *first;
        while let (true, Ok(Some(request))) = (out.len() < SEGMENTS_MAX, parser.next()) {
            let next = first + request.wire;
            let last = Offset(next.0 - 1);
            out.push(SegmentView { first, last, torn: false, label: words(&request.argv) });
            first = next;
        }
    }
    out
}

fn parser() -> RequestParser {
    let mut limits = Limits::new(Version::V7_0.profile());
    limits.master_link = true;
    RequestParser::new(limits)
}

/// The command that `bytes` are, in short.
fn label(bytes: &Bytes) -> Rc<str> {
    let mut parser = parser();
    parser.feed(bytes);
    match parser.next() {
        Ok(Some(request)) => words(&request.argv),
        _ => printable(bytes, LABEL_MAX).into(),
    }
}

fn words(argv: &[crate::base::Blob]) -> Rc<str> {
    let mut text = String::new();
    for arg in argv {
        if !text.is_empty() {
            text.push(' ');
        }
        text += &printable(arg, LABEL_MAX);
        if text.chars().count() > LABEL_MAX {
            break;
        }
    }
    printable(text.as_bytes(), LABEL_MAX).into()
}
