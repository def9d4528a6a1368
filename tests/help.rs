//! The help pages are complete: both languages, an entry for each reason of a full resynchronisation, and examples that
//! show what they say.

use std::collections::BTreeSet;
use std::fs;
use std::rc::Rc;

use resync::base::Offset;
use resync::narrate::{HelpEntry, Locale, blocks, full_resync_entry, help_entries};
use resync::node::verdict::FullReason;
use resync::scenario::{Bare, Host, Runner, Scenario, fill_in};

const GLOSSARY: &str = include_str!("../www/help/glossary.txt");
const TOUR: &str = include_str!("../www/help/tour.txt");
const FULL_RESYNC: &str = include_str!("../www/help/full-resync.txt");

fn read(text: &str) -> Vec<HelpEntry> {
    help_entries(text).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn every_entry_has_title_and_prose_in_both_languages() {
    for entry in read(GLOSSARY).into_iter().chain(read(FULL_RESYNC)).chain(read(TOUR)) {
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
    for entries in [read(GLOSSARY), read(FULL_RESYNC), read(TOUR)] {
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

/// The scenario of an example, as it stands in its file.
fn example(name: &str) -> Rc<Scenario> {
    let path = format!("{}/www/help/{name}.resync", env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let scenario = Scenario::parse(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_eq!(scenario.to_string(), text, "{name}: printing it gives another text");
    Rc::new(scenario)
}

#[test]
fn every_example_belongs_to_an_entry_and_has_its_title() {
    let files = fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/www/help")).expect("the folder is there");
    let files = files.filter_map(|entry| {
        let name = entry.expect("it can be read").file_name().into_string().expect("UTF-8");
        name.strip_suffix(".resync").map(str::to_owned)
    });
    let entries = read(FULL_RESYNC);
    let named = entries.iter().filter_map(|entry| entry.example.clone());
    assert_eq!(files.collect::<BTreeSet<_>>(), named.collect::<BTreeSet<_>>());
    for entry in &entries {
        let Some(name) = &entry.example else { continue };
        for locale in Locale::ALL {
            assert_eq!(example(name).title(locale.tag()), Some(entry.title(locale)), "{name}");
        }
    }
}

/// Each example ends with the expectation that its cause came true: `expect a.reason = evicted`.
#[test]
fn every_example_shows_what_its_entry_says() {
    for entry in read(FULL_RESYNC) {
        let Some(name) = &entry.example else { continue };
        let scenario = example(name);
        let text = scenario.to_string();
        let reasons =
            ["nothing-to-continue", "other-history", "beyond-second-offset", "no-backlog", "evicted"];
        if reasons.contains(&&**name) {
            assert!(text.contains(&format!(".reason = {name}")), "{name} does not expect its own reason");
        }
        let steps = scenario.steps();
        assert!(text.contains("\nexpect ") && steps.len() >= 2, "{name} proves nothing");
        let mut host = Bare::new(scenario.seed());
        let mut runner = Runner::new(scenario);
        runner.finish(&mut host, &mut |_| {}).unwrap_or_else(|failure| panic!("{name}: {failure}"));
        for step in steps {
            assert!(!step.looks.is_empty(), "{name} {}: nothing to look at", step.id);
            for locale in Locale::ALL {
                let prose = step.prose.iter().find(|(language, _)| {
                    language.as_deref() == (locale != Locale::En).then(|| locale.tag())
                });
                let (_, prose) =
                    prose.unwrap_or_else(|| panic!("{name} {}: no prose in {locale:?}", step.id));
                for block in blocks(&fill_in(prose, host.scene()), locale, |_| false) {
                    let shown = block.sentence.to_text();
                    assert!(!shown.contains(['{', '}', '`']), "{name}: {shown}");
                }
            }
        }
    }
}
