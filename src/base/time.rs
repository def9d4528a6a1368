//! Time: instants and spans in integer nanoseconds, and the calendar in milliseconds.

use std::fmt;
use std::ops::{Add, AddAssign, Mul, Sub};

/// A moment of monotonic time, in nanoseconds since the world began. Sixty-four bits last for 584 years.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, serde::Serialize)]
pub struct Instant(pub u64);

/// A length of time in nanoseconds. What does not fit is as long as can be.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, serde::Serialize)]
pub struct Span(pub u64);

/// A moment of calendar time in milliseconds since 1970, as expiry and `TIME` use it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, serde::Serialize)]
pub struct UnixMs(pub i64);

impl Instant {
    pub const ZERO: Instant = Instant(0);

    /// The time from `earlier` to this moment; zero when `earlier` is in fact later.
    pub fn since(self, earlier: Instant) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }

    pub const fn from_ms(ms: u64) -> Instant {
        Instant(ms.saturating_mul(1_000_000))
    }

    pub const fn as_ms(self) -> u64 {
        self.0 / 1_000_000
    }

    pub const fn as_secs(self) -> u64 {
        self.0 / 1_000_000_000
    }
}

impl Span {
    pub const ZERO: Span = Span(0);

    pub const fn from_secs(s: u64) -> Span {
        Span(s.saturating_mul(1_000_000_000))
    }

    pub const fn from_ms(ms: u64) -> Span {
        Span(ms.saturating_mul(1_000_000))
    }

    pub const fn from_us(us: u64) -> Span {
        Span(us.saturating_mul(1_000))
    }

    pub const fn as_ms(self) -> u64 {
        self.0 / 1_000_000
    }

    pub const fn as_secs(self) -> u64 {
        self.0 / 1_000_000_000
    }
}

impl Add<Span> for Instant {
    type Output = Instant;
    fn add(self, span: Span) -> Instant {
        Instant(self.0.saturating_add(span.0))
    }
}

impl AddAssign<Span> for Instant {
    fn add_assign(&mut self, span: Span) {
        *self = *self + span;
    }
}

impl Add for Span {
    type Output = Span;
    fn add(self, other: Span) -> Span {
        Span(self.0.saturating_add(other.0))
    }
}

impl Sub for Span {
    type Output = Span;
    fn sub(self, other: Span) -> Span {
        Span(self.0.saturating_sub(other.0))
    }
}

impl Mul<u64> for Span {
    type Output = Span;
    fn mul(self, times: u64) -> Span {
        Span(self.0.saturating_mul(times))
    }
}

impl fmt::Display for Span {
    /// The shortest exact form with a unit: `20ms`, `1.5s`, `700us`, `3ns`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ns = self.0;
        let (unit, name): (u64, &str) = match ns {
            0 => return f.write_str("0ms"),
            ns if ns >= 1_000_000_000 => (1_000_000_000, "s"),
            ns if ns >= 1_000_000 => (1_000_000, "ms"),
            ns if ns >= 1_000 => (1_000, "us"),
            _ => (1, "ns"),
        };
        let digits = unit.ilog10() as usize;
        let rest = format!("{:0digits$}", ns % unit);
        let rest = if digits == 0 { "" } else { rest.trim_end_matches('0') };
        match rest {
            "" => write!(f, "{}{name}", ns / unit),
            rest => write!(f, "{}.{rest}{name}", ns / unit),
        }
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Span(self.0).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::Span;

    #[test]
    fn spans_print_in_their_shortest_exact_form() {
        let text = |ns| Span(ns).to_string();
        assert_eq!(text(0), "0ms");
        assert_eq!(text(20_000_000), "20ms");
        assert_eq!(text(1_500_000_000), "1.5s");
        assert_eq!(text(1_000_000_001), "1.000000001s");
        assert_eq!(text(700_000), "700us");
        assert_eq!(text(3), "3ns");
        assert_eq!(text(10), "10ns");
    }
}
