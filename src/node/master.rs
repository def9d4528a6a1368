//! The master's side: a replica asks, gets its answer, and is brought up to date.
//!
//! The story of one replica: it asks with SYNC or PSYNC ([`Node::sync_command`]); either it continues from the
//! backlog at once, or it waits for a snapshot to start, for the snapshot to end, gets the RDB, then what was
//! kept for it meanwhile, and is online. From then on it acknowledges each second.
//!
//! Sources: `replication.c` of 7.0.15 (`syncCommand`, `masterTryPartialResynchronization`,
//! `replicationSetupSlaveForFullResync`, `replconfCommand`), 4.0.14, 2.8.17 (which announces `+FULLRESYNC` with
//! its present offset when the replica asks, not when the snapshot starts) and 2.6.17.

use crate::base::{ByteCount, Offset, printable};
use crate::resp::{Argv, Reply};

use super::client::{Announced, Replica, Role};
use super::snapshot::Wants;
use super::trace::{Event, IdChange, LossReason, Question, ReplicaRef, Target, WaitReason};
use super::verdict::{Decision, FullReason, Verdict, decide};
use super::view::ReplicaStage;
use super::{ConnId, Content, Node};

impl Node {
    /// SYNC and PSYNC.
    pub(super) fn sync_command(&mut self, conn: ConnId, argv: &Argv, reply: &mut Reply) {
        let Some(client) = self.clients.get(&conn) else { return };
        if client.replica().is_some() || self.is_monitor(conn) {
            return;
        }
        let pending = !reply.is_empty() || !client.queue.is_empty();
        let wants = self.wants(conn);
        let psync = argv[0].eq_ignore_ascii_case(b"psync");
        if let Some(error) = self.sync_refusal(conn, psync, argv, pending, wants) {
            let replica = self.replica_ref(conn);
            self.trace.emit(self.now, || Event::SyncRefused { replica, error: error.clone() });
            return reply.error(error);
        }
        let name = self.replica_name(conn);
        self.log(|n| match n.profile.says_replica() {
            true => format!("Replica {name} asks for synchronization"),
            false => format!("Slave {name} asks for synchronization"),
        });
        let replica = self.replica_ref(conn);
        if !psync {
            self.trace.emit(self.now, || Event::SyncAsked { replica, question: Question::Sync });
            return self.begin_full_sync(conn, true);
        }
        let offset = self.integer(&argv[2]).map(Offset);
        let is_of_another = self.profile.reads_psync_offset_last() && !self.run_id.matches(&argv[1]);
        match offset.or(is_of_another.then_some(Offset::NONE)) {
            Some(offset) => self.psync(conn, &argv[1], offset, reply),
            None => {
                reply.error("ERR value is not an integer or out of range");
                if self.profile.refuses_bad_psync_offset() {
                    return self.warn(|_| {
                        format!("Replica {name} asks for synchronization but with a wrong offset")
                    });
                }
                // Up to 6.2 the error comes beside a full synchronisation.
                self.cannot_continue(conn, &argv[1]);
            }
        }
    }

    /// A PSYNC that needs everything.
    fn cannot_continue(&mut self, conn: ConnId, id: &[u8]) {
        if id.first() != Some(&b'?') {
            self.stats.sync_partial_err += 1;
        }
        if self.profile.announces_full_resync_when_asked() {
            self.announce_at_once(conn);
        }
        self.begin_full_sync(conn, false);
    }

    /// Why a request for synchronisation is not even considered.
    fn sync_refusal(
        &mut self,
        conn: ConnId,
        psync: bool,
        argv: &Argv,
        pending: bool,
        wants: Wants,
    ) -> Option<String> {
        let failover = psync && argv.len() > 3 && argv[3].eq_ignore_ascii_case(b"failover");
        if failover && self.profile.speaks_failover() {
            self.warn(|_| format!("Failover request received for replid {}.", printable(&argv[1], 64)));
            if self.upstream.is_none() {
                return Some("ERR PSYNC FAILOVER can't be sent to a master.".to_string());
            }
            if !self.stream.id.is_some_and(|id| id.matches(&argv[1])) {
                return Some("ERR PSYNC FAILOVER replid must match my replid.".to_string());
            }
            self.unfollow();
            self.log(|n| format!("MASTER MODE enabled (failover request from '{}')", n.client_info(conn)));
        }
        if self.failover.is_some() {
            return Some("NOMASTERLINK Can't SYNC while failing over".to_string());
        }
        if self.upstream.as_ref().is_some_and(|u| !u.is_connected()) {
            return Some(self.profile.no_master_link_error().to_string());
        }
        if pending {
            let text = if self.profile.speaks_psync() {
                "ERR SYNC and PSYNC are invalid with pending output"
            } else {
                "ERR SYNC is invalid with pending input"
            };
            return Some(text.to_string());
        }
        // It would have to go to the disk, where the dump is.
        let is_impossible = !wants.data && !wants.eof;
        is_impossible.then(|| "ERR Filtered replica requires EOF capability".to_string())
    }

    fn psync(&mut self, conn: ConnId, id: &[u8], offset: Offset, reply: &mut Reply) {
        let replica = self.replica_ref(conn);
        let question = Question::Psync { id: printable(id, 64), offset };
        self.trace.emit(self.now, || Event::SyncAsked { replica: replica.clone(), question });
        let backlog = self.stream.backlog.as_ref().map(|b| b.span());
        let second = self.profile.speaks_psync2().then_some(self.stream.second);
        let own = self.stream.id.unwrap_or(self.run_id);
        let decision = decide(id, offset, own, second, backlog);
        self.log_decision(conn, &decision);
        let verdict = decision.verdict;
        self.trace.emit(self.now, || Event::PsyncDecided { replica, decision: Box::new(decision) });
        match verdict {
            Verdict::Continue { .. } => {
                self.stats.sync_partial_ok += 1;
                self.continue_replica(conn, offset, reply);
            }
            Verdict::Full { .. } => self.cannot_continue(conn, id),
        }
    }

    fn log_decision(&mut self, conn: ConnId, decision: &Decision) {
        if self.logs.is_none() {
            return;
        }
        let name = self.replica_name(conn);
        let asked = decision.asked_offset;
        match decision.verdict {
            Verdict::Continue { bytes, .. } => self.log(|_| {
                format!(
                    "Partial resynchronization request from {name} accepted. Sending {bytes} bytes of backlog starting from offset {asked}."
                )
            }),
            Verdict::Full { reason: FullReason::NothingToContinue } => {
                self.log(|_| format!("Full resync requested by replica {name}"));
            }
            Verdict::Full { reason: FullReason::OtherHistory } => {
                let second = decision.second.map_or("0".repeat(40), |s| s.id.to_text());
                let (id, own) = (&decision.asked_id, decision.own_id);
                self.log(|_| format!("Partial resynchronization not accepted: Replication ID mismatch (Replica asked for '{id}', my replication IDs are '{own}' and '{second}')"));
            }
            Verdict::Full { reason: FullReason::BeyondSecondOffset { limit } } => self.log(|_| {
                format!(
                    "Partial resynchronization not accepted: Requested offset for second ID was {asked}, but I can reply up to {limit}"
                )
            }),
            Verdict::Full { reason } => {
                self.log(|_| {
                    format!(
                        "Unable to partial resync with replica {name} for lack of backlog (Replica request was: {asked})."
                    )
                });
                if let FullReason::Ahead { .. } = reason {
                    self.warn(|_| format!("Warning: replica {name} tried to PSYNC with an offset that is greater than the master replication offset."));
                }
            }
        }
    }

    /// `+CONTINUE` and the missing bytes, all at once.
    fn continue_replica(&mut self, conn: ConnId, from: Offset, reply: &mut Reply) {
        self.flush_stream();
        let id = self.stream.id;
        let missing = self.stream.backlog.as_ref().expect("the verdict looked at it").read_from(from);
        let now = self.now;
        let Some(client) = self.clients.get_mut(&conn) else { return };
        let answer = match id.filter(|_| client.announced.capa_psync2) {
            Some(id) => format!("+CONTINUE {id}\r\n"),
            None => "+CONTINUE\r\n".to_string(),
        };
        reply.truncate(0);
        client.push(Content::Answer, answer.into_bytes());
        let mut replica = Replica::new(ReplicaStage::Online, now);
        replica.stream_next = from;
        if !missing.is_empty() {
            replica.pieces.add_whole(missing.len() as u64, self.profile.output_pieces());
            replica.feed(from, missing);
        }
        client.role = Role::Replica(Box::new(replica));
        self.replicas.push(conn);
        self.count_good_replicas();
        let replica = self.replica_ref(conn);
        self.trace.emit(now, || Event::ReplicaOnline { replica });
        self.wants_output(conn);
    }

    /// 2.8 announces the full synchronisation when it is asked, with its offset of that moment, even if the
    /// replica then joins a snapshot that began earlier.
    fn announce_at_once(&mut self, conn: ConnId) {
        let creates = self.stream.backlog.is_none();
        let offset = Offset(self.stream.offset.0 + i64::from(creates));
        let line = format!("+FULLRESYNC {} {offset}\r\n", self.run_id);
        if let Some(client) = self.clients.get_mut(&conn) {
            client.push(Content::Answer, line.into_bytes());
        }
        self.wants_output(conn);
    }

    fn begin_full_sync(&mut self, conn: ConnId, pre_psync: bool) {
        self.stats.sync_full += 1;
        self.flush_stream();
        let now = self.now;
        let Some(client) = self.clients.get_mut(&conn) else { return };
        let mut replica = Replica::new(ReplicaStage::WaitsForStart, now);
        (replica.pre_psync, replica.wants_stream) = (pre_psync, !client.announced.rdb_only);
        client.role = Role::Replica(Box::new(replica));
        self.replicas.push(conn);
        self.stream.selected_db = None;
        if self.replicas.len() == 1 && self.stream.backlog.is_none() && self.profile.speaks_psync() {
            self.begin_history(IdChange::BacklogCreated);
            self.create_backlog();
            self.log(|n| {
                let id = n.stream.id.map(|id| id.to_text()).unwrap_or_default();
                format!(
                    "Replication backlog created, my new replication IDs are '{id}' and '{}'",
                    n.stream.second.id
                )
            });
        }
        self.find_snapshot_for(conn);
    }

    /// Joins the running snapshot, waits for the next, or starts one (the three cases of `syncCommand`).
    fn find_snapshot_for(&mut self, conn: ConnId) {
        match self.snapshot.as_ref().map(|s| s.target) {
            Some(Target::Disk) => {
                match self.donor_for(conn) {
                    Some(donor) => self.share_snapshot(conn, donor),
                    None => {
                        self.log(|n| match n.profile.speaks_capa() {
                        true => "Can't attach the replica to the current BGSAVE. Waiting for next BGSAVE for SYNC".to_string(),
                        false => "Waiting for next BGSAVE for SYNC".to_string(),
                    });
                        self.waits(conn, WaitReason::OtherSnapshot);
                    }
                }
            }
            Some(Target::Socket) => {
                self.log(|_| {
                    "Current BGSAVE has socket target. Waiting for next BGSAVE for SYNC".to_string()
                });
                self.waits(conn, WaitReason::OtherSnapshot);
            }
            None => {
                let live = self.config.live();
                let delay = live.diskless_delay;
                let wants = self.wants(conn);
                if live.diskless && wants.eof && delay.0 > 0 {
                    self.log(|_| "Delay next BGSAVE for diskless SYNC".to_string());
                    self.waits(conn, WaitReason::DisklessDelay { delay });
                } else {
                    self.start_snapshot_for_replicas(wants);
                }
            }
        }
    }

    fn waits(&mut self, conn: ConnId, reason: WaitReason) {
        let replica = self.replica_ref(conn);
        self.trace.emit(self.now, || Event::ReplicaWaits { replica, reason });
    }

    pub(super) fn wants(&self, conn: ConnId) -> Wants {
        let Announced { capa_eof, capa_psync2, without_data, rdb_only, .. } =
            self.clients.get(&conn).map(|c| c.announced.clone()).unwrap_or_default();
        Wants { eof: capa_eof, psync2: capa_psync2, data: !without_data, stream: !rdb_only }
    }

    /// A replica whose snapshot, that is being made, is good for `conn` too: the joiner has all its capabilities.
    fn donor_for(&self, conn: ConnId) -> Option<ConnId> {
        let joiner = self.wants(conn);
        let waits = |other: &ConnId| {
            let replica = self.clients.get(other).and_then(|c| c.replica());
            // Who keeps no stream has none to share.
            let shares = self.wants(*other).stream || !joiner.stream;
            *other != conn
                && shares
                && replica.is_some_and(|r| matches!(r.stage, ReplicaStage::WaitsForEnd { .. }))
        };
        let donor = self.replicas.iter().copied().find(waits)?;
        self.wants(donor).is_subset_of(joiner).then_some(donor)
    }

    fn share_snapshot(&mut self, conn: ConnId, donor: ConnId) {
        let Some(donor) = self.clients.get_mut(&donor).and_then(|c| c.replica_mut()) else { return };
        let pieces = donor.pieces.share();
        let from = donor.clone();
        let ReplicaStage::WaitsForEnd { offset } = from.stage else { return };
        if let Some(replica) =
            self.clients.get_mut(&conn).and_then(|c| c.replica_mut().filter(|r| r.wants_stream))
        {
            replica.stream = from.stream;
            replica.stream_next = from.stream_next;
            replica.pending = from.pending;
            replica.pieces = pieces;
            replica.selected_db = from.selected_db;
        }
        self.log(|_| "Waiting for end of BGSAVE for SYNC".to_string());
        self.grant_full_resync(conn, offset, true);
    }

    /// The snapshot of this replica holds everything up to `offset`
    /// (`replicationSetupSlaveForFullResync`).
    pub(super) fn grant_full_resync(&mut self, conn: ConnId, offset: Offset, shared: bool) {
        let early = self.profile.announces_full_resync_when_asked();
        if !early {
            // Everybody needs a SELECT now: the newcomer knows no database. (In 2.8 it has had one since it asked.)
            self.stream.selected_db = None;
        }
        let (id, now) = (self.stream.id, self.now);
        let announces = self.profile.speaks_psync() && !early;
        let Some(client) = self.clients.get_mut(&conn) else { return };
        let Some(replica) = client.replica_mut() else { return };
        replica.stage = ReplicaStage::WaitsForEnd { offset };
        if replica.stream.is_empty() {
            replica.stream_next = offset.next();
        }
        let pre_psync = replica.pre_psync;
        if announces && !pre_psync {
            // After a SYNC from an old master there is no ID to give; the joiner finds the answer garbled.
            let id = id.map(|id| id.to_text()).unwrap_or_default();
            client.push(Content::Answer, format!("+FULLRESYNC {id} {offset}\r\n").into_bytes());
            self.wants_output(conn);
        }
        let replica = self.replica_ref(conn);
        let id = id.filter(|_| !pre_psync);
        self.trace.emit(now, || Event::FullResyncGranted { replica, id, offset, shared });
    }

    /// The last byte of the RDB was taken (`sendBulkToSlave`, `replicaPutOnline`).
    pub(super) fn rdb_sent(&mut self, conn: ConnId, offset: Offset) {
        let (now, name) = (self.now, self.replica_ref(conn));
        let by_socket = self.snapshot.as_ref().is_some_and(|s| s.target == Target::Socket);
        let Some(client) = self.clients.get_mut(&conn) else { return };
        let rdb_only = client.announced.rdb_only;
        let Some(replica) = client.replica_mut() else { return };
        let (bytes, pending) = (replica.rdb.as_ref().map_or(0, |r| r.len()), replica.pending);
        replica.rdb = None;
        replica.ack_time = now;
        replica.stage = if by_socket { ReplicaStage::AwaitsAck { offset } } else { ReplicaStage::Online };
        let bytes = ByteCount::from(bytes);
        self.trace.emit(now, || Event::TransferEnded { replica: name.clone(), bytes });
        let text = self.replica_name(conn);
        if by_socket {
            self.log(|_| format!("Streamed RDB transfer with replica {text} succeeded (socket). Waiting for REPLCONF ACK from slave to enable streaming"));
        }
        if rdb_only {
            self.log(|_| {
                format!("RDB transfer completed, rdb only replica ({text}) should be disconnected asap")
            });
            return self.close_after_reply(conn);
        }
        self.count_good_replicas();
        self.log(|n| match n.profile.says_replica() {
            true => format!("Synchronization with replica {text} succeeded"),
            false => format!("Synchronization with slave {text} succeeded"),
        });
        if !by_socket {
            self.put_online(name, pending);
        }
        self.snapshot_lost_receiver();
    }

    /// What was kept for the replica flows from now on.
    fn put_online(&mut self, replica: ReplicaRef, pending: ByteCount) {
        let conn = replica.conn;
        if pending.0 > 0 {
            let replica = replica.clone();
            self.trace.emit(self.now, || Event::BufferFlushed { replica, bytes: pending });
        }
        self.trace.emit(self.now, || Event::ReplicaOnline { replica });
        self.wants_output(conn);
    }

    /// `REPLCONF ACK offset`.
    pub(super) fn ack_received(&mut self, conn: ConnId, offset: Offset) {
        let (now, name) = (self.now, self.replica_ref(conn));
        let own = self.stream.offset;
        let Some(replica) = self.clients.get_mut(&conn).and_then(|c| c.replica_mut()) else { return };
        replica.acked = replica.acked.max(offset);
        replica.ack_time = now;
        let opens = matches!(replica.stage, ReplicaStage::AwaitsAck { .. });
        let pending = replica.pending;
        if opens {
            replica.stage = ReplicaStage::Online;
        }
        let replica = name.clone();
        self.trace.emit(now, || Event::AckReceived { replica, offset, lag: own.minus(offset) });
        if opens {
            self.put_online(name, pending);
        }
        self.acks_changed();
        self.go_on_departing();
    }

    /// A lone newline from a replica: it is alive, busy loading.
    pub(super) fn newline_received(&mut self, conn: ConnId) {
        let now = self.now;
        if let Some(replica) = self.clients.get_mut(&conn).and_then(|c| c.replica_mut()) {
            replica.ack_time = now;
        }
    }

    /// A replica whose snapshot failed.
    pub(super) fn fail_waiting_replicas(&mut self) {
        for conn in self.replicas.clone() {
            let waits =
                |r: &Replica| matches!(r.stage, ReplicaStage::WaitsForEnd { .. }) || r.rdb_sent().is_some();
            if self.clients.get(&conn).and_then(|c| c.replica()).is_some_and(waits) {
                self.warn(|_| "SYNC failed. BGSAVE child returned an error".to_string());
                self.drop_client(conn, LossReason::SnapshotFailed, false);
            }
        }
    }

    /// Counts the replicas that are online and not lagging more than `min-replicas-max-lag`. The count holds until the
    /// next routine, or until a replica comes or goes (`refreshGoodSlavesCount`).
    pub(super) fn count_good_replicas(&mut self) {
        let live = self.config.live();
        if live.min_replicas == 0 || live.min_replicas_lag == 0 {
            return;
        }
        let max_lag = live.min_replicas_lag as i64;
        let good = |conn: &&ConnId| {
            let replica = self.clients.get(conn).and_then(|c| c.replica());
            replica.is_some_and(|r| r.is_online() && self.lag(r) <= max_lag)
        };
        self.good_replicas = self.replicas.iter().filter(good).count() as u64;
    }
}
