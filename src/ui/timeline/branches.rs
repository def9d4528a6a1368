//! Branches: every future that was recorded, and what tells them apart.

use std::rc::Rc;

use yew::prelude::*;

use super::breaks::pop;
use crate::scenario::Statement;
use crate::timeline::BranchView;
use crate::ui::chrome::icon::{Icon, icon};
use crate::ui::chrome::transport::clock_text;
use crate::ui::stage::menu::Menu;
use crate::ui::store::{Act, Emit, Live, Ui};
use crate::ui::words::{Locale, Say, Word};

/// The button that shows which branch this is, and the list behind it. Nothing while there is only one.
#[component]
pub fn Branches() -> Html {
    let emit = use_context::<Emit>().expect("inside the store");
    let ui = use_context::<Rc<Ui>>().expect("inside the store");
    let live = use_context::<Live>().expect("inside the store");
    let l = ui.locale;
    let branches = live.engine.borrow().timeline.branches();
    if branches.len() < 2 {
        return html!();
    }
    let open = ui.menu == Some(Menu::Branches);
    let here = branches.iter().position(|branch| branch.current).unwrap_or(0);
    let label = l.f(Word::BranchOf, &[&(here + 1).to_string(), &branches.len().to_string()]);
    let toggle = emit.reform(move |_: MouseEvent| Act::Menu((!open).then_some(Menu::Branches)));
    html! {
        <div class="menu-of branches">
            <button class="button small" aria-haspopup="dialog" aria-expanded={open.to_string()} aria-label={label.clone()} title={label} onclick={toggle}>
                { icon(Icon::Fork) }<span class="num">{ format!("{}/{}", here + 1, branches.len()) }</span>
            </button>
            if open { { list(&branches, l, &emit) } }
        </div>
    }
}

fn list(branches: &[BranchView], l: Locale, emit: &Emit) -> Html {
    let row = |(i, branch): (usize, &BranchView)| {
        let id = branch.id;
        let go = emit.clone();
        let onclick = Callback::from(move |_: MouseEvent| {
            go.emit(Act::Menu(None));
            go.emit(Act::Branch(id));
        });
        html! {
            <li key={id.0}>
                <button aria-current={branch.current.then_some("true")} {onclick}>
                    <b>{ l.f(Word::BranchNumber, &[&(i + 1).to_string()]) }</b>
                    <span class="soft">{ origin(branches, branch, l) }{ " · " }{ l.f(Word::BranchUpTo, &[&clock_text(branch.end.at)]) }</span>
                    if let Some(first) = deed(branch) { <code>{ first }</code> }
                </button>
            </li>
        }
    };
    let children = html! {
        <>
            <h2>{ l.t(Word::Branches) }</h2>
            <p class="soft">{ l.t(Word::BranchesWhat) }</p>
            <ol class="branch-list">{ for branches.iter().enumerate().map(row) }</ol>
        </>
    };
    pop("menu pop", l.t(Word::Branches), emit, children)
}

/// Where a branch begins.
fn origin(branches: &[BranchView], branch: &BranchView, l: Locale) -> String {
    let Some((from, moment)) = branch.origin else { return l.t(Word::BranchFirst).to_owned() };
    let at = clock_text(moment.at);
    match branches.iter().position(|other| other.id == from) {
        Some(number) => l.f(Word::BranchLeft, &[&(number + 1).to_string(), &at]),
        None => l.f(Word::BranchLeftGone, &[&at]),
    }
}

/// What was done first on a branch that left another one, as a line of a scenario.
fn deed(branch: &BranchView) -> Option<String> {
    branch.origin?;
    branch.first_input.as_ref().map(|input| Statement::of_input(input).to_string())
}
