//! Commands that read ranges of sorted sets, and ZRANGESTORE (`t_zset.c:zrangeGenericCommand`).

use super::args::is;
use super::call::{Call, Outcome};
use super::errors::{self, Ran, Refused, text};
use super::notify::Classes;
use super::zrange::Range;
use super::zset::ZSet;
use crate::base::{Blob, Version};

/// What a range is taken by, when the command's name or an option says so.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    Rank,
    Score,
    Name,
}

/// A command of the family.
#[derive(Clone, Copy)]
struct Form {
    /// Fixed by the name; `None` where options decide.
    by: Option<By>,
    reverse: Option<bool>,
    store: bool,
}

/// A range as asked for.
struct Query {
    range: Range,
    reverse: bool,
    with_scores: bool,
    offset: i64,
    limit: i64,
}

/// Reads key, bounds and options of 7.0, which are read before the bounds.
fn query(call: &Call, words: &[Blob], form: Form) -> Result<Query, Refused> {
    let (mut by, mut reverse) = (form.by, form.reverse);
    let (mut with_scores, mut offset, mut limit) = (false, 0, -1);
    let mut rest = &words[3..];
    while let [word, tail @ ..] = rest {
        rest = tail;
        match (word, tail) {
            _ if !form.store && is(word, "withscores") => with_scores = true,
            (_, [first, second, tail @ ..]) if is(word, "limit") => {
                (offset, limit) = (call.int(first)?, call.int(second)?);
                rest = tail;
            }
            _ if reverse.is_none() && is(word, "rev") => reverse = Some(true),
            _ if by.is_none() && is(word, "bylex") => by = Some(By::Name),
            _ if by.is_none() && is(word, "byscore") => by = Some(By::Score),
            _ => return Err(errors::SYNTAX),
        }
    }
    let (by, reverse) = (by.unwrap_or(By::Rank), reverse.unwrap_or(false));
    if limit != -1 && by == By::Rank {
        return Err(text(
            "ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX",
        ));
    }
    if with_scores && by == By::Name {
        return Err(text("ERR syntax error, WITHSCORES not supported in combination with BYLEX"));
    }
    if by == By::Rank {
        // A limit of -1 is not noticed, and its offset has no effect.
        offset = 0;
    }
    let range = bounds(call, words, by, reverse)?;
    Ok(Query { range, reverse, with_scores, offset, limit })
}

fn bounds(call: &Call, words: &[Blob], by: By, reverse: bool) -> Result<Range, Refused> {
    let (low, high) = if reverse { (&words[2], &words[1]) } else { (&words[1], &words[2]) };
    match by {
        // Ranks are given in the order of the reply.
        By::Rank => Ok(Range::Rank(call.int(&words[1])?, call.int(&words[2])?)),
        By::Score => Range::by_score(low, high),
        By::Name => Range::by_name(low, high),
    }
}

/// Reads the same up to 4.0: bounds first, and each command with its own options.
fn older_query(call: &Call, words: &[Blob], by: By, reverse: bool) -> Result<Query, Refused> {
    let mut query =
        Query { range: bounds(call, words, by, reverse)?, reverse, with_scores: false, offset: 0, limit: -1 };
    let mut rest = &words[3..];
    while let [word, tail @ ..] = rest {
        rest = tail;
        match tail {
            _ if by == By::Rank && is(word, "withscores") && words.len() == 4 => query.with_scores = true,
            _ if by == By::Score && is(word, "withscores") => query.with_scores = true,
            [first, second, tail @ ..] if by != By::Rank && is(word, "limit") => {
                (query.offset, query.limit) = (call.int(first)?, call.int(second)?);
                rest = tail;
            }
            _ => return Err(errors::SYNTAX),
        }
    }
    Ok(query)
}

fn show(call: &mut Call, argv: &[Blob], form: Form) -> Ran {
    let words = &argv[1..];
    let query = if call.at_least(Version::V7_0) {
        query(call, words, form)?
    } else {
        older_query(call, words, form.by.unwrap_or(By::Rank), form.reverse.unwrap_or(false))?
    };
    let items = match call.read_as::<ZSet>(&argv[1])? {
        Some(zset) => query.range.select(&zset, query.reverse, query.offset, query.limit),
        None => Vec::new(),
    };
    call.reply_items(&items, query.with_scores);
    Ok(Outcome::Done)
}

const fn fixed(by: By, reverse: bool) -> Form {
    Form { by: Some(by), reverse: Some(reverse), store: false }
}

pub fn zrange(call: &mut Call, argv: &[Blob]) -> Ran {
    show(call, argv, Form { by: None, reverse: None, store: false })
}

pub fn zrevrange(call: &mut Call, argv: &[Blob]) -> Ran {
    show(call, argv, fixed(By::Rank, true))
}

pub fn zrangebyscore(call: &mut Call, argv: &[Blob]) -> Ran {
    show(call, argv, fixed(By::Score, false))
}

pub fn zrevrangebyscore(call: &mut Call, argv: &[Blob]) -> Ran {
    show(call, argv, fixed(By::Score, true))
}

pub fn zrangebylex(call: &mut Call, argv: &[Blob]) -> Ran {
    show(call, argv, fixed(By::Name, false))
}

pub fn zrevrangebylex(call: &mut Call, argv: &[Blob]) -> Ran {
    show(call, argv, fixed(By::Name, true))
}

pub fn zrangestore(call: &mut Call, argv: &[Blob]) -> Ran {
    let query = query(call, &argv[2..], Form { by: None, reverse: None, store: true })?;
    let (settings, profile) = (call.settings, call.profile);
    let mut result = ZSet::default();
    if let Some(source) = call.read_as::<ZSet>(&argv[2])? {
        let items = query.range.select(&source, query.reverse, query.offset, query.limit);
        // Only a range by rank knows its length beforehand, which decides the encoding.
        if matches!(query.range, Range::Rank(..)) && items.len() > settings.zset_max_entries {
            result.unpack();
        }
        items.into_iter().for_each(|(score, member)| result.add(member, score, settings, profile));
    }
    let length = call.store(&argv[1], result, (Classes::ZSET, "zrangestore"));
    call.reply.integer(length as i64);
    Ok(Outcome::Done)
}

fn count(call: &mut Call, key: &[u8], range: Range) -> Ran {
    let count = call.read_as::<ZSet>(key)?.map_or(0, |zset| {
        let (start, end) = range.positions(&zset, false);
        end - start
    });
    call.reply.integer(count as i64);
    Ok(Outcome::Done)
}

pub fn zcount(call: &mut Call, argv: &[Blob]) -> Ran {
    let range = Range::by_score(&argv[2], &argv[3])?;
    count(call, &argv[1], range)
}

pub fn zlexcount(call: &mut Call, argv: &[Blob]) -> Ran {
    let range = Range::by_name(&argv[2], &argv[3])?;
    count(call, &argv[1], range)
}
