//! The sums that are kept by hour, rail, provider and hardware class.

use settlement_interface::Address;

/// Seconds of an hour.
const HOUR: i64 = 3_600;
/// Hardware class of what belongs to no job: claims, rebates and buybacks.
pub const NO_HARDWARE: i32 = -1;

/// Which sums an event adds to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Cube {
    /// Unix seconds at which the hour starts.
    pub hour: i64,
    /// A word for the rail.
    pub rail: &'static str,
    /// Provider; for buybacks the `Buyback`.
    pub provider: Address,
    /// Hardware class; [`NO_HARDWARE`] for what belongs to no job.
    pub hardware: i32,
}

impl Cube {
    /// The sums of the hour in which `at` lies.
    pub fn at(at: i64, rail: &'static str, provider: Address, hardware: i32) -> Self {
        let hour = at.div_euclid(HOUR).saturating_mul(HOUR);
        Self { hour, rail, provider, hardware }
    }
}

macro_rules! columns {
    ($($variant:ident $name:literal;)*) => {
        /// Columns of `revenue_hourly` that are sums.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[allow(missing_docs)] // named as in the table
        pub enum Column { $($variant,)* }

        /// Their names in the table, in order.
        pub const COLUMNS: &[&str] = &[$($name,)*];
    };
}

columns! {
    FeesUsd "fees_usd";
    SupplySideUsd "supply_side_usd";
    HoldersUsd "holders_usd";
    TreasuryUsd "treasury_usd";
    RebatedUsd "rebated_usd";
    Burned "burned";
    BurnedConverted "burned_converted";
    BurnedInKind "burned_in_kind";
    BurnedSlashed "burned_slashed";
    Take "take";
    Earned "earned";
    PaidInKind "paid_in_kind";
    Minted "minted";
    Claimed "claimed";
    Rebated "rebated";
    Slashed "slashed";
    Compensated "compensated";
    CancelFees "cancel_fees";
    Deposited "deposited";
    Refunded "refunded";
    Units "units";
    Conversions "conversions";
    Receipts "receipts";
    JobsOpened "jobs_opened";
    JobsAccepted "jobs_accepted";
    JobsClosed "jobs_closed";
    JobsFailed "jobs_failed";
    JobsCancelled "jobs_cancelled";
    BurnedBuyback "burned_buyback";
    BuybackUsd "buyback_usd";
    DollarsDeposited "dollars_deposited";
    DollarsRefunded "dollars_refunded";
    DollarsCancelFees "dollars_cancel_fees";
}

/// A number for each of [`COLUMNS`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sums(Vec<i128>);

impl Sums {
    /// Nothing.
    pub fn new() -> Self {
        Self(vec![0; COLUMNS.len()])
    }

    /// These numbers, in order of [`COLUMNS`], whose last ones an older version may have lacked.
    pub fn from_values(mut values: Vec<i128>) -> Option<Self> {
        let known = values.len() <= COLUMNS.len();
        values.resize(COLUMNS.len(), 0);
        known.then_some(Self(values))
    }

    /// The numbers in order.
    pub fn values(&self) -> &[i128] {
        &self.0
    }

    /// The same with `amount` more of `column`.
    pub fn with(mut self, column: Column, amount: u64) -> Self {
        if let Some(value) = self.0.get_mut(column as usize) {
            *value = value.saturating_add(i128::from(amount));
        }
        self
    }

    /// Adds or, with `sign` -1, takes away. Sums of 64-bit amounts are far from the ends of 128 bits.
    pub fn merge(&mut self, other: &Self, sign: i128) {
        for (value, more) in self.0.iter_mut().zip(&other.0) {
            *value = value.saturating_add(more.saturating_mul(sign));
        }
    }
}
