//! DEBUG: SLEEP, DIGEST, OBJECT, CHANGE-REPL-ID, RELOAD and some that tests use (`debug.c`).

use crate::base::Span;
use crate::keyspace::hex;
use crate::node::{ConnId, Node};
use crate::resp::{Argv, Reply};

pub(super) fn debug(node: &mut Node, conn: ConnId, argv: &Argv, reply: &mut Reply) {
    let word = String::from_utf8_lossy(&argv[1]).to_ascii_lowercase();
    match (word.as_str(), argv.len()) {
        ("sleep", 3) => sleep(node, &argv[2], reply),
        ("digest", 2) => {
            let text = hex(&node.keyspace.digest());
            reply.simple(&text);
        }
        ("digest-value", n) if n >= 3 => digest_values(node, conn, argv, reply),
        ("object", 3) => object(node, conn, argv, reply),
        ("change-repl-id", 2) if node.profile.speaks_psync2() => {
            node.change_repl_id();
            reply.ok();
        }
        ("reload", _) => {
            node.reload();
            reply.ok();
        }
        ("set-active-expire", 3) => {
            node.expires_actively = &*argv[2] != b"0";
            reply.ok();
        }
        ("set-skip-checksum-validation", 3) if node.profile.says_replica() => {
            node.skips_checksums = &*argv[2] != b"0";
            reply.ok();
        }
        ("replicate", n) if n >= 3 && node.profile.says_replica() => {
            node.feed_as_told(argv[2..].into());
            reply.ok();
        }
        ("pause-cron", 3) if node.profile.says_replica() => {
            node.cron_paused = &*argv[2] != b"0";
            node.end_if_signalled();
            reply.ok();
        }
        ("log", 3) if node.profile.says_replica() => {
            node.warn(|_| format!("DEBUG LOG: {}", String::from_utf8_lossy(&argv[2])));
            reply.ok();
        }
        ("jmap" | "stringmatch-len", _) => reply.ok(),
        // How long an item has to be for a node of its own: lists have no nodes here.
        ("quicklist-packed-threshold", 3) if node.profile.says_replica() => reply.ok(),
        ("error", 3) => reply.error(&argv[2]),
        ("populate", 3..=5) => populate(node, conn, argv, reply),
        _ => {
            let word = argv[1].split(|b| *b == 0).next().unwrap_or_default();
            let word = String::from_utf8_lossy(&word[..word.len().min(128)]);
            reply.error(match node.profile.says_replica() {
                true => format!(
                    "ERR unknown subcommand or wrong number of arguments for '{word}'. Try DEBUG HELP."
                ),
                false => format!("ERR Unknown DEBUG subcommand or wrong number of arguments for '{word}'"),
            });
        }
    }
}

/// The whole server stops for this many seconds (a decimal fraction is allowed).
fn sleep(node: &mut Node, text: &[u8], reply: &mut Reply) {
    node.fall_asleep(Span(seconds(text)));
    reply.ok();
}

/// Decimal seconds in nanoseconds; what cannot be read is 0, as with `strtod`.
fn seconds(text: &[u8]) -> u64 {
    let text = String::from_utf8_lossy(text);
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let digits = |t: &str| t.chars().take_while(char::is_ascii_digit).take(9).collect::<String>();
    let whole: u64 = digits(whole).parse().unwrap_or(0);
    let fraction: u64 = format!("{:0<9}", digits(fraction)).parse().unwrap_or(0);
    whole.saturating_mul(1_000_000_000).saturating_add(fraction)
}

fn digest_values(node: &mut Node, conn: ConnId, argv: &Argv, reply: &mut Reply) {
    let db = node.clients.get(&conn).map_or(0, |c| c.db);
    reply.array(argv.len() - 2);
    for key in &argv[2..] {
        let digest = node.keyspace.db(db).get(key).map(|e| e.digest()).unwrap_or([0; 20]);
        reply.simple(&hex(&digest));
    }
}

fn object(node: &mut Node, conn: ConnId, argv: &Argv, reply: &mut Reply) {
    let db = node.clients.get(&conn).map_or(0, |c| c.db);
    let Some(entry) = node.keyspace.db(db).get(&argv[2]) else {
        return reply.error("ERR no such key");
    };
    let encoding = entry.value.encoding(node.profile);
    let length = entry.serialized_length(node.profile);
    let lru = node.unix_secs(node.now) % (1 << 24);
    reply.simple(&format!(
        "Value at:0x7f0000000000 refcount:1 encoding:{encoding} serializedlength:{length} lru:{lru} lru_seconds_idle:0"
    ));
}

/// `DEBUG POPULATE count [prefix] [size]`: keys for tests, not propagated.
fn populate(node: &mut Node, conn: ConnId, argv: &Argv, reply: &mut Reply) {
    let number = |i: usize| argv.get(i).map(|a| node.integer(a));
    let newer = node.profile.says_replica();
    let fits = |number: Option<i64>| number.is_some_and(|n| n >= 0 || !newer);
    if !number(2).is_some_and(fits) || !number(4).is_none_or(fits) {
        return reply.error(match newer {
            true => "ERR value is out of range, must be positive",
            false => "ERR value is not an integer or out of range",
        });
    }
    let count = number(2).flatten().unwrap_or(0);
    let prefix = argv.get(3).map_or("key".to_string(), |p| String::from_utf8_lossy(p).into_owned());
    let size = number(4).flatten();
    let db = node.clients.get(&conn).map_or(0, |c| c.db);
    for i in 0..count.max(0) {
        let key = crate::base::Blob::from(format!("{prefix}:{i}").into_bytes());
        let mut value = format!("value:{i}").into_bytes();
        if let Some(size) = size {
            value.resize(size.max(0) as usize, 0);
        }
        if !node.keyspace.db(db).contains(&key) {
            let value = crate::base::Blob::from(value).into();
            node.keyspace.db_mut(db).insert(&key, crate::keyspace::Entry { value, expire: None });
        }
    }
    reply.ok();
}
