//! Works: what is kept, what is opened instead, and the way back.

use std::cell::RefCell;
use std::rc::Rc;

use super::act::{Dialog, Pane};
use super::lesson::Lesson;
use super::opening::{Opening, Source, Step, too_long};
use super::work::{self, Keeping, Kept, Work};
use super::{Engine, Store, Ui};
use crate::narrate::LESSONS;
use crate::scenario::link::{Length, MARK};
use crate::timeline::Timeline;
use crate::ui::guide::next::Guide;
use crate::ui::platform::files::{self, Given};
use crate::ui::platform::{history, prefs};
use crate::ui::words::{Say, Word};

/// What the tail of an address begins with that opens a lesson by its number.
pub const LESSON_MARK: &str = "#lesson=";
/// How long opening may take before the page shows that it is at it, and how long between two frames, in milliseconds.
const AT_ONCE_MS: u64 = 12;
const FRAME_MS: u64 = 9;

/// What people do with their works, and what happens to the page that holds them.
#[derive(Clone, PartialEq, Debug)]
pub enum Deed {
    /// Time to keep what there is.
    Keep,
    /// The history of the tab leads elsewhere, or the address was changed by hand.
    Went,
    /// A work from the shelf.
    Open(Rc<str>),
    /// Takes a work from the shelf for good.
    Forget(Rc<str>),
    /// A file was dropped or chosen.
    Given(Given),
    /// A file is held over the page.
    Hover(bool),
    /// Gives up what is being opened.
    Cancel,
    Share,
    /// The link is on the clipboard, or it cannot be put there.
    Copied(bool),
    Download(File),
}

/// What can be saved as a file.
#[derive(Clone, PartialEq, Debug)]
pub enum File {
    Scenario,
    Transcript,
    /// The data of a node.
    Rdb(Rc<str>),
}

/// A notice with a way back to what was there before.
#[derive(Clone, PartialEq, Debug)]
pub struct WayBack {
    pub notice: Rc<str>,
    pub work: Rc<str>,
}

/// What the dialog for sharing shows: the link to one moment.
#[derive(Clone, PartialEq, Debug)]
pub struct Shared {
    /// The tail of the address, or why there is none.
    pub tail: Result<Rc<str>, Rc<str>>,
    pub copied: Option<bool>,
    pub at: crate::base::Instant,
}

impl Shared {
    pub fn length(&self) -> Option<Length> {
        self.tail.as_ref().ok().map(|tail| Length::of(&(prefs::page_address() + tail)))
    }
}

pub(super) fn reduce(store: &Store, deed: Deed) -> Store {
    let l = store.ui.locale;
    match deed {
        Deed::Keep => keep(store),
        Deed::Went => went(store),
        Deed::Open(name) => open(&keep(store), &name),
        Deed::Forget(name) => {
            store.shelf.borrow_mut().remove(&name);
            store.with_ui(|ui| ui.shelf += 1)
        }
        Deed::Given(given) => given_file(store, given),
        Deed::Hover(over) if store.ui.hovered == over => store.clone(),
        Deed::Hover(over) => store.with_ui(|ui| ui.hovered = over),
        Deed::Cancel => {
            history::replace(&store.work.name, "");
            let store = Store { opening: None, ..store.clone() };
            store.with_ui(|ui| (ui.opening, ui.notice) = (None, Some(l.t(Word::OpeningGivenUp).into())))
        }
        Deed::Share => share(store),
        Deed::Copied(copied) => store.with_ui(|ui| {
            if let Some(shared) = &ui.shared {
                ui.shared = Some(Rc::new(Shared { copied: Some(copied), ..(**shared).clone() }));
            }
        }),
        Deed::Download(file) => download(store, &file),
    }
}

/// What the address asks for when the page starts.
pub(super) fn arrive(store: Store) -> Store {
    let l = store.ui.locale;
    let fragment = prefs::fragment();
    if let Some(name) = history::work()
        && let Some(opening) = shelved(&store, &name)
    {
        return begin(&store, opening);
    }
    if fragment.starts_with(MARK) {
        return begin(&store, Opening::link(&fragment, l));
    }
    if lesson_asked(&fragment).is_none() {
        history::replace(&store.work.name, &fragment);
    }
    // Whoever comes back finds the way to what they did here last.
    let newest = work::list(&store.shelf.borrow()).into_iter().find(|kept| kept.deeds > 0);
    match newest {
        Some(kept) => {
            let notice = l.f(Word::WorkEarlier, &[&kept.title(l), &kept.contents(l)]);
            store.with_ui(|ui| say_with_way_back(ui, &notice, &kept.name))
        }
        None => store,
    }
}

/// The number of the lesson that the tail of an address names.
pub fn lesson_asked(fragment: &str) -> Option<usize> {
    let number: usize = fragment.strip_prefix(LESSON_MARK)?.parse().ok()?;
    number.checked_sub(1).filter(|number| *number < LESSONS.len())
}

fn say_with_way_back(ui: &mut Ui, notice: &str, work: &str) {
    ui.notice = Some(notice.into());
    ui.way_back = Some(WayBack { notice: notice.into(), work: work.into() });
}

/// Writes what there is on the shelf.
pub(super) fn keep(store: &Store) -> Store {
    let mut work = store.work.clone();
    let lesson = store.ui.lesson.as_ref();
    let reading = lesson.map(|lesson| work::Reading { lesson: lesson.number, page: store.ui.page });
    let keeping = {
        let engine = store.engine.borrow();
        work::keep(&mut store.shelf.borrow_mut(), &mut work, &engine.timeline, reading)
    };
    if keeping == Keeping::Renamed {
        history::replace(&work.name, &prefs::fragment());
    }
    let store = Store { work, ..store.clone() };
    if keeping == Keeping::Refused && !store.ui.refused {
        let notice = store.ui.locale.t(Word::KeepRefused);
        return store.with_ui(|ui| (ui.refused, ui.notice) = (true, Some(notice.into())));
    }
    if keeping != Keeping::Refused && store.ui.refused {
        return store.with_ui(|ui| ui.refused = false);
    }
    store
}

/// What is read beside the stage: a lesson, and the page at which somebody took over.
type Beside = Option<(Rc<Lesson>, usize)>;

/// Another timeline takes the place of what is shown, under a name of its own; what was there is kept, and the notice
/// leads back to it. `fragment` is the tail of the new address.
fn enter(
    store: &Store,
    timeline: Timeline,
    work: Work,
    beside: Beside,
    fragment: &str,
    said: Option<String>,
) -> Store {
    let store = keep(store);
    let l = store.ui.locale;
    let left = store.work.name.clone();
    let touched = store.engine.borrow().timeline.deeds() > 0;
    // An address that was typed or followed has made its entry already.
    if history::work().as_deref() == Some(&*left) {
        history::push(&work.name, fragment);
    } else {
        history::replace(&work.name, fragment);
    }
    let store = keep(&shown(&store, timeline, work, beside));
    store.with_ui(|ui| {
        if touched {
            let notice = [said.as_deref().unwrap_or_default(), l.t(Word::WorkKept)].join(" ");
            say_with_way_back(ui, notice.trim(), &left);
        } else {
            ui.notice = said.map(Rc::from);
        }
    })
}

/// Shows a timeline, paused where it stands.
fn shown(store: &Store, timeline: Timeline, work: Work, beside: Beside) -> Store {
    let engine = Engine::of(timeline);
    let pace = store.pace.stopped_at(engine.now());
    // Another engine, not another content of the same: what was drawn of an event is kept by engine, branch and number.
    let store = Store { engine: Rc::new(RefCell::new(engine)), ..store.clone() };
    let store = Store { work, opening: None, ..store.looked(pace) };
    let selected = store.view.nodes.last().map(|card| card.name.clone());
    store.with_ui(|ui| {
        (ui.dialog, ui.tape, ui.menu, ui.wire, ui.opening, ui.lesson) = (None, None, None, None, None, None);
        (ui.notice, ui.selected, ui.page, ui.guide, ui.tour) = (None, selected, 0, None, None);
        if let Some((lesson, page)) = beside.filter(|(lesson, _)| lesson.speaks()) {
            (ui.lesson, ui.page, ui.pane) = (Some(lesson), page, Pane::Lesson);
        } else if ui.pane == Pane::Lesson {
            ui.pane = Pane::Terminal;
        }
    })
}

/// The first visit again.
pub(super) fn start_over(store: &Store) -> Store {
    let first = Engine::first_visit().timeline;
    let store = enter(store, first, Work::new(true), None, "", None);
    Store { pace: store.pace.played(true), ..store }.with_ui(|ui| ui.guide = Some(Guide::default()))
}

/// A lesson takes the place of what is shown.
pub(super) fn enter_lesson(store: &Store, lesson: Rc<Lesson>, timeline: Timeline) -> Store {
    let fragment = lesson_fragment(&lesson);
    let store = enter(store, timeline, Work::new(false), Some((lesson.clone(), 0)), &fragment, None);
    let pace = store.pace.played(!lesson.speaks());
    // The first page speaks of what begins: it is there at once, the next comes by playing. What has no pages plays by
    // itself.
    Store { pace, ..store }.with_ui(|ui| ui.selected = None)
}

fn lesson_fragment(lesson: &Lesson) -> String {
    lesson.number.map(|number| format!("{LESSON_MARK}{}", number + 1)).unwrap_or_default()
}

fn shelved(store: &Store, name: &str) -> Option<Result<Opening, String>> {
    let text = store.shelf.borrow().get(name)?;
    let (kept, saved) = Kept::read(name, &text)?;
    Some(Opening::kept(kept, &saved, store.ui.locale))
}

/// Opens a work from the shelf.
fn open(store: &Store, name: &str) -> Store {
    if *name == *store.work.name {
        return store.with_ui(|ui| ui.dialog = None);
    }
    match shelved(store, name) {
        Some(opening) => begin(store, opening),
        // A first visit on which nothing was done.
        None => start_over(store),
    }
}

fn went(store: &Store) -> Store {
    let fragment = prefs::fragment();
    let named = history::work();
    if named.as_deref() == Some(&*store.work.name) {
        return store.clone();
    }
    let store = keep(store);
    match named.as_deref().and_then(|name| shelved(&store, name)) {
        Some(opening) => begin(&store, opening),
        None if fragment.starts_with(MARK) => begin(&store, Opening::link(&fragment, store.ui.locale)),
        None if lesson_asked(&fragment).is_some() => store,
        None if named.is_some() => {
            let name = named.unwrap_or_default();
            let store = start_over(&store);
            history::replace(&name, &fragment);
            Store { work: Work { name: name.into(), ..store.work.clone() }, ..store }
        }
        None => {
            history::replace(&store.work.name, &fragment);
            store
        }
    }
}

fn begin(store: &Store, opening: Result<Opening, String>) -> Store {
    match opening {
        Ok(opening) => go_on(store, &Rc::new(opening), AT_ONCE_MS),
        Err(notice) => failed(store, &notice),
    }
}

/// A frame passes while something is being opened.
pub(super) fn frame(store: &Store, opening: &Rc<Opening>) -> Store {
    go_on(store, opening, FRAME_MS)
}

fn go_on(store: &Store, opening: &Rc<Opening>, ms: u64) -> Store {
    match opening.advance(ms, store.ui.locale) {
        Step::Working(part) => {
            let store = Store { opening: Some(opening.clone()), ..store.clone() };
            store.with_ui(|ui| (ui.opening, ui.dialog) = (Some(part), None))
        }
        Step::Done(timeline, said) => opened(store, opening, *timeline, said),
        Step::Failed(notice) => failed(store, &notice),
    }
}

fn failed(store: &Store, notice: &str) -> Store {
    history::replace(&store.work.name, "");
    let store = Store { opening: None, ..store.clone() };
    store.with_ui(|ui| (ui.opening, ui.dialog, ui.notice) = (None, None, Some(notice.into())))
}

fn opened(store: &Store, opening: &Opening, timeline: Timeline, said: Option<String>) -> Store {
    match &opening.source {
        Source::Link => {
            let fragment = prefs::fragment();
            let fragment = if fragment.starts_with(MARK) { fragment } else { String::new() };
            enter(store, timeline, Work::new(false), None, &fragment, said)
        }
        Source::File(_) => enter(store, timeline, Work::new(false), None, "", said),
        Source::Kept(kept) => {
            let lesson = kept.reading.and_then(|reading| Lesson::again(reading.lesson, &timeline));
            let work = Work {
                name: kept.name.as_str().into(),
                revision: Some(kept.revision()),
                plain: kept.is_plain(),
                written: (timeline.save().into(), kept.reading),
            };
            let fragment = lesson.as_ref().map(|lesson| lesson_fragment(lesson)).unwrap_or_default();
            let beside = lesson.zip(kept.reading.map(|reading| reading.page));
            match history::work().as_deref() == Some(&*kept.name) {
                // Going back, or a reload: the history is there already.
                true => shown(&keep(store), timeline, work, beside),
                false => enter(store, timeline, work, beside, &fragment, said),
            }
        }
    }
}

fn given_file(store: &Store, given: Given) -> Store {
    let l = store.ui.locale;
    // What is said must not stand behind a dialog.
    let store = store.with_ui(|ui| (ui.hovered, ui.dialog) = (false, None));
    let Some(bytes) = given.bytes else {
        return store.with_ui(|ui| ui.notice = Some(l.f(Word::FileUnread, &[&given.name]).into()));
    };
    if bytes.starts_with(b"REDIS") {
        return load_rdb(store, &given.name, bytes);
    }
    match String::from_utf8(bytes) {
        Ok(text) => {
            let store = keep(&store);
            begin(&store, Opening::scenario(&given.name, &text, l))
        }
        Err(_) => store.with_ui(|ui| ui.notice = Some(l.f(Word::FileUnknown, &[&given.name]).into())),
    }
}

/// An RDB file becomes the dump of the node whose terminal is in front.
fn load_rdb(store: Store, file: &str, rdb: Vec<u8>) -> Store {
    let l = store.ui.locale;
    let first = store.view.nodes.first().map(|card| card.name.clone());
    let Some(node) = store.ui.selected.clone().or(first) else { return store };
    let store = super::act::done(store, |engine| engine.load(&node, rdb));
    let keys = store.view.node(&node).map_or(0, |card| card.view.keys);
    store.with_ui(|ui| {
        if ui.notice.is_none() {
            ui.notice = Some(l.f(Word::RdbLoaded, &[file, &node, &keys.to_string()]).into());
        }
    })
}

/// Makes the link to this moment and shows what it holds.
fn share(store: &Store) -> Store {
    let l = store.ui.locale;
    let engine = store.engine.borrow();
    let tail = engine.timeline.link().map(Rc::from).map_err(|error| too_long(&error, l).into());
    let shared = Shared { tail, copied: None, at: engine.now() };
    drop(engine);
    if let Ok(tail) = &shared.tail {
        history::replace(&store.work.name, tail);
    }
    store.with_ui(|ui| (ui.shared, ui.dialog) = (Some(Rc::new(shared)), Some(Dialog::Share)))
}

fn download(store: &Store, file: &File) -> Store {
    let engine = store.engine.borrow();
    match file {
        File::Scenario => files::save("resync.resync", engine.timeline.scenario().to_string().as_bytes()),
        File::Transcript => files::save("resync.txt", engine.told_so_far(store.ui.locale).as_bytes()),
        File::Rdb(node) => {
            if let Some(rdb) = engine.rdb(node) {
                files::save(&format!("{node}.rdb"), &rdb);
            }
        }
    }
    store.clone()
}
