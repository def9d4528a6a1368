//! Expiry commands (`expire.c`; up to 2.8 in `db.c`).

use super::args::{blob, decimal, is};
use super::call::{Call, Origin, Outcome};
use super::errors::{Ran, Refused, quoting, text};
use super::notify::Classes;
use crate::base::{Blob, UnixMs, Version};

impl Call<'_> {
    /// Whether setting this expiry deletes at once: only a master does that (`checkAlreadyExpired`).
    pub(super) fn already_expired(&self, at: UnixMs) -> bool {
        at <= self.now && self.origin == Origin::Client
    }

    /// Deletes a key whose new expiry lies in the past and propagates a deletion in place of the command.
    pub(super) fn delete_expired_now(&mut self, key: &Blob) {
        self.dict_mut().remove(key);
        let name = if self.settings.lazy_expire { "UNLINK" } else { "DEL" };
        self.rewrite([blob(name), key.clone()]);
        self.changed(key);
        self.notify(Classes::GENERIC, "del", key);
    }
}

#[derive(Default)]
struct Conditions {
    none: bool,
    some: bool,
    greater: bool,
    less: bool,
}

fn conditions(options: &[Blob]) -> Result<Conditions, Refused> {
    let mut c = Conditions::default();
    for option in options {
        match () {
            _ if is(option, "nx") => c.none = true,
            _ if is(option, "xx") => c.some = true,
            _ if is(option, "gt") => c.greater = true,
            _ if is(option, "lt") => c.less = true,
            _ => return Err(quoting("ERR Unsupported option ", option, "")),
        }
    }
    if c.none && (c.some || c.greater || c.less) {
        return Err(text("ERR NX and XX, GT or LT options at the same time are not compatible"));
    }
    if c.greater && c.less {
        return Err(text("ERR GT and LT options at the same time are not compatible"));
    }
    Ok(c)
}

/// Which of the four commands: name, in seconds, absolute.
struct Kind {
    name: &'static str,
    seconds: bool,
    absolute: bool,
}

fn expire_any(call: &mut Call, argv: &[Blob], kind: Kind) -> Ran {
    let key = &argv[1];
    let modern = call.at_least(Version::V7_0);
    let conditions = conditions(&argv[3..])?;
    let n = call.int(&argv[2])?;
    let base = if kind.absolute { 0 } else { call.now.0 };
    let at = if modern {
        let ms = if kind.seconds { n.checked_mul(1000) } else { Some(n) };
        ms.and_then(|ms| ms.checked_add(base)).ok_or_else(|| call.invalid_expire(kind.name))?
    } else {
        (if kind.seconds { n.wrapping_mul(1000) } else { n }).wrapping_add(base)
    };
    let at = UnixMs(at);
    let found = call.write(key).map(|entry| entry.expire);
    let applies = found.is_some_and(|now| {
        !(conditions.none && now.is_some()
            || conditions.some && now.is_none()
            || conditions.greater && now.is_none_or(|now| at <= now)
            || conditions.less && now.is_some_and(|now| at >= now))
    });
    if !applies {
        call.reply.integer(0);
        return Ok(Outcome::Done);
    }
    call.reply.integer(1);
    if call.already_expired(at) {
        call.delete_expired_now(key);
        return Ok(Outcome::Done);
    }
    call.dict_mut().set_expire(key, Some(at));
    call.changed(key);
    call.notify(Classes::GENERIC, "expire", key);
    if call.profile.propagates_absolute_expiry() && (kind.seconds || !kind.absolute) {
        let mut rewritten = argv.to_vec();
        rewritten[0] = blob("PEXPIREAT");
        rewritten[2] = decimal(at.0);
        call.rewrite(rewritten);
    }
    Ok(Outcome::Done)
}

pub fn expire(call: &mut Call, argv: &[Blob]) -> Ran {
    expire_any(call, argv, Kind { name: "expire", seconds: true, absolute: false })
}

pub fn pexpire(call: &mut Call, argv: &[Blob]) -> Ran {
    expire_any(call, argv, Kind { name: "pexpire", seconds: false, absolute: false })
}

pub fn expireat(call: &mut Call, argv: &[Blob]) -> Ran {
    expire_any(call, argv, Kind { name: "expireat", seconds: true, absolute: true })
}

pub fn pexpireat(call: &mut Call, argv: &[Blob]) -> Ran {
    expire_any(call, argv, Kind { name: "pexpireat", seconds: false, absolute: true })
}

fn ttl_any(call: &mut Call, key: &[u8], seconds: bool, absolute: bool) -> Ran {
    let now = if absolute { 0 } else { call.now.0 };
    let answer = match call.read(key).map(|entry| entry.expire) {
        // 2.6 did not tell a missing key from one without expiry.
        None if !call.at_least(Version::V2_8) => -1,
        None => -2,
        Some(None) => -1,
        Some(Some(at)) if at.0 < now && !call.at_least(Version::V2_8) => -1,
        Some(Some(at)) => {
            let left = at.0.wrapping_sub(now).max(0);
            // Rounded as the compiler of the servers does it: the sum does not overflow.
            if seconds { ((left as u64 + 500) / 1000) as i64 } else { left }
        }
    };
    call.reply.integer(answer);
    Ok(Outcome::Done)
}

pub fn ttl(call: &mut Call, argv: &[Blob]) -> Ran {
    ttl_any(call, &argv[1], true, false)
}

pub fn pttl(call: &mut Call, argv: &[Blob]) -> Ran {
    ttl_any(call, &argv[1], false, false)
}

pub fn expiretime(call: &mut Call, argv: &[Blob]) -> Ran {
    ttl_any(call, &argv[1], true, true)
}

pub fn pexpiretime(call: &mut Call, argv: &[Blob]) -> Ran {
    ttl_any(call, &argv[1], false, true)
}

pub fn persist(call: &mut Call, argv: &[Blob]) -> Ran {
    let key = &argv[1];
    // Before 4.0 PERSIST did not look at the clock: it saves a key that is due but still there.
    let found = if call.at_least(Version::V4_0) { call.write(key) } else { call.dict().get(key) };
    let expires = found.is_some_and(|entry| entry.expire.is_some());
    if expires {
        call.dict_mut().set_expire(key, None);
        call.effects.dirty += 1;
        if call.at_least(Version::V7_0) {
            call.touch(key);
            call.notify(Classes::GENERIC, "persist", key);
        }
    }
    call.reply.integer(i64::from(expires));
    Ok(Outcome::Done)
}
