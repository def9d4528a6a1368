//! Rules of replication that take time, limits or a stuck peer to be seen. Each story is played with a real server and
//! with ours and tells what it saw: both must tell the same, and what the test expects.

mod support;

mod beside {
    use super::*;

    mod acknowledged;
    mod asking;
    mod backlog;
    mod buffers;
    mod commands;
    mod events;
    mod masterless;
    mod monitor;
    mod operators;
    mod pauses;
}

use resync::base::Version;
use resync::resp::{cli_format, encode_command};
use support::pair::{dataset, wait_for_link};
use support::{Client, Kind, Server, refusal, wait_until};

const IN_7_0: [Kind; 2] = [Kind::Real70, Kind::Ours(Version::V7_0)];
const IN_2_8: [Kind; 2] = [Kind::Real28, Kind::Ours(Version::V2_8)];

const BACKLOG: &[&str] = &[
    "master_repl_offset",
    "repl_backlog_active",
    "repl_backlog_size",
    "repl_backlog_first_byte_offset",
    "repl_backlog_histlen",
];

/// Plays a story with the real server and with ours; returns what both told.
#[track_caller]
fn both([real, ours]: [Kind; 2], story: impl Fn(Kind) -> Vec<String>) -> String {
    let (theirs, own) = (story(real), story(ours));
    assert_eq!(own, theirs, "ours (left) and {real:?} (right)");
    own.join("\n")
}

#[track_caller]
fn assert_tells(told: &str, parts: &[&str]) {
    for part in parts {
        assert!(told.contains(part), "no {part:?} in\n{told}");
    }
}

/// A server without PINGs in its stream, and in 7.0 with RDB files on the disk.
fn start(kind: Kind, directives: &[&str]) -> Server {
    let quiet = ["repl-ping-slave-period 3600", "repl-diskless-sync no"];
    let count = if IN_7_0.contains(&kind) { 2 } else { 1 };
    Server::start(kind, &[&quiet[..count], directives].concat())
}

fn answer(client: &mut Client, line: &str) -> String {
    format!("{line}: {}", cli_format(&client.line(line)))
}

/// These fields of INFO.
fn fields(server: &Server, names: &[&str]) -> String {
    let mut client = server.client();
    let mut value = |name: &&str| format!("{name}={}", client.info(name).unwrap_or("none".into()));
    names.iter().map(&mut value).collect::<Vec<_>>().join(" ")
}

fn write(client: &mut Client, count: usize, size: usize) {
    let line = format!("SET k {}", "x".repeat(size));
    (0..count).for_each(|_| drop(client.ok(&line)));
}

fn wait_for_slaves(server: &Server, count: &str) {
    wait_until(&format!("connected_slaves:{count}"), || {
        server.client().info("connected_slaves").as_deref() == Some(count)
    });
}

/// What the log says in lines with this word: each text once, in order, without the names of this run.
fn log(server: &Server, word: &str) -> Vec<String> {
    let mut texts: Vec<String> = Vec::new();
    for line in server.log().lines().filter(|line| line.contains(word)) {
        let text =
            [" * ", " # "].iter().find_map(|mark| line.split_once(mark)).map_or(line, |(_, text)| text);
        let words = text.split(' ').map(|w| if w.starts_with("127.0.0.1:") { "<address>" } else { w });
        let text = words.collect::<Vec<_>>().join(" ");
        if !texts.contains(&text) {
            texts.push(text);
        }
    }
    texts
}

/// A connection that plays a replica.
struct Follower {
    client: Client,
    id: String,
}

impl Follower {
    fn attach(server: &Server) -> Follower {
        let mut client = server.client();
        let answer = client.full_resync();
        let id = answer.split(' ').nth(1).unwrap_or_else(|| panic!("{answer}")).to_owned();
        wait_until("the replica is online", || {
            server.client().info("slave0").is_some_and(|line| line.contains("state=online"))
        });
        Follower { client, id }
    }

    fn acknowledge(&mut self, offset: i64) {
        let mut bytes = Vec::new();
        encode_command(&mut bytes, ["REPLCONF", "ACK", &offset.to_string()].iter());
        self.client.send(&bytes);
    }
}

/// The first word of the answer to `PSYNC id offset`.
fn asked(server: &Server, id: &str, offset: i64) -> String {
    let mut client = server.client();
    client.send(format!("PSYNC {id} {offset}\r\n").as_bytes());
    let line = String::from_utf8_lossy(&client.read_line()).into_owned();
    line.split(' ').next().unwrap_or_default().trim_start_matches('\n').to_owned()
}
