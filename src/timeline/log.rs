//! The log of one branch: every event up to its recorded end, with an index of what matters.
//!
//! Events are numbered as the world numbers them, from 0 without gaps, so a number is an index. Cheap to clone and
//! to cut off: a fork shares all that came before it.

use std::ops::Range;

use imbl::Vector;

use crate::base::Instant;
use crate::sim::WorldEvent;

/// Events in order.
#[derive(Clone, Debug, Default)]
pub struct EventLog {
    events: Vector<WorldEvent>,
    milestones: Vector<u32>,
    /// Those that are no routine.
    notable: Vector<u32>,
}

/// A row of the log as it is shown.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Row {
    Event(usize),
    /// A run of PINGs and ACKs.
    Routine(Range<usize>),
}

impl EventLog {
    pub fn len(&self) -> usize {
        self.events.len()
    }

    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    pub fn get(&self, index: usize) -> Option<&WorldEvent> {
        self.events.get(index)
    }

    /// The events with these numbers, as far as they exist.
    pub fn iter(&self, range: Range<usize>) -> impl DoubleEndedIterator<Item = (usize, &WorldEvent)> {
        let end = range.end.min(self.len());
        let start = range.start.min(end);
        (start..end).zip(self.events.focus().narrow(start..end))
    }

    /// The numbers of the events from `from` up to and including `to`.
    pub fn window(&self, from: Instant, to: Instant) -> Range<usize> {
        let start = partition(&self.events, |event| event.at < from);
        start..partition(&self.events, |event| event.at <= to).max(start)
    }

    /// The milestones among the events with these numbers.
    pub fn milestones(&self, range: Range<usize>) -> impl DoubleEndedIterator<Item = usize> {
        slice(&self.milestones, range)
    }

    /// The events that are no routine among those with these numbers.
    pub fn notable(&self, range: Range<usize>) -> impl DoubleEndedIterator<Item = usize> {
        slice(&self.notable, range)
    }

    /// Rows for a list: runs of two and more routine events are one row.
    pub fn rows(&self, range: Range<usize>) -> Vec<Row> {
        let end = range.end.min(self.len());
        let mut rows = Vec::new();
        let mut at = range.start;
        for next in self.notable(range).chain([end]) {
            match next.saturating_sub(at) {
                0 => {}
                1 => rows.push(Row::Event(at)),
                _ => rows.push(Row::Routine(at..next)),
            }
            if next < end {
                rows.push(Row::Event(next));
            }
            at = next + 1;
        }
        rows
    }

    pub(super) fn push(&mut self, event: WorldEvent) {
        let index = self.events.len() as u32;
        debug_assert_eq!(event.seq, u64::from(index), "a world numbers its events without gaps");
        if event.kind.is_milestone() {
            self.milestones.push_back(index);
        }
        if !event.kind.is_routine() {
            self.notable.push_back(index);
        }
        self.events.push_back(event);
    }

    /// The first `count` events.
    pub(super) fn first(&self, count: usize) -> EventLog {
        let cut = |index: &Vector<u32>| index.take(partition(index, |number| (*number as usize) < count));
        EventLog {
            events: self.events.take(count),
            milestones: cut(&self.milestones),
            notable: cut(&self.notable),
        }
    }
}

fn slice(index: &Vector<u32>, range: Range<usize>) -> impl DoubleEndedIterator<Item = usize> {
    let start = partition(index, |number| (*number as usize) < range.start);
    let end = partition(index, |number| (*number as usize) < range.end).max(start);
    index.focus().narrow(start..end).into_iter().map(|number| *number as usize)
}

/// How many elements stand before the first for which `before` is false.
pub(super) fn partition<T: Clone>(vector: &Vector<T>, before: impl Fn(&T) -> bool) -> usize {
    let (mut low, mut high) = (0, vector.len());
    while low < high {
        let middle = (low + high) / 2;
        match vector.get(middle).is_some_and(&before) {
            true => low = middle + 1,
            false => high = middle,
        }
    }
    low
}
