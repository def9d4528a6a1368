//! `resync-cli node`: one engine node on real sockets, started, configured and stopped as `redis-server` is.
//!
//! The mental picture: [`options`] reads what to be, this module starts it and says so in Redis' words (test
//! harnesses wait for them), [`server`] drives the node with [`socket`]s, [`disk`] and a clock. Absent:
//! daemonizing, the append-only file, cluster and TLS.

mod child;
mod disk;
mod log;
mod options;
mod server;
mod socket;

use std::hash::{BuildHasher, Hasher};
use std::process::ExitCode;

use resync::base::Version;
use resync::node::trace::Event;
use resync::node::{Boot, Config, Node};

pub use child::{WORD as SAVING_CHILD, wait_for_parent};
use log::Log;
use options::{Options, Request, plain};
use server::{Clock, Server};
use socket::Listener;

/// Runs a node until it is told to end.
pub fn run(args: &[String]) -> ExitCode {
    let options = match options::parse(args) {
        Ok(Request::Run(options)) => *options,
        Ok(Request::Print(text)) => {
            print!("{text}");
            return ExitCode::SUCCESS;
        }
        Err(problem) => {
            eprint!("{problem}");
            return ExitCode::FAILURE;
        }
    };
    match serve(options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}

fn serve(options: Options) -> Result<(), String> {
    let Options { mut config, warnings } = options;
    enter_dir(&mut config)?;
    let text = |name| config.get(name).unwrap_or_default();
    let log = Log::new(config.version, text("logfile"), text("loglevel"));
    introduce(&log, &config);
    for warning in warnings {
        log.line('M', '#', &warning);
    }
    let listeners = listen(&config, &log)?;
    disk::write_pid_file(&config);
    let clock = Clock::start();
    let node = start(config, &clock, &log)?;
    ready(&log, node.config(), &listeners);
    Server::new(node, clock, log, listeners).and_then(|mut server| server.run()).map_err(|e| e.to_string())
}

/// Works in `dir` from now on, and knows it by its full name.
fn enter_dir(config: &mut Config) -> Result<(), String> {
    let dir = config.get("dir").unwrap_or(".").to_string();
    let full = change_dir(&dir).map_err(|why| format!("Can't chdir to '{dir}': {why}"))?;
    config.set("dir", &full).map_err(|e| e.to_string())
}

/// Enters a folder; its full name, or why not.
fn change_dir(dir: &str) -> Result<String, String> {
    let entered = std::env::set_current_dir(dir).and_then(|()| std::env::current_dir());
    entered.map(|full| full.to_string_lossy().into_owned()).map_err(|error| plain(&error))
}

fn listen(config: &Config, log: &Log) -> Result<Vec<Listener>, String> {
    let mut listeners = Vec::new();
    let port = config.port();
    if port != 0 {
        listeners = socket::listen(config.get("bind").unwrap_or_default(), port).map_err(|(address, error)| {
            let why = plain(&error);
            match config.version {
                Version::V7_0 => {
                    log.line('M', '#', &format!("Warning: Could not create server TCP listening socket {address}:{port}: bind: {why}"));
                    log.line('M', '#', &format!("Failed listening on port {port} (TCP), aborting."));
                }
                _ => log.line('M', '#', &format!("Creating Server TCP listening socket {address}:{port}: bind: {why}")),
            }
            format!("port {port}: {why}")
        })?;
    }
    if let Some(path) = config.get("unixsocket").filter(|path| !path.is_empty()) {
        let listener = socket::listen_unix(path).map_err(|error| {
            let text = format!("Failed opening Unix socket: bind: {}", plain(&error));
            log.line('M', '#', &text);
            text
        })?;
        listeners.push(listener);
    }
    if listeners.is_empty() {
        let text = "Configured to not listen anywhere, exiting.";
        log.line('M', '#', text);
        return Err(text.to_string());
    }
    Ok(listeners)
}

/// Starts the node with what is on its disk. A dump that cannot be read ends the process, as it ends Redis.
fn start(config: Config, clock: &Clock, log: &Log) -> Result<Node, String> {
    let dump = disk::load(&config)
        .map_err(|error| fatal(log, &format!("Fatal error loading the DB: {}. Exiting.", plain(&error))))?;
    let (begun, loads) = (std::time::Instant::now(), dump.is_some());
    let boot = Boot { seed: seed(), epoch: clock.epoch, dump: dump.map(Into::into) };
    let mut node = Node::start_with_log(config, boot, clock.now());
    node.runs_in_process(std::process::id());
    node.enters_dirs_with(change_dir);
    for line in node.take_log() {
        log.line(line.role, line.level, &line.text);
    }
    for traced in node.take_trace() {
        if let Event::LoadFailed { error } = traced.event {
            // The log has said it; harnesses look at its last line.
            return Err(format!("Fatal error loading the DB: {error}. Exiting."));
        }
    }
    if loads && !node.is_booting() {
        let role = if node.is_replica() { 'S' } else { 'M' };
        log.line(role, '*', &format!("DB loaded from disk: {:.3} seconds", begun.elapsed().as_secs_f64()));
    }
    node.set_tracing(false);
    Ok(node)
}

fn fatal(log: &Log, text: &str) -> String {
    log.line('M', '#', text);
    text.to_string()
}

/// A seed that no other process has: the keys of a hash map come from the operating system.
fn seed() -> u64 {
    std::collections::hash_map::RandomState::new().build_hasher().finish()
}

/// The first lines of a log.
fn introduce(log: &Log, config: &Config) {
    let (release, pid, port) = (config.version.profile().release, std::process::id(), config.port());
    let modern = matches!(config.version, Version::V4_0 | Version::V7_0);
    if modern {
        log.line('C', '#', "oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo");
        let what = format!("bits=64, commit=00000000, modified=0, pid={pid}, just started");
        log.line('C', '#', &format!("Redis version={release}, {what}"));
    }
    if config.file().is_some() {
        if modern {
            log.line('C', '#', "Configuration loaded");
        }
    } else {
        let hint = "In order to specify a config file use resync-cli node /path/to/redis.conf";
        log.line(
            if modern { 'C' } else { 'M' },
            '#',
            &format!("Warning: no config file specified, using the default config. {hint}"),
        );
    }
    if config.get("always-show-logo") == Some("yes") || !modern {
        // Harnesses read the pid from here.
        log.raw(&format!(
            "\n    Resync, as Redis {release} (00000000/0) 64 bit\n\n    Running in standalone mode\n    Port: {port}\n    PID: {pid}\n\n"
        ));
    } else {
        log.line('M', '*', &format!("Running mode=standalone, port={port}."));
    }
    match config.version {
        Version::V2_6 | Version::V2_8 => {
            log.line('M', '#', &format!("Server started, Redis version {release}"))
        }
        Version::V4_0 | Version::V7_0 => log.line('M', '#', "Server initialized"),
    }
}

/// The lines that say that clients may come.
fn ready(log: &Log, config: &Config, listeners: &[Listener]) {
    let role = if config.replica_of().is_some() { 'S' } else { 'M' };
    if config.port() != 0 {
        let text = match config.version {
            Version::V4_0 | Version::V7_0 => "Ready to accept connections".to_string(),
            _ => format!("The server is now ready to accept connections on port {}", config.port()),
        };
        log.line(role, '*', &text);
    }
    for listener in listeners {
        if let Listener::Unix(_, path) = listener {
            log.line(role, '*', &format!("The server is now ready to accept connections at {path}"));
        }
    }
}
