//! The page's entry.

#[cfg(target_arch = "wasm32")]
fn main() {
    let document = web_sys::window().and_then(|window| window.document());
    if let Some(root) = document.and_then(|document| document.get_element_by_id("resync")) {
        root.set_inner_html("");
        yew::Renderer::<resync::ui::app::App>::with_root(root).render();
    }
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    eprintln!(
        "This program is the page: build it for the browser with `make serve`. The command line is resync-cli."
    );
}
