//! What happens with time: the once-a-second routine of replication, and every other deadline.
//!
//! The routine is on a grid of seconds from the start of the process, as `serverCron` calls it. A node that is
//! neither replica nor has anything to do with replicas skips it, so that nothing wakes an idle world.
//!
//! Sources: `replication.c:replicationCron` of 7.0.15, 4.0.14, 2.8.17 and 2.6.17, in the order of the steps there;
//! `server.c:serverCron`.

use crate::base::{Instant, Span};
use crate::resp::argv;

use super::link::LinkState;
use super::trace::{Event, IdChange, LossReason, StreamKind, Target};
use super::upstream::Link;
use super::view::ReplicaStage;
use super::{ConnId, Content, Node, Wake};

const CRON_PERIOD: Span = Span::from_secs(1);
/// More than five whole seconds.
const SAVE_RETRY_DELAY: Span = Span::from_secs(6);

impl Node {
    /// The next moment at which something is due, and what.
    pub fn next_deadline(&self) -> Option<(Instant, Wake)> {
        if let Some(asleep) = &self.asleep {
            return Some((asleep.until, Wake::Awake));
        }
        let transfer = match self.upstream.as_ref().map(|u| &u.link) {
            Some(Link::Transfer(transfer)) => transfer.load_due(),
            _ => None,
        };
        let candidates = [
            self.boot_due().map(|at| (at, Wake::LoadDone)),
            self.snapshot_due().map(|at| (at, Wake::SnapshotDone)),
            transfer.map(|at| (at, Wake::LoadDone)),
            self.blocking_answer_due().map(|at| (at, Wake::ReplicationCron)),
            self.needs_cron().then(|| (self.next_cron(), self.cron_reason())),
            self.next_expiry().map(|at| (at, Wake::Expiry)),
            self.blocked_due().map(|at| (at, Wake::BlockedClient)),
            self.next_save_point().map(|at| (at, Wake::Housekeeping)),
            self.departure_due().map(|at| (at, Wake::Housekeeping)),
            self.soft_limit_due().map(|at| (at, Wake::Housekeeping)),
        ];
        candidates.into_iter().flatten().min()
    }

    /// Does what is due now.
    pub(super) fn run_due(&mut self) {
        self.finish_booting_if_due();
        self.finish_snapshot_if_due();
        self.finish_load_if_due();
        if self.blocking_answer_due().is_some_and(|due| due <= self.now) {
            self.answer_timed_out();
        }
        self.expire_due_keys();
        self.end_waits_if_due();
        if self.cron_is_due() {
            self.replication_cron();
        }
        if self.soft_limit_due().is_some_and(|due| due <= self.now) {
            self.check_all_buffers();
        }
        self.go_on_departing();
        if self.next_save_point().is_some_and(|due| due <= self.now) {
            self.log(|n| format!("{} changes in the save period. Saving...", n.saves.dirty));
            self.start_background_save();
        }
    }

    // -- the grid -----------------------------------------------------------------------------------------------

    /// How many routines fall into the time up to `at`, the one at the start included.
    fn crons_until(&self, at: Instant) -> u64 {
        at.since(self.started).0 / CRON_PERIOD.0 + 1
    }

    fn next_cron(&self) -> Instant {
        self.started + CRON_PERIOD * self.crons_done
    }

    fn cron_is_due(&mut self) -> bool {
        let reached = self.crons_until(self.now);
        let due = self.needs_cron() && reached > self.crons_done && !self.cron_paused;
        self.crons_done = reached;
        due
    }

    /// Routines that nobody needed count as done: whoever needs one now waits for the next second.
    pub(super) fn skip_idle_routines(&mut self) {
        if !self.needs_cron() {
            self.crons_done = self.crons_until(self.now);
        }
    }

    fn needs_cron(&self) -> bool {
        self.upstream.is_some()
            || !self.replicas.is_empty()
            || self.stream.backlog.is_some()
            || !self.monitors.is_empty()
            || self.profile.limits_checked_per_block()
                && self.clients.values().any(|c| c.over_soft_limit.is_some())
    }

    fn cron_reason(&self) -> Wake {
        let waits = |c: &ConnId| {
            let replica = self.clients.get(c).and_then(|c| c.replica());
            replica.is_some_and(|r| r.stage == ReplicaStage::WaitsForStart)
        };
        if self.snapshot.is_none() && self.replicas.iter().any(waits) {
            Wake::DisklessDelay
        } else {
            Wake::ReplicationCron
        }
    }

    // -- the routine --------------------------------------------------------------------------------------------

    fn replication_cron(&mut self) {
        let loops = self.crons_done - 1;
        self.time_out_upstream();
        if self.link_state() == LinkState::Connect && self.booting.is_none() {
            self.connect_upstream();
        }
        // Not to masters without PSYNC.
        let counts = |conn| self.clients.get(&conn).and_then(|c| c.master()).is_some_and(|m| !m.pre_psync);
        if self.master_conn().is_some_and(counts) {
            self.send_ack();
        }
        let pings = loops.is_multiple_of(self.config.live().ping_period);
        if pings {
            self.ping_replicas();
        }
        if pings || self.profile.keeps_waiting_replicas_alive_each_second() {
            self.newline_to_waiting_replicas();
        }
        self.time_out_replicas();
        self.check_all_buffers();
        self.free_idle_backlog();
        if self.profile.diskless_by_default() || self.config.live().diskless {
            self.start_pending_snapshot();
        }
        self.count_good_replicas();
    }

    fn time_out_upstream(&mut self) {
        let timeout = self.config.live().repl_timeout;
        let Some(upstream) = &self.upstream else { return };
        let (since, text) = match &upstream.link {
            Link::Connect => return,
            Link::Connecting { since, .. } => (*since, "Timeout connecting to the MASTER..."),
            Link::Handshake(handshake) => (handshake.last_io, "Timeout connecting to the MASTER..."),
            Link::Transfer(transfer) if transfer.is_loading() => return,
            Link::Transfer(transfer) => (
                transfer.last_io,
                "Timeout receiving bulk data from MASTER... If the problem persists try to set the 'repl-timeout' parameter in redis.conf to a larger value.",
            ),
            Link::Connected { conn } => match self.clients.get(conn) {
                Some(client) => (client.last_heard, "MASTER timeout: no data nor PING received..."),
                None => return,
            },
        };
        if !self.older_than(since, timeout) {
            return;
        }
        let why = LossReason::Timeout { silent: self.now.since(since) };
        let streaming = self.master_conn();
        self.warn(|_| text.to_string());
        match streaming {
            Some(conn) => self.drop_client(conn, why, false),
            None => self.abandon_upstream(why, true),
        }
    }

    fn ping_replicas(&mut self) {
        let is_leaving = self.failover.as_ref().is_some_and(|f| f.has_deadline());
        if !self.profile.pings_without_replicas() && self.replicas.is_empty() || is_leaving {
            return;
        }
        if !self.profile.speaks_psync() {
            return self.ping_each();
        }
        let word = if self.profile.pings_in_lower_case() { "ping" } else { "PING" };
        let db = self.stream.selected_db.unwrap_or(0);
        self.feed(db, argv([word]), StreamKind::Ping);
    }

    /// 2.6 pings only replicas that are online; the others get newlines.
    fn ping_each(&mut self) {
        self.flush_stream();
        for conn in self.replicas.clone() {
            let online = self.clients.get(&conn).and_then(|c| c.replica()).is_some_and(|r| r.streams());
            if let Some(client) = self.clients.get_mut(&conn).filter(|_| online) {
                client
                    .push(Content::Stream { first: self.stream.offset }, b"*1\r\n$4\r\nPING\r\n".as_slice());
                self.wants_output(conn);
            }
        }
    }

    fn newline_to_waiting_replicas(&mut self) {
        let by_socket = self.snapshot.as_ref().is_some_and(|s| s.target == Target::Socket);
        for conn in self.replicas.clone() {
            let Some(client) = self.clients.get_mut(&conn) else { continue };
            let waits = client.replica().is_some_and(|r| match r.stage {
                ReplicaStage::WaitsForStart => true,
                ReplicaStage::WaitsForEnd { .. } => !by_socket,
                _ => false,
            });
            if waits {
                client.push(Content::KeepAlive, b"\n".as_slice());
                self.wants_output(conn);
            }
        }
    }

    fn time_out_replicas(&mut self) {
        let timeout = self.config.live().repl_timeout;
        if !self.profile.speaks_psync() {
            return;
        }
        let released = self.released();
        for conn in self.replicas.clone() {
            let Some(replica) = self.clients.get(&conn).and_then(|c| c.replica()) else { continue };
            // Nobody gets more of an RDB out of a pipe while one receiver is stuck.
            let is_stuck = replica.rdb_sent().is_some_and(|sent| sent < released);
            if is_stuck && self.older_than(replica.took_at, timeout) {
                let why = LossReason::Timeout { silent: self.now.since(replica.took_at) };
                self.warn(|n| {
                    format!("Disconnecting timedout replica (full sync): {}", n.replica_name(conn))
                });
                self.drop_client(conn, why, false);
                continue;
            }
            if replica.pre_psync || !replica.is_online() || !self.older_than(replica.ack_time, timeout) {
                continue;
            }
            let why = LossReason::Timeout { silent: self.now.since(replica.ack_time) };
            self.warn(|n| {
                let name = n.replica_name(conn);
                match n.profile.says_replica() {
                    true => format!("Disconnecting timedout replica (streaming sync): {name}"),
                    false => format!("Disconnecting timedout slave: {name}"),
                }
            });
            self.drop_client(conn, why, false);
        }
    }

    fn free_idle_backlog(&mut self) {
        let ttl = self.config.live().backlog_ttl;
        let idle_forever = ttl == Span::ZERO || !self.replicas.is_empty() || self.stream.backlog.is_none();
        let keeps = self.upstream.is_some() && self.profile.forwards_stream();
        if idle_forever || keeps || !self.older_than(self.no_replicas_since, ttl) {
            return;
        }
        let idle = self.now.since(self.no_replicas_since);
        self.flush_stream();
        self.begin_history(IdChange::BacklogFreed);
        self.free_backlog();
        self.trace.emit(self.now, || Event::BacklogFreed { idle });
        self.log(|n| {
            let word = if n.profile.says_replica() { "replicas" } else { "slaves" };
            format!("Replication backlog freed after {} seconds without connected {word}.", ttl.as_secs())
        });
    }

    // -- other deadlines ----------------------------------------------------------------------------------------

    /// When a release that blocks in its handshake gives an answer up.
    fn blocking_answer_due(&self) -> Option<Instant> {
        match self.upstream.as_ref().map(|u| &u.link) {
            Some(Link::Handshake(handshake))
                if self.profile.blocks_in_handshake() && handshake.state() != LinkState::AwaitPong =>
            {
                Some(handshake.blocking_deadline())
            }
            _ => None,
        }
    }

    fn next_save_point(&self) -> Option<Instant> {
        if self.is_saving() || self.is_loading() {
            return None;
        }
        let due = |&(secs, changes): &(u64, u64)| {
            (self.saves.dirty >= changes.max(1)).then(|| self.saves.last + Span::from_secs(secs + 1))
        };
        // After a save that failed it takes its time (`CONFIG_BGSAVE_RETRY_DELAY`).
        let delay = if self.saves.ok { Span::ZERO } else { SAVE_RETRY_DELAY };
        self.config.save_points().iter().filter_map(due).min().map(|at| at.max(self.saves.last_try + delay))
    }
}
