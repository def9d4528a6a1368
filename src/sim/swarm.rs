//! The swarm: random worlds that must come to rest.
//!
//! A seed makes a handful of nodes of mixed releases, wires them as masters and replicas, writes, and breaks
//! things: cuts, blackholes, slow links, pauses, crashes, restarts, promotions, re-wiring. All the while every
//! checker is on. Then the faults stop, everything is mended, and each replica must come to have its master's data.
//!
//! A replica never follows a master of a later release: it could not read that release's RDB, and would not come to
//! rest, rightly. Nor does a replica of a 2.6 node lead others: it has no history to give them.

use std::fmt;
use std::rc::Rc;

use crate::base::{Instant, Map, Rng, Span, Version};
use crate::node::link::LinkState;
use crate::node::trace::{Answer, Event};
use crate::node::{Config, Node};

use super::event::{WorldEvent, WorldEventKind};
use super::input::{Input, Name, Way};
use super::invariants::ClaimState;
use super::link::Bandwidth;
use super::world::World;
use super::{NodeEntry, NodeId, ProcessState};

/// How many deeds a random world sees before the faults stop.
const DEEDS: u64 = 60;
/// How long the nodes have to come to rest after the faults.
const REST_MAX: Span = Span::from_secs(300);

/// What a random world came to.
#[derive(Clone, Debug)]
pub struct Outcome {
    pub seed: u64,
    /// Everything that was done, with its time.
    pub inputs: Vec<(Instant, Input)>,
    /// What went wrong, with its numbers.
    pub failure: Option<String>,
    pub tally: Tally,
    /// The digest of the world at its end.
    pub digest: u64,
}

/// What happened in a world, to see that the swarm reaches what it is meant to reach.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Tally {
    pub events: u64,
    pub full: u64,
    pub partial: u64,
    pub old_sync: u64,
    pub applied: u64,
    pub links_lost: u64,
    pub promotions: u64,
    pub crashes: u64,
    /// How often a checker compared something.
    pub checks: u64,
}

impl Tally {
    /// Both together.
    pub fn plus(self, other: Tally) -> Tally {
        Tally {
            events: self.events + other.events,
            full: self.full + other.full,
            partial: self.partial + other.partial,
            old_sync: self.old_sync + other.old_sync,
            applied: self.applied + other.applied,
            links_lost: self.links_lost + other.links_lost,
            promotions: self.promotions + other.promotions,
            crashes: self.crashes + other.crashes,
            checks: self.checks + other.checks,
        }
    }
}

impl Outcome {
    /// The world as scenario text: the nodes, and each deed after its time.
    pub fn scenario(&self) -> String {
        let mut text = format!("resync 1\ntitle Random world {}\n", self.seed);
        let mut now = Instant::ZERO;
        for (at, input) in &self.inputs {
            if *at != now {
                now = *at;
                text.push_str(&format!("at {at}\n"));
            }
            text.push_str(&format!("{input}\n"));
        }
        text
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.failure {
            None => write!(f, "seed {}: all claims hold", self.seed),
            Some(failure) => write!(f, "seed {}: {failure}\n{}", self.seed, self.scenario()),
        }
    }
}

/// Runs the random world of a seed.
pub fn swarm(seed: u64) -> Outcome {
    swarm_watched(seed, &mut |_| {})
}

/// The same, and `watch` sees every event.
pub fn swarm_watched(seed: u64, watch: &mut dyn FnMut(&WorldEvent)) -> Outcome {
    let mut swarm = Swarm {
        world: World::new(seed),
        rng: Rng::new(seed, u64::from_be_bytes(*b"theswarm")),
        inputs: Vec::new(),
        masters: Map::new(),
        names: Vec::new(),
        versions: Map::new(),
        tally: Tally::default(),
        watch,
        writes: 0,
    };
    swarm.world.set_checking(true);
    swarm.set_up();
    let failure = swarm.play().or_else(|| swarm.come_to_rest());
    swarm.gather();
    for claim in swarm.world.claims() {
        if let ClaimState::Holds { checked } = claim.state {
            swarm.tally.checks += checked;
        }
    }
    Outcome { seed, failure, tally: swarm.tally, digest: swarm.world.digest(), inputs: swarm.inputs }
}

struct Swarm<'a> {
    world: World,
    rng: Rng,
    inputs: Vec<(Instant, Input)>,
    /// Who is meant to follow whom.
    masters: Map<Name, Name>,
    names: Vec<Name>,
    versions: Map<Name, Version>,
    tally: Tally,
    watch: &'a mut dyn FnMut(&WorldEvent),
    writes: u64,
}

impl Swarm<'_> {
    // -- the deeds --------------------------------------------------------------------------------------------

    fn set_up(&mut self) {
        let count = 3 + self.rng.below(3) as usize;
        for letter in ["a", "b", "c", "d", "e"].into_iter().take(count) {
            let version = *self.pick(&[
                Version::V2_6,
                Version::V2_8,
                Version::V2_8,
                Version::V2_8,
                Version::V4_0,
                Version::V4_0,
                Version::V7_0,
                Version::V7_0,
                Version::V7_0,
                Version::V7_0,
            ]);
            let name: Name = letter.into();
            let options = self.options(version);
            self.act(Input::AddNode { name: name.clone(), version, options });
            self.versions.insert(name.clone(), version);
            self.names.push(name);
        }
        for name in self.names.clone() {
            if self.rng.chance(3, 4) {
                self.rewire(&name);
            }
        }
        let node = self.any();
        let every = Span::from_ms(50 + self.rng.below(1000));
        self.act(Input::Workload { node, every, line: "APPEND log {n},".into(), count: None });
    }

    /// Random settings, of those that the release knows.
    fn options(&mut self, version: Version) -> Vec<(String, String)> {
        let all = [
            ("repl-timeout", (5 + self.rng.below(10)).to_string(), 3),
            ("repl-ping-slave-period", (1 + self.rng.below(5)).to_string(), 3),
            ("teaching-backlog", (64 + self.rng.below(4000)).to_string(), 1),
            ("repl-diskless-sync", (*self.pick(&["yes", "no"])).to_string(), 2),
            ("repl-diskless-sync-delay", self.rng.below(4).to_string(), 3),
            ("bgsave-time", format!("{}ms", if self.rng.chance(1, 2) { 0 } else { self.rng.below(1500) }), 4),
            ("load-time", format!("{}ms", 1 + self.rng.below(500)), 2),
            ("repl-backlog-ttl", (1 + self.rng.below(20)).to_string(), 1),
        ];
        let mut config = Config::new(version);
        let chosen = all.into_iter().filter(|(directive, value, weight)| {
            self.rng.chance(*weight, 4) && config.set(directive, value).is_ok()
        });
        chosen.map(|(directive, value, _)| (directive.to_string(), value)).collect()
    }

    fn play(&mut self) -> Option<String> {
        for _ in 0..DEEDS {
            let pause = match self.rng.below(4) {
                0 => Span::ZERO,
                1 => Span::from_ms(self.rng.below(50)),
                2 => Span::from_ms(self.rng.below(800)),
                _ => Span::from_ms(self.rng.below(3000)),
            };
            self.world.advance_to(self.world.now() + pause);
            self.deed();
            self.gather();
            if let Some(failure) = self.broken_claim() {
                return Some(failure);
            }
        }
        None
    }

    fn deed(&mut self) {
        let node = self.any();
        let (from, to) = (node.clone(), self.any());
        let way = if self.rng.chance(1, 4) { Way::OneWay } else { Way::Both };
        match self.rng.below(100) {
            0..48 => {
                let node = self.root_of(&node);
                let line = self.write();
                self.act(Input::Type { node, line });
            }
            48..56 => self.act(Input::Cut { from, to, way }),
            56..60 => self.act(Input::Blackhole { from, to, way }),
            60..80 => self.act(Input::Heal { from, to, way: Way::Both }),
            80 => self.act(Input::Crash { node }),
            81 | 82 => self.restart(&node),
            83..85 => self.act(Input::Pause { node }),
            85..90 => self.act(Input::Resume { node }),
            90 => {
                self.masters.remove(&node);
                self.act(Input::Type { node, line: "SLAVEOF NO ONE".into() });
            }
            91..94 => self.rewire(&node),
            94..96 => {
                let latency = Span::from_ms(self.rng.below(200));
                self.act(Input::Latency { from, to, way, latency });
            }
            96..98 => {
                let bandwidth = Some(Bandwidth(20_000 + self.rng.below(1_000_000)));
                self.act(Input::Bandwidth { from, to, way, bandwidth });
            }
            _ => self.act(Input::Type { node, line: "SAVE".into() }),
        }
    }

    /// A random write; all releases know the commands.
    fn write(&mut self) -> String {
        self.writes += 1;
        let (key, n) = (self.rng.below(8), self.writes);
        match self.rng.below(16) {
            0 | 1 => format!("SET k{key} v{n}"),
            2 | 3 => format!("APPEND k{key} x{n}"),
            4 | 5 => format!("INCR n{key}"),
            6 => format!("DEL k{key}"),
            7 => format!("SETEX t{key} {} v{n}", 1 + self.rng.below(8)),
            8 => format!("PEXPIRE k{key} {}", 1 + self.rng.below(5000)),
            9 => format!("SELECT {}", self.rng.below(3)),
            10 => format!("MSET k{key} m{n} n{key} {n}"),
            11 => format!("SET big{key} {}", "0123456789".repeat(self.rng.below(1500) as usize)),
            12 => "MULTI".into(),
            13 => "EXEC".into(),
            14 => format!("RENAME k{key} k{}", self.rng.below(8)),
            _ if self.rng.chance(1, 10) => "FLUSHALL".into(),
            _ => format!("SETRANGE k{key} {} y{n}", self.rng.below(64)),
        }
    }

    /// Makes a node follow another one, if any can be followed.
    fn rewire(&mut self, node: &Name) {
        let leaders: Vec<Name> =
            self.names.iter().filter(|name| self.may_follow(node, name)).cloned().collect();
        if leaders.is_empty() {
            return;
        }
        let master = self.pick(&leaders).clone();
        self.masters.insert(node.clone(), master.clone());
        self.act(Input::Type { node: node.clone(), line: format!("SLAVEOF {master} 6379") });
    }

    /// No circles, and no RDB of a later release, now or by what the node's own replicas are.
    fn may_follow(&self, node: &Name, master: &Name) -> bool {
        let mut above = Some(master);
        while let Some(name) = above {
            if name == node {
                return false;
            }
            above = self.masters.get(name);
        }
        let is_followed = self.masters.values().any(|master| master == node);
        let leads_below_2_6 = self.masters.contains_key(master) || is_followed;
        let numbered = self.versions[&self.root_of(master)] != Version::V2_6;
        self.versions[master] <= self.versions[node] && (numbered || !leads_below_2_6)
    }

    fn restart(&mut self, node: &Name) {
        self.act(Input::Restart { node: node.clone() });
        self.wire_again(node);
    }

    /// A process forgets at its end whom it was told to follow.
    fn wire_again(&mut self, node: &Name) {
        let line = match self.masters.get(node) {
            Some(master) => format!("SLAVEOF {master} 6379"),
            None => "SLAVEOF NO ONE".into(),
        };
        self.act(Input::Type { node: node.clone(), line });
    }

    // -- the end ----------------------------------------------------------------------------------------------

    /// Mends everything and waits until each replica has its master's data.
    fn come_to_rest(&mut self) -> Option<String> {
        self.mend();
        let until = self.world.now() + REST_MAX;
        let mut unrest;
        loop {
            self.world.advance_to(self.world.now() + Span::from_ms(500));
            self.gather();
            if let Some(failure) = self.broken_claim() {
                return Some(failure);
            }
            unrest = self.unrest();
            if unrest.is_none() || self.world.now() >= until {
                break;
            }
        }
        unrest.map(|unrest| format!("{} after the last fault: {unrest}", REST_MAX))
    }

    fn mend(&mut self) {
        for name in self.names.clone() {
            self.act(Input::StopWorkload { node: name.clone() });
            for other in self.names.clone() {
                if name < other {
                    self.act(Input::Link {
                        a: name.clone(),
                        b: other.clone(),
                        latency: Some(Span::from_ms(20)),
                        bandwidth: None,
                    });
                    self.act(Input::Heal { from: name.clone(), to: other, way: Way::Both });
                }
            }
        }
        for name in self.names.clone() {
            match self.world.node_named(&name).map(|entry| entry.state) {
                Some(ProcessState::Paused) => self.act(Input::Resume { node: name }),
                Some(ProcessState::Running) | None => {}
                Some(ProcessState::Crashed | ProcessState::Exited) => self.restart(&name),
            }
        }
        // A node that loads refuses to be told whom to follow.
        while self.names.iter().any(|name| self.is_loading(name)) {
            self.world.advance_to(self.world.now() + Span::from_ms(100));
        }
        for name in self.names.clone() {
            self.act(Input::Type { node: name.clone(), line: "DISCARD".into() });
            self.wire_again(&name);
            if !self.masters.contains_key(&name) {
                self.act(Input::Type { node: name.clone(), line: format!("SET last {name}") });
            }
        }
    }

    fn is_loading(&self, name: &Name) -> bool {
        let node = self.world.node_named(name).and_then(|entry| entry.node.as_ref());
        node.is_some_and(|node| node.view(self.world.now()).is_loading())
    }

    /// What is not at rest, if anything.
    fn unrest(&self) -> Option<String> {
        for (replica, master) in self.masters.iter() {
            let (Some(replica), Some(master)) =
                (self.world.node_named(replica), self.world.node_named(master))
            else {
                return Some("a node is missing".into());
            };
            let (Some(follower), Some(leader)) = (&replica.node, &master.node) else {
                return Some("a process is not running".into());
            };
            let view = follower.view(self.world.now());
            let link = view.master.as_ref().map_or(LinkState::None, |master| master.link);
            if link != LinkState::Connected || self.world.upstream_of(replica.id) != Some(master.id) {
                return Some(format!("{} is {link:?} to {}", replica.name, master.name));
            }
            if follower.keyspace().digest() != leader.keyspace().digest()
                && !self.is_excused(master, follower)
            {
                let (own, theirs) = (view.keys, leader.view(self.world.now()).keys);
                return Some(format!(
                    "{} has {own} keys and other data than {} with {theirs} keys",
                    replica.name, master.name
                ));
            }
        }
        None
    }

    /// Where Redis itself makes no promise: behind a node of before 4.0 that is a replica itself, and in a history
    /// whose numbers 2.8.17 broke, whoever serves it now.
    fn is_excused(&self, master: &NodeEntry, follower: &Node) -> bool {
        let old = !master.version.profile().speaks_psync2();
        let is_broken = follower.position().is_some_and(|(history, _)| !self.world.is_reliable(history));
        is_broken || old && master.node.as_ref().is_some_and(|node| node.is_replica())
    }

    fn broken_claim(&self) -> Option<String> {
        self.world.claims().into_iter().find_map(|claim| match claim.state {
            ClaimState::Broken { at, node, reason } => {
                Some(format!("{:?} is broken at {at} by {}: {reason}", claim.id, self.name_of(node)))
            }
            _ => None,
        })
    }

    // -- helpers ----------------------------------------------------------------------------------------------

    fn name_of(&self, node: NodeId) -> Name {
        self.world.node(node).map_or_else(|| "?".into(), |entry| entry.name.clone())
    }

    /// Does something; a refused deed (a node that is down already, say) is not one.
    fn act(&mut self, input: Input) {
        if self.world.apply(&input).is_ok() {
            self.inputs.push((self.world.now(), input));
        }
    }

    fn any(&mut self) -> Name {
        let names = std::mem::take(&mut self.names);
        let name = self.pick(&names).clone();
        self.names = names;
        name
    }

    fn root_of(&self, node: &Name) -> Name {
        let mut name = node;
        while let Some(master) = self.masters.get(name) {
            name = master;
        }
        name.clone()
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.rng.below(from.len() as u64) as usize]
    }

    fn gather(&mut self) {
        let Swarm { world, tally, watch, .. } = self;
        world.drain_events(|event| {
            watch(&event);
            tally.events += 1;
            let count = match &event.kind {
                WorldEventKind::Node(Event::PsyncAnswered { answer: Answer::FullResync { .. } }) => {
                    &mut tally.full
                }
                WorldEventKind::Node(Event::PsyncAnswered { answer: Answer::Continue { .. } }) => {
                    &mut tally.partial
                }
                WorldEventKind::Node(Event::SyncSent) => &mut tally.old_sync,
                WorldEventKind::Node(Event::Applied { .. }) => &mut tally.applied,
                WorldEventKind::Node(Event::MasterLost { .. }) => &mut tally.links_lost,
                WorldEventKind::Node(Event::Promoted) => &mut tally.promotions,
                WorldEventKind::Crashed { .. } => &mut tally.crashes,
                _ => return,
            };
            *count += 1;
        });
    }
}

/// Many worlds: those that failed, and what was reached in all.
pub fn swarm_many(
    seeds: std::ops::Range<u64>,
    mut report: impl FnMut(&Outcome),
) -> (Vec<Rc<Outcome>>, Tally) {
    let (mut failed, mut tally) = (Vec::new(), Tally::default());
    for seed in seeds {
        let outcome = swarm(seed);
        tally = tally.plus(outcome.tally);
        report(&outcome);
        if outcome.failure.is_some() {
            failed.push(Rc::new(outcome));
        }
    }
    (failed, tally)
}
