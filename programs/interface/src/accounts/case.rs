//! Cases: a registered meter's words against a provider.

use crate::Address;
#[cfg(not(feature = "anchor"))]
use bytemuck::{Pod, Zeroable};

/// Waiting for an answer or for its penalty.
pub const CASE_OPEN: u8 = 1;
/// Upheld and executed; only what its reporter is due remains.
pub const CASE_UPHELD: u8 = 2;

/// An outage that somebody reported. A case that is lost closes at once; one that is upheld closes when
/// its reporter is paid. Amounts in base units of the compute token, times in Unix seconds.
#[cfg_attr(feature = "anchor", anchor_lang::account)]
#[cfg_attr(not(feature = "anchor"), derive(Clone, Copy, Pod, Zeroable), repr(C))]
#[derive(Debug, PartialEq, Eq)]
pub struct Case {
    /// The `Job`.
    pub job: Address,
    /// Whose bond it is.
    pub reporter: Address,
    /// Who paid this account's rent and gets it back.
    pub rent_payer: Address,
    /// Its number among the job's cases, from 0.
    pub index: u64,
    /// When it was opened.
    pub opened_at: i64,
    /// Slot of that.
    pub opened_slot: u64,
    /// Beginning of the gap.
    pub from: i64,
    /// End of the gap.
    pub to: i64,
    /// Units that the meter counted in it.
    pub units: u64,
    /// Units missed in it, whatever was judged of them: at most so many are judged by it.
    pub missed: u64,
    /// What it takes from the bond at most, fixed when it was opened: less if less is left then, or if some
    /// of what was missed is judged until then.
    pub penalty: u64,
    /// The reporter's bond, in the stake vault; 0 once it is due.
    pub bond: u64,
    /// What the reporter is due out of the stake vault; 0 while it is open.
    pub due: u64,
    /// Of the meter's stake, locked while the case is open: what its words cost it if they are overturned.
    pub pledged: u64,
    /// Units missed of which it was known when it was opened, what it shows included: no fewer are judged with it
    /// than make up to so many, however little the job remembers by then.
    pub known: u64,
    /// When the missed window was marked; 0 before.
    pub marked_at: i64,
    /// Slot of that mark.
    pub marked_slot: u64,
    /// Events that changed this account.
    pub sequence: u64,
    /// [`CASE_OPEN`] or [`CASE_UPHELD`].
    pub state: u8,
    /// Canonical bump.
    pub bump: u8,
    /// Zero.
    pub reserved: [u8; 46],
}
