//! The files of a process: the dump, the configuration and the pid file.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use resync::node::Config;

/// Where the dump file is. `dir` is the working directory unless `CONFIG SET dir` has changed it.
fn dump_path(config: &Config) -> PathBuf {
    let part = |name| config.get(name).unwrap_or_default();
    Path::new(part("dir")).join(part("dbfilename"))
}

/// The dump file's content, if there is one.
pub fn load(config: &Config) -> io::Result<Option<Vec<u8>>> {
    match fs::read(dump_path(config)) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
        Err(e) => Err(e),
    }
}

/// Writes the dump.
pub fn save(config: &Config, rdb: &[u8]) -> io::Result<()> {
    replace(&dump_path(config), &format!("temp-{}.rdb", std::process::id()), rdb)
}

/// Writes the configuration file anew; `rewrite` makes the new text from the old.
pub fn rewrite_config(path: &str, rewrite: impl FnOnce(&str) -> String) -> io::Result<()> {
    let old = match fs::read_to_string(path) {
        Err(e) if e.kind() == ErrorKind::NotFound => String::new(),
        other => other?,
    };
    replace(Path::new(path), &format!("temp-{}.conf", std::process::id()), rewrite(&old).as_bytes())
}

/// Writes a file beside its place and moves it there, so that there is always a whole file (`rdb.c:rdbSave`,
/// `config.c:rewriteConfigOverwriteFile`).
fn replace(path: &Path, temporary: &str, bytes: &[u8]) -> io::Result<()> {
    let temporary = path.with_file_name(temporary);
    let mut file = File::create(&temporary)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&temporary, path)
}

/// Writes the pid file if one is configured.
pub fn write_pid_file(config: &Config) {
    if let Some(path) = pid_file(config) {
        // As in Redis, a pid file that cannot be written is no reason not to run.
        let _ = fs::write(path, format!("{}\n", std::process::id()));
    }
}

pub fn remove_pid_file(config: &Config) {
    if let Some(path) = pid_file(config) {
        let _ = fs::remove_file(path);
    }
}

fn pid_file(config: &Config) -> Option<&str> {
    config.get("pidfile").filter(|path| !path.is_empty())
}
