//! A dispute of a verifiable job's receipt.

use crate::Address;
use crate::panel::Panel;
#[cfg(not(feature = "anchor"))]
use bytemuck::{Pod, Zeroable};

/// Whose fault a dispute was. Codes never change.
pub const OUTCOME_OPEN: u8 = 0;
/// The provider lost.
pub const OUTCOME_PROVIDER_LOST: u8 = 1;
/// The challenger lost.
pub const OUTCOME_CHALLENGER_LOST: u8 = 2;
/// Nobody is at fault.
pub const OUTCOME_NOBODY: u8 = 3;

/// Not decided.
pub const CAUSE_NONE: u8 = 0;
/// The panel ruled.
pub const CAUSE_RULED: u8 = 1;
/// A turn was missed.
pub const CAUSE_TURN_MISSED: u8 = 2;
/// Both sides claim the same output: there was nothing to dispute.
pub const CAUSE_NO_DIFFERENCE: u8 = 3;
/// The panel did not rule in time.
pub const CAUSE_NO_RULING: u8 = 4;

/// One dispute: two roots over as many steps, narrowed down to one step. Its rules are in
/// [`crate::rules`]. Amounts in base units of the compute token, times in Unix seconds.
#[cfg_attr(feature = "anchor", anchor_lang::account)]
#[cfg_attr(not(feature = "anchor"), derive(Clone, Copy, Pod, Zeroable), repr(C))]
#[derive(Debug, PartialEq, Eq)]
pub struct Dispute {
    /// The `Job`.
    pub job: Address,
    /// The provider's authority, who reveals its side.
    pub authority: Address,
    /// The consumer's wallet, who reveals the other and put up the bond.
    pub challenger: Address,
    /// Who paid this account's rent and gets it back.
    pub rent_payer: Address,
    /// Root that the disputed receipt commits to.
    pub provider_root: [u8; 32],
    /// The challenger's root.
    pub challenger_root: [u8; 32],
    /// Hash of step `lo` in both trees; while the ends are proved, the challenger's first.
    pub agreed: [u8; 32],
    /// The provider's hash of step `hi`; zero until it is revealed.
    pub provider_step: [u8; 32],
    /// The challenger's hash of step `hi`; zero until it is revealed.
    pub challenger_step: [u8; 32],
    /// The provider's hash of the midpoint, while the challenger's is due; else zero.
    pub revealed: [u8; 32],
    /// Number among the job's disputes, from 0.
    pub index: u64,
    /// Number of the disputed receipt.
    pub receipt: u64,
    /// Steps under either root.
    pub steps: u64,
    /// Last step known to be equal.
    pub lo: u64,
    /// First step known to differ; equal to `lo`, 0, if the inputs do.
    pub hi: u64,
    /// Midpoints compared.
    pub rounds: u64,
    /// When it was opened; pending receipts wait from then on.
    pub opened_at: i64,
    /// Slot of that.
    pub opened_slot: u64,
    /// When the present turn or the panel's time began, or it was decided, from when its grace runs.
    pub turn_at: i64,
    /// Slot of that.
    pub turn_slot: u64,
    /// When the present turn was marked as missed; 0 if it is not.
    pub marked_at: i64,
    /// Slot of that mark.
    pub marked_slot: u64,
    /// The challenger's bond.
    pub bond: u64,
    /// Least free stake of an arbiter that rules.
    pub arbiter_stake: u64,
    /// What each arbiter of the majority is due once resolved.
    pub fee: u64,
    /// What the challenger is due back once resolved.
    pub refund: u64,
    /// Events that changed this account.
    pub sequence: u64,
    /// Who rules.
    pub panel: Panel,
    /// Arbiters who ruled for the provider, a bit each by place on the panel.
    pub for_provider: u8,
    /// Arbiters who ruled for the challenger.
    pub for_challenger: u8,
    /// Arbiters who are due the fee and have not been paid.
    pub unpaid: u8,
    /// Arbiters whose stake is still locked for their ruling, `arbiter_stake` each.
    pub held: u8,
    /// Code of [`crate::rules::Stage`].
    pub stage: u8,
    /// `OUTCOME_*`.
    pub outcome: u8,
    /// `CAUSE_*`.
    pub cause: u8,
    /// Canonical bump.
    pub bump: u8,
    /// Zero.
    pub reserved: [u8; 22],
}
