//! Counters for INFO: what happened since the start, or since `CONFIG RESETSTAT`.

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
    calls: Vec<(&'static str, u64)>,
}

impl Stats {
    /// A command ran. Names are those of the tables, so their addresses tell them apart.
    pub(super) fn count(&mut self, name: &'static str) {
        match self.calls.iter_mut().find(|(known, _)| std::ptr::eq(known.as_ptr(), name.as_ptr())) {
            Some((_, calls)) => *calls += 1,
            None => self.calls.push((name, 1)),
        }
    }

    pub(super) fn calls(&self) -> &[(&'static str, u64)] {
        &self.calls
    }
}
