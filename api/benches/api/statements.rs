//! The statements of a request with their parameters, as the database logs them: they are the API's own, whatever
//! becomes of it. A script for `pgbench` is made of them.

use super::database::Database;
use super::http;
use super::service::Service;
use serde_json::Value;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Longest that is waited for a line of the log.
const PATIENCE: Duration = Duration::from_secs(10);
/// Time between two looks at it.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// A statement.
pub struct Statement {
    sql: String,
    /// Of its parameters, in their order; `None` for null.
    values: Vec<Option<String>>,
}

impl Statement {
    /// Of an entry of the log; `None` of any other entry than one of the API's statements.
    fn of(entry: &Value) -> Option<Self> {
        if entry["application_name"] != "tally-api" {
            return None;
        }
        let (kind, sql) = entry["message"].as_str()?.split_once(": ")?;
        if kind != "statement" && !kind.starts_with("execute ") {
            return None;
        }
        let sql = sql.trim().trim_end_matches(';').to_owned();
        Some(Self { sql, values: values(entry["detail"].as_str().unwrap_or_default()) })
    }

    fn begins(&self) -> bool {
        self.sql.starts_with("BEGIN")
    }
}

/// Of `parameters: $1 = 'one', $2 = NULL`.
fn values(detail: &str) -> Vec<Option<String>> {
    let mut values = Vec::new();
    let mut rest = detail;
    while let Some((_, after)) = rest.split_once(" = ") {
        let Some(quoted) = after.strip_prefix('\'') else {
            values.push(None);
            rest = after;
            continue;
        };
        let mut value = String::new();
        let mut letters = quoted.char_indices().peekable();
        let mut end = quoted.len();
        while let Some((place, letter)) = letters.next() {
            // A quote within a value is written twice.
            if letter == '\'' && letters.next_if(|(_, next)| *next == '\'').is_none() {
                end = place + 1;
                break;
            }
            value.push(letter);
        }
        values.push(Some(value));
        rest = &quoted[end..];
    }
    values
}

/// A service whose statements are logged; it has one connection, so that they stand in the order of its requests.
pub struct Recorder {
    service: Service,
    logs: PathBuf,
}

impl Recorder {
    pub fn new(database: &Database) -> Self {
        let url = format!("{}&options=-c%20log_statement%3Dall", database.url);
        Self {
            service: Service::start(&url, &[("DATABASE_CONNECTIONS", "1"), ("ANSWER_MEMORY_BYTES", "0")]),
            logs: database.logs(),
        }
    }

    /// The statements of a request, from `BEGIN` to the end of its transaction.
    pub fn of(&self, path: &str) -> Vec<Statement> {
        let already = self.log().len();
        // The first one also reads what the driver has to know of types; the last one's beginning ends the second.
        for _ in 0..3 {
            http::get(&self.service.address, path, &[]);
        }
        let started = Instant::now();
        loop {
            let mut requests: Vec<Vec<Statement>> = Vec::new();
            for line in self.log()[already..].lines() {
                // The last line may not be whole yet.
                let Some(statement) = serde_json::from_str(line).ok().as_ref().and_then(Statement::of) else {
                    continue;
                };
                if statement.begins() {
                    requests.push(Vec::new());
                }
                // What stands before the first one ends another request.
                if let Some(request) = requests.last_mut() {
                    request.push(statement);
                }
            }
            if requests.len() == 3 {
                return requests.swap_remove(1);
            }
            assert!(started.elapsed() < PATIENCE, "{path}: of 3 requests {} were logged", requests.len());
            std::thread::sleep(LOOK_EVERY); // the log has no other signal
        }
    }

    fn log(&self) -> String {
        let files = std::fs::read_dir(&self.logs).unwrap().map(|entry| entry.unwrap().path());
        let mut files: Vec<PathBuf> =
            files.filter(|file| file.extension().is_some_and(|it| it == "json")).collect();
        files.sort();
        files.iter().map(|file| std::fs::read_to_string(file).unwrap()).collect()
    }
}

/// A script of these statements, and its variables as `pgbench` is told them.
pub fn script(statements: &[Statement], number: usize) -> (String, Vec<String>) {
    let (mut script, mut variables) = (String::new(), Vec::new());
    for (place, Statement { sql, values }) in statements.iter().enumerate() {
        let name = |parameter: usize| format!("v{number}_{place}_{parameter}");
        let mut parts = sql.split('$');
        script.push_str(parts.next().unwrap_or_default());
        for part in parts {
            let digits = part.len() - part.trim_start_matches(|letter: char| letter.is_ascii_digit()).len();
            let value = part[..digits]
                .parse()
                .ok()
                .and_then(|parameter: usize| Some((parameter, values.get(parameter.checked_sub(1)?)?)));
            match value {
                // It takes no variable that is empty or null.
                Some((_, Some(value))) if value.is_empty() => script.push_str("''"),
                Some((_, None)) => script.push_str("NULL"),
                Some((parameter, Some(_))) => script.push_str(&format!(":{}", name(parameter))),
                None => script.push_str(&format!("${}", &part[..digits])),
            }
            script.push_str(&part[digits..]);
        }
        script.push_str(";\n");
        let given = (1..).zip(values).filter_map(|(parameter, value)| Some((parameter, value.as_ref()?)));
        let given = given.filter(|(_, value)| !value.is_empty());
        variables.extend(given.map(|(parameter, value)| format!("{}={value}", name(parameter))));
    }
    (script, variables)
}
