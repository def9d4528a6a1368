//! The commands of a server: everything that is not about values.
//!
//! The table says what is known of each; the stories are in the files beside it.

mod acl;
mod clients;
mod configuration;
mod debug;
mod info;
mod persistence;
mod replication;
mod server;
mod subcommands;

use crate::base::{Profile, Version};
use crate::keyspace::{CommandSpec, Flags};
use crate::resp::{Argv, Reply};

use super::pubsub::Kind;
use super::{ConnId, Node};

pub(super) use subcommands::{check as check_subcommand, full_name, is_known, subcommand};

pub(super) type Run = fn(&mut Node, ConnId, &Argv, &mut Reply);

/// A command on the server.
pub(super) struct ServerCommand {
    pub(super) spec: CommandSpec,
    pub(super) run: Run,
}

const NO_KEYS: (i32, i32, i32) = (0, 0, 0);
/// Allowed at any time.
const ALWAYS: Flags = Flags::LOADING.with(Flags::STALE);
const ADMIN: Flags = ALWAYS.with(Flags::ADMIN);
/// Refused while loading and, for some, while the data are stale: a replica has to wait for its answer.
const SYNCING: Flags = Flags::ADMIN.with(Flags::NO_MULTI);

const fn cmd(name: &'static str, arity: i32, flags: Flags, since: Version, run: Run) -> ServerCommand {
    ServerCommand { spec: CommandSpec::new(name, arity, flags, since, NO_KEYS), run }
}

/// Another arity in older releases, up to and including the one named.
const fn until(command: ServerCommand, older: &'static [(Version, i32)]) -> ServerCommand {
    ServerCommand { spec: CommandSpec { older, ..command.spec }, ..command }
}

use Version::{V2_6, V2_8, V4_0, V7_0};

static COMMANDS: &[ServerCommand] = &[
    cmd("acl", -2, ADMIN, V7_0, acl::acl),
    until(cmd("auth", -2, ALWAYS, V2_6, server::auth), &[(V4_0, 2)]),
    cmd("bgrewriteaof", 1, Flags::ADMIN, V2_6, persistence::bgrewriteaof),
    until(cmd("bgsave", -1, Flags::ADMIN, V2_6, persistence::bgsave), &[(V2_8, 1)]),
    cmd("client", -2, ADMIN, V2_6, clients::client),
    cmd("command", -1, ALWAYS, V2_8, server::command),
    cmd("config", -2, ADMIN, V2_6, configuration::config),
    cmd("debug", -2, ADMIN, V2_6, debug::debug),
    cmd("discard", 1, ALWAYS, V2_6, |node, conn, _, reply| node.discard_command(conn, reply)),
    cmd("echo", 2, ALWAYS, V2_6, server::echo),
    cmd("exec", 1, ALWAYS, V2_6, |node, conn, argv, reply| node.exec_command(conn, argv, reply)),
    cmd("failover", -1, Flags::ADMIN.with(Flags::STALE), V7_0, |n, _, a, reply| n.failover_command(a, reply)),
    cmd("hello", -1, ALWAYS.with(Flags::FAST), V7_0, server::hello),
    cmd("info", -1, ALWAYS, V2_6, info::info),
    cmd("lastsave", 1, ALWAYS, V2_6, persistence::lastsave),
    cmd("lolwut", -1, Flags::READONLY, V7_0, server::lolwut),
    cmd("monitor", 1, ADMIN, V2_6, |node, conn, _, reply| node.monitor_command(conn, reply)),
    cmd("multi", 1, ALWAYS, V2_6, |node, conn, _, reply| node.multi_command(conn, reply)),
    until(cmd("ping", -1, Flags::FAST, V2_6, server::ping), &[(V2_6, 1)]),
    cmd("psubscribe", -2, ALWAYS, V2_6, |n, c, a, r| n.subscribe_command(c, a, Kind::Pattern, r)),
    until(cmd("psync", -3, SYNCING, V2_8, |n, c, argv, reply| n.sync_command(c, argv, reply)), &[(V4_0, 3)]),
    cmd("publish", 3, ALWAYS, V2_6, |node, conn, argv, reply| node.publish_command(conn, argv, reply)),
    cmd("pubsub", -2, ALWAYS, V2_8, |node, _, argv, reply| node.pubsub_command(argv, reply)),
    cmd("punsubscribe", -1, ALWAYS, V2_6, |n, c, a, r| n.unsubscribe_command(c, a, Kind::Pattern, r)),
    cmd("quit", -1, ALWAYS, V2_6, server::quit),
    cmd("replconf", -1, ADMIN, V2_6, replication::replconf),
    cmd("replicaof", 3, Flags::ADMIN.with(Flags::STALE), V7_0, replication::replicaof),
    cmd("reset", 1, ALWAYS, V7_0, server::reset),
    cmd("role", 1, ALWAYS, V2_8, replication::role),
    cmd("save", 1, Flags::ADMIN.with(Flags::NO_MULTI), V2_6, persistence::save),
    cmd("select", 2, ALWAYS, V2_6, server::select),
    cmd("shutdown", -1, ADMIN.with(Flags::NO_MULTI), V2_6, |n, c, a, r| n.shutdown_command(c, a, r)),
    cmd("slaveof", 3, Flags::ADMIN.with(Flags::STALE), V2_6, replication::replicaof),
    cmd("subscribe", -2, ALWAYS, V2_6, |n, c, a, r| n.subscribe_command(c, a, Kind::Channel, r)),
    cmd("slowlog", -2, ADMIN, V2_6, server::slowlog),
    cmd("sync", 1, SYNCING, V2_6, |node, conn, argv, reply| node.sync_command(conn, argv, reply)),
    cmd("time", 1, ALWAYS, V2_6, server::time),
    cmd("unsubscribe", -1, ALWAYS, V2_6, |n, c, a, r| n.unsubscribe_command(c, a, Kind::Channel, r)),
    cmd("unwatch", 1, ALWAYS, V2_6, server::unwatch),
    cmd("wait", 3, Flags::BLOCKING, V4_0, |node, conn, argv, reply| node.wait_command(conn, argv, reply)),
    cmd("watch", -2, ALWAYS, V2_6, |node, conn, argv, reply| node.watch_command(conn, argv, reply)),
];

/// The server command of that name, in any case.
pub(super) fn lookup(name: &[u8]) -> Option<&'static ServerCommand> {
    COMMANDS.iter().find(|c| name.eq_ignore_ascii_case(c.spec.name.as_bytes()))
}

/// Every command of a server.
pub(super) fn all() -> impl Iterator<Item = &'static CommandSpec> {
    COMMANDS.iter().map(|c| &c.spec)
}

/// Commands that act on a transaction instead of being queued in it.
pub(super) fn runs_inside_multi(name: &str) -> bool {
    matches!(name, "exec" | "discard" | "multi" | "watch" | "quit" | "reset")
}

/// What a RESP2 client that has subscribed may still do.
pub(super) fn runs_while_subscribed(name: &str, profile: &Profile) -> bool {
    match name {
        "subscribe" | "unsubscribe" | "psubscribe" | "punsubscribe" | "quit" => true,
        "ping" => profile.version >= V2_8,
        "reset" => profile.version >= V7_0,
        _ => false,
    }
}

/// The error for a subcommand that is not known.
pub(super) fn unknown_subcommand(profile: &Profile, command: &str, word: &[u8]) -> String {
    // As in C, a text ends at a NUL.
    let word = word.split(|b| *b == 0).next().unwrap_or_default();
    let word = String::from_utf8_lossy(&word[..word.len().min(128)]).into_owned();
    let upper = command.to_ascii_uppercase();
    match profile.version {
        V7_0 => format!("ERR unknown subcommand '{word}'. Try {upper} HELP."),
        _ => match command {
            "config" => "ERR CONFIG subcommand must be one of GET, SET, RESETSTAT, REWRITE".to_string(),
            "client" if profile.version == V4_0 => {
                format!("ERR Unknown subcommand or wrong number of arguments for '{word}'. Try CLIENT HELP")
            }
            "client" => {
                "ERR Syntax error, try CLIENT (LIST | KILL ip:port | GETNAME | SETNAME connection-name)"
                    .to_string()
            }
            "pubsub" => {
                format!("ERR Unknown PUBSUB subcommand or wrong number of arguments for '{word}'")
            }
            _ => "ERR syntax error".to_string(),
        },
    }
}

/// The error for a known subcommand with the wrong number of words.
pub(super) fn wrong_subcommand_arity(profile: &Profile, command: &str, word: &str) -> String {
    match profile.version {
        V7_0 => {
            format!("ERR wrong number of arguments for '{command}|{}' command", word.to_ascii_lowercase())
        }
        _ => match command {
            "config" => format!("ERR Wrong number of arguments for CONFIG {word}"),
            _ => unknown_subcommand(profile, command, word.as_bytes()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_belongs_to_one_ring_only() {
        for spec in all() {
            assert!(crate::keyspace::lookup(spec.name.as_bytes()).is_none(), "{}", spec.name);
        }
    }
}
