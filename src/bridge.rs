//! The JavaScript API: a [`Session`] is a timeline that scripts drive.
//!
//! For the page's console, a notebook, an embedding page, and the browser tests. Everything that comes back is a plain
//! object, everything that goes in is text or a number; times are in virtual milliseconds. The TypeScript types are in
//! `www/api.d.ts`.
//!
//! Three ways to it. In the page's console the bindings are `wasmBindings`. A page of somebody else imports the module
//! (`www/api.js`, which every built page carries); that works from the same host, and from another one where the host of
//! Resync allows it (`Access-Control-Allow-Origin`, as static hosts of open projects usually do). And a page that only
//! wants to *show* a moment puts the link into an `<iframe>`, as the dialog for sharing writes it; there is no protocol
//! of messages into the frame.
//!
//! ```js
//! import { load } from "./api.js"; // or the whole address
//! const { Session } = await load();
//! const session = new Session();
//! session.load(`resync 1
//! node a redis=2.8
//! node b redis=2.8 slaveof="a 6379"
//! until b.synced`);
//! const off = session.subscribe((event) => console.log(event.at, event.sentence));
//! console.log(session.type("a", "SET name redis"));    // OK
//! session.runTo(session.now + 100);
//! console.log(session.holds('b["name"] = "redis"'));   // true
//! session.back("milestone");
//! console.log(session.link());                         // #s=1…
//! off();
//! ```
//!
//! Absent: the page. A session of its own does not touch what the page shows.

use std::rc::Rc;

use js_sys::{Error, Function};
use serde::Serialize;
use wasm_bindgen::prelude::*;

use crate::base::{Instant, Map, printable, sort_by};
use crate::keyspace::Value;
use crate::narrate::{Locale, narrate};
use crate::node::view::NodeView;
use crate::scenario::{Scenario, Statement, condition::Condition};
use crate::sim::{Input, LinkView, MessageNote, NodeEntry, NodeId, ProcessState, WorldEvent, WorldEventKind};
use crate::timeline::{Acted, Opened, Replay, Restore, Timeline, open};

/// How many keys of a node a state lists.
const KEYS_MAX: usize = 1_000;
/// How long a key or a value may be in it, in characters.
const TEXT_MAX: usize = 4_096;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(typescript_type = "Loaded")]
    pub type JsLoaded;
    #[wasm_bindgen(typescript_type = "WorldState")]
    pub type JsWorldState;
    #[wasm_bindgen(typescript_type = "TraceEvent[]")]
    pub type JsEvents;
    #[wasm_bindgen(typescript_type = "Branch[]")]
    pub type JsBranches;
    #[wasm_bindgen(typescript_type = "(event: TraceEvent) => void")]
    pub type JsListener;
    #[wasm_bindgen(typescript_type = "Unit")]
    pub type JsUnit;
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LoadedView {
    now: f64,
    end: f64,
    stopped: Option<String>,
    mismatch: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct KeyState {
    db: u32,
    key: String,
    r#type: &'static str,
    value: Option<String>,
    expires_at: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NodeState {
    name: Rc<str>,
    version: String,
    process: ProcessState,
    replication: Option<NodeView>,
    keys: Vec<KeyState>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct InFlight {
    from: Rc<str>,
    to: Rc<str>,
    sent_at: f64,
    arrives_at: f64,
    #[serde(flatten)]
    note: MessageNote,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WorldState {
    now: f64,
    end: f64,
    nodes: Vec<NodeState>,
    links: Vec<LinkView>,
    in_flight: Vec<InFlight>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TraceEvent<'a> {
    seq: u64,
    at: f64,
    node: Option<Rc<str>>,
    kind: &'a WorldEventKind,
    milestone: bool,
    routine: bool,
    sentence: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BranchState {
    id: u32,
    from: Option<u32>,
    at: f64,
    end: f64,
    current: bool,
}

/// A timeline with a cursor.
#[wasm_bindgen]
pub struct Session {
    timeline: Timeline,
    listeners: Rc<std::cell::RefCell<Map<u32, Function>>>,
    next_listener: u32,
    /// Events that were told to the listeners: those of the longest recording so far on this branch.
    told: usize,
}

#[wasm_bindgen]
impl Session {
    /// An empty world; `seed` chooses its random numbers.
    #[wasm_bindgen(constructor)]
    pub fn new(seed: Option<u32>) -> Session {
        let timeline = Timeline::new(seed.unwrap_or(1).into());
        Session { timeline, listeners: Rc::default(), next_listener: 0, told: 0 }
    }

    /// Replaces everything by a scenario and runs it.
    pub fn load(&mut self, text: &str) -> Result<JsLoaded, JsValue> {
        let scenario = Scenario::parse(text).map_err(fail)?;
        self.take_over(Replay::new(scenario).finish().map_err(fail)?)
    }

    /// Replaces everything by what a link carries.
    pub fn open(&mut self, url: &str) -> Result<JsLoaded, JsValue> {
        self.take_over(open(url).map_err(fail)?.finish().map_err(fail)?)
    }

    /// Types a command at a node's terminal and gives the reply as `redis-cli` prints it; nothing when it comes later.
    #[wasm_bindgen(js_name = "type")]
    pub fn type_line(&mut self, node: &str, line: &str) -> Result<Option<String>, JsValue> {
        let before = self.timeline.visible();
        let acted = self.timeline.act(&Input::Type { node: node.into(), line: line.into() }).map_err(fail)?;
        let id = self.timeline.world().node_named(node).map(|entry| entry.id);
        let events = self.timeline.events().iter(before..self.timeline.visible());
        let reply = events.filter(|(_, event)| event.node == id).find_map(|(_, event)| match &event.kind {
            WorldEventKind::Replied { reply, .. } => Some(reply.to_string()),
            WorldEventKind::NotReached { error, .. } => Some(error.to_string()),
            _ => None,
        });
        self.tell(acted)?;
        Ok(reply)
    }

    /// Does what a line of a scenario says: `cut a-b`, `node c redis=7.0`, `crash a`. Words about time are for
    /// `runTo` and `until`.
    pub fn act(&mut self, line: &str) -> Result<(), JsValue> {
        let scenario = Scenario::parse(&self.with_nodes(line)).map_err(fail)?;
        let inputs = scenario.statements().last().map_or(Vec::new(), |(_, statement)| statement.inputs());
        for input in &inputs {
            let acted = self.timeline.act(input).map_err(fail)?;
            self.tell(acted)?;
        }
        if inputs.is_empty() { Err(Error::new("this line does nothing to the world").into()) } else { Ok(()) }
    }

    /// Lets time pass up to a moment, along the recording and on.
    #[wasm_bindgen(js_name = runTo)]
    pub fn run_to(&mut self, at: f64) -> Result<(), JsValue> {
        self.timeline.run_to(instant(at));
        self.tell(Acted::Recorded)
    }

    /// Goes to a recorded moment, at most to the end.
    pub fn seek(&mut self, at: f64) {
        self.timeline.seek_time(instant(at));
    }

    /// Goes on to the next event or milestone; `false` when none comes.
    pub fn step(&mut self, unit: Option<JsUnit>) -> Result<bool, JsValue> {
        let moved = match is_milestone(unit) {
            true => self.timeline.step_milestone(),
            false => self.timeline.step_event(false),
        };
        self.tell(Acted::Recorded)?;
        Ok(moved)
    }

    /// Goes back to the event or milestone before; `false` at the beginning.
    pub fn back(&mut self, unit: Option<JsUnit>) -> bool {
        match is_milestone(unit) {
            true => self.timeline.back_milestone(),
            false => self.timeline.back_event(false),
        }
    }

    /// Whether a condition of the scenario text is true now.
    pub fn holds(&self, condition: &str) -> Result<bool, JsValue> {
        let condition: Condition = self.timeline.condition(condition).map_err(fail)?;
        Ok(self.timeline.holds(&condition))
    }

    #[wasm_bindgen(getter)]
    pub fn now(&self) -> f64 {
        ms(self.timeline.now())
    }

    #[wasm_bindgen(getter)]
    pub fn end(&self) -> f64 {
        ms(self.timeline.end().at)
    }

    /// How many events have happened at the cursor.
    #[wasm_bindgen(getter, js_name = eventCount)]
    pub fn event_count(&self) -> u32 {
        self.timeline.visible() as u32
    }

    /// The digest of the whole state: equal for equal worlds.
    pub fn digest(&self) -> String {
        format!("{:016x}", self.timeline.digest())
    }

    /// Nodes, links and what is under way, as plain objects.
    pub fn state(&self) -> Result<JsWorldState, JsValue> {
        let world = self.timeline.world();
        let state = WorldState {
            now: self.now(),
            end: self.end(),
            nodes: world.nodes().map(|entry| node_state(entry, world.now())).collect(),
            links: world.links(),
            in_flight: world
                .in_flight()
                .map(|message| InFlight {
                    from: self.name(message.from),
                    to: self.name(message.to),
                    sent_at: ms(message.sent_at),
                    arrives_at: ms(message.arrives_at),
                    note: message.note(),
                })
                .collect(),
        };
        plain(&state).map(JsCast::unchecked_into)
    }

    /// The events with these numbers (from 0, the second one excluded); without numbers all up to the cursor.
    pub fn events(&self, from: Option<u32>, to: Option<u32>) -> Result<JsEvents, JsValue> {
        let visible = self.timeline.visible() as u32;
        let range = from.unwrap_or(0) as usize..to.unwrap_or(visible) as usize;
        let events: Vec<TraceEvent> =
            self.timeline.events().iter(range).map(|(_, event)| self.traced(event)).collect();
        plain(&events).map(JsCast::unchecked_into)
    }

    /// Calls `listener` with every event from now on; the function that comes back ends it.
    pub fn subscribe(&mut self, listener: JsListener) -> Function {
        let id = self.next_listener;
        self.next_listener += 1;
        self.listeners.borrow_mut().insert(id, JsValue::from(listener).unchecked_into());
        let listeners = self.listeners.clone();
        let off: Box<dyn FnMut()> = Box::new(move || drop(listeners.borrow_mut().remove(&id)));
        Closure::wrap(off).into_js_value().unchecked_into()
    }

    /// The current branch as a scenario text.
    pub fn scenario(&self) -> String {
        self.timeline.scenario().to_string()
    }

    /// The tail of an address (`#s=…`) that opens this moment.
    pub fn link(&self) -> Result<String, JsValue> {
        self.timeline.link().map_err(fail)
    }

    /// The branches of history.
    pub fn branches(&self) -> Result<JsBranches, JsValue> {
        let branches: Vec<BranchState> = self
            .timeline
            .branches()
            .iter()
            .map(|branch| BranchState {
                id: branch.id.0,
                from: branch.origin.map(|(from, _)| from.0),
                at: branch.origin.map_or(0.0, |(_, moment)| ms(moment.at)),
                end: ms(branch.end.at),
                current: branch.current,
            })
            .collect();
        plain(&branches).map(JsCast::unchecked_into)
    }

    /// Goes over to another branch; `false` when there is none with this number.
    pub fn switch(&mut self, branch: u32) -> bool {
        let switched = self.timeline.switch(crate::timeline::BranchId(branch));
        self.told = self.timeline.events().len();
        switched
    }

    /// Everything, with all branches, as text for `restore`.
    pub fn save(&self) -> String {
        self.timeline.save()
    }

    /// Replaces everything by what `save` gave.
    pub fn restore(&mut self, text: &str) -> Result<(), JsValue> {
        self.timeline = Restore::new(text).map_err(fail)?.finish().map_err(fail)?;
        self.told = self.timeline.events().len();
        Ok(())
    }
}

impl Session {
    fn take_over(&mut self, opened: Opened) -> Result<JsLoaded, JsValue> {
        self.timeline = opened.timeline;
        self.told = self.timeline.events().len();
        let view = LoadedView {
            now: self.now(),
            end: self.end(),
            stopped: opened.stopped.map(|failure| failure.to_string()),
            mismatch: opened.mismatch.map(|mismatch| mismatch.to_string()),
        };
        plain(&view).map(JsCast::unchecked_into)
    }

    /// Tells the listeners what is new in the recording.
    fn tell(&mut self, acted: Acted) -> Result<(), JsValue> {
        if let Acted::Forked(branch) = acted {
            // What the branches have in common is no news.
            let inputs = self.timeline.branches().into_iter().find(|view| view.id == branch);
            let shared = inputs.and_then(|view| view.origin).map(|(_, moment)| moment.inputs as usize);
            self.told = shared.map_or(self.told, |shared| self.timeline.events_before_input(shared));
        }
        let new = self.told..self.timeline.events().len();
        self.told = new.end;
        let listeners: Vec<Function> = self.listeners.borrow().values().cloned().collect();
        if listeners.is_empty() {
            return Ok(());
        }
        for (_, event) in self.timeline.events().iter(new) {
            let event = plain(&self.traced(event))?;
            for listener in &listeners {
                listener.call1(&JsValue::UNDEFINED, &event)?;
            }
        }
        Ok(())
    }

    /// A scenario in which the nodes exist, so that `line` can name them.
    fn with_nodes(&self, line: &str) -> String {
        let mut text = String::from("resync 1\n");
        for entry in self.timeline.world().nodes() {
            let node = Statement::Node { name: entry.name.clone(), version: None, options: Vec::new() };
            text.push_str(&format!("{node}\n"));
        }
        text + line
    }

    fn name(&self, id: NodeId) -> Rc<str> {
        self.timeline.world().node(id).map_or_else(|| Rc::from("?"), |entry| entry.name.clone())
    }

    fn traced<'a>(&self, event: &'a WorldEvent) -> TraceEvent<'a> {
        TraceEvent {
            seq: event.seq,
            at: ms(event.at),
            node: event.node.map(|id| self.name(id)),
            kind: &event.kind,
            milestone: event.kind.is_milestone(),
            routine: event.kind.is_routine(),
            sentence: narrate(event, &|id| self.name(id), Locale::En).to_string(),
        }
    }
}

fn node_state(entry: &NodeEntry, now: Instant) -> NodeState {
    let keys = entry.node.iter().flat_map(|node| node.keyspace().iter()).flat_map(|(db, keys)| {
        keys.iter().map(move |(key, found)| KeyState {
            db,
            key: printable(key, TEXT_MAX),
            r#type: found.value.kind(),
            value: match &found.value {
                Value::String(text) => Some(printable(&text.bytes, TEXT_MAX)),
                _ => None,
            },
            expires_at: found.expire.map(|at| at.0),
        })
    });
    let mut keys: Vec<KeyState> = keys.take(KEYS_MAX).collect();
    sort_by(&mut keys, |a, b| (a.db, &a.key).cmp(&(b.db, &b.key)));
    NodeState {
        name: entry.name.clone(),
        version: entry.version.to_string(),
        process: entry.state,
        replication: entry.node.as_ref().map(|node| node.view(now)),
        keys,
    }
}

fn is_milestone(unit: Option<JsUnit>) -> bool {
    unit.and_then(|unit| JsValue::from(unit).as_string()).as_deref() == Some("milestone")
}

fn ms(at: Instant) -> f64 {
    at.0 as f64 / 1e6
}

/// Nanoseconds are exact for the first hundred days.
fn instant(ms: f64) -> Instant {
    Instant((ms.max(0.0) * 1e6).round() as u64)
}

fn plain(value: &impl Serialize) -> Result<JsValue, JsValue> {
    value.serialize(&serde_wasm_bindgen::Serializer::json_compatible()).map_err(JsValue::from)
}

fn fail(error: impl std::fmt::Display) -> JsValue {
    Error::new(&error.to_string()).into()
}
