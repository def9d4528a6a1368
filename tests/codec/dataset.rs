//! Random datasets, and the RDB files and commands that make them.

use std::collections::BTreeMap;

use resync::base::{Blob, Profile, Rng, push_i64};
use resync::rdb::{Encoding, Entry, IntWidth, RdbReader, RdbWriter, Record, Value, ValueType, format_g17};

/// Keys with their values and when they expire, by database.
pub type Dataset = BTreeMap<(u32, Blob), (Option<i64>, Data)>;

/// A value in a form that can be compared: no order where none counts.
#[derive(Clone, PartialEq, Debug)]
pub enum Data {
    String(Blob),
    List(Vec<Blob>),
    Set(BTreeMap<Blob, ()>),
    Hash(BTreeMap<Blob, Blob>),
    /// Scores as their bits, so that they compare exactly.
    SortedSet(BTreeMap<Blob, u64>),
}

/// How large values are.
struct Sizes {
    /// Most collections have up to this many elements.
    elements: u64,
    /// One collection in this many has hundreds.
    large_in: u64,
    /// In one collection in this many elements may be longer than a packed encoding takes.
    long_in: u64,
}

/// A dataset of `keys` keys in three databases.
pub fn random(rng: &mut Rng, keys: u64) -> Dataset {
    filled(rng, keys, &Sizes { elements: 25, large_in: 20, long_in: 3 })
}

/// A dataset of many small keys, with some large ones of each kind.
pub fn many(rng: &mut Rng, keys: u64) -> Dataset {
    filled(rng, keys, &Sizes { elements: 5, large_in: 800, long_in: 40 })
}

fn filled(rng: &mut Rng, keys: u64, sizes: &Sizes) -> Dataset {
    let mut dataset = Dataset::new();
    for number in 0..keys {
        let mut key = text(rng).to_vec();
        key.truncate(100);
        key.extend(number.to_string().into_bytes());
        let expire = rng.chance(1, 4).then(|| 4_000_000_000_000 + rng.below(1 << 40) as i64);
        dataset.insert((rng.below(3) as u32, Blob::from(key)), (expire, value(rng, sizes)));
    }
    dataset
}

fn value(rng: &mut Rng, sizes: &Sizes) -> Data {
    let size = match rng.below(sizes.large_in) {
        0 => 100 + rng.below(900),
        _ => 1 + rng.below(sizes.elements),
    };
    // Some collections hold short texts only, so that they stay packed.
    let short = !rng.chance(1, sizes.long_in);
    let item = |rng: &mut Rng| loop {
        let text = text(rng);
        if !short || text.len() <= 64 {
            return text;
        }
    };
    match rng.below(6) {
        0 => Data::String(text(rng)),
        1 => Data::List((0..size).map(|_| item(rng)).collect()),
        2 => Data::Set((0..size).map(|_| (item(rng), ())).collect()),
        3 => Data::Set((0..size).map(|_| (integer(rng), ())).collect()),
        4 => Data::Hash((0..size).map(|_| (item(rng), item(rng))).collect()),
        _ => Data::SortedSet((0..size).map(|_| (item(rng), score(rng).to_bits())).collect()),
    }
}

/// A text of a kind that some encoding treats in its own way.
pub fn text(rng: &mut Rng) -> Blob {
    let letters = |rng: &mut Rng, len: u64, kinds: u64| -> Blob {
        (0..len).map(|_| b'a' + rng.below(kinds) as u8).collect()
    };
    match rng.below(12) {
        0 => Blob::default(),
        1..4 => integer(rng),
        4 => Blob::from(
            ["007", "-0", "+1", "1e3", " 1", "9223372036854775808"][rng.below(6) as usize].as_bytes(),
        ),
        5 => (0..rng.below(40)).map(|_| rng.next_u64() as u8).collect(),
        6 => Blob::from(vec![b'x'; 20 + rng.below(400) as usize]),
        7 => {
            let len = 20 + rng.below(300);
            let kinds = 1 + rng.below(6);
            letters(rng, len, kinds)
        }
        8 if rng.chance(1, 8) => {
            let len = 4000 + rng.below(20_000);
            letters(rng, len, 3)
        }
        _ => {
            let len = 1 + rng.below(30);
            letters(rng, len, 26)
        }
    }
}

/// An integer of any width, as text.
fn integer(rng: &mut Rng) -> Blob {
    decimal((rng.next_u64() as i64) >> rng.below(64))
}

fn decimal(value: i64) -> Blob {
    let mut text = Vec::new();
    push_i64(&mut text, value);
    Blob::from(text)
}

fn score(rng: &mut Rng) -> f64 {
    match rng.below(8) {
        0 => f64::INFINITY,
        1 => f64::NEG_INFINITY,
        2 => ((rng.next_u64() as i64) >> rng.below(64)) as f64,
        3 => rng.below(1000) as f64 / 8.0,
        4 => 1.0 / (1 + rng.below(1000)) as f64,
        _ => rng.below(200) as f64 - 100.0,
    }
}

/// The commands that make `dataset`, each with its arguments.
pub fn commands(dataset: &Dataset) -> Vec<Vec<Vec<u8>>> {
    let mut commands = Vec::new();
    for ((db, key), (expire, data)) in dataset {
        let mut add = |words: Vec<&[u8]>| commands.push(words.iter().map(|word| word.to_vec()).collect());
        add(vec![b"SELECT", db.to_string().as_bytes()]);
        match data {
            Data::String(value) => add(vec![b"SET", key, value]),
            Data::List(items) => {
                add([b"RPUSH".as_slice(), key].into_iter().chain(items.iter().map(AsRef::as_ref)).collect())
            }
            Data::Set(items) => {
                add([b"SADD".as_slice(), key].into_iter().chain(items.keys().map(AsRef::as_ref)).collect())
            }
            Data::Hash(fields) => {
                let fields = fields.iter().flat_map(|(field, value)| [field.as_ref(), value.as_ref()]);
                add([b"HMSET".as_slice(), key].into_iter().chain(fields).collect());
            }
            Data::SortedSet(members) => {
                for (member, bits) in members {
                    add(vec![b"ZADD", key, format_g17(f64::from_bits(*bits)).as_bytes(), member]);
                }
            }
        }
        if let Some(at) = expire {
            add(vec![b"PEXPIREAT", key, at.to_string().as_bytes()]);
        }
    }
    commands
}

/// What a reader makes of a file, in order.
pub fn records(file: &[u8]) -> Vec<Record> {
    let mut reader = RdbReader::new(file, 10);
    std::iter::from_fn(|| reader.next().unwrap_or_else(|error| panic!("{error}"))).collect()
}

/// The dataset in `file`.
pub fn from_file(file: &[u8]) -> Dataset {
    with_encodings(file).0
}

/// How each key of a file is encoded.
pub type Encodings = BTreeMap<(u32, Blob), ValueType>;

/// The dataset in `file`, and how each key is encoded.
pub fn with_encodings(file: &[u8]) -> (Dataset, Encodings) {
    let (mut dataset, mut encodings) = (Dataset::new(), Encodings::new());
    let mut db = 0;
    for record in records(file) {
        match record {
            Record::SelectDb(number) => db = number as u32,
            Record::Entry(Entry { key, expire_ms, value, encoding }) => {
                encodings.insert((db, key.clone()), encoding);
                let data = match value {
                    Value::String(value) => Data::String(value),
                    Value::List(items) => Data::List(items),
                    Value::Set(members) => {
                        Data::Set(members.into_iter().map(|member| (member, ())).collect())
                    }
                    Value::Intset(_, members) => {
                        Data::Set(members.into_iter().map(|n| (decimal(n), ())).collect())
                    }
                    Value::Hash(fields) => Data::Hash(fields.into_iter().collect()),
                    Value::SortedSet(members) => Data::SortedSet(
                        members.into_iter().map(|(member, score)| (member, score.to_bits())).collect(),
                    ),
                };
                assert!(dataset.insert((db, key), (expire_ms, data)).is_none(), "a key twice");
            }
            Record::Aux { .. } | Record::ResizeDb { .. } => {}
        }
    }
    (dataset, encodings)
}

/// A file with `dataset`, every collection in this encoding (integer sets as intsets).
pub fn to_file(dataset: &Dataset, profile: &'static Profile, encoding: Encoding) -> Vec<u8> {
    let mut rdb = RdbWriter::new(profile);
    rdb.aux("redis-ver", profile.release);
    let mut selected = None;
    for ((db, key), (expire, data)) in dataset {
        if selected != Some(*db) {
            rdb.select_db(*db);
            selected = Some(*db);
        }
        expire.iter().for_each(|at| rdb.expire_ms(*at));
        match data {
            Data::String(value) => rdb.string(key, value),
            Data::List(items) => rdb.list(key, encoding, items),
            Data::Set(members) => {
                let number = |member: &Blob| resync::base::parse_i64(member);
                match members.keys().map(number).collect::<Option<Vec<i64>>>() {
                    Some(numbers) if encoding == Encoding::Packed => rdb.intset(key, IntWidth::Two, numbers),
                    _ => rdb.set(key, members.keys()),
                }
            }
            Data::Hash(fields) => rdb.hash(key, encoding, fields.iter()),
            Data::SortedSet(members) => {
                let mut members: Vec<(&Blob, f64)> =
                    members.iter().map(|(member, bits)| (member, f64::from_bits(*bits))).collect();
                members.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(b.0)));
                rdb.sorted_set(key, encoding, members);
            }
        }
    }
    rdb.finish()
}

/// Writes the records of `file` once more, with the encodings that they had.
pub fn rewritten(file: &[u8], profile: &'static Profile) -> Vec<u8> {
    use ValueType as T;
    let mut rdb = RdbWriter::new(profile);
    for record in records(file) {
        let Entry { key, expire_ms, encoding, value } = match record {
            Record::Aux { name, value } => {
                rdb.aux(name, value);
                continue;
            }
            Record::SelectDb(db) => {
                rdb.select_db(db as u32);
                continue;
            }
            Record::ResizeDb { keys, expires } => {
                rdb.resize_db(keys, expires);
                continue;
            }
            Record::Entry(entry) => entry,
        };
        let plain = matches!(encoding, T::List | T::Hash | T::SortedSet | T::SortedSetText);
        let form = if plain { Encoding::Plain } else { Encoding::Packed };
        expire_ms.iter().for_each(|at| rdb.expire_ms(*at));
        match value {
            Value::String(value) => rdb.string(&key, &value),
            Value::List(items) => rdb.list(&key, form, items),
            Value::Intset(width, members) => rdb.intset(&key, width, members),
            Value::Set(members) => rdb.set(&key, members),
            Value::Hash(fields) => rdb.hash(&key, form, fields),
            Value::SortedSet(mut members) => {
                if encoding == T::SortedSet {
                    members.reverse();
                }
                rdb.sorted_set(&key, form, members);
            }
        }
    }
    rdb.finish()
}
