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

impl Timeline {
    /// What the milestones of the current branch came to.
    pub fn outcomes(&self) -> Outcomes {
        let stride = self.milestone_moments().len().div_ceil(OUTCOMES_MAX).max(1) as u32;
        Outcomes { stride, digests: self.digests(stride) }
    }

    /// Compares the current branch with what was promised of it.
    pub fn check(&self, promised: &Outcomes) -> Option<Mismatch> {
        if promised.stride == 0 {
            return None;
        }
        let ours = self.digests(promised.stride);
        let longest = ours.len().max(promised.digests.len());
        let number = (0..longest).find(|number| ours.get(*number) != promised.digests.get(*number))?;
        let milestone = number * promised.stride as usize;
        let found = self.milestone_moments().get(milestone).copied();
        let (moment, event) = found.map_or((self.end(), None), |(moment, event)| (moment, Some(event)));
        Some(Mismatch { milestone, moment, event })
    }

    /// The moments with milestones, each with the first of them.
    fn milestone_moments(&self) -> Vec<(Moment, usize)> {
        let all = self.events().milestones(0..usize::MAX);
        let mut moments: Vec<(Moment, usize)> = all.map(|event| (self.moment_of(event), event)).collect();
        moments.dedup_by_key(|(moment, _)| *moment);
        moments
    }

    fn digests(&self, stride: u32) -> Vec<u16> {
        let mut state = State::new(self.seed);
        let moments = self.milestone_moments();
        let digest = |(moment, _): &(Moment, usize)| {
            state.replay(&self.branch().inputs, *moment);
            digest(&state)
        };
        moments.iter().step_by(stride as usize).take(OUTCOMES_MAX).map(digest).collect()
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
