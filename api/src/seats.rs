//! What a reader holds for long (connections, streams, exports): so many at once of all readers together, and of each.

use crate::error::{Kind, Problem, Result};
use crate::limits::Reader;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How many each reader holds, of those who hold any.
type Counts = Arc<Mutex<HashMap<Reader, usize>>>;

/// Seats of one kind; cheap to clone.
#[derive(Clone, Debug)]
pub struct Seats {
    all: Arc<Semaphore>,
    each: usize,
    taken: Counts,
}

/// A seat, free again when it is dropped.
#[derive(Debug)]
pub struct Seat {
    _one_of_all: OwnedSemaphorePermit,
    own: Option<(Reader, Counts)>,
}

/// Why there is no seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// All are taken.
    All,
    /// The reader holds as many as it may.
    Own,
}

impl Seats {
    /// So many for all, and for each reader; 0 is as many for each as there are.
    pub fn new(all: usize, each: usize) -> Self {
        let all = Arc::new(Semaphore::new(all.min(Semaphore::MAX_PERMITS)));
        Self { all, each, taken: Arc::default() }
    }

    /// Takes a seat. Who has no address, as within a process, counts among all readers alone.
    ///
    /// # Errors
    /// If there is none.
    pub fn take(&self, reader: Option<&Reader>) -> std::result::Result<Seat, Taken> {
        let one_of_all = self.all.clone().try_acquire_owned().map_err(|_| Taken::All)?;
        let Some(reader) = reader.filter(|_| self.each > 0) else {
            return Ok(Seat { _one_of_all: one_of_all, own: None });
        };
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let own = taken.entry(reader.clone()).or_default();
        if *own >= self.each {
            return Err(Taken::Own);
        }
        *own = own.saturating_add(1);
        drop(taken);
        Ok(Seat { _one_of_all: one_of_all, own: Some((reader.clone(), self.taken.clone())) })
    }

    /// A seat for a request, whose answer says why there is none. `what` is what is held, in the plural.
    ///
    /// # Errors
    /// [`Kind::Busy`] if all are taken, [`Kind::TooMany`] if the reader holds as many as it may.
    pub fn for_request(&self, reader: Option<&Reader>, what: &str, instead: &str) -> Result<Seat> {
        self.take(reader).map_err(|taken| match taken {
            Taken::All => Problem::new(
                Kind::Busy,
                format!("As many {what} as this service makes at once are running; try again in a minute{instead}."),
            ),
            Taken::Own => Problem::new(
                Kind::TooMany,
                format!("You have {} {what} running, which is as many as one reader may; end one first.", self.each),
            ),
        })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let Some((reader, taken)) = &self.own else { return };
        let mut taken = taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = taken.get_mut(reader) {
            *own = own.saturating_sub(1);
            if *own == 0 {
                taken.remove(reader);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_reader_takes_nothing_from_another_and_nobody_is_remembered_for_ever() {
        let seats = Seats::new(3, 2);
        let [one, other] = ["one", "other"].map(|name| Reader::Key(name.into()));
        let first = seats.take(Some(&one)).unwrap();
        let second = seats.take(Some(&one)).unwrap();
        assert_eq!(seats.take(Some(&one)).unwrap_err(), Taken::Own);
        let third = seats.take(Some(&other)).unwrap();
        assert_eq!(seats.take(Some(&other)).unwrap_err(), Taken::All);
        assert_eq!(seats.take(None).unwrap_err(), Taken::All);
        drop(first);
        let again = seats.take(Some(&one)).unwrap();
        drop((second, third, again));
        assert!(seats.taken.lock().unwrap().is_empty());
        assert_eq!(seats.all.available_permits(), 3);
    }

    #[test]
    fn without_a_bound_for_each_one_reader_may_take_all() {
        let seats = Seats::new(2, 0);
        let one = Reader::Key("one".into());
        let held = [seats.take(Some(&one)).unwrap(), seats.take(Some(&one)).unwrap()];
        assert_eq!(seats.take(Some(&one)).unwrap_err(), Taken::All);
        drop(held);
    }
}
