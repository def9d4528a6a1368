//! Wire: the bytes of one message beside what each of them means.
//!
//! The log keeps no bytes: a message is looked for in the world of the moment at which it was sent.

use std::rc::Rc;

use yew::prelude::*;

use super::why::sentence;
use crate::base::ByteCount;
use crate::narrate::{Locale, Stretch, stretches};
use crate::node::Content;
use crate::sim::{Carries, Message, MessageNote, WorldEventKind};
use crate::timeline::Timeline;
use crate::ui::chrome::transport::clock_text;
use crate::ui::platform::focus;
use crate::ui::px::decimal;
use crate::ui::snapshot::Kind;
use crate::ui::store::photo;
use crate::ui::store::{Act, Emit, Live, Ui};
use crate::ui::words::{Say, Word};

/// How many messages can be chosen from.
const LISTED: usize = 9;
/// How many events are looked through for messages.
const LOOK: usize = 3000;
/// How many bytes of a message are shown.
const BYTES_SHOWN: usize = 1200;
/// How many bytes stand in a line.
const LINE: usize = 8;

#[component]
pub fn Wire() -> Html {
    let emit = use_context::<Emit>().expect("inside the store");
    let ui = use_context::<Rc<Ui>>().expect("inside the store");
    let live = use_context::<Live>().expect("inside the store");
    let l = ui.locale;
    let engine = live.engine.borrow();
    let timeline = &engine.timeline;
    let sent = sent(timeline, ui.routine);
    let chosen = ui.wire.and_then(|id| sent_as(timeline, id)).or(sent.first().copied());
    let Some(chosen) = chosen else { return html! { <p class="soft">{ l.t(Word::WireEmpty) }</p> } };
    let message = photo::message_of(timeline, chosen);
    html! {
        <>
            <ol class="messages" aria-label={l.t(Word::Messages)}>
                { for sent.iter().filter_map(|number| line(timeline, *number, *number == chosen, l, &emit)) }
            </ol>
            if let Some(message) = &message { <Bytes key={message.id.0.to_string()} message={message.clone()} locale={l} /> }
        </>
    }
}

/// The newest messages that carry bytes, the newest first.
fn sent(timeline: &Timeline, routine: bool) -> Vec<usize> {
    let log = timeline.events();
    let carries = |number: &usize| {
        let kind = log.get(*number).map(|event| &event.kind);
        matches!(kind, Some(WorldEventKind::MessageSent(MessageNote { carries: Carries::Data { content }, .. }))
            if routine || !matches!(content, Content::Ack | Content::KeepAlive))
    };
    (0..timeline.visible()).rev().take(LOOK).filter(carries).take(LISTED).collect()
}

/// The event that sent a message.
fn sent_as(timeline: &Timeline, id: u64) -> Option<usize> {
    let log = timeline.events();
    let is = |number: &usize| matches!(log.get(*number).map(|e| &e.kind), Some(WorldEventKind::MessageSent(note)) if note.id.0 == id);
    // Also one that is recorded ahead.
    (0..(timeline.visible() + LOOK).min(log.len())).rev().take(2 * LOOK).find(is)
}

fn line(timeline: &Timeline, number: usize, here: bool, l: Locale, emit: &Emit) -> Option<Html> {
    let event = timeline.events().get(number)?;
    let WorldEventKind::MessageSent(note) = &event.kind else { return None };
    let Carries::Data { content } = note.carries else { return None };
    let id = note.id.0;
    let onclick = emit.reform(move |_: MouseEvent| Act::Wire(Some(id)));
    let (from, to) = (photo::name_of(timeline, note.from), photo::name_of(timeline, note.to));
    Some(html! {
        <li key={id.to_string()} class={kind(content).class()}>
            <button aria-pressed={here.to_string()} {onclick}>
                <i aria-hidden="true"></i>
                <span class="num faint">{ clock_text(event.at) }</span>
                <b class="num">{ format!("{from} → {to}") }</b>
                <span>{ word(content, l) }</span>
                <span class="num soft">{ format!("{} B", note.bytes) }</span>
            </button>
        </li>
    })
}

fn kind(content: Content) -> Kind {
    match content {
        Content::Stream { .. } => Kind::Stream,
        Content::Rdb { .. } => Kind::Rdb,
        Content::Question | Content::Answer => Kind::Question,
        Content::Ack | Content::KeepAlive => Kind::Ack,
        Content::Dialogue | Content::Handshake => Kind::Handshake,
    }
}

fn word(content: Content, l: Locale) -> &'static str {
    l.t(match content {
        Content::Stream { .. } => Word::WireStream,
        Content::Rdb { .. } => return "RDB",
        Content::Question => return "PSYNC",
        Content::Answer => Word::WireAnswer,
        Content::Ack => return "ACK",
        Content::KeepAlive => Word::WireNewline,
        Content::Handshake => Word::WireHandshake,
        Content::Dialogue => Word::WireDialogue,
    })
}

#[derive(PartialEq, Properties)]
struct BytesProps {
    message: Message,
    locale: Locale,
}

/// The bytes of a message beside what they mean, below a ruler. What is chosen on one side is lit on the other.
#[component]
fn Bytes(props: &BytesProps) -> Html {
    let l = props.locale;
    let message = &props.message;
    let lit = use_state_eq(|| None::<usize>);
    let content = message.content();
    let first = match content {
        Some(Content::Stream { first }) => Some(first.0),
        _ => None,
    };
    let all = use_memo(message.id, |_| {
        content.map(|content| stretches(content, &message.bytes)).unwrap_or_default()
    });
    let shown: Vec<&Stretch> = all.iter().take_while(|stretch| stretch.range.start < BYTES_SHOWN).collect();
    let more = message.bytes.len().saturating_sub(shown.last().map_or(0, |stretch| stretch.range.end));
    let base = first.unwrap_or(0);
    let row = |(i, stretch): (usize, &&Stretch)| {
        let here = *lit == Some(i);
        let choose = {
            let lit = lit.clone();
            move || lit.set(Some(i))
        };
        let (pointed, focused) = (choose.clone(), choose);
        let onkeydown = Callback::from(|event: KeyboardEvent| focus::move_in_rows(&event));
        // One row can be reached with Tab, the others with the arrow keys.
        let stop = if lit.unwrap_or(0) == i { "0" } else { "-1" };
        html! {
            <tr key={i} id={format!("stretch-{i}")} class={here.then_some("lit")} aria-selected={here.to_string()} tabindex={stop}
                onpointerover={move |_: PointerEvent| pointed()} onfocus={move |_: FocusEvent| focused()} {onkeydown}>
                <td role="gridcell" class="num faint">{ (base + stretch.range.start as i64).to_string() }</td>
                <td role="gridcell" class="num">{ hex(&message.bytes[stretch.range.clone()]) }</td>
                <td role="gridcell">{ sentence(&stretch.meaning.clone().sentence(l)) }</td>
            </tr>
        }
    };
    html! {
        <>
            { ruler(&shown, base, &lit, l) }
            <table class="hex" role="grid" aria-label={l.t(Word::Wire)}>
                <thead><tr><th scope="col">{ l.t(if first.is_some() { Word::Offset } else { Word::Position }) }</th><th scope="col">{ l.t(Word::BytesHead) }</th><th scope="col">{ l.t(Word::Meaning) }</th></tr></thead>
                <tbody>
                    { for shown.iter().enumerate().map(row) }
                </tbody>
            </table>
            if more > 0 { <p class="soft">{ l.f(Word::MoreBytes, &[&ByteCount(more as u64).to_string()]) }</p> }
        </>
    }
}

/// The message as a strip: a segment for each stretch, to scale, with the offsets of its ends and of what is lit.
fn ruler(shown: &[&Stretch], base: i64, lit: &UseStateHandle<Option<usize>>, l: Locale) -> Html {
    let length = shown.last().map_or(0, |stretch| stretch.range.end);
    if length == 0 {
        return html!();
    }
    let percent = |at: usize| decimal(at as f64 * 100.0 / length as f64, 2) + "%";
    let here = lit.and_then(|i| shown.get(i));
    let said = here.map(|stretch| {
        let (from, to) = (base + stretch.range.start as i64, base + stretch.range.end as i64 - 1);
        if from == to { from.to_string() } else { format!("{from} … {to}") }
    });
    html! {
        <div class="strip">
            <svg width="100%" height="18" aria-hidden="true">
                { for shown.iter().enumerate().map(|(i, stretch)| {
                    let lit_now = **lit == Some(i);
                    let choose = {
                        let lit = lit.clone();
                        Callback::from(move |_: PointerEvent| {
                            lit.set(Some(i));
                            focus::show(&format!("stretch-{i}"));
                        })
                    };
                    html! {
                        <rect key={i} class={classes!(if i % 2 == 0 { "even" } else { "odd" }, lit_now.then_some("lit"))} x={percent(stretch.range.start)} y="0"
                              width={percent(stretch.range.len())} height="18" onpointerdown={choose} />
                    }
                }) }
            </svg>
            <p class="num faint"><span>{ base.to_string() }</span><b>{ said.map(|said| l.f(Word::BytesLit, &[&said])) }</b><span>{ (base + length as i64 - 1).to_string() }</span></p>
        </div>
    }
}

fn hex(bytes: &[u8]) -> Html {
    const LINES_MAX: usize = 6;
    let lines: Vec<Html> = bytes
        .chunks(LINE)
        .take(LINES_MAX)
        .enumerate()
        .map(|(i, line)| {
            let text: Vec<String> = line.iter().map(|byte| format!("{byte:02x}")).collect();
            html! { <span key={i} class="hex-line">{ text.join(" ") }</span> }
        })
        .collect();
    html! { <>{ for lines.into_iter() }{ if bytes.len() > LINE * LINES_MAX { "…" } else { "" } }</> }
}
