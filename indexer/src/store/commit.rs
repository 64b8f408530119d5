//! The one transaction in which everything about a batch of blocks is written.

use super::drain::Drain;
use super::facts::{Balances, Facts, Hours, add_balances, add_hours, ledger_rows};
use super::read::{self, Watermark};
use super::table::{Bytes, Cells, Existing, cells};
use super::{Store, entities, schema, undo};
use crate::Error;
use crate::decode::{Decoded, Placed, body::body};
use crate::fold::Sums;
use crate::source::{Heads, Reached};
use sqlx::PgConnection;
use std::collections::HashSet;
use std::sync::atomic::Ordering;

/// What to write at once. Dropped blocks go first.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// Blocks that left the chain: slot and hash.
    pub dropped: Vec<(u64, String)>,
    /// Blocks with what they hold.
    pub blocks: Vec<Decoded>,
    /// How far the source has come with them.
    pub reached: Option<Reached>,
}

impl Batch {
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
        let mark = self.lock(connection).await?;
        let reached = batch.reached.unwrap_or_default();
        let mut done = Committed {
            finalized: mark.finalized.max(reached.finalized),
            confirmed: mark.confirmed.max(reached.confirmed).max(reached.finalized),
            ..Committed::default()
        };
        let (again, follow) = revert_dropped(connection, batch, &mut done).await?;

        done.blocks = write_blocks(connection, batch).await?;
        done.transactions = write_transactions(connection, batch).await?;
        let slots: Vec<i64> = batch.blocks.iter().map(|block| block.slot.cast_signed()).collect();
        let mut stored = read::event_keys(connection, &slots).await?;
        let all = batch.blocks.iter().flat_map(|block| &block.events);
        let fresh: Vec<Placed> = all.filter(|placed| stored.insert(placed.key.clone())).cloned().collect();
        done.events = u64::try_from(fresh.len()).unwrap_or(u64::MAX);
        write_undecodable(connection, batch).await?;

        fold(connection, again, fresh, follow, done.finalized).await?;

        self.move_watermark(connection, done, reached.head).await?;
        if batch.reached.is_some() {
            self.note_heads(connection, reached, done).await?;
        }
        (done.waiting, done.dead_letters) = counts(connection).await?;
        transaction.commit().await?;
        Ok(done)
    }

    /// Locks the watermark, so that writers take turns and see what the one before wrote, and that an
    /// indexer from which another one took over writes nothing more.
    pub(super) async fn lock(&self, connection: &mut PgConnection) -> Result<Watermark, Error> {
        let mark = read::watermark(connection, &self.program, true).await?;
        let mark = mark.ok_or_else(|| {
            Error::Setup("The database is not claimed for this program; start the indexer again.".into())
        })?;
        let own = self.writer.load(Ordering::Relaxed);
        if own != 0 && own != read::writer(connection, &self.program).await? {
            return Err(Error::Setup(
                "Another indexer has started on this database and writes it now; run one, this one ends."
                    .into(),
            ));
        }
        Ok(mark)
    }

    async fn move_watermark(
        &self,
        connection: &mut PgConnection,
        done: Committed,
        head: Heads,
    ) -> Result<(), sqlx::Error> {
        // The head's time is the watermark's once the watermark is there. Times on chain never fall.
        let confirmed_time = head.confirmed_time.filter(|_| head.confirmed == done.confirmed);
        let finalized_time = head.finalized_time.filter(|_| head.finalized == done.finalized);
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

/// Takes back what left the chain; what is left of it to do again.
async fn revert_dropped(
    connection: &mut PgConnection,
    batch: &Batch,
    done: &mut Committed,
) -> Result<(Vec<Placed>, Follow), Error> {
    let given = batch.blocks.iter().filter_map(|block| Some((block.slot, block.header.as_ref()?)));
    let given: Vec<(u64, &str)> = given.map(|(slot, header)| (slot, header.blockhash.as_str())).collect();
    let dropped = batch.dropped.iter().map(|(slot, hash)| (*slot, hash.as_str()));
    let named: Vec<u64> = given.iter().copied().chain(dropped.clone()).map(|(slot, _)| slot).collect();
    let slots: Vec<i64> = named.iter().map(|slot| slot.cast_signed()).collect();
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
    let (mut again, mut follow) = (HashSet::new(), Follow::new());
    for slot in gone {
        if stored.get(&slot).is_some_and(|(_, is_final)| *is_final) {
            return Err(Error::Setup(format!(
                "The RPC node has another block in slot {slot}, which was final; it serves another chain. \
                 Check `rpc_url`, or use a new database for a new chain."
            )));
        }
        let reverted = undo::revert(connection, slot).await?;
        done.reverted = done.reverted.saturating_add(1);
        again.retain(|key: &crate::decode::Key| key.slot != slot);
        again.extend(reverted.again);
        follow.extend(reverted.follow);
    }
    let keys: Vec<_> = again.into_iter().collect();
    Ok((read::events(connection, &keys).await?, follow))
}

async fn write_blocks(connection: &mut PgConnection, batch: &Batch) -> Result<u64, sqlx::Error> {
    let rows = batch.blocks.iter().map(|block| {
        let (hash, parent) = match &block.header {
            Some(header) => (Some(header.blockhash.clone()), Some(header.parent)),
            None => (None, None),
        };
        cells![block.slot, hash, parent, block.time, "confirmed"]
    });
    schema::BLOCKS.write(connection, rows.collect(), Existing::Keep).await
}

async fn write_transactions(connection: &mut PgConnection, batch: &Batch) -> Result<u64, sqlx::Error> {
    let rows = batch.blocks.iter().flat_map(|block| {
        block.transactions.iter().map(|(signature, index)| cells![block.slot, signature, index])
    });
    schema::TRANSACTIONS.write(connection, rows.collect(), Existing::Keep).await
}

async fn write_undecodable(connection: &mut PgConnection, batch: &Batch) -> Result<(), sqlx::Error> {
    let rows = batch.blocks.iter().flat_map(|block| &block.undecodable).map(|letter| {
        let rest = cells![letter.tx_index, "undecodable", letter.reason, Bytes(&letter.data)];
        [read::key_cells(&letter.key), rest].concat()
    });
    schema::DEAD_LETTERS.write(connection, rows.collect(), Existing::Keep).await?;
    Ok(())
}

/// Folds stored and fresh events and writes all that follows from them.
pub(super) async fn fold(
    connection: &mut PgConnection,
    stored: Vec<Placed>,
    fresh: Vec<Placed>,
    follow: Follow,
    finalized: u64,
) -> Result<(), sqlx::Error> {
    if stored.is_empty() && fresh.is_empty() && follow.is_empty() {
        return Ok(());
    }
    let is_fresh: HashSet<_> = fresh.iter().map(|placed| placed.key.clone()).collect();
    let mut drain = Drain::new(finalized, undo::any(connection).await?);
    let events = [stored, fresh.clone()].concat();
    drain.run(connection, events, follow).await?;

    let applied: HashSet<_> = drain.applied.iter().map(|applied| applied.placed.key.clone()).collect();
    write_events(connection, &fresh, &applied).await?;
    let awake: Vec<Cells> = applied.difference(&is_fresh).map(read::key_cells).collect();
    mark_applied(connection, awake).await?;

    entities::save(connection, &drain.world).await?;
    let (mut facts, mut balances, mut hours) = (Facts::default(), Balances::new(), Hours::new());
    let (mut ledger, mut notes) = (Vec::new(), Vec::new());
    let epoch_len = drain.world.network().map_or(0, |config| config.account.parameters.epoch_len);
    for one in &drain.applied {
        let (key, effects) = (&one.placed.key, &one.effects);
        facts.add(&one.placed, effects);
        ledger.extend(ledger_rows(key, effects.at, &effects.entries, &mut balances));
        for (cube, sums) in &effects.sums {
            hours.entry(*cube).or_insert_with(Sums::new).merge(sums, 1);
        }
        if let Some(before) = &one.before {
            notes.push(undo::row(key, before, &effects.sums, epoch_len));
        }
    }
    facts.write(connection).await?;
    schema::LEDGER.write(connection, ledger, Existing::Fail).await?;
    add_balances(connection, balances).await?;
    add_hours(connection, hours, false).await?;
    undo::note(connection, notes).await?;
    write_contradictions(connection, &drain.contradictions).await
}

async fn write_events(
    connection: &mut PgConnection,
    fresh: &[Placed],
    applied: &HashSet<crate::decode::Key>,
) -> Result<(), sqlx::Error> {
    let (mut rows, mut places) = (Vec::with_capacity(fresh.len()), Vec::new());
    for placed in fresh {
        let key = &placed.key;
        for touched in placed.event.touched() {
            let place = cells![touched.entity, touched.sequence];
            places.push([place, read::key_cells(key)].concat());
        }
        let event = &placed.event;
        let rest = cells![
            placed.tx_index,
            event.name(),
            event.at(),
            body(event),
            Bytes(&event.encode()),
            applied.contains(key),
        ];
        rows.push([read::key_cells(key), rest].concat());
    }
    schema::EVENTS.write(connection, rows, Existing::Fail).await?;
    schema::EVENT_ENTITIES.write(connection, places, Existing::Fail).await?;
    Ok(())
}

/// What contradicted a block that left the chain may follow the one that took its place: no dead letter any more.
async fn mark_applied(connection: &mut PgConnection, keys: Vec<Cells>) -> Result<(), sqlx::Error> {
    if keys.is_empty() {
        return Ok(());
    }
    let column = |number: usize| -> Vec<Option<String>> {
        keys.iter().map(|cells| cells.get(number).cloned().flatten()).collect()
    };
    sqlx::query(
        "WITH k AS (
            SELECT slot::bigint, signature, instruction::integer, inner_index::integer
            FROM UNNEST($1::text[], $2::text[], $3::text[], $4::text[])
                AS k (slot, signature, instruction, inner_index)
         ), settled AS (
            DELETE FROM dead_letters d USING k WHERE d.slot = k.slot AND d.signature = k.signature
            AND d.instruction = k.instruction AND d.inner_index = k.inner_index
         )
         UPDATE events e SET applied = TRUE FROM k WHERE e.slot = k.slot AND e.signature = k.signature
         AND e.instruction = k.instruction AND e.inner_index = k.inner_index",
    )
    .bind(column(0))
    .bind(column(1))
    .bind(column(2))
    .bind(column(3))
    .execute(connection)
    .await?;
    Ok(())
}

async fn write_contradictions(
    connection: &mut PgConnection,
    contradictions: &[(Placed, String)],
) -> Result<(), sqlx::Error> {
    let rows = contradictions.iter().map(|(placed, reason)| {
        tracing::error!(
            "{} of slot {} in {} contradicts its predecessors: {reason}",
            placed.event.name(),
            placed.key.slot,
            placed.key.signature
        );
        let reason = format!("{}: {reason}", placed.event.name());
        let rest = cells![placed.tx_index, "contradiction", reason, Bytes(&placed.event.encode())];
        [read::key_cells(&placed.key), rest].concat()
    });
    schema::DEAD_LETTERS.write(connection, rows.collect(), Existing::Keep).await?;
    Ok(())
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
