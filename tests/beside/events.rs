//! What clients are told beyond replies: keyspace events, on a master and on its replica, and how errors and greetings are answered.

use std::time::Duration;

use super::*;

/// Commands that change keys, each with whatever event it has: one word of it or none may be left.
const CHANGES: &[&str] = &[
    "SET k v",
    "SETEX k 100 v",
    "SET k v PX 100000",
    "SET k v NX",
    "SETNX n v",
    "SETNX n w",
    "GETSET k w",
    "MSET a 1 b 2",
    "MSETNX a 1 c 2",
    "MSETNX c 1 d 2",
    "INCR a",
    "DECRBY a 3",
    "INCRBYFLOAT a 1.5",
    "APPEND k x",
    "SETRANGE k 1 yy",
    "SETRANGE k 1 \"\"",
    "SETBIT bits 7 1",
    "BITOP NOT turned bits",
    "BITOP AND turned nothing",
    "EXPIRE k 100",
    "PERSIST k",
    "PERSIST k",
    "EXPIRE k -1",
    "RENAME a aa",
    "RENAMENX aa b",
    "MOVE b 3",
    "DEL c d nothing",
    "RPUSH l a b c d e f",
    "LPUSH l z",
    "LPUSHX nothing z",
    "LINSERT l BEFORE a y",
    "LINSERT l BEFORE nothing y",
    "LSET l 0 x",
    "LREM l 0 y",
    "LREM l 0 nothing",
    "LTRIM l 0 4",
    "LPOP l",
    "RPOP l",
    "RPOPLPUSH l other",
    "RPOPLPUSH other other",
    "RPOPLPUSH other l",
    "BLPOP l 1",
    "BRPOPLPUSH l other 1",
    "SORT l STORE sorted",
    "SORT nothing STORE sorted",
    "LTRIM l 5 9",
    "DEL other",
    "SADD s a b c",
    "SADD s a",
    "SREM s a",
    "SREM s nothing",
    "SMOVE s t b",
    "SMOVE s t nothing",
    "SUNIONSTORE u s t",
    "SDIFFSTORE d s t",
    "SINTERSTORE u s t",
    "SINTERSTORE u s nothing",
    "SUNIONSTORE d nothing",
    "SPOP t",
    "SMOVE s t c",
    "HSET h f v",
    "HMSET h f v g w",
    "HSETNX h f x",
    "HSETNX h i x",
    "HINCRBY h n 2",
    "HINCRBYFLOAT h n 0.5",
    "HDEL h nothing",
    "HDEL h f g i n",
    "ZADD z 1 a 2 b 3 c 4 d",
    "ZADD z 1 a",
    "ZINCRBY z 1 a",
    "ZREM z a",
    "ZREMRANGEBYRANK z 0 0",
    "ZREMRANGEBYSCORE z 3 3",
    "ZREMRANGEBYSCORE z 30 33",
    "ZUNIONSTORE zz 1 z",
    "ZINTERSTORE zz 2 z nothing",
    "ZREM z d",
    "FLUSHALL",
];

/// Those that came after 2.8 or act in other ways there.
const NEWER: &[&str] = &[
    "SET k v GET",
    "SET k v KEEPTTL",
    "GETEX k EX 100",
    "GETEX k PERSIST",
    "GETEX k PERSIST",
    "GETDEL k",
    "GETDEL k",
    "SET k v",
    "COPY k copied",
    "COPY k copied DB 4 REPLACE",
    "UNLINK k nothing",
    "BITFIELD bits SET u8 0 255 GET u8 0",
    "BITFIELD bits SET u8 0 255",
    "PFADD p a b",
    "PFADD p a",
    "PFMERGE q p",
    "RPUSH l a b c d",
    "LMOVE l l2 LEFT RIGHT",
    "LMPOP 1 l RIGHT COUNT 2",
    "LPOP l 5",
    "BLMOVE l2 l RIGHT LEFT 1",
    "SADD s a b c d e",
    "SPOP s 2",
    "SPOP s 9",
    "ZADD z 1 a 2 b 3 c 4 d 5 e",
    "ZADD z GT CH 0 a",
    "ZADD z INCR 1 a",
    "ZPOPMIN z",
    "ZPOPMAX z 2",
    "ZRANGESTORE stored z 0 -1",
    "ZRANGESTORE stored z 7 9",
    "ZDIFFSTORE zd 1 z",
    "ZREMRANGEBYLEX z - +",
    "BZPOPMIN zd 1",
    "MULTI",
    "SET k 1",
    "RENAME k kk",
    "EXEC",
    "GET nothing",
    "SWAPDB 0 5",
    "FLUSHALL",
];

/// What a listener was told until the mark, which goes the way of the events.
fn heard(listener: &mut Client) -> String {
    let bytes = listener.read_through(b"\r\nmark\r\n");
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let kept = text.lines().filter(|line| !line.starts_with(['*', '$']));
    let unknown = |line: &&str| !matches!(*line, "pmessage" | "__key*__:*" | "__key__:" | "mark");
    kept.filter(unknown).collect::<Vec<_>>().join(" ")
}

fn mark(client: &mut Client) {
    client.line("PUBLISH __key__: mark");
}

fn listener(server: &Server) -> Client {
    let mut client = server.client();
    client.line("PSUBSCRIBE __key*__:*");
    client
}

/// A master and a replica that tell all events: what each tells about each command.
fn tells_events(kind: Kind, classes: &str, lines: &[&str]) -> Vec<String> {
    let on = format!("notify-keyspace-events {classes}");
    let fast: &[&str] = if IN_7_0.contains(&kind) { &["repl-diskless-sync-delay 0"] } else { &[] };
    let (master, replica) = (start(kind, &[&[&*on], fast].concat()), start(kind, &[&on]));
    replica.client().ok(&format!("SLAVEOF 127.0.0.1 {}", master.port));
    wait_for_link(&mut replica.client(), "up");
    let (mut here, mut there) = (listener(&master), listener(&replica));
    let mut client = master.client();
    let mut told = vec![answer(&mut client, "CONFIG GET notify-keyspace-events")];
    let mut queues = false;
    for line in lines {
        client.line(line);
        queues = *line == "MULTI" || queues && *line != "EXEC";
        if queues {
            continue;
        }
        mark(&mut client);
        told.push(format!("{line}: {}", heard(&mut here)));
        told.push(format!("    replica: {}", heard(&mut there)));
    }
    told
}

#[test]
fn keyspace_events_of_7_0_are_told_on_both_sides() {
    let told = both(IN_7_0, |kind| tells_events(kind, "KEA", &[CHANGES, NEWER].concat()));
    assert_tells(&told, &["__keyspace@0__:k set __keyevent@0__:set k", "rename_to", "zpopmin", "copy_to"]);
}

#[test]
fn keyspace_events_of_2_8_are_told_on_both_sides() {
    let told = both(IN_2_8, |kind| tells_events(kind, "KEA", CHANGES));
    assert_tells(&told, &["__keyspace@0__:k set __keyevent@0__:set k", "rename_to", "zremrangebyrank"]);
}

#[test]
fn new_and_missing_keys_are_told_since_7_0() {
    let told = both(IN_7_0, |kind| tells_events(kind, "Enm", &[CHANGES, NEWER].concat()));
    assert_tells(&told, &["__keyevent@0__:new k", "__keyevent@0__:keymiss nothing"]);
}

#[test]
fn a_key_whose_time_has_come_is_told_where_it_is_deleted() {
    for pair in [IN_7_0, IN_2_8] {
        let told = both(pair, |kind| {
            let server = start(kind, &["notify-keyspace-events Ex"]);
            let mut listener = listener(&server);
            let mut client = server.client();
            client.line("PSETEX at-once 20 v");
            wait_until("it is deleted", || server.client().info_number("expired_keys") == 1);
            mark(&mut client);
            let mut told = vec![heard(&mut listener)];
            client.line("DEBUG SET-ACTIVE-EXPIRE 0");
            client.line("PSETEX when-asked-for 20 v");
            std::thread::sleep(Duration::from_millis(60));
            client.line("GET when-asked-for");
            mark(&mut client);
            told.push(heard(&mut listener));
            told
        });
        assert_tells(&told, &["__keyevent@0__:expired at-once", "__keyevent@0__:expired when-asked-for"]);
    }
}

#[test]
fn errors_are_counted_by_kind_and_by_command() {
    let told = both(IN_7_0, |kind| {
        let server = start(kind, &[]);
        let mut client = server.client();
        for line in [
            "CONFIG RESETSTAT",
            "SET k v",
            "INCR k",
            "LPUSH k x",
            "GET",
            "nosuch",
            "CONFIG GET nosuch",
            "CONFIG SET hz never",
            "CLIENT nosuch",
            "MULTI",
            "GET k",
            "INCR k",
            "SET k",
            "EXEC",
            "MULTI",
            "INCR k",
            "EXEC",
            "EXEC",
            "OBJECT ENCODING k",
        ] {
            client.line(line);
        }
        let mut told = Vec::new();
        for section in ["errorstats", "commandstats"] {
            let text = client.text(&format!("INFO {section}"));
            let mut lines: Vec<String> =
                text.lines().map(str::to_owned).filter(|line| line.contains("stat_")).collect();
            for line in &mut lines {
                // There is no clock that could tell how long a command took.
                if let Some((before, after)) = line.split_once(",usec=") {
                    let after = after.split_once(",rejected_calls").map_or("", |(_, rest)| rest);
                    *line = format!("{before},rejected_calls{after}");
                }
            }
            lines.sort();
            told.extend(lines);
        }
        told.push(format!("{}", client.info_number("total_error_replies")));
        told
    });
    assert_tells(&told, &["errorstat_EXECABORT:count=1", "cmdstat_config|set:calls=1", "rejected_calls=1"]);
}

#[test]
fn hello_speaks_resp2_and_refuses_resp3() {
    let told = both(IN_7_0, |kind| {
        let server = start(kind, &[]);
        server.client().ok("CONFIG SET requirepass secret");
        let mut client = server.client();
        let mut told: Vec<String> = [
            "HELLO",
            "HELLO x",
            "HELLO 4",
            "HELLO 2 AUTH default wrong",
            "HELLO 2 AUTH default",
            "HELLO 2 nosuch",
            "HELLO 2 AUTH alice secret",
        ]
        .iter()
        .map(|line| answer(&mut client, line))
        .collect();
        for line in ["HELLO 2 AUTH default secret SETNAME me", "HELLO"] {
            let text = answer(&mut client, line);
            // The number of a client differs.
            told.extend(
                text.lines()
                    .filter(|line| !line.contains("(integer)") || line.contains(") 2"))
                    .map(str::to_owned),
            );
        }
        told.push(answer(&mut client, "CLIENT GETNAME"));
        told.push(answer(&mut client, "HELLO 2 SETNAME \"two words\""));
        told
    });
    assert_tells(&told, &["NOPROTO", "WRONGPASS", "CLIENT GETNAME: \"me\""]);
    let ours = start(Kind::Ours(Version::V7_0), &[]);
    assert_eq!(
        answer(&mut ours.client(), "HELLO 3"),
        "HELLO 3: (error) NOPROTO unsupported in Resync: RESP3"
    );
}
