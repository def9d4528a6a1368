//! The events of a node as stories.

use crate::base::{ByteCount, Offset, ReplId, printable};
use crate::node::link::LinkState;
use crate::node::trace::{
    Answer, Event, Framing, IdChange, LossReason, Purpose, Question, ReplicaRef, StreamKind, Target,
    WaitReason,
};
use crate::node::verdict::{Decision, FullReason, SecondId, Verdict, Via};
use crate::resp::Argv;

use super::terms::Term;
use super::{Arg, Story, Template, Told};

/// How much of an argument a sentence shows.
const ARGUMENT_MAX: usize = 40;
/// How many arguments of a command a sentence shows.
const ARGUMENTS_MAX: usize = 8;

/// What the node named `me` says with `event`.
pub fn tell_node(event: &Event, me: &str) -> Told {
    let told = process(event)
        .or_else(|| commands(event))
        .or_else(|| stream(event))
        .or_else(|| master(event))
        .or_else(|| transfer(event))
        .unwrap_or_else(|| replica(event));
    told.with("me", Arg::Node(me.into()))
}

fn process(event: &Event) -> Option<Told> {
    Some(match event {
        Event::Started { version, run_id, keys } => Told::new(Story::Started)
            .with("version", Arg::Words(version.name().into()))
            .with("id", Arg::Id(*run_id))
            .with("keys", Arg::Keys(*keys)),
        Event::Stopped => Told::new(Story::Stopped),
        Event::Saved { bytes, keys } => {
            Told::new(Story::Saved).with("bytes", Arg::Bytes(*bytes)).with("keys", Arg::Keys(*keys))
        }
        _ => return None,
    })
}

fn commands(event: &Event) -> Option<Told> {
    Some(match event {
        Event::Executed { db, argv, changes, .. } => {
            let told = if *changes > 0 {
                Told::new(Story::Wrote).with("changes", Arg::Changes(*changes))
            } else {
                Told::new(Story::Executed)
            };
            told.with("cmd", command(argv)).with("db", in_database(*db))
        }
        Event::Refused { argv, error, .. } => {
            Told::new(Story::Refused).with("cmd", command(argv)).with("error", code(error))
        }
        Event::Expired { db, key } => Told::new(Story::Expired)
            .with("key", Arg::Code(printable(key, ARGUMENT_MAX)))
            .with("db", in_database(*db)),
        _ => return None,
    })
}

fn stream(event: &Event) -> Option<Told> {
    Some(match event {
        Event::Propagated { kind, argv, first, last, counted, .. } => {
            let story = match kind {
                _ if !counted => Story::PropagatedUncounted,
                StreamKind::Write => Story::PropagatedWrite,
                StreamKind::Select => Story::PropagatedSelect,
                StreamKind::Frame => Story::PropagatedFrame,
                StreamKind::Ping => Story::PropagatedPing,
                StreamKind::GetAck => Story::PropagatedGetAck,
            };
            Told::new(story).with("cmd", command(argv)).with("range", Arg::Range(*first, *last))
        }
        Event::BacklogCreated { first, size } => Told::new(Story::BacklogCreated)
            .with("first", Arg::Offset(*first))
            .with("size", Arg::Bytes(*size)),
        Event::BacklogFreed { idle } => Told::new(Story::BacklogFreed).with("idle", Arg::Span(*idle)),
        Event::BacklogEvicted { first, last } => {
            Told::new(Story::BacklogEvicted).with("range", Arg::Range(*first, *last))
        }
        Event::IdsChanged { why, id, second } => {
            let Some(id) = id else { return Some(Told::new(Story::IdNone)) };
            let told = match (why, second) {
                (IdChange::BacklogCreated, _) => Told::new(Story::IdNewHistory),
                (IdChange::BacklogFreed, _) => Told::new(Story::IdAfterFreed),
                (IdChange::Promoted, Some(second)) => with_second(Story::IdPromoted, *second),
                (IdChange::Continued, Some(second)) => with_second(Story::IdContinued, *second),
                (IdChange::FullResync, _) => Told::new(Story::IdAdopted),
                (IdChange::Promoted | IdChange::Continued | IdChange::Debug, _) => {
                    Told::new(Story::IdChanged)
                }
            };
            told.with("id", Arg::Id(*id))
        }
        _ => return None,
    })
}

fn with_second(story: Story, (id, offset): (ReplId, Offset)) -> Told {
    Told::new(story).with("second", Arg::Id(id)).with("offset", Arg::Offset(offset))
}

/// The master's side, up to the verdict and the snapshot.
fn master(event: &Event) -> Option<Told> {
    Some(match event {
        Event::SyncAsked { replica, question } => {
            let told = match question {
                Question::Sync => Told::new(Story::SyncAsked),
                Question::Psync { id, .. } if id.starts_with('?') => Told::new(Story::PsyncAskedAll),
                Question::Psync { id, offset } => Told::new(Story::PsyncAsked)
                    .with("asked", Arg::AskedId(id.clone()))
                    .with("offset", Arg::Offset(*offset)),
            };
            told.with("replica", peer(replica))
        }
        Event::PsyncUnknown { error, .. } => Told::new(Story::PsyncUnknown).with("error", error_line(error)),
        Event::PsyncDecided { replica, decision } => decided(decision).with("replica", peer(replica)),
        Event::SyncRefused { replica, error } => {
            Told::new(Story::SyncRefused).with("replica", peer(replica)).with("error", error_line(error))
        }
        Event::ReplicaWaits { replica, reason } => {
            let told = match reason {
                WaitReason::DisklessDelay { delay } => {
                    Told::new(Story::WaitsForOthers).with("delay", Arg::Span(*delay))
                }
                WaitReason::OtherSnapshot => Told::new(Story::WaitsForSnapshot),
            };
            told.with("replica", peer(replica))
        }
        Event::SnapshotStarted { purpose, target, offset, keys, bytes, takes } => {
            let story = match (purpose, target) {
                (Purpose::Save, _) => Story::SaveStarted,
                _ if *offset == Offset::NONE => Story::SnapshotStartedUncounted,
                (_, Target::Disk) => Story::SnapshotStarted,
                (_, Target::Socket) => Story::SnapshotStartedSockets,
            };
            Told::new(story)
                .with("offset", Arg::Offset(*offset))
                .with("keys", Arg::Keys(*keys))
                .with("bytes", Arg::Bytes(*bytes))
                .with("takes", Arg::Span(*takes))
        }
        Event::SnapshotEnded { bytes, ok: true, .. } => {
            Told::new(Story::SnapshotEnded).with("bytes", Arg::Bytes(*bytes))
        }
        Event::SnapshotEnded { ok: false, .. } => Told::new(Story::SnapshotFailed),
        _ => return None,
    })
}

/// The story of a verdict.
fn decided(decision: &Decision) -> Told {
    let asked = decision.asked_offset;
    let (first, next) = decision.backlog.map_or((Offset(0), Offset(0)), |span| (span.first, span.next));
    let limit = decision.second.map(|SecondId { offset, .. }| offset);
    let told = match decision.verdict {
        Verdict::Continue { bytes, via } => {
            let story = match (via, bytes.0) {
                (Via::OwnId, 0) => Story::DecidedContinueNothing,
                (Via::OwnId, _) => Story::DecidedContinue,
                (Via::SecondId, 0) => Story::DecidedContinueSecondNothing,
                (Via::SecondId, _) => Story::DecidedContinueSecond,
            };
            Told::new(story).with("bytes", Arg::Bytes(bytes))
        }
        Verdict::Full { reason } => match (reason, decision.second) {
            (FullReason::NothingToContinue, _) => Told::new(Story::DecidedNothingToContinue),
            (FullReason::OtherHistory, Some(second)) => {
                Told::new(Story::DecidedOtherHistoryBoth).with("second", Arg::Id(second.id))
            }
            (FullReason::OtherHistory, None) => Told::new(Story::DecidedOtherHistory),
            (FullReason::BeyondSecondOffset { .. }, _) => Told::new(Story::DecidedBeyondSecond),
            (FullReason::NoBacklog, _) => Told::new(Story::DecidedNoBacklog),
            (FullReason::Evicted { .. }, _) => Told::new(Story::DecidedEvicted),
            (FullReason::Ahead { .. }, _) => Told::new(Story::DecidedAhead),
        },
    };
    told.with("asked", Arg::AskedId(decision.asked_id.clone()))
        .with("own", Arg::Id(decision.own_id))
        .with("offset", Arg::Offset(asked))
        .with("limit", Arg::Offset(limit.unwrap_or(Offset::NONE)))
        .with("first", Arg::Offset(first))
        .with("last", Arg::Offset(Offset(next.0 - 1)))
}

/// The master's side from the granted synchronisation on.
fn transfer(event: &Event) -> Option<Told> {
    let (told, replica) = match event {
        Event::FullResyncGranted { replica, id, offset, shared } => {
            let told = match (id, shared) {
                (Some(id), false) => Told::new(Story::Granted).with("id", Arg::Id(*id)),
                (Some(id), true) => Told::new(Story::GrantedShared).with("id", Arg::Id(*id)),
                (None, false) => Told::new(Story::GrantedSync),
                (None, true) => Told::new(Story::GrantedSyncShared),
            };
            (told.with("offset", Arg::Offset(*offset)), replica)
        }
        Event::TransferStarted { replica, framing: Framing::Length { bytes }, .. } => {
            let told = Told::new(Story::TransferStarted).with("length", Arg::Code(bytes.to_string()));
            (told.with("bytes", Arg::Bytes(*bytes)), replica)
        }
        Event::TransferStarted { replica, framing: Framing::Mark, .. } => {
            (Told::new(Story::TransferStartedMark), replica)
        }
        Event::TransferProgress { replica, sent, bytes } => {
            let told = Told::new(Story::TransferProgress).with("sent", Arg::Count(sent.0));
            (told.with("bytes", Arg::Bytes(*bytes)), replica)
        }
        Event::TransferEnded { replica, bytes } => {
            (Told::new(Story::TransferEnded).with("bytes", Arg::Bytes(*bytes)), replica)
        }
        Event::WriteBuffered { replica, first, last, buffered } => {
            let told = match *first {
                Offset::NONE => Told::new(Story::WriteBufferedUncounted),
                first => Told::new(Story::WriteBuffered).with("range", Arg::Range(first, *last)),
            };
            (told.with("buffered", Arg::Bytes(*buffered)), replica)
        }
        Event::BufferFlushed { replica, bytes } if bytes.0 == 0 => {
            (Told::new(Story::BufferFlushedEmpty), replica)
        }
        Event::BufferFlushed { replica, bytes } => {
            (Told::new(Story::BufferFlushed).with("bytes", Arg::Bytes(*bytes)), replica)
        }
        Event::ReplicaOnline { replica } => (Told::new(Story::ReplicaOnline), replica),
        Event::AckReceived { replica, offset, lag } => {
            let told = match u64::try_from(*lag) {
                Ok(behind) if behind > 0 => {
                    Told::new(Story::AckReceivedBehind).with("behind", Arg::Bytes(ByteCount(behind)))
                }
                _ => Told::new(Story::AckReceived),
            };
            (told.with("offset", Arg::Offset(*offset)), replica)
        }
        Event::ReplicaLost { replica, why } => {
            (Told::new(Story::ReplicaLost).with("why", loss(why)), replica)
        }
        _ => return None,
    };
    Some(told.with("replica", peer(replica)))
}

/// The replica's side. The match names every event, so that a new one cannot be forgotten.
fn replica(event: &Event) -> Told {
    match event {
        Event::MasterSet { host, port } => Told::new(Story::MasterSet)
            .with("host", Arg::Node(host.to_string()))
            .with("port", Arg::Code(port.to_string())),
        Event::Promoted => Told::new(Story::Promoted),
        Event::LinkChanged { to, .. } => Told::new(link_story(*to)),
        Event::ConnectFailed { why } => Told::new(Story::ConnectFailed).with("error", code(why)),
        Event::HandshakeSent { line } => Told::new(Story::HandshakeSent).with("line", code(line)),
        Event::HandshakeAnswered { line } => Told::new(Story::HandshakeAnswered).with("line", code(line)),
        Event::PsyncSent { id, .. } if id.starts_with('?') => Told::new(Story::PsyncSentAll),
        Event::PsyncSent { id, offset } => Told::new(Story::PsyncSent)
            .with("asked", Arg::AskedId(id.clone()))
            .with("offset", Arg::Offset(*offset)),
        Event::PsyncAnswered { answer } => answered(answer),
        Event::SyncSent => Told::new(Story::SyncSent),
        Event::ReceiveStarted { framing: Framing::Length { bytes } } => {
            Told::new(Story::ReceiveStarted).with("bytes", Arg::Bytes(*bytes))
        }
        Event::ReceiveStarted { framing: Framing::Mark } => Told::new(Story::ReceiveStartedMark),
        Event::ReceiveProgress { received, bytes: Some(bytes) } => Told::new(Story::ReceiveProgress)
            .with("received", Arg::Count(received.0))
            .with("bytes", Arg::Bytes(*bytes)),
        Event::ReceiveProgress { received, bytes: None } => {
            Told::new(Story::ReceiveProgressMark).with("received", Arg::Bytes(*received))
        }
        Event::LoadStarted { bytes, takes } => {
            Told::new(Story::LoadStarted).with("bytes", Arg::Bytes(*bytes)).with("takes", Arg::Span(*takes))
        }
        Event::LoadEnded { keys, offset } => {
            let story = if *offset == Offset::NONE { Story::LoadEndedUncounted } else { Story::LoadEnded };
            Told::new(story).with("keys", Arg::Keys(*keys)).with("offset", Arg::Offset(*offset))
        }
        Event::LoadFailed { error } => Told::new(Story::LoadFailed).with("error", code(error)),
        Event::Applied { argv, applied, .. } => match *applied {
            Offset::NONE => Told::new(Story::AppliedUncounted),
            applied => Told::new(Story::Applied).with("applied", Arg::Offset(applied)),
        }
        .with("cmd", command(argv)),
        Event::AckSent { offset } => Told::new(Story::AckSent).with("offset", Arg::Offset(*offset)),
        Event::MasterLost { why, resume, .. } => match resume {
            Some((id, offset)) => {
                Told::new(Story::MasterLost).with("id", Arg::Id(*id)).with("offset", Arg::Offset(*offset))
            }
            None => Told::new(Story::MasterLostNothing),
        }
        .with("why", loss(why)),
        Event::Started { .. }
        | Event::Stopped
        | Event::Saved { .. }
        | Event::Executed { .. }
        | Event::Refused { .. }
        | Event::Expired { .. }
        | Event::Propagated { .. }
        | Event::BacklogCreated { .. }
        | Event::BacklogFreed { .. }
        | Event::BacklogEvicted { .. }
        | Event::IdsChanged { .. }
        | Event::SyncAsked { .. }
        | Event::PsyncUnknown { .. }
        | Event::PsyncDecided { .. }
        | Event::SyncRefused { .. }
        | Event::ReplicaWaits { .. }
        | Event::SnapshotStarted { .. }
        | Event::SnapshotEnded { .. }
        | Event::FullResyncGranted { .. }
        | Event::TransferStarted { .. }
        | Event::TransferProgress { .. }
        | Event::TransferEnded { .. }
        | Event::WriteBuffered { .. }
        | Event::BufferFlushed { .. }
        | Event::ReplicaOnline { .. }
        | Event::AckReceived { .. }
        | Event::ReplicaLost { .. } => unreachable!("told by another function"),
    }
}

fn answered(answer: &Answer) -> Told {
    match answer {
        Answer::FullResync { id, offset } => {
            Told::new(Story::AnsweredFull).with("id", Arg::Id(*id)).with("offset", Arg::Offset(*offset))
        }
        Answer::FullResyncGarbled { line } => Told::new(Story::AnsweredGarbled).with("line", code(line)),
        Answer::Continue { new_id: None } => Told::new(Story::AnsweredContinue),
        Answer::Continue { new_id: Some(id) } => {
            Told::new(Story::AnsweredContinueNewId).with("id", Arg::Id(*id))
        }
        Answer::NotNow { line } => Told::new(Story::AnsweredNotNow).with("line", code(line)),
        Answer::NotUnderstood { line } => Told::new(Story::AnsweredNotUnderstood).with("line", code(line)),
    }
}

fn link_story(state: LinkState) -> Story {
    match state {
        LinkState::None => Story::LinkNone,
        LinkState::Connect => Story::LinkConnect,
        LinkState::Connecting => Story::LinkConnecting,
        LinkState::AwaitPong => Story::LinkAwaitPong,
        LinkState::AwaitAuth => Story::LinkAwaitAuth,
        LinkState::AwaitPort => Story::LinkAwaitPort,
        LinkState::AwaitIp => Story::LinkAwaitIp,
        LinkState::AwaitCapa => Story::LinkAwaitCapa,
        LinkState::AwaitPsync => Story::LinkAwaitPsync,
        LinkState::Transfer => Story::LinkTransfer,
        LinkState::Connected => Story::LinkConnected,
    }
}

/// Why a connection ended, as a clause.
fn loss(why: &LossReason) -> Arg {
    let (term, args) = match why {
        LossReason::PeerClosed => (Term::LossPeerClosed, vec![]),
        LossReason::Reset => (Term::LossReset, vec![]),
        LossReason::Timeout { silent } => (Term::LossTimeout, vec![("silent", Arg::Span(*silent))]),
        LossReason::OutputBufferLimit { pending } => {
            (Term::LossOutputBuffer, vec![("pending", Arg::Bytes(*pending))])
        }
        LossReason::Protocol { error } => (Term::LossProtocol, vec![("error", code(error))]),
        LossReason::SnapshotFailed => (Term::LossSnapshotFailed, vec![]),
        LossReason::RoleChange => (Term::LossRoleChange, vec![]),
        LossReason::Closed => (Term::LossClosed, vec![]),
        LossReason::UnexpectedReply { command } => {
            (Term::LossUnexpectedReply, vec![("command", code(command))])
        }
    };
    Arg::Told(term.template(), args)
}

/// A replica: by its name in a simulated world, by address and port on a real network.
fn peer(replica: &ReplicaRef) -> Arg {
    let ReplicaRef { host, port, .. } = replica;
    match host.contains(['.', ':']) {
        true if *port > 0 => Arg::Node(format!("{host}:{port}")),
        _ => Arg::Node(host.to_string()),
    }
}

/// A command as one would type it, long arguments and long lists cut.
pub(super) fn command(argv: &Argv) -> Arg {
    let mut words: Vec<String> =
        argv.iter().take(ARGUMENTS_MAX).map(|arg| word(&printable(arg, ARGUMENT_MAX))).collect();
    if argv.len() > ARGUMENTS_MAX {
        words.push("…".into());
    }
    Arg::Code(words.join(" "))
}

fn word(text: &str) -> String {
    if text.is_empty() || text.contains([' ', '"']) {
        format!("\"{}\"", text.replace('"', "\\\""))
    } else {
        text.into()
    }
}

pub(super) fn code(text: &str) -> Arg {
    Arg::Code(printable(text.as_bytes(), 200))
}

/// An error as it stands on the wire, with its minus sign.
fn error_line(error: &str) -> Arg {
    code(&format!("-{}", error.trim_start_matches('-')))
}

/// Nothing for database 0, which nobody names.
fn in_database(db: u32) -> Arg {
    const IN_DATABASE: Template = Template::new(" in database {n}", "（{n} 号数据库）");
    match db {
        0 => Arg::Words(String::new()),
        db => Arg::Told(IN_DATABASE, vec![("n", Arg::Count(db.into()))]),
    }
}
