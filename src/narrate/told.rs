//! A story with its numbers, before a language is chosen.

use super::{Arg, Locale, Sentence, Story, Tone};

/// What is told about one event: the message id and its arguments. It is the same in every language.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Told {
    pub story: Story,
    pub args: Vec<(&'static str, Arg)>,
}

impl Told {
    pub(super) fn new(story: Story) -> Told {
        Told { story, args: Vec::new() }
    }

    pub(super) fn with(mut self, name: &'static str, arg: Arg) -> Told {
        self.args.push((name, arg));
        self
    }

    /// The whole sentence.
    pub fn sentence(&self, locale: Locale) -> Sentence {
        self.story.sentence().fill(locale, &self.args)
    }

    /// The flag for the timeline: at most three words.
    pub fn title(&self, locale: Locale) -> &'static str {
        self.story.title().text(locale)
    }

    pub fn tone(&self) -> Tone {
        self.story.tone()
    }
}
