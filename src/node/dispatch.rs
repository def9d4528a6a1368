//! From bytes to effects: reading requests, deciding whether they may run, running them.
//!
//! The order in which a request can be rejected is Redis' (`server.c:processCommand`, 7.0.15; the same with
//! fewer tests in `redis.c` of 2.8.17): unknown, arity, authentication, too few replicas, read only, subscriber,
//! stale, loading, replica link, pause; then it is queued or executed.

use std::rc::Rc;

use crate::base::{Offset, Profile, printable};
use crate::keyspace::{Call, CommandSpec, DataCommand, Flags, Flushed, Origin, Outcome, lookup, unsupported};
use crate::resp::{Argv, ProtocolError, Reply};

use super::client::Silence;
use super::commands::{self, ServerCommand};
use super::monitor::Moment;
use super::stats::Name;
use super::trace::{Event, LossReason};
use super::waiting::time_is_up;
use super::{ConnId, Node};

/// How many requests are read before the first of them runs, so that what they are about can be fetched from memory
/// together.
const AHEAD: usize = 32;

/// A command of either ring.
#[derive(Clone, Copy)]
pub(super) enum Found {
    Data(&'static DataCommand),
    Server(&'static ServerCommand),
}

impl Found {
    pub(super) fn spec(&self) -> &'static CommandSpec {
        match self {
            Found::Data(command) => &command.spec,
            Found::Server(command) => &command.spec,
        }
    }
}

/// What became of a client's command.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Admitted {
    Refused,
    /// The client waits until a pause is over.
    OnHold,
    /// Until EXEC.
    Queued,
    Executed,
}

impl Node {
    /// The command of that name in this release.
    pub(super) fn find(&self, name: &[u8]) -> Option<Found> {
        let found = lookup(name).map(Found::Data).or_else(|| commands::lookup(name).map(Found::Server))?;
        found.spec().known_to(self.profile).then_some(found)
    }

    /// Runs what a client has sent, as far as it is complete and may run.
    pub(super) fn process_input(&mut self, conn: ConnId) {
        while self.asleep.is_none() {
            let Some(client) = self.clients.get_mut(&conn) else { return };
            if client.closing || client.blocked.is_some() {
                return;
            }
            if !client.parser.is_ahead() {
                let keys = client.parser.look_ahead(AHEAD).filter_map(|request| request.argv.get(1));
                self.keyspace.db(client.db).warm(keys.map(|key| &**key));
            }
            let request = match client.parser.next() {
                Ok(Some(request)) => request,
                Ok(None) => return,
                Err(error) => return self.protocol_error(conn, &error),
            };
            let is_master = client.master().is_some();
            if request.argv.is_empty() {
                if is_master {
                    self.stream_skipped(conn);
                } else if request.empty_line {
                    self.newline_received(conn);
                }
            } else if is_master {
                if request.inline && self.profile.trusts_the_form_of_its_master() {
                    return self.master_desynchronised(conn, &request.argv[0]);
                }
                let paused = self.pauses.current(self.now).is_some()
                    && self.find(&request.argv[0]).is_some_and(|found| self.is_paused_for(conn, found));
                match paused {
                    true => self.hold(conn, request.argv),
                    false => self.run_stream_command(conn, &request.argv),
                }
            } else {
                self.asked = request.verbatim.then(|| (conn, request.argv.clone()));
                self.run_client_command(conn, &request.argv);
                self.asked = None;
            }
        }
    }

    fn protocol_error(&mut self, conn: ConnId, error: &ProtocolError) {
        let Some(client) = self.clients.get_mut(&conn) else { return };
        self.stats.errors += 1;
        if client.master().is_some() {
            return self.drop_client(conn, LossReason::Protocol { error: error.to_string() }, false);
        }
        let is_replica = client.replica().is_some();
        if is_replica && self.profile.closes_replicas_that_get_replies() {
            return self.drop_client(conn, LossReason::Protocol { error: error.to_string() }, false);
        }
        match error.reply() {
            Some(reply) if is_replica => client.push(super::Content::Dialogue, reply),
            Some(reply) => client.reply.raw(&reply),
            None => {
                // At once: what it was to be told before is not told (`securityWarningCommand`).
                client.reply.truncate(0);
                self.warn(|_| "Possible SECURITY ATTACK detected. It looks like somebody is sending POST or Host: commands to Redis. This is likely due to an attacker attempting to use Cross Protocol Scripting to compromise your Redis instance. Connection aborted.".to_string());
            }
        }
        let text = error.to_string();
        self.trace.emit(self.now, || Event::Refused { conn, argv: Rc::from([]), error: text });
        self.close_after_reply(conn);
    }

    /// A line instead of an array in the stream: the two sides do not agree where a command begins (7.0).
    fn master_desynchronised(&mut self, conn: ConnId, word: &[u8]) {
        self.warn(|_| "WARNING: Receiving inline protocol from master, master stream corruption? Closing the master connection and discarding the cached master.".to_string());
        let error = format!("a line in the stream: {}", printable(word, 40));
        self.drop_client(conn, LossReason::Protocol { error }, false);
    }

    // -- commands of clients ----------------------------------------------------------------------------------

    pub(super) fn run_client_command(&mut self, conn: ConnId, argv: &Argv) {
        let Some(client) = self.clients.get_mut(&conn) else { return };
        let mut reply = std::mem::take(&mut client.reply);
        let start = reply.len();
        self.stats.commands += 1;
        let admitted = self.admit(conn, argv, &mut reply);
        if reply.bytes().get(start) == Some(&b'-') {
            let error = first_line(&reply.bytes()[start..]);
            self.note_unknown_psync(conn, argv, &error);
            self.trace.emit(self.now, || Event::Refused { conn, argv: argv.clone(), error });
        }
        // Keys that were found expired by chance have nothing to do with each other (7.0 `propagatePendingCommands`).
        let by_chance = self.unit.len() > 1
            && self.clients.get(&conn).is_some_and(|c| matches!(c.last_command, "scan" | "randomkey"));
        self.end_unit(!by_chance);
        if let Some(client) = self.clients.get_mut(&conn) {
            let executed = admitted == Admitted::Executed;
            if executed {
                // What WAIT counts from: the offset after the client's last command, whatever it was (`processCommand`).
                client.write_offset = self.stream.offset;
            }
            let is_push = || {
                executed && client.last_command.ends_with("subscribe") && self.profile.pushes_to_the_silent()
            };
            if client.silence != Silence::None && !is_push() {
                reply.truncate(start);
            }
            client.silence = client.silence.after_a_command();
        }
        let grew = !reply.is_empty();
        self.give_reply_back(conn, reply, argv);
        if grew {
            self.wants_output(conn);
        }
        if admitted != Admitted::OnHold {
            self.serve_blocked();
        }
    }

    fn give_reply_back(&mut self, conn: ConnId, reply: Reply, argv: &Argv) {
        let Some(client) = self.clients.get_mut(&conn) else { return };
        if client.replica().is_some() {
            if !reply.is_empty() && self.profile.closes_replicas_that_get_replies() {
                let command = commands::full_name(argv);
                if reply.bytes().first() == Some(&b'-') {
                    let error = first_line(reply.bytes());
                    self.warn(|_| format!("== CRITICAL == This master is sending an error to its replica: '{error}' after processing the command '{command}'"));
                }
                self.warn(|n| {
                    let name = n.replica_name(conn);
                    format!("Replica generated a reply to command '{command}', disconnecting it: {name}")
                });
                return self.drop_client(conn, LossReason::UnexpectedReply { command }, false);
            }
            if !reply.is_empty() {
                client.push(super::Content::Dialogue, Vec::from(reply.bytes()));
            }
            return;
        }
        // What was published to it while its command ran comes behind the reply.
        let told = std::mem::replace(&mut client.reply, reply);
        client.reply.raw(told.bytes());
        self.check_reply_limit(conn);
    }

    fn note_unknown_psync(&mut self, conn: ConnId, argv: &Argv, error: &str) {
        if argv[0].eq_ignore_ascii_case(b"psync") && !self.profile.speaks_psync() {
            let error = error.to_string();
            self.trace.emit(self.now, || Event::PsyncUnknown { conn, error });
        }
    }

    /// Rejects, queues, postpones or executes.
    fn admit(&mut self, conn: ConnId, argv: &Argv, reply: &mut Reply) -> Admitted {
        let found = match self.check(conn, argv) {
            Ok(found) => found,
            Err(error) => {
                if let Some(multi) = self.clients.get_mut(&conn).and_then(|c| c.multi.as_mut()) {
                    multi.broken = true;
                }
                let exec = argv[0].eq_ignore_ascii_case(b"exec") && self.profile.says_replica();
                let error = if exec { self.abort_transaction(conn, &error) } else { error };
                // A subcommand that is not known belongs to none.
                let known = |found: &Found| commands::is_known(self.profile, found.spec(), argv);
                if let Some(found) = self.find(&argv[0]).filter(known) {
                    let name = self.stat_name(found.spec(), argv);
                    self.stats.count_rejected(name);
                }
                self.stats.count_error(&error);
                reply.error(error);
                if exec {
                    self.feed_monitors(conn, argv, reply);
                }
                return Admitted::Refused;
            }
        };
        if self.is_paused_for(conn, found) {
            self.hold(conn, argv.clone());
            return Admitted::OnHold;
        }
        if let Some(client) = self.clients.get_mut(&conn) {
            if client.multi.is_some() && !commands::runs_inside_multi(found.spec().name) {
                self.queue_in_transaction(conn, argv.clone(), reply);
                return Admitted::Queued;
            }
            client.last_command = found.spec().name;
            client.last_subcommand = commands::subcommand(self.profile, found.spec(), argv);
        }
        self.call(conn, found, argv, reply);
        Admitted::Executed
    }

    /// Finds the command and says why it may not run.
    fn check(&mut self, conn: ConnId, argv: &Argv) -> Result<Found, String> {
        let found = self.find(&argv[0]).ok_or_else(|| self.unknown_command(argv))?;
        let spec = found.spec();
        if !spec.accepts(self.profile, argv.len()) {
            return Err(wrong_arity(spec.name));
        }
        commands::check_subcommand(self.profile, spec, argv)?;
        let Some(client) = self.clients.get(&conn) else { return Ok(found) };
        let live = self.config.live();
        let name = spec.name;
        if !client.authenticated && !matches!(name, "auth" | "hello" | "quit" | "reset") {
            return Err(self.profile.no_auth_error().to_string());
        }
        if self.denied.contains(name) && client.master().is_none() {
            return Err(format!("NOPERM this user has no permissions to run the '{name}' command"));
        }
        if client.multi.is_some() && spec.flags.has(Flags::NO_MULTI) && self.profile.says_replica() {
            return Err("ERR Command not allowed inside a transaction".to_string());
        }
        let writes = spec.is_write() || name == "exec" && self.queued_writes(conn);
        if self.cannot_save() && (writes || name == "ping") {
            return Err(self.profile.cannot_save_error().to_string());
        }
        if writes
            && self.upstream.is_none()
            && live.min_replicas > 0
            && live.min_replicas_lag > 0
            && self.good_replicas < live.min_replicas
        {
            return Err(self.profile.no_replicas_error().to_string());
        }
        if writes && self.upstream.is_some() && live.read_only {
            return Err(self.profile.read_only_error().to_string());
        }
        if client.is_subscriber() && !commands::runs_while_subscribed(name, self.profile) {
            return Err(self.profile.subscriber_error(&commands::full_name(argv)));
        }
        let stale = self.upstream.as_ref().is_some_and(|u| !u.is_connected());
        let queued = |allows: fn(&Profile, &CommandSpec) -> bool| {
            name == "exec" && self.profile.looks_into_transactions() && !self.queued_all(conn, allows)
        };
        let denied_stale = || !self.profile.runs_on_stale_data(spec) || queued(Profile::runs_on_stale_data);
        if stale && !live.serve_stale && denied_stale() {
            return Err(self.profile.master_down_error().to_string());
        }
        let not_aside =
            || matches!(name, "bgsave" | "save" | "failover" | "replicaof" | "slaveof" | "psync" | "sync");
        let denied_loading = || !self.profile.runs_while_loading(spec) || queued(Profile::runs_while_loading);
        if self.is_loading() && denied_loading() || self.is_loading_aside() && not_aside() {
            return Err("LOADING Redis is loading the dataset in memory".to_string());
        }
        let touches_data = || spec.is_write() || spec.flags.has(Flags::READONLY) || name == "publish";
        let looks_on = client.replica().is_some() || self.is_monitor(conn);
        if looks_on && touches_data() && self.profile.closes_replicas_that_get_replies() {
            return Err("ERR Replica can't interact with the keyspace".to_string());
        }
        Ok(found)
    }

    fn unknown_command(&self, argv: &Argv) -> String {
        if let Some(text) = unsupported(&argv[0], self.profile) {
            return text;
        }
        // As in C, a text ends at a NUL.
        let until_nul = |arg: &[u8]| arg.iter().position(|b| *b == 0).unwrap_or(arg.len());
        let cut = |arg: &[u8], max: usize| arg[..until_nul(arg).min(max)].to_vec();
        let name = cut(&argv[0], 128);
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        if !self.profile.shows_arguments_of_unknown_commands() {
            return format!("ERR unknown command '{}'", text(cut(&argv[0], usize::MAX)));
        }
        let mut args = String::new();
        for arg in argv.iter().skip(1) {
            if args.len() >= 128 {
                break;
            }
            let arg = text(cut(arg, 128 - args.len()));
            args += &self.profile.quoted_argument(&arg);
        }
        self.profile.unknown_command_error(&text(name), &args)
    }

    /// Executes a command, and shows it to whoever monitors.
    pub(super) fn call(&mut self, conn: ConnId, found: Found, argv: &Argv, reply: &mut Reply) {
        self.show_to_monitors(Moment::Before, conn, found.spec(), argv, reply);
        let start = reply.len();
        self.execute(conn, found, argv, reply);
        if reply.bytes().get(start) == Some(&b'-') {
            self.stats.count_error(&first_line(&reply.bytes()[start..]));
            let name = self.stat_name(found.spec(), argv);
            self.stats.count_failed(name);
        }
        self.show_to_monitors(Moment::After, conn, found.spec(), argv, reply);
    }

    /// Executes a command and takes care of its effects.
    fn execute(&mut self, conn: ConnId, found: Found, argv: &Argv, reply: &mut Reply) {
        let start = reply.len();
        let command = match found {
            Found::Data(command) => command,
            Found::Server(command) => {
                self.announce_in_transaction(conn, found);
                (command.run)(self, conn, argv, reply);
                self.stats.count(self.stat_name(&command.spec, argv));
                if self.in_exec.is_some() && !self.profile.frames_multiple_effects() {
                    self.end_unit_now(false);
                }
                if reply.bytes().get(start) != Some(&b'-')
                    && !matches!(command.spec.name, "exec" | "psync" | "sync" | "replconf")
                {
                    let db = self.clients.get(&conn).map_or(0, |c| c.db);
                    self.trace.emit(self.now, || Event::Executed {
                        conn,
                        db,
                        argv: argv.clone(),
                        changes: 0,
                    });
                }
                return;
            }
        };
        self.announce_in_transaction(conn, found);
        let db = self.clients.get(&conn).map_or(0, |c| c.db);
        // While clients are paused the data stand still, as on a replica (7.0 `expireIfNeeded`).
        let stands_still = self.profile.pauses_expiry_on_access() && self.pauses.current(self.now).is_some();
        let origin =
            if self.upstream.is_some() || stands_still { Origin::ReplicaClient } else { Origin::Client };
        let (outcome, changes) = self.run_data(command, argv, db, origin, reply);
        if reply.bytes().get(start) != Some(&b'-') {
            self.trace.emit(self.now, || Event::Executed { conn, db, argv: argv.clone(), changes });
        }
        self.collect_effects(db, argv);
        if changes > 0 {
            self.note_own_expiry(&command.spec, db, argv);
        }
        match outcome {
            Outcome::Done => {}
            Outcome::Block(request) if self.in_exec.is_some() => time_is_up(&request, reply),
            Outcome::Block(request) => self.block(conn, *request, db),
        }
    }

    /// Under which name INFO counts a call.
    fn stat_name(&self, spec: &CommandSpec, argv: &Argv) -> Name {
        Name { command: spec.name, subcommand: commands::subcommand(self.profile, spec, argv) }
    }

    /// Runs a command on the data. Its effects are left in `self.effects`.
    pub(super) fn run_data(
        &mut self,
        command: &DataCommand,
        argv: &Argv,
        db: u32,
        origin: Origin,
        reply: &mut Reply,
    ) -> (Outcome, u64) {
        let start = reply.len();
        let outcome = self.with_call(db, origin, reply, |call| command.run(call, argv));
        self.stats.count(self.stat_name(&command.spec, argv));
        let changes = self.effects.dirty;
        if command.spec.name == "flushall" && reply.bytes().get(start) != Some(&b'-') {
            self.flushed_all();
        }
        (outcome, changes)
    }

    /// Lets `run` work on the data.
    pub(super) fn with_call<T>(
        &mut self,
        db: u32,
        origin: Origin,
        reply: &mut Reply,
        run: impl FnOnce(&mut Call) -> T,
    ) -> T {
        self.effects.clear();
        self.effects.watching = self.watchers > 0;
        let now = self.unix_now();
        run(&mut Call {
            keyspace: &mut self.keyspace,
            db,
            now,
            profile: self.profile,
            settings: &self.config.live().settings,
            skips_checksums: self.skips_checksums,
            rng: &mut self.rng,
            origin,
            reply,
            effects: &mut self.effects,
        })
    }

    /// An integer among the words of a command, by the rules of the release.
    pub(super) fn integer(&self, word: &[u8]) -> Option<i64> {
        crate::keyspace::integer(word, self.profile)
    }

    /// Takes over what a command left: propagation, watched keys, blocked clients, counters.
    pub(super) fn collect_effects(&mut self, db: u32, argv: &Argv) {
        let effects = &mut self.effects;
        self.saves.dirty += effects.dirty;
        self.stats.expired += effects.expired;
        self.stats.hits += effects.hits;
        self.stats.misses += effects.misses;
        let ops = effects.propagation(db, argv).map(|(db, argv)| (db, argv.clone()));
        self.unit.extend(ops);
        if self.watchers > 0 {
            let touched = std::mem::take(&mut effects.touched);
            let flushed = std::mem::take(&mut effects.flushed);
            self.touch_watched(&touched, &flushed);
        }
        if !self.blocked.is_empty() {
            let ready = std::mem::take(&mut self.effects.ready);
            self.keys_ready.extend(ready);
        }
        if !self.effects.notices.is_empty() {
            let notices = std::mem::take(&mut self.effects.notices);
            self.tell_events(&notices);
        }
        if self.in_exec.is_some() && !self.profile.frames_multiple_effects() {
            self.end_unit_now(false);
        }
    }

    /// The end of an execution unit: what it did is propagated.
    pub(super) fn end_unit(&mut self, wrap: bool) {
        if self.in_exec.is_none() && !self.unit.is_empty() {
            self.end_unit_now(wrap);
        }
    }

    fn end_unit_now(&mut self, wrap: bool) {
        let mut ops = std::mem::take(&mut self.unit);
        self.propagate(&mut ops, wrap);
        // It is empty now; its memory serves the next unit.
        self.unit = ops;
    }

    // -- commands of the master -------------------------------------------------------------------------------

    /// Executes a command of the stream. It is never rejected; an error is only logged.
    pub(super) fn run_stream_command(&mut self, conn: ConnId, argv: &Argv) {
        let mut reply = std::mem::take(&mut self.unsent);
        let known = self.find(&argv[0]).filter(|f| f.spec().accepts(self.profile, argv.len()));
        match known {
            None => reply.error(self.unknown_command(argv)),
            Some(found) => self.run_known_stream_command(conn, found, argv, &mut reply),
        }
        if reply.bytes().first() == Some(&b'-') {
            let error = first_line(reply.bytes());
            let command = match known {
                Some(_) => commands::full_name(argv),
                None => "<unknown>".to_string(),
            };
            self.warn(|_| {
                format!("== CRITICAL == This replica is sending an error to its master: '{error}' after processing the command '{command}'")
            });
            self.trace.emit(self.now, || Event::Refused { conn, argv: argv.clone(), error: error.clone() });
        }
        self.end_unit(true);
        reply.truncate(0);
        self.unsent = reply;
        self.stream_applied(conn);
        if self.trace.is_enabled() {
            let db = self.clients.get(&conn).map_or(0, |c| c.db);
            let applied = self.applied_offset().unwrap_or(Offset::NONE);
            self.trace.emit(self.now, || Event::Applied { db, argv: argv.clone(), applied });
        }
        self.serve_blocked();
    }

    fn run_known_stream_command(&mut self, conn: ConnId, found: Found, argv: &Argv, reply: &mut Reply) {
        let Some(client) = self.clients.get_mut(&conn) else { return };
        if let Some(multi) = &mut client.multi
            && !commands::runs_inside_multi(found.spec().name)
        {
            multi.queued.push(argv.clone());
            return;
        }
        let db = client.db;
        self.show_to_monitors(Moment::Before, conn, found.spec(), argv, reply);
        match found {
            Found::Server(command) => {
                (command.run)(self, conn, argv, reply);
                self.stats.count(self.stat_name(&command.spec, argv));
            }
            Found::Data(command) => {
                let (outcome, _) = self.run_data(command, argv, db, Origin::MasterStream, reply);
                self.collect_effects(db, argv);
                if let Outcome::Block(request) = outcome {
                    time_is_up(&request, reply);
                }
            }
        }
        self.show_to_monitors(Moment::After, conn, found.spec(), argv, reply);
    }

    /// The whole keyspace was emptied or replaced outside of a command.
    pub(super) fn keyspace_emptied(&mut self) {
        self.own_expiries.clear();
        if self.watchers > 0 {
            let flushed: Vec<Flushed> =
                self.keyspace.iter().map(|(db, before)| Flushed { db, before: before.clone() }).collect();
            self.touch_watched(&[], &flushed);
        }
    }
}

pub(super) fn wrong_arity(name: &str) -> String {
    format!("ERR wrong number of arguments for '{name}' command")
}

/// The text of an error reply.
fn first_line(reply: &[u8]) -> String {
    let end = reply.iter().position(|b| *b == b'\r').unwrap_or(reply.len());
    printable(&reply[1.min(end)..end], 256)
}
