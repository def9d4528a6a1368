//! Time travel: a recording of a world that can be stepped, sought and forked.
//!
//! A timeline is a seed and a list of inputs with their times; everything else follows. Picture a river with side
//! arms: each [`BranchId`] names an arm, the cursor floats on one of them. Every few hundred events a *checkpoint*
//! keeps the world as it was (worlds share what did not change, so this costs little), and any moment is reached from
//! the checkpoint before it by simulating again. The world found there is the recorded one, to the bit.
//!
//! A [`Moment`] is a time and a number of inputs. Whatever is due at a time is processed before and after each input,
//! so no moment lies in the middle of something.
//!
//! Acting in the past forks: the old future stays on its branch and can be returned to.
//!
//! | file | what it is |
//! |---|---|
//! | `branch` | inputs, log and checkpoints of one history |
//! | `log` | the events of a branch, with an index of milestones |
//! | `step` | stepping, playing, breakpoints |
//! | `audit` | how the claims stand at a moment |
//! | `quiet` | spans in which nothing happens |
//! | `outcome` | what milestones came to, as short digests |
//! | `share` | a timeline as a scenario, and as a link |
//! | `replay` | a scenario to a timeline, in slices |
//! | `save` | a whole timeline with all branches, as text |
//!
//! Absent: real time. Whoever plays says up to which virtual moment.

mod audit;
mod branch;
mod log;
mod outcome;
mod quiet;
mod replay;
mod save;
mod share;
mod step;
#[cfg(test)]
mod tests;

use std::rc::Rc;

use crate::base::{Instant, Map};
use crate::scenario::{Condition, Facts, Host, Moment, Scenario, Scene, Watch, canonical};
use crate::sim::{Input, InputError, World, WorldEvent};

use branch::{Branch, State};

pub use audit::Audit;
pub use branch::{BranchId, Recorded};
pub use log::{EventLog, Row};
pub use outcome::Mismatch;
pub use quiet::Quiet;
pub use replay::{Opened, Replay, ReplayError, Slice};
pub use save::{Restore, RestoreError};
pub use share::{ShareError, open};
pub use step::{Breakpoint, Stop};

/// How many branches are kept; the oldest that nobody looks at goes first.
pub const BRANCHES_MAX: usize = 64;

/// A recording and a place in it.
#[derive(Clone, Debug)]
pub struct Timeline {
    seed: u64,
    branches: Map<BranchId, Branch>,
    current: BranchId,
    next_branch: u32,
    state: State,
    breakpoints: Vec<Breakpoint>,
    next_breakpoint: u32,
    script: Option<Script>,
}

/// The scenario that a timeline was made from.
#[derive(Clone, Debug)]
struct Script {
    scenario: Rc<Scenario>,
    branch: BranchId,
    /// Where it was when the script had run.
    end: Moment,
}

/// What acting did to the recording.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Acted {
    /// There was nothing to do: an empty line.
    Nothing,
    Recorded,
    /// The cursor was in the past: a new branch begins here.
    Forked(BranchId),
}

/// A branch as a list shows it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BranchView {
    pub id: BranchId,
    /// The branch that it left, and where; the other may be gone.
    pub origin: Option<(BranchId, Moment)>,
    pub end: Moment,
    pub current: bool,
    /// What was done first on it.
    pub first_input: Option<Rc<Input>>,
}

impl Timeline {
    /// An empty world at its beginning.
    pub fn new(seed: u64) -> Timeline {
        let state = State::new(seed);
        let current = BranchId(1);
        Timeline {
            seed,
            branches: Map::from([(current, Branch::new(&state))]),
            current,
            next_branch: 2,
            state,
            breakpoints: Vec::new(),
            next_breakpoint: 1,
            script: None,
        }
    }

    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The world at the cursor.
    pub fn world(&self) -> &World {
        &self.state.world
    }

    /// What was told up to the cursor.
    pub fn facts(&self) -> &Facts {
        &self.state.facts
    }

    pub fn now(&self) -> Instant {
        self.state.moment.at
    }

    pub fn moment(&self) -> Moment {
        self.state.moment
    }

    /// How far the current branch is recorded.
    pub fn end(&self) -> Moment {
        self.branch().end
    }

    /// Whether the cursor is where the recording goes on.
    pub fn is_at_end(&self) -> bool {
        self.state.moment == self.branch().end
    }

    /// The log of the current branch, up to its end.
    pub fn events(&self) -> &EventLog {
        &self.branch().log
    }

    /// How many of its events have happened at the cursor.
    pub fn visible(&self) -> usize {
        if self.is_at_end() { self.branch().log.len() } else { self.branch().events_at(self.state.moment) }
    }

    /// The moment right after an event.
    pub fn moment_of(&self, event: usize) -> Moment {
        self.branch().moment_of(event)
    }

    /// The inputs of the current branch.
    pub fn inputs(&self) -> impl DoubleEndedIterator<Item = &Recorded> {
        self.branch().inputs.iter()
    }

    /// How many events there were before an input of the current branch.
    pub fn events_before_input(&self, number: usize) -> usize {
        self.branch().inputs.get(number).map_or(self.events().len(), |recorded| recorded.events as usize)
    }

    pub fn current_branch(&self) -> BranchId {
        self.current
    }

    /// All branches, oldest first.
    pub fn branches(&self) -> Vec<BranchView> {
        let view = |(id, branch): (&BranchId, &Branch)| BranchView {
            id: *id,
            origin: branch.origin,
            end: branch.end,
            current: *id == self.current,
            first_input: branch
                .inputs
                .get(branch.origin.map_or(0, |(_, moment)| moment.inputs as usize))
                .map(|recorded| recorded.input.clone()),
        };
        self.branches.iter().map(view).collect()
    }

    /// Does something at the cursor. In the past this forks.
    pub fn act(&mut self, input: &Input) -> Result<Acted, InputError> {
        self.act_seen(input, &mut |_, _| {})
    }

    fn act_seen(
        &mut self,
        input: &Input,
        see: &mut dyn FnMut(&World, &WorldEvent),
    ) -> Result<Acted, InputError> {
        let Some(input) = canonical(input) else { return Ok(Acted::Nothing) };
        let mut acted = Acted::Recorded;
        if !self.is_at_end() {
            // What is refused must leave no branch behind.
            self.state.world.clone().apply(&input)?;
            acted = Acted::Forked(self.fork());
        }
        let branch = self.branches.get_mut(&self.current).expect("the current branch exists");
        branch.record_input(&mut self.state, &input, see)?;
        Ok(acted)
    }

    fn fork(&mut self) -> BranchId {
        let id = BranchId(self.next_branch);
        self.next_branch += 1;
        let fork = self.branch().fork(self.current, self.state.moment);
        self.branches.insert(id, fork);
        self.current = id;
        if self.branches.len() > BRANCHES_MAX {
            let oldest = self
                .branches
                .keys()
                .copied()
                .find(|other| *other != id && Some(*other) != self.script_branch());
            oldest.map(|oldest| self.branches.remove(&oldest));
        }
        id
    }

    /// Goes to a moment of the current branch, at most to its end.
    pub fn seek(&mut self, to: Moment) {
        let branch = self.branches.get_mut(&self.current).expect("the current branch exists");
        let to = to.min(branch.end);
        if to == self.state.moment {
            return;
        }
        if self.state.moment == branch.end {
            // The end stays at hand; nobody else holds it.
            branch.tip = Some(self.state.clone());
        }
        if to == branch.end
            && let Some(tip) = branch.tip.take()
        {
            self.state = tip;
            return;
        }
        let nearest = branch.nearest(to);
        if self.state.moment > to || self.state.moment < nearest.moment {
            self.state = nearest.clone();
        }
        self.state.replay(&branch.inputs, to);
        if to == branch.end {
            branch.tip = None;
        }
    }

    /// Goes to a time of the current branch, at most to its end: everything done at that time is done.
    pub fn seek_time(&mut self, at: Instant) {
        let to = self.branch().moment_at(at);
        self.seek(to);
    }

    /// Goes to where the recording goes on.
    pub fn seek_end(&mut self) {
        self.seek(self.end());
    }

    /// Goes over to another branch, to the same time there or to its end. `false`: it does not exist.
    pub fn switch(&mut self, to: BranchId) -> bool {
        let at = self.now();
        if !self.branches.contains_key(&to) {
            return false;
        }
        if to != self.current {
            if self.is_at_end() {
                let state = self.state.clone();
                self.branch_mut().tip = Some(state);
            }
            self.current = to;
            let branch = self.branch_mut();
            let to = branch.moment_at(at).min(branch.end);
            self.state = branch.nearest(to).clone();
            self.seek_from_checkpoint(to);
        }
        true
    }

    fn seek_from_checkpoint(&mut self, to: Moment) {
        let branch = self.branches.get_mut(&self.current).expect("the current branch exists");
        if to == branch.end
            && let Some(tip) = branch.tip.take()
        {
            self.state = tip;
        } else {
            self.state.replay(&branch.inputs, to);
        }
    }

    /// Lets time pass up to `to`: along what is recorded, then on.
    pub fn run_to(&mut self, to: Instant) {
        self.run_seen(to, &mut |_, _| {});
    }

    fn run_seen(&mut self, to: Instant, see: &mut dyn FnMut(&World, &WorldEvent)) {
        if !self.is_at_end() {
            let before = self.visible();
            let target = self.branch().moment_at(to);
            self.seek(target);
            let after = self.visible();
            for (_, event) in self.branch().log.iter(before..after) {
                see(&self.state.world, event);
            }
        }
        if to > self.now() && self.is_at_end() {
            let branch = self.branches.get_mut(&self.current).expect("the current branch exists");
            branch.record_time(&mut self.state, to, see);
        }
    }

    /// Whether a condition holds at the cursor; one about events never does.
    pub fn holds(&self, condition: &Condition) -> bool {
        Watch::new(condition.clone()).holds(self.state.scene())
    }

    /// The state's digest: equal for equal worlds, on every platform.
    pub fn digest(&self) -> u64 {
        self.state.world.digest()
    }

    /// How many checkpoints the current branch has.
    pub fn checkpoints(&self) -> usize {
        self.branch().checkpoints.len()
    }

    fn script_branch(&self) -> Option<BranchId> {
        self.script.as_ref().map(|script| script.branch)
    }

    fn branch(&self) -> &Branch {
        &self.branches[&self.current]
    }

    fn branch_mut(&mut self) -> &mut Branch {
        self.branches.get_mut(&self.current).expect("the current branch exists")
    }
}

/// A scenario that runs on a timeline records; it acts where the cursor is.
impl Host for Timeline {
    fn scene(&self) -> Scene<'_> {
        self.state.scene()
    }

    fn moment(&self) -> Moment {
        self.state.moment
    }

    fn act(&mut self, input: &Input, see: &mut dyn FnMut(&World, &WorldEvent)) -> Result<(), InputError> {
        self.act_seen(input, see).map(drop)
    }

    fn advance(&mut self, to: Instant, see: &mut dyn FnMut(&World, &WorldEvent)) {
        self.run_seen(to, see);
    }
}
