//! The states of a replica's link to its master.

use serde::Serialize;

/// Where a replica stands with its master (`repl_state`, Redis 7.0.15 `server.h`). The handshake states are
/// one list for all releases; a release without `REPLCONF capa`, say, never enters the state that waits for its
/// answer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum LinkState {
    /// Not a replica.
    None,
    /// Has a master, must connect.
    Connect,
    /// The connection is being made.
    Connecting,
    /// `PING` is out.
    AwaitPong,
    /// `AUTH` is out.
    AwaitAuth,
    /// `REPLCONF listening-port` is out.
    AwaitPort,
    /// `REPLCONF ip-address` is out.
    AwaitIp,
    /// `REPLCONF capa` is out.
    AwaitCapa,
    /// `PSYNC` is out.
    AwaitPsync,
    /// A full synchronisation was granted: the RDB is awaited, received or loaded.
    Transfer,
    /// The stream flows.
    Connected,
}

impl LinkState {
    /// The word that `ROLE` uses (Redis 7.0.15 `replication.c:roleCommand`).
    pub fn role_word(self) -> &'static str {
        match self {
            LinkState::None => "none",
            LinkState::Connect => "connect",
            LinkState::Connecting => "connecting",
            LinkState::AwaitPong
            | LinkState::AwaitAuth
            | LinkState::AwaitPort
            | LinkState::AwaitIp
            | LinkState::AwaitCapa
            | LinkState::AwaitPsync => "handshake",
            LinkState::Transfer => "sync",
            LinkState::Connected => "connected",
        }
    }

    /// Whether the handshake is under way.
    pub fn is_handshake(self) -> bool {
        self.role_word() == "handshake"
    }
}
