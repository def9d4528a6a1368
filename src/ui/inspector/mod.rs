//! The inspector: why something happened, what its bytes are, what a node says of itself, what always holds.

mod invariants;
mod state;
pub mod why;
mod wire;

use std::rc::Rc;

use yew::prelude::*;

use crate::ui::platform::focus;
use crate::ui::store::{Act, Emit, Tab, Ui};
use crate::ui::words::{Say, Word};

const TABS: [(Tab, &str, Word); 4] = [
    (Tab::Why, "tab-why", Word::Why),
    (Tab::Wire, "tab-wire", Word::Wire),
    (Tab::State, "tab-state", Word::State),
    (Tab::Invariants, "tab-invariants", Word::Invariants),
];

#[component]
pub fn Inspector() -> Html {
    let emit = use_context::<Emit>().expect("inside the store");
    let ui = use_context::<Rc<Ui>>().expect("inside the store");
    let l = ui.locale;
    let onkeydown = Callback::from(|event: KeyboardEvent| focus::move_in_tabs(&event));
    let id = TABS.iter().find(|(tab, ..)| *tab == ui.tab).map_or("", |(_, id, _)| id);
    html! {
        <section class="inspector" aria-label={l.t(Word::Inspector)}>
            <div class="tabs" role="tablist" aria-label={l.t(Word::Inspector)} {onkeydown}>
                { for TABS.iter().map(|(tab, id, word)| {
                    let here = ui.tab == *tab;
                    let tab = *tab;
                    let onclick = emit.reform(move |_: MouseEvent| Act::Tab(tab));
                    html! {
                        <button key={*id} id={*id} role="tab" aria-selected={here.to_string()} aria-controls="inspected"
                                tabindex={if here { "0" } else { "-1" }} {onclick}>{ l.t(*word) }</button>
                    }
                }) }
            </div>
            <div class="inspected" id="inspected" role="tabpanel" aria-labelledby={id} tabindex="0">
                {
                    match ui.tab {
                        Tab::Why => html! { <why::Why /> },
                        Tab::Wire => html! { <wire::Wire /> },
                        Tab::State => html! { <state::State /> },
                        Tab::Invariants => html! { <invariants::Invariants /> },
                    }
                }
            </div>
        </section>
    }
}
