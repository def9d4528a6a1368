//! Unions, intersections and differences of sorted sets (`t_zset.c:zunionInterDiffGenericCommand`).
//!
//! Plain sets take part with scores of 1. Sums of scores depend on the order of additions, so sets are taken
//! from the smallest to the largest, as Redis does.

use std::rc::Rc;

use super::args::is;
use super::call::{Call, Outcome};
use super::dict::Dict;
use super::errors::{self, Ran, Refused, text};
use super::notify::Classes;
use super::ordered::Item;
use super::set::Set;
use super::value::Value;
use super::zset::ZSet;
use crate::base::{Blob, Version, sort_by_key};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Operation {
    Union,
    Intersection,
    Difference,
}

#[derive(Clone, Copy)]
enum Aggregate {
    Sum,
    Min,
    Max,
}

/// One operand.
#[derive(Clone)]
enum Source {
    Missing,
    Set(Rc<Set>),
    ZSet(Rc<ZSet>),
}

impl Source {
    fn len(&self) -> usize {
        match self {
            Source::Missing => 0,
            Source::Set(set) => set.len(),
            Source::ZSet(zset) => zset.len(),
        }
    }

    fn score(&self, member: &[u8]) -> Option<f64> {
        match self {
            Source::Missing => None,
            Source::Set(set) => set.contains(member).then_some(1.0),
            Source::ZSet(zset) => zset.score(member),
        }
    }

    fn items(&self) -> Vec<Item> {
        match self {
            Source::Missing => Vec::new(),
            Source::Set(set) => set.iter().map(|member| (1.0, member)).collect(),
            // Redis walks from the highest score down; for sums over one set it makes no difference.
            Source::ZSet(zset) => zset.iter().cloned().collect(),
        }
    }
}

struct Operand {
    source: Source,
    weight: f64,
}

/// A command of the family, read.
struct Task {
    operands: Vec<Operand>,
    aggregate: Aggregate,
    with_scores: bool,
    limit: usize,
}

/// Which options a command takes.
#[derive(Clone, Copy)]
struct Form {
    name: &'static str,
    operation: Operation,
    store: bool,
    cardinality: bool,
}

fn read(call: &mut Call, words: &[Blob], form: Form) -> Result<Task, Refused> {
    let count = call.int(&words[0])?;
    if count < 1 {
        return Err(if call.at_least(Version::V7_0) {
            format!("ERR at least 1 input key is needed for '{}' command", form.name).into()
        } else {
            text("ERR at least 1 input key is needed for ZUNIONSTORE/ZINTERSTORE")
        });
    }
    let count = usize::try_from(count).ok().filter(|n| *n < words.len()).ok_or(errors::SYNTAX)?;
    let (keys, mut rest) = words[1..].split_at(count);
    let mut operands = Vec::new();
    for key in keys {
        let source = match call.read(key).map(|entry| &entry.value) {
            None => Source::Missing,
            Some(Value::Set(set)) => Source::Set(set.clone()),
            Some(Value::ZSet(zset)) => Source::ZSet(zset.clone()),
            Some(_) => return Err(call.wrong_type()),
        };
        operands.push(Operand { source, weight: 1.0 });
    }
    let mut task = Task { operands, aggregate: Aggregate::Sum, with_scores: false, limit: usize::MAX };
    let scored = form.operation != Operation::Difference && !form.cardinality;
    while let [word, tail @ ..] = rest {
        rest = tail;
        if scored && tail.len() >= count && is(word, "weights") {
            for (operand, arg) in task.operands.iter_mut().zip(tail) {
                let weight = call.parse_double(arg);
                operand.weight = weight.ok_or(text("ERR weight value is not a float"))?;
            }
            rest = &tail[count..];
        } else if scored && !tail.is_empty() && is(word, "aggregate") {
            task.aggregate = match &tail[0] {
                name if is(name, "sum") => Aggregate::Sum,
                name if is(name, "min") => Aggregate::Min,
                name if is(name, "max") => Aggregate::Max,
                _ => return Err(errors::SYNTAX),
            };
            rest = &tail[1..];
        } else if !form.store && !form.cardinality && is(word, "withscores") {
            task.with_scores = true;
        } else if form.cardinality && !tail.is_empty() && is(word, "limit") {
            let limit = call.not_negative(&tail[0], "ERR LIMIT can't be negative")?;
            task.limit = if limit == 0 { usize::MAX } else { limit as usize };
            rest = &tail[1..];
        } else {
            return Err(errors::SYNTAX);
        }
    }
    Ok(task)
}

impl Aggregate {
    fn combine(self, a: f64, b: f64) -> f64 {
        match self {
            // Infinities of both signs add up to 0.
            Aggregate::Sum if (a + b).is_nan() => 0.0,
            Aggregate::Sum => a + b,
            Aggregate::Min => {
                if b < a {
                    b
                } else {
                    a
                }
            }
            Aggregate::Max => {
                if b > a {
                    b
                } else {
                    a
                }
            }
        }
    }
}

fn weighted(weight: f64, score: f64) -> f64 {
    let product = weight * score;
    if product.is_nan() { 0.0 } else { product }
}

fn compute(task: &mut Task, operation: Operation) -> Vec<Item> {
    if operation != Operation::Difference {
        sort_by_key(&mut task.operands, |operand| operand.source.len());
    }
    let (first, others) = task.operands.split_first().expect("at least one key");
    match operation {
        Operation::Difference => {
            let mut items = first.source.items();
            items.retain(|(_, member)| !others.iter().any(|o| o.source.score(member).is_some()));
            items
        }
        Operation::Intersection => {
            let common = first.source.items().into_iter().filter_map(|(score, member)| {
                let mut total = weighted(first.weight, score);
                for operand in others {
                    total = task.aggregate.combine(total, operand.source.score(&member)? * operand.weight);
                }
                Some((total, member))
            });
            common.take(task.limit).collect()
        }
        Operation::Union => {
            let mut totals: Dict<f64> = Dict::new();
            for operand in &task.operands {
                for (score, member) in operand.source.items() {
                    let score = weighted(operand.weight, score);
                    match totals.get_mut(&member) {
                        Some(total) => *total = task.aggregate.combine(*total, score),
                        None => {
                            totals.insert(member, score);
                        }
                    }
                }
            }
            totals.iter().map(|(member, score)| (*score, member.clone())).collect()
        }
    }
}

fn run(call: &mut Call, argv: &[Blob], form: Form) -> Ran {
    let words = if form.store { &argv[2..] } else { &argv[1..] };
    let mut task = read(call, words, form)?;
    let items = compute(&mut task, form.operation);
    if form.cardinality {
        call.reply.integer(items.len() as i64);
        return Ok(Outcome::Done);
    }
    let small = form.store && ZSet::packs(&items, call.settings);
    let mut zset = ZSet::default();
    if !small {
        zset.unpack();
    }
    items.into_iter().for_each(|(score, member)| zset.add(member, score, call.settings, call.profile));
    if form.store {
        let length = call.store(&argv[1], zset, (Classes::ZSET, form.name));
        call.reply.integer(length as i64);
    } else {
        let items: Vec<Item> = zset.iter().cloned().collect();
        call.reply_items(&items, task.with_scores);
    }
    Ok(Outcome::Done)
}

const fn form(name: &'static str, operation: Operation) -> Form {
    Form { name, operation, store: false, cardinality: false }
}

const fn storing(name: &'static str, operation: Operation) -> Form {
    Form { name, operation, store: true, cardinality: false }
}

pub fn zunion(call: &mut Call, argv: &[Blob]) -> Ran {
    run(call, argv, form("zunion", Operation::Union))
}

pub fn zinter(call: &mut Call, argv: &[Blob]) -> Ran {
    run(call, argv, form("zinter", Operation::Intersection))
}

pub fn zdiff(call: &mut Call, argv: &[Blob]) -> Ran {
    run(call, argv, form("zdiff", Operation::Difference))
}

pub fn zunionstore(call: &mut Call, argv: &[Blob]) -> Ran {
    run(call, argv, storing("zunionstore", Operation::Union))
}

pub fn zinterstore(call: &mut Call, argv: &[Blob]) -> Ran {
    run(call, argv, storing("zinterstore", Operation::Intersection))
}

pub fn zdiffstore(call: &mut Call, argv: &[Blob]) -> Ran {
    run(call, argv, storing("zdiffstore", Operation::Difference))
}

pub fn zintercard(call: &mut Call, argv: &[Blob]) -> Ran {
    run(call, argv, Form { cardinality: true, ..form("zintercard", Operation::Intersection) })
}
