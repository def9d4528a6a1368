//! Requests in random pieces, and bytes that are no requests.

use resync::base::{Blob, Rng, Version};
use resync::resp::annotate::{Flow, annotate};
use resync::resp::{Limits, ProtocolError, RequestParser, encode_command, parse_reply};

use super::dataset::text;

/// The arguments of a request and the bytes it was made of.
type Parsed = (Vec<Blob>, Vec<u8>);

/// All that a parser says about bytes that come in these pieces: the requests, and the error at their end.
fn read(version: Version, pieces: &[&[u8]]) -> (Vec<Parsed>, Option<ProtocolError>) {
    let mut parser = RequestParser::new(Limits::new(version.profile()));
    let mut requests = Vec::new();
    for piece in pieces {
        parser.feed(piece);
        loop {
            match parser.next() {
                Ok(Some(request)) => {
                    assert_eq!(request.wire.0, parser.raw().len() as u64);
                    requests.push((request.argv.to_vec(), parser.raw().to_vec()));
                }
                Ok(None) => break,
                Err(error) => return (requests, Some(error)),
            }
        }
    }
    (requests, None)
}

fn pieces<'a>(rng: &mut Rng, mut bytes: &'a [u8]) -> Vec<&'a [u8]> {
    let mut pieces = Vec::new();
    let longest = 1 + rng.below(bytes.len() as u64 + 1);
    while !bytes.is_empty() {
        let (piece, rest) = bytes.split_at((1 + rng.below(longest) as usize).min(bytes.len()));
        pieces.push(piece);
        bytes = rest;
    }
    pieces
}

/// Commands, lines and noise, mostly well formed.
fn random_stream(rng: &mut Rng) -> Vec<u8> {
    let mut bytes = Vec::new();
    for _ in 0..1 + rng.below(8) {
        match rng.below(8) {
            0 => bytes.extend(b"PING\r\n"),
            1 => bytes.extend(b"SET a \"b c\" 'd' \\x\n"),
            2 => bytes
                .extend([b"\r\n".as_slice(), b"\n", b"*0\r\n", b"*-1\r\n", b"  \n"][rng.below(5) as usize]),
            3 if rng.chance(1, 4) => {
                bytes.extend((0..rng.below(30)).map(|_| b"*$\r\n0123-\"' ax\0"[rng.below(15) as usize]))
            }
            _ => {
                let args: Vec<Blob> = (0..1 + rng.below(5)).map(|_| text(rng)).collect();
                encode_command(&mut bytes, &args);
            }
        }
    }
    if rng.chance(1, 4) {
        let at = rng.below(bytes.len() as u64) as usize;
        bytes[at] = rng.next_u64() as u8;
    }
    bytes
}

#[test]
fn however_the_bytes_are_cut_the_requests_are_the_same() {
    for seed in 0..4000 {
        let mut rng = Rng::new(seed, 20);
        let bytes = random_stream(&mut rng);
        let version = Version::ALL[rng.below(4) as usize];
        let whole = read(version, &[&bytes]);
        let raw: Vec<u8> = whole.0.iter().flat_map(|(_, raw)| raw.iter().copied()).collect();
        assert!(bytes.starts_with(&raw), "seed {seed}");
        for _ in 0..5 {
            assert_eq!(read(version, &pieces(&mut rng, &bytes)), whole, "seed {seed}");
        }
    }
}

#[test]
fn an_encoded_command_is_read_back() {
    for seed in 0..500 {
        let mut rng = Rng::new(seed, 21);
        let args: Vec<Blob> =
            std::iter::once(Blob::from(b"SET")).chain((0..rng.below(6)).map(|_| text(&mut rng))).collect();
        let mut bytes = Vec::new();
        encode_command(&mut bytes, &args);
        assert_eq!(read(Version::V7_0, &[&bytes]), (vec![(args, bytes.clone())], None));
    }
}

#[test]
fn notes_cover_every_byte_of_anything() {
    for seed in 0..4000 {
        let mut rng = Rng::new(seed, 22);
        let bytes = random_stream(&mut rng);
        for flow in [Flow::Requests, Flow::Replies, Flow::FromMaster] {
            let mut at = 0;
            for note in annotate(&bytes, flow) {
                assert_eq!(note.range.start, at, "seed {seed}");
                assert!(note.range.end > at, "seed {seed}");
                at = note.range.end;
            }
            assert_eq!(at, bytes.len(), "seed {seed}");
        }
        let _ = parse_reply(&bytes);
    }
}
