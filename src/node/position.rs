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

    /// The history that the data of this node belong to: what it serves, or what it follows, also while its link is
    /// down. `None` where no ID names it.
    pub fn history(&self) -> Option<ReplId> {
        let own = self.stream.id.filter(|_| self.profile.speaks_psync());
        let Some(upstream) = &self.upstream else { return own };
        let followed =
            self.master_conn().and_then(|conn| self.clients.get(&conn)).and_then(|client| client.master());
        match (followed, &upstream.resume) {
            (Some(master), _) => master.id,
            (None, Some(resume)) => resume.id,
            (None, None) => own,
        }
    }
}
