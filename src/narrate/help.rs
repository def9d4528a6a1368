//! The help pages: the words of replication, and why a replica did a full resynchronisation.
//!
//! Each page is a text file under `www/help/` that the page fetches when somebody opens it. An entry has an ID, a
//! title and prose in each language:
//!
//! ```text
//! entry offset
//! title Replication offset
//! title[zh-Hans] 复制偏移量
//! example offset
//! prose How far somebody is in the stream.
//! | Another paragraph.
//! prose[zh-Hans] …
//! ```
//!
//! `example` names a scenario beside the page, `www/help/offset.resync`, that shows what the entry says; few entries have one.
//! Lines that begin with `#` are comments.

use thiserror::Error;

use crate::node::verdict::FullReason;

use super::Locale;

/// One entry of a help page.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Entry {
    pub id: String,
    titles: [String; 2],
    proses: [String; 2],
    /// The name of a scenario beside the page that shows it.
    pub example: Option<String>,
}

impl Entry {
    pub fn title(&self, locale: Locale) -> &str {
        &self.titles[locale as usize]
    }

    /// The text, a line a paragraph (see [`super::blocks`]).
    pub fn prose(&self, locale: Locale) -> &str {
        &self.proses[locale as usize]
    }
}

/// A help page that cannot be read.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
#[error("line {line}: {what}")]
pub struct HelpError {
    pub line: usize,
    pub what: &'static str,
}

/// The entry of the page about full resynchronisations that explains `reason`.
pub fn full_resync_entry(reason: FullReason) -> &'static str {
    match reason {
        FullReason::NothingToContinue => "nothing-to-continue",
        FullReason::OtherHistory => "other-history",
        FullReason::BeyondSecondOffset { .. } => "beyond-second-offset",
        FullReason::NoBacklog => "no-backlog",
        FullReason::Evicted { .. } => "evicted",
        FullReason::Ahead { .. } => "ahead",
    }
}

/// Reads a help page.
pub fn entries(text: &str) -> Result<Vec<Entry>, HelpError> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut language = None;
    for (line, text) in (1..).zip(text.lines()) {
        let text = text.trim();
        let fail = |what| HelpError { line, what };
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
        if word == "entry" {
            entries.push(Entry { id: rest.into(), ..Entry::default() });
            language = None;
            continue;
        }
        let entry = entries.last_mut().ok_or(fail("an entry must come first"))?;
        if word == "|" {
            let language: usize = language.ok_or(fail("prose must come first"))?;
            entry.proses[language].push('\n');
            entry.proses[language].push_str(rest);
            continue;
        }
        match word {
            "title" => entry.titles[Locale::En as usize] = rest.into(),
            "example" => entry.example = Some(rest.into()),
            "title[zh-Hans]" => entry.titles[Locale::ZhHans as usize] = rest.into(),
            "prose" | "prose[zh-Hans]" => {
                let of = if word == "prose" { Locale::En } else { Locale::ZhHans };
                language = Some(of as usize);
                entry.proses[of as usize] = rest.into();
            }
            _ => return Err(fail("expected entry, title, example, prose or |")),
        }
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str =
        "# words\nentry offset\ntitle Offset\ntitle[zh-Hans] 偏移量\nprose One.\n| Two.\nprose[zh-Hans] 一。";

    #[test]
    fn an_entry_has_title_and_prose_in_each_language() {
        let entries = entries(TEXT).expect("it can be read");
        assert_eq!(entries.len(), 1);
        assert_eq!((entries[0].title(Locale::En), entries[0].title(Locale::ZhHans)), ("Offset", "偏移量"));
        assert_eq!(entries[0].prose(Locale::En), "One.\nTwo.");
        assert_eq!(entries[0].prose(Locale::ZhHans), "一。");
    }

    #[test]
    fn a_line_that_is_none_is_named() {
        assert_eq!(entries("entry a\nx y").map_err(|e| e.line), Err(2));
        assert_eq!(entries("title a").map_err(|e| e.line), Err(1));
        assert_eq!(entries("entry a\n| b").map_err(|e| e.line), Err(2));
    }
}
