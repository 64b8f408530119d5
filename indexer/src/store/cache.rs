//! Entities kept between transactions, so that those that a next batch changes again need not be read.
//!
//! They are taken out while a transaction runs and put back once it is committed: one that fails, or of
//! which nobody knows whether it was committed, leaves nothing behind. They count only if the transaction
//! that kept them was the last one that wrote, which its number says.

use crate::fold::World;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Most entities kept: of about 1 KiB each, jobs of 2.
const MOST: usize = 32_768;

/// What is kept, with the number of the transaction that kept it.
#[derive(Debug, Default)]
pub struct Cache(Mutex<Option<(i64, World)>>);

impl Cache {
    /// Entities as they are stored, for the transaction with the number `writes`.
    pub fn take(&self, writes: i64) -> World {
        let kept = self.kept().take();
        kept.filter(|(last, _)| last.checked_add(1) == Some(writes))
            .map(|(_, world)| world)
            .unwrap_or_default()
    }

    /// Keeps entities as the transaction with this number has left them.
    pub fn keep(&self, writes: i64, mut world: World) {
        world.settle(MOST);
        *self.kept() = Some((writes, world));
    }

    fn kept(&self) -> MutexGuard<'_, Option<(i64, World)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fold::{Held, singletons};
    use bytemuck::Zeroable;
    use settlement_interface::accounts::Totals;

    fn world() -> World {
        let mut world = World::default();
        world.load(singletons().totals, Held { slot: 7, entity: Totals::zeroed().into() });
        world
    }

    #[test]
    fn what_is_kept_is_there_for_the_next_transaction_once() {
        let cache = Cache::default();
        cache.keep(4, world());
        assert!(cache.take(5).has(&singletons().totals));
        assert!(!cache.take(5).has(&singletons().totals), "a transaction that failed leaves nothing");
    }

    #[test]
    fn what_was_kept_before_somebody_else_wrote_is_forgotten() {
        let cache = Cache::default();
        cache.keep(4, world());
        assert!(!cache.take(6).has(&singletons().totals));
    }
}
