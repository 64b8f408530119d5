//! Events as they become known, for any number of listeners.
//!
//! One task a commitment reads what is new, once, and hands each event to all listeners, who share its bytes. It is woken
//! by the database's notifications and looks once a second besides, because a standby cannot listen. A listener that
//! falls behind what is kept for it reads on from the database at its own pace, so that memory is bounded by
//! [`KEPT`] events however many listen, and none is lost.

use crate::db::events::Event as Row;
use crate::db::live::{Bell, Block, Told};
use crate::db::{Database, Place, View};
use crate::error::{Problem, Result};
use crate::extract::Commitment;
use crate::pagination::CursorKey;
use crate::routes::events::shown;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OnceCell, Semaphore, broadcast, watch};

/// Events that are kept for listeners who have not taken them yet: 2 KiB each, mostly.
pub const KEPT: usize = 4_096;
/// Time between two looks if the database says nothing.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Listeners that read from the database at once: the rest of the pool is for others.
const CATCHING_UP: usize = 2;
/// Events read at once.
pub const PAGE: i64 = 200;

/// What listeners are told.
#[derive(Clone, Debug)]
pub enum News {
    /// An event.
    Event(Arc<Happened>),
    /// Blocks from this slot on left the chain, or changed: what they held is void, and what is there now follows.
    Rewound(i64),
}

/// What is behind a listener's place.
#[derive(Debug)]
pub enum Behind {
    /// Events, a page of them.
    Events(Vec<Happened>),
    /// Its last event has left the chain: what it was told of this slot and later ones is void.
    Rewound(i64),
}

/// An event as all listeners get it.
#[derive(Debug)]
pub struct Happened {
    /// How far whoever has it has been told.
    pub told: Told,
    /// Its name.
    pub name: String,
    /// The accounts that it changed.
    pub entities: Vec<String>,
    /// The cursor behind it.
    pub id: String,
    /// The item of `/v1/events`.
    pub json: String,
}

impl Happened {
    /// An event as a snapshot has it.
    fn new(row: Row, view: &View, cursors: &CursorKey) -> Result<Self> {
        let told = view.told(row.place.clone());
        let changed = row.entities.as_array().into_iter().flatten();
        let entities = changed.filter_map(|one| one.get("entity")?.as_str().map(str::to_owned)).collect();
        let name = row.name.clone();
        let id = cursors.next(&cursor_name(view.commitment), Some(&told))?.unwrap_or_default();
        let json = serde_json::to_string(&shown(row)).map_err(Problem::internal)?;
        Ok(Self { told, name, entities, id, json })
    }
}

/// Name of a stream in its cursors. A filter does not change where one is.
pub fn cursor_name(commitment: Commitment) -> String {
    format!("stream {}", commitment.name())
}

/// News of both commitments; cheap to clone.
#[derive(Clone, Debug)]
pub struct Live(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    database: Database,
    bell: Bell,
    cursors: CursorKey,
    finalized: OnceCell<broadcast::Sender<News>>,
    confirmed: OnceCell<broadcast::Sender<News>>,
    /// Places for listeners that read for themselves.
    catching_up: Semaphore,
    stopping: watch::Sender<bool>,
}

impl Live {
    /// Reads nothing until somebody listens.
    pub fn new(database: Database, bell: Bell, cursors: CursorKey) -> Self {
        Self(Arc::new(Inner {
            database,
            bell,
            cursors,
            finalized: OnceCell::new(),
            confirmed: OnceCell::new(),
            catching_up: Semaphore::new(CATCHING_UP),
            stopping: watch::Sender::new(false),
        }))
    }

    /// What becomes known from now on. The first call has a first look, so that no block which leaves the chain later is
    /// missed, and starts the task that looks again and again; within a Tokio runtime.
    ///
    /// # Errors
    /// [`crate::error::Kind::DatabaseUnavailable`].
    pub async fn listen(&self, commitment: Commitment) -> Result<broadcast::Receiver<News>> {
        let kept = match commitment {
            Commitment::Finalized => &self.0.finalized,
            Commitment::Confirmed => &self.0.confirmed,
        };
        let start = async || {
            let Inner { database, bell, cursors, .. } = &*self.0;
            let reader = Reader::new(database.clone(), bell.clone(), cursors.clone(), commitment).await?;
            let (sender, _) = broadcast::channel(KEPT);
            tokio::spawn(follow(reader, sender.clone(), self.stopping()));
            Ok::<_, Problem>(sender)
        };
        Ok(kept.get_or_try_init(start).await?.subscribe())
    }

    /// What is behind a place, for a listener that has fallen behind or comes back.
    ///
    /// # Errors
    /// [`crate::error::Kind::DatabaseUnavailable`].
    pub async fn behind(
        &self,
        commitment: Commitment,
        name: Option<&str>,
        entity: Option<&str>,
        told: &Told,
    ) -> Result<Behind> {
        let _turn = self.0.catching_up.acquire().await.map_err(Problem::internal)?;
        let mut view = self.0.database.view(commitment).await?;
        if commitment == Commitment::Confirmed
            && told.place.is_event()
            && let Some(slot) = view.left(told).await?
        {
            return Ok(Behind::Rewound(slot));
        }
        let rows = view.events_behind(name, entity, &told.place, PAGE).await?;
        let happened = rows.into_iter().map(|row| Happened::new(row, &view, &self.0.cursors));
        Ok(Behind::Events(happened.collect::<Result<_>>()?))
    }

    /// Where the events that are known end.
    ///
    /// # Errors
    /// [`crate::error::Kind::DatabaseUnavailable`].
    pub async fn end(&self, commitment: Commitment) -> Result<Told> {
        let mut view = self.0.database.view(commitment).await?;
        let last = view.last_event().await?;
        Ok(view.told(last))
    }

    /// Ends all streams and what feeds them.
    pub fn stop(&self) {
        self.0.stopping.send_replace(true);
    }

    /// Becomes true when streams are to end.
    pub fn stopping(&self) -> watch::Receiver<bool> {
        self.0.stopping.subscribe()
    }
}

/// Reads news until told to stop. What fails is tried again at the next look: news is late then, never lost.
async fn follow(mut reader: Reader, sender: broadcast::Sender<News>, mut stopping: watch::Receiver<bool>) {
    let mut rings = reader.bell.rings();
    loop {
        if let Err(problem) = reader.read(&sender).await {
            tracing::warn!(%problem, "news cannot be read at the moment");
        }
        tokio::select! {
            _ = rings.changed() => {}
            () = tokio::time::sleep(LOOK_EVERY) => {}
            _ = stopping.wait_for(|stop| *stop) => return,
        }
    }
}

/// How far news has been read.
struct Reader {
    database: Database,
    bell: Bell,
    cursors: CursorKey,
    commitment: Commitment,
    /// The last event that was told.
    place: Place,
    /// Blocks that were not final when they were last looked at, by slot.
    unsettled: BTreeMap<i64, Option<String>>,
}

impl Reader {
    /// Has a first look, which tells nothing.
    async fn new(database: Database, bell: Bell, cursors: CursorKey, commitment: Commitment) -> Result<Self> {
        let mut view = database.view(commitment).await?;
        let (blocks, place) = (view.unsettled().await?, view.last_event().await?);
        let mut reader = Self { database, bell, cursors, commitment, place, unsettled: BTreeMap::new() };
        reader.note(blocks);
        Ok(reader)
    }

    async fn read(&mut self, sender: &broadcast::Sender<News>) -> Result<()> {
        loop {
            let mut view = self.database.view(self.commitment).await?;
            let mut from = self.place.clone();
            // Nothing that is final changes.
            if self.commitment == Commitment::Confirmed {
                let first = self.unsettled.keys().next().copied().unwrap_or(from.slot);
                let blocks = view.blocks_from(first.min(from.slot)).await?;
                if let Some(slot) = self.changed(&blocks) {
                    self.bell.found();
                    from = from.min(Place::before(slot));
                    let _ = sender.send(News::Rewound(slot));
                    // If reading fails now, it goes on from there.
                    self.place = from.clone();
                }
                self.note(blocks);
            }
            let rows = view.events_behind(None, None, &from, PAGE).await?;
            let whole = i64::try_from(rows.len()).unwrap_or(i64::MAX) < PAGE;
            // Who hears of it and asks must not be answered from before.
            if !rows.is_empty() {
                self.bell.found();
            }
            for row in rows {
                let event = Happened::new(row, &view, &self.cursors)?;
                from = event.told.place.clone();
                // Nobody listening is no fault.
                let _ = sender.send(News::Event(Arc::new(event)));
            }
            self.place = from;
            if whole {
                return Ok(());
            }
        }
    }

    /// The first slot whose block was not final and is gone, or is another one now.
    fn changed(&self, now: &[Block]) -> Option<i64> {
        let stands = |slot: &i64, hash: &Option<String>| {
            now.iter().any(|block| block.slot == *slot && block.blockhash == *hash)
        };
        self.unsettled.iter().find(|(slot, hash)| !stands(slot, hash)).map(|(slot, _)| *slot)
    }

    fn note(&mut self, blocks: Vec<Block>) {
        let open = blocks.into_iter().filter(|block| !block.settled);
        self.unsettled = open.map(|block| (block.slot, block.blockhash)).collect();
    }
}
