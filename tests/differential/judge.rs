//! When two replies count as the same. Everything not named here must be equal to the byte.

use std::collections::BTreeSet;

use resync::base::Blob;
use resync::resp::ReplyValue;

use super::ours::Ours;
use super::payloads::same_payload;

/// How the replies of a command are compared.
enum Rule {
    /// To the byte.
    Same,
    /// An array in any order: Redis walks a hash table with a random seed.
    AnyOrder,
    /// A flat array of pairs in any order.
    PairsInAnyOrder,
    /// Cursor and array of a scan that is complete in one step.
    Scan,
    /// Numbers that depend on the clock, in the unit of milliseconds given.
    Clock(u64),
    /// The payload of a hash table is written in its order.
    Payload,
    /// Random by contract: the same kind of reply, as long.
    Shape,
}

/// The reviewed table.
fn rule(argv: &[Blob], ours: &Ours) -> Rule {
    let name = String::from_utf8_lossy(&argv[0]).to_ascii_uppercase();
    let hashed = || argv.get(1).is_some_and(|key| ours.encoding(key) == Some("hashtable"));
    let scattered = || hashed() || argv.get(1).is_some_and(|key| ours.encoding(key) == Some("skiplist"));
    let word = |at: usize, text: &[u8]| argv.get(at).is_some_and(|word| word.eq_ignore_ascii_case(text));
    match name.as_str() {
        "KEYS" | "SUNION" | "SDIFF" | "SINTER" => Rule::AnyOrder,
        "SMEMBERS" | "HKEYS" | "HVALS" if hashed() => Rule::AnyOrder,
        "DUMP" if scattered() => Rule::Payload,
        "HGETALL" if hashed() => Rule::PairsInAnyOrder,
        "SCAN" | "SSCAN" | "HSCAN" | "ZSCAN" => Rule::Scan,
        "TTL" | "EXPIRETIME" => Rule::Clock(1),
        "PTTL" | "PEXPIRETIME" => Rule::Clock(2000),
        "RANDOMKEY" | "SRANDMEMBER" | "HRANDFIELD" | "ZRANDMEMBER" => Rule::Shape,
        "SORT" | "SORT_RO" if unsorted(argv) && scattered() && argv.iter().any(|word| is(word, b"limit")) => {
            Rule::Shape
        }
        // A set that is not sorted comes as the hash table has it.
        "SORT" | "SORT_RO" if unsorted(argv) && scattered() => Rule::AnyOrder,
        // Whether a small integer is the shared object depends on how the key came about.
        "OBJECT" if word(1, b"refcount") => Rule::Shape,
        _ => Rule::Same,
    }
}

fn is(word: &[u8], text: &[u8]) -> bool {
    word.eq_ignore_ascii_case(text)
}

/// Whether a SORT has a constant BY, or compares only up to a NUL byte.
fn unsorted(argv: &[Blob]) -> bool {
    let by = |pair: &[Blob]| pair[0].eq_ignore_ascii_case(b"by") && !pair[1].contains(&b'*');
    argv.windows(2).any(by) || argv.iter().any(|word| word.eq_ignore_ascii_case(b"alpha"))
}

/// Whether two replies to `argv` are the same as far as Redis promises.
pub fn agree(argv: &[Blob], a: &ReplyValue, b: &ReplyValue, ours: &Ours) -> bool {
    if a == b {
        return true;
    }
    use ReplyValue::{Array, Bulk, Integer};
    match (rule(argv, ours), a, b) {
        (Rule::AnyOrder, Array(Some(a)), Array(Some(b))) => sorted(a.clone()) == sorted(b.clone()),
        (Rule::PairsInAnyOrder, Array(Some(a)), Array(Some(b))) => pairs(a) == pairs(b),
        (Rule::Scan, Array(Some(a)), Array(Some(b))) => match (&a[..], &b[..]) {
            ([_, Array(Some(_))], [_, Array(Some(_))])
                if argv.get(2).map(|w| &**w) != Some(b"0") && argv.get(1).map(|w| &**w) != Some(b"0") =>
            {
                true
            }
            ([x, Array(Some(a))], [y, Array(Some(b))]) => {
                // A scan without a large COUNT may stop anywhere; while a table grows, Redis may give elements
                // twice.
                let whole = argv.iter().any(|word| **word == *b"100000");
                let width = if matches!(argv[0].first(), Some(b'H' | b'Z')) { 2 } else { 1 };
                !whole || x == y && distinct(a, width) == distinct(b, width)
            }
            _ => false,
        },
        (Rule::Clock(unit), Integer(a), Integer(b)) => a.abs_diff(*b) <= unit,
        (Rule::Payload, Bulk(Some(a)), Bulk(Some(b))) => same_payload(a, b, ours.profile),
        (Rule::Shape, Array(Some(a)), Array(Some(b))) => a.len() == b.len(),
        (Rule::Shape, Bulk(Some(_)), Bulk(Some(_))) => true,
        (Rule::Shape, Integer(_), Integer(_)) => true,
        _ => false,
    }
}

fn sorted(mut items: Vec<ReplyValue>) -> Vec<String> {
    let mut texts: Vec<String> = items.drain(..).map(|item| format!("{item:?}")).collect();
    texts.sort();
    texts
}

fn distinct(items: &[ReplyValue], width: usize) -> BTreeSet<String> {
    items.chunks(width).map(|part| format!("{part:?}")).collect()
}

fn pairs(items: &[ReplyValue]) -> Vec<String> {
    let mut texts: Vec<String> = items.chunks(2).map(|pair| format!("{pair:?}")).collect();
    texts.sort();
    texts
}

/// Whether a command in our stream is the one in theirs: equal, but for absolute times, which may lie a few
/// seconds apart.
pub fn same_command(a: &[Blob], b: &[Blob]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a == b || near(a, b))
}

fn near(a: &[u8], b: &[u8]) -> bool {
    let number =
        |word: &[u8]| std::str::from_utf8(word).ok()?.parse::<i64>().ok().filter(|n| *n > 1_000_000_000_000);
    matches!((number(a), number(b)), (Some(a), Some(b)) if a.abs_diff(b) < 5_000)
}
