//! Byte strings: keys, values and arguments.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::rc::Rc;

/// The longest byte string that needs no memory of its own.
const SHORT_MAX: usize = 22;

/// An immutable byte string that is cheap to clone. Keys, values and command arguments are blobs, so that a
/// node can be cloned without copying its data. Short ones, as most keys are, lie in the blob itself: what holds
/// it need not follow a pointer to compare it.
#[derive(Clone)]
pub struct Blob(Repr);

#[derive(Clone)]
enum Repr {
    /// What is behind `len` is zero, so that equal blobs are equal as a whole.
    Short {
        len: u8,
        bytes: [u8; SHORT_MAX],
    },
    Long(Rc<[u8]>),
}

impl Blob {
    /// A copy of these bytes, made where it is to lie; for where blobs are made by the thousand. A processor cannot move a
    /// blob at once that it has not yet finished writing in smaller pieces, so the pieces are few: whole words, at the
    /// places where the words of a long blob are.
    #[inline(always)]
    pub(crate) fn copied(from: &[u8]) -> Blob {
        if from.len() > SHORT_MAX {
            return Blob(Repr::Long(from.into()));
        }
        let mut bytes = [0; SHORT_MAX];
        bytes[..6].copy_from_slice(&word(from).to_le_bytes()[..6]);
        bytes[6..14].copy_from_slice(&word(from.get(6..).unwrap_or_default()).to_le_bytes());
        bytes[14..].copy_from_slice(&word(from.get(14..).unwrap_or_default()).to_le_bytes());
        Blob(Repr::Short { len: from.len() as u8, bytes })
    }

    /// Becomes equal to `new`, in the memory it has if that is its own and of the right size: values that stay where they
    /// are let a large dataset be overwritten without a walk through the memory of the process.
    pub fn overwrite(&mut self, new: &Blob) {
        if let (Repr::Long(own), Repr::Long(new)) = (&mut self.0, &new.0)
            && own.len() == new.len()
            && let Some(own) = Rc::get_mut(own)
        {
            own.copy_from_slice(new);
        } else {
            *self = new.clone();
        }
    }

    /// Reads the ends of the memory that holds the bytes; the number means nothing.
    pub fn touch(&self) -> usize {
        match &self.0 {
            Repr::Short { len, bytes } => usize::from(*len ^ bytes[SHORT_MAX - 1]),
            Repr::Long(bytes) => Rc::strong_count(bytes) + bytes.last().map_or(0, |byte| usize::from(*byte)),
        }
    }
}

impl Default for Blob {
    fn default() -> Blob {
        Blob(Repr::Short { len: 0, bytes: [0; SHORT_MAX] })
    }
}

impl Deref for Blob {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        match &self.0 {
            Repr::Short { len, bytes } => &bytes[..usize::from(*len)],
            Repr::Long(bytes) => bytes,
        }
    }
}

impl From<&[u8]> for Blob {
    fn from(from: &[u8]) -> Blob {
        Blob::copied(from)
    }
}

/// The first eight bytes as a number; missing ones count as zero.
#[inline]
fn word(bytes: &[u8]) -> u64 {
    match bytes.first_chunk() {
        Some(eight) => u64::from_le_bytes(*eight),
        None => bytes.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte)),
    }
}

impl<const N: usize> From<&[u8; N]> for Blob {
    fn from(bytes: &[u8; N]) -> Blob {
        Blob::from(bytes.as_slice())
    }
}

impl From<Vec<u8>> for Blob {
    fn from(bytes: Vec<u8>) -> Blob {
        Blob::from(bytes.as_slice())
    }
}

impl FromIterator<u8> for Blob {
    fn from_iter<I: IntoIterator<Item = u8>>(bytes: I) -> Blob {
        Blob::from(Vec::from_iter(bytes))
    }
}

impl AsRef<[u8]> for Blob {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl Borrow<[u8]> for Blob {
    fn borrow(&self) -> &[u8] {
        self
    }
}

impl PartialEq for Blob {
    #[inline]
    fn eq(&self, other: &Blob) -> bool {
        match (&self.0, &other.0) {
            (Repr::Short { len: n, bytes: a }, Repr::Short { len: m, bytes: b }) => n == m && a == b,
            (Repr::Long(a), Repr::Long(b)) => a == b,
            _ => false,
        }
    }
}

impl Eq for Blob {}

impl PartialEq<[u8]> for Blob {
    fn eq(&self, other: &[u8]) -> bool {
        **self == *other
    }
}

impl PartialOrd for Blob {
    fn partial_cmp(&self, other: &Blob) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Blob {
    fn cmp(&self, other: &Blob) -> Ordering {
        (**self).cmp(other)
    }
}

impl Hash for Blob {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (**self).hash(state);
    }
}

impl fmt::Debug for Blob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

/// `bytes` as text for people: UTF-8 is kept, control characters and invalid bytes become `\xNN` (and `\r`,
/// `\n`, `\t`), at most `max` characters followed by `…`.
pub fn printable(bytes: &[u8], max: usize) -> String {
    // As most of it is: hundreds of labels are made in a frame.
    if bytes.len() <= max
        && bytes.iter().all(|byte| matches!(byte, b' '..=b'~'))
        && let Ok(text) = std::str::from_utf8(bytes)
    {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut count = 0;
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            if count == max {
                out.push('…');
                return out;
            }
            count += 1;
            match c {
                '\r' => out.push_str("\\r"),
                '\n' => out.push_str("\\n"),
                '\t' => out.push_str("\\t"),
                c if c.is_control() => out.push_str(&format!("\\x{:02x}", c as u32)),
                c => out.push(c),
            }
        }
        for b in chunk.invalid() {
            if count == max {
                out.push('…');
                return out;
            }
            count += 1;
            out.push_str(&format!("\\x{b:02x}"));
        }
    }
    out
}

/// `bytes` in double quotes, complete: what is not printable text is escaped, so that it can be read back.
pub fn quoted(bytes: &[u8]) -> String {
    let mut out = String::from("\"");
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '"' => out.push_str("\\\""),
                '\\' => out.push_str("\\\\"),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                c if c.is_control() => c.encode_utf8(&mut [0; 4]).bytes().for_each(|b| {
                    out.push_str(&format!("\\x{b:02x}"));
                }),
                c => out.push(c),
            }
        }
        for b in chunk.invalid() {
            out.push_str(&format!("\\x{b:02x}"));
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_and_long_blobs_behave_as_their_bytes() {
        let bytes: Vec<u8> = (0..60).collect();
        let all: Vec<Blob> = (0..60).map(|len| Blob::from(&bytes[..len])).collect();
        for (n, a) in all.iter().enumerate() {
            assert_eq!((&**a, a.len()), (&bytes[..n], n));
            assert_eq!(format!("{a:?}"), format!("{:?}", &bytes[..n]));
            for (m, b) in all.iter().enumerate() {
                assert_eq!((a == b, a.cmp(b)), (n == m, n.cmp(&m)));
            }
        }
        assert_ne!(Blob::from(b"a"), Blob::from(b"a\0"));
    }

    #[test]
    fn text_is_kept_and_other_bytes_are_escaped() {
        assert_eq!(printable("héllo 复制".as_bytes(), 80), "héllo 复制");
        assert_eq!(printable(b"a\r\n\x00\xff", 80), "a\\r\\n\\x00\\xff");
        assert_eq!(printable(b"abcdef", 3), "abc…");
    }
}
