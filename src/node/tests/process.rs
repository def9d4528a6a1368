//! What whoever starts, watches and stops the process sees: its child, its start with a large dump, its end, and the
//! directives that it lets a client change.

use super::*;

fn error(text: &str) -> ReplyValue {
    ReplyValue::Error(text.into())
}

fn info(w: &mut Wires, name: &'static str, section: &str, field: &str) -> String {
    let ReplyValue::Bulk(Some(text)) = w.ask(name, &format!("INFO {section}")) else { panic!("a text") };
    let text = String::from_utf8_lossy(&text).into_owned();
    let start = format!("{field}:");
    text.lines().find_map(|line| line.strip_prefix(&start).map(str::to_owned)).expect("the field is there")
}

#[test]
fn a_save_whose_child_is_killed_has_failed_and_denies_writes() {
    let slow: &[_] = &[("rdb-key-save-delay", "1000000")];
    let mut w = Wires::new(&[("a", Version::V7_0, slow)]);
    w.ask("a", "SET k v");
    w.ask("a", "BGSAVE");
    assert!(w.node("a").background_save().is_some());
    let now = w.now;
    w.node_mut("a").background_save_killed(now, 9);
    assert!(w.node("a").background_save().is_none());
    assert_eq!(info(&mut w, "a", "persistence", "rdb_last_bgsave_status"), "err");
    assert!(matches!(w.ask("a", "SET k w"), ReplyValue::Error(text) if text.starts_with(b"MISCONF ")));
    w.ask("a", "BGSAVE");
    w.wait(2);
    assert_eq!(w.ask("a", "SET k w"), status("OK"), "the next save succeeded");
}

#[test]
fn a_child_that_is_killed_by_flushall_says_nothing_of_the_disk() {
    let slow: &[_] = &[("rdb-key-save-delay", "1000000")];
    let mut w = Wires::new(&[("a", Version::V7_0, slow)]);
    w.ask("a", "SET k v");
    w.ask("a", "BGSAVE");
    w.ask("a", "FLUSHALL");
    assert_eq!(w.ask("a", "SET k w"), status("OK"));
}

#[test]
fn flushall_empties_the_dump_where_there_are_save_points() {
    // 2.8 goes on counting: the write, the two keys that went, and the command itself.
    for (version, changes) in [(Version::V7_0, "0"), (Version::V2_8, "4")] {
        let mut w = Wires::new(&[("a", version, &[("save", "900 1")])]);
        w.ask("a", "SET k v");
        w.ask("a", "SAVE");
        let full = w.dumps["a"].len();
        w.ask("a", "SET l v");
        w.ask("a", "FLUSHALL");
        assert!(w.dumps["a"].len() < full, "{version}: a node that restarts has no data");
        assert_eq!(info(&mut w, "a", "persistence", "rdb_changes_since_last_save"), changes, "{version}");
    }
}

#[test]
fn a_dump_that_is_slow_to_load_is_loaded_while_clients_are_told_so() {
    let slow: &[_] = &[("key-load-delay", "1000000")];
    let mut w = Wires::new(&[("a", Version::V7_0, slow)]);
    for i in 0..3 {
        w.ask("a", &format!("SET k{i} v"));
    }
    w.ask("a", "PEXPIREAT k2 1700000001500");
    let boot = Boot { seed: 3, epoch: UnixMs(1_700_000_000_000), dump: Some(w.node("a").write_rdb().into()) };
    let config = w.node("a").config().clone();
    let mut again = Wires::new(&[]);
    again.nodes.insert("a", Node::start(config, boot, Instant::ZERO));
    assert_eq!(info(&mut again, "a", "persistence", "loading"), "1");
    assert_eq!(again.ask("a", "GET k0"), error("LOADING Redis is loading the dataset in memory"));
    again.wait(2);
    assert_eq!(info(&mut again, "a", "persistence", "loading"), "1", "three seconds for three keys");
    again.wait(2);
    assert_eq!(info(&mut again, "a", "persistence", "loading"), "0");
    assert_eq!(again.ask("a", "DBSIZE"), ReplyValue::Integer(2), "what expired meanwhile is gone");
}

#[test]
fn everybody_who_asks_for_the_shutdown_waits_for_it() {
    let mut w =
        Wires::new(&[("a", Version::V7_0, &[("repl-diskless-sync-delay", "0")]), ("b", Version::V7_0, &[])]);
    w.ask("b", "REPLICAOF a 6379");
    w.wait(3);
    // A replica that hears nothing is behind.
    w.unread = w.node("a").replicas.first().copied();
    w.ask("a", "SET k v");
    let now = w.now;
    let asked: Vec<ConnId> = (0..2).map(|_| w.node_mut("a").accept(now, "127.0.0.1".into(), 1)).collect();
    for &conn in &asked {
        w.node_mut("a").receive(now, conn, b"SHUTDOWN NOSAVE\r\n");
    }
    assert_eq!(info(&mut w, "a", "clients", "blocked_clients"), "2");
    assert_eq!(w.ask("a", "SHUTDOWN ABORT"), status("OK"));
    assert_eq!(info(&mut w, "a", "clients", "blocked_clients"), "0");
    assert_eq!(w.ask("a", "SHUTDOWN ABORT"), error("ERR No shutdown in progress."));
}

#[test]
fn a_shutdown_that_cannot_save_stays_unless_it_is_forced() {
    for (words, ends) in [("SHUTDOWN SAVE NOW", false), ("SHUTDOWN SAVE FORCE", true)] {
        let mut w = Wires::new(&[("a", Version::V7_0, &[])]);
        w.ask("a", "SET k v");
        let now = w.now;
        let node = w.node_mut("a");
        let conn = node.accept(now, "127.0.0.1".into(), 1);
        node.receive(now, conn, format!("{words}\r\n").as_bytes());
        assert!(matches!(node.poll(), Some(Action::Save { .. })));
        node.save_failed(now);
        let exits = std::iter::from_fn(|| node.poll()).any(|action| action == Action::Exit);
        assert_eq!(exits, ends, "{words}");
        if !ends {
            assert_eq!(w.ask("a", "SET k w"), status("OK"), "only background saves deny writes");
        }
    }
}

#[test]
fn a_signal_waits_while_the_routine_is_paused() {
    let mut w = Wires::new(&[("a", Version::V7_0, &[])]);
    w.ask("a", "DEBUG PAUSE-CRON 1");
    let now = w.now;
    w.node_mut("a").terminate(now, "SIGTERM");
    assert_eq!(w.ask("a", "SHUTDOWN ABORT"), status("OK"));
    w.ask("a", "DEBUG PAUSE-CRON 0");
    assert_eq!(w.ask("a", "PING"), status("PONG"));
    w.node_mut("a").terminate(now, "SIGTERM");
    let node = w.node_mut("a");
    assert!(std::iter::from_fn(|| node.poll()).any(|action| action == Action::Exit));
}

#[test]
fn config_set_looks_at_every_name_before_it_changes_one() {
    let mut w = Wires::new(&[("a", Version::V7_0, &[])]);
    let failed = |name: &str, why: &str| {
        error(&format!("ERR CONFIG SET failed (possibly related to argument '{name}') - {why}"))
    };
    assert_eq!(w.ask("a", "CONFIG SET hz 20 HZ 30"), failed("HZ", "duplicate parameter"));
    assert_eq!(w.ask("a", "CONFIG SET hz 20 dir /"), failed("dir", "can't set protected config"));
    assert_eq!(w.ask("a", "CONFIG SET hz 20 databases 3"), failed("databases", "can't set immutable config"));
    let unknown = error("ERR Unknown option or number of arguments for CONFIG SET - 'nosuch'");
    assert_eq!(w.ask("a", "CONFIG SET hz soon nosuch 1"), unknown);
    assert_eq!(info(&mut w, "a", "server", "hz"), "10");
    assert_eq!(w.ask("a", "CONFIG SET hz 20 repl-timeout 7"), status("OK"));
}

#[test]
fn a_folder_that_cannot_be_entered_is_refused_in_the_words_of_the_system() {
    let local: &[_] = &[("enable-protected-configs", "local")];
    let mut w = Wires::new(&[("a", Version::V7_0, local)]);
    w.node_mut("a").enters_dirs_with(|dir| match dir {
        "there" => Ok("/full/there".to_string()),
        _ => Err("No such file or directory".to_string()),
    });
    let refused = "ERR CONFIG SET failed (possibly related to argument 'dir') - No such file or directory";
    assert_eq!(w.ask("a", "CONFIG SET dir elsewhere"), error(refused));
    assert_eq!(w.ask("a", "CONFIG SET dir there"), status("OK"));
    assert_eq!(w.node("a").config().get("dir"), Some("/full/there"));
}

#[test]
fn debug_replicate_tells_the_replicas_what_it_is_told() {
    let mut w =
        Wires::new(&[("a", Version::V7_0, &[("repl-diskless-sync-delay", "0")]), ("b", Version::V7_0, &[])]);
    w.ask("b", "REPLICAOF a 6379");
    w.wait(3);
    assert_eq!(w.ask("a", "DEBUG REPLICATE nosuch"), status("OK"));
    w.settle();
    let refused = |(name, event): &(&str, Event)| {
        *name == "b"
            && matches!(event, Event::Refused { error, .. } if error.contains("unknown command 'nosuch'"))
    };
    assert!(w.events.iter().any(refused));
    assert_eq!(w.node("a").stream.offset, w.node("b").applied_offset().expect("a replica"));
}

/// A save that began before would replace the dump that was received by older data (4.0 and later kill its child).
#[test]
fn a_save_under_way_ends_when_the_data_of_a_master_come() {
    for version in [Version::V4_0, Version::V7_0] {
        let fast: &[(&str, &str)] = &[("repl-diskless-sync-delay", "0")];
        let slow: &[(&str, &str)] = &[("bgsave-time", "20s"), ("repl-diskless-sync-delay", "0")];
        let mut w = Wires::new(&[("a", version, fast), ("b", version, slow)]);
        w.ask("a", "SET of a");
        w.ask("b", "SET of b");
        w.ask("b", "BGSAVE");
        w.ask("b", "SLAVEOF a 6379");
        w.wait(9);
        assert_eq!(w.node("b").link_state(), LinkState::Connected);
        let given_up = |(name, event): &(&str, Event)| {
            *name == "b" && matches!(event, Event::SnapshotEnded { ok: false, .. })
        };
        assert!(w.events.iter().any(given_up), "{version}");
        let received = w.dumps.get("b").cloned();
        w.wait(30);
        assert_eq!(w.dumps.get("b").cloned(), received, "{version}");
        assert_eq!(w.ask("b", "GET of"), ReplyValue::Bulk(Some(b"a".to_vec())));
    }
}

#[test]
fn a_dump_that_cannot_be_read_leaves_a_node_without_data() {
    let mut writer = Wires::new(&[("a", Version::V7_0, &[])]);
    writer.ask("a", "SET k value");
    writer.ask("a", "SAVE");
    let dump = writer.dumps["a"].to_vec();
    let changed = |at: usize, byte: u8| {
        let mut dump = dump.clone();
        dump[at] = byte;
        dump
    };
    let key = dump.windows(2).position(|pair| pair == b"\x01k").expect("the key");
    let broken = [
        (changed(dump.len() - 1, !dump[dump.len() - 1]), "checksum"),
        (changed(key - 1, 0xe0), "type"),
        (dump[..key + 1].to_vec(), "end"),
        (changed(0, b'X'), "magic"),
        (changed(7, b'9'), "version"),
    ];
    for (dump, what) in broken {
        let boot = Boot { seed: 1, epoch: UnixMs(1_700_000_000_000), dump: Some(dump.into()) };
        let mut node = Node::start(Config::new(Version::V7_0), boot, Instant::ZERO);
        node.tick(Instant::ZERO + Span::from_ms(10));
        let events = node.take_trace();
        let failed = |event: &Event| matches!(event, Event::LoadFailed { error } if error.contains("byte "));
        assert!(events.iter().any(|traced| failed(&traced.event)), "{what}");
        assert!(node.keyspace.is_empty(), "{what}");
    }
}

#[test]
fn a_wrong_checksum_does_not_matter_without_rdbchecksum() {
    let mut writer = Wires::new(&[("a", Version::V7_0, &[])]);
    writer.ask("a", "SET k value");
    writer.ask("a", "SAVE");
    let mut dump = writer.dumps["a"].to_vec();
    *dump.last_mut().expect("a checksum") ^= 1;
    let mut config = Config::new(Version::V7_0);
    config.set("rdbchecksum", "no").expect("a directive");
    let boot = Boot { seed: 1, epoch: UnixMs(1_700_000_000_000), dump: Some(dump.into()) };
    assert_eq!(Node::start(config, boot, Instant::ZERO).keyspace.len(), 1);
}

/// Who gives a planned failover up, and what forces one.
#[test]
fn a_failover_can_be_given_up_or_forced() {
    let fast: &[(&str, &str)] = &[("repl-diskless-sync-delay", "0")];
    let mut w = Wires::new(&[("a", Version::V7_0, fast), ("b", Version::V7_0, fast)]);
    w.ask("b", "REPLICAOF a 6379");
    w.wait(7);
    w.put_to_sleep("b", 60);
    w.ask("a", "SET k v");
    let state = |w: &mut Wires| info(w, "a", "replication", "master_failover_state");
    assert_eq!(w.ask("a", "FAILOVER"), status("OK"));
    assert_eq!(state(&mut w), "waiting-for-sync");
    assert_eq!(w.ask("a", "FAILOVER"), error("ERR FAILOVER already in progress."));
    assert_eq!(w.ask("a", "REPLICAOF NO ONE"), error("ERR REPLICAOF not allowed while failing over."));
    assert_eq!(w.ask("a", "FAILOVER ABORT"), status("OK"));
    assert_eq!(state(&mut w), "no-failover");

    assert_eq!(w.ask("a", "FAILOVER TIMEOUT 3000"), status("OK"));
    w.wait(5);
    assert_eq!(state(&mut w), "no-failover", "nobody caught up in time");
    assert_eq!(w.ask("a", "SET k w"), status("OK"), "writes flow again");

    assert_eq!(w.ask("a", "FAILOVER TO b 6379 FORCE TIMEOUT 2000"), status("OK"));
    w.wait(4);
    assert_eq!(state(&mut w), "failover-in-progress");
    assert_eq!(info(&mut w, "a", "replication", "role"), "slave");
    assert_eq!(w.ask("a", "FAILOVER ABORT"), status("OK"));
    assert_eq!(info(&mut w, "a", "replication", "role"), "master");
}
