//! One Redis server as a deterministic machine.
//!
//! Bytes, connection events and the time go in; bytes, connection requests, the next deadline with its reason and
//! trace events come out. The node owns no clock, socket, randomness or thread: its driver (the simulated world, or
//! a real TCP loop) does.
//!
//! The loop of a driver, in this order whenever something happened:
//! 1. tell the node ([`Node::accept`], [`Node::receive`], [`Node::connected`], [`Node::closed`], [`Node::tick`]);
//! 2. drain [`Node::poll`] for connection requests and for connections that have output, and take that output with
//!    [`Node::take_output`] as far as the peer's window reaches;
//! 3. drain [`Node::take_trace`];
//! 4. ask [`Node::next_deadline`] when to call [`Node::tick`].
//!
//! | file | what it tells |
//! |---|---|
//! | `dispatch`, `commands/`, `transaction`, `waiting`, `pause`, `pubsub`, `monitor` | how a request becomes an effect |
//! | `stream`, `backlog` | how an effect becomes numbered bytes |
//! | `master`, `verdict`, `snapshot`, `output`, `limits` | how a replica is brought up to date |
//! | `upstream`, `handshake`, `transfer`, `link` | how a master is followed, lost and found again |
//! | `cron`, `expiry`, `departure` | what happens with time, and at the end |
//! | `config`, `directives`, `rewrite`, `texts`, `dump` | what is configured, worded and kept on disk |
//! | `trace`, `view`, `stats` | what onlookers learn |
//!
//! Absent on purpose: other nodes, the network between them, and every word for people.

mod backlog;
mod client;
mod commands;
pub mod config;
mod cron;
mod departure;
mod directives;
mod dispatch;
mod dump;
mod expiry;
mod handshake;
mod limits;
pub mod link;
mod master;
mod monitor;
mod output;
mod pause;
mod pieces;
mod position;
mod pubsub;
mod rewrite;
mod snapshot;
mod stats;
mod stream;
#[cfg(test)]
mod tests;
mod texts;
pub mod trace;
mod transaction;
mod transfer;
mod upstream;
pub mod verdict;
pub mod view;
mod waiting;

use std::collections::{BTreeSet, VecDeque};
use std::rc::Rc;

use bytes::Bytes;
use serde::Serialize;

use crate::base::{ByteCount, Instant, Map, Offset, Profile, ReplId, Rng, Span, UnixMs};
use crate::keyspace::{Effects, Keyspace};
use crate::resp::{Argv, Limits, Reply};

pub use config::{Config, ConfigError};

use client::Client;
use departure::{Failover, Leaving};
use dump::Booting;
use expiry::OwnExpiries;
use pause::Pauses;
use snapshot::{SaveStatus, Snapshot};
use stats::Stats;
use stream::Stream;
use trace::{Event, Trace, Traced};
use upstream::Upstream;

/// A connection of one node, in either direction. Numbers are never used again.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
pub struct ConnId(pub u64);

/// What a node wants from its driver.
#[derive(Clone, PartialEq, Debug)]
pub enum Action {
    /// Open a connection; answer with [`Node::connected`] or [`Node::connect_failed`].
    Connect { conn: ConnId, host: Rc<str>, port: u16 },
    /// This connection has output that can be taken.
    Output { conn: ConnId },
    /// Close the connection: in order, after what was already taken has been sent, or at once with a reset.
    Close { conn: ConnId, reset: bool },
    /// Write this RDB to the node's disk as its dump file; call [`Node::save_failed`] at once if that is impossible.
    Save { rdb: Bytes },
    /// Replace the configuration file by what [`Node::rewrite_config`] makes of it.
    RewriteConfig,
    /// The process ends.
    Exit,
}

/// A stretch of output and what it is, so that onlookers need not guess.
#[derive(Clone, PartialEq, Debug)]
pub struct Payload {
    pub bytes: Bytes,
    pub content: Content,
}

/// What bytes on a connection are.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum Content {
    /// A client's command or a reply to one.
    Dialogue,
    /// A request of the handshake.
    Handshake,
    /// `PSYNC` or `SYNC`.
    Question,
    /// `+FULLRESYNC`, `+CONTINUE` or an error to them.
    Answer,
    /// A lone newline that keeps a waiting replica patient.
    KeepAlive,
    /// The header, the body or the mark of an RDB; `sent` of `bytes` after this stretch.
    Rdb { sent: ByteCount, bytes: ByteCount },
    /// The replication stream, from byte `first`.
    Stream { first: Offset },
    /// `REPLCONF ACK`.
    Ack,
}

/// Why a node wants to be woken.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Wake {
    /// The once-a-second routine of replication: retries, ACKs, PINGs, timeouts.
    ReplicationCron,
    /// A snapshot is finished, or has more for its receivers.
    SnapshotDone,
    /// A received RDB is loaded.
    LoadDone,
    /// The wait for more replicas to share a diskless snapshot ends.
    DisklessDelay,
    /// `DEBUG SLEEP` is over.
    Awake,
    /// A key expires.
    Expiry,
    /// A blocked client's time is up.
    BlockedClient,
    /// A pause of clients ends, or another timer of the process.
    Housekeeping,
}

/// How a connection ended, as the driver sees it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CloseCause {
    /// The peer closed it in order.
    Closed,
    /// It was reset.
    Reset,
}

/// What a process is started with.
#[derive(Clone, Debug)]
pub struct Boot {
    /// The seed of all that is random in this run: IDs, random keys.
    pub seed: u64,
    /// The calendar time of [`Instant::ZERO`].
    pub epoch: UnixMs,
    /// The dump file on the node's disk.
    pub dump: Option<Bytes>,
}

/// A line for the log file, in Redis' words.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LogLine {
    pub at: Instant,
    /// `*` notice, `#` warning, `-` verbose.
    pub level: char,
    pub text: String,
    /// The role letter of Redis' line format: `M` or `S`.
    pub role: char,
}

/// Enters a folder: its full name, or the words of the error.
pub type EnterDir = fn(&str) -> Result<String, String>;

/// One Redis server.
#[derive(Clone, Debug)]
pub struct Node {
    config: Config,
    profile: &'static Profile,
    now: Instant,
    epoch: UnixMs,
    rng: Rng,
    run_id: ReplId,
    /// The process ID of the driver, 1 where there is none.
    pid: u32,
    started: Instant,
    keyspace: Keyspace,
    /// Scratch for the command that runs.
    effects: Effects,
    /// Scratch for replies to the master, which are not sent; empty between commands.
    unsent: Reply,
    clients: Map<ConnId, Client>,
    next_conn: u64,
    /// The connections that are replicas, in the order in which they came.
    replicas: Vec<ConnId>,
    upstream: Option<Upstream>,
    stream: Stream,
    /// A block was added to the backlog since the output limits were checked.
    stream_grew: bool,
    snapshot: Option<Snapshot>,
    saves: SaveStatus,
    asleep: Option<Asleep>,
    /// The client's command that runs, if its bytes are what is propagated when it is propagated as it is.
    asked: Option<(ConnId, Argv)>,
    /// What the execution unit that runs has to propagate.
    unit: Vec<(u32, Argv)>,
    /// EXEC is running; up to 4.0 whether its MULTI was propagated.
    in_exec: Option<bool>,
    /// Clients with watched keys.
    watchers: usize,
    /// Clients that are shown every command, in the order in which they came.
    monitors: Vec<ConnId>,
    /// Clients that wait, in the order in which they came.
    blocked: VecDeque<ConnId>,
    /// Keys that came into being in this turn while clients wait.
    keys_ready: Vec<(u32, crate::base::Blob)>,
    pauses: Pauses,
    /// How `CONFIG SET dir` enters a folder; `None` where there is none to enter.
    enters_dirs: Option<EnterDir>,
    /// The dump is being loaded.
    booting: Option<Booting>,
    leaving: Option<Leaving>,
    /// A signal asked for the end, and nobody has looked yet.
    signalled: bool,
    /// `DEBUG PAUSE-CRON`.
    cron_paused: bool,
    /// Who asked for the shutdown that is being done, and whether it ends in any case.
    last_asked: (Vec<ConnId>, bool),
    failover: Option<Failover>,
    /// GETACK is to be sent at the end of this turn.
    wants_ack: bool,
    crons_done: u64,
    /// Expired keys are looked for; `DEBUG SET-ACTIVE-EXPIRE` says no.
    expires_actively: bool,
    /// `DEBUG SET-SKIP-CHECKSUM-VALIDATION`: payloads and RDB files are taken whatever their checksum says.
    skips_checksums: bool,
    own_expiries: OwnExpiries,
    /// Commands that clients may not run (`ACL SETUSER default -command`).
    denied: BTreeSet<&'static str>,
    no_replicas_since: Instant,
    /// As of the last count.
    good_replicas: u64,
    stats: Stats,
    actions: VecDeque<Action>,
    trace: Trace,
    logs: Option<Vec<LogLine>>,
}

/// `DEBUG SLEEP`, or a `SAVE` that takes its time: what arrives meanwhile waits.
#[derive(Clone, Debug)]
struct Asleep {
    until: Instant,
    inbox: VecDeque<Arrival>,
}

#[derive(Clone, Debug)]
enum Arrival {
    Bytes(ConnId, Bytes),
    Connected(ConnId),
    ConnectFailed(ConnId, String),
    Closed(ConnId, CloseCause),
}

impl Node {
    /// Starts a process: a new run ID, the dump file loaded if there is one, and the configured master, if any,
    /// to be connected to at the first routine.
    pub fn start(config: Config, boot: Boot, now: Instant) -> Node {
        Node::start_with(config, boot, now, None)
    }

    /// As [`Node::start`], for a process that keeps a log.
    pub fn start_with_log(config: Config, boot: Boot, now: Instant) -> Node {
        Node::start_with(config, boot, now, Some(Vec::new()))
    }

    fn start_with(mut config: Config, boot: Boot, now: Instant, logs: Option<Vec<LogLine>>) -> Node {
        let profile = config.version.profile();
        if profile.raises_backlog_size_at_start() {
            config.raise_backlog_size();
        }
        let mut rng = Rng::new(boot.seed, 1);
        let run_id = ReplId::random(&mut rng);
        let id = if profile.speaks_psync2() { ReplId::random(&mut rng) } else { run_id };
        let mut node = Node {
            profile,
            now,
            epoch: boot.epoch,
            rng,
            run_id,
            pid: 1,
            started: now,
            keyspace: Keyspace::new(config.number("databases") as u32),
            effects: Effects::default(),
            unsent: Reply::new(),
            clients: Map::new(),
            next_conn: 1,
            replicas: Vec::new(),
            upstream: None,
            stream: Stream::new(id),
            stream_grew: false,
            snapshot: None,
            saves: SaveStatus::new(now),
            asleep: None,
            asked: None,
            unit: Vec::new(),
            in_exec: None,
            watchers: 0,
            blocked: VecDeque::new(),
            keys_ready: Vec::new(),
            pauses: Pauses::default(),
            enters_dirs: None,
            booting: None,
            leaving: None,
            signalled: false,
            cron_paused: false,
            last_asked: (Vec::new(), false),
            failover: None,
            monitors: Vec::new(),
            wants_ack: false,
            crons_done: 0,
            expires_actively: true,
            skips_checksums: false,
            own_expiries: OwnExpiries::new(),
            denied: BTreeSet::new(),
            no_replicas_since: now,
            good_replicas: 0,
            stats: Stats::default(),
            actions: VecDeque::new(),
            trace: Trace::new(),
            logs,
            config,
        };
        node.boot(boot.dump);
        node
    }

    fn boot(&mut self, dump: Option<Bytes>) {
        let restored = dump.and_then(|dump| self.load_dump(&dump));
        let (version, run_id, keys) = (self.profile.version, self.run_id, self.keyspace.len() as u64);
        self.trace.emit(self.now, || Event::Started { version, run_id, keys });
        let mut booting = Booting { since: self.now, restored };
        if let Some((host, port)) = self.config.replica_of() {
            self.follow_at_start(host, port, booting.restored.take());
        }
        self.booting = Some(booting);
        self.finish_booting_if_due();
    }

    // -- what happened --------------------------------------------------------------------------------------

    /// Somebody connected to the node's port. `host` and `port` are the peer's.
    pub fn accept(&mut self, now: Instant, host: Rc<str>, port: u16) -> ConnId {
        self.begin_turn(now);
        let conn = self.new_conn();
        let mut limits = Limits::new(self.profile);
        limits.authenticated = self.config.live().requirepass.is_none();
        self.clients.insert(conn, Client::new(host, port, limits, now));
        self.stats.connections += 1;
        conn
    }

    /// Bytes arrived.
    pub fn receive(&mut self, now: Instant, conn: ConnId, bytes: &[u8]) {
        self.begin_turn(now);
        if let Some(asleep) = &mut self.asleep {
            asleep.inbox.push_back(Arrival::Bytes(conn, Bytes::copy_from_slice(bytes)));
            return;
        }
        self.received(conn, bytes);
        self.before_sleep();
    }

    /// A connection asked for by [`Action::Connect`] stands.
    pub fn connected(&mut self, now: Instant, conn: ConnId) {
        self.begin_turn(now);
        if let Some(asleep) = &mut self.asleep {
            asleep.inbox.push_back(Arrival::Connected(conn));
            return;
        }
        self.upstream_connected(conn);
        self.before_sleep();
    }

    /// A connection asked for by [`Action::Connect`] could not be made.
    pub fn connect_failed(&mut self, now: Instant, conn: ConnId, why: &str) {
        self.begin_turn(now);
        if let Some(asleep) = &mut self.asleep {
            asleep.inbox.push_back(Arrival::ConnectFailed(conn, why.to_string()));
            return;
        }
        self.upstream_connect_failed(conn, why);
        self.before_sleep();
    }

    /// The peer closed a connection, or it was reset. It is gone when this returns.
    pub fn closed(&mut self, now: Instant, conn: ConnId, cause: CloseCause) {
        self.begin_turn(now);
        if let Some(asleep) = &mut self.asleep {
            asleep.inbox.push_back(Arrival::Closed(conn, cause));
            return;
        }
        self.peer_closed(conn, cause);
        self.before_sleep();
    }

    /// Does what is due; call it at [`Node::next_deadline`], or whenever time has passed.
    pub fn tick(&mut self, now: Instant) {
        self.begin_turn(now);
        if self.asleep.as_ref().is_some_and(|a| a.until <= now) {
            self.wake_up();
        }
        if self.asleep.is_none() {
            self.run_due();
            self.before_sleep();
        }
    }

    // -- what the node wants --------------------------------------------------------------------------------

    /// The next thing the driver is asked to do.
    pub fn poll(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    /// The events since the last call.
    pub fn take_trace(&mut self) -> Vec<Traced> {
        self.trace.take()
    }

    /// Hands the events since the last call to `into`.
    pub fn drain_trace(&mut self, into: &mut impl FnMut(Traced)) {
        self.trace.drain_into(into);
    }

    /// Switches the trace off (a null sink: events are not even built) or on.
    pub fn set_tracing(&mut self, on: bool) {
        self.trace.set_enabled(on);
    }

    /// The log lines since the last call.
    pub fn take_log(&mut self) -> Vec<LogLine> {
        self.logs.as_mut().map(std::mem::take).unwrap_or_default()
    }

    // -- what it is -----------------------------------------------------------------------------------------

    pub fn config(&self) -> &Config {
        &self.config
    }

    pub fn keyspace(&self) -> &Keyspace {
        &self.keyspace
    }

    pub fn run_id(&self) -> ReplId {
        self.run_id
    }

    /// Whether it follows a master.
    pub fn is_replica(&self) -> bool {
        self.upstream.is_some()
    }

    /// Tells the node which process it runs in.
    pub fn runs_in_process(&mut self, pid: u32) {
        self.pid = pid;
    }

    /// Calendar time.
    pub fn unix_now(&self) -> UnixMs {
        UnixMs(self.epoch.0 + self.now.as_ms() as i64)
    }

    fn unix_secs(&self, at: Instant) -> i64 {
        (self.epoch.0 + at.as_ms() as i64) / 1000
    }

    fn new_conn(&mut self) -> ConnId {
        let conn = ConnId(self.next_conn);
        self.next_conn += 1;
        conn
    }

    fn log(&mut self, text: impl FnOnce(&Node) -> String) {
        self.log_at('*', text);
    }

    fn warn(&mut self, text: impl FnOnce(&Node) -> String) {
        self.log_at('#', text);
    }

    fn log_at(&mut self, level: char, text: impl FnOnce(&Node) -> String) {
        if self.logs.is_none() {
            return;
        }
        let role = if self.is_replica() { 'S' } else { 'M' };
        let line = LogLine { at: self.now, level, text: text(self), role };
        self.logs.get_or_insert_default().push(line);
    }

    /// The whole server stops for a while.
    fn fall_asleep(&mut self, span: Span) {
        if span.0 > 0 {
            self.asleep = Some(Asleep { until: self.now + span, inbox: VecDeque::new() });
        }
    }

    fn wake_up(&mut self) {
        let Some(asleep) = self.asleep.take() else { return };
        let waiting: Vec<ConnId> = self.clients.keys().copied().collect();
        for conn in waiting {
            self.wants_output(conn);
        }
        let mut inbox = asleep.inbox;
        // What was read before the sleep comes first.
        for conn in self.clients.keys().copied().collect::<Vec<_>>() {
            self.process_input(conn);
        }
        while let Some(arrival) = inbox.pop_front() {
            if let Some(asleep) = &mut self.asleep {
                asleep.inbox.push_back(arrival);
                continue;
            }
            match arrival {
                Arrival::Bytes(conn, bytes) => self.received(conn, &bytes),
                Arrival::Connected(conn) => self.upstream_connected(conn),
                Arrival::ConnectFailed(conn, why) => self.upstream_connect_failed(conn, &why),
                Arrival::Closed(conn, cause) => self.peer_closed(conn, cause),
            }
        }
    }

    fn received(&mut self, conn: ConnId, bytes: &[u8]) {
        self.stats.input_bytes += bytes.len() as u64;
        if self.upstream_owns(conn) {
            return self.upstream_received(bytes);
        }
        let Some(client) = self.clients.get_mut(&conn) else { return };
        if client.closing {
            return;
        }
        client.last_heard = self.now;
        client.parser.feed(bytes);
        if let Some(master) = client.master_mut() {
            master.read += ByteCount::from(bytes.len());
        }
        self.process_input(conn);
    }

    fn peer_closed(&mut self, conn: ConnId, cause: CloseCause) {
        let why = match cause {
            CloseCause::Closed => trace::LossReason::PeerClosed,
            CloseCause::Reset => trace::LossReason::Reset,
        };
        if self.upstream_owns(conn) {
            self.upstream_lost(why);
        } else {
            self.drop_client(conn, why, true);
        }
    }

    fn begin_turn(&mut self, now: Instant) {
        self.now = now;
        self.skip_idle_routines();
    }

    /// The end of a turn (`server.c:beforeSleep`).
    fn before_sleep(&mut self) {
        if self.wants_ack && self.pauses.current(self.now).is_none() {
            self.wants_ack = false;
            self.request_acks();
        }
        self.flush_stream();
        self.trim_backlog();
    }
}
