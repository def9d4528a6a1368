//! What tests against real servers share: servers that start and stop with a value, a small blocking client,
//! and a link that can be cut.
//!
//! [`Server`] runs a real Redis of either age or our own node behind the same face, so that one test can be
//! played in every direction. Everything stays on the loopback interface, on free ports, in folders of its own.

#![allow(dead_code, unused_imports)] // every test binary uses its own part

pub mod client;
pub mod pair;
pub mod proxy;
pub mod server;

use std::time::{Duration, Instant};

pub use client::Client;
pub use pair::Pair;
pub use proxy::Proxy;
pub use server::{Kind, Server, refusal};

/// How long a test waits for something that must come true. Redis' own retries take a second each.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Asks until `value` gives something, and returns it; after [`PATIENCE`] the test fails with what was hoped for.
#[track_caller]
pub fn wait_for<T>(hope: &str, mut value: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(value) = value() {
            return value;
        }
        assert!(start.elapsed() < PATIENCE, "after {PATIENCE:?} still not: {hope}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Waits until `condition` holds.
#[track_caller]
pub fn wait_until(hope: &str, mut condition: impl FnMut() -> bool) {
    wait_for(hope, || condition().then_some(()));
}
