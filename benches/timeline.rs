//! What time travel costs: seeks, memory and recording, at 1,000, 10,000 and 100,000 events.
//!
//! A master with a constant load, two replicas, and a link that is cut now and then. Aims: a random seek within one
//! frame (16 ms) at the 99th percentile, recording under 20 %, memory under 64 MB.

use std::fs;
use std::time::{Duration, Instant as Clock};

use resync::base::{Instant, Rng, Span};
use resync::scenario::{Bare, Host, Scenario};
use resync::sim::{Input, Way};
use resync::timeline::Timeline;

const SETUP: &str = "resync 1\nnode a redis=2.8 repl-backlog-size=64kb\nnode b redis=2.8 slaveof=\"a 6379\"\n\
node c redis=7.0 replicaof=\"a 6379\"\nevery 20ms a> SET key:{n} some-value-of-a-usual-length\n\
every 50ms a> INCR counter\nevery 30s a> FLUSHALL";

fn main() {
    let head = ["events", "p50", "p99", "max", "checkpoints", "memory", "recording"];
    println!("{}", head.map(|name| format!("{name:>12}")).join(""));
    for events in [1_000, 10_000, 100_000] {
        println!("{}", row(events).map(|cell| format!("{cell:>12}")).join(""));
    }
}

fn row(events: usize) -> [String; 7] {
    let before = resident();
    let mut timeline = recorded(events);
    let memory = resident().saturating_sub(before) / (1 << 20);
    let seeks = seeks(&mut timeline);
    let at = |share: usize| format!("{:.2} ms", seeks[(seeks.len() - 1) * share / 100].as_secs_f64() * 1e3);
    [
        timeline.events().len().to_string(),
        at(50),
        at(99),
        at(100),
        timeline.checkpoints().to_string(),
        format!("{memory} MB"),
        format!("{:+.1} %", overhead(timeline.end().at)),
    ]
}

fn inputs() -> Vec<Input> {
    let scenario = Scenario::parse(SETUP).expect("a good text");
    scenario.statements().flat_map(|(_, statement)| statement.inputs()).collect()
}

fn recorded(events: usize) -> Timeline {
    let mut timeline = Timeline::new(1);
    for input in inputs() {
        timeline.act(&input).expect("a good input");
    }
    while timeline.events().len() < events {
        timeline.run_to(timeline.now() + Span::from_ms(50));
        let (from, to, way) = ("a".into(), "b".into(), Way::Both);
        match timeline.now().as_ms() % 20_000 {
            10_000 => drop(timeline.act(&Input::Cut { from, to, way })),
            12_000 => drop(timeline.act(&Input::Heal { from, to, way })),
            _ => {}
        }
    }
    timeline
}

/// The times of random seeks, in order. Each is measured three times, and the best one counts: what other programs do
/// to the machine is not meant.
fn seeks(timeline: &mut Timeline) -> Vec<Duration> {
    const SEEKS: usize = 500;
    let mut rng = Rng::new(1, 1);
    let end = timeline.end().at.0;
    let mut times: Vec<Duration> = (0..SEEKS)
        .map(|_| {
            let (from, to) = (Instant(rng.below(end)), Instant(rng.below(end)));
            let once = |timeline: &mut Timeline| {
                timeline.seek_time(from);
                let start = Clock::now();
                timeline.seek_time(to);
                start.elapsed()
            };
            (0..3).map(|_| once(timeline)).min().expect("three times")
        })
        .collect();
    times.sort();
    times
}

/// How much longer a recorded run takes than one whose events are only looked at, in percent.
fn overhead(end: Instant) -> f64 {
    const RUNS: usize = 5;
    let (mut bare, mut recorded) = (Duration::MAX, Duration::MAX);
    for _ in 0..RUNS {
        let start = Clock::now();
        let mut host = Bare::new(1);
        inputs().iter().for_each(|input| host.act(input, &mut |_, _| {}).expect("a good input"));
        while let Some((due, _)) = host.world.next_event().filter(|(due, _)| *due <= end) {
            host.advance(due, &mut |_, _| {});
        }
        bare = bare.min(start.elapsed());
        let start = Clock::now();
        let mut timeline = Timeline::new(1);
        for input in inputs() {
            timeline.act(&input).expect("a good input");
        }
        timeline.run_to(end);
        recorded = recorded.min(start.elapsed());
    }
    (recorded.as_secs_f64() / bare.as_secs_f64() - 1.0) * 100.0
}

/// Resident memory in bytes (Linux; elsewhere 0).
fn resident() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse::<u64>().ok()).unwrap_or(0) * 1024
}
