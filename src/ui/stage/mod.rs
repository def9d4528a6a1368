//! The stage: a card for each node, the links between them with what is under way, and the backlog as a tape.
//!
//! Plain functions of (view, moment, layout); the component at the end only measures the room and asks for
//! the layout to glide when the topology changes.

pub mod card;
pub mod decision;
pub mod layout;
pub mod menu;
pub mod tape;
pub mod wires;

use std::rc::Rc;

use yew::prelude::*;

use crate::base::Instant;
use crate::ui::platform::glide::use_glide;
use crate::ui::platform::place::Placed;
use crate::ui::platform::size::use_size;
use crate::ui::snapshot::{NodeCard, WorldView};
use crate::ui::stage::layout::{Density, Layout, Rect, SLIM, layout};
use crate::ui::store::{Act, Now, Ui, Viewed};
use crate::ui::words::{Locale, Say, Word};

/// How things are to be drawn, and where wishes go.
#[derive(Clone, PartialEq)]
pub struct Look {
    pub locale: Locale,
    pub density: Density,
    pub selected: Option<Rc<str>>,
    pub menu: Option<menu::Menu>,
    pub emit: Callback<Act>,
}

impl Look {
    pub fn is_open(&self, menu: &menu::Menu) -> bool {
        self.menu.as_ref() == Some(menu)
    }
}

/// Everything on the stage at one moment.
pub fn scene(view: &WorldView, now: Instant, layout: &Layout, look: &Look) -> Html {
    let wires = wires::wires(view, layout);
    html! {
        <>
            { wires::picture(view, &wires, layout, now, look) }
            { for view.nodes.iter().filter_map(|card| {
                let place = layout.place(&card.name)?;
                // A card is drawn again only when it changed or something on it moves.
                let now = if card.moves_at(now) { now } else { Instant::ZERO };
                Some(html! { <PlacedCard key={format!("n{}", card.name)} card={card.clone()} {now} {place} look={look.clone()} /> })
            }) }
            { wires::controls(&wires, layout, look) }
        </>
    }
}

#[derive(PartialEq, Properties)]
struct PlacedCardProps {
    card: Rc<NodeCard>,
    now: Instant,
    place: Rect,
    look: Look,
}

#[component]
fn PlacedCard(props: &PlacedCardProps) -> Html {
    let Rect { x, y, w, h } = props.place;
    let open = props.look.is_open(&menu::Menu::Node(props.card.name.clone()));
    html! {
        <Placed class={classes!("placed", open.then_some("on-top"))} {x} {y} {w} {h}>
            { card::card(&props.card, props.now, &props.look, w < SLIM) }
        </Placed>
    }
}

#[derive(PartialEq, Properties)]
pub struct StageProps {
    pub emit: Callback<Act>,
}

#[component]
pub fn Stage(props: &StageProps) -> Html {
    let view = use_context::<Viewed>().expect("inside the store").0;
    let now = use_context::<Now>().expect("inside the store").0;
    let ui = use_context::<Rc<Ui>>().expect("inside the store");
    let room = use_node_ref();
    let (width, height) = use_size(&room);
    let aim = use_memo((view.clone(), width as i64, height as i64), |(view, width, height)| {
        layout(view, *width as f64, *height as f64)
    });
    let placed = use_glide(&aim);
    let look = Look {
        locale: ui.locale,
        density: placed.density,
        selected: ui.selected.clone(),
        menu: ui.menu.clone(),
        emit: props.emit.clone(),
    };
    html! {
        <section class="stage" data-part="stage" aria-label={ui.locale.t(Word::Stage)}>
            <div class="room" ref={room} tabindex="-1">
                if width > 0.0 {
                    <Placed class="floor" x={0.0} y={0.0} w={placed.width} h={placed.height}>
                        { scene(&view, now, &placed, &look) }
                    </Placed>
                }
            </div>
            if width > 0.0 { { tape::strip(&view, ui.tape.as_deref(), now, width, &look) } }
        </section>
    }
}
