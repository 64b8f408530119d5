//! What could not be read keeps its bytes, shows, and is read again by `indexer replay`.

use super::support::chain::{Chain, Recipe};
use super::support::process::{command, output};
use super::support::script::straight;
use super::support::tables::{Database, assert_same, database};
use indexer::health::{Limits, State, judge};
use serde_json::Value;

const LIMITS: Limits = Limits { max_lag_slots: 150, reconcile_interval_s: 0 };

fn chain() -> Chain {
    Chain::make(Recipe { seed: 71, slots: 160, noise: false })
}

/// Spoils the first event of the transaction at each place; the bytes as they were.
fn spoilt(chain: &Chain, places: &[usize]) -> (Vec<indexer::source::Block>, Vec<Vec<u8>>) {
    let (mut blocks, mut real) = (chain.source_blocks(), Vec::new());
    for place in places {
        let calls = &mut blocks[*place].transactions[0].instructions[0].inner;
        let call = calls.iter_mut().find(|call| call.data.len() > 16).unwrap();
        real.push(call.data.clone());
        call.data[8..16].copy_from_slice(&[0xee; 8]);
    }
    (blocks, real)
}

async fn replay(database: &Database) -> (Option<i32>, Value) {
    let mut replay = command();
    replay.args(["replay", "--json", "--database-url", &database.url]);
    let done = output(replay).await;
    (done.status.code(), serde_json::from_slice(&done.stdout).unwrap())
}

#[tokio::test]
async fn replay_counts_what_became_events_and_says_what_is_left_and_why() {
    let chain = chain();
    let whole = database().await;
    whole.feed(straight(&chain.source_blocks(), chain.last_slot), 100).await;
    let (blocks, real) = spoilt(&chain, &[20, 50]);
    let other = database().await;
    other.feed(straight(&blocks, chain.last_slot), 100).await;
    let health = judge(&other.store.facts().await.unwrap(), &LIMITS);
    assert_eq!(health.state, State::Degraded);
    assert!(health.reasons.iter().any(|reason| reason.code == "undecodable"), "{}", health.line());
    assert_eq!(other.number("SELECT confirmed_slot FROM watermark").await, i128::from(chain.last_slot));

    // Nothing has changed: nothing becomes an event, nothing is lost.
    let before = other.sums().await;
    let (code, said) = replay(&other).await;
    assert_eq!((code, &said["read"]), (Some(1), &Value::from(0)), "{said}");
    assert_same(&before, &other.sums().await, &[]);

    // The first one's bytes, as a version that knows them would find them.
    let first = format!(
        "UPDATE dead_letters SET data = '\\x{}' WHERE slot = (SELECT min(slot) FROM dead_letters)",
        hex::encode(&real[0])
    );
    other.execute(&first).await.unwrap();
    let (code, said) = replay(&other).await;
    assert_eq!((code, &said["read"]), (Some(1), &Value::from(1)), "{said}");
    let left = said["left"].as_array().unwrap();
    assert_eq!((left.len(), &left[0]["kind"], &left[0]["count"]), (1, &"undecodable".into(), &1.into()));
    assert!(!left[0]["reason"].as_str().unwrap().is_empty());

    let second = format!("UPDATE dead_letters SET data = '\\x{}'", hex::encode(&real[1]));
    other.execute(&second).await.unwrap();
    let (code, said) = replay(&other).await;
    assert_eq!((code, &said["read"], &said["left"]), (Some(0), &Value::from(1), &Value::Array(vec![])));
    assert_same(&whole.sums().await, &other.sums().await, &[]);
    assert_eq!(judge(&other.store.facts().await.unwrap(), &LIMITS).state, State::Ready);
}

#[tokio::test]
async fn an_event_that_was_refused_is_applied_once_this_version_does_not_refuse_it() {
    let chain = chain();
    let whole = database().await;
    whole.feed(straight(&chain.source_blocks(), chain.last_slot), 100).await;
    let mut blocks = chain.source_blocks();
    let last = blocks.last_mut().unwrap();
    let refused = indexer::decode::decode(last.clone()).events.pop().unwrap();
    let key = &refused.key;
    let transaction = last.transactions.iter_mut().find(|one| one.signature == key.signature).unwrap();
    transaction.instructions[key.instruction as usize].inner.remove(key.inner as usize);
    let stale = database().await;
    stale.feed(straight(&blocks, chain.last_slot), 100).await;
    // As an older version left it that refused this event: stored, not applied, a dead letter.
    let place = format!("{}, '{}', {}, {}", key.slot, key.signature, key.instruction, key.inner);
    let body = format!(
        "SELECT body::text FROM events WHERE (slot, signature, instruction, inner_index) = ({place})"
    );
    let (body, data) = (whole.texts(&body).await.remove(0), hex::encode(refused.event.encode()));
    let (index, name, at) = (refused.tx_index, refused.event.name(), refused.event.at());
    let event =
        format!("INSERT INTO events VALUES ({place}, {index}, '{name}', {at}, '{body}', '\\x{data}', FALSE)");
    stale.execute(&event).await.unwrap();
    for touched in refused.event.touched() {
        let row = format!(
            "INSERT INTO event_entities VALUES ('{}', {}, {place})",
            touched.entity, touched.sequence
        );
        stale.execute(&row).await.unwrap();
    }
    let letter = format!(
        "INSERT INTO dead_letters VALUES ({place}, {index}, 'contradiction', 'an older rule', '\\x{data}')"
    );
    stale.execute(&letter).await.unwrap();
    let health = judge(&stale.store.facts().await.unwrap(), &LIMITS);
    assert!(health.reasons.iter().any(|reason| reason.code == "contradictions"), "{}", health.line());

    let (code, said) = replay(&stale).await;
    assert_eq!((code, &said["read"], &said["applied"]), (Some(0), &0.into(), &1.into()), "{said}");
    assert_same(&whole.sums().await, &stale.sums().await, &[]);
}
