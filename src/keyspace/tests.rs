//! Whose expired keys are what: the same command on behalf of different callers.

use crate::base::{Blob, Rng, UnixMs, Version};
use crate::resp::{Argv, Reply};

use super::{BlockRequest, Call, Effects, Keyspace, Origin, Outcome, Settings, lookup, serve};

struct Bench {
    keyspace: Keyspace,
    version: Version,
    settings: Settings,
    now: UnixMs,
    stream: Vec<String>,
}

impl Bench {
    fn new(version: Version) -> Bench {
        let (keyspace, settings) = (Keyspace::default(), Settings::default());
        Bench { keyspace, version, settings, now: UnixMs(1_000), stream: Vec::new() }
    }

    /// Runs a line of words and returns the reply as sent; `None` when the client waits.
    fn run(&mut self, origin: Origin, line: &str) -> Option<String> {
        let argv: Argv = line.split(' ').map(|word| Blob::from(word.as_bytes())).collect();
        self.with_call(origin, &argv, |call| lookup(&argv[0]).expect("a data command").run(call, &argv)).err()
    }

    /// Serves a waiting client; `None` when there is nothing for it.
    fn serve(&mut self, request: &BlockRequest, key: &str) -> Option<String> {
        let key = Blob::from(key.as_bytes());
        let act = |call: &mut Call| match serve(call, request, &key) {
            true => Outcome::Done,
            false => Outcome::Block(Box::new(request.clone())),
        };
        self.with_call(Origin::Client, &request.argv.clone(), act).err()
    }

    /// `Ok` with the request of a client that waits, `Err` with a reply.
    fn with_call(
        &mut self,
        origin: Origin,
        argv: &Argv,
        act: impl FnOnce(&mut Call) -> Outcome,
    ) -> Result<Box<BlockRequest>, String> {
        let (mut reply, mut effects, mut rng) = (Reply::default(), Effects::default(), Rng::new(0, 0));
        let mut call = Call {
            keyspace: &mut self.keyspace,
            db: 0,
            now: self.now,
            profile: self.version.profile(),
            settings: &self.settings,
            skips_checksums: false,
            rng: &mut rng,
            origin,
            reply: &mut reply,
            effects: &mut effects,
        };
        let outcome = act(&mut call);
        for (_, argv) in effects.propagation(0, argv) {
            let words: Vec<_> = argv.iter().map(|word| String::from_utf8_lossy(word)).collect();
            self.stream.push(words.join(" "));
        }
        match outcome {
            Outcome::Block(request) => Ok(request),
            Outcome::Done => Err(String::from_utf8_lossy(reply.bytes()).into_owned()),
        }
    }

    fn block(&mut self, line: &str) -> Box<BlockRequest> {
        let argv: Argv = line.split(' ').map(|word| Blob::from(word.as_bytes())).collect();
        self.with_call(Origin::Client, &argv, |call| lookup(&argv[0]).expect("known").run(call, &argv))
            .expect("waits")
    }
}

/// A keyspace with the key `k` that expired a moment ago.
fn with_expired(version: Version) -> Bench {
    let mut bench = Bench::new(version);
    bench.run(Origin::Client, "SET k 5");
    bench.run(Origin::Client, "PEXPIRE k 100");
    bench.now = UnixMs(1_100);
    assert_eq!(
        bench.run(Origin::Client, "GET k").as_deref(),
        Some("$1\r\n5\r\n"),
        "not yet: the time must be past"
    );
    bench.now = UnixMs(1_101);
    bench.stream.clear();
    bench
}

#[test]
fn a_master_deletes_what_has_expired_and_says_so_first() {
    for version in Version::ALL {
        let mut bench = with_expired(version);
        assert_eq!(bench.run(Origin::Client, "INCR k").as_deref(), Some(":1\r\n"));
        assert_eq!(bench.stream, ["DEL k", "INCR k"]);
    }
}

#[test]
fn a_replica_hides_what_has_expired_from_its_clients_and_keeps_it() {
    for version in Version::ALL {
        let mut bench = with_expired(version);
        let hides = version >= Version::V4_0;
        let answer = if hides { "$-1\r\n" } else { "$1\r\n5\r\n" };
        assert_eq!(bench.run(Origin::ReplicaClient, "GET k").as_deref(), Some(answer), "{version}");
        assert_eq!(bench.run(Origin::ReplicaClient, "DBSIZE").as_deref(), Some(":1\r\n"));
        assert_eq!(bench.run(Origin::ReplicaClient, "KEYS *").as_deref(), Some("*0\r\n"));
        assert!(bench.stream.is_empty());
    }
}

#[test]
fn the_masters_stream_finds_expired_keys_alive() {
    for version in Version::ALL {
        let mut bench = with_expired(version);
        assert_eq!(bench.run(Origin::MasterStream, "INCR k").as_deref(), Some(":6\r\n"));
        bench.run(Origin::MasterStream, "PEXPIREAT k 1");
        assert_eq!(bench.keyspace.dbsize(0), 1, "only the master deletes");
    }
}

#[test]
fn due_keys_are_found_by_time_and_within_the_budget() {
    let mut bench = Bench::new(Version::V7_0);
    for n in 0..10 {
        bench.run(Origin::Client, &format!("SET k{n} v PXAT {}", 2_000 + n));
    }
    assert_eq!(bench.keyspace.next_expiry(), Some(UnixMs(2_000)));
    assert!(bench.keyspace.active_expire(UnixMs(2_000), 100).is_empty(), "the moment itself is still alive");
    assert_eq!(bench.keyspace.active_expire(UnixMs(2_008), 3).len(), 3);
    assert_eq!(bench.keyspace.active_expire(UnixMs(2_008), 100).len(), 5);
    assert_eq!(bench.keyspace.next_expiry(), Some(UnixMs(2_008)));
}

#[test]
fn a_waiting_client_is_served_from_the_key_that_appeared() {
    let mut bench = Bench::new(Version::V7_0);
    let request = bench.block("BLMPOP 0 2 a b LEFT COUNT 2");
    assert_eq!(bench.serve(&request, "b"), None);
    bench.run(Origin::Client, "RPUSH b 1 2 3");
    bench.stream.clear();
    let answer = bench.serve(&request, "b").expect("served");
    assert_eq!(answer, "*2\r\n$1\r\nb\r\n*2\r\n$1\r\n1\r\n$1\r\n2\r\n");
    assert_eq!(bench.stream, ["LPOP b 2"]);
    let request = bench.block("BZPOPMIN z 0");
    bench.run(Origin::Client, "RPUSH z not-a-sorted-set");
    assert_eq!(bench.serve(&request, "z"), None, "another type does not serve it");
}
