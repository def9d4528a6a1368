//! The claims at any moment of a recording.
//!
//! Recording does not check, since checking costs a fingerprint of the data with every event. Whoever wants to know
//! sends an auditor along the inputs, in slices, and only as far as the cursor.

use crate::scenario::Moment;
use crate::sim::Claim;

use super::branch::State;
use super::{BranchId, Timeline};

/// How many instants lie between two states that are kept for going back.
const KEPT_EVERY: usize = 1_000;

/// An auditor on one branch.
#[derive(Debug)]
pub struct Audit {
    branch: BranchId,
    at: State,
    /// Earlier states, oldest first.
    kept: Vec<State>,
    work: usize,
}

impl Audit {
    pub fn new(timeline: &Timeline) -> Audit {
        let mut at = State::new(timeline.seed());
        at.world.set_checking(true);
        Audit { branch: timeline.current_branch(), kept: vec![at.clone()], at, work: 0 }
    }

    /// Goes on towards the cursor, at most over `instants`. `true`: it is there.
    pub fn follow(&mut self, timeline: &Timeline, instants: usize) -> bool {
        let to = timeline.moment();
        self.change_branch(timeline);
        if self.at.moment > to {
            while self.kept.len() > 1 && self.kept.last().is_some_and(|state| state.moment > to) {
                self.kept.pop();
            }
            self.at = self.kept.last().expect("the beginning is kept").clone();
            self.work = 0;
        }
        for _ in 0..instants {
            if self.at.moment == to {
                return true;
            }
            self.step(timeline, to);
        }
        self.at.moment == to
    }

    /// How far it has come.
    pub fn moment(&self) -> Moment {
        self.at.moment
    }

    /// How each claim stands there.
    pub fn claims(&self) -> Vec<Claim> {
        self.at.world.claims()
    }

    /// What was before the parting is the same on both branches.
    fn change_branch(&mut self, timeline: &Timeline) {
        let now = timeline.current_branch();
        if self.branch == now {
            return;
        }
        let branches = timeline.branches();
        let origin = |of: BranchId, from: BranchId| {
            let view = branches.iter().find(|view| view.id == of)?;
            view.origin.filter(|(other, _)| *other == from).map(|(_, moment)| moment)
        };
        let common = origin(now, self.branch).or(origin(self.branch, now)).unwrap_or(Moment::START);
        self.branch = now;
        if self.at.moment > common {
            self.kept.retain(|state| state.moment <= common);
            self.at = match self.kept.last() {
                Some(state) => state.clone(),
                None => return *self = Audit::new(timeline),
            };
        }
    }

    fn step(&mut self, timeline: &Timeline, to: Moment) {
        let next = timeline.branch().inputs.get(self.at.moment.inputs as usize);
        let due = self.at.world.next_event().map(|(due, _)| due);
        match next.filter(|_| self.at.moment.inputs < to.inputs) {
            Some(input) if due.is_none_or(|due| input.at < due || self.at.moment.at == input.at) => {
                self.at.advance(input.at);
                self.at.act(&input.input).expect("an input that was accepted once is accepted again");
            }
            _ => self.at.advance(due.map_or(to.at, |due| due.min(to.at)).max(self.at.moment.at)),
        }
        self.at.drop_events();
        self.work += 1;
        if self.work.is_multiple_of(KEPT_EVERY) {
            self.kept.push(self.at.clone());
        }
    }
}
