//! What benchmarks of every program say of the machine that they run on, and a place of their own on it. A module of
//! theirs by its path, for it is no program and no library.

use std::path::PathBuf;

/// A folder that goes when the benchmark does.
pub struct Folder(pub PathBuf);

impl Folder {
    /// A new one of this name and the process's number.
    pub fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("{name}-{}", std::process::id()));
        std::fs::create_dir(&folder).unwrap();
        Self(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Processes that ran or wanted to, on average of the last minute.
pub fn load() -> String {
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    load.split_whitespace().next().unwrap_or("unknown").to_owned()
}

/// The date.
pub fn today() -> String {
    let output = std::process::Command::new("date").arg("+%F").output().unwrap();
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}
