//! What to try next, on a first visit: four chapters, of which each shows one thing that replication does.
//!
//! A piece of advice is a function of the photograph and of what has been seen already, so it follows whatever
//! somebody does, in whatever order; nothing here waits for a click or a timer.

use std::rc::Rc;

use crate::base::{Offset, Version};
use crate::node::link::LinkState;
use crate::node::verdict::{FullReason, Verdict};
use crate::scenario::{Path, Target};
use crate::ui::snapshot::{Ask, Carries, NodeCard, Role, WorldView};
use crate::ui::store::{Act, Dialog, LinkDeed, NodeDeed};
use crate::ui::words::Word;

/// How many chapters there are.
pub const CHAPTERS: usize = 4;

/// The backlog that is small enough to overrun it by hand.
const SMALL: u64 = 128;
const SHORT_LINE: &str = "SET city Bergen";
/// More bytes than the small backlog has.
const LONG_LINE: &str = "SET note \"A backlog of 128 bytes is soon full: this one value alone is longer than that, so it pushes out everything that was in there before.\"";

/// What has been seen.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Guide {
    /// The node that was alone has become a replica.
    pub joined: Option<Rc<str>>,
    /// The replica that was allowed to continue, and with how many bytes.
    pub continued: Option<(Rc<str>, u64)>,
    /// The replica that came too late, and the byte it wanted.
    pub overran: Option<(Rc<str>, Offset)>,
    /// The replica whose master did not know `PSYNC`.
    pub refused: Option<Rc<str>>,
    /// Something was typed while a replica was cut off.
    pub wrote: bool,
}

/// A piece of advice.
#[derive(Clone, PartialEq, Debug)]
pub struct Advice {
    /// 0 to [`CHAPTERS`]; the last number when everything was seen.
    pub chapter: usize,
    /// What has just been shown.
    pub told: Option<(Word, Vec<String>)>,
    /// What to do, or to watch.
    pub ask: (Word, Vec<String>),
    /// What to type.
    pub line: Option<String>,
    /// The button that does it.
    pub act: Option<(Word, Act)>,
    /// Where to look.
    pub look: Option<Target>,
}

impl Guide {
    /// What has been seen once this is seen, too.
    pub fn after(&self, view: &WorldView) -> Guide {
        let mut seen = self.clone();
        let replicas = || view.nodes.iter().filter(|card| card.role() == Role::Replica);
        let alone = view.nodes.iter().any(|card| card.role() == Role::Alone);
        if seen.joined.is_none() && !alone && replicas().all(|card| is_connected(card)) {
            seen.joined = replicas().next_back().map(|card| card.name.clone());
        }
        if let Some(card) = view.decision.as_deref() {
            let replica = card.replica.clone();
            match &card.ask {
                Ask::Decided(decision) => match decision.verdict {
                    Verdict::Continue { bytes, .. } if seen.continued.is_none() => {
                        seen.continued = Some((replica, bytes.0));
                    }
                    Verdict::Full { reason: FullReason::Evicted { .. } } if seen.overran.is_none() => {
                        seen.overran = Some((replica, decision.asked_offset));
                    }
                    _ => {}
                },
                Ask::Unknown { .. } if seen.refused.is_none() => seen.refused = Some(replica),
                Ask::Unknown { .. } => {}
            }
        }
        if view.links.iter().all(|link| link.state == Carries::Well) {
            seen.wrote = false;
        }
        seen
    }

    /// The chapter, and what the one before it has shown.
    fn chapter(&self) -> (usize, Option<(Word, Vec<String>)>) {
        let mut told = None;
        match &self.joined {
            None => return (0, told),
            Some(name) => told = told.or(Some((Word::ToldJoined, vec![name.to_string()]))),
        }
        match &self.continued {
            None => return (1, told),
            Some((name, bytes)) => {
                told = Some((Word::ToldContinued, vec![name.to_string(), bytes.to_string()]));
            }
        }
        match &self.overran {
            None => return (2, told),
            Some((name, wanted)) => {
                told = Some((Word::ToldOverran, vec![name.to_string(), wanted.to_string()]));
            }
        }
        match &self.refused {
            None => (3, told),
            Some(name) => (4, Some((Word::ToldRefused, vec![name.to_string()]))),
        }
    }

    /// What to try next.
    pub fn next(&self, view: &WorldView) -> Advice {
        let (chapter, told) = self.chapter();
        let advice = |ask: Word, args: &[&str]| Advice {
            chapter,
            told: told.clone(),
            ask: (ask, args.iter().map(|arg| (*arg).to_owned()).collect()),
            line: None,
            act: None,
            look: None,
        };
        if chapter == CHAPTERS {
            let act = Some((Word::Lessons, Act::Dialog(Some(Dialog::Lessons))));
            return Advice { act, ..advice(Word::AskLessons, &[]) };
        }
        if let Some(down) = view.nodes.iter().find(|card| !card.is_up()) {
            let act = Some((Word::Restart, Act::Node(down.name.clone(), NodeDeed::Restart)));
            return Advice { act, look: node(down), ..advice(Word::AskRestart, &[&down.name]) };
        }
        if chapter == 0
            && let Some((alone, master)) = alone(view)
        {
            let line = format!("SLAVEOF {} {}", master.name, master.port);
            let asked = advice(Word::AskJoin, &[&alone.name, &master.name]);
            return Advice { look: Some(Target::Terminal(alone.name.clone())), ..typed(asked, alone, line) };
        }
        let Some((master, replica)) = pair(view) else {
            let act = Some((Word::StartOver, Act::StartOver));
            return Advice { act, ..advice(Word::AskStartOver, &[]) };
        };
        let (m, r) = (&*master.name, &*replica.name);
        let link = view.link(m, r);
        let link_deed = |deed| {
            Act::Link(
                link.map_or(master.name.clone(), |l| l.a.clone()),
                link.map_or(replica.name.clone(), |l| l.b.clone()),
                deed,
            )
        };
        let at_link =
            Some(Target::Link(Path { from: master.name.clone(), to: replica.name.clone(), one_way: false }));
        let well = link.is_none_or(|link| link.state == Carries::Well);
        if !well {
            let wants = replica.view.master.as_ref().and_then(|up| up.resume).map(|(_, wants)| wants);
            let first = master.view.backlog.as_ref().map(|backlog| backlog.first);
            let heal = Some((Word::Heal, link_deed(LinkDeed::Heal)));
            return match (wants, first) {
                (Some(wants), Some(first)) if wants < first => {
                    let asked = advice(Word::AskHealLate, &[r, &wants.to_string(), m, &first.to_string()]);
                    Advice { act: heal, look: at_link, ..asked }
                }
                (Some(_), Some(_)) if chapter == 2 && is_small(master) => {
                    let asked = advice(Word::AskOverflow, &[m, &SMALL.to_string()]);
                    Advice {
                        line: None,
                        look: Some(Target::Backlog(master.name.clone())),
                        ..typed(asked, master, LONG_LINE.into())
                    }
                }
                _ if chapter == 1 && !self.wrote => {
                    let asked = advice(Word::AskWrite, &[r, m]);
                    Advice {
                        look: Some(Target::Terminal(master.name.clone())),
                        ..typed(asked, master, SHORT_LINE.into())
                    }
                }
                _ => Advice { act: heal, look: at_link, ..advice(Word::AskHeal, &[r, m]) },
            };
        }
        if !is_followed(master, replica) {
            let word = match chapter {
                0 => Word::WatchJoin,
                _ if master.view.version == Version::V2_6 => Word::WatchRefusal,
                _ if wants_all(view, replica) => Word::WatchJoin,
                2 if !is_asking(master, replica) => Word::WatchRestarted,
                _ => Word::WatchReturn,
            };
            return Advice { look: node(replica), ..advice(word, &[r, m]) };
        }
        match chapter {
            2 if !is_small(master) => {
                let act = Act::Node(master.name.clone(), NodeDeed::Backlog(Some(SMALL)));
                let asked = advice(Word::AskShrink, &[m, &SMALL.to_string()]);
                Advice { act: Some((Word::DoIt, act)), look: node(master), ..asked }
            }
            3 => {
                let act = Act::Node(master.name.clone(), NodeDeed::Version(Version::V2_6));
                Advice { act: Some((Word::DoIt, act)), look: node(master), ..advice(Word::AskOld, &[m]) }
            }
            _ => {
                let word = if chapter == 2 { Word::AskCutAgain } else { Word::AskCut };
                let act = Some((Word::CutIt, link_deed(LinkDeed::Cut)));
                Advice { act, look: at_link, ..advice(word, &[m, r]) }
            }
        }
    }
}

/// Advice to type `line` at a node.
fn typed(advice: Advice, at: &NodeCard, line: String) -> Advice {
    let act = Some((Word::TypeForMe, Act::Line(at.name.clone(), line.clone())));
    Advice { line: Some(line), act, ..advice }
}

fn node(card: &NodeCard) -> Option<Target> {
    Some(Target::Node(card.name.clone()))
}

fn link_state(card: &NodeCard) -> Option<LinkState> {
    card.view.master.as_ref().map(|master| master.link)
}

fn is_connected(card: &NodeCard) -> bool {
    link_state(card) == Some(LinkState::Connected)
}

/// Whether both sides know of each other: after a restart a replica thinks for a moment that it is connected still.
fn is_followed(master: &NodeCard, replica: &NodeCard) -> bool {
    is_connected(replica) && master.view.replicas.iter().any(|known| known.host == replica.name)
}

/// Whether a replica is on its way back with the ID that its master has.
fn is_asking(master: &NodeCard, replica: &NodeCard) -> bool {
    let resume = replica.view.master.as_ref().and_then(|up| up.resume);
    resume.is_some_and(|(id, _)| Some(id) == master.view.repl_id)
}

/// Whether a replica on its way has nothing to continue from.
fn wants_all(view: &WorldView, replica: &NodeCard) -> bool {
    if link_state(replica) == Some(LinkState::Transfer) {
        // It has let go of what it had; what it asked is in the decision.
        let card = view.decision.as_deref().filter(|card| card.replica == replica.name);
        return card.is_some_and(|card| match &card.ask {
            Ask::Decided(decision) => {
                matches!(decision.verdict, Verdict::Full { reason: FullReason::NothingToContinue, .. })
            }
            Ask::Unknown { .. } => false,
        });
    }
    replica.view.master.as_ref().is_none_or(|up| up.resume.is_none())
}

fn is_small(master: &NodeCard) -> bool {
    master.view.backlog.as_ref().is_some_and(|backlog| backlog.teaching)
}

/// A node that nobody follows and that follows nobody, and a master that it could follow.
fn alone(view: &WorldView) -> Option<(&NodeCard, &NodeCard)> {
    let find = |role: Role| view.nodes.iter().find(|card| card.role() == role && card.is_up());
    Some((find(Role::Alone)?, find(Role::Master)?))
}

/// The master and the replica that the advice speaks of: one whose link is broken, else one on its way, else the first.
fn pair(view: &WorldView) -> Option<(&NodeCard, &NodeCard)> {
    let pairs = || view.nodes.iter().filter_map(|card| Some((&**view.node(card.master()?)?, &**card)));
    let is_broken = |(master, replica): &(&NodeCard, &NodeCard)| {
        view.link(&master.name, &replica.name).is_some_and(|link| link.state != Carries::Well)
    };
    pairs().find(is_broken).or_else(|| pairs().find(|(_, r)| !is_connected(r))).or_else(|| pairs().next())
}
