//! The diagram under the line of the moment, and what a pointer or a key does to it.

use std::rc::Rc;

use web_sys::Element;
use yew::prelude::*;

use super::chart::{Arrow, Chart, DENSE, Fork, LANES_TOP};
use super::flags::{FLAG_HEIGHT, Flag, text_width};
use crate::base::Instant;
use crate::node::Content;
use crate::sim::{Carries, WorldEventKind};
use crate::ui::chrome::transport::clock_text;
use crate::ui::px::{Px, px};
use crate::ui::store::engine::Engine;
use crate::ui::store::{Act, Emit, Live, Now, Transport, Ui, photo};
use crate::ui::words::{Locale, Say, Word};

/// Where the lanes begin, right of their names.
const LEFT: f64 = 34.0;
/// Where the moment stands while time goes on, as a share of the width.
const STAND: f64 = 0.74;

#[derive(PartialEq, Properties)]
pub struct LanesProps {
    pub chart: Rc<Chart>,
    pub drawing: Html,
    pub width: f64,
    pub height: f64,
    pub end: Instant,
    /// Something is recorded after the moment.
    pub ahead: bool,
}

/// The diagram. Drawn with every frame, but what is in it is made only when something happens: between events it is
/// only shifted.
#[component]
pub fn Lanes(props: &LanesProps) -> Html {
    let emit = use_context::<Emit>().expect("inside the store");
    let ui = use_context::<Rc<Ui>>().expect("inside the store");
    let now = use_context::<Now>().expect("inside the store").0;
    let live = use_context::<Live>().expect("inside the store");
    let playing = use_context::<Transport>().expect("inside the store").playing;
    let svg = use_node_ref();
    let dragging = use_state(|| false);
    let pointed = use_state_eq(|| None::<usize>);
    let l = ui.locale;
    let (chart, width) = (&props.chart, props.width);
    let here = chart.axis.x(now);
    // Where the story is young it begins at the left.
    let stand =
        (LEFT + (here - chart.axis.x(Instant::ZERO)).max(0.0) + 16.0).min(LEFT + (width - LEFT) * STAND);
    let shift = stand - here;
    // Where the pointer is on the drawing.
    let place = {
        let svg = svg.clone();
        move |event: &PointerEvent| {
            let (left, top) = svg.cast::<Element>().map_or((0.0, 0.0), |svg| {
                let rect = svg.get_bounding_client_rect();
                (rect.left(), rect.top())
            });
            (f64::from(event.client_x()) - left - shift, f64::from(event.client_y()) - top)
        }
    };
    let arrow_at = {
        let (chart, place) = (chart.clone(), place.clone());
        move |event: &PointerEvent| {
            let (x, y) = place(event);
            let arrow = chart.arrow_at(x, y).filter(|_| x + shift >= LEFT)?;
            Some((arrow.number, arrow.id))
        }
    };
    let seek = {
        let chart = chart.clone();
        move |event: &PointerEvent| Act::Seek(chart.axis.at(place(event).0))
    };
    let onpointerdown = {
        let (emit, seek, dragging, arrow_at) =
            (emit.clone(), seek.clone(), dragging.clone(), arrow_at.clone());
        Callback::from(move |event: PointerEvent| {
            if let Some((_, message)) = arrow_at(&event) {
                return emit.emit(Act::Wire(Some(message)));
            }
            dragging.set(true);
            emit.emit(seek(&event));
        })
    };
    let stop = {
        let dragging = dragging.clone();
        Callback::from(move |_: PointerEvent| dragging.set(false))
    };
    let onpointermove = {
        let (emit, dragging, pointed) = (emit.clone(), dragging.clone(), pointed.clone());
        Callback::from(move |event: PointerEvent| {
            // The button may have been let go elsewhere.
            if *dragging && event.buttons() != 0 {
                emit.emit(seek(&event));
            } else {
                pointed.set(arrow_at(&event).map(|(number, _)| number));
            }
        })
    };
    let onpointerleave = {
        let pointed = pointed.clone();
        Callback::from(move |_: PointerEvent| pointed.set(None))
    };
    // What is pointed at, or else what happens at the moment when time stands.
    let engine = live.engine.borrow();
    let standing = || if playing { None } else { sent_now(&engine, now) };
    let arrow = pointed.or_else(standing).and_then(|number| find(chart, number));
    let onkeydown = keys(&emit, props.end, arrow.map(|arrow| arrow.id));
    let bottom = chart.bottom() + 10.0;
    let (w, h) = (px(width), px(props.height));
    let in_sight = |flag: &&Flag| flag.x + shift > LEFT && flag.x + flag.width + shift < width - 4.0;
    let shifted = format!("translate({} 0)", Px(shift));
    html! {
        <svg ref={svg} class={classes!("chart", pointed.is_some().then_some("pointing"))} width={w} height={h} role="group" aria-label={l.t(Word::Timeline)}
             {onpointerdown} {onpointermove} {onpointerleave} onpointerup={stop.clone()} onpointercancel={stop}>
            { for chart.lanes().map(|(name, y)| html! { <path key={format!("l{name}")} class="lane" d={format!("M{} {}H{}", Px(LEFT), Px(y), Px(width))} /> }) }
            <g transform={shifted.clone()}>{ props.drawing.clone() }</g>
            if props.ahead {
                <rect class="ahead" x={px(stand)} y="0" width={px((width - stand).max(0.0))} height={px(props.height)} />
            }
            // Behind the flags, whose names stay readable.
            <g class="playhead" transform={format!("translate({} 0)", Px(stand))} role="slider" tabindex="0" aria-label={l.t(Word::Moment)} aria-valuemin="0"
               aria-valuemax={props.end.as_ms().max(now.as_ms()).to_string()} aria-valuenow={now.as_ms().to_string()} aria-valuetext={clock_text(now)} {onkeydown}>
                <path d={format!("M0 2V{}", Px(bottom))} />
                <circle cy={px(bottom + 4.0)} r="5" />
            </g>
            <g transform={shifted}>
                { for chart.flags.iter().filter(in_sight).map(|flag| pole(flag, chart)) }
                { for chart.flags.iter().filter(in_sight).map(|flag| html! { <FlagName key={format!("f{}", flag.number)} flag={flag.clone()} /> }) }
                { for chart.forks.iter().filter(|fork| fork.x + shift > LEFT).map(|fork| draw_fork(fork, bottom + 9.0, l, &emit)) }
            </g>
            <rect class="lane-names" x="0" y={px(LANES_TOP - 12.0)} width={px(LEFT)} height={px(props.height)} />
            { for chart.lanes().map(|(name, y)| html! { <text key={format!("n{name}")} class={classes!("lane-name", (chart.lane_height < DENSE).then_some("small"))} x={if name.len() > 2 { "5" } else { "14" }} y={px(y + 4.5)}>{ lane_name(name) }</text> }) }
            if let Some(arrow) = arrow { { carried(arrow, &engine, shift, width) } }
        </svg>
    }
}

fn find(chart: &Chart, number: usize) -> Option<&Arrow> {
    chart.arrows.iter().find(|arrow| arrow.number == number)
}

/// The event that sent what is sent or delivered at this moment: what tells most if there are several, then the last.
fn sent_now(engine: &Engine, now: Instant) -> Option<usize> {
    const LOOK_BACK: usize = 400;
    let log = engine.timeline.events();
    let seen = engine.timeline.visible();
    let here = log.window(now, now);
    let weight = |carries: Carries| match carries {
        Carries::Data { content: Content::Question | Content::Answer | Content::Rdb { .. } } => 3,
        Carries::Data { content: Content::Handshake | Content::Dialogue } => 2,
        Carries::Data { content: Content::Stream { .. } } => 1,
        _ => 0,
    };
    let notes = log.iter(here.start..here.end.min(seen)).filter_map(|(_, event)| match &event.kind {
        WorldEventKind::MessageSent(note) | WorldEventKind::MessageDelivered(note) => Some(note),
        _ => None,
    });
    let newest = notes.max_by_key(|note| weight(note.carries))?.id;
    let before = log.iter(seen.saturating_sub(LOOK_BACK)..seen).rev();
    let mut sent = before
        .filter(|(_, event)| matches!(&event.kind, WorldEventKind::MessageSent(note) if note.id == newest));
    sent.next().map(|(number, _)| number)
}

fn keys(emit: &Emit, end: Instant, message: Option<u64>) -> Callback<KeyboardEvent> {
    let emit = emit.clone();
    Callback::from(move |event: KeyboardEvent| {
        let act = match event.key().as_str() {
            "ArrowLeft" | "ArrowDown" => Act::StepBack,
            "ArrowRight" | "ArrowUp" => Act::Step,
            "PageDown" => Act::MilestoneBack,
            "PageUp" => Act::Milestone,
            "Home" => Act::Seek(Instant::ZERO),
            "End" => Act::Seek(end),
            "Enter" if message.is_some() => Act::Wire(message),
            _ => return,
        };
        event.prevent_default();
        event.stop_propagation();
        emit.emit(act);
    })
}

fn pole(flag: &Flag, chart: &Chart) -> Html {
    let y = flag.top() + FLAG_HEIGHT;
    let d = format!("M{} {}V{}", Px(flag.x + 0.5), Px(y), Px(chart.bottom()));
    html! { <path key={format!("p{}", flag.number)} class={classes!("pole", flag.tone)} {d} /> }
}

#[derive(PartialEq, Properties)]
struct FlagNameProps {
    flag: Flag,
}

/// The name of a milestone; leads there.
#[component]
fn FlagName(props: &FlagNameProps) -> Html {
    let emit = use_context::<Emit>().expect("inside the store");
    let flag = &props.flag;
    let moment = flag.moment;
    let onpointerdown = emit.reform(move |event: PointerEvent| {
        event.stop_propagation();
        Act::Flag(moment)
    });
    let onkeydown = Callback::from(move |event: KeyboardEvent| {
        if event.key() == "Enter" {
            event.stop_propagation();
            emit.emit(Act::Flag(moment));
        }
    });
    let label = flag.label();
    let top = flag.top();
    html! {
        <g class={classes!("flag", flag.tone)} role="button" tabindex="-1" aria-label={label.clone()} {onpointerdown} {onkeydown} data-flag={flag.id}>
            <title>{ label }</title>
            <rect x={px(flag.x)} y={px(top)} width={px(flag.width)} height={px(FLAG_HEIGHT)} rx="4" />
            <text x={px(flag.x + 7.0)} y={px(top + 13.0)}>{ flag.text() }</text>
        </g>
    }
}

/// A place where branches part; leads to the other one.
fn draw_fork(fork: &Fork, y: f64, l: Locale, emit: &Emit) -> Html {
    let word = if fork.back { Word::BranchBack } else { Word::BranchStarts };
    let label = l.f(word, &[&fork.number.to_string()]);
    let branch = fork.branch;
    let onpointerdown = emit.reform(move |event: PointerEvent| {
        event.stop_propagation();
        Act::Branch(branch)
    });
    html! {
        <g key={format!("k{}", branch.0)} class="fork" role="button" tabindex="-1" aria-label={label.clone()} transform={format!("translate({} {})", Px(fork.x), Px(y))} {onpointerdown}>
            <title>{ label }</title>
            <rect x="-17" y="-9" width="34" height="18" rx="9" />
            <path d="M-12 3h8M-9.500 3c3 0 2-6 5-6h1" />
            <text x="1" y="4">{ fork.number }</text>
        </g>
    }
}

/// What a message carried, beside its arrow.
fn carried(arrow: &Arrow, engine: &Engine, shift: f64, width: f64) -> Html {
    let ((x0, y0), (x1, y1)) = (arrow.from, arrow.to);
    let text = photo::carried(&engine.timeline, arrow.number).unwrap_or_default();
    let wide = text_width(&text) * 0.97 + 16.0;
    let x = ((x0 + x1) / 2.0 + shift + 10.0).clamp(LEFT, (width - wide - 4.0).max(LEFT));
    let y = (y0 + y1) / 2.0 - 10.0;
    let d = format!("M{} {}L{} {}", Px(x0 + shift), Px(y0), Px(x1 + shift), Px(y1));
    html! {
        <g class="carried">
            <path {d} />
            <rect x={px(x)} y={px(y)} width={px(wide)} height="20" rx="5" />
            <text x={px(x + 8.0)} y={px(y + 14.0)}>{ text }</text>
        </g>
    }
}

/// As much of a name as stands left of its lane.
fn lane_name(name: &str) -> String {
    if name.chars().count() > 3 { name.chars().take(2).chain(['…']).collect() } else { name.to_owned() }
}
