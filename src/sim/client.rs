//! Clients at a node itself: terminals, workloads, and those that send raw bytes.

use std::collections::VecDeque;

use serde::Serialize;

use crate::base::{Instant, Span};
use crate::node::ConnId;
use crate::resp::ReplyParser;

use super::NodeId;
use super::event::Typist;
use super::terminal::WorkloadId;

/// A local client of a node. Numbers are never used again.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
pub(super) struct ClientId(pub(super) u64);

/// What a client does with the replies it gets.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Use {
    /// Shows and reports them.
    Show(Typist),
    /// Counts their bytes.
    Count,
}

#[derive(Clone, Debug)]
pub(super) struct Client {
    pub(super) node: NodeId,
    pub(super) used_for: Use,
    /// Its connection, once the process has accepted it.
    pub(super) conn: Option<ConnId>,
    pub(super) parser: ReplyParser,
    /// The commands that wait for their reply.
    pub(super) asked: VecDeque<Asked>,
    pub(super) received: u64,
}

/// A command that waits for its reply.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Asked {
    /// `redis-cli` prints the reply as plain text.
    pub(super) raw: bool,
    /// That the server goes away is the answer (`SHUTDOWN`).
    pub(super) may_end: bool,
}

impl Client {
    pub(super) fn new(node: NodeId, used_for: Use) -> Client {
        Client { node, used_for, conn: None, parser: ReplyParser::new(), asked: VecDeque::new(), received: 0 }
    }

    /// Forgets the connection. Returns whether somebody still waited for a reply.
    pub(super) fn disconnect(&mut self) -> bool {
        self.conn = None;
        self.parser = ReplyParser::new();
        let waiting = self.asked.iter().any(|asked| !asked.may_end);
        self.asked.clear();
        waiting
    }
}

/// A line that is typed every so often.
#[derive(Clone, Debug)]
pub(super) struct Workload {
    pub(super) id: WorkloadId,
    pub(super) client: ClientId,
    pub(super) node: NodeId,
    pub(super) every: Span,
    pub(super) line: String,
    pub(super) count: Option<u64>,
    pub(super) runs: u64,
    pub(super) next_at: Instant,
}

impl Workload {
    /// The line of the repetition that comes now.
    pub(super) fn line_now(&self) -> String {
        self.line.replace("{n}", &(self.runs + 1).to_string())
    }
}
