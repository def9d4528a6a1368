//! Building replies.

use crate::base::push_i64;

use super::{push_bulk, push_header};

/// The replies to one client, growing as commands run.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Reply {
    bytes: Vec<u8>,
}

impl Reply {
    pub fn new() -> Reply {
        Reply::default()
    }

    /// `+text`. The text must not hold a line end.
    pub fn simple(&mut self, text: &str) {
        self.line(b'+', text.as_bytes());
    }

    /// `+OK`.
    pub fn ok(&mut self) {
        self.bytes.extend_from_slice(b"+OK\r\n");
    }

    /// `-text`; the text starts with its code (`ERR …`). Line ends in it become blanks, as in Redis.
    pub fn error(&mut self, text: impl AsRef<[u8]>) {
        self.bytes.push(b'-');
        let clean = text.as_ref().iter().map(|&b| if b == b'\r' || b == b'\n' { b' ' } else { b });
        self.bytes.extend(clean);
        self.bytes.extend_from_slice(b"\r\n");
    }

    /// `:n`.
    pub fn integer(&mut self, n: i64) {
        self.bytes.push(b':');
        push_i64(&mut self.bytes, n);
        self.bytes.extend_from_slice(b"\r\n");
    }

    /// `$len` and the bytes.
    pub fn bulk(&mut self, bytes: impl AsRef<[u8]>) {
        push_bulk(&mut self.bytes, bytes.as_ref());
    }

    /// `$-1`: no value.
    pub fn null_bulk(&mut self) {
        self.bytes.extend_from_slice(b"$-1\r\n");
    }

    /// `*-1`: no array (an aborted EXEC, a BLPOP that timed out).
    pub fn null_array(&mut self) {
        self.bytes.extend_from_slice(b"*-1\r\n");
    }

    /// `*n`; the caller adds `n` replies after it.
    pub fn array(&mut self, n: usize) {
        push_header(&mut self.bytes, b'*', n);
    }

    /// Bytes that are already RESP.
    pub fn raw(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Drops everything after the first `len` bytes: takes back a reply that was begun.
    pub fn truncate(&mut self, len: usize) {
        self.bytes.truncate(len);
    }

    /// Gives the bytes away and starts anew, with room for as many again.
    pub fn take(&mut self) -> Vec<u8> {
        /// More is not kept for what may never come.
        const KEEP: usize = 4096;
        let next = Vec::with_capacity(self.bytes.len().min(KEEP));
        std::mem::replace(&mut self.bytes, next)
    }

    fn line(&mut self, kind: u8, text: &[u8]) {
        self.bytes.push(kind);
        self.bytes.extend_from_slice(text);
        self.bytes.extend_from_slice(b"\r\n");
    }
}

#[cfg(test)]
mod tests {
    use super::Reply;

    #[test]
    fn every_kind_of_reply_has_its_form() {
        let mut reply = Reply::new();
        reply.array(6);
        reply.ok();
        reply.simple("PONG");
        reply.error("ERR a\r\nb");
        reply.integer(-7);
        reply.bulk("x y");
        reply.null_bulk();
        reply.null_array();
        assert_eq!(
            reply.take(),
            b"*6\r\n+OK\r\n+PONG\r\n-ERR a  b\r\n:-7\r\n$3\r\nx y\r\n$-1\r\n*-1\r\n".to_vec()
        );
        assert!(reply.is_empty());
    }
}
