//! `resync-cli run`: a scenario's transcript, or every event of it.
//!
//! The transcript shows each statement at its time, the replies, and the milestones as sentences. With `--trace text`
//! every event is a sentence, with `--trace json` an object on a line of its own.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::process::ExitCode;
use std::rc::Rc;

use resync::base::Instant;
use resync::narrate::{Locale, narrate};
use resync::scenario::{Bare, Host, Runner, Scenario, Sight, Statement, manual as manual_text};
use resync::sim::{NodeId, Typist, WorldEvent, WorldEventKind};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Trace {
    Transcript,
    Text,
    Json,
}

/// Runs the scenario in the file that the arguments name.
pub fn run(args: &[String]) -> ExitCode {
    let (path, trace) = match args {
        [path] => (path, Trace::Transcript),
        [path, flag, form] | [flag, form, path] if flag == "--trace" && form == "text" => (path, Trace::Text),
        [path, flag, form] | [flag, form, path] if flag == "--trace" && form == "json" => (path, Trace::Json),
        _ => return crate::usage("run takes FILE and perhaps --trace json or --trace text\n\n"),
    };
    let text = match crate::read(path) {
        Ok(text) => text,
        Err(code) => return code,
    };
    match Scenario::parse(&text) {
        Ok(scenario) => play(path, scenario, trace),
        Err(error) => {
            eprintln!("{path}: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Prints the manual of the scenario text.
pub fn manual(_: &[String]) -> ExitCode {
    print!("{}", manual_text());
    ExitCode::SUCCESS
}

fn play(path: &str, scenario: Scenario, trace: Trace) -> ExitCode {
    let mut host = Bare::new(scenario.seed());
    let mut runner = Runner::new(Rc::new(scenario));
    let mut printer = Printer { trace, names: BTreeMap::new(), now: Instant::ZERO, out: Vec::new() };
    let result = runner.finish(&mut host, &mut |sight| printer.show(sight));
    printer.now = host.moment().at;
    match &result {
        Ok(()) if trace != Trace::Json => printer.line("", "the end"),
        Err(failure) if trace != Trace::Json => printer.line("", &format!("FAILED {failure}")),
        _ => {}
    }
    // A reader that closes the pipe early has seen enough.
    let _ = io::stdout().write_all(&printer.out);
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{path}: {failure}");
            ExitCode::FAILURE
        }
    }
}

struct Printer {
    trace: Trace,
    names: BTreeMap<NodeId, Rc<str>>,
    now: Instant,
    out: Vec<u8>,
}

impl Printer {
    fn show(&mut self, sight: Sight) {
        match sight {
            Sight::Statement(at, statement) => {
                self.now = at;
                if self.trace == Trace::Transcript {
                    self.statement(statement);
                }
            }
            Sight::Event(_, event) => {
                self.now = event.at;
                if let (WorldEventKind::NodeAdded { name, .. }, Some(id)) = (&event.kind, event.node) {
                    self.names.insert(id, name.clone());
                }
                self.event(event);
            }
        }
    }

    fn statement(&mut self, statement: &Statement) {
        if !matches!(statement, Statement::Prose { .. } | Statement::Look { .. }) {
            self.line(">", &statement.to_string());
        }
    }

    fn event(&mut self, event: &WorldEvent) {
        match self.trace {
            Trace::Json => {
                let json = serde_json::to_string(event).expect("events are plain data");
                self.out.extend(json.bytes().chain([b'\n']));
            }
            Trace::Text => self.sentence(event),
            Trace::Transcript => match &event.kind {
                WorldEventKind::Replied { by: Typist::Terminal, reply } => {
                    for line in reply.lines() {
                        self.line("", &format!("    {line}"));
                    }
                }
                kind if kind.is_milestone() || matches!(kind, WorldEventKind::NotReached { .. }) => {
                    self.sentence(event);
                }
                _ => {}
            },
        }
    }

    fn sentence(&mut self, event: &WorldEvent) {
        let names = &self.names;
        let name = |id: NodeId| names.get(&id).cloned().unwrap_or_else(|| Rc::from("?"));
        let sentence = narrate(event, &name, Locale::En).to_string();
        self.line("", &sentence);
    }

    fn line(&mut self, sign: &str, text: &str) {
        let now = self.now.to_string();
        writeln!(self.out, "{now:>14} {sign:1} {text}").expect("a vector takes everything");
    }
}
