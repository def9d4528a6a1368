//! Connections that speak commands: clients, replicas, and the master we follow.

use std::collections::VecDeque;
use std::rc::Rc;

use bytes::Bytes;

use crate::base::{Blob, ByteCount, Instant, Offset, PieceKind, ReplId, Set};
use crate::keyspace::BlockRequest;
use crate::resp::{Argv, Limits, Reply, RequestParser};

use super::pieces::{Pieces, ROOM};
use super::transaction::Watched;
use super::view::ReplicaStage;
use super::{Content, Payload};

/// One connection and what is known of its other end.
#[derive(Clone, Debug)]
pub(super) struct Client {
    pub(super) host: Rc<str>,
    pub(super) port: u16,
    pub(super) parser: RequestParser,
    /// Replies that nobody took yet.
    pub(super) reply: Reply,
    /// Output that is more than a reply, in order; it goes before `reply`.
    pub(super) queue: VecDeque<Payload>,
    /// How the output lies in memory, once it was more than finds room in the client.
    pub(super) pieces: Option<Box<Pieces>>,
    pub(super) db: u32,
    pub(super) name: Blob,
    pub(super) created: Instant,
    pub(super) last_heard: Instant,
    pub(super) authenticated: bool,
    pub(super) role: Role,
    pub(super) multi: Option<Multi>,
    pub(super) watched: Vec<Watched>,
    /// A watched key changed: EXEC will fail.
    pub(super) watch_broken: bool,
    pub(super) blocked: Option<Blocked>,
    pub(super) channels: Set<Blob>,
    pub(super) patterns: Set<Blob>,
    /// Nothing more is read; the connection closes when the output is taken.
    pub(super) closing: bool,
    /// What a replica told with REPLCONF before it asks for synchronisation.
    pub(super) announced: Announced,
    pub(super) last_command: &'static str,
    pub(super) last_subcommand: Option<&'static str>,
    pub(super) silence: Silence,
    /// `master_repl_offset` after the client's last command, for WAIT.
    pub(super) write_offset: Offset,
    /// Since when the soft limit of its output buffer is exceeded.
    pub(super) over_soft_limit: Option<Instant>,
}

/// Which replies a client does not want (`CLIENT REPLY`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Silence {
    None,
    /// This one.
    Skip,
    /// This one and the next.
    SkipNext,
    /// None at all.
    Off,
}

impl Silence {
    pub(super) fn after_a_command(self) -> Silence {
        match self {
            Silence::SkipNext => Silence::Skip,
            Silence::Skip => Silence::None,
            kept => kept,
        }
    }
}

/// What `REPLCONF` told.
#[derive(Clone, Debug, Default)]
pub(super) struct Announced {
    pub(super) port: u16,
    pub(super) host: Option<Rc<str>>,
    pub(super) capa_eof: bool,
    pub(super) capa_psync2: bool,
    pub(super) rdb_only: bool,
    /// It wants an RDB without keys.
    pub(super) without_data: bool,
}

/// What the other end is to us.
#[derive(Clone, Debug)]
pub(super) enum Role {
    Normal,
    Replica(Box<Replica>),
    /// The master we follow.
    Master(Box<MasterLink>),
}

/// A transaction that is being queued.
#[derive(Clone, Debug, Default)]
pub(super) struct Multi {
    pub(super) queued: Vec<Argv>,
    /// A command could not be queued: EXEC will abort.
    pub(super) broken: bool,
}

/// Why a client gets no more of its commands executed for now.
#[derive(Clone, Debug)]
pub(super) enum Blocked {
    /// On keys.
    Keys { request: BlockRequest, db: u32, until: Option<Instant> },
    /// In WAIT.
    Replicas { wanted: i64, offset: Offset, until: Option<Instant> },
    /// By CLIENT PAUSE: this command runs when the pause ends.
    Paused { argv: Argv },
    /// In SHUTDOWN, which waits for replicas.
    Leaving,
}

impl Blocked {
    /// When the wait is over by itself.
    pub(super) fn until(&self) -> Option<Instant> {
        match self {
            Blocked::Keys { until, .. } | Blocked::Replicas { until, .. } => *until,
            Blocked::Paused { .. } | Blocked::Leaving => None,
        }
    }
}

/// A replica that follows us.
#[derive(Clone, Debug)]
pub(super) struct Replica {
    pub(super) stage: ReplicaStage,
    /// The RDB on its way: framing and body.
    pub(super) rdb: Option<Bytes>,
    /// The header of the RDB still has to go out.
    pub(super) preamble: Option<Bytes>,
    /// The RDB comes out of a pipe while it is made, and when bytes of it were last offered or taken.
    pub(super) piped: bool,
    pub(super) took_at: Instant,
    /// Stream bytes that wait to be sent with their numbers, the number of the first and how many.
    pub(super) stream: VecDeque<(Offset, Bytes)>,
    pub(super) stream_next: Offset,
    pub(super) pending: ByteCount,
    /// How those lie in memory, up to 6.2.
    pub(super) pieces: Pieces,
    pub(super) acked: Offset,
    pub(super) ack_time: Instant,
    /// It asked with SYNC: no ACKs are to be expected.
    pub(super) pre_psync: bool,
    /// It wants more than the RDB.
    pub(super) wants_stream: bool,
    /// The database its stream is in (2.6 keeps one for each replica).
    pub(super) selected_db: u32,
}

/// Our link to the master, as a client that sends commands.
#[derive(Clone, Debug)]
pub(super) struct MasterLink {
    /// The history we follow. `None`: a master without one (2.6), or an unreadable `+FULLRESYNC`.
    pub(super) id: Option<ReplId>,
    /// Bytes of complete, executed commands.
    pub(super) applied: Offset,
    /// Bytes read.
    pub(super) read: Offset,
    /// The master knows no PSYNC: no ACKs.
    pub(super) pre_psync: bool,
    /// Bytes executed inside a transaction that is not finished.
    pub(super) unforwarded: Vec<u8>,
}

impl Client {
    pub(super) fn new(host: Rc<str>, port: u16, limits: Limits, now: Instant) -> Client {
        Client {
            host,
            port,
            authenticated: limits.authenticated,
            parser: RequestParser::new(limits),
            reply: Reply::new(),
            queue: VecDeque::new(),
            pieces: None,
            db: 0,
            name: Blob::default(),
            created: now,
            last_heard: now,
            role: Role::Normal,
            multi: None,
            watched: Vec::new(),
            watch_broken: false,
            blocked: None,
            channels: Set::new(),
            patterns: Set::new(),
            closing: false,
            announced: Announced::default(),
            last_command: "NULL",
            last_subcommand: None,
            silence: Silence::None,
            write_offset: Offset(0),
            over_soft_limit: None,
        }
    }

    pub(super) fn replica(&self) -> Option<&Replica> {
        match &self.role {
            Role::Replica(replica) => Some(replica),
            _ => None,
        }
    }

    pub(super) fn replica_mut(&mut self) -> Option<&mut Replica> {
        match &mut self.role {
            Role::Replica(replica) => Some(replica),
            _ => None,
        }
    }

    pub(super) fn master(&self) -> Option<&MasterLink> {
        match &self.role {
            Role::Master(master) => Some(master),
            _ => None,
        }
    }

    pub(super) fn master_mut(&mut self) -> Option<&mut MasterLink> {
        match &mut self.role {
            Role::Master(master) => Some(master),
            _ => None,
        }
    }

    /// Whether it came from this machine.
    pub(super) fn is_local(&self) -> bool {
        self.host.starts_with("127.") || &*self.host == "::1" || self.host.starts_with('/')
    }

    pub(super) fn is_subscriber(&self) -> bool {
        !self.channels.is_empty() || !self.patterns.is_empty()
    }

    /// Puts bytes before the reply.
    pub(super) fn push(&mut self, content: Content, bytes: impl Into<Bytes>) {
        self.queue.push_back(Payload { bytes: bytes.into(), content });
    }

    /// Replies have grown: those that find no room in the client itself lie in pieces.
    pub(super) fn note_growth(&mut self, kind: PieceKind) {
        let pending = self.pending();
        if pending <= ROOM && self.pieces.is_none() {
            return;
        }
        let pieces = self.pieces.get_or_insert_default();
        let new = pending.saturating_sub(pieces.length());
        let older = new.saturating_sub(self.reply.len() as u64);
        if older > 0 {
            self.queue.iter().for_each(|payload| pieces.add(&payload.bytes, kind));
        }
        let start = self.reply.len() - (new - older) as usize;
        pieces.add(&self.reply.bytes()[start..], kind);
    }

    /// Bytes of replies were taken.
    pub(super) fn note_sent(&mut self, count: usize) {
        if let Some(pieces) = &mut self.pieces {
            pieces.sent(count as u64);
            if pieces.length() == 0 {
                self.pieces = None;
            }
        }
    }

    /// How much waits to be taken.
    pub(super) fn pending(&self) -> u64 {
        let queued: usize = self.queue.iter().map(|p| p.bytes.len()).sum();
        let replica = self.replica().map_or(0, |r| {
            let rdb = r.preamble.as_ref().map_or(0, |p| p.len()) as u64
                + match r.stage {
                    ReplicaStage::Transfer { sent, bytes, .. } => bytes.0 - sent.0,
                    _ => 0,
                };
            rdb + if r.streams() { r.pending.0 } else { 0 }
        });
        (queued + self.reply.len()) as u64 + replica
    }
}

impl Replica {
    pub(super) fn new(stage: ReplicaStage, now: Instant) -> Replica {
        Replica {
            stage,
            rdb: None,
            preamble: None,
            piped: false,
            took_at: now,
            stream: VecDeque::new(),
            stream_next: Offset(0),
            pending: ByteCount(0),
            pieces: Pieces::default(),
            acked: Offset(0),
            ack_time: now,
            pre_psync: false,
            wants_stream: true,
            selected_db: 0,
        }
    }

    /// Whether stream bytes may leave its buffer now.
    pub(super) fn streams(&self) -> bool {
        matches!(self.stage, ReplicaStage::Online)
    }

    /// How much of an RDB that comes out of a pipe it has taken.
    pub(super) fn rdb_sent(&self) -> Option<u64> {
        match self.stage {
            ReplicaStage::Transfer { sent, .. } if self.piped => Some(sent.0),
            _ => None,
        }
    }

    /// Whether the stream is kept for it: not while it waits for a snapshot to start (`canFeedReplicaReplBuffer`).
    pub(super) fn is_fed(&self) -> bool {
        self.wants_stream && self.stage != ReplicaStage::WaitsForStart
    }

    /// Adds stream bytes that begin with number `first`.
    pub(super) fn feed(&mut self, first: Offset, bytes: Bytes) {
        if self.stream.is_empty() {
            self.stream_next = first;
        }
        self.pending += ByteCount::from(bytes.len());
        self.stream.push_back((first, bytes));
    }

    /// What INFO calls the stage.
    pub(super) fn state_word(&self) -> &'static str {
        match self.stage {
            ReplicaStage::WaitsForStart | ReplicaStage::WaitsForEnd { .. } => "wait_bgsave",
            // To the master, whose child does it, the snapshot has not ended.
            ReplicaStage::Transfer { .. } if self.piped => "wait_bgsave",
            ReplicaStage::Transfer { .. } => "send_bulk",
            ReplicaStage::AwaitsAck { .. } | ReplicaStage::Online => "online",
        }
    }

    /// Whether the master counts it as online.
    pub(super) fn is_online(&self) -> bool {
        self.state_word() == "online"
    }
}
