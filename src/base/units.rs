//! Quantities that must not be mixed up.

use std::fmt;
use std::ops::{Add, AddAssign};

/// A position in a replication stream: the number of its last byte. The first byte of a stream has number 1.
/// Redis uses -1 for "none".
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, serde::Serialize)]
pub struct Offset(pub i64);

/// A number of bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, serde::Serialize)]
pub struct ByteCount(pub u64);

impl Offset {
    pub const NONE: Offset = Offset(-1);

    /// The number of the byte after this one.
    pub fn next(self) -> Offset {
        Offset(self.0 + 1)
    }

    /// How many bytes lie between `earlier` and this one; negative when `earlier` is ahead.
    pub fn minus(self, earlier: Offset) -> i64 {
        self.0 - earlier.0
    }
}

impl Add<ByteCount> for Offset {
    type Output = Offset;
    fn add(self, count: ByteCount) -> Offset {
        Offset(self.0 + count.0 as i64)
    }
}

impl AddAssign<ByteCount> for Offset {
    fn add_assign(&mut self, count: ByteCount) {
        *self = *self + count;
    }
}

impl Add for ByteCount {
    type Output = ByteCount;
    fn add(self, other: ByteCount) -> ByteCount {
        ByteCount(self.0 + other.0)
    }
}

impl AddAssign for ByteCount {
    fn add_assign(&mut self, other: ByteCount) {
        self.0 += other.0;
    }
}

impl From<usize> for ByteCount {
    fn from(n: usize) -> ByteCount {
        ByteCount(n as u64)
    }
}

impl fmt::Display for Offset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for ByteCount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
