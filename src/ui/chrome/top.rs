//! The bar at the top.

use std::rc::Rc;

use yew::prelude::*;

use super::icon::{Icon, icon, mark};
use crate::narrate::Locale;
use crate::ui::platform::prefs::Theme;
use crate::ui::store::{Act, Deed, Dialog, Emit, HelpPage, Ui};
use crate::ui::words::{Say, Word};

#[component]
pub fn TopBar() -> Html {
    let emit = use_context::<Emit>().expect("inside the store");
    let ui = use_context::<Rc<Ui>>().expect("inside the store");
    let l = ui.locale;
    let send = |act: Act| emit.reform(move |_: MouseEvent| act.clone());
    let (theme_word, theme_icon) = match ui.theme {
        Theme::Dark => (Word::Light, Icon::Sun),
        Theme::Light => (Word::Dark, Icon::Moon),
    };
    let (other, other_name) = match l {
        Locale::En => (Locale::ZhHans, "中文"),
        Locale::ZhHans => (Locale::En, "English"),
    };
    html! {
        <header class="top">
            <h1>{ mark() }<span>{ "Resync" }</span></h1>
            <p class="tagline">{ l.t(Word::Tagline) }</p>
            <Legend />
            <nav class="top-tools">
                <button class="button ghost lessons-button" aria-label={l.t(Word::Lessons)} onclick={send(Act::Dialog(Some(Dialog::Lessons)))}>{ icon(Icon::Book) }<span>{ l.t(Word::Lessons) }</span></button>
                <button class="icon-button" onclick={send(Act::Dialog(Some(Dialog::Open)))} aria-label={l.t(Word::Open)} title={l.t(Word::Open)}>{ icon(Icon::Folder) }</button>
                <button class="button ghost wide-only" onclick={send(Act::StartOver)}>{ icon(Icon::Restart) }<span>{ l.t(Word::StartOver) }</span></button>
                <button class="icon-button help-button" onclick={send(Act::Dialog(Some(Dialog::Help(HelpPage::Words))))} aria-label={l.t(Word::Help)} title={l.t(Word::Help)}>{ icon(Icon::Help) }</button>
                <button class="button ghost" onclick={send(Act::Locale(other))} lang={other.tag()}>{ other_name }</button>
                <button class="icon-button" onclick={send(Act::Theme(ui.theme.other()))} aria-label={l.t(theme_word)} title={l.t(theme_word)}>{ icon(theme_icon) }</button>
                <button class="button invert share-button" aria-label={l.t(Word::Share)} onclick={send(Act::Works(Deed::Share))}>{ icon(Icon::Share) }<span>{ l.t(Word::Share) }</span></button>
            </nav>
        </header>
    }
}

/// What the colours mean, each with a shape of its own.
#[component]
fn Legend() -> Html {
    let ui = use_context::<Rc<Ui>>().expect("inside the store");
    let l = ui.locale;
    let item =
        |class: &'static str, word: Word| html! { <li {class}><i aria-hidden="true"></i>{ l.t(word) }</li> };
    html! {
        <ul class="legend" aria-label={l.t(Word::Legend)}>
            { item("g-master", Word::Master) }
            { item("g-replica", Word::LegendReplica) }
            { item("g-sent", Word::LegendSent) }
            { item("g-rdb", Word::LegendRdb) }
            { item("g-held", Word::LegendHeld) }
            { item("g-lost", Word::LegendLost) }
        </ul>
    }
}
