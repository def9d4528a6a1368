//! Lessons: the list, and the open one beside the stage.

use std::rc::Rc;

use yew::prelude::*;

use crate::narrate::{LESSONS, Locale, blocks};
use crate::scenario::Target;
use crate::ui::chrome::dialog::DialogFrame;
use crate::ui::chrome::icon::{Icon, icon};
use crate::ui::inspector::why::sentence;
use crate::ui::platform::{fetch, history, prefs};
use crate::ui::store::works::lesson_asked;
use crate::ui::store::{Act, Emit, Live, Pane, Tab, Transport, Ui};
use crate::ui::words::{Say, Word};

/// The list of lessons, over the page.
#[component]
pub fn LessonList() -> Html {
    let emit = use_context::<Emit>().expect("inside the store");
    let ui = use_context::<Rc<Ui>>().expect("inside the store");
    let l = ui.locale;
    html! {
        <DialogFrame title={l.t(Word::Lessons)}>
            <ol class="lesson-list">{ for LESSONS.iter().enumerate().map(|(number, lesson)| {
                let finished = ui.has_finished(lesson.file);
                html! {
                    <li key={number} class={classes!(finished.then_some("finished"))}>
                        <button onclick={open_lesson(number, &emit)}>
                            <span class="lesson-number num" aria-hidden="true">{ if finished { icon(Icon::Check) } else { html! { { number + 1 } } } }</span>
                            <span><b>{ lesson.title.text(l) }</b><small>{ sentence(&lesson.about.fill(l, &[])) }</small></span>
                            if finished { <span class="chip chip-plain">{ l.t(Word::Finished) }</span> }
                        </button>
                    </li>
                }
            }) }</ol>
        </DialogFrame>
    }
}

/// Opens a lesson by its number.
fn open_lesson(number: usize, emit: &Emit) -> Callback<MouseEvent> {
    fetched(Some(number), lesson_file(number), emit)
}

/// Fetches a scenario and opens it: a lesson by its number, or an example.
pub fn fetched(number: Option<usize>, address: String, emit: &Emit) -> Callback<MouseEvent> {
    let emit = emit.clone();
    Callback::from(move |_: MouseEvent| fetch_and_open(number, address.clone(), emit.clone()))
}

fn fetch_and_open(number: Option<usize>, address: String, emit: Emit) {
    yew::platform::spawn_local(async move {
        emit.emit(match fetch::text(&address).await {
            Ok(text) => Act::OpenLesson(number, text.into()),
            Err(error) => Act::Notice(Some(error.into())),
        });
    });
}

/// Opens the lesson that the address names, unless the history names a work.
pub fn open_asked(emit: &Emit) {
    if let Some(number) = lesson_asked(&prefs::fragment()).filter(|_| history::work().is_none()) {
        fetch_and_open(Some(number), lesson_file(number), emit.clone());
    }
}

fn lesson_file(number: usize) -> String {
    format!("lessons/{}.resync", LESSONS[number].file)
}

/// The open lesson.
#[component]
pub fn LessonPanel() -> Html {
    let emit = use_context::<Emit>().expect("inside the store");
    let ui = use_context::<Rc<Ui>>().expect("inside the store");
    let live = use_context::<Live>().expect("inside the store");
    let transport = use_context::<Transport>().expect("inside the store");
    let l = ui.locale;
    let Some(lesson) = &ui.lesson else { return html!() };
    let engine = live.engine.borrow();
    let on_track = engine.timeline.current_branch() == lesson.branch;
    let at = lesson.page_at(engine.timeline.moment());
    let at = if on_track { at } else { ui.page.min(lesson.pages.len() - 1) };
    let names = engine.names();
    let send = |act: Act| emit.reform(move |_: MouseEvent| act.clone());
    let last = at + 1 == lesson.pages.len();
    let page = &lesson.pages[at];
    let which = match lesson.number {
        Some(number) => l.f(Word::LessonOf, &[&(number + 1).to_string(), &LESSONS.len().to_string()]),
        None => l.t(Word::Example).to_owned(),
    };
    let next_lesson = lesson.number.map(|number| number + 1).filter(|number| *number < LESSONS.len());
    html! {
        <aside class="lesson" aria-label={l.t(Word::Lesson)} data-part="lesson">
            <header>
                <span class="label">{ which }</span>
                <button class="icon-button" onclick={send(Act::CloseLesson)} aria-label={l.t(Word::CloseLesson)} title={l.t(Word::CloseLesson)}>{ icon(Icon::Close) }</button>
            </header>
            <h2>{ lesson.title(l) }</h2>
            <div class="prose" role="status">
                { for blocks(page.text(l), l, |name| names.iter().any(|node| **node == *name)).into_iter().map(|block| {
                    let text = sentence(&block.sentence);
                    if block.is_item { html! { <p class="item">{ text }</p> } } else { html! { <p>{ text }</p> } }
                }) }
                { looks(&page.looks, l, &emit) }
                if !on_track {
                    <p class="off-track">{ l.t(Word::TookOver) }</p>
                }
            </div>
            <footer>
                <div class="pips" role="img" aria-label={l.f(Word::PageOf, &[&(at + 1).to_string(), &lesson.pages.len().to_string()])}>
                    { for (0..lesson.pages.len()).map(|i| html! { <i key={i} class={if i <= at { "done" } else { "" }}></i> }) }
                </div>
                if on_track {
                    // What leads out of the lesson stands where "next" was not: the last page may come by itself under a finger.
                    if let Some(number) = next_lesson.filter(|_| last) {
                        <button key="out" class="button primary" onclick={open_lesson(number, &emit)} aria-label={format!("{} {}", l.t(Word::NextLesson), LESSONS[number].title.text(l))} title={LESSONS[number].title.text(l)}>{ l.t(Word::NextLesson) }</button>
                    } else if last {
                        <button key="out" class="button primary" onclick={send(Act::Dialog(Some(crate::ui::store::Dialog::Lessons)))}>{ l.t(Word::Lessons) }</button>
                    }
                    <button key="back" class="button" disabled={at == 0} onclick={send(Act::PageBack)}>{ l.t(Word::Back) }</button>
                    if !last {
                        <button key="next" class="button primary" onclick={send(Act::PageOn)}>{ l.t(if transport.playing { Word::PageNow } else { Word::NextPage }) }</button>
                    }
                } else {
                    <button class="button primary" onclick={send(Act::PageReturn)}>{ l.t(Word::ComeBack) }</button>
                }
            </footer>
        </aside>
    }
}

/// What to look at, as buttons that bring it to the front.
fn looks(targets: &[Target], l: Locale, emit: &Emit) -> Html {
    if targets.is_empty() {
        return html!();
    }
    html! {
        <p class="looks">
            <span class="label">{ l.t(Word::LookAt) }</span>
            { for targets.iter().map(|target| {
                let (text, act) = look(target, l);
                let onclick = emit.reform(move |_: MouseEvent| act.clone());
                html! { <button class="look" {onclick}>{ text }</button> }
            }) }
        </p>
    }
}

/// The name of a target, and the deed that brings it to the front.
fn look(target: &Target, l: Locale) -> (String, Act) {
    match target {
        Target::Node(name) => (l.f(Word::NodeName, &[name]), Act::Select(name.clone())),
        Target::Terminal(name) => (l.f(Word::TerminalOf, &[name]), Act::Select(name.clone())),
        Target::Backlog(name) => (l.f(Word::BacklogOf, &[name]), Act::Tape(name.clone())),
        Target::Decision(_) => (l.t(Word::Decision).to_owned(), Act::Tab(Tab::Why)),
        Target::Link(path) => (format!("{}–{}", path.from, path.to), Act::Select(path.to.clone())),
        Target::Timeline => (l.t(Word::Timeline).to_owned(), Act::Pane(Pane::Timeline)),
    }
}
