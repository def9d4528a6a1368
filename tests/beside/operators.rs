//! What operators ask of a server: who is connected, who is to go, saving, reloading, and how it answers nonsense.

use std::time::Duration;

use resync::resp::ReplyValue;

use super::*;

/// Whom CLIENT LIST shows, as flags in order.
fn listed(client: &mut Client, line: &str) -> String {
    match client.line(line) {
        ReplyValue::Bulk(Some(list)) => {
            let list = String::from_utf8_lossy(&list).into_owned();
            let flags =
                |line: &str| line.split(' ').find_map(|word| word.strip_prefix("flags=").map(str::to_owned));
            format!("{line}: {:?}", list.lines().filter_map(flags).collect::<Vec<_>>())
        }
        other => format!("{line}: {}", cli_format(&other)),
    }
}

fn clients(kind: Kind) -> Vec<String> {
    let server = start(kind, &[]);
    let replica = start(kind, &[]);
    let mut follower = replica.client();
    follower.ok(&format!("SLAVEOF 127.0.0.1 {}", server.port));
    wait_for_link(&mut follower, "up");
    let (mut client, mut other, mut listener, mut third) =
        (server.client(), server.client(), server.client(), server.client());
    listener.ok("SUBSCRIBE news");
    other.ok("MULTI");
    third.ok("PING");
    let mut told = Vec::new();
    for line in
        ["CLIENT GETNAME", "CLIENT SETNAME me", "CLIENT GETNAME", "CLIENT KILL FOO bar", "CLIENT KILL ID"]
    {
        told.push(answer(&mut client, line));
    }
    told.push(listed(&mut follower, "CLIENT LIST"));
    for line in ["CLIENT LIST", "CLIENT LIST TYPE", "CLIENT KILL TYPE pubsub", "CLIENT LIST"] {
        told.push(listed(&mut client, line));
        std::thread::sleep(Duration::from_millis(150));
    }
    let addresses = [other.port(), third.port()].map(|port| format!("127.0.0.1:{port}"));
    told.push(
        answer(&mut client, &format!("CLIENT KILL {}", addresses[0])).replace(&addresses[0], "<other>"),
    );
    told.push(
        answer(&mut client, &format!("CLIENT KILL ADDR {}", addresses[1])).replace(&addresses[1], "<third>"),
    );
    told.push(answer(&mut client, "CLIENT KILL ADDR 1.2.3.4:5"));
    told.push(answer(&mut client, "CLIENT KILL TYPE normal SKIPME maybe"));
    told.push(answer(&mut client, "CLIENT KILL TYPE slave SKIPME no"));
    std::thread::sleep(Duration::from_millis(150));
    told.push(answer(&mut client, "CLIENT KILL TYPE normal SKIPME yes"));
    let own = format!("127.0.0.1:{}", client.port());
    told.push(answer(&mut client, &format!("CLIENT KILL ADDR {own} SKIPME no")).replace(&own, "<me>"));
    client.read_to_close();
    told
}

#[test]
fn clients_are_listed_and_closed_as_in_real_servers() {
    both(IN_7_0, |kind| {
        let mut told = clients(kind);
        let server = start(kind, &[]);
        let mut client = server.client();
        client.ok("CLIENT SETNAME me");
        for line in [
            "CLIENT LIST TYPE normal",
            "CLIENT LIST TYPE pubsub",
            "CLIENT LIST TYPE nobody",
            "CLIENT LIST ID x",
            "CLIENT LIST ID 999999",
            "CLIENT LIST ID",
            "CLIENT INFO",
        ] {
            told.push(listed(&mut client, line));
        }
        let mut waiting = server.client();
        for (reason, wait) in
            [("", "BLPOP l 0"), ("TIMEOUT", "BRPOPLPUSH l m 0"), ("ERROR", "BLPOP l 0"), ("", "WAIT 1 0")]
        {
            let ReplyValue::Integer(id) = waiting.ok("CLIENT ID") else { panic!("an ID is a number") };
            waiting.send(format!("{wait}\r\n").as_bytes());
            wait_until("somebody waits", || client.info_number("blocked_clients") == 1);
            told.push(cli_format(&client.line(&format!("CLIENT UNBLOCK {id} {reason}"))));
            told.push(format!("{wait}: {}", cli_format(&waiting.reply())));
        }
        told.extend(
            ["CLIENT NO-EVICT on", "CLIENT REPLY ON", "CLIENT UNPAUSE"].map(|line| answer(&mut client, line)),
        );
        told
    });
    both(IN_2_8, clients);
}

/// What DEBUG OBJECT says without addresses and times.
fn about(client: &mut Client, key: &str) -> String {
    let told = cli_format(&client.line(&format!("DEBUG OBJECT {key}")));
    let kept = |word: &&str| {
        ["encoding:", "serializedlength:", "ERR", "such"].iter().any(|name| word.starts_with(name))
    };
    format!("{key}: {}", told.split(' ').filter(kept).collect::<Vec<_>>().join(" "))
}

/// 2.8.17 does not survive a digest of a table that is growing; every lookup helps it to grow.
fn digest(client: &mut Client) -> String {
    (0..20).for_each(|_| drop(client.ok(&format!("MGET{}", " nothing".repeat(100)))));
    client.text("DEBUG DIGEST")
}

fn debugged(kind: Kind) -> Vec<String> {
    let server = start(kind, &[]);
    let mut client = server.client();
    for line in [
        "SET s text",
        "SET n 12",
        "RPUSH l a b",
        "SADD i 1 2",
        "HSET h f v",
        "ZADD z 1 m",
        "PEXPIREAT n 4000000000000",
    ] {
        client.ok(line);
    }
    let mut told: Vec<String> =
        ["s", "n", "l", "i", "h", "z", "none"].map(|key| about(&mut client, key)).into();
    let before = digest(&mut client);
    told.push(answer(&mut client, "DEBUG RELOAD"));
    told.push(format!("the same data: {}", digest(&mut client) == before));
    told.push(before);
    for line in [
        "PTTL s",
        "DEBUG POPULATE 3",
        "DEBUG POPULATE x",
        "GET key:2",
        "DBSIZE",
        "DEBUG SLEEP 0.01",
        "DEBUG SLEEP",
        "BGSAVE now",
        "FLUSHALL",
        "DEBUG RELOAD",
        "DBSIZE",
    ] {
        told.push(answer(&mut client, line));
    }
    told
}

#[test]
fn debug_says_what_real_servers_say() {
    both(IN_7_0, |kind| {
        let mut told = debugged(kind);
        let server = start(kind, &[]);
        let mut client = server.client();
        for line in [
            "DEBUG POPULATE 2 other",
            "GET other:1",
            "DEBUG POPULATE 2 sized 3",
            "GET sized:1",
            "DEBUG POPULATE 1 sized x",
            "SADD set a",
            "DEBUG DIGEST-VALUE set other:0 none",
            "DEBUG ERROR oops",
            "DEBUG LOG hello",
            "DEBUG SET-ACTIVE-EXPIRE 0",
            "CONFIG HELP",
            "BGSAVE schedule",
            "SLOWLOG RESET",
            "SLOWLOG LEN",
            "SLOWLOG GET",
            "SLOWLOG GET 5",
            "SLOWLOG NOTHING",
            "COMMAND NOTHING",
            "LOLWUT x y z",
            "AUTH a b c",
            "AUTH default whatever",
            "CONFIG SET requirepass secret",
            "AUTH wrong",
            "AUTH nobody secret",
            "AUTH default secret",
            "AUTH secret",
            "RESET",
            "PING",
            "QUIT",
        ] {
            told.push(answer(&mut client, line));
        }
        client.read_to_close();
        told.extend(log(&server, "DEBUG LOG"));
        told
    });
    both(IN_2_8, |kind| {
        let mut told = debugged(kind);
        let server = start(kind, &[]);
        let mut client = server.client();
        for line in [
            "AUTH a b",
            "AUTH a",
            "CONFIG SET requirepass secret",
            "AUTH wrong",
            "PING",
            "AUTH secret",
            "PING",
            "CONFIG SET dir /no/such/folder",
            "QUIT",
        ] {
            told.push(answer(&mut client, line));
        }
        client.read_to_close();
        told
    });
}

#[test]
fn a_command_line_is_refused_in_the_words_of_the_release() {
    let refused = |kind, lines: &[&[&str]]| {
        lines.iter().map(|args| format!("{args:?}: {:?}", refusal(kind, args))).collect()
    };
    both(IN_7_0, |kind| {
        refused(
            kind,
            &[
                &["--repl-timeout", "soon"],
                &["--repl-timeout 5", "--repl-diskless-sync", "maybe"],
                &["--port", "1", "2"],
                &["--port"],
                &["--port", "--save"],
                &["--maxmemory", "much", "--port", "1"],
                &["--save", "--repl-timeout", "0"],
                &["--requirepass", "a \"b\"", "c"],
                &["--repl-timeout \"5"],
                &["--appendfsync", "never"],
            ],
        )
    });
    both(IN_2_8, |kind| {
        refused(kind, &[&["--port"], &["--repl-timeout", "1", "2"], &["--port", "--save", "1", "2", "3"]])
    });
}

#[test]
fn sizes_are_read_as_7_0_reads_them() {
    both(IN_7_0, |kind| {
        let server = start(kind, &[]);
        let mut client = server.client();
        let mut told = Vec::new();
        for (name, values) in [
            (
                "maxmemory-clients",
                "50% 1mb 0% 100% 101% -5% -5 % x 5.5% kb 99999999999999999999 9223372036854775808",
            ),
            (
                "repl-backlog-size",
                "20000 kb 99999999999999999999 9223372036854775807 9223372036854775808 1gbb -1 2k",
            ),
        ] {
            for value in values.split(' ') {
                told.push(answer(&mut client, &format!("CONFIG SET {name} {value}")));
                told.push(answer(&mut client, &format!("CONFIG GET {name}")));
            }
        }
        told
    });
}

/// A list of 7.0 as DUMP gives it, its nodes being single elements; the checksum is wrong.
fn list_of_elements(elements: &[&str]) -> String {
    let nodes = elements.iter().map(|element| format!("\\x01\\x{:02x}{element}", element.len()));
    let nodes: String = nodes.collect();
    format!("\"\\x12\\x{:02x}{nodes}\\x0a{}\"", elements.len(), "\\x00".repeat(9))
}

#[test]
fn a_payload_is_read_the_same_way_whatever_its_checksum_says() {
    both(IN_7_0, |kind| {
        let server = start(kind, &[]);
        let mut client = server.client();
        let mut told = vec![
            answer(&mut client, &format!("RESTORE l 0 {}", list_of_elements(&["a", "b"]))),
            answer(&mut client, "DEBUG SET-SKIP-CHECKSUM-VALIDATION 1"),
        ];
        for (key, elements) in [&["a", "b"][..], &[], &[""], &["a", ""]].iter().enumerate() {
            let line = format!("RESTORE l{key} 0 {}", list_of_elements(elements));
            told.push(answer(&mut client, &line));
            told.push(answer(&mut client, &format!("LRANGE l{key} 0 -1")));
        }
        told.push(answer(&mut client, "DEBUG SET-SKIP-CHECKSUM-VALIDATION 0"));
        told.push(answer(&mut client, &format!("RESTORE l 0 {}", list_of_elements(&["a", "b"]))));
        told
    });
}

#[test]
fn the_time_of_the_last_save_is_told_in_seconds() {
    for kinds in [IN_7_0, IN_2_8] {
        both(kinds, |kind| {
            let server = start(kind, &[]);
            let mut client = server.client();
            let ReplyValue::Integer(started) = client.ok("LASTSAVE") else { panic!("a number") };
            std::thread::sleep(Duration::from_millis(1100));
            client.ok("SAVE");
            let ReplyValue::Integer(saved) = client.ok("LASTSAVE") else { panic!("a number") };
            vec![format!("seconds between: {}", (1..=3).contains(&(saved - started)))]
        });
    }
}

/// What a connection gets for bytes that are no request, and whether it goes on after them.
fn nonsense(server: &Server, bytes: &[u8]) -> String {
    const END: &str = "$3\r\nend\r\n";
    let mut client = server.client();
    client.send(bytes);
    let mut got = String::new();
    loop {
        got += &String::from_utf8_lossy(&client.drain(Duration::from_millis(100)));
        let is_over = client.try_send(b"ECHO end\r\n").is_err();
        if is_over || got.contains(END) {
            let told = got.split(END).next().unwrap_or_default().escape_debug();
            return format!("{}: {told} goes on: {}", bytes.escape_ascii(), !is_over);
        }
    }
}

#[test]
fn bytes_that_are_no_request_get_the_error_of_the_release() {
    for kinds in [IN_7_0, IN_2_8] {
        both(kinds, |kind| {
            let server = start(kind, &[]);
            let odd: [&[u8]; 12] = [
                b"*1\r\n+PING\r\n",
                b"*x\r\n",
                b"*2147483648\r\n",
                b"*1\r\n$x\r\n",
                b"*1\r\n$-5\r\n",
                b"*1\r\n$536870913\r\n",
                b"*-1\r\nPING\r\n",
                b"*0\r\nPING\r\n",
                b"\r\n\r\nPING\r\n",
                b"GET \"unbalanced\r\n",
                b"SET k 'a\\'b'\r\nGET k\r\n",
                b"PING  \r\nECHO x\r\n",
            ];
            odd.iter().map(|bytes| nonsense(&server, bytes)).collect()
        });
    }
}

#[test]
fn a_replica_that_sends_nonsense_is_dropped() {
    for kinds in [IN_7_0, IN_2_8] {
        both(kinds, |kind| {
            let server = start(kind, &[]);
            let mut follower = Follower::attach(&server);
            follower.client.send(b"*1\r\n$x\r\n");
            wait_for_slaves(&server, "0");
            vec![follower.client.read_to_close().escape_ascii().to_string()]
        });
    }
}

#[test]
fn a_client_of_7_0_may_want_no_replies() {
    both(IN_7_0, |kind| {
        let server = start(kind, &[]);
        let mut client = server.client();
        let mut told: Vec<String> =
            ["CLIENT REPLY maybe", "CLIENT NO-EVICT off", "CLIENT NO-EVICT maybe", "CLIENT REPLY ON"]
                .map(|line| answer(&mut client, line))
                .into();
        client.send(b"CLIENT REPLY SKIP\r\nPING\r\nECHO seen\r\n");
        told.push(cli_format(&client.reply()));
        client.send(b"CLIENT REPLY OFF\r\nPING\r\nCLIENT REPLY SKIP\r\nCLIENT REPLY ON\r\n");
        told.push(cli_format(&client.reply()));
        // Messages come all the same; who has subscribed cannot have the replies back.
        client.send(b"CLIENT REPLY OFF\r\nSUBSCRIBE news\r\nCLIENT REPLY ON\r\n");
        wait_until("it has subscribed", || {
            cli_format(&server.client().ok("PUBSUB NUMSUB news")).contains("(integer) 1")
        });
        told.push(answer(&mut server.client(), "PUBLISH news heard"));
        told.push(client.drain(Duration::from_millis(100)).escape_ascii().to_string());
        let mut listener = server.client();
        listener.ok("SUBSCRIBE news");
        told.push(answer(&mut listener, "CLIENT GETNAME"));
        told
    });
}

#[test]
fn a_wait_that_is_over_and_a_channel_that_is_left_are_told_as_in_real_servers() {
    for kinds in [IN_7_0, IN_2_8] {
        both(kinds, |kind| {
            let server = start(kind, &[]);
            let mut client = server.client();
            let mut told: Vec<String> = [
                "BLPOP none 1",
                "BRPOPLPUSH none other 1",
                "MULTI",
                "BLPOP none 0",
                "BRPOPLPUSH none other 0",
                "EXEC",
            ]
            .map(|line| answer(&mut client, line))
            .into();
            for line in [
                "PSUBSCRIBE n*",
                "SUBSCRIBE a",
                "UNSUBSCRIBE none",
                "UNSUBSCRIBE",
                "PUNSUBSCRIBE",
                "UNSUBSCRIBE",
                "PUNSUBSCRIBE",
            ] {
                told.push(answer(&mut client, line));
            }
            told.push(answer(&mut client, "PUBSUB NUMPAT"));
            told
        });
    }
}
