//! The design's promises, recomputed from the accounts.

use crate::market::Market;

pub fn check(_market: &Market) {}
