//! Where things stand on the stage.
//!
//! Masters on the left, whoever follows them one column further right, chains further still; on a narrow
//! screen the same from top to bottom. Who is alone waits beside the others. Pure geometry: sizes follow from
//! what a card shows, so that nothing is measured and the same view always stands the same way.

use std::rc::Rc;

use crate::ui::snapshot::{NodeCard, Role, WorldView};

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
        Rect {
            x: mix(self.x, other.x),
            y: mix(self.y, other.y),
            w: mix(self.w, other.w),
            h: mix(self.h, other.h),
        }
    }
}

/// How much a card shows, when room is scarce.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Debug)]
pub enum Density {
    Full,
    Compact,
    Mini,
    /// As on a phone.
    Narrow,
}

impl Density {
    /// Lines of the data table.
    pub fn rows(self) -> usize {
        match self {
            Density::Full => 4,
            Density::Compact => 3,
            Density::Mini => 0,
            Density::Narrow => ROWS_NARROW,
        }
    }
}

/// Where every card stands.
#[derive(Clone, PartialEq, Debug)]
pub struct Layout {
    pub width: f64,
    pub height: f64,
    pub density: Density,
    /// From top to bottom instead of left to right.
    pub narrow: bool,
    pub places: Vec<(Rc<str>, Rect)>,
}

/// Below this width the stage runs from top to bottom.
const NARROW: f64 = 640.0;
/// A card narrower than this has its title in two lines.
pub const SLIM: f64 = 230.0;

impl Layout {
    pub fn place(&self, name: &str) -> Option<Rect> {
        self.places.iter().find(|(of, _)| &**of == name).map(|(_, rect)| *rect)
    }

    /// Between this layout and `to`, at `t` from 0 to 1. Who is new appears in its place.
    pub fn mix(&self, to: &Layout, t: f64) -> Layout {
        let places = to
            .places
            .iter()
            .map(|(name, rect)| {
                let from = self.place(name).unwrap_or(*rect);
                (name.clone(), Rect { h: rect.h, ..from.mix(*rect, t) })
            })
            .collect();
        Layout { places, ..to.clone() }
    }
}

/// The layout of `view` on a stage of `width` × `height`. The result may be higher than the stage, which
/// then scrolls.
pub fn layout(view: &WorldView, width: f64, height: f64) -> Layout {
    let columns = columns(view);
    if width < NARROW { downwards(&columns, width, height) } else { rightwards(&columns, width, height) }
}

type Columns<'a> = Vec<Vec<&'a Rc<NodeCard>>>;

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
    let leads = |card: &NodeCard| {
        card.role() == Role::Master || view.nodes.iter().any(|other| other.master() == Some(&*card.name))
    };
    let anybody_leads = view.nodes.iter().any(|card| leads(card));
    let mut columns: Columns = Vec::new();
    for (i, card) in view.nodes.iter().enumerate() {
        let alone = card.role() != Role::Replica && !leads(card);
        let column = match alone {
            true if !anybody_leads && i == 0 => 0,
            true => 1,
            false => depth(card).min(4),
        };
        if columns.len() <= column {
            columns.resize(column + 1, Vec::new());
        }
        columns[column].push(card);
    }
    columns.retain(|column| !column.is_empty());
    columns
}

/// The heights of a card's parts, as the style sheet has them.
const HEAD: f64 = 46.0;
const HEAD_SLIM: f64 = 40.0;
/// The line with offset and ID of a slim card.
const OFFSET_SLIM: f64 = 34.0;
const ROWS_NARROW: usize = 2;
const STATIONS: f64 = 50.0;
const ROW: f64 = 22.0;
const BODY_PAD: f64 = 16.0;
const FOLLOWERS_HEAD: f64 = 34.0;
const FOLLOWER: f64 = 28.0;
const TILES: f64 = 24.0;
const FOOT: f64 = 8.0;

/// The height of a card of this width.
pub fn card_height(card: &NodeCard, density: Density, width: f64) -> f64 {
    let slim = width < SLIM;
    let mut height = if slim { HEAD_SLIM } else { HEAD };
    let rows = density.rows() as f64 * ROW;
    height += if slim { 8.0 + OFFSET_SLIM + rows } else { BODY_PAD + rows.max(62.0) };
    if !card.is_up() {
        return height + FOOT;
    }
    if card.view.master.is_some() {
        height += STATIONS;
    }
    if !card.view.replicas.is_empty() {
        if density != Density::Narrow {
            height += FOLLOWERS_HEAD;
        }
        for replica in &card.view.replicas {
            height += FOLLOWER + if replica.buffered.is_empty() { 0.0 } else { TILES };
        }
    }
    height + FOOT
}

const MARGIN: f64 = 18.0;
const STACK_GAP: f64 = 22.0;

fn rightwards(columns: &Columns, width: f64, height: f64) -> Layout {
    let count = columns.len().max(1) as f64;
    let card = ((width - 2.0 * MARGIN - 200.0 * (count - 1.0)) / count).clamp(236.0, 336.0);
    let room = height - 2.0 * MARGIN;
    let tall = |column: &Vec<&Rc<NodeCard>>, density| {
        column.iter().map(|c| card_height(c, density, card)).sum::<f64>()
            + STACK_GAP * (column.len() as f64 - 1.0)
    };
    let density = [Density::Full, Density::Compact]
        .into_iter()
        .find(|density| columns.iter().all(|column| tall(column, *density) <= room))
        .unwrap_or(Density::Mini);
    let needed = columns.iter().map(|column| tall(column, density)).fold(room, f64::max);
    // Columns stay together on a wide stage: a link longer than this is only a longer way for the eye.
    let free = (width - 2.0 * MARGIN - count * card).max(0.0);
    let gap = if count > 1.0 { (free / (count - 1.0)).min(420.0) } else { 0.0 };
    let left = (width - count * card - gap * (count - 1.0)) / 2.0;
    let mut places = Vec::new();
    for (i, column) in columns.iter().enumerate() {
        let spare = (needed - tall(column, density)).max(0.0);
        let between = if column.len() > 1 { (spare / (column.len() as f64 + 1.0)).min(56.0) } else { 0.0 };
        let mut y = MARGIN + (spare - between * (column.len() as f64 - 1.0)) * 0.42;
        for node in column {
            let h = card_height(node, density, card);
            let x = left.max(MARGIN) + i as f64 * (card + gap);
            places.push((node.name.clone(), Rect { x, y: y.round(), w: card, h }));
            y += h + STACK_GAP + between;
        }
    }
    Layout {
        width: width.max(2.0 * MARGIN + count * card),
        height: needed + 2.0 * MARGIN,
        density,
        narrow: false,
        places,
    }
}

fn downwards(columns: &Columns, width: f64, height: f64) -> Layout {
    const EDGE: f64 = 10.0;
    const BETWEEN: f64 = 12.0;
    let inner = width - 2.0 * EDGE;
    let density = Density::Narrow;
    let gap = 58.0;
    let mut places = Vec::new();
    let mut y = EDGE;
    for (i, row) in columns.iter().enumerate() {
        for pair in row.chunks(if inner < 300.0 { 1 } else { 2 }) {
            let w = if pair.len() == 1 { inner.min(340.0) } else { (inner - BETWEEN) / 2.0 };
            let whole = w * pair.len() as f64 + BETWEEN * (pair.len() as f64 - 1.0);
            let high = pair.iter().map(|card| card_height(card, density, w)).fold(0.0, f64::max);
            for (k, card) in pair.iter().enumerate() {
                let x = EDGE + (inner - whole) / 2.0 + k as f64 * (w + BETWEEN);
                places.push((card.name.clone(), Rect { x, y, w, h: card_height(card, density, w) }));
            }
            y += high + if i + 1 < columns.len() { gap } else { STACK_GAP };
        }
    }
    Layout { width, height: (y - STACK_GAP + EDGE).max(height), density, narrow: true, places }
}

/// The way of a link: a cubic curve from one card to another.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Curve {
    pub points: [(f64, f64); 4],
}

impl Curve {
    /// The curve between two cards. `lane` tells links that leave the same card apart, 0 being the first.
    pub fn between(a: Rect, b: Rect, lane: usize) -> Curve {
        let lane = lane as f64;
        if b.x >= a.right() + 12.0 {
            return Curve::sideways((a.right(), a.y + 62.0 + lane * 26.0), (b.x, b.y + 26.0));
        }
        if a.x >= b.right() + 12.0 {
            return Curve::sideways((a.x, a.y + 62.0 + lane * 26.0), (b.right(), b.y + 26.0));
        }
        let (ax, bx) = (a.x + a.w / 2.0, b.x + b.w / 2.0);
        let ax = ax + (bx - ax).clamp(-a.w * 0.3, a.w * 0.3);
        if b.y >= a.y {
            Curve::down((ax, a.bottom()), (bx, b.y))
        } else {
            Curve::down((ax, a.y), (bx, b.bottom()))
        }
    }

    fn sideways(from: (f64, f64), to: (f64, f64)) -> Curve {
        let bend = (to.0 - from.0) * 0.5;
        Curve { points: [from, (from.0 + bend, from.1), (to.0 - bend, to.1), to] }
    }

    fn down(from: (f64, f64), to: (f64, f64)) -> Curve {
        let bend = (to.1 - from.1) * 0.5;
        Curve { points: [from, (from.0, from.1 + bend), (to.0, to.1 - bend), to] }
    }

    /// Runs from top to bottom rather than from side to side.
    pub fn is_steep(&self) -> bool {
        self.points[0].0 == self.points[1].0
    }

    /// Leads upwards from side to side: what is beside its end is above it.
    pub fn rises(&self) -> bool {
        !self.is_steep() && self.points[3].1 < self.points[0].1 - 8.0
    }

    /// The point at `t` from 0 to 1.
    pub fn at(&self, t: f64) -> (f64, f64) {
        let u = 1.0 - t;
        let weights = [u * u * u, 3.0 * u * u * t, 3.0 * u * t * t, t * t * t];
        let sum =
            |pick: fn(&(f64, f64)) -> f64| self.points.iter().zip(weights).map(|(p, w)| pick(p) * w).sum();
        (sum(|p| p.0), sum(|p| p.1))
    }

    /// As the `d` of an SVG path.
    pub fn path(&self) -> String {
        let [a, b, c, d] = self.points;
        format!("M{:.1} {:.1}C{:.1} {:.1} {:.1} {:.1} {:.1} {:.1}", a.0, a.1, b.0, b.1, c.0, c.1, d.0, d.1)
    }
}
