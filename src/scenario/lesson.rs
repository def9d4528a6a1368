//! A scenario as a lesson: its steps, with their prose in each language and what to look at.
//!
//! The page shows the prose of the last step whose [`super::StepMark`] is not after the moment it shows, so going
//! back and forth in time turns the pages too. A learner who takes over leaves the script's branch; the script can
//! go on from where it was left, or a step's own cues can be watched on the learner's branch.

use super::ast::{Scenario, Statement, Target};
use super::condition::Condition;
use super::cursor::Cursor;
use super::eval::{Scene, plain};
use super::prose::{Part, parts};

/// One step of a lesson.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Step {
    pub id: String,
    /// The line it begins at; 1 for the introduction.
    pub line: u32,
    /// Language and text; the text without a language comes under `None`.
    pub prose: Vec<(Option<String>, String)>,
    pub looks: Vec<Target>,
    pub cues: Vec<Condition>,
    /// The commands that the script types in it.
    pub commands: Vec<(String, String)>,
}

impl Step {
    /// The text in `locale`, else the text without a language.
    pub fn prose(&self, locale: &str) -> Option<&str> {
        let of = |wanted: Option<&str>| self.prose.iter().find(|(locale, _)| locale.as_deref() == wanted);
        of(Some(locale)).or_else(|| of(None)).map(|(_, text)| text.as_str())
    }
}

impl Scenario {
    /// What stands before the first step: a step without an ID.
    pub fn introduction(&self) -> Step {
        self.all_steps().swap_remove(0)
    }

    /// The steps in order.
    pub fn steps(&self) -> Vec<Step> {
        self.all_steps().split_off(1)
    }

    fn all_steps(&self) -> Vec<Step> {
        let mut steps = vec![Step { line: 1, ..Step::default() }];
        for (line, statement) in self.statements() {
            let step = steps.last_mut().expect("the introduction is always there");
            match statement {
                Statement::Step { id } => steps.push(Step { id: id.clone(), line, ..Step::default() }),
                Statement::Prose { locale, text } => {
                    step.prose.push((locale.as_ref().map(|locale| locale.0.clone()), text.clone()));
                }
                Statement::Look { at } => step.looks.push(at.clone()),
                Statement::Cue { condition, .. } => step.cues.push(condition.clone()),
                Statement::Type { node, line } => step.commands.push((node.to_string(), line.clone())),
                _ => {}
            }
        }
        steps
    }
}

/// Prose with its values filled in from the moment that it speaks of.
pub fn fill_in(prose: &str, scene: Scene) -> String {
    let nodes = scene.world.nodes().map(|entry| entry.name.clone()).collect();
    let parts = parts(prose, &mut Cursor::new("", 1, &nodes));
    match parts {
        Ok(parts) => parts
            .iter()
            .map(|part| match part {
                Part::Text(text) => text.clone(),
                Part::Value(term) => plain(&scene.value(term)),
            })
            .collect(),
        // A node that was removed meanwhile: the text as it stands.
        Err(_) => prose.to_string(),
    }
}
