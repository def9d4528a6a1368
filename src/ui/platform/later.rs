//! Once, after a while; and one thing after the other.

use std::cell::Cell;
use std::rc::Rc;

use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use yew::prelude::*;

use super::prefs;
use super::shelf::clock;

/// Calls `then` within `ms` milliseconds after `what` has changed; changes meanwhile do not put it off.
#[hook]
pub fn use_within<T: PartialEq + 'static>(ms: i32, what: T, then: Callback<()>) {
    let waits = use_mut_ref(|| Rc::new(Cell::new(false))).borrow().clone();
    let first = use_mut_ref(|| true);
    use_effect_with(what, move |_| {
        if !first.replace(false) && !waits.replace(true) {
            after(ms, move || {
                waits.set(false);
                then.emit(());
            });
        }
    });
}

/// Counts from 0 to `most`, one step a frame. What need not be there at first comes step by step, so that the browser lays
/// out, paints and listens in between.
#[hook]
pub fn use_steps(most: u32) -> u32 {
    let step = use_state_eq(|| 0);
    use_effect_with(*step, {
        let set = step.setter();
        move |step| {
            let next = step + 1;
            if next <= most {
                after_frame(move || set.set(next));
            }
        }
    });
    *step
}

/// Calls `then` in a later task, after at least `ms` milliseconds.
pub fn after(ms: i32, then: impl FnOnce() + 'static) {
    let Some(window) = prefs::window() else { return };
    let then = Closure::once_into_js(then);
    let _ = window.set_timeout_with_callback_and_timeout_and_arguments_0(then.unchecked_ref(), ms);
}

/// Calls `then` in a task after the next frame; without waiting for one where nobody sees them.
fn after_frame(then: impl FnOnce() + 'static) {
    let Some(window) = prefs::window() else { return };
    if window.document().is_none_or(|document| document.hidden()) {
        return after(0, then);
    }
    let then = Closure::once_into_js(move || after(0, then));
    let _ = window.request_animation_frame(then.unchecked_ref());
}

/// Does one piece of work after the other for about `ms` milliseconds, or until `is_last`; without a clock until then.
/// Gives what the last piece came to.
pub fn work_for<T>(ms: u64, mut work: impl FnMut() -> T, is_last: impl Fn(&T) -> bool) -> T {
    let start = clock();
    loop {
        let done = work();
        if is_last(&done) || (start > 0 && clock().saturating_sub(start) >= ms) {
            return done;
        }
    }
}
