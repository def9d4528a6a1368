//! The axis of time: true to scale where something happens, shortened where nothing does.
//!
//! Between two events a short while is drawn to scale and the rest grows with its logarithm, so that a pause of ten
//! seconds is longer than one of half a second, but not twenty times. The map is monotone and without jumps: time that
//! is still passing is drawn like time that has passed.

use crate::base::Instant;

/// Pixels a millisecond, at zoom 1.
const SCALE: f64 = 2.4;
/// How long a pause is drawn to scale.
const TRUE_MS: f64 = 22.0;
/// How fast the rest grows, in pixels.
const REST: f64 = 13.0;
/// A pause from this length on is marked as shortened.
pub const FOLDED_MS: f64 = 120.0;

/// Moments and where they are drawn.
#[derive(Clone, PartialEq, Debug)]
pub struct Axis {
    knots: Vec<(Instant, f64)>,
    zoom: f64,
}

impl Axis {
    /// The axis through these moments, which must be in order.
    pub fn through(moments: impl IntoIterator<Item = Instant>, zoom: f64) -> Axis {
        let mut axis = Axis { knots: Vec::new(), zoom };
        for at in moments {
            match axis.knots.last() {
                Some((last, _)) if *last >= at => {}
                Some((last, x)) => axis.knots.push((at, x + axis.width(at.since(*last).0))),
                None => axis.knots.push((at, 0.0)),
            }
        }
        axis
    }

    fn width(&self, ns: u64) -> f64 {
        let ms = ns as f64 / 1e6;
        let to_scale = ms.min(TRUE_MS) * SCALE * self.zoom;
        to_scale + REST * (1.0 + (ms - TRUE_MS).max(0.0) / TRUE_MS).ln()
    }

    /// Where a moment is drawn.
    pub fn x(&self, at: Instant) -> f64 {
        let next = self.knots.partition_point(|(knot, _)| *knot <= at);
        match next.checked_sub(1).map(|i| self.knots[i]) {
            Some((knot, x)) => x + self.width(at.since(knot).0),
            None => self.knots.first().map_or(0.0, |(first, _)| -self.width(first.since(at).0)),
        }
    }

    /// The moment that is drawn at `x`.
    pub fn at(&self, x: f64) -> Instant {
        let (Some((first, _)), Some((last, _))) = (self.knots.first(), self.knots.last()) else {
            return Instant::ZERO;
        };
        // The map has no simple inverse; it is monotone, so the moment is found by halving.
        const BEYOND: u64 = 5_000_000_000;
        let (mut low, mut high) = (first.0.saturating_sub(BEYOND), last.0 + BEYOND);
        while high - low > 50_000 {
            let middle = low + (high - low) / 2;
            if self.x(Instant(middle)) < x { low = middle } else { high = middle }
        }
        Instant(high)
    }

    /// The pauses that are drawn shortened: where, and how long.
    pub fn folds(&self) -> impl Iterator<Item = (f64, f64, Instant)> {
        self.knots.windows(2).filter_map(|pair| {
            let ms = pair[1].0.since(pair[0].0).0 as f64 / 1e6;
            (ms >= FOLDED_MS).then(|| ((pair[0].1 + pair[1].1) / 2.0, ms, pair[0].0))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Axis;
    use crate::base::Instant;

    #[test]
    fn the_axis_is_monotone_and_can_be_read_backwards() {
        let axis = Axis::through([0, 10, 12, 520, 540, 11_000].map(Instant::from_ms), 1.0);
        let mut before = f64::MIN;
        for ms in (0..12_000).step_by(7) {
            let x = axis.x(Instant::from_ms(ms));
            assert!(x > before, "{ms} ms");
            assert!(axis.at(x).0.abs_diff(ms * 1_000_000) < 200_000, "{ms} ms");
            before = x;
        }
    }

    #[test]
    fn long_pauses_are_shortened() {
        let axis = Axis::through([0, 20, 10_000].map(Instant::from_ms), 1.0);
        assert!(axis.x(Instant::from_ms(10_000)) < 4.0 * axis.x(Instant::from_ms(20)) + 100.0);
        assert_eq!(axis.folds().count(), 1);
    }
}
