//! Hashes of whole histories, for comparing builds: the same code runs natively and as WebAssembly in Node.js, and
//! must name the same numbers (`tests/e2e/traces.test.mjs`).
//!
//! Natively, `cargo run --example trace_hashes -- SEEDS FILE…` prints a line for each of the random worlds 1 to
//! SEEDS and for each scenario file.

use std::rc::Rc;

use resync::scenario::{Bare, Runner, Scenario, Sight};
use resync::sim::{TraceHash, swarm_watched};
use wasm_bindgen::prelude::wasm_bindgen;

/// The hash of all events of a random world and the digest of its last state.
#[wasm_bindgen(js_name = worldHashes)]
pub fn world_hashes(seed: u32) -> String {
    let mut trace = TraceHash::default();
    let outcome = swarm_watched(u64::from(seed), &mut |event| trace.add(event));
    format!("{:016x} {:016x} {} events", trace.value(), outcome.digest, outcome.tally.events)
}

/// The same of a scenario; one that fails says how, after its hashes.
#[wasm_bindgen(js_name = scenarioHashes)]
pub fn scenario_hashes(text: &str) -> String {
    let scenario = match Scenario::parse(text) {
        Ok(scenario) => scenario,
        Err(error) => return format!("no scenario: {error}"),
    };
    let mut host = Bare::new(scenario.seed());
    let (mut trace, mut events) = (TraceHash::default(), 0);
    let end = Runner::new(Rc::new(scenario)).finish(&mut host, &mut |sight| {
        if let Sight::Event(_, event) = sight {
            trace.add(event);
            events += 1;
        }
    });
    let end = end.map_or_else(|failure| format!(", stopped at {failure}"), |()| String::new());
    format!("{:016x} {:016x} {events} events{end}", trace.value(), host.world.digest())
}

fn main() {
    let mut args = std::env::args().skip(1);
    let seeds = args.next().and_then(|arg| arg.parse().ok()).unwrap_or(0);
    for seed in 1..=seeds {
        println!("world {seed}: {}", world_hashes(seed));
    }
    for path in args {
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        println!("{path}: {}", scenario_hashes(&text));
    }
}
