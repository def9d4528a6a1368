//! Random elements of collections: SRANDMEMBER, HRANDFIELD, ZRANDMEMBER.

use super::call::Call;
use super::errors::{Refused, text};
use crate::base::{Rng, Version};

/// More repeated elements than this are refused: a reply of any length could be asked for.
pub const REPEATS_MAX: u64 = 1 << 20;

/// Reads a count: positive for distinct elements, negative for repeated ones.
pub(super) fn count(call: &Call, arg: &[u8]) -> Result<i64, Refused> {
    let n = call.int(arg)?;
    if n == i64::MIN && call.at_least(Version::V7_0) {
        let (low, high) = (-i64::MAX, i64::MAX);
        return Err(format!("ERR value is out of range, value must between {low} and {high}").into());
    }
    Ok(n)
}

pub fn one<'a, T>(items: &'a [T], rng: &mut Rng) -> Option<&'a T> {
    if items.is_empty() { None } else { Some(&items[rng.below(items.len() as u64) as usize]) }
}

/// Picks as SRANDMEMBER does. When all are asked for they come in their own order.
pub fn several<T: Clone>(items: &[T], count: i64, rng: &mut Rng) -> Result<Vec<T>, Refused> {
    if count < 0 {
        if items.is_empty() {
            return Ok(Vec::new());
        }
        if count.unsigned_abs() > REPEATS_MAX {
            return Err(text("ERR unsupported in Resync: more than 1048576 repeated random elements"));
        }
        return Ok((0..count.unsigned_abs()).filter_map(|_| one(items, rng).cloned()).collect());
    }
    let mut items = items.to_vec();
    let wanted = usize::try_from(count).unwrap_or(usize::MAX);
    if wanted < items.len() {
        for i in 0..wanted {
            let other = i + rng.below((items.len() - i) as u64) as usize;
            items.swap(i, other);
        }
        items.truncate(wanted);
    }
    Ok(items)
}
