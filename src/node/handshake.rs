//! The handshake of a replica: PING, AUTH, REPLCONF, and the question PSYNC or SYNC.
//!
//! Up to 4.0 one request follows the answer to the one before; 7.0 sends everything after the PONG in one burst
//! and reads the answers in order. Up to 4.0 requests are lines, in 7.0 arrays. 2.8.17 blocks while it waits for
//! each answer, five seconds at most.
//!
//! Sources: `replication.c:syncWithMaster` and `slaveTryPartialResynchronization` of 7.0.15, 4.0.14, 2.8.17 and
//! 2.6.17.

use crate::base::{Instant, Offset, Profile, ReplId, Span, printable};
use crate::resp::encode_command;

use super::link::LinkState;
use super::trace::{Answer, Event, LossReason};
use super::transfer::{Grant, Transfer};
use super::upstream::Link;
use super::{ConnId, Content, Node, Payload};

/// `CONFIG_REPL_SYNCIO_TIMEOUT`: how long a blocking release waits for one answer.
const BLOCKING_TIMEOUT: Span = Span::from_secs(5);

/// The longest answer line that is read.
const LINE_MAX: usize = 1024;

/// A handshake under way.
#[derive(Clone, Debug)]
pub(super) struct Handshake {
    pub(super) conn: ConnId,
    /// The requests whose answers are awaited, in order; the first is the present state.
    awaited: Vec<LinkState>,
    /// Requests that wait for the answer before.
    unsent: Vec<(LinkState, Vec<String>)>,
    line: Vec<u8>,
    pub(super) last_io: Instant,
    pub(super) output: Vec<Payload>,
}

impl Handshake {
    pub(super) fn state(&self) -> LinkState {
        *self.awaited.first().expect("a handshake awaits an answer")
    }

    /// When a blocking release gives this answer up.
    pub(super) fn blocking_deadline(&self) -> Instant {
        self.last_io + BLOCKING_TIMEOUT
    }
}

impl Node {
    pub(super) fn begin_handshake(&mut self, conn: ConnId) {
        self.log(|_| "Non blocking connect for SYNC fired the event.".to_string());
        let handshake = Handshake {
            conn,
            awaited: vec![LinkState::AwaitPong],
            unsent: Vec::new(),
            line: Vec::new(),
            last_io: self.now,
            output: Vec::new(),
        };
        self.set_link(Link::Handshake(Box::new(handshake)));
        self.send_request(&["PING".to_string()], Content::Handshake);
    }

    /// What is said after the PONG.
    fn requests(&self) -> Vec<(LinkState, Vec<String>)> {
        let live = self.config.live();
        let words = |w: &[&str]| w.iter().map(|w| w.to_string()).collect::<Vec<_>>();
        let mut requests = Vec::new();
        if let Some(password) = &live.masterauth {
            let user = self.config.get("masteruser").filter(|u| !u.is_empty());
            let mut auth = words(&["AUTH"]);
            auth.extend(user.map(str::to_string));
            auth.push(password.to_string());
            requests.push((LinkState::AwaitAuth, auth));
        }
        let announced = self.config.number("slave-announce-port");
        let port = if announced > 0 { announced } else { self.config.port().into() };
        requests.push((LinkState::AwaitPort, words(&["REPLCONF", "listening-port", &port.to_string()])));
        if let Some(ip) = self.config.get("slave-announce-ip").filter(|ip| !ip.is_empty()) {
            requests.push((LinkState::AwaitIp, words(&["REPLCONF", "ip-address", ip])));
        }
        if self.profile.speaks_capa() {
            requests.push((LinkState::AwaitCapa, words(&["REPLCONF", "capa", "eof", "capa", "psync2"])));
        }
        requests
    }

    fn send_request(&mut self, words: &[String], content: Content) {
        let mut bytes = Vec::new();
        if self.profile.handshakes_in_lines() {
            bytes.extend_from_slice(words.join(" ").as_bytes());
            bytes.extend_from_slice(b"\r\n");
        } else {
            encode_command(&mut bytes, words.iter());
        }
        self.send_upstream(bytes, content);
        let line = words.join(" ");
        self.trace.emit(self.now, || Event::HandshakeSent { line });
    }

    fn send_upstream(&mut self, bytes: Vec<u8>, content: Content) {
        let Some(Link::Handshake(handshake)) = self.upstream.as_mut().map(|u| &mut u.link) else { return };
        let conn = handshake.conn;
        handshake.output.push(Payload { bytes: bytes.into(), content });
        self.wants_output(conn);
    }

    /// Output of a connection that is not a client yet.
    pub(super) fn take_from_handshake(&mut self, conn: ConnId, max: usize) -> Option<Payload> {
        let output = match self.upstream.as_mut().map(|u| &mut u.link)? {
            Link::Handshake(handshake) if handshake.conn == conn => &mut handshake.output,
            Link::Transfer(transfer) if transfer.conn == conn => &mut transfer.output,
            _ => return None,
        };
        let front = output.first_mut()?;
        if front.bytes.len() <= max {
            return Some(output.remove(0));
        }
        Some(Payload { bytes: front.bytes.split_to(max), content: front.content })
    }

    pub(super) fn handshake_pending(&self, conn: ConnId) -> u64 {
        let output = match self.upstream.as_ref().map(|u| &u.link) {
            Some(Link::Handshake(handshake)) if handshake.conn == conn => &handshake.output,
            Some(Link::Transfer(transfer)) if transfer.conn == conn => &transfer.output,
            _ => return 0,
        };
        output.iter().map(|p| p.bytes.len() as u64).sum()
    }

    pub(super) fn handshake_received(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let Some(Link::Handshake(handshake)) = self.upstream.as_mut().map(|u| &mut u.link) else {
                // The answer changed the state: the rest belongs to what comes now.
                return self.after_handshake(bytes);
            };
            handshake.last_io = self.now;
            let Some(end) = bytes.iter().position(|b| *b == b'\n') else {
                handshake.line.extend_from_slice(bytes);
                if handshake.line.len() > LINE_MAX {
                    let error = "the answer line is too long".to_string();
                    self.abandon_upstream(LossReason::Protocol { error }, false);
                }
                return;
            };
            let mut line = std::mem::take(&mut handshake.line);
            line.extend_from_slice(&bytes[..end]);
            if line.last() == Some(&b'\r') {
                line.pop();
            }
            bytes = &bytes[end + 1..];
            if self.answer_ends_handshake(&line, bytes) {
                return;
            }
        }
    }

    fn after_handshake(&mut self, bytes: &[u8]) {
        match self.upstream.as_ref().map(|u| &u.link) {
            Some(Link::Transfer(_)) => self.transfer_received(bytes),
            Some(Link::Connected { conn }) => self.received(*conn, bytes),
            _ => {}
        }
    }

    /// One line of the master. True when the bytes after it were taken care of.
    fn answer_ends_handshake(&mut self, line: &[u8], rest: &[u8]) -> bool {
        let state = self.link_state();
        let text = printable(line, 256);
        if state == LinkState::AwaitPsync {
            return self.psync_answered(line, rest);
        }
        self.trace.emit(self.now, || Event::HandshakeAnswered { line: text.clone() });
        match state {
            LinkState::AwaitPong => {
                let goes_on = line.first() == Some(&b'+')
                    || line.starts_with(b"-NOAUTH")
                    || line.starts_with(b"-ERR operation not permitted")
                    || self.profile.accepts_noperm_pong() && line.starts_with(b"-NOPERM");
                if !goes_on {
                    self.warn(|_| format!("Error reply to PING from master: '{text}'"));
                    self.abandon_upstream(LossReason::Protocol { error: text }, false);
                    return true;
                }
                self.log(|_| "Master replied to PING, replication can continue...".to_string());
                let requests = self.requests();
                self.queue_requests(requests);
            }
            LinkState::AwaitAuth if line.first() == Some(&b'-') => {
                self.warn(|_| format!("Unable to AUTH to MASTER: {text}"));
                self.abandon_upstream(LossReason::Protocol { error: text }, false);
                return true;
            }
            state => {
                if line.first() == Some(&b'-') {
                    let about = match state {
                        LinkState::AwaitPort => " listening-port",
                        LinkState::AwaitIp => " ip-address",
                        _ => " capa",
                    };
                    self.log(|_| {
                        format!("(Non critical) Master does not understand REPLCONF{about}: {text}")
                    });
                }
                self.next_request();
            }
        }
        false
    }

    fn queue_requests(&mut self, requests: Vec<(LinkState, Vec<String>)>) {
        if self.profile.pipelines_handshake() {
            let awaited: Vec<LinkState> = requests.iter().map(|(state, _)| *state).collect();
            for (_, words) in &requests {
                self.send_request(words, Content::Handshake);
            }
            self.await_next(awaited);
        } else {
            if let Some(Link::Handshake(handshake)) = self.upstream.as_mut().map(|u| &mut u.link) {
                handshake.unsent = requests;
            }
            self.send_next_unsent();
        }
    }

    /// Changes what is awaited, and says so.
    fn await_next(&mut self, awaited: Vec<LinkState>) {
        let Some(Link::Handshake(handshake)) = self.upstream.as_mut().map(|u| &mut u.link) else { return };
        let (from, to) = (handshake.state(), awaited[0]);
        handshake.awaited = awaited;
        if from != to {
            self.trace.emit(self.now, || Event::LinkChanged { from, to });
        }
    }

    fn next_request(&mut self) {
        let Some(Link::Handshake(handshake)) = self.upstream.as_mut().map(|u| &mut u.link) else { return };
        match handshake.awaited.get(1..) {
            Some(rest) if !rest.is_empty() => {
                let rest = rest.to_vec();
                self.await_next(rest);
            }
            _ => self.send_next_unsent(),
        }
    }

    fn send_next_unsent(&mut self) {
        let Some(Link::Handshake(handshake)) = self.upstream.as_mut().map(|u| &mut u.link) else { return };
        if handshake.unsent.is_empty() {
            return self.ask_for_data();
        }
        let (state, words) = handshake.unsent.remove(0);
        self.await_next(vec![state]);
        self.send_request(&words, Content::Handshake);
    }

    // -- the question -----------------------------------------------------------------------------------------

    fn ask_for_data(&mut self) {
        if !self.profile.speaks_psync() {
            return self.ask_with_sync(Vec::new());
        }
        let resume = self.upstream.as_ref().and_then(|u| u.resume.as_ref());
        let (id, offset) = match resume {
            // A history without an ID (after a SYNC) is asked for with an empty one, as real replicas do.
            Some(resume) => (resume.id.map_or(String::new(), |id| id.to_text()), resume.offset.next()),
            None => ("?".to_string(), Offset::NONE),
        };
        self.log(|_| match id.as_str() {
            "?" => "Partial resynchronization not possible (no cached master)".to_string(),
            id => format!("Trying a partial resynchronization (request {id}:{offset})."),
        });
        self.await_next(vec![LinkState::AwaitPsync]);
        let mut words = vec!["PSYNC".to_string(), id.clone(), offset.to_string()];
        if self.failover.as_ref().is_some_and(|f| f.is_in_progress()) {
            words.push("FAILOVER".to_string());
        }
        self.send_request(&words, Content::Question);
        self.trace.emit(self.now, || Event::PsyncSent { id, offset });
    }

    /// Falls back to SYNC on the same connection. Always a line, in every release.
    fn ask_with_sync(&mut self, rest: Vec<u8>) {
        self.log(|_| "Retrying with SYNC...".to_string());
        self.send_upstream(b"SYNC\r\n".to_vec(), Content::Question);
        self.trace.emit(self.now, || Event::SyncSent);
        self.begin_receiving(Grant { id: None, offset: Offset::NONE }, &rest);
    }

    fn begin_receiving(&mut self, grant: Grant, rest: &[u8]) {
        let Some(Link::Handshake(handshake)) = self.upstream.as_mut().map(|u| &mut u.link) else { return };
        let output = std::mem::take(&mut handshake.output);
        let transfer = Transfer::new(handshake.conn, grant, output, self.now);
        self.set_link(Link::Transfer(Box::new(transfer)));
        if !rest.is_empty() {
            self.transfer_received(rest);
        }
    }

    fn psync_answered(&mut self, line: &[u8], rest: &[u8]) -> bool {
        if line.is_empty() && self.profile.psync_answer_may_be_awaited() {
            // A newline keeps us patient while the master makes up its mind.
            return false;
        }
        let known = self.upstream.as_ref().and_then(|upstream| upstream.resume.as_ref()?.id);
        let answer = read_answer(line, self.profile, known);
        self.trace.emit(self.now, || Event::PsyncAnswered { answer: answer.clone() });
        if self.failover.is_some() {
            match answer {
                Answer::Continue { .. } | Answer::FullResync { .. } | Answer::FullResyncGarbled { .. } => {
                    self.failover_answered();
                }
                _ => {
                    self.abort_failover("Failover target rejected psync request");
                    return true;
                }
            }
        }
        let discards = self.profile.discards_past_when_answered();
        match answer {
            Answer::FullResync { id, offset } => {
                self.log(|_| format!("Full resync from master: {id}:{offset}"));
                self.discard_past(discards);
                self.begin_receiving(Grant { id: Some(id), offset }, rest);
            }
            Answer::FullResyncGarbled { .. } => {
                self.warn(|_| "Master replied with wrong +FULLRESYNC syntax.".to_string());
                self.discard_past(discards);
                self.begin_receiving(Grant { id: None, offset: Offset::NONE }, rest);
            }
            Answer::Continue { new_id } => {
                self.log(|_| "Successful partial resynchronization with master.".to_string());
                if let Some(conn) = self.upstream.as_ref().and_then(|u| u.link.conn()) {
                    self.continue_stream(conn, new_id, rest.to_vec());
                }
            }
            Answer::NotNow { line } => {
                self.log(|_| {
                    format!("Master is currently unable to PSYNC but should be in the future: {line}")
                });
                self.abandon_upstream(LossReason::Protocol { error: line }, false);
            }
            Answer::NotUnderstood { line } => {
                if line.starts_with("-ERR") {
                    self.log(|_| {
                        format!("Master does not support PSYNC or is in error state (reply: {line})")
                    });
                } else {
                    self.warn(|_| format!("Unexpected reply to PSYNC from master: {line}"));
                }
                self.discard_past(discards);
                self.ask_with_sync(rest.to_vec());
            }
        }
        true
    }

    /// Forgets what could have been continued.
    fn discard_past(&mut self, now: bool) {
        if let Some(upstream) = self.upstream.as_mut().filter(|_| now) {
            upstream.resume = None;
        }
        if now && self.profile.forwards_stream() {
            // 4.0 prepares its own replicas here, 7.0 when the RDB is there.
            self.disconnect_replicas();
            self.free_backlog();
        }
    }

    /// A blocking release got no answer in time: it takes that for an error.
    pub(super) fn answer_timed_out(&mut self) {
        if let Some(Link::Handshake(handshake)) = self.upstream.as_mut().map(|u| &mut u.link) {
            // The next answer has its own time.
            handshake.last_io = self.now;
        }
        let line = b"-Reading from master: Operation now in progress".to_vec();
        self.answer_ends_handshake(&line, &[]);
    }
}

/// `known`: the ID of the history that can be continued.
fn read_answer(line: &[u8], profile: &'static Profile, known: Option<ReplId>) -> Answer {
    let text = || printable(line, 256);
    if line.starts_with(b"+FULLRESYNC") {
        return read_full_resync(line).unwrap_or_else(|| Answer::FullResyncGarbled { line: text() });
    }
    if line.starts_with(b"+CONTINUE") {
        let told = line.get(10..).filter(|_| profile.speaks_psync2()).and_then(ReplId::from_bytes);
        return Answer::Continue { new_id: told.filter(|id| Some(*id) != known) };
    }
    let not_now = line.starts_with(b"-NOMASTERLINK") || line.starts_with(b"-LOADING");
    if not_now && profile.waits_for_masters_that_cannot_yet() {
        return Answer::NotNow { line: text() };
    }
    Answer::NotUnderstood { line: text() }
}

fn read_full_resync(line: &[u8]) -> Option<Answer> {
    let mut words = line.splitn(3, |b| *b == b' ');
    words.next()?;
    let id = ReplId::from_bytes(words.next()?)?;
    let offset = leading_number(words.next()?);
    Some(Answer::FullResync { id, offset: Offset(offset) })
}

/// What `strtoll` reads: digits up to the first other character.
pub(super) fn leading_number(text: &[u8]) -> i64 {
    let text = String::from_utf8_lossy(text);
    let text = text.trim_start();
    let sign = usize::from(text.starts_with(['-', '+']));
    let digits = text[sign..].find(|c: char| !c.is_ascii_digit()).map_or(text.len(), |n| n + sign);
    text[..digits].parse().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Version;

    fn answer(line: &str) -> Answer {
        read_answer(line.as_bytes(), Version::V7_0.profile(), ReplId::from_bytes(&[b'b'; 40]))
    }

    #[test]
    fn the_three_answers_are_told_apart() {
        let id = ReplId::from_bytes(&[b'a'; 40]).expect("forty bytes");
        let full = format!("+FULLRESYNC {id} 152");
        assert_eq!(answer(&full), Answer::FullResync { id, offset: Offset(152) });
        assert_eq!(answer("+CONTINUE"), Answer::Continue { new_id: None });
        assert_eq!(answer(&format!("+CONTINUE {id}")), Answer::Continue { new_id: Some(id) });
        assert_eq!(answer(&format!("+CONTINUE {}", "b".repeat(40))), Answer::Continue { new_id: None });
        assert!(matches!(answer("-ERR unknown command 'PSYNC'"), Answer::NotUnderstood { .. }));
        assert!(matches!(answer("-NOMASTERLINK Can't SYNC"), Answer::NotNow { .. }));
        assert!(matches!(answer("+FULLRESYNC short 1"), Answer::FullResyncGarbled { .. }));
        assert!(matches!(answer("+FOO"), Answer::NotUnderstood { .. }));
    }
}
