//! Worlds as text: the format of files, lessons, tests, the command line and links.
//!
//! A scenario is a script for a world: it starts nodes, types commands, lets time pass, breaks things, and says what
//! it expects. The text is a list of lines:
//!
//! ```text
//! scenario  = "resync 1" { line }
//! line      = "" | "#" comment | "|" more prose | statement
//! statement = NODE ">" command          typed at the node's terminal, quoted as in redis-cli
//!           | verb …                    one of [`VERBS`], which also makes the manual ([`manual`])
//! path      = NODE "-" NODE             a link
//!           | NODE "->" NODE            one direction of it
//! time      = number ("us" | "ms" | "s" | "min" | "h")
//! rate      = number ("bit" | "kbit" | "mbit" | "gbit")
//! option    = name "=" (word | "\"" text "\"")
//! ```
//!
//! Conditions have their own grammar, see [`condition`]. Parsing, printing and parsing again gives the same
//! scenario; comments, blank lines and prose are kept.
//!
//! Absent: expressions, variables, loops. A scenario is read from top to bottom.

mod ast;
pub mod condition;
mod cursor;
mod error;
mod eval;
pub mod events;
mod facts;
mod input;
mod lesson;
pub mod link;
mod moment;
mod parse;
mod print;
mod prose;
mod run;
#[cfg(test)]
mod text_tests;
mod verbs;

pub use ast::*;
pub use condition::Condition;
pub use error::{ScenarioError, nearest};
pub use eval::{Scene, Value, Watch};
pub use facts::{Facts, NodeFacts, verdict_words};
pub use input::{VERSION_DEFAULT, WAIT_MAX_DEFAULT, canonical};
pub use lesson::{Step, fill_in};
pub use moment::Moment;
pub use parse::TEXT_MAX;
pub use print::quote;
pub use run::{Bare, Failure, FailureKind, Host, Progress, Runner, Sight, StepMark};
pub use verbs::{VERBS, Verb, manual};
