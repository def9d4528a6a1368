//! Hashes of whole histories, for comparing builds: the same code runs natively and as WebAssembly in Node.js, and
//! must name the same numbers (`tests/e2e/traces.test.mjs`).
//!
//! Natively: `cargo run --example trace_hashes -- SEEDS` prints a line for each of the random worlds 1 to SEEDS.

use resync::sim::swarm_hashed;
use wasm_bindgen::prelude::wasm_bindgen;

/// The hash of all events of a random world and the digest of its last state.
#[wasm_bindgen(js_name = worldHashes)]
pub fn world_hashes(seed: u32) -> String {
    let outcome = swarm_hashed(u64::from(seed));
    format!("{:016x} {:016x} {} events", outcome.trace.value(), outcome.digest, outcome.tally.events)
}

fn main() {
    let seeds = std::env::args().nth(1).and_then(|arg| arg.parse().ok()).unwrap_or(0);
    for seed in 1..=seeds {
        println!("world {seed}: {}", world_hashes(seed));
    }
}
