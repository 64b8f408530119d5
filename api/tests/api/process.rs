//! The program: its settings, its start, its end.

use crate::support::{eventually, lock_jobs, market, until_locked_out};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStderr, Command, Output, Stdio};
use std::time::Duration;

fn program(arguments: &[&str], environment: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_api"));
    command.args(arguments).env_clear().envs(environment.iter().copied());
    command
}

fn run(arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    program(arguments, environment).output().unwrap()
}

fn refusal(arguments: &[&str], environment: &[(&str, &str)]) -> String {
    let output = run(arguments, environment);
    assert!(!output.status.success());
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(text.trim().lines().count(), 1, "one sentence: {text}");
    text
}

/// A file of settings; it goes with the value.
struct SettingsFile(String);

impl SettingsFile {
    fn new(name: &str, content: &str) -> Self {
        let path = std::env::temp_dir().join(format!("tally-api-{}-{name}.toml", std::process::id()));
        std::fs::write(&path, content).unwrap();
        Self(path.display().to_string())
    }
}

impl Drop for SettingsFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

#[test]
fn what_is_wrong_with_the_settings_is_one_sentence_that_names_it() {
    let url = ("TALLY_API_DATABASE_URL", "postgres://localhost/tally");
    assert!(refusal(&[], &[]).contains("database_url is missing"));
    assert!(refusal(&[], &[url, ("TALLY_API_LISTN", "x")]).contains("TALLY_API_LISTN is not a setting"));
    assert!(refusal(&[], &[url, ("TALLY_API_LISTEN", "here")]).contains("listen"));
    assert!(
        refusal(&[], &[url, ("TALLY_API_MAX_LAG_SLOTS", "many")])
            .contains("MAX_LAG_SLOTS must be a whole number")
    );
    assert!(
        refusal(&[], &[url, ("TALLY_API_MAX_LAG_SLOTS", "-1")])
            .contains("max_lag_slots must be a whole number of 0")
    );
    assert!(refusal(&[], &[url, ("TALLY_API_CURSOR_SECRET", "short")]).contains("32 characters"));
    assert!(
        refusal(&[], &[url, ("TALLY_API_RPC_URL", "localhost")]).contains("rpc_url must start with http")
    );
    assert!(refusal(&[], &[url, ("TALLY_API_STATEMENT_TIMEOUT_MS", "0")]).contains("greater than zero"));
    for wrong in ["tally.example", "https://tally.example/path", "ftp://tally.example"] {
        assert!(refusal(&[], &[url, ("TALLY_API_MCP_ORIGINS", wrong)]).contains("is no origin"), "{wrong}");
    }
    let unknown =
        SettingsFile::new("unknown", "database_url = \"postgres://localhost/tally\"\nlistne = \"x\"\n");
    assert!(refusal(&["--config", &unknown.0], &[]).contains("\"listne\" is not a setting"));
    let broken = SettingsFile::new("broken", "listen = ");
    assert!(refusal(&["--config", &broken.0], &[]).contains("is not TOML"));
    assert!(refusal(&["--config", "/none.toml"], &[]).contains("cannot be read"));
    let password = refusal(&[], &[("TALLY_API_DATABASE_URL", "postgres://me:hunter2@:notaport/x")]);
    assert!(password.contains("database_url") && !password.contains("hunter2"), "{password}");
    let replica = ("TALLY_API_REPLICA_URL", "postgres://me:hunter2@:notaport/x");
    let password = refusal(&[], &[url, replica]);
    assert!(password.contains("replica_url") && !password.contains("hunter2"), "{password}");
}

#[test]
fn the_environment_goes_over_the_file() {
    let path = SettingsFile::new(
        "listen",
        "database_url = \"postgres://localhost/tally\"\nlisten = \"127.0.0.1:7\"\nmax_lag_slots = 3\n",
    );
    let output = run(&["check-config", "-c", &path.0], &[("TALLY_API_LISTEN", "127.0.0.1:9")]);
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && said.contains("127.0.0.1:9"), "{said}");
}

#[test]
fn help_explains_every_setting() {
    let help = String::from_utf8(run(&["--help"], &[]).stdout).unwrap();
    for (name, _, default, meaning) in api::config::KEYS {
        assert!(help.contains(name) && help.contains(default) && help.contains(meaning), "{name} in {help}");
    }
    assert!(help.contains("TALLY_API_"));
}

#[test]
fn the_document_can_be_printed() {
    let printed = run(&["openapi"], &[]).stdout;
    assert_eq!(String::from_utf8(printed).unwrap().trim(), api::openapi::pretty().unwrap());
}

/// The program as it serves the market; it ends with the test.
struct Serving {
    child: Child,
    log: Option<BufReader<ChildStderr>>,
    address: String,
    /// What it has logged so far.
    said: String,
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Serving {
    /// Starts it on a free port and waits until it says which.
    fn start(database: &str, settings: &[(&str, &str)]) -> Self {
        let own = [("TALLY_API_DATABASE_URL", database), ("TALLY_API_LISTEN", "127.0.0.1:0")];
        let environment: Vec<(&str, &str)> = own.iter().chain(settings).copied().collect();
        let mut child = program(&[], &environment).stderr(Stdio::piped()).spawn().unwrap();
        let log = child.stderr.take().map(BufReader::new);
        let mut serving = Self { child, log, address: String::new(), said: String::new() };
        let line = serving.read_until("http://");
        let rest = line.split("http://").nth(1).unwrap();
        serving.address = rest.split('/').next().unwrap().to_owned();
        serving
    }

    /// Reads its log up to a line with these words.
    fn read_until(&mut self, words: &str) -> String {
        loop {
            let mut line = String::new();
            let read = self.log.as_mut().unwrap().read_line(&mut line).unwrap();
            assert_ne!(read, 0, "it ended: {}", self.said);
            self.said.push_str(&line);
            if line.contains(words) {
                return line;
            }
        }
    }

    /// Sends a request; the stream ends with its answer.
    fn ask(&self, path: &str) -> TcpStream {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
        stream
    }

    fn tell_to_stop(&mut self) {
        let kill = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(kill.success());
    }

    /// Waits for its end, which must be a success, and returns its whole log.
    async fn end(mut self) -> String {
        let mut log = self.log.take().unwrap();
        let reading = tokio::task::spawn_blocking(move || {
            let mut rest = String::new();
            log.read_to_string(&mut rest).unwrap();
            rest
        });
        let rest = tokio::time::timeout(Duration::from_secs(20), reading).await.expect("it does not end");
        assert!(self.child.wait().unwrap().success());
        format!("{}{}", self.said, rest.unwrap())
    }
}

fn answer(mut stream: TcpStream) -> String {
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn market_database() -> String {
    let cluster = test_postgres::shared().unwrap();
    let database = cluster.database().unwrap();
    cluster.sql(&database, &market::sql()).unwrap();
    database
}

#[tokio::test]
async fn it_serves_on_a_free_port_and_stops_when_told() {
    let database = market_database();
    let mut serving = Serving::start(&database, &[]);
    assert!(serving.said.contains("cursor_secret is not set"), "{}", serving.said);
    let answer = answer(serving.ask("/v1/supply/total"));
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("999984.8125"), "{answer}");
    serving.tell_to_stop();
    let log = serving.end().await;
    assert!(log.contains("stopped") && !log.contains("given up"), "{log}");

    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    let output = run(&[], &[("TALLY_API_DATABASE_URL", &database), ("TALLY_API_LISTEN", &taken)]);
    assert!(String::from_utf8(output.stderr).unwrap().contains("set listen to a free address"));
}

#[tokio::test]
async fn a_request_that_is_open_when_it_is_told_to_stop_is_answered() {
    let database = market_database();
    let mut migration = lock_jobs(&database).await;
    let mut serving = Serving::start(&database, &[]);
    let stream = serving.ask("/v1/jobs?limit=1");
    until_locked_out(&database).await;
    serving.tell_to_stop();
    serving.read_until("stopping");
    sqlx::raw_sql("COMMIT").execute(&mut migration).await.unwrap();
    let answer = answer(stream);
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let log = serving.end().await;
    assert!(log.contains("stopped") && !log.contains("given up"), "{log}");
}

#[tokio::test]
async fn a_request_that_hangs_does_not_keep_it_from_stopping() {
    let database = market_database();
    let _migration = lock_jobs(&database).await;
    let patient = [
        ("TALLY_API_STATEMENT_TIMEOUT_MS", "600000"),
        ("TALLY_API_REQUEST_TIMEOUT_MS", "600000"),
        ("TALLY_API_SHUTDOWN_SECONDS", "0"),
    ];
    let mut serving = Serving::start(&database, &patient);
    let _stream = serving.ask("/v1/jobs?limit=1");
    until_locked_out(&database).await;
    serving.tell_to_stop();
    let log = serving.end().await;
    assert!(log.contains("open requests did not finish in time"), "{log}");
    assert!(log.contains("connections did not end in time") && log.contains("stopped"), "{log}");
}

#[tokio::test]
async fn a_stream_ends_when_the_program_is_told_to_stop() {
    let mut serving = Serving::start(&market_database(), &[("TALLY_API_SHUTDOWN_SECONDS", "600")]);
    let mut stream = BufReader::new(serving.ask("/v1/events/stream?from_slot=60"));
    let mut line = String::new();
    while !line.starts_with("event: tally") {
        line.clear();
        assert_ne!(stream.read_line(&mut line).unwrap(), 0, "the stream ended too early");
    }
    serving.tell_to_stop();
    stream.read_to_string(&mut line).unwrap();
    let log = serving.end().await;
    assert!(log.contains("stopped") && !log.contains("given up"), "{log}");
}

#[tokio::test]
async fn a_connection_that_does_not_say_what_it_wants_is_closed() {
    let serving = Serving::start(&market_database(), &[("TALLY_API_HEAD_TIMEOUT_MS", "100")]);
    for begun in ["", "GET /v1/supply HTTP/1.1\r\nhost: x\r\nx-slow: "] {
        let mut stream = TcpStream::connect(&serving.address).unwrap();
        stream.write_all(begun.as_bytes()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let said = answer(stream);
        assert!(!said.contains("200"), "{said}");
    }
    assert!(answer(serving.ask("/v1/supply/total")).starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn headers_without_end_are_refused() {
    let serving = Serving::start(&market_database(), &[]);
    let mut stream = TcpStream::connect(&serving.address).unwrap();
    write!(stream, "GET /v1/supply HTTP/1.1\r\nhost: x\r\nx-long: {}\r\n\r\n", "a".repeat(100_000)).unwrap();
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line).unwrap();
    assert!(line.starts_with("HTTP/1.1 431"), "{line}");
}

/// Whether a new connection is answered.
fn answers(serving: &Serving) -> bool {
    let mut stream = TcpStream::connect(&serving.address).unwrap();
    let mut said = String::new();
    // A connection that is closed at once may be so before anything is said.
    let asked = write!(stream, "GET /livez HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    asked.and_then(|()| stream.read_to_string(&mut said)).is_ok() && said.starts_with("HTTP/1.1 200")
}

/// A connection on which one request was answered, and which stays.
fn held(serving: &Serving) -> TcpStream {
    let mut stream = TcpStream::connect(&serving.address).unwrap();
    stream.write_all(b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    let mut first = [0; 12];
    stream.read_exact(&mut first).unwrap();
    assert_eq!(&first, b"HTTP/1.1 200");
    stream
}

#[tokio::test]
async fn one_address_holds_so_many_connections() {
    let serving = Serving::start(&market_database(), &[("TALLY_API_CONNECTIONS_EACH", "2")]);
    let both = [held(&serving), held(&serving)];
    assert!(!answers(&serving));
    drop(both);
    eventually(async || answers(&serving).then_some(())).await;
}

#[tokio::test]
async fn a_connection_whose_reader_takes_nothing_ends() {
    let settings = [("TALLY_API_CONNECTIONS_EACH", "1"), ("TALLY_API_WRITE_TIMEOUT_MS", "100")];
    let serving = Serving::start(&market_database(), &settings);
    let mut unread = held(&serving);
    // More than the kernel's buffers of both sides hold.
    let large = "GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nhost: x\r\n\r\n";
    unread.write_all(large.repeat(20).as_bytes()).unwrap();
    eventually(async || answers(&serving).then_some(())).await;
    drop(unread);
}
