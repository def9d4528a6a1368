//! What a differential run has reached: per command its successes, options and error texts.

use std::collections::{BTreeMap, BTreeSet};

use resync::base::Blob;
use resync::resp::ReplyValue;

use super::errors::{errors, refused};

/// Counts per command.
pub struct Tally {
    counts: BTreeMap<String, Counts>,
    /// The options that the shapes of each command hold.
    options: BTreeMap<String, BTreeSet<String>>,
}

#[derive(Default)]
struct Counts {
    successes: u64,
    queued: u64,
    errors: BTreeMap<String, u64>,
    /// How often a command with this option succeeded, and how often not.
    options: BTreeMap<String, (u64, u64)>,
}

impl Tally {
    /// Counts commands of these shapes.
    pub fn new<'a>(shapes: impl Iterator<Item = &'a [&'static str]>) -> Tally {
        let mut options = BTreeMap::<String, BTreeSet<String>>::new();
        for shape in shapes {
            options
                .entry(shape[0].to_owned())
                .or_default()
                .extend(shape[1..].iter().flat_map(|w| literals(w)));
        }
        Tally { counts: BTreeMap::new(), options }
    }

    pub fn note(&mut self, argv: &[Blob], reply: Option<&ReplyValue>) {
        let name = String::from_utf8_lossy(&argv[0]).to_ascii_uppercase();
        let counts = self.counts.entry(name.clone()).or_default();
        let refused = match reply {
            Some(ReplyValue::Simple(text)) if text == b"QUEUED" => {
                counts.queued += 1;
                return;
            }
            Some(ReplyValue::Error(text)) => {
                *counts.errors.entry(anonymous_error(text)).or_default() += 1;
                true
            }
            _ => {
                counts.successes += 1;
                false
            }
        };
        let Some(options) = self.options.get(&name) else { return };
        let words: BTreeSet<String> =
            argv[1..].iter().map(|word| String::from_utf8_lossy(word).to_ascii_uppercase()).collect();
        for option in options.intersection(&words) {
            let (good, bad) = counts.options.entry(option.clone()).or_default();
            *if refused { bad } else { good } += 1;
        }
    }

    pub fn sum(&self) -> u64 {
        let of = |c: &Counts| c.successes + c.queued + c.errors.values().sum::<u64>();
        self.counts.values().map(of).sum()
    }

    /// Prints everything, and fails where something is not as the tables say. After a long run nothing may be
    /// unreached: a command that never succeeded, an option that was never taken, an error that nobody met.
    pub fn report(&self, run: char, is_long: bool) {
        println!("commands with successes, options (taken/refused) and error texts, run {run}:");
        for (name, counts) in &self.counts {
            let options = counts.options.iter().map(|(name, (good, bad))| format!("{name} {good}/{bad}"));
            let options = options.collect::<Vec<_>>().join(", ");
            println!("{name:>18} {:>6}  [{options}]  {:?}", counts.successes, counts.errors);
        }
        let (met, idle) = (self.met(), self.idle());
        println!("{} commands, {} error texts; always refused: {idle:?}", self.sum(), met.len());
        let listed: BTreeSet<&str> = errors(run).collect();
        let new: Vec<&&str> = met.difference(&listed).collect();
        assert!(new.is_empty(), "errors that the table does not name: {new:#?}");
        if is_long {
            let unmet: Vec<&&str> = listed.difference(&met).collect();
            assert!(unmet.is_empty(), "errors that nobody met: {unmet:#?}");
            let refused = refused(run).map(str::to_owned).collect::<BTreeSet<_>>();
            let unreached: Vec<&String> = idle.difference(&refused).collect();
            assert!(unreached.is_empty(), "what never succeeded although no table says so: {unreached:#?}");
        }
    }

    fn met(&self) -> BTreeSet<&str> {
        self.counts.values().flat_map(|counts| counts.errors.keys()).map(String::as_str).collect()
    }

    /// Commands that never succeeded, and options that were never taken.
    fn idle(&self) -> BTreeSet<String> {
        let mut idle = BTreeSet::new();
        for (name, options) in &self.options {
            let counts = self.counts.get(name);
            if counts.is_none_or(|counts| counts.successes == 0) {
                idle.insert(name.clone());
            }
            let taken = |option: &&String| {
                counts.and_then(|c| c.options.get(*option)).is_some_and(|(good, _)| *good > 0)
            };
            idle.extend(options.iter().filter(|o| !taken(o)).map(|o| format!("{name} {o}")));
        }
        idle
    }
}

/// The words of a shape that are options: written out, two letters at least, in capitals here.
fn literals(word: &str) -> Vec<String> {
    let word = word.strip_prefix('{').and_then(|w| w.strip_suffix('}')).unwrap_or(word);
    let is_option = |w: &&str| w.len() > 1 && w.bytes().all(|b| b.is_ascii_alphabetic()) && *w != "bad";
    let options = word.split('|').filter(is_option).filter(|w| !matches!(*w, "BULK" | "PAIRS"));
    options.map(str::to_ascii_uppercase).collect()
}

/// An error text without what it quotes of the command.
fn anonymous_error(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text).into_owned();
    let free = [
        "ERR unknown command",
        "ERR Unsupported option",
        "ERR Unrecognized REPLCONF option",
        "ERR Unsupported CONFIG parameter",
    ];
    if let Some(start) = free.iter().find(|start| text.starts_with(**start)) {
        return (*start).into();
    }
    let (mut rest, mut plain) = (text.as_str(), String::new());
    while let Some((before, quoted)) = rest.split_once(" '") {
        let Some((_, after)) = quoted.split_once('\'') else { break };
        plain += before;
        plain += " '…'";
        rest = after;
    }
    plain + rest
}
