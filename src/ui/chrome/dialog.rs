//! The frame that every dialog stands in: a title, a button that closes it, and the content.

use std::rc::Rc;

use yew::prelude::*;

use super::icon::{Icon, icon};
use crate::ui::platform::modal::Modal;
use crate::ui::store::{Act, Emit, Ui};
use crate::ui::words::{Say, Word};

#[derive(PartialEq, Properties)]
pub struct DialogFrameProps {
    pub title: AttrValue,
    pub children: Html,
}

#[component]
pub fn DialogFrame(props: &DialogFrameProps) -> Html {
    let emit = use_context::<Emit>().expect("inside the store");
    let ui = use_context::<Rc<Ui>>().expect("inside the store");
    let close = emit.reform(|_: MouseEvent| Act::Dialog(None));
    html! {
        <Modal class="dialog" label={props.title.clone()} onclose={emit.reform(|()| Act::Dialog(None))}>
            <div class="dialog-inside">
                <header>
                    <h2>{ &props.title }</h2>
                    <button class="icon-button" onclick={close} aria-label={ui.locale.t(Word::Close)}>{ icon(Icon::Close) }</button>
                </header>
                { props.children.clone() }
            </div>
        </Modal>
    }
}
