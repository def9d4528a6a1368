//! Breakpoints: what play stops at.
//!
//! The common ones are conditions of the scenario text under a name; any other can be typed. They stand as chips
//! above the diagram.

use std::rc::Rc;

use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::timeline::Breakpoint;
use crate::ui::chrome::icon::{Icon, icon};
use crate::ui::platform::focus;
use crate::ui::stage::menu::Menu;
use crate::ui::store::opening::scenario_words;
use crate::ui::store::{Act, BreakDeed, Emit, Live, Ui};
use crate::ui::words::{Locale, Say, Word};

/// The common ones, as conditions.
const COMMON: [(Word, &str); 9] = [
    (Word::BreakAnswer, "event psync-answered"),
    (Word::BreakFull, "event full-resync"),
    (Word::BreakContinue, "event continued"),
    (Word::BreakError, "event psync-error"),
    (Word::BreakFellOff, "event fell-off"),
    (Word::BreakEvicted, "event first-eviction"),
    (Word::BreakLost, "event master-lost"),
    (Word::BreakLoaded, "event load-ended"),
    (Word::BreakPromoted, "event promoted"),
];

/// A condition under the name that it has here, or as it is.
pub fn name(condition: &str, l: Locale) -> String {
    let common = COMMON.iter().find(|(_, text)| *text == condition);
    common.map_or_else(|| condition.to_owned(), |(word, _)| l.t(*word).to_owned())
}

fn set(breakpoints: &[Breakpoint], condition: &str) -> Option<(u32, bool)> {
    let known = breakpoints.iter().find(|known| known.condition.to_string() == condition)?;
    Some((known.id, known.enabled))
}

/// The button that opens the list.
#[component]
pub fn Breaks() -> Html {
    let emit = use_context::<Emit>().expect("inside the store");
    let ui = use_context::<Rc<Ui>>().expect("inside the store");
    let live = use_context::<Live>().expect("inside the store");
    let l = ui.locale;
    let open = ui.menu == Some(Menu::Breaks);
    let on = live.engine.borrow().timeline.breakpoints().iter().filter(|known| known.enabled).count();
    let toggle = emit.reform(move |_: MouseEvent| Act::Menu((!open).then_some(Menu::Breaks)));
    let label = match on {
        0 => l.t(Word::Breakpoints).to_owned(),
        on => l.f(Word::BreakpointsSet, &[&on.to_string()]),
    };
    html! {
        <div class="menu-of breaks">
            <button class={classes!("button", (on > 0).then_some("armed"))} aria-haspopup="dialog" aria-expanded={open.to_string()}
                    aria-label={label.clone()} title={label.clone()} onclick={toggle}>
                { icon(Icon::Stop) }<span>{ label }</span>
            </button>
            if open { <BreakList /> }
        </div>
    }
}

/// A box over the page that Escape closes.
pub fn pop(class: &'static str, label: &str, emit: &Emit, children: Html) -> Html {
    let close = emit.reform(|_: MouseEvent| Act::Menu(None));
    let onkeydown = {
        let emit = emit.clone();
        Callback::from(move |event: KeyboardEvent| {
            event.stop_propagation();
            if event.key() == "Escape" {
                focus::to_menu_button(&event);
                emit.emit(Act::Menu(None));
            }
        })
    };
    html! {
        <>
            <div class="menu-shade" onclick={close}></div>
            <focus::Within {class} role="dialog" label={label.to_owned()} {onkeydown}>{ children }</focus::Within>
        </>
    }
}

#[component]
fn BreakList() -> Html {
    let emit = use_context::<Emit>().expect("inside the store");
    let ui = use_context::<Rc<Ui>>().expect("inside the store");
    let live = use_context::<Live>().expect("inside the store");
    let field = use_node_ref();
    let error = use_state(|| None::<String>);
    let l = ui.locale;
    let onsubmit = {
        let (emit, live, field, error) = (emit.clone(), live.clone(), field.clone(), error.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let Some(field) = field.cast::<HtmlInputElement>() else { return };
            let text = field.value();
            let condition = live.engine.borrow().timeline.condition(text.trim());
            match condition {
                Ok(condition) => {
                    error.set(None);
                    field.set_value("");
                    emit.emit(Act::Break(BreakDeed::Set(condition.to_string().into())));
                }
                Err(wrong) => {
                    // There is only one line.
                    let text = scenario_words(&wrong, l);
                    let place = ["line 1, ", "第 1 行"].iter().find_map(|line| text.strip_prefix(line));
                    error.set(Some(place.unwrap_or(&text).to_owned()));
                }
            }
        })
    };
    let engine = live.engine.borrow();
    let breakpoints = engine.timeline.breakpoints();
    let common = COMMON.iter().map(|(word, text)| {
        let here = set(breakpoints, text);
        let act = match here {
            Some((id, true)) => BreakDeed::Remove(id),
            Some((id, false)) => BreakDeed::Enable(id, true),
            None => BreakDeed::Set((*text).into()),
        };
        let onclick = emit.reform(move |_: MouseEvent| Act::Break(act.clone()));
        let on = here.is_some_and(|(_, on)| on);
        html! {
            <button key={*text} class="switch" role="switch" aria-checked={on.to_string()} {onclick}>
                <i aria-hidden="true"></i>{ l.t(*word) }
            </button>
        }
    });
    let children = html! {
        <>
            <h2>{ l.t(Word::Breakpoints) }</h2>
            <p class="soft">{ l.t(Word::BreaksWhat) }</p>
            <div class="switches">{ for common }</div>
            <form class="own-break" {onsubmit}>
                <label for="own-break">{ l.t(Word::BreakOwn) }</label>
                <div>
                    <input id="own-break" ref={field} type="text" autocomplete="off" autocapitalize="off" spellcheck="false" placeholder="b.offset >= 200"
                           aria-describedby="own-break-hint" aria-invalid={error.is_some().to_string()} />
                    <button class="button" type="submit">{ l.t(Word::BreakAdd) }</button>
                </div>
                <p id="own-break-hint" class={if error.is_some() { "wrong" } else { "soft" }} role={error.is_some().then_some("alert")}>
                    { error.as_deref().unwrap_or(l.t(Word::BreakOwnHint)) }
                </p>
            </form>
        </>
    };
    pop("menu pop", l.t(Word::Breakpoints), &emit, children)
}

/// What is set, one chip each.
pub fn chips(breakpoints: &[Breakpoint], l: Locale, emit: &Emit) -> Html {
    if breakpoints.is_empty() {
        return html!();
    }
    let chip = |known: &Breakpoint| {
        let text = name(&known.condition.to_string(), l);
        let (id, on) = (known.id, known.enabled);
        let toggle = emit.reform(move |_: MouseEvent| Act::Break(BreakDeed::Enable(id, !on)));
        let remove = emit.reform(move |_: MouseEvent| Act::Break(BreakDeed::Remove(id)));
        let gone = l.f(Word::BreakRemove, &[&text]);
        html! {
            <li key={id}>
                <button class="chip-name" aria-pressed={on.to_string()} aria-label={l.f(Word::BreakOn, &[&text])} onclick={toggle}>
                    { icon(Icon::Stop) }<span>{ text }</span>
                </button>
                <button class="chip-close" aria-label={gone.clone()} title={gone} onclick={remove}>{ icon(Icon::Close) }</button>
            </li>
        }
    };
    html! { <ul class="chips" aria-label={l.t(Word::Breakpoints)}>{ for breakpoints.iter().map(chip) }</ul> }
}
