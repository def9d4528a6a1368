//! Outcomes: what each milestone of a recording came to, as two bytes.
//!
//! A link promises them, so that an engine that comes to something else (a fault in fidelity was mended, say) can say
//! so and where. They speak of what a user sees: roles, IDs, offsets, datasets, verdicts; never of the inside of the
//! engine, nor of when something happened.

use thiserror::Error;

use crate::scenario::Moment;
use crate::scenario::link::{OUTCOMES_MAX, Outcomes};

use super::Timeline;
use super::branch::State;

/// The first milestone that came out differently.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
#[error("milestone {} (at {}) comes out differently from what the link promised", .milestone + 1, .moment.at)]
pub struct Mismatch {
    /// Its number among the moments with milestones, from 0.
    pub milestone: usize,
    /// Its moment now; the end of the recording when the promise speaks of more than there is.
    pub moment: Moment,
    /// The event at it.
    pub event: Option<usize>,
}

/// The digests of a timeline's milestones, in the making: a long one is done in slices.
#[derive(Clone, Debug)]
pub(super) struct Digests {
    stride: u32,
    milestones: Vec<(Moment, usize)>,
    done: Vec<u16>,
    state: State,
}

impl Digests {
    pub(super) fn new(timeline: &Timeline, stride: u32) -> Digests {
        let milestones = timeline.milestone_moments();
        Digests { stride, milestones, done: Vec::new(), state: State::new(timeline.seed) }
    }

    /// Makes the next digest; `false` when all are made.
    pub(super) fn advance(&mut self, timeline: &Timeline) -> bool {
        let next = self.milestones.get(self.done.len().saturating_mul(self.stride as usize));
        let Some((moment, _)) = next.filter(|_| self.done.len() < OUTCOMES_MAX) else { return false };
        let nearest = timeline.branch().nearest(*moment);
        if self.state.moment < nearest.moment {
            self.state = nearest.clone();
        }
        self.state.replay(&timeline.branch().inputs, *moment);
        self.done.push(digest(&self.state));
        true
    }

    /// The first difference from what was promised.
    pub(super) fn compare(&self, promised: &Outcomes, end: Moment) -> Option<Mismatch> {
        let longest = self.done.len().max(promised.digests.len());
        let number = (0..longest).find(|number| self.done.get(*number) != promised.digests.get(*number))?;
        let milestone = number.saturating_mul(self.stride as usize);
        let found = self.milestones.get(milestone).copied();
        let (moment, event) = found.map_or((end, None), |(moment, event)| (moment, Some(event)));
        Some(Mismatch { milestone, moment, event })
    }
}

impl Timeline {
    /// What the milestones of the current branch came to.
    pub fn outcomes(&self) -> Outcomes {
        let stride = self.milestone_moments().len().div_ceil(OUTCOMES_MAX).max(1) as u32;
        Outcomes { stride, digests: self.digests(stride).done }
    }

    /// Compares the current branch with what was promised of it.
    pub fn check(&self, promised: &Outcomes) -> Option<Mismatch> {
        match promised.stride {
            0 => None,
            stride => self.digests(stride).compare(promised, self.end()),
        }
    }

    /// The moments with milestones, each with the first of them.
    fn milestone_moments(&self) -> Vec<(Moment, usize)> {
        let all = self.events().milestones(0..usize::MAX);
        let mut moments: Vec<(Moment, usize)> = all.map(|event| (self.moment_of(event), event)).collect();
        moments.dedup_by_key(|(moment, _)| *moment);
        moments
    }

    fn digests(&self, stride: u32) -> Digests {
        let mut digests = Digests::new(self, stride);
        while digests.advance(self) {}
        digests
    }
}

fn digest(state: &State) -> u16 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut add = |text: &str| {
        for byte in text.bytes().chain([0]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    };
    for entry in state.world.nodes() {
        add(&entry.name);
        let facts = state.facts.of(entry.id);
        add(facts.psync.unwrap_or("-"));
        add(facts.verdict.map_or("-", |(verdict, _)| verdict));
        let Some(node) = &entry.node else {
            add("gone");
            continue;
        };
        let view = node.view(state.world.now());
        let offset =
            |offset: Option<crate::base::Offset>| offset.map_or("-".into(), |offset| offset.to_string());
        add(&view.run_id.to_text());
        add(&view.repl_id.map_or("-".into(), |id| id.to_text()));
        add(&offset(view.offset));
        match &view.master {
            Some(master) => {
                add(&master.host);
                add(&offset(master.applied));
            }
            None => add("master"),
        }
        add(&crate::keyspace::hex(&node.keyspace().digest()));
    }
    (hash >> 48) as u16 ^ (hash >> 32) as u16 ^ (hash >> 16) as u16 ^ hash as u16
}
