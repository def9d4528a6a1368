//! Commands that wait for a list or a sorted set to appear (`blocked.c`, `t_list.c`, `t_zset.c`).
//!
//! A command that finds something behaves, and is propagated, as its sibling that does not wait. Otherwise it
//! hands a [`BlockRequest`] to the caller, who calls [`serve`] when one of the keys has come into being.

use super::args::{blob, is};
use super::call::{BlockRequest, Call, Op, Outcome};
use super::errors::{Ran, Refused, text};
use super::list::{End, List};
use super::t_list::{self, end_of};
use super::t_zset::{self, Extreme, pop_name};
use super::value::Value;
use super::zset::ZSet;
use crate::base::{Blob, Version};
use crate::rdb::format_g17;

/// Reads a timeout: milliseconds, `None` for ever. Seconds may have a fraction since 6.0.
fn timeout(call: &Call, arg: &[u8]) -> Result<Option<u64>, Refused> {
    let ms = if call.at_least(Version::V7_0) {
        let seconds =
            call.parse_long_double(arg).ok_or(text("ERR timeout is not a float or out of range"))?;
        let seconds = seconds.to_double();
        // What does not fit 64 bits comes out as the smallest number, which is negative.
        let ms = (seconds * 1000.0).ceil();
        if ms >= i64::MAX as f64 { i64::MIN } else { ms as i64 }
    } else {
        let seconds = call.int_or(arg, text("ERR timeout is not an integer or out of range"))?;
        seconds.saturating_mul(1000)
    };
    let ms = u64::try_from(ms).map_err(|_| text("ERR timeout is negative"))?;
    Ok(Some(ms).filter(|ms| *ms > 0))
}

fn block(keys: &[Blob], timeout_ms: Option<u64>, null_array: bool, kind: &'static str, argv: &[Blob]) -> Ran {
    Ok(Outcome::Block(Box::new(BlockRequest {
        keys: keys.to_vec(),
        timeout_ms,
        null_array,
        kind,
        argv: argv.into(),
    })))
}

/// Tries to serve a waiting client from `key`. False when there is still nothing for it: it goes on waiting.
/// Otherwise the reply is written and the effects say what is propagated.
pub fn serve(call: &mut Call, request: &BlockRequest, key: &Blob) -> bool {
    if call.dict().get(key).is_none_or(|entry| entry.value.kind() != request.kind) {
        return false;
    }
    // The same command with no key but this one.
    let argv: Vec<Blob> = match &request.argv[..] {
        all @ [name, ..] if is(name, "brpoplpush") => all.to_vec(),
        // What is propagated then has the server's words for the ends, which are small.
        [name, from, to, take, put, timeout] if is(name, "blmove") => {
            let small = |word: &Blob| Blob::from(word.to_ascii_lowercase());
            vec![name.clone(), from.clone(), to.clone(), small(take), small(put), timeout.clone()]
        }
        [name, timeout, _, rest @ ..] if is(name, "blmpop") || is(name, "bzmpop") => {
            let options = &rest[request.keys.len()..];
            [&[name.clone(), timeout.clone(), blob("1"), key.clone()], options].concat()
        }
        [name, ..] => vec![name.clone(), key.clone(), blob("0")],
        [] => return false,
    };
    let Some(command) = super::lookup(&argv[0]) else { return false };
    let served = command.run(call, &argv) == Outcome::Done;
    if served && is(&argv[0], "brpoplpush") && !call.at_least(Version::V7_0) && call.effects.dirty > 0 {
        tell_in_two_steps(call, &argv[1], &argv[2]);
    }
    served
}

/// Up to 4.0 the two halves of a served BRPOPLPUSH are propagated (`t_list.c:serveClientBlockedOnList`).
fn tell_in_two_steps(call: &mut Call, from: &Blob, to: &Blob) {
    let Some(Value::List(list)) = call.dict().get(to).map(|entry| &entry.value) else { return };
    let Some(moved) = list.iter().next().cloned() else { return };
    let pop = Op { db: call.db, argv: [blob("RPOP"), from.clone()].into() };
    call.effects.ops.push(pop);
    call.rewrite([blob("LPUSH"), to.clone(), moved]);
}

fn pop(call: &mut Call, argv: &[Blob], end: End) -> Ran {
    let (keys, last) = (&argv[1..argv.len() - 1], &argv[argv.len() - 1]);
    let timeout = timeout(call, last)?;
    for key in keys {
        if call.check_as::<List>(key)? {
            let item = call.pop_one(key, end);
            call.reply.array(2);
            call.reply.bulk(key);
            call.reply.bulk(&item);
            call.rewrite([blob(if end == End::Head { "LPOP" } else { "RPOP" }), key.clone()]);
            return Ok(Outcome::Done);
        }
    }
    block(keys, timeout, true, "list", argv)
}

pub fn blpop(call: &mut Call, argv: &[Blob]) -> Ran {
    pop(call, argv, End::Head)
}

pub fn brpop(call: &mut Call, argv: &[Blob]) -> Ran {
    pop(call, argv, End::Tail)
}

pub fn brpoplpush(call: &mut Call, argv: &[Blob]) -> Ran {
    let timeout = timeout(call, &argv[3])?;
    if !call.check_as::<List>(&argv[1])? {
        return block(&argv[1..2], timeout, false, "list", argv);
    }
    call.move_element(&argv[1], &argv[2], End::Tail, End::Head)?;
    // 2.x propagates the command as it came.
    if call.at_least(Version::V4_0) {
        call.rewrite([blob("RPOPLPUSH"), argv[1].clone(), argv[2].clone()]);
    }
    Ok(Outcome::Done)
}

pub fn blmove(call: &mut Call, argv: &[Blob]) -> Ran {
    let (take, put) = (end_of(&argv[3])?, end_of(&argv[4])?);
    let timeout = timeout(call, &argv[5])?;
    if !call.check_as::<List>(&argv[1])? {
        return block(&argv[1..2], timeout, false, "list", argv);
    }
    call.move_element(&argv[1], &argv[2], take, put)?;
    let mut rewritten = argv[..5].to_vec();
    rewritten[0] = blob("LMOVE");
    call.rewrite(rewritten);
    Ok(Outcome::Done)
}

pub fn blmpop(call: &mut Call, argv: &[Blob]) -> Ran {
    let wanted = t_list::multi_pop(call, &argv[2..])?;
    let timeout = timeout(call, &argv[1])?;
    if call.pop_first(&wanted)? {
        return Ok(Outcome::Done);
    }
    block(wanted.keys, timeout, true, "list", argv)
}

fn pop_extreme(call: &mut Call, argv: &[Blob], end: Extreme) -> Ran {
    let (keys, last) = (&argv[1..argv.len() - 1], &argv[argv.len() - 1]);
    let timeout = timeout(call, last)?;
    for key in keys {
        if call.check_as::<ZSet>(key)? {
            let items = call.pop_extreme(key, end, 1)?;
            call.reply.array(1 + 2 * items.len());
            call.reply.bulk(key);
            for (score, member) in items {
                call.reply.bulk(&member);
                call.reply.bulk(format_g17(score).as_bytes());
            }
            call.rewrite([pop_name(end), key.clone()]);
            return Ok(Outcome::Done);
        }
    }
    block(keys, timeout, true, "zset", argv)
}

pub fn bzpopmin(call: &mut Call, argv: &[Blob]) -> Ran {
    pop_extreme(call, argv, Extreme::Min)
}

pub fn bzpopmax(call: &mut Call, argv: &[Blob]) -> Ran {
    pop_extreme(call, argv, Extreme::Max)
}

pub fn bzmpop(call: &mut Call, argv: &[Blob]) -> Ran {
    let (keys, end, count) = t_zset::multi_pop(call, &argv[2..])?;
    let timeout = timeout(call, &argv[1])?;
    if call.pop_first_extreme(keys, end, count)? {
        return Ok(Outcome::Done);
    }
    block(keys, timeout, true, "zset", argv)
}
