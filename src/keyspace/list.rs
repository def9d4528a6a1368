//! Lists (`quicklist.c`; up to 2.8 `ziplist.c` and `adlist.c`).

use imbl::Vector;

use super::call::Settings;
use crate::base::{Blob, Profile, Version};

/// One end of a list.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    Head,
    Tail,
}

/// A sequence that is cheap to change at both ends and to clone.
#[derive(Clone, Debug, Default)]
pub struct List {
    items: Vector<Blob>,
    /// Up to 2.8: grown beyond what a ziplist may hold. A list does not shrink back.
    linked: bool,
}

impl List {
    pub fn len(&self) -> usize {
        self.items.len()
    }

    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    pub fn encoding(&self, profile: &Profile) -> &'static str {
        match (profile.version >= Version::V4_0, self.linked) {
            (true, _) => "quicklist",
            (false, true) => "linkedlist",
            (false, false) => "ziplist",
        }
    }

    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Blob> {
        self.items.iter()
    }

    pub fn get(&self, index: usize) -> Option<&Blob> {
        self.items.get(index)
    }

    /// Makes room for `item` in 2.x: a long one turns the list into a linked list
    /// (`listTypeTryConversion`). Happens even if the item is not inserted in the end.
    pub fn prepare(&mut self, item: &[u8], settings: &Settings) {
        self.linked |= item.len() > settings.list_max_value;
    }

    pub fn push(&mut self, end: End, item: Blob, settings: &Settings) {
        self.prepare(&item, settings);
        self.linked |= self.len() >= settings.list_max_entries;
        match end {
            End::Head => self.items.push_front(item),
            End::Tail => self.items.push_back(item),
        }
    }

    pub fn pop(&mut self, end: End) -> Option<Blob> {
        match end {
            End::Head => self.items.pop_front(),
            End::Tail => self.items.pop_back(),
        }
    }

    /// Puts `item` before the element at `index`.
    pub fn insert(&mut self, index: usize, item: Blob, settings: &Settings) {
        self.items.insert(index, item);
        self.linked |= self.len() > settings.list_max_entries;
    }

    pub fn set(&mut self, index: usize, item: Blob) {
        self.items.set(index, item);
    }

    /// Keeps the elements from `start` up to but not including `end`.
    pub fn trim(&mut self, start: usize, end: usize) {
        self.items.truncate(end);
        self.items = self.items.split_off(start.min(self.items.len()));
    }

    /// Removes at most `limit` elements equal to `item`, from one end on. Returns how many.
    pub fn remove_equal(&mut self, item: &[u8], limit: usize, from: End) -> usize {
        let mut removed = 0;
        let mut stays = |other: &Blob| {
            let goes = removed < limit && **other == *item;
            removed += usize::from(goes);
            !goes
        };
        let kept: Vector<Blob> = match from {
            End::Head => self.items.iter().filter(|b| stays(b)).cloned().collect(),
            End::Tail => {
                let mut kept: Vec<Blob> = self.items.iter().rev().filter(|b| stays(b)).cloned().collect();
                kept.reverse();
                kept.into()
            }
        };
        self.items = kept;
        removed
    }
}
