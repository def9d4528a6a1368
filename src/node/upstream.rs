//! The replica's side: following a master, losing it, finding it again.
//!
//! A node that follows a master always has an [`Upstream`]; where it stands with the connection is its [`Link`].
//! When a link that streamed is lost, what is needed to continue is kept in [`Resume`] (Redis' cached master).
//!
//! Sources: `replication.c` of 7.0.15 (`replicationSetMaster`, `replicationUnsetMaster`,
//! `replicationHandleMasterDisconnection`, `replicationCacheMaster`, `replicationResurrectCachedMaster`), 4.0.14
//! and 2.8.17; 2.6.17 `slaveofCommand`.

use std::rc::Rc;

use crate::base::{Instant, Offset, ReplId};
use crate::resp::{Limits, RequestParser};

use super::client::{Client, MasterLink, Multi, Role};
use super::handshake::Handshake;
use super::link::LinkState;
use super::stream::NO_SECOND;
use super::trace::{Event, IdChange, LossReason};
use super::transfer::Transfer;
use super::{Action, ConnId, Content, Node};

/// The master a node follows.
#[derive(Clone, Debug)]
pub(super) struct Upstream {
    pub(super) host: Rc<str>,
    pub(super) port: u16,
    pub(super) link: Link,
    pub(super) resume: Option<Resume>,
    /// Since when the link is down; `None` if it never was up.
    pub(super) down_since: Option<Instant>,
}

/// Where the connection to the master stands.
#[derive(Clone, Debug)]
pub(super) enum Link {
    /// The next routine connects.
    Connect,
    Connecting {
        conn: ConnId,
        since: Instant,
    },
    Handshake(Box<Handshake>),
    Transfer(Box<Transfer>),
    /// The stream flows; the connection is a client with [`Role::Master`].
    Connected {
        conn: ConnId,
    },
}

impl Link {
    pub(super) fn state(&self) -> LinkState {
        match self {
            Link::Connect => LinkState::Connect,
            Link::Connecting { .. } => LinkState::Connecting,
            Link::Handshake(handshake) => handshake.state(),
            Link::Transfer(_) => LinkState::Transfer,
            Link::Connected { .. } => LinkState::Connected,
        }
    }

    pub(super) fn conn(&self) -> Option<ConnId> {
        match self {
            Link::Connect => None,
            Link::Connecting { conn, .. } | Link::Connected { conn } => Some(*conn),
            Link::Handshake(handshake) => Some(handshake.conn),
            Link::Transfer(transfer) => Some(transfer.conn),
        }
    }
}

/// What is kept of a lost link, to continue it.
#[derive(Clone, Debug)]
pub(super) struct Resume {
    pub(super) id: Option<ReplId>,
    /// Bytes of the history that are in our data.
    pub(super) offset: Offset,
    pub(super) db: u32,
    /// 2.8 counts bytes when it reads them, so a command that was cut in two stays in the buffer.
    carry: Option<Box<(RequestParser, Option<Multi>)>>,
}

impl Resume {
    pub(super) fn new(id: Option<ReplId>, offset: Offset, db: u32) -> Resume {
        Resume { id, offset, db, carry: None }
    }
}

impl Upstream {
    pub(super) fn is_connected(&self) -> bool {
        matches!(self.link, Link::Connected { .. })
    }
}

impl Node {
    // -- decisions of the operator --------------------------------------------------------------------------

    /// The configured master at the start of the process.
    pub(super) fn follow_at_start(&mut self, host: Rc<str>, port: u16, resume: Option<Resume>) {
        if let Some(resume) = &resume {
            self.stream.id = resume.id;
            self.stream.offset = resume.offset;
        }
        self.upstream =
            Some(Upstream { host: host.clone(), port, link: Link::Connect, resume, down_since: None });
        self.trace.emit(self.now, || Event::MasterSet { host, port });
    }

    /// `REPLICAOF host port` (`replicationSetMaster`).
    pub(super) fn follow(&mut self, host: Rc<str>, port: u16) {
        self.flush_stream();
        let was_master = self.upstream.is_none();
        let mut resume = None;
        if let Some(old) = self.upstream.as_mut() {
            // No reconnecting to the old one while its link is taken down.
            (old.host, old.port) = (host.clone(), port);
            self.take_link_down(LossReason::RoleChange);
            resume = self.upstream.take().and_then(|old| old.resume);
        }
        if self.profile.unblocks_at_role_change() {
            self.unblock_all_for_role_change();
        }
        if self.profile.new_master_drops_replicas() {
            self.disconnect_replicas();
        }
        if self.profile.speaks_psync2() {
            if was_master {
                resume = Some(Resume::new(self.stream.id, self.stream.offset, 0));
            }
        } else {
            resume = None;
            self.free_backlog();
            self.stream.offset = Offset(0);
        }
        let from = if was_master { LinkState::None } else { LinkState::Connect };
        self.upstream =
            Some(Upstream { host: host.clone(), port, link: Link::Connect, resume, down_since: None });
        self.trace.emit(self.now, || Event::MasterSet { host, port });
        if from != LinkState::Connect {
            self.trace.emit(self.now, || Event::LinkChanged { from, to: LinkState::Connect });
        }
        if self.profile.connects_at_once() {
            self.connect_upstream();
        }
    }

    /// `REPLICAOF NO ONE` (`replicationUnsetMaster`).
    pub(super) fn unfollow(&mut self) {
        if self.upstream.is_none() {
            return;
        }
        self.flush_stream();
        let applied = self.applied_offset();
        let from = self.link_state();
        self.take_link_down(LossReason::RoleChange);
        self.upstream = None;
        self.trace.emit(self.now, || Event::LinkChanged { from: LinkState::Connect, to: LinkState::None });
        if self.profile.speaks_psync2() {
            self.branch_history();
            self.disconnect_replicas();
            self.stream.selected_db = None;
            self.no_replicas_since = self.now;
        } else if from == LinkState::Connected && self.replicas.is_empty() && self.profile.speaks_psync() {
            // Replicas of old releases become comparable by their offsets.
            self.stream.offset = applied.unwrap_or_default();
            self.free_backlog();
        }
        self.trace.emit(self.now, || Event::Promoted);
    }

    /// Closes whatever connection there is to the master, without connecting again.
    fn take_link_down(&mut self, why: LossReason) {
        let Some(upstream) = &mut self.upstream else { return };
        let state = upstream.link.state();
        let Some(conn) = upstream.link.conn() else { return };
        if let Link::Connected { .. } = upstream.link {
            self.cache_master(conn, &why);
        }
        self.actions.push_back(Action::Close { conn, reset: false });
        self.report_loss(why, state);
        self.set_link(Link::Connect);
    }

    // -- the connection -------------------------------------------------------------------------------------

    /// Whether a connection is the one to the master while it is not a client yet.
    pub(super) fn upstream_owns(&self, conn: ConnId) -> bool {
        !self.clients.contains_key(&conn)
            && self.upstream.as_ref().is_some_and(|u| u.link.conn() == Some(conn))
    }

    pub(super) fn link_state(&self) -> LinkState {
        self.upstream.as_ref().map_or(LinkState::None, |u| u.link.state())
    }

    /// Changes the state of the link and says so.
    pub(super) fn set_link(&mut self, link: Link) {
        let Some(upstream) = &mut self.upstream else { return };
        let (from, to) = (upstream.link.state(), link.state());
        upstream.link = link;
        if from != to {
            self.trace.emit(self.now, || Event::LinkChanged { from, to });
        }
    }

    /// `connectWithMaster`.
    pub(super) fn connect_upstream(&mut self) {
        let Some(upstream) = &self.upstream else { return };
        let (host, port) = (upstream.host.clone(), upstream.port);
        let conn = self.new_conn();
        self.log(|_| format!("Connecting to MASTER {host}:{port}"));
        self.log(|_| "MASTER <-> REPLICA sync started".to_string());
        self.actions.push_back(Action::Connect { conn, host, port });
        let since = self.now;
        self.set_link(Link::Connecting { conn, since });
    }

    pub(super) fn upstream_connected(&mut self, conn: ConnId) {
        let connecting = matches!(self.upstream.as_ref().map(|u| &u.link),
            Some(Link::Connecting { conn: asked, .. }) if *asked == conn);
        if connecting {
            self.begin_handshake(conn);
        } else {
            self.actions.push_back(Action::Close { conn, reset: false });
        }
    }

    pub(super) fn upstream_connect_failed(&mut self, conn: ConnId, why: &str) {
        if !self.upstream_owns(conn) {
            return;
        }
        self.warn(|_| format!("Error condition on socket for SYNC: {why}"));
        self.trace.emit(self.now, || Event::ConnectFailed { why: why.to_string() });
        self.set_link(Link::Connect);
    }

    pub(super) fn upstream_received(&mut self, bytes: &[u8]) {
        match self.upstream.as_ref().map(|u| &u.link) {
            Some(Link::Handshake(_)) => self.handshake_received(bytes),
            Some(Link::Transfer(_)) => self.transfer_received(bytes),
            _ => {}
        }
    }

    /// The connection ended before the stream flowed.
    pub(super) fn upstream_lost(&mut self, why: LossReason) {
        let state = self.link_state();
        self.log_cut_load();
        self.report_loss(why, state);
        self.set_link(Link::Connect);
        if state == LinkState::Transfer {
            self.retry_now_if_release_does();
        }
    }

    /// Gives the attempt up and tries again: at the next routine, or at once in 7.0
    /// (`cancelReplicationHandshake(1)`).
    pub(super) fn abandon_upstream(&mut self, why: LossReason, at_once: bool) {
        self.take_link_down(why);
        if at_once {
            self.retry_now_if_release_does();
        }
    }

    fn retry_now_if_release_does(&mut self) {
        if self.profile.connects_at_once() && self.upstream.is_some() {
            self.connect_upstream();
        }
    }

    fn report_loss(&mut self, why: LossReason, state: LinkState) {
        let resume = self.upstream.as_ref().and_then(|u| u.resume.as_ref());
        let resume = resume.and_then(|r| Some((r.id?, r.offset.next())));
        self.trace.emit(self.now, || Event::MasterLost { why, state, resume });
    }

    // -- the stream -----------------------------------------------------------------------------------------

    /// The stream begins: the connection becomes a client (`replicationCreateMasterClient`,
    /// `replicationResurrectCachedMaster`). `rest` was read with the answer.
    pub(super) fn begin_stream(&mut self, conn: ConnId, resume: Resume, rest: Vec<u8>) {
        let Some(upstream) = &mut self.upstream else { return };
        let (host, port) = (upstream.host.clone(), upstream.port);
        upstream.down_since = None;
        upstream.resume = None;
        let mut limits = Limits::new(self.profile);
        limits.master_link = true;
        let mut client = Client::new(host, port, limits, self.now);
        client.authenticated = true;
        client.db = resume.db;
        if let Some(carry) = resume.carry {
            (client.parser, client.multi) = *carry;
        }
        client.role = Role::Master(Box::new(MasterLink {
            id: resume.id,
            applied: resume.offset,
            read: resume.offset,
            pre_psync: resume.offset == Offset::NONE,
            unforwarded: Vec::new(),
        }));
        self.clients.insert(conn, client);
        self.set_link(Link::Connected { conn });
        if !rest.is_empty() {
            self.received(conn, &rest);
        }
    }

    /// `+CONTINUE`.
    pub(super) fn continue_stream(&mut self, conn: ConnId, new_id: Option<ReplId>, rest: Vec<u8>) {
        let Some(mut resume) = self.upstream.as_mut().and_then(|u| u.resume.take()) else {
            // A master that continues what was never begun.
            return self.abandon_upstream(
                LossReason::Protocol { error: "+CONTINUE without a PSYNC that could be continued".into() },
                false,
            );
        };
        if let Some(new) = new_id {
            self.warn(|_| format!("Master replication ID changed to {new}"));
            let old = resume.id.unwrap_or(ReplId::ZERO);
            self.stream.second = super::verdict::SecondId { id: old, offset: self.stream.offset.next() };
            self.stream.id = Some(new);
            resume.id = Some(new);
            self.ids_changed(IdChange::Continued);
            self.disconnect_replicas();
        }
        self.log(|_| "MASTER <-> REPLICA sync: Master accepted a Partial Resynchronization.".to_string());
        if self.profile.forwards_stream() {
            self.create_backlog();
        }
        self.begin_stream(conn, resume, rest);
    }

    /// The data of the master are loaded: its history is ours now.
    pub(super) fn adopt_history(&mut self, id: Option<ReplId>, offset: Offset) {
        if !self.profile.forwards_stream() {
            return;
        }
        self.stream.id = id;
        self.stream.offset = offset;
        self.stream.second = NO_SECOND;
        self.ids_changed(IdChange::FullResync);
        self.free_backlog();
        self.create_backlog();
    }

    /// The streaming link is gone (`freeClient` on the master).
    pub(super) fn master_link_lost(&mut self, conn: ConnId, why: LossReason, peer_gone: bool) {
        self.warn(|_| "Connection with master lost.".to_string());
        self.cache_master(conn, &why);
        if !peer_gone {
            self.actions.push_back(Action::Close { conn, reset: false });
        }
        self.report_loss(why, LinkState::Connected);
        self.set_link(Link::Connect);
        if self.profile.lost_master_drops_replicas() {
            self.disconnect_replicas();
        }
        self.retry_now_if_release_does();
    }

    /// Keeps what is needed to continue, unless the link ended by nonsense (`replicationCacheMaster`).
    fn cache_master(&mut self, conn: ConnId, why: &LossReason) {
        self.flush_stream();
        let Some(client) = self.clients.remove(&conn) else { return };
        let keeps = self.profile.speaks_psync() && !matches!(why, LossReason::Protocol { .. });
        let counts_read = !self.profile.forwards_stream();
        let now = self.now;
        let (Some(upstream), Role::Master(master)) = (&mut self.upstream, client.role) else { return };
        upstream.down_since = Some(now);
        upstream.resume = keeps.then(|| Resume {
            id: master.id,
            offset: if counts_read { master.read } else { master.applied },
            db: client.db,
            carry: counts_read.then(|| Box::new((client.parser, client.multi))),
        });
    }

    /// `slave_repl_offset`: what is applied of the master's stream.
    pub(super) fn applied_offset(&self) -> Option<Offset> {
        let upstream = self.upstream.as_ref()?;
        if let Link::Connected { conn } = upstream.link {
            let master = self.clients.get(&conn)?.master()?;
            return Some(if self.profile.forwards_stream() { master.applied } else { master.read });
        }
        upstream.resume.as_ref().map(|r| r.offset)
    }

    pub(super) fn master_conn(&self) -> Option<ConnId> {
        match self.upstream.as_ref()?.link {
            Link::Connected { conn } => Some(conn),
            _ => None,
        }
    }

    /// `REPLCONF ACK` to the master (`replicationSendAck`).
    pub(super) fn send_ack(&mut self) {
        let Some(conn) = self.master_conn() else { return };
        let offset = self.applied_offset().unwrap_or_default();
        let Some(client) = self.clients.get_mut(&conn) else { return };
        let mut ack = Vec::new();
        let text = offset.to_string();
        crate::resp::encode_command(&mut ack, ["REPLCONF", "ACK", text.as_str()]);
        client.push(Content::Ack, ack);
        self.wants_output(conn);
        self.trace.emit(self.now, || Event::AckSent { offset });
    }

    /// The master's newest command is executed: the offset moves, and the bytes are forwarded as they came.
    pub(super) fn stream_applied(&mut self, conn: ConnId) {
        if self.profile.forwards_stream() {
            self.forward_applied(conn);
        }
    }

    /// Bytes of the stream that are no command yet: they count with the next one.
    pub(super) fn stream_skipped(&mut self, conn: ConnId) {
        if !self.profile.forwards_stream() {
            return;
        }
        let Some(client) = self.clients.get_mut(&conn) else { return };
        let raw = client.parser.raw();
        if let Role::Master(master) = &mut client.role {
            master.unforwarded.extend_from_slice(raw);
        }
    }
}
