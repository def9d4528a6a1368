//! The deeds, and what each changes.

use std::rc::Rc;

use super::lesson::Lesson;
use super::works::{self, Deed};
use super::{Store, prefs};
use crate::base::{Instant, Span, Version};
use crate::keyspace::lookup;
use crate::narrate::LESSONS;
use crate::scenario::{Moment, Target};
use crate::timeline::{Acted, BranchId};
use crate::ui::guide::next::Guide;
use crate::ui::guide::tour;
use crate::ui::platform::prefs::Theme;
use crate::ui::snapshot::Role;
use crate::ui::stage::menu::Menu;
use crate::ui::words::{Locale, Say, Word};

/// Something that a person does on the page, or a frame that passes.
#[derive(Clone, PartialEq, Debug)]
pub enum Act {
    /// Real milliseconds since the last frame.
    Frame(f64),
    Play(bool),
    Step,
    Milestone,
    StepBack,
    MilestoneBack,
    Seek(Instant),
    /// To the moment of a flag, with the reason beside it.
    Flag(Moment),
    /// Over to another branch.
    Branch(BranchId),
    /// To the branch that many further on in the list.
    BranchBy(i32),
    Break(BreakDeed),
    Speed(u32),
    /// A line typed at a node.
    Line(Rc<str>, String),
    Link(Rc<str>, Rc<str>, LinkDeed),
    Node(Rc<str>, NodeDeed),
    AddNode(Version),
    StartOver,
    Select(Rc<str>),
    Tape(Rc<str>),
    Menu(Option<Menu>),
    Tab(Tab),
    Pane(Pane),
    Dialog(Option<Dialog>),
    Theme(Theme),
    Locale(Locale),
    Routine(bool),
    Keys(bool),
    Wire(Option<u64>),
    /// Shows or hides the first steps.
    Guide(bool),
    /// A stop of the tour, or its end.
    Tour(Option<usize>),
    Works(Deed),
    /// A lesson by its number, or an example without one; and its text.
    OpenLesson(Option<usize>, Rc<str>),
    /// A page of the lesson has come up.
    PageShown,
    CloseLesson,
    /// Plays on to the next page.
    PageOn,
    PageBack,
    /// Back to the lesson, from a branch of one's own.
    PageReturn,
    Notice(Option<Rc<str>>),
}

/// What can be done with breakpoints.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum BreakDeed {
    /// A condition in the language of the scenario text.
    Set(Rc<str>),
    Enable(u32, bool),
    Remove(u32),
}

/// What can be done to a link.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LinkDeed {
    Cut,
    Heal,
    Blackhole,
    /// One direction only; `true`: from the first to the second.
    CutOneWay(bool),
    BlackholeOneWay(bool),
    Slow,
    Normal,
    Latency(Span),
    /// Bits a second; `None`: no limit.
    Bandwidth(Option<u64>),
}

/// What can be done to a node.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NodeDeed {
    Crash,
    Restart,
    Pause,
    Resume,
    Remove,
    Version(Version),
    /// A teaching backlog of so many bytes, or the real one.
    Backlog(Option<u64>),
    /// `repl-backlog-size`.
    BacklogSize(u64),
    /// How long a BGSAVE takes.
    Snapshot(Span),
}

/// The tabs of the inspector.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tab {
    Why,
    Wire,
    State,
    Invariants,
}

/// The parts of the page that share the lower half of a small screen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Pane {
    Terminal,
    Inspector,
    Timeline,
    Lesson,
}

/// What lies over the page.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Dialog {
    Help(HelpPage),
    Lessons,
    Share,
    /// Files, and earlier works.
    Open,
}

/// The pages of the help.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum HelpPage {
    Words,
    /// Why a replica did a full resynchronisation; the entry that is open.
    FullResync(Option<&'static str>),
    ScenarioText,
    Keys,
}

/// The state after `act`.
pub(super) fn reduce(store: &Store, act: Act) -> Store {
    match act {
        Act::Frame(ms) => frame(store, ms),
        Act::Play(playing) => Store { pace: store.pace.played(playing), ..store.clone() },
        Act::Speed(speed) => Store { pace: store.pace.at_speed(speed), ..store.clone() },
        Act::Step => moved(store, |engine, ui| engine.step(ui)),
        Act::Milestone => moved(store, |engine, _| engine.milestone()),
        Act::StepBack => moved(store, |engine, ui| engine.step_back(ui)),
        Act::MilestoneBack => moved(store, |engine, _| engine.milestone_back()),
        Act::Seek(to) => moved(store, |engine, _| engine.seek(to)),
        Act::Flag(moment) => {
            moved(&store.with_ui(|ui| ui.tab = Tab::Why), |engine, _| engine.seek_to(moment))
        }
        Act::Branch(branch) => moved(store, |engine, _| engine.switch(branch)),
        Act::BranchBy(by) => moved(store, |engine, _| engine.switch_by(by)),
        Act::Break(deed) => {
            let done = store.engine.borrow_mut().set_break(deed);
            let store = store.looked(store.pace.clone());
            store.with_ui(|ui| ui.notice = done.err().map(Rc::from))
        }
        Act::Line(node, line) => {
            let at_master = store.view.node(&node).is_some_and(|card| card.role() == Role::Master);
            let store = store.with_ui(|ui| {
                (ui.selected, ui.menu) = (Some(node.clone()), None);
                if let Some(guide) = ui.guide.as_mut().filter(|_| at_master && is_write(&line)) {
                    guide.wrote = true;
                }
            });
            done(store, |engine| engine.line(&node, &line))
        }
        Act::Link(a, b, deed) => done(store.with_ui(|ui| ui.menu = None), |engine| engine.link(&a, &b, deed)),
        Act::Node(name, deed) => {
            let store = store.with_ui(|ui| {
                ui.menu = None;
                if deed == NodeDeed::Remove {
                    ui.selected = None;
                }
            });
            done(store, |engine| engine.node(&name, deed))
        }
        Act::AddNode(version) => done(store.with_ui(|ui| ui.menu = None), |engine| engine.add_node(version)),
        Act::StartOver => works::start_over(store),
        Act::Works(deed) => works::reduce(store, deed),
        Act::OpenLesson(number, text) => open_lesson(store, number, &text),
        Act::CloseLesson => store.with_ui(|ui| {
            ui.lesson = None;
            ui.pane = Pane::Terminal;
        }),
        Act::PageShown => page_shown(store),
        Act::PageOn => page_on(store),
        Act::PageBack => to_page(store, |at| at.saturating_sub(1)),
        Act::PageReturn => to_page(store, |at| at),
        _ => store.with_ui(|ui| furnish(ui, act)),
    }
}

/// Whether a line that somebody types changes data.
fn is_write(line: &str) -> bool {
    let name = line.split_whitespace().next().unwrap_or_default();
    lookup(name.as_bytes()).is_some_and(|command| command.spec.is_write())
}

fn furnish(ui: &mut super::Ui, act: Act) {
    match act {
        Act::Select(node) => {
            ui.selected = Some(node);
            ui.pane = Pane::Terminal;
        }
        Act::Tape(node) => ui.tape = Some(node),
        Act::Menu(menu) => ui.menu = menu,
        Act::Tab(tab) => {
            ui.tab = tab;
            ui.pane = Pane::Inspector;
        }
        Act::Pane(pane) => ui.pane = pane,
        Act::Dialog(dialog) => ui.dialog = dialog,
        Act::Theme(theme) => {
            ui.theme = theme;
            prefs::remember("theme", theme.name());
        }
        Act::Locale(locale) => {
            ui.locale = locale;
            prefs::remember("locale", locale.tag());
        }
        Act::Routine(on) => ui.routine = on,
        Act::Keys(on) => {
            ui.keys = on;
            prefs::remember("keys", if on { "on" } else { "off" });
        }
        Act::Wire(wire) => {
            ui.wire = wire;
            ui.tab = Tab::Wire;
        }
        Act::Guide(on) => {
            ui.guide = on.then(Guide::default);
            prefs::remember("guide", if on { "on" } else { "off" });
        }
        Act::Tour(stop) => {
            ui.tour = stop;
            ui.dialog = None;
            if let Some(pane) = stop.and_then(tour::pane) {
                ui.pane = pane;
            }
        }
        Act::Notice(notice) => ui.notice = notice,
        _ => {}
    }
}

fn open_lesson(store: &Store, number: Option<usize>, text: &str) -> Store {
    match Lesson::open(number, text) {
        Ok((lesson, timeline)) => works::enter_lesson(store, lesson, timeline),
        Err(error) => store.with_ui(|ui| ui.notice = Some(error.into())),
    }
}

/// The lesson that is open, and the page that its branch is at.
fn page_of(store: &Store) -> Option<(Rc<Lesson>, usize)> {
    let lesson = store.ui.lesson.clone()?;
    let engine = store.engine.borrow();
    let on_track = engine.timeline.current_branch() == lesson.branch;
    let at = if on_track { lesson.page_at(engine.timeline.moment()) } else { store.ui.page };
    Some((lesson, at))
}

/// Brings what the page points at to the front. The last page finishes a lesson.
fn page_shown(store: &Store) -> Store {
    let Some((lesson, at)) = page_of(store) else { return store.clone() };
    store.with_ui(|ui| {
        for look in &lesson.pages[at].looks {
            match look {
                Target::Backlog(name) => ui.tape = Some(name.clone()),
                Target::Terminal(name) => ui.selected = Some(name.clone()),
                Target::Decision(_) => ui.tab = Tab::Why,
                Target::Node(_) | Target::Link(_) | Target::Timeline => {}
            }
        }
        let file = lesson.number.and_then(|number| LESSONS.get(number)).map(|lesson| lesson.file);
        if let Some(file) = file.filter(|file| at + 1 == lesson.pages.len() && !ui.has_finished(file)) {
            ui.finished = format!("{} {file}", ui.finished).trim().into();
            prefs::remember("finished", &ui.finished);
        }
    })
}

fn page_on(store: &Store) -> Store {
    let Some((lesson, at)) = page_of(store) else { return store.clone() };
    let Some(next) = lesson.pages.get(at + 1) else { return store.clone() };
    let store = store.with_ui(|ui| ui.page = at + 1);
    // Who does not want to wait for it is there at once.
    if next.shown.at <= store.pace.now || store.pace.stops_by_itself() {
        return to_page(&store, |at| at + 1);
    }
    let pace = store.pace.played_until(next.shown.at);
    Store { pace, ..store }
}

fn to_page(store: &Store, choose: impl Fn(usize) -> usize) -> Store {
    let Some((lesson, at)) = page_of(store) else { return store.clone() };
    let to = choose(at).min(lesson.pages.len() - 1);
    let store = store.with_ui(|ui| ui.page = to);
    moved(&store, |engine, _| {
        engine.timeline.switch(lesson.branch);
        engine.timeline.seek(lesson.pages[to].shown);
    })
}

fn frame(store: &Store, ms: f64) -> Store {
    if let Some(opening) = &store.opening {
        return works::frame(store, opening);
    }
    // One more frame may have been on its way when play stopped.
    if !store.pace.playing {
        return store.clone();
    }
    let mut engine = store.engine.borrow_mut();
    let (pace, changed) = store.pace.frame(&mut engine, ms);
    if store.pace.stops_by_itself()
        && !pace.playing
        && engine.halt.is_none()
        && let Some(lesson) = &store.ui.lesson
        && let Some(page) = lesson.pages.get(store.ui.page)
        && engine.timeline.current_branch() == lesson.branch
    {
        // Several pages may belong to one time; this one comes up before what the next one does.
        engine.timeline.seek(page.shown);
        drop(engine);
        return store.looked(pace);
    }
    drop(engine);
    if changed { store.looked(pace) } else { Store { pace, ..store.clone() } }
}

/// Time was moved by hand: play stops.
fn moved(store: &Store, by: impl FnOnce(&mut super::Engine, bool)) -> Store {
    let mut engine = store.engine.borrow_mut();
    by(&mut engine, store.ui.routine);
    let pace = store.pace.stopped_at(engine.now());
    drop(engine);
    store.looked(pace)
}

/// The world was acted upon.
pub(super) fn done(store: Store, deed: impl FnOnce(&mut super::Engine) -> Result<Acted, String>) -> Store {
    // Where a lesson stands when somebody takes over.
    let store = match page_of(&store) {
        Some((_, at)) => store.with_ui(|ui| ui.page = at),
        None => store,
    };
    let mut engine = store.engine.borrow_mut();
    // Play may be ahead of the engine, within a quiet span.
    engine.advance(store.pace.now);
    let result = deed(&mut engine);
    let pace = store.pace.resumed_at(engine.now());
    drop(engine);
    let store = store.looked(pace);
    match result {
        Ok(Acted::Forked(_)) => store.with_ui(|ui| ui.notice = Some(ui.locale.t(Word::Forked).into())),
        Ok(_) => store.with_ui(|ui| ui.notice = None),
        Err(why) => store.with_ui(|ui| ui.notice = Some(why.into())),
    }
}
