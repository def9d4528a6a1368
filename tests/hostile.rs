//! Texts and links from strangers: whatever comes in, there is a clear answer soon, and never a panic.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant as Clock};

use peak_alloc::PeakAlloc;
use resync::base::{Rng, Version};
use resync::rdb::{Encoding, IntWidth, RdbError, RdbReader, RdbWriter};
use resync::scenario::Moment;
use resync::scenario::Scenario;
use resync::scenario::link::{Outcomes, Shared, decode, encode};
use resync::timeline::{Replay, Restore, open};

/// How long refusing may take. A debug build is slower by less than this factor, and the machine may be busy.
const REFUSAL_MAX: Duration = Duration::from_millis(if cfg!(debug_assertions) { 50 * 20 } else { 50 });
/// What reading one hostile link may take of the memory.
const MEMORY_MAX: usize = 64 * 1024 * 1024;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// How long `work` took, and how much memory at most.
fn measured(work: impl FnOnce()) -> (Duration, usize) {
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    let start = Clock::now();
    work();
    (start.elapsed(), MEMORY.peak_usage().saturating_sub(before))
}

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
    let mut worst = (Duration::ZERO, 0);
    for round in 0..200 {
        let text = mutated(&texts[round % texts.len()], &mut rng);
        let outcomes = Outcomes { stride: rng.below(3) as u32, digests: vec![7; rng.below(300) as usize] };
        let shared = Shared { text, moment: Moment::default(), outcomes };
        // Well packed nonsense, a damaged link, noise behind the mark, and blanks that ask to be tried.
        let packed = encode(&shared).expect("a short text");
        let damaged = mutated(&packed, &mut rng);
        let noise: String = (0..rng.below(140_000)).map(|_| char::from(b' ' + rng.below(95) as u8)).collect();
        let blanks = format!("#s=1{}", "Ab _".repeat(rng.below(8_000) as usize));
        for address in [packed, damaged, format!("#s=1{noise}"), noise, blanks] {
            let (took, memory) = measured(|| {
                if let Err(error) = open(&address) {
                    assert!(!error.to_string().is_empty() && !error.id().is_empty());
                }
            });
            worst = (worst.0.max(took), worst.1.max(memory));
        }
    }
    for bomb in bombs() {
        let (took, memory) =
            measured(|| assert!(open(&bomb).is_err(), "a bomb of {} characters", bomb.len()));
        worst = (worst.0.max(took), worst.1.max(memory));
    }
    eprintln!("slowest answer {:?}, most memory {} bytes", worst.0, worst.1);
    assert!(worst.0 < REFUSAL_MAX, "{:?}", worst.0);
    assert!(worst.1 < MEMORY_MAX, "{} bytes", worst.1);
}

/// Small links with much in them that is no scenario in the end.
fn bombs() -> Vec<String> {
    let long = |line: &str| format!("resync 1\nnode a\n{}zebra", line.repeat(380_000 / line.len()));
    let texts = [
        long("\n"),
        long("#\n"),
        long("a> x\n"),
        long("expect a.offset = 1 and a = a\n"),
        long("prose {a.offset}\n"),
        format!("resync 1\nnode a\nload a {}", "UkVESVMw".repeat(45_000)) + "!",
        format!("resync 1\nnode a\nnode {}", "k=v ".repeat(95_000)),
    ];
    let shared = |text: String| Shared { text, moment: Moment::default(), outcomes: Outcomes::default() };
    texts.into_iter().map(|text| encode(&shared(text)).expect("it packs well")).collect()
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

/// A file of each release and encoding, with what can be compressed and what cannot.
fn rdb_files() -> Vec<Vec<u8>> {
    let texts = |n: usize| (0..n).map(|i| format!("{i}:{}", "ab".repeat(i % 40))).collect::<Vec<_>>();
    let pairs = || texts(12).into_iter().map(|text| (text.clone(), text)).collect::<Vec<_>>();
    let mut files = Vec::new();
    for version in Version::ALL {
        for encoding in [Encoding::Plain, Encoding::Packed] {
            let mut rdb = RdbWriter::new(version.profile());
            rdb.aux("redis-ver", version.profile().release);
            rdb.select_db(0);
            rdb.resize_db(6, 1);
            rdb.expire_ms(4_000_000_000_000);
            rdb.string(b"s", "x".repeat(200).as_bytes());
            rdb.list(b"l", encoding, texts(40));
            rdb.set(b"e", texts(9));
            rdb.intset(b"i", IntWidth::Two, [1, 70_000, 1 << 40]);
            rdb.hash(b"h", encoding, pairs());
            rdb.sorted_set(b"z", encoding, texts(5).into_iter().zip([-0.5, 0.0, 1.0, 2.0, 1e300]));
            files.push(rdb.finish());
        }
    }
    files
}

/// Reads a file to its end or to its fault.
fn read_rdb(file: &[u8]) -> Result<(), RdbError> {
    let mut reader = RdbReader::new(file, 10);
    while reader.next()?.is_some() {}
    Ok(())
}

#[test]
fn a_broken_rdb_is_refused_with_the_byte_of_its_fault_and_without_filling_the_memory() {
    let mut rng = Rng::new(8, 0);
    let (mut worst, mut refused) = ((Duration::ZERO, 0), 0);
    let mut refuse = |file: &[u8], must: bool| {
        let mut result = Ok(());
        let (took, memory) = measured(|| result = read_rdb(file));
        worst = (worst.0.max(took), worst.1.max(memory));
        if let Err(error) = result {
            assert!(error.at <= file.len() as u64, "{error} of {}", file.len());
            assert!(error.to_string().starts_with(&format!("byte {}: ", error.at)), "{error}");
            refused += 1;
        } else {
            assert!(!must, "a file that ends in its midst was read");
        }
    };
    for file in rdb_files() {
        (0..file.len()).for_each(|end| refuse(&file[..end], true));
        for _ in 0..400 {
            let mut changed = file.clone();
            for _ in 0..=rng.below(3) {
                let at = rng.below(changed.len() as u64) as usize;
                changed[at] = rng.next_u64() as u8;
            }
            refuse(&changed, false);
        }
        // Everything that could be a length claims to be enormous.
        for at in 9..file.len() {
            refuse(
                &[&file[..at], &[0x81, 0x7f, 255, 255, 255, 255, 255, 255, 255], &file[at..]].concat(),
                false,
            );
        }
    }
    eprintln!("{refused} refused, slowest answer {:?}, most memory {} bytes", worst.0, worst.1);
    assert!(worst.0 < REFUSAL_MAX, "{:?}", worst.0);
    assert!(worst.1 < MEMORY_MAX, "{} bytes", worst.1);
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

/// A scenario of lines that fit together, with every verb that does something.
fn random_scenario(rng: &mut Rng) -> String {
    let mut text = format!("resync 1\ntitle World {}\nseed {}\n", rng.below(99), rng.below(1 << 40));
    for (node, version) in [("a", "2.8"), ("b", "7.0"), ("n_3", "4.0")] {
        text.push_str(&format!("node {node} redis={version} repl-timeout={}\n", 5 + rng.below(60)));
    }
    for line in 0..5 + rng.below(60) {
        let nodes = ["a", "b", "n_3"];
        let at = rng.below(3) as usize;
        let (node, other) = (nodes[at], nodes[(at + 1 + rng.below(2) as usize) % 3]);
        let way = if rng.chance(1, 3) { "->" } else { "-" };
        let n = rng.below(1_000);
        text.push_str(&match rng.below(22) {
            0 => format!("cut {node}{way}{other}\n"),
            1 => format!("heal {node}{way}{other}\n"),
            2 => format!("blackhole {node}{way}{other}\n"),
            3 => format!("latency {node}{way}{other} {n}us\n"),
            4 => format!("bandwidth {node}{way}{other} {}kbit\n", n + 1),
            5 => format!("link {node}-{other} latency={n}ms bandwidth=1mbit\n"),
            6 => format!("restart {node}\n"),
            7 => format!("every {}ms times=3 {node}> INCR n:{{n}}\n", n + 1),
            8 => format!("stop {node}\n"),
            9 => format!("raw {node} \"SET n {n}\\r\\n\\x00\\xff\"\n"),
            10 => format!("after {n}.5ms\n"),
            11 => format!("until {node}.link = up limit={n}ms\n"),
            12 => format!("expect {node}[\"k {n}\"] = \"v\" and {node} = {other} and {node}.offset <= {n}\n"),
            13 => format!("configure {node} repl-timeout={}\n", n + 1),
            14 => format!("step s{line}\nlook backlog {node}\ncue event {node}.psync-sent limit=1s\n"),
            15 => format!("prose Offset {{{node}.offset}}, {{{{n}}.\n|\n| 第 {n} 字节。\n"),
            16 => format!("load {node} UkVESVMwMDA2_wAAAAAAAAAA\n"),
            17 => format!("# {n}\n\n"),
            18 => format!("{node}> SLAVEOF {other} 6379\n"),
            _ => format!("{node}> SET key:{n} \"{}\"\n", "v".repeat(n as usize % 90)),
        });
    }
    text
}

#[test]
fn printing_a_random_scenario_loses_nothing_and_neither_does_a_link() {
    let mut rng = Rng::new(6, 0);
    for _ in 0..400 {
        let text = random_scenario(&mut rng);
        let scenario = Scenario::parse(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        let printed = scenario.to_string();
        assert_eq!(Scenario::parse(&printed), Ok(scenario), "{text}");
        assert_eq!(Scenario::parse(&printed).map(|scenario| scenario.to_string()), Ok(printed));
        let moment = Moment { at: resync::base::Instant(rng.next_u64() >> 24), inputs: rng.below(60) as u32 };
        let shared = Shared { text, moment, outcomes: Outcomes { stride: 1, digests: vec![1, 2, 3] } };
        let link = encode(&shared).expect("a short text");
        assert_eq!(decode(&link), Ok(shared.clone()));
        // What chat programs and mail readers make of an address.
        for changed in [
            link.replace('#', "%23"),
            format!("<a href=\"https://x.org/?a=1&amp;{}\">", &link[1..]),
            format!("https://x.org/{link})."),
            format!("\u{200b}https://x.org/{}\u{200b}\r\n {}", &link[..9], &link[9..]),
        ] {
            assert_eq!(decode(&changed), Ok(shared.clone()), "{changed}");
        }
    }
}

#[test]
fn a_random_scenario_comes_to_the_same_again_by_link_and_by_seeking() {
    let mut rng = Rng::new(7, 0);
    for _ in 0..25 {
        let scenario = Scenario::parse(&random_scenario(&mut rng)).expect("tested above");
        let opened = Replay::new(scenario).finish().expect("it is short");
        let mut timeline = opened.timeline;
        let end = timeline.digest();
        let link = timeline.link().expect("it is short");
        let again = open(&link).expect("our own link").finish().expect("it is short");
        assert_eq!((again.timeline.digest(), again.mismatch), (end, None));
        let moments: Vec<_> = (0..12).map(|_| rng.below(timeline.end().at.0 + 1)).collect();
        for at in moments {
            timeline.seek_time(resync::base::Instant(at));
            let mut fresh = again.timeline.clone();
            fresh.seek_time(resync::base::Instant(at));
            assert_eq!(timeline.digest(), fresh.digest());
        }
        timeline.seek_end();
        assert_eq!(timeline.digest(), end);
    }
}
