//! Pauses: clients wait, and the data stand still. An operator pauses with CLIENT PAUSE; a shutdown that waits and a
//! failover pause writes for as long as they last. Each has its own pause; together they are as strict as the strictest
//! and last as long as the longest.
//!
//! Sources: Redis 7.0.15 `networking.c:pauseClients`, `updateClientPauseTypeAndEndTime`, `server.c:processCommand`;
//! 4.0.14 `networking.c:clientsArePaused`.

use crate::base::Instant;
use crate::keyspace::Flags;
use crate::resp::Argv;

use super::client::Blocked;
use super::dispatch::Found;
use super::{ConnId, Node};

/// How long clients wait, and which commands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Pause {
    pub(super) until: Instant,
    pub(super) writes_only: bool,
}

impl Pause {
    fn both(self, other: Pause) -> Pause {
        Pause { until: self.until.max(other.until), writes_only: self.writes_only && other.writes_only }
    }
}

/// Who paused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Pauser {
    Operator,
    Shutdown,
    Failover,
}

/// The pauses of a node.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Pauses {
    by: [Option<Pause>; 3],
}

impl Pauses {
    /// What holds now, if anything does.
    pub(super) fn current(&self, now: Instant) -> Option<Pause> {
        self.by.into_iter().flatten().reduce(Pause::both).filter(|pause| pause.until > now)
    }
}

impl Node {
    /// Starts a pause, or makes the one of the same pauser longer and stricter.
    pub(super) fn begin_pause(&mut self, pauser: Pauser, pause: Pause) {
        let own = &mut self.pauses.by[pauser as usize];
        *own = Some(own.map_or(pause, |before| before.both(pause)));
    }

    /// Ends the pause of one pauser. Who waited goes on, unless another pause still holds.
    pub(super) fn end_pause(&mut self, pauser: Pauser) {
        self.pauses.by[pauser as usize] = None;
        self.go_on_after_pause();
    }

    /// When the pauses are over by themselves.
    pub(super) fn pause_due(&self) -> Option<Instant> {
        self.pauses.by.into_iter().flatten().reduce(Pause::both).map(|pause| pause.until)
    }

    pub(super) fn end_pauses_if_due(&mut self) {
        if self.pause_due().is_some_and(|due| due <= self.now) {
            self.pauses = Pauses::default();
            self.go_on_after_pause();
        }
    }

    /// Whether a command has to wait. Those of replicas never do; those of the master do.
    pub(super) fn is_paused_for(&self, conn: ConnId, found: Found) -> bool {
        let Some(pause) = self.pauses.current(self.now) else { return false };
        let spec = found.spec();
        let replica = self.clients.get(&conn).is_none_or(|c| c.replica().is_some()) || self.is_monitor(conn);
        let writes = spec.flags.has(Flags::WRITE)
            || matches!(spec.name, "publish" | "pfcount")
            || spec.name == "exec" && self.queued_writes(conn);
        !replica && (!pause.writes_only || writes)
    }

    /// Keeps the command until the pause is over.
    pub(super) fn hold(&mut self, conn: ConnId, argv: Argv) {
        if let Some(client) = self.clients.get_mut(&conn) {
            client.blocked = Some(Blocked::Paused { argv });
            self.blocked.push_back(conn);
        }
    }

    fn go_on_after_pause(&mut self) {
        for conn in self.blocked.clone() {
            let blocked = self.clients.get(&conn).and_then(|c| c.blocked.clone());
            let Some(Blocked::Paused { argv }) = blocked else { continue };
            self.blocked.retain(|c| *c != conn);
            let Some(client) = self.clients.get_mut(&conn) else { continue };
            client.blocked = None;
            match client.master().is_some() {
                true => self.run_stream_command(conn, &argv),
                false => self.run_client_command(conn, &argv),
            }
            self.process_input(conn);
        }
    }
}
