//! Commands that change sorted sets or look up members (`t_zset.c`).

use super::args::{blob, decimal, is};
use super::call::{Call, Outcome};
use super::errors::{self, Ran, Refused, text};
use super::notify::Classes;
use super::ordered::Item;
use super::random;
use super::scan;
use super::zrange::Range;
use super::zset::ZSet;
use crate::base::float::Float80;
use crate::base::{Blob, Profile, Version};
use crate::rdb::{format_g17, score_text};

impl Call<'_> {
    pub(super) fn reply_double(&mut self, value: f64) {
        self.reply.bulk(format_g17(value).as_bytes());
    }

    pub(super) fn reply_items(&mut self, items: &[Item], with_scores: bool) {
        self.reply.array(items.len() * if with_scores { 2 } else { 1 });
        for (score, member) in items {
            self.reply.bulk(member);
            if with_scores {
                self.reply_double(*score);
            }
        }
    }
}

/// Options of ZADD.
#[derive(Default)]
struct Options {
    only_new: bool,
    only_existing: bool,
    greater: bool,
    less: bool,
    changed: bool,
    increment: bool,
}

/// Reads the options; returns where the scores start. Releases before 3.0.2 have none.
fn options(call: &Call, argv: &[Blob], o: &mut Options) -> usize {
    let mut at = 2;
    while let Some(word) = argv.get(at).filter(|_| call.at_least(Version::V4_0)) {
        match () {
            _ if is(word, "nx") => o.only_new = true,
            _ if is(word, "xx") => o.only_existing = true,
            _ if is(word, "ch") => o.changed = true,
            _ if is(word, "incr") => o.increment = true,
            _ if is(word, "gt") && call.at_least(Version::V7_0) => o.greater = true,
            _ if is(word, "lt") && call.at_least(Version::V7_0) => o.less = true,
            _ => break,
        }
        at += 1;
    }
    at
}

pub fn zadd(call: &mut Call, argv: &[Blob]) -> Ran {
    add(call, argv, Options::default())
}

pub fn zincrby(call: &mut Call, argv: &[Blob]) -> Ran {
    add(call, argv, Options { increment: true, ..Options::default() })
}

fn add(call: &mut Call, argv: &[Blob], mut o: Options) -> Ran {
    let key = &argv[1];
    let first = options(call, argv, &mut o);
    let pairs = &argv[first..];
    if pairs.is_empty() || pairs.len() % 2 == 1 {
        return Err(errors::SYNTAX);
    }
    if o.only_new && o.only_existing {
        return Err(text("ERR XX and NX options at the same time are not compatible"));
    }
    if o.greater && o.less || o.only_new && (o.greater || o.less) {
        return Err(text("ERR GT, LT, and/or NX options at the same time are not compatible"));
    }
    if o.increment && pairs.len() > 2 {
        return Err(text("ERR INCR option supports a single increment-element pair"));
    }
    let scores: Vec<f64> = pairs.iter().step_by(2).map(|arg| call.double(arg)).collect::<Result<_, _>>()?;
    let exists = call.check_as::<ZSet>(key)?;
    let mut done = Added::default();
    if exists || !o.only_existing {
        let rules = Rules { settings: call.settings, profile: call.profile, options: &o };
        let members = pairs.iter().skip(1).step_by(2);
        let result = call.edit(key, |zset: &mut ZSet| {
            scores
                .iter()
                .zip(members)
                .try_for_each(|(score, member)| rules.add(zset, *score, member, &mut done))
        });
        // In 7.0 changes before the one that failed do not count.
        if result.is_ok() || !call.at_least(Version::V4_0) {
            call.effects.dirty += done.added + done.updated;
        }
        if done.added + done.updated > 0 {
            call.touch(key);
            call.notify(Classes::ZSET, if o.increment { "zincr" } else { "zadd" }, key);
        }
        result?;
    }
    match (o.increment, done.score) {
        (true, Some(score)) => call.reply_double(score),
        (true, None) => call.reply.null_bulk(),
        (false, _) => call.reply.integer((done.added + if o.changed { done.updated } else { 0 }) as i64),
    }
    Ok(Outcome::Done)
}

/// What an addition did.
#[derive(Default)]
struct Added {
    added: u64,
    updated: u64,
    /// The last score set, unless a condition prevented it.
    score: Option<f64>,
}

struct Rules<'a> {
    settings: &'a super::Settings,
    profile: &'a Profile,
    options: &'a Options,
}

impl Rules<'_> {
    /// Adds or updates one member (`zsetAdd`).
    fn add(&self, zset: &mut ZSet, score: f64, member: &Blob, done: &mut Added) -> Result<(), Refused> {
        let o = self.options;
        let old = zset.score(member);
        let mut score = score;
        match old {
            Some(_) if o.only_new => return Ok(()),
            None if o.only_existing => return Ok(()),
            Some(old) => {
                if o.increment {
                    score += old;
                    if score.is_nan() {
                        return Err(text("ERR resulting score is not a number (NaN)"));
                    }
                }
                if o.less && score >= old || o.greater && score <= old {
                    return Ok(());
                }
            }
            None => {}
        }
        done.score = Some(score);
        if old == Some(score) {
            return Ok(());
        }
        zset.add(member.clone(), score, self.settings, self.profile);
        if old.is_some() {
            done.updated += 1;
        } else {
            done.added += 1;
        }
        Ok(())
    }
}

pub fn zrem(call: &mut Call, argv: &[Blob]) -> Ran {
    let key = &argv[1];
    let mut removed = 0;
    if call.check_as::<ZSet>(key)? {
        removed =
            call.edit(key, |zset: &mut ZSet| argv[2..].iter().filter(|member| zset.remove(member)).count());
    }
    count_removed(call, key, removed, "zrem");
    Ok(Outcome::Done)
}

fn count_removed(call: &mut Call, key: &Blob, removed: usize, event: &'static str) {
    if removed > 0 {
        call.effects.dirty += removed as u64;
        call.touch(key);
        call.notify_taken(Classes::ZSET, event, key);
    }
    call.reply.integer(removed as i64);
}

fn remove_range(call: &mut Call, key: &Blob, range: Range) -> Ran {
    let event = match range {
        Range::Rank(..) => "zremrangebyrank",
        Range::Score(..) => "zremrangebyscore",
        Range::Name(..) => "zremrangebylex",
    };
    let mut removed = 0;
    if let Some(zset) = call.write_as::<ZSet>(key)? {
        let (start, end) = range.positions(&zset, false);
        let items = zset.range(start, end);
        drop(zset);
        removed = items.len();
        call.edit(key, |zset: &mut ZSet| {
            items.iter().for_each(|(_, member)| {
                zset.remove(member);
            });
        });
    }
    count_removed(call, key, removed, event);
    Ok(Outcome::Done)
}

pub fn zremrangebyrank(call: &mut Call, argv: &[Blob]) -> Ran {
    let range = Range::Rank(call.int(&argv[2])?, call.int(&argv[3])?);
    remove_range(call, &argv[1], range)
}

pub fn zremrangebyscore(call: &mut Call, argv: &[Blob]) -> Ran {
    let range = Range::by_score(&argv[2], &argv[3])?;
    remove_range(call, &argv[1], range)
}

pub fn zremrangebylex(call: &mut Call, argv: &[Blob]) -> Ran {
    let range = Range::by_name(&argv[2], &argv[3])?;
    remove_range(call, &argv[1], range)
}

pub fn zcard(call: &mut Call, argv: &[Blob]) -> Ran {
    let length = call.read_as::<ZSet>(&argv[1])?.map_or(0, |zset| zset.len());
    call.reply.integer(length as i64);
    Ok(Outcome::Done)
}

pub fn zscore(call: &mut Call, argv: &[Blob]) -> Ran {
    match call.read_as::<ZSet>(&argv[1])?.and_then(|zset| zset.score(&argv[2])) {
        Some(score) => call.reply_double(score),
        None => call.reply.null_bulk(),
    }
    Ok(Outcome::Done)
}

pub fn zmscore(call: &mut Call, argv: &[Blob]) -> Ran {
    let zset = call.read_as::<ZSet>(&argv[1])?;
    call.reply.array(argv.len() - 2);
    for member in &argv[2..] {
        match zset.as_ref().and_then(|zset| zset.score(member)) {
            Some(score) => call.reply_double(score),
            None => call.reply.null_bulk(),
        }
    }
    Ok(Outcome::Done)
}

fn rank(call: &mut Call, argv: &[Blob], reverse: bool) -> Ran {
    let zset = call.read_as::<ZSet>(&argv[1])?;
    let rank = zset.as_ref().and_then(|zset| {
        let rank = zset.rank(&argv[2])?;
        Some(if reverse { zset.len() - rank - 1 } else { rank })
    });
    match rank {
        Some(rank) => call.reply.integer(rank as i64),
        None => call.reply.null_bulk(),
    }
    Ok(Outcome::Done)
}

pub fn zrank(call: &mut Call, argv: &[Blob]) -> Ran {
    rank(call, argv, false)
}

pub fn zrevrank(call: &mut Call, argv: &[Blob]) -> Ran {
    rank(call, argv, true)
}

/// The lowest or the highest scores.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Extreme {
    Min,
    Max,
}

impl Call<'_> {
    /// Removes up to `count` members from one end of an existing sorted set.
    pub(super) fn pop_extreme(
        &mut self,
        key: &Blob,
        end: Extreme,
        count: usize,
    ) -> Result<Vec<Item>, Refused> {
        let Some(zset) = self.write_as::<ZSet>(key)? else { return Ok(Vec::new()) };
        let range = Range::Rank(0, i64::MAX);
        let limit = i64::try_from(count).unwrap_or(i64::MAX);
        let items = range.select(&zset, end == Extreme::Max, 0, limit);
        drop(zset);
        self.edit(key, |zset: &mut ZSet| {
            items.iter().for_each(|(_, member)| {
                zset.remove(member);
            });
        });
        self.effects.dirty += items.len() as u64;
        self.touch(key);
        self.notify_taken(Classes::ZSET, if end == Extreme::Min { "zpopmin" } else { "zpopmax" }, key);
        Ok(items)
    }

    /// Pops for ZMPOP from the first sorted set that exists; false when none does.
    pub(super) fn pop_first_extreme(
        &mut self,
        keys: &[Blob],
        end: Extreme,
        count: usize,
    ) -> Result<bool, Refused> {
        for key in keys {
            if !self.check_as::<ZSet>(key)? {
                continue;
            }
            let items = self.pop_extreme(key, end, count)?;
            self.reply.array(2);
            self.reply.bulk(key);
            self.reply.array(items.len());
            for (score, member) in &items {
                self.reply.array(2);
                self.reply.bulk(member);
                self.reply_double(*score);
            }
            self.rewrite([pop_name(end), key.clone(), decimal(items.len() as i64)]);
            return Ok(true);
        }
        Ok(false)
    }
}

pub(super) fn pop_name(end: Extreme) -> Blob {
    blob(if end == Extreme::Min { "ZPOPMIN" } else { "ZPOPMAX" })
}

fn pop(call: &mut Call, argv: &[Blob], end: Extreme) -> Ran {
    if argv.len() > 3 {
        return Err(errors::SYNTAX);
    }
    let count = argv.get(2).map_or(Ok(1), |arg| call.positive(arg))?;
    let key = &argv[1];
    let exists = call.check_as::<ZSet>(key)? && count > 0;
    let items = if exists { call.pop_extreme(key, end, count as usize)? } else { Vec::new() };
    call.reply_items(&items, true);
    Ok(Outcome::Done)
}

pub fn zpopmin(call: &mut Call, argv: &[Blob]) -> Ran {
    pop(call, argv, Extreme::Min)
}

pub fn zpopmax(call: &mut Call, argv: &[Blob]) -> Ran {
    pop(call, argv, Extreme::Max)
}

/// Reads `numkeys key… MIN|MAX [COUNT n]`.
pub(super) fn multi_pop<'a>(call: &Call, words: &'a [Blob]) -> Result<(&'a [Blob], Extreme, usize), Refused> {
    let (keys, rest) = call.counted_keys(words)?;
    let end = match () {
        _ if is(&rest[0], "min") => Extreme::Min,
        _ if is(&rest[0], "max") => Extreme::Max,
        _ => return Err(errors::SYNTAX),
    };
    Ok((keys, end, call.count_option(&rest[1..])?))
}

pub fn zmpop(call: &mut Call, argv: &[Blob]) -> Ran {
    let (keys, end, count) = multi_pop(call, &argv[1..])?;
    if !call.pop_first_extreme(keys, end, count)? {
        call.reply.null_array();
    }
    Ok(Outcome::Done)
}

pub fn zscan(call: &mut Call, argv: &[Blob]) -> Ran {
    let cursor = scan::parse_cursor(&argv[2])?;
    let Some(zset) = call.read_as::<ZSet>(&argv[1])? else {
        scan::reply(call, 0, &[]);
        return Ok(Outcome::Done);
    };
    let scan = scan::parse(call, cursor, &argv[3..], false)?;
    match &*zset {
        ZSet::Full { scores, .. } => {
            // 2.8 shows these without exponent.
            let plain = !call.at_least(Version::V4_0);
            let print =
                |score| if plain { Float80::from_double(score).to_human() } else { format_g17(score) };
            scan::scan_dict(call, &scan, scores, |member, score, out| {
                out.extend([member.clone(), blob(print(*score))]);
            });
        }
        ZSet::Packed(items) => {
            let wanted = items.iter().filter(|(_, member)| scan.wants(member));
            let words: Vec<Blob> = wanted
                .flat_map(|(score, member)| [member.clone(), blob(score_text(*score, call.profile))])
                .collect();
            scan::reply(call, 0, &words);
        }
    }
    Ok(Outcome::Done)
}

pub fn zrandmember(call: &mut Call, argv: &[Blob]) -> Ran {
    let Some(arg) = argv.get(2) else {
        let zset = call.read_as::<ZSet>(&argv[1])?;
        let all: Vec<Item> = zset.iter().flat_map(|zset| zset.iter()).cloned().collect();
        match random::one(&all, call.rng) {
            Some((_, member)) => call.reply.bulk(member),
            None => call.reply.null_bulk(),
        }
        return Ok(Outcome::Done);
    };
    let count = random::count(call, arg)?;
    let with_scores = match &argv[3..] {
        [] => false,
        [word] if is(word, "withscores") => true,
        _ => return Err(errors::SYNTAX),
    };
    if with_scores && count.unsigned_abs() > i64::MAX as u64 / 2 {
        return Err(text("ERR value is out of range"));
    }
    let zset = call.read_as::<ZSet>(&argv[1])?;
    let all: Vec<Item> = zset.iter().flat_map(|zset| zset.iter()).cloned().collect();
    let picked = random::several(&all, count, call.rng)?;
    call.reply_items(&picked, with_scores);
    Ok(Outcome::Done)
}
