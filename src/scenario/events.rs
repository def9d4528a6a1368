//! The names of event kinds in scenario texts: `event b.psync-sent`.
//!
//! One list; the compiler checks that no kind is missing.

use crate::node::trace::Event;
use crate::sim::WorldEventKind;

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

/// All names.
pub fn kinds() -> impl Iterator<Item = &'static str> {
    NODE_KINDS.iter().chain(WORLD_KINDS).copied()
}

/// The kind with this name.
pub(super) fn kind_named(name: &str) -> Option<&'static str> {
    kinds().find(|kind| *kind == name)
}
