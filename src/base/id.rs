//! Run IDs and replication IDs.

use std::fmt;

use super::Rng;

/// Forty hexadecimal characters that name a run of a server or a history of its data (`CONFIG_RUN_ID_SIZE`,
/// Redis 7.0 `server.h`).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReplId([u8; 40]);

impl ReplId {
    /// What `master_replid2` shows while there is no second history.
    pub const ZERO: ReplId = ReplId([b'0'; 40]);

    /// A new random ID.
    pub fn random(rng: &mut Rng) -> ReplId {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        let mut id = [0; 40];
        for half in id.chunks_mut(16) {
            let mut bits = rng.next_u64();
            for c in half {
                *c = HEX[(bits & 15) as usize];
                bits >>= 4;
            }
        }
        ReplId(id)
    }

    /// Reads an ID that a peer sent. Forty bytes of any kind are taken, as Redis takes them; any other length
    /// is not an ID.
    pub fn from_bytes(bytes: &[u8]) -> Option<ReplId> {
        bytes.try_into().ok().map(ReplId)
    }

    /// The forty characters.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The forty characters as text (bytes that are not ASCII are replaced).
    pub fn to_text(&self) -> String {
        String::from_utf8_lossy(&self.0).into_owned()
    }

    /// The first eight characters, enough to tell IDs apart on screen.
    pub fn short(&self) -> String {
        String::from_utf8_lossy(&self.0[..8]).into_owned()
    }

    /// Whether `asked` names this ID. Case does not matter (`strcasecmp` in Redis'
    /// `masterTryPartialResynchronization`).
    pub fn matches(&self, asked: &[u8]) -> bool {
        self.0.eq_ignore_ascii_case(asked)
    }
}

impl fmt::Display for ReplId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_text())
    }
}

impl fmt::Debug for ReplId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_text())
    }
}

impl serde::Serialize for ReplId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_text())
    }
}
