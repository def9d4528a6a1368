//! Snapshots: BGSAVE and SAVE, whom they are for, and what happens when they end.
//!
//! A real server forks a child that writes the data of that instant while the parent goes on. Here the snapshot
//! holds the RDB bytes of the instant, and *takes* as long as the node is configured to let it take
//! (`bgsave-time`, `bgsave-rate`; no time at all by default). One snapshot runs at a time.
//!
//! A snapshot for sockets goes out while it is made, in pieces of [`PIECE`] bytes: the next one when it is written
//! and every receiver has taken the last, so that the slowest sets the pace. What is smaller goes out at the end, as
//! the child of a real server keeps it until then. (A real child stops while nobody takes; ours writes on.)
//!
//! Sources: Redis 7.0.15 `rdb.c:rdbSaveBackground`, `rdbSaveToSlavesSockets`, `replication.c:startBgsaveForReplication`,
//! `updateSlavesWaitingBgsave`, `shouldStartChildReplication`, `rdbPipeReadHandler`; `rio.c:rioFdWrite`.

use bytes::Bytes;

use crate::base::{ByteCount, Instant, Offset, Span};

use super::trace::{Event, Purpose, Target};
use super::view::{ReplicaStage, SnapshotView};
use super::{Action, Node};

/// `PROTO_IOBUF_LEN`: how much of a snapshot for sockets goes out at once.
const PIECE: u64 = 16 * 1024;

/// The snapshot that is being made.
#[derive(Clone, Debug)]
pub(super) struct Snapshot {
    purpose: Purpose,
    pub(super) target: Target,
    offset: Offset,
    /// What is written: the RDB, and for sockets the mark behind it.
    written: Bytes,
    /// The size of the RDB alone.
    bytes: ByteCount,
    mark: [u8; 40],
    started: Instant,
    takes: Span,
    dirty_before: u64,
    keys: u64,
    /// How much of a snapshot for sockets its receivers may take.
    released: u64,
}

impl Snapshot {
    fn size(&self) -> u64 {
        self.written.len() as u64
    }

    /// How much is written by now: whole pieces, and everything at the end.
    fn done(&self, now: Instant) -> u64 {
        let elapsed = now.since(self.started);
        if elapsed >= self.takes {
            return self.size();
        }
        let share = u128::from(self.size()) * u128::from(elapsed.0) / u128::from(self.takes.0);
        share as u64 / PIECE * PIECE
    }

    /// When more than `released` is written.
    fn next_piece(&self) -> Instant {
        let target = u128::from(self.size().min(self.released + PIECE));
        let after = (target * u128::from(self.takes.0)).div_ceil(u128::from(self.size().max(1)));
        self.started + Span(after as u64)
    }

    fn is_all_out(&self) -> bool {
        self.released == self.size()
    }
}

/// What a replica can take, as it told with `REPLCONF capa`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Wants {
    pub(super) eof: bool,
    pub(super) psync2: bool,
    /// The keys, too. Whoever does not want them needs a snapshot of its own, which never goes to the disk.
    pub(super) data: bool,
    /// More than the RDB.
    pub(super) stream: bool,
}

impl Wants {
    pub(super) fn is_subset_of(self, other: Wants) -> bool {
        (!self.eof || other.eof) && (!self.psync2 || other.psync2) && self.data == other.data
    }

    fn both(self, other: Wants) -> Wants {
        Wants { eof: self.eof && other.eof, psync2: self.psync2 && other.psync2, ..self }
    }
}

/// What INFO, LASTSAVE and the save points need to know.
#[derive(Clone, Copy, Debug)]
pub(super) struct SaveStatus {
    /// Changes since the last save (`server.dirty`).
    pub(super) dirty: u64,
    pub(super) last: Instant,
    pub(super) last_try: Instant,
    pub(super) ok: bool,
    /// How many changes, and until when, the save before the last had: what holds if the last one fails.
    before: (u64, Instant, bool),
}

impl SaveStatus {
    pub(super) fn new(now: Instant) -> SaveStatus {
        SaveStatus { dirty: 0, last: now, last_try: now, ok: true, before: (0, now, true) }
    }

    /// A save of `changes` is done.
    pub(super) fn succeed(&mut self, changes: u64, now: Instant) {
        self.before = (changes, self.last, self.ok);
        self.dirty -= changes;
        (self.last, self.ok) = (now, true);
    }

    /// The save that just succeeded did not reach the disk. Only one in the background counts for `ok`.
    pub(super) fn fail(&mut self, in_background: bool) {
        let (changes, last, ok) = std::mem::replace(&mut self.before, (0, self.last, self.ok));
        self.dirty += changes;
        (self.last, self.ok) = (last, ok && !in_background);
    }
}

impl Node {
    /// Starts a snapshot for every replica that waits for one (`startBgsaveForReplication`).
    pub(super) fn start_snapshot_for_replicas(&mut self, wants: Wants) {
        let is_diskless = (self.config.live().diskless || !wants.data) && wants.eof;
        let target = if is_diskless { Target::Socket } else { Target::Disk };
        self.log(|n| match (target, n.profile.speaks_capa()) {
            (Target::Socket, _) => "Starting BGSAVE for SYNC with target: replicas sockets".to_string(),
            (Target::Disk, true) => "Starting BGSAVE for SYNC with target: disk".to_string(),
            (Target::Disk, false) => "Starting BGSAVE for SYNC".to_string(),
        });
        self.flush_stream();
        self.begin_snapshot(Purpose::Replication, target, wants.data);
        let offset = self.stream.offset;
        for conn in self.replicas.clone() {
            let stage = self.clients.get(&conn).and_then(|c| c.replica()).map(|r| r.stage);
            if stage == Some(ReplicaStage::WaitsForStart) && self.wants(conn).data == wants.data {
                self.grant_full_resync(conn, offset, false);
            }
        }
        self.finish_snapshot_if_due();
    }

    /// BGSAVE by a client or a save point.
    pub(super) fn start_background_save(&mut self) {
        self.flush_stream();
        self.begin_snapshot(Purpose::Save, Target::Disk, true);
        self.finish_snapshot_if_due();
    }

    fn begin_snapshot(&mut self, purpose: Purpose, target: Target, data: bool) {
        let mut written = self.write_rdb_with(data);
        let bytes = ByteCount::from(written.len());
        let live = self.config.live();
        // In whole milliseconds: nobody wants to read the rest.
        let by_size = bytes.0.saturating_mul(1_000).checked_div(live.snapshot_rate);
        let keys = if data { self.keyspace.len() as u64 } else { 0 };
        let by_keys = Span(keys.saturating_mul(live.save_delay));
        let takes = live.snapshot_time + Span::from_ms(by_size.unwrap_or(0)) + by_keys;
        let mut mark = [0; 40];
        mark.copy_from_slice(crate::base::ReplId::random(&mut self.rng).as_bytes());
        if target == Target::Socket {
            written.extend_from_slice(&mark);
        }
        let (offset, now) = (self.stream.offset, self.now);
        self.snapshot = Some(Snapshot {
            purpose,
            target,
            offset,
            written: written.into(),
            bytes,
            mark,
            started: now,
            takes,
            dirty_before: self.saves.dirty,
            keys,
            released: 0,
        });
        self.saves.last_try = now;
        let offset = if self.profile.speaks_psync() { offset } else { Offset::NONE };
        self.trace.emit(now, || Event::SnapshotStarted { purpose, target, offset, keys, bytes, takes });
        self.log(|_| match target {
            Target::Disk => "Background saving started by pid 1".to_string(),
            Target::Socket => "Background RDB transfer started by pid 1".to_string(),
        });
    }

    /// When the running snapshot is finished, or has more for its receivers.
    pub(super) fn snapshot_due(&self) -> Option<Instant> {
        let snapshot = self.snapshot.as_ref()?;
        match snapshot.target {
            Target::Disk => Some(snapshot.started + snapshot.takes),
            Target::Socket if snapshot.is_all_out() || !self.receivers_are_level() => None,
            Target::Socket => Some(snapshot.next_piece()),
        }
    }

    pub(super) fn finish_snapshot_if_due(&mut self) {
        if self.snapshot_due().is_none_or(|due| due > self.now) {
            return;
        }
        match self.snapshot.as_ref().map(|s| s.target) {
            Some(Target::Disk) => self.finish_disk_snapshot(),
            Some(Target::Socket) => self.release_piece(),
            None => {}
        }
    }

    fn finish_disk_snapshot(&mut self) {
        let Some(snapshot) = self.snapshot.take() else { return };
        self.saves.succeed(snapshot.dirty_before, self.now);
        let (purpose, bytes, keys) = (snapshot.purpose, snapshot.bytes, snapshot.keys);
        self.actions.push_back(Action::Save { rdb: snapshot.written.clone() });
        self.trace.emit(self.now, || Event::SnapshotEnded { purpose, bytes, ok: true });
        self.trace.emit(self.now, || Event::Saved { bytes, keys });
        self.log(|_| "Background saving terminated with success".to_string());
        for conn in self.replicas.clone() {
            self.begin_transfer(conn, snapshot.written.clone(), None);
        }
        self.start_pending_snapshot();
    }

    /// Whether every receiver has taken what it may take.
    fn receivers_are_level(&self) -> bool {
        let released = self.released();
        let mut receivers = self.replicas.iter().filter_map(|c| self.clients.get(c)?.replica());
        receivers.all(|r| r.rdb_sent().is_none_or(|sent| sent >= released))
    }

    /// How much of the running snapshot for sockets may be taken.
    pub(super) fn released(&self) -> u64 {
        self.snapshot.as_ref().map_or(0, |s| s.released)
    }

    /// A receiver has taken bytes or is gone: perhaps it was the one that everybody waited for.
    pub(super) fn release_piece(&mut self) {
        let (now, is_level) = (self.now, self.receivers_are_level());
        let Some(snapshot) = self.snapshot.as_mut().filter(|s| s.target == Target::Socket && is_level) else {
            return;
        };
        let before = snapshot.released;
        snapshot.released = (before + PIECE).min(snapshot.done(now)).max(before);
        if snapshot.released == before {
            return;
        }
        let (written, mark) = (snapshot.written.clone(), snapshot.mark);
        for conn in self.replicas.clone() {
            if before == 0 {
                self.begin_transfer(conn, written.clone(), Some(mark));
            } else if let Some(replica) = self.clients.get_mut(&conn).and_then(|c| c.replica_mut())
                && replica.rdb_sent().is_some()
            {
                replica.took_at = now;
                self.wants_output(conn);
            }
        }
    }

    /// A receiver has everything or is gone: perhaps nobody needs the snapshot any more.
    pub(super) fn snapshot_lost_receiver(&mut self) {
        let Some(snapshot) = &self.snapshot else { return };
        let (purpose, target, ok, bytes) =
            (snapshot.purpose, snapshot.target, snapshot.is_all_out(), snapshot.bytes);
        let receiving = |stage: ReplicaStage| {
            matches!(stage, ReplicaStage::WaitsForEnd { .. })
                || target == Target::Socket && matches!(stage, ReplicaStage::Transfer { .. })
        };
        if purpose != Purpose::Replication || self.stages().any(receiving) {
            return self.release_piece();
        }
        // With save points a disk snapshot is worth keeping; without, it is given up (`freeClient`).
        if target == Target::Disk && !self.config.save_points().is_empty() {
            return;
        }
        self.snapshot = None;
        self.trace.emit(self.now, || Event::SnapshotEnded { purpose, bytes, ok });
        if ok {
            self.warn(|n| {
                let up = n.stages().filter(|s| matches!(s, ReplicaStage::AwaitsAck { .. })).count();
                format!("Diskless rdb transfer, done reading from pipe, {up} replicas still up.")
            });
            self.log(|_| "Background RDB transfer terminated with success".to_string());
        } else if target == Target::Socket {
            self.warn(|_| "Diskless rdb transfer, last replica dropped, killing fork child.".to_string());
        }
        self.start_pending_snapshot();
    }

    /// When the running snapshot was begun, for a driver that shows it as a process, and its RDB if it is for the disk.
    pub fn background_save(&self) -> Option<(Instant, Option<&Bytes>)> {
        self.snapshot.as_ref().map(|s| (s.started, (s.target == Target::Disk).then_some(&s.written)))
    }

    /// The process that stands for the forked child was killed by a signal (`rdb.c:backgroundSaveDoneHandlerDisk`,
    /// `backgroundSaveDoneHandlerSocket`).
    pub fn background_save_killed(&mut self, now: Instant, signal: i32) {
        self.begin_turn(now);
        let Some(target) = self.snapshot.as_ref().map(|s| s.target) else { return };
        match target {
            Target::Disk => {
                self.warn(|_| format!("Background saving terminated by signal {signal}"));
                self.saves.ok = false;
            }
            Target::Socket => self.warn(|_| format!("Background transfer terminated by signal {signal}")),
        }
        self.kill_snapshot();
        self.before_sleep();
    }

    /// FLUSHALL makes a running snapshot pointless, and so do data of a master (`db.c:flushallCommand`,
    /// `readSyncBulkPayload`: they kill the child).
    pub(super) fn kill_snapshot(&mut self) {
        let Some(snapshot) = self.snapshot.take() else { return };
        let (purpose, bytes) = (snapshot.purpose, snapshot.bytes);
        self.trace.emit(self.now, || Event::SnapshotEnded { purpose, bytes, ok: false });
        self.fail_waiting_replicas();
        self.start_pending_snapshot();
    }

    /// Starts a snapshot for replicas that wait for one, if they have waited long enough
    /// (`shouldStartChildReplication`).
    pub(super) fn start_pending_snapshot(&mut self) {
        if self.snapshot.is_some() {
            return;
        }
        let mut wants: Option<Wants> = None;
        let (mut waiting, mut longest) = (0, 0);
        for &conn in &self.replicas {
            let Some(client) = self.clients.get(&conn) else { continue };
            let Some(replica) = client.replica() else { continue };
            let this = self.wants(conn);
            let fits = wants.is_none_or(|w| w.data == this.data);
            if replica.stage == ReplicaStage::WaitsForStart && fits {
                waiting += 1;
                longest = longest.max(self.unix_secs(self.now) - self.unix_secs(client.last_heard));
                wants = Some(wants.map_or(this, |w| w.both(this)));
            }
        }
        let live = self.config.live();
        let enough = live.diskless_max_replicas > 0 && waiting >= live.diskless_max_replicas;
        let delay = live.diskless_delay.as_secs() as i64;
        let is_over = longest > delay || longest == delay && self.profile.diskless_delay_includes_its_end();
        if let Some(wants) = wants.filter(|_| !live.diskless || enough || is_over) {
            self.start_snapshot_for_replicas(wants);
        }
    }

    pub(super) fn snapshot_view(&self, now: Instant) -> Option<SnapshotView> {
        self.snapshot.as_ref().map(|s| SnapshotView {
            target: s.target,
            offset: s.offset,
            bytes: s.bytes,
            elapsed: Span(now.since(s.started).0.min(s.takes.0)),
            takes: s.takes,
        })
    }

    /// How far each replica is.
    fn stages(&self) -> impl Iterator<Item = ReplicaStage> {
        self.replicas.iter().filter_map(|c| self.clients.get(c)?.replica()).map(|r| r.stage)
    }

    pub(super) fn is_saving(&self) -> bool {
        self.snapshot.is_some()
    }
}
