//! The log in Redis' line format, on standard output or in a file.
//!
//! Source: `server.c:serverLogRaw` of 7.0.15 and 4.0.14, `redis.c:redisLogRaw` of 2.8.17. Times are UTC.

use std::fs::OpenOptions;
use std::io::Write;
use std::time::SystemTime;

use resync::base::Version;

/// Where log lines go, and which of them.
pub struct Log {
    version: Version,
    path: String,
    /// The least level that is written.
    level: usize,
}

/// The characters of the levels debug, verbose, notice and warning.
const LEVELS: [char; 4] = ['.', '-', '*', '#'];

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

impl Log {
    /// `path`: the file, or nothing for standard output. `loglevel`: as in redis.conf.
    pub fn new(version: Version, path: &str, loglevel: &str) -> Log {
        let level = ["debug", "verbose", "notice", "warning"].iter().position(|l| *l == loglevel);
        Log { version, path: path.to_string(), level: level.unwrap_or(0) }
    }

    /// Writes a line. `role` is the letter of who speaks, `level` one of the characters of the levels.
    pub fn line(&self, role: char, level: char, text: &str) {
        if LEVELS.iter().position(|l| *l == level).is_some_and(|rank| rank < self.level) {
            return;
        }
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let time = time_text(self.version, since.as_millis() as u64);
        let pid = std::process::id();
        self.raw(&match self.version {
            Version::V2_6 | Version::V2_8 => format!("[{pid}] {time} {level} {text}\n"),
            Version::V4_0 | Version::V7_0 => format!("{pid}:{role} {time} {level} {text}\n"),
        });
    }

    /// Writes text as it is. A log that cannot be written is no reason to stop.
    pub fn raw(&self, text: &str) {
        if self.path.is_empty() {
            let mut out = std::io::stdout().lock();
            let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
        } else if let Ok(mut file) = OpenOptions::new().append(true).create(true).open(&self.path) {
            let _ = file.write_all(text.as_bytes());
        }
    }
}

/// `22 Nov 2026 16:00:00.123`; without the year before 7.0.
fn time_text(version: Version, unix_ms: u64) -> String {
    let (secs, ms) = (unix_ms / 1000, unix_ms % 1000);
    let (year, month, day) = civil(secs / 86400);
    let (hour, minute, second) = (secs / 3600 % 24, secs / 60 % 60, secs % 60);
    let month = MONTHS[month as usize - 1];
    let year = if version == Version::V7_0 { format!("{year} ") } else { String::new() };
    format!("{day:02} {month} {year}{hour:02}:{minute:02}:{second:02}.{ms:03}")
}

/// Year, month and day of a day after 1970-01-01 (Howard Hinnant's `civil_from_days`).
fn civil(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let (era, of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_the_time_format_of_its_release() {
        let at = 1_795_363_200_123;
        assert_eq!(time_text(Version::V7_0, at), "22 Nov 2026 16:00:00.123");
        assert_eq!(time_text(Version::V2_8, at), "22 Nov 16:00:00.123");
        assert_eq!(civil(0), (1970, 1, 1));
        assert_eq!(civil(19_782), (2024, 2, 29));
    }
}
