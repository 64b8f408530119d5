//! What is kept of each entity: the program's own account layout, plus what readers want to know and
//! accounts forget. Plain bytes, so that a state can be stored and taken back whole.

use bytemuck::{Pod, Zeroable};
use settlement_interface::Address;
use settlement_interface::accounts::{
    Bid, Buyback, Case, Config, ConfigChange, Credit, Dispute, Due, Epoch, Job, PARTIES, Vouched,
};
use settlement_interface::parameters::Parameters;

/// The network.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
pub struct ConfigImage {
    /// The account.
    pub account: Config,
    /// The one vault that holds all stake.
    pub stake_vault: Address,
}

/// What a party of a job was paid so far, base units.
pub type Paid = Due;

/// A job.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
pub struct JobImage {
    /// The account.
    pub account: Job,
    /// Wallet of its provider, once there is something to book for it; else zero.
    pub authority: Address,
    /// Paid to each party.
    pub paid: [Paid; PARTIES],
    /// Booked to the consumer out of the escrow.
    pub refund: u64,
    /// Booked to the provider for a cancellation.
    pub cancel_fee: u64,
    /// Work that the escrow could not pay, micro-dollars.
    pub void_usd: u64,
    /// Work paid in kind, micro-dollars.
    pub in_kind_usd: u64,
    /// Booked to the provider in kind.
    pub in_kind_paid: u64,
    /// Burned in kind.
    pub in_kind_burned: u64,
    /// Slot in which it was opened.
    pub opened_slot: u64,
    /// When its account was closed, Unix seconds; 0 before.
    pub reclaimed_at: i64,
}

/// An epoch.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
pub struct EpochImage {
    /// The account.
    pub account: Epoch,
    /// What its take was worth at each conversion's burn price, rounded down each time, micro-dollars.
    pub take_usd: u64,
}

/// A provider's part in an epoch.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
pub struct CreditImage {
    /// The account; closed once claimed.
    pub account: Credit,
    /// What its rebate minted.
    pub rebate: u64,
    /// 1 once claimed.
    pub claimed: u64,
}

/// A change of the configuration; its account is closed once it is decided.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
pub struct ChangeImage {
    /// The account.
    pub account: ConfigChange,
    /// What was in force until it was applied; zero unless its kind is parameters.
    pub previous_parameters: Parameters,
    /// What was in force until it was applied; zero unless its kind is one of an address.
    pub previous_address: Address,
    /// Who applied or cancelled it; zero before.
    pub decided_by: Address,
    /// When, Unix seconds; 0 before.
    pub decided_at: i64,
    /// `CHANGE_*`.
    pub state: u64,
}

/// A change that was not decided.
pub const CHANGE_WAITING: u64 = 0;
/// A change that was put into force.
pub const CHANGE_APPLIED: u64 = 1;
/// A change that its admin gave up.
pub const CHANGE_CANCELLED: u64 = 2;
/// A change that was closed after its time.
pub const CHANGE_EXPIRED: u64 = 3;

/// A bid; its account is closed by its acceptance or after bidding.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
pub struct BidImage {
    /// The account, with the last rate that was bid.
    pub account: Bid,
    /// When the account was closed, Unix seconds; 0 before.
    pub closed_at: i64,
    /// `BID_*`.
    pub state: u64,
}

/// A bid that stands.
pub const BID_STANDING: u64 = 0;
/// A bid that its provider took back, or that was released after the auction.
pub const BID_WITHDRAWN: u64 = 1;
/// The bid that won.
pub const BID_ACCEPTED: u64 = 2;

/// The buyback.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
pub struct BuybackImage {
    /// The account.
    pub account: Buyback,
    /// The vault that it sells from.
    pub vault: Address,
}

/// A meter or an arbiter. Events of their stake name either without saying which, so they are one kind.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
pub struct ThirdPartyImage {
    /// `ROLE_*`.
    pub role: u64,
    /// A meter's key that signs receipts; zero for an arbiter.
    pub key: Address,
    /// Wallet that stakes for it.
    pub wallet: Address,
    /// Its stake.
    pub vouched: Vouched,
    /// Its number among those of its role, from 0.
    pub index: u64,
    /// Unix seconds of registration.
    pub registered_at: i64,
    /// Cases decided on a meter's words.
    pub upheld: u64,
    /// Cases in which better words of its own contradicted it.
    pub overturned: u64,
    /// Rulings that an arbiter gave.
    pub rulings: u64,
    /// Events that changed it.
    pub sequence: u64,
}

/// `ThirdPartyImage.role` of a meter.
pub const ROLE_METER: u64 = 1;
/// `ThirdPartyImage.role` of an arbiter.
pub const ROLE_ARBITER: u64 = 2;

/// An outage that was reported.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
pub struct CaseImage {
    /// The account.
    pub account: Case,
    /// The provider against which it is.
    pub provider: Address,
    /// What it is shown by: a code of the event that opened it.
    pub evidence: u64,
    /// Taken from the provider's bond: the sum of the next three.
    pub slashed: u64,
    /// Booked to the consumer.
    pub harmed: u64,
    /// Booked to the reporter, besides its bond.
    pub reported: u64,
    /// Burned.
    pub burned: u64,
    /// Added to the provider's bad record, micro-dollars.
    pub bad: u64,
    /// When it was answered or upheld, Unix seconds; 0 before.
    pub decided_at: i64,
    /// When its account was closed, Unix seconds; 0 before.
    pub closed_at: i64,
    /// 1 if the meter's own better words overturned it.
    pub overturned: u64,
    /// Taken from the meter's stake because its words were overturned.
    pub meter_slashed: u64,
    /// Slot in which it was opened.
    pub opened_slot: u64,
}

/// A dispute of a receipt.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
pub struct DisputeImage {
    /// The account.
    pub account: Dispute,
    /// The provider.
    pub provider: Address,
    /// Pending in the job when it was opened, micro-dollars.
    pub pending: u64,
    /// Of it void because the provider lost, micro-dollars.
    pub void: u64,
    /// Taken from the provider's bond.
    pub slashed: u64,
    /// Booked to the consumer through the job.
    pub to_consumer: u64,
    /// Booked to the provider through the job.
    pub to_provider: u64,
    /// What the challenger was due back when it was resolved.
    pub refunded: u64,
    /// Added to the provider's bad record, micro-dollars.
    pub bad: u64,
    /// When it was resolved, Unix seconds; 0 before.
    pub resolved_at: i64,
    /// When its account was closed, Unix seconds; 0 before.
    pub closed_at: i64,
    /// Slot in which it was opened.
    pub opened_slot: u64,
}
