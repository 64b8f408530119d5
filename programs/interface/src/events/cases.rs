//! Events of outage cases and the service level. Amounts in base units of the compute token, units in
//! compute units, times in Unix seconds.

use super::Touched;
use crate::Address;
#[cfg(not(feature = "anchor"))]
use bytemuck::{Pod, Zeroable};

/// `CaseOpened.evidence`: two receipts, or the start and one.
pub const EVIDENCE_RECEIPTS: u8 = 1;
/// `CaseOpened.evidence`: the meter's statement of absence.
pub const EVIDENCE_ABSENCE: u8 = 2;

/// An outage was reported. Entities: job, case, meter.
#[cfg_attr(feature = "anchor", anchor_lang::event(bytemuck))]
#[cfg_attr(not(feature = "anchor"), derive(Clone, Copy, Pod, Zeroable), repr(C))]
#[derive(Debug, PartialEq, Eq)]
pub struct CaseOpened {
    /// Header.
    pub entities: [Touched; 3],
    /// Unix seconds.
    pub at: i64,
    /// The `Job`.
    pub job: Address,
    /// The `Case`.
    pub case: Address,
    /// Whose bond it is.
    pub reporter: Address,
    /// Who paid the case's rent.
    pub rent_payer: Address,
    /// Its number among the job's cases, from 0.
    pub index: u64,
    /// `EVIDENCE_*`.
    pub evidence: u64,
    /// Beginning of the gap.
    pub from: i64,
    /// End of the gap.
    pub to: i64,
    /// Units counted in it.
    pub units: u64,
    /// Units missed in it, whatever was judged of them.
    pub missed: u64,
    /// What it would take from the provider's bond.
    pub penalty: u64,
    /// The reporter's bond, moved into the stake vault.
    pub bond: u64,
    /// The `Meter`.
    pub meter: Address,
    /// Pledged of its stake, locked until the case is resolved.
    pub pledged: u64,
    /// Its stake, all of it.
    pub meter_stake: u64,
}

/// Nobody answered within the window; the grace runs. Entity: case.
#[cfg_attr(feature = "anchor", anchor_lang::event(bytemuck))]
#[cfg_attr(not(feature = "anchor"), derive(Clone, Copy, Pod, Zeroable), repr(C))]
#[derive(Debug, PartialEq, Eq)]
pub struct CaseMarked {
    /// Header.
    pub entities: [Touched; 1],
    /// Unix seconds.
    pub at: i64,
    /// The `Job`.
    pub job: Address,
    /// The `Case`.
    pub case: Address,
    /// Slot.
    pub slot: u64,
}

/// The meter's own better words overturned a case. Entities: job, meter, case (for the last time).
#[cfg_attr(feature = "anchor", anchor_lang::event(bytemuck))]
#[cfg_attr(not(feature = "anchor"), derive(Clone, Copy, Pod, Zeroable), repr(C))]
#[derive(Debug, PartialEq, Eq)]
pub struct CaseAnswered {
    /// Header.
    pub entities: [Touched; 3],
    /// Unix seconds.
    pub at: i64,
    /// The `Job`.
    pub job: Address,
    /// The `Case`.
    pub case: Address,
    /// The `Meter`.
    pub meter: Address,
    /// From when the better words count.
    pub from: i64,
    /// To when.
    pub to: i64,
    /// Units between the two.
    pub units: u64,
    /// The reporter's bond: due to the provider out of the stake vault.
    pub bond: u64,
    /// The penalty that it would have taken.
    pub penalty: u64,
    /// What the meter had pledged for the case and has no longer locked.
    pub pledged: u64,
    /// Slashed of the meter, as much of that as it had: burned out of the stake vault.
    pub slashed: u64,
    /// The meter's stake after.
    pub meter_stake: u64,
    /// Who got the case's rent.
    pub rent_payer: Address,
    /// Lamports returned.
    pub lamports: u64,
}

/// Much of the network fails at once: a penalty of this job waits, once. Entity: job.
#[cfg_attr(feature = "anchor", anchor_lang::event(bytemuck))]
#[cfg_attr(not(feature = "anchor"), derive(Clone, Copy, Pod, Zeroable), repr(C))]
#[derive(Debug, PartialEq, Eq)]
pub struct PenaltyDelayed {
    /// Header.
    pub entities: [Touched; 1],
    /// Unix seconds.
    pub at: i64,
    /// The `Job`.
    pub job: Address,
    /// The `Case` or the `Dispute` (a missed turn) that waits; zero if it is a provider that did not start, or
    /// a missed service level.
    pub case: Address,
    /// Until when; what is missed until then is excused.
    pub until: i64,
    /// Units promised until then; 0 for a job that has not started.
    pub excused: u64,
    /// What penalties burned in the time that counts.
    pub burned: u64,
    /// How many of them.
    pub penalties: u64,
    /// All locked bond.
    pub locked: u64,
}

/// A case was upheld and its penalty taken. Entities: job, case, provider, meter, totals.
#[cfg_attr(feature = "anchor", anchor_lang::event(bytemuck))]
#[cfg_attr(not(feature = "anchor"), derive(Clone, Copy, Pod, Zeroable), repr(C))]
#[derive(Debug, PartialEq, Eq)]
pub struct CaseUpheld {
    /// Header.
    pub entities: [Touched; 5],
    /// Unix seconds.
    pub at: i64,
    /// The `Job`.
    pub job: Address,
    /// The `Case`.
    pub case: Address,
    /// The `Provider`.
    pub provider: Address,
    /// The `Meter`.
    pub meter: Address,
    /// Slashed: the sum of the next three.
    pub slashed: u64,
    /// Due to the consumer out of the stake vault.
    pub harmed: u64,
    /// Due to the reporter out of the stake vault, besides its bond.
    pub reported: u64,
    /// Burned out of the stake vault.
    pub burned: u64,
    /// The reporter's bond: due back to it.
    pub returned: u64,
    /// The penalty as it was fixed when the case was opened; `slashed` is less if other penalties took the
    /// bond, or judged what was missed, meanwhile.
    pub penalty: u64,
    /// The job's bond after.
    pub bond: u64,
    /// Provider's stake after.
    pub stake: u64,
    /// What the meter had pledged for the case and has no longer locked.
    pub pledged: u64,
    /// Units missed that were not judged before, and are now, at most what the case announced; 0 if other cases
    /// judged as many.
    pub missed: u64,
    /// Added to the provider's bad record, micro-dollars.
    pub bad: u64,
}

/// The reporter of an upheld case was paid and the case closed. Entity: case, for the last time.
#[cfg_attr(feature = "anchor", anchor_lang::event(bytemuck))]
#[cfg_attr(not(feature = "anchor"), derive(Clone, Copy, Pod, Zeroable), repr(C))]
#[derive(Debug, PartialEq, Eq)]
pub struct CaseWithdrawn {
    /// Header.
    pub entities: [Touched; 1],
    /// Unix seconds.
    pub at: i64,
    /// The `Job`.
    pub job: Address,
    /// The `Case`.
    pub case: Address,
    /// Wallet paid: the reporter's.
    pub wallet: Address,
    /// Paid.
    pub amount: u64,
    /// Who got the case's rent.
    pub rent_payer: Address,
    /// Lamports returned.
    pub lamports: u64,
}

/// Receipts are over; the job waits for cases and disputes. Entity: job.
#[cfg_attr(feature = "anchor", anchor_lang::event(bytemuck))]
#[cfg_attr(not(feature = "anchor"), derive(Clone, Copy, Pod, Zeroable), repr(C))]
#[derive(Debug, PartialEq, Eq)]
pub struct JobHeld {
    /// Header.
    pub entities: [Touched; 1],
    /// Unix seconds.
    pub at: i64,
    /// The `Job`.
    pub job: Address,
    /// Slot.
    pub slot: u64,
    /// Accepted, neither pending nor converted, micro-dollars.
    pub outstanding: u64,
    /// Accepted and waiting for its dispute window, micro-dollars.
    pub pending: u64,
    /// Units promised until the meter's last accepted words; 0 without a promise.
    pub promised: u64,
    /// Of these missed, whatever cases judged of it; if any, the job is marked by this.
    pub missed: u64,
}

/// The service level was missed: a share of the bond is taken. Entities: job, provider, totals.
#[cfg_attr(feature = "anchor", anchor_lang::event(bytemuck))]
#[cfg_attr(not(feature = "anchor"), derive(Clone, Copy, Pod, Zeroable), repr(C))]
#[derive(Debug, PartialEq, Eq)]
pub struct ServiceCredited {
    /// Header.
    pub entities: [Touched; 3],
    /// Unix seconds.
    pub at: i64,
    /// The `Job`.
    pub job: Address,
    /// The `Provider`.
    pub provider: Address,
    /// Units promised.
    pub promised: u64,
    /// Units missed that were not judged before, and are now.
    pub missed: u64,
    /// Slashed: the sum of the next two.
    pub slashed: u64,
    /// Due to the consumer out of the stake vault.
    pub harmed: u64,
    /// Burned out of the stake vault.
    pub burned: u64,
    /// The job's bond after.
    pub bond: u64,
    /// Provider's stake after.
    pub stake: u64,
    /// Added to the provider's bad record, micro-dollars.
    pub bad: u64,
}
