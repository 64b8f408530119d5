//! What one event adds besides changing its entities: ledger entries, facts, sums.

use super::revenue::{Cube, Sums};
use super::world::Contradiction;
use settlement_interface::Address;
use settlement_interface::events::Quoted;

/// Accounts of the ledger; what each means stands in the migration that makes the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // named as in the table
pub enum Account {
    Circulating,
    Escrow,
    Dues,
    Stake,
    Locked,
    Unbonding,
    StakeDues,
    Genesis,
    Minted,
    Burned,
    Unclaimed,
    Accrued,
    Outside,
    Buyback,
    Vouched,
    VouchedUnbonding,
    CaseBond,
    DisputeBond,
    CaseDues,
}

impl Account {
    /// Its name in the table.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Circulating => "circulating",
            Self::Escrow => "escrow",
            Self::Dues => "dues",
            Self::Stake => "stake",
            Self::Locked => "locked",
            Self::Unbonding => "unbonding",
            Self::StakeDues => "stake_dues",
            Self::Genesis => "genesis",
            Self::Minted => "minted",
            Self::Burned => "burned",
            Self::Unclaimed => "unclaimed",
            Self::Accrued => "accrued",
            Self::Outside => "outside",
            Self::Buyback => "buyback",
            Self::Vouched => "vouched",
            Self::VouchedUnbonding => "vouched_unbonding",
            Self::CaseBond => "case_bond",
            Self::DisputeBond => "dispute_bond",
            Self::CaseDues => "case_dues",
        }
    }
}

/// One side of a movement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Which account.
    pub account: Account,
    /// Whose it is, where there is somebody.
    pub owner: Option<Address>,
    /// The job that it belongs to, if any.
    pub job: Option<Address>,
    /// Mint.
    pub mint: Address,
    /// Base units; negative for what leaves the account.
    pub amount: i128,
}

/// See the table `receipts`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // named as in the table
pub struct Receipt {
    pub job: Address,
    pub provider: Address,
    pub number: u64,
    pub meter: Address,
    pub units: u64,
    pub through: i64,
    pub accepted: u64,
    pub outstanding: u64,
    pub halt: u64,
}

/// See the table `conversions`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // named as in the table
pub struct Conversion {
    pub job: Address,
    pub provider: Address,
    pub hardware: u16,
    pub usd: u64,
    pub supply_side_usd: u64,
    pub treasury_usd: u64,
    pub burned: u64,
    pub take: u64,
    pub earned: u64,
    pub escrow: u64,
    pub outstanding: u64,
    pub by: Means,
}

/// How work was turned into money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Means {
    /// By burning at a price.
    Converted {
        /// Index of the epoch.
        epoch: u64,
        /// Take times quality.
        weight: u128,
        /// Quality, basis points.
        quality: u64,
        /// The price.
        quoted: Quoted,
    },
    /// In tokens, at the end of a job, without a price.
    InKind,
    /// In dollars of the stable rail.
    Stable,
}

/// See the table `commitments`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // named as in the table
pub struct Commitment {
    pub job: Address,
    pub receipt: u64,
    pub root: [u8; 32],
    pub steps: u64,
    pub usd: u64,
}

/// See the table `buyback_fills`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // named as in the table
pub struct Fill {
    pub buyer: Address,
    pub destination: Address,
    pub round: u64,
    pub lot: u64,
    pub paid: u64,
    pub burned: u64,
    pub remaining: u64,
    pub factor_bps: u64,
    pub worth: u64,
    pub exponent: i32,
}

/// See the table `prices`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Price(pub Quoted);

/// See the table `claims`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // named as in the table
pub struct Claim {
    pub provider: Address,
    pub wallet: Address,
    pub amount: u64,
    pub minted: u64,
}

/// See the table `rebates`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // named as in the table
pub struct Rebate {
    pub provider: Address,
    pub epoch: u64,
    pub wallet: Address,
    pub pool: u64,
    pub amount: u64,
    pub usd: u64,
    pub minted: u64,
}

/// See the table `slashes`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // named as in the table
pub struct Slash {
    pub provider: Address,
    pub job: Address,
    pub fault: Fault,
    /// The case or dispute, if it took one.
    pub case: Option<Address>,
    pub consumer_wallet: Address,
    pub reporter: Option<Address>,
    pub refund: u64,
    pub bond: u64,
    pub slashed: u64,
    pub harmed: u64,
    pub reported: u64,
    /// To the arbiters who ruled.
    pub panel: u64,
    pub burned: u64,
    pub bad_usd: u64,
}

/// What a provider did wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It did not start.
    NoShow,
    /// An outage that was reported and upheld.
    Outage,
    /// The promised service level was missed.
    Service,
    /// It lost a dispute.
    Dispute,
}

impl Fault {
    /// A word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NoShow => "no_show",
            Self::Outage => "outage",
            Self::Service => "service",
            Self::Dispute => "dispute",
        }
    }
}

/// See the table `stake_moves`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // named as in the table
pub struct StakeMove {
    pub provider: Address,
    pub kind: &'static str,
    pub amount: u64,
    pub stake: u64,
}

/// See the table `payouts`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // named as in the table
pub struct Payout {
    pub job: Address,
    pub party: u64,
    pub wallet: Address,
    pub escrow: u64,
    pub stake: u64,
}

/// See the table `outcomes`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // named as in the table
pub struct Outcome {
    pub provider: Address,
    pub job: Address,
    /// `None` for a job that was settled.
    pub fault: Option<Fault>,
    /// The case or dispute, if it took one.
    pub case: Option<Address>,
    pub usd: u64,
    pub take_bps: u16,
    pub weight: u64,
    pub related: bool,
}

/// A row about one event.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // named after the tables
pub enum Fact {
    Receipt(Receipt),
    Conversion(Conversion),
    Price(Price),
    Claim(Claim),
    Rebate(Rebate),
    Slash(Slash),
    StakeMove(StakeMove),
    Payout(Payout),
    Outcome(Outcome),
    Commitment(Commitment),
    Fill(Fill),
}

/// All that an event adds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effects {
    /// Unix seconds of the event.
    pub at: i64,
    /// Entries that sum to zero.
    pub entries: Vec<Entry>,
    /// Rows; at most one of each table and owner.
    pub facts: Vec<Fact>,
    /// What it adds to the sums, and where; at most once for each place.
    pub sums: Vec<(Cube, Sums)>,
}

impl Effects {
    /// Nothing yet, at a time.
    pub fn at(at: i64) -> Self {
        Self { at, entries: Vec::new(), facts: Vec::new(), sums: Vec::new() }
    }

    /// Adds to the sums of a place.
    pub fn sum(&mut self, cube: Cube, sums: Sums) {
        match self.sums.iter_mut().find(|(other, _)| *other == cube) {
            Some((_, held)) => held.merge(&sums, 1),
            None => self.sums.push((cube, sums)),
        }
    }

    /// Moves `amount` from one place to another.
    pub fn transfer(&mut self, mint: Address, amount: u64, from: Place, to: Place) {
        if amount == 0 {
            return;
        }
        let amount = i128::from(amount);
        let entry = |place: Place, amount| Entry {
            account: place.account,
            owner: place.owner,
            job: place.job,
            mint,
            amount,
        };
        self.entries.push(entry(from, amount.saturating_neg()));
        self.entries.push(entry(to, amount));
    }

    /// What must hold of every event: its entries sum to zero for each mint.
    pub fn check(&self) -> Result<(), Contradiction> {
        for entry in &self.entries {
            let same = self.entries.iter().filter(|other| other.mint == entry.mint);
            let sum = same.map(|other| other.amount).try_fold(0i128, i128::checked_add);
            if sum != Some(0) {
                return Err(Contradiction("its movements do not balance".into()));
            }
        }
        Ok(())
    }
}

/// A side of a transfer.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    account: Account,
    owner: Option<Address>,
    job: Option<Address>,
}

impl Account {
    /// The account as a whole.
    pub const fn whole(self) -> Place {
        Place { account: self, owner: None, job: None }
    }

    /// The part of it that is somebody's.
    pub const fn of(self, owner: Address) -> Place {
        Place { account: self, owner: Some(owner), job: None }
    }

    /// The part of it that is somebody's in a job.
    pub const fn within(self, owner: Address, job: Address) -> Place {
        Place { account: self, owner: Some(owner), job: Some(job) }
    }
}
