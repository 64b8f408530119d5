//! The real indexer as a child process.

use sqlx::PgConnection;
use std::path::PathBuf;
use std::process::{Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::process::{Child, Command};

/// Longest wait for something that has to happen.
const PATIENCE: Duration = Duration::from_secs(120);

/// The binary with nothing of this process's environment but what it needs.
pub fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_indexer"));
    command.env_clear().stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

/// Indexing, impatiently.
pub fn indexing(database: &str, rpc: &str) -> Command {
    let mut command = command();
    command.args(["--database-url", database, "--rpc-url", rpc, "--poll-interval-ms", "1", "--log", "warn"]);
    command
}

pub fn spawn(mut command: Command) -> Child {
    command.stderr(Stdio::inherit()).stdout(Stdio::null()).spawn().unwrap()
}

pub async fn output(mut command: Command) -> Output {
    command.output().await.unwrap()
}

/// Standard error of a run that must fail, which must be one sentence.
pub async fn refusal(command: Command) -> String {
    let output = output(command).await;
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success(), "{error}");
    let last = error.lines().last().unwrap_or_default().to_owned();
    assert!(last.starts_with("indexer: ") && last.ends_with('.'), "{error}");
    last
}

/// Sends a signal to a process.
pub fn signal(child: &Child, name: &str) {
    let pid = child.id().unwrap().to_string();
    assert!(std::process::Command::new("kill").args([name, &pid]).status().unwrap().success());
}

/// Waits until something is so, or fails with these words.
pub async fn until_or(failure: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !is_so().await {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.unwrap_or_else(|_| panic!("{failure}"));
}

/// The process that holds the lease; `None` while nobody does, and before there is one.
pub async fn writer(connection: &mut PgConnection) -> Option<u32> {
    let holder = sqlx::query_scalar("SELECT holder FROM lease").fetch_optional(connection).await;
    let holder: Option<String> = holder.ok()??;
    holder?.split('/').nth(1).unwrap().parse().ok()
}

/// A file of this test alone, gone with it.
pub struct Scratch(pub PathBuf);

impl Scratch {
    pub fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        Self(std::env::temp_dir().join(format!("tally-recording-{}-{number}", std::process::id())))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}
