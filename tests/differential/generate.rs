//! Random commands from the shapes.

use resync::base::{Blob, Profile, Rng, UnixMs};

use super::payloads::payloads;
use super::templates::SHAPES;

/// Makes commands; the same seed makes the same ones (but for absolute times).
pub struct Generator {
    rng: Rng,
    shapes: Vec<Vec<&'static str>>,
    /// What RESTORE is given.
    payloads: Vec<Vec<u8>>,
}

impl Generator {
    /// Commands of the names that `knows` accepts.
    pub fn new(seed: u64, knows: impl Fn(&str) -> bool) -> Generator {
        Generator::of_shapes(seed, SHAPES, knows)
    }

    /// Commands of other shapes.
    pub fn of_shapes(seed: u64, shapes: &[&'static str], knows: impl Fn(&str) -> bool) -> Generator {
        let split = shapes.iter().map(|shape| shape.split(' ').collect::<Vec<_>>());
        let shapes = split.filter(|words| knows(words[0])).collect();
        Generator { rng: Rng::new(seed, 77), shapes, payloads: vec![Vec::new()] }
    }

    /// Payloads as these releases make them.
    pub fn with_payloads(mut self, releases: &[&'static Profile]) -> Generator {
        self.payloads.extend(releases.iter().flat_map(|profile| payloads(profile)));
        self
    }

    pub fn shapes(&self) -> impl Iterator<Item = &[&'static str]> {
        self.shapes.iter().map(Vec::as_slice)
    }

    fn pick<'a>(&mut self, items: &[&'a str]) -> &'a str {
        items[self.rng.below(items.len() as u64) as usize]
    }

    pub fn command(&mut self, now: UnixMs) -> Vec<Blob> {
        let mut at = self.rng.below(self.shapes.len() as u64) as usize;
        // Emptying everything is rare, or else nothing grows.
        while self.shapes[at][0].starts_with("FLUSH") && !self.rng.chance(1, 20) {
            at = self.rng.below(self.shapes.len() as u64) as usize;
        }
        let shape = self.shapes[at].clone();
        let mut words = Vec::new();
        self.expand(&shape, now, &mut words);
        let last = words.len() as u64;
        match self.rng.below(60) {
            _ if TAKEN_EXACTLY.contains(&shape[0]) => {}
            0 if last > 1 => {
                words.pop();
            }
            1 if last > 1 => {
                let at = 1 + self.rng.below(last - 1) as usize;
                words[at] = self.word('v', now);
            }
            2 => words.push(self.word('v', now)),
            _ => {}
        }
        words.into_iter().map(|word| Blob::from(word.as_slice())).collect()
    }

    fn expand(&mut self, shape: &[&str], now: UnixMs, out: &mut Vec<Vec<u8>>) {
        let mut at = 0;
        while at < shape.len() {
            let word = shape[at];
            if word == "[" || word == "<" {
                let close = if word == "[" { "]" } else { ">" };
                let end = at + shape[at..].iter().position(|w| *w == close).expect("brackets are closed");
                let times = if word == "[" { self.rng.below(2) } else { 1 + self.rng.below(3) };
                for _ in 0..times {
                    self.expand(&shape[at + 1..end], now, out);
                }
                at = end + 1;
                continue;
            }
            at += 1;
            if word == "BULK" || word == "PAIRS" {
                self.bulk(word == "PAIRS", out);
                continue;
            }
            // Placeholders may stand inside a word: `h*->{m}`.
            let mut text = Vec::new();
            let mut rest = word;
            while let Some((before, tail)) = rest.split_once('{') {
                text.extend(before.as_bytes());
                let (inside, after) = tail.split_once('}').expect("braces are closed");
                if inside.len() == 1 && inside.chars().all(|c| c.is_ascii_alphabetic()) {
                    text.extend(self.word(inside.chars().next().expect("one letter"), now));
                } else {
                    let choices: Vec<&str> = inside.split('|').collect();
                    text.extend(self.pick(&choices).as_bytes());
                }
                rest = after;
            }
            text.extend(rest.as_bytes());
            out.push(text);
        }
    }

    /// Enough words to make a collection change its encoding, sometimes.
    fn bulk(&mut self, pairs: bool, out: &mut Vec<Vec<u8>>) {
        let count = self.pick(&["20", "20", "20", "130", "600"]).parse::<u64>().expect("a number");
        for n in 0..count {
            if pairs {
                out.push((n * 7 % 13).to_string().into_bytes());
            }
            out.push(n.to_string().into_bytes());
        }
    }

    /// A word of a kind.
    fn word(&mut self, kind: char, now: UnixMs) -> Vec<u8> {
        match kind {
            's' | 'l' | 'h' | 'e' | 'z' | 'k' => self.key(kind),
            'v' => self.value(),
            'm' => match self.rng.below(14) {
                0 => b"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx".to_vec(),
                1 => self.value(),
                2..=7 => self.rng.below(30).to_string().into_bytes(),
                _ => self.pick(&["a", "b", "c", "d", "ab", "B", "1", "2", "1.5", "-3"]).into(),
            },
            'n' => match self.rng.below(8) {
                0..=4 => (self.rng.below(200) as i64 - 100).to_string().into_bytes(),
                _ => self.pick(&NUMBERS).into(),
            },
            'i' => match self.rng.below(10) {
                0..=8 => (self.rng.below(16) as i64 - 6).to_string().into_bytes(),
                _ => self.pick(&NUMBERS).into(),
            },
            'c' => match self.rng.below(12) {
                0..=8 => self.rng.below(5).to_string().into_bytes(),
                9 => b"600".to_vec(),
                _ => self.pick(&["-1", "-3", "x", "", "1.5", "+2", "01", "99999999999999999999"]).into(),
            },
            'f' => self.pick(&FLOATS).into(),
            'd' => match self.rng.below(3) {
                0 => self.rng.below(6).to_string().into_bytes(),
                _ => self.pick(&FLOATS).into(),
            },
            'r' => {
                let open = if self.rng.chance(1, 4) { "(" } else { "" };
                format!(
                    "{open}{}",
                    self.pick(&["-inf", "+inf", "0", "1", "2.5", "4", "-3", "x", "", "nan", "1e3"])
                )
                .into_bytes()
            }
            'x' => {
                let name = self.pick(&["a", "b", "c", "1", "2", "", "xx"]);
                match self.rng.below(8) {
                    0 => b"-".to_vec(),
                    1 => b"+".to_vec(),
                    2 => name.into(),
                    3..=5 => format!("[{name}").into_bytes(),
                    _ => format!("({name}").into_bytes(),
                }
            }
            't' => match self.rng.below(10) {
                0..=6 => (1_000_000 + self.rng.below(1_000_000)).to_string().into_bytes(),
                _ => self
                    .pick(&["0", "-5", "x", "", "1.5", "9223372036854775807", "99999999999999999999"])
                    .into(),
            },
            'T' => match self.rng.below(10) {
                0..=6 => (now.0 + 1_000_000 + self.rng.below(1_000_000) as i64).to_string().into_bytes(),
                _ => self.pick(&["0", "-5", "1000", "x", "9223372036854775807"]).into(),
            },
            'P' => self
                .pick(&["*", "s*", "?1", "[lh]*", "*1*", "[^s]*", "k\\1", "", "a", "[0-9]*", "h[1-"])
                .into(),
            'b' => match self.rng.below(12) {
                0..=9 => self.rng.below(40).to_string().into_bytes(),
                _ => self.pick(&["-1", "x", "300", "4294967296000", "", "+3"]).into(),
            },
            'o' => {
                let hash = if self.rng.chance(1, 3) { "#" } else { "" };
                format!("{hash}{}", self.pick(&["0", "1", "3", "8", "17", "x", "-1", "99"])).into_bytes()
            }
            'y' => self
                .pick(&["u8", "i8", "u4", "i5", "u1", "i64", "u63", "i16", "u64", "x", "i65", "u32", "i1"])
                .into(),
            'D' => {
                let at = self.rng.below(self.payloads.len() as u64) as usize;
                let mut payload = self.payloads[at].clone();
                if self.rng.chance(1, 10) {
                    payload.pop();
                }
                payload
            }
            other => panic!("no such placeholder: {other}"),
        }
    }

    fn key(&mut self, kind: char) -> Vec<u8> {
        let kind = match (kind, self.rng.below(25)) {
            ('k', _) | (_, 0) => *b"slhez".get(self.rng.below(5) as usize).expect("five kinds"),
            _ => kind as u8,
        };
        vec![kind, b'0' + self.rng.below(5) as u8]
    }

    fn value(&mut self) -> Vec<u8> {
        match self.rng.below(20) {
            0 => Vec::new(),
            1 => b"a\0b\r\n\xff\xfe".to_vec(),
            2 => b"y".repeat(self.rng.below(120) as usize),
            3..=5 => self.pick(&FLOATS).into(),
            6..=8 => self.pick(&NUMBERS).into(),
            9..=13 => self.rng.below(1000).to_string().into_bytes(),
            _ => {
                self.pick(&["foo", "bar", "hello world", "abcdef", "ohmytext", "mynewtext", "k1", "A"]).into()
            }
        }
    }
}

/// Commands whose words are not changed by chance: they could pause, end or hand over a server, or kill a connection.
const TAKEN_EXACTLY: [&str; 7] = ["CLIENT", "COMMAND", "FAILOVER", "PUBSUB", "RESET", "SHUTDOWN", "WAIT"];

const NUMBERS: [&str; 16] = [
    "0",
    "1",
    "-1",
    "+5",
    "007",
    "-0",
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775808",
    "99999999999999999999999",
    "x",
    "",
    " 1",
    "1 ",
    "1.0",
    "0x10",
];

const FLOATS: [&str; 28] = [
    "0",
    "1",
    "-1",
    "1.5",
    "3.0e3",
    "0.1",
    "-0.2",
    "1e17",
    "1e-7",
    "inf",
    "-inf",
    "+inf",
    "nan",
    "x",
    "",
    "1e400",
    "1e5000",
    "0x1p3",
    "-0",
    "3.14159265358979323846",
    "1.7976931348623157e308",
    "5e-324",
    "1e-400",
    " 1",
    "1 ",
    "123456789012345678",
    "infinity",
    ".5",
];
