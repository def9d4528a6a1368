//! Where things stand on the stage.
//!
//! Masters on the left, whoever follows them one column further right, chains further still; on a narrow
//! screen the same from top to bottom. A master with more replicas than one column can hold stands between
//! them. Who is alone waits beside the others. Pure geometry: sizes follow from what a card shows, so that
//! nothing is measured and the same view always stands the same way.

use std::rc::Rc;

use crate::base::sort_by_key;
use crate::ui::snapshot::{NodeCard, Role, WorldView};
use crate::ui::stage::wires;

/// A rectangle in CSS pixels.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Rect {
    pub x: f64,
    pub y: f64,
    pub w: f64,
    pub h: f64,
}

impl Rect {
    pub fn right(self) -> f64 {
        self.x + self.w
    }

    pub fn bottom(self) -> f64 {
        self.y + self.h
    }

    fn mix(self, other: Rect, t: f64) -> Rect {
        let mix = |a: f64, b: f64| a + (b - a) * t;
        Rect { x: mix(self.x, other.x), y: mix(self.y, other.y), w: mix(self.w, other.w), h: other.h }
    }
}

/// How tightly a card is set.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Density {
    Full,
    /// Stations and counts in one line each.
    Tight,
    /// As on a phone, where two cards may share the width.
    Narrow,
}

/// How much a card shows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Shape {
    pub density: Density,
    /// Lines of the data table.
    pub rows: usize,
}

impl Shape {
    const fn new(density: Density, rows: usize) -> Shape {
        Shape { density, rows }
    }

    /// From roomy to the least that still shows data. The first two are for datasets that need them.
    const WIDE: [Shape; 6] = [
        Shape::new(Density::Full, 8),
        Shape::new(Density::Full, 6),
        Shape::new(Density::Full, 4),
        Shape::new(Density::Full, 3),
        Shape::new(Density::Tight, 3),
        Shape::new(Density::Tight, 2),
    ];
    const LEAST: Shape = Shape::WIDE[Shape::WIDE.len() - 1];
    /// On a phone: the second where the first does not fit. It shows what changed last.
    const PHONE: [Shape; 2] = [Shape::new(Density::Narrow, 2), Shape::new(Density::Narrow, 1)];
}

/// Where a card stands.
#[derive(Clone, PartialEq, Debug)]
pub struct Place {
    pub name: Rc<str>,
    pub rect: Rect,
    pub shape: Shape,
}

/// Where every card stands.
#[derive(Clone, PartialEq, Debug)]
pub struct Layout {
    pub width: f64,
    pub height: f64,
    /// The size of the stage that it was made for.
    pub room: (f64, f64),
    /// From top to bottom instead of left to right.
    pub narrow: bool,
    pub places: Vec<Place>,
}

/// Below this width the stage runs from top to bottom.
pub const NARROW: f64 = 640.0;
/// A card narrower than this has its title in two lines.
pub const SLIM: f64 = 230.0;
/// A card narrower than this, of which three stand side by side on a phone, has no room for words in its title.
pub const MINI: f64 = 140.0;
/// A card narrower than this, of which four or five stand side by side on a phone, shows who it is and how far it is, no data.
pub const MICRO: f64 = 100.0;
/// From so many replicas on, a master on a phone tells of two of them in a line, with its buffered writes as bare tiles.
pub const CROWD: usize = 4;
/// A card narrower than this has a short title.
pub const LEAN: f64 = 300.0;
/// Shrunk further than this, text could not be read: the stage scrolls instead.
const FIT_LEAST: f64 = 0.6;

impl Layout {
    pub fn place(&self, name: &str) -> Option<&Place> {
        self.places.iter().find(|place| &*place.name == name)
    }

    pub fn rect(&self, name: &str) -> Option<Rect> {
        self.place(name).map(|place| place.rect)
    }

    /// The scale at which all of it is in sight, never enlarged.
    pub fn fit(&self) -> f64 {
        let (width, height) = self.room;
        let fit =
            if self.narrow { width / self.width } else { (width / self.width).min(height / self.height) };
        fit.clamp(FIT_LEAST, 1.0)
    }

    /// Between this layout and `to`, at `t` from 0 to 1. Who is new appears in its place.
    pub fn mix(&self, to: &Layout, t: f64) -> Layout {
        let on_the_way = |place: &Place| {
            let from = self.rect(&place.name).unwrap_or(place.rect);
            Place { rect: from.mix(place.rect, t), ..place.clone() }
        };
        let mix = |a: f64, b: f64| a + (b - a) * t;
        Layout {
            width: mix(self.width, to.width),
            height: mix(self.height, to.height),
            places: to.places.iter().map(on_the_way).collect(),
            ..to.clone()
        }
    }
}

/// The layout of `view` on a stage of `width` × `height`. The result may be larger than the stage, which then
/// is drawn smaller, or scrolls.
pub fn layout(view: &WorldView, width: f64, height: f64) -> Layout {
    let columns = columns(view);
    if width < NARROW {
        return downwards(view, &columns, width, height);
    }
    let columns = both_sides(columns, width, height);
    rightwards(&columns, width, height)
}

type Column<'a> = Vec<&'a Rc<NodeCard>>;
type Columns<'a> = Vec<Column<'a>>;

/// The nodes by their distance from the master at the head of their chain.
fn columns(view: &WorldView) -> Columns<'_> {
    let depth = |card: &NodeCard| {
        let mut depth = 0;
        let mut at = card.master();
        while let Some(master) = at.filter(|_| depth < view.nodes.len()) {
            depth += 1;
            at = view.node(master).and_then(|card| card.master());
        }
        depth
    };
    let (bound, mut alone): (Column, Column) = view.nodes.iter().partition(|card| card.role() != Role::Alone);
    let mut columns: Columns = Vec::new();
    for card in bound {
        let column = depth(card).min(4);
        if columns.len() <= column {
            columns.resize(column + 1, Vec::new());
        }
        columns[column].push(card);
    }
    columns.retain(|column| !column.is_empty());
    // Replicas in the order of their masters, so that links do not cross.
    for i in 1..columns.len() {
        let (before, rest) = columns.split_at_mut(i);
        let rank = |card: &&Rc<NodeCard>| {
            before[i - 1].iter().position(|master| Some(&*master.name) == card.master())
        };
        sort_by_key(&mut rest[0], |card| rank(card).unwrap_or(usize::MAX));
    }
    if columns.is_empty() && !alone.is_empty() {
        columns.push(vec![alone.remove(0)]);
    }
    if columns.len() == 1 && !alone.is_empty() {
        columns.push(Vec::new());
    }
    // Who is alone waits where there is most room.
    for card in alone {
        let column = columns[1..].iter_mut().rev().min_by_key(|column| column.len());
        column.expect("there are two columns").push(card);
    }
    columns
}

/// One master with more replicas than fit below each other takes them on both sides.
fn both_sides(columns: Columns, width: f64, height: f64) -> Columns {
    let [head, replicas] = &columns[..] else { return columns };
    let room = height - 2.0 * MARGIN;
    let needs = 3.0 * CARD_LEAST + 2.0 * GAP_LEAST + LEFT + RIGHT;
    let fits = tall(replicas, Shape::LEAST, CARD_LEAST) <= room;
    if head.len() != 1 || replicas.len() < 3 || fits || width < needs {
        return columns;
    }
    let (left, right) = replicas.split_at(replicas.len() / 2);
    vec![left.to_vec(), head.clone(), right.to_vec()]
}

/// The heights of a card's parts, as the style sheet has them.
struct Parts {
    head: f64,
    stations: f64,
    pad: f64,
    row: f64,
    body_least: f64,
    snapshot: f64,
    followers_head: f64,
    follower: f64,
    tiles: f64,
    foot: f64,
}

const FULL: Parts = Parts {
    head: 46.0,
    stations: 50.0,
    pad: 16.0,
    row: 22.0,
    body_least: 62.0,
    snapshot: 0.0,
    followers_head: 34.0,
    follower: 28.0,
    tiles: 24.0,
    foot: 8.0,
};
const TIGHT: Parts = Parts {
    head: 38.0,
    stations: 27.0,
    pad: 10.0,
    row: 20.0,
    body_least: 40.0,
    snapshot: 24.0,
    followers_head: 1.0,
    follower: 24.0,
    tiles: 24.0,
    foot: 5.0,
};
/// On a phone: the offset has a line of its own when two cards share the width.
const SLIM_OFFSET: f64 = 34.0;
const PHONE: Parts = Parts { head: 40.0, pad: 8.0, ..TIGHT };
/// The offset alone.
const ONE_LINE: f64 = 22.0;
/// Of the narrowest: the tag stands below the title, nothing beside the stations and the offset.
const SPARE: Parts = Parts {
    head: 58.0,
    stations: 18.0,
    pad: 8.0,
    row: 0.0,
    body_least: 18.0,
    snapshot: 18.0,
    followers_head: 1.0,
    follower: 18.0,
    tiles: 0.0,
    foot: 4.0,
};

impl Density {
    fn parts(self, width: f64) -> &'static Parts {
        match self {
            Density::Full => &FULL,
            Density::Tight => &TIGHT,
            Density::Narrow if width < MICRO => &SPARE,
            Density::Narrow => &PHONE,
        }
    }
}

/// Whether a card tells of its replicas two in a line.
pub fn is_crowded(card: &NodeCard, shape: Shape, width: f64) -> bool {
    shape.density == Density::Narrow && width >= SLIM && card.view.replicas.len() >= CROWD
}

/// The height of a card of this width.
pub fn card_height(card: &NodeCard, shape: Shape, width: f64) -> f64 {
    let tiles = card.view.replicas.iter().filter(|replica| !replica.buffered.is_empty()).count();
    height(card, shape, width, tiles, card.view.snapshot.is_some())
}

/// The height that a card has while it makes a snapshot and buffers writes: what is chosen for it must hold then too.
fn height_at_most(card: &NodeCard, shape: Shape, width: f64) -> f64 {
    height(card, shape, width, card.view.replicas.len().min(2), !card.view.replicas.is_empty())
}

fn height(card: &NodeCard, shape: Shape, width: f64, tiles: usize, snapshot: bool) -> f64 {
    let parts = shape.density.parts(width);
    let data = shape.rows as f64 * parts.row;
    // A single line of data has the offset beside it, and nothing below that.
    let least = if shape.rows == 1 { parts.body_least.min(ONE_LINE) } else { parts.body_least };
    let body = if (MICRO..SLIM).contains(&width) { SLIM_OFFSET + data } else { data.max(least) };
    let mut height = parts.head + parts.pad + body + parts.foot;
    if !card.is_up() {
        return height;
    }
    if card.view.master.is_some() {
        height += parts.stations;
    }
    let replicas = card.view.replicas.len();
    let (replicas, tiles) =
        if is_crowded(card, shape, width) { (replicas.div_ceil(2), 0) } else { (replicas, tiles) };
    if replicas > 0 || snapshot {
        height += parts.followers_head + replicas as f64 * parts.follower + tiles as f64 * parts.tiles;
        height += if snapshot { parts.snapshot } else { 0.0 };
    }
    height
}

fn tall(column: &Column, shape: Shape, width: f64) -> f64 {
    let gaps = STACK_GAP * (column.len() as f64 - 1.0);
    column.iter().map(|card| height_at_most(card, shape, width)).sum::<f64>() + gaps
}

const MARGIN: f64 = 16.0;
const LEFT: f64 = 18.0;
/// On the right stand the buttons of the zoom.
const RIGHT: f64 = 44.0;
const STACK_GAP: f64 = 18.0;
const CARD_LEAST: f64 = 234.0;
const CARD_MOST: f64 = 336.0;
/// Room between columns: for a capsule and the tools of the link, and as much as one likes to have.
const GAP_LEAST: f64 = 162.0;
const GAP_LIKED: f64 = 210.0;
const GAP_MOST: f64 = 420.0;

fn rightwards(columns: &Columns, width: f64, height: f64) -> Layout {
    let count = columns.len().max(1) as f64;
    let gaps = count - 1.0;
    let inner = width - LEFT - RIGHT;
    let card = ((inner - GAP_LIKED * gaps) / count).clamp(CARD_LEAST, CARD_MOST);
    let natural = width.max(count * card + gaps * GAP_LEAST + LEFT + RIGHT);
    // What is too wide is drawn smaller, so that more of it fits in height; and the other way round.
    let room = height * natural / width - 2.0 * MARGIN;
    let shapes = shapes(columns, room, card);
    let sum = |column: &Column, shape| {
        let heights = column.iter().map(|node| card_height(node, shape, card)).sum::<f64>();
        heights + STACK_GAP * (column.len() as f64 - 1.0)
    };
    let needed = columns.iter().zip(&shapes).map(|(column, shape)| sum(column, *shape)).fold(room, f64::max);
    let natural = natural.max(width * ((needed + 2.0 * MARGIN) / height).min(1.0 / FIT_LEAST));
    // Columns stay together on a wide stage: a link longer than this is only a longer way for the eye.
    let free = natural - LEFT - RIGHT - count * card;
    let gap = if gaps > 0.0 { (free / gaps).min(GAP_MOST) } else { 0.0 };
    let left = LEFT + (free - gaps * gap) / 2.0;
    let mut places = Vec::new();
    for (i, (column, shape)) in columns.iter().zip(&shapes).enumerate() {
        let spare = (needed - sum(column, *shape)).max(0.0);
        let between = if column.len() > 1 { (spare / (column.len() as f64 + 1.0)).min(56.0) } else { 0.0 };
        let mut y = MARGIN + (spare - between * (column.len() as f64 - 1.0)) * 0.42;
        for node in column {
            let rect = Rect {
                x: (left + i as f64 * (card + gap)).round(),
                y: y.round(),
                w: card.floor(),
                h: card_height(node, *shape, card),
            };
            y += rect.h + STACK_GAP + between;
            places.push(Place { name: node.name.clone(), rect, shape: *shape });
        }
    }
    Layout { width: natural, height: needed + 2.0 * MARGIN, room: (width, height), narrow: false, places }
}

/// The roomiest shape for each column; all show as many rows, so that equal data look equal.
fn shapes(columns: &Columns, room: f64, width: f64) -> Vec<Shape> {
    let keys = columns.iter().flatten().map(|card| card.rows.len()).max().unwrap_or(0);
    let useful = Shape::WIDE.iter().skip(if keys > 6 {
        0
    } else if keys > 4 {
        1
    } else {
        2
    });
    let roomiest = |column: &Column| {
        useful.clone().copied().find(|shape| tall(column, *shape, width) <= room).unwrap_or(Shape::LEAST)
    };
    let shapes: Vec<Shape> = columns.iter().map(roomiest).collect();
    let rows = shapes.iter().map(|shape| shape.rows).min().unwrap_or(0);
    shapes.into_iter().map(|shape| Shape { rows, ..shape }).collect()
}

/// Drawn smaller than this, what is touched with a thumb would be too small.
const SHRUNK_LEAST: f64 = 0.93;

/// As [`downwards_in`], with less on each card and drawn a little smaller where that brings all of it into sight.
fn downwards(view: &WorldView, columns: &Columns, width: f64, height: f64) -> Layout {
    let place = |shape, width, height| downwards_in(view, columns, shape, width, height);
    let [roomy, terse] = Shape::PHONE;
    let fits = place(roomy, width, height).height * SHRUNK_LEAST <= height;
    let shape = if fits { roomy } else { terse };
    let placed = place(shape, width, height);
    let fit = (height / placed.height).clamp(SHRUNK_LEAST, 1.0);
    if fit == 1.0 {
        return placed;
    }
    Layout { room: (width, height), ..place(shape, width / fit, height / fit) }
}

fn downwards_in(view: &WorldView, columns: &Columns, shape: Shape, width: f64, height: f64) -> Layout {
    const EDGE: f64 = 10.0;
    const BETWEEN: f64 = 12.0;
    const CLOSE: f64 = 6.0;
    /// From a row to the one that follows it: a link with its tools.
    const LINKED: f64 = 50.0;
    /// From one row of replicas to the next, with room for the tools of its links.
    const BELOW: f64 = 38.0;
    /// Below two that stand side by side a link between them swings out.
    const SWING: f64 = 48.0;
    /// The buttons of the zoom stand at the foot, on no card if there is room.
    const ZOOM: f64 = 32.0;
    /// Where there is room, links are so much longer: what travels on them is seen better.
    const LONGER: f64 = 64.0;
    let inner = width - 2.0 * EDGE;
    let abreast = |row: &Column| match row.len() {
        4 | 5 if inner >= 360.0 => row.len(),
        3 | 6.. if inner >= 360.0 => 3,
        _ if inner < 300.0 => 1,
        _ => 2,
    };
    let rows: Vec<(&[&Rc<NodeCard>], bool)> = columns
        .iter()
        .flat_map(|row| row.chunks(abreast(row)).enumerate().map(|(i, cards)| (cards, i == 0)))
        .collect();
    let between = |cards: &[&Rc<NodeCard>]| if cards.len() >= 4 { CLOSE } else { BETWEEN };
    let wide = |cards: &[&Rc<NodeCard>]| match cards.len() as f64 {
        1.0 => inner.min(372.0),
        count => (inner - between(cards) * (count - 1.0)) / count,
    };
    let high = |cards: &[&Rc<NodeCard>]| {
        cards.iter().map(|card| card_height(card, shape, wide(cards))).fold(0.0, f64::max)
    };
    // A link between two of a row swings out below it.
    let drawn = wires::drawn(view);
    let swings = |cards: &[&Rc<NodeCard>]| {
        let among = |name: &str| cards.iter().any(|card| *card.name == *name);
        drawn.iter().any(|link| among(&link.a) && among(&link.b))
    };
    // From a row to the one before it.
    let gap = |i: usize| match (i.checked_sub(1), rows[i].1) {
        (None, _) => 0.0,
        (Some(before), first) => {
            let room = if swings(rows[before].0) { BELOW } else { 0.0 };
            room + if first { LINKED } else { BELOW }
        }
    };
    let foot = if rows.last().is_some_and(|(cards, _)| swings(cards)) { SWING } else { EDGE };
    let needed =
        EDGE + rows.iter().enumerate().map(|(i, (cards, _))| gap(i) + high(cards)).sum::<f64>() + foot;
    let linked = rows.iter().skip(1).filter(|(_, first)| *first).count() as f64;
    let longer = if linked > 0.0 { ((height - needed - ZOOM) / linked).clamp(0.0, LONGER) } else { 0.0 };
    let mut places = Vec::new();
    let mut y = EDGE;
    for (i, (cards, first)) in rows.iter().enumerate() {
        y += gap(i) + if i > 0 && *first { longer } else { 0.0 };
        let (count, w) = (cards.len() as f64, wide(cards));
        let left = EDGE + (inner - w * count - between(cards) * (count - 1.0)) / 2.0;
        for (k, card) in cards.iter().enumerate() {
            let x = left + k as f64 * (w + between(cards));
            let rect = Rect { x, y, w, h: card_height(card, shape, w) };
            places.push(Place { name: card.name.clone(), rect, shape });
        }
        y += high(cards);
    }
    let whole = (needed + longer * linked).max(height);
    Layout { width, height: whole, room: (width, height), narrow: true, places }
}
