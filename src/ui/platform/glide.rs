//! Lets the layout glide from one topology to the next.

use std::rc::Rc;

use yew::prelude::*;

use super::frame::use_animation_frame;
use super::prefs;
use crate::ui::stage::layout::Layout;

/// How long it takes, in real time.
const GLIDE_MS: f64 = 420.0;

struct Glide {
    from: Rc<Layout>,
    to: Rc<Layout>,
    passed: f64,
}

enum Move {
    To(Rc<Layout>),
    By(f64),
}

impl Glide {
    fn shown(&self) -> Layout {
        let t = (self.passed / GLIDE_MS).clamp(0.0, 1.0);
        let eased = 1.0 - (1.0 - t).powi(3);
        self.from.mix(&self.to, eased)
    }

    fn moving(&self) -> bool {
        self.passed < GLIDE_MS
    }

    /// A new size of the window is no journey.
    fn is_resized(&self, aim: &Layout) -> bool {
        aim.room != self.to.room || aim.narrow != self.to.narrow
    }
}

impl Reducible for Glide {
    type Action = Move;

    fn reduce(self: Rc<Self>, action: Move) -> Rc<Self> {
        match action {
            Move::To(aim) if *aim == *self.to => self,
            Move::To(aim) => {
                let passed = if self.is_resized(&aim) || prefs::calm() { GLIDE_MS } else { 0.0 };
                Rc::new(Glide { from: Rc::new(self.shown()), to: aim, passed })
            }
            Move::By(ms) => {
                Rc::new(Glide { from: self.from.clone(), to: self.to.clone(), passed: self.passed + ms })
            }
        }
    }
}

/// The layout to draw now, on the way to `aim`.
#[hook]
pub fn use_glide(aim: &Rc<Layout>) -> Layout {
    let glide = use_reducer({
        let aim = aim.clone();
        move || Glide { from: aim.clone(), to: aim, passed: GLIDE_MS }
    });
    use_effect_with(aim.clone(), {
        let dispatch = glide.dispatcher();
        move |aim| dispatch.dispatch(Move::To(aim.clone()))
    });
    let on_frame = use_callback((), {
        let dispatch = glide.dispatcher();
        move |ms, ()| dispatch.dispatch(Move::By(ms))
    });
    use_animation_frame(glide.moving(), on_frame);
    // Until the effect has run, what is drawn must already fit what is there.
    if glide.is_resized(aim) {
        (**aim).clone()
    } else if glide.to.places.len() != aim.places.len() {
        glide.shown().mix(aim, 0.0)
    } else {
        glide.shown()
    }
}
