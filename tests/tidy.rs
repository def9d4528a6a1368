//! Tidiness as a test: what the rings may know, what the engine may never touch, and what no file may hold.
//!
//! The checks read source text, not syntax. They are meant to catch the honest mistake at once, with the line.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use resync::narrate::{Locale, expected};

/// The rings from the inside out. A ring may use those of a smaller number.
const RINGS: [(&str, u32); 11] = [
    ("base", 0),
    ("resp", 1),
    ("rdb", 1),
    ("keyspace", 2),
    ("node", 3),
    ("sim", 4),
    ("scenario", 5),
    ("timeline", 6),
    ("narrate", 7),
    ("bridge", 8),
    ("ui", 8),
];
/// Rings up to this one are the engine: deterministic, without IO.
const ENGINE: u32 = 7;

/// What the engine may not mention: every source of time, chance, order or effect that is not an argument.
const NOT_IN_THE_ENGINE: [&str; 16] = [
    "std::time",
    "std::thread",
    "std::net",
    "std::fs",
    "std::env",
    "std::process",
    "std::io",
    "std::sync",
    "HashMap",
    "HashSet",
    "web_sys",
    "js_sys",
    "wasm_bindgen",
    "rand::",
    "getrandom",
    "println!",
];

const LINES_AIMED_FOR: usize = 330;
const LINES_MAX: usize = 600;
const FUNCTION_LINES_AIMED_FOR: usize = 70;

#[test]
fn each_ring_uses_only_the_rings_inside_it() {
    let mut wrong = Vec::new();
    for (path, text) in sources("src") {
        let Some((own, rank)) = ring_of(&path) else { continue };
        for (number, line) in code_lines(&text) {
            for used in crate_names(line) {
                let other = RINGS.iter().find(|(name, _)| *name == used);
                if other.is_some_and(|(name, other)| *name != own && *other >= rank) {
                    wrong.push(format!("{path}:{number}: `{own}` may not know `{used}`"));
                }
            }
        }
    }
    assert_none(wrong);
}

#[test]
fn the_engine_has_no_clock_thread_socket_chance_or_hash_order() {
    let mut wrong = Vec::new();
    for (path, text) in sources("src") {
        if ring_of(&path).is_none_or(|(_, rank)| rank > ENGINE) || path.ends_with("tests.rs") {
            continue;
        }
        for (number, line) in code_lines(&text) {
            for word in NOT_IN_THE_ENGINE.iter().filter(|word| mentions(line, word)) {
                wrong.push(format!("{path}:{number}: `{word}` in the engine"));
            }
        }
    }
    assert_none(wrong);
}

#[test]
fn every_module_says_what_it_is_for_and_is_part_of_the_crate() {
    let mut wrong = Vec::new();
    let files: BTreeMap<String, String> = sources("src").into_iter().collect();
    for (path, text) in &files {
        if !text.starts_with("//!") && !path.ends_with("tests.rs") {
            wrong.push(format!("{path}: does not open with what it is for (`//!`)"));
        }
        let inside = path.trim_start_matches("src/").trim_end_matches(".rs").trim_end_matches("/mod");
        if matches!(inside, "lib" | "main") || inside.starts_with("bin/") {
            continue;
        }
        let (folder, name) = inside.rsplit_once('/').map_or(("", inside), |(folder, name)| (folder, name));
        let parents = match folder {
            "" => ["src/lib.rs".to_owned(), "src/main.rs".to_owned()],
            folder => [format!("src/{folder}/mod.rs"), format!("src/{folder}.rs")],
        };
        let here = files.iter().filter(|(other, _)| Path::new(other).parent() == Path::new(path).parent());
        let by_path = here.into_iter().any(|(_, text)| text.contains(&format!("#[path = \"{name}.rs\"]")));
        let by_name = |parent: &String| files.get(parent).is_some_and(|text| declares(text, name));
        if !by_path && !parents.iter().any(by_name) {
            wrong.push(format!("{path}: no module declares it"));
        }
    }
    assert_none(wrong);
}

#[test]
fn no_file_is_far_beyond_the_house_size() {
    let mut wrong = Vec::new();
    for (path, text) in sources("src").into_iter().chain(sources("tests")).chain(sources("benches")) {
        let lines = text.lines().count();
        if lines > LINES_MAX {
            wrong.push(format!("{path}: {lines} lines, at most {LINES_MAX}"));
        } else if lines > LINES_AIMED_FOR {
            eprintln!("{path}: {lines} lines, {LINES_AIMED_FOR} are aimed for");
        }
        for (number, length) in long_functions(&text) {
            eprintln!(
                "{path}:{number}: a function of {length} lines, {FUNCTION_LINES_AIMED_FOR} are aimed for"
            );
        }
    }
    assert_none(wrong);
}

#[test]
fn nothing_is_left_for_later_and_no_machine_is_named() {
    // Written in two parts, so that this file does not find itself.
    let later = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("X", "XX"), concat!("db", "g!(")];
    let machine =
        [concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/ho", "me/"), concat!("/tmp/", "wt")];
    let mut wrong = Vec::new();
    for (path, text) in every_text() {
        for (number, line) in text.lines().enumerate() {
            for word in later.iter().chain(&machine).filter(|word| line.contains(**word)) {
                wrong.push(format!("{path}:{}: {word}", number + 1));
            }
        }
    }
    assert_none(wrong);
}

#[test]
fn lock_files_name_only_the_public_registries() {
    let mut wrong = Vec::new();
    for (number, line) in read("Cargo.lock").lines().enumerate() {
        if line.starts_with("source = ")
            && line != r#"source = "registry+https://github.com/rust-lang/crates.io-index""#
        {
            wrong.push(format!("Cargo.lock:{}: {line}", number + 1));
        }
    }
    for name in ["package-lock.json", "benches/lighthouse/package-lock.json"] {
        for (number, line) in read(name).lines().enumerate() {
            if line.contains("\"resolved\"") && !line.contains("https://registry.npmjs.org/") {
                wrong.push(format!("{name}:{}: {line}", number + 1));
            }
        }
    }
    assert_none(wrong);
}

#[test]
fn the_documents_name_every_ring_and_every_make_target() {
    let architecture = read("ARCHITECTURE.md");
    for (ring, _) in RINGS {
        let there = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(ring).is_dir();
        assert!(
            !there || architecture.contains(&format!("src/{ring}/")),
            "ARCHITECTURE.md does not name {ring}"
        );
    }
    for line in read("Makefile").lines().filter(|line| line.starts_with(".PHONY:")) {
        for target in line.split_whitespace().skip(1) {
            assert!(
                read("Makefile").contains(&format!("{target}: ## ")),
                "`make {target}` does not explain itself"
            );
        }
    }
}

#[test]
fn the_page_has_no_inline_script_or_style_and_asks_nobody_else() {
    let page = read("index.html");
    assert!(page.contains("Content-Security-Policy"));
    let head = page.find("Content-Security-Policy").unwrap();
    assert!(page.find("<link").is_none_or(|link| head < link), "the policy comes before what it rules");
    for line in page.lines().chain(read("www/boot.js").lines()) {
        assert!(!line.contains("style=\"") && !line.contains("<style"), "inline style: {line}");
        assert!(!line.contains("<script") || line.contains("src="), "inline script: {line}");
        assert!(!line.contains("https://") && !line.contains("http://"), "another host: {line}");
    }
    assert!(!page.contains("unsafe-inline") && !page.contains("'unsafe-eval'"));
}

/// What the parser says that it expected is said in both languages.
#[test]
fn every_phrase_of_the_scenario_parser_has_its_translation() {
    const CALLS: [&str; 7] =
        ["fail(", "fail_among(", "word(", "number(", "value(", "text(cursor,", "let expected ="];
    let mut found = 0;
    let mut wrong = Vec::new();
    for (path, text) in sources("src/scenario") {
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for call in CALLS {
            for (at, _) in code.match_indices(call) {
                let Some(rest) = code[at + call.len()..].trim_start().strip_prefix('"') else { continue };
                let mut quotes = rest.match_indices('"').filter(|(i, _)| !rest[..*i].ends_with('\\'));
                let end = quotes.next().expect("the text ends").0;
                let phrase = rest[..end].replace("\\\"", "\"").replace("\\\\", "\\");
                found += 1;
                if phrase != "]" && phrase.contains(' ') && expected(&phrase, Locale::ZhHans) == phrase {
                    wrong.push(format!("{path}: {phrase:?}"));
                }
            }
        }
    }
    assert!(found > 50, "{found} phrases");
    assert_none(wrong);
}

/// The ring that a source file belongs to, with its rank.
fn ring_of(path: &str) -> Option<(&'static str, u32)> {
    let inside = path.strip_prefix("src/")?;
    let top = inside.split(['/', '.']).next()?;
    RINGS.into_iter().find(|(name, _)| *name == top)
}

/// The names that follow `crate::` in a line: `crate::a::b`, `crate::{a, b::c}`.
fn crate_names(line: &str) -> Vec<String> {
    let mut names = Vec::new();
    for after in line.split("crate::").skip(1) {
        match after.strip_prefix('{') {
            None => names.push(first_name(after)),
            Some(group) => {
                let mut depth = 0;
                let mut start = true;
                for (at, c) in group.char_indices() {
                    match c {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => start = true,
                        c if start && c.is_alphabetic() => {
                            names.push(first_name(&group[at..]));
                            start = false;
                        }
                        _ => {}
                    }
                }
            }
        }
    }
    names
}

fn first_name(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

/// Whether `word` stands in `line` and is not the end of a longer name (`imbl::HashMap` is found, `MyHashMap` not).
fn mentions(line: &str, word: &str) -> bool {
    line.match_indices(word)
        .any(|(at, _)| !line[..at].chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == '_'))
}

/// Whether a module declares another one as a file.
fn declares(text: &str, name: &str) -> bool {
    text.lines().any(|line| {
        line.trim().trim_start_matches("pub ").trim_start_matches("pub(crate) ") == format!("mod {name};")
    })
}

/// The lines of code with their numbers: no comments, and nothing from the file's test module on.
fn code_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let tests = text.find("#[cfg(test)]\nmod tests {").unwrap_or(text.len());
    text[..tests]
        .lines()
        .enumerate()
        .map(|(number, line)| (number + 1, line.split("//").next().unwrap_or_default().trim()))
        .filter(|(_, line)| !line.is_empty())
}

/// Functions longer than aimed for: line and length. The code is formatted, so a function ends at the first
/// closing brace with its own indentation.
fn long_functions(text: &str) -> Vec<(usize, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let indent = line.len() - line.trim_start().len();
        let head = line.trim_start();
        let head = head.trim_start_matches("pub").trim_start_matches("(super)").trim_start_matches("(crate)");
        if !head.trim_start().starts_with("fn ") {
            continue;
        }
        let end = lines[at..].iter().position(|line| line.len() == indent + 1 && line.ends_with('}'));
        if let Some(length) = end.map(|end| end + 1).filter(|length| *length > FUNCTION_LINES_AIMED_FOR) {
            found.push((at + 1, length));
        }
    }
    found
}

/// The Rust files below a folder of the project, as (path from the project's root, text).
fn sources(folder: &str) -> Vec<(String, String)> {
    files(folder)
        .into_iter()
        .filter(|path| path.ends_with(".rs"))
        .map(|path| (path.clone(), read(&path)))
        .collect()
}

/// Every text file of the project, but for the lock files and the licences.
fn every_text() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut all = Vec::new();
    for path in files("") {
        if path.ends_with("lock") || path.ends_with("lock.json") || path.starts_with("LICENSE") {
            continue;
        }
        if let Ok(text) = fs::read_to_string(root.join(&path)) {
            all.push((path, text));
        }
    }
    all
}

/// The files below a folder, sorted, without what is built or installed.
fn files(folder: &str) -> Vec<String> {
    const SKIPPED: [&str; 7] = ["target", "dist", "node_modules", "shots", ".git", ".tools", "out"];
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    let mut folders = vec![root.join(folder)];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder).into_iter().flatten().flatten();
        for path in entries.map(|entry| entry.path()).collect::<Vec<PathBuf>>() {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if path.is_dir() && !SKIPPED.contains(&name.as_str()) {
                folders.push(path);
            } else if path.is_file() && name != ".git" {
                found.push(path.strip_prefix(root).expect("below the root").to_string_lossy().into_owned());
            }
        }
    }
    found.sort();
    found
}

fn read(path: &str) -> String {
    let full = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&full).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[track_caller]
fn assert_none(wrong: Vec<String>) {
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}
