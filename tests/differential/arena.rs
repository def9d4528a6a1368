//! Our node beside a real server: the same commands to both, and everything that can be seen compared.

use std::time::Duration;

use resync::base::{Blob, Profile, Version};
use resync::resp::{ReplyValue, cli_format, quoted};

use super::payloads::same_payload;
use super::shrink::{LAST_MS, Step, expires_at_once};
use super::sides::{Side, anonymous};
use crate::support::Kind;

/// A way to send our node something else than the real server: the difference that a test plants.
pub type Plant = fn(&[Blob]) -> Vec<Blob>;

/// How far times to come may lie apart: a busy machine looks at its clock late.
const NEAR_MS: u64 = 10_000;

/// Two servers that get the same.
pub struct Arena {
    pub ours: Side,
    pub real: Side,
    pub version: Version,
    /// How many lines of MONITOR were equal.
    pub shown: u64,
    directives: Vec<String>,
    plant: Option<Plant>,
}

impl Arena {
    pub fn start(real: Kind, version: Version, directives: &[&str], plant: Option<Plant>) -> Arena {
        let ours = Side::start(Kind::Ours(version), directives);
        let real = Side::start(real, directives);
        let directives = directives.iter().map(|text| (*text).to_owned()).collect();
        Arena { ours, real, version, shown: 0, directives, plant }
    }

    /// Sends commands on one connection in one piece. The replies of the real server, or what differs.
    pub fn exchange(&mut self, client: usize, commands: &[Vec<Blob>]) -> Result<Vec<ReplyValue>, String> {
        let planted = self.plant.map(|plant| commands.iter().map(|argv| plant(argv)).collect::<Vec<_>>());
        let ours = self.ours.batch(client, planted.as_deref().unwrap_or(commands));
        let real = self.real.batch(client, commands);
        for ((argv, ours), real) in commands.iter().zip(&ours).zip(&real) {
            if !agree(argv, ours, real, self.version.profile()) {
                return Err(format!("{client}> {}\n{}", show(argv), difference(ours, real)));
            }
        }
        if commands.iter().any(|argv| expires_at_once(argv)) {
            std::thread::sleep(Duration::from_millis(LAST_MS + 2));
        }
        Ok(real)
    }

    /// Whether these commands, given to both with nothing in them, show a difference.
    pub fn differs(&mut self, steps: &[Step]) -> bool {
        self.begin_anew();
        for piece in steps.chunk_by(|a, b| a.0 == b.0 && !expires_at_once(&a.1)) {
            let commands: Vec<Vec<Blob>> = piece.iter().map(|(_, argv)| argv.clone()).collect();
            if self.exchange(piece[0].0, &commands).is_err() {
                return true;
            }
        }
        self.compare_everything().is_err()
    }

    /// Empties both; where the streams have parted, with new servers.
    fn begin_anew(&mut self) {
        if self.ours.offset() != self.real.offset() {
            let directives: Vec<&str> = self.directives.iter().map(String::as_str).collect();
            *self = Arena::start(self.real.server.kind, self.version, &directives, self.plant);
        }
        for side in [&mut self.ours, &mut self.real] {
            side.clients = std::array::from_fn(|_| side.server.client());
            side.clients[0].ok("FLUSHALL");
            side.take_news();
            side.take_stream();
            side.take_shown();
        }
    }

    /// Offsets, stream, reports, published messages and digests: what differs first.
    pub fn compare_everything(&mut self) -> Result<(), String> {
        let news = [self.ours.take_news(), self.real.take_news()];
        if news[0] != news[1] {
            let text = news.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
            return Err(format!("published, ours:\n{}\nreal:\n{}", text[0], text[1]));
        }
        let (ours, real) = (self.ours.take_shown(), self.real.take_shown());
        // What was planted would be seen at once.
        let is_fair = self.plant.is_none();
        if let Some(at) = (0..ours.len().max(real.len())).find(|at| is_fair && ours.get(*at) != real.get(*at))
        {
            return Err(format!("the monitor is shown, ours: {:?}\nreal: {:?}", ours.get(at), real.get(at)));
        }
        self.shown += real.len() as u64;
        let offsets = [self.ours.offset(), self.real.offset()];
        let (ours, real) = (self.ours.take_stream(), self.real.take_stream());
        if let Some(text) = stream_difference(&ours, &real) {
            return Err(format!("offsets: ours {} real {}\n{text}", offsets[0], offsets[1]));
        }
        let reports = [self.ours.report(), self.real.report()];
        if reports[0] != reports[1] {
            return Err(format!("ours:\n{}\nreal:\n{}", reports[0], reports[1]));
        }
        // DEBUG DIGEST can crash 2.8.17 (see `interop.rs`).
        if self.version != Version::V2_8 {
            let digests = [self.ours.digest(), self.real.digest()];
            if digests[0] != digests[1] {
                return Err(format!("digests: ours {} real {}", digests[0], digests[1]));
            }
        }
        Ok(())
    }
}

impl Drop for Arena {
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

pub fn show(argv: &[Blob]) -> String {
    argv.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ")
}

/// Two replies side by side; of arrays only the first elements that differ.
pub fn difference(ours: &ReplyValue, real: &ReplyValue) -> String {
    if let (ReplyValue::Array(Some(a)), ReplyValue::Array(Some(b))) = (ours, real)
        && let Some(at) = a.iter().zip(b).position(|(a, b)| a != b)
    {
        return format!("element {at} of {} / {}:\n{}", a.len(), b.len(), difference(&a[at], &b[at]));
    }
    let brief = |reply| cli_format(reply).chars().take(1500).collect::<String>();
    format!("  ours: {}\n  real: {}", brief(ours), brief(real))
}

/// The table of what is normalised: times to come may differ by [`NEAR_MS`]; names of this run are taken out of
/// INFO, and in the midst of a pipeline where the backlog of 7.0 begins, which depends on how many reads the bytes
/// took; payloads of hash tables are in random order. The rest must be equal to the byte.
fn agree(argv: &[Blob], ours: &ReplyValue, real: &ReplyValue, profile: &'static Profile) -> bool {
    use ReplyValue::{Array, Bulk, Integer};
    let is = |name: &str| argv[0].eq_ignore_ascii_case(name.as_bytes());
    match (ours, real) {
        (a, b) if a == b => true,
        // PTTL and PEXPIRETIME, also among the replies of EXEC.
        (Integer(a), Integer(b)) => a.min(b) > &100_000 && a.abs_diff(*b) <= NEAR_MS,
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

/// Where two streams differ. Numbers that are times to come may lie apart by [`NEAR_MS`]; they have the same length.
fn stream_difference(ours: &[u8], real: &[u8]) -> Option<String> {
    let (a, b): (Vec<&[u8]>, Vec<&[u8]>) =
        (ours.split(|b| *b == b'\n').collect(), real.split(|b| *b == b'\n').collect());
    let time = |word: &[u8]| {
        let text = std::str::from_utf8(word).ok()?.trim_end();
        text.parse::<i64>().ok().filter(|n| *n > 1_000_000_000_000)
    };
    let same = |a: &[u8], b: &[u8]| {
        a == b || matches!((time(a), time(b)), (Some(a), Some(b)) if a.abs_diff(b) <= NEAR_MS)
    };
    let at = a.iter().zip(&b).position(|(a, b)| !same(a, b));
    let at = at.or((a.len() != b.len()).then_some(a.len().min(b.len())))?;
    let around = |side: &[&[u8]]| {
        let lines = side.iter().skip(at.saturating_sub(14)).take(24);
        lines.map(|line| quoted(line)).collect::<Vec<_>>().join(" ")
    };
    Some(format!("the stream differs at line {at}\n  ours: {}\n  real: {}", around(&a), around(&b)))
}
