//! MONITOR.

use std::time::Duration;

use super::*;

/// What a monitor was shown by these ports, without its times; `S` is the master's port.
fn shown(monitor: &mut Client, master: &Server) -> Vec<String> {
    let bytes = monitor.drain(Duration::from_millis(1300));
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let from = format!("127.0.0.1:{}]", master.port);
    let lines = text.lines().filter_map(|line| Some(line.split_once(' ')?.1.replace(&from, "S]")));
    lines.filter(|line| line.contains(" S]")).collect()
}

#[test]
fn a_monitor_of_a_replica_is_shown_the_stream() {
    for kinds in [IN_7_0, IN_2_8] {
        let told = both(kinds, |kind| {
            let (master, replica) = (start(kind, &[]), start(kind, &[]));
            if IN_7_0.contains(&kind) {
                master.client().ok("CONFIG SET repl-diskless-sync-delay 0");
            }
            replica.client().ok(&format!("SLAVEOF 127.0.0.1 {}", master.port));
            wait_for_link(&mut replica.client(), "up");
            let mut monitor = replica.client();
            let mut told = vec![answer(&mut monitor, "MONITOR")];
            let mut client = master.client();
            for line in [
                "SELECT 2",
                "SET k v",
                "INCRBYFLOAT n 0.1",
                "MULTI",
                "SET a 1",
                "INCR a",
                "EXEC",
                "SELECT 0",
                "RPUSH l a",
                "PUBLISH c m",
            ] {
                client.ok(line);
            }
            told.extend(shown(&mut monitor, &master));
            told
        });
        assert_tells(&told, &["[2 S] \"SET\" \"k\" \"v\"", "\"EXEC\""]);
    }
}

#[test]
fn a_monitor_is_no_replica_but_may_touch_no_data_in_7_0() {
    let told = both(IN_7_0, |kind| {
        let server = start(kind, &[]);
        let (mut monitor, mut client) = (server.client(), server.client());
        let mut told =
            vec![answer(&mut client, "MULTI"), answer(&mut client, "MONITOR"), answer(&mut client, "EXEC")];
        told.push(answer(&mut monitor, "MONITOR"));
        for line in ["GET k", "SET k v", "PUBLISH c m"] {
            told.push(answer(&mut monitor, line));
        }
        told.push(fields(&server, &["connected_slaves"]));
        monitor.drain(Duration::from_millis(50));
        for line in [
            "AUTH secret",
            "AUTH one two",
            "SET a \\x",
            "CLIENT SETNAME me",
            "CLIENT LIST x",
            "CONFIG GET port",
            "PING",
            "NOSUCH x",
        ] {
            client.line(line);
        }
        client.send(b"*2\r\n$4\r\nECHO\r\n$9\r\n\"a\\\r\n\t\x07\xff\0\r\n");
        client.reply();
        let bytes = monitor.drain(Duration::from_millis(50));
        let lines = String::from_utf8_lossy(&bytes).into_owned();
        told.extend(lines.lines().filter_map(|line| Some(line.split_once("] ")?.1.to_owned())));
        monitor.send(b"PING\r\nRESET\r\n");
        let bytes = monitor.drain(Duration::from_millis(50));
        let text = String::from_utf8_lossy(&bytes).into_owned();
        told.extend(text.lines().map(|line| line.split_once("] ").map_or(line, |(_, rest)| rest).to_owned()));
        client.line("PING");
        told.push(format!("after RESET: {} bytes", monitor.drain(Duration::from_millis(50)).len()));
        told
    });
    assert_tells(&told, &["Replica can't interact with the keyspace", "connected_slaves=0"]);
}
