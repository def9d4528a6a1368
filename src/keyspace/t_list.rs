//! Commands on lists that answer at once (`t_list.c`). Those that wait are in `blocking`.

use super::args::{blob, decimal, is};
use super::call::{Call, Outcome};
use super::errors::{self, Ran, Refused, text};
use super::list::{End, List};
use super::notify::Classes;
use crate::base::{Blob, Profile, Version};

fn push(call: &mut Call, argv: &[Blob], end: End, only_existing: bool) -> Ran {
    let key = &argv[1];
    let exists = call.check_as::<List>(key)?;
    if only_existing && !exists {
        call.reply.integer(0);
        return Ok(Outcome::Done);
    }
    let settings = call.settings;
    let length = call.edit(key, |list: &mut List| {
        argv[2..].iter().for_each(|item| list.push(end, item.clone(), settings));
        list.len()
    });
    call.effects.dirty += argv.len() as u64 - 2;
    call.touch(key);
    call.notify(Classes::LIST, pushed(end), key);
    call.reply.integer(length as i64);
    Ok(Outcome::Done)
}

/// The event of an element that was put in at this end.
fn pushed(end: End) -> &'static str {
    if end == End::Head { "lpush" } else { "rpush" }
}

/// The event of an element that was taken from this end.
fn popped(end: End) -> &'static str {
    if end == End::Head { "lpop" } else { "rpop" }
}

pub fn lpush(call: &mut Call, argv: &[Blob]) -> Ran {
    push(call, argv, End::Head, false)
}

pub fn rpush(call: &mut Call, argv: &[Blob]) -> Ran {
    push(call, argv, End::Tail, false)
}

pub fn lpushx(call: &mut Call, argv: &[Blob]) -> Ran {
    push(call, argv, End::Head, true)
}

pub fn rpushx(call: &mut Call, argv: &[Blob]) -> Ran {
    push(call, argv, End::Tail, true)
}

pub fn linsert(call: &mut Call, argv: &[Blob]) -> Ran {
    let (key, pivot, item) = (&argv[1], &argv[3], &argv[4]);
    let after = match () {
        _ if is(&argv[2], "after") => 1,
        _ if is(&argv[2], "before") => 0,
        _ => return Err(errors::SYNTAX),
    };
    if !call.check_as::<List>(key)? {
        call.reply.integer(0);
        return Ok(Outcome::Done);
    }
    let settings = call.settings;
    let length = call.edit(key, |list: &mut List| {
        list.prepare(item, settings);
        let at = list.iter().position(|other| other == pivot)?;
        list.insert(at + after, item.clone(), settings);
        Some(list.len() as i64)
    });
    if length.is_some() {
        call.changed(key);
        call.notify(Classes::LIST, "linsert", key);
    }
    call.reply.integer(length.unwrap_or(-1));
    Ok(Outcome::Done)
}

pub fn llen(call: &mut Call, argv: &[Blob]) -> Ran {
    let length = call.read_as::<List>(&argv[1])?.map_or(0, |list| list.len());
    call.reply.integer(length as i64);
    Ok(Outcome::Done)
}

/// A position that may count from the end. The ziplists of 2.x take it as 32 bits.
fn position(index: i64, list: &List, profile: &Profile) -> Option<usize> {
    let length = list.len();
    let index = if list.encoding(profile) == "ziplist" { i64::from(index as i32) } else { index };
    let index = if index < 0 { index.checked_add(length as i64)? } else { index };
    usize::try_from(index).ok().filter(|index| *index < length)
}

pub fn lindex(call: &mut Call, argv: &[Blob]) -> Ran {
    let Some(list) = call.read_as::<List>(&argv[1])? else {
        call.reply.null_bulk();
        return Ok(Outcome::Done);
    };
    let index = call.int(&argv[2])?;
    match position(index, &list, call.profile).and_then(|index| list.get(index)) {
        Some(item) => call.reply.bulk(item),
        None => call.reply.null_bulk(),
    }
    Ok(Outcome::Done)
}

pub fn lset(call: &mut Call, argv: &[Blob]) -> Ran {
    let (key, item) = (&argv[1], &argv[3]);
    if !call.check_as::<List>(key)? {
        return Err(errors::NO_SUCH_KEY);
    }
    let index = call.int(&argv[2])?;
    let (settings, profile) = (call.settings, call.profile);
    call.edit(key, |list: &mut List| {
        list.prepare(item, settings);
        let index = position(index, list, profile).ok_or(errors::INDEX_OUT_OF_RANGE)?;
        list.set(index, item.clone());
        Ok::<_, Refused>(())
    })?;
    call.changed(key);
    call.notify(Classes::LIST, "lset", key);
    call.reply.simple("OK");
    Ok(Outcome::Done)
}

/// An inclusive range, negative from the end, as a half-open one; empty ranges are `(0, 0)`.
pub(super) fn range(start: i64, end: i64, length: usize) -> (usize, usize) {
    let length = length as i64;
    let start = if start < 0 { start.saturating_add(length) } else { start }.max(0);
    let end = if end < 0 { end.saturating_add(length) } else { end }.min(length - 1);
    if start > end || start >= length { (0, 0) } else { (start as usize, end as usize + 1) }
}

pub fn lrange(call: &mut Call, argv: &[Blob]) -> Ran {
    let (start, end) = (call.int(&argv[2])?, call.int(&argv[3])?);
    let Some(list) = call.read_as::<List>(&argv[1])? else {
        call.reply.array(0);
        return Ok(Outcome::Done);
    };
    let (start, end) = range(start, end, list.len());
    call.reply.array(end - start);
    list.iter().skip(start).take(end - start).for_each(|item| call.reply.bulk(item));
    Ok(Outcome::Done)
}

pub fn ltrim(call: &mut Call, argv: &[Blob]) -> Ran {
    let key = &argv[1];
    let (start, end) = (call.int(&argv[2])?, call.int(&argv[3])?);
    if call.check_as::<List>(key)? {
        let removed = call.edit(key, |list: &mut List| {
            let length = list.len();
            let (start, end) = range(start, end, length);
            list.trim(start, end);
            length - list.len()
        });
        // Older releases count a trim as one change, even if it removes nothing.
        call.effects.dirty += if call.at_least(Version::V7_0) { removed as u64 } else { 1 };
        call.touch(key);
        call.notify_taken(Classes::LIST, "ltrim", key);
    }
    call.reply.simple("OK");
    Ok(Outcome::Done)
}

pub fn lrem(call: &mut Call, argv: &[Blob]) -> Ran {
    let key = &argv[1];
    let count = call.int(&argv[2])?;
    let mut removed = 0;
    if call.check_as::<List>(key)? {
        let from = if count < 0 { End::Tail } else { End::Head };
        let limit =
            if count == 0 { usize::MAX } else { usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX) };
        removed = call.edit(key, |list: &mut List| list.remove_equal(&argv[3], limit, from));
    }
    if removed > 0 {
        call.effects.dirty += removed as u64;
        call.touch(key);
        if call.at_least(Version::V4_0) {
            call.notify_taken(Classes::LIST, "lrem", key);
        }
    }
    call.reply.integer(removed as i64);
    Ok(Outcome::Done)
}

pub fn lpos(call: &mut Call, argv: &[Blob]) -> Ran {
    let (mut rank, mut count, mut most) = (1, None, 0);
    let mut words = argv[3..].iter();
    while let Some(word) = words.next() {
        let value = words.next();
        match value {
            Some(value) if is(word, "rank") => {
                rank = call.int(value)?;
                if rank == 0 {
                    return Err(text(
                        "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use \
                         negative to start from the end of the list",
                    ));
                }
            }
            Some(value) if is(word, "count") => {
                count = Some(call.not_negative(value, "ERR COUNT can't be negative")?);
            }
            Some(value) if is(word, "maxlen") => {
                most = call.not_negative(value, "ERR MAXLEN can't be negative")?;
            }
            _ => return Err(errors::SYNTAX),
        }
    }
    let Some(list) = call.read_as::<List>(&argv[1])? else {
        if count.is_some() {
            call.reply.array(0);
        } else {
            call.reply.null_bulk();
        }
        return Ok(Outcome::Done);
    };
    let wanted = match count {
        None => 1,
        Some(0) => usize::MAX,
        // There is no positive number of that size: every match is far enough, and none is the last (`lposCommand`).
        Some(_) if rank == i64::MIN => usize::MAX,
        Some(count) => count as usize,
    };
    let scanned = if most == 0 { usize::MAX } else { most as usize };
    let skipped = if rank == i64::MIN { 0 } else { rank.unsigned_abs() as usize - 1 };
    let found: Vec<usize> = if rank > 0 {
        let hits = list.iter().enumerate().take(scanned).filter(|(_, item)| **item == argv[2]);
        hits.map(|(at, _)| at).skip(skipped).take(wanted).collect()
    } else {
        let hits = list.iter().rev().enumerate().take(scanned).filter(|(_, item)| **item == argv[2]);
        hits.map(|(at, _)| list.len() - at - 1).skip(skipped).take(wanted).collect()
    };
    match (count, found.first()) {
        (Some(_), _) => {
            call.reply.array(found.len());
            found.iter().for_each(|at| call.reply.integer(*at as i64));
        }
        (None, Some(at)) => call.reply.integer(*at as i64),
        (None, None) => call.reply.null_bulk(),
    }
    Ok(Outcome::Done)
}

impl Call<'_> {
    /// Removes one element of an existing list.
    pub(super) fn pop_one(&mut self, key: &Blob, end: End) -> Blob {
        let item = self.take_one(key, end);
        self.notify_taken(Classes::LIST, popped(end), key);
        item
    }

    fn take_one(&mut self, key: &Blob, end: End) -> Blob {
        let item = self.edit(key, |list: &mut List| list.pop(end)).unwrap_or_default();
        self.changed(key);
        item
    }

    /// Removes up to `count` elements of an existing list and writes them as an array.
    pub(super) fn pop_many(&mut self, key: &Blob, end: End, count: usize) -> usize {
        let items: Vec<Blob> =
            self.edit(key, |list: &mut List| std::iter::from_fn(|| list.pop(end)).take(count).collect());
        self.reply.array(items.len());
        items.iter().for_each(|item| self.reply.bulk(item));
        self.effects.dirty += items.len() as u64;
        self.touch(key);
        self.notify_taken(Classes::LIST, popped(end), key);
        items.len()
    }
}

fn pop(call: &mut Call, argv: &[Blob], end: End) -> Ran {
    let key = &argv[1];
    if argv.len() > 3 {
        return Err(errors::wrong_arity(if end == End::Head { "lpop" } else { "rpop" }));
    }
    let count = argv.get(2).map(|arg| call.positive(arg)).transpose()?;
    let exists = call.check_as::<List>(key)?;
    match (exists, count) {
        (false, None) => call.reply.null_bulk(),
        (false, Some(_)) => call.reply.null_array(),
        (true, Some(count)) => {
            // A count of 0 changes nothing.
            if count == 0 {
                call.reply.array(0);
            } else {
                call.pop_many(key, end, count as usize);
            }
        }
        (true, None) => {
            let item = call.pop_one(key, end);
            call.reply.bulk(&item);
        }
    }
    Ok(Outcome::Done)
}

pub fn lpop(call: &mut Call, argv: &[Blob]) -> Ran {
    pop(call, argv, End::Head)
}

pub fn rpop(call: &mut Call, argv: &[Blob]) -> Ran {
    pop(call, argv, End::Tail)
}

/// LEFT or RIGHT.
pub(super) fn end_of(arg: &[u8]) -> Result<End, Refused> {
    match () {
        _ if is(arg, "left") => Ok(End::Head),
        _ if is(arg, "right") => Ok(End::Tail),
        _ => Err(errors::SYNTAX),
    }
}

impl Call<'_> {
    /// Moves an element between existing or new lists; the source exists. Replies with the element.
    pub(super) fn move_element(
        &mut self,
        from: &Blob,
        to: &Blob,
        take: End,
        put: End,
    ) -> Result<(), Refused> {
        self.check_as::<List>(to)?;
        // A list that moves onto itself never goes through being empty: it would lose its expiry.
        let settings = self.settings;
        let item = if from == to {
            let item = self.edit(from, |list: &mut List| {
                let item = list.pop(take).unwrap_or_default();
                list.push(put, item.clone(), settings);
                item
            });
            self.changed(from);
            item
        } else {
            let item = self.take_one(from, take);
            self.edit(to, |list: &mut List| list.push(put, item.clone(), settings));
            self.touch(to);
            item
        };
        self.notify(Classes::LIST, pushed(put), to);
        self.notify_taken(Classes::LIST, popped(take), from);
        self.reply.bulk(&item);
        Ok(())
    }
}

pub fn lmove(call: &mut Call, argv: &[Blob]) -> Ran {
    let (take, put) = (end_of(&argv[3])?, end_of(&argv[4])?);
    if call.check_as::<List>(&argv[1])? {
        call.move_element(&argv[1], &argv[2], take, put)?;
    } else {
        call.reply.null_bulk();
    }
    Ok(Outcome::Done)
}

pub fn rpoplpush(call: &mut Call, argv: &[Blob]) -> Ran {
    if call.check_as::<List>(&argv[1])? {
        call.move_element(&argv[1], &argv[2], End::Tail, End::Head)?;
    } else {
        call.reply.null_bulk();
    }
    Ok(Outcome::Done)
}

/// What LMPOP and BLMPOP ask for.
pub(super) struct MultiPop<'a> {
    pub keys: &'a [Blob],
    pub end: End,
    pub count: usize,
}

/// Reads `numkeys key… LEFT|RIGHT [COUNT n]`.
pub(super) fn multi_pop<'a>(call: &Call, words: &'a [Blob]) -> Result<MultiPop<'a>, Refused> {
    let (keys, rest) = call.counted_keys(words)?;
    let end = end_of(&rest[0])?;
    let count = call.count_option(&rest[1..])?;
    Ok(MultiPop { keys, end, count })
}

impl Call<'_> {
    /// Splits `numkeys key… rest` where the rest has at least one word (LMPOP, ZMPOP).
    pub(super) fn counted_keys<'a>(&self, words: &'a [Blob]) -> Result<(&'a [Blob], &'a [Blob]), Refused> {
        let refusal = text("ERR numkeys should be greater than 0");
        let count = self.int_or(&words[0], refusal.clone())?;
        let count = usize::try_from(count).ok().filter(|n| *n > 0).ok_or(refusal)?;
        if count >= words.len() - 1 { Err(errors::SYNTAX) } else { Ok(words[1..].split_at(count)) }
    }

    /// Reads an optional `COUNT n` at the end of a command; 1 without.
    pub(super) fn count_option(&self, words: &[Blob]) -> Result<usize, Refused> {
        match words {
            [] => Ok(1),
            [word, value, rest @ ..] if is(word, "count") => {
                let refusal = text("ERR count should be greater than 0");
                let count = self.int_or(value, refusal.clone())?;
                let count = usize::try_from(count).ok().filter(|n| *n > 0).ok_or(refusal)?;
                if rest.is_empty() { Ok(count) } else { Err(errors::SYNTAX) }
            }
            _ => Err(errors::SYNTAX),
        }
    }

    /// Pops for LMPOP from the first list that exists; false when none does.
    pub(super) fn pop_first(&mut self, wanted: &MultiPop) -> Result<bool, Refused> {
        for key in wanted.keys {
            if !self.check_as::<List>(key)? {
                continue;
            }
            self.reply.array(2);
            self.reply.bulk(key);
            let count = self.pop_many(key, wanted.end, wanted.count);
            let name = if wanted.end == End::Head { "LPOP" } else { "RPOP" };
            self.rewrite([blob(name), key.clone(), decimal(count as i64)]);
            return Ok(true);
        }
        Ok(false)
    }
}

pub fn lmpop(call: &mut Call, argv: &[Blob]) -> Ran {
    let wanted = multi_pop(call, &argv[1..])?;
    if !call.pop_first(&wanted)? {
        call.reply.null_array();
    }
    Ok(Outcome::Done)
}
