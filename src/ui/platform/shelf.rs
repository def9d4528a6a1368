//! What the browser keeps of people's work: texts under names, in the storage that all tabs share.
//!
//! A browser may refuse (private windows, embedded pages) or be full. What it did not take is kept here, for as
//! long as the page lives.

use std::cell::Cell;

use js_sys::Math;
use web_sys::Storage;

use yew::prelude::*;

use super::listen::Listening;
use super::prefs;
use crate::base::{Map, sort_by};

const PREFIX: &str = "resync.work.";

/// Texts by name.
#[derive(Debug, Default)]
pub struct Shelf {
    /// What the browser did not take.
    here: Map<String, String>,
}

fn storage() -> Option<Storage> {
    prefs::window()?.local_storage().ok()?
}

impl Shelf {
    pub fn get(&self, name: &str) -> Option<String> {
        let here = || self.here.get(name).cloned();
        here().or_else(|| storage()?.get_item(&format!("{PREFIX}{name}")).ok()?)
    }

    /// Keeps `text`; `false`: only for as long as the page lives.
    pub fn put(&mut self, name: &str, text: &str) -> bool {
        let kept = storage().is_some_and(|shelf| shelf.set_item(&format!("{PREFIX}{name}"), text).is_ok());
        if kept {
            self.here.remove(name);
        } else {
            self.here.insert(name.to_owned(), text.to_owned());
        }
        kept
    }

    pub fn remove(&mut self, name: &str) {
        self.here.remove(name);
        if let Some(shelf) = storage() {
            // What cannot be removed stays: it takes room, and that is all.
            let _ = shelf.remove_item(&format!("{PREFIX}{name}"));
        }
    }

    /// Every name, in no order that means anything.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.here.keys().cloned().collect();
        if let Some(shelf) = storage() {
            let keys = (0..shelf.length().unwrap_or(0)).filter_map(|at| shelf.key(at).ok()?);
            names.extend(keys.filter_map(|key| key.strip_prefix(PREFIX).map(str::to_owned)));
        }
        sort_by(&mut names, Ord::cmp);
        names.dedup();
        names
    }
}

/// Calls `changed` when another tab has written on the shelf.
#[hook]
pub fn use_changed(changed: Callback<()>) {
    use_effect_with(changed, |changed| {
        let heard = changed.reform(|_| ());
        let listening = prefs::window().map(|window| Listening::new(&window, "storage", heard));
        move || drop(listening)
    });
}

thread_local! {
    /// How many names were given where there is no browser.
    static NATIVE: Cell<u32> = const { Cell::new(0) };
}

/// A name that no other tab has.
pub fn new_name() -> String {
    if prefs::window().is_none() {
        let number = NATIVE.with(|number| number.replace(number.get() + 1));
        return format!("native{number}");
    }
    let half = || (Math::random() * 4_294_967_296.0) as u32;
    format!("{:08x}{:08x}", half(), half())
}

/// A time (milliseconds since 1970) as people in this language write it.
pub fn when(ms: u64, tag: &str) -> String {
    let options = js_sys::Object::new();
    js_sys::Date::new(&(ms as f64).into()).to_locale_string(tag, &options).into()
}

/// Milliseconds since 1970.
pub fn clock() -> u64 {
    if prefs::window().is_some() { js_sys::Date::now() as u64 } else { 0 }
}
