//! Reading replies, and showing them as `redis-cli` does on a terminal.

use crate::base::parse_i64;

/// A reply of RESP2.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ReplyValue {
    Simple(Vec<u8>),
    Error(Vec<u8>),
    Integer(i64),
    /// `None` is `$-1`.
    Bulk(Option<Vec<u8>>),
    /// `None` is `*-1`.
    Array(Option<Vec<ReplyValue>>),
}

/// Bytes that are no reply.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ReplyError {
    #[error("a reply cannot begin with byte 0x{0:02x}")]
    UnknownKind(u8),
    #[error("not a number in a reply header")]
    BadNumber,
    #[error("replies nested deeper than {MAX_DEPTH}")]
    TooDeep,
    #[error("a reply without its line end")]
    NoLineEnd,
}

/// How deep arrays may lie in arrays; Redis' own replies stay far below.
const MAX_DEPTH: usize = 32;

/// Reads one reply from the start of `bytes`: the reply and how many bytes it took, or `None` when it is not
/// all there yet.
pub fn parse_reply(bytes: &[u8]) -> Result<Option<(ReplyValue, usize)>, ReplyError> {
    let mut at = 0;
    Ok(read_value(bytes, &mut at, 0)?.map(|value| (value, at)))
}

fn read_value(bytes: &[u8], at: &mut usize, depth: usize) -> Result<Option<ReplyValue>, ReplyError> {
    if depth > MAX_DEPTH {
        return Err(ReplyError::TooDeep);
    }
    let Some(&kind) = bytes.get(*at) else { return Ok(None) };
    if !b"+-:$*".contains(&kind) {
        return Err(ReplyError::UnknownKind(kind));
    }
    let line = &bytes[*at + 1..];
    let Some(end) = line.windows(2).position(|pair| pair == b"\r\n") else { return Ok(None) };
    let line = &line[..end];
    *at += 1 + end + 2;
    let number = || parse_i64(line).ok_or(ReplyError::BadNumber);
    Ok(Some(match kind {
        b'+' => ReplyValue::Simple(line.to_vec()),
        b'-' => ReplyValue::Error(line.to_vec()),
        b':' => ReplyValue::Integer(number()?),
        b'$' => match u64::try_from(number()?) {
            Err(_) => ReplyValue::Bulk(None),
            Ok(len) => {
                let rest = &bytes[*at..];
                if (rest.len() as u64) < len.saturating_add(2) {
                    return Ok(None);
                }
                let len = len as usize;
                if &rest[len..len + 2] != b"\r\n" {
                    return Err(ReplyError::NoLineEnd);
                }
                *at += len + 2;
                ReplyValue::Bulk(Some(rest[..len].to_vec()))
            }
        },
        _ => match u64::try_from(number()?) {
            Err(_) => ReplyValue::Array(None),
            Ok(count) => {
                let mut items = Vec::new();
                for _ in 0..count {
                    let Some(item) = read_value(bytes, at, depth + 1)? else { return Ok(None) };
                    items.push(item);
                }
                ReplyValue::Array(Some(items))
            }
        },
    }))
}

/// Collects the bytes that a server answers and gives whole replies.
#[derive(Clone, Default, Debug)]
pub struct ReplyParser {
    buf: Vec<u8>,
}

impl ReplyParser {
    pub fn new() -> ReplyParser {
        ReplyParser::default()
    }

    pub fn feed(&mut self, bytes: &[u8]) {
        self.buf.extend_from_slice(bytes);
    }

    /// The next whole reply, or `None` until more bytes come.
    #[allow(clippy::should_implement_trait)] // an iterator would end at the first `None`
    pub fn next(&mut self) -> Result<Option<ReplyValue>, ReplyError> {
        Ok(parse_reply(&self.buf)?.map(|(value, taken)| {
            self.buf.drain(..taken);
            value
        }))
    }

    /// The bytes that are not part of a returned reply.
    pub fn pending(&self) -> &[u8] {
        &self.buf
    }
}

/// `value` as `redis-cli` 7.0 prints it on a terminal, without the last line end. Bytes that are not text are
/// escaped, except in status and error lines, where `redis-cli` prints them as they are.
pub fn cli_format(value: &ReplyValue) -> String {
    let mut out = String::new();
    format_tty(value, "", &mut out);
    out.pop();
    out
}

fn format_tty(value: &ReplyValue, prefix: &str, out: &mut String) {
    match value {
        ReplyValue::Simple(text) => out.push_str(&String::from_utf8_lossy(text)),
        ReplyValue::Error(text) => {
            out.push_str("(error) ");
            out.push_str(&String::from_utf8_lossy(text));
        }
        ReplyValue::Integer(n) => out.push_str(&format!("(integer) {n}")),
        ReplyValue::Bulk(None) | ReplyValue::Array(None) => out.push_str("(nil)"),
        ReplyValue::Bulk(Some(bytes)) => out.push_str(&quoted(bytes)),
        ReplyValue::Array(Some(items)) if items.is_empty() => out.push_str("(empty array)"),
        ReplyValue::Array(Some(items)) => {
            let width = items.len().to_string().len();
            let inner = format!("{prefix}{:1$}", "", width + 2);
            for (index, item) in items.iter().enumerate() {
                // The first element stands on the line that its parent began.
                let lead = if index == 0 { "" } else { prefix };
                out.push_str(&format!("{lead}{:>width$}) ", index + 1));
                format_tty(item, &inner, out);
            }
            return;
        }
    }
    out.push('\n');
}

/// `bytes` in double quotes with everything but printable ASCII escaped (`sdscatrepr`). [`super::split_line`]
/// reads it back.
pub fn quoted(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() + 2);
    out.push('"');
    for &b in bytes {
        match b {
            b'\\' | b'"' => {
                out.push('\\');
                out.push(char::from(b));
            }
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            0x07 => out.push_str("\\a"),
            0x08 => out.push_str("\\b"),
            b' '..=b'~' => out.push(char::from(b)),
            b => out.push_str(&format!("\\x{b:02x}")),
        }
    }
    out.push('"');
    out
}

/// Whether `redis-cli` prints the answer to this command as plain text rather than as a quoted string: reports
/// with line ends in them (`cliSendCommand`).
pub fn cli_prints_raw(argv: &[impl AsRef<[u8]>]) -> bool {
    let word = |n: usize| argv.get(n).map(|arg| arg.as_ref().to_ascii_lowercase()).unwrap_or_default();
    let sub = word(1);
    match word(0).as_slice() {
        b"info" | b"lolwut" => true,
        b"debug" => matches!(sub.as_slice(), b"htstats" | b"htstats-key" | b"client-eviction"),
        b"memory" => matches!(sub.as_slice(), b"malloc-stats" | b"doctor"),
        b"cluster" => argv.len() == 2 && matches!(sub.as_slice(), b"nodes" | b"info"),
        b"client" => matches!(sub.as_slice(), b"list" | b"info"),
        b"latency" => matches!(sub.as_slice(), b"graph" | b"doctor"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replies_are_read_once_they_are_whole() {
        let bytes = b"*3\r\n:1\r\n$2\r\nab\r\n*-1\r\n+OK\r\n";
        for cut in 0..bytes.len() - 5 {
            assert_eq!(parse_reply(&bytes[..cut]), Ok(None), "cut at {cut}");
        }
        let array =
            vec![ReplyValue::Integer(1), ReplyValue::Bulk(Some(b"ab".to_vec())), ReplyValue::Array(None)];
        assert_eq!(parse_reply(bytes), Ok(Some((ReplyValue::Array(Some(array)), bytes.len() - 5))));
    }

    #[test]
    fn what_is_no_reply_is_an_error() {
        assert_eq!(parse_reply(b"hello\r\n"), Err(ReplyError::UnknownKind(b'h')));
        assert_eq!(parse_reply(b":x\r\n"), Err(ReplyError::BadNumber));
        assert_eq!(parse_reply(b"$1\r\nabc"), Err(ReplyError::NoLineEnd));
        assert_eq!(parse_reply(&b"*1\r\n".repeat(100)), Err(ReplyError::TooDeep));
        assert_eq!(parse_reply(b"*9223372036854775807\r\n:1\r\n"), Ok(None));
    }

    #[test]
    fn replies_print_as_in_redis_cli() {
        let show = |bytes: &[u8]| cli_format(&parse_reply(bytes).unwrap().unwrap().0);
        assert_eq!(show(b"+OK\r\n"), "OK");
        assert_eq!(show(b"-ERR no\r\n"), "(error) ERR no");
        assert_eq!(show(b":7\r\n"), "(integer) 7");
        assert_eq!(show(b"$-1\r\n"), "(nil)");
        assert_eq!(show(b"*0\r\n"), "(empty array)");
        assert_eq!(show(b"$6\r\na\"\\\n\x01\xff\r\n"), r#""a\"\\\n\x01\xff""#);
        assert_eq!(
            show(b"*2\r\n$1\r\na\r\n*2\r\n:1\r\n:2\r\n"),
            "1) \"a\"\n2) 1) (integer) 1\n   2) (integer) 2"
        );
        let ten = [b"*10\r\n".as_slice(), &b":1\r\n".repeat(10)].concat();
        assert!(show(&ten).starts_with(" 1) (integer) 1\n 2) "));
        assert!(show(&ten).ends_with("\n10) (integer) 1"));
    }

    #[test]
    fn reports_are_printed_as_they_are() {
        assert!(cli_prints_raw(&["INFO", "replication"]));
        assert!(cli_prints_raw(&["client", "LIST"]));
        assert!(!cli_prints_raw(&["CLIENT", "GETNAME"]));
        assert!(!cli_prints_raw(&["GET", "info"]));
        assert!(!cli_prints_raw(&[""; 0]));
    }

    #[test]
    fn quoted_text_is_read_back_by_the_splitter() {
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(super::super::split_line(quoted(&all).as_bytes()).unwrap(), [all]);
    }
}
