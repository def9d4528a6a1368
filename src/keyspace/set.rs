//! Sets (`t_set.c`, `intset.c`).

use super::args::decimal;
use super::call::Settings;
use super::dict::Dict;
use crate::base::{Blob, Rng, parse_i64};

/// Members without order. A small set of integers only is kept sorted, as Redis' intset shows it.
#[derive(Clone, Debug)]
pub enum Set {
    Ints(Vec<i64>),
    Table(Dict<()>),
}

impl Default for Set {
    fn default() -> Set {
        Set::Ints(Vec::new())
    }
}

impl Set {
    pub fn len(&self) -> usize {
        match self {
            Set::Ints(ints) => ints.len(),
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
            Set::Ints(ints) => parse_i64(member).is_some_and(|n| ints.binary_search(&n).is_ok()),
            Set::Table(table) => table.contains(member),
        }
    }

    /// Adds a member; true when it is new.
    pub fn insert(&mut self, member: Blob, settings: &Settings) -> bool {
        let ints = match self {
            Set::Table(table) => return table.insert(member, ()).is_none(),
            Set::Ints(ints) => ints,
        };
        match parse_i64(&member).map(|n| (n, ints.binary_search(&n))) {
            Some((_, Ok(_))) => false,
            Some((n, Err(at))) => {
                ints.insert(at, n);
                if ints.len() > settings.set_max_intset {
                    self.become_table();
                }
                true
            }
            None => self.become_table().insert(member, ()).is_none(),
        }
    }

    pub fn remove(&mut self, member: &[u8]) -> bool {
        match self {
            Set::Ints(ints) => {
                let at = parse_i64(member).and_then(|n| ints.binary_search(&n).ok());
                at.map(|at| ints.remove(at)).is_some()
            }
            Set::Table(table) => table.remove(member).is_some(),
        }
    }

    fn become_table(&mut self) -> &mut Dict<()> {
        if let Set::Ints(ints) = self {
            *self = Set::Table(ints.iter().map(|n| (decimal(*n), ())).collect());
        }
        match self {
            Set::Table(table) => table,
            Set::Ints(_) => unreachable!("just converted"),
        }
    }

    /// The members, in the order that a reply shows.
    pub fn iter(&self) -> Box<dyn Iterator<Item = Blob> + '_> {
        match self {
            Set::Ints(ints) => Box::new(ints.iter().map(|n| decimal(*n))),
            Set::Table(table) => Box::new(table.keys().cloned()),
        }
    }

    pub fn random(&self, rng: &mut Rng) -> Option<Blob> {
        match self {
            Set::Ints(ints) if ints.is_empty() => None,
            Set::Ints(ints) => Some(decimal(ints[rng.below(ints.len() as u64) as usize])),
            Set::Table(table) => table.random(rng).map(|(member, ())| member.clone()),
        }
    }
}
