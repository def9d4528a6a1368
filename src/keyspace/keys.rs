//! Commands on keys of any type (`db.c`).

use super::args::is;
use super::call::{Call, Flushed, Outcome};
use super::db::Entry;
use super::errors::{self, Ran, Refused, text};
use super::notify::Classes;
use super::value::Value;
use crate::base::{Blob, Version};

fn delete(call: &mut Call, argv: &[Blob]) -> Ran {
    let mut deleted = 0;
    for key in &argv[1..] {
        // An expired key is deleted as such and not counted.
        let expired = call.gone(call.db, key, true);
        let removed = if expired { None } else { call.dict_mut().remove(key) };
        if removed.is_some() {
            call.changed(key);
            call.notify(Classes::GENERIC, "del", key);
            deleted += 1;
        }
    }
    call.reply.integer(deleted);
    Ok(Outcome::Done)
}

pub fn del(call: &mut Call, argv: &[Blob]) -> Ran {
    delete(call, argv)
}

pub fn unlink(call: &mut Call, argv: &[Blob]) -> Ran {
    delete(call, argv)
}

pub fn exists(call: &mut Call, argv: &[Blob]) -> Ran {
    let count = argv[1..].iter().filter(|key| call.read(key).is_some()).count();
    call.reply.integer(count as i64);
    Ok(Outcome::Done)
}

pub fn touch(call: &mut Call, argv: &[Blob]) -> Ran {
    exists(call, argv)
}

pub fn type_of(call: &mut Call, argv: &[Blob]) -> Ran {
    let kind = call.read(&argv[1]).map_or("none", |entry| entry.value.kind());
    call.reply.simple(kind);
    Ok(Outcome::Done)
}

pub fn dbsize(call: &mut Call, _: &[Blob]) -> Ran {
    let size = call.dict().len();
    call.reply.integer(size as i64);
    Ok(Outcome::Done)
}

/// How often RANDOMKEY tries before it gives out a key that has expired (`dbRandomKey`).
const RANDOM_TRIES: usize = 100;

pub fn randomkey(call: &mut Call, _: &[Blob]) -> Ran {
    let mut tries = RANDOM_TRIES;
    loop {
        let Some((key, _)) = call.keyspace.db(call.db).keys().random(call.rng) else {
            call.reply.null_bulk();
            return Ok(Outcome::Done);
        };
        let key = key.clone();
        tries -= 1;
        if !call.gone(call.db, &key, false) || tries == 0 {
            call.reply.bulk(&key);
            return Ok(Outcome::Done);
        }
        if call.origin == super::Origin::Client {
            // It was deleted, so the search ends.
            tries += 1;
        }
    }
}

impl Call<'_> {
    /// Notes that a key of a type that clients block on came into being (`signalKeyAsReady`).
    pub(super) fn announce(&mut self, db: u32, key: &Blob) {
        if self.keyspace.db(db).get(key).is_some_and(|entry| entry.value.can_be_awaited()) {
            self.effects.ready.push((db, key.clone()));
        }
    }
}

fn rename_any(call: &mut Call, argv: &[Blob], only_new: bool) -> Ran {
    let (from, to) = (&argv[1], &argv[2]);
    let modern = call.at_least(Version::V4_0);
    if from == to && !modern {
        return Err(errors::SAME_OBJECT);
    }
    let entry = call.write(from).cloned().ok_or(errors::NO_SUCH_KEY)?;
    let taken = from == to || call.write(to).is_some();
    let renames = from != to && !(only_new && taken);
    if renames {
        call.dict_mut().remove(from);
        call.dict_mut().insert(to, entry);
        call.announce(call.db, to);
        call.effects.dirty += 1;
        call.touch(from);
        call.touch(to);
        call.notify(Classes::NEW, "new", to);
        call.notify(Classes::GENERIC, "rename_from", from);
        call.notify(Classes::GENERIC, "rename_to", to);
    }
    if only_new {
        call.reply.integer(i64::from(renames));
    } else {
        call.reply.simple("OK");
    }
    Ok(Outcome::Done)
}

pub fn rename(call: &mut Call, argv: &[Blob]) -> Ran {
    rename_any(call, argv, false)
}

pub fn renamenx(call: &mut Call, argv: &[Blob]) -> Ran {
    rename_any(call, argv, true)
}

fn target_database(call: &Call, arg: &Blob) -> Result<u32, Refused> {
    if call.at_least(Version::V7_0) {
        let index = call.int32(arg)?;
        return call.database(i64::from(index)).ok_or(errors::DB_OUT_OF_RANGE);
    }
    call.parse_int(arg).and_then(|index| call.database(index)).ok_or(errors::INDEX_OUT_OF_RANGE)
}

pub fn move_key(call: &mut Call, argv: &[Blob]) -> Ran {
    let key = &argv[1];
    let target = target_database(call, &argv[2])?;
    if target == call.db {
        return Err(errors::SAME_OBJECT);
    }
    let entry = call.write(key).cloned();
    let taken = entry.is_some() && call.in_database(target, |call| call.write(key).is_some());
    let moves = entry.filter(|_| !taken);
    call.reply.integer(i64::from(moves.is_some()));
    if let Some(Entry { value, expire }) = moves {
        // 2.x lost the expiry on the way.
        let expire = expire.filter(|_| call.at_least(Version::V4_0));
        call.dict_mut().remove(key);
        call.keyspace.db_mut(target).insert(key, Entry { value, expire });
        call.announce(target, key);
        call.effects.dirty += 1;
        if call.at_least(Version::V7_0) {
            call.touch(key);
            call.in_database(target, |call| {
                call.touch(key);
                call.notify(Classes::NEW, "new", key);
            });
            call.notify(Classes::GENERIC, "move_from", key);
            call.in_database(target, |call| call.notify(Classes::GENERIC, "move_to", key));
        }
    }
    Ok(Outcome::Done)
}

pub fn copy(call: &mut Call, argv: &[Blob]) -> Ran {
    let (from, to) = (&argv[1], &argv[2]);
    let (mut target, mut replace) = (call.db, false);
    let mut words = argv[3..].iter();
    while let Some(word) = words.next() {
        if is(word, "replace") {
            replace = true;
        } else if let Some(index) = is(word, "db").then(|| words.next()).flatten() {
            target = target_database(call, index)?;
        } else {
            return Err(errors::SYNTAX);
        }
    }
    if target == call.db && from == to {
        return Err(errors::SAME_OBJECT);
    }
    let entry = call.read(from).cloned();
    let taken = entry.is_some() && call.in_database(target, |call| call.write(to).is_some());
    let copies = entry.filter(|_| replace || !taken);
    call.reply.integer(i64::from(copies.is_some()));
    if let Some(entry) = copies {
        call.keyspace.db_mut(target).insert(to, entry);
        call.announce(target, to);
        call.in_database(target, |call| {
            call.changed(to);
            call.notify(Classes::NEW, "new", to);
            call.notify(Classes::GENERIC, "copy_to", to);
        });
    }
    Ok(Outcome::Done)
}

impl Call<'_> {
    /// Does something in another database.
    pub(super) fn in_database<T>(&mut self, db: u32, act: impl FnOnce(&mut Self) -> T) -> T {
        let home = std::mem::replace(&mut self.db, db);
        let result = act(self);
        self.db = home;
        result
    }

    fn flush(&mut self, db: u32) {
        let before = std::mem::take(self.keyspace.db_mut(db));
        self.effects.dirty += before.len() as u64;
        self.effects.flushed.push(Flushed { db, before });
    }

    fn flush_options(&self, argv: &[Blob]) -> Result<(), Refused> {
        match &argv[1..] {
            [] => Ok(()),
            [mode] if is(mode, "async") => Ok(()),
            [mode] if is(mode, "sync") && self.at_least(Version::V7_0) => Ok(()),
            _ => Err(errors::SYNTAX),
        }
    }
}

pub fn flushdb(call: &mut Call, argv: &[Blob]) -> Ran {
    call.flush_options(argv)?;
    call.flush(call.db);
    call.effects.forced = call.at_least(Version::V7_0);
    call.reply.simple("OK");
    Ok(Outcome::Done)
}

pub fn flushall(call: &mut Call, argv: &[Blob]) -> Ran {
    call.flush_options(argv)?;
    (0..call.keyspace.databases()).for_each(|db| call.flush(db));
    if call.at_least(Version::V7_0) {
        call.effects.forced = true;
    } else {
        call.effects.dirty += 1;
    }
    call.reply.simple("OK");
    Ok(Outcome::Done)
}

pub fn swapdb(call: &mut Call, argv: &[Blob]) -> Ran {
    let modern = call.at_least(Version::V7_0);
    let read = |arg: &Blob, refusal: &'static str| {
        let n = call.int_or(arg, text(refusal))?;
        // In 7.0 the number must also fit an int, with the same text.
        if modern && i32::try_from(n).is_err() { Err(text(refusal)) } else { Ok(n) }
    };
    let a = read(&argv[1], "ERR invalid first DB index")?;
    let b = read(&argv[2], "ERR invalid second DB index")?;
    let (Some(a), Some(b)) = (call.database(a), call.database(b)) else {
        return Err(errors::DB_OUT_OF_RANGE);
    };
    if a != b {
        for db in [a, b] {
            let before = call.keyspace.db(db).clone();
            call.effects.flushed.push(Flushed { db, before });
        }
        call.keyspace.swap(a, b);
        for db in [a, b] {
            let awaited = call.keyspace.db(db).iter().filter(|(_, entry)| entry.value.can_be_awaited());
            let ready: Vec<_> = awaited.map(|(key, _)| (db, key.clone())).collect();
            call.effects.ready.extend(ready);
        }
    }
    call.effects.dirty += 1;
    call.reply.simple("OK");
    Ok(Outcome::Done)
}

const NO_LFU: &str = "ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that \
     when switching between policies at runtime LRU and LFU data will take some time to adjust.";

pub fn object(call: &mut Call, argv: &[Blob]) -> Ran {
    let asks = |name| argv.len() == 3 && is(&argv[1], name);
    let frequency = asks("freq") && call.at_least(Version::V4_0);
    if !(asks("encoding") || asks("refcount") || asks("idletime") || frequency) {
        return object_help(call, argv);
    }
    let key = &argv[2];
    // Looked at without expiring or touching it, in releases before 7.0.
    let found = if call.at_least(Version::V7_0) { call.read(key) } else { call.dict().get(key) };
    let Some(value) = found.map(|entry| entry.value.clone()) else {
        call.reply.null_bulk();
        return Ok(Outcome::Done);
    };
    match () {
        _ if asks("encoding") => call.reply.bulk(value.encoding(call.profile).as_bytes()),
        _ if asks("refcount") => call.reply.integer(references(&value, call)),
        _ if frequency => return Err(text(NO_LFU)),
        _ => return Err(text("ERR unsupported in Resync: OBJECT IDLETIME (access times are not kept)")),
    }
    Ok(Outcome::Done)
}

/// Small integers are shared objects, which since 4.0 claim to have this many owners.
fn references(value: &Value, call: &Call) -> i64 {
    match value {
        Value::String(s) if s.encoding(call.profile) == "int" && s.bytes.len() <= 4 && s.bytes[0] != b'-' => {
            i64::from(i32::MAX)
        }
        _ => 1,
    }
}

fn object_help(call: &mut Call, argv: &[Blob]) -> Ran {
    const HELP_4: [&str; 5] = [
        "OBJECT <subcommand> key. Subcommands:",
        "refcount -- Return the number of references of the value associated with the specified key.",
        "encoding -- Return the kind of internal representation used in order to store the value associated with a key.",
        "idletime -- Return the idle time of the key, that is the approximated number of seconds elapsed since the last access to the key.",
        "freq -- Return the access frequency index of the key. The returned integer is proportional to the logarithm of the recent access frequency of the key.",
    ];
    const HELP_7: [&str; 14] = [
        "OBJECT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
        "ENCODING <key>",
        "    Return the kind of internal representation used in order to store the value",
        "    associated with a <key>.",
        "FREQ <key>",
        "    Return the access frequency index of the <key>. The returned integer is",
        "    proportional to the logarithm of the recent access frequency of the key.",
        "IDLETIME <key>",
        "    Return the idle time of the <key>, that is the approximated number of",
        "    seconds elapsed since the last access to the key.",
        "REFCOUNT <key>",
        "    Return the number of references of the value associated with the specified",
        "    <key>.",
        "HELP",
    ];
    let lines: &[&str] = match call.profile.version {
        Version::V2_6 | Version::V2_8 => {
            return Err(text("ERR Syntax error. Try OBJECT (refcount|encoding|idletime)"));
        }
        Version::V4_0 if argv.len() == 2 && is(&argv[1], "help") => &HELP_4,
        Version::V4_0 => {
            let start = "ERR Unknown subcommand or wrong number of arguments for '";
            return Err(errors::quoting(start, &argv[1], "'. Try OBJECT help"));
        }
        Version::V7_0 => {
            let known =
                ["encoding", "refcount", "idletime", "freq", "help"].into_iter().find(|n| is(&argv[1], n));
            match known {
                Some("help") if argv.len() == 2 => &HELP_7,
                Some(name) => return Err(errors::wrong_arity(&format!("object|{name}"))),
                None => {
                    return Err(errors::quoting("ERR unknown subcommand '", &argv[1], "'. Try OBJECT HELP."));
                }
            }
        }
    };
    call.reply.array(lines.len() + usize::from(lines.len() == HELP_7.len()));
    lines.iter().for_each(|line| call.reply.simple(line));
    if lines.len() == HELP_7.len() {
        call.reply.simple("    Prints this help.");
    }
    Ok(Outcome::Done)
}
