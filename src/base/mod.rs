//! The ground that all rings stand on: units, byte strings, small collections, version profiles and the seeded
//! generator.
//!
//! Nothing here knows RESP, RDB or replication.

pub mod base64;
mod bignum;
mod blob;
mod decimal;
pub mod float;
mod id;
mod map;
mod order;
mod profile;
mod random;
mod seq;
mod time;
mod units;

pub use blob::{Blob, printable, quoted};
pub use decimal::{parse_i64, push_i64, push_u64};
pub use float::{Float80, parse_double};
pub use id::ReplId;
pub use map::{Map, Set};
pub use order::{sort_by, sort_by_key};
pub use profile::{BacklogShape, PieceKind, Profile, Version};
pub use random::Rng;
pub use seq::Seq;
pub use time::{Instant, Span, UnixMs};
pub use units::{ByteCount, Offset};
