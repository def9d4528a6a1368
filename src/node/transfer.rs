//! Receiving the RDB: its header, its body, and loading it.
//!
//! The old data stay until the RDB has proved readable: a truncated or corrupted one never harms them. (A real
//! server stops with an error on most of these; the facts file lists which.) When the load ends the master's
//! history is ours, and the stream begins.
//!
//! Sources: Redis 7.0.15 and 2.8.17 `replication.c:readSyncBulkPayload`, `replicationAttachToNewMaster`,
//! `replicationSendNewlineToMaster`.

use std::rc::Rc;

use crate::base::{ByteCount, Instant, Offset, ReplId, Span, printable};
use crate::keyspace::Keyspace;

use super::handshake::leading_number;
use super::trace::{Event, Framing, LossReason};
use super::upstream::{Link, Resume, Upstream};
use super::view::TransferView;
use super::{ConnId, Content, Node, Payload};

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
    pub(super) last_io: Instant,
    pub(super) output: Vec<Payload>,
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
        Transfer { conn, grant, phase: Phase::Header { line: Vec::new() }, last_io: now, output }
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

    /// Whether the node is loading the data of its master (`-LOADING` to clients).
    pub(super) fn is_loading(&self) -> bool {
        matches!(self.upstream.as_ref().map(|u| &u.link), Some(Link::Transfer(t)) if t.is_loading())
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
                self.warn(|_| format!("MASTER aborted replication with an error: {text}"));
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
                self.log(|_| match shown {
                    Framing::Length { bytes } => {
                        format!("MASTER <-> REPLICA sync: receiving {bytes} bytes from master to disk")
                    }
                    Framing::Mark => {
                        "MASTER <-> REPLICA sync: receiving streamed RDB from master with EOF to disk"
                            .to_string()
                    }
                });
                if let Some(transfer) = self.transfer() {
                    transfer.phase = Phase::Body { framing, body: Rc::default() };
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
        if complete {
            self.begin_load(&body[..body.len() - tail], rest.to_vec(), tail > 0);
        }
    }

    fn begin_load(&mut self, rdb: &[u8], rest: Vec<u8>, marked: bool) {
        let loaded = match self.parse_rdb(rdb) {
            Ok(loaded) => loaded,
            Err(error) => {
                self.warn(|_| format!("Failed trying to load the MASTER synchronization DB: {error}"));
                self.trace.emit(self.now, || Event::LoadFailed { error: error.clone() });
                return self.abandon_upstream(LossReason::Protocol { error }, false);
            }
        };
        let live = self.config.live();
        let keys = loaded.keyspace.len() as u64;
        let takes = live.load_time + Span(keys.saturating_mul(live.load_delay));
        let (bytes, started) = (ByteCount::from(rdb.len()), self.now);
        if self.profile.forwards_stream() {
            // From here on nothing of the old history can be continued by anybody.
            self.disconnect_replicas();
            self.free_backlog();
            if let Some(upstream) = &mut self.upstream {
                upstream.resume = None;
            }
        }
        self.log(|_| "MASTER <-> REPLICA sync: Flushing old data".to_string());
        if !self.keyspace.is_empty() {
            self.send_newline_to_master();
        }
        self.keyspace_emptied();
        self.keyspace = Keyspace::new(self.keyspace.databases());
        self.log(|_| "MASTER <-> REPLICA sync: Loading DB in memory".to_string());
        if let Some(transfer) = self.transfer() {
            let data = Box::new(loaded);
            transfer.phase = Phase::Loading { bytes, started, takes, data, rest, marked };
        }
        self.trace.emit(self.now, || Event::LoadStarted { bytes, takes });
        self.finish_load_if_due();
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
        let (conn, grant) = (transfer.conn, transfer.grant);
        let leftovers = std::mem::take(&mut transfer.output);
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
