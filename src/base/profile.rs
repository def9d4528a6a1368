//! Version profiles: what a release of Redis does differently, as data and feature questions.
//!
//! Code asks the profile ("does it speak PSYNC?") and never compares versions itself. `2.8` and `7.0` are
//! proven against real servers; `2.6` and `4.0` follow the sources of the releases named here.

use std::fmt;
use std::str::FromStr;

/// The releases that a node can behave as.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Version {
    /// As 2.6.17: SYNC only, no offsets.
    V2_6,
    /// As 2.8.17: PSYNC under the run ID; what the classic texts describe.
    V2_8,
    /// As 4.0.14: PSYNC2, replication IDs that outlive a promotion.
    V4_0,
    /// As 7.0.15.
    V7_0,
}

impl Version {
    pub const ALL: [Version; 4] = [Version::V2_6, Version::V2_8, Version::V4_0, Version::V7_0];

    /// The short name that scenarios and the command line use.
    pub const fn name(self) -> &'static str {
        match self {
            Version::V2_6 => "2.6",
            Version::V2_8 => "2.8",
            Version::V4_0 => "4.0",
            Version::V7_0 => "7.0",
        }
    }

    pub const fn profile(self) -> &'static Profile {
        match self {
            Version::V2_6 => &V2_6,
            Version::V2_8 => &V2_8,
            Version::V4_0 => &V4_0,
            Version::V7_0 => &V7_0,
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl serde::Serialize for Version {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl FromStr for Version {
    type Err = ();
    fn from_str(text: &str) -> Result<Version, ()> {
        Version::ALL.into_iter().find(|v| v.name() == text).ok_or(())
    }
}

/// How the backlog keeps its size.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub enum BacklogShape {
    /// An exact ring of bytes (`feedReplicationBacklog`, up to 6.2).
    Ring,
    /// Linked blocks that are trimmed whole (`incrementalTrimReplicationBacklog`, 7.0).
    Blocks,
}

/// Of what the output of a client is made that does not find room in the client itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PieceKind {
    /// Objects that count with the memory of their text, which doubles when it grows (2.6, 2.8).
    Objects,
    /// Texts that count with their length (4.0).
    Texts,
    /// Blocks that count with their size, however full they are (5.0).
    Blocks,
}

/// What one release does. Everything that differs between the supported releases is a question here.
#[derive(Debug, PartialEq, Eq)]
pub struct Profile {
    pub version: Version,
    /// The release that `INFO` and the RDB name.
    pub release: &'static str,
    /// The number in the RDB header.
    pub rdb_version: u32,
    /// How the backlog evicts.
    pub backlog_shape: BacklogShape,
}

static V2_6: Profile =
    Profile { version: Version::V2_6, release: "2.6.17", rdb_version: 6, backlog_shape: BacklogShape::Ring };
static V2_8: Profile =
    Profile { version: Version::V2_8, release: "2.8.17", rdb_version: 6, backlog_shape: BacklogShape::Ring };
static V4_0: Profile =
    Profile { version: Version::V4_0, release: "4.0.14", rdb_version: 8, backlog_shape: BacklogShape::Ring };
static V7_0: Profile = Profile {
    version: Version::V7_0,
    release: "7.0.15",
    rdb_version: 10,
    backlog_shape: BacklogShape::Blocks,
};

/// The questions. Each names a behaviour, not a version.
impl Profile {
    fn at_least(&self, version: Version) -> bool {
        self.version >= version
    }

    /// Knows PSYNC, keeps a backlog, counts offsets, sends ACKs (2.8).
    pub fn speaks_psync(&self) -> bool {
        self.at_least(Version::V2_8)
    }

    /// Replication IDs apart from the run ID, a second ID, `+CONTINUE <id>`, verbatim forwarding (4.0).
    pub fn speaks_psync2(&self) -> bool {
        self.at_least(Version::V4_0)
    }

    /// A replica that has loaded an RDB framed by a mark acknowledges at once (`readSyncBulkPayload`, 7.0; 4.0 leaves
    /// it to the next routine).
    pub fn acks_a_marked_rdb_at_once(&self) -> bool {
        self.at_least(Version::V7_0)
    }

    /// A replica connects as soon as it is told to, and after a lost link; before, the next cron does it (6.2).
    pub fn connects_at_once(&self) -> bool {
        self.at_least(Version::V7_0)
    }

    /// The handshake is sent as RESP arrays in one burst; before, inline and one at a time (5.0, 6.2).
    pub fn pipelines_handshake(&self) -> bool {
        self.at_least(Version::V7_0)
    }

    /// Sends the RDB straight to the socket by default, after a delay (7.0).
    pub fn diskless_by_default(&self) -> bool {
        self.at_least(Version::V7_0)
    }

    /// A size of the backlog that is too small is raised also when the configuration is read (up to 6.2), not only
    /// when it is set at run time.
    pub fn raises_backlog_size_at_start(&self) -> bool {
        !self.at_least(Version::V7_0)
    }

    /// How output is kept (`networking.c:_addReplyObjectToList`, `_addReplyStringToList`, `_addReplyProtoToList`).
    pub fn output_pieces(&self) -> PieceKind {
        match self.version {
            Version::V2_6 | Version::V2_8 => PieceKind::Objects,
            Version::V4_0 => PieceKind::Texts,
            Version::V7_0 => PieceKind::Blocks,
        }
    }

    /// Announces and understands `REPLCONF capa` (4.0 among the supported releases).
    pub fn speaks_capa(&self) -> bool {
        self.at_least(Version::V4_0)
    }

    /// Commands that expire keys are rewritten to absolute milliseconds (7.0).
    pub fn propagates_absolute_expiry(&self) -> bool {
        self.at_least(Version::V7_0)
    }

    /// Unknown-command errors show the arguments (4.0).
    pub fn shows_arguments_of_unknown_commands(&self) -> bool {
        self.at_least(Version::V4_0)
    }

    /// Inline requests understand quotes; before, blanks alone separate and CR LF alone ends a line (2.8).
    pub fn splits_inline_with_quotes(&self) -> bool {
        self.at_least(Version::V2_8)
    }

    /// `""` in an inline request is an argument; before, it vanishes (5.0).
    pub fn keeps_empty_inline_arguments(&self) -> bool {
        self.at_least(Version::V7_0)
    }

    /// The largest argument count a request may announce (`processMultibulkBuffer`; raised in 7.0).
    pub fn max_request_arguments(&self) -> i64 {
        if self.at_least(Version::V7_0) { i32::MAX as i64 } else { 1024 * 1024 }
    }

    /// `proto-max-bulk-len` can be set; before, 512 MB is fixed (4.0).
    pub fn has_proto_max_bulk_len(&self) -> bool {
        self.at_least(Version::V4_0)
    }

    /// What the master sends is trusted: any bulk length, but never an inline command (6.0, 5.0).
    pub fn trusts_the_form_of_its_master(&self) -> bool {
        self.at_least(Version::V7_0)
    }

    /// Before AUTH only small requests are read (5.0.14, 6.0.16, 6.2.6).
    pub fn guards_unauthenticated_requests(&self) -> bool {
        self.at_least(Version::V7_0)
    }

    /// `POST` and `Host:` close the connection, against browsers that are made to talk to Redis (3.2).
    pub fn refuses_http(&self) -> bool {
        self.at_least(Version::V4_0)
    }

    /// Small values are packed as listpacks; before, as ziplists (7.0).
    pub fn packs_as_listpack(&self) -> bool {
        self.at_least(Version::V7_0)
    }

    /// `RESTORE` takes payloads of older formats too; before, only of its own (3.0).
    pub fn takes_older_payloads(&self) -> bool {
        self.at_least(Version::V4_0)
    }

    /// Lists are quicklists; before, a ziplist or a linked list (3.2).
    pub fn lists_are_quicklists(&self) -> bool {
        self.at_least(Version::V4_0)
    }

    /// The RDB holds the scores of large sorted sets as binary numbers, highest first; before, as text (4.0).
    pub fn writes_binary_scores(&self) -> bool {
        self.at_least(Version::V4_0)
    }

    /// Packed sorted sets hold integral scores up to 2^62 as integers; before, up to 2^52, and text above (7.0).
    pub fn packs_scores_as_numbers(&self) -> bool {
        self.at_least(Version::V7_0)
    }

    /// LZF leaves the last four bytes of a string alone (up to 2.8 among the supported releases).
    pub fn compression_spares_the_end(&self) -> bool {
        !self.at_least(Version::V4_0)
    }

    /// AUX fields and RESIZEDB in the RDB (4.0 among the supported releases).
    pub fn writes_rdb_aux(&self) -> bool {
        self.at_least(Version::V4_0)
    }

    /// Texts say *replica* where older releases say *slave* (5.0).
    pub fn says_replica(&self) -> bool {
        self.at_least(Version::V7_0)
    }

    /// A watched key whose time has come counts as changed (`deleteExpiredKeyAndPropagate`, 6.0;
    /// `isWatchedKeyExpired`, 6.2).
    pub fn expiry_breaks_watch(&self) -> bool {
        self.at_least(Version::V7_0)
    }

    /// Reads of logically expired keys on a replica find nothing (3.2).
    pub fn replicas_hide_expired_keys(&self) -> bool {
        self.at_least(Version::V4_0)
    }
}
