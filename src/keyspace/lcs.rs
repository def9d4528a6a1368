//! LCS: the longest common subsequence of two strings (`t_string.c:lcsCommand`, 7.0).

use super::args::is;
use super::call::{Call, Outcome};
use super::errors::{self, Ran, text};
use super::value::Value;
use crate::base::Blob;

/// A run of equal bytes: where it starts in both strings, and its length.
struct Match {
    a: usize,
    b: usize,
    length: usize,
}

pub fn lcs(call: &mut Call, argv: &[Blob]) -> Ran {
    let mut strings = Vec::new();
    let mut wrong = false;
    for key in &argv[1..3] {
        match call.read(key).map(|entry| &entry.value) {
            None => strings.push(Blob::default()),
            Some(Value::String(s)) => strings.push(s.bytes.clone()),
            Some(_) => wrong = true,
        }
    }
    if wrong {
        return Err(text("ERR The specified keys must contain string values"));
    }
    let (mut index, mut only_length, mut with_length, mut shortest) = (false, false, false, 0);
    let mut words = argv[3..].iter();
    while let Some(word) = words.next() {
        match () {
            _ if is(word, "idx") => index = true,
            _ if is(word, "len") => only_length = true,
            _ if is(word, "withmatchlen") => with_length = true,
            _ if is(word, "minmatchlen") => {
                shortest = call.int(words.next().ok_or(errors::SYNTAX)?)?.max(0);
            }
            _ => return Err(errors::SYNTAX),
        }
    }
    if only_length && index {
        return Err(text("ERR If you want both the length and indexes, please just use IDX."));
    }
    let (a, b) = (&strings[0], &strings[1]);
    if (a.len() as u64 + 1) * (b.len() as u64 + 1) * 4 > call.settings.string_max {
        return Err(text("ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len"));
    }
    let table = table(a, b);
    let length = table[a.len() * (b.len() + 1) + b.len()];
    if only_length {
        call.reply.integer(i64::from(length));
        return Ok(Outcome::Done);
    }
    let (common, matches) = walk(a, b, &table);
    if !index {
        call.reply.bulk(&common);
        return Ok(Outcome::Done);
    }
    let shown: Vec<_> = matches.iter().filter(|m| shortest == 0 || m.length as i64 >= shortest).collect();
    call.reply.array(4);
    call.reply.bulk(b"matches");
    call.reply.array(shown.len());
    for m in shown {
        call.reply.array(2 + usize::from(with_length));
        for start in [m.a, m.b] {
            call.reply.array(2);
            call.reply.integer(start as i64);
            call.reply.integer((start + m.length - 1) as i64);
        }
        if with_length {
            call.reply.integer(m.length as i64);
        }
    }
    call.reply.bulk(b"len");
    call.reply.integer(i64::from(length));
    Ok(Outcome::Done)
}

/// The lengths for all pairs of prefixes, row by row.
fn table(a: &[u8], b: &[u8]) -> Vec<u32> {
    let width = b.len() + 1;
    let mut table = vec![0; (a.len() + 1) * width];
    for (i, x) in a.iter().enumerate() {
        for (j, y) in b.iter().enumerate() {
            table[(i + 1) * width + j + 1] = if x == y {
                table[i * width + j] + 1
            } else {
                table[i * width + j + 1].max(table[(i + 1) * width + j])
            };
        }
    }
    table
}

/// Walks the table backwards: the subsequence, and its runs from last to first.
fn walk(a: &[u8], b: &[u8], table: &[u32]) -> (Vec<u8>, Vec<Match>) {
    let width = b.len() + 1;
    let (mut i, mut j) = (a.len(), b.len());
    let (mut common, mut matches) = (Vec::new(), Vec::<Match>::new());
    while i > 0 && j > 0 {
        if a[i - 1] == b[j - 1] {
            common.push(a[i - 1]);
            (i, j) = (i - 1, j - 1);
            match matches.last_mut().filter(|m| m.a == i + 1 && m.b == j + 1) {
                Some(run) => *run = Match { a: i, b: j, length: run.length + 1 },
                None => matches.push(Match { a: i, b: j, length: 1 }),
            }
        } else if table[(i - 1) * width + j] > table[i * width + j - 1] {
            i -= 1;
        } else {
            j -= 1;
        }
    }
    common.reverse();
    (common, matches)
}
