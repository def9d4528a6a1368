//! The position of a node: the place in a history that its data stand for.
//!
//! Checkers compare nodes by it. It is stricter than the offsets that `INFO` shows: there is none where Redis' own
//! numbers do not say what the data are.

use crate::base::{Offset, ReplId};

use super::Node;

impl Node {
    /// The position in a history that the data of this node stand for: two nodes at the same position have the same
    /// data. `None` where there is no such position: without a backlog a master does not count its writes; a replica
    /// has none until its link streams, nor behind a master without numbers; and up to 3.x a replica counts bytes when it reads them, so it has none
    /// while a command or a transaction is read in part.
    pub fn position(&self) -> Option<(ReplId, Offset)> {
        if self.asleep.is_some() {
            return None;
        }
        if self.upstream.is_none() {
            self.stream.backlog.as_ref()?;
            return Some((self.stream.id?, self.stream.offset)).filter(|(id, _)| *id != ReplId::ZERO);
        }
        let client = self.clients.get(&self.master_conn()?)?;
        let master = client.master().filter(|master| !master.pre_psync)?;
        if self.profile.forwards_stream() {
            return Some((master.id?, master.applied));
        }
        let between_commands = client.parser.pending() == 0 && client.multi.is_none();
        Some((master.id?, master.read)).filter(|_| between_commands)
    }
}
