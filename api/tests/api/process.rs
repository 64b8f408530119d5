//! The program: its settings, its start, its end.

use crate::support::market;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Output, Stdio};

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

fn file(name: &str, content: &str) -> String {
    let path = std::env::temp_dir().join(format!("tally-api-{}-{name}.toml", std::process::id()));
    std::fs::write(&path, content).unwrap();
    path.display().to_string()
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
    assert!(refusal(&[], &[url, ("TALLY_API_MAX_LAG_SLOTS", "-1")]).contains("max_lag_slots"));
    assert!(refusal(&[], &[url, ("TALLY_API_CURSOR_SECRET", "short")]).contains("32 characters"));
    assert!(
        refusal(&[], &[url, ("TALLY_API_RPC_URL", "localhost")]).contains("rpc_url must start with http")
    );
    assert!(refusal(&[], &[url, ("TALLY_API_STATEMENT_TIMEOUT_MS", "0")]).contains("greater than zero"));
    let unknown = file("unknown", "database_url = \"postgres://localhost/tally\"\nlistne = \"x\"\n");
    assert!(refusal(&["--config", &unknown], &[]).contains("\"listne\" is not a setting"));
    let broken = file("broken", "listen = ");
    assert!(refusal(&["--config", &broken], &[]).contains("is not TOML"));
    assert!(refusal(&["--config", "/none.toml"], &[]).contains("cannot be read"));
    let password = refusal(&[], &[("TALLY_API_DATABASE_URL", "postgres://me:hunter2@:notaport/x")]);
    assert!(password.contains("database_url") && !password.contains("hunter2"), "{password}");
}

#[test]
fn the_environment_goes_over_the_file() {
    let path = file(
        "listen",
        "database_url = \"postgres://localhost/tally\"\nlisten = \"127.0.0.1:7\"\nmax_lag_slots = 3\n",
    );
    let output = run(&["check-config", "-c", &path], &[("TALLY_API_LISTEN", "127.0.0.1:9")]);
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

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn it_serves_on_a_free_port_and_stops_when_told() {
    let cluster = test_postgres::shared().unwrap();
    let database = cluster.database().unwrap();
    cluster.sql(&database, &market::sql()).unwrap();
    let environment = [("TALLY_API_DATABASE_URL", database.as_str()), ("TALLY_API_LISTEN", "127.0.0.1:0")];
    let child = program(&[], &environment).stderr(Stdio::piped()).spawn().unwrap();
    let mut running = Running(child);
    let mut log = BufReader::new(running.0.stderr.take().unwrap());
    let (mut address, mut said) = (String::new(), String::new());
    while address.is_empty() {
        let mut line = String::new();
        assert_ne!(log.read_line(&mut line).unwrap(), 0, "it ended: {said}");
        let found = line.split("http://").nth(1).and_then(|rest| rest.split('/').next());
        address = found.unwrap_or_default().to_owned();
        said.push_str(&line);
    }
    assert!(said.contains("cursor_secret is not set"), "{said}");
    let mut stream = TcpStream::connect(&address).unwrap();
    stream.write_all(b"GET /v1/supply/total HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("999984.8125"), "{answer}");
    let kill = Command::new("kill").args(["-TERM", &running.0.id().to_string()]).status().unwrap();
    assert!(kill.success());
    assert!(running.0.wait().unwrap().success());
    let mut rest = String::new();
    log.read_to_string(&mut rest).unwrap();
    assert!(rest.contains("stopped"), "{rest}");

    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken_address = taken.local_addr().unwrap().to_string();
    let output = run(&[], &[environment[0], ("TALLY_API_LISTEN", &taken_address)]);
    assert!(String::from_utf8(output.stderr).unwrap().contains("set listen to a free address"));
}
