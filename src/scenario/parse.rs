//! From text to scenario.

use super::ast::*;
use super::cursor::{Cursor, Parsed, is_name};
use super::error::ScenarioError;
use super::verbs::{PARSERS, typed};
use crate::base::Set;

/// The longest text that is read, in bytes.
pub const TEXT_MAX: usize = 1024 * 1024;
/// The most lines that are read: an empty line takes a hundred times its length in memory.
pub const LINES_MAX: usize = 50_000;

impl std::str::FromStr for Scenario {
    type Err = ScenarioError;

    fn from_str(text: &str) -> Result<Scenario, ScenarioError> {
        Scenario::parse(text)
    }
}

impl Scenario {
    /// Reads a scenario text; the error names the first thing that cannot be understood.
    pub fn parse(text: &str) -> Result<Scenario, ScenarioError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut lines = (1..).zip(text.lines());
        let nodes = Set::new();
        header(&mut Cursor::new(lines.next().map_or("", |(_, line)| line), 1, &nodes), text.len())?;
        let mut parser = Parser { items: Vec::new(), nodes, steps: Set::new() };
        for (number, line) in lines {
            if parser.items.len() >= LINES_MAX {
                return Err(too_much(number, "another line", format!("a text of at most {LINES_MAX} lines")));
            }
            parser.line(number, line)?;
        }
        Ok(Scenario { items: parser.items })
    }
}

fn header(cursor: &mut Cursor, length: usize) -> Parsed<()> {
    if length > TEXT_MAX {
        let expected = format!("a text of at most {TEXT_MAX} bytes");
        return Err(too_much(1, &format!("{length} bytes"), expected));
    }
    if !cursor.eat_word("resync") {
        return Err(cursor.fail("“resync 1” as the first line"));
    }
    cursor.skip_blanks();
    let mut start = *cursor;
    match cursor.number("the number of the format, 1")? {
        1 => cursor.end(),
        0 => Err(start.fail("the number of the format, 1")),
        _ => Err(start.fail("format 1, the newest that this version reads")),
    }
}

fn too_much(line: u32, found: &str, expected: String) -> ScenarioError {
    ScenarioError { line, column: 1, found: found.to_owned(), expected, suggestion: None }
}

struct Parser {
    items: Vec<Item>,
    nodes: Set<Name>,
    steps: Set<String>,
}

impl Parser {
    fn line(&mut self, number: u32, text: &str) -> Parsed<()> {
        let trimmed = text.trim();
        let what = if trimmed.is_empty() {
            What::Blank
        } else if let Some(comment) = trimmed.strip_prefix('#') {
            What::Comment(comment.strip_prefix(' ').unwrap_or(comment).to_string())
        } else if let Some(more) = trimmed.strip_prefix('|') {
            let mut cursor = Cursor::new(text, number, &self.nodes);
            return more_prose(&mut self.items, more, &mut cursor);
        } else {
            let mut cursor = Cursor::new(text, number, &self.nodes);
            let statement = statement(&mut cursor)?;
            self.check(&statement, Cursor::new(text, number, &self.nodes))?;
            self.declare(&statement);
            What::Statement(statement)
        };
        self.items.push(Item { line: number, what });
        Ok(())
    }

    /// What a statement may say only in its place.
    fn check(&self, statement: &Statement, mut cursor: Cursor) -> Parsed<()> {
        match statement {
            Statement::Prose { text, .. } => super::prose::check(text, &mut cursor),
            Statement::Step { id } if self.steps.contains(id) => {
                Err(cursor.fail("an ID that no other step has"))
            }
            Statement::Cue { .. } | Statement::Look { .. } if self.steps.is_empty() => {
                Err(cursor.fail("a step before it"))
            }
            Statement::Seed(_) if !self.nodes.is_empty() => {
                Err(cursor.fail("the seed before the first node"))
            }
            _ => Ok(()),
        }
    }

    fn declare(&mut self, statement: &Statement) {
        match statement {
            Statement::Node { name, .. } => drop(self.nodes.insert(name.clone())),
            Statement::Remove { node } => drop(self.nodes.remove(node)),
            Statement::Step { id } => drop(self.steps.insert(id.clone())),
            _ => {}
        }
    }
}

fn more_prose(items: &mut [Item], more: &str, cursor: &mut Cursor) -> Parsed<()> {
    match items.last_mut() {
        Some(Item { what: What::Statement(Statement::Prose { text, .. }), .. }) => {
            let more = more.strip_prefix(' ').unwrap_or(more).trim_end();
            text.push('\n');
            text.push_str(more);
            super::prose::check(more, cursor)
        }
        _ => Err(cursor.fail("a line that follows prose")),
    }
}

fn statement(cursor: &mut Cursor) -> Parsed<Statement> {
    cursor.skip_blanks();
    let start = *cursor;
    let name = cursor.peek_while(is_name);
    if cursor.rest()[name.len()..].starts_with('>') {
        let (node, line) = typed(cursor)?;
        return Ok(Statement::Type { node, line });
    }
    let name = cursor.word("a verb, or a node and > and a command")?;
    let Some((_, parse)) = PARSERS.iter().find(|(known, _)| *known == name) else {
        let known = PARSERS.iter().map(|(known, _)| *known);
        return Err({ start }.fail_among("a verb, or a node and > and a command", known));
    };
    let bracket = matches!(name, "title" | "prose") && cursor.rest().starts_with('[');
    if !bracket && !cursor.rest().is_empty() && !cursor.rest().starts_with(char::is_whitespace) {
        return Err(cursor.fail(&format!("a blank after {name}")));
    }
    let statement = (parse)(cursor)?;
    cursor.end()?;
    Ok(statement)
}
