//! Leaving in order: a shutdown that lets replicas catch up, and a planned failover.
//!
//! Both hold writes back, ask the replicas how far they are, and go on when nothing would be lost. A shutdown
//! then ends the process; a failover makes this node a replica of the one that caught up, which it tells with
//! `PSYNC … FAILOVER` to take over.
//!
//! Sources: Redis 7.0.15 `server.c:prepareForShutdown`, `isReadyToShutdown`, `cancelShutdown`;
//! `replication.c:failoverCommand`, `updateFailoverStatus`, `abortFailover`.

use std::rc::Rc;

use crate::base::{Instant, Span};
use crate::resp::{Argv, Reply};

use super::pause::{Pause, Pauser};
use super::trace::Event;
use super::{ConnId, Node};

/// How often a departure looks whether it can go on.
const LOOK: Span = Span::from_ms(100);

/// A shutdown that waits for replicas.
#[derive(Clone, Debug)]
pub(super) struct Leaving {
    until: Instant,
    save: bool,
    /// It ends even if it cannot save.
    force: bool,
    /// The clients that asked; they are told when it is cancelled.
    asked: Vec<ConnId>,
}

/// A failover that was asked for.
#[derive(Clone, Debug)]
pub(super) struct Failover {
    target: Option<(Rc<str>, u16)>,
    until: Option<Instant>,
    force: bool,
    /// This node already follows the target.
    in_progress: bool,
}

impl Failover {
    pub(super) fn is_in_progress(&self) -> bool {
        self.in_progress
    }

    /// While it has one, no PING moves the offset that the replicas must reach (`replicationCron`).
    pub(super) fn has_deadline(&self) -> bool {
        self.until.is_some()
    }
}

impl Node {
    // -- shutdown -----------------------------------------------------------------------------------------------

    /// `SHUTDOWN [NOSAVE|SAVE] [NOW] [FORCE] [ABORT]`.
    pub(super) fn shutdown_command(&mut self, conn: ConnId, argv: &Argv, reply: &mut Reply) {
        let newer = self.profile.waits_before_shutdown();
        let (mut save, mut nosave, mut now, mut force, mut abort) = (false, false, false, false, false);
        for word in argv.iter().skip(1) {
            match word.to_ascii_lowercase().as_slice() {
                b"save" => save = true,
                b"nosave" => nosave = true,
                b"now" if newer => now = true,
                b"force" if newer => force = true,
                b"abort" if newer => abort = true,
                _ => return reply.error("ERR syntax error"),
            }
        }
        if save && nosave || abort && argv.len() > 2 {
            return reply.error("ERR syntax error");
        }
        if abort {
            return match self.leaving.take() {
                None if std::mem::take(&mut self.signalled) => {
                    self.log(|_| "Shutdown manually aborted.".to_string());
                    reply.ok();
                }
                None => reply.error("ERR No shutdown in progress."),
                Some(leaving) => {
                    self.cancel_shutdown(&leaving);
                    reply.ok();
                }
            };
        }
        // Half of the data is no dump.
        let save = (save || !nosave && !self.config.save_points().is_empty()) && !self.is_loading();
        let leaving = Leaving { until: self.now, save, force, asked: vec![conn] };
        if let Some(leaving) = self.leave(leaving, now) {
            if let Some(client) = self.clients.get_mut(&conn) {
                client.closing = true;
            }
            self.finish_shutdown(leaving);
        }
    }

    /// The process is asked to end, by a signal of this name (`server.c:sigShutdownHandler`): as `SHUTDOWN` without
    /// words.
    pub fn terminate(&mut self, now: Instant, signal: &str) {
        self.begin_turn(now);
        self.warn(|_| format!("Received {signal} scheduling shutdown..."));
        self.signalled = true;
        self.end_if_signalled();
        self.before_sleep();
    }

    /// The routine sees that a signal asked for the end, unless it is paused.
    pub(super) fn end_if_signalled(&mut self) {
        if self.cron_paused || !std::mem::take(&mut self.signalled) {
            return;
        }
        let save = !self.config.save_points().is_empty() && !self.is_loading();
        let leaving = Leaving { until: self.now, save, force: false, asked: Vec::new() };
        if let Some(leaving) = self.leave(leaving, false) {
            self.finish_shutdown(leaving);
        }
    }

    /// Starts to wait for replicas that are behind, or joins a shutdown that waits already. Gives back what is to be
    /// done when there is nothing to wait for.
    fn leave(&mut self, mut wanted: Leaving, now: bool) -> Option<Leaving> {
        for conn in &wanted.asked {
            if let Some(client) = self.clients.get_mut(conn) {
                client.blocked = Some(super::client::Blocked::Leaving);
            }
        }
        if let Some(leaving) = &mut self.leaving {
            leaving.asked.append(&mut wanted.asked);
            return None;
        }
        self.warn(|_| "User requested shutdown...".to_string());
        let timeout = Span::from_secs(self.config.number("shutdown-timeout"));
        let waits = !now && self.profile.waits_before_shutdown() && timeout != Span::ZERO;
        if !waits || self.replicas_have_all() {
            return Some(wanted);
        }
        self.leaving = Some(Leaving { until: self.now + timeout, ..wanted });
        // Asked before the pause, which would hold the question back.
        if self.pauses.current(self.now).is_none() {
            self.request_acks();
        }
        self.hold_writes(Pauser::Shutdown);
        self.log(|_| "Waiting for replicas before shutting down.".to_string());
        None
    }

    fn cancel_shutdown(&mut self, leaving: &Leaving) {
        self.log(|_| "Shutdown manually aborted.".to_string());
        self.end_pause(Pauser::Shutdown);
        self.tell_shutdown_failed(&leaving.asked);
    }

    fn tell_shutdown_failed(&mut self, asked: &[ConnId]) {
        for &conn in asked {
            if let Some(client) = self.clients.get_mut(&conn) {
                client.blocked = None;
                client.closing = false;
                client.reply.error("ERR Errors trying to SHUTDOWN. Check logs.");
                self.wants_output(conn);
                self.process_input(conn);
            }
        }
    }

    /// `server.c:finishShutdown`.
    fn finish_shutdown(&mut self, leaving: Leaving) {
        self.log_replicas_at_the_end();
        self.kill_snapshot_at_the_end();
        if leaving.save {
            self.log(|_| "Saving the final RDB snapshot before exiting.".to_string());
            self.save_now();
        }
        self.exit();
        self.last_asked = (leaving.asked, leaving.force);
    }

    fn kill_snapshot_at_the_end(&mut self) {
        if self.snapshot.take().is_some() {
            self.warn(|_| "There is a child saving an .rdb. Killing it!".to_string());
        }
    }

    fn log_replicas_at_the_end(&mut self) {
        if self.replicas.is_empty() || !self.profile.waits_before_shutdown() {
            return;
        }
        let lagging: Vec<ConnId> = self.replicas.iter().copied().filter(|c| !self.acked_all(*c)).collect();
        for &conn in &lagging {
            self.warn(|n| {
                let replica = n.clients.get(&conn).and_then(|c| c.replica());
                let behind = replica.map_or(0, |r| n.stream.offset.minus(r.acked));
                let lag = replica.filter(|r| r.is_online()).map_or(0, |r| n.lag(r));
                let state = replica.map_or("", |r| r.state_word());
                let name = n.replica_name(conn);
                format!(
                    "Lagging replica {name} reported offset {behind} behind master, lag={lag}, state={state}."
                )
            });
        }
        let all = self.replicas.len();
        self.log(|_| format!("{} of {all} replicas are in sync when shutting down.", all - lagging.len()));
    }

    /// The driver could not write the dump that [`super::Action::Save`] asked for. A process that wanted to end after
    /// it stays (`server.c:finishShutdown`).
    pub fn save_failed(&mut self, now: Instant) {
        self.begin_turn(now);
        let leaves = self.actions.contains(&super::Action::Exit);
        self.saves.fail(!leaves);
        if leaves && self.last_asked.1 {
            return self.warn(|_| "Error trying to save the DB. Exit anyway.".to_string());
        }
        self.actions.retain(|action| *action != super::Action::Exit);
        if !leaves {
            return self.warn(|_| "Background saving error".to_string());
        }
        self.warn(|_| "Error trying to save the DB, can't exit.".to_string());
        self.warn(|_| {
            "Errors trying to shut down the server. Check the logs for more information.".to_string()
        });
        let (asked, _) = std::mem::take(&mut self.last_asked);
        self.tell_shutdown_failed(&asked);
    }

    /// How long a shutdown still waits for replicas.
    pub(super) fn shutdown_due(&self) -> Option<Span> {
        self.leaving.as_ref().map(|leaving| leaving.until.since(self.now))
    }

    fn replicas_have_all(&self) -> bool {
        self.replicas.iter().all(|conn| self.acked_all(*conn))
    }

    fn acked_all(&self, conn: ConnId) -> bool {
        let replica = self.clients.get(&conn).and_then(|c| c.replica());
        replica.is_some_and(|r| r.acked == self.stream.offset)
    }

    // -- failover -----------------------------------------------------------------------------------------------

    /// `FAILOVER [TO host port [FORCE]] [ABORT] [TIMEOUT ms]`.
    pub(super) fn failover_command(&mut self, argv: &Argv, reply: &mut Reply) {
        if argv.len() == 2 && argv[1].eq_ignore_ascii_case(b"abort") {
            if self.failover.is_none() {
                return reply.error("ERR No failover in progress.");
            }
            self.abort_failover("Failover manually aborted");
            return reply.ok();
        }
        match self.read_failover(argv) {
            Err(error) => reply.error(error),
            Ok(failover) => {
                match &failover.target {
                    Some((host, port)) => self.log(|_| format!("FAILOVER requested to {host}:{port}.")),
                    None => self.log(|_| "FAILOVER requested to any replica.".to_string()),
                }
                self.failover = Some(failover);
                self.hold_writes(Pauser::Failover);
                reply.ok();
            }
        }
    }

    fn read_failover(&self, argv: &Argv) -> Result<Failover, String> {
        let number = |word: &[u8]| self.integer(word).ok_or("ERR value is not an integer or out of range");
        let (mut target, mut timeout, mut force) = (None, None, false);
        let mut rest = &argv[1..];
        while let Some(word) = rest.first() {
            let taken = match word.to_ascii_lowercase().as_slice() {
                b"timeout" if rest.len() > 1 && timeout.is_none() => {
                    let ms = number(&rest[1])?;
                    if ms <= 0 {
                        return Err("ERR FAILOVER timeout must be greater than 0".to_string());
                    }
                    timeout = Some(ms as u64);
                    2
                }
                b"to" if rest.len() > 2 && target.is_none() => {
                    let host: Rc<str> = String::from_utf8_lossy(&rest[1]).as_ref().into();
                    target = Some((host, number(&rest[2])? as u16));
                    3
                }
                b"force" if !force => {
                    force = true;
                    1
                }
                _ => return Err("ERR syntax error".to_string()),
            };
            rest = &rest[taken..];
        }
        self.check_failover(&target, timeout.is_some(), force)?;
        let until = timeout.map(|ms| self.now + Span::from_ms(ms));
        Ok(Failover { target, until, force, in_progress: false })
    }

    fn check_failover(
        &self,
        target: &Option<(Rc<str>, u16)>,
        timeout: bool,
        force: bool,
    ) -> Result<(), &'static str> {
        if self.failover.is_some() {
            return Err("ERR FAILOVER already in progress.");
        }
        if self.upstream.is_some() {
            return Err("ERR FAILOVER is not valid when server is a replica.");
        }
        if self.replicas.is_empty() {
            return Err("ERR FAILOVER requires connected replicas.");
        }
        if force && (!timeout || target.is_none()) {
            return Err("ERR FAILOVER with force option requires both a timeout and target HOST and IP.");
        }
        let Some((host, port)) = target else { return Ok(()) };
        let Some(conn) = self.replica_at(host, *port) else {
            return Err("ERR FAILOVER target HOST and PORT is not a replica.");
        };
        let online = self.clients.get(&conn).and_then(|c| c.replica()).is_some_and(|r| r.is_online());
        if online { Ok(()) } else { Err("ERR FAILOVER target replica is not online.") }
    }

    fn replica_at(&self, host: &str, port: u16) -> Option<ConnId> {
        self.replicas.iter().copied().find(|conn| {
            let replica = self.replica_ref(*conn);
            replica.host.eq_ignore_ascii_case(host) && replica.port == port
        })
    }

    /// Gives a failover up: writes flow again, and a node that already followed the target is a master again.
    pub(super) fn abort_failover(&mut self, why: &str) {
        let Some(failover) = self.failover.take() else { return };
        self.log(|_| match &failover.target {
            Some((host, port)) => format!("FAILOVER to {host}:{port} aborted: {why}"),
            None => format!("FAILOVER to any replica aborted: {why}"),
        });
        if failover.in_progress {
            self.unfollow();
        }
        self.end_pause(Pauser::Failover);
    }

    /// The target answered: it is the master now.
    pub(super) fn failover_answered(&mut self) {
        if self.failover.take().is_some() {
            self.end_pause(Pauser::Failover);
        }
    }

    /// The word in INFO.
    pub(super) fn failover_word(&self) -> &'static str {
        match &self.failover {
            None => "no-failover",
            Some(failover) if failover.in_progress => "failover-in-progress",
            Some(_) => "waiting-for-sync",
        }
    }

    // -- both ---------------------------------------------------------------------------------------------------

    /// When a departure looks again.
    pub(super) fn departure_due(&self) -> Option<Instant> {
        let waits = self.leaving.is_some() || self.failover.as_ref().is_some_and(|f| !f.in_progress);
        let grid = Instant(self.now.0 / LOOK.0 * LOOK.0) + LOOK;
        waits.then_some(grid)
    }

    /// Goes on with a departure if it can: after an ACK, and as time passes.
    pub(super) fn go_on_departing(&mut self) {
        if let Some(leaving) = &self.leaving {
            let late = leaving.until <= self.now;
            if (late || self.replicas_have_all())
                && let Some(leaving) = self.leaving.take()
            {
                self.end_pause(Pauser::Shutdown);
                return self.finish_shutdown(leaving);
            }
        }
        let Some(failover) = self.failover.clone().filter(|f| !f.in_progress) else { return };
        if failover.until.is_some_and(|until| until <= self.now) {
            return match failover.target.filter(|_| failover.force) {
                Some((host, port)) => {
                    self.log(|_| format!("FAILOVER to {host}:{port} time out exceeded, failing over."));
                    self.hand_over(host, port);
                }
                None => self.abort_failover("Replica never caught up before timeout"),
            };
        }
        let caught_up = match &failover.target {
            Some((host, port)) => self.replica_at(host, *port).filter(|c| self.acked_all(*c)),
            None => self.replicas.iter().copied().find(|c| self.acked_all(*c)),
        };
        if let Some(conn) = caught_up {
            let replica = self.replica_ref(conn);
            let (host, port) = (replica.host, replica.port);
            self.log(|_| format!("Failover target {host}:{port} is synced, failing over."));
            self.hand_over(host, port);
        }
    }

    fn hand_over(&mut self, host: Rc<str>, port: u16) {
        if let Some(failover) = &mut self.failover {
            failover.in_progress = true;
            failover.target = Some((host.clone(), port));
        }
        self.follow(host, port);
    }

    /// Writes wait until the departure is decided.
    fn hold_writes(&mut self, pauser: Pauser) {
        self.begin_pause(pauser, Pause { until: Instant(u64::MAX), writes_only: true });
    }

    /// Ends the process after what it still has to say.
    fn exit(&mut self) {
        self.flush_stream();
        self.trace.emit(self.now, || Event::Stopped);
        self.warn(|_| "Redis is now ready to exit, bye bye...".to_string());
        self.actions.push_back(super::Action::Exit);
    }
}
