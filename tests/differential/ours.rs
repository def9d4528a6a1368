//! The data ring driven directly, as a node would drive it.

use std::time::{SystemTime, UNIX_EPOCH};

use resync::base::{Blob, Profile, Rng, UnixMs, Version};
use resync::keyspace::{Call, Effects, Keyspace, Origin, Outcome, Settings, lookup, wrong_arity};
use resync::resp::{Argv, Reply, ReplyValue, parse_reply};

/// Our side: a master without replicas, whose propagation is kept.
pub struct Ours {
    pub keyspace: Keyspace,
    pub db: u32,
    pub profile: &'static Profile,
    settings: Settings,
    rng: Rng,
    effects: Effects,
}

/// What one command did.
pub struct Ran {
    /// `None` when the client would have to wait.
    pub reply: Option<ReplyValue>,
    /// What the replicas are told.
    pub stream: Vec<(u32, Argv)>,
}

/// The time of this machine.
pub fn now() -> UnixMs {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is right");
    UnixMs(since.as_millis() as i64)
}

impl Ours {
    pub fn new(version: Version, seed: u64) -> Ours {
        Ours {
            keyspace: Keyspace::default(),
            db: 0,
            profile: version.profile(),
            settings: Settings::default(),
            rng: Rng::new(seed, 5),
            effects: Effects::default(),
        }
    }

    pub fn knows(&self, name: &str) -> bool {
        lookup(name.as_bytes()).is_some_and(|command| command.spec.known_to(self.profile))
    }

    pub fn run(&mut self, argv: &[Blob]) -> Ran {
        let mut reply = Reply::default();
        self.effects.clear();
        if argv[0].eq_ignore_ascii_case(b"select") {
            self.db = String::from_utf8_lossy(&argv[1]).parse().expect("only good databases are selected");
            return Ran { reply: Some(ReplyValue::Simple(b"OK".to_vec())), stream: Vec::new() };
        }
        let command = lookup(&argv[0]).expect("only known commands are sent");
        if !command.spec.accepts(self.profile, argv.len()) {
            let text = wrong_arity(command.spec.name).0.into_owned();
            return Ran { reply: Some(ReplyValue::Error(text)), stream: Vec::new() };
        }
        let mut call = Call {
            keyspace: &mut self.keyspace,
            db: self.db,
            now: now(),
            profile: self.profile,
            settings: &self.settings,
            skips_checksums: false,
            rng: &mut self.rng,
            origin: Origin::Client,
            reply: &mut reply,
            effects: &mut self.effects,
        };
        let outcome = command.run(&mut call, argv);
        let argv: Argv = argv.into();
        let told = self.effects.propagation(self.db, &argv).map(|(db, argv)| (db, argv.clone())).collect();
        if let Outcome::Block(_) = outcome {
            assert!(reply.is_empty(), "a waiting command has written a reply");
            return Ran { reply: None, stream: told };
        }
        let (value, length) = parse_reply(reply.bytes()).expect("well-formed").expect("complete");
        assert_eq!(length, reply.len(), "exactly one reply");
        Ran { reply: Some(value), stream: told }
    }

    /// The encoding of a key in the selected database.
    pub fn encoding(&self, key: &[u8]) -> Option<&'static str> {
        self.keyspace.db(self.db).get(key).map(|entry| entry.value.encoding(self.profile))
    }
}
