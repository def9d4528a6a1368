//! The size of an element, kept up to date.

use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::{Element, ResizeObserver};
use yew::prelude::*;

/// Width and height of the content of `node`; zero until it is known.
#[hook]
pub fn use_size(node: &NodeRef) -> (f64, f64) {
    let size = use_state_eq(|| (0.0, 0.0));
    use_effect_with(node.clone(), {
        let set = size.setter();
        move |node| {
            let element = node.cast::<Element>();
            let watch = element.and_then(|element| watch(element, set));
            move || {
                if let Some((observer, callback)) = watch {
                    observer.disconnect();
                    drop(callback);
                }
            }
        }
    });
    *size
}

type Watch = (ResizeObserver, Closure<dyn FnMut()>);

fn watch(element: Element, set: UseStateSetter<(f64, f64)>) -> Option<Watch> {
    let measure = {
        let element = element.clone();
        move || set.set((f64::from(element.client_width()), f64::from(element.client_height())))
    };
    measure();
    let callback = Closure::<dyn FnMut()>::new(measure);
    let observer = ResizeObserver::new(callback.as_ref().unchecked_ref()).ok()?;
    observer.observe(&element);
    Some((observer, callback))
}
