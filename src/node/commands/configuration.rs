//! CONFIG GET, SET, RESETSTAT and REWRITE (`config.c`).

use crate::base::Instant;
use crate::keyspace::glob;
use crate::node::config::ConfigError;
use crate::node::directives::directive;
use crate::node::stats::Stats;
use crate::node::{Action, ConnId, Node};
use crate::resp::{Argv, Reply};

pub(super) fn config(node: &mut Node, _: ConnId, argv: &Argv, reply: &mut Reply) {
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
        "set" => set(node, argv, reply),
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
        "    Print this help.",
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

fn set(node: &mut Node, argv: &Argv, reply: &mut Reply) {
    let pairs = &argv[2..];
    if pairs.len() % 2 == 1 {
        return reply.error("ERR syntax error");
    }
    let before = node.config.clone();
    for pair in pairs.chunks_exact(2) {
        // A name ends at a NUL, as texts do in C.
        let name = pair[0].split(|b| *b == 0).next().unwrap_or_default();
        let name = String::from_utf8_lossy(name).into_owned();
        let value = String::from_utf8_lossy(&pair[1]).into_owned();
        if let Err(error) = set_one(node, &name, &value) {
            node.config = before;
            return reply.error(error);
        }
    }
    apply(node, &before);
    reply.ok();
}

fn set_one(node: &mut Node, name: &str, value: &str) -> Result<(), String> {
    let newer = node.profile.says_replica();
    let Some(found) = directive(name, node.profile) else {
        return Err(match newer {
            true => format!("ERR Unknown option or number of arguments for CONFIG SET - '{name}'"),
            false => format!("ERR Unsupported CONFIG parameter: {name}"),
        });
    };
    let waits = matches!(name.to_ascii_lowercase().as_str(), "appendonly" | "repl-diskless-load" | "dir");
    if newer && waits && (node.is_loading() || node.is_loading_aside()) {
        return Err("LOADING Redis is loading the dataset in memory".to_string());
    }
    if !found.mutable {
        return Err(match newer {
            true => format!(
                "ERR CONFIG SET failed (possibly related to argument '{name}') - can't set immutable config"
            ),
            false => format!("ERR Unsupported CONFIG parameter: {name}"),
        });
    }
    node.config.set(name, value).map_err(|error| match (newer, error) {
        (true, ConfigError::Invalid(why)) => {
            format!("ERR CONFIG SET failed (possibly related to argument '{name}') - {why}")
        }
        _ => {
            let value = value.split('\0').next().unwrap_or_default();
            format!("ERR Invalid argument '{value}' for CONFIG SET '{name}'")
        }
    })
}

/// What takes effect at once.
fn apply(node: &mut Node, before: &crate::node::Config) {
    let (_, old) = before.backlog(node.profile);
    let (_, new) = node.config.backlog(node.profile);
    if old != new {
        node.resize_backlog(new);
    }
    if node.config.live().requirepass.is_none() {
        for client in node.clients.values_mut() {
            client.authenticated = true;
        }
    }
}

impl Node {
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
