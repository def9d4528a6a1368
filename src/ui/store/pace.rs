//! How real time becomes virtual time, and how quiet spans are passed over.
//!
//! A span in which nothing travels and nothing is processed is run through in a moment, whatever its length, and
//! the page says what was waited for.

use super::engine::{Engine, Halt, Wait};
use crate::base::{Instant, Span};
use crate::ui::platform::prefs;

/// How long passing over a quiet span takes, in real time.
const SKIP_MS: f64 = 450.0;
/// How long the stage rests before a quiet span is passed over, in real time.
const REST_MS: f64 = 380.0;
/// The speed at first: about 40 ms of virtual time in a second.
const SPEED_DEFAULT: u32 = 40;

/// What time does.
#[derive(Clone, PartialEq, Debug, Default)]
pub enum Pulse {
    #[default]
    Flows,
    /// Runs over a quiet span.
    Skips { span: Span, wait: Wait },
    /// Stands, because a breakpoint came true.
    Halts(Halt),
}

#[derive(Clone, Debug)]
pub struct Pace {
    pub now: Instant,
    pub playing: bool,
    pub pulse: Pulse,
    /// The slider's position, 0 to 100.
    pub speed: u32,
    /// The span that is being passed over: from, to, and how much of it (real milliseconds).
    skip: Option<(Instant, Instant, f64)>,
    /// For how long nothing has happened, in real milliseconds.
    rested: f64,
    /// How long the last skip stays announced.
    announced: f64,
    /// Where play stops by itself.
    until: Option<Instant>,
}

impl Pace {
    pub fn new(now: Instant) -> Pace {
        Pace {
            now,
            playing: true,
            pulse: Pulse::Flows,
            speed: SPEED_DEFAULT,
            skip: None,
            rested: 0.0,
            announced: 0.0,
            until: None,
        }
    }

    /// Virtual nanoseconds in a real millisecond, for a position of the slider: from 1 ms to 10 s a second.
    pub fn rate(speed: u32) -> f64 {
        /// The 25th root of ten: multiplied, because a power with a fraction takes a kilobyte of code.
        const STEP: f64 = 1.096_478_196_143_185;
        (0..speed.min(100)).fold(1000.0, |rate, _| rate * STEP)
    }

    pub fn played(&self, playing: bool) -> Pace {
        let pulse = if playing { Pulse::Flows } else { self.pulse.clone() };
        Pace { playing, until: None, pulse, ..self.clone() }
    }

    /// Plays up to a moment and stops there.
    pub fn played_until(&self, until: Instant) -> Pace {
        Pace { playing: true, until: Some(until), ..self.clone() }
    }

    /// Whether play is to stop at some moment.
    pub fn stops_by_itself(&self) -> bool {
        self.until.is_some()
    }

    pub fn at_speed(&self, speed: u32) -> Pace {
        Pace { speed: speed.min(100), ..self.clone() }
    }

    pub fn stopped_at(&self, now: Instant) -> Pace {
        Pace {
            now,
            playing: false,
            pulse: Pulse::Flows,
            skip: None,
            rested: 0.0,
            until: None,
            ..self.clone()
        }
    }

    /// Somebody acted: a quiet span is quiet no longer.
    pub fn resumed_at(&self, now: Instant) -> Pace {
        Pace { now, pulse: Pulse::Flows, skip: None, rested: 0.0, ..self.clone() }
    }

    /// A frame of `ms` real milliseconds; also says whether the engine did something.
    pub fn frame(&self, engine: &mut Engine, ms: f64) -> (Pace, bool) {
        let mut pace = self.clone();
        pace.announced = (pace.announced - ms).max(0.0);
        if let Some((from, to, passed)) = pace.skip {
            let passed = passed + ms;
            if passed < SKIP_MS {
                let t = passed / SKIP_MS;
                let eased = t * t * (3.0 - 2.0 * t);
                pace.now = from + Span((to.since(from).0 as f64 * eased) as u64);
                pace.skip = Some((from, to, passed));
                return (pace, false);
            }
            pace.skip = None;
            pace.announced = 1200.0;
            return pace.reach(engine, to);
        }
        if pace.announced == 0.0 {
            pace.pulse = Pulse::Flows;
        }
        let step = Span((ms * Pace::rate(pace.speed)) as u64);
        pace.rested += ms;
        if pace.rested > REST_MS
            && let Some((until, wait)) = engine.quiet_until()
            && until.since(pace.now).0 as f64 > Pace::rate(pace.speed) * SKIP_MS * 2.5
        {
            // Not beyond where play stops.
            let until = pace.until.map_or(until, |stop| stop.min(until));
            pace.pulse = Pulse::Skips { span: until.since(pace.now), wait };
            // Who wants no motion is there at once.
            let passed = if prefs::calm() { SKIP_MS } else { 0.0 };
            pace.skip = Some((pace.now, until, passed));
            return (pace, false);
        }
        let target = pace.now + step;
        pace.reach(engine, target)
    }

    fn reach(mut self, engine: &mut Engine, to: Instant) -> (Pace, bool) {
        let to = self.until.map_or(to, |until| until.min(to));
        if self.until == Some(to) {
            (self.playing, self.until, self.pulse) = (false, None, Pulse::Flows);
        }
        let changed = engine.advance(to);
        if let Some(halt) = engine.halt.clone().filter(|_| changed) {
            // Play stands where it came true, and goes on from there.
            self.now = engine.now();
            (self.playing, self.until, self.pulse) = (false, None, Pulse::Halts(halt));
            return (self, true);
        }
        self.now = engine.now().max(to);
        if changed {
            self.rested = 0.0;
        }
        (self, changed)
    }
}
