use super::*;
use crate::base::{Blob, Rng, Version};

fn blob(text: &str) -> Blob {
    Blob::from(text.as_bytes())
}

/// The records of `data`, or what is wrong with it.
fn read(data: &[u8]) -> Result<Vec<Record>, RdbError> {
    let mut reader = RdbReader::new(data, 10);
    std::iter::from_fn(|| reader.next().transpose()).collect()
}

fn entries(data: &[u8]) -> Vec<Entry> {
    let only_entries = |record| if let Record::Entry(entry) = record { Some(entry) } else { None };
    read(data).unwrap().into_iter().filter_map(only_entries).collect()
}

/// A file of `version` with one record made of these bytes.
fn file(version: u32, body: &[u8]) -> Vec<u8> {
    let mut data = format!("REDIS{version:04}").into_bytes();
    data.extend_from_slice(body);
    data.push(OP_END);
    data.extend([0; 8]);
    data
}

fn assert_tiled(data: &[u8]) -> Vec<Note> {
    let notes = annotate(data);
    let mut at = 0;
    for note in &notes {
        assert_eq!(note.range.start, at, "{note:?}");
        assert!(note.range.end > at, "{note:?}");
        at = note.range.end;
    }
    assert_eq!(at, data.len());
    notes
}

#[test]
fn an_empty_file_has_the_bytes_of_each_release() {
    let empty = |version: Version| RdbWriter::new(version.profile()).finish();
    assert_eq!(empty(Version::V2_8), b"REDIS0006\xff\xdc\xb3C\xf0Z\xdc\xf2V");
    assert!(empty(Version::V4_0).starts_with(b"REDIS0008\xff"));
    assert!(empty(Version::V7_0).starts_with(b"REDIS0010\xff"));
    assert_eq!(read(&empty(Version::V7_0)), Ok(vec![]));
}

#[test]
fn strings_take_the_form_that_redis_gives_them() {
    let value = |text: &str| {
        let mut rdb = RdbWriter::new(Version::V7_0.profile());
        rdb.string(b"k", text.as_bytes());
        let file = rdb.finish();
        file[12..file.len() - 9].to_vec()
    };
    assert_eq!(value("12"), b"\xc0\x0c");
    assert_eq!(value("-129"), b"\xc1\x7f\xff");
    assert_eq!(value("32768"), b"\xc2\x00\x80\x00\x00");
    assert_eq!(value("2147483648"), b"\x0a2147483648");
    assert_eq!(value("007"), b"\x03007");
    assert_eq!(value("-0"), b"\x02-0");
    assert_eq!(value(&"a".repeat(100)), b"\xc3\x09\x40\x64\x01aa\xe0\x57\x00\x01aa");
    assert_eq!(value(&"ab".repeat(10))[0], 20);
}

#[test]
fn every_kind_of_record_is_read_back() {
    let mut rdb = RdbWriter::new(Version::V7_0.profile());
    rdb.aux("redis-ver", "7.0.15");
    rdb.aux_int("redis-bits", 64);
    rdb.select_db(0);
    rdb.resize_db(1, 1);
    rdb.expire_ms(1_700_000_000_123);
    rdb.string(b"k", b"v");
    rdb.select_db(700);
    let value = Entry {
        key: blob("k"),
        expire_ms: Some(1_700_000_000_123),
        encoding: ValueType::String,
        value: Value::String(blob("v")),
    };
    assert_eq!(
        read(&rdb.finish()).unwrap(),
        [
            Record::Aux { name: blob("redis-ver"), value: blob("7.0.15") },
            Record::Aux { name: blob("redis-bits"), value: blob("64") },
            Record::SelectDb(0),
            Record::ResizeDb { keys: 1, expires: 1 },
            Record::Entry(value),
            Record::SelectDb(700),
        ]
    );
}

#[test]
fn files_of_2_x_know_neither_aux_nor_sizes() {
    let mut rdb = RdbWriter::new(Version::V2_8.profile());
    rdb.aux("redis-ver", "2.8.17");
    rdb.resize_db(1, 0);
    assert_eq!(rdb.len(), 9);
}

#[test]
fn each_release_writes_its_own_types() {
    use ValueType as T;
    let types = |version: Version, encoding: Encoding| {
        let mut rdb = RdbWriter::new(version.profile());
        rdb.list(b"l", encoding, ["a", "1"]);
        rdb.hash(b"h", encoding, [("f", "v")]);
        rdb.sorted_set(b"z", encoding, [("a", 1.5), ("b", f64::INFINITY)]);
        rdb.set(b"s", ["a"]);
        rdb.intset(b"i", IntWidth::Two, [3, -1]);
        let entries = entries(&rdb.finish());
        assert_eq!(entries[0].value, Value::List(vec![blob("a"), blob("1")]));
        assert_eq!(entries[1].value, Value::Hash(vec![(blob("f"), blob("v"))]));
        let Value::SortedSet(mut members) = entries[2].value.clone() else { panic!("not a sorted set") };
        members.sort_by(|a, b| a.1.total_cmp(&b.1));
        assert_eq!(members, [(blob("a"), 1.5), (blob("b"), f64::INFINITY)]);
        assert_eq!(entries[3].value, Value::Set(vec![blob("a")]));
        assert_eq!(entries[4].value, Value::Intset(IntWidth::Two, vec![-1, 3]));
        entries.iter().map(|entry| entry.encoding).collect::<Vec<_>>()
    };
    let old_packed = [T::ListZiplist, T::HashZiplist, T::SortedSetZiplist, T::Set, T::SetIntset];
    assert_eq!(types(Version::V2_6, Encoding::Packed), old_packed);
    assert_eq!(
        types(Version::V2_8, Encoding::Plain),
        [T::List, T::Hash, T::SortedSetText, T::Set, T::SetIntset]
    );
    assert_eq!(types(Version::V4_0, Encoding::Packed)[0], T::ListQuicklist);
    assert_eq!(types(Version::V4_0, Encoding::Packed)[1..3], [T::HashZiplist, T::SortedSetZiplist]);
    assert_eq!(types(Version::V4_0, Encoding::Plain)[2], T::SortedSet);
    assert_eq!(
        types(Version::V7_0, Encoding::Packed)[..3],
        [T::ListQuicklist2, T::HashListpack, T::SortedSetListpack]
    );
}

#[test]
fn museum_pieces_can_be_read() {
    // A zipmap with a free byte after a value, expiry in seconds, no checksum before version 5.
    let body = b"\xfd\x10\x00\x00\x00\x09\x01h\x18\x02\x03foo\x02\x01hi.\x05hello\x05\x00world\xff";
    let mut data = b"REDIS0003".to_vec();
    data.extend_from_slice(body);
    data.push(OP_END);
    let entry = &entries(&data)[0];
    assert_eq!(entry.expire_ms, Some(16_000));
    assert_eq!(entry.value, Value::Hash(vec![(blob("foo"), blob("hi")), (blob("hello"), blob("world"))]));
    assert_tiled(&data);
}

#[test]
fn eviction_data_is_passed_over() {
    let entries = entries(&file(9, b"\xf8\x42\x00\xf9\x07\x00\x01k\x01v\x00\x01l\x81\0\0\0\0\0\0\0\x01w"));
    assert_eq!(entries[1].value, Value::String(blob("w")));
}

#[test]
fn faults_are_named_with_their_place() {
    use RdbErrorKind as K;
    let fault = |data: &[u8]| {
        assert_tiled(data);
        let error = read(data).unwrap_err();
        (error.at, error.kind)
    };
    assert_eq!(fault(b"REDIX0006"), (0, K::WrongMagic));
    assert_eq!(fault(b"REDIS0011\xff"), (5, K::VersionNotSupported(11)));
    assert_eq!(fault(b"REDIS0000\xff"), (5, K::VersionNotSupported(0)));
    assert_eq!(fault(b"REDIS00"), (7, K::Truncated));
    assert_eq!(fault(b"REDIS0006\x00\x03ab"), (13, K::Truncated));
    assert_eq!(fault(&file(6, b"\x08")), (9, K::UnknownType(8)));
    assert_eq!(fault(&file(9, b"\x0f")), (9, K::Unsupported(Unsupported::Streams)));
    assert_eq!(fault(&file(10, b"\xf5")), (9, K::Unsupported(Unsupported::Functions)));
    assert_eq!(fault(&file(6, b"\x00\xc4")), (10, K::BadStringEncoding(0xc4)));
    assert_eq!(fault(&file(6, b"\x00\x90")), (10, K::BadLength(0x90)));
    assert_eq!(fault(&file(6, b"\xfe\xc0\x01")), (10, K::BadLength(0xc0)));
    assert_eq!(fault(&file(6, b"\x00\x01k\xc3\x02\x04\x00a")), (12, K::BadCompression));
    assert_eq!(fault(&file(6, b"\x0b\x01k\x09\x02\0\0\0\x01\0\0\0a")), (21, K::BadIntset));
    assert_eq!(fault(&file(6, b"\x03\x01k\x01\x01m\xfd")), (15, K::BadScore));
    assert_eq!(fault(&file(10, b"\x12\x01k\x01\x03\x01a")), (13, K::BadContainer(3)));
    assert_eq!(fault(&file(10, b"\x12\x01k\x01\x01\x00")), (13, K::EmptyNode));
    assert_eq!(
        RdbError { at: 7, kind: K::Truncated }.to_string(),
        "byte 7: the file ends here, in the middle of something"
    );
}

#[test]
fn the_checksum_is_checked_unless_it_is_zero_or_nobody_asks() {
    let mut data = RdbWriter::new(Version::V7_0.profile()).finish();
    let end = data.len();
    data[end - 8..].fill(0);
    assert_eq!(read(&data), Ok(vec![]));
    data[end - 1] = 1;
    assert!(matches!(read(&data).unwrap_err().kind, RdbErrorKind::WrongChecksum { .. }));
    let mut reader = RdbReader::new(&data, 10);
    reader.skip_checksum();
    assert_eq!(reader.next(), Ok(None));
}

#[test]
fn claimed_lengths_are_not_believed() {
    for kind in [0, 1, 2, 3, 4, 5, 14, 18] {
        let body = [&[kind], b"\x01k\x81\xff\xff\xff\xff\xff\xff\xff\xff".as_slice(), &[1; 64]].concat();
        assert!(read(&file(10, &body)).is_err());
    }
    let bomb = [b"\x00\x01k\xc3\x03\x80\xff\xff\xff\xff\x00a".as_slice(), b"\xe0"].concat();
    assert!(matches!(read(&file(6, &bomb)).unwrap_err().kind, RdbErrorKind::InflatesTooMuch(_)));
}

#[test]
fn notes_go_down_to_the_entries_of_a_block() {
    let mut rdb = RdbWriter::new(Version::V7_0.profile());
    rdb.hash(b"h", Encoding::Packed, [("field", "70000")]);
    let data = rdb.finish();
    let what: Vec<What> = assert_tiled(&data).into_iter().map(|note| note.what).skip(4).collect();
    let expected = [
        What::Length(Counted::Bytes(Role::Block), 19),
        What::BlockBytes(19),
        What::BlockCount(2),
        What::EntryLength(Role::Field(0), 5),
        What::EntryText(Role::Field(0), blob("field")),
        What::BackLength(6),
        What::EntryInteger(Role::FieldValue(0), 70000),
        What::BackLength(4),
        What::BlockEnd,
        What::Opcode(Opcode::End),
    ];
    assert_eq!(what[1..1 + expected.len()], expected);
}

#[test]
fn notes_show_the_steps_of_a_compressed_string() {
    let mut rdb = RdbWriter::new(Version::V7_0.profile());
    rdb.string(b"k", &[b'a'; 100]);
    let what: Vec<What> = assert_tiled(&rdb.finish()).into_iter().map(|note| note.what).skip(5).collect();
    assert_eq!(
        what[..6],
        [
            What::Compressed,
            What::Length(Counted::CompressedBytes(Role::String), 9),
            What::Length(Counted::InflatedBytes(Role::String), 100),
            What::Lzf(Role::String, LzfStep::Literal(blob("aa"))),
            What::Lzf(Role::String, LzfStep::Repeat { len: 96, distance: 1 }),
            What::Lzf(Role::String, LzfStep::Literal(blob("aa"))),
        ]
    );
}

#[test]
fn a_file_that_is_still_arriving_is_noted_as_far_as_it_goes() {
    let mut rdb = RdbWriter::new(Version::V4_0.profile());
    rdb.aux("redis-ver", "4.0.14");
    rdb.list(b"l", Encoding::Packed, ["one", "two", "3"]);
    let data = rdb.finish();
    for end in 0..=data.len() {
        assert_tiled(&data[..end]);
    }
    let notes = assert_tiled(&data[..12]);
    assert_eq!(notes.last().unwrap().what, What::Unread(RdbErrorKind::Truncated));
    let longer = [data.as_slice(), b"more"].concat();
    assert_eq!(assert_tiled(&longer).last().unwrap().what, What::Trailing);
}

#[test]
fn changed_bytes_never_cause_a_panic() {
    let mut rdb = RdbWriter::new(Version::V7_0.profile());
    rdb.list(b"list", Encoding::Packed, ["one", "two", "300", &"x".repeat(90)]);
    rdb.hash(b"hash", Encoding::Plain, [("a", "b"), ("c", "d")]);
    rdb.sorted_set(b"zset", Encoding::Packed, [("a", 1.0), ("b", 2.5)]);
    rdb.intset(b"ints", IntWidth::Two, [1, 2, 70000]);
    let data = rdb.finish();
    let mut rng = Rng::new(3, 0);
    for _ in 0..20_000 {
        let mut changed = data.clone();
        for _ in 0..1 + rng.below(3) {
            let at = rng.below(changed.len() as u64) as usize;
            changed[at] = rng.next_u64() as u8;
        }
        let _ = read(&changed);
        assert_tiled(&changed);
    }
}
