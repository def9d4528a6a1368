//! The promises of a timeline, on random histories.

use super::*;
use crate::base::{Rng, Span, Version};
use crate::scenario::Statement;
use crate::sim::Way;

const NODES: [&str; 3] = ["a", "b", "c"];

fn scenario(text: &str) -> Scenario {
    Scenario::parse(&format!("resync 1\n{text}")).expect("a good text")
}

fn opened(text: &str) -> Timeline {
    let opened = Replay::new(scenario(text)).finish().expect("a short scenario");
    assert_eq!(opened.stopped, None);
    opened.timeline
}

fn pick<'a, T: ?Sized>(rng: &mut Rng, from: &[&'a T]) -> &'a T {
    from[rng.below(from.len() as u64) as usize]
}

fn random_line(rng: &mut Rng) -> String {
    let n = rng.below(20);
    match rng.below(9) {
        0 => format!("SLAVEOF {} 6379", pick(rng, &NODES)),
        1 => "SLAVEOF NO ONE".into(),
        2 => format!("INCR counter:{n}"),
        3 => format!("DEL key:{n}"),
        4 => format!("SET key:{n} value PX {}", 1 + rng.below(3_000)),
        5 => format!("GET \"key:{n}\""),
        6 => "INFO replication".into(),
        _ => format!("SET key:{n} {}", "v".repeat(rng.below(60) as usize)),
    }
}

fn random_input(rng: &mut Rng) -> Input {
    let node: crate::sim::Name = pick(rng, &NODES).into();
    let from = node.clone();
    let to: crate::sim::Name = pick(rng, &NODES).into();
    let way = if rng.chance(1, 3) { Way::OneWay } else { Way::Both };
    match rng.below(24) {
        0 => Input::Cut { from, to, way: Way::Both },
        1..=3 => Input::Heal { from, to, way: Way::Both },
        4 => Input::Blackhole { from, to, way },
        5 => Input::Latency { from, to, way, latency: Span::from_ms(rng.below(300)) },
        6 => Input::Crash { node },
        7 | 8 => Input::Restart { node },
        9 => Input::Pause { node },
        10 => Input::Resume { node },
        11 => Input::Workload {
            node,
            every: Span::from_ms(100 + rng.below(900)),
            line: random_line(rng),
            count: Some(5),
        },
        12 => Input::StopWorkload { node },
        _ => Input::Type { node, line: random_line(rng) },
    }
}

fn three_nodes(seed: u64) -> Timeline {
    let mut timeline = Timeline::new(seed);
    for (name, version) in NODES.into_iter().zip([Version::V2_8, Version::V2_8, Version::V7_0]) {
        let options = vec![("teaching-backlog".into(), "200".into())];
        timeline.act(&Input::AddNode { name: name.into(), version, options }).expect("a new node");
    }
    timeline
}

/// Does something at random, or lets time pass.
fn live_a_little(timeline: &mut Timeline, rng: &mut Rng) {
    if rng.chance(1, 2) {
        // What cannot be done at the moment is refused; that is part of the game.
        let _ = timeline.act(&random_input(rng));
    } else {
        let span = Span(rng.below(Span::from_ms(1_500).0));
        timeline.run_to(timeline.now() + span);
    }
}

/// A recording, with the digest and the number of events at many of its moments.
fn lived(seed: u64, deeds: usize) -> (Timeline, Vec<(Moment, u64, usize)>) {
    let mut rng = Rng::new(seed, 9);
    let mut timeline = three_nodes(seed);
    let mut seen = Vec::new();
    for _ in 0..deeds {
        live_a_little(&mut timeline, &mut rng);
        seen.push((timeline.moment(), timeline.digest(), timeline.visible()));
    }
    (timeline, seen)
}

#[test]
fn after_a_seek_the_world_is_the_recorded_one() {
    for seed in 1..=6 {
        let (mut timeline, seen) = lived(seed, 120);
        let mut rng = Rng::new(seed, 10);
        for _ in 0..60 {
            let (moment, digest, visible) = seen[rng.below(seen.len() as u64) as usize];
            timeline.seek(moment);
            assert_eq!((timeline.moment(), timeline.digest()), (moment, digest), "seed {seed}");
            assert_eq!(timeline.visible(), visible, "seed {seed}, {moment:?}");
        }
    }
}

#[test]
fn the_log_is_in_the_order_of_time() {
    for seed in 1..=6 {
        let (timeline, _) = lived(seed, 150);
        let times: Vec<Instant> = timeline.events().iter(0..usize::MAX).map(|(_, event)| event.at).collect();
        let wrong = times.windows(2).position(|pair| pair[0] > pair[1]);
        assert_eq!(wrong, None, "seed {seed}: {:?}", wrong.map(|at| timeline.events().get(at + 1)));
    }
}

#[test]
fn going_on_after_a_seek_is_going_on_without_one() {
    let (mut timeline, seen) = lived(7, 80);
    let later = timeline.now() + Span::from_secs(20);
    let mut straight = timeline.clone();
    straight.run_to(later);
    timeline.seek(seen[3].0);
    timeline.seek_end();
    timeline.run_to(later);
    assert_eq!(timeline.digest(), straight.digest());
    assert_eq!(timeline.events().len(), straight.events().len());
    timeline.seek(seen[10].0);
    timeline.run_to(later);
    assert_eq!(timeline.digest(), straight.digest());
}

#[test]
fn a_fork_leaves_the_old_future_as_it_was() {
    for seed in 1..=4 {
        let (mut timeline, seen) = lived(seed, 60);
        let old = timeline.current_branch();
        let (end, digest) = (timeline.end(), {
            timeline.seek_end();
            timeline.digest()
        });
        timeline.seek(seen[20].0);
        let acted = timeline.act(&Input::Type { node: "a".into(), line: "SET other path".into() });
        let Ok(Acted::Forked(new)) = acted else { panic!("seed {seed}: {acted:?}") };
        let mut rng = Rng::new(seed, 11);
        for _ in 0..40 {
            live_a_little(&mut timeline, &mut rng);
        }
        let (new_end, new_digest) = (timeline.end(), timeline.digest());
        assert!(timeline.switch(old));
        timeline.seek_end();
        assert_eq!((timeline.moment(), timeline.digest()), (end, digest), "seed {seed}");
        for (moment, digest, visible) in seen.iter().step_by(7) {
            timeline.seek(*moment);
            assert_eq!((timeline.digest(), timeline.visible()), (*digest, *visible), "seed {seed}");
        }
        assert!(timeline.switch(new));
        timeline.seek_end();
        assert_eq!((timeline.moment(), timeline.digest()), (new_end, new_digest), "seed {seed}");
        assert_eq!(timeline.branches().len(), 2);
    }
}

#[test]
fn what_is_refused_in_the_past_leaves_no_branch_behind() {
    let (mut timeline, seen) = lived(2, 30);
    timeline.seek(seen[5].0);
    let before = timeline.digest();
    assert!(timeline.act(&Input::Crash { node: "nobody".into() }).is_err());
    assert_eq!(timeline.act(&Input::Type { node: "a".into(), line: "  ".into() }), Ok(Acted::Nothing));
    assert_eq!((timeline.branches().len(), timeline.digest()), (1, before));
}

#[test]
fn branches_are_kept_up_to_a_number() {
    let mut timeline = three_nodes(1);
    timeline.run_to(Instant::from_ms(100));
    for n in 0..BRANCHES_MAX + 10 {
        timeline.seek_time(Instant::from_ms(50));
        timeline.act(&Input::Type { node: "a".into(), line: format!("SET n {n}") }).expect("a good line");
        timeline.run_to(Instant::from_ms(100));
    }
    assert_eq!(timeline.branches().len(), BRANCHES_MAX);
    let before = timeline.digest();
    timeline.seek_time(Instant::from_ms(10));
    timeline.seek_end();
    assert_eq!(timeline.digest(), before);
}

#[test]
fn stepping_back_visits_the_moments_of_stepping_forward() {
    for routine in [false, true] {
        let (mut timeline, _) = lived(5, 40);
        timeline.seek(timeline.beginning());
        let mut forward = vec![(timeline.moment(), timeline.digest())];
        while !timeline.is_at_end() && timeline.step_event(routine) {
            forward.push((timeline.moment(), timeline.digest()));
        }
        assert!(forward.windows(2).all(|pair| pair[0].0 < pair[1].0), "a step goes on");
        let mut back = vec![*forward.last().expect("the beginning")];
        while timeline.back_event(routine) {
            back.push((timeline.moment(), timeline.digest()));
            if timeline.moment() <= forward[0].0 {
                break;
            }
        }
        back.reverse();
        let same = back.iter().filter(|place| forward.contains(place)).count();
        assert_eq!(same, back.len());
        assert!(back.len() + 1 >= forward.len(), "{} back, {} forward", back.len(), forward.len());
    }
}

#[test]
fn a_step_into_silence_leaves_everything_as_it_was() {
    let mut timeline = Timeline::new(1);
    timeline.run_to(Instant::from_ms(30));
    let before = timeline.digest();
    assert!(!timeline.step_event(false));
    assert!(!timeline.step_milestone());
    assert_eq!((timeline.digest(), timeline.end().at), (before, Instant::from_ms(30)));
}

#[test]
fn a_timeline_printed_as_a_scenario_is_the_same_timeline() {
    for seed in 1..=4 {
        let (timeline, _) = lived(seed, 80);
        let text = timeline.scenario().to_string();
        let again = opened(text.strip_prefix("resync 1\n").expect("the first line"));
        assert_eq!(again.digest(), timeline.digest(), "seed {seed}\n{text}");
        assert_eq!(again.events().len(), timeline.events().len());
        assert_eq!(again.end(), timeline.end());
    }
}

#[test]
fn a_link_opens_the_same_moment() {
    for seed in 1..=4 {
        let (mut timeline, seen) = lived(seed, 50);
        let (moment, digest, _) = seen[30];
        timeline.seek(moment);
        let link = timeline.link().expect("a short timeline");
        let opened = open(&format!("https://example.org/{link}")).expect("a good link").finish();
        let opened = opened.expect("a short scenario");
        assert_eq!((opened.timeline.moment(), opened.timeline.digest()), (moment, digest), "seed {seed}");
        assert_eq!((opened.stopped, opened.mismatch), (None, None));
        assert_eq!(opened.timeline.link(), Ok(link));
    }
}

#[test]
fn an_outcome_that_differs_names_its_milestone() {
    let (timeline, _) = lived(3, 60);
    let mut promised = timeline.outcomes();
    assert_eq!(timeline.check(&promised), None);
    let last = promised.digests.len() - 1;
    promised.digests[last] ^= 1;
    let mismatch = timeline.check(&promised).expect("a difference");
    assert_eq!(mismatch.milestone, last * promised.stride as usize);
    let event = timeline.events().get(mismatch.event.expect("an event")).expect("it exists");
    assert!(event.kind.is_milestone());
    promised.digests[last] ^= 1;
    promised.digests.push(5);
    assert_eq!(timeline.check(&promised).map(|mismatch| mismatch.milestone), Some(last + 1));
}

#[test]
fn a_saved_timeline_comes_back_with_its_branches() {
    let (mut timeline, seen) = lived(4, 40);
    for place in [10, 25, 12] {
        timeline.switch(BranchId(1));
        timeline.seek(seen[place].0);
        timeline
            .act(&Input::Type { node: "b".into(), line: format!("SET place {place}") })
            .expect("a good line");
        timeline.run_to(timeline.now() + Span::from_secs(3));
    }
    timeline.switch(BranchId(2));
    timeline.seek(Moment { at: Instant::from_ms(100), ..timeline.beginning() });
    let restored = Restore::new(&timeline.save()).expect("its own text").finish().expect("its own inputs");
    assert_eq!((restored.moment(), restored.digest()), (timeline.moment(), timeline.digest()));
    assert_eq!(restored.branches().len(), 4);
    assert_eq!(restored.save(), timeline.save());
    for (mut ours, mut theirs) in [(timeline, restored)] {
        for branch in 1..=4 {
            assert!(ours.switch(BranchId(branch)) && theirs.switch(BranchId(branch)));
            ours.seek_end();
            theirs.seek_end();
            assert_eq!((ours.moment(), ours.digest()), (theirs.moment(), theirs.digest()), "branch {branch}");
        }
    }
}

#[test]
fn an_rdb_file_that_was_loaded_travels_with_the_timeline() {
    let mut timeline = opened("node a redis=7.0\nnode b redis=7.0\n");
    for n in 0..300 {
        let line = format!("SET key:{n} {}", "v".repeat(n as usize % 40));
        timeline.act(&Input::Type { node: "a".into(), line }).expect("a good line");
    }
    let rdb = timeline.world().node_named("a").and_then(|a| a.node.clone()).expect("it runs").write_rdb();
    let load = Input::Load { node: "b".into(), rdb: rdb.clone().into() };
    timeline.act(&load).expect("its own file");
    let same = timeline.condition("b = a").expect("a good condition");
    assert!(timeline.holds(&same));
    timeline.seek(Moment::START);
    timeline
        .act(&Input::AddNode { name: "b".into(), version: Version::V7_0, options: Vec::new() })
        .expect("new");
    timeline.act(&load).expect("its own file");
    let saved = timeline.save();
    let twice = 2 * rdb.len();
    assert!(saved.len() < twice + 40_000, "{} bytes", saved.len());
    let back = Restore::new(&saved).and_then(Restore::finish).expect("what was just saved");
    assert_eq!((back.digest(), back.save()), (timeline.digest(), saved));
    let bad = Input::Load { node: "b".into(), rdb: b"REDIS0006 and no more"[..].into() };
    let error = timeline.act(&bad).expect_err("no RDB file").to_string();
    assert!(error.starts_with("b cannot load this RDB file:"), "{error}");
}

#[test]
fn a_damaged_save_is_refused() {
    let saved = lived(4, 10).0.save();
    for text in [
        "",
        "resync-timeline 2\n",
        "resync-timeline 1\n",
        "resync-timeline 1\nbranch 1\n",
        "resync-timeline 1\n| x",
    ] {
        assert!(Restore::new(text).is_err(), "{text:?}");
    }
    let mut rng = Rng::new(1, 3);
    for _ in 0..300 {
        let mut bytes = saved.clone().into_bytes();
        let at = rng.below(bytes.len() as u64) as usize;
        bytes[at] = rng.below(256) as u8;
        if let Ok(restore) = Restore::new(&String::from_utf8_lossy(&bytes)) {
            let _ = restore.finish();
        }
    }
}

#[test]
fn an_unchanged_script_is_shared_as_it_was_written() {
    let text = "# a comment\nnode a redis=2.8\nstep one\nprose Some words.\na> SET name redis\nafter 1s\nshare 300ms";
    let mut timeline = opened(text);
    assert_eq!(timeline.now(), Instant::from_ms(300));
    assert_eq!(timeline.scenario(), scenario(text));
    timeline.seek_end();
    timeline.act(&Input::Type { node: "a".into(), line: "GET name".into() }).expect("a good line");
    let flat = timeline.scenario();
    assert!(flat.statements().any(|(_, statement)| *statement == Statement::At(Instant::from_ms(1000))));
}

#[test]
fn playing_stops_at_a_breakpoint_and_then_goes_on() {
    let mut timeline = opened("node a\nevery 1s a> SET key:{n} value");
    let condition = timeline.condition("event a.typed").expect("a good condition");
    let id = timeline.set_breakpoint(condition);
    let end = Instant::from_ms(2_500);
    assert_eq!(timeline.play_to(end), Stop::Breakpoint(id));
    assert_eq!(timeline.now(), Instant::from_ms(1_000));
    assert_eq!(timeline.play_to(end), Stop::Breakpoint(id));
    assert_eq!(timeline.now(), Instant::from_ms(2_000));
    assert_eq!(timeline.play_to(end), Stop::Reached);
    timeline.seek_time(Instant::from_ms(500));
    assert_eq!(timeline.play_to(end), Stop::Breakpoint(id));
    timeline.enable_breakpoint(id, false);
    assert_eq!(timeline.play_to(end), Stop::Reached);
    assert!(timeline.condition("a.ofset = 1").is_err());
}

#[test]
fn a_replay_without_end_or_measure_is_given_up() {
    let refused = |text: &str| Replay::new(scenario(text)).finish().expect_err("too much");
    let words = "value ".repeat(2_000);
    let endless = refused("node a\nevery 1ms a> INCR n\nafter 20h");
    assert!(matches!(endless, ReplayError::TooManyEvents { .. }), "{endless}");
    let fat = refused(&format!("node a\nevery 1ms a> SET key:{{n}} \"{words}\"\nafter 20h"));
    assert!(matches!(fat, ReplayError::TooManyBytes { .. }), "{fat}");
    let holes = refused("node a\nevery 1ms a> SETRANGE key:{n} 4000000 x\nafter 20h");
    assert!(matches!(holes, ReplayError::TooManyBytes { .. }), "{holes}");
}

#[test]
fn no_command_of_a_world_builds_a_huge_string() {
    let timeline = opened("node a\na> SETRANGE key 536870000 x\nraw a \"SETBIT key 4294967295 1\\r\\n\"");
    let condition = timeline.condition("a.keys = 0").expect("a good condition");
    assert!(timeline.holds(&condition));
}

/// How often play stops at a condition within ten seconds, and when first.
fn stops(text: &str, condition: &str) -> (usize, Instant) {
    let mut timeline = opened(text);
    timeline.seek_time(Instant::ZERO);
    let condition = timeline.condition(condition).expect("a good condition");
    timeline.set_breakpoint(condition);
    let mut stops = Vec::new();
    while let Stop::Breakpoint(_) = timeline.play_to(Instant::from_ms(10_000)) {
        stops.push(timeline.now());
    }
    (stops.len(), stops.first().copied().unwrap_or_default())
}

#[test]
fn breakpoints_tell_the_answers_to_psync_apart() {
    let text =
        "node a\nnode b slaveof=\"a 6379\"\nuntil b.synced\ncut a-b\na> SET k v\nheal a-b\nuntil b.synced";
    assert_eq!(stops(text, "event psync-answered").0, 2);
    assert_eq!(stops(text, "event full-resync").0, 1);
    assert_eq!(stops(text, "event b.continued").0, 1);
    assert!(stops(text, "event continued").1 > stops(text, "event full-resync").1);
    assert_eq!(stops(text, "event psync-error").0, 0);
    let old = "node a redis=2.6\nnode b slaveof=\"a 6379\"\nuntil b.link = up";
    assert_eq!(stops(old, "event psync-error").0, 1);
}

#[test]
fn a_replica_falls_off_the_backlog_once_and_the_first_eviction_is_one() {
    let text = "node a teaching-backlog=64\nnode b slaveof=\"a 6379\"\nuntil b.synced\ncut a-b\n\
                every 100ms times=9 a> SET key:{n} value\nafter 2s";
    let (count, first) = stops(text, "event first-eviction");
    assert_eq!(count, 1);
    assert!(stops(text, "event backlog-evicted").0 > 3);
    let (count, fell) = stops(text, "event fell-off");
    assert_eq!(count, 1);
    assert!(fell >= first);
}

#[test]
fn the_claims_of_a_moment_are_the_same_however_the_auditor_came_there() {
    let text = "node a\nnode b slaveof=\"a 6379\"\nuntil b.synced\nevery 50ms a> INCR n\nafter 3s\ncut a-b\nafter 1s";
    let mut timeline = opened(text);
    let audited = |audit: &mut Audit, timeline: &Timeline| {
        while !audit.follow(timeline, 7) {}
        assert_eq!(audit.moment(), timeline.moment());
        audit.claims()
    };
    let mut one = Audit::new(&timeline);
    let end = audited(&mut one, &timeline);
    assert!(
        end.iter()
            .any(|claim| matches!(claim.state, crate::sim::ClaimState::Holds { checked } if checked > 40))
    );
    timeline.seek_time(Instant::from_ms(1_500));
    let middle = audited(&mut one, &timeline);
    assert_eq!(middle, audited(&mut Audit::new(&timeline), &timeline));
    assert_ne!(middle, end);
    timeline.act(&Input::Type { node: "a".into(), line: "SET own branch".into() }).expect("a line");
    timeline.run_to(Instant::from_ms(2_500));
    assert_eq!(audited(&mut one, &timeline), audited(&mut Audit::new(&timeline), &timeline));
}

#[test]
fn a_replay_says_how_far_it_is_by_the_time_that_is_gone() {
    let mut replay = Replay::new(scenario("node a\nevery 10ms a> INCR n\nafter 10s\n"));
    let mut parts = Vec::new();
    while let Slice::Working(part) = replay.advance(100) {
        parts.push(part);
    }
    assert!(parts.is_sorted(), "{parts:?}");
    assert!((300..700).contains(&parts[parts.len() / 2]), "{parts:?}");
}
