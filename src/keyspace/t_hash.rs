//! Commands on hashes (`t_hash.c`).

use super::args::{blob, decimal, is};
use super::call::{Call, Outcome};
use super::errors::{self, Ran, text};
use super::hash::Hash;
use super::notify::Classes;
use super::random;
use super::scan;
use crate::base::float::Float80;
use crate::base::{Blob, Version, parse_i64};

fn set_fields(call: &mut Call, argv: &[Blob]) -> usize {
    let settings = call.settings;
    call.edit(&argv[1], |hash: &mut Hash| {
        hash.prepare(&argv[2..], settings);
        let pairs = argv[2..].chunks_exact(2);
        pairs.filter(|pair| hash.set(pair[0].clone(), pair[1].clone(), settings)).count()
    })
}

pub fn hset(call: &mut Call, argv: &[Blob]) -> Ran {
    if argv.len() % 2 == 1 {
        return Err(if call.at_least(Version::V7_0) {
            errors::wrong_arity("hset")
        } else {
            text("ERR wrong number of arguments for HMSET")
        });
    }
    call.check_as::<Hash>(&argv[1])?;
    let created = set_fields(call, argv);
    call.effects.dirty += if call.at_least(Version::V7_0) { (argv.len() as u64 - 2) / 2 } else { 1 };
    call.touch(&argv[1]);
    call.notify(Classes::HASH, "hset", &argv[1]);
    call.reply.integer(created as i64);
    Ok(Outcome::Done)
}

pub fn hmset(call: &mut Call, argv: &[Blob]) -> Ran {
    if argv.len() % 2 == 1 {
        return Err(if call.at_least(Version::V7_0) {
            errors::wrong_arity("hmset")
        } else {
            text("ERR wrong number of arguments for HMSET")
        });
    }
    call.check_as::<Hash>(&argv[1])?;
    set_fields(call, argv);
    call.effects.dirty += if call.at_least(Version::V7_0) { (argv.len() as u64 - 2) / 2 } else { 1 };
    call.touch(&argv[1]);
    call.notify(Classes::HASH, "hset", &argv[1]);
    call.reply.simple("OK");
    Ok(Outcome::Done)
}

pub fn hsetnx(call: &mut Call, argv: &[Blob]) -> Ran {
    let key = &argv[1];
    let old = call.write_as::<Hash>(key)?;
    let new = old.is_none_or(|hash| hash.get(&argv[2]).is_none());
    if new {
        set_fields(call, argv);
        call.changed(key);
        call.notify(Classes::HASH, "hset", key);
    } else if !call.at_least(Version::V4_0) {
        // 2.x unpacks for a long value even if it is not set.
        let settings = call.settings;
        call.edit(key, |hash: &mut Hash| hash.prepare(&argv[2..], settings));
    }
    call.reply.integer(i64::from(new));
    Ok(Outcome::Done)
}

pub fn hget(call: &mut Call, argv: &[Blob]) -> Ran {
    match call.read_as::<Hash>(&argv[1])?.as_ref().and_then(|hash| hash.get(&argv[2])) {
        Some(value) => call.reply.bulk(value),
        None => call.reply.null_bulk(),
    }
    Ok(Outcome::Done)
}

pub fn hmget(call: &mut Call, argv: &[Blob]) -> Ran {
    let hash = call.read_as::<Hash>(&argv[1])?;
    call.reply.array(argv.len() - 2);
    for field in &argv[2..] {
        match hash.as_ref().and_then(|hash| hash.get(field)) {
            Some(value) => call.reply.bulk(value),
            None => call.reply.null_bulk(),
        }
    }
    Ok(Outcome::Done)
}

pub fn hdel(call: &mut Call, argv: &[Blob]) -> Ran {
    let key = &argv[1];
    let mut deleted = 0;
    if call.check_as::<Hash>(key)? {
        deleted =
            call.edit(key, |hash: &mut Hash| argv[2..].iter().filter(|field| hash.remove(field)).count());
    }
    if deleted > 0 {
        call.effects.dirty += deleted as u64;
        call.touch(key);
        call.notify_taken(Classes::HASH, "hdel", key);
    }
    call.reply.integer(deleted as i64);
    Ok(Outcome::Done)
}

pub fn hlen(call: &mut Call, argv: &[Blob]) -> Ran {
    let length = call.read_as::<Hash>(&argv[1])?.map_or(0, |hash| hash.len());
    call.reply.integer(length as i64);
    Ok(Outcome::Done)
}

pub fn hstrlen(call: &mut Call, argv: &[Blob]) -> Ran {
    let hash = call.read_as::<Hash>(&argv[1])?;
    let length = hash.as_ref().and_then(|hash| hash.get(&argv[2])).map_or(0, |value| value.len());
    call.reply.integer(length as i64);
    Ok(Outcome::Done)
}

pub fn hexists(call: &mut Call, argv: &[Blob]) -> Ran {
    let hash = call.read_as::<Hash>(&argv[1])?;
    let exists = hash.is_some_and(|hash| hash.get(&argv[2]).is_some());
    call.reply.integer(i64::from(exists));
    Ok(Outcome::Done)
}

fn list(call: &mut Call, key: &[u8], fields: bool, values: bool) -> Ran {
    let Some(hash) = call.read_as::<Hash>(key)? else {
        call.reply.array(0);
        return Ok(Outcome::Done);
    };
    call.reply.array(hash.len() * (usize::from(fields) + usize::from(values)));
    for (field, value) in hash.iter() {
        if fields {
            call.reply.bulk(field);
        }
        if values {
            call.reply.bulk(value);
        }
    }
    Ok(Outcome::Done)
}

pub fn hkeys(call: &mut Call, argv: &[Blob]) -> Ran {
    list(call, &argv[1], true, false)
}

pub fn hvals(call: &mut Call, argv: &[Blob]) -> Ran {
    list(call, &argv[1], false, true)
}

pub fn hgetall(call: &mut Call, argv: &[Blob]) -> Ran {
    list(call, &argv[1], true, true)
}

pub fn hincrby(call: &mut Call, argv: &[Blob]) -> Ran {
    let (key, field) = (&argv[1], &argv[2]);
    let by = call.int(&argv[3])?;
    let hash = call.write_as::<Hash>(key)?;
    let old = match hash.as_ref().and_then(|hash| hash.get(field)) {
        None => 0,
        Some(value) => match parse_i64(value) {
            Some(n) => n,
            None => call.int_or(value, text("ERR hash value is not an integer"))?,
        },
    };
    drop(hash);
    let sum = old.checked_add(by).ok_or(errors::OVERFLOW)?;
    set_value(call, key, field, decimal(sum), "hincrby");
    call.reply.integer(sum);
    Ok(Outcome::Done)
}

/// Sets a field to a computed value. Only since 7.0 a long one unpacks the hash.
fn set_value(call: &mut Call, key: &Blob, field: &Blob, value: Blob, event: &'static str) {
    let (settings, modern) = (call.settings, call.at_least(Version::V7_0));
    call.edit(key, |hash: &mut Hash| {
        if modern {
            hash.prepare([field, &value], settings);
        }
        hash.set(field.clone(), value, settings)
    });
    call.changed(key);
    call.notify(Classes::HASH, event, key);
}

pub fn hincrbyfloat(call: &mut Call, argv: &[Blob]) -> Ran {
    let (key, field) = (&argv[1], &argv[2]);
    let modern = call.at_least(Version::V7_0);
    let by = call.long_double(&argv[3])?;
    if modern && by.is_infinite() {
        return Err(text("ERR value is NaN or Infinity"));
    }
    let hash = call.write_as::<Hash>(key)?;
    let old = match hash.as_ref().and_then(|hash| hash.get(field)) {
        None => Float80::from_int(0),
        Some(value) => call.parse_long_double(value).ok_or(text(if call.at_least(Version::V4_0) {
            "ERR hash value is not a float"
        } else {
            "ERR hash value is not a valid float"
        }))?,
    };
    drop(hash);
    let sum = old.plus(by);
    if modern && !sum.is_finite() {
        return Err(text("ERR increment would produce NaN or Infinity"));
    }
    let value = blob(call.print_long_double(sum));
    set_value(call, key, field, value.clone(), "hincrbyfloat");
    call.reply.bulk(&value);
    call.rewrite([blob("HSET"), key.clone(), field.clone(), value]);
    Ok(Outcome::Done)
}

pub fn hscan(call: &mut Call, argv: &[Blob]) -> Ran {
    let cursor = scan::parse_cursor(&argv[2])?;
    let Some(hash) = call.read_as::<Hash>(&argv[1])? else {
        scan::reply(call, 0, &[]);
        return Ok(Outcome::Done);
    };
    let scan = scan::parse(call, cursor, &argv[3..], false)?;
    match &*hash {
        Hash::Table(table) => scan::scan_dict(call, &scan, table, |field, value, out| {
            out.extend([field.clone(), value.clone()]);
        }),
        Hash::Packed(pairs) => {
            let wanted = pairs.iter().filter(|(field, _)| scan.wants(field));
            let items: Vec<Blob> = wanted.flat_map(|(field, value)| [field.clone(), value.clone()]).collect();
            scan::reply(call, 0, &items);
        }
    }
    Ok(Outcome::Done)
}

pub fn hrandfield(call: &mut Call, argv: &[Blob]) -> Ran {
    let Some(arg) = argv.get(2) else {
        let hash = call.read_as::<Hash>(&argv[1])?;
        let all: Vec<_> = hash.iter().flat_map(|hash| hash.iter()).map(|(field, _)| field.clone()).collect();
        match random::one(&all, call.rng) {
            Some(field) => call.reply.bulk(field),
            None => call.reply.null_bulk(),
        }
        return Ok(Outcome::Done);
    };
    let count = random::count(call, arg)?;
    let with_values = match &argv[3..] {
        [] => false,
        [word] if is(word, "withvalues") => true,
        _ => return Err(errors::SYNTAX),
    };
    if with_values && count.unsigned_abs() > i64::MAX as u64 / 2 {
        return Err(text("ERR value is out of range"));
    }
    let hash = call.read_as::<Hash>(&argv[1])?;
    let all: Vec<_> = hash.iter().flat_map(|hash| hash.iter()).collect();
    let picked = random::several(&all, count, call.rng)?;
    call.reply.array(picked.len() * if with_values { 2 } else { 1 });
    for (field, value) in picked {
        call.reply.bulk(field);
        if with_values {
            call.reply.bulk(value);
        }
    }
    Ok(Outcome::Done)
}
