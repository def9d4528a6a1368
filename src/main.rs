//! The page's entry.

#[cfg(target_arch = "wasm32")]
use yew::prelude::*;

/// The page before its first ring: only the name.
#[cfg(target_arch = "wasm32")]
#[component]
fn App() -> Html {
    html! { <main><h1>{ "Resync" }</h1></main> }
}

#[cfg(target_arch = "wasm32")]
fn main() {
    let host =
        web_sys::window().and_then(|window| window.document()).and_then(|page| page.get_element_by_id("app"));
    yew::Renderer::<App>::with_root(host.expect("index.html has #app")).render();
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    eprintln!("This is the page: build it with `make build`, or use `resync-cli`.");
}
