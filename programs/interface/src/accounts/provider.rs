//! Providers.

use crate::Address;
use crate::rules::halvings;
use bytemuck::{Pod, Zeroable};

/// Most entries of a rate card.
pub const RATES: usize = 8;

/// What a provider asks for one hardware class; informative: what it accepts is in its standing offer.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(
    feature = "anchor",
    derive(anchor_lang::IdlType, anchor_lang::AnchorSerialize, anchor_lang::AnchorDeserialize)
)]
pub struct RateEntry {
    /// Micro-dollars per GPU hour.
    pub rate: u64,
    /// Hardware class; an unused entry has class 0 and rate 0.
    pub hardware: u16,
    /// Zero.
    pub reserved: [u8; 6],
}

/// Terms under which jobs may be accepted in the provider's name, without a round trip: what it signs
/// once instead of every offer. [`crate::rules::fits`] says which jobs it takes.
///
/// It bounds all that a consumer can bring about through it: at most `max_jobs` at a time, each for at
/// most `max_duration`, each at a risk of at most `max_bond`, under the very parameters whose hash it
/// names. Jobs with a minimum price are left out, since that delays payment.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(
    feature = "anchor",
    derive(anchor_lang::IdlType, anchor_lang::AnchorSerialize, anchor_lang::AnchorDeserialize)
)]
pub struct StandingOffer {
    /// The registered meter whose receipts it takes; zero for jobs with a session key only.
    pub meter: Address,
    /// The panel of verifiable jobs that it takes; zero for jobs that are not verifiable only.
    pub panel: [u8; 32],
    /// `sha256` of the network's parameters that it agrees to: jobs opened under others do not fit, so
    /// that a change of parameters ends the offer until it is signed anew.
    pub parameters: [u8; 32],
    /// Least rate, micro-dollars per 3,600,000 units (an hour of one GPU).
    pub floor_rate: u64,
    /// Smallest budget, micro-dollars.
    pub min_budget: u64,
    /// Largest budget, micro-dollars; 0 for no standing offer.
    pub max_budget: u64,
    /// Largest unit cap, units per second.
    pub max_unit_cap: u64,
    /// Largest bond that one job may lock, base units.
    pub max_bond: u64,
    /// Least seconds between acceptance and `start_by`.
    pub min_lead: i64,
    /// Most seconds between acceptance and `end_by`.
    pub max_duration: i64,
    /// Until when it holds, Unix seconds.
    pub until: i64,
    /// Most jobs that the provider has open at once, the new one included.
    pub max_jobs: u32,
    /// Hardware class.
    pub hardware: u16,
    /// Largest promised share of the unit cap, basis points.
    pub max_sla_bps: u16,
    /// Least worth of the escrow as a share of the budget, basis points.
    pub min_cover_bps: u16,
    /// Bit `1 << (rail - 1)` for each rail that it takes.
    pub rails: u8,
    /// Zero.
    pub reserved: [u8; 5],
}

impl StandingOffer {
    /// No standing offer.
    pub const NONE: Self = Self {
        meter: Address::new_from_array([0; 32]),
        panel: [0; 32],
        parameters: [0; 32],
        floor_rate: 0,
        min_budget: 0,
        max_budget: 0,
        max_unit_cap: 0,
        max_bond: 0,
        min_lead: 0,
        max_duration: 0,
        until: 0,
        max_jobs: 0,
        hardware: 0,
        max_sla_bps: 0,
        min_cover_bps: 0,
        rails: 0,
        reserved: [0; 5],
    };
}

/// A provider of compute. Never closed. Amounts in base units of the compute token unless said.
#[cfg_attr(feature = "anchor", anchor_lang::account)]
#[cfg_attr(not(feature = "anchor"), derive(Clone, Copy, Pod, Zeroable), repr(C))]
#[derive(Debug, PartialEq, Eq)]
pub struct Provider {
    /// Wallet that signs for it and is paid.
    pub authority: Address,
    /// Hash of its public description, kept off-chain.
    pub metadata_hash: [u8; 32],
    /// What it asks by hardware class.
    pub rates: [RateEntry; RATES],
    /// Its standing offer.
    pub standing: StandingOffer,
    /// Its number among providers, from 0.
    pub index: u64,
    /// All that it has in the stake vault, locked and unbonding included.
    pub stake: u64,
    /// Bonds of its jobs and bids; `stake >= locked + unbonding`.
    pub locked: u64,
    /// Asked back, still slashable.
    pub unbonding: u64,
    /// When that can be withdrawn, Unix seconds; 0 if nothing is unbonding.
    pub unbonding_at: i64,
    /// Earned and not yet minted.
    pub claimable: u64,
    /// Earned ever by conversions.
    pub earned: u64,
    /// Minted ever for it, rebates included; never more than `burned`.
    pub minted: u64,
    /// Burned ever by conversions of its jobs.
    pub burned: u64,
    /// Take ever of its jobs (part of `burned`).
    pub take: u64,
    /// Slashed ever.
    pub slashed: u64,
    /// Settled ever, micro-dollars.
    pub settled: u64,
    /// Settled work, micro-dollars, halved per 30 whole days.
    pub good: u64,
    /// Failed work, micro-dollars, halved per 30 whole days.
    pub bad: u64,
    /// From when the next half-life counts, Unix seconds.
    pub decayed_at: i64,
    /// Jobs accepted ever.
    pub jobs_accepted: u64,
    /// Jobs failed ever.
    pub jobs_failed: u64,
    /// Jobs accepted and not yet ended.
    pub jobs_open: u64,
    /// Unix seconds of registration.
    pub registered_at: i64,
    /// Events that changed this account.
    pub sequence: u64,
    /// Canonical bump.
    pub bump: u8,
    /// Zero.
    pub reserved: [u8; 63],
}

impl Provider {
    /// Stake that is neither locked nor unbonding; `None` if the figures contradict each other.
    #[inline(always)]
    pub fn free_stake(&self) -> Option<u64> {
        self.stake.checked_sub(self.locked)?.checked_sub(self.unbonding)
    }

    /// Halves `good` and `bad` once per whole half-life since they were last halved.
    #[inline(always)]
    pub fn decay(&mut self, now: i64) {
        let (count, next) = halvings(self.decayed_at, now);
        if count == 0 {
            return;
        }
        self.good = self.good.checked_shr(count).unwrap_or(0);
        self.bad = self.bad.checked_shr(count).unwrap_or(0);
        self.decayed_at = next;
    }

    /// Adds settled work to the record, micro-dollars. A record only ever saturates: it is a weight, not
    /// money.
    pub fn credit(&mut self, usd: u64, now: i64) {
        self.decay(now);
        self.good = self.good.saturating_add(usd);
    }

    /// Adds failed work to the record, micro-dollars, saturating likewise. What one job may add is for
    /// [`Job::blame`](super::Job::blame) to bound.
    pub fn blame(&mut self, usd: u64, now: i64) {
        self.decay(now);
        self.bad = self.bad.saturating_add(usd);
    }

    /// What must hold after every change.
    #[inline(always)]
    pub fn invariant(&self) -> bool {
        self.free_stake().is_some()
            && self.minted.checked_add(self.claimable).is_some_and(|sum| sum <= self.burned)
    }
}
