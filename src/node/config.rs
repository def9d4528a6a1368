//! The configuration of a node: redis.conf directives, their defaults by release, and options of our own.
//!
//! A directive that steers behaviour has a field or is read by name; the others are kept so that `CONFIG GET`
//! answers what was set. Options of our own (`teaching-backlog`, `bgsave-time`, …) exist for watching and are no
//! part of any claim of fidelity.
//!
//! Sources: Redis 7.0.15 and 4.0.14 `config.c`, 2.8.17 `config.c:loadServerConfigFromString`.

use std::rc::Rc;

use thiserror::Error;

use crate::base::{BacklogShape, Map, Profile, Span, Version};
use crate::keyspace::{Classes, Settings, integer};

use super::backlog::SIZE_MIN;
use super::directives::{Directive, Kind, directive, directives};
use super::limits::OutputLimits;

/// Why a directive was not accepted. The text is that of a configuration file error of 7.0.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum ConfigError {
    #[error("Bad directive or wrong number of arguments")]
    Unknown,
    #[error("{0}")]
    Invalid(String),
}

/// A node's configuration. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Config {
    pub version: Version,
    values: Rc<Map<&'static str, String>>,
    /// Directives we do not know, as they were given (they are warned about).
    unknown: Rc<Vec<(String, String)>>,
    /// The file that `CONFIG REWRITE` writes.
    pub(super) file: Option<Rc<str>>,
    live: Live,
}

/// The directives that the engine asks for all the time, parsed.
#[derive(Clone, Debug)]
pub(super) struct Live {
    pub(super) repl_timeout: Span,
    pub(super) ping_period: u64,
    pub(super) backlog_size: u64,
    pub(super) backlog_ttl: Span,
    pub(super) teaching_backlog: Option<u64>,
    pub(super) diskless: bool,
    pub(super) diskless_delay: Span,
    pub(super) diskless_max_replicas: u64,
    pub(super) read_only: bool,
    pub(super) serve_stale: bool,
    pub(super) min_replicas: u64,
    pub(super) min_replicas_lag: u64,
    pub(super) snapshot_time: Span,
    pub(super) snapshot_rate: u64,
    pub(super) load_time: Span,
    /// Pairs of seconds and changes.
    save_points: Rc<[(u64, u64)]>,
    /// What saving and loading take for each key, in nanoseconds.
    pub(super) save_delay: u64,
    pub(super) load_delay: u64,
    pub(super) compression: bool,
    pub(super) checksum: bool,
    pub(super) lazy_expire: bool,
    pub(super) requirepass: Option<Rc<str>>,
    pub(super) masterauth: Option<Rc<str>>,
    pub(super) output_limits: OutputLimits,
    pub(super) settings: Settings,
}

impl Config {
    /// The defaults of a release.
    pub fn new(version: Version) -> Config {
        let profile = version.profile();
        let values: Map<&'static str, String> =
            directives(profile).map(|d| (d.name_in(profile), d.default_in(profile).to_string())).collect();
        let live = Live::read(&values, profile).expect("the defaults are valid");
        Config { version, values: Rc::new(values), unknown: Rc::new(Vec::new()), file: None, live }
    }

    /// Sets a directive as a configuration file does. Unknown ones are refused.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), ConfigError> {
        let profile = self.version.profile();
        let found = directive(name, profile).ok_or(ConfigError::Unknown)?;
        let value = found.parse(value, profile).map_err(ConfigError::Invalid)?;
        let mut values = (*self.values).clone();
        values.insert(found.name_in(profile), value);
        self.live = Live::read(&values, profile).map_err(ConfigError::Invalid)?;
        self.values = Rc::new(values);
        Ok(())
    }

    /// Whether a directive is known and takes a single word in a file.
    pub fn takes_one_word(&self, name: &str) -> bool {
        let found = directive(name, self.version.profile());
        let takes_many = ["save", "bind", "replicaof", "slaveof"].contains(&name);
        found.is_some_and(|d| d.kind != Kind::BufferLimits && !takes_many)
    }

    /// Keeps an unknown directive, so that it can be warned about.
    pub fn note_unknown(&mut self, name: &str, value: &str) {
        Rc::make_mut(&mut self.unknown).push((name.to_string(), value.to_string()));
    }

    /// The directives that are not known, as given.
    pub fn unknown(&self) -> &[(String, String)] {
        &self.unknown
    }

    /// The value of a directive under its name or an alias.
    pub fn get(&self, name: &str) -> Option<&str> {
        let profile = self.version.profile();
        let found = directive(name, profile)?;
        self.values.get(found.name_in(profile)).map(String::as_str)
    }

    /// All directives that `CONFIG GET` lists, with values, by name.
    pub(super) fn listed(&self) -> impl Iterator<Item = (&'static Directive, &'static str, &str)> {
        let profile = self.version.profile();
        directives(profile).map(move |d| {
            let name = d.name_in(profile);
            (d, name, self.values[name].as_str())
        })
    }

    pub(super) fn live(&self) -> &Live {
        &self.live
    }

    /// Shape and size of the backlog.
    pub(super) fn backlog(&self, profile: &Profile) -> (BacklogShape, u64) {
        match self.live.teaching_backlog {
            Some(size) => (BacklogShape::Ring, size),
            None => (profile.backlog_shape, self.live.backlog_size),
        }
    }

    /// A backlog is not made smaller than this (`resizeReplicationBacklog`).
    pub(super) fn raise_backlog_size(&mut self) {
        if (1..SIZE_MIN).contains(&self.live.backlog_size) {
            self.set("repl-backlog-size", &SIZE_MIN.to_string()).expect("a size");
        }
    }

    /// The port the node listens on.
    pub fn port(&self) -> u16 {
        self.number("port") as u16
    }

    /// The configured master, if any.
    pub fn replica_of(&self) -> Option<(Rc<str>, u16)> {
        let mut words = self.get("replicaof").or(self.get("slaveof"))?.split_whitespace();
        let host = words.next()?;
        let port = words.next()?.parse().ok()?;
        Some((host.into(), port))
    }

    pub(super) fn number(&self, name: &str) -> u64 {
        self.get(name).and_then(|v| v.parse().ok()).unwrap_or(0)
    }

    /// The save points as (seconds, changes).
    pub(super) fn save_points(&self) -> &[(u64, u64)] {
        &self.live.save_points
    }
}

impl Live {
    fn read(values: &Map<&'static str, String>, profile: &'static Profile) -> Result<Live, String> {
        let text = |name: &str| {
            directive(name, profile).and_then(|d| values.get(d.name_in(profile))).map_or("", String::as_str)
        };
        let number = |name: &str| text(name).parse::<u64>().unwrap_or(0);
        let yes = |name: &str| text(name) == "yes";
        let some = |name: &str| Some(text(name)).filter(|t| !t.is_empty());
        Ok(Live {
            repl_timeout: Span::from_secs(number("repl-timeout")),
            ping_period: number("repl-ping-slave-period").max(1),
            backlog_size: number("repl-backlog-size"),
            backlog_ttl: Span::from_secs(number("repl-backlog-ttl")),
            teaching_backlog: some("teaching-backlog").and_then(|t| t.parse().ok()).filter(|n| *n > 0),
            diskless: yes("repl-diskless-sync"),
            diskless_delay: Span::from_secs(number("repl-diskless-sync-delay")),
            diskless_max_replicas: number("repl-diskless-sync-max-replicas"),
            read_only: yes("slave-read-only"),
            serve_stale: yes("slave-serve-stale-data"),
            min_replicas: number("min-slaves-to-write"),
            min_replicas_lag: number("min-slaves-max-lag"),
            snapshot_time: span(text("bgsave-time"))?,
            snapshot_rate: number("bgsave-rate"),
            load_time: span(text("load-time"))?,
            save_points: save_points(text("save")),
            save_delay: delay(text("rdb-key-save-delay")),
            load_delay: delay(text("key-load-delay")),
            compression: yes("rdbcompression"),
            checksum: yes("rdbchecksum"),
            lazy_expire: yes("lazyfree-lazy-expire"),
            requirepass: some("requirepass").map(Rc::from),
            masterauth: some("masterauth").map(Rc::from),
            output_limits: OutputLimits::read(text("client-output-buffer-limit")),
            settings: data_settings(values, profile),
        })
    }
}

fn save_points(text: &str) -> Rc<[(u64, u64)]> {
    let words: Vec<u64> = text.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    words.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect()
}

fn data_settings(values: &Map<&'static str, String>, profile: &'static Profile) -> Settings {
    let number = |name: &str, default: usize| {
        directive(name, profile)
            .and_then(|d| values.get(d.name_in(profile)))
            .and_then(|v| v.parse().ok())
            .unwrap_or(default)
    };
    let yes = |name: &str| {
        directive(name, profile).and_then(|d| values.get(d.name_in(profile))).is_some_and(|v| v == "yes")
    };
    let default = Settings::default();
    Settings {
        hash_max_entries: number("hash-max-ziplist-entries", default.hash_max_entries),
        hash_max_value: number("hash-max-ziplist-value", default.hash_max_value),
        list_max_entries: number("list-max-ziplist-entries", default.list_max_entries),
        list_max_value: number("list-max-ziplist-value", default.list_max_value),
        set_max_intset: number("set-max-intset-entries", default.set_max_intset),
        zset_max_entries: number("zset-max-ziplist-entries", default.zset_max_entries),
        zset_max_value: number("zset-max-ziplist-value", default.zset_max_value),
        hll_sparse_max: number("hll-sparse-max-bytes", default.hll_sparse_max),
        lazy_expire: yes("lazyfree-lazy-expire"),
        lazy_user_del: yes("lazyfree-lazy-user-del"),
        lazy_server_del: yes("lazyfree-lazy-server-del"),
        events: directive("notify-keyspace-events", profile)
            .and_then(|d| Classes::parse(values.get(d.name_in(profile))?, profile.version))
            .unwrap_or_default(),
        replica_read_only: yes("slave-read-only"),
        string_max: match number("string-max", 0) {
            0 => number("proto-max-bulk-len", 512 << 20) as u64,
            ours => ours as u64,
        },
    }
}

/// Microseconds a key, or with a minus the keys in a microsecond, as nanoseconds a key.
fn delay(text: &str) -> u64 {
    match text.parse::<i64>().unwrap_or(0) {
        keys if keys < 0 => 1000 / keys.unsigned_abs(),
        us => us.unsigned_abs().saturating_mul(1000),
    }
}

/// `300ms`, `2s`, `50us`, `10ns`; a bare number is milliseconds.
fn span(text: &str) -> Result<Span, String> {
    let split = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
    let number: u64 = text[..split].parse().map_err(|_| format!("'{text}' is not a time such as 300ms"))?;
    let unit = match &text[split..] {
        "" | "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "us" => 1_000,
        "ns" => 1,
        _ => return Err(format!("'{text}' is not a time such as 300ms")),
    };
    number.checked_mul(unit).map(Span).ok_or_else(|| format!("'{text}' is too long"))
}

/// Reads a size as redis.conf writes it: `16kb`, `1mb`, `2g`, `100`; no digits are 0, too many the largest number there is
/// (`util.c:memtoull`).
pub(super) fn memory(text: &str) -> Option<u64> {
    let split = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let unit: u64 = match text[split..].to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" => 1000,
        "kb" => 1024,
        "m" => 1_000_000,
        "mb" => 1 << 20,
        "g" => 1_000_000_000,
        "gb" => 1 << 30,
        _ => return None,
    };
    let number = match &text[..split] {
        "" => 0,
        digits => digits.parse().unwrap_or(u64::MAX),
    };
    Some(number.wrapping_mul(unit))
}

impl Directive {
    /// Checks a value and brings it into the form in which `CONFIG GET` shows it.
    pub(super) fn parse(&self, value: &str, profile: &Profile) -> Result<String, String> {
        match self.kind {
            Kind::Text => Ok(value.to_string()),
            Kind::YesNo => match value.to_ascii_lowercase().as_str() {
                yes_or_no @ ("yes" | "no") => Ok(yes_or_no.to_string()),
                _ => Err("argument must be 'yes' or 'no'".to_string()),
            },
            Kind::OneOf(words) => {
                let lower = value.to_ascii_lowercase();
                if words.contains(&lower.as_str()) {
                    return Ok(lower);
                }
                Err(format!("argument(s) must be one of the following: {}", words.join(", ")))
            }
            Kind::Number(min, max) => {
                let number = integer(value.as_bytes(), profile);
                let number = number.ok_or("argument couldn't be parsed into an integer")?;
                if number < min || number > max {
                    return Err(format!("argument must be between {min} and {max} inclusive"));
                }
                Ok(number.to_string())
            }
            Kind::Memory(min) => {
                let bytes = memory(value).ok_or("argument must be a memory value")?;
                if bytes < min || i64::try_from(bytes).is_err() {
                    return Err(format!("argument must be between {min} and {} inclusive", i64::MAX));
                }
                Ok(bytes.to_string())
            }
            Kind::MemoryOrPercent => {
                let percent = value.strip_suffix('%').and_then(|digits| integer(digits.as_bytes(), profile));
                // A percentage is kept as a negative number, which a size that is too large becomes as well.
                let number = memory(value).map(|bytes| bytes as i64);
                match number.or(percent.filter(|percent| *percent >= 0).map(|percent| -percent)) {
                    Some(number @ 0..) => Ok(number.to_string()),
                    Some(number @ -100..) => Ok(format!("{}%", -number)),
                    Some(_) => Err("percentage argument must be less or equal to 100".to_string()),
                    None => Err("argument must be a memory or percent value".to_string()),
                }
            }
            Kind::Span => span(value).map(|s| s.to_string()).and_then(|s| span_text(&s)),
            Kind::BufferLimits => buffer_limits(value),
            Kind::Events => Classes::parse(value, profile.version)
                .map(|classes| classes.text(profile.version))
                .ok_or_else(|| "Invalid event class character. Use 'Ag$lshzxeKEtmdn'.".to_string()),
        }
    }
}

fn span_text(text: &str) -> Result<String, String> {
    // Fractions are fine for people but are not read back; the unit below is exact.
    if text.contains('.') { Err(format!("'{text}' needs a smaller unit")) } else { Ok(text.to_string()) }
}

fn buffer_limits(value: &str) -> Result<String, String> {
    let words: Vec<&str> = value.split_whitespace().collect();
    if words.is_empty() || !words.len().is_multiple_of(4) {
        return Err("Wrong number of arguments in buffer limit configuration.".to_string());
    }
    let mut limits = Map::from([
        ("normal", "0 0 0".to_string()),
        ("slave", "268435456 67108864 60".to_string()),
        ("pubsub", "33554432 8388608 60".to_string()),
    ]);
    for group in words.chunks_exact(4) {
        let class = match group[0].to_ascii_lowercase().as_str() {
            "normal" => "normal",
            "slave" | "replica" => "slave",
            "pubsub" => "pubsub",
            _ => return Err("Invalid client class specified in buffer limit configuration.".to_string()),
        };
        let bytes = |w: &str| {
            memory(w).ok_or("Error in hard, soft or soft_seconds setting in buffer limit configuration.")
        };
        let seconds: u64 = group[3]
            .parse()
            .map_err(|_| "Error in hard, soft or soft_seconds setting in buffer limit configuration.")?;
        limits.insert(class, format!("{} {} {seconds}", bytes(group[1])?, bytes(group[2])?));
    }
    Ok(["normal", "slave", "pubsub"].map(|class| format!("{class} {}", limits[class])).join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_as_redis_conf_writes_them() {
        assert_eq!(memory("16kb"), Some(16384));
        assert_eq!(memory("1MB"), Some(1 << 20));
        assert_eq!(memory("5k"), Some(5000));
        assert_eq!(memory("7"), Some(7));
        assert_eq!(memory("x"), None);
        assert_eq!(memory("1tb"), None);
    }

    #[test]
    fn a_directive_has_the_name_and_the_default_of_its_release() {
        let old = Config::new(Version::V2_8);
        assert_eq!(old.get("slave-read-only"), Some("yes"));
        assert_eq!(old.get("replica-read-only"), None);
        let mut new = Config::new(Version::V7_0);
        assert_eq!(new.get("replica-read-only"), Some("yes"));
        assert_eq!(new.get("repl-diskless-sync"), Some("yes"));
        new.set("slave-read-only", "no").expect("an alias");
        assert_eq!(new.get("replica-read-only"), Some("no"));
        assert!(!new.live().read_only);
    }

    #[test]
    fn a_teaching_backlog_is_an_exact_ring_in_every_release() {
        let mut config = Config::new(Version::V7_0);
        config.set("teaching-backlog", "128").expect("an option of ours");
        assert_eq!(config.backlog(Version::V7_0.profile()), (BacklogShape::Ring, 128));
    }

    #[test]
    fn nonsense_is_refused() {
        let mut config = Config::new(Version::V7_0);
        assert_eq!(config.set("no-such-thing", "1"), Err(ConfigError::Unknown));
        assert!(config.set("repl-timeout", "soon").is_err());
        assert!(config.set("bgsave-time", "1h").is_err());
    }

    #[test]
    fn the_master_of_a_replica_is_configured_by_either_name() {
        let mut config = Config::new(Version::V7_0);
        config.set("slaveof", "a 6380").expect("an alias");
        assert_eq!(config.replica_of(), Some(("a".into(), 6380)));
    }
}
