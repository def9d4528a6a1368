//! Sharing and keeping: the link to a moment, files in and out, earlier works, and what is being opened.

mod open;
mod opening;

use std::rc::Rc;

use web_sys::HtmlInputElement;
use yew::prelude::*;

pub use open::OpenDialog;
pub use opening::{DropTarget, OpeningNow};

use crate::narrate::Locale;
use crate::scenario::link::Length;
use crate::sim::Input;
use crate::ui::chrome::dialog::DialogFrame;
use crate::ui::chrome::transport::clock_text;
use crate::ui::platform::prefs;
use crate::ui::store::{Act, Deed, Emit, File, Live, Shared, Ui};
use crate::ui::words::{Say, Word};

/// The link to the moment, what it holds, and the files.
#[component]
pub fn ShareDialog() -> Html {
    let ui = use_context::<Rc<Ui>>().expect("inside the store");
    let l = ui.locale;
    let Some(shared) = ui.shared.clone() else { return html!() };
    html! {
        <DialogFrame title={l.t(Word::Share)}>
            <section class="share-part">
                <h3>{ l.t(Word::ShareLink) }</h3>
                {
                    match &shared.tail {
                        Ok(tail) => html! { <LinkBox address={prefs::page_address() + tail} shared={ByPointer(shared.clone())} /> },
                        Err(why) => html! { <p class="warning" data-part="link-length">{ &**why }</p> },
                    }
                }
            </section>
            <Downloads />
            if let Ok(tail) = &shared.tail {
                <section class="share-part">
                    <h3>{ l.t(Word::Embed) }</h3>
                    <Copyable text={embed_code(tail, l)} label={l.t(Word::Embed)} />
                </section>
            }
        </DialogFrame>
    }
}

/// The markup that shows this moment inside another page.
fn embed_code(tail: &str, l: Locale) -> String {
    let (address, title) = (prefs::page_address(), l.t(Word::EmbedFrame));
    format!(
        "<iframe src=\"{address}{tail}\" title=\"{title}\" width=\"100%\" height=\"640\" loading=\"lazy\"></iframe>"
    )
}

#[derive(Clone)]
struct ByPointer(Rc<Shared>);

impl PartialEq for ByPointer {
    fn eq(&self, other: &ByPointer) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

#[derive(PartialEq, Properties)]
struct LinkBoxProps {
    address: String,
    shared: ByPointer,
}

#[component]
fn LinkBox(props: &LinkBoxProps) -> Html {
    let emit = use_context::<Emit>().expect("inside the store");
    let ui = use_context::<Rc<Ui>>().expect("inside the store");
    let live = use_context::<Live>().expect("inside the store");
    let l = ui.locale;
    let shared = &props.shared.0;
    // Whoever asks for a link wants to have it: it is on the clipboard at once, where the browser allows that.
    use_effect_with(props.address.clone(), {
        let emit = emit.clone();
        move |address: &String| prefs::copy(address, emit.reform(|copied| Act::Works(Deed::Copied(copied))))
    });
    let chars = props.address.chars().count().to_string();
    let (class, length) = match shared.length() {
        Some(Length::Fine) | None => ("soft", Word::ShareFine),
        Some(Length::Long) => ("warning", Word::ShareLong),
        Some(Length::File) => ("warning", Word::ShareFile),
    };
    let engine = live.engine.borrow();
    let others = engine.timeline.branches().len() - 1;
    let has_rdb = engine.timeline.inputs().any(|recorded| matches!(*recorded.input, Input::Load { .. }));
    html! {
        <>
            <Copyable text={props.address.clone()} label={l.t(Word::ShareLink)} copied={shared.copied} />
            <p {class} data-part="link-length">{ l.f(length, &[&chars]) }</p>
            <p>
                { l.f(Word::ShareHolds, &[&clock_text(shared.at)]) }
                if has_rdb { { " " }{ l.t(Word::ShareRdb) } }
                if others > 0 { { " " }{ l.f(Word::ShareBranches, &[&others.to_string()]) } }
            </p>
        </>
    }
}

#[derive(PartialEq, Properties)]
struct CopyableProps {
    text: String,
    label: AttrValue,
    /// Whether it is on the clipboard without a press of the button.
    #[prop_or_default]
    copied: Option<bool>,
}

/// A text with a button that copies it.
#[component]
fn Copyable(props: &CopyableProps) -> Html {
    let ui = use_context::<Rc<Ui>>().expect("inside the store");
    let l = ui.locale;
    let pressed = use_state(|| None);
    let copied = (*pressed).or(props.copied);
    let onclick = {
        let (text, set) = (props.text.clone(), pressed.setter());
        Callback::from(move |_: MouseEvent| {
            let set = set.clone();
            prefs::copy(&text, Callback::from(move |copied| set.set(Some(copied))));
        })
    };
    let onfocus = Callback::from(|event: FocusEvent| {
        if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
            input.select();
        }
    });
    let word = if copied == Some(true) { Word::Copied } else { Word::Copy };
    html! {
        <>
            <div class="copyable">
                <input readonly=true value={props.text.clone()} aria-label={props.label.clone()} {onfocus} />
                <button class="button primary" {onclick}>{ l.t(word) }</button>
            </div>
            <p class="quiet-only" role="status">{ if copied == Some(true) { l.t(Word::Copied) } else { "" } }</p>
            if copied == Some(false) { <p class="warning">{ l.t(Word::CopyByHand) }</p> }
        </>
    }
}

/// What is shown as files.
#[component]
fn Downloads() -> Html {
    let emit = use_context::<Emit>().expect("inside the store");
    let ui = use_context::<Rc<Ui>>().expect("inside the store");
    let view = use_context::<Live>().expect("inside the store").view;
    let l = ui.locale;
    let button = |text: String, file: File| {
        let onclick = emit.reform(move |_: MouseEvent| Act::Works(Deed::Download(file.clone())));
        html! { <button class="button" {onclick}>{ text }</button> }
    };
    html! {
        <section class="share-part">
            <h3>{ l.t(Word::Downloads) }</h3>
            <div class="share-files">
                { button(l.t(Word::SaveScenario).to_owned(), File::Scenario) }
                { button(l.t(Word::SaveTranscript).to_owned(), File::Transcript) }
                { for view.nodes.iter().filter(|card| card.is_up()).map(|card| {
                    button(l.f(Word::SaveRdb, &[&card.name]), File::Rdb(card.name.clone()))
                }) }
            </div>
            <p class="soft">{ l.t(Word::SaveRdbNote) }</p>
        </section>
    }
}
