//! The transport: play, step, the clock, the speed.

use std::rc::Rc;

use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::icon::{Icon, icon};
use crate::base::{Instant, Span};
use crate::ui::px::decimal;
use crate::ui::store::pace::{Pace, Pulse};
use crate::ui::store::{Act, Emit, Now, Transport, Ui};
use crate::ui::timeline::breaks::{self, Breaks};
use crate::ui::words::{Locale, Say, Word};

#[component]
pub fn TransportBar() -> Html {
    let emit = use_context::<Emit>().expect("inside the store");
    let ui = use_context::<Rc<Ui>>().expect("inside the store");
    let transport = use_context::<Transport>().expect("inside the store");
    let l = ui.locale;
    let button = |word: Word, sign: Icon, act: Act, class: &'static str| {
        let onclick = emit.reform(move |_: MouseEvent| act.clone());
        html! { <button class={classes!("icon-button", class)} {onclick} aria-label={l.t(word)} title={l.t(word)}>{ icon(sign) }</button> }
    };
    let (word, sign) = if transport.playing { (Word::Pause, Icon::Pause) } else { (Word::Play, Icon::Play) };
    let oninput = emit.reform(|event: InputEvent| {
        let value = event.target_unchecked_into::<HtmlInputElement>().value();
        Act::Speed(value.parse().unwrap_or(40))
    });
    let rate = l.f(Word::SpeedValue, &[&rate_text(transport.speed)]);
    html! {
        <div class="transport" role="toolbar" aria-label={l.t(Word::Playback)}>
            <div class="buttons">
                { button(Word::PreviousMilestone, Icon::MilestoneBack, Act::MilestoneBack, "") }
                { button(Word::StepBack, Icon::StepBack, Act::StepBack, "") }
                { button(word, sign, Act::Play(!transport.playing), "play") }
                { button(Word::Step, Icon::Step, Act::Step, "") }
                { button(Word::NextMilestone, Icon::Milestone, Act::Milestone, "") }
            </div>
            <Clock />
            <p class="pulse" data-field="pulse">
                { pulse(&transport.pulse, l) }
            </p>
            <Breaks />
            <label class="speed">
                <span class="label">{ l.t(Word::Speed) }</span>
                <input type="range" min="0" max="100" value={transport.speed.to_string()} {oninput}
                       aria-label={l.t(Word::Speed)} aria-valuetext={rate.clone()} />
                <span class="num soft rate">{ rate }</span>
            </label>
        </div>
    }
}

/// Why time jumps, or why it stands.
fn pulse(pulse: &Pulse, l: Locale) -> Html {
    match pulse {
        Pulse::Flows => html!(),
        Pulse::Skips { span, wait } => {
            let text = l.f(Word::Skipped, &[&span_text(*span), &wait.words(l)]);
            html! { <span class="skip" title={text.clone()}>{ icon(Icon::Skip) }<span>{ text }</span></span> }
        }
        Pulse::Halts(halt) => {
            let name = breaks::name(&halt.condition, l);
            let text = match &halt.node {
                Some(node) => l.f(Word::BreakHitAt, &[&name, node]),
                None => l.f(Word::BreakHit, &[&name]),
            };
            html! { <span class="skip halt" role="status" title={text.clone()}>{ icon(Icon::Stop) }<span>{ text }</span></span> }
        }
    }
}

/// The moment, large.
#[component]
fn Clock() -> Html {
    let now = use_context::<Now>().expect("inside the store").0;
    html! { <output class="clock num" data-field="now" aria-live="off">{ clock_text(now) }</output> }
}

/// `12.340 s`: always three decimals, so that nothing jumps.
pub fn clock_text(at: Instant) -> String {
    let ms = at.as_ms();
    format!("{}.{:03} s", ms / 1000, ms % 1000)
}

/// A span as people say it.
pub fn span_text(span: Span) -> String {
    match span.as_ms() {
        0 => span.to_string(),
        ms @ 0..=999 => format!("{ms} ms"),
        ms => format!("{}.{} s", ms / 1000, ms % 1000 / 100),
    }
}

fn rate_text(speed: u32) -> String {
    let ms = Pace::rate(speed) / 1000.0;
    match ms {
        ms if ms < 9.95 => decimal(ms, 1) + " ms",
        ms if ms < 999.5 => decimal(ms, 0) + " ms",
        ms => decimal(ms / 1000.0, 1) + " s",
    }
}
