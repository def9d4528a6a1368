//! The guidance of a first visit: one sentence that says what to do next, and a tour of the page.
//!
//! `next` decides what to say, from what there is to see; here it is shown. What is spoken of lights up on the page
//! ([`Lights`]), for the first steps, the tour and the lessons alike.

pub mod next;
pub mod tour;

use std::rc::Rc;

use yew::prelude::*;

use crate::narrate::blocks;
use crate::scenario::Target;
use crate::ui::chrome::icon::{Icon, icon};
use crate::ui::inspector::why::sentence;
use crate::ui::platform::light::use_light;
use crate::ui::store::{Act, Emit, Live, Transport, Ui};
use crate::ui::words::{Say, Word};
use next::CHAPTERS;

/// What to do next.
#[component]
pub fn FirstSteps() -> Html {
    let emit = use_context::<Emit>().expect("inside the store");
    let ui = use_context::<Rc<Ui>>().expect("inside the store");
    let view = use_context::<Live>().expect("inside the store").view;
    let transport = use_context::<Transport>().expect("inside the store");
    let l = ui.locale;
    let Some(guide) = ui.guide.as_ref().filter(|_| ui.lesson.is_none()) else { return html!() };
    let advice = guide.next(&view);
    let send = |act: Act| emit.reform(move |_: MouseEvent| act.clone());
    let names = |name: &str| view.node(name).is_some();
    let said = |(word, args): &(Word, Vec<String>)| {
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        html! { <>{ for blocks(&l.f(*word, &args), l, names).iter().map(|block| sentence(&block.sentence)) }</> }
    };
    // Where there is only something to watch, time must go on.
    let act = advice.act.clone().or((!transport.playing).then_some((Word::Play, Act::Play(true))));
    let progress = l.f(Word::StepsDone, &[&advice.chapter.to_string(), &CHAPTERS.to_string()]);
    html! {
        <section class="first-steps" aria-label={l.t(Word::FirstStep)} data-chapter={advice.chapter.to_string()}>
            <div class="pips" role="img" aria-label={progress}>
                { for (0..CHAPTERS).map(|i| html! { <i key={i} class={if i < advice.chapter { "done" } else { "" }}></i> }) }
            </div>
            <p role="status">
                if let Some(told) = &advice.told { <span class="told">{ said(told) }</span>{ " " } }
                <span class="ask">{ said(&advice.ask) }
                    if let Some(line) = advice.line.as_deref().filter(|line| line.len() < 40) { { " " }<code>{ line }</code> }
                </span>
            </p>
            if let Some((word, act)) = act {
                <button class="button primary" onclick={send(act)}>{ l.t(word) }</button>
            }
            if advice.chapter == 0 {
                <button class="button ghost tour-button" onclick={send(Act::Tour(Some(0)))}>{ l.t(Word::TakeTour) }</button>
            }
            <button class="icon-button" onclick={send(Act::Guide(false))} aria-label={l.t(Word::Dismiss)} title={l.t(Word::Dismiss)}>{ icon(Icon::Close) }</button>
        </section>
    }
}

/// Lights up what is spoken of: by the tour, by the page of a lesson, or by the first steps.
#[component]
pub fn Lights() -> Html {
    let emit = use_context::<Emit>().expect("inside the store");
    let ui = use_context::<Rc<Ui>>().expect("inside the store");
    let live = use_context::<Live>().expect("inside the store");
    let view = live.view.clone();
    let page = ui.lesson.as_ref().map(|lesson| {
        let engine = live.engine.borrow();
        let on_track = engine.timeline.current_branch() == lesson.branch;
        let at = if on_track { lesson.page_at(engine.timeline.moment()) } else { ui.page };
        (lesson.clone(), at.min(lesson.pages.len() - 1), on_track)
    });
    use_effect_with(page.as_ref().map(|(lesson, at, _)| (Rc::as_ptr(lesson), *at)), {
        let emit = emit.clone();
        move |page| {
            if page.is_some() {
                emit.emit(Act::PageShown);
            }
        }
    });
    let selectors: Vec<String> = match (ui.tour, &page, &ui.guide) {
        (Some(stop), ..) => vec![tour::selector(stop).to_owned()],
        (None, Some((lesson, at, true)), _) => lesson.pages[*at].looks.iter().map(selector).collect(),
        (None, None, Some(guide)) => guide.next(&view).look.iter().map(selector).collect(),
        _ => Vec::new(),
    };
    use_light(&selectors.join(", "), (live, ui));
    html!()
}

/// Where a target is on the page.
fn selector(target: &Target) -> String {
    match target {
        Target::Node(name) => format!(".card[data-node=\"{name}\"]"),
        Target::Backlog(name) => format!(".tape[data-node=\"{name}\"]"),
        Target::Terminal(name) => format!("[id=\"terminal-{name}\"], .prompt[data-node=\"{name}\"]"),
        // Earlier decisions are folded away in the list of what happened.
        Target::Decision(_) => ".decision:not(details .decision)".to_owned(),
        Target::Link(path) => {
            let (a, b) = (&path.from, &path.to);
            format!("[data-link=\"{a}-{b}\"], [data-link=\"{b}-{a}\"]")
        }
        Target::Timeline => ".timeline".to_owned(),
    }
}
