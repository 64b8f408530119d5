//! Compute units and fees, before anything is sent.
//!
//! Units are upper bounds of what the program was measured to take (`docs/benchmarks.md`), with room for
//! addresses whose derivation takes more tries; a test of the project fails if one is missing or too low.

use settlement_interface::ID;
use settlement_interface::ed25519::ED25519_PROGRAM;
use settlement_interface::pda::{ASSOCIATED_TOKEN_PROGRAM, SYSTEM_PROGRAM};
use settlement_interface::wire::discriminator;
use solana_address_lookup_table_interface::program::ID as LOOKUP_TABLES;
use solana_compute_budget_interface::ComputeBudgetInstruction;
use solana_instruction::Instruction;

/// Most compute units of one transaction.
pub const MOST_UNITS: u32 = 1_400_000;
/// Most instructions of one transaction, those that programs call included.
pub const MOST_CALLS: usize = 64;
/// Calls by which an associated token account is created.
const CALLS_OF_A_TOKEN_ACCOUNT: usize = 7;
/// Lamports for each signature, those that a precompile verifies included.
pub const LAMPORTS_PER_SIGNATURE: u64 = 5_000;
/// What an instruction of another program is given if nothing is known about it: the runtime's default.
const UNKNOWN: u32 = 200_000;
/// What a native program takes, about.
const NATIVE: u32 = 1_500;
/// What making or changing a lookup table takes, whose program derives its address.
const LOOKUP_TABLE: u32 = 50_000;
/// Calls by which that is done.
const CALLS_OF_A_LOOKUP_TABLE: usize = 3;
/// What creating an associated token account takes, its derivation in both programs included.
const CREATE_TOKEN_ACCOUNT: u32 = 80_000;
/// Compute units for one address that the program derives: each try takes 1,500, and one address in
/// 2^17 takes more than seventeen of them.
pub const SEARCH: u32 = 16 * 1_500;

/// What an instruction of the settlement program takes at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound {
    /// The instruction.
    pub name: &'static str,
    /// Whatever its accounts are, compute units.
    pub fixed: u32,
    /// Addresses that it derives, each by as many tries as it takes.
    pub searches: u32,
    /// More for each of its accounts: those that come in any number.
    pub each: u32,
    /// Calls that it makes, of its own event, the token program and the system program.
    pub calls: usize,
}

impl Bound {
    const fn new(name: &'static str, fixed: u32, searches: u32, calls: usize) -> Self {
        Self { name, fixed, searches, each: 0, calls }
    }

    /// Compute units with this many accounts.
    pub fn units(&self, accounts: usize) -> u32 {
        let accounts = u32::try_from(accounts).unwrap_or(u32::MAX);
        let more = self.searches.saturating_mul(SEARCH).saturating_add(self.each.saturating_mul(accounts));
        self.fixed.saturating_add(more)
    }
}

/// The bound of every instruction.
pub const BOUNDS: &[Bound] = &[
    Bound::new("initialize", 30_000, 6, 20),
    Bound::new("observe", 4_000, 0, 1),
    Bound::new("pause", 4_000, 0, 1),
    Bound::new("unpause", 4_000, 0, 1),
    Bound::new("resume", 4_000, 0, 1),
    Bound::new("propose_admin", 4_000, 0, 1),
    Bound::new("accept_admin", 4_000, 0, 1),
    Bound::new("queue_change", 9_000, 1, 4),
    Bound::new("open_stable_rail", 22_000, 2, 10),
    Bound::new("apply_change", 6_000, 0, 1),
    Bound::new("cancel_change", 4_000, 0, 1),
    Bound::new("register_consumer", 6_000, 1, 4),
    Bound::new("register_provider", 8_000, 1, 4),
    Bound::new("update_provider", 4_000, 0, 1),
    Bound::new("stake", 7_000, 0, 2),
    Bound::new("request_unstake", 4_000, 0, 1),
    Bound::new("withdraw_stake", 8_000, 1, 2),
    Bound::new("open_job", 24_000, 2, 10),
    Bound::new("top_up", 9_000, 0, 2),
    Bound::new("accept_offer", 7_000, 0, 1),
    Bound::new("start_job", 4_000, 0, 1),
    Bound::new("rotate_meter", 4_000, 0, 1),
    Bound::new("cancel_job", 6_000, 0, 1),
    Bound::new("close_job", 4_000, 0, 1),
    Bound::new("mark", 6_000, 0, 2),
    Bound::new("advance_job", 20_000, 0, 6),
    Bound::new("withdraw", 12_000, 1, 2),
    Bound::new("reclaim_job", 8_000, 1, 4),
    Bound::new("place_bid", 10_000, 1, 4),
    Bound::new("withdraw_bid", 5_000, 0, 1),
    Bound::new("accept_bid", 8_000, 0, 1),
    Bound::new("set_standing_offer", 4_000, 0, 1),
    Bound::new("accept_standing_offer", 8_000, 0, 1),
    Bound::new("top_up_bond", 5_000, 0, 1),
    Bound::new("settle", 15_000, 2, 10),
    Bound::new("convert", 12_000, 2, 10),
    Bound::new("claim", 7_000, 1, 2),
    Bound::new("claim_rebate", 12_000, 1, 3),
    Bound::new("close_epoch", 4_000, 0, 1),
    Bound { each: 1_000, ..Bound::new("accept_batch", 5_000, 0, 1) },
    Bound::new("settle_stable", 8_000, 0, 3),
    Bound::new("convert_stable", 5_000, 0, 2),
    Bound::new("tick_buyback", 6_000, 0, 1),
    Bound::new("buyback", 15_000, 0, 3),
    Bound::new("register_meter", 7_000, 1, 4),
    Bound::new("register_arbiter", 7_000, 1, 4),
    Bound::new("vouch", 7_000, 0, 2),
    Bound::new("request_unvouch", 4_000, 0, 1),
    Bound::new("withdraw_vouched", 8_000, 1, 2),
    Bound::new("open_case", 20_000, 1, 6),
    Bound::new("answer_case", 6_000, 0, 2),
    Bound::new("resolve_case", 150_000, 0, 4),
    Bound::new("withdraw_case", 8_000, 1, 3),
    Bound::new("open_dispute", 15_000, 1, 7),
    Bound::new("reveal", 9_000, 0, 1),
    Bound::new("rule", 4_000, 0, 1),
    Bound::new("resolve_dispute", 7_000, 0, 3),
    Bound::new("withdraw_dispute", 8_000, 1, 2),
    Bound::new("release_arbiter", 4_000, 0, 1),
    Bound::new("close_dispute", 4_000, 0, 1),
];

/// The bound of an instruction by its name; `None` for one that the program does not have.
pub fn bound(name: &str) -> Option<Bound> {
    BOUNDS.iter().copied().find(|bound| bound.name == name)
}

/// The bound of an instruction of the settlement program; `None` for any other.
pub fn bound_of(instruction: &Instruction) -> Option<Bound> {
    let is_named = |bound: &&Bound| instruction.data.starts_with(&discriminator(bound.name));
    if instruction.program_id == ID { BOUNDS.iter().find(is_named).copied() } else { None }
}

/// Compute units of one instruction, an upper bound.
pub fn units(instruction: &Instruction) -> u32 {
    if let Some(bound) = bound_of(instruction) {
        return bound.units(instruction.accounts.len());
    }
    if instruction.program_id == ED25519_PROGRAM {
        return 0; // precompiles are paid for as signatures
    }
    if instruction.program_id == ASSOCIATED_TOKEN_PROGRAM {
        return CREATE_TOKEN_ACCOUNT;
    }
    if instruction.program_id == LOOKUP_TABLES {
        return LOOKUP_TABLE;
    }
    if [solana_compute_budget_interface::ID, SYSTEM_PROGRAM].contains(&instruction.program_id) {
        return NATIVE;
    }
    UNKNOWN
}

/// Instructions of a transaction with the calls that each makes, an upper bound; the runtime allows
/// [`MOST_CALLS`].
pub fn calls(instructions: &[Instruction]) -> usize {
    let of = |one: &Instruction| match bound_of(one) {
        Some(bound) => bound.calls,
        None if one.program_id == ASSOCIATED_TOKEN_PROGRAM => CALLS_OF_A_TOKEN_ACCOUNT,
        None if one.program_id == LOOKUP_TABLES => CALLS_OF_A_LOOKUP_TABLE,
        None => 0,
    };
    instructions.iter().map(of).fold(instructions.len(), usize::saturating_add)
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

/// Most that a compute unit is paid for unless more is asked for, millionths of a lamport.
pub const MOST_PRICE: u64 = 100_000;
/// Percentile of recent prices that is paid unless another price is named: the median.
pub const PERCENTILE: u8 = 50;

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
        for found in BOUNDS {
            let data = discriminator(found.name).to_vec();
            let instruction = Instruction { program_id: ID, accounts: vec![], data };
            assert_eq!(units(&instruction), found.units(0), "{}", found.name);
            assert_eq!((bound(found.name), bound_of(&instruction)), (Some(*found), Some(*found)));
        }
        assert_eq!((bound("settle").unwrap().units(16), bound("settles")), (63_000, None));
        assert_eq!(bound("accept_batch").unwrap().units(61), 66_000);
        let strange = Instruction { program_id: ID, accounts: vec![], data: vec![1, 2] };
        assert_eq!((units(&strange), calls(&[strange])), (UNKNOWN, 1));
        let data = discriminator("claim").to_vec();
        assert_eq!(calls(&vec![Instruction { program_id: ID, accounts: vec![], data }; 3]), 9);
    }

    #[test]
    fn verified_signatures_are_paid_for_and_priority_rounds_up() {
        let verify = Instruction { program_id: ED25519_PROGRAM, accounts: vec![], data: vec![3, 0] };
        let estimate = Estimate::of(&[verify], 2, 1);
        assert_eq!((estimate.signatures, estimate.units), (5, 3_000));
        assert_eq!(estimate.lamports(), 25_000 + 1);
        assert_eq!(Estimate { price: 500_000, ..estimate }.lamports(), 25_000 + 1_500);
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
