//! What DUMP gives and RESTORE is given.

use resync::base::{Profile, Version};
use resync::rdb::{Encoding, IntWidth, RdbWriter, Value, payload, read_payload};

/// A payload of every type and encoding that a release writes, and one whose version is right and whose value
/// is not.
pub fn payloads(profile: &'static Profile) -> Vec<Vec<u8>> {
    let words = |n: usize| (0..n).map(|i| format!("{}{i}", "ab".repeat(i % 5))).collect::<Vec<_>>();
    let mut all = vec![
        payload(profile, |rdb| rdb.string(b"", b"123")),
        payload(profile, |rdb| rdb.string(b"", "abc".repeat(30).as_bytes())),
        payload(profile, |rdb| rdb.intset(b"", IntWidth::Two, [1, 2, 70_000])),
        // Wider than its members need.
        payload(profile, |rdb| rdb.intset(b"", IntWidth::Eight, [3, 4])),
        payload(profile, |rdb| rdb.set(b"", words(5))),
    ];
    // Before 7.0 a server makes a key of an empty set, which Resync refuses.
    if profile.packs_as_listpack() {
        all.push(payload(profile, |rdb| rdb.set(b"", Vec::<Vec<u8>>::new())));
    }
    for encoding in [Encoding::Plain, Encoding::Packed] {
        let pairs = || words(6).into_iter().map(|word| (word.clone(), word)).collect::<Vec<_>>();
        let scored =
            || words(6).into_iter().zip([-1.0, 0.0, 0.1, 2.0, 3.0, f64::INFINITY]).collect::<Vec<_>>();
        all.push(payload(profile, |rdb: &mut RdbWriter| rdb.list(b"", encoding, words(40))));
        all.push(payload(profile, |rdb| rdb.hash(b"", encoding, pairs())));
        all.push(payload(profile, |rdb| rdb.sorted_set(b"", encoding, scored())));
    }
    all
}

/// Releases whose payloads are tried on a server of `version`: its own, older ones, and one that it refuses.
pub fn payload_releases(version: Version) -> Vec<&'static Profile> {
    let tried = match version {
        Version::V7_0 => vec![Version::V7_0, Version::V7_0, Version::V4_0, Version::V2_8],
        _ => vec![version, version, Version::V4_0],
    };
    tried.into_iter().map(Version::profile).collect()
}

/// Whether two payloads hold the same value in the same encoding. What a hash table holds is written in the
/// order of the table, which is random.
pub fn same_payload(ours: &[u8], real: &[u8], profile: &'static Profile) -> bool {
    let value = |bytes| read_payload(bytes, profile, true).ok().map(in_order);
    ours.first() == real.first() && value(ours).is_some() && value(ours) == value(real)
}

fn in_order(mut value: Value) -> Value {
    match &mut value {
        Value::Set(members) => members.sort(),
        Value::Hash(fields) => fields.sort(),
        Value::SortedSet(members) => members.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0))),
        Value::String(_) | Value::List(_) | Value::Intset(..) => {}
    }
    value
}
