//! The help: the words of replication, the causes of a full resynchronisation, the scenario text and the keys.
//!
//! Its texts are files beside the page (`www/help/`, `www/scenario.md`), fetched when somebody opens them. Each cause has
//! an example that opens as a scenario: the help shows what it says.

mod keys;
mod manual;

use std::rc::Rc;

use yew::prelude::*;

use crate::narrate::{HelpEntry, Locale, blocks, help_entries};
use crate::ui::chrome::dialog::DialogFrame;
use crate::ui::inspector::why::sentence;
use crate::ui::platform::fetch::use_text;
use crate::ui::platform::focus;
use crate::ui::store::{Act, Emit, HelpPage, Ui};
use crate::ui::words::{Say, Word};

const PAGES: [(HelpPage, &str, Word); 4] = [
    (HelpPage::Words, "help-words", Word::HelpWords),
    (HelpPage::FullResync(None), "help-full", Word::HelpFullResync),
    (HelpPage::ScenarioText, "help-scenario", Word::HelpScenario),
    (HelpPage::Keys, "help-keys", Word::Shortcuts),
];

#[derive(PartialEq, Properties)]
pub struct HelpProps {
    pub page: HelpPage,
}

#[component]
pub fn Help(props: &HelpProps) -> Html {
    let emit = use_context::<Emit>().expect("inside the store");
    let ui = use_context::<Rc<Ui>>().expect("inside the store");
    let l = ui.locale;
    let is_here = |page: HelpPage| std::mem::discriminant(&page) == std::mem::discriminant(&props.page);
    let here = PAGES.iter().find(|(page, ..)| is_here(*page)).map_or("", |(_, id, _)| id);
    let onkeydown = Callback::from(|event: KeyboardEvent| focus::move_in_tabs(&event));
    let send = |act: Act| emit.reform(move |_: MouseEvent| act.clone());
    html! {
        <DialogFrame title={l.t(Word::Help)}>
            <div class="tabs" role="tablist" aria-label={l.t(Word::Help)} {onkeydown}>
                { for PAGES.iter().map(|(page, id, word)| html! {
                    <button key={*id} id={*id} role="tab" aria-selected={is_here(*page).to_string()} aria-controls="help-page"
                            tabindex={if is_here(*page) { "0" } else { "-1" }}
                            onclick={send(Act::Dialog(Some(super::store::Dialog::Help(*page))))}>{ l.t(*word) }</button>
                }) }
            </div>
            <div class="help-page" id="help-page" role="tabpanel" aria-labelledby={here} tabindex="0">
                {
                    match props.page {
                        HelpPage::Words => html! { <Words /> },
                        HelpPage::FullResync(open) => html! { <Causes open={open} /> },
                        HelpPage::ScenarioText => html! { <manual::Manual /> },
                        HelpPage::Keys => html! { <keys::Keys /> },
                    }
                }
            </div>
            <footer class="help-foot">
                <button class="button" onclick={send(Act::Tour(Some(0)))}>{ l.t(Word::TakeTour) }</button>
                <button class="button" onclick={send(Act::StartOver)}>{ l.t(Word::FirstStepsAgain) }</button>
                <button class="button" onclick={send(Act::Dialog(Some(super::store::Dialog::Lessons)))}>{ l.t(Word::Lessons) }</button>
            </footer>
        </DialogFrame>
    }
}

/// What stands in place of a text that is not there (yet).
fn in_place_of(text: &Option<Result<Rc<str>, Rc<str>>>, l: Locale) -> Option<String> {
    match text {
        None => Some(l.t(Word::IsFetched).to_owned()),
        Some(Err(error)) => Some(error.to_string()),
        Some(Ok(_)) => None,
    }
}

/// The entries of a help page, once they are there.
#[hook]
pub fn use_entries(address: &'static str) -> Result<Vec<HelpEntry>, String> {
    let ui = use_context::<Rc<Ui>>().expect("inside the store");
    let text = use_text(address);
    if let Some(instead) = in_place_of(&text, ui.locale) {
        return Err(instead);
    }
    let text = text.and_then(Result::ok).unwrap_or_default();
    help_entries(&text).map_err(|error| error.to_string())
}

/// The text of an entry.
pub fn prose(entry: &HelpEntry, l: Locale) -> Html {
    let paragraphs = blocks(entry.prose(l), l, |_| false);
    html! { <>{ for paragraphs.iter().map(|block| html! { <p>{ sentence(&block.sentence) }</p> }) }</> }
}

/// The words of replication.
#[component]
fn Words() -> Html {
    let ui = use_context::<Rc<Ui>>().expect("inside the store");
    let l = ui.locale;
    match use_entries("help/glossary.txt") {
        Ok(entries) => html! {
            <dl class="words">{ for entries.iter().map(|entry| html! {
                <div key={entry.id.clone()}><dt>{ entry.title(l) }</dt><dd class="prose">{ prose(entry, l) }</dd></div>
            }) }</dl>
        },
        Err(instead) => html! { <p class="soft">{ instead }</p> },
    }
}

#[derive(PartialEq, Properties)]
struct CausesProps {
    open: Option<&'static str>,
}

/// The causes of a full resynchronisation, each with its example.
#[component]
fn Causes(props: &CausesProps) -> Html {
    let emit = use_context::<Emit>().expect("inside the store");
    let ui = use_context::<Rc<Ui>>().expect("inside the store");
    let l = ui.locale;
    match use_entries("help/full-resync.txt") {
        Ok(entries) => html! {
            <>
                <p class="soft lead">{ l.t(Word::FullResyncLead) }</p>
                { for entries.iter().map(|entry| {
                    let open = props.open == Some(&*entry.id);
                    let example = |name: &String| crate::ui::lessons::fetched(None, format!("help/{name}.resync"), &emit);
                    html! {
                        <details class="cause" key={entry.id.clone()} {open}>
                            <summary>{ entry.title(l) }</summary>
                            <div class="prose">{ prose(entry, l) }</div>
                            if let Some(watch) = entry.example.as_ref().map(example) {
                                <button class="button primary" onclick={watch}>{ l.t(Word::WatchIt) }</button>
                            }
                        </details>
                    }
                }) }
            </>
        },
        Err(instead) => html! { <p class="soft">{ instead }</p> },
    }
}
