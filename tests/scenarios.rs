//! Scenario files as tests: each is run by the command line, and its transcript compared with the recorded one.
//!
//! `RESYNC_UPDATE=1 cargo test --test scenarios` records the transcripts anew; look at the diff before keeping it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use resync::scenario::{Bare, Runner, Scenario, VERBS, manual};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn updating() -> bool {
    std::env::var_os("RESYNC_UPDATE").is_some()
}

fn cli(args: &[&str]) -> Output {
    let output = Command::new(env!("CARGO_BIN_EXE_resync-cli")).args(args).current_dir(root()).output();
    output.expect("the command line runs")
}

fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(root().join(folder)).expect("the folder exists");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("a readable entry").path()).collect();
    files.retain(|path| path.extension().is_some_and(|found| found == ending));
    files.sort();
    assert!(!files.is_empty(), "{folder} has no .{ending}");
    files
}

fn name(path: &Path) -> String {
    path.strip_prefix(root()).expect("a file of the project").display().to_string()
}

/// Compares `found` with the text in a file, or writes it there.
fn compare(path: &Path, found: &str) -> Result<(), String> {
    if updating() {
        fs::write(path, found).expect("the folder is writable");
        return Ok(());
    }
    let expected = fs::read_to_string(path).unwrap_or_default();
    let differs = expected.lines().chain([""]).zip(found.lines().chain([""])).position(|(a, b)| a != b);
    match differs {
        None if expected == found => Ok(()),
        differs => {
            let number = differs.unwrap_or(expected.lines().count().min(found.lines().count()));
            let line = |text: &str| text.lines().nth(number).unwrap_or("(end)").to_string();
            let (ours, theirs) = (line(&expected), line(found));
            Err(format!("{}:{}: recorded {ours:?}, now {theirs:?}", name(path), number + 1))
        }
    }
}

#[test]
fn every_scenario_runs_as_recorded() {
    let mut wrong = Vec::new();
    for path in files("tests/scenarios", "resync") {
        let output = cli(&["run", &name(&path)]);
        let transcript = String::from_utf8_lossy(&output.stdout);
        if !output.status.success() {
            wrong.push(String::from_utf8_lossy(&output.stderr).into_owned());
        }
        wrong.extend(compare(&path.with_extension("out"), &transcript).err());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn printing_a_scenario_file_loses_nothing() {
    for path in files("tests/scenarios", "resync") {
        let text = fs::read_to_string(&path).expect("a readable file");
        let scenario = Scenario::parse(&text).unwrap_or_else(|error| panic!("{}: {error}", name(&path)));
        let printed = scenario.to_string();
        assert_eq!(printed.lines().count(), text.lines().count(), "{}", name(&path));
        assert_eq!(Scenario::parse(&printed), Ok(scenario), "{}", name(&path));
    }
}

#[test]
fn every_example_of_the_manual_runs() {
    for verb in &VERBS {
        let scenario =
            Scenario::parse(&format!("resync 1\n{}", verb.example)).expect("tested with the parser");
        let mut host = Bare::new(scenario.seed());
        let result = Runner::new(scenario.into()).finish(&mut host, &mut |_| {});
        assert_eq!(result, Ok(()), "the example of {}", verb.name);
    }
}

#[test]
fn the_manual_in_the_repository_is_the_generated_one() {
    compare(&root().join("www/scenario.md"), &manual()).expect("regenerate it with RESYNC_UPDATE=1");
}

#[test]
fn a_broken_promise_exits_with_1_and_names_line_and_values() {
    let folder = std::env::temp_dir().join(format!("resync-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder for temporary files");
    let run = |text: &str| {
        let path = folder.join("broken.resync");
        fs::write(&path, format!("resync 1\nnode a redis=2.8\n{text}\n")).expect("a writable folder");
        let output = cli(&["run", path.to_str().expect("a path in UTF-8")]);
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (code, error) = run("a> SET name redis\nexpect a.keys = 2");
    assert_eq!(code, Some(1));
    assert!(error.contains("line 4: expected a.keys = 2, but a.keys is 1"), "{error}");
    let (code, error) = run("until a[\"name\"] = \"redis\" limit=2s");
    assert_eq!(code, Some(1));
    assert!(error.contains("line 3: waited 2s (the limit) for a[\"name\"] = \"redis\", but"), "{error}");
    assert!(error.contains("a[\"name\"] is none"), "{error}");
    let (code, error) = run("unitl a.synced");
    assert_eq!(code, Some(1));
    assert!(error.contains("line 3, column 1") && error.contains("did you mean “until”?"), "{error}");
    fs::remove_dir_all(&folder).expect("our own folder");
}

#[test]
fn a_json_trace_has_an_object_on_each_line() {
    let output = cli(&["run", "tests/scenarios/03-propagation.resync", "--trace", "json"]);
    assert!(output.status.success());
    let lines = String::from_utf8(output.stdout).expect("UTF-8");
    for (number, line) in lines.lines().enumerate() {
        let event: serde_json::Value = serde_json::from_str(line).expect("an object");
        assert_eq!(event["seq"], number);
    }
    assert!(lines.lines().count() > 100);
}

/// Links that were published once open for ever. A file has the link in its first line and the scenario below it.
///
/// `RESYNC_UPDATE=1` writes a link for each scenario that has none, and touches no other. When an outcome changes because
/// a fault was mended, the changelog names the link and the fix, and the link's first line gets ` changed` behind it.
#[test]
fn every_golden_link_still_opens() {
    if updating() {
        write_missing_links();
    }
    for path in files("tests/links", "txt") {
        let text = fs::read_to_string(&path).expect("a readable file");
        let (first, scenario) = text.split_once('\n').expect("a link and a scenario");
        let (link, changed) = first.strip_suffix(" changed").map_or((first, false), |link| (link, true));
        let output = cli(&["unlink", link]);
        assert_eq!(String::from_utf8_lossy(&output.stdout), scenario, "{}", name(&path));
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.success(), !changed, "{}: {said}", name(&path));
    }
}

fn write_missing_links() {
    for path in files("tests/scenarios", "resync") {
        let golden = root().join("tests/links").join(path.file_name().expect("a file")).with_extension("txt");
        if !golden.exists() {
            let link = String::from_utf8(cli(&["link", &name(&path)]).stdout).expect("UTF-8");
            let scenario = cli(&["unlink", link.trim()]).stdout;
            fs::write(golden, [link.as_bytes(), &scenario].concat()).expect("the folder is writable");
        }
    }
}

#[test]
fn a_link_made_by_the_command_line_opens_with_it() {
    let output = cli(&["link", "tests/scenarios/05-psync-full-and-partial.resync"]);
    let link = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(link.starts_with("#s=1"), "{link}");
    let back = cli(&["unlink", &format!("https://example.org/{}", link.trim())]);
    let text = fs::read_to_string(root().join("tests/scenarios/05-psync-full-and-partial.resync"));
    assert_eq!(String::from_utf8_lossy(&back.stdout), text.expect("a readable file"));
    assert!(back.status.success());
    let refused = cli(&["unlink", "#s=1AAAA"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("damaged"));
}
