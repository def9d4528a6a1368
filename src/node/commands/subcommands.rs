//! The subcommands that 7.0 knows, with their arity: it looks them up before a command may run or be queued.
//!
//! Source: Redis 7.0.15 `commands.c`, `server.c:commandCheckExistence`, `commandCheckArity`.

use crate::base::{Profile, printable};
use crate::keyspace::CommandSpec;
use crate::resp::Argv;

type Table = &'static [(&'static str, i32)];

const CLIENT: Table = &[
    ("caching", 3),
    ("getname", 2),
    ("getredir", 2),
    ("help", 2),
    ("id", 2),
    ("info", 2),
    ("kill", -3),
    ("list", -2),
    ("no-evict", 3),
    ("pause", -3),
    ("reply", 3),
    ("setname", 3),
    ("tracking", -3),
    ("trackinginfo", 2),
    ("unblock", -3),
    ("unpause", 2),
];
const COMMAND: Table = &[
    ("count", 2),
    ("docs", -2),
    ("getkeys", -4),
    ("getkeysandflags", -4),
    ("help", 2),
    ("info", -2),
    ("list", -2),
];
const CONFIG: Table = &[("get", -3), ("help", 2), ("resetstat", 2), ("rewrite", 2), ("set", -4)];
const OBJECT: Table = &[("encoding", 3), ("freq", 3), ("help", 2), ("idletime", 3), ("refcount", 3)];
const PUBSUB: Table = &[
    ("channels", -2),
    ("help", 2),
    ("numpat", 2),
    ("numsub", -2),
    ("shardchannels", -2),
    ("shardnumsub", -2),
];

/// The full name of a command in the log: with its subcommand, where it has some (`redisCommand.fullname`).
pub(in crate::node) fn full_name(argv: &Argv) -> String {
    const CONTAINERS: [&str; 14] = [
        "acl", "client", "cluster", "command", "config", "function", "latency", "memory", "module", "object",
        "pubsub", "script", "slowlog", "xinfo",
    ];
    let word = |i: usize| printable(&argv[i], 40).to_ascii_lowercase();
    match CONTAINERS.contains(&word(0).as_str()) && argv.len() > 1 {
        true => format!("{}|{}", word(0), word(1)),
        false => word(0),
    }
}

#[inline] // nearly every command has none
fn table(spec: &CommandSpec) -> Option<Table> {
    if spec.keys.0 == 1 {
        // The word behind it is a key.
        return None;
    }
    match spec.name {
        "client" => Some(CLIENT),
        "command" => Some(COMMAND),
        "config" => Some(CONFIG),
        "object" => Some(OBJECT),
        "pubsub" => Some(PUBSUB),
        _ => None,
    }
}

/// The subcommand of a call, where the release counts those apart (7.0).
pub(in crate::node) fn subcommand(
    profile: &Profile,
    spec: &CommandSpec,
    argv: &Argv,
) -> Option<&'static str> {
    table(spec).and_then(|table| named(table, profile, argv))
}

fn named(table: Table, profile: &Profile, argv: &Argv) -> Option<&'static str> {
    let word = argv.get(1).filter(|_| profile.says_replica())?;
    table.iter().map(|(known, _)| *known).find(|known| word.eq_ignore_ascii_case(known.as_bytes()))
}

/// Whether a call names a subcommand that there is, if the command has any.
pub(in crate::node) fn is_known(profile: &Profile, spec: &CommandSpec, argv: &Argv) -> bool {
    let has_some = table(spec).is_some() && argv.len() > 1 && profile.says_replica();
    !has_some || subcommand(profile, spec, argv).is_some()
}

/// Whether the subcommand, if the command has any, exists and got as many words as it takes.
pub(in crate::node) fn check(profile: &Profile, spec: &CommandSpec, argv: &Argv) -> Result<(), String> {
    let Some(table) = table(spec) else { return Ok(()) };
    let (Some(word), true) = (argv.get(1), profile.says_replica()) else { return Ok(()) };
    let found = table.iter().find(|(known, _)| word.eq_ignore_ascii_case(known.as_bytes()));
    let Some((known, arity)) = found else {
        return Err(super::unknown_subcommand(profile, spec.name, word));
    };
    let words = argv.len() as i32;
    if *arity >= 0 && words != *arity || words < arity.abs() {
        return Err(super::wrong_subcommand_arity(profile, spec.name, known));
    }
    Ok(())
}
