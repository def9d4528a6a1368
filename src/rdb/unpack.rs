//! Reading the packed encodings: ziplist, listpack, intset and zipmap.
//!
//! A real server checks these blocks loosely and may crash on a broken one later. Here every size, count and
//! back reference must be right.
//!
//! Source: Redis 7.0.15 `listpack.c`, `ziplist.c`, `intset.c`, `zipmap.c` (2.4).

use crate::base::Blob;

use super::cursor::Cursor;
use super::note::{Role, What};
use super::pack::{IntWidth, backlen_width};
use super::{RdbError, RdbErrorKind, Value};

/// The count in a header that says: count the entries.
const UNKNOWN_COUNT: u16 = u16::MAX;
const END: u8 = 0xff;

/// The role of entry `index` in a packed hash.
pub(super) fn field_role(index: u32) -> Role {
    if index.is_multiple_of(2) { Role::Field(index / 2) } else { Role::FieldValue(index / 2) }
}

/// The role of entry `index` in a packed sorted set.
pub(super) fn score_role(index: u32) -> Role {
    if index.is_multiple_of(2) { Role::Member(index / 2) } else { Role::Score(index / 2) }
}

/// Entries that stand in pairs.
pub(super) fn pairs(cursor: &Cursor<'_>, items: Vec<Blob>) -> Result<Vec<(Blob, Blob)>, RdbError> {
    if !items.len().is_multiple_of(2) {
        return Err(cursor.error(RdbErrorKind::OddNumberOfEntries));
    }
    let mut items = items.into_iter();
    Ok(std::iter::from_fn(|| Some((items.next()?, items.next()?))).collect())
}

/// Entries that are members with their scores.
pub(super) fn scores(cursor: &Cursor<'_>, items: Vec<Blob>) -> Result<Vec<(Blob, f64)>, RdbError> {
    let scored = |(member, score): (Blob, Blob)| {
        let score = parse_score(&score).filter(|score| !score.is_nan());
        Ok((member, score.ok_or(cursor.error(RdbErrorKind::BadScore))?))
    };
    pairs(cursor, items)?.into_iter().map(scored).collect()
}

/// A score that was written as text.
pub(super) fn parse_score(text: &[u8]) -> Option<f64> {
    crate::base::float::parse_loose(text)
}

/// The bytes of the block that `cursor` stands in, with an error for anything that is wrong with it.
struct Block<'c, 'a> {
    cursor: &'c mut Cursor<'a>,
    start: usize,
    broken: RdbErrorKind,
}

impl<'c, 'a> Block<'c, 'a> {
    fn new(cursor: &'c mut Cursor<'a>, broken: RdbErrorKind) -> Block<'c, 'a> {
        Block { start: cursor.at, cursor, broken }
    }

    fn broken<T>(&self) -> Result<T, RdbError> {
        Err(self.cursor.error(self.broken))
    }

    /// An end of the block in the middle of something is a fault of the block, not of the file.
    fn check<T>(&self, outcome: Result<T, RdbError>) -> Result<T, RdbError> {
        outcome.map_err(|error| match error.kind {
            RdbErrorKind::Truncated => self.cursor.error(self.broken),
            _ => error,
        })
    }

    fn number<const N: usize, T: Copy>(
        &mut self,
        read: impl FnOnce([u8; N]) -> T,
        what: impl FnOnce(T) -> What,
    ) -> Result<T, RdbError> {
        let outcome = self.cursor.number(read, what);
        self.check(outcome)
    }

    fn peek<const N: usize>(&self) -> Result<[u8; N], RdbError> {
        self.check(self.cursor.peek_array())
    }

    fn take(&mut self, n: u64, what: impl FnOnce(&'a [u8]) -> What) -> Result<&'a [u8], RdbError> {
        let outcome = self.cursor.take(n, what);
        self.check(outcome)
    }

    /// Reads the size that the block claims, which must be what is there.
    fn total(&mut self) -> Result<(), RdbError> {
        let there = self.cursor.rest().len() as u64;
        let total = self.number(u32::from_le_bytes, What::BlockBytes)?;
        if u64::from(total) == there { Ok(()) } else { self.broken() }
    }

    fn at_end(&self) -> Result<bool, RdbError> {
        let [byte] = self.peek()?;
        Ok(byte == END)
    }

    fn end(&mut self, count: u16, found: usize) -> Result<(), RdbError> {
        self.take(1, |_| What::BlockEnd)?;
        let right = count == UNKNOWN_COUNT || usize::from(count) == found;
        if right && self.cursor.rest().is_empty() { Ok(()) } else { self.broken() }
    }

    /// An entry that is an integer: a header byte and `width` bytes of number.
    fn integer(&mut self, role: Role, header: usize, width: usize) -> Result<Blob, RdbError> {
        let bytes = self.check(self.cursor.peek((header + width) as u64))?;
        let value = sign_extended(&bytes[header..]);
        self.cursor.pass(header + width, || What::EntryInteger(role, value));
        Ok(decimal(value))
    }

    /// An entry that is a text: `header` bytes, then `len` bytes.
    fn text(&mut self, role: Role, header: usize, len: u32) -> Result<Blob, RdbError> {
        self.take(header as u64, |_| What::EntryLength(role, len))?;
        Ok(Blob::from(self.take(u64::from(len), |text| What::EntryText(role, Blob::from(text)))?))
    }
}

fn sign_extended(bytes: &[u8]) -> i64 {
    let mut wide = if bytes.last().is_some_and(|top| top & 0x80 != 0) { [0xff; 8] } else { [0; 8] };
    wide[..bytes.len()].copy_from_slice(bytes);
    i64::from_le_bytes(wide)
}

fn decimal(value: i64) -> Blob {
    let mut text = Vec::with_capacity(20);
    crate::base::push_i64(&mut text, value);
    Blob::from(text)
}

/// Reads a ziplist. `role` says what entry `n` is.
pub(super) fn ziplist(cursor: &mut Cursor<'_>, role: impl Fn(u32) -> Role) -> Result<Vec<Blob>, RdbError> {
    let mut block = Block::new(cursor, RdbErrorKind::BadZiplist);
    block.total()?;
    let tail = block.number(u32::from_le_bytes, What::BlockTail)?;
    let count = block.number(u16::from_le_bytes, What::BlockCount)?;
    let mut items = Vec::new();
    let (mut last, mut last_len) = (block.cursor.at, 0);
    while !block.at_end()? {
        last = block.cursor.at;
        let previous = match block.peek()? {
            [254] => {
                let [_, value @ ..] = block.peek::<5>()?;
                let previous = u32::from_le_bytes(value);
                block.cursor.pass(5, || What::PreviousLength(previous));
                previous
            }
            [short] => {
                block.cursor.pass(1, || What::PreviousLength(u32::from(short)));
                u32::from(short)
            }
        };
        if previous as usize != last_len {
            return block.broken();
        }
        items.push(ziplist_entry(&mut block, role(items.len() as u32))?);
        last_len = block.cursor.at - last;
    }
    if tail as usize != last - block.start {
        return block.broken();
    }
    block.end(count, items.len())?;
    Ok(items)
}

fn ziplist_entry(block: &mut Block<'_, '_>, role: Role) -> Result<Blob, RdbError> {
    let [header] = block.peek()?;
    match header {
        0x00..=0x3f => block.text(role, 1, u32::from(header)),
        0x40..=0x7f => {
            let len = u16::from_be_bytes(block.peek()?) & 0x3fff;
            block.text(role, 2, u32::from(len))
        }
        0x80..=0xbf => {
            let [_, len @ ..] = block.peek::<5>()?;
            block.text(role, 5, u32::from_be_bytes(len))
        }
        0xc0 => block.integer(role, 1, 2),
        0xd0 => block.integer(role, 1, 4),
        0xe0 => block.integer(role, 1, 8),
        0xf0 => block.integer(role, 1, 3),
        0xfe => block.integer(role, 1, 1),
        0xf1..=0xfd => {
            let value = i64::from(header - 0xf1);
            block.cursor.pass(1, || What::EntryInteger(role, value));
            Ok(decimal(value))
        }
        _ => block.broken(),
    }
}

/// Reads a listpack. `role` says what entry `n` is.
pub(super) fn listpack(cursor: &mut Cursor<'_>, role: impl Fn(u32) -> Role) -> Result<Vec<Blob>, RdbError> {
    let mut block = Block::new(cursor, RdbErrorKind::BadListpack);
    block.total()?;
    let count = block.number(u16::from_le_bytes, What::BlockCount)?;
    let mut items = Vec::new();
    while !block.at_end()? {
        let start = block.cursor.at;
        items.push(listpack_entry(&mut block, role(items.len() as u32))?);
        let len = (block.cursor.at - start) as u64;
        let width = u64::from(backlen_width(len));
        let back = block.check(block.cursor.peek(width))?;
        let stored = back.iter().fold(0, |value, byte| value << 7 | u64::from(byte & 0x7f));
        if stored != len {
            return block.broken();
        }
        block.cursor.pass(width as usize, || What::BackLength(len));
    }
    block.end(count, items.len())?;
    Ok(items)
}

fn listpack_entry(block: &mut Block<'_, '_>, role: Role) -> Result<Blob, RdbError> {
    let [header] = block.peek()?;
    match header {
        0x00..=0x7f => {
            let value = i64::from(header);
            block.cursor.pass(1, || What::EntryInteger(role, value));
            Ok(decimal(value))
        }
        0x80..=0xbf => block.text(role, 1, u32::from(header & 0x3f)),
        0xc0..=0xdf => {
            // Thirteen bits with a sign.
            let value = i64::from((u16::from_be_bytes(block.peek()?) << 3) as i16 >> 3);
            block.cursor.pass(2, || What::EntryInteger(role, value));
            Ok(decimal(value))
        }
        0xe0..=0xef => {
            let len = u16::from_be_bytes(block.peek()?) & 0x0fff;
            block.text(role, 2, u32::from(len))
        }
        0xf0 => {
            let [_, len @ ..] = block.peek::<5>()?;
            block.text(role, 5, u32::from_le_bytes(len))
        }
        0xf1 => block.integer(role, 1, 2),
        0xf2 => block.integer(role, 1, 3),
        0xf3 => block.integer(role, 1, 4),
        0xf4 => block.integer(role, 1, 8),
        _ => block.broken(),
    }
}

/// Reads an intset: the members in ascending order.
pub(super) fn intset(cursor: &mut Cursor<'_>) -> Result<Value, RdbError> {
    let mut block = Block::new(cursor, RdbErrorKind::BadIntset);
    let bytes = block.number(u32::from_le_bytes, What::IntsetWidth)?;
    let count = block.number(u32::from_le_bytes, What::IntsetCount)?;
    let there = block.cursor.rest().len() as u64;
    let Some(width) = IntWidth::of_bytes(bytes).filter(|_| u64::from(bytes) * u64::from(count) == there)
    else {
        return block.broken();
    };
    let mut members = Vec::new();
    for index in 0..count {
        let value = sign_extended(block.check(block.cursor.peek(u64::from(bytes)))?);
        if members.last().is_some_and(|last| *last >= value) {
            return block.broken();
        }
        block.integer(Role::Member(index), 0, bytes as usize)?;
        members.push(value);
    }
    Ok(Value::Intset(width, members))
}

/// Reads a zipmap, the small hash of 2.4.
pub(super) fn zipmap(cursor: &mut Cursor<'_>) -> Result<Vec<(Blob, Blob)>, RdbError> {
    /// From here on the count says nothing.
    const BIG: u8 = 254;
    let mut block = Block::new(cursor, RdbErrorKind::BadZipmap);
    let count = block.number(|[n]| n, |n| What::BlockCount(u16::from(n)))?;
    let mut fields: Vec<(Blob, Blob)> = Vec::new();
    while !block.at_end()? {
        let index = fields.len() as u32;
        let field = zipmap_text(&mut block, Role::Field(index), false)?;
        let value = zipmap_text(&mut block, Role::FieldValue(index), true)?;
        fields.push((field, value));
    }
    let count = if count < BIG { u16::from(count) } else { UNKNOWN_COUNT };
    block.end(count, fields.len())?;
    Ok(fields)
}

fn zipmap_text(block: &mut Block<'_, '_>, role: Role, value: bool) -> Result<Blob, RdbError> {
    let (header, len) = match block.peek()? {
        [255] => return block.broken(),
        [254] => {
            let [_, len @ ..] = block.peek::<5>()?;
            (5, u32::from_le_bytes(len))
        }
        [len] => (1, u32::from(len)),
    };
    if !value {
        return block.text(role, header as usize, len);
    }
    block.take(header, |_| What::EntryLength(role, len))?;
    let free = block.number(|[n]| n, What::ZipmapFree)?;
    let text = Blob::from(block.take(u64::from(len), |text| What::EntryText(role, Blob::from(text)))?);
    block.take(u64::from(free), |_| What::ZipmapSlack)?;
    Ok(text)
}
