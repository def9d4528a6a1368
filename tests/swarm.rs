//! Some random worlds, and what they must reach. `make test` runs 2,000 more through `resync-cli swarm`.

use resync::sim::{TraceHash, swarm_many, swarm_watched};

#[test]
fn random_worlds_come_to_rest() {
    let (failed, tally) = swarm_many(10_000..10_060, |_| {});
    for outcome in &failed {
        println!("{outcome}");
    }
    assert!(failed.is_empty(), "{} worlds failed", failed.len());
    for (what, count) in [
        ("full synchronisations", tally.full),
        ("partial synchronisations", tally.partial),
        ("SYNC of old masters", tally.old_sync),
        ("commands applied", tally.applied),
        ("lost links", tally.links_lost),
        ("promotions", tally.promotions),
        ("crashes", tally.crashes),
        ("checks", tally.checks),
    ] {
        assert!(count > 0, "no {what} in all these worlds");
    }
}

#[test]
fn a_seed_is_a_world() {
    let run = |seed| {
        let mut trace = TraceHash::default();
        let outcome = swarm_watched(seed, &mut |event| trace.add(event));
        (trace, outcome.digest, outcome.tally)
    };
    let first = run(10_100);
    assert_eq!(first, run(10_100));
    assert_ne!(first, run(10_101));
}
