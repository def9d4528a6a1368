//! A snapshot for sockets goes out while it is made, and all its receivers keep pace with the slowest.

use super::*;
use crate::node::trace::LossReason;
use crate::node::view::ReplicaStage;

/// A master whose snapshot of some 80 KB takes eight seconds, and two nodes that load it while it comes.
fn slow_master() -> Wires {
    let master: &[_] = &[
        ("repl-diskless-sync-delay", "0"),
        ("rdbcompression", "no"),
        ("rdb-key-save-delay", "100000"),
        ("repl-timeout", "3"),
        ("save", ""),
    ];
    let loads: &[_] = &[("repl-diskless-load", "swapdb"), ("repl-timeout", "30")];
    let mut w =
        Wires::new(&[("a", Version::V7_0, master), ("b", Version::V7_0, loads), ("c", Version::V7_0, loads)]);
    for key in 0..80 {
        w.ask("a", &format!("SET key:{key:03} {}", "v".repeat(1000)));
    }
    w
}

fn sent(w: &Wires) -> Vec<u64> {
    let replicas = w.node("a").replicas.iter();
    let stage = |c: &ConnId| w.node("a").clients[c].replica().expect("a replica").rdb_sent();
    replicas.filter_map(stage).collect()
}

fn snapshot_ends(w: &Wires) -> Vec<bool> {
    let ended = |(_, e): &(&str, Event)| match e {
        Event::SnapshotEnded { ok, .. } => Some(*ok),
        _ => None,
    };
    w.events.iter().filter_map(ended).collect()
}

#[test]
fn it_goes_out_in_pieces_while_it_is_made() {
    let mut w = slow_master();
    w.ask("b", "SET old 1");
    w.ask("b", "REPLICAOF a 6379");
    w.wait(1);
    assert!(sent(&w).is_empty(), "the first piece is not full");
    w.wait(3);
    assert_eq!(sent(&w), [2 * 16384], "half of the time, two whole pieces");
    assert!(w.node("b").is_loading(), "what has come is being loaded");
    assert!(w.node("a").is_saving());
    w.wait(6);
    assert_eq!(snapshot_ends(&w), [true]);
    w.assert_equal("a", "b");
}

#[test]
fn it_is_given_up_when_its_only_receiver_goes() {
    let mut w = slow_master();
    w.ask("b", "SET old 1");
    w.ask("b", "REPLICAOF a 6379");
    w.wait(4);
    w.ask("a", "CONFIG SET repl-diskless-sync-delay 5");
    w.ask("a", "CLIENT KILL TYPE replica");
    assert_eq!(snapshot_ends(&w), [false]);
    assert!(!w.node("a").is_saving());
    assert!(!w.node("b").is_loading());
    assert_eq!(w.ask("b", "DBSIZE"), ReplyValue::Integer(1), "the old data are back");
}

#[test]
fn a_receiver_that_is_stuck_holds_the_others_until_it_is_timed_out() {
    let mut w = slow_master();
    w.ask("a", "CONFIG SET repl-diskless-sync-delay 1");
    w.ask("b", "REPLICAOF a 6379");
    // A replica that asks, and then reads nothing.
    let stuck = {
        let now = w.now;
        let node = w.nodes.get_mut("a").expect("a node");
        let conn = node.accept(now, "9.9.9.9".into(), 9);
        node.receive(now, conn, b"REPLCONF capa eof\r\n");
        while node.take_output(now, conn, usize::MAX).is_some() {}
        node.receive(now, conn, b"PSYNC ? -1\r\n");
        conn
    };
    w.unread = Some(stuck);
    w.wait(5);
    assert_eq!(sent(&w), [16384, 0], "the stuck one has nothing, the other waits after its first piece");
    w.wait(12);
    let timed_out = |(_, e): &(&str, Event)| matches!(e, Event::ReplicaLost { why: LossReason::Timeout { .. }, replica } if replica.conn == stuck);
    assert!(w.events.iter().any(timed_out));
    assert_eq!(snapshot_ends(&w), [true]);
    w.assert_equal("a", "b");
}

#[test]
fn who_wants_no_keys_gets_a_snapshot_of_its_own() {
    let mut w = slow_master();
    w.ask("a", "CONFIG SET repl-diskless-sync no");
    w.ask("b", "REPLICAOF a 6379");
    let now = w.now;
    let node = w.nodes.get_mut("a").expect("a node");
    let conn = node.accept(now, "9.9.9.9".into(), 9);
    node.receive(now, conn, b"REPLCONF capa eof rdb-filter-only \"\"\r\n");
    while node.take_output(now, conn, usize::MAX).is_some() {}
    node.receive(now, conn, b"PSYNC ? -1\r\n");
    let stage = |w: &Wires| w.node("a").clients[&conn].replica().expect("a replica").stage;
    assert_eq!(stage(&w), ReplicaStage::WaitsForStart, "another snapshot is being made");
    w.wait(9);
    w.assert_equal("a", "b");
    assert!(matches!(stage(&w), ReplicaStage::AwaitsAck { .. }), "{:?}", stage(&w));
}
