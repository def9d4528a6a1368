//! Places things by the CSSOM: a `style` attribute in markup is forbidden by the page's policy, and rightly so.

use web_sys::HtmlElement;
use yew::prelude::*;

use crate::ui::px::px;

/// Puts the element of the node that it gives at `x` and `y`, `w` wide and `h` high; 0: as large as its content.
#[hook]
pub fn use_placed(x: f64, y: f64, w: f64, h: f64) -> NodeRef {
    let node = use_node_ref();
    use_effect_with((x, y, w, h), {
        let node = node.clone();
        move |(x, y, w, h)| {
            if let Some(element) = node.cast::<HtmlElement>() {
                let style = element.style();
                let set = |name: &str, length: f64| {
                    // A browser that refuses a length leaves the box where it is.
                    let _ = style.set_property(name, &(px(length) + "px"));
                };
                set("left", *x);
                set("top", *y);
                if *w > 0.0 {
                    set("width", *w);
                }
                if *h > 0.0 {
                    set("height", *h);
                }
            }
        }
    });
    node
}
