//! RDB, the snapshot of a dataset: what a full resynchronisation sends.
//!
//! Picture a tape. It begins with `REDIS` and a version, goes on with records that each begin with one byte
//! that says what they are (a setting, the next database, a key with its value), and ends with a checksum over
//! everything before it. [`RdbWriter`] writes the tape as the release of a profile would, [`RdbReader`] reads
//! what any release from 2.4 to 7.0 wrote, and [`annotate`] says of every byte what it means.
//!
//! Absent: streams, modules and functions, which get an error that names them; the decision which encoding a
//! value has, which the data ring takes; the framing of the transfer (`$<n>`, `$EOF:`).
//!
//! Source: Redis 7.0.15 `rdb.c`, `rdb.h`; 4.0.14, 2.8.17, 2.6.17 `rdb.c`.

mod cursor;
mod error;
mod lzf;
mod note;
mod pack;
mod payload;
mod read;
mod score;
mod unpack;
mod write;

use crc::{CRC_64_REDIS, Crc};

pub use error::{RdbError, RdbErrorKind, Unsupported};
pub use note::{Counted, LzfStep, Note, Opcode, Role, What, annotate};
pub use pack::IntWidth;
pub use payload::{PayloadError, payload, read_payload};
pub use read::{Entry, RdbReader, Record, Value};
pub use score::{format_g17, score_text};
pub use write::{Encoding, RdbWriter};

/// The checksum at the end of a file (`crc64.c`). The table is made anew for each file, which takes microseconds: as a
/// constant, two kilobytes that do not compress would travel with every page.
fn crc64(bytes: &[u8]) -> u64 {
    Crc::<u64>::new(&CRC_64_REDIS).checksum(bytes)
}

const OP_FUNCTION2: u8 = 0xf5;
const OP_FUNCTION_PRE_GA: u8 = 0xf6;
const OP_MODULE_AUX: u8 = 0xf7;
const OP_IDLE: u8 = 0xf8;
const OP_FREQ: u8 = 0xf9;
const OP_AUX: u8 = 0xfa;
const OP_RESIZE_DB: u8 = 0xfb;
const OP_EXPIRE_MS: u8 = 0xfc;
const OP_EXPIRE_SECONDS: u8 = 0xfd;
const OP_SELECT_DB: u8 = 0xfe;
const OP_END: u8 = 0xff;

/// What a value is and how it is encoded: the byte before its key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum ValueType {
    String = 0,
    List = 1,
    Set = 2,
    /// A sorted set with its scores as text.
    SortedSetText = 3,
    Hash = 4,
    /// A sorted set with its scores as binary numbers.
    SortedSet = 5,
    HashZipmap = 9,
    ListZiplist = 10,
    SetIntset = 11,
    SortedSetZiplist = 12,
    HashZiplist = 13,
    /// A list of ziplists.
    ListQuicklist = 14,
    HashListpack = 16,
    SortedSetListpack = 17,
    /// A list of listpacks and of single large elements.
    ListQuicklist2 = 18,
}

impl ValueType {
    const ALL: [ValueType; 15] = [
        ValueType::String,
        ValueType::List,
        ValueType::Set,
        ValueType::SortedSetText,
        ValueType::Hash,
        ValueType::SortedSet,
        ValueType::HashZipmap,
        ValueType::ListZiplist,
        ValueType::SetIntset,
        ValueType::SortedSetZiplist,
        ValueType::HashZiplist,
        ValueType::ListQuicklist,
        ValueType::HashListpack,
        ValueType::SortedSetListpack,
        ValueType::ListQuicklist2,
    ];

    fn from_byte(byte: u8) -> Option<ValueType> {
        ValueType::ALL.into_iter().find(|kind| *kind as u8 == byte)
    }
}

#[cfg(test)]
mod tests;
