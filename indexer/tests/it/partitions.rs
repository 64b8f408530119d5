//! Tables that are divided by slot, beside ones that are not: the same rows, whatever happens.

use super::support::chain::{Chain, Recipe};
use super::support::process::{command, output};
use super::support::script::{reached, straight};
use super::support::tables::{Database, assert_same, database};
use indexer::source::{Block, Update};
use indexer::store::DIVIDED;

/// Slots of a partition: some of them end while a chain is written.
const SLOTS: u64 = 40;

fn chain() -> Chain {
    Chain::make(Recipe { seed: 51, slots: 260, noise: true })
}

async fn undisturbed(chain: &Chain) -> Database {
    let database = database().await;
    database.feed(straight(&chain.source_blocks(), chain.last_slot), 1_000).await;
    database
}

/// Rows that no partition was made for.
async fn rest(database: &Database) -> i128 {
    let each = DIVIDED.map(|table| format!("(SELECT count(*) FROM {table}_rest)"));
    database.number(&format!("SELECT {}", each.join(" + "))).await
}

/// The first blocks written, the tables divided, the rest written.
async fn divided(chain: &Chain) -> Database {
    let database = database().await;
    let blocks = chain.source_blocks();
    let (first, second) = blocks.split_at(blocks.len() / 3);
    let through = first.last().unwrap().slot;
    database.feed(straight(first, through), 50).await;
    let before = database.sums().await;
    let done = database.store.partition(SLOTS).await.unwrap();
    assert_eq!(done.divided, DIVIDED);
    assert_same(&before, &database.sums().await, &[]);
    let again = database.store.partition(SLOTS).await.unwrap();
    assert!(again.divided.is_empty() && again.made.is_empty(), "{again:?}");
    database.feed(straight(second, chain.last_slot), 10).await;
    database
}

#[tokio::test]
async fn divided_tables_hold_the_same_and_partitions_are_made_ahead() {
    let chain = chain();
    let (one, other) = (undisturbed(&chain).await, divided(&chain).await);
    assert_same(&one.sums().await, &other.sums().await, &[]);
    assert_eq!(rest(&other).await, 0);
    for table in DIVIDED {
        let last = format!(
            "SELECT max(substring(pg_get_expr(c.relpartbound, c.oid) FROM 'TO \\(''(\\d+)''\\)')::bigint)
             FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = '{table}'::regclass"
        );
        let ahead = other.number(&last).await - i128::from(chain.last_slot);
        assert!(ahead > i128::from(2 * SLOTS), "{table}: {ahead} slots ahead");
    }
    let written = other.texts("SELECT DISTINCT tableoid::regclass::text FROM events").await;
    assert!(written.len() > 3, "{written:?}");
}

#[tokio::test]
async fn how_events_lie_on_disk_is_the_same_for_all_partitions() {
    let database = divided(&chain()).await;
    let without =
        "SELECT c.relname::text FROM pg_partition_tree('events') t JOIN pg_class c ON c.oid = t.relid
        WHERE c.relkind = 'r' AND NOT coalesce('toast_tuple_target=4080' = ANY (c.reloptions), FALSE)";
    assert_eq!(
        database.texts(without).await,
        ["events_rest"],
        "whose rows move when a partition is made for them"
    );
    // The migration finds tables as it is: divided or not.
    let migration = include_str!("../../../migrations/0016_storage.sql");
    sqlx::raw_sql(migration).execute(&mut database.connection().await).await.unwrap();
    assert!(database.texts(without).await.is_empty());
}

#[tokio::test]
async fn blocks_that_leave_the_chain_leave_partitions_too() {
    let chain = chain();
    let one = undisturbed(&chain).await;
    let other = database().await;
    let blocks = chain.source_blocks();
    let (first, second) = blocks.split_at(blocks.len() / 2);
    let through = first.last().unwrap().slot;
    other.feed(straight(first, through), 50).await;
    other.store.partition(SLOTS).await.unwrap();
    let rivals = second.iter().map(|block| {
        let mut rival: Block = block.clone();
        rival.header.as_mut().unwrap().blockhash = "1".repeat(43);
        Update::Block(rival)
    });
    other.feed(rivals.chain([reached(chain.last_slot, through)]).collect(), 20).await;
    let updates =
        second.iter().cloned().map(Update::Block).chain([reached(chain.last_slot, chain.last_slot)]);
    other.feed(updates.collect(), 20).await;
    assert_same(&one.sums().await, &other.sums().await, &[]);
}

#[tokio::test]
async fn they_can_be_made_anew_and_verified() {
    let chain = chain();
    let database = divided(&chain).await;
    let before = database.sums().await;
    database.store.rebuild().await.unwrap();
    assert_same(&before, &database.sums().await, &[]);
    let mut verify = command();
    verify.args(["verify", "--database-url", &database.url]);
    let done = output(verify).await;
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stdout));
    let mut status = command();
    status.args(["status", "--json", "--database-url", &database.url]);
    let told: serde_json::Value = serde_json::from_slice(&output(status).await.stdout).unwrap();
    let events = told["tables"].as_array().unwrap().iter().find(|table| table["table"] == "events").unwrap();
    assert!(events["partitions"].as_u64().unwrap() > 6, "{events}");
}

#[tokio::test]
async fn what_belongs_to_a_table_stays_with_it() {
    let database = database().await;
    let chain = chain();
    database.feed(straight(&chain.source_blocks(), chain.last_slot), 1_000).await;
    database.execute("DROP ROLE IF EXISTS reads_partitions").await.unwrap();
    database.execute("CREATE ROLE reads_partitions").await.unwrap();
    database.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO reads_partitions").await.unwrap();
    let definitions = "SELECT indexname || ' ' || (indexdef LIKE '%UNIQUE%')::text FROM pg_indexes
        WHERE tablename = ANY('{events,ledger,receipts}') ORDER BY 1";
    let before = database.texts(definitions).await;
    database.store.partition(SLOTS).await.unwrap();
    assert_eq!(database.texts(definitions).await, before);
    for table in DIVIDED {
        let may = format!("SELECT has_table_privilege('reads_partitions', '{table}', 'SELECT')::int");
        assert_eq!(database.number(&may).await, 1, "{table}");
    }
    database.execute("DROP OWNED BY reads_partitions").await.unwrap();
    database.execute("DROP ROLE reads_partitions").await.unwrap();
    // The ledger still takes no entry that does not balance, and no change.
    let one = "INSERT INTO ledger SELECT slot, signature, instruction, inner_index, entry + 100, at, account, owner, job, mint, amount
        FROM ledger LIMIT 1";
    assert!(database.execute(one).await.unwrap_err().to_string().contains("leave"));
    let change = database.execute("UPDATE ledger SET at = 0").await.unwrap_err();
    assert!(change.to_string().contains("never changed"), "{change}");
    assert_eq!(database.number("SELECT count(*) FROM sequence_gaps").await, 0);
}

#[tokio::test]
async fn what_no_partition_was_made_for_is_kept_and_moved_later() {
    let chain = chain();
    let (one, other) = (undisturbed(&chain).await, database().await);
    let blocks = chain.source_blocks();
    let (first, second) = blocks.split_at(blocks.len() / 3);
    other.feed(straight(first, first.last().unwrap().slot), 50).await;
    other.store.partition(SLOTS).await.unwrap();
    // As when partitions could not be made: only the first is there.
    for table in DIVIDED {
        let names = format!(
            "SELECT c.relname::text FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
             WHERE i.inhparent = '{table}'::regclass AND pg_get_expr(c.relpartbound, c.oid) LIKE '%FROM (''%'"
        );
        for name in other.texts(&names).await {
            other.execute(&format!("DROP TABLE {name}")).await.unwrap();
        }
    }
    other.feed(straight(second, chain.last_slot), 20).await;
    assert!(rest(&other).await > 0);
    assert_same(&one.sums().await, &other.sums().await, &[]);
    let made = other.store.partition(SLOTS).await.unwrap().made;
    assert!(made.len() > DIVIDED.len(), "{made:?}");
    assert_eq!(rest(&other).await, 0);
    assert_same(&one.sums().await, &other.sums().await, &[]);
}

#[tokio::test]
async fn tables_whose_first_events_were_detached_are_not_made_anew() {
    let chain = chain();
    let database = divided(&chain).await;
    database.execute("ALTER TABLE events DETACH PARTITION events_p0").await.unwrap();
    let before = database.sums().await;
    let refused = database.store.rebuild().await.unwrap_err().to_string();
    assert!(refused.contains("were detached"), "{refused}");
    assert_same(&before, &database.sums().await, &[]);
}
