//! INFO (`server.c:genRedisInfoString`). The section on replication has the fields of the release, in its order;
//! the others have those that tools look for.

use std::fmt::Write;

use crate::base::{Offset, ReplId};
use crate::node::stats::Calls;
use crate::node::upstream::Link;
use crate::node::{ConnId, Node};
use crate::resp::{Argv, Reply};

/// A field and its value.
macro_rules! line {
    ($out:expr, $($text:tt)*) => {{
        let _ = write!($out, $($text)*);
        $out.push_str("\r\n");
    }};
}

/// Makes one section.
type Section = fn(&Node) -> String;

pub(super) fn info(node: &mut Node, _: ConnId, argv: &Argv, reply: &mut Reply) {
    if argv.len() > 2 && !node.profile.says_replica() {
        return reply.error("ERR syntax error");
    }
    let wanted: Vec<String> =
        argv.iter().skip(1).map(|w| String::from_utf8_lossy(w).to_ascii_lowercase()).collect();
    let all = wanted.iter().any(|w| matches!(w.as_str(), "all" | "everything"));
    let default = all || wanted.is_empty() || wanted.iter().any(|w| w == "default");
    let sections: [(&str, Section); 9] = [
        ("server", server),
        ("clients", clients),
        ("memory", memory),
        ("persistence", persistence),
        ("stats", stats),
        ("replication", replication),
        ("commandstats", command_stats),
        ("errorstats", error_stats),
        ("keyspace", keyspace),
    ];
    let chosen: Vec<String> = sections
        .iter()
        .filter(|(name, _)| match *name {
            "commandstats" => all || wanted.iter().any(|w| w == name),
            "errorstats" if !node.profile.says_replica() => false,
            name => default || wanted.iter().any(|w| w == name),
        })
        .map(|(_, make)| make(node))
        .collect();
    reply.bulk(chosen.join("\r\n"));
}

fn server(node: &Node) -> String {
    let mut out = String::from("# Server\r\n");
    line!(out, "redis_version:{}", node.profile.release);
    line!(out, "redis_mode:standalone");
    line!(out, "arch_bits:64");
    line!(out, "process_id:{}", node.pid);
    line!(out, "run_id:{}", node.run_id);
    line!(out, "tcp_port:{}", node.config.port());
    line!(out, "uptime_in_seconds:{}", node.now.since(node.started).as_secs());
    line!(out, "uptime_in_days:{}", node.now.since(node.started).as_secs() / 86400);
    line!(out, "hz:{}", node.config.number("hz"));
    line!(out, "config_file:{}", node.config.file().unwrap_or_default());
    if let Some(left) = node.shutdown_due() {
        line!(out, "shutdown_in_milliseconds:{}", left.as_ms());
    }
    out
}

fn clients(node: &Node) -> String {
    let mut out = String::from("# Clients\r\n");
    let plain = node.clients.values().filter(|c| c.replica().is_none() && c.master().is_none()).count();
    line!(out, "connected_clients:{plain}");
    let blocked = node.clients.values().filter(|c| c.blocked.is_some()).count();
    line!(out, "blocked_clients:{blocked}");
    out
}

fn memory(node: &Node) -> String {
    // There is no allocator to ask. What replication holds is known exactly, and counted as 7.0 does
    // (`object.c:getMemoryOverheadData`); the rest is not, and left out.
    let buffers = node.stream.backlog.as_ref().map_or(0, |backlog| backlog.memory());
    let size = node.config.backlog(node.profile).1;
    let beyond = if node.replicas.is_empty() { 0 } else { buffers.saturating_sub(size) };
    let waiting = |conn: &ConnId| node.clients.get(conn).map_or(0, |c| c.pending());
    let clients: u64 = node.clients.keys().filter(|c| !node.replicas.contains(c)).map(waiting).sum();
    let used = buffers + clients;
    let mut out = String::from("# Memory\r\n");
    line!(out, "used_memory:{used}");
    line!(out, "used_memory_human:{used}B");
    line!(out, "maxmemory:{}", node.config.number("maxmemory"));
    line!(out, "maxmemory_policy:{}", node.config.get("maxmemory-policy").unwrap_or_default());
    if node.profile.says_replica() {
        line!(out, "mem_replication_backlog:{}", buffers - beyond);
        line!(out, "mem_total_replication_buffers:{buffers}");
        line!(out, "mem_clients_slaves:{beyond}");
        line!(out, "mem_clients_normal:{clients}");
    }
    out
}

/// How often each command ran. There is no clock to tell how long.
fn command_stats(node: &Node) -> String {
    let mut out = String::from("# Commandstats\r\n");
    for (name, Calls { ran, rejected, failed }) in node.stats.calls() {
        let command = name.command;
        match (node.profile.says_replica(), name.subcommand.map_or(String::new(), |word| format!("|{word}")))
        {
            (true, sub) => line!(
                out,
                "cmdstat_{command}{sub}:calls={ran},usec=0,usec_per_call=0.00,rejected_calls={rejected},failed_calls={failed}"
            ),
            (false, _) if *ran == 0 => {}
            (false, _) => line!(out, "cmdstat_{command}:calls={ran},usec=0,usec_per_call=0.00"),
        }
    }
    out
}

/// How often each kind of error was the reply (since 6.2).
fn error_stats(node: &Node) -> String {
    let mut out = String::from("# Errorstats\r\n");
    for (word, count) in node.stats.error_words() {
        line!(out, "errorstat_{word}:count={count}");
    }
    out
}

fn persistence(node: &Node) -> String {
    let mut out = String::from("# Persistence\r\n");
    line!(out, "loading:{}", u8::from(node.is_loading()));
    if node.profile.says_replica() {
        line!(out, "async_loading:{}", u8::from(node.is_loading_aside()));
    }
    line!(out, "rdb_changes_since_last_save:{}", node.saves.dirty);
    line!(out, "rdb_bgsave_in_progress:{}", u8::from(node.is_saving()));
    line!(out, "rdb_last_save_time:{}", node.unix_secs(node.saves.last));
    line!(out, "rdb_last_bgsave_status:{}", if node.saves.ok { "ok" } else { "err" });
    if node.profile.says_replica() {
        line!(out, "rdb_last_load_keys_expired:{}", node.stats.load_expired);
        line!(out, "rdb_last_load_keys_loaded:{}", node.stats.load_keys - node.stats.load_expired);
    }
    line!(out, "aof_enabled:0");
    line!(out, "aof_rewrite_in_progress:0");
    out
}

fn stats(node: &Node) -> String {
    let mut out = String::from("# Stats\r\n");
    let stats = &node.stats;
    line!(out, "total_connections_received:{}", stats.connections);
    line!(out, "total_commands_processed:{}", stats.commands);
    line!(out, "instantaneous_ops_per_sec:0");
    line!(out, "total_net_input_bytes:{}", stats.input_bytes);
    line!(out, "total_net_output_bytes:{}", stats.output_bytes);
    line!(out, "rejected_connections:{}", stats.rejected);
    line!(out, "sync_full:{}", stats.sync_full);
    line!(out, "sync_partial_ok:{}", stats.sync_partial_ok);
    line!(out, "sync_partial_err:{}", stats.sync_partial_err);
    line!(out, "expired_keys:{}", stats.expired);
    line!(out, "evicted_keys:0");
    line!(out, "keyspace_hits:{}", stats.hits);
    line!(out, "keyspace_misses:{}", stats.misses);
    line!(out, "pubsub_channels:0");
    line!(out, "latest_fork_usec:0");
    line!(out, "total_error_replies:{}", stats.errors);
    out
}

fn keyspace(node: &Node) -> String {
    let mut out = String::from("# Keyspace\r\n");
    for (index, db) in node.keyspace.iter().filter(|(_, db)| !db.is_empty()) {
        let ttl = db.average_ttl(node.unix_now());
        match node.profile.speaks_psync() {
            true => line!(out, "db{index}:keys={},expires={},avg_ttl={ttl}", db.len(), db.expiring()),
            false => line!(out, "db{index}:keys={},expires={}", db.len(), db.expiring()),
        }
    }
    out
}

/// The section on replication.
pub(super) fn replication(node: &Node) -> String {
    let mut out = String::from("# Replication\r\n");
    line!(out, "role:{}", if node.is_replica() { "slave" } else { "master" });
    upstream_lines(node, &mut out);
    line!(out, "connected_slaves:{}", node.replicas.len());
    let live = node.config.live();
    if live.min_replicas > 0 && live.min_replicas_lag > 0 && node.profile.speaks_psync() {
        line!(out, "min_slaves_good_slaves:{}", node.good_replicas);
    }
    replica_lines(node, &mut out);
    if node.profile.speaks_psync() {
        history_lines(node, &mut out);
    }
    out
}

fn upstream_lines(node: &Node, out: &mut String) {
    let Some(upstream) = &node.upstream else { return };
    let (psync, newer) = (node.profile.speaks_psync(), node.profile.says_replica());
    let connected = upstream.is_connected();
    line!(out, "master_host:{}", upstream.host);
    line!(out, "master_port:{}", upstream.port);
    line!(out, "master_link_status:{}", if connected { "up" } else { "down" });
    let heard = node.master_conn().and_then(|c| node.clients.get(&c)).map(|c| c.last_heard);
    let secs = |at| node.unix_secs(node.now) - node.unix_secs(at);
    line!(out, "master_last_io_seconds_ago:{}", heard.map_or(-1, secs));
    let transfer = match &upstream.link {
        Link::Transfer(transfer) => Some(transfer),
        _ => None,
    };
    line!(out, "master_sync_in_progress:{}", u8::from(transfer.is_some()));
    let applied = node.applied_offset().unwrap_or(Offset(1)).0;
    if newer {
        let read = node.master_conn().and_then(|c| node.clients.get(&c)?.master().map(|m| m.read.0));
        line!(out, "slave_read_repl_offset:{}", read.unwrap_or(applied));
    }
    if psync {
        line!(out, "slave_repl_offset:{applied}");
    }
    if let Some(transfer) = transfer {
        let (total, read) = transfer.progress();
        if newer {
            line!(out, "master_sync_total_bytes:{total}");
            line!(out, "master_sync_read_bytes:{read}");
        }
        line!(out, "master_sync_left_bytes:{}", total - read);
        if newer {
            line!(out, "master_sync_perc:{}", percent(read, total));
        }
        line!(out, "master_sync_last_io_seconds_ago:{}", secs(transfer.last_io));
    }
    if !connected {
        let since = upstream.down_since.map(secs);
        let never = if newer { -1 } else { node.unix_secs(node.now) };
        line!(out, "master_link_down_since_seconds:{}", since.unwrap_or(never));
    }
    line!(out, "slave_priority:{}", node.config.number("slave-priority"));
    line!(out, "slave_read_only:{}", u8::from(node.config.live().read_only));
    if newer {
        line!(out, "replica_announced:{}", u8::from(node.config.get("replica-announced") == Some("yes")));
    }
}

/// Two decimals of 100·part/whole, in integers.
fn percent(part: i64, whole: i64) -> String {
    if whole == 0 {
        return "0.00".to_string();
    }
    let hundredths = (i128::from(part) * 10_000 * 2 + i128::from(whole)) / (i128::from(whole) * 2);
    let sign = if hundredths < 0 || (part != 0) && (part < 0) != (whole < 0) { "-" } else { "" };
    let hundredths = hundredths.abs();
    format!("{sign}{}.{:02}", hundredths / 100, hundredths % 100)
}

fn replica_lines(node: &Node, out: &mut String) {
    for (i, conn) in node.replicas.iter().enumerate() {
        let Some(replica) = node.clients.get(conn).and_then(|c| c.replica()) else { continue };
        let name = node.replica_ref(*conn);
        let state = replica.state_word();
        if !node.profile.speaks_psync() {
            line!(out, "slave{i}:{},{},{state}", name.host, name.port);
            continue;
        }
        let lag = if replica.is_online() { node.lag(replica) } else { 0 };
        line!(
            out,
            "slave{i}:ip={},port={},state={state},offset={},lag={lag}",
            name.host,
            name.port,
            replica.acked
        );
    }
}

fn history_lines(node: &Node, out: &mut String) {
    if node.profile.says_replica() {
        line!(out, "master_failover_state:{}", node.failover_word());
    }
    let stream = &node.stream;
    if node.profile.speaks_psync2() {
        line!(out, "master_replid:{}", stream.id.map(|id: ReplId| id.to_text()).unwrap_or_default());
        line!(out, "master_replid2:{}", stream.second.id);
    }
    line!(out, "master_repl_offset:{}", stream.offset);
    if node.profile.speaks_psync2() {
        line!(out, "second_repl_offset:{}", stream.second.offset);
    }
    let (active, first, length) = match &stream.backlog {
        Some(backlog) => (1, backlog.first().0, backlog.length()),
        None if stream.freed.is_some() => {
            let (first, length) = stream.freed.unwrap_or_default();
            (0, first.0, length)
        }
        None => (0, 0, 0),
    };
    line!(out, "repl_backlog_active:{active}");
    line!(out, "repl_backlog_size:{}", node.config.backlog(node.profile).1);
    line!(out, "repl_backlog_first_byte_offset:{first}");
    line!(out, "repl_backlog_histlen:{length}");
}
