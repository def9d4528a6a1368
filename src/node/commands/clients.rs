//! CLIENT (`networking.c:clientCommand`).

use crate::base::{Blob, Span};
use crate::node::client::{Client, Silence};
use crate::node::limits::OutputMemory;
use crate::node::pause::{Pause, Pauser};
use crate::node::trace::LossReason;
use crate::node::{ConnId, Node};
use crate::resp::{Argv, Reply, encode_command};

pub(super) fn client(node: &mut Node, conn: ConnId, argv: &Argv, reply: &mut Reply) {
    let word = String::from_utf8_lossy(&argv[1]).to_ascii_lowercase();
    match (word.as_str(), argv.len()) {
        ("id", 2) if node.profile.says_replica() => reply.integer(conn.0 as i64),
        ("list", n) if n == 2 || node.profile.says_replica() => list(node, conn, argv, reply),
        ("info", 2) if node.profile.says_replica() => {
            let info = node.with_its_reply(conn, reply, |node| node.client_info(conn));
            reply.bulk(info + "\n");
        }
        ("getname", 2) => match node.clients.get(&conn).filter(|c| !c.name.is_empty()) {
            Some(client) => reply.bulk(&client.name),
            None => reply.null_bulk(),
        },
        ("setname", 3) => set_name(node, conn, &argv[2], reply),
        ("kill", n) if n >= 3 => kill(node, conn, argv, reply),
        ("pause", 3..=4) if node.profile.speaks_psync2() => pause(node, argv, reply),
        ("unpause", 2) if node.profile.says_replica() => {
            node.end_pause(Pauser::Operator);
            reply.ok();
        }
        ("reply", 3) if node.profile.speaks_psync2() => silence(node, conn, &argv[2], reply),
        ("no-evict", 3) if node.profile.says_replica() => match &argv[2].to_ascii_lowercase()[..] {
            b"on" | b"off" => reply.ok(),
            _ => reply.error("ERR syntax error"),
        },
        ("tracking" | "trackinginfo" | "caching" | "getredir", _) if node.profile.says_replica() => {
            reply.error("ERR unsupported in Resync: CLIENT TRACKING");
        }
        ("unblock", 3..=4) if node.profile.says_replica() => unblock(node, argv, reply),
        ("pause" | "unblock", _) if node.profile.says_replica() => {
            let word = String::from_utf8_lossy(&argv[1]).into_owned();
            reply.error(format!(
                "ERR unknown subcommand or wrong number of arguments for '{word}'. Try CLIENT HELP."
            ));
        }
        ("id" | "info" | "getname" | "setname" | "kill" | "pause" | "unpause", _) => {
            reply.error(super::wrong_subcommand_arity(node.profile, "client", &word));
        }
        _ => reply.error(super::unknown_subcommand(node.profile, "client", &argv[1])),
    }
}

fn list(node: &mut Node, conn: ConnId, argv: &Argv, reply: &mut Reply) {
    let kind = match argv.len() {
        2 => None,
        4 if argv[2].eq_ignore_ascii_case(b"type") => match known_kind(&argv[3]) {
            Ok(kind) => Some(kind),
            Err(error) => return reply.error(error),
        },
        n if n > 3 && argv[2].eq_ignore_ascii_case(b"id") => {
            return list_by_id(node, conn, argv, reply);
        }
        _ => return reply.error("ERR syntax error"),
    };
    let shown =
        |node: &Node, conn: ConnId| kind.as_ref().is_none_or(|kind| node.client_kind(conn).matches(kind));
    let lines = node.with_its_reply(conn, reply, |node| {
        let clients = node.clients.keys().filter(|c| shown(node, **c));
        clients.map(|c| node.client_info(*c) + "\n").collect::<String>()
    });
    reply.bulk(lines);
}

/// `CLIENT LIST ID id …`.
fn list_by_id(node: &mut Node, conn: ConnId, argv: &Argv, reply: &mut Reply) {
    let ids: Option<Vec<i64>> = argv[3..].iter().map(|id| node.integer(id)).collect();
    let Some(ids) = ids else { return reply.error("ERR Invalid client ID") };
    let lines = node.with_its_reply(conn, reply, |node| {
        let known = ids.iter().map(|id| ConnId(*id as u64)).filter(|id| node.clients.contains_key(id));
        known.map(|id| node.client_info(id) + "\n").collect::<String>()
    });
    reply.bulk(lines);
}

/// A word for a kind of client, or that it is none.
fn known_kind(word: &[u8]) -> Result<Vec<u8>, String> {
    match word.to_ascii_lowercase() {
        known if matches!(&known[..], b"normal" | b"slave" | b"replica" | b"pubsub" | b"master") => Ok(known),
        _ => Err(format!("ERR Unknown client type '{}'", String::from_utf8_lossy(word))),
    }
}

fn set_name(node: &mut Node, conn: ConnId, name: &Blob, reply: &mut Reply) {
    match give_name(node, conn, name) {
        Ok(()) => reply.ok(),
        Err(error) => reply.error(error),
    }
}

/// Names a client, unless the name would spoil CLIENT LIST (`clientSetNameOrReply`).
pub(super) fn give_name(node: &mut Node, conn: ConnId, name: &Blob) -> Result<(), &'static str> {
    if name.iter().any(|b| !(b'!'..=b'~').contains(b)) {
        return Err("ERR Client names cannot contain spaces, newlines or special characters.");
    }
    if let Some(client) = node.clients.get_mut(&conn) {
        client.name = name.clone();
    }
    Ok(())
}

/// `CLIENT REPLY ON|OFF|SKIP`.
fn silence(node: &mut Node, conn: ConnId, word: &Blob, reply: &mut Reply) {
    let Some(client) = node.clients.get_mut(&conn) else { return };
    match &word.to_ascii_lowercase()[..] {
        b"on" => {
            client.silence = Silence::None;
            reply.ok();
        }
        b"off" => client.silence = Silence::Off,
        b"skip" if client.silence == Silence::Off => {}
        b"skip" => client.silence = Silence::SkipNext,
        _ => reply.error("ERR syntax error"),
    }
}

/// `CLIENT KILL addr:port` and `CLIENT KILL [ID n] [TYPE t] [ADDR a] [SKIPME yes/no]`.
fn kill(node: &mut Node, conn: ConnId, argv: &Argv, reply: &mut Reply) {
    let conns: Vec<ConnId> = node.clients.keys().copied().collect();
    if argv.len() == 3 {
        let found = conns.iter().find(|c| node.client_addr(**c).as_bytes() == &argv[2][..]);
        return match found {
            Some(&found) => {
                end(node, conn, found);
                reply.ok();
            }
            None => reply.error("ERR No such client"),
        };
    }
    let (mut id, mut kind, mut addr, mut local_addr, mut skip_me) = (None, None, None, None, true);
    for pair in argv[2..].chunks(2) {
        let [option, value] = pair else { return reply.error("ERR syntax error") };
        match option.to_ascii_lowercase().as_slice() {
            b"id" => match node.integer(value) {
                Some(n) if n > 0 => id = Some(n as u64),
                _ if node.profile.says_replica() => {
                    return reply.error("ERR client-id should be greater than 0");
                }
                // Up to 6.0 zero is no condition.
                Some(n) => id = (n != 0).then_some(n as u64),
                None => return reply.error("ERR value is not an integer or out of range"),
            },
            b"type" => match known_kind(value) {
                Ok(known) => kind = Some(known),
                Err(error) => return reply.error(error),
            },
            b"addr" => addr = Some(String::from_utf8_lossy(value).into_owned()),
            b"laddr" if node.profile.says_replica() => {
                local_addr = Some(String::from_utf8_lossy(value).into_owned());
            }
            // There is one user, whom every client is.
            b"user" if node.profile.says_replica() && &**value == b"default" => {}
            b"user" if node.profile.says_replica() => {
                let word = String::from_utf8_lossy(value);
                return reply.error(format!("ERR No such user '{word}'"));
            }
            b"skipme" if value.eq_ignore_ascii_case(b"yes") => skip_me = true,
            b"skipme" if value.eq_ignore_ascii_case(b"no") => skip_me = false,
            _ => return reply.error("ERR syntax error"),
        }
    }
    let mut killed = 0;
    for other in conns {
        let hit = id.is_none_or(|id| other.0 == id)
            && kind.as_ref().is_none_or(|kind| node.client_kind(other).matches(kind))
            && addr.as_ref().is_none_or(|addr| node.client_addr(other) == *addr)
            && local_addr.as_ref().is_none_or(|addr| node.local_addr() == *addr)
            && !(skip_me && other == conn);
        if hit {
            killed += 1;
            end(node, conn, other);
        }
    }
    reply.integer(killed);
}

fn end(node: &mut Node, own: ConnId, other: ConnId) {
    if own == other {
        if let Some(client) = node.clients.get_mut(&other) {
            client.closing = true;
        }
    } else {
        node.drop_client(other, LossReason::Closed, false);
    }
}

fn pause(node: &mut Node, argv: &Argv, reply: &mut Reply) {
    let writes_only = match argv.get(3).map(|w| w.to_ascii_lowercase()) {
        None => false,
        Some(word) if word == b"write" => true,
        Some(word) if word == b"all" => false,
        Some(_) => return reply.error("ERR CLIENT PAUSE mode must be WRITE or ALL"),
    };
    match node.integer(&argv[2]) {
        None => reply.error("ERR timeout is not an integer or out of range"),
        Some(ms) if ms < 0 => reply.error("ERR timeout is negative"),
        Some(ms) => {
            let until = node.now + Span::from_ms(ms as u64);
            node.begin_pause(Pauser::Operator, Pause { until, writes_only });
            reply.ok();
        }
    }
}

fn unblock(node: &mut Node, argv: &Argv, reply: &mut Reply) {
    let error = match argv.get(3).map(|w| w.to_ascii_lowercase()) {
        None => false,
        Some(word) if word == b"timeout" => false,
        Some(word) if word == b"error" => true,
        Some(_) => return reply.error("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR"),
    };
    let Some(id) = node.integer(&argv[2]) else {
        return reply.error("ERR value is not an integer or out of range");
    };
    reply.integer(node.unblock_by_request(ConnId(id as u64), error).into());
}

/// What a connection takes in 7.0 besides what waits in its buffers: the structure and the reply buffer.
const CLIENT_MEMORY: u64 = 16_384 + 768;

/// What a client is, as CLIENT KILL TYPE names it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ClientKind {
    Normal,
    Replica,
    Master,
    PubSub,
}

impl ClientKind {
    fn matches(self, word: &[u8]) -> bool {
        match self {
            ClientKind::Normal => word == b"normal",
            ClientKind::Replica => word == b"slave" || word == b"replica",
            ClientKind::Master => word == b"master",
            ClientKind::PubSub => word == b"pubsub",
        }
    }
}

impl Node {
    /// Looks at the clients while one of them holds what it is told in this moment.
    fn with_its_reply<T>(&mut self, conn: ConnId, reply: &mut Reply, look: impl FnOnce(&Node) -> T) -> T {
        let kind = self.profile.output_pieces();
        if let Some(client) = self.clients.get_mut(&conn) {
            std::mem::swap(&mut client.reply, reply);
            client.note_growth(kind);
        }
        let seen = look(self);
        if let Some(client) = self.clients.get_mut(&conn) {
            std::mem::swap(&mut client.reply, reply);
        }
        seen
    }

    fn client_kind(&self, conn: ConnId) -> ClientKind {
        match self.clients.get(&conn) {
            Some(c) if c.master().is_some() => ClientKind::Master,
            Some(c) if c.replica().is_some() => ClientKind::Replica,
            Some(c) if c.is_subscriber() => ClientKind::PubSub,
            _ => ClientKind::Normal,
        }
    }

    fn client_addr(&self, conn: ConnId) -> String {
        self.clients.get(&conn).map_or(String::new(), |c| format!("{}:{}", c.host, c.port))
    }

    /// What a client is and in which state, a letter for each.
    fn flags(&self, conn: ConnId, client: &Client) -> String {
        let shows_subscribers = self.profile.speaks_psync2();
        let letters = [
            ('O', self.is_monitor(conn)),
            ('S', client.replica().is_some()),
            ('M', client.master().is_some()),
            ('P', shows_subscribers && client.is_subscriber()),
            ('x', client.multi.is_some()),
            ('b', client.blocked.is_some()),
            ('d', client.watch_broken),
            ('c', client.closing),
            ('U', client.host.starts_with('/')),
        ];
        let flags: String = letters.iter().filter(|(_, has)| *has).map(|(letter, _)| letter).collect();
        if flags.is_empty() { "N".to_string() } else { flags }
    }

    fn local_addr(&self) -> String {
        format!("127.0.0.1:{}", self.config.port())
    }

    /// One line of CLIENT LIST (`catClientInfoString`).
    pub(in crate::node) fn client_info(&self, conn: ConnId) -> String {
        let Some(client) = self.clients.get(&conn) else { return String::new() };
        let flags = self.flags(conn, client);
        let age = self.now.since(client.created).as_secs();
        let idle = self.now.since(client.last_heard).as_secs();
        let multi = client.multi.as_ref().map_or(-1, |m| m.queued.len() as i64);
        let (id, addr, name) = (conn.0, self.client_addr(conn), String::from_utf8_lossy(&client.name));
        let (db, sub, psub) = (client.db, client.channels.len(), client.patterns.len());
        let (qbuf, cmd) = (client.parser.pending(), client.last_command);
        let OutputMemory { inside: obl, pieces: oll, memory: omem } = self.output_memory(conn);
        if !self.profile.says_replica() {
            return format!(
                "id={id} addr={addr} fd=8 name={name} age={age} idle={idle} flags={flags} db={db} sub={sub} psub={psub} multi={multi} qbuf={qbuf} qbuf-free=0 obl={obl} oll={oll} omem={omem} events=r cmd={cmd}"
            );
        }
        let laddr = self.local_addr();
        // What runs is still in the buffer it was read into.
        let mut runs = Vec::new();
        if let Some((_, argv)) = self.asked.as_ref().filter(|(asker, _)| *asker == conn) {
            encode_command(&mut runs, argv.iter());
        }
        let qbuf = qbuf + runs.len();
        let total = CLIENT_MEMORY + qbuf as u64 + omem;
        let cmd = match client.last_subcommand {
            Some(word) => format!("{cmd}|{word}"),
            None => cmd.to_string(),
        };
        format!(
            "id={id} addr={addr} laddr={laddr} fd=8 name={name} age={age} idle={idle} flags={flags} db={db} sub={sub} psub={psub} ssub=0 multi={multi} qbuf={qbuf} qbuf-free=0 argv-mem=0 multi-mem=0 rbs=16384 rbp=0 obl={obl} oll={oll} omem={omem} tot-mem={total} events=r cmd={cmd} user=default redir=-1 resp=2"
        )
    }
}
