//! On a small screen terminals, inspector and timeline share one place; these tabs choose.

use std::rc::Rc;

use yew::prelude::*;

use crate::ui::store::{Act, Emit, Pane, Ui};
use crate::ui::words::{Say, Word};

#[component]
pub fn PaneTabs() -> Html {
    let emit = use_context::<Emit>().expect("inside the store");
    let ui = use_context::<Rc<Ui>>().expect("inside the store");
    let tab = |pane: Pane, word: Word| {
        let onclick = emit.reform(move |_: MouseEvent| Act::Pane(pane));
        html! { <button aria-pressed={(ui.pane == pane).to_string()} {onclick}>{ ui.locale.t(word) }</button> }
    };
    html! {
        <div class="pane-tabs" role="group" aria-label={ui.locale.t(Word::Panels)}>
            if ui.lesson.is_some() { { tab(Pane::Lesson, Word::Lesson) } }
            { tab(Pane::Terminal, Word::Terminals) }
            { tab(Pane::Inspector, Word::Inspector) }
            { tab(Pane::Timeline, Word::Timeline) }
        </div>
    }
}
