//! One value outside of a file: what `DUMP` gives and `RESTORE` takes.
//!
//! The type and the value as in a file, then the version of the format in two bytes and a CRC-64 over all before
//! it. Source: `cluster.c:createDumpPayload`, `verifyDumpPayload` (`migrate.c` up to 2.8).

use crate::base::Profile;

use super::cursor::Cursor;
use super::read::{Value, value_type};
use super::{RdbError, RdbWriter, crc64};

/// The bytes after the value: version and checksum.
const FOOTER: usize = 10;

/// Why a payload is not taken.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PayloadError {
    /// Too short, of a version that the release does not take, or not what was written.
    VersionOrChecksum,
    /// The value cannot be read.
    Bad(RdbError),
}

/// A payload as the release of `profile` makes it. `write` writes one value, whose key is ignored.
pub fn payload(profile: &'static Profile, write: impl FnOnce(&mut RdbWriter)) -> Vec<u8> {
    let mut writer = RdbWriter::bare(profile);
    write(&mut writer);
    let mut out = writer.into_value();
    out.extend((profile.rdb_version as u16).to_le_bytes());
    let sum = crc64(&out);
    out.extend(sum.to_le_bytes());
    out
}

/// The value in a payload. Until 2.8 only the release's own version is taken, later every one up to it. `checked`:
/// the checksum has to be right.
pub fn read_payload(bytes: &[u8], profile: &Profile, checked: bool) -> Result<Value, PayloadError> {
    let body = bytes.len().checked_sub(FOOTER).ok_or(PayloadError::VersionOrChecksum)?;
    let version = u32::from(u16::from_le_bytes([bytes[body], bytes[body + 1]]));
    let known = match profile.takes_older_payloads() {
        true => version <= profile.rdb_version,
        false => version == profile.rdb_version,
    };
    if !known || checked && bytes[body + 2..] != crc64(&bytes[..body + 2]).to_le_bytes() {
        return Err(PayloadError::VersionOrChecksum);
    }
    let mut cursor = Cursor::new(bytes);
    let kind = value_type(&mut cursor).map_err(PayloadError::Bad)?;
    super::read::read_value(&mut cursor, kind).map_err(PayloadError::Bad)
}
