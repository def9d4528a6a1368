//! The configuration of a process: a file, standard input, and `--directive value` pairs, as `redis-server`
//! takes them.
//!
//! All three become lines of words; later lines win, except for the directives that add up. Absent: everything
//! that needs another process model (`daemonize yes`) or another engine (append-only file, cluster), which is
//! warned about.
//!
//! Source: Redis 7.0.15 `server.c:main` (the loop over `argv`), `config.c:loadServerConfigFromString`.

use std::io::Read;

use resync::base::Version;
use resync::node::{Config, ConfigError};
use resync::resp::{quoted, split_line};

/// What the command line asks for.
pub enum Request {
    Run(Box<Options>),
    /// Print this and end.
    Print(String),
}

/// How to start.
pub struct Options {
    pub config: Config,
    /// What was asked for and will not be done.
    pub warnings: Vec<String>,
}

/// A line of the configuration: where it stands, and its words.
struct Line {
    number: usize,
    text: String,
    words: Vec<String>,
}

/// How deep `include` may nest.
const INCLUDES_MAX: usize = 16;

/// Values that Redis knows and this program does not act on.
const NOT_DONE: [(&str, &str, &str); 4] = [
    ("daemonize", "yes", "the process stays in the foreground"),
    ("appendonly", "yes", "there is no append-only file"),
    ("cluster-enabled", "yes", "there is no cluster mode"),
    ("syslog-enabled", "yes", "the log goes to the log file or to standard output"),
];

/// Reads the command line after `node`. An error is the text to print on standard error.
pub fn parse(args: &[String]) -> Result<Request, String> {
    let (version, args) = take_version(args)?;
    match args.first().map(String::as_str) {
        Some("-v" | "--version") => return Ok(Request::Print(version_text(version))),
        Some("-h" | "--help") => return Ok(Request::Print(crate::help())),
        _ => {}
    }
    let file = args.first().filter(|first| !first.starts_with('-'));
    let rest = &args[usize::from(file.is_some())..];
    // A lone dash, as the first or the last argument, stands for standard input.
    let is_dash = |arg: Option<&String>| arg.is_some_and(|arg| arg == "-");
    let first = file.is_none() && is_dash(rest.first());
    let rest = &rest[usize::from(first)..];
    let last = is_dash(rest.last());
    let rest = &rest[..rest.len() - usize::from(last)];
    let mut text = String::new();
    if let Some(path) = file {
        text = std::fs::read_to_string(path)
            .map_err(|e| format!("Fatal error, can't open config file '{path}': {}\n", plain(&e)))?;
    }
    if first || last {
        let mut piped = Vec::new();
        std::io::stdin().read_to_end(&mut piped).map_err(|e| format!("standard input: {e}\n"))?;
        text.push_str(&String::from_utf8_lossy(&piped));
    }
    text.push('\n');
    text.push_str(&as_lines(rest, version));
    let lines = lines(&text, version, 0)?;
    let mut options = Options { config: Config::new(version), warnings: Vec::new() };
    if let Some(path) = file {
        // In full, because the process will work in another folder.
        let path = std::path::absolute(path).map_err(|e| format!("{path}: {}\n", plain(&e)))?;
        options.config.set_file(&path.to_string_lossy());
    }
    options.apply(&lines)?;
    Ok(Request::Run(Box::new(options)))
}

/// Takes `--redis VERSION`, the one option that is ours, out of the arguments.
fn take_version(args: &[String]) -> Result<(Version, Vec<String>), String> {
    let mut rest = args.to_vec();
    let Some(at) = rest.iter().position(|arg| arg == "--redis") else { return Ok((Version::V7_0, rest)) };
    let name = rest.get(at + 1).cloned().unwrap_or_default();
    let known = Version::ALL.map(Version::name).join(", ");
    let version = name.parse().map_err(|()| format!("--redis takes one of {known}, not '{name}'\n"))?;
    rest.drain(at..at + 2);
    Ok((version, rest))
}

/// The answer to `--version`; harnesses look for `v=`.
fn version_text(version: Version) -> String {
    let release = version.profile().release;
    let own = env!("CARGO_PKG_VERSION");
    format!("Redis server v={release} sha=00000000:0 malloc=libc bits=64 build=0 (resync {own})\n")
}

/// The lines of a file that say something, with included files in their place.
fn lines(text: &str, version: Version, depth: usize) -> Result<Vec<Line>, String> {
    let mut found = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let number = index + 1;
        let words = split_line(line.as_bytes())
            .map_err(|_| fatal(version, number, line, "Unbalanced quotes in configuration line"))?;
        let words: Vec<String> = words.iter().map(|w| String::from_utf8_lossy(w).into_owned()).collect();
        match words.as_slice() {
            [] => {}
            [name, path] if name.eq_ignore_ascii_case("include") => {
                if depth == INCLUDES_MAX {
                    return Err(fatal(version, number, line, "too many nested includes"));
                }
                let inner = std::fs::read_to_string(path)
                    .map_err(|e| format!("Fatal error, can't open config file '{path}': {}\n", plain(&e)))?;
                found.extend(lines(&inner, version, depth + 1)?);
            }
            _ => found.push(Line { number, text: line.to_string(), words }),
        }
    }
    Ok(found)
}

/// `--port 6380 --save 900 1` as the lines of a file. A name and its value may stand in one argument.
fn as_lines(args: &[String], version: Version) -> String {
    let newer = version == Version::V7_0;
    let mut text = String::new();
    // An argument after a lone name is its value, in 7.0 even if it begins with two dashes.
    let mut wants_value = false;
    for (index, arg) in args.iter().enumerate() {
        match arg.strip_prefix("--").filter(|_| !wants_value) {
            Some(name) => {
                if !text.is_empty() {
                    text.push('\n');
                }
                text += &format!("{name} ");
                wants_value = newer && name.split_whitespace().count() < 2;
                let is_last = args.get(index + 1).is_none_or(|next| next.starts_with("--"));
                if wants_value && is_last && name.trim().eq_ignore_ascii_case("save") {
                    text += "\"\"";
                    wants_value = false;
                }
            }
            None => {
                text += &format!("{} ", quoted(arg.as_bytes()));
                wants_value = false;
            }
        }
    }
    text
}

impl Options {
    fn apply(&mut self, lines: &[Line]) -> Result<(), String> {
        let version = self.config.version;
        // These add up over their lines.
        let (mut save, mut limits): (Option<Vec<String>>, Vec<String>) = (None, Vec::new());
        for Line { number, text, words } in lines {
            let name = words[0].to_ascii_lowercase();
            let mut value = words[1..].join(" ");
            // A lone `save` clears the save points (`config.c:setConfigSaveOption` of 7.0).
            let clears = words.len() == 1 && name == "save" && version == Version::V7_0;
            if words.len() == 1 && !clears || words.len() > 2 && self.config.takes_one_word(&name) {
                let why = match version {
                    Version::V7_0 => "wrong number of arguments",
                    _ => "Bad directive or wrong number of arguments",
                };
                return Err(fatal(version, *number, text, why));
            }
            match name.as_str() {
                "save" if value.is_empty() => save = Some(Vec::new()),
                "save" => {
                    let points = save.get_or_insert_default();
                    points.push(value);
                    value = points.join(" ");
                }
                "client-output-buffer-limit" => {
                    limits.push(value);
                    value = limits.join(" ");
                }
                "slaveof" | "replicaof" if value.eq_ignore_ascii_case("no one") => value.clear(),
                _ => {}
            }
            match self.config.set(&name, &value) {
                Ok(()) => self.warn_if_not_done(&name, &value),
                Err(ConfigError::Unknown) => {
                    self.warnings.push(format!("Unknown directive ignored: {text}"));
                    self.config.note_unknown(&name, &value);
                }
                Err(ConfigError::Invalid(why)) => return Err(fatal(version, *number, text, &why)),
            }
        }
        Ok(())
    }

    fn warn_if_not_done(&mut self, name: &str, value: &str) {
        for (_, _, why) in NOT_DONE.iter().filter(|(n, v, _)| *n == name && *v == value) {
            self.warnings.push(format!("{name} {value} is not supported: {why}"));
        }
    }
}

/// The message with which a server refuses its configuration.
fn fatal(version: Version, number: usize, line: &str, why: &str) -> String {
    let title = match version {
        Version::V7_0 => format!("FATAL CONFIG FILE ERROR (Redis {})", version.profile().release),
        _ => "FATAL CONFIG FILE ERROR".to_string(),
    };
    format!("\n*** {title} ***\nReading the configuration file, at line {number}\n>>> '{line}'\n{why}\n")
}

/// An operating system's error in its own words only.
pub fn plain(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(args: &[&str]) -> Config {
        let args: Vec<String> = args.iter().map(|a| a.to_string()).collect();
        match parse(&args) {
            Ok(Request::Run(options)) => options.config,
            Ok(Request::Print(text)) => panic!("it only prints {text}"),
            Err(error) => panic!("{error}"),
        }
    }

    #[test]
    fn pairs_are_taken_as_redis_server_takes_them() {
        let config = config(&[
            "--port",
            "7001",
            "--slaveof",
            "127.0.0.1",
            "7000",
            "--repl-timeout 7",
            "--redis",
            "2.8",
        ]);
        assert_eq!(config.port(), 7001);
        assert_eq!(config.replica_of(), Some(("127.0.0.1".into(), 7000)));
        assert_eq!(config.get("repl-timeout"), Some("7"));
        assert_eq!(config.version, Version::V2_8);
    }

    #[test]
    fn a_master_may_stand_in_one_argument() {
        assert_eq!(config(&["--replicaof", "::1 7000"]).replica_of(), Some(("::1".into(), 7000)));
    }

    #[test]
    fn save_points_add_up_and_an_empty_one_clears_them() {
        assert_eq!(config(&["--save", "900", "1", "--save", "5 6"]).get("save"), Some("900 1 5 6"));
        assert_eq!(config(&["--save", "", "--port", "1"]).get("save"), Some(""));
        assert_eq!(config(&["--save", "--port", "1"]).get("save"), Some(""));
        assert_eq!(config(&["--save"]).get("save"), Some(""));
        let mut options = Options { config: Config::new(Version::V7_0), warnings: Vec::new() };
        options.apply(&lines("save \n", Version::V7_0, 0).expect("well-formed")).expect("accepted");
        assert_eq!(options.config.get("save"), Some(""));
    }

    #[test]
    fn a_file_knows_comments_quotes_and_repeated_directives() {
        let text = "# comment\n\n  port 7002\nsave 900 1\nsave 60 2\nrequirepass \"a b\\x21\"\n";
        let mut options = Options { config: Config::new(Version::V7_0), warnings: Vec::new() };
        options.apply(&lines(text, Version::V7_0, 0).expect("well-formed")).expect("accepted");
        assert_eq!(options.config.port(), 7002);
        assert_eq!(options.config.get("save"), Some("900 1 60 2"));
        assert_eq!(options.config.get("requirepass"), Some("a b!"));
    }

    #[test]
    fn nonsense_names_its_line() {
        let wrong = |text: &str| {
            let mut options = Options { config: Config::new(Version::V7_0), warnings: Vec::new() };
            lines(text, Version::V7_0, 0).and_then(|lines| options.apply(&lines)).expect_err("refused")
        };
        let error = wrong("port 1\nrepl-timeout soon\n");
        assert!(error.contains("at line 2\n>>> 'repl-timeout soon'\n"), "{error}");
        assert!(wrong("port \"1").contains("Unbalanced quotes"));
        assert!(wrong("port").contains("wrong number of arguments"));
        assert!(wrong("port 1 2").contains("wrong number of arguments"));
    }

    #[test]
    fn unknown_directives_are_warned_about() {
        let args = ["--loadmodule", "x.so"].map(str::to_owned);
        let Ok(Request::Run(options)) = parse(&args) else { panic!("accepted") };
        assert_eq!(options.warnings, ["Unknown directive ignored: loadmodule \"x.so\""]);
        let args = ["--repl-timeout", "a \"b\""].map(str::to_owned);
        let error = parse(&args).err().expect("refused");
        assert!(error.contains("at line 2\n>>> 'repl-timeout \"a \\\"b\\\"\"'\n"), "{error}");
    }
}
