//! The prompt, as `redis-cli` keeps it from what it sends and hears: the database, and an open transaction.

use crate::sim::{TranscriptKind, TranscriptLine};

/// What the prompt remembers (`redis-cli.c`: `dbnum`, `in_multi`).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
struct Place {
    db: u32,
    /// The database when the transaction began, while one is open.
    multi: Option<u32>,
}

impl Place {
    fn text(self, address: &str) -> String {
        let db = if self.db == 0 { String::new() } else { format!("[{}]", self.db) };
        let multi = if self.multi.is_some() { "(TX)" } else { "" };
        format!("{address}{db}{multi}>")
    }

    /// After a command and its reply (`cliSendCommand` of 7.0.15).
    fn after(self, line: &str, error: bool) -> Place {
        let mut words = line.split_whitespace();
        let name = words.next().unwrap_or("").to_ascii_lowercase();
        let arguments: Vec<&str> = words.collect();
        match (name.as_str(), arguments.as_slice()) {
            ("select", [db]) if !error => {
                Place { db: db.trim_matches('"').parse().unwrap_or(self.db), ..self }
            }
            ("multi", []) if !error => Place { multi: Some(self.db), ..self },
            ("exec", []) if self.multi.is_some() => {
                // A transaction that was not run has not changed the database either.
                let db = if error { self.multi.unwrap_or(self.db) } else { self.db };
                Place { db, multi: None }
            }
            ("discard", []) if !error => Place { db: self.multi.unwrap_or(self.db), multi: None },
            ("reset", []) if !error => Place::default(),
            _ => self,
        }
    }
}

/// The prompt before each line of a transcript, and the one that stands now.
pub fn prompts(lines: &[TranscriptLine], address: &str) -> (Vec<String>, String) {
    let mut place = Place::default();
    let mut asked: Option<&str> = None;
    let mut before = Vec::with_capacity(lines.len());
    for line in lines {
        before.push(place.text(address));
        match &line.kind {
            TranscriptKind::Typed { line } => asked = Some(line),
            TranscriptKind::Reply { error, .. } => {
                if let Some(asked) = asked.take() {
                    place = place.after(asked, *error);
                }
            }
            // The connection is gone, and what it remembered.
            TranscriptKind::Notice { .. } => place = Place::default(),
        }
    }
    let now = place.text(address);
    (before, now)
}

#[cfg(test)]
mod tests {
    use super::prompts;
    use crate::base::Instant;
    use crate::sim::{TranscriptKind, TranscriptLine};

    fn prompt_after(talk: &[(&str, &str)]) -> String {
        let kinds = talk.iter().flat_map(|(line, reply)| {
            let said = match *reply {
                "gone" => TranscriptKind::Notice { text: (*reply).into() },
                reply => TranscriptKind::Reply { text: reply.into(), error: reply.starts_with("(error)") },
            };
            [TranscriptKind::Typed { line: (*line).into() }, said]
        });
        let lines = kinds.zip(0..).map(|(kind, id)| TranscriptLine { id, at: Instant::ZERO, kind });
        prompts(&lines.collect::<Vec<_>>(), "c:6379").1
    }

    #[test]
    fn the_prompt_shows_the_database_and_an_open_transaction() {
        assert_eq!(prompt_after(&[]), "c:6379>");
        assert_eq!(prompt_after(&[("select 1", "OK")]), "c:6379[1]>");
        assert_eq!(prompt_after(&[("select 99", "(error) ERR DB index is out of range")]), "c:6379>");
        assert_eq!(prompt_after(&[("SELECT 2", "OK"), ("MULTI", "OK")]), "c:6379[2](TX)>");
        assert_eq!(prompt_after(&[("MULTI", "OK"), ("GET k", "QUEUED"), ("EXEC", "1) (nil)")]), "c:6379>");
        assert_eq!(prompt_after(&[("MULTI", "OK"), ("SELECT 3", "QUEUED"), ("DISCARD", "OK")]), "c:6379>");
        assert_eq!(prompt_after(&[("SELECT 2", "OK"), ("PING", "gone")]), "c:6379>");
    }
}
