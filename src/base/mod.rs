//! The ground that all rings stand on: units, byte strings, version profiles and the seeded generator.
//!
//! Nothing here knows RESP, RDB or replication.

pub mod base64;
mod blob;
mod decimal;
mod id;
mod profile;
mod random;
mod time;
mod units;

pub use blob::{Blob, printable, quoted};
pub use decimal::{parse_i64, push_i64, push_u64};
pub use id::ReplId;
pub use profile::{BacklogShape, Profile, Version};
pub use random::Rng;
pub use time::{Instant, Span, UnixMs};
pub use units::{ByteCount, Offset};
