//! For operators: whether the process lives, whether its figures can be relied on, and its counters.

use crate::db::health::Health;
use crate::db::{SCHEMA_VERSION, State as Server};
use crate::error::{Kind, Problem, Result};
use crate::extract::{Nothing, Query};
use crate::state::App;
use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

/// The process lives.
#[derive(Debug, Serialize, ToSchema)]
pub struct Alive {
    /// Always.
    alive: bool,
    /// Version of the service.
    version: &'static str,
}

/// The figures can be relied on.
#[derive(Debug, Serialize, ToSchema)]
pub struct Ready {
    /// Whether every check passes; if not, the answer is a problem that names those that do not.
    ready: bool,
    /// Every check.
    checks: Vec<Check>,
}

/// One check.
#[derive(Debug, Serialize, ToSchema)]
pub struct Check {
    /// What is checked: schema, indexed, lag, decoded, reconciled; replica if there is one.
    name: &'static str,
    /// Whether it passes.
    passes: bool,
    /// What was found.
    detail: String,
}

/// Whether the process lives
///
/// Says nothing about the database: a process is not to be restarted for what is not its fault.
#[utoipa::path(get, path = "/livez", tag = "operators",
    responses((status = 200, description = "The answer", body = Alive), (status = "default", response = crate::openapi::AnyProblem)))]
pub async fn livez(Query(Nothing {}): Query<Nothing>) -> Json<Alive> {
    Json(Alive { alive: true, version: env!("CARGO_PKG_VERSION") })
}

/// Whether the figures can be relied on
///
/// Fails while the database cannot be reached, or none of its servers is recent enough to be read; while the schema is not
/// one that this service knows; while the indexer lags or has not seen the chain's head for too long; while something could
/// not be decoded or waits for what is missing; and while the last comparison with the chain's accounts found a difference, is
/// too old, or has not been made. It judges by its own settings (`max_lag_slots`, `max_lag_seconds`,
/// `max_reconciliation_age_seconds`), the indexer's `/readyz` by those of the indexer.
#[utoipa::path(get, path = "/readyz", tag = "operators",
    responses((status = 200, description = "The answer", body = Ready), (status = "default", response = crate::openapi::AnyProblem)))]
pub async fn readyz(State(app): State<App>, Query(Nothing {}): Query<Nothing>) -> Result<Json<Ready>> {
    let health = app.database.health().await?;
    let checks = checks(&app, &health);
    let failing: Vec<_> = checks.iter().filter(|check| !check.passes).collect();
    if failing.is_empty() {
        return Ok(Json(Ready { ready: true, checks }));
    }
    let reasons: Vec<_> = failing.iter().map(|check| format!("{}: {}", check.name, check.detail)).collect();
    Err(Problem::new(Kind::NotReady, format!("{}.", reasons.join("; "))))
}

fn checks(app: &App, health: &Health) -> Vec<Check> {
    let check = |name, passes, detail| Check { name, passes, detail };
    let indexed = match (health.confirmed_slot, health.finalized_slot) {
        (Some(confirmed), Some(finalized)) => {
            format!("up to slot {confirmed} confirmed, {finalized} finalized")
        }
        _ => "the indexer has not written anything yet".to_owned(),
    };
    let decoded = match (health.dead_letters, health.waiting) {
        (0, 0) => "everything was understood".to_owned(),
        (dead, waiting) => {
            format!("{dead} entries could not be understood, {waiting} events wait for one before them")
        }
    };
    let (caught_up, lag) = lag(app, health);
    let (sound, reconciled) = reconciled(app, health);
    let mut checks = vec![
        check("schema", health.knows_schema(), schema(health)),
        check("indexed", health.finalized_slot.is_some(), indexed),
        check("lag", caught_up, lag),
        check("decoded", health.dead_letters == 0 && health.waiting == 0, decoded),
        check("reconciled", sound, reconciled),
    ];
    if let [database, replica] = app.database.servers().as_slice() {
        let (passes, detail) = servers(database, replica);
        checks.push(check("replica", passes, detail));
    }
    checks
}

fn schema(health: &Health) -> String {
    let found = format!("version {}", health.schema_version);
    if health.knows_schema() {
        return found;
    }
    if health.schema_version < SCHEMA_VERSION {
        return format!(
            "{found}; this service reads {SCHEMA_VERSION}, which an indexer of its version makes"
        );
    }
    format!(
        "{found}, to be read by those who know {} or later; this service knows {SCHEMA_VERSION}",
        health.oldest_reader
    )
}

/// Fails only if nothing that is recent is left to read: another server that is not read does no harm.
fn servers(database: &Server, replica: &Server) -> (bool, String) {
    let one = |server: &Server| {
        let role = if server.standby { "a standby" } else { "no standby" };
        let state = match (server.up, server.behind_slots, server.behind_ms) {
            (false, ..) => "does not answer".to_owned(),
            (true, Some(slots), Some(ms)) => {
                let verdict = if server.late { ", too far to be read" } else { "" };
                format!("is {slots} slots and {ms} ms behind the other{verdict}")
            }
            (true, ..) => "answers".to_owned(),
        };
        format!("{} ({role}) {state}", server.name)
    };
    let fit = |server: &Server| server.up && !server.late;
    (fit(database) || fit(replica), format!("{}, {}", one(replica), one(database)))
}

fn lag(app: &App, health: &Health) -> (bool, String) {
    let (Some(seen_ago), Some(head), Some(slot)) =
        (health.seen_ago, health.head_finalized, health.finalized_slot)
    else {
        return (false, "the indexer has not reported the chain's head yet".to_owned());
    };
    let (most_seconds, most_slots) = (app.settings.max_lag_seconds, app.settings.max_lag_slots);
    let behind = head.saturating_sub(slot).max(0);
    let passes = seen_ago <= i64::from(most_seconds) && behind <= i64::from(most_slots);
    let detail = format!(
        "{behind} slots behind the finalized head (at most {most_slots}), which the indexer saw {seen_ago} seconds ago (at most {most_seconds})"
    );
    (passes, detail)
}

fn reconciled(app: &App, health: &Health) -> (bool, String) {
    let (Some(slot), Some(ago)) = (health.compared_slot, health.compared_ago) else {
        return (false, "the tables have not been compared with the chain yet".to_owned());
    };
    let most = app.settings.max_reconciliation_age_seconds;
    if !health.deficits.is_empty() {
        return (false, format!("at slot {slot} chain and tables differ in {}", health.deficits.join(", ")));
    }
    (
        ago <= i64::from(most),
        format!("nothing was missing at slot {slot}, {ago} seconds ago (at most {most})"),
    )
}

/// Counters
///
/// In Prometheus's text format.
#[utoipa::path(get, path = "/metrics", tag = "operators",
    responses((status = 200, description = "The answer", body = String, content_type = "text/plain"), (status = "default", response = crate::openapi::AnyProblem)))]
pub async fn metrics(State(app): State<App>, Query(Nothing {}): Query<Nothing>) -> Result<Response> {
    let (idle, all) = app.database.connections();
    app.metrics.connections(idle, all);
    // A database that is down is itself worth reporting, so it does not fail the report.
    match app.database.health().await {
        Ok(health) => {
            let marks = [
                ("confirmed", health.confirmed_slot, health.head_confirmed),
                ("finalized", health.finalized_slot, health.head_finalized),
            ];
            for (commitment, slot, head) in marks {
                let Some(slot) = slot else { continue };
                let behind = head.map_or(0, |head| head.saturating_sub(slot).max(0));
                app.metrics.indexed(commitment, slot, behind);
            }
            let ready = checks(&app, &health).iter().all(|check| check.passes);
            app.metrics.health(true, health.dead_letters, ready);
        }
        Err(_) => app.metrics.health(false, 0, false),
    }
    app.database.servers().iter().for_each(|server| app.metrics.server(server));
    let text = app.metrics.render().map_err(Problem::internal)?;
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response())
}
