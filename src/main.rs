//! The page's entry.

#[cfg(target_arch = "wasm32")]
fn main() {
    use resync::ui::app::{App, AppProps};
    use resync::ui::store::Opened;

    let document = web_sys::window().and_then(|window| window.document());
    let Some(root) = document.and_then(|document| document.get_element_by_id("resync")) else { return };
    Opened::here(move |opened| {
        root.set_inner_html("");
        yew::Renderer::<App>::with_root_and_props(root, AppProps { opened }).render();
    });
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    eprintln!(
        "This program is the page: build it for the browser with `make serve`. The command line is resync-cli."
    );
}
