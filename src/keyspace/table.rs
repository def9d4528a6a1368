//! The command table (`redisCommandTable` up to 6.2, `commands.c` in 7.0).
//!
//! Found by name through a hash index that is computed at compile time: a lookup happens for every command.

use super::call::{Call, Outcome};
use super::errors::Ran;
use super::{
    blocking, dump, expire, keys, lcs, scan, sort, t_bits, t_hash, t_hyperloglog, t_list, t_set, t_string,
    t_zset, zset_combine, zset_select,
};
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
    body: Body,
}

impl DataCommand {
    /// Runs it. `argv[0]` is the name; the caller has checked the arity. Unless the client has to wait, the
    /// reply is written.
    pub fn run(&self, call: &mut Call, argv: &[Blob]) -> Outcome {
        (self.body)(call, argv).unwrap_or_else(|refused| {
            call.reply.error(&refused.0);
            Outcome::Done
        })
    }
}

const W: Flags = Flags::WRITE;
const R: Flags = Flags::READONLY;
const F: Flags = Flags::FAST;
const M: Flags = Flags::DENYOOM;
const ONE: Keys = (1, 1, 1);

type Body = fn(&mut Call, &[Blob]) -> Ran;

const fn cmd(
    name: &'static str,
    arity: i32,
    flags: &[Flags],
    since: Version,
    keys: Keys,
    body: Body,
) -> DataCommand {
    let mut all = Flags(0);
    let mut i = 0;
    while i < flags.len() {
        all = all.with(flags[i]);
        i += 1;
    }
    DataCommand { spec: CommandSpec::new(name, arity, all, since, keys), body }
}

/// An older arity: up to and including a release.
type Older = &'static [(Version, i32)];

const fn until(command: DataCommand, older: Older) -> DataCommand {
    DataCommand { spec: CommandSpec { older, ..command.spec }, ..command }
}

use Version::{V2_6, V2_8, V4_0, V7_0};

const ALL: Keys = (1, -1, 1);
const PAIRS: Keys = (1, -1, 2);
const TWO: Keys = (1, 2, 1);
const NONE: Keys = (0, 0, 0);
const BUT_LAST: Keys = (1, -2, 1);
const RANDOM: Flags = Flags::ARBITRARY_KEYS;
const NS: Flags = Flags::NOSCRIPT;
const B: Flags = Flags::BLOCKING;
const MOV: Flags = Flags::MOVABLE_KEYS;

static COMMANDS: &[DataCommand] = &[
    // Strings
    cmd("append", 3, &[W, M, F], V2_6, ONE, t_string::append),
    cmd("decr", 2, &[W, M, F], V2_6, ONE, t_string::decr),
    cmd("decrby", 3, &[W, M, F], V2_6, ONE, t_string::decrby),
    cmd("get", 2, &[R, F], V2_6, ONE, t_string::get),
    cmd("getdel", 2, &[W, F], V7_0, ONE, t_string::getdel),
    cmd("getex", -2, &[W, F], V7_0, ONE, t_string::getex),
    cmd("getrange", 4, &[R], V2_6, ONE, t_string::getrange),
    cmd("getset", 3, &[W, M, F], V2_6, ONE, t_string::getset),
    cmd("incr", 2, &[W, M, F], V2_6, ONE, t_string::incr),
    cmd("incrby", 3, &[W, M, F], V2_6, ONE, t_string::incrby),
    cmd("incrbyfloat", 3, &[W, M, F], V2_6, ONE, t_string::incrbyfloat),
    cmd("lcs", -3, &[R], V7_0, TWO, lcs::lcs),
    cmd("mget", -2, &[R, F], V2_6, ALL, t_string::mget),
    cmd("mset", -3, &[W, M], V2_6, PAIRS, t_string::mset),
    cmd("msetnx", -3, &[W, M], V2_6, PAIRS, t_string::msetnx),
    cmd("psetex", 4, &[W, M], V2_6, ONE, t_string::psetex),
    cmd("set", -3, &[W, M], V2_6, ONE, t_string::set),
    cmd("setex", 4, &[W, M], V2_6, ONE, t_string::setex),
    cmd("setnx", 3, &[W, M, F], V2_6, ONE, t_string::setnx),
    cmd("setrange", 4, &[W, M], V2_6, ONE, t_string::setrange),
    cmd("strlen", 2, &[R, F], V2_6, ONE, t_string::strlen),
    cmd("substr", 4, &[R], V2_6, ONE, t_string::getrange),
    // Keys
    cmd("copy", -3, &[W, M], V7_0, TWO, keys::copy),
    cmd("dbsize", 1, &[R, F], V2_6, NONE, keys::dbsize),
    cmd("del", -2, &[W], V2_6, ALL, keys::del),
    cmd("dump", 2, &[R], V2_6, ONE, dump::dump),
    until(cmd("exists", -2, &[R, F], V2_6, ALL, keys::exists), &[(V2_8, 2)]),
    until(cmd("expire", -3, &[W, F], V2_6, ONE, expire::expire), &[(V4_0, 3)]),
    until(cmd("expireat", -3, &[W, F], V2_6, ONE, expire::expireat), &[(V4_0, 3)]),
    cmd("expiretime", 2, &[R, F], V7_0, ONE, expire::expiretime),
    until(cmd("flushall", -1, &[W], V2_6, NONE, keys::flushall), &[(V2_8, 1)]),
    until(cmd("flushdb", -1, &[W], V2_6, NONE, keys::flushdb), &[(V2_8, 1)]),
    cmd("keys", 2, &[R, RANDOM], V2_6, NONE, scan::keys),
    cmd("move", 3, &[W, F], V2_6, ONE, keys::move_key),
    until(cmd("object", -2, &[R], V2_6, (2, 2, 1), keys::object), &[(V2_6, -2), (V2_8, 3)]),
    cmd("persist", 2, &[W, F], V2_6, ONE, expire::persist),
    until(cmd("pexpire", -3, &[W, F], V2_6, ONE, expire::pexpire), &[(V4_0, 3)]),
    until(cmd("pexpireat", -3, &[W, F], V2_6, ONE, expire::pexpireat), &[(V4_0, 3)]),
    cmd("pexpiretime", 2, &[R, F], V7_0, ONE, expire::pexpiretime),
    cmd("pttl", 2, &[R, F], V2_6, ONE, expire::pttl),
    cmd("randomkey", 1, &[R, RANDOM], V2_6, NONE, keys::randomkey),
    cmd("rename", 3, &[W], V2_6, TWO, keys::rename),
    cmd("renamenx", 3, &[W, F], V2_6, TWO, keys::renamenx),
    until(cmd("restore", -4, &[W, M], V2_6, ONE, dump::restore), &[(V2_8, 4)]),
    cmd("scan", -2, &[R, RANDOM], V2_8, NONE, scan::scan),
    cmd("swapdb", 3, &[W, F], V4_0, NONE, keys::swapdb),
    cmd("touch", -2, &[R, F], V4_0, ALL, keys::touch),
    cmd("ttl", 2, &[R, F], V2_6, ONE, expire::ttl),
    cmd("type", 2, &[R, F], V2_6, ONE, keys::type_of),
    cmd("unlink", -2, &[W, F], V4_0, ALL, keys::unlink),
    // HyperLogLog
    cmd("pfadd", -2, &[W, M, F], V7_0, ONE, t_hyperloglog::pfadd),
    cmd("pfcount", -2, &[R], V7_0, ALL, t_hyperloglog::pfcount),
    cmd("pfmerge", -2, &[W, M], V7_0, ALL, t_hyperloglog::pfmerge),
    // Bits
    cmd("bitcount", -2, &[R], V2_6, ONE, t_bits::bitcount),
    cmd("bitfield", -2, &[W, M], V4_0, ONE, t_bits::bitfield),
    cmd("bitfield_ro", -2, &[R, F], V7_0, ONE, t_bits::bitfield_ro),
    cmd("bitop", -4, &[W, M], V2_6, (2, -1, 1), t_bits::bitop),
    cmd("bitpos", -3, &[R], V2_8, ONE, t_bits::bitpos),
    cmd("getbit", 3, &[R, F], V2_6, ONE, t_bits::getbit),
    cmd("setbit", 4, &[W, M], V2_6, ONE, t_bits::setbit),
    // Lists
    cmd("blmove", 6, &[W, M, NS, B], V7_0, TWO, blocking::blmove),
    cmd("blmpop", -5, &[W, B, MOV], V7_0, NONE, blocking::blmpop),
    cmd("blpop", -3, &[W, NS, B], V2_6, BUT_LAST, blocking::blpop),
    cmd("brpop", -3, &[W, NS, B], V2_6, BUT_LAST, blocking::brpop),
    cmd("brpoplpush", 4, &[W, M, NS, B], V2_6, TWO, blocking::brpoplpush),
    cmd("lindex", 3, &[R], V2_6, ONE, t_list::lindex),
    cmd("linsert", 5, &[W, M], V2_6, ONE, t_list::linsert),
    cmd("llen", 2, &[R, F], V2_6, ONE, t_list::llen),
    cmd("lmove", 5, &[W, M], V7_0, TWO, t_list::lmove),
    cmd("lmpop", -4, &[W, MOV], V7_0, NONE, t_list::lmpop),
    until(cmd("lpop", -2, &[W, F], V2_6, ONE, t_list::lpop), &[(V4_0, 2)]),
    cmd("lpos", -3, &[R], V7_0, ONE, t_list::lpos),
    cmd("lpush", -3, &[W, M, F], V2_6, ONE, t_list::lpush),
    until(cmd("lpushx", -3, &[W, M, F], V2_6, ONE, t_list::lpushx), &[(V2_8, 3)]),
    cmd("lrange", 4, &[R], V2_6, ONE, t_list::lrange),
    cmd("lrem", 4, &[W], V2_6, ONE, t_list::lrem),
    cmd("lset", 4, &[W, M], V2_6, ONE, t_list::lset),
    cmd("ltrim", 4, &[W], V2_6, ONE, t_list::ltrim),
    until(cmd("rpop", -2, &[W, F], V2_6, ONE, t_list::rpop), &[(V4_0, 2)]),
    cmd("rpoplpush", 3, &[W, M], V2_6, TWO, t_list::rpoplpush),
    cmd("rpush", -3, &[W, M, F], V2_6, ONE, t_list::rpush),
    until(cmd("rpushx", -3, &[W, M, F], V2_6, ONE, t_list::rpushx), &[(V2_8, 3)]),
    // Hashes
    cmd("hdel", -3, &[W, F], V2_6, ONE, t_hash::hdel),
    cmd("hexists", 3, &[R, F], V2_6, ONE, t_hash::hexists),
    cmd("hget", 3, &[R, F], V2_6, ONE, t_hash::hget),
    cmd("hgetall", 2, &[R], V2_6, ONE, t_hash::hgetall),
    cmd("hincrby", 4, &[W, M, F], V2_6, ONE, t_hash::hincrby),
    cmd("hincrbyfloat", 4, &[W, M, F], V2_6, ONE, t_hash::hincrbyfloat),
    cmd("hkeys", 2, &[R], V2_6, ONE, t_hash::hkeys),
    cmd("hlen", 2, &[R, F], V2_6, ONE, t_hash::hlen),
    cmd("hmget", -3, &[R, F], V2_6, ONE, t_hash::hmget),
    cmd("hmset", -4, &[W, M, F], V2_6, ONE, t_hash::hmset),
    cmd("hrandfield", -2, &[R], V7_0, ONE, t_hash::hrandfield),
    cmd("hscan", -3, &[R], V2_8, ONE, t_hash::hscan),
    until(cmd("hset", -4, &[W, M, F], V2_6, ONE, t_hash::hset), &[(V2_8, 4)]),
    cmd("hsetnx", 4, &[W, M, F], V2_6, ONE, t_hash::hsetnx),
    cmd("hstrlen", 3, &[R, F], V4_0, ONE, t_hash::hstrlen),
    cmd("hvals", 2, &[R], V2_6, ONE, t_hash::hvals),
    // Sets
    cmd("sadd", -3, &[W, M, F], V2_6, ONE, t_set::sadd),
    cmd("scard", 2, &[R, F], V2_6, ONE, t_set::scard),
    cmd("sdiff", -2, &[R], V2_6, ALL, t_set::sdiff),
    cmd("sdiffstore", -3, &[W, M], V2_6, ALL, t_set::sdiffstore),
    cmd("sinter", -2, &[R], V2_6, ALL, t_set::sinter),
    cmd("sintercard", -3, &[R, MOV], V7_0, NONE, t_set::sintercard),
    cmd("sinterstore", -3, &[W, M], V2_6, ALL, t_set::sinterstore),
    cmd("sismember", 3, &[R, F], V2_6, ONE, t_set::sismember),
    cmd("smembers", 2, &[R], V2_6, ONE, t_set::sinter),
    cmd("smismember", -3, &[R, F], V7_0, ONE, t_set::smismember),
    cmd("smove", 4, &[W, F], V2_6, TWO, t_set::smove),
    until(cmd("spop", -2, &[W, F], V2_6, ONE, t_set::spop), &[(V2_8, 2)]),
    cmd("srandmember", -2, &[R], V2_6, ONE, t_set::srandmember),
    cmd("srem", -3, &[W, F], V2_6, ONE, t_set::srem),
    cmd("sscan", -3, &[R], V2_8, ONE, t_set::sscan),
    cmd("sunion", -2, &[R], V2_6, ALL, t_set::sunion),
    cmd("sunionstore", -3, &[W, M], V2_6, ALL, t_set::sunionstore),
    // Sorted sets
    cmd("bzmpop", -5, &[W, B, MOV], V7_0, NONE, blocking::bzmpop),
    cmd("bzpopmax", -3, &[W, NS, B, F], V7_0, BUT_LAST, blocking::bzpopmax),
    cmd("bzpopmin", -3, &[W, NS, B, F], V7_0, BUT_LAST, blocking::bzpopmin),
    cmd("zadd", -4, &[W, M, F], V2_6, ONE, t_zset::zadd),
    cmd("zcard", 2, &[R, F], V2_6, ONE, t_zset::zcard),
    cmd("zcount", 4, &[R, F], V2_6, ONE, zset_select::zcount),
    cmd("zdiff", -3, &[R, MOV], V7_0, NONE, zset_combine::zdiff),
    cmd("zdiffstore", -4, &[W, M, MOV], V7_0, ONE, zset_combine::zdiffstore),
    cmd("zincrby", 4, &[W, M, F], V2_6, ONE, t_zset::zincrby),
    cmd("zinter", -3, &[R, MOV], V7_0, NONE, zset_combine::zinter),
    cmd("zintercard", -3, &[R, MOV], V7_0, NONE, zset_combine::zintercard),
    cmd("zinterstore", -4, &[W, M, MOV], V2_6, ONE, zset_combine::zinterstore),
    cmd("zlexcount", 4, &[R, F], V2_8, ONE, zset_select::zlexcount),
    cmd("zmpop", -4, &[W, MOV], V7_0, NONE, t_zset::zmpop),
    cmd("zmscore", -3, &[R, F], V7_0, ONE, t_zset::zmscore),
    cmd("zpopmax", -2, &[W, F], V7_0, ONE, t_zset::zpopmax),
    cmd("zpopmin", -2, &[W, F], V7_0, ONE, t_zset::zpopmin),
    cmd("zrandmember", -2, &[R], V7_0, ONE, t_zset::zrandmember),
    cmd("zrange", -4, &[R], V2_6, ONE, zset_select::zrange),
    cmd("zrangebylex", -4, &[R], V2_8, ONE, zset_select::zrangebylex),
    cmd("zrangebyscore", -4, &[R], V2_6, ONE, zset_select::zrangebyscore),
    cmd("zrangestore", -5, &[W, M], V7_0, TWO, zset_select::zrangestore),
    cmd("zrank", 3, &[R, F], V2_6, ONE, t_zset::zrank),
    cmd("zrem", -3, &[W, F], V2_6, ONE, t_zset::zrem),
    cmd("zremrangebylex", 4, &[W], V2_8, ONE, t_zset::zremrangebylex),
    cmd("zremrangebyrank", 4, &[W], V2_6, ONE, t_zset::zremrangebyrank),
    cmd("zremrangebyscore", 4, &[W], V2_6, ONE, t_zset::zremrangebyscore),
    cmd("zrevrange", -4, &[R], V2_6, ONE, zset_select::zrevrange),
    cmd("zrevrangebylex", -4, &[R], V2_8, ONE, zset_select::zrevrangebylex),
    cmd("zrevrangebyscore", -4, &[R], V2_6, ONE, zset_select::zrevrangebyscore),
    cmd("zrevrank", 3, &[R, F], V2_6, ONE, t_zset::zrevrank),
    cmd("zscan", -3, &[R], V2_8, ONE, t_zset::zscan),
    cmd("zscore", 3, &[R, F], V2_6, ONE, t_zset::zscore),
    cmd("zunion", -3, &[R, MOV], V7_0, NONE, zset_combine::zunion),
    cmd("zunionstore", -4, &[W, M, MOV], V2_6, ONE, zset_combine::zunionstore),
    // Any collection
    cmd("sort", -2, &[W, M, MOV], V2_6, ONE, sort::sort),
    cmd("sort_ro", -2, &[R, MOV], V7_0, ONE, sort::sort_ro),
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
        // Upper and lower case of a letter differ in this bit.
        h = (h ^ (name[i] | 0x20) as u32).wrapping_mul(0x0100_0193);
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
