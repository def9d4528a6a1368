//! The guided scenarios: each runs headlessly, and each number in its prose is the engine's.
//!
//! Prose names values as `{a.offset}`, so that a number cannot be wrong. What it may write itself are a few
//! constants of Redis; they are listed here.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::rc::Rc;

use resync::narrate::{LESSONS, Locale, Names, blocks, narrate};
use resync::scenario::{Bare, Host, Progress, Runner, Scenario, Sight, Step, fill_in};
use resync::sim::{NodeId, World};

/// Numbers that prose may write itself, and what they are.
const CONSTANTS: [(&str, &str); 9] = [
    ("2.6", "a release"),
    ("2.8", "a release"),
    ("4.0", "a release"),
    ("5.0", "the release that brought REPLICAOF"),
    ("7.0", "a release"),
    ("40", "the length of an ID"),
    ("1", "the default backlog, 1 MB"),
    ("3", "the database that the lesson on propagation selects"),
    ("500", "an example of a byte's number"),
];

fn read(file: &str) -> Rc<Scenario> {
    let path = format!("{}/www/lessons/{file}.resync", env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let scenario = Scenario::parse(&text).unwrap_or_else(|error| panic!("{file}: {error}"));
    assert_eq!(scenario.to_string(), text, "{file}: printing it gives another text");
    Rc::new(scenario)
}

/// Runs a lesson to its end. Gives the prose of each step in each language, with the values of the moment at which
/// it comes up; `see` is shown everything that happens.
fn pages(file: &str, see: &mut dyn FnMut(Sight)) -> BTreeMap<usize, [String; 2]> {
    let scenario = read(file);
    let steps = scenario.steps();
    let mut host = Bare::new(scenario.seed());
    let mut runner = Runner::new(scenario);
    let mut pages = BTreeMap::new();
    let mut last = None;
    loop {
        let progress = runner.advance(&mut host, 1, false, see);
        if runner.marks().last() != last.as_ref() {
            last = runner.marks().last().cloned();
            let step = last.as_ref().map_or(0, |mark| mark.step);
            let prose = |locale: Locale| {
                let prose = steps[step].prose(locale.tag()).or(steps[step].prose("en"));
                fill_in(prose.unwrap_or_default(), host.scene())
            };
            pages.insert(step, [prose(Locale::En), prose(Locale::ZhHans)]);
        }
        match progress {
            Progress::Finished => return pages,
            Progress::Failed(failure) => panic!("{file}: {failure}"),
            Progress::Working | Progress::AtStep => {}
        }
    }
}

/// The values that a text names.
fn values(prose: &str) -> BTreeSet<&str> {
    prose.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(value, _)| value).collect()
}

/// The numbers that stand in a text itself: not in values, not in code.
fn own_numbers(prose: &str) -> Vec<String> {
    let no_code: String = prose.split('`').step_by(2).collect::<Vec<_>>().join(" ");
    let no_values: String =
        no_code.split('{').map(|rest| rest.split_once('}').map_or(rest, |(_, after)| after)).collect();
    let numbers = no_values.split(|c: char| !c.is_ascii_digit() && c != '.').map(|n| n.trim_matches('.'));
    numbers.filter(|n| !n.is_empty()).map(String::from).collect()
}

fn all_steps(scenario: &Scenario) -> Vec<Step> {
    std::iter::once(scenario.introduction()).chain(scenario.steps()).collect()
}

#[test]
fn the_list_of_lessons_is_the_folder_of_lessons() {
    let folder = format!("{}/www/lessons", env!("CARGO_MANIFEST_DIR"));
    let files = fs::read_dir(folder).expect("the folder is there").map(|entry| {
        let name = entry.expect("it can be read").file_name().into_string().expect("UTF-8");
        name.strip_suffix(".resync").expect("only lessons").to_owned()
    });
    let listed = LESSONS.iter().map(|lesson| lesson.file.to_owned());
    assert_eq!(files.collect::<BTreeSet<_>>(), listed.collect::<BTreeSet<_>>());
    for lesson in LESSONS {
        let scenario = read(lesson.file);
        for locale in Locale::ALL {
            let title = scenario.title(locale.tag());
            assert_eq!(title, Some(lesson.title.text(locale)), "{}", lesson.file);
        }
    }
}

#[test]
fn each_step_speaks_both_languages_and_points_at_something() {
    for lesson in LESSONS {
        let scenario = read(lesson.file);
        assert!(scenario.steps().len() >= 4, "{}: too short to teach", lesson.file);
        for step in all_steps(&scenario) {
            let place = format!("{} {}", lesson.file, step.id);
            let [en, zh] = [None, Some("zh-Hans")].map(|wanted| {
                let prose = step.prose.iter().find(|(locale, _)| locale.as_deref() == wanted);
                prose
                    .map(|(_, text)| text.as_str())
                    .unwrap_or_else(|| panic!("{place}: no prose in {wanted:?}"))
            });
            assert_eq!(en.lines().count(), zh.lines().count(), "{place}: the languages differ in paragraphs");
            assert_eq!(values(en), values(zh), "{place}: the languages name different values");
            assert!(step.id.is_empty() || !step.looks.is_empty(), "{place}: nothing to look at");
            assert!(step.id.is_empty() || !step.cues.is_empty(), "{place}: no cue");
        }
    }
}

#[test]
fn each_number_in_the_prose_is_the_engines() {
    for lesson in LESSONS {
        let scenario = read(lesson.file);
        for step in all_steps(&scenario) {
            for (_, prose) in &step.prose {
                for number in own_numbers(prose) {
                    let known = CONSTANTS.iter().any(|(constant, _)| *constant == number);
                    assert!(known, "{} {}: {number} is written by hand", lesson.file, step.id);
                }
            }
        }
        let pages = pages(lesson.file, &mut |_| {});
        assert_eq!(pages.len(), scenario.steps().len(), "{}: not every step was reached", lesson.file);
        for (step, prose) in pages {
            for (text, locale) in prose.into_iter().zip(Locale::ALL) {
                assert!(!text.is_empty(), "{}: step {step} says nothing", lesson.file);
                for block in blocks(&text, locale, |_| false) {
                    let shown = block.sentence.to_text();
                    assert!(!shown.contains(['{', '}', '`']), "{}: {shown}", lesson.file);
                    let empty = shown.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| word == "none");
                    assert!(!empty, "{}: a value is missing in {shown:?}", lesson.file);
                }
            }
        }
    }
}

#[test]
fn each_page_has_a_moment_of_its_own() {
    for lesson in LESSONS {
        let scenario = read(lesson.file);
        let mut host = Bare::new(scenario.seed());
        let mut runner = Runner::new(scenario);
        runner.finish(&mut host, &mut |_| {}).unwrap_or_else(|failure| panic!("{}: {failure}", lesson.file));
        let mut before = runner.marks()[0].began;
        for mark in runner.marks() {
            assert!(before < mark.shown, "{}: {} comes up with the page before it", lesson.file, mark.id);
            before = mark.shown;
        }
    }
}

#[test]
fn every_event_of_every_lesson_has_its_sentence() {
    for lesson in LESSONS {
        let mut told = 0;
        pages(lesson.file, &mut |sight| {
            let Sight::Event(world, event) = sight else { return };
            let names = |id: NodeId| name(world, id);
            for locale in Locale::ALL {
                let sentence = narrate(event, &names as &dyn Names, locale).to_text();
                assert!(
                    sentence.len() > 3 && !sentence.replace("{n}", "").contains('{'),
                    "{}: {sentence:?}",
                    lesson.file
                );
            }
            told += 1;
        });
        assert!(told > 50, "{}: only {told} events", lesson.file);
    }
}

fn name(world: &World, id: NodeId) -> Rc<str> {
    world.node(id).map_or_else(|| Rc::from("?"), |entry| entry.name.clone())
}
