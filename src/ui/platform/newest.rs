//! A list whose newest line comes in at the top, without moving what somebody reads.

use std::cell::RefCell;
use std::rc::Rc;

use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::{HtmlElement, MutationObserver, MutationObserverInit, ScrollBehavior, ScrollToOptions};
use yew::prelude::*;

use super::prefs;

/// What is known of a list since its last change.
#[derive(Default)]
struct Seen {
    /// The newest lines and where they stood. The first may make way for another, when a line of routine grows together.
    top: Vec<(HtmlElement, i32)>,
    /// How far from the newest line it still was: on its way there.
    left: i32,
}

/// How many lines are remembered.
const REMEMBERED: u32 = 3;

/// What comes in above is scrolled out of sight before it is painted, so nothing jumps; then the list glides to its newest
/// line, unless somebody has scrolled down to read. `there` says whether there is a list.
#[hook]
pub fn use_newest(list: &NodeRef, there: bool) {
    let list = list.clone();
    use_effect_with(there, move |_| {
        // An effect may come after the browser has painted; an observer never does.
        let watched = list.cast::<HtmlElement>().map(|list| {
            let seen = Rc::new(RefCell::new(Seen::default()));
            seen.borrow_mut().follow(&list);
            let tell = {
                let (list, seen) = (list.clone(), seen.clone());
                Closure::<dyn FnMut()>::new(move || seen.borrow_mut().follow(&list))
            };
            // Arrived: whoever scrolls down from now on reads.
            let arrive = {
                let list = list.clone();
                Closure::<dyn FnMut()>::new(move || {
                    if list.scroll_top() == 0 {
                        seen.borrow_mut().left = 0;
                    }
                })
            };
            list.set_onscroll(Some(arrive.as_ref().unchecked_ref()));
            let observer = MutationObserver::new(tell.as_ref().unchecked_ref()).expect("a function is given");
            let lines = MutationObserverInit::new();
            lines.set_child_list(true);
            // It watches nothing only if nothing is asked for.
            let _ = observer.observe_with_options(&list, &lines);
            (list, observer, tell, arrive)
        });
        move || {
            if let Some((list, observer, ..)) = &watched {
                list.set_onscroll(None);
                observer.disconnect();
            }
        }
    });
}

impl Seen {
    fn follow(&mut self, list: &HtmlElement) {
        let stands = |line: &HtmlElement| line.offset_top() - list.offset_top();
        let known = self.top.iter().find(|(line, _)| line.is_connected());
        let above = known.map_or(0, |(line, stood)| stands(line) - stood);
        let lines = list.children();
        let newest = (0..REMEMBERED).filter_map(|i| lines.item(i)?.dyn_into::<HtmlElement>().ok());
        self.top = newest.map(|line| (line.clone(), stands(&line))).collect();
        let from = list.scroll_top();
        if above <= 0 {
            // Another past.
            self.left = 0;
            return list.set_scroll_top(0);
        }
        if from == 0 && prefs::calm() {
            return;
        }
        list.set_scroll_top(from + above);
        if from <= self.left + 4 {
            self.left = from + above;
            let to = ScrollToOptions::new();
            to.set_top(0.0);
            to.set_behavior(ScrollBehavior::Smooth);
            list.scroll_to_with_scroll_to_options(&to);
        }
    }
}
