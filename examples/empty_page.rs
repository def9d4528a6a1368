//! The smallest page that Yew can show: `make bench` measures the real one's first paint against it.

#[cfg(target_arch = "wasm32")]
fn main() {
    use yew::prelude::*;

    #[component]
    fn Empty() -> Html {
        html! { <h1>{ "Redis replication, happening in front of you" }</h1> }
    }

    let document = web_sys::window().and_then(|window| window.document());
    if let Some(root) = document.and_then(|document| document.get_element_by_id("resync")) {
        yew::Renderer::<Empty>::with_root(root).render();
    }
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    eprintln!("This program is a page: `make bench` builds it for the browser.");
}
