//! Flags: milestones by their names, above the lanes.
//!
//! Names never overlap: what finds no room is counted on the flag before it.

use std::ops::Range;

use super::axis::Axis;
use crate::narrate::Tone;
use crate::scenario::Moment;
use crate::ui::inspector::why::tone;
use crate::ui::store::engine::Engine;
use crate::ui::words::Locale;

const ROWS: usize = 2;
const ROW_TOP: f64 = 6.0;
const ROW: f64 = 21.0;
pub const FLAG_HEIGHT: f64 = 18.0;
/// What a count behind a name takes.
const MORE: f64 = 36.0;

/// One flag in the diagram's own coordinates.
#[derive(Clone, PartialEq)]
pub struct Flag {
    /// The event, and the moment right after it.
    pub number: usize,
    pub moment: Moment,
    pub x: f64,
    pub width: f64,
    pub row: usize,
    /// The event's story: a name that no language changes.
    pub id: &'static str,
    pub tone: &'static str,
    pub title: &'static str,
    /// Its sentence, and how many others it stands for.
    pub sentence: String,
    pub more: usize,
}

impl Flag {
    pub fn top(&self) -> f64 {
        ROW_TOP + self.row as f64 * ROW
    }

    pub fn text(&self) -> String {
        if self.more == 0 { self.title.to_owned() } else { format!("{} (+{})", self.title, self.more) }
    }

    /// What it says to who does not see it: its text first, then the sentence.
    pub fn label(&self) -> String {
        format!("{}: {}", self.text(), self.sentence)
    }
}

/// About how wide a text of the diagram is, in pixels.
pub fn text_width(text: &str) -> f64 {
    text.chars().map(|c| if c.is_ascii() { 6.9 } else { 11.8 }).sum()
}

/// The flags of these events, from left to right.
pub fn flags(engine: &Engine, events: Range<usize>, axis: &Axis, l: Locale) -> Vec<Flag> {
    let mut ends = [f64::MIN; ROWS];
    let mut placed: Vec<Flag> = Vec::new();
    for number in engine.timeline.events().milestones(events) {
        let Some(entry) = engine.event(number).filter(|entry| entry.told.tone() != Tone::Neutral) else {
            continue;
        };
        let x = axis.x(entry.at);
        let Some(row) = ends.iter().position(|end| x - 5.0 > *end) else {
            if let Some(last) = placed.last_mut() {
                last.width += if last.more == 0 { MORE } else { 0.0 };
                last.more += 1;
                ends[last.row] = last.x + last.width;
            }
            continue;
        };
        let title = entry.told.title(l);
        let width = text_width(title) + 14.0;
        ends[row] = x + width;
        placed.push(Flag {
            number,
            moment: engine.timeline.moment_of(number),
            x,
            width,
            row,
            id: entry.told.story.id(),
            tone: tone(entry.told.tone()),
            title,
            sentence: entry.told.sentence(l).to_text(),
            more: 0,
        });
    }
    placed
}
