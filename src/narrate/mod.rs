//! Narration: what happened, in one plain sentence, in the reader's language.
//!
//! Picture a teacher who watches the trace and says each event aloud, with its numbers and nothing else. An event
//! becomes a message id with arguments ([`tell`]); the tables here have the words of every id in every language, so
//! the page and the command line tell the same story. A sentence is a list of parts (a node's name, a number, an
//! ID, code, plain words), so the page can colour them and the command line can print them.
//!
//! | file | what it is |
//! |---|---|
//! | `text` | locales, templates, sentences |
//! | `story` | the table of everything that can happen: colour, flag, sentence |
//! | `node_events`, `world_events` | which story an event is, and its numbers |
//! | `why` | why it matters, for decisions and milestones |
//! | `prose` | paragraphs of lessons and help pages |
//! | `terms` | names of states and reasons |
//! | `wire`, `bytes` | what bytes mean, and those of a message |
//! | `lessons` | the list of the guided scenarios |
//! | `expected` | what a wrong scenario text should have had |
//! | `help` | the help pages under `www/help/` |
//!
//! Absent: any guess. A sentence says only what its event holds. Absent too: markup, time, layout, and the texts of
//! the page's own furniture (`ui`).

mod bytes;
#[cfg(test)]
mod event_tests;
mod expected;
mod help;
mod lessons;
mod node_events;
mod prose;
mod story;
mod table;
#[cfg(test)]
mod table_tests;
mod terms;
mod text;
mod told;
mod why;
mod wire;
mod world_events;

pub use bytes::{Stretch, stretches};
pub use expected::expected;
pub use help::{Entry as HelpEntry, HelpError, entries as help_entries, full_resync_entry};
pub use lessons::{LESSONS, Lesson};
pub use node_events::tell_node;
pub use prose::{Block, blocks};
pub use story::{Story, Tone};
pub(crate) use table::lookup;
pub use terms::{Term, claim, full_reason, stage, station};
pub use text::{Arg, Locale, Part, PartKind, Sentence, Template, grouped};
pub use told::Told;
pub use why::{Why, why};
pub use wire::{Wire, rdb_meaning, resp_meaning};
pub use world_events::{Names, carried, narrate, tell, waiting_for};
