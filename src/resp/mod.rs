//! RESP2, the wire format of commands and replies.
//!
//! Picture two directions. Towards a server flow *requests*: [`RequestParser`] takes bytes in pieces of any
//! size and gives whole commands, each with the exact bytes it was made of, because every byte of a replication
//! stream has an offset. Back flow *replies*: [`Reply`] builds them, [`parse_reply`] reads them for terminals
//! and for tests. [`encode_command`] is the form of everything that a master propagates.
//!
//! [`annotate`] says of every byte what it means.
//!
//! Absent: RESP3, and any idea of what a command means.
//!
//! Source: Redis 7.0.15 `networking.c:processInputBuffer` and older releases of it; `sds.c:sdssplitargs`,
//! `sdscatrepr`; `redis-cli.c:cliFormatReplyTTY`.

pub mod annotate;
mod inline;
mod reply;
mod request;
mod value;

use std::rc::Rc;

use crate::base::{Blob, push_u64};

pub use inline::{Unbalanced, split_line};
pub use reply::Reply;
pub use request::{Limits, ProtocolError, Request, RequestParser};
pub use value::{ReplyError, ReplyParser, ReplyValue, cli_format, cli_prints_raw, parse_reply, quoted};

/// A command and its arguments.
pub type Argv = Rc<[Blob]>;

/// An [`Argv`] from anything that holds bytes.
pub fn argv(args: impl IntoIterator<Item = impl AsRef<[u8]>>) -> Argv {
    args.into_iter().map(|arg| Blob::from(arg.as_ref())).collect()
}

/// Appends the RESP array of a command to `out`: the form of the replication stream and of what clients send.
pub fn encode_command<I>(out: &mut Vec<u8>, args: I)
where
    I: IntoIterator<Item: AsRef<[u8]>, IntoIter: ExactSizeIterator>,
{
    let args = args.into_iter();
    push_header(out, b'*', args.len());
    for arg in args {
        push_bulk(out, arg.as_ref());
    }
}

/// `*<n>` or `$<n>` with its line end.
fn push_header(out: &mut Vec<u8>, kind: u8, n: usize) {
    // Nearly every header has one or two digits.
    match n {
        0..10 => return out.extend_from_slice(&[kind, b'0' + n as u8, b'\r', b'\n']),
        10..100 => {
            return out.extend_from_slice(&[kind, b'0' + n as u8 / 10, b'0' + n as u8 % 10, b'\r', b'\n']);
        }
        _ => out.push(kind),
    }
    push_u64(out, n as u64);
    out.extend_from_slice(b"\r\n");
}

fn push_bulk(out: &mut Vec<u8>, bytes: &[u8]) {
    push_header(out, b'$', bytes.len());
    out.extend_from_slice(bytes);
    out.extend_from_slice(b"\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_an_array_of_bulk_strings() {
        let mut out = Vec::new();
        encode_command(&mut out, ["SET", "k", ""]);
        assert_eq!(out, b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$0\r\n\r\n");
    }
}
