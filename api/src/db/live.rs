//! What is new: events behind a place, blocks that are not final, and the database's own notifications.

use super::events::{COLUMNS, Event};
use super::place::Place;
use super::{Database, View};
use crate::error::Result;
use crate::pagination::Order;
use serde::{Deserialize, Serialize};
use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use sqlx::{Postgres, QueryBuilder};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// What the indexer notifies when it has moved a watermark.
const CHANNEL: &str = "tally_watermark";
/// Time between two attempts to listen.
const LISTEN_AGAIN: Duration = Duration::from_secs(5);

/// A block with transactions of ours.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Block {
    /// Slot.
    pub slot: i64,
    /// Unknown only where no node serves the block any more.
    pub blockhash: Option<String>,
    /// Whether it is final.
    pub settled: bool,
}

/// How far a reader has been told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// The last event.
    #[serde(flatten)]
    pub place: Place,
    /// The first slot that was not final when it was told; not in cursors that were given before this was noted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open_from: Option<i64>,
}

impl Told {
    /// Nothing of this slot and later ones.
    pub const fn before(slot: i64) -> Self {
        Self { place: Place::before(slot), open_from: None }
    }
}

impl View {
    /// How far a reader has been told that is told all through a place.
    pub fn told(&self, place: Place) -> Told {
        Told { place, open_from: Some(self.finalized.saturating_add(1)) }
    }

    /// The place of the last event; ahead of everything if there is none.
    pub async fn last_event(&mut self) -> Result<Place> {
        let mut query: QueryBuilder<Postgres> = QueryBuilder::new(
            "SELECT e.slot, e.tx_index, e.signature, e.instruction, e.inner_index FROM events e WHERE e.slot <= ",
        );
        query.push_bind(self.slot);
        Place::cut(&mut query, "e", Order::Desc, 1);
        let last = query.build_query_as().fetch_optional(self.connection()).await?;
        Ok(last.unwrap_or(Place::before(0)))
    }

    /// Blocks that are not final.
    pub async fn unsettled(&mut self) -> Result<Vec<Block>> {
        let last = self.slot;
        let query = sqlx::query_as(
            "SELECT slot, blockhash, FALSE AS settled FROM blocks WHERE status = 'confirmed' AND slot <= $1",
        );
        Ok(query.bind(last).fetch_all(self.connection()).await?)
    }

    /// Blocks from a slot on, in order.
    pub async fn blocks_from(&mut self, slot: i64) -> Result<Vec<Block>> {
        let last = self.slot;
        let query = sqlx::query_as(
            "SELECT slot, blockhash, status = 'finalized' AS settled FROM blocks
             WHERE slot >= $1 AND slot <= $2 ORDER BY slot",
        );
        Ok(query.bind(slot).bind(last).fetch_all(self.connection()).await?)
    }

    /// The first slot of which a reader may have been told what is on the chain no more, if what happened at the last
    /// place that it was told of is not: whatever came after it went with it, for blocks that leave take with them those
    /// built on them, and blocks ahead of it may have left as far back as they were not final when it was told.
    pub async fn left(&mut self, told: &Told) -> Result<Option<i64>> {
        // What was final then, or is kept no longer, has not left. What goes out of what is kept are the oldest.
        let query = sqlx::query_scalar(
            "SELECT least(w.finalized_slot + 1, $5) FROM watermark w
             WHERE (w.finalized_slot < $1 OR ($5 <= $1 AND EXISTS (SELECT FROM events e WHERE e.slot <= $1)))
             AND NOT EXISTS (
                SELECT FROM events e
                WHERE e.slot = $1 AND e.signature = $2 AND e.instruction = $3 AND e.inner_index = $4
             )",
        );
        let Told { place, open_from } = told;
        let query = query.bind(place.slot).bind(&place.signature);
        let query = query.bind(place.instruction).bind(place.inner_index).bind(open_from);
        Ok(query.fetch_optional(self.connection()).await?)
    }

    /// At most so many events behind a place, in order of the chain; those of one name, of one account only.
    pub async fn events_behind(
        &mut self,
        name: Option<&str>,
        entity: Option<&str>,
        place: &Place,
        most: i64,
    ) -> Result<Vec<Event>> {
        let mut query: QueryBuilder<Postgres> = QueryBuilder::new(COLUMNS);
        query.push("NULL::bigint AS sequence FROM events e WHERE e.slot <= ").push_bind(self.slot);
        Place::past(&mut query, "e", Some(place.clone()), Order::Asc);
        if let Some(name) = name {
            query.push(" AND e.name = ").push_bind(name);
        }
        if let Some(entity) = entity {
            query.push(" AND e.body -> 'entities' @> jsonb_build_array(jsonb_build_object('entity', ");
            query.push_bind(entity).push("::text))");
        }
        Place::cut(&mut query, "e", Order::Asc, most);
        Ok(query.build_query_as().fetch_all(self.connection()).await?)
    }
}

/// Rings when the indexer has written. It need not: who waits for it looks once a second as well. Cheap to clone; all
/// clones share one connection, which is opened when one is first asked anything.
#[derive(Clone, Debug)]
pub struct Bell(Arc<Hung>);

#[derive(Debug)]
struct Hung {
    /// Servers that may be listened to.
    options: Vec<PgConnectOptions>,
    /// How often the tables are known to have changed.
    changes: watch::Sender<u64>,
    listening: OnceLock<JoinHandle<()>>,
}

impl Drop for Hung {
    fn drop(&mut self) {
        if let Some(listening) = self.listening.get() {
            listening.abort();
        }
    }
}

impl Bell {
    /// How often the tables are known to have changed. What was read while this was the same is as new as what can be
    /// read now, but for what the database has not said. Within a Tokio runtime.
    pub fn changes(&self) -> u64 {
        self.listen();
        *self.0.changes.borrow()
    }

    /// Says that something new was read, for when the database did not. It rings for nobody: who waits has read it.
    pub fn found(&self) {
        self.0.changes.send_if_modified(|changes| {
            *changes = changes.wrapping_add(1);
            false
        });
    }

    /// Changes at each ring. Within a Tokio runtime.
    pub fn rings(&self) -> watch::Receiver<u64> {
        self.listen();
        self.0.changes.subscribe()
    }

    /// Listens on whichever server is no standby, on a connection of its own.
    fn listen(&self) {
        self.0.listening.get_or_init(|| {
            let (changes, options) = (self.0.changes.clone(), self.0.options.clone());
            tokio::spawn(async move {
                loop {
                    for options in &options {
                        // An error is a server that is away, or a standby, which cannot listen.
                        let error = listen(options, &changes).await;
                        tracing::debug!(?error, "no notifications from this database server");
                    }
                    tokio::time::sleep(LISTEN_AGAIN).await;
                }
            })
        });
    }
}

impl Database {
    /// The bell.
    pub fn bell(&self) -> Bell {
        let (options, changes) = (self.0.options(), watch::Sender::new(0));
        Bell(Arc::new(Hung { options, changes, listening: OnceLock::new() }))
    }
}

/// Listens until that fails.
async fn listen(options: &PgConnectOptions, changes: &watch::Sender<u64>) -> sqlx::Result<()> {
    let pool = PgPoolOptions::new().max_connections(1).connect_lazy_with(options.clone());
    let mut listener = PgListener::connect_with(&pool).await?;
    listener.listen(CHANNEL).await?;
    loop {
        // What was written before it listened, it was not told. `None` is a connection that was lost and is made anew:
        // something may have been missed.
        changes.send_modify(|changes| *changes = changes.wrapping_add(1));
        listener.try_recv().await?;
    }
}
