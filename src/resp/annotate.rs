//! Saying of every byte on a connection what it is.
//!
//! What a byte means depends on who sends: a client's `$3` is a part of a command, a server's is an answer, and
//! on the link from a master to its replica a `$` line announces an RDB. The notes are data: the narration makes
//! sentences of them.

use std::ops::Range;

use crate::base::{Blob, ReplId, parse_i64};

use super::split_line;

/// What the bytes in `range` are.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Note {
    pub range: Range<usize>,
    /// Which command or reply they belong to, counted from 0.
    pub message: u32,
    pub what: What,
}

/// Who speaks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Flow {
    /// A client, or a replica, to a server.
    Requests,
    /// A server to a client.
    Replies,
    /// A master to its replica: answers to the handshake, the RDB, then the stream of commands.
    FromMaster,
}

/// The meaning of a few bytes. Line ends are part of the line they end.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum What {
    /// The header of a command: how many arguments it has, its name included.
    ArgumentCount(i64),
    /// The length of what follows, in bytes.
    Length(u64),
    /// The name of a command.
    Name(Blob),
    /// Its argument number n, counted from 1.
    Argument(u32, Blob),
    /// The line end after a bulk string.
    LineEnd,
    /// A command as a line.
    Inline(Vec<Blob>),
    /// A line without anything: keeps a connection alive.
    EmptyLine,
    /// `+…`
    Status(Blob),
    /// `-…`
    Error(Blob),
    /// `:…`
    Integer(i64),
    /// The header of an array of replies.
    ElementCount(i64),
    /// A bulk string in a reply.
    Bulk(Blob),
    /// `$-1` or `*-1`
    Null,
    /// `+FULLRESYNC <id> <offset>`
    FullResync { id: ReplId, offset: i64 },
    /// `+CONTINUE`, since 4.0 with an ID
    Continue { id: Option<ReplId> },
    /// `$<n>` before an RDB.
    RdbLength(u64),
    /// `$EOF:<mark>` before an RDB whose length is not known.
    RdbMark(Blob),
    /// The RDB, or as much of it as is there. [`crate::rdb::annotate`] goes into it.
    Rdb,
    /// The mark again, at the end of the RDB.
    RdbEnd,
    /// Bytes that make no sense, or whose rest has not arrived yet.
    Unread,
}

/// What every byte of `data` means. The notes are in order, without gap or overlap, and cover all of it.
pub fn annotate(data: &[u8], flow: Flow) -> Vec<Note> {
    let mut reader = Reader { data, at: 0, message: 0, notes: Vec::new() };
    while reader.at < data.len() {
        let known = match flow {
            Flow::Requests => reader.request(),
            Flow::Replies => reader.reply(),
            Flow::FromMaster => reader.masters_words(),
        };
        if known.is_none() {
            reader.note(data.len() - reader.at, What::Unread);
        }
        reader.message += 1;
    }
    reader.notes
}

struct Reader<'a> {
    data: &'a [u8],
    at: usize,
    message: u32,
    notes: Vec<Note>,
}

/// Each method reads one thing, or gives `None` where sense ends.
impl<'a> Reader<'a> {
    fn rest(&self) -> &'a [u8] {
        &self.data[self.at..]
    }

    fn note(&mut self, n: usize, what: What) {
        if n > 0 {
            self.notes.push(Note { range: self.at..self.at + n, message: self.message, what });
        }
        self.at += n;
    }

    /// The line that comes, without its end, and its size with it.
    fn line(&self) -> Option<(&'a [u8], usize)> {
        let rest = self.rest();
        let end = rest.iter().position(|&b| b == b'\n')?;
        Some((rest[..end].strip_suffix(b"\r").unwrap_or(&rest[..end]), end + 1))
    }

    fn request(&mut self) -> Option<()> {
        let (line, size) = self.line()?;
        let Some(count) = line.strip_prefix(b"*") else {
            let words = split_line(line).ok()?;
            let what = match line {
                [] => What::EmptyLine,
                _ => What::Inline(words.into_iter().map(Blob::from).collect()),
            };
            self.note(size, what);
            return Some(());
        };
        let count = parse_i64(count)?;
        self.note(size, What::ArgumentCount(count));
        for index in 0..count {
            self.bulk(|bytes| match index {
                0 => What::Name(bytes),
                index => What::Argument(index as u32, bytes),
            })?;
        }
        Some(())
    }

    /// A header `$<n>`, its bytes and the line end after them.
    fn bulk(&mut self, what: impl FnOnce(Blob) -> What) -> Option<()> {
        let (line, size) = self.line()?;
        let len = usize::try_from(parse_i64(line.strip_prefix(b"$")?)?).ok()?;
        self.note(size, What::Length(len as u64));
        let bytes = self.rest().get(..len)?;
        self.note(len, what(Blob::from(bytes)));
        self.rest().get(..2)?;
        self.note(2, What::LineEnd);
        Some(())
    }

    fn reply(&mut self) -> Option<()> {
        let mut missing: u64 = 1;
        while missing > 0 {
            missing -= 1;
            let (line, size) = self.line()?;
            match line.split_first() {
                Some((b'$', b"-1") | (b'*', b"-1")) => self.note(size, What::Null),
                Some((b'$', _)) => self.bulk(What::Bulk)?,
                Some((b'*', count)) => {
                    let count = parse_i64(count)?;
                    self.note(size, What::ElementCount(count));
                    missing = missing.saturating_add(u64::try_from(count).unwrap_or(0));
                }
                Some((b':', number)) => self.note(size, What::Integer(parse_i64(number)?)),
                Some((b'+', text)) => self.note(size, What::Status(Blob::from(text))),
                Some((b'-', text)) => self.note(size, What::Error(Blob::from(text))),
                _ => return None,
            }
        }
        Some(())
    }

    fn masters_words(&mut self) -> Option<()> {
        match self.rest()[0] {
            b'\n' => self.note(1, What::EmptyLine),
            b'+' => {
                let (line, size) = self.line()?;
                let what = handshake_answer(line).unwrap_or_else(|| What::Status(Blob::from(&line[1..])));
                self.note(size, what);
            }
            b'-' | b':' => return self.reply(),
            b'$' => return self.rdb(),
            _ => return self.request(),
        }
        Some(())
    }

    fn rdb(&mut self) -> Option<()> {
        /// `CONFIG_RUN_ID_SIZE`, the size of the mark.
        const MARK: usize = 40;
        let (line, size) = self.line()?;
        if let Some(mark) = line.strip_prefix(b"$EOF:") {
            let mark = mark.get(..MARK)?;
            self.note(size, What::RdbMark(Blob::from(mark)));
            let rest = self.rest();
            let end = rest.windows(MARK).position(|window| window == mark);
            self.note(end.unwrap_or(rest.len()), What::Rdb);
            self.note(end.map_or(0, |_| MARK), What::RdbEnd);
        } else {
            let len = u64::try_from(parse_i64(&line[1..])?).ok()?;
            self.note(size, What::RdbLength(len));
            let there = self.rest().len() as u64;
            self.note(len.min(there) as usize, What::Rdb);
        }
        Some(())
    }
}

fn handshake_answer(line: &[u8]) -> Option<What> {
    let mut words = line.split(|&b| b == b' ');
    let verdict = words.next()?;
    let id = words.next().and_then(ReplId::from_bytes);
    match verdict {
        b"+FULLRESYNC" => Some(What::FullResync { id: id?, offset: parse_i64(words.next()?)? }),
        b"+CONTINUE" => Some(What::Continue { id }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blob(text: &str) -> Blob {
        Blob::from(text.as_bytes())
    }

    /// The meanings in order, after a check that they cover every byte once.
    fn notes(data: &[u8], flow: Flow) -> Vec<What> {
        let notes = annotate(data, flow);
        let mut at = 0;
        for note in &notes {
            assert_eq!(note.range.start, at, "{note:?}");
            assert!(note.range.end > at, "{note:?}");
            at = note.range.end;
        }
        assert_eq!(at, data.len());
        notes.into_iter().map(|note| note.what).collect()
    }

    #[test]
    fn a_command_is_its_count_its_name_and_its_arguments() {
        let data = b"*2\r\n$3\r\nGET\r\n$1\r\nk\r\nPING  x\r\n\n*1\r\n$4\r\nPI";
        assert_eq!(
            notes(data, Flow::Requests),
            [
                What::ArgumentCount(2),
                What::Length(3),
                What::Name(blob("GET")),
                What::LineEnd,
                What::Length(1),
                What::Argument(1, blob("k")),
                What::LineEnd,
                What::Inline(vec![blob("PING"), blob("x")]),
                What::EmptyLine,
                What::ArgumentCount(1),
                What::Length(4),
                What::Unread,
            ]
        );
        let messages: Vec<u32> = annotate(data, Flow::Requests).iter().map(|note| note.message).collect();
        assert_eq!(messages, [0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 3, 3]);
    }

    #[test]
    fn replies_may_be_nested() {
        let data = b"*2\r\n:1\r\n*2\r\n$-1\r\n$2\r\nab\r\n+OK\r\n-ERR no\r\n*-1\r\nwhat";
        assert_eq!(
            notes(data, Flow::Replies),
            [
                What::ElementCount(2),
                What::Integer(1),
                What::ElementCount(2),
                What::Null,
                What::Length(2),
                What::Bulk(blob("ab")),
                What::LineEnd,
                What::Status(blob("OK")),
                What::Error(blob("ERR no")),
                What::Null,
                What::Unread,
            ]
        );
        assert_eq!(annotate(data, Flow::Replies)[7].message, 1);
    }

    #[test]
    fn the_link_from_a_master_holds_answers_then_an_rdb_then_the_stream() {
        let id = "0123456789abcdef0123456789abcdef01234567";
        let data = format!(
            "+PONG\r\n+FULLRESYNC {id} 42\r\n\n$5\r\nREDIS*1\r\n$4\r\nping\r\n$EOF:{id}\r\nREDIS{id}+CONTINUE\r\n"
        );
        let id = ReplId::from_bytes(id.as_bytes()).unwrap();
        assert_eq!(
            notes(data.as_bytes(), Flow::FromMaster),
            [
                What::Status(blob("PONG")),
                What::FullResync { id, offset: 42 },
                What::EmptyLine,
                What::RdbLength(5),
                What::Rdb,
                What::ArgumentCount(1),
                What::Length(4),
                What::Name(blob("ping")),
                What::LineEnd,
                What::RdbMark(Blob::from(id.as_bytes())),
                What::Rdb,
                What::RdbEnd,
                What::Continue { id: None },
            ]
        );
        for end in 0..data.len() {
            notes(&data.as_bytes()[..end], Flow::FromMaster);
        }
    }
}
