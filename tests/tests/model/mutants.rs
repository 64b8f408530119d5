//! Changed copies.

use crate::market::Market;
use crate::spec::step::Step;

impl Market {
    pub fn mutate(&mut self, _steps: &[Step]) {}
}
