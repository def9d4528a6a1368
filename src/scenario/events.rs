//! The names of event kinds in scenario texts: `event b.psync-sent`.
//!
//! One list; the compiler checks that no kind is missing.

use crate::node::link::LinkState;
use crate::node::trace::{Answer, Event};
use crate::sim::{NodeEntry, World, WorldEvent, WorldEventKind};

macro_rules! kinds {
    ($(#[$doc:meta])* $function:ident($type:ident), $list:ident: $($variant:ident => $name:literal,)*) => {
        $(#[$doc])*
        pub fn $function(event: &$type) -> &'static str {
            match event {
                $($type::$variant { .. } => $name,)*
                #[allow(unreachable_patterns)]
                _ => "",
            }
        }

        const $list: &[&str] = &[$($name,)*];
    };
}

kinds! {
    /// The name of an event of a node.
    node_kind(Event), NODE_KINDS:
    Started => "started",
    Stopped => "stopped",
    Saved => "saved",
    Executed => "executed",
    Refused => "refused",
    Expired => "expired",
    Propagated => "propagated",
    BacklogCreated => "backlog-created",
    BacklogFreed => "backlog-freed",
    BacklogEvicted => "backlog-evicted",
    IdsChanged => "ids-changed",
    SyncAsked => "sync-asked",
    PsyncUnknown => "psync-unknown",
    PsyncDecided => "psync-decided",
    SyncRefused => "sync-refused",
    ReplicaWaits => "replica-waits",
    SnapshotStarted => "snapshot-started",
    SnapshotEnded => "snapshot-ended",
    FullResyncGranted => "full-resync-granted",
    TransferStarted => "transfer-started",
    TransferProgress => "transfer-progress",
    TransferEnded => "transfer-ended",
    WriteBuffered => "write-buffered",
    BufferFlushed => "buffer-flushed",
    ReplicaOnline => "replica-online",
    AckReceived => "ack-received",
    ReplicaLost => "replica-lost",
    MasterSet => "master-set",
    Promoted => "promoted",
    LinkChanged => "link-changed",
    ConnectFailed => "connect-failed",
    HandshakeSent => "handshake-sent",
    HandshakeAnswered => "handshake-answered",
    PsyncSent => "psync-sent",
    PsyncAnswered => "psync-answered",
    SyncSent => "sync-sent",
    ReceiveStarted => "receive-started",
    ReceiveProgress => "receive-progress",
    LoadStarted => "load-started",
    LoadEnded => "load-ended",
    LoadFailed => "load-failed",
    Applied => "applied",
    AckSent => "ack-sent",
    MasterLost => "master-lost",
}

kinds! {
    /// The name of an event of the world; those of a node have their own list.
    world_kind(WorldEventKind), WORLD_KINDS:
    Typed => "typed",
    Replied => "replied",
    NotReached => "not-reached",
    WorkloadStarted => "workload-started",
    WorkloadEnded => "workload-ended",
    ConnectAsked => "connect-asked",
    ConnectDone => "connect-done",
    ConnectRefused => "connect-refused",
    MessageSent => "message-sent",
    MessageDelivered => "message-delivered",
    MessageLost => "message-lost",
    ConnectionEnded => "connection-ended",
    LinkSet => "link-set",
    LinkCut => "link-cut",
    LinkHealed => "link-healed",
    LinkBlackholed => "link-blackholed",
    NodeAdded => "node-added",
    NodeRemoved => "node-removed",
    Crashed => "crashed",
    Exited => "exited",
    Restarted => "restarted",
    Paused => "paused",
    Resumed => "resumed",
    Configured => "configured",
}

/// The name of an event.
pub fn kind_of(event: &WorldEventKind) -> &'static str {
    match event {
        WorldEventKind::Node(event) => node_kind(event),
        event => world_kind(event),
    }
}

type Is = fn(&World, &WorldEvent) -> bool;

/// Events of the kinds above with a certain outcome, for those who wait for just that.
const FINER: [(&str, Is); 5] = [
    ("full-resync", |_, event| {
        let answer = answer_of(event);
        matches!(answer, Some(Answer::FullResync { .. } | Answer::FullResyncGarbled { .. }))
    }),
    ("continued", |_, event| matches!(answer_of(event), Some(Answer::Continue { .. }))),
    ("psync-error", |_, event| {
        matches!(answer_of(event), Some(Answer::NotNow { .. } | Answer::NotUnderstood { .. }))
    }),
    ("first-eviction", |world, event| {
        let backlog = master_of(world, event).and_then(|master| master.node.as_ref()?.view(event.at).backlog);
        match (&event.kind, backlog) {
            (WorldEventKind::Node(Event::BacklogEvicted { first, .. }), Some(backlog)) => {
                first.0 + backlog.evicted.0 as i64 == backlog.first.0
            }
            _ => false,
        }
    }),
    ("fell-off", |world, event| world.nodes().any(|entry| falls_off(world, event, entry))),
];

fn answer_of(event: &WorldEvent) -> Option<&Answer> {
    match &event.kind {
        WorldEventKind::Node(Event::PsyncAnswered { answer }) => Some(answer),
        _ => None,
    }
}

fn master_of<'a>(world: &'a World, event: &WorldEvent) -> Option<&'a NodeEntry> {
    world.node(event.node?)
}

/// Whether `event` evicts the byte that a replica without a link would ask for next.
fn falls_off(world: &World, event: &WorldEvent, replica: &NodeEntry) -> bool {
    let WorldEventKind::Node(Event::BacklogEvicted { first, last }) = &event.kind else { return false };
    let view = |entry: &NodeEntry| entry.node.as_ref().map(|node| node.view(event.at));
    let Some(master) = master_of(world, event).and_then(view) else { return false };
    let link = view(replica).and_then(|view| view.master).filter(|link| link.link != LinkState::Connected);
    let Some((id, wanted)) = link.and_then(|link| link.resume) else { return false };
    (Some(id) == master.repl_id || Some(id) == master.second_id.map(|(id, _)| id))
        && (*first..=*last).contains(&wanted)
}

/// Whether an event is of a kind, of either list.
pub fn is(kind: &str, world: &World, event: &WorldEvent) -> bool {
    match FINER.iter().find(|(name, _)| *name == kind) {
        Some((_, is)) => is(world, event),
        None => kind_of(&event.kind) == kind,
    }
}

/// All names.
pub fn kinds() -> impl Iterator<Item = &'static str> {
    NODE_KINDS.iter().chain(WORLD_KINDS).copied().chain(FINER.iter().map(|(name, _)| *name))
}

/// The kind with this name.
pub(super) fn kind_named(name: &str) -> Option<&'static str> {
    kinds().find(|kind| *kind == name)
}
