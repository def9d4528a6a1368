//! Every byte that travels in the scenarios has one meaning: the annotations tile each message and each RDB.

use std::collections::BTreeMap;
use std::fs;
use std::ops::Range;
use std::path::PathBuf;

use resync::narrate::stretches;
use resync::node::Content;
use resync::rdb;
use resync::scenario::Scenario;
use resync::sim::{ChannelId, MessageId, NodeId, WorldEventKind};
use resync::timeline::{Replay, Timeline};

fn scenarios() -> Vec<(String, Timeline)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
    let paths = fs::read_dir(folder).expect("the folder exists").map(|entry| entry.expect("an entry").path());
    let mut paths: Vec<PathBuf> =
        paths.filter(|path| path.extension().is_some_and(|ending| ending == "resync")).collect();
    paths.sort();
    let run = |path: PathBuf| {
        let text = fs::read_to_string(&path).expect("a readable file");
        let opened =
            Replay::new(Scenario::parse(&text).expect("a good text")).finish().expect("a short scenario");
        (path.display().to_string(), opened.timeline)
    };
    paths.into_iter().map(run).collect()
}

/// A message that was sent: its number, its way and its bytes.
struct Sent {
    id: MessageId,
    way: (ChannelId, NodeId),
    content: Content,
    bytes: Vec<u8>,
}

/// Every message with bytes, in the order of sending.
fn messages(timeline: &mut Timeline) -> Vec<Sent> {
    let sent = timeline.events().iter(0..timeline.events().len()).filter_map(|(number, event)| {
        let WorldEventKind::MessageSent(note) = &event.kind else { return None };
        (note.bytes.0 > 0).then_some((number, note.id))
    });
    let mut found = Vec::new();
    for (number, id) in sent.collect::<Vec<_>>() {
        timeline.seek(timeline.moment_of(number));
        let message = timeline.world().in_flight().find(|message| message.id == id);
        let message = message.expect("links take time: what was just sent is under way");
        let content = message.content().expect("it has bytes");
        let way = (message.channel, message.from);
        found.push(Sent { id, way, content, bytes: message.bytes.to_vec() });
    }
    found
}

fn assert_tiles(ranges: impl Iterator<Item = Range<usize>>, length: usize, of: &str) {
    let mut at = 0;
    for range in ranges {
        assert_eq!(range.start, at, "{of}: a gap or an overlap at byte {at}");
        assert!(range.end > range.start, "{of}: an empty stretch at byte {at}");
        at = range.end;
    }
    assert_eq!(at, length, "{of}: the end has no meaning");
}

#[test]
fn the_meanings_of_every_message_and_every_rdb_lie_side_by_side_and_cover_it() {
    let (mut checked, mut rdbs) = (0, 0);
    for (name, mut timeline) in scenarios() {
        let mut files: BTreeMap<(ChannelId, NodeId), Vec<u8>> = BTreeMap::new();
        for sent in messages(&mut timeline) {
            let of = format!("{name}, message {}", sent.id.0);
            let stretches = stretches(sent.content, &sent.bytes);
            assert_tiles(stretches.into_iter().map(|stretch| stretch.range), sent.bytes.len(), &of);
            checked += 1;
            if let Content::Rdb { sent: before, .. } = sent.content {
                let file = files.entry(sent.way).or_default();
                if before.0 == 0 {
                    file.clear();
                }
                file.extend(sent.bytes);
            }
        }
        for (way, bytes) in files {
            let of = format!("{name}, the RDB on {way:?}");
            let start =
                bytes.windows(5).position(|word| word == b"REDIS").expect("an RDB has its magic word");
            let notes = rdb::annotate(&bytes[start..]);
            assert_tiles(notes.iter().map(|note| note.range.clone()), bytes.len() - start, &of);
            let right = |what: &rdb::What| matches!(what, rdb::What::Checksum { stored, computed } if stored == computed);
            assert!(notes.iter().any(|note| right(&note.what)), "{of}: it ends with its checksum");
            rdbs += 1;
        }
    }
    assert!(checked > 300 && rdbs >= 30, "{checked} messages, {rdbs} RDBs");
}
