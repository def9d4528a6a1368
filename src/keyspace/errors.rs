//! Error texts, exact to the byte. They are given without the leading `-`.

use super::call::{Call, Outcome};
use crate::base::Version;

pub const SYNTAX: &str = "ERR syntax error";
pub const NOT_INTEGER: &str = "ERR value is not an integer or out of range";
pub const NOT_FLOAT: &str = "ERR value is not a valid float";
pub const OVERFLOW: &str = "ERR increment or decrement would overflow";
pub const NO_SUCH_KEY: &str = "ERR no such key";

impl Call<'_> {
    /// Replies with an error and ends the command.
    pub(super) fn fail(&mut self, text: &str) -> Outcome {
        self.reply.error(text);
        Outcome::Done
    }

    pub(super) fn wrong_type(&mut self) -> Outcome {
        self.fail(match self.profile.version {
            Version::V2_6 => "ERR Operation against a key holding the wrong kind of value",
            _ => "WRONGTYPE Operation against a key holding the wrong kind of value",
        })
    }

    pub(super) fn invalid_expire(&mut self, command: &str) -> Outcome {
        if self.at_least(Version::V7_0) {
            return self.fail(&format!("ERR invalid expire time in '{command}' command"));
        }
        self.fail(&format!("ERR invalid expire time in {command}"))
    }
}
