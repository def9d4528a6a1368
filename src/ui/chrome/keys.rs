//! Single-key shortcuts, for the whole page. They sleep while somebody types, and can be turned off.

use std::rc::Rc;

use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::KeyboardEvent;
use yew::prelude::*;

use crate::ui::platform::{focus, prefs};
use crate::ui::store::engine::EngineRef;
use crate::ui::store::{Act, Dialog, Emit, HelpPage, Live, Transport, Ui};

type Handler = Closure<dyn FnMut(KeyboardEvent)>;

/// Listens to the keys; draws nothing, so that the page is not made anew with what they need to know.
#[component]
pub fn Shortcuts() -> Html {
    let emit = use_context::<Emit>().expect("inside the store");
    let ui = use_context::<Rc<Ui>>().expect("inside the store");
    let transport = use_context::<Transport>().expect("inside the store");
    let live = use_context::<Live>().expect("inside the store");
    let state = (ui.keys, transport.playing, transport.speed);
    use_effect_with((state, EngineRef(live.engine)), move |((keys, playing, speed), engine)| {
        let (keys, playing, speed, engine) = (*keys, *playing, *speed, engine.clone());
        let handler: Handler = Closure::new(move |event: KeyboardEvent| {
            if event.ctrl_key() || event.meta_key() || event.alt_key() || prefs::typing() || !keys {
                return;
            }
            let key = event.key();
            if let Some(act) = act(&key, playing, speed) {
                event.prevent_default();
                emit.emit(act);
            } else if let Some(digit) = key.parse::<usize>().ok().filter(|n| *n > 0) {
                let name = engine.0.borrow().names().get(digit - 1).cloned();
                if let Some(name) = name {
                    event.prevent_default();
                    emit.emit(Act::Select(name));
                    focus::soon("command");
                }
            }
        });
        let document = web_sys::window().and_then(|window| window.document());
        if let Some(document) = &document {
            // Listening cannot fail; if it did there would be no shortcuts.
            let _ = document.add_event_listener_with_callback("keydown", handler.as_ref().unchecked_ref());
        }
        move || {
            if let Some(document) = document {
                let _ =
                    document.remove_event_listener_with_callback("keydown", handler.as_ref().unchecked_ref());
            }
        }
    });
    html!()
}

fn act(key: &str, playing: bool, speed: u32) -> Option<Act> {
    Some(match key {
        "k" | "K" => Act::Play(!playing),
        "." => Act::Step,
        "," => Act::StepBack,
        "n" | "N" => Act::Milestone,
        "p" | "P" => Act::MilestoneBack,
        "[" => Act::BranchBy(-1),
        "]" => Act::BranchBy(1),
        "+" | "=" => Act::Speed(speed + 5),
        "-" => Act::Speed(speed.saturating_sub(5)),
        "?" => Act::Dialog(Some(Dialog::Help(HelpPage::Keys))),
        _ => return None,
    })
}
