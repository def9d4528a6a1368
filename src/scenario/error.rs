//! What is wrong with a scenario text, and where.

use thiserror::Error;

/// The first thing in a text that cannot be understood. Its text is one sentence for people.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
#[error("line {line}, column {column}: expected {expected}, found {found}{}", hint(.suggestion))]
pub struct ScenarioError {
    /// From 1.
    pub line: u32,
    /// In characters, from 1.
    pub column: u32,
    pub found: String,
    pub expected: String,
    /// What was probably meant.
    pub suggestion: Option<String>,
}

fn hint(suggestion: &Option<String>) -> String {
    match suggestion {
        Some(word) => format!("; did you mean “{word}”?"),
        None => String::new(),
    }
}

/// The word of `known` nearest to `word`, if it is near enough to be a misspelling of it.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let word = word.to_ascii_lowercase();
    let allowed = match word.chars().count() {
        0 => return None,
        1..=2 => 1,
        3..=5 => 2,
        _ => 3,
    };
    known
        .into_iter()
        .map(|candidate| (distance(&word, &candidate.to_ascii_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= allowed && *distance < candidate.chars().count())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate.to_string())
}

/// How many letters must be added, removed, changed or swapped with their neighbour.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().take(32).collect(), b.chars().take(32).collect());
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let changed = usize::from(a[i - 1] != b[j - 1]);
            let mut best = (last[j - 1] + changed).min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(before_last[j - 2] + 1);
            }
            row.push(best);
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_misspelt_word_finds_its_neighbour_and_a_strange_one_does_not() {
        let verbs = ["until", "expect", "cut", "heal"];
        assert_eq!(nearest("unitl", verbs).as_deref(), Some("until"));
        assert_eq!(nearest("Expct", verbs).as_deref(), Some("expect"));
        assert_eq!(nearest("cutt", verbs).as_deref(), Some("cut"));
        assert_eq!(nearest("zebra", verbs), None);
        assert_eq!(nearest("", verbs), None);
    }
}
