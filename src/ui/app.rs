//! The page as a whole: what stands where.

use std::rc::Rc;

use yew::prelude::*;

use crate::ui::chrome::keys::Shortcuts;
use crate::ui::chrome::panes::PaneTabs;
use crate::ui::chrome::top::TopBar;
use crate::ui::chrome::transport::TransportBar;
use crate::ui::chrome::voice::Voice;
use crate::ui::guide::tour::Tour;
use crate::ui::guide::{FirstSteps, Lights};
use crate::ui::help::Help;
use crate::ui::inspector::Inspector;
use crate::ui::lessons::{LessonList, LessonPanel};
use crate::ui::platform::later::use_steps;
use crate::ui::share::{DropTarget, OpenDialog, OpeningNow, ShareDialog};
use crate::ui::stage::Stage;
use crate::ui::store::{Dialog, Emit, Opened, Pane, StoreProvider, Ui};
use crate::ui::terminal::Terminals;
use crate::ui::timeline::Timeline;

#[derive(PartialEq, Properties)]
pub struct AppProps {
    pub opened: Opened,
}

#[component]
pub fn App(props: &AppProps) -> Html {
    html! { <StoreProvider opened={props.opened.clone()}><Page /></StoreProvider> }
}

#[component]
fn Page() -> Html {
    let emit = use_context::<Emit>().expect("inside the store");
    let ui = use_context::<Rc<Ui>>().expect("inside the store");
    // What need not be there at once comes in a task of its own each, what gives the stage its room first.
    let steps = use_steps(5);
    let pane = match ui.pane {
        Pane::Terminal => "pane-terminal",
        Pane::Inspector => "pane-inspector",
        Pane::Timeline => "pane-timeline",
        Pane::Lesson => "pane-lesson",
    };
    html! {
        <div class={classes!("page", pane, ui.lesson.is_some().then_some("with-lesson"))}>
            <TopBar />
            <main>
                if ui.lesson.is_some() { <LessonPanel /> }
                if steps > 0 { <FirstSteps /> }
                if steps > 1 { <Stage emit={emit.clone()} /> }
                if steps > 0 { <TransportBar /> }
                if steps > 0 { <PaneTabs /> }
                if steps > 3 { <Inspector /> }
                if steps > 2 { <Terminals /> }
                if steps > 4 { <Timeline /> }
            </main>
            {
                match ui.dialog {
                    Some(Dialog::Help(page)) => html! { <Help {page} /> },
                    Some(Dialog::Lessons) => html! { <LessonList /> },
                    Some(Dialog::Share) => html! { <ShareDialog /> },
                    Some(Dialog::Open) => html! { <OpenDialog /> },
                    None => html! {},
                }
            }
            if let Some(part) = ui.opening { <OpeningNow {part} /> }
            if ui.hovered { <DropTarget /> }
            if let Some(stop) = ui.tour { <Tour {stop} /> }
            <Shortcuts />
            <Lights />
            <Voice />
        </div>
    }
}
