//! Notices, and the live region that tells milestones to who does not see the stage.

use std::cell::Cell;
use std::rc::Rc;

use yew::prelude::*;

use super::icon::{Icon, icon};
use crate::ui::platform::later;
use crate::ui::store::{Act, Deed, Emit, Live, Ui};
use crate::ui::words::{Say, Word};

/// How long news stay that nobody must act on, in milliseconds. Mistakes stay until they are closed.
const NEWS_MS: i32 = 10_000;

#[component]
pub fn Voice() -> Html {
    let emit = use_context::<Emit>().expect("inside the store");
    let ui = use_context::<Rc<Ui>>().expect("inside the store");
    let live = use_context::<Live>().expect("inside the store");
    let told = live.engine.borrow().last_milestone(ui.locale);
    let passes = ui.notice.as_ref().filter(|notice| {
        let back = ui.way_back.as_ref().is_some_and(|back| back.notice == **notice);
        back || ***notice == *ui.locale.t(Word::Forked)
    });
    use_effect_with(passes.cloned(), {
        let emit = emit.clone();
        move |notice| {
            let here = Rc::new(Cell::new(notice.is_some()));
            if here.get() {
                let here = here.clone();
                later::after(NEWS_MS, move || {
                    if here.get() {
                        emit.emit(Act::Notice(None));
                    }
                });
            }
            move || here.set(false)
        }
    });
    let close = emit.reform(|_: MouseEvent| Act::Notice(None));
    html! {
        <>
            <p class="quiet-only" role="status" data-part="live">{ told }</p>
            <div class="notices" role="alert">
                if let Some(notice) = &ui.notice {
                    <div class="notice">
                        <span>{ &**notice }</span>
                        if let Some(back) = ui.way_back.as_ref().filter(|back| back.notice == *notice) {
                            <button class="button" onclick={to_work(&emit, &back.work)}>{ ui.locale.t(Word::WorkBack) }</button>
                        }
                        <button class="icon-button" onclick={close} aria-label={ui.locale.t(Word::Close)}>{ icon(Icon::Close) }</button>
                    </div>
                }
            </div>
        </>
    }
}

fn to_work(emit: &Emit, work: &Rc<str>) -> Callback<MouseEvent> {
    let work = work.clone();
    emit.reform(move |_: MouseEvent| Act::Works(Deed::Open(work.clone())))
}
