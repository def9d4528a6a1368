//! The face: the page.
//!
//! It draws what the engine did and decides nothing of its own. `store` holds the state and is its only writer;
//! `snapshot` is a photograph of the world; `stage`, `timeline`, `terminal` and `inspector` are views of it;
//! `guide`, `lessons` and `help` lead through it; `chrome` is the furniture around them; `platform` alone talks to the
//! browser.
//!
//! Absent on purpose: any knowledge of how replication works, and any timer that tells the story. What is drawn
//! follows from the photograph, the moment and the layout.

pub mod app;
pub mod chrome;
pub mod guide;
pub mod help;
pub mod inspector;
pub mod lessons;
pub mod platform;
pub mod px;
pub mod share;
pub mod snapshot;
pub mod stage;
pub mod store;
pub mod terminal;
pub mod timeline;
pub mod words;
