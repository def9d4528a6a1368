//! PFADD, PFCOUNT and PFMERGE (`hyperloglog.c` of 7.0.15; older releases estimate in other ways and are left out).

use super::call::{Call, Outcome};
use super::errors::{Ran, Refused, text};
use super::hyperloglog::{Corrupted, REGISTERS, Sketch, estimate};
use super::notify::Classes;
use super::value::{Form, Str, Value};
use crate::base::Blob;

const NO_SKETCH: Refused = text("WRONGTYPE Key is not a valid HyperLogLog string value.");

impl From<Corrupted> for Refused {
    fn from(_: Corrupted) -> Refused {
        text("INVALIDOBJ Corrupted HLL object detected")
    }
}

impl Call<'_> {
    fn put_sketch(&mut self, key: &Blob, sketch: Sketch) {
        self.put(key, Value::String(Str { bytes: sketch.into_bytes().into(), form: Form::Raw }));
    }

    /// The sketch at `key`, about to be changed: its string is its own from now on (`dbUnshareStringValue`).
    fn own_sketch(&mut self, key: &Blob) -> Result<Option<Sketch>, Refused> {
        let Some(old) = self.write_string(key)? else { return Ok(None) };
        let sketch = Sketch::of(&old.bytes).ok_or(NO_SKETCH)?;
        self.put(key, Value::String(Str { form: Form::Raw, ..old }));
        Ok(Some(sketch))
    }

    fn read_sketch(&mut self, key: &[u8]) -> Result<Option<Sketch>, Refused> {
        self.read_string(key)?.map(|bytes| Sketch::of(&bytes).ok_or(NO_SKETCH)).transpose()
    }

    /// The highest value of each register in any of the sketches, and whether one of them is dense.
    fn highest(&mut self, keys: &[Blob]) -> Result<(Vec<u8>, bool), Refused> {
        let (mut highest, mut dense) = (vec![0; REGISTERS], false);
        for key in keys {
            let Some(sketch) = self.read_sketch(key)? else { continue };
            dense |= sketch.is_dense();
            for (high, value) in highest.iter_mut().zip(sketch.registers()?) {
                *high = value.max(*high);
            }
        }
        Ok((highest, dense))
    }
}

pub fn pfadd(call: &mut Call, argv: &[Blob]) -> Ran {
    let key = &argv[1];
    let old = call.own_sketch(key)?;
    let mut grew = u64::from(old.is_none());
    let mut sketch = old.unwrap_or_else(Sketch::new);
    for element in &argv[2..] {
        grew += u64::from(sketch.add(element, call.settings.hll_sparse_max)?);
    }
    if grew > 0 {
        sketch.forget_count();
        call.put_sketch(key, sketch);
        call.effects.dirty += grew;
        call.touch(key);
        call.notify(Classes::STRING, "pfadd", key);
    }
    call.reply.integer(i64::from(grew > 0));
    Ok(Outcome::Done)
}

pub fn pfcount(call: &mut Call, argv: &[Blob]) -> Ran {
    let count = match &argv[1..] {
        [key] => match call.read_sketch(key)? {
            None => 0,
            Some(sketch) => count_one(call, key, sketch)?,
        },
        keys => estimate(&call.highest(keys)?.0),
    };
    call.reply.integer(count as i64);
    Ok(Outcome::Done)
}

/// The count of one sketch, which keeps it: a read that changes the value, and is propagated.
fn count_one(call: &mut Call, key: &Blob, mut sketch: Sketch) -> Result<u64, Refused> {
    call.put_sketch(key, sketch.clone());
    if let Some(count) = sketch.cached() {
        return Ok(count);
    }
    let count = estimate(&sketch.registers()?);
    sketch.keep(count);
    call.put_sketch(key, sketch);
    call.changed(key);
    Ok(count)
}

pub fn pfmerge(call: &mut Call, argv: &[Blob]) -> Ran {
    let (highest, dense) = call.highest(&argv[1..])?;
    let key = &argv[1];
    let old = call.own_sketch(key)?;
    let mut sketch = old.unwrap_or_else(Sketch::new);
    if dense {
        sketch.make_dense()?;
    }
    for (index, value) in highest.into_iter().enumerate().filter(|(_, value)| *value > 0) {
        sketch.raise(index, value, call.settings.hll_sparse_max)?;
    }
    sketch.forget_count();
    call.put_sketch(key, sketch);
    call.changed(key);
    // PFMERGE tells the event of PFADD, too.
    call.notify(Classes::STRING, "pfadd", key);
    call.reply.ok();
    Ok(Outcome::Done)
}
