//! A floor that can be drawn larger or smaller than it is, inside a box that scrolls; and the gestures for it.

use std::cell::Cell;
use std::rc::Rc;

use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::{AddEventListenerOptions, Element, Event, HtmlElement, TouchEvent, WheelEvent};
use yew::prelude::*;

use crate::ui::px::{decimal, px};

#[derive(PartialEq, Properties)]
pub struct FloorProps {
    /// The size at scale 1.
    pub width: f64,
    pub height: f64,
    pub scale: f64,
    /// The point of the box around it that stays where it is when the scale changes.
    pub anchor: (f64, f64),
    pub children: Html,
}

#[component]
pub fn Floor(props: &FloorProps) -> Html {
    let floor = use_node_ref();
    let last = use_mut_ref(|| props.scale);
    let FloorProps { width, height, scale, anchor, .. } = *props;
    use_effect_with((width, height, scale), {
        let floor = floor.clone();
        move |(width, height, scale)| {
            let before = last.replace(*scale);
            let Some(floor) = floor.cast::<HtmlElement>() else { return };
            size(&floor, *width * scale, *height * scale);
            if let Some(scene) =
                floor.first_element_child().and_then(|child| child.dyn_into::<HtmlElement>().ok())
            {
                size(&scene, *width, *height);
                // Not a transform: menus that open inside it must not be clipped by it.
                let _ = scene.style().set_property("zoom", &decimal(*scale, 4));
            }
            if let Some(room) = floor.parent_element().filter(|_| before != *scale) {
                let grown = scale / before;
                room.set_scroll_left(((f64::from(room.scroll_left()) + anchor.0) * grown - anchor.0) as i32);
                room.set_scroll_top(((f64::from(room.scroll_top()) + anchor.1) * grown - anchor.1) as i32);
            }
        }
    });
    html! { <div class="floor" ref={floor}><div class="scene">{ props.children.clone() }</div></div> }
}

fn size(element: &HtmlElement, width: f64, height: f64) {
    // A browser that refuses a length leaves the box as it is.
    let _ = element.style().set_property("width", &(px(width) + "px"));
    let _ = element.style().set_property("height", &(px(height) + "px"));
}

/// A wish to enlarge by a factor, around a point of the box.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Pinch {
    pub factor: f64,
    pub at: (f64, f64),
}

/// Listens for pinching two fingers, on the glass or on a trackpad, and for turning the wheel with Ctrl.
#[hook]
pub fn use_pinch(room: &NodeRef, on_pinch: Callback<Pinch>) {
    use_effect_with((room.clone(), on_pinch), |(room, on_pinch)| {
        let watch = room.cast::<Element>().map(|room| Watch::start(room, on_pinch.clone()));
        move || drop(watch)
    });
}

type Listener = Closure<dyn FnMut(Event)>;

struct Watch {
    room: Element,
    listeners: Vec<(&'static str, Listener)>,
}

impl Watch {
    fn start(room: Element, on_pinch: Callback<Pinch>) -> Watch {
        let spread: Rc<Cell<Option<f64>>> = Rc::default();
        let mut watch = Watch { room, listeners: Vec::new() };
        watch.listen("wheel", {
            let (room, on_pinch) = (watch.room.clone(), on_pinch.clone());
            move |event: Event| {
                let Some(event) = event.dyn_ref::<WheelEvent>().filter(|event| event.ctrl_key()) else {
                    return;
                };
                event.prevent_default();
                let factor = (-event.delta_y() / 240.0).clamp(-0.5, 0.5).exp();
                let at = inside(&room, f64::from(event.client_x()), f64::from(event.client_y()));
                on_pinch.emit(Pinch { factor, at });
            }
        });
        watch.listen("touchmove", {
            let (room, spread) = (watch.room.clone(), spread.clone());
            move |event: Event| {
                let Some((event, fingers)) =
                    event.dyn_ref::<TouchEvent>().and_then(|event| Some((event, two(event)?)))
                else {
                    return;
                };
                event.prevent_default();
                let [one, other] = fingers;
                let now = (one.0 - other.0).hypot(one.1 - other.1).max(1.0);
                if let Some(before) = spread.replace(Some(now)) {
                    let at = inside(&room, (one.0 + other.0) / 2.0, (one.1 + other.1) / 2.0);
                    on_pinch.emit(Pinch { factor: now / before, at });
                }
            }
        });
        watch.listen("touchend", move |_| spread.set(None));
        watch
    }

    fn listen(&mut self, name: &'static str, callback: impl FnMut(Event) + 'static) {
        let options = AddEventListenerOptions::new();
        // A passive listener could not keep the browser from zooming the whole page.
        options.set_passive(false);
        let closure = Listener::new(callback);
        let call = closure.as_ref().unchecked_ref();
        // Listening cannot fail; if it did the buttons would remain.
        let _ =
            self.room.add_event_listener_with_callback_and_add_event_listener_options(name, call, &options);
        self.listeners.push((name, closure));
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        for (name, closure) in &self.listeners {
            let _ = self.room.remove_event_listener_with_callback(name, closure.as_ref().unchecked_ref());
        }
    }
}

/// Where two fingers are.
fn two(event: &TouchEvent) -> Option<[(f64, f64); 2]> {
    let touches = event.touches();
    let place = |i| touches.get(i).map(|touch| (f64::from(touch.client_x()), f64::from(touch.client_y())));
    Some([place(0)?, place(1)?])
}

fn inside(room: &Element, x: f64, y: f64) -> (f64, f64) {
    let rect = room.get_bounding_client_rect();
    (x - rect.left(), y - rect.top())
}
