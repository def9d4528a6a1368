//! What a master tells its replicas, rule by rule: the real server of each age and ours, given the same lines, send the
//! stream that is written here. (Random commands in large numbers are `differential`.)
//!
//! A line is a command; `1>` before it sends it on a second connection, `1~` sends it there and does not wait for the
//! reply. In the stream `<ms>` stands for a moment, and changes of the database are left out.

mod support;

mod differential {
    #[allow(dead_code)] // the differential tests use all of it
    pub mod sides;
}

use std::time::Duration;

use differential::sides::Side;
use resync::base::{Blob, Version};
use resync::resp::{Limits, RequestParser};
use support::{Kind, wait_until};

/// A rule, lines, and what they make the master say.
type Rule = (&'static str, &'static [&'static str], &'static [&'static str]);

#[test]
fn a_7_0_tells_its_replicas_what_happened_and_not_what_was_asked() {
    check(Kind::Real70, Version::V7_0, RULES_7_0);
}

#[test]
fn a_2_8_tells_its_replicas_what_was_asked_but_for_chance_and_floats() {
    check(Kind::Real28, Version::V2_8, RULES_2_8);
}

fn check(real: Kind, version: Version, rules: &[Rule]) {
    let mut other = String::new();
    for kind in [real, Kind::Ours(version)] {
        let mut side = Side::start(kind, &["repl-diskless-sync no"][..usize::from(version == Version::V7_0)]);
        for (rule, lines, expected) in rules {
            side.clients[0].ok("FLUSHALL");
            side.take_stream();
            lines.iter().for_each(|line| play(&mut side, line));
            let told = commands(&side.take_stream(), version);
            if told != *expected {
                other += &format!("{kind:?}: {rule}\n  expected {expected:?}\n  told     {told:?}\n");
            }
        }
    }
    assert!(other.is_empty(), "\n{other}");
}

fn play(side: &mut Side, line: &str) {
    match line.split_at(2) {
        ("1>", line) => drop(side.clients[1].line(line)),
        ("1~", line) => {
            let before = blocked(side);
            side.clients[1].send(format!("{}\r\n", line.trim()).as_bytes());
            wait_until("the client waits", || blocked(side) > before);
        }
        ("..", ms) => std::thread::sleep(Duration::from_millis(ms.parse().expect("milliseconds"))),
        _ => drop(side.clients[0].line(line)),
    }
}

fn blocked(side: &mut Side) -> i64 {
    side.clients[0].info_number("blocked_clients")
}

/// The commands of a stream as lines.
fn commands(stream: &[u8], version: Version) -> Vec<String> {
    let mut parser = RequestParser::new(Limits::new(version.profile()));
    parser.feed(stream);
    let mut lines = Vec::new();
    while let Some(request) = parser.next().expect("a good stream") {
        let words: Vec<String> = request.argv.iter().map(word).collect();
        if words[0] != "SELECT" {
            lines.push(words.join(" "));
        }
    }
    lines
}

fn word(word: &Blob) -> String {
    match resync::base::parse_i64(word) {
        Some(1_000_000_000_000..) => "<ms>".into(),
        _ => String::from_utf8_lossy(word).into_owned(),
    }
}

const RULES_7_0: &[Rule] = &[
    (
        "an expiry becomes a moment",
        &["SET k v", "EXPIRE k 100", "PEXPIRE k 100000"],
        &["SET k v", "PEXPIREAT k <ms>", "PEXPIREAT k <ms>"],
    ),
    (
        "also one that was given in seconds",
        &["SET k v", "EXPIREAT k 4000000000", "PEXPIREAT k 4000000000000"],
        &["SET k v", "PEXPIREAT k <ms>", "PEXPIREAT k <ms>"],
    ),
    ("an expiry in the past is a deletion", &["SET k v", "EXPIRE k -1"], &["SET k v", "DEL k"]),
    (
        "SET with an expiry becomes SET with a moment",
        &[
            "SET k v EX 100",
            "SET k v PX 100000 NX",
            "SET k v XX EX 100 GET",
            "SET k v EXAT 4000000000",
            "SET k v PXAT 4000000000000",
            "SETEX k 100 v",
            "PSETEX k 100000 v",
        ],
        &[
            "SET k v PXAT <ms>",
            "SET k v PXAT <ms>",
            "SET k v PXAT <ms>",
            "SET k v PXAT <ms>",
            "SET k v PXAT <ms>",
            "SET k v PXAT <ms>",
        ],
    ),
    (
        "the other options of SET stay, but for GET",
        &["SET k v NX", "SET k w XX KEEPTTL", "SET k v GET"],
        &["SET k v NX", "SET k w XX KEEPTTL", "SET k v"],
    ),
    (
        "a SET that does nothing is not told",
        &["SET k v XX", "SETNX k v", "SETNX k w", "SET k w NX"],
        &["SETNX k v"],
    ),
    (
        "GETEX is told as what it did",
        &[
            "SET k v",
            "GETEX k",
            "GETEX k EX 100",
            "GETEX k PXAT 4000000000000",
            "GETEX k PERSIST",
            "GETEX k EXAT 1",
        ],
        &["SET k v", "PEXPIREAT k <ms>", "PEXPIREAT k <ms>", "PERSIST k", "DEL k"],
    ),
    (
        "GETDEL and GETSET are told as what they did",
        &["SET k v", "GETSET k w", "GETDEL k", "GETDEL k"],
        &["SET k v", "SET k w", "DEL k"],
    ),
    (
        "a sum of floats is told as its result",
        &["SET k 3e3", "INCRBYFLOAT k 1.1", "HINCRBYFLOAT h f 0.1", "HINCRBYFLOAT h f 0.2"],
        &["SET k 3e3", "SET k 3001.10000000000000009 KEEPTTL", "HSET h f 0.1", "HSET h f 0.3"],
    ),
    (
        "what chance has chosen is told by name",
        &[
            "SADD s a",
            "SPOP s",
            "SADD s a",
            "SPOP s 1",
            "SADD s a",
            "SPOP s 5",
            "SADD s a",
            "SPOP s 0",
            "SPOP nothing",
        ],
        &["SADD s a", "SREM s a", "SADD s a", "DEL s", "SADD s a", "DEL s", "SADD s a"],
    ),
    (
        "a pop that waited is told as a pop",
        &[
            "1~BLPOP l 0",
            "RPUSH l a",
            "1~BRPOP l 0",
            "RPUSH l b",
            "1~BLMPOP 0 1 l LEFT",
            "RPUSH l c",
            "1~BZPOPMIN z 0",
            "ZADD z 1 a",
        ],
        &["RPUSH l a", "LPOP l", "RPUSH l b", "RPOP l", "RPUSH l c", "LPOP l 1", "ZADD z 1 a", "ZPOPMIN z"],
    ),
    (
        "a move that waited is told as a move",
        &["1~BRPOPLPUSH l to 0", "RPUSH l a", "1~BLMOVE l to LEFT RIGHT 0", "RPUSH l b"],
        &["RPUSH l a", "RPOPLPUSH l to", "RPUSH l b", "LMOVE l to left right"],
    ),
    (
        "a pop that need not wait is told as a pop",
        &["RPUSH l a b c d", "BLPOP l 0", "BRPOP l 0", "BRPOPLPUSH l to 0", "BLMOVE l to LEFT LEFT 0"],
        &["RPUSH l a b c d", "LPOP l", "RPOP l", "RPOPLPUSH l to", "LMOVE l to LEFT LEFT"],
    ),
    (
        "pops of several keys name the one they took from",
        &[
            "RPUSH l a b c",
            "LMPOP 2 nothing l LEFT COUNT 2",
            "ZADD z 1 a 2 b",
            "ZMPOP 2 nothing z MIN",
            "LMPOP 1 nothing LEFT",
        ],
        &["RPUSH l a b c", "LPOP l 2", "ZADD z 1 a 2 b", "ZPOPMIN z 1"],
    ),
    (
        "several writes of a transaction are framed",
        &["MULTI", "SET a 1", "GET a", "SET b 2", "EXEC"],
        &["MULTI", "SET a 1", "SET b 2", "EXEC"],
    ),
    (
        "a single write of a transaction is not",
        &["MULTI", "GET a", "SET a 1", "EXEC", "MULTI", "GET a", "EXEC", "MULTI", "SET a 2", "DISCARD"],
        &["SET a 1"],
    ),
    (
        "what served a client within a transaction comes after it",
        &["1~BLPOP l 0", "MULTI", "RPUSH l a", "SET k v", "EXEC"],
        &["MULTI", "RPUSH l a", "SET k v", "EXEC", "LPOP l"],
    ),
    ("a broken WATCH tells nothing", &["WATCH k", "1>SET k 1", "MULTI", "SET k 2", "EXEC"], &["SET k 1"]),
    (
        "what changes nothing is not told",
        &[
            "DEL k",
            "SADD s a",
            "SADD s a",
            "SREM s b",
            "HDEL h f",
            "ZADD z 1 a",
            "ZADD z 1 a",
            "EXPIRE k 100",
            "PERSIST k",
            "LREM l 0 a",
            "LTRIM l 0 0",
            "RENAME k k",
            "MSETNX s 1",
        ],
        &["SADD s a", "ZADD z 1 a"],
    ),
    (
        "but what is only the same once more is",
        &[
            "SET k v",
            "SET k v",
            "HSET h f v",
            "HSET h f v",
            "GETSET k v",
            "SETRANGE k 0 v",
            "SETBIT b 0 0",
            "FLUSHDB",
            "FLUSHALL",
        ],
        &[
            "SET k v",
            "SET k v",
            "HSET h f v",
            "HSET h f v",
            "SET k v",
            "SETRANGE k 0 v",
            "SETBIT b 0 0",
            "FLUSHDB",
            "FLUSHALL",
        ],
    ),
    (
        "a key that is found expired is deleted first",
        &["SET k v PX 5", "..10", "GET k", "SET k v PX 5", "..10", "SET k w"],
        &["SET k v PXAT <ms>", "DEL k", "SET k v PXAT <ms>", "MULTI", "DEL k", "SET k w", "EXEC"],
    ),
    (
        "also within a transaction",
        &["SET k v PX 5", "SET l 1", "..10", "MULTI", "GET k", "INCR l", "EXEC"],
        &["SET k v PXAT <ms>", "SET l 1", "MULTI", "DEL k", "INCR l", "EXEC"],
    ),
    (
        "a result that is stored replaces an expired key",
        &[
            "SADD a x",
            "SADD to y",
            "PEXPIRE to 5",
            "..10",
            "SUNIONSTORE to a",
            "PEXPIRE to 5",
            "..10",
            "SINTERSTORE to a nothing",
        ],
        &[
            "SADD a x",
            "SADD to y",
            "PEXPIREAT to <ms>",
            "MULTI",
            "DEL to",
            "SUNIONSTORE to a",
            "EXEC",
            "PEXPIREAT to <ms>",
            "SINTERSTORE to a nothing",
        ],
    ),
    ("messages are told, too", &["PUBLISH news hello"], &["PUBLISH news hello"]),
];

const RULES_2_8: &[Rule] = &[
    (
        "an expiry is told as it was asked",
        &["SET k v", "EXPIRE k 100", "PEXPIRE k 100000", "EXPIREAT k 4000000000"],
        &["SET k v", "EXPIRE k 100", "PEXPIRE k 100000", "EXPIREAT k 4000000000"],
    ),
    ("an expiry in the past is a deletion", &["SET k v", "EXPIRE k -1"], &["SET k v", "DEL k"]),
    (
        "also of SET",
        &["SET k v EX 100", "SET k v PX 100000 NX", "SET k v XX", "SETEX k 100 v", "PSETEX k 100000 v"],
        &["SET k v EX 100", "SET k v XX", "SETEX k 100 v", "PSETEX k 100000 v"],
    ),
    (
        "a SET that does nothing is not told",
        &["SET k v XX", "SETNX k v", "SETNX k w", "SET k w NX"],
        &["SETNX k v"],
    ),
    ("GETSET is told as it was asked", &["SET k v", "GETSET k w"], &["SET k v", "GETSET k w"]),
    (
        "a sum of floats is told as its result",
        &["SET k 3e3", "INCRBYFLOAT k 1.1", "HINCRBYFLOAT h f 0.1", "HINCRBYFLOAT h f 0.2"],
        &["SET k 3e3", "SET k 3001.10000000000000009", "HSET h f 0.1", "HSET h f 0.3"],
    ),
    (
        "what chance has chosen is told by name",
        &["SADD s a", "SPOP s", "SPOP nothing"],
        &["SADD s a", "SREM s a"],
    ),
    (
        "a pop that waited is told as a pop",
        &["1~BLPOP l 0", "RPUSH l a", "1~BRPOP l 0", "RPUSH l b"],
        &["RPUSH l a", "LPOP l", "RPUSH l b", "RPOP l"],
    ),
    (
        "a move that waited is told as a pop and a push",
        &["1~BRPOPLPUSH l to 0", "RPUSH l a"],
        &["RPUSH l a", "RPOP l", "LPUSH to a"],
    ),
    (
        "a pop that need not wait is told as a pop",
        &["RPUSH l a b c", "BLPOP l 0", "BRPOP l 0", "BRPOPLPUSH l to 0"],
        &["RPUSH l a b c", "LPOP l", "RPOP l", "BRPOPLPUSH l to 0"],
    ),
    (
        "a transaction is framed from its first write",
        &["MULTI", "GET a", "SET a 1", "GET a", "SET b 2", "EXEC"],
        &["MULTI", "SET a 1", "SET b 2", "EXEC"],
    ),
    (
        "also when it is a single one",
        &["MULTI", "SET a 1", "EXEC", "MULTI", "GET a", "EXEC", "MULTI", "SET a 2", "DISCARD"],
        &["MULTI", "SET a 1", "EXEC"],
    ),
    (
        "what served a client within a transaction comes after it",
        &["1~BLPOP l 0", "MULTI", "RPUSH l a", "SET k v", "EXEC"],
        &["MULTI", "RPUSH l a", "SET k v", "EXEC", "LPOP l"],
    ),
    ("a broken WATCH tells nothing", &["WATCH k", "1>SET k 1", "MULTI", "SET k 2", "EXEC"], &["SET k 1"]),
    (
        "what changes nothing is not told",
        &[
            "DEL k",
            "SADD s a",
            "SADD s a",
            "SREM s b",
            "HDEL h f",
            "ZADD z 1 a",
            "ZADD z 1 a",
            "EXPIRE k 100",
            "PERSIST k",
            "LREM l 0 a",
            "LTRIM l 0 0",
            "MSETNX s 1",
        ],
        &["SADD s a", "ZADD z 1 a"],
    ),
    (
        "but what is only the same once more is",
        &[
            "SET k v",
            "SET k v",
            "HSET h f v",
            "HSET h f v",
            "GETSET k v",
            "SETRANGE k 0 v",
            "SETBIT b 0 0",
            "FLUSHDB",
            "FLUSHALL",
        ],
        &[
            "SET k v",
            "SET k v",
            "HSET h f v",
            "HSET h f v",
            "GETSET k v",
            "SETRANGE k 0 v",
            "SETBIT b 0 0",
            "FLUSHDB",
            "FLUSHALL",
        ],
    ),
    (
        "a key that is found expired is deleted first",
        &["SET k v PX 5", "..10", "GET k", "SET k v PX 5", "..10", "SET k w"],
        &["SET k v PX 5", "DEL k", "SET k v PX 5", "DEL k", "SET k w"],
    ),
    (
        "also within a transaction",
        &["SET k v PX 5", "SET l 1", "..10", "MULTI", "GET k", "INCR l", "EXEC"],
        &["SET k v PX 5", "SET l 1", "DEL k", "MULTI", "INCR l", "EXEC"],
    ),
    (
        "a result that is stored replaces an expired key without a word, and an empty one is told as it was asked",
        &[
            "SADD a x",
            "SADD to y",
            "PEXPIRE to 5",
            "..10",
            "SUNIONSTORE to a",
            "PEXPIRE to 5",
            "..10",
            "SINTERSTORE to a nothing",
        ],
        &[
            "SADD a x",
            "SADD to y",
            "PEXPIRE to 5",
            "SUNIONSTORE to a",
            "PEXPIRE to 5",
            "SINTERSTORE to a nothing",
        ],
    ),
    ("messages are told, too", &["PUBLISH news hello"], &["PUBLISH news hello"]),
];
