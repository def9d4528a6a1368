//! MULTI, EXEC, DISCARD, WATCH (`multi.c`, 7.0.15 and 2.8.17).

use crate::base::{Blob, Profile};
use crate::keyspace::{CommandSpec, Flags, Flushed, Touched};
use crate::resp::{Argv, Reply, argv};

use super::client::Multi;
use super::dispatch::Found;
use super::monitor::Moment;
use super::trace::{Event, StreamKind};
use super::waiting::time_is_up;
use super::{ConnId, Node};

impl Node {
    pub(super) fn multi_command(&mut self, conn: ConnId, reply: &mut Reply) {
        let Some(client) = self.clients.get_mut(&conn) else { return };
        if client.multi.is_some() {
            return reply.error("ERR MULTI calls can not be nested");
        }
        client.multi = Some(Multi::default());
        reply.ok();
    }

    pub(super) fn discard_command(&mut self, conn: ConnId, reply: &mut Reply) {
        let Some(client) = self.clients.get_mut(&conn) else { return };
        if client.multi.take().is_none() {
            return reply.error("ERR DISCARD without MULTI");
        }
        self.unwatch(conn);
        reply.ok();
    }

    /// An EXEC that may not run ends its transaction (`multi.c:execCommandAbort` of 7.0). Returns what is answered.
    pub(super) fn abort_transaction(&mut self, conn: ConnId, error: &str) -> String {
        if let Some(client) = self.clients.get_mut(&conn) {
            client.multi = None;
        }
        self.unwatch(conn);
        let why = error.strip_prefix("ERR ").unwrap_or(error);
        format!("EXECABORT Transaction discarded because of: {why}")
    }

    pub(super) fn queue_in_transaction(&mut self, conn: ConnId, argv: Argv, reply: &mut Reply) {
        if let Some(multi) = self.clients.get_mut(&conn).and_then(|c| c.multi.as_mut()) {
            multi.queued.push(argv);
            reply.simple("QUEUED");
        }
    }

    /// Whether the queue of a transaction holds a write.
    pub(super) fn queued_writes(&self, conn: ConnId) -> bool {
        let multi = self.clients.get(&conn).and_then(|c| c.multi.as_ref());
        multi.is_some_and(|m| {
            m.queued.iter().any(|argv| self.find(&argv[0]).is_some_and(|f| f.spec().is_write()))
        })
    }

    /// Whether this holds for every command that the client has queued.
    pub(super) fn queued_all(&self, conn: ConnId, holds: fn(&Profile, &CommandSpec) -> bool) -> bool {
        let multi = self.clients.get(&conn).and_then(|c| c.multi.as_ref());
        let mut queued = multi.iter().flat_map(|m| m.queued.iter()).filter_map(|argv| self.find(&argv[0]));
        queued.all(|found| holds(self.profile, found.spec()))
    }

    pub(super) fn exec_command(&mut self, conn: ConnId, argv: &Argv, reply: &mut Reply) {
        self.break_on_expired_watch(conn);
        let Some(client) = self.clients.get_mut(&conn) else { return };
        let Some(multi) = client.multi.take() else { return reply.error("ERR EXEC without MULTI") };
        self.run_transaction(conn, multi, reply);
        if !self.profile.says_replica() {
            // Since 7.0 it is shown as other commands are.
            self.feed_monitors(conn, argv, reply);
        }
    }

    fn run_transaction(&mut self, conn: ConnId, multi: Multi, reply: &mut Reply) {
        let Some(client) = self.clients.get_mut(&conn) else { return };
        let watch_broken = client.watch_broken;
        let from_master = client.master().is_some();
        self.unwatch(conn);
        if multi.broken {
            return reply.error("EXECABORT Transaction discarded because of previous errors.");
        }
        if watch_broken {
            return reply.null_array();
        }
        reply.array(multi.queued.len());
        self.in_exec = Some(false);
        for queued in multi.queued {
            let Some(found) = self.find(&queued[0]) else { continue };
            match found {
                Found::Data(command) if from_master => {
                    let db = self.clients.get(&conn).map_or(0, |c| c.db);
                    let origin = crate::keyspace::Origin::MasterStream;
                    self.announce_in_transaction(conn, Found::Data(command));
                    self.show_to_monitors(Moment::Before, conn, &command.spec, &queued, reply);
                    let (outcome, _) = self.run_data(command, &queued, db, origin, reply);
                    self.collect_effects(db, &queued);
                    if let crate::keyspace::Outcome::Block(request) = outcome {
                        time_is_up(&request, reply);
                    }
                    self.show_to_monitors(Moment::After, conn, &command.spec, &queued, reply);
                }
                found => self.call(conn, found, &queued, reply),
            }
        }
        let announced = self.in_exec.take();
        if announced == Some(true) {
            let db = self.clients.get(&conn).map_or(0, |c| c.db);
            self.feed(db, argv(["EXEC"]), StreamKind::Frame);
        }
        if !from_master {
            let db = self.clients.get(&conn).map_or(0, |c| c.db);
            let argv = argv(["EXEC"]);
            self.trace.emit(self.now, || Event::Executed { conn, db, argv, changes: 0 });
        }
    }

    /// Up to 6.2 the first command of a transaction that is not read-only sends MULTI ahead.
    pub(super) fn announce_in_transaction(&mut self, conn: ConnId, found: Found) {
        let frames_by_effect = self.profile.frames_multiple_effects();
        if self.in_exec != Some(false) || frames_by_effect || !self.is_announced(found) {
            return;
        }
        self.in_exec = Some(true);
        let db = self.clients.get(&conn).map_or(0, |c| c.db);
        self.feed(db, argv(["MULTI"]), StreamKind::Frame);
    }

    /// Whether the tables of commands up to 4.0 lack the flags that keep MULTI back: *readonly*, which up to 2.8 nearly
    /// every command of the server has, and since 4.0 *admin*.
    fn is_announced(&self, found: Found) -> bool {
        match found {
            Found::Data(command) => !command.spec.flags.has(Flags::READONLY),
            Found::Server(command) if self.profile.speaks_psync2() => !command.spec.flags.has(Flags::ADMIN),
            Found::Server(command) => matches!(command.spec.name, "slaveof" | "role" | "debug"),
        }
    }

    // -- WATCH ------------------------------------------------------------------------------------------------

    pub(super) fn watch_command(&mut self, conn: ConnId, argv: &Argv, reply: &mut Reply) {
        let (now, notices) = (self.unix_now(), self.profile.expiry_breaks_watch());
        let Some(client) = self.clients.get_mut(&conn) else { return };
        if client.multi.is_some() {
            return reply.error("ERR WATCH inside MULTI is not allowed");
        }
        let db = client.db;
        let first = client.watched.is_empty();
        for key in argv.iter().skip(1) {
            if client.watched.iter().any(|w| w.db == db && w.key == *key) {
                continue;
            }
            let expired = notices && self.keyspace.db(db).get(key).is_some_and(|e| e.is_expired(now));
            client.watched.push(Watched { db, key: key.clone(), expired });
        }
        if first && !client.watched.is_empty() {
            self.watchers += 1;
        }
        reply.ok();
    }

    pub(super) fn unwatch(&mut self, conn: ConnId) {
        let Some(client) = self.clients.get_mut(&conn) else { return };
        if !client.watched.is_empty() {
            client.watched.clear();
            self.watchers -= 1;
        }
        client.watch_broken = false;
    }

    /// A watched key that expired since counts as changed (6.2).
    fn break_on_expired_watch(&mut self, conn: ConnId) {
        if !self.profile.expiry_breaks_watch() {
            return;
        }
        let now = self.unix_now();
        let Some(client) = self.clients.get_mut(&conn) else { return };
        let keyspace = &self.keyspace;
        let expired =
            |w: &Watched| !w.expired && keyspace.db(w.db).get(&w.key).is_some_and(|e| e.is_expired(now));
        if client.watched.iter().any(expired) {
            client.watch_broken = true;
        }
    }

    /// Keys were deleted because their time had come.
    pub(super) fn touch_expired(&mut self, deleted: &[(u32, Blob)]) {
        if self.watchers > 0 && self.profile.expiry_breaks_watch() {
            let touched = |(db, key): &(u32, Blob)| Touched { db: *db, key: key.clone(), is_there: false };
            self.touch_watched(&deleted.iter().map(touched).collect::<Vec<_>>(), &[]);
        }
    }

    /// Breaks the transactions of clients that watch what changed (`touchWatchedKey`, `touchAllWatchedKeysInDb`).
    pub(super) fn touch_watched(&mut self, touched: &[Touched], flushed: &[Flushed]) {
        let (keyspace, now) = (&self.keyspace, self.unix_now());
        let notices_expired = self.profile.expiry_breaks_watch();
        for client in self.clients.values_mut().filter(|c| !c.watched.is_empty()) {
            for Watched { db, key, expired } in &mut client.watched {
                for touch in touched.iter().filter(|touch| touch.db == *db && touch.key == *key) {
                    match (*expired, touch.is_there) {
                        // A key whose time had come before is gone: for its clients nothing changed.
                        (true, false) => *expired = false,
                        (true, true) => {}
                        (false, _) => client.watch_broken = true,
                    }
                }
                let Some(emptied) = flushed.iter().find(|flushed| flushed.db == *db) else { continue };
                let was_there = emptied.before.contains(key);
                let entry = keyspace.db(*db).get(key);
                let is_stale = entry.is_some_and(|entry| entry.is_expired(now));
                match (was_there, entry.is_some()) {
                    (false, false) => {}
                    (_, false) if *expired => *expired = false,
                    (_, true) if *expired && is_stale => {}
                    (false, true) if notices_expired && is_stale => *expired = true,
                    _ => client.watch_broken = true,
                }
            }
        }
    }
}

/// A watched key. `expired`: its time had come already when WATCH was called.
#[derive(Clone, Debug)]
pub(super) struct Watched {
    pub(super) db: u32,
    pub(super) key: Blob,
    pub(super) expired: bool,
}
