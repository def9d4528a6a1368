//! A master and a replica with a link between them, and the question whether they hold the same.

use std::collections::BTreeMap;

use resync::resp::ReplyValue;

use super::{Client, Kind, Proxy, Server, wait_for, wait_until};

/// A master, a server that can become its replica, and the link that it will use.
pub struct Pair {
    pub master: Server,
    pub replica: Server,
    pub link: Proxy,
}

/// Every key with its database: value, and whether it expires.
pub type Dataset = BTreeMap<(u32, Vec<u8>), (ReplyValue, bool)>;

/// Databases that the tests use: 0 up to this one.
const LAST_DB: u32 = 5;

impl Pair {
    /// Starts both. `directives` are the master's, besides a small backlog and no PINGs (which would move offsets
    /// while they are compared).
    #[track_caller]
    pub fn start(master: Kind, replica: Kind, directives: &[&str]) -> Pair {
        let quiet = ["repl-backlog-size 16384", "repl-ping-slave-period 3600"];
        let master = Server::start(master, &[&quiet, directives].concat());
        let replica = Server::start(replica, &[]);
        let link = Proxy::to(master.port);
        Pair { master, replica, link }
    }

    /// Makes the replica a replica and waits for the first synchronisation.
    #[track_caller]
    pub fn replicate(&self) {
        self.replica.client().ok(&format!("SLAVEOF 127.0.0.1 {}", self.link.port));
        self.settle();
    }

    /// Waits until the link is up and the replica has applied everything the master has written; returns the
    /// offset that both name.
    #[track_caller]
    pub fn settle(&self) -> i64 {
        let (mut master, mut replica) = (self.master.client(), self.replica.client());
        let mut seen = String::new();
        let hope = format!("equal offsets on {:?} and {:?}", self.master.kind, self.replica.kind);
        wait_for(&hope, || {
            let up = replica.info("master_link_status").is_some_and(|status| status == "up");
            let theirs = if up { replica.info_number("slave_repl_offset") } else { -1 };
            let own = master.info_number("master_repl_offset");
            seen = format!("up: {up}, master at {own}, replica at {theirs}");
            (own == theirs && self.replica_is_online(&mut master)).then_some(own)
        })
    }

    /// Whether the master counts the replica as online, which it does when its output has reached it.
    fn replica_is_online(&self, master: &mut Client) -> bool {
        master.info("slave0").is_some_and(|line| line.contains("state=online"))
    }

    /// Both hold the same keys and values, read key by key.
    #[track_caller]
    pub fn assert_same_data(&self) {
        let (own, theirs) = (dataset(&mut self.master.client()), dataset(&mut self.replica.client()));
        assert_eq!(own, theirs, "master (left) and replica (right) differ");
    }

    /// Both compute the same `DEBUG DIGEST`.
    #[track_caller]
    pub fn assert_same_digest(&self) {
        let own = self.master.client().text("DEBUG DIGEST");
        let theirs = self.replica.client().text("DEBUG DIGEST");
        assert_eq!(own, theirs, "master (left) and replica (right) differ");
        assert_ne!(own, "0".repeat(40), "the digest of nothing proves nothing");
    }
}

/// Reads everything a server holds.
#[track_caller]
pub fn dataset(client: &mut Client) -> Dataset {
    let mut found = Dataset::new();
    for db in 0..=LAST_DB {
        client.ok(&format!("SELECT {db}"));
        let ReplyValue::Array(Some(keys)) = client.ok("KEYS *") else { panic!("KEYS gives an array") };
        for key in keys {
            let ReplyValue::Bulk(Some(key)) = key else { panic!("a key is {key:?}") };
            let value = client.command(&[b"GET", key.as_slice()]);
            let expires = client.command(&[b"PTTL", key.as_slice()]) != ReplyValue::Integer(-1);
            found.insert((db, key), (value, expires));
        }
    }
    client.ok("SELECT 0");
    found
}

/// Waits until the replica's view of its link is this.
#[track_caller]
pub fn wait_for_link(replica: &mut Client, status: &str) {
    wait_until(&format!("master_link_status:{status}"), || {
        replica.info("master_link_status").as_deref() == Some(status)
    });
}
