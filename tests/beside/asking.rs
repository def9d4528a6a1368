//! What a master answers to those who ask for synchronisation in unusual ways.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use super::*;

/// The lines that come before the RDB, with the master's ID as `<id>`, and what was counted.
fn asks(server: &Server, question: &str) -> String {
    let mut client = server.client();
    client.send(format!("{question}\r\n").as_bytes());
    let mut lines = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&client.drain(Duration::from_millis(400))).into_owned();
        lines.extend(text.trim_start_matches('\n').split("\r\n").map(str::to_owned));
        if !text.is_empty() || lines.len() > 9 {
            break;
        }
    }
    lines.iter_mut().for_each(|line| {
        if let Some(rest) = line.strip_prefix("+FULLRESYNC ") {
            *line = format!("+FULLRESYNC <id>{}", &rest[40..]);
        }
    });
    let told =
        lines.iter().take_while(|line| !line.starts_with('$')).cloned().collect::<Vec<_>>().join(" | ");
    let counts = fields(server, &["sync_full", "sync_partial_ok", "sync_partial_err"]);
    format!("{}: {told} {counts}", question.split(' ').next_back().unwrap_or_default())
}

#[test]
fn an_offset_that_is_no_number_comes_beside_a_full_synchronisation_up_to_6_2() {
    for (kinds, name) in [(IN_7_0, "master_replid"), (IN_2_8, "run_id")] {
        let told = both(kinds, |kind| {
            let server = start(kind, &[]);
            let id = server.client().info(name).expect("an ID");
            let questions =
                ["PSYNC ? abc".to_owned(), format!("PSYNC {id} abc"), "PSYNC nobody abc".to_owned()];
            questions.iter().map(|question| asks(&server, question)).collect()
        });
        assert_tells(&told, &["-ERR value is not an integer or out of range"]);
    }
}

/// Between the question and the start of its snapshot a replica of 2.8 gets every SELECT, and none when it starts.
#[test]
fn a_replica_of_2_8_that_waits_for_a_snapshot_is_told_of_every_select() {
    let told = both(IN_2_8, |kind| {
        let is_real = kind == Kind::Real28;
        let server = start(kind, if is_real { &[] } else { &["bgsave-time 2s"] });
        let mut client = server.client();
        client.ok(if is_real { "DEBUG POPULATE 400000" } else { "DEBUG POPULATE 40" });
        client.ok("BGSAVE");
        let mut replica = server.client();
        replica.send(b"PSYNC ? -1\r\n");
        wait_for_slaves(&server, "1");
        for line in ["SELECT 5", "SET a 1", "SELECT 9", "SET b 2"] {
            client.ok(line);
        }
        let is_waiting = log(&server, "Waiting for next BGSAVE").len();
        let mut got = Vec::new();
        wait_until("the replica is online", || {
            got.extend(replica.drain(Duration::from_millis(5)));
            client.info("slave0").is_some_and(|line| line.contains("state=online"))
        });
        client.ok("SET c 3");
        let stream = [got, replica.read_through(b"$1\r\n3\r\n")].concat();
        let end = stream.len().saturating_sub(80);
        let text = stream[end..].escape_ascii().to_string();
        let text = text.split_once("*2\\r\\n").map_or(text.clone(), |(_, rest)| rest.to_owned());
        vec![format!("waits: {is_waiting}"), text, fields(&server, &["master_repl_offset"])]
    });
    assert_tells(&told, &["waits: 1"]);
}

/// Who wants the RDB alone is kept no stream.
#[test]
fn a_replica_that_wants_only_the_rdb_is_kept_nothing_and_closed() {
    let told = both(IN_7_0, |kind| {
        let server = start(kind, &["rdb-key-save-delay 100000", "repl-backlog-size 16384"]);
        let mut client = server.client();
        (0..10).for_each(|n| drop(client.ok(&format!("SET key:{n} value"))));
        let mut replica = server.client();
        replica.ok("REPLCONF rdb-only 1");
        replica.send(b"PSYNC ? -1\r\n");
        wait_for_slaves(&server, "1");
        write(&mut client, 3, 30_000);
        let list = client.text("CLIENT LIST");
        let line = list.lines().find(|line| line.contains(" flags=S ")).expect("the replica").to_owned();
        let held: Vec<&str> =
            line.split(' ').filter(|word| word.starts_with("oll=") || word.starts_with("omem=")).collect();
        let got = replica.read_to_close();
        let is_end = got.len() > 9 && got[got.len() - 9] == 0xff;
        vec![held.join(" "), format!("ends with the RDB: {is_end}"), fields(&server, &["connected_slaves"])]
    });
    assert_tells(&told, &["oll=0 omem=0", "ends with the RDB: true"]);
}

/// The path stands where an address would.
#[test]
fn a_monitor_is_shown_the_path_of_who_comes_by_a_unix_socket() {
    for kinds in [IN_7_0, IN_2_8] {
        let told = both(kinds, |kind| {
            let path = std::env::temp_dir().join(format!("resync-{}-{kind:?}.sock", std::process::id()));
            let path = path.to_str().expect("a plain path").replace(['(', ')'], "");
            let server = start(kind, &[&format!("unixsocket {path}")]);
            let mut monitor = server.client();
            monitor.ok("MONITOR");
            let mut visitor = UnixStream::connect(&path).expect("a socket");
            visitor.write_all(b"ECHO hello\r\n").expect("it takes a line");
            visitor.read_exact(&mut [0; 11]).expect("an answer");
            let line = String::from_utf8_lossy(&monitor.read_line()).into_owned();
            let list = server.client().text("CLIENT LIST");
            let address = list.lines().filter_map(|line| line.split(' ').find(|word| word.contains(&path)));
            let told = vec![
                line.split_once(' ').map_or("", |(_, rest)| rest).replace(&path, "PATH"),
                address.map(|word| word.replace(&path, "PATH")).collect(),
            ];
            let _ = std::fs::remove_file(&path);
            told
        });
        assert_tells(&told, &["[0 unix:PATH] \"ECHO\" \"hello\""]);
    }
}
