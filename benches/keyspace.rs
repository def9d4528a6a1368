//! How long the data commands take once a request is parsed: lookup, dispatch, data, reply, effects; and what a
//! copy of a keyspace costs. A plain program without a harness: the best of many rounds, in nanoseconds.
//!
//! `cargo bench --bench keyspace`

use std::hint::black_box;
use std::time::Instant;

use resync::base::{Blob, Rng, UnixMs, Version};
use resync::keyspace::{Call, Effects, Keyspace, Origin, Settings, lookup};
use resync::resp::Reply;

const KEYS: u64 = 100_000;
const COMMANDS: usize = 200_000;
const ROUNDS: u32 = 10;

fn main() {
    let mut bench = Bench::new();
    let mut rng = Rng::new(1, 1);
    let value = Blob::from([b'v'; 64].as_slice());
    let mut random = |name: &str, value: Option<&Blob>| -> Vec<Vec<Blob>> {
        let name = Blob::from(name.as_bytes());
        let one = |_| [name.clone(), key(rng.below(KEYS))].into_iter().chain(value.cloned()).collect();
        (0..COMMANDS).map(one).collect()
    };
    let (sets, gets, incrs) = (random("SET", Some(&value)), random("get", None), random("INCR", None));
    bench.report("SET into 100 000 keys", &sets);
    bench.report("GET", &gets);
    println!("{:>40} {:>8} keys", "", bench.keyspace.len());
    let before = bench.keyspace.clone();
    bench.report("SET, first time after a copy was taken", &sets[..1000]);
    drop(before);
    let start = Instant::now();
    let copies: Vec<Keyspace> = (0..1000).map(|_| bench.keyspace.clone()).collect();
    println!("{:>40} {:>8.1} ns", "copy the keyspace", start.elapsed().as_nanos() as f64 / 1000.0);
    black_box(copies);
    bench.keyspace = Keyspace::default();
    bench.report("INCR of 100 000 keys", &incrs);
    let word = |text: &str| Blob::from(text.as_bytes());
    let push: Vec<_> = (0..COMMANDS).map(|_| vec![word("LPUSH"), word("list"), value.clone()]).collect();
    bench.report("LPUSH", &push[..10_000]);
    let add = |n: usize| {
        vec![word("ZADD"), word("zset"), word(&(n * 7919 % 10_007).to_string()), word(&n.to_string())]
    };
    bench.report("ZADD, 10 000 members", &(0..10_000).map(add).collect::<Vec<_>>());
    let hset = |n: usize| vec![word("HSET"), word("hash"), word(&n.to_string()), value.clone()];
    bench.report("HSET, 10 000 fields", &(0..10_000).map(hset).collect::<Vec<_>>());
}

fn key(number: u64) -> Blob {
    Blob::from(format!("key:{number:012}").as_bytes())
}

struct Bench {
    keyspace: Keyspace,
    settings: Settings,
    rng: Rng,
    reply: Reply,
    effects: Effects,
}

impl Bench {
    fn new() -> Bench {
        Bench {
            keyspace: Keyspace::default(),
            settings: Settings::default(),
            rng: Rng::new(0, 0),
            reply: Reply::default(),
            effects: Effects::default(),
        }
    }

    fn run(&mut self, argv: &[Blob]) {
        self.effects.clear();
        let command = lookup(&argv[0]).expect("a data command");
        let mut call = Call {
            keyspace: &mut self.keyspace,
            db: 0,
            now: UnixMs(1_700_000_000_000),
            profile: Version::V7_0.profile(),
            settings: &self.settings,
            skips_checksums: false,
            rng: &mut self.rng,
            origin: Origin::Client,
            reply: &mut self.reply,
            effects: &mut self.effects,
        };
        black_box(command.run(&mut call, argv));
        black_box(self.effects.dirty);
        self.reply.truncate(0);
    }

    /// Runs the commands again and again and prints what one of them took at best.
    fn report(&mut self, name: &str, commands: &[Vec<Blob>]) {
        let rounds = if name.contains("first time") { 1 } else { ROUNDS };
        let round = |bench: &mut Bench| {
            // A copy in order of use: what is measured is the keyspace, not how far apart the commands lie.
            let fresh = |argv: &Vec<Blob>| argv.iter().map(|word| Blob::from(&**word)).collect::<Vec<_>>();
            let mut elapsed = 0;
            for part in commands.chunks(100) {
                let part: Vec<_> = part.iter().map(fresh).collect();
                let start = Instant::now();
                part.iter().for_each(|argv| bench.run(argv));
                elapsed += start.elapsed().as_nanos();
            }
            elapsed as f64 / commands.len() as f64
        };
        let best = (0..rounds).map(|_| round(self)).fold(f64::INFINITY, f64::min);
        println!("{name:>40} {best:>8.1} ns");
    }
}
