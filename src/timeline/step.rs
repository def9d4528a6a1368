//! Stepping, playing up to a breakpoint.

use crate::base::{Instant, Span};
use crate::scenario::{Condition, Moment, ScenarioError, Watch};
use crate::sim::WorldEvent;

use super::{BranchId, Timeline};

/// How far a step looks for something before it gives up: a world may be silent for ever.
const STEP_SPAN_MAX: Span = Span::from_secs(3600);
const STEP_WORK_MAX: usize = 100_000;

/// A condition at which playing stops.
#[derive(Clone, Debug)]
pub struct Breakpoint {
    pub id: u32,
    pub condition: Condition,
    pub enabled: bool,
}

/// Why playing stopped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stop {
    /// The time that was asked for is reached.
    Reached,
    /// The breakpoint with this number came true.
    Breakpoint(u32),
}

impl Timeline {
    /// Goes on to the moment after the next event; routine counts only if it is wanted. `false`: nothing happens
    /// any more.
    pub fn step_event(&mut self, routine: bool) -> bool {
        let notable = |event: &WorldEvent| routine || !event.kind.is_routine();
        let recorded = match routine {
            true => Some(self.visible()).filter(|next| *next < self.events().len()),
            false => self.events().notable(self.visible()..usize::MAX).next(),
        };
        self.step(recorded, notable)
    }

    /// Goes on to the next milestone. `false`: none comes.
    pub fn step_milestone(&mut self) -> bool {
        let recorded = self.events().milestones(self.visible()..usize::MAX).next();
        self.step(recorded, |event| event.kind.is_milestone())
    }

    fn step(&mut self, recorded: Option<usize>, wanted: impl Fn(&WorldEvent) -> bool) -> bool {
        if let Some(event) = recorded {
            self.seek(self.moment_of(event));
            return true;
        }
        let before = (self.moment(), self.current);
        self.seek_end();
        let ahead = self.clone();
        let limit = self.now() + STEP_SPAN_MAX;
        for _ in 0..STEP_WORK_MAX {
            let Some((due, _)) = self.world().next_event().filter(|(due, _)| *due <= limit) else { break };
            let mut found = false;
            self.run_seen(due, &mut |_, event| found |= wanted(event));
            if found {
                return true;
            }
        }
        // Nothing comes: as if nobody had looked.
        *self = ahead;
        self.return_to(before);
        false
    }

    fn return_to(&mut self, (moment, branch): (Moment, BranchId)) {
        self.switch(branch);
        self.seek(moment);
    }

    /// Goes back to the moment after the event before the cursor. `false`: the cursor is at the beginning.
    pub fn back_event(&mut self, routine: bool) -> bool {
        let here = self.moment();
        let events = 0..self.visible();
        let before = match routine {
            true => events.rev().map(|event| self.moment_of(event)).find(|moment| *moment < here),
            false => {
                let notable = self.events().notable(events).rev();
                notable.map(|event| self.moment_of(event)).find(|moment| *moment < here)
            }
        };
        self.go_back(before)
    }

    /// Goes back to the milestone before the cursor. `false`: there is none; the cursor is at the beginning then.
    pub fn back_milestone(&mut self) -> bool {
        let here = self.moment();
        let milestones = self.events().milestones(0..self.visible()).rev();
        let before = milestones.map(|event| self.moment_of(event)).find(|moment| *moment < here);
        self.go_back(before)
    }

    fn go_back(&mut self, to: Option<Moment>) -> bool {
        let moved = to.is_some();
        self.seek(to.unwrap_or(Moment::START).max(self.beginning().min(self.moment())));
        moved
    }

    /// The moment at which the first nodes stand and nothing has happened to them yet.
    pub fn beginning(&self) -> Moment {
        use crate::sim::Input;
        let setup = |input: &Input| matches!(input, Input::AddNode { .. } | Input::Link { .. });
        let count =
            self.inputs().take_while(|recorded| recorded.at == Instant::ZERO && setup(&recorded.input));
        Moment { at: Instant::ZERO, inputs: count.count() as u32 }
    }

    /// Lets time pass up to `to`, or up to the first breakpoint that comes true before.
    pub fn play_to(&mut self, to: Instant) -> Stop {
        let enabled = self.breakpoints.iter().filter(|breakpoint| breakpoint.enabled);
        let mut watches: Vec<(u32, Watch, bool)> = enabled
            .map(|breakpoint| {
                let watch = Watch::new(breakpoint.condition.clone());
                let held = watch.holds(self.state.scene());
                (breakpoint.id, watch, held)
            })
            .collect();
        if watches.is_empty() {
            self.run_to(to);
            return Stop::Reached;
        }
        while let Some(next) = self.next_moment().filter(|next| next.at <= to) {
            watches.iter_mut().for_each(|(_, watch, _)| watch.forget());
            self.run_to_moment(next, &mut watches);
            for (id, watch, held) in &mut watches {
                let holds = watch.holds(self.state.scene());
                if holds && !*held {
                    return Stop::Breakpoint(*id);
                }
                *held = holds;
            }
        }
        self.run_to(to);
        Stop::Reached
    }

    fn run_to_moment(&mut self, to: Moment, watches: &mut [(u32, Watch, bool)]) {
        let before = self.visible();
        if to <= self.end() {
            self.seek(to);
        } else {
            self.run_to(to.at);
        }
        for (_, event) in self.events().iter(before..self.visible()) {
            watches.iter_mut().for_each(|(_, watch, _)| watch.note(&self.state.world, event));
        }
    }

    /// The next moment at which anything can be different: the next recorded input or the next event.
    fn next_moment(&self) -> Option<Moment> {
        let Moment { inputs, .. } = self.moment();
        let due = self.world().next_event().map(|(due, _)| due);
        match self.branch().inputs.get(inputs as usize) {
            Some(next) if due.is_none_or(|due| next.at < due) => {
                Some(Moment { at: next.at, inputs: inputs + 1 })
            }
            _ => due.map(|at| Moment { at, inputs }),
        }
    }

    /// Sets a breakpoint and gives its number.
    pub fn set_breakpoint(&mut self, condition: Condition) -> u32 {
        let id = self.next_breakpoint;
        self.next_breakpoint += 1;
        self.breakpoints.push(Breakpoint { id, condition, enabled: true });
        id
    }

    /// Reads a condition about the nodes that exist at the cursor.
    pub fn condition(&self, text: &str) -> Result<Condition, ScenarioError> {
        Condition::parse(text, &self.world().nodes().map(|entry| entry.name.clone()).collect())
    }

    pub fn breakpoints(&self) -> &[Breakpoint] {
        &self.breakpoints
    }

    pub fn enable_breakpoint(&mut self, id: u32, enabled: bool) {
        self.breakpoints.iter_mut().filter(|known| known.id == id).for_each(|known| known.enabled = enabled);
    }

    pub fn remove_breakpoint(&mut self, id: u32) {
        self.breakpoints.retain(|known| known.id != id);
    }
}
