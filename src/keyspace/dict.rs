//! A persistent hash map in hash order: the shape of a database, a hash and a set.
//!
//! Picture a tree that branches eight ways on successive octal digits of the key's hash; where few
//! keys remain, they lie together in a sorted leaf. Walking it gives ascending `(hash, key)`, so "the next
//! hash to visit" is all the state that a `SCAN` needs, and every element present throughout is met (Redis
//! gets the same promise from reverse binary cursors, `dict.c:dictScan`). Clones share everything; a write
//! copies what is shared on its path and mutates what is not.
//!
//! The hash is fixed and the same on every platform: iteration order is part of what replays.

use std::rc::Rc;

use smallvec::SmallVec;

use crate::base::{Blob, Rng};

const BITS: u32 = 3;
const FAN: usize = 1 << BITS;
/// Leaves longer than this are split, as long as hash digits are left.
const LEAF_MAX: usize = 32;
/// After this many digits the hash is used up; keys that still agree stay in one leaf.
const DEPTH_MAX: u32 = u64::BITS / BITS;

/// See the module.
#[derive(Clone, Debug)]
pub struct Dict<V> {
    root: Node<V>,
    len: usize,
}

#[derive(Clone, Debug)]
enum Node<V> {
    Empty,
    Leaf(Rc<Leaf<V>>),
    Branch(Rc<[Node<V>; FAN]>),
}

/// A few elements in order. `tags[i]` are those bits of the hash of `slots[i]` that come after the digits on the way to
/// the leaf. They lie side by side, so that a lookup in a large map touches one slot and few other lines of memory. Behind
/// the last slot they are [`NO_TAG`]; slots beyond [`LEAF_MAX`], which only a leaf at [`DEPTH_MAX`] can have, have none.
#[derive(Clone, Debug)]
struct Leaf<V> {
    tags: [u16; LEAF_MAX],
    slots: Vec<Slot<V>>,
}

/// Counts as no less than any tag.
const NO_TAG: u16 = u16::MAX;

#[derive(Clone, Debug)]
struct Slot<V> {
    key: Blob,
    value: V,
}

/// The hash that orders a [`Dict`].
pub fn hash(bytes: &[u8]) -> u64 {
    const K: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut h = (bytes.len() as u64).wrapping_mul(K);
    let mut words = bytes.chunks_exact(8);
    for word in &mut words {
        let w = u64::from_le_bytes(word.try_into().expect("eight bytes"));
        h = (h ^ w).wrapping_mul(K);
        h ^= h >> 32;
    }
    let rest = words.remainder().iter().rev().fold(0u64, |w, &b| w << 8 | u64::from(b));
    h = (h ^ rest).wrapping_mul(K);
    h ^= h >> 29;
    h = h.wrapping_mul(0xbf58_476d_1ce4_e5b9);
    h ^ h >> 32
}

fn digit(hash: u64, depth: u32) -> usize {
    (hash >> (u64::BITS - BITS * (depth + 1))) as usize & (FAN - 1)
}

/// The bits after the first `depth` digits; the last ones where fewer are left. In a leaf they grow with the hash.
fn tag(hash: u64, depth: u32) -> u16 {
    (hash >> (u64::BITS - u16::BITS).saturating_sub(BITS * depth)) as u16
}

impl<V> Default for Dict<V> {
    fn default() -> Dict<V> {
        Dict { root: Node::Empty, len: 0 }
    }
}

impl<V> Default for Leaf<V> {
    fn default() -> Leaf<V> {
        Leaf { tags: [NO_TAG; LEAF_MAX], slots: Vec::new() }
    }
}

impl<V> Slot<V> {
    fn order(&self) -> (u64, &[u8]) {
        (hash(&self.key), &self.key)
    }
}

impl<V> Leaf<V> {
    /// Where `tag` begins. All tags are counted, not searched: the processor need not guess when to stop.
    #[inline]
    fn first(&self, tag: u16) -> usize {
        usize::from(self.tags.iter().map(|t| u16::from(*t < tag)).sum::<u16>())
    }

    /// Whether the slot at `at` exists and may have this tag.
    fn may_have(&self, at: usize, tag: u16) -> bool {
        at < self.slots.len() && self.tags.get(at).is_none_or(|known| *known == tag)
    }

    fn find<K: ?Sized>(&self, tag: u16, key: &K) -> Option<usize>
    where
        Blob: PartialEq<K>,
    {
        let mut at = self.first(tag);
        while self.may_have(at, tag) {
            if self.slots[at].key == *key {
                return Some(at);
            }
            at += 1;
        }
        None
    }

    /// Adds a key that is not there.
    fn insert(&mut self, tag: u16, hash: u64, slot: Slot<V>) {
        let mut at = self.first(tag);
        while self.may_have(at, tag) && self.slots[at].order() < (hash, &slot.key) {
            at += 1;
        }
        if at < LEAF_MAX {
            self.tags.copy_within(at..LEAF_MAX - 1, at + 1);
            self.tags[at] = tag;
        }
        self.slots.insert(at, slot);
    }

    fn remove(&mut self, at: usize, depth: u32) -> Slot<V> {
        let slot = self.slots.remove(at);
        if at < LEAF_MAX {
            self.tags.copy_within(at + 1.., at);
            let moved_up = self.slots.get(LEAF_MAX - 1);
            self.tags[LEAF_MAX - 1] = moved_up.map_or(NO_TAG, |slot| tag(hash(&slot.key), depth));
        }
        slot
    }

    /// Adds a slot that comes after all others.
    fn push(&mut self, tag: u16, slot: Slot<V>) {
        self.tags[self.slots.len()] = tag;
        self.slots.push(slot);
    }
}

impl<V> Dict<V> {
    pub fn new() -> Dict<V> {
        Dict::default()
    }

    pub fn len(&self) -> usize {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    fn find(&self, key: &[u8]) -> Option<&Slot<V>> {
        let hash = hash(key);
        let mut node = &self.root;
        let mut depth = 0;
        loop {
            match node {
                Node::Empty => return None,
                Node::Branch(children) => node = &children[digit(hash, depth)],
                Node::Leaf(leaf) => {
                    return leaf.find(tag(hash, depth), key).map(|at| &leaf.slots[at]);
                }
            }
            depth += 1;
        }
    }

    pub fn get(&self, key: &[u8]) -> Option<&V> {
        self.find(key).map(|slot| &slot.value)
    }

    /// The stored key with its value (the key shares memory with the map).
    pub fn get_key_value(&self, key: &[u8]) -> Option<(&Blob, &V)> {
        self.find(key).map(|slot| (&slot.key, &slot.value))
    }

    pub fn contains(&self, key: &[u8]) -> bool {
        self.find(key).is_some()
    }

    /// Goes the way to each of these keys and reads a little of what lies there, all at once: the lookups that follow
    /// find it in the processor's cache. In a large map most of a lookup is waiting for memory, and a processor waits
    /// for many places in the time of one, as long as it need not see one to know the next. Hence the steps: all leaves,
    /// all slots (`near` reads of a value what lies in the slot), and then what the slots refer to (`far`).
    pub fn warm<'k>(
        &self,
        keys: impl Iterator<Item = &'k [u8]>,
        near: impl Fn(&V) -> usize,
        far: impl Fn(&V) -> usize,
    ) {
        let mut leaves: SmallVec<[(&Leaf<V>, u16); LEAF_MAX]> = SmallVec::new();
        for key in keys {
            let hash = hash(key);
            let (mut node, mut depth) = (&self.root, 0);
            while let Node::Branch(children) = node {
                node = &children[digit(hash, depth)];
                depth += 1;
            }
            if let Node::Leaf(leaf) = node {
                leaves.push((leaf, tag(hash, depth)));
            }
        }
        let ends = |leaf: &Leaf<V>| usize::from(leaf.tags[0] ^ leaf.tags[LEAF_MAX - 1]) ^ leaf.slots.len();
        let mut seen = leaves.iter().fold(0, |all, (leaf, _)| all ^ ends(leaf));
        let slots: SmallVec<[&Slot<V>; LEAF_MAX]> =
            leaves.iter().filter_map(|(leaf, tag)| leaf.slots.get(leaf.first(*tag))).collect();
        seen = slots.iter().fold(seen, |all, slot| all ^ slot.key.touch() ^ near(&slot.value));
        seen = slots.iter().fold(seen, |all, slot| all ^ far(&slot.value));
        std::hint::black_box(seen);
    }

    /// All elements in hash order.
    pub fn iter(&self) -> Iter<'_, V> {
        Iter { stack: vec![std::slice::from_ref(&self.root).iter()], slots: [].iter() }
    }

    pub fn keys(&self) -> impl Iterator<Item = &Blob> {
        self.iter().map(|(key, _)| key)
    }

    /// Visits elements from hash `cursor` on: at least `count` of them (elements of one hash stay together).
    /// Returns where to go on, 0 at the end.
    pub fn scan<'a>(&'a self, cursor: u64, count: usize, mut visit: impl FnMut(&'a Blob, &'a V)) -> u64 {
        let mut left = count.max(1);
        let mut last = None;
        let mut next = 0;
        self.root.walk_from(cursor, 0, &mut |hash, slot| {
            if left == 0 && last != Some(hash) {
                next = hash;
                return false;
            }
            last = Some(hash);
            left = left.saturating_sub(1);
            visit(&slot.key, &slot.value);
            true
        });
        next
    }

    /// A random element, nearly uniform: a random leaf, then any of its slots.
    pub fn random(&self, rng: &mut Rng) -> Option<(&Blob, &V)> {
        if self.is_empty() {
            return None;
        }
        let slots = self.root.leaf_near(rng.next_u64(), 0)?;
        let slot = &slots[rng.below(slots.len() as u64) as usize];
        Some((&slot.key, &slot.value))
    }
}

impl<V> Node<V> {
    /// Calls `visit` for every slot with a hash of at least `from`, until it says stop (false).
    fn walk_from<'a>(
        &'a self,
        from: u64,
        depth: u32,
        visit: &mut impl FnMut(u64, &'a Slot<V>) -> bool,
    ) -> bool {
        match self {
            Node::Empty => true,
            Node::Leaf(leaf) => {
                let with_hash = leaf.slots.iter().map(|slot| (hash(&slot.key), slot));
                with_hash.skip_while(|(hash, _)| *hash < from).all(|(hash, slot)| visit(hash, slot))
            }
            Node::Branch(children) => {
                let first = digit(from, depth);
                children[first].walk_from(from, depth + 1, visit)
                    && children[first + 1..].iter().all(|child| child.walk_from(0, depth + 1, visit))
            }
        }
    }

    fn leaf_near(&self, hash: u64, depth: u32) -> Option<&[Slot<V>]> {
        match self {
            Node::Empty => None,
            Node::Leaf(leaf) => Some(&leaf.slots),
            Node::Branch(children) => {
                let first = digit(hash, depth);
                (0..FAN).find_map(|i| children[(first + i) % FAN].leaf_near(hash, depth + 1))
            }
        }
    }
}

impl<V: Clone> Dict<V> {
    pub fn get_mut(&mut self, key: &[u8]) -> Option<&mut V> {
        let hash = hash(key);
        if !self.contains(key) {
            return None;
        }
        let mut node = &mut self.root;
        let mut depth = 0;
        loop {
            match node {
                Node::Empty => return None,
                Node::Branch(children) => node = &mut Rc::make_mut(children)[digit(hash, depth)],
                Node::Leaf(leaf) => {
                    let at = leaf.find(tag(hash, depth), key)?;
                    return Some(&mut Rc::make_mut(leaf).slots[at].value);
                }
            }
            depth += 1;
        }
    }

    /// Sets `key` to `value`; an existing key keeps its own memory. Returns the value replaced.
    pub fn insert(&mut self, key: Blob, value: V) -> Option<V> {
        self.upsert(&key, value, |value| value, std::mem::replace)
    }

    /// Adds `key` with the value that `make` makes of `new`, or lets `merge` put it into the value that is there, and
    /// returns what it says.
    pub fn upsert<N, T>(
        &mut self,
        key: &Blob,
        new: N,
        make: impl FnOnce(N) -> V,
        merge: impl FnOnce(&mut V, N) -> T,
    ) -> Option<T> {
        let hash = hash(key);
        let mut node = &mut self.root;
        let mut depth = 0;
        loop {
            match node {
                Node::Branch(children) => {
                    node = &mut Rc::make_mut(children)[digit(hash, depth)];
                    depth += 1;
                }
                Node::Empty => *node = Node::Leaf(Rc::default()),
                Node::Leaf(leaf) => {
                    let tag = tag(hash, depth);
                    if let Some(at) = leaf.find(tag, key) {
                        return Some(merge(&mut Rc::make_mut(leaf).slots[at].value, new));
                    }
                    if leaf.slots.len() < LEAF_MAX || depth == DEPTH_MAX {
                        Rc::make_mut(leaf).insert(tag, hash, Slot { key: key.clone(), value: make(new) });
                        self.len += 1;
                        return None;
                    }
                    *node = split(Rc::unwrap_or_clone(std::mem::take(leaf)), depth);
                }
            }
        }
    }

    pub fn remove(&mut self, key: &[u8]) -> Option<(Blob, V)> {
        if !self.contains(key) {
            return None;
        }
        let slot = self.root.remove(hash(key), key, 0)?;
        self.len -= 1;
        Some((slot.key, slot.value))
    }
}

impl<V: Clone> Node<V> {
    fn remove(&mut self, hash: u64, key: &[u8], depth: u32) -> Option<Slot<V>> {
        match self {
            Node::Empty => None,
            Node::Leaf(leaf) => {
                let at = leaf.find(tag(hash, depth), key)?;
                let leaf = Rc::make_mut(leaf);
                let slot = leaf.remove(at, depth);
                if leaf.slots.is_empty() {
                    *self = Node::Empty;
                }
                Some(slot)
            }
            Node::Branch(children) => {
                let children = Rc::make_mut(children);
                let child = &mut children[digit(hash, depth)];
                let slot = child.remove(hash, key, depth + 1);
                if matches!(child, Node::Empty) && children.iter().all(|c| matches!(c, Node::Empty)) {
                    *self = Node::Empty;
                }
                slot
            }
        }
    }
}

/// A leaf turned into a branch on the digit at `depth`.
fn split<V: Clone>(leaf: Leaf<V>, depth: u32) -> Node<V> {
    let mut parts: [Leaf<V>; FAN] = std::array::from_fn(|_| Leaf::default());
    for slot in leaf.slots {
        let hash = hash(&slot.key);
        let part = &mut parts[digit(hash, depth)];
        part.push(tag(hash, depth + 1), slot);
    }
    Node::Branch(Rc::new(
        parts.map(|part| if part.slots.is_empty() { Node::Empty } else { Node::Leaf(Rc::new(part)) }),
    ))
}

impl<V: Clone> FromIterator<(Blob, V)> for Dict<V> {
    fn from_iter<I: IntoIterator<Item = (Blob, V)>>(items: I) -> Dict<V> {
        let mut dict = Dict::new();
        for (key, value) in items {
            dict.insert(key, value);
        }
        dict
    }
}

/// The elements of a [`Dict`] in hash order.
pub struct Iter<'a, V> {
    stack: Vec<std::slice::Iter<'a, Node<V>>>,
    slots: std::slice::Iter<'a, Slot<V>>,
}

impl<'a, V> Iterator for Iter<'a, V> {
    type Item = (&'a Blob, &'a V);

    fn next(&mut self) -> Option<(&'a Blob, &'a V)> {
        loop {
            if let Some(slot) = self.slots.next() {
                return Some((&slot.key, &slot.value));
            }
            match self.stack.last_mut()?.next() {
                None => {
                    self.stack.pop();
                }
                Some(Node::Empty) => {}
                Some(Node::Leaf(leaf)) => self.slots = leaf.slots.iter(),
                Some(Node::Branch(children)) => self.stack.push(children.iter()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn key(n: u64) -> Blob {
        Blob::from(format!("key:{n}").as_bytes())
    }

    #[test]
    fn it_behaves_as_a_map_and_clones_do_not_see_later_writes() {
        let mut rng = Rng::new(1, 1);
        let mut model = BTreeMap::new();
        let mut dict = Dict::new();
        let mut old = None;
        for step in 0..20_000u64 {
            let k = key(rng.below(3_000));
            if rng.chance(2, 5) {
                assert_eq!(dict.remove(&k).map(|(_, v)| v), model.remove(&k));
            } else {
                assert_eq!(dict.insert(k.clone(), step), model.insert(k, step));
            }
            assert_eq!(dict.len(), model.len());
            if step == 10_000 {
                old = Some((dict.clone(), model.clone()));
            }
        }
        for (dict, model) in [(dict, model), old.expect("taken half-way")] {
            let mut found: Vec<_> = dict.iter().map(|(k, v)| (k.clone(), *v)).collect();
            assert!(found.windows(2).all(|w| hash(&w[0].0) <= hash(&w[1].0)));
            found.sort();
            assert_eq!(found, model.into_iter().collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_scan_meets_every_element_that_was_there_throughout() {
        let mut dict: Dict<u64> = (0..1000).map(|n| (key(n), n)).collect();
        let (mut cursor, mut seen, mut round) = (0, Vec::new(), 0);
        loop {
            cursor = dict.scan(cursor, 7, |_, v| seen.push(*v));
            dict.remove(&key(2_000 + round));
            dict.insert(key(5_000 + round), 5_000 + round);
            round += 1;
            if cursor == 0 {
                break;
            }
        }
        seen.retain(|v| *v < 1000);
        seen.sort();
        assert_eq!(seen, (0..1000).collect::<Vec<_>>());
    }

    #[test]
    fn a_leaf_that_cannot_be_split_grows_beyond_its_tags() {
        const ONE: u16 = 0x1234;
        let of_one_tag = (0..).map(key).filter(|key| tag(hash(key), DEPTH_MAX) == ONE);
        let keys: Vec<Blob> = of_one_tag.take(LEAF_MAX + 4).collect();
        let mut leaf = Leaf::default();
        for key in &keys {
            leaf.insert(ONE, hash(key), Slot { key: key.clone(), value: () });
        }
        assert!(leaf.slots.windows(2).all(|pair| pair[0].order() < pair[1].order()));
        for (gone, key) in keys.iter().enumerate() {
            let at = leaf.find(ONE, key).expect("it was inserted");
            assert_eq!(leaf.remove(at, DEPTH_MAX).key, *key);
            assert!(keys[gone + 1..].iter().all(|key| leaf.find(ONE, key).is_some()));
        }
        assert_eq!((leaf.slots.len(), leaf.tags), (0, [NO_TAG; LEAF_MAX]));
    }

    #[test]
    fn removing_everything_leaves_nothing_behind() {
        let mut dict: Dict<u64> = (0..1000).map(|n| (key(n), n)).collect();
        for n in 0..1000 {
            assert!(dict.remove(&key(n)).is_some());
        }
        assert!(dict.is_empty() && matches!(dict.root, Node::Empty));
        assert!(dict.random(&mut Rng::new(0, 0)).is_none());
    }
}
