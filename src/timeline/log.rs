//! The log of one branch: every event up to its recorded end, with an index of what matters.
//!
//! Events are numbered as the world numbers them, from 0 without gaps, so a number is an index. Cheap to clone and
//! to cut off: a fork shares all that came before it.

use std::ops::Range;

use crate::base::{Instant, Seq};
use crate::sim::WorldEvent;

/// Events in order.
#[derive(Clone, Debug, Default)]
pub struct EventLog {
    events: Seq<WorldEvent>,
    milestones: Seq<u32>,
    /// Those that are no routine.
    notable: Seq<u32>,
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
        (start..end).zip(self.events.slice(start..end))
    }

    /// The numbers of the events from `from` up to and including `to`.
    pub fn window(&self, from: Instant, to: Instant) -> Range<usize> {
        let start = self.events.partition(|event| event.at < from);
        start..self.events.partition(|event| event.at <= to).max(start)
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
            self.milestones.push(index);
        }
        if !event.kind.is_routine() {
            self.notable.push(index);
        }
        self.events.push(event);
    }

    /// The first `count` events.
    pub(super) fn first(&self, count: usize) -> EventLog {
        let cut = |index: &Seq<u32>| index.first(index.partition(|number| (*number as usize) < count));
        EventLog {
            events: self.events.first(count),
            milestones: cut(&self.milestones),
            notable: cut(&self.notable),
        }
    }
}

fn slice(index: &Seq<u32>, range: Range<usize>) -> impl DoubleEndedIterator<Item = usize> {
    let start = index.partition(|number| (*number as usize) < range.start);
    let end = index.partition(|number| (*number as usize) < range.end).max(start);
    index.slice(start..end).map(|number| *number as usize)
}
