//! Jobs and their state machine.

use crate::Address;
use crate::rules::{MASS_WAIT, Meters, Moment, Progress, Promise, has_outlasted};
use crate::terms::{RAIL_STABLE, Terms};
use bytemuck::{Pod, Zeroable};

/// Pending buckets of a verifiable job: old and young.
pub const BUCKETS: usize = 2;
/// Parties that a job can be due something to.
pub const PARTIES: usize = 8;

/// Where a job stands. Codes never change.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobState {
    /// Offered to a named provider.
    Offered = 1,
    /// In an auction.
    Open = 2,
    /// Accepted, bond locked, not started.
    Assigned = 3,
    /// Working; receipts are accepted and converted.
    Running = 4,
    /// Ended; receipts up to `closing_at` are accepted for one `receipt_grace`.
    Closing = 5,
    /// Waiting for disputes and cases.
    Held = 6,
    /// Only converting what is outstanding.
    Settling = 7,
    /// Settled; only dues remain.
    Closed = 8,
    /// Ended before it started, without fault; only dues remain.
    Cancelled = 9,
    /// The provider did not start; only dues remain.
    Failed = 10,
}

impl JobState {
    /// Every state, in order of code.
    pub const ALL: [Self; 10] = [
        Self::Offered,
        Self::Open,
        Self::Assigned,
        Self::Running,
        Self::Closing,
        Self::Held,
        Self::Settling,
        Self::Closed,
        Self::Cancelled,
        Self::Failed,
    ];

    /// The state of a code.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|state| *state as u8 == code)
    }

    /// A word for it, as the API serves it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Offered => "offered",
            Self::Open => "open",
            Self::Assigned => "assigned",
            Self::Running => "running",
            Self::Closing => "closing",
            Self::Held => "held",
            Self::Settling => "settling",
            Self::Closed => "closed",
            Self::Cancelled => "cancelled",
            Self::Failed => "failed",
        }
    }

    /// Whether only dues remain.
    pub const fn is_terminal(self) -> bool {
        matches!(self, Self::Closed | Self::Cancelled | Self::Failed)
    }
}

/// Who a job can owe. Codes index `Job.dues`.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Party {
    /// The consumer's wallet.
    Consumer = 0,
    /// The provider's authority.
    Provider = 1,
    /// Who marked the failure.
    Reporter = 2,
    /// The buyback vault: its share of the stable rail's take.
    Buyback = 3,
    /// The treasury's wallet: its share of the stable rail's take.
    Treasury = 4,
}

impl Party {
    /// Every party that can be due something so far.
    pub const ALL: [Self; 5] =
        [Self::Consumer, Self::Provider, Self::Reporter, Self::Buyback, Self::Treasury];

    /// The party of a code.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|party| *party as u8 == code)
    }

    /// A word for it, as the API serves it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Consumer => "consumer",
            Self::Provider => "provider",
            Self::Reporter => "reporter",
            Self::Buyback => "buyback",
            Self::Treasury => "treasury",
        }
    }
}

/// What one party is due, base units, by the vault that pays it.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "anchor", derive(anchor_lang::IdlType))]
pub struct Due {
    /// From the job's vault.
    pub escrow: u64,
    /// From the stake vault.
    pub stake: u64,
}

/// How many judged times a job remembers.
pub const JUDGED: usize = 6;

/// A time in which, by the meter's words, so much was missed at least; all zero if unused.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "anchor", derive(anchor_lang::IdlType))]
pub struct Judged {
    /// Its beginning, Unix seconds.
    pub from: i64,
    /// Its end, Unix seconds.
    pub to: i64,
    /// Units missed in it: at least one.
    pub missed: u64,
}

/// Receipts that wait for their dispute window.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "anchor", derive(anchor_lang::IdlType))]
pub struct Bucket {
    /// Accepted and pending, micro-dollars.
    pub usd: u64,
    /// When the bucket's youngest receipt was accepted, Unix seconds.
    pub since: i64,
    /// Slot of that.
    pub slot: u64,
    /// The newest root.
    pub root: [u8; 32],
    /// Steps under it.
    pub steps: u32,
    /// Number of the receipt that brought it, from 1. Receipts are at least a second apart within at
    /// most 365 days, so that it fits.
    pub receipt: u32,
}

/// Nothing is marked.
pub const MARK_NONE: u8 = 0;
/// The provider has not started in time.
pub const MARK_NO_SHOW: u8 = 1;
/// No price qualified for this job when it was marked, nor has one since; in time the job may end in kind.
pub const MARK_HALT: u8 = 2;

/// The consumer closed or cancelled.
pub const REASON_BY_CONSUMER: u8 = 1;
/// The provider closed.
pub const REASON_BY_PROVIDER: u8 = 2;
/// `end_by` passed.
pub const REASON_END: u8 = 3;
/// Nothing was received for `silence_max`.
pub const REASON_SILENCE: u8 = 4;
/// The offer can no longer be accepted.
pub const REASON_LAPSED: u8 = 5;

/// A dispute was lost: the provider of this job is not believed any more.
pub const REASON_DISPUTE: u8 = 6;

/// One job. Token amounts in base units of the terms' mint, USD in micro-dollars, times in Unix seconds.
#[cfg_attr(feature = "anchor", anchor_lang::account)]
#[cfg_attr(not(feature = "anchor"), derive(Clone, Copy, Pod, Zeroable), repr(C))]
#[derive(Debug, PartialEq, Eq)]
pub struct Job {
    /// Fixed at opening, but for the provider (an auction's winner) and a budget that grew.
    pub terms: Terms,
    /// Hash of job, `opened_at` and terms, as accepted: what an acceptance names.
    pub terms_hash: [u8; 32],
    /// The job's vault, a token account owned by this account.
    pub vault: Address,
    /// Who paid the rent of job and vault and gets it back.
    pub rent_payer: Address,
    /// Key whose receipts count.
    pub meter: Address,
    /// Key before the last rotation; zero if never rotated.
    pub previous_meter: Address,
    /// Who marked the failure; zero if nobody or a party.
    pub reporter: Address,
    /// Nonce among the consumer's jobs.
    pub nonce: u64,
    /// When it was opened; part of every receipt.
    pub opened_at: i64,
    /// Best bid so far, a `Bid`; zero if there is none.
    pub best_bid: Address,
    /// Its rate, micro-dollars per unit; 0 if there is none.
    pub best_rate: u64,
    /// When it was accepted; 0 before.
    pub accepted_at: i64,
    /// When it started; 0 before.
    pub started_at: i64,
    /// When the meter key was last rotated; 0 if never.
    pub rotated_at: i64,
    /// Slot of that rotation; 0 if never.
    pub rotated_slot: u64,
    /// When it began to close; 0 before.
    pub closing_at: i64,
    /// Slot in which it began to close; 0 before.
    pub closing_slot: u64,
    /// When it reached Closed, Cancelled or Failed; 0 before.
    pub ended_at: i64,
    /// When a receipt was last accepted; `started_at` before the first.
    pub heard_at: i64,
    /// When what `mark` says was marked; nothing if it says nothing.
    pub marked_at: i64,
    /// Slot of that mark.
    pub marked_slot: u64,
    /// When it was put on record that the meter's last accepted words fall short of the promised service
    /// level; 0 if they do not, or once it is credited. Apart from `mark`, so that a halt's stands beside it.
    pub service_at: i64,
    /// Slot of that.
    pub service_slot: u64,
    /// Until when a penalty waits because much of the network failed at once; 0 if none ever did.
    pub waits_until: i64,
    /// Times in which units were missed, in order: what they show together is what penalties were taken for, so
    /// that none is taken twice. Their rules are in [`crate::rules`].
    pub judged: [Judged; JUDGED],
    /// Missed units that penalties were taken for.
    pub judged_units: u64,
    /// The end of the last time in which any were, Unix seconds; 0 before.
    pub judged_until: i64,
    /// Deposited ever.
    pub funded: u64,
    /// In escrow: deposits less burns, fees, refunds. Gifts to the vault are not counted.
    pub escrow: u64,
    /// Locked of the provider's stake.
    pub bond: u64,
    /// Taken from the bond by penalties and not topped up since: with it, the bond is what penalties are
    /// shares of, so that a penalty does not depend on how many there were before it.
    pub slashed: u64,
    /// The escrow that the bond is a share of: as it was when the job was accepted, or when the bid was
    /// placed that won it; 0 before. More only by the provider's signature, when it tops its bond up.
    pub bonded_escrow: u64,
    /// The budget that the provider accepted, micro-dollars: what a failure counts; 0 before.
    pub accepted_budget: u64,
    /// What this job has added to the provider's bad record, micro-dollars: at most `accepted_budget`.
    pub blamed: u64,
    /// Units of the last receipt.
    pub units: u64,
    /// `through` of the last receipt; `started_at` before the first.
    pub through: i64,
    /// Receipts accepted ever.
    pub receipts: u64,
    /// Charged by receipts, micro-dollars.
    pub accepted: u64,
    /// Accepted and waiting for their dispute window.
    pub pending: [Bucket; BUCKETS],
    /// Converted, micro-dollars; `accepted - pending - settled` is outstanding.
    pub settled: u64,
    /// Of it what is in the provider's record already, micro-dollars.
    pub recorded: u64,
    /// Burned by conversions and in kind.
    pub burned: u64,
    /// The take: on the token rail part of `burned`, on the stable rail due to buyback and treasury.
    pub take: u64,
    /// Of the take what is the treasury's; stable rail only.
    pub treasury_take: u64,
    /// Earned by the provider: mintable on the token rail, dollars due on the stable rail.
    pub earned: u64,
    /// What each party is due, by code of [`Party`].
    pub dues: [Due; PARTIES],
    /// Outage cases opened ever.
    pub cases: u64,
    /// Outage cases open.
    pub open_cases: u64,
    /// Disputes opened ever. A number of their own, so that no report of an outage takes a dispute's.
    pub disputes: u64,
    /// Disputes open, which keep pending receipts pending: 0 or 1.
    pub open_disputes: u64,
    /// Number of the receipt that was last disputed; none up to it is disputed again.
    pub disputed: u64,
    /// Steps that the last receipt commits to; 0 before the first and if the job is not verifiable.
    pub steps: u64,
    /// Bids ever: one for each provider that has bid.
    pub bids: u64,
    /// Events that changed this account.
    pub sequence: u64,
    /// Code of [`JobState`].
    pub state: u8,
    /// What is marked: `MARK_*`.
    pub mark: u8,
    /// Why it is closing or was cancelled: `REASON_*`; 0 before.
    pub reason: u8,
    /// Canonical bump.
    pub bump: u8,
    /// Canonical bump of the vault.
    pub vault_bump: u8,
    /// 1 once a penalty of this job has waited because much of the network failed at once.
    pub waited: u8,
    /// Wallet that stakes for the registered meter; zero for a session key. Stored so that an acceptance
    /// can tell whether the meter is a party.
    pub meter_authority: Address,
    /// Zero.
    pub reserved: [u8; 2],
}

impl Job {
    /// The state; `None` only for bytes that the program never writes.
    pub fn state(&self) -> Option<JobState> {
        JobState::from_code(self.state)
    }

    /// Accepted, not pending and not settled: what the next conversion may convert, micro-dollars.
    #[inline(always)]
    pub fn outstanding(&self) -> Option<u64> {
        let [old, young] = &self.pending;
        self.accepted.checked_sub(old.usd)?.checked_sub(young.usd)?.checked_sub(self.settled)
    }

    /// How far it has come, as far as receipts are concerned.
    #[inline(always)]
    pub fn progress(&self) -> Progress {
        Progress {
            last_units: self.units,
            last_through: self.through,
            unit_cap: self.terms.order.unit_cap,
            end_by: self.terms.order.end_by,
            closing_at: self.closing_at,
            closing_slot: self.closing_slot,
            receipt_grace: self.terms.parameters.receipt_grace,
        }
    }

    /// The keys whose receipts count.
    #[inline(always)]
    pub fn meters(&self) -> Meters<'_> {
        Meters {
            present: &self.meter,
            previous: (self.rotated_at != 0).then_some(&self.previous_meter),
            rotated: (self.rotated_at, self.rotated_slot),
        }
    }

    /// Whether the time to report outages of this job is over: one `case_window` after closing, in seconds
    /// and in slots, so that a chain that stood still takes no report away.
    pub fn is_past_reporting(&self, now: Moment) -> bool {
        let closing = (self.closing_at, self.closing_slot);
        self.closing_at != 0 && has_outlasted(closing, self.terms.parameters.case_window, now)
    }

    /// The service level that was promised; nothing is while a penalty waits because much of the network fails.
    pub fn promise(&self) -> Promise {
        let begun = self.waits_until.saturating_sub(MASS_WAIT).max(self.started_at);
        let over = self.waits_until.min(self.last_moment());
        Promise { excused: (begun, over), ..self.whole_promise() }
    }

    fn whole_promise(&self) -> Promise {
        Promise::new(self.terms.order.sla_bps, self.terms.order.unit_cap)
    }

    /// Units promised from the start to the end, whatever is excused of it: what missed ones are a share of.
    pub fn promised(&self) -> Option<u64> {
        self.whole_promise().units(self.started_at, self.terms.order.end_by)
    }

    /// Units promised from `now` until the job's wait is over, which are excused.
    pub fn excused(&self, now: i64) -> Option<u64> {
        self.whole_promise().units(now, self.waits_until.min(self.last_moment()))
    }

    /// The last moment at which work can count: the end of the job, or when it began to close.
    pub fn last_moment(&self) -> i64 {
        let end = self.terms.order.end_by;
        if self.closing_at == 0 { end } else { end.min(self.closing_at) }
    }

    /// What penalties are shares of, base units: the bond, and what penalties took of it.
    pub fn bond_at_risk(&self) -> Option<u64> {
        self.bond.checked_add(self.slashed)
    }

    /// Counts failed work of this job, micro-dollars, and returns what of it the provider's record takes:
    /// all failures of one job together weigh no more than the budget that was accepted.
    pub fn blame(&mut self, usd: u64) -> u64 {
        let blame = usd.min(self.accepted_budget.saturating_sub(self.blamed));
        self.blamed = self.blamed.saturating_add(blame);
        blame
    }

    /// Whether nobody is due anything.
    pub fn is_paid_out(&self) -> bool {
        self.dues.iter().all(|due| *due == Due::default())
    }

    /// What must hold after every change.
    #[inline(always)]
    pub fn invariant(&self) -> bool {
        let Some(state) = self.state() else { return false };
        let ended_empty = !state.is_terminal() || (self.escrow == 0 && self.bond == 0);
        // Of what was burned, or on the stable rail settled, nothing is given out twice.
        let stable = self.terms.order.rail == RAIL_STABLE;
        let divided = if stable { self.settled } else { self.burned };
        let parts = self.take.checked_add(self.earned);
        let whole = parts.is_some_and(|parts| parts == divided || (!stable && parts < divided));
        self.outstanding().is_some()
            && self.accepted <= self.terms.order.budget
            && self.escrow <= self.funded
            && whole
            && self.treasury_take <= self.take
            && self.recorded <= self.settled
            && self.blamed <= self.accepted_budget
            && ended_empty
    }
}
