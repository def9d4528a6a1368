//! Running a scenario: one statement after the other, against whatever holds the world.
//!
//! A [`Runner`] is a finger on the script. It can be moved in slices (a page must stay responsive) and stops at
//! steps, at the end, or at the first statement that fails. The [`Host`] that it acts on is a bare world for the
//! command line and the tests ([`Bare`]), or a timeline that records.

use std::rc::Rc;

use thiserror::Error;

use crate::base::{Instant, Span};
use crate::sim::{Input, InputError, World, WorldEvent};

use super::ast::{Scenario, Statement, What};
use super::condition::Condition;
use super::eval::{Scene, Watch};
use super::facts::Facts;
use super::input::WAIT_MAX_DEFAULT;
use super::moment::Moment;

/// What a scenario runs on. Everything due at a moment is always processed before and after each input, so that a
/// moment is a time and a number of inputs and nothing else.
pub trait Host {
    fn scene(&self) -> Scene<'_>;
    fn moment(&self) -> Moment;
    /// Applies an input now; `see` is shown the events.
    fn act(&mut self, input: &Input, see: &mut dyn FnMut(&World, &WorldEvent)) -> Result<(), InputError>;
    /// Processes everything up to `to`.
    fn advance(&mut self, to: Instant, see: &mut dyn FnMut(&World, &WorldEvent));
}

/// A world without a recording.
#[derive(Clone, Debug)]
pub struct Bare {
    pub world: World,
    pub facts: Facts,
    pub moment: Moment,
}

impl Bare {
    pub fn new(seed: u64) -> Bare {
        Bare { world: World::new(seed), facts: Facts::default(), moment: Moment::default() }
    }

    fn show(&mut self, see: &mut dyn FnMut(&World, &WorldEvent)) {
        for event in self.world.take_events() {
            self.facts.note(&event);
            see(&self.world, &event);
        }
    }
}

impl Host for Bare {
    fn scene(&self) -> Scene<'_> {
        Scene { world: &self.world, facts: &self.facts }
    }

    fn moment(&self) -> Moment {
        self.moment
    }

    fn act(&mut self, input: &Input, see: &mut dyn FnMut(&World, &WorldEvent)) -> Result<(), InputError> {
        self.world.apply(input)?;
        self.moment.inputs += 1;
        self.world.advance_to(self.moment.at);
        self.show(see);
        Ok(())
    }

    fn advance(&mut self, to: Instant, see: &mut dyn FnMut(&World, &WorldEvent)) {
        self.world.advance_to(to);
        self.moment.at = self.world.now();
        self.show(see);
    }
}

/// Why a scenario stopped: the line, and what is wrong there.
#[derive(Clone, PartialEq, Debug, Error)]
#[error("line {line}: {kind}")]
pub struct Failure {
    pub line: u32,
    pub kind: FailureKind,
}

#[derive(Clone, PartialEq, Debug, Error)]
pub enum FailureKind {
    #[error("expected {condition}, but {values}")]
    Expectation { condition: Condition, values: String },
    #[error("waited {limit} (the limit) for {condition}, but {values}")]
    Limit { condition: Condition, limit: Span, values: String },
    #[error("it is {now} already, {at} is over")]
    Past { at: Instant, now: Instant },
    #[error("{0}")]
    Input(#[from] InputError),
}

/// What a runner shows while it runs.
pub enum Sight<'a> {
    /// A statement begins at this time.
    Statement(Instant, &'a Statement),
    /// Something happened in the world.
    Event(&'a World, &'a WorldEvent),
}

/// How far a slice of running came.
#[derive(Clone, PartialEq, Debug)]
pub enum Progress {
    /// The budget is used up.
    Working,
    /// The next statement is a step (only when asked to stop there).
    AtStep,
    Finished,
    Failed(Failure),
}

/// A step that was reached.
#[derive(Clone, PartialEq, Debug)]
pub struct StepMark {
    /// The number of the step in its scenario, from 0.
    pub step: usize,
    pub id: String,
    /// When the script came to the step. That of the first step is where the introduction belongs.
    pub began: Moment,
    /// When its prose comes up: when its cue came true, or at once.
    pub shown: Moment,
}

/// A scenario being run.
#[derive(Clone, Debug)]
pub struct Runner {
    scenario: Rc<Scenario>,
    next: usize,
    wait: Option<Wait>,
    marks: Vec<StepMark>,
    failed: Option<Failure>,
    /// The time that `after` and `at` ask for, all together.
    planned: Span,
}

#[derive(Clone, Debug)]
enum Wait {
    Time(Instant),
    Condition { watch: Watch, limit: Span, ends: Instant },
}

impl Runner {
    pub fn new(scenario: Rc<Scenario>) -> Runner {
        let planned = planned(&scenario);
        Runner { scenario, next: 0, wait: None, marks: Vec::new(), failed: None, planned }
    }

    pub fn scenario(&self) -> &Rc<Scenario> {
        &self.scenario
    }

    /// The steps reached so far, in order.
    pub fn marks(&self) -> &[StepMark] {
        &self.marks
    }

    /// How much is done at this time, in thousandths: an estimate, since nobody knows how long an `until` takes.
    pub fn progress(&self, now: Instant) -> u32 {
        let part = |done: u64, of: u64| (done.saturating_mul(1000) / of.max(1)).min(1000) as u32;
        let lines = part(self.next as u64, self.scenario.items.len() as u64);
        if self.planned == Span::ZERO {
            lines
        } else {
            lines.min(part(now.since(Instant::ZERO).0, self.planned.0))
        }
    }

    pub fn is_finished(&self) -> bool {
        self.failed.is_some() || self.wait.is_none() && self.next == self.scenario.items.len()
    }

    /// Runs to the end or to the first failure.
    pub fn finish(&mut self, host: &mut impl Host, see: &mut dyn FnMut(Sight)) -> Result<(), Failure> {
        loop {
            match self.advance(host, u32::MAX, false, see) {
                Progress::Finished => return Ok(()),
                Progress::Failed(failure) => return Err(failure),
                Progress::Working | Progress::AtStep => {}
            }
        }
    }

    /// Runs for at most `budget` statements and moments. With `to_step` it stops before each further step.
    pub fn advance(
        &mut self,
        host: &mut impl Host,
        budget: u32,
        to_step: bool,
        see: &mut dyn FnMut(Sight),
    ) -> Progress {
        let mut moved = false;
        for _ in 0..budget {
            if let Some(failure) = &self.failed {
                return Progress::Failed(failure.clone());
            }
            if self.wait.is_some() {
                self.go_on_waiting(host, see);
                continue;
            }
            let scenario = self.scenario.clone();
            let Some(item) = scenario.items.get(self.next) else { return Progress::Finished };
            if let What::Statement(statement) = &item.what {
                let is_step = matches!(statement, Statement::Step { .. });
                if is_step && to_step && moved {
                    return Progress::AtStep;
                }
                moved |= is_step;
                see(Sight::Statement(host.moment().at, statement));
                if let Err(kind) = self.begin(host, statement, see) {
                    self.fail(item.line, kind);
                    continue;
                }
            }
            self.next += 1;
        }
        Progress::Working
    }

    fn fail(&mut self, line: u32, kind: FailureKind) {
        self.wait = None;
        self.failed = Some(Failure { line, kind });
    }

    fn begin(
        &mut self,
        host: &mut impl Host,
        statement: &Statement,
        see: &mut dyn FnMut(Sight),
    ) -> Result<(), FailureKind> {
        let now = host.moment().at;
        match statement {
            Statement::After(span) => self.wait = Some(Wait::Time(now + *span)),
            Statement::At(at) if *at < now => return Err(FailureKind::Past { at: *at, now }),
            Statement::At(at) => self.wait = Some(Wait::Time(*at)),
            Statement::Until { condition, limit } | Statement::Cue { condition, limit } => {
                let limit = limit.unwrap_or(WAIT_MAX_DEFAULT);
                let watch = Watch::new(condition.clone());
                self.wait = Some(Wait::Condition { watch, limit, ends: now + limit });
            }
            Statement::Expect(condition) => {
                if !Watch::new(condition.clone()).holds(host.scene()) {
                    let values = host.scene().explain(condition);
                    return Err(FailureKind::Expectation { condition: condition.clone(), values });
                }
            }
            Statement::Step { id } => {
                let step = self.marks.len();
                let now = host.moment();
                self.marks.push(StepMark { step, id: id.clone(), began: now, shown: now });
            }
            statement => {
                for input in statement.inputs() {
                    host.act(&input, &mut |world, event| see(Sight::Event(world, event)))?;
                }
            }
        }
        Ok(())
    }

    /// Processes one moment of a wait.
    fn go_on_waiting(&mut self, host: &mut impl Host, see: &mut dyn FnMut(Sight)) {
        let due = host.scene().world.next_event().map(|(at, _)| at);
        match self.wait.as_mut().expect("only called during a wait") {
            Wait::Time(ends) => {
                let to = due.map_or(*ends, |due| due.min(*ends));
                host.advance(to, &mut |world, event| see(Sight::Event(world, event)));
                if to == *ends {
                    self.wait = None;
                }
            }
            Wait::Condition { watch, limit, ends } => {
                if watch.holds(host.scene()) {
                    self.wait = None;
                    self.mark_cue(host);
                    return;
                }
                match due.filter(|due| due <= ends) {
                    Some(due) => host.advance(due, &mut |world, event| {
                        watch.note(world, event);
                        see(Sight::Event(world, event));
                    }),
                    None => {
                        host.advance(*ends, &mut |world, event| see(Sight::Event(world, event)));
                        let (condition, limit) = (watch.condition().clone(), *limit);
                        let values = host.scene().explain(&condition);
                        let line = self.scenario.items[self.next - 1].line;
                        self.fail(line, FailureKind::Limit { condition, limit, values });
                    }
                }
            }
        }
    }

    /// A step's prose comes up when its cue comes true.
    fn mark_cue(&mut self, host: &impl Host) {
        let waited_for = &self.scenario.items[self.next - 1].what;
        if let (What::Statement(Statement::Cue { .. }), Some(mark)) = (waited_for, self.marks.last_mut()) {
            mark.shown = host.moment();
        }
    }
}

fn planned(scenario: &Scenario) -> Span {
    let end = scenario.statements().fold(Instant::ZERO, |end, (_, statement)| match statement {
        Statement::After(span) => end + *span,
        Statement::At(at) => end.max(*at),
        _ => end,
    });
    end.since(Instant::ZERO)
}
