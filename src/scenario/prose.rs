//! Values in prose: `{b.offset}` is the number at the moment when the step comes up.
//!
//! A lesson therefore cannot name a number that the engine does not have. `{{` is a brace.

use super::condition::{Term, term};
use super::cursor::{Cursor, Parsed};

/// A stretch of prose.
#[derive(Clone, PartialEq, Debug)]
pub enum Part {
    Text(String),
    Value(Term),
}

/// Refuses braces that hold no term. The cursor says where the line is, and which nodes exist.
pub(super) fn check(text: &str, cursor: &mut Cursor) -> Parsed<()> {
    parts(text, cursor).map(drop)
}

/// The stretches of a prose text whose terms name nodes out of those that `cursor` knows.
pub(super) fn parts(text: &str, cursor: &mut Cursor) -> Parsed<Vec<Part>> {
    let mut out = Vec::new();
    let mut plain = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('{') {
        plain.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('{') {
            plain.push('{');
            rest = after;
            continue;
        }
        let Some(end) = rest.find('}') else {
            return Err(cursor.fail("a } for every { in prose ({{ is a brace)"));
        };
        let mut inner = Cursor::new(&rest[..end], cursor.line(), cursor.nodes());
        let value = term(&mut inner)?;
        inner.end()?;
        out.push(Part::Text(std::mem::take(&mut plain)));
        out.push(Part::Value(value));
        rest = &rest[end + 1..];
    }
    plain.push_str(rest);
    out.push(Part::Text(plain));
    out.retain(|part| !matches!(part, Part::Text(text) if text.is_empty()));
    Ok(out)
}
