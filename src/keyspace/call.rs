//! One execution of a command: what it is given and what it leaves behind.

use std::rc::Rc;

use super::db::{Db, Entry, Keyspace, is_past};
use super::errors::Refused;
use super::notify::{Classes, Notice};
use super::value::{Collection, Value};
use crate::base::{Blob, Profile, Rng, UnixMs, Version};
use crate::resp::{Argv, Reply};

/// On whose behalf a command runs. It decides what an expired key looks like (`db.c:expireIfNeeded`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Origin {
    /// A client of a master: expired keys are deleted and the deletion is propagated.
    Client,
    /// A client of a replica: expired keys read as missing (by profile) and stay.
    ReplicaClient,
    /// The stream from our master: expired keys are still there, only the master deletes.
    MasterStream,
    /// A file being loaded: nothing expires.
    Loading,
}

/// The configuration that data commands obey.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Settings {
    /// `hash-max-listpack-entries` (`-ziplist-` up to 6.2) and the longest field or value in bytes.
    pub hash_max_entries: usize,
    pub hash_max_value: usize,
    /// `list-max-ziplist-entries` and `-value`, up to 2.8.
    pub list_max_entries: usize,
    pub list_max_value: usize,
    /// `set-max-intset-entries`.
    pub set_max_intset: usize,
    /// `zset-max-listpack-entries` and the longest member in bytes.
    pub zset_max_entries: usize,
    pub zset_max_value: usize,
    /// `hll-sparse-max-bytes`.
    pub hll_sparse_max: usize,
    /// `lazyfree-lazy-expire`: expired keys are propagated as UNLINK.
    pub lazy_expire: bool,
    /// `lazyfree-lazy-user-del`: DEL behaves as UNLINK.
    pub lazy_user_del: bool,
    /// `lazyfree-lazy-server-del`.
    pub lazy_server_del: bool,
    /// `notify-keyspace-events`.
    pub events: Classes,
    /// `replica-read-only`.
    pub replica_read_only: bool,
    /// `proto-max-bulk-len`, also the longest string that a command may build, in bytes.
    pub string_max: u64,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            hash_max_entries: 512,
            hash_max_value: 64,
            list_max_entries: 512,
            list_max_value: 64,
            set_max_intset: 512,
            zset_max_entries: 128,
            zset_max_value: 64,
            hll_sparse_max: 3000,
            lazy_expire: false,
            lazy_user_del: false,
            lazy_server_del: false,
            events: Classes::default(),
            replica_read_only: true,
            string_max: 512 * 1024 * 1024,
        }
    }
}

/// A command to propagate, for the database it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Op {
    pub db: u32,
    pub argv: Argv,
}

/// How the executed command itself is propagated, if it changed anything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Own {
    /// In the client's own words.
    #[default]
    AsIs,
    /// Rewritten.
    Instead(Argv),
    /// Not at all; [`Effects::ops`] holds what replaces it.
    Nothing,
}

/// A key that was changed or deleted, and whether it was there afterwards (`touchWatchedKey`).
#[derive(Clone, Debug)]
pub struct Touched {
    pub db: u32,
    pub key: Blob,
    pub is_there: bool,
}

/// A database that was emptied or swapped: as it was before. Whoever watched a key in it needs to know.
#[derive(Clone, Debug)]
pub struct Flushed {
    pub db: u32,
    pub before: Db,
}

/// What a command leaves behind besides its reply. Kept and cleared between calls, so that it does not
/// allocate.
#[derive(Clone, Debug, Default)]
pub struct Effects {
    /// Changes made, as Redis counts them (`server.dirty`).
    pub dirty: u64,
    /// Propagated even without changes (FLUSHALL).
    pub forced: bool,
    /// Propagated before the command: deletions of expired keys, and the parts of a command that is split.
    pub ops: Vec<Op>,
    /// How the command itself is propagated when `dirty` grew or it was forced.
    pub own: Own,
    /// Set by the caller when any client watches a key; then `touched` is filled.
    pub watching: bool,
    /// Keys changed, for WATCH, in order.
    pub touched: Vec<Touched>,
    /// Databases emptied or swapped, for WATCH.
    pub flushed: Vec<Flushed>,
    /// Lists and sorted sets that came into being: a blocked client may wait for one.
    pub ready: Vec<(u32, Blob)>,
    /// Keyspace events to be told, in order.
    pub notices: Vec<Notice>,
    /// Keys that were found expired and deleted (`expired_keys`).
    pub expired: u64,
    /// Lookups for reading that found a key or did not (`keyspace_hits`, `keyspace_misses`).
    pub hits: u64,
    pub misses: u64,
}

impl Effects {
    /// Forgets everything but the allocations and `watching`.
    pub fn clear(&mut self) {
        let Effects { ops, touched, flushed, ready, notices, .. } = self;
        ops.clear();
        touched.clear();
        flushed.clear();
        ready.clear();
        notices.clear();
        self.own = Own::AsIs;
        self.dirty = 0;
        self.forced = false;
        (self.expired, self.hits, self.misses) = (0, 0, 0);
    }

    /// All that is to be propagated for a command that ran as `argv` on database `db`, in order.
    pub fn propagation<'a>(&'a self, db: u32, argv: &'a Argv) -> impl Iterator<Item = (u32, &'a Argv)> {
        let own = match &self.own {
            _ if self.dirty == 0 && !self.forced => None,
            Own::AsIs => Some((db, argv)),
            Own::Instead(argv) => Some((db, argv)),
            Own::Nothing => None,
        };
        self.ops.iter().map(|op| (op.db, &op.argv)).chain(own)
    }
}

/// How a command ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The reply is written.
    Done,
    /// Nothing to serve yet and no reply written: the client waits (`blocked.c`). Inside a transaction the
    /// caller answers at once as if time were up.
    Block(Box<BlockRequest>),
}

/// What a blocked client waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockRequest {
    /// Any of these, in the database of the call.
    pub keys: Vec<Blob>,
    /// Milliseconds from now; `None` waits for ever.
    pub timeout_ms: Option<u64>,
    /// What the client is told when time is up: a null array, or a null bulk.
    pub null_array: bool,
    /// What must be at the key, as `TYPE` names it.
    pub kind: &'static str,
    /// The command.
    pub argv: Argv,
}

/// One execution of a command.
pub struct Call<'a> {
    pub keyspace: &'a mut Keyspace,
    /// The client's selected database.
    pub db: u32,
    pub now: UnixMs,
    pub profile: &'static Profile,
    pub settings: &'a Settings,
    /// `RESTORE` takes a payload whatever its checksum says.
    pub skips_checksums: bool,
    pub rng: &'a mut Rng,
    pub origin: Origin,
    pub reply: &'a mut Reply,
    pub effects: &'a mut Effects,
}

/// How a key that has a past expiry appears to a call.
enum Seen {
    /// As if it were still valid.
    Alive,
    /// As missing, but it stays.
    Hidden,
    /// Deleted now.
    Deleted,
}

impl Call<'_> {
    pub(super) fn dict(&self) -> &Db {
        self.keyspace.db(self.db)
    }

    pub(super) fn dict_mut(&mut self) -> &mut Db {
        self.keyspace.db_mut(self.db)
    }

    pub(super) fn at_least(&self, version: Version) -> bool {
        self.profile.version >= version
    }

    fn seen_expired(&self, write: bool) -> Seen {
        match self.origin {
            Origin::Client => Seen::Deleted,
            Origin::MasterStream | Origin::Loading => Seen::Alive,
            // A writable replica of 7.0 deletes what it writes over; older ones write to the stale value.
            Origin::ReplicaClient if write && self.at_least(Version::V7_0) => {
                if self.settings.replica_read_only { Seen::Hidden } else { Seen::Deleted }
            }
            Origin::ReplicaClient if write || !self.profile.replicas_hide_expired_keys() => Seen::Alive,
            Origin::ReplicaClient => Seen::Hidden,
        }
    }

    /// Applies expiry to `key`; true when the call must take it for missing.
    pub(super) fn gone(&mut self, db: u32, key: &[u8], write: bool) -> bool {
        let data = self.keyspace.db(db);
        if data.expiring() == 0 || !data.get(key).is_some_and(|e| e.is_expired(self.now)) {
            return false;
        }
        match self.seen_expired(write) {
            Seen::Alive => false,
            Seen::Hidden => true,
            Seen::Deleted => {
                if let Some((key, _)) = self.keyspace.db_mut(db).remove(key) {
                    self.propagate_expired(db, key);
                }
                true
            }
        }
    }

    /// Notes that `key` was deleted because its time had come (`db.c:propagateDeletion`).
    pub(super) fn propagate_expired(&mut self, db: u32, key: Blob) {
        self.effects.expired += 1;
        self.in_database(db, |call| call.notify(Classes::EXPIRED, "expired", &key));
        if self.effects.watching && self.profile.expiry_breaks_watch() {
            self.effects.touched.push(Touched { db, key: key.clone(), is_there: false });
        }
        if self.origin == Origin::Client {
            let name: &[u8] = if self.settings.lazy_expire { b"UNLINK" } else { b"DEL" };
            self.effects.ops.push(Op { db, argv: [Blob::from(name), key].into() });
        }
    }

    /// Tells that a key was read which is not there (`m`, since 6.0).
    pub(super) fn notify_miss(&mut self, key: &[u8]) {
        if self.settings.events.has(Classes::MISS) {
            self.notify(Classes::MISS, "keymiss", &key.into());
        }
    }

    /// The entry for reading, after expiry; counts a hit or a miss.
    pub(super) fn read(&mut self, key: &[u8]) -> Option<&Entry> {
        let gone = self.gone(self.db, key, false);
        if self.settings.events.has(Classes::MISS) && (gone || !self.dict().contains(key)) {
            self.notify_miss(key);
        }
        let found = if gone { None } else { self.keyspace.db(self.db).get(key) };
        match found {
            Some(_) => self.effects.hits += 1,
            None => self.effects.misses += 1,
        }
        found
    }

    /// The entry for writing, after expiry.
    pub(super) fn write(&mut self, key: &[u8]) -> Option<&Entry> {
        let gone = self.gone(self.db, key, true);
        if gone { None } else { self.keyspace.db(self.db).get(key) }
    }

    /// Notes a change of `key`.
    pub(super) fn changed(&mut self, key: &Blob) {
        self.effects.dirty += 1;
        self.touch(key);
    }

    pub(super) fn touch(&mut self, key: &Blob) {
        if self.effects.watching {
            let is_there = self.dict().get(key).is_some();
            self.effects.touched.push(Touched { db: self.db, key: key.clone(), is_there });
        }
    }

    /// Sets a key as `db.c:setKey` does: expired values are deleted first, the expiry is replaced, too.
    pub(super) fn set_key(&mut self, key: &Blob, value: Value, expire: Option<UnixMs>) {
        let old = self.dict_mut().insert(key, Entry { value, expire });
        self.was_set(key, old);
    }

    /// As [`Call::set_key`], a string that is an argument.
    pub(super) fn set_string(&mut self, key: &Blob, bytes: &Blob, expire: Option<UnixMs>) {
        let old = self.dict_mut().insert_string(key, bytes, expire);
        self.was_set(key, old);
    }

    /// Notes that a key was set; `old` is the expiry of what was there.
    fn was_set(&mut self, key: &Blob, old: Option<Option<UnixMs>>) {
        let was_expired = old.is_some_and(|expire| is_past(expire, self.now));
        if was_expired && matches!(self.seen_expired(true), Seen::Deleted) {
            self.propagate_expired(self.db, key.clone());
        }
        if old.is_none() {
            self.notify(Classes::NEW, "new", key);
        }
        self.touch(key);
    }

    /// The collection at `key`, looked up for reading.
    pub(super) fn read_as<K: Collection>(&mut self, key: &[u8]) -> Result<Option<Rc<K>>, Refused> {
        let found = self.read(key).map(|entry| K::of(&entry.value).cloned());
        found.map(|it| it.ok_or_else(|| self.wrong_type())).transpose()
    }

    /// The collection at `key`, looked up for writing. Must be dropped before the key is edited, or else the
    /// edit copies it.
    pub(super) fn write_as<K: Collection>(&mut self, key: &[u8]) -> Result<Option<Rc<K>>, Refused> {
        let found = self.write(key).map(|entry| K::of(&entry.value).cloned());
        found.map(|it| it.ok_or_else(|| self.wrong_type())).transpose()
    }

    /// Whether a collection of this kind is at `key`, looked up for writing.
    pub(super) fn check_as<K: Collection>(&mut self, key: &[u8]) -> Result<bool, Refused> {
        Ok(self.write_as::<K>(key)?.is_some())
    }

    /// Changes the collection at `key`, whose type has been checked; makes a new one if there is none, and
    /// removes the key if nothing is left.
    pub(super) fn edit<K: Collection, T>(&mut self, key: &Blob, change: impl FnOnce(&mut K) -> T) -> T {
        let db = self.keyspace.db_mut(self.db);
        if let Some(old) = db.value_mut(key).and_then(K::of_mut) {
            let collection = Rc::make_mut(old);
            let result = change(collection);
            if collection.is_empty() {
                db.remove(key);
            }
            return result;
        }
        let mut collection = K::default();
        let result = change(&mut collection);
        if !collection.is_empty() {
            db.insert(key, Entry { value: K::wrap(Rc::new(collection)), expire: None });
            self.notify(Classes::NEW, "new", key);
            self.announce(self.db, key);
        }
        result
    }

    /// Stores the result of a command at `key`, or removes the key when it is empty (`*STORE`), and tells the event.
    /// Returns the number of elements.
    pub(super) fn store<K: Collection>(
        &mut self,
        key: &Blob,
        collection: K,
        (class, event): (Classes, &'static str),
    ) -> usize {
        let value = K::wrap(Rc::new(collection));
        let length = value.len();
        if length > 0 {
            if !self.at_least(Version::V7_0) && value.kind() != "list" {
                // Before 7.0 sets and sorted sets replace an expired key without a word; SORT did not.
                self.dict_mut().remove(key);
            }
            self.set_key(key, value, None);
            self.announce(self.db, key);
            self.effects.dirty += 1;
            self.notify(class, event, key);
        } else if self.dict_mut().remove(key).is_some() {
            self.changed(key);
            self.notify(Classes::GENERIC, "del", key);
        }
        length
    }

    /// Propagates `argv` instead of the client's words.
    pub(super) fn rewrite(&mut self, argv: impl Into<Argv>) {
        self.effects.own = Own::Instead(argv.into());
    }
}
