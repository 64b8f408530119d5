//! A running indexer, which says in three ways how it is.

use super::support::http::get;
use super::support::process::{command, signal};
use indexer::settings::PREFIX;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Child;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Longest wait for something that has to happen.
pub const PATIENCE: Duration = Duration::from_secs(180);
/// Between two looks.
const PACE: Duration = Duration::from_millis(50);
/// Of the process, and of `indexer status`, which has to judge by the same limits.
const LIMITS: [&str; 4] = ["--max-lag-slots", "10", "--reconcile-interval-s", "0"];

/// What was said: the state, and the code of each reason.
#[derive(Clone, PartialEq, Eq)]
pub struct Said {
    pub state: String,
    pub reasons: BTreeSet<String>,
}

impl Said {
    pub fn of(state: &str, reasons: &[&str]) -> Self {
        Self { state: state.into(), reasons: reasons.iter().map(|one| (*one).into()).collect() }
    }
}

impl fmt::Debug for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?}", self.state, self.reasons)
    }
}

/// The process.
pub struct Running {
    child: Child,
    pub database: String,
    address: watch::Receiver<Option<String>>,
    log: Arc<Mutex<Vec<String>>>,
    listening: JoinHandle<()>,
}

impl Running {
    /// Starts it on a database, with the URLs of nodes separated by commas.
    pub fn start(database: &str, nodes: &str, more: &[&str]) -> Self {
        let mut command = command();
        command
            .args(["--database-url", database, "--rpc-url", nodes, "--listen", "127.0.0.1:0"])
            .args(LIMITS);
        // In the environment, so that `more` goes over it. Where it serves is logged as information.
        for (name, value) in [
            ("POLL_INTERVAL_MS", "100"),
            ("PAGE_SIZE", "50"),
            ("BATCH_EVENTS", "20"),
            ("LOG", "warn,indexer::serve=info"),
        ] {
            command.env(format!("{PREFIX}{name}"), value);
        }
        command.args(more);
        let mut child = command.stdout(Stdio::null()).spawn().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let (told, address) = watch::channel(None);
        let log = Arc::new(Mutex::new(Vec::new()));
        let listening = tokio::spawn(listen(lines, told, log.clone()));
        Self { child, database: database.to_owned(), address, log, listening }
    }

    /// One answer of the process; `None` if it does not serve any more, or not yet.
    async fn get(&self, path: &str) -> Option<(u16, String)> {
        let address = self.address.borrow().clone();
        get(&address?, path).await
    }

    /// A figure of `/metrics`, with its labels.
    pub async fn figure(&self, name: &str) -> Option<u64> {
        let (_, text) = self.get("/metrics").await?;
        figure(&text, name)
    }

    /// Waits for a figure to be at least this.
    pub async fn until(&self, name: &str, least: u64) {
        self.until_figure(name, &format!("at least {least}"), |value| value >= least).await;
    }

    /// Waits for a figure to be no more than this.
    pub async fn until_at_most(&self, name: &str, most: u64) {
        self.until_figure(name, &format!("at most {most}"), |value| value <= most).await;
    }

    async fn until_figure(&self, name: &str, wanted: &str, is_so: impl Fn(u64) -> bool) {
        let reached = async {
            while !self.figure(name).await.is_some_and(&is_so) {
                tokio::time::sleep(PACE).await;
            }
        };
        let figure = tokio::time::timeout(PATIENCE, reached).await;
        assert!(figure.is_ok(), "{name} is not {wanted}\n{}", self.log());
    }

    /// What all three say, or how they disagree.
    pub async fn says(&self) -> Result<Said, String> {
        let (code, line) = self.get("/readyz").await.ok_or("it does not serve")?;
        let (_, metrics) = self.get("/metrics").await.ok_or("it does not serve")?;
        let (exit, status) = status(&self.database).await?;
        let state = status["state"].as_str().ok_or("`status` names no state")?;
        let is_ready = state == "ready";
        let given = status["reasons"].as_array().ok_or("`status` gives no reasons")?;
        let of = |reason: &Value, field: &str| reason[field].as_str().unwrap().to_owned();
        let reasons: BTreeSet<String> = given.iter().map(|reason| of(reason, "code")).collect();
        let mut texts = given.iter().map(|reason| of(reason, "text")).collect::<Vec<_>>().join("; ");
        let mut line_said = line.trim_end().to_owned();
        if reasons.contains("database") {
            // How it fails, two who ask it may find differently.
            for said in [&mut texts, &mut line_said] {
                said.truncate(said.find(" (").unwrap_or_default());
            }
        }
        let expected = if is_ready { state.to_owned() } else { format!("{state}: {texts}") };
        let mut same = without_numbers(&line_said) == without_numbers(&expected);
        same &= (code == 200) == is_ready && exit == Some(i32::from(!is_ready));
        for name in ["ready", "degraded", "failing"] {
            let value = figure(&metrics, &format!("tally_indexer_{name}"));
            same &= value == Some(u64::from(name == state));
        }
        let said = Said { state: state.into(), reasons };
        if same { Ok(said) } else { Err(format!("/readyz: {code} {line}`status`: {exit:?} {said:?}")) }
    }

    /// Waits until all three say this; `meanwhile` is done before each look. Where the head is not heard of any more
    /// and was seen to run away before, that it lags is true too.
    pub async fn says_soon(&self, expected: &Said, mut meanwhile: impl AsyncFnMut()) {
        let mut last = Err("nothing was said".to_owned());
        let mut lagging = expected.clone();
        if expected.reasons.contains("stale") {
            lagging.reasons.insert("lag".into());
        }
        let agreed = async {
            while !last.as_ref().is_ok_and(|said| said == expected || *said == lagging) {
                tokio::time::sleep(PACE).await;
                meanwhile().await;
                // One is asked first, which costs less than all three.
                last = match self.get("/readyz").await {
                    Some((_, line)) if line.starts_with(&expected.state) => self.says().await,
                    other => Err(format!("/readyz: {other:?}")),
                };
            }
        };
        let agreed = tokio::time::timeout(PATIENCE, agreed).await;
        assert!(agreed.is_ok(), "it does not say {expected:?}; last: {last:?}\n{}", self.log());
    }

    /// What it logged.
    pub fn log(&self) -> String {
        self.log.lock().unwrap().join("\n")
    }

    /// Kills it.
    pub async fn kill(&mut self) {
        self.child.kill().await.unwrap();
    }

    /// Whether it still runs.
    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Waits for its end, and for all that it logged.
    pub async fn ended(&mut self) -> ExitStatus {
        let status = tokio::time::timeout(PATIENCE, self.child.wait()).await.unwrap().unwrap();
        if !self.listening.is_finished() {
            (&mut self.listening).await.unwrap();
        }
        status
    }

    /// Sends it a signal.
    pub fn signal(&self, name: &str) {
        signal(&self.child, name);
    }

    /// Ends it as an operator does, which has to succeed.
    pub async fn stop(mut self) {
        self.signal("-TERM");
        assert!(self.ended().await.success(), "{}", self.log());
    }
}

/// Keeps what it logs, and tells where it serves.
async fn listen(
    mut lines: tokio::io::Lines<BufReader<tokio::process::ChildStderr>>,
    told: watch::Sender<Option<String>>,
    log: Arc<Mutex<Vec<String>>>,
) {
    while let Ok(Some(line)) = lines.next_line().await {
        if let Some((_, address)) = line.split_once("/metrics on http://") {
            told.send_replace(Some(address.trim().to_owned()));
        }
        log.lock().unwrap().push(line);
    }
}

/// What `indexer status --json` says, and its exit code.
pub async fn status(database: &str) -> Result<(Option<i32>, Value), String> {
    let mut status = command();
    status.args(["status", "--json", "--database-url", database]).args(LIMITS);
    let done = tokio::time::timeout(PATIENCE, status.output()).await.map_err(|_| "`status` hangs")?.unwrap();
    let said = serde_json::from_slice(&done.stdout);
    Ok((done.status.code(), said.map_err(|_| String::from_utf8_lossy(&done.stderr).into_owned())?))
}

fn figure(text: &str, name: &str) -> Option<u64> {
    text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok())
}

/// A sentence whose numbers may have moved on since.
fn without_numbers(text: &str) -> String {
    text.chars().filter(|c| !c.is_ascii_digit()).collect()
}
