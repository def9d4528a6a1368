//! The replication stream: who we are to replicas, and how writes become numbered bytes.
//!
//! Every byte appended has a number; the last one is `master_repl_offset`. The bytes go into the backlog and to
//! every replica that is past the start of its snapshot. Commands of one turn of the event loop are gathered and
//! handed to the replicas as one piece at its end, as Redis does before it sleeps.
//!
//! Sources: Redis 7.0.15 `replication.c:replicationFeedSlaves`, `server.c:propagatePendingCommands`; 2.8.17
//! `replication.c:createReplicationBacklog`; 2.6.17 `replication.c:replicationFeedSlaves` (one stream a replica,
//! no numbers).

use std::rc::Rc;

use bytes::Bytes;

use crate::base::{Blob, ByteCount, Map, Offset, PieceKind, ReplId};
use crate::resp::{Argv, argv, encode_command};

use super::backlog::{Backlog, Evicted};
use super::client::{Client, Replica, Role};
use super::trace::{Event, IdChange, StreamKind};
use super::verdict::SecondId;
use super::view::ReplicaStage;
use super::{ConnId, Node};

/// The state of the stream of one node.
#[derive(Clone, Debug)]
pub(super) struct Stream {
    /// The replication ID (`replid`), or the run ID up to 2.8. `None` after a SYNC from a master without IDs.
    pub(super) id: Option<ReplId>,
    pub(super) second: SecondId,
    pub(super) offset: Offset,
    pub(super) backlog: Option<Backlog>,
    /// First byte and length of the last backlog, which up to 6.2 INFO goes on to report when it is freed.
    pub(super) freed: Option<(Offset, u64)>,
    /// `slaveseldb`: the database the stream is in. `None` forces a SELECT.
    pub(super) selected_db: Option<u32>,
    /// Bytes of this turn that the replicas did not get yet; they end at `offset`.
    tail: Vec<u8>,
}

impl Stream {
    pub(super) fn new(id: ReplId) -> Stream {
        Stream {
            id: Some(id),
            second: NO_SECOND,
            offset: Offset(0),
            backlog: None,
            freed: None,
            selected_db: None,
            tail: Vec::new(),
        }
    }
}

pub(super) const NO_SECOND: SecondId = SecondId { id: ReplId::ZERO, offset: Offset::NONE };

impl Node {
    /// Propagates the effects of one execution unit: `ops` in order, framed as the release does it.
    pub(super) fn propagate(&mut self, ops: &mut Vec<(u32, Argv)>, wrap: bool) {
        let Some((first_db, _)) = ops.first() else { return };
        let frame = wrap && ops.len() > 1 && self.profile.frames_multiple_effects();
        if frame {
            let db = *first_db;
            self.feed(db, argv(["MULTI"]), StreamKind::Frame);
        }
        let mut db = 0;
        for (op_db, op) in ops.drain(..) {
            db = op_db;
            self.feed(op_db, op, StreamKind::Write);
        }
        if frame {
            self.feed(db, argv(["EXEC"]), StreamKind::Frame);
        }
    }

    /// Appends one command to the stream (`replicationFeedSlaves`), with a SELECT before it if needed.
    pub(super) fn feed(&mut self, db: u32, argv: Argv, kind: StreamKind) {
        if self.upstream.is_some() && self.profile.forwards_stream() {
            return;
        }
        if !self.profile.speaks_psync() {
            return self.feed_each(db, argv, kind);
        }
        if self.stream.backlog.is_none() {
            debug_assert!(self.replicas.is_empty(), "replicas without a backlog");
            return;
        }
        if matches!(kind, StreamKind::Write | StreamKind::Frame) && self.stream.selected_db != Some(db) {
            self.append(db, select(db), StreamKind::Select);
            self.stream.selected_db = Some(db);
            if self.profile.announces_full_resync_when_asked() {
                self.tell_waiting_replicas(db);
            }
        }
        self.append(db, argv, kind);
    }

    /// 2.8 sends a SELECT also to replicas whose snapshot has not started: none comes when it does
    /// (`replicationFeedSlaves`).
    fn tell_waiting_replicas(&mut self, db: u32) {
        let mut bytes = Vec::new();
        encode_command(&mut bytes, select(db).iter());
        let first = Offset(self.stream.offset.0 - bytes.len() as i64 + 1);
        let (bytes, kind) = (Bytes::from(bytes), self.profile.output_pieces());
        for conn in &self.replicas {
            let replica = self.clients.get_mut(conn).and_then(|c| c.replica_mut());
            if let Some(replica) = replica.filter(|r| r.stage == ReplicaStage::WaitsForStart) {
                replica.pieces.add(&bytes, kind);
                replica.feed(first, bytes.clone());
            }
        }
    }

    /// `DEBUG REPLICATE`: words that go out as they are, in whatever database the stream is.
    pub(super) fn feed_as_told(&mut self, argv: Argv) {
        if self.upstream.is_none() && self.stream.backlog.is_some() {
            self.append(self.stream.selected_db.unwrap_or(0), argv, StreamKind::Write);
        }
    }

    fn append(&mut self, db: u32, argv: Argv, kind: StreamKind) {
        let start = self.stream.tail.len();
        let as_asked = self.asked.as_ref().filter(|(_, asked)| Rc::ptr_eq(asked, &argv));
        match as_asked.and_then(|(conn, _)| self.clients.get(conn)) {
            Some(client) => self.stream.tail.extend_from_slice(client.parser.raw()),
            None => encode_command(&mut self.stream.tail, argv.iter()),
        }
        let (first, last) = self.append_tail(start);
        self.trace.emit(self.now, || Event::Propagated { kind, db, argv, first, last, counted: true });
    }

    /// Forwards the bytes of the master's newest command as they came (4.0), and those before it that wait for it.
    pub(super) fn forward_applied(&mut self, conn: ConnId) {
        let Some(client) = self.clients.get_mut(&conn) else { return };
        let raw = client.parser.raw();
        let Role::Master(master) = &mut client.role else { return };
        // Inside a transaction nothing counts until EXEC.
        if client.multi.is_some() {
            return master.unforwarded.extend_from_slice(raw);
        }
        let start = self.stream.tail.len();
        self.stream.tail.append(&mut master.unforwarded);
        self.stream.tail.extend_from_slice(raw);
        master.applied += ByteCount::from(self.stream.tail.len() - start);
        self.append_tail(start);
    }

    /// Counts the bytes of the tail from `start` on and puts them into the backlog.
    fn append_tail(&mut self, start: usize) -> (Offset, Offset) {
        let bytes = &self.stream.tail[start..];
        let first = self.stream.offset.next();
        self.stream.offset += ByteCount::from(bytes.len());
        let last = self.stream.offset;
        if let Some(backlog) = &mut self.stream.backlog {
            let (evicted, grown) = backlog.append(bytes, || pinned(&self.replicas, &self.clients));
            if let Some(evicted) = evicted {
                let (first, last) = (evicted.first, evicted.last);
                self.trace.emit(self.now, || Event::BacklogEvicted { first, last });
            }
            self.stream_grew |= grown;
        }
        (first, last)
    }

    /// Some replica was sent more: blocks that only waited for it may go (`networking.c:writeToClient`).
    /// Gives whether any could go.
    pub(super) fn release_blocks(&mut self) -> bool {
        let Some(backlog) = &mut self.stream.backlog else { return false };
        let released = backlog.release(|| pinned(&self.replicas, &self.clients));
        if let Some(Evicted { first, last }) = released {
            self.trace.emit(self.now, || Event::BacklogEvicted { first, last });
        }
        released.is_some()
    }

    /// A backlog that outgrew its size gets ten times as many blocks trimmed at the end of a turn as in between
    /// (`server.c:beforeSleep`).
    pub(super) fn trim_backlog(&mut self) {
        for _ in 0..10 {
            let is_overlong = self.stream.backlog.as_ref().is_some_and(|b| b.is_overlong());
            if !is_overlong || !self.release_blocks() {
                return;
            }
        }
    }

    /// Hands what was appended in this turn to the replicas.
    pub(super) fn flush_stream(&mut self) {
        if self.stream.tail.is_empty() {
            return;
        }
        if self.replicas.is_empty() {
            self.stream.tail.clear();
            self.stream_grew = false;
            return;
        }
        // The next turn will bring about as much.
        let next = Vec::with_capacity(self.stream.tail.len());
        let bytes = Bytes::from(std::mem::replace(&mut self.stream.tail, next));
        let first = Offset(self.stream.offset.0 - bytes.len() as i64 + 1);
        for conn in self.replicas.clone() {
            self.feed_replica(conn, first, bytes.clone());
        }
        if std::mem::take(&mut self.stream_grew) || !self.profile.limits_checked_per_block() {
            self.check_replica_buffers();
        }
    }

    fn feed_replica(&mut self, conn: ConnId, first: Offset, bytes: Bytes) {
        let last = Offset(first.0 + bytes.len() as i64 - 1);
        let Some(replica) = self.clients.get_mut(&conn).and_then(|c| c.replica_mut()) else { return };
        if !replica.is_fed() {
            return;
        }
        match self.profile.output_pieces() {
            // They lie in the backlog.
            PieceKind::Blocks => {}
            kind if self.upstream.is_some() && self.profile.forwards_stream() => {
                replica.pieces.add_whole(bytes.len() as u64, kind);
            }
            kind => replica.pieces.add(&bytes, kind),
        }
        replica.feed(first, bytes);
        let (streams, buffered) = (replica.streams(), replica.pending);
        let (first, last) = match self.profile.speaks_psync() {
            true => (first, last),
            false => (Offset::NONE, Offset::NONE),
        };
        if streams {
            self.wants_output(conn);
        } else {
            let replica = self.replica_ref(conn);
            self.trace.emit(self.now, || Event::WriteBuffered { replica, first, last, buffered });
        }
    }

    /// 2.6: every replica has its own database, nothing is numbered for it. The numbers in the trace are ours.
    fn feed_each(&mut self, db: u32, argv: Argv, kind: StreamKind) {
        let mut command = Vec::new();
        encode_command(&mut command, argv.iter());
        let first = self.stream.offset.next();
        let mut fed = false;
        for conn in self.replicas.clone() {
            let Some(replica) = self.clients.get_mut(&conn).and_then(|c| c.replica_mut()) else { continue };
            if !replica.is_fed() {
                continue;
            }
            let mut bytes = Vec::new();
            if kind != StreamKind::Ping && replica.selected_db != db {
                replica.selected_db = db;
                match db {
                    0..=9 => encode_command(&mut bytes, ["SELECT".as_bytes(), db.to_string().as_bytes()]),
                    _ => bytes.extend_from_slice(format!("select {db}\r\n").as_bytes()),
                }
            }
            bytes.extend_from_slice(&command);
            fed = true;
            self.feed_replica(conn, first, bytes.into());
        }
        if fed {
            self.stream.offset += ByteCount::from(command.len());
            let last = self.stream.offset;
            self.trace.emit(self.now, || Event::Propagated { kind, db, argv, first, last, counted: false });
        }
    }

    /// Makes a backlog if there is none (`createReplicationBacklog`). Up to 2.8 this counts as one byte, so that
    /// nobody can continue across the gap.
    pub(super) fn create_backlog(&mut self) {
        if self.stream.backlog.is_some() || !self.profile.speaks_psync() {
            return;
        }
        if self.profile.new_backlog_takes_an_offset() {
            self.stream.offset = self.stream.offset.next();
        }
        let (shape, size) = self.config.backlog(self.profile);
        let first = self.stream.offset.next();
        self.stream.backlog = Some(Backlog::new(shape, size, first));
        self.trace.emit(self.now, || Event::BacklogCreated { first, size: ByteCount(size) });
    }

    /// Frees the backlog (`freeReplicationBacklog`).
    pub(super) fn free_backlog(&mut self) {
        if let Some(backlog) = self.stream.backlog.take().filter(|_| self.profile.reports_a_freed_backlog()) {
            self.stream.freed = Some((backlog.first(), backlog.length()));
        }
    }

    /// A new history without a past (`changeReplicationId`, `clearReplicationId2`).
    pub(super) fn begin_history(&mut self, why: IdChange) {
        if self.profile.speaks_psync2() {
            self.stream.id = Some(ReplId::random(&mut self.rng));
            self.stream.second = NO_SECOND;
            self.ids_changed(why);
        }
    }

    /// A new history that remembers the old one up to here (`shiftReplicationId`).
    pub(super) fn branch_history(&mut self) {
        let old = self.stream.id.unwrap_or(ReplId::ZERO);
        self.stream.second = SecondId { id: old, offset: self.stream.offset.next() };
        self.stream.id = Some(ReplId::random(&mut self.rng));
        self.log(|node| {
            let SecondId { id, offset } = node.stream.second;
            let new = node.stream.id.map(|id| id.to_text()).unwrap_or_default();
            format!(
                "Setting secondary replication ID to {id}, valid up to offset: {offset}. New replication ID is {new}"
            )
        });
        self.ids_changed(IdChange::Promoted);
    }

    pub(super) fn ids_changed(&mut self, why: IdChange) {
        let id = self.stream.id;
        let SecondId { id: second, offset } = self.stream.second;
        let second = (offset != Offset::NONE).then_some((second, offset));
        self.trace.emit(self.now, || Event::IdsChanged { why, id, second });
    }
}

/// The byte at which the replica stands that is furthest behind: the next to be sent, or the last one when all
/// is sent. Its block of 7.0 stays, and those after it.
pub(super) fn pinned(replicas: &[ConnId], clients: &Map<ConnId, Client>) -> Option<Offset> {
    replicas.iter().filter_map(|conn| waits_from(clients.get(conn)?.replica()?)).min()
}

/// The byte whose block a replica refers to.
pub(super) fn waits_from(replica: &Replica) -> Option<Offset> {
    let Offset(next) = replica.stream_next;
    match replica.stream.is_empty() {
        false => Some(Offset(next)),
        true => replica.streams().then_some(Offset(next - 1)),
    }
}

fn select(db: u32) -> Argv {
    let db: Blob = db.to_string().as_bytes().into();
    [Blob::from(b"SELECT".as_slice()), db].into()
}
