//! The ways of the links: curves from one card to another, on which everything travels.

use super::layout::Rect;
use crate::ui::px::push_point;

/// A cubic curve between two cards.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Curve {
    pub points: [(f64, f64); 4],
}

/// How a link leaves a card.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Side {
    Left,
    Right,
    Above,
    Below,
}

/// The side at which a link to `to` leaves `from`. Cards in one column are joined around their sides, on the one
/// that is nearer to the middle of the stage.
pub fn side(from: Rect, to: Rect, middle: f64, narrow: bool) -> Side {
    const CLEAR: f64 = 12.0;
    if narrow {
        return if to.y >= from.y { Side::Below } else { Side::Above };
    }
    if to.x >= from.right() + CLEAR {
        Side::Right
    } else if from.x >= to.right() + CLEAR || from.x + from.w / 2.0 > middle {
        Side::Left
    } else {
        Side::Right
    }
}

/// Where the `lane`th of `lanes` links touches a card.
pub fn port(card: Rect, side: Side, lane: usize, lanes: usize) -> (f64, f64) {
    /// Links apart by this much, if there is room; never nearer to a corner than this.
    const STEP: f64 = 27.0;
    const CORNER: f64 = 22.0;
    let spread = |length: f64, at: f64| {
        let gaps = lanes.saturating_sub(1) as f64;
        let step = if gaps > 0.0 { STEP.min((length - 2.0 * CORNER) / gaps) } else { 0.0 };
        let first = (at - step * gaps / 2.0).clamp(CORNER, (length - CORNER - step * gaps).max(CORNER));
        first + step * lane as f64
    };
    let share = |length: f64| length * (lane as f64 + 0.5) / lanes.max(1) as f64;
    match side {
        Side::Left => (card.x, card.y + spread(card.h, (card.h / 2.0).min(70.0))),
        Side::Right => (card.right(), card.y + spread(card.h, (card.h / 2.0).min(70.0))),
        // On a narrow stage as far apart as can be: links run straight down, and what travels on them side by side.
        Side::Above => (card.x + share(card.w), card.y),
        Side::Below => (card.x + share(card.w), card.bottom()),
    }
}

impl Curve {
    pub fn between(from: ((f64, f64), Side), to: ((f64, f64), Side)) -> Curve {
        /// How far a link between two cards of one column, or of one row, swings out.
        const SWING: f64 = 96.0;
        const DIP: f64 = 44.0;
        let ((a, leaves), (b, enters)) = (from, to);
        let reach = |side: Side| match side {
            Side::Left | Side::Right if leaves == enters => SWING,
            Side::Left | Side::Right => (b.0 - a.0).abs() * 0.5,
            Side::Above | Side::Below if leaves == enters => DIP,
            Side::Above | Side::Below => (b.1 - a.1).abs() * 0.5,
        };
        let out = |point: (f64, f64), side: Side| match side {
            Side::Left => (point.0 - reach(side), point.1),
            Side::Right => (point.0 + reach(side), point.1),
            Side::Above => (point.0, point.1 - reach(side)),
            Side::Below => (point.0, point.1 + reach(side)),
        };
        Curve { points: [a, out(a, leaves), out(b, enters), b] }
    }

    /// The point at `t` from 0 to 1.
    pub fn at(&self, t: f64) -> (f64, f64) {
        let u = 1.0 - t;
        let weights = [u * u * u, 3.0 * u * u * t, 3.0 * u * t * t, t * t * t];
        let sum =
            |pick: fn(&(f64, f64)) -> f64| self.points.iter().zip(weights).map(|(p, w)| pick(p) * w).sum();
        (sum(|p| p.0), sum(|p| p.1))
    }

    /// About how long it is.
    pub fn length(&self) -> f64 {
        const PIECES: usize = 12;
        let points = (0..=PIECES).map(|i| self.at(i as f64 / PIECES as f64)).collect::<Vec<_>>();
        points.windows(2).map(|pair| (pair[1].0 - pair[0].0).hypot(pair[1].1 - pair[0].1)).sum()
    }

    /// As the `d` of an SVG path.
    pub fn path(&self) -> String {
        let mut text = String::new();
        for (sign, point) in ['M', 'C', ' ', ' '].into_iter().zip(self.points) {
            push_point(&mut text, sign, point);
        }
        text
    }
}
