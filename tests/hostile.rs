//! Texts and links from strangers: whatever comes in, there is a clear answer soon, and never a panic.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant as Clock};

use resync::base::Rng;
use resync::scenario::Moment;
use resync::scenario::Scenario;
use resync::scenario::link::{Outcomes, Shared, decode, encode};
use resync::timeline::{Restore, open};

/// Refusing takes milliseconds. The aim of 50 ms is meant for an optimised build on an idle machine; this bound tells linear
/// from worse even on a busy one.
const REFUSAL_MAX: Duration = Duration::from_secs(10);
/// What reading all the hostile links of this file may add to the memory.
const MEMORY_MAX: u64 = 64 * 1024 * 1024;

fn scenarios() -> Vec<String> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let folders = ["tests/scenarios", "www/lessons"].map(|folder| root.join(folder));
    let entries = folders.iter().flat_map(|folder| fs::read_dir(folder).expect("the folder exists"));
    let paths = entries.map(|entry| entry.expect("a readable entry").path());
    let mut paths: Vec<PathBuf> =
        paths.filter(|path| path.extension().is_some_and(|end| end == "resync")).collect();
    paths.sort();
    paths.iter().map(|path| fs::read_to_string(path).expect("a readable file")).collect()
}

fn mutated(text: &str, rng: &mut Rng) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for _ in 0..=rng.below(5) {
        let at = rng.below(bytes.len().max(1) as u64) as usize;
        let from = rng.below(bytes.len().max(1) as u64) as usize;
        match rng.below(6) {
            _ if bytes.is_empty() => {}
            0 => bytes[at] = rng.below(256) as u8,
            1 => drop(bytes.remove(at)),
            2 => bytes.truncate(at),
            3 => bytes.insert(at, b"\"{}|>-=#\n\t 0\xff"[rng.below(13) as usize]),
            4 => bytes[at] = bytes[from],
            _ => {
                let piece = bytes[from..bytes.len().min(from + 30)].to_vec();
                bytes.splice(at..at, piece);
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn peak_memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse::<u64>().ok()).unwrap_or(0) * 1024
}

#[test]
fn whatever_parses_prints_as_a_text_that_means_the_same() {
    let mut rng = Rng::new(1, 0);
    let mut parsed = 0;
    for text in scenarios() {
        for _ in 0..60 {
            let text = mutated(&text, &mut rng);
            let Ok(scenario) = Scenario::parse(&text) else { continue };
            let printed = scenario.to_string();
            assert_eq!(Scenario::parse(&printed), Ok(scenario), "{text}\n----\n{printed}");
            parsed += 1;
        }
    }
    assert!(parsed > 100, "only {parsed} mutated texts were understood");
}

#[test]
fn every_scenario_survives_the_journey_through_a_link() {
    let mut rng = Rng::new(2, 0);
    for text in scenarios() {
        let digests = (0..rng.below(200)).map(|_| rng.next_u64() as u16).collect();
        let moment =
            Moment { at: resync::base::Instant(rng.next_u64() >> 20), inputs: rng.below(1_000) as u32 };
        let shared = Shared { text, moment, outcomes: Outcomes { stride: 1, digests } };
        let link = encode(&shared).expect("a short text");
        assert_eq!(decode(&format!("https://example.org/{link}")), Ok(shared));
    }
}

#[test]
fn hostile_links_are_refused_soon_and_without_filling_the_memory() {
    let mut rng = Rng::new(3, 0);
    let texts = scenarios();
    let before = peak_memory();
    let mut worst = Duration::ZERO;
    for round in 0..200 {
        let text = mutated(&texts[round % texts.len()], &mut rng);
        let outcomes = Outcomes { stride: rng.below(3) as u32, digests: vec![7; rng.below(300) as usize] };
        let shared = Shared { text, moment: Moment::default(), outcomes };
        // Well packed nonsense, a damaged link, and noise behind the mark.
        let packed = encode(&shared).expect("a short text");
        let damaged = mutated(&packed, &mut rng);
        let noise: String = (0..rng.below(40_000)).map(|_| char::from(b' ' + rng.below(95) as u8)).collect();
        for address in [packed, damaged, format!("#s=1{noise}"), noise] {
            let start = Clock::now();
            if let Err(error) = open(&address) {
                assert!(!error.to_string().is_empty() && !error.id().is_empty());
            }
            worst = worst.max(start.elapsed());
        }
    }
    let grown = peak_memory() - before;
    assert!(worst < REFUSAL_MAX, "{worst:?}");
    assert!(grown < MEMORY_MAX, "{grown} bytes");
    eprintln!("slowest answer {worst:?}, memory grew by {grown} bytes");
}

#[test]
fn texts_made_to_be_expensive_are_read_in_linear_time() {
    let heavy = [
        format!("resync 1\nnode a\nprose {}", "{a.offset}".repeat(50_000)),
        format!("resync 1\nnode a\nexpect {}", vec!["a.offset = 1"; 50_000].join(" and ")),
        format!("resync 1\n{}", "#\n".repeat(400_000)),
        format!("resync 1\nnode a {}", (0..20_000).map(|n| format!("k{n}=v ")).collect::<String>()),
        format!("resync 1\nnode a\nprose x\n{}", "| {{\n".repeat(100_000)),
    ];
    for text in heavy {
        let start = Clock::now();
        let _ = Scenario::parse(&text);
        let took = start.elapsed();
        assert!(took < Duration::from_secs(30), "{took:?} for {}…", &text[..40]);
    }
}

#[test]
fn a_damaged_save_gets_an_error() {
    let text = "resync-timeline 1\ncursor branch=1 at=5 inputs=1\nbranch 1\n| resync 1\n| node a redis=2.8\n";
    let mut rng = Rng::new(4, 0);
    for _ in 0..2_000 {
        if let Ok(restore) = Restore::new(&mutated(text, &mut rng)) {
            let _ = restore.finish();
        }
    }
}
