//! Sockets: listeners, connections in either direction, and the bytes that wait to be written to them.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::path::Path;

use mio::event::Source;
use mio::net::{TcpListener, TcpStream, UnixListener, UnixStream};

/// How much is read and written at once.
pub const CHUNK: usize = 64 * 1024;

/// A TCP or Unix connection.
pub enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl Stream {
    pub fn source(&mut self) -> &mut dyn Source {
        match self {
            Stream::Tcp(stream) => stream,
            Stream::Unix(stream) => stream,
        }
    }

    fn as_write(&mut self) -> &mut dyn Write {
        match self {
            Stream::Tcp(stream) => stream,
            Stream::Unix(stream) => stream,
        }
    }

    fn as_read(&mut self) -> &mut dyn Read {
        match self {
            Stream::Tcp(stream) => stream,
            Stream::Unix(stream) => stream,
        }
    }
}

/// What a connection is doing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// We asked for it; the peer has not answered.
    Connecting,
    Open,
    /// The node has let go of it: what was taken is still written, nothing is read.
    Closing,
}

/// One connection.
pub struct Socket {
    pub stream: Stream,
    pub phase: Phase,
    /// Bytes taken from the node and not yet written, from `written` on.
    out: Vec<u8>,
    written: usize,
    /// The kernel takes bytes at the moment.
    writable: bool,
}

/// What became of reading.
pub enum ReadOutcome {
    /// These many bytes; the kernel may hold more.
    More(usize),
    /// These many bytes, and nothing more for now.
    Drained(usize),
    Closed,
    Failed,
}

impl Socket {
    pub fn new(stream: Stream, phase: Phase) -> Socket {
        Socket { stream, phase, out: Vec::new(), written: 0, writable: phase == Phase::Open }
    }

    /// Reads once. `at_end`: the peer is known to have closed, so a short read is not the last.
    pub fn read(&mut self, buffer: &mut [u8], at_end: bool) -> ReadOutcome {
        loop {
            match self.stream.as_read().read(buffer) {
                Ok(0) => return ReadOutcome::Closed,
                Ok(count) if count < buffer.len() && !at_end => return ReadOutcome::Drained(count),
                Ok(count) => return ReadOutcome::More(count),
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) if e.kind() == ErrorKind::WouldBlock => return ReadOutcome::Drained(0),
                Err(_) => return ReadOutcome::Failed,
            }
        }
    }

    /// How many bytes may be added to the buffer.
    pub fn room(&self) -> usize {
        if self.writable { CHUNK.saturating_sub(self.out.len()) } else { 0 }
    }

    pub fn push(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    pub fn has_unwritten(&self) -> bool {
        self.written < self.out.len()
    }

    /// The kernel takes bytes again.
    pub fn became_writable(&mut self) {
        self.writable = true;
    }

    /// Writes what it can.
    pub fn write(&mut self) -> io::Result<()> {
        while self.has_unwritten() && self.writable {
            let Socket { stream, out, written, .. } = self;
            match stream.as_write().write(&out[*written..]) {
                Ok(count) => self.written += count,
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) if e.kind() == ErrorKind::WouldBlock => self.writable = false,
                Err(e) => return Err(e),
            }
        }
        if !self.has_unwritten() {
            self.out.clear();
            self.written = 0;
        }
        Ok(())
    }

    /// Whether a connection that we asked for stands by now, cannot be made, or is still open.
    pub fn connect_outcome(&self) -> Option<io::Result<()>> {
        let Stream::Tcp(stream) = &self.stream else { return Some(Ok(())) };
        match stream.take_error() {
            Ok(Some(error)) | Err(error) => return Some(Err(error)),
            Ok(None) => {}
        }
        match stream.peer_addr() {
            Ok(_) => Some(Ok(())),
            Err(e) if e.kind() == ErrorKind::NotConnected => None,
            Err(e) => Some(Err(e)),
        }
    }
}

/// Starts to connect to a host by name or address.
pub fn connect(host: &str, port: u16) -> io::Result<Stream> {
    let mut last = io::Error::new(ErrorKind::NotFound, "Can't resolve the host name");
    for address in (host, port).to_socket_addrs()? {
        match TcpStream::connect(address) {
            Ok(stream) => return Ok(Stream::Tcp(stream)),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// A socket that others connect to.
pub enum Listener {
    Tcp(TcpListener),
    Unix(UnixListener, String),
}

/// Somebody who connected: the stream, and its address as `CLIENT LIST` names it.
pub struct Visitor {
    pub stream: Stream,
    pub host: String,
    pub port: u16,
    pub local: bool,
}

impl Listener {
    pub fn source(&mut self) -> &mut dyn Source {
        match self {
            Listener::Tcp(listener) => listener,
            Listener::Unix(listener, _) => listener,
        }
    }

    /// The next connection, if somebody waits.
    pub fn accept(&self) -> io::Result<Visitor> {
        match self {
            Listener::Tcp(listener) => {
                let (stream, address) = listener.accept()?;
                let _ = stream.set_nodelay(true);
                let ip = address.ip().to_canonical();
                let (host, port, local) = (ip.to_string(), address.port(), ip.is_loopback());
                Ok(Visitor { stream: Stream::Tcp(stream), host, port, local })
            }
            Listener::Unix(listener, path) => {
                let (stream, _) = listener.accept()?;
                Ok(Visitor { stream: Stream::Unix(stream), host: path.clone(), port: 0, local: true })
            }
        }
    }
}

/// Listens on every address of a `bind` directive; an address behind a `-` may be missing on the machine.
/// An error names the address.
pub fn listen(bind: &str, port: u16) -> Result<Vec<Listener>, (String, io::Error)> {
    let words: Vec<&str> = match bind.split_whitespace().collect::<Vec<_>>() {
        words if words.is_empty() => vec!["*", "-::*"],
        words => words,
    };
    let everywhere = words.iter().any(|w| matches!(w.trim_start_matches('-'), "::" | "::*"));
    let mut listeners = Vec::new();
    for word in words {
        let (name, optional) = word.strip_prefix('-').map_or((word, false), |name| (name, true));
        // One dual-stack listener takes the connections of both kinds.
        let any_v4 = matches!(name, "*" | "0.0.0.0");
        if any_v4 && everywhere && has_ipv6(port) {
            continue;
        }
        let host = match name {
            "*" => "0.0.0.0",
            "::*" => "::",
            name => name,
        };
        match listen_on(host, port) {
            Ok(listener) => listeners.push(Listener::Tcp(listener)),
            Err(_) if optional => {}
            Err(error) => return Err((name.to_string(), error)),
        }
    }
    Ok(listeners)
}

fn has_ipv6(port: u16) -> bool {
    let address = SocketAddr::new(IpAddr::V6(std::net::Ipv6Addr::UNSPECIFIED), port);
    match TcpListener::bind(address) {
        Ok(_) => true,
        Err(error) => error.kind() == ErrorKind::AddrInUse,
    }
}

fn listen_on(host: &str, port: u16) -> io::Result<TcpListener> {
    let mut last = io::Error::new(ErrorKind::NotFound, "Name or service not known");
    for address in (host, port).to_socket_addrs()? {
        match TcpListener::bind(address) {
            Ok(listener) => return Ok(listener),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// Listens on a Unix socket; a socket file left by an earlier process is removed.
pub fn listen_unix(path: &str) -> io::Result<Listener> {
    if Path::new(path).exists() {
        std::fs::remove_file(path)?;
    }
    Ok(Listener::Unix(UnixListener::bind(path)?, path.to_string()))
}
