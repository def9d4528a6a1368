//! What the page shows, as plain data: a photograph of the world at one moment.
//!
//! The store takes a new photograph whenever the engine did something; views are functions of it, the present
//! moment and the layout. Nothing here knows how the engine works, and nothing here is drawn.

use std::rc::Rc;

use crate::base::{Instant, Offset, ReplId, Span};
use crate::node::verdict::Decision;
use crate::node::view::NodeView;

/// How long something that just changed stays lit, in virtual time.
pub const GLOW: Span = Span::from_ms(90);

/// The world at one moment.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct WorldView {
    pub nodes: Vec<Rc<NodeCard>>,
    pub links: Vec<Rc<LinkCard>>,
    /// What is under way, oldest first.
    pub messages: Vec<Rc<MessageCard>>,
    /// What was lost on links that are still broken, or a moment ago.
    pub losses: Vec<Rc<LossCard>>,
    /// The newest answer to a PSYNC.
    pub decision: Option<Rc<DecisionCard>>,
}

impl WorldView {
    pub fn node(&self, name: &str) -> Option<&Rc<NodeCard>> {
        self.nodes.iter().find(|node| &*node.name == name)
    }

    /// The link between two nodes, in whichever order they are named.
    pub fn link(&self, one: &str, other: &str) -> Option<&Rc<LinkCard>> {
        self.links.iter().find(|link| link.joins(one, other))
    }
}

/// What the process of a node does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Process {
    Running,
    Paused,
    Crashed,
}

/// One node.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NodeCard {
    pub name: Rc<str>,
    pub port: u16,
    pub process: Process,
    pub view: NodeView,
    /// The history that its data belong to.
    pub history: Option<ReplId>,
    /// Keys in order, at most [`ROWS_MAX`] of them; `view.keys` counts all.
    pub rows: Vec<DataRow>,
    /// When the view was taken; progress is counted on from here.
    pub at: Instant,
    /// When bytes were last appended to the node's stream, and how many.
    pub appended: Option<(Instant, u64)>,
    /// Some node names it as its master, whether connected or not.
    pub followed: bool,
}

/// How many keys a card keeps.
pub const ROWS_MAX: usize = 12;

/// One key with its value in short.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DataRow {
    pub key: Rc<str>,
    pub value: Rc<str>,
    pub db: u32,
    /// When it expires.
    pub expires: Option<Instant>,
    /// When it was last changed here, if that was not long ago.
    pub changed: Option<Instant>,
    /// When it was last changed anywhere: of keys that have no room the same ones are left out on every card.
    pub touched: Option<Instant>,
}

/// Where a node stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    Master,
    Replica,
    /// A master whom nobody follows or wants to follow.
    Alone,
}

impl NodeCard {
    pub fn role(&self) -> Role {
        match &self.view.master {
            Some(_) => Role::Replica,
            None if self.view.replicas.is_empty() && !self.followed => Role::Alone,
            None => Role::Master,
        }
    }

    pub fn is_up(&self) -> bool {
        self.process != Process::Crashed
    }

    /// The name of the node it follows.
    pub fn master(&self) -> Option<&str> {
        self.view.master.as_ref().map(|master| &*master.host)
    }

    /// Bytes of the stream that this node has: what it wrote, or what it applied.
    pub fn offset(&self) -> Option<Offset> {
        let profile = self.view.version.profile();
        if !profile.speaks_psync() {
            // It counts nothing.
            return None;
        }
        match &self.view.master {
            // A replica up to 2.8 has no position but in its master's history.
            Some(master) => master.applied.or(self.view.offset.filter(|_| profile.speaks_psync2())),
            None => self.view.offset,
        }
    }

    /// Whether its picture depends on the moment: a light that fades or a bar that fills.
    pub fn moves_at(&self, now: Instant) -> bool {
        let lit = |at: Option<Instant>| at.is_some_and(|at| now.since(at) < GLOW);
        self.process == Process::Running
            && (self.view.is_busy() || self.rows.iter().any(|row| lit(row.changed) || row.expires.is_some()))
    }
}

/// How well a direction of a link carries.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Carries {
    Well,
    /// Bytes are held back and nobody is told.
    Nothing,
    /// Connections were reset.
    Cut,
}

/// The link between two nodes, named in the order of the nodes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LinkCard {
    pub a: Rc<str>,
    pub b: Rc<str>,
    pub latency: Span,
    /// Bits a second.
    pub bandwidth: Option<u64>,
    /// The worse of both directions.
    pub state: Carries,
    /// Only this direction is broken: from, to.
    pub one_way: Option<(Rc<str>, Rc<str>)>,
}

impl LinkCard {
    pub fn joins(&self, one: &str, other: &str) -> bool {
        (&*self.a == one && &*self.b == other) || (&*self.a == other && &*self.b == one)
    }
}

/// What a message is, by the colours of the page.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Handshake,
    Question,
    Continue,
    FullResync,
    Refusal,
    Rdb,
    Stream,
    Ack,
    KeepAlive,
    Dialogue,
}

impl Kind {
    pub fn class(self) -> &'static str {
        match self {
            Kind::Handshake | Kind::Dialogue => "k-talk",
            Kind::Question => "k-question",
            Kind::Continue | Kind::Stream => "k-stream",
            Kind::FullResync | Kind::Rdb => "k-rdb",
            Kind::Refusal => "k-lost",
            Kind::Ack | Kind::KeepAlive => "k-ack",
        }
    }
}

/// A message under way.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MessageCard {
    pub id: u64,
    pub from: Rc<str>,
    pub to: Rc<str>,
    /// When its first byte left, and when that arrives.
    pub sent: Instant,
    pub arrives: Instant,
    /// When its last byte left: a slow link draws it out.
    pub left: Instant,
    /// How long before it another message left on the same way, if one may still have been under way then.
    pub after: Option<Span>,
    /// In a black hole: how far it came, in thousandths. Nobody knows when it will arrive.
    pub held: Option<u16>,
    pub kind: Kind,
    pub label: Rc<str>,
    pub bytes: u64,
}

impl MessageCard {
    /// How far its first byte has come, 0 to 1.
    pub fn progress(&self, now: Instant) -> f64 {
        if let Some(held) = self.held {
            return f64::from(held) / 1000.0;
        }
        self.share(now.since(self.sent))
    }

    /// How far its last byte has come.
    pub fn tail(&self, now: Instant) -> f64 {
        let behind = self.share(self.left.since(self.sent));
        if self.held.is_some() {
            (self.progress(now) - behind).max(0.0)
        } else {
            self.share(now.since(self.left))
        }
    }

    /// Which share of the way is gone in this time.
    fn share(&self, time: Span) -> f64 {
        let whole = self.arrives.since(self.sent).0;
        if whole == 0 { 1.0 } else { (time.0 as f64 / whole as f64).min(1.0) }
    }
}

/// A message that never arrived.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LossCard {
    pub id: u64,
    pub from: Rc<str>,
    pub to: Rc<str>,
    /// How far it had come, in thousandths.
    pub reached: u16,
    pub at: Instant,
    pub kind: Kind,
    pub label: Rc<str>,
}

/// An answered PSYNC.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DecisionCard {
    pub at: Instant,
    pub seq: u64,
    pub master: Rc<str>,
    pub replica: Rc<str>,
    pub ask: Ask,
}

/// What was decided.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Ask {
    Decided(Decision),
    /// The master is older than PSYNC.
    Unknown {
        error: String,
    },
}
