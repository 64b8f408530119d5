//! The one transaction in which everything about a batch of blocks is written.

use super::chain::{self, Known};
use super::drain::Drain;
use super::facts::{Balances, Facts, Hours, add_balances, add_hours, count_balances, ledger_rows};
use super::read::{self, Watermark};
use super::table::Cells;
use super::times::Times;
use super::{Store, entities, lease, schema, undo};
use crate::Error;
use crate::decode::{Decoded, Key, Placed};
use crate::fold::{Sums, World};
use crate::source::Reached;
use sqlx::PgConnection;
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// What to write at once. Dropped blocks go first.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// Blocks that left the chain: slot and hash.
    pub dropped: Vec<(u64, String)>,
    /// Blocks with what they hold.
    pub blocks: Vec<Decoded>,
    /// How far the source has come with them; see [`Batch::reach`].
    pub reached: Option<Reached>,
    /// The cluster's times of confirmed heads that were said meanwhile.
    pub confirmed_times: Times,
    /// The same of final ones.
    pub finalized_times: Times,
}

impl Batch {
    /// Notes how far the source has come with what is in it, which is never less far than it had come before.
    pub fn reach(&mut self, reached: Reached) {
        let before = self.reached.unwrap_or_default();
        let finalized = before.finalized.max(reached.finalized);
        let confirmed = before.confirmed.max(reached.confirmed).max(finalized);
        let head = reached.head;
        self.confirmed_times.note(confirmed, head.confirmed, head.confirmed_time);
        self.finalized_times.note(finalized, head.finalized, head.finalized_time);
        self.reached = Some(Reached { confirmed, finalized, head });
    }

    /// Events in it.
    pub fn events(&self) -> usize {
        self.blocks.iter().map(|block| block.events.len()).sum()
    }
}

/// What a transaction did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Committed {
    /// Everything through this slot is indexed.
    pub confirmed: u64,
    /// Everything through this slot is indexed and final.
    pub finalized: u64,
    /// Blocks that were new.
    pub blocks: u64,
    /// Transactions that were new.
    pub transactions: u64,
    /// Events that were new.
    pub events: u64,
    /// Blocks taken back.
    pub reverted: u64,
    /// Stored events that wait.
    pub waiting: u64,
    /// Dead letters.
    pub dead_letters: u64,
}

impl Store {
    /// Writes a batch, once: what is stored already changes nothing. All of it or nothing.
    pub async fn commit(&self, batch: &Batch) -> Result<Committed, Error> {
        let mut transaction = self.pool.begin().await?;
        let connection: &mut PgConnection = &mut transaction;
        let (mark, writes) = self.lock_counting(connection).await?;
        let mut world = self.cache.take(writes);
        let reached = batch.reached.unwrap_or_default();
        let mut done = Committed {
            finalized: mark.finalized.max(reached.finalized),
            confirmed: mark.confirmed.max(reached.confirmed).max(reached.finalized),
            ..Committed::default()
        };
        let Reverted { again, follow, known } = revert_dropped(connection, batch, &mut done).await?;
        if done.reverted > 0 {
            world = World::default(); // what is stored went back
        }

        let blocks = &batch.blocks;
        done.blocks = chain::write_blocks(connection, blocks, &known, done.finalized).await?;
        done.transactions = chain::write_transactions(connection, blocks, &known).await?;
        let fresh = chain::fresh_events(connection, blocks, &known).await?;
        done.events = u64::try_from(fresh.len()).unwrap_or(u64::MAX);
        chain::write_undecodable(connection, blocks).await?;

        let world = fold_into(connection, world, again, fresh, follow, done.finalized).await?;

        self.move_watermark(connection, &mark, done, batch).await?;
        if batch.reached.is_some() {
            self.note_heads(connection, reached, done).await?;
        }
        (done.waiting, done.dead_letters) = counts(connection).await?;
        transaction.commit().await?;
        self.cache.keep(writes, world);
        self.look_ahead(done.confirmed).await;
        Ok(done)
    }

    /// Locks the watermark, so that writers take turns and see what the one before wrote, and that an
    /// indexer from which another one took over writes nothing more.
    pub(super) async fn lock(&self, connection: &mut PgConnection) -> Result<Watermark, Error> {
        Ok(self.lock_counting(connection).await?.0)
    }

    /// The same, with the number of this writing transaction among all that were committed.
    async fn lock_counting(&self, connection: &mut PgConnection) -> Result<(Watermark, i64), Error> {
        let mark = read::watermark(connection, &self.program, true).await?;
        let mark = mark.ok_or_else(lease::not_claimed)?;
        let (starts, writes) = read::count_write(connection, &self.program).await?;
        let own = self.writer.load(Ordering::Relaxed);
        if own != 0 && own != starts {
            return Err(Error::Superseded);
        }
        Ok((mark, writes))
    }

    async fn move_watermark(
        &self,
        connection: &mut PgConnection,
        mark: &Watermark,
        done: Committed,
        batch: &Batch,
    ) -> Result<(), sqlx::Error> {
        // The head's time is the watermark's once the watermark is there. Times on chain never fall.
        let confirmed_time = batch.confirmed_times.at_watermark(mark.confirmed);
        let finalized_time = batch.finalized_times.at_watermark(mark.finalized);
        sqlx::query(
            "UPDATE watermark SET confirmed_slot = $2, finalized_slot = $3,
                confirmed_time = greatest(confirmed_time, $4), finalized_time = greatest(finalized_time, $5)
             WHERE program = $1",
        )
        .bind(&self.program)
        .bind(done.confirmed.cast_signed())
        .bind(done.finalized.cast_signed())
        .bind(confirmed_time)
        .bind(finalized_time)
        .execute(&mut *connection)
        .await?;
        sqlx::query("UPDATE blocks SET status = 'finalized' WHERE status = 'confirmed' AND slot <= $1")
            .bind(done.finalized.cast_signed())
            .execute(&mut *connection)
            .await?;
        // Readers who follow what is new hear of it with the commit.
        sqlx::query("NOTIFY tally_watermark").execute(&mut *connection).await?;
        undo::prune(connection, done.finalized).await
    }

    async fn note_heads(
        &self,
        connection: &mut PgConnection,
        reached: Reached,
        done: Committed,
    ) -> Result<(), sqlx::Error> {
        let state = if done.finalized >= reached.head.finalized { "live" } else { "catching_up" };
        sqlx::query(
            "INSERT INTO indexer_status (program, head_confirmed, head_finalized, seen_at, state, version)
             VALUES ($1, $2, $3, now(), $4, $5)
             ON CONFLICT (program) DO UPDATE SET head_confirmed = EXCLUDED.head_confirmed,
                head_finalized = EXCLUDED.head_finalized, seen_at = EXCLUDED.seen_at,
                state = EXCLUDED.state, version = EXCLUDED.version",
        )
        .bind(&self.program)
        .bind(reached.head.confirmed.cast_signed())
        .bind(reached.head.finalized.cast_signed())
        .bind(state)
        .bind(env!("CARGO_PKG_VERSION"))
        .execute(connection)
        .await?;
        Ok(())
    }
}

type Follow = Vec<(settlement_interface::Address, u64)>;

/// What is left to do after blocks were taken back.
struct Reverted {
    /// Events of other blocks to apply again.
    again: Vec<Placed>,
    /// Entities whose waiting successors are looked up.
    follow: Follow,
    /// Slots of the batch's blocks of which something is stored still.
    known: Known,
}

/// Takes back what left the chain.
async fn revert_dropped(
    connection: &mut PgConnection,
    batch: &Batch,
    done: &mut Committed,
) -> Result<Reverted, Error> {
    let given = batch.blocks.iter().filter_map(|block| Some((block.slot, block.header.as_ref()?)));
    let given: Vec<(u64, &str)> = given.map(|(slot, header)| (slot, header.blockhash.as_str())).collect();
    let dropped = batch.dropped.iter().map(|(slot, hash)| (*slot, hash.as_str()));
    let named = batch.blocks.iter().map(|block| block.slot).chain(dropped.clone().map(|(slot, _)| slot));
    let slots: Vec<i64> = named.map(u64::cast_signed).collect();
    let stored = read::blocks(connection, &slots).await?;
    let is_stored = |slot: u64, hash: &str| {
        stored.get(&slot).is_some_and(|(known, _)| known.as_deref().is_none_or(|known| known == hash))
    };
    let mut gone: Vec<u64> =
        dropped.filter(|(slot, hash)| is_stored(*slot, hash)).map(|(slot, _)| slot).collect();
    // Another block in a slot says by itself that the one before is gone.
    gone.extend(
        given
            .iter()
            .filter(|(slot, hash)| stored.contains_key(slot) && !is_stored(*slot, hash))
            .map(|(slot, _)| *slot),
    );
    gone.sort_unstable();
    gone.dedup();
    let mut known: Known = stored.keys().copied().collect();
    let (mut again, mut follow) = (HashSet::new(), Follow::new());
    for slot in gone {
        known.remove(&slot);
        if stored.get(&slot).is_some_and(|(_, is_final)| *is_final) {
            return Err(Error::Setup(format!(
                "The RPC node has another block in slot {slot}, which was final; it serves another chain. \
                 Check `rpc_url`, or use a new database for a new chain."
            )));
        }
        let reverted = undo::revert(connection, slot).await?;
        done.reverted = done.reverted.saturating_add(1);
        again.retain(|key: &Key| key.slot != slot);
        again.extend(reverted.again);
        follow.extend(reverted.follow);
    }
    let keys: Vec<_> = again.into_iter().collect();
    let again = if keys.is_empty() { Vec::new() } else { read::events(connection, &keys).await? };
    Ok(Reverted { again, follow, known })
}

/// Folds stored and fresh events and writes all that follows from them.
pub(super) async fn fold(
    connection: &mut PgConnection,
    stored: Vec<Placed>,
    fresh: Vec<Placed>,
    follow: Follow,
    finalized: u64,
) -> Result<(), sqlx::Error> {
    let fresh = fresh.into_iter().map(Arc::new).collect();
    fold_into(connection, World::default(), stored, fresh, follow, finalized).await?;
    Ok(())
}

/// The same onto entities that are at hand as they are stored; they are then as they are stored again.
async fn fold_into(
    connection: &mut PgConnection,
    world: World,
    stored: Vec<Placed>,
    fresh: Vec<Arc<Placed>>,
    follow: Follow,
    finalized: u64,
) -> Result<World, sqlx::Error> {
    if stored.is_empty() && fresh.is_empty() && follow.is_empty() {
        return Ok(world);
    }
    let mut drain = Drain::new(world, finalized, undo::any(connection).await?);
    let events = stored.into_iter().map(Arc::new).chain(fresh.iter().cloned()).collect();
    drain.run(connection, events, follow).await?;

    let applied = drain.applied.as_slice();
    let keys: HashSet<&Key> = applied.iter().map(|one| &one.placed.key).collect();
    chain::write_events(connection, &fresh, &keys).await?;
    let is_fresh: HashSet<&Key> = fresh.iter().map(|placed| &placed.key).collect();
    let awake: Vec<Cells> = keys.difference(&is_fresh).map(|key| read::key_cells(key)).collect();
    chain::mark_applied(connection, awake).await?;

    entities::save(connection, &drain.world).await?;
    let (mut facts, mut balances, mut hours) = (Facts::default(), Balances::new(), Hours::new());
    for one in applied {
        facts.add(&one.placed, &one.effects);
        count_balances(&one.effects.entries, &mut balances);
        for (cube, sums) in &one.effects.sums {
            hours.entry(*cube).or_insert_with(Sums::new).merge(sums, 1);
        }
    }
    facts.write(connection).await?;
    let ledger = applied.iter().flat_map(|one| ledger_rows(&one.placed, &one.effects));
    schema::LEDGER.add(connection, Box::new(ledger)).await?;
    add_balances(connection, balances).await?;
    add_hours(connection, hours, false).await?;
    let epoch_len = drain.world.network().map_or(0, |config| config.account.parameters.epoch_len);
    undo::note(connection, applied, epoch_len).await?;
    chain::write_contradictions(connection, &drain.contradictions).await?;
    Ok(drain.world)
}

/// Events that wait, and dead letters.
pub(super) async fn counts(connection: &mut PgConnection) -> Result<(u64, u64), sqlx::Error> {
    let row = sqlx::query(
        "SELECT (SELECT count(*) FROM events WHERE NOT applied) AS waiting,
                (SELECT count(*) FROM dead_letters) AS dead",
    )
    .fetch_one(connection)
    .await?;
    Ok((read::unsigned(&row, "waiting")?, read::unsigned(&row, "dead")?))
}
