//! Narration: what happened, in one plain sentence, in the reader's language.
//!
//! Picture a teacher who watches the trace and says each event aloud, with its numbers and nothing else. An event
//! becomes a message id with arguments; the tables here have the words of every id in every language, so the
//! page and the command line tell the same story. A sentence is a list of parts (a node's name, a number, an
//! ID, code, plain words), so the page can colour them and the command line can print them.
//!
//! Absent: any guess. A sentence says only what its event holds. Absent too: markup, time and layout.

mod table;
#[cfg(test)]
mod table_tests;
mod text;
mod ui_text;

pub use text::{Arg, Locale, Part, PartKind, Sentence, Template};
pub use ui_text::Ui;
