//! The events between nodes as stories: terminals, messages, links, processes.

use std::rc::Rc;

use crate::base::ByteCount;
use crate::node::{Content, Wake};
use crate::sim::{
    Bandwidth, Carries, LossCause, MessageNote, NextWhy, NodeId, Typist, Way, WorldEvent, WorldEventKind,
};

use super::node_events::{code, tell_node};
use super::terms::Term;
use super::{Arg, Locale, Sentence, Story, Told};

/// Who knows the names of a world's nodes.
pub trait Names {
    /// The node's name; also of one that is gone already.
    fn name(&self, node: NodeId) -> Rc<str>;
}

impl<F: Fn(NodeId) -> Rc<str>> Names for F {
    fn name(&self, node: NodeId) -> Rc<str> {
        self(node)
    }
}

/// What happened, as a story.
pub fn tell(event: &WorldEvent, names: &dyn Names) -> Told {
    let me = event.node.map_or_else(|| Rc::from("?"), |node| names.name(node));
    if let WorldEventKind::Node(event) = &event.kind {
        return tell_node(event, &me);
    }
    people(&event.kind)
        .or_else(|| connections(&event.kind, names))
        .or_else(|| links(&event.kind, names))
        .unwrap_or_else(|| processes(&event.kind))
        .with("me", Arg::Node(me.to_string()))
}

/// What happened, as a sentence.
pub fn narrate(event: &WorldEvent, names: &dyn Names, locale: Locale) -> Sentence {
    tell(event, names).sentence(locale)
}

fn people(event: &WorldEventKind) -> Option<Told> {
    Some(match event {
        WorldEventKind::Typed { by: Typist::Terminal, line } => {
            Told::new(Story::Typed).with("line", code(line))
        }
        WorldEventKind::Typed { by: Typist::Workload { .. }, line } => {
            Told::new(Story::WorkloadTyped).with("line", code(line))
        }
        WorldEventKind::Replied { reply, .. } => Told::new(Story::Replied).with("reply", first_line(reply)),
        WorldEventKind::NotReached { error, .. } => Told::new(Story::NotReached).with("error", code(error)),
        WorldEventKind::WorkloadStarted { every, line, count, .. } => match count {
            Some(count) => Told::new(Story::WorkloadStartedTimes).with("count", Arg::Count(*count)),
            None => Told::new(Story::WorkloadStarted),
        }
        .with("every", Arg::Span(*every))
        .with("line", code(line)),
        WorldEventKind::WorkloadEnded { runs, .. } => {
            Told::new(Story::WorkloadEnded).with("runs", Arg::Count(*runs))
        }
        _ => return None,
    })
}

fn connections(event: &WorldEventKind, names: &dyn Names) -> Option<Told> {
    let node = |id: NodeId| Arg::Node(names.name(id).to_string());
    Some(match event {
        WorldEventKind::ConnectAsked { host, port, to, .. } => match to {
            Some(to) => Told::new(Story::ConnectAsked).with("to", node(*to)),
            None => Told::new(Story::ConnectAskedNobody).with("host", code(host)),
        }
        .with("port", Arg::Code(port.to_string())),
        WorldEventKind::ConnectDone { to, .. } => Told::new(Story::ConnectDone).with("to", node(*to)),
        WorldEventKind::ConnectRefused { to, why, .. } => match to {
            Some(to) => Told::new(Story::ConnectRefused).with("to", node(*to)),
            None => Told::new(Story::ConnectRefusedNobody),
        }
        .with("error", code(why)),
        WorldEventKind::MessageSent(note) => message(Story::MessageSent, Story::SignSent, note, names),
        WorldEventKind::MessageDelivered(note) => {
            message(Story::MessageDelivered, Story::SignDelivered, note, names)
        }
        WorldEventKind::MessageLost { message: note, cause } => {
            let story = match cause {
                LossCause::Cut => Story::MessageLostCut,
                LossCause::Gone => Story::MessageLostGone,
            };
            message(story, story, note, names)
        }
        WorldEventKind::ConnectionEnded { peer, reset, .. } => {
            let story = if *reset { Story::ConnectionReset } else { Story::ConnectionEnded };
            Told::new(story).with("peer", node(*peer))
        }
        _ => return None,
    })
}

/// A message: `data` when it carries bytes, `sign` when it is a sign of TCP.
fn message(data: Story, sign: Story, note: &MessageNote, names: &dyn Names) -> Told {
    let story = if matches!(note.carries, Carries::Data { .. }) { data } else { sign };
    Told::new(story)
        .with("from", Arg::Node(names.name(note.from).to_string()))
        .with("to", Arg::Node(names.name(note.to).to_string()))
        .with("what", carried(note.carries))
        .with("bytes", Arg::Bytes(note.bytes))
}

/// What a message carries, in a few words.
pub fn carried(carries: Carries) -> Arg {
    let content = match carries {
        Carries::Open => return plain(Term::CarriesOpen),
        Carries::Accept => return plain(Term::CarriesAccept),
        Carries::Refuse => return plain(Term::CarriesRefuse),
        Carries::End => return plain(Term::CarriesEnd),
        Carries::Reset => return plain(Term::CarriesReset),
        Carries::Data { content } => content,
    };
    match content {
        Content::Dialogue => plain(Term::CarriesDialogue),
        Content::Handshake => plain(Term::CarriesHandshake),
        Content::Question => plain(Term::CarriesQuestion),
        Content::Answer => plain(Term::CarriesAnswer),
        Content::KeepAlive => plain(Term::CarriesKeepAlive),
        Content::Ack => plain(Term::CarriesAck),
        Content::Rdb { sent: ByteCount(0), .. } => plain(Term::CarriesRdbHeader),
        Content::Rdb { sent, bytes: ByteCount(0) } => {
            Arg::Told(Term::CarriesRdbOpen.template(), vec![("sent", Arg::Bytes(sent))])
        }
        Content::Rdb { sent, bytes } => Arg::Told(
            Term::CarriesRdb.template(),
            vec![("sent", Arg::Count(sent.0)), ("bytes", Arg::Bytes(bytes))],
        ),
        Content::Stream { first } => {
            Arg::Told(Term::CarriesStream.template(), vec![("first", Arg::Offset(first))])
        }
    }
}

fn links(event: &WorldEventKind, names: &dyn Names) -> Option<Told> {
    let link = |from: NodeId, to: NodeId, way: Way| {
        let sign = match way {
            Way::Both => "–",
            Way::OneWay => "→",
        };
        Arg::Node(format!("{} {sign} {}", names.name(from), names.name(to)))
    };
    Some(match event {
        WorldEventKind::LinkSet { from, to, way, latency, bandwidth } => match bandwidth {
            Some(bandwidth) => {
                Told::new(Story::LinkSetBandwidth).with("bandwidth", Arg::Words(bits(*bandwidth)))
            }
            None => Told::new(Story::LinkSet),
        }
        .with("link", link(*from, *to, *way))
        .with("latency", Arg::Span(*latency)),
        WorldEventKind::LinkCut { from, to, way, connections, lost, .. } => Told::new(Story::LinkCut)
            .with("link", link(*from, *to, *way))
            .with("connections", Arg::Count(*connections))
            .with("bytes", Arg::Bytes(*lost)),
        WorldEventKind::LinkHealed { from, to, way, held } => {
            let told = match held.0 {
                0 => Told::new(Story::LinkHealed),
                _ => Told::new(Story::LinkHealedHeld).with("bytes", Arg::Bytes(*held)),
            };
            told.with("link", link(*from, *to, *way))
        }
        WorldEventKind::LinkBlackholed { from, to, way, .. } => {
            Told::new(Story::LinkBlackholed).with("link", link(*from, *to, *way))
        }
        _ => return None,
    })
}

/// Processes. The match names every event, so that a new one cannot be forgotten.
fn processes(event: &WorldEventKind) -> Told {
    match event {
        WorldEventKind::NodeAdded { version, .. } => {
            Told::new(Story::NodeAdded).with("version", Arg::Words(version.name().into()))
        }
        WorldEventKind::NodeRemoved { .. } => Told::new(Story::NodeRemoved),
        WorldEventKind::Crashed { keys, dump } => match dump {
            Some(bytes) => Told::new(Story::CrashedDump).with("bytes", Arg::Bytes(*bytes)),
            None => Told::new(Story::Crashed),
        }
        .with("keys", Arg::Keys(*keys)),
        WorldEventKind::Exited => Told::new(Story::Exited),
        WorldEventKind::Restarted { dump: Some(bytes) } => {
            Told::new(Story::RestartedDump).with("bytes", Arg::Bytes(*bytes))
        }
        WorldEventKind::Restarted { dump: None } => Told::new(Story::Restarted),
        WorldEventKind::Paused => Told::new(Story::Paused),
        WorldEventKind::Resumed { paused_for, waiting } => {
            Told::new(Story::Resumed).with("span", Arg::Span(*paused_for)).with("bytes", Arg::Bytes(*waiting))
        }
        WorldEventKind::Configured { directive, value, at_once } => {
            let story = if *at_once { Story::Configured } else { Story::ConfiguredLater };
            Told::new(story).with("directive", code(directive)).with("value", code(value))
        }
        WorldEventKind::Node(_)
        | WorldEventKind::Typed { .. }
        | WorldEventKind::Replied { .. }
        | WorldEventKind::NotReached { .. }
        | WorldEventKind::WorkloadStarted { .. }
        | WorldEventKind::WorkloadEnded { .. }
        | WorldEventKind::ConnectAsked { .. }
        | WorldEventKind::ConnectDone { .. }
        | WorldEventKind::ConnectRefused { .. }
        | WorldEventKind::MessageSent(_)
        | WorldEventKind::MessageDelivered(_)
        | WorldEventKind::MessageLost { .. }
        | WorldEventKind::ConnectionEnded { .. }
        | WorldEventKind::LinkSet { .. }
        | WorldEventKind::LinkCut { .. }
        | WorldEventKind::LinkHealed { .. }
        | WorldEventKind::LinkBlackholed { .. } => unreachable!("told by another function"),
    }
}

/// What a world waits for, in a few words: for the notice about a skipped span.
pub fn waiting_for(why: &NextWhy, names: &dyn Names) -> Arg {
    let node = |id: NodeId| Arg::Node(names.name(id).to_string());
    let (term, args) = match why {
        NextWhy::Delivery { from, to, .. } => {
            (Term::WaitDelivery, vec![("from", node(*from)), ("to", node(*to))])
        }
        NextWhy::Unreachable { node: from, to } => {
            (Term::WaitUnreachable, vec![("node", node(*from)), ("to", node(*to))])
        }
        NextWhy::Deadline { wake, .. } => (wake_term(*wake), vec![]),
        NextWhy::Workload { .. } => (Term::WaitWorkload, vec![]),
    };
    Arg::Told(term.template(), args)
}

fn wake_term(wake: Wake) -> Term {
    match wake {
        Wake::ReplicationCron => Term::WakeReplicationCron,
        Wake::SnapshotDone => Term::WakeSnapshotDone,
        Wake::LoadDone => Term::WakeLoadDone,
        Wake::DisklessDelay => Term::WakeDisklessDelay,
        Wake::Awake => Term::WakeAwake,
        Wake::Expiry => Term::WakeExpiry,
        Wake::BlockedClient => Term::WakeBlockedClient,
        Wake::Housekeeping => Term::WakeHousekeeping,
    }
}

fn plain(term: Term) -> Arg {
    Arg::Told(term.template(), vec![])
}

fn first_line(reply: &str) -> Arg {
    let mut lines = reply.trim_end().lines();
    let first = lines.next().unwrap_or("");
    match lines.next() {
        Some(_) => code(&format!("{first} …")),
        None => code(first),
    }
}

/// `1 Mbit`, `64 kbit`.
fn bits(bandwidth: Bandwidth) -> String {
    let text = bandwidth.to_string();
    let unit = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
    let (number, unit) = text.split_at(unit);
    let unit = match unit {
        "gbit" => "Gbit",
        "mbit" => "Mbit",
        unit => unit,
    };
    format!("{number} {unit}")
}
