//! What lies over the page while something long is opened, and while a file is held over it.

use std::rc::Rc;

use yew::prelude::*;

use crate::ui::chrome::icon::{Icon, icon};
use crate::ui::platform::modal::Modal;
use crate::ui::store::{Act, Deed, Emit, Ui};
use crate::ui::words::{Say, Word};

#[derive(PartialEq, Properties)]
pub struct OpeningNowProps {
    /// How much is done, in thousandths.
    pub part: u32,
}

#[component]
pub fn OpeningNow(props: &OpeningNowProps) -> Html {
    let emit = use_context::<Emit>().expect("inside the store");
    let ui = use_context::<Rc<Ui>>().expect("inside the store");
    let l = ui.locale;
    let cancel = emit.reform(|()| Act::Works(Deed::Cancel));
    let onclick = cancel.reform(|_: MouseEvent| ());
    html! {
        <Modal class="dialog opening" label={l.t(Word::Open)} onclose={cancel}>
            <div class="dialog-inside">
                <p>{ l.t(Word::OpeningNow) }</p>
                <progress max="1000" value={props.part.to_string()} aria-label={l.t(Word::Open)}></progress>
                <button class="button" {onclick}>{ l.t(Word::Cancel) }</button>
            </div>
        </Modal>
    }
}

#[component]
pub fn DropTarget() -> Html {
    let ui = use_context::<Rc<Ui>>().expect("inside the store");
    html! {
        <div class="drop-target" aria-hidden="true">
            <p>{ icon(Icon::Folder) }{ ui.locale.t(Word::DropHere) }</p>
        </div>
    }
}
