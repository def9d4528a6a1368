//! What events told and no view shows: the last verdicts, the last reply, how often each node synchronised.
//!
//! Facts travel with the world they were told about; like it they are cheap to clone.

use std::rc::Rc;

use crate::base::{ByteCount, Instant, Map, Offset, Span};
use crate::node::link::LinkState;
use crate::node::trace::{Answer, Event};
use crate::node::verdict::{FullReason, Verdict, Via};
use crate::sim::{NodeId, Typist, WorldEvent, WorldEventKind};

/// What is remembered of all nodes.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Facts {
    nodes: Map<NodeId, NodeFacts>,
}

/// What is remembered of one node.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct NodeFacts {
    /// The last answer that this replica got.
    pub psync: Option<&'static str>,
    /// The last decision of this master, and why.
    pub verdict: Option<(&'static str, &'static str)>,
    /// The last reply at the terminal, as `redis-cli` prints it.
    pub reply: Option<Rc<str>>,
    /// The byte that this replica, or a replica of this master, last asked for.
    pub asked: Option<Offset>,
    /// What the last `+CONTINUE` of this master sent.
    pub continued: Option<ByteCount>,
    /// The size of the last RDB that was sent or taken.
    pub rdb: Option<ByteCount>,
    /// The offset of the last `+FULLRESYNC`, as this replica was told.
    pub granted: Option<Offset>,
    /// When this replica asked, as long as it waits.
    asked_at: Option<Instant>,
    /// How long its last synchronisation took.
    pub took: Option<Span>,
    pub full_syncs: u64,
    pub partial_syncs: u64,
}

impl Facts {
    /// What is remembered of a node.
    pub fn of(&self, node: NodeId) -> NodeFacts {
        self.nodes.get(&node).cloned().unwrap_or_default()
    }

    /// Takes in an event. Each event of a world is told once, in order.
    pub fn note(&mut self, event: &WorldEvent) {
        let Some(node) = event.node else { return };
        match &event.kind {
            WorldEventKind::Replied { by: Typist::Terminal, reply } => {
                self.at(node).reply = Some(reply.clone())
            }
            WorldEventKind::NotReached { by: Typist::Terminal, error } => {
                self.at(node).reply = Some(error.clone());
            }
            WorldEventKind::Node(told) => {
                self.note_node(node, told);
                self.at(node).note_sync(event.at, told);
            }
            _ => {}
        }
    }

    fn note_node(&mut self, node: NodeId, event: &Event) {
        match event {
            Event::PsyncAnswered { answer } => self.at(node).psync = Some(answer_word(answer)),
            // After an error to PSYNC the fallback is no news.
            Event::SyncSent if self.of(node).psync != Some("ERR") => self.at(node).psync = Some("SYNC"),
            Event::PsyncDecided { decision, .. } => {
                let words = verdict_words(&decision.verdict);
                let facts = self.at(node);
                facts.verdict = Some(words);
                facts.partial_syncs += u64::from(words.0 == "CONTINUE");
            }
            Event::FullResyncGranted { .. } => self.at(node).full_syncs += 1,
            _ => {}
        }
    }

    fn at(&mut self, node: NodeId) -> &mut NodeFacts {
        self.nodes.get_or_default(node)
    }
}

impl NodeFacts {
    /// The numbers of a synchronisation.
    fn note_sync(&mut self, at: Instant, event: &Event) {
        match event {
            Event::PsyncSent { offset, .. } => {
                self.asked = Some(*offset);
                self.asked_at = Some(at);
            }
            Event::PsyncAnswered { answer: Answer::FullResync { offset, .. } } => {
                self.granted = Some(*offset)
            }
            Event::SyncSent => self.asked_at = self.asked_at.or(Some(at)),
            Event::LinkChanged { to: LinkState::Connected, .. } => {
                self.took = self.asked_at.take().map(|asked| at.since(asked));
            }
            Event::MasterLost { .. } => self.asked_at = None,
            Event::PsyncDecided { decision, .. } => {
                self.asked = Some(decision.asked_offset);
                if let Verdict::Continue { bytes, .. } = decision.verdict {
                    self.continued = Some(bytes);
                }
            }
            Event::TransferStarted { bytes, .. } | Event::LoadStarted { bytes, .. } => {
                self.rdb = Some(*bytes)
            }
            _ => {}
        }
    }
}

fn answer_word(answer: &Answer) -> &'static str {
    match answer {
        Answer::FullResync { .. } | Answer::FullResyncGarbled { .. } => "FULLRESYNC",
        Answer::Continue { .. } => "CONTINUE",
        Answer::NotNow { .. } | Answer::NotUnderstood { .. } => "ERR",
    }
}

/// A verdict and its reason in the words of conditions.
pub fn verdict_words(verdict: &Verdict) -> (&'static str, &'static str) {
    match verdict {
        Verdict::Continue { via: Via::OwnId, .. } => ("CONTINUE", "own-id"),
        Verdict::Continue { via: Via::SecondId, .. } => ("CONTINUE", "second-id"),
        Verdict::Full { reason } => (
            "FULLRESYNC",
            match reason {
                FullReason::NothingToContinue => "nothing-to-continue",
                FullReason::OtherHistory => "other-history",
                FullReason::BeyondSecondOffset { .. } => "beyond-second-offset",
                FullReason::NoBacklog => "no-backlog",
                FullReason::Evicted { .. } => "evicted",
                FullReason::Ahead { .. } => "ahead",
            },
        ),
    }
}
