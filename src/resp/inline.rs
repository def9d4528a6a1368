//! Splitting a line into arguments, as an inline request or a terminal does.

/// A quote that never closes, or is closed in the middle of a word.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("Invalid argument(s)")]
pub struct Unbalanced;

/// The arguments of `line` under the rules of `redis-cli` and of inline requests since 2.8: blanks separate;
/// `"…"` knows `\n \r \t \b \a \\ \" \xHH`; `'…'` knows `\'`; a closing quote must end its word. As in C, the
/// line ends at a NUL (`sdssplitargs`, Redis 7.0.15 `sds.c`).
pub fn split_line(line: &[u8]) -> Result<Vec<Vec<u8>>, Unbalanced> {
    let line = line.split(|&b| b == 0).next().unwrap_or_default();
    let mut rest = line;
    let mut args = Vec::new();
    loop {
        while let [first, tail @ ..] = rest
            && is_space(*first)
        {
            rest = tail;
        }
        if rest.is_empty() {
            return Ok(args);
        }
        let mut word = Vec::new();
        rest = take_word(rest, &mut word)?;
        args.push(word);
    }
}

/// Splits at blanks only, and drops what is empty: inline requests of 2.6.
pub(super) fn split_blanks(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    line.split(|&b| b == b' ').filter(|word| !word.is_empty())
}

/// C's `isspace`, which also knows the vertical tab.
fn is_space(b: u8) -> bool {
    b.is_ascii_whitespace() || b == 0x0b
}

/// Reads one word and returns what follows it. Quotes may open in the middle of a word: `a"b c"` is `ab c`.
fn take_word<'a>(mut rest: &'a [u8], word: &mut Vec<u8>) -> Result<&'a [u8], Unbalanced> {
    loop {
        match rest {
            [] => return Ok(rest),
            [b' ' | b'\n' | b'\r' | b'\t', tail @ ..] => return Ok(tail),
            [b'"', tail @ ..] => return after_quote(take_double_quoted(tail, word)?),
            [b'\'', tail @ ..] => return after_quote(take_single_quoted(tail, word)?),
            [b, tail @ ..] => {
                word.push(*b);
                rest = tail;
            }
        }
    }
}

fn after_quote(rest: &[u8]) -> Result<&[u8], Unbalanced> {
    match rest.first() {
        Some(b) if !is_space(*b) => Err(Unbalanced),
        _ => Ok(rest),
    }
}

fn take_double_quoted<'a>(mut rest: &'a [u8], word: &mut Vec<u8>) -> Result<&'a [u8], Unbalanced> {
    loop {
        let (byte, tail) = match rest {
            [] => return Err(Unbalanced),
            [b'"', tail @ ..] => return Ok(tail),
            [b'\\', b'x', a, b, tail @ ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit() => {
                (hex(*a) << 4 | hex(*b), tail)
            }
            [b'\\', escaped, tail @ ..] => (unescape(*escaped), tail),
            [b, tail @ ..] => (*b, tail),
        };
        word.push(byte);
        rest = tail;
    }
}

fn take_single_quoted<'a>(mut rest: &'a [u8], word: &mut Vec<u8>) -> Result<&'a [u8], Unbalanced> {
    loop {
        let (byte, tail) = match rest {
            [] => return Err(Unbalanced),
            [b'\'', tail @ ..] => return Ok(tail),
            [b'\\', b'\'', tail @ ..] => (b'\'', tail),
            [b, tail @ ..] => (*b, tail),
        };
        word.push(byte);
        rest = tail;
    }
}

fn hex(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        _ => (digit | 0x20) - b'a' + 10,
    }
}

fn unescape(b: u8) -> u8 {
    match b {
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'b' => 0x08,
        b'a' => 0x07,
        b => b,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(line: &str) -> Result<Vec<String>, Unbalanced> {
        let lossy = |arg: Vec<u8>| String::from_utf8_lossy(&arg).into_owned();
        split_line(line.as_bytes()).map(|args| args.into_iter().map(lossy).collect())
    }

    #[test]
    fn words_are_split_at_blanks_and_quotes_keep_them_together() {
        assert_eq!(split("  SET  k\t v ").unwrap(), ["SET", "k", "v"]);
        assert_eq!(split(r#"SET "a b" 'c d'"#).unwrap(), ["SET", "a b", "c d"]);
        assert_eq!(split(r#"a"b c" ''"#).unwrap(), ["ab c", ""]);
        assert_eq!(split("").unwrap(), [""; 0]);
    }

    #[test]
    fn double_quotes_know_escapes_and_single_quotes_do_not() {
        assert_eq!(split_line(br#""\x41\n\q\"\xZZ""#).unwrap(), [b"A\nq\"xZZ".to_vec()]);
        assert_eq!(split_line(br"'\n\''").unwrap(), [br"\n'".to_vec()]);
    }

    #[test]
    fn open_quotes_and_words_glued_to_a_closing_quote_are_errors() {
        for line in ["\"a", "'a", "\"a\"b", "'a'b", "\"a\\"] {
            assert_eq!(split(line), Err(Unbalanced), "{line}");
        }
    }

    #[test]
    fn a_line_ends_at_a_nul_as_in_c() {
        assert_eq!(split_line(b"a b\0c").unwrap(), [b"a".to_vec(), b"b".to_vec()]);
    }
}
