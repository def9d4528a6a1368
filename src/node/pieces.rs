//! How the output of one client lies in memory: the first 16 KB in the client itself, the rest in a list of pieces, which
//! is what the limits count and CLIENT LIST shows.
//!
//! Output comes in fragments, as Redis adds it: `*3`, `$5`, `hello` and the line's end are four. Up to 4.0 a fragment is
//! never cut: it goes into the client as long as there is room and the list is empty, otherwise onto the last piece, or
//! begins a new one. 7.0 fills up the client and the last block before it begins another.
//!
//! Sources: 2.8.17, 2.6.17 and 4.0.14 `networking.c:_addReplyToBuffer`, `_addReplyObjectToList`, `sendReplyToClient`,
//! `getClientOutputBufferMemoryUsage`, `zmalloc.c:zmalloc_size`, `sds.c:sdsMakeRoomFor`; 7.0.15
//! `networking.c:_addReplyProtoToList`.

use std::collections::VecDeque;

use crate::base::PieceKind;

use super::backlog::allocation;

/// `PROTO_REPLY_CHUNK_BYTES`: the room in the client, and up to where fragments are put together into one piece.
pub(super) const ROOM: u64 = 16 * 1024;
/// Headers with numbers below this are made once for all, with room to spare (`REDIS_SHARED_BULKHDR_LEN`).
const SHARED_HEADERS: u64 = 32;

/// The output of one client, in fragments.
#[derive(Clone, Default, Debug)]
pub(super) struct Pieces {
    /// Bytes in the client itself. They stay until the last of them is sent.
    inside: u64,
    list: VecDeque<Piece>,
    /// How much is sent of the bytes inside, or of the first piece when none are.
    sent: u64,
    /// Of all pieces in the list.
    listed: Sum,
}

#[derive(Clone, Copy, Default, Debug)]
struct Sum {
    len: u64,
    memory: u64,
}

#[derive(Clone, Copy, Debug)]
struct Piece {
    len: u64,
    /// What may be added without moving it.
    room: u64,
    /// What it counts as.
    memory: u64,
}

/// One thing that Redis adds to the output.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Fragment {
    len: u64,
    is_shared: bool,
}

impl Pieces {
    pub(super) fn inside(&self) -> u64 {
        self.inside
    }

    pub(super) fn count(&self) -> u64 {
        self.list.len() as u64
    }

    /// The bytes that wait.
    pub(super) fn length(&self) -> u64 {
        self.inside + self.listed.len - self.sent
    }

    /// What counts for the limits.
    pub(super) fn memory(&self, kind: PieceKind) -> u64 {
        // A node of a list, and what is around the bytes.
        let header = match kind {
            PieceKind::Objects => 24 + 16,
            PieceKind::Texts => 24 + 5,
            PieceKind::Blocks => 24 + 16,
        };
        self.listed.memory + header * self.count()
    }

    /// Adds commands or replies, fragment by fragment.
    pub(super) fn add(&mut self, bytes: &[u8], kind: PieceKind) {
        for fragment in fragments(bytes) {
            self.add_fragment(fragment, kind);
        }
    }

    /// Adds bytes that come in one piece, as a replica of 4.0 passes on what it got.
    pub(super) fn add_whole(&mut self, len: u64, kind: PieceKind) {
        self.add_fragment(Fragment { len, is_shared: false }, kind);
    }

    fn add_fragment(&mut self, Fragment { mut len, is_shared }: Fragment, kind: PieceKind) {
        if self.list.is_empty() {
            let room = ROOM.saturating_sub(self.inside);
            let taken = match kind {
                PieceKind::Blocks => len.min(room),
                _ if len <= room => len,
                _ => 0,
            };
            self.inside += taken;
            len -= taken;
        }
        if let Some(tail) = self.list.back_mut() {
            let Piece { len: len_before, memory: memory_before, .. } = *tail;
            len -= tail.take(len, kind);
            self.listed.len += tail.len - len_before;
            self.listed.memory += tail.memory - memory_before;
        }
        if len > 0 {
            let piece = Piece::new(len, is_shared, kind);
            self.listed.len += piece.len;
            self.listed.memory += piece.memory;
            self.list.push_back(piece);
        }
    }

    /// Bytes have left.
    pub(super) fn sent(&mut self, count: u64) {
        self.sent += count;
        if self.inside > 0 && self.sent >= self.inside {
            self.sent -= std::mem::take(&mut self.inside);
        }
        while let Some(front) = self.list.front().filter(|front| self.inside == 0 && self.sent >= front.len) {
            self.sent -= front.len;
            self.listed.len -= front.len;
            self.listed.memory -= front.memory;
            self.list.pop_front();
        }
        if self.inside == 0 && self.list.is_empty() {
            self.sent = 0;
        }
    }

    /// Another client gets the same output (`copyClientOutputBuffer`): the next fragment moves the last piece of either.
    pub(super) fn share(&mut self) -> Pieces {
        if let Some(tail) = self.list.back_mut() {
            tail.room = 0;
        }
        Pieces { sent: 0, ..self.clone() }
    }
}

impl Piece {
    fn new(len: u64, is_shared: bool, kind: PieceKind) -> Piece {
        match kind {
            PieceKind::Objects => {
                let capacity = if is_shared { 2 * len } else { len };
                Piece { len, room: 0, memory: object_size(capacity) }
            }
            PieceKind::Texts => Piece { len, room: ROOM.saturating_sub(len), memory: len },
            PieceKind::Blocks => {
                let memory = allocation(len.max(ROOM) + 16) - 16;
                Piece { len, room: memory - len, memory }
            }
        }
    }

    /// How much of a fragment goes onto this piece.
    fn take(&mut self, len: u64, kind: PieceKind) -> u64 {
        let taken = match kind {
            PieceKind::Blocks => len.min(self.room),
            _ if self.len + len <= ROOM => len,
            _ => return 0,
        };
        self.len += taken;
        match kind {
            PieceKind::Blocks => self.room -= taken,
            PieceKind::Texts => self.memory += taken,
            PieceKind::Objects if taken <= self.room => self.room -= taken,
            // A text that grows gets twice what it needs.
            PieceKind::Objects => {
                self.room = self.len;
                self.memory = object_size(2 * self.len);
            }
        }
        taken
    }
}

/// What a text with room for `capacity` bytes takes where memory comes from the C library: its header and its end, in
/// eights, and eight bytes in which the size is kept.
fn object_size(capacity: u64) -> u64 {
    (8 + capacity + 1).next_multiple_of(8) + 8
}

/// Takes bytes of the protocol apart as they were put together.
fn fragments(mut bytes: &[u8]) -> impl Iterator<Item = Fragment> {
    let mut body: Option<u64> = None;
    std::iter::from_fn(move || {
        if bytes.is_empty() {
            return None;
        }
        let rest = bytes.len() as u64;
        let (len, is_shared) = match body.take() {
            // The bytes of a bulk string, then its end.
            Some(len) if len > 0 => {
                body = Some(0);
                (len.min(rest), false)
            }
            Some(_) => (rest.min(2), false),
            None if bytes.starts_with(b"*2\r\n$6\r\nSELECT\r\n$") => (select_length(bytes), true),
            None => {
                let end = line_length(bytes);
                let number = number(&bytes[1..end as usize]);
                if bytes[0] == b'$' {
                    body = number;
                }
                (end, matches!(bytes[0], b'$' | b'*') && number.is_some_and(|n| n < SHARED_HEADERS))
            }
        };
        bytes = &bytes[len as usize..];
        Some(Fragment { len, is_shared })
    })
}

/// SELECT goes out as a whole.
fn select_length(bytes: &[u8]) -> u64 {
    let lines = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
    lines.take(5).last().map_or(bytes.len(), |(at, _)| at + 1) as u64
}

fn line_length(bytes: &[u8]) -> u64 {
    bytes.iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |at| at + 1) as u64
}

fn number(line: &[u8]) -> Option<u64> {
    std::str::from_utf8(line).ok()?.trim_end().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lengths(bytes: &[u8]) -> Vec<u64> {
        fragments(bytes).map(|fragment| fragment.len).collect()
    }

    #[test]
    fn commands_and_replies_are_taken_apart_as_redis_puts_them_together() {
        assert_eq!(lengths(b"*2\r\n$3\r\nGET\r\n$0\r\n\r\n"), [4, 4, 3, 2, 4, 2]);
        assert_eq!(lengths(b"*2\r\n$6\r\nSELECT\r\n$2\r\n11\r\n*1\r\n"), [24, 4]);
        assert_eq!(lengths(b"+OK\r\n:12\r\n$-1\r\nselect 11\r\n"), [5, 5, 5, 11]);
        // What ends in the middle is taken as far as it goes.
        assert_eq!(lengths(b"$9\r\nabc"), [4, 3]);
    }

    #[test]
    fn the_bytes_inside_stay_until_the_last_of_them_is_sent() {
        let mut pieces = Pieces::default();
        pieces.add_whole(16_000, PieceKind::Objects);
        pieces.sent(15_999);
        assert_eq!((pieces.inside(), pieces.count()), (16_000, 0));
        pieces.add_whole(400, PieceKind::Objects);
        assert_eq!(pieces.count(), 1, "there is no room for 400 more");
        pieces.sent(1);
        assert_eq!((pieces.inside(), pieces.count()), (0, 1));
        pieces.add_whole(10, PieceKind::Objects);
        assert_eq!(pieces.inside(), 0, "what is in the list comes first");
        pieces.sent(410);
        assert_eq!(pieces.memory(PieceKind::Objects), 0);
    }

    #[test]
    fn each_release_counts_its_pieces_in_its_own_way() {
        let held = |kind| {
            let mut pieces = Pieces::default();
            pieces.add_whole(16_380, kind);
            pieces.add_whole(10, kind);
            pieces.add_whole(5, kind);
            (pieces.inside(), pieces.count(), pieces.memory(kind))
        };
        assert_eq!(held(PieceKind::Objects), (16_380, 1, 40 + 8 + 40));
        assert_eq!(held(PieceKind::Texts), (16_380, 1, 15 + 29));
        assert_eq!(held(PieceKind::Blocks), (16_384, 1, 20_464 + 40));
    }

    #[test]
    fn a_replica_that_joins_a_snapshot_moves_the_last_piece_before_it_adds() {
        let mut donor = Pieces::default();
        for len in [16_384, 100, 50] {
            donor.add_whole(len, PieceKind::Objects);
        }
        assert_eq!(donor.memory(PieceKind::Objects), 40 + object_size(300));
        let mut joiner = donor.share();
        for pieces in [&mut donor, &mut joiner] {
            pieces.add_whole(1, PieceKind::Objects);
            assert_eq!(pieces.memory(PieceKind::Objects), 40 + object_size(302));
        }
    }
}
