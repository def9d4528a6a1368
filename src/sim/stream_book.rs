//! The book of the stream: which byte was sent under which number of which history, and what each replica has
//! received of it.

use crate::base::{Map, Offset, ReplId, Seq};

use super::NodeId;

/// How many bytes of a history are remembered.
const BYTES_MAX: usize = 256 * 1024;
/// How many histories are remembered.
const HISTORIES_MAX: usize = 64;

#[derive(Clone, Debug, Default)]
pub(super) struct StreamBook {
    histories: Map<ReplId, History>,
    /// The history that each replica follows, and the byte that must come next.
    receivers: Map<NodeId, (ReplId, Offset)>,
    /// The last byte that each replica received over a link that is gone.
    received: Map<NodeId, (ReplId, Offset)>,
}

#[derive(Clone, Debug)]
struct History {
    /// The number of the first byte remembered.
    first: Offset,
    bytes: Seq<u8, 4096>,
}

impl StreamBook {
    /// A replica will receive `history` from byte `next` on.
    pub(super) fn start(&mut self, replica: NodeId, history: ReplId, next: Offset) {
        self.receivers.insert(replica, (history, next));
        self.received.remove(&replica);
    }

    /// A replica's link is gone, or without numbers.
    pub(super) fn stop(&mut self, replica: NodeId) {
        if let Some((history, next)) = self.receivers.remove(&replica) {
            self.received.insert(replica, (history, Offset(next.0 - 1)));
        }
    }

    /// The last byte of a history that a replica received before its link went.
    pub(super) fn received_by(&self, replica: NodeId, history: ReplId) -> Option<Offset> {
        self.received.get(&replica).filter(|(id, _)| *id == history).map(|(_, last)| *last)
    }

    /// The history that a replica receives.
    pub(super) fn history_of(&self, replica: NodeId) -> Option<ReplId> {
        self.receivers.get(&replica).map(|(history, _)| *history)
    }

    /// The byte that a replica must receive next.
    pub(super) fn next_of(&self, replica: NodeId) -> Option<Offset> {
        self.receivers.get(&replica).map(|(_, next)| *next)
    }

    /// Bytes of a stream, the first of them with the number `first`, arrive at a replica. `None` when it follows
    /// nothing that has numbers.
    pub(super) fn receive(
        &mut self,
        replica: NodeId,
        first: Offset,
        bytes: &[u8],
    ) -> Option<Result<(), String>> {
        let (history, next) = self.receivers.get_mut(&replica)?;
        if first != *next {
            let what = if first > *next { "a gap" } else { "bytes come twice" };
            let verdict = format!("{what}: byte {first} arrives where byte {next} is next");
            *next = Offset(first.0 + bytes.len() as i64);
            return Some(Err(verdict));
        }
        next.0 += bytes.len() as i64;
        let history = *history;
        Some(self.record(history, first, bytes))
    }

    /// Compares bytes with what is known of the history, and remembers those that are new.
    fn record(&mut self, id: ReplId, first: Offset, bytes: &[u8]) -> Result<(), String> {
        if self.histories.len() >= HISTORIES_MAX && !self.histories.contains_key(&id) {
            return Ok(());
        }
        let known = self.histories.get_or_insert_with(id, || History { first, bytes: Seq::new() });
        let end = Offset(known.first.0 + known.bytes.len() as i64);
        if first > end {
            *known = History { first, bytes: Seq::new() };
        }
        for (index, &byte) in bytes.iter().enumerate() {
            let number = Offset(first.0 + index as i64);
            let Ok(place) = usize::try_from(number.minus(known.first)) else { continue };
            match known.bytes.get(place) {
                None => known.bytes.push(byte),
                Some(&old) if old == byte => {}
                Some(&old) => {
                    let id = id.short();
                    return Err(format!(
                        "byte {number} of {id} is 0x{byte:02x} here and was 0x{old:02x} before"
                    ));
                }
            }
        }
        let excess = known.bytes.len().saturating_sub(BYTES_MAX);
        if excess > 0 {
            known.bytes.skip(excess);
            known.first.0 += excess as i64;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPLICA: NodeId = NodeId(1);

    fn book() -> StreamBook {
        let mut book = StreamBook::default();
        book.start(REPLICA, ReplId::ZERO, Offset(1));
        book
    }

    #[test]
    fn a_stream_without_gaps_is_unbroken() {
        let mut book = book();
        assert_eq!(book.receive(REPLICA, Offset(1), b"abc"), Some(Ok(())));
        assert_eq!(book.receive(REPLICA, Offset(4), b"de"), Some(Ok(())));
        assert_eq!(book.next_of(REPLICA), Some(Offset(6)));
        book.stop(REPLICA);
        assert_eq!(book.receive(REPLICA, Offset(6), b"f"), None);
    }

    #[test]
    fn gaps_repeats_and_changed_bytes_are_found() {
        let mut book = book();
        assert!(matches!(book.receive(REPLICA, Offset(2), b"b"), Some(Err(why)) if why.starts_with("a gap")));
        assert!(matches!(book.receive(REPLICA, Offset(0), b"b"), Some(Err(why)) if why.starts_with("bytes")));
        assert_eq!(book.receive(REPLICA, Offset(1), b"abc"), Some(Ok(())));
        book.start(REPLICA, ReplId::ZERO, Offset(2));
        assert!(matches!(book.receive(REPLICA, Offset(2), b"xc"), Some(Err(why)) if why.contains("0x78")));
    }
}
