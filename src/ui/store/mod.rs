//! The page's state and everything that can change it.
//!
//! One reducer is the only writer. The engine lives behind a `RefCell`: it is large, and a reducer that had to copy it
//! could not keep up with the frames. What changed is handed down in contexts that are split by how often they
//! change: the furniture ([`Ui`]) on a click, the photograph ([`Live`]) with an event of the engine, the moment
//! ([`Now`]) with every frame.

pub mod act;
pub mod engine;
pub mod lesson;
pub mod opening;
pub mod pace;
pub mod photo;
#[cfg(test)]
mod tests;
pub mod work;
pub mod works;

use std::cell::RefCell;
use std::rc::Rc;

use yew::prelude::*;

pub use act::{Act, BreakDeed, Dialog, HelpPage, LinkDeed, NodeDeed, Pane, Tab};
pub use works::{Deed, File, Shared, WayBack};

use crate::base::Instant;
use crate::timeline::{Replay, Slice};
use crate::ui::guide::next::Guide;
use crate::ui::platform::prefs::{self, Theme};
use crate::ui::platform::shelf::Shelf;
use crate::ui::platform::{files, history, later};
use crate::ui::snapshot::WorldView;
use crate::ui::stage::menu::Menu;
use crate::ui::words::Locale;
use engine::Engine;
use lesson::Lesson;
use opening::Opening;
use pace::{Pace, Pulse};
use work::Work;

/// What is shown where, and how: everything but the world.
#[derive(Clone, PartialEq)]
pub struct Ui {
    pub locale: Locale,
    pub theme: Theme,
    /// The node whose terminal is in front.
    pub selected: Option<Rc<str>>,
    pub menu: Option<Menu>,
    pub tab: Tab,
    /// What the lower half shows on a small screen.
    pub pane: Pane,
    /// The node whose backlog the tape shows.
    pub tape: Option<Rc<str>>,
    /// The first steps and how far they are; `None` when they are not shown.
    pub guide: Option<Guide>,
    /// The stop of the tour.
    pub tour: Option<usize>,
    /// The lessons that were read to their end: the names of their files, with blanks between them.
    pub finished: Rc<str>,
    /// Whether routine PINGs and ACKs are listed and stepped to.
    pub routine: bool,
    /// Whether single keys are shortcuts.
    pub keys: bool,
    pub dialog: Option<Dialog>,
    /// What the page has to say for a moment.
    pub notice: Option<Rc<str>>,
    /// The message or event whose bytes are shown.
    pub wire: Option<u64>,
    /// What the notice offers to go back to.
    pub way_back: Option<WayBack>,
    /// The link that was asked for.
    pub shared: Option<Rc<Shared>>,
    /// How much of what is being opened is done, in thousandths.
    pub opening: Option<u32>,
    /// A file is held over the page.
    pub hovered: bool,
    /// The browser keeps nothing, and it has been said.
    pub refused: bool,
    /// Changes when the shelf does.
    pub shelf: u32,
    pub lesson: Option<Rc<Lesson>>,
    /// The page of the lesson at which somebody took over.
    pub page: usize,
}

impl Ui {
    /// Whether the lesson in this file was read to its end.
    pub fn has_finished(&self, file: &str) -> bool {
        self.finished.split(' ').any(|finished| finished == file)
    }
}

/// The moment.
#[derive(Clone, Copy, PartialEq)]
pub struct Now(pub Instant);

/// The photograph of the world, and the engine for who needs more than that. Changes when the engine did something.
#[derive(Clone)]
pub struct Live {
    pub view: Rc<WorldView>,
    pub engine: Rc<RefCell<Engine>>,
    version: u64,
}

impl PartialEq for Live {
    fn eq(&self, other: &Live) -> bool {
        self.version == other.version && Rc::ptr_eq(&self.engine, &other.engine)
    }
}

/// The shelf, for who lists what is on it.
#[derive(Clone)]
pub struct Shelved {
    shelf: Rc<RefCell<Shelf>>,
    /// The work that is shown.
    pub name: Rc<str>,
    version: u32,
}

impl PartialEq for Shelved {
    fn eq(&self, other: &Shelved) -> bool {
        self.version == other.version && self.name == other.name
    }
}

impl Shelved {
    /// The works on which something was done, the newest first.
    pub fn works(&self) -> Vec<work::Kept> {
        let mut all = work::list(&self.shelf.borrow());
        all.retain(|kept| kept.deeds > 0);
        all
    }
}

/// What the transport shows besides the moment.
#[derive(Clone, PartialEq)]
pub struct Transport {
    pub playing: bool,
    pub pulse: Pulse,
    /// The slider's position, 0 to 100.
    pub speed: u32,
}

pub struct Store {
    pub engine: Rc<RefCell<Engine>>,
    pub view: Rc<WorldView>,
    pub version: u64,
    pub ui: Rc<Ui>,
    pub pace: Pace,
    /// The name under which this is kept.
    pub work: Work,
    pub shelf: Rc<RefCell<Shelf>>,
    /// What is being opened.
    pub opening: Option<Rc<Opening>>,
}

impl Store {
    /// The page as on a first visit, whose world is in the engine.
    fn first_visit(engine: Engine) -> Store {
        let locale = prefs::locale();
        let view = Rc::new(engine.photograph());
        let guide = (prefs::recall("guide").as_deref() != Some("off")).then(Guide::default);
        let selected = view.nodes.last().map(|card| card.name.clone());
        let ui = Ui {
            locale,
            theme: prefs::theme(),
            selected,
            menu: None,
            tab: Tab::Why,
            pane: Pane::Terminal,
            tape: None,
            guide,
            tour: None,
            finished: prefs::recall("finished").unwrap_or_default().into(),
            routine: false,
            keys: prefs::recall("keys").as_deref() != Some("off"),
            dialog: None,
            notice: None,
            wire: None,
            way_back: None,
            shared: None,
            opening: None,
            hovered: false,
            refused: false,
            shelf: 0,
            lesson: None,
            page: 0,
        };
        Store {
            view,
            version: 0,
            ui: Rc::new(ui),
            pace: Pace::new(engine.now()),
            engine: Rc::new(RefCell::new(engine)),
            work: Work::new(true),
            shelf: Rc::default(),
            opening: None,
        }
    }

    fn with_ui(&self, change: impl FnOnce(&mut Ui)) -> Store {
        let mut ui = (*self.ui).clone();
        change(&mut ui);
        Store { ui: Rc::new(ui), ..self.clone() }
    }

    /// After the engine did something.
    fn looked(&self, pace: Pace) -> Store {
        let view = self.engine.borrow().photograph();
        let view = if view == *self.view { self.view.clone() } else { Rc::new(view) };
        let ui = match &self.ui.guide {
            Some(guide) if guide.after(&view) != *guide => {
                Rc::new(Ui { guide: Some(guide.after(&view)), ..(*self.ui).clone() })
            }
            _ => self.ui.clone(),
        };
        Store { view, ui, version: self.version + 1, pace, ..self.clone() }
    }
}

impl Clone for Store {
    fn clone(&self) -> Store {
        Store {
            engine: self.engine.clone(),
            view: self.view.clone(),
            version: self.version,
            ui: self.ui.clone(),
            pace: self.pace.clone(),
            work: self.work.clone(),
            shelf: self.shelf.clone(),
            opening: self.opening.clone(),
        }
    }
}

impl Reducible for Store {
    type Action = Act;

    fn reduce(self: Rc<Self>, act: Act) -> Rc<Self> {
        Rc::new(act::reduce(&self, act))
    }
}

/// Keeps the work while it grows and when the page may end, and hears of the history and of files.
#[hook]
fn use_keeping(store: &Store, emit: &Emit) {
    /// What was done is kept within this time, and what passed by itself within the other, in milliseconds.
    const DONE_MS: i32 = 400;
    const PASSED_MS: i32 = 4_000;
    let keep = use_callback((), {
        let emit = emit.clone();
        move |(), ()| emit.emit(Act::Works(Deed::Keep))
    });
    let deeds = (store.engine.borrow().timeline.deeds(), store.ui.page);
    later::use_within(DONE_MS, deeds, keep.clone());
    later::use_within(PASSED_MS, store.version, keep.clone());
    crate::ui::platform::shelf::use_changed(keep.clone());
    history::use_leaving(keep);
    let went = use_callback((), {
        let emit = emit.clone();
        move |(), ()| {
            emit.emit(Act::Works(Deed::Went));
            crate::ui::lessons::open_asked(&emit);
        }
    });
    history::use_went(went);
    use_effect_with((), {
        let emit = emit.clone();
        move |()| crate::ui::lessons::open_asked(&emit)
    });
    let over = use_callback((), {
        let emit = emit.clone();
        move |over, ()| emit.emit(Act::Works(Deed::Hover(over)))
    });
    let given = use_callback((), {
        let emit = emit.clone();
        move |given, ()| emit.emit(Act::Works(Deed::Given(given)))
    });
    files::use_drop(over, given);
}

/// How long a task may take before the page is there, in milliseconds.
const SHORT_MS: u64 = 5;

/// The store that the page begins with, made before anything is drawn; compared by identity.
#[derive(Clone)]
pub struct Opened(Rc<Store>);

impl Opened {
    /// Makes what the address asks for and gives it to `then`, in tasks of a few milliseconds, so that the browser can paint and listen in between.
    pub fn here(then: impl FnOnce(Opened) + 'static) {
        Opened::after(Engine::to_first_visit(), then);
    }

    fn after(mut way: Replay, then: impl FnOnce(Opened) + 'static) {
        later::after(0, move || {
            // Moment by moment: the browser still compiles what they run.
            let slice =
                later::work_for(SHORT_MS, || way.advance(1), |slice| !matches!(slice, Slice::Working(_)));
            match slice {
                Slice::Working(_) => Opened::after(way, then),
                Slice::Done(opened) => later::after(0, move || {
                    let store = works::arrive(Store::first_visit(Engine::of(opened.timeline)));
                    later::after(0, move || then(Opened(Rc::new(store))));
                }),
                Slice::Refused(error) => panic!("the built-in scenario is short: {error:?}"),
            }
        });
    }
}

impl PartialEq for Opened {
    fn eq(&self, other: &Opened) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

#[derive(PartialEq, Properties)]
pub struct StoreProviderProps {
    pub opened: Opened,
    pub children: Html,
}

/// Where deeds go. Never changes.
pub type Emit = Callback<Act>;

#[component]
pub fn StoreProvider(props: &StoreProviderProps) -> Html {
    let store = use_reducer(|| (*props.opened.0).clone());
    let emit = use_callback((), {
        let dispatch = store.dispatcher();
        move |act: Act, ()| dispatch.dispatch(act)
    });
    let on_frame = use_callback((), {
        let dispatch = store.dispatcher();
        move |ms, ()| dispatch.dispatch(Act::Frame(ms))
    });
    let running = store.pace.playing || store.opening.is_some();
    crate::ui::platform::frame::use_animation_frame(running, on_frame);
    use_keeping(&store, &emit);
    let (theme, locale) = (store.ui.theme, store.ui.locale);
    use_effect_with((theme, locale), |(theme, locale)| {
        use crate::ui::words::{Say, Word};
        prefs::dress(*theme, *locale, &format!("Resync: {}", locale.t(Word::Tagline)));
    });
    let live = Live { view: store.view.clone(), engine: store.engine.clone(), version: store.version };
    let transport =
        Transport { playing: store.pace.playing, pulse: store.pace.pulse.clone(), speed: store.pace.speed };
    let shelved =
        Shelved { shelf: store.shelf.clone(), name: store.work.name.clone(), version: store.ui.shelf };
    html! {
        <ContextProvider<Shelved> context={shelved}>
        <ContextProvider<Emit> context={emit}>
        <ContextProvider<Rc<Ui>> context={store.ui.clone()}>
        <ContextProvider<Live> context={live}>
        <ContextProvider<Transport> context={transport}>
        <ContextProvider<Now> context={Now(store.pace.now)}>
            { props.children.clone() }
        </ContextProvider<Now>>
        </ContextProvider<Transport>>
        </ContextProvider<Live>>
        </ContextProvider<Rc<Ui>>>
        </ContextProvider<Emit>>
        </ContextProvider<Shelved>>
    }
}
