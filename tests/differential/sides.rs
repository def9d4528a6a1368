//! Two servers that get the same bytes, and what is read back from each.

use std::time::Instant;

use resync::base::Blob;
use resync::resp::{ReplyValue, encode_command};

use crate::support::{Client, Kind, PATIENCE, Server};

/// How many connections send commands.
pub const CLIENTS: usize = 2;

/// One server with its connections: clients that send, one that has subscribed, and one that plays a replica.
pub struct Side {
    pub clients: [Client; CLIENTS],
    pub subscriber: Client,
    /// Is shown what the others ask.
    monitor: Client,
    pub replica: Replica,
    /// Asks about the server, and marks where the published messages end.
    control: Client,
    marks: u64,
    pub server: Server,
}

/// A connection that plays a replica: it reads the stream and acknowledges it.
pub struct Replica {
    client: Client,
    /// The offset up to which the stream was read.
    pub offset: i64,
}

impl Side {
    pub fn start(kind: Kind, directives: &[&str]) -> Side {
        let quiet = ["repl-ping-slave-period 3600", "repl-timeout 3600", "repl-backlog-size 16384"];
        let server = Server::start(kind, &[&quiet, directives].concat());
        let mut control = server.client();
        control.line("DEBUG SET-ACTIVE-EXPIRE 0");
        let mut subscriber = server.client();
        subscriber.send(b"SUBSCRIBE news\r\nPSUBSCRIBE n*\r\n");
        let replica = Replica::attach(&server);
        let mut monitor = server.client();
        monitor.ok("MONITOR");
        let clients = std::array::from_fn(|_| server.client());
        Side { clients, subscriber, monitor, replica, control, marks: 0, server }
    }

    /// Sends commands in one piece and reads a reply to each.
    pub fn batch(&mut self, client: usize, commands: &[Vec<Blob>]) -> Vec<ReplyValue> {
        let mut bytes = Vec::new();
        for argv in commands {
            encode_command(&mut bytes, argv.iter());
        }
        self.clients[client].send(&bytes);
        commands.iter().map(|_| self.clients[client].reply()).collect()
    }

    /// `master_repl_offset`; up to 2.8 too.
    pub fn offset(&mut self) -> i64 {
        self.control.info_number("master_repl_offset")
    }

    pub fn digest(&mut self) -> String {
        self.control.text("DEBUG DIGEST")
    }

    /// What a person sees of the replication, with the names of this run taken out.
    pub fn report(&mut self) -> String {
        let info = self.control.text("INFO replication");
        let role = format!("{:?}", self.control.ok("ROLE"));
        anonymous(&info) + &role
    }

    /// The stream since the last call, acknowledged.
    pub fn take_stream(&mut self) -> Vec<u8> {
        let end = self.offset();
        let stream = self.replica.read_to(end);
        let online = format!("state=online,offset={end},");
        let start = Instant::now();
        while !self.control.text("INFO replication").contains(&online) {
            assert!(start.elapsed() < PATIENCE, "the acknowledgement of {end} is not seen");
        }
        stream
    }

    /// What the monitor was shown of the clients since the last call: database, client, and the words.
    pub fn take_shown(&mut self) -> Vec<String> {
        self.marks += 1;
        let mark = format!("\"end-of-commands-{}\"\r\n", self.marks);
        self.control.ok(&format!("ECHO end-of-commands-{}", self.marks));
        let bytes = self.monitor.read_through(mark.as_bytes());
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let mut shown = Vec::new();
        for line in text.lines().filter_map(|line| line.split_once(' ')).map(|(_, line)| line) {
            for (number, client) in self.clients.iter().enumerate() {
                let from = format!(" 127.0.0.1:{}]", client.port());
                if line.contains(&from) {
                    shown.push(line.replacen(&from, &format!(" client {number}]"), 1));
                }
            }
        }
        shown
    }

    /// What was published since the last call, and a message that ends it.
    pub fn take_news(&mut self) -> Vec<u8> {
        self.marks += 1;
        let mark = format!("end-of-news-{}\r\n", self.marks);
        self.control.ok(&format!("PUBLISH noon {mark}"));
        self.subscriber.read_through(mark.as_bytes())
    }
}

impl Replica {
    fn attach(server: &Server) -> Replica {
        let mut client = server.client();
        let answer = client.full_resync();
        let offset = answer.rsplit(' ').next().and_then(|word| word.parse().ok());
        let offset = offset.unwrap_or_else(|| panic!("{answer}"));
        Replica { client, offset }
    }

    fn read_to(&mut self, end: i64) -> Vec<u8> {
        let count = usize::try_from(end - self.offset).expect("offsets grow");
        let bytes = self.client.read_bytes(count);
        self.offset = end;
        let mut ack = Vec::new();
        encode_command(&mut ack, ["REPLCONF", "ACK", &end.to_string()]);
        self.client.send(&ack);
        bytes
    }
}

/// Replication IDs as `<id>`, and the lag, which is a matter of the second, as `_`.
pub fn anonymous(text: &str) -> String {
    let is_id = |word: &str| {
        word.len() == 40 && word.bytes().all(|b| b.is_ascii_hexdigit()) && word.contains(|c| c != '0')
    };
    let line = |line: &str| {
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        let value = if is_id(value) { "<id>" } else { value };
        let value = value.split(",lag=").next().unwrap_or_default();
        format!("{name}:{value}\n")
    };
    text.lines().map(line).collect()
}
