//! The backlog as a tape: a ruler of bytes, one segment a command, the replicas' positions below.
//!
//! New commands come in on the right. A small backlog is shown whole, so that it can be seen to be full and to
//! lose its oldest bytes on the left; of a large one only its newest end is shown, at a scale that can be read.

use std::rc::Rc;

use yew::prelude::*;

use crate::base::{Instant, Offset, sort_by, sort_by_key};
use crate::narrate::grouped as number;
use crate::node::link::LinkState;
use crate::node::view::{BacklogView, ReplicaStage, SegmentView};
use crate::ui::px::{Px, decimal, px};
use crate::ui::snapshot::{GLOW, NodeCard, WorldView};
use crate::ui::stage::Look;
use crate::ui::stage::layout::NARROW;
use crate::ui::store::Act;
use crate::ui::words::{Say, Word};

/// A backlog up to this size is shown whole.
const WHOLE: u64 = 1024;
/// Pixels a byte, where only the newest end is shown.
const SCALE: f64 = 3.6;
/// No more of the ruler slides in at once, so that much written in one instant does not hide what it is written to.
const SLIDE: f64 = 0.35;
const PAD: f64 = 20.0;
const BAR_TOP: f64 = 18.0;
const BAR: f64 = 28.0;

/// The strip at the foot of the stage: the backlog of `chosen`, or of the first node that serves replicas.
/// While time stands (`now` is `None`) everything has slid in.
pub fn strip(view: &WorldView, chosen: Option<&str>, now: Option<Instant>, width: f64, look: &Look) -> Html {
    let l = look.locale;
    let mut with: Vec<&Rc<NodeCard>> =
        view.nodes.iter().filter(|card| card.is_up() && card.view.backlog.is_some()).collect();
    sort_by_key(&mut with, |card| card.view.replicas.is_empty());
    let card = chosen.and_then(|name| with.iter().find(|card| &*card.name == name)).or(with.first());
    let Some(card) = card else {
        // Who has replicas, or is to have some, could have one.
        let serves = |card: &&Rc<NodeCard>| card.followed;
        let is_old = |card: &Rc<NodeCard>| !card.view.version.profile().speaks_psync();
        let old = match view.nodes.iter().any(|card| serves(&card)) {
            true => view.nodes.iter().filter(serves).all(is_old),
            false => view.nodes.iter().all(is_old),
        };
        let word = match old {
            true => Word::BacklogNever,
            false if view.nodes.iter().any(|card| !card.is_up()) => Word::BacklogGone,
            false => Word::BacklogNone,
        };
        return html! { <section class="tape tape-none" data-part="tape"><p>{ l.t(word) }</p></section> };
    };
    let Some(backlog) = &card.view.backlog else { return html!() };
    html! {
        <section class="tape" data-part="tape" data-node={card.name.clone()} aria-label={l.f(Word::BacklogOf, &[&card.name])}>
            <header>
                <h2>{ l.f(Word::BacklogOf, &[&card.name]) }</h2>
                if backlog.teaching { <span class="chip chip-plain">{ l.t(Word::Teaching) }</span> }
                if with.len() > 1 { <span class="choices">{ for with.iter().map(|other| choice(other, card, look)) }</span> }
                <span class="num soft" data-field="fill">
                    { l.f(Word::BacklogFill, &[&number(backlog.length.0), &number(backlog.size.0)]) }
                    if width >= NARROW { { " · " }{ evicted(backlog, look) } }
                </span>
            </header>
            { ruler(view, card, backlog, now, width, look) }
        </section>
    }
}

fn evicted(backlog: &BacklogView, look: &Look) -> String {
    look.locale.f(Word::BacklogEvicted, &[&number(backlog.evicted.0)])
}

fn choice(card: &NodeCard, shown: &NodeCard, look: &Look) -> Html {
    let name = card.name.clone();
    let onclick = look.emit.reform(move |_: MouseEvent| Act::Tape(name.clone()));
    let pressed = (card.name == shown.name).to_string();
    let label = look.locale.f(Word::BacklogOf, &[&card.name]);
    html! { <button key={card.name.to_string()} class="choice" aria-pressed={pressed} aria-label={label} {onclick}>{ &*card.name }</button> }
}

/// Which bytes are in sight, and where.
struct Window {
    start: f64,
    scale: f64,
    width: f64,
}

impl Window {
    fn of(card: &NodeCard, backlog: &BacklogView, now: Option<Instant>, width: f64) -> Window {
        let room = width - 2.0 * PAD;
        let first = backlog.first.0 as f64;
        let next = first + backlog.length.0 as f64;
        let whole = backlog.size.0 <= WHOLE;
        let span = if whole { backlog.size.0 as f64 } else { (room / SCALE).floor() };
        let aim = if next - first <= span { first } else { next - span };
        // What was just appended slides in; by then as much has left on the left.
        let slides = whole && backlog.evicted.0 > 0 || next - first > span;
        let behind = match card.appended.zip(now) {
            Some(((at, bytes), now)) if slides && now.since(at) < GLOW => {
                let t = now.since(at).0 as f64 / GLOW.0 as f64;
                (bytes as f64).min(span * SLIDE) * (1.0 - t) * (1.0 - t)
            }
            _ => 0.0,
        };
        // A small one is seen with what enters and what leaves at once: the new presses the old out.
        let seen = if whole { span + behind } else { span };
        Window { start: aim - behind, scale: room / seen, width: room }
    }

    /// Whether the byte before `next` is still on its way into sight, at the right.
    fn awaits(&self, next: f64) -> bool {
        next > self.start + self.width / self.scale + 0.5
    }

    fn x(&self, offset: f64) -> f64 {
        PAD + (offset - self.start) * self.scale
    }

    /// How far what stands on the ruler is shifted. While bytes move along, only this changes: they stand where they
    /// stood, beginning at an offset that stays for the length of a ruler.
    fn shift(&self) -> f64 {
        let seen = (self.width / self.scale).round().max(1.0);
        self.x((self.start / seen).floor() * seen)
    }

    fn clamped(&self, offset: f64) -> f64 {
        self.x(offset).clamp(PAD, PAD + self.width)
    }
}

fn ruler(
    view: &WorldView,
    card: &NodeCard,
    backlog: &BacklogView,
    now: Option<Instant>,
    width: f64,
    look: &Look,
) -> Html {
    let window = Window::of(card, backlog, now, width);
    let first = backlog.first.0 as f64;
    let next = first + backlog.length.0 as f64;
    let in_sight = |segment: &&SegmentView| window.x(segment.last.0 as f64 + 1.0) > PAD;
    let hidden = (window.start - first).floor().max(0.0);
    let acked = card
        .view
        .replicas
        .iter()
        .filter(|replica| replica.stage == ReplicaStage::Online && replica.counts)
        .map(|replica| replica.acked)
        .min();
    let marks = markers(view, card, backlog, &window);
    let shift = window.shift();
    // Always with room for two lines of marks: the stage above must not jump.
    let height = BAR_TOP + BAR + 38.0;
    let (w, h) = (px(width), px(height));
    let bed = (px(PAD), px(window.width));
    html! {
        <svg class="ruler" width={w} height={h} role="img" aria-label={reading(backlog, &marks, look)}>
            <rect class="tape-bed" x={bed.0} y={px(BAR_TOP)} width={bed.1} height={px(BAR)} rx="4" />
            { leaving(backlog, &window) }
            // What has not slid in yet lies beyond the end, out of sight.
            <svg x={px(PAD)} width={px(window.width)} height={px(BAR_TOP + BAR)} viewBox={format!("{} 0 {} {}", Px(PAD), Px(window.width), Px(BAR_TOP + BAR))}>
                <g transform={format!("translate({} 0)", Px(shift))}>{ for backlog.segments.iter().filter(in_sight).map(|s| segment(s, acked, &window, shift)) }</g>
            </svg>
            <text class="tape-number" x={px(window.clamped(first))} y="12">
                { if hidden > 0.0 { look.locale.f(Word::BacklogOlder, &[&number(hidden as u64)]) } else { backlog.first.to_string() } }
                // Where the head has no room for it, it stands where those bytes were.
                if width < NARROW && backlog.evicted.0 > 0 { { " · " }{ evicted(backlog, look) } }
            </text>
            if next - first > 60.0 / window.scale {
                <text class="tape-number" x={px(window.clamped(next))} y="12" text-anchor="end">{ last_byte(next, &window) }</text>
            }
            <g>{ for marks.iter().map(|mark| marker(mark, look)) }</g>
        </svg>
    }
}

/// The number of the newest byte: the one that markers are told against, with a sign while it still slides in.
fn last_byte(next: f64, window: &Window) -> String {
    decimal(next - 1.0, 0) + if window.awaits(next) { " ›" } else { "" }
}

/// The tape in words, for who cannot see it.
fn reading(backlog: &BacklogView, marks: &[Mark], look: &Look) -> String {
    let mut text = format!("{} … {}", backlog.first, backlog.first.0 + backlog.length.0 as i64 - 1);
    for mark in marks {
        if mark.names.is_empty() {
            continue;
        }
        text.push_str("; ");
        text.push_str(&mark.words(look));
    }
    text
}

/// What was just evicted, while it slides out.
fn leaving(backlog: &BacklogView, window: &Window) -> Html {
    let from = (backlog.first.0 as f64 - backlog.evicted.0 as f64).max(window.start);
    let (x, end) = (window.clamped(from), window.clamped(backlog.first.0 as f64));
    if end - x < 0.5 {
        return html!();
    }
    html! { <rect class="tape-leaving" x={px(x)} y={px(BAR_TOP)} width={px(end - x)} height={px(BAR)} rx="4" /> }
}

/// A command on the ruler, in a group that is shifted by `shift`.
fn segment(segment: &SegmentView, acked: Option<Offset>, window: &Window, shift: f64) -> Html {
    let tenth = |n: f64| (n * 10.0).round() / 10.0;
    let x = window.clamped(segment.first.0 as f64);
    let end = window.clamped(segment.last.0 as f64 + 1.0);
    let (x, width) = (tenth(x - shift), tenth((end - x - 1.5).max(0.8)));
    let heard = acked.is_some_and(|acked| segment.last <= acked);
    html! { <Segment key={segment.last.0.to_string()} segment={segment.clone()} {heard} {x} {width} /> }
}

#[derive(PartialEq, Properties)]
struct SegmentProps {
    segment: SegmentView,
    /// Every replica has acknowledged it.
    heard: bool,
    x: f64,
    width: f64,
}

#[component]
fn Segment(props: &SegmentProps) -> Html {
    let SegmentProps { segment, heard, x, width } = props;
    let class = classes!(
        "segment",
        heard.then_some("heard"),
        segment.torn.then_some("torn"),
        (&*segment.label == "PING" || segment.label.starts_with("SELECT")).then_some("minor"),
    );
    let room = ((width - 10.0) / 6.7).floor();
    let text: Option<String> = match segment.label.chars().count() as f64 {
        _ if room < 2.0 => None,
        long if long <= room => Some(segment.label.to_string()),
        _ if room < 4.0 => None,
        _ => Some(segment.label.chars().take(room as usize - 1).chain(['…']).collect()),
    };
    html! {
        <g {class}>
            <title>{ format!("{} · {} … {}", segment.label, segment.first, segment.last) }</title>
            <rect x={px(*x)} y={px(BAR_TOP)} width={px(*width)} height={px(BAR)} rx="3.5" />
            if let Some(text) = text {
                <text x={px(x + width / 2.0)} y={px(BAR_TOP + BAR / 2.0 + 4.0)} text-anchor="middle">{ text }</text>
            }
        </g>
    }
}

/// A replica's position.
struct Mark {
    name: Rc<str>,
    /// Everybody at the same place, named by the first of them.
    names: String,
    offset: Offset,
    /// Connected: it has everything up to `offset`. Otherwise it will want `offset`.
    has: bool,
    lost: bool,
    x: f64,
    row: usize,
    at_end: bool,
    /// Where the ruler ends.
    end: f64,
}

impl Mark {
    fn words(&self, look: &Look) -> String {
        let word = match (self.has, self.lost) {
            (_, true) => Word::MarkerLost,
            (true, _) => Word::MarkerAt,
            (false, _) => Word::MarkerWants,
        };
        look.locale.f(word, &[&self.names, &self.offset.to_string()])
    }
}

fn markers(view: &WorldView, card: &NodeCard, backlog: &BacklogView, window: &Window) -> Vec<Mark> {
    let mut marks: Vec<Mark> =
        view.nodes.iter().filter_map(|node| mark(node, card, backlog, window)).collect();
    sort_by(&mut marks, |a, b| a.x.total_cmp(&b.x));
    let mut names: Vec<String> = Vec::new();
    // Who stands at the same byte shares a label.
    for i in 0..marks.len() {
        let same = |mark: &&Mark| {
            (mark.offset, mark.has, mark.lost) == (marks[i].offset, marks[i].has, marks[i].lost)
        };
        let first = marks.iter().position(|mark| same(&mark)) == Some(i);
        let together: Vec<&str> = marks.iter().filter(same).map(|mark| &*mark.name).collect();
        names.push(if first { together.join(", ") } else { String::new() });
    }
    for (mark, names) in marks.iter_mut().zip(names) {
        mark.names = names;
    }
    let mut ends = [f64::MIN; 2];
    for mark in &mut marks {
        let width =
            14.0 + 7.0 * (mark.names.chars().count() + 8) as f64 + if mark.lost { 300.0 } else { 0.0 };
        if mark.names.is_empty() {
            continue;
        }
        let start = if mark.at_end { mark.x - width } else { mark.x - 8.0 };
        mark.row = usize::from(start < ends[0]);
        ends[mark.row] = ends[mark.row].max(start + width + 8.0);
    }
    marks
}

fn mark(node: &NodeCard, card: &NodeCard, backlog: &BacklogView, window: &Window) -> Option<Mark> {
    let master = node.view.master.as_ref().filter(|master| *master.host == *card.name)?;
    // An old one counts no bytes: it stands nowhere.
    if !node.is_up() || !node.view.version.profile().speaks_psync() {
        return None;
    }
    let has = master.link == LinkState::Connected;
    let (offset, edge) = if has {
        let applied = master.applied?;
        (applied, applied.0 as f64 + 1.0)
    } else {
        let (id, next) = master.resume?;
        if Some(id) != card.view.repl_id && Some(id) != card.view.second_id.map(|(id, _)| id) {
            return None;
        }
        (next, next.0 as f64)
    };
    let lost = !has && offset < backlog.first;
    let x = window.clamped(edge);
    let end = PAD + window.width;
    let (name, names, at_end) = (node.name.clone(), node.name.to_string(), x > end - 90.0);
    Some(Mark { name, names, offset, has, lost, x, row: 0, at_end, end })
}

fn marker(mark: &Mark, look: &Look) -> Html {
    let top = BAR_TOP + BAR + 3.0;
    let y = top + 18.0 + mark.row as f64 * 14.0;
    let class = classes!("marker", mark.lost.then_some("lost"), mark.has.then_some("has"));
    let words = if mark.names.is_empty() { String::new() } else { mark.words(look) };
    // A long label stays on the ruler; signs of Chinese take two places.
    let long: f64 = words.chars().map(|c| if c.is_ascii() { 6.7 } else { 11.0 }).sum();
    let (anchor, x) = match mark.at_end {
        true => ("end", mark.x + 6.0),
        false => ("start", (mark.x - 6.0).min(mark.end - long).max(PAD)),
    };
    html! {
        <g key={mark.name.to_string()} {class} data-marker={mark.name.clone()} data-lost={mark.lost.to_string()}>
            if mark.lost {
                <path class="cross" d={format!("M{} {}l7 7m0 -7l-7 7", Px(mark.x - 3.5), Px(top))} />
            } else {
                <path d={format!("M{} {}l5 8h-10z", Px(mark.x), Px(top))} />
            }
            <text x={px(x)} y={px(y)} text-anchor={anchor}>{ words }</text>
        </g>
    }
}

#[cfg(test)]
mod tests {
    use super::{Window, last_byte};

    #[test]
    fn the_newest_byte_is_named_while_it_is_still_on_its_way_into_sight() {
        let window = Window { start: 15.0, scale: 3.0, width: 300.0 };
        assert_eq!(last_byte(115.0, &window), "114");
        assert_eq!(last_byte(129.0, &window), "128 ›");
    }
}
