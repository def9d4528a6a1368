//! A scenario as text, in its canonical spacing. Parsing it again gives the same scenario.

use std::fmt;

use crate::base::base64;
pub use crate::base::quoted as quote;

use super::ast::*;

impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "resync {FORMAT}")?;
        for item in &self.items {
            match &item.what {
                What::Blank => writeln!(f)?,
                What::Comment(text) if text.is_empty() => writeln!(f, "#")?,
                What::Comment(text) => writeln!(f, "# {text}")?,
                What::Statement(statement) => writeln!(f, "{statement}")?,
            }
        }
        Ok(())
    }
}

impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Statement::Title { locale, text } => write!(f, "title{} {text}", tag(locale)),
            Statement::Prose { locale, text } => prose(f, locale, text),
            Statement::Step { id } => write!(f, "step {id}"),
            Statement::Cue { condition, limit } => write!(f, "cue {condition}{}", Limit(*limit)),
            Statement::Look { at } => write!(f, "look {at}"),
            Statement::Seed(seed) => write!(f, "seed {seed}"),
            Statement::Node { name, version, options } => {
                write!(f, "node {name}")?;
                if let Some(version) = version {
                    write!(f, " redis={version}")?;
                }
                write!(f, "{}", Options(options))
            }
            Statement::Link { path, latency, bandwidth } => {
                write!(f, "link {path}")?;
                if let Some(latency) = latency {
                    write!(f, " latency={latency}")?;
                }
                if let Some(bandwidth) = bandwidth {
                    write!(f, " bandwidth={bandwidth}")?;
                }
                Ok(())
            }
            Statement::Remove { node } => write!(f, "remove {node}"),
            Statement::Configure { node, options } => write!(f, "configure {node}{}", Options(options)),
            Statement::Type { node, line } => write!(f, "{node}> {line}"),
            Statement::Every { every, times: None, node, line } => write!(f, "every {every} {node}> {line}"),
            Statement::Every { every, times: Some(times), node, line } => {
                write!(f, "every {every} times={times} {node}> {line}")
            }
            Statement::Stop { node } => write!(f, "stop {node}"),
            Statement::Raw { node, bytes } => write!(f, "raw {node} {}", quote(bytes)),
            Statement::After(span) => write!(f, "after {span}"),
            Statement::At(at) => write!(f, "at {at}"),
            Statement::Until { condition, limit } => write!(f, "until {condition}{}", Limit(*limit)),
            Statement::Cut(path) => write!(f, "cut {path}"),
            Statement::Heal(path) => write!(f, "heal {path}"),
            Statement::Blackhole(path) => write!(f, "blackhole {path}"),
            Statement::Latency { path, latency } => write!(f, "latency {path} {latency}"),
            Statement::Bandwidth { path, bandwidth: Some(bandwidth) } => {
                write!(f, "bandwidth {path} {bandwidth}")
            }
            Statement::Bandwidth { path, bandwidth: None } => write!(f, "bandwidth {path} unlimited"),
            Statement::Crash { node } => write!(f, "crash {node}"),
            Statement::Restart { node } => write!(f, "restart {node}"),
            Statement::Load { node, rdb } => write!(f, "load {node} {}", base64::encode(rdb)),
            Statement::Pause { node } => write!(f, "pause {node}"),
            Statement::Resume { node } => write!(f, "resume {node}"),
            Statement::Expect(condition) => write!(f, "expect {condition}"),
            Statement::Share(at) => write!(f, "share {at}"),
        }
    }
}

fn tag(locale: &Option<Locale>) -> String {
    locale.as_ref().map(|locale| format!("[{}]", locale.0)).unwrap_or_default()
}

fn prose(f: &mut fmt::Formatter<'_>, locale: &Option<Locale>, text: &str) -> fmt::Result {
    let mut lines = text.split('\n');
    let first = lines.next().unwrap_or_default();
    write!(f, "prose{}", tag(locale))?;
    if !first.is_empty() {
        write!(f, " {first}")?;
    }
    for line in lines {
        let blank = if line.is_empty() { "" } else { " " };
        write!(f, "\n|{blank}{line}")?;
    }
    Ok(())
}

struct Limit(Option<crate::base::Span>);

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(limit) => write!(f, " limit={limit}"),
            None => Ok(()),
        }
    }
}

struct Options<'a>(&'a [(String, String)]);

impl fmt::Display for Options<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (key, value) in self.0 {
            let bare =
                !value.is_empty() && value.chars().all(|c| !c.is_whitespace() && !c.is_control() && c != '"');
            if bare {
                write!(f, " {key}={value}")?;
            } else {
                write!(f, " {key}={}", quote(value.as_bytes()))?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}{}", self.from, if self.one_way { "->" } else { "-" }, self.to)
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Target::Node(name) => write!(f, "node {name}"),
            Target::Backlog(name) => write!(f, "backlog {name}"),
            Target::Terminal(name) => write!(f, "terminal {name}"),
            Target::Decision(name) => write!(f, "decision {name}"),
            Target::Link(path) => write!(f, "link {path}"),
            Target::Timeline => f.write_str("timeline"),
        }
    }
}
