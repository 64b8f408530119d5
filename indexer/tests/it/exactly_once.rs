//! Whatever the order, however often, whatever left the chain: the same tables.

use super::support::chain::{Chain, Full, Recipe, genuine, number};
use super::support::random::Random;
use super::support::script::{reached, straight};
use super::support::tables::{Database, assert_same, database};
use indexer::source::{Block, Header, Update};
use settlement_interface::Address;
use settlement_interface::events::{Claimed, Event, Touched};

const SEED: u64 = 11;
const SLOTS: u64 = 260;

fn chain() -> Chain {
    Chain::make(Recipe { seed: SEED, slots: SLOTS, noise: true })
}

async fn undisturbed(chain: &Chain) -> Database {
    let database = database().await;
    database.feed(straight(&chain.source_blocks(), chain.last_slot), 1_000).await;
    assert_eq!(database.number("SELECT count(*) FROM events WHERE NOT applied").await, 0);
    assert_eq!(database.number("SELECT count(*) FROM dead_letters").await, 0);
    database
}

#[tokio::test]
async fn the_size_of_transactions_does_not_matter() {
    let chain = chain();
    let one = undisturbed(&chain).await;
    let other = database().await;
    other.feed(straight(&chain.source_blocks(), chain.last_slot), 1).await;
    assert_same(&one.sums().await, &other.sums().await, &[]);
}

#[tokio::test]
async fn duplicates_and_overlapping_pages_change_nothing() {
    let chain = chain();
    let blocks = chain.source_blocks();
    let mut random = Random::new(SEED);
    let mut updates = Vec::new();
    for (index, block) in blocks.iter().enumerate() {
        updates.push(Update::Block(block.clone()));
        // The last few blocks again, whole or in part.
        for again in &blocks[index.saturating_sub(3)..=index] {
            let mut part = again.clone();
            part.transactions.retain(|_| random.chance(70));
            updates.push(Update::Block(part));
        }
        updates.push(reached(block.slot, block.slot.saturating_sub(5)));
    }
    updates.push(reached(chain.last_slot, chain.last_slot));
    let (one, other) = (undisturbed(&chain).await, database().await);
    other.feed(updates.clone(), 50).await;
    assert_same(&one.sums().await, &other.sums().await, &[]);
    // And all of it once more.
    other.feed(updates, 200).await;
    assert_same(&one.sums().await, &other.sums().await, &[]);
}

#[tokio::test]
async fn the_order_of_arrival_does_not_matter() {
    let chain = chain();
    let one = undisturbed(&chain).await.sums().await;
    for seed in 0..3 {
        let mut random = Random::new(seed);
        let mut blocks = chain.source_blocks();
        for block in &mut blocks {
            random.shuffle(&mut block.transactions);
        }
        match seed {
            0 => blocks.reverse(),
            1 => blocks.chunks_mut(9).for_each(|window| random.shuffle(window)),
            _ => random.shuffle(&mut blocks),
        }
        let other = database().await;
        other.feed(straight(&blocks, chain.last_slot), 40).await;
        assert_same(&one, &other.sums().await, &[]);
    }
}

#[tokio::test]
async fn blocks_in_pieces_are_whole_in_the_end() {
    let chain = chain();
    let one = undisturbed(&chain).await.sums().await;
    let mut random = Random::new(3);
    let mut pieces: Vec<Block> = Vec::new();
    for block in chain.source_blocks() {
        for transaction in &block.transactions {
            pieces.push(Block { transactions: vec![transaction.clone()], ..block.clone() });
        }
    }
    pieces.chunks_mut(6).for_each(|window| random.shuffle(window));
    let other = database().await;
    other.feed(straight(&pieces, chain.last_slot), 7).await;
    assert_same(&one, &other.sums().await, &[]);
}

/// The same transactions, as another block had them.
fn rival(full: &Full, slot: u64, random: &mut Random) -> Block {
    let mut rival = full.clone();
    rival.slot = slot;
    rival.blockhash = bs58::encode(random.bytes::<32>()).into_string();
    number(&mut rival.sent);
    rival.block()
}

#[tokio::test]
async fn a_dropped_block_leaves_no_trace() {
    let chain = chain();
    let one = undisturbed(&chain).await.sums().await;
    let mut random = Random::new(5);
    let mut updates = Vec::new();
    let mut dropped = 0;
    let mut pending: Vec<(u64, Update)> = Vec::new(); // what is said when a slot is reached
    for pair in chain.blocks.windows(2) {
        let [full, next] = pair else { panic!() };
        // The next block's transactions were first in a slot that is skipped in the end.
        if next.slot > full.slot + 1 && random.chance(60) {
            let rival = rival(next, full.slot + 1, &mut random);
            let blockhash = rival.header.as_ref().unwrap().blockhash.clone();
            updates.push(Update::Block(full.block()));
            updates.push(Update::Block(rival));
            pending.push((full.slot + 9, Update::Dropped { slot: full.slot + 1, blockhash }));
            dropped += 1;
        } else {
            updates.push(Update::Block(full.block()));
        }
        while let Some(place) = pending.iter().position(|(slot, _)| *slot <= full.slot) {
            updates.push(pending.remove(place).1);
        }
        updates.push(reached(full.slot, full.slot.saturating_sub(12)));
    }
    updates.push(Update::Block(chain.blocks.last().unwrap().block()));
    updates.extend(pending.into_iter().map(|(_, update)| update));
    updates.push(reached(chain.last_slot, chain.last_slot));
    assert!(dropped > 10, "{dropped} blocks dropped");
    for batch in [1, 30] {
        let other = database().await;
        let metrics = other.feed(updates.clone(), batch).await;
        assert_eq!(metrics.reverted_blocks_total.get(), dropped);
        assert_same(&one, &other.sums().await, &[]);
    }
}

#[tokio::test]
async fn a_block_that_takes_anothers_slot_replaces_it_and_all_that_built_on_it() {
    let chain = chain();
    let one = undisturbed(&chain).await.sums().await;
    let (mut updates, mut random) = (Vec::new(), Random::new(6));
    let blocks: Vec<&Full> = chain.blocks.iter().collect();
    for window in blocks.chunks(8) {
        // First a fork: the window's transactions of the later blocks, in its earlier slots.
        let last = window[0].slot.saturating_sub(1);
        for (place, next) in window.iter().zip(window.iter().skip(1)).take(3) {
            updates.push(Update::Block(rival(next, place.slot, &mut random)));
        }
        updates.push(reached(last + 1, last));
        updates.extend(window.iter().map(|full| Update::Block(full.block())));
        let end = window[window.len() - 1].slot;
        updates.push(reached(end, end));
    }
    updates.push(reached(chain.last_slot, chain.last_slot));
    let other = database().await;
    other.feed(updates, 1).await;
    assert_same(&one, &other.sums().await, &[]);
}

#[tokio::test]
async fn transactions_on_one_database_take_turns() {
    let chain = chain();
    let one = undisturbed(&chain).await.sums().await;
    let other = database().await;
    let updates = straight(&chain.source_blocks(), chain.last_slot);
    let mut shuffled = chain.source_blocks();
    Random::new(9).shuffle(&mut shuffled);
    let shuffled = straight(&shuffled, chain.last_slot);
    tokio::join!(other.feed(updates.clone(), 3), other.feed(shuffled, 5), other.feed(updates, 11));
    assert_same(&one, &other.sums().await, &[]);
}

#[tokio::test]
async fn rebuilding_from_events_gives_the_same_tables() {
    let chain = chain();
    let database = undisturbed(&chain).await;
    let before = database.sums().await;
    let count = database.store.rebuild().await.unwrap();
    assert_eq!(i128::from(count), database.number("SELECT count(*) FROM events").await);
    assert_same(&before, &database.sums().await, &[]);
}

#[tokio::test]
async fn a_missing_transaction_holds_back_what_follows_until_it_comes() {
    let chain = chain();
    let one = undisturbed(&chain).await.sums().await;
    let blocks = chain.source_blocks();
    let (first, rest) = blocks.split_at(20);
    let (missing, rest) = rest.split_first().unwrap();
    let other = database().await;
    let without = [first, rest].concat();
    let metrics = other.feed(straight(&without, chain.last_slot), 100).await;
    assert!(metrics.waiting_events.get() > 0);
    assert!(other.number("SELECT count(*) FROM sequence_gaps").await > 0);
    let metrics = other.feed(vec![Update::Block(missing.clone())], 100).await;
    assert_eq!(metrics.waiting_events.get(), 0);
    assert_eq!(other.number("SELECT count(*) FROM sequence_gaps").await, 0);
    // It came after its slot was final, which nothing but the block's row could tell.
    other.feed(vec![reached(chain.last_slot, chain.last_slot)], 1).await;
    assert_same(&one, &other.sums().await, &[]);
}

#[tokio::test]
async fn nodes_that_do_not_say_the_order_lead_to_the_same_figures() {
    let chain = chain();
    let one = undisturbed(&chain).await.sums().await;
    let mut random = Random::new(4);
    let mut blocks = chain.source_blocks();
    for block in &mut blocks {
        random.shuffle(&mut block.transactions);
        block.transactions.iter_mut().for_each(|transaction| transaction.index = None);
        block.header = None;
    }
    let other = database().await;
    other.feed(straight(&blocks, chain.last_slot), 100).await;
    assert_same(&one, &other.sums().await, &["transactions", "blocks", "events", "conversions"]);
    // The rank that is made up instead respects the numbers of every entity.
    let wrong = "SELECT count(*) FROM event_entities a JOIN event_entities b USING (entity)
        JOIN events x ON (x.slot, x.signature, x.instruction, x.inner_index) = (a.slot, a.signature, a.instruction, a.inner_index)
        JOIN events y ON (y.slot, y.signature, y.instruction, y.inner_index) = (b.slot, b.signature, b.instruction, b.inner_index)
        WHERE a.sequence < b.sequence
        AND (x.slot, x.tx_index, x.instruction, x.inner_index) > (y.slot, y.tx_index, y.instruction, y.inner_index)";
    assert_eq!(other.number(wrong).await, 0);
}

/// A block in which a provider claims, with the number that follows `others` more events.
fn claiming(chain: &mut Chain, slot: u64, provider: Address, others: u64, amount: u64, minted: u64) -> Block {
    let sequence = chain.market.sequence(&provider) + 1 + others;
    let entities = [Touched { entity: provider, sequence }];
    let claim = Claimed { entities, at: chain.market.now, provider, wallet: provider, amount, minted };
    let transactions = vec![genuine(&mut chain.market.random, &[vec![Event::Claimed(Box::new(claim))]])];
    let blockhash = bs58::encode(chain.market.random.bytes::<32>()).into_string();
    let header = Header { blockhash, parent: slot - 1 };
    Block { slot, header: Some(header), transactions, ..chain.source_blocks()[0].clone() }
}

/// The provider that can claim most, what it can, and what it minted.
async fn richest(database: &Database) -> (Address, u64, u64) {
    let row: (String, String, String) = sqlx::query_as(
        "SELECT provider::text, claimable::text, minted::text FROM providers ORDER BY claimable DESC LIMIT 1",
    )
    .fetch_one(&mut database.connection().await)
    .await
    .unwrap();
    (row.0.parse().unwrap(), row.1.parse().unwrap(), row.2.parse().unwrap())
}

#[tokio::test]
async fn an_event_that_contradicts_its_predecessors_changes_nothing_and_is_kept() {
    let mut chain = chain();
    let one = undisturbed(&chain).await;
    let before = one.sums().await;
    // A claim of more than there is, with the right number.
    let (provider, claimable, minted) = richest(&one).await;
    let slot = chain.last_slot + 1;
    let block = claiming(&mut chain, slot, provider, 0, claimable + 1, minted + claimable + 1);
    let metrics = one.feed(vec![Update::Block(block), reached(slot, slot)], 10).await;
    assert_eq!(metrics.dead_letters.get(), 1);
    let except = ["dead_letters", "events", "event_entities", "blocks", "transactions", "watermark"];
    assert_same(&before, &one.sums().await, &except);
    assert_eq!(one.number("SELECT count(*) FROM dead_letters WHERE kind = 'contradiction'").await, 1);
}

#[tokio::test]
async fn what_contradicted_a_dropped_block_is_no_dead_letter_once_it_follows_the_right_one() {
    let mut chain = chain();
    let one = undisturbed(&chain).await;
    let (provider, claimable, minted) = richest(&one).await;
    assert!(claimable > 1);
    let (slot, last) = (chain.last_slot + 1, chain.last_slot + 2);
    // The fork's claim takes all; the true one leaves what the claim after it takes.
    let fork = claiming(&mut chain, slot, provider, 0, claimable, minted + claimable);
    let truth = claiming(&mut chain, slot, provider, 0, 1, minted + 1);
    let after = claiming(&mut chain, last, provider, 1, claimable - 1, minted + claimable);
    let blockhash = fork.header.as_ref().unwrap().blockhash.clone();
    let final_slot = chain.last_slot;
    let updates = vec![Update::Block(fork), Update::Block(after), reached(last, final_slot)];
    assert_eq!(one.feed(updates, 10).await.dead_letters.get(), 1);
    let updates = vec![Update::Dropped { slot, blockhash }, Update::Block(truth), reached(last, last)];
    let metrics = one.feed(updates, 10).await;
    assert_eq!((metrics.dead_letters.get(), metrics.waiting_events.get()), (0, 0));
    let (_, left, now_minted) = {
        let key = format!("SELECT claimable FROM providers WHERE provider = '{provider}'");
        let minted = format!("SELECT minted FROM providers WHERE provider = '{provider}'");
        (provider, one.number(&key).await, one.number(&minted).await)
    };
    assert_eq!((left, now_minted), (0, i128::from(minted + claimable)));
}
