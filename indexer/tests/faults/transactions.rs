//! Transactions that are no events, cannot be read, or say what cannot be.

use super::running::Running;
use super::support::chain::{Chain, Full, Noise, Recipe, Sent, genuine, number};
use super::support::node::{LAG, Node};
use super::support::process::{command, output};
use super::support::random::Random;
use super::support::tables::connect;
use super::trial::{CALM, Trial, chain, clean, clean_of, empty};
use settlement_interface::events::{Claimed, Event, Touched};
use sqlx::PgConnection;

fn quiet() -> Chain {
    Chain::make(Recipe { seed: 133, slots: 120, noise: false })
}

/// The same with something that is no event at the end of every block, so that all else keeps its place.
fn noisy(noise: Noise) -> Chain {
    let (mut chain, mut random) = (quiet(), Random::new(7));
    for block in &mut chain.blocks {
        block.sent.push(noise.make(&mut random));
        number(&mut block.sent);
    }
    chain
}

#[tokio::test]
async fn failed_transactions_carry_the_bytes_of_events() {
    let mut trial = Trial::of("failed_transactions_carry_the_bytes_of_events");
    let (chain, clean) = (noisy(Noise::Failed), clean_of(&quiet()).await);
    let node = Node::start(&chain, CALM).await;
    let running = Running::start(&empty(), &node.url, &[]);
    running.until("tally_indexer_failed_transactions_total", chain.blocks.len() as u64).await;
    trial.holds(&running).await;
    trial.is_over(running, chain.last_slot, &clean).await;
    trial.done();
}

#[tokio::test]
async fn strangers_write_what_looks_like_events() {
    let mut trial = Trial::of("strangers_write_what_looks_like_events");
    let clean = clean_of(&quiet()).await;
    for noise in [Noise::OtherProgram, Noise::Caller, Noise::Authority, Noise::Outer] {
        let chain = noisy(noise);
        let node = Node::start(&chain, CALM).await;
        let running = Running::start(&empty(), &node.url, &[]);
        running.until("tally_indexer_finalized_slot", chain.last_slot).await;
        trial.holds(&running).await;
        // They name the program, so they are among its transactions; nothing follows from them.
        let mut connection = connect(&running.database).await;
        let listed: i64 = number_of(&mut connection, "SELECT count(*) FROM transactions").await;
        let sent: usize = chain.blocks.iter().map(|block| block.sent.len()).sum();
        assert_eq!(usize::try_from(listed).unwrap(), sent, "{noise:?}");
        trial.is_over_but_for(running, chain.last_slot, &clean, &["transactions"]).await;
    }
    trial.done();
}

async fn number_of(connection: &mut PgConnection, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(connection).await.unwrap()
}

#[tokio::test]
async fn an_event_is_of_an_unknown_version() {
    let (mut chain, mut trial) = (chain(), Trial::of("an_event_is_of_an_unknown_version"));
    let genuine = |sent: &&mut Sent| !sent.failed && sent.transaction.instructions[0].inner.len() > 1;
    let sent = chain.blocks[20].sent.iter_mut().find(genuine).unwrap();
    let calls = &mut sent.transaction.instructions[0].inner;
    let call = calls.iter_mut().find(|call| call.data.len() > 16).unwrap();
    let real = call.data.clone();
    call.data[8..16].copy_from_slice(&[0xee; 8]);
    let node = Node::start(&chain, CALM).await;
    let running = Running::start(&empty(), &node.url, &[]);
    running.until("tally_indexer_finalized_slot", chain.last_slot).await;
    trial.holds(&running).await;
    assert_eq!(running.figure("tally_indexer_dead_letters").await, Some(1));
    // The same bytes as a version that knows them finds them, which is then installed.
    let mut connection = connect(&running.database).await;
    let known = sqlx::query("UPDATE dead_letters SET data = $1").bind(real).execute(&mut connection).await;
    assert_eq!(known.unwrap().rows_affected(), 1);
    let mut replay = command();
    replay.args(["replay", "--database-url", &running.database]);
    assert!(output(replay).await.status.success());
    trial.is_over(running, chain.last_slot, clean().await).await;
    trial.done();
}

#[tokio::test]
async fn a_poison_transaction_cannot_be_read_at_all() {
    let (chain, mut trial) = (chain(), Trial::of("a_poison_transaction_cannot_be_read_at_all"));
    let node = Node::start(&chain, CALM).await;
    let block = &chain.blocks[chain.blocks.len() / 2];
    let poison = block.sent.iter().find(|sent| !sent.failed).unwrap();
    node.spoil(Some(poison.transaction.signature.clone()));
    node.head_at(block.slot - 1 + LAG);
    let running = Running::start(&empty(), &node.url, &[]);
    node.head_at(chain.last_slot + LAG);
    trial.holds(&running).await;
    let mark = running.figure("tally_indexer_finalized_slot").await.unwrap();
    assert!(mark < block.slot, "it went on over a transaction of slot {}: {mark}", block.slot);
    node.spoil(None);
    trial.is_over(running, chain.last_slot, clean().await).await;
    trial.done();
}

/// A block in which the richest provider claims more than there is.
async fn too_much(connection: &mut PgConnection, at: i64, slot: u64) -> Full {
    let row: (String, i64, String, String) = sqlx::query_as(
        "SELECT provider::text, sequence::bigint, claimable::text, minted::text FROM providers
         ORDER BY claimable DESC LIMIT 1",
    )
    .fetch_one(connection)
    .await
    .unwrap();
    let (provider, claimable, minted): (_, u64, u64) =
        (row.0.parse().unwrap(), row.2.parse().unwrap(), row.3.parse().unwrap());
    let entities = [Touched { entity: provider, sequence: row.1.unsigned_abs() + 1 }];
    let (amount, minted) = (claimable + 1, minted + claimable + 1);
    let claim = Claimed { entities, at, provider, wallet: provider, amount, minted };
    let mut random = Random::new(8);
    let transaction = genuine(&mut random, &[vec![Event::Claimed(Box::new(claim))]]);
    let mut sent = vec![Sent { failed: false, transaction }];
    number(&mut sent);
    let blockhash = bs58::encode(random.bytes::<32>()).into_string();
    Full { slot, blockhash, parent: slot - 1, time: at, sent }
}

#[tokio::test]
async fn a_poison_transaction_contradicts_what_is_stored() {
    let (chain, mut trial) = (chain(), Trial::of("a_poison_transaction_contradicts_what_is_stored"));
    let late = chain.blocks.windows(2).skip(chain.blocks.len() * 3 / 4);
    let before = late.filter(|pair| pair[1].slot > pair[0].slot + 1).map(|pair| &pair[0]).next().unwrap();
    let node = Node::start(&chain, CALM).await;
    node.head_at(before.slot);
    let running = Running::start(&empty(), &node.url, &[]);
    running.until("tally_indexer_confirmed_slot", before.slot).await;
    // The program would not say so, and a fork says it once.
    let slot = before.slot + 1;
    let block = too_much(&mut connect(&running.database).await, before.time, slot).await;
    node.fork(block, slot + LAG - 1);
    node.head_at(slot + 1);
    trial.holds(&running).await;
    assert_eq!(running.figure("tally_indexer_dead_letters").await, Some(1));
    node.head_at(chain.last_slot + LAG);
    trial.is_over(running, chain.last_slot, clean().await).await;
    trial.done();
}
