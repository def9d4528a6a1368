//! `resync-cli link` and `resync-cli unlink`: scenario text to link and back.

use std::process::ExitCode;

use resync::scenario::Scenario;
use resync::scenario::link::{FILE_CHARS, Length, WARN_CHARS};
use resync::timeline::{self, Replay};

/// Runs the scenario in a file and prints the link that opens it.
pub fn link(args: &[String]) -> ExitCode {
    let [path] = args else { return crate::usage("link takes FILE\n\n") };
    let text = match crate::read(path) {
        Ok(text) => text,
        Err(code) => return code,
    };
    let complain = |error: &dyn std::fmt::Display| {
        eprintln!("{path}: {error}");
        ExitCode::FAILURE
    };
    let opened = match Scenario::parse(&text).map(|scenario| Replay::new(scenario).finish()) {
        Ok(Ok(opened)) => opened,
        Ok(Err(error)) => return complain(&error),
        Err(error) => return complain(&error),
    };
    if let Some(failure) = opened.stopped {
        return complain(&failure);
    }
    match opened.timeline.link() {
        Ok(link) => {
            warn_of_length(&link);
            println!("{link}");
            ExitCode::SUCCESS
        }
        Err(error) => complain(&error),
    }
}

fn warn_of_length(link: &str) {
    let chars = link.len();
    match Length::of(link) {
        Length::Fine => {}
        Length::Long => eprintln!("warning: {chars} characters; some programs cut links above {WARN_CHARS}"),
        Length::File => eprintln!("warning: {chars} characters; above {FILE_CHARS} a file is the better way"),
    }
}

/// Prints the scenario in a link and says on standard error where it opens and whether it still comes out as promised.
pub fn unlink(args: &[String]) -> ExitCode {
    let [address] = args else { return crate::usage("unlink takes URL\n\n") };
    let complain = |error: &dyn std::fmt::Display| {
        eprintln!("{error}");
        ExitCode::FAILURE
    };
    let replay = match timeline::open(address) {
        Ok(replay) => replay,
        Err(error) => return complain(&error),
    };
    print!("{}", replay.scenario());
    let opened = match replay.finish() {
        Ok(opened) => opened,
        Err(error) => return complain(&error),
    };
    eprintln!("opens at {} of {}", opened.timeline.now(), opened.timeline.end().at);
    if let Some(failure) = opened.stopped {
        return complain(&failure);
    }
    match opened.mismatch {
        None => ExitCode::SUCCESS,
        Some(mismatch) => complain(&mismatch),
    }
}
