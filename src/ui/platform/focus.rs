//! Focus: menus that are walked with the arrow keys, and things that take the focus when they appear.

use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::{Element, HtmlElement};
use yew::prelude::*;

#[derive(PartialEq, Properties)]
pub struct WithinProps {
    pub class: &'static str,
    pub role: &'static str,
    pub label: String,
    pub onkeydown: Callback<KeyboardEvent>,
    pub children: Html,
}

/// A box whose first button or field has the focus as soon as it is there.
#[component]
pub fn Within(props: &WithinProps) -> Html {
    let node = use_node_ref();
    use_effect_with((), {
        let node = node.clone();
        move |()| {
            if let Some(element) = node.cast::<Element>() {
                focus(element.query_selector("button, input").ok().flatten());
            }
        }
    });
    html! {
        <div ref={node} class={props.class} role={props.role} aria-label={props.label.clone()} onkeydown={props.onkeydown.clone()}>
            { props.children.clone() }
        </div>
    }
}

/// Gives `element` the focus.
pub fn focus(element: Option<Element>) {
    if let Some(element) = element.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        // An element that cannot take it leaves the focus where it is.
        let _ = element.focus();
    }
}

fn around(event: &KeyboardEvent, selector: &str) -> Option<Element> {
    event.target_dyn_into::<Element>()?.closest(selector).ok().flatten()
}

/// Moves the focus to another item of the menu that it is in.
pub fn move_in_menu(event: &KeyboardEvent, by: i32) {
    event.prevent_default();
    event.stop_propagation();
    let Some(menu) = around(event, "[role=menu]") else { return };
    let Ok(items) = menu.query_selector_all("button") else { return };
    let here = event.target_dyn_into::<web_sys::Node>();
    let count = items.length() as i32;
    let at = (0..count).find(|i| items.item(*i as u32) == here).unwrap_or(0);
    if count > 0 {
        focus(items.item((at + by).rem_euclid(count) as u32).and_then(|node| node.dyn_into().ok()));
    }
}

/// Gives the focus back to the button of a menu.
pub fn to_menu_button(event: &KeyboardEvent) {
    let button = around(event, ".menu-of").and_then(|menu| menu.query_selector("button").ok().flatten());
    focus(button);
}

/// Moves the focus along a row of tabs, and chooses the one it comes to.
pub fn move_in_tabs(event: &KeyboardEvent) {
    let by = match event.key().as_str() {
        "ArrowRight" | "ArrowDown" => 1,
        "ArrowLeft" | "ArrowUp" => -1,
        _ => return,
    };
    event.prevent_default();
    event.stop_propagation();
    let Some(list) = around(event, "[role=tablist]") else { return };
    let Ok(items) = list.query_selector_all("[role=tab]") else { return };
    let here = event.target_dyn_into::<web_sys::Node>();
    let count = items.length() as i32;
    let Some(at) = (0..count).find(|i| items.item(*i as u32) == here) else { return };
    let next =
        items.item((at + by).rem_euclid(count) as u32).and_then(|node| node.dyn_into::<HtmlElement>().ok());
    if let Some(next) = next {
        let _ = next.focus();
        next.click();
    }
}

/// Moves the focus to another row of the table that it is in.
pub fn move_in_rows(event: &KeyboardEvent) {
    let Some(row) = event.target_dyn_into::<Element>() else { return };
    let all = || row.parent_element();
    let to = match event.key().as_str() {
        "ArrowDown" => row.next_element_sibling(),
        "ArrowUp" => row.previous_element_sibling(),
        "Home" => all().and_then(|rows| rows.first_element_child()),
        "End" => all().and_then(|rows| rows.last_element_child()),
        _ => return,
    };
    event.prevent_default();
    focus(to);
}

fn with_id(id: &str) -> Option<Element> {
    web_sys::window()?.document()?.get_element_by_id(id)
}

/// Gives the focus to the element with this id.
pub fn by_id(id: &str) {
    focus(with_id(id));
}

/// Brings the element with this id into sight.
pub fn show(id: &str) {
    if let Some(element) = with_id(id) {
        element.scroll_into_view_with_bool(false);
    }
}

/// Gives the focus to the element with this id once what is being done now has been drawn: another one may have it then.
pub fn soon(id: &'static str) {
    // The next frame draws it; the one after that finds it.
    in_a_frame(move || in_a_frame(move || by_id(id)));
}

fn in_a_frame(then: impl FnOnce() + 'static) {
    if let Some(window) = web_sys::window() {
        // A page that draws no frames has no focus to give.
        let _ = window.request_animation_frame(Closure::once_into_js(then).unchecked_ref());
    }
}
