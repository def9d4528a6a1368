//! Nothing on the stage covers anything else, whoever follows whom and whatever the size of the room.

use super::layout::{Layout, Rect, layout};
use super::wires::{tools_box, wires};
use crate::base::Span;
use crate::scenario::Scenario;
use crate::timeline::Replay;
use crate::ui::snapshot::WorldView;
use crate::ui::store::engine::Engine;

/// Rooms as they are on a laptop (without and with a lesson beside it), a large screen, a tablet and two phones.
const ROOMS: [(f64, f64); 6] =
    [(1088.0, 456.0), (784.0, 456.0), (1568.0, 636.0), (768.0, 430.0), (390.0, 340.0), (320.0, 300.0)];

const STAR: &str = "\
resync 1
node a redis=2.8 teaching-backlog=256 bgsave-time=100ms
node b redis=2.8 slaveof=\"a 6379\"
node c redis=2.8 slaveof=\"a 6379\"
node d redis=2.8 slaveof=\"a 6379\"
node e redis=2.8 slaveof=\"a 6379\"
node f redis=2.8 slaveof=\"a 6379\"
every 20ms times=50 a> SET key:{n} value
after 10ms
";
const CHAIN: &str = "\
resync 1
node a redis=7.0 repl-diskless-sync-delay=0
node b redis=7.0 replicaof=\"a 6379\"
node c redis=7.0 replicaof=\"b 6379\"
node d redis=7.0 replicaof=\"c 6379\"
every 20ms times=50 a> INCR n
after 10ms
";
const EIGHT: &str = "\
resync 1
node a redis=7.0 repl-diskless-sync-delay=0
node b redis=2.8
node c redis=7.0 replicaof=\"a 6379\"
node d redis=7.0 replicaof=\"a 6379\"
node e redis=2.8 slaveof=\"b 6379\"
node f redis=2.8 slaveof=\"b 6379\"
node g redis=7.0 replicaof=\"c 6379\"
node h redis=7.0
cut a-b
every 30ms times=40 b> INCR n
after 10ms
";

/// A master that was promoted, and a replica on its way from the old one to it.
const MOVING: &str = "\
resync 1
node a redis=2.8
node b redis=2.8 slaveof=\"a 6379\"
node c redis=2.8 slaveof=\"a 6379\"
until b.synced and c.synced
b> SLAVEOF NO ONE
c> SLAVEOF b 6379
";

/// A world in many moments: handshakes, snapshots, transfers, the stream.
fn moments(scenario: &str) -> Vec<WorldView> {
    let scenario = Scenario::parse(scenario).expect("well-formed");
    let mut engine = Engine::of(Replay::new(scenario).finish().expect("short").timeline);
    let look = |_| {
        engine.advance(engine.now() + Span::from_ms(37));
        engine.photograph()
    };
    (0..60).map(look).collect()
}

fn apart(a: Rect, b: Rect) -> bool {
    a.right() <= b.x || b.right() <= a.x || a.bottom() <= b.y || b.bottom() <= a.y
}

/// Everything that must not be covered: cards, and the tools of links.
fn things(view: &WorldView, layout: &Layout) -> Vec<(String, Rect)> {
    let cards = layout.places.iter().map(|place| (place.name.to_string(), place.rect));
    let tools = wires(view, layout);
    let tools = tools.iter().map(|wire| (format!("{}-{}", wire.link.a, wire.link.b), tools_box(wire)));
    cards.chain(tools).collect()
}

#[test]
fn cards_and_the_tools_of_links_stand_apart_in_every_room() {
    for scenario in [STAR, CHAIN, EIGHT, MOVING] {
        for view in moments(scenario) {
            for (width, height) in ROOMS {
                let layout = layout(&view, width, height);
                let things = things(&view, &layout);
                for (i, (name, a)) in things.iter().enumerate() {
                    let inside =
                        a.x >= 0.0 && a.y >= 0.0 && a.right() <= layout.width && a.bottom() <= layout.height;
                    assert!(
                        inside,
                        "{name} {a:?} leaves {} × {} in {width} × {height}",
                        layout.width, layout.height
                    );
                    for (other, b) in &things[i + 1..] {
                        assert!(apart(*a, *b), "{name} {a:?} covers {other} {b:?} in {width} × {height}");
                    }
                }
            }
        }
    }
}

#[test]
fn every_card_shows_data_and_a_laptop_shows_all_of_a_star_without_scrolling() {
    for scenario in [STAR, CHAIN, EIGHT] {
        for view in moments(scenario) {
            let layout = layout(&view, 1088.0, 456.0);
            assert!(layout.places.iter().all(|place| place.shape.rows >= 2));
            let scale = layout.fit();
            let whole = (layout.width * scale, layout.height * scale);
            assert!(whole.0 <= 1088.5 && whole.1 <= 456.5 && scale > 0.7, "{whole:?} at {scale}");
        }
    }
}

#[test]
fn a_phone_shows_all_of_a_star_while_it_buffers_for_five() {
    let (width, height) = (390.0, 418.0);
    for view in moments(STAR) {
        let layout = layout(&view, width, height);
        let scale = layout.fit();
        assert!(layout.height * scale <= height + 0.5 && scale > 0.9, "{} at {scale}", layout.height);
    }
}

#[test]
fn the_places_of_a_world_do_not_depend_on_how_full_its_buffers_are() {
    let mut shapes: Vec<Vec<_>> = moments(STAR)
        .iter()
        .filter(|view| view.nodes[0].view.replicas.len() == 5)
        .map(|view| layout(view, 1088.0, 456.0).places.iter().map(|place| place.shape).collect())
        .collect();
    assert!(shapes.len() > 10);
    shapes.dedup();
    // More keys give more lines; a buffer alone changes nothing.
    assert!(shapes.len() <= 2, "{shapes:?}");
}
