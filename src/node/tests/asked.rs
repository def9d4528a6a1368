//! What clients ask about the server and each other, and how long it lets them wait.

use super::*;

fn error(text: &str) -> ReplyValue {
    ReplyValue::Error(text.into())
}

#[test]
fn a_save_takes_as_long_as_its_keys_are_told_to_take() {
    let mut w = Wires::new(&[("a", Version::V7_0, &[("rdb-key-save-delay", "100000")])]);
    (0..10).for_each(|key| drop(w.ask("a", &format!("SET k{key} v"))));
    let now = w.now;
    let conn = w.node_mut("a").accept(now, "127.0.0.1".into(), 9);
    w.unread = Some(conn);
    w.node_mut("a").receive(now, conn, b"SAVE\r\n");
    assert_eq!(w.node_mut("a").take_output(now, conn, 100), None, "it writes");
    assert_eq!(w.node("a").next_deadline(), Some((now + Span::from_secs(1), Wake::Awake)));
    w.wait(1);
    let now = w.now;
    let answer = w.node_mut("a").take_output(now, conn, 100).expect("the reply");
    assert_eq!(&answer.bytes[..], b"+OK\r\n");
}

#[test]
fn a_server_stays_where_it_listens() {
    let mut w = Wires::new(&[("a", Version::V7_0, &[]), ("b", Version::V2_8, &[])]);
    let refused = "ERR CONFIG SET failed (possibly related to argument 'port') - Unable to listen on this port. Check server logs.";
    assert_eq!(w.ask("a", "CONFIG SET hz 20 port 7000"), error(refused));
    assert_eq!(w.node("a").config().get("hz"), Some("10"), "nothing of the command took effect");
    assert_eq!(w.ask("a", "CONFIG SET port 6379"), status("OK"));
    let refused = "ERR CONFIG SET failed (possibly related to argument 'bind') - Failed to bind to specified addresses.";
    assert_eq!(w.ask("a", "CONFIG SET bind 10.0.0.1"), error(refused));
    assert_eq!(w.ask("b", "CONFIG SET port 7000"), error("ERR Unsupported CONFIG parameter: port"));
}

#[test]
fn a_soft_limit_is_enforced_without_traffic_since_7_0() {
    for (version, stays) in [(Version::V7_0, false), (Version::V4_0, true)] {
        let mut w = Wires::new(&[("a", version, &[("client-output-buffer-limit", "pubsub 0 20000 2")])]);
        let now = w.now;
        let conn = w.node_mut("a").accept(now, "127.0.0.1".into(), 9);
        w.unread = Some(conn);
        w.node_mut("a").receive(now, conn, b"SUBSCRIBE news\r\n");
        w.ask("a", &format!("PUBLISH news {}", "x".repeat(50_000)));
        // Seconds are counted as the calendar has them: the third one that begins is too late.
        w.wait(2);
        assert!(w.node("a").clients.contains_key(&conn), "{version}: not yet");
        w.wait(1);
        assert_eq!(w.node("a").clients.contains_key(&conn), stays, "{version}");
    }
}

#[test]
fn clients_are_listed_and_ended_by_number_user_and_address() {
    let mut w = Wires::new(&[("a", Version::V7_0, &[])]);
    let now = w.now;
    let conn = w.node_mut("a").accept(now, "10.1.1.1".into(), 77);
    let ReplyValue::Bulk(Some(list)) = w.ask("a", &format!("CLIENT LIST ID {} 999", conn.0)) else {
        panic!("a list")
    };
    let list = String::from_utf8_lossy(&list).into_owned();
    assert!(
        list.starts_with(&format!("id={} addr=10.1.1.1:77", conn.0)) && list.lines().count() == 1,
        "{list}"
    );
    assert_eq!(w.ask("a", "CLIENT LIST ID x"), error("ERR Invalid client ID"));
    assert_eq!(w.ask("a", "CLIENT KILL USER alice ID 1"), error("ERR No such user 'alice'"));
    assert_eq!(w.ask("a", "CLIENT KILL LADDR 127.0.0.1:1 USER default"), ReplyValue::Integer(0));
    assert_eq!(w.ask("a", "CLIENT KILL LADDR 127.0.0.1:6379 USER default"), ReplyValue::Integer(1));
    assert_eq!(w.ask("a", "CLIENT TRACKING on"), error("ERR unsupported in Resync: CLIENT TRACKING"));
}

#[test]
fn commands_are_listed_by_pattern() {
    let mut w = Wires::new(&[("a", Version::V7_0, &[])]);
    let names = |reply| match reply {
        ReplyValue::Array(Some(names)) => names.len(),
        other => panic!("{other:?}"),
    };
    assert_eq!(names(w.ask("a", "COMMAND LIST FILTERBY PATTERN ZREMRANGE*")), 3);
    assert_eq!(names(w.ask("a", "COMMAND LIST FILTERBY MODULE json")), 0);
    assert_eq!(w.ask("a", "COMMAND LIST nonsense"), error("ERR syntax error"));
    assert!(names(w.ask("a", "COMMAND LIST")) > 150);
}

#[test]
fn a_pattern_counts_once_since_7_0() {
    for (version, count) in [(Version::V7_0, 1), (Version::V4_0, 2)] {
        let mut w = Wires::new(&[("a", version, &[])]);
        for _ in 0..2 {
            let now = w.now;
            let conn = w.node_mut("a").accept(now, "127.0.0.1".into(), 9);
            w.node_mut("a").receive(now, conn, b"PSUBSCRIBE news*\r\n");
        }
        assert_eq!(w.ask("a", "PUBSUB NUMPAT"), ReplyValue::Integer(count), "{version}");
    }
}

#[test]
fn a_transaction_of_7_0_does_not_run_on_data_that_became_stale_meanwhile() {
    for (version, refused) in [(Version::V7_0, true), (Version::V4_0, false)] {
        let mut w = Wires::new(&[("a", version, &[("slave-serve-stale-data", "no")])]);
        w.ask("a", "SET k v");
        let now = w.now;
        let node = w.node_mut("a");
        let conn = node.accept(now, "127.0.0.1".into(), 9);
        node.receive(now, conn, b"MULTI\r\nGET k\r\n");
        w.unread = Some(conn);
        w.ask("a", "SLAVEOF nowhere 6379");
        let now = w.now;
        let node = w.node_mut("a");
        node.take_output(now, conn, 1000);
        node.receive(now, conn, b"EXEC\r\n");
        let answer = node.take_output(now, conn, 1000).expect("an answer");
        assert_eq!(answer.bytes.starts_with(b"-EXECABORT"), refused, "{version}: {:?}", answer.bytes);
    }
}
