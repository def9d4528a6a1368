//! What can be opened: a file, and earlier works.

use std::rc::Rc;

use yew::prelude::*;

use crate::ui::chrome::dialog::DialogFrame;
use crate::ui::chrome::icon::{Icon, icon};
use crate::ui::platform::files;
use crate::ui::platform::shelf::when;
use crate::ui::store::work::Kept;
use crate::ui::store::{Act, Deed, Emit, Live, Shelved, Ui};
use crate::ui::words::{Say, Word};

#[component]
pub fn OpenDialog() -> Html {
    let emit = use_context::<Emit>().expect("inside the store");
    let ui = use_context::<Rc<Ui>>().expect("inside the store");
    let view = use_context::<Live>().expect("inside the store").view;
    let shelved = use_context::<Shelved>().expect("inside the store");
    let l = ui.locale;
    let first = view.nodes.first().map(|card| card.name.clone());
    let node = ui.selected.clone().or(first).unwrap_or_default();
    let onchange = {
        let given = emit.reform(|given| Act::Works(Deed::Given(given)));
        Callback::from(move |event: Event| files::chosen(&event, given.clone()))
    };
    let works = shelved.works();
    html! {
        <DialogFrame title={l.t(Word::Open)}>
            <section class="share-part">
                <label class="button primary file-button">
                    { icon(Icon::Folder) }<span>{ l.t(Word::OpenFile) }</span>
                    <input type="file" accept=".resync,.txt,.rdb" {onchange} />
                </label>
                <p class="soft">{ l.f(Word::OpenFileNote, &[&node]) }</p>
            </section>
            <section class="share-part">
                <h3>{ l.t(Word::EarlierWorks) }</h3>
                if works.is_empty() {
                    <p class="soft">{ l.t(Word::NoWorks) }</p>
                } else {
                    <ol class="works">
                        { for works.iter().map(|kept| work(kept, kept.name == *shelved.name, &ui, &emit)) }
                    </ol>
                }
            </section>
            <section class="share-part">
                <button class="button" onclick={emit.reform(|_: MouseEvent| Act::StartOver)}>{ icon(Icon::Restart) }<span>{ l.t(Word::StartOver) }</span></button>
            </section>
        </DialogFrame>
    }
}

fn work(kept: &Kept, shown: bool, ui: &Ui, emit: &Emit) -> Html {
    let l = ui.locale;
    let name: Rc<str> = kept.name.as_str().into();
    let open = {
        let name = name.clone();
        emit.reform(move |_: MouseEvent| Act::Works(Deed::Open(name.clone())))
    };
    let forget = emit.reform(move |_: MouseEvent| Act::Works(Deed::Forget(name.clone())));
    let title = kept.title(l);
    let label = l.f(Word::Forget, &[&title]);
    html! {
        <li key={kept.name.clone()}>
            <button class="work" onclick={open}>
                <b>{ &title }</b>
                <small>{ kept.contents(l) }</small>
                <small class="soft">{ if shown { l.t(Word::WorkShown).to_owned() } else { when(kept.saved, l.tag()) } }</small>
            </button>
            if !shown {
                <button class="icon-button" onclick={forget} aria-label={label.clone()} title={label}>{ icon(Icon::Close) }</button>
            }
        </li>
    }
}
