//! What must hold after every event, whatever the faults.
//!
//! Picture an auditor who sees every message and may look into every node, and who keeps two books: which byte was
//! sent under which number of which history, and what the data were at each such number. After every event the
//! auditor compares. A claim, once broken, stays broken, with the numbers that broke it.
//!
//! Where the claims have limits, they are Redis' own:
//! - equal offsets mean equal data only in a node whose data come from the stream alone. A writable replica
//!   (`replica-read-only no`) has data of its own, and so has every history that begins in such a node;
//! - a master without a backlog does not count its writes (`master_repl_offset` stands still), and a replica that
//!   waits for or loads an RDB has no position;
//! - releases before PSYNC have no offsets at all;
//! - 2.8.17 breaks its own numbers, and a history that it broke is compared no more. It answers `+FULLRESYNC` with
//!   its offset of that moment, though the replica may get a snapshot that began earlier or begins later
//!   (`masterTryPartialResynchronization`; mended in 2.8.22). It begins to count anew, under the same run ID, when it
//!   is told to follow somebody or nobody (`replicationSetMaster`, `replicationUnsetMaster`). And its own replicas may continue after it was given
//!   other data by its master (`readSyncBulkPayload` leaves the backlog as it is).

use std::rc::Rc;

use imbl::OrdMap;
use serde::Serialize;

use crate::base::{Instant, Map, Offset, ReplId, Set};
use crate::node::link::LinkState;
use crate::node::trace::{Answer, Event};
use crate::node::view::NodeView;
use crate::node::{Content, Node};

use super::event::{WorldEvent, WorldEventKind};
use super::stream_book::StreamBook;
use super::world::World;
use super::{NodeId, ProcessState};

/// What is claimed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum ClaimId {
    /// Two nodes at the same offset of the same history have the same data.
    EqualOffsetsEqualData,
    /// A replica gets every byte of the stream once and in order: neither `+CONTINUE` nor anything else leaves a
    /// gap or repeats a byte, and a byte has the same value wherever it is sent.
    StreamUnbroken,
    /// Under one history a node's offset never goes backwards, except by a full synchronisation.
    OffsetsGrow,
    /// A connected replica has applied at most what its master has written.
    ReplicaBehindMaster,
    /// The backlog ends where the stream ends: first + length = offset + 1.
    BacklogArithmetic,
    /// A replica's link goes only from one state to a state that can follow it.
    LegalStates,
}

impl ClaimId {
    pub const ALL: [ClaimId; 6] = [
        ClaimId::EqualOffsetsEqualData,
        ClaimId::StreamUnbroken,
        ClaimId::OffsetsGrow,
        ClaimId::ReplicaBehindMaster,
        ClaimId::BacklogArithmetic,
        ClaimId::LegalStates,
    ];
}

/// How a claim stands.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "kind")]
pub enum ClaimState {
    /// Nothing has happened yet that it speaks of.
    NotApplicable,
    /// It has held each of `checked` times.
    Holds { checked: u64 },
    /// It does not hold; `reason` has the numbers.
    Broken { at: Instant, node: NodeId, reason: Rc<str> },
}

/// A claim and how it stands.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Claim {
    pub id: ClaimId,
    pub state: ClaimState,
}

/// A dataset of more keys is not compared: its digest would be taken after every event.
const KEYS_MAX: u64 = 2_000;
/// How many positions are remembered with their data.
const POSITIONS_MAX: usize = 20_000;

/// The auditor.
#[derive(Clone, Debug)]
pub(super) struct Checkers {
    claims: Map<ClaimId, ClaimState>,
    /// The data at each position, and the node that was seen there first.
    data: OrdMap<(ReplId, Offset), ([u8; 20], NodeId)>,
    pub(super) book: StreamBook,
    nodes: Map<NodeId, Watched>,
    /// Histories whose numbers say nothing about the data.
    unreliable: Set<ReplId>,
    /// The number of the first event that was not heard yet.
    next_seq: u64,
    /// The nodes that said something since they were last looked into.
    touched: Set<NodeId>,
}

/// What is remembered of one node.
#[derive(Clone, Debug, Default)]
struct Watched {
    link: Option<LinkState>,
    /// The last position under each history.
    last: Map<ReplId, Offset>,
    /// What the last PSYNC asked for.
    asked: Option<(ReplId, Offset)>,
    /// The offset after the last command of the master's stream.
    applied: Option<Offset>,
    /// It was a writable replica and has not been given its master's data since.
    has_own_data: bool,
    /// The run ID of a release that serves its replicas under it.
    serves_as: Option<ReplId>,
    /// The last byte in the RDB to come, as the answer announced it, and as it is.
    announced: Option<(ReplId, Offset)>,
    granted: Option<Offset>,
}

impl Checkers {
    fn new() -> Checkers {
        Checkers {
            claims: ClaimId::ALL.into_iter().map(|id| (id, ClaimState::NotApplicable)).collect(),
            data: OrdMap::new(),
            book: StreamBook::default(),
            nodes: Map::new(),
            unreliable: Set::new(),
            next_seq: 0,
            touched: Set::new(),
        }
    }

    pub(super) fn judge(&mut self, id: ClaimId, at: Instant, node: NodeId, verdict: Result<(), String>) {
        let state = self.claims.get_or_insert_with(id, || ClaimState::NotApplicable);
        match (verdict, &mut *state) {
            (_, ClaimState::Broken { .. }) => {}
            (Ok(()), ClaimState::Holds { checked }) => *checked += 1,
            (Ok(()), ClaimState::NotApplicable) => *state = ClaimState::Holds { checked: 1 },
            (Err(reason), _) => *state = ClaimState::Broken { at, node, reason: reason.into() },
        }
    }

    /// Takes in what a node said.
    fn hear(&mut self, event: &WorldEvent, world: &World) {
        let (Some(id), at) = (event.node, event.at) else { return };
        let watched = self.nodes.get_or_default(id);
        match &event.kind {
            WorldEventKind::Crashed { .. } | WorldEventKind::Exited => {
                self.nodes.remove(&id);
                self.book.stop(id);
            }
            WorldEventKind::Node(Event::Started { version, run_id, .. }) => {
                watched.serves_as = Some(*run_id).filter(|_| !version.profile().speaks_psync2());
            }
            WorldEventKind::Node(Event::MasterSet { .. }) => self.numbers_break(id),
            WorldEventKind::Node(Event::FullResyncGranted { replica, offset, .. }) => {
                if let Some(replica) = world.peer_of(id, replica.conn) {
                    self.nodes.get_or_default(replica).granted = Some(*offset);
                    self.compare_announced(replica);
                }
            }
            WorldEventKind::Node(Event::LinkChanged { from, to }) => {
                let known = watched.link.replace(*to).unwrap_or(*from);
                let legal = known == *from && may_follow(*from, *to);
                let verdict = legal.then_some(()).ok_or_else(|| format!("{from:?} → {to:?} after {known:?}"));
                self.judge(ClaimId::LegalStates, at, id, verdict);
            }
            WorldEventKind::Node(Event::MasterLost { .. } | Event::SyncSent) => self.book.stop(id),
            WorldEventKind::Node(Event::Promoted) => {
                watched.applied = None;
                self.book.stop(id);
                self.numbers_break(id);
            }
            WorldEventKind::Node(Event::PsyncSent { id: asked, offset }) => {
                (watched.announced, watched.granted) = (None, None);
                watched.asked = ReplId::from_bytes(asked.as_bytes()).map(|asked| (asked, *offset));
                let asked = watched.asked;
                if let (Some((history, offset)), Some(applied)) = (asked, watched.applied) {
                    // Up to 3.x a replica counts bytes that it has read and not applied yet.
                    let received = self.book.received_by(id, history).unwrap_or(applied);
                    let verdict = match applied.next() <= offset && offset <= received.next() {
                        true => Ok(()),
                        false => Err(format!(
                            "asks for byte {offset}, having applied {applied} and received {received}"
                        )),
                    };
                    if self.is_reliable(history) {
                        self.judge(ClaimId::StreamUnbroken, at, id, verdict);
                    }
                }
            }
            WorldEventKind::Node(Event::PsyncAnswered { answer }) => match answer {
                Answer::FullResync { id: history, offset } => {
                    watched.announced = Some((*history, *offset));
                    self.book.start(id, *history, offset.next());
                    self.compare_announced(id);
                }
                Answer::Continue { new_id } => {
                    if let Some((asked, offset)) = watched.asked {
                        self.book.start(id, new_id.unwrap_or(asked), offset);
                    }
                }
                _ => self.book.stop(id),
            },
            WorldEventKind::Node(Event::LoadEnded { offset, .. }) => {
                watched.applied = Some(*offset).filter(|offset| *offset != Offset::NONE);
                watched.last.clear();
                watched.has_own_data = false;
                self.numbers_break(id);
            }
            WorldEventKind::Node(Event::Applied { applied, .. }) => {
                watched.applied = Some(*applied);
                if let Some(next) = self.book.next_of(id)
                    && self.book.history_of(id).is_some_and(|history| self.is_reliable(history))
                {
                    let verdict = match *applied < next {
                        true => Ok(()),
                        false => Err(format!("applied byte {applied}, but the next to receive is {next}")),
                    };
                    self.judge(ClaimId::StreamUnbroken, at, id, verdict);
                }
            }
            // An own history begins: what was followed before says nothing about it.
            WorldEventKind::Node(Event::IdsChanged { id: new, .. }) if watched.has_own_data => {
                self.unreliable.extend(*new);
            }
            // A history that goes on from an unreliable one can be joined by its numbers.
            WorldEventKind::Node(Event::IdsChanged { id: new, second: Some((old, _)), .. })
                if !self.is_reliable(*old) =>
            {
                self.unreliable.extend(*new);
            }
            _ => {}
        }
    }

    /// Looks into a node.
    fn look(&mut self, at: Instant, id: NodeId, view: &NodeView, node: &Node) {
        if let (Some(backlog), Some(offset)) = (&view.backlog, view.offset) {
            let end = Offset(backlog.first.0 + backlog.length.0 as i64);
            let verdict = match end == offset.next() {
                true => Ok(()),
                false => Err(format!(
                    "first {} + length {} = {end}, but offset {offset} + 1 = {}",
                    backlog.first,
                    backlog.length,
                    offset.next()
                )),
            };
            self.judge(ClaimId::BacklogArithmetic, at, id, verdict);
        }
        let is_replica = view.master.is_some();
        let watched = self.nodes.get_or_default(id);
        watched.has_own_data |= is_replica && !view.read_only;
        if !is_replica {
            watched.applied = None;
        }
        let has_own_data = watched.has_own_data;
        if let Some((history, offset)) = node.position() {
            let watched = self.nodes.get_or_default(id);
            let last = watched.last.insert(history, offset);
            let verdict = match last {
                Some(last) if last > offset && self.is_reliable(history) => {
                    Err(format!("{} went from {last} to {offset}", history.short()))
                }
                _ => Ok(()),
            };
            self.judge(ClaimId::OffsetsGrow, at, id, verdict);
            if view.keys <= KEYS_MAX && !has_own_data && self.is_reliable(history) {
                self.compare_data(at, id, (history, offset), node.keyspace().digest());
            }
        }
    }

    /// Up to 3.x: the numbers that this node gave out as a master are worth nothing from here on.
    fn numbers_break(&mut self, id: NodeId) {
        let Some(run_id) = self.nodes.get(&id).and_then(|watched| watched.serves_as) else { return };
        let next = self.data.range((run_id, Offset(i64::MIN))..).next();
        if next.is_some_and(|((id, _), _)| *id == run_id) {
            self.unreliable.insert(run_id);
        }
    }

    /// Whether a full synchronisation was announced with the offset that it has.
    fn compare_announced(&mut self, replica: NodeId) {
        let Some(Watched { announced, granted, .. }) = self.nodes.get(&replica) else { return };
        if let (Some((history, announced)), Some(granted)) = (announced, granted)
            && announced != granted
        {
            self.unreliable.insert(*history);
        }
    }

    fn is_reliable(&self, history: ReplId) -> bool {
        history != ReplId::ZERO && !self.unreliable.contains(&history)
    }

    fn compare_data(&mut self, at: Instant, id: NodeId, position: (ReplId, Offset), digest: [u8; 20]) {
        match self.data.get(&position) {
            None => {
                self.data.insert(position, (digest, id));
                if self.data.len() > POSITIONS_MAX
                    && let Some((oldest, _)) = self.data.get_min().cloned()
                {
                    self.data.remove(&oldest);
                }
            }
            Some((known, first)) => {
                let verdict = match *known == digest {
                    true => Ok(()),
                    false => Err(format!(
                        "at {} of {} the data are {}, but in node {} they were {}",
                        position.1,
                        position.0.short(),
                        hex(&digest),
                        first.0,
                        hex(known)
                    )),
                };
                self.judge(ClaimId::EqualOffsetsEqualData, at, id, verdict);
            }
        }
    }
}

impl World {
    /// Switches the checks after every event on or off. They need the events, and cost time.
    pub fn set_checking(&mut self, on: bool) {
        self.checkers = on.then(|| Rc::new(Checkers::new()));
    }

    /// How each claim stands; nothing while checking is off.
    pub fn claims(&self) -> Vec<Claim> {
        let claims = self.checkers.iter().flat_map(|checkers| checkers.claims.iter());
        claims.map(|(id, state)| Claim { id: *id, state: state.clone() }).collect()
    }

    /// Bytes arrive at a process.
    pub(super) fn note_stream(&mut self, to: NodeId, content: Content, bytes: &[u8]) {
        let Content::Stream { first } = content else { return };
        let Some(mut checkers) = self.checkers.take() else { return };
        let auditor = Rc::make_mut(&mut checkers);
        self.tell(auditor);
        let history = auditor.book.history_of(to);
        if let Some(verdict) = auditor.book.receive(to, first, bytes)
            && history.is_some_and(|history| auditor.is_reliable(history))
        {
            auditor.judge(ClaimId::StreamUnbroken, self.now, to, verdict);
        }
        self.checkers = Some(checkers);
    }

    /// Tells the auditor what happened since the last time.
    fn tell(&self, auditor: &mut Checkers) {
        let events = &self.log.events;
        let first = events.partition_point(|event| event.seq < auditor.next_seq);
        for event in &events[first..] {
            auditor.hear(event, self);
            auditor.touched.extend(event.node);
        }
        auditor.next_seq = self.log.next_seq;
    }

    /// Checks what has changed.
    pub(super) fn check(&mut self) {
        let Some(mut checkers) = self.checkers.take() else { return };
        let auditor = Rc::make_mut(&mut checkers);
        self.tell(auditor);
        for id in std::mem::take(&mut auditor.touched) {
            let Some(entry) = self.nodes.get(&id).filter(|entry| entry.state == ProcessState::Running) else {
                continue;
            };
            let Some(node) = &entry.node else { continue };
            let view = node.view(self.now);
            auditor.look(self.now, id, &view, node);
            self.compare_with_master(auditor, id, node);
        }
        self.checkers = Some(checkers);
    }

    fn compare_with_master(&self, auditor: &mut Checkers, id: NodeId, node: &Node) {
        let (true, Some((history, applied))) = (node.is_replica(), node.position()) else { return };
        let upstream = self.upstream_of(id).and_then(|id| self.nodes.get(&id)?.node.as_ref());
        let Some(upstream) = upstream else { return };
        let upstream = upstream.view(self.now);
        let (Some(own), Some(offset)) = (upstream.repl_id, upstream.offset) else { return };
        if own == history && auditor.is_reliable(history) {
            let verdict = match applied <= offset {
                true => Ok(()),
                false => Err(format!("applied {applied}, but the master has written {offset}")),
            };
            auditor.judge(ClaimId::ReplicaBehindMaster, self.now, id, verdict);
        }
    }

    /// Whether the numbers of a history say what the data are; see this module for those that do not.
    pub(super) fn is_reliable(&self, history: ReplId) -> bool {
        self.checkers.as_ref().is_none_or(|checkers| checkers.is_reliable(history))
    }

    /// The node that a replica is connected to.
    pub fn upstream_of(&self, id: NodeId) -> Option<NodeId> {
        let mut open = self.channels.values().filter(|channel| channel.is_open_from(id));
        open.next_back().map(|channel| channel.ends[1].node)
    }
}

/// Whether `to` can follow `from`: the handshake goes forward, any state may be left by losing the link, by a new
/// master or by promotion.
fn may_follow(from: LinkState, to: LinkState) -> bool {
    use LinkState::*;
    match to {
        None | Connect => true,
        Connecting => {
            matches!(from, None | Connect) || from.is_handshake() || matches!(from, Transfer | Connected)
        }
        AwaitPong => from == Connecting,
        AwaitAuth | AwaitPort | AwaitIp | AwaitCapa | AwaitPsync => {
            (from.is_handshake() || from == Connecting) && from < to
        }
        Transfer => from.is_handshake(),
        Connected => matches!(from, AwaitPsync | Transfer),
    }
}

fn hex(digest: &[u8; 20]) -> String {
    digest[..6].iter().map(|b| format!("{b:02x}")).collect()
}
