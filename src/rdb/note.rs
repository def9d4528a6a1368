//! Saying of every byte of an RDB what it is.
//!
//! [`annotate`] reads the file with the reader that loads it, and keeps what each byte turned out to mean. The
//! notes are data: the narration makes sentences of them.

use std::ops::Range;

use crate::base::Blob;

use super::{RdbErrorKind, RdbReader, ValueType};

/// What the bytes in `range` are.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Note {
    pub range: Range<usize>,
    pub what: What,
}

/// Records that are not keys.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Opcode {
    Aux,
    SelectDb,
    ResizeDb,
    ExpireSeconds,
    ExpireMs,
    /// The use count of an LFU policy follows.
    Frequency,
    /// The idle time of an LRU policy follows.
    Idle,
    End,
}

/// What a number that stands before something counts or names.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Counted {
    /// The bytes of the string that follows.
    Bytes(Role),
    /// The bytes of the string that follows, as they are in the file.
    CompressedBytes(Role),
    /// The bytes of the string that follows, once it is decompressed.
    InflatedBytes(Role),
    Elements,
    Members,
    Fields,
    Nodes,
    Database,
    Keys,
    Expires,
    IdleSeconds,
    /// How the next node of a quicklist is kept: 1 is a single element, 2 a listpack.
    Container,
    /// The digits of a score as text; 253 to 255 stand for nan, inf and -inf.
    ScoreDigits,
}

/// What a text or number means for the dataset. Numbers count from 0 within the value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    AuxName,
    AuxValue,
    Key,
    /// The value of a string key.
    String,
    Element(u32),
    Member(u32),
    Field(u32),
    /// The value of that field.
    FieldValue(u32),
    /// The score of that member.
    Score(u32),
    /// A ziplist, listpack, intset or zipmap as a whole.
    Block,
}

/// One instruction of a compressed string.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum LzfStep {
    /// These bytes, as they are.
    Literal(Blob),
    /// `len` bytes once more, from `distance` bytes before.
    Repeat { len: u32, distance: u32 },
}

/// The meaning of a few bytes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum What {
    /// `REDIS`
    Magic,
    Version(u32),
    Opcode(Opcode),
    Type(ValueType),
    Length(Counted, u64),
    Text(Role, Blob),
    /// A string kept as an integer, with its mark.
    IntegerText(Role, i64),
    /// The mark of a compressed string.
    Compressed,
    Lzf(Role, LzfStep),
    ExpiryMs(i64),
    ExpirySeconds(i32),
    Frequency(u8),
    /// A binary score, as text.
    Score(u32, String),
    /// The size of a ziplist or listpack in bytes.
    BlockBytes(u32),
    /// Where the last entry of a ziplist begins.
    BlockTail(u32),
    BlockCount(u16),
    /// The size of the entry before, in a ziplist.
    PreviousLength(u32),
    /// The header of an entry that is a text, or a length in a zipmap.
    EntryLength(Role, u32),
    EntryText(Role, Blob),
    /// An entry that is an integer, with its header.
    EntryInteger(Role, i64),
    /// The size of the entry itself, at its end, in a listpack.
    BackLength(u64),
    BlockEnd,
    IntsetWidth(u32),
    IntsetCount(u32),
    /// How many unused bytes follow a value in a zipmap.
    ZipmapFree(u8),
    /// Those unused bytes.
    ZipmapSlack,
    /// Zero means that none was computed.
    Checksum {
        stored: u64,
        computed: u64,
    },
    /// Bytes that cannot be read, and why.
    Unread(RdbErrorKind),
    /// Bytes after the end of the file.
    Trailing,
}

/// What every byte of `data` means. The notes are in order, without gap or overlap, and cover all of it. What
/// cannot be read, or has not arrived yet, is one note at the end.
pub fn annotate(data: &[u8]) -> Vec<Note> {
    let mut reader = RdbReader::new(data, u32::MAX);
    reader.take_notes();
    let outcome = loop {
        match reader.next() {
            Ok(Some(_)) => {}
            Ok(None) => break What::Trailing,
            Err(error) => break What::Unread(error.kind),
        }
    };
    let mut notes = reader.into_notes();
    let end = notes.last().map_or(0, |note| note.range.end);
    if end < data.len() {
        notes.push(Note { range: end..data.len(), what: outcome });
    }
    notes
}
