//! SAVE, BGSAVE, LASTSAVE, SHUTDOWN (`rdb.c`, `db.c:shutdownCommand`).

use crate::base::Instant;
use crate::node::{ConnId, Node};
use crate::resp::{Argv, Reply};

pub(super) fn save(node: &mut Node, _: ConnId, _: &Argv, reply: &mut Reply) {
    if node.is_saving() {
        return reply.error("ERR Background save already in progress");
    }
    node.save_now();
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

impl Node {
    /// The process is asked to end, by a signal of this name (`server.c:sigShutdownHandler`, `prepareForShutdown`).
    pub fn terminate(&mut self, now: Instant, signal: &str) {
        self.now = now;
        self.warn(|_| format!("Received {signal} scheduling shutdown..."));
        self.shut_down(!self.config.save_points().is_empty());
    }

    fn shut_down(&mut self, save: bool) {
        self.warn(|_| "User requested shutdown...".to_string());
        if save {
            self.log(|_| "Saving the final RDB snapshot before exiting.".to_string());
            self.save_now();
        }
        self.exit();
    }
}

pub(super) fn shutdown(node: &mut Node, conn: ConnId, argv: &Argv, reply: &mut Reply) {
    let newer = node.profile.says_replica();
    let (mut save, mut nosave) = (false, false);
    for word in argv.iter().skip(1) {
        match word.to_ascii_lowercase().as_slice() {
            b"save" => save = true,
            b"nosave" => nosave = true,
            b"now" | b"force" if newer => {}
            b"abort" if newer => return reply.error("ERR No shutdown in progress."),
            _ => return reply.error("ERR syntax error"),
        }
    }
    if save && nosave {
        return reply.error("ERR syntax error");
    }
    if let Some(client) = node.clients.get_mut(&conn) {
        client.closing = true;
    }
    node.shut_down(save || !nosave && !node.config.save_points().is_empty());
}
