//! A whole timeline with all its branches as text, for whoever keeps it (the page's storage, a file).
//!
//! ```text
//! resync-timeline 1
//! cursor branch=2 at=1500000000 inputs=4
//! script branch=1 at=900000000 inputs=3        what the timeline was made from, if anything
//! | resync 1 …
//! branch 1
//! | resync 1 …                                  all inputs with their times
//! branch 2 from=1 at=900000000 inputs=3         where it left another branch
//! | resync 1 …
//! ```
//!
//! A long line (an RDB file that was loaded) stands once; where it comes again, `& 0` names the first such line.
//! Times are in nanoseconds. Only inputs are kept: reading it simulates everything again, in slices.

use std::collections::VecDeque;
use std::fmt::Write;
use std::rc::Rc;

use thiserror::Error;

use crate::base::{Instant, Map};
use crate::scenario::{Failure, Moment, Progress, Runner, Scenario, ScenarioError, Statement, TEXT_MAX};

use super::branch::{Branch, State};
use super::replay::{EVENTS_MAX, ReplayError};
use super::{BranchId, Script, Timeline};

const HEAD: &str = "resync-timeline 1";

/// Why a saved timeline cannot be read.
#[derive(Clone, PartialEq, Debug, Error)]
pub enum RestoreError {
    #[error("this is not a saved timeline, or one of a newer version")]
    Unknown,
    #[error("the saved timeline is damaged at line {line}")]
    Damaged { line: usize },
    #[error("the saved timeline is damaged: {0}")]
    Scenario(#[from] ScenarioError),
    #[error("the saved timeline cannot be played again: {0}")]
    Failed(Failure),
    #[error(transparent)]
    Replay(#[from] ReplayError),
}

impl Timeline {
    /// Everything that was done, on all branches.
    pub fn save(&self) -> String {
        let mut out = format!("{HEAD}\n");
        let mut long = Vec::new();
        let cursor = self.moment();
        entry(&mut out, "cursor", &format!("branch={} {}", self.current.0, place(cursor)));
        if let Some(script) = &self.script {
            entry(&mut out, "script", &format!("branch={} {}", script.branch.0, place(script.end)));
            block(&mut out, &script.scenario, &mut long);
        }
        for (id, branch) in self.branches.iter() {
            let from = match branch.origin {
                Some((from, moment)) => format!(" from={} {}", from.0, place(moment)),
                None => String::new(),
            };
            entry(&mut out, "branch", &format!("{}{from}", id.0));
            block(&mut out, &self.flat(*id), &mut long);
        }
        out
    }
}

fn place(moment: Moment) -> String {
    format!("at={} inputs={}", moment.at.0, moment.inputs)
}

fn entry(out: &mut String, word: &str, rest: &str) {
    writeln!(out, "{word} {rest}").expect("a string takes everything");
}

/// Lines from this length on are written once.
const LONG: usize = 200;

fn block(out: &mut String, scenario: &Scenario, long: &mut Vec<String>) {
    for line in scenario.to_string().lines() {
        match long.iter().position(|known| known == line) {
            Some(number) => entry(out, "&", &number.to_string()),
            None => entry(out, "|", line),
        }
        if line.len() >= LONG && !long.iter().any(|known| known == line) {
            long.push(line.to_owned());
        }
    }
}

/// A saved timeline on its way back. Dropping it cancels it.
#[derive(Clone, Debug)]
pub struct Restore {
    timeline: Timeline,
    waiting: VecDeque<Saved>,
    running: Option<(Runner, BranchId)>,
    /// Saved number and number now.
    ids: Map<BranchId, BranchId>,
    cursor: (BranchId, Moment),
    script: Option<(BranchId, Moment, Scenario)>,
}

#[derive(Clone, Debug)]
struct Saved {
    id: BranchId,
    origin: Option<(BranchId, Moment)>,
    flat: Scenario,
}

/// One heading with the block under it.
struct Section<'a> {
    line: usize,
    word: &'a str,
    numbers: Map<&'a str, u64>,
    text: String,
}

impl Restore {
    /// Reads a text that [`Timeline::save`] wrote. Nothing is simulated yet.
    pub fn new(text: &str) -> Result<Restore, RestoreError> {
        let sections = sections(text)?;
        let mut cursor = None;
        let mut script = None;
        let mut waiting = VecDeque::new();
        for section in &sections {
            let damaged = RestoreError::Damaged { line: section.line };
            let branch = |name| section.number(name).map(|number| BranchId(number as u32));
            match section.word {
                "cursor" => cursor = branch("branch").zip(section.moment()),
                "script" => {
                    let (branch, end) = branch("branch").zip(section.moment()).ok_or(damaged)?;
                    script = Some((branch, end, Scenario::parse(&section.text)?));
                }
                _ => waiting.push_back(Saved {
                    id: branch("").ok_or(damaged)?,
                    origin: branch("from").zip(section.moment()),
                    flat: Scenario::parse(&section.text)?,
                }),
            }
        }
        let seed = waiting.front().ok_or(RestoreError::Unknown)?.flat.seed();
        let cursor = cursor.ok_or(RestoreError::Unknown)?;
        let timeline = Timeline::new(seed);
        Ok(Restore { timeline, waiting, running: None, ids: Map::new(), cursor, script })
    }

    /// Works for about `budget` processed moments; the timeline when it is complete.
    pub fn advance(&mut self, budget: u32) -> Result<Option<Timeline>, RestoreError> {
        if self.running.is_none() {
            let Some(saved) = self.waiting.pop_front() else { return Ok(Some(self.restored())) };
            self.begin(saved);
        }
        if let Some((runner, id)) = &mut self.running {
            let progress = runner.advance(&mut self.timeline, budget, false, &mut |_| {});
            let at = self.timeline.now();
            match progress {
                Progress::Failed(failure) => return Err(RestoreError::Failed(failure)),
                _ if self.timeline.events().len() > EVENTS_MAX => {
                    return Err(ReplayError::TooManyEvents { at }.into());
                }
                Progress::Finished => {
                    self.ids.insert(*id, self.timeline.current_branch());
                    self.running = None;
                }
                Progress::Working | Progress::AtStep => {}
            }
        }
        Ok(None)
    }

    /// How much is done, in thousandths: branch by branch.
    pub fn progress(&self) -> u32 {
        let done = self.ids.len() as u32 * 1000;
        let now = self.timeline.now();
        let within = self.running.as_ref().map_or(0, |(runner, _)| runner.progress(now));
        let all = self.ids.len() + self.waiting.len() + usize::from(self.running.is_some());
        (done + within) / (all.max(1) as u32)
    }

    /// Works to the end.
    pub fn finish(mut self) -> Result<Timeline, RestoreError> {
        const BUDGET: u32 = 10_000;
        loop {
            if let Some(timeline) = self.advance(BUDGET)? {
                return Ok(timeline);
            }
        }
    }

    /// Goes to where the branch begins; its first input forks it off.
    fn begin(&mut self, saved: Saved) {
        let mut skip = Moment::START;
        let parent = saved.origin.and_then(|(from, moment)| Some((*self.ids.get(&from)?, moment)));
        match parent {
            Some((parent, moment)) => {
                self.timeline.switch(parent);
                self.timeline.seek(moment);
                skip = self.timeline.moment();
            }
            None if self.ids.is_empty() => {}
            None => self.timeline.new_root(),
        }
        let runner = Runner::new(Rc::new(without(saved.flat, skip)));
        self.running = Some((runner, saved.id));
    }

    fn restored(&mut self) -> Timeline {
        let mut timeline = std::mem::replace(&mut self.timeline, Timeline::new(0));
        if let Some((branch, end, scenario)) = self.script.take()
            && let Some(branch) = self.ids.get(&branch)
        {
            timeline.script = Some(Script { scenario: Rc::new(scenario), branch: *branch, end });
        }
        let (branch, moment) = self.cursor;
        if let Some(branch) = self.ids.get(&branch) {
            timeline.switch(*branch);
            timeline.seek(moment);
        }
        timeline
    }
}

impl Timeline {
    /// Begins a history that shares nothing with the others.
    fn new_root(&mut self) {
        self.seek_end();
        let id = BranchId(self.next_branch);
        self.next_branch += 1;
        let start = State::new(self.seed);
        self.branches.insert(id, Branch::new(&start));
        if self.is_at_end() {
            let left = std::mem::replace(&mut self.state, start);
            self.branch_mut().tip = Some(left);
        }
        self.current = id;
    }
}

/// What a flat scenario does after a moment.
fn without(flat: Scenario, moment: Moment) -> Scenario {
    let mut inputs = 0;
    let mut rest = Scenario::default();
    for (_, statement) in flat.statements() {
        let of_this = statement.inputs().len() as u32;
        let over = match statement {
            Statement::At(at) => *at <= moment.at && moment.at > Instant::ZERO,
            _ => of_this > 0 && inputs < moment.inputs,
        };
        inputs += of_this;
        if !over && (of_this > 0 || matches!(statement, Statement::At(_))) {
            rest.push(statement.clone());
        }
    }
    rest
}

impl Section<'_> {
    fn number(&self, name: &str) -> Option<u64> {
        self.numbers.get(name).copied()
    }

    fn moment(&self) -> Option<Moment> {
        let inputs = u32::try_from(self.number("inputs")?).ok()?;
        Some(Moment { at: Instant(self.number("at")?), inputs })
    }
}

fn sections(text: &str) -> Result<Vec<Section<'_>>, RestoreError> {
    let mut lines = (1..).zip(text.lines());
    if lines.next().is_none_or(|(_, head)| head != HEAD) {
        return Err(RestoreError::Unknown);
    }
    let mut sections: Vec<Section> = Vec::new();
    let mut long: Vec<&str> = Vec::new();
    for (line, text) in lines {
        let damaged = RestoreError::Damaged { line };
        let again = |number: &str| long.get(number.parse::<usize>().ok()?).copied();
        let more = match text.split_at_checked(1) {
            Some(("|", more)) => Some(more.strip_prefix(' ').unwrap_or(more)),
            Some(("&", number)) => Some(again(number.trim()).ok_or(damaged.clone())?),
            _ => None,
        };
        if let Some(more) = more {
            let section = sections.last_mut().filter(|section| section.text.len() <= TEXT_MAX);
            let section = section.ok_or(damaged)?;
            section.text.push_str(more);
            section.text.push('\n');
            if more.len() >= LONG && !long.contains(&more) {
                long.push(more);
            }
            continue;
        }
        let (word, rest) = text.split_once(' ').ok_or(damaged.clone())?;
        if !matches!(word, "cursor" | "script" | "branch") {
            return Err(damaged);
        }
        let mut numbers = Map::new();
        for field in rest.split(' ') {
            let (name, number) = field.split_once('=').unwrap_or(("", field));
            numbers.insert(name, number.parse().map_err(|_| damaged.clone())?);
        }
        sections.push(Section { line, word, numbers, text: String::new() });
    }
    Ok(sections)
}
