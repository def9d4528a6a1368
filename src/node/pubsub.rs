//! Publish and subscribe (`pubsub.c`). PUBLISH travels to replicas like a write.

use crate::base::{Blob, Set, sort_by};
use crate::keyspace::{Classes, Notice, glob};
use crate::resp::{Argv, Reply};

use super::client::Silence;
use super::{ConnId, Node};

#[derive(Clone, Copy)]
pub(super) enum Kind {
    Channel,
    Pattern,
}

impl Node {
    pub(super) fn publish_command(&mut self, conn: ConnId, argv: &Argv, reply: &mut Reply) {
        let receivers = self.publish(&argv[1], &argv[2], Some((conn, reply)));
        reply.integer(receivers);
        let db = self.clients.get(&conn).map_or(0, |c| c.db);
        self.unit.push((db, argv.clone()));
    }

    /// Tells events about keys to whoever listens to the channels of the key or of the event (`notifyKeyspaceEvent`).
    pub(super) fn tell_events(&mut self, notices: &[Notice]) {
        let classes = self.config.live().settings.events;
        for Notice { db, event, key } in notices {
            let event = Blob::from(event.as_bytes());
            if classes.has(Classes::KEYSPACE) {
                let channel = [format!("__keyspace@{db}__:").as_bytes(), key].concat();
                self.publish(&channel.into(), &event, None);
            }
            if classes.has(Classes::KEYEVENT) {
                let channel = [format!("__keyevent@{db}__:").as_bytes(), &event].concat();
                self.publish(&channel.into(), key, None);
            }
        }
    }

    /// Tells that a key was deleted because its time had come.
    pub(super) fn tell_expired(&mut self, db: u32, key: &Blob) {
        if self.config.live().settings.events.has(Classes::EXPIRED) {
            self.tell_events(&[Notice { db, event: "expired", key: key.clone() }]);
        }
    }

    /// Gives a message to all who listen, and counts them. `asker` is the client whose command publishes, with its reply.
    fn publish(&mut self, channel: &Blob, message: &Blob, mut asker: Option<(ConnId, &mut Reply)>) -> i64 {
        let mut receivers = 0;
        let conns: Vec<ConnId> = self.clients.keys().copied().collect();
        for other in conns {
            let Some(client) = self.clients.get_mut(&other) else { continue };
            let mut out = Reply::new();
            if client.channels.contains(channel) {
                receivers += 1;
                out.array(3);
                out.bulk("message");
                out.bulk(channel);
                out.bulk(message);
            }
            for pattern in client.patterns.iter().filter(|p| glob(p, channel)) {
                receivers += 1;
                out.array(4);
                out.bulk("pmessage");
                out.bulk(pattern);
                out.bulk(channel);
                out.bulk(message);
            }
            if out.is_empty() || client.silence == Silence::Off && !self.profile.pushes_to_the_silent() {
                continue;
            }
            match &mut asker {
                Some((asker, reply)) if *asker == other => reply.raw(out.bytes()),
                _ => {
                    client.reply.raw(out.bytes());
                    if !self.check_reply_limit(other) {
                        self.wants_output(other);
                    }
                }
            }
        }
        receivers
    }

    pub(super) fn subscribe_command(&mut self, conn: ConnId, argv: &Argv, kind: Kind, reply: &mut Reply) {
        let Some(client) = self.clients.get_mut(&conn) else { return };
        for name in argv.iter().skip(1) {
            let (set, word) = match kind {
                Kind::Channel => (&mut client.channels, "subscribe"),
                Kind::Pattern => (&mut client.patterns, "psubscribe"),
            };
            set.insert(name.clone());
            let count = client.channels.len() + client.patterns.len();
            confirm(reply, word, Some(name), count);
        }
    }

    pub(super) fn unsubscribe_command(&mut self, conn: ConnId, argv: &Argv, kind: Kind, reply: &mut Reply) {
        let Some(client) = self.clients.get_mut(&conn) else { return };
        let set = match kind {
            Kind::Channel => &client.channels,
            Kind::Pattern => &client.patterns,
        };
        let names: Vec<Blob> =
            if argv.len() > 1 { argv[1..].to_vec() } else { set.iter().cloned().collect() };
        let word = match kind {
            Kind::Channel => "unsubscribe",
            Kind::Pattern => "punsubscribe",
        };
        if names.is_empty() {
            confirm(reply, word, None, client.channels.len() + client.patterns.len());
        }
        for name in &names {
            match kind {
                Kind::Channel => client.channels.remove(name),
                Kind::Pattern => client.patterns.remove(name),
            };
            confirm(reply, word, Some(name), client.channels.len() + client.patterns.len());
        }
    }

    pub(super) fn pubsub_command(&mut self, argv: &Argv, reply: &mut Reply) {
        let subscribers =
            |name: &Blob| self.clients.values().filter(|c| c.channels.contains(name)).count() as i64;
        match argv[1].to_ascii_lowercase().as_slice() {
            b"channels" if argv.len() <= 3 => {
                let mut channels: Vec<&Blob> =
                    self.clients.values().flat_map(|c| c.channels.iter()).collect();
                sort_by(&mut channels, Ord::cmp);
                channels.dedup();
                channels.retain(|c| argv.get(2).is_none_or(|p| glob(p, c)));
                reply.array(channels.len());
                channels.iter().for_each(|c| reply.bulk(c));
            }
            b"numsub" => {
                reply.array((argv.len() - 2) * 2);
                for name in &argv[2..] {
                    reply.bulk(name);
                    reply.integer(subscribers(name));
                }
            }
            // Since 6.2 a pattern counts once, however many listen to it.
            b"numpat" if argv.len() == 2 => {
                let all = self.clients.values().flat_map(|c| c.patterns.iter());
                let count = match self.profile.says_replica() {
                    true => all.collect::<Set<_>>().len(),
                    false => all.count(),
                };
                reply.integer(count as i64);
            }
            _ => reply.error(super::commands::unknown_subcommand(self.profile, "pubsub", &argv[1])),
        }
    }
}

fn confirm(reply: &mut Reply, word: &str, name: Option<&Blob>, count: usize) {
    reply.array(3);
    reply.bulk(word);
    match name {
        Some(name) => reply.bulk(name),
        None => reply.null_bulk(),
    }
    reply.integer(count as i64);
}
