//! Finding PostgreSQL's programs and running them, as the user `postgres` when the caller is root
//! (PostgreSQL refuses to run as root).

use std::ffi::OsStr;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Why no cluster could be had, in one sentence.
#[derive(Clone, Debug)]
pub struct Error(pub(crate) String);

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Error {}

/// The folder with all of `initdb`, `postgres` and `psql`: on the PATH, or the newest of Debian's.
pub(crate) fn binaries() -> Result<PathBuf, Error> {
    let complete =
        |folder: &Path| ["initdb", "postgres", "psql"].iter().all(|name| folder.join(name).is_file());
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&path).find(|folder| complete(folder));
    if let Some(folder) = on_path {
        return Ok(folder);
    }
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    versions
        .filter_map(|entry| {
            let version: u32 = entry.file_name().to_str()?.parse().ok()?;
            let folder = entry.path().join("bin");
            complete(&folder).then_some((version, folder))
        })
        .max()
        .map(|(_, folder)| folder)
        .ok_or_else(|| Error("PostgreSQL is not installed; on Debian: apt-get install postgresql".into()))
}

/// Whether this process is root.
pub(crate) fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output();
    output.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

/// A command that runs as `postgres` if the caller is root.
pub(crate) fn unprivileged(program: impl AsRef<OsStr>) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--init-groups"]).arg(program);
    command
}

/// Runs a command to its end; what it wrote to standard error becomes the error.
pub(crate) fn run(command: &mut Command) -> Result<(), Error> {
    let name = format!("{:?}", command.get_program());
    let output =
        command.stdin(Stdio::null()).output().map_err(|e| Error(format!("cannot run {name}: {e}")))?;
    if output.status.success() {
        return Ok(());
    }
    Err(Error(format!("{name} failed: {}", String::from_utf8_lossy(&output.stderr).trim())))
}

/// Removes a folder; that it is gone already is no error.
pub(crate) fn remove(folder: &Path) {
    let _ = std::fs::remove_dir_all(folder);
}
