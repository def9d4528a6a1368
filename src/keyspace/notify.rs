//! Keyspace events: what a command tells subscribers that it did to a key (`notify.c`).
//!
//! A command names each event where Redis does; who hears of it is the node's matter. Events never travel to replicas:
//! each server tells its own clients what happens to its own keys.

use super::call::Call;
use crate::base::{Blob, Version};

/// Which events are told, and how: the letters of `notify-keyspace-events`.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Classes(u16);

/// The letters with their bits, in the order in which `CONFIG GET` shows those that `A` does not stand for one by one.
const LETTERS: [(u8, Classes); 14] = [
    (b'g', Classes::GENERIC),
    (b'$', Classes::STRING),
    (b'l', Classes::LIST),
    (b's', Classes::SET),
    (b'h', Classes::HASH),
    (b'z', Classes::ZSET),
    (b'x', Classes::EXPIRED),
    (b'e', Classes::EVICTED),
    (b't', Classes::STREAM),
    (b'd', Classes::MODULE),
    (b'n', Classes::NEW),
    (b'K', Classes::KEYSPACE),
    (b'E', Classes::KEYEVENT),
    (b'm', Classes::MISS),
];

impl Classes {
    pub const KEYSPACE: Classes = Classes(1);
    pub const KEYEVENT: Classes = Classes(1 << 1);
    pub const GENERIC: Classes = Classes(1 << 2);
    pub const STRING: Classes = Classes(1 << 3);
    pub const LIST: Classes = Classes(1 << 4);
    pub const SET: Classes = Classes(1 << 5);
    pub const HASH: Classes = Classes(1 << 6);
    pub const ZSET: Classes = Classes(1 << 7);
    pub const EXPIRED: Classes = Classes(1 << 8);
    const EVICTED: Classes = Classes(1 << 9);
    const STREAM: Classes = Classes(1 << 10);
    pub const MISS: Classes = Classes(1 << 11);
    const MODULE: Classes = Classes(1 << 13);
    pub const NEW: Classes = Classes(1 << 14);

    /// What `A` stands for in a release: streams and modules came later.
    fn all(version: Version) -> Classes {
        let old = 0b11_1111_1100;
        if version >= Version::V7_0 {
            Classes(old | Classes::STREAM.0 | Classes::MODULE.0)
        } else {
            Classes(old)
        }
    }

    fn letters(version: Version) -> impl Iterator<Item = (u8, Classes)> {
        let newer = |letter: u8| matches!(letter, b't' | b'd' | b'n' | b'm');
        LETTERS.into_iter().filter(move |(letter, _)| version >= Version::V7_0 || !newer(*letter))
    }

    /// Reads the letters; `None` if one of them means nothing (`keyspaceEventsStringToFlags`).
    pub fn parse(text: &str, version: Version) -> Option<Classes> {
        text.bytes().try_fold(Classes(0), |classes, letter| {
            let found = match letter {
                b'A' => Classes::all(version),
                _ => Classes::letters(version).find(|(known, _)| *known == letter)?.1,
            };
            Some(Classes(classes.0 | found.0))
        })
    }

    /// The letters as `CONFIG GET` shows them (`keyspaceEventsFlagsToString`).
    pub fn text(self, version: Version) -> String {
        let all = Classes::all(version);
        let whole = self.0 & all.0 == all.0;
        // Beside `A` a new key is not shown.
        let hidden = if whole { all.0 | Classes::NEW.0 } else { 0 };
        let shown = Classes::letters(version).filter(|(_, class)| self.has(*class) && hidden & class.0 == 0);
        whole.then_some('A').into_iter().chain(shown.map(|(letter, _)| char::from(letter))).collect()
    }

    pub fn has(self, class: Classes) -> bool {
        self.0 & class.0 != 0
    }
}

/// One event, to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    pub db: u32,
    pub event: &'static str,
    pub key: Blob,
}

impl Call<'_> {
    /// Tells an event about a key of the current database, if anybody wants to know.
    pub(super) fn notify(&mut self, class: Classes, event: &'static str, key: &Blob) {
        if self.settings.events.has(class) {
            self.effects.notices.push(Notice { db: self.db, event, key: key.clone() });
        }
    }

    /// Tells that something was taken from a key, and that the key is gone if nothing was left.
    pub(super) fn notify_taken(&mut self, class: Classes, event: &'static str, key: &Blob) {
        self.notify(class, event, key);
        if self.dict().get(key).is_none() {
            self.notify(Classes::GENERIC, "del", key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_letters_are_shown_in_one_order_and_a_stands_for_all() {
        let shown = |text, version| Classes::parse(text, version).map(|classes| classes.text(version));
        assert_eq!(shown("KEA", Version::V7_0).as_deref(), Some("AKE"));
        assert_eq!(shown("KE$lshzxegtd", Version::V7_0).as_deref(), Some("AKE"));
        assert_eq!(shown("lKn", Version::V7_0).as_deref(), Some("lnK"));
        assert_eq!(shown("Am", Version::V7_0).as_deref(), Some("Am"));
        assert_eq!(shown("Eg$lshzxe", Version::V2_8).as_deref(), Some("AE"));
        assert_eq!(shown("Et", Version::V2_8), None);
        assert_eq!(shown("KEq", Version::V7_0), None);
    }
}
