//! The space–time diagram: a lane for each node, an arrow for each message, a flag for each milestone.

use std::collections::BTreeMap;
use std::ops::Range;
use std::rc::Rc;

use yew::prelude::*;

use super::axis::Axis;
use crate::base::Instant;
use crate::narrate::Tone;
use crate::node::Content;
use crate::node::link::LinkState;
use crate::node::trace::Event;
use crate::sim::{Carries, MessageId, NodeId, WorldEventKind};
use crate::ui::chrome::transport::span_text;
use crate::ui::inspector::why::tone;
use crate::ui::store::engine::Engine;
use crate::ui::store::{Act, Emit};
use crate::ui::words::Locale;

/// How many events are looked at for one drawing.
const EVENTS_MAX: usize = 900;
pub const LANES_TOP: f64 = 58.0;

/// What one drawing shows. Two are the same only if they are one: each is made for a new state of the recording.
pub struct Chart {
    pub axis: Axis,
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
    pub fn around(engine: &Engine, width: f64, height: f64, zoom: f64) -> Chart {
        let timeline = &engine.timeline;
        let log = timeline.events();
        let seen = timeline.visible();
        let from = seen.saturating_sub(EVENTS_MAX);
        let to = (seen + EVENTS_MAX / 2).min(log.len());
        let moments = |range: Range<usize>| log.iter(range).map(|(_, event)| event.at).collect::<Vec<_>>();
        let whole = Axis::through(moments(from..to), zoom);
        // Only what can be in sight is drawn.
        let here = whole.x(timeline.now());
        let in_sight = |at: Instant| (here - width * 0.9..here + width * 0.9).contains(&whole.x(at));
        let first = log.iter(from..to).find(|(_, event)| in_sight(event.at)).map_or(to, |(number, _)| number);
        let last = log
            .iter(first..to)
            .rev()
            .find(|(_, event)| in_sight(event.at))
            .map_or(first, |(number, _)| number + 1);
        let lanes: Vec<_> = timeline.world().nodes().map(|entry| (entry.id, entry.name.clone())).collect();
        let room = height - LANES_TOP - 26.0;
        let lane_height = (room / (lanes.len() as f64 - 1.0).max(1.0)).clamp(18.0, 56.0);
        Chart { axis: whole, events: first..last, lanes, lane_height }
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

    /// Everything that moves with time.
    pub fn draw(&self, engine: &Engine, l: Locale, emit: &Emit) -> Html {
        html! {
            <>
                { for self.axis.folds().map(|(x, ms, at)| self.fold(x, ms, at)) }
                { for self.trouble(engine).into_iter() }
                { for self.arrows(engine).into_iter() }
                { for self.flags(engine, l, emit).into_iter() }
            </>
        }
    }

    fn fold(&self, x: f64, ms: f64, at: Instant) -> Html {
        let bottom = self.bottom() + 8.0;
        let top = LANES_TOP - 12.0;
        let text = span_text(crate::base::Span((ms * 1e6) as u64));
        html! {
            <g key={format!("f{}", at.0)} class="fold">
                <path d={format!("M{:.1} {top:.1}V{bottom:.1}M{:.1} {top:.1}V{bottom:.1}", x - 2.5, x + 2.5)} />
                <text x={format!("{x:.1}")} y={format!("{:.1}", bottom + 13.0)} text-anchor="middle">{ text }</text>
            </g>
        }
    }

    fn arrows(&self, engine: &Engine) -> Vec<Html> {
        let log = engine.timeline.events();
        let mut ends: BTreeMap<MessageId, (Instant, bool)> = BTreeMap::new();
        let mut drawn = Vec::new();
        let beyond = self.events.start..(self.events.end + 200).min(log.len());
        for (_, event) in log.iter(beyond) {
            let (id, lost) = match &event.kind {
                WorldEventKind::MessageDelivered(note) => (note.id, false),
                WorldEventKind::MessageLost { message, .. } => (message.id, true),
                _ => continue,
            };
            ends.insert(id, (event.at, lost));
        }
        let under_way: BTreeMap<MessageId, Instant> =
            engine.timeline.world().in_flight().map(|message| (message.id, message.arrives_at)).collect();
        for (_, event) in log.iter(self.events.clone()) {
            let WorldEventKind::MessageSent(note) = &event.kind else { continue };
            let (Some(y0), Some(y1)) = (self.y(note.from), self.y(note.to)) else { continue };
            let (end, lost, pending) = match (ends.get(&note.id), under_way.get(&note.id)) {
                (Some((at, lost)), _) => (*at, *lost, false),
                (None, Some(at)) => (*at, false, true),
                (None, None) => continue,
            };
            let (x0, mut x1) = (self.axis.x(event.at), self.axis.x(end));
            let mut y1 = y1;
            if lost {
                // It came as far as its time allowed.
                let way = (end.since(event.at).0 as f64 / 20e6).clamp(0.2, 0.85);
                y1 = y0 + (y1 - y0) * way;
                x1 = x1.max(x0 + 6.0);
            }
            let class = classes!(
                "arrow",
                arrow_class(note.carries),
                lost.then_some("lost"),
                pending.then_some("pending")
            );
            drawn.push(html! {
                <g key={format!("m{}", note.id.0)} {class}>
                    <path d={format!("M{x0:.1} {y0:.1}L{x1:.1} {y1:.1}")} />
                    if lost {
                        <path class="end" d={format!("M{:.1} {:.1}l7 7m0 -7l-7 7", x1 - 3.5, y1 - 3.5)} />
                    } else {
                        <circle class="end" cx={format!("{x1:.1}")} cy={format!("{y1:.1}")} r="2.2" />
                    }
                </g>
            });
        }
        drawn
    }

    /// Where a replica has no master, or a process does not run.
    fn trouble(&self, engine: &Engine) -> Vec<Html> {
        let log = engine.timeline.events();
        let mut open: BTreeMap<NodeId, (Instant, &'static str)> = BTreeMap::new();
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
                Some(html! { <path {key} class={classes!("trouble", class)} d={format!("M{x0:.1} {y:.1}H{x1:.1}")} /> })
            })
            .collect()
    }

    fn flags(&self, engine: &Engine, l: Locale, emit: &Emit) -> Vec<Html> {
        let log = engine.timeline.events();
        let mut ends = [f64::MIN; 2];
        let mut drawn = Vec::new();
        for number in log.milestones(self.events.clone()) {
            let (Some(entry), Some(event)) = (engine.event(number), log.get(number)) else { continue };
            let x = self.axis.x(entry.at);
            let y = event.node.and_then(|node| self.y(node)).unwrap_or(LANES_TOP);
            let title = entry.told.title(l);
            let width = title.chars().map(|c| if c.is_ascii() { 7.1 } else { 11.8 }).sum::<f64>() + 14.0;
            let row = ends.iter().position(|end| x - 4.0 > *end);
            let class = classes!("flag", tone(entry.told.tone()));
            let moment = engine.timeline.moment_of(number).at;
            let onclick = emit.reform(move |event: PointerEvent| {
                event.stop_propagation();
                Act::Seek(moment)
            });
            let strong = entry.told.tone() != Tone::Neutral;
            drawn.push(html! {
                <g key={format!("g{number}")} {class} onpointerdown={onclick} data-flag={entry.told.story.id()}>
                    <title>{ entry.told.sentence(l).to_text() }</title>
                    <circle class="mark" cx={format!("{x:.1}")} cy={format!("{y:.1}")} r="4" />
                    if let Some(row) = row.filter(|_| strong) {
                        <path class="pole" d={format!("M{x:.1} {:.1}V{:.1}", 24.0 + row as f64 * 21.0, y - 4.0)} />
                        <rect x={format!("{x:.1}")} y={format!("{}", 6 + row * 21)} width={format!("{width:.1}")} height="18" rx="4" />
                        <text x={format!("{:.1}", x + 7.0)} y={format!("{}", 19 + row * 21)}>{ title }</text>
                    }
                </g>
            });
            if let Some(row) = row.filter(|_| strong) {
                ends[row] = x + width;
            }
        }
        drawn
    }
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
