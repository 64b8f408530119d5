//! What exists in the network, under the names that the accounts have, so that the comparison can name
//! a field that differs.

use super::arithmetic::N;
use settlement_interface::Address;
use settlement_interface::accounts::{JobState, RATES, RateEntry, StandingOffer};
use settlement_interface::change::Change;
use settlement_interface::panel::Panel;
use settlement_interface::parameters::Parameters;
use settlement_interface::terms::Terms;

#[derive(Clone, Debug)]
pub struct Config {
    pub admin: Address,
    pub pending_admin: Address,
    pub guardian: Address,
    pub treasury: Address,
    /// Whether the stablecoin is named.
    pub stable: bool,
    pub parameters: Parameters,
    pub paused_until: N,
    /// Every pause that counts against the budget: from when until when.
    pub pauses: Vec<(N, N)>,
    pub consumers: N,
    pub providers: N,
    pub meters: N,
    pub arbiters: N,
    pub changes: N,
}

/// A change that waits.
#[derive(Clone, Debug)]
pub struct Waiting {
    pub rent_payer: Address,
    pub queued_by: Address,
    pub change: Change,
    /// What it replaces.
    pub replaces: Change,
    pub index: N,
    pub queued_at: N,
    pub applies_from: N,
    pub expires_at: N,
}

#[derive(Clone, Debug, Default)]
pub struct Price {
    pub spot: N,
    pub confidence: N,
    pub average: N,
    pub publish_time: N,
    pub slot: N,
    pub seen_at: N,
    pub exponent: N,
}

#[derive(Clone, Debug, Default)]
pub struct Totals {
    pub locked: N,
    pub counted_from: N,
    pub burned: N,
    pub penalties: N,
    pub burned_before: N,
    pub penalties_before: N,
}

#[derive(Clone, Debug)]
pub struct Consumer {
    pub wallet: Address,
    pub index: N,
    pub next_nonce: N,
    pub registered_at: N,
}

#[derive(Clone, Debug)]
pub struct Provider {
    pub authority: Address,
    pub metadata_hash: [u8; 32],
    pub rates: [RateEntry; RATES],
    pub standing: StandingOffer,
    pub index: N,
    pub stake: N,
    pub locked: N,
    pub unbonding: N,
    pub unbonding_at: N,
    pub claimable: N,
    pub earned: N,
    pub minted: N,
    pub burned: N,
    pub take: N,
    pub slashed: N,
    pub settled: N,
    pub good: N,
    pub bad: N,
    pub decayed_at: N,
    pub jobs_accepted: N,
    pub jobs_failed: N,
    pub jobs_open: N,
    pub registered_at: N,
}

/// What a third party has in the stake vault.
#[derive(Clone, Debug, Default)]
pub struct Vouched {
    pub stake: N,
    pub unbonding: N,
    pub available_at: N,
    /// Held by cases or rulings; a meter's cases share its stake, and may hold more than there is.
    pub locked: N,
}

impl Vouched {
    /// Not on its way out.
    pub fn bonded(&self) -> N {
        self.stake - self.unbonding
    }

    /// Nor held.
    pub fn free(&self) -> N {
        (self.bonded() - self.locked).max(0)
    }
}

#[derive(Clone, Debug)]
pub struct Meter {
    pub key: Address,
    pub authority: Address,
    pub vouched: Vouched,
    pub index: N,
    pub registered_at: N,
    pub upheld: N,
    pub overturned: N,
}

#[derive(Clone, Debug)]
pub struct Arbiter {
    pub wallet: Address,
    pub vouched: Vouched,
    pub index: N,
    pub registered_at: N,
    pub rulings: N,
}

/// Receipts that wait for their dispute window.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bucket {
    pub usd: N,
    pub since: N,
    pub slot: N,
    pub root: [u8; 32],
    pub steps: N,
    pub receipt: N,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Due {
    pub escrow: N,
    pub stake: N,
}

/// A time in which so much was missed, by the meter's words.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Judged {
    pub from: N,
    pub to: N,
    pub missed: N,
}

#[derive(Clone, Debug)]
pub struct Job {
    pub terms: Terms,
    pub terms_hash: [u8; 32],
    pub vault: Address,
    pub rent_payer: Address,
    pub meter: Address,
    pub previous_meter: Address,
    pub meter_authority: Address,
    pub reporter: Address,
    pub nonce: N,
    pub opened_at: N,
    pub best_bid: Address,
    pub best_rate: N,
    pub accepted_at: N,
    pub started_at: N,
    pub rotated_at: N,
    pub rotated_slot: N,
    pub closing_at: N,
    pub closing_slot: N,
    pub ended_at: N,
    pub heard_at: N,
    pub marked_at: N,
    pub marked_slot: N,
    pub waits_until: N,
    pub service_at: N,
    pub service_slot: N,
    pub judged: Vec<Judged>,
    pub judged_units: N,
    pub judged_until: N,
    pub funded: N,
    pub escrow: N,
    pub bond: N,
    /// Taken by penalties and not replaced.
    pub slashed: N,
    pub bonded_escrow: N,
    pub accepted_budget: N,
    pub blamed: N,
    pub units: N,
    pub through: N,
    pub receipts: N,
    pub accepted: N,
    pub old: Bucket,
    pub young: Bucket,
    pub settled: N,
    pub recorded: N,
    pub burned: N,
    pub take: N,
    pub treasury_take: N,
    pub earned: N,
    pub dues: [Due; 5],
    pub cases: N,
    pub open_cases: N,
    pub disputes: N,
    pub open_disputes: N,
    pub disputed: N,
    pub steps: N,
    pub bids: N,
    pub state: JobState,
    pub mark: u8,
    pub reason: u8,
    pub waited: N,
}

impl Job {
    pub fn outstanding(&self) -> N {
        self.accepted - self.old.usd - self.young.usd - self.settled
    }

    pub fn is(&self, states: &[JobState]) -> bool {
        states.contains(&self.state)
    }

    /// The last moment at which work can count.
    pub fn last_moment(&self) -> N {
        let end = N::from(self.terms.order.end_by);
        if self.closing_at == 0 { end } else { end.min(self.closing_at) }
    }

    pub fn owes_nothing(&self) -> bool {
        self.dues == [Due::default(); 5]
    }
}

#[derive(Clone, Debug)]
pub struct Bid {
    pub job: Address,
    pub provider: Address,
    pub rent_payer: Address,
    pub rate: N,
    pub bond: N,
    pub escrow: N,
    pub placed_at: N,
    pub index: N,
}

#[derive(Clone, Debug)]
pub struct Epoch {
    pub rent_payer: Address,
    pub index: N,
    pub take: N,
    pub weight: N,
    pub rebated: N,
    pub credits: N,
    pub claimed: N,
    pub rebate_bps: u16,
}

#[derive(Clone, Debug)]
pub struct Credit {
    pub provider: Address,
    pub rent_payer: Address,
    pub epoch: N,
    pub take: N,
    pub weight: N,
}

#[derive(Clone, Debug)]
pub struct Case {
    pub job: Address,
    pub reporter: Address,
    pub rent_payer: Address,
    pub index: N,
    pub opened_at: N,
    pub opened_slot: N,
    pub from: N,
    pub to: N,
    pub units: N,
    pub missed: N,
    pub penalty: N,
    pub bond: N,
    pub due: N,
    pub pledged: N,
    pub known: N,
    pub marked_at: N,
    pub marked_slot: N,
    pub upheld: bool,
}

/// What a dispute waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    ChallengerLast = 1,
    ChallengerFirst = 2,
    ProviderLast = 3,
    ProviderFirst = 4,
    ProviderMiddle = 5,
    ChallengerMiddle = 6,
    Panel = 7,
    Decided = 8,
    Resolved = 9,
}

#[derive(Clone, Debug)]
pub struct Dispute {
    pub job: Address,
    pub authority: Address,
    pub challenger: Address,
    pub rent_payer: Address,
    pub provider_root: [u8; 32],
    pub challenger_root: [u8; 32],
    pub agreed: [u8; 32],
    pub provider_step: [u8; 32],
    pub challenger_step: [u8; 32],
    pub revealed: [u8; 32],
    pub index: N,
    pub receipt: N,
    pub steps: N,
    pub lo: N,
    pub hi: N,
    pub rounds: N,
    pub opened_at: N,
    pub opened_slot: N,
    pub turn_at: N,
    pub turn_slot: N,
    pub marked_at: N,
    pub marked_slot: N,
    pub bond: N,
    pub arbiter_stake: N,
    pub fee: N,
    pub refund: N,
    pub panel: Panel,
    /// Places on the panel that ruled for either side, and that wait for their fee.
    pub for_provider: Vec<usize>,
    pub for_challenger: Vec<usize>,
    pub unpaid: Vec<usize>,
    /// Places whose stake is locked for their ruling.
    pub held: Vec<usize>,
    pub stage: Stage,
    pub outcome: u8,
    pub cause: u8,
}

#[derive(Clone, Debug, Default)]
pub struct Buyback {
    pub lot: N,
    pub left: N,
    pub started_at: N,
    pub ticked_at: N,
    pub elapsed: N,
    pub rounds: N,
    pub sold: N,
    pub burned: N,
}

/// A token account.
#[derive(Clone, Debug)]
pub struct Holding {
    pub mint: Address,
    pub owner: Address,
    pub amount: N,
    pub frozen: bool,
}
