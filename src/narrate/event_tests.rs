//! Every event has its story, and every story is told by some event, with all its numbers.

use std::collections::BTreeSet;
use std::rc::Rc;

use crate::base::{Blob, ByteCount, Instant, Offset, ReplId, Span, Version};
use crate::node::link::LinkState;
use crate::node::trace::*;
use crate::node::verdict::{BacklogSpan, SecondId, decide};
use crate::node::{ConnId, Content};
use crate::resp::Argv;
use crate::sim::*;

use super::{Arg, Locale, Names, Story, Told, rdb_meaning, resp_meaning, tell, tell_node, why};

fn id(c: u8) -> ReplId {
    ReplId::from_bytes(&[c; 40]).expect("forty bytes")
}

fn argv(words: &[&str]) -> Argv {
    words.iter().map(|word| Blob::from(word.as_bytes())).collect()
}

fn replica() -> ReplicaRef {
    ReplicaRef { conn: ConnId(3), host: "b".into(), port: 6379 }
}

const BYTES: ByteCount = ByteCount(412);
const AT: Offset = Offset(162);

/// One of each event of a node, and of each case of it that is told in its own words.
fn node_events() -> Vec<Event> {
    let replica = replica();
    let conn = ConnId(1);
    let set = argv(&["SET", "name", "resync"]);
    let none = Offset::NONE;
    let mut events = vec![
        Event::Started { version: Version::V2_8, run_id: id(b'a'), keys: 2 },
        Event::Stopped,
        Event::Saved { bytes: BYTES, keys: 2 },
        Event::Executed { conn, db: 0, argv: set.clone(), changes: 1 },
        Event::Executed { conn, db: 3, argv: argv(&["GET", "two words"]), changes: 0 },
        Event::Refused { conn, argv: set.clone(), error: "READONLY …".into() },
        Event::Expired { db: 2, key: Blob::from(b"name") },
        Event::BacklogCreated { first: Offset(2), size: ByteCount(1_048_576) },
        Event::BacklogFreed { idle: Span::from_secs(3600) },
        Event::BacklogEvicted { first: Offset(2), last: Offset(140) },
        Event::IdsChanged { why: IdChange::Promoted, id: Some(id(b'a')), second: Some((id(b'b'), AT)) },
        Event::IdsChanged { why: IdChange::Continued, id: Some(id(b'a')), second: Some((id(b'b'), AT)) },
        Event::IdsChanged { why: IdChange::FullResync, id: None, second: None },
        Event::PsyncUnknown { conn, error: "-ERR unknown command 'PSYNC'".into() },
        Event::SyncRefused { replica: replica.clone(), error: "-NOMASTERLINK …".into() },
        Event::ReplicaWaits {
            replica: replica.clone(),
            reason: WaitReason::DisklessDelay { delay: Span::from_secs(5) },
        },
        Event::ReplicaWaits { replica: replica.clone(), reason: WaitReason::OtherSnapshot },
        Event::SnapshotEnded { purpose: Purpose::Replication, bytes: BYTES, ok: true },
        Event::SnapshotEnded { purpose: Purpose::Replication, bytes: BYTES, ok: false },
        Event::TransferProgress { replica: replica.clone(), sent: ByteCount(100), bytes: BYTES },
        Event::TransferEnded { replica: replica.clone(), bytes: BYTES },
        Event::WriteBuffered { replica: replica.clone(), first: AT, last: AT, buffered: BYTES },
        Event::BufferFlushed { replica: replica.clone(), bytes: BYTES },
        Event::BufferFlushed { replica: replica.clone(), bytes: ByteCount(0) },
        Event::ReplicaOnline { replica: replica.clone() },
        Event::AckReceived { replica: replica.clone(), offset: AT, lag: 0 },
        Event::AckReceived { replica: replica.clone(), offset: AT, lag: 31 },
        Event::MasterSet { host: "a".into(), port: 6379 },
        Event::Promoted,
        Event::ConnectFailed { why: "connection refused".into() },
        Event::HandshakeSent { line: "PING".into() },
        Event::HandshakeAnswered { line: "+PONG".into() },
        Event::PsyncSent { id: "?".into(), offset: Offset(-1) },
        Event::PsyncSent { id: id(b'a').to_text(), offset: AT },
        Event::SyncSent,
        Event::ReceiveProgress { received: ByteCount(100), bytes: Some(BYTES) },
        Event::ReceiveProgress { received: ByteCount(100), bytes: None },
        Event::LoadStarted { bytes: BYTES, takes: Span::from_ms(30) },
        Event::LoadEnded { keys: 2, offset: AT },
        Event::LoadEnded { keys: 2, offset: Offset::NONE },
        Event::LoadFailed { error: "byte 9: …".into() },
        Event::Applied { db: 0, argv: set.clone(), applied: AT },
        Event::AckSent { offset: AT },
        Event::Applied { db: 0, argv: set.clone(), applied: none },
        Event::Propagated {
            kind: StreamKind::Write,
            db: 0,
            argv: set.clone(),
            first: AT,
            last: AT,
            counted: false,
        },
        Event::WriteBuffered { replica: replica.clone(), first: none, last: none, buffered: BYTES },
        Event::MasterLost {
            why: LossReason::Reset,
            state: LinkState::Connected,
            resume: Some((id(b'a'), AT)),
        },
        Event::MasterLost { why: LossReason::Reset, state: LinkState::Transfer, resume: None },
    ];
    use StreamKind::*;
    events.extend([Write, Select, Frame, Ping, GetAck].map(|kind| Event::Propagated {
        kind,
        db: 0,
        argv: set.clone(),
        first: AT,
        last: Offset(193),
        counted: true,
    }));
    use IdChange::*;
    events.extend([BacklogCreated, BacklogFreed, FullResync, Debug].map(|why| Event::IdsChanged {
        why,
        id: Some(id(b'a')),
        second: None,
    }));
    let psync = |id: String| Question::Psync { id, offset: AT };
    events.extend(
        [Question::Sync, psync("?".into()), psync(id(b'a').to_text())]
            .map(|question| Event::SyncAsked { replica: replica.clone(), question }),
    );
    for (purpose, target, offset) in [
        (Purpose::Replication, Target::Disk, AT),
        (Purpose::Replication, Target::Socket, AT),
        (Purpose::Replication, Target::Disk, Offset::NONE),
        (Purpose::Save, Target::Disk, AT),
    ] {
        let takes = Span::from_ms(300);
        events.push(Event::SnapshotStarted { purpose, target, offset, keys: 2, bytes: BYTES, takes });
    }
    for (id, shared) in [(Some(id(b'a')), false), (Some(id(b'a')), true), (None, false), (None, true)] {
        events.push(Event::FullResyncGranted { replica: replica.clone(), id, offset: AT, shared });
    }
    for framing in [Framing::Length { bytes: BYTES }, Framing::Mark] {
        events.push(Event::TransferStarted { replica: replica.clone(), framing, bytes: BYTES });
        events.push(Event::ReceiveStarted { framing });
    }
    use LinkState::{
        AwaitAuth, AwaitCapa, AwaitIp, AwaitPong, AwaitPort, AwaitPsync, Connect, Connected, Connecting,
        Transfer,
    };
    let states = [LinkState::None, Connect, Connecting, AwaitPong, AwaitAuth, AwaitPort, AwaitIp, AwaitCapa];
    let states = states.into_iter().chain([AwaitPsync, Transfer, Connected]);
    events.extend(states.map(|to| Event::LinkChanged { from: LinkState::None, to }));
    events.extend(decisions());
    events.extend(answers().map(|answer| Event::PsyncAnswered { answer }));
    events.extend(losses().into_iter().map(|why| Event::ReplicaLost { replica: replica.clone(), why }));
    events
}

fn decisions() -> impl Iterator<Item = Event> {
    let span = Some(BacklogSpan { first: Offset(141), next: Offset(269) });
    let second = Some(SecondId { id: id(b'b'), offset: Offset(269) });
    let early = Some(SecondId { id: id(b'b'), offset: Offset(150) });
    [
        decide(&[b'a'; 40], AT, id(b'a'), None, span),
        decide(&[b'a'; 40], Offset(269), id(b'a'), None, span),
        decide(&[b'b'; 40], AT, id(b'a'), second, span),
        decide(&[b'b'; 40], Offset(269), id(b'a'), second, span),
        decide(b"?", Offset(-1), id(b'a'), None, span),
        decide(&[b'c'; 40], AT, id(b'a'), None, span),
        decide(&[b'c'; 40], AT, id(b'a'), second, span),
        decide(&[b'b'; 40], AT, id(b'a'), early, span),
        decide(&[b'a'; 40], AT, id(b'a'), None, None),
        decide(&[b'a'; 40], Offset(140), id(b'a'), None, span),
        decide(&[b'a'; 40], Offset(270), id(b'a'), None, span),
    ]
    .into_iter()
    .map(|decision| Event::PsyncDecided { replica: replica(), decision: Box::new(decision) })
}

fn answers() -> [Answer; 6] {
    [
        Answer::FullResync { id: id(b'a'), offset: AT },
        Answer::FullResyncGarbled { line: "+FULLRESYNC x".into() },
        Answer::Continue { new_id: None },
        Answer::Continue { new_id: Some(id(b'c')) },
        Answer::NotNow { line: "-LOADING …".into() },
        Answer::NotUnderstood { line: "-ERR unknown command 'PSYNC'".into() },
    ]
}

fn losses() -> Vec<LossReason> {
    vec![
        LossReason::PeerClosed,
        LossReason::Reset,
        LossReason::Timeout { silent: Span::from_secs(61) },
        LossReason::OutputBufferLimit { pending: BYTES },
        LossReason::Protocol { error: "expected '$'".into() },
        LossReason::SnapshotFailed,
        LossReason::RoleChange,
        LossReason::Closed,
        LossReason::UnexpectedReply { command: "PING".into() },
    ]
}

fn names(id: NodeId) -> Rc<str> {
    Rc::from(if id == NodeId(0) { "a" } else { "b" })
}

/// One of each event between nodes.
fn world_events() -> Vec<WorldEventKind> {
    use WorldEventKind::*;
    let (a, b) = (NodeId(0), NodeId(1));
    let channel = ChannelId(1);
    let by = Typist::Terminal;
    let (every, line) = (Span::from_ms(500), Rc::<str>::from("INCR n"));
    let note = |carries| MessageNote { id: MessageId(1), channel, from: a, to: b, carries, bytes: BYTES };
    let data = |content| note(Carries::Data { content });
    let (from, to, latency) = (a, b, Span::from_ms(20));
    let mut events = vec![
        Typed { by, line: line.clone() },
        Typed { by: Typist::Workload { id: WorkloadId(1) }, line: line.clone() },
        Replied { by, reply: "1) \"a\"\n2) \"b\"\n".into() },
        NotReached { by, error: "Connection refused".into() },
        WorkloadStarted { id: WorkloadId(1), every, line: line.clone(), count: None },
        WorkloadStarted { id: WorkloadId(1), every, line, count: Some(3) },
        WorkloadEnded { id: WorkloadId(1), runs: 3 },
        ConnectAsked { channel: Some(channel), host: "a".into(), port: 6379, to: Some(a) },
        ConnectAsked { channel: None, host: "x".into(), port: 6379, to: None },
        ConnectDone { channel, to },
        ConnectRefused { channel: Some(channel), to: Some(a), why: "connection refused".into() },
        ConnectRefused { channel: None, to: None, why: "no such host".into() },
        MessageLost { message: data(Content::Ack), cause: LossCause::Cut },
        MessageLost { message: note(Carries::Open), cause: LossCause::Gone },
        ConnectionEnded { channel, peer: b, reset: true },
        ConnectionEnded { channel, peer: b, reset: false },
        LinkSet { from, to, way: Way::Both, latency, bandwidth: Some(Bandwidth(1_000_000)) },
        LinkSet { from, to, way: Way::OneWay, latency, bandwidth: None },
        LinkCut { from, to, way: Way::Both, connections: 1, messages: 2, lost: BYTES },
        LinkHealed { from, to, way: Way::Both, held: ByteCount(0) },
        LinkHealed { from, to, way: Way::Both, held: BYTES },
        LinkBlackholed { from, to, way: Way::OneWay, held: ByteCount(0) },
        NodeAdded { name: "a".into(), version: Version::V2_8 },
        NodeRemoved { name: "a".into() },
        Crashed { keys: 2, dump: None },
        Crashed { keys: 2, dump: Some(BYTES) },
        Exited,
        Restarted { dump: None },
        Restarted { dump: Some(BYTES) },
        Paused,
        Resumed { paused_for: Span::from_secs(2), waiting: BYTES },
        Configured { directive: "repl-timeout".into(), value: "5".into(), at_once: true },
        Configured { directive: "port".into(), value: "7000".into(), at_once: false },
    ];
    for carries in [Carries::Open, Carries::Accept, Carries::Refuse, Carries::End, Carries::Reset] {
        events.push(MessageSent(note(carries)));
        events.push(MessageDelivered(note(carries)));
    }
    for content in [
        Content::Dialogue,
        Content::Handshake,
        Content::Question,
        Content::Answer,
        Content::KeepAlive,
        Content::Rdb { sent: ByteCount(100), bytes: BYTES },
        Content::Rdb { sent: ByteCount(100), bytes: ByteCount(0) },
        Content::Rdb { sent: ByteCount(0), bytes: BYTES },
        Content::Stream { first: AT },
        Content::Ack,
    ] {
        events.push(MessageSent(data(content)));
        events.push(MessageDelivered(data(content)));
    }
    events
}

fn all() -> Vec<Told> {
    let between = world_events().into_iter().map(|kind| {
        let event = WorldEvent { seq: 0, at: Instant::ZERO, node: Some(NodeId(0)), kind };
        tell(&event, &names as &dyn Names)
    });
    node_events().iter().map(|event| tell_node(event, "a")).chain(between).collect()
}

#[test]
fn every_story_is_told_by_some_event() {
    let told: BTreeSet<Story> = all().iter().map(|told| told.story).collect();
    let untold: Vec<_> = Story::ALL.iter().filter(|story| !told.contains(story)).collect();
    assert!(untold.is_empty(), "no event tells {untold:?}");
}

#[test]
fn every_sentence_has_all_its_arguments() {
    for told in all() {
        for locale in Locale::ALL {
            let text = told.sentence(locale).to_text();
            assert!(!text.contains(['{', '}', '`']), "{:?}: {text}", told.story);
            assert!(!text.contains("  "), "{:?}: two blanks in {text:?}", told.story);
            assert!(text.starts_with(|c: char| !c.is_lowercase() || c.is_ascii_lowercase()), "{text}");
        }
    }
}

#[test]
fn every_milestone_is_explained() {
    for event in node_events().iter().filter(|event| event.is_milestone()) {
        let told = tell_node(event, "a");
        assert!(why(told.story).is_some() || told.story == Story::Stopped, "{:?} has no why", told.story);
    }
}

#[test]
fn the_bytes_of_both_codecs_are_put_in_words() {
    let wire = b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n\nSYNC\r\n";
    let rdb = b"REDIS0006\xfe\x00\x00\x01k\x01v\xff\xad\xa9vU\x98\x18\x18\"";
    let resp = crate::resp::annotate::annotate(wire, crate::resp::annotate::Flow::Requests);
    let rdb = crate::rdb::annotate(rdb);
    let meanings: Vec<Arg> = resp
        .iter()
        .map(|note| resp_meaning(&note.what))
        .chain(rdb.iter().map(|note| rdb_meaning(&note.what)))
        .collect();
    for locale in Locale::ALL {
        for meaning in &meanings {
            let text = meaning.clone().sentence(locale).to_text();
            assert!(!text.is_empty() && !text.contains(['{', '}']), "{text}");
        }
    }
    let said = |text: &str| meanings.iter().any(|arg| arg.clone().sentence(Locale::En).to_text() == text);
    assert!(said("argument 2: v") && said("the command SET") && said("key: k"), "{meanings:?}");
    assert!(said("checksum (CRC-64): right"), "{meanings:?}");
}

#[test]
fn a_verdict_is_told_with_the_numbers_that_were_compared() {
    let sentences: Vec<String> =
        decisions().map(|event| tell_node(&event, "a").sentence(Locale::En).to_text()).collect();
    assert_eq!(
        sentences[0],
        "a lets b continue: byte 162 is still in its backlog (141 … 268), so instead of a whole RDB only 107 bytes must follow."
    );
    assert_eq!(
        sentences[1],
        "a lets b continue: byte 269 is the one that a writes next, so nothing was missed and 0 bytes follow."
    );
    assert_eq!(
        sentences[9],
        "b wants byte 140, but the backlog of a begins at byte 141: what lies before is not there any more. Full resynchronisation."
    );
    assert_eq!(
        sentences[10],
        "b wants byte 270, but a has written only up to byte 268: the replica is ahead of its master. Full resynchronisation."
    );
}

#[test]
fn chinese_sentences_say_the_same_numbers() {
    let event = decisions().next().expect("there is a first decision");
    assert_eq!(
        tell_node(&event, "a").sentence(Locale::ZhHans).to_text(),
        "a 让 b 继续：第 162 字节还在复制积压缓冲区里（141 … 268），所以只需再发 107 字节，不必发送整个 RDB。"
    );
}

#[test]
fn on_a_real_network_a_replica_is_named_by_address_and_port() {
    let replica = ReplicaRef { conn: ConnId(3), host: "127.0.0.1".into(), port: 7001 };
    let text = tell_node(&Event::ReplicaOnline { replica }, "a").sentence(Locale::En).to_text();
    assert!(text.starts_with("a counts 127.0.0.1:7001 as online"), "{text}");
}
