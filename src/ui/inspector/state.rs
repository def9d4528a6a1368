//! State: what a node says of itself, and how its data differ from another node's and from an earlier moment's.

use std::rc::Rc;

use web_sys::HtmlSelectElement;
use yew::prelude::*;

use crate::base::{Blob, Set, UnixMs, printable};
use crate::keyspace::{Difference, Part, Unlike, Value, differences};
use crate::scenario::Moment;
use crate::sim::{Input, TranscriptKind, World};
use crate::ui::chrome::transport::clock_text;
use crate::ui::snapshot::NodeCard;
use crate::ui::store::engine::Engine;
use crate::ui::store::{Act, Emit, Live, Ui, photo};
use crate::ui::words::{Locale, Say, Word};

/// How many differences are listed.
const LISTED: usize = 60;
/// How many milestones can be gone back to.
const MILESTONES: usize = 12;
/// How much of a text is shown.
const LONG: usize = 40;

#[component]
pub fn State() -> Html {
    let emit = use_context::<Emit>().expect("inside the store");
    let ui = use_context::<Rc<Ui>>().expect("inside the store");
    let live = use_context::<Live>().expect("inside the store");
    let view = live.view.clone();
    let l = ui.locale;
    let shown = ui.selected.as_deref().and_then(|name| view.node(name)).or(view.nodes.first());
    let Some(card) = shown else { return html!() };
    let engine = live.engine.borrow();
    let world = engine.timeline.world();
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
                match info(world, &card.name) {
                    Some(lines) => html! {
                        <table class="info" aria-label={format!("INFO replication, {}", card.name)}><tbody>
                            { for lines.iter().map(|(field, value)| html! { <tr key={field.clone()}><th scope="row">{ for field.split_inclusive('_').map(|part| html! { <>{ part.to_owned() }<wbr /></> }) }</th><td>{ value }</td></tr> }) }
                        </tbody></table>
                    },
                    None => html! { <p class="soft">{ l.f(Word::NotConnected, &[&card.name]) }</p> },
                }
            }
            { for view.nodes.iter().filter(|other| other.name != card.name && other.is_up() && card.is_up()).map(|other| beside(world, card, other, l)) }
            <Earlier name={card.name.clone()} />
        </>
    }
}

/// What `INFO replication` prints at this moment. Asked of a copy of the world, so that asking leaves no trace.
fn info(world: &World, name: &Rc<str>) -> Option<Vec<(String, String)>> {
    let mut copy = world.clone();
    copy.apply(&Input::Type { node: name.clone(), line: "INFO replication".into() }).ok()?;
    let entry = copy.node_named(name)?;
    let TranscriptKind::Reply { text, error: false } = &entry.terminal().lines().last()?.kind else {
        return None;
    };
    let fields = text.lines().filter_map(|line| line.trim().split_once(':'));
    Some(fields.map(|(field, value)| (field.to_owned(), value.to_owned())).collect())
}

fn beside(world: &World, card: &NodeCard, other: &NodeCard, l: Locale) -> Html {
    let heading = l.f(Word::DataBeside, &[&card.name, &other.name]);
    let node = |name: &str| world.node_named(name).and_then(|entry| entry.node.as_ref());
    let (Some(mine), Some(theirs)) = (node(&card.name), node(&other.name)) else { return html!() };
    let (found, more) = differences(mine.keyspace(), theirs.keyspace(), LISTED);
    html! {
        <section class="diff" key={other.name.to_string()}>
            <h3>{ heading.clone() }</h3>
            { table(&heading, [&card.name, &other.name], rows(&found, l), more, l.t(Word::SameData), l) }
        </section>
    }
}

fn table(label: &str, heads: [&str; 2], rows: Vec<[String; 3]>, more: usize, same: &str, l: Locale) -> Html {
    if rows.is_empty() {
        return html! { <p class="same">{ same.to_owned() }</p> };
    }
    html! {
        <>
            <table aria-label={label.to_owned()}>
                <thead><tr><th scope="col">{ l.t(Word::Key) }</th><th scope="col">{ heads[0].to_owned() }</th><th scope="col">{ heads[1].to_owned() }</th></tr></thead>
                <tbody>{ for rows.into_iter().enumerate().map(|(i, [key, left, right])| html! {
                    <tr key={i}><th scope="row">{ key }</th><td>{ left }</td><td>{ right }</td></tr>
                }) }</tbody>
            </table>
            if more > 0 { <p class="soft">{ l.f(Word::MoreDifferences, &[&more.to_string()]) }</p> }
        </>
    }
}

// -- an earlier moment -----------------------------------------------------------------------------------------

/// What a node was compared with, among the moments to choose from.
#[derive(Clone, Copy, PartialEq)]
enum Since {
    /// The milestone before this moment, whichever it is.
    Previous,
    Beginning,
    At(Moment),
}

#[derive(PartialEq, Properties)]
struct EarlierProps {
    name: Rc<str>,
}

#[component]
fn Earlier(props: &EarlierProps) -> Html {
    let ui = use_context::<Rc<Ui>>().expect("inside the store");
    let live = use_context::<Live>().expect("inside the store");
    let since = use_state_eq(|| Since::Previous);
    let l = ui.locale;
    let engine = live.engine.borrow();
    let milestones = milestones(&engine, l);
    let now = engine.timeline.moment();
    let beginning = engine.timeline.beginning().min(now);
    let then = match *since {
        Since::Previous => milestones.first().map_or(beginning, |(moment, _)| *moment),
        Since::Beginning => beginning,
        Since::At(moment) => moment.min(now),
    };
    let branch = engine.timeline.current_branch();
    let world = use_memo((then, branch), |(then, _)| {
        let mut timeline = engine.timeline.clone();
        timeline.seek(*then);
        timeline.world().clone()
    });
    let onchange = {
        let (since, moments) =
            (since.clone(), milestones.iter().map(|(moment, _)| *moment).collect::<Vec<_>>());
        Callback::from(move |event: Event| {
            let chosen = event.target_unchecked_into::<HtmlSelectElement>().selected_index();
            since.set(match chosen {
                0 => Since::Previous,
                1 => Since::Beginning,
                i => moments.get(i as usize - 2).map_or(Since::Previous, |moment| Since::At(*moment)),
            });
        })
    };
    let chosen = |here: Since| (*since == here).then_some("selected");
    let times = [clock_text(then.at), clock_text(now.at)];
    let heads = [times[0].as_str(), times[1].as_str()];
    html! {
        <section class="diff earlier">
            <h3><label for="earlier">{ l.f(Word::EarlierThan, &[&props.name]) }</label></h3>
            <select id="earlier" {onchange}>
                <option selected={chosen(Since::Previous).is_some()}>{ l.t(Word::PreviousMilestone) }</option>
                <option selected={chosen(Since::Beginning).is_some()}>{ l.t(Word::TheBeginning) }</option>
                { for milestones.iter().map(|(moment, title)| html! {
                    <option key={format!("{}-{}", moment.at.0, moment.inputs)} selected={chosen(Since::At(*moment)).is_some()}>{ format!("{} · {title}", clock_text(moment.at)) }</option>
                }) }
            </select>
            { changed(&world, engine.timeline.world(), &props.name, heads, l) }
        </section>
    }
}

/// The milestones before this moment, the newest first.
fn milestones(engine: &Engine, l: Locale) -> Vec<(Moment, &'static str)> {
    let timeline = &engine.timeline;
    let now = timeline.moment();
    let mut found: Vec<(Moment, &'static str)> = Vec::new();
    for number in timeline.events().milestones(0..timeline.visible()).rev() {
        let moment = timeline.moment_of(number);
        // Several may belong to one moment; the last one names it.
        if moment >= now || found.last().is_some_and(|(last, _)| *last == moment) {
            continue;
        }
        let Some(entry) = engine.event(number) else { continue };
        found.push((moment, entry.told.title(l)));
        if found.len() == MILESTONES {
            break;
        }
    }
    found
}

fn changed(then: &World, now: &World, name: &Rc<str>, heads: [&str; 2], l: Locale) -> Html {
    let node = |world: &'_ World| world.node_named(name).and_then(|entry| entry.node.clone());
    let (Some(before), Some(after)) = (node(then), node(now)) else {
        return html! { <p class="soft">{ l.f(Word::WasNotThere, &[name]) }</p> };
    };
    let (found, more) = differences(before.keyspace(), after.keyspace(), LISTED);
    let fields = |world| info(world, name).unwrap_or_default();
    let (old, new) = (fields(then), fields(now));
    let value = |of: &[(String, String)], field: &str| {
        of.iter().find(|(known, _)| known == field).map_or_else(|| "—".into(), |(_, value)| value.clone())
    };
    let mut names: Vec<&String> = new.iter().chain(&old).map(|(field, _)| field).collect();
    let mut seen = Set::new();
    names.retain(|field| seen.insert(*field));
    let said: Vec<[String; 3]> = names
        .into_iter()
        .map(|field| [field.clone(), value(&old, field), value(&new, field)])
        .filter(|[_, left, right]| left != right)
        .collect();
    html! {
        <>
            { table(l.t(Word::DataThenNow), heads, rows(&found, l), more, l.t(Word::SameDataThen), l) }
            { table(l.t(Word::InfoThenNow), heads, said, 0, l.t(Word::SameInfoThen), l) }
        </>
    }
}

// -- differences as text ---------------------------------------------------------------------------------------

fn rows(found: &[Difference], l: Locale) -> Vec<[String; 3]> {
    found.iter().map(|difference| row(difference, l)).collect()
}

fn row(difference: &Difference, l: Locale) -> [String; 3] {
    let key = printable(difference.key, 24);
    let key = if difference.db == 0 { key } else { format!("{}:{key}", difference.db) };
    match &difference.what {
        Unlike::Value(Some(Value::String(left)), Some(Value::String(right))) => {
            let [left, right] = where_they_part(&left.bytes, &right.bytes);
            [key, left, right]
        }
        Unlike::Value(left, right) => {
            let text = |value: &Option<&Value>| value.map_or_else(|| "—".into(), photo::preview);
            [key, text(left), text(right)]
        }
        Unlike::Part { part, left, right } => {
            let name = match part {
                Part::Element(at) => format!("{key}[{at}]"),
                Part::Member(name) | Part::Field(name) => format!("{key}[{}]", printable(name, 24)),
            };
            let text = |value: &Option<Blob>| match value {
                Some(value) if value.is_empty() => "✓".into(),
                Some(value) => printable(value, LONG),
                None => "—".into(),
            };
            [name, text(left), text(right)]
        }
        Unlike::Expiry(left, right) => {
            let text = |at: &Option<UnixMs>| at.map_or_else(|| "—".into(), |at| at.0.to_string());
            [format!("{key} {}", l.t(Word::ExpiresAt)), text(left), text(right)]
        }
    }
}

/// Two texts from a little before the first byte in which they differ.
fn where_they_part(left: &[u8], right: &[u8]) -> [String; 2] {
    const BEFORE: usize = 8;
    let at = left.iter().zip(right).take_while(|(a, b)| a == b).count();
    let from = if left.len().max(right.len()) > LONG { at.saturating_sub(BEFORE) } else { 0 };
    let text = |bytes: &[u8]| {
        let dots = if from > 0 { "…" } else { "" };
        format!("\"{dots}{}\"", printable(bytes.get(from..).unwrap_or(b""), LONG))
    };
    [text(left), text(right)]
}

#[cfg(test)]
mod tests {
    use super::where_they_part;

    #[test]
    fn long_texts_are_shown_from_where_they_part() {
        let long = "x".repeat(100);
        let [left, right] = where_they_part(format!("{long}a").as_bytes(), format!("{long}b").as_bytes());
        assert_eq!((left.as_str(), right.as_str()), ("\"…xxxxxxxxa\"", "\"…xxxxxxxxb\""));
        assert_eq!(where_they_part(b"1", b"22"), ["\"1\"", "\"22\""]);
    }
}
