//! The process that stands for the child that a real server forks to save in the background.
//!
//! The engine holds the snapshot itself and needs no second process. Whoever watches a server expects one, though: it
//! is found by its parent, and who kills it (the kernel short of memory, an operator, a test) makes the save fail. It
//! does nothing but wait, and ends with the save or with its parent, whose end of the pipe closes then. What a save to
//! the disk has written lies in `temp-<its pid>.rdb`, which goes when it goes.

use std::fs;
use std::io::{self, Read};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};

use resync::base::Instant;

/// The word that starts it.
pub const WORD: &str = "saving-child";

/// The child of one background save.
pub struct SavingChild {
    /// When the save began, by which it is told from the next.
    pub began: Instant,
    process: Child,
    file: PathBuf,
}

impl SavingChild {
    /// `rdb` is what it saves in the folder `dir`; nothing when it saves to sockets.
    pub fn start(began: Instant, dir: &str, rdb: Option<&[u8]>) -> io::Result<SavingChild> {
        let process = Command::new(std::env::current_exe()?)
            .arg(WORD)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let file = Path::new(dir).join(format!("temp-{}.rdb", process.id()));
        let child = SavingChild { began, process, file };
        if let Some(rdb) = rdb {
            fs::write(&child.file, rdb)?;
        }
        Ok(child)
    }

    /// The signal that ended it, if one did.
    pub fn killed_by(&mut self) -> Option<i32> {
        self.process.try_wait().ok().flatten().and_then(|status| status.signal())
    }
}

impl Drop for SavingChild {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nobody to kill.
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_file(&self.file);
    }
}

/// What the child does: it waits until nobody holds the other end of its input.
pub fn wait_for_parent(_: &[String]) -> ExitCode {
    let mut input = io::stdin().lock();
    while input.read(&mut [0; 64]).is_ok_and(|count| count > 0) {}
    ExitCode::SUCCESS
}
