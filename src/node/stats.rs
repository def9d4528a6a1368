//! Counters for INFO: what happened since the start, or since `CONFIG RESETSTAT`.

use crate::base::Map;

/// The counters of one process.
#[derive(Clone, Debug, Default)]
pub(super) struct Stats {
    pub(super) connections: u64,
    pub(super) commands: u64,
    pub(super) rejected: u64,
    pub(super) expired: u64,
    pub(super) hits: u64,
    pub(super) misses: u64,
    pub(super) input_bytes: u64,
    pub(super) output_bytes: u64,
    pub(super) sync_full: u64,
    pub(super) sync_partial_ok: u64,
    pub(super) sync_partial_err: u64,
    pub(super) errors: u64,
    /// Keys of the last dump that was loaded at start, and of those the ones that had expired.
    pub(super) load_keys: u64,
    pub(super) load_expired: u64,
    /// How often each command ran, in the order in which they came first. A process uses few, so a list is enough.
    calls: Vec<(Name, Calls)>,
    /// How often each kind of error was the reply, by its first word.
    error_words: Map<String, u64>,
}

/// A command, with its subcommand where the release counts those apart.
#[derive(Clone, Copy, Debug)]
pub(super) struct Name {
    pub(super) command: &'static str,
    pub(super) subcommand: Option<&'static str>,
}

impl Name {
    /// Names are those of the tables, so their addresses tell them apart.
    fn is(&self, other: &Name) -> bool {
        let places = |name: &Name| (name.command.as_ptr(), name.subcommand.map(str::as_ptr));
        places(self) == places(other)
    }
}

/// What became of the calls of a command (`redisCommand.calls`, `rejected_calls`, `failed_calls`, 7.0.15).
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Calls {
    pub(super) ran: u64,
    /// Known, and not allowed to run.
    pub(super) rejected: u64,
    /// Ran, and answered with an error.
    pub(super) failed: u64,
}

impl Stats {
    /// A command ran.
    pub(super) fn count(&mut self, name: Name) {
        self.of(name).ran += 1;
    }

    pub(super) fn count_rejected(&mut self, name: Name) {
        self.of(name).rejected += 1;
    }

    pub(super) fn count_failed(&mut self, name: Name) {
        self.of(name).failed += 1;
    }

    /// A client was told an error (`networking.c:afterErrorReply`): it is known by what stands before the first blank.
    pub(super) fn count_error(&mut self, text: &str) {
        self.errors += 1;
        let word = text.split_once(' ').map_or("ERR", |(word, _)| word);
        match self.error_words.get_mut(word) {
            Some(count) => *count += 1,
            None => {
                self.error_words.insert(word.to_string(), 1);
            }
        }
    }

    fn of(&mut self, name: Name) -> &mut Calls {
        let found = self.calls.iter().position(|(known, _)| known.is(&name)).unwrap_or_else(|| {
            self.calls.push((name, Calls::default()));
            self.calls.len() - 1
        });
        &mut self.calls[found].1
    }

    pub(super) fn calls(&self) -> &[(Name, Calls)] {
        &self.calls
    }

    /// The kinds of errors, in the order of their letters.
    pub(super) fn error_words(&self) -> impl Iterator<Item = (&str, u64)> {
        self.error_words.iter().map(|(word, count)| (word.as_str(), *count))
    }
}
