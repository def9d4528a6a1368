//! The tour: a few stops, each with a few sentences beside the thing that they speak of.
//!
//! It stands beside the page, not over it: everything stays usable, Escape ends it, and the help brings it back. Its
//! texts are `www/help/tour.txt`, whose entries are the stops.

use std::rc::Rc;

use yew::prelude::*;

use crate::ui::help::{prose, use_entries};
use crate::ui::platform::focus;
use crate::ui::store::{Act, Emit, Pane, Ui};
use crate::ui::words::{Say, Word};

/// What each stop lights up, and where it is found on a small screen.
const STOPS: [(&str, Option<Pane>); 6] = [
    (".stage .room", None),
    (".terminals", Some(Pane::Terminal)),
    (".tape", None),
    (".inspector", Some(Pane::Inspector)),
    (".timeline", Some(Pane::Timeline)),
    (".top-tools", None),
];

pub fn selector(stop: usize) -> &'static str {
    STOPS.get(stop).map_or("", |(selector, _)| selector)
}

pub fn pane(stop: usize) -> Option<Pane> {
    STOPS.get(stop).and_then(|(_, pane)| *pane)
}

#[derive(PartialEq, Properties)]
pub struct TourProps {
    pub stop: usize,
}

#[component]
pub fn Tour(props: &TourProps) -> Html {
    let emit = use_context::<Emit>().expect("inside the store");
    let ui = use_context::<Rc<Ui>>().expect("inside the store");
    let l = ui.locale;
    let stop = props.stop;
    let entries = use_entries("help/tour.txt");
    let send = |act: Act| emit.reform(move |_: MouseEvent| act.clone());
    let onkeydown = {
        let emit = emit.clone();
        Callback::from(move |event: KeyboardEvent| {
            if event.key() == "Escape" {
                event.stop_propagation();
                emit.emit(Act::Tour(None));
            }
        })
    };
    let (title, text) = match &entries {
        Ok(entries) => match entries.get(stop) {
            Some(entry) => (entry.title(l).to_owned(), prose(entry, l)),
            None => (String::new(), html!()),
        },
        Err(instead) => (instead.clone(), html!()),
    };
    let last = stop + 1 == STOPS.len();
    let next = Act::Tour((!last).then_some(stop + 1));
    html! {
        <focus::Within class="tour" role="dialog" label={l.t(Word::Tour).to_owned()} {onkeydown}>
            <div class="tour-inside" data-stop={stop.to_string()}>
                <div role="status">
                    <p class="label">{ l.f(Word::StopOf, &[&(stop + 1).to_string(), &STOPS.len().to_string()]) }</p>
                    <h2>{ title }</h2>
                    { text }
                </div>
                <footer>
                    <button class="button primary" onclick={send(next)}>{ l.t(if last { Word::EndTour } else { Word::NextPage }) }</button>
                    <button class="button" disabled={stop == 0} onclick={send(Act::Tour(stop.checked_sub(1)))}>{ l.t(Word::Back) }</button>
                    if !last { <button class="button ghost" onclick={send(Act::Tour(None))}>{ l.t(Word::SkipTour) }</button> }
                </footer>
            </div>
        </focus::Within>
    }
}
