//! Animation frames.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use yew::prelude::*;

/// A frame that took longer than this stands for a page that was hidden: time does not jump.
const GAP_MAX_MS: f64 = 100.0;

/// Calls `on_frame` with the milliseconds since the last frame, for as long as `running` is true.
#[hook]
pub fn use_animation_frame(running: bool, on_frame: Callback<f64>) {
    use_effect_with((running, on_frame), |(running, on_frame)| {
        let frames = running.then(|| Frames::start(on_frame.clone()));
        move || drop(frames)
    });
}

type Cell0 = Rc<RefCell<Option<Closure<dyn FnMut(f64)>>>>;

struct Frames {
    id: Rc<Cell<i32>>,
    closure: Cell0,
}

impl Frames {
    fn start(on_frame: Callback<f64>) -> Frames {
        let id = Rc::new(Cell::new(0));
        let closure: Cell0 = Rc::default();
        let mut last: Option<f64> = None;
        *closure.borrow_mut() = Some(Closure::new({
            let (id, closure) = (id.clone(), closure.clone());
            move |at: f64| {
                let passed = last.map_or(0.0, |last| at - last);
                last = Some(at);
                // The next frame is asked for first: the callback may end the loop.
                id.set(request(&closure));
                if passed > 0.0 {
                    on_frame.emit(passed.min(GAP_MAX_MS));
                }
            }
        }));
        id.set(request(&closure));
        Frames { id, closure }
    }
}

fn request(closure: &Cell0) -> i32 {
    let closure = closure.borrow();
    let (Some(window), Some(closure)) = (web_sys::window(), closure.as_ref()) else { return 0 };
    window.request_animation_frame(closure.as_ref().unchecked_ref()).unwrap_or(0)
}

impl Drop for Frames {
    fn drop(&mut self) {
        if let Some(window) = web_sys::window() {
            // An id that is not known any more is no error.
            let _ = window.cancel_animation_frame(self.id.get());
        }
        // The closure holds its own cell: emptied here, or it would keep itself alive. It may be running at this
        // moment (a frame that ends the loop), so it is dropped in a later task.
        let closure = self.closure.clone();
        yew::platform::spawn_local(async move { drop(closure.borrow_mut().take()) });
    }
}
