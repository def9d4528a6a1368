//! What the browser remembers or wishes: theme, language, reduced motion, the history of the terminals.

use wasm_bindgen_futures::JsFuture;
use web_sys::{Document, Window};

use crate::narrate::Locale;

/// Dark or light.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Theme {
    Dark,
    Light,
}

impl Theme {
    pub fn name(self) -> &'static str {
        match self {
            Theme::Dark => "dark",
            Theme::Light => "light",
        }
    }

    pub fn other(self) -> Theme {
        match self {
            Theme::Dark => Theme::Light,
            Theme::Light => Theme::Dark,
        }
    }
}

/// The window, where there is a browser.
pub(super) fn window() -> Option<Window> {
    // Natively (tests render views) there is no browser at all.
    if cfg!(target_arch = "wasm32") { web_sys::window() } else { None }
}

fn document() -> Option<Document> {
    window()?.document()
}

fn wishes(query: &str) -> bool {
    window().and_then(|window| window.match_media(query).ok().flatten()).is_some_and(|query| query.matches())
}

/// Whether motion is to be avoided.
pub fn calm() -> bool {
    wishes("(prefers-reduced-motion: reduce)")
}

/// What was remembered under `name`.
pub fn recall(name: &str) -> Option<String> {
    window()?.local_storage().ok()??.get_item(&format!("resync.{name}")).ok()?
}

/// Remembers `value` under `name`; where the browser keeps nothing, nothing is kept.
pub fn remember(name: &str, value: &str) {
    if let Some(Ok(Some(storage))) = window().map(|window| window.local_storage()) {
        let _ = storage.set_item(&format!("resync.{name}"), value);
    }
}

/// The theme to start with.
pub fn theme() -> Theme {
    match recall("theme").as_deref() {
        Some("light") => Theme::Light,
        Some("dark") => Theme::Dark,
        _ if wishes("(prefers-color-scheme: light)") => Theme::Light,
        _ => Theme::Dark,
    }
}

/// The language to start with.
pub fn locale() -> Locale {
    match recall("locale") {
        Some(tag) => Locale::from_tag(&tag),
        None => {
            Locale::from_tag(&window().and_then(|window| window.navigator().language()).unwrap_or_default())
        }
    }
}

/// Tells the document its theme, language and title.
pub fn dress(theme: Theme, locale: Locale, title: &str) {
    let Some(document) = document() else { return };
    document.set_title(title);
    if let Some(root) = document.document_element() {
        let _ = root.set_attribute("data-theme", theme.name());
        let _ = root.set_attribute("lang", locale.tag());
    }
}

/// Whether the focus is where letters are typed. (A slider is an input, too, but takes none.)
pub fn typing() -> bool {
    document().and_then(|document| document.active_element()).is_some_and(|element| {
        matches!(element.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT")
            && element.get_attribute("type").as_deref() != Some("range")
    })
}

/// Puts `text` on the clipboard, where that is allowed; `then` hears whether it is there.
pub fn copy(text: &str, then: yew::Callback<bool>) {
    // There is no clipboard outside a secure context, and it may refuse.
    let Some(window) = window().filter(Window::is_secure_context) else { return then.emit(false) };
    let written = window.navigator().clipboard().write_text(text);
    yew::platform::spawn_local(async move { then.emit(JsFuture::from(written).await.is_ok()) });
}

/// The address of the page without its tail.
pub fn page_address() -> String {
    let href = window().and_then(|window| window.location().href().ok()).unwrap_or_default();
    href.split('#').next().unwrap_or_default().to_owned()
}

/// The fragment of the address.
pub fn fragment() -> String {
    window().and_then(|window| window.location().hash().ok()).unwrap_or_default()
}
