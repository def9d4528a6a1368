//! The help pages are complete: both languages, and an entry for each reason of a full resynchronisation.

use resync::base::Offset;
use resync::narrate::{HelpEntry, Locale, blocks, full_resync_entry, help_entries};
use resync::node::verdict::FullReason;

const GLOSSARY: &str = include_str!("../www/help/glossary.txt");
const FULL_RESYNC: &str = include_str!("../www/help/full-resync.txt");

fn read(text: &str) -> Vec<HelpEntry> {
    help_entries(text).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn every_entry_has_title_and_prose_in_both_languages() {
    for entry in read(GLOSSARY).into_iter().chain(read(FULL_RESYNC)) {
        for locale in Locale::ALL {
            assert!(!entry.title(locale).is_empty(), "{}: no title in {locale:?}", entry.id);
            let blocks = blocks(entry.prose(locale), locale, |_| false);
            assert!(!blocks.is_empty(), "{}: no prose in {locale:?}", entry.id);
            for block in &blocks {
                let text = block.sentence.to_text();
                assert!(!text.contains(['`', '{', '}']), "{}: an open mark in {text:?}", entry.id);
            }
        }
        let paragraphs = Locale::ALL.map(|locale| entry.prose(locale).lines().count());
        assert_eq!(paragraphs[0], paragraphs[1], "{}: the languages differ in paragraphs", entry.id);
    }
}

#[test]
fn no_entry_stands_twice() {
    for entries in [read(GLOSSARY), read(FULL_RESYNC)] {
        let mut ids: Vec<_> = entries.iter().map(|entry| entry.id.as_str()).collect();
        ids.sort_unstable();
        assert!(ids.windows(2).all(|pair| pair[0] != pair[1]), "{ids:?}");
    }
}

#[test]
fn each_reason_of_a_full_resynchronisation_is_explained() {
    let entries = read(FULL_RESYNC);
    for reason in [
        FullReason::NothingToContinue,
        FullReason::OtherHistory,
        FullReason::BeyondSecondOffset { limit: Offset(1) },
        FullReason::NoBacklog,
        FullReason::Evicted { first: Offset(1) },
        FullReason::Ahead { next: Offset(1) },
    ] {
        let id = full_resync_entry(reason);
        assert!(entries.iter().any(|entry| entry.id == id), "no entry {id}");
    }
}
