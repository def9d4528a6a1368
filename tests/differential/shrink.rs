//! A long list of commands that shows a difference, made as short as it can be.

use std::time::{Duration, Instant};

use resync::base::Blob;
use resync::resp::quoted;

/// How long a key lives that is made to expire. (A shorter time could be over within one command of 2.8, which looks
/// at the clock twice.)
pub const LAST_MS: u64 = 10;

/// Whether a key gets its last milliseconds: before the next piece it has expired on both sides.
pub fn expires_at_once(argv: &[Blob]) -> bool {
    matches!(argv, [name, _, time] if &**name == b"PEXPIRE" && **time == *LAST_MS.to_string().as_bytes())
}

/// One command on one connection.
pub type Step = (usize, Vec<Blob>);

/// The shortest list found within `budget` for which `differs` still holds: the last steps first, then without
/// parts of them (delta debugging), at last without single words. `None` when not even the whole list shows the
/// difference again.
pub fn minimal(
    steps: &[Step],
    budget: Duration,
    mut differs: impl FnMut(&[Step]) -> bool,
) -> Option<Vec<Step>> {
    let start = Instant::now();
    let lengths = [20, 80, 320, 1280, 5120, usize::MAX].map(|length| length.min(steps.len()));
    let length = lengths.into_iter().find(|length| differs(&steps[steps.len() - length..]))?;
    let mut rest = steps[steps.len() - length..].to_vec();
    let mut size = rest.len().div_ceil(2);
    loop {
        let before = rest.len();
        let mut at = 0;
        while at < rest.len() && start.elapsed() < budget {
            let mut without = rest.clone();
            without.drain(at..(at + size).min(rest.len()));
            if differs(&without) { rest = without } else { at += size }
        }
        if start.elapsed() >= budget || size == 1 && rest.len() == before {
            break;
        }
        size = size.div_ceil(2);
    }
    for step in 0..rest.len() {
        for word in (1..rest[step].1.len()).rev() {
            if start.elapsed() >= budget {
                return Some(rest);
            }
            let mut without = rest.clone();
            without[step].1.remove(word);
            if differs(&without) {
                rest = without;
            }
        }
    }
    Some(rest)
}

/// The list as a scenario: a master and a replica of the release named. A second connection is a comment.
pub fn scenario(steps: &[Step], release: &str) -> String {
    let follows = if release == "7.0" { "replicaof" } else { "slaveof" };
    let mut text = format!(
        "resync 1\nnode a redis={release}\nnode b redis={release} {follows}=\"a 6379\"\nuntil b.synced\n"
    );
    for (client, argv) in steps {
        if *client > 0 {
            text += &format!("# on connection {client}:\n");
        }
        let words: Vec<String> = argv.iter().map(|word| plain(word)).collect();
        text += &format!("a> {}\n", words.join(" "));
        if expires_at_once(argv) {
            text += &format!("after {}ms\n", LAST_MS + 2);
        }
    }
    text
}

fn plain(word: &[u8]) -> String {
    let is_plain = |b: &u8| b.is_ascii_alphanumeric() || b"-+.:*_()".contains(b);
    if !word.is_empty() && word.iter().all(is_plain) {
        String::from_utf8_lossy(word).into_owned()
    } else {
        quoted(word)
    }
}
