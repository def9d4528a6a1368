//! Glob-style patterns (`util.c:stringmatchlen`): `*`, `?`, `[a-z]`, `[^…]`, `\` escapes, case-sensitive.

/// Whether the whole of `text` matches `pattern`.
pub fn matches(pattern: &[u8], text: &[u8]) -> bool {
    attempt(pattern, text, &mut false)
}

/// Whether `pattern` matches the empty text in releases up to 4.0: a star does, and a class may match the byte
/// behind the end, but then only a star can follow.
pub fn old_matches_nothing(pattern: &[u8]) -> bool {
    let only_stars = |pattern: &[u8]| pattern.iter().all(|b| *b == b'*');
    match pattern {
        [b'[', rest @ ..] => {
            let (matched, rest) = class(rest, 0);
            matched && rest.len() > 1 && only_stars(&rest[1..])
        }
        _ => only_stars(pattern),
    }
}

/// `hopeless` is set when the part after a star failed everywhere in the rest of the text: then no earlier
/// star can help, which keeps hostile patterns from taking exponential time.
fn attempt(mut pattern: &[u8], mut text: &[u8], hopeless: &mut bool) -> bool {
    while let (Some(&p), Some(&t)) = (pattern.first(), text.first()) {
        match p {
            b'*' => {
                while pattern.get(1) == Some(&b'*') {
                    pattern = &pattern[1..];
                }
                if pattern.len() == 1 {
                    return true;
                }
                for start in 0..text.len() {
                    if attempt(&pattern[1..], &text[start..], hopeless) {
                        return true;
                    }
                    if *hopeless {
                        return false;
                    }
                }
                *hopeless = true;
                return false;
            }
            b'?' => {}
            b'[' => {
                let (matched, rest) = class(&pattern[1..], t);
                if !matched {
                    return false;
                }
                // `rest` starts at the closing bracket, or is empty when there is none.
                pattern = rest;
                text = &text[1..];
                pattern = pattern.get(1..).unwrap_or_default();
                if text.is_empty() {
                    break;
                }
                continue;
            }
            b'\\' if pattern.len() >= 2 => {
                pattern = &pattern[1..];
                if pattern[0] != t {
                    return false;
                }
            }
            _ if p != t => return false,
            _ => {}
        }
        pattern = &pattern[1..];
        text = &text[1..];
        if text.is_empty() {
            break;
        }
    }
    if text.is_empty() {
        // Trailing stars match nothing. (An empty text never reaches them: `*` does not match it in Redis.)
        while let [b'*', rest @ ..] = pattern {
            pattern = rest;
        }
    }
    pattern.is_empty() && text.is_empty()
}

/// Whether `c` is in the class that starts after its bracket, and the pattern from the closing bracket on.
fn class(mut pattern: &[u8], c: u8) -> (bool, &[u8]) {
    let not = pattern.first() == Some(&b'^');
    if not {
        pattern = &pattern[1..];
    }
    let mut matched = false;
    loop {
        match pattern {
            [b'\\', escaped, ..] => {
                matched |= *escaped == c;
                pattern = &pattern[2..];
            }
            [b']', ..] | [] => return (matched != not, pattern),
            [a, b'-', b, ..] => {
                matched |= (*a.min(b)..=*a.max(b)).contains(&c);
                pattern = &pattern[3..];
            }
            [a, ..] => {
                matched |= *a == c;
                pattern = &pattern[1..];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn patterns_match_as_in_redis() {
        let yes = [
            "*|abc",
            "a*|abc",
            "*c|abc",
            "a?c|abc",
            "[a-c]*|b1",
            "[^x]|y",
            "\\*|*",
            "a\\|a\\",
            "[z-a]|m",
            "h[ae]llo|hallo",
            "a**|a",
            "[abc|b",
        ];
        let no = [
            "a|b",
            "a*|b",
            "?|ab",
            "[^x]|x",
            "|a",
            "abc|ab",
            "h[ae]llo|hillo",
            "*a*a*a*a*a*a*b|aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        ];
        for case in yes {
            let (p, t) = case.split_once('|').expect("a bar");
            assert!(matches(p.as_bytes(), t.as_bytes()), "{case}");
        }
        for case in no {
            let (p, t) = case.split_once('|').expect("a bar");
            assert!(!matches(p.as_bytes(), t.as_bytes()), "{case}");
        }
    }
}
