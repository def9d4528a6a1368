//! The menus of nodes and links: everything that can be done to a thing, on the thing itself.

use std::rc::Rc;

use yew::prelude::*;

use crate::base::Version;
use crate::ui::chrome::icon::{Icon, icon};
use crate::ui::platform::focus;
use crate::ui::snapshot::{Carries, LinkCard, NodeCard, Process, Role};
use crate::ui::stage::Look;
use crate::ui::store::{Act, LinkDeed, NodeDeed};
use crate::ui::words::{Say, Word};

/// Which menu is open.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Menu {
    Node(Rc<str>),
    Link(Rc<str>, Rc<str>),
    AddNode,
    Breaks,
    Branches,
}

struct Item {
    text: String,
    act: Act,
    /// Breaks something.
    harm: bool,
    checked: Option<bool>,
}

impl Item {
    fn new(text: impl Into<String>, act: Act) -> Item {
        Item { text: text.into(), act, harm: false, checked: None }
    }

    fn harmful(self) -> Item {
        Item { harm: true, ..self }
    }

    fn chosen(self, checked: bool) -> Item {
        Item { checked: Some(checked), ..self }
    }
}

/// The menu of a node.
pub fn node(card: &NodeCard, look: &Look) -> Html {
    let l = look.locale;
    let label = l.f(Word::ActionsFor, &[&card.name]);
    show(Menu::Node(card.name.clone()), &label, Icon::More, || node_items(card, look), look)
}

fn node_items(card: &NodeCard, look: &Look) -> Vec<Vec<Item>> {
    let l = look.locale;
    let deed = |deed: NodeDeed| Act::Node(card.name.clone(), deed);
    let mut process = Vec::new();
    match card.process {
        Process::Running => {
            process.push(Item::new(l.t(Word::Crash), deed(NodeDeed::Crash)).harmful());
            process.push(Item::new(l.t(Word::PauseProcess), deed(NodeDeed::Pause)).harmful());
        }
        Process::Paused => {
            process.push(Item::new(l.t(Word::ResumeProcess), deed(NodeDeed::Resume)));
            process.push(Item::new(l.t(Word::Crash), deed(NodeDeed::Crash)).harmful());
        }
        Process::Crashed => {}
    }
    process.push(Item::new(l.t(Word::Restart), deed(NodeDeed::Restart)));
    if card.is_up() && card.role() == Role::Replica {
        process.push(Item::new(l.t(Word::Promote), Act::Line(card.name.clone(), "SLAVEOF NO ONE".into())));
    }
    let versions = Version::ALL
        .into_iter()
        .map(|version| {
            Item::new(l.f(Word::VersionRestarts, &[version.name()]), deed(NodeDeed::Version(version)))
                .chosen(card.view.version == version)
        })
        .collect();
    let teaching =
        card.view.backlog.as_ref().filter(|backlog| backlog.teaching).map(|backlog| backlog.size.0);
    let backlog = [128_u64, 256]
        .into_iter()
        .map(|size| {
            Item::new(l.f(Word::SmallBacklog, &[&size.to_string()]), deed(NodeDeed::Backlog(Some(size))))
                .chosen(teaching == Some(size))
        })
        .chain([Item::new(l.t(Word::RealBacklog), deed(NodeDeed::Backlog(None))).chosen(teaching.is_none())])
        .collect();
    vec![process, versions, backlog, vec![Item::new(l.t(Word::RemoveNode), deed(NodeDeed::Remove)).harmful()]]
}

/// The menu of a link.
pub fn link(card: &LinkCard, look: &Look) -> Html {
    let l = look.locale;
    let label = l.f(Word::MoreLink, &[&card.a, &card.b]);
    let deed = |deed: LinkDeed| Act::Link(card.a.clone(), card.b.clone(), deed);
    let items = || {
        let fault = match card.state {
            Carries::Well => vec![
                Item::new(l.t(Word::Cut), deed(LinkDeed::Cut)).harmful(),
                Item::new(l.t(Word::Blackhole), deed(LinkDeed::Blackhole)).harmful(),
            ],
            _ => vec![Item::new(l.t(Word::Heal), deed(LinkDeed::Heal))],
        };
        let speed = vec![
            Item::new(l.t(Word::NormalSpeed), deed(LinkDeed::Normal)).chosen(card.bandwidth.is_none()),
            Item::new(l.t(Word::Slow), deed(LinkDeed::Slow)).chosen(card.bandwidth.is_some()),
        ];
        vec![fault, speed]
    };
    show(Menu::Link(card.a.clone(), card.b.clone()), &label, Icon::More, items, look)
}

/// The menu that adds a node.
pub fn add_node(look: &Look) -> Html {
    let l = look.locale;
    let items = || {
        vec![
            Version::ALL
                .into_iter()
                .rev()
                .map(|version| Item::new(format!("Redis {version}"), Act::AddNode(version)))
                .collect(),
        ]
    };
    show(Menu::AddNode, l.t(Word::AddNode), Icon::Plus, items, look)
}

fn show(menu: Menu, label: &str, sign: Icon, items: impl Fn() -> Vec<Vec<Item>>, look: &Look) -> Html {
    let open = look.is_open(&menu);
    let toggle = {
        let menu = menu.clone();
        look.emit.reform(move |event: MouseEvent| {
            event.stop_propagation();
            Act::Menu((!open).then(|| menu.clone()))
        })
    };
    html! {
        <div class="menu-of">
            <button class="icon-button" aria-haspopup="menu" aria-expanded={open.to_string()} aria-label={label.to_owned()}
                    title={label.to_owned()} onclick={toggle}>{ icon(sign) }</button>
            if open { { popup(label, items(), look) } }
        </div>
    }
}

fn popup(label: &str, groups: Vec<Vec<Item>>, look: &Look) -> Html {
    let close = look.emit.reform(|_: MouseEvent| Act::Menu(None));
    let onkeydown = {
        let emit = look.emit.clone();
        Callback::from(move |event: KeyboardEvent| match event.key().as_str() {
            "Escape" | "Tab" => {
                event.prevent_default();
                event.stop_propagation();
                focus::to_menu_button(&event);
                emit.emit(Act::Menu(None));
            }
            "ArrowDown" => focus::move_in_menu(&event, 1),
            "ArrowUp" => focus::move_in_menu(&event, -1),
            _ => event.stop_propagation(),
        })
    };
    html! {
        <>
            <div class="menu-shade" onclick={close}></div>
            <focus::Within class="menu" role="menu" label={label.to_owned()} {onkeydown}>
                { for groups.into_iter().enumerate().map(|(i, group)| html! {
                    <div class="menu-group" role="group" key={i}>{ for group.into_iter().map(|item| menu_item(item, look)) }</div>
                }) }
            </focus::Within>
        </>
    }
}

fn menu_item(item: Item, look: &Look) -> Html {
    let Item { text, act, harm, checked } = item;
    let emit = look.emit.clone();
    let onclick = Callback::from(move |event: MouseEvent| {
        event.stop_propagation();
        emit.emit(act.clone());
    });
    let class = classes!("menu-item", harm.then_some("harm"));
    let role = if checked.is_some() { "menuitemradio" } else { "menuitem" };
    html! {
        <button key={text.clone()} {class} {role} aria-checked={checked.map(|on| on.to_string())} {onclick} tabindex="-1">
            <span class="check">{ if checked == Some(true) { icon(Icon::Check) } else { html!() } }</span>
            { text }
        </button>
    }
}
