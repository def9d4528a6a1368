//! Locales, templates and sentences.
//!
//! A template is a constant text with `{name}` for an argument, `` `code` `` for what is typed or travels on the wire
//! and `*words*` for emphasis. Filling it gives a [`Sentence`]. In Chinese a blank is put between an ideograph and
//! a Latin word or number wherever two parts meet, as careful typesetting does.

use std::borrow::Cow;
use std::fmt;

use serde::Serialize;

use crate::base::{ByteCount, Instant, Offset, ReplId, Span};

/// The languages that every text exists in.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize)]
pub enum Locale {
    #[default]
    #[serde(rename = "en")]
    En,
    #[serde(rename = "zh-Hans")]
    ZhHans,
}

impl Locale {
    pub const ALL: [Locale; 2] = [Locale::En, Locale::ZhHans];

    /// The BCP 47 tag, as `lang` attributes and file names use it.
    pub const fn tag(self) -> &'static str {
        match self {
            Locale::En => "en",
            Locale::ZhHans => "zh-Hans",
        }
    }

    /// The language's name in itself.
    pub const fn own_name(self) -> &'static str {
        match self {
            Locale::En => "English",
            Locale::ZhHans => "简体中文",
        }
    }

    /// The locale that fits a browser's language tag best: any Chinese is read as Simplified Chinese, any other
    /// language as English.
    pub fn from_tag(tag: &str) -> Locale {
        match tag.get(..2) {
            Some(lang) if lang.eq_ignore_ascii_case("zh") => Locale::ZhHans,
            _ => Locale::En,
        }
    }
}

/// A text in every language.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Template {
    pub en: &'static str,
    pub zh: &'static str,
}

impl Template {
    pub const fn new(en: &'static str, zh: &'static str) -> Template {
        Template { en, zh }
    }

    pub const fn text(self, locale: Locale) -> &'static str {
        match locale {
            Locale::En => self.en,
            Locale::ZhHans => self.zh,
        }
    }

    /// The sentence that this template and its arguments make.
    pub fn fill(self, locale: Locale, args: &[(&str, Arg)]) -> Sentence {
        Sentence::parse(self.text(locale), locale, |name| {
            args.iter().find(|(key, _)| *key == name).map(|(_, arg)| arg.clone())
        })
    }
}

/// What can stand in a template's place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Arg {
    /// A node's name.
    Node(String),
    /// A count of bytes, with its unit.
    Bytes(ByteCount),
    /// A count of keys, with its noun.
    Keys(u64),
    /// How much a command changed (Redis' `dirty`), with its noun.
    Changes(u64),
    /// A plain number.
    Count(u64),
    /// A position in a stream: never grouped, so that it can be found in what `INFO` prints.
    Offset(Offset),
    /// Bytes of a stream, from the first to the last.
    Range(Offset, Offset),
    /// A replication ID or run ID; the first eight characters are shown.
    Id(ReplId),
    /// An ID as a peer sent it: shown short when it has the length of an ID.
    AskedId(String),
    /// A length of time.
    Span(Span),
    /// A moment since the world began.
    At(Instant),
    /// What is typed or travels on the wire.
    Code(String),
    /// Words in the reader's language.
    Words(String),
    /// A template of its own with its arguments.
    Told(Template, Vec<(&'static str, Arg)>),
}

impl Arg {
    /// The argument alone, as a sentence.
    pub fn sentence(self, locale: Locale) -> Sentence {
        let mut sentence = Sentence::default();
        sentence.push_arg(locale, self);
        sentence
    }
}

/// What a part of a sentence is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum PartKind {
    Text,
    Strong,
    Node,
    Number,
    Code,
    Id,
}

/// A stretch of a sentence.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Part {
    pub kind: PartKind,
    pub text: Cow<'static, str>,
}

/// One sentence (or a few), cut into parts for whoever shows it.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Sentence {
    pub parts: Vec<Part>,
}

impl Sentence {
    /// Reads `text` as a template; `arg` gives what stands for a name. A name without an argument stays as it
    /// is written, so that a mistake is seen.
    pub fn parse(text: &str, locale: Locale, arg: impl Fn(&str) -> Option<Arg>) -> Sentence {
        let mut sentence = Sentence::default();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '`', '*']) {
            let (before, from) = rest.split_at(at);
            let close = match from.as_bytes()[0] {
                b'{' => '}',
                b'`' => '`',
                _ => '*',
            };
            let Some(length) = from[1..].find(close) else {
                sentence.push(locale, PartKind::Text, rest.to_owned());
                return sentence;
            };
            sentence.push(locale, PartKind::Text, before.to_owned());
            let inner = &from[1..1 + length];
            match close {
                '}' => match arg(inner) {
                    Some(arg) => sentence.push_arg(locale, arg),
                    None => sentence.push(locale, PartKind::Text, format!("{{{inner}}}")),
                },
                '`' => sentence.push(locale, PartKind::Code, substitute(inner, locale, &arg)),
                _ => sentence.push(locale, PartKind::Strong, substitute(inner, locale, &arg)),
            }
            rest = &from[length + 2..];
        }
        sentence.push(locale, PartKind::Text, rest.to_owned());
        sentence
    }

    /// The sentence as plain text; code stands in backticks only where the template's author put them.
    pub fn to_text(&self) -> String {
        self.parts.iter().map(|part| part.text.as_ref()).collect()
    }

    fn push(&mut self, locale: Locale, kind: PartKind, text: String) {
        if text.is_empty() {
            return;
        }
        if locale == Locale::ZhHans && self.needs_blank_before(&text) {
            match self.parts.last_mut() {
                Some(last) if last.kind == PartKind::Text => last.text.to_mut().push(' '),
                _ if kind == PartKind::Text => {
                    self.parts.push(Part { kind, text: Cow::Owned(format!(" {text}")) });
                    return;
                }
                _ => self.parts.push(Part { kind: PartKind::Text, text: Cow::Borrowed(" ") }),
            }
        }
        match self.parts.last_mut() {
            Some(last) if last.kind == PartKind::Text && kind == PartKind::Text => {
                last.text.to_mut().push_str(&text);
            }
            _ => self.parts.push(Part { kind, text: Cow::Owned(text) }),
        }
    }

    fn needs_blank_before(&self, text: &str) -> bool {
        let last = self.parts.last().and_then(|part| part.text.chars().next_back());
        match (last, text.chars().next()) {
            (Some(a), Some(b)) => (is_ideograph(a) && is_latin(b)) || (is_latin(a) && is_ideograph(b)),
            _ => false,
        }
    }

    fn push_arg(&mut self, locale: Locale, arg: Arg) {
        let (kind, text) = match arg {
            Arg::Node(name) => (PartKind::Node, name),
            Arg::Bytes(count) => (PartKind::Number, bytes_text(count, locale)),
            Arg::Keys(count) => (PartKind::Number, counted(count, locale, ("key", "keys"), "个键")),
            Arg::Changes(count) => {
                (PartKind::Number, counted(count, locale, ("change", "changes"), "处改动"))
            }
            Arg::Count(count) => (PartKind::Number, grouped(count)),
            Arg::Offset(offset) => (PartKind::Number, offset.to_string()),
            Arg::Range(first, last) => (PartKind::Number, range_text(first, last, locale)),
            Arg::Id(id) => (PartKind::Id, id.short()),
            Arg::AskedId(id) if id.len() == 40 => (PartKind::Id, id.chars().take(8).collect()),
            Arg::AskedId(id) => (PartKind::Code, id),
            Arg::Span(span) => (PartKind::Number, span_text(span)),
            Arg::At(at) => (PartKind::Number, span_text(Span(at.0))),
            Arg::Code(code) => (PartKind::Code, code),
            Arg::Words(words) => (PartKind::Text, words),
            Arg::Told(template, args) => {
                for part in template.fill(locale, &args).parts {
                    self.push(locale, part.kind, part.text.into_owned());
                }
                return;
            }
        };
        self.push(locale, kind, text);
    }
}

impl fmt::Display for Sentence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.parts.iter().try_for_each(|part| f.write_str(&part.text))
    }
}

/// Han ideographs; punctuation is not meant, no blank stands beside it.
pub(super) fn is_ideograph(c: char) -> bool {
    ('\u{3400}'..='\u{9fff}').contains(&c)
}

/// What wants a blank between itself and an ideograph.
pub(super) fn is_latin(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '`' | '+' | '-' | '$' | '_' | '"' | '%' | '#' | '/')
}

/// `text` with its arguments put in as plain text, for code and emphasis.
fn substitute(text: &str, locale: Locale, arg: &impl Fn(&str) -> Option<Arg>) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, from)) = rest.split_once('{') {
        out.push_str(before);
        let found = from.split_once('}').and_then(|(name, after)| Some((arg(name)?, after)));
        rest = match found {
            Some((arg, after)) => {
                let mut value = Sentence::default();
                value.push_arg(locale, arg);
                out.push_str(&value.to_text());
                after
            }
            None => {
                out.push('{');
                from
            }
        };
    }
    out.push_str(rest);
    out
}

/// `byte 5`, `bytes 5 … 9`, `第 5 … 9 字节`.
fn range_text(first: Offset, last: Offset, locale: Locale) -> String {
    match (locale, first == last) {
        (Locale::En, true) => format!("byte {first}"),
        (Locale::En, false) => format!("bytes {first} … {last}"),
        (Locale::ZhHans, true) => format!("第 {first} 字节"),
        (Locale::ZhHans, false) => format!("第 {first} … {last} 字节"),
    }
}

/// `1 byte`, `107 bytes`, `107 字节`.
fn bytes_text(count: ByteCount, locale: Locale) -> String {
    counted(count.0, locale, ("byte", "bytes"), "字节")
}

fn counted(count: u64, locale: Locale, (one, many): (&str, &str), zh: &str) -> String {
    let number = grouped(count);
    match locale {
        Locale::En => format!("{number} {}", if count == 1 { one } else { many }),
        Locale::ZhHans => format!("{number} {zh}"),
    }
}

/// Digits in groups of three from ten thousand on: `1048576` is `1,048,576`, `1024` stays.
pub fn grouped(n: u64) -> String {
    let digits = n.to_string();
    if n < 10_000 {
        return digits;
    }
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// `20 ms`, `1.5 s`, `700 µs`: the exact value with its unit set apart.
fn span_text(span: Span) -> String {
    let text = span.to_string();
    let unit = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
    let (number, unit) = text.split_at(unit);
    format!("{number} {}", if unit == "us" { "µs" } else { unit })
}

#[cfg(test)]
mod tests {
    use super::*;

    const T: Template = Template::new("{a} sends `PSYNC` and *waits*: {n}.", "{a}发送`PSYNC`并*等待*：{n}。");

    fn fill(locale: Locale) -> Sentence {
        T.fill(locale, &[("a", Arg::Node("b".into())), ("n", Arg::Bytes(ByteCount(107)))])
    }

    #[test]
    fn a_filled_template_is_cut_into_its_parts() {
        let kinds: Vec<_> = fill(Locale::En).parts.iter().map(|part| part.kind).collect();
        use PartKind::*;
        assert_eq!(kinds, [Node, Text, Code, Text, Strong, Text, Number, Text]);
        assert_eq!(fill(Locale::En).to_text(), "b sends PSYNC and waits: 107 bytes.");
    }

    #[test]
    fn chinese_gets_a_blank_between_ideographs_and_latin_words() {
        assert_eq!(fill(Locale::ZhHans).to_text(), "b 发送 PSYNC 并等待：107 字节。");
    }

    #[test]
    fn arguments_stand_in_code_as_well() {
        let args = [("line", Arg::Code("SET a {b}".into())), ("n", Arg::Range(Offset(3), Offset(3)))];
        let sentence = Template::new("`${line}` is {n}", "").fill(Locale::En, &args);
        assert_eq!(sentence.to_text(), "$SET a {b} is byte 3");
        assert_eq!(sentence.parts[0].kind, PartKind::Code);
    }

    #[test]
    fn an_argument_that_is_missing_is_seen() {
        let sentence = Template::new("{a} and {b}", "{a}").fill(Locale::En, &[("a", Arg::Count(1))]);
        assert_eq!(sentence.to_text(), "1 and {b}");
    }

    #[test]
    fn numbers_are_exact_and_readable() {
        assert_eq!(grouped(9999), "9999");
        assert_eq!(grouped(1_048_576), "1,048,576");
        assert_eq!(span_text(Span::from_us(1_500)), "1.5 ms");
        assert_eq!(span_text(Span::ZERO), "0 ms");
        assert_eq!(bytes_text(ByteCount(1), Locale::En), "1 byte");
        assert_eq!(bytes_text(ByteCount(1), Locale::ZhHans), "1 字节");
    }

    #[test]
    fn a_lone_marker_is_kept_as_it_is() {
        let text = |t: &str| Sentence::parse(t, Locale::En, |_| None).to_text();
        assert_eq!(text("2 * 3"), "2 * 3");
        assert_eq!(text("KEYS `*`"), "KEYS *");
    }

    #[test]
    fn any_chinese_is_read_as_simplified_chinese() {
        assert_eq!(Locale::from_tag("zh-CN"), Locale::ZhHans);
        assert_eq!(Locale::from_tag("ZH"), Locale::ZhHans);
        assert_eq!(Locale::from_tag("fr"), Locale::En);
        assert_eq!(Locale::from_tag(""), Locale::En);
    }
}
