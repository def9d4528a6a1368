//! Commands on the bits of strings (`bitops.c`). Bit 0 is the highest bit of the first byte.

use super::args::is;
use super::call::{Call, Outcome};
use super::errors::{self, Ran, Refused, text};
use super::notify::Classes;
use super::value::{Form, Str, Value};
use crate::base::{Blob, Version, parse_i64};

const BAD_OFFSET: Refused = text("ERR bit offset is not an integer or out of range");
const BAD_BIT: Refused = text("ERR bit is not an integer or out of range");

fn offset(call: &Call, arg: &[u8]) -> Result<u64, Refused> {
    let offset = u64::try_from(call.int_or(arg, BAD_OFFSET)?).map_err(|_| BAD_OFFSET)?;
    check_offset(call, offset)
}

fn check_offset(call: &Call, offset: u64) -> Result<u64, Refused> {
    if offset >> 3 >= call.settings.string_max { Err(BAD_OFFSET) } else { Ok(offset) }
}

fn bit_at(bytes: &[u8], offset: u64) -> bool {
    let byte = usize::try_from(offset >> 3).ok().and_then(|at| bytes.get(at));
    byte.is_some_and(|byte| byte >> (7 - (offset & 7)) & 1 == 1)
}

impl Call<'_> {
    /// The string at `key`, long enough to hold bit `last`, and whether that made it longer.
    fn string_for_bits(&mut self, key: &[u8], last: u64) -> Result<(Vec<u8>, bool), Refused> {
        let old = self.write_string(key)?;
        let mut bytes = old.as_ref().map_or(Vec::new(), |s| s.bytes.to_vec());
        let needed = (last >> 3) as usize + 1;
        let grown = bytes.len() < needed;
        if grown {
            bytes.resize(needed, 0);
        }
        Ok((bytes, grown))
    }

    fn put_bits(&mut self, key: &Blob, bytes: Vec<u8>) {
        self.put(key, Value::String(Str { bytes: bytes.into(), form: Form::Raw }));
    }
}

pub fn setbit(call: &mut Call, argv: &[Blob]) -> Ran {
    let key = &argv[1];
    let offset = offset(call, &argv[2])?;
    let on = match call.int_or(&argv[3], BAD_BIT)? {
        0 => false,
        1 => true,
        _ => return Err(BAD_BIT),
    };
    let (mut bytes, grown) = call.string_for_bits(key, offset)?;
    let old = bit_at(&bytes, offset);
    let mask = 0x80 >> (offset & 7);
    let byte = &mut bytes[(offset >> 3) as usize];
    *byte = if on { *byte | mask } else { *byte & !mask };
    call.put_bits(key, bytes);
    if grown || old != on || !call.at_least(Version::V7_0) {
        call.changed(key);
        call.notify(Classes::STRING, "setbit", key);
    }
    call.reply.integer(i64::from(old));
    Ok(Outcome::Done)
}

pub fn getbit(call: &mut Call, argv: &[Blob]) -> Ran {
    let offset = offset(call, &argv[2])?;
    let bit = call.read_string(&argv[1])?.is_some_and(|bytes| bit_at(&bytes, offset));
    call.reply.integer(i64::from(bit));
    Ok(Outcome::Done)
}

/// What BITOP does with two bytes.
type Combine = fn(u8, u8) -> u8;

pub fn bitop(call: &mut Call, argv: &[Blob]) -> Ran {
    let operations: [(&str, Combine); 3] =
        [("and", |a, b| a & b), ("or", |a, b| a | b), ("xor", |a, b| a ^ b)];
    let operation = operations.iter().find(|(name, _)| is(&argv[1], name)).map(|(_, combine)| combine);
    let not = is(&argv[1], "not");
    if operation.is_none() && !not {
        return Err(errors::SYNTAX);
    }
    if not && argv.len() != 4 {
        return Err(text("ERR BITOP NOT must be called with a single source key."));
    }
    let mut sources = Vec::new();
    for key in &argv[3..] {
        sources.push(call.read_string(key)?.unwrap_or_default());
    }
    let length = sources.iter().map(|bytes| bytes.len()).max().unwrap_or(0);
    let byte = |source: &Blob, at: usize| source.get(at).copied().unwrap_or(0);
    let result: Vec<u8> = match operation {
        None => (0..length).map(|at| !byte(&sources[0], at)).collect(),
        Some(combine) => (0..length)
            .map(|at| {
                sources[1..].iter().fold(byte(&sources[0], at), |all, source| combine(all, byte(source, at)))
            })
            .collect(),
    };
    let target = &argv[2];
    if length > 0 {
        call.set_key(target, Value::String(Str { bytes: result.into(), form: Form::Raw }), None);
        call.effects.dirty += 1;
        call.notify(Classes::STRING, "set", target);
    } else if call.dict_mut().remove(target).is_some() {
        call.changed(target);
        call.notify(Classes::GENERIC, "del", target);
    } else if !call.at_least(Version::V7_0) {
        call.effects.dirty += 1;
    }
    call.reply.integer(length as i64);
    Ok(Outcome::Done)
}

/// BIT or BYTE, where 7.0 takes it: true for bits.
fn unit(call: &Call, word: &[u8]) -> Result<bool, Refused> {
    match () {
        _ if !call.at_least(Version::V7_0) => Err(errors::SYNTAX),
        _ if is(word, "bit") => Ok(true),
        _ if is(word, "byte") => Ok(false),
        _ => Err(errors::SYNTAX),
    }
}

/// An inclusive range of units, negative from the end, as a half-open one; `None` when it is empty.
fn span(start: i64, end: i64, length: i64) -> Option<(u64, u64)> {
    let absolute = |n: i64| if n < 0 { n.saturating_add(length).max(0) } else { n };
    let (start, end) = (absolute(start), absolute(end).min(length - 1));
    (start <= end).then(|| (start as u64, end as u64 + 1))
}

pub fn bitcount(call: &mut Call, argv: &[Blob]) -> Ran {
    let Some(bytes) = call.read_string(&argv[1])? else {
        call.reply.integer(0);
        return Ok(Outcome::Done);
    };
    let length = bytes.len() as i64;
    let bits = match &argv[2..] {
        [] => Some((0, length as u64 * 8)),
        [start, end, units @ ..] if units.len() <= usize::from(call.at_least(Version::V7_0)) => {
            let (start, end) = (call.int(start)?, call.int(end)?);
            // Since 3.2 this is noticed before negative positions are cut off.
            if start < 0 && end < 0 && start > end && call.at_least(Version::V4_0) {
                call.reply.integer(0);
                return Ok(Outcome::Done);
            }
            match units.first().map_or(Ok(false), |word| unit(call, word))? {
                true => span(start, end, length * 8),
                false => span(start, end, length).map(|(a, b)| (a * 8, b * 8)),
            }
        }
        _ => return Err(errors::SYNTAX),
    };
    let count = bits.map_or(0, |(start, end)| count_bits(&bytes, start, end));
    call.reply.integer(count as i64);
    Ok(Outcome::Done)
}

fn count_bits(bytes: &[u8], start: u64, end: u64) -> u64 {
    if end <= start {
        return 0;
    }
    let (first, last) = ((start >> 3) as usize, ((end - 1) >> 3) as usize);
    let all: u64 = bytes[first..=last].iter().map(|byte| u64::from(byte.count_ones())).sum();
    let before = (first as u64 * 8..start).filter(|at| bit_at(bytes, *at)).count() as u64;
    let after = (end..(last as u64 + 1) * 8).filter(|at| bit_at(bytes, *at)).count() as u64;
    all - before - after
}

pub fn bitpos(call: &mut Call, argv: &[Blob]) -> Ran {
    let wanted = match call.int(&argv[2])? {
        0 => false,
        1 => true,
        _ => return Err(text("ERR The bit argument must be 1 or 0.")),
    };
    let Some(bytes) = call.read_string(&argv[1])? else {
        call.reply.integer(if wanted { -1 } else { 0 });
        return Ok(Outcome::Done);
    };
    if argv.len() > if call.at_least(Version::V7_0) { 6 } else { 5 } {
        return Err(errors::SYNTAX);
    }
    let length = bytes.len() as i64;
    let start = argv.get(3).map_or(Ok(0), |arg| call.int(arg))?;
    let in_bits = argv.get(5).map_or(Ok(false), |word| unit(call, word))?;
    let end_given = argv.len() >= 5;
    let end = argv.get(4).map_or(Ok(i64::MAX), |arg| call.int(arg))?;
    let range = match in_bits {
        true => span(start, end, length * 8),
        false => span(start, end, length).map(|(a, b)| (a * 8, b * 8)),
    };
    let position = match range {
        None => -1,
        Some((start, end)) => match find_bit(&bytes, wanted, start, end) {
            Some(at) => at as i64,
            // Behind the end of the string everything is 0, unless the caller set an end.
            None if !wanted && !end_given => end as i64,
            None => -1,
        },
    };
    call.reply.integer(position);
    Ok(Outcome::Done)
}

fn find_bit(bytes: &[u8], wanted: bool, start: u64, end: u64) -> Option<u64> {
    let dull = if wanted { 0 } else { 0xff };
    let mut at = start;
    while at < end {
        if at & 7 == 0 && bytes[(at >> 3) as usize] == dull {
            at += 8;
        } else if bit_at(bytes, at) == wanted {
            return Some(at);
        } else {
            at += 1;
        }
    }
    None
}

/// What BITFIELD does with a number that does not fit.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Overflow {
    Wrap,
    Saturate,
    Fail,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Action {
    Get,
    Set(i64),
    Increment(i64),
}

/// One operation of BITFIELD.
struct Field {
    action: Action,
    offset: u64,
    signed: bool,
    bits: u32,
    overflow: Overflow,
}

const BAD_TYPE: Refused =
    text("ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.");

fn field_type(arg: &[u8]) -> Result<(bool, u32), Refused> {
    let signed = match arg.first() {
        Some(b'i') => true,
        Some(b'u') => false,
        _ => return Err(BAD_TYPE),
    };
    let bits = parse_i64(&arg[1..]).filter(|n| (1..=if signed { 64 } else { 63 }).contains(n));
    bits.map(|bits| (signed, bits as u32)).ok_or(BAD_TYPE)
}

/// A bit offset, or `#n` for the n-th field of that width.
fn field_offset(call: &Call, arg: &[u8], bits: u32) -> Result<u64, Refused> {
    let (number, unit) = match arg {
        [b'#', rest @ ..] => (rest, i64::from(bits)),
        _ => (arg, 1),
    };
    let offset = parse_i64(number).and_then(|n| n.checked_mul(unit)).and_then(|n| u64::try_from(n).ok());
    check_offset(call, offset.ok_or(BAD_OFFSET)?)
}

fn fields(call: &Call, words: &[Blob]) -> Result<Vec<Field>, Refused> {
    let (mut fields, mut overflow, mut rest) = (Vec::new(), Overflow::Wrap, words);
    while let [word, tail @ ..] = rest {
        if is(word, "overflow") && !tail.is_empty() {
            overflow = match &tail[0] {
                kind if is(kind, "wrap") => Overflow::Wrap,
                kind if is(kind, "sat") => Overflow::Saturate,
                kind if is(kind, "fail") => Overflow::Fail,
                _ => return Err(text("ERR Invalid OVERFLOW type specified")),
            };
            rest = &tail[1..];
            continue;
        }
        let (set, increment) = (is(word, "set"), is(word, "incrby"));
        let words = if set || increment { 3 } else { 2 };
        if !(set || increment || is(word, "get")) || tail.len() < words {
            return Err(errors::SYNTAX);
        }
        let (signed, bits) = field_type(&tail[0])?;
        let offset = field_offset(call, &tail[1], bits)?;
        let action = match () {
            _ if set => Action::Set(call.int(&tail[2])?),
            _ if increment => Action::Increment(call.int(&tail[2])?),
            _ => Action::Get,
        };
        fields.push(Field { action, offset, signed, bits, overflow });
        rest = &tail[words..];
    }
    Ok(fields)
}

impl Field {
    fn load(&self, bytes: &[u8]) -> i64 {
        let raw =
            (0..u64::from(self.bits)).fold(0u64, |n, i| n << 1 | u64::from(bit_at(bytes, self.offset + i)));
        let unused = 64 - self.bits;
        if self.signed { (raw << unused) as i64 >> unused } else { raw as i64 }
    }

    fn store(&self, bytes: &mut [u8], value: i64) {
        for i in 0..u64::from(self.bits) {
            let at = self.offset + i;
            let mask = 0x80u8 >> (at & 7);
            let byte = &mut bytes[(at >> 3) as usize];
            let on = value >> (u64::from(self.bits) - 1 - i) & 1 == 1;
            *byte = if on { *byte | mask } else { *byte & !mask };
        }
    }

    /// `value` cut to the field as OVERFLOW says; `None` when it is to fail.
    fn fit(&self, value: i128) -> Option<i64> {
        let (low, high) = if self.signed {
            (-(1i128 << (self.bits - 1)), (1i128 << (self.bits - 1)) - 1)
        } else {
            (0, (1i128 << self.bits) - 1)
        };
        if (low..=high).contains(&value) {
            return Some(value as i64);
        }
        match self.overflow {
            Overflow::Fail => None,
            // Redis looks at the room up to the highest value, which overflows for the lowest 64-bit numbers: they
            // count as too high (`checkSignedBitfieldOverflow`, 7.0.15).
            Overflow::Saturate => match self.action {
                Action::Set(n) if self.signed && self.bits < 64 && (high as i64).wrapping_sub(n) < 0 => {
                    Some(high as i64)
                }
                _ => Some(value.clamp(low, high) as i64),
            },
            Overflow::Wrap => {
                let raw = value as u128 & ((1u128 << self.bits) - 1);
                let wrapped = if self.signed && raw >> (self.bits - 1) == 1 {
                    raw as i128 - (1i128 << self.bits)
                } else {
                    raw as i128
                };
                Some(wrapped as i64)
            }
        }
    }

    /// The number that SET or INCRBY computes with. An unsigned SET takes the argument's 64 bits.
    fn target(&self, old: i64) -> i128 {
        match self.action {
            Action::Get => i128::from(old),
            Action::Set(n) if self.signed => i128::from(n),
            Action::Set(n) => i128::from(n as u64),
            Action::Increment(n) => i128::from(old) + i128::from(n),
        }
    }
}

fn bitfield_any(call: &mut Call, argv: &[Blob], read_only: bool) -> Ran {
    let key = &argv[1];
    let fields = fields(call, &argv[2..])?;
    let last =
        fields.iter().filter(|f| f.action != Action::Get).map(|f| f.offset + u64::from(f.bits) - 1).max();
    let (mut bytes, grown) = match last {
        None => (call.read_string(key)?.map_or(Vec::new(), |bytes| bytes.to_vec()), false),
        Some(_) if read_only => return Err(text("ERR BITFIELD_RO only supports the GET subcommand")),
        Some(last) => call.string_for_bits(key, last)?,
    };
    call.reply.array(fields.len());
    let mut changes = 0;
    for field in &fields {
        let old = field.load(&bytes);
        if field.action == Action::Get {
            call.reply.integer(old);
            continue;
        }
        let Some(new) = field.fit(field.target(old)) else {
            call.reply.null_bulk();
            continue;
        };
        call.reply.integer(if matches!(field.action, Action::Set(_)) { old } else { new });
        field.store(&mut bytes, new);
        // Before 7.0 every write counts.
        changes += u64::from(grown || old != new || !call.at_least(Version::V7_0));
    }
    if last.is_some() {
        call.put_bits(key, bytes);
    }
    if changes > 0 {
        call.effects.dirty += changes;
        call.touch(key);
        call.notify(Classes::STRING, "setbit", key);
    }
    Ok(Outcome::Done)
}

pub fn bitfield(call: &mut Call, argv: &[Blob]) -> Ran {
    bitfield_any(call, argv, false)
}

pub fn bitfield_ro(call: &mut Call, argv: &[Blob]) -> Ran {
    bitfield_any(call, argv, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_number_saturates_at_the_top_as_in_redis() {
        let set = |n| {
            let field = Field {
                action: Action::Set(n),
                offset: 0,
                signed: true,
                bits: 8,
                overflow: Overflow::Saturate,
            };
            field.fit(i128::from(n))
        };
        // Observed on 7.0.15.
        assert_eq!(set(i64::MIN), Some(127));
        assert_eq!(set(i64::MIN + 127), Some(127));
        assert_eq!(set(i64::MIN + 128), Some(-128));
        assert_eq!((set(-129), set(128)), (Some(-128), Some(127)));
    }
}
