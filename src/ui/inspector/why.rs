//! Why: every event as one plain sentence with its numbers, the newest first, below the latest decision.

use std::rc::Rc;

use web_sys::Element;
use yew::prelude::*;

use crate::narrate::{PartKind, Sentence, Tone, why};
use crate::timeline::{BranchId, Row};
use crate::ui::chrome::transport::clock_text;
use crate::ui::platform::later::use_within;
use crate::ui::platform::newest::use_newest;
use crate::ui::snapshot::DecisionCard;
use crate::ui::stage::decision::{decision, unasked};
use crate::ui::store::engine::EngineRef;
use crate::ui::store::{Act, Emit, Live, Transport, Ui};
use crate::ui::words::{Locale, Say, Word};

/// How many events are listed.
const LISTED: usize = 80;
/// While time goes on the list grows at most this often, in milliseconds: nobody reads faster.
const BEAT_MS: i32 = 120;
/// When so many events come between two beats nobody reads them at all, and it grows this seldom.
const FLOOD: usize = 120;
const FLOOD_BEAT_MS: i32 = 480;

#[component]
pub fn Why() -> Html {
    let emit = use_context::<Emit>().expect("inside the store");
    let ui = use_context::<Rc<Ui>>().expect("inside the store");
    let live = use_context::<Live>().expect("inside the store");
    let view = live.view.clone();
    let l = ui.locale;
    let playing = use_context::<Transport>().expect("inside the store").playing;
    let (seen, branch) = {
        let timeline = &live.engine.borrow().timeline;
        (timeline.visible(), timeline.current_branch())
    };
    // Up to where was told, and how much came with the last beat.
    let told = use_state_eq(|| (seen, 0));
    let tell = use_callback((live.clone(), *told), {
        let told = told.setter();
        move |(), (live, (before, _)): &(Live, (usize, usize))| {
            let seen = live.engine.borrow().timeline.visible();
            told.set((seen, seen.saturating_sub(*before)));
        }
    });
    let flooded = playing && told.1 > FLOOD;
    use_within(if flooded { FLOOD_BEAT_MS } else { BEAT_MS }, (seen, branch), tell);
    let until = if playing { seen.min(told.0) } else { seen };
    let routine = ui.routine;
    let toggle = emit.reform(move |_: MouseEvent| Act::Routine(!routine));
    html! {
        <>
            <Decided card={view.decision.clone()} locale={l} />
            <div class="why-head">
                <h2>{ l.t(Word::WhatHappened) }</h2>
                <button class="switch" role="switch" aria-checked={routine.to_string()} onclick={toggle}>
                    <i aria-hidden="true"></i>{ l.t(Word::ShowRoutine) }
                </button>
            </div>
            <Lines engine={EngineRef(live.engine.clone())} {branch} {until} {routine} locale={l} emit={emit.clone()} />
        </>
    }
}

#[derive(PartialEq, Properties)]
struct DecidedProps {
    card: Option<Rc<DecisionCard>>,
    locale: Locale,
}

/// The newest decision: made anew with a new one only.
#[component]
fn Decided(props: &DecidedProps) -> Html {
    match &props.card {
        Some(card) => decision(card, props.locale),
        // Its place is kept, so that the first decision moves nothing.
        None => unasked(props.locale),
    }
}

#[derive(PartialEq, Properties)]
struct LinesProps {
    engine: EngineRef,
    branch: BranchId,
    /// How many events of the branch are told.
    until: usize,
    routine: bool,
    locale: Locale,
    emit: Emit,
}

#[component]
fn Lines(props: &LinesProps) -> Html {
    let l = props.locale;
    let list = use_node_ref();
    let rows = props.engine.0.borrow().newest(props.until, LISTED, props.routine);
    use_newest(&list, !rows.is_empty());
    if rows.is_empty() {
        return html! { <p class="soft">{ l.t(Word::NothingYet) }</p> };
    }
    let (engine, branch, emit) = (&props.engine, props.branch, &props.emit);
    html! {
        <ol class="why" ref={list} tabindex="0" aria-label={l.t(Word::WhatHappened)}>{ for rows.into_iter().map(|row| match row {
            Row::Event(number) => html! { <Line key={number.to_string()} engine={engine.clone()} {branch} {number} locale={l} emit={emit.clone()} /> },
            Row::Routine(range) => {
                let word = if range.len() == 1 { Word::RoutineOne } else { Word::RoutineBetween };
                html! { <li key={format!("r{}", range.start)} class="routine"><span></span><p>{ l.f(word, &[&range.len().to_string()]) }</p></li> }
            },
        }) }</ol>
    }
}

#[derive(PartialEq, Properties)]
struct LineProps {
    engine: EngineRef,
    branch: BranchId,
    /// An event of a branch never changes, so a line is made once.
    number: usize,
    locale: Locale,
    emit: Emit,
}

#[component]
fn Line(props: &LineProps) -> Html {
    let l = props.locale;
    let Some(entry) = props.engine.0.borrow().event(props.number) else { return html!() };
    let card = props.engine.0.borrow().decision(props.number);
    let at = entry.at;
    let seek = props.emit.reform(move |_: MouseEvent| Act::Seek(at));
    html! {
        <li class={classes!(tone(entry.told.tone()), entry.milestone.then_some("milestone"))} data-event={entry.told.story.id()}>
            <button class="at num" onclick={seek} title={l.t(Word::GoThere)}>{ clock_text(at) }</button>
            <div class="said">
                <p>{ sentence(&entry.told.sentence(l)) }</p>
                if let Some(why) = why(entry.told.story).filter(|_| entry.milestone) {
                    <Fold class="matters" label={l.t(Word::WhyItMatters)} text="?"
                          content={Callback::from(move |()| html! { <p>{ sentence(&why.fill(l, &[])) }</p> })} />
                }
                if let Some(card) = card {
                    <Fold class="again" text={l.t(Word::DecisionAgain)} content={Callback::from(move |()| decision(&card, l))} />
                }
            </div>
        </li>
    }
}

#[derive(PartialEq, Properties)]
struct FoldProps {
    class: &'static str,
    /// The name of what stands there as a sign.
    #[prop_or_default]
    label: Option<&'static str>,
    text: &'static str,
    content: Callback<(), Html>,
}

/// Something that is only made when it is opened: there are dozens, and hardly any ever is.
#[component]
fn Fold(props: &FoldProps) -> Html {
    let open = use_state_eq(|| false);
    let ontoggle = {
        let open = open.setter();
        Callback::from(move |event: Event| {
            open.set(event.target_unchecked_into::<Element>().has_attribute("open"));
        })
    };
    html! {
        <details class={props.class} {ontoggle}>
            <summary aria-label={props.label} title={props.label}>{ props.text }</summary>
            if *open { { props.content.emit(()) } }
        </details>
    }
}

/// The colour of a story.
pub fn tone(tone: Tone) -> &'static str {
    match tone {
        Tone::Neutral => "t-neutral",
        Tone::Master => "t-master",
        Tone::Replica => "t-replica",
        Tone::Rdb => "t-rdb",
        Tone::Propagated => "t-sent",
        Tone::Buffered => "t-held",
        Tone::Lost => "t-lost",
    }
}

/// A sentence with its parts told apart.
pub fn sentence(sentence: &Sentence) -> Html {
    html! {
        <>{ for sentence.parts.iter().map(|part| {
            let text = part.text.to_string();
            match part.kind {
                PartKind::Text => html! { { text } },
                PartKind::Strong => html! { <strong>{ text }</strong> },
                PartKind::Node => html! { <b class="name">{ text }</b> },
                PartKind::Number => html! { <b class="num">{ text }</b> },
                PartKind::Code => html! { <code>{ text }</code> },
                PartKind::Id => html! { <code class="id">{ text }</code> },
            }
        }) }</>
    }
}
