//! Error texts, exact to the byte. They are given without the leading `-`.

use std::borrow::Cow;

use super::call::{Call, Outcome};
use crate::base::{Profile, Version};

/// Why a command refuses: the error that the client is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused(pub Cow<'static, [u8]>);

/// How a command function ends; a refusal is written as an error reply.
pub type Ran = Result<Outcome, Refused>;

pub const SYNTAX: Refused = text("ERR syntax error");
pub const NOT_INTEGER: Refused = text("ERR value is not an integer or out of range");
pub const NOT_FLOAT: Refused = text("ERR value is not a valid float");
pub const OVERFLOW: Refused = text("ERR increment or decrement would overflow");
pub const NOT_POSITIVE: Refused = text("ERR value is out of range, must be positive");
pub const NO_SUCH_KEY: Refused = text("ERR no such key");
pub const SAME_OBJECT: Refused = text("ERR source and destination objects are the same");
pub const INDEX_OUT_OF_RANGE: Refused = text("ERR index out of range");
pub const DB_OUT_OF_RANGE: Refused = text("ERR DB index is out of range");
pub const OFFSET_OUT_OF_RANGE: Refused = text("ERR offset is out of range");

/// A fixed refusal.
pub const fn text(text: &'static str) -> Refused {
    Refused(Cow::Borrowed(text.as_bytes()))
}

impl From<String> for Refused {
    fn from(text: String) -> Refused {
        Refused(Cow::Owned(text.into_bytes()))
    }
}

/// A refusal that quotes an argument, as a C string.
pub fn quoting(before: &str, arg: &[u8], after: &str) -> Refused {
    let arg = arg.split(|b| *b == 0).next().unwrap_or_default();
    Refused(Cow::Owned([before.as_bytes(), arg, after.as_bytes()].concat()))
}

/// The refusal of a command on a value of another type.
pub fn wrong_type(profile: &Profile) -> Refused {
    text(match profile.version {
        Version::V2_6 => "ERR Operation against a key holding the wrong kind of value",
        _ => "WRONGTYPE Operation against a key holding the wrong kind of value",
    })
}

/// The refusal of a wrong number of words; `command` in lower case.
pub fn wrong_arity(command: &str) -> Refused {
    format!("ERR wrong number of arguments for '{command}' command").into()
}

impl Call<'_> {
    pub(super) fn wrong_type(&self) -> Refused {
        wrong_type(self.profile)
    }

    pub(super) fn invalid_expire(&self, command: &str) -> Refused {
        match self.profile.version {
            Version::V7_0 => format!("ERR invalid expire time in '{command}' command").into(),
            Version::V2_6 => text("ERR invalid expire time in SETEX"),
            _ => format!("ERR invalid expire time in {command}").into(),
        }
    }
}
