//! Takes the photograph: from the world and the log to what the page shows.
//!
//! Everything follows from the moment of the timeline alone, so the picture is the same however the moment was
//! reached.

use std::rc::Rc;

use bytes::Bytes;

use crate::base::{Blob, Instant, Map, Offset, ReplId, Span, UnixMs, printable, sort_by};
use crate::keyspace::{Keyspace, Value, lookup};
use crate::node::Content;
use crate::node::trace::Event;
use crate::node::view::NodeView;
use crate::resp::{Argv, Limits, RequestParser};
use crate::sim::{
    Carries as Sign, EPOCH, Input, LinkView, Message, MessageNote, NodeEntry, NodeId, ProcessState,
    RoadState, WorldEvent, WorldEventKind,
};
use crate::timeline::Timeline;
use crate::ui::snapshot::{
    Ask, Carries, DataRow, DecisionCard, GLOW, Kind, LinkCard, LossCard, MessageCard, NodeCard, Process,
    ROWS_MAX, WorldView,
};

/// How long a lost message stays to be seen where it was lost, unless its link is still cut.
const LOSS_SHOWN: Span = Span::from_ms(120);
/// How many losses are shown.
const LOSSES_MAX: usize = 6;
/// How many keys are looked through for a card.
const KEYS_SEARCHED: usize = 400;
/// How far back the log is searched for what explains an event.
const LOOK_BACK: usize = 400;

pub fn photograph(timeline: &Timeline) -> WorldView {
    let world = timeline.world();
    let now = timeline.now();
    let recent = recent(timeline, now);
    let of = |id: NodeId| recent.get(&id).map_or(&[][..], Vec::as_slice);
    let entries = entries(timeline);
    let changed: Vec<Vec<Changed>> = entries.iter().map(|entry| keys_changed(of(entry.id))).collect();
    let touched = last_of_each(changed.iter().flatten());
    let mut nodes: Vec<NodeCard> = entries
        .into_iter()
        .zip(&changed)
        .map(|(entry, changed)| node(entry, now, of(entry.id), changed, &touched))
        .collect();
    for i in 0..nodes.len() {
        nodes[i].followed = nodes.iter().any(|other| other.master() == Some(&*nodes[i].name));
    }
    WorldView {
        nodes: nodes.into_iter().map(Rc::new).collect(),
        links: world.links().iter().map(|view| Rc::new(link(view))).collect(),
        messages: messages(timeline),
        losses: losses(timeline),
        decision: decision(timeline).map(Rc::new),
    }
}

/// The nodes in the order in which their names came up: who takes the place of another one under its name has its place
/// on the page, too.
pub fn entries(timeline: &Timeline) -> Vec<&NodeEntry> {
    let mut left: Vec<&NodeEntry> = timeline.world().nodes().collect();
    let mut found = Vec::with_capacity(left.len());
    for recorded in timeline.inputs() {
        if let Input::AddNode { name, .. } = &*recorded.input
            && let Some(at) = left.iter().position(|entry| entry.name == *name)
        {
            found.push(left.remove(at));
        }
        if left.is_empty() {
            break;
        }
    }
    found.extend(left);
    found
}

/// The name of a node, also of one that is gone.
pub fn name_of(timeline: &Timeline, id: NodeId) -> Rc<str> {
    if let Some(entry) = timeline.world().node(id) {
        return entry.name.clone();
    }
    let added = |event: &WorldEvent| match &event.kind {
        WorldEventKind::NodeAdded { name, .. } if event.node == Some(id) => Some(name.clone()),
        _ => None,
    };
    let log = timeline.events();
    log.iter(0..log.len()).find_map(|(_, event)| added(event)).unwrap_or_else(|| Rc::from("?"))
}

// -- nodes ----------------------------------------------------------------------------------------------------

/// What each node did not long ago, as far as it shows: all that is still lit, and a little more, so that it stays on its card.
fn recent(timeline: &Timeline, now: Instant) -> Map<NodeId, Vec<&WorldEvent>> {
    let log = timeline.events();
    let mut window = log.window(Instant(now.0.saturating_sub(GLOW.0)), now);
    let end = window.end.min(timeline.visible());
    window.start = window.start.min(end.saturating_sub(LOOK_BACK));
    let mut found: Map<NodeId, Vec<&WorldEvent>> = Map::new();
    for (_, event) in log.iter(window.start..end) {
        let WorldEventKind::Node(Event::Propagated { .. } | Event::Executed { .. } | Event::Applied { .. }) =
            &event.kind
        else {
            continue;
        };
        if let Some(node) = event.node {
            found.get_or_default(node).push(event);
        }
    }
    found
}

fn node(
    entry: &NodeEntry,
    now: Instant,
    recent: &[&WorldEvent],
    changed: &[Changed],
    touched: &[Changed],
) -> NodeCard {
    let appended = recent.iter().filter_map(|event| match &event.kind {
        WorldEventKind::Node(Event::Propagated { first, last, .. }) => {
            Some((event.at, (last.minus(*first) + 1) as u64))
        }
        _ => None,
    });
    let appended = appended.fold(None, |sum: Option<(Instant, u64)>, (at, bytes)| match sum {
        Some((before, so_far)) if before == at => Some((at, so_far + bytes)),
        _ => Some((at, bytes)),
    });
    let (view, rows) = match &entry.node {
        Some(node) => (node.view(now), rows(node.keyspace(), changed, touched)),
        None => (gone(entry), Vec::new()),
    };
    let history = entry.node.as_ref().and_then(|node| node.history());
    let fills = view.is_busy();
    NodeCard {
        name: entry.name.clone(),
        port: entry.port(),
        process: match entry.state {
            ProcessState::Running => Process::Running,
            ProcessState::Paused => Process::Paused,
            ProcessState::Crashed | ProcessState::Exited => Process::Crashed,
        },
        view,
        history,
        rows,
        // Only what fills needs it; otherwise a card that did not change stays the same card.
        at: if fills { now } else { Instant::ZERO },
        appended,
        followed: false,
    }
}

/// The view of a process that is not there.
fn gone(entry: &NodeEntry) -> NodeView {
    NodeView {
        version: entry.version,
        run_id: ReplId::ZERO,
        repl_id: None,
        second_id: None,
        offset: None,
        backlog: None,
        replicas: Vec::new(),
        master: None,
        snapshot: None,
        keys: 0,
        read_only: false,
    }
}

/// A key of a database, and when it was last changed.
type Changed = (u32, Blob, Instant);

/// The last change of each key.
fn last_of_each<'a>(changes: impl Iterator<Item = &'a Changed>) -> Vec<Changed> {
    let mut found: Vec<Changed> = Vec::new();
    for change in changes {
        match found.iter_mut().find(|(db, key, _)| (*db, key) == (change.0, &change.1)) {
            Some((.., at)) => *at = change.2.max(*at),
            None => found.push(change.clone()),
        }
    }
    found
}

/// The keys that were changed, the last ones first, each with when that was last.
fn keys_changed(recent: &[&WorldEvent]) -> Vec<Changed> {
    /// More than any card shows.
    const MANY: usize = 200;
    let mut found: Vec<Changed> = Vec::new();
    // It is mostly the same command again.
    let mut known: (&[u8], _) = (b"", None);
    for event in recent.iter().rev() {
        let (db, argv) = match &event.kind {
            WorldEventKind::Node(Event::Executed { db, argv, changes, .. }) if *changes > 0 => (*db, argv),
            WorldEventKind::Node(Event::Applied { db, argv, .. }) => (*db, argv),
            _ => continue,
        };
        let Some(name) = argv.first() else { continue };
        if *known.0 != **name {
            known = (name, lookup(name).map(|command| command.spec.keys));
        }
        let Some((first, last, step)) = known.1.filter(|(first, _, step)| *first > 0 && *step > 0) else {
            continue;
        };
        let last = if last < 0 { argv.len() as i32 + last } else { last };
        for key in (first..=last).step_by(step as usize).filter_map(|at| argv.get(at as usize)) {
            if found.len() < MANY && !found.iter().any(|(of, other, _)| *of == db && other == key) {
                found.push((db, key.clone(), event.at));
            }
        }
    }
    found
}

fn rows(keyspace: &Keyspace, changed: &[Changed], touched: &[Changed]) -> Vec<DataRow> {
    let last = |all: &[Changed], db: u32, key: &[u8]| {
        all.iter().find(|(in_db, of, _)| *in_db == db && **of == *key).map(|(_, _, at)| *at)
    };
    let mut rows: Vec<DataRow> = Vec::new();
    for (db, data) in keyspace.iter() {
        let few = data.iter().take(KEYS_SEARCHED);
        // In a large database what just changed may not be among the first.
        let fresh = touched
            .iter()
            .filter(|(of, key, _)| *of == db && data.len() > KEYS_SEARCHED && data.contains(key));
        let fresh = fresh.filter_map(|(_, key, _)| data.get_key_value(key));
        for (key, entry) in few.chain(fresh) {
            rows.push(DataRow {
                key: printable(key, 24).into(),
                value: preview(&entry.value).into(),
                db,
                expires: entry.expire.map(moment_of),
                changed: last(changed, db, key),
                touched: last(touched, db, key),
            });
        }
    }
    // What changed last must be among those that are kept.
    sort_by(&mut rows, |a, b| b.touched.cmp(&a.touched).then_with(|| (a.db, &a.key).cmp(&(b.db, &b.key))));
    rows.dedup_by(|a, b| (a.db, &a.key) == (b.db, &b.key));
    rows.truncate(ROWS_MAX);
    sort_by(&mut rows, |a, b| (a.db, &a.key).cmp(&(b.db, &b.key)));
    rows
}

/// The world's moment of a calendar time.
fn moment_of(time: UnixMs) -> Instant {
    Instant::ZERO + Span::from_ms(time.0.saturating_sub(EPOCH.0).max(0) as u64)
}

/// A value in short.
pub fn preview(value: &Value) -> String {
    const LONG: usize = 28;
    let join = |items: &mut dyn Iterator<Item = String>| items.take(4).collect::<Vec<_>>().join(" ");
    match value {
        Value::String(text) if crate::base::parse_i64(&text.bytes).is_some() => printable(&text.bytes, LONG),
        Value::String(text) => format!("\"{}\"", printable(&text.bytes, LONG)),
        Value::List(list) => format!("[{}]", join(&mut list.iter().map(|item| printable(item, 8)))),
        Value::Set(set) => format!("{{{}}}", join(&mut set.iter().map(|item| printable(&item, 8)))),
        Value::Hash(hash) => {
            let mut pairs =
                hash.iter().map(|(field, value)| format!("{}:{}", printable(field, 8), printable(value, 8)));
            format!("{{{}}}", join(&mut pairs))
        }
        Value::ZSet(zset) => {
            let mut pairs = zset.iter().map(|(score, member)| format!("{}:{}", printable(member, 8), score));
            format!("{{{}}}", join(&mut pairs))
        }
    }
}

// -- links and messages ---------------------------------------------------------------------------------------

fn link(view: &LinkView) -> LinkCard {
    let states = [view.forth.state, view.back.state];
    let state = if states.contains(&RoadState::Cut) {
        Carries::Cut
    } else if states.contains(&RoadState::Blackhole) {
        Carries::Nothing
    } else {
        Carries::Well
    };
    let one_way = match states {
        [RoadState::Open, RoadState::Open] => None,
        [_, RoadState::Open] => Some((view.a_name.clone(), view.b_name.clone())),
        [RoadState::Open, _] => Some((view.b_name.clone(), view.a_name.clone())),
        _ => None,
    };
    LinkCard {
        one_way,
        a: view.a_name.clone(),
        b: view.b_name.clone(),
        latency: view.forth.latency.max(view.back.latency),
        bandwidth: view.forth.bandwidth.map(|bandwidth| bandwidth.0),
        state,
    }
}

fn messages<'a>(timeline: &'a Timeline) -> Vec<Rc<MessageCard>> {
    // A write goes to each replica, one message after the other: they have one label.
    let mut last: Option<(&'a Message, Rc<str>)> = None;
    let card = |one: &'a Message| {
        let same =
            |(other, _): &&(&Message, Rc<str>)| (one.carries, &one.bytes) == (other.carries, &other.bytes);
        let label = last.as_ref().filter(same).map_or_else(|| label_of(one), |(_, label)| label.clone());
        last = Some((one, label.clone()));
        Rc::new(message(timeline, one, label))
    };
    timeline.world().in_flight().map(card).collect()
}

fn label_of(message: &Message) -> Rc<str> {
    match message.carries {
        Sign::Data { content } => label(content, &message.bytes).into(),
        sign => sign_label(sign).into(),
    }
}

fn message(timeline: &Timeline, message: &Message, label: Rc<str>) -> MessageCard {
    let kind = match message.carries {
        Sign::Data { content } => kind(content, &message.bytes),
        _ => Kind::KeepAlive,
    };
    // Where the head is; the tail follows as fast as the road lets it.
    let arrives = message.sent_at + message.arrives_at.since(message.left_at).max(Span(1));
    MessageCard {
        id: message.id.0,
        from: name_of(timeline, message.from),
        to: name_of(timeline, message.to),
        sent: message.sent_at,
        arrives,
        left: message.left_at,
        after: after(timeline, message, arrives.since(message.sent_at)),
        held: message.held_since.map(|since| message.progress(since).min(1000) as u16),
        kind,
        label,
        bytes: message.bytes.len() as u64,
    }
}

/// How long before a message another one was sent on the same way, if that is not longer ago than `way`.
/// Acknowledgements are drawn as dots, which are in nobody's way.
fn after(timeline: &Timeline, message: &Message, way: Span) -> Option<Span> {
    let log = timeline.events();
    let window = log.window(Instant(message.sent_at.0.saturating_sub(way.0)), message.sent_at);
    let before = log.iter(window).rev().find(|(_, event)| match &event.kind {
        WorldEventKind::MessageSent(note) => {
            (note.from, note.to) == (message.from, message.to)
                && note.id < message.id
                && !matches!(note.carries, Sign::Data { content: Content::Ack | Content::KeepAlive })
        }
        _ => false,
    });
    before.map(|(_, event)| message.sent_at.since(event.at))
}

/// The message that an event of the log sent, with its bytes. The log keeps none: it is looked for in the world of
/// the moment at which it was sent.
pub fn message_of(timeline: &Timeline, number: usize) -> Option<Message> {
    let WorldEventKind::MessageSent(note) = &timeline.events().get(number)?.kind else { return None };
    let find =
        |timeline: &Timeline| timeline.world().in_flight().find(|message| message.id == note.id).cloned();
    find(timeline).or_else(|| {
        let mut then = timeline.clone();
        then.seek(timeline.moment_of(number));
        find(&then)
    })
}

/// What the message carried that an event sent: `a → b · SET city Oslo · 31 B`.
pub fn carried(timeline: &Timeline, number: usize) -> Option<String> {
    let found = message_of(timeline, number)?;
    let card = message(timeline, &found, label_of(&found));
    let bytes = if card.bytes == 0 { String::new() } else { format!(" · {} B", card.bytes) };
    Some(format!("{} → {} · {}{bytes}", card.from, card.to, card.label))
}

fn sign_label(sign: Sign) -> &'static str {
    match sign {
        Sign::Open => "SYN",
        Sign::Accept => "SYN ACK",
        Sign::Refuse | Sign::Reset => "RST",
        Sign::End => "FIN",
        Sign::Data { .. } => "",
    }
}

fn kind(content: Content, bytes: &[u8]) -> Kind {
    match content {
        // To a master from before 2.8 a PSYNC is no question: it answers as to any command that it does not know.
        Content::Dialogue if bytes.starts_with(b"-") => Kind::Refusal,
        Content::Dialogue => Kind::Dialogue,
        Content::Handshake => Kind::Handshake,
        Content::Question => Kind::Question,
        Content::Answer if bytes.starts_with(b"+CONTINUE") => Kind::Continue,
        Content::Answer if bytes.starts_with(b"-") => Kind::Refusal,
        Content::Answer => Kind::FullResync,
        Content::KeepAlive => Kind::KeepAlive,
        Content::Rdb { .. } => Kind::Rdb,
        Content::Stream { .. } => Kind::Stream,
        Content::Ack => Kind::Ack,
    }
}

fn label(content: Content, bytes: &Bytes) -> String {
    const LONG: usize = 26;
    let line = || {
        let line = bytes.split(|byte| *byte == b'\r' || *byte == b'\n').next().unwrap_or(b"");
        let text = printable(line, 80);
        // What an error quotes was sent a moment ago.
        shorten_ids(text.split(" '").next().unwrap_or(&text), LONG)
    };
    match content {
        Content::Rdb { sent, .. } if sent.0 == 0 => line(),
        Content::Rdb { sent, bytes } if bytes.0 > sent.0 => format!("RDB {sent}/{bytes} B"),
        Content::Rdb { bytes, .. } => format!("RDB {bytes} B"),
        Content::KeepAlive => "\\n".to_owned(),
        Content::Ack => format!(
            "ACK {}",
            commands(bytes)
                .first()
                .and_then(|argv| argv.get(2))
                .map_or_else(String::new, |n| printable(n, 20))
        ),
        Content::Answer => line(),
        Content::Dialogue | Content::Handshake | Content::Question | Content::Stream { .. } => {
            let found = commands(bytes);
            // A SELECT goes before the write that it is for: the write says more.
            let telling = found.iter().find(|argv| !argv[0].eq_ignore_ascii_case(b"select"));
            match telling.or(found.first()) {
                None if bytes.first().is_some_and(|byte| b"+-:$*".contains(byte)) => line(),
                None => format!("{} B", bytes.len()),
                Some(argv) => {
                    let text: Vec<String> = argv.iter().map(|arg| printable(arg, 40)).collect();
                    let text = shorten_ids(&text.join(" "), LONG);
                    if found.len() > 1 { format!("{text} +{}", found.len() - 1) } else { text }
                }
            }
        }
    }
}

/// IDs in short, and the whole not longer than `long`.
fn shorten_ids(text: &str, long: usize) -> String {
    let short: Vec<String> =
        text.split(' ')
            .map(|word| {
                if word.len() == 40 && word.is_ascii() {
                    format!("{}…", &word[..6])
                } else {
                    word.to_owned()
                }
            })
            .collect();
    let short = short.join(" ");
    if short.chars().count() <= long { short } else { short.chars().take(long - 1).chain(['…']).collect() }
}

/// The commands that a stretch of bytes begins with, as far as they are whole.
fn commands(bytes: &[u8]) -> Vec<Argv> {
    const FEW: usize = 200;
    if !bytes.starts_with(b"*") && bytes.first().is_none_or(|byte| !byte.is_ascii_alphabetic()) {
        return Vec::new();
    }
    let mut parser = RequestParser::new(Limits::new(crate::base::Version::V7_0.profile()));
    parser.feed(bytes);
    let mut found = Vec::new();
    while let Ok(Some(request)) = parser.next() {
        if !request.argv.is_empty() {
            found.push(request.argv);
        }
        if found.len() == FEW {
            break;
        }
    }
    found
}

/// What was lost: for as long as its link is cut, or for a moment.
fn losses(timeline: &Timeline) -> Vec<Rc<LossCard>> {
    let (log, seen, now) = (timeline.events(), timeline.visible(), timeline.now());
    let world = timeline.world();
    let mut found = Vec::new();
    for (number, event) in log.iter(seen.saturating_sub(LOOK_BACK)..seen).rev() {
        let WorldEventKind::MessageLost { message, .. } = &event.kind else { continue };
        let cut = world.road(message.from, message.to).state == RoadState::Cut;
        if now.since(event.at) >= LOSS_SHOWN && !cut {
            continue;
        }
        if let Some(loss) = loss(timeline, number, event.at, message) {
            found.push(Rc::new(loss));
        }
        if found.len() == LOSSES_MAX {
            break;
        }
    }
    found
}

fn loss(timeline: &Timeline, number: usize, at: Instant, note: &MessageNote) -> Option<LossCard> {
    let Sign::Data { content } = note.carries else { return None };
    let log = timeline.events();
    let before = || log.iter(number.saturating_sub(LOOK_BACK)..number).rev().map(|(_, event)| event);
    let sent = before()
        .find(|event| matches!(&event.kind, WorldEventKind::MessageSent(sent) if sent.id == note.id))?;
    let label = match content {
        Content::Stream { first } => before().find_map(|event| stream_label(event, first)),
        Content::Rdb { .. } => Some("RDB".to_owned()),
        Content::Ack => Some("ACK".to_owned()),
        _ => None,
    };
    let latency = timeline.world().road(note.from, note.to).latency.0.max(1);
    Some(LossCard {
        id: note.id.0,
        from: name_of(timeline, note.from),
        to: name_of(timeline, note.to),
        reached: (at.since(sent.at).0.saturating_mul(1000) / latency).clamp(120, 880) as u16,
        at,
        kind: kind(content, b""),
        label: label.unwrap_or_else(|| format!("{} B", note.bytes)).into(),
    })
}

fn stream_label(event: &WorldEvent, from: Offset) -> Option<String> {
    match &event.kind {
        WorldEventKind::Node(Event::Propagated { first, argv, .. }) if *first == from => {
            let words: Vec<String> = argv.iter().map(|arg| printable(arg, 16)).collect();
            Some(shorten_ids(&words.join(" "), 22))
        }
        _ => None,
    }
}

// -- the decision ---------------------------------------------------------------------------------------------

/// The newest answer to a PSYNC.
fn decision(timeline: &Timeline) -> Option<DecisionCard> {
    let log = timeline.events();
    let mut milestones = log.milestones(0..timeline.visible()).rev().take(LOOK_BACK);
    milestones.find_map(|number| decision_of(timeline, number))
}

/// The decision that an event is, if it is one.
pub fn decision_of(timeline: &Timeline, number: usize) -> Option<DecisionCard> {
    let event = timeline.events().get(number)?;
    let master = event.node?;
    let (replica, ask) = match &event.kind {
        WorldEventKind::Node(Event::PsyncDecided { replica, decision }) => {
            (replica.host.clone(), Ask::Decided((**decision).clone()))
        }
        WorldEventKind::Node(Event::PsyncUnknown { error, .. }) => {
            (asker(timeline, number, master)?, Ask::Unknown { error: error.clone() })
        }
        _ => return None,
    };
    Some(DecisionCard { at: event.at, seq: event.seq, master: name_of(timeline, master), replica, ask })
}

/// Who asked the PSYNC that a master did not understand: who sent one last.
fn asker(timeline: &Timeline, number: usize, master: NodeId) -> Option<Rc<str>> {
    let before = timeline.events().iter(number.saturating_sub(LOOK_BACK)..number).rev();
    let mut sent =
        before.filter(|(_, event)| matches!(event.kind, WorldEventKind::Node(Event::PsyncSent { .. })));
    sent.find_map(|(_, event)| event.node.filter(|node| *node != master)).map(|node| name_of(timeline, node))
}

#[cfg(test)]
mod tests {
    use super::{Kind, kind, label};
    use bytes::Bytes;

    use crate::base::Offset;
    use crate::node::Content;

    #[test]
    fn a_message_is_named_by_what_tells_most() {
        let named = |content, bytes: &'static [u8]| label(content, &Bytes::from_static(bytes));
        let stream = Content::Stream { first: Offset(2) };
        let select = b"*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n*3\r\n$3\r\nSET\r\n$4\r\nname\r\n$5\r\nredis\r\n";
        assert_eq!(named(stream, select), "SET name redis +1");
        assert_eq!(named(stream, &select[..23]), "SELECT 0");
        let refusal = b"-ERR unknown command 'PSYNC'\r\n";
        assert_eq!(named(Content::Dialogue, refusal), "-ERR unknown command");
        assert_eq!(kind(Content::Dialogue, refusal), Kind::Refusal);
    }
}
