//! What local clients say to a node, and what they hear.

use std::rc::Rc;

use bytes::Bytes;

use crate::node::{ConnId, Payload};
use crate::resp::{ReplyValue, cli_format, cli_prints_raw, encode_command, split_line};

use super::client::{Asked, Client, ClientId, Use};
use super::event::{Typist, WorldEventKind};
use super::process::{Arrival, Peer};
use super::terminal::{TranscriptKind, WorkloadId};
use super::world::World;
use super::{NodeId, ProcessState};

/// The address from which a local client comes, and its first port.
const LOCALHOST: &str = "127.0.0.1";
const LOCAL_PORT_FIRST: u16 = 61000;
const LOCAL_PORT_COUNT: u64 = 4500;
/// How much of its output a client takes at a time.
const READ_MAX: usize = 1 << 20;

impl World {
    pub(super) fn add_client(&mut self, node: NodeId, used_for: Use) -> ClientId {
        let id = ClientId(self.next.client);
        self.next.client += 1;
        self.clients.insert(id, Rc::new(Client::new(node, used_for)));
        id
    }

    /// A client types a line.
    pub(super) fn client_types(&mut self, id: ClientId, line: &str) {
        let Some(client) = self.clients.get(&id) else { return };
        let (node, Use::Show(by)) = (client.node, client.used_for) else { return };
        self.show(node, by, TranscriptKind::Typed { line: line.into() });
        let args = match split_line(line.as_bytes()) {
            Ok(args) if args.is_empty() => return,
            Ok(args) => args,
            Err(error) => return self.say(node, by, &error.to_string()),
        };
        let Some(entry) = self.nodes.get(&node) else { return };
        if !entry.is_alive() {
            let (name, port) = (&entry.name, entry.port());
            let error = format!("Could not connect to Redis at {name}:{port}: Connection refused");
            return self.say(node, by, &error);
        }
        let asked = Asked {
            raw: cli_prints_raw(&args),
            may_end: [b"shutdown".as_slice(), b"quit"].iter().any(|word| args[0].eq_ignore_ascii_case(word)),
        };
        if let Some(client) = self.clients.get_mut(&id) {
            Rc::make_mut(client).asked.push_back(asked);
        }
        let mut bytes = Vec::new();
        encode_command(&mut bytes, &args);
        self.client_hands_over(id, Bytes::from(bytes));
    }

    /// Gives a client's bytes to its node, or to the kernel of a paused one.
    pub(super) fn client_hands_over(&mut self, id: ClientId, bytes: Bytes) {
        if let Some(client) = self.clients.get(&id) {
            self.hand_over(client.node, Arrival::Local(id, bytes));
        }
    }

    /// The process takes in a client's bytes, after accepting its connection if need be.
    pub(super) fn client_sends(&mut self, id: ClientId, bytes: &[u8]) {
        let Some(client) = self.clients.get(&id) else { return };
        let node = client.node;
        let conn = match client.conn {
            Some(conn) => conn,
            None => match self.client_connects(id, node) {
                Some(conn) => conn,
                None => return,
            },
        };
        self.with_node(node, |node, now| node.receive(now, conn, bytes));
    }

    fn client_connects(&mut self, id: ClientId, node: NodeId) -> Option<ConnId> {
        let port = LOCAL_PORT_FIRST + (id.0 % LOCAL_PORT_COUNT) as u16;
        let conn = self.with_node(node, |node, now| node.accept(now, LOCALHOST.into(), port))?;
        self.nodes.get_mut(&node)?.peers.insert(conn, Peer::Client(id));
        Rc::make_mut(self.clients.get_mut(&id)?).conn = Some(conn);
        Some(conn)
    }

    /// Takes all that the node has for a client.
    pub(super) fn client_reads(&mut self, id: ClientId) {
        loop {
            let World { clients, nodes, now, .. } = self;
            let Some(client) = clients.get_mut(&id) else { return };
            let Some(conn) = client.conn else { return };
            let Some(node) = nodes.get_mut(&client.node).and_then(|entry| entry.node.as_mut()) else {
                return;
            };
            let Some(Payload { bytes, .. }) = Rc::make_mut(node).take_output(*now, conn, READ_MAX) else {
                return;
            };
            let client = Rc::make_mut(client);
            client.received += bytes.len() as u64;
            if let Use::Show(by) = client.used_for {
                client.parser.feed(&bytes);
                self.show_replies(id, by);
            }
        }
    }

    fn show_replies(&mut self, id: ClientId, by: Typist) {
        loop {
            let Some(client) = self.clients.get_mut(&id).map(Rc::make_mut) else { return };
            let node = client.node;
            match client.parser.next() {
                Ok(Some(value)) => {
                    let asked = client.asked.pop_front();
                    let raw = asked.is_some_and(|asked| asked.raw);
                    let error = matches!(value, ReplyValue::Error(_));
                    self.show(node, by, TranscriptKind::Reply { text: printed(&value, raw).into(), error });
                }
                Ok(None) => return,
                Err(error) => {
                    let text = format!("Error: Protocol error, {error}");
                    client.parser = Default::default();
                    self.say(node, by, &text);
                    return;
                }
            }
        }
    }

    /// The node has closed a client's connection.
    pub(super) fn client_closed(&mut self, id: ClientId) {
        self.client_reads(id);
        let Some(client) = self.clients.get_mut(&id).map(Rc::make_mut) else { return };
        let (node, used_for, conn) = (client.node, client.used_for, client.conn);
        let waited = client.disconnect();
        if let (Some(conn), Some(entry)) = (conn, self.nodes.get_mut(&node)) {
            entry.peers.remove(&conn);
        }
        if let Use::Show(by) = used_for
            && waited
        {
            self.say(node, by, "Error: Server closed the connection");
        }
    }

    /// The process is gone, and with it all local connections.
    pub(super) fn end_clients(&mut self, node: NodeId) {
        let ids: Vec<ClientId> =
            self.clients.iter().filter(|(_, client)| client.node == node).map(|(id, _)| *id).collect();
        for id in ids {
            self.client_closed(id);
        }
    }

    /// A workload's time has come.
    pub(super) fn run_workload(&mut self, id: WorkloadId) {
        let Some(load) = self.workloads.get_mut(&id).map(Rc::make_mut) else { return };
        let (client, line, node) = (load.client, load.line_now(), load.node);
        load.runs += 1;
        load.next_at += load.every;
        let runs = load.runs;
        let is_over = load.count == Some(runs);
        self.client_types(client, &line);
        if is_over {
            self.workloads.remove(&id);
            self.emit(node, WorldEventKind::WorkloadEnded { id, runs });
        }
    }

    /// Reports a line of dialogue; a terminal also writes it down.
    fn show(&mut self, node: NodeId, by: Typist, kind: TranscriptKind) {
        let event = match &kind {
            TranscriptKind::Typed { line } => WorldEventKind::Typed { by, line: line.clone() },
            TranscriptKind::Reply { text, .. } => WorldEventKind::Replied { by, reply: text.clone() },
            TranscriptKind::Notice { text } => WorldEventKind::NotReached { by, error: text.clone() },
        };
        // A reply comes after what the node had to say about it.
        self.drain_trace(node);
        self.emit(node, event);
        if by == Typist::Terminal
            && let Some(entry) = self.nodes.get_mut(&node)
        {
            entry.transcript.push(self.now, kind);
        }
    }

    /// `redis-cli` itself says something.
    fn say(&mut self, node: NodeId, by: Typist, text: &str) {
        self.show(node, by, TranscriptKind::Notice { text: text.into() });
    }

    /// Whether a terminal's line would reach the process now.
    pub fn is_reachable(&self, node: NodeId) -> bool {
        self.nodes.get(&node).is_some_and(|entry| entry.state == ProcessState::Running)
    }
}

fn printed(value: &ReplyValue, raw: bool) -> String {
    match value {
        ReplyValue::Bulk(Some(bytes)) if raw => String::from_utf8_lossy(bytes).trim_end().to_owned(),
        value => cli_format(value),
    }
}
