//! The history of the tab: each entry names the work that was shown.

use wasm_bindgen::JsValue;
use web_sys::History;
use yew::prelude::*;

use super::listen::Listening;
use super::prefs;

fn history() -> Option<History> {
    prefs::window()?.history().ok()
}

/// The work that the current entry names. It survives a reload, a crash of the tab, and going back and forth.
pub fn work() -> Option<String> {
    history()?.state().ok()?.as_string()
}

fn address(fragment: &str) -> Option<String> {
    let location = prefs::window()?.location();
    Some(location.pathname().ok()? + &location.search().ok()? + fragment)
}

/// A new entry; going back leads to the one before. `fragment` is the tail of its address.
pub fn push(work: &str, fragment: &str) {
    if let (Some(history), Some(address)) = (history(), address(fragment)) {
        // A browser that limits entries keeps the old one: then going back leads further back.
        let _ = history.push_state_with_url(&JsValue::from_str(work), "", Some(&address));
    }
}

/// Another name, or another tail, for the entry that is shown.
pub fn replace(work: &str, fragment: &str) {
    if let (Some(history), Some(address)) = (history(), address(fragment)) {
        let _ = history.replace_state_with_url(&JsValue::from_str(work), "", Some(&address));
    }
}

/// Calls `went` when somebody went back or forth, or changed the tail of the address by hand.
#[hook]
pub fn use_went(went: Callback<()>) {
    use_effect_with(went, |went| {
        let window = prefs::window();
        let on = |event| window.as_ref().map(|window| Listening::new(window, event, went.reform(|_| ())));
        let listening = ["popstate", "hashchange"].map(on);
        move || drop(listening)
    });
}

/// Calls `leaves` when the page may be about to end: it is hidden, closed or left.
#[hook]
pub fn use_leaving(leaves: Callback<()>) {
    use_effect_with(leaves, |leaves| {
        let window = prefs::window();
        let document = window.as_ref().and_then(|window| window.document());
        let call = || leaves.reform(|_| ());
        let listening = (
            window.as_ref().map(|window| Listening::new(window, "pagehide", call())),
            document.as_ref().map(|document| Listening::new(document, "visibilitychange", call())),
        );
        move || drop(listening)
    });
}
