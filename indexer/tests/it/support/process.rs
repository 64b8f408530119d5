//! The real indexer as a child process.

use std::process::{Output, Stdio};
use tokio::process::{Child, Command};

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
