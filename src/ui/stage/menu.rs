//! The menus of nodes and links: everything that can be done to a thing, on the thing itself.

use std::rc::Rc;

use yew::prelude::*;

use crate::base::{Span, Version};
use crate::sim::LATENCY_DEFAULT;
use crate::ui::chrome::icon::{Icon, icon};
use crate::ui::platform::focus;
use crate::ui::snapshot::{Carries, LinkCard, NodeCard, Process, Role};
use crate::ui::stage::Look;
use crate::ui::store::{Act, LinkDeed, NodeDeed};
use crate::ui::words::{Locale, Say, Word};

/// Which menu is open.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Menu {
    Node(Rc<str>),
    Link(Rc<str>, Rc<str>),
    AddNode,
    Breaks,
    Branches,
    /// Values of one's own, for a node and for a link.
    NodeValues(Rc<str>),
    LinkValues(Rc<str>, Rc<str>),
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

/// The menu of a node; its card is given while the menu is open.
pub fn node(name: &Rc<str>, opened: Option<&NodeCard>, look: &Look) -> Html {
    let l = look.locale;
    let label = l.f(Word::ActionsFor, &[name]);
    let content = opened.map(|card| match &look.menu {
        Some(Menu::NodeValues(_)) => Content::Values(node_fields(card, l)),
        _ => Content::Items(node_items(card, look)),
    });
    show(Menu::Node(name.clone()), &label, Icon::More, content, look)
}

fn node_fields(card: &NodeCard, l: Locale) -> Vec<Field> {
    let deed = |make: fn(u64) -> NodeDeed| {
        let name = card.name.clone();
        Callback::from(move |number: Option<u64>| number.map(|number| Act::Node(name.clone(), make(number))))
    };
    let backlog = card.view.backlog.as_ref();
    let size = |teaching: bool| backlog.filter(|b| b.teaching == teaching).map(|b| b.size.0.to_string());
    vec![
        Field {
            label: l.t(Word::SnapshotMs),
            value: None,
            act: deed(|ms| NodeDeed::Snapshot(Span::from_ms(ms))),
        },
        Field { label: l.t(Word::BacklogBytes), value: size(false), act: deed(NodeDeed::BacklogSize) },
        Field {
            label: l.t(Word::RingBytes),
            value: size(true),
            act: deed(|bytes| NodeDeed::Backlog(Some(bytes).filter(|bytes| *bytes > 0))),
        },
    ]
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
    let others = look.peers.iter().filter(|(name, _)| *name != card.name && Some(&**name) != card.master());
    let follow = others.filter(|_| card.is_up()).map(|(name, port)| {
        let line = format!("SLAVEOF {name} {port}");
        Item::new(l.f(Word::ReplicateFrom, &[name, &port.to_string()]), Act::Line(card.name.clone(), line))
    });
    let follow = follow.collect();
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
        // A 2.6 has none.
        .filter(|_| card.view.version.profile().speaks_psync())
        .chain([Item::new(l.t(Word::OwnValues), Act::Menu(Some(Menu::NodeValues(card.name.clone()))))])
        .collect();
    vec![
        process,
        follow,
        versions,
        backlog,
        vec![Item::new(l.t(Word::RemoveNode), deed(NodeDeed::Remove)).harmful()],
    ]
}

/// The menu of a link.
pub fn link(card: &LinkCard, look: &Look) -> Html {
    let label = look.locale.f(Word::MoreLink, &[&card.a, &card.b]);
    let is_ours = |a: &Rc<str>, b: &Rc<str>| *a == card.a && *b == card.b;
    let content = match &look.menu {
        Some(Menu::Link(a, b)) if is_ours(a, b) => Some(Content::Items(link_items(card, look.locale))),
        Some(Menu::LinkValues(a, b)) if is_ours(a, b) => {
            Some(Content::Values(link_fields(card, look.locale)))
        }
        _ => None,
    };
    show(Menu::Link(card.a.clone(), card.b.clone()), &label, Icon::More, content, look)
}

fn link_items(card: &LinkCard, l: Locale) -> Vec<Vec<Item>> {
    let (a, b) = (&card.a, &card.b);
    let deed = |deed: LinkDeed| Act::Link(a.clone(), b.clone(), deed);
    let fault = match card.state {
        Carries::Well => vec![
            Item::new(l.t(Word::Cut), deed(LinkDeed::Cut)).harmful(),
            Item::new(l.f(Word::CutOneWay, &[a, b]), deed(LinkDeed::CutOneWay(true))).harmful(),
            Item::new(l.f(Word::CutOneWay, &[b, a]), deed(LinkDeed::CutOneWay(false))).harmful(),
            Item::new(l.t(Word::Blackhole), deed(LinkDeed::Blackhole)).harmful(),
            Item::new(l.f(Word::BlackholeOneWay, &[a, b]), deed(LinkDeed::BlackholeOneWay(true))).harmful(),
            Item::new(l.f(Word::BlackholeOneWay, &[b, a]), deed(LinkDeed::BlackholeOneWay(false))).harmful(),
        ],
        _ => vec![Item::new(l.t(Word::Heal), deed(LinkDeed::Heal))],
    };
    let normal = card.bandwidth.is_none() && card.latency == LATENCY_DEFAULT;
    let speed = vec![
        Item::new(l.t(Word::NormalSpeed), deed(LinkDeed::Normal)).chosen(normal),
        Item::new(l.t(Word::Slow), deed(LinkDeed::Slow)).chosen(card.bandwidth == Some(8_000)),
        Item::new(l.t(Word::OwnValues), Act::Menu(Some(Menu::LinkValues(a.clone(), b.clone())))),
    ];
    vec![fault, speed]
}

fn link_fields(card: &LinkCard, l: Locale) -> Vec<Field> {
    let deed = |make: fn(Option<u64>) -> Option<LinkDeed>| {
        let (a, b) = (card.a.clone(), card.b.clone());
        Callback::from(move |number| make(number).map(|deed| Act::Link(a.clone(), b.clone(), deed)))
    };
    vec![
        Field {
            label: l.t(Word::LatencyMs),
            value: Some(card.latency.as_ms().to_string()),
            act: deed(|ms| ms.map(|ms| LinkDeed::Latency(Span::from_ms(ms)))),
        },
        Field {
            label: l.t(Word::BandwidthKbit),
            value: card.bandwidth.map(|bits| (bits / 1000).to_string()),
            act: deed(|kbit| Some(LinkDeed::Bandwidth(kbit.map(|kbit| kbit.saturating_mul(1000))))),
        },
    ]
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
    let content = look.is_open(&Menu::AddNode).then(|| Content::Items(items()));
    show(Menu::AddNode, l.t(Word::AddNode), Icon::Plus, content, look)
}

/// What a menu that is open shows.
enum Content {
    Items(Vec<Vec<Item>>),
    Values(Vec<Field>),
}

/// A number to be typed.
struct Field {
    label: &'static str,
    /// What it is now, where that is known.
    value: Option<String>,
    /// What a number does; `None`: the field was emptied.
    act: Callback<Option<u64>, Option<Act>>,
}

fn show(menu: Menu, label: &str, sign: Icon, content: Option<Content>, look: &Look) -> Html {
    let open = content.is_some();
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
            {
                match content {
                    Some(Content::Items(items)) => popup(label, items, look),
                    Some(Content::Values(fields)) => values(label, fields, look),
                    None => html!(),
                }
            }
        </div>
    }
}

fn popup(label: &str, groups: Vec<Vec<Item>>, look: &Look) -> Html {
    let groups = groups.into_iter().filter(|group| !group.is_empty());
    html! {
        <>
            { shade(look) }
            <focus::Within key="items" class="menu" role="menu" label={label.to_owned()} onkeydown={keys(look, true)}>
                { for groups.enumerate().map(|(i, group)| html! {
                    <div class="menu-group" role="group" key={i}>{ for group.into_iter().map(|item| menu_item(item, look)) }</div>
                }) }
            </focus::Within>
        </>
    }
}

/// Numbers of one's own, each applied with Enter.
fn values(label: &str, fields: Vec<Field>, look: &Look) -> Html {
    html! {
        <>
            { shade(look) }
            <focus::Within key="values" class="menu values" role="dialog" label={label.to_owned()} onkeydown={keys(look, false)}>
                { for fields.into_iter().map(|field| value_field(field, look)) }
                <p class="soft">{ look.locale.t(Word::EnterApplies) }</p>
            </focus::Within>
        </>
    }
}

fn value_field(field: Field, look: &Look) -> Html {
    let emit = look.emit.clone();
    let Field { label, value, act } = field;
    let onchange = Callback::from(move |event: Event| {
        let Some(input) = event.target_dyn_into::<web_sys::HtmlInputElement>() else { return };
        let text = input.value();
        let number = text.trim().parse().ok();
        if number.is_none() && !text.trim().is_empty() {
            return;
        }
        if let Some(act) = act.emit(number) {
            emit.emit(act);
        }
    });
    // What it is now is a placeholder: a value would be put back with every frame while one types.
    html! {
        <label key={label}>{ label }<input type="text" inputmode="numeric" pattern="[0-9]*" placeholder={value} {onchange} /></label>
    }
}

fn shade(look: &Look) -> Html {
    let close = look.emit.reform(|event: MouseEvent| {
        event.stop_propagation();
        Act::Menu(None)
    });
    html! { <div class="menu-shade" onclick={close}></div> }
}

/// Escape closes what is open and gives the focus back; the arrows walk through a menu.
fn keys(look: &Look, menu: bool) -> Callback<KeyboardEvent> {
    let emit = look.emit.clone();
    Callback::from(move |event: KeyboardEvent| match event.key().as_str() {
        "Tab" if !menu => event.stop_propagation(),
        "Escape" | "Tab" => {
            event.prevent_default();
            event.stop_propagation();
            focus::to_menu_button(&event);
            emit.emit(Act::Menu(None));
        }
        "ArrowDown" if menu => focus::move_in_menu(&event, 1),
        "ArrowUp" if menu => focus::move_in_menu(&event, -1),
        _ => event.stop_propagation(),
    })
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
