//! From a scenario to a timeline, in slices: a page stays responsive and can show progress or cancel.

use std::rc::Rc;

use thiserror::Error;

use crate::base::{Blob, Instant};
use crate::node::trace::Event;
use crate::scenario::link::Outcomes;
use crate::scenario::{Failure, Moment, Progress, Runner, Scenario, Sight, Statement};
use crate::sim::{RDB_INFLATED_MAX, WorldEvent, WorldEventKind};

use super::outcome::{Digests, Mismatch};
use super::{Script, Timeline};

/// How many events a replay may record. A link is made by a stranger.
pub const EVENTS_MAX: usize = 400_000;
/// How many moments it may process.
pub const MOMENTS_MAX: u64 = 4_000_000;
/// How many bytes of commands its nodes may execute; what they keep of it lies in the memory of the page.
pub const BYTES_MAX: u64 = 24 * 1024 * 1024;

/// Where a replay shall end up.
#[derive(Clone, Debug)]
enum Open {
    /// At the end, or where the text says.
    End,
    At(Moment),
}

/// A scenario on its way to become a timeline. Dropping it cancels it.
#[derive(Clone, Debug)]
pub struct Replay {
    runner: Runner,
    timeline: Timeline,
    open: Open,
    promised: Outcomes,
    work: u64,
    bytes: u64,
    verifying: Option<Verifying>,
}

/// The script has run; its outcomes are compared with the promised ones.
#[derive(Clone, Debug)]
struct Verifying {
    digests: Digests,
    stopped: Option<Failure>,
}

/// A finished replay.
#[derive(Clone, Debug)]
pub struct Opened {
    pub timeline: Timeline,
    /// The runner, with the steps it came by.
    pub runner: Runner,
    /// The scenario stopped before its end: an expectation failed, say. The timeline reaches that far.
    pub stopped: Option<Failure>,
    /// The first milestone that came out differently from what the link promised.
    pub mismatch: Option<Mismatch>,
}

/// What a slice came to.
#[derive(Debug)]
pub enum Slice {
    /// So much is done, in thousandths.
    Working(u32),
    Done(Box<Opened>),
    Refused(ReplayError),
}

/// Why a replay is given up.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub enum ReplayError {
    #[error("this scenario is too long to be opened: more than {EVENTS_MAX} events (at {at})")]
    TooManyEvents { at: Instant },
    #[error("this scenario takes too much work to be opened (given up at {at})")]
    TooMuchWork { at: Instant },
    #[error("this scenario writes too much to be opened: more than {BYTES_MAX} bytes (at {at})")]
    TooManyBytes { at: Instant },
}

impl ReplayError {
    /// The id of its text in the tables of the page.
    pub fn id(&self) -> &'static str {
        match self {
            ReplayError::TooManyEvents { .. } => "replay-too-many-events",
            ReplayError::TooMuchWork { .. } => "replay-too-much-work",
            ReplayError::TooManyBytes { .. } => "replay-too-many-bytes",
        }
    }
}

impl Replay {
    /// Runs a scenario and opens it where it says (`share`), else at its end.
    pub fn new(scenario: Scenario) -> Replay {
        let timeline = Timeline::new(scenario.seed());
        let runner = Runner::new(Rc::new(scenario));
        Replay {
            runner,
            timeline,
            open: Open::End,
            promised: Outcomes::default(),
            work: 0,
            bytes: 0,
            verifying: None,
        }
    }

    pub(super) fn of_link(scenario: Scenario, moment: Moment, promised: Outcomes) -> Replay {
        Replay { open: Open::At(moment), promised, ..Replay::new(scenario) }
    }

    /// What is being run.
    pub fn scenario(&self) -> &Scenario {
        self.runner.scenario()
    }

    /// Works for about `budget` processed moments.
    pub fn advance(&mut self, budget: u32) -> Slice {
        for _ in 0..budget {
            if self.verifying.is_some() {
                return self.verify(budget);
            }
            let Replay { runner, timeline, bytes, .. } = self;
            let progress = runner.advance(timeline, 1, false, &mut |sight| *bytes += weight(&sight));
            self.work += 1;
            let stopped = match progress {
                Progress::Finished => Some(None),
                Progress::Failed(failure) => Some(Some(failure)),
                Progress::Working | Progress::AtStep => None,
            };
            if let Some(stopped) = stopped {
                let digests = Digests::new(&self.timeline, self.promised.stride);
                self.verifying = Some(Verifying { digests, stopped });
            } else if let Some(error) = self.over_limit() {
                return Slice::Refused(error);
            }
        }
        self.working()
    }

    fn working(&self) -> Slice {
        Slice::Working(self.runner.progress(self.timeline.now()))
    }

    /// Makes some of the digests that were promised, and ends with the last one.
    fn verify(&mut self, budget: u32) -> Slice {
        /// What making a digest may cost, in moments.
        const COST: u32 = 500;
        let Some(Verifying { digests, stopped }) = &mut self.verifying else { return self.working() };
        if self.promised.stride > 0 {
            for _ in 0..(budget / COST).max(1) {
                if !digests.advance(&self.timeline) {
                    break;
                }
            }
            if digests.advance(&self.timeline) {
                return self.working();
            }
        }
        let promised = self.promised.stride > 0;
        let mismatch = promised.then(|| digests.compare(&self.promised, self.timeline.end())).flatten();
        let stopped = stopped.take();
        Slice::Done(Box::new(self.opened(stopped, mismatch)))
    }

    fn over_limit(&self) -> Option<ReplayError> {
        let at = self.timeline.now();
        if self.timeline.events().len() > EVENTS_MAX {
            Some(ReplayError::TooManyEvents { at })
        } else if self.work > MOMENTS_MAX {
            Some(ReplayError::TooMuchWork { at })
        } else if self.bytes > BYTES_MAX {
            Some(ReplayError::TooManyBytes { at })
        } else {
            None
        }
    }

    /// Works to the end.
    pub fn finish(mut self) -> Result<Opened, ReplayError> {
        const BUDGET: u32 = 10_000;
        loop {
            match self.advance(BUDGET) {
                Slice::Working(_) => {}
                Slice::Done(opened) => return Ok(*opened),
                Slice::Refused(error) => return Err(error),
            }
        }
    }

    fn opened(&mut self, stopped: Option<Failure>, mismatch: Option<Mismatch>) -> Opened {
        let mut timeline = std::mem::replace(&mut self.timeline, Timeline::new(0));
        let scenario = self.runner.scenario().clone();
        let shared = scenario.statements().find_map(|(_, statement)| match statement {
            Statement::Share(at) => Some(*at),
            _ => None,
        });
        timeline.script = Some(Script { scenario, branch: timeline.current_branch(), end: timeline.end() });
        match (&self.open, shared) {
            (Open::At(moment), _) => timeline.seek(*moment),
            (Open::End, Some(at)) => timeline.seek_time(at),
            (Open::End, None) => {}
        }
        Opened { timeline, runner: self.runner.clone(), stopped, mismatch }
    }
}

/// How many bytes an event may add to the memory: the command itself, and what `SETRANGE` and `SETBIT` fill up.
fn weight(sight: &Sight) -> u64 {
    if let Sight::Statement(_, Statement::Load { rdb, .. }) = sight {
        // Blocks of tiny entries take many times their bytes as values.
        return RDB_INFLATED_MAX + 8 * rdb.len() as u64;
    }
    let Sight::Event(_, WorldEvent { kind: WorldEventKind::Node(event), .. }) = sight else { return 0 };
    let (Event::Executed { argv, .. } | Event::Applied { argv, .. }) = event else { return 0 };
    let written = argv.iter().map(|arg| arg.len() as u64).sum::<u64>();
    let fills = argv
        .first()
        .is_some_and(|name| name.eq_ignore_ascii_case(b"SETRANGE") || name.eq_ignore_ascii_case(b"SETBIT"));
    let number = |arg: &Blob| std::str::from_utf8(arg).ok()?.parse::<u64>().ok();
    let filled = argv.get(2).filter(|_| fills).and_then(number).unwrap_or(0);
    written + filled.min(FILL_MAX)
}

/// The longest string of a node of a world.
const FILL_MAX: u64 = 4 * 1024 * 1024;
