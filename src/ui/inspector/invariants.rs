//! Invariants: what is claimed of replication, how often it was checked up to this moment, and what broke it.
//!
//! The verdicts are those of the world's own checkers, sent along the recording as far as the moment. Below them
//! stands what people often say instead, with the cases in which it is not so.

use std::rc::Rc;

use yew::prelude::*;

use crate::narrate::claim;
use crate::node::link::LinkState;
use crate::sim::{Claim, ClaimId, ClaimState, Kinship, Pair};
use crate::ui::chrome::icon::{Icon, icon};
use crate::ui::chrome::transport::clock_text;
use crate::ui::platform::frame::use_animation_frame;
use crate::ui::snapshot::WorldView;
use crate::ui::store::engine::Engine;
use crate::ui::store::{Live, Ui};
use crate::ui::words::{Locale, Say, Word};

/// How many instants are checked between two frames.
const SLICE: usize = 150;

#[component]
pub fn Invariants() -> Html {
    let ui = use_context::<Rc<Ui>>().expect("inside the store");
    let live = use_context::<Live>().expect("inside the store");
    let view = live.view.clone();
    let again = use_force_update();
    let l = ui.locale;
    let engine = live.engine.borrow();
    let audit = engine.audit(SLICE);
    let on_frame = use_callback((), move |_: f64, ()| again.force_update());
    use_animation_frame(!audit.done, on_frame);
    let pairs = engine.timeline.world().pairs();
    html! {
        <>
            if !audit.done {
                <p class="soft" role="status">{ l.f(Word::Checking, &[&clock_text(audit.at), &clock_text(engine.now())]) }</p>
            }
            { for audit.claims.iter().map(|claim| checked(claim, now(claim.id, &engine, &pairs, &view, l), &engine, l)) }
            { often_said(&engine, &pairs, l) }
        </>
    }
}

/// How something stands: it holds, it does not, or there is nothing to compare.
fn shown(holds: Option<bool>) -> (&'static str, Icon, Word) {
    match holds {
        Some(true) => ("yes", Icon::Check, Word::Holds),
        Some(false) => ("no", Icon::Cross, Word::Broken),
        None => ("skipped", Icon::Arrow, Word::NothingToCompare),
    }
}

fn checked(claimed: &Claim, now: Vec<String>, engine: &Engine, l: Locale) -> Html {
    let (name, what) = claim(claimed.id);
    let holds = match claimed.state {
        ClaimState::NotApplicable => None,
        ClaimState::Holds { .. } => Some(true),
        ClaimState::Broken { .. } => Some(false),
    };
    let (class, sign, word) = shown(holds);
    html! {
        <section class={classes!("claim", class)} data-claim={format!("{:?}", claimed.id)} data-holds={holds.map_or("none".to_owned(), |holds| holds.to_string())}>
            <h3><span class="answer" aria-hidden="true">{ icon(sign) }</span><span>{ name.text(l) }</span><b>{ l.t(word) }</b></h3>
            <p class="soft">{ super::why::sentence(&what.fill(l, &[])) }</p>
            {
                match &claimed.state {
                    ClaimState::NotApplicable => html!(),
                    ClaimState::Holds { checked } => html! { <p class="num faint count">{ l.f(Word::CheckedTimes, &[&checked.to_string()]) }</p> },
                    ClaimState::Broken { at, node, reason } => html! {
                        <p class="wrong">{ l.f(Word::BrokenAt, &[&engine.name(*node), &clock_text(*at)]) }<code>{ &**reason }</code></p>
                    },
                }
            }
            <ul>{ for now.into_iter().enumerate().map(|(i, text)| html! { <li key={i}><span class="num">{ text }</span></li> }) }</ul>
        </section>
    }
}

/// The numbers of this moment that a claim speaks of.
fn now(id: ClaimId, engine: &Engine, pairs: &[Pair], view: &WorldView, l: Locale) -> Vec<String> {
    match id {
        ClaimId::EqualOffsetsEqualData => {
            let same = pairs.iter().filter(|pair| matches!(pair.kinship, Kinship::Same(_)));
            same.map(|pair| beside(pair, engine, l)).collect()
        }
        ClaimId::ReplicaBehindMaster => {
            let connected = view.nodes.iter().filter_map(|card| {
                let master =
                    card.view.master.as_ref().filter(|master| master.link == LinkState::Connected)?;
                let (applied, written) = (master.applied?, view.node(&master.host)?.offset()?);
                Some(format!("{} {applied} ≤ {} {written}", card.name, master.host))
            });
            connected.collect()
        }
        ClaimId::BacklogArithmetic => {
            let kept = view.nodes.iter().filter_map(|card| {
                let (backlog, offset) = (card.view.backlog.as_ref()?, card.view.offset?);
                Some(format!("{}: {} + {} = {offset} + 1", card.name, backlog.first, backlog.length.0))
            });
            kept.collect()
        }
        ClaimId::StreamUnbroken | ClaimId::OffsetsGrow | ClaimId::LegalStates => Vec::new(),
    }
}

/// `a 116 = b 116`, or how far they are apart.
fn beside(pair: &Pair, engine: &Engine, l: Locale) -> String {
    let [a, b] = pair.nodes.map(|id| engine.name(id));
    let [x, y] = pair.offsets.map(|offset| offset.to_string());
    if x == y { format!("{a} {x} = {b} {y}") } else { l.f(Word::CaseLag, &[&a, &x, &b, &y]) }
}

// -- what is often said ----------------------------------------------------------------------------------------

/// Why equal numbers may not mean equal data, or unequal ones not unequal data.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Limit {
    Histories,
    OwnData,
    Uncounted,
    Reverse,
}

const LIMITS: [(Limit, Word); 4] = [
    (Limit::Histories, Word::LimitHistories),
    (Limit::OwnData, Word::LimitOwnData),
    (Limit::Uncounted, Word::LimitUncounted),
    (Limit::Reverse, Word::LimitReverse),
];

/// A pair of which the saying speaks: whether it is so, and which limit it meets.
struct Case {
    holds: bool,
    limit: Option<Limit>,
    text: String,
}

fn case(pair: &Pair, engine: &Engine, l: Locale) -> Option<Case> {
    let same_data = pair.same_data?;
    let [a, b] = pair.nodes.map(|id| engine.name(id));
    let equal = pair.offsets[0] == pair.offsets[1];
    let limit = match pair.kinship {
        Kinship::Same(_) => None,
        Kinship::Two(_) => Some(Limit::Histories),
        Kinship::OwnData(_) => Some(Limit::OwnData),
        Kinship::Uncounted(_) => Some(Limit::Uncounted),
    };
    if !equal {
        // Only what belongs together is said to differ with its offset.
        return (limit.is_none() && same_data).then(|| Case {
            holds: false,
            limit: Some(Limit::Reverse),
            text: l
                .f(Word::CaseReverse, &[&a, &b, &pair.offsets[0].to_string(), &pair.offsets[1].to_string()]),
        });
    }
    let word = if same_data { Word::CaseEqual } else { Word::CaseUnequal };
    let text = l.f(word, &[&a, &b, &pair.offsets[0].to_string()]);
    Some(Case { holds: same_data, limit, text })
}

fn often_said(engine: &Engine, pairs: &[Pair], l: Locale) -> Html {
    let cases: Vec<Case> = pairs.iter().filter_map(|pair| case(pair, engine, l)).collect();
    let holds = match () {
        () if cases.iter().any(|case| !case.holds) => Some(false),
        () if cases.is_empty() => None,
        () => Some(true),
    };
    let (class, sign, word) = shown(holds);
    // It may well be so here; it is no law.
    let word = if holds == Some(true) { Word::HoldsHere } else { word };
    let met = |limit: Limit| cases.iter().any(|case| !case.holds && case.limit == Some(limit));
    html! {
        <section class={classes!("claim", "said", class)} data-claim="OftenSaid" data-holds={holds.map_or("none".to_owned(), |holds| holds.to_string())}>
            <h3><span class="answer" aria-hidden="true">{ icon(sign) }</span><span>{ l.t(Word::ClaimNumbers) }</span><b>{ l.t(word) }</b></h3>
            <p class="soft">{ l.t(Word::ClaimNumbersNote) }</p>
            <ul>{ for cases.iter().enumerate().map(|(i, case)| {
                let (class, sign, word) = shown(Some(case.holds));
                html! { <li key={i} {class}><span class="answer" role="img" aria-label={l.t(word)}>{ icon(sign) }</span><span class="num">{ &case.text }</span></li> }
            }) }</ul>
            <h4>{ l.t(Word::LimitsHead) }</h4>
            <ul class="limits">{ for LIMITS.iter().map(|(limit, word)| {
                let here = met(*limit);
                html! {
                    <li key={format!("{word:?}")} class={here.then_some("here")}>
                        <span>{ l.t(*word) }if here { <b>{ " " }{ l.t(Word::LimitHere) }</b> }</span>
                    </li>
                }
            }) }</ul>
        </section>
    }
}
