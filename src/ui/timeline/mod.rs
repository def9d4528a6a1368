//! The timeline: what happened as a space–time diagram, with the moment as a line that can be moved.

mod axis;
mod chart;

use std::rc::Rc;

use web_sys::{Element, HtmlInputElement};
use yew::prelude::*;

use crate::base::Instant;
use crate::ui::chrome::icon::{Icon, icon};
use crate::ui::chrome::transport::clock_text;
use crate::ui::platform::size::use_size;
use crate::ui::store::{Act, Emit, Live, Now, Ui};
use crate::ui::words::{Say, Word};
use chart::Chart;

/// Where the lanes begin, right of their names.
const LEFT: f64 = 34.0;
/// Where the moment stands while time goes on, as a share of the width.
const STAND: f64 = 0.74;
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
        (live.clone(), width as i64, height as i64, (*zoom * 100.0) as i64),
        |(live, width, height, zoom)| {
            Chart::around(&live.engine.borrow(), *width as f64, *height as f64, *zoom as f64 / 100.0)
        },
    );
    let drawing = use_memo((chart.clone(), l), {
        let (live, emit) = (live.clone(), emit.clone());
        move |(chart, l)| chart.draw(&live.engine.borrow(), *l, &emit)
    });
    let zoom_by = |factor: f64| {
        let zoom = zoom.clone();
        Callback::from(move |_: MouseEvent| zoom.set((*zoom * factor).clamp(ZOOM_MIN, ZOOM_MAX)))
    };
    let end = live.engine.borrow().timeline.end().at;
    html! {
        <section class="timeline" aria-label={l.t(Word::Timeline)}>
            <div class="timeline-tools">
                <GoTo />
                <button class="icon-button" onclick={zoom_by(0.7)} aria-label={l.t(Word::ZoomOut)} title={l.t(Word::ZoomOut)}>{ icon(Icon::Minus) }</button>
                <button class="icon-button" onclick={zoom_by(1.4)} aria-label={l.t(Word::ZoomIn)} title={l.t(Word::ZoomIn)}>{ icon(Icon::Plus) }</button>
            </div>
            <div class="lanes" ref={room}>
                if width > 0.0 { <Lanes {chart} drawing={(*drawing).clone()} {width} {height} {end} /> }
            </div>
        </section>
    }
}

#[derive(PartialEq, Properties)]
struct LanesProps {
    chart: Rc<Chart>,
    drawing: Html,
    width: f64,
    height: f64,
    end: Instant,
}

/// The diagram under the line of the moment. Drawn with every frame, but what is in it is made only when something
/// happens: between events it is only shifted.
#[component]
fn Lanes(props: &LanesProps) -> Html {
    let emit = use_context::<Emit>().expect("inside the store");
    let ui = use_context::<Rc<Ui>>().expect("inside the store");
    let now = use_context::<Now>().expect("inside the store").0;
    let dragging = use_state(|| false);
    let l = ui.locale;
    let (chart, width) = (&props.chart, props.width);
    let here = chart.axis.x(now);
    // Where the story is young it begins at the left.
    let stand =
        (LEFT + (here - chart.axis.x(Instant::ZERO)).max(0.0) + 16.0).min(LEFT + (width - LEFT) * STAND);
    let shift = stand - here;
    let seek = {
        let chart = chart.clone();
        move |event: &PointerEvent| {
            let element = event
                .current_target()
                .and_then(|target| wasm_bindgen::JsCast::dyn_into::<Element>(target).ok());
            let left = element.map_or(0.0, |element| element.get_bounding_client_rect().left());
            Act::Seek(chart.axis.at(f64::from(event.client_x()) - left - shift))
        }
    };
    let onpointerdown = {
        let (emit, seek, dragging) = (emit.clone(), seek.clone(), dragging.clone());
        Callback::from(move |event: PointerEvent| {
            dragging.set(true);
            emit.emit(seek(&event));
        })
    };
    let stop = {
        let dragging = dragging.clone();
        Callback::from(move |_: PointerEvent| dragging.set(false))
    };
    let onpointermove = {
        let (emit, dragging) = (emit.clone(), dragging.clone());
        Callback::from(move |event: PointerEvent| {
            // The button may have been let go elsewhere.
            if *dragging && event.buttons() != 0 {
                emit.emit(seek(&event));
            }
        })
    };
    let onkeydown = {
        let emit = emit.clone();
        let end = props.end;
        Callback::from(move |event: KeyboardEvent| {
            let act = match event.key().as_str() {
                "ArrowLeft" | "ArrowDown" => Act::StepBack,
                "ArrowRight" | "ArrowUp" => Act::Step,
                "PageDown" => Act::MilestoneBack,
                "PageUp" => Act::Milestone,
                "Home" => Act::Seek(Instant::ZERO),
                "End" => Act::Seek(end),
                _ => return,
            };
            event.prevent_default();
            event.stop_propagation();
            emit.emit(act);
        })
    };
    let (w, h) = (format!("{width:.0}"), format!("{:.0}", props.height));
    let bottom = chart.bottom() + 10.0;
    html! {
        <svg class="chart" width={w} height={h} role="slider" tabindex="0" aria-label={l.t(Word::Moment)} aria-valuemin="0"
             aria-valuemax={props.end.as_ms().max(now.as_ms()).to_string()} aria-valuenow={now.as_ms().to_string()} aria-valuetext={clock_text(now)}
             {onpointerdown} {onpointermove} onpointerup={stop.clone()} onpointercancel={stop} {onkeydown}>
            { for chart.lanes().map(|(name, y)| html! { <path key={format!("l{name}")} class="lane" d={format!("M{LEFT:.1} {y:.1}H{width:.1}")} /> }) }
            <g transform={format!("translate({shift:.1} 0)")}>{ props.drawing.clone() }</g>
            <rect class="lane-names" x="0" y="0" width={format!("{LEFT}")} height={format!("{:.0}", props.height)} />
            { for chart.lanes().map(|(name, y)| html! { <text key={format!("n{name}")} class="lane-name" x="14" y={format!("{:.1}", y + 4.5)}>{ &**name }</text> }) }
            <g class="playhead" transform={format!("translate({stand:.1} 0)")}>
                <path d={format!("M0 2V{bottom:.1}")} />
                <circle cy={format!("{:.1}", bottom + 4.0)} r="5" />
            </g>
        </svg>
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
        if let Ok(seconds) = text.trim().trim_end_matches('s').trim().parse::<f64>()
            && (0.0..1e7).contains(&seconds)
        {
            emit.emit(Act::Seek(Instant((seconds * 1e9) as u64)));
        }
        field.set_value("");
    });
    let l = ui.locale;
    html! { <input class="go-to" type="text" inputmode="decimal" placeholder={l.t(Word::GoTo)} aria-label={l.t(Word::GoTo)} {onchange} /> }
}
