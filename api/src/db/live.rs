//! What is new: events behind a place, blocks that are not final, and the database's own notifications.

use super::events::{COLUMNS, Event};
use super::place::Place;
use super::{Database, View};
use crate::error::Result;
use crate::pagination::Order;
use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use sqlx::{Postgres, QueryBuilder};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
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

impl View {
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

/// Rings when the indexer has written. It need not: who waits for it looks once a second as well.
#[derive(Debug)]
pub struct Bell {
    rings: Arc<Notify>,
    listening: JoinHandle<()>,
}

impl Bell {
    /// Until it rings; at once if it rang since the last time.
    pub async fn rung(&self) {
        self.rings.notified().await;
    }
}

impl Drop for Bell {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

impl Database {
    /// A bell on whichever server is no standby, on a connection of its own. Within a Tokio runtime.
    pub fn bell(&self) -> Bell {
        let rings = Arc::new(Notify::new());
        let (options, ringing) = (self.0.options(), rings.clone());
        let listening = tokio::spawn(async move {
            loop {
                for options in &options {
                    // An error is a server that is away, or a standby, which cannot listen.
                    let error = listen(options, &ringing).await;
                    tracing::debug!(?error, "no notifications from this database server");
                }
                tokio::time::sleep(LISTEN_AGAIN).await;
            }
        });
        Bell { rings, listening }
    }
}

/// Listens until that fails.
async fn listen(options: &PgConnectOptions, rings: &Notify) -> sqlx::Result<()> {
    let pool = PgPoolOptions::new().max_connections(1).connect_lazy_with(options.clone());
    let mut listener = PgListener::connect_with(&pool).await?;
    listener.listen(CHANNEL).await?;
    loop {
        // `None` is a connection that was lost and is made anew: something may have been missed.
        listener.try_recv().await?;
        rings.notify_one();
    }
}
