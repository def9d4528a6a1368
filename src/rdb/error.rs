//! What can be wrong with an RDB.

use std::fmt;

/// An RDB that cannot be read, and where.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("byte {at}: {kind}")]
pub struct RdbError {
    /// The offset in the file of what could not be read. Inside a compressed string, where that string begins.
    pub at: u64,
    pub kind: RdbErrorKind,
}

/// What is wrong. A real server closes the link on the first two and exits on the others.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum RdbErrorKind {
    #[error("not an RDB: it does not begin with REDIS")]
    WrongMagic,
    #[error("cannot handle RDB format version {0}")]
    VersionNotSupported(u32),
    #[error("the file ends here, in the middle of something")]
    Truncated,
    #[error("unknown type or opcode {0}")]
    UnknownType(u8),
    #[error("{0} are not supported")]
    Unsupported(Unsupported),
    #[error("unknown length encoding 0x{0:02x}")]
    BadLength(u8),
    #[error("unknown string encoding 0x{0:02x}")]
    BadStringEncoding(u8),
    #[error("corrupt compressed string")]
    BadCompression,
    #[error("compressed strings unpack to more than {0} bytes")]
    InflatesTooMuch(u64),
    #[error("corrupt ziplist")]
    BadZiplist,
    #[error("corrupt listpack")]
    BadListpack,
    #[error("corrupt intset")]
    BadIntset,
    #[error("corrupt zipmap")]
    BadZipmap,
    #[error("unknown quicklist container {0}")]
    BadContainer(u64),
    #[error("an empty quicklist node")]
    EmptyNode,
    #[error("a score that is not a number")]
    BadScore,
    #[error("a field without its value")]
    OddNumberOfEntries,
    #[error("the same key twice")]
    DuplicateKey,
    #[error("the same member twice")]
    DuplicateMember,
    #[error("a database number out of range: {0}")]
    BadDatabase(u64),
    #[error("wrong checksum: the file says {stored:016x}, its bytes give {computed:016x}")]
    WrongChecksum { stored: u64, computed: u64 },
}

/// Parts of RDB files that Resync does not model.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unsupported {
    Streams,
    Modules,
    Functions,
    /// Sets as listpacks (7.2).
    ListpackSets,
    /// Hashes whose fields expire (7.4).
    FieldExpiry,
    /// Slot information of a cluster (7.4).
    SlotInfo,
}

impl fmt::Display for Unsupported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Unsupported::Streams => "streams",
            Unsupported::Modules => "modules",
            Unsupported::Functions => "functions",
            Unsupported::ListpackSets => "sets as listpacks (Redis 7.2)",
            Unsupported::FieldExpiry => "hashes with expiring fields (Redis 7.4)",
            Unsupported::SlotInfo => "cluster slots (Redis 7.4)",
        })
    }
}
