//! Snapshots: BGSAVE and SAVE, whom they are for, and what happens when they end.
//!
//! A real server forks a child that writes the data of that instant while the parent goes on. Here the snapshot
//! holds the RDB bytes of the instant, and *takes* as long as the node is configured to let it take
//! (`bgsave-time`, `bgsave-rate`; no time at all by default). One snapshot runs at a time.
//!
//! Sources: Redis 7.0.15 `rdb.c:rdbSaveBackground`, `rdbSaveToSlavesSockets`, `replication.c:startBgsaveForReplication`,
//! `updateSlavesWaitingBgsave`, `shouldStartChildReplication`.

use bytes::Bytes;

use crate::base::{ByteCount, Instant, Offset, Span};

use super::trace::{Event, Purpose, Target};
use super::view::{ReplicaStage, SnapshotView};
use super::{Action, Node};

/// The snapshot that is being made.
#[derive(Clone, Debug)]
pub(super) struct Snapshot {
    purpose: Purpose,
    pub(super) target: Target,
    offset: Offset,
    rdb: Bytes,
    mark: [u8; 40],
    started: Instant,
    takes: Span,
    dirty_before: u64,
    keys: u64,
    /// A socket snapshot is done when its receivers have everything.
    sending: bool,
}

/// What a replica can take, as it told with `REPLCONF capa`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Wants {
    pub(super) eof: bool,
    pub(super) psync2: bool,
}

impl Wants {
    pub(super) fn is_subset_of(self, other: Wants) -> bool {
        (!self.eof || other.eof) && (!self.psync2 || other.psync2)
    }

    fn both(self, other: Wants) -> Wants {
        Wants { eof: self.eof && other.eof, psync2: self.psync2 && other.psync2 }
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
    before: (u64, Instant),
}

impl SaveStatus {
    pub(super) fn new(now: Instant) -> SaveStatus {
        SaveStatus { dirty: 0, last: now, last_try: now, ok: true, before: (0, now) }
    }

    /// A save of `changes` is done.
    pub(super) fn succeed(&mut self, changes: u64, now: Instant) {
        self.before = (changes, self.last);
        self.dirty -= changes;
        (self.last, self.ok) = (now, true);
    }

    /// The save that just succeeded did not reach the disk.
    pub(super) fn fail(&mut self) {
        let (changes, last) = std::mem::replace(&mut self.before, (0, self.last));
        self.dirty += changes;
        (self.last, self.ok) = (last, false);
    }
}

impl Node {
    /// Starts a snapshot for every replica that waits for one (`startBgsaveForReplication`).
    pub(super) fn start_snapshot_for_replicas(&mut self, wants: Wants) {
        let target = if self.config.live().diskless && wants.eof { Target::Socket } else { Target::Disk };
        self.log(|n| match (target, n.profile.speaks_capa()) {
            (Target::Socket, _) => "Starting BGSAVE for SYNC with target: replicas sockets".to_string(),
            (Target::Disk, true) => "Starting BGSAVE for SYNC with target: disk".to_string(),
            (Target::Disk, false) => "Starting BGSAVE for SYNC".to_string(),
        });
        self.flush_stream();
        self.begin_snapshot(Purpose::Replication, target);
        let offset = self.stream.offset;
        for conn in self.replicas.clone() {
            let stage = self.clients.get(&conn).and_then(|c| c.replica()).map(|r| r.stage);
            if stage == Some(ReplicaStage::WaitsForStart) {
                self.grant_full_resync(conn, offset, false);
            }
        }
        self.finish_snapshot_if_due();
    }

    /// BGSAVE by a client or a save point.
    pub(super) fn start_background_save(&mut self) {
        self.flush_stream();
        self.begin_snapshot(Purpose::Save, Target::Disk);
        self.finish_snapshot_if_due();
    }

    fn begin_snapshot(&mut self, purpose: Purpose, target: Target) {
        let rdb = Bytes::from(self.write_rdb());
        let live = self.config.live();
        // In whole milliseconds: nobody wants to read the rest.
        let by_size = (rdb.len() as u64).saturating_mul(1_000).checked_div(live.snapshot_rate);
        let keys = self.keyspace.len() as u64;
        let by_keys = Span(keys.saturating_mul(live.save_delay));
        let takes = live.snapshot_time + Span::from_ms(by_size.unwrap_or(0)) + by_keys;
        let mut mark = [0; 40];
        mark.copy_from_slice(crate::base::ReplId::random(&mut self.rng).as_bytes());
        let (offset, bytes, now) = (self.stream.offset, ByteCount::from(rdb.len()), self.now);
        self.snapshot = Some(Snapshot {
            purpose,
            target,
            offset,
            rdb,
            mark,
            started: now,
            takes,
            dirty_before: self.saves.dirty,
            keys,
            sending: false,
        });
        self.saves.last_try = now;
        let offset = if self.profile.speaks_psync() { offset } else { Offset::NONE };
        self.trace.emit(now, || Event::SnapshotStarted { purpose, target, offset, keys, bytes, takes });
        self.log(|_| "Background saving started by pid 1".to_string());
    }

    /// When the running snapshot is finished.
    pub(super) fn snapshot_due(&self) -> Option<Instant> {
        self.snapshot.as_ref().filter(|s| !s.sending).map(|s| s.started + s.takes)
    }

    pub(super) fn finish_snapshot_if_due(&mut self) {
        if self.snapshot_due().is_none_or(|due| due > self.now) {
            return;
        }
        match self.snapshot.as_ref().map(|s| s.target) {
            Some(Target::Disk) => self.finish_disk_snapshot(),
            Some(Target::Socket) => self.send_socket_snapshot(),
            None => {}
        }
    }

    fn finish_disk_snapshot(&mut self) {
        let Some(snapshot) = self.snapshot.take() else { return };
        self.saves.succeed(snapshot.dirty_before, self.now);
        let (purpose, bytes, keys) = (snapshot.purpose, ByteCount::from(snapshot.rdb.len()), snapshot.keys);
        self.actions.push_back(Action::Save { rdb: snapshot.rdb.clone() });
        self.trace.emit(self.now, || Event::SnapshotEnded { purpose, bytes, ok: true });
        self.trace.emit(self.now, || Event::Saved { bytes, keys });
        self.log(|_| "Background saving terminated with success".to_string());
        for conn in self.replicas.clone() {
            self.begin_transfer(conn, snapshot.rdb.clone(), None);
        }
        self.start_pending_snapshot();
    }

    /// The bytes are there; the snapshot lasts until every receiver has taken them.
    fn send_socket_snapshot(&mut self) {
        let Some(snapshot) = &mut self.snapshot else { return };
        snapshot.sending = true;
        let (rdb, mark) = (snapshot.rdb.clone(), snapshot.mark);
        for conn in self.replicas.clone() {
            self.begin_transfer(conn, rdb.clone(), Some(mark));
        }
        self.snapshot_lost_receiver();
    }

    /// A receiver has everything or is gone: perhaps nobody needs the snapshot any more.
    pub(super) fn snapshot_lost_receiver(&mut self) {
        let Some(snapshot) = &self.snapshot else { return };
        let (purpose, target, sending) = (snapshot.purpose, snapshot.target, snapshot.sending);
        let receiving = |stage: ReplicaStage| {
            matches!(stage, ReplicaStage::WaitsForEnd { .. })
                || target == Target::Socket && matches!(stage, ReplicaStage::Transfer { .. })
        };
        let waited_for = self.replicas.iter().filter_map(|c| self.clients.get(c)?.replica());
        if purpose != Purpose::Replication || waited_for.map(|r| r.stage).any(receiving) {
            return;
        }
        // With save points a disk snapshot is worth keeping; without, it is given up (`freeClient`).
        if target == Target::Disk && !self.config.save_points().is_empty() {
            return;
        }
        let ok = sending;
        let bytes = ByteCount::from(self.snapshot.take().map_or(0, |s| s.rdb.len()));
        self.trace.emit(self.now, || Event::SnapshotEnded { purpose, bytes, ok });
        if !ok {
            self.log(|_| "Diskless rdb transfer, last replica dropped, killing fork child.".to_string());
        }
        self.start_pending_snapshot();
    }

    /// FLUSHALL makes a running snapshot pointless (`db.c:flushallCommand` kills the child).
    pub(super) fn kill_snapshot(&mut self) {
        let Some(snapshot) = self.snapshot.take() else { return };
        let (purpose, bytes) = (snapshot.purpose, ByteCount::from(snapshot.rdb.len()));
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
            let Some(replica) = self.clients.get(&conn).and_then(|c| c.replica()) else { continue };
            if replica.stage == ReplicaStage::WaitsForStart {
                waiting += 1;
                longest = longest.max(self.unix_secs(self.now) - self.unix_secs(replica.asked_at));
                let this = self.wants(conn);
                wants = Some(wants.map_or(this, |w| w.both(this)));
            }
        }
        let live = self.config.live();
        let enough = live.diskless_max_replicas > 0 && waiting >= live.diskless_max_replicas;
        let delay = live.diskless_delay.as_secs() as i64;
        if let Some(wants) = wants.filter(|_| !live.diskless || enough || longest >= delay) {
            self.start_snapshot_for_replicas(wants);
        }
    }

    pub(super) fn snapshot_view(&self, now: Instant) -> Option<SnapshotView> {
        self.snapshot.as_ref().map(|s| SnapshotView {
            target: s.target,
            offset: s.offset,
            bytes: ByteCount::from(s.rdb.len()),
            elapsed: Span(now.since(s.started).0.min(s.takes.0)),
            takes: s.takes,
        })
    }

    pub(super) fn is_saving(&self) -> bool {
        self.snapshot.is_some()
    }
}
