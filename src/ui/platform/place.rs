//! Places things by the CSSOM: a `style` attribute in markup is forbidden by the page's policy, and rightly so.

use web_sys::HtmlElement;
use yew::prelude::*;

use crate::ui::px::px;

#[derive(PartialEq, Properties)]
pub struct PlacedProps {
    pub class: Classes,
    pub x: f64,
    pub y: f64,
    /// 0: as wide as its content.
    #[prop_or_default]
    pub w: f64,
    /// 0: as high as its content.
    #[prop_or_default]
    pub h: f64,
    pub children: Html,
}

/// A box at a place.
#[component]
pub fn Placed(props: &PlacedProps) -> Html {
    let node = use_node_ref();
    let rect = (props.x, props.y, props.w, props.h);
    use_effect_with(rect, {
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
    html! { <div ref={node} class={props.class.clone()}>{ props.children.clone() }</div> }
}
