//! Commands of real servers that Resync leaves out, so that it says so instead of "unknown command".

use crate::base::{Profile, Version};

use Version::{V2_6, V2_8, V4_0, V7_0};

/// What is left out, the commands that belong to it, and the first supported release that has them.
const LEFT_OUT: &[(&str, Version, &[&str])] = &[
    (
        "streams",
        V7_0,
        &[
            "xack",
            "xadd",
            "xautoclaim",
            "xclaim",
            "xdel",
            "xgroup",
            "xinfo",
            "xlen",
            "xpending",
            "xrange",
            "xread",
            "xreadgroup",
            "xrevrange",
            "xsetid",
            "xtrim",
        ],
    ),
    ("scripting", V2_6, &["eval", "evalsha", "script"]),
    ("scripting", V7_0, &["eval_ro", "evalsha_ro", "fcall", "fcall_ro", "function"]),
    ("modules", V4_0, &["module"]),
    ("cluster", V4_0, &["asking", "cluster", "readonly", "readwrite", "restore-asking"]),
    ("cluster", V7_0, &["spublish", "ssubscribe", "sunsubscribe"]),
    (
        "geo commands",
        V4_0,
        &[
            "geoadd",
            "geodist",
            "geohash",
            "geopos",
            "georadius",
            "georadius_ro",
            "georadiusbymember",
            "georadiusbymember_ro",
        ],
    ),
    ("geo commands", V7_0, &["geosearch", "geosearchstore"]),
    ("HyperLogLog before 7.0", V2_8, &["pfadd", "pfcount", "pfmerge"]),
    ("tests of HyperLogLog", V2_8, &["pfdebug", "pfselftest"]),
    ("MIGRATE", V2_6, &["migrate"]),
    ("LATENCY", V2_8, &["latency"]),
    ("MEMORY", V4_0, &["memory"]),
];

/// The error for a command that a real server of this release has and Resync does not.
pub fn unsupported(name: &[u8], profile: &Profile) -> Option<String> {
    let known = |names: &[&str]| names.iter().any(|n| name.eq_ignore_ascii_case(n.as_bytes()));
    let (what, ..) = LEFT_OUT.iter().find(|(_, since, names)| *since <= profile.version && known(names))?;
    Some(format!("ERR unsupported in Resync: {what}"))
}
