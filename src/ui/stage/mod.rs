//! The stage: a card for each node, the links between them with what is under way, and the backlog as a tape.
//!
//! Plain functions of (view, moment, layout); the component at the end only measures the room and asks for
//! the layout to glide when the topology changes.

pub mod card;
pub mod decision;
pub mod layout;
pub mod menu;
pub mod tape;
#[cfg(test)]
mod tests;
pub mod traffic;
pub mod way;
pub mod wires;

use std::rc::Rc;

use yew::prelude::*;

use crate::base::Instant;
use crate::ui::chrome::icon::{Icon, icon};
use crate::ui::platform::glide::use_glide;
use crate::ui::platform::place::use_placed;
use crate::ui::platform::prefs;
use crate::ui::platform::size::use_size;
use crate::ui::platform::zoom::{Floor, Pinch, use_pinch};
use crate::ui::px::decimal;
use crate::ui::snapshot::{NodeCard, WorldView};
use crate::ui::stage::layout::{Layout, Place, Rect, layout};
use crate::ui::store::{Act, Live, Now, Transport, Ui};
use crate::ui::words::{Locale, Say, Word};

/// How things are to be drawn, and where wishes go.
#[derive(Clone, PartialEq)]
pub struct Look {
    pub locale: Locale,
    pub selected: Option<Rc<str>>,
    pub menu: Option<menu::Menu>,
    /// Whom a node can follow: names and ports.
    pub peers: Rc<[(Rc<str>, u16)]>,
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
                let place = layout.place(&card.name)?.clone();
                // A card is drawn again only when it changed or something on it moves; otherwise every light is out.
                let now = if card.moves_at(now) { now } else { Instant(u64::MAX) };
                Some(html! { <PlacedCard key={format!("n{}", card.name)} card={card.clone()} {now} {place} look={look.clone()} /> })
            }) }
            { wires::controls(&wires, look) }
        </>
    }
}

#[derive(PartialEq, Properties)]
struct PlacedCardProps {
    card: Rc<NodeCard>,
    now: Instant,
    place: Place,
    look: Look,
}

#[component]
fn PlacedCard(props: &PlacedCardProps) -> Html {
    let Rect { x, y, w, h } = props.place.rect;
    let node = use_placed(x, y, w, h);
    let name = &props.card.name;
    let open = match &props.look.menu {
        Some(menu::Menu::Node(of) | menu::Menu::NodeValues(of)) => of == name,
        _ => false,
    };
    html! {
        <div ref={node} class={classes!("placed", open.then_some("on-top"))}>
            { card::card(&props.card, props.now, &props.look, props.place.shape, w) }
        </div>
    }
}

#[derive(PartialEq, Properties)]
pub struct StageProps {
    pub emit: Callback<Act>,
}

#[component]
pub fn Stage(props: &StageProps) -> Html {
    let view = use_context::<Live>().expect("inside the store").view;
    let now = use_context::<Now>().expect("inside the store").0;
    let ui = use_context::<Rc<Ui>>().expect("inside the store");
    let playing = use_context::<Transport>().expect("inside the store").playing;
    let room = use_node_ref();
    let (width, height) = use_size(&room);
    let aim = use_memo((view.clone(), width as i64, height as i64), |(view, width, height)| {
        layout(view, *width as f64, *height as f64)
    });
    let placed = use_glide(&aim);
    let fit = placed.fit();
    let zoom = use_reducer(Zoom::default);
    let dispatch = zoom.dispatcher();
    let on_pinch = use_callback(fit, move |pinch, fit| dispatch.dispatch(Wish::By(pinch, *fit)));
    use_pinch(&room, on_pinch);
    let scale = zoom.scale.unwrap_or(fit);
    let look = Look {
        locale: ui.locale,
        selected: ui.selected.clone(),
        menu: ui.menu.clone(),
        peers: view.nodes.iter().map(|card| (card.name.clone(), card.port)).collect(),
        emit: props.emit.clone(),
    };
    let onkeydown = ui.keys.then(|| by_keys(zoom.dispatcher(), fit, (width, height)));
    html! {
        <section class="stage" data-part="stage" aria-label={ui.locale.t(Word::Stage)} {onkeydown}>
            <div class="floor-space">
            <div class="room" ref={room} tabindex="0" role="group" aria-label={ui.locale.t(Word::StageRoom)}>
                if width > 0.0 {
                    <Floor width={placed.width} height={placed.height} {scale} anchor={zoom.anchor}>
                        { scene(&view, now, &placed, &look) }
                    </Floor>
                }
            </div>
            if width > 0.0 { { zoom_buttons(&zoom, scale, fit, (width, height), ui.locale) } }
            </div>
            // Its place is kept from the first moment, so that the room above is measured once.
            if width > 0.0 { { tape::strip(&view, ui.tape.as_deref(), playing.then_some(now), width, &look) } } else { <div class="tape"></div> }
        </section>
    }
}

/// How large the stage is drawn.
#[derive(Clone, Copy, PartialEq, Default)]
struct Zoom {
    /// Otherwise as large as fits.
    scale: Option<f64>,
    anchor: (f64, f64),
}

enum Wish {
    /// Larger or smaller, from what fits if nothing else was chosen.
    By(Pinch, f64),
    Fit,
}

/// One press of a button.
const ZOOM_STEP: f64 = 1.25;
const ZOOM_LEAST: f64 = 0.4;
const ZOOM_MOST: f64 = 2.5;

impl Reducible for Zoom {
    type Action = Wish;

    fn reduce(self: Rc<Self>, wish: Wish) -> Rc<Self> {
        match wish {
            Wish::Fit => Rc::new(Zoom::default()),
            Wish::By(Pinch { factor, at }, fit) => {
                let scale = (self.scale.unwrap_or(fit) * factor).clamp(ZOOM_LEAST, ZOOM_MOST);
                Rc::new(Zoom { scale: Some(scale), anchor: at })
            }
        }
    }
}

/// A step around the middle of the room.
fn step(factor: f64, fit: f64, room: (f64, f64)) -> Wish {
    Wish::By(Pinch { factor, at: (room.0 / 2.0, room.1 / 2.0) }, fit)
}

/// Z, Shift Z and 0, while the focus is on the stage.
fn by_keys(dispatch: UseReducerDispatcher<Zoom>, fit: f64, room: (f64, f64)) -> Callback<KeyboardEvent> {
    Callback::from(move |event: KeyboardEvent| {
        if event.ctrl_key() || event.meta_key() || event.alt_key() || prefs::typing() {
            return;
        }
        let wish = match event.key().as_str() {
            "z" => step(ZOOM_STEP, fit, room),
            "Z" => step(1.0 / ZOOM_STEP, fit, room),
            "0" => Wish::Fit,
            _ => return,
        };
        event.prevent_default();
        event.stop_propagation();
        dispatch.dispatch(wish);
    })
}

fn zoom_buttons(zoom: &UseReducerHandle<Zoom>, scale: f64, fit: f64, room: (f64, f64), l: Locale) -> Html {
    let press = |wish: fn(f64, (f64, f64)) -> Wish| {
        let dispatch = zoom.dispatcher();
        Callback::from(move |_: MouseEvent| dispatch.dispatch(wish(fit, room)))
    };
    let chosen = zoom.scale.is_some();
    let button = |word: Word, sign: Icon, onclick: Callback<MouseEvent>, off: bool| {
        let name = l.t(word);
        html! { <button class="icon-button" {onclick} aria-label={name} title={name} aria-disabled={off.then_some("true")}>{ icon(sign) }</button> }
    };
    html! {
        <div class={classes!("zoom", chosen.then_some("chosen"))} role="group" aria-label={l.f(Word::StageZoomAt, &[&decimal(scale * 100.0, 0)])}>
            { button(Word::StageZoomIn, Icon::Plus, press(|fit, room| step(ZOOM_STEP, fit, room)), scale >= ZOOM_MOST) }
            { button(Word::StageZoomFit, Icon::Fit, press(|_, _| Wish::Fit), !chosen) }
            { button(Word::StageZoomOut, Icon::Minus, press(|fit, room| step(1.0 / ZOOM_STEP, fit, room)), scale <= ZOOM_LEAST) }
        </div>
    }
}
