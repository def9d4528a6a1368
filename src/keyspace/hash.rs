//! Hashes (`t_hash.c`).

use super::call::Settings;
use super::dict::Dict;
use crate::base::{Blob, Profile, Version};

/// Fields with values. Small hashes keep the order of insertion, as Redis' packed encodings show it; large
/// ones are in hash order. A hash that has grown large stays so.
#[derive(Clone, Debug)]
pub enum Hash {
    Packed(Vec<(Blob, Blob)>),
    Table(Dict<Blob>),
}

impl Default for Hash {
    fn default() -> Hash {
        Hash::Packed(Vec::new())
    }
}

impl Hash {
    pub fn len(&self) -> usize {
        match self {
            Hash::Packed(pairs) => pairs.len(),
            Hash::Table(table) => table.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn encoding(&self, profile: &Profile) -> &'static str {
        match self {
            Hash::Table(_) => "hashtable",
            Hash::Packed(_) if profile.version >= Version::V7_0 => "listpack",
            Hash::Packed(_) => "ziplist",
        }
    }

    pub fn get(&self, field: &[u8]) -> Option<&Blob> {
        match self {
            Hash::Packed(pairs) => pairs.iter().find(|(f, _)| **f == *field).map(|(_, value)| value),
            Hash::Table(table) => table.get(field),
        }
    }

    /// Sets a field; true when it is new.
    pub fn set(&mut self, field: Blob, value: Blob, settings: &Settings) -> bool {
        match self {
            Hash::Table(table) => table.insert(field, value).is_none(),
            Hash::Packed(pairs) => {
                if let Some((_, old)) = pairs.iter_mut().find(|(f, _)| *f == field) {
                    *old = value;
                    return false;
                }
                pairs.push((field, value));
                if pairs.len() > settings.hash_max_entries {
                    self.unpack();
                }
                true
            }
        }
    }

    pub fn remove(&mut self, field: &[u8]) -> bool {
        match self {
            Hash::Table(table) => table.remove(field).is_some(),
            Hash::Packed(pairs) => {
                let at = pairs.iter().position(|(f, _)| **f == *field);
                at.map(|at| pairs.remove(at)).is_some()
            }
        }
    }

    /// Unpacks the hash if one of these words is too long for a packed one (`hashTypeTryConversion`).
    pub fn prepare<'a>(&mut self, words: impl IntoIterator<Item = &'a Blob>, settings: &Settings) {
        if words.into_iter().any(|word| word.len() > settings.hash_max_value) {
            self.unpack();
        }
    }

    fn unpack(&mut self) {
        if let Hash::Packed(pairs) = self {
            *self = Hash::Table(std::mem::take(pairs).into_iter().collect());
        }
    }

    pub fn iter(&self) -> Box<dyn Iterator<Item = (&Blob, &Blob)> + '_> {
        match self {
            Hash::Packed(pairs) => Box::new(pairs.iter().map(|(field, value)| (field, value))),
            Hash::Table(table) => Box::new(table.iter()),
        }
    }
}
