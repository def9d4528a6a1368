//! Expiry as time passes: a master deletes keys whose time has come and tells its replicas; a replica waits to be told,
//! except for keys that its own clients gave a time.
//!
//! Sources: Redis 7.0.15 and 4.0.14 `expire.c:activeExpireCycle`, `expireSlaveKeys`, `rememberSlaveKeyWithExpire`;
//! 2.8.17 `redis.c:activeExpireCycle`, where a writable replica never deletes by itself.

use std::collections::BTreeSet;

use crate::base::{Blob, Instant, UnixMs};
use crate::keyspace::CommandSpec;
use crate::resp::Argv;

use super::Node;
use super::trace::{Event, StreamKind};

/// How many expired keys one look deletes before it lets others run.
const EXPIRE_MAX: usize = 1000;

/// A look for expired keys is taken ten times a second.
const EXPIRE_PERIOD_MS: u64 = 100;

/// Two hundred years, which an [`Instant`] can hold.
const FAR_MS: i64 = 200 * 365 * 86_400_000;

/// Keys with a time that a replica's own clients gave them, by that time. What is here may be outdated: the keyspace is
/// asked before anything is deleted.
pub(super) type OwnExpiries = BTreeSet<(UnixMs, u32, Blob)>;

/// The commands that give keys a time.
const GIVES_TIME: [&str; 13] = [
    "copy",
    "expire",
    "expireat",
    "getex",
    "move",
    "pexpire",
    "pexpireat",
    "psetex",
    "rename",
    "renamenx",
    "restore",
    "set",
    "setex",
];

impl Node {
    /// When the next key is due for deletion.
    pub(super) fn next_expiry(&self) -> Option<Instant> {
        if !self.expires_actively || self.booting.is_some() {
            return None;
        }
        let UnixMs(at) = match self.upstream.is_some() {
            false => self.keyspace.next_expiry()?,
            true => self.own_expiries.first()?.0,
        };
        // A key expires when its time lies strictly in the past; it is found at the next look.
        // A time beyond what an instant can hold never comes.
        let ms = at.saturating_add(1).saturating_sub(self.epoch.0).clamp(0, FAR_MS) as u64;
        let mut due = Instant::from_ms(ms.next_multiple_of(EXPIRE_PERIOD_MS)).max(self.now);
        if let Some(pause) = self.pauses.current(self.now) {
            // The data stand still until the pause is over.
            due = due.max(pause.until);
        }
        Some(due)
    }

    pub(super) fn expire_due_keys(&mut self) {
        if self.next_expiry().is_none_or(|due| due > self.now) {
            return;
        }
        match self.upstream.is_some() {
            false => self.delete_expired(EXPIRE_MAX),
            true => self.delete_own_expired(),
        }
    }

    /// Deletes keys whose time has come, each propagated on its own (`expire.c:activeExpireCycle`).
    pub(super) fn delete_expired(&mut self, max: usize) {
        let now = self.unix_now();
        let name = if self.config.live().lazy_expire { "UNLINK" } else { "DEL" };
        let deleted = self.keyspace.active_expire(now, max);
        self.stats.expired += deleted.len() as u64;
        self.touch_expired(&deleted);
        for (db, key) in deleted {
            self.tell_expired(db, &key);
            self.feed(db, [Blob::from(name.as_bytes()), key.clone()].into(), StreamKind::Write);
            self.trace.emit(self.now, || Event::Expired { db, key });
        }
    }

    /// A client of a writable replica ran a command that may have given keys a time.
    pub(super) fn note_own_expiry(&mut self, spec: &CommandSpec, db: u32, argv: &Argv) {
        if self.upstream.is_none()
            || self.config.live().read_only
            || !self.profile.replicas_expire_own_keys()
            || !GIVES_TIME.contains(&spec.name)
        {
            return;
        }
        let (first, last, step) = spec.keys;
        let last = if last < 0 { argv.len() as i32 + last } else { last };
        for at in (first..=last).step_by(step.max(1) as usize) {
            let Some(key) = argv.get(at as usize) else { break };
            if let Some(until) = self.keyspace.db(db).get(key).and_then(|entry| entry.expire) {
                self.own_expiries.insert((until, db, key.clone()));
            }
        }
    }

    /// What a replica's clients wrote is deleted here, and nobody is told (`expireSlaveKeys`).
    fn delete_own_expired(&mut self) {
        let now = self.unix_now();
        while let Some((noted, db, key)) = self.own_expiries.pop_first() {
            if noted >= now {
                self.own_expiries.insert((noted, db, key));
                break;
            }
            match self.keyspace.db(db).get(&key).and_then(|entry| entry.expire) {
                // Meanwhile it has lost its time, or is gone.
                None => {}
                Some(until) if until >= now => {
                    self.own_expiries.insert((until, db, key));
                }
                Some(_) => {
                    self.keyspace.db_mut(db).remove(&key);
                    self.stats.expired += 1;
                    self.touch_expired(&[(db, key.clone())]);
                    self.tell_expired(db, &key);
                    self.trace.emit(self.now, || Event::Expired { db, key });
                }
            }
        }
    }
}
