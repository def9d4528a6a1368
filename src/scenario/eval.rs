//! Conditions against a world: what a term is at this moment, and whether a condition holds.

use std::cmp::Ordering;
use std::fmt;

use crate::base::{ByteCount, Offset, UnixMs, printable};
use crate::keyspace::Value as Stored;
use crate::node::link::LinkState;
use crate::node::view::{NodeView, ReplicaStage};
use crate::node::{Content, Node};
use crate::sim::{EPOCH, NodeEntry, NodeId, ProcessState, World, WorldEvent};

use super::condition::{Condition, Field, Op, Right, SlaveField, Subject, Term, Test};
use super::events;
use super::facts::Facts;
use super::print::quote;

/// What a term is worth at a moment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Value {
    None,
    Flag(bool),
    Number(i64),
    Word(String),
    Bytes(Vec<u8>),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::None => f.write_str("none"),
            Value::Flag(true) => f.write_str("yes"),
            Value::Flag(false) => f.write_str("no"),
            Value::Number(number) => number.fmt(f),
            Value::Word(word) => f.write_str(word),
            Value::Bytes(bytes) => f.write_str(&quote(bytes)),
        }
    }
}

/// A moment of a world, and what was told about it.
#[derive(Clone, Copy)]
pub struct Scene<'a> {
    pub world: &'a World,
    pub facts: &'a Facts,
}

/// A condition that somebody waits for.
#[derive(Clone, Debug)]
pub struct Watch {
    condition: Condition,
    /// For each test whether its event was seen.
    seen: Vec<bool>,
}

impl Watch {
    pub fn new(condition: Condition) -> Watch {
        let seen = vec![false; condition.all.len()];
        Watch { condition, seen }
    }

    pub fn condition(&self) -> &Condition {
        &self.condition
    }

    /// Tells of an event that happened during the wait.
    pub fn note(&mut self, world: &World, event: &WorldEvent) {
        for (test, seen) in self.condition.all.iter().zip(&mut self.seen) {
            if let Test::Event { node, kind } = test
                && events::is(kind, world, event)
            {
                let name = event.node.and_then(|id| world.node(id)).map(|entry| &entry.name);
                *seen |= node.is_none() || node.as_ref() == name;
            }
        }
    }

    /// Forgets the events seen so far.
    pub fn forget(&mut self) {
        self.seen.fill(false);
    }

    /// Whether the condition holds now.
    pub fn holds(&self, scene: Scene) -> bool {
        self.condition.all.iter().zip(&self.seen).all(|(test, seen)| match test {
            Test::Event { .. } => *seen,
            test => scene.holds(test),
        })
    }
}

impl Scene<'_> {
    /// Whether one test holds; an event test never does without a [`Watch`].
    fn holds(self, test: &Test) -> bool {
        match test {
            Test::Compare { left, op, right } => compare(&self.value(left), *op, &self.right(right), right),
            Test::Holds(term) => self.value(term) == Value::Flag(true),
            Test::SameData { a, b, negated } => {
                self.same_data(a, b) != Some(*negated) && self.both_alive(a, b)
            }
            Test::Event { .. } => false,
        }
    }

    /// The values that a condition was judged by: `b.psync is FULLRESYNC`.
    pub fn explain(self, condition: &Condition) -> String {
        let mut said: Vec<String> = Vec::new();
        for test in &condition.all {
            let mut say = |term: &Term| said.push(format!("{term} is {}", self.value(term)));
            match test {
                Test::Compare { left, right, .. } => {
                    say(left);
                    if let Right::Term(right) = right {
                        say(right);
                    }
                }
                Test::Holds(term) => {
                    say(term);
                    said.extend(self.explain_sync(term));
                }
                Test::SameData { a, b, .. } => said.push(match self.same_data(a, b) {
                    Some(true) => format!("{a} and {b} hold the same data"),
                    Some(false) => format!("{a} and {b} hold different data"),
                    None => format!("{a} and {b} do not both run"),
                }),
                Test::Event { .. } => said.push(format!("waited for {test}")),
            }
        }
        said.dedup();
        said.join(", ")
    }

    fn explain_sync(self, term: &Term) -> Option<String> {
        let Subject::Field(Field::Synced) = term.what else { return None };
        let of = |field| self.value(&Term { node: term.node.clone(), what: Subject::Field(field) });
        Some(format!(
            "its link is {} ({}), its offset {}",
            of(Field::Link),
            of(Field::LinkState),
            of(Field::Offset)
        ))
    }

    /// What a term is now; `None` for a node that is gone or has no such thing.
    pub fn value(self, term: &Term) -> Value {
        let Some(entry) = self.world.node_named(&term.node) else { return Value::None };
        match &term.what {
            Subject::Key(key) => self.key(entry, key),
            Subject::Slave(number, field) => self.slave(entry, *number, *field),
            Subject::Field(field) => self.field(entry, *field),
        }
    }

    fn right(self, right: &Right) -> Value {
        match right {
            Right::Term(term) => self.value(term),
            Right::Word(word) if word.eq_ignore_ascii_case("none") || word == "nil" => Value::None,
            Right::Word(word) => Value::Word(word.clone()),
            Right::Text(text) => Value::Bytes(text.clone()),
        }
    }

    fn view(self, entry: &NodeEntry) -> Option<NodeView> {
        entry.node.as_ref().map(|node| node.view(self.world.now()))
    }

    fn key(self, entry: &NodeEntry, key: &[u8]) -> Value {
        let Some(node) = &entry.node else { return Value::None };
        let now = UnixMs(EPOCH.0 + self.world.now().as_ms() as i64);
        match node.keyspace().db(0).get(key).filter(|found| !found.is_expired(now)) {
            Some(found) => match &found.value {
                Stored::String(text) => Value::Bytes(text.bytes.to_vec()),
                other => Value::Word(other.kind().into()),
            },
            None => Value::None,
        }
    }

    fn field(self, entry: &NodeEntry, field: Field) -> Value {
        let facts = self.facts.of(entry.id);
        let word = |word: Option<&str>| word.map_or(Value::None, |word| Value::Word(word.into()));
        match field {
            Field::Process => return Value::Word(process_word(entry.state).into()),
            Field::Version => return Value::Word(entry.version.to_string()),
            Field::Synced => return Value::Flag(self.synced(entry)),
            Field::Psync => return word(facts.psync),
            Field::Verdict => return word(facts.verdict.map(|(verdict, _)| verdict)),
            Field::Reason => return word(facts.verdict.map(|(_, reason)| reason)),
            Field::Reply => return facts.reply.map_or(Value::None, |reply| reply_value(&reply)),
            Field::FullSyncs => return Value::Number(facts.full_syncs as i64),
            Field::PartialSyncs => return Value::Number(facts.partial_syncs as i64),
            Field::Asked => return offset(facts.asked),
            Field::Continued => return count(facts.continued),
            Field::Rdb => return count(facts.rdb),
            Field::Granted => return offset(facts.granted),
            Field::Took => return facts.took.map_or(Value::None, |took| Value::Number(took.as_ms() as i64)),
            _ => {}
        }
        match self.view(entry) {
            Some(view) => view_field(&view, field),
            None => Value::None,
        }
    }

    fn slave(self, entry: &NodeEntry, number: u8, field: SlaveField) -> Value {
        let Some(view) = self.view(entry) else { return Value::None };
        let Some(replica) = view.replicas.get(usize::from(number)) else { return Value::None };
        match field {
            SlaveField::Stage => Value::Word(stage_word(replica.stage).into()),
            SlaveField::Offset => offset(Some(replica.acked)),
            SlaveField::Lag => Value::Number(replica.lag as i64),
            SlaveField::Pending => Value::Number(replica.pending.0 as i64),
            SlaveField::Name => {
                let peer = self.world.peer_of(entry.id, replica.conn).and_then(|id| self.world.node(id));
                Value::Word(peer.map_or(&*replica.host, |peer| &*peer.name).into())
            }
        }
    }

    fn both_alive(self, a: &str, b: &str) -> bool {
        self.same_data(a, b).is_some()
    }

    fn same_data(self, a: &str, b: &str) -> Option<bool> {
        let node = |name| Some(self.world.node_named(name)?.node.as_ref()?.clone());
        Some(same_data(&*node(a)?, &*node(b)?))
    }

    /// The same ID, the same applied offset, and nothing but routine under way between a replica and its master.
    fn synced(self, replica: &NodeEntry) -> bool {
        self.in_sync(replica).unwrap_or(false)
    }

    fn in_sync(self, entry: &NodeEntry) -> Option<bool> {
        let (replica, view) = (entry.node.as_ref()?, self.view(entry)?);
        let link = view.master.as_ref()?;
        let master_entry = self.world.node_named(&link.host)?;
        let (master, master_view) = (master_entry.node.as_ref()?, self.view(master_entry)?);
        let row = master_view
            .replicas
            .iter()
            .find(|row| self.world.peer_of(master_entry.id, row.conn) == Some(entry.id))?;
        let settled = link.link == LinkState::Connected
            && row.stage == ReplicaStage::Online
            && row.pending.0 == 0
            && self.only_routine_between(master_entry.id, entry.id);
        let same_history = match (link.applied, master_view.offset) {
            (Some(applied), Some(written)) if link.resume.is_some() => {
                applied == written && link.resume.map(|(id, _)| id) == master_view.repl_id
            }
            _ => same_data(master, replica),
        };
        Some(settled && same_history)
    }

    fn only_routine_between(self, master: NodeId, replica: NodeId) -> bool {
        self.world.in_flight().all(|message| match (message.from, message.to) {
            (from, to) if from == master && to == replica => message.content() == Some(Content::KeepAlive),
            (from, to) if from == replica && to == master => message.content() == Some(Content::Ack),
            _ => true,
        })
    }
}

fn view_field(view: &NodeView, field: Field) -> Value {
    let backlog = view.backlog.as_ref();
    let number = |number: u64| Value::Number(number as i64);
    match field {
        Field::Role => Value::Word(if view.master.is_some() { "replica" } else { "master" }.into()),
        Field::Link => match view.master.as_ref().map(|master| master.link) {
            None => Value::None,
            Some(LinkState::Connected) => Value::Word("up".into()),
            Some(_) => Value::Word("down".into()),
        },
        Field::LinkState => {
            view.master.as_ref().map_or(Value::None, |master| Value::Word(link_word(master.link).into()))
        }
        Field::Offset => match &view.master {
            Some(master) => offset(master.applied.or(view.offset)),
            None => offset(view.offset),
        },
        Field::Id => view.repl_id.map_or(Value::None, |id| Value::Word(id.to_text())),
        Field::SecondId => view.second_id.map_or(Value::None, |(id, _)| Value::Word(id.to_text())),
        Field::RunId => Value::Word(view.run_id.to_text()),
        Field::Master => {
            view.master.as_ref().map_or(Value::None, |master| Value::Word(master.host.to_string()))
        }
        Field::Replicas => number(view.replicas.len() as u64),
        Field::Keys => number(view.keys),
        Field::Snapshot => Value::Flag(view.snapshot.is_some()),
        Field::BacklogFirst => offset(backlog.map(|backlog| backlog.first)),
        Field::BacklogNext => offset(backlog.map(|backlog| backlog.first + backlog.length)),
        Field::BacklogLength => backlog.map_or(Value::None, |backlog| number(backlog.length.0)),
        Field::BacklogSize => backlog.map_or(Value::None, |backlog| number(backlog.size.0)),
        Field::BacklogEvicted => backlog.map_or(Value::None, |backlog| number(backlog.evicted.0)),
        _ => Value::None,
    }
}

fn count(bytes: Option<ByteCount>) -> Value {
    bytes.map_or(Value::None, |bytes| Value::Number(bytes.0 as i64))
}

fn offset(offset: Option<Offset>) -> Value {
    offset.map_or(Value::None, |offset| Value::Number(offset.0))
}

fn same_data(a: &Node, b: &Node) -> bool {
    a.keyspace().digest() == b.keyspace().digest()
}

fn process_word(state: ProcessState) -> &'static str {
    match state {
        ProcessState::Running => "running",
        ProcessState::Paused => "paused",
        ProcessState::Crashed => "crashed",
        ProcessState::Exited => "exited",
    }
}

fn stage_word(stage: ReplicaStage) -> &'static str {
    match stage {
        ReplicaStage::WaitsForStart | ReplicaStage::WaitsForEnd { .. } => "wait_bgsave",
        ReplicaStage::Transfer { .. } => "send_bulk",
        ReplicaStage::AwaitsAck { .. } | ReplicaStage::Online => "online",
    }
}

fn link_word(link: LinkState) -> &'static str {
    match link {
        LinkState::None => "none",
        LinkState::Connect => "connect",
        LinkState::Connecting => "connecting",
        LinkState::AwaitPong => "await-pong",
        LinkState::AwaitAuth => "await-auth",
        LinkState::AwaitPort => "await-port",
        LinkState::AwaitIp => "await-ip",
        LinkState::AwaitCapa => "await-capa",
        LinkState::AwaitPsync => "await-psync",
        LinkState::Transfer => "transfer",
        LinkState::Connected => "connected",
    }
}

/// A reply as `redis-cli` prints it, taken apart again: `(integer) 1`, `(nil)`, `(error) ERR …`, `"text"`.
fn reply_value(reply: &str) -> Value {
    if reply == "(nil)" {
        return Value::None;
    }
    if let Some(number) = reply.strip_prefix("(integer) ").and_then(|number| number.parse().ok()) {
        return Value::Number(number);
    }
    if let Some(error) = reply.strip_prefix("(error) ") {
        return Value::Word(error.into());
    }
    match reply.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(inner) if !reply.contains('\n') => Value::Bytes(unescape(inner)),
        _ => Value::Word(reply.into()),
    }
}

fn unescape(text: &str) -> Vec<u8> {
    let nodes = crate::base::Set::new();
    let quoted = format!("\"{text}\"");
    super::cursor::Cursor::new(&quoted, 1, &nodes).quoted().unwrap_or_else(|_| text.as_bytes().to_vec())
}

/// Text is compared exactly when it is quoted, words without regard to case, and numbers as numbers.
fn compare(left: &Value, op: Op, right: &Value, written: &Right) -> bool {
    let order = match (left, right) {
        (Value::None, Value::None) => Some(Ordering::Equal),
        (Value::None, _) | (_, Value::None) => None,
        _ => match (number_of(left), number_of(right)) {
            (Some(left), Some(right)) if !matches!(written, Right::Text(_)) => Some(left.cmp(&right)),
            _ => {
                let exact = matches!((left, right), (Value::Bytes(_), _) | (_, Value::Bytes(_)));
                let (left, right) = (bytes_of(left), bytes_of(right));
                let equal = if exact { left == right } else { left.eq_ignore_ascii_case(&right) };
                equal.then_some(Ordering::Equal)
            }
        },
    };
    match op {
        Op::Equal => order == Some(Ordering::Equal),
        Op::Differs => order != Some(Ordering::Equal),
        Op::Less => order == Some(Ordering::Less),
        Op::AtMost => matches!(order, Some(Ordering::Less | Ordering::Equal)),
        Op::More => order == Some(Ordering::Greater),
        Op::AtLeast => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
    }
}

fn number_of(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => Some(*number),
        Value::Word(word) => word.parse().ok(),
        Value::Bytes(bytes) => std::str::from_utf8(bytes).ok()?.parse().ok(),
        _ => None,
    }
}

fn bytes_of(value: &Value) -> Vec<u8> {
    match value {
        Value::Bytes(bytes) => bytes.clone(),
        other => other.to_string().into_bytes(),
    }
}

/// A value as prose shows it: keys' texts without quotes.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::Bytes(bytes) => printable(bytes, 256),
        other => other.to_string(),
    }
}
