//! Whole tables as CSV or Parquet, streamed: neither a table's size nor a reader's pace is this process's memory.

mod parquet;
mod pump;

pub use parquet::CONTENT_TYPE as PARQUET;

use crate::answer::Source;
use crate::db::export::{Column, Format as Copied, Holds, TABLES, Table};
use crate::error::{Kind, Problem, Result};
use crate::extract::{Commitment, Nothing, Query};
use crate::limits::Reader;
use crate::moment::Moment;
use crate::openapi::words;
use crate::state::App;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;
use utoipa::{IntoParams, PartialSchema, ToSchema};

/// What an export is written as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ToSchema)]
pub enum Format {
    /// Comma-separated values.
    #[default]
    Csv,
    /// Apache Parquet.
    Parquet,
}

crate::extract::choice!(Format { Csv = "csv", Parquet = "parquet" });

impl Format {
    const fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Parquet => "parquet",
        }
    }

    const fn content_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8; header=present",
            Self::Parquet => PARQUET,
        }
    }
}

/// Which rows, written how.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// csv or parquet.
    #[serde(default)]
    #[param(value_type = String, pattern = "^(csv|parquet)$")]
    format: Format,
    /// Only rows of this moment or later; of tables with a time.
    #[param(inline)]
    from: Option<Moment>,
    /// Only rows of before this moment; of tables with a time.
    #[param(inline)]
    to: Option<Moment>,
    /// State of the chain to export; finalized if not given.
    #[serde(default)]
    #[param(inline)]
    commitment: Commitment,
}

/// What can be exported.
#[derive(Debug, Serialize, ToSchema)]
pub struct Exports {
    /// The tables.
    tables: Vec<ExportTable>,
}

/// A table that can be exported.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExportTable {
    /// Its name.
    #[schema(example = "conversions")]
    name: &'static str,
    /// What a row is.
    about: &'static str,
    /// The column that `from` and `to` are about; null if it has none.
    time: Option<&'static str>,
    /// Its columns in order.
    columns: Vec<ExportColumn>,
}

/// A column of an export.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExportColumn {
    /// Its name.
    name: String,
    /// long (64 bits; times are Unix seconds), integer (32 bits), amount (whole, up to 20 digits: base units,
    /// micro-dollars), wide (whole, up to 38 digits), boolean, text or json. Any may be empty, which is null.
    #[schema(inline)]
    holds: Holds,
}

/// What can be exported
///
/// Every table with its columns. Columns are only ever added, behind those that are there.
#[utoipa::path(get, path = "/v1/exports", tag = "analysts",
    responses((status = 200, description = "The tables", body = Exports), (status = "default", response = crate::openapi::AnyProblem)))]
pub async fn exports(State(app): State<App>, Query(Nothing {}): Query<Nothing>) -> Result<Json<Exports>> {
    let column = |column: Column| ExportColumn { name: column.name, holds: column.holds };
    let table = |(table, columns): (&'static Table, Vec<Column>)| ExportTable {
        name: table.name,
        about: table.about,
        time: table.time,
        columns: columns.into_iter().map(column).collect(),
    };
    let tables = app.database.exports().await?.into_iter().map(table).collect();
    Ok(Json(Exports { tables }))
}

/// The names of all exports, for the document: which one is meant is looked up in [`TABLES`].
pub struct TableName;

impl PartialSchema for TableName {
    fn schema() -> RefOr<Schema> {
        words(TABLES.iter().map(|table| table.name))
    }
}

impl ToSchema for TableName {}

/// A whole table
///
/// As CSV (RFC 4180) or Apache Parquet, streamed, of one snapshot: slot and commitment are in the headers
/// `X-Tally-Slot` and `X-Tally-Commitment`. Amounts are base units and micro-dollars, in Parquet decimals without
/// fraction; times are Unix seconds. An export that fails half-way ends without its last chunk, which every client reports.
#[utoipa::path(get, path = "/v1/exports/{table}", tag = "analysts",
    params(("table" = inline(TableName), Path, description = "One of those that `/v1/exports` lists"), Wanted),
    responses(
        (status = 200, description = "The rows", content((String = "text/csv"), (String = "application/vnd.apache.parquet"))),
        (status = "default", response = crate::openapi::AnyProblem)))]
pub async fn export(
    State(app): State<App>,
    reader: Option<Extension<Reader>>,
    Path(name): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Response> {
    let table = TABLES.iter().find(|table| table.name == name).ok_or_else(|| {
        let names: Vec<&str> = TABLES.iter().map(|table| table.name).collect();
        let detail = format!("There is no export of that name; there are {}.", names.join(", "));
        Problem::new(Kind::NotFound, detail)
    })?;
    if table.time.is_none() && (wanted.from.is_some() || wanted.to.is_some()) {
        let detail = format!("from, to: {} has no time to choose by; leave them out.", table.name);
        return Err(Problem::new(Kind::Unanswerable, detail));
    }
    let within = super::during::within(wanted.from, wanted.to)?;
    let seat = app.exports.for_request(reader.as_deref(), "exports", "")?;
    let patience = app.settings.export_timeout();
    let reading = app.database.export(table, &within, wanted.commitment, patience).await?;
    let source = reading.source.clone();
    let body = match wanted.format {
        Format::Csv => pump::start(reading, Copied::Csv, pump::AsItIs::default(), seat, patience).await?,
        Format::Parquet => {
            let encoder = parquet::Encoder::new(table.name, &reading.columns)?;
            pump::start(reading, Copied::Text, encoder, seat, patience).await?
        }
    };
    Ok(answer(table, &source, wanted.format, body))
}

fn answer(table: &Table, source: &Source, format: Format, body: Body) -> Response {
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(format.content_type()));
    headers.insert("x-tally-slot", HeaderValue::from(source.slot));
    headers.insert("x-tally-commitment", HeaderValue::from_static(source.commitment.name()));
    let commitment = source.commitment.name();
    let file = format!("tally-{}-{commitment}-{}.{}", table.name, source.slot, format.extension());
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{file}\"")) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    response
}
