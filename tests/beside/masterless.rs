//! Replicas without a master: stale data, and a password that is wanted.

use std::thread::sleep;
use std::time::Duration;

use super::*;

fn serves_no_stale_data(kind: Kind) -> Vec<String> {
    let server = start(kind, &["slave-serve-stale-data no"]);
    let mut client = server.client();
    client.ok("SET k 1");
    client.ok("SLAVEOF 127.0.0.1 1");
    let lines = [
        "GET k",
        "SET k 2",
        "PING",
        "ECHO x",
        "DBSIZE",
        "SELECT 1",
        "MULTI",
        "GET k",
        "EXEC",
        "WATCH k",
        "PUBLISH c m",
        "CONFIG GET port-of-nothing",
        "SLAVEOF 127.0.0.1 1",
        "PSYNC ? -1",
        "SYNC",
        "KEYS *",
        "CONFIG SET slave-serve-stale-data yes",
        "SELECT 0",
        "GET k",
        "SET k 2",
        "CONFIG SET slave-read-only no",
        "SET k 2",
        "SLAVEOF NO ONE",
        "GET k",
    ];
    lines.iter().map(|line| answer(&mut client, line)).collect()
}

#[test]
fn a_replica_without_its_master_serves_no_stale_data_when_told_so() {
    for kinds in [IN_7_0, IN_2_8] {
        assert_tells(
            &both(kinds, serves_no_stale_data),
            &["GET k: (error) MASTERDOWN", "SLAVEOF NO ONE: OK\nGET k: \"2\""],
        );
    }
}

fn needs_the_password(kind: Kind) -> Vec<String> {
    let master = start(kind, &[]);
    master.client().ok("CONFIG SET requirepass secret");
    let replica = start(kind, &[]);
    let mut client = replica.client();
    client.ok(&format!("SLAVEOF 127.0.0.1 {}", master.port));
    wait_until("it is refused", || !log(&replica, "NOAUTH").is_empty());
    sleep(Duration::from_millis(1500));
    let mut told = vec![fields(&replica, &["master_link_status"])];
    told.extend(log(&replica, "NOAUTH"));
    client.ok("CONFIG SET masterauth wrong");
    // A password that is set in the middle of a handshake may be taken as asked for already.
    let refusal =
        if IN_7_0.contains(&kind) { "AUTH to MASTER: -WRONGPASS" } else { "AUTH to MASTER: -ERR invalid" };
    wait_until("it is refused again", || !log(&replica, refusal).is_empty());
    told.extend(log(&replica, refusal));
    client.ok("CONFIG SET masterauth secret");
    wait_for_link(&mut client, "up");
    told.push(fields(&replica, &["master_link_status"]));
    told
}

#[test]
fn a_replica_needs_the_password_of_its_master() {
    for kinds in [IN_7_0, IN_2_8] {
        assert_tells(
            &both(kinds, needs_the_password),
            &["master_link_status=down", "Unable to AUTH to MASTER", "master_link_status=up"],
        );
    }
}

#[test]
fn who_waits_for_a_key_of_2_8_goes_on_waiting_when_the_server_becomes_a_replica() {
    let told = both(IN_2_8, |kind| {
        let server = start(kind, &[]);
        let (mut client, mut waiting) = (server.client(), server.client());
        waiting.send(b"BLPOP l 0\r\n");
        wait_until("it waits", || client.info_number("blocked_clients") == 1);
        client.ok("SLAVEOF 127.0.0.1 1");
        let mut told = vec![fields(&server, &["blocked_clients", "role"])];
        client.ok("SLAVEOF NO ONE");
        client.ok("RPUSH l a");
        told.push(cli_format(&waiting.reply()));
        told.extend(log(&server, "user request"));
        told
    });
    assert_tells(&told, &["blocked_clients=1 role=slave"]);
}
