//! Sets (`t_set.c`, `intset.c`).

use super::args::decimal;
use super::call::Settings;
use super::dict::Dict;
use crate::base::{Blob, Rng, parse_i64};
use crate::rdb::IntWidth;

/// Members without order. A small set of integers only is kept sorted, as Redis' intset shows it.
#[derive(Clone, Debug)]
pub enum Set {
    Ints(Ints),
    Table(Dict<()>),
}

/// Integers in ascending order, as wide as the widest that was ever among them.
#[derive(Clone, Default, Debug)]
pub struct Ints {
    members: Vec<i64>,
    width: IntWidth,
}

impl Ints {
    /// What a file or a payload holds: it stays as wide as it was written (`rdbLoadObject`). The members ascend.
    pub fn loaded(width: IntWidth, members: Vec<i64>) -> Ints {
        Ints { members, width }
    }

    pub fn width(&self) -> IntWidth {
        self.width
    }

    pub fn iter(&self) -> impl Iterator<Item = i64> + '_ {
        self.members.iter().copied()
    }

    fn contains(&self, n: i64) -> bool {
        self.members.binary_search(&n).is_ok()
    }

    fn insert(&mut self, n: i64) -> bool {
        let Err(at) = self.members.binary_search(&n) else { return false };
        self.members.insert(at, n);
        self.width = self.width.max(IntWidth::of(n));
        true
    }

    fn remove(&mut self, n: i64) -> bool {
        self.members.binary_search(&n).map(|at| self.members.remove(at)).is_ok()
    }
}

impl Default for Set {
    fn default() -> Set {
        Set::Ints(Ints::default())
    }
}

impl Set {
    /// A set of these, as a table if they are too many for an intset.
    pub fn of_ints(ints: Ints, settings: &Settings) -> Set {
        let mut set = Set::Ints(ints);
        if set.len() > settings.set_max_intset {
            set.become_table();
        }
        set
    }

    pub fn len(&self) -> usize {
        match self {
            Set::Ints(ints) => ints.members.len(),
            Set::Table(table) => table.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn encoding(&self) -> &'static str {
        match self {
            Set::Ints(_) => "intset",
            Set::Table(_) => "hashtable",
        }
    }

    pub fn contains(&self, member: &[u8]) -> bool {
        match self {
            Set::Ints(ints) => parse_i64(member).is_some_and(|n| ints.contains(n)),
            Set::Table(table) => table.contains(member),
        }
    }

    /// Adds a member; true when it is new.
    pub fn insert(&mut self, member: Blob, settings: &Settings) -> bool {
        let ints = match self {
            Set::Table(table) => return table.insert(member, ()).is_none(),
            Set::Ints(ints) => ints,
        };
        let Some(n) = parse_i64(&member) else {
            return self.become_table().insert(member, ()).is_none();
        };
        let is_new = ints.insert(n);
        if is_new && ints.members.len() > settings.set_max_intset {
            self.become_table();
        }
        is_new
    }

    pub fn remove(&mut self, member: &[u8]) -> bool {
        match self {
            Set::Ints(ints) => parse_i64(member).is_some_and(|n| ints.remove(n)),
            Set::Table(table) => table.remove(member).is_some(),
        }
    }

    fn become_table(&mut self) -> &mut Dict<()> {
        if let Set::Ints(ints) = self {
            *self = Set::Table(ints.iter().map(|n| (decimal(n), ())).collect());
        }
        match self {
            Set::Table(table) => table,
            Set::Ints(_) => unreachable!("just converted"),
        }
    }

    /// The members, in the order that a reply shows.
    pub fn iter(&self) -> Box<dyn Iterator<Item = Blob> + '_> {
        match self {
            Set::Ints(ints) => Box::new(ints.iter().map(decimal)),
            Set::Table(table) => Box::new(table.keys().cloned()),
        }
    }

    pub fn random(&self, rng: &mut Rng) -> Option<Blob> {
        match self {
            Set::Ints(Ints { members, .. }) if members.is_empty() => None,
            Set::Ints(Ints { members, .. }) => {
                Some(decimal(members[rng.below(members.len() as u64) as usize]))
            }
            Set::Table(table) => table.random(rng).map(|(member, ())| member.clone()),
        }
    }
}
