//! Our node and a real server of the same version get the same bytes: random commands on two connections, with
//! transactions, watched keys, published messages, blocked clients and a replica that listens. Every reply, the
//! replication stream to the byte, offsets, `INFO replication`, `ROLE` and digests must be equal. (What single
//! data commands do to every value is `differential_data`.)
//!
//! `RESYNC_DIFFERENTIAL_COMMANDS` and `RESYNC_DIFFERENTIAL_SEED` make a longer or another run. A difference
//! prints the seed and the shortest scenario that shows it.

mod support;

mod differential {
    pub mod arena;
    pub mod errors;
    pub mod generate;
    pub mod payloads;
    pub mod server_shapes;
    pub mod shrink;
    pub mod sides;
    pub mod tally;
    pub mod templates;
}

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use differential::arena::{Arena, difference, show};
use differential::generate::Generator;
use differential::payloads::payload_releases;
use differential::server_shapes::{SERVER_SHAPES, is_left_to_the_data_test};
use differential::shrink::{LAST_MS, Step, minimal, scenario};
use differential::sides::CLIENTS;
use differential::tally::Tally;
use resync::base::{Blob, Profile, Rng, UnixMs, Version};
use resync::keyspace::{integer, lookup};
use support::Kind;

/// How many commands are sent when nothing else is asked for.
const COMMANDS: usize = 200_000;
/// How many commands go out in one piece.
const BATCH: usize = 40;
/// How many pieces pass between comparisons of the stream and the reports.
const STRETCH: usize = 10;
/// How long the shortest way to a difference is looked for.
const SHRINKING: Duration = Duration::from_secs(60);
/// How many commands are shown when it is not found.
const SHOWN: usize = 120;

#[test]
fn the_node_answers_and_replicates_as_7_0_15_does() {
    compare(Kind::Real70, Version::V7_0, &["repl-diskless-sync no"]);
}

#[test]
fn the_node_answers_and_replicates_as_2_8_17_does() {
    compare(Kind::Real28, Version::V2_8, &[]);
}

#[test]
fn the_shortest_way_to_a_planted_difference_is_found() {
    // Where the real server gets SELECT 2, ours gets SELECT 1: the reply is the same, what follows is not.
    let plant = |argv: &[Blob]| match argv {
        [name, db] if &**name == b"SELECT" && &**db == b"2" => vec![name.clone(), Blob::from(b"1")],
        _ => argv.to_vec(),
    };
    let mut arena = Arena::start(Kind::Real70, Version::V7_0, &["repl-diskless-sync no"], Some(plant));
    let is_set = |name: &str| matches!(name, "SET" | "SELECT" | "SADD" | "DEL" | "INCR");
    let mut generator = Generator::new(7, is_set);
    let steps: Vec<Step> = (0..400).map(|n| (n / 40 % CLIENTS, generator.command(now()))).collect();
    let found = minimal(&steps, SHRINKING, |steps| arena.differs(steps)).expect("the difference is there");
    let text = scenario(&found, "7.0");
    assert_eq!(found.len(), 2, "{text}");
    assert_eq!(&*found[0].1[1], b"2", "{text}");
    assert_eq!(found[0].0, found[1].0, "{text}");
    resync::scenario::Scenario::parse(&text).unwrap_or_else(|error| panic!("{error:?}\n{text}"));
}

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn compare(real: Kind, version: Version, directives: &[&str]) {
    let seed = setting("RESYNC_DIFFERENTIAL_SEED", 1);
    let commands = setting("RESYNC_DIFFERENTIAL_COMMANDS", COMMANDS as u64) as usize;
    let mut duel = Duel::new(seed, real, version, directives);
    for piece in 0..commands / BATCH {
        duel.piece(piece % CLIENTS);
        if piece % STRETCH == STRETCH - 1 {
            duel.blocked_client();
            duel.expired_keys();
            duel.compare_everything();
        }
    }
    duel.report(commands >= COMMANDS);
}

struct Duel {
    seed: u64,
    rng: Rng,
    data: Generator,
    server: Generator,
    arena: Arena,
    /// All that was sent, to find the shortest way to a difference.
    history: Vec<Step>,
    tally: Tally,
    /// Whether a client is inside MULTI, as far as the generator knows.
    in_multi: [bool; CLIENTS],
    round: u64,
}

impl Duel {
    fn new(seed: u64, real: Kind, version: Version, directives: &[&str]) -> Duel {
        let knows = |name: &str| {
            let known = lookup(name.as_bytes()).is_some_and(|c| c.spec.known_to(version.profile()));
            known && !is_left_to_the_data_test(name) && !may_wait(name)
        };
        let data = Generator::new(seed, knows).with_payloads(&payload_releases(version));
        let server = Generator::of_shapes(seed + 1, SERVER_SHAPES, |_| true);
        Duel {
            seed,
            rng: Rng::new(seed, 3),
            tally: Tally::new(data.shapes().chain(server.shapes())),
            data,
            server,
            arena: Arena::start(real, version, directives, None),
            history: Vec::new(),
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
        self.history.extend(commands.iter().map(|argv| (client, argv.clone())));
        match self.arena.exchange(client, commands) {
            Ok(replies) => {
                commands.iter().zip(&replies).for_each(|(argv, reply)| self.tally.note(argv, Some(reply)));
            }
            Err(what) => self.fail(&what),
        }
    }

    fn compare_everything(&mut self) {
        if let Err(what) = self.arena.compare_everything() {
            self.fail(&what);
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
            if self.breaks_2_8(&argv)
                || leads_away(&argv)
                || expires_some_day(&argv, self.arena.version.profile())
            {
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

    /// What 2.8.17 does not survive: long doubles of more than 256 characters, also when digits are appended to an
    /// exponent; and times that overflow, after which a key has expired or never will, as undefined behaviour has it.
    fn breaks_2_8(&self, argv: &[Blob]) -> bool {
        let breaks = |word: &Blob| {
            word.ends_with(b"e308")
                || matches!(&**word, b"1e400" | b"1e5000" | b"3.0e3" | b"1e17" | b"0x1p3")
                || word.ends_with(b"6854775807")
        };
        self.arena.version == Version::V2_8 && argv.iter().any(breaks)
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
            _ if self.arena.version == Version::V7_0 => format!("BLMOVE {key} {key}:to LEFT RIGHT 0"),
            _ => format!("BLPOP {key} 0"),
        };
        let bytes = format!("{wait}\r\n").into_bytes();
        self.arena.ours.clients[1].send(&bytes);
        self.arena.real.clients[1].send(&bytes);
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
        let (ours, real) = (self.arena.ours.clients[1].reply(), self.arena.real.clients[1].reply());
        if ours != real {
            panic!("seed {}: {wait}\n{}", self.seed, difference(&ours, &real));
        }
        self.tally.note(&line(wait), Some(&real));
    }

    /// Gives some keys their last milliseconds, so that what follows meets expired keys.
    fn expired_keys(&mut self) {
        let commands = b"slhez".map(|kind| {
            let key = [kind, b'0' + self.rng.below(5) as u8];
            vec![Blob::from(b"PEXPIRE"), Blob::from(&key), Blob::from(LAST_MS.to_string().as_bytes())]
        });
        self.exchange(0, &commands);
    }

    fn blocked_clients(&mut self) -> [i64; 2] {
        [&mut self.arena.ours, &mut self.arena.real]
            .map(|side| side.clients[0].info_number("blocked_clients"))
    }

    /// Prints what was reached, and fails where nothing was; a short run need not reach everything.
    fn report(&self, is_long: bool) {
        let run = if self.arena.version == Version::V7_0 { 'N' } else { 'n' };
        println!("{} lines of MONITOR were equal", self.arena.shown);
        assert!(self.arena.shown > 0, "the monitor was shown nothing");
        self.tally.report(run, is_long);
    }

    /// Ends the test with the difference and the shortest list of commands that shows it.
    fn fail(&mut self, what: &str) -> ! {
        let text = match minimal(&self.history, SHRINKING, |steps| self.arena.differs(steps)) {
            Some(steps) => scenario(&steps, self.arena.version.name()),
            None => {
                let last = self.history.len().saturating_sub(SHOWN);
                let line = |(client, argv): &Step| format!("{client}> {}\n", show(argv));
                format!(
                    "It did not come back. The last commands:\n{}",
                    self.history[last..].iter().map(line).collect::<String>()
                )
            }
        };
        panic!("seed {}:\n{what}\nThe shortest way there:\n{text}", self.seed);
    }
}

fn now() -> UnixMs {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is right");
    UnixMs(since.as_millis() as i64)
}

/// Whether a key would expire while the test runs, on one side a moment before the other: relative times below
/// [`RUN_MS`], given by chance. (Expired keys are made by `expired_keys`.)
fn expires_some_day(argv: &[Blob], profile: &Profile) -> bool {
    const RUN_MS: i64 = 900_000;
    let is = |word: &Blob, names: &[&str]| names.iter().any(|n| word.eq_ignore_ascii_case(n.as_bytes()));
    let soon = |word: Option<&Blob>, unit: i64| {
        let time = word.and_then(|word| integer(word, profile));
        time.is_some_and(|time| (1..RUN_MS / unit).contains(&time))
    };
    let option =
        |name: &str, unit: i64| argv.windows(2).any(|pair| is(&pair[0], &[name]) && soon(pair.get(1), unit));
    match &argv[0] {
        name if is(name, &["EXPIRE", "SETEX"]) => soon(argv.get(2), 1000),
        name if is(name, &["PEXPIRE", "PSETEX", "RESTORE"]) => soon(argv.get(2), 1),
        name if is(name, &["SET", "GETEX"]) => option("EX", 1000) || option("PX", 1),
        _ => false,
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

/// INFO about the machine and DEBUG OBJECT with its addresses are not a matter of replication, and a master that follows
/// somebody no longer is one.
fn leads_away(argv: &[Blob]) -> bool {
    let is = |name: &[u8]| argv[0].eq_ignore_ascii_case(name);
    let word = |at: usize| argv.get(at).map_or(&b""[..], |word| word);
    let no_one = || word(1) == b"NO" && word(2) == b"ONE" || word(2) == b"x";
    is(b"debug") && argv.len() > 2 && word(2) != b"nothing"
        || is(b"info") && (argv.len() != 2 || word(1) != b"replication")
        || (is(b"slaveof") || is(b"replicaof")) && argv.len() == 3 && !no_one()
}
