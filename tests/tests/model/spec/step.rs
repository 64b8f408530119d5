//! What anybody can send: every instruction with its arguments, as its builder takes them.

use super::arithmetic::N;
use settlement_interface::Address;
use settlement_interface::accounts::{RATES, RateEntry, StandingOffer};
use settlement_interface::change::Change;
use settlement_interface::panel::Panel;
use settlement_interface::receipt::Receipt;
use settlement_interface::terms::Order;

/// A receipt and who signed it.
#[derive(Clone, Copy, Debug)]
pub struct Signed {
    pub signer: Address,
    pub receipt: Receipt,
}

/// What a meter said of a job by when.
#[derive(Clone, Debug)]
#[allow(clippy::large_enum_variant, reason = "one at a time")]
pub enum Word {
    /// Nothing yet, at the start of the job.
    Start,
    /// The last words accepted.
    Last,
    Receipt(Signed),
    /// The entry in this place of a batch: job, when it was opened, units.
    Batch {
        signer: Address,
        entries: Vec<(Address, i64, u64)>,
        through: i64,
        place: usize,
    },
}

/// What a report of an outage rests on.
#[derive(Clone, Debug)]
#[allow(clippy::large_enum_variant, reason = "one at a time")]
pub enum Words {
    /// From the first word to the second, none of them of a batch.
    Receipts(Word, Word),
    /// A statement of absence: signer, from, to.
    Absence(Address, i64, i64),
}

/// One instruction. Who signs is the address that it names first or as `by`.
#[derive(Clone, Debug)]
#[allow(clippy::large_enum_variant, reason = "few at a time")]
pub enum Step {
    ProposeAdmin {
        by: Address,
        proposed: Address,
    },
    AcceptAdmin {
        by: Address,
    },
    Pause {
        by: Address,
        seconds: u32,
    },
    Unpause {
        by: Address,
    },
    Resume,
    QueueChange {
        by: Address,
        payer: Address,
        index: u64,
        change: Change,
    },
    ApplyChange {
        by: Address,
        index: u64,
        rent_payer: Address,
    },
    OpenRail {
        by: Address,
        payer: Address,
        index: u64,
        rent_payer: Address,
    },
    CancelChange {
        by: Address,
        index: u64,
        rent_payer: Address,
    },

    RegisterConsumer {
        payer: Address,
        wallet: Address,
    },
    RegisterProvider {
        payer: Address,
        by: Address,
        hash: [u8; 32],
        rates: [RateEntry; RATES],
    },
    UpdateProvider {
        by: Address,
        hash: [u8; 32],
        rates: [RateEntry; RATES],
    },
    Stake {
        by: Address,
        provider: Address,
        amount: u64,
    },
    RequestUnstake {
        by: Address,
        amount: u64,
    },
    WithdrawStake {
        authority: Address,
    },

    RegisterMeter {
        payer: Address,
        key: Address,
        by: Address,
    },
    RegisterArbiter {
        payer: Address,
        by: Address,
    },
    Vouch {
        by: Address,
        party: Address,
        amount: u64,
    },
    RequestUnvouch {
        by: Address,
        party: Address,
        amount: u64,
    },
    WithdrawVouched {
        wallet: Address,
        party: Address,
    },

    OpenJob {
        payer: Address,
        by: Address,
        provider: Address,
        nonce: u64,
        order: Order,
        amount: u64,
        dollars: bool,
    },
    TopUp {
        by: Address,
        job: Address,
        amount: u64,
        budget: u64,
        dollars: bool,
    },
    AcceptOffer {
        by: Address,
        job: Address,
        terms_hash: [u8; 32],
        max_bond: u64,
    },
    AcceptStanding {
        job: Address,
        provider: Address,
    },
    StartJob {
        by: Address,
        job: Address,
    },
    RotateMeter {
        by: Address,
        job: Address,
        meter: Address,
    },
    CancelJob {
        by: Address,
        job: Address,
    },
    CloseJob {
        by: Address,
        job: Address,
    },
    Mark {
        by: Address,
        job: Address,
    },
    AdvanceJob {
        job: Address,
    },
    Withdraw {
        job: Address,
        party: u8,
        wallet: Address,
        dollars: bool,
    },
    ReclaimJob {
        job: Address,
        rent_payer: Address,
        dollars: bool,
    },

    PlaceBid {
        payer: Address,
        by: Address,
        job: Address,
        terms_hash: [u8; 32],
        rate: u64,
        max_bond: u64,
    },
    WithdrawBid {
        by: Address,
        job: Address,
        provider: Address,
        rent_payer: Address,
    },
    AcceptBid {
        by: Address,
        job: Address,
        provider: Address,
        rent_payer: Address,
    },
    SetStanding {
        by: Address,
        offer: StandingOffer,
    },
    TopUpBond {
        by: Address,
        job: Address,
        amount: u64,
    },

    OpenCase {
        payer: Address,
        by: Address,
        job: Address,
        index: u64,
        words: Words,
        max_bond: u64,
    },
    AnswerCase {
        job: Address,
        index: u64,
        meter: Address,
        rent_payer: Address,
        first: Word,
        second: Word,
    },
    ResolveCase {
        job: Address,
        index: u64,
        meter: Address,
    },
    WithdrawCase {
        job: Address,
        index: u64,
        reporter: Address,
        rent_payer: Address,
    },

    OpenDispute {
        payer: Address,
        by: Address,
        job: Address,
        index: u64,
        receipt: u64,
        root: [u8; 32],
        panel: Panel,
        max_bond: u64,
    },
    Reveal {
        by: Address,
        dispute: Address,
        step: [u8; 32],
        proof: [[u8; 32]; 20],
    },
    Rule {
        by: Address,
        dispute: Address,
        for_provider: bool,
    },
    ReleaseArbiter {
        dispute: Address,
        wallet: Address,
    },
    ResolveDispute {
        job: Address,
        dispute: Address,
    },
    WithdrawDispute {
        dispute: Address,
        member: u8,
        wallet: Address,
    },
    CloseDispute {
        dispute: Address,
        rent_payer: Address,
    },

    Settle {
        by: Address,
        job: Address,
        words: Signed,
    },
    Convert {
        by: Address,
        job: Address,
    },
    SettleStable {
        by: Address,
        job: Address,
        words: Signed,
    },
    ConvertStable {
        job: Address,
    },
    /// `signed` are the units that the meter signed, `units` those that are claimed, `gone` when those of
    /// the jobs were opened that are there no more.
    AcceptBatch {
        signer: Address,
        jobs: Vec<Address>,
        units: Vec<u64>,
        signed: Vec<u64>,
        gone: Vec<i64>,
        through: i64,
    },
    Observe,
    Claim {
        authority: Address,
    },
    ClaimRebate {
        authority: Address,
        epoch: u64,
        rent_payer: Address,
    },
    CloseEpoch {
        epoch: u64,
        rent_payer: Address,
    },
    TickBuyback,
    Buyback {
        by: Address,
        destination: Address,
        amount: u64,
        max_tokens: u64,
    },
}

impl Step {
    /// Who must sign, besides whoever pays for the transaction.
    pub fn signers(&self) -> Vec<Address> {
        match self {
            Self::QueueChange { by, payer, .. }
            | Self::OpenRail { by, payer, .. }
            | Self::RegisterProvider { payer, by, .. }
            | Self::RegisterArbiter { payer, by }
            | Self::OpenJob { payer, by, .. }
            | Self::PlaceBid { payer, by, .. }
            | Self::OpenCase { payer, by, .. }
            | Self::OpenDispute { payer, by, .. } => vec![*payer, *by],
            Self::RegisterConsumer { payer, .. } => vec![*payer],
            Self::RegisterMeter { payer, key, by } => vec![*payer, *key, *by],
            Self::ProposeAdmin { by, .. }
            | Self::AcceptAdmin { by }
            | Self::Pause { by, .. }
            | Self::Unpause { by }
            | Self::ApplyChange { by, .. }
            | Self::CancelChange { by, .. }
            | Self::UpdateProvider { by, .. }
            | Self::Stake { by, .. }
            | Self::RequestUnstake { by, .. }
            | Self::Vouch { by, .. }
            | Self::RequestUnvouch { by, .. }
            | Self::TopUp { by, .. }
            | Self::AcceptOffer { by, .. }
            | Self::StartJob { by, .. }
            | Self::RotateMeter { by, .. }
            | Self::CancelJob { by, .. }
            | Self::CloseJob { by, .. }
            | Self::Mark { by, .. }
            | Self::WithdrawBid { by, .. }
            | Self::AcceptBid { by, .. }
            | Self::SetStanding { by, .. }
            | Self::TopUpBond { by, .. }
            | Self::Reveal { by, .. }
            | Self::Rule { by, .. }
            | Self::Settle { by, .. }
            | Self::Convert { by, .. }
            | Self::SettleStable { by, .. }
            | Self::Buyback { by, .. } => vec![*by],
            _ => Vec::new(),
        }
    }

    /// Its name, as Debug starts with it.
    pub fn name(&self) -> String {
        let text = format!("{self:?}");
        text.split(|at: char| !at.is_alphanumeric()).next().unwrap_or_default().to_owned()
    }
}

/// As the specification counts.
pub fn n(amount: impl Into<N>) -> N {
    amount.into()
}
