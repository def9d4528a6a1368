//! The data commands against real servers: the same random commands to both, every reply compared, and after
//! each stretch the digests, the encodings and what a replica was told.
//!
//! `RESYNC_DIFFERENTIAL_COMMANDS` and `RESYNC_DIFFERENTIAL_SEED` make a longer or another run. A difference
//! prints the seed and the shortest scenario that shows it.

mod support;

mod differential {
    pub mod errors;
    pub mod generate;
    pub mod judge;
    pub mod ours;
    pub mod payloads;
    pub mod shrink;
    pub mod tally;
    pub mod templates;
}

use std::collections::{BTreeSet, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind, set_hook, take_hook};
use std::time::{Duration, Instant};

use differential::generate::Generator;
use differential::judge::{agree, same_command};
use differential::ours::{Ours, Ran, now};
use differential::payloads::payload_releases;
use differential::shrink::{Step, minimal, scenario};
use differential::tally::Tally;
use resync::base::{Blob, Version};
use resync::keyspace::{Entry, Settings, Value, ZSet, all_commands, hex};
use resync::rdb::RdbReader;
use resync::resp::{Limits, ReplyValue, RequestParser, cli_format, encode_command, quoted};
use support::{Client, Kind, Server};

/// How many commands are sent when nothing else is asked for.
const COMMANDS: usize = 40_000;
/// How long the shortest way to a difference is looked for.
const SHRINKING: Duration = Duration::from_secs(60);
/// How many commands pass between comparisons of everything.
const STRETCH: usize = 400;

#[test]
fn data_commands_answer_as_7_0_15_does() {
    compare(Kind::Real70, Version::V7_0);
}

#[test]
fn data_commands_answer_as_2_8_17_does() {
    compare(Kind::Real28, Version::V2_8);
}

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn compare(kind: Kind, version: Version) {
    let seed = setting("RESYNC_DIFFERENTIAL_SEED", 1);
    let commands = setting("RESYNC_DIFFERENTIAL_COMMANDS", COMMANDS as u64) as usize;
    let knows = Ours::new(version, 0);
    let mut generator = Generator::new(seed, |name| name == "SELECT" || knows.knows(name))
        .with_payloads(&payload_releases(version));
    let mut sent: Vec<Step> = Vec::new();
    let whole = catch_unwind(AssertUnwindSafe(|| {
        let mut duel = Duel::new(kind, version, seed, &generator);
        for step in 0..commands {
            let argv = generator.command(now());
            sent.push((0, argv.clone()));
            duel.step(&argv);
            if step % STRETCH == STRETCH - 1 {
                duel.compare_everything();
            }
        }
        duel.compare_everything();
        duel.report(&generator, commands >= COMMANDS);
    }));
    if let Err(failure) = whole {
        eprintln!("seed {seed}, the shortest way there:\n{}", shortest(kind, version, seed, &sent));
        resume_unwind(failure);
    }
}

/// The fewest commands that show a difference, given to new servers.
fn shortest(kind: Kind, version: Version, seed: u64, sent: &[Step]) -> String {
    let speaks = take_hook();
    set_hook(Box::new(|_| {}));
    let generator = Generator::new(seed, |_| true);
    let differs = |steps: &[Step]| {
        let play = || {
            let mut duel = Duel::new(kind, version, seed, &generator);
            duel.is_again = true;
            steps.iter().for_each(|(_, argv)| duel.step(argv));
            duel.compare_everything();
        };
        catch_unwind(AssertUnwindSafe(play)).is_err()
    };
    let found = minimal(sent, SHRINKING, differs);
    set_hook(speaks);
    found.map_or("It did not come back.".to_string(), |steps| scenario(&steps, version.name()))
}

#[test]
fn the_shortest_way_to_a_difference_of_data_is_found() {
    // A 7.0 beside a real 2.8: a single command shows that they are not the same.
    let mut generator = Generator::new(7, |name| matches!(name, "SET" | "SADD" | "INCR" | "GETDEL"));
    let sent: Vec<Step> = (0..300).map(|_| (0, generator.command(now()))).collect();
    let text = shortest(Kind::Real28, Version::V7_0, 7, &sent);
    assert_eq!(text.lines().filter(|line| line.starts_with("a> ")).count(), 1, "{text}");
    resync::scenario::Scenario::parse(&text).unwrap_or_else(|error| panic!("{error:?}\n{text}"));
}

struct Duel {
    real: Client,
    replica: Replica,
    ours: Ours,
    /// The last commands, for the report of a difference.
    recent: VecDeque<String>,
    /// What our side would have told a replica since the last comparison.
    expected: Vec<(u32, Vec<Blob>)>,
    tally: Tally,
    seed: u64,
    /// It looks for the shortest way, and says nothing.
    is_again: bool,
    server: Server,
}

fn show(argv: &[Blob]) -> String {
    argv.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ")
}

/// Two replies side by side; of long arrays only the first elements that differ.
fn difference(ours: &ReplyValue, real: &ReplyValue) -> String {
    if let (ReplyValue::Array(Some(a)), ReplyValue::Array(Some(b))) = (ours, real)
        && let Some(at) = a.iter().zip(b).position(|(a, b)| a != b)
    {
        return format!("  element {at} of {} / {}:\n{}", a.len(), b.len(), difference(&a[at], &b[at]));
    }
    let brief = |reply| cli_format(reply).chars().take(300).collect::<String>();
    format!("  ours: {}\n  real: {}", brief(ours), brief(real))
}

fn is(argv: &[Blob], name: &str) -> bool {
    argv[0].eq_ignore_ascii_case(name.as_bytes())
}

impl Duel {
    fn new(kind: Kind, version: Version, seed: u64, generator: &Generator) -> Duel {
        let directives: &[&str] =
            if version == Version::V7_0 && kind == Kind::Real70 { &["repl-diskless-sync no"] } else { &[] };
        let server = Server::start(kind, directives);
        let mut duel = Duel {
            real: server.client(),
            replica: Replica::attach(&server, version),
            ours: Ours::new(version, seed),
            recent: VecDeque::new(),
            expected: Vec::new(),
            tally: Tally::new(generator.shapes()),
            seed,
            is_again: false,
            server,
        };
        duel.real.ok("DEBUG SET-ACTIVE-EXPIRE 0");
        duel
    }

    fn step(&mut self, argv: &[Blob]) {
        if self.meets_expired_keys_by_chance(argv) {
            return;
        }
        if self.trips_over_errno(argv)
            || self.is_unspecified(argv)
            || self.rebuilds_a_set(argv)
            || self.breaks_2_8(argv)
        {
            return;
        }
        self.recent.push_back(format!("{}: {}", self.ours.db, show(argv)));
        if self.recent.len() > STRETCH {
            self.recent.pop_front();
        }
        let is_select = is(argv, "SELECT");
        if is_select && (argv.len() != 2 || !matches!(&*argv[1], b"0" | b"1" | b"2")) {
            return;
        }
        if is(argv, "SORT") || is(argv, "SORT_RO") {
            // SORT trips over an ERANGE that an earlier command left behind; this clears `errno`.
            self.real.ok("SSCAN nothing 0");
        }
        let Ran { reply, stream } = self.ours.run(argv);
        self.tally.note(argv, reply.as_ref());
        let random_pop = is(argv, "SPOP") && !stream.is_empty();
        let theirs = match &reply {
            None => self.real_without_waiting(argv),
            // Which members go is random: the real server is told to remove ours.
            Some(_) if random_pop => {
                stream.iter().for_each(|(_, argv)| {
                    self.real.command(argv);
                });
                None
            }
            Some(_) => Some(self.real.command(argv)),
        };
        if let (Some(a), Some(b)) = (&reply, &theirs)
            && !agree(argv, a, b, &self.ours)
        {
            let about = argv.get(1).and_then(|key| self.ours.keyspace.db(self.ours.db).get(key));
            let about: String = format!("{about:?}").chars().take(400).collect();
            self.fail(&format!("{}\n{}\n  the key: {about}", show(argv), difference(a, b)));
        }
        self.expected.extend(stream.into_iter().map(|(db, argv)| (db, argv.to_vec())));
    }

    /// What 2.8.17 does not survive or answers with chance bytes: long doubles of more than 256 characters (also when
    /// digits are appended to an exponent), SORT with a limit that overflows, endless random members.
    fn breaks_2_8(&self, argv: &[Blob]) -> bool {
        let large = |word: &Blob| word.len() > 9 && word.iter().all(u8::is_ascii_digit);
        !self.ours.profile.speaks_psync2()
            && (argv.iter().any(|word| word.ends_with(b"e308") || matches!(&**word, b"1e400" | b"1e17"))
                || is(argv, "SORT") && argv.iter().any(large)
                || is(argv, "SRANDMEMBER")
                    && argv.iter().any(|word| word.starts_with(b"-") && word.len() > 9))
    }

    /// SORT reads the scores of a packed sorted set, and a subnormal one leaves an ERANGE behind.
    fn trips_over_errno(&self, argv: &[Blob]) -> bool {
        let sorted = self.ours.keyspace.db(self.ours.db).get(argv.get(1).map_or(b"", |key| key));
        let zset =
            sorted.and_then(|entry| if let Value::ZSet(zset) = &entry.value { Some(zset) } else { None });
        (is(argv, "SORT") || is(argv, "SORT_RO"))
            && zset.is_some_and(|zset| zset.iter().any(|(score, _)| score.is_subnormal()))
    }

    /// Which expired keys a listing meets, and in which order, depends on the hash; and it deletes them.
    fn meets_expired_keys_by_chance(&self, argv: &[Blob]) -> bool {
        let db = self.ours.keyspace.db(self.ours.db);
        (is(argv, "RANDOMKEY") || is(argv, "SCAN") || is(argv, "KEYS"))
            && db.iter().any(|(_, entry)| entry.is_expired(now()))
    }

    /// When SPOP takes nearly all, the server builds the rest anew, which removing members one by one does not.
    fn rebuilds_a_set(&self, argv: &[Blob]) -> bool {
        is(argv, "SPOP") && argv.len() == 3 && {
            let left = self.ours.keyspace.db(self.ours.db).get(&argv[1]).map_or(0, |entry| entry.value.len());
            let count = String::from_utf8_lossy(&argv[2]).parse::<usize>().unwrap_or(0);
            left.saturating_sub(count) * 5 <= count
        }
    }

    /// Ranges by name over unequal scores: in a skip list they depend on its random levels.
    fn is_unspecified(&self, argv: &[Blob]) -> bool {
        let by_name = |word: &Blob| word.to_ascii_uppercase().windows(3).any(|part| part == b"LEX");
        argv.iter().any(by_name)
            && argv.iter().any(|key| match self.ours.keyspace.db(self.ours.db).get(key).map(|e| &e.value) {
                Some(Value::ZSet(zset)) if matches!(**zset, ZSet::Full { .. }) => {
                    zset.iter().next().map(|item| item.0) != zset.iter().next_back().map(|item| item.0)
                }
                _ => false,
            })
    }

    /// Sends a command that would wait inside a transaction, where it does not.
    fn real_without_waiting(&mut self, argv: &[Blob]) -> Option<ReplyValue> {
        self.real.ok("MULTI");
        self.real.command(argv);
        match self.real.line("EXEC") {
            ReplyValue::Array(Some(items))
                if matches!(items[..], [ReplyValue::Array(None) | ReplyValue::Bulk(None)]) => {}
            other => self.fail(&format!("{} waits here, but not there: {other:?}", show(argv))),
        }
        None
    }

    fn compare_everything(&mut self) {
        self.finish_rehashing();
        let theirs = self.real.text("DEBUG DIGEST");
        let ours = hex(&self.ours.keyspace.digest());
        if ours != theirs {
            let keys = self.differing_keys();
            self.fail(&format!("digests differ{keys}"));
        }
        self.compare_encodings();
        let told = self.replica.take(self.expected.len());
        let expected = std::mem::take(&mut self.expected);
        let differs = expected.len() != told.len()
            || expected.iter().zip(&told).any(|(a, b)| a.0 != b.0 || !same_command(&a.1, &b.1));
        if differs {
            let at = expected.iter().zip(&told).position(|(a, b)| a.0 != b.0 || !same_command(&a.1, &b.1));
            let at = at.unwrap_or(expected.len().min(told.len()));
            let show_one = |side: &[(u32, Vec<Blob>)]| {
                let around = side.iter().skip(at.saturating_sub(2)).take(6);
                around.map(|(db, argv)| format!("\n    {db}: {}", show(argv))).collect::<String>()
            };
            self.fail(&format!(
                "the stream differs at command {at} of {}/{}\n  ours: {}\n  real: {}",
                expected.len(),
                told.len(),
                show_one(&expected),
                show_one(&told)
            ));
        }
    }

    /// 2.8.17 fails an assertion when DEBUG DIGEST meets a table that is growing; every lookup helps it to grow.
    fn finish_rehashing(&mut self) {
        if !self.ours.profile.speaks_psync2() {
            for db in 0..self.ours.keyspace.databases() {
                self.real.ok(&format!("SELECT {db}"));
                self.real.ok(&format!("MGET{}", " nothing".repeat(200)));
            }
            self.real.ok(&format!("SELECT {}", self.ours.db));
        }
    }

    fn differing_keys(&mut self) -> String {
        let mut text = String::new();
        for (index, db) in self.ours.keyspace.clone().iter() {
            self.real.ok(&format!("SELECT {index}"));
            let size = self.real.ok("DBSIZE");
            if size != ReplyValue::Integer(db.len() as i64) {
                text.push_str(&format!("\n  db {index}: {} keys here, there {size:?}", db.len()));
            }
            for (key, entry) in db.iter() {
                let theirs = self.loaded(key);
                let expires = self.real.command(&[b"PTTL", &**key]) != ReplyValue::Integer(-1);
                if theirs.as_ref().map(Entry::digest)
                    != Some(Entry { expire: None, ..entry.clone() }.digest())
                    || expires != entry.expire.is_some()
                {
                    let key = quoted(key);
                    text.push_str(&format!(
                        "\n  {index} {key}: {entry:?}\n     {theirs:?} expires: {expires}"
                    ));
                }
            }
        }
        text
    }

    /// A value of the real server, by way of DUMP.
    fn loaded(&mut self, key: &[u8]) -> Option<Entry> {
        let ReplyValue::Bulk(Some(payload)) = self.real.command(&[b"DUMP", key]) else { return None };
        let profile = self.ours.profile;
        let header = format!("REDIS{:04}", profile.rdb_version).into_bytes();
        // A payload is type and value, then version and checksum.
        let value = &payload[1..payload.len() - 10];
        let file = [&header, &payload[..1], b"\x01k", value, b"\xff", &[0; 8]].concat();
        let mut reader = RdbReader::new(&file, profile.rdb_version);
        let settings = Settings::default();
        let mut loader = self.ours.keyspace.loader(&settings);
        while let Some(record) = reader.next().expect("readable") {
            loader.take(record, reader.position()).expect("loadable");
        }
        loader.finish().db(0).get(b"k").cloned()
    }

    /// `OBJECT ENCODING` and the serialized length of every key.
    fn compare_encodings(&mut self) {
        let keys: Vec<Blob> =
            self.ours.keyspace.db(self.ours.db).iter().map(|(key, _)| key.clone()).collect();
        for key in keys {
            let expired = self.ours.keyspace.db(self.ours.db).get(&key).is_some_and(|e| e.is_expired(now()));
            if expired {
                continue;
            }
            let ours = self.ours.encoding(&key).expect("the key is there");
            let theirs = self.real.command(&[b"OBJECT", b"ENCODING".as_slice(), &key]);
            if theirs != ReplyValue::Bulk(Some(ours.as_bytes().to_vec())) {
                self.fail(&format!("{} is {ours} here, there {theirs:?}", quoted(&key)));
            }
            let about = self.real.command(&[b"DEBUG", b"OBJECT".as_slice(), &key]);
            let entry = self.ours.keyspace.db(self.ours.db).get(&key).expect("the key is there");
            let length = entry.serialized_length(self.ours.profile);
            let ReplyValue::Simple(about) = about else { panic!("DEBUG OBJECT: {about:?}") };
            let about = String::from_utf8_lossy(&about).into_owned();
            if !about.contains(&format!(" serializedlength:{length} ")) {
                self.fail(&format!("{} takes {length} bytes here, there {about}", quoted(&key)));
            }
        }
    }

    fn fail(&self, what: &str) -> ! {
        let before: Vec<&str> = self.recent.iter().map(String::as_str).collect();
        panic!("seed {}: {what}\nthe last commands:\n  {}", self.seed, before.join("\n  "));
    }

    /// Prints what was reached; fails where nothing was, and when a command of this release was never sent.
    fn report(&self, generator: &Generator, is_long: bool) {
        let run = if self.ours.profile.version == Version::V7_0 { 'D' } else { 'd' };
        self.tally.report(run, is_long);
        let sent: BTreeSet<String> = generator.shapes().map(|words| words[0].to_ascii_lowercase()).collect();
        let known = all_commands().iter().filter(|command| command.spec.known_to(self.ours.profile));
        let missing: Vec<&str> =
            known.map(|command| command.spec.name).filter(|name| !sent.contains(*name)).collect();
        assert!(missing.is_empty(), "never sent: {missing:?}");
    }
}

impl Drop for Duel {
    /// When the other side has gone, what it was asked last is what matters.
    fn drop(&mut self) {
        if std::thread::panicking() && !self.is_again {
            let log = self.server.log();
            let telling = |line: &&str| ["argv[", "crashed", "==>"].iter().any(|w| line.contains(w));
            let lines: Vec<&str> = log.lines().filter(telling).collect();
            eprintln!("last of all: {:?}", self.recent.iter().rev().take(3).collect::<Vec<_>>());
            eprintln!("the server's log:\n{}", lines.join("\n"));
        }
    }
}

/// A connection that plays a replica and reads the stream.
struct Replica {
    client: Client,
    parser: RequestParser,
    db: u32,
}

impl Replica {
    fn attach(server: &Server, version: Version) -> Replica {
        let mut client = server.client();
        let mut bytes = Vec::new();
        encode_command(&mut bytes, ["SYNC"]);
        client.send(&bytes);
        let header = client.read_line();
        let text = String::from_utf8_lossy(&header).into_owned();
        // Newlines keep the link alive until the file is ready.
        let length = text
            .trim_start_matches('\n')
            .strip_prefix('$')
            .and_then(|n| n.parse().ok())
            .unwrap_or_else(|| panic!("SYNC: {text}"));
        client.read_bytes(length);
        Replica { client, parser: RequestParser::new(Limits::new(version.profile())), db: 0 }
    }

    /// The next `count` commands of the stream, and any beyond that arrive at once.
    fn take(&mut self, count: usize) -> Vec<(u32, Vec<Blob>)> {
        let mut commands = Vec::new();
        let (start, mut quiet) = (Instant::now(), false);
        // Past the number expected one quiet moment is enough: then nothing more was sent.
        while commands.len() < count && start.elapsed() < support::PATIENCE || !quiet {
            let bytes = self.client.drain(Duration::from_millis(5));
            quiet = bytes.is_empty();
            self.parser.feed(&bytes);
            while let Some(request) = self.parser.next().expect("a good stream") {
                if let Some(argv) = self.data_command(&request.argv) {
                    commands.push((self.db, argv));
                }
            }
        }
        commands
    }

    fn data_command(&mut self, argv: &[Blob]) -> Option<Vec<Blob>> {
        match argv {
            [] => None,
            _ if is(argv, "SELECT") => {
                self.db = String::from_utf8_lossy(&argv[1]).parse().expect("a database");
                None
            }
            // Framing is the node's part.
            _ if is(argv, "PING") || is(argv, "MULTI") || is(argv, "EXEC") => None,
            _ => Some(argv.to_vec()),
        }
    }
}
