//! What the bytes of one message mean: stretches that lie side by side and cover all of it.

use std::ops::Range;

use super::{Arg, carried, rdb_meaning, resp_meaning};
use crate::node::Content;
use crate::rdb;
use crate::resp::annotate::{Flow, What, annotate};
use crate::sim::Carries;

/// Bytes that belong together, with what they mean.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stretch {
    pub range: Range<usize>,
    pub meaning: Arg,
}

/// The magic word at the beginning of an RDB.
const MAGIC: &[u8] = b"REDIS";

/// The stretches of a message, in order and without gap or overlap.
///
/// An RDB that comes in several pieces can be read only from its beginning; a later piece is one stretch.
pub fn stretches(content: Content, data: &[u8]) -> Vec<Stretch> {
    let speaks = data.first().is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'*');
    let flow = match content {
        Content::Question | Content::Ack => Flow::Requests,
        Content::Handshake if speaks => Flow::Requests,
        Content::Rdb { .. } if data.starts_with(MAGIC) => return of_rdb(data, 0),
        Content::Rdb { sent, .. } if sent.0 > 0 => {
            let meaning = carried(Carries::Data { content });
            return vec![Stretch { range: 0..data.len(), meaning }];
        }
        _ => Flow::FromMaster,
    };
    let mut found = Vec::new();
    for note in annotate(data, flow) {
        let inside = &data[note.range.clone()];
        if matches!(note.what, What::Rdb) && inside.starts_with(MAGIC) {
            found.extend(of_rdb(inside, note.range.start));
        } else {
            found.push(Stretch { range: note.range, meaning: resp_meaning(&note.what) });
        }
    }
    found
}

fn of_rdb(data: &[u8], at: usize) -> Vec<Stretch> {
    let stretch = |note: rdb::Note| Stretch {
        range: at + note.range.start..at + note.range.end,
        meaning: rdb_meaning(&note.what),
    };
    rdb::annotate(data).into_iter().map(stretch).collect()
}
