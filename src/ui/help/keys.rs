//! The shortcuts, and the switch that turns them off.

use std::rc::Rc;

use yew::prelude::*;

use crate::ui::store::{Act, Emit, Ui};
use crate::ui::words::{Say, Word};

/// Every single-key shortcut and what it does.
pub const KEYS: [(&str, Word); 12] = [
    ("k", Word::KeyPlay),
    (".", Word::Step),
    (",", Word::StepBack),
    ("n", Word::NextMilestone),
    ("p", Word::PreviousMilestone),
    ("+", Word::KeyFaster),
    ("-", Word::KeySlower),
    ("1–9", Word::KeyTerminal),
    ("Alt ↑↓", Word::KeyNextTerminal),
    ("[ ]", Word::KeyBranch),
    ("z Z 0", Word::KeyZoom),
    ("?", Word::KeyHelp),
];

#[component]
pub fn Keys() -> Html {
    let emit = use_context::<Emit>().expect("inside the store");
    let ui = use_context::<Rc<Ui>>().expect("inside the store");
    let l = ui.locale;
    let keys = ui.keys;
    let toggle = emit.reform(move |_: MouseEvent| Act::Keys(!keys));
    html! {
        <>
            <dl class="keys">
                { for KEYS.iter().map(|(key, word)| html! {
                    <div key={*key}><dt><kbd>{ *key }</kbd></dt><dd>{ l.t(*word) }</dd></div>
                }) }
            </dl>
            <button class="switch" role="switch" aria-checked={keys.to_string()} onclick={toggle}>
                <i aria-hidden="true"></i>{ l.t(Word::KeysOn) }
            </button>
            <p class="soft">{ l.t(Word::KeysNote) }</p>
        </>
    }
}
