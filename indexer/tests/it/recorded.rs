//! What the compiled program emitted in a real VM (`tests/tests/program/recording.rs` wrote it down), folded: every
//! kind of event, with what mint and vaults held at the end.

use super::support::recording::{self, Recording, hash};
use super::support::script::{reached, straight};
use super::support::tables::{Database, assert_same, database};
use indexer::source::{Block, Header, Update};
use settlement_interface::events::Event;
use std::collections::BTreeSet;

fn recordings() -> Vec<Recording> {
    recording::recordings("recordings", "program")
}

impl Recording {
    fn number(&self, name: &str) -> i128 {
        self.told[name].as_i64().unwrap().into()
    }

    async fn indexed(&self, batch: usize) -> Database {
        let database = database().await;
        database.feed(straight(&self.blocks(), self.last_slot()), batch).await;
        database
    }
}

/// Accounts of the ledger whose tokens lie in the stake vault.
const STAKE_VAULT: &str =
    "'stake', 'locked', 'unbonding', 'stake_dues', 'vouched', 'vouched_unbonding', 'case_bond',
    'dispute_bond', 'case_dues'";
const ENTITIES: [(&str, &str); 14] = [
    ("config", "entity"),
    ("price", "entity"),
    ("totals", "entity"),
    ("consumers", "consumer"),
    ("providers", "provider"),
    ("jobs", "job"),
    ("epochs", "entity"),
    ("credits", "entity"),
    ("changes", "entity"),
    ("bids", "bid"),
    ("buyback", "entity"),
    ("third_parties", "entity"),
    ("cases", "entity"),
    ("disputes", "dispute"),
];

#[test]
fn every_kind_of_event_is_among_them() {
    let mut seen = BTreeSet::new();
    for recording in recordings() {
        let blocks = recording.blocks().into_iter().map(indexer::decode::decode);
        seen.extend(blocks.flat_map(|block| block.events).map(|placed| placed.event.name()));
    }
    let missing: Vec<_> = Event::NAMES.iter().filter(|name| !seen.contains(*name)).collect();
    assert!(missing.is_empty(), "no recording has {missing:?}");
}

#[tokio::test]
async fn no_event_of_the_program_is_refused_and_the_ledger_holds_what_the_accounts_hold() {
    for recording in recordings() {
        let name = &recording.name;
        let database = recording.indexed(50).await;
        let letters = database.texts("SELECT reason FROM dead_letters").await;
        assert!(letters.is_empty(), "{name}: {letters:?}");
        assert_eq!(database.number("SELECT count(*) FROM events WHERE NOT applied").await, 0, "{name}");
        assert_eq!(database.number("SELECT count(*) FROM sequence_gaps").await, 0, "{name}");
        let unbalanced =
            "SELECT count(*) FROM (SELECT mint FROM ledger GROUP BY mint HAVING sum(amount) <> 0) AS m";
        assert_eq!(database.number(unbalanced).await, 0, "{name}");

        let of = |accounts: &str| {
            format!(
                "SELECT sum(balance) FROM balances WHERE account IN ({accounts}) AND mint = (SELECT mint FROM config)"
            )
        };
        assert_eq!(database.number(&of(STAKE_VAULT)).await, recording.number("stake_vault"), "{name}");
        let supply = "SELECT genesis + minted - burned FROM supply";
        assert_eq!(database.number(supply).await, recording.number("supply"), "{name}");
        for (job, held) in recording.told["vaults"].as_object().unwrap() {
            let sql = format!(
                "SELECT sum(balance) FROM balances WHERE job = '{job}' AND account IN ('escrow', 'dues')"
            );
            assert_eq!(database.number(&sql).await, held.as_i64().unwrap().into(), "{name}: vault of {job}");
        }
        // Strangers may have added to it.
        let sold = database.number("SELECT sum(balance) FROM balances WHERE account = 'buyback'").await;
        assert!(sold <= recording.number("buyback_vault"), "{name}");

        for (table, key) in ENTITIES {
            let wrong = format!(
                "SELECT count(*) FROM {table} t WHERE sequence <>
                    (SELECT max(sequence) FROM event_entities e WHERE e.entity = t.{key})"
            );
            assert_eq!(database.number(&wrong).await, 0, "{name}: {table}");
        }
        let everything: Vec<String> =
            ENTITIES.iter().map(|(table, key)| format!("SELECT {key} AS entity FROM {table}")).collect();
        let unknown = format!(
            "SELECT count(DISTINCT entity) FROM event_entities WHERE entity NOT IN ({})",
            everything.join(" UNION ALL ")
        );
        assert_eq!(database.number(&unknown).await, 0, "{name}: events of entities without a row");

        let before = database.sums().await;
        database.store.rebuild().await.unwrap();
        assert_same(&before, &database.sums().await, &[]);
    }
}

#[tokio::test]
async fn what_a_fork_had_is_taken_back_whatever_it_was() {
    for recording in recordings() {
        let straight = recording.indexed(1_000).await;
        let blocks = recording.blocks();
        let last = recording.last_slot();
        // From the middle on, first as another fork had it, then dropped, then as it came in the end.
        let (kept, fought) = blocks.split_at(blocks.len() / 2);
        let rivals = fought.iter().map(|block| Block {
            header: block
                .header
                .as_ref()
                .map(|header| Header { blockhash: hash(block.slot, 2), ..header.clone() }),
            ..block.clone()
        });
        let rivals: Vec<Block> = rivals.collect();
        let forked = database().await;
        let first = kept.last().map_or(0, |block| block.slot);
        let updates = kept.iter().chain(&rivals).cloned().map(Update::Block);
        forked.feed(updates.chain([reached(last, first)]).collect(), 3).await;
        let updates = fought.iter().cloned().map(Update::Block).chain([reached(last, last)]);
        forked.feed(updates.collect(), 1).await;
        assert_eq!(forked.number("SELECT count(*) FROM dead_letters").await, 0, "{}", recording.name);
        assert_same(&straight.sums().await, &forked.sums().await, &[]);
    }
}
