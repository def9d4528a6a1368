//! State: what a node says of itself, and how its data differ from another node's.

use std::rc::Rc;

use yew::prelude::*;

use crate::sim::{Input, TranscriptKind};
use crate::ui::snapshot::NodeCard;
use crate::ui::store::engine::Engine;
use crate::ui::store::photo;
use crate::ui::store::{Act, Emit, Live, Ui, Viewed};
use crate::ui::words::{Locale, Say, Word};

/// How many differing keys are listed.
const LISTED: usize = 40;

#[component]
pub fn State() -> Html {
    let emit = use_context::<Emit>().expect("inside the store");
    let ui = use_context::<Rc<Ui>>().expect("inside the store");
    let live = use_context::<Live>().expect("inside the store");
    let view = use_context::<Viewed>().expect("inside the store").0;
    let l = ui.locale;
    let shown = ui.selected.as_deref().and_then(|name| view.node(name)).or(view.nodes.first());
    let Some(card) = shown else { return html!() };
    let engine = live.engine.borrow();
    let info = info(&engine, &card.name);
    html! {
        <>
            <div class="choices wide" role="group" aria-label={l.t(Word::Nodes)}>
                { for view.nodes.iter().map(|other| {
                    let name = other.name.clone();
                    let onclick = emit.reform(move |_: MouseEvent| Act::Select(name.clone()));
                    html! { <button key={other.name.to_string()} class="choice" aria-pressed={(other.name == card.name).to_string()} {onclick}>{ &*other.name }</button> }
                }) }
            </div>
            <h2>{ "INFO replication" }</h2>
            {
                match info {
                    Some(lines) => html! {
                        <table class="info" aria-label={format!("INFO replication, {}", card.name)}><tbody>
                            { for lines.iter().map(|(field, value)| html! { <tr key={field.clone()}><th scope="row">{ field }</th><td>{ value }</td></tr> }) }
                        </tbody></table>
                    },
                    None => html! { <p class="soft">{ l.f(Word::NotConnected, &[&card.name]) }</p> },
                }
            }
            { for view.nodes.iter().filter(|other| other.name != card.name && other.is_up() && card.is_up()).map(|other| differences(&engine, card, other, l)) }
        </>
    }
}

/// What `INFO replication` prints at this moment. Asked of a copy of the world, so that asking leaves no trace.
fn info(engine: &Engine, name: &Rc<str>) -> Option<Vec<(String, String)>> {
    let mut copy = engine.timeline.world().clone();
    copy.apply(&Input::Type { node: name.clone(), line: "INFO replication".into() }).ok()?;
    let entry = copy.node_named(name)?;
    let TranscriptKind::Reply { text, error: false } = &entry.terminal().lines().last()?.kind else {
        return None;
    };
    let fields = text.lines().filter_map(|line| line.trim().split_once(':'));
    Some(fields.map(|(field, value)| (field.to_owned(), value.to_owned())).collect())
}

fn differences(engine: &Engine, card: &NodeCard, other: &NodeCard, l: Locale) -> Html {
    let mine = photo::all_rows(&engine.timeline, &card.name);
    let theirs = photo::all_rows(&engine.timeline, &other.name);
    let mut keys: Vec<&(u32, String)> = mine.keys().chain(theirs.keys()).collect();
    keys.sort();
    keys.dedup();
    let differing: Vec<_> = keys.into_iter().filter(|key| mine.get(*key) != theirs.get(*key)).collect();
    let heading = l.f(Word::DataBeside, &[&card.name, &other.name]);
    html! {
        <section class="diff" key={other.name.to_string()}>
            <h3>{ heading.clone() }</h3>
            if differing.is_empty() {
                <p class="same">{ l.t(Word::SameData) }</p>
            } else {
                <table aria-label={heading}>
                    <thead><tr><th scope="col">{ l.t(Word::Key) }</th><th scope="col">{ &*card.name }</th><th scope="col">{ &*other.name }</th></tr></thead>
                    <tbody>{ for differing.iter().take(LISTED).map(|key| html! {
                        <tr key={format!("{}:{}", key.0, key.1)}>
                            <th scope="row">{ &key.1 }</th>
                            <td>{ mine.get(*key).cloned().unwrap_or_else(|| "—".into()) }</td>
                            <td>{ theirs.get(*key).cloned().unwrap_or_else(|| "—".into()) }</td>
                        </tr>
                    }) }</tbody>
                </table>
            }
        </section>
    }
}
