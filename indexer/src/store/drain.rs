//! Folding events inside a transaction: loads the entities that they name, applies what is ready,
//! keeps what waits, and looks up stored events that what was applied makes ready.

use super::entities;
use super::read;
use crate::decode::{Key, Placed};
use crate::fold::{self, Effects, Held, Kind, Readiness, World, roles};
use settlement_interface::Address;
use sqlx::PgConnection;
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::Arc;

/// Entities before an event; `None` for one that did not exist.
pub type Before = Vec<(Kind, Address, Option<Held>)>;

/// An event that was applied.
#[derive(Debug)]
pub struct Applied {
    /// The event.
    pub placed: Arc<Placed>,
    /// What it added.
    pub effects: Effects,
    /// Its entities' images before, if it may have to be undone: of those that no event before it changed in
    /// the same block. What is taken back begins with a block's first event, so others are never needed.
    pub before: Option<Before>,
}

/// The state of folding a set of events.
#[derive(Debug, Default)]
pub struct Drain {
    /// Entities at hand.
    pub world: World,
    /// Applied, in that order.
    pub applied: Vec<Applied>,
    /// Events that cannot follow their predecessors, and why.
    pub contradictions: Vec<(Arc<Placed>, String)>,
    /// Events above this slot need to be undoable, and all after the first such event.
    final_through: u64,
    undoable: bool,
    /// Entities whose images are noted since the last event of another slot than this.
    noted: (u64, HashSet<Address>),
    blocked: HashMap<(Address, u64), Vec<Arc<Placed>>>,
    seen: HashSet<Key>,
    asked: HashSet<Address>,
}

impl Drain {
    /// `undoable` says that events were applied before which may have to be undone.
    /// `world` holds entities as they are stored.
    pub fn new(world: World, final_through: u64, undoable: bool) -> Self {
        Self { world, final_through, undoable, ..Self::default() }
    }

    /// Folds these events and every stored one that they make ready. `follow` are further entities
    /// whose waiting successors are looked up, each with the number to look for.
    pub async fn run(
        &mut self,
        connection: &mut PgConnection,
        events: Vec<Arc<Placed>>,
        follow: Vec<(Address, u64)>,
    ) -> Result<(), sqlx::Error> {
        let mut queue: VecDeque<Arc<Placed>> = VecDeque::new();
        self.enqueue(connection, &mut queue, events).await?;
        let mut frontier = follow;
        let waiting = read::has_waiting(connection).await?;
        loop {
            while let Some(placed) = queue.pop_front() {
                self.examine(placed, &mut queue, &mut frontier);
            }
            if !waiting || frontier.is_empty() {
                return Ok(());
            }
            let found = read::waiting_at(connection, &std::mem::take(&mut frontier)).await?;
            self.enqueue(connection, &mut queue, found.into_iter().map(Arc::new).collect()).await?;
        }
    }

    async fn enqueue(
        &mut self,
        connection: &mut PgConnection,
        queue: &mut VecDeque<Arc<Placed>>,
        events: Vec<Arc<Placed>>,
    ) -> Result<(), sqlx::Error> {
        let fresh: Vec<Arc<Placed>> =
            events.into_iter().filter(|placed| self.seen.insert(placed.key.clone())).collect();
        self.load(connection, &fresh).await?;
        queue.extend(fresh);
        Ok(())
    }

    async fn load(
        &mut self,
        connection: &mut PgConnection,
        events: &[Arc<Placed>],
    ) -> Result<(), sqlx::Error> {
        if self.world.network().is_none()
            && let Some((address, held)) = entities::load_config(connection).await?
        {
            self.asked.insert(address);
            self.world.load(address, held);
        }
        let mut missing: BTreeMap<Kind, Vec<Address>> = BTreeMap::new();
        for (address, kind) in events.iter().flat_map(|placed| roles(&placed.event)) {
            if !self.world.has(&address) && self.asked.insert(address) {
                missing.entry(kind).or_default().push(address);
            }
        }
        for (kind, addresses) in missing {
            for (address, held) in entities::load(connection, kind, &addresses).await? {
                self.world.load(address, held);
            }
        }
        Ok(())
    }

    fn examine(
        &mut self,
        placed: Arc<Placed>,
        queue: &mut VecDeque<Arc<Placed>>,
        frontier: &mut Vec<(Address, u64)>,
    ) {
        match fold::readiness(&self.world, &placed.event) {
            Readiness::Waits(entity, predecessor) => {
                self.blocked.entry((entity, predecessor)).or_default().push(placed);
            }
            // Another event has its number: it stays stored and waits for that one to be undone.
            Readiness::Taken(_) => {}
            Readiness::Ready => self.apply(placed, queue, frontier),
        }
    }

    fn apply(
        &mut self,
        placed: Arc<Placed>,
        queue: &mut VecDeque<Arc<Placed>>,
        frontier: &mut Vec<(Address, u64)>,
    ) {
        self.undoable |= placed.key.slot > self.final_through;
        let before = self.undoable.then(|| self.images(&placed));
        match fold::apply(&mut self.world, &placed) {
            Err(contradiction) => self.contradictions.push((placed, contradiction.0)),
            Ok(effects) => {
                for touched in placed.event.touched() {
                    let place = (touched.entity, touched.sequence);
                    for next in self.blocked.remove(&place).unwrap_or_default().into_iter().rev() {
                        queue.push_front(next);
                    }
                    frontier.push((touched.entity, touched.sequence.saturating_add(1)));
                }
                self.applied.push(Applied { placed, effects, before });
            }
        }
    }

    fn images(&mut self, placed: &Placed) -> Before {
        if self.noted.0 != placed.key.slot {
            self.noted = (placed.key.slot, HashSet::new());
        }
        let roles = roles(&placed.event).into_iter();
        roles
            .filter(|(address, _)| self.noted.1.insert(*address))
            .map(|(address, kind)| (kind, address, self.world.get(&address).cloned()))
            .collect()
    }
}
