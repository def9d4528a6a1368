//! Links and what travels on them.
//!
//! A message is where its times say: the share of the way is the share of the time between sending and arrival,
//! so any moment can be drawn without knowing the one before.

use std::rc::Rc;

use yew::prelude::*;

use crate::base::{Instant, sort_by, sort_by_key};
use crate::node::link::LinkState;
use crate::ui::chrome::icon::{Icon, icon};
use crate::ui::chrome::transport::span_text;
use crate::ui::platform::place::Placed;
use crate::ui::snapshot::{Carries, Kind, LinkCard, LossCard, MessageCard, WorldView};
use crate::ui::stage::layout::{Layout, Rect};
use crate::ui::stage::way::{Curve, Side, port, side};
use crate::ui::stage::{Look, menu};
use crate::ui::store::{Act, LinkDeed};
use crate::ui::words::{Say, Word};

/// A link that is drawn, with its way.
pub struct Wire<'a> {
    pub link: &'a LinkCard,
    pub curve: Curve,
    length: f64,
    /// The card at the curve's beginning: the left or the upper one.
    start: &'a str,
    /// Runs from top to bottom rather than from side to side.
    steep: bool,
    /// Joins two cards of one column, or of one row.
    swings: bool,
    /// The end at which the tools of the link stand, and the side of the card there.
    tools: ((f64, f64), Side),
    live: bool,
}

/// The links worth drawing: who replicates whom, what is broken, and where something travels.
pub fn wires<'a>(view: &'a WorldView, layout: &Layout) -> Vec<Wire<'a>> {
    let ends: Vec<(&LinkCard, [End; 2])> = view
        .links
        .iter()
        .filter(|link| is_worth_drawing(view, link))
        .filter_map(|link| Some((&**link, ends(link, layout)?)))
        .collect();
    let all: Vec<&End> = ends.iter().flat_map(|(_, ends)| ends).collect();
    let found = ends.iter().map(|(link, [start, end])| {
        let live = view.nodes.iter().any(|card| {
            card.view
                .master
                .as_ref()
                .is_some_and(|m| m.link == LinkState::Connected && link.joins(&card.name, &m.host))
        });
        let (from, to) = (start.port(&all), end.port(&all));
        let curve = Curve::between((from, start.side), (to, end.side));
        // Where fewer links end, there is more room.
        let tools = if end.lanes(&all).len() <= start.lanes(&all).len() {
            (to, end.side)
        } else {
            (from, start.side)
        };
        Wire {
            link,
            curve,
            length: curve.length(),
            start: start.name,
            steep: matches!(start.side, Side::Above | Side::Below) && start.side != end.side,
            swings: start.side == end.side,
            tools,
            live,
        }
    });
    found.collect()
}

fn is_worth_drawing(view: &WorldView, link: &LinkCard) -> bool {
    let follows = |one: &str, other: &str| view.node(one).is_some_and(|card| card.master() == Some(other));
    let busy = || view.messages.iter().any(|m| link.joins(&m.from, &m.to));
    follows(&link.a, &link.b) || follows(&link.b, &link.a) || link.state != Carries::Well || busy()
}

/// One end of a link.
struct End<'a> {
    name: &'a str,
    rect: Rect,
    side: Side,
    other: Rect,
}

/// From left to right, or from top to bottom.
fn ends<'a>(link: &'a LinkCard, layout: &Layout) -> Option<[End<'a>; 2]> {
    let (a, b) = (layout.rect(&link.a)?, layout.rect(&link.b)?);
    let a_first = if layout.narrow { (a.y, a.x) <= (b.y, b.x) } else { (a.x, a.y) <= (b.x, b.y) };
    let (one, other) = if a_first { ((&*link.a, a), (&*link.b, b)) } else { ((&*link.b, b), (&*link.a, a)) };
    let end = |(name, rect): (&'a str, Rect), other: Rect| {
        let side = side(rect, other, layout.width / 2.0, layout.narrow);
        End { name, rect, side, other }
    };
    Some([end(one, other.1), end(other, one.1)])
}

impl End<'_> {
    /// The ends at this side of this card, in the order of the cards that they lead to.
    fn lanes<'e>(&self, all: &[&'e End<'e>]) -> Vec<&'e End<'e>> {
        let mut here: Vec<&End> =
            all.iter().copied().filter(|end| end.name == self.name && end.side == self.side).collect();
        let place = |end: &&End| match end.side {
            Side::Left | Side::Right => (end.other.y, end.other.x),
            Side::Above | Side::Below => (end.other.x, end.other.y),
        };
        sort_by(&mut here, |one, other| {
            let (one, other) = (place(one), place(other));
            one.0.total_cmp(&other.0).then(one.1.total_cmp(&other.1))
        });
        here
    }

    fn port(&self, all: &[&End]) -> (f64, f64) {
        let lanes = self.lanes(all);
        let lane = lanes.iter().position(|end| end.other == self.other).unwrap_or(0);
        port(self.rect, self.side, lane, lanes.len())
    }
}

impl Wire<'_> {
    /// The share of the curve at which a message from `from` is after `progress` of its way, if it reaches so far
    /// (in pixels) before and behind its middle: it leaves and arrives with all of it in sight.
    fn share(&self, from: &str, progress: f64, half: f64) -> f64 {
        let inset = ((half + 4.0) / self.length.max(1.0)).min(0.46);
        let share = inset + progress * (1.0 - 2.0 * inset);
        if self.leads_on(from) { share } else { 1.0 - share }
    }

    fn leads_on(&self, from: &str) -> bool {
        from == self.start
    }

    /// As much of a label as the link is long.
    fn label(&self, label: &str) -> String {
        let [from, .., to] = self.curve.points;
        let across = if self.steep || self.swings { self.length } else { (to.0 - from.0).abs() };
        let room = if self.steep { 20.0 } else { ((across - 40.0) / 6.7).floor().max(6.0) };
        if label.chars().count() as f64 <= room {
            return label.to_owned();
        }
        label.chars().take(room as usize - 1).chain(['…']).collect()
    }

    /// What a capsule of this width takes up along the link, half of it.
    fn half(&self, width: f64) -> f64 {
        if self.steep { HALF } else { width / 2.0 }
    }
}

/// The picture of all links and messages.
pub fn picture(view: &WorldView, wires: &[Wire], layout: &Layout, now: Instant, look: &Look) -> Html {
    let (width, height) = (format!("{:.0}", layout.width), format!("{:.0}", layout.height));
    html! {
        <svg class="wires" {width} {height} aria-hidden="true">
            { for wires.iter().map(|wire| line(wire, look)) }
            { for wires.iter().map(|wire| losses(view, wire, layout)) }
            { for wires.iter().map(|wire| traffic(view, wire, layout, now)) }
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

fn traffic(view: &WorldView, wire: &Wire, layout: &Layout, now: Instant) -> Html {
    let on_it = view.messages.iter().filter(|m| wire.link.joins(&m.from, &m.to));
    // What waits behind others for a slow link has not left.
    let on_it: Vec<_> = on_it.filter(|m| m.sent <= now).collect();
    let forms = forms(wire, &on_it, layout, now);
    html! {
        <g key={format!("t{}-{}", wire.link.a, wire.link.b)}>
            { for on_it.iter().filter(|m| m.kind == Kind::Rdb).map(|m| block(wire, m, now)) }
            { for on_it.iter().zip(forms).map(|(m, form)| capsule(wire, m, form)) }
        </g>
    }
}

/// The body of an RDB: the stretch of the link between its first and its last byte.
fn block(wire: &Wire, message: &MessageCard, now: Instant) -> Html {
    /// A short one can still be seen.
    const LEAST: f64 = 0.22;
    let (head, tail) = (message.progress(now), message.tail(now));
    let tail = tail.min(head - LEAST).max(0.0);
    let (one, other) = if wire.leads_on(&message.from) { (tail, head) } else { (1.0 - head, 1.0 - tail) };
    let (start, length) = (one * 100.0, ((other - one) * 100.0).max(0.5));
    html! {
        <path key={format!("r{}", message.id)} class="rdb-block" d={wire.curve.path()} pathLength="100"
              stroke-dasharray={format!("{length:.2} 200")} stroke-dashoffset={format!("{:.2}", -start)} />
    }
}

/// How a message is drawn.
enum Form {
    /// With its label.
    Capsule { x: f64, y: f64, label: String, width: f64 },
    /// A routine acknowledgement.
    Dot { x: f64, y: f64 },
    /// One of many that follow each other closely: there is no room for its label.
    Pill { x: f64, y: f64 },
}

/// Decides who has room for a label: what matters most first, then what was sent first.
fn forms(wire: &Wire, on_it: &[&Rc<MessageCard>], layout: &Layout, now: Instant) -> Vec<Form> {
    let mut order: Vec<usize> = (0..on_it.len()).collect();
    sort_by_key(&mut order, |i| {
        (matches!(on_it[*i].kind, Kind::Stream | Kind::KeepAlive | Kind::Ack), on_it[*i].id)
    });
    let mut taken = Vec::new();
    let mut forms: Vec<(usize, Form)> = Vec::new();
    for i in order {
        forms.push((i, form(wire, on_it[i], layout, now, &mut taken)));
    }
    sort_by_key(&mut forms, |(i, _)| *i);
    forms.into_iter().map(|(_, form)| form).collect()
}

fn form(
    wire: &Wire,
    message: &MessageCard,
    layout: &Layout,
    now: Instant,
    taken: &mut Vec<(f64, f64, f64)>,
) -> Form {
    let progress = message.progress(now);
    let spot = |half: f64| wire.curve.at(wire.share(&message.from, progress, half));
    if matches!(message.kind, Kind::Ack | Kind::KeepAlive) {
        // Its label, too, stays in sight.
        let (x, y) = spot(if wire.steep { 6.0 } else { 28.0 });
        return Form::Dot { x, y };
    }
    let label = wire.label(&message.label);
    let width = capsule_width(&label);
    let (x, y) = spot(wire.half(width));
    let x = within(x, width, layout);
    // Answers and questions step aside for each other; of many writes only some have a label.
    let lanes: &[f64] = if message.kind == Kind::Stream { &LANES[..1] } else { &LANES };
    match lanes.iter().map(|lane| y + lane).find(|y| is_free(x, *y, width, taken)) {
        Some(y) => {
            taken.push((x, y, width));
            Form::Capsule { x, y, label, width }
        }
        None => {
            let (x, y) = spot(8.0);
            Form::Pill { x, y }
        }
    }
}

/// Keeps a capsule on the stage.
fn within(x: f64, width: f64, layout: &Layout) -> f64 {
    x.clamp(width / 2.0 + 3.0, (layout.width - width / 2.0 - 3.0).max(width / 2.0 + 3.0))
}

fn capsule(wire: &Wire, message: &MessageCard, form: Form) -> Html {
    let class =
        |form| classes!("capsule", message.kind.class(), message.held.is_some().then_some("held"), form);
    let key = message.id.to_string();
    let data = message.label.clone();
    match form {
        Form::Dot { x, y } => html! {
            <g {key} class={class(Some("small"))} transform={at(x, y)} data-message={data.clone()}>
                <circle r="5" />
                <text class="tiny" text-anchor="middle" y="19">{ &*data }</text>
            </g>
        },
        Form::Pill { x, y } => html! {
            <g {key} class={class(Some("pill"))} transform={at(x, y)} data-message={data}>
                <rect x="-8" y="-6" width="16" height="12" rx="6" />
            </g>
        },
        Form::Capsule { x, y, label, width } => {
            let (text, arrow_at, arrow) = if wire.leads_on(&message.from) {
                (-4.0, width / 2.0 - 10.0, if wire.steep { "↓" } else { "›" })
            } else {
                (4.0, 10.0 - width / 2.0, if wire.steep { "↑" } else { "‹" })
            };
            html! {
                <g {key} class={class(None)} transform={at(x, y)} data-message={data}>
                    <rect x={px(-width / 2.0)} y={px(-HALF)} width={px(width)} height="22" rx="11" />
                    <text x={px(text)} y="4" text-anchor="middle">{ label }</text>
                    <text class="dir" x={px(arrow_at)} y="4" text-anchor="middle">{ arrow }</text>
                </g>
            }
        }
    }
}

fn at(x: f64, y: f64) -> String {
    format!("translate({x:.1} {y:.1})")
}

fn px(n: f64) -> String {
    format!("{n:.1}")
}

/// On the link first, then beside it.
const LANES: [f64; 5] = [0.0, -25.0, 25.0, -50.0, 50.0];

fn is_free(x: f64, y: f64, width: f64, taken: &[(f64, f64, f64)]) -> bool {
    !taken.iter().any(|(tx, ty, tw)| (tx - x).abs() < (tw + width) / 2.0 + 3.0 && (ty - y).abs() < 23.0)
}

fn losses(view: &WorldView, wire: &Wire, layout: &Layout) -> Html {
    let mut taken = Vec::new();
    let lost = view.losses.iter().filter(|loss| wire.link.joins(&loss.from, &loss.to));
    html! {
        <g key={format!("l{}-{}", wire.link.a, wire.link.b)}>
            { for lost.map(|loss| lost_capsule(wire, loss, layout, &mut taken)) }
        </g>
    }
}

fn lost_capsule(wire: &Wire, loss: &LossCard, layout: &Layout, taken: &mut Vec<(f64, f64, f64)>) -> Html {
    let label = wire.label(&loss.label);
    let width = capsule_width(&label);
    let (x, y) = wire.curve.at(wire.share(&loss.from, f64::from(loss.reached) / 1000.0, wire.half(width)));
    let x = within(x, width, layout);
    let y = LANES.iter().map(|lane| y + lane).find(|y| is_free(x, *y, width, taken)).unwrap_or(y);
    taken.push((x, y, width));
    html! {
        <g key={loss.id.to_string()} class="capsule lost" transform={at(x, y)} data-lost={loss.label.clone()}>
            <rect x={px(-width / 2.0)} y={px(-HALF)} width={px(width)} height="22" rx="11" />
            <path d={format!("M{0:.1} -3.5l7 7m0 -7l-7 7", 8.0 - width / 2.0)} />
            <text x="7" y="4" text-anchor="middle">{ label }</text>
        </g>
    }
}

/// The buttons of every link, at its middle.
pub fn controls(wires: &[Wire], layout: &Layout, look: &Look) -> Html {
    html! { <>{ for wires.iter().map(|wire| control(wire, layout, look)) }</> }
}

fn control(wire: &Wire, layout: &Layout, look: &Look) -> Html {
    let l = look.locale;
    let link = wire.link;
    let (x, y, place) = tools_place(wire, layout);
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
    let state = match &link.one_way {
        Some((from, to)) => l.f(Word::OneWay, &[from, to, &state]),
        None => state,
    };
    let class = classes!(
        "link-tools",
        match link.state {
            Carries::Well => None,
            Carries::Cut => Some("is-cut"),
            Carries::Nothing => Some("is-hole"),
        },
        place,
    );
    let open = match &look.menu {
        Some(menu::Menu::Link(a, b) | menu::Menu::LinkValues(a, b)) => *a == link.a && *b == link.b,
        _ => false,
    };
    html! {
        <Placed key={format!("c{}-{}", link.a, link.b)} class={classes!("placed", "placed-link", open.then_some("on-top"))} x={x} y={y}>
            <div {class} data-link={format!("{}-{}", link.a, link.b)} data-state={format!("{:?}", link.state).to_ascii_lowercase()}>
                <button class="link-cut" {onclick} aria-label={format!("{name}, {state}")} title={name}>
                    { icon(sign) }<span>{ state }</span>
                </button>
                { menu::link(link, look) }
            </div>
        </Placed>
    }
}

/// Where the tools of a link stand, beside it so that what travels is not covered, and the class that says on
/// which side of that point.
fn tools_place(wire: &Wire, layout: &Layout) -> (f64, f64, &'static str) {
    let ((x, y), side) = wire.tools;
    let [from, .., to] = wire.curve.points;
    let other = if (x, y) == to { from } else { to };
    if wire.swings {
        let middle = wire.curve.at(0.5);
        return match side {
            Side::Left => (x - 4.0, middle.1, "west terse"),
            Side::Right => (x + 4.0, middle.1, "east terse"),
            Side::Above | Side::Below => (middle.0 - 12.0, middle.1, "west terse"),
        };
    }
    match side {
        // The link comes from below: above it is free, and the other way round.
        Side::Left if other.1 > y + 6.0 => (x - 8.0, y - 13.0, "west above"),
        Side::Left => (x - 8.0, y + 13.0, "west below"),
        Side::Right if other.1 > y + 6.0 => (x + 8.0, y - 13.0, "east above"),
        Side::Right => (x + 8.0, y + 13.0, "east below"),
        // Of two links side by side each has its tools on the outer side, above the card that it leads to.
        Side::Above | Side::Below => {
            let (x, y) = (to.0, to.1 - 17.0);
            if x > layout.width / 2.0 + 1.0 {
                (x + 12.0, y, "east terse")
            } else {
                (x - 12.0, y, "west terse")
            }
        }
    }
}

#[cfg(test)]
/// The room that the tools of a link take up.
pub fn tools_box(wire: &Wire, layout: &Layout) -> Rect {
    const HEIGHT: f64 = 28.0;
    let (x, y, place) = tools_place(wire, layout);
    let w = if place.contains("terse") { 52.0 } else { 96.0 };
    let x = if place.starts_with("west") { x - w } else { x };
    let y = if place.ends_with("above") {
        y - HEIGHT
    } else if place.ends_with("below") {
        y
    } else {
        y - HEIGHT / 2.0
    };
    Rect { x, y, w, h: HEIGHT }
}
