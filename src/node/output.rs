//! What leaves a node: output in the order in which it must go, and connections that end.
//!
//! A replica's output has three sources, one after another: single lines of the synchronisation, the RDB, and
//! the stream, which flows only when the replica is online. Taking output is what sends the RDB forward, so the
//! peer's window paces the transfer as a socket does (`replication.c:sendBulkToSlave`, `writeToClient`).

use bytes::Bytes;

use crate::base::{ByteCount, Instant, Span};

use super::client::{Replica, Role};
use super::trace::{Event, Framing, LossReason, ReplicaRef};
use super::view::ReplicaStage;
use super::{Action, ConnId, Content, Node, Payload};

/// `PROTO_IOBUF_LEN`: how much of an RDB is sent at once.
const RDB_CHUNK: u64 = 16 * 1024;

impl Node {
    /// Takes at most `max` bytes that may be sent on a connection now; nothing if there are none. Bytes that were
    /// taken count as sent.
    pub fn take_output(&mut self, now: Instant, conn: ConnId, max: usize) -> Option<Payload> {
        self.now = now;
        if self.asleep.is_some() || max == 0 {
            return None;
        }
        let payload = match self.clients.contains_key(&conn) {
            true => self.take_from_client(conn, max),
            false => self.take_from_handshake(conn, max),
        };
        self.stats.output_bytes += payload.as_ref().map_or(0, |p| p.bytes.len() as u64);
        self.close_if_finished(conn);
        payload
    }

    /// How many bytes wait to be taken.
    pub fn pending_output(&self, conn: ConnId) -> ByteCount {
        let client = self.clients.get(&conn).map(|c| c.pending());
        ByteCount(client.unwrap_or_else(|| self.handshake_pending(conn)))
    }

    fn take_from_client(&mut self, conn: ConnId, max: usize) -> Option<Payload> {
        let client = self.clients.get_mut(&conn)?;
        if let Some(front) = client.queue.front_mut() {
            if front.bytes.len() <= max {
                let payload = client.queue.pop_front()?;
                client.note_sent(payload.bytes.len());
                return Some(payload);
            }
            let payload = Payload { bytes: front.bytes.split_to(max), content: front.content };
            client.note_sent(max);
            return Some(payload);
        }
        if !client.reply.is_empty() {
            let content = if client.master().is_some() { Content::Ack } else { Content::Dialogue };
            let mut bytes = Bytes::from(client.reply.take());
            if bytes.len() > max {
                let rest = bytes.split_off(max);
                client.push(content, rest);
            }
            client.note_sent(bytes.len());
            return Some(Payload { bytes, content });
        }
        let replica = client.replica_mut()?;
        match replica.stage {
            ReplicaStage::Transfer { .. } => self.take_rdb(conn, max),
            ReplicaStage::Online => {
                let taken = take_stream(replica, max);
                self.release_blocks();
                taken
            }
            _ => None,
        }
    }

    fn take_rdb(&mut self, conn: ConnId, max: usize) -> Option<Payload> {
        let (now, name, released) = (self.now, self.replica_ref(conn), self.released());
        let replica = self.clients.get_mut(&conn)?.replica_mut()?;
        let ReplicaStage::Transfer { offset, sent, bytes: total } = replica.stage else { return None };
        if let Some(preamble) = replica.preamble.take() {
            return Some(Payload { bytes: preamble, content: Content::Rdb { sent, bytes: total } });
        }
        let rdb = replica.rdb.as_ref()?;
        let until = if replica.piped { released } else { total.0 };
        let to = until.min(sent.0 + RDB_CHUNK.min(max as u64));
        if to <= sent.0 {
            return None;
        }
        let bytes = rdb.slice(sent.0 as usize..to as usize);
        let sent = ByteCount(to);
        replica.took_at = now;
        replica.stage = ReplicaStage::Transfer { offset, sent, bytes: total };
        self.trace.emit(now, || Event::TransferProgress { replica: name, sent, bytes: total });
        if sent == total {
            self.rdb_sent(conn, offset);
        } else {
            self.release_piece();
        }
        Some(Payload { bytes, content: Content::Rdb { sent, bytes: total } })
    }

    /// Tells the driver that a connection has output, once.
    pub(super) fn wants_output(&mut self, conn: ConnId) {
        let action = Action::Output { conn };
        if self.actions.back() != Some(&action) {
            self.actions.push_back(action);
        }
    }

    /// Lays an RDB ready for a replica (`updateSlavesWaitingBgsave`). `mark`: it ends with this mark instead of having
    /// a length, and goes out while it is made.
    pub(super) fn begin_transfer(&mut self, conn: ConnId, rdb: Bytes, mark: Option<[u8; 40]>) {
        let now = self.now;
        let name = self.replica_ref(conn);
        let Some(replica) = self.clients.get_mut(&conn).and_then(|c| c.replica_mut()) else { return };
        let ReplicaStage::WaitsForEnd { offset } = replica.stage else { return };
        let bytes = ByteCount::from(rdb.len());
        let (framing, preamble) = match mark {
            None => (Framing::Length { bytes }, format!("${bytes}\r\n").into_bytes()),
            Some(mark) => (Framing::Mark, [b"$EOF:".as_slice(), &mark, b"\r\n"].concat()),
        };
        replica.preamble = Some(preamble.into());
        replica.rdb = Some(rdb);
        (replica.piped, replica.took_at) = (mark.is_some(), now);
        replica.stage = ReplicaStage::Transfer { offset, sent: ByteCount(0), bytes };
        self.trace.emit(self.now, || Event::TransferStarted { replica: name, framing, bytes });
        self.wants_output(conn);
    }

    pub(super) fn replica_ref(&self, conn: ConnId) -> ReplicaRef {
        let client = self.clients.get(&conn);
        let host = client.map(|c| c.announced.host.clone().unwrap_or_else(|| c.host.clone()));
        ReplicaRef {
            conn,
            host: host.unwrap_or_else(|| "?".into()),
            port: client.map_or(0, |c| c.announced.port),
        }
    }

    /// The name of a replica in the log (`replicationGetSlaveName`).
    pub(super) fn replica_name(&self, conn: ConnId) -> String {
        let ReplicaRef { host, port, .. } = self.replica_ref(conn);
        let word = if self.profile.says_replica() { "replica" } else { "slave" };
        match port {
            0 => format!("{host}:<unknown-{word}-port>"),
            port => format!("{host}:{port}"),
        }
    }

    // -- ends of connections ----------------------------------------------------------------------------------

    /// Closes a client after what it still has to be told.
    pub(super) fn close_after_reply(&mut self, conn: ConnId) {
        if let Some(client) = self.clients.get_mut(&conn) {
            client.closing = true;
        }
        self.wants_output(conn);
        self.close_if_finished(conn);
    }

    fn close_if_finished(&mut self, conn: ConnId) {
        let done = self.clients.get(&conn).is_some_and(|c| c.closing && c.pending() == 0);
        if done {
            self.drop_client(conn, LossReason::Closed, false);
        }
    }

    /// Forgets a client. `peer_gone`: the connection is closed already.
    pub(super) fn drop_client(&mut self, conn: ConnId, why: LossReason, peer_gone: bool) {
        if self.clients.get(&conn).is_some_and(|c| c.master().is_some()) {
            return self.master_link_lost(conn, why, peer_gone);
        }
        let name = self.replica_ref(conn);
        let Some(client) = self.clients.remove(&conn) else { return };
        if !client.watched.is_empty() {
            self.watchers -= 1;
        }
        self.blocked.retain(|c| *c != conn);
        self.stop_monitoring(conn);
        if !peer_gone {
            self.actions.push_back(Action::Close { conn, reset: false });
        }
        if let Role::Replica(_) = client.role {
            self.replicas.retain(|c| *c != conn);
            if self.replicas.is_empty() {
                self.no_replicas_since = self.now;
            }
            self.count_good_replicas();
            self.trace.emit(self.now, || Event::ReplicaLost { replica: name, why });
            // It may have been the one that held blocks (`freeReplicaReferencedReplBuffer`).
            self.release_blocks();
            self.snapshot_lost_receiver();
        }
    }

    /// Drops every replica (`disconnectSlaves`).
    pub(super) fn disconnect_replicas(&mut self) {
        self.flush_stream();
        for conn in self.replicas.clone() {
            self.drop_client(conn, LossReason::RoleChange, false);
        }
    }

    /// How long a replica has been silent, in whole seconds as Redis counts them.
    pub(super) fn lag(&self, replica: &Replica) -> i64 {
        self.unix_secs(self.now) - self.unix_secs(replica.ack_time)
    }

    /// When [`Node::older_than`] comes true.
    pub(super) fn older_at(&self, since: Instant, limit: Span) -> Instant {
        let in_its_second = (self.epoch.0 + since.as_ms() as i64).rem_euclid(1000) as u64;
        Instant::from_ms(since.as_ms()) + Span::from_ms(1000 - in_its_second) + limit
    }

    pub(super) fn older_than(&self, since: Instant, limit: Span) -> bool {
        self.unix_secs(self.now) - self.unix_secs(since) > limit.as_secs() as i64
    }
}

fn take_stream(replica: &mut Replica, max: usize) -> Option<Payload> {
    let (first, mut bytes) = replica.stream.pop_front()?;
    let rest = bytes.split_off(max.min(bytes.len()));
    let count = ByteCount::from(bytes.len());
    replica.stream_next = first + count;
    if !rest.is_empty() {
        replica.stream.push_front((first + count, rest));
    }
    replica.pending = ByteCount(replica.pending.0 - count.0);
    replica.pieces.sent(count.0);
    Some(Payload { bytes, content: Content::Stream { first } })
}
