//! Terminals: one a node, as `redis-cli` has them.
//!
//! Lines go straight to the node; there is no link between a terminal and its node. History is kept across
//! reloads; completion and syntax hints come from the table of commands.

pub mod commands;
mod history;
mod prompt;

use std::rc::Rc;

use web_sys::{Element, HtmlInputElement};
use yew::prelude::*;

use crate::base::{Map, Version};
use crate::sim::{TranscriptKind, TranscriptLine};
use crate::ui::chrome::icon::{Icon, icon};
use crate::ui::platform::focus;
use crate::ui::snapshot::{NodeCard, Role};
use crate::ui::stage::{Look, menu};
use crate::ui::store::{Act, Emit, Live, Ui};
use crate::ui::words::{Locale, Say, Word};
use commands::Own;
use history::History;
use prompt::prompts;

/// How many lines of a transcript are drawn.
const SHOWN: usize = 150;

#[component]
pub fn Terminals() -> Html {
    let emit = use_context::<Emit>().expect("inside the store");
    let ui = use_context::<Rc<Ui>>().expect("inside the store");
    let live = use_context::<Live>().expect("inside the store");
    let view = live.view.clone();
    let l = ui.locale;
    let shown = ui.selected.as_deref().and_then(|name| view.node(name)).or(view.nodes.first()).cloned();
    let Some(shown) = shown else {
        return html! { <section class="terminals" aria-label={l.t(Word::Terminals)}></section> };
    };
    let look =
        Look { locale: l, selected: None, menu: ui.menu.clone(), peers: Rc::default(), emit: emit.clone() };
    let lines = live.engine.borrow().transcript(&shown.name);
    let here = view.nodes.iter().position(|card| card.name == shown.name).unwrap_or(0);
    let count = view.nodes.len();
    let tabs: Vec<_> = view.nodes.iter().map(|card| (card.name.clone(), class_of(card))).collect();
    let beside = [count - 1, 1].map(|by| view.nodes[(here + by) % count].name.clone());
    html! {
        <section class="terminals" aria-label={l.t(Word::Terminals)}>
            <div class="tab-row">
            <NodeTabs {tabs} shown={shown.name.clone()} locale={l} emit={emit.clone()} />
            { menu::add_node(&look) }
            </div>
            <div class="terminal" id="terminal" role="tabpanel" aria-labelledby={format!("terminal-{}", shown.name)}>
                <Terminal name={shown.name.clone()} {beside} port={shown.port} version={shown.view.version} role={shown.role()} {lines} locale={l} emit={emit.clone()} />
            </div>
        </section>
    }
}

fn class_of(card: &NodeCard) -> &'static str {
    match card.role() {
        _ if !card.is_up() => "of-down",
        Role::Master => "of-master",
        Role::Replica => "of-replica",
        Role::Alone => "of-alone",
    }
}

#[derive(PartialEq, Properties)]
struct NodeTabsProps {
    /// Their names, and the classes that colour them.
    tabs: Vec<(Rc<str>, &'static str)>,
    shown: Rc<str>,
    locale: Locale,
    emit: Emit,
}

/// The nodes to switch between: made anew when they or their roles change.
#[component]
fn NodeTabs(props: &NodeTabsProps) -> Html {
    let onkeydown = Callback::from(|event: KeyboardEvent| focus::move_in_tabs(&event));
    html! {
        <div class="tabs" role="tablist" aria-label={props.locale.t(Word::Nodes)} {onkeydown}>
            { for props.tabs.iter().map(|(name, class)| {
                let here = *name == props.shown;
                let onclick = props.emit.reform({
                    let name = name.clone();
                    move |_: MouseEvent| Act::Select(name.clone())
                });
                html! {
                    <button key={name.to_string()} id={format!("terminal-{name}")} class={*class} role="tab" aria-selected={here.to_string()} aria-controls="terminal"
                            tabindex={if here { "0" } else { "-1" }} {onclick}><i aria-hidden="true"></i>{ &**name }</button>
                }
            }) }
        </div>
    }
}

#[derive(PartialEq, Properties)]
struct TerminalProps {
    name: Rc<str>,
    /// The names of the nodes before and after it.
    beside: [Rc<str>; 2],
    port: u16,
    version: Version,
    role: Role,
    lines: Vec<TranscriptLine>,
    locale: Locale,
    emit: Emit,
}

/// What a terminal shows besides its transcript; each node has its own.
#[derive(Clone, PartialEq, Default)]
struct Desk {
    text: String,
    /// What the terminal itself has answered, each after the line that was the newest then.
    answers: Vec<(Option<u64>, Own)>,
    /// The lines up to this one were cleared away.
    cleared: Option<u64>,
}

/// Not keyed by its node: another node's terminal is the same field, so that it keeps the focus.
#[component]
fn Terminal(props: &TerminalProps) -> Html {
    let l = props.locale;
    let desks = use_state(Map::<Rc<str>, Desk>::new);
    let history = use_mut_ref(History::recall);
    // What Tab completes, and how often it was pressed.
    let tabbed = use_mut_ref(|| None::<(String, usize)>);
    let paper = use_node_ref();
    let desk = desks.get(&props.name).cloned().unwrap_or_default();
    let newest = props.lines.last().map(|line| line.id);
    use_effect_with((newest, desk.answers.len(), props.name.clone()), {
        let paper = paper.clone();
        move |_| {
            if let Some(element) = paper.cast::<Element>() {
                element.set_scroll_top(element.scroll_height());
            }
        }
    });
    let put = {
        let (desks, name) = (desks.clone(), props.name.clone());
        move |desk: Desk| {
            let mut all = (*desks).clone();
            all.insert(name.clone(), desk);
            desks.set(all);
        }
    };
    // Runs a line; gives the desk after it.
    let run = {
        let (emit, name, history, desk) =
            (props.emit.clone(), props.name.clone(), history.clone(), desk.clone());
        move |line: &str| {
            let line = line.trim();
            let mut desk = Desk { text: String::new(), ..desk.clone() };
            if line.is_empty() {
                return desk;
            }
            history.borrow_mut().push(line);
            match commands::own(line) {
                Some(Own::Clear) => (desk.answers, desk.cleared) = (Vec::new(), newest),
                Some(own) => desk.answers.push((newest, own)),
                None => emit.emit(Act::Line(name.clone(), line.to_owned())),
            }
            desk
        }
    };
    let oninput = {
        let (put, desk, tabbed) = (put.clone(), desk.clone(), tabbed.clone());
        Callback::from(move |event: InputEvent| {
            tabbed.take();
            let text = event.target_unchecked_into::<HtmlInputElement>().value();
            put(Desk { text, ..desk.clone() })
        })
    };
    let onkeydown = {
        let (put, desk, history, run, tabbed) = (put.clone(), desk.clone(), history, run.clone(), tabbed);
        let (emit, [before, after]) = (props.emit.clone(), props.beside.clone());
        Callback::from(move |event: KeyboardEvent| {
            let text = match event.key().as_str() {
                "Enter" => {
                    tabbed.take();
                    return put(run(&desk.text));
                }
                "ArrowUp" | "ArrowDown" if event.alt_key() => {
                    event.prevent_default();
                    let to = if event.key() == "ArrowUp" { &before } else { &after };
                    return emit.emit(Act::Select(to.clone()));
                }
                "ArrowUp" => history.borrow_mut().older(&desk.text),
                "ArrowDown" => history.borrow_mut().newer(),
                "Tab" if !event.shift_key() && !desk.text.trim().is_empty() => {
                    let mut tabbed = tabbed.borrow_mut();
                    let (typed, turn) = tabbed.take().unwrap_or((desk.text.clone(), 0));
                    let completed = commands::complete(&typed, turn);
                    *tabbed = Some((typed, turn + 1));
                    completed
                }
                "l" if event.ctrl_key() => {
                    event.prevent_default();
                    return put(Desk { cleared: newest, answers: Vec::new(), ..desk.clone() });
                }
                "Escape" => Some(String::new()),
                _ => return,
            };
            if event.key() != "Tab" {
                tabbed.take();
            }
            if let Some(text) = text {
                event.prevent_default();
                put(Desk { text, ..desk.clone() });
            }
        })
    };
    let onpaste = {
        let (put, desk, run) = (put.clone(), desk.clone(), run.clone());
        Callback::from(move |event: Event| {
            let Some(pasted) =
                crate::ui::platform::paste::text(&event).filter(|pasted| pasted.contains('\n'))
            else {
                return;
            };
            event.prevent_default();
            let whole = format!("{}{pasted}", desk.text);
            let mut lines: Vec<&str> = whole.lines().collect();
            let rest = if whole.ends_with('\n') { "" } else { lines.pop().unwrap_or("") };
            let mut after = desk.clone();
            for line in lines {
                after = run(line);
            }
            put(Desk { text: rest.to_owned(), ..after });
        })
    };
    let onsend = {
        let (put, desk) = (put.clone(), desk.clone());
        Callback::from(move |_: MouseEvent| put(run(&desk.text)))
    };
    let hint = commands::hint(&desk.text, props.version);
    let address = format!("{}:{}", props.name, props.port);
    let (prompts, prompt) = prompts(&props.lines, &address);
    let shown = props
        .lines
        .iter()
        .zip(prompts)
        .filter(|(line, _)| desk.cleared.is_none_or(|cleared| line.id > cleared));
    let surplus = shown.clone().count().saturating_sub(SHOWN);
    let mut written: Vec<Html> = Vec::new();
    let mut answers = desk.answers.iter().enumerate().peekable();
    for (line, prompt) in shown.skip(surplus) {
        while let Some((i, (_, own))) = answers.next_if(|(_, (after, _))| *after < Some(line.id)) {
            written.push(commands::answer(*own, i, props.version, l));
        }
        written.push(transcript_line(line, prompt));
    }
    written.extend(answers.map(|(i, (_, own))| commands::answer(*own, i, props.version, l)));
    html! {
        <>
            <div class="paper" ref={paper} role="log" data-part="transcript" aria-label={l.f(Word::TerminalOf, &[&props.name])} tabindex="0">
                if props.lines.is_empty() { <p class="faint">{ l.t(Word::TerminalHint) }</p> }
                { for written }
            </div>
            <label class={classes!("prompt", match props.role { Role::Replica => "of-replica", Role::Master => "of-master", Role::Alone => "of-alone" })} data-node={props.name.clone()}>
                <span aria-hidden="true" data-part="prompt">{ prompt }</span>
                <span class="field">
                    <input id="command" type="text" value={desk.text.clone()} {oninput} {onkeydown} {onpaste} autocomplete="off" autocapitalize="off"
                           spellcheck="false" enterkeyhint="send" aria-label={l.f(Word::CommandFor, &[&props.name])} aria-describedby="command-hint" />
                    <span class="hint" id="command-hint">
                        if let Some(hint) = hint { <span class="unseen" aria-hidden="true">{ desk.text }</span><span class="ghost-text">{ hint }</span> }
                    </span>
                </span>
                <button class="icon-button send" aria-label={l.t(Word::Send)} title={l.t(Word::Send)} onclick={onsend}>{ icon(Icon::Enter) }</button>
            </label>
        </>
    }
}

fn transcript_line(line: &TranscriptLine, prompt: String) -> Html {
    // A terminal's lines are counted anew for each node.
    let key = format!("{prompt}{}", line.id);
    match &line.kind {
        TranscriptKind::Typed { line } => {
            html! { <p {key} class="typed"><span aria-hidden="true">{ prompt }{ " " }</span>{ line }</p> }
        }
        TranscriptKind::Reply { text, error } => {
            html! { <pre {key} class={if *error { "reply error" } else { "reply" }}>{ text.trim_end() }</pre> }
        }
        TranscriptKind::Notice { text } => {
            html! { <pre {key} class="reply notice">{ text.trim_end() }</pre> }
        }
    }
}
