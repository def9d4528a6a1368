//! What becomes of data besides the stream: expiry on replicas, pauses, files, and loads that are watched.

use super::*;

fn integer(value: i64) -> ReplyValue {
    ReplyValue::Integer(value)
}

/// A master and a writable replica of it.
fn writable_replica(version: Version) -> Wires {
    let options: &[(&str, &str)] = &[("slave-read-only", "no")];
    let mut w = Wires::new(&[("a", version, &[]), ("b", version, options)]);
    w.ask("b", "SLAVEOF a 6379");
    w.wait(9);
    assert_eq!(w.node("b").link_state(), LinkState::Connected);
    w
}

#[test]
fn keys_that_a_replicas_own_clients_gave_a_time_go_since_4_0() {
    for version in Version::ALL {
        let mut w = writable_replica(version);
        w.ask("b", "SET own v");
        w.ask("b", "EXPIRE own 2");
        w.ask("b", "SET kept v");
        w.ask("b", "EXPIRE kept 2");
        w.ask("b", "PERSIST kept");
        w.ask("b", "SETEX longer 2 v");
        w.ask("b", "EXPIRE longer 100");
        w.wait(4);
        let left = if version >= Version::V4_0 { 2 } else { 3 };
        assert_eq!(w.ask("b", "DBSIZE"), integer(left), "{version}");
    }
}

#[test]
fn keys_that_the_master_gave_a_time_wait_for_its_word() {
    let mut w = writable_replica(Version::V7_0);
    w.ask("a", "DEBUG SET-ACTIVE-EXPIRE 0");
    w.ask("a", "SET k v EX 2");
    w.wait(4);
    assert_eq!(w.ask("b", "DBSIZE"), integer(1));
    assert_eq!(w.ask("b", "GET k"), ReplyValue::Bulk(None));
    w.ask("a", "GET k");
    w.wait(1);
    assert_eq!(w.ask("b", "DBSIZE"), integer(0));
}

#[test]
fn while_clients_are_paused_the_data_stand_still() {
    let mut w = Wires::new(&[("a", Version::V7_0, &[])]);
    w.ask("a", "SET k v PX 100");
    w.ask("a", "CLIENT PAUSE 5000 WRITE");
    w.wait(2);
    assert_eq!(w.ask("a", "GET k"), ReplyValue::Bulk(None), "its time has come");
    assert_eq!(w.ask("a", "DBSIZE"), integer(1), "but nothing is deleted");
    w.wait(4);
    assert_eq!(w.ask("a", "DBSIZE"), integer(0));
}

#[test]
fn a_paused_replica_does_not_move_on_in_the_stream() {
    let options: &[(&str, &str)] = &[("repl-diskless-sync-delay", "0")];
    let mut w = Wires::new(&[("a", Version::V7_0, options), ("b", Version::V7_0, options)]);
    w.ask("b", "REPLICAOF a 6379");
    w.wait(2);
    w.ask("b", "CLIENT PAUSE 3000 WRITE");
    w.ask("a", "SET k v");
    w.wait(1);
    assert_eq!(w.ask("b", "EXISTS k"), integer(0));
    w.wait(4);
    assert_eq!(w.ask("b", "EXISTS k"), integer(1));
    w.assert_equal("a", "b");
}

#[test]
fn the_pause_of_an_operator_outlives_a_failover_that_is_given_up() {
    let options: &[(&str, &str)] = &[("repl-diskless-sync-delay", "0")];
    let mut w = Wires::new(&[("a", Version::V7_0, options), ("b", Version::V7_0, options)]);
    w.ask("b", "REPLICAOF a 6379");
    w.wait(2);
    w.put_to_sleep("b", 9);
    w.ask("a", "SET k v");
    w.ask("a", "CLIENT PAUSE 5000 WRITE");
    w.ask("a", "FAILOVER TIMEOUT 500");
    w.wait(1);
    assert!(w.node("a").pauses.current(w.now).is_some());
    w.wait(5);
    assert!(w.node("a").pauses.current(w.now).is_none());
}

#[test]
fn a_replica_keeps_the_rdb_it_received_as_its_dump() {
    let mut w = Wires::new(&[("a", Version::V2_8, &[]), ("b", Version::V2_8, &[])]);
    w.ask("a", "SET k v");
    w.ask("b", "SLAVEOF a 6379");
    w.wait(2);
    let boot = Boot { seed: 5, epoch: UnixMs(1_700_000_000_000), dump: w.dumps.get("b").cloned() };
    let restarted = Node::start(Config::new(Version::V2_8), boot, w.now);
    assert_eq!(hex(&restarted.keyspace.digest()), w.digest("a"));
}

#[test]
fn an_expired_key_of_a_dump_is_not_there_after_a_restart() {
    for version in Version::ALL {
        let mut w = Wires::new(&[("a", version, &[])]);
        for key in 0..1500 {
            w.ask("a", &format!("SETEX k{key} 1 v"));
        }
        w.ask("a", "SAVE");
        let boot = Boot { seed: 5, epoch: UnixMs(1_700_000_009_000), dump: w.dumps.get("a").cloned() };
        let restarted = Node::start(Config::new(version), boot, Instant::ZERO);
        assert_eq!(restarted.keyspace.len(), 0, "{version}");
    }
}

/// A replica with old data that gets new ones slowly. Returns it while it receives them.
fn receiving(load: &'static [(&'static str, &'static str)]) -> Wires {
    let slow: &[(&str, &str)] = &[("repl-diskless-sync-delay", "0")];
    let mut w = Wires::new(&[("a", Version::V7_0, slow), ("b", Version::V7_0, load)]);
    w.ask("a", "SET new v");
    w.ask("b", "SET old v");
    w.ask("b", "REPLICAOF a 6379");
    w
}

#[test]
fn with_swapdb_the_old_data_stay_until_the_new_are_loaded() {
    let mut w = receiving(&[("repl-diskless-load", "swapdb"), ("load-time", "3s")]);
    w.wait(1);
    assert_eq!(w.node("b").link_state(), LinkState::Transfer);
    assert_eq!(w.node("b").keyspace.len(), 1);
    let loading = ReplyValue::Error("LOADING Redis is loading the dataset in memory".into());
    assert_eq!(w.ask("b", "GET old"), loading, "another history: nobody may read it");
    w.wait(4);
    assert_eq!(w.ask("b", "EXISTS new"), integer(1));
    assert_eq!(w.ask("b", "EXISTS old"), integer(0));
}

#[test]
fn with_swapdb_an_older_state_of_the_same_history_is_still_served() {
    let mut w = receiving(&[("repl-diskless-load", "swapdb"), ("load-time", "3s")]);
    w.wait(5);
    w.cut("a", "b");
    w.unreachable = true;
    w.ask("a", "CONFIG SET repl-backlog-size 16384");
    for _ in 0..40 {
        w.ask("a", &format!("SET big {}", "x".repeat(1000)));
    }
    w.unreachable = false;
    w.wait(1);
    assert!(w.node("b").is_loading_aside());
    assert_eq!(w.ask("b", "EXISTS new"), integer(1));
    assert_eq!(w.ask("b", "EXISTS big"), integer(0));
    w.wait(4);
    w.assert_equal("a", "b");
}

#[test]
fn scan_and_randomkey_do_not_frame_the_keys_they_find_expired() {
    let options: &[(&str, &str)] = &[("repl-diskless-sync-delay", "0")];
    let mut w = Wires::new(&[("a", Version::V7_0, options), ("b", Version::V7_0, options)]);
    w.ask("b", "REPLICAOF a 6379");
    w.wait(2);
    w.ask("a", "DEBUG SET-ACTIVE-EXPIRE 0");
    w.ask("a", "SET k v PX 1");
    w.ask("a", "SET l v PX 1");
    w.wait(1);
    w.events.clear();
    w.ask("a", "SCAN 0");
    let frames =
        |(_, e): &&(&str, Event)| matches!(e, Event::Propagated { argv, .. } if &*argv[0] == b"MULTI");
    assert_eq!(w.events.iter().filter(frames).count(), 0);
    assert_eq!(w.ask("a", "DBSIZE"), integer(0));
}

#[test]
fn a_process_that_cannot_save_stays_and_after_a_save_in_the_background_takes_no_writes() {
    let mut w = Wires::new(&[("a", Version::V7_0, &[])]);
    w.ask("a", "SET k v");
    let now = w.now;
    let a = w.nodes.get_mut("a").expect("a node");
    a.terminate(now, "SIGTERM");
    assert!(matches!(a.poll(), Some(Action::Save { .. })));
    a.save_failed(now);
    assert_eq!(a.poll(), None, "no exit");
    assert_eq!(w.ask("a", "SET k w"), status("OK"), "that was no save in the background");
    w.disks_are_full = true;
    w.ask("a", "BGSAVE");
    let error = w.ask("a", "SET k w");
    assert!(matches!(&error, ReplyValue::Error(text) if text.starts_with(b"MISCONF ")), "{error:?}");
    w.ask("a", "CONFIG SET stop-writes-on-bgsave-error no");
    assert_eq!(w.ask("a", "SET k w"), status("OK"));
}

#[test]
fn every_call_of_a_command_is_counted_whoever_made_it() {
    let options: &[(&str, &str)] = &[("repl-diskless-sync-delay", "0")];
    let mut w = Wires::new(&[("a", Version::V7_0, options), ("b", Version::V7_0, options)]);
    w.ask("b", "REPLICAOF a 6379");
    w.wait(2);
    w.ask("a", "SET k v");
    w.ask("a", "SET k w");
    w.wait(1);
    for name in ["a", "b"] {
        let ReplyValue::Bulk(Some(text)) = w.ask(name, "INFO commandstats") else { panic!("a text") };
        let text = String::from_utf8_lossy(&text).into_owned();
        assert!(text.contains("cmdstat_set:calls=2,"), "{name}: {text}");
    }
}

#[test]
fn a_watched_key_that_expires_breaks_its_transaction_only_in_newer_releases() {
    for (version, breaks) in [(Version::V2_8, false), (Version::V4_0, false), (Version::V7_0, true)] {
        let mut w = Wires::new(&[("a", version, &[])]);
        w.ask("a", "SET x foo PX 100");
        let now = w.now;
        let node = w.nodes.get_mut("a").expect("a node");
        let conn = node.accept(now, "127.0.0.1".into(), 9);
        node.receive(now, conn, b"WATCH x\r\n");
        w.wait(2);
        assert_eq!(w.ask("a", "DBSIZE"), ReplyValue::Integer(0), "it is gone");
        let now = w.now;
        let node = w.nodes.get_mut("a").expect("a node");
        while node.take_output(now, conn, usize::MAX).is_some() {}
        node.receive(now, conn, b"MULTI\r\nPING\r\nEXEC\r\n");
        let reply = node.take_output(now, conn, usize::MAX).expect("a reply").bytes;
        assert_eq!(reply.ends_with(b"*-1\r\n"), breaks, "{version}: {}", reply.escape_ascii());
    }
}

#[test]
fn a_save_that_fails_is_tried_again_after_some_seconds() {
    let mut w = Wires::new(&[("a", Version::V7_0, &[("save", "1 1")])]);
    w.disks_are_full = true;
    w.ask("a", "SET k v");
    w.wait(13);
    let started = |(_, e): &&(&str, Event)| matches!(e, Event::SnapshotStarted { .. });
    assert_eq!(w.events.iter().filter(started).count(), 2, "after two seconds, and six after that");
    w.disks_are_full = false;
    w.wait(3);
    assert!(w.dumps.contains_key("a"));
}
