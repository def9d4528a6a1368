//! Lights things up: marks what is on the page with `data-lit`, for the style sheets to make it stand out.
//!
//! The mark is set from outside, so that no view has to know who points at it.

use web_sys::{Element, ScrollIntoViewOptions, ScrollLogicalPosition};
use yew::prelude::*;

/// Marks what the selectors match (a list with commas, or nothing), and nothing else. `deps` are whatever may bring new
/// elements onto the page. When the selectors change, the first match is brought into view.
#[hook]
pub fn use_light<T: PartialEq + 'static>(selectors: &str, deps: T) {
    let before = use_mut_ref(|| None::<String>);
    use_effect_with((selectors.to_owned(), deps), move |(selectors, _)| {
        // Nothing scrolls by itself while the page opens.
        let is_new = before.replace(Some(selectors.clone())).is_some_and(|before| before != *selectors);
        light(selectors, is_new);
    });
}

fn light(selectors: &str, bring: bool) {
    let Some(document) = web_sys::window().and_then(|window| window.document()) else { return };
    for element in all(&document, "[data-lit]") {
        if selectors.is_empty() || !element.matches(selectors).unwrap_or(false) {
            // An attribute that is there can be taken away.
            let _ = element.remove_attribute("data-lit");
        }
    }
    if selectors.is_empty() {
        return;
    }
    for (i, element) in all(&document, selectors).into_iter().enumerate() {
        let _ = element.set_attribute("data-lit", "");
        if bring && i == 0 {
            let how = ScrollIntoViewOptions::new();
            how.set_block(ScrollLogicalPosition::Nearest);
            element.scroll_into_view_with_scroll_into_view_options(&how);
        }
    }
}

fn all(document: &web_sys::Document, selectors: &str) -> Vec<Element> {
    use wasm_bindgen::JsCast;
    let Ok(list) = document.query_selector_all(selectors) else { return Vec::new() };
    (0..list.length()).filter_map(|i| list.item(i)?.dyn_into().ok()).collect()
}
