//! What readers find as of the finalized slot is what an indexer finds that never saw more.

use super::support::chain::{Chain, Recipe};
use super::support::script::{reached, straight};
use super::support::tables::{Database, database};
use indexer::source::Update;
use sqlx::{AssertSqlSafe, Row};

const SEED: u64 = 23;
const SLOTS: u64 = 200;

/// Tables of entities and their address columns' names.
const ENTITIES: [&str; 14] = [
    "config",
    "price",
    "totals",
    "consumers",
    "providers",
    "jobs",
    "epochs",
    "credits",
    "changes",
    "bids",
    "buyback",
    "third_parties",
    "cases",
    "disputes",
];

/// The rows of every table that is updated in place, as the migration says to read them as of `slot`.
async fn as_of(database: &Database, slot: u64) -> Vec<(String, Vec<String>)> {
    let mut statements: Vec<(String, String)> = ENTITIES
        .iter()
        .map(|table| {
            let sql = format!(
                "SELECT (to_jsonb(t) - 'image')::text FROM {table} t WHERE t.slot <= {slot}
                 UNION ALL
                 SELECT (to_jsonb(t) - 'image')::text FROM (
                    SELECT DISTINCT ON (entity) before FROM entities_before
                    WHERE kind = '{table}' AND slot > {slot} ORDER BY entity, ordinal
                 ) b CROSS JOIN LATERAL jsonb_populate_record(NULL::{table}, b.before) AS t
                 WHERE b.before IS NOT NULL ORDER BY 1"
            );
            ((*table).to_owned(), sql)
        })
        .collect();
    statements.push((
        "dues".into(),
        format!(
            "WITH changed AS (
                SELECT DISTINCT ON (entity) entity, dues FROM entities_before
                WHERE kind = 'jobs' AND slot > {slot} ORDER BY entity, ordinal
             )
             SELECT to_jsonb(t)::text FROM dues t WHERE t.job NOT IN (SELECT entity FROM changed)
             UNION ALL
             SELECT to_jsonb(t)::text FROM changed c, jsonb_populate_recordset(NULL::dues, c.dues) AS t ORDER BY 1"
        ),
    ));
    statements.push((
        "balances".into(),
        format!(
            "SELECT account || owner || job || mint || sum(amount) FROM (
                SELECT account, owner, job, mint, balance AS amount FROM balances
                UNION ALL SELECT account, owner, job, mint, -amount FROM ledger WHERE slot > {slot}
             ) parts GROUP BY account, owner, job, mint HAVING sum(amount) <> 0 ORDER BY 1"
        ),
    ));
    let all_zero = "fees_usd = 0 AND burned = 0 AND minted = 0 AND deposited = 0 AND refunded = 0 AND units = 0
        AND jobs_opened = 0 AND jobs_accepted = 0 AND jobs_closed = 0 AND jobs_failed = 0 AND jobs_cancelled = 0
        AND receipts = 0 AND cancel_fees = 0 AND slashed = 0";
    for table in ["revenue_hourly", "network_hourly"] {
        let sql =
            format!("SELECT to_jsonb(t)::text FROM {table}_finalized t WHERE NOT ({all_zero}) ORDER BY 1");
        statements.push((table.into(), sql));
    }
    let mut connection = database.connection().await;
    let mut found = Vec::new();
    for (table, sql) in statements {
        let rows = sqlx::query(AssertSqlSafe(sql)).fetch_all(&mut connection).await.unwrap();
        found.push((table, rows.iter().map(|row| row.get(0)).collect()));
    }
    found
}

/// The network's sums are those of all providers, column by column.
async fn assert_network_is_the_sum(database: &Database) {
    let each = |table: &str, value: &str| {
        format!(
            "SELECT hour, rail, hardware, key, {value} FROM {table} t CROSS JOIN LATERAL jsonb_each(to_jsonb(t))
             WHERE key NOT IN ('hour', 'rail', 'provider', 'hardware')"
        )
    };
    let network = each("network_hourly", "value::text::numeric");
    let providers = each("revenue_hourly", "sum(value::text::numeric)") + " GROUP BY 1, 2, 3, 4";
    for (one, other) in [(&network, &providers), (&providers, &network)] {
        let sql = format!("SELECT count(*) FROM ({one} EXCEPT {other}) AS difference");
        let mut connection = database.connection().await;
        let difference: i64 =
            sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&mut connection).await.unwrap();
        assert_eq!(difference, 0);
    }
}

async fn assert_same_as_of(one: &Database, other: &Database, slot: u64) {
    for database in [one, other] {
        assert_network_is_the_sum(database).await;
    }
    let (one, other) = (as_of(one, slot).await, as_of(other, slot).await);
    for ((table, found), (_, expected)) in one.iter().zip(&other) {
        assert_eq!(found, expected, "{table} as of slot {slot}");
    }
}

#[tokio::test]
async fn finalized_reads_see_nothing_that_is_only_confirmed() {
    let chain = Chain::make(Recipe { seed: SEED, slots: SLOTS, noise: false });
    let blocks = chain.source_blocks();
    for (finalized, batch) in [(1, 1_000), (60, 1), (61, 7), (120, 1_000), (150, 50), (SLOTS, 3)] {
        let (all, less) = (database().await, database().await);
        let updates = blocks.iter().cloned().map(Update::Block);
        all.feed(updates.chain([reached(chain.last_slot, finalized)]).collect(), batch).await;
        let final_blocks: Vec<_> = blocks.iter().filter(|block| block.slot <= finalized).cloned().collect();
        less.feed(straight(&final_blocks, finalized), 1_000).await;
        assert_same_as_of(&all, &less, finalized).await;
    }
}

#[tokio::test]
async fn that_stays_so_while_the_head_and_finality_advance() {
    let chain = Chain::make(Recipe { seed: SEED + 1, slots: SLOTS, noise: false });
    let blocks = chain.source_blocks();
    let all = database().await;
    let mut behind = 0;
    for (place, window) in blocks.chunks(9).enumerate() {
        let head = window.last().unwrap().slot;
        let finalized = head.saturating_sub(13 + u64::try_from(place % 3).unwrap() * 7).max(behind);
        behind = finalized;
        let updates = window.iter().cloned().map(Update::Block).chain([reached(head, finalized)]);
        all.feed(updates.collect(), 4).await;
        if place % 4 == 3 {
            let less = database().await;
            let final_blocks: Vec<_> =
                blocks.iter().filter(|block| block.slot <= finalized).cloned().collect();
            less.feed(straight(&final_blocks, finalized), 1_000).await;
            assert_same_as_of(&all, &less, finalized).await;
        }
    }
    all.feed(vec![reached(chain.last_slot, chain.last_slot)], 1).await;
    assert_eq!(all.number("SELECT count(*) FROM entities_before").await, 0, "notes go as slots become final");
}
