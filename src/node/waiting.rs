//! Clients that wait: for keys and for replicas.
//!
//! A client blocked on keys runs its command again when one of its keys comes into being, in the order in which
//! clients came. What it then does is propagated as what it did (a served BLPOP as LPOP), because the command's
//! own rewriting says so.
//!
//! Sources: Redis 7.0.15 `blocked.c`, `replication.c:waitCommand`.

use crate::base::{Blob, Instant, Offset, Span};
use crate::keyspace::{BlockRequest, Origin, serve};
use crate::resp::{Argv, Reply, argv};

use super::client::Blocked;
use super::stats::Name;
use super::trace::{Event, StreamKind};
use super::{ConnId, Node};

/// How often served clients may make other keys ready before the turn ends.
const ROUNDS_MAX: usize = 10_000;

impl Node {
    pub(super) fn block(&mut self, conn: ConnId, request: BlockRequest, db: u32) {
        let until = request.timeout_ms.map(|ms| self.now + Span::from_ms(ms));
        if let Some(client) = self.clients.get_mut(&conn) {
            client.blocked = Some(Blocked::Keys { request, db, until });
            self.blocked.push_back(conn);
        }
    }

    /// Serves clients whose keys came into being, until nothing more happens.
    pub(super) fn serve_blocked(&mut self) {
        let mut rounds = 0;
        while !self.keys_ready.is_empty() && self.in_exec.is_none() && rounds < ROUNDS_MAX {
            rounds += 1;
            let ready = std::mem::take(&mut self.keys_ready);
            for (db, key) in ready {
                self.serve_key(db, &key);
            }
        }
    }

    fn serve_key(&mut self, db: u32, key: &Blob) {
        for conn in self.blocked.clone() {
            let Some(Blocked::Keys { request, db: waits_in, .. }) =
                self.clients.get(&conn).and_then(|c| c.blocked.as_ref())
            else {
                continue;
            };
            if *waits_in != db || !request.keys.contains(key) {
                continue;
            }
            let request = request.clone();
            self.serve(conn, &request, db, key);
        }
    }

    /// Gives a blocked client what is at the key, if it is still there.
    fn serve(&mut self, conn: ConnId, request: &BlockRequest, db: u32, key: &Blob) {
        let Some(client) = self.clients.get_mut(&conn) else { return };
        let mut reply = std::mem::take(&mut client.reply);
        let origin = if self.upstream.is_some() { Origin::ReplicaClient } else { Origin::Client };
        let served = self.with_call(db, origin, &mut reply, |call| serve(call, request, key));
        if let Some(client) = self.clients.get_mut(&conn) {
            client.reply = reply;
        }
        if served {
            let (argv, changes) = (&request.argv, self.effects.dirty);
            self.trace.emit(self.now, || Event::Executed { conn, db, argv: argv.clone(), changes });
            self.collect_effects(db, argv);
            self.end_unit(true);
            self.unblock(conn);
        }
    }

    /// The client goes on: what it sent meanwhile is processed.
    pub(super) fn unblock(&mut self, conn: ConnId) {
        if let Some(client) = self.clients.get_mut(&conn) {
            client.blocked = None;
        }
        self.blocked.retain(|c| *c != conn);
        self.wants_output(conn);
        self.process_input(conn);
    }

    /// The next moment at which a wait ends by itself.
    pub(super) fn blocked_due(&self) -> Option<Instant> {
        let waits = self.blocked.iter().filter_map(|c| self.clients.get(c)?.blocked.as_ref()?.until());
        waits.min().into_iter().chain(self.pause_due()).min()
    }

    pub(super) fn end_waits_if_due(&mut self) {
        self.end_pauses_if_due();
        for conn in self.blocked.clone() {
            let blocked = self.clients.get(&conn).and_then(|c| c.blocked.clone());
            let Some(blocked) = blocked.filter(|b| b.until().is_some_and(|until| until <= self.now)) else {
                continue;
            };
            let mut reply = Reply::new();
            match &blocked {
                Blocked::Keys { request, .. } => time_is_up(request, &mut reply),
                Blocked::Replicas { offset, .. } => reply.integer(self.replicas_at(*offset)),
                Blocked::Paused { .. } | Blocked::Leaving => continue,
            }
            self.answer_blocked(conn, &reply);
        }
    }

    fn answer_blocked(&mut self, conn: ConnId, reply: &Reply) {
        if let Some(client) = self.clients.get_mut(&conn) {
            client.reply.raw(reply.bytes());
        }
        self.unblock(conn);
    }

    /// Clients that block on keys cannot be served by a replica (`disconnectAllBlockedClients`).
    pub(super) fn unblock_all_for_role_change(&mut self) {
        for conn in self.blocked.clone() {
            let paused = matches!(
                self.clients.get(&conn).and_then(|c| c.blocked.as_ref()),
                Some(Blocked::Paused { .. } | Blocked::Leaving) | None
            );
            if paused {
                continue;
            }
            let mut reply = Reply::new();
            reply.error("UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)");
            self.count_unblocked(conn);
            self.blocked.retain(|c| *c != conn);
            if let Some(client) = self.clients.get_mut(&conn) {
                client.blocked = None;
                client.reply.raw(reply.bytes());
            }
            self.close_after_reply(conn);
        }
    }

    /// A command that waited ends with an error: it counts as failed.
    fn count_unblocked(&mut self, conn: ConnId) {
        self.stats.count_error("UNBLOCKED client");
        if let Some(client) = self.clients.get(&conn) {
            self.stats
                .count_failed(Name { command: client.last_command, subcommand: client.last_subcommand });
        }
    }

    /// CLIENT UNBLOCK: as if time were up, or with an error.
    pub(super) fn unblock_by_request(&mut self, conn: ConnId, error: bool) -> bool {
        let Some(client) = self.clients.get(&conn) else { return false };
        let mut reply = Reply::new();
        match &client.blocked {
            Some(Blocked::Keys { .. } | Blocked::Replicas { .. }) if error => {
                reply.error("UNBLOCKED client unblocked via CLIENT UNBLOCK");
            }
            Some(Blocked::Keys { request, .. }) => time_is_up(request, &mut reply),
            Some(Blocked::Replicas { offset, .. }) => reply.integer(self.replicas_at(*offset)),
            _ => return false,
        }
        if error {
            self.count_unblocked(conn);
        }
        self.answer_blocked(conn, &reply);
        true
    }

    // -- WAIT -------------------------------------------------------------------------------------------------

    pub(super) fn wait_command(&mut self, conn: ConnId, args: &Argv, reply: &mut Reply) {
        if self.upstream.is_some() {
            return reply.error(self.profile.wait_on_replica_error());
        }
        let Some(wanted) = self.integer(&args[1]) else {
            return reply.error("ERR value is not an integer or out of range");
        };
        let Some(ms) = self.integer(&args[2]) else {
            return reply.error("ERR timeout is not an integer or out of range");
        };
        if ms < 0 {
            return reply.error("ERR timeout is negative");
        }
        let offset = self.clients.get(&conn).map_or(Offset(0), |client| client.write_offset);
        let reached = self.replicas_at(offset);
        if reached >= wanted || self.in_exec.is_some() {
            return reply.integer(reached);
        }
        let until = (ms > 0).then(|| self.now + Span::from_ms(ms as u64));
        if let Some(client) = self.clients.get_mut(&conn) {
            client.blocked = Some(Blocked::Replicas { wanted, offset, until });
            self.blocked.push_back(conn);
            self.wants_ack = true;
        }
    }

    /// How many online replicas acknowledged `offset`.
    fn replicas_at(&self, offset: Offset) -> i64 {
        let at = |conn: &&ConnId| {
            let replica = self.clients.get(conn).and_then(|c| c.replica());
            replica.is_some_and(|r| r.is_online() && r.acked >= offset)
        };
        self.replicas.iter().filter(at).count() as i64
    }

    /// Serves WAIT after an ACK.
    pub(super) fn acks_changed(&mut self) {
        for conn in self.blocked.clone() {
            let blocked = self.clients.get(&conn).and_then(|c| c.blocked.as_ref());
            let Some(Blocked::Replicas { wanted, offset, .. }) = blocked else { continue };
            let (wanted, reached) = (*wanted, self.replicas_at(*offset));
            if reached >= wanted {
                let mut reply = Reply::new();
                reply.integer(reached);
                self.answer_blocked(conn, &reply);
            }
        }
    }

    /// `REPLCONF GETACK *` to everybody (`replicationRequestAckFromSlaves`).
    pub(super) fn request_acks(&mut self) {
        let db = self.stream.selected_db.unwrap_or(0);
        self.feed(db, argv(["REPLCONF", "GETACK", "*"]), StreamKind::GetAck);
    }
}

/// What a client is told when it waited in vain.
pub(super) fn time_is_up(request: &BlockRequest, reply: &mut Reply) {
    if request.null_array { reply.null_array() } else { reply.null_bulk() }
}
