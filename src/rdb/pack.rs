//! Building the packed encodings: ziplist, listpack and intset.
//!
//! Small lists, hashes and sorted sets live in memory as one block of bytes, and an RDB holds that block as a
//! string. A ziplist entry begins with the size of the entry before it, a listpack entry ends with its own;
//! both let Redis walk backwards. Texts that are canonical integers are stored as integers.
//!
//! Source: Redis 7.0.15 `listpack.c`, `intset.c`, `quicklist.c`; 4.0.14 and 2.6.17 `ziplist.c`, `quicklist.c`.

use crate::base::parse_i64;

/// A block that entries are appended to.
pub(super) enum Packer {
    Ziplist(Ziplist),
    Listpack(Listpack),
}

impl Packer {
    pub(super) fn new(listpack: bool) -> Packer {
        if listpack { Packer::Listpack(Listpack::new()) } else { Packer::Ziplist(Ziplist::new()) }
    }

    pub(super) fn push(&mut self, text: &[u8]) {
        match self {
            Packer::Ziplist(block) => block.push(text),
            Packer::Listpack(block) => block.push(text),
        }
    }

    pub(super) fn finish(self) -> Vec<u8> {
        match self {
            Packer::Ziplist(block) => block.finish(),
            Packer::Listpack(block) => block.finish(),
        }
    }

    /// Whether a node of a quicklist takes one more element of `len` bytes (`_quicklistNodeAllowInsert`). A
    /// negative `fill` limits the bytes of a node (-1 to -5: 4 KB to 64 KB), a positive one its elements.
    fn takes(&self, len: usize, fill: i64) -> bool {
        /// `SIZE_SAFETY_LIMIT`: what a node may hold when its elements are counted.
        const SAFE: usize = 8192;
        let (size, count) = match self {
            Packer::Ziplist(block) => {
                let before = if len < 254 { 1 } else { 5 };
                let header = if len < 64 {
                    1
                } else if len < 16384 {
                    2
                } else {
                    5
                };
                (block.bytes.len() + 1 + len + before + header, block.count)
            }
            Packer::Listpack(block) => (block.bytes.len() + 1 + len + 8, block.count),
        };
        match fill {
            ..0 => size <= 2048 << fill.unsigned_abs().min(5),
            _ => size <= SAFE && i64::from(count) < fill,
        }
    }
}

/// Splits the elements of a list into the nodes of a quicklist, as pushing them to its tail does.
pub(super) fn quicklist_nodes<T: AsRef<[u8]>>(
    items: impl Iterator<Item = T>,
    listpack: bool,
    fill: i64,
) -> Vec<Vec<u8>> {
    let mut nodes = Vec::new();
    let mut node: Option<Packer> = None;
    for item in items {
        let item = item.as_ref();
        match &mut node {
            Some(open) if open.takes(item.len(), fill) => open.push(item),
            _ => {
                nodes.extend(node.take().map(Packer::finish));
                node.insert(Packer::new(listpack)).push(item);
            }
        }
    }
    nodes.extend(node.map(Packer::finish));
    nodes
}

/// Bytes, offset of the last entry, count; entries; 0xff.
pub(super) struct Ziplist {
    bytes: Vec<u8>,
    count: u32,
    last: usize,
    last_len: usize,
}

impl Ziplist {
    const HEADER: usize = 10;

    fn new() -> Ziplist {
        Ziplist { bytes: vec![0; Ziplist::HEADER], count: 0, last: Ziplist::HEADER, last_len: 0 }
    }

    fn push(&mut self, text: &[u8]) {
        let start = self.bytes.len();
        let out = &mut self.bytes;
        if self.last_len < 254 {
            out.push(self.last_len as u8);
        } else {
            out.push(254);
            out.extend((self.last_len as u32).to_le_bytes());
        }
        // Longer texts are not looked at, though no integer is that long.
        match parse_i64(text) {
            Some(n @ 0..=12) => out.push(0xf1 + n as u8),
            Some(n) => match int_width(n) {
                1 => out.extend([0xfe, n as u8]),
                2 => push_int(out, 0xc0, n, 2),
                3 => push_int(out, 0xf0, n, 3),
                4 => push_int(out, 0xd0, n, 4),
                _ => push_int(out, 0xe0, n, 8),
            },
            None => {
                match text.len() {
                    len @ 0..64 => out.push(len as u8),
                    len @ 64..16384 => out.extend([0x40 | (len >> 8) as u8, len as u8]),
                    len => {
                        out.push(0x80);
                        out.extend((len as u32).to_be_bytes());
                    }
                }
                out.extend_from_slice(text);
            }
        }
        self.last = start;
        self.last_len = self.bytes.len() - start;
        self.count += 1;
    }

    fn finish(mut self) -> Vec<u8> {
        self.bytes.push(0xff);
        let total = self.bytes.len() as u32;
        self.bytes[..4].copy_from_slice(&total.to_le_bytes());
        self.bytes[4..8].copy_from_slice(&(self.last as u32).to_le_bytes());
        self.bytes[8..10].copy_from_slice(&short_count(self.count));
        self.bytes
    }
}

/// Bytes, count; entries; 0xff.
pub(super) struct Listpack {
    bytes: Vec<u8>,
    count: u32,
}

impl Listpack {
    const HEADER: usize = 6;

    fn new() -> Listpack {
        Listpack { bytes: vec![0; Listpack::HEADER], count: 0 }
    }

    fn push(&mut self, text: &[u8]) {
        let start = self.bytes.len();
        let out = &mut self.bytes;
        match parse_i64(text) {
            Some(n @ 0..=127) => out.push(n as u8),
            Some(n @ -4096..=4095) => out.extend([0xc0 | (n >> 8 & 0x1f) as u8, n as u8]),
            Some(n) => match int_width(n) {
                1 | 2 => push_int(out, 0xf1, n, 2),
                3 => push_int(out, 0xf2, n, 3),
                4 => push_int(out, 0xf3, n, 4),
                _ => push_int(out, 0xf4, n, 8),
            },
            None => {
                match text.len() {
                    len @ 0..64 => out.push(0x80 | len as u8),
                    len @ 64..4096 => out.extend([0xe0 | (len >> 8) as u8, len as u8]),
                    len => {
                        out.push(0xf0);
                        out.extend((len as u32).to_le_bytes());
                    }
                }
                out.extend_from_slice(text);
            }
        }
        let len = (self.bytes.len() - start) as u64;
        let width = backlen_width(len);
        for place in (0..width).rev() {
            let mark = if place + 1 == width { 0 } else { 0x80 };
            self.bytes.push((len >> (7 * place)) as u8 & 0x7f | mark);
        }
        self.count += 1;
    }

    fn finish(mut self) -> Vec<u8> {
        self.bytes.push(0xff);
        let total = self.bytes.len() as u32;
        self.bytes[..4].copy_from_slice(&total.to_le_bytes());
        self.bytes[4..6].copy_from_slice(&short_count(self.count));
        self.bytes
    }
}

/// How many bytes the length of a listpack entry takes behind it. The limits are those of `lpEncodeBacklen`,
/// one below what would fit.
pub(super) fn backlen_width(len: u64) -> u32 {
    match len {
        ..=127 => 1,
        128..16383 => 2,
        16383..2097151 => 3,
        2097151..268435455 => 4,
        _ => 5,
    }
}

/// How many bytes each member of an intset takes. An intset gets wider for a member that needs it and never
/// narrower again (`intsetUpgradeAndAdd`, `intsetRemove` of `intset.c`, every version).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Debug)]
#[repr(u8)]
pub enum IntWidth {
    #[default]
    Two = 2,
    Four = 4,
    Eight = 8,
}

impl IntWidth {
    /// The least that holds `n` (`_intsetValueEncoding`).
    pub fn of(n: i64) -> IntWidth {
        match int_width(n) {
            1 | 2 => IntWidth::Two,
            3 | 4 => IntWidth::Four,
            _ => IntWidth::Eight,
        }
    }

    /// The width of `bytes`, if there is one.
    pub(super) fn of_bytes(bytes: u32) -> Option<IntWidth> {
        [IntWidth::Two, IntWidth::Four, IntWidth::Eight].into_iter().find(|width| *width as u32 == bytes)
    }
}

/// Width in bytes of each member, count, members in ascending order. The width is `at_least`, or what they need.
pub(super) fn intset(at_least: IntWidth, members: &[i64]) -> Vec<u8> {
    let width = members.iter().map(|&n| IntWidth::of(n)).fold(at_least, Ord::max) as usize;
    let mut out = Vec::with_capacity(8 + members.len() * width);
    out.extend((width as u32).to_le_bytes());
    out.extend((members.len() as u32).to_le_bytes());
    for member in members {
        out.extend(&member.to_le_bytes()[..width]);
    }
    out
}

/// The fewest bytes that hold `n`: 1, 2, 3, 4 or 8.
fn int_width(n: i64) -> usize {
    [1, 2, 3, 4].into_iter().find(|width| matches!(n >> (8 * width - 1), 0 | -1)).unwrap_or(8)
}

fn push_int(out: &mut Vec<u8>, header: u8, n: i64, width: usize) {
    out.push(header);
    out.extend(&n.to_le_bytes()[..width]);
}

/// Sixteen bits of count; all ones say that the entries must be counted.
fn short_count(count: u32) -> [u8; 2] {
    u16::try_from(count).unwrap_or(u16::MAX).to_le_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|b| format!("{b:02x}")).collect::<Vec<_>>().join(" ")
    }

    fn pack(listpack: bool, items: &[&str]) -> String {
        let mut packer = Packer::new(listpack);
        items.iter().for_each(|item| packer.push(item.as_bytes()));
        hex(&packer.finish())
    }

    #[test]
    fn the_listpack_of_a_sorted_set_is_that_of_redis_7() {
        assert_eq!(
            pack(true, &["c", "-3", "a", "1", "b", "2.5", "d", "inf"]),
            "22 00 00 00 08 00 81 63 02 df fd 02 81 61 02 01 01 81 62 02 83 32 2e 35 04 81 64 02 83 69 6e 66 04 ff"
        );
    }

    #[test]
    fn listpack_entries_take_the_shortest_form() {
        let entry = |text: &str| {
            let packed = pack(true, &[text]);
            packed["00 00 00 00 00 00 ".len()..packed.len() - " ff".len()].to_string()
        };
        assert_eq!(entry("200"), "c0 c8 02");
        assert_eq!(entry("5000"), "f1 88 13 03");
        assert_eq!(entry("70000"), "f2 70 11 01 04");
        assert_eq!(entry("20000000"), "f3 00 2d 31 01 05");
        assert!(entry("9223372036854775807").starts_with("f4 "));
        assert_eq!(entry("-1"), "df ff 02");
        assert!(entry(&"x".repeat(70)).starts_with("e0 46 78"));
        assert!(entry(&"x".repeat(70)).ends_with("78 48"));
        assert_eq!(entry("007"), "83 30 30 37 04");
    }

    #[test]
    fn ziplist_entries_know_the_size_of_their_predecessor() {
        assert_eq!(
            pack(false, &["a", "12", "13"]),
            "13 00 00 00 0f 00 00 00 03 00 00 01 61 03 fd 02 fe 0d ff"
        );
        let long = "y".repeat(300);
        let packed = pack(false, &[&long, "b"]);
        assert!(packed.ends_with(" fe 2f 01 00 00 01 62 ff"), "{packed}");
    }

    #[test]
    fn an_intset_is_as_wide_as_its_widest_member() {
        let least = IntWidth::Two;
        assert_eq!(hex(&intset(least, &[1, 2, 300])), "02 00 00 00 03 00 00 00 01 00 02 00 2c 01");
        assert_eq!(intset(least, &[-32769])[0], 4);
        assert_eq!(intset(least, &[-32768])[0], 2);
        assert_eq!(intset(least, &[1 << 31])[0], 8);
        assert_eq!(intset(least, &[-(1 << 31)])[0], 4);
        assert_eq!(hex(&intset(IntWidth::Four, &[1])), "04 00 00 00 01 00 00 00 01 00 00 00");
    }

    #[test]
    fn a_quicklist_node_holds_8_kb_unless_one_element_is_larger() {
        let sizes = |items: Vec<Vec<u8>>, listpack| {
            quicklist_nodes(items.iter(), listpack, -2).iter().map(Vec::len).collect::<Vec<_>>()
        };
        assert_eq!(sizes(vec![vec![b'x'; 9000], b"b".to_vec()], true), [9014, 10]);
        let nodes = sizes(vec![vec![b'x'; 100]; 200], true);
        assert!(nodes.len() == 3 && nodes.iter().all(|&len| len <= 8192), "{nodes:?}");
        assert_eq!(quicklist_nodes(["a", "b", "c"].iter(), false, 2).len(), 2);
    }
}
