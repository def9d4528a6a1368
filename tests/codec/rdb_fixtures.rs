//! Every encoding that a release from 2.4 to 7.0 has written, built here by hand from the descriptions in Redis'
//! sources (`ziplist.c`, `listpack.c`, `intset.c`, `zipmap.c`, `rdb.c`): read by us, by the crate `rdb`, and loaded by
//! real servers, it is the same data.

use std::fs;

use resync::base::{Blob, Version};

use super::dataset::{self, Data, Dataset};
use super::rdb_servers::Folder;
use super::support::Kind;

/// A type byte, the value as it stands in the file, and what it is.
struct Fixture {
    kind: u8,
    bytes: Vec<u8>,
    data: Data,
}

fn blob(text: impl AsRef<[u8]>) -> Blob {
    Blob::from(text.as_ref())
}

/// A string of a file: its length in one, two or five bytes, and its bytes.
fn string(text: impl AsRef<[u8]>) -> Vec<u8> {
    let text = text.as_ref();
    let mut bytes = match text.len() {
        len @ ..0x40 => vec![len as u8],
        len @ ..0x4000 => vec![0x40 | (len >> 8) as u8, len as u8],
        len => [&[0x80], (len as u32).to_be_bytes().as_slice()].concat(),
    };
    bytes.extend(text);
    bytes
}

/// A ziplist of entries that each begin with their own header; the length of the one before is added here.
fn ziplist(entries: &[Vec<u8>]) -> Vec<u8> {
    let (mut body, mut before, mut tail) = (Vec::new(), 0, 10);
    for entry in entries {
        tail = 10 + body.len();
        if before < 254 {
            body.push(before as u8);
        } else {
            body.push(254);
            body.extend((before as u32).to_le_bytes());
        }
        body.extend(entry);
        before = 10 + body.len() - tail;
    }
    let total = (10 + body.len() + 1) as u32;
    let count = entries.len() as u16;
    let header = [&total.to_le_bytes()[..], &(tail as u32).to_le_bytes(), &count.to_le_bytes()].concat();
    [header, body, vec![0xff]].concat()
}

/// A listpack of entries; how far it is back to their beginning is added here.
fn listpack(entries: &[Vec<u8>]) -> Vec<u8> {
    let mut body = Vec::new();
    for entry in entries {
        body.extend(entry);
        let len = entry.len();
        match len {
            ..128 => body.push(len as u8),
            _ => body.extend([(len >> 7) as u8, 0x80 | (len & 0x7f) as u8]),
        }
    }
    let total = (6 + body.len() + 1) as u32;
    [&total.to_le_bytes()[..], &(entries.len() as u16).to_le_bytes(), &body, &[0xff]].concat()
}

/// One entry of each form that a ziplist knows, and what it says.
fn ziplist_entries() -> (Vec<Vec<u8>>, Vec<Blob>) {
    let (medium, long) = ("m".repeat(300), "l".repeat(20_000));
    let text = |header: &[u8], text: &str| ([header, text.as_bytes()].concat(), blob(text));
    let number = |header: u8, bytes: &[u8], n: i64| ([&[header], bytes].concat(), blob(n.to_string()));
    let all = vec![
        text(&[3], "abc"),
        text(&[0], ""),
        text(&[0x41, 0x2c], &medium),
        // After an entry this long the next one needs five bytes to say so.
        text(&[0x80, 0, 0, 0x4e, 0x20], &long),
        number(0xf1, &[], 0),
        number(0xfd, &[], 12),
        number(0xfe, &[0x80], -128),
        number(0xc0, &(-300i16).to_le_bytes(), -300),
        number(0xf0, &[0x00, 0x00, 0x80], -8_388_608),
        number(0xd0, &70_000_000i32.to_le_bytes(), 70_000_000),
        number(0xe0, &i64::MIN.to_le_bytes(), i64::MIN),
    ];
    all.into_iter().unzip()
}

/// One entry of each form that a listpack knows, and what it says.
fn listpack_entries() -> (Vec<Vec<u8>>, Vec<Blob>) {
    let (medium, long) = ("m".repeat(300), "l".repeat(5_000));
    let text = |header: &[u8], text: &str| ([header, text.as_bytes()].concat(), blob(text));
    let number = |header: u8, bytes: &[u8], n: i64| ([&[header], bytes].concat(), blob(n.to_string()));
    let all = vec![
        number(0x7f, &[], 127),
        text(&[0x83], "abc"),
        text(&[0x80], ""),
        number(0xdf, &[0xff], -1),
        number(0xcf, &[0xff], 4095),
        text(&[0xe1, 0x2c], &medium),
        text(&[0xf0, 0x88, 0x13, 0, 0], &long),
        number(0xf1, &(-30_000i16).to_le_bytes(), -30_000),
        number(0xf2, &[0xff, 0xff, 0x7f], 8_388_607),
        number(0xf3, &(-70_000_000i32).to_le_bytes(), -70_000_000),
        number(0xf4, &i64::MAX.to_le_bytes(), i64::MAX),
    ];
    all.into_iter().unzip()
}

fn hash(pairs: &[(&str, &str)]) -> Data {
    Data::Hash(pairs.iter().map(|(field, value)| (blob(field), blob(value))).collect())
}

fn sorted_set(members: &[(&str, f64)]) -> Data {
    Data::SortedSet(members.iter().map(|(member, score)| (blob(member), score.to_bits())).collect())
}

fn set(members: &[&str]) -> Data {
    Data::Set(members.iter().map(|member| (blob(member), ())).collect())
}

fn list(items: &[&str]) -> Data {
    Data::List(items.iter().map(blob).collect())
}

/// What releases up to 2.8 write.
fn old() -> Vec<Fixture> {
    let f = |kind, bytes, data| Fixture { kind, bytes, data };
    let big = "v".repeat(300);
    let many: Vec<String> = (0..254).map(|n| format!("f{n}")).collect();
    let pairs: Vec<u8> =
        many.iter().flat_map(|n| [&[n.len() as u8], n.as_bytes(), &[1, 0, b'x']].concat()).collect();
    let (entries, texts) = ziplist_entries();
    let intset = |width: u32, numbers: &[u8]| {
        let count = numbers.len() as u32 / width;
        string([&width.to_le_bytes()[..], &count.to_le_bytes(), numbers].concat())
    };
    let numbers = |numbers: &[i64], width: usize| {
        numbers.iter().flat_map(|n| n.to_le_bytes()[..width].to_vec()).collect::<Vec<u8>>()
    };
    vec![
        f(0, string("plain"), Data::String(blob("plain"))),
        f(0, vec![0xc0, 0x85], Data::String(blob("-123"))),
        f(0, vec![0xc1, 0x18, 0xfc], Data::String(blob("-1000"))),
        f(0, vec![0xc2, 0, 0, 0, 0x80], Data::String(blob("-2147483648"))),
        // LZF: one letter, then 99 times what stands one byte before.
        f(
            0,
            [&[0xc3, 5, 0x40, 100][..], &[0, b'a', 0xe0, 90, 0]].concat(),
            Data::String(blob("a".repeat(100))),
        ),
        f(1, [vec![2], string("b"), vec![0xc0, 7]].concat(), list(&["b", "7"])),
        f(2, [vec![2], string("b"), string("a")].concat(), set(&["a", "b"])),
        f(
            3,
            [vec![4], string("n"), vec![255], string("p"), vec![254], string("a"), b"\x031.5".to_vec()]
                .concat()
                .into_iter()
                .chain([string("b"), b"\x06-1e-07".to_vec()].concat())
                .collect(),
            sorted_set(&[("n", f64::NEG_INFINITY), ("p", f64::INFINITY), ("a", 1.5), ("b", -1e-7)]),
        ),
        f(4, [vec![1], string("f"), string("v")].concat(), hash(&[("f", "v")])),
        // Then one with free bytes and a value of more than 253 bytes, and one with more fields than the count can say.
        f(9, string(b"\x02\x01f\x01\x00v\x01g\x02\x00ww\xff"), hash(&[("f", "v"), ("g", "ww")])),
        f(
            9,
            string(
                b"\x02\x01f\x01\x02v##\x01g\xfe\x2c\x01\x00\x00\x00"
                    .iter()
                    .chain(big.as_bytes())
                    .chain(b"\xff")
                    .copied()
                    .collect::<Vec<u8>>(),
            ),
            hash(&[("f", "v"), ("g", &big)]),
        ),
        f(
            9,
            string([&[254], &pairs[..], &[255]].concat()),
            hash(&many.iter().map(|n| (n.as_str(), "x")).collect::<Vec<_>>()),
        ),
        f(10, string(ziplist(&entries)), Data::List(texts)),
        f(11, intset(2, &numbers(&[-2, 300], 2)), set(&["-2", "300"])),
        f(11, intset(4, &numbers(&[-70_000, 5], 4)), set(&["-70000", "5"])),
        // As wide as a member that is gone made it.
        f(11, intset(8, &numbers(&[3, 5], 8)), set(&["3", "5"])),
        f(
            11,
            intset(8, &numbers(&[i64::MIN, 0, 1 << 40], 8)),
            set(&[&i64::MIN.to_string(), "0", "1099511627776"]),
        ),
        f(
            12,
            string(ziplist(&[
                b"\x01a".to_vec(),
                b"\x04-inf".to_vec(),
                b"\x01b".to_vec(),
                b"\x032.5".to_vec(),
                b"\x01c".to_vec(),
                vec![0xf4],
            ])),
            sorted_set(&[("a", f64::NEG_INFINITY), ("b", 2.5), ("c", 3.0)]),
        ),
        f(
            13,
            string(ziplist(&[b"\x01f".to_vec(), vec![0xfe, 100], b"\x01g".to_vec(), b"\x00".to_vec()])),
            hash(&[("f", "100"), ("g", "")]),
        ),
    ]
}

/// What 3.2 to 7.0 add.
fn new() -> Vec<Fixture> {
    let f = |kind, bytes, data| Fixture { kind, bytes, data };
    let (zip_entries, mut zip_texts) = ziplist_entries();
    let (pack_entries, pack_texts) = listpack_entries();
    let two = ziplist(&[b"\x03one".to_vec(), vec![0xf2]]);
    zip_texts.extend([blob("one"), blob("1")]);
    // A node that is compressed: thirteen bytes as they are.
    let packed = [&[0xc3, two.len() as u8 + 1, two.len() as u8, two.len() as u8 - 1][..], &two].concat();
    let large = "p".repeat(9_000);
    let mut nodes = pack_texts.clone();
    nodes.insert(0, blob(&large));
    let scores = [
        b"\x81a".to_vec(),
        b"\x84-inf".to_vec(),
        b"\x81b".to_vec(),
        b"\x832.5".to_vec(),
        b"\x81c".to_vec(),
        vec![3],
    ];
    vec![
        f(
            5,
            [
                vec![2],
                string("b"),
                2.5f64.to_le_bytes().to_vec(),
                string("a"),
                (-0.1f64).to_le_bytes().to_vec(),
            ]
            .concat(),
            sorted_set(&[("b", 2.5), ("a", -0.1)]),
        ),
        f(14, [vec![2], string(ziplist(&zip_entries)), packed].concat(), Data::List(zip_texts)),
        f(
            16,
            string(listpack(&[b"\x81f".to_vec(), vec![100], b"\x81g".to_vec(), vec![0x80]])),
            hash(&[("f", "100"), ("g", "")]),
        ),
        f(17, string(listpack(&scores)), sorted_set(&[("a", f64::NEG_INFINITY), ("b", 2.5), ("c", 3.0)])),
        f(
            18,
            [vec![2, 1], string(&large), vec![2], string(listpack(&pack_entries))].concat(),
            Data::List(nodes),
        ),
    ]
}

/// A file of this version with each fixture at a key of its own, with the opcodes that its releases know.
fn file(version: u32, fixtures: &[Fixture]) -> (Vec<u8>, Dataset) {
    const FAR_SECONDS: u32 = 2_000_000_000;
    const FAR_MS: i64 = 4_000_000_000_123;
    let mut bytes = format!("REDIS{version:04}").into_bytes();
    if version >= 7 {
        bytes.extend([vec![0xfa], string("redis-ver"), string("6.2.6")].concat());
    }
    bytes.extend([0xfe, 0]);
    if version >= 7 {
        bytes.extend([0xfb, fixtures.len() as u8, 2]);
    }
    let mut dataset = Dataset::new();
    for (index, Fixture { kind, bytes: value, data }) in fixtures.iter().enumerate() {
        let mut expire = None;
        match index {
            0 => {
                bytes.push(0xfd);
                bytes.extend(FAR_SECONDS.to_le_bytes());
                expire = Some(i64::from(FAR_SECONDS) * 1000);
            }
            1 => {
                bytes.push(0xfc);
                bytes.extend(FAR_MS.to_le_bytes());
                expire = Some(FAR_MS);
            }
            2 if version >= 9 => bytes.extend([0xf8, 0x42, 0x10]),
            3 if version >= 9 => bytes.extend([0xf9, 0x07]),
            _ => {}
        }
        let key = blob(format!("{kind}:{index}"));
        bytes.push(*kind);
        bytes.extend(string(&key));
        bytes.extend(value);
        dataset.insert((0, key), (expire, data.clone()));
    }
    // A checksum of zero is none.
    bytes.extend([0xff, 0, 0, 0, 0, 0, 0, 0, 0]);
    (bytes, dataset)
}

fn files() -> [(Vec<u8>, Dataset); 2] {
    [file(6, &old()), file(10, &old().into_iter().chain(new()).collect::<Vec<_>>())]
}

#[test]
fn every_encoding_is_read_as_what_it_says() {
    for (file, expected) in files() {
        assert_same(&dataset::from_file(&file), &expected);
    }
    let kinds: Vec<u8> = old().iter().chain(&new()).map(|fixture| fixture.kind).collect();
    assert!((0..=18).all(|kind| matches!(kind, 6..=8 | 15) || kinds.contains(&kind)), "{kinds:?}");
}

#[test]
fn the_crate_rdb_reads_the_same_from_every_encoding() {
    // Of zipmaps the crate reads the plain ones: it does not pass over free bytes, takes 253 for the mark of a long text
    // and 254 for a count. In every release of Redis it was 254 (`ZIPMAP_BIGLEN`), and real servers load what we build.
    let agreed = |fixture: &Fixture| fixture.kind != 9 || fixture.bytes.len() < 100;
    let fixtures: Vec<Fixture> = old().into_iter().chain(new()).filter(agreed).collect();
    let (file, expected) = file(10, &fixtures);
    assert_same(&read_by_the_crate(&file), &expected);
}

#[test]
fn real_servers_load_every_encoding_as_we_do() {
    let [old, new] = files();
    for (kind, version, (file, expected)) in [
        (Kind::Real28, Version::V2_8, &old),
        (Kind::Real70, Version::V7_0, &old),
        (Kind::Real70, Version::V7_0, &new),
    ] {
        let folder = Folder::new(&format!("fixtures-{version}-{}", file.len()));
        fs::write(folder.file(), file).expect("a file");
        let digests =
            [kind, Kind::Ours(version)].map(|kind| folder.serve(kind).client().text("DEBUG DIGEST"));
        assert_eq!(digests[0], digests[1], "{version}: real and ours");
        let server = folder.serve(kind);
        server.client().ok("SAVE");
        let saved = fs::read(folder.file()).expect("the server saved");
        assert_same(&dataset::from_file(&saved), expected);
    }
}

fn assert_same(ours: &Dataset, expected: &Dataset) {
    for (key, value) in expected {
        let there = format!("{:?}", ours.get(key));
        assert!(ours.get(key) == Some(value), "{key:?}: {}", there.chars().take(500).collect::<String>());
    }
    assert_eq!(ours.len(), expected.len());
}

fn read_by_the_crate(file: &[u8]) -> Dataset {
    use rdb::RdbValue as V;
    let decoder = rdb::RdbDecoder::new(file, rdb::filter::Simple::new()).expect("a header");
    let mut dataset = Dataset::new();
    for item in decoder {
        let (key, expiry, data) = match item.expect("a readable item") {
            V::String { key, value, expiry } => (key, expiry, Data::String(blob(value))),
            V::List { key, values, expiry } => (key, expiry, Data::List(values.iter().map(blob).collect())),
            V::Set { key, members, expiry } => {
                (key, expiry, Data::Set(members.iter().map(|member| (blob(member), ())).collect()))
            }
            V::Hash { key, values, expiry } => {
                let fields = values.iter().map(|(field, value)| (blob(field), blob(value)));
                (key, expiry, Data::Hash(fields.collect()))
            }
            V::SortedSet { key, values, expiry } => {
                let members = values.iter().map(|(score, member)| (blob(member), score.to_bits()));
                (key, expiry, Data::SortedSet(members.collect()))
            }
            V::SelectDb(db) => {
                assert_eq!(db, 0);
                continue;
            }
            V::ResizeDb { .. } | V::AuxField { .. } | V::Checksum(_) => continue,
        };
        dataset.insert((0, blob(key)), (expiry.map(|at| at as i64), data));
    }
    dataset
}
