//! A lesson that is open: its pages, and the moments at which they are turned.
//!
//! The whole scenario is recorded when the lesson is opened; going on plays the recording up to the next page, so
//! pages turn with what happens and never with a timer. Whoever does something of their own leaves the lesson's
//! branch, and can come back to it.

use std::rc::Rc;

use crate::narrate::Locale;
use crate::scenario::{Moment, Scenario, Scene, Step, Target, fill_in};
use crate::timeline::{BranchId, Replay, Timeline};

/// One page: where it comes up and what it says.
#[derive(Clone, PartialEq, Debug)]
pub struct Page {
    pub shown: Moment,
    /// In each language, in the order of [`Locale::ALL`], with its values filled in.
    texts: Vec<String>,
    pub looks: Vec<Target>,
    /// What the script types.
    pub commands: Vec<(String, String)>,
}

impl Page {
    pub fn text(&self, l: Locale) -> &str {
        in_language(&self.texts, l)
    }
}

/// The one of `texts`, in the order of [`Locale::ALL`], that is in this language.
fn in_language(texts: &[String], l: Locale) -> &str {
    let at = Locale::ALL.iter().position(|locale| *locale == l).unwrap_or(0);
    texts.get(at).map_or("", String::as_str)
}

#[derive(Clone, PartialEq, Debug)]
pub struct Lesson {
    /// Its number in the list of lessons; an example has none.
    pub number: Option<usize>,
    titles: Vec<String>,
    pub pages: Vec<Page>,
    pub branch: BranchId,
}

impl Lesson {
    /// Runs a lesson's scenario; the timeline stands at its first page.
    pub fn open(number: Option<usize>, text: &str) -> Result<(Rc<Lesson>, Timeline), String> {
        let scenario = Scenario::parse(text).map_err(|error| error.to_string())?;
        let title = |locale: Locale| scenario.title(locale.tag()).unwrap_or_default().to_owned();
        let titles = Locale::ALL.into_iter().map(title).collect();
        let (first, steps) = (scenario.introduction(), scenario.steps());
        let opened = Replay::new(scenario).finish().map_err(|error| error.to_string())?;
        if let Some(failure) = opened.stopped {
            return Err(failure.to_string());
        }
        let mut timeline = opened.timeline;
        // The introduction speaks of what is there when the first step begins.
        let beginning = opened.runner.marks().first().map_or(timeline.beginning(), |mark| mark.began);
        let mut pages = vec![page(&mut timeline, &first, beginning)];
        for mark in opened.runner.marks() {
            if let Some(step) = steps.get(mark.step) {
                pages.push(page(&mut timeline, step, mark.shown));
            }
        }
        timeline.seek(beginning);
        let branch = timeline.current_branch();
        Ok((Rc::new(Lesson { number, titles, pages, branch }), timeline))
    }

    pub fn title(&self, l: Locale) -> &str {
        in_language(&self.titles, l)
    }

    /// Whether there is anything to read beside the stage.
    pub fn speaks(&self) -> bool {
        self.pages.len() > 1 || self.pages.iter().any(|page| !page.texts.iter().all(String::is_empty))
    }

    /// The lesson that a timeline was made from, when the timeline comes back from where it was kept.
    pub fn again(number: Option<usize>, timeline: &Timeline) -> Option<Rc<Lesson>> {
        let (scenario, branch) = timeline.script()?;
        let (lesson, _) = Lesson::open(number, &scenario.to_string()).ok()?;
        Some(Rc::new(Lesson { branch, ..(*lesson).clone() }))
    }

    /// The page at a moment of the lesson's branch.
    pub fn page_at(&self, moment: Moment) -> usize {
        self.pages.iter().rposition(|page| page.shown <= moment).unwrap_or(0)
    }
}

fn page(timeline: &mut Timeline, step: &Step, shown: Moment) -> Page {
    timeline.seek(shown);
    let scene = || Scene { world: timeline.world(), facts: timeline.facts() };
    let text =
        |locale: Locale| step.prose(locale.tag()).map(|prose| fill_in(prose, scene())).unwrap_or_default();
    let texts = Locale::ALL.into_iter().map(text).collect();
    Page { shown, texts, looks: step.looks.clone(), commands: step.commands.clone() }
}
