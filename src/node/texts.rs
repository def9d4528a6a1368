//! What releases do and say differently on the ring of the node: questions to the profile, and error texts.
//!
//! Sources: `server.c:createSharedObjects`, `processCommand` and `replication.c` of 2.6.17, 2.8.17, 4.0.14 and
//! 7.0.15.

use crate::base::{Profile, Version};
use crate::keyspace::{CommandSpec, Flags};

impl Profile {
    fn since(&self, version: Version) -> bool {
        self.version >= version
    }

    // -- the stream -----------------------------------------------------------------------------------------

    /// A replica passes its master's bytes on as they are; before, it makes a stream of its own (4.0).
    pub(super) fn forwards_stream(&self) -> bool {
        self.since(Version::V4_0)
    }

    /// Several effects of one command are framed with MULTI and EXEC (7.0); before, EXEC framed transactions at
    /// the first command that is not read-only.
    pub(super) fn frames_multiple_effects(&self) -> bool {
        self.since(Version::V7_0)
    }

    /// Output limits are checked only when the stream grows by a block (7.0).
    pub(super) fn limits_checked_per_block(&self) -> bool {
        self.since(Version::V7_0)
    }

    /// INFO reports first byte and length of a backlog that was freed (up to 6.2 `freeReplicationBacklog` leaves them).
    pub(super) fn reports_a_freed_backlog(&self) -> bool {
        !self.since(Version::V7_0)
    }

    /// Making a backlog counts as one byte, so that nobody continues across the gap (2.8).
    pub(super) fn new_backlog_takes_an_offset(&self) -> bool {
        !self.since(Version::V4_0)
    }

    pub(super) fn pings_in_lower_case(&self) -> bool {
        self.since(Version::V7_0)
    }

    /// A PING goes into the backlog even when no replica is there to hear it (2.8).
    pub(super) fn pings_without_replicas(&self) -> bool {
        !self.since(Version::V4_0)
    }

    /// Newlines to waiting replicas come each second; before, with the PING (4.0).
    pub(super) fn keeps_waiting_replicas_alive_each_second(&self) -> bool {
        self.since(Version::V4_0)
    }

    // -- commands -------------------------------------------------------------------------------------------

    /// Whether a replica that may not serve stale data runs it all the same (flag `t` of the tables up to 4.0, where QUIT
    /// is no command of the table).
    pub(super) fn runs_on_stale_data(&self, spec: &CommandSpec) -> bool {
        match spec.name {
            _ if self.since(Version::V7_0) => spec.flags.has(Flags::STALE),
            "auth" | "info" | "ping" | "quit" | "slaveof" => true,
            "config" | "replconf" | "shutdown" => self.since(Version::V2_8),
            name => is_broadcast(name),
        }
    }

    /// EXEC may not run what could not be queued now: on stale data, or while data are loaded (6.2, `cmd_inv_flags`).
    pub(super) fn looks_into_transactions(&self) -> bool {
        self.since(Version::V7_0)
    }

    /// Whether it runs while data are loaded (flag `l`).
    pub(super) fn runs_while_loading(&self, spec: &CommandSpec) -> bool {
        match spec.name {
            _ if self.since(Version::V7_0) => spec.flags.has(Flags::LOADING),
            "auth" | "info" | "quit" | "select" => true,
            "replconf" | "shutdown" => self.since(Version::V2_8),
            "config" => self.since(Version::V4_0),
            name => is_broadcast(name),
        }
    }

    // -- the master -----------------------------------------------------------------------------------------

    /// `+FULLRESYNC` is sent when the replica asks, not when its snapshot starts (2.8).
    pub(super) fn announces_full_resync_when_asked(&self) -> bool {
        self.speaks_psync() && !self.since(Version::V4_0)
    }

    /// Who wants no replies is told of messages and subscriptions all the same (6.0, `CLIENT_PUSHING`).
    pub(super) fn pushes_to_the_silent(&self) -> bool {
        self.since(Version::V7_0)
    }

    /// Who waits for a key is sent away when the server becomes a replica (3.0, `disconnectAllBlockedClients`); before, he
    /// goes on waiting.
    pub(super) fn unblocks_at_role_change(&self) -> bool {
        self.since(Version::V4_0)
    }

    /// PSYNC looks at the offset only when it knows the ID (2.8).
    pub(super) fn reads_psync_offset_last(&self) -> bool {
        self.announces_full_resync_when_asked()
    }

    /// A diskless transfer starts when its delay is reached; before, when it is exceeded (6.0).
    pub(super) fn diskless_delay_includes_its_end(&self) -> bool {
        self.since(Version::V7_0)
    }

    /// An offset that is no number is an error and nothing else (7.0).
    pub(super) fn refuses_bad_psync_offset(&self) -> bool {
        self.since(Version::V7_0)
    }

    /// `FAILOVER`, `PSYNC … FAILOVER` (6.2).
    pub(super) fn speaks_failover(&self) -> bool {
        self.since(Version::V7_0)
    }

    /// A replica that would get a reply is dropped (7.0).
    pub(super) fn closes_replicas_that_get_replies(&self) -> bool {
        self.since(Version::V7_0)
    }

    /// SHUTDOWN lets replicas catch up (7.0).
    pub(super) fn waits_before_shutdown(&self) -> bool {
        self.since(Version::V7_0)
    }

    // -- the replica ----------------------------------------------------------------------------------------

    /// Being told to follow another master drops one's own replicas at once (up to 6.x).
    pub(super) fn new_master_drops_replicas(&self) -> bool {
        !self.since(Version::V7_0)
    }

    /// Losing the master drops one's own replicas (up to 3.x).
    pub(super) fn lost_master_drops_replicas(&self) -> bool {
        !self.since(Version::V4_0)
    }

    /// Requests of the handshake are lines (up to 4.0).
    pub(super) fn handshakes_in_lines(&self) -> bool {
        !self.since(Version::V7_0)
    }

    /// `-NOPERM` in answer to PING is no obstacle (6.0).
    pub(super) fn accepts_noperm_pong(&self) -> bool {
        self.since(Version::V7_0)
    }

    /// A newline instead of the answer to PSYNC means "wait" (4.0); before, it counts as an answer.
    pub(super) fn psync_answer_may_be_awaited(&self) -> bool {
        self.since(Version::V4_0)
    }

    /// What could be continued is forgotten when the answer comes (up to 6.x); 7.0 does it when the RDB is there.
    pub(super) fn discards_past_when_answered(&self) -> bool {
        !self.since(Version::V7_0)
    }

    /// `-NOMASTERLINK` and `-LOADING` mean "later" (4.0); before, they lead to SYNC like any error.
    pub(super) fn waits_for_masters_that_cannot_yet(&self) -> bool {
        self.since(Version::V4_0)
    }

    /// The handshake blocks the server, five seconds for each answer at most (up to 3.0.3).
    pub(super) fn blocks_in_handshake(&self) -> bool {
        !self.since(Version::V4_0)
    }

    /// While clients are paused, a key that is found expired stays (`expireIfNeeded`, 7.0).
    pub(super) fn pauses_expiry_on_access(&self) -> bool {
        self.since(Version::V7_0)
    }

    /// A writable replica deletes the keys whose time its own clients gave (`expireSlaveKeys`, 4.0).
    pub(super) fn replicas_expire_own_keys(&self) -> bool {
        self.since(Version::V4_0)
    }

    /// A master continues the history of its dump file, as a second ID (7.0).
    pub(super) fn masters_restore_history(&self) -> bool {
        self.since(Version::V7_0)
    }

    // -- error texts ----------------------------------------------------------------------------------------

    pub(super) fn no_master_link_error(&self) -> &'static str {
        if self.since(Version::V4_0) {
            "NOMASTERLINK Can't SYNC while not connected with my master"
        } else {
            "ERR Can't SYNC while not connected with my master"
        }
    }

    pub(super) fn no_auth_error(&self) -> &'static str {
        if self.since(Version::V2_8) {
            "NOAUTH Authentication required."
        } else {
            "ERR operation not permitted"
        }
    }

    pub(super) fn cannot_save_error(&self) -> &'static str {
        match self.version {
            Version::V2_6 | Version::V2_8 => {
                "MISCONF Redis is configured to save RDB snapshots, but is currently not able to persist on disk. Commands that may modify the data set are disabled. Please check Redis logs for details about the error."
            }
            Version::V4_0 => {
                "MISCONF Redis is configured to save RDB snapshots, but it is currently not able to persist on disk. Commands that may modify the data set are disabled, because this instance is configured to report errors during writes if RDB snapshotting fails (stop-writes-on-bgsave-error option). Please check the Redis logs for details about the RDB error."
            }
            Version::V7_0 => {
                "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk. Commands that may modify the data set are disabled, because this instance is configured to report errors during writes if RDB snapshotting fails (stop-writes-on-bgsave-error option). Please check the Redis logs for details about the RDB error."
            }
        }
    }

    pub(super) fn no_replicas_error(&self) -> &'static str {
        if self.says_replica() {
            "NOREPLICAS Not enough good replicas to write."
        } else {
            "NOREPLICAS Not enough good slaves to write."
        }
    }

    pub(super) fn read_only_error(&self) -> &'static str {
        if self.says_replica() {
            "READONLY You can't write against a read only replica."
        } else {
            "READONLY You can't write against a read only slave."
        }
    }

    pub(super) fn master_down_error(&self) -> &'static str {
        if self.says_replica() {
            "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'."
        } else {
            "MASTERDOWN Link with MASTER is down and slave-serve-stale-data is set to 'no'."
        }
    }

    pub(super) fn subscriber_error(&self, name: &str) -> String {
        match self.version {
            Version::V7_0 => format!(
                "ERR Can't execute '{name}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context"
            ),
            Version::V4_0 => {
                "ERR only (P)SUBSCRIBE / (P)UNSUBSCRIBE / PING / QUIT allowed in this context".to_string()
            }
            _ => "ERR only (P)SUBSCRIBE / (P)UNSUBSCRIBE / QUIT allowed in this context".to_string(),
        }
    }

    pub(super) fn wait_on_replica_error(&self) -> &'static str {
        if self.says_replica() {
            "ERR WAIT cannot be used with replica instances. Please also note that since Redis 4.0 if a replica is configured to be writable (which is not the default) writes to replicas are just local and are not propagated."
        } else {
            "ERR WAIT cannot be used with slave instances. Please also note that since Redis 4.0 if a slave is configured to be writable (which is not the default) writes to slaves are just local and are not propagated."
        }
    }

    pub(super) fn quoted_argument(&self, arg: &str) -> String {
        if self.says_replica() { format!("'{arg}' ") } else { format!("`{arg}`, ") }
    }

    pub(super) fn unknown_command_error(&self, name: &str, args: &str) -> String {
        let quoted = if self.says_replica() { format!("'{name}'") } else { format!("`{name}`") };
        format!("ERR unknown command {quoted}, with args beginning with: {args}")
    }
}

/// Publish and subscribe, and what is asked about the server at any time up to 4.0.
fn is_broadcast(name: &str) -> bool {
    matches!(
        name,
        "command"
            | "psubscribe"
            | "publish"
            | "pubsub"
            | "punsubscribe"
            | "role"
            | "subscribe"
            | "unsubscribe"
    )
}
