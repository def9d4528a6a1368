//! The digest of a dataset: equal on two servers exactly when they hold the same data.
//!
//! What has no order (databases' keys, members, fields) is combined by exclusive or of hashes; what has one
//! (key and value, the elements of a list) is mixed in turn. Expiry times count only as "has one".
//! Source: Redis 7.0.15 `debug.c:computeDatasetDigest`; unchanged since 2.6 for these types.

use super::db::{Entry, Keyspace};
use super::sha1::sha1;
use super::value::Value;
use crate::rdb::format_g17;

/// Twenty bytes that `DEBUG DIGEST` prints in hexadecimal.
pub type Digest = [u8; 20];

fn xor(digest: &mut Digest, data: &[u8]) {
    for (byte, hash) in digest.iter_mut().zip(sha1(data)) {
        *byte ^= hash;
    }
}

fn mix(digest: &mut Digest, data: &[u8]) {
    xor(digest, data);
    *digest = sha1(digest);
}

/// Adds something made of two parts whose place does not matter.
fn pair(digest: &mut Digest, first: &[u8], second: &[u8]) {
    let mut own = Digest::default();
    mix(&mut own, first);
    mix(&mut own, second);
    xor(digest, &own);
}

impl Keyspace {
    /// What `DEBUG DIGEST` computes.
    pub fn digest(&self) -> Digest {
        let mut total = Digest::default();
        for (index, db) in self.iter().filter(|(_, db)| !db.is_empty()) {
            mix(&mut total, &index.to_be_bytes());
            for (key, entry) in db.iter() {
                let mut digest = Digest::default();
                mix(&mut digest, key);
                entry.mix_into(&mut digest);
                xor(&mut total, &digest);
            }
        }
        total
    }
}

impl Entry {
    /// What `DEBUG DIGEST-VALUE` computes for one key.
    pub fn digest(&self) -> Digest {
        let mut digest = Digest::default();
        self.mix_into(&mut digest);
        digest
    }

    fn mix_into(&self, digest: &mut Digest) {
        let kind: u32 = match &self.value {
            Value::String(_) => 0,
            Value::List(_) => 1,
            Value::Set(_) => 2,
            Value::ZSet(_) => 3,
            Value::Hash(_) => 4,
        };
        mix(digest, &kind.to_be_bytes());
        match &self.value {
            Value::String(s) => mix(digest, &s.bytes),
            Value::List(list) => list.iter().for_each(|item| mix(digest, item)),
            Value::Set(set) => set.iter().for_each(|member| xor(digest, &member)),
            Value::ZSet(zset) => {
                zset.iter().for_each(|(score, member)| pair(digest, member, format_g17(*score).as_bytes()));
            }
            Value::Hash(hash) => hash.iter().for_each(|(field, value)| pair(digest, field, value)),
        }
        if self.expire.is_some() {
            xor(digest, b"!!expire!!");
        }
    }
}

/// A digest as the forty characters that a server prints.
pub fn hex(digest: &Digest) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
