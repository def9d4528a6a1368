//! Links and what travels on them.
//!
//! A message is where its times say: the share of the way is the share of the time between sending and arrival,
//! so any moment can be drawn without knowing the one before.

use yew::prelude::*;

use crate::base::Instant;
use crate::node::link::LinkState;
use crate::ui::chrome::icon::{Icon, icon};
use crate::ui::chrome::transport::span_text;
use crate::ui::platform::place::Placed;
use crate::ui::snapshot::{Carries, Kind, LinkCard, LossCard, MessageCard, WorldView};
use crate::ui::stage::layout::{Curve, Layout};
use crate::ui::stage::{Look, menu};
use crate::ui::store::{Act, LinkDeed};
use crate::ui::words::{Say, Word};

/// A link that is drawn, with its way.
pub struct Wire<'a> {
    pub link: &'a LinkCard,
    pub curve: Curve,
    /// The name of the card at the curve's beginning.
    from_a: bool,
    live: bool,
}

/// The links worth drawing: who replicates whom, what is broken, and where something travels.
pub fn wires<'a>(view: &'a WorldView, layout: &Layout) -> Vec<Wire<'a>> {
    let mut lanes: Vec<(&str, usize)> = Vec::new();
    let mut found = Vec::new();
    for link in &view.links {
        let follows =
            |one: &str, other: &str| view.node(one).is_some_and(|card| card.master() == Some(other));
        let related = follows(&link.a, &link.b) || follows(&link.b, &link.a);
        let busy = view.messages.iter().any(|m| link.joins(&m.from, &m.to));
        if !(related || busy || link.state != Carries::Well) {
            continue;
        }
        let (Some(a), Some(b)) = (layout.place(&link.a), layout.place(&link.b)) else { continue };
        // From left to right, or from top to bottom.
        let from_a = if layout.narrow { a.y <= b.y } else { a.x <= b.x };
        let (start, end, name) = if from_a { (a, b, &*link.a) } else { (b, a, &*link.b) };
        let lane = match lanes.iter_mut().find(|(of, _)| *of == name) {
            Some((_, count)) => {
                *count += 1;
                *count
            }
            None => {
                lanes.push((name, 0));
                0
            }
        };
        let live = view.nodes.iter().any(|card| {
            card.view
                .master
                .as_ref()
                .is_some_and(|m| m.link == LinkState::Connected && link.joins(&card.name, &m.host))
        });
        found.push(Wire { link, curve: Curve::between(start, end, lane), from_a, live });
    }
    found
}

impl Wire<'_> {
    /// The share of the curve at which a message from `from` is after `progress` of its way.
    fn share(&self, from: &str, progress: f64) -> f64 {
        let forwards = (from == &*self.link.a) == self.from_a;
        if forwards { progress } else { 1.0 - progress }
    }

    fn leads_right(&self, from: &str) -> bool {
        (from == &*self.link.a) == self.from_a
    }
}

/// The picture of all links and messages.
pub fn picture(view: &WorldView, wires: &[Wire], layout: &Layout, now: Instant, look: &Look) -> Html {
    let (width, height) = (format!("{:.0}", layout.width), format!("{:.0}", layout.height));
    html! {
        <svg class="wires" {width} {height} aria-hidden="true">
            { for wires.iter().map(|wire| line(wire, look)) }
            { for wires.iter().map(|wire| losses(view, wire)) }
            { for wires.iter().map(|wire| traffic(view, wire, now)) }
        </svg>
    }
}

fn line(wire: &Wire, look: &Look) -> Html {
    let d = wire.curve.path();
    let class = match wire.link.state {
        Carries::Well if wire.live => "wire wire-live",
        Carries::Well => "wire",
        Carries::Nothing => "wire wire-hole",
        Carries::Cut => "wire wire-cut",
    };
    let deed = if wire.link.state == Carries::Cut { LinkDeed::Heal } else { LinkDeed::Cut };
    let (a, b) = (wire.link.a.clone(), wire.link.b.clone());
    let onclick = look.emit.reform(move |_: MouseEvent| Act::Link(a.clone(), b.clone(), deed));
    html! {
        <g key={format!("{}-{}", wire.link.a, wire.link.b)}>
            <path {class} d={d.clone()} pathLength="100" />
            <path class="wire-touch" {d} {onclick} />
        </g>
    }
}

/// A capsule's half height.
const HALF: f64 = 11.0;

fn capsule_width(label: &str) -> f64 {
    label.chars().map(|c| if c.is_ascii() { 6.7 } else { 11.5 }).sum::<f64>() + 26.0
}

fn traffic(view: &WorldView, wire: &Wire, now: Instant) -> Html {
    let mut taken: Vec<(f64, f64, f64)> = Vec::new();
    let on_it: Vec<_> = view.messages.iter().filter(|m| wire.link.joins(&m.from, &m.to)).collect();
    html! {
        <g key={format!("t{}-{}", wire.link.a, wire.link.b)}>
            { for on_it.iter().filter(|m| m.kind == Kind::Rdb).map(|m| block(wire, m, now)) }
            { for on_it.iter().map(|m| capsule(wire, m, now, &mut taken)) }
        </g>
    }
}

/// The body of an RDB: a stretch of the link.
fn block(wire: &Wire, message: &MessageCard, now: Instant) -> Html {
    const LENGTH: f64 = 0.32;
    let head = message.progress(now);
    let tail = (head - LENGTH).max(0.0);
    let (one, other) = (wire.share(&message.from, head), wire.share(&message.from, tail));
    let (start, end) = (one.min(other) * 100.0, one.max(other) * 100.0);
    html! {
        <path key={format!("r{}", message.id)} class="rdb-block" d={wire.curve.path()} pathLength="100"
              stroke-dasharray={format!("{:.2} 200", (end - start).max(0.5))} stroke-dashoffset={format!("{:.2}", -start)} />
    }
}

fn capsule(wire: &Wire, message: &MessageCard, now: Instant, taken: &mut Vec<(f64, f64, f64)>) -> Html {
    let progress = message.progress(now);
    let (x, y) = wire.curve.at(wire.share(&message.from, progress));
    let small = matches!(message.kind, Kind::Ack | Kind::KeepAlive);
    let width = if small { 14.0 } else { capsule_width(&message.label) };
    let y = if small { y } else { free_lane(x, y, width, taken) };
    let class = classes!(
        "capsule",
        message.kind.class(),
        message.held.is_some().then_some("held"),
        small.then_some("small")
    );
    let arrow = if wire.leads_right(&message.from) { "›" } else { "‹" };
    let transform = format!("translate({x:.1} {y:.1})");
    html! {
        <g key={message.id.to_string()} {class} {transform} data-message={message.label.clone()}>
            if small {
                <circle r="5" />
                <text class="tiny" text-anchor="middle" y="19">{ &*message.label }</text>
            } else {
                <rect x={px(-width / 2.0)} y={px(-HALF)} width={px(width)} height="22" rx="11" />
                if wire.leads_right(&message.from) {
                    <text x={px(-4.0)} y="4" text-anchor="middle">{ &*message.label }</text>
                    <text class="dir" x={px(width / 2.0 - 10.0)} y="4" text-anchor="middle">{ arrow }</text>
                } else {
                    <text x={px(4.0)} y="4" text-anchor="middle">{ &*message.label }</text>
                    <text class="dir" x={px(10.0 - width / 2.0)} y="4" text-anchor="middle">{ arrow }</text>
                }
            }
        </g>
    }
}

fn px(n: f64) -> String {
    format!("{n:.1}")
}

/// Moves a capsule up or down until it covers no other one.
fn free_lane(x: f64, y: f64, width: f64, taken: &mut Vec<(f64, f64, f64)>) -> f64 {
    const LANES: [f64; 7] = [0.0, -25.0, 25.0, -50.0, 50.0, -75.0, 75.0];
    let collides = |lane: f64| {
        taken
            .iter()
            .any(|(tx, ty, tw)| (tx - x).abs() < (tw + width) / 2.0 + 3.0 && (ty - (y + lane)).abs() < 23.0)
    };
    let lane = LANES.into_iter().find(|lane| !collides(*lane)).unwrap_or(0.0);
    taken.push((x, y + lane, width));
    y + lane
}

fn losses(view: &WorldView, wire: &Wire) -> Html {
    let mut taken = Vec::new();
    let lost = view.losses.iter().filter(|loss| wire.link.joins(&loss.from, &loss.to));
    html! { <g key={format!("l{}-{}", wire.link.a, wire.link.b)}>{ for lost.map(|loss| lost_capsule(wire, loss, &mut taken)) }</g> }
}

fn lost_capsule(wire: &Wire, loss: &LossCard, taken: &mut Vec<(f64, f64, f64)>) -> Html {
    let (x, y) = wire.curve.at(wire.share(&loss.from, f64::from(loss.reached) / 1000.0));
    let width = capsule_width(&loss.label);
    let y = free_lane(x, y, width, taken);
    html! {
        <g key={loss.id.to_string()} class="capsule lost" transform={format!("translate({x:.1} {y:.1})")} data-lost={loss.label.clone()}>
            <rect x={px(-width / 2.0)} y={px(-HALF)} width={px(width)} height="22" rx="11" />
            <path d={format!("M{0:.1} -3.5l7 7m0 -7l-7 7", 8.0 - width / 2.0)} />
            <text x="7" y="4" text-anchor="middle">{ &*loss.label }</text>
        </g>
    }
}

/// The buttons of every link, at its middle.
pub fn controls(wires: &[Wire], layout: &Layout, look: &Look) -> Html {
    html! { <>{ for wires.iter().map(|wire| control(wire, layout, look)) }</> }
}

fn control(wire: &Wire, layout: &Layout, look: &Look) -> Html {
    let (narrow, width) = (layout.narrow, layout.width);
    let l = look.locale;
    let link = wire.link;
    // Beside the link, near its quiet end, so that what travels is not covered.
    let left = wire.curve.points[3].0 > width / 2.0;
    let share = match (wire.curve.is_steep(), narrow) {
        (false, _) => 0.8,
        (true, false) => 0.5,
        // Two links side by side on a phone: their tools stand one above the other.
        (true, true) => {
            if left {
                0.76
            } else {
                0.26
            }
        }
    };
    let (x, y) = wire.curve.at(share);
    let cut = link.state == Carries::Cut;
    let (word, deed, sign) = if cut || link.state == Carries::Nothing {
        (Word::HealLink, LinkDeed::Heal, Icon::Heal)
    } else {
        (Word::CutLink, LinkDeed::Cut, Icon::Cut)
    };
    let name = l.f(word, &[&link.a, &link.b]);
    let (a, b) = (link.a.clone(), link.b.clone());
    let onclick = look.emit.reform(move |_: MouseEvent| Act::Link(a.clone(), b.clone(), deed));
    let state = match link.state {
        Carries::Well => span_text(link.latency),
        Carries::Cut => l.t(Word::LinkCut).to_owned(),
        Carries::Nothing => l.t(Word::LinkBlackhole).to_owned(),
    };
    let class = classes!(
        "link-tools",
        match link.state {
            Carries::Well => None,
            Carries::Cut => Some("is-cut"),
            Carries::Nothing => Some("is-hole"),
        },
        wire.curve.is_steep().then_some("beside"),
        wire.curve.rises().then_some("above"),
        narrow.then_some(if left { "far left" } else { "far" }),
    );
    let open = look.is_open(&menu::Menu::Link(link.a.clone(), link.b.clone()));
    html! {
        <Placed key={format!("c{}-{}", link.a, link.b)} class={classes!("placed", "placed-link", open.then_some("on-top"))} x={x} y={y}>
            <div {class} data-link={format!("{}-{}", link.a, link.b)} data-state={format!("{:?}", link.state).to_lowercase()}>
                <button class="link-cut" {onclick} aria-label={format!("{name}, {state}")} title={name}>
                    { icon(sign) }<span>{ state }</span>
                </button>
                { menu::link(link, look) }
            </div>
        </Placed>
    }
}
