//! Prose of lessons and help pages: lines of text as blocks of sentences.
//!
//! A line is a paragraph; a line that begins with `- ` is an item of a list. Within a line `` `code` `` and
//! `*emphasis*` are marked as in every template, and code or emphasis that is the name of a node becomes that node.
//!
//! Absent: headings, links, nesting. Values in braces are filled in before (`scenario`).

use super::{Locale, PartKind, Sentence};

/// A paragraph or an item of a list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Block {
    pub is_item: bool,
    pub sentence: Sentence,
}

/// Reads `text`; `is_node` knows the names of the nodes that it may speak of.
pub fn blocks(text: &str, locale: Locale, is_node: impl Fn(&str) -> bool) -> Vec<Block> {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(|line| {
            let item = line.strip_prefix("- ");
            let mut sentence = Sentence::parse(item.unwrap_or(line), locale, |_| None);
            for part in &mut sentence.parts {
                if matches!(part.kind, PartKind::Code | PartKind::Strong) && is_node(&part.text) {
                    part.kind = PartKind::Node;
                }
            }
            Block { is_item: item.is_some(), sentence }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_paragraphs_and_items() {
        let text = "First `a` asks `b`.\n\n- one\n- *two*";
        let blocks = blocks(text, Locale::En, |name| name == "a");
        let shown: Vec<_> = blocks.iter().map(|b| (b.is_item, b.sentence.to_text())).collect();
        assert_eq!(
            shown,
            [(false, "First a asks b.".into()), (true, "one".into()), (true, "two".to_string())]
        );
        let kinds: Vec<_> = blocks[0].sentence.parts.iter().map(|part| part.kind).collect();
        use PartKind::*;
        assert_eq!(kinds, [Text, Node, Text, Code, Text]);
    }
}
