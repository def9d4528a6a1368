//! What takes long to open is opened in slices, between two frames each: a link, a file, a kept work.

use std::cell::RefCell;
use std::rc::Rc;

use super::engine::Engine;
use super::work::Kept;
use crate::narrate::{Locale, expected};
use crate::scenario::link::{LinkError, PAYLOAD_MAX, REFUSE_CHARS};
use crate::scenario::{Scenario, ScenarioError};
use crate::timeline::{Opened, Replay, ReplayError, Restore, RestoreError, ShareError, Slice, Timeline};
use crate::ui::platform::later::work_for;
use crate::ui::words::{Say, Word};

/// How many moments are processed between two looks at the clock.
const MOMENTS: u32 = 200;

/// Where something comes from.
#[derive(Clone, PartialEq, Debug)]
pub enum Source {
    /// An address.
    Link,
    /// A file with this name.
    File(Rc<str>),
    Kept(Box<Kept>),
}

/// Something on its way.
#[derive(Debug)]
pub struct Opening {
    pub source: Source,
    job: RefCell<Job>,
}

#[derive(Debug)]
enum Job {
    Replay(Box<Replay>),
    Restore(Box<Restore>),
    Over,
}

/// What a slice came to.
pub enum Step {
    /// So much of it is done, in thousandths.
    Working(u32),
    /// It is there, and this is to be said about it.
    Done(Box<Timeline>, Option<String>),
    Failed(String),
}

impl Opening {
    pub fn link(address: &str, l: Locale) -> Result<Opening, String> {
        match crate::timeline::open(address) {
            Ok(replay) => Ok(Opening::new(Source::Link, Job::Replay(replay.into()))),
            Err(error) => Err(l.f(Word::LinkBad, &[&link_words(&error, l)])),
        }
    }

    pub fn scenario(name: &str, text: &str, l: Locale) -> Result<Opening, String> {
        match Scenario::parse(text) {
            Ok(scenario) => {
                Ok(Opening::new(Source::File(name.into()), Job::Replay(Replay::new(scenario).into())))
            }
            Err(error) => Err(l.f(Word::FileBad, &[name, &scenario_words(&error, l)])),
        }
    }

    pub fn kept(kept: Kept, saved: &str, l: Locale) -> Result<Opening, String> {
        match Restore::new(saved) {
            Ok(restore) => Ok(Opening::new(Source::Kept(kept.into()), Job::Restore(restore.into()))),
            Err(error) => Err(restore_words(&error, l)),
        }
    }

    fn new(source: Source, job: Job) -> Opening {
        Opening { source, job: RefCell::new(job) }
    }

    /// Works for about `ms` milliseconds; without a clock to the end.
    pub fn advance(&self, ms: u64, l: Locale) -> Step {
        work_for(ms, || self.slice(l), |step| !matches!(step, Step::Working(_)))
    }

    fn slice(&self, l: Locale) -> Step {
        let mut job = self.job.borrow_mut();
        let step = match &mut *job {
            Job::Replay(replay) => match replay.advance(MOMENTS) {
                Slice::Working(part) => return Step::Working(part),
                Slice::Done(opened) => self.opened(*opened, l),
                Slice::Refused(error) => Step::Failed(self.refused(&replay_words(&error, l), l)),
            },
            Job::Restore(restore) => match restore.advance(MOMENTS) {
                Ok(None) => return Step::Working(restore.progress()),
                Ok(Some(timeline)) => Step::Done(timeline.into(), None),
                Err(error) => Step::Failed(restore_words(&error, l)),
            },
            Job::Over => Step::Working(1000),
        };
        *job = Job::Over;
        step
    }

    fn refused(&self, why: &str, l: Locale) -> String {
        match &self.source {
            Source::File(name) => l.f(Word::FileBad, &[name, why]),
            _ => l.f(Word::LinkBad, &[why]),
        }
    }

    fn opened(&self, opened: Opened, l: Locale) -> Step {
        let mut said = match &self.source {
            Source::Link => Some(l.t(Word::LinkOpened).to_owned()),
            Source::File(name) => Some(l.f(Word::FileOpened, &[name])),
            Source::Kept(_) => None,
        };
        if let Some(failure) = &opened.stopped {
            said = Some(l.f(Word::LinkStopped, &[&failure.line.to_string(), &failure.kind.to_string()]));
        }
        let engine = Engine::of(opened.timeline);
        if let Some(mismatch) = &opened.mismatch {
            let (number, at) = ((mismatch.milestone + 1).to_string(), mismatch.moment.at.to_string());
            let told = mismatch.event.and_then(|event| engine.event(event));
            let told = told.map(|entry| entry.told.sentence(l).to_text()).unwrap_or_default();
            said = Some(l.f(Word::LinkDiffers, &[&number, &at, &told]));
        }
        Step::Done(engine.timeline.into(), said)
    }
}

fn link_words(error: &ShareError, l: Locale) -> String {
    let link = match error {
        ShareError::Scenario(error) => return scenario_words(error, l),
        ShareError::Link(link) => link,
    };
    too_long(link, l)
}

/// Why an address is no link, or why there is no link to what is shown.
pub fn too_long(error: &LinkError, l: Locale) -> String {
    let number = |number: usize| number.to_string();
    match error {
        LinkError::NotALink => l.t(Word::LinkNotALink).to_owned(),
        LinkError::Newer { codec } => l.f(Word::LinkNewer, &[&codec.to_string()]),
        LinkError::TooLong { chars } => l.f(Word::LinkTooLong, &[&number(*chars), &number(REFUSE_CHARS)]),
        LinkError::Damaged => l.t(Word::LinkDamaged).to_owned(),
        LinkError::TooLarge => l.f(Word::LinkTooLarge, &[&number(PAYLOAD_MAX)]),
        LinkError::NotText => l.t(Word::LinkNotText).to_owned(),
        LinkError::TooMuch { chars } => l.f(Word::LinkTooMuch, &[&number(*chars), &number(REFUSE_CHARS)]),
    }
}

/// What is wrong with a scenario text, and where.
pub fn scenario_words(error: &ScenarioError, l: Locale) -> String {
    let (line, column) = (error.line.to_string(), error.column.to_string());
    let (should, is) = (expected(&error.expected, l), expected(&error.found, l));
    let wrong = l.f(Word::ScenarioBad, &[&line, &column, &should, &is]);
    match &error.suggestion {
        Some(meant) => wrong + &l.f(Word::DidYouMean, &[meant]),
        None => wrong,
    }
}

fn replay_words(error: &ReplayError, l: Locale) -> String {
    match error {
        ReplayError::TooManyEvents { at } => l.f(Word::ReplayTooLong, &[&at.to_string()]),
        ReplayError::TooMuchWork { at } => l.f(Word::ReplayTooMuch, &[&at.to_string()]),
        ReplayError::TooManyBytes { at } => l.f(Word::ReplayTooBig, &[&at.to_string()]),
    }
}

fn restore_words(error: &RestoreError, l: Locale) -> String {
    let why = match error {
        RestoreError::Replay(error) => replay_words(error, l),
        RestoreError::Scenario(error) => scenario_words(error, l),
        RestoreError::Failed(failure) => failure.to_string(),
        RestoreError::Unknown => l.t(Word::LinkNotALink).to_owned(),
        RestoreError::Damaged { line } => l.f(Word::KeptDamaged, &[&line.to_string()]),
    };
    l.f(Word::KeptBad, &[&why])
}
