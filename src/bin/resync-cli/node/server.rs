//! The event loop: one thread, one node, its sockets, the clock and the disk.
//!
//! Each round: wait until a socket has something or the node's deadline comes; tell the node; do what it asks
//! for; write its log. The node is driven exactly as `node/mod.rs` describes. Absent: threads, and any decision
//! about replication.

use std::collections::HashMap;
use std::io::{self, ErrorKind, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use mio::net::UnixStream;
use mio::{Events, Interest, Poll, Token};
use resync::base::{Instant, UnixMs};
use resync::node::{Action, CloseCause, ConnId, Node, Wake};

use super::child::SavingChild;
use super::disk;
use super::log::Log;
use super::options::plain;
use super::socket::{CHUNK, Listener, Phase, ReadOutcome, Socket, Stream, Visitor, connect};

/// Tokens below this are listeners; the last of them is the pipe of the signals.
const FIRST_CONNECTION: usize = 64;
const SIGNALS: Token = Token(FIRST_CONNECTION - 1);

/// What 3.2 and later say to visitors from elsewhere when nobody asked for visitors from elsewhere.
const DENIED: &str = "-DENIED Redis is running in protected mode because protected mode is enabled and no \
password is set for the default user. In this mode connections are only accepted from the loopback interface. \
Start the node with the '--protected-mode no' option, or set a password, to accept others.\r\n";

/// The time of the machine as the node counts it.
pub struct Clock {
    started: std::time::Instant,
    /// The part of a millisecond at which it started, so that calendar milliseconds change when they should.
    ahead: u64,
    pub epoch: UnixMs,
}

impl Clock {
    pub fn start() -> Clock {
        let wall = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let ahead = u64::from(wall.subsec_nanos()) % 1_000_000;
        Clock { started: std::time::Instant::now(), ahead, epoch: UnixMs(wall.as_millis() as i64) }
    }

    pub fn now(&self) -> Instant {
        Instant(self.started.elapsed().as_nanos() as u64 + self.ahead)
    }
}

/// Signals that ask for an orderly end, and the one that tells of a child's.
struct Signals {
    pipe: UnixStream,
    child: Arc<AtomicBool>,
    term: Arc<AtomicBool>,
    int: Arc<AtomicBool>,
}

impl Signals {
    fn watch() -> io::Result<Signals> {
        use signal_hook::consts::{SIGCHLD, SIGINT, SIGTERM};
        let (pipe, writer) = std::os::unix::net::UnixStream::pair()?;
        pipe.set_nonblocking(true)?;
        let watch = |signal| {
            let came = Arc::new(AtomicBool::new(false));
            signal_hook::flag::register(signal, came.clone())?;
            signal_hook::low_level::pipe::register(signal, writer.try_clone()?)?;
            io::Result::Ok(came)
        };
        let (term, int, child) = (watch(SIGTERM)?, watch(SIGINT)?, watch(SIGCHLD)?);
        Ok(Signals { pipe: UnixStream::from_std(pipe), child, term, int })
    }

    /// The signal that came since the last call.
    fn take(&mut self) -> Option<&'static str> {
        while self.pipe.read(&mut [0; 16]).is_ok_and(|count| count > 0) {}
        let came = |flag: &AtomicBool| flag.swap(false, Ordering::Relaxed);
        if came(&self.term) { Some("SIGTERM") } else { came(&self.int).then_some("SIGINT") }
    }
}

/// A node and everything that is outside of it.
pub struct Server {
    node: Node,
    clock: Clock,
    log: Log,
    poll: Poll,
    listeners: Vec<Listener>,
    signals: Signals,
    sockets: HashMap<ConnId, Socket>,
    /// Connections whose last read left something behind, and whether their peer is known to have closed.
    unread: Vec<(ConnId, bool)>,
    accepted: usize,
    buffer: Vec<u8>,
    ends: bool,
    shutting_down: bool,
    child: Option<SavingChild>,
}

impl Server {
    pub fn new(node: Node, clock: Clock, log: Log, mut listeners: Vec<Listener>) -> io::Result<Server> {
        let poll = Poll::new()?;
        let mut signals = Signals::watch()?;
        poll.registry().register(&mut signals.pipe, SIGNALS, Interest::READABLE)?;
        for (index, listener) in listeners.iter_mut().enumerate() {
            poll.registry().register(listener.source(), Token(index), Interest::READABLE)?;
        }
        Ok(Server {
            node,
            clock,
            log,
            poll,
            listeners,
            signals,
            sockets: HashMap::new(),
            unread: Vec::new(),
            accepted: 0,
            buffer: vec![0; CHUNK],
            ends: false,
            shutting_down: false,
            child: None,
        })
    }

    /// Serves until the node ends.
    pub fn run(&mut self) -> io::Result<()> {
        let mut events = Events::with_capacity(1024);
        self.settle();
        while !self.ends {
            self.wait(&mut events)?;
            self.look_for_signals();
            for event in events.iter() {
                let Token(token) = event.token();
                if token >= FIRST_CONNECTION {
                    let conn = ConnId((token - FIRST_CONNECTION) as u64);
                    self.connection_event(conn, event);
                } else if event.token() != SIGNALS {
                    self.accept_all(token);
                }
            }
            self.read_ready();
            if self.node.next_deadline().is_some_and(|(at, _)| at <= self.clock.now()) {
                self.node.tick(self.clock.now());
            }
            self.look_after_child();
            self.settle();
        }
        self.child = None;
        self.last_words();
        Ok(())
    }

    fn wait(&mut self, events: &mut Events) -> io::Result<()> {
        let now = self.clock.now();
        let timeout = match self.node.next_deadline() {
            // The whole process sleeps: nothing is read, as in a server that does not look.
            Some((until, Wake::Awake)) => {
                std::thread::sleep(Duration::from_nanos(until.since(now).0));
                Some(Duration::ZERO)
            }
            deadline => {
                let next = deadline.map(|(at, _)| at).into_iter().chain(self.next_read(now)).min();
                next.map(|at| Duration::from_nanos(at.since(now).0))
            }
        };
        match self.poll.poll(events, timeout) {
            Err(e) if e.kind() == ErrorKind::Interrupted => Ok(()),
            other => other,
        }
    }

    fn look_for_signals(&mut self) {
        let Some(signal) = self.signals.take() else { return };
        if std::mem::replace(&mut self.shutting_down, true) && signal == "SIGINT" {
            self.log.line('M', '#', "You insist... exiting now.");
            std::process::exit(1);
        }
        self.node.terminate(self.clock.now(), signal);
    }

    /// A background save is seen as a process of its own, and fails when that is killed.
    fn look_after_child(&mut self) {
        if self.signals.child.swap(false, Ordering::Relaxed)
            && let Some(signal) = self.child.as_mut().and_then(SavingChild::killed_by)
        {
            self.child = None;
            self.node.background_save_killed(self.clock.now(), signal);
        }
        let save = self.node.background_save();
        if self.child.as_ref().map(|child| child.began) != save.map(|(began, _)| began) {
            self.child = None;
            let dir = self.node.config().get("dir").unwrap_or(".");
            // A save without its process is a save all the same.
            let start =
                |(began, rdb): (_, Option<&Bytes>)| SavingChild::start(began, dir, rdb.map(|rdb| &rdb[..]));
            self.child = save.and_then(|save| start(save).ok());
        }
    }

    // -- bytes in -------------------------------------------------------------------------------------------

    fn accept_all(&mut self, listener: usize) {
        loop {
            match self.listeners[listener].accept() {
                Ok(visitor) => self.welcome(visitor),
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) if e.kind() == ErrorKind::WouldBlock => return,
                Err(e) => {
                    return self.log.line('M', '#', &format!("Accepting client connection: {}", plain(&e)));
                }
            }
        }
    }

    fn welcome(&mut self, visitor: Visitor) {
        let Visitor { stream, host, port, local } = visitor;
        let mut socket = Socket::new(stream, Phase::Open);
        let config = self.node.config();
        let max: usize = config.get("maxclients").and_then(|n| n.parse().ok()).unwrap_or(usize::MAX);
        let refusal = if self.accepted >= max {
            Some("-ERR max number of clients reached\r\n")
        } else if !local && self.is_protected() {
            Some(DENIED)
        } else {
            None
        };
        if let Some(refusal) = refusal {
            socket.push(refusal.as_bytes());
            // Whoever is refused and does not listen misses the reason.
            let _ = socket.write();
            return;
        }
        let conn = self.node.accept(self.clock.now(), host.into(), port);
        if self.register(conn, &mut socket).is_ok() {
            self.accepted += 1;
            self.sockets.insert(conn, socket);
        } else {
            self.node.closed(self.clock.now(), conn, CloseCause::Closed);
        }
    }

    fn is_protected(&self) -> bool {
        let config = self.node.config();
        config.get("protected-mode") != Some("no") && config.get("requirepass").is_none_or(str::is_empty)
    }

    fn register(&self, conn: ConnId, socket: &mut Socket) -> io::Result<()> {
        let token = Token(conn.0 as usize + FIRST_CONNECTION);
        self.poll.registry().register(socket.stream.source(), token, Interest::READABLE | Interest::WRITABLE)
    }

    fn connection_event(&mut self, conn: ConnId, event: &mio::event::Event) {
        let Some(socket) = self.sockets.get_mut(&conn) else { return };
        if socket.phase == Phase::Connecting {
            match socket.connect_outcome() {
                None => return,
                Some(Ok(())) => {
                    socket.phase = Phase::Open;
                    if let Stream::Tcp(stream) = &socket.stream {
                        let _ = stream.set_nodelay(true);
                    }
                    self.node.connected(self.clock.now(), conn);
                }
                Some(Err(error)) => {
                    self.sockets.remove(&conn);
                    return self.node.connect_failed(self.clock.now(), conn, &plain(&error));
                }
            }
        }
        if event.is_writable() {
            if let Some(socket) = self.sockets.get_mut(&conn) {
                socket.became_writable();
            }
            self.flush(conn);
        }
        if event.is_readable() || event.is_read_closed() || event.is_error() {
            self.unread.push((conn, event.is_read_closed() || event.is_error()));
        }
    }

    /// When something that was left behind can be read.
    fn next_read(&self, now: Instant) -> Option<Instant> {
        self.unread.iter().map(|(conn, _)| self.node.busy_until(*conn).unwrap_or(now)).min()
    }

    /// Reads once from every connection that may hold something.
    fn read_ready(&mut self) {
        for (conn, at_end) in std::mem::take(&mut self.unread) {
            if self.node.busy_until(conn).is_some_and(|until| until > self.clock.now()) {
                self.unread.push((conn, at_end));
                continue;
            }
            let Some(socket) = self.sockets.get_mut(&conn) else { continue };
            if socket.phase != Phase::Open {
                continue;
            }
            let outcome = socket.read(&mut self.buffer, at_end);
            let now = self.clock.now();
            match outcome {
                ReadOutcome::More(count) => {
                    self.unread.push((conn, at_end));
                    self.node.receive(now, conn, &self.buffer[..count]);
                }
                ReadOutcome::Drained(0) => {}
                ReadOutcome::Drained(count) => self.node.receive(now, conn, &self.buffer[..count]),
                ReadOutcome::Closed => self.lost(conn, CloseCause::Closed),
                ReadOutcome::Failed => self.lost(conn, CloseCause::Reset),
            }
        }
    }

    fn lost(&mut self, conn: ConnId, cause: CloseCause) {
        if self.forget(conn).is_some_and(|socket| socket.phase != Phase::Closing) {
            self.node.closed(self.clock.now(), conn, cause);
        }
    }

    fn forget(&mut self, conn: ConnId) -> Option<Socket> {
        let mut socket = self.sockets.remove(&conn)?;
        self.accepted = self.accepted.saturating_sub(1);
        let _ = self.poll.registry().deregister(socket.stream.source());
        Some(socket)
    }

    // -- what the node wants --------------------------------------------------------------------------------

    fn settle(&mut self) {
        // As in a real server, the log tells of a command before its client hears of it.
        self.write_log();
        while let Some(action) = self.node.poll() {
            match action {
                Action::Connect { conn, host, port } => self.connect(conn, &host, port),
                Action::Output { conn } => self.flush(conn),
                Action::Close { conn, reset } => self.close(conn, reset),
                Action::Save { rdb } => self.save(&rdb),
                Action::RewriteConfig => self.rewrite_config(),
                Action::Exit => self.ends = true,
            }
        }
        self.write_log();
    }

    fn write_log(&mut self) {
        for line in self.node.take_log() {
            self.log.line(line.role, line.level, &line.text);
        }
    }

    fn save(&mut self, rdb: &[u8]) {
        if let Err(error) = disk::save(self.node.config(), rdb) {
            self.log.line('M', '#', &format!("Failed opening the temp RDB file: {}", plain(&error)));
            self.shutting_down = false;
            self.node.save_failed(self.clock.now());
        }
    }

    fn rewrite_config(&mut self) {
        let Some(path) = self.node.config().file() else { return };
        if let Err(error) = disk::rewrite_config(path, |old| self.node.rewrite_config(old)) {
            self.log.line('M', '#', &format!("CONFIG REWRITE failed: {}", plain(&error)));
        }
    }

    fn connect(&mut self, conn: ConnId, host: &str, port: u16) {
        let begun = connect(host, port).and_then(|stream| {
            let mut socket = Socket::new(stream, Phase::Connecting);
            self.register(conn, &mut socket)?;
            Ok(socket)
        });
        match begun {
            Ok(socket) => {
                self.accepted += 1;
                self.sockets.insert(conn, socket);
            }
            Err(error) => self.node.connect_failed(self.clock.now(), conn, &plain(&error)),
        }
    }

    /// Moves output from the node to the kernel until one of them has enough.
    fn flush(&mut self, conn: ConnId) {
        let Some(socket) = self.sockets.get_mut(&conn) else { return };
        if socket.phase == Phase::Connecting {
            return;
        }
        loop {
            while socket.phase == Phase::Open && socket.room() > 0 {
                match self.node.take_output(self.clock.now(), conn, socket.room()) {
                    Some(payload) => socket.push(&payload.bytes),
                    None => break,
                }
            }
            let had_something = socket.has_unwritten();
            if socket.write().is_err() {
                return self.lost(conn, CloseCause::Reset);
            }
            if !had_something || socket.has_unwritten() {
                break;
            }
        }
        if socket.phase == Phase::Closing && !socket.has_unwritten() {
            self.forget(conn);
        }
    }

    fn close(&mut self, conn: ConnId, reset: bool) {
        let Some(socket) = self.sockets.get_mut(&conn) else { return };
        let unwritten = socket.has_unwritten() && socket.phase == Phase::Open;
        if reset || !unwritten {
            self.forget(conn);
            return;
        }
        socket.phase = Phase::Closing;
        self.flush(conn);
    }

    /// A last try to write what was taken, then the end of the files that say that we run.
    fn last_words(&mut self) {
        for conn in self.sockets.keys().copied().collect::<Vec<_>>() {
            self.flush(conn);
        }
        for listener in &self.listeners {
            if let Listener::Unix(_, path) = listener {
                let _ = std::fs::remove_file(path);
            }
        }
        disk::remove_pid_file(self.node.config());
    }
}
