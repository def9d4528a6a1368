//! A sequence that grows at its end and is cheap to clone: logs, recordings, remembered streams.
//!
//! Picture a row of boxes of equal size. A clone shares all boxes; the next push copies the last one, once.
//! Why not `imbl::Vector`, which can do more: its tree is made anew for each type of element, ten times this code.
//! Absent: changes in the middle; a Redis list has a sequence of its own.

use std::fmt::{self, Debug};
use std::ops::{Index, Range};
use std::rc::Rc;

/// A sequence in boxes of `BOX` elements.
#[derive(Clone)]
pub struct Seq<T, const BOX: usize = 64> {
    /// All full but the last.
    boxes: Vec<Rc<Vec<T>>>,
    /// How many elements at the beginning of the first box are gone.
    gone: usize,
    len: usize,
}

impl<T, const BOX: usize> Default for Seq<T, BOX> {
    fn default() -> Seq<T, BOX> {
        Seq { boxes: Vec::new(), gone: 0, len: 0 }
    }
}

impl<T: Clone, const BOX: usize> Seq<T, BOX> {
    pub fn new() -> Seq<T, BOX> {
        Seq::default()
    }

    pub fn len(&self) -> usize {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub fn get(&self, index: usize) -> Option<&T> {
        if index >= self.len {
            return None;
        }
        let place = self.gone + index;
        Some(&self.boxes[place / BOX][place % BOX])
    }

    pub fn last(&self) -> Option<&T> {
        self.get(self.len.checked_sub(1)?)
    }

    pub fn push(&mut self, item: T) {
        match self.boxes.last_mut() {
            Some(last) if last.len() < BOX => Rc::make_mut(last).push(item),
            _ => self.boxes.push(Rc::new(vec![item])),
        }
        self.len += 1;
    }

    /// Forgets the first `count` elements.
    pub fn skip(&mut self, count: usize) {
        let count = count.min(self.len);
        self.len -= count;
        self.gone += count;
        let whole = if self.len == 0 { self.boxes.len() } else { self.gone / BOX };
        self.boxes.drain(..whole);
        self.gone = if self.len == 0 { 0 } else { self.gone % BOX };
    }

    /// The first `count` elements.
    pub fn first(&self, count: usize) -> Seq<T, BOX> {
        let len = count.min(self.len);
        if len == 0 {
            return Seq::new();
        }
        let end = self.gone + len;
        let mut boxes = self.boxes[..end.div_ceil(BOX)].to_vec();
        if !end.is_multiple_of(BOX)
            && let Some(last) = boxes.last_mut()
            && last.len() > end % BOX
        {
            *last = Rc::new(last[..end % BOX].to_vec());
        }
        Seq { boxes, gone: self.gone, len }
    }

    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &T> + ExactSizeIterator {
        self.slice(0..self.len)
    }

    /// The elements with these numbers, all of which exist.
    pub fn slice(&self, range: Range<usize>) -> impl DoubleEndedIterator<Item = &T> + ExactSizeIterator {
        range.map(|index| &self[index])
    }

    /// How many elements stand before the first for which `before` is false.
    pub fn partition(&self, before: impl Fn(&T) -> bool) -> usize {
        let (mut low, mut high) = (0, self.len);
        while low < high {
            let middle = (low + high) / 2;
            match before(&self[middle]) {
                true => low = middle + 1,
                false => high = middle,
            }
        }
        low
    }
}

impl<T: Clone, const BOX: usize> Index<usize> for Seq<T, BOX> {
    type Output = T;

    fn index(&self, index: usize) -> &T {
        self.get(index).expect("the index lies inside the sequence")
    }
}

impl<T: Clone + Debug, const BOX: usize> Debug for Seq<T, BOX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seq(range: Range<u32>) -> Seq<u32, 4> {
        let mut seq = Seq::new();
        range.for_each(|n| seq.push(n));
        seq
    }

    fn all(seq: &Seq<u32, 4>) -> Vec<u32> {
        seq.iter().copied().collect()
    }

    #[test]
    fn a_clone_does_not_see_what_is_pushed_after_it() {
        let mut one = seq(0..6);
        let two = one.clone();
        one.push(6);
        assert_eq!((all(&one), all(&two)), ((0..7).collect(), (0..6).collect()));
        assert_eq!((two.get(5), two.get(6), two.last()), (Some(&5), None, Some(&5)));
    }

    #[test]
    fn either_end_can_be_cut_anywhere() {
        for count in 0..=11 {
            let whole = seq(0..11);
            let mut first = whole.first(count as usize);
            assert_eq!(all(&first), (0..count).collect::<Vec<_>>());
            first.push(99);
            assert_eq!(first.last(), Some(&99));
            let mut rest = whole.clone();
            rest.skip(count as usize);
            assert_eq!(all(&rest), (count..11).collect::<Vec<_>>());
            rest.push(99);
            assert_eq!((rest.len(), rest.last()), (12 - count as usize, Some(&99)));
            let mut middle = rest.first(2);
            middle.push(7);
            assert_eq!(middle.last(), Some(&7));
        }
    }

    #[test]
    fn a_sorted_sequence_is_searched() {
        assert_eq!(
            (0..12).map(|n| seq(0..11).partition(|x| *x < n)).collect::<Vec<_>>(),
            (0..12).collect::<Vec<_>>()
        );
    }
}
