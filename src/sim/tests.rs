//! What the world does with connections, faults and terminals.

use super::*;
use crate::base::{ByteCount, Span, Version};
use crate::node::link::LinkState;
use crate::node::trace::{Answer, Event};

fn add(world: &mut World, name: &str, version: Version, options: &[(&str, &str)]) {
    let options =
        options.iter().map(|(directive, value)| (directive.to_string(), value.to_string())).collect();
    world.apply(&Input::AddNode { name: name.into(), version, options }).expect("a valid node");
}

fn typed(world: &mut World, node: &str, line: &str) -> String {
    world.apply(&Input::Type { node: node.into(), line: line.into() }).expect("a known node");
    let lines = world.node_named(node).expect("a known node").terminal().lines();
    match &lines.last().expect("something was typed").kind {
        TranscriptKind::Typed { .. } => "(nothing yet)".into(),
        TranscriptKind::Reply { text, .. } | TranscriptKind::Notice { text } => text.to_string(),
    }
}

fn forward(world: &mut World, span: Span) {
    world.advance_to(world.now() + span);
}

fn link_of(world: &World, node: &str) -> LinkState {
    let entry = world.node_named(node).expect("a known node");
    let view = entry.node.as_ref().expect("a process").view(world.now());
    view.master.map_or(LinkState::None, |master| master.link)
}

fn applied(world: &World, node: &str) -> Option<i64> {
    let entry = world.node_named(node).expect("a known node");
    entry.node.as_ref()?.view(world.now()).master?.applied.map(|offset| offset.0)
}

/// A master `a` and its replica `b`, in sync.
fn pair(version: Version) -> World {
    let mut world = World::new(7);
    world.set_checking(true);
    add(&mut world, "a", version, &[]);
    add(&mut world, "b", version, &[]);
    assert_eq!(typed(&mut world, "b", "SLAVEOF a 6379"), "OK");
    forward(&mut world, Span::from_secs(12));
    assert_eq!(link_of(&world, "b"), LinkState::Connected);
    world
}

fn between(from: &str, to: &str) -> (Name, Name) {
    (from.into(), to.into())
}

fn cut(world: &mut World) {
    let (from, to) = between("a", "b");
    world.apply(&Input::Cut { from, to, way: Way::Both }).expect("known nodes");
}

fn blackhole(world: &mut World, from: &str, to: &str, way: Way) {
    let (from, to) = between(from, to);
    world.apply(&Input::Blackhole { from, to, way }).expect("known nodes");
}

fn heal(world: &mut World) {
    let (from, to) = between("a", "b");
    world.apply(&Input::Heal { from, to, way: Way::Both }).expect("known nodes");
}

fn answers(events: &[WorldEvent]) -> Vec<bool> {
    let answers = events.iter().filter_map(|event| match &event.kind {
        WorldEventKind::Node(Event::PsyncAnswered { answer: Answer::Continue { .. } }) => Some(true),
        WorldEventKind::Node(Event::PsyncAnswered { answer: Answer::FullResync { .. } }) => Some(false),
        _ => None,
    });
    answers.collect()
}

fn assert_claims_hold(world: &World) {
    for claim in world.claims() {
        assert!(!matches!(claim.state, ClaimState::Broken { .. }), "{claim:?}");
    }
}

#[test]
fn a_write_reaches_the_replica_after_the_latency_of_the_link() {
    for version in Version::ALL {
        let mut world = pair(version);
        assert_eq!(typed(&mut world, "a", "SET name redis"), "OK");
        forward(&mut world, Span::from_ms(19));
        assert_eq!(typed(&mut world, "b", "GET name"), "(nil)", "{version}");
        forward(&mut world, Span::from_ms(1));
        assert_eq!(typed(&mut world, "b", "GET name"), "\"redis\"", "{version}");
        assert_claims_hold(&world);
    }
}

#[test]
fn a_cut_link_continues_where_it_stopped() {
    for version in [Version::V2_8, Version::V4_0, Version::V7_0] {
        let mut world = pair(version);
        cut(&mut world);
        typed(&mut world, "a", "SET name resync");
        forward(&mut world, Span::from_secs(3));
        assert_ne!(link_of(&world, "b"), LinkState::Connected);
        world.take_events();
        heal(&mut world);
        forward(&mut world, Span::from_secs(5));
        assert_eq!(answers(&world.take_events()), [true], "{version}");
        assert_eq!(typed(&mut world, "b", "GET name"), "\"resync\"");
        assert_claims_hold(&world);
    }
}

#[test]
fn what_is_under_way_on_a_cut_link_is_lost_and_counted() {
    let mut world = pair(Version::V2_8);
    typed(&mut world, "a", "SET name lost");
    let under_way: u64 = world.in_flight().map(|message| message.bytes.len() as u64).sum();
    assert!(under_way > 30, "{under_way} bytes under way");
    world.take_events();
    cut(&mut world);
    assert_eq!(world.in_flight().count(), 0);
    let events = world.take_events();
    let lost = events.iter().find_map(|event| match event.kind {
        WorldEventKind::LinkCut { lost, connections, .. } => Some((lost, connections)),
        _ => None,
    });
    assert_eq!(lost, Some((ByteCount(under_way), 1)));
    assert!(
        events.iter().any(|event| {
            matches!(&event.kind, WorldEventKind::MessageLost { cause: LossCause::Cut, .. })
        })
    );
}

#[test]
fn a_blackhole_healed_in_time_delivers_what_it_held_in_order() {
    let mut world = pair(Version::V2_8);
    blackhole(&mut world, "a", "b", Way::Both);
    for n in 0..5 {
        typed(&mut world, "a", &format!("APPEND log {n}"));
        forward(&mut world, Span::from_ms(300));
    }
    assert_eq!(typed(&mut world, "b", "GET log"), "(nil)");
    assert_eq!(link_of(&world, "b"), LinkState::Connected);
    world.take_events();
    heal(&mut world);
    forward(&mut world, Span::from_ms(20));
    assert_eq!(typed(&mut world, "b", "GET log"), "\"01234\"");
    assert!(answers(&world.take_events()).is_empty());
    assert_claims_hold(&world);
}

#[test]
fn only_a_timeout_finds_a_blackhole() {
    let mut world = pair(Version::V2_8);
    world.take_events();
    blackhole(&mut world, "a", "b", Way::Both);
    forward(&mut world, Span::from_secs(55));
    assert_eq!(link_of(&world, "b"), LinkState::Connected);
    forward(&mut world, Span::from_secs(10));
    assert_ne!(link_of(&world, "b"), LinkState::Connected);
    heal(&mut world);
    forward(&mut world, Span::from_secs(70));
    assert_eq!(link_of(&world, "b"), LinkState::Connected);
    assert_claims_hold(&world);
}

#[test]
fn a_one_way_blackhole_lets_the_other_way_through() {
    let mut world = pair(Version::V2_8);
    blackhole(&mut world, "b", "a", Way::OneWay);
    typed(&mut world, "a", "SET name redis");
    forward(&mut world, Span::from_ms(20));
    assert_eq!(typed(&mut world, "b", "GET name"), "\"redis\"");
    forward(&mut world, Span::from_secs(5));
    assert!(world.in_flight().all(|message| message.held_since.is_some()));
}

#[test]
fn a_paused_process_takes_in_what_its_kernel_kept() {
    let mut world = pair(Version::V7_0);
    world.apply(&Input::Pause { node: "b".into() }).expect("it runs");
    typed(&mut world, "a", "SET name redis");
    assert_eq!(typed(&mut world, "b", "GET name"), "(nothing yet)");
    forward(&mut world, Span::from_secs(2));
    world.take_events();
    world.apply(&Input::Resume { node: "b".into() }).expect("it is paused");
    let replies: Vec<_> = world
        .take_events()
        .into_iter()
        .filter_map(|event| match event.kind {
            WorldEventKind::Replied { reply, .. } => Some(reply.to_string()),
            _ => None,
        })
        .collect();
    // The line was typed before the write arrived.
    assert_eq!(replies, ["(nil)"]);
    assert_eq!(typed(&mut world, "b", "GET name"), "\"redis\"");
    assert_claims_hold(&world);
}

#[test]
fn a_paused_replica_makes_its_masters_buffer_grow() {
    let mut world = pair(Version::V7_0);
    world.apply(&Input::Pause { node: "b".into() }).expect("it runs");
    for n in 0..20 {
        typed(&mut world, "a", &format!("SET k{n} {}", "x".repeat(10_000)));
        forward(&mut world, Span::from_ms(100));
    }
    let view = world.node_named("a").expect("a").node.as_ref().expect("runs").view(world.now());
    assert!(view.replicas[0].pending > ByteCount(100_000), "{:?}", view.replicas[0].pending);
    world.apply(&Input::Resume { node: "b".into() }).expect("it is paused");
    forward(&mut world, Span::from_secs(1));
    assert_eq!(typed(&mut world, "b", "DBSIZE"), "(integer) 20");
    assert_claims_hold(&world);
}

#[test]
fn a_crash_loses_the_memory_and_a_restart_has_a_new_run_id() {
    let mut world = pair(Version::V2_8);
    typed(&mut world, "a", "SET name redis");
    forward(&mut world, Span::from_secs(1));
    let run_id =
        |world: &World| world.node_named("a").and_then(|a| a.node.as_ref()).map(|node| node.run_id());
    let before = run_id(&world);
    world.apply(&Input::Crash { node: "a".into() }).expect("it runs");
    assert_eq!(link_of(&world, "b"), LinkState::Connected, "the reset is under way");
    forward(&mut world, Span::from_ms(20));
    assert_ne!(link_of(&world, "b"), LinkState::Connected);
    assert_eq!(typed(&mut world, "a", "PING"), "Could not connect to Redis at a:6379: Connection refused");
    forward(&mut world, Span::from_secs(3));
    world.take_events();
    world.apply(&Input::Restart { node: "a".into() }).expect("it can start");
    assert_ne!(run_id(&world), before);
    assert_eq!(typed(&mut world, "a", "DBSIZE"), "(integer) 0");
    forward(&mut world, Span::from_secs(5));
    assert_eq!(answers(&world.take_events()), [false]);
    assert_eq!(typed(&mut world, "b", "DBSIZE"), "(integer) 0");
    assert_claims_hold(&world);
}

#[test]
fn a_dump_on_disk_survives_a_crash() {
    let mut world = World::new(1);
    add(&mut world, "a", Version::V7_0, &[]);
    typed(&mut world, "a", "SET name redis");
    assert_eq!(typed(&mut world, "a", "SAVE"), "OK");
    typed(&mut world, "a", "SET name lost");
    world.apply(&Input::Restart { node: "a".into() }).expect("it can start");
    assert_eq!(typed(&mut world, "a", "GET name"), "\"redis\"");
}

#[test]
fn nobody_listens_on_another_port_nor_under_an_unknown_name() {
    let mut world = World::new(1);
    add(&mut world, "a", Version::V7_0, &[]);
    add(&mut world, "b", Version::V7_0, &[]);
    typed(&mut world, "b", "REPLICAOF a 7000");
    forward(&mut world, Span::from_secs(2));
    typed(&mut world, "b", "REPLICAOF nobody 6379");
    forward(&mut world, Span::from_secs(2));
    let refusals: Vec<_> = world
        .take_events()
        .into_iter()
        .filter_map(|event| match event.kind {
            WorldEventKind::ConnectRefused { why, .. } => Some(why.to_string()),
            _ => None,
        })
        .collect();
    assert!(refusals.contains(&"Connection refused".to_string()), "{refusals:?}");
    assert!(refusals.contains(&"Name or service not known".to_string()), "{refusals:?}");
}

#[test]
fn shutdown_ends_the_process_in_order() {
    let mut world = pair(Version::V7_0);
    typed(&mut world, "a", "SHUTDOWN NOSAVE");
    forward(&mut world, Span::from_secs(12));
    assert_eq!(world.node_named("a").map(|a| a.state), Some(ProcessState::Exited));
    assert_ne!(link_of(&world, "b"), LinkState::Connected);
}

#[test]
fn a_workload_types_its_line_so_many_times() {
    let mut world = World::new(1);
    add(&mut world, "a", Version::V7_0, &[]);
    let (node, line): (Name, String) = ("a".into(), "APPEND log {n},".into());
    let every = Span::from_ms(500);
    world.apply(&Input::Workload { node, every, line, count: Some(3) }).expect("a valid workload");
    forward(&mut world, Span::from_ms(1100));
    assert_eq!(typed(&mut world, "a", "GET log"), "\"1,2,\"");
    forward(&mut world, Span::from_secs(5));
    assert_eq!(typed(&mut world, "a", "GET log"), "\"1,2,3,\"");
    assert_eq!(world.node_named("a").expect("a").terminal().lines().len(), 4);
}

#[test]
fn a_slow_link_spreads_a_big_value_over_time() {
    let mut world = pair(Version::V7_0);
    let (from, to) = between("a", "b");
    let bandwidth = Some(Bandwidth(800_000));
    world.apply(&Input::Bandwidth { from, to, way: Way::Both, bandwidth }).expect("known nodes");
    typed(&mut world, "a", &format!("SET big {}", "x".repeat(60_000)));
    forward(&mut world, Span::from_ms(500));
    assert_eq!(typed(&mut world, "b", "EXISTS big"), "(integer) 0");
    forward(&mut world, Span::from_ms(200));
    assert_eq!(typed(&mut world, "b", "EXISTS big"), "(integer) 1");
}

#[test]
fn refused_inputs_leave_the_world_as_it_was() {
    let mut world = pair(Version::V7_0);
    let before = world.digest();
    let name = || Name::from("a");
    let refused = |world: &mut World, input: Input| world.apply(&input).expect_err("a refusal");
    let taken = Input::AddNode { name: name(), version: Version::V7_0, options: vec![] };
    assert_eq!(refused(&mut world, taken), InputError::NameTaken(name()));
    let bad = Input::AddNode { name: "a b".into(), version: Version::V7_0, options: vec![] };
    assert_eq!(refused(&mut world, bad), InputError::BadName("a b".into()));
    let loops = Input::Cut { from: name(), to: name(), way: Way::Both };
    assert_eq!(refused(&mut world, loops), InputError::SameNode);
    assert_eq!(refused(&mut world, Input::Resume { node: name() }), InputError::NotPaused(name()));
    let unknown = Input::Crash { node: "z".into() };
    assert_eq!(refused(&mut world, unknown), InputError::UnknownNode("z".into()));
    let options = vec![("maxclient".to_string(), "1".to_string())];
    let error = refused(&mut world, Input::AddNode { name: "z".into(), version: Version::V7_0, options });
    assert!(matches!(error, InputError::Config { .. }));
    assert_eq!(world.digest(), before);
}

#[test]
fn worlds_with_the_same_inputs_are_equal_and_clones_go_their_own_way() {
    let (mut one, two) = (pair(Version::V7_0), pair(Version::V7_0));
    assert_eq!(one.digest(), two.digest());
    let mut fork = one.clone();
    typed(&mut fork, "a", "SET only here");
    assert_ne!(one.digest(), fork.digest());
    assert_eq!(one.digest(), two.digest());
    typed(&mut one, "a", "SET only here");
    assert_eq!(one.digest(), fork.digest());
    forward(&mut one, Span::from_secs(30));
    while fork.now() < one.now() && fork.next_event().is_some_and(|(at, _)| at <= one.now()) {
        fork.step();
    }
    fork.advance_to(one.now());
    assert_eq!(one.digest(), fork.digest());
}

#[test]
fn a_clone_of_a_big_world_costs_little() {
    let mut world = pair(Version::V7_0);
    for start in (0..100_000).step_by(1000) {
        let mut bytes = Vec::new();
        for n in start..start + 1000 {
            crate::resp::encode_command(&mut bytes, [b"SET", format!("key:{n}").as_bytes(), b"0123456789"]);
        }
        world.apply(&Input::Raw { node: "a".into(), bytes: bytes.into() }).expect("it runs");
        forward(&mut world, Span::from_ms(100));
        world.take_events();
    }
    assert_eq!(typed(&mut world, "b", "DBSIZE"), "(integer) 100000");
    // Each of ten thousand clones is changed: were anything copied that grows with the data, this would take
    // minutes.
    let before = applied(&world, "b");
    for _ in 0..10_000 {
        let mut clone = world.clone();
        typed(&mut clone, "a", "SET key:5 changed");
    }
    assert_eq!(applied(&world, "b"), before);
    assert_eq!(typed(&mut world, "a", "GET key:5"), "\"0123456789\"");
}
