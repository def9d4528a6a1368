//! Links: what lies between two nodes.
//!
//! A link is two one-way roads. Each has a latency, may have a bandwidth that all its connections share, and is
//! open, cut or a blackhole. Any two nodes have a link; until it is set it takes [`LATENCY_DEFAULT`] and limits
//! nothing.

use std::fmt;

use serde::Serialize;

use crate::base::{Instant, Span};

use super::NodeId;
use super::input::Name;

/// The latency of a link that nobody has set.
pub const LATENCY_DEFAULT: Span = Span::from_ms(20);

/// The largest stretch of output that travels as one message.
const SEGMENT_MAX: u64 = 16 * 1024;
/// The smallest, however slow the road.
const SEGMENT_MIN: u64 = 128;
/// On a slow road a segment takes about this long to send, so that progress can be watched.
const SEGMENT_TIME: Span = Span::from_ms(50);

/// How much may be under way in one direction of a connection, or wait unread at its end.
pub const WINDOW_MAX: u64 = 64 * 1024;
/// What a slow road takes from a sender beyond what fits in its latency. Without this bound a PING would
/// queue for minutes behind an RDB, and the sender's output buffer would never be seen to grow.
const QUEUE_TIME: Span = Span::from_ms(100);

/// Bits per second.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
pub struct Bandwidth(pub u64);

impl Bandwidth {
    /// How long `bytes` bytes take.
    pub fn time_for(self, bytes: u64) -> Span {
        let ns = u128::from(bytes) * 8 * 1_000_000_000 / u128::from(self.0.max(1));
        Span(u64::try_from(ns).unwrap_or(u64::MAX))
    }

    /// How many bytes go through in `span`.
    pub fn bytes_in(self, span: Span) -> u64 {
        let bytes = u128::from(self.0) * u128::from(span.0) / (8 * 1_000_000_000);
        u64::try_from(bytes).unwrap_or(u64::MAX)
    }
}

impl fmt::Display for Bandwidth {
    /// The shortest exact form: `1mbit`, `64kbit`, `300bit`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            n if n != 0 && n % 1_000_000_000 == 0 => write!(f, "{}gbit", n / 1_000_000_000),
            n if n != 0 && n % 1_000_000 == 0 => write!(f, "{}mbit", n / 1_000_000),
            n if n != 0 && n % 1_000 == 0 => write!(f, "{}kbit", n / 1_000),
            n => write!(f, "{n}bit"),
        }
    }
}

/// What one direction of a link does with bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum RoadState {
    Open,
    /// Nothing goes through and everybody is told: connections are reset, new ones fail.
    Cut,
    /// Bytes are held back and nobody is told.
    Blackhole,
}

/// One direction of a link.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Road {
    pub state: RoadState,
    pub latency: Span,
    /// `None`: unlimited.
    pub bandwidth: Option<Bandwidth>,
    /// When the last byte that was handed over has left the sender: the next one cannot leave earlier.
    #[serde(skip)]
    pub(super) busy_until: Instant,
}

impl Default for Road {
    fn default() -> Road {
        Road { state: RoadState::Open, latency: LATENCY_DEFAULT, bandwidth: None, busy_until: Instant::ZERO }
    }
}

impl Road {
    /// Within a node: no time passes and nothing can be cut.
    pub(super) const LOCAL: Road =
        Road { state: RoadState::Open, latency: Span::ZERO, bandwidth: None, busy_until: Instant::ZERO };

    /// The largest message that this road takes.
    pub(super) fn segment(&self) -> u64 {
        match self.bandwidth {
            None => SEGMENT_MAX,
            Some(bandwidth) => bandwidth.bytes_in(SEGMENT_TIME).clamp(SEGMENT_MIN, SEGMENT_MAX),
        }
    }

    /// How many bytes of one connection may be under way.
    pub(super) fn window(&self) -> u64 {
        match self.bandwidth {
            None => WINDOW_MAX,
            Some(bandwidth) => {
                let span = Span(self.latency.0.saturating_add(QUEUE_TIME.0));
                bandwidth.bytes_in(span).clamp(2 * self.segment(), WINDOW_MAX)
            }
        }
    }

    /// Sends `bytes` bytes at `now`: when the first and when the last leaves the sender.
    pub(super) fn send(&mut self, now: Instant, bytes: u64) -> (Instant, Instant) {
        let Some(bandwidth) = self.bandwidth else { return (now, now) };
        let starts = now.max(self.busy_until);
        self.busy_until = starts + bandwidth.time_for(bytes);
        (starts, self.busy_until)
    }
}

/// A link as onlookers see it. `a` is the older node.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LinkView {
    pub a: NodeId,
    pub b: NodeId,
    pub a_name: Name,
    pub b_name: Name,
    /// The direction from `a` to `b`.
    pub forth: Road,
    /// The direction from `b` to `a`.
    pub back: Road,
    /// How many connections there are between the two.
    pub connections: u64,
}

impl LinkView {
    /// Whether both directions are open.
    pub fn is_open(&self) -> bool {
        self.forth.state == RoadState::Open && self.back.state == RoadState::Open
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_road_sends_small_segments_one_after_the_other() {
        let mut road = Road { bandwidth: Some(Bandwidth(80_000)), ..Road::default() };
        assert_eq!(road.segment(), 500);
        assert_eq!(road.window(), 1200);
        assert_eq!(road.send(Instant::ZERO, 500), (Instant::ZERO, Instant::from_ms(50)));
        assert_eq!(road.send(Instant::from_ms(10), 100), (Instant::from_ms(50), Instant::from_ms(60)));
        assert_eq!(road.send(Instant::from_ms(70), 100), (Instant::from_ms(70), Instant::from_ms(80)));
    }

    #[test]
    fn an_unlimited_road_is_never_busy() {
        let mut road = Road::default();
        assert_eq!(road.send(Instant::from_ms(5), u64::MAX), (Instant::from_ms(5), Instant::from_ms(5)));
        assert_eq!((road.segment(), road.window()), (SEGMENT_MAX, WINDOW_MAX));
    }

    #[test]
    fn bandwidth_prints_in_its_shortest_exact_form() {
        let text = |n| Bandwidth(n).to_string();
        assert_eq!(
            (text(1_000_000), text(64_000), text(1_500)),
            ("1mbit".into(), "64kbit".into(), "1500bit".into())
        );
    }
}
