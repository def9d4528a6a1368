//! CONFIG GET, SET, RESETSTAT and REWRITE (`config.c`).

use crate::base::Instant;
use crate::keyspace::glob;
use crate::node::config::{ConfigError, memory};
use crate::node::directives::{Kind, directive};
use crate::node::stats::Stats;
use crate::node::{Action, ConnId, EnterDir, Node};
use crate::resp::{Argv, Reply};

pub(super) fn config(node: &mut Node, conn: ConnId, argv: &Argv, reply: &mut Reply) {
    let newer = node.profile.says_replica();
    let word = String::from_utf8_lossy(&argv[1]).to_ascii_lowercase();
    let words = argv.len();
    let arity_ok = match word.as_str() {
        "get" => words == 3 || newer && words > 3,
        "set" => words == 4 || newer && words > 4,
        "resetstat" => words == 2,
        "rewrite" if node.profile.speaks_psync() => words == 2,
        "help" if node.profile.speaks_psync2() => words == 2,
        _ => return reply.error(super::unknown_subcommand(node.profile, "config", &argv[1])),
    };
    if !arity_ok {
        return reply.error(super::wrong_subcommand_arity(
            node.profile,
            "config",
            &String::from_utf8_lossy(&argv[1]),
        ));
    }
    match word.as_str() {
        "get" => get(node, argv, reply),
        "set" => set(node, conn, argv, reply),
        "resetstat" => {
            node.stats = Stats::default();
            reply.ok();
        }
        "rewrite" if node.config.file().is_none() => {
            reply.error("ERR The server is running without a config file");
        }
        "rewrite" => {
            node.actions.push_back(Action::RewriteConfig);
            node.warn(|_| "CONFIG REWRITE executed with success.".to_string());
            reply.ok();
        }
        _ => help(reply),
    }
}

fn help(reply: &mut Reply) {
    let lines = [
        "CONFIG <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
        "GET <pattern>",
        "    Return parameters matching the glob-like <pattern> and their values.",
        "SET <directive> <value>",
        "    Set the configuration <directive> to <value>.",
        "RESETSTAT",
        "    Reset statistics reported by the INFO command.",
        "REWRITE",
        "    Rewrite the configuration file.",
        "HELP",
        "    Prints this help.",
    ];
    reply.array(lines.len());
    lines.iter().for_each(|line| reply.simple(line));
}

fn get(node: &mut Node, argv: &Argv, reply: &mut Reply) {
    let patterns: Vec<Vec<u8>> = argv[2..].iter().map(|p| p.to_ascii_lowercase()).collect();
    let wanted = |name: &str| patterns.iter().any(|p| glob(p, name.as_bytes()));
    let mut found: Vec<(&str, &str)> = Vec::new();
    for (directive, name, value) in node.config.listed() {
        let shown = value;
        let named = || patterns.iter().any(|p| p == name.as_bytes());
        if wanted(name) && (!directive.hidden || named()) {
            found.push((name, shown));
        }
        if let Some(alias) = directive.alias_in(node.profile).filter(|alias| wanted(alias)) {
            found.push((alias, shown));
        }
    }
    reply.array(found.len() * 2);
    let master = node.upstream.as_ref().map(|u| format!("{} {}", u.host, u.port));
    for (name, value) in found {
        reply.bulk(name);
        match name {
            "replicaof" | "slaveof" => reply.bulk(master.as_deref().unwrap_or("")),
            _ => reply.bulk(value),
        }
    }
}

fn set(node: &mut Node, conn: ConnId, argv: &Argv, reply: &mut Reply) {
    let pairs = &argv[2..];
    if pairs.len() % 2 == 1 {
        return reply.error("ERR syntax error");
    }
    let names: Vec<String> = pairs.iter().step_by(2).map(|name| text_in_c(name)).collect();
    for (at, name) in names.iter().enumerate() {
        if let Err(error) = may_set(node, conn, name, &names[..at]) {
            return reply.error(error);
        }
    }
    let before = node.config.clone();
    for (name, pair) in names.iter().zip(pairs.chunks_exact(2)) {
        if let Err(error) = set_one(node, name, &String::from_utf8_lossy(&pair[1])) {
            node.config = before;
            return reply.error(error);
        }
    }
    if let Some(error) = listens_elsewhere(node, &before) {
        node.config = before;
        return reply.error(error);
    }
    apply(node, &before);
    reply.ok();
}

/// A server stays where it listens: another port or address is refused as if it could not be had.
fn listens_elsewhere(node: &Node, before: &crate::node::Config) -> Option<String> {
    let places = [
        ("port", "Unable to listen on this port. Check server logs."),
        ("bind", "Failed to bind to specified addresses."),
    ];
    let (name, why) = places.into_iter().find(|(name, _)| node.config.get(name) != before.get(name))?;
    Some(format!("ERR CONFIG SET failed (possibly related to argument '{name}') - {why}"))
}

/// A name ends at a NUL, as texts do in C.
fn text_in_c(name: &[u8]) -> String {
    let name = name.split(|b| *b == 0).next().unwrap_or_default();
    String::from_utf8_lossy(name).into_owned()
}

/// Whether this client may set a directive; `earlier` are those that stand before it in the command.
fn may_set(node: &Node, conn: ConnId, name: &str, earlier: &[String]) -> Result<(), String> {
    let newer = node.profile.says_replica();
    let Some(found) = directive(name, node.profile) else {
        return Err(match newer {
            true => format!("ERR Unknown option or number of arguments for CONFIG SET - '{name}'"),
            false => format!("ERR Unsupported CONFIG parameter: {name}"),
        });
    };
    if !newer {
        // Where it listens can be changed since 7.0.
        return match found.mutable && !matches!(found.name_in(node.profile), "port" | "bind") {
            true => Ok(()),
            false => Err(format!("ERR Unsupported CONFIG parameter: {name}")),
        };
    }
    let known = found.name_in(node.profile);
    let waits = matches!(known, "appendonly" | "repl-diskless-load" | "dir");
    let why = if !found.mutable {
        "can't set immutable config"
    } else if matches!(known, "dir" | "dbfilename") && !node.allows("enable-protected-configs", conn) {
        "can't set protected config"
    } else if waits && (node.is_loading() || node.is_loading_aside()) {
        return Err("LOADING Redis is loading the dataset in memory".to_string());
    } else if earlier.iter().any(|other| other.eq_ignore_ascii_case(name)) {
        "duplicate parameter"
    } else {
        return Ok(());
    };
    Err(format!("ERR CONFIG SET failed (possibly related to argument '{name}') - {why}"))
}

fn set_one(node: &mut Node, name: &str, value: &str) -> Result<(), String> {
    let newer = node.profile.says_replica();
    let failed = |why: &str| {
        let name = name.to_ascii_lowercase();
        format!("ERR CONFIG SET failed (possibly related to argument '{name}') - {why}")
    };
    let entered = match node.enters_dirs {
        Some(enter) if name.eq_ignore_ascii_case("dir") => enter(value).map(Some),
        _ => Ok(None),
    };
    if let Err(why) = entered {
        return Err(match newer {
            true => failed(&why),
            false => format!("ERR Changing directory: {why}"),
        });
    }
    let value = entered.ok().flatten().unwrap_or_else(|| value.to_string());
    let has_unit = |word: &str| memory(word).is_some() && word.parse::<u64>().is_err();
    let is_size = directive(name, node.profile)
        .is_some_and(|found| matches!(found.kind, Kind::Memory(_) | Kind::BufferLimits));
    let set = match is_size && !node.profile.speaks_psync2() && value.split(' ').any(has_unit) {
        // Units are for the file alone (up to 3.x).
        true => Err(ConfigError::Unknown),
        false => node.config.set(name, &value),
    };
    set.map_err(|error| match (newer, error) {
        (true, ConfigError::Invalid(why)) => failed(&why),
        _ => {
            let value = value.split('\0').next().unwrap_or_default();
            format!("ERR Invalid argument '{value}' for CONFIG SET '{name}'")
        }
    })
}

/// What takes effect at once.
fn apply(node: &mut Node, before: &crate::node::Config) {
    if node.config.live().backlog_size != before.live().backlog_size {
        node.config.raise_backlog_size();
    }
    let (_, old) = before.backlog(node.profile);
    let (_, new) = node.config.backlog(node.profile);
    if old != new {
        node.resize_backlog(new);
    }
    node.count_good_replicas();
    if node.config.live().requirepass.is_none() {
        for client in node.clients.values_mut() {
            client.authenticated = true;
        }
    }
}

impl Node {
    /// How the driver enters the folder that `CONFIG SET dir` names.
    pub fn enters_dirs_with(&mut self, enter: EnterDir) {
        self.enters_dirs = Some(enter);
    }

    /// Whether a client may do what `yes`, `no` or `local` in this directive decides (`config.c:allowProtectedAction`).
    pub(in crate::node) fn allows(&self, directive: &str, conn: ConnId) -> bool {
        match self.config.get(directive) {
            Some("yes") => true,
            Some("local") => self.clients.get(&conn).is_some_and(|c| c.is_local()),
            _ => false,
        }
    }

    /// Sets a directive of the running process, as `CONFIG SET` would; `slaveof` and `replicaof` act like the command
    /// (an empty value or `no one` ends it). An error says that only the next start can use it.
    pub fn configure(&mut self, now: Instant, name: &str, value: &str) -> Result<(), ConfigError> {
        self.begin_turn(now);
        let found = directive(name, self.profile).ok_or(ConfigError::Unknown)?;
        let mut config = self.config.clone();
        config.set(name, value)?;
        if matches!(found.name_in(self.profile), "slaveof" | "replicaof") {
            match config.replica_of() {
                Some((host, port)) => self.follow(host, port),
                None => self.unfollow(),
            }
        } else if !found.mutable {
            return Err(ConfigError::Invalid("takes effect at the next start".into()));
        } else {
            let before = std::mem::replace(&mut self.config, config);
            apply(self, &before);
        }
        self.before_sleep();
        Ok(())
    }
}
