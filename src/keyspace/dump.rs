//! `DUMP` and `RESTORE`: one value as bytes (`cluster.c`; up to 2.8 `migrate.c`).

use super::args::{blob, decimal, is};
use super::call::{Call, Outcome};
use super::db::Entry;
use super::errors::{self, Ran, Refused, text};
use super::notify::Classes;
use super::snapshot::build;
use crate::base::{Blob, UnixMs, Version};
use crate::rdb::{self, PayloadError, RdbErrorKind};

const BAD_DATA: Refused = text("ERR Bad data format");

pub fn dump(call: &mut Call, argv: &[Blob]) -> Ran {
    let profile = call.profile;
    let Some(entry) = call.read(&argv[1]).cloned() else {
        call.reply.null_bulk();
        return Ok(Outcome::Done);
    };
    let value = Entry { expire: None, ..entry };
    let bytes = rdb::payload(profile, |rdb| value.write_rdb(b"", rdb, profile));
    call.reply.bulk(&bytes);
    Ok(Outcome::Done)
}

#[derive(Default)]
struct Options {
    replace: bool,
    absolute: bool,
}

fn options(call: &Call, words: &[Blob]) -> Result<Options, Refused> {
    let modern = call.at_least(Version::V7_0);
    let mut options = Options::default();
    let (mut idle, mut frequency) = (false, false);
    let mut at = 0;
    while at < words.len() {
        let (word, number) = (&words[at], words.get(at + 1));
        match number {
            _ if is(word, "replace") => options.replace = true,
            _ if modern && is(word, "absttl") => options.absolute = true,
            // Access times are not kept; the numbers are checked all the same.
            Some(number) if modern && is(word, "idletime") && !frequency => {
                if call.int(number)? < 0 {
                    return Err(text("ERR Invalid IDLETIME value, must be >= 0"));
                }
                (idle, at) = (true, at + 1);
            }
            Some(number) if modern && is(word, "freq") && !idle => {
                if !(0..=255).contains(&call.int(number)?) {
                    return Err(text("ERR Invalid FREQ value, must be >= 0 and <= 255"));
                }
                (frequency, at) = (true, at + 1);
            }
            _ => return Err(errors::SYNTAX),
        }
        at += 1;
    }
    Ok(options)
}

pub fn restore(call: &mut Call, argv: &[Blob]) -> Ran {
    let key = &argv[1];
    let options = options(call, &argv[4..])?;
    if !options.replace && call.write(key).is_some() {
        return Err(text(match call.profile.version {
            Version::V2_6 | Version::V2_8 => "ERR Target key name is busy.",
            _ => "BUSYKEY Target key name already exists.",
        }));
    }
    let ttl = call.int(&argv[2])?;
    if ttl < 0 {
        return Err(text("ERR Invalid TTL value, must be >= 0"));
    }
    let value = rdb::read_payload(&argv[3], call.profile, !call.skips_checksums).map_err(refusal)?;
    let value = build(value, call.settings).ok().flatten().ok_or(BAD_DATA)?;
    let replaced = options.replace && call.dict_mut().remove(key).is_some();
    let at = if options.absolute { ttl } else { ttl.wrapping_add(call.now.0) };
    let expire = (ttl != 0).then_some(UnixMs(at));
    call.reply.simple("OK");
    if call.at_least(Version::V7_0) && expire.is_some_and(|at| call.already_expired(at)) {
        if replaced {
            call.rewrite([blob("DEL"), key.clone()]);
            call.changed(key);
            call.notify(Classes::GENERIC, "del", key);
        }
        return Ok(Outcome::Done);
    }
    call.dict_mut().insert(key, Entry { value, expire });
    call.announce(call.db, key);
    call.changed(key);
    call.notify(Classes::NEW, "new", key);
    if call.at_least(Version::V7_0) {
        call.notify(Classes::GENERIC, "restore", key);
    }
    if call.at_least(Version::V7_0) && expire.is_some() && !options.absolute {
        let mut rewritten = argv.to_vec();
        rewritten[2] = decimal(at);
        rewritten.push(blob("ABSTTL"));
        call.rewrite(rewritten);
    }
    Ok(Outcome::Done)
}

fn refusal(error: PayloadError) -> Refused {
    match error {
        PayloadError::VersionOrChecksum => text("ERR DUMP payload version or checksum are wrong"),
        PayloadError::Bad(error) => match error.kind {
            RdbErrorKind::Unsupported(what) => format!("ERR unsupported in Resync: {what}").into(),
            _ => BAD_DATA,
        },
    }
}
