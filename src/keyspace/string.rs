//! Commands on strings (`t_string.c`).

use super::call::{Call, Outcome};
use super::value::Value;
use crate::base::Blob;

pub fn get(call: &mut Call, argv: &[Blob]) -> Outcome {
    match call.read(&argv[1]).map(|entry| entry.value.clone()) {
        None => call.reply.null_bulk(),
        Some(Value::String(s)) => call.reply.bulk(&s.bytes),
    }
    Outcome::Done
}

pub fn set(call: &mut Call, argv: &[Blob]) -> Outcome {
    call.set_key(&argv[1], Value::from(argv[2].clone()), None);
    call.effects.dirty += 1;
    call.reply.simple("OK");
    Outcome::Done
}
