//! What travels on the links.
//!
//! A message is where its times say: the share of the way is the share of the time between sending and arrival,
//! so any moment can be drawn without knowing the one before.

use std::borrow::Cow;
use std::rc::Rc;

use yew::prelude::*;

use crate::base::{Instant, Span, sort_by_key};
use crate::ui::px::{Px, push_point, px};
use crate::ui::snapshot::{Kind, LossCard, MessageCard, WorldView};
use crate::ui::stage::layout::Layout;
use crate::ui::stage::wires::Wire;

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

    /// The share of the way by which a capsule of this width must follow another, or else it covers it. The curve is
    /// half as fast again as its mean where it leaves a card, and in its middle as steep and three quarters as fast.
    fn clearance(&self, width: f64) -> f64 {
        let [from, .., to] = self.curve.points;
        let (across, down) = ((to.0 - from.0).abs(), (to.1 - from.1).abs());
        let (width, height) = (width + GAP, 2.0 * HALF + GAP);
        let slanted = (height / (1.5 * down)).max(width / (1.5 * across));
        (width / (0.75 * across)).min(slanted).min(1.5 * width / self.length).min(1.0)
    }

    /// As much of a label as the link is long.
    fn label<'l>(&self, label: &'l str) -> Cow<'l, str> {
        let [from, .., to] = self.curve.points;
        let across = if self.steep || self.swings { self.length } else { (to.0 - from.0).abs() };
        let room = if self.steep {
            ((self.lane - 30.0) / 6.7).floor().clamp(4.0, 20.0)
        } else {
            ((across - 40.0) / 6.7).floor().max(6.0)
        };
        if label.chars().count() as f64 <= room {
            return label.into();
        }
        // In a narrow lane the word that says what it is, rather than the beginning of something longer.
        if let Some((word, _)) =
            label.split_once(' ').filter(|(word, _)| self.steep && word.len() as f64 <= room)
        {
            return word.into();
        }
        label.chars().take(room as usize - 1).chain(['…']).collect::<String>().into()
    }

    /// What a capsule of this width takes up along the link, half of it.
    fn half(&self, width: f64) -> f64 {
        if self.steep { HALF } else { width / 2.0 }
    }
}

/// A capsule's half height.
const HALF: f64 = 11.0;
/// What must be free between two capsules.
const GAP: f64 = 3.0;

fn capsule_width(label: &str) -> f64 {
    label.chars().map(|c| if c.is_ascii() || c == '…' { 6.7 } else { 11.5 }).sum::<f64>() + 26.0
}

pub fn traffic(view: &WorldView, wire: &Wire, layout: &Layout, now: Instant) -> Html {
    let on_it = view.messages.iter().filter(|m| wire.link.joins(&m.from, &m.to));
    // What waits behind others for a slow link has not left.
    let on_it: Vec<_> = on_it.filter(|m| m.sent <= now).collect();
    let forms = forms(wire, &on_it, layout, now);
    html! {
        <g key={format!("t{}-{}", wire.link.a, wire.link.b)}>
            { for on_it.iter().filter(|m| m.kind == Kind::Rdb).map(|m| block(wire, m, now)) }
            { for dotted(&on_it, &forms) }
            { for on_it.iter().zip(forms).filter_map(|(m, form)| capsule(wire, m, form)) }
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
    let (start, length) = (one * 1000.0, ((other - one) * 1000.0).max(5.0));
    html! {
        <path key={format!("r{}", message.id)} class="rdb-block" d={wire.curve.path()} pathLength="1000"
              stroke-dasharray={format!("{} 2000", Px(length))} stroke-dashoffset={px(-start)} />
    }
}

/// How a message is drawn.
enum Form {
    /// With its label.
    Capsule { x: f64, y: f64, label: String, width: f64 },
    /// A routine acknowledgement.
    Dot { x: f64, y: f64, named: bool },
    /// One of many that follow each other closely: there is no room for its label.
    Mote { x: f64, y: f64 },
}

/// Decides who has room for a label: what matters most first, then what was sent first.
fn forms(wire: &Wire, on_it: &[&Rc<MessageCard>], layout: &Layout, now: Instant) -> Vec<Form> {
    let mut order: Vec<usize> = (0..on_it.len()).collect();
    sort_by_key(&mut order, |i| {
        (matches!(on_it[*i].kind, Kind::Stream | Kind::KeepAlive | Kind::Ack), on_it[*i].id)
    });
    let mut taken = Taken::default();
    let mut forms: Vec<(usize, Form)> = Vec::new();
    for i in order {
        forms.push((i, form(wire, on_it[i], layout, now, &mut taken)));
    }
    sort_by_key(&mut forms, |(i, _)| *i);
    forms.into_iter().map(|(_, form)| form).collect()
}

fn form(wire: &Wire, message: &MessageCard, layout: &Layout, now: Instant, taken: &mut Taken) -> Form {
    let progress = message.progress(now);
    let spot = |half: f64| wire.curve.at(wire.share(&message.from, progress, half));
    if message.kind == Kind::Rdb && message.label.starts_with('$') {
        // The length before the RDB: a mark at the head of its block.
        let (x, y) = spot(4.0);
        return Form::Mote { x, y };
    }
    if matches!(message.kind, Kind::Ack | Kind::KeepAlive) {
        // Its label, too, stays in sight.
        let (x, y) = spot(if wire.steep { 6.0 } else { 28.0 });
        // What came out of a black hole goes in one heap: one name is enough.
        const NAME: f64 = 44.0;
        let named = is_free(x, y, NAME, &taken.dots);
        taken.dots.push((x, y, NAME));
        return Form::Dot { x, y, named };
    }
    let mote = || {
        let (x, y) = spot(4.0);
        Form::Mote { x, y }
    };
    let label = wire.label(&message.label);
    let width = capsule_width(&label);
    // Writes keep their distance as long as they move, and with it their form.
    let moves = message.kind == Kind::Stream && message.held.is_none();
    if moves && !has_room(message, wire.clearance(width)) {
        return mote();
    }
    let (x, y) = spot(wire.half(width));
    let x = within(x, width, layout);
    // Answers and questions step aside for each other; of many writes only some have a label.
    let lanes: &[f64] = if message.kind == Kind::Stream { &LANES[..1] } else { &LANES };
    let free = |y: &f64| match moves {
        true => !taken.streams.iter().any(|(other, wide)| (other - x).abs() < (wide + width) / 4.0),
        false => is_free(x, *y, width, &taken.capsules),
    };
    match lanes.iter().map(|lane| y + lane).find(free) {
        Some(y) => {
            if moves {
                taken.streams.push((x, width));
            } else {
                taken.capsules.push((x, y, width));
            }
            Form::Capsule { x, y, label: label.into_owned(), width }
        }
        None => mote(),
    }
}

/// What has a label already.
#[derive(Default)]
struct Taken {
    capsules: Vec<(f64, f64, f64)>,
    /// Of the writes that move only where and how wide they are: most keep their distance, but those that a black hole let
    /// go are all in one place.
    streams: Vec<(f64, f64)>,
    dots: Vec<(f64, f64, f64)>,
}

/// Whether a write has room for its label, for all of its way: it follows the one before it at this share of the way, or
/// it is the first in its slot. Slots are so far apart that of many writes no two labels are too close; only the one that
/// comes first, after a pause, may have a follower that touches it.
fn has_room(message: &MessageCard, clearance: f64) -> bool {
    let way = message.arrives.since(message.sent).0;
    let apart = ((way as f64 * clearance) as u64).max(1);
    let in_slot = message.sent.0 % (2 * apart);
    message.after.is_none_or(|Span(gap)| gap >= apart || (in_slot < apart && gap > in_slot))
}

/// Keeps a capsule on the stage.
fn within(x: f64, width: f64, layout: &Layout) -> f64 {
    x.clamp(width / 2.0 + 3.0, (layout.width - width / 2.0 - 3.0).max(width / 2.0 + 3.0))
}

/// Everything that has no room for a label, as one path of dots for each look: there may be hundreds.
fn dotted(on_it: &[&Rc<MessageCard>], forms: &[Form]) -> Vec<Html> {
    let mut paths: Vec<(&'static str, bool, String)> = Vec::new();
    for (message, form) in on_it.iter().zip(forms) {
        let Form::Mote { x, y } = form else { continue };
        let (class, held) = (message.kind.class(), message.held.is_some());
        let known = paths.iter().position(|(of, is, _)| (*of, *is) == (class, held));
        let i = known.unwrap_or_else(|| {
            paths.push((class, held, String::new()));
            paths.len() - 1
        });
        let d = &mut paths[i].2;
        push_point(d, 'M', (*x, *y));
        d.push_str("h0");
    }
    let draw = |(class, held, d): (&'static str, bool, String)| {
        let key = format!("{class}{held}");
        html! { <path {key} class={classes!("motes", class, held.then_some("held"))} {d} /> }
    };
    paths.into_iter().map(draw).collect()
}

fn capsule(wire: &Wire, message: &MessageCard, form: Form) -> Option<Html> {
    // Without the set that `classes!` makes: there are many, in each frame.
    let class = |small| {
        let held = if message.held.is_some() { " held" } else { "" };
        format!("capsule {}{held}{small}", message.kind.class())
    };
    let key = message.id.to_string();
    Some(match form {
        Form::Mote { .. } => return None,
        Form::Dot { x, y, named } => {
            // On no card, and not under the tools.
            let (beside, below, anchor) = match () {
                () if wire.steep => ("-9", "4", "end"),
                () if wire.tools_below() => ("0", "-10", "middle"),
                () => ("0", "19", "middle"),
            };
            html! {
                <g {key} class={class(" small")} transform={at(x, y)}>
                    <circle r="5" />
                    if named { <text class="tiny" text-anchor={anchor} x={beside} y={below}>{ &*message.label }</text> }
                </g>
            }
        }
        Form::Capsule { x, y, label, width } => {
            let (text, arrow_at, arrow) = if wire.leads_on(&message.from) {
                (-4.0, width / 2.0 - 10.0, if wire.steep { "↓" } else { "›" })
            } else {
                (4.0, 10.0 - width / 2.0, if wire.steep { "↑" } else { "‹" })
            };
            html! {
                <g {key} class={class("")} transform={at(x, y)}>
                    <rect x={px(-width / 2.0)} y={px(-HALF)} width={px(width)} height="22" rx="11" />
                    <text x={px(text)} y="4" text-anchor="middle">{ label }</text>
                    <text class="dir" x={px(arrow_at)} y="4" text-anchor="middle">{ arrow }</text>
                </g>
            }
        }
    })
}

fn at(x: f64, y: f64) -> String {
    let mut text = String::from("translate");
    push_point(&mut text, '(', (x, y));
    text.push(')');
    text
}

/// On the link first, then beside it.
const LANES: [f64; 5] = [0.0, -25.0, 25.0, -50.0, 50.0];

fn is_free(x: f64, y: f64, width: f64, taken: &[(f64, f64, f64)]) -> bool {
    !taken.iter().any(|(tx, ty, tw)| (tx - x).abs() < (tw + width) / 2.0 + GAP && (ty - y).abs() < 23.0)
}

/// What was lost. Where much was lost in one place, as in a black hole, the rest is counted.
pub fn losses(view: &WorldView, wire: &Wire, layout: &Layout) -> Html {
    let mut drawn: Vec<(&LossCard, f64, f64, f64, usize)> = Vec::new();
    for loss in view.losses.iter().filter(|loss| wire.link.joins(&loss.from, &loss.to)) {
        let width = capsule_width(&wire.label(&loss.label));
        let (x, y) =
            wire.curve.at(wire.share(&loss.from, f64::from(loss.reached) / 1000.0, wire.half(width)));
        let x = within(x, width, layout);
        let taken: Vec<_> = drawn.iter().map(|(_, x, y, width, _)| (*x, *y, *width)).collect();
        let free = LANES[..2].iter().map(|lane| y + lane).find(|y| is_free(x, *y, width, &taken));
        match (free, drawn.last_mut()) {
            (None, Some(last)) => last.4 += 1,
            (y_free, _) => drawn.push((loss, x, y_free.unwrap_or(y), width, 0)),
        }
    }
    html! {
        <g key={format!("l{}-{}", wire.link.a, wire.link.b)}>
            { for drawn.into_iter().map(|(loss, x, y, width, more)| lost_capsule(wire, loss, (x, y, width), more)) }
        </g>
    }
}

fn lost_capsule(wire: &Wire, loss: &LossCard, (x, y, width): (f64, f64, f64), more: usize) -> Html {
    html! {
        <g key={loss.id.to_string()} class="capsule lost" transform={at(x, y)}>
            <rect x={px(-width / 2.0)} y={px(-HALF)} width={px(width)} height="22" rx="11" />
            <path d={format!("M{} -3.5l7 7m0 -7l-7 7", Px(8.0 - width / 2.0))} />
            <text x="7" y="4" text-anchor="middle">{ wire.label(&loss.label).into_owned() }</text>
            if more > 0 { <text class="more" x={px(width / 2.0 + 5.0)} y="4">{ format!("+{more}") }</text> }
        </g>
    }
}
