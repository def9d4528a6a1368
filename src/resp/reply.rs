//! Replies.

/// A growing answer in RESP2.
#[derive(Clone, Debug, Default)]
pub struct Reply(Vec<u8>);

impl Reply {
    pub fn simple(&mut self, text: &str) {
        self.line(b'+', text.as_bytes());
    }

    /// CR and LF become blanks.
    pub fn error(&mut self, text: &str) {
        let text: Vec<u8> = text.bytes().map(|b| if b == b'\r' || b == b'\n' { b' ' } else { b }).collect();
        self.line(b'-', &text);
    }

    pub fn integer(&mut self, n: i64) {
        self.line(b':', n.to_string().as_bytes());
    }

    pub fn bulk(&mut self, bytes: &[u8]) {
        self.line(b'$', bytes.len().to_string().as_bytes());
        self.0.extend_from_slice(bytes);
        self.0.extend_from_slice(b"\r\n");
    }

    pub fn null_bulk(&mut self) {
        self.raw(b"$-1\r\n");
    }

    pub fn null_array(&mut self) {
        self.raw(b"*-1\r\n");
    }

    pub fn array(&mut self, n: usize) {
        self.line(b'*', n.to_string().as_bytes());
    }

    pub fn raw(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    pub fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.0)
    }

    fn line(&mut self, kind: u8, text: &[u8]) {
        self.0.push(kind);
        self.0.extend_from_slice(text);
        self.0.extend_from_slice(b"\r\n");
    }
}
