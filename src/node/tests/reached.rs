//! Every reason of a verdict, every state of a link and of a replica, every answer and every loss is reached.
//!
//! A table names a test for each variant. The macro also makes a `match` over the table, so a new variant does not
//! compile until somebody shows how it comes about.

use super::*;
use crate::node::trace::{Answer, IdChange, LossReason, WaitReason};
use crate::node::verdict::Via;
use crate::node::view::ReplicaStage;

/// `table! { Enum: test_name = pattern => story; … }`: for each row a test that plays the story, which returns what it
/// met, and looks for the pattern in it.
macro_rules! table {
    ($of:ident in $module:ident: $($test:ident = $pattern:pat => $story:expr;)*) => {
        mod $module {
            use super::*;

            /// Does not compile while a variant has no row.
            #[allow(dead_code)]
            fn every_variant_has_a_row(variant: &$of) {
                match variant { $($pattern => {})* }
            }

            $(
                #[test]
                fn $test() {
                    let met: Vec<$of> = $story;
                    assert!(met.iter().any(|one| matches!(one, $pattern)), "met only {met:?}");
                }
            )*
        }
    };
}

const FAST: &[(&str, &str)] = &[("repl-diskless-sync-delay", "0")];

/// A master `a` and its replica `b`, in step.
fn pair(version: Version) -> Wires {
    let options = if version == Version::V7_0 { FAST } else { &[] };
    let mut w = Wires::new(&[("a", version, options), ("b", version, options)]);
    w.ask("b", "SLAVEOF a 6379");
    w.wait(7);
    assert_eq!(w.node("b").link_state(), LinkState::Connected);
    w
}

impl Wires {
    /// Sends bytes to a node over a connection that stays open. What it answers is taken and not looked at.
    fn send(&mut self, name: &'static str, bytes: &str) {
        self.send_unseen(name, bytes);
        self.settle();
    }

    /// The same, but nobody takes the answer.
    fn send_unseen(&mut self, name: &'static str, bytes: &str) -> ConnId {
        let now = self.now;
        let node = self.nodes.get_mut(name).expect("a node");
        let conn = node.accept(now, "9.9.9.9".into(), 9);
        node.receive(now, conn, bytes.as_bytes());
        conn
    }

    /// A scripted master answers a replica's connection: it waits until the link is in `state`, then sends `bytes`.
    fn answer(&mut self, name: &'static str, bytes: &str) {
        let conn = self.node(name).upstream.as_ref().and_then(|u| u.link.conn()).expect("a connection");
        let now = self.now;
        self.nodes.get_mut(name).expect("a node").receive(now, conn, bytes.as_bytes());
        self.settle();
    }

    fn full_reasons(&self) -> Vec<FullReason> {
        let reason = |v: Verdict| match v {
            Verdict::Full { reason } => Some(reason),
            Verdict::Continue { .. } => None,
        };
        self.verdicts().into_iter().filter_map(reason).collect()
    }

    fn links(&self) -> Vec<LinkState> {
        let entered = |(_, e): &(&str, Event)| match e {
            Event::LinkChanged { from, to } => Some([*from, *to]),
            _ => None,
        };
        self.events.iter().filter_map(entered).flatten().collect()
    }

    fn met<T>(&self, pick: impl Fn(&Event) -> Option<T>) -> Vec<T> {
        self.events.iter().filter_map(|(_, e)| pick(e)).collect()
    }

    fn losses(&self) -> Vec<LossReason> {
        self.met(|e| match e {
            Event::MasterLost { why, .. } | Event::ReplicaLost { why, .. } => Some(why.clone()),
            _ => None,
        })
    }

    fn answers(&self) -> Vec<Answer> {
        self.met(|e| match e {
            Event::PsyncAnswered { answer } => Some(answer.clone()),
            _ => None,
        })
    }

    fn id_changes(&self) -> Vec<IdChange> {
        self.met(|e| match e {
            Event::IdsChanged { why, .. } => Some(*why),
            _ => None,
        })
    }

    fn stage(&self) -> Vec<ReplicaStage> {
        self.node("a").view(self.now).replicas.iter().map(|r| r.stage).collect()
    }
}

/// What the master of a pair decides when somebody asks for `id` and an offset.
fn asked(w: &mut Wires, id: &str, offset: i64) -> Vec<FullReason> {
    w.send("a", &format!("PSYNC {id} {offset}\r\n"));
    w.full_reasons()
}

fn own_id(w: &Wires) -> String {
    w.node("a").stream.id.expect("an ID").to_text()
}

table! { FullReason in reasons:
    who_has_nothing_gets_everything = FullReason::NothingToContinue => pair(Version::V2_8).full_reasons();
    an_unknown_history_cannot_be_continued = FullReason::OtherHistory => asked(&mut pair(Version::V7_0), &"a".repeat(40), 1);
    a_former_history_ends_where_ours_branched_off = FullReason::BeyondSecondOffset { .. } => {
        let mut w = pair(Version::V7_0);
        w.ask("a", "SET k v");
        let id = own_id(&w);
        w.ask("b", "REPLICAOF NO ONE");
        w.send("b", &format!("PSYNC {id} 9999\r\n"));
        w.full_reasons()
    };
    without_a_backlog_nothing_can_be_continued = FullReason::NoBacklog => {
        let mut w = Wires::new(&[("a", Version::V7_0, &[])]);
        let id = own_id(&w);
        asked(&mut w, &id, 1)
    };
    what_was_evicted_is_gone = FullReason::Evicted { .. } => {
        let mut w = pair(Version::V2_8);
        let id = own_id(&w);
        asked(&mut w, &id, 0)
    };
    nobody_can_be_ahead_of_the_master = FullReason::Ahead { .. } => {
        let mut w = pair(Version::V2_8);
        let id = own_id(&w);
        asked(&mut w, &id, 9999)
    };
}

fn via(w: &Wires) -> Vec<Via> {
    let via = |v: Verdict| match v {
        Verdict::Continue { via, .. } => Some(via),
        Verdict::Full { .. } => None,
    };
    w.verdicts().into_iter().filter_map(via).collect()
}

table! { Via in recognised_by:
    a_link_that_is_made_again_continues_under_the_own_id = Via::OwnId => {
        let mut w = pair(Version::V7_0);
        w.cut("a", "b");
        w.wait(2);
        via(&w)
    };
    a_promoted_replica_continues_others_under_the_second_id = Via::SecondId => {
        let mut w = pair(Version::V7_0);
        w.ask("b", "REPLICAOF NO ONE");
        w.ask("a", "REPLICAOF b 6379");
        w.wait(2);
        via(&w)
    };
}

/// The states that a replica passes on its way, with every request in its handshake.
fn whole_handshake() -> Vec<LinkState> {
    let options: &[(&str, &str)] = &[("masterauth", "x"), ("slave-announce-ip", "b")];
    let mut w = Wires::new(&[("a", Version::V4_0, &[]), ("b", Version::V4_0, options)]);
    w.ask("b", "SLAVEOF a 6379");
    w.wait(3);
    w.links()
}

/// The same with a master that has a password, so that AUTH is understood.
fn whole_handshake_with_password() -> Vec<LinkState> {
    let guarded: &[(&str, &str)] = &[("requirepass", "x")];
    let options: &[(&str, &str)] = &[("masterauth", "x"), ("slave-announce-ip", "b")];
    let mut w = Wires::new(&[("a", Version::V4_0, guarded), ("b", Version::V4_0, options)]);
    w.ask("b", "SLAVEOF a 6379");
    w.wait(3);
    w.links()
}

table! { LinkState in links:
    a_master_follows_nobody = LinkState::None => whole_handshake();
    a_replica_first_must_connect = LinkState::Connect => whole_handshake();
    then_it_is_connecting = LinkState::Connecting => whole_handshake();
    then_it_waits_for_a_pong = LinkState::AwaitPong => whole_handshake();
    then_for_the_answer_to_its_password = LinkState::AwaitAuth => whole_handshake();
    then_to_its_port = LinkState::AwaitPort => whole_handshake_with_password();
    then_to_its_address = LinkState::AwaitIp => whole_handshake_with_password();
    then_to_its_capabilities = LinkState::AwaitCapa => whole_handshake_with_password();
    then_to_its_question = LinkState::AwaitPsync => whole_handshake_with_password();
    then_it_gets_the_data = LinkState::Transfer => whole_handshake_with_password();
    then_the_stream_flows = LinkState::Connected => whole_handshake_with_password();
}

/// A slow snapshot, so that a replica can be looked at while it waits.
fn slow(version: Version, options: &'static [(&'static str, &'static str)]) -> Wires {
    let mut w = Wires::new(&[("a", version, options), ("b", version, &[])]);
    w.ask("b", "SLAVEOF a 6379");
    w.wait(1);
    w
}

table! { ReplicaStage in stages:
    a_replica_waits_for_a_snapshot_to_start = ReplicaStage::WaitsForStart => slow(Version::V7_0, &[]).stage();
    and_for_its_end = ReplicaStage::WaitsForEnd { .. } => slow(Version::V2_8, &[("bgsave-time", "9s")]).stage();
    and_for_the_rdb_to_go_out = ReplicaStage::Transfer { .. } => {
        let mut w = Wires::new(&[("a", Version::V2_8, &[])]);
        w.send_unseen("a", "SYNC\r\n");
        w.stage()
    };
    after_a_diskless_transfer_the_stream_waits_for_an_ack = ReplicaStage::AwaitsAck { .. } => {
        let mut w = Wires::new(&[("a", Version::V7_0, FAST)]);
        let conn = w.send_unseen("a", "REPLCONF capa eof\r\n");
        w.settle();
        let now = w.now;
        w.nodes.get_mut("a").expect("a node").receive(now, conn, b"PSYNC ? -1\r\n");
        w.settle();
        w.stage()
    };
    then_it_is_online = ReplicaStage::Online => pair(Version::V7_0).stage();
}

/// A replica of a scripted master, which has answered up to the question.
fn asks(version: Version) -> Wires {
    let mut w = Wires::new(&[("b", version, &[]), ("scripted", version, &[])]);
    w.ask("b", "SLAVEOF scripted 6379");
    let conn = w.node("b").upstream.as_ref().and_then(|u| u.link.conn());
    assert!(conn.is_none() || version == Version::V7_0, "nothing can be asked yet");
    // The scripted node only listens: it sleeps, and its answers are given by hand.
    w.put_to_sleep("scripted", 1000);
    w.wait(1);
    for _ in 0..4 {
        if w.node("b").link_state().is_handshake() && w.node("b").link_state() != LinkState::AwaitPsync {
            w.answer("b", "+PONG\r\n");
        }
    }
    assert_eq!(w.node("b").link_state(), LinkState::AwaitPsync);
    w
}

fn answered(version: Version, line: &str) -> Vec<Answer> {
    let mut w = asks(version);
    w.answer("b", line);
    w.answers()
}

table! { Answer in answers:
    everything_anew = Answer::FullResync { .. } => pair(Version::V2_8).answers();
    everything_anew_under_a_name_that_cannot_be_read = Answer::FullResyncGarbled { .. } => answered(Version::V2_8, "+FULLRESYNC x\r\n");
    only_what_is_missing = Answer::Continue { .. } => {
        let mut w = pair(Version::V2_8);
        w.cut("a", "b");
        w.wait(2);
        w.answers()
    };
    not_now = Answer::NotNow { .. } => answered(Version::V4_0, "-NOMASTERLINK Can't SYNC while not connected with my master\r\n");
    what_do_you_mean = Answer::NotUnderstood { .. } => answered(Version::V2_8, "-ERR unknown command 'PSYNC'\r\n");
}

table! { WaitReason in waits:
    others_may_come_and_share = WaitReason::DisklessDelay { .. } => {
        let w = slow(Version::V7_0, &[]);
        w.met(|e| match e { Event::ReplicaWaits { reason, .. } => Some(*reason), _ => None })
    };
    a_snapshot_for_nobody_cannot_be_shared = WaitReason::OtherSnapshot => {
        let mut w = Wires::new(&[("a", Version::V2_8, &[("bgsave-time", "5s")])]);
        w.ask("a", "BGSAVE");
        w.send("a", "SYNC\r\n");
        w.met(|e| match e { Event::ReplicaWaits { reason, .. } => Some(*reason), _ => None })
    };
}

table! { LossReason in losses:
    the_other_side_closed = LossReason::PeerClosed => {
        let mut w = pair(Version::V2_8);
        w.ask("a", "CLIENT KILL TYPE slave");
        let conn = w.node("a").clients.keys().next().copied();
        if let Some(conn) = conn {
            let now = w.now;
            w.nodes.get_mut("a").expect("a node").closed(now, conn, CloseCause::Closed);
            w.settle();
        }
        w.losses()
    };
    the_link_was_cut = LossReason::Reset => {
        let mut w = pair(Version::V2_8);
        w.cut("a", "b");
        w.settle();
        w.losses()
    };
    nothing_was_heard_for_too_long = LossReason::Timeout { .. } => {
        let mut w = pair(Version::V2_8);
        w.put_to_sleep("a", 200);
        w.wait(100);
        w.losses()
    };
    too_much_waited_to_be_sent = LossReason::OutputBufferLimit { .. } => {
        let options: &[(&str, &str)] = &[("client-output-buffer-limit", "slave 1000 0 0"), ("bgsave-time", "9s")];
        let mut w = Wires::new(&[("a", Version::V2_8, options), ("b", Version::V2_8, &[])]);
        w.ask("b", "SLAVEOF a 6379");
        w.wait(1);
        w.ask("a", &format!("SET k {}", "x".repeat(20_000)));
        w.losses()
    };
    nonsense_was_said = LossReason::Protocol { .. } => {
        let mut w = asks(Version::V2_8);
        w.answer("b", "+FULLRESYNC x\r\nnonsense\r\n");
        w.losses()
    };
    the_snapshot_was_given_up = LossReason::SnapshotFailed => {
        let mut w = slow(Version::V2_8, &[("bgsave-time", "9s")]);
        w.ask("a", "FLUSHALL");
        w.losses()
    };
    this_node_changed_its_master = LossReason::RoleChange => {
        let mut w = pair(Version::V7_0);
        w.ask("b", "REPLICAOF NO ONE");
        w.losses()
    };
    an_operator_closed_it = LossReason::Closed => {
        let mut w = pair(Version::V7_0);
        w.ask("a", "CLIENT KILL TYPE replica");
        w.losses()
    };
    a_replica_asked_something_that_is_answered = LossReason::UnexpectedReply { .. } => {
        let mut w = Wires::new(&[("a", Version::V7_0, FAST)]);
        w.send("a", "SYNC\r\nPING\r\n");
        w.losses()
    };
}

table! { IdChange in ids:
    the_first_replica_begins_a_history = IdChange::BacklogCreated => pair(Version::V7_0).id_changes();
    a_freed_backlog_ends_it = IdChange::BacklogFreed => {
        let mut w = pair(Version::V7_0);
        w.ask("a", "CONFIG SET repl-backlog-ttl 5");
        w.unreachable = true;
        w.cut("a", "b");
        w.wait(20);
        w.id_changes()
    };
    a_promoted_replica_branches_off = IdChange::Promoted => {
        let mut w = pair(Version::V4_0);
        w.ask("b", "SLAVEOF NO ONE");
        w.id_changes()
    };
    a_loaded_rdb_brings_the_history_of_its_master = IdChange::FullResync => pair(Version::V7_0).id_changes();
    a_continued_link_may_bring_a_new_name = IdChange::Continued => {
        let mut w = pair(Version::V7_0);
        w.ask("b", "REPLICAOF NO ONE");
        w.ask("a", "REPLICAOF b 6379");
        w.wait(2);
        w.id_changes()
    };
    debug_change_repl_id_forgets_it = IdChange::Debug => {
        let mut w = pair(Version::V7_0);
        w.ask("a", "DEBUG CHANGE-REPL-ID");
        w.id_changes()
    };
}

/// A scripted master that has answered the PING.
fn greeted(version: Version) -> Wires {
    let mut w = Wires::new(&[("b", version, &[]), ("scripted", version, &[])]);
    w.put_to_sleep("scripted", 1000);
    w.ask("b", "SLAVEOF scripted 6379");
    w.wait(1);
    w.answer("b", "+PO");
    assert_eq!(w.node("b").link_state(), LinkState::AwaitPong, "half an answer is none");
    w.answer("b", "NG\r\n");
    w
}

#[test]
fn a_blocking_release_takes_an_answer_that_does_not_come_for_an_error() {
    let mut w = greeted(Version::V2_8);
    assert_eq!(w.node("b").link_state(), LinkState::AwaitPort);
    w.wait(6);
    assert_eq!(w.node("b").link_state(), LinkState::AwaitPsync, "the port is not critical");
    w.wait(6);
    assert_eq!(w.node("b").link_state(), LinkState::Transfer, "it has asked with SYNC");
}

#[test]
fn an_answer_without_end_is_not_waited_for() {
    let mut w = greeted(Version::V7_0);
    w.answer("b", &"x".repeat(3000));
    assert!(w.losses().iter().any(|why| matches!(why, LossReason::Protocol { .. })));
    let mut w = asks(Version::V7_0);
    w.answer("b", &format!("+FULLRESYNC {} 1\r\n{}", "a".repeat(40), "$".repeat(3000)));
    assert!(w.losses().iter().any(|why| matches!(why, LossReason::Protocol { .. })));
}

#[test]
fn a_master_that_talks_in_lines_is_left_and_forgotten() {
    let mut w = asks(Version::V7_0);
    let id = "a".repeat(40);
    w.answer("b", &format!("+FULLRESYNC {id} 0\r\n$18\r\n"));
    assert_eq!(w.node("b").link_state(), LinkState::Transfer);
    // A line instead of a command: the two sides do not agree where commands begin.
    let rdb = crate::rdb::RdbWriter::new(Version::V2_8.profile()).finish();
    assert_eq!(rdb.len(), 18, "an empty RDB");
    let conn = w.node("b").upstream.as_ref().and_then(|u| u.link.conn()).expect("a connection");
    let now = w.now;
    w.node_mut("b").receive(now, conn, &rdb);
    w.settle();
    assert_eq!(w.node("b").link_state(), LinkState::Connected);
    w.node_mut("b").receive(now, conn, b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\nSET k w\r\n");
    w.settle();
    assert!(w.losses().iter().any(|why| matches!(why, LossReason::Protocol { .. })));
    assert_eq!(w.ask("b", "GET k"), ReplyValue::Bulk(Some(b"v".to_vec())));
    let asked = w.node("b").upstream.as_ref().and_then(|u| u.resume.as_ref());
    assert!(asked.is_none(), "nothing of such a master is kept");
}
