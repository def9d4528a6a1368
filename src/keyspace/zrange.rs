//! Ranges of sorted sets: by rank, by score, by name.

use super::errors::{Refused, text};
use super::ordered::Item;
use super::t_list;
use super::zset::ZSet;
use crate::base::float;

/// What a range selects by.
#[derive(Clone, Debug)]
pub enum Range {
    Rank(i64, i64),
    Score(Bound<f64>, Bound<f64>),
    Name(NameBound, NameBound),
}

/// One end of a range of scores.
#[derive(Clone, Copy, Debug)]
pub struct Bound<T> {
    at: T,
    exclusive: bool,
}

/// One end of a range of names.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum NameBound {
    Least,
    Inclusive(Vec<u8>),
    Exclusive(Vec<u8>),
    Greatest,
}

/// A score with an optional `(`, read by `strtod` without any check but for NaN.
fn score_bound(arg: &[u8]) -> Option<Bound<f64>> {
    let (exclusive, number) = match arg {
        [b'(', rest @ ..] => (true, rest),
        _ => (false, arg),
    };
    Some(Bound { at: float::parse_loose(number)?, exclusive })
}

fn name_bound(arg: &[u8]) -> Option<NameBound> {
    match arg {
        [b'-'] | [b'-', 0, ..] => Some(NameBound::Least),
        [b'+'] | [b'+', 0, ..] => Some(NameBound::Greatest),
        [b'(', name @ ..] => Some(NameBound::Exclusive(name.to_vec())),
        [b'[', name @ ..] => Some(NameBound::Inclusive(name.to_vec())),
        _ => None,
    }
}

impl Range {
    pub fn by_score(min: &[u8], max: &[u8]) -> Result<Range, Refused> {
        let bounds = score_bound(min).zip(score_bound(max));
        bounds.map(|(min, max)| Range::Score(min, max)).ok_or(text("ERR min or max is not a float"))
    }

    pub fn by_name(min: &[u8], max: &[u8]) -> Result<Range, Refused> {
        let bounds = name_bound(min).zip(name_bound(max));
        bounds
            .map(|(min, max)| Range::Name(min, max))
            .ok_or(text("ERR min or max not valid string range item"))
    }

    /// Whether an item is not below the range.
    fn reaches(&self, item: &Item) -> bool {
        match self {
            Range::Rank(..) => true,
            Range::Score(min, _) => {
                if min.exclusive {
                    item.0 > min.at
                } else {
                    item.0 >= min.at
                }
            }
            Range::Name(min, _) => match min {
                NameBound::Least => true,
                NameBound::Inclusive(name) => *item.1 >= **name,
                NameBound::Exclusive(name) => *item.1 > **name,
                NameBound::Greatest => false,
            },
        }
    }

    /// Whether an item is not above the range.
    fn stays(&self, item: &Item) -> bool {
        match self {
            Range::Rank(..) => true,
            Range::Score(_, max) => {
                if max.exclusive {
                    item.0 < max.at
                } else {
                    item.0 <= max.at
                }
            }
            Range::Name(_, max) => match max {
                NameBound::Least => false,
                NameBound::Inclusive(name) => *item.1 <= **name,
                NameBound::Exclusive(name) => *item.1 < **name,
                NameBound::Greatest => true,
            },
        }
    }

    /// Whether no value at all can be in the range.
    fn is_void(&self) -> bool {
        match self {
            Range::Rank(..) => false,
            Range::Score(min, max) => min.at > max.at || min.at == max.at && (min.exclusive || max.exclusive),
            Range::Name(min, max) => match (min, max) {
                (NameBound::Inclusive(a), NameBound::Inclusive(b)) => a > b,
                (
                    NameBound::Inclusive(a) | NameBound::Exclusive(a),
                    NameBound::Inclusive(b) | NameBound::Exclusive(b),
                ) => a >= b,
                _ => min >= max,
            },
        }
    }

    /// The positions that the range covers, from the front or (`reverse`) from the back: the two differ only
    /// for names over unequal scores, where what is found depends on where the search starts. Ranks in
    /// reverse count from the end.
    pub fn positions(&self, zset: &ZSet, reverse: bool) -> (usize, usize) {
        let length = zset.len();
        if let Range::Rank(start, end) = self {
            let (start, end) = t_list::range(*start, *end, length);
            return if reverse { (length - end, length - start) } else { (start, end) };
        }
        let (Some(first), Some(last)) = (zset.iter().next(), zset.iter().next_back()) else { return (0, 0) };
        if self.is_void() || !self.reaches(last) || !self.stays(first) {
            return (0, 0);
        }
        match zset {
            ZSet::Packed(items) if reverse => {
                let end = length - items.iter().rev().take_while(|item| !self.stays(item)).count();
                let inside = items[..end].iter().rev().take_while(|item| self.reaches(item)).count();
                (end - inside, end)
            }
            ZSet::Packed(items) => {
                let start = items.iter().take_while(|item| !self.reaches(item)).count();
                (start, start + items[start..].iter().take_while(|item| self.stays(item)).count())
            }
            ZSet::Full { .. } => {
                let start = zset.count_prefix(|item| !self.reaches(item));
                (start, zset.count_prefix(|item| self.stays(item)).max(start))
            }
        }
    }

    /// The items of the range in the order asked for; of those, `limit` (all if negative) from `offset` on
    /// (none if negative).
    pub fn select(&self, zset: &ZSet, reverse: bool, offset: i64, limit: i64) -> Vec<Item> {
        let Ok(offset) = usize::try_from(offset) else { return Vec::new() };
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let (start, end) = self.positions(zset, reverse);
        if let (ZSet::Packed(items), false, true) = (zset, matches!(self, Range::Rank(..)), start < end) {
            // What the offset skips is not looked at: it matters for names over unequal scores.
            return if reverse {
                let found = items[..end].iter().rev().skip(offset).take_while(|item| self.reaches(item));
                found.take(limit).cloned().collect()
            } else {
                let found = items[start..].iter().skip(offset).take_while(|item| self.stays(item));
                found.take(limit).cloned().collect()
            };
        }
        let count = (end - start).saturating_sub(offset).min(limit);
        if count == 0 {
            return Vec::new();
        }
        if reverse {
            let end = end - offset;
            let mut items = zset.range(end - count, end);
            items.reverse();
            return items;
        }
        zset.range(start + offset, start + offset + count)
    }
}
