//! LZF, the compression of long strings in an RDB.
//!
//! A compressed string is a row of instructions: copy the next 1 to 32 bytes, or repeat 3 to 264 bytes that
//! were written up to 8192 bytes ago. Reading them back needs nothing else. Writing is a choice, and ours is
//! the choice of the library inside Redis, byte for byte, so that a snapshot has the size and the content that
//! the real server's has. The releases differ in one detail: up to 2.8 nothing is repeated within the last four
//! bytes.
//!
//! Redis does not clear its table of earlier positions; what garbage it finds there can only be told from a
//! real match when it happens to point into the same buffer. We start from an empty table.
//!
//! Source: the format as described in `lzf_c.c` of Redis 7.0.15 and 2.8.17 (LibLZF by Marc Lehmann).

use std::ops::Range;

/// The longest run of plain bytes in one instruction.
const LITERAL_MAX: usize = 32;
/// How far back a repetition may reach.
const DISTANCE_MAX: usize = 8192;
/// The most bytes that one repetition gives, from three bytes of input.
pub(super) const REPEAT_MAX: usize = 264;
const TABLE_BITS: u32 = 16;

/// One instruction.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Token {
    /// These bytes of the input, as they are.
    Literal(Range<usize>),
    /// `len` bytes from `distance` bytes ago; the two may overlap.
    Repeat { len: usize, distance: usize },
}

/// Compressed data that cannot be read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Corrupt;

/// Reads the instruction at `at`, and where the next one begins.
pub(super) fn token(input: &[u8], at: usize) -> Result<(Token, usize), Corrupt> {
    let byte = |at: usize| input.get(at).copied().map(usize::from).ok_or(Corrupt);
    let control = byte(at)?;
    if control < LITERAL_MAX {
        let end = at + 2 + control;
        return if end <= input.len() { Ok((Token::Literal(at + 1..end), end)) } else { Err(Corrupt) };
    }
    let (extra, at) = if control >> 5 == 7 { (byte(at + 1)?, at + 2) } else { (0, at + 1) };
    let len = (control >> 5) + extra + 2;
    let distance = ((control & 31) << 8) + byte(at)? + 1;
    Ok((Token::Repeat { len, distance }, at + 1))
}

/// The `len` bytes that `input` stands for. Never allocates more than `input` can give.
pub(super) fn decompress(input: &[u8], len: u64) -> Result<Vec<u8>, Corrupt> {
    if len > input.len() as u64 * REPEAT_MAX as u64 {
        return Err(Corrupt);
    }
    let len = len as usize;
    let mut out = Vec::with_capacity(len);
    let mut at = 0;
    while at < input.len() {
        let (token, next) = token(input, at)?;
        match token {
            Token::Literal(range) => out.extend_from_slice(&input[range]),
            Token::Repeat { len, distance } => {
                let from = out.len().checked_sub(distance).ok_or(Corrupt)?;
                if distance >= len {
                    out.extend_from_within(from..from + len);
                } else {
                    for i in from..from + len {
                        out.push(out[i]);
                    }
                }
            }
        }
        if out.len() > len {
            return Err(Corrupt);
        }
        at = next;
    }
    if out.len() == len { Ok(out) } else { Err(Corrupt) }
}

/// The compressor, with the table that it keeps from string to string.
#[derive(Clone)]
pub(super) struct Compressor {
    /// Up to 2.8: nothing is repeated within the last four bytes.
    spares_the_end: bool,
    /// For each hash of three bytes, where they were seen last, counted from before the first string; what is
    /// not above `base` belongs to earlier strings.
    table: Vec<u32>,
    base: u32,
    out: Vec<u8>,
}

impl Compressor {
    pub(super) fn new(spares_the_end: bool) -> Compressor {
        Compressor { spares_the_end, table: Vec::new(), base: 0, out: Vec::new() }
    }

    /// Compresses `input` into at most `limit` bytes, or says that it does not fit.
    pub(super) fn compress(&mut self, input: &[u8], limit: usize) -> Option<&[u8]> {
        let size = u32::try_from(input.len()).ok()?;
        if self.table.is_empty() {
            self.table = vec![0; 1 << TABLE_BITS];
        }
        if self.base.checked_add(size).is_none() {
            self.table.fill(0);
            self.base = 0;
        }
        self.out.clear();
        let done = self.run(input, limit);
        self.base += size;
        done.then_some(self.out.as_slice())
    }

    fn run(&mut self, input: &[u8], limit: usize) -> bool {
        let end = input.len();
        let mut at = 0;
        let mut literals = 0;
        // A run of literals begins with its control byte, written once its length is known.
        self.out.push(0);
        while at + 2 < end {
            let seen = self.remember(input, at);
            let Some(from) = seen.filter(|&from| self.repeats(input, from, at)) else {
                if self.out.len() >= limit {
                    return false;
                }
                self.literal(input[at], &mut literals);
                at += 1;
                continue;
            };
            let written = self.out.len() - usize::from(literals == 0);
            if written + 4 >= limit {
                return false;
            }
            self.end_run(literals);
            let len = match_length(&input[from..], &input[at..]);
            self.repeat(len, at - from);
            literals = 0;
            self.out.push(0);
            at += len;
            if at + 2 >= end {
                break;
            }
            // Of the bytes inside a repetition only the last two are remembered.
            self.remember(input, at - 2);
            self.remember(input, at - 1);
        }
        if self.out.len() + 3 > limit {
            return false;
        }
        for &byte in &input[at..] {
            self.literal(byte, &mut literals);
        }
        self.end_run(literals);
        true
    }

    /// Notes that the three bytes at `at` were seen, and says where they, or others of the same hash, were seen
    /// before. The first byte of a string never counts.
    fn remember(&mut self, input: &[u8], at: usize) -> Option<usize> {
        let [a, b, c] = [input[at], input[at + 1], input[at + 2]].map(u32::from);
        let slot = (a << 8 | b).wrapping_sub(5 * (b << 8 | c)) & ((1 << TABLE_BITS) - 1);
        let seen = std::mem::replace(&mut self.table[slot as usize], self.base + at as u32);
        seen.checked_sub(self.base).filter(|&at| at > 0).map(|at| at as usize)
    }

    fn repeats(&self, input: &[u8], from: usize, at: usize) -> bool {
        at - from <= DISTANCE_MAX
            && !(self.spares_the_end && at + 4 >= input.len())
            && input[from..from + 3] == input[at..at + 3]
    }

    fn literal(&mut self, byte: u8, literals: &mut usize) {
        self.out.push(byte);
        *literals += 1;
        if *literals == LITERAL_MAX {
            self.end_run(LITERAL_MAX);
            *literals = 0;
            self.out.push(0);
        }
    }

    /// Writes the control byte of a run, or takes it back when the run is empty.
    fn end_run(&mut self, literals: usize) {
        if literals == 0 {
            self.out.pop();
        } else {
            let control = self.out.len() - literals - 1;
            self.out[control] = (literals - 1) as u8;
        }
    }

    fn repeat(&mut self, len: usize, distance: usize) {
        let (code, far) = (len - 2, distance - 1);
        let high = (far >> 8) as u8;
        if code < 7 {
            self.out.push(high | (code as u8) << 5);
        } else {
            self.out.extend([high | 7 << 5, (code - 7) as u8]);
        }
        self.out.push(far as u8);
    }
}

/// How many bytes are taken as equal. Close to the end of the input the original stops up to two bytes early,
/// because of how its loop is unrolled; so must we.
fn match_length(earlier: &[u8], here: &[u8]) -> usize {
    let room = (here.len() - 2).min(REPEAT_MAX);
    let stop = if room > 16 { room.max(19) } else { room.max(3) };
    (3..stop).find(|&i| earlier[i] != here[i]).unwrap_or(stop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Rng;

    fn compress(input: &[u8]) -> Option<Vec<u8>> {
        Compressor::new(false).compress(input, input.len() - 4).map(<[u8]>::to_vec)
    }

    #[test]
    fn known_strings_compress_as_in_redis() {
        assert_eq!(compress(&[b'a'; 100]).unwrap(), [1, 0x61, 0x61, 0xe0, 0x57, 0, 1, 0x61, 0x61]);
        assert_eq!(compress(&[b'x'; 64]).unwrap(), [1, 0x78, 0x78, 0xe0, 0x33, 0, 1, 0x78, 0x78]);
        assert_eq!(compress(b"the quick brown fox jumps over"), None);
    }

    #[test]
    fn what_was_compressed_can_be_read_back() {
        let mut rng = Rng::new(1, 0);
        for spares_the_end in [false, true] {
            let mut compressor = Compressor::new(spares_the_end);
            for _ in 0..2000 {
                let len = 21 + rng.below(600) as usize;
                let letters = 1 + rng.below(5);
                let input: Vec<u8> = (0..len).map(|_| b'a' + rng.below(letters) as u8).collect();
                if let Some(packed) = compressor.compress(&input, len - 4) {
                    assert!(packed.len() <= len - 4);
                    assert_eq!(decompress(packed, len as u64).unwrap(), input);
                }
            }
        }
    }

    #[test]
    fn corrupt_input_is_refused_before_memory_is_taken() {
        assert_eq!(decompress(&[0, b'a'], u64::MAX), Err(Corrupt));
        assert_eq!(decompress(&[0, b'a', 0x20, 5], 4), Err(Corrupt));
        assert_eq!(decompress(&[5, b'a'], 6), Err(Corrupt));
        assert_eq!(decompress(&[0, b'a'], 2), Err(Corrupt));
        assert_eq!(decompress(&[0xe0], 9), Err(Corrupt));
    }
}
