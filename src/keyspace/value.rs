//! Values, and how Redis would have encoded them.
//!
//! Every value is cheap to clone. Where the encoding that a real server would use can be seen from outside
//! (`OBJECT ENCODING`, the order of a small hash, the RDB), the value remembers what decides it.

use std::rc::Rc;

use super::hash::Hash;
use super::list::List;
use super::set::Set;
use super::zset::ZSet;
use crate::base::{Blob, Profile, Version, parse_i64};

/// What a key holds.
#[derive(Clone, Debug)]
pub enum Value {
    String(Str),
    List(Rc<List>),
    Set(Rc<Set>),
    ZSet(Rc<ZSet>),
    Hash(Rc<Hash>),
}

/// A collection that can be a value. An empty one does not exist: its key is removed.
pub trait Collection: Clone + Default {
    fn of(value: &Value) -> Option<&Rc<Self>>;
    fn of_mut(value: &mut Value) -> Option<&mut Rc<Self>>;
    fn wrap(this: Rc<Self>) -> Value;
    fn is_empty(&self) -> bool;
}

macro_rules! collection {
    ($kind:ident) => {
        impl Collection for $kind {
            fn of(value: &Value) -> Option<&Rc<$kind>> {
                if let Value::$kind(it) = value { Some(it) } else { None }
            }
            fn of_mut(value: &mut Value) -> Option<&mut Rc<$kind>> {
                if let Value::$kind(it) = value { Some(it) } else { None }
            }
            fn wrap(this: Rc<$kind>) -> Value {
                Value::$kind(this)
            }
            fn is_empty(&self) -> bool {
                self.len() == 0
            }
        }
    };
}

collection!(List);
collection!(Set);
collection!(ZSet);
collection!(Hash);

/// A string and what is known about its encoding.
#[derive(Clone, Debug)]
pub struct Str {
    pub bytes: Blob,
    pub form: Form,
}

/// What decides the encoding of a string (`object.c`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// As `tryObjectEncoding` chooses: `int` where the text is one, else by length.
    Best,
    /// Made without looking for a number (`createStringObject`, the result of `INCRBYFLOAT`).
    Text,
    /// Changed in place, so it stays `raw` (`APPEND`, `SETRANGE`, `SETBIT`).
    Raw,
}

impl Str {
    pub fn new(bytes: Blob) -> Str {
        Str { bytes, form: Form::Best }
    }

    /// The name that `OBJECT ENCODING` gives.
    pub fn encoding(&self, profile: &Profile) -> &'static str {
        let embedded = profile.version >= Version::V4_0 && self.bytes.len() <= 44;
        match self.form {
            Form::Best if parse_i64(&self.bytes).is_some() => "int",
            Form::Best | Form::Text if embedded => "embstr",
            _ => "raw",
        }
    }
}

impl Value {
    /// The name that `TYPE` gives.
    pub fn kind(&self) -> &'static str {
        match self {
            Value::String(_) => "string",
            Value::List(_) => "list",
            Value::Set(_) => "set",
            Value::ZSet(_) => "zset",
            Value::Hash(_) => "hash",
        }
    }

    /// The name that `OBJECT ENCODING` gives.
    pub fn encoding(&self, profile: &Profile) -> &'static str {
        match self {
            Value::String(s) => s.encoding(profile),
            Value::List(list) => list.encoding(profile),
            Value::Set(set) => set.encoding(),
            Value::ZSet(zset) => zset.encoding(profile),
            Value::Hash(hash) => hash.encoding(profile),
        }
    }

    /// The number of elements; of a string, its bytes.
    pub fn len(&self) -> usize {
        match self {
            Value::String(s) => s.bytes.len(),
            Value::List(list) => list.len(),
            Value::Set(set) => set.len(),
            Value::ZSet(zset) => zset.len(),
            Value::Hash(hash) => hash.len(),
        }
    }

    /// True only of an empty string.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Becomes a string; one that it was lends its memory if it can.
    pub(super) fn overwrite(&mut self, bytes: &Blob) {
        match self {
            Value::String(old) => {
                old.bytes.overwrite(bytes);
                old.form = Form::Best;
            }
            old => *old = Value::from(bytes.clone()),
        }
    }

    /// Reads a little of what the value refers to; the number means nothing.
    pub(super) fn touch(&self) -> usize {
        match self {
            Value::String(s) => s.bytes.touch(),
            Value::List(it) => Rc::strong_count(it),
            Value::Set(it) => Rc::strong_count(it),
            Value::ZSet(it) => Rc::strong_count(it),
            Value::Hash(it) => Rc::strong_count(it),
        }
    }

    /// Whether clients can block until such a value appears.
    pub fn can_be_awaited(&self) -> bool {
        matches!(self, Value::List(_) | Value::ZSet(_))
    }
}

impl From<Blob> for Value {
    fn from(bytes: Blob) -> Value {
        Value::String(Str::new(bytes))
    }
}
