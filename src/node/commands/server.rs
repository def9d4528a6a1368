//! Small commands about the connection and the server.

use crate::base::Blob;
use crate::keyspace::{CommandSpec, all_commands, glob};
use crate::node::{ConnId, Node};
use crate::resp::{Argv, Reply};

pub(super) fn ping(node: &mut Node, conn: ConnId, argv: &Argv, reply: &mut Reply) {
    let newer = node.profile.speaks_psync();
    if argv.len() > if newer { 2 } else { 1 } {
        return reply.error("ERR wrong number of arguments for 'ping' command");
    }
    let subscriber = node.clients.get(&conn).is_some_and(|c| c.is_subscriber());
    match argv.get(1) {
        _ if subscriber => {
            reply.array(2);
            reply.bulk("pong");
            reply.bulk(argv.get(1).map_or(&[][..], |m| m));
        }
        Some(message) => reply.bulk(message),
        None => reply.simple("PONG"),
    }
}

pub(super) fn echo(_: &mut Node, _: ConnId, argv: &Argv, reply: &mut Reply) {
    reply.bulk(&argv[1]);
}

pub(super) fn lolwut(node: &mut Node, _: ConnId, _: &Argv, reply: &mut Reply) {
    reply.bulk(format!("Redis ver. {}\n", node.profile.release));
}

pub(super) fn select(node: &mut Node, conn: ConnId, argv: &Argv, reply: &mut Reply) {
    let databases = i64::from(node.keyspace.databases());
    let number = node.integer(&argv[1]);
    // Up to 6.0 the number is cut to 32 bits before it is looked at (`db.c:selectDb`).
    let number = if node.profile.says_replica() { number } else { number.map(|n| i64::from(n as i32)) };
    match number {
        None if node.profile.says_replica() => reply.error("ERR value is not an integer or out of range"),
        None => reply.error("ERR invalid DB index"),
        Some(db) if node.profile.says_replica() && i32::try_from(db).is_err() => {
            reply.error("ERR value is out of range, value must between -2147483648 and 2147483647");
        }
        Some(db) if (0..databases).contains(&db) => {
            if let Some(client) = node.clients.get_mut(&conn) {
                client.db = db as u32;
            }
            reply.ok();
        }
        Some(_) if node.profile.speaks_psync2() => reply.error("ERR DB index is out of range"),
        Some(_) => reply.error("ERR invalid DB index"),
    }
}

pub(super) fn time(node: &mut Node, _: ConnId, _: &Argv, reply: &mut Reply) {
    let ms = node.unix_now().0;
    let us = ms % 1000 * 1000 + (node.now.0 / 1000 % 1000) as i64;
    reply.array(2);
    reply.bulk((ms / 1000).to_string());
    reply.bulk(us.to_string());
}

pub(super) fn auth(node: &mut Node, conn: ConnId, argv: &Argv, reply: &mut Reply) {
    let newer = node.profile.says_replica();
    if argv.len() > if newer { 3 } else { 2 } {
        return reply.error(if newer {
            "ERR syntax error"
        } else {
            "ERR wrong number of arguments for 'auth' command"
        });
    }
    let named = argv.len() == 3;
    if !named && node.config.live().requirepass.is_none() {
        return reply.error(if newer {
            "ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?"
        } else {
            "ERR Client sent AUTH, but no password is set"
        });
    }
    let user: &[u8] = if named { &argv[1] } else { DEFAULT_USER };
    match log_in(node, conn, user, &argv[argv.len() - 1]) {
        true => reply.ok(),
        false if newer => reply.error(WRONG_PASSWORD),
        false => {
            // What was granted before is gone (up to 5.0).
            set_authenticated(node, conn, false);
            reply.error("ERR invalid password");
        }
    }
}

/// The one user there is.
const DEFAULT_USER: &[u8] = b"default";
const WRONG_PASSWORD: &str = "WRONGPASS invalid username-password pair or user is disabled.";

/// Lets a client in whose password is right (`ACLCheckUserCredentials`); when none is set, any is.
fn log_in(node: &mut Node, conn: ConnId, user: &[u8], password: &[u8]) -> bool {
    let wanted = &node.config.live().requirepass;
    let right = user == DEFAULT_USER && wanted.as_ref().is_none_or(|wanted| password == wanted.as_bytes());
    if right {
        set_authenticated(node, conn, true);
    }
    right
}

const NO_HELLO: &str = "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time";

/// HELLO (`networking.c:helloCommand`). There is RESP2 only: clients fall back when RESP3 is refused.
pub(super) fn hello(node: &mut Node, conn: ConnId, argv: &Argv, reply: &mut Reply) {
    match argv.get(1).map(|word| node.integer(word)) {
        None | Some(Some(2)) => {}
        Some(None) => return reply.error("ERR Protocol version is not an integer or out of range"),
        Some(Some(3)) => return reply.error("NOPROTO unsupported in Resync: RESP3"),
        Some(Some(_)) => return reply.error("NOPROTO unsupported protocol version"),
    }
    let (mut login, mut name) = (None, None);
    let mut rest = argv.get(2..).unwrap_or_default();
    while let [word, tail @ ..] = rest {
        rest = match (word.to_ascii_lowercase().as_slice(), tail) {
            (b"auth", [user, password, tail @ ..]) => {
                login = Some((user, password));
                tail
            }
            (b"setname", [wanted, tail @ ..]) => {
                name = Some(wanted);
                tail
            }
            _ => {
                let word = String::from_utf8_lossy(word);
                return reply.error(format!("ERR Syntax error in HELLO option '{word}'"));
            }
        };
    }
    if let Some((user, password)) = login
        && !log_in(node, conn, user, password)
    {
        return reply.error(WRONG_PASSWORD);
    }
    if node.clients.get(&conn).is_some_and(|client| !client.authenticated) {
        return reply.error(NO_HELLO);
    }
    if let Some(name) = name
        && let Err(error) = super::clients::give_name(node, conn, name)
    {
        return reply.error(error);
    }
    reply.array(14);
    for (field, value) in [("server", "redis"), ("version", node.profile.release)] {
        reply.bulk(field);
        reply.bulk(value);
    }
    reply.bulk("proto");
    reply.integer(2);
    reply.bulk("id");
    reply.integer(conn.0 as i64);
    let role = if node.is_replica() { "replica" } else { "master" };
    for (field, value) in [("mode", "standalone"), ("role", role)] {
        reply.bulk(field);
        reply.bulk(value);
    }
    reply.bulk("modules");
    reply.array(0);
}

fn set_authenticated(node: &mut Node, conn: ConnId, is: bool) {
    if let Some(client) = node.clients.get_mut(&conn) {
        client.authenticated = is;
        let mut limits = client.parser.limits();
        limits.authenticated = is;
        client.parser.set_limits(limits);
    }
}

pub(super) fn quit(node: &mut Node, conn: ConnId, _: &Argv, reply: &mut Reply) {
    reply.ok();
    if let Some(client) = node.clients.get_mut(&conn) {
        client.closing = true;
    }
}

pub(super) fn reset(node: &mut Node, conn: ConnId, _: &Argv, reply: &mut Reply) {
    node.unwatch(conn);
    node.stop_monitoring(conn);
    let authenticated = node.config.live().requirepass.is_none();
    if let Some(client) = node.clients.get_mut(&conn) {
        client.multi = None;
        client.db = 0;
        client.name = Blob::default();
        client.channels.clear();
        client.patterns.clear();
        client.authenticated = authenticated;
    }
    reply.simple("RESET");
}

pub(super) fn unwatch(node: &mut Node, conn: ConnId, _: &Argv, reply: &mut Reply) {
    node.unwatch(conn);
    reply.ok();
}

/// `COMMAND`, `COMMAND COUNT`, `COMMAND INFO`, `COMMAND DOCS` (an empty table), `COMMAND GETKEYS`, `COMMAND LIST`.
pub(super) fn command(node: &mut Node, _: ConnId, argv: &Argv, reply: &mut Reply) {
    let known = |spec: &&CommandSpec| spec.known_to(node.profile);
    let all: Vec<&CommandSpec> =
        all_commands().iter().map(|c| &c.spec).chain(super::all()).filter(known).collect();
    let word = argv.get(1).map(|w| w.to_ascii_lowercase()).unwrap_or_default();
    match word.as_slice() {
        b"" => {
            reply.array(all.len());
            all.iter().for_each(|spec| describe(node, spec, reply));
        }
        b"count" => reply.integer(all.len() as i64),
        b"docs" => reply.array(0),
        b"list" => list_commands(argv, &all, reply),
        b"info" => {
            reply.array(argv.len() - 2);
            for name in &argv[2..] {
                match all.iter().find(|s| name.eq_ignore_ascii_case(s.name.as_bytes())) {
                    Some(spec) => describe(node, spec, reply),
                    None => reply.null_array(),
                }
            }
        }
        b"getkeys" if argv.len() > 2 && node.profile.speaks_psync2() => get_keys(node, argv, &all, reply),
        _ if !node.profile.says_replica() => {
            reply.error("ERR Unknown subcommand or wrong number of arguments.");
        }
        _ => reply.error(super::unknown_subcommand(node.profile, "command", &argv[1])),
    }
}

/// `COMMAND LIST [FILTERBY MODULE name | PATTERN glob]`; there are no modules, and no categories of ACL.
fn list_commands(argv: &Argv, all: &[&CommandSpec], reply: &mut Reply) {
    let words: Vec<Vec<u8>> = argv[2..].iter().map(|word| word.to_ascii_lowercase()).collect();
    let words: Vec<&[u8]> = words.iter().map(Vec::as_slice).collect();
    let wanted: &dyn Fn(&str) -> bool = match words.as_slice() {
        [] => &|_| true,
        [b"filterby", b"module", _] => &|_| false,
        [b"filterby", b"pattern", pattern] => &|name| glob(pattern, name.as_bytes()),
        [b"filterby", b"aclcat", _] => {
            return reply.error("ERR unsupported in Resync: categories of ACL");
        }
        _ => return reply.error("ERR syntax error"),
    };
    let names: Vec<&str> = all.iter().map(|spec| spec.name).filter(|name| wanted(name)).collect();
    reply.array(names.len());
    names.iter().for_each(|name| reply.bulk(name));
}

/// SLOWLOG: no command takes time here, so none is slow (`slowlog.c`).
pub(super) fn slowlog(node: &mut Node, _: ConnId, argv: &Argv, reply: &mut Reply) {
    match argv[1].to_ascii_lowercase().as_slice() {
        b"get" if argv.len() <= 3 => reply.array(0),
        b"len" if argv.len() == 2 => reply.integer(0),
        b"reset" if argv.len() == 2 => reply.ok(),
        _ => reply.error(super::unknown_subcommand(node.profile, "slowlog", &argv[1])),
    }
}

fn describe(node: &Node, spec: &CommandSpec, reply: &mut Reply) {
    let flags: Vec<&str> = spec.flags.names().collect();
    reply.array(6);
    reply.bulk(spec.name);
    reply.integer(spec.arity(node.profile).into());
    reply.array(flags.len());
    flags.iter().for_each(|flag| reply.simple(flag));
    let (first, last, step) = spec.keys;
    [first, last, step].into_iter().for_each(|n| reply.integer(n.into()));
}

fn get_keys(node: &Node, argv: &Argv, all: &[&CommandSpec], reply: &mut Reply) {
    let words = &argv[2..];
    let Some(spec) = all.iter().find(|s| words[0].eq_ignore_ascii_case(s.name.as_bytes())) else {
        return reply.error("ERR Invalid command specified");
    };
    if !spec.accepts(node.profile, words.len()) {
        return reply.error("ERR Invalid number of arguments specified for command");
    }
    match keys_of(spec, words) {
        Keys::None => reply.error("ERR The command has no key arguments"),
        Keys::Wrong => reply.error("ERR Invalid arguments specified for command"),
        Keys::At(at) => {
            reply.array(at.len());
            at.iter().for_each(|i| reply.bulk(&words[*i]));
        }
    }
}

/// Which words of a command are keys.
enum Keys {
    None,
    Wrong,
    At(Vec<usize>),
}

/// `db.c:getKeysFromCommand`; where a word says how many keys follow, it is the one before the first of them.
fn keys_of(spec: &CommandSpec, words: &[Blob]) -> Keys {
    let counted = |stored: usize, count: usize| {
        let number = std::str::from_utf8(&words[count]).ok().and_then(|text| text.parse::<usize>().ok());
        match number.filter(|n| (1..words.len() - count).contains(n)) {
            Some(n) => Keys::At((1..=stored).chain(count + 1..=count + n).collect()),
            None => Keys::Wrong,
        }
    };
    match spec.name {
        "sort" => Keys::At(sort_keys(words)),
        "zunionstore" | "zinterstore" | "zdiffstore" => counted(1, 2),
        "zunion" | "zinter" | "zdiff" | "zintercard" | "sintercard" | "lmpop" | "zmpop" => counted(0, 1),
        "blmpop" | "bzmpop" => counted(0, 2),
        _ => {
            let (first, last, step) = spec.keys;
            let last = if last < 0 { words.len() as i32 + last } else { last };
            let all = (first..=last).step_by(step.max(1) as usize).map(|i| i as usize);
            match first {
                0 => Keys::None,
                _ => Keys::At(all.filter(|i| *i < words.len()).collect()),
            }
        }
    }
}

/// The key, and the last one to store to (`db.c:sortGetKeys`).
fn sort_keys(words: &[Blob]) -> Vec<usize> {
    let (mut store, mut at) = (None, 2);
    while at < words.len() {
        at += match words[at].to_ascii_lowercase().as_slice() {
            b"limit" => 2,
            b"get" | b"by" => 1,
            b"store" if at + 1 < words.len() => {
                store = Some(at + 1);
                0
            }
            _ => 0,
        } + 1;
    }
    [1].into_iter().chain(store).collect()
}
