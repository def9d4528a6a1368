//! Conditions: what `until`, `expect`, `cue` and breakpoints wait for or promise.
//!
//! ```text
//! condition = test { "and" test }
//! test      = term op (term | word | number | "text")     op: = != < <= > >=
//!           | term                                        a yes-or-no term: b.synced
//!           | NODE ("=" | "!=") NODE                      the same data, or not
//!           | "event" [NODE "."] KIND                     it happened since the wait began
//! term      = NODE "." FIELD | NODE "[" "key" "]"
//! ```
//!
//! Every term says whose view it is: `b.link` is what the replica `b` knows, `a.slave0` what the master `a` knows.
//! [`FIELDS`] is the one table of fields; parser, evaluation and manual use it.

use std::fmt;

use super::ast::Name;
use super::cursor::{Cursor, Parsed, is_word};
use super::error::ScenarioError;
use super::events;
use super::print::quote;
use crate::base::Set;

/// Tests that must all hold.
#[derive(Clone, PartialEq, Debug)]
pub struct Condition {
    pub all: Vec<Test>,
}

#[derive(Clone, PartialEq, Debug)]
pub enum Test {
    Compare {
        left: Term,
        op: Op,
        right: Right,
    },
    /// A yes-or-no term.
    Holds(Term),
    SameData {
        a: Name,
        b: Name,
        negated: bool,
    },
    Event {
        node: Option<Name>,
        kind: &'static str,
    },
}

/// A value that can be read from a node.
#[derive(Clone, PartialEq, Debug)]
pub struct Term {
    pub node: Name,
    pub what: Subject,
}

#[derive(Clone, PartialEq, Debug)]
pub enum Subject {
    Field(Field),
    /// What the master knows of its replica with this number.
    Slave(u8, SlaveField),
    /// The value of a key in database 0.
    Key(Vec<u8>),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Op {
    Equal,
    Differs,
    Less,
    AtMost,
    More,
    AtLeast,
}

impl Op {
    const ALL: [(&'static str, Op); 6] = [
        ("!=", Op::Differs),
        ("<=", Op::AtMost),
        (">=", Op::AtLeast),
        ("=", Op::Equal),
        ("<", Op::Less),
        (">", Op::More),
    ];
}

#[derive(Clone, PartialEq, Debug)]
pub enum Right {
    Term(Term),
    Word(String),
    Text(Vec<u8>),
}

/// What can be asked of a node.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Field {
    Role,
    Process,
    Version,
    Link,
    LinkState,
    Synced,
    Psync,
    Verdict,
    Reason,
    Offset,
    Id,
    SecondId,
    RunId,
    Master,
    Replicas,
    Keys,
    Reply,
    Snapshot,
    FullSyncs,
    PartialSyncs,
    Asked,
    Continued,
    Rdb,
    Granted,
    Took,
    BacklogFirst,
    BacklogNext,
    BacklogLength,
    BacklogSize,
    BacklogEvicted,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SlaveField {
    Stage,
    Name,
    Offset,
    Lag,
    Pending,
}

/// One row of the manual's table of fields.
pub struct FieldRow {
    pub name: &'static str,
    pub field: Field,
    pub what: &'static str,
}

const fn row(name: &'static str, field: Field, what: &'static str) -> FieldRow {
    FieldRow { name, field, what }
}

/// All fields of a node.
pub const FIELDS: [FieldRow; 30] = [
    row("role", Field::Role, "`master` or `replica`, as the node itself sees it"),
    row("process", Field::Process, "`running`, `paused`, `crashed` or `exited`"),
    row("version", Field::Version, "`2.6`, `2.8`, `4.0` or `7.0`"),
    row("link", Field::Link, "the replica's view of its link: `up` or `down`; `none` on a master"),
    row(
        "link-state",
        Field::LinkState,
        "the same, finely: `connect`, `connecting`, `await-pong`, `await-port`, `await-capa`, `await-psync`, \
         `transfer`, `connected`",
    ),
    row(
        "synced",
        Field::Synced,
        "yes when the replica and its master have the same ID and the same applied offset, and nothing but \
         routine is under way between them (2.6 has neither: the same data instead)",
    ),
    row(
        "psync",
        Field::Psync,
        "the last answer that this replica got: `CONTINUE`, `FULLRESYNC`, `ERR`, or `SYNC` when it did not ask",
    ),
    row("verdict", Field::Verdict, "the last decision of this master: `CONTINUE` or `FULLRESYNC`"),
    row(
        "reason",
        Field::Reason,
        "why: `own-id`, `second-id`, `nothing-to-continue`, `other-history`, `beyond-second-offset`, \
         `no-backlog`, `evicted`, `ahead`",
    ),
    row("offset", Field::Offset, "how many bytes of the stream it wrote (master) or applied (replica)"),
    row("id", Field::Id, "the replication ID it serves; up to 2.8 of a master the run ID"),
    row("second-id", Field::SecondId, "the ID of the history before a promotion, or `none`"),
    row("run-id", Field::RunId, "the run ID"),
    row("master", Field::Master, "the name of the node it replicates, or `none`"),
    row("replicas", Field::Replicas, "how many replicas are connected"),
    row("keys", Field::Keys, "how many keys it holds in all databases"),
    row("reply", Field::Reply, "the last reply at its terminal: its text, number or error line"),
    row("snapshot", Field::Snapshot, "yes while a snapshot is being made"),
    row("full-syncs", Field::FullSyncs, "how many full synchronisations this master granted"),
    row("partial-syncs", Field::PartialSyncs, "how many partial ones"),
    row("asked", Field::Asked, "the byte that was last asked for: by this replica, or of this master"),
    row("continued", Field::Continued, "how many bytes this master sent with its last `+CONTINUE`"),
    row("rdb", Field::Rdb, "how many bytes the last RDB had that this master sent or this replica took"),
    row("granted", Field::Granted, "the offset that this replica was told with the last `+FULLRESYNC`"),
    row(
        "took",
        Field::Took,
        "the last synchronisation of this replica in ms, from its question to the link being up",
    ),
    row("backlog.first", Field::BacklogFirst, "the offset of the oldest byte in the backlog, or `none`"),
    row("backlog.next", Field::BacklogNext, "the offset of the byte that will be written next"),
    row("backlog.length", Field::BacklogLength, "how many bytes are in it"),
    row("backlog.size", Field::BacklogSize, "how many it keeps"),
    row("backlog.evicted", Field::BacklogEvicted, "how many left it so far"),
];

/// The names of the fields, apart from the texts of the manual: reading a condition does not lead there.
static NAMED: [(&str, Field); FIELDS.len()] = {
    let mut all = [(FIELDS[0].name, FIELDS[0].field); FIELDS.len()];
    let mut i = 1;
    while i < all.len() {
        all[i] = (FIELDS[i].name, FIELDS[i].field);
        i += 1;
    }
    all
};

/// What follows `slave0`, `slave1`, …: name and meaning.
pub const SLAVE_FIELDS: [(&str, SlaveField, &str); 5] = [
    ("", SlaveField::Stage, "the master's view: `wait_bgsave`, `send_bulk`, `online`, or `none`"),
    ("name", SlaveField::Name, "which node it is"),
    ("offset", SlaveField::Offset, "the last offset it acknowledged"),
    ("lag", SlaveField::Lag, "seconds since the master heard of it"),
    ("pending", SlaveField::Pending, "bytes in its output buffer"),
];

/// The words that a field can show; anything else can never come true. Empty: any word or number.
pub fn words_of(field: Field) -> &'static [&'static str] {
    match field {
        Field::Role => &["master", "replica"],
        Field::Process => &["running", "paused", "crashed", "exited"],
        Field::Version => &["2.6", "2.8", "4.0", "7.0"],
        Field::Link => &["up", "down", "none"],
        Field::LinkState => &[
            "none",
            "connect",
            "connecting",
            "await-pong",
            "await-auth",
            "await-port",
            "await-ip",
            "await-capa",
            "await-psync",
            "transfer",
            "connected",
        ],
        Field::Psync => &["CONTINUE", "FULLRESYNC", "ERR", "SYNC", "none"],
        Field::Verdict => &["CONTINUE", "FULLRESYNC", "none"],
        Field::Reason => &[
            "own-id",
            "second-id",
            "nothing-to-continue",
            "other-history",
            "beyond-second-offset",
            "no-backlog",
            "evicted",
            "ahead",
            "none",
        ],
        _ => &[],
    }
}

/// How many tests a condition can have; each is judged at every moment of a wait.
const TESTS_MAX: usize = 32;

impl Condition {
    /// Reads a condition that stands alone, as a breakpoint does; `nodes` are those that exist.
    pub fn parse(text: &str, nodes: &Set<Name>) -> Result<Condition, ScenarioError> {
        let mut cursor = Cursor::new(text, 1, nodes);
        let condition = condition(&mut cursor)?;
        cursor.end()?;
        Ok(condition)
    }
}

pub(super) fn condition(cursor: &mut Cursor) -> Parsed<Condition> {
    let mut all = vec![test(cursor)?];
    while cursor.eat_word("and") {
        if all.len() == TESTS_MAX {
            return Err(cursor.fail("at most 32 tests in a condition"));
        }
        all.push(test(cursor)?);
    }
    Ok(Condition { all })
}

fn test(cursor: &mut Cursor) -> Parsed<Test> {
    let mut ahead = *cursor;
    if ahead.eat_word("event") && !ahead.rest().starts_with('.') {
        *cursor = ahead;
        return event(cursor);
    }
    let start = *cursor;
    let node = cursor.node()?;
    if !cursor.rest().starts_with(['.', '[']) {
        let negated = match op(cursor) {
            Some(Op::Equal) => false,
            Some(Op::Differs) => true,
            _ => return Err(cursor.fail("a field, as .offset, a key, as [\"name\"], or = and another node")),
        };
        return Ok(Test::SameData { a: node, b: cursor.node()?, negated });
    }
    *cursor = start;
    let left = term(cursor)?;
    let Some(op) = op(cursor) else {
        return match left.what {
            Subject::Field(Field::Synced | Field::Snapshot) => Ok(Test::Holds(left)),
            _ => Err(cursor.fail("a comparison (= != < <= > >=)")),
        };
    };
    let right = right(cursor, &left)?;
    Ok(Test::Compare { left, op, right })
}

fn event(cursor: &mut Cursor) -> Parsed<Test> {
    cursor.skip_blanks();
    let mut ahead = *cursor;
    let mut node = None;
    if let Ok(name) = ahead.node()
        && ahead.eat(".")
    {
        node = Some(name);
        *cursor = ahead;
    }
    let start = *cursor;
    let word = cursor.word("the kind of an event")?;
    match events::kind_named(word) {
        Some(kind) => Ok(Test::Event { node, kind }),
        None => Err({ start }.fail_among("the kind of an event", events::kinds())),
    }
}

fn op(cursor: &mut Cursor) -> Option<Op> {
    Op::ALL.into_iter().find(|(sign, _)| cursor.eat(sign)).map(|(_, op)| op)
}

fn right(cursor: &mut Cursor, left: &Term) -> Parsed<Right> {
    cursor.skip_blanks();
    let mut ahead = *cursor;
    if ahead.node().is_ok() && ahead.rest().starts_with(['.', '[']) {
        return Ok(Right::Term(term(cursor)?));
    }
    if cursor.rest().starts_with('"') {
        return Ok(Right::Text(cursor.quoted()?));
    }
    let start = *cursor;
    let (word, _) = cursor.value("a value")?;
    if let Subject::Field(field) = left.what {
        let words = words_of(field);
        if !words.is_empty() && !words.iter().any(|known| known.eq_ignore_ascii_case(&word)) {
            let expected = format!("one of {}", words.join(", "));
            return Err({ start }.fail_among(&expected, words.iter().copied()));
        }
    }
    Ok(Right::Word(word))
}

/// Reads `b.offset`, `a.slave0.lag` or `b["name"]`.
pub(super) fn term(cursor: &mut Cursor) -> Parsed<Term> {
    let node = cursor.node()?;
    if cursor.rest().starts_with('[') {
        cursor.eat("[");
        let key = cursor.quoted()?;
        if !cursor.rest().starts_with(']') {
            return Err(cursor.fail("]"));
        }
        cursor.eat("]");
        return Ok(Term { node, what: Subject::Key(key) });
    }
    let mut start = *cursor;
    if !start.eat(".") {
        return Err(start.fail("a field, as .offset, or a key, as [\"name\"]"));
    }
    cursor.eat(".");
    let name = cursor.take_while(|c| is_word(c) || c == '.');
    let what = field_named(name).map(Subject::Field).or_else(|| slave_named(name));
    match what {
        Some(what) => Ok(Term { node, what }),
        None => {
            let mut error = start.fail("a field of a node");
            error.suggestion = super::error::nearest(name, NAMED.iter().map(|(known, _)| *known));
            Err(error)
        }
    }
}

fn field_named(name: &str) -> Option<Field> {
    NAMED.iter().find(|(known, _)| *known == name).map(|(_, field)| *field)
}

fn slave_named(name: &str) -> Option<Subject> {
    let (slave, field) = name.split_once('.').unwrap_or((name, ""));
    let number = slave.strip_prefix("slave")?;
    if number.is_empty() || number.len() > 2 || !number.bytes().all(|c| c.is_ascii_digit()) {
        return None;
    }
    let (_, field, _) = SLAVE_FIELDS.iter().find(|(known, ..)| *known == field)?;
    Some(Subject::Slave(number.parse().ok()?, *field))
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, test) in self.all.iter().enumerate() {
            let joint = if index == 0 { "" } else { " and " };
            write!(f, "{joint}{test}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Test::Compare { left, op, right } => write!(f, "{left} {op} {right}"),
            Test::Holds(term) => write!(f, "{term}"),
            Test::SameData { a, b, negated } => write!(f, "{a} {} {b}", if *negated { "!=" } else { "=" }),
            Test::Event { node: Some(node), kind } => write!(f, "event {node}.{kind}"),
            Test::Event { node: None, kind } => write!(f, "event {kind}"),
        }
    }
}

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = Op::ALL.into_iter().find(|(_, op)| op == self).map_or("", |(sign, _)| sign);
        f.write_str(sign)
    }
}

impl fmt::Display for Right {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Right::Term(term) => write!(f, "{term}"),
            Right::Word(word) => f.write_str(word),
            Right::Text(text) => f.write_str(&quote(text)),
        }
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.node)?;
        match &self.what {
            Subject::Key(key) => write!(f, "[{}]", quote(key)),
            Subject::Field(field) => {
                let name = NAMED.iter().find(|(_, known)| known == field).map_or("", |(name, _)| *name);
                write!(f, ".{name}")
            }
            Subject::Slave(number, field) => {
                let name = SLAVE_FIELDS.iter().find(|(_, known, _)| known == field).map_or("", |row| row.0);
                let dot = if name.is_empty() { "" } else { "." };
                write!(f, ".slave{number}{dot}{name}")
            }
        }
    }
}
