//! How many replicated SETs a second: our world beside a real pair of Redis 7.0.15, in the same run.
//!
//! Both sides take the same load (`SET key:<12 digits> <64 bytes>` over 100,000 keys, pipelined by 128) and both
//! are measured from the first byte of it until the replica has applied what the master has written. Ours is the
//! whole way in one thread: client bytes, master, backlog, link, replica; once with the trace that the page
//! needs, once with none. The real pair has two processes, and `redis-benchmark` as a third: what else runs on the
//! machine slows it more than ours, so the best rounds are compared beside the medians.
//!
//! `cargo bench --bench replication -- 500000` measures with that many requests; with the word `ours` after it
//! only our world, which is what a profiler wants.

#[path = "../tests/support/mod.rs"]
mod support;

use std::process::Command;
use std::time::Instant;

use bytes::Bytes;
use mimalloc::MiMalloc;
use resync::base::{Rng, Span, Version};
use resync::resp::encode_command;
use resync::sim::{Input, World};
use support::{Kind, Server, wait_until};

/// The allocator of the command line.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

const REQUESTS: u64 = 1_000_000;
const ROUNDS: usize = 5;
const KEYS: u64 = 100_000;
const PIPELINE: u64 = 128;
const VALUE: [u8; 64] = [b'x'; 64];

fn main() {
    let wanted = std::env::args().skip(1).find_map(|arg| arg.parse().ok());
    let requests = wanted.unwrap_or(REQUESTS) / PIPELINE * PIPELINE;
    let alone = std::env::args().any(|arg| arg == "ours");
    let load = load(requests);
    println!(
        "{requests} SETs of 64 bytes over {KEYS} keys, pipelined by {PIPELINE}; replicated SETs a second:\n"
    );
    let mut rates = [const { Vec::new() }; 3];
    for round in 1..=ROUNDS {
        let real = if alone { f64::NAN } else { real_pair()(requests) };
        let now = [ours(&load, true), ours(&load, false), real];
        println!(
            "  round {round}   traced {:>9.0}   untraced {:>9.0}   real pair {:>9.0}",
            now[0], now[1], now[2]
        );
        rates.iter_mut().zip(now).for_each(|(rates, rate)| rates.push(rate));
    }
    rates.iter_mut().for_each(|rates| rates.sort_by(f64::total_cmp));
    for (name, at) in [("median", ROUNDS / 2), ("best", ROUNDS - 1)] {
        let [traced, untraced, real] = rates.each_ref().map(|rates| rates[at]);
        println!("\n  {name} of {ROUNDS} rounds");
        println!("  our world, trace on           {traced:>10.0}   {:.2} times the real pair", traced / real);
        println!(
            "  our world, null sink          {untraced:>10.0}   {:.2} times the real pair",
            untraced / real
        );
        println!("  real 7.0.15 pair              {real:>10.0}");
    }
}

/// The bytes of the load, one piece a pipeline.
fn load(requests: u64) -> Vec<Bytes> {
    let mut rng = Rng::new(1, 0);
    let mut pieces = Vec::new();
    for _ in 0..requests / PIPELINE {
        let mut piece = Vec::new();
        for _ in 0..PIPELINE {
            let key = format!("key:{:012}", rng.below(KEYS));
            encode_command(&mut piece, [b"SET".as_slice(), key.as_bytes(), &VALUE]);
        }
        pieces.push(piece.into());
    }
    pieces
}

/// Replicated requests a second in a simulated world of two 7.0 nodes.
fn ours(load: &[Bytes], traced: bool) -> f64 {
    let mut world = World::new(1);
    for (name, master) in [("a", None), ("b", Some("a 6379"))] {
        let options = master.map(|master| ("replicaof".to_owned(), master.to_owned())).into_iter().collect();
        let node = Input::AddNode { name: name.into(), version: Version::V7_0, options };
        world.apply(&node).expect("a node can be added");
    }
    world
        .apply(&Input::Configure {
            node: "a".into(),
            directive: "repl-ping-replica-period".into(),
            value: "3600".into(),
        })
        .expect("the directive exists");
    let link =
        Input::Link { a: "a".into(), b: "b".into(), latency: Some(Span::from_us(100)), bandwidth: None };
    world.apply(&link).expect("both nodes exist");
    run_until_equal(&mut world);
    world.take_events();
    world.set_tracing(traced);

    let start = Instant::now();
    let mut events = 0_u64;
    for piece in load {
        world.apply(&Input::Raw { node: "a".into(), bytes: piece.clone() }).expect("the node runs");
        world.advance_to(world.now() + Span::from_ms(1));
        world.drain_events(|_| events += 1);
    }
    run_until_equal(&mut world);
    world.drain_events(|_| events += 1);
    let seconds = start.elapsed().as_secs_f64();
    assert_eq!(events > 0, traced, "the trace is on when it is measured with it");
    (load.len() as u64 * PIPELINE) as f64 / seconds
}

/// Lets time pass, a second at a time (asking costs more than passing it), until the replica has applied everything that the master has written.
fn run_until_equal(world: &mut World) {
    for _ in 0..100 {
        let view = |name: &str| {
            let node = world.node_named(name).and_then(|entry| entry.node.as_ref()).expect("the node runs");
            node.view(world.now())
        };
        let applied = view("b").master.and_then(|master| master.applied);
        if applied.is_some() && applied == view("a").offset && !view("a").replicas.is_empty() {
            return;
        }
        world.advance_to(world.now() + Span::from_ms(1000));
    }
    panic!("the replica did not catch up");
}

/// Starts a real pair; the returned function measures it.
fn real_pair() -> impl Fn(u64) -> f64 {
    let master =
        Server::start(Kind::Real70, &["repl-ping-replica-period 3600", "repl-diskless-sync-delay 0"]);
    let replica = Server::start(Kind::Real70, &[&format!("replicaof 127.0.0.1 {}", master.port)]);
    wait_until("the replica is in sync", || {
        replica.client().info("master_link_status").as_deref() == Some("up")
            && master.client().info("slave0").is_some_and(|line| line.contains("state=online"))
    });
    move |requests| {
        let (mut to_master, mut to_replica) = (master.client(), replica.client());
        let start = Instant::now();
        let status = Command::new("redis-benchmark")
            .args(["-p", &master.port.to_string(), "-t", "set", "-P", &PIPELINE.to_string()])
            .args([
                "-r",
                &KEYS.to_string(),
                "-d",
                &VALUE.len().to_string(),
                "-n",
                &requests.to_string(),
                "-q",
            ])
            .stdout(std::process::Stdio::null())
            .status()
            .expect("redis-benchmark is installed (`tools/setup servers`)");
        assert!(status.success(), "redis-benchmark ended with {status}");
        while to_replica.info_number("slave_repl_offset") != to_master.info_number("master_repl_offset") {}
        requests as f64 / start.elapsed().as_secs_f64()
    }
}
