//! Reputation out of exported events alone.

use super::support::recording;
use super::support::script::straight;
use super::support::tables::{Database, database};
use indexer::recompute::scores;
use settlement_interface::reputation::{Outcome, score};
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, Row};

async fn fetch(database: &Database, sql: &str) -> Vec<PgRow> {
    sqlx::query(AssertSqlSafe(sql.to_owned())).fetch_all(&mut database.connection().await).await.unwrap()
}

/// Events as the API exports them, in the table's order and not in the chain's.
async fn export(database: &Database) -> String {
    let rows = fetch(database, "SELECT slot, signature, instruction, inner_index, tx_index, name, encode(data, 'hex') AS data FROM events ORDER BY signature").await;
    let mut csv = "slot,signature,instruction,inner_index,tx_index,name,data\n".to_owned();
    for row in rows {
        let (slot, signature): (i64, String) = (row.get("slot"), row.get("signature"));
        let (instruction, inner, place): (i32, i32, i32) =
            (row.get("instruction"), row.get("inner_index"), row.get("tx_index"));
        let (name, data): (String, String) = (row.get("name"), row.get("data"));
        csv += &format!("{slot},{signature},{instruction},{inner},{place},{name},{data}\n");
    }
    csv
}

#[tokio::test]
async fn scores_of_exported_events_are_those_of_the_tables() {
    let mut scored = 0;
    for recording in recording::recordings("recordings", "program") {
        let database = database().await;
        database.feed(straight(&recording.blocks(), recording.last_slot()), 100).await;
        let export = export(&database).await;
        for later in [0, 45 * 86_400] {
            let last = scores(export.as_bytes(), None).unwrap().at;
            let found = scores(export.as_bytes(), Some(last + later)).unwrap();
            let rows = fetch(&database, "SELECT provider FROM providers").await;
            assert_eq!(rows.len(), found.providers.len(), "every provider, newcomers too");
            for row in rows {
                let provider: String = row.get("provider");
                let counted = "SELECT success, weight::bigint AS weight, at FROM outcomes WHERE NOT related AND weight > 0 AND provider =";
                let outcomes = fetch(&database, &format!("{counted} '{provider}'")).await;
                let outcomes: Vec<Outcome> = outcomes
                    .iter()
                    .map(|row| Outcome {
                        success: row.get("success"),
                        weight: row.get::<i64, _>("weight").unsigned_abs(),
                        at: row.get("at"),
                    })
                    .collect();
                let expected = score(&outcomes, last + later).unwrap();
                let one = &found.providers[&provider];
                assert_eq!(
                    (one.score, one.upper, one.share, one.newcomer),
                    (expected.score, expected.upper, expected.share, expected.newcomer)
                );
                assert_eq!((one.weight.clone(), one.outcomes), (expected.weight.to_string(), outcomes.len()));
                scored += outcomes.len();
            }
        }
    }
    assert!(scored > 20, "{scored} outcomes are no test");
}

#[tokio::test]
async fn an_export_that_is_not_whole_is_refused_by_what_is_missing() {
    let recording = recording::recordings("recordings", "program")
        .into_iter()
        .max_by_key(|one| one.blocks().len())
        .unwrap();
    let database = database().await;
    database.feed(straight(&recording.blocks(), recording.last_slot()), 100).await;
    let whole = export(&database).await;
    let lines: Vec<&str> = whole.lines().collect();
    let without = |name: &str| -> String {
        let gone = lines.iter().position(|line| line.contains(&format!(",{name},"))).unwrap();
        lines
            .iter()
            .enumerate()
            .filter(|(number, _)| *number != gone)
            .map(|(_, line)| format!("{line}\n"))
            .collect()
    };
    let refusal = |export: &str| scores(export.as_bytes(), None).unwrap_err().to_string();
    let missing = refusal(&without("JobAccepted"));
    assert!(missing.contains("which is missing") && missing.contains("export all events"), "{missing}");
    assert!(refusal(&without("Initialized")).contains("which is missing"));
    assert!(refusal("slot,signature\n").contains("no events"));
    assert!(
        refusal("slot,signature,instruction,inner_index,tx_index,data\n1,x,0,0,0,zz\n").contains("Line 2")
    );
    assert!(refusal(&whole.replacen(",data\n", ",dota\n", 1)).contains("data"));
}
