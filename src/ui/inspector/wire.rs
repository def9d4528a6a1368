//! Wire: the bytes of one message beside what each of them means.
//!
//! The log keeps no bytes: a message is looked for in the world of the moment at which it was sent.

use std::rc::Rc;

use yew::prelude::*;

use super::why::sentence;
use crate::base::ByteCount;
use crate::narrate::{Arg, Locale, rdb_meaning, resp_meaning};
use crate::node::Content;
use crate::resp::annotate::{Flow, What, annotate};
use crate::sim::{Carries, Message, MessageNote, WorldEventKind};
use crate::timeline::Timeline;
use crate::ui::chrome::transport::clock_text;
use crate::ui::snapshot::Kind;
use crate::ui::store::photo;
use crate::ui::store::{Act, Emit, Live, Ui};
use crate::ui::words::{Say, Word};

/// How many messages can be chosen from.
const LISTED: usize = 9;
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
    let message = message(timeline, chosen);
    html! {
        <>
            <ol class="messages" aria-label={l.t(Word::Messages)}>
                { for sent.iter().filter_map(|number| line(timeline, *number, *number == chosen, &emit)) }
            </ol>
            if let Some(message) = message { { bytes(&message, l) } }
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
    (0..timeline.visible()).rev().take(3000).filter(carries).take(LISTED).collect()
}

/// The event that sent a message.
fn sent_as(timeline: &Timeline, id: u64) -> Option<usize> {
    let log = timeline.events();
    let is = |number: &usize| matches!(log.get(*number).map(|e| &e.kind), Some(WorldEventKind::MessageSent(note)) if note.id.0 == id);
    (0..timeline.visible()).rev().take(3000).find(is)
}

/// The message that an event sent, with its bytes.
fn message(timeline: &Timeline, number: usize) -> Option<Message> {
    let WorldEventKind::MessageSent(note) = &timeline.events().get(number)?.kind else { return None };
    let find =
        |timeline: &Timeline| timeline.world().in_flight().find(|message| message.id == note.id).cloned();
    find(timeline).or_else(|| {
        let mut then = timeline.clone();
        then.seek(timeline.moment_of(number));
        find(&then)
    })
}

fn line(timeline: &Timeline, number: usize, here: bool, emit: &Emit) -> Option<Html> {
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
                <span>{ word(content) }</span>
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

fn word(content: Content) -> &'static str {
    match content {
        Content::Stream { .. } => "stream",
        Content::Rdb { .. } => "RDB",
        Content::Question => "PSYNC",
        Content::Answer => "answer",
        Content::Ack => "ACK",
        Content::KeepAlive => "newline",
        Content::Handshake => "handshake",
        Content::Dialogue => "dialogue",
    }
}

/// One stretch of bytes with its meaning.
struct Stretch {
    from: usize,
    to: usize,
    meaning: Arg,
}

/// What the bytes of a message mean; the stretches tile it.
fn stretches(message: &Message) -> Vec<Stretch> {
    let Some(content) = message.content() else { return Vec::new() };
    let data = &message.bytes;
    let flow = match content {
        Content::Question | Content::Ack => Flow::Requests,
        Content::Handshake
            if data.first().is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'*') =>
        {
            Flow::Requests
        }
        _ => Flow::FromMaster,
    };
    if let Content::Rdb { .. } = content
        && data.starts_with(b"REDIS")
    {
        return rdb_stretches(data, 0);
    }
    let mut found = Vec::new();
    for note in annotate(data, flow) {
        if matches!(note.what, What::Rdb) && data[note.range.clone()].starts_with(b"REDIS") {
            found.extend(rdb_stretches(&data[note.range.clone()], note.range.start));
        } else {
            found.push(Stretch {
                from: note.range.start,
                to: note.range.end,
                meaning: resp_meaning(&note.what),
            });
        }
    }
    found
}

fn rdb_stretches(data: &[u8], at: usize) -> Vec<Stretch> {
    let notes = crate::rdb::annotate(data);
    notes
        .into_iter()
        .map(|note| Stretch {
            from: at + note.range.start,
            to: at + note.range.end,
            meaning: rdb_meaning(&note.what),
        })
        .collect()
}

fn bytes(message: &Message, l: Locale) -> Html {
    let first = match message.content() {
        Some(Content::Stream { first }) => Some(first.0),
        _ => None,
    };
    let stretches = stretches(message);
    let more = message.bytes.len().saturating_sub(BYTES_SHOWN);
    html! {
        <table class="hex" aria-label={l.t(Word::Wire)}>
            <thead><tr><th scope="col">{ l.t(if first.is_some() { Word::Offset } else { Word::Position }) }</th><th scope="col">{ l.t(Word::BytesHead) }</th><th scope="col">{ l.t(Word::Meaning) }</th></tr></thead>
            <tbody>
                { for stretches.iter().take_while(|stretch| stretch.from < BYTES_SHOWN).map(|stretch| {
                    let at = first.unwrap_or(0) + stretch.from as i64;
                    let chunk = &message.bytes[stretch.from..stretch.to];
                    html! {
                        <tr key={stretch.from}>
                            <td class="num faint">{ at.to_string() }</td>
                            <td class="num">{ hex(chunk) }</td>
                            <td>{ sentence(&stretch.meaning.clone().sentence(l)) }</td>
                        </tr>
                    }
                }) }
                if more > 0 { <tr key="more"><td></td><td colspan="2" class="soft">{ l.f(Word::MoreBytes, &[&ByteCount(more as u64).to_string()]) }</td></tr> }
            </tbody>
        </table>
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
