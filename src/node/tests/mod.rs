//! Two nodes and a wire without delay: enough to see the protocol work. Worlds with time and faults are tested in
//! `sim` and as scenarios.

mod acl;
mod asked;
mod data;
mod piped;
mod process;
mod reached;

use std::collections::BTreeMap;

use bytes::Bytes;

use super::link::LinkState;
use super::trace::Event;
use super::verdict::{FullReason, Verdict};
use super::*;
use crate::base::{Span, Version};
use crate::keyspace::hex;
use crate::resp::{ReplyValue, parse_reply};

/// Name, release and directives of a node.
type Described = (&'static str, Version, &'static [(&'static str, &'static str)]);

/// Nodes that reach each other by name without delay.
struct Wires {
    now: Instant,
    nodes: BTreeMap<&'static str, Node>,
    /// Both ends of each connection.
    links: BTreeMap<(&'static str, ConnId), (&'static str, ConnId)>,
    events: Vec<(&'static str, Event)>,
    /// New connections fail.
    unreachable: bool,
    /// A connection whose peer takes nothing.
    unread: Option<ConnId>,
    /// Nothing can be written to the disks.
    disks_are_full: bool,
    /// What the nodes have on their disks.
    dumps: BTreeMap<&'static str, Bytes>,
}

impl Wires {
    fn new(nodes: &[Described]) -> Wires {
        let mut wires = Wires {
            now: Instant::ZERO,
            nodes: BTreeMap::new(),
            links: BTreeMap::new(),
            events: Vec::new(),
            unreachable: false,
            unread: None,
            disks_are_full: false,
            dumps: BTreeMap::new(),
        };
        for (i, (name, version, options)) in nodes.iter().enumerate() {
            let mut config = Config::new(*version);
            for (directive, value) in *options {
                config.set(directive, value).expect("a valid directive");
            }
            let boot = Boot { seed: i as u64 + 1, epoch: UnixMs(1_700_000_000_000), dump: None };
            wires.nodes.insert(name, Node::start(config, boot, Instant::ZERO));
        }
        wires
    }

    /// Delivers everything until nothing moves.
    fn settle(&mut self) {
        for _ in 0..10_000 {
            let mut moved = false;
            for name in self.nodes.keys().copied().collect::<Vec<_>>() {
                moved |= self.step(name);
            }
            if !moved {
                return;
            }
        }
        panic!("the nodes never come to rest");
    }

    fn step(&mut self, name: &'static str) -> bool {
        let node = self.nodes.get_mut(name).expect("a node");
        for traced in node.take_trace() {
            self.events.push((name, traced.event));
        }
        let Some(action) = node.poll() else { return false };
        let now = self.now;
        match action {
            Action::Connect { conn, host, .. } => {
                let peer = self.nodes.keys().copied().find(|n| *n == &*host && !self.unreachable);
                match peer {
                    Some(peer) => {
                        let theirs = self.nodes.get_mut(peer).expect("a node").accept(now, name.into(), 1);
                        self.links.insert((name, conn), (peer, theirs));
                        self.links.insert((peer, theirs), (name, conn));
                        self.nodes.get_mut(name).expect("a node").connected(now, conn);
                    }
                    None => {
                        self.nodes.get_mut(name).expect("a node").connect_failed(now, conn, "unknown host")
                    }
                }
            }
            Action::Output { conn } if self.unread == Some(conn) => {}
            Action::Output { conn } => {
                let mut bytes = Vec::new();
                while let Some(payload) = node.take_output(now, conn, 700) {
                    bytes.extend_from_slice(&payload.bytes);
                }
                if let Some(&(peer, theirs)) = self.links.get(&(name, conn)) {
                    self.nodes.get_mut(peer).expect("a node").receive(now, theirs, &bytes);
                }
            }
            Action::Close { conn, .. } => {
                if let Some((peer, theirs)) = self.links.remove(&(name, conn)) {
                    self.links.remove(&(peer, theirs));
                    self.nodes.get_mut(peer).expect("a node").closed(now, theirs, CloseCause::Closed);
                }
            }
            Action::Save { .. } if self.disks_are_full => node.save_failed(now),
            Action::Save { rdb } => {
                self.dumps.insert(name, rdb);
            }
            Action::RewriteConfig | Action::Exit => {}
        }
        true
    }

    /// Lets time pass second by second.
    fn wait(&mut self, secs: u64) {
        let end = self.now + Span::from_secs(secs);
        self.settle();
        loop {
            let due = self.nodes.iter().filter_map(|(n, node)| node.next_deadline().map(|(at, _)| (at, *n)));
            match due.min() {
                Some((at, name)) if at <= end => {
                    self.now = self.now.max(at);
                    self.nodes.get_mut(name).expect("a node").tick(self.now);
                    self.settle();
                }
                _ => break,
            }
        }
        self.now = end;
    }

    /// Resets every connection between two nodes.
    fn cut(&mut self, a: &'static str, b: &'static str) {
        let ends: Vec<_> = self.links.iter().filter(|((n, _), (m, _))| *n == a && *m == b).collect();
        let ends: Vec<_> = ends.into_iter().map(|(l, r)| (*l, *r)).collect();
        for (left, right) in ends {
            self.links.remove(&left);
            self.links.remove(&right);
            for (name, conn) in [left, right] {
                let now = self.now;
                self.nodes.get_mut(name).expect("a node").closed(now, conn, CloseCause::Reset);
            }
        }
    }

    /// Puts a node to sleep; it answers only when it wakes.
    fn put_to_sleep(&mut self, name: &'static str, secs: u32) {
        let now = self.now;
        let node = self.nodes.get_mut(name).expect("a node");
        let conn = node.accept(now, "127.0.0.1".into(), 9);
        node.receive(now, conn, format!("DEBUG SLEEP {secs}\r\n").as_bytes());
        assert_eq!(node.take_output(now, conn, usize::MAX), None, "asleep");
    }

    /// Types a line at a node.
    fn ask(&mut self, name: &'static str, line: &str) -> ReplyValue {
        let now = self.now;
        let node = self.nodes.get_mut(name).expect("a node");
        let conn = node.accept(now, "127.0.0.1".into(), 9);
        node.receive(now, conn, format!("{line}\r\n").as_bytes());
        let mut bytes = Vec::new();
        while let Some(payload) = node.take_output(now, conn, usize::MAX) {
            bytes.extend_from_slice(&payload.bytes);
        }
        node.closed(now, conn, CloseCause::Closed);
        self.settle();
        parse_reply(&bytes).expect("RESP").expect("a reply").0
    }

    fn node(&self, name: &str) -> &Node {
        &self.nodes[name]
    }

    fn node_mut(&mut self, name: &str) -> &mut Node {
        self.nodes.get_mut(name).expect("a node")
    }

    fn digest(&self, name: &str) -> String {
        hex(&self.node(name).keyspace.digest())
    }

    fn assert_equal(&self, a: &str, b: &str) {
        assert_eq!(self.digest(a), self.digest(b), "the data of {a} and {b}");
        let (a, b) = (self.node(a).view(self.now), self.node(b).view(self.now));
        let applied = b.master.as_ref().and_then(|m| m.applied);
        assert_eq!(a.offset, applied.or(b.offset), "the offsets");
    }

    fn verdicts(&self) -> Vec<Verdict> {
        let decided = |(_, e): &(&str, Event)| match e {
            Event::PsyncDecided { decision, .. } => Some(decision.verdict),
            _ => None,
        };
        self.events.iter().filter_map(decided).collect()
    }
}

fn status(text: &str) -> ReplyValue {
    ReplyValue::Simple(text.into())
}

/// Full synchronisation, propagation, a cut that continues, and a cut that cannot.
fn full_partial_full(version: Version) {
    let mut w = Wires::new(&[("a", version, &[]), ("b", version, &[])]);
    w.ask("a", "SET before 1");
    assert_eq!(w.ask("b", "SLAVEOF a 6379"), status("OK"));
    w.wait(8);
    assert_eq!(w.node("b").link_state(), LinkState::Connected, "{version}");
    w.ask("a", "SET name redis");
    w.ask("a", "INCR n");
    w.wait(2);
    w.assert_equal("a", "b");

    w.cut("a", "b");
    w.ask("a", "SET name resync");
    w.wait(3);
    assert!(matches!(w.verdicts().last(), Some(Verdict::Continue { .. })), "{version} {:?}", w.verdicts());
    w.assert_equal("a", "b");

    w.unreachable = true;
    w.cut("a", "b");
    let value = "x".repeat(40_000);
    for i in 0..60 {
        w.ask("a", &format!("SET big{i} {value}"));
    }
    w.unreachable = false;
    w.wait(9);
    let last = w.verdicts().last().copied();
    assert!(matches!(last, Some(Verdict::Full { reason: FullReason::Evicted { .. } })), "{version} {last:?}");
    assert_eq!(w.node("b").link_state(), LinkState::Connected, "{version}");
    w.assert_equal("a", "b");
}

#[test]
fn a_replica_synchronises_continues_and_starts_over_in_2_8() {
    full_partial_full(Version::V2_8);
}

#[test]
fn a_replica_synchronises_continues_and_starts_over_in_4_0() {
    full_partial_full(Version::V4_0);
}

#[test]
fn a_replica_synchronises_continues_and_starts_over_in_7_0() {
    full_partial_full(Version::V7_0);
}

#[test]
fn a_2_8_replica_of_a_2_6_master_falls_back_to_sync() {
    let mut w = Wires::new(&[("a", Version::V2_6, &[]), ("b", Version::V2_8, &[])]);
    w.ask("a", "SET k v");
    w.ask("b", "SLAVEOF a 6379");
    w.wait(3);
    assert!(w.events.iter().any(|(n, e)| *n == "a" && matches!(e, Event::PsyncUnknown { .. })));
    assert!(w.events.iter().any(|(n, e)| *n == "b" && *e == Event::SyncSent));
    w.ask("a", "SET k w");
    w.wait(1);
    assert_eq!(w.digest("a"), w.digest("b"));
}

#[test]
fn a_promoted_replica_serves_the_others_without_a_full_resync() {
    let nodes = ["a", "b", "c"].map(|n| (n, Version::V7_0, &[][..]));
    let mut w = Wires::new(&nodes);
    w.ask("b", "REPLICAOF a 6379");
    w.ask("c", "REPLICAOF a 6379");
    w.wait(8);
    w.ask("a", "SET k v");
    w.wait(2);
    w.ask("b", "REPLICAOF NO ONE");
    w.ask("c", "REPLICAOF b 6379");
    w.ask("a", "REPLICAOF b 6379");
    w.wait(3);
    assert!(
        w.verdicts().iter().rev().take(2).all(|v| matches!(v, Verdict::Continue { .. })),
        "{:?}",
        w.verdicts()
    );
    w.ask("b", "SET k w");
    w.wait(2);
    w.assert_equal("b", "c");
    w.assert_equal("b", "a");
}

#[test]
fn a_chain_forwards_the_stream_as_it_is() {
    let nodes = ["a", "b", "c"].map(|n| (n, Version::V7_0, &[("repl-diskless-sync-delay", "0")][..]));
    let mut w = Wires::new(&nodes);
    w.ask("b", "REPLICAOF a 6379");
    w.wait(2);
    w.ask("c", "REPLICAOF b 6379");
    w.wait(3);
    w.ask("a", "SET k v");
    w.ask("a", "EXPIRE k 100");
    w.wait(2);
    w.assert_equal("a", "b");
    w.assert_equal("a", "c");
    assert_eq!(w.node("a").view(w.now).repl_id, w.node("c").view(w.now).repl_id);
}

#[test]
fn writes_made_during_a_snapshot_are_kept_and_flushed() {
    let options: &[(&str, &str)] = &[("bgsave-time", "300ms")];
    let mut w = Wires::new(&[("a", Version::V2_8, options), ("b", Version::V2_8, &[])]);
    w.ask("b", "SLAVEOF a 6379");
    w.wait(1);
    assert_eq!(w.node("b").link_state(), LinkState::Transfer);
    w.ask("a", "SET during snapshot");
    assert!(w.events.iter().any(|(_, e)| matches!(e, Event::WriteBuffered { .. })));
    let buffered = &w.node("a").view(w.now).replicas[0].buffered;
    assert_eq!(buffered.last().map(|s| &*s.label), Some("SET during snapshot"));
    w.wait(2);
    assert!(w.events.iter().any(|(_, e)| matches!(e, Event::BufferFlushed { .. })));
    w.assert_equal("a", "b");
}

#[test]
fn a_corrupted_rdb_leaves_the_data_unharmed() {
    let mut w = Wires::new(&[("b", Version::V7_0, &[])]);
    w.ask("b", "SET mine 1");
    let node = w.nodes.get_mut("b").expect("a node");
    assert!(node.parse_rdb(b"REDIS0010\xff\0\0\0\0\0\0\0").is_err());
    assert!(node.parse_rdb(b"nonsense").is_err());
    assert_eq!(node.keyspace.len(), 1);
}

#[test]
fn a_dump_restores_the_history_of_a_replica() {
    let mut w =
        Wires::new(&[("a", Version::V7_0, &[("repl-diskless-sync-delay", "0")]), ("b", Version::V7_0, &[])]);
    w.ask("b", "REPLICAOF a 6379");
    w.wait(2);
    w.ask("a", "SET k v");
    w.wait(2);
    let dump = Bytes::from(w.node("b").write_rdb());
    w.cut("a", "b");
    let mut config = Config::new(Version::V7_0);
    config.set("replicaof", "a 6379").expect("a directive");
    let boot = Boot { seed: 77, epoch: UnixMs(1_700_000_000_000), dump: Some(dump) };
    w.nodes.insert("b", Node::start(config, boot, w.now));
    w.wait(3);
    assert!(matches!(w.verdicts().last(), Some(Verdict::Continue { .. })), "{:?}", w.verdicts());
    w.assert_equal("a", "b");
}

#[test]
fn a_planned_failover_hands_over_without_losing_a_write() {
    let options: &[(&str, &str)] = &[("repl-diskless-sync-delay", "0")];
    let mut w = Wires::new(&[("a", Version::V7_0, options), ("b", Version::V7_0, options)]);
    w.ask("b", "REPLICAOF a 6379");
    w.wait(2);
    w.ask("a", "SET k v");
    assert_eq!(w.ask("a", "FAILOVER TO b 6379 TIMEOUT 5000"), status("OK"));
    assert_eq!(w.ask("a", "FAILOVER"), ReplyValue::Error("ERR FAILOVER already in progress.".into()));
    w.wait(3);
    assert!(w.node("a").is_replica() && !w.node("b").is_replica());
    assert!(matches!(w.verdicts().last(), Some(Verdict::Continue { .. })), "{:?}", w.verdicts());
    w.ask("b", "SET k w");
    w.wait(2);
    w.assert_equal("b", "a");
}

#[test]
fn a_failover_that_cannot_catch_up_is_given_up() {
    let options: &[(&str, &str)] = &[("repl-diskless-sync-delay", "0")];
    let mut w = Wires::new(&[("a", Version::V7_0, options), ("b", Version::V7_0, options)]);
    w.ask("b", "REPLICAOF a 6379");
    w.wait(2);
    w.put_to_sleep("b", 10);
    w.ask("a", "SET k v");
    w.ask("a", "FAILOVER TIMEOUT 500");
    w.wait(1);
    assert!(!w.node("a").is_replica());
    assert_eq!(w.ask("a", "FAILOVER ABORT"), ReplyValue::Error("ERR No failover in progress.".into()));
    assert_eq!(w.ask("a", "SET k w"), status("OK"));
}

#[test]
fn a_shutdown_waits_for_replicas_that_are_behind() {
    let options: &[(&str, &str)] = &[("repl-diskless-sync-delay", "0"), ("save", "")];
    let mut w = Wires::new(&[("a", Version::V7_0, options), ("b", Version::V7_0, options)]);
    w.ask("b", "REPLICAOF a 6379");
    w.wait(2);
    w.put_to_sleep("b", 3);
    w.ask("a", "SET k v");
    let now = w.now;
    let a = w.nodes.get_mut("a").expect("a node");
    a.terminate(now, "SIGTERM");
    w.wait(1);
    assert!(!w.events.iter().any(|(_, e)| *e == Event::Stopped), "b is behind");
    w.wait(4);
    assert!(w.events.iter().any(|(n, e)| *n == "a" && *e == Event::Stopped));
    assert_eq!(w.digest("a"), w.digest("b"));
}

#[test]
fn flushall_ends_a_snapshot_and_its_replica_starts_over() {
    let options: &[(&str, &str)] = &[("bgsave-time", "500ms")];
    let mut w = Wires::new(&[("a", Version::V2_8, options), ("b", Version::V2_8, &[])]);
    w.ask("a", "SET k v");
    w.ask("b", "SLAVEOF a 6379");
    w.wait(1);
    assert!(w.node("a").view(w.now).snapshot.is_some());
    w.ask("a", "FLUSHALL");
    assert!(w.events.iter().any(|(_, e)| matches!(e, Event::SnapshotEnded { ok: false, .. })));
    w.wait(4);
    assert_eq!(w.node("b").link_state(), LinkState::Connected);
    assert_eq!(w.node("b").keyspace.len(), 0);
    w.assert_equal("a", "b");
}
