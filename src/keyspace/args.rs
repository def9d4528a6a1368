//! Reading arguments.

use super::value::parse_int;
use crate::base::Blob;

/// Whether an argument is the option `name` (given in lower case), in any case.
pub fn is(arg: &[u8], name: &str) -> bool {
    arg.eq_ignore_ascii_case(name.as_bytes())
}

/// An integer argument in Redis' strict form.
pub fn int(arg: &[u8]) -> Option<i64> {
    parse_int(arg)
}

pub fn blob(bytes: impl AsRef<[u8]>) -> Blob {
    Blob::from(bytes.as_ref())
}

/// The decimal form of `n`.
pub fn decimal(n: i64) -> Blob {
    blob(n.to_string())
}
