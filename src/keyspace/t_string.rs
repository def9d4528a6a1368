//! Commands on strings (`t_string.c`).

use super::args::{blob, decimal, is};
use super::call::{Call, Outcome};
use super::db::Entry;
use super::errors::{self, Ran, Refused, text};
use super::notify::Classes;
use super::value::{Form, Str, Value};
use crate::base::float::Float80;
use crate::base::{Blob, UnixMs, Version, parse_i64};

impl Call<'_> {
    /// The string at `key`, looked up for reading.
    pub(super) fn read_string(&mut self, key: &[u8]) -> Result<Option<Blob>, Refused> {
        match self.read(key).map(|entry| &entry.value) {
            None => Ok(None),
            Some(Value::String(s)) => Ok(Some(s.bytes.clone())),
            Some(_) => Err(self.wrong_type()),
        }
    }

    /// The string at `key`, looked up for writing.
    pub(super) fn write_string(&mut self, key: &[u8]) -> Result<Option<Str>, Refused> {
        match self.write(key).map(|entry| &entry.value) {
            None => Ok(None),
            Some(Value::String(s)) => Ok(Some(s.clone())),
            Some(_) => Err(self.wrong_type()),
        }
    }

    /// Refuses a string that would become too long (`checkStringLength`).
    pub(super) fn check_length(&self, size: u64) -> Result<(), Refused> {
        let from_master = self.origin == super::Origin::MasterStream && self.at_least(Version::V7_0);
        if from_master || size <= self.settings.string_max {
            return Ok(());
        }
        Err(text(if self.at_least(Version::V7_0) {
            "ERR string exceeds maximum allowed size (proto-max-bulk-len)"
        } else {
            "ERR string exceeds maximum allowed size (512MB)"
        }))
    }

    fn reply_string(&mut self, key: &[u8]) -> Result<(), Refused> {
        // The reply is written while the entry is borrowed: a GET copies nothing else.
        let gone = self.gone(self.db, key, false);
        let found = if gone { None } else { self.keyspace.db(self.db).get(key) };
        match found.map(|entry| &entry.value) {
            None => {
                self.effects.misses += 1;
                self.reply.null_bulk();
                self.notify_miss(key);
            }
            Some(value) => {
                self.effects.hits += 1;
                match value {
                    Value::String(s) => self.reply.bulk(&s.bytes),
                    _ => return Err(self.wrong_type()),
                }
            }
        }
        Ok(())
    }
}

pub fn get(call: &mut Call, argv: &[Blob]) -> Ran {
    call.reply_string(&argv[1])?;
    Ok(Outcome::Done)
}

/// Options of SET and GETEX.
#[derive(Default)]
struct Options<'a> {
    only_new: bool,
    only_existing: bool,
    get: bool,
    keep_ttl: bool,
    persist: bool,
    expire: Option<Expire<'a>>,
}

/// An expiry as given: the number, and how to read it.
#[derive(Clone, Copy)]
struct Expire<'a> {
    number: &'a Blob,
    seconds: bool,
    absolute: bool,
    /// Which option it was: the same may be repeated, another may not.
    option: &'static str,
}

/// Reads the options of 7.0 (`parseExtendedStringArgumentsOrReply`).
fn options<'a>(argv: &'a [Blob], set: bool) -> Result<Options<'a>, Refused> {
    let mut o = Options::default();
    let mut words = argv[if set { 3 } else { 2 }..].iter();
    while let Some(word) = words.next() {
        let expires =
            |name| is(word, name) && !o.keep_ttl && !o.persist && o.expire.is_none_or(|e| e.option == name);
        if set && is(word, "nx") && !o.only_existing {
            o.only_new = true;
        } else if set && is(word, "xx") && !o.only_new {
            o.only_existing = true;
        } else if set && is(word, "get") {
            o.get = true;
        } else if set && is(word, "keepttl") && !o.persist && o.expire.is_none() {
            o.keep_ttl = true;
        } else if !set && is(word, "persist") && !o.keep_ttl && o.expire.is_none() {
            o.persist = true;
        } else {
            let forms =
                [("ex", true, false), ("px", false, false), ("exat", true, true), ("pxat", false, true)];
            let form = forms.into_iter().find(|(name, ..)| expires(*name));
            let (Some((option, seconds, absolute)), Some(number)) = (form, words.next()) else {
                return Err(errors::SYNTAX);
            };
            // A later PX does not bring back seconds; in 7.0 the unit is set once and options cannot mix.
            o.expire = Some(Expire { number, seconds, absolute, option });
        }
    }
    Ok(o)
}

/// Reads the options of releases up to 4.0. Before 4.0 they may contradict each other.
fn older_options<'a>(call: &Call, argv: &'a [Blob]) -> Result<Options<'a>, Refused> {
    let strict = call.at_least(Version::V4_0);
    let mut o = Options::default();
    let mut words = argv[3..].iter();
    while let Some(word) = words.next() {
        let other = |name| strict && o.expire.is_some_and(|e| e.option == name);
        if is(word, "nx") && !(strict && o.only_existing) {
            o.only_new = true;
        } else if is(word, "xx") && !(strict && o.only_new) {
            o.only_existing = true;
        } else {
            let (option, seconds) = match () {
                _ if is(word, "ex") && !other("px") => ("ex", true),
                _ if is(word, "px") && !other("ex") => ("px", false),
                _ => return Err(errors::SYNTAX),
            };
            let number = words.next().ok_or(errors::SYNTAX)?;
            o.expire = Some(Expire { number, seconds, absolute: false, option });
        }
    }
    Ok(o)
}

/// The moment that an expiry means (`getExpireMillisecondsOrReply`; before 7.0 it wrapped on overflow).
fn moment(call: &Call, expire: Expire, command: &str) -> Result<UnixMs, Refused> {
    let n = call.int(expire.number)?;
    if !call.at_least(Version::V7_0) {
        if n <= 0 {
            return Err(call.invalid_expire(command));
        }
        let ms = if expire.seconds { n.wrapping_mul(1000) } else { n };
        return Ok(UnixMs(call.now.0.wrapping_add(ms)));
    }
    let ms = if expire.seconds { n.checked_mul(1000) } else { Some(n) };
    let base = if expire.absolute { 0 } else { call.now.0 };
    let at = ms.filter(|_| n > 0).and_then(|ms| ms.checked_add(base));
    at.map(UnixMs).ok_or_else(|| call.invalid_expire(command))
}

pub fn set(call: &mut Call, argv: &[Blob]) -> Ran {
    if argv.len() == 3 {
        call.set_string(&argv[1], &argv[2], None);
        call.effects.dirty += 1;
        call.notify(Classes::STRING, "set", &argv[1]);
        call.reply.ok();
        return Ok(Outcome::Done);
    }
    let o = if call.at_least(Version::V7_0) { options(argv, true)? } else { older_options(call, argv)? };
    set_with(call, argv, &argv[2], o, "set")
}

fn set_with(call: &mut Call, argv: &[Blob], value: &Blob, o: Options, command: &str) -> Ran {
    let key = &argv[1];
    let at = o.expire.map(|expire| moment(call, expire, command)).transpose()?;
    if o.get {
        call.reply_string(key)?;
    }
    let old = call.write(key).map(|entry| entry.expire);
    if o.only_new && old.is_some() || o.only_existing && old.is_none() {
        if !o.get {
            call.reply.null_bulk();
        }
        return Ok(Outcome::Done);
    }
    let expire = if o.keep_ttl { old.flatten() } else { at };
    call.set_string(key, value, expire);
    call.effects.dirty += 1;
    call.notify(Classes::STRING, "set", key);
    if at.is_some() {
        call.notify(Classes::GENERIC, "expire", key);
    }
    if let Some(at) = at.filter(|_| call.profile.propagates_absolute_expiry()) {
        call.rewrite([blob("SET"), key.clone(), value.clone(), blob("PXAT"), decimal(at.0)]);
    } else if o.get {
        let kept = argv.iter().enumerate().filter(|(i, word)| *i < 3 || !is(word, "get"));
        call.rewrite(kept.map(|(_, word)| word.clone()).collect::<Vec<_>>());
    }
    if !o.get {
        call.reply.simple("OK");
    }
    Ok(Outcome::Done)
}

pub fn setex(call: &mut Call, argv: &[Blob]) -> Ran {
    let expire = Expire { number: &argv[2], seconds: true, absolute: false, option: "ex" };
    set_with(call, argv, &argv[3], Options { expire: Some(expire), ..Options::default() }, "setex")
}

pub fn psetex(call: &mut Call, argv: &[Blob]) -> Ran {
    let expire = Expire { number: &argv[2], seconds: false, absolute: false, option: "px" };
    set_with(call, argv, &argv[3], Options { expire: Some(expire), ..Options::default() }, "psetex")
}

pub fn setnx(call: &mut Call, argv: &[Blob]) -> Ran {
    let new = call.write(&argv[1]).is_none();
    if new {
        call.set_string(&argv[1], &argv[2], None);
        call.effects.dirty += 1;
        call.notify(Classes::STRING, "set", &argv[1]);
    }
    call.reply.integer(i64::from(new));
    Ok(Outcome::Done)
}

pub fn getset(call: &mut Call, argv: &[Blob]) -> Ran {
    call.reply_string(&argv[1])?;
    call.set_string(&argv[1], &argv[2], None);
    call.effects.dirty += 1;
    call.notify(Classes::STRING, "set", &argv[1]);
    if call.at_least(Version::V7_0) {
        call.rewrite([blob("SET"), argv[1].clone(), argv[2].clone()]);
    }
    Ok(Outcome::Done)
}

pub fn getdel(call: &mut Call, argv: &[Blob]) -> Ran {
    let key = &argv[1];
    call.reply_string(key)?;
    if call.dict_mut().remove(key).is_some() {
        let name = if call.settings.lazy_user_del { "UNLINK" } else { "DEL" };
        call.rewrite([blob(name), key.clone()]);
        call.changed(key);
        call.notify(Classes::GENERIC, "del", key);
    }
    Ok(Outcome::Done)
}

pub fn getex(call: &mut Call, argv: &[Blob]) -> Ran {
    let key = &argv[1];
    let o = options(argv, false)?;
    let Some(value) = call.read_string(key)? else {
        call.reply.null_bulk();
        return Ok(Outcome::Done);
    };
    let at = o.expire.map(|expire| moment(call, expire, "getex")).transpose()?;
    call.reply.bulk(&value);
    match at {
        Some(at) if o.expire.is_some_and(|e| e.absolute) && call.already_expired(at) => {
            call.delete_expired_now(key)
        }
        Some(at) => {
            call.dict_mut().set_expire(key, Some(at));
            call.rewrite([blob("PEXPIREAT"), key.clone(), decimal(at.0)]);
            call.changed(key);
            call.notify(Classes::GENERIC, "expire", key);
        }
        None if o.persist && call.dict().get(key).is_some_and(|e| e.expire.is_some()) => {
            call.dict_mut().set_expire(key, None);
            call.rewrite([blob("PERSIST"), key.clone()]);
            call.changed(key);
            call.notify(Classes::GENERIC, "persist", key);
        }
        None => {}
    }
    Ok(Outcome::Done)
}

pub fn mget(call: &mut Call, argv: &[Blob]) -> Ran {
    call.reply.array(argv.len() - 1);
    for key in &argv[1..] {
        match call.read_string(key) {
            Ok(Some(bytes)) => call.reply.bulk(&bytes),
            _ => call.reply.null_bulk(),
        }
    }
    Ok(Outcome::Done)
}

fn mset_any(call: &mut Call, argv: &[Blob], only_new: bool) -> Ran {
    if argv.len().is_multiple_of(2) {
        return Err(match (call.at_least(Version::V7_0), only_new) {
            (true, false) => errors::wrong_arity("mset"),
            (true, true) => errors::wrong_arity("msetnx"),
            (false, _) => text("ERR wrong number of arguments for MSET"),
        });
    }
    let pairs = argv[1..].chunks_exact(2);
    if only_new {
        let mut busy = false;
        for pair in pairs.clone() {
            busy |= call.write(&pair[0]).is_some();
            if busy && call.at_least(Version::V7_0) {
                break;
            }
        }
        if busy {
            call.reply.integer(0);
            return Ok(Outcome::Done);
        }
    }
    for pair in pairs {
        call.set_string(&pair[0], &pair[1], None);
        call.effects.dirty += 1;
        call.notify(Classes::STRING, "set", &pair[0]);
    }
    if only_new {
        call.reply.integer(1);
    } else {
        call.reply.simple("OK");
    }
    Ok(Outcome::Done)
}

pub fn mset(call: &mut Call, argv: &[Blob]) -> Ran {
    mset_any(call, argv, false)
}

pub fn msetnx(call: &mut Call, argv: &[Blob]) -> Ran {
    mset_any(call, argv, true)
}

fn increment(call: &mut Call, key: &Blob, by: i64) -> Ran {
    let old = call.write_string(key)?;
    let n = match &old {
        None => 0,
        // A value stored as an integer is one in every release.
        Some(s) => match parse_i64(&s.bytes) {
            Some(n) => n,
            None => call.int(&s.bytes)?,
        },
    };
    let n = n.checked_add(by).ok_or(errors::OVERFLOW)?;
    call.put(key, Value::from(decimal(n)));
    call.changed(key);
    call.notify(Classes::STRING, "incrby", key);
    call.reply.integer(n);
    Ok(Outcome::Done)
}

pub fn incr(call: &mut Call, argv: &[Blob]) -> Ran {
    increment(call, &argv[1], 1)
}

pub fn decr(call: &mut Call, argv: &[Blob]) -> Ran {
    increment(call, &argv[1], -1)
}

pub fn incrby(call: &mut Call, argv: &[Blob]) -> Ran {
    let by = call.int(&argv[2])?;
    increment(call, &argv[1], by)
}

pub fn decrby(call: &mut Call, argv: &[Blob]) -> Ran {
    let by = call.int(&argv[2])?;
    if by == i64::MIN && call.at_least(Version::V7_0) {
        return Err(text("ERR decrement would overflow"));
    }
    // Older releases negate without a check, which leaves the smallest number as it is.
    increment(call, &argv[1], by.wrapping_neg())
}

pub fn incrbyfloat(call: &mut Call, argv: &[Blob]) -> Ran {
    let key = &argv[1];
    let old = match call.write_string(key)? {
        None => Float80::from_int(0),
        Some(s) => call.long_double(&s.bytes)?,
    };
    let by = call.long_double(&argv[2])?;
    let sum = old.plus(by);
    if !sum.is_finite() {
        return Err(text("ERR increment would produce NaN or Infinity"));
    }
    let value = blob(call.print_long_double(sum));
    call.put(key, Value::String(Str { bytes: value.clone(), form: Form::Text }));
    call.changed(key);
    call.notify(Classes::STRING, "incrbyfloat", key);
    call.reply.bulk(&value);
    let mut argv = vec![blob("SET"), key.clone(), value];
    if call.at_least(Version::V7_0) {
        argv.push(blob("KEEPTTL"));
    }
    call.rewrite(argv);
    Ok(Outcome::Done)
}

pub fn append(call: &mut Call, argv: &[Blob]) -> Ran {
    let (key, tail) = (&argv[1], &argv[2]);
    let length = match call.write_string(key)? {
        None => {
            call.put(key, Value::from(tail.clone()));
            tail.len()
        }
        Some(old) => {
            call.check_length(old.bytes.len() as u64 + tail.len() as u64)?;
            let bytes: Blob = [&*old.bytes, tail].concat().into();
            let length = bytes.len();
            call.put(key, Value::String(Str { bytes, form: Form::Raw }));
            length
        }
    };
    call.changed(key);
    call.notify(Classes::STRING, "append", key);
    call.reply.integer(length as i64);
    Ok(Outcome::Done)
}

pub fn strlen(call: &mut Call, argv: &[Blob]) -> Ran {
    let length = call.read_string(&argv[1])?.map_or(0, |s| s.len());
    call.reply.integer(length as i64);
    Ok(Outcome::Done)
}

pub fn setrange(call: &mut Call, argv: &[Blob]) -> Ran {
    let (key, part) = (&argv[1], &argv[3]);
    let offset = u64::try_from(call.int(&argv[2])?).map_err(|_| errors::OFFSET_OUT_OF_RANGE)?;
    let old = call.write_string(key)?;
    if part.is_empty() {
        call.reply.integer(old.map_or(0, |s| s.bytes.len()) as i64);
        return Ok(Outcome::Done);
    }
    call.check_length(offset.saturating_add(part.len() as u64))?;
    let mut bytes = old.map_or(Vec::new(), |s| s.bytes.to_vec());
    let (start, end) = (offset as usize, offset as usize + part.len());
    if bytes.len() < end {
        bytes.resize(end, 0);
    }
    bytes[start..end].copy_from_slice(part);
    let length = bytes.len();
    call.put(key, Value::String(Str { bytes: bytes.into(), form: Form::Raw }));
    call.changed(key);
    call.notify(Classes::STRING, "setrange", key);
    call.reply.integer(length as i64);
    Ok(Outcome::Done)
}

pub fn getrange(call: &mut Call, argv: &[Blob]) -> Ran {
    let (mut start, mut end) = (call.int(&argv[2])?, call.int(&argv[3])?);
    let Some(bytes) = call.read_string(&argv[1])? else {
        call.reply.bulk(b"");
        return Ok(Outcome::Done);
    };
    let length = bytes.len() as i64;
    let backwards = start < 0 && end < 0 && start > end && call.at_least(Version::V4_0);
    if start < 0 {
        start = start.saturating_add(length).max(0);
    }
    if end < 0 {
        end = end.saturating_add(length).max(0);
    }
    end = end.min(length - 1);
    if backwards || start > end || length == 0 {
        call.reply.bulk(b"");
    } else {
        call.reply.bulk(&bytes[start as usize..=end as usize]);
    }
    Ok(Outcome::Done)
}

impl Call<'_> {
    /// Replaces the value of a key and keeps its expiry (`dbAdd`, `dbOverwrite`).
    pub(super) fn put(&mut self, key: &Blob, value: Value) {
        let db = self.keyspace.db_mut(self.db);
        match db.value_mut(key) {
            Some(old) => *old = value,
            None => {
                db.insert(key, Entry { value, expire: None });
                self.notify(Classes::NEW, "new", key);
            }
        }
    }

    /// A long double as the release prints it: before 4.0 a zero keeps its sign.
    pub(super) fn print_long_double(&self, value: Float80) -> String {
        let text = value.to_human();
        if text == "-0" && self.at_least(Version::V4_0) { "0".to_owned() } else { text }
    }
}
