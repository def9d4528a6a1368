//! Links: which are drawn, where they run, and their buttons.

use std::rc::Rc;

use yew::prelude::*;

use crate::base::{Instant, sort_by};
use crate::node::link::LinkState;
use crate::ui::chrome::icon::{Icon, icon};
use crate::ui::chrome::transport::span_text;
use crate::ui::platform::place::use_placed;
use crate::ui::px::px;
use crate::ui::snapshot::{Carries, LinkCard, WorldView};
use crate::ui::stage::layout::{Layout, Rect};
use crate::ui::stage::way::{Curve, Side, port, side};
use crate::ui::stage::{Look, menu, traffic};
use crate::ui::store::{Act, LinkDeed};
use crate::ui::words::{Say, Word};

/// A link that is drawn, with its way.
pub struct Wire<'a> {
    pub link: &'a Rc<LinkCard>,
    pub curve: Curve,
    pub length: f64,
    /// The card at the curve's beginning: the left or the upper one.
    pub start: &'a str,
    /// Runs from top to bottom rather than from side to side.
    pub steep: bool,
    /// Joins two cards of one column, or of one row.
    pub swings: bool,
    /// How wide it may be all the way, if it is steep: what is left and right of that belongs to other links.
    pub lane: f64,
    /// The end at which the tools of the link stand, the side of the card there, and whether they stand above that end.
    tools: ((f64, f64), Side, bool),
    live: bool,
}

/// The links worth drawing: who replicates whom, what is broken, and where something travels.
pub fn wires<'a>(view: &'a WorldView, layout: &Layout) -> Vec<Wire<'a>> {
    let ends: Vec<(&Rc<LinkCard>, [End; 2])> =
        drawn(view).into_iter().filter_map(|link| Some((link, ends(link, layout)?))).collect();
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
        let (at, other, here) = if end.lanes(&all).len() <= start.lanes(&all).len() {
            (to, from, end)
        } else {
            (from, to, start)
        };
        // Where the link comes from below, above it is free, and the other way round; of several each is on its own side.
        let above = match here.lane_of(&all) {
            (_, 1) => other.1 > at.1 + 6.0,
            (lane, lanes) => lane + 1 < lanes,
        };
        let tools = (at, here.side, above);
        Wire {
            link,
            curve,
            length: curve.length(),
            start: start.name,
            steep: matches!(start.side, Side::Above | Side::Below) && start.side != end.side,
            swings: start.side == end.side,
            lane: start.lane(&all).min(end.lane(&all)),
            tools,
            live,
        }
    });
    found.collect()
}

/// The links that are drawn.
pub fn drawn(view: &WorldView) -> Vec<&Rc<LinkCard>> {
    let follows = |one: &str, other: &str| view.node(one).is_some_and(|card| card.master() == Some(other));
    // There may be hundreds of messages, mostly one for each replica again and again.
    let mut busy: Vec<(&str, &str)> = Vec::new();
    for message in &view.messages {
        let way = (&*message.from, &*message.to);
        if !busy.contains(&way) {
            busy.push(way);
        }
    }
    let is_drawn = |link: &&Rc<LinkCard>| {
        follows(&link.a, &link.b)
            || follows(&link.b, &link.a)
            || link.state != Carries::Well
            || busy.iter().any(|(from, to)| link.joins(from, to))
    };
    view.links.iter().filter(is_drawn).collect()
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

    /// The share of the card's width that this link has.
    fn lane(&self, all: &[&End]) -> f64 {
        self.rect.w / self.lanes(all).len().max(1) as f64
    }

    /// Which of how many ends at this side it is.
    fn lane_of(&self, all: &[&End]) -> (usize, usize) {
        let lanes = self.lanes(all);
        (lanes.iter().position(|end| end.other == self.other).unwrap_or(0), lanes.len())
    }

    fn port(&self, all: &[&End]) -> (f64, f64) {
        let (lane, lanes) = self.lane_of(all);
        port(self.rect, self.side, lane, lanes)
    }
}

/// The picture of all links and messages.
pub fn picture(view: &WorldView, wires: &[Wire], layout: &Layout, now: Instant, look: &Look) -> Html {
    let (width, height) = (px(layout.width), px(layout.height));
    html! {
        <svg class="wires" {width} {height} aria-hidden="true">
            { for wires.iter().map(|wire| html! { <Line key={name_of(wire.link)} link={wire.link.clone()} curve={wire.curve} live={wire.live} emit={look.emit.clone()} /> }) }
            { for wires.iter().map(|wire| traffic::losses(view, wire, layout)) }
            { for wires.iter().map(|wire| traffic::traffic(view, wire, layout, now)) }
        </svg>
    }
}

#[derive(PartialEq, Properties)]
struct LineProps {
    link: Rc<LinkCard>,
    curve: Curve,
    live: bool,
    emit: Callback<Act>,
}

#[component]
fn Line(props: &LineProps) -> Html {
    let LineProps { link, curve, live, emit } = props;
    let d = curve.path();
    let class = match link.state {
        Carries::Well if *live => "wire wire-live",
        Carries::Well => "wire",
        Carries::Nothing => "wire wire-hole",
        Carries::Cut => "wire wire-cut",
    };
    let deed = if link.state == Carries::Cut { LinkDeed::Heal } else { LinkDeed::Cut };
    let (a, b) = (link.a.clone(), link.b.clone());
    let onclick = emit.reform(move |_: MouseEvent| Act::Link(a.clone(), b.clone(), deed));
    html! {
        <g>
            <path {class} d={d.clone()} pathLength="100" />
            <path class="wire-touch" {d} {onclick} />
        </g>
    }
}

/// The buttons of every link, at its middle.
pub fn controls(wires: &[Wire], look: &Look) -> Html {
    let control = |wire: &Wire| {
        let place = tools_place(wire);
        html! { <Control key={format!("c{}", name_of(wire.link))} link={wire.link.clone()} {place} look={look.clone()} /> }
    };
    html! { <>{ for wires.iter().map(control) }</> }
}

fn name_of(link: &LinkCard) -> String {
    format!("{}-{}", link.a, link.b)
}

#[derive(PartialEq, Properties)]
struct ControlProps {
    link: Rc<LinkCard>,
    /// Where its tools stand.
    place: (f64, f64, &'static str),
    look: Look,
}

#[component]
fn Control(props: &ControlProps) -> Html {
    let ControlProps { link, place: (x, y, place), look } = props;
    let node = use_placed(*x, *y, 0.0, 0.0);
    let l = look.locale;
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
        *place,
    );
    let open = match &look.menu {
        Some(menu::Menu::Link(a, b) | menu::Menu::LinkValues(a, b)) => *a == link.a && *b == link.b,
        _ => false,
    };
    html! {
        <div ref={node} class={classes!("placed", "placed-link", open.then_some("on-top"))}>
            <div {class} data-link={name_of(link)} data-state={format!("{:?}", link.state).to_ascii_lowercase()}>
                if !place.ends_with("lone") {
                    <button class="link-cut" {onclick} aria-label={format!("{name}, {state}")} title={name}>
                        { icon(sign) }<span>{ state }</span>
                    </button>
                }
                { menu::link(link, look) }
            </div>
        </div>
    }
}

impl Wire<'_> {
    /// Whether its tools stand below it, so that small names are better above.
    pub fn tools_below(&self) -> bool {
        !self.steep && !self.swings && !self.tools.2
    }
}

/// How far from its link the tools of a steep one reach.
const TOOLS_OUT: f64 = 100.0;
/// In a lane narrower than this there is room for the menu alone, which has the other tools in it.
const TOOLS_LANE: f64 = 110.0;

/// Where the tools of a link stand, beside it so that what travels is not covered, and the class that says on
/// which side of that point.
fn tools_place(wire: &Wire) -> (f64, f64, &'static str) {
    let ((x, y), side, above) = wire.tools;
    let [from, .., to] = wire.curve.points;
    if wire.swings {
        let middle = wire.curve.at(0.5);
        return match side {
            Side::Left => (x - 4.0, middle.1, "west terse"),
            Side::Right => (x + 4.0, middle.1, "east terse"),
            Side::Above | Side::Below => (middle.0 - 12.0, middle.1, "west terse"),
        };
    }
    match side {
        Side::Left if above => (x - 8.0, y - 13.0, "west above"),
        Side::Left => (x - 8.0, y + 13.0, "west below"),
        Side::Right if above => (x + 8.0, y - 13.0, "east above"),
        Side::Right => (x + 8.0, y + 13.0, "east below"),
        // Above the card that it leads to, on the side from which the link does not come: what arrives needs the middle.
        Side::Above | Side::Below => {
            let (x, y, out) = (to.0, to.1 - 17.0, (wire.lane / 2.0).min(TOOLS_OUT));
            match (wire.lane < TOOLS_LANE, from.0 > x + 8.0) {
                (true, _) => (x + out, y, "west terse lone"),
                (false, true) => (x - out, y, "east terse"),
                (false, false) => (x + out, y, "west terse"),
            }
        }
    }
}

#[cfg(test)]
/// The room that the tools of a link take up.
pub fn tools_box(wire: &Wire) -> Rect {
    const HEIGHT: f64 = 28.0;
    let (x, y, place) = tools_place(wire);
    let w = match place {
        place if place.ends_with("lone") => 28.0,
        place if place.contains("terse") => 52.0,
        _ => 96.0,
    };
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
