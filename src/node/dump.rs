//! The dump file: what a node writes about itself besides its data, and what it makes of it at start.
//!
//! From 4.0 on the dump names the history (`repl-id`, `repl-offset`, `repl-stream-db`), so that a restarted replica
//! can continue, and in 7.0 also a restarted master, under a second ID.
//!
//! Sources: Redis 7.0.15 `rdb.c:rdbSaveInfoAuxFields`, `rdbPopulateSaveInfo`; `server.c:loadDataFromDisk`.

use bytes::Bytes;

use crate::base::{ByteCount, Instant, Offset, ReplId, Span};
use crate::keyspace::Keyspace;
use crate::rdb::{RdbError, RdbErrorKind, RdbReader, RdbWriter, Record};

use super::backlog::Backlog;
use super::stream::NO_SECOND;
use super::trace::{Event, IdChange};
use super::transfer::Loaded;
use super::upstream::{Link, Resume};
use super::verdict::SecondId;
use super::{Action, Node};

/// What the AUX fields of an RDB told.
#[derive(Default)]
struct Told {
    stream_db: Option<u32>,
    id: Option<ReplId>,
    offset: Option<i64>,
}

/// The dump file is read; until this is over the process loads it (`key-load-delay` makes that long).
#[derive(Clone, Debug)]
pub(super) struct Booting {
    pub(super) since: Instant,
    /// The history in which a master goes on.
    pub(super) restored: Option<Resume>,
}

impl Node {
    /// The data of this instant as an RDB file, which a server of the node's release (and a newer one) loads.
    pub fn write_rdb(&self) -> Vec<u8> {
        self.write_rdb_with(true)
    }

    /// An RDB that says everything of the node, with its keys or without.
    pub(super) fn write_rdb_with(&self, data: bool) -> Vec<u8> {
        let live = self.config.live();
        let mut rdb = RdbWriter::new(self.profile);
        rdb.set_compression(live.compression);
        rdb.set_checksum(live.checksum);
        if self.profile.writes_rdb_aux() {
            rdb.aux("redis-ver", self.profile.release);
            rdb.aux_int("redis-bits", 64);
            rdb.aux_int("ctime", self.unix_secs(self.now));
            rdb.aux_int("used-mem", 0);
            if let Some((id, offset, db)) = self.save_info() {
                rdb.aux_int("repl-stream-db", db);
                rdb.aux("repl-id", id.map(|id| id.to_text()).unwrap_or_default());
                rdb.aux_int("repl-offset", offset.0);
            }
            rdb.aux_int(if self.profile.says_replica() { "aof-base" } else { "aof-preamble" }, 0);
        }
        if data {
            self.keyspace.write_rdb(&mut rdb, self.profile);
        }
        rdb.finish()
    }

    /// ID, offset and database of the stream, if there is a history worth naming (`rdbPopulateSaveInfo`).
    fn save_info(&self) -> Option<(Option<ReplId>, Offset, i64)> {
        let Some(upstream) = &self.upstream else {
            self.stream.backlog.as_ref()?;
            // An unset database is saved as 0: the next write sends a SELECT anyway.
            let db = self.stream.selected_db.unwrap_or(0);
            return Some((self.stream.id, self.stream.offset, i64::from(db)));
        };
        let db = match &upstream.link {
            Link::Connected { conn } => self.clients.get(conn)?.db,
            _ => upstream.resume.as_ref()?.db,
        };
        Some((self.stream.id, self.stream.offset, i64::from(db)))
    }

    /// Reads an RDB without touching anything.
    pub(super) fn parse_rdb(&self, rdb: &[u8]) -> Result<Loaded, RdbError> {
        let (keyspace, told) = self.read_rdb(rdb)?;
        Ok(Loaded { keyspace, stream_db: told.stream_db })
    }

    fn read_rdb(&self, rdb: &[u8]) -> Result<(Keyspace, Told), RdbError> {
        let mut reader = RdbReader::new(rdb, self.profile.rdb_version);
        if self.skips_checksums || !self.config.live().checksum {
            reader.skip_checksum();
        }
        let mut loader = self.keyspace.loader(&self.config.live().settings);
        let mut told = Told::default();
        loop {
            match reader.next()? {
                None => break,
                Some(Record::Aux { name, value }) => told.note(&name, &value),
                Some(record) => loader.take(record, reader.position())?,
            }
        }
        Ok((loader.finish(), told))
    }

    /// An RDB that cannot be read, in the words of the log (`rdb.c:rdbLoadRioWithLoadingCtx`, `rdbReportError`).
    pub(super) fn log_rdb_error(&mut self, error: &RdbError) {
        use RdbErrorKind::{Truncated, UnknownType, VersionNotSupported, WrongChecksum, WrongMagic};
        let (at, reports) = (error.at, self.profile.says_replica());
        let (first, report) = match error.kind {
            WrongMagic => (Some("Wrong signature trying to load DB from file".to_string()), None),
            VersionNotSupported(version) => {
                (Some(format!("Can't handle RDB format version {version}")), None)
            }
            WrongChecksum { stored, computed } if reports => (
                Some(format!(
                    "Wrong RDB checksum expected: ({stored:x}) but got ({computed:x}). Aborting now."
                )),
                Some("RDB CRC error".to_string()),
            ),
            WrongChecksum { .. } => (Some("Wrong RDB checksum. Aborting now.".to_string()), None),
            Truncated => (
                Some("Short read or OOM loading DB. Unrecoverable error, aborting now.".to_string()),
                Some("Unexpected EOF reading RDB file".to_string()),
            ),
            UnknownType(byte) => (None, Some(format!("Unknown RDB encoding type {byte}"))),
            other => (None, Some(other.to_string())),
        };
        if let Some(text) = first {
            self.warn(|_| text);
        }
        if let Some(text) = report {
            self.warn(|_| match reports {
                true => format!("Internal error in RDB reading offset {at}, function at rdb.c:0 -> {text}"),
                false => format!("RDB byte {at}: {text}"),
            });
        }
    }

    /// Loads the dump file at start. A file that cannot be read is reported and left aside.
    pub(super) fn load_dump(&mut self, dump: &[u8]) -> Option<Resume> {
        match self.read_rdb(dump) {
            Ok((keyspace, told)) => {
                self.keyspace = keyspace;
                self.stats.load_keys = self.keyspace.len() as u64;
                let (id, offset) = (told.id?, told.offset?);
                self.profile
                    .speaks_psync2()
                    .then(|| Resume::new(Some(id), Offset(offset), told.stream_db.unwrap_or(0)))
            }
            Err(error) => {
                self.log_rdb_error(&error);
                let error = error.to_string();
                self.trace.emit(self.now, || Event::LoadFailed { error });
                None
            }
        }
    }

    /// Whether the dump is still being loaded.
    pub fn is_booting(&self) -> bool {
        self.booting.is_some()
    }

    /// When the dump is loaded.
    pub(super) fn boot_due(&self) -> Option<Instant> {
        let booting = self.booting.as_ref()?;
        let each = self.config.live().load_delay;
        Some(booting.since + Span((self.keyspace.len() as u64).saturating_mul(each)))
    }

    /// The end of loading at start (`server.c:loadDataFromDisk`).
    pub(super) fn finish_booting_if_due(&mut self) {
        if self.boot_due().is_none_or(|due| due > self.now) {
            return;
        }
        let Some(booting) = self.booting.take() else { return };
        let took = self.now.since(booting.since);
        if took > Span::ZERO {
            self.log(|_| {
                format!("DB loaded from disk: {}.{:03} seconds", took.as_secs(), took.as_ms() % 1000)
            });
        }
        if self.upstream.is_some() {
            return;
        }
        if let Some(restored) = booting.restored {
            self.continue_restored_history(restored);
        }
        self.drop_expired_of_dump();
    }

    /// A restarted master goes on where its dump ends: old replicas continue under the second ID (7.0).
    pub(super) fn continue_restored_history(&mut self, restored: Resume) {
        if !self.profile.masters_restore_history() {
            return;
        }
        let Some(id) = restored.id else { return };
        self.stream.second = SecondId { id, offset: restored.offset.next() };
        self.stream.offset = restored.offset;
        let (shape, size) = self.config.backlog(self.profile);
        let first = self.stream.offset.next();
        self.stream.backlog = Some(Backlog::new(shape, size, first));
        self.trace.emit(self.now, || Event::BacklogCreated { first, size: ByteCount(size) });
        self.ids_changed(IdChange::Promoted);
    }

    /// What expired while nobody ran is not there for a master, and its stream says so if it goes on (`rdb.c:rdbLoadRio`).
    pub(super) fn drop_expired_of_dump(&mut self) {
        let loaded = self.keyspace.len();
        self.delete_expired(usize::MAX);
        self.stats.load_expired = (loaded - self.keyspace.len()) as u64;
        self.stats.expired = 0;
    }

    /// SAVE: the dump is written before anything else happens.
    pub(super) fn save_now(&mut self) {
        self.flush_stream();
        let rdb = Bytes::from(self.write_rdb());
        let (bytes, keys) = (ByteCount::from(rdb.len()), self.keyspace.len() as u64);
        self.saves.succeed(self.saves.dirty, self.now);
        self.actions.push_back(Action::Save { rdb });
        self.trace.emit(self.now, || Event::Saved { bytes, keys });
        self.log(|_| "DB saved on disk".to_string());
    }

    /// FLUSHALL ends a save of what is no more, and with save points the dump is emptied at once (`db.c:flushallCommand`).
    /// Since 7.0 nothing has changed then since the last save (`flushAllDataAndResetRDB`).
    pub(super) fn flushed_all(&mut self) {
        self.kill_snapshot();
        self.own_expiries.clear();
        if self.config.save_points().is_empty() {
            return;
        }
        let dirty = self.saves.dirty;
        self.save_now();
        if self.profile.says_replica() {
            self.effects.dirty = 0;
        } else {
            self.saves.dirty = dirty;
        }
    }

    /// A master that is to save and could not takes no writes (`writeCommandsDeniedByDiskError`).
    pub(super) fn cannot_save(&self) -> bool {
        !self.saves.ok
            && self.upstream.is_none()
            && self.config.get("stop-writes-on-bgsave-error") == Some("yes")
            && !self.config.save_points().is_empty()
    }

    /// `DEBUG RELOAD`: the data go through an RDB and back.
    pub(super) fn reload(&mut self) {
        self.flush_stream();
        let rdb = self.write_rdb();
        let (keyspace, _) = self.read_rdb(&rdb).expect("what was just written can be read");
        self.keyspace_emptied();
        self.keyspace = keyspace;
    }

    /// A new size of the backlog takes effect.
    pub(super) fn resize_backlog(&mut self, size: u64) {
        self.flush_stream();
        if let Some(backlog) = &mut self.stream.backlog {
            let before = backlog.first();
            backlog.resize(size, None);
            let after = backlog.first();
            if after > before {
                let (first, last) = (before, Offset(after.0 - 1));
                self.trace.emit(self.now, || Event::BacklogEvicted { first, last });
            }
        }
    }

    /// `DEBUG CHANGE-REPL-ID`.
    pub(super) fn change_repl_id(&mut self) {
        self.stream.id = Some(ReplId::random(&mut self.rng));
        self.stream.second = NO_SECOND;
        self.ids_changed(IdChange::Debug);
    }
}

impl Told {
    fn note(&mut self, name: &[u8], value: &[u8]) {
        let number = || std::str::from_utf8(value).ok()?.parse::<i64>().ok();
        match name {
            b"repl-stream-db" => self.stream_db = number().and_then(|n| u32::try_from(n).ok()),
            b"repl-id" => self.id = ReplId::from_bytes(value),
            b"repl-offset" => self.offset = number(),
            _ => {}
        }
    }
}
