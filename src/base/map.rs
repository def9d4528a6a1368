//! An ordered map and an ordered set in one sorted vector each.
//!
//! For the small collections of the engine and the page: nodes, channels, clients, claims. Why not a `BTreeMap`: each
//! pair of types makes one of its own, eight kilobytes of WebAssembly, and there were dozens. These have few entries, and
//! new keys are mostly the largest; so a sorted vector is as fast, a clone is one copy, and the code is a tenth. Absent:
//! anything for many thousands of entries, since an insertion moves what is behind it; datasets have maps of their own.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::fmt::{self, Debug};
use std::ops::{Bound, Index, RangeBounds};

use super::order::sort_by;

/// A map whose iteration is in the order of its keys.
#[derive(Clone, PartialEq, Eq)]
pub struct Map<K, V> {
    entries: Vec<(K, V)>,
}

/// A set whose iteration is in order.
#[derive(Clone, PartialEq, Eq)]
pub struct Set<K> {
    map: Map<K, ()>,
}

impl<K, V> Default for Map<K, V> {
    fn default() -> Map<K, V> {
        Map { entries: Vec::new() }
    }
}

impl<K: Ord, V> Map<K, V> {
    pub fn new() -> Map<K, V> {
        Map::default()
    }

    fn find<Q: Ord + ?Sized>(&self, key: &Q) -> Result<usize, usize>
    where
        K: Borrow<Q>,
    {
        // New keys are mostly the largest, and the newest is mostly asked for.
        let len = self.entries.len();
        match self.entries.last().map(|(last, _)| last.borrow().cmp(key)) {
            None | Some(Ordering::Less) => Err(len),
            Some(Ordering::Equal) => Ok(len - 1),
            Some(Ordering::Greater) => self.entries.binary_search_by(|(known, _)| known.borrow().cmp(key)),
        }
    }

    pub fn len(&self) -> usize {
        self.entries.len()
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        let index = self.find(key).ok()?;
        Some(&self.entries[index].1)
    }

    pub fn get_mut<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        let index = self.find(key).ok()?;
        Some(&mut self.entries[index].1)
    }

    pub fn contains_key<Q: Ord + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.find(key).is_ok()
    }

    /// Sets the value of a key; returns the one before.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        match self.find(&key) {
            Ok(index) => Some(std::mem::replace(&mut self.entries[index].1, value)),
            Err(index) => {
                self.entries.insert(index, (key, value));
                None
            }
        }
    }

    pub fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let index = self.find(key).ok()?;
        Some(self.entries.remove(index).1)
    }

    /// The value of a key, made by `make` when there is none.
    pub fn get_or_insert_with(&mut self, key: K, make: impl FnOnce() -> V) -> &mut V {
        let index = match self.find(&key) {
            Ok(index) => index,
            Err(index) => {
                self.entries.insert(index, (key, make()));
                index
            }
        };
        &mut self.entries[index].1
    }

    /// The value of a key, the default one when there is none.
    pub fn get_or_default(&mut self, key: K) -> &mut V
    where
        V: Default,
    {
        self.get_or_insert_with(key, V::default)
    }

    pub fn retain(&mut self, mut stays: impl FnMut(&K, &mut V) -> bool) {
        self.entries.retain_mut(|(key, value)| stays(key, value));
    }

    pub fn clear(&mut self) {
        self.entries.clear();
    }

    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&K, &V)> + ExactSizeIterator + Clone {
        self.entries.iter().map(|(key, value)| (key, value))
    }

    pub fn iter_mut(&mut self) -> impl DoubleEndedIterator<Item = (&K, &mut V)> {
        self.entries.iter_mut().map(|(key, value)| (&*key, value))
    }

    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &K> + ExactSizeIterator + Clone {
        self.entries.iter().map(|(key, _)| key)
    }

    pub fn values(&self) -> impl DoubleEndedIterator<Item = &V> + ExactSizeIterator + Clone {
        self.entries.iter().map(|(_, value)| value)
    }

    pub fn values_mut(&mut self) -> impl DoubleEndedIterator<Item = &mut V> {
        self.entries.iter_mut().map(|(_, value)| value)
    }

    /// The entries whose keys lie in a range.
    pub fn range(&self, range: impl RangeBounds<K>) -> impl DoubleEndedIterator<Item = (&K, &V)> {
        let start = match range.start_bound() {
            Bound::Unbounded => 0,
            Bound::Included(key) => self.find(key).unwrap_or_else(|index| index),
            Bound::Excluded(key) => self.find(key).map_or_else(|index| index, |index| index + 1),
        };
        let end = match range.end_bound() {
            Bound::Unbounded => self.entries.len(),
            Bound::Included(key) => self.find(key).map_or_else(|index| index, |index| index + 1),
            Bound::Excluded(key) => self.find(key).unwrap_or_else(|index| index),
        };
        self.entries[start..end.max(start)].iter().map(|(key, value)| (key, value))
    }
}

impl<K: Ord> Set<K> {
    pub fn new() -> Set<K> {
        Set::default()
    }

    pub fn len(&self) -> usize {
        self.map.len()
    }

    pub fn is_empty(&self) -> bool {
        self.map.is_empty()
    }

    pub fn contains<Q: Ord + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.map.contains_key(key)
    }

    /// The member itself, which may share its memory where `key` does not.
    pub fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&K>
    where
        K: Borrow<Q>,
    {
        let index = self.map.find(key).ok()?;
        Some(&self.map.entries[index].0)
    }

    /// Adds a member; `false` when it was there.
    pub fn insert(&mut self, key: K) -> bool {
        self.map.insert(key, ()).is_none()
    }

    /// Removes a member; `false` when there was none.
    pub fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.map.remove(key).is_some()
    }

    pub fn clear(&mut self) {
        self.map.clear();
    }

    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &K> + ExactSizeIterator + Clone {
        self.map.keys()
    }
}

impl<K> Default for Set<K> {
    fn default() -> Set<K> {
        Set { map: Map::default() }
    }
}

impl<K: Debug, V: Debug> Debug for Map<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.entries.iter().map(|(key, value)| (key, value))).finish()
    }
}

impl<K: Debug> Debug for Set<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.map.entries.iter().map(|(key, ())| key)).finish()
    }
}

impl<K: Ord, V> FromIterator<(K, V)> for Map<K, V> {
    /// Of equal keys the last one counts.
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Map<K, V> {
        let mut entries: Vec<(K, V)> = entries.into_iter().collect();
        sort_by(&mut entries, |(a, _), (b, _)| a.cmp(b));
        entries.dedup_by(|later, kept| {
            let same = later.0 == kept.0;
            if same {
                std::mem::swap(later, kept);
            }
            same
        });
        Map { entries }
    }
}

impl<K: Ord, V, const N: usize> From<[(K, V); N]> for Map<K, V> {
    fn from(entries: [(K, V); N]) -> Map<K, V> {
        entries.into_iter().collect()
    }
}

impl<K, V> IntoIterator for Map<K, V> {
    type Item = (K, V);
    type IntoIter = std::vec::IntoIter<(K, V)>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.into_iter()
    }
}

impl<K: Ord + Borrow<Q>, V, Q: Ord + ?Sized> Index<&Q> for Map<K, V> {
    type Output = V;

    fn index(&self, key: &Q) -> &V {
        self.get(key).expect("the key is in the map")
    }
}

impl<K: Ord> Extend<K> for Set<K> {
    fn extend<I: IntoIterator<Item = K>>(&mut self, members: I) {
        for key in members {
            self.insert(key);
        }
    }
}

impl<K> IntoIterator for Set<K> {
    type Item = K;
    type IntoIter = std::iter::Map<std::vec::IntoIter<(K, ())>, fn((K, ())) -> K>;

    fn into_iter(self) -> Self::IntoIter {
        self.map.into_iter().map(|(key, ())| key)
    }
}

impl<K: Ord> FromIterator<K> for Set<K> {
    fn from_iter<I: IntoIterator<Item = K>>(members: I) -> Set<K> {
        Set { map: members.into_iter().map(|key| (key, ())).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_stay_in_order_whatever_the_order_of_insertion() {
        let mut map = Map::new();
        for key in [5, 1, 9, 3, 1] {
            map.insert(key, key * 10);
        }
        assert_eq!(
            map.iter().map(|(k, v)| (*k, *v)).collect::<Vec<_>>(),
            [(1, 10), (3, 30), (5, 50), (9, 90)]
        );
        assert_eq!((map.insert(3, 31), map.remove(&5), map.remove(&5)), (Some(30), Some(50), None));
        assert_eq!(format!("{map:?}"), "{1: 10, 3: 31, 9: 90}");
    }

    #[test]
    fn a_range_takes_its_ends_as_they_are_meant() {
        let map = Map::from([(1, 'a'), (3, 'b'), (5, 'c')]);
        let keys = |found: Vec<(&i32, &char)>| found.into_iter().map(|(key, _)| *key).collect::<Vec<_>>();
        assert_eq!(keys(map.range(3..).collect()), [3, 5]);
        assert_eq!(keys(map.range(2..5).collect()), [3]);
        assert_eq!(keys(map.range((Bound::Excluded(3), Bound::Included(5))).collect()), [5]);
        assert_eq!(keys(map.range(..=3).collect()), [1, 3]);
        assert_eq!(keys(map.range(4..).rev().collect()), [5]);
    }

    #[test]
    fn a_value_is_made_once() {
        let mut map: Map<&str, u32> = Map::new();
        *map.get_or_default("a") += 1;
        *map.get_or_insert_with("a", || 7) += 1;
        assert_eq!((map.get("a"), map.len()), (Some(&2), 1));
        let map: Map<&str, u32> = [("b", 1), ("a", 2), ("b", 3), ("b", 4)].into_iter().collect();
        assert_eq!(format!("{map:?}"), r#"{"a": 2, "b": 4}"#, "of equal keys the last one counts");
        let set: Set<&str> = ["b", "a", "b"].into_iter().collect();
        assert_eq!(
            (set.len(), set.contains("b"), format!("{set:?}")),
            (2, true, String::from(r#"{"a", "b"}"#))
        );
    }
}
