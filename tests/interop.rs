//! Real servers as referee: our node and a real Redis replicate with each other, in both directions, in both
//! ages, over a link that is cut. What is demanded of our node is demanded of two real servers as well, in the
//! same run: a story that they do not fulfil would be a wrong story.

mod support;

use std::process::Command;
use std::time::Duration;

use resync::base::Version;
use resync::resp::ReplyValue;
use support::pair::wait_for_link;
use support::{Client, Kind, Pair, Server, wait_until};

const OURS_7_0: Kind = Kind::Ours(Version::V7_0);
const OURS_2_8: Kind = Kind::Ours(Version::V2_8);

/// The ways in which 7.0 sends an RDB: `$EOF:` from the socket (its default, here without the delay), and
/// `$<length>` from a file.
const FROM_SOCKET: &[&str] = &["repl-diskless-sync-delay 0"];
const FROM_FILE: &[&str] = &["repl-diskless-sync no"];
const DEFAULTS: &[&str] = &[];

#[test]
fn two_real_7_0_servers_fulfil_the_story() {
    play(Kind::Real70, Kind::Real70, FROM_SOCKET);
}

#[test]
fn two_real_2_8_servers_fulfil_the_story() {
    play(Kind::Real28, Kind::Real28, DEFAULTS);
}

#[test]
fn a_real_7_0_replicates_from_our_node_which_sends_the_rdb_from_memory() {
    play(OURS_7_0, Kind::Real70, FROM_SOCKET);
}

#[test]
fn a_real_7_0_replicates_from_our_node_which_sends_the_rdb_from_a_file() {
    play(OURS_7_0, Kind::Real70, FROM_FILE);
}

#[test]
fn our_node_replicates_from_a_real_7_0_which_sends_the_rdb_from_memory() {
    play(Kind::Real70, OURS_7_0, FROM_SOCKET);
}

#[test]
fn our_node_replicates_from_a_real_7_0_which_sends_the_rdb_from_a_file() {
    play(Kind::Real70, OURS_7_0, FROM_FILE);
}

#[test]
fn a_real_2_8_replicates_from_our_node() {
    play(OURS_2_8, Kind::Real28, DEFAULTS);
}

#[test]
fn our_node_replicates_from_a_real_2_8() {
    play(Kind::Real28, OURS_2_8, DEFAULTS);
}

#[test]
fn our_7_0_node_makes_a_real_replica_wait_for_the_diskless_delay_as_7_0_does_by_default() {
    let pair = Pair::start(OURS_7_0, Kind::Real70, &[]);
    pair.master.client().ok("SET k v");
    let start = std::time::Instant::now();
    pair.replicate();
    assert!(
        start.elapsed() > Duration::from_secs(4),
        "the delay is five seconds, it took {:?}",
        start.elapsed()
    );
    pair.assert_same_digest();
}

#[test]
fn redis_cli_works_with_our_node() {
    for kind in [OURS_7_0, OURS_2_8] {
        let node = Server::start(kind, &[]);
        let cli = |args: &[&str]| {
            let output = Command::new("redis-cli").arg("-p").arg(node.port.to_string()).args(args).output();
            let output = output.expect("redis-cli is installed (`tools/setup servers`)");
            assert!(output.status.success(), "redis-cli {args:?}: {output:?}");
            String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
        };
        assert_eq!(cli(&["SET", "name", "a b"]), "OK");
        assert_eq!(cli(&["GET", "name"]), "a b");
        assert_eq!(cli(&["INCR", "n"]), "1");
        assert_eq!(cli(&["GET", "nothing"]), "");
        assert!(cli(&["LPUSHX"]).starts_with("ERR "));
        assert!(cli(&["INFO", "replication"]).contains("role:master"));
        assert_eq!(cli(&["--scan"]).lines().count(), 2);
    }
}

#[test]
fn redis_benchmark_runs_against_our_node() {
    for kind in [OURS_7_0, OURS_2_8] {
        let node = Server::start(kind, &[]);
        let output = Command::new("redis-benchmark")
            .args([
                "-p",
                &node.port.to_string(),
                "-t",
                "set,get",
                "-n",
                "20000",
                "-r",
                "1000",
                "-P",
                "16",
                "-q",
            ])
            .output()
            .expect("redis-benchmark is installed (`tools/setup servers`)");
        let report = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{output:?}");
        for test in ["SET: ", "GET: "] {
            assert!(report.contains(test), "{report}");
        }
        let keys = node.client().ok("DBSIZE");
        assert!(matches!(keys, ReplyValue::Integer(1..=1000)), "{keys:?}");
    }
}

/// The whole story: data before, full resync, propagation, a short cut, a long one. At each station both sides
/// name the same offset and hold the same data.
fn play(master: Kind, replica: Kind, directives: &[&str]) {
    let pair = Pair::start(master, replica, directives);
    let (mut on_master, mut on_replica) = (pair.master.client(), pair.replica.client());
    write_before(&mut on_master);
    on_replica.ok("SET lost 1");

    pair.replicate();
    assert!(pair.link.master_said("+FULLRESYNC "), "the first synchronisation is full");
    assert_eq!(on_replica.ok("EXISTS lost"), ReplyValue::Integer(0), "the replica's own data is gone");
    compare(&pair);

    write_during(&mut on_master);
    pair.settle();
    compare(&pair);
    let refusal = on_replica.line("SET own 1");
    assert!(matches!(&refusal, ReplyValue::Error(text) if text.starts_with(b"READONLY")), "{refusal:?}");

    pair.link.cut();
    wait_for_link(&mut on_replica, "down");
    on_master.ok("SET missed one");
    on_master.ok("APPEND missed ,two");
    pair.link.take_from_master();
    pair.link.heal();
    pair.settle();
    assert!(pair.link.master_said("+CONTINUE"), "what was missed is still in the backlog");
    assert!(!pair.link.master_said("+FULLRESYNC "), "a short cut costs no full resynchronisation");
    compare(&pair);

    pair.link.cut();
    wait_for_link(&mut on_replica, "down");
    for n in 0..200 {
        on_master.command(&["SET", &format!("bulk:{n}"), &"x".repeat(1000)]);
    }
    pair.link.take_from_master();
    pair.link.heal();
    pair.settle();
    assert!(pair.link.master_said("+FULLRESYNC "), "200 KB do not fit into a backlog of 16 KB");
    on_master.ok("SET after all");
    pair.settle();
    compare(&pair);
    assert_eq!(on_replica.text("GET after"), "all");
}

/// Same data, and same digest where a real server computes it: `DEBUG DIGEST` of 2.8.17 can crash that server
/// when binary strings and several databases came in an RDB (`digests_agree_with_2_8` asks it for plainer data).
fn compare(pair: &Pair) {
    pair.assert_same_data();
    if pair.master.kind != Kind::Real28 && pair.replica.kind != Kind::Real28 {
        pair.assert_same_digest();
    }
}

#[test]
fn digests_agree_with_2_8_after_each_kind_of_resynchronisation() {
    for (master, replica) in
        [(Kind::Real28, Kind::Real28), (OURS_2_8, Kind::Real28), (Kind::Real28, OURS_2_8)]
    {
        let pair = Pair::start(master, replica, &[]);
        let mut on_master = pair.master.client();
        on_master.ok(
            "MSET name redis n 12345 long aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        );
        pair.replicate();
        pair.assert_same_digest();
        on_master.ok("INCR n");
        pair.link.cut();
        on_master.ok("SET name resync");
        pair.link.heal();
        wait_until("the missed write", || pair.replica.client().text("GET name") == "resync");
        pair.settle();
        pair.assert_same_digest();
    }
}

/// Values of every encoding that an RDB knows for strings, in several databases, with and without expiry.
fn write_before(master: &mut Client) {
    master.ok("MSET name redis small 12 medium -300 large 70000 huge 5000000000 not-a-number 012");
    master.command(&["SET", "compressible", &"abc".repeat(400)]);
    master.command(&[b"SET".as_slice(), b"bin\x00\xff\r\nkey", b"\x00\x01\xfe\xff value\r\n"]);
    master.command(&["SET", "empty", ""]);
    master.ok("SETEX expiring 1000 soon");
    master.ok("SELECT 3");
    master.ok("SET elsewhere 3");
    master.ok("PSETEX elsewhere-expiring 2000000 later");
    master.ok("SELECT 0");
}

/// Every kind of write that must reach the replica.
fn write_during(master: &mut Client) {
    for line in [
        "SET name changed",
        "SETNX fresh 1",
        "SETNX fresh 2",
        "SETEX fleeting 900 v",
        "APPEND name !",
        "INCR small",
        "DECRBY medium 7",
        "INCRBYFLOAT float 10.5",
        "INCRBYFLOAT float -0.1",
        "GETSET large other",
        "SETRANGE padded 5 x",
        "MSET a 1 b 2 c 3",
        "MSETNX a 1 d 4",
        "EXPIRE a 500",
        "PEXPIREAT b 32503680000000",
        "PERSIST expiring",
        "EXPIRE c -1",
        "DEL compressible nothing",
        "RENAME huge enormous",
        "SELECT 5",
        "SET in-five 5",
        "SELECT 2",
        "SET doomed 1",
        "FLUSHDB",
        "SET moving 1",
        "MOVE moving 4",
        "SELECT 0",
        "SET brief 1 PX 30",
    ] {
        master.ok(line);
    }
    std::thread::sleep(Duration::from_millis(60));
    assert_eq!(master.ok("EXISTS brief"), ReplyValue::Integer(0), "expired on the master");
}
