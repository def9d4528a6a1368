//! RDB files without a server: identity, mutation, notes.

use resync::base::{Rng, Version};
use resync::rdb::{Encoding, RdbErrorKind, RdbReader, annotate};

use super::dataset;

fn assert_tiled(data: &[u8]) {
    let mut at = 0;
    for note in annotate(data) {
        assert_eq!(note.range.start, at, "{note:?}");
        assert!(note.range.end > at, "{note:?}");
        at = note.range.end;
    }
    assert_eq!(at, data.len());
}

#[test]
fn what_is_written_is_read_in_every_release_and_encoding() {
    for seed in 0..60 {
        let mut rng = Rng::new(seed, 1);
        let original = dataset::random(&mut rng, 12);
        for version in Version::ALL {
            for encoding in [Encoding::Plain, Encoding::Packed] {
                let file = dataset::to_file(&original, version.profile(), encoding);
                assert_eq!(dataset::from_file(&file), original, "seed {seed}, {version}, {encoding:?}");
                assert_tiled(&file);
            }
        }
    }
}

#[test]
fn changed_and_cut_files_give_errors_and_whole_notes() {
    for seed in 0..40 {
        let mut rng = Rng::new(seed, 2);
        let original = dataset::random(&mut rng, 4);
        let version = Version::ALL[rng.below(4) as usize];
        let encoding = if rng.chance(1, 2) { Encoding::Plain } else { Encoding::Packed };
        let file = dataset::to_file(&original, version.profile(), encoding);
        for _ in 0..150 {
            let mut changed = file.clone();
            for _ in 0..1 + rng.below(4) {
                let at = rng.below(changed.len() as u64) as usize;
                changed[at] = rng.next_u64() as u8;
            }
            if rng.chance(1, 3) {
                changed.truncate(rng.below(changed.len() as u64 + 1) as usize);
            }
            let mut reader = RdbReader::new(&changed, 10);
            while let Ok(Some(_)) = reader.next() {}
            assert_tiled(&changed);
        }
    }
}

#[test]
fn random_bytes_after_a_header_give_an_error() {
    let mut rng = Rng::new(5, 3);
    for _ in 0..20_000 {
        let mut data = b"REDIS0010".to_vec();
        data.extend(
            (0..rng.below(60)).map(|_| if rng.chance(1, 2) { rng.below(20) } else { rng.next_u64() } as u8),
        );
        let mut reader = RdbReader::new(&data, 10);
        while let Ok(Some(_)) = reader.next() {}
        assert_tiled(&data);
    }
}

#[test]
fn a_small_file_cannot_fill_the_memory() {
    // Compressed strings that each claim, and give, 88 times their size.
    let mut data = b"REDIS0006".to_vec();
    let packed = [[0, b'a'].as_slice(), &[0xe0, 0xff, 0].repeat(10_000)].concat();
    for _ in 0..60 {
        data.extend(b"\x00\x01k\xc3\x80");
        data.extend((packed.len() as u32).to_be_bytes());
        data.push(0x80);
        data.extend((1 + 264 * 10_000u32).to_be_bytes());
        data.extend(&packed);
    }
    let mut trusting = RdbReader::new(&data, 10);
    trusting.set_inflated_max(u64::MAX);
    assert!(matches!(trusting.next(), Ok(Some(_))));
    let mut reader = RdbReader::new(&data, 10);
    let error = loop {
        match reader.next() {
            Ok(Some(_)) => {}
            Ok(None) => panic!("the file was read to its end"),
            Err(error) => break error,
        }
    };
    assert!(matches!(error.kind, RdbErrorKind::InflatesTooMuch(_)), "{error}");
}
