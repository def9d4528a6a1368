//! Reading primitives one after another, with an eye on the end.
//!
//! Every byte is taken through [`Cursor::take`], which can note what it was. So the notes tile the file by
//! construction, and no length that the file claims is believed before the bytes are there.

use std::borrow::Cow;

use crate::base::Blob;

use super::lzf::{self, Token};
use super::note::{Counted, LzfStep, Note, Role, What};
use super::{RdbError, RdbErrorKind};

/// How much compressed strings may unpack to unless somebody says otherwise: this, and [`INFLATED_PER_BYTE`]
/// for each byte of the file. A hostile file reaches 88 bytes per byte, and blocks of tiny entries in them take
/// many times that as values.
const INFLATED_BASE: u64 = 64 << 20;
const INFLATED_PER_BYTE: u64 = 16;

pub(super) struct Cursor<'a> {
    data: &'a [u8],
    pub(super) at: usize,
    /// Set while reading something that was decompressed: where the compressed bytes begin. Nothing in there
    /// has a place in the file of its own.
    inside: Option<u64>,
    notes: Option<Vec<Note>>,
    /// How many bytes decompression may still give.
    inflatable: u64,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(data: &'a [u8]) -> Cursor<'a> {
        let inflatable = INFLATED_BASE + INFLATED_PER_BYTE * data.len() as u64;
        Cursor { data, at: 0, inside: None, notes: None, inflatable }
    }

    pub(super) fn set_inflatable(&mut self, bytes: u64) {
        self.inflatable = bytes;
    }

    pub(super) fn take_notes(&mut self) {
        self.notes = Some(Vec::new());
    }

    pub(super) fn into_notes(self) -> Vec<Note> {
        self.notes.unwrap_or_default()
    }

    pub(super) fn before(&self) -> &'a [u8] {
        &self.data[..self.at]
    }

    pub(super) fn rest(&self) -> &'a [u8] {
        &self.data[self.at..]
    }

    pub(super) fn error(&self, kind: RdbErrorKind) -> RdbError {
        self.error_at(self.at, kind)
    }

    pub(super) fn error_at(&self, at: usize, kind: RdbErrorKind) -> RdbError {
        RdbError { at: self.inside.unwrap_or(at as u64), kind }
    }

    /// Takes `n` bytes and notes what they are.
    pub(super) fn take(&mut self, n: u64, what: impl FnOnce(&'a [u8]) -> What) -> Result<&'a [u8], RdbError> {
        let bytes = self.peek(n)?;
        self.pass(bytes.len(), || what(bytes));
        Ok(bytes)
    }

    /// The next `n` bytes, without taking them.
    pub(super) fn peek(&self, n: u64) -> Result<&'a [u8], RdbError> {
        let rest = self.rest();
        if n > rest.len() as u64 {
            return Err(self.error_at(self.data.len(), RdbErrorKind::Truncated));
        }
        Ok(&rest[..n as usize])
    }

    /// The next `N` bytes, without taking them.
    pub(super) fn peek_array<const N: usize>(&self) -> Result<[u8; N], RdbError> {
        let bytes = self.peek(N as u64)?;
        Ok(bytes.try_into().expect("as many bytes as were asked for"))
    }

    /// Moves over `n` bytes that were peeked at and notes what they are.
    pub(super) fn pass(&mut self, n: usize, what: impl FnOnce() -> What) {
        if let Some(notes) = &mut self.notes
            && n > 0
        {
            notes.push(Note { range: self.at..self.at + n, what: what() });
        }
        self.at += n;
    }

    /// Takes a number of `N` bytes.
    pub(super) fn number<const N: usize, T: Copy>(
        &mut self,
        read: impl FnOnce([u8; N]) -> T,
        what: impl FnOnce(T) -> What,
    ) -> Result<T, RdbError> {
        let value = read(self.peek_array()?);
        self.pass(N, || what(value));
        Ok(value)
    }

    /// Takes a length that is no special string encoding.
    pub(super) fn length(&mut self, counted: Counted) -> Result<u64, RdbError> {
        match self.peek_length()? {
            Ok((width, value)) => {
                self.pass(width, || What::Length(counted, value));
                Ok(value)
            }
            Err(special) => Err(self.error(RdbErrorKind::BadLength(special))),
        }
    }

    /// The width and the value of the length that comes, or the byte of a special string encoding.
    fn peek_length(&self) -> Result<Result<(usize, u64), u8>, RdbError> {
        let [first] = self.peek_array()?;
        Ok(match first {
            0x00..=0x3f => Ok((1, u64::from(first))),
            0x40..=0x7f => Ok((2, u64::from(u16::from_be_bytes(self.peek_array()?) & 0x3fff))),
            0x80 => {
                let [_, value @ ..] = self.peek_array::<5>()?;
                Ok((5, u64::from(u32::from_be_bytes(value))))
            }
            0x81 => {
                let [_, value @ ..] = self.peek_array::<9>()?;
                Ok((9, u64::from_be_bytes(value)))
            }
            0x82..=0xbf => return Err(self.error(RdbErrorKind::BadLength(first))),
            0xc0.. => Err(first),
        })
    }

    /// Takes a string of any encoding.
    pub(super) fn text(&mut self, role: Role) -> Result<Cow<'a, [u8]>, RdbError> {
        match self.peek_length()? {
            Ok((width, len)) => {
                self.pass(width, || What::Length(Counted::Bytes(role), len));
                Ok(Cow::Borrowed(self.take(len, |bytes| What::Text(role, Blob::from(bytes)))?))
            }
            Err(special) => self.special(role, special).map(Cow::Owned),
        }
    }

    pub(super) fn blob(&mut self, role: Role) -> Result<Blob, RdbError> {
        Ok(Blob::from(&*self.text(role)?))
    }

    /// Takes a string that is a packed block, and reads the block with `read`.
    pub(super) fn block<T>(
        &mut self,
        read: impl FnOnce(&mut Cursor<'_>) -> Result<T, RdbError>,
    ) -> Result<T, RdbError> {
        match self.peek_length()? {
            Ok((width, len)) => {
                self.pass(width, || What::Length(Counted::Bytes(Role::Block), len));
                let end = self.at + self.peek(len)?.len();
                let mut inner = Cursor {
                    data: &self.data[..end],
                    at: self.at,
                    inside: self.inside,
                    notes: self.notes.take(),
                    inflatable: 0,
                };
                let outcome = read(&mut inner);
                self.at = inner.at;
                self.notes = inner.notes;
                outcome
            }
            Err(special) => {
                let start = self.at as u64;
                let data = self.special(Role::Block, special)?;
                let inside = Some(self.inside.unwrap_or(start));
                read(&mut Cursor { data: &data, at: 0, inside, notes: None, inflatable: 0 })
            }
        }
    }

    fn special(&mut self, role: Role, special: u8) -> Result<Vec<u8>, RdbError> {
        let (width, value) = match special {
            0xc0 => {
                let [_, value] = self.peek_array::<2>()?;
                (2, i64::from(value as i8))
            }
            0xc1 => {
                let [_, value @ ..] = self.peek_array::<3>()?;
                (3, i64::from(i16::from_le_bytes(value)))
            }
            0xc2 => {
                let [_, value @ ..] = self.peek_array::<5>()?;
                (5, i64::from(i32::from_le_bytes(value)))
            }
            0xc3 => return self.compressed(role),
            other => return Err(self.error(RdbErrorKind::BadStringEncoding(other))),
        };
        self.pass(width, || What::IntegerText(role, value));
        Ok(value.to_string().into_bytes())
    }

    fn compressed(&mut self, role: Role) -> Result<Vec<u8>, RdbError> {
        let start = self.at;
        self.take(1, |_| What::Compressed)?;
        let packed_len = self.length(Counted::CompressedBytes(role))?;
        let len = self.length(Counted::InflatedBytes(role))?;
        let packed = self.peek(packed_len)?;
        if len > self.inflatable {
            return Err(self.error_at(start, RdbErrorKind::InflatesTooMuch(self.inflatable)));
        }
        self.inflatable -= len;
        let data = lzf::decompress(packed, len)
            .map_err(|lzf::Corrupt| self.error_at(start, RdbErrorKind::BadCompression))?;
        if self.notes.is_some() {
            self.note_compressed(role, packed);
        } else {
            self.at += packed.len();
        }
        Ok(data)
    }

    /// Notes the instructions of `packed`, which was decompressed without fault.
    fn note_compressed(&mut self, role: Role, packed: &[u8]) {
        let mut at = 0;
        while let Ok((token, next)) = lzf::token(packed, at) {
            let step = match token {
                Token::Literal(range) => LzfStep::Literal(Blob::from(&packed[range])),
                Token::Repeat { len, distance } => {
                    LzfStep::Repeat { len: len as u32, distance: distance as u32 }
                }
            };
            self.pass(next - at, || What::Lzf(role, step));
            at = next;
        }
    }
}
