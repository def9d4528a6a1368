//! What is sent about connections, transactions and the server itself.

/// Shapes of commands, in the notation of `templates`.
pub const SERVER_SHAPES: &[&str] = &[
    "MULTI",
    "EXEC",
    "DISCARD",
    "WATCH < {k} >",
    "UNWATCH",
    "SELECT {0|1|2|0|1|2|16|-1|x|99999999999}",
    "PING",
    "PING {v}",
    "ECHO {v}",
    "PUBLISH {news|nobody|noon} {v}",
    "INFO replication",
    "ROLE",
    "CONFIG GET {repl-timeout|slave-read-only|repl-backlog-size|maxmemory|nothing|hash-max-ziplist-value}",
    "CONFIG SET repl-backlog-ttl {3600|1000000|x|-1}",
    "CONFIG SET slave-serve-stale-data {yes|no|perhaps}",
    "CONFIG SET nothing-of-this-name {v}",
    "CONFIG {bad|RESETSTAT}",
    "CLIENT SETNAME {foo|bar|a\u{7f}b}",
    "CLIENT GETNAME",
    "CLIENT {bad}",
    "SLAVEOF NO ONE",
    "SLAVEOF localhost x",
    "REPLCONF listening-port {7000|x}",
    "REPLCONF capa {eof|psync2|other}",
    "REPLCONF {bad} {1|2}",
    "AUTH {v}",
    "DEBUG {bad}",
    "DEBUG OBJECT nothing",
    "NOSUCHCOMMAND {v} {v}",
    "NOSUCHCOMMAND",
    "SET {s} {v}",
    "RPUSH {l} {v}",
    "DEL {k}",
    "EXPIREAT {k} {T}",
    "SUBSTR {s} {i} {i}",
    "INCRBY {s} 9223372036854775806",
    "DBSIZE",
    "GET {l}",
    "PSYNC",
    "SLAVEOF one",
    "REPLICAOF NO ONE",
    "REPLICAOF localhost x",
    "REPLCONF rdb-only {0|1|5|x}",
    "REPLCONF ip-address {foo|bar}",
    "AUTH {v} {v}",
    "RESET",
    "WAIT {0|-1|x} {0|1|x|-5}",
    "FAILOVER {ABORT|bad}",
    "FAILOVER TIMEOUT {0|-1|x}",
    "FAILOVER FORCE",
    "FAILOVER TO localhost {1|x} [ FORCE ]",
    "SHUTDOWN {ABORT|bad}",
    "PUBSUB {CHANNELS|NUMPAT|bad} [ {n*|x*} ]",
    "PUBSUB NUMSUB < {news|nobody} >",
    "CLIENT PAUSE {x|-1} [ {WRITE|ALL|bad} ]",
    "CLIENT PAUSE {x|-1} ALL {v}",
    "CLIENT UNBLOCK {x|99999} [ {TIMEOUT|ERROR|bad} ]",
    "CLIENT KILL {1.2.3.4:5|bad}",
    "CLIENT KILL ID {x|99999}",
    "CLIENT LIST ID {x|99999}",
    "CLIENT NO-EVICT {on|off|bad}",
    "CLIENT REPLY {on|bad}",
    "CLIENT UNPAUSE",
    "CONFIG HELP",
    "CLIENT KILL TYPE {bad}",
    "COMMAND GETKEYS {GET|MSET|SINTERSTORE} {k} {k} [ {k} ]",
    "COMMAND GETKEYS {bad|PING} [ {k} ]",
    "COMMAND GETKEYS GET {k}",
    "COMMAND GETKEYS SORT {k} {BY|GET} {k} STORE {k} [ STORE {k} ]",
    "COMMAND GETKEYS ZUNIONSTORE {k} {1|2|3|x} {k} {k}",
    "COMMAND GETKEYS {LMPOP|ZMPOP|SINTERCARD|ZUNION|ZDIFF} {0|1|2} {k} {k}",
    "CONFIG REWRITE",
    "CONFIG SET {databases|daemonize} {v}",
    "LCS {s} {s} LEN IDX",
];

/// Commands whose replies are random, unordered or not to be foreseen: `differential_data` judges them with its
/// own table.
pub fn is_left_to_the_data_test(name: &str) -> bool {
    matches!(
        name,
        "KEYS"
            | "SCAN"
            | "SSCAN"
            | "HSCAN"
            | "ZSCAN"
            | "RANDOMKEY"
            | "SPOP"
            | "SRANDMEMBER"
            | "HRANDFIELD"
            | "ZRANDMEMBER"
            | "SORT"
            | "SORT_RO"
            | "SMEMBERS"
            | "SUNION"
            | "SINTER"
            | "SDIFF"
            | "HKEYS"
            | "HVALS"
            | "HGETALL"
            | "OBJECT"
            | "ZLEXCOUNT"
            | "ZRANGEBYLEX"
            | "ZREVRANGEBYLEX"
            | "ZREMRANGEBYLEX"
            | "ZRANGE"
            | "ZRANGESTORE"
            | "TTL"
            | "EXPIRETIME"
    )
}
