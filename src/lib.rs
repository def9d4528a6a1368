//! Resync: Redis replication as a deterministic machine that can be watched.
//!
//! The crate is built in rings; each ring knows only the ones above it (`tests/tidy.rs` checks this):
//!
//! | ring | module | what it is |
//! |---|---|---|
//! | ground | [`base`] | units, byte strings, version profiles, the seeded generator |
//! | bytes | [`resp`], [`rdb`] | the codecs of the wire and of the snapshot |
//! | data | [`keyspace`] | values, commands on them, expiry, digest |
//! | node | [`node`] | one Redis server without IO |
//! | world | [`sim`] | virtual clock, links, processes |
//! | scenario | [`scenario`] | worlds as text |
//! | timeline | [`timeline`] | recording, stepping, seeking |
//! | narration | [`narrate`] | trace events as sentences |
//! | drivers | [`bridge`] | the JavaScript API |
//! | face | [`ui`] | the page |
//!
//! Time, randomness and input enter as arguments: the same scenario and seed give the same trace, to the
//! byte, natively and in WebAssembly.

pub mod base;
pub mod bridge;
pub mod keyspace;
pub mod narrate;
pub mod node;
pub mod rdb;
pub mod resp;
pub mod scenario;
pub mod sim;
pub mod timeline;
pub mod ui;
