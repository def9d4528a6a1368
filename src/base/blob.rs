//! Byte strings: keys, values and arguments.

use std::rc::Rc;

/// An immutable byte string that is cheap to clone. Keys, values and command arguments are blobs, so that a
/// node can be cloned without copying its data.
pub type Blob = Rc<[u8]>;

/// `bytes` as text for people: UTF-8 is kept, control characters and invalid bytes become `\xNN` (and `\r`,
/// `\n`, `\t`), at most `max` characters followed by `…`.
pub fn printable(bytes: &[u8], max: usize) -> String {
    let mut out = String::new();
    let mut count = 0;
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            if count == max {
                out.push('…');
                return out;
            }
            count += 1;
            match c {
                '\r' => out.push_str("\\r"),
                '\n' => out.push_str("\\n"),
                '\t' => out.push_str("\\t"),
                c if c.is_control() => out.push_str(&format!("\\x{:02x}", c as u32)),
                c => out.push(c),
            }
        }
        for b in chunk.invalid() {
            if count == max {
                out.push('…');
                return out;
            }
            count += 1;
            out.push_str(&format!("\\x{b:02x}"));
        }
    }
    out
}

/// `bytes` in double quotes, complete: what is not printable text is escaped, so that it can be read back.
pub fn quoted(bytes: &[u8]) -> String {
    let mut out = String::from("\"");
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '"' => out.push_str("\\\""),
                '\\' => out.push_str("\\\\"),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                c if c.is_control() => c.encode_utf8(&mut [0; 4]).bytes().for_each(|b| {
                    out.push_str(&format!("\\x{b:02x}"));
                }),
                c => out.push(c),
            }
        }
        for b in chunk.invalid() {
            out.push_str(&format!("\\x{b:02x}"));
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::printable;

    #[test]
    fn text_is_kept_and_other_bytes_are_escaped() {
        assert_eq!(printable("héllo 复制".as_bytes(), 80), "héllo 复制");
        assert_eq!(printable(b"a\r\n\x00\xff", 80), "a\\r\\n\\x00\\xff");
        assert_eq!(printable(b"abcdef", 3), "abc…");
    }
}
