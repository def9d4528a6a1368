//! Conversations recorded with real servers, played again with ours: every byte that the server said, ours must say.
//!
//! A transcript is a text file in `tests/transcripts/`; the first lines of each say what was recorded and how. Its
//! lines, in order:
//!
//! | line | meaning |
//! |---|---|
//! | `node VERSION name=value …` | a fresh node; a comma in a value stands for a blank |
//! | `client> LINE` | somebody types a line; the next `client<` is the reply |
//! | `NAME> BYTES` | the connection NAME (opened when first used) sends; `M` is the one that a replica opened |
//! | `NAME< BYTES` | all that NAME got since it was last looked at |
//! | `NAME closes` | the connection is closed |
//! | `saved< BYTES` | the dump that the node wrote last |
//! | `stream< CMD \| CMD` | the commands that `R` got, as words |
//! | `info` + indented lines | the section on replication, whole; `has` + indented lines: lines that are in it |
//! | `wait TIME` | time passes |
//! | `fill N SIZE` | N clients' writes of keys of their own, with values of that size |
//! | `fill N SIZE KEY` | N writes of that key |
//!
//! Bytes are written with `\r`, `\n`, `\xNN`. `{id}` is the replication ID: whatever it is when it is first met, the
//! same from then on. `{#}` is a number that differs from run to run, `{*}` is what does so otherwise.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use resync::base::{Instant, Span, UnixMs, Version};
use resync::node::{Action, Boot, CloseCause, Config, ConnId, Node};
use resync::resp::{encode_command, split_line};

/// A transcript under way.
struct Play {
    node: Node,
    now: Instant,
    conns: BTreeMap<String, ConnId>,
    heard: BTreeMap<ConnId, Vec<u8>>,
    saved: Vec<u8>,
    id: Option<Vec<u8>>,
    /// Lines of a block that is being read: what asked for it, and what it said.
    expected: Option<(Block, Vec<String>)>,
}

#[derive(Clone, Copy, PartialEq)]
enum Block {
    Info,
    Has,
}

#[test]
fn ours_says_what_the_recorded_server_said() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts");
    let mut files: Vec<_> =
        fs::read_dir(folder).expect("the folder").map(|f| f.expect("a file").path()).collect();
    files.sort();
    assert!(files.len() >= 5, "the transcripts are there");
    let mut wrong = Vec::new();
    for path in files {
        let text = fs::read_to_string(&path).expect("a text");
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let mut play: Option<Play> = None;
        for (number, line) in text.lines().enumerate() {
            let outcome = step(&mut play, line);
            if let Err(problem) = outcome {
                wrong.push(format!("{name}:{}: {line}\n    {problem}", number + 1));
            }
        }
        let rest = play.as_mut().map_or(Ok(()), Play::finish_block);
        wrong.extend(rest.err().map(|problem| format!("{name}: at the end\n    {problem}")));
    }
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
}

fn step(play: &mut Option<Play>, line: &str) -> Result<(), String> {
    if let Some(inner) = line.strip_prefix("    ").filter(|l| !l.is_empty()) {
        let block =
            play.as_mut().and_then(|p| p.expected.as_mut()).ok_or("an indented line without a block")?;
        block.1.push(inner.to_string());
        return Ok(());
    }
    let block = play.as_mut().map_or(Ok(()), Play::finish_block);
    if line.is_empty() || line.starts_with('#') {
        return block;
    }
    if let Some(words) = line.strip_prefix("node ") {
        *play = Some(Play::start(words));
        return block;
    }
    let line = play.as_mut().ok_or("no node yet")?.line(line);
    block.and(line)
}

impl Play {
    fn start(words: &str) -> Play {
        let mut words = words.split(' ');
        let version: Version = words.next().and_then(|v| v.parse().ok()).expect("a version");
        let mut config = Config::new(version);
        for word in words {
            let (name, value) = word.split_once('=').expect("name=value");
            config.set(name, &value.replace(',', " ")).expect("a directive");
        }
        let boot = Boot { seed: 9, epoch: UnixMs(1_795_332_235_000), dump: None };
        let mut play = Play {
            node: Node::start(config, boot, Instant::ZERO),
            now: Instant::ZERO,
            conns: BTreeMap::new(),
            heard: BTreeMap::new(),
            saved: Vec::new(),
            id: None,
            expected: None,
        };
        // A process is a moment old when the first line comes.
        play.wait(Span::from_ms(10));
        play
    }

    fn line(&mut self, line: &str) -> Result<(), String> {
        let (first, rest) = line.split_once(' ').unwrap_or((line, ""));
        match first {
            "info" => self.expected = Some((Block::Info, Vec::new())),
            "has" => self.expected = Some((Block::Has, Vec::new())),
            "wait" => {
                let ms = rest.strip_suffix("ms").and_then(|n| n.parse().ok());
                let secs = rest.strip_suffix('s').and_then(|n| n.parse::<u64>().ok()).map(|s| s * 1000);
                self.wait(Span::from_ms(ms.or(secs).ok_or("a time such as 5s or 300ms")?));
            }
            "fill" => {
                let numbers: Vec<usize> = rest.split(' ').filter_map(|n| n.parse().ok()).collect();
                let one_key = rest.split(' ').nth(2);
                for n in 0..numbers[0] {
                    let key = one_key.map_or_else(|| format!("big{n}"), str::to_string);
                    self.say("filler", &command(&["SET", &key, &"x".repeat(numbers[1])]));
                }
            }
            "client>" => {
                let words = split_line(rest.as_bytes()).map_err(|_| "unbalanced quotes")?;
                let mut bytes = Vec::new();
                encode_command(&mut bytes, words.iter());
                self.say("client", &bytes);
            }
            "stream<" => return self.compare_stream(rest),
            "saved<" => return self.compare_bytes(&self.saved.clone(), rest),
            _ if rest == "closes" => self.close(first),
            _ => match (first.strip_suffix('>'), first.strip_suffix('<')) {
                (Some(name), _) => {
                    let id = self.id.clone().unwrap_or_default();
                    let bytes = unescape(&rest.replace("{id}", &String::from_utf8_lossy(&id)));
                    self.say(name, &bytes);
                }
                (_, Some(name)) => return self.compare(name, rest),
                _ => return Err(format!("what is '{first}'?")),
            },
        }
        Ok(())
    }

    // -- the node -------------------------------------------------------------------------------------------

    fn say(&mut self, name: &str, bytes: &[u8]) {
        let conn = match self.conns.get(name) {
            Some(conn) => *conn,
            None => {
                let conn = self.node.accept(self.now, "127.0.0.1".into(), 50_000);
                self.conns.insert(name.to_string(), conn);
                conn
            }
        };
        self.node.receive(self.now, conn, bytes);
        self.settle();
    }

    fn close(&mut self, name: &str) {
        if let Some(conn) = self.conns.remove(name) {
            self.heard.remove(&conn);
            self.node.closed(self.now, conn, CloseCause::Closed);
            self.settle();
        }
    }

    fn settle(&mut self) {
        while let Some(action) = self.node.poll() {
            match action {
                Action::Connect { conn, .. } => {
                    self.conns.insert("M".to_string(), conn);
                    self.node.connected(self.now, conn);
                }
                Action::Output { conn } => {
                    while let Some(payload) = self.node.take_output(self.now, conn, usize::MAX) {
                        self.heard.entry(conn).or_default().extend_from_slice(&payload.bytes);
                    }
                }
                Action::Close { conn, .. } => {
                    self.heard.entry(conn).or_default().extend_from_slice(b"<closed>");
                }
                Action::Save { rdb } => self.saved = rdb.to_vec(),
                Action::RewriteConfig | Action::Exit => {}
            }
        }
    }

    fn wait(&mut self, span: Span) {
        let end = self.now + span;
        while let Some((at, _)) = self.node.next_deadline().filter(|(at, _)| *at <= end) {
            self.now = self.now.max(at);
            self.node.tick(self.now);
            self.settle();
        }
        self.now = end;
        self.node.tick(end);
        self.settle();
    }

    // -- what it should have said ---------------------------------------------------------------------------

    fn take_heard(&mut self, name: &str) -> Vec<u8> {
        let conn = self.conns.get(name);
        conn.and_then(|conn| self.heard.get_mut(conn)).map(std::mem::take).unwrap_or_default()
    }

    fn compare(&mut self, name: &str, pattern: &str) -> Result<(), String> {
        let heard = self.take_heard(name);
        self.compare_bytes(&heard, pattern)
    }

    fn compare_bytes(&mut self, ours: &[u8], pattern: &str) -> Result<(), String> {
        if matches(&unescape(pattern), ours, &mut self.id) {
            return Ok(());
        }
        Err(format!("ours: {}", ours.escape_ascii()))
    }

    fn compare_stream(&mut self, pattern: &str) -> Result<(), String> {
        let heard = self.take_heard("R");
        let words = |command: Vec<Vec<u8>>| {
            command.iter().map(|w| w.escape_ascii().to_string()).collect::<Vec<_>>().join(" ")
        };
        let commands: Vec<String> = read_commands(&heard).into_iter().map(words).collect();
        let ours = commands.join(" | ");
        if matches(pattern.as_bytes(), ours.as_bytes(), &mut self.id) {
            return Ok(());
        }
        Err(format!("ours: {ours}"))
    }

    fn finish_block(&mut self) -> Result<(), String> {
        let Some((block, expected)) = self.expected.take() else { return Ok(()) };
        self.say("onlooker", b"INFO replication\r\n");
        let heard = String::from_utf8_lossy(&self.take_heard("onlooker")).into_owned();
        let ours: Vec<&str> = heard.lines().skip(2).filter(|line| !line.is_empty()).collect();
        let mut same =
            |wanted: &String, line: &str| matches(wanted.as_bytes(), line.as_bytes(), &mut self.id);
        let wrong: Vec<String> = match block {
            Block::Info if ours.len() != expected.len() => vec![format!("{} lines", ours.len())],
            Block::Info => {
                let pairs = expected.iter().zip(&ours);
                pairs.filter(|(e, o)| !same(e, o)).map(|(e, o)| format!("{e}, ours {o}")).collect()
            }
            Block::Has => expected
                .iter()
                .filter(|e| !ours.iter().any(|o| same(e, o)))
                .map(|e| format!("no {e}"))
                .collect(),
        };
        if wrong.is_empty() {
            Ok(())
        } else {
            Err(format!("INFO: {} in\n{}", wrong.join("; "), ours.join("\n")))
        }
    }
}

fn command(words: &[&str]) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode_command(&mut bytes, words.iter());
    bytes
}

/// Commands in the form of arrays, one after the other.
fn read_commands(mut bytes: &[u8]) -> Vec<Vec<Vec<u8>>> {
    let mut commands = Vec::new();
    while let Some((header, rest)) = split_at_line(bytes) {
        let count = std::str::from_utf8(&header[1..]).ok().and_then(|n| n.parse().ok()).unwrap_or(0);
        bytes = rest;
        let mut words = Vec::new();
        for _ in 0..count {
            let Some((header, rest)) = split_at_line(bytes) else { return commands };
            let length: usize =
                std::str::from_utf8(&header[1..]).ok().and_then(|n| n.parse().ok()).unwrap_or(0);
            words.push(rest[..length].to_vec());
            bytes = &rest[length + 2..];
        }
        commands.push(words);
    }
    commands
}

fn split_at_line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.windows(2).position(|pair| pair == b"\r\n")?;
    Some((&bytes[..end], &bytes[end + 2..]))
}

fn unescape(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            continue;
        }
        match chars.next() {
            Some('r') => out.push(b'\r'),
            Some('n') => out.push(b'\n'),
            Some('t') => out.push(b'\t'),
            Some('x') => {
                let hex: String = chars.by_ref().take(2).collect();
                out.push(u8::from_str_radix(&hex, 16).expect("two hexadecimal digits"));
            }
            other => out.extend(other.map(|c| c as u8)),
        }
    }
    out
}

/// Whether all of `text` is what `pattern` says.
fn matches(pattern: &[u8], text: &[u8], id: &mut Option<Vec<u8>>) -> bool {
    if let Some(rest) = pattern.strip_prefix(b"{id}") {
        let Some((head, tail)) = text.split_at_checked(40) else { return false };
        return match id {
            Some(known) => head == known.as_slice() && matches(rest, tail, id),
            None => {
                *id = Some(head.to_vec());
                matches(rest, tail, id)
            }
        };
    }
    if let Some(rest) = pattern.strip_prefix(b"{#}") {
        let digits = text.iter().take_while(|b| b.is_ascii_digit()).count();
        return digits > 0 && matches(rest, &text[digits..], id);
    }
    if let Some(rest) = pattern.strip_prefix(b"{*}") {
        return (0..=text.len()).any(|skipped| matches(rest, &text[skipped..], id));
    }
    match (pattern.split_first(), text.split_first()) {
        (None, None) => true,
        (Some((p, pattern)), Some((t, text))) => p == t && matches(pattern, text, id),
        _ => false,
    }
}
