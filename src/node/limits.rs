//! Output buffer limits: a client that does not take what it is sent is given up.
//!
//! Each class of clients has a hard limit, which nobody may reach, and a soft one, which nobody may stay above for longer
//! than a time. They are looked at whenever output grows; since 7.0 also once a second, so that a client which is stuck
//! and gets nothing more is found as well.
//!
//! Sources: Redis 7.0.15 `networking.c:checkClientOutputBufferLimits`, `getClientOutputBufferMemoryUsage`,
//! `server.c:clientsCron`; 4.0.14 and 2.8.17 `networking.c:asyncCloseClientOnOutputBufferLimitReached`.

use crate::base::{ByteCount, Instant, Span};

use super::client::Client;
use super::pieces::Pieces;
use super::stream::waits_from;
use super::trace::LossReason;
use super::{ConnId, Node};

/// The limits of one class. 0 is no limit.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct OutputLimit {
    hard: u64,
    soft: u64,
    soft_time: Span,
}

/// `client-output-buffer-limit`.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct OutputLimits {
    normal: OutputLimit,
    replica: OutputLimit,
    pubsub: OutputLimit,
}

impl OutputLimits {
    /// Reads `class hard soft seconds …`; what stands last counts.
    pub(super) fn read(text: &str) -> OutputLimits {
        let number = |word: &str| word.parse::<u64>().unwrap_or(0);
        let words: Vec<&str> = text.split_whitespace().collect();
        let mut limits = OutputLimits::default();
        for group in words.chunks_exact(4) {
            let limit = OutputLimit {
                hard: number(group[1]),
                soft: number(group[2]),
                soft_time: Span::from_secs(number(group[3])),
            };
            match group[0] {
                "normal" => limits.normal = limit,
                "pubsub" => limits.pubsub = limit,
                _ => limits.replica = limit,
            }
        }
        limits
    }
}

/// Where the output of a client lies, in bytes: in the client itself, and in how many pieces outside (in 7.0, of a
/// replica, the blocks of the backlog from the one on that it reads). Only the pieces count for the limits.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct OutputMemory {
    pub(super) inside: u64,
    pub(super) pieces: u64,
    pub(super) memory: u64,
}

impl Node {
    /// Drops replicas whose output buffer is over its limit.
    pub(super) fn check_replica_buffers(&mut self) {
        let OutputLimit { hard, soft, .. } = self.config.live().output_limits.replica;
        if hard == 0 && soft == 0 {
            return;
        }
        for conn in self.replicas.clone() {
            self.check_output_limit(conn, "scheduled to be closed ASAP");
        }
    }

    /// The routine of 7.0 does so ten times a second for few clients; here it comes once a second, and in time for whom is
    /// above the soft limit for too long.
    pub(super) fn check_all_buffers(&mut self) {
        if !self.profile.limits_checked_per_block() {
            return;
        }
        for conn in self.clients.keys().copied().collect::<Vec<_>>() {
            self.check_output_limit(conn, "closed");
        }
    }

    /// When the first client has been above its soft limit for too long.
    pub(super) fn soft_limit_due(&self) -> Option<Instant> {
        if !self.profile.limits_checked_per_block() {
            return None;
        }
        let due = |(conn, client): (&ConnId, &Client)| {
            let (since, limit) = (client.over_soft_limit?, self.output_limit(client));
            let is_over = limit.soft != 0 && self.output_memory(*conn).memory >= limit.soft;
            is_over.then(|| self.older_at(since, limit.soft_time))
        };
        self.clients.iter().filter_map(due).min()
    }

    /// The limits for a client of its class.
    fn output_limit(&self, client: &Client) -> OutputLimit {
        let limits = self.config.live().output_limits;
        match client.replica() {
            Some(_) => limits.replica,
            None if client.is_subscriber() => limits.pubsub,
            None => limits.normal,
        }
    }

    /// A client got more than a reply of the usual size: is it too much? True if the client is gone.
    pub(super) fn check_reply_limit(&mut self, conn: ConnId) -> bool {
        let kind = self.profile.output_pieces();
        let Some(client) = self.clients.get_mut(&conn).filter(|c| c.replica().is_none()) else {
            return false;
        };
        client.note_growth(kind);
        client.pieces.is_some() && self.check_output_limit(conn, "scheduled to be closed ASAP")
    }

    fn check_output_limit(&mut self, conn: ConnId, how: &str) -> bool {
        let held = self.output_memory(conn).memory;
        let now = self.now;
        let Some(client) = self.clients.get(&conn).filter(|_| held > 0) else { return false };
        let OutputLimit { mut hard, soft, soft_time } = self.output_limit(client);
        // The buffer is the backlog's memory, which is there anyway.
        if client.replica().is_some() && self.profile.limits_checked_per_block() {
            hard = if hard == 0 { 0 } else { hard.max(self.config.live().backlog_size) };
        }
        let Some(client) = self.clients.get_mut(&conn) else { return false };
        client.over_soft_limit = match soft != 0 && held >= soft {
            true => client.over_soft_limit.or(Some(now)),
            false => None,
        };
        let since = client.over_soft_limit;
        let is_over =
            hard != 0 && held >= hard || since.is_some_and(|since| self.older_than(since, soft_time));
        if is_over {
            self.warn(|n| {
                format!("Client {} {how} for overcoming of output buffer limits.", n.client_info(conn))
            });
            self.drop_client(conn, LossReason::OutputBufferLimit { pending: ByteCount(held) }, false);
        }
        is_over
    }

    /// What the output of a client takes.
    pub(super) fn output_memory(&self, conn: ConnId) -> OutputMemory {
        let Some(client) = self.clients.get(&conn) else { return OutputMemory::default() };
        let of = |pieces: &Pieces| OutputMemory {
            inside: pieces.inside(),
            pieces: pieces.count(),
            memory: pieces.memory(self.profile.output_pieces()),
        };
        match (client.replica(), &self.stream.backlog) {
            (Some(replica), Some(backlog)) if self.profile.limits_checked_per_block() => {
                let (pieces, memory) = waits_from(replica).map_or((0, 0), |from| backlog.blocks_from(from));
                OutputMemory { inside: 0, pieces, memory }
            }
            (Some(replica), _) => of(&replica.pieces),
            (None, _) => match &client.pieces {
                Some(pieces) => of(pieces),
                None => OutputMemory { inside: client.pending(), pieces: 0, memory: 0 },
            },
        }
    }
}
