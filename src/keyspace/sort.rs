//! SORT (`sort.c:sortCommandGeneric`).

use std::cmp::Ordering;

use super::args::{is, to_nul};
use super::call::{Call, Outcome};
use super::errors::{self, Ran, Refused};
use super::list::{End, List};
use super::notify::Classes;
use super::value::Value;
use super::zset::ZSet;
use crate::base::float;
use crate::base::{Blob, Version, sort_by};

struct Options<'a> {
    descending: bool,
    alpha: bool,
    start: i64,
    count: i64,
    by: Option<&'a Blob>,
    get: Vec<&'a Blob>,
    store: Option<&'a Blob>,
}

fn options<'a>(call: &Call, words: &'a [Blob], read_only: bool) -> Result<Options<'a>, Refused> {
    let mut o = Options {
        descending: false,
        alpha: false,
        start: 0,
        count: -1,
        by: None,
        get: Vec::new(),
        store: None,
    };
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let rest = words.len();
        match () {
            _ if is(word, "asc") => o.descending = false,
            _ if is(word, "desc") => o.descending = true,
            _ if is(word, "alpha") => o.alpha = true,
            _ if is(word, "limit") && rest >= 2 => {
                let mut number = || words.next().map_or(Ok(0), |arg| call.int(arg));
                (o.start, o.count) = (number()?, number()?);
            }
            _ if is(word, "store") && rest >= 1 && !read_only => o.store = words.next(),
            _ if is(word, "by") && rest >= 1 => o.by = words.next(),
            _ if is(word, "get") && rest >= 1 => o.get.extend(words.next()),
            _ => return Err(errors::SYNTAX),
        }
    }
    Ok(o)
}

/// What is sorted, before sorting.
struct Elements {
    items: Vec<Blob>,
    from_set: bool,
    from_list: bool,
}

fn elements(call: &mut Call, key: &Blob) -> Result<Elements, Refused> {
    let value = call.read(key).map(|entry| entry.value.clone());
    let (items, from_set, from_list) = match &value {
        None => (Vec::new(), false, true),
        Some(Value::List(list)) => (list.iter().cloned().collect(), false, true),
        Some(Value::Set(set)) => (set.iter().collect(), true, false),
        Some(Value::ZSet(zset)) => (zset.iter().map(|(_, member)| member.clone()).collect(), false, false),
        Some(_) => return Err(call.wrong_type()),
    };
    Ok(Elements { items, from_set, from_list })
}

pub fn sort(call: &mut Call, argv: &[Blob]) -> Ran {
    sort_any(call, argv, false)
}

pub fn sort_ro(call: &mut Call, argv: &[Blob]) -> Ran {
    sort_any(call, argv, true)
}

fn sort_any(call: &mut Call, argv: &[Blob], read_only: bool) -> Ran {
    let key = &argv[1];
    // Up to 2.8 the type is checked before the options.
    let early = if call.at_least(Version::V4_0) { None } else { Some(elements(call, key)?) };
    let mut o = options(call, &argv[2..], read_only)?;
    let Elements { mut items, from_set, from_list } = match early {
        Some(elements) => elements,
        None => elements(call, key)?,
    };
    // Sorting unpacks a sorted set for good.
    if matches!(call.dict().get(key).map(|entry| &entry.value), Some(Value::ZSet(_))) {
        call.edit(key, |zset: &mut ZSet| zset.unpack());
    }
    let mut sorts = o.by.is_none_or(|by| pattern_star(by).is_some());
    let needs_order = if call.at_least(Version::V4_0) { from_set } else { from_set || from_list };
    if !sorts && needs_order && o.store.is_some() {
        (sorts, o.alpha, o.by) = (true, true, None);
    }
    if sorts {
        items = sorted(call, items, &o)?;
    } else if o.descending && !from_set && (!from_list || call.at_least(Version::V4_0)) {
        items.reverse();
    }
    let start = usize::try_from(o.start).unwrap_or(0).min(items.len());
    let count = usize::try_from(o.count).unwrap_or(usize::MAX);
    let chosen = items.drain(start..).take(count).collect();
    output(call, chosen, &o)
}

/// Where the star of a pattern is; patterns are C strings.
fn pattern_star(pattern: &[u8]) -> Option<usize> {
    pattern.iter().take_while(|b| **b != 0).position(|b| *b == b'*')
}

fn sorted(call: &mut Call, items: Vec<Blob>, o: &Options) -> Result<Vec<Blob>, Refused> {
    let mut keyed = Vec::new();
    for item in items {
        let weight = match o.by {
            None => Some(item.clone()),
            Some(by) => dereference(call, by, &item),
        };
        keyed.push((weight, item));
    }
    if o.alpha {
        // What is only shown is compared by `strcoll`, so up to a NUL byte; what is stored, as bytes.
        let whole = o.store.is_some();
        let text = |weight: &Option<Blob>| {
            weight.as_ref().map(|text| if whole { text } else { to_nul(text) }.to_vec())
        };
        return Ok(order(keyed, o.descending, |a, b| text(&a.0).cmp(&text(&b.0))));
    }
    // Every weight has been looked up before any is found wanting: looking up can expire keys.
    let mut scored = Vec::new();
    for (weight, item) in keyed {
        let weight = match weight {
            None => 0.0,
            Some(text) => float::parse_loose(&text)
                .filter(|_| float::in_range(&text))
                .ok_or(errors::text("ERR One or more scores can't be converted into double"))?,
        };
        scored.push((weight, item));
    }
    Ok(order(scored, o.descending, |a, b| {
        a.0.partial_cmp(&b.0).unwrap_or(Ordering::Equal).then_with(|| a.1.cmp(&b.1))
    }))
}

fn order<T>(
    mut keyed: Vec<(T, Blob)>,
    descending: bool,
    by: impl Fn(&(T, Blob), &(T, Blob)) -> Ordering,
) -> Vec<Blob> {
    sort_by(&mut keyed, |a, b| if descending { by(b, a) } else { by(a, b) });
    keyed.into_iter().map(|(_, item)| item).collect()
}

/// The value that a BY or GET pattern means for an element: `#`, a string key, or `key->field`.
fn dereference(call: &mut Call, pattern: &[u8], element: &Blob) -> Option<Blob> {
    if matches!(pattern, [b'#'] | [b'#', 0, ..]) {
        return Some(element.clone());
    }
    let star = pattern_star(pattern)?;
    let (before, after) = (&pattern[..star], &pattern[star + 1..]);
    let arrow = after.windows(2).position(|pair| pair == b"->").filter(|at| at + 2 < after.len());
    let (after, field) = match arrow {
        Some(at) => (&after[..at], Some(&after[at + 2..])),
        None => (after, None),
    };
    let key = [before, element, after].concat();
    match (call.read(&key).map(|entry| &entry.value)?, field) {
        (Value::String(s), None) => Some(s.bytes.clone()),
        (Value::Hash(hash), Some(field)) => hash.get(field).cloned(),
        _ => None,
    }
}

fn output(call: &mut Call, items: Vec<Blob>, o: &Options) -> Ran {
    let mut words: Vec<Option<Blob>> = Vec::new();
    for item in items {
        if o.get.is_empty() {
            words.push(Some(item));
            continue;
        }
        for pattern in &o.get {
            words.push(dereference(call, pattern, &item));
        }
    }
    let Some(target) = o.store else {
        call.reply.array(words.len());
        for word in words {
            match word {
                Some(word) => call.reply.bulk(&word),
                None => call.reply.null_bulk(),
            }
        }
        return Ok(Outcome::Done);
    };
    let (settings, length) = (call.settings, words.len());
    let mut list = List::default();
    words.into_iter().for_each(|word| list.push(End::Tail, word.unwrap_or_default(), settings));
    call.store(target, list, (Classes::LIST, "sortstore"));
    // Every element counts as a change.
    call.effects.dirty += (length as u64).saturating_sub(1);
    call.reply.integer(length as i64);
    Ok(Outcome::Done)
}
