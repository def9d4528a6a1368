//! Commands on sets (`t_set.c`).

use std::rc::Rc;

use super::args::{blob, is};
use super::call::{Call, Op, Outcome, Own, Settings};
use super::errors::{self, Ran, Refused, text};
use super::notify::Classes;
use super::random;
use super::scan;
use super::set::Set;
use crate::base::{Blob, Version, sort_by_key};

pub fn sadd(call: &mut Call, argv: &[Blob]) -> Ran {
    let key = &argv[1];
    call.check_as::<Set>(key)?;
    let settings = call.settings;
    let added = call.edit(key, |set: &mut Set| {
        argv[2..].iter().filter(|member| set.insert((*member).clone(), settings)).count()
    });
    if added > 0 {
        call.effects.dirty += added as u64;
        call.touch(key);
        call.notify(Classes::SET, "sadd", key);
    }
    call.reply.integer(added as i64);
    Ok(Outcome::Done)
}

pub fn srem(call: &mut Call, argv: &[Blob]) -> Ran {
    let key = &argv[1];
    let mut removed = 0;
    if call.check_as::<Set>(key)? {
        removed =
            call.edit(key, |set: &mut Set| argv[2..].iter().filter(|member| set.remove(member)).count());
    }
    if removed > 0 {
        call.effects.dirty += removed as u64;
        call.touch(key);
        call.notify_taken(Classes::SET, "srem", key);
    }
    call.reply.integer(removed as i64);
    Ok(Outcome::Done)
}

pub fn smove(call: &mut Call, argv: &[Blob]) -> Ran {
    let (from, to, member) = (&argv[1], &argv[2], &argv[3]);
    // Both are looked up before either type is checked.
    call.gone(call.db, from, true);
    call.gone(call.db, to, true);
    let Some(source) = call.write_as::<Set>(from)? else {
        call.reply.integer(0);
        return Ok(Outcome::Done);
    };
    call.check_as::<Set>(to)?;
    let there = source.contains(member);
    drop(source);
    if from == to {
        let answer = there || !call.at_least(Version::V4_0);
        call.reply.integer(i64::from(answer));
        return Ok(Outcome::Done);
    }
    if there {
        let settings = call.settings;
        call.edit(from, |set: &mut Set| set.remove(member));
        call.changed(from);
        call.notify_taken(Classes::SET, "srem", from);
        if !call.at_least(Version::V7_0) {
            // Up to 6.2 the target counts as changed also when the member was there.
            call.touch(to);
        }
        if call.edit(to, |set: &mut Set| set.insert(member.clone(), settings)) {
            call.changed(to);
            call.notify(Classes::SET, "sadd", to);
        }
    }
    call.reply.integer(i64::from(there));
    Ok(Outcome::Done)
}

pub fn sismember(call: &mut Call, argv: &[Blob]) -> Ran {
    let member = call.read_as::<Set>(&argv[1])?.is_some_and(|set| set.contains(&argv[2]));
    call.reply.integer(i64::from(member));
    Ok(Outcome::Done)
}

pub fn smismember(call: &mut Call, argv: &[Blob]) -> Ran {
    let set = call.read_as::<Set>(&argv[1])?;
    call.reply.array(argv.len() - 2);
    for member in &argv[2..] {
        let answer = set.as_ref().is_some_and(|set| set.contains(member));
        call.reply.integer(i64::from(answer));
    }
    Ok(Outcome::Done)
}

pub fn scard(call: &mut Call, argv: &[Blob]) -> Ran {
    let length = call.read_as::<Set>(&argv[1])?.map_or(0, |set| set.len());
    call.reply.integer(length as i64);
    Ok(Outcome::Done)
}

pub fn spop(call: &mut Call, argv: &[Blob]) -> Ran {
    let key = &argv[1];
    match &argv[2..] {
        [] => {}
        [count] => return spop_count(call, key, count),
        _ => return Err(errors::SYNTAX),
    }
    let Some(set) = call.write_as::<Set>(key)? else {
        call.reply.null_bulk();
        return Ok(Outcome::Done);
    };
    let member = set.random(call.rng).unwrap_or_default();
    drop(set);
    call.edit(key, |set: &mut Set| set.remove(&member));
    call.changed(key);
    call.notify_taken(Classes::SET, "spop", key);
    call.reply.bulk(&member);
    call.rewrite([blob("SREM"), key.clone(), member]);
    Ok(Outcome::Done)
}

fn spop_count(call: &mut Call, key: &Blob, count: &Blob) -> Ran {
    let count = if call.at_least(Version::V7_0) {
        call.positive(count)?
    } else {
        Some(call.int(count)?).filter(|n| *n >= 0).ok_or(errors::INDEX_OUT_OF_RANGE)?
    };
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    let set = call.write_as::<Set>(key)?.filter(|_| count > 0);
    let Some(set) = set else {
        call.reply.array(0);
        return Ok(Outcome::Done);
    };
    let all: Vec<Blob> = set.iter().collect();
    drop(set);
    call.touch(key);
    if count >= all.len() {
        call.effects.dirty += all.len() as u64;
        call.dict_mut().remove(key);
        call.notify_taken(Classes::SET, "spop", key);
        call.rewrite([blob("DEL"), key.clone()]);
        reply_members(call, all.iter());
        return Ok(Outcome::Done);
    }
    let popped = random::several(&all, count as i64, call.rng)?;
    reply_members(call, popped.iter());
    // Redis rebuilds the set when little is to be left of it, which can make it an intset again.
    let rebuilds = (all.len() - count) * 5 <= count;
    let settings = call.settings;
    call.edit(key, |set: &mut Set| {
        popped.iter().for_each(|member| {
            set.remove(member);
        });
        if rebuilds {
            *set = collect(set.iter(), settings);
        }
    });
    call.effects.dirty += popped.len() as u64;
    call.notify(Classes::SET, "spop", key);
    call.effects.own = Own::Nothing;
    for member in popped {
        call.effects.ops.push(Op { db: call.db, argv: [blob("SREM"), key.clone(), member].into() });
    }
    Ok(Outcome::Done)
}

fn collect(members: impl Iterator<Item = Blob>, settings: &Settings) -> Set {
    let mut set = Set::default();
    members.for_each(|member| {
        set.insert(member, settings);
    });
    set
}

fn reply_members<'a>(call: &mut Call, members: impl ExactSizeIterator<Item = &'a Blob>) {
    call.reply.array(members.len());
    members.for_each(|member| call.reply.bulk(member));
}

pub fn srandmember(call: &mut Call, argv: &[Blob]) -> Ran {
    let key = &argv[1];
    let count = match &argv[2..] {
        [] => None,
        [count] => Some(random::count(call, count)?),
        _ => return Err(errors::SYNTAX),
    };
    let set = call.read_as::<Set>(key)?;
    let Some(count) = count else {
        match set.and_then(|set| set.random(call.rng)) {
            Some(member) => call.reply.bulk(&member),
            None => call.reply.null_bulk(),
        }
        return Ok(Outcome::Done);
    };
    let all: Vec<Blob> = set.iter().flat_map(|set| set.iter()).collect();
    let picked = random::several(&all, count, call.rng)?;
    reply_members(call, picked.iter());
    Ok(Outcome::Done)
}

/// The sets at `keys`; `None` for missing keys.
fn sources(call: &mut Call, keys: &[Blob]) -> Result<Vec<Option<Rc<Set>>>, Refused> {
    keys.iter().map(|key| call.read_as::<Set>(key)).collect()
}

enum Operation {
    Union,
    Difference,
}

fn combine(call: &mut Call, keys: &[Blob], operation: Operation) -> Result<Set, Refused> {
    let sets = sources(call, keys)?;
    let settings = call.settings;
    Ok(match operation {
        Operation::Union => collect(sets.iter().flatten().flat_map(|set| set.iter()), settings),
        Operation::Difference => {
            let (first, others) = sets.split_first().expect("arity: one key at least");
            let others: Vec<_> = others.iter().flatten().collect();
            let members = first.iter().flat_map(|set| set.iter());
            difference(first.as_deref(), members, &others, settings)
        }
    })
}

/// Members of the first set that are in no other. Redis has two ways to do it, which can leave another
/// encoding: adding what is to stay, or removing what is not (`sunionDiffGenericCommand`).
fn difference(
    first: Option<&Set>,
    members: impl Iterator<Item = Blob>,
    others: &[&Rc<Set>],
    settings: &Settings,
) -> Set {
    let Some(first) = first else { return Set::default() };
    let one: usize = first.len() * (others.len() + 1) / 2;
    let two: usize = first.len() + others.iter().map(|set| set.len()).sum::<usize>();
    if one <= two {
        return collect(members.filter(|member| !others.iter().any(|set| set.contains(member))), settings);
    }
    let mut set = collect(members, settings);
    for other in others {
        other.iter().for_each(|member| {
            set.remove(&member);
        });
        if set.is_empty() {
            return Set::default();
        }
    }
    set
}

/// The common members. Before 7.0 the types of keys after a missing one are not looked at.
fn intersect(call: &mut Call, keys: &[Blob], limit: usize) -> Result<Option<Vec<Blob>>, Refused> {
    let mut sets = Vec::new();
    let mut missing = false;
    for key in keys {
        match call.read_as::<Set>(key)? {
            Some(set) => sets.push(set),
            None if call.at_least(Version::V7_0) => missing = true,
            None => return Ok(None),
        }
    }
    if missing {
        return Ok(None);
    }
    sort_by_key(&mut sets, |set| set.len());
    let (smallest, others) = sets.split_first().expect("arity: one key at least");
    let common = smallest.iter().filter(|member| others.iter().all(|set| set.contains(member)));
    Ok(Some(common.take(limit).collect()))
}

pub fn sinter(call: &mut Call, argv: &[Blob]) -> Ran {
    let common = intersect(call, &argv[1..], usize::MAX)?.unwrap_or_default();
    reply_members(call, common.iter());
    Ok(Outcome::Done)
}

pub fn sinterstore(call: &mut Call, argv: &[Blob]) -> Ran {
    let length = match intersect(call, &argv[2..], usize::MAX)? {
        Some(common) => {
            let set = collect(common.into_iter(), call.settings);
            store_set(call, &argv[1], set, "sinterstore")
        }
        None => {
            if call.dict_mut().remove(&argv[1]).is_some() {
                call.changed(&argv[1]);
                if call.at_least(Version::V7_0) {
                    call.notify(Classes::GENERIC, "del", &argv[1]);
                }
            }
            0
        }
    };
    call.reply.integer(length as i64);
    Ok(Outcome::Done)
}

pub fn sintercard(call: &mut Call, argv: &[Blob]) -> Ran {
    let refusal = text("ERR numkeys should be greater than 0");
    let count = call.int_or(&argv[1], refusal.clone())?;
    let count = usize::try_from(count).ok().filter(|n| *n > 0).ok_or(refusal)?;
    if count > argv.len() - 2 {
        return Err(text("ERR Number of keys can't be greater than number of args"));
    }
    let (keys, rest) = argv[2..].split_at(count);
    let mut limit = 0;
    let mut words = rest.iter();
    while let Some(word) = words.next() {
        match words.next() {
            Some(value) if is(word, "limit") => {
                limit = call.not_negative(value, "ERR LIMIT can't be negative")?
            }
            _ => return Err(errors::SYNTAX),
        }
    }
    let limit = if limit == 0 { usize::MAX } else { usize::try_from(limit).unwrap_or(usize::MAX) };
    let common = intersect(call, keys, limit)?.map_or(0, |common| common.len());
    call.reply.integer(common as i64);
    Ok(Outcome::Done)
}

fn show(call: &mut Call, argv: &[Blob], operation: Operation) -> Ran {
    let set = combine(call, &argv[1..], operation)?;
    call.reply.array(set.len());
    set.iter().for_each(|member| call.reply.bulk(&member));
    Ok(Outcome::Done)
}

fn store(call: &mut Call, argv: &[Blob], operation: Operation) -> Ran {
    let event = match operation {
        Operation::Union => "sunionstore",
        Operation::Difference => "sdiffstore",
    };
    let set = combine(call, &argv[2..], operation)?;
    let length = store_set(call, &argv[1], set, event);
    call.reply.integer(length as i64);
    Ok(Outcome::Done)
}

/// Stores a result. Before 7.0 storing nothing over nothing counts as a change, too.
fn store_set(call: &mut Call, key: &Blob, set: Set, event: &'static str) -> usize {
    let before = call.effects.dirty;
    let length = call.store(key, set, (Classes::SET, event));
    if call.effects.dirty == before && !call.at_least(Version::V7_0) {
        call.changed(key);
    }
    length
}

pub fn sunion(call: &mut Call, argv: &[Blob]) -> Ran {
    show(call, argv, Operation::Union)
}

pub fn sunionstore(call: &mut Call, argv: &[Blob]) -> Ran {
    store(call, argv, Operation::Union)
}

pub fn sdiff(call: &mut Call, argv: &[Blob]) -> Ran {
    show(call, argv, Operation::Difference)
}

pub fn sdiffstore(call: &mut Call, argv: &[Blob]) -> Ran {
    store(call, argv, Operation::Difference)
}

pub fn sscan(call: &mut Call, argv: &[Blob]) -> Ran {
    let cursor = scan::parse_cursor(&argv[2])?;
    let Some(set) = call.read_as::<Set>(&argv[1])? else {
        scan::reply(call, 0, &[]);
        return Ok(Outcome::Done);
    };
    let scan = scan::parse(call, cursor, &argv[3..], false)?;
    match &*set {
        Set::Table(table) => scan::scan_dict(call, &scan, table, |member, (), out| out.push(member.clone())),
        Set::Ints(_) => {
            let items: Vec<Blob> = set.iter().filter(|member| scan.wants(member)).collect();
            scan::reply(call, 0, &items);
        }
    }
    Ok(Outcome::Done)
}
