//! Inputs take effect.

use std::rc::Rc;

use bytes::Bytes;

use crate::base::{ByteCount, Rng, Span, Version};
use crate::node::{Boot, Config, Node};
use crate::rdb::RdbReader;

use super::client::{Use, Workload};
use super::event::{LossCause, Typist, WorldEventKind};
use super::input::{
    Input, InputError, LATENCY_MAX, LINE_MAX, NODES_MAX, Name, RDB_INFLATED_MAX, RDB_MAX, WORKLOADS_MAX, Way,
    is_name,
};
use super::link::{Bandwidth, Road, RoadState};
use super::message::ChannelId;
use super::process::{Arrival, NodeEntry};
use super::terminal::{Transcript, WorkloadId};
use super::world::{EPOCH, World};
use super::{NodeId, ProcessState};

/// What a node of a world has unless its options say otherwise. Snapshots and loading take long enough for an eye to
/// follow (a million bytes take another second to snapshot); a world shares the memory of a page, so that no single
/// command may build a string of 512 MB.
const WATCHABLE: [(&str, &str); 4] =
    [("bgsave-time", "300ms"), ("bgsave-rate", "1000000"), ("load-time", "100ms"), ("string-max", "4194304")];

impl World {
    /// Does something at the present moment. A refused input leaves the world as it was.
    pub fn apply(&mut self, input: &Input) -> Result<(), InputError> {
        match input {
            Input::AddNode { name, version, options } => self.add_node(name, *version, options)?,
            Input::RemoveNode { node } => self.remove_node(self.id_of(node)?),
            Input::Link { a, b, latency, bandwidth } => {
                let (a, b) = self.pair(a, b)?;
                let latency = latency.unwrap_or(Road::default().latency);
                self.set_road(a, b, Way::Both, Some(latency), Some(*bandwidth))?;
            }
            Input::Type { node, line } => self.type_line(node, line)?,
            Input::Raw { node, bytes } => {
                let id = self.id_of(node)?;
                let client = self.raw_client(id)?;
                self.client_hands_over(client, bytes.clone());
            }
            Input::Cut { from, to, way } => self.cut(self.pair(from, to)?, *way),
            Input::Heal { from, to, way } => self.heal(self.pair(from, to)?, *way),
            Input::Blackhole { from, to, way } => self.blackhole(self.pair(from, to)?, *way),
            Input::Latency { from, to, way, latency } => {
                let (from, to) = self.pair(from, to)?;
                self.set_road(from, to, *way, Some(*latency), None)?;
            }
            Input::Bandwidth { from, to, way, bandwidth } => {
                let (from, to) = self.pair(from, to)?;
                self.set_road(from, to, *way, None, Some(*bandwidth))?;
            }
            Input::Crash { node } => {
                let id = self.id_of(node)?;
                self.require(id, |entry| entry.is_alive(), InputError::NotRunning)?;
                self.crash(id);
            }
            Input::Restart { node } => self.restart(self.id_of(node)?),
            Input::Load { node, rdb } => self.load(self.id_of(node)?, rdb)?,
            Input::Pause { node } => {
                let id = self.id_of(node)?;
                self.require(id, |entry| entry.state == ProcessState::Running, InputError::NotRunning)?;
                self.pause(id);
            }
            Input::Resume { node } => {
                let id = self.id_of(node)?;
                self.require(id, |entry| entry.state == ProcessState::Paused, InputError::NotPaused)?;
                self.resume(id);
            }
            Input::Configure { node, directive, value } => {
                self.configure(self.id_of(node)?, node, directive, value)?;
            }
            Input::Workload { node, every, line, count } => {
                self.add_workload(self.id_of(node)?, *every, line, *count)?;
            }
            Input::StopWorkload { node } => self.stop_workloads(self.id_of(node)?),
        }
        self.check();
        Ok(())
    }

    fn pair(&self, a: &Name, b: &Name) -> Result<(NodeId, NodeId), InputError> {
        match (self.id_of(a)?, self.id_of(b)?) {
            (a, b) if a == b => Err(InputError::SameNode),
            pair => Ok(pair),
        }
    }

    fn require(
        &self,
        id: NodeId,
        condition: impl Fn(&NodeEntry) -> bool,
        error: impl Fn(Name) -> InputError,
    ) -> Result<(), InputError> {
        match self.nodes.get(&id) {
            Some(entry) if !condition(entry) => Err(error(entry.name.clone())),
            _ => Ok(()),
        }
    }

    // -- nodes ------------------------------------------------------------------------------------------------

    fn add_node(
        &mut self,
        name: &Name,
        version: Version,
        options: &[(String, String)],
    ) -> Result<(), InputError> {
        if !is_name(name) || &**name == "localhost" {
            return Err(InputError::BadName(name.to_string()));
        }
        if self.node_named(name).is_some() {
            return Err(InputError::NameTaken(name.clone()));
        }
        if self.nodes.len() >= NODES_MAX {
            return Err(InputError::TooManyNodes);
        }
        let mut config = Config::new(version);
        for (directive, value) in WATCHABLE {
            set_directive(&mut config, name, directive, value)?;
        }
        for (directive, value) in options {
            set_directive(&mut config, name, directive, value)?;
        }
        let id = NodeId(self.next.node);
        self.next.node += 1;
        let terminal = self.add_client(id, Use::Show(Typist::Terminal));
        let entry = NodeEntry {
            id,
            name: name.clone(),
            version,
            state: ProcessState::Crashed,
            node: None,
            disk: None,
            starts: 0,
            config,
            deadline: None,
            paused_at: self.now,
            kernel: Default::default(),
            peers: Default::default(),
            terminal,
            raw: None,
            transcript: Transcript::default(),
        };
        self.nodes.insert(id, entry);
        self.emit(id, WorldEventKind::NodeAdded { name: name.clone(), version });
        self.start(id);
        Ok(())
    }

    fn remove_node(&mut self, id: NodeId) {
        self.stop_workloads(id);
        self.kill(id, true);
        self.clients.retain(|_, client| client.node != id);
        self.roads.retain(|(from, to), _| *from != id && *to != id);
        if let Some(entry) = self.nodes.remove(&id) {
            self.emit(id, WorldEventKind::NodeRemoved { name: entry.name });
        }
    }

    /// Starts a process that does not run.
    fn start(&mut self, id: NodeId) {
        let now = self.now;
        let Some(entry) = self.nodes.get_mut(&id) else { return };
        entry.starts += 1;
        // Each start has random numbers of its own, so that one node's fate does not change another's.
        let stream = u64::from(id.0) << 32 | entry.starts;
        let boot =
            Boot { seed: Rng::new(self.seed, stream).next_u64(), epoch: EPOCH, dump: entry.disk.clone() };
        let mut node = Node::start(entry.config.clone(), boot, now);
        node.set_tracing(self.log.enabled);
        entry.node = Some(Rc::new(node));
        entry.state = ProcessState::Running;
        self.drain_trace(id);
        self.settle(id);
    }

    fn restart(&mut self, id: NodeId) {
        if self.nodes.get(&id).is_some_and(NodeEntry::is_alive) {
            self.crash(id);
        }
        let dump =
            self.nodes.get(&id).and_then(|entry| entry.disk.as_ref()).map(|rdb| ByteCount::from(rdb.len()));
        self.emit(id, WorldEventKind::Restarted { dump });
        self.start(id);
    }

    fn load(&mut self, id: NodeId, rdb: &Bytes) -> Result<(), InputError> {
        if rdb.len() > RDB_MAX {
            return Err(InputError::RdbTooLarge(rdb.len()));
        }
        let Some(entry) = self.nodes.get_mut(&id) else { return Ok(()) };
        // A server would exit with this error at its start.
        let mut reader = RdbReader::new(rdb, entry.version.profile().rdb_version);
        reader.set_inflated_max(RDB_INFLATED_MAX);
        loop {
            match reader.next() {
                Ok(Some(_)) => {}
                Ok(None) => break,
                Err(error) => {
                    return Err(InputError::BadRdb { node: entry.name.clone(), reason: error.to_string() });
                }
            }
        }
        entry.disk = Some(rdb.clone());
        self.restart(id);
        Ok(())
    }

    fn crash(&mut self, id: NodeId) {
        let Some(entry) = self.nodes.get(&id) else { return };
        let keys = entry.node.as_ref().map_or(0, |node| node.view(self.now).keys);
        let dump = entry.disk.as_ref().map(|rdb| ByteCount::from(rdb.len()));
        self.emit(id, WorldEventKind::Crashed { keys, dump });
        self.kill(id, true);
        if let Some(entry) = self.nodes.get_mut(&id) {
            entry.state = ProcessState::Crashed;
        }
    }

    /// The process has ended by itself.
    pub(super) fn exit(&mut self, id: NodeId) {
        self.drain_trace(id);
        self.kill(id, false);
        if let Some(entry) = self.nodes.get_mut(&id) {
            entry.state = ProcessState::Exited;
        }
        self.emit(id, WorldEventKind::Exited);
    }

    fn kill(&mut self, id: NodeId, reset: bool) {
        self.end_clients(id);
        self.end_connections(id, reset);
        if let Some(entry) = self.nodes.get_mut(&id) {
            entry.node = None;
            entry.deadline = None;
            entry.kernel.clear();
            entry.peers.clear();
        }
    }

    fn pause(&mut self, id: NodeId) {
        if let Some(entry) = self.nodes.get_mut(&id) {
            entry.state = ProcessState::Paused;
            entry.paused_at = self.now;
        }
        self.emit(id, WorldEventKind::Paused);
    }

    fn resume(&mut self, id: NodeId) {
        let now = self.now;
        let Some(entry) = self.nodes.get_mut(&id) else { return };
        entry.state = ProcessState::Running;
        let paused_for = now.since(entry.paused_at);
        let kernel = std::mem::take(&mut entry.kernel);
        let waiting = kernel.iter().map(|arrival| match arrival {
            Arrival::Bytes(_, _, bytes, _) | Arrival::Local(_, bytes) => bytes.len() as u64,
            _ => 0,
        });
        let waiting = ByteCount(waiting.sum());
        self.emit(id, WorldEventKind::Resumed { paused_for, waiting });
        for arrival in kernel {
            let read = match &arrival {
                Arrival::Bytes(channel, side, bytes, _) => Some((*channel, side.other(), bytes.len() as u64)),
                _ => None,
            };
            self.take_in(id, arrival);
            self.settle(id);
            if let Some((channel, sender, bytes)) = read
                && let Some(open) = self.channels.get_mut(&channel)
            {
                Rc::make_mut(open).end_mut(sender).pipe.unread -= bytes;
                self.pump(channel, sender);
            }
        }
        self.settle(id);
        self.pump_all(id);
    }

    /// The windows of a node's connections may have opened while it was paused.
    fn pump_all(&mut self, id: NodeId) {
        let ids: Vec<ChannelId> = self.channels.keys().copied().collect();
        for channel in ids {
            for side in super::channel::Side::BOTH {
                if self.channels.get(&channel).is_some_and(|open| open.end(side).node == id) {
                    self.pump(channel, side);
                }
            }
        }
        self.settle(id);
    }

    fn configure(&mut self, id: NodeId, name: &Name, directive: &str, value: &str) -> Result<(), InputError> {
        let Some(entry) = self.nodes.get_mut(&id) else { return Ok(()) };
        set_directive(&mut entry.config, name, directive, value)?;
        let at_once = match self.with_node(id, |node, now| node.configure(now, directive, value)) {
            Some(result) => result.is_ok(),
            None => false,
        };
        self.settle(id);
        self.emit(
            id,
            WorldEventKind::Configured { directive: directive.into(), value: value.into(), at_once },
        );
        Ok(())
    }

    // -- people and workloads ---------------------------------------------------------------------------------

    fn type_line(&mut self, name: &Name, line: &str) -> Result<(), InputError> {
        let id = self.id_of(name)?;
        if line.len() > LINE_MAX {
            return Err(InputError::LineTooLong);
        }
        if let Some(terminal) = self.nodes.get(&id).map(|entry| entry.terminal) {
            self.client_types(terminal, line);
        }
        Ok(())
    }

    fn raw_client(&mut self, id: NodeId) -> Result<super::client::ClientId, InputError> {
        self.require(id, NodeEntry::is_alive, InputError::NotRunning)?;
        if let Some(raw) = self.nodes.get(&id).and_then(|entry| entry.raw) {
            return Ok(raw);
        }
        let raw = self.add_client(id, Use::Count);
        if let Some(entry) = self.nodes.get_mut(&id) {
            entry.raw = Some(raw);
        }
        Ok(raw)
    }

    /// How many bytes a node's raw client has got back.
    pub fn raw_received(&self, id: NodeId) -> ByteCount {
        let client = self.nodes.get(&id).and_then(|entry| entry.raw).and_then(|raw| self.clients.get(&raw));
        ByteCount(client.map_or(0, |client| client.received))
    }

    fn add_workload(
        &mut self,
        node: NodeId,
        every: Span,
        line: &str,
        count: Option<u64>,
    ) -> Result<(), InputError> {
        if every == Span::ZERO {
            return Err(InputError::NoInterval);
        }
        if line.len() > LINE_MAX {
            return Err(InputError::LineTooLong);
        }
        if self.workloads.len() >= WORKLOADS_MAX {
            return Err(InputError::TooManyWorkloads);
        }
        let id = WorkloadId(self.next.workload);
        self.next.workload += 1;
        let client = self.add_client(node, Use::Show(Typist::Workload { id }));
        let load = Workload {
            id,
            client,
            node,
            every,
            line: line.to_owned(),
            count,
            runs: 0,
            next_at: self.now + every,
        };
        if count != Some(0) {
            self.workloads.insert(id, Rc::new(load));
        }
        self.emit(node, WorldEventKind::WorkloadStarted { id, every, line: line.into(), count });
        Ok(())
    }

    fn stop_workloads(&mut self, node: NodeId) {
        let ended: Vec<(WorkloadId, u64)> = self
            .workloads
            .values()
            .filter(|load| load.node == node)
            .map(|load| (load.id, load.runs))
            .collect();
        for (id, runs) in ended {
            self.workloads.remove(&id);
            self.emit(node, WorldEventKind::WorkloadEnded { id, runs });
        }
    }

    // -- links ------------------------------------------------------------------------------------------------

    fn set_road(
        &mut self,
        from: NodeId,
        to: NodeId,
        way: Way,
        latency: Option<Span>,
        bandwidth: Option<Option<Bandwidth>>,
    ) -> Result<(), InputError> {
        if latency.is_some_and(|latency| latency > LATENCY_MAX) {
            return Err(InputError::LatencyTooLong);
        }
        if bandwidth == Some(Some(Bandwidth(0))) {
            return Err(InputError::NoBandwidth);
        }
        for pair in roads(from, to, way) {
            let road = self.roads.get_or_default(pair);
            road.latency = latency.unwrap_or(road.latency);
            road.bandwidth = bandwidth.unwrap_or(road.bandwidth);
        }
        let Road { latency, bandwidth, .. } = self.road(from, to);
        self.emit(from, WorldEventKind::LinkSet { from, to, way, latency, bandwidth });
        // A wider window may take more.
        self.pump_all(from);
        self.pump_all(to);
        Ok(())
    }

    fn cut(&mut self, (from, to): (NodeId, NodeId), way: Way) {
        for pair in roads(from, to, way) {
            self.roads.get_or_default(pair).state = RoadState::Cut;
        }
        let between: Vec<ChannelId> = self
            .channels
            .values()
            .filter(|channel| channel.joins(from, to))
            .map(|channel| channel.id)
            .collect();
        let under_way = self
            .in_flight()
            .filter(|message| !message.bytes.is_empty() && between.contains(&message.channel));
        let sizes: Vec<u64> = under_way.map(|message| message.bytes.len() as u64).collect();
        let connections = between.len() as u64;
        let (messages, lost) = (sizes.len() as u64, ByteCount(sizes.iter().sum()));
        self.emit(from, WorldEventKind::LinkCut { from, to, way, connections, messages, lost });
        for &id in &between {
            self.lose_pipes(id, LossCause::Cut);
        }
        for id in between {
            self.reset_both(id);
        }
    }

    fn blackhole(&mut self, (from, to): (NodeId, NodeId), way: Way) {
        let mut held = ByteCount(0);
        for (from, to) in roads(from, to, way) {
            self.roads.get_or_default((from, to)).state = RoadState::Blackhole;
            held += ByteCount(self.hold(from, to));
        }
        self.emit(from, WorldEventKind::LinkBlackholed { from, to, way, held });
    }

    fn heal(&mut self, (from, to): (NodeId, NodeId), way: Way) {
        let mut held = ByteCount(0);
        for (from, to) in roads(from, to, way) {
            self.roads.get_or_default((from, to)).state = RoadState::Open;
            held += ByteCount(self.release(from, to));
        }
        self.emit(from, WorldEventKind::LinkHealed { from, to, way, held });
    }
}

/// The roads that are meant.
fn roads(from: NodeId, to: NodeId, way: Way) -> impl Iterator<Item = (NodeId, NodeId)> {
    [(from, to), (to, from)].into_iter().take(if way == Way::Both { 2 } else { 1 })
}

fn set_directive(config: &mut Config, node: &Name, directive: &str, value: &str) -> Result<(), InputError> {
    config
        .set(directive, value)
        .map_err(|error| InputError::Config { node: node.clone(), reason: format!("{directive}: {error}") })
}
