//! Files: what is dropped on the page or chosen, and what is saved from it.

use js_sys::{Array, Uint8Array};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Blob, BlobPropertyBag, DragEvent, Event, File, FileList, HtmlAnchorElement, HtmlInputElement, Url,
};
use yew::prelude::*;

use super::listen::Listening;
use super::prefs;

/// The largest file that is read, in bytes.
const FILE_MAX: f64 = 4.0 * 1024.0 * 1024.0;

/// A file from outside.
#[derive(Clone, PartialEq, Debug)]
pub struct Given {
    pub name: String,
    /// `None`: it cannot be read, or it is far too large for anything that this page opens.
    pub bytes: Option<Vec<u8>>,
}

fn read(file: File, then: Callback<Given>) {
    yew::platform::spawn_local(async move {
        let name = file.name();
        let bytes = match file.size() <= FILE_MAX {
            true => {
                JsFuture::from(file.array_buffer()).await.ok().map(|buffer| Uint8Array::new(&buffer).to_vec())
            }
            false => None,
        };
        then.emit(Given { name, bytes });
    });
}

fn first(files: Option<FileList>) -> Option<File> {
    files?.get(0)
}

/// Reads the file that was chosen in an `<input type=file>`.
pub fn chosen(event: &Event, then: Callback<Given>) {
    let Some(input) = event.target_dyn_into::<HtmlInputElement>() else { return };
    if let Some(file) = first(input.files()) {
        read(file, then);
    }
    // The same file can be chosen again.
    input.set_value("");
}

/// Calls `then` with a file that is dropped anywhere on the page, and `over` while one is held above it.
#[hook]
pub fn use_drop(over: Callback<bool>, then: Callback<Given>) {
    use_effect_with((over, then), |(over, then)| {
        let document = prefs::window().and_then(|window| window.document());
        let on = |event, heard: Callback<Event>| {
            document.as_ref().map(|document| Listening::new(document, event, heard))
        };
        let held = |event: &Event| {
            let transfer = event.dyn_ref::<DragEvent>().and_then(DragEvent::data_transfer);
            transfer.is_some_and(|transfer| transfer.types().includes(&"Files".into(), 0))
        };
        let above = {
            let over = over.clone();
            move |event: Event| {
                if held(&event) {
                    event.prevent_default();
                    over.emit(true);
                }
            }
        };
        let left = {
            let over = over.clone();
            move |event: Event| {
                // Only what leaves the window leaves the page.
                if event.dyn_ref::<DragEvent>().is_none_or(|event| event.related_target().is_none()) {
                    over.emit(false);
                }
            }
        };
        let dropped = {
            let (over, then) = (over.clone(), then.clone());
            move |event: Event| {
                let transfer = event.dyn_ref::<DragEvent>().and_then(DragEvent::data_transfer);
                if let Some(file) = transfer.and_then(|transfer| first(transfer.files())) {
                    event.prevent_default();
                    read(file, then.clone());
                }
                over.emit(false);
            }
        };
        let listening = [
            on("dragover", Callback::from(above)),
            on("dragleave", Callback::from(left)),
            on("drop", Callback::from(dropped)),
        ];
        move || drop(listening)
    });
}

/// Saves `bytes` as a file on the reader's machine.
pub fn save(name: &str, bytes: &[u8]) {
    let Some(document) = prefs::window().and_then(|window| window.document()) else { return };
    let kind = BlobPropertyBag::new();
    kind.set_type("application/octet-stream");
    let parts = Array::of1(&Uint8Array::from(bytes));
    let Ok(blob) = Blob::new_with_u8_array_sequence_and_options(&parts, &kind) else { return };
    let Ok(address) = Url::create_object_url_with_blob(&blob) else { return };
    if let Some(anchor) =
        document.create_element("a").ok().and_then(|a| a.dyn_into::<HtmlAnchorElement>().ok())
    {
        anchor.set_href(&address);
        anchor.set_download(name);
        anchor.click();
    }
    // The browser has taken its own hold of the blob by then.
    let _ = Url::revoke_object_url(&address);
}
