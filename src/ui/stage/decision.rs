//! The decision card: the question of a PSYNC as a short tree, with the numbers that were compared.

use yew::prelude::*;

use crate::base::ReplId;
use crate::node::verdict::{Decision, FullReason, Verdict, Via};
use crate::ui::chrome::icon::{Icon, icon};
use crate::ui::px::{Px, px};
use crate::ui::snapshot::{Ask, DecisionCard};
use crate::ui::stage::card::{hue, number_i};
use crate::ui::words::{Locale, Say, Word};

/// One question of the tree.
struct Branch {
    question: String,
    /// `None`: the question did not come up any more.
    yes: Option<bool>,
    facts: Vec<Html>,
}

/// The tree of one decision.
pub fn decision(card: &DecisionCard, l: Locale) -> Html {
    let (branches, verdict, answer, then) = match &card.ask {
        Ask::Decided(decision) => decided(card, decision, l),
        Ask::Unknown { error } => {
            let knows = Branch { question: l.t(Word::KnowsPsync).into(), yes: Some(false), facts: vec![] };
            (
                vec![knows],
                "unknown",
                format!("-{}", error.trim_start_matches('-')),
                l.t(Word::ThenSync).to_owned(),
            )
        }
    };
    let asked = match &card.ask {
        Ask::Decided(decision) => format!("PSYNC {} {}", short(&decision.asked_id), decision.asked_offset),
        Ask::Unknown { .. } => "PSYNC".to_owned(),
    };
    html! {
        <section class={classes!("decision", format!("v-{verdict}"))} data-part="decision" data-verdict={verdict} aria-label={l.t(Word::Decision)}>
            <header>
                <span>{ l.f(Word::DecisionHead, &[&card.replica, &card.master]) }</span>
                <code>{ asked }</code>
            </header>
            <ol>{ for branches.into_iter().enumerate().map(|(i, branch)| show(i, branch, l)) }</ol>
            <div class="verdict">
                <code>{ answer }</code>
                <p>{ then }</p>
            </div>
        </section>
    }
}

/// The tree before anybody asked, with no branch lit.
pub fn unasked(l: Locale) -> Html {
    let questions = [Word::SameHistory, Word::StillThereAny];
    html! {
        <div class="decision none">
            <header><span>{ l.t(Word::DecisionNone) }</span></header>
            <ol>{ for questions.into_iter().enumerate().map(|(i, word)| show(i, Branch { question: l.t(word).into(), yes: None, facts: Vec::new() }, l)) }</ol>
            <div class="verdict"><p><code>{ "+CONTINUE" }</code>{ " / " }<code>{ "+FULLRESYNC" }</code></p></div>
        </div>
    }
}

fn show(i: usize, branch: Branch, l: Locale) -> Html {
    let (class, sign, word) = match branch.yes {
        Some(true) => ("yes", Icon::Check, Word::Yes),
        Some(false) => ("no", Icon::Cross, Word::No),
        None => ("skipped", Icon::Arrow, Word::NotAsked),
    };
    html! {
        <li key={i} {class}>
            <span class="answer" role="img" aria-label={l.t(word)}>{ icon(sign) }</span>
            <div>
                <p class="question">{ branch.question }{ " " }<b>{ l.t(word) }</b></p>
                { for branch.facts.into_iter() }
            </div>
        </li>
    }
}

type Parts = (Vec<Branch>, &'static str, String, String);

fn decided(card: &DecisionCard, decision: &Decision, l: Locale) -> Parts {
    let reason = match decision.verdict {
        Verdict::Continue { .. } => None,
        Verdict::Full { reason } => Some(reason),
    };
    let history = match reason {
        Some(
            FullReason::NothingToContinue | FullReason::OtherHistory | FullReason::BeyondSecondOffset { .. },
        ) => false,
        Some(_) | None => true,
    };
    let kept = match reason {
        _ if !history => None,
        None => Some(true),
        Some(_) => Some(false),
    };
    let branches = vec![
        Branch { question: l.t(Word::SameHistory).into(), yes: Some(history), facts: ids(card, decision, l) },
        match kept {
            Some(_) => Branch {
                question: l.f(Word::StillThere, &[&decision.asked_offset.to_string()]),
                yes: kept,
                facts: vec![range(decision, l)],
            },
            None => Branch { question: l.t(Word::StillThereAny).into(), yes: None, facts: Vec::new() },
        },
    ];
    match decision.verdict {
        Verdict::Continue { bytes, .. } => {
            let then = if bytes.0 == 0 {
                l.t(Word::ThenNothing).to_owned()
            } else {
                l.f(Word::ThenBytes, &[&bytes.to_string()])
            };
            (branches, "continue", "+CONTINUE".to_owned(), then)
        }
        Verdict::Full { .. } => (branches, "full", "+FULLRESYNC".to_owned(), l.t(Word::ThenRdb).to_owned()),
    }
}

/// The two histories that were compared.
fn ids(card: &DecisionCard, decision: &Decision, l: Locale) -> Vec<Html> {
    let fact = |words: String, id: &ReplId| html! { <p class="fact">{ words }{ " " }<span class={classes!("tag", hue(id))}>{ id.short() }</span></p> };
    let mut facts = Vec::new();
    match ReplId::from_bytes(decision.asked_id.as_bytes()) {
        Some(id) => facts.push(fact(l.f(Word::Follows, &[&card.replica]), &id)),
        None => facts.push(html! { <p class="fact">{ l.f(Word::NothingKnown, &[&card.replica]) }</p> }),
    }
    facts.push(fact(l.f(Word::IsOwn, &[&card.master]), &decision.own_id));
    let via_second = matches!(
        decision.verdict,
        Verdict::Continue { via: Via::SecondId, .. }
            | Verdict::Full { reason: FullReason::BeyondSecondOffset { .. } }
    );
    if let Some(second) = decision.second.filter(|_| via_second) {
        facts.push(fact(l.f(Word::WasOwn, &[&card.master, &second.offset.to_string()]), &second.id));
    }
    facts
}

/// The asked byte beside the bytes that are kept, as numbers and as a small ruler.
fn range(decision: &Decision, l: Locale) -> Html {
    let Some(span) = decision.backlog else {
        return html! { <p class="fact">{ l.t(Word::NoBacklogHeld) }</p> };
    };
    let (first, next, asked) = (span.first.0, span.next.0, decision.asked_offset.0);
    let holds = (first..=next).contains(&asked);
    let sign = |yes: bool| if yes { "≤" } else { "≰" };
    let x =
        if next > first { ((asked - first) as f64 / (next - first) as f64).clamp(-0.08, 1.08) } else { 0.5 };
    let x = 30.0 + x * 200.0;
    html! {
        <>
            <p class="fact mono">
                { number_i(first) }{ " " }{ sign(first <= asked) }{ " " }<b>{ number_i(asked) }</b>{ " " }{ sign(asked <= next) }{ " " }{ number_i(next) }
            </p>
            <svg class={classes!("mini-ruler", (!holds).then_some("missed"))} viewBox="0 0 260 22" aria-hidden="true">
                <rect class="bed" x="30" y="8" width="200" height="8" rx="3" />
                if holds { <rect class="rest" x={px(x)} y="8" width={px((230.0 - x).max(0.0))} height="8" rx="3" /> }
                <path class="at" d={format!("M{} 3v18", Px(x))} />
            </svg>
        </>
    }
}

fn short(id: &str) -> String {
    if id.len() > 12 { format!("{}…", &id[..8]) } else { id.to_owned() }
}
