//! `resync-cli swarm`: random worlds with faults, every checker on.
//!
//! With `--trace` every event of every world is printed, too: what is needed to understand a failing seed.

use std::ops::Range;
use std::process::ExitCode;

use resync::sim::{Tally, WorldEvent, swarm_watched};

/// Runs the worlds of a range of seeds; prints what they reached, and each that failed with its inputs.
pub fn run(args: &[String]) -> ExitCode {
    let (range, trace) = match args {
        [flag, range] if flag == "--seeds" => (range, false),
        [flag, range, last] if flag == "--seeds" && last == "--trace" => (range, true),
        _ => return crate::usage("swarm takes --seeds A..B (B excluded) and perhaps --trace\n\n"),
    };
    let Some(seeds) = seeds(range) else {
        return crate::usage(&format!("{range} is not a range of seeds such as 0..100\n\n"));
    };
    let (mut failed, mut tally) = (0, Tally::default());
    let mut watch = |event: &WorldEvent| {
        if trace {
            let node = event.node.map_or("-".into(), |node| node.0.to_string());
            println!("{} node {node} {:?}", event.at, event.kind);
        }
    };
    for seed in seeds.clone() {
        let outcome = swarm_watched(seed, &mut watch);
        tally = tally.plus(outcome.tally);
        if outcome.failure.is_some() {
            failed += 1;
            println!("{outcome}");
        }
    }
    println!("{} worlds, {failed} failed", seeds.end - seeds.start);
    println!("{tally:#?}");
    match failed {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

/// `A..B`, or a single seed.
fn seeds(text: &str) -> Option<Range<u64>> {
    match text.split_once("..") {
        Some((from, to)) => {
            let (from, to): (u64, u64) = (from.parse().ok()?, to.parse().ok()?);
            (from < to).then_some(from..to)
        }
        None => text.parse().ok().map(|seed: u64| seed..seed + 1),
    }
}
