//! Output buffers and their limits.

use std::thread::sleep;
use std::time::Duration;

use resync::resp::ReplyValue;

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
            told.push(counted(list.lines().find(|line| line.contains(" flags=S ")).expect("the replica")));
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

/// A server, a client, and a replica with this limit to which a long RDB goes out. Nothing else does meanwhile: what is written lies in
/// the buffer, and can be looked at.
fn during_transfer(kind: Kind, limit: &str) -> (Server, Client, Client) {
    let server = start(kind, &["rdbcompression no", &format!("client-output-buffer-limit slave {limit}")]);
    let mut client = server.client();
    (0..24).for_each(|n| drop(client.ok(&format!("SET big:{n} {}", "x".repeat(1_000_000)))));
    let mut replica = server.client();
    replica.send(b"SYNC\r\n");
    wait_for_slaves(&server, "1");
    (server, client, replica)
}

#[test]
fn what_a_replica_of_2_8_holds_is_counted_in_pieces_without_the_first_16_kilobytes() {
    both(IN_2_8, |kind| {
        let (_server, mut client, replica) = during_transfer(kind, "0 0 0");
        let mut told = Vec::new();
        for size in [10, 300, 5000, 5000, 5600, 3, 31, 40_000, 1, 9000, 20_000, 7000, 1000, 8000, 16_300] {
            client.ok(&format!("SET k {}", "x".repeat(size)));
            told.push(format!("{size}: {:?}", held(&mut client)));
        }
        client.ok("SELECT 11");
        client.ok(&format!("RPUSH list{}", " 7 abc".repeat(3000)));
        told.push(format!("list: {:?}", held(&mut client)));
        drop(replica);
        told
    });
}

#[test]
fn the_hard_limit_of_2_8_leaves_the_first_16_kilobytes_out() {
    let told = both(IN_2_8, |kind| {
        let (server, mut client, _replica) = during_transfer(kind, "400 0 0");
        let mut written = 0;
        while log(&server, "overcoming").is_empty() {
            write(&mut client, 1, 1000);
            written += 1;
        }
        wait_for_slaves(&server, "0");
        vec![format!("writes of 1,000 bytes: {written}")]
    });
    assert_tells(&told, &["writes of 1,000 bytes: 16"]);
}

/// Per replica: bytes in the client itself, pieces outside, and what those take.
fn held(client: &mut Client) -> Vec<String> {
    let list = client.text("CLIENT LIST");
    let replicas = list.lines().filter(|line| line.contains(" flags=S "));
    replicas.map(counted).collect()
}

fn counted(line: &str) -> String {
    let counts = |word: &&str| ["obl=", "oll=", "omem="].iter().any(|name| word.starts_with(name));
    line.split(' ').filter(counts).collect::<Vec<_>>().join(" ")
}

/// Inside EXEC the replies gather in the client that asks.
#[test]
fn what_a_client_of_2_8_holds_is_counted_in_pieces_too() {
    both(IN_2_8, |kind| {
        let server = start(kind, &[]);
        let mut client = server.client();
        client.ok(&format!("SET large {}", "x".repeat(20_000)));
        client.ok(&format!("RPUSH list{}", " 7 abc".repeat(2000)));
        let asked =
            ["LRANGE list 0 -1", "GET large", "PING", "MGET large large nothing", "GET large", "LLEN list"];
        let holds_after = |count: &usize| {
            client.ok("MULTI");
            asked[..*count].iter().for_each(|line| drop(client.ok(line)));
            client.ok("CLIENT LIST");
            let ReplyValue::Array(Some(replies)) = client.ok("EXEC") else { panic!("no array") };
            counted(&cli_format(replies.last().expect("the list")))
        };
        (1..=asked.len()).collect::<Vec<_>>().iter().map(holds_after).collect()
    });
}
