//! `/v1/exports`.

use crate::support::Service;
use crate::support::market::job;
use axum::http::StatusCode;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;
use serde_json::Value;
use std::collections::BTreeMap;

/// The tables of `/v1/exports` with the names of their columns.
async fn tables(service: &Service) -> BTreeMap<String, Vec<String>> {
    let index = service.get("/v1/exports").await;
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let columns = |table: &Value| {
        table["columns"].as_array().unwrap().iter().map(|column| text(&column["name"])).collect()
    };
    index.json["tables"]
        .as_array()
        .unwrap()
        .iter()
        .map(|table| (text(&table["name"]), columns(table)))
        .collect()
}

/// Rows of a Parquet file as text by column.
fn rows(bytes: Vec<u8>) -> Vec<BTreeMap<String, String>> {
    let reader = SerializedFileReader::new(bytes::Bytes::from(bytes)).unwrap();
    let text = |field: &Field| match field {
        Field::Null => String::new(),
        Field::Str(text) => text.clone(),
        Field::Long(number) => number.to_string(),
        Field::Int(number) => number.to_string(),
        Field::Bool(yes) => yes.to_string(),
        Field::Decimal(decimal) => {
            let bytes = decimal.data();
            let negative = bytes.first().is_some_and(|byte| *byte >= 0x80);
            let mut whole = [if negative { 0xff } else { 0 }; 16];
            whole[16 - bytes.len()..].copy_from_slice(bytes);
            assert_eq!(decimal.scale(), 0);
            i128::from_be_bytes(whole).to_string()
        }
        other => panic!("{other:?}"),
    };
    let row = |row: parquet::record::Row| {
        row.get_column_iter().map(|(name, field)| (name.clone(), text(field))).collect()
    };
    reader.get_row_iter(None).unwrap().map(|one| row(one.unwrap())).collect()
}

#[tokio::test]
async fn every_table_can_be_had_in_either_format_with_the_same_columns() {
    let service = Service::new();
    let tables = tables(&service).await;
    assert!(tables.len() >= 20, "{tables:?}");
    for (table, columns) in &tables {
        let csv = service.get(&format!("/v1/exports/{table}")).await;
        assert_eq!(csv.status, StatusCode::OK, "{table}: {}", csv.text);
        assert_eq!(csv.text.lines().next().unwrap(), columns.join(","), "{table}");
        assert_eq!((csv.header("x-tally-slot"), csv.header("x-tally-commitment")), ("100", "finalized"));
        let name = format!("attachment; filename=\"tally-{table}-finalized-100.csv\"");
        assert_eq!(csv.header("content-disposition"), name);
        let (headers, bytes) = service.bytes(&format!("/v1/exports/{table}?format=parquet")).await;
        assert_eq!(headers["content-type"], "application/vnd.apache.parquet");
        let reader = SerializedFileReader::new(bytes::Bytes::from(bytes)).unwrap();
        let schema = reader.metadata().file_metadata().schema_descr();
        let found: Vec<&str> = schema.columns().iter().map(|column| column.name()).collect();
        assert_eq!(&found, columns, "{table}");
        let lines = csv.text.lines().count() - 1;
        // A line break within a value would make more lines; there is none in this market.
        assert_eq!(i64::try_from(lines).unwrap(), reader.metadata().file_metadata().num_rows(), "{table}");
    }
}

#[tokio::test]
async fn both_formats_have_the_very_values_of_the_table() {
    let service = Service::new();
    let csv = service.get("/v1/exports/conversions").await;
    let mut lines = csv.text.lines();
    let names: Vec<&str> = lines.next().unwrap().split(',').collect();
    let cells: Vec<&str> = lines.next().unwrap().split(',').collect();
    assert!(lines.next().is_none(), "the other one is not final");
    let (_, bytes) = service.bytes("/v1/exports/conversions?format=parquet").await;
    let found = rows(bytes);
    assert_eq!(found.len(), 1);
    for (name, cell) in names.iter().zip(&cells) {
        assert_eq!(&found[0][*name], cell, "{name}");
    }
    assert_eq!(
        (&found[0]["job"], &found[0]["usd"], &found[0]["burned"]),
        (&job(1), &"100000000".into(), &"50000000000".into())
    );
    let (_, bytes) = service.bytes("/v1/exports/conversions?format=parquet&commitment=confirmed").await;
    assert_eq!(rows(bytes).len(), 2);
}

#[tokio::test]
async fn awkward_values_arrive_unharmed() {
    let service = Service::new();
    let text = "a tab\there, a \\ there, \"quotes\", a line\nand ünïcode";
    service.sql(&format!(
        "UPDATE events SET body = $json${}$json$ WHERE slot = 60;
         UPDATE revenue_hourly SET units = 99999999999999999999999999999999999999 WHERE hour = 1793563200",
        serde_json::json!({ "text": text }),
    ));
    let (_, bytes) = service.bytes("/v1/exports/events?format=parquet").await;
    let events = rows(bytes);
    let opened = events.iter().find(|row| row["slot"] == "60").unwrap();
    let body: Value = serde_json::from_str(&opened["body"]).unwrap();
    assert_eq!(body["text"], text);
    let (_, bytes) = service.bytes("/v1/exports/revenue_hourly?format=parquet").await;
    let largest = rows(bytes).iter().map(|row| row["units"].parse::<i128>().unwrap()).max();
    assert_eq!(largest, Some(99_999_999_999_999_999_999_999_999_999_999_999_999));
    let (_, bytes) = service.bytes("/v1/exports/ledger?format=parquet").await;
    let sum: i128 = rows(bytes).iter().map(|row| row["amount"].parse::<i128>().unwrap()).sum();
    assert_eq!(sum, 0, "negative amounts are negative");
}

#[tokio::test]
async fn entities_are_as_they_were_at_the_slot() {
    let service = Service::new();
    let column = |text: &str, name: &str| -> Vec<String> {
        let mut lines = text.lines();
        let place = lines.next().unwrap().split(',').position(|one| one == name).unwrap();
        lines.map(|line| line.split(',').nth(place).unwrap().to_owned()).collect()
    };
    let finalized = service.get("/v1/exports/jobs").await;
    let confirmed = service.get("/v1/exports/jobs?commitment=confirmed").await;
    let (before, after) = (column(&finalized.text, "job"), column(&confirmed.text, "job"));
    assert!(!before.contains(&job(4)) && after.contains(&job(4)), "job 4 is opened in slot 120");
    assert_eq!(after.len(), before.len() + 1);
}

#[tokio::test]
async fn a_time_chooses_rows_and_is_refused_where_there_is_none() {
    let service = Service::new();
    let count = |text: &str| text.lines().count() - 1;
    let all = service.get("/v1/exports/events").await;
    let some = service.get("/v1/exports/events?from=2026-11-03&to=2026-11-03T06:00:00Z").await;
    assert_eq!((count(&all.text), count(&some.text)), (35, 4));
    let reply = service.get("/v1/exports/jobs?from=2026-11-03").await;
    assert!(reply.problem("unanswerable").contains("jobs has no time"));
    assert!(service.get("/v1/exports/secrets").await.problem("not-found").contains("conversions"));
}

/// Events of more bytes than wait between the database and a reader.
const LARGE: &str = "INSERT INTO events SELECT 20, lpad(n::text, 88, 'z'), 0, 1, 0, 'Paused', 1793527200,
    jsonb_build_object('filler', repeat('x', 2000)), '', TRUE FROM generate_series(1, 2000) AS n";

#[tokio::test]
async fn only_so_many_exports_run_at_once_and_one_that_is_dropped_makes_room() {
    let service = Service::with(&[("EXPORT_CONNECTIONS", "1")]);
    service.sql(LARGE);
    let open = service.open("/v1/exports/events", &[]).await;
    let reply = service.get("/v1/exports/jobs").await;
    assert_eq!((reply.status, reply.header("retry-after")), (StatusCode::SERVICE_UNAVAILABLE, "5"));
    reply.problem("busy");
    drop(open);
    crate::support::eventually(async || {
        (service.get("/v1/exports/jobs").await.status == StatusCode::OK).then_some(())
    })
    .await;
}

#[tokio::test]
async fn an_export_that_nobody_reads_makes_room_when_its_time_is_over_and_does_not_look_whole() {
    let service = Service::with(&[("EXPORT_CONNECTIONS", "1"), ("EXPORT_TIMEOUT_MS", "300")]);
    service.sql(LARGE);
    let open = service.open("/v1/exports/events", &[]).await;
    crate::support::eventually(async || {
        (service.get("/v1/exports/jobs").await.status == StatusCode::OK).then_some(())
    })
    .await;
    let read = axum::body::to_bytes(open.into_body(), usize::MAX).await;
    assert!(read.is_err(), "a file that broke off ends with an error");
}
