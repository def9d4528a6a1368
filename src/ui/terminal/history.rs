//! What was typed before, kept across reloads.

use crate::ui::platform::prefs;

/// How many lines are remembered.
const KEPT: usize = 100;

#[derive(Default)]
pub struct History {
    lines: Vec<String>,
    /// Where the arrows are, counted from the newest; `None`: at the line being typed.
    at: Option<usize>,
    /// The line that was being typed when the walk began.
    draft: String,
}

impl History {
    pub fn recall() -> History {
        let lines = prefs::recall("history")
            .map(|text| text.lines().map(str::to_owned).collect())
            .unwrap_or_default();
        History { lines, ..History::default() }
    }

    pub fn push(&mut self, line: &str) {
        self.at = None;
        if self.lines.last().is_some_and(|last| last == line) {
            return;
        }
        self.lines.push(line.to_owned());
        let surplus = self.lines.len().saturating_sub(KEPT);
        self.lines.drain(..surplus);
        prefs::remember("history", &self.lines.join("\n"));
    }

    /// The line before; `typed` is kept for the way back.
    pub fn older(&mut self, typed: &str) -> Option<String> {
        let next = self.at.map_or(0, |at| at + 1);
        let line = self.lines.iter().rev().nth(next)?.clone();
        if self.at.is_none() {
            self.draft = typed.to_owned();
        }
        self.at = Some(next);
        Some(line)
    }

    /// The line after, or what was being typed.
    pub fn newer(&mut self) -> Option<String> {
        match self.at? {
            0 => {
                self.at = None;
                Some(std::mem::take(&mut self.draft))
            }
            at => {
                self.at = Some(at - 1);
                self.lines.iter().rev().nth(at - 1).cloned()
            }
        }
    }
}
