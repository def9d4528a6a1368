//! The table of directives.
//!
//! A row: the name of 7.0, the name up to 4.0 where it differs, the kind, the default of 7.0, the default of
//! older releases where it differs, the first supported release, and whether `CONFIG SET` may change it.
//!
//! Sources: Redis 7.0.15 `config.c:static_configs`; `redis.conf` of 2.6.17, 2.8.17 and 4.0.14.

use crate::base::{Profile, Version};

/// What a directive's value looks like.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Text,
    YesNo,
    OneOf(&'static [&'static str]),
    Number(i64, i64),
    Memory(u64),
    /// Bytes, or a part of `maxmemory`.
    MemoryOrPercent,
    Span,
    BufferLimits,
    /// Letters of `notify-keyspace-events`.
    Events,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Directive {
    name: &'static str,
    older_name: Option<&'static str>,
    pub(super) kind: Kind,
    default: &'static str,
    older_default: Option<(Version, &'static str)>,
    since: Version,
    pub(super) mutable: bool,
    /// An option of ours that no real server has.
    pub(super) ours: bool,
    /// `CONFIG GET` shows it only under its full name.
    pub(super) hidden: bool,
}

impl Directive {
    pub(super) fn name_in(&self, profile: &Profile) -> &'static str {
        match self.older_name {
            Some(older) if !profile.says_replica() => older,
            _ => self.name,
        }
    }

    pub(super) fn default_in(&self, profile: &Profile) -> &'static str {
        match self.older_default {
            Some((until, default)) if profile.version <= until => default,
            _ => self.default,
        }
    }

    /// Whether a name means this directive in a release: its own, or the alias that 7.0 keeps.
    fn answers_to(&self, name: &str, profile: &Profile) -> bool {
        let own = name.eq_ignore_ascii_case(self.name_in(profile));
        own || profile.says_replica() && self.older_name.is_some_and(|o| name.eq_ignore_ascii_case(o))
    }

    /// The alias under which 7.0 lists it as well.
    pub(super) fn alias_in(&self, profile: &Profile) -> Option<&'static str> {
        self.older_name.filter(|_| profile.says_replica())
    }
}

/// The directives of a release.
pub(super) fn directives(profile: &Profile) -> impl Iterator<Item = &'static Directive> {
    let version = profile.version;
    DIRECTIVES.iter().filter(move |d| d.since <= version)
}

/// The directive of that name. The engine itself asks by the name of 2.8.
pub(super) fn directive(name: &str, profile: &Profile) -> Option<&'static Directive> {
    directives(profile).find(|d| d.answers_to(name, profile)).or_else(|| {
        directives(profile).find(|d| d.name == name && d.older_name.is_none() || d.older_name == Some(name))
    })
}

const fn row(name: &'static str, kind: Kind, default: &'static str, since: Version) -> Directive {
    Directive {
        name,
        older_name: None,
        kind,
        default,
        older_default: None,
        since,
        mutable: true,
        ours: false,
        hidden: false,
    }
}

impl Directive {
    const fn was(mut self, older: &'static str) -> Directive {
        self.older_name = Some(older);
        self
    }

    const fn until(mut self, version: Version, default: &'static str) -> Directive {
        self.older_default = Some((version, default));
        self
    }

    const fn fixed(mut self) -> Directive {
        self.mutable = false;
        self
    }

    const fn hidden(mut self) -> Directive {
        self.hidden = true;
        self
    }

    const fn ours(mut self) -> Directive {
        self.ours = true;
        self
    }
}

use Kind::{BufferLimits, Events, Memory, MemoryOrPercent, Number, OneOf, Text, YesNo};
use Version::{V2_6, V2_8, V4_0, V7_0};

const INT_MAX: i64 = i32::MAX as i64;

static DIRECTIVES: &[Directive] = &[
    // -- the process
    row("port", Number(0, 65535), "6379", V2_6).until(V4_0, "6379"),
    row("bind", Text, "* -::*", V2_6).until(V4_0, ""),
    row("bind-source-addr", Text, "", V7_0),
    row("unixsocket", Text, "", V2_6).fixed(),
    row("unixsocketperm", Text, "0", V2_6).fixed(),
    row("pidfile", Text, "", V2_6).fixed(),
    row("daemonize", YesNo, "no", V2_6).fixed(),
    row("dir", Text, ".", V2_6),
    row("dbfilename", Text, "dump.rdb", V2_6),
    row("databases", Number(1, INT_MAX), "16", V2_6).fixed(),
    row("loglevel", OneOf(&["debug", "verbose", "notice", "warning"]), "notice", V2_6),
    row("logfile", Text, "", V2_6).fixed(),
    row("syslog-enabled", YesNo, "no", V2_6).fixed(),
    row("timeout", Number(0, INT_MAX), "0", V2_6),
    row("tcp-keepalive", Number(0, INT_MAX), "300", V2_6).until(V2_8, "0"),
    row("tcp-backlog", Number(0, INT_MAX), "511", V2_8).fixed(),
    row("maxclients", Number(1, INT_MAX), "10000", V2_6),
    row("hz", Number(0, INT_MAX), "10", V2_6),
    row("dynamic-hz", YesNo, "yes", V7_0),
    row("protected-mode", YesNo, "yes", V4_0),
    row("enable-debug-command", OneOf(&["no", "yes", "local"]), "no", V7_0).fixed(),
    row("enable-protected-configs", OneOf(&["no", "yes", "local"]), "no", V7_0).fixed(),
    row("always-show-logo", YesNo, "no", V4_0).fixed(),
    row("set-proc-title", YesNo, "yes", V7_0).fixed(),
    row("proc-title-template", Text, "{title} {listen-addr} {server-mode}", V7_0).fixed(),
    row("supervised", OneOf(&["upstart", "systemd", "auto", "no"]), "no", V4_0).fixed(),
    row("locale-collate", Text, "", V7_0),
    row("shutdown-timeout", Number(0, INT_MAX), "10", V7_0),
    row("shutdown-on-sigint", Text, "default", V7_0),
    row("shutdown-on-sigterm", Text, "default", V7_0),
    row("busy-reply-threshold", Number(0, i64::MAX), "5000", V7_0).was("lua-time-limit"),
    row("slowlog-log-slower-than", Number(-1, i64::MAX), "10000", V2_6),
    row("slowlog-max-len", Number(0, i64::MAX), "128", V2_6),
    row("latency-monitor-threshold", Number(0, i64::MAX), "0", V2_8),
    row("latency-tracking", YesNo, "yes", V7_0),
    row("notify-keyspace-events", Events, "", V2_8),
    row("io-threads", Number(1, 128), "1", V7_0).fixed(),
    row("watchdog-period", Number(0, INT_MAX), "0", V7_0).hidden(),
    row("crash-log-enabled", YesNo, "yes", V7_0),
    row("crash-memcheck-enabled", YesNo, "yes", V7_0),
    row("oom-score-adj", OneOf(&["no", "yes", "relative", "absolute"]), "no", V7_0),
    row("tracking-table-max-keys", Number(0, i64::MAX), "1000000", V7_0),
    row("activerehashing", YesNo, "yes", V2_6),
    row("active-expire-effort", Number(1, 10), "1", V7_0),
    row("jemalloc-bg-thread", YesNo, "yes", V7_0),
    row("activedefrag", YesNo, "no", V4_0),
    // -- security
    row("requirepass", Text, "", V2_6),
    row("masterauth", Text, "", V2_6),
    row("masteruser", Text, "", V7_0),
    row("aclfile", Text, "", V7_0).fixed(),
    row("acl-pubsub-default", OneOf(&["allchannels", "resetchannels"]), "resetchannels", V7_0),
    // -- limits
    row("maxmemory", Memory(0), "0", V2_6),
    row(
        "maxmemory-policy",
        OneOf(&[
            "volatile-lru",
            "volatile-lfu",
            "volatile-random",
            "volatile-ttl",
            "allkeys-lru",
            "allkeys-lfu",
            "allkeys-random",
            "noeviction",
        ]),
        "noeviction",
        V2_6,
    )
    .until(V2_8, "volatile-lru"),
    row("maxmemory-samples", Number(1, INT_MAX), "5", V2_6).until(V2_8, "3"),
    row("maxmemory-clients", MemoryOrPercent, "0", V7_0),
    row("client-query-buffer-limit", Memory(1 << 20), "1073741824", V4_0),
    row("client-output-buffer-limit", BufferLimits, OUTPUT_LIMITS, V2_6),
    row("proto-max-bulk-len", Memory(1 << 20), "536870912", V4_0),
    row("replica-ignore-maxmemory", YesNo, "yes", V7_0).was("slave-ignore-maxmemory"),
    // -- persistence
    row("save", Text, "3600 1 300 100 60 10000", V2_6).until(V4_0, "3600 1 300 100 60 10000"),
    row("rdbcompression", YesNo, "yes", V2_6),
    row("rdbchecksum", YesNo, "yes", V2_6).until(V4_0, "yes"),
    row("rdb-key-save-delay", Number(i32::MIN as i64, INT_MAX), "0", V7_0).hidden(),
    row("key-load-delay", Number(i32::MIN as i64, INT_MAX), "0", V7_0).hidden(),
    row("loading-process-events-interval-bytes", Number(1024, INT_MAX), "2097152", V7_0).hidden(),
    row("rdb-del-sync-files", YesNo, "no", V7_0),
    row("rdb-save-incremental-fsync", YesNo, "yes", V7_0),
    row("sanitize-dump-payload", OneOf(&["no", "yes", "clients"]), "no", V7_0),
    row("stop-writes-on-bgsave-error", YesNo, "yes", V2_6),
    row("appendonly", YesNo, "no", V2_6),
    row("appendfilename", Text, "appendonly.aof", V2_6).fixed(),
    row("appenddirname", Text, "appendonlydir", V7_0).fixed(),
    row("appendfsync", OneOf(&["everysec", "always", "no"]), "everysec", V2_6),
    row("no-appendfsync-on-rewrite", YesNo, "no", V2_6),
    row("auto-aof-rewrite-percentage", Number(0, INT_MAX), "100", V2_6),
    row("auto-aof-rewrite-min-size", Memory(0), "67108864", V2_6),
    row("aof-load-truncated", YesNo, "yes", V4_0),
    row("aof-use-rdb-preamble", YesNo, "yes", V4_0).until(V4_0, "no"),
    row("aof-timestamp-enabled", YesNo, "no", V7_0),
    row("aof-rewrite-incremental-fsync", YesNo, "yes", V2_8),
    // -- replication
    row("replicaof", Text, "", V2_6).was("slaveof").fixed(),
    row("repl-timeout", Number(1, INT_MAX), "60", V2_6),
    row("repl-ping-replica-period", Number(1, INT_MAX), "10", V2_6).was("repl-ping-slave-period"),
    row("repl-backlog-size", Memory(1), "1048576", V2_8),
    row("repl-backlog-ttl", Number(0, i64::MAX), "3600", V2_8),
    row("repl-diskless-sync", YesNo, "yes", V4_0).until(V4_0, "no"),
    row("repl-diskless-sync-delay", Number(0, INT_MAX), "5", V4_0),
    row("repl-diskless-sync-max-replicas", Number(0, INT_MAX), "0", V7_0),
    row("repl-diskless-load", OneOf(&["disabled", "on-empty-db", "swapdb"]), "disabled", V7_0),
    row("repl-disable-tcp-nodelay", YesNo, "no", V2_6),
    row("replica-read-only", YesNo, "yes", V2_6).was("slave-read-only"),
    row("replica-serve-stale-data", YesNo, "yes", V2_6).was("slave-serve-stale-data"),
    row("replica-priority", Number(0, INT_MAX), "100", V2_6).was("slave-priority"),
    row("replica-announced", YesNo, "yes", V7_0),
    row("replica-announce-ip", Text, "", V4_0).was("slave-announce-ip"),
    row("replica-announce-port", Number(0, 65535), "0", V4_0).was("slave-announce-port"),
    row("replica-lazy-flush", YesNo, "no", V4_0).was("slave-lazy-flush"),
    row("min-replicas-to-write", Number(0, INT_MAX), "0", V2_8).was("min-slaves-to-write"),
    row("min-replicas-max-lag", Number(0, INT_MAX), "10", V2_8).was("min-slaves-max-lag"),
    row("propagation-error-behavior", OneOf(&["ignore", "panic", "panic-on-replicas"]), "ignore", V7_0),
    row("replica-ignore-disk-write-errors", YesNo, "no", V7_0),
    // -- data
    row("hash-max-listpack-entries", Number(0, i64::MAX), "512", V2_6).was("hash-max-ziplist-entries"),
    row("hash-max-listpack-value", Number(0, i64::MAX), "64", V2_6).was("hash-max-ziplist-value"),
    row("list-max-ziplist-entries", Number(0, i64::MAX), "512", V2_6),
    row("list-max-ziplist-value", Number(0, i64::MAX), "64", V2_6),
    row("list-max-listpack-size", Number(-5, INT_MAX), "-2", V4_0).was("list-max-ziplist-size"),
    row("list-compress-depth", Number(0, INT_MAX), "0", V4_0),
    row("set-max-intset-entries", Number(0, i64::MAX), "512", V2_6),
    row("zset-max-listpack-entries", Number(0, i64::MAX), "128", V2_6).was("zset-max-ziplist-entries"),
    row("zset-max-listpack-value", Number(0, i64::MAX), "64", V2_6).was("zset-max-ziplist-value"),
    row("hll-sparse-max-bytes", Number(0, i64::MAX), "3000", V2_8),
    row("stream-node-max-bytes", Memory(0), "4096", V7_0),
    row("stream-node-max-entries", Number(0, i64::MAX), "100", V7_0),
    row("lazyfree-lazy-eviction", YesNo, "no", V4_0),
    row("lazyfree-lazy-expire", YesNo, "no", V4_0),
    row("lazyfree-lazy-server-del", YesNo, "no", V4_0),
    row("lazyfree-lazy-user-del", YesNo, "no", V7_0),
    row("lazyfree-lazy-user-flush", YesNo, "no", V7_0),
    row("lfu-log-factor", Number(0, INT_MAX), "10", V4_0),
    row("lfu-decay-time", Number(0, INT_MAX), "1", V4_0),
    // -- cluster: always off here
    row("cluster-enabled", YesNo, "no", V4_0).fixed(),
    // -- options of ours, for watching
    row("teaching-backlog", Number(0, 1 << 30), "0", V2_8).ours(),
    row("bgsave-time", Kind::Span, "0ms", V2_6).ours(),
    row("bgsave-rate", Number(0, i64::MAX), "0", V2_6).ours(),
    row("load-time", Kind::Span, "0ms", V2_6).ours(),
    row("string-max", Number(0, 1 << 30), "0", V2_6).ours(),
];

const OUTPUT_LIMITS: &str = "normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_is_a_value_that_the_directive_accepts() {
        for version in Version::ALL {
            for d in directives(version.profile()) {
                let default = d.default_in(version.profile());
                assert_eq!(d.parse(default, version.profile()).as_deref(), Ok(default), "{}", d.name);
            }
        }
    }
}
