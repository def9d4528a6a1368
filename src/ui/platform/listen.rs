//! Listening to events of the window and of the document.

use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::{Event, EventTarget};
use yew::prelude::*;

/// Listens until it is dropped.
pub struct Listening {
    target: EventTarget,
    event: &'static str,
    handler: Closure<dyn FnMut(Event)>,
}

impl Listening {
    pub fn new(target: &EventTarget, event: &'static str, heard: Callback<Event>) -> Listening {
        let handler: Closure<dyn FnMut(Event)> = Closure::new(move |event| heard.emit(event));
        // Listening cannot fail; if it did nothing would be heard.
        let _ = target.add_event_listener_with_callback(event, handler.as_ref().unchecked_ref());
        Listening { target: target.clone(), event, handler }
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        let handler = self.handler.as_ref().unchecked_ref();
        let _ = self.target.remove_event_listener_with_callback(self.event, handler);
    }
}
