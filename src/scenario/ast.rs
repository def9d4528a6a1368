//! A scenario as data: what every line says.
//!
//! The tree keeps all that a person wrote (comments, blank lines, prose), so that printing it gives the text back
//! in its canonical spacing. Names are checked by the parser; whoever builds a tree by hand is trusted.

use bytes::Bytes;

use crate::base::{Instant, Span, Version};
pub use crate::sim::{Bandwidth, Name};

use super::condition::Condition;

/// The newest format that this library writes; it reads all formats up to this one.
pub const FORMAT: u32 = 1;

/// A whole scenario text.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Scenario {
    pub items: Vec<Item>,
}

/// One line (prose: with its continuation lines).
#[derive(Clone, Debug)]
pub struct Item {
    /// Where it stands in its text, from 1. Two items are equal wherever they stand.
    pub line: u32,
    pub what: What,
}

impl PartialEq for Item {
    fn eq(&self, other: &Item) -> bool {
        self.what == other.what
    }
}

/// What a line is.
#[derive(Clone, PartialEq, Debug)]
pub enum What {
    Blank,
    /// `# …`, without the sign and the blank after it.
    Comment(String),
    Statement(Statement),
}

/// What a line does.
#[derive(Clone, PartialEq, Debug)]
pub enum Statement {
    // -- words for people
    Title {
        locale: Option<Locale>,
        text: String,
    },
    /// Text for people in one language; belongs to the step above it, or introduces the scenario.
    Prose {
        locale: Option<Locale>,
        text: String,
    },
    /// A step of a lesson begins.
    Step {
        id: String,
    },
    /// The prose of this step comes up when the condition comes true.
    Cue {
        condition: Condition,
        limit: Option<Span>,
    },
    /// What to look at during this step.
    Look {
        at: Target,
    },
    // -- the world
    Seed(u64),
    Node {
        name: Name,
        version: Option<Version>,
        options: Vec<(String, String)>,
    },
    Link {
        path: Path,
        latency: Option<Span>,
        bandwidth: Option<Bandwidth>,
    },
    Remove {
        node: Name,
    },
    Configure {
        node: Name,
        options: Vec<(String, String)>,
    },
    // -- what somebody types
    Type {
        node: Name,
        line: String,
    },
    Every {
        every: Span,
        times: Option<u64>,
        node: Name,
        line: String,
    },
    Stop {
        node: Name,
    },
    Raw {
        node: Name,
        bytes: Vec<u8>,
    },
    // -- time
    After(Span),
    At(Instant),
    Until {
        condition: Condition,
        limit: Option<Span>,
    },
    // -- faults
    Cut(Path),
    Heal(Path),
    Blackhole(Path),
    Latency {
        path: Path,
        latency: Span,
    },
    Bandwidth {
        path: Path,
        bandwidth: Option<Bandwidth>,
    },
    Crash {
        node: Name,
    },
    Restart {
        node: Name,
    },
    Load {
        node: Name,
        rdb: Bytes,
    },
    Pause {
        node: Name,
    },
    Resume {
        node: Name,
    },
    // -- promises
    Expect(Condition),
    // -- the text itself
    /// Where a link to this scenario opens.
    Share(Instant),
}

/// The link between two nodes, or one direction of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Path {
    pub from: Name,
    pub to: Name,
    /// `a->b`: only what travels from the first to the second.
    pub one_way: bool,
}

/// A language, as a tag: `zh-Hans`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Locale(pub String);

/// A thing on the page that a lesson points at.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Target {
    Node(Name),
    Backlog(Name),
    Terminal(Name),
    Decision(Name),
    Link(Path),
    Timeline,
}

impl Scenario {
    /// The statements with their lines, in order.
    pub fn statements(&self) -> impl Iterator<Item = (u32, &Statement)> {
        self.items.iter().filter_map(|item| match &item.what {
            What::Statement(statement) => Some((item.line, statement)),
            _ => None,
        })
    }

    /// Adds a statement at the end.
    pub fn push(&mut self, statement: Statement) {
        let line = self.items.last().map_or(2, |item| item.line + 1);
        self.items.push(Item { line, what: What::Statement(statement) });
    }

    /// The seed of the world; 1 unless the text says otherwise.
    pub fn seed(&self) -> u64 {
        let seed = self.statements().find_map(|(_, statement)| match statement {
            Statement::Seed(seed) => Some(*seed),
            _ => None,
        });
        seed.unwrap_or(1)
    }

    /// The title in `locale`, else the one without a locale.
    pub fn title(&self, locale: &str) -> Option<&str> {
        self.localised(locale, |statement| match statement {
            Statement::Title { locale, text } => Some((locale, text)),
            _ => None,
        })
    }

    fn localised<'a>(
        &'a self,
        wanted: &str,
        pick: impl Fn(&'a Statement) -> Option<(&'a Option<Locale>, &'a String)>,
    ) -> Option<&'a str> {
        let mut fallback = None;
        for (locale, text) in self.statements().filter_map(|(_, statement)| pick(statement)) {
            match locale {
                Some(locale) if locale.0 == wanted => return Some(text),
                Some(_) => {}
                None => fallback = fallback.or(Some(text)),
            }
        }
        fallback.map(String::as_str)
    }
}
