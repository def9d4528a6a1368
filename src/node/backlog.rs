//! The replication backlog: the newest bytes of the stream, each with its number.
//!
//! Picture a tape that is written at its right end and cut at its left. Up to 6.2 it is a ring of an exact size
//! (`replication.c:feedReplicationBacklog`, 2.8.17). In 7.0 it is a list of blocks that replicas share, cut
//! block by block, and never under a replica that still has to read it (`feedReplicationBuffer`,
//! `incrementalTrimReplicationBacklog`, 7.0.15), so it can be longer than configured.
//!
//! The bytes live in reference-counted chunks, so that a clone of a node shares them.

use std::collections::VecDeque;
use std::rc::Rc;

use bytes::Bytes;

use crate::base::{BacklogShape, ByteCount, Offset};

use super::verdict::BacklogSpan;

/// The smallest size that a real server allows (`CONFIG_REPL_BACKLOG_MIN_SIZE`).
pub(super) const SIZE_MIN: u64 = 16 * 1024;

/// Bytes in a chunk of a ring; only memory, no behaviour, depends on it.
const RING_CHUNK: usize = 16 * 1024;

/// `PROTO_REPLY_CHUNK_BYTES`, the least payload of a block (7.0).
const BLOCK_MIN: u64 = 16 * 1024;

/// `sizeof(replBufBlock)` on 64-bit systems.
const BLOCK_HEADER: u64 = 40;
/// The same and the node of the list that holds it.
const BLOCK_NODE: u64 = BLOCK_HEADER + 24;

/// `REPL_BACKLOG_TRIM_BLOCKS_PER_CALL`.
const TRIM_BLOCKS_MAX: usize = 64;

#[derive(Clone, Debug)]
struct Chunk {
    first: Offset,
    capacity: usize,
    bytes: Vec<u8>,
    /// The last byte of each command that ends here.
    ends: Vec<Offset>,
}

impl Chunk {
    fn last(&self) -> Offset {
        Offset(self.first.0 + self.bytes.len() as i64 - 1)
    }
}

/// What one append pushed out: bytes `first..=last`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Evicted {
    pub(super) first: Offset,
    pub(super) last: Offset,
}

#[derive(Clone, Debug)]
pub(super) struct Backlog {
    shape: BacklogShape,
    size: u64,
    chunks: VecDeque<Rc<Chunk>>,
    first: Offset,
    length: u64,
    evicted: u64,
}

impl Backlog {
    /// An empty backlog whose next byte has number `first`.
    pub(super) fn new(shape: BacklogShape, size: u64, first: Offset) -> Backlog {
        Backlog { shape, size, chunks: VecDeque::new(), first, length: 0, evicted: 0 }
    }

    pub(super) fn span(&self) -> BacklogSpan {
        BacklogSpan { first: self.first, next: self.next() }
    }

    pub(super) fn first(&self) -> Offset {
        self.first
    }

    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// The memory it holds: the whole ring, or all blocks (`repl_buffer_mem`).
    pub(super) fn memory(&self) -> u64 {
        match self.shape {
            BacklogShape::Ring => self.size,
            BacklogShape::Blocks => self.chunks.iter().map(|c| c.capacity as u64 + BLOCK_HEADER).sum(),
        }
    }

    /// How many blocks there are from the one on that holds byte `from`, and their memory
    /// (`getClientOutputBufferMemoryUsage`).
    pub(super) fn blocks_from(&self, from: Offset) -> (u64, u64) {
        let (mut count, mut memory) = (0, 0);
        for block in self.chunks.iter().rev() {
            count += 1;
            memory += block.capacity as u64 + BLOCK_NODE;
            if block.first <= from {
                break;
            }
        }
        (count, memory)
    }

    pub(super) fn size(&self) -> u64 {
        self.size
    }

    pub(super) fn shape(&self) -> BacklogShape {
        self.shape
    }

    pub(super) fn evicted(&self) -> ByteCount {
        ByteCount(self.evicted)
    }

    fn next(&self) -> Offset {
        self.first + ByteCount(self.length)
    }

    /// Appends one or more whole commands of the stream. `pinned` is the first byte that some replica still has to be sent; blocks
    /// from there on stay. Returns what was evicted and whether a block was added (7.0 checks the replicas'
    /// buffer limits only then).
    pub(super) fn append(
        &mut self,
        mut bytes: &[u8],
        pinned: impl Fn() -> Option<Offset>,
    ) -> (Option<Evicted>, bool) {
        let before = self.first;
        let mut grown = false;
        while !bytes.is_empty() {
            let next = self.next();
            let room = self.chunks.back().map_or(0, |tail| tail.capacity - tail.bytes.len());
            if room == 0 {
                let capacity = self.chunk_capacity(bytes.len() as u64);
                let chunk =
                    Chunk { first: next, capacity, bytes: Vec::with_capacity(capacity), ends: Vec::new() };
                self.chunks.push_back(Rc::new(chunk));
                grown = true;
            }
            let tail = Rc::make_mut(self.chunks.back_mut().expect("a chunk was just made"));
            let taken = bytes.len().min(tail.capacity - tail.bytes.len());
            tail.bytes.extend_from_slice(&bytes[..taken]);
            bytes = &bytes[taken..];
            if bytes.is_empty() {
                tail.ends.push(tail.last());
            }
            self.length += taken as u64;
            if self.shape == BacklogShape::Blocks && room == 0 {
                self.trim_blocks(pinned());
            }
        }
        if self.shape == BacklogShape::Ring {
            self.trim_ring();
        }
        let evicted =
            (self.first > before).then(|| Evicted { first: before, last: Offset(self.first.0 - 1) });
        (evicted, grown)
    }

    /// Lets go of blocks that only stayed because they were pinned.
    pub(super) fn release(&mut self, pinned: impl Fn() -> Option<Offset>) -> Option<Evicted> {
        let before = self.first;
        if self.shape == BacklogShape::Blocks {
            self.trim_blocks(pinned());
        }
        (self.first > before).then(|| Evicted { first: before, last: Offset(self.first.0 - 1) })
    }

    /// The bytes from `from` to the end. `from` must lie in the span.
    pub(super) fn read_from(&self, from: Offset) -> Bytes {
        assert!(self.first <= from && from <= self.next(), "byte {from} is not in the backlog");
        let mut out = Vec::with_capacity(self.next().minus(from) as usize);
        for chunk in &self.chunks {
            let skip = from.minus(chunk.first).max(0) as usize;
            if skip < chunk.bytes.len() {
                out.extend_from_slice(&chunk.bytes[skip..]);
            }
        }
        out.into()
    }

    /// A new size. Up to 6.2 the data go; 7.0 keeps what fits (`resizeReplicationBacklog`).
    pub(super) fn resize(&mut self, size: u64, pinned: Option<Offset>) {
        if size == self.size {
            return;
        }
        self.size = size;
        match self.shape {
            BacklogShape::Ring => {
                self.first = self.next();
                self.evicted += self.length;
                self.length = 0;
                self.chunks.clear();
            }
            BacklogShape::Blocks => self.trim_blocks(pinned),
        }
    }

    /// The newest commands, oldest first, as (first byte kept, last byte, torn, bytes kept).
    pub(super) fn commands(&self, max: usize) -> Vec<(Offset, Offset, bool, Bytes)> {
        let mut ends: Vec<Offset> =
            self.chunks.iter().rev().flat_map(|c| c.ends.iter().rev()).take(max + 1).copied().collect();
        ends.reverse();
        let everything = ends.len() <= max;
        let mut start = if everything { self.first } else { ends.remove(0).next() };
        let torn_first = everything && self.evicted > 0 && !self.begins_whole();
        let mut out = Vec::with_capacity(ends.len());
        for (i, end) in ends.into_iter().filter(|end| *end >= self.first).enumerate() {
            out.push((start, end, i == 0 && torn_first, self.slice(start, end)));
            start = end.next();
        }
        out
    }

    /// Whether the oldest byte begins a command.
    fn begins_whole(&self) -> bool {
        self.chunks.front().and_then(|c| c.bytes.get(self.first.minus(c.first) as usize)) == Some(&b'*')
            && self
                .chunks
                .front()
                .is_some_and(|c| c.first == self.first || c.ends.contains(&Offset(self.first.0 - 1)))
    }

    fn slice(&self, first: Offset, last: Offset) -> Bytes {
        let mut out = Vec::new();
        for chunk in &self.chunks {
            if chunk.last() < first || chunk.first > last {
                continue;
            }
            let from = first.minus(chunk.first).max(0) as usize;
            let to = (last.minus(chunk.first) + 1).min(chunk.bytes.len() as i64) as usize;
            out.extend_from_slice(&chunk.bytes[from..to]);
        }
        out.into()
    }

    fn chunk_capacity(&self, wanted: u64) -> usize {
        match self.shape {
            BacklogShape::Ring => RING_CHUNK,
            BacklogShape::Blocks => {
                let limit = (self.size / 16).max(BLOCK_MIN);
                let payload = wanted.max(BLOCK_MIN).min(limit);
                (allocation(payload + BLOCK_HEADER) - BLOCK_HEADER) as usize
            }
        }
    }

    /// Whether blocks are left that it could do without, if nobody needed them.
    pub(super) fn is_overlong(&self) -> bool {
        let front =
            self.chunks.front().filter(|_| self.shape == BacklogShape::Blocks && self.chunks.len() > 1);
        front.is_some_and(|front| self.length - front.bytes.len() as u64 > self.size)
    }

    fn trim_ring(&mut self) {
        let excess = self.length.saturating_sub(self.size);
        self.first += ByteCount(excess);
        self.length -= excess;
        self.evicted += excess;
        while self.chunks.front().is_some_and(|c| c.last() < self.first) {
            self.chunks.pop_front();
        }
    }

    fn trim_blocks(&mut self, pinned: Option<Offset>) {
        for _ in 0..TRIM_BLOCKS_MAX {
            let Some(front) = self.chunks.front().filter(|_| self.chunks.len() > 1) else { break };
            let used = front.bytes.len() as u64;
            let is_pinned = pinned.is_some_and(|pinned| front.last() >= pinned);
            if is_pinned || self.length - used <= self.size {
                break;
            }
            self.first += ByteCount(used);
            self.length -= used;
            self.evicted += used;
            self.chunks.pop_front();
        }
    }
}

/// What the allocator of a stock server (jemalloc) hands out for `size` bytes: four size classes to each
/// doubling.
pub(super) fn allocation(size: u64) -> u64 {
    let spacing = (size - 1).ilog2().saturating_sub(2);
    size.next_multiple_of(1 << spacing)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(backlog: &mut Backlog, command: &[u8]) -> Option<Evicted> {
        backlog.append(command, || None).0
    }

    #[test]
    fn a_ring_keeps_exactly_its_size() {
        let mut ring = Backlog::new(BacklogShape::Ring, 10, Offset(1));
        assert_eq!(fill(&mut ring, b"*12345"), None);
        let evicted = fill(&mut ring, b"*abcdef").expect("three bytes too many");
        assert_eq!(evicted, Evicted { first: Offset(1), last: Offset(3) });
        assert_eq!(ring.span(), BacklogSpan { first: Offset(4), next: Offset(14) });
        assert_eq!(ring.read_from(Offset(4)), b"345*abcdef".as_slice());
        assert_eq!(ring.read_from(Offset(14)), b"".as_slice());
        let commands = ring.commands(8);
        assert_eq!(commands.len(), 2);
        assert_eq!((commands[0].0, commands[0].1, commands[0].2), (Offset(4), Offset(6), true));
        assert_eq!((commands[1].0, commands[1].1, commands[1].2), (Offset(7), Offset(13), false));
    }

    #[test]
    fn one_write_larger_than_the_ring_leaves_its_tail() {
        let mut ring = Backlog::new(BacklogShape::Ring, 20_000, Offset(1));
        fill(&mut ring, &vec![b'x'; 50_000]);
        assert_eq!(ring.length(), 20_000);
        assert_eq!(ring.first(), Offset(30_001));
        assert_eq!(ring.evicted(), ByteCount(30_000));
    }

    #[test]
    fn blocks_have_the_payload_of_a_stock_server() {
        // Observed on 7.0.15: blocks of 20440 bytes for sizes from 16 KB to 1 MB with small writes.
        assert_eq!(allocation(16384 + 40) - 40, 20440);
        let mut blocks = Backlog::new(BacklogShape::Blocks, 16384, Offset(1));
        for _ in 0..1000 {
            fill(&mut blocks, &[b'x'; 100]);
        }
        assert!(blocks.length() >= 16384 && blocks.length() < 16384 + 2 * 20440, "{}", blocks.length());
        assert_eq!((blocks.first().0 - 1) % 20440, 0, "blocks leave whole");
    }

    #[test]
    fn a_block_that_a_replica_still_needs_stays() {
        let mut blocks = Backlog::new(BacklogShape::Blocks, 16384, Offset(1));
        for _ in 0..1000 {
            blocks.append(&[b'x'; 100], || Some(Offset(1)));
        }
        assert_eq!(blocks.first(), Offset(1));
        assert_eq!(blocks.length(), 100_000);
    }

    #[test]
    fn resizing_empties_a_ring_and_trims_blocks() {
        let mut ring = Backlog::new(BacklogShape::Ring, 100, Offset(1));
        fill(&mut ring, &[b'x'; 50]);
        ring.resize(200, None);
        assert_eq!(ring.span(), BacklogSpan { first: Offset(51), next: Offset(51) });
        let mut blocks = Backlog::new(BacklogShape::Blocks, 1 << 20, Offset(1));
        fill(&mut blocks, &vec![b'x'; 200_000]);
        blocks.resize(16384, None);
        assert!(blocks.length() >= 16384 && blocks.length() < 100_000, "{}", blocks.length());
    }
}
