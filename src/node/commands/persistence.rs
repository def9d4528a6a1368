//! SAVE, BGSAVE and LASTSAVE (`rdb.c`).

use crate::base::Span;
use crate::node::{ConnId, Node};
use crate::resp::{Argv, Reply};

pub(super) fn save(node: &mut Node, _: ConnId, _: &Argv, reply: &mut Reply) {
    if node.is_saving() {
        return reply.error("ERR Background save already in progress");
    }
    node.save_now();
    // The server does nothing else while it writes.
    let delay = node.config.live().save_delay.saturating_mul(node.keyspace.len() as u64);
    node.fall_asleep(Span(delay));
    reply.ok();
}

pub(super) fn bgsave(node: &mut Node, _: ConnId, argv: &Argv, reply: &mut Reply) {
    if argv.len() > 1 {
        let schedule = argv.len() == 2 && argv[1].eq_ignore_ascii_case(b"schedule");
        if !schedule || !node.profile.speaks_psync2() {
            return reply.error("ERR syntax error");
        }
    }
    if node.is_saving() {
        return reply.error("ERR Background save already in progress");
    }
    node.start_background_save();
    reply.simple("Background saving started");
}

pub(super) fn bgrewriteaof(_: &mut Node, _: ConnId, _: &Argv, reply: &mut Reply) {
    reply.error("ERR unsupported in Resync: BGREWRITEAOF (there is no append-only file)");
}

pub(super) fn lastsave(node: &mut Node, _: ConnId, _: &Argv, reply: &mut Reply) {
    reply.integer(node.unix_secs(node.saves.last));
}
