//! A job's terms: fixed when it is opened, signed by both sides, reached by no later change.

use crate::Address;
use crate::math::BPS;
use crate::oracle::Limits;
use crate::parameters::{DAY, Parameters};
use crate::{SettlementError, parameters::MINUTE};
use bytemuck::{Pod, Zeroable};

/// Priced in USD, escrowed in the compute token, settled by burning and minting.
pub const RAIL_TOKEN: u8 = 1;
/// Priced in USD, escrowed in a dollar stablecoin, settled by paying it.
pub const RAIL_STABLE: u8 = 2;
/// Receipts are signed by a session key of the consumer.
pub const METER_SESSION: u8 = 1;
/// Receipts are signed by a registered, bonded third party.
pub const METER_REGISTERED: u8 = 2;

/// What a consumer chooses when opening a job. Times are Unix seconds.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(
    feature = "anchor",
    derive(anchor_lang::IdlType, anchor_lang::AnchorSerialize, anchor_lang::AnchorDeserialize)
)]
pub struct Order {
    /// Key that signs the receipts: the consumer's session key or that of a registered meter.
    pub meter: Address,
    /// Hash of the work's specification, kept off-chain.
    pub spec_hash: [u8; 32],
    /// Hash of the arbiter panel; zero if the job is not verifiable.
    pub panel: [u8; 32],
    /// Most that the work may cost, micro-dollars.
    pub budget: u64,
    /// Micro-dollars per `unit`; in an auction the highest that is bid for, then the winner's.
    pub rate: u64,
    /// Compute units that `rate` pays for, such as 3,600,000 GPU milliseconds.
    pub unit: u64,
    /// Compute units that may be counted per second: a meter counts no more in any one, bursts included. The program
    /// sees that only on average, and takes a meter at its word where it answers an outage.
    pub unit_cap: u64,
    /// Least price to convert at before `convert_by`, 1e-8 USD per whole token; 0 for none, as always on
    /// the stable rail.
    pub min_price: u64,
    /// End of bidding; 0 for an offer to a named provider.
    pub bid_end: i64,
    /// Last moment to accept.
    pub offer_by: i64,
    /// Last moment to start without penalty.
    pub start_by: i64,
    /// End of the job.
    pub end_by: i64,
    /// When `min_price` lapses; 0 on the stable rail.
    pub convert_by: i64,
    /// Seconds without a receipt after which anyone may close the job.
    pub silence_max: i64,
    /// Hardware class of the rate cards, for figures by hardware.
    pub hardware: u16,
    /// Share of `unit_cap` promised, basis points; 0 for no promise (needs a registered meter).
    pub sla_bps: u16,
    /// [`RAIL_TOKEN`] or [`RAIL_STABLE`].
    pub rail: u8,
    /// [`METER_SESSION`] or [`METER_REGISTERED`].
    pub meter_kind: u8,
    /// 1 if receipts carry commitments that can be disputed.
    pub verifiable: u8,
    /// 1 if, after the end of bidding, anyone may have the best bid accepted.
    pub open_acceptance: u8,
}

/// The order, its parties, and the parameters as they were when the job was opened.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "anchor", derive(anchor_lang::IdlType))]
pub struct Terms {
    /// The consumer's wallet.
    pub consumer: Address,
    /// The `Provider` account named; zero in an auction until a bid is accepted.
    pub provider: Address,
    /// Mint of the escrow.
    pub mint: Address,
    /// What the consumer chose; its budget can only grow, its rate becomes that of the bid accepted.
    pub order: Order,
    /// The network's parameters at opening.
    pub parameters: Parameters,
}

impl Order {
    /// Refuses orders that this version does not offer or that contradict themselves, at `now`; what
    /// belongs to auctions is for [`crate::rules::check_auction`].
    pub fn validate(&self, now: i64) -> Result<(), SettlementError> {
        let offered = matches!(self.rail, RAIL_TOKEN | RAIL_STABLE)
            && matches!(self.meter_kind, METER_SESSION | METER_REGISTERED)
            && self.verifiable <= 1
            && (self.verifiable == 1) == (self.panel != [0; 32]);
        if !offered {
            return Err(SettlementError::UnsupportedTerms);
        }
        if self.rail == RAIL_STABLE && (self.min_price != 0 || self.convert_by != 0) {
            return Err(SettlementError::StableTerms);
        }
        if self.budget == 0 || self.rate == 0 || self.unit == 0 || self.unit_cap == 0 {
            return Err(SettlementError::BadRate);
        }
        let in_order = now < self.offer_by
            && self.offer_by <= self.start_by
            && self.start_by < self.end_by
            && self.end_by <= now.saturating_add(365 * DAY);
        if !in_order {
            return Err(SettlementError::Deadlines);
        }
        if !self.service_level_is_sound(now) {
            return Err(SettlementError::ServiceLevel);
        }
        if self.convert_by > self.end_by.saturating_add(7 * DAY) {
            return Err(SettlementError::ConvertBy);
        }
        if self.silence_max < 5 * MINUTE || self.silence_max > 7 * DAY {
            return Err(SettlementError::SilenceMax);
        }
        Ok(())
    }
}

impl Order {
    /// Whether a service level is promised only where a registered meter can tell, and all that could
    /// ever be counted under it is a number of units.
    fn service_level_is_sound(&self, now: i64) -> bool {
        let seconds = u64::try_from(self.end_by.saturating_sub(now)).unwrap_or(u64::MAX);
        let countable = self.unit_cap.checked_mul(seconds).is_some();
        self.sla_bps == 0
            || (self.meter_kind == METER_REGISTERED && u64::from(self.sla_bps) <= BPS && countable)
    }
}

impl Terms {
    /// The limits within which a price qualifies for this job.
    pub fn limits(&self) -> Limits {
        self.parameters.limits()
    }

    /// `sha256(job ‖ opened_at ‖ terms)`: what both sides sign.
    #[cfg(feature = "std")]
    pub fn hash(&self, job: &Address, opened_at: i64) -> [u8; 32] {
        use sha2::Digest;
        let mut hasher = sha2::Sha256::new();
        hasher.update(job.as_ref());
        hasher.update(opened_at.to_le_bytes());
        hasher.update(bytemuck::bytes_of(self));
        hasher.finalize().into()
    }
}

impl Parameters {
    /// The limits within which a price qualifies.
    pub fn limits(&self) -> Limits {
        Limits {
            max_age: self.max_age,
            max_conf_bps: self.max_conf_bps,
            max_deviation_bps: self.max_deviation_bps,
            k: self.k,
        }
    }
}
