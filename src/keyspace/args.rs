//! Reading arguments, by the rules of the release.
//!
//! Since 3.0 an integer has one canonical form; before, it was whatever `strtoll` takes up to a NUL byte
//! (`+5`, `007`, even nothing at all, which is 0). Floats are what `strtod` takes in every release, so `inf`
//! and `0x10` are numbers.

use super::call::Call;
use super::errors::{self, Refused};
use crate::base::float::{self, Float80};
use crate::base::{Blob, Profile, Version, parse_i64};

/// Whether an argument is the option `name` (given in lower case), in any case.
pub fn is(arg: &[u8], name: &str) -> bool {
    arg.eq_ignore_ascii_case(name.as_bytes())
}

pub fn blob(bytes: impl AsRef<[u8]>) -> Blob {
    Blob::from(bytes.as_ref())
}

/// The decimal form of `n`.
pub fn decimal(n: i64) -> Blob {
    blob(n.to_string())
}

fn is_space(b: u8) -> bool {
    matches!(b, b' ' | b'\t'..=b'\r')
}

/// The bytes as a C string.
pub fn to_nul(text: &[u8]) -> &[u8] {
    text.split(|b| *b == 0).next().unwrap_or_default()
}

/// A number as `strtoll` reads the whole of a C string, in base 10.
fn strtoll(text: &[u8]) -> Option<i128> {
    let text = to_nul(text);
    if text.is_empty() {
        return Some(0);
    }
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let n = digits.iter().try_fold(0i128, |n, d| n.checked_mul(10)?.checked_add(i128::from(d - b'0')));
    // Too many digits are out of range, not malformed; both are refused by every caller.
    n.map(|n| if negative { -n } else { n })
}

/// A cursor of the SCAN family: `strtoul`, which wraps negative numbers.
pub fn cursor(text: &[u8]) -> Option<u64> {
    let n = strtoll(text)?;
    u64::try_from(n.unsigned_abs())
        .ok()
        .map(|magnitude| if n < 0 { magnitude.wrapping_neg() } else { magnitude })
}

/// An integer, if `text` is one for this release (`object.c:getLongLongFromObject`).
pub fn integer(text: &[u8], profile: &Profile) -> Option<i64> {
    match profile.version {
        Version::V2_6 | Version::V2_8 => strtoll(text).and_then(|n| i64::try_from(n).ok()),
        _ => parse_i64(text),
    }
}

impl Call<'_> {
    pub(super) fn parse_int(&self, text: &[u8]) -> Option<i64> {
        integer(text, self.profile)
    }

    pub(super) fn int(&self, arg: &[u8]) -> Result<i64, Refused> {
        self.parse_int(arg).ok_or(errors::NOT_INTEGER)
    }

    /// An integer, or the refusal given.
    pub(super) fn int_or(&self, arg: &[u8], refusal: Refused) -> Result<i64, Refused> {
        self.parse_int(arg).ok_or(refusal)
    }

    /// An integer that is at least 0.
    pub(super) fn positive(&self, arg: &[u8]) -> Result<i64, Refused> {
        self.parse_int(arg).filter(|n| *n >= 0).ok_or(errors::NOT_POSITIVE)
    }

    /// An integer that is at least 0, or the refusal given.
    pub(super) fn not_negative(&self, arg: &[u8], refusal: &'static str) -> Result<i64, Refused> {
        self.parse_int(arg).filter(|n| *n >= 0).ok_or(errors::text(refusal))
    }

    /// An integer of 32 bits (`getIntFromObjectOrReply`).
    pub(super) fn int32(&self, arg: &[u8]) -> Result<i32, Refused> {
        let n = self.int(arg)?;
        let range = "ERR value is out of range, value must between -2147483648 and 2147483647";
        i32::try_from(n).map_err(|_| errors::text(range))
    }

    /// A database number: `None` when there is no such database.
    pub(super) fn database(&self, index: i64) -> Option<u32> {
        u32::try_from(index).ok().filter(|index| *index < self.keyspace.databases())
    }

    fn float_text<'a>(&self, text: &'a [u8]) -> Option<&'a [u8]> {
        let old = self.profile.version <= Version::V2_8;
        let text = if old { to_nul(text) } else { text };
        if text.is_empty() {
            return old.then_some(b"0");
        }
        (!is_space(text[0])).then_some(text)
    }

    /// A double, if `text` is one (`getDoubleFromObject`). NaN is not.
    pub(super) fn parse_double(&self, text: &[u8]) -> Option<f64> {
        float::parse_double(self.float_text(text)?)
    }

    pub(super) fn double(&self, arg: &[u8]) -> Result<f64, Refused> {
        self.parse_double(arg).ok_or(errors::NOT_FLOAT)
    }

    /// A long double, if `text` is one (`getLongDoubleFromObject`).
    pub(super) fn parse_long_double(&self, text: &[u8]) -> Option<Float80> {
        // 2.x refuses whatever sets ERANGE, numbers below the normal ones included.
        let strict = self.profile.version <= Version::V2_8;
        Float80::parse(self.float_text(text)?).filter(|value| !(strict && value.is_subnormal()))
    }

    pub(super) fn long_double(&self, arg: &[u8]) -> Result<Float80, Refused> {
        self.parse_long_double(arg).ok_or(errors::NOT_FLOAT)
    }
}
