//! Output buffers and their limits.

use std::thread::sleep;
use std::time::Duration;

use super::*;

/// A replica that reads nothing more, while much is written; `after` is what happens when nothing is written any more.
fn does_not_read(kind: Kind, limit: &str) -> Vec<String> {
    let server =
        start(kind, &["repl-backlog-size 16384", &format!("client-output-buffer-limit slave {limit}")]);
    let follower = Follower::attach(&server);
    let mut client = server.client();
    write(&mut client, 15, 1_000_000);
    if limit.starts_with("0 ") {
        sleep(Duration::from_millis(3500));
        write(&mut client, 1, 30_000);
    }
    wait_for_slaves(&server, "0");
    let told = log(&server, "overcoming").len();
    drop(follower);
    vec![format!("lines about the limit: {told}"), fields(&server, &["connected_slaves"])]
}

#[test]
fn a_replica_that_does_not_read_is_dropped_at_the_hard_limit() {
    for kinds in [IN_7_0, IN_2_8] {
        assert_tells(&both(kinds, |kind| does_not_read(kind, "200000 0 0")), &["lines about the limit: 1"]);
    }
}

#[test]
fn a_replica_that_does_not_read_is_dropped_after_its_time_above_the_soft_limit() {
    for kinds in [IN_7_0, IN_2_8] {
        assert_tells(&both(kinds, |kind| does_not_read(kind, "0 200000 1")), &["lines about the limit: 1"]);
    }
}

#[test]
fn what_a_replica_of_7_0_holds_is_counted_in_blocks() {
    both(IN_7_0, |kind| {
        let server = start(kind, &["repl-backlog-size 16384"]);
        let mut follower = Follower::attach(&server);
        let mut client = server.client();
        let mut told = Vec::new();
        for size in [10, 5_000, 30_000, 100_000, 10] {
            write(&mut client, 1, size);
            follower.client.drain(Duration::from_millis(50));
            let list = client.text("CLIENT LIST");
            let line = list.lines().find(|line| line.contains(" flags=S ")).expect("the replica").to_owned();
            let words =
                line.split(' ').filter(|w| ["obl=", "oll=", "omem="].iter().any(|name| w.starts_with(name)));
            told.push(words.collect::<Vec<_>>().join(" "));
        }
        told
    });
}

/// The snapshot takes longer than the buffer has room for what is written meanwhile: all begins again.
#[test]
fn a_buffer_that_is_too_small_for_the_snapshot_makes_7_0_begin_again_and_again() {
    let told = both(IN_7_0, |kind| {
        let directives = [
            "repl-backlog-size 16384",
            "rdb-key-save-delay 150000",
            "client-output-buffer-limit slave 60000 0 0",
        ];
        let master = start(kind, &directives);
        let mut client = master.client();
        (0..10).for_each(|n| drop(client.ok(&format!("SET key:{n} value"))));
        let replica = Server::start(Kind::Real70, &[]);
        replica.client().ok(&format!("REPLICAOF 127.0.0.1 {}", master.port));
        wait_until("three snapshots", || {
            write(&mut client, 4, 3000);
            client.info_number("sync_full") >= 3
        });
        let told = vec![format!("given up: {}", !log(&master, "overcoming").is_empty())];
        wait_for_link(&mut replica.client(), "up");
        assert_eq!(dataset(&mut client), dataset(&mut replica.client()));
        told
    });
    assert_tells(&told, &["given up: true"]);
}

#[test]
fn clients_that_get_more_than_their_limit_are_closed() {
    for kinds in [IN_7_0, IN_2_8] {
        let told = both(kinds, |kind| {
            let limits = ["normal 300000 0 0", "pubsub 100000 0 0"]
                .map(|limit| format!("client-output-buffer-limit {limit}"));
            let server = start(kind, &limits.each_ref().map(String::as_str));
            let mut client = server.client();
            write(&mut client, 1, 200_000);
            client.ok(&format!("SET message {}", "m".repeat(150_000)));
            let mut told = vec![format!("GET of 200,000: {}", answer(&mut client, "GET k").len())];
            let mut greedy = server.client();
            greedy.send(b"MGET k k k\r\n");
            let got = greedy.read_to_close().len();
            // 2.8 closes such a client at its next routine: until then it sends what the socket takes.
            let got = if IN_7_0.contains(&kind) { got } else { 0 };
            told.push(format!("MGET of 600,000: {got} bytes"));
            let mut listener = server.client();
            listener.ok("SUBSCRIBE news");
            told.push(answer(&mut client, &format!("PUBLISH news {}", "x".repeat(1000))).split_off(1000));
            listener.read_bytes(1000);
            told.push(
                answer(&mut client, &format!("PUBLISH news {}", "x".repeat(150_000))).split_off(150_000),
            );
            listener.read_to_close();
            told.push(format!(
                "lines: {}",
                server.log().matches("for overcoming of output buffer limits").count()
            ));
            told
        });
        assert_tells(&told, &["MGET of 600,000: 0 bytes", "lines: 2"]);
    }
}
