//! Reading requests, in pieces of any size.
//!
//! A request is an array of bulk strings (`*2 $3 GET $1 k`) or, when its first byte is not `*`, an inline line.
//! The parser keeps the bytes of the request it is reading, so that a command and the bytes it was made of are
//! handed out together. Where Redis' verdict depends on how the kernel happened to cut the reads, ours does
//! not: a header longer than 64 KB is always an error, and the byte that 2.8 loses after a bare LF is kept.
//!
//! Absent: the limit of the query buffer, which belongs to the client that owns the parser.
//!
//! Source: Redis 7.0.15, 4.0.14, 2.8.17, 2.6.17 `networking.c:processInlineBuffer`, `processMultibulkBuffer`.

use std::collections::VecDeque;
use std::ops::Range;

use crate::base::{Blob, ByteCount, Profile, parse_i64};

use super::Argv;
use super::inline::{split_blanks, split_line};

/// `PROTO_INLINE_MAX_SIZE`: the longest inline request or header line that is waited for.
const LINE_MAX: usize = 64 * 1024;

/// What a parser accepts: from the version profile, the configuration and who the peer is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// `proto-max-bulk-len` in bytes; ignored by releases that do not know it.
    pub max_bulk: u64,
    /// False while the client must still AUTH.
    pub authenticated: bool,
    /// The peer is our master.
    pub master_link: bool,
    profile: &'static Profile,
}

impl Limits {
    /// 512 MB, the default and, in old releases, the fixed limit of a bulk string.
    pub const DEFAULT_MAX_BULK: u64 = 512 * 1024 * 1024;

    /// The limits for an ordinary, authenticated client.
    pub fn new(profile: &'static Profile) -> Limits {
        Limits { max_bulk: Limits::DEFAULT_MAX_BULK, authenticated: true, master_link: false, profile }
    }

    fn max_bulk(&self) -> u64 {
        if self.master_link && self.profile.trusts_the_form_of_its_master() {
            i64::MAX as u64
        } else if self.profile.has_proto_max_bulk_len() {
            self.max_bulk
        } else {
            Limits::DEFAULT_MAX_BULK
        }
    }

    fn guarded(&self) -> bool {
        !self.authenticated && self.profile.guards_unauthenticated_requests()
    }
}

/// One request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Request {
    /// The command and its arguments. Empty when there is nothing to run: an empty line, `*0`.
    pub argv: Argv,
    /// How many bytes of the connection it took.
    pub wire: ByteCount,
    /// It came as a line, not as an array.
    pub inline: bool,
    /// Its bytes are those that [`super::encode_command`] makes of it.
    pub verbatim: bool,
    /// It was a line without any character. From a replica this refreshes the time of its last ACK.
    pub empty_line: bool,
}

/// A request that cannot be read. The connection is of no further use; [`ProtocolError::reply`] is the last
/// thing sent on it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ProtocolError {
    #[error("too big inline request")]
    InlineTooBig,
    #[error("unbalanced quotes in request")]
    UnbalancedQuotes,
    #[error("too big mbulk count string")]
    CountTooBig,
    #[error("invalid multibulk length")]
    InvalidCount,
    #[error("unauthenticated multibulk length")]
    UnauthenticatedCount,
    #[error("too big bulk count string")]
    LengthTooBig,
    #[error("expected '$', got '{}'", char::from(*.0))]
    ExpectedBulk(u8),
    #[error("invalid bulk length")]
    InvalidLength,
    #[error("unauthenticated bulk length")]
    UnauthenticatedLength,
    /// The master sent a line where its stream must be: the stream is out of step.
    #[error("Master using the inline protocol. Desync?")]
    InlineFromMaster,
    /// `POST` or `Host:`: a browser is being used to reach Redis.
    #[error(
        "Possible SECURITY ATTACK detected. It looks like somebody is sending POST or Host: commands to Redis. This is likely due to an attacker attempting to use Cross Protocol Scripting to compromise your Redis instance. Connection aborted."
    )]
    SecurityAttack,
}

impl ProtocolError {
    /// The bytes of the error reply; `None` when the connection is closed without a word.
    pub fn reply(&self) -> Option<Vec<u8>> {
        let mut reply = super::Reply::new();
        match self {
            ProtocolError::InlineFromMaster | ProtocolError::SecurityAttack => return None,
            ProtocolError::ExpectedBulk(got) => {
                // Not every byte is a character, so this text is put together as bytes.
                let text = [b"ERR Protocol error: expected '$', got '".as_slice(), &[*got], b"'"].concat();
                reply.error(text);
            }
            error => reply.error(format!("ERR Protocol error: {error}")),
        }
        Some(reply.take())
    }
}

/// Turns the bytes of one connection into requests.
#[derive(Clone, Debug)]
pub struct RequestParser {
    limits: Limits,
    buf: Vec<u8>,
    /// Where the bytes of the request given last begin.
    given: usize,
    /// Where they end.
    start: usize,
    /// Requests that were read ahead; they lie between `start` and `begun`.
    ahead: VecDeque<Request>,
    /// Where the request being read begins.
    begun: usize,
    /// How far that one has been read.
    at: usize,
    /// Where its arguments so far lie, counted from there.
    args: Vec<Range<usize>>,
    /// How many arguments are still to come; 0 between requests.
    missing: i64,
    /// The length of the argument being read, once its header is known.
    bulk: Option<u64>,
    /// No byte of it so far could have been another one.
    verbatim: bool,
}

enum Line {
    /// The distance to the byte that ends it.
    End(usize),
    NotYet,
    TooLong,
}

impl RequestParser {
    pub fn new(limits: Limits) -> RequestParser {
        RequestParser {
            limits,
            buf: Vec::new(),
            given: 0,
            start: 0,
            ahead: VecDeque::new(),
            begun: 0,
            at: 0,
            args: Vec::new(),
            missing: 0,
            bulk: None,
            verbatim: true,
        }
    }

    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// Changes the limits, from the next header on (AUTH, CONFIG SET, the connection becomes a master link).
    pub fn set_limits(&mut self, limits: Limits) {
        self.limits = limits;
        // What was read ahead is read again.
        self.ahead.clear();
        self.begun = self.start;
        self.begin_anew();
    }

    /// Takes bytes that arrived.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.forget_given();
        self.buf.extend_from_slice(bytes);
    }

    /// The next whole request, or `None` until more bytes come. After an error it gives the same error again.
    #[allow(clippy::should_implement_trait)] // an iterator would end at the first `None`
    pub fn next(&mut self) -> Result<Option<Request>, ProtocolError> {
        self.given = self.start;
        let request = match self.ahead.pop_front() {
            Some(request) => Ok(Some(request)),
            None => self.read(),
        };
        match &request {
            Ok(Some(request)) => self.start += request.wire.0 as usize,
            Ok(None) => self.forget_given(),
            Err(_) => {}
        }
        request
    }

    /// Whether requests that were read ahead wait.
    pub fn is_ahead(&self) -> bool {
        !self.ahead.is_empty()
    }

    /// Reads up to `max` requests before they are asked for, unless some wait already. Those that were read now.
    pub fn look_ahead(&mut self, max: usize) -> impl Iterator<Item = &Request> {
        let max = if self.is_ahead() { 0 } else { max };
        while self.ahead.len() < max {
            match self.read() {
                Ok(Some(request)) => self.ahead.push_back(request),
                Ok(None) => break,
                // It is met again when it is that request's turn.
                Err(_) => {
                    self.begin_anew();
                    break;
                }
            }
        }
        self.ahead.iter().take(max)
    }

    /// The exact bytes of the request just returned, until the next call of `next` or `feed`.
    pub fn raw(&self) -> &[u8] {
        &self.buf[self.given..self.start]
    }

    /// How many bytes wait for the rest of their request, or to be asked for with `next`.
    pub fn pending(&self) -> usize {
        self.buf.len() - self.start
    }

    /// Takes the bytes that no returned request used: the connection goes on in another form.
    pub fn take_rest(&mut self) -> Vec<u8> {
        let rest = self.buf.split_off(self.start);
        *self = RequestParser::new(self.limits);
        rest
    }

    fn read(&mut self) -> Result<Option<Request>, ProtocolError> {
        if self.missing == 0 {
            match self.buf.get(self.at) {
                None => return Ok(None),
                Some(b'*') => {}
                Some(_) => return self.read_inline(),
            }
            self.verbatim = true;
            let Some(count) = self.read_count()? else { return Ok(None) };
            if count <= 0 {
                self.verbatim &= count == 0;
                return Ok(Some(self.give(Argv::default(), false)));
            }
            self.missing = count;
        }
        if !self.read_bulks()? {
            return Ok(None);
        }
        let bytes = &self.buf[self.begun..self.at];
        let argv: Argv = self.args.iter().map(|arg| Blob::copied(&bytes[arg.clone()])).collect();
        self.args.clear();
        self.refuse_http(&argv)?;
        Ok(Some(self.give(argv, false)))
    }

    fn read_inline(&mut self) -> Result<Option<Request>, ProtocolError> {
        let quotes = self.limits.profile.splits_inline_with_quotes();
        let rest = &self.buf[self.at..];
        let end =
            match if quotes { find_line(rest, |rest| rest[0] == b'\n') } else { find_line(rest, is_crlf) } {
                Line::End(end) => end,
                Line::NotYet => return Ok(None),
                Line::TooLong => return Err(ProtocolError::InlineTooBig),
            };
        let line = rest[..end].strip_suffix(b"\r").filter(|_| quotes).unwrap_or(&rest[..end]);
        let empty_line = line.is_empty();
        let argv: Argv = if quotes {
            let words = split_line(line).map_err(|_| ProtocolError::UnbalancedQuotes)?;
            let keep_empty = self.limits.profile.keeps_empty_inline_arguments();
            words.into_iter().filter(|word| keep_empty || !word.is_empty()).map(Blob::from).collect()
        } else {
            split_blanks(line).map(Blob::from).collect()
        };
        if !empty_line && self.limits.master_link && self.limits.profile.trusts_the_form_of_its_master() {
            return Err(ProtocolError::InlineFromMaster);
        }
        self.refuse_http(&argv)?;
        self.at += end + if quotes { 1 } else { 2 };
        let request = self.give(argv, true);
        Ok(Some(Request { empty_line, ..request }))
    }

    /// Reads `*<count>`.
    fn read_count(&mut self) -> Result<Option<i64>, ProtocolError> {
        // Nearly every count is one digit.
        if let [b'*', count @ b'0'..=b'9', b'\r', b'\n', ..] = self.buf[self.at..] {
            self.at += 4;
            return Ok(Some(i64::from(count - b'0')));
        }
        let Some(end) = self.header_end(ProtocolError::CountTooBig)? else { return Ok(None) };
        let count = parse_i64(&self.buf[self.at + 1..self.at + end]).ok_or(ProtocolError::InvalidCount)?;
        if count > self.limits.profile.max_request_arguments() {
            return Err(ProtocolError::InvalidCount);
        }
        if count > 10 && self.limits.guarded() {
            return Err(ProtocolError::UnauthenticatedCount);
        }
        self.end_header(end);
        Ok(Some(count))
    }

    /// Reads as many arguments as are there; true when the last one is.
    fn read_bulks(&mut self) -> Result<bool, ProtocolError> {
        while self.missing > 0 {
            let len = match self.bulk {
                Some(len) => len,
                None => {
                    let Some(len) = self.read_length()? else { return Ok(false) };
                    len
                }
            };
            // The two bytes after an argument are skipped unseen, as Redis does.
            if ((self.buf.len() - self.at) as u64) < len.saturating_add(2) {
                self.bulk = Some(len);
                return Ok(false);
            }
            let end = self.at + len as usize;
            self.args.push(self.at - self.begun..end - self.begun);
            self.at = end + 2;
            self.verbatim &= self.buf[end..self.at] == *b"\r\n";
            self.bulk = None;
            self.missing -= 1;
        }
        Ok(true)
    }

    /// Reads `$<length>`.
    fn read_length(&mut self) -> Result<Option<u64>, ProtocolError> {
        // Nearly every header is `$` and one or two digits.
        let short = match self.buf[self.at..] {
            [b'$', a @ b'0'..=b'9', b'\r', b'\n', ..] => Some((u64::from(a - b'0'), 4)),
            [b'$', a @ b'1'..=b'9', b @ b'0'..=b'9', b'\r', b'\n', ..] => {
                Some((u64::from(a - b'0') * 10 + u64::from(b - b'0'), 5))
            }
            _ => None,
        };
        if let Some((len, taken)) = short {
            self.at += taken;
            return Ok(Some(len));
        }
        let Some(end) = self.header_end(ProtocolError::LengthTooBig)? else { return Ok(None) };
        let header = &self.buf[self.at..self.at + end];
        let Some((b'$', digits)) = header.split_first() else {
            return Err(ProtocolError::ExpectedBulk(self.buf[self.at]));
        };
        let len =
            parse_i64(digits).and_then(|len| u64::try_from(len).ok()).ok_or(ProtocolError::InvalidLength)?;
        if len > self.limits.max_bulk() {
            return Err(ProtocolError::InvalidLength);
        }
        if len > 16384 && self.limits.guarded() {
            return Err(ProtocolError::UnauthenticatedLength);
        }
        self.end_header(end);
        Ok(Some(len))
    }

    /// Goes on behind a header whose CR is this far away.
    fn end_header(&mut self, end: usize) {
        self.at += end + 2;
        self.verbatim &= self.buf[self.at - 1] == b'\n';
    }

    /// The distance to the CR that ends a header, once the byte after it is there too. That byte is not looked
    /// at, as in Redis.
    fn header_end(&self, too_long: ProtocolError) -> Result<Option<usize>, ProtocolError> {
        match find_line(&self.buf[self.at..], |rest| rest[0] == b'\r') {
            Line::End(end) if self.at + end + 1 < self.buf.len() => Ok(Some(end)),
            Line::End(_) | Line::NotYet => Ok(None),
            Line::TooLong => Err(too_long),
        }
    }

    fn refuse_http(&self, argv: &[Blob]) -> Result<(), ProtocolError> {
        let Some(name) = argv.first() else { return Ok(()) };
        let http = matches!(name.len(), 4 | 5)
            && (name.eq_ignore_ascii_case(b"post") || name.eq_ignore_ascii_case(b"host:"));
        if http && self.limits.profile.refuses_http() { Err(ProtocolError::SecurityAttack) } else { Ok(()) }
    }

    /// Hands out what was read since `start`.
    fn give(&mut self, argv: Argv, inline: bool) -> Request {
        let wire = ByteCount::from(self.at - self.begun);
        self.begun = self.at;
        Request { argv, wire, inline, verbatim: self.verbatim && !inline, empty_line: false }
    }

    /// Forgets how far the request being read has been read.
    fn begin_anew(&mut self) {
        self.at = self.begun;
        self.args.clear();
        self.missing = 0;
        self.bulk = None;
    }

    /// Lets go of the bytes of requests that were handed out.
    fn forget_given(&mut self) {
        /// What a connection at rest may keep allocated.
        const KEEP: usize = 64 * 1024;
        self.buf.drain(..self.start);
        self.at -= self.start;
        self.begun -= self.start;
        self.start = 0;
        self.given = 0;
        if self.buf.is_empty() && self.buf.capacity() > KEEP {
            self.buf = Vec::new();
        }
    }
}

fn is_crlf(rest: &[u8]) -> bool {
    rest.starts_with(b"\r\n")
}

/// Looks for the end of a line. As with C's `strchr`, a NUL hides whatever follows it.
fn find_line(bytes: &[u8], ends: impl Fn(&[u8]) -> bool) -> Line {
    let window = bytes.len().min(LINE_MAX + 1);
    for at in 0..window {
        if ends(&bytes[at..]) {
            return Line::End(at);
        }
        if bytes[at] == 0 {
            break;
        }
    }
    if bytes.len() > LINE_MAX { Line::TooLong } else { Line::NotYet }
}

#[cfg(test)]
#[path = "request_tests.rs"]
mod tests;
