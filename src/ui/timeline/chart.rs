//! The space–time diagram: a lane for each node, an arrow for each message, a mark for each milestone.
//!
//! It is made anew when something happens, from the events around the cursor alone: the length of the recording does
//! not matter.

use std::ops::Range;
use std::rc::Rc;

use yew::prelude::*;

use super::axis::Axis;
use super::flags::{Flag, flags};
use crate::base::{Instant, Map};
use crate::narrate::Tone;
use crate::node::Content;
use crate::node::link::LinkState;
use crate::node::trace::Event;
use crate::sim::{Carries, MessageId, NodeId, WorldEventKind};
use crate::timeline::BranchId;
use crate::ui::chrome::transport::span_text;
use crate::ui::inspector::why::tone;
use crate::ui::px::{Px, push_point, px};
use crate::ui::store::engine::Engine;
use crate::ui::store::photo::entries;
use crate::ui::words::Locale;

/// How many events are looked at for one drawing.
const EVENTS_MAX: usize = 900;
/// The first of them changes only after so many events, and with it where everything is drawn: between that, what is
/// drawn stays as it is.
const EVENTS_STEP: usize = 300;
pub const LANES_TOP: f64 = 58.0;
/// Below this height of a lane their names are small.
pub const DENSE: f64 = 18.0;

/// A message: when and where it was sent, and how far it came.
pub struct Arrow {
    /// The event that sent it.
    pub number: usize,
    pub id: u64,
    pub from: (f64, f64),
    pub to: (f64, f64),
    class: &'static str,
    lost: bool,
    pending: bool,
}

impl Arrow {
    /// How far a place is from it.
    fn distance(&self, x: f64, y: f64) -> f64 {
        let ((x0, y0), (x1, y1)) = (self.from, self.to);
        let (dx, dy) = (x1 - x0, y1 - y0);
        let along = ((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy).max(1.0);
        let along = along.clamp(0.0, 1.0);
        (x - x0 - along * dx).hypot(y - y0 - along * dy)
    }
}

/// Where another branch leaves this one, or this one another.
pub struct Fork {
    pub branch: BranchId,
    /// Its place in the list of branches, from 1.
    pub number: usize,
    pub x: f64,
    /// It is the branch that this one left.
    pub back: bool,
}

/// What one drawing shows. Two are the same only if they are one: each is made for a new state of the recording.
pub struct Chart {
    pub axis: Axis,
    pub flags: Vec<Flag>,
    pub arrows: Vec<Arrow>,
    pub forks: Vec<Fork>,
    events: Range<usize>,
    lanes: Vec<(NodeId, Rc<str>)>,
    pub lane_height: f64,
}

impl PartialEq for Chart {
    fn eq(&self, other: &Chart) -> bool {
        std::ptr::eq(self, other)
    }
}

impl Chart {
    /// The part of the recording around the cursor that fits in `width` × `height`.
    pub fn around(engine: &Engine, (width, height): (f64, f64), zoom: f64, l: Locale) -> Chart {
        let timeline = &engine.timeline;
        let log = timeline.events();
        let seen = timeline.visible();
        let from = seen.saturating_sub(EVENTS_MAX) / EVENTS_STEP * EVENTS_STEP;
        let to = (seen + EVENTS_MAX / 2).min(log.len());
        let axis = Axis::through(log.iter(from..to).map(|(_, event)| event.at), zoom);
        // Only what can be in sight is drawn.
        let here = axis.x(timeline.now());
        let in_sight = |at: Instant| (here - width * 0.8..here + width * 0.9).contains(&axis.x(at));
        let first = log.iter(from..to).find(|(_, event)| in_sight(event.at)).map_or(to, |(number, _)| number);
        let last = log
            .iter(first..to)
            .rev()
            .find(|(_, event)| in_sight(event.at))
            .map_or(first, |(number, _)| number + 1);
        let lanes: Vec<_> =
            entries(timeline).into_iter().map(|entry| (entry.id, entry.name.clone())).collect();
        let gaps = (lanes.len() as f64 - 1.0).max(1.0);
        let fits = |foot: f64| (height - LANES_TOP - foot) / gaps;
        // On a phone many lanes take the room of what stands below them, too.
        let lane_height = match fits(26.0) {
            enough if enough >= 12.0 => enough.min(56.0),
            _ => fits(14.0).clamp(11.0, DENSE),
        };
        let flags = flags(engine, first..last, &axis, l);
        let (arrows, forks) = (Vec::new(), forks(engine, &axis));
        let mut chart = Chart { axis, flags, arrows, forks, events: first..last, lanes, lane_height };
        chart.arrows = chart.messages(engine);
        chart
    }

    fn y(&self, node: NodeId) -> Option<f64> {
        let lane = self.lanes.iter().position(|(id, _)| *id == node)?;
        Some(LANES_TOP + lane as f64 * self.lane_height)
    }

    pub fn bottom(&self) -> f64 {
        LANES_TOP + (self.lanes.len() as f64 - 1.0).max(0.0) * self.lane_height
    }

    /// The names of the lanes and their heights.
    pub fn lanes(&self) -> impl Iterator<Item = (&Rc<str>, f64)> {
        self.lanes.iter().enumerate().map(|(i, (_, name))| (name, LANES_TOP + i as f64 * self.lane_height))
    }

    /// The arrow at this place, the last one if there are several.
    pub fn arrow_at(&self, x: f64, y: f64) -> Option<&Arrow> {
        /// How far beside it a finger still hits it.
        const REACH: f64 = 5.5;
        let near = self.arrows.iter().rev().map(|arrow| (arrow.distance(x, y), arrow));
        let near = near.filter(|(distance, _)| *distance <= REACH);
        near.min_by(|(one, _), (other, _)| one.total_cmp(other)).map(|(_, arrow)| arrow)
    }

    /// Everything that moves with time but the flags' names.
    pub fn draw(&self, engine: &Engine) -> Html {
        html! {
            <>
                { for self.axis.folds().map(|(x, ms, at)| self.fold(x, ms, at)) }
                { for self.trouble(engine).into_iter() }
                { for draw_arrows(&self.arrows) }
                { for self.marks(engine).into_iter() }
            </>
        }
    }

    fn fold(&self, x: f64, ms: f64, at: Instant) -> Html {
        let bottom = self.bottom() + 8.0;
        let top = LANES_TOP - 12.0;
        let text = span_text(crate::base::Span((ms * 1e6) as u64));
        html! {
            <g key={format!("f{}", at.0)} class="fold">
                <path d={format!("M{0} {2}V{3}M{1} {2}V{3}", Px(x - 2.5), Px(x + 2.5), Px(top), Px(bottom))} />
                <text x={px(x)} y={px(bottom + 13.0)} text-anchor="middle">{ text }</text>
            </g>
        }
    }

    fn messages(&self, engine: &Engine) -> Vec<Arrow> {
        let log = engine.timeline.events();
        let mut ends: Map<MessageId, (Instant, bool)> = Map::new();
        let beyond = self.events.start..(self.events.end + 200).min(log.len());
        for (_, event) in log.iter(beyond) {
            let (id, lost) = match &event.kind {
                WorldEventKind::MessageDelivered(note) => (note.id, false),
                WorldEventKind::MessageLost { message, .. } => (message.id, true),
                _ => continue,
            };
            ends.insert(id, (event.at, lost));
        }
        let under_way: Map<MessageId, Instant> =
            engine.timeline.world().in_flight().map(|message| (message.id, message.arrives_at)).collect();
        let arrow = |(number, event): (usize, &crate::sim::WorldEvent)| {
            let WorldEventKind::MessageSent(note) = &event.kind else { return None };
            let (y0, mut y1) = (self.y(note.from)?, self.y(note.to)?);
            let (end, lost, pending) = match (ends.get(&note.id), under_way.get(&note.id)) {
                (Some((at, lost)), _) => (*at, *lost, false),
                (None, Some(at)) => (*at, false, true),
                (None, None) => return None,
            };
            let (x0, mut x1) = (self.axis.x(event.at), self.axis.x(end));
            if lost {
                // It came as far as its time allowed.
                let way = (end.since(event.at).0 as f64 / 20e6).clamp(0.2, 0.85);
                y1 = y0 + (y1 - y0) * way;
                x1 = x1.max(x0 + 6.0);
            }
            let class = arrow_class(note.carries);
            Some(Arrow { number, id: note.id.0, from: (x0, y0), to: (x1, y1), class, lost, pending })
        };
        log.iter(self.events.clone()).filter_map(arrow).collect()
    }

    /// Where a replica has no master, or a process does not run.
    fn trouble(&self, engine: &Engine) -> Vec<Html> {
        let log = engine.timeline.events();
        let mut open: Map<NodeId, (Instant, &'static str)> = Map::new();
        let mut spans = Vec::new();
        for (_, event) in log.iter(self.events.clone()) {
            let Some(node) = event.node else { continue };
            let begins = match &event.kind {
                WorldEventKind::Node(Event::MasterLost { .. }) => Some("apart"),
                WorldEventKind::Crashed { .. } | WorldEventKind::Exited => Some("dead"),
                WorldEventKind::Paused => Some("still"),
                _ => None,
            };
            let ends = matches!(
                &event.kind,
                WorldEventKind::Node(
                    Event::LinkChanged {
                        to: LinkState::Connected | LinkState::Transfer | LinkState::None,
                        ..
                    } | Event::Started { .. }
                ) | WorldEventKind::Resumed { .. }
            );
            if (begins.is_some() || ends)
                && let Some((since, class)) = open.remove(&node)
            {
                spans.push((node, since, event.at, class));
            }
            if let Some(class) = begins {
                open.insert(node, (event.at, class));
            }
        }
        let end = engine.timeline.end().at;
        spans.extend(open.into_iter().map(|(node, (since, class))| (node, since, end, class)));
        spans
            .into_iter()
            .filter_map(|(node, from, to, class)| {
                let y = self.y(node)?;
                let (x0, x1) = (self.axis.x(from), self.axis.x(to));
                let key = format!("s{}-{}", node.0, from.0);
                Some(html! { <path {key} class={classes!("trouble", class)} d={format!("M{} {}H{}", Px(x0), Px(y), Px(x1))} /> })
            })
            .collect()
    }

    /// Where milestones happened.
    fn marks(&self, engine: &Engine) -> Vec<Html> {
        let milestones = engine.timeline.events().milestones(self.events.clone());
        let mark = |number: usize| {
            let (entry, event) = (engine.event(number)?, engine.timeline.events().get(number)?);
            let y = event.node.and_then(|node| self.y(node)).unwrap_or(LANES_TOP);
            let class = classes!("mark", tone(entry.told.tone()));
            let r = if entry.told.tone() == Tone::Neutral { "3" } else { "4" };
            Some(
                html! { <circle key={format!("g{number}")} {class} cx={px(self.axis.x(entry.at))} cy={px(y)} {r} /> },
            )
        };
        milestones.filter_map(mark).collect()
    }
}

fn forks(engine: &Engine, axis: &Axis) -> Vec<Fork> {
    let branches = engine.timeline.branches();
    let current = engine.timeline.current_branch();
    let fork = |(i, branch): (usize, &crate::timeline::BranchView)| {
        let (from, moment) = branch.origin?;
        let x = axis.x(moment.at);
        if from == current {
            return Some(Fork { branch: branch.id, number: i + 1, x, back: false });
        }
        let origin = branches.iter().position(|other| other.id == from)?;
        branch.current.then_some(Fork { branch: from, number: origin + 1, x, back: true })
    };
    branches.iter().enumerate().filter_map(fork).collect()
}

/// The arrows as few paths: one for each look and for so many messages that what has arrived stays as it is.
fn draw_arrows(arrows: &[Arrow]) -> Vec<Html> {
    const TOGETHER: u64 = 64;
    let mut paths: Vec<((&str, u64, bool), String)> = Vec::new();
    let mut drawn = Vec::new();
    for arrow in arrows {
        if arrow.lost {
            drawn.push(draw_lost(arrow));
            continue;
        }
        let together = (arrow.class, arrow.id / TOGETHER, arrow.pending);
        let i = paths.iter().rposition(|(of, _)| *of == together).unwrap_or_else(|| {
            paths.push((together, String::new()));
            paths.len() - 1
        });
        let d = &mut paths[i].1;
        push_line(d, arrow.from, arrow.to);
        // What is under way has no head yet.
        if !arrow.pending {
            let [one, other] = head(arrow);
            push_line(d, one, arrow.to);
            push_line(d, other, arrow.to);
        }
    }
    drawn.extend(paths.into_iter().map(|((look, number, pending), d)| {
        let class = if pending { format!("arrow {look} pending") } else { format!("arrow {look}") };
        html! { <path key={format!("m{class}{number}")} {class} {d} /> }
    }));
    drawn
}

fn draw_lost(arrow: &Arrow) -> Html {
    let mut way = String::new();
    push_line(&mut way, arrow.from, arrow.to);
    let (x, y) = arrow.to;
    let end = format!("M{} {}l7 7m0 -7l-7 7", Px(x - 3.5), Px(y - 3.5));
    html! {
        <g key={format!("m{}", arrow.id)} class={classes!("arrow", "lost", arrow.class)}>
            <path d={way} /><path class="end" d={end} />
        </g>
    }
}

fn push_line(d: &mut String, from: (f64, f64), to: (f64, f64)) {
    push_point(d, 'M', from);
    push_point(d, 'L', to);
}

/// The ends of the two strokes of an arrow's head.
fn head(arrow: &Arrow) -> [(f64, f64); 2] {
    const LENGTH: f64 = 6.5;
    const SPREAD: f64 = 0.42;
    let ((x0, y0), (x1, y1)) = (arrow.from, arrow.to);
    let long = (x1 - x0).hypot(y1 - y0).max(1.0);
    let (ux, uy) = ((x1 - x0) / long, (y1 - y0) / long);
    [SPREAD, -SPREAD].map(|side| (x1 - LENGTH * (ux - side * uy), y1 - LENGTH * (uy + side * ux)))
}

fn arrow_class(carries: Carries) -> &'static str {
    match carries {
        Carries::Data { content } => match content {
            Content::Stream { .. } => "a-stream",
            Content::Rdb { .. } => "a-rdb",
            Content::Question | Content::Answer => "a-question",
            Content::Handshake | Content::Dialogue => "a-talk",
            Content::Ack | Content::KeepAlive => "a-ack",
        },
        _ => "a-sign",
    }
}
