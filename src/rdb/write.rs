//! Writing an RDB.

use crate::base::{Profile, parse_i64, push_i64, sort_by};

use super::lzf::Compressor;
use super::pack::{IntWidth, Packer, intset, quicklist_nodes};
use super::score::{format_g17, score_text};
use super::{OP_AUX, OP_END, OP_EXPIRE_MS, OP_RESIZE_DB, OP_SELECT_DB, ValueType, crc64};

/// How a collection is kept in memory, and so how it is written. The limits that decide it belong to the data
/// ring; which ziplist, listpack or quicklist it becomes follows from the release.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Encoding {
    /// Element by element: hash tables, skip lists, the linked lists of 2.x.
    Plain,
    /// As one block: a ziplist up to 4.0, a listpack in 7.0. (For integers, see [`RdbWriter::intset`].)
    Packed,
}

/// Writes an RDB as the release of its profile does. Call the methods in the order of the file: AUX fields; for
/// each database that is not empty `select_db`, `resize_db` and its keys, each with `expire_ms` before it when
/// it has one; `finish`.
///
/// ```
/// use resync::{base::Version, rdb::RdbWriter};
/// let mut rdb = RdbWriter::new(Version::V2_8.profile());
/// rdb.select_db(0);
/// rdb.string(b"name", b"resync");
/// assert!(rdb.finish().starts_with(b"REDIS0006\xfe\x00\x00\x04name\x06resync\xff"));
/// ```
#[derive(Clone)]
pub struct RdbWriter {
    profile: &'static Profile,
    out: Vec<u8>,
    compressor: Option<Compressor>,
    checksum: bool,
    list_fill: i64,
}

impl RdbWriter {
    /// Begins a file: compressed and with a checksum, as the defaults are.
    pub fn new(profile: &'static Profile) -> RdbWriter {
        let mut writer = RdbWriter::bare(profile);
        writer.out.extend(format!("REDIS{:04}", profile.rdb_version).into_bytes());
        writer
    }

    pub(super) fn bare(profile: &'static Profile) -> RdbWriter {
        RdbWriter {
            profile,
            out: Vec::new(),
            compressor: Some(Compressor::new(profile.compression_spares_the_end())),
            checksum: true,
            list_fill: -2,
        }
    }

    /// `rdbcompression`.
    pub fn set_compression(&mut self, on: bool) {
        self.compressor = on.then(|| Compressor::new(self.profile.compression_spares_the_end()));
    }

    /// `rdbchecksum`. When off, the checksum is written as zero.
    pub fn set_checksum(&mut self, on: bool) {
        self.checksum = on;
    }

    /// `list-max-listpack-size` (`list-max-ziplist-size`): -1 to -5 limits the nodes of a quicklist to 4 KB to
    /// 64 KB, a positive number limits their elements.
    pub fn set_list_fill(&mut self, fill: i64) {
        self.list_fill = fill;
    }

    /// The bytes written so far.
    pub fn len(&self) -> usize {
        self.out.len()
    }

    pub fn is_empty(&self) -> bool {
        self.out.is_empty()
    }

    /// A field about the file. Releases that do not know AUX fields leave it out.
    pub fn aux(&mut self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) {
        if self.profile.writes_rdb_aux() {
            self.out.push(OP_AUX);
            self.text(name.as_ref());
            self.text(value.as_ref());
        }
    }

    /// An AUX field that is a number.
    pub fn aux_int(&mut self, name: impl AsRef<[u8]>, value: i64) {
        let mut text = Vec::new();
        push_i64(&mut text, value);
        self.aux(name, text);
    }

    /// The keys that follow are in database `db`.
    pub fn select_db(&mut self, db: u32) {
        self.out.push(OP_SELECT_DB);
        self.length(u64::from(db));
    }

    /// How many keys the database has and how many of them expire. Releases that do not know it leave it out.
    pub fn resize_db(&mut self, keys: u64, expires: u64) {
        if self.profile.writes_rdb_aux() {
            self.out.push(OP_RESIZE_DB);
            self.length(keys);
            self.length(expires);
        }
    }

    /// When the key that follows expires, in milliseconds since 1970.
    pub fn expire_ms(&mut self, at: i64) {
        self.out.push(OP_EXPIRE_MS);
        self.out.extend(at.to_le_bytes());
    }

    pub fn string(&mut self, key: &[u8], value: &[u8]) {
        self.key(ValueType::String, key);
        self.text(value);
    }

    /// A list, first element first. Releases with quicklists write one whatever the encoding.
    pub fn list<I>(&mut self, key: &[u8], encoding: Encoding, items: I)
    where
        I: IntoIterator<Item: AsRef<[u8]>, IntoIter: ExactSizeIterator>,
    {
        let items = items.into_iter();
        let listpack = self.profile.packs_as_listpack();
        match encoding {
            _ if self.profile.lists_are_quicklists() => {
                self.key(if listpack { ValueType::ListQuicklist2 } else { ValueType::ListQuicklist }, key);
                let nodes = quicklist_nodes(items, listpack, self.list_fill);
                self.length(nodes.len() as u64);
                for node in nodes {
                    if listpack {
                        /// `QUICKLIST_NODE_CONTAINER_PACKED`
                        const PACKED: u64 = 2;
                        self.length(PACKED);
                    }
                    self.text(&node);
                }
            }
            Encoding::Plain => {
                self.key(ValueType::List, key);
                self.texts(items);
            }
            Encoding::Packed => {
                self.key(ValueType::ListZiplist, key);
                self.packed(items, |packer, item| packer.push(item.as_ref()));
            }
        }
    }

    /// A set kept as a hash table.
    pub fn set<I>(&mut self, key: &[u8], members: I)
    where
        I: IntoIterator<Item: AsRef<[u8]>, IntoIter: ExactSizeIterator>,
    {
        self.key(ValueType::Set, key);
        self.texts(members.into_iter());
    }

    /// A set of integers kept as an intset that is `width` wide, or wider where they need it. The members may come
    /// in any order.
    pub fn intset(&mut self, key: &[u8], width: IntWidth, members: impl IntoIterator<Item = i64>) {
        let mut members: Vec<i64> = members.into_iter().collect();
        sort_by(&mut members, Ord::cmp);
        self.key(ValueType::SetIntset, key);
        self.text(&intset(width, &members));
    }

    /// A hash, fields in the order that the server would have them.
    pub fn hash<K, V, I>(&mut self, key: &[u8], encoding: Encoding, fields: I)
    where
        K: AsRef<[u8]>,
        V: AsRef<[u8]>,
        I: IntoIterator<Item = (K, V), IntoIter: ExactSizeIterator>,
    {
        let fields = fields.into_iter();
        match encoding {
            Encoding::Plain => {
                self.key(ValueType::Hash, key);
                self.length(fields.len() as u64);
                for (field, value) in fields {
                    self.text(field.as_ref());
                    self.text(value.as_ref());
                }
            }
            Encoding::Packed => {
                let listpack = self.profile.packs_as_listpack();
                self.key(if listpack { ValueType::HashListpack } else { ValueType::HashZiplist }, key);
                self.packed(fields, |packer, (field, value)| {
                    packer.push(field.as_ref());
                    packer.push(value.as_ref());
                });
            }
        }
    }

    /// A sorted set, members in ascending order of score and name.
    pub fn sorted_set<M, I>(&mut self, key: &[u8], encoding: Encoding, members: I)
    where
        M: AsRef<[u8]>,
        I: IntoIterator<Item = (M, f64), IntoIter: ExactSizeIterator + DoubleEndedIterator>,
    {
        let members = members.into_iter();
        let profile = self.profile;
        match encoding {
            Encoding::Plain if profile.writes_binary_scores() => {
                self.key(ValueType::SortedSet, key);
                self.length(members.len() as u64);
                for (member, score) in members.rev() {
                    self.text(member.as_ref());
                    self.out.extend(score.to_le_bytes());
                }
            }
            Encoding::Plain => {
                self.key(ValueType::SortedSetText, key);
                self.length(members.len() as u64);
                for (member, score) in members {
                    self.text(member.as_ref());
                    self.score(score);
                }
            }
            Encoding::Packed => {
                let listpack = profile.packs_as_listpack();
                self.key(
                    if listpack { ValueType::SortedSetListpack } else { ValueType::SortedSetZiplist },
                    key,
                );
                self.packed(members, |packer, (member, score)| {
                    packer.push(member.as_ref());
                    packer.push(&score_text(score, profile));
                });
            }
        }
    }

    /// Ends the file and gives its bytes.
    pub fn finish(mut self) -> Vec<u8> {
        self.out.push(OP_END);
        let sum = if self.checksum { crc64(&self.out) } else { 0 };
        self.out.extend(sum.to_le_bytes());
        self.out
    }

    /// The type and the value of the one entry written with an empty key, without the key.
    pub(super) fn into_value(mut self) -> Vec<u8> {
        let key = self.out.remove(1);
        debug_assert_eq!(key, 0, "the length of an empty key");
        self.out
    }

    fn key(&mut self, kind: ValueType, key: &[u8]) {
        self.out.push(kind as u8);
        self.text(key);
    }

    fn texts<T: AsRef<[u8]>>(&mut self, items: impl ExactSizeIterator<Item = T>) {
        self.length(items.len() as u64);
        for item in items {
            self.text(item.as_ref());
        }
    }

    fn packed<T>(&mut self, items: impl Iterator<Item = T>, mut push: impl FnMut(&mut Packer, T)) {
        let mut packer = Packer::new(self.profile.packs_as_listpack());
        items.for_each(|item| push(&mut packer, item));
        self.text(&packer.finish());
    }

    /// A length in as few bytes as it needs (`rdbSaveLen`).
    fn length(&mut self, len: u64) {
        match len {
            0..0x40 => self.out.push(len as u8),
            0x40..0x4000 => self.out.extend([0x40 | (len >> 8) as u8, len as u8]),
            0x4000..=0xffff_ffff => {
                self.out.push(0x80);
                self.out.extend((len as u32).to_be_bytes());
            }
            _ => {
                self.out.push(0x81);
                self.out.extend(len.to_be_bytes());
            }
        }
    }

    /// A string: as an integer, compressed, or as it is (`rdbSaveRawString`).
    fn text(&mut self, text: &[u8]) {
        /// The longest text that is looked at as an integer.
        const INTEGER_MAX: usize = 11;
        /// Up to this length compression cannot win.
        const SHORT: usize = 20;
        let integer = if text.len() <= INTEGER_MAX { parse_i64(text) } else { None };
        if let Some(n) = integer.and_then(|n| i32::try_from(n).ok()) {
            if let Ok(n) = i8::try_from(n) {
                self.out.extend([0xc0, n as u8]);
            } else if let Ok(n) = i16::try_from(n) {
                self.out.push(0xc1);
                self.out.extend(n.to_le_bytes());
            } else {
                self.out.push(0xc2);
                self.out.extend(n.to_le_bytes());
            }
            return;
        }
        if text.len() > SHORT && self.compressed(text) {
            return;
        }
        self.length(text.len() as u64);
        self.out.extend_from_slice(text);
    }

    /// Writes `text` compressed if that saves at least four bytes.
    fn compressed(&mut self, text: &[u8]) -> bool {
        let Some(mut compressor) = self.compressor.take() else { return false };
        let packed = compressor.compress(text, text.len() - 4);
        if let Some(packed) = packed {
            self.out.push(0xc3);
            self.length(packed.len() as u64);
            self.length(text.len() as u64);
            self.out.extend_from_slice(packed);
        }
        let done = packed.is_some();
        self.compressor = Some(compressor);
        done
    }

    /// A score as text with a byte of length (`rdbSaveDoubleValue`).
    fn score(&mut self, score: f64) {
        if score.is_nan() {
            self.out.push(253);
        } else if score.is_infinite() {
            self.out.push(if score > 0.0 { 254 } else { 255 });
        } else {
            // The branch for whole numbers, which would lose the sign of a zero, is compiled out: `rdb.c` does
            // not include `float.h`.
            let text = format_g17(score);
            self.out.push(text.len() as u8);
            self.out.extend(text.into_bytes());
        }
    }
}
