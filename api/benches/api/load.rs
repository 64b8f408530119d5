//! Requests a second, beside the same statements without the API and beside an answer without the statements.

use super::bare::Bare;
use super::database::Database;
use super::http::{self, Reply};
use super::machine::Folder;
use super::service::Service;
use super::statements::{self, Recorder, Statement};
use super::table::hundredths;
use std::path::Path;
use std::process::Command;

/// Readers at a time, each on a connection that it keeps; as many connections has the service to the database, which
/// is what it has if nothing is said.
pub const CONNECTIONS: usize = 8;
/// Entities that are asked for in turn.
const DIFFERENT: usize = 8;
/// Seconds that are measured, and for what takes longer.
const SECONDS: u64 = 5;
const MANY_SECONDS: u64 = 15;
/// Seconds before that, which are not.
const WARM_SECONDS: u64 = 1;
/// Nothing is given up on a busy machine: what is slow is measured.
const PATIENT: [(&str, &str); 2] = [("STATEMENT_TIMEOUT_MS", "60000"), ("REQUEST_TIMEOUT_MS", "60000")];
/// Nothing is answered but by reading.
const FORGETFUL: [(&str, &str); 1] = [("ANSWER_MEMORY_BYTES", "0")];
const READ_ONLY: &str = "&options=-c%20jit%3Doff%20-c%20default_transaction_read_only%3Don";

/// What a request reads.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The reader has the answer already, and learns that it still holds.
    Hit,
    /// Another reader was answered a moment ago.
    Kept,
    /// One thing, by its key.
    Row,
    /// A page of a list.
    List,
    /// Sums over many rows.
    Sum,
}

impl Kind {
    /// Whether the database is not asked.
    fn is_kept(self) -> bool {
        matches!(self, Self::Hit | Self::Kept)
    }
}

struct Case {
    name: &'static str,
    kind: Kind,
    paths: Vec<String>,
}

/// A request that is made again and again.
struct Target {
    path: String,
    /// Of the answer that the reader has.
    tag: Option<String>,
    /// The answer, as it came.
    answer: Vec<u8>,
    statements: Vec<Statement>,
}

/// What was reached.
#[derive(Clone, Copy)]
pub struct Rate {
    /// In 1,000 seconds: what takes long has few in one.
    pub a_thousand_seconds: u64,
    /// Microseconds that 99 of 100 took at most.
    pub micros_99: u64,
}

/// A case with its figures.
pub struct Line {
    pub name: &'static str,
    pub kind: Kind,
    /// Of the answer's body.
    pub bytes: usize,
    pub statements: usize,
    pub api: Rate,
    /// Transactions in 1,000 seconds; `None` if the database is not asked.
    pub pgbench: Option<u64>,
    pub bare: Rate,
}

impl Line {
    /// In hundredths.
    pub fn by_pgbench(&self) -> Option<u64> {
        self.pgbench.map(|rate| hundredths(self.api.a_thousand_seconds, rate))
    }

    /// In hundredths.
    pub fn by_bare(&self) -> u64 {
        hundredths(self.api.a_thousand_seconds, self.bare.a_thousand_seconds)
    }
}

async fn cases(database: &Database) -> Vec<Case> {
    let spread = async |table: &str, key: &str, order: &str| {
        let sql = format!(
            "SELECT {key}::text FROM (
                SELECT {key}, row_number() OVER (ORDER BY {order}) AS place, count(*) OVER () AS of FROM {table}
             ) AS t WHERE place % greatest(of / {DIFFERENT}, 1) = 0 ORDER BY place LIMIT {DIFFERENT}"
        );
        let keys = database.texts(&sql).await;
        keys.iter().map(|key| format!("/v1/{table}/{key}")).collect::<Vec<_>>()
    };
    let jobs = spread("jobs", "job", "opened_slot, job").await;
    let providers = spread("providers", "provider", "number").await;
    let revenue = vec!["/v1/revenue?interval=day".to_owned()];
    let case = |name, kind, paths| Case { name, kind, paths };
    vec![
        case("a job that the reader has", Kind::Hit, jobs.clone()),
        case("revenue by day that the reader has", Kind::Hit, revenue.clone()),
        case("a job that another reader has", Kind::Kept, jobs.clone()),
        case("revenue by day that another reader has", Kind::Kept, revenue.clone()),
        case("`/v1/jobs/{id}`", Kind::Row, jobs),
        case("`/v1/providers/{id}`", Kind::Row, providers),
        case("`/v1/events?limit=50`", Kind::List, vec!["/v1/events?limit=50".to_owned()]),
        case("`/v1/revenue?interval=day`", Kind::Sum, revenue),
        case("`/v1/market/prices`", Kind::Sum, vec!["/v1/market/prices".to_owned()]),
    ]
}

/// All requests, one after the other.
pub async fn measure(database: &Database, folder: &Folder) -> Vec<Line> {
    let script = folder.0.join("wrk.lua");
    std::fs::write(&script, include_str!("wrk.lua")).unwrap();
    let cases = cases(database).await;
    let recorder = Recorder::new(database);
    let remembering = Service::start(&database.url, &PATIENT);
    let reading = Service::start(&database.url, &[&PATIENT[..], &FORGETFUL].concat());
    let mut lines = Vec::new();
    for Case { name, kind, paths } in cases {
        let service = if kind.is_kept() { &remembering } else { &reading };
        let paths = paths.into_iter();
        let mut targets: Vec<Target> = paths.map(|path| target(service, &recorder, kind, path)).collect();
        let seconds = if kind == Kind::Sum { MANY_SECONDS } else { SECONDS };
        wrk(&service.address, &script, &targets, WARM_SECONDS);
        database.quiet().await;
        let api = wrk(&service.address, &script, &targets, seconds);
        database.quiet().await;
        let statements = targets[0].statements.len();
        let pgbench = (!kind.is_kept()).then(|| pgbench(&database.url, &targets, &folder.0, seconds));
        // Of the answers the one of middle length stands for all.
        targets.sort_by_key(|target| target.answer.len());
        let middle = &targets[targets.len() / 2].answer;
        let file = folder.0.join("answer");
        std::fs::write(&file, middle).unwrap();
        let bare = Bare::start(&file);
        wrk(&bare.address, &script, &targets, WARM_SECONDS);
        let bare = wrk(&bare.address, &script, &targets, SECONDS);
        let bytes = Reply::parse(middle).body.len();
        eprintln!(
            "{name}: {} requests in 1,000 s, {pgbench:?} by pgbench, {} by a bare route",
            api.a_thousand_seconds, bare.a_thousand_seconds
        );
        lines.push(Line { name, kind, bytes, statements, api, pgbench, bare });
    }
    lines
}

fn target(service: &Service, recorder: &Recorder, kind: Kind, path: String) -> Target {
    let answer = http::get(&service.address, &path, &[]);
    let reply = Reply::parse(&answer);
    assert_eq!(reply.status, 200, "{path}: {}", String::from_utf8_lossy(&reply.body));
    let (tag, answer) = if kind == Kind::Hit {
        let tag = reply.header("etag").expect("a validator").to_owned();
        let answer = http::get(&service.address, &path, &[("if-none-match", &tag)]);
        assert_eq!(Reply::parse(&answer).status, 304, "{path}");
        (Some(tag), answer)
    } else {
        (None, answer)
    };
    let statements = if kind.is_kept() { Vec::new() } else { recorder.of(&path) };
    Target { path, tag, answer, statements }
}

/// Asks for all targets in turn, so long. What fails ends the benchmark: an error is quick to make.
fn wrk(address: &str, script: &Path, targets: &[Target], seconds: u64) -> Rate {
    let mut command = Command::new("wrk");
    command.args(["-t1", &format!("-c{CONNECTIONS}"), &format!("-d{seconds}s"), "--timeout", "60s", "-s"]);
    command.arg(script).arg(format!("http://{address}")).arg("--");
    command.args(targets.iter().map(|target| match &target.tag {
        Some(tag) => format!("{}|{tag}", target.path),
        None => target.path.clone(),
    }));
    let output = command.output().expect("wrk, which scripts/install --with-wrk installs");
    let said = String::from_utf8_lossy(&output.stdout);
    let figures = said.lines().find_map(|line| line.strip_prefix("figures ")).expect("what wrk counted");
    let figures: Vec<u64> = figures.split(' ').map(|number| number.parse().unwrap()).collect();
    let [requests, micros, micros_99, failed] = figures[..] else { panic!("wrk said {said}") };
    assert_eq!(failed, 0, "requests failed: {said}");
    Rate { a_thousand_seconds: requests * 1_000_000_000 / micros.max(1), micros_99 }
}

/// Transactions in 1,000 seconds of the statements of all targets in turn.
fn pgbench(database: &str, targets: &[Target], folder: &Path, seconds: u64) -> u64 {
    let mut command = Command::new("pgbench");
    let connections = CONNECTIONS.to_string();
    command.args(["-n", "-M", "prepared", "-j", "1", "-c", &connections, "-T", &seconds.to_string()]);
    for (number, target) in targets.iter().enumerate() {
        let (script, variables) = statements::script(&target.statements, number);
        let file = folder.join(format!("{number}.sql"));
        std::fs::write(&file, script).unwrap();
        command.arg("-f").arg(file);
        variables.iter().for_each(|variable| {
            command.arg("-D").arg(variable);
        });
    }
    let output = command.arg(format!("{database}{READ_ONLY}")).output().expect("pgbench");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "pgbench: {}", String::from_utf8_lossy(&output.stderr));
    let rate = said.lines().find_map(|line| line.strip_prefix("tps = ")).expect("what pgbench counted");
    let rate = rate.split(' ').next().unwrap_or_default();
    let (whole, part) = rate.split_once('.').unwrap_or((rate, "0"));
    let thousandths: String = part.chars().chain("000".chars()).take(3).collect();
    whole.parse::<u64>().unwrap() * 1_000 + thousandths.parse::<u64>().unwrap()
}
