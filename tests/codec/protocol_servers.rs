//! The request parser beside real servers: the same bytes get the same answers.

use std::time::Duration;

use resync::base::{Rng, Version};
use resync::resp::{Limits, Reply, ReplyValue, RequestParser, encode_command, parse_reply};

use super::dataset::text;
use super::support::{Kind, Server};

/// Replies as values. Errors that are not about the protocol belong to commands, not to the parser, and are all
/// the same here.
fn replies(mut bytes: &[u8]) -> Vec<ReplyValue> {
    let mut values = Vec::new();
    while let Some((value, taken)) = parse_reply(bytes).expect("well-formed replies") {
        values.push(match value {
            ReplyValue::Error(text) if !text.starts_with(b"ERR Protocol error") => ReplyValue::Error(vec![]),
            value => value,
        });
        bytes = &bytes[taken..];
    }
    assert!(bytes.is_empty(), "{:?}", String::from_utf8_lossy(bytes));
    values
}

/// What a server that knows ECHO alone answers to `bytes`.
fn expected(limits: Limits, bytes: &[u8]) -> Vec<ReplyValue> {
    let mut parser = RequestParser::new(limits);
    let mut reply = Reply::new();
    parser.feed(bytes);
    loop {
        match parser.next() {
            Ok(None) => break,
            Ok(Some(request)) => match &request.argv[..] {
                [] => {}
                [name, value] if name.eq_ignore_ascii_case(b"echo") => reply.bulk(value),
                _ => reply.error("ERR unknown"),
            },
            Err(error) => {
                reply.raw(&error.reply().unwrap_or_default());
                break;
            }
        }
    }
    replies(reply.bytes())
}

fn random_stream(rng: &mut Rng, version: Version) -> Vec<u8> {
    let mut bytes = Vec::new();
    let bare = if version == Version::V2_8 { "\r\n" } else { "\n" }.as_bytes();
    for _ in 0..1 + rng.below(6) {
        match rng.below(10) {
            0 => bytes.extend([b"echo \"a\\x41\\n\" ".as_slice(), bare].concat()),
            1 => bytes.extend([b"  ECHO 'it\\'s'".as_slice(), bare].concat()),
            2 => bytes.extend([b"ECHO a\"b c\"", bare].concat()),
            3 => bytes.extend([b"ECHO \"\"".as_slice(), b"\r\n"].concat()),
            4 => bytes.extend([b"*0\r\n".as_slice(), b"*-7\r\n", b"\r\n", b"   \r\n"][rng.below(4) as usize]),
            5 if rng.chance(1, 3) => {
                let noise = b"*$\r0123-\"' ax\0\\";
                bytes.extend((0..rng.below(20)).map(|_| noise[rng.below(noise.len() as u64) as usize]));
                bytes.extend(b"\r\n");
            }
            _ => {
                let value: Vec<u8> = text(rng).iter().take(2000).copied().collect();
                encode_command(&mut bytes, [b"ECHO".as_slice(), &value]);
            }
        }
    }
    if rng.chance(1, 3) {
        let at = rng.below(bytes.len() as u64) as usize;
        bytes[at] = b"*$\r1a-0\"9 "[rng.below(10) as usize];
    }
    bytes
}

fn the_same_bytes_get_the_same_answers(kind: Kind, version: Version) {
    let server = Server::start(kind, &[]);
    let mut other = server.client();
    for seed in 0..800 {
        let bytes = random_stream(&mut Rng::new(seed, 30), version);
        // 2.8 loses the byte after a bare LF when it came with the same read; ours never does.
        let has_bare_lf = bytes.windows(2).any(|pair| pair[1] == b'\n' && pair[0] != b'\r');
        if version == Version::V2_8 && has_bare_lf {
            continue;
        }
        let mut client = server.client();
        client.send(&bytes);
        // Whoever is answered later shows that the bytes sent before were dealt with.
        for _ in 0..3 {
            other.ok("PING");
        }
        let real = replies(&client.drain(Duration::from_millis(1)));
        let ours = expected(Limits::new(version.profile()), &bytes);
        assert_eq!(ours, real, "seed {seed}: {:?}", String::from_utf8_lossy(&bytes));
    }
}

#[test]
fn our_7_0_parses_as_the_real_one() {
    the_same_bytes_get_the_same_answers(Kind::Real70, Version::V7_0);
}

#[test]
fn our_2_8_parses_as_the_real_one() {
    the_same_bytes_get_the_same_answers(Kind::Real28, Version::V2_8);
}
