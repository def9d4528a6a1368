//! Everything that a person or a scenario can do to a world.
//!
//! Inputs are plain data: a recording of a world is its seed and the list of its inputs with their times. Their
//! text form ([`std::fmt::Display`]) follows the verbs of the scenario text, so that a failing random world can be
//! read and replayed by hand.

use std::fmt;
use std::rc::Rc;

use bytes::Bytes;
use serde::Serialize;

use crate::base::{Span, Version, base64, quoted};

use super::link::Bandwidth;

/// A node's name, which is also its address: `SLAVEOF a 6379` reaches the node named `a`.
pub type Name = Rc<str>;

/// Both directions between two nodes, or only the one from the first to the second.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Way {
    Both,
    OneWay,
}

/// One deed. Where two nodes are named, they may be named in either order unless [`Way::OneWay`] says otherwise.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Input {
    /// Starts a new node. Options are configuration directives (`slaveof` → `a 6379`) and node options of our own
    /// (`teaching-backlog` → `128`).
    AddNode { name: Name, version: Version, options: Vec<(String, String)> },
    /// Takes a node and its disk away. Its peers see their connections reset.
    RemoveNode { node: Name },
    /// Sets latency, and bandwidth (`None`: unlimited), of both directions between two nodes.
    Link { a: Name, b: Name, latency: Option<Span>, bandwidth: Option<Bandwidth> },
    /// A line typed at the node's terminal, with the quoting of `redis-cli`.
    Type { node: Name, line: String },
    /// Bytes sent to the node by a client of their own; the replies are counted, not kept.
    Raw { node: Name, bytes: Bytes },
    /// Resets the connections between two nodes, loses what is under way, and lets nothing through.
    Cut { from: Name, to: Name, way: Way },
    /// Ends a cut or a blackhole.
    Heal { from: Name, to: Name, way: Way },
    /// Holds back, silently, everything between two nodes.
    Blackhole { from: Name, to: Name, way: Way },
    /// Changes the latency of a link; what is already under way keeps its time.
    Latency { from: Name, to: Name, way: Way, latency: Span },
    /// Changes the bandwidth of a link (`None`: unlimited).
    Bandwidth { from: Name, to: Name, way: Way, bandwidth: Option<Bandwidth> },
    /// Kills the process: its memory is lost, its disk is not.
    Crash { node: Name },
    /// Starts the process again, with a new run ID and the dump on its disk; kills it first if it still runs.
    Restart { node: Name },
    /// Puts an RDB file in place of the dump on the node's disk and starts the process again, as somebody does who
    /// copies a file into the directory of a server and restarts it.
    Load { node: Name, rdb: Bytes },
    /// Stops the process; its kernel still takes bytes.
    Pause { node: Name },
    /// Lets a paused process run on.
    Resume { node: Name },
    /// Sets a directive of the node's configuration: at once where a running server allows it, and for every
    /// later start.
    Configure { node: Name, directive: String, value: String },
    /// A client types `line` every so often, for the first time after one interval. `{n}` in the line becomes the
    /// number of the repetition, counted from 1. Without `count` it goes on until it is stopped.
    Workload { node: Name, every: Span, line: String, count: Option<u64> },
    /// Ends all workloads of a node.
    StopWorkload { node: Name },
}

/// Why an input was not accepted. The world is unchanged.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum InputError {
    #[error("there is no node named {0}")]
    UnknownNode(Name),
    #[error("there already is a node named {0}")]
    NameTaken(Name),
    #[error(
        "{0:?} cannot be the name of a node: use up to {max} letters, digits and _ and begin with a letter",
        max = NAME_MAX
    )]
    BadName(String),
    #[error("a world holds at most {NODES_MAX} nodes")]
    TooManyNodes,
    #[error("a world holds at most {WORKLOADS_MAX} workloads")]
    TooManyWorkloads,
    #[error("a workload needs an interval above zero")]
    NoInterval,
    #[error("a link joins two different nodes")]
    SameNode,
    #[error("a bandwidth must be above zero")]
    NoBandwidth,
    #[error("a latency can be at most {max}", max = LATENCY_MAX)]
    LatencyTooLong,
    #[error("a line can have at most {LINE_MAX} bytes")]
    LineTooLong,
    #[error("an RDB file of {0} bytes is too large: at most {RDB_MAX}")]
    RdbTooLarge(usize),
    #[error("{node} cannot load this RDB file: {reason}")]
    BadRdb { node: Name, reason: String },
    #[error("{0} is not running")]
    NotRunning(Name),
    #[error("{0} is running already")]
    AlreadyRunning(Name),
    #[error("{0} is not paused")]
    NotPaused(Name),
    #[error("{node}: {reason}")]
    Config { node: Name, reason: String },
}

/// How many nodes a world can hold.
pub const NODES_MAX: usize = 32;
/// How many workloads a world can hold.
pub const WORKLOADS_MAX: usize = 64;
/// The longest name.
pub const NAME_MAX: usize = 32;
/// The longest line that can be typed.
pub const LINE_MAX: usize = 64 * 1024;
/// The largest RDB file that can be put on a disk from outside.
pub const RDB_MAX: usize = 512 * 1024;
/// What its compressed strings may unpack to in all, in bytes: a world shares the memory of a page.
pub const RDB_INFLATED_MAX: u64 = 2 * 1024 * 1024;
/// The longest latency of a link.
pub const LATENCY_MAX: Span = Span::from_secs(3600);

/// Whether `name` can name a node.
pub fn is_name(name: &str) -> bool {
    name.len() <= NAME_MAX
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pair = |from: &Name, to: &Name, way: Way| match way {
            Way::Both => format!("{from}-{to}"),
            Way::OneWay => format!("{from}->{to}"),
        };
        let limit = |bandwidth: &Option<Bandwidth>| match bandwidth {
            Some(bandwidth) => bandwidth.to_string(),
            None => "unlimited".to_owned(),
        };
        match self {
            Input::AddNode { name, version, options } => {
                write!(f, "node {name} redis={version}")?;
                options.iter().try_for_each(|(directive, value)| {
                    match value.contains(' ') || value.is_empty() {
                        true => write!(f, " {directive}={value:?}"),
                        false => write!(f, " {directive}={value}"),
                    }
                })
            }
            Input::RemoveNode { node } => write!(f, "remove {node}"),
            Input::Link { a, b, latency, bandwidth } => {
                write!(f, "link {a}-{b}")?;
                latency.iter().try_for_each(|latency| write!(f, " latency={latency}"))?;
                bandwidth.iter().try_for_each(|bandwidth| write!(f, " bandwidth={bandwidth}"))
            }
            Input::Type { node, line } => write!(f, "{node}> {line}"),
            Input::Raw { node, bytes } => write!(f, "raw {node} {}", quoted(bytes)),
            Input::Cut { from, to, way } => write!(f, "cut {}", pair(from, to, *way)),
            Input::Heal { from, to, way } => write!(f, "heal {}", pair(from, to, *way)),
            Input::Blackhole { from, to, way } => write!(f, "blackhole {}", pair(from, to, *way)),
            Input::Latency { from, to, way, latency } => {
                write!(f, "latency {} {latency}", pair(from, to, *way))
            }
            Input::Bandwidth { from, to, way, bandwidth } => {
                write!(f, "bandwidth {} {}", pair(from, to, *way), limit(bandwidth))
            }
            Input::Crash { node } => write!(f, "crash {node}"),
            Input::Restart { node } => write!(f, "restart {node}"),
            Input::Load { node, rdb } => write!(f, "load {node} {}", base64::encode(rdb)),
            Input::Pause { node } => write!(f, "pause {node}"),
            Input::Resume { node } => write!(f, "resume {node}"),
            Input::Configure { node, directive, value } => {
                write!(f, "configure {node} {directive}={}", quoted(value.as_bytes()))
            }
            Input::Workload { node, every, line, count } => {
                write!(f, "every {every}")?;
                count.iter().try_for_each(|count| write!(f, " times={count}"))?;
                write!(f, " {node}> {line}")
            }
            Input::StopWorkload { node } => write!(f, "stop {node}"),
        }
    }
}
