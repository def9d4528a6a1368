//! The codecs as a whole: properties over random input, and real servers as the referee of RDB files.

mod cli;
mod dataset;
mod protocol_servers;
mod rdb_files;
mod rdb_fixtures;
mod rdb_servers;
mod requests;
#[path = "../support/mod.rs"]
mod support;
