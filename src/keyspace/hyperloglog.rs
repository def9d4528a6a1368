//! The string that holds a HyperLogLog: a header of 16 bytes (magic, encoding, cached count), and 16,384 registers,
//! either six bits each (dense) or as runs (sparse).
//!
//! Sources: Redis 7.0.15 `hyperloglog.c`; the estimate is Otmar Ertl's (arXiv:1702.01284).

/// The bits of a hash that choose a register, and those whose leading zeros are counted.
const INDEX_BITS: u32 = 14;
const RUN_BITS: u32 = 64 - INDEX_BITS;
pub const REGISTERS: usize = 1 << INDEX_BITS;
const HEADER: usize = 16;
const DENSE_SIZE: usize = HEADER + REGISTERS * 6 / 8;
const ENCODING_AT: usize = 4;
const CARD_AT: usize = 8;
const DENSE: u8 = 0;
const SPARSE: u8 = 1;

/// What the sparse form can say: values up to 32 in runs of up to 4, zeros in runs of up to 64 in one byte.
const VALUE_MAX: u8 = 32;
const VALUE_RUN_MAX: usize = 4;
const ZERO_RUN_MAX: usize = 64;

/// The sparse form does not describe all registers, or too many.
#[derive(Debug, PartialEq, Eq)]
pub struct Corrupted;

/// A run of equal registers in the sparse form.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Run {
    value: u8,
    length: usize,
    /// The bytes that say it.
    bytes: usize,
}

/// A HyperLogLog, as the bytes of its string.
#[derive(Clone)]
pub struct Sketch(Vec<u8>);

impl Sketch {
    pub fn new() -> Sketch {
        let mut bytes = b"HYLL".to_vec();
        bytes.resize(HEADER, 0);
        bytes[ENCODING_AT] = SPARSE;
        write_zeros(&mut bytes, REGISTERS);
        Sketch(bytes)
    }

    /// The sketch in a string, if there is one (`isHLLObjectOrReply`).
    pub fn of(bytes: &[u8]) -> Option<Sketch> {
        let right_size = |encoding: u8| encoding == SPARSE || encoding == DENSE && bytes.len() == DENSE_SIZE;
        let fits = bytes.len() >= HEADER && bytes.starts_with(b"HYLL") && right_size(bytes[ENCODING_AT]);
        fits.then(|| Sketch(bytes.to_vec()))
    }

    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    pub fn is_dense(&self) -> bool {
        self.0[ENCODING_AT] == DENSE
    }

    /// The count that was computed last, unless a register has changed since.
    pub fn cached(&self) -> Option<u64> {
        let bytes: [u8; 8] = self.0[CARD_AT..HEADER].try_into().unwrap_or([0x80; 8]);
        (bytes[7] & 0x80 == 0).then(|| u64::from_le_bytes(bytes))
    }

    pub fn keep(&mut self, count: u64) {
        self.0[CARD_AT..HEADER].copy_from_slice(&count.to_le_bytes());
    }

    pub fn forget_count(&mut self) {
        self.0[HEADER - 1] |= 0x80;
    }

    /// Adds an element; whether a register grew (`hllAdd`).
    pub fn add(&mut self, element: &[u8], sparse_max: usize) -> Result<bool, Corrupted> {
        let hash = murmur(element);
        let run = (hash >> INDEX_BITS | 1 << RUN_BITS).trailing_zeros() as u8 + 1;
        self.raise((hash & (REGISTERS as u64 - 1)) as usize, run, sparse_max)
    }

    /// Raises a register to `value` if it is lower.
    pub fn raise(&mut self, index: usize, value: u8, sparse_max: usize) -> Result<bool, Corrupted> {
        if self.is_dense() {
            return Ok(self.raise_dense(index, value));
        }
        match self.raise_sparse(index, value, sparse_max)? {
            Some(grew) => Ok(grew),
            None => {
                self.make_dense()?;
                Ok(self.raise_dense(index, value))
            }
        }
    }

    fn raise_dense(&mut self, index: usize, value: u8) -> bool {
        if dense_register(&self.0[HEADER..], index) >= value {
            return false;
        }
        let (at, shift) = (HEADER + index * 6 / 8, index * 6 % 8);
        let mask = 63u16 << shift;
        let high = self.0.get(at + 1).copied().unwrap_or(0);
        let word = u16::from_le_bytes([self.0[at], high]) & !mask | u16::from(value) << shift;
        self.0[at] = word as u8;
        if let Some(byte) = self.0.get_mut(at + 1) {
            *byte = (word >> 8) as u8;
        }
        true
    }

    /// Raises a register of the sparse form; `None` when only the dense form can hold it (`hllSparseSet`).
    fn raise_sparse(&mut self, index: usize, value: u8, max: usize) -> Result<Option<bool>, Corrupted> {
        if value > VALUE_MAX {
            return Ok(None);
        }
        let (mut at, mut first, mut before) = (HEADER, 0, HEADER);
        let run = loop {
            let run = self.run_at(at).ok_or(Corrupted)?;
            if index < first + run.length {
                break run;
            }
            (before, at, first) = (at, at + run.bytes, first + run.length);
        };
        if run.value >= value {
            return Ok(Some(false));
        }
        let mut parts = Vec::with_capacity(5);
        write_run(&mut parts, run.value, index - first);
        write_run(&mut parts, value, 1);
        write_run(&mut parts, run.value, first + run.length - 1 - index);
        if parts.len() > run.bytes && self.0.len() + parts.len() - run.bytes > max {
            return Ok(None);
        }
        self.0.splice(at..at + run.bytes, parts);
        self.join_runs(before);
        self.forget_count();
        Ok(Some(true))
    }

    /// Joins neighbours of equal value, in up to five steps from `at`.
    fn join_runs(&mut self, mut at: usize) {
        for _ in 0..5 {
            let Some(run) = self.run_at(at) else { break };
            let next = self.run_at(at + run.bytes).filter(|next| run.value > 0 && next.value == run.value);
            match next {
                Some(next) if run.length + next.length <= VALUE_RUN_MAX => {
                    self.0.remove(at);
                    self.0[at] = value_byte(run.value, run.length + next.length);
                }
                _ => at += run.bytes,
            }
        }
    }

    fn run_at(&self, at: usize) -> Option<Run> {
        let byte = *self.0.get(at)?;
        let low = usize::from(byte & 0x3f);
        Some(match byte >> 6 {
            0 => Run { value: 0, length: low + 1, bytes: 1 },
            1 => Run { value: 0, length: (low << 8 | usize::from(*self.0.get(at + 1)?)) + 1, bytes: 2 },
            _ => Run { value: (byte >> 2 & 0x1f) + 1, length: usize::from(byte & 3) + 1, bytes: 1 },
        })
    }

    pub fn make_dense(&mut self) -> Result<(), Corrupted> {
        if self.is_dense() {
            return Ok(());
        }
        let registers = self.registers()?;
        self.0.truncate(HEADER);
        self.0.resize(DENSE_SIZE, 0);
        self.0[ENCODING_AT] = DENSE;
        for (index, value) in registers.into_iter().enumerate() {
            self.raise_dense(index, value);
        }
        Ok(())
    }

    /// All registers.
    pub fn registers(&self) -> Result<Vec<u8>, Corrupted> {
        if self.is_dense() {
            return Ok((0..REGISTERS).map(|index| dense_register(&self.0[HEADER..], index)).collect());
        }
        let (mut registers, mut at) = (Vec::with_capacity(REGISTERS), HEADER);
        while let Some(run) = self.run_at(at) {
            registers.resize((registers.len() + run.length).min(REGISTERS + 1), run.value);
            at += run.bytes;
        }
        if registers.len() == REGISTERS { Ok(registers) } else { Err(Corrupted) }
    }
}

fn dense_register(registers: &[u8], index: usize) -> u8 {
    let (at, shift) = (index * 6 / 8, index * 6 % 8);
    let word = u16::from_le_bytes([registers[at], registers.get(at + 1).copied().unwrap_or(0)]);
    (word >> shift & 63) as u8
}

fn value_byte(value: u8, length: usize) -> u8 {
    0x80 | (value - 1) << 2 | (length - 1) as u8
}

/// A run of the sparse form; one without registers is nothing.
fn write_run(out: &mut Vec<u8>, value: u8, length: usize) {
    match (value, length) {
        (_, 0) => {}
        (0, _) => write_zeros(out, length),
        _ => out.push(value_byte(value, length)),
    }
}

fn write_zeros(out: &mut Vec<u8>, length: usize) {
    if length > ZERO_RUN_MAX {
        out.push(0x40 | ((length - 1) >> 8) as u8);
    }
    out.push((length - 1) as u8);
}

/// How many different elements have made the registers what they are (`hllCount`).
pub fn estimate(registers: &[u8]) -> u64 {
    let mut histogram = [0u32; 64];
    registers.iter().for_each(|value| histogram[usize::from(value & 63)] += 1);
    let m = REGISTERS as f64;
    let runs = RUN_BITS as usize;
    let mut z = m * tau((m - f64::from(histogram[runs + 1])) / m);
    for count in histogram[1..=runs].iter().rev() {
        z = (z + f64::from(*count)) * 0.5;
    }
    z += m * sigma(f64::from(histogram[0]) / m);
    (0.721_347_520_444_481_7 * m * m / z).round() as u64
}

fn sigma(mut x: f64) -> f64 {
    if x == 1.0 {
        return f64::INFINITY;
    }
    let (mut y, mut z) = (1.0, x);
    loop {
        x *= x;
        let before = z;
        z += x * y;
        y += y;
        if before == z {
            return z;
        }
    }
}

fn tau(mut x: f64) -> f64 {
    if x == 0.0 || x == 1.0 {
        return 0.0;
    }
    let (mut y, mut z) = (1.0, 1.0 - x);
    loop {
        x = x.sqrt();
        let before = z;
        y *= 0.5;
        z -= (1.0 - x) * (1.0 - x) * y;
        if before == z {
            return z / 3.0;
        }
    }
}

/// MurmurHash64A (Austin Appleby, public domain) with the seed that Redis uses.
fn murmur(data: &[u8]) -> u64 {
    const M: u64 = 0xc6a4_a793_5bd1_e995;
    const SEED: u64 = 0xadc8_3b19;
    let mix = |k: u64| {
        let k = k.wrapping_mul(M);
        (k ^ k >> 47).wrapping_mul(M)
    };
    let mut hash = SEED ^ (data.len() as u64).wrapping_mul(M);
    let mut words = data.chunks_exact(8);
    for word in &mut words {
        let word = word.try_into().map_or(0, u64::from_le_bytes);
        hash = (hash ^ mix(word)).wrapping_mul(M);
    }
    let rest = words.remainder();
    if !rest.is_empty() {
        let tail = rest.iter().rev().fold(0, |tail, byte| tail << 8 | u64::from(*byte));
        hash = (hash ^ tail).wrapping_mul(M);
    }
    hash = (hash ^ hash >> 47).wrapping_mul(M);
    hash ^ hash >> 47
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sketch(elements: u32, sparse_max: usize) -> Sketch {
        let mut sketch = Sketch::new();
        for element in 0..elements {
            sketch.add(element.to_string().as_bytes(), sparse_max).expect("sound");
        }
        sketch
    }

    #[test]
    fn both_forms_hold_the_same_registers() {
        let (sparse, dense) = (sketch(500, 3000), sketch(500, 0));
        assert!(!sparse.is_dense() && dense.is_dense());
        assert_eq!(sparse.registers(), dense.registers());
    }

    #[test]
    fn what_outgrows_the_sparse_form_becomes_dense() {
        assert!(!sketch(1000, 3000).is_dense());
        assert!(sketch(3000, 3000).is_dense());
    }

    #[test]
    fn the_estimate_is_as_good_as_its_number_of_registers_allows() {
        for count in [0, 1, 17, 100, 10_000, 100_000] {
            let estimate = estimate(&sketch(count, 3000).registers().expect("sound"));
            let off = estimate.abs_diff(u64::from(count));
            assert!(off * 40 <= u64::from(count), "{estimate} for {count}");
        }
    }

    #[test]
    fn a_form_that_does_not_add_up_is_refused() {
        let mut bytes = sketch(3, 3000).into_bytes();
        bytes.pop();
        assert_eq!(Sketch::of(&bytes).expect("it has the head of one").registers(), Err(Corrupted));
        assert!(Sketch::of(b"HYLL\x00 too short").is_none());
        assert!(Sketch::of(b"HYLL").is_none());
    }
}
