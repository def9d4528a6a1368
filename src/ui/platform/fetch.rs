//! Files of the site itself.

use std::rc::Rc;

use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::Response;
use yew::prelude::*;

/// The text of a file beside the page; the error is for people.
pub async fn text(address: &str) -> Result<String, String> {
    let window = web_sys::window().ok_or("no window")?;
    let wrong = |_| format!("{address} cannot be fetched");
    let response = JsFuture::from(window.fetch_with_str(address)).await.map_err(wrong)?;
    let response: Response = response.dyn_into().map_err(wrong)?;
    if !response.ok() {
        return Err(format!("{address}: {}", response.status()));
    }
    let text = JsFuture::from(response.text().map_err(wrong)?).await.map_err(wrong)?;
    text.as_string().ok_or_else(|| format!("{address} is no text"))
}

/// The text of a file beside the page, once it is there.
#[hook]
pub fn use_text(address: &'static str) -> Option<Result<Rc<str>, Rc<str>>> {
    let text = use_state(|| None);
    use_effect_with(address, {
        let set = text.setter();
        move |address| {
            let address = *address;
            yew::platform::spawn_local(async move {
                set.set(Some(self::text(address).await.map(Rc::from).map_err(Rc::from)));
            });
        }
    });
    (*text).clone()
}
