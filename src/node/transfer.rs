//! Receiving the RDB: its header, its body, and loading it.
//!
//! The old data stay until the RDB has proved readable: a truncated or corrupted one never harms them. (A real
//! server that loads from disk exits on most of these; ours does what 7.0 does when it loads from the socket: it drops
//! the link, says why, and tries again.) When the load ends the master's history is ours, and the stream begins.
//!
//! With `repl-diskless-load` the RDB is loaded while it arrives; here it is still read as a whole at its end, but the
//! node counts as loading from its first byte, and with `swapdb` the old data are there until the new ones are.
//!
//! Sources: Redis 7.0.15 and 2.8.17 `replication.c:readSyncBulkPayload`, `replicationAttachToNewMaster`,
//! `useDisklessLoad`, `replicationSendNewlineToMaster`.

use std::rc::Rc;

use bytes::Bytes;

use crate::base::{ByteCount, Instant, Offset, ReplId, Span, printable};
use crate::keyspace::Keyspace;
use crate::rdb::{RdbErrorKind, RdbReader, Record};

use super::handshake::leading_number;
use super::trace::{Event, Framing, LossReason};
use super::upstream::{Link, Resume, Upstream};
use super::view::TransferView;
use super::{Action, ConnId, Content, Node, Payload};

/// The longest header line.
const LINE_MAX: usize = 1024;

/// What the master granted: the history that the RDB belongs to. An offset of -1 with SYNC.
#[derive(Clone, Copy, Debug)]
pub(super) struct Grant {
    pub(super) id: Option<ReplId>,
    pub(super) offset: Offset,
}

/// A full synchronisation under way.
#[derive(Clone, Debug)]
pub(super) struct Transfer {
    pub(super) conn: ConnId,
    grant: Grant,
    phase: Phase,
    mode: LoadMode,
    pace: Pace,
    pub(super) last_io: Instant,
    pub(super) output: Vec<Payload>,
}

/// How far loading has come while an RDB arrives that is slow to load (`key-load-delay`).
#[derive(Clone, Copy, Default, Debug)]
struct Pace {
    /// Where the next key begins, and how many there were before it.
    position: u64,
    keys: u64,
    busy_until: Instant,
}

/// When the RDB is loaded, and what clients see meanwhile.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum LoadMode {
    /// From the file that was received.
    FromDisk,
    /// While it arrives. `swaps`: the old data stay until the new ones are there. `serves`: and clients may read them,
    /// because they are an older state of the same history.
    FromSocket { swaps: bool, serves: bool },
}

#[derive(Clone, Debug)]
enum Phase {
    /// Waits for `$<length>` or `$EOF:<mark>`.
    Header {
        line: Vec<u8>,
    },
    Body {
        framing: BodyFraming,
        body: Rc<Vec<u8>>,
    },
    /// Everything is here; loading takes its time. `rest` came after the RDB.
    Loading {
        bytes: ByteCount,
        started: Instant,
        takes: Span,
        data: Box<Loaded>,
        rest: Vec<u8>,
        marked: bool,
    },
}

#[derive(Clone, Copy, Debug)]
enum BodyFraming {
    Length(u64),
    Mark([u8; 40]),
}

/// A parsed RDB.
#[derive(Clone, Debug)]
pub(super) struct Loaded {
    pub(super) keyspace: Keyspace,
    pub(super) stream_db: Option<u32>,
}

impl Transfer {
    pub(super) fn new(conn: ConnId, grant: Grant, output: Vec<Payload>, now: Instant) -> Transfer {
        let phase = Phase::Header { line: Vec::new() };
        Transfer { conn, grant, phase, mode: LoadMode::FromDisk, pace: Pace::default(), last_io: now, output }
    }

    /// Whether data are being loaded, be it while they arrive.
    fn loads_now(&self) -> bool {
        match self.phase {
            Phase::Header { .. } => false,
            Phase::Body { .. } => self.mode != LoadMode::FromDisk,
            Phase::Loading { .. } => true,
        }
    }

    fn serves(&self) -> bool {
        matches!(self.mode, LoadMode::FromSocket { serves: true, .. })
    }

    fn swaps(&self) -> bool {
        matches!(self.mode, LoadMode::FromSocket { swaps: true, .. })
    }

    /// `master_sync_total_bytes` and `master_sync_read_bytes`; the total is 0 with a mark and -1 before the
    /// header.
    pub(super) fn progress(&self) -> (i64, i64) {
        match &self.phase {
            Phase::Header { .. } => (-1, 0),
            Phase::Body { framing: BodyFraming::Length(n), body } => (*n as i64, body.len() as i64),
            Phase::Body { framing: BodyFraming::Mark(_), body } => (0, body.len() as i64),
            Phase::Loading { bytes, .. } => (bytes.0 as i64, bytes.0 as i64),
        }
    }

    pub(super) fn is_loading(&self) -> bool {
        matches!(self.phase, Phase::Loading { .. })
    }

    pub(super) fn load_due(&self) -> Option<Instant> {
        match &self.phase {
            Phase::Loading { started, takes, .. } => Some(*started + *takes),
            _ => None,
        }
    }

    pub(super) fn view(&self, now: Instant) -> TransferView {
        match &self.phase {
            Phase::Header { .. } => TransferView { received: ByteCount(0), bytes: None, loading: None },
            Phase::Body { framing, body } => TransferView {
                received: ByteCount::from(body.len()),
                bytes: match framing {
                    BodyFraming::Length(n) => Some(ByteCount(*n)),
                    BodyFraming::Mark(_) => None,
                },
                loading: None,
            },
            Phase::Loading { bytes, started, takes, .. } => TransferView {
                received: *bytes,
                bytes: Some(*bytes),
                loading: Some((Span(now.since(*started).0.min(takes.0)), *takes)),
            },
        }
    }
}

impl Node {
    fn transfer(&mut self) -> Option<&mut Transfer> {
        match self.upstream.as_mut().map(|u| &mut u.link) {
            Some(Link::Transfer(transfer)) => Some(transfer),
            _ => None,
        }
    }

    /// Whether the node is loading its dump or the data of its master (`-LOADING` to clients).
    pub(super) fn is_loading(&self) -> bool {
        self.booting.is_some()
            || matches!(self.upstream.as_ref().map(|u| &u.link), Some(Link::Transfer(t)) if t.loads_now() && !t.serves())
    }

    /// Whether it loads and still answers from its old data (`async_loading`, 7.0).
    pub(super) fn is_loading_aside(&self) -> bool {
        matches!(self.upstream.as_ref().map(|u| &u.link), Some(Link::Transfer(t)) if t.loads_now() && t.serves())
    }

    /// How this full synchronisation will be loaded (`useDisklessLoad`).
    fn load_mode(&self) -> LoadMode {
        let granted = match self.upstream.as_ref().map(|u| &u.link) {
            Some(Link::Transfer(transfer)) => transfer.grant.id,
            _ => None,
        };
        match self.config.get("repl-diskless-load") {
            Some("swapdb") => LoadMode::FromSocket { swaps: true, serves: granted == self.stream.id },
            Some("on-empty-db") if self.keyspace.is_empty() => {
                LoadMode::FromSocket { swaps: false, serves: false }
            }
            _ => LoadMode::FromDisk,
        }
    }

    /// The link is lost while the RDB is read from it: the log tells it as an RDB that ends too early.
    pub(super) fn log_cut_load(&mut self) {
        let Some(Transfer { phase: Phase::Body { body, .. }, mode, .. }) = self.transfer() else { return };
        let (read, mode) = (body.len(), *mode);
        let LoadMode::FromSocket { swaps, .. } = mode else { return };
        self.warn(|_| format!("Internal error in RDB reading offset {read}, function at rdb.c:0 -> Unexpected EOF reading RDB file"));
        self.warn(|_| {
            "Failed trying to load the MASTER synchronization DB from socket, check server logs.".to_string()
        });
        if swaps {
            self.log(|_| "MASTER <-> REPLICA sync: Discarding temporary DB in background".to_string());
        }
    }

    pub(super) fn transfer_received(&mut self, mut bytes: &[u8]) {
        let now = self.now;
        while !bytes.is_empty() {
            let Some(transfer) = self.transfer() else { return };
            transfer.last_io = now;
            match &mut transfer.phase {
                Phase::Header { line } => {
                    let Some(end) = bytes.iter().position(|b| *b == b'\n') else {
                        line.extend_from_slice(bytes);
                        if line.len() > LINE_MAX {
                            let error = "the RDB header line is too long".to_string();
                            self.abandon_upstream(LossReason::Protocol { error }, true);
                        }
                        return;
                    };
                    line.extend_from_slice(&bytes[..end]);
                    if line.last() == Some(&b'\r') {
                        line.pop();
                    }
                    let line = std::mem::take(line);
                    bytes = &bytes[end + 1..];
                    self.header_received(&line);
                }
                Phase::Body { framing, body } => {
                    let taken = match framing {
                        BodyFraming::Length(n) => bytes.len().min((*n as usize).saturating_sub(body.len())),
                        BodyFraming::Mark(_) => bytes.len(),
                    };
                    Rc::make_mut(body).extend_from_slice(&bytes[..taken]);
                    bytes = &bytes[taken..];
                    self.body_received(bytes);
                    if !matches!(self.transfer().map(|t| &t.phase), Some(Phase::Body { .. })) {
                        return;
                    }
                }
                Phase::Loading { rest, .. } => {
                    rest.extend_from_slice(bytes);
                    return;
                }
            }
        }
    }

    fn header_received(&mut self, line: &[u8]) {
        let text = printable(line, 128);
        match line {
            // A newline: the master is alive, its snapshot not ready.
            [] => {}
            [b'-', ..] => {
                self.warn(|_| format!("MASTER aborted replication with an error: {}", &text[1..]));
                self.abandon_upstream(LossReason::Protocol { error: text }, true);
            }
            [b'$', rest @ ..] => {
                let mark = rest.strip_prefix(b"EOF:").filter(|m| m.len() >= 40 && self.profile.speaks_capa());
                let framing = match mark {
                    Some(mark) => BodyFraming::Mark(mark[..40].try_into().expect("forty bytes")),
                    None => BodyFraming::Length(leading_number(rest).max(0) as u64),
                };
                let shown = match framing {
                    BodyFraming::Length(n) => Framing::Length { bytes: ByteCount(n) },
                    BodyFraming::Mark(_) => Framing::Mark,
                };
                let mode = self.load_mode();
                self.log(|_| {
                    let to = if mode == LoadMode::FromDisk { "disk" } else { "parser" };
                    match shown {
                        Framing::Length { bytes } => {
                            format!("MASTER <-> REPLICA sync: receiving {bytes} bytes from master to {to}")
                        }
                        Framing::Mark => format!(
                            "MASTER <-> REPLICA sync: receiving streamed RDB from master with EOF to {to}"
                        ),
                    }
                });
                if mode != LoadMode::FromDisk {
                    self.log(|_| "MASTER <-> REPLICA sync: Loading DB in memory".to_string());
                }
                if let Some(transfer) = self.transfer() {
                    transfer.phase = Phase::Body { framing, body: Rc::default() };
                    transfer.mode = mode;
                }
                self.trace.emit(self.now, || Event::ReceiveStarted { framing: shown });
            }
            _ => {
                self.warn(|_| format!("Bad protocol from MASTER, the first byte is not '$' (we received '{text}'), are you sure the host and port are right?"));
                self.abandon_upstream(LossReason::Protocol { error: text }, true);
            }
        }
    }

    /// More of the body is here; `rest` is what came after its end.
    fn body_received(&mut self, rest: &[u8]) {
        let Some(Transfer { phase: Phase::Body { framing, body }, .. }) = self.transfer() else { return };
        let received = ByteCount::from(body.len());
        let (complete, bytes, tail) = match *framing {
            BodyFraming::Length(n) => (received.0 == n && n > 0, Some(ByteCount(n)), 0),
            BodyFraming::Mark(mark) => (body.ends_with(&mark), None, mark.len()),
        };
        let body = body.clone();
        self.trace.emit(self.now, || Event::ReceiveProgress { received, bytes });
        self.load_keys_of(&body);
        if complete {
            self.begin_load(&body[..body.len() - tail], rest.to_vec(), tail > 0);
        }
    }

    /// Counts the keys that are there by now: an RDB that is loaded from the socket takes their time as it comes.
    fn load_keys_of(&mut self, body: &[u8]) {
        let (now, delay, version) = (self.now, self.config.live().load_delay, self.profile.rdb_version);
        let Some(transfer) = self.transfer().filter(|t| t.mode != LoadMode::FromDisk && delay > 0) else {
            return;
        };
        let pace = &mut transfer.pace;
        let mut reader = RdbReader::resume(body, version, pace.position);
        let before = pace.keys;
        while let Ok(Some(record)) = reader.next() {
            pace.keys += u64::from(matches!(record, Record::Entry(_)));
            pace.position = reader.position();
        }
        pace.busy_until = pace.busy_until.max(now) + Span((pace.keys - before).saturating_mul(delay));
    }

    /// Until when the node reads nothing from a connection, because it is busy with what it has read: an RDB that is
    /// loaded from the socket (`rdbLoadRio` reads when it needs more). A driver that cannot wait may hand bytes over
    /// all the same; the load ends at the same time.
    pub fn busy_until(&self, conn: ConnId) -> Option<Instant> {
        match self.upstream.as_ref().map(|u| &u.link) {
            Some(Link::Transfer(t)) if t.conn == conn && t.loads_now() => {
                Some(t.pace.busy_until).filter(|until| *until > self.now)
            }
            _ => None,
        }
    }

    fn begin_load(&mut self, rdb: &[u8], rest: Vec<u8>, marked: bool) {
        let loaded = match self.parse_rdb(rdb) {
            Ok(loaded) => loaded,
            Err(error) => {
                self.log_rdb_error(&error);
                let from_disk = self.transfer().is_none_or(|t| t.mode == LoadMode::FromDisk);
                let from = if from_disk { "disk" } else { "socket" };
                self.warn(|_| {
                    format!(
                        "Failed trying to load the MASTER synchronization DB from {from}: Invalid argument"
                    )
                });
                // Where a real server would exit, ours takes its time.
                let lives_on =
                    matches!(error.kind, RdbErrorKind::VersionNotSupported(_) | RdbErrorKind::WrongMagic);
                let error = error.to_string();
                self.trace.emit(self.now, || Event::LoadFailed { error: error.clone() });
                return self.abandon_upstream(LossReason::Protocol { error }, lives_on);
            }
        };
        let live = self.config.live();
        let keys = loaded.keyspace.len() as u64;
        let (load_time, delay) = (live.load_time, live.load_delay);
        let (bytes, started) = (ByteCount::from(rdb.len()), self.now);
        let pace = self.transfer().map(|t| t.pace).unwrap_or_default();
        let to_do = keys.saturating_sub(pace.keys).saturating_mul(delay);
        let takes = load_time + Span(to_do) + pace.busy_until.since(started);
        let (mode, swaps) = self.transfer().map_or((LoadMode::FromDisk, false), |t| (t.mode, t.swaps()));
        if self.profile.forwards_stream() && self.is_saving() {
            if mode == LoadMode::FromDisk {
                self.log(|_| "Replica is about to load the RDB file received from the master, but there is a pending RDB child running. Killing process 1 and removing its temp file to avoid any race".to_string());
            }
            self.kill_snapshot();
        }
        if mode == LoadMode::FromDisk {
            // The file that was received is the dump from now on.
            self.actions.push_back(Action::Save { rdb: Bytes::copy_from_slice(rdb) });
        }
        if !swaps {
            self.attach_to_new_master();
            self.log(|_| "MASTER <-> REPLICA sync: Flushing old data".to_string());
            if !self.keyspace.is_empty() {
                self.send_newline_to_master();
            }
            self.keyspace_emptied();
            self.keyspace = Keyspace::new(self.keyspace.databases());
        }
        if mode == LoadMode::FromDisk {
            self.log(|_| "MASTER <-> REPLICA sync: Loading DB in memory".to_string());
        }
        if let Some(transfer) = self.transfer() {
            let data = Box::new(loaded);
            transfer.phase = Phase::Loading { bytes, started, takes, data, rest, marked };
        }
        self.trace.emit(self.now, || Event::LoadStarted { bytes, takes });
        self.finish_load_if_due();
    }

    /// From here on nothing of the old history can be continued by anybody (`replicationAttachToNewMaster`).
    fn attach_to_new_master(&mut self) {
        if !self.profile.forwards_stream() {
            return;
        }
        self.disconnect_replicas();
        self.free_backlog();
        if let Some(upstream) = &mut self.upstream {
            upstream.resume = None;
        }
    }

    /// Tells the master that we are busy, not dead.
    fn send_newline_to_master(&mut self) {
        let Some(transfer) = self.transfer() else { return };
        let conn = transfer.conn;
        transfer.output.push(Payload { bytes: b"\n".as_slice().into(), content: Content::KeepAlive });
        self.wants_output(conn);
    }

    pub(super) fn finish_load_if_due(&mut self) {
        let due = self.transfer().and_then(|t| t.load_due());
        if due.is_none_or(|due| due > self.now) {
            return;
        }
        let Some(Upstream { link, .. }) = &mut self.upstream else { return };
        // The state stays `Transfer` until `begin_stream` changes it.
        let Link::Transfer(transfer) = link else { return };
        let Phase::Loading { data, rest, marked, .. } =
            std::mem::replace(&mut transfer.phase, Phase::Header { line: Vec::new() })
        else {
            return;
        };
        let (conn, grant, swaps) = (transfer.conn, transfer.grant, transfer.swaps());
        let leftovers = std::mem::take(&mut transfer.output);
        if swaps {
            self.attach_to_new_master();
            self.log(|_| "MASTER <-> REPLICA sync: Swapping active DB with loaded DB".to_string());
            self.keyspace_emptied();
            self.log(|_| "MASTER <-> REPLICA sync: Discarding old DB in background".to_string());
        }
        self.keyspace = data.keyspace;
        self.adopt_history(grant.id, grant.offset);
        let (keys, offset) = (self.keyspace.len() as u64, grant.offset);
        self.trace.emit(self.now, || Event::LoadEnded { keys, offset });
        self.log(|_| "MASTER <-> REPLICA sync: Finished with success".to_string());
        let db = data.stream_db.filter(|_| self.profile.forwards_stream()).unwrap_or(0);
        self.begin_stream(conn, Resume::new(grant.id, grant.offset, db), Vec::new());
        if let Some(client) = self.clients.get_mut(&conn) {
            client.queue.extend(leftovers);
        }
        if marked && self.profile.acks_a_marked_rdb_at_once() {
            self.send_ack();
        }
        if !rest.is_empty() {
            self.received(conn, &rest);
        }
    }
}
