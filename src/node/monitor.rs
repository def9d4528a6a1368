//! MONITOR: a client is shown every command in the moment in which it is executed, as it was asked.
//!
//! Nothing of it goes to replicas or into files. What is refused is not shown; what is queued or held is shown when it
//! runs. The commands of a transaction come before their EXEC.
//!
//! Sources: Redis 7.0.15 `replication.c:replicationFeedMonitors`, `server.c:call`, `monitorCommand`; 4.0.14 and 2.8.17 the
//! same functions, before the command runs instead of after it.

use std::fmt::Write;

use crate::keyspace::{CommandSpec, Flags};
use crate::resp::{Argv, Reply, quoted};

use super::{ConnId, Node};

/// Whether a command is about to run or has run.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    Before,
    After,
}

impl Node {
    pub(super) fn monitor_command(&mut self, conn: ConnId, reply: &mut Reply) {
        if self.in_exec.is_some() && self.profile.says_replica() {
            return reply.error("ERR MONITOR isn't allowed for DENY BLOCKING client");
        }
        let is_replica = self.clients.get(&conn).is_none_or(|c| c.replica().is_some());
        if !is_replica && !self.is_monitor(conn) {
            self.monitors.push(conn);
            reply.ok();
        }
    }

    pub(super) fn is_monitor(&self, conn: ConnId) -> bool {
        self.monitors.contains(&conn)
    }

    pub(super) fn stop_monitoring(&mut self, conn: ConnId) {
        self.monitors.retain(|monitor| *monitor != conn);
    }

    /// Shows a command of `conn` to whoever looks on, if this is the moment for it. `reply` is what `conn` is told.
    pub(super) fn show_to_monitors(
        &mut self,
        moment: Moment,
        conn: ConnId,
        spec: &CommandSpec,
        argv: &Argv,
        reply: &mut Reply,
    ) {
        if self.monitors.is_empty() {
            return;
        }
        let newer = self.profile.says_replica();
        let due = if newer { Moment::After } else { Moment::Before };
        let hidden = self.profile.speaks_psync2()
            && spec.flags.has(Flags::ADMIN)
            && !is_harmless(spec.name, argv, newer);
        // Before 7.0 QUIT is no command like others, and EXEC, which comes after what it runs, shows itself.
        if moment == due && !hidden && (newer || !matches!(spec.name, "quit" | "exec")) {
            self.feed_monitors(conn, argv, reply);
        }
    }

    /// One line to each monitor: when, in which database, by whom, and what.
    pub(super) fn feed_monitors(&mut self, conn: ConnId, argv: &Argv, reply: &mut Reply) {
        if self.monitors.is_empty() || self.is_loading() {
            return;
        }
        let Some(client) = self.clients.get(&conn) else { return };
        let ms = self.unix_now().0;
        let us = ms % 1000 * 1000 + (self.now.0 / 1000 % 1000) as i64;
        let from = match client.host.starts_with('/') {
            true => format!("unix:{}", client.host),
            false => format!("{}:{}", client.host, client.port),
        };
        let mut line = format!("+{}.{us:06} [{} {from}]", ms / 1000, client.db);
        // Of AUTH 7.0 shows no password.
        let is_auth = self.profile.says_replica() && argv[0].eq_ignore_ascii_case(b"auth") && argv.len() <= 3;
        for (index, word) in argv.iter().enumerate() {
            let hides = is_auth && index > 0;
            let shown = if hides { quoted(b"(redacted)") } else { quoted(word) };
            write!(line, " {shown}").expect("a String takes everything");
        }
        line.push_str("\r\n");
        for monitor in self.monitors.clone() {
            if monitor == conn {
                reply.raw(line.as_bytes());
            } else if let Some(client) = self.clients.get_mut(&monitor) {
                client.reply.raw(line.as_bytes());
                if !self.check_reply_limit(monitor) {
                    self.wants_output(monitor);
                }
            }
        }
    }
}

/// Subcommands that are shown although those beside them are not (7.0).
fn is_harmless(name: &str, argv: &Argv, newer: bool) -> bool {
    let word = argv.get(1).map(|word| word.to_ascii_lowercase()).unwrap_or_default();
    let asks_about_itself = matches!(&word[..], b"id" | b"info" | b"getname" | b"setname" | b"reply");
    newer && (word == b"help" && argv.len() == 2 || name == "client" && asks_about_itself)
}
