//! A modal dialog of the browser's own: it keeps the focus inside, makes the page behind it inert, and gives the
//! focus back to what had it before.

use web_sys::{Element, HtmlDialogElement};
use yew::prelude::*;

#[derive(PartialEq, Properties)]
pub struct ModalProps {
    pub class: Classes,
    pub label: AttrValue,
    /// Escape, or a press beside the dialog.
    pub onclose: Callback<()>,
    pub children: Html,
}

#[component]
pub fn Modal(props: &ModalProps) -> Html {
    let node = use_node_ref();
    use_effect_with((), {
        let node = node.clone();
        move |()| {
            let dialog = node.cast::<HtmlDialogElement>();
            if let Some(dialog) = &dialog {
                // It is neither open nor out of the document yet: nothing can be wrong.
                let _ = dialog.show_modal();
            }
            move || {
                if let Some(dialog) = dialog {
                    dialog.close();
                }
            }
        }
    });
    let onkeydown = {
        let onclose = props.onclose.clone();
        Callback::from(move |event: KeyboardEvent| {
            // The page's shortcuts sleep behind a dialog.
            event.stop_propagation();
            if event.key() == "Escape" {
                event.prevent_default();
                onclose.emit(());
            }
        })
    };
    let oncancel = {
        let onclose = props.onclose.clone();
        Callback::from(move |event: Event| {
            event.prevent_default();
            onclose.emit(());
        })
    };
    let onclick = {
        let (onclose, node) = (props.onclose.clone(), node.clone());
        Callback::from(move |event: MouseEvent| {
            if event.target_dyn_into::<Element>().is_some()
                && event.target_dyn_into::<Element>() == node.cast()
            {
                onclose.emit(());
            }
        })
    };
    html! {
        <dialog ref={node} class={props.class.clone()} aria-label={props.label.clone()} {onkeydown} {oncancel} {onclick}>
            { props.children.clone() }
        </dialog>
    }
}
