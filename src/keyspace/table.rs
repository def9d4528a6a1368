//! The command table (`redisCommandTable` up to 6.2, `commands.c` in 7.0).
//!
//! Found by name through a hash index that is computed at compile time: a lookup happens for every command.

use super::call::{Call, Outcome};
use super::string;
use crate::base::{Blob, Profile, Version};

/// What a command is allowed to do, as `COMMAND` names it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Flags(u32);

impl Flags {
    pub const WRITE: Flags = Flags(1);
    pub const READONLY: Flags = Flags(1 << 1);
    pub const DENYOOM: Flags = Flags(1 << 2);
    pub const ADMIN: Flags = Flags(1 << 3);
    pub const PUBSUB: Flags = Flags(1 << 4);
    pub const NOSCRIPT: Flags = Flags(1 << 5);
    pub const BLOCKING: Flags = Flags(1 << 6);
    /// Allowed while the dataset is loading.
    pub const LOADING: Flags = Flags(1 << 7);
    /// Allowed on a replica with stale data.
    pub const STALE: Flags = Flags(1 << 8);
    pub const FAST: Flags = Flags(1 << 9);
    pub const MOVABLE_KEYS: Flags = Flags(1 << 10);
    /// Touches keys that it does not name (SCAN, RANDOMKEY): what it expires is propagated without MULTI.
    pub const ARBITRARY_KEYS: Flags = Flags(1 << 11);
    pub const NO_MULTI: Flags = Flags(1 << 12);

    pub const fn with(self, other: Flags) -> Flags {
        Flags(self.0 | other.0)
    }

    pub const fn has(self, other: Flags) -> bool {
        self.0 & other.0 == other.0
    }

    /// The names as the command `COMMAND` lists them, in its order.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        const NAMES: [(Flags, &str); 12] = [
            (Flags::WRITE, "write"),
            (Flags::READONLY, "readonly"),
            (Flags::DENYOOM, "denyoom"),
            (Flags::ADMIN, "admin"),
            (Flags::PUBSUB, "pubsub"),
            (Flags::NOSCRIPT, "noscript"),
            (Flags::BLOCKING, "blocking"),
            (Flags::LOADING, "loading"),
            (Flags::STALE, "stale"),
            (Flags::FAST, "fast"),
            (Flags::NO_MULTI, "no_multi"),
            (Flags::MOVABLE_KEYS, "movablekeys"),
        ];
        NAMES.into_iter().filter(move |(flag, _)| self.has(*flag)).map(|(_, name)| name)
    }
}

/// Which arguments are keys: first, last (negative counts from the end) and step; zeros without any.
pub type Keys = (i32, i32, i32);

/// What is known about a command without running it.
#[derive(Clone, Copy, Debug)]
pub struct CommandSpec {
    /// In lower case.
    pub name: &'static str,
    /// Words including the name; negative means at least. See [`CommandSpec::arity`] for older releases.
    pub arity_newest: i32,
    pub flags: Flags,
    /// The first supported release that knows it.
    pub since: Version,
    pub keys: Keys,
    /// Other arities in older releases: up to and including the release named.
    pub older: &'static [(Version, i32)],
}

impl CommandSpec {
    /// A description; node commands use it, too.
    pub const fn new(
        name: &'static str,
        arity: i32,
        flags: Flags,
        since: Version,
        keys: Keys,
    ) -> CommandSpec {
        CommandSpec { name, arity_newest: arity, flags, since, keys, older: &[] }
    }

    /// The arity in a release.
    pub fn arity(&self, profile: &Profile) -> i32 {
        let older = self.older.iter().find(|(until, _)| profile.version <= *until);
        older.map_or(self.arity_newest, |(_, arity)| *arity)
    }

    /// Whether a release knows the command.
    pub fn known_to(&self, profile: &Profile) -> bool {
        self.since <= profile.version
    }

    /// Whether `words` words (the name included) are a legal number.
    pub fn accepts(&self, profile: &Profile, words: usize) -> bool {
        let arity = self.arity(profile);
        let words = words as i64;
        if arity < 0 { words >= -i64::from(arity) } else { words == i64::from(arity) }
    }

    pub fn is_write(&self) -> bool {
        self.flags.has(Flags::WRITE)
    }
}

/// A command on data.
pub struct DataCommand {
    pub spec: CommandSpec,
    /// Runs it. `argv[0]` is the name; the caller has checked the arity.
    pub run: fn(&mut Call, &[Blob]) -> Outcome,
}

const W: Flags = Flags::WRITE;
const R: Flags = Flags::READONLY;
const F: Flags = Flags::FAST;
const M: Flags = Flags::DENYOOM;
const ONE: Keys = (1, 1, 1);

type Run = fn(&mut Call, &[Blob]) -> Outcome;

const fn cmd(
    name: &'static str,
    arity: i32,
    flags: &[Flags],
    since: Version,
    keys: Keys,
    run: Run,
) -> DataCommand {
    let mut all = Flags(0);
    let mut i = 0;
    while i < flags.len() {
        all = all.with(flags[i]);
        i += 1;
    }
    DataCommand { spec: CommandSpec::new(name, arity, all, since, keys), run }
}

static COMMANDS: &[DataCommand] = &[
    cmd("get", 2, &[R, F], Version::V2_6, ONE, string::get),
    cmd("set", -3, &[W, M], Version::V2_6, ONE, string::set),
];

/// Every command of this ring.
pub fn all_commands() -> &'static [DataCommand] {
    COMMANDS
}

const SLOTS: usize = 1024;
static INDEX: [u16; SLOTS] = index();

const fn fold(name: &[u8]) -> usize {
    let mut h: u32 = 0x811c_9dc5;
    let mut i = 0;
    while i < name.len() {
        h = (h ^ name[i].to_ascii_lowercase() as u32).wrapping_mul(0x0100_0193);
        i += 1;
    }
    (h ^ h >> 15) as usize % SLOTS
}

/// Open addressing: a slot holds the number of a command plus one.
const fn index() -> [u16; SLOTS] {
    let mut slots = [0; SLOTS];
    let mut i = 0;
    while i < COMMANDS.len() {
        let mut at = fold(COMMANDS[i].spec.name.as_bytes());
        while slots[at] != 0 {
            at = (at + 1) % SLOTS;
        }
        slots[at] = i as u16 + 1;
        i += 1;
    }
    slots
}

/// The command of that name, in any case. Whether the release knows it: [`CommandSpec::known_to`].
pub fn lookup(name: &[u8]) -> Option<&'static DataCommand> {
    let mut at = fold(name);
    loop {
        let command = &COMMANDS[(INDEX[at] as usize).checked_sub(1)?];
        if name.eq_ignore_ascii_case(command.spec.name.as_bytes()) {
            return Some(command);
        }
        at = (at + 1) % SLOTS;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_is_found_by_its_name_in_any_case() {
        for command in all_commands() {
            let found = lookup(command.spec.name.to_ascii_uppercase().as_bytes()).expect("in the table");
            assert_eq!(found.spec.name, command.spec.name);
        }
        assert!(lookup(b"nonsense").is_none() && lookup(b"").is_none());
    }
}
