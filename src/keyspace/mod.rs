//! The data ring: values, the commands on them, expiry and the digest.
//!
//! A [`Keyspace`] is what a server holds; [`lookup`] finds a command by name and its `run` executes it against
//! a [`Call`], which says on whose behalf and at what moment. The command writes its reply and leaves its
//! [`Effects`]: whether it changed anything and what a replica must be told. So the whole ring is a function
//! from (data, command, time, random numbers) to (data, reply, effects).
//!
//! Absent on purpose: connections, transactions, replication, configuration as text, the clock. The ring above
//! checks arity and permissions, frames propagation with SELECT and MULTI, and parks blocked clients.
//!
//! Sources: Redis 7.0.15 and 2.8.17 `db.c`, `object.c`, `t_*.c`, `expire.c`, `server.c` (the command table).

mod args;
mod blocking;
mod call;
mod db;
pub mod dict;
mod differ;
mod digest;
mod dump;
mod errors;
mod expire;
mod glob;
mod hash;
mod hyperloglog;
mod keys;
mod lcs;
mod list;
mod notify;
mod ordered;
mod random;
mod scan;
mod set;
mod sha1;
mod snapshot;
mod sort;
mod t_bits;
mod t_hash;
mod t_hyperloglog;
mod t_list;
mod t_set;
mod t_string;
mod t_zset;
mod table;
#[cfg(test)]
mod tests;
mod unsupported;
mod value;
mod zrange;
mod zset;
mod zset_combine;
mod zset_select;

pub use args::integer;
pub use blocking::serve;
pub use call::{BlockRequest, Call, Effects, Flushed, Op, Origin, Outcome, Own, Settings, Touched};
pub use db::{Db, Entry, Keyspace};
pub use differ::{Difference, Part, Unlike, differences};
pub use digest::{Digest, hex};
pub use errors::{Ran, Refused, wrong_arity, wrong_type};

pub use glob::matches as glob;
pub use hash::Hash;
pub use list::{End, List};
pub use notify::{Classes, Notice};
pub use set::Set;
pub use snapshot::Loader;
pub use table::{CommandSpec, DataCommand, Flags, Keys, all_commands, lookup};
pub use unsupported::unsupported;
pub use value::{Collection, Form, Str, Value};
pub use zset::ZSet;
