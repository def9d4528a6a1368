//! Sorted sets (`t_zset.c`).

use super::call::Settings;
use super::dict::Dict;
use super::ordered::{Item, Ordered, compare};
use crate::base::{Blob, Profile, Version};

/// Members with scores, ordered by score and then by name. A sorted set that has grown large stays so.
#[derive(Clone, Debug)]
pub enum ZSet {
    Packed(Vec<Item>),
    Full { scores: Dict<f64>, order: Ordered },
}

impl Default for ZSet {
    fn default() -> ZSet {
        ZSet::Packed(Vec::new())
    }
}

impl ZSet {
    pub fn len(&self) -> usize {
        match self {
            ZSet::Packed(items) => items.len(),
            ZSet::Full { scores, .. } => scores.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn encoding(&self, profile: &Profile) -> &'static str {
        match self {
            ZSet::Full { .. } => "skiplist",
            ZSet::Packed(_) if profile.version >= Version::V7_0 => "listpack",
            ZSet::Packed(_) => "ziplist",
        }
    }

    pub fn score(&self, member: &[u8]) -> Option<f64> {
        match self {
            ZSet::Packed(items) => items.iter().find(|(_, m)| **m == *member).map(|(score, _)| *score),
            ZSet::Full { scores, .. } => scores.get(member).copied(),
        }
    }

    /// Adds a member or moves it to another score. The packed sets of 7.0 keep whole numbers as integers, which
    /// have no negative zero.
    pub fn add(&mut self, member: Blob, score: f64, settings: &Settings, profile: &Profile) {
        self.make_room(&member, settings);
        let integral = profile.version >= Version::V7_0 && matches!(self, ZSet::Packed(_));
        self.insert(member, if integral && score == 0.0 { 0.0 } else { score }, settings);
    }

    /// Unpacks the set if a new member would not fit.
    fn make_room(&mut self, member: &[u8], settings: &Settings) {
        let old = self.score(member);
        if old.is_none()
            && (self.len() >= settings.zset_max_entries || member.len() > settings.zset_max_value)
        {
            self.unpack();
        }
    }

    /// As [`ZSet::add`], with the score as it is.
    pub fn insert(&mut self, member: Blob, score: f64, settings: &Settings) {
        self.make_room(&member, settings);
        match self {
            ZSet::Packed(items) => {
                items.retain(|(_, m)| *m != member);
                let at = items.partition_point(|item| compare(item, score, &member).is_lt());
                items.insert(at, (score, member));
            }
            ZSet::Full { scores, order } => {
                if let Some(old) = scores.get(&member) {
                    order.remove(*old, &member);
                }
                order.insert(score, member.clone());
                scores.insert(member, score);
            }
        }
    }

    /// Removes a member; true when it was there.
    pub fn remove(&mut self, member: &[u8]) -> bool {
        match self {
            ZSet::Packed(items) => {
                let at = items.iter().position(|(_, m)| **m == *member);
                at.map(|at| items.remove(at)).is_some()
            }
            ZSet::Full { scores, order } => match scores.remove(member) {
                Some((member, score)) => {
                    order.remove(score, &member);
                    true
                }
                None => false,
            },
        }
    }

    /// Gives up the packed encoding.
    pub fn unpack(&mut self) {
        if let ZSet::Packed(items) = self {
            let mut order = Ordered::default();
            let scores = items.iter().map(|(score, member)| (member.clone(), *score)).collect();
            items.drain(..).for_each(|(score, member)| order.insert(score, member));
            *self = ZSet::Full { scores, order };
        }
    }

    /// Whether the result of a command is small enough to be packed (`zsetConvertToListpackIfNeeded`).
    pub fn packs(items: &[Item], settings: &Settings) -> bool {
        items.len() <= settings.zset_max_entries
            && items.iter().all(|(_, member)| member.len() <= settings.zset_max_value)
    }

    /// A sorted set of all these at once.
    pub fn of_items(items: Vec<Item>, settings: &Settings) -> ZSet {
        let mut zset = ZSet::default();
        if !ZSet::packs(&items, settings) {
            zset.unpack();
        }
        items.into_iter().for_each(|(score, member)| zset.insert(member, score, settings));
        zset
    }

    pub fn iter(&self) -> Box<dyn DoubleEndedIterator<Item = &Item> + '_> {
        match self {
            ZSet::Packed(items) => Box::new(items.iter()),
            ZSet::Full { order, .. } => Box::new(order.iter()),
        }
    }

    /// The items from position `start` to before `end`.
    pub fn range(&self, start: usize, end: usize) -> Vec<Item> {
        match self {
            ZSet::Packed(items) => items[start..end.max(start)].to_vec(),
            ZSet::Full { order, .. } => order.range(start, end),
        }
    }

    /// How many items come before `member`.
    pub fn rank(&self, member: &[u8]) -> Option<usize> {
        match self {
            ZSet::Packed(items) => items.iter().position(|(_, m)| **m == *member),
            ZSet::Full { scores, order } => scores.get(member).map(|score| order.rank(*score, member)),
        }
    }

    /// How many items from the start satisfy `holds`. In a packed set they are tried one by one, as Redis
    /// does: it matters for ranges by name over unequal scores.
    pub fn count_prefix(&self, holds: impl Fn(&Item) -> bool) -> usize {
        match self {
            ZSet::Packed(items) => items.iter().take_while(|item| holds(item)).count(),
            ZSet::Full { order, .. } => order.partition_point(holds),
        }
    }
}
