//! Two nodes side by side: whether equal offsets mean equal data for them.

use crate::base::{Offset, ReplId};

use super::NodeId;
use super::process::NodeEntry;
use super::world::World;

/// Two running nodes that both have an offset.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pair {
    pub nodes: [NodeId; 2],
    pub offsets: [Offset; 2],
    pub kinship: Kinship,
    /// Whether they hold the same data; `None`: too many keys to say.
    pub same_data: Option<bool>,
}

/// What the offsets of two nodes have to do with each other.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kinship {
    /// They count the same history.
    Same(ReplId),
    /// Two histories, each with numbers of its own.
    Two([ReplId; 2]),
    /// This node is a replica that takes writes of others: its offset does not count them.
    OwnData(NodeId),
    /// This node does not count its writes now: a master without a backlog, or a replica that has no data yet.
    Uncounted(NodeId),
}

/// With more keys than this the data are not compared.
const KEYS_MAX: u64 = 2_000;

impl World {
    /// All pairs of running nodes that have an offset, oldest first.
    pub fn pairs(&self) -> Vec<Pair> {
        let standing: Vec<Standing> = self.nodes.values().filter_map(|entry| self.standing(entry)).collect();
        let mut pairs = Vec::new();
        for (i, one) in standing.iter().enumerate() {
            pairs.extend(standing[i + 1..].iter().map(|other| one.beside(other)));
        }
        pairs
    }

    fn standing(&self, entry: &NodeEntry) -> Option<Standing> {
        let node = entry.node.as_ref()?;
        let view = node.view(self.now());
        let position = node.position();
        let offset = position.map(|(_, offset)| offset).or(view.offset)?;
        Some(Standing {
            node: entry.id,
            offset,
            history: position.map(|(id, _)| id),
            own_data: view.master.is_some() && !view.read_only,
            digest: (view.keys <= KEYS_MAX).then(|| node.keyspace().digest()),
        })
    }
}

struct Standing {
    node: NodeId,
    offset: Offset,
    /// `None`: its offset does not stand for its data.
    history: Option<ReplId>,
    own_data: bool,
    digest: Option<[u8; 20]>,
}

impl Standing {
    fn beside(&self, other: &Standing) -> Pair {
        let kinship = match (self.history, other.history) {
            (None, _) => Kinship::Uncounted(self.node),
            (_, None) => Kinship::Uncounted(other.node),
            (Some(a), Some(b)) if a != b => Kinship::Two([a, b]),
            _ if self.own_data => Kinship::OwnData(self.node),
            _ if other.own_data => Kinship::OwnData(other.node),
            (Some(id), _) => Kinship::Same(id),
        };
        let same_data = self.digest.zip(other.digest).map(|(a, b)| a == b);
        Pair { nodes: [self.node, other.node], offsets: [self.offset, other.offset], kinship, same_data }
    }
}
