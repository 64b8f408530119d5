//! Compute units and fees, before anything is sent.
//!
//! Units are upper bounds of what the program was measured to take (`docs/benchmarks.md`), with room for
//! addresses whose derivation takes more tries; a benchmark of the project fails if one is too low.

use settlement_interface::ID;
use settlement_interface::ed25519::ED25519_PROGRAM;
use settlement_interface::wire::discriminator;
use solana_compute_budget_interface::ComputeBudgetInstruction;
use solana_instruction::Instruction;

/// Most compute units of one transaction.
pub const MOST_UNITS: u32 = 1_400_000;
/// Lamports for each signature, those that a precompile verifies included.
pub const LAMPORTS_PER_SIGNATURE: u64 = 5_000;
/// What an instruction of another program is given if nothing is known about it: the runtime's default.
const UNKNOWN: u32 = 200_000;
/// What a native program takes, about.
const NATIVE: u32 = 1_000;

macro_rules! units {
    ($($name:literal: $units:literal,)*) => {
        /// Compute units that an instruction of the settlement program takes at most; `None` for a name
        /// that it does not have.
        pub fn units_of(name: &str) -> Option<u32> {
            match name { $($name => Some($units),)* _ => None }
        }

        /// Every instruction that has a bound.
        pub const NAMES: &[&str] = &[$($name),*];
    };
}

units! {
    "initialize": 40_000,
    "observe": 4_000,
    "pause": 4_000,
    "unpause": 4_000,
    "resume": 4_000,
    "propose_admin": 4_000,
    "accept_admin": 4_000,
    "register_consumer": 15_000,
    "register_provider": 15_000,
    "update_provider": 5_000,
    "stake": 7_000,
    "request_unstake": 5_000,
    "withdraw_stake": 20_000,
    "open_job": 40_000,
    "top_up": 8_000,
    "accept_offer": 7_000,
    "start_job": 5_000,
    "rotate_meter": 5_000,
    "cancel_job": 7_000,
    "close_job": 5_000,
    "mark": 6_000,
    "advance_job": 20_000,
    "withdraw": 25_000,
    "reclaim_job": 20_000,
    "settle": 40_000,
    "convert": 40_000,
    "claim": 20_000,
    "claim_rebate": 25_000,
}

/// Compute units of one instruction, an upper bound.
pub fn units(instruction: &Instruction) -> u32 {
    if instruction.program_id == ID {
        let named = NAMES.iter().find(|name| instruction.data.starts_with(&discriminator(name)));
        return named.and_then(|name| units_of(name)).unwrap_or(UNKNOWN);
    }
    if instruction.program_id == ED25519_PROGRAM {
        return 0; // precompiles are paid for as signatures
    }
    if instruction.program_id == solana_compute_budget_interface::ID
        || instruction.program_id == settlement_interface::pda::SYSTEM_PROGRAM
    {
        return NATIVE;
    }
    UNKNOWN
}

/// What a transaction costs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Estimate {
    /// Signatures paid for.
    pub signatures: u64,
    /// Compute units to ask for.
    pub units: u32,
    /// Price of a compute unit, millionths of a lamport.
    pub price: u64,
}

impl Estimate {
    /// Of these instructions, signed by `signers` keys, at a price of millionths of a lamport a unit.
    pub fn of(instructions: &[Instruction], signers: usize, price: u64) -> Self {
        let sum = instructions.iter().map(units).fold(0u32, u32::saturating_add);
        // The two instructions that set limit and price are not free either.
        let units = sum.saturating_add(NATIVE.saturating_mul(2)).min(MOST_UNITS);
        let verified = instructions
            .iter()
            .filter(|one| one.program_id == ED25519_PROGRAM)
            .map(|one| u64::from(one.data.first().copied().unwrap_or(0)))
            .fold(0u64, u64::saturating_add);
        let signatures = u64::try_from(signers).unwrap_or(u64::MAX).saturating_add(verified);
        Self { signatures, units, price }
    }

    /// Lamports that the payer loses whether or not the transaction succeeds; rent is not in it.
    pub fn lamports(&self) -> u64 {
        let base = LAMPORTS_PER_SIGNATURE.saturating_mul(self.signatures);
        let priority = u128::from(self.units).saturating_mul(u128::from(self.price)).div_ceil(1_000_000);
        base.saturating_add(u64::try_from(priority).unwrap_or(u64::MAX))
    }

    /// The two instructions that ask for these units at this price; they come first.
    pub fn instructions(&self) -> [Instruction; 2] {
        [
            ComputeBudgetInstruction::set_compute_unit_limit(self.units),
            ComputeBudgetInstruction::set_compute_unit_price(self.price),
        ]
    }
}

/// A price that got into recent blocks: the given percentile (0 to 100) of what was paid, millionths of
/// a lamport a unit; at most `most`. 0 if nothing is known.
pub fn price(recent: &[u64], percentile: u8, most: u64) -> u64 {
    let mut sorted = recent.to_vec();
    sorted.sort_unstable();
    let last = sorted.len().saturating_sub(1);
    let at = last.saturating_mul(usize::from(percentile.min(100))).div_ceil(100);
    sorted.get(at).copied().unwrap_or(0).min(most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_named_instruction_is_found_by_its_bytes() {
        for name in NAMES {
            let instruction =
                Instruction { program_id: ID, accounts: vec![], data: discriminator(name).to_vec() };
            assert_eq!(Some(units(&instruction)), units_of(name), "{name}");
        }
        let strange = Instruction { program_id: ID, accounts: vec![], data: vec![1, 2] };
        assert_eq!(units(&strange), UNKNOWN);
    }

    #[test]
    fn verified_signatures_are_paid_for_and_priority_rounds_up() {
        let verify = Instruction { program_id: ED25519_PROGRAM, accounts: vec![], data: vec![3, 0] };
        let estimate = Estimate::of(&[verify], 2, 1);
        assert_eq!((estimate.signatures, estimate.units), (5, 2_000));
        assert_eq!(estimate.lamports(), 25_000 + 1);
        assert_eq!(Estimate { price: 500_000, ..estimate }.lamports(), 25_000 + 1_000);
        let dear = Estimate { signatures: 1, units: MOST_UNITS, price: u64::MAX };
        assert_eq!(dear.lamports(), u64::MAX);
    }

    #[test]
    fn a_price_is_a_percentile_within_its_limit() {
        assert_eq!(price(&[], 50, 10), 0);
        assert_eq!(price(&[5, 1, 9], 0, 100), 1);
        assert_eq!(price(&[5, 1, 9], 50, 100), 5);
        assert_eq!(price(&[5, 1, 9], 100, 100), 9);
        assert_eq!(price(&[5, 1, 9], 100, 7), 7);
    }
}
