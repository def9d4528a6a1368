//! REPLICAOF, REPLCONF and ROLE (`replication.c`).

use crate::base::Offset;
use crate::node::{ConnId, Node};
use crate::resp::{Argv, Reply, split_line};

/// `REPLICAOF host port`, `REPLICAOF NO ONE` and the older `SLAVEOF`.
pub(super) fn replicaof(node: &mut Node, conn: ConnId, argv: &Argv, reply: &mut Reply) {
    let newer = node.profile.says_replica();
    if node.failover.is_some() {
        return reply.error("ERR REPLICAOF not allowed while failing over.");
    }
    if argv[1].eq_ignore_ascii_case(b"no") && argv[2].eq_ignore_ascii_case(b"one") {
        if node.is_replica() {
            node.unfollow();
            node.log(|n| format!("MASTER MODE enabled (user request{})", who_asks(n, conn)));
        }
        return reply.ok();
    }
    if newer && node.clients.get(&conn).is_some_and(|c| c.replica().is_some()) {
        return reply.error("ERR Command is not valid when client is a replica.");
    }
    let port = match node.integer(&argv[2]) {
        Some(port) if (0..=65535).contains(&port) || !newer => port,
        Some(_) | None if newer => return reply.error("ERR Invalid master port"),
        _ => return reply.error("ERR value is not an integer or out of range"),
    };
    let host = String::from_utf8_lossy(&argv[1]).into_owned();
    let port = port as u16;
    let same = node.upstream.as_ref().is_some_and(|u| u.host.eq_ignore_ascii_case(&host) && u.port == port);
    if same {
        node.log(|_| "REPLICAOF would result into synchronization with the master we are already connected with. No operation performed.".to_string());
        return reply.simple("OK Already connected to specified master");
    }
    node.follow(host.as_str().into(), port);
    node.log(|n| {
        let word = if newer { "REPLICAOF" } else { "SLAVE OF" };
        format!("{word} {host}:{port} enabled (user request{})", who_asks(n, conn))
    });
    reply.ok();
}

/// The log of 2.8 does not say who.
fn who_asks(node: &Node, conn: ConnId) -> String {
    match node.profile.speaks_psync2() {
        true => format!(" from '{}'", node.client_info(conn)),
        false => String::new(),
    }
}

pub(super) fn replconf(node: &mut Node, conn: ConnId, argv: &Argv, reply: &mut Reply) {
    if argv.len().is_multiple_of(2) {
        return reply.error("ERR syntax error");
    }
    for pair in argv[1..].chunks_exact(2) {
        let value = &pair[1];
        let psync2 = node.profile.speaks_psync2();
        match pair[0].to_ascii_lowercase().as_slice() {
            b"listening-port" => {
                let Some(port) = node.integer(value) else {
                    return reply.error("ERR value is not an integer or out of range");
                };
                announce(node, conn, |a| a.port = port as u16);
            }
            b"ip-address" if psync2 => {
                if value.len() > 255 {
                    return reply.error(format!(
                        "ERR REPLCONF ip-address provided by replica instance is too long: {} bytes",
                        value.len()
                    ));
                }
                let host = String::from_utf8_lossy(value).as_ref().into();
                announce(node, conn, |a| a.host = Some(host));
            }
            b"capa" if node.profile.speaks_capa() => match value.to_ascii_lowercase().as_slice() {
                b"eof" => announce(node, conn, |a| a.capa_eof = true),
                b"psync2" => announce(node, conn, |a| a.capa_psync2 = true),
                _ => {}
            },
            b"ack" if node.profile.speaks_psync() => {
                if let Some(offset) = node.integer(value) {
                    node.ack_received(conn, Offset(offset));
                }
                return;
            }
            b"getack" if psync2 => {
                // Only the own master may ask; the answer does not count this request itself.
                if node.clients.get(&conn).is_some_and(|c| c.master().is_some()) {
                    node.send_ack();
                }
                return;
            }
            b"rdb-only" if node.profile.says_replica() => match node.integer(value) {
                Some(n @ (0 | 1)) => announce(node, conn, |a| a.rdb_only = n == 1),
                None => return reply.error("ERR value is not an integer or out of range"),
                Some(_) => return reply.error("ERR value is out of range, value must between 0 and 1"),
            },
            b"rdb-filter-only" if node.profile.says_replica() => {
                let Ok(words) = split_line(value) else {
                    return reply.error("ERR Missing rdb-filter-only values");
                };
                // The one thing that can be asked for are functions, and there are none.
                announce(node, conn, |a| a.without_data = true);
                if let Some(word) = words.iter().find(|w| !w.eq_ignore_ascii_case(b"functions")) {
                    let word = String::from_utf8_lossy(word);
                    return reply.error(format!("ERR Unsupported rdb-filter-only option: {word}"));
                }
            }
            _ => {
                let option = String::from_utf8_lossy(&pair[0]);
                return reply.error(format!("ERR Unrecognized REPLCONF option: {option}"));
            }
        }
    }
    reply.ok();
}

fn announce(node: &mut Node, conn: ConnId, change: impl FnOnce(&mut crate::node::client::Announced)) {
    if let Some(client) = node.clients.get_mut(&conn) {
        change(&mut client.announced);
    }
}

pub(super) fn role(node: &mut Node, _: ConnId, _: &Argv, reply: &mut Reply) {
    if let Some(upstream) = &node.upstream {
        let word = node.link_state();
        let word = match word.role_word() {
            // Up to 3.x the handshake has no word of its own.
            "handshake" if !node.profile.speaks_psync2() => "sync",
            word => word,
        };
        reply.array(5);
        reply.bulk("slave");
        reply.bulk(upstream.host.as_bytes());
        reply.integer(upstream.port.into());
        reply.bulk(word);
        let applied = node.master_conn().and_then(|_| node.applied_offset());
        return reply.integer(applied.unwrap_or(Offset::NONE).0);
    }
    reply.array(3);
    reply.bulk("master");
    reply.integer(node.stream.offset.0);
    let online: Vec<ConnId> = node
        .replicas
        .iter()
        .copied()
        .filter(|c| node.clients.get(c).and_then(|c| c.replica()).is_some_and(|r| r.is_online()))
        .collect();
    reply.array(online.len());
    for conn in online {
        let name = node.replica_ref(conn);
        let acked = node.clients.get(&conn).and_then(|c| c.replica()).map_or(0, |r| r.acked.0);
        reply.array(3);
        reply.bulk(name.host.as_bytes());
        reply.bulk(name.port.to_string());
        reply.bulk(acked.to_string());
    }
}
