//! The engine behind the page: a timeline, and the deeds of the page as inputs to it.

use std::cell::RefCell;
use std::rc::Rc;

use super::act::{BreakDeed, LinkDeed, NodeDeed};
use super::photo;
use crate::base::{Instant, Span, Version};
use crate::narrate::{Arg, Locale, Template, Told, tell, waiting_for};
use crate::scenario::condition::Test;
use crate::scenario::{Moment, Scenario, events};
use crate::sim::{
    Bandwidth, Claim, Input, LATENCY_DEFAULT, NodeEntry, NodeId, TranscriptLine, Typist, Way, WorldEvent,
    WorldEventKind,
};
use crate::timeline::{Acted, Audit, BranchId, Breakpoint, Replay, Row, Stop, Timeline};
use crate::ui::snapshot::{DecisionCard, WorldView};
use crate::ui::words::{Say, Word};

/// What the page opens with: a master on which a scripted write repeats, a replica in sync, a node alone.
const FIRST_VISIT: &str = "\
resync 1
title First visit
node a redis=2.8 bgsave-time=240ms
node b redis=2.8 bgsave-time=240ms slaveof=\"a 6379\"
node c redis=2.8 bgsave-time=240ms
a> SET city Oslo
a> SET name redis
until b.synced
every 500ms a> INCR visits
";

/// The options that a node gets which is added on the page.
fn watchable() -> Vec<(String, String)> {
    vec![("bgsave-time".into(), "240ms".into())]
}

/// What a slowed link is like.
const SLOW: (Span, Bandwidth) = (Span::from_ms(200), Bandwidth(8_000));

/// What is waited for in a quiet span, in any language.
#[derive(Clone, PartialEq, Debug)]
pub struct Wait(Option<Arg>);

impl Wait {
    pub fn words(&self, l: Locale) -> String {
        match &self.0 {
            Some(arg) => Template::new("{what}", "{what}").fill(l, &[("what", arg.clone())]).to_text(),
            None => l.t(Word::WaitInput).to_owned(),
        }
    }
}

/// Where a breakpoint stopped play.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Halt {
    /// Its condition, as it was set.
    pub condition: Rc<str>,
    /// The node at which it came true.
    pub node: Option<Rc<str>>,
}

/// How the claims stand.
pub struct Audited {
    /// Whether everything up to the moment has been checked; if not, how far it is.
    pub done: bool,
    pub at: Instant,
    pub claims: Vec<Claim>,
}

/// An event as a list shows it.
pub struct Entry {
    pub seq: u64,
    pub at: Instant,
    pub told: Told,
    pub milestone: bool,
}

pub struct Engine {
    pub timeline: Timeline,
    /// The quiet span found for this many visible events, so that it is looked for once.
    quiet: RefCell<Option<QuietSpan>>,
    /// Where the last advance was stopped by a breakpoint.
    pub halt: Option<Halt>,
    /// Who checks the claims, once somebody has asked.
    audit: RefCell<Option<Audit>>,
}

/// The engine, compared by identity.
#[derive(Clone)]
pub struct EngineRef(pub Rc<RefCell<Engine>>);

impl PartialEq for EngineRef {
    fn eq(&self, other: &EngineRef) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

type QuietSpan = (usize, Option<(Instant, Wait)>);

impl Engine {
    /// The world of a first visit, already under way.
    pub fn first_visit() -> Engine {
        Engine::of(Engine::to_first_visit().finish().expect("the built-in scenario is short").timeline)
    }

    /// The way to the world of a first visit.
    pub fn to_first_visit() -> Replay {
        Replay::new(Scenario::parse(FIRST_VISIT).expect("the built-in scenario is well-formed"))
    }

    pub fn of(timeline: Timeline) -> Engine {
        Engine { timeline, quiet: RefCell::new(None), halt: None, audit: RefCell::new(None) }
    }

    pub fn now(&self) -> Instant {
        self.timeline.now()
    }

    pub fn names(&self) -> Vec<Rc<str>> {
        photo::entries(&self.timeline).into_iter().map(|entry| entry.name.clone()).collect()
    }

    pub fn photograph(&self) -> WorldView {
        photo::photograph(&self.timeline)
    }

    // -- time -------------------------------------------------------------------------------------------------

    /// Lets time pass; also says whether anything happened, and whether a breakpoint stopped it.
    pub fn advance(&mut self, to: Instant) -> bool {
        if to <= self.now() {
            return false;
        }
        let before = (self.timeline.visible(), self.timeline.moment().inputs);
        let stop = self.timeline.play_to(to);
        self.halt = match stop {
            Stop::Reached => None,
            Stop::Breakpoint(id) => self
                .timeline
                .breakpoints()
                .iter()
                .find(|known| known.id == id)
                .map(|known| self.halted(known)),
        };
        (self.timeline.visible(), self.timeline.moment().inputs) != before || stop != Stop::Reached
    }

    fn halted(&self, breakpoint: &Breakpoint) -> Halt {
        let at = self.now();
        let test = breakpoint.condition.all.first();
        let log = self.timeline.events();
        let here = log.window(at, at);
        let node = match test {
            Some(Test::Event { node: Some(node), .. } | Test::SameData { a: node, .. }) => Some(node.clone()),
            Some(Test::Event { kind, .. }) => {
                let end = here.end.min(self.timeline.visible());
                let happened = log.iter(here.start..end).map(|(_, event)| event);
                let is = |event: &&WorldEvent| events::is(kind, self.timeline.world(), event);
                happened.filter(is).find_map(|event| event.node).map(|id| self.name(id))
            }
            Some(Test::Compare { left: term, .. } | Test::Holds(term)) => Some(term.node.clone()),
            None => None,
        };
        Halt { condition: breakpoint.condition.to_string().into(), node }
    }

    pub fn set_break(&mut self, deed: BreakDeed) -> Result<(), String> {
        match deed {
            BreakDeed::Set(text) => {
                let condition = self.timeline.condition(&text).map_err(|error| error.to_string())?;
                self.timeline.set_breakpoint(condition);
            }
            BreakDeed::Enable(id, on) => self.timeline.enable_breakpoint(id, on),
            BreakDeed::Remove(id) => self.timeline.remove_breakpoint(id),
        }
        Ok(())
    }

    /// Until when nothing happens, and what is waited for.
    pub fn quiet_until(&self) -> Option<(Instant, Wait)> {
        let seen = self.timeline.visible();
        let mut cache = self.quiet.borrow_mut();
        if let Some((at, span)) = &*cache
            && *at == seen
            && span.as_ref().is_none_or(|(until, _)| *until > self.now())
        {
            return span.clone();
        }
        let span = self.timeline.quiet().and_then(|quiet| {
            let wait = Wait(quiet.why.as_ref().map(|why| waiting_for(why, &|id| self.name(id))));
            Some((quiet.until?, wait))
        });
        // While something is under way the answer changes without an event.
        *cache = span.is_some().then(|| (seen, span.clone()));
        span
    }

    pub fn step(&mut self, routine: bool) {
        self.timeline.step_event(routine);
    }

    pub fn milestone(&mut self) {
        self.timeline.step_milestone();
    }

    pub fn step_back(&mut self, routine: bool) {
        self.timeline.back_event(routine);
    }

    pub fn milestone_back(&mut self) {
        self.timeline.back_milestone();
    }

    /// Goes to a time; beyond the recording, time passes.
    pub fn seek(&mut self, to: Instant) {
        if to > self.timeline.end().at {
            self.timeline.seek_end();
            self.timeline.run_to(to);
        } else {
            self.timeline.seek_time(to);
        }
    }

    /// Goes to a moment of the recording.
    pub fn seek_to(&mut self, to: Moment) {
        self.timeline.seek(to);
    }

    pub fn switch(&mut self, branch: BranchId) {
        *self.quiet.borrow_mut() = None;
        self.timeline.switch(branch);
    }

    /// Goes over to the branch that is `by` further on in the list, around its end.
    pub fn switch_by(&mut self, by: i32) {
        let branches = self.timeline.branches();
        let here = branches.iter().position(|branch| branch.current).unwrap_or(0) as i32;
        self.switch(branches[(here + by).rem_euclid(branches.len() as i32) as usize].id);
    }

    // -- deeds ------------------------------------------------------------------------------------------------

    fn act(&mut self, input: Input) -> Result<Acted, String> {
        *self.quiet.borrow_mut() = None;
        self.timeline.act(&input).map_err(|error| error.to_string())
    }

    fn all(&mut self, inputs: Vec<Input>) -> Result<Acted, String> {
        let mut outcome = Acted::Nothing;
        for input in inputs {
            let acted = self.act(input)?;
            if !matches!(outcome, Acted::Forked(_)) {
                outcome = acted;
            }
        }
        Ok(outcome)
    }

    /// Puts an RDB file on a node's disk and restarts it.
    pub fn load(&mut self, node: &Rc<str>, rdb: Vec<u8>) -> Result<Acted, String> {
        self.act(Input::Load { node: node.clone(), rdb: rdb.into() })
    }

    pub fn line(&mut self, node: &Rc<str>, line: &str) -> Result<Acted, String> {
        self.act(Input::Type { node: node.clone(), line: line.to_owned() })
    }

    pub fn link(&mut self, a: &Rc<str>, b: &Rc<str>, deed: LinkDeed) -> Result<Acted, String> {
        let (from, to, way) = (a.clone(), b.clone(), Way::Both);
        let speed = |latency, bandwidth| {
            let (from, to) = (a.clone(), b.clone());
            vec![
                Input::Latency { from: from.clone(), to: to.clone(), way, latency },
                Input::Bandwidth { from, to, way, bandwidth },
            ]
        };
        match deed {
            LinkDeed::Cut => self.act(Input::Cut { from, to, way }),
            LinkDeed::Heal => self.act(Input::Heal { from, to, way }),
            LinkDeed::Blackhole => self.act(Input::Blackhole { from, to, way }),
            LinkDeed::CutOneWay(forth) => {
                let (from, to) = if forth { (from, to) } else { (to, from) };
                self.act(Input::Cut { from, to, way: Way::OneWay })
            }
            LinkDeed::BlackholeOneWay(forth) => {
                let (from, to) = if forth { (from, to) } else { (to, from) };
                self.act(Input::Blackhole { from, to, way: Way::OneWay })
            }
            LinkDeed::Latency(latency) => self.act(Input::Latency { from, to, way, latency }),
            LinkDeed::Bandwidth(bits) => {
                self.act(Input::Bandwidth { from, to, way, bandwidth: bits.map(Bandwidth) })
            }
            LinkDeed::Slow => self.all(speed(SLOW.0, Some(SLOW.1))),
            LinkDeed::Normal => self.all(speed(LATENCY_DEFAULT, None)),
        }
    }

    pub fn node(&mut self, name: &Rc<str>, deed: NodeDeed) -> Result<Acted, String> {
        let node = name.clone();
        match deed {
            NodeDeed::Crash => self.act(Input::Crash { node }),
            NodeDeed::Restart => self.act(Input::Restart { node }),
            NodeDeed::Pause => self.act(Input::Pause { node }),
            NodeDeed::Resume => self.act(Input::Resume { node }),
            NodeDeed::Remove => self.act(Input::RemoveNode { node }),
            NodeDeed::BacklogSize(bytes) => self.act(Input::Configure {
                node,
                directive: "repl-backlog-size".into(),
                value: bytes.to_string(),
            }),
            NodeDeed::Snapshot(takes) => {
                self.act(Input::Configure { node, directive: "bgsave-time".into(), value: takes.to_string() })
            }
            NodeDeed::Backlog(size) => {
                let value = size.unwrap_or(0).to_string();
                let set =
                    Input::Configure { node: node.clone(), directive: "teaching-backlog".into(), value };
                // A restart for a new value is no crash: what it holds is still there afterwards.
                let save = Input::Type { node: node.clone(), line: "SAVE".into() };
                self.all(vec![set, save, Input::Restart { node }])
            }
            NodeDeed::Version(version) => self.all(self.reborn(name, version)),
        }
    }

    /// Another release in a node's place: same name, same master, same workloads; its data are gone.
    fn reborn(&self, name: &Rc<str>, version: Version) -> Vec<Input> {
        let mut options = watchable();
        if let Some((host, port)) = self.entry(name).and_then(|entry| master_of(entry, self.now())) {
            options.push(("slaveof".into(), format!("{host} {port}")));
        }
        let mut inputs = vec![
            Input::RemoveNode { node: name.clone() },
            Input::AddNode { name: name.clone(), version, options },
        ];
        inputs.extend(self.workloads(name));
        inputs
    }

    /// The workloads of a node that still run.
    fn workloads(&self, name: &Rc<str>) -> Vec<Input> {
        let mut running = Vec::new();
        let until = self.timeline.moment().inputs as usize;
        for recorded in self.timeline.inputs().take(until) {
            match &*recorded.input {
                input @ Input::Workload { node, .. } if node == name => running.push(input.clone()),
                Input::StopWorkload { node } | Input::RemoveNode { node } if node == name => running.clear(),
                _ => {}
            }
        }
        running
    }

    pub fn add_node(&mut self, version: Version) -> Result<Acted, String> {
        let taken = self.names();
        let free = ('a'..='z').map(|c| Rc::from(c.to_string())).find(|name| !taken.contains(name));
        let name = free.unwrap_or_else(|| Rc::from(format!("n{}", taken.len() + 1)));
        self.act(Input::AddNode { name, version, options: watchable() })
    }

    // -- what was told ----------------------------------------------------------------------------------------

    fn entry(&self, name: &str) -> Option<&NodeEntry> {
        self.timeline.world().node_named(name)
    }

    /// The name of a node, also of one that is gone.
    pub fn name(&self, id: NodeId) -> Rc<str> {
        photo::name_of(&self.timeline, id)
    }

    pub fn told(&self, event: &WorldEvent) -> Told {
        tell(event, &|id| self.name(id))
    }

    /// Checks the claims on, over at most so many instants.
    pub fn audit(&self, instants: usize) -> Audited {
        let mut audit = self.audit.borrow_mut();
        let audit = audit.get_or_insert_with(|| Audit::new(&self.timeline));
        let done = audit.follow(&self.timeline, instants);
        Audited { done, at: audit.moment().at, claims: audit.claims() }
    }

    /// The newest of the first `until` events that are worth a sentence, the newest first; what is routine between them is
    /// counted, unless it is wanted.
    pub fn newest(&self, until: usize, count: usize, routine: bool) -> Vec<Row> {
        let log = self.timeline.events();
        let seen = 0..until.min(log.len());
        let worth = |number: &usize| log.get(*number).is_some_and(|event| is_told(&event.kind, routine));
        if routine {
            return seen.rev().filter(worth).take(count).map(Row::Event).collect();
        }
        let mut rows = Vec::new();
        let (mut next, mut passed) = (seen.end, 0);
        for number in log.notable(seen).rev() {
            passed += next - number - 1;
            next = number;
            if !worth(&number) {
                continue;
            }
            if passed > 0 {
                rows.push(Row::Routine(number..number + passed));
            }
            rows.push(Row::Event(number));
            passed = 0;
            if rows.len() >= count {
                break;
            }
        }
        rows
    }

    /// An event of the log.
    pub fn event(&self, number: usize) -> Option<Entry> {
        let event = self.timeline.events().get(number)?;
        Some(Entry {
            seq: event.seq,
            at: event.at,
            told: self.told(event),
            milestone: event.kind.is_milestone(),
        })
    }

    /// The decision on a PSYNC that an event is.
    pub fn decision(&self, number: usize) -> Option<DecisionCard> {
        photo::decision_of(&self.timeline, number)
    }

    /// The newest milestone as a sentence, for the live region.
    pub fn last_milestone(&self, l: Locale) -> String {
        let newest = self.timeline.events().milestones(0..self.timeline.visible()).next_back();
        newest
            .and_then(|number| self.event(number))
            .map(|entry| entry.told.sentence(l).to_text())
            .unwrap_or_default()
    }

    /// Everything that is worth a sentence up to this moment, oldest first.
    pub fn told_so_far(&self, l: Locale) -> String {
        let log = self.timeline.events();
        let mut out = String::new();
        for number in log.notable(0..self.timeline.visible()) {
            if let Some(entry) = self
                .event(number)
                .filter(|_| log.get(number).is_some_and(|event| is_told(&event.kind, false)))
            {
                out.push_str(&format!(
                    "{:>12}  {}\n",
                    entry.at.to_string(),
                    entry.told.sentence(l).to_text()
                ));
            }
        }
        out
    }

    /// A node's data as an RDB file.
    pub fn rdb(&self, name: &str) -> Option<Vec<u8>> {
        Some(self.entry(name)?.node.as_ref()?.write_rdb())
    }

    /// The lines of a terminal, as far as they are kept.
    pub fn transcript(&self, name: &str) -> Vec<TranscriptLine> {
        let Some(entry) = self.entry(name) else { return Vec::new() };
        entry.terminal().lines().iter().cloned().collect()
    }
}

/// Messages have pictures instead; of the rest everything is told.
fn is_told(event: &WorldEventKind, routine: bool) -> bool {
    match event {
        WorldEventKind::MessageSent(_) | WorldEventKind::MessageDelivered(_) => routine,
        WorldEventKind::Typed { by, .. } | WorldEventKind::Replied { by, .. } => {
            routine || *by == Typist::Terminal
        }
        _ => true,
    }
}

fn master_of(entry: &NodeEntry, now: Instant) -> Option<(Rc<str>, u16)> {
    let view = entry.node.as_ref()?.view(now);
    let master = view.master?;
    Some((master.host, master.port))
}
