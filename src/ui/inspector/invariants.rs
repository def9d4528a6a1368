//! Invariants: what is claimed of replication, checked at this moment, with the numbers.
//!
//! The claims are looked at here as they stand now; the world's own checkers look after every event.

use std::rc::Rc;

use yew::prelude::*;

use crate::base::{Offset, ReplId};
use crate::node::link::LinkState;
use crate::ui::chrome::icon::{Icon, icon};
use crate::ui::snapshot::WorldView;
use crate::ui::store::engine::Engine;
use crate::ui::store::{Live, Ui, Viewed};
use crate::ui::words::{Locale, Say, Word};

/// How one case of a claim stands.
struct Case {
    /// `None`: there is nothing to compare.
    holds: Option<bool>,
    text: String,
}

#[component]
pub fn Invariants() -> Html {
    let ui = use_context::<Rc<Ui>>().expect("inside the store");
    let live = use_context::<Live>().expect("inside the store");
    let view = use_context::<Viewed>().expect("inside the store").0;
    let l = ui.locale;
    let engine = live.engine.borrow();
    html! {
        <>
            { claim(Word::ClaimEqual, Word::ClaimEqualNote, equal_offsets(&engine, l), l) }
            { claim(Word::ClaimBehind, Word::ClaimBehindNote, never_ahead(&view, l), l) }
            { claim(Word::ClaimBacklog, Word::ClaimBacklogNote, backlog_ends(&view), l) }
            { claim(Word::ClaimNumbers, Word::ClaimNumbersNote, equal_numbers(&engine, l), l) }
        </>
    }
}

fn claim(title: Word, note: Word, cases: Vec<Case>, l: Locale) -> Html {
    let holds = match cases.iter().map(|case| case.holds).collect::<Vec<_>>() {
        all if all.contains(&Some(false)) => Some(false),
        all if all.contains(&Some(true)) => Some(true),
        _ => None,
    };
    let (class, sign, word) = shown(holds);
    html! {
        <section class={classes!("claim", class)} data-holds={holds.map_or("none".to_owned(), |holds| holds.to_string())}>
            <h3><span class="answer" aria-hidden="true">{ icon(sign) }</span><span>{ l.t(title) }</span><b>{ l.t(word) }</b></h3>
            <p class="soft">{ l.t(note) }</p>
            <ul>{ for cases.iter().enumerate().map(|(i, case)| {
                let (class, sign, word) = shown(case.holds);
                html! { <li key={i} {class}><span class="answer" role="img" aria-label={l.t(word)}>{ icon(sign) }</span><span class="num">{ &case.text }</span></li> }
            }) }</ul>
        </section>
    }
}

fn shown(holds: Option<bool>) -> (&'static str, Icon, Word) {
    match holds {
        Some(true) => ("yes", Icon::Check, Word::Holds),
        Some(false) => ("no", Icon::Cross, Word::Broken),
        None => ("skipped", Icon::Arrow, Word::NothingToCompare),
    }
}

type Place = (Rc<str>, ReplId, Offset, String);

/// Where the data of each node stand: history, offset and fingerprint.
fn places(engine: &Engine) -> Vec<Place> {
    let entries = engine.timeline.world().nodes();
    entries
        .filter_map(|entry| {
            let node = entry.node.as_ref()?;
            let (id, offset) = node.position()?;
            let digest = crate::keyspace::hex(&node.keyspace().digest());
            Some((entry.name.clone(), id, offset, digest))
        })
        .collect()
}

fn pairs(engine: &Engine) -> Vec<(Place, Place)> {
    let places = places(engine);
    let mut pairs = Vec::new();
    for (i, one) in places.iter().enumerate() {
        pairs.extend(places[i + 1..].iter().map(|other| (one.clone(), other.clone())));
    }
    pairs
}

/// Same history, same offset: same data.
fn equal_offsets(engine: &Engine, l: Locale) -> Vec<Case> {
    let same = |(a, b): &(Place, Place)| a.1 == b.1;
    let case = |(a, b): (Place, Place)| {
        if a.2 != b.2 {
            let text = l.f(Word::CaseLag, &[&a.0, &a.2.to_string(), &b.0, &b.2.to_string()]);
            return Case { holds: None, text };
        }
        let text = format!(
            "{} {} = {} {} · {}… {} {}…",
            a.0,
            a.2,
            b.0,
            b.2,
            &a.3[..8],
            if a.3 == b.3 { "=" } else { "≠" },
            &b.3[..8]
        );
        Case { holds: Some(a.3 == b.3), text }
    };
    pairs(engine).into_iter().filter(same).map(case).collect()
}

/// The same without asking for the history, as it is often said. It does not hold.
fn equal_numbers(engine: &Engine, l: Locale) -> Vec<Case> {
    let numbers = |(a, b): &(Place, Place)| a.2 == b.2 && a.1 != b.1;
    let case = |(a, b): (Place, Place)| Case {
        holds: Some(a.3 == b.3),
        text: l.f(Word::CaseHistories, &[&a.0, &b.0, &a.2.to_string(), &a.1.short(), &b.1.short()]),
    };
    pairs(engine).into_iter().filter(numbers).map(case).collect()
}

/// A replica has applied at most what its master has written.
fn never_ahead(view: &WorldView, l: Locale) -> Vec<Case> {
    let connected = view.nodes.iter().filter_map(|card| {
        let master = card.view.master.as_ref().filter(|master| master.link == LinkState::Connected)?;
        let (applied, written) = (master.applied?, view.node(&master.host)?.offset()?);
        Some(Case {
            holds: Some(applied <= written),
            text: l
                .f(Word::CaseBehind, &[&card.name, &applied.to_string(), &master.host, &written.to_string()]),
        })
    });
    connected.collect()
}

/// The backlog ends where the stream ends.
fn backlog_ends(view: &WorldView) -> Vec<Case> {
    let kept = view.nodes.iter().filter_map(|card| {
        let (backlog, offset) = (card.view.backlog.as_ref()?, card.view.offset?);
        let end = backlog.first.0 + backlog.length.0 as i64;
        Some(Case {
            holds: Some(end == offset.0 + 1),
            text: format!("{}: {} + {} = {} + 1", card.name, backlog.first, backlog.length, offset),
        })
    });
    kept.collect()
}
