//! Reading one line from left to right.

use std::rc::Rc;

use crate::base::{Set, Span};

use super::ast::{Bandwidth, Locale, Name, Path};
use super::error::{ScenarioError, nearest};

/// The longest time that a scenario can name: a year.
pub const SPAN_MAX: Span = Span::from_secs(366 * 24 * 3600);

/// How many options a line can have.
const OPTIONS_MAX: usize = 64;

/// A place in a line, and the nodes that exist there.
#[derive(Clone, Copy)]
pub(super) struct Cursor<'a> {
    text: &'a str,
    at: usize,
    line: u32,
    nodes: &'a Set<Name>,
}

pub(super) type Parsed<T> = Result<T, ScenarioError>;

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str, line: u32, nodes: &'a Set<Name>) -> Cursor<'a> {
        Cursor { text, at: 0, line, nodes }
    }

    pub(super) fn line(&self) -> u32 {
        self.line
    }

    /// Whether nodes are declared at all; conditions of breakpoints are read without a scenario around them.
    pub(super) fn nodes(&self) -> &'a Set<Name> {
        self.nodes
    }

    pub(super) fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    pub(super) fn skip_blanks(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    pub(super) fn at_end(&mut self) -> bool {
        self.skip_blanks();
        self.rest().is_empty()
    }

    /// An error at this place.
    pub(super) fn fail(&mut self, expected: &str) -> ScenarioError {
        self.skip_blanks();
        let found: String = match self.rest().split_whitespace().next() {
            None => "the end of the line".into(),
            Some(word) if word.chars().count() > 24 => {
                format!("“{}…”", word.chars().take(24).collect::<String>())
            }
            Some(word) => format!("“{word}”"),
        };
        let column = self.text[..self.at].chars().count() as u32 + 1;
        ScenarioError { line: self.line, column, found, expected: expected.into(), suggestion: None }
    }

    /// An error at this place, with the nearest of the words that would be right.
    pub(super) fn fail_among<'k>(
        &mut self,
        expected: &str,
        known: impl IntoIterator<Item = &'k str>,
    ) -> ScenarioError {
        let mut error = self.fail(expected);
        self.skip_blanks();
        error.suggestion = nearest(self.peek_while(is_word), known);
        error
    }

    pub(super) fn end(&mut self) -> Parsed<()> {
        if self.at_end() { Ok(()) } else { Err(self.fail("the end of the line")) }
    }

    pub(super) fn peek_while(&self, keep: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        &rest[..rest.find(|c| !keep(c)).unwrap_or(rest.len())]
    }

    pub(super) fn take_while(&mut self, keep: impl Fn(char) -> bool) -> &'a str {
        let taken = self.peek_while(keep);
        self.at += taken.len();
        taken
    }

    /// Takes `token` if it stands here (blanks before it are passed over only then).
    pub(super) fn eat(&mut self, token: &str) -> bool {
        let mut ahead = *self;
        ahead.skip_blanks();
        if !ahead.rest().starts_with(token) {
            return false;
        }
        ahead.at += token.len();
        *self = ahead;
        true
    }

    /// Takes the word `word` if it stands here as a whole.
    pub(super) fn eat_word(&mut self, word: &str) -> bool {
        let mut ahead = *self;
        ahead.skip_blanks();
        if ahead.take_while(is_word) != word {
            return false;
        }
        *self = ahead;
        true
    }

    /// A word of letters, digits, `-` and `_`.
    pub(super) fn word(&mut self, expected: &str) -> Parsed<&'a str> {
        self.skip_blanks();
        let start = *self;
        match self.take_while(is_word) {
            "" => Err({ start }.fail(expected)),
            word => Ok(word),
        }
    }

    /// A new name for a node.
    pub(super) fn new_name(&mut self) -> Parsed<Name> {
        self.skip_blanks();
        let start = *self;
        let name = self.take_while(is_name);
        let good = name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.len() <= 32;
        if !good || !self.stands_before_blank() {
            return Err({ start }.fail("a name (a letter, then letters, digits or _)"));
        }
        if self.nodes.contains(name) {
            return Err({ start }.fail("a name that is not taken"));
        }
        Ok(Rc::from(name))
    }

    /// The name of a node that exists.
    pub(super) fn node(&mut self) -> Parsed<Name> {
        self.skip_blanks();
        let start = *self;
        let name = self.take_while(is_name);
        match self.nodes.get(name) {
            Some(name) => Ok(name.clone()),
            None if self.nodes.is_empty() => Err({ start }.fail("a node, and none is declared yet")),
            None => Err({ start }.fail_among("a node", self.nodes.iter().map(|name| &**name))),
        }
    }

    /// `a-b`, or one direction: `a->b`.
    pub(super) fn path(&mut self) -> Parsed<Path> {
        let from = self.node()?;
        let one_way = self.eat("->");
        if !one_way && !self.eat("-") {
            return Err(self.fail("- or -> and the other node"));
        }
        let start = *self;
        let to = self.node()?;
        if from == to {
            return Err({ start }.fail("another node"));
        }
        Ok(Path { from, to, one_way })
    }

    /// `a-b`, both directions.
    pub(super) fn both_ways(&mut self) -> Parsed<Path> {
        self.skip_blanks();
        let start = *self;
        let path = self.path()?;
        if path.one_way { Err({ start }.fail("both directions, as a-b")) } else { Ok(path) }
    }

    fn stands_before_blank(&self) -> bool {
        self.rest().chars().next().is_none_or(char::is_whitespace)
    }

    pub(super) fn number(&mut self, expected: &str) -> Parsed<u64> {
        self.skip_blanks();
        let start = *self;
        let digits = self.take_while(|c| c.is_ascii_digit());
        digits.parse().map_err(|_| { start }.fail(expected))
    }

    /// A decimal number times one of the units, exactly.
    fn scaled(&mut self, expected: &str, units: &[(&str, u64)]) -> Parsed<u64> {
        self.skip_blanks();
        let start = *self;
        let fail = |start: Cursor| Err({ start }.fail(expected));
        let digits = self.take_while(|c| c.is_ascii_digit() || c == '.');
        let name = self.take_while(|c| c.is_ascii_alphabetic());
        let Some((_, unit)) = units.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)) else {
            return fail(start);
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        if whole.is_empty() || !self.stands_before_blank() {
            return fail(start);
        }
        let mut scaled = whole.parse::<u64>().ok().and_then(|whole| whole.checked_mul(*unit));
        let mut place = *unit;
        for digit in fraction.bytes() {
            // A digit below the smallest unit must be a zero.
            if digit == b'.' || place % 10 != 0 && digit != b'0' {
                return fail(start);
            }
            place /= 10;
            scaled = scaled.and_then(|sum| sum.checked_add(place * u64::from(digit - b'0')));
        }
        match scaled {
            Some(scaled) => Ok(scaled),
            None => fail(start),
        }
    }

    pub(super) fn span(&mut self) -> Parsed<Span> {
        const UNITS: [(&str, u64); 6] = [
            ("ms", 1_000_000),
            ("s", 1_000_000_000),
            ("us", 1_000),
            ("ns", 1),
            ("min", 60_000_000_000),
            ("h", 3_600_000_000_000),
        ];
        self.skip_blanks();
        let start = *self;
        let expected = "a time with its unit, as 50ms or 1.5s (us, ms, s, min, h)";
        let span = Span(self.scaled(expected, &UNITS)?);
        if span > SPAN_MAX { Err({ start }.fail("a time of at most a year")) } else { Ok(span) }
    }

    pub(super) fn bandwidth(&mut self) -> Parsed<Bandwidth> {
        const UNITS: [(&str, u64); 4] =
            [("bit", 1), ("kbit", 1_000), ("mbit", 1_000_000), ("gbit", 1_000_000_000)];
        self.skip_blanks();
        let start = *self;
        let expected = "a bandwidth with its unit, as 1mbit (bit, kbit, mbit, gbit a second)";
        match self.scaled(expected, &UNITS)? {
            0 => Err({ start }.fail("a bandwidth above 0")),
            bits => Ok(Bandwidth(bits)),
        }
    }

    /// `[zh-Hans]` directly after a verb.
    pub(super) fn locale(&mut self) -> Parsed<Option<Locale>> {
        if !self.rest().starts_with('[') {
            return Ok(None);
        }
        self.at += 1;
        let start = *self;
        let tag = self.take_while(|c| c.is_ascii_alphanumeric() || c == '-');
        if tag.is_empty() || tag.len() > 16 || !self.rest().starts_with(']') {
            return Err({ start }.fail("a language and ], as [zh-Hans]"));
        }
        self.at += 1;
        Ok(Some(Locale(tag.into())))
    }

    /// `"…"` with `\"`, `\\`, `\n`, `\r`, `\t` and `\xNN`.
    pub(super) fn quoted(&mut self) -> Parsed<Vec<u8>> {
        self.skip_blanks();
        let start = *self;
        if !self.rest().starts_with('"') {
            return Err({ start }.fail("a text in double quotes"));
        }
        let mut out = Vec::new();
        let mut chars = self.rest().char_indices().skip(1);
        while let Some((index, c)) = chars.next() {
            match c {
                '"' => {
                    self.at += index + 1;
                    return Ok(out);
                }
                '\\' => match chars.next().map(|(_, c)| c) {
                    Some('n') => out.push(b'\n'),
                    Some('r') => out.push(b'\r'),
                    Some('t') => out.push(b'\t'),
                    Some('x') => {
                        let digits = [chars.next(), chars.next()].map(|digit| digit?.1.to_digit(16));
                        let [Some(high), Some(low)] = digits else {
                            return Err({ start }.fail("two hexadecimal digits after \\x"));
                        };
                        out.push((high * 16 + low) as u8);
                    }
                    Some(c) => out.extend(c.encode_utf8(&mut [0; 4]).bytes()),
                    None => break,
                },
                c => out.extend(c.encode_utf8(&mut [0; 4]).bytes()),
            }
        }
        Err({ start }.fail("a closing quote"))
    }

    /// A bare run without blanks, or a quoted text.
    pub(super) fn value(&mut self, expected: &str) -> Parsed<(String, bool)> {
        if self.rest().starts_with('"') {
            let start = *self;
            return match String::from_utf8(self.quoted()?) {
                Ok(text) => Ok((text, true)),
                Err(_) => Err({ start }.fail("text in UTF-8")),
            };
        }
        match self.take_while(|c| !c.is_whitespace() && c != '"') {
            "" => Err(self.fail(expected)),
            bare => Ok((bare.to_string(), false)),
        }
    }

    /// `key=value` pairs up to the end of the line.
    pub(super) fn options(&mut self) -> Parsed<Vec<(Cursor<'a>, String, String)>> {
        let mut out: Vec<(Cursor<'a>, String, String)> = Vec::new();
        while !self.at_end() {
            let start = *self;
            let key = self.word("an option, as name=value")?;
            if !self.rest().starts_with('=') {
                return Err(self.fail("= and a value"));
            }
            self.at += 1;
            let (value, _) = self.value("a value after =")?;
            if !self.stands_before_blank() {
                return Err(self.fail("a blank between options"));
            }
            if out.iter().any(|(_, known, _)| known == key) {
                return Err({ start }.fail("each option once"));
            }
            if out.len() == OPTIONS_MAX {
                return Err({ start }.fail("at most 64 options in a line"));
            }
            out.push((start, key.to_string(), value));
        }
        Ok(out)
    }
}

pub(super) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '-' || c == '_'
}

pub(super) fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}
