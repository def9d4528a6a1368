//! How long the codecs take: a pipelined SET to be parsed, a reply to be built, RDB records to be written and
//! read. A plain program without a harness: the best of many rounds, in nanoseconds.
//!
//! `cargo bench --bench codec`

use std::hint::black_box;
use std::time::Instant;

use resync::base::Version;
use resync::rdb::{RdbReader, RdbWriter, Record};
use resync::resp::{Limits, Reply, RequestParser, encode_command};

const COMMANDS: u32 = 100_000;
const ROUNDS: u32 = 20;

fn main() {
    let mut stream = Vec::new();
    for number in 0..COMMANDS {
        encode_command(&mut stream, ["SET".as_bytes(), format!("key:{number:012}").as_bytes(), &[b'v'; 64]]);
    }
    report("parse a pipelined SET, 16 KB a read", || parse(&stream, 16 * 1024));
    report("parse a pipelined SET, 1 KB a read", || parse(&stream, 1024));
    report("encode a SET", || {
        let mut out = Vec::new();
        for _ in 0..COMMANDS {
            encode_command(&mut out, ["SET".as_bytes(), b"key:000000001234", &[b'v'; 64]]);
        }
        black_box(out);
    });
    report("build a bulk reply", || {
        let mut reply = Reply::new();
        (0..COMMANDS).for_each(|_| reply.bulk([b'v'; 64]));
        black_box(reply.take());
    });
    for (value, name) in
        [("0123456789".repeat(6) + "abcd", "64 bytes, compressible"), ("v".repeat(16), "16 bytes")]
    {
        let write = || {
            let mut rdb = RdbWriter::new(Version::V7_0.profile());
            (0..COMMANDS).for_each(|n| rdb.string(format!("key:{n:012}").as_bytes(), value.as_bytes()));
            rdb.finish()
        };
        report(&format!("write an RDB string, {name}"), || drop(black_box(write())));
        let file = write();
        report(&format!("read an RDB string, {name}"), || {
            let mut reader = RdbReader::new(&file, 10);
            while let Some(Record::Entry(entry)) = reader.next().expect("a file of ours") {
                black_box(entry);
            }
        });
    }
}

/// Runs `work`, which does something [`COMMANDS`] times, and prints what one of them took.
fn report(name: &str, work: impl Fn()) {
    let round = || {
        let start = Instant::now();
        work();
        start.elapsed()
    };
    let best = (0..ROUNDS).map(|_| round()).min().expect("more than no rounds");
    println!("{name:45} {:7.1} ns", best.as_nanos() as f64 / f64::from(COMMANDS));
}

fn parse(stream: &[u8], piece: usize) {
    let mut parser = RequestParser::new(Limits::new(Version::V7_0.profile()));
    let mut found = 0;
    for bytes in stream.chunks(piece) {
        parser.feed(bytes);
        while let Some(request) = parser.next().expect("well-formed requests") {
            found += black_box(request).argv.len() as u32;
        }
    }
    assert_eq!(found, 3 * COMMANDS);
}
