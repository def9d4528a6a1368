//! The verdict: may a replica continue where it stopped, or must it take everything again?
//!
//! A replica says "I follow history `id` and want byte `offset` next". Two questions decide: is that history
//! mine, and are that byte and everything after it still in my backlog? The decision is a pure function of the
//! numbers it records, so the page can show the very numbers that were compared.
//!
//! Source: Redis 7.0.15 `replication.c:masterTryPartialResynchronization`; up to 3.x the same without the second
//! ID (2.8.17, same function), compared with the run ID.

use serde::Serialize;

use crate::base::{ByteCount, Offset, ReplId};

/// The second history a master still accepts: its ID, and the first byte that is no longer valid in it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SecondId {
    pub id: ReplId,
    /// `second_repl_offset`: a replica may ask for this byte, not for a later one. -1 when there is none.
    pub offset: Offset,
}

/// The span of the backlog: bytes `first .. next` (next excluded) are in it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BacklogSpan {
    pub first: Offset,
    /// The byte that will be written next: `first + histlen`.
    pub next: Offset,
}

/// Everything a decision is made from, and the verdict.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Decision {
    pub asked_id: String,
    pub asked_offset: Offset,
    pub own_id: ReplId,
    pub second: Option<SecondId>,
    pub backlog: Option<BacklogSpan>,
    pub verdict: Verdict,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum Verdict {
    /// `+CONTINUE`, then `bytes` bytes from the backlog.
    Continue { bytes: ByteCount, via: Via },
    /// `+FULLRESYNC` as soon as a snapshot starts.
    Full { reason: FullReason },
}

/// Under which ID a replica was recognised.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Via {
    OwnId,
    SecondId,
}

/// Why a partial resynchronisation is impossible.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum FullReason {
    /// The replica asked with `?`: it has nothing.
    NothingToContinue,
    /// The history it names is not ours.
    OtherHistory,
    /// It follows our former history, but beyond the point where ours branched off.
    BeyondSecondOffset { limit: Offset },
    /// We keep no backlog.
    NoBacklog,
    /// The byte it wants was evicted.
    Evicted { first: Offset },
    /// It wants a byte that we have not written yet.
    Ahead { next: Offset },
}

/// Decides on `PSYNC asked_id asked_offset`.
pub fn decide(
    asked_id: &[u8],
    asked_offset: Offset,
    own_id: ReplId,
    second: Option<SecondId>,
    backlog: Option<BacklogSpan>,
) -> Decision {
    let verdict = verdict(asked_id, asked_offset, own_id, second, backlog);
    Decision {
        asked_id: crate::base::printable(asked_id, 64),
        asked_offset,
        own_id,
        second: second.filter(|second| second.offset != Offset::NONE),
        backlog,
        verdict,
    }
}

fn verdict(
    asked_id: &[u8],
    asked_offset: Offset,
    own_id: ReplId,
    second: Option<SecondId>,
    backlog: Option<BacklogSpan>,
) -> Verdict {
    let full = |reason| Verdict::Full { reason };
    let via = if own_id.matches(asked_id) {
        Via::OwnId
    } else {
        match second {
            Some(second) if second.id.matches(asked_id) => {
                if asked_offset > second.offset {
                    return full(FullReason::BeyondSecondOffset { limit: second.offset });
                }
                Via::SecondId
            }
            _ if asked_id.first() == Some(&b'?') => return full(FullReason::NothingToContinue),
            _ => return full(FullReason::OtherHistory),
        }
    };
    match backlog {
        None => full(FullReason::NoBacklog),
        Some(BacklogSpan { first, .. }) if asked_offset < first => full(FullReason::Evicted { first }),
        Some(BacklogSpan { next, .. }) if asked_offset > next => full(FullReason::Ahead { next }),
        Some(BacklogSpan { next, .. }) => {
            Verdict::Continue { bytes: ByteCount(next.minus(asked_offset) as u64), via }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPAN: BacklogSpan = BacklogSpan { first: Offset(1), next: Offset(78) };

    fn id(c: u8) -> ReplId {
        ReplId::from_bytes(&[c; 40]).expect("forty bytes")
    }

    fn ask(asked: &[u8], offset: i64) -> Verdict {
        let second = Some(SecondId { id: id(b'b'), offset: Offset(40) });
        decide(asked, Offset(offset), id(b'a'), second, Some(SPAN)).verdict
    }

    fn continues(bytes: u64, via: Via) -> Verdict {
        Verdict::Continue { bytes: ByteCount(bytes), via }
    }

    #[test]
    fn both_ends_of_the_backlog_are_included() {
        assert_eq!(ask(&[b'a'; 40], 0), Verdict::Full { reason: FullReason::Evicted { first: Offset(1) } });
        assert_eq!(ask(&[b'a'; 40], 1), continues(77, Via::OwnId));
        assert_eq!(ask(&[b'a'; 40], 77), continues(1, Via::OwnId));
        assert_eq!(ask(&[b'a'; 40], 78), continues(0, Via::OwnId));
        assert_eq!(ask(&[b'a'; 40], 79), Verdict::Full { reason: FullReason::Ahead { next: Offset(78) } });
    }

    #[test]
    fn the_case_of_an_id_does_not_matter_but_its_length_does() {
        assert_eq!(ask(&[b'A'; 40], 78), continues(0, Via::OwnId));
        assert_eq!(ask(&[b'a'; 39], 78), Verdict::Full { reason: FullReason::OtherHistory });
    }

    #[test]
    fn the_second_id_is_good_up_to_its_offset() {
        assert_eq!(ask(&[b'b'; 40], 40), continues(38, Via::SecondId));
        let beyond = FullReason::BeyondSecondOffset { limit: Offset(40) };
        assert_eq!(ask(&[b'b'; 40], 41), Verdict::Full { reason: beyond });
    }

    #[test]
    fn a_question_mark_asks_for_everything() {
        assert_eq!(ask(b"?", -1), Verdict::Full { reason: FullReason::NothingToContinue });
        assert_eq!(ask(b"?x", 78), Verdict::Full { reason: FullReason::NothingToContinue });
    }

    #[test]
    fn without_a_backlog_nothing_continues() {
        let decision = decide(&[b'a'; 40], Offset(1), id(b'a'), None, None);
        assert_eq!(decision.verdict, Verdict::Full { reason: FullReason::NoBacklog });
    }
}
