//! The timeline: what happened as a space–time diagram, with the moment as a line that can be moved.

mod axis;
mod branches;
pub mod breaks;
mod chart;
mod flags;
mod lanes;

use std::rc::Rc;

use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::base::{Instant, parse_double};
use crate::ui::chrome::icon::{Icon, icon};
use crate::ui::chrome::transport::clock_text;
use crate::ui::platform::size::use_size;
use crate::ui::store::engine::EngineRef;
use crate::ui::store::{Act, Emit, Live, Now, Ui};
use crate::ui::words::{Say, Word};
use branches::Branches;
use chart::Chart;
use lanes::Lanes;

const ZOOM_MIN: f64 = 0.25;
const ZOOM_MAX: f64 = 4.0;

#[component]
pub fn Timeline() -> Html {
    let emit = use_context::<Emit>().expect("inside the store");
    let ui = use_context::<Rc<Ui>>().expect("inside the store");
    let live = use_context::<Live>().expect("inside the store");
    let room = use_node_ref();
    let (width, height) = use_size(&room);
    let zoom = use_state(|| 1.0_f64);
    let l = ui.locale;
    let chart = use_memo(
        (live.clone(), (width as i64, height as i64), (*zoom * 100.0) as i64, l),
        |(live, (width, height), zoom, l)| {
            Chart::around(&live.engine.borrow(), (*width as f64, *height as f64), *zoom as f64 / 100.0, *l)
        },
    );
    let zoom_to = {
        let zoom = zoom.clone();
        move |factor: f64| zoom.set((*zoom * factor).clamp(ZOOM_MIN, ZOOM_MAX))
    };
    let zoom_by = |factor: f64| {
        let zoom_to = zoom_to.clone();
        Callback::from(move |_: MouseEvent| zoom_to(factor))
    };
    let onwheel = {
        let zoom_to = zoom_to.clone();
        Callback::from(move |event: WheelEvent| zoom_to(if event.delta_y() > 0.0 { 0.9 } else { 1.1 }))
    };
    let engine = live.engine.borrow();
    let end = engine.timeline.end().at;
    let drawing = html! { <Drawing chart={chart.clone()} engine={EngineRef(live.engine.clone())} /> };
    html! {
        <section class="timeline" aria-label={l.t(Word::Timeline)}>
            { breaks::chips(engine.timeline.breakpoints(), l, &emit) }
            <div class="lanes" ref={room} {onwheel}>
                if width > 0.0 { <Lanes {chart} {drawing} {width} {height} {end} ahead={!engine.timeline.is_at_end()} /> }
            </div>
            <div class="timeline-tools">
                <Branches />
                <Scrubber {end} />
                <GoTo />
                <button class="icon-button" onclick={zoom_by(0.7)} aria-label={l.t(Word::ZoomOut)} title={l.t(Word::ZoomOut)}>{ icon(Icon::Minus) }</button>
                <button class="icon-button" onclick={zoom_by(1.4)} aria-label={l.t(Word::ZoomIn)} title={l.t(Word::ZoomIn)}>{ icon(Icon::Plus) }</button>
            </div>
        </section>
    }
}

#[derive(PartialEq, Properties)]
struct DrawingProps {
    chart: Rc<Chart>,
    engine: EngineRef,
}

/// What is in the diagram: made once for a chart, not with every frame.
#[component]
fn Drawing(props: &DrawingProps) -> Html {
    props.chart.draw(&props.engine.0.borrow())
}

#[derive(PartialEq, Properties)]
struct ScrubberProps {
    end: Instant,
}

/// The whole recording on one line.
#[component]
fn Scrubber(props: &ScrubberProps) -> Html {
    let emit = use_context::<Emit>().expect("inside the store");
    let ui = use_context::<Rc<Ui>>().expect("inside the store");
    let now = use_context::<Now>().expect("inside the store").0;
    let oninput = emit.reform(|event: InputEvent| {
        let ms = event.target_unchecked_into::<HtmlInputElement>().value().parse().unwrap_or(0);
        Act::Seek(Instant::from_ms(ms))
    });
    let label = ui.locale.t(Word::WholeRecording);
    html! {
        <input class="scrubber" type="range" min="0" max={props.end.max(now).as_ms().to_string()} value={now.as_ms().to_string()}
               aria-label={label} title={label} aria-valuetext={clock_text(now)} {oninput} />
    }
}

/// A field that takes a time in seconds.
#[component]
fn GoTo() -> Html {
    let emit = use_context::<Emit>().expect("inside the store");
    let ui = use_context::<Rc<Ui>>().expect("inside the store");
    let onchange = Callback::from(move |event: Event| {
        let field = event.target_unchecked_into::<HtmlInputElement>();
        let text = field.value();
        if let Some(seconds) = parse_double(text.trim().trim_end_matches('s').trim().as_bytes())
            && (0.0..1e7).contains(&seconds)
        {
            emit.emit(Act::Seek(Instant((seconds * 1e9) as u64)));
        }
        field.set_value("");
    });
    let l = ui.locale;
    html! { <input class="go-to" type="text" inputmode="decimal" placeholder={l.t(Word::GoTo)} aria-label={l.t(Word::GoTo)} {onchange} /> }
}
