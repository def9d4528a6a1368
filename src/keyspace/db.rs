//! Databases: keys with their values and expiry.
//!
//! A database is a map from key to [`Entry`] plus an index of the entries that expire, by time. The index is
//! what lets the master find due keys without looking at the others, and says when to look next.

use imbl::OrdSet;

use super::dict::Dict;
use super::value::Value;
use crate::base::{Blob, UnixMs};

/// How many databases a server has by default.
pub const DATABASES: u32 = 16;

/// A value and the moment from which it no longer exists.
#[derive(Clone, Debug)]
pub struct Entry {
    pub value: Value,
    pub expire: Option<UnixMs>,
}

impl Entry {
    pub fn is_expired(&self, now: UnixMs) -> bool {
        is_past(self.expire, now)
    }
}

/// Redis counts a key as expired when the moment lies strictly in the past. Moments before 1970 (old releases get there
/// by overflow) do not count.
pub(super) fn is_past(expire: Option<UnixMs>, now: UnixMs) -> bool {
    expire.is_some_and(|at| at.0 >= 0 && now > at)
}

/// One database.
#[derive(Clone, Debug, Default)]
pub struct Db {
    keys: Dict<Entry>,
    expires: OrdSet<(UnixMs, Blob)>,
}

impl Db {
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// How many keys have an expiry.
    pub fn expiring(&self) -> usize {
        self.expires.len()
    }

    /// The keys with an expiry, soonest first.
    pub fn expiries(&self) -> impl Iterator<Item = (UnixMs, &Blob)> {
        self.expires.iter().map(|(at, key)| (*at, key))
    }

    /// The mean time to live in milliseconds of the keys that expire, 0 without any (`INFO keyspace`).
    pub fn average_ttl(&self, now: UnixMs) -> i64 {
        let sum: i128 =
            self.expires.iter().map(|(at, _)| (i128::from(at.0) - i128::from(now.0)).max(0)).sum();
        sum.checked_div(self.expires.len() as i128).unwrap_or(0) as i64
    }

    pub fn get(&self, key: &[u8]) -> Option<&Entry> {
        self.keys.get(key)
    }

    pub fn get_key_value(&self, key: &[u8]) -> Option<(&Blob, &Entry)> {
        self.keys.get_key_value(key)
    }

    pub fn contains(&self, key: &[u8]) -> bool {
        self.keys.contains(key)
    }

    /// The value for changing in place; what is shared with a clone is copied first.
    pub fn value_mut(&mut self, key: &[u8]) -> Option<&mut Value> {
        self.keys.get_mut(key).map(|entry| &mut entry.value)
    }

    /// Sets a key, replacing value and expiry. Returns the expiry of what was there.
    pub fn insert(&mut self, key: &Blob, entry: Entry) -> Option<Option<UnixMs>> {
        self.put(key, entry.value, entry.expire, |value| value, |old, new| *old = new)
    }

    /// As [`Db::insert`], a string that lives on elsewhere: one that is replaced lends its memory if it can.
    pub fn insert_string(
        &mut self,
        key: &Blob,
        bytes: &Blob,
        expire: Option<UnixMs>,
    ) -> Option<Option<UnixMs>> {
        self.put(key, bytes, expire, |bytes| Value::from(bytes.clone()), Value::overwrite)
    }

    fn put<N>(
        &mut self,
        key: &Blob,
        new: N,
        expire: Option<UnixMs>,
        make: impl FnOnce(N) -> Value,
        replace: impl FnOnce(&mut Value, N),
    ) -> Option<Option<UnixMs>> {
        let make = |new| Entry { value: make(new), expire };
        let was = self.keys.upsert(key, new, make, |old, new| {
            replace(&mut old.value, new);
            std::mem::replace(&mut old.expire, expire)
        });
        let before = was.flatten();
        if before != expire {
            if let Some(at) = before {
                self.expires.remove(&(at, key.clone()));
            }
            if let Some(at) = expire {
                self.expires.insert((at, key.clone()));
            }
        }
        was
    }

    pub fn remove(&mut self, key: &[u8]) -> Option<(Blob, Entry)> {
        let (key, entry) = self.keys.remove(key)?;
        if let Some(at) = entry.expire {
            self.expires.remove(&(at, key.clone()));
        }
        Some((key, entry))
    }

    /// Sets or clears the expiry of an existing key.
    pub fn set_expire(&mut self, key: &[u8], expire: Option<UnixMs>) {
        let Some((key, entry)) = self.keys.get_key_value(key) else { return };
        let (key, was) = (key.clone(), entry.expire);
        if was == expire {
            return;
        }
        if let Some(entry) = self.keys.get_mut(&key) {
            entry.expire = expire;
        }
        if let Some(was) = was {
            self.expires.remove(&(was, key.clone()));
        }
        if let Some(at) = expire {
            self.expires.insert((at, key));
        }
    }

    /// Fetches from memory what commands on these keys will need, see [`Dict::warm`]; not worth it for few keys.
    pub fn warm<'k>(&self, keys: impl Iterator<Item = &'k [u8]>) {
        const FEW: usize = 4096;
        if self.len() > FEW {
            let near = |entry: &Entry| usize::from(entry.expire.is_some());
            self.keys.warm(keys, near, |entry| entry.value.touch());
        }
    }

    /// The keys and entries in the order of the keys' hashes.
    pub fn iter(&self) -> impl Iterator<Item = (&Blob, &Entry)> {
        self.keys.iter()
    }

    /// The map itself, for scans and random choice.
    pub fn keys(&self) -> &Dict<Entry> {
        &self.keys
    }
}

/// All that a server holds.
#[derive(Clone, Debug)]
pub struct Keyspace {
    dbs: Vec<Db>,
}

impl Default for Keyspace {
    fn default() -> Keyspace {
        Keyspace::new(DATABASES)
    }
}

impl Keyspace {
    pub fn new(databases: u32) -> Keyspace {
        Keyspace { dbs: vec![Db::default(); databases.max(1) as usize] }
    }

    pub fn databases(&self) -> u32 {
        self.dbs.len() as u32
    }

    /// The database `index`, which the caller has checked against [`Keyspace::databases`].
    pub fn db(&self, index: u32) -> &Db {
        &self.dbs[index as usize]
    }

    pub fn db_mut(&mut self, index: u32) -> &mut Db {
        &mut self.dbs[index as usize]
    }

    pub fn iter(&self) -> impl Iterator<Item = (u32, &Db)> {
        self.dbs.iter().enumerate().map(|(i, db)| (i as u32, db))
    }

    pub fn swap(&mut self, a: u32, b: u32) {
        self.dbs.swap(a as usize, b as usize);
    }

    /// The number of keys in database `index`.
    pub fn dbsize(&self, index: u32) -> usize {
        self.db(index).len()
    }

    /// The number of keys in all databases.
    pub fn len(&self) -> usize {
        self.dbs.iter().map(Db::len).sum()
    }

    pub fn is_empty(&self) -> bool {
        self.dbs.iter().all(Db::is_empty)
    }

    /// The soonest expiry of any key.
    pub fn next_expiry(&self) -> Option<UnixMs> {
        self.dbs.iter().filter_map(|db| db.expires.get_min().map(|(at, _)| *at)).min()
    }

    /// Deletes keys that are due, soonest first within each database, at most `budget` of them. The caller
    /// propagates a deletion for each, without MULTI (`expire.c:activeExpireCycle`).
    pub fn active_expire(&mut self, now: UnixMs, budget: usize) -> Vec<(u32, Blob)> {
        let mut gone = Vec::new();
        for (index, db) in self.dbs.iter_mut().enumerate() {
            while gone.len() < budget {
                let Some((_, key)) = db.expires.get_min().filter(|(at, _)| now > *at) else { break };
                let key = key.clone();
                db.remove(&key);
                gone.push((index as u32, key));
            }
        }
        gone
    }
}
