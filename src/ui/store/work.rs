//! A person's work: a timeline under a name, and how the browser's shelf keeps it.
//!
//! ```text
//! resync-work 1 rev=5f… saved=1732600000000 nodes=3 deeds=12 end=14200 lesson=2 page=1
//! A short cut in the link                      what it was made from, if that has a title
//! SET name redis                               what was typed last
//! resync-timeline 1 …
//! ```
//!
//! `rev` is another one each time it is written: whoever finds one that is not theirs knows that another tab has
//! written there, and takes another name. So no two tabs overwrite each other.

use std::rc::Rc;

use crate::base::sort_by_key;
use crate::narrate::{LESSONS, Locale};
use crate::sim::Input;
use crate::timeline::Timeline;
use crate::ui::platform::shelf::{Shelf, clock, new_name};
use crate::ui::px::decimal;
use crate::ui::words::{Say, Word};

const HEAD: &str = "resync-work 1";
/// How many works are kept; then those on which nothing was done go, the oldest first, and then the others.
const WORKS_MAX: usize = 24;

/// The work that is shown.
#[derive(Clone, Debug)]
pub struct Work {
    pub name: Rc<str>,
    /// What the shelf holds of it, as far as this tab knows.
    pub revision: Option<String>,
    /// The first visit: not worth keeping until something is done.
    pub plain: bool,
    /// What was written last, so that it is not written again.
    pub(super) written: (Rc<str>, Option<Reading>),
}

impl Work {
    pub fn new(plain: bool) -> Work {
        Work { name: new_name().into(), revision: None, plain, written: ("".into(), None) }
    }
}

/// A work on the shelf, as a list shows it.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Kept {
    pub name: String,
    revision: String,
    /// Milliseconds since 1970.
    pub saved: u64,
    pub nodes: u64,
    /// How much was done on it.
    pub deeds: u64,
    /// In virtual milliseconds.
    pub end: u64,
    /// What was read beside the stage.
    pub reading: Option<Reading>,
    title: String,
    last: String,
}

impl Kept {
    /// Reads what stands on the shelf: its head, and the saved timeline.
    pub fn read(name: &str, text: &str) -> Option<(Kept, String)> {
        let mut parts = text.splitn(4, '\n');
        let head = parts.next()?.strip_prefix(HEAD)?;
        let (title, last, timeline) = (parts.next()?.to_owned(), parts.next()?.to_owned(), parts.next()?);
        let mut kept = Kept { name: name.to_owned(), title, last, ..Kept::default() };
        for (key, value) in head.split_whitespace().filter_map(|field| field.split_once('=')) {
            let number = value.parse().unwrap_or_default();
            match key {
                "rev" => kept.revision = value.to_owned(),
                "saved" => kept.saved = number,
                "nodes" => kept.nodes = number,
                "deeds" => kept.deeds = number,
                "end" => kept.end = number,
                "lesson" => {
                    let lesson = number.checked_sub(1).map(|lesson| lesson as usize);
                    kept.reading = Some(Reading { lesson, page: 0 });
                }
                "page" => {
                    if let Some(reading) = &mut kept.reading {
                        reading.page = number as usize;
                    }
                }
                _ => {}
            }
        }
        Some((kept, timeline.to_owned()))
    }

    fn of(timeline: &Timeline, reading: Option<Reading>) -> Kept {
        let last = timeline.inputs().rev().find_map(|recorded| match &*recorded.input {
            Input::Type { line, .. } => Some(line.chars().take(80).collect()),
            _ => None,
        });
        let title = timeline.script().and_then(|(scenario, _)| scenario.title("en").map(str::to_owned));
        Kept {
            name: String::new(),
            revision: new_name(),
            saved: clock(),
            nodes: timeline.world().nodes().count() as u64,
            deeds: timeline.deeds() as u64,
            end: timeline.end().at.as_ms(),
            reading,
            title: title.unwrap_or_default().replace('\n', " "),
            last: last.unwrap_or_default(),
        }
    }

    fn head(&self) -> String {
        let Kept { revision, saved, nodes, deeds, end, title, last, .. } = self;
        let lesson = self.reading.map_or_else(String::new, |Reading { lesson, page }| {
            format!(" lesson={} page={page}", lesson.map_or(0, |lesson| lesson + 1))
        });
        format!(
            "{HEAD} rev={revision} saved={saved} nodes={nodes} deeds={deeds} end={end}{lesson}\n{title}\n{last}\n"
        )
    }

    pub fn revision(&self) -> String {
        self.revision.clone()
    }

    /// Whether it grew from the first visit: its title is no title of one's own.
    pub fn is_plain(&self) -> bool {
        self.title.is_empty() && self.deeds > 0
    }

    /// What to call it.
    pub fn title(&self, l: Locale) -> String {
        match self.reading.and_then(|reading| LESSONS.get(reading.lesson?)) {
            Some(lesson) => lesson.title.text(l).to_owned(),
            None if self.title.is_empty() => l.t(Word::WorkUntitled).to_owned(),
            None => self.title.clone(),
        }
    }

    /// What it contains.
    pub fn contents(&self, l: Locale) -> String {
        let seconds = decimal(self.end as f64 / 1e3, 1);
        let (nodes, deeds) = (self.nodes.to_string(), self.deeds.to_string());
        if self.last.is_empty() {
            l.f(Word::WorkHolds, &[&nodes, &deeds, &seconds])
        } else {
            l.f(Word::WorkHoldsLast, &[&nodes, &deeds, &seconds, &self.last])
        }
    }
}

/// What is read beside the stage.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Reading {
    /// The lesson's number; an example has none.
    pub lesson: Option<usize>,
    pub page: usize,
}

/// How keeping a work ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Keeping {
    /// There was nothing new.
    Same,
    Kept,
    /// Another tab writes under this name: it was kept under a new one.
    Renamed,
    /// The browser keeps nothing; it is remembered while the page lives.
    Refused,
}

/// Writes the work on the shelf.
pub fn keep(shelf: &mut Shelf, work: &mut Work, timeline: &Timeline, reading: Option<Reading>) -> Keeping {
    if work.plain && timeline.deeds() == 0 {
        return Keeping::Same;
    }
    let saved = timeline.save();
    let there = shelf.get(&work.name).and_then(|text| Kept::read(&work.name, &text));
    let renamed = there.is_some_and(|(kept, _)| work.revision.as_ref() != Some(&kept.revision));
    if (&*saved, reading) == (&*work.written.0, work.written.1) && !renamed {
        return Keeping::Same;
    }
    if renamed {
        work.name = new_name().into();
    }
    let mut kept = Kept::of(timeline, reading);
    if work.plain {
        kept.title.clear();
    }
    work.revision = Some(kept.revision.clone());
    let taken = shelf.put(&work.name, &(kept.head() + &saved));
    work.written = (saved.into(), reading);
    tidy(shelf, &work.name);
    match taken {
        false => Keeping::Refused,
        true if renamed => Keeping::Renamed,
        true => Keeping::Kept,
    }
}

fn tidy(shelf: &mut Shelf, mine: &str) {
    let mut all = list(shelf);
    all.retain(|kept| kept.name != mine);
    sort_by_key(&mut all, |kept| (kept.deeds > 0, kept.saved));
    let surplus = (all.len() + 1).saturating_sub(WORKS_MAX);
    all[..surplus].iter().for_each(|kept| shelf.remove(&kept.name));
}

/// All works, the newest first.
pub fn list(shelf: &Shelf) -> Vec<Kept> {
    let read = |name: &String| Some(Kept::read(name, &shelf.get(name)?)?.0);
    let mut all: Vec<Kept> = shelf.names().iter().filter_map(read).collect();
    sort_by_key(&mut all, |kept| std::cmp::Reverse(kept.saved));
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::store::engine::Engine;

    const READING: Reading = Reading { lesson: Some(2), page: 1 };

    fn typed(line: &str) -> Engine {
        let mut engine = Engine::first_visit();
        engine.line(&"a".into(), line).expect("a takes a line");
        engine
    }

    #[test]
    fn a_first_visit_on_which_nothing_was_done_is_not_kept() {
        let (mut shelf, mut work) = (Shelf::default(), Work::new(true));
        let engine = Engine::first_visit();
        assert_eq!(keep(&mut shelf, &mut work, &engine.timeline, None), Keeping::Same);
        assert!(list(&shelf).is_empty());
    }

    #[test]
    fn what_is_kept_says_what_it_holds_and_comes_back() {
        let (mut shelf, mut work) = (Shelf::default(), Work::new(true));
        let engine = typed("SET city Bergen");
        // Without a browser it is remembered only as long as the page lives.
        assert_eq!(keep(&mut shelf, &mut work, &engine.timeline, Some(READING)), Keeping::Refused);
        assert_eq!(keep(&mut shelf, &mut work, &engine.timeline, Some(READING)), Keeping::Same);
        let turned = Reading { page: 2, ..READING };
        assert_eq!(keep(&mut shelf, &mut work, &engine.timeline, Some(turned)), Keeping::Refused);
        let [kept] = &list(&shelf)[..] else { panic!("one work") };
        assert_eq!((kept.nodes, kept.deeds, kept.reading), (3, 1, Some(turned)));
        assert!(kept.contents(Locale::En).contains("SET city Bergen"), "{}", kept.contents(Locale::En));
        let text = shelf.get(&work.name).expect("it is there");
        let (_, saved) = Kept::read(&work.name, &text).expect("our own format");
        let back = crate::timeline::Restore::new(&saved).and_then(|restore| restore.finish());
        assert_eq!(back.expect("what was saved").digest(), engine.timeline.digest());
    }

    #[test]
    fn two_tabs_with_one_name_part_at_the_first_difference() {
        let (mut shelf, mut first) = (Shelf::default(), Work::new(true));
        first.name = "shared".into();
        keep(&mut shelf, &mut first, &typed("SET city Bergen").timeline, None);
        let mut second = first.clone();
        keep(&mut shelf, &mut first, &typed("SET city Oslo").timeline, None);
        let before = shelf.get("shared");
        keep(&mut shelf, &mut second, &typed("SET city Rome").timeline, None);
        assert_eq!(shelf.get("shared"), before);
        assert_ne!(second.name, first.name);
        assert_eq!(list(&shelf).len(), 2);
    }

    #[test]
    fn the_shelf_keeps_a_number_of_works_and_gives_up_the_untouched_ones_first() {
        let mut shelf = Shelf::default();
        let plain = Kept { revision: "r".into(), ..Kept::default() };
        for n in 0..WORKS_MAX as u64 + 5 {
            let kept = Kept { saved: n, deeds: u64::from(n < 10), ..plain.clone() };
            shelf.put(&format!("w{n}"), &(kept.head() + "x"));
        }
        tidy(&mut shelf, "w0");
        let left = list(&shelf);
        assert_eq!(left.len(), WORKS_MAX);
        assert_eq!(left.iter().filter(|kept| kept.deeds > 0).count(), 10);
    }
}
