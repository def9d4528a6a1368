//! Files of the site itself.

use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::Response;

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
