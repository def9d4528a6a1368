//! KEYS and the SCAN family (`db.c:scanGenericCommand`).
//!
//! The cursor is the next hash to visit, so it needs no state in the server. Collections that Redis keeps in
//! one packed piece come back whole.

use super::args::{cursor, is};
use super::call::{Call, Outcome};
use super::dict::Dict;
use super::errors::{self, Ran, Refused, text};
use super::glob;
use crate::base::{Blob, Profile, Version};

pub fn keys(call: &mut Call, argv: &[Blob]) -> Ran {
    let pattern = &argv[1];
    let all = **pattern == *b"*";
    let matching =
        call.dict().iter().map(|(key, _)| key).filter(|key| all || matches(call.profile, pattern, key));
    let found: Vec<Blob> = matching.cloned().collect();
    let alive: Vec<Blob> = found.into_iter().filter(|key| !call.hides(key)).collect();
    call.reply.array(alive.len());
    alive.iter().for_each(|key| call.reply.bulk(key));
    Ok(Outcome::Done)
}

impl Call<'_> {
    /// Whether a listing leaves the key out because it has expired. Listings hide such keys on replicas of
    /// every release; since 7.0 KEYS no longer deletes them.
    fn hides(&mut self, key: &[u8]) -> bool {
        let expired = self.dict().get(key).is_some_and(|entry| entry.is_expired(self.now));
        if expired && !self.at_least(Version::V7_0) {
            self.gone(self.db, key, false);
        }
        expired && self.origin != super::Origin::Loading
    }
}

/// The options of a scan.
pub(super) struct Scan<'a> {
    pub cursor: u64,
    pub count: usize,
    profile: &'static Profile,
    pattern: Option<&'a Blob>,
    kind: Option<&'a Blob>,
}

impl Scan<'_> {
    pub fn wants(&self, name: &[u8]) -> bool {
        self.pattern.is_none_or(|pattern| **pattern == *b"*" || matches(self.profile, pattern, name))
    }
}

/// Releases up to 4.0 look at the terminator of an empty text.
fn matches(profile: &Profile, pattern: &[u8], text: &[u8]) -> bool {
    if text.is_empty() && profile.version <= Version::V4_0 {
        return glob::old_matches_nothing(pattern);
    }
    glob::matches(pattern, text)
}

pub(super) fn parse_cursor(arg: &[u8]) -> Result<u64, Refused> {
    cursor(arg).ok_or(text("ERR invalid cursor"))
}

/// Reads the words after the cursor.
pub(super) fn parse<'a>(
    call: &Call,
    cursor: u64,
    words: &'a [Blob],
    of_keys: bool,
) -> Result<Scan<'a>, Refused> {
    let mut scan = Scan { cursor, count: 10, profile: call.profile, pattern: None, kind: None };
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let value = words.next();
        match value {
            Some(value) if is(word, "count") => {
                let count = call.int(value)?;
                scan.count = usize::try_from(count).ok().filter(|n| *n > 0).ok_or(errors::SYNTAX)?;
            }
            Some(value) if is(word, "match") => scan.pattern = Some(value),
            Some(value) if is(word, "type") && of_keys && call.at_least(Version::V7_0) => {
                scan.kind = Some(value)
            }
            _ => return Err(errors::SYNTAX),
        }
    }
    Ok(scan)
}

pub fn scan(call: &mut Call, argv: &[Blob]) -> Ran {
    let cursor = parse_cursor(&argv[1])?;
    let scan = parse(call, cursor, &argv[2..], true)?;
    let mut found = Vec::new();
    let next = call.dict().keys().scan(scan.cursor, scan.count, |key, entry| {
        let of_kind = scan.kind.is_none_or(|kind| is(kind, entry.value.kind()));
        found.push((key.clone(), scan.wants(key), of_kind));
    });
    let mut names = Vec::new();
    for (key, wanted, of_kind) in found {
        // What does not match the pattern is not looked at and so does not expire.
        if wanted && !call.scan_skips(&key) && of_kind {
            names.push(key);
        }
    }
    reply(call, next, &names);
    Ok(Outcome::Done)
}

impl Call<'_> {
    fn scan_skips(&mut self, key: &[u8]) -> bool {
        let expired = self.dict().get(key).is_some_and(|entry| entry.is_expired(self.now));
        self.gone(self.db, key, false);
        expired && self.origin != super::Origin::MasterStream
    }
}

pub(super) fn reply(call: &mut Call, next: u64, items: &[Blob]) {
    call.reply.array(2);
    call.reply.bulk(next.to_string().as_bytes());
    call.reply.array(items.len());
    items.iter().for_each(|item| call.reply.bulk(item));
}

/// Scans a collection kept as a map; `visit` turns an element into words of the reply.
pub(super) fn scan_dict<V>(
    call: &mut Call,
    scan: &Scan,
    dict: &Dict<V>,
    mut visit: impl FnMut(&Blob, &V, &mut Vec<Blob>),
) {
    let mut items = Vec::new();
    let next = dict.scan(scan.cursor, scan.count, |name, value| {
        if scan.wants(name) {
            visit(name, value, &mut items);
        }
    });
    reply(call, next, &items);
}
