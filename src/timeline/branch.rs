//! One line of history: its inputs, its log, and checkpoints along it.

use std::rc::Rc;

use serde::Serialize;

use crate::base::{Instant, Seq};
use crate::scenario::{Facts, Moment, Scene};
use crate::sim::{Input, InputError, World, WorldEvent};

use super::log::EventLog;

/// A branch. Numbers are never used again.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
pub struct BranchId(pub u32);

/// How much is simulated between two checkpoints, in events and processed instants. It bounds what a seek replays.
const WORK_BETWEEN_CHECKPOINTS: u32 = 4_096;

/// A world at a moment, with what was told about it.
#[derive(Clone, Debug)]
pub(super) struct State {
    pub(super) world: World,
    pub(super) facts: Facts,
    pub(super) moment: Moment,
}

/// An input with its time.
#[derive(Clone, Debug)]
pub struct Recorded {
    pub at: Instant,
    pub input: Rc<Input>,
    /// How many events there were before it.
    pub(super) events: u32,
}

#[derive(Clone, Debug)]
pub(super) struct Branch {
    /// Where it left another branch.
    pub(super) origin: Option<(BranchId, Moment)>,
    pub(super) inputs: Seq<Recorded>,
    pub(super) log: EventLog,
    pub(super) checkpoints: Vec<Rc<State>>,
    pub(super) end: Moment,
    /// The state at the end, unless somebody else holds it.
    pub(super) tip: Option<State>,
    work: u32,
}

impl State {
    pub(super) fn new(seed: u64) -> State {
        State { world: World::new(seed), facts: Facts::default(), moment: Moment::START }
    }

    pub(super) fn scene(&self) -> Scene<'_> {
        Scene { world: &self.world, facts: &self.facts }
    }

    /// Applies an input. What is due now is processed before (it always is) and after it, so that a moment is a
    /// time and a number of inputs, and nothing else.
    pub(super) fn act(&mut self, input: &Input) -> Result<(), InputError> {
        self.world.apply(input)?;
        self.moment.inputs += 1;
        self.world.advance_to(self.moment.at);
        Ok(())
    }

    pub(super) fn advance(&mut self, to: Instant) {
        self.world.advance_to(to);
        self.moment.at = to;
    }

    pub(super) fn drop_events(&mut self) {
        let State { world, facts, .. } = self;
        world.drain_events(|event| facts.note(&event));
    }

    /// Goes forward along recorded inputs.
    pub(super) fn replay(&mut self, inputs: &Seq<Recorded>, to: Moment) {
        while self.moment.inputs < to.inputs {
            let Some(recorded) = inputs.get(self.moment.inputs as usize) else { break };
            self.advance(recorded.at);
            self.act(&recorded.input).expect("an input that was accepted once is accepted again");
            self.drop_events();
        }
        self.advance(to.at);
        self.drop_events();
    }
}

impl Branch {
    pub(super) fn new(start: &State) -> Branch {
        Branch {
            origin: None,
            inputs: Seq::new(),
            log: EventLog::default(),
            checkpoints: vec![Rc::new(start.clone())],
            end: start.moment,
            tip: None,
            work: 0,
        }
    }

    /// The same history up to `moment`, from where another one begins.
    pub(super) fn fork(&self, own: BranchId, moment: Moment) -> Branch {
        Branch {
            origin: Some((own, moment)),
            inputs: self.inputs.first(moment.inputs as usize),
            log: self.log.first(self.events_at(moment)),
            checkpoints: self.checkpoints[..self.checkpoints_until(moment)].to_vec(),
            end: moment,
            tip: None,
            work: WORK_BETWEEN_CHECKPOINTS / 2,
        }
    }

    /// The last moment of a time.
    pub(super) fn moment_at(&self, at: Instant) -> Moment {
        Moment { at, inputs: self.inputs.partition(|recorded| recorded.at <= at) as u32 }
    }

    /// How many events had happened at a moment.
    pub(super) fn events_at(&self, moment: Moment) -> usize {
        match self.inputs.get(moment.inputs as usize) {
            Some(next) if next.at == moment.at => next.events as usize,
            _ => self.log.window(Instant::ZERO, moment.at).end,
        }
    }

    /// The moment at which an event has just happened.
    pub(super) fn moment_of(&self, event: usize) -> Moment {
        let at = self.log.get(event).map_or(self.end.at, |event| event.at);
        Moment { at, inputs: self.inputs.partition(|recorded| recorded.events as usize <= event) as u32 }
    }

    /// A state that is not after `moment`, as near to it as there is one.
    pub(super) fn nearest(&self, moment: Moment) -> &State {
        &self.checkpoints[self.checkpoints_until(moment).max(1) - 1]
    }

    fn checkpoints_until(&self, moment: Moment) -> usize {
        self.checkpoints.partition_point(|state| state.moment <= moment)
    }

    /// Applies an input at the end and records what happens.
    pub(super) fn record_input(
        &mut self,
        state: &mut State,
        input: &Input,
        see: &mut dyn FnMut(&World, &WorldEvent),
    ) -> Result<(), InputError> {
        let events = self.log.len() as u32;
        let at = state.moment.at;
        state.act(input)?;
        self.inputs.push(Recorded { at, input: Rc::new(input.clone()), events });
        self.take_down(state, see);
        Ok(())
    }

    /// Lets time pass at the end up to `to` and records what happens.
    pub(super) fn record_time(
        &mut self,
        state: &mut State,
        to: Instant,
        see: &mut dyn FnMut(&World, &WorldEvent),
    ) {
        while let Some((due, _)) = state.world.next_event().filter(|(due, _)| *due <= to) {
            state.advance(due.max(state.moment.at));
            self.take_down(state, see);
        }
        state.advance(to);
        self.take_down(state, see);
    }

    fn take_down(&mut self, state: &mut State, see: &mut dyn FnMut(&World, &WorldEvent)) {
        let before = self.log.len();
        for event in state.world.take_events() {
            state.facts.note(&event);
            see(&state.world, &event);
            self.log.push(event);
        }
        self.end = state.moment;
        self.work += 1 + (self.log.len() - before) as u32;
        if self.work >= WORK_BETWEEN_CHECKPOINTS {
            self.work = 0;
            self.checkpoints.push(Rc::new(state.clone()));
        }
    }
}
