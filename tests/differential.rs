//! Our node and a real server of the same version get the same bytes: random commands on two connections, with
//! transactions, watched keys, published messages, blocked clients and a replica that listens. Every reply, the
//! replication stream to the byte, offsets, `INFO replication`, `ROLE` and digests must be equal. (What single
//! data commands do to every value is `differential_data`.)
//!
//! `RESYNC_DIFFERENTIAL_COMMANDS` and `RESYNC_DIFFERENTIAL_SEED` make a longer or another run. A difference
//! prints the seed and the commands that led to it.

mod support;

mod differential {
    pub mod generate;
    pub mod payloads;
    pub mod server_shapes;
    pub mod sides;
    pub mod templates;
}

use std::collections::{BTreeMap, VecDeque};
use std::time::{SystemTime, UNIX_EPOCH};

use differential::generate::Generator;
use differential::payloads::{payload_releases, same_payload};
use differential::server_shapes::{ERRORS_2_8, ERRORS_7_0, SERVER_SHAPES, is_left_to_the_data_test};
use differential::sides::{CLIENTS, Side, anonymous};
use resync::base::{Blob, Profile, Rng, UnixMs, Version};
use resync::keyspace::lookup;
use resync::resp::{ReplyValue, cli_format, quoted};
use support::Kind;

/// How many commands go out in one piece.
const BATCH: usize = 40;
/// How many pieces pass between comparisons of the stream and the reports.
const STRETCH: usize = 10;
/// How many commands a report of a difference shows.
const SHOWN: usize = 120;

#[test]
fn the_node_answers_and_replicates_as_7_0_15_does() {
    compare(Kind::Real70, Version::V7_0, &["repl-diskless-sync no"]);
}

#[test]
fn the_node_answers_and_replicates_as_2_8_17_does() {
    compare(Kind::Real28, Version::V2_8, &[]);
}

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn compare(real: Kind, version: Version, directives: &[&str]) {
    let seed = setting("RESYNC_DIFFERENTIAL_SEED", 1);
    let commands = setting("RESYNC_DIFFERENTIAL_COMMANDS", 60_000) as usize;
    let mut duel = Duel::new(seed, real, version, directives);
    for piece in 0..commands / BATCH {
        duel.piece(piece % CLIENTS);
        if piece % STRETCH == STRETCH - 1 {
            duel.blocked_client();
            duel.compare_everything();
        }
    }
    duel.report();
}

struct Duel {
    seed: u64,
    version: Version,
    rng: Rng,
    data: Generator,
    server: Generator,
    ours: Side,
    real: Side,
    recent: VecDeque<String>,
    /// Per command: successes, and how often each error text.
    tally: BTreeMap<String, (u64, BTreeMap<String, u64>)>,
    /// Whether a client is inside MULTI, as far as the generator knows.
    in_multi: [bool; CLIENTS],
    round: u64,
}

impl Duel {
    fn new(seed: u64, real: Kind, version: Version, directives: &[&str]) -> Duel {
        let ours = Side::start(Kind::Ours(version), directives);
        let real = Side::start(real, directives);
        let knows = |name: &str| {
            let known = lookup(name.as_bytes()).is_some_and(|c| c.spec.known_to(version.profile()));
            known && !is_left_to_the_data_test(name) && !may_wait(name)
        };
        Duel {
            seed,
            version,
            rng: Rng::new(seed, 3),
            data: Generator::new(seed, knows).with_payloads(&payload_releases(version)),
            server: Generator::of_shapes(seed + 1, SERVER_SHAPES, |_| true),
            ours,
            real,
            recent: VecDeque::new(),
            tally: BTreeMap::new(),
            in_multi: [false; CLIENTS],
            round: 0,
        }
    }

    /// Sends a piece of random commands on one connection and compares every reply.
    fn piece(&mut self, client: usize) {
        let commands: Vec<Vec<Blob>> = (0..BATCH).map(|_| self.next_command(client)).collect();
        self.exchange(client, &commands);
    }

    fn exchange(&mut self, client: usize, commands: &[Vec<Blob>]) {
        for argv in commands {
            self.recent.push_back(format!("{client}> {}", show(argv)));
        }
        while self.recent.len() > SHOWN {
            self.recent.pop_front();
        }
        let (ours, real) = (self.ours.batch(client, commands), self.real.batch(client, commands));
        for ((argv, ours), real) in commands.iter().zip(&ours).zip(&real) {
            if !agree(argv, ours, real, self.version.profile()) {
                self.fail(&format!("{client}> {}\n{}", show(argv), difference(ours, real)));
            }
            self.note(argv, real);
        }
    }

    fn next_command(&mut self, client: usize) -> Vec<Blob> {
        loop {
            // Transactions are begun and ended more often than they are talked about.
            let words = match (self.in_multi[client], self.rng.below(30)) {
                (false, 0) => vec!["MULTI"],
                (true, 0..=3) => vec!["EXEC"],
                (true, 4) => vec!["DISCARD"],
                _ => vec![],
            };
            let argv: Vec<Blob> = match words.is_empty() {
                false => words.iter().map(|w| Blob::from(w.as_bytes())).collect(),
                true if self.rng.chance(1, 4) => without_nul(self.server.command(now())),
                true => self.data.command(now()),
            };
            if self.breaks_2_8(&argv) || leads_away(&argv) {
                continue;
            }
            match String::from_utf8_lossy(&argv[0]).to_ascii_uppercase().as_str() {
                "MULTI" if argv.len() == 1 => self.in_multi[client] = true,
                "EXEC" | "DISCARD" if argv.len() == 1 => self.in_multi[client] = false,
                _ => {}
            }
            return argv;
        }
    }

    /// What 2.8.17 does not survive, see `differential_data`; and times that overflow there, because its *STORE
    /// commands overwrite a key that has expired without telling.
    fn breaks_2_8(&self, argv: &[Blob]) -> bool {
        let breaks = |word: &Blob| {
            word.ends_with(b"e308")
                || matches!(&**word, b"1e400" | b"1e5000")
                || word.ends_with(b"6854775807")
        };
        self.version == Version::V2_8 && argv.iter().any(breaks)
    }

    /// A client waits for a list; another one makes the list, in one of several ways.
    fn blocked_client(&mut self) {
        self.round += 1;
        let key = format!("waited-for:{}", self.round);
        let line = |text: String| text.split(' ').map(|w| Blob::from(w.as_bytes())).collect::<Vec<_>>();
        for client in 0..CLIENTS {
            if self.in_multi[client] {
                self.in_multi[client] = false;
                self.exchange(client, &[line("DISCARD".into())]);
            }
            self.exchange(client, &[line("SELECT 0".into())]);
        }
        let wait = match self.rng.below(4) {
            0 => format!("BLPOP nothing {key} 0"),
            1 => format!("BRPOP {key} 0"),
            2 => format!("BRPOPLPUSH {key} {key}:to 0"),
            _ if self.version == Version::V7_0 => format!("BLMOVE {key} {key}:to LEFT RIGHT 0"),
            _ => format!("BLPOP {key} 0"),
        };
        self.recent.push_back(format!("1> {wait}"));
        let bytes = format!("{wait}\r\n").into_bytes();
        self.ours.clients[1].send(&bytes);
        self.real.clients[1].send(&bytes);
        // Both are waiting by the time another connection is served.
        while self.blocked_clients() != [1, 1] {}
        let feed: Vec<String> = match self.rng.below(4) {
            0 => vec![format!("RPUSH {key} a b c")],
            1 => vec!["MULTI".into(), format!("RPUSH {key} a"), format!("LPUSH {key} b"), "EXEC".into()],
            2 => vec![
                "MULTI".into(),
                format!("RPUSH {key} a"),
                format!("DEL {key}"),
                "EXEC".into(),
                format!("LPUSH {key} c"),
            ],
            _ => vec![
                format!("SET {key} x"),
                format!("DEL {key}"),
                format!("RPUSH {key}:2 a"),
                format!("RENAME {key}:2 {key}"),
            ],
        };
        let feed: Vec<Vec<Blob>> = feed.into_iter().map(line).collect();
        self.exchange(0, &feed);
        // 2.8 does not serve a list that was renamed; a push in the open serves everybody.
        self.exchange(0, &[line(format!("RPUSH {key} last"))]);
        let (ours, real) = (self.ours.clients[1].reply(), self.real.clients[1].reply());
        if ours != real {
            self.fail(&format!("{wait}\n{}", difference(&ours, &real)));
        }
        self.note(&line(wait), &real);
    }

    fn blocked_clients(&mut self) -> [i64; 2] {
        [&mut self.ours, &mut self.real].map(|side| side.clients[0].info_number("blocked_clients"))
    }

    fn compare_everything(&mut self) {
        let offsets = [self.ours.offset(), self.real.offset()];
        if offsets[0] != offsets[1] {
            self.recent.push_back(format!("offsets: ours {} real {}", offsets[0], offsets[1]));
        }
        let (ours, real) = (self.ours.take_stream(), self.real.take_stream());
        if let Some(text) = stream_difference(&ours, &real) {
            self.fail(&text);
        }
        let reports = [self.ours.report(), self.real.report()];
        if reports[0] != reports[1] {
            self.fail(&format!("ours:\n{}\nreal:\n{}", reports[0], reports[1]));
        }
        let news = [self.ours.take_news(), self.real.take_news()];
        if news[0] != news[1] {
            let text = news.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
            self.fail(&format!("published, ours:\n{}\nreal:\n{}", text[0], text[1]));
        }
        if self.version == Version::V2_8 {
            // DEBUG DIGEST can crash 2.8.17 (see `interop.rs`).
            return;
        }
        let digests = [self.ours.digest(), self.real.digest()];
        if digests[0] != digests[1] {
            self.fail(&format!("digests: ours {} real {}", digests[0], digests[1]));
        }
    }

    fn note(&mut self, argv: &[Blob], reply: &ReplyValue) {
        let name = String::from_utf8_lossy(&argv[0]).to_ascii_uppercase();
        let (successes, errors) = self.tally.entry(name).or_default();
        match reply {
            ReplyValue::Error(text) => {
                *errors.entry(String::from_utf8_lossy(text).into_owned()).or_default() += 1;
            }
            _ => *successes += 1,
        }
    }

    /// Prints what was reached, and fails where nothing was.
    fn report(&self) {
        println!("commands with successes and error texts, as {}:", self.version.profile().release);
        for (name, (successes, errors)) in &self.tally {
            println!("{name:>18} {successes:>6}  {errors:?}");
        }
        let sum: u64 = self.tally.values().map(|(ok, errors)| ok + errors.values().sum::<u64>()).sum();
        println!("{sum} commands");
        let names = self.data.names().chain(self.server.names());
        let silent: Vec<&str> = names.filter(|name| !self.tally.contains_key(*name)).collect();
        assert!(silent.is_empty(), "never sent: {silent:?}");
        let wanted = if self.version == Version::V7_0 { ERRORS_7_0 } else { ERRORS_2_8 };
        let seen =
            |text: &str| self.tally.values().any(|(_, errors)| errors.keys().any(|e| e.starts_with(text)));
        let missing: Vec<&&str> = wanted.iter().filter(|text| !seen(text)).collect();
        assert!(missing.is_empty(), "errors that nobody met: {missing:#?}");
    }

    fn fail(&mut self, what: &str) -> ! {
        // Where the streams part is often the reason.
        let streams = [&mut self.ours, &mut self.real].map(|side| side.rest_of_stream());
        let stream = stream_difference(&streams[0], &streams[1]).unwrap_or_default();
        let before: Vec<&str> = self.recent.iter().map(String::as_str).collect();
        panic!("seed {}:\n{}\n{what}\n{stream}", self.seed, before.join("\n"));
    }
}

fn now() -> UnixMs {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is right");
    UnixMs(since.as_millis() as i64)
}

fn show(argv: &[Blob]) -> String {
    argv.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ")
}

/// Two replies side by side; of arrays only the first elements that differ.
fn difference(ours: &ReplyValue, real: &ReplyValue) -> String {
    if let (ReplyValue::Array(Some(a)), ReplyValue::Array(Some(b))) = (ours, real)
        && let Some(at) = a.iter().zip(b).position(|(a, b)| a != b)
    {
        return format!("element {at} of {} / {}:\n{}", a.len(), b.len(), difference(&a[at], &b[at]));
    }
    let brief = |reply| cli_format(reply).chars().take(1500).collect::<String>();
    format!("  ours: {}\n  real: {}", brief(ours), brief(real))
}

impl Drop for Duel {
    /// When a server has gone, its last words matter.
    fn drop(&mut self) {
        if std::thread::panicking() {
            for side in [&self.ours, &self.real] {
                let log = side.server.log();
                let end: Vec<&str> = log.lines().rev().take(60).collect();
                eprintln!("the log of {:?}, backwards:\n{}", side.server.kind, end.join("\n"));
            }
        }
    }
}

/// Whether a command may make its client wait, so that a piece would never end; `blocked_client` sends those.
fn may_wait(name: &str) -> bool {
    name.starts_with("BL") || name.starts_with("BRP") || name.starts_with("BZ")
}

/// Where a server quotes a word in an error it stops at a NUL, as C does: kept out but for unknown commands.
fn without_nul(argv: Vec<Blob>) -> Vec<Blob> {
    if &*argv[0] == b"NOSUCHCOMMAND" {
        return argv;
    }
    let until_nul = |word: Blob| Blob::from(word.split(|b| *b == 0).next().unwrap_or_default());
    argv.into_iter().map(until_nul).collect()
}

/// INFO about the machine and DEBUG OBJECT with its addresses are not a matter of replication, and a master that follows somebody no longer is one.
fn leads_away(argv: &[Blob]) -> bool {
    let is = |name: &[u8]| argv[0].eq_ignore_ascii_case(name);
    let no_one = || &*argv[1] == b"NO" && &*argv[2] == b"ONE" || &*argv[2] == b"x";
    is(b"debug") && argv.len() > 2 && &*argv[2] != b"nothing"
        || is(b"info") && (argv.len() != 2 || &*argv[1] != b"replication")
        || is(b"slaveof") && argv.len() == 3 && !no_one()
}

/// The table of what is normalised: times to come may differ by two seconds; names of this run are taken out of
/// INFO, and in the midst of a pipeline where the backlog of 7.0 begins, which depends on how many reads the bytes
/// took; payloads of hash tables are in random order. The rest must be equal to the byte.
fn agree(argv: &[Blob], ours: &ReplyValue, real: &ReplyValue, profile: &'static Profile) -> bool {
    use ReplyValue::{Array, Bulk, Integer};
    let is = |name: &str| argv[0].eq_ignore_ascii_case(name.as_bytes());
    match (ours, real) {
        (a, b) if a == b => true,
        // PTTL and PEXPIRETIME, also among the replies of EXEC.
        (Integer(a), Integer(b)) => a.min(b) > &100_000 && a.abs_diff(*b) <= 2000,
        (Array(Some(a)), Array(Some(b))) if is("EXEC") => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| agree(argv, a, b, profile))
        }
        (Bulk(Some(a)), Bulk(Some(b))) if a.starts_with(b"# Replication") => {
            let moves = |line: &&str| {
                !line.starts_with("repl_backlog_first") && !line.starts_with("repl_backlog_hist")
            };
            let text =
                |bytes| anonymous(&String::from_utf8_lossy(bytes)).lines().filter(moves).collect::<String>();
            (is("INFO") || is("EXEC")) && text(a) == text(b)
        }
        (Bulk(Some(a)), Bulk(Some(b))) if is("DUMP") || is("EXEC") => same_payload(a, b, profile),
        _ => false,
    }
}

/// Where two streams differ. Numbers that are times to come may lie two seconds apart; they have the same length.
fn stream_difference(ours: &[u8], real: &[u8]) -> Option<String> {
    let (a, b): (Vec<&[u8]>, Vec<&[u8]>) =
        (ours.split(|b| *b == b'\n').collect(), real.split(|b| *b == b'\n').collect());
    let time = |word: &[u8]| {
        let text = std::str::from_utf8(word).ok()?.trim_end();
        text.parse::<i64>().ok().filter(|n| *n > 1_000_000_000_000)
    };
    let same = |a: &[u8], b: &[u8]| {
        a == b || matches!((time(a), time(b)), (Some(a), Some(b)) if a.abs_diff(b) <= 2000)
    };
    let at = a.iter().zip(&b).position(|(a, b)| !same(a, b));
    let at = at.or((a.len() != b.len()).then_some(a.len().min(b.len())))?;
    let around = |side: &[&[u8]]| {
        let lines = side.iter().skip(at.saturating_sub(14)).take(24);
        lines.map(|line| quoted(line)).collect::<Vec<_>>().join(" ")
    };
    Some(format!("the stream differs at line {at}\n  ours: {}\n  real: {}", around(&a), around(&b)))
}
