//! Reading an RDB record by record.

use crate::base::Blob;

use super::cursor::Cursor;
use super::note::{Counted, Note, Opcode, Role, What};
use super::pack::IntWidth;
use super::unpack;
use super::{
    OP_AUX, OP_END, OP_EXPIRE_MS, OP_EXPIRE_SECONDS, OP_FREQ, OP_FUNCTION_PRE_GA, OP_FUNCTION2, OP_IDLE,
    OP_MODULE_AUX, OP_RESIZE_DB, OP_SELECT_DB, RdbError, RdbErrorKind, Unsupported, ValueType, crc64,
    format_g17,
};

/// A value as data.
#[derive(Clone, PartialEq, Debug)]
pub enum Value {
    String(Blob),
    List(Vec<Blob>),
    Set(Vec<Blob>),
    /// A set of integers, in ascending order, and how wide each was kept.
    Intset(IntWidth, Vec<i64>),
    Hash(Vec<(Blob, Blob)>),
    /// In the order of the file; a skip list is written highest score first.
    SortedSet(Vec<(Blob, f64)>),
}

/// A key of the database selected last.
#[derive(Clone, PartialEq, Debug)]
pub struct Entry {
    pub key: Blob,
    /// When it expires, in milliseconds since 1970.
    pub expire_ms: Option<i64>,
    /// How the file had it encoded.
    pub encoding: ValueType,
    pub value: Value,
}

/// One part of the file.
#[derive(Clone, PartialEq, Debug)]
pub enum Record {
    Aux { name: Blob, value: Blob },
    SelectDb(u64),
    ResizeDb { keys: u64, expires: u64 },
    Entry(Entry),
}

/// Reads an RDB that is wholly in memory. Nothing in the file can make it panic, or take memory out of
/// proportion to the size of the file. Duplicate keys and members are left to the caller, who has the tables to
/// find them ([`RdbErrorKind::DuplicateKey`] and [`RdbReader::position`] make the error).
///
/// ```
/// use resync::{base::Version, rdb::{RdbReader, RdbWriter, Record}};
/// let mut rdb = RdbWriter::new(Version::V7_0.profile());
/// rdb.select_db(3);
/// let file = rdb.finish();
/// let mut reader = RdbReader::new(&file, 10);
/// assert_eq!(reader.next(), Ok(Some(Record::SelectDb(3))));
/// assert_eq!(reader.next(), Ok(None));
/// ```
pub struct RdbReader<'a> {
    cursor: Cursor<'a>,
    version_max: u32,
    version: Option<u32>,
    checked: bool,
    ended: bool,
}

impl<'a> RdbReader<'a> {
    /// A reader of `data` that takes versions up to `version_max`, as a release takes those up to its own.
    pub fn new(data: &'a [u8], version_max: u32) -> RdbReader<'a> {
        RdbReader { cursor: Cursor::new(data), version_max, version: None, checked: true, ended: false }
    }

    /// A reader that goes on at `position`, where another one of the same data, of which there was less then, had come
    /// to ([`RdbReader::position`]).
    pub fn resume(data: &'a [u8], version_max: u32, position: u64) -> RdbReader<'a> {
        let mut reader = RdbReader::new(data, version_max);
        if position > 0 && reader.read_header().is_ok() {
            reader.cursor.at = reader.cursor.at.max(position as usize);
        }
        reader
    }

    /// Changes what compressed strings may unpack to in all, in bytes. Without this it is a limit that hostile
    /// files meet and ordinary ones do not; a file from a trusted master may be given more.
    pub fn set_inflated_max(&mut self, bytes: u64) {
        self.cursor.set_inflatable(bytes);
    }

    /// Takes the file whatever its checksum says (`rdbchecksum no`).
    pub fn skip_checksum(&mut self) {
        self.checked = false;
    }

    /// The next record, or `None` at the end of the file, when the checksum was right or not there.
    #[allow(clippy::should_implement_trait)] // after an error there is nothing to iterate over
    pub fn next(&mut self) -> Result<Option<Record>, RdbError> {
        if self.ended {
            return Ok(None);
        }
        let version = match self.version {
            Some(version) => version,
            None => self.read_header()?,
        };
        let mut expire_ms = None;
        loop {
            let [byte] = self.cursor.peek_array()?;
            let opcode = match byte {
                OP_AUX => Opcode::Aux,
                OP_SELECT_DB => Opcode::SelectDb,
                OP_RESIZE_DB => Opcode::ResizeDb,
                OP_EXPIRE_SECONDS => Opcode::ExpireSeconds,
                OP_EXPIRE_MS => Opcode::ExpireMs,
                OP_FREQ => Opcode::Frequency,
                OP_IDLE => Opcode::Idle,
                OP_END => Opcode::End,
                _ => return self.read_entry(expire_ms).map(|entry| Some(Record::Entry(entry))),
            };
            self.cursor.pass(1, || What::Opcode(opcode));
            match opcode {
                Opcode::Aux => {
                    let name = self.cursor.blob(Role::AuxName)?;
                    let value = self.cursor.blob(Role::AuxValue)?;
                    return Ok(Some(Record::Aux { name, value }));
                }
                Opcode::SelectDb => {
                    return Ok(Some(Record::SelectDb(self.cursor.length(Counted::Database)?)));
                }
                Opcode::ResizeDb => {
                    let keys = self.cursor.length(Counted::Keys)?;
                    let expires = self.cursor.length(Counted::Expires)?;
                    return Ok(Some(Record::ResizeDb { keys, expires }));
                }
                Opcode::ExpireSeconds => {
                    let seconds = self.cursor.number(i32::from_le_bytes, What::ExpirySeconds)?;
                    expire_ms = Some(i64::from(seconds) * 1000);
                }
                Opcode::ExpireMs => {
                    expire_ms = Some(self.cursor.number(i64::from_le_bytes, What::ExpiryMs)?);
                }
                Opcode::Frequency => {
                    self.cursor.number(|[n]| n, What::Frequency)?;
                }
                Opcode::Idle => {
                    self.cursor.length(Counted::IdleSeconds)?;
                }
                Opcode::End => {
                    self.read_checksum(version)?;
                    self.ended = true;
                    return Ok(None);
                }
            }
        }
    }

    /// The version in the header, once it was read.
    pub fn version(&self) -> Option<u32> {
        self.version
    }

    /// How many bytes have been read: the offset of the next record.
    pub fn position(&self) -> u64 {
        self.cursor.at as u64
    }

    pub(super) fn take_notes(&mut self) {
        self.cursor.take_notes();
    }

    pub(super) fn into_notes(self) -> Vec<Note> {
        self.cursor.into_notes()
    }

    fn read_header(&mut self) -> Result<u32, RdbError> {
        let magic = b"REDIS";
        let here = self.cursor.rest();
        if !magic.starts_with(&here[..here.len().min(magic.len())]) {
            return Err(self.cursor.error(RdbErrorKind::WrongMagic));
        }
        self.cursor.take(5, |_| What::Magic)?;
        let digits: [u8; 4] = self.cursor.peek_array()?;
        // As C's `atoi`: what is no digit ends the number.
        let number =
            digits.iter().map_while(|c| char::from(*c).to_digit(10)).fold(0, |n, digit| n * 10 + digit);
        if number == 0 || number > self.version_max {
            return Err(self.cursor.error(RdbErrorKind::VersionNotSupported(number)));
        }
        self.cursor.pass(4, || What::Version(number));
        self.version = Some(number);
        Ok(number)
    }

    fn read_checksum(&mut self, version: u32) -> Result<(), RdbError> {
        if version < 5 {
            return Ok(());
        }
        let computed = crc64(self.cursor.before());
        let at = self.cursor.at;
        let stored = self.cursor.number(u64::from_le_bytes, |stored| What::Checksum { stored, computed })?;
        if self.checked && stored != 0 && stored != computed {
            return Err(self.cursor.error_at(at, RdbErrorKind::WrongChecksum { stored, computed }));
        }
        Ok(())
    }

    fn read_entry(&mut self, expire_ms: Option<i64>) -> Result<Entry, RdbError> {
        let encoding = value_type(&mut self.cursor)?;
        let key = self.cursor.blob(Role::Key)?;
        let value = read_value(&mut self.cursor, encoding)?;
        Ok(Entry { key, expire_ms, encoding, value })
    }
}

/// The byte that says what a value is.
pub(super) fn value_type(cursor: &mut Cursor<'_>) -> Result<ValueType, RdbError> {
    let [byte] = cursor.peek_array()?;
    let Some(encoding) = ValueType::from_byte(byte) else {
        let kind = unsupported(byte).map_or(RdbErrorKind::UnknownType(byte), RdbErrorKind::Unsupported);
        return Err(cursor.error(kind));
    };
    cursor.pass(1, || What::Type(encoding));
    Ok(encoding)
}

/// Types and opcodes that are known but not modelled.
fn unsupported(byte: u8) -> Option<Unsupported> {
    Some(match byte {
        6 | 7 | OP_MODULE_AUX => Unsupported::Modules,
        15 | 19 | 21 => Unsupported::Streams,
        20 => Unsupported::ListpackSets,
        22..=25 => Unsupported::FieldExpiry,
        OP_FUNCTION2 | OP_FUNCTION_PRE_GA => Unsupported::Functions,
        0xf4 => Unsupported::SlotInfo,
        _ => return None,
    })
}

pub(super) fn read_value(cursor: &mut Cursor<'_>, encoding: ValueType) -> Result<Value, RdbError> {
    Ok(match encoding {
        ValueType::String => Value::String(cursor.blob(Role::String)?),
        ValueType::List => Value::List(read_texts(cursor, Counted::Elements, Role::Element)?),
        ValueType::Set => Value::Set(read_texts(cursor, Counted::Members, Role::Member)?),
        ValueType::Hash => Value::Hash(read_fields(cursor)?),
        ValueType::SortedSet => Value::SortedSet(read_members(cursor, read_binary_score)?),
        ValueType::SortedSetText => Value::SortedSet(read_members(cursor, read_text_score)?),
        ValueType::ListZiplist => Value::List(cursor.block(|block| unpack::ziplist(block, Role::Element))?),
        ValueType::ListQuicklist => Value::List(read_quicklist(cursor, false)?),
        ValueType::ListQuicklist2 => Value::List(read_quicklist(cursor, true)?),
        ValueType::SetIntset => cursor.block(unpack::intset)?,
        ValueType::HashZipmap => Value::Hash(cursor.block(unpack::zipmap)?),
        ValueType::HashZiplist => {
            let items = cursor.block(|block| unpack::ziplist(block, unpack::field_role))?;
            Value::Hash(unpack::pairs(cursor, items)?)
        }
        ValueType::HashListpack => {
            let items = cursor.block(|block| unpack::listpack(block, unpack::field_role))?;
            Value::Hash(unpack::pairs(cursor, items)?)
        }
        ValueType::SortedSetZiplist => {
            let items = cursor.block(|block| unpack::ziplist(block, unpack::score_role))?;
            Value::SortedSet(unpack::scores(cursor, items)?)
        }
        ValueType::SortedSetListpack => {
            let items = cursor.block(|block| unpack::listpack(block, unpack::score_role))?;
            Value::SortedSet(unpack::scores(cursor, items)?)
        }
    })
}

fn read_texts(
    cursor: &mut Cursor<'_>,
    counted: Counted,
    role: impl Fn(u32) -> Role,
) -> Result<Vec<Blob>, RdbError> {
    let count = cursor.length(counted)?;
    let mut items = Vec::new();
    for index in 0..count {
        items.push(cursor.blob(role(index as u32))?);
    }
    Ok(items)
}

fn read_fields(cursor: &mut Cursor<'_>) -> Result<Vec<(Blob, Blob)>, RdbError> {
    let count = cursor.length(Counted::Fields)?;
    let mut fields = Vec::new();
    for index in 0..count {
        let field = cursor.blob(Role::Field(index as u32))?;
        fields.push((field, cursor.blob(Role::FieldValue(index as u32))?));
    }
    Ok(fields)
}

fn read_members(
    cursor: &mut Cursor<'_>,
    read_score: impl Fn(&mut Cursor<'_>, u32) -> Result<f64, RdbError>,
) -> Result<Vec<(Blob, f64)>, RdbError> {
    let count = cursor.length(Counted::Members)?;
    let mut members = Vec::new();
    for index in 0..count {
        let member = cursor.blob(Role::Member(index as u32))?;
        let at = cursor.at;
        let score = read_score(cursor, index as u32)?;
        if score.is_nan() {
            return Err(cursor.error_at(at, RdbErrorKind::BadScore));
        }
        members.push((member, score));
    }
    Ok(members)
}

fn read_binary_score(cursor: &mut Cursor<'_>, index: u32) -> Result<f64, RdbError> {
    cursor.number(f64::from_le_bytes, |score| What::Score(index, format_g17(score)))
}

fn read_text_score(cursor: &mut Cursor<'_>, index: u32) -> Result<f64, RdbError> {
    let len = cursor.number(|[len]| len, |len| What::Length(Counted::ScoreDigits, u64::from(len)))?;
    Ok(match len {
        253 => f64::NAN,
        254 => f64::INFINITY,
        255 => f64::NEG_INFINITY,
        len => {
            let at = cursor.at;
            let text =
                cursor.take(u64::from(len), |text| What::Text(Role::Score(index), Blob::from(text)))?;
            unpack::parse_score(text).ok_or(cursor.error_at(at, RdbErrorKind::BadScore))?
        }
    })
}

fn read_quicklist(cursor: &mut Cursor<'_>, second: bool) -> Result<Vec<Blob>, RdbError> {
    /// `QUICKLIST_NODE_CONTAINER_PLAIN`, `QUICKLIST_NODE_CONTAINER_PACKED`
    const PLAIN: u64 = 1;
    const PACKED: u64 = 2;
    let nodes = cursor.length(Counted::Nodes)?;
    let mut items = Vec::new();
    for _ in 0..nodes {
        let before = items.len() as u32;
        let role = |index: u32| Role::Element(before.wrapping_add(index));
        let at = cursor.at;
        match if second { cursor.length(Counted::Container)? } else { PACKED } {
            PLAIN => match cursor.blob(role(0))? {
                item if item.is_empty() => return Err(cursor.error_at(at, RdbErrorKind::EmptyNode)),
                item => items.push(item),
            },
            PACKED if second => items.extend(cursor.block(|block| unpack::listpack(block, role))?),
            PACKED => items.extend(cursor.block(|block| unpack::ziplist(block, role))?),
            other => return Err(cursor.error_at(at, RdbErrorKind::BadContainer(other))),
        }
    }
    Ok(items)
}
