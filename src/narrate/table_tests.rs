//! What every table of texts must keep: both languages, the same arguments, careful typesetting.

use std::collections::BTreeSet;

use super::text::{is_ideograph, is_latin};
use super::{Story, Template, Term, Why, Wire};

/// The names in braces.
fn arguments(text: &str) -> BTreeSet<&str> {
    text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name).collect()
}

/// The places where an ideograph and a Latin character touch without a blank. Markers do not count as characters:
/// filling sets the blank there.
fn touching(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    let bad = |a: char, b: char| (is_ideograph(a) && is_latin(b)) || (is_latin(a) && is_ideograph(b));
    chars
        .windows(2)
        .filter(|pair| bad(pair[0], pair[1]) && !pair.contains(&'`'))
        .map(|pair| pair.iter().collect())
        .collect()
}

/// Western punctuation beside an ideograph.
fn half_width(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    let western = |c: char| ",:;?!()".contains(c);
    chars
        .windows(2)
        .filter(|pair| pair.iter().any(|&c| is_ideograph(c)) && pair.iter().any(|&c| western(c)))
        .map(|pair| pair.iter().collect())
        .collect()
}

fn check(id: &str, template: Template) {
    let Template { en, zh } = template;
    for (language, text) in [("English", en), ("Chinese", zh)] {
        assert!(!text.trim().is_empty(), "{id} has no {language} text");
        assert_eq!(text.trim(), text, "{id}: blanks around the {language} text");
        assert_eq!(text.matches('`').count() % 2, 0, "{id}: an open backtick in {language}");
        let prose: String = text.split('`').step_by(2).collect();
        assert_eq!(prose.matches('*').count() % 2, 0, "{id}: an open star in {language}");
        assert!(!text.contains("  "), "{id}: two blanks in {language}");
    }
    assert_eq!(arguments(en), arguments(zh), "{id}: the languages differ in their arguments");
    assert!(!en.chars().any(is_ideograph), "{id}: Chinese in the English text");
    assert_eq!(touching(zh), Vec::<String>::new(), "{id}: no blank between Chinese and Latin in {zh:?}");
    assert_eq!(half_width(zh), Vec::<String>::new(), "{id}: Western punctuation in {zh:?}");
}

#[test]
fn every_term_explanation_and_meaning_is_complete() {
    for &id in Term::ALL {
        check(id.id(), id.template());
    }
    for &id in Why::ALL {
        check(id.id(), id.template());
        assert!(arguments(id.template().en).is_empty(), "{}", id.id());
    }
    for &id in Wire::ALL {
        check(id.id(), id.template());
    }
}

#[test]
fn every_story_is_complete_and_its_flag_is_short() {
    for &id in Story::ALL {
        check(id.id(), id.sentence());
        check(id.id(), id.title());
        let flag = id.title();
        assert!(flag.en.split(' ').count() <= 3, "{}: {}", id.id(), flag.en);
        assert!(flag.zh.chars().count() <= 14, "{}: {}", id.id(), flag.zh);
        assert!(arguments(flag.en).is_empty(), "{}", id.id());
        assert!(id.sentence().en.ends_with('.') && id.sentence().zh.ends_with('。'), "{}", id.id());
    }
}
