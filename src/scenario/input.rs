//! Statements and inputs: what a line does to a world, and how a deed is written as a line.

use std::borrow::Cow;

use bytes::Bytes;

use crate::base::{Span, Version};
use crate::sim::{Input, Way};

use super::ast::{Name, Path, Statement};

/// The release of a node whose line names none: the one that the classic texts describe.
pub const VERSION_DEFAULT: Version = Version::V2_8;

impl Statement {
    /// What this statement does to a world; nothing for words, time and promises.
    pub fn inputs(&self) -> Vec<Input> {
        let way = |path: &Path| (path.from.clone(), path.to.clone(), way_of(path));
        let one = match self.clone() {
            Statement::Node { name, version, options } => {
                Input::AddNode { name, version: version.unwrap_or(VERSION_DEFAULT), options }
            }
            Statement::Link { path, latency, bandwidth } => {
                Input::Link { a: path.from, b: path.to, latency, bandwidth }
            }
            Statement::Remove { node } => Input::RemoveNode { node },
            Statement::Configure { node, options } => {
                let set = |(directive, value)| Input::Configure { node: node.clone(), directive, value };
                return options.into_iter().map(set).collect();
            }
            Statement::Type { node, line } => Input::Type { node, line },
            Statement::Every { every, times, node, line } => {
                Input::Workload { node, every, line, count: times }
            }
            Statement::Stop { node } => Input::StopWorkload { node },
            Statement::Raw { node, bytes } => Input::Raw { node, bytes: Bytes::from(bytes) },
            Statement::Cut(path) => {
                let (from, to, way) = way(&path);
                Input::Cut { from, to, way }
            }
            Statement::Heal(path) => {
                let (from, to, way) = way(&path);
                Input::Heal { from, to, way }
            }
            Statement::Blackhole(path) => {
                let (from, to, way) = way(&path);
                Input::Blackhole { from, to, way }
            }
            Statement::Latency { path, latency } => {
                let (from, to, way) = way(&path);
                Input::Latency { from, to, way, latency }
            }
            Statement::Bandwidth { path, bandwidth } => {
                let (from, to, way) = way(&path);
                Input::Bandwidth { from, to, way, bandwidth }
            }
            Statement::Crash { node } => Input::Crash { node },
            Statement::Restart { node } => Input::Restart { node },
            Statement::Load { node, rdb } => Input::Load { node, rdb },
            Statement::Pause { node } => Input::Pause { node },
            Statement::Resume { node } => Input::Resume { node },
            _ => return Vec::new(),
        };
        vec![one]
    }

    /// The line that does what `input` does.
    pub fn of_input(input: &Input) -> Statement {
        match input.clone() {
            Input::AddNode { name, version, options } => {
                Statement::Node { name, version: Some(version), options }
            }
            Input::RemoveNode { node } => Statement::Remove { node },
            Input::Link { a, b, latency, bandwidth } => {
                Statement::Link { path: path(a, b, Way::Both), latency, bandwidth }
            }
            Input::Type { node, line } => Statement::Type { node, line },
            Input::Raw { node, bytes } => Statement::Raw { node, bytes: bytes.to_vec() },
            Input::Cut { from, to, way } => Statement::Cut(path(from, to, way)),
            Input::Heal { from, to, way } => Statement::Heal(path(from, to, way)),
            Input::Blackhole { from, to, way } => Statement::Blackhole(path(from, to, way)),
            Input::Latency { from, to, way, latency } => {
                Statement::Latency { path: path(from, to, way), latency }
            }
            Input::Bandwidth { from, to, way, bandwidth } => {
                Statement::Bandwidth { path: path(from, to, way), bandwidth }
            }
            Input::Crash { node } => Statement::Crash { node },
            Input::Restart { node } => Statement::Restart { node },
            Input::Load { node, rdb } => Statement::Load { node, rdb },
            Input::Pause { node } => Statement::Pause { node },
            Input::Resume { node } => Statement::Resume { node },
            Input::Configure { node, directive, value } => {
                Statement::Configure { node, options: vec![(directive, value)] }
            }
            Input::Workload { node, every, line, count } => {
                Statement::Every { every, times: count, node, line }
            }
            Input::StopWorkload { node } => Statement::Stop { node },
        }
    }
}

/// `input` as a line can say it: a typed line is one line without blanks around it. `None`: there is nothing to do.
pub fn canonical(input: &Input) -> Option<Cow<'_, Input>> {
    let (Input::Type { line, .. } | Input::Workload { line, .. }) = input else {
        return Some(Cow::Borrowed(input));
    };
    let clean: String =
        line.trim().chars().map(|c| if c.is_control() && c != '\t' { ' ' } else { c }).collect();
    let clean = clean.trim();
    if clean.is_empty() {
        return None;
    }
    if clean == line {
        return Some(Cow::Borrowed(input));
    }
    let mut changed = input.clone();
    if let Input::Type { line, .. } | Input::Workload { line, .. } = &mut changed {
        *line = clean.to_string();
    }
    Some(Cow::Owned(changed))
}

fn way_of(path: &Path) -> Way {
    if path.one_way { Way::OneWay } else { Way::Both }
}

fn path(from: Name, to: Name, way: Way) -> Path {
    Path { from, to, one_way: way == Way::OneWay }
}

/// How long `until` and `cue` wait unless they say otherwise.
pub const WAIT_MAX_DEFAULT: Span = Span::from_secs(300);
