//! Changes of the network's configuration: waiting, applied, given up, expired.

use super::count;
use crate::answer::Page;
use crate::db::changes::Change as Row;
use crate::error::Result;
use crate::extract::Query;
use crate::moment::rfc3339;
use crate::pagination::Wanted;
use crate::routes::network::numbers;
use crate::state::App;
use axum::extract::State;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A change of the configuration.
#[derive(Debug, Serialize, ToSchema)]
pub struct Change {
    /// Its account.
    change: String,
    /// Its number, from 0.
    number: u64,
    /// What it replaces.
    #[schema(example = "parameters")]
    kind: String,
    /// waiting (for its timelock), ready (it can be applied), applied, cancelled, or expired (too late to apply it).
    #[schema(example = "waiting")]
    state: &'static str,
    /// The admin that queued it.
    queued_by: String,
    /// When.
    queued_at: String,
    /// From when on it may be applied.
    applies_from: String,
    /// Until when it may be applied.
    expires_at: String,
    /// When it was applied or its account closed; null before.
    decided_at: Option<String>,
    /// By whom.
    decided_by: Option<String>,
    /// The new parameters by name, in the program's units; null if its kind is one of an address.
    parameters: Option<BTreeMap<String, i64>>,
    /// The new address; null if its kind is parameters.
    address: Option<String>,
    /// What was in force until it was applied; null before, and if its kind is one of an address.
    previous_parameters: Option<BTreeMap<String, i64>>,
    /// What was in force until it was applied; null before, and if its kind is parameters.
    previous_address: Option<String>,
    /// What it may replace: the sha256 of the parameters, or the address, in hexadecimal.
    base: String,
    /// Who paid its rent and gets it back.
    rent_payer: String,
}

/// Changes of the configuration
///
/// In order of queueing. A change can be seen here for its whole timelock before it can be applied.
#[utoipa::path(get, path = "/v1/changes", tag = "analysts", params(Wanted),
    responses((status = 200, description = "The answer", body = Page<Change>), (status = "default", response = crate::openapi::AnyProblem)))]
pub async fn changes(State(app): State<App>, Query(wanted): Query<Wanted>) -> Result<Page<Change>> {
    let name = format!("changes {} {}", wanted.order.name(), wanted.commitment.name());
    let after = app.cursors.after(&name, wanted.cursor.as_ref())?;
    let mut view = app.database.view(wanted.commitment).await?;
    let mut rows = view.changes(after, wanted.order, wanted.limit).await?;
    let next = wanted.limit.cut(&mut rows, |row| row.number);
    let next = app.cursors.next(&name, next)?;
    let now = view.as_of;
    Ok(view.page(rows.into_iter().map(|row| shown(row, now)).collect(), next))
}

/// Where a change stands at a moment.
fn state(row: &Row, now: i64) -> &'static str {
    match row.state.as_str() {
        "applied" => "applied",
        "cancelled" => "cancelled",
        "waiting" if now < row.applies_from => "waiting",
        "waiting" if now <= row.expires_at => "ready",
        _ => "expired",
    }
}

fn shown(row: Row, now: i64) -> Change {
    Change {
        state: state(&row, now),
        change: row.entity,
        number: count(row.number),
        kind: row.kind,
        queued_by: row.queued_by,
        queued_at: rfc3339(row.queued_at),
        applies_from: rfc3339(row.applies_from),
        expires_at: rfc3339(row.expires_at),
        decided_at: row.decided_at.map(rfc3339),
        decided_by: row.decided_by,
        parameters: row.parameters.as_ref().map(numbers),
        address: row.address,
        previous_parameters: row.previous_parameters.as_ref().map(numbers),
        previous_address: row.previous_address,
        base: row.base,
        rent_payer: row.rent_payer,
    }
}
