//! Commands of real servers that Resync leaves out, so that it says so instead of "unknown command".

use super::call::Call;
use super::errors::{Ran, Refused};
use super::table::{Body, CommandSpec, DataCommand, Flags};
use crate::base::{Blob, Version};

fn refuse(what: &str) -> Ran {
    Err(Refused::from(format!("ERR unsupported in Resync: {what}")))
}

fn streams(_: &mut Call, _: &[Blob]) -> Ran {
    refuse("streams")
}

fn scripting(_: &mut Call, _: &[Blob]) -> Ran {
    refuse("scripting")
}

fn modules(_: &mut Call, _: &[Blob]) -> Ran {
    refuse("modules")
}

fn cluster(_: &mut Call, _: &[Blob]) -> Ran {
    refuse("cluster")
}

fn geo(_: &mut Call, _: &[Blob]) -> Ran {
    refuse("geo commands")
}

fn hyperloglog(_: &mut Call, _: &[Blob]) -> Ran {
    refuse("HyperLogLog")
}

fn payloads(_: &mut Call, _: &[Blob]) -> Ran {
    refuse("DUMP payloads")
}

const fn out(name: &'static str, since: Version, body: Body) -> DataCommand {
    DataCommand { spec: CommandSpec::new(name, -1, Flags::NOSCRIPT, since, (0, 0, 0)), body }
}

use Version::{V2_6, V2_8, V4_0, V7_0};

/// All of them, with the release that knows them.
pub const COMMANDS: &[DataCommand] = &[
    out("xack", V7_0, streams),
    out("xadd", V7_0, streams),
    out("xautoclaim", V7_0, streams),
    out("xclaim", V7_0, streams),
    out("xdel", V7_0, streams),
    out("xgroup", V7_0, streams),
    out("xinfo", V7_0, streams),
    out("xlen", V7_0, streams),
    out("xpending", V7_0, streams),
    out("xrange", V7_0, streams),
    out("xread", V7_0, streams),
    out("xreadgroup", V7_0, streams),
    out("xrevrange", V7_0, streams),
    out("xsetid", V7_0, streams),
    out("xtrim", V7_0, streams),
    out("eval", V2_6, scripting),
    out("eval_ro", V7_0, scripting),
    out("evalsha", V2_6, scripting),
    out("evalsha_ro", V7_0, scripting),
    out("fcall", V7_0, scripting),
    out("fcall_ro", V7_0, scripting),
    out("function", V7_0, scripting),
    out("script", V2_6, scripting),
    out("module", V4_0, modules),
    out("asking", V4_0, cluster),
    out("cluster", V4_0, cluster),
    out("readonly", V4_0, cluster),
    out("readwrite", V4_0, cluster),
    out("geoadd", V4_0, geo),
    out("geodist", V4_0, geo),
    out("geohash", V4_0, geo),
    out("geopos", V4_0, geo),
    out("georadius", V4_0, geo),
    out("georadius_ro", V4_0, geo),
    out("georadiusbymember", V4_0, geo),
    out("georadiusbymember_ro", V4_0, geo),
    out("geosearch", V7_0, geo),
    out("geosearchstore", V7_0, geo),
    out("pfadd", V2_8, hyperloglog),
    out("pfcount", V2_8, hyperloglog),
    out("pfdebug", V2_8, hyperloglog),
    out("pfmerge", V2_8, hyperloglog),
    out("pfselftest", V2_8, hyperloglog),
    out("dump", V2_6, payloads),
    out("migrate", V2_6, payloads),
    out("restore", V2_6, payloads),
];
