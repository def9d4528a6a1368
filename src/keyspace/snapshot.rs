//! A dataset to and from an RDB: which encoding each value is written in, and how one is built up again.
//!
//! A loaded value is built element by element, so it gets the encoding that a running server would give it,
//! whatever release wrote it (`rdb.c:rdbLoadObject`).

use std::rc::Rc;

use super::call::Settings;
use super::db::{Db, Entry, Keyspace};
use super::hash::Hash;
use super::list::{End, List};
use super::set::{Ints, Set};
use super::value::Value;
use super::zset::ZSet;
use crate::base::{Blob, Profile, UnixMs};
use crate::rdb::{self, Encoding, RdbError, RdbErrorKind, RdbWriter, Record};

impl Keyspace {
    /// Writes the databases; the caller writes the AUX fields before and finishes the file.
    pub fn write_rdb(&self, rdb: &mut RdbWriter, profile: &Profile) {
        for (index, db) in self.iter().filter(|(_, db)| !db.is_empty()) {
            rdb.select_db(index);
            rdb.resize_db(db.len() as u64, db.expiring() as u64);
            db.iter().for_each(|(key, entry)| entry.write_rdb(key, rdb, profile));
        }
    }

    /// Begins to load a file into a keyspace with as many databases as this one has.
    pub fn loader<'a>(&self, settings: &'a Settings) -> Loader<'a> {
        Loader {
            keyspace: Keyspace::new(self.databases()),
            settings,
            db: 0,
            expired_before: None,
            dropped: 0,
        }
    }
}

impl Entry {
    pub(super) fn write_rdb(&self, key: &[u8], rdb: &mut RdbWriter, profile: &Profile) {
        if let Some(at) = self.expire {
            rdb.expire_ms(at.0);
        }
        match &self.value {
            Value::String(s) => rdb.string(key, &s.bytes),
            Value::List(list) => {
                let packed = list.encoding(profile) != "linkedlist";
                rdb.list(key, encoding(packed), list.iter().collect::<Vec<_>>());
            }
            Value::Set(set) => match &**set {
                Set::Ints(ints) => rdb.intset(key, ints.width(), ints.iter()),
                Set::Table(table) => rdb.set(key, table.keys().collect::<Vec<_>>()),
            },
            Value::Hash(hash) => {
                let packed = matches!(**hash, Hash::Packed(_));
                rdb.hash(key, encoding(packed), hash.iter().collect::<Vec<_>>());
            }
            Value::ZSet(zset) => {
                let packed = matches!(**zset, ZSet::Packed(_));
                let members: Vec<_> = zset.iter().map(|(score, member)| (member, *score)).collect();
                rdb.sorted_set(key, encoding(packed), members);
            }
        }
    }

    /// How many bytes the value takes in an RDB (`serializedlength` of `DEBUG OBJECT`).
    pub fn serialized_length(&self, profile: &'static Profile) -> usize {
        let mut rdb = RdbWriter::new(profile);
        let before = rdb.len();
        Entry { value: self.value.clone(), expire: None }.write_rdb(b"", &mut rdb, profile);
        // One byte says the type, one the length of the empty key.
        rdb.len() - before - 2
    }
}

fn encoding(packed: bool) -> Encoding {
    if packed { Encoding::Packed } else { Encoding::Plain }
}

/// Takes the records of a file and builds a keyspace of them.
pub struct Loader<'a> {
    keyspace: Keyspace,
    settings: &'a Settings,
    db: u32,
    expired_before: Option<UnixMs>,
    dropped: u64,
}

impl Loader<'_> {
    /// A master leaves out keys that expired before now; a replica keeps all.
    pub fn drop_expired(&mut self, now: UnixMs) {
        self.expired_before = Some(now);
    }

    /// Takes the next record; `position` is where it ends, for errors.
    pub fn take(&mut self, record: Record, position: u64) -> Result<(), RdbError> {
        let error = |kind| RdbError { at: position, kind };
        match record {
            Record::Aux { .. } | Record::ResizeDb { .. } => {}
            Record::SelectDb(index) => {
                let db = u32::try_from(index).ok().filter(|db| *db < self.keyspace.databases());
                self.db = db.ok_or(error(RdbErrorKind::BadDatabase(index)))?;
            }
            Record::Entry(entry) => {
                let expire = entry.expire_ms.map(UnixMs);
                let value = build(entry.value, self.settings).map_err(error)?;
                let Some(value) = value else { return Ok(()) };
                if self.expired_before.is_some_and(|now| expire.is_some_and(|at| at < now)) {
                    self.dropped += 1;
                } else if self.db().insert(&entry.key, Entry { value, expire }).is_some() {
                    return Err(error(RdbErrorKind::DuplicateKey));
                }
            }
        }
        Ok(())
    }

    fn db(&mut self) -> &mut Db {
        self.keyspace.db_mut(self.db)
    }

    /// How many keys were left out because they had expired.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// What was loaded.
    pub fn finish(self) -> Keyspace {
        self.keyspace
    }
}

/// A value of a file as a value of a server; `None` for an empty collection, which is left out.
pub(super) fn build(value: rdb::Value, settings: &Settings) -> Result<Option<Value>, RdbErrorKind> {
    let unique = |new: bool| if new { Ok(()) } else { Err(RdbErrorKind::DuplicateMember) };
    let value = match value {
        rdb::Value::String(bytes) => return Ok(Some(Value::from(bytes))),
        rdb::Value::List(items) => {
            let mut list = List::default();
            items.into_iter().for_each(|item| list.push(End::Tail, item, settings));
            Value::List(Rc::new(list))
        }
        rdb::Value::Set(members) => {
            let mut set = Set::default();
            members.into_iter().try_for_each(|member| unique(set.insert(member, settings)))?;
            Value::Set(Rc::new(set))
        }
        rdb::Value::Intset(width, members) => {
            let set = Set::of_ints(Ints::loaded(width, members), settings);
            Value::Set(Rc::new(set))
        }
        rdb::Value::Hash(pairs) => {
            let mut hash = Hash::default();
            hash.prepare(pairs.iter().flat_map(|(field, value)| [field, value]), settings);
            pairs.into_iter().try_for_each(|(field, value)| unique(hash.set(field, value, settings)))?;
            Value::Hash(Rc::new(hash))
        }
        rdb::Value::SortedSet(members) => {
            let mut seen = super::dict::Dict::<()>::new();
            members
                .iter()
                .try_for_each(|(member, _)| unique(seen.insert(Blob::clone(member), ()).is_none()))?;
            let items = members.into_iter().map(|(member, score)| (score, member)).collect();
            Value::ZSet(Rc::new(ZSet::of_items(items, settings)))
        }
    };
    Ok(Some(value).filter(|value| !value.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Version;
    use crate::rdb::RdbReader;

    #[test]
    fn a_dataset_survives_a_round_trip_in_every_release() {
        for version in Version::ALL {
            let profile = version.profile();
            let settings = Settings::default();
            let mut keyspace = Keyspace::default();
            for n in [0, 1, 2, 40, 129, 513i64] {
                let key = |kind: &str| Blob::from(format!("{kind}:{n}").as_bytes());
                let item = |i: i64| Blob::from((i * n).to_string().as_bytes());
                let word = |i: i64| Blob::from("x".repeat((i * 7 % 80) as usize + 1).as_bytes());
                let (mut list, mut set, mut hash, mut zset) =
                    (List::default(), Set::default(), Hash::default(), ZSet::default());
                for i in 0..=n {
                    list.push(End::Tail, word(i), &settings);
                    set.insert(item(i), &settings);
                    hash.prepare([&item(i), &word(i)], &settings);
                    hash.set(item(i), word(i), &settings);
                    zset.insert(item(i), i as f64 / 3.0, &settings);
                }
                let expire = (n % 3 == 0).then_some(UnixMs(n));
                let values = [
                    ("s", Value::from(item(n))),
                    ("l", Value::List(Rc::new(list))),
                    ("t", Value::Set(Rc::new(set))),
                    ("h", Value::Hash(Rc::new(hash))),
                    ("z", Value::ZSet(Rc::new(zset))),
                ];
                for (kind, value) in values {
                    keyspace.db_mut((n % 3) as u32).insert(&key(kind), Entry { value, expire });
                }
            }
            let mut rdb = RdbWriter::new(profile);
            keyspace.write_rdb(&mut rdb, profile);
            let file = rdb.finish();
            let mut reader = RdbReader::new(&file, profile.rdb_version);
            let mut loader = keyspace.loader(&settings);
            while let Some(record) = reader.next().expect("readable") {
                loader.take(record, reader.position()).expect("loadable");
            }
            let loaded = loader.finish();
            assert_eq!(loaded.len(), keyspace.len());
            assert_eq!(loaded.digest(), keyspace.digest(), "{version}");
        }
    }
}
