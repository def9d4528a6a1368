//! A blocking RESP client with a patience, for tests.

use std::fmt::Debug;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use resync::resp::{ReplyValue, cli_format, encode_command, parse_reply};

use super::PATIENCE;

/// One connection to a server.
pub struct Client {
    stream: TcpStream,
    /// Received and not yet taken.
    buffer: Vec<u8>,
}

impl Client {
    /// Connects to a port of this machine.
    pub fn connect(port: u16) -> std::io::Result<Client> {
        let stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Client { stream, buffer: Vec::new() })
    }

    /// From which port the server sees it come.
    pub fn port(&self) -> u16 {
        self.stream.local_addr().expect("a connected socket").port()
    }

    /// Sends a command and waits for its reply.
    #[track_caller]
    pub fn command<A: AsRef<[u8]>>(&mut self, args: &[A]) -> ReplyValue {
        let mut bytes = Vec::new();
        encode_command(&mut bytes, args.iter());
        self.send(&bytes);
        self.reply()
    }

    /// A command written as a line of words without quotes.
    #[track_caller]
    pub fn line(&mut self, line: &str) -> ReplyValue {
        self.command(&line.split_whitespace().collect::<Vec<_>>())
    }

    /// As [`Client::line`], for a command that must succeed.
    #[track_caller]
    pub fn ok(&mut self, line: &str) -> ReplyValue {
        let reply = self.line(line);
        assert!(!matches!(reply, ReplyValue::Error(_)), "{line}: {}", cli_format(&reply));
        reply
    }

    /// As [`Client::ok`], for a command whose reply is text.
    #[track_caller]
    pub fn text(&mut self, line: &str) -> String {
        match self.ok(line) {
            ReplyValue::Simple(text) | ReplyValue::Bulk(Some(text)) => {
                String::from_utf8_lossy(&text).into_owned()
            }
            other => panic!("{line}: {} is not text", cli_format(&other)),
        }
    }

    /// One field of `INFO`.
    #[track_caller]
    pub fn info(&mut self, field: &str) -> Option<String> {
        let report = self.text("INFO");
        let value = |line: &str| line.strip_prefix(field)?.strip_prefix(':').map(str::to_owned);
        report.lines().find_map(value)
    }

    /// One field of `INFO` that is a number.
    #[track_caller]
    pub fn info_number(&mut self, field: &str) -> i64 {
        let value = self.info(field).unwrap_or_else(|| panic!("INFO has no field {field}"));
        value.parse().unwrap_or_else(|_| panic!("INFO field {field} is {value}"))
    }

    /// Sends bytes as they are.
    #[track_caller]
    pub fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).expect("the server takes the bytes");
    }

    /// Sends bytes to a peer that may already have closed the connection.
    pub fn try_send(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.stream.write_all(bytes)
    }

    /// Waits for the next reply.
    #[track_caller]
    pub fn reply(&mut self) -> ReplyValue {
        self.next_with("a reply", |bytes| parse_reply(bytes).expect("well-formed replies"))
    }

    /// Waits for the next line and returns it without its line end.
    #[track_caller]
    pub fn read_line(&mut self) -> Vec<u8> {
        self.next_with("a line", |bytes| {
            let end = bytes.windows(2).position(|pair| pair == b"\r\n")?;
            Some((bytes[..end].to_vec(), end + 2))
        })
    }

    /// Waits for this many bytes.
    #[track_caller]
    pub fn read_bytes(&mut self, count: usize) -> Vec<u8> {
        self.next_with("that many bytes", |bytes| Some((bytes.get(..count)?.to_vec(), count)))
    }

    /// Waits for `mark` and returns everything up to its end.
    #[track_caller]
    pub fn read_through(&mut self, mark: &[u8]) -> Vec<u8> {
        self.next_with("the mark", |bytes| {
            let end = bytes.windows(mark.len()).position(|part| part == mark)? + mark.len();
            Some((bytes[..end].to_vec(), end))
        })
    }

    /// Becomes a replica that knows nothing, and takes the RDB in. Returns the master's answer to its PSYNC.
    #[track_caller]
    pub fn full_resync(&mut self) -> String {
        self.ok("REPLCONF listening-port 9999");
        self.send(b"PSYNC ? -1\r\n");
        let answer = String::from_utf8_lossy(&self.read_line()).into_owned();
        assert!(answer.contains("+FULLRESYNC"), "{answer}");
        let header = String::from_utf8_lossy(&self.read_line()).into_owned();
        let length = header.trim_start_matches('\n').strip_prefix('$').and_then(|n| n.parse().ok());
        self.read_bytes(length.unwrap_or_else(|| panic!("{header}")));
        answer
    }

    /// Everything that arrives until `quiet` has passed without a byte, or the peer closes.
    pub fn drain(&mut self, quiet: Duration) -> Vec<u8> {
        self.stream.set_read_timeout(Some(quiet)).expect("a timeout can be set");
        while self.receive().is_ok_and(|count| count > 0) {}
        self.stream.set_read_timeout(Some(PATIENCE)).expect("a timeout can be set");
        std::mem::take(&mut self.buffer)
    }

    /// Waits until the peer closes the connection; what it still sent is returned.
    #[track_caller]
    pub fn read_to_close(&mut self) -> Vec<u8> {
        let start = Instant::now();
        loop {
            match self.receive() {
                Ok(0) => break,
                Ok(_) => assert!(start.elapsed() < PATIENCE, "the peer goes on sending"),
                Err(error) if error.kind() == ErrorKind::ConnectionReset => break,
                Err(error) => panic!("the peer did not close the connection: {error}"),
            }
        }
        std::mem::take(&mut self.buffer)
    }

    /// Takes the first thing that `parse` finds in the buffer, receiving until it finds one.
    #[track_caller]
    fn next_with<T: Debug>(&mut self, what: &str, parse: impl Fn(&[u8]) -> Option<(T, usize)>) -> T {
        loop {
            if let Some((value, taken)) = parse(&self.buffer) {
                self.buffer.drain(..taken);
                return value;
            }
            match self.receive() {
                Ok(0) => panic!("closed while waiting for {what}; so far {:?}", self.seen()),
                Ok(_) => {}
                Err(error) => panic!("{error} while waiting for {what}; so far {:?}", self.seen()),
            }
        }
    }

    fn receive(&mut self) -> std::io::Result<usize> {
        let mut chunk = [0; 65536];
        let count = self.stream.read(&mut chunk)?;
        self.buffer.extend_from_slice(&chunk[..count]);
        Ok(count)
    }

    fn seen(&self) -> String {
        String::from_utf8_lossy(&self.buffer[..self.buffer.len().min(200)]).into_owned()
    }
}
