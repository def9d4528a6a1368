//! Terminals: one a node, as `redis-cli` has them.
//!
//! Lines go straight to the node; there is no link between a terminal and its node. History is kept across
//! reloads; completion and syntax hints come from the table of commands.

pub mod commands;
mod history;

use std::rc::Rc;

use web_sys::{Element, HtmlInputElement};
use yew::prelude::*;

use crate::sim::{TranscriptKind, TranscriptLine};
use crate::ui::chrome::icon::{Icon, icon};
use crate::ui::platform::focus;
use crate::ui::snapshot::Role;
use crate::ui::stage::layout::Density;
use crate::ui::stage::{Look, menu};
use crate::ui::store::{Act, Emit, Live, Ui, Viewed};
use crate::ui::words::{Locale, Say, Word};
use history::History;

/// How many lines of a transcript are drawn.
const SHOWN: usize = 150;

#[component]
pub fn Terminals() -> Html {
    let emit = use_context::<Emit>().expect("inside the store");
    let ui = use_context::<Rc<Ui>>().expect("inside the store");
    let view = use_context::<Viewed>().expect("inside the store").0;
    let live = use_context::<Live>().expect("inside the store");
    let l = ui.locale;
    let shown = ui.selected.as_deref().and_then(|name| view.node(name)).or(view.nodes.first()).cloned();
    let onkeydown = Callback::from(|event: KeyboardEvent| focus::move_in_tabs(&event));
    let Some(shown) = shown else {
        return html! { <section class="terminals" aria-label={l.t(Word::Terminals)}></section> };
    };
    let look =
        Look { locale: l, density: Density::Full, selected: None, menu: ui.menu.clone(), emit: emit.clone() };
    let lines = live.engine.borrow().transcript(&shown.name, SHOWN);
    html! {
        <section class="terminals" aria-label={l.t(Word::Terminals)}>
            <div class="tab-row">
            <div class="tabs" role="tablist" aria-label={l.t(Word::Nodes)} {onkeydown}>
                { for view.nodes.iter().map(|card| {
                    let here = card.name == shown.name;
                    let name = card.name.clone();
                    let onclick = emit.reform(move |_: MouseEvent| Act::Select(name.clone()));
                    let role = match card.role() {
                        _ if !card.is_up() => "of-down",
                        Role::Master => "of-master",
                        Role::Replica => "of-replica",
                        Role::Alone => "of-alone",
                    };
                    html! {
                        <button key={card.name.to_string()} id={format!("terminal-{}", card.name)} class={role} role="tab" aria-selected={here.to_string()} aria-controls="terminal"
                                tabindex={if here { "0" } else { "-1" }} {onclick}><i aria-hidden="true"></i>{ &*card.name }</button>
                    }
                }) }
            </div>
            { menu::add_node(&look) }
            </div>
            <div class="terminal" id="terminal" role="tabpanel" aria-labelledby={format!("terminal-{}", shown.name)}>
                <Terminal key={shown.name.to_string()} name={shown.name.clone()} port={shown.port} role={shown.role()} {lines} locale={l} emit={emit.clone()} />
            </div>
        </section>
    }
}

#[derive(PartialEq, Properties)]
struct TerminalProps {
    name: Rc<str>,
    port: u16,
    role: Role,
    lines: Vec<TranscriptLine>,
    locale: Locale,
    emit: Emit,
}

#[component]
fn Terminal(props: &TerminalProps) -> Html {
    let l = props.locale;
    let text = use_state(String::new);
    let history = use_mut_ref(History::recall);
    let help = use_state(|| None::<&'static commands::Command>);
    let paper = use_node_ref();
    let newest = props.lines.last().map(|line| line.id);
    use_effect_with((newest, *help), {
        let paper = paper.clone();
        move |_| {
            if let Some(element) = paper.cast::<Element>() {
                element.set_scroll_top(element.scroll_height());
            }
        }
    });
    let run = {
        let (emit, name, history, help) =
            (props.emit.clone(), props.name.clone(), history.clone(), help.clone());
        move |line: &str| {
            let line = line.trim();
            if line.is_empty() {
                return;
            }
            history.borrow_mut().push(line);
            match commands::asked_for_help(line) {
                Some(command) => help.set(command),
                None => {
                    help.set(None);
                    emit.emit(Act::Line(name.clone(), line.to_owned()));
                }
            }
        }
    };
    let oninput = {
        let text = text.clone();
        Callback::from(move |event: InputEvent| {
            text.set(event.target_unchecked_into::<HtmlInputElement>().value())
        })
    };
    let onkeydown = {
        let (text, history, run) = (text.clone(), history.clone(), run.clone());
        Callback::from(move |event: KeyboardEvent| {
            let next = match event.key().as_str() {
                "Enter" => {
                    run(&text);
                    Some(String::new())
                }
                "ArrowUp" => history.borrow_mut().older(&text),
                "ArrowDown" => history.borrow_mut().newer(),
                "Tab" if !event.shift_key() => commands::complete(&text),
                "Escape" => Some(String::new()),
                _ => return,
            };
            if let Some(next) = next {
                event.prevent_default();
                text.set(next);
            }
        })
    };
    let onpaste = {
        let (text, run) = (text.clone(), run.clone());
        Callback::from(move |event: Event| {
            let Some(pasted) =
                crate::ui::platform::paste::text(&event).filter(|pasted| pasted.contains('\n'))
            else {
                return;
            };
            event.prevent_default();
            let whole = format!("{}{pasted}", *text);
            let mut lines: Vec<&str> = whole.lines().collect();
            let rest = if whole.ends_with('\n') { "" } else { lines.pop().unwrap_or("") };
            lines.into_iter().for_each(&run);
            text.set(rest.to_owned());
        })
    };
    let hint = commands::hint(&text);
    let prompt = format!("{}:{}>", props.name, props.port);
    html! {
        <>
            <div class="paper" ref={paper} role="log" data-part="transcript" aria-label={l.f(Word::TerminalOf, &[&props.name])} tabindex="0">
                if props.lines.is_empty() { <p class="faint">{ l.t(Word::TerminalHint) }</p> }
                { for props.lines.iter().map(|line| transcript_line(line, &props.name)) }
                if let Some(command) = *help { { commands::manual(command, l) } }
            </div>
            <label class={classes!("prompt", match props.role { Role::Replica => "of-replica", Role::Master => "of-master", Role::Alone => "of-alone" })}>
                <span aria-hidden="true">{ prompt }</span>
                <span class="field">
                    <input id="command" type="text" value={(*text).clone()} {oninput} {onkeydown} {onpaste} autocomplete="off" autocapitalize="off"
                           spellcheck="false" enterkeyhint="send" aria-label={l.f(Word::CommandFor, &[&props.name])} aria-describedby="command-hint" />
                    <span class="hint" id="command-hint">
                        if let Some(hint) = hint { <span class="unseen" aria-hidden="true">{ &*text }</span><span class="ghost-text">{ hint }</span> }
                    </span>
                </span>
                <button class="icon-button send" aria-label={l.t(Word::Send)} title={l.t(Word::Send)}
                        onclick={{ let (text, run) = (text.clone(), run); Callback::from(move |_: MouseEvent| { run(&text); text.set(String::new()); }) }}>
                    { icon(Icon::Enter) }
                </button>
            </label>
        </>
    }
}

fn transcript_line(line: &TranscriptLine, name: &str) -> Html {
    let key = line.id.to_string();
    match &line.kind {
        TranscriptKind::Typed { line } => {
            html! { <p {key} class="typed"><span aria-hidden="true">{ format!("{name}> ") }</span>{ line }</p> }
        }
        TranscriptKind::Reply { text, error } => {
            html! { <pre {key} class={if *error { "reply error" } else { "reply" }}>{ text.trim_end() }</pre> }
        }
        TranscriptKind::Notice { text } => {
            html! { <pre {key} class="reply notice">{ text.trim_end() }</pre> }
        }
    }
}
