//! The browser: the only place that asks it for anything beyond drawing.
//!
//! Everything degrades quietly: without storage nothing is remembered, without a clipboard the link is in the
//! address bar.

pub mod fetch;
pub mod files;
pub mod focus;
pub mod frame;
pub mod glide;
pub mod history;
pub mod later;
pub mod light;
pub mod listen;
pub mod modal;
pub mod newest;
pub mod paste;
pub mod place;
pub mod prefs;
pub mod shelf;
pub mod size;
pub mod zoom;
