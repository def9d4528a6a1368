//! A timeline as a scenario, and as a link.

use thiserror::Error;

use crate::base::Instant;
use crate::scenario::link::{LinkError, Shared, decode, encode};
use crate::scenario::{Scenario, ScenarioError, Statement};

use super::{BranchId, Replay, Timeline};

/// Why an address cannot be opened.
#[derive(Clone, PartialEq, Debug, Error)]
pub enum ShareError {
    #[error(transparent)]
    Link(#[from] LinkError),
    #[error("the scenario in this link cannot be read: {0}")]
    Scenario(#[from] ScenarioError),
}

impl ShareError {
    /// The id of its text in the tables of the page.
    pub fn id(&self) -> &'static str {
        match self {
            ShareError::Link(error) => error.id(),
            ShareError::Scenario(_) => "link-bad-scenario",
        }
    }
}

impl Timeline {
    /// The current branch as a scenario. A script that nobody has changed stays as it was written; otherwise every
    /// input stands with its exact time.
    pub fn scenario(&self) -> Scenario {
        let end = self.end();
        if let Some(script) = &self.script
            && script.branch == self.current
            && script.end.inputs == end.inputs
        {
            let mut scenario = Scenario::clone(&script.scenario);
            if end.at > script.end.at {
                scenario.push(Statement::At(end.at));
            }
            return scenario;
        }
        self.flat(self.current)
    }

    /// The scenario that this was made from, and the branch on which it ran.
    pub fn script(&self) -> Option<(&Scenario, BranchId)> {
        self.script.as_ref().map(|script| (&*script.scenario, script.branch))
    }

    /// How much was done, on all branches, besides what the script did.
    pub fn deeds(&self) -> usize {
        let own = |(id, branch): (&BranchId, &super::Branch)| {
            let script = self.script.as_ref().filter(|script| script.branch == *id);
            let before = script.map(|script| script.end).or(branch.origin.map(|(_, moment)| moment));
            branch.inputs.len().saturating_sub(before.map_or(0, |moment| moment.inputs as usize))
        };
        self.branches.iter().map(own).sum()
    }

    /// A branch as a list of inputs with their times.
    pub(super) fn flat(&self, branch: BranchId) -> Scenario {
        let mut scenario = Scenario::default();
        let titles = self.script.iter().flat_map(|script| script.scenario.statements());
        for (_, statement) in titles.filter(|(_, statement)| matches!(statement, Statement::Title { .. })) {
            scenario.push(statement.clone());
        }
        if self.seed != 1 {
            scenario.push(Statement::Seed(self.seed));
        }
        let branch = &self.branches[&branch];
        let mut at = Instant::ZERO;
        for recorded in branch.inputs.iter() {
            if recorded.at > at {
                at = recorded.at;
                scenario.push(Statement::At(at));
            }
            scenario.push(Statement::of_input(&recorded.input));
        }
        if branch.end.at > at {
            scenario.push(Statement::At(branch.end.at));
        }
        scenario
    }

    /// A link that opens the current branch at the cursor.
    pub fn link(&self) -> Result<String, LinkError> {
        let shared =
            Shared { text: self.scenario().to_string(), moment: self.moment(), outcomes: self.outcomes() };
        encode(&shared)
    }
}

/// Reads an address; what comes back has to be replayed.
pub fn open(address: &str) -> Result<Replay, ShareError> {
    let shared = decode(address)?;
    let scenario = Scenario::parse(&shared.text)?;
    Ok(Replay::of_link(scenario, shared.moment, shared.outcomes))
}
