//! The native command line: one module for each subcommand.

#[path = "resync-cli/node/mod.rs"]
mod node;
#[path = "resync-cli/run.rs"]
mod run;
#[path = "resync-cli/share.rs"]
mod share;
#[path = "resync-cli/swarm.rs"]
mod swarm;

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// A dataset is many small pieces of memory that come and go; this one hands them out a tenth faster than the C library
/// does.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// A subcommand: its name, what follows it, what it does, and its function.
struct Subcommand {
    name: &'static str,
    form: &'static str,
    what: &'static str,
    run: fn(&[String]) -> ExitCode,
}

const SUBCOMMANDS: [Subcommand; 6] = [
    Subcommand {
        name: "node",
        form: "[CONF] --port N [--redis 2.6|2.8|4.0|7.0] [--DIRECTIVE VALUE …]",
        what: "runs one node on a real TCP socket, started and configured as redis-server is",
        run: node::run,
    },
    Subcommand {
        name: "run",
        form: "FILE [--trace json|text]",
        what: "runs a scenario and prints its transcript, or every event; exits with 1 when an expectation fails",
        run: run::run,
    },
    Subcommand { name: "link", form: "FILE", what: "prints a scenario file as a link", run: share::link },
    Subcommand { name: "unlink", form: "URL", what: "prints the scenario in a link", run: share::unlink },
    Subcommand {
        name: "swarm",
        form: "--seeds A..B [--trace]",
        what: "runs random worlds with faults, every checker on; prints each that fails with its inputs",
        run: swarm::run,
    },
    Subcommand { name: "manual", form: "", what: "prints the manual of the scenario text", run: run::manual },
];

/// Exit code for a command line that cannot be understood.
const USAGE: u8 = 2;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let Some((name, rest)) = args.split_first() else {
        return usage("");
    };
    if name == node::SAVING_CHILD {
        return node::wait_for_parent(rest);
    }
    match SUBCOMMANDS.iter().find(|subcommand| subcommand.name == name) {
        Some(subcommand) => (subcommand.run)(rest),
        None if matches!(name.as_str(), "help" | "--help" | "-h") => {
            print!("{}", help());
            ExitCode::SUCCESS
        }
        None => usage(&format!("there is no subcommand {name}\n\n")),
    }
}

fn help() -> String {
    let mut out = String::from("resync-cli: Redis replication as a deterministic machine\n\n");
    for Subcommand { name, form, what, .. } in &SUBCOMMANDS {
        out.push_str(&format!("  resync-cli {name} {form}\n      {what}\n"));
    }
    out
}

/// Says what is wrong with the command line.
fn usage(problem: &str) -> ExitCode {
    eprint!("{problem}{}", help());
    ExitCode::from(USAGE)
}

/// A file's text, or the reason on standard error.
fn read(path: &str) -> Result<String, ExitCode> {
    std::fs::read_to_string(path).map_err(|error| {
        eprintln!("{path}: {error}");
        ExitCode::from(USAGE)
    })
}
