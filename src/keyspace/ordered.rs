//! Members by score, then by name: what a skip list is in Redis (`t_zset.c`).
//!
//! A sorted sequence cut into short shared pieces: positions are found by counting piece lengths, and a
//! change copies one piece.

use std::cmp::Ordering;
use std::rc::Rc;

use crate::base::Blob;

/// A member with its score. Scores are never NaN.
pub type Item = (f64, Blob);

/// A piece is split when it grows beyond this.
const PIECE_MAX: usize = 128;

#[derive(Clone, Debug, Default)]
pub struct Ordered {
    pieces: Vec<Rc<Vec<Item>>>,
}

/// The order of a sorted set.
pub fn compare(a: &Item, score: f64, member: &[u8]) -> Ordering {
    a.0.partial_cmp(&score).unwrap_or(Ordering::Equal).then_with(|| (*a.1).cmp(member))
}

impl Ordered {
    /// The piece where an item is or belongs.
    fn piece(&self, score: f64, member: &[u8]) -> usize {
        let after = self.pieces.partition_point(|piece| compare(&piece[0], score, member).is_le());
        after.saturating_sub(1)
    }

    pub fn insert(&mut self, score: f64, member: Blob) {
        if self.pieces.is_empty() {
            self.pieces.push(Rc::new(vec![(score, member)]));
            return;
        }
        let at = self.piece(score, &member);
        let piece = Rc::make_mut(&mut self.pieces[at]);
        let place = piece.partition_point(|item| compare(item, score, &member).is_lt());
        piece.insert(place, (score, member));
        if piece.len() > PIECE_MAX {
            let rest = piece.split_off(PIECE_MAX / 2);
            self.pieces.insert(at + 1, Rc::new(rest));
        }
    }

    pub fn remove(&mut self, score: f64, member: &[u8]) {
        let at = self.piece(score, member);
        let Some(piece) = self.pieces.get_mut(at) else { return };
        let Ok(place) = piece.binary_search_by(|item| compare(item, score, member)) else { return };
        Rc::make_mut(piece).remove(place);
        if piece.is_empty() {
            self.pieces.remove(at);
        }
    }

    /// How many items come before this one.
    pub fn rank(&self, score: f64, member: &[u8]) -> usize {
        let at = self.piece(score, member);
        let before: usize = self.pieces[..at].iter().map(|piece| piece.len()).sum();
        before
            + self
                .pieces
                .get(at)
                .map_or(0, |p| p.partition_point(|item| compare(item, score, member).is_lt()))
    }

    /// How many items from the start satisfy `holds`, which must hold for a prefix.
    pub fn partition_point(&self, holds: impl Fn(&Item) -> bool) -> usize {
        let full = self.pieces.partition_point(|piece| piece.last().is_none_or(&holds));
        let before: usize = self.pieces[..full].iter().map(|piece| piece.len()).sum();
        before + self.pieces.get(full).map_or(0, |piece| piece.partition_point(&holds))
    }

    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Item> {
        self.pieces.iter().flat_map(|piece| piece.iter())
    }

    /// The items from position `start` to before `end`.
    pub fn range(&self, mut start: usize, mut end: usize) -> Vec<Item> {
        let mut items = Vec::with_capacity(end.saturating_sub(start));
        for piece in &self.pieces {
            if start < piece.len() && start < end {
                items.extend_from_slice(&piece[start..end.min(piece.len())]);
            }
            start = start.saturating_sub(piece.len());
            end = end.saturating_sub(piece.len());
            if end == 0 {
                break;
            }
        }
        items
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Rng;

    #[test]
    fn positions_agree_with_a_sorted_vector() {
        let (mut rng, mut ordered, mut model) =
            (Rng::new(3, 0), Ordered::default(), Vec::<(i64, Blob)>::new());
        for _ in 0..5_000 {
            let item = (rng.below(50) as i64, Blob::from(rng.below(100).to_string().as_bytes()));
            match model.binary_search(&item) {
                Ok(at) => {
                    model.remove(at);
                    ordered.remove(item.0 as f64, &item.1);
                }
                Err(at) => {
                    model.insert(at, item.clone());
                    ordered.insert(item.0 as f64, item.1.clone());
                    assert_eq!(ordered.rank(item.0 as f64, &item.1), at);
                }
            }
        }
        let plain = |items: Vec<Item>| items.into_iter().map(|(s, m)| (s as i64, m)).collect::<Vec<_>>();
        assert_eq!(plain(ordered.iter().cloned().collect()), model);
        let (start, end) = (model.len() / 3, model.len() / 2);
        assert_eq!(plain(ordered.range(start, end)), model[start..end]);
        let below = model.partition_point(|item| item.0 < 20);
        assert_eq!(ordered.partition_point(|item| item.0 < 20.0), below);
    }
}
