//! What differs between two datasets: keys, and within collections the elements.
//!
//! The order of lists counts, that of sets, hashes and scores does not. How a value is encoded is no difference.

use std::rc::Rc;

use super::db::{Db, Entry, Keyspace};
use super::value::Value;
use crate::base::{Blob, Map, Set, UnixMs, sort_by};

/// One thing that is not the same on both sides.
#[derive(Clone, Debug)]
pub struct Difference<'a> {
    pub db: u32,
    pub key: &'a Blob,
    pub what: Unlike<'a>,
}

/// What is not the same; the left side comes first.
#[derive(Clone, Debug)]
pub enum Unlike<'a> {
    /// The values as a whole: one is missing, or they are two strings, or of two kinds.
    Value(Option<&'a Value>, Option<&'a Value>),
    /// An element, a member with its score, or a field.
    Part { part: Part, left: Option<Blob>, right: Option<Blob> },
    /// The moments at which they expire.
    Expiry(Option<UnixMs>, Option<UnixMs>),
}

/// A part of a collection.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Part {
    /// Of a list, counted from 0.
    Element(usize),
    Member(Blob),
    Field(Blob),
}

/// The differences in the order of databases and names, at most `max`; beyond that they are only counted.
pub fn differences<'a>(left: &'a Keyspace, right: &'a Keyspace, max: usize) -> (Vec<Difference<'a>>, usize) {
    let mut found = Found { list: Vec::new(), max, more: 0 };
    let numbers: Set<u32> = left.iter().chain(right.iter()).map(|(db, _)| db).collect();
    for db in numbers {
        let (a, b) = (left.db(db), right.db(db));
        let differs =
            |(key, entry): &(&'a Blob, &'a Entry)| b.get(key).is_none_or(|other| !same(entry, other));
        let mut keys: Vec<&Blob> = a.iter().filter(differs).map(|(key, _)| key).collect();
        keys.extend(b.keys().keys().filter(|key| !a.contains(key)));
        sort_by(&mut keys, Ord::cmp);
        for key in keys {
            compare(db, key, a, b, &mut found);
        }
    }
    (found.list, found.more)
}

struct Found<'a> {
    list: Vec<Difference<'a>>,
    max: usize,
    more: usize,
}

impl<'a> Found<'a> {
    fn add(&mut self, db: u32, key: &'a Blob, what: Unlike<'a>) {
        if self.list.len() < self.max {
            self.list.push(Difference { db, key, what });
        } else {
            self.more += 1;
        }
    }
}

fn same(left: &Entry, right: &Entry) -> bool {
    left.expire == right.expire && same_value(&left.value, &right.value)
}

fn same_value(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::String(a), Value::String(b)) => a.bytes == b.bytes,
        (Value::List(a), Value::List(b)) if Rc::ptr_eq(a, b) => true,
        (Value::Set(a), Value::Set(b)) if Rc::ptr_eq(a, b) => true,
        (Value::ZSet(a), Value::ZSet(b)) if Rc::ptr_eq(a, b) => true,
        (Value::Hash(a), Value::Hash(b)) if Rc::ptr_eq(a, b) => true,
        _ => left.kind() == right.kind() && parts(left) == parts(right),
    }
}

fn compare<'a>(db: u32, key: &'a Blob, left: &'a Db, right: &'a Db, found: &mut Found<'a>) {
    let (a, b) = (left.get(key), right.get(key));
    let (Some(a), Some(b)) = (a, b) else {
        return found.add(db, key, Unlike::Value(a.map(|a| &a.value), b.map(|b| &b.value)));
    };
    let collections = a.value.kind() == b.value.kind() && a.value.kind() != "string";
    if collections {
        let (mut ours, mut theirs) = (parts(&a.value), parts(&b.value));
        let names: Set<Part> = ours.keys().chain(theirs.keys()).cloned().collect();
        for part in names {
            let (left, right) = (ours.remove(&part), theirs.remove(&part));
            if left != right {
                found.add(db, key, Unlike::Part { part, left, right });
            }
        }
    } else if !same_value(&a.value, &b.value) {
        found.add(db, key, Unlike::Value(Some(&a.value), Some(&b.value)));
    }
    if a.expire != b.expire {
        found.add(db, key, Unlike::Expiry(a.expire, b.expire));
    }
}

/// A collection as parts with their content: a score is content, and a member of a set has none.
fn parts(value: &Value) -> Map<Part, Blob> {
    match value {
        Value::String(_) => Map::new(),
        Value::List(list) => {
            list.iter().enumerate().map(|(i, item)| (Part::Element(i), item.clone())).collect()
        }
        Value::Set(set) => set.iter().map(|member| (Part::Member(member), Blob::from(&b""[..]))).collect(),
        Value::ZSet(zset) => {
            let scored = zset.iter().map(|(score, member)| {
                (Part::Member(member.clone()), Blob::from(score.to_string().as_bytes()))
            });
            scored.collect()
        }
        Value::Hash(hash) => {
            hash.iter().map(|(field, value)| (Part::Field(field.clone()), value.clone())).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{End, List, Settings, Str};
    use super::*;

    fn keyspace(entries: &[(&str, Value, Option<u64>)]) -> Keyspace {
        let mut keyspace = Keyspace::new(16);
        for (key, value, expire) in entries {
            let entry = Entry { value: value.clone(), expire: expire.map(|ms| UnixMs(ms as i64)) };
            keyspace.db_mut(0).insert(&Blob::from(key.as_bytes()), entry);
        }
        keyspace
    }

    fn text(text: &str) -> Value {
        Value::String(Str::new(Blob::from(text.as_bytes())))
    }

    fn list(items: &[&str]) -> Value {
        let mut list = List::default();
        let settings = Settings::default();
        items.iter().for_each(|item| list.push(End::Tail, Blob::from(item.as_bytes()), &settings));
        Value::List(Rc::new(list))
    }

    #[test]
    fn equal_data_differ_in_nothing() {
        let entries = [("k", text("v"), Some(5)), ("l", list(&["x", "y"]), None)];
        let (left, right) = (keyspace(&entries), keyspace(&entries));
        let (found, more) = differences(&left, &right, 10);
        assert_eq!((found.len(), more), (0, 0));
    }

    #[test]
    fn what_differs_is_named_to_the_element_however_long_the_values_are() {
        let long = "x".repeat(1000);
        let left = keyspace(&[
            ("gone", text("1"), None),
            ("long", text(&format!("{long}a")), None),
            ("same", text("1"), None),
            ("list", list(&["a", "b"]), None),
            ("ttl", text("1"), Some(5)),
        ]);
        let right = keyspace(&[
            ("long", text(&format!("{long}b")), None),
            ("same", text("1"), None),
            ("list", list(&["a", "c", "d"]), None),
            ("ttl", text("1"), None),
            ("new", list(&["z"]), None),
        ]);
        let (found, more) = differences(&left, &right, 10);
        let said: Vec<String> = found
            .iter()
            .map(|difference| {
                let what = match &difference.what {
                    Unlike::Value(left, right) => format!("{} {}", left.is_some(), right.is_some()),
                    Unlike::Part { part, left, right } => {
                        format!("{part:?} {} {}", left.is_some(), right.is_some())
                    }
                    Unlike::Expiry(left, right) => format!("{left:?} {right:?}"),
                };
                format!("{}: {what}", crate::base::printable(difference.key, 9))
            })
            .collect();
        let expected = [
            "gone: true false",
            "list: Element(1) true true",
            "list: Element(2) false true",
            "long: true true",
            "new: false true",
            "ttl: Some(UnixMs(5)) None",
        ];
        assert_eq!((said.as_slice(), more), (expected.map(String::from).as_slice(), 0));
        assert_eq!(differences(&left, &right, 2).1, 4);
    }
}
