//! What third parties put at stake for their words: a meter for a report that is made with them, an
//! arbiter for its ruling. It is locked until the case or dispute is resolved, which anyone can bring about.

use crate::SettlementError;
use crate::accounts::Vouched;

impl Vouched {
    /// Stake that is not on its way out, what is locked included; `None` if the figures contradict each other.
    pub fn bonded(&self) -> Option<u64> {
        self.stake.checked_sub(self.unbonding)
    }

    /// Stake that is neither locked nor on its way out; `None` if the figures contradict each other.
    pub fn free(&self) -> Option<u64> {
        Some(self.bonded()?.saturating_sub(self.locked))
    }

    /// Locks free stake, which then backs nothing else; `None` if there is less.
    pub fn lock(&mut self, amount: u64) -> Option<()> {
        (amount <= self.free()?).then_some(())?;
        self.locked = self.locked.checked_add(amount)?;
        Some(())
    }

    /// Frees what was locked or pledged.
    pub fn unlock(&mut self, amount: u64) -> Option<()> {
        self.locked = self.locked.checked_sub(amount)?;
        Some(())
    }

    /// Locks what a meter's words cost it if they are overturned, base units: `min(penalty, meter_bond)`.
    ///
    /// All that is bonded must reach that: words of nobody who has something to lose take no bond. But
    /// reports that are open at once share it: so one of them never bars another, which a meter's accomplice
    /// could make use of, and none is free because others came before it. Together they may pledge more than
    /// there is; then whichever is overturned first takes what there is.
    pub fn pledge(&mut self, penalty: u64, meter_bond: u64) -> Result<u64, SettlementError> {
        let asked = penalty.min(meter_bond);
        if self.bonded().ok_or(SettlementError::Arithmetic)? < asked {
            return Err(SettlementError::MeterUnbonded);
        }
        self.locked = self.locked.checked_add(asked).ok_or(SettlementError::Arithmetic)?;
        Ok(asked)
    }

    /// Takes what was pledged out of the stake, as far as it is there; returns how much that was.
    pub fn slash(&mut self, pledged: u64) -> Option<u64> {
        let taken = pledged.min(self.bonded()?);
        self.unlock(pledged)?;
        self.stake = self.stake.checked_sub(taken)?;
        Some(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_pledge_is_the_penalty_up_to_the_bond_and_needs_it_bonded() {
        let pledge = |stake, unbonding, locked, penalty| {
            let mut vouched = Vouched { stake, unbonding, locked, ..Vouched::default() };
            vouched.pledge(penalty, 100).inspect(|pledged| assert_eq!(vouched.locked, locked + pledged))
        };
        assert_eq!(pledge(100, 0, 0, 30), Ok(30));
        assert_eq!(pledge(100, 0, 0, 300), Ok(100));
        assert_eq!(pledge(100, 1, 0, 300), Err(SettlementError::MeterUnbonded));
        assert_eq!(pledge(100, 70, 0, 30), Ok(30));
        assert_eq!(pledge(100, 71, 0, 30), Err(SettlementError::MeterUnbonded));
        // What other reports hold bars none, and makes none cheaper.
        assert_eq!(pledge(100, 0, 100, 30), Ok(30));
        assert_eq!(pledge(100, 0, u64::MAX, 1), Err(SettlementError::Arithmetic));
    }

    #[test]
    fn an_overturned_word_takes_what_is_there_and_an_arbiters_lock_only_what_is_free() {
        let mut vouched = Vouched { stake: 100, unbonding: 20, ..Vouched::default() };
        assert_eq!((vouched.pledge(50, 1_000), vouched.pledge(60, 1_000)), (Ok(50), Ok(60)));
        assert_eq!((vouched.free(), vouched.lock(1)), (Some(0), None));
        assert_eq!((vouched.slash(60), vouched.slash(50)), (Some(60), Some(20)));
        assert_eq!((vouched.stake, vouched.unbonding, vouched.locked), (20, 20, 0));
        assert_eq!(vouched.slash(1), None);
    }

    proptest! {
        #[test]
        fn nothing_is_taken_twice_and_what_is_on_its_way_out_is_never_touched(
            stake in 0u64..1_000, unbonding in 0u64..1_000, moves in prop::collection::vec((0u8..4, 0u64..500), 0..40),
        ) {
            prop_assume!(unbonding <= stake);
            let mut vouched = Vouched { stake, unbonding, ..Vouched::default() };
            let (mut held, mut taken) = (Vec::new(), 0);
            for (kind, amount) in moves {
                match kind {
                    0 if vouched.lock(amount).is_some() => held.push(amount),
                    1 => held.extend(vouched.pledge(amount, 400).ok()),
                    2 => if let Some(amount) = held.pop() { vouched.unlock(amount).unwrap() },
                    3 => if let Some(amount) = held.pop() { taken += vouched.slash(amount).unwrap() },
                    _ => {}
                }
                prop_assert_eq!((vouched.locked, vouched.stake), (held.iter().sum(), stake - taken));
                prop_assert!(vouched.stake >= unbonding && vouched.free().is_some());
            }
        }
    }
}
