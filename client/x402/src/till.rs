//! What consumers have authorized, and what was charged of it.
//!
//! Both are sums over a job's life. A request is admitted if what is authorized and neither charged nor set aside for
//! requests that are being served covers its price. So requests of one job may be served at the same time, what failed
//! costs nothing, and a receipt that is sent again pays for nothing again.

use crate::chain::{Jobs, Seen, Unknown};
use crate::protocol::{
    ASSET, BINDING, DECIMALS, Extra, Payment, Requirements, SCHEME, Settled, Standing, Voucher,
};
use crate::vouchers::{Kept, Vouchers};
use settlement_interface::accounts::JobState;
use settlement_interface::rules::{charge, is_secured};
use settlement_interface::terms::RAIL_STABLE;
use settlement_interface::{Address, ID, SettlementError};
use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tally_client::receipts::{Malformed, SignedReceipt};

/// Whom requests pay, and what is risked for it.
#[derive(Clone, Debug)]
pub struct Offer {
    /// CAIP-2 id of the cluster.
    pub network: String,
    /// The provider's account.
    pub provider: Address,
    /// Seconds within which a request is answered.
    pub timeout: u32,
    /// The most that may be authorized and not settled on chain, micro-dollars: what is lost if the job fails, or its
    /// session key's receipts are voided, before the newest is settled.
    pub most_unsettled: u64,
}

/// Why a request is not admitted.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// Not a receipt.
    #[error("the payment's receipt cannot be read: {0}")]
    Receipt(#[from] Malformed),
    /// Of another offer.
    #[error("the payment accepts another offer than this one; take the one of this answer")]
    Offer,
    /// Of a job of somebody else.
    #[error("the receipt's job is another provider's")]
    Provider,
    /// Not the newest.
    #[error("a newer receipt of this job is known; sign one of more units")]
    Older(Standing),
    /// Not enough.
    #[error("the receipt does not authorize enough; sign one that covers what was charged and the price")]
    Uncovered(Standing),
    /// The escrow may not be worth it.
    #[error("the job's escrow is not worth enough for more work; top it up, or wait until work is converted")]
    Unsecured(Standing),
    /// Too much at once.
    #[error(
        "too much work of this job is not settled on chain yet; try again when the provider has settled it"
    )]
    Unsettled(Standing),
    /// The program would not take the receipt.
    #[error("{}", .0.message())]
    Program(SettlementError),
    /// The job is not known.
    #[error("{0}")]
    Unknown(#[from] Unknown),
    /// What is authorized cannot be kept.
    #[error("the payment cannot be kept at the moment")]
    Kept(#[from] io::Error),
}

impl Refusal {
    /// How the job stands, if that helps to pay.
    pub fn standing(&self) -> Option<&Standing> {
        match self {
            Self::Older(standing)
            | Self::Uncovered(standing)
            | Self::Unsecured(standing)
            | Self::Unsettled(standing) => Some(standing),
            _ => None,
        }
    }

    /// Whether it is this server's trouble, and no payment would help.
    pub fn is_trouble(&self) -> bool {
        matches!(self, Self::Kept(_) | Self::Unknown(Unknown::Unavailable))
    }
}

/// What is known of a job while the process runs.
struct Tab {
    /// The newest receipt; `None` before the first.
    receipt: Option<SignedReceipt>,
    /// Authorized by it, micro-dollars.
    authorized: u64,
    /// Charged, micro-dollars.
    charged: u64,
    /// Set aside for requests that are being served, micro-dollars.
    reserved: u64,
}

impl Tab {
    fn standing(&self, job: &Address) -> Standing {
        Standing {
            job: job.to_string(),
            authorized: self.authorized.to_string(),
            charged: self.charged.to_string(),
        }
    }

    /// What is to be kept of it.
    fn kept(&self) -> Option<Kept> {
        self.receipt.clone().map(|receipt| Kept { receipt, charged: self.charged })
    }

    fn left(&self) -> u64 {
        self.authorized.saturating_sub(self.charged).saturating_sub(self.reserved)
    }
}

/// One job's tab, and who may write it.
#[derive(Default)]
struct Account {
    /// One receipt is judged and kept at a time.
    turn: tokio::sync::Mutex<()>,
    tab: Mutex<Option<Tab>>,
}

impl Account {
    fn tab(&self) -> MutexGuard<'_, Option<Tab>> {
        // Sums are written at once, so that a panic leaves them whole.
        self.tab.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What consumers have authorized, and what was charged of it.
pub struct Till<J, V> {
    offer: Offer,
    jobs: J,
    vouchers: Arc<V>,
    accounts: Mutex<HashMap<Address, Arc<Account>>>,
}

impl<J: Jobs, V: Vouchers> Till<J, V> {
    /// Payments to this offer, for jobs that are read there, kept here.
    pub fn new(offer: Offer, jobs: J, vouchers: V) -> Self {
        Self { offer, jobs, vouchers: Arc::new(vouchers), accounts: Mutex::default() }
    }

    /// What a request of this price has to carry, micro-dollars.
    pub fn requires(&self, price: u64, standing: Option<Standing>) -> Requirements {
        Requirements {
            scheme: SCHEME.to_owned(),
            network: self.offer.network.clone(),
            amount: price.to_string(),
            asset: ASSET.to_owned(),
            pay_to: self.offer.provider.to_string(),
            max_timeout_seconds: self.offer.timeout,
            extra: Extra {
                binding: BINDING.to_owned(),
                program: ID.to_string(),
                decimals: DECIMALS,
                standing,
            },
        }
    }

    /// Takes a payment for a request of at most this price, micro-dollars, and sets the price aside.
    ///
    /// # Errors
    /// [`Refusal`]; nothing is set aside then. A receipt that was good is kept all the same.
    pub async fn admit(self: &Arc<Self>, payment: &Payment, price: u64) -> Result<Admission<J, V>, Refusal> {
        let mut accepted = payment.accepted.clone();
        accepted.extra.standing = None;
        if accepted != self.requires(price, None) {
            return Err(Refusal::Offer);
        }
        let Voucher::Receipt { receipt } = &payment.payload;
        let signed = SignedReceipt::from_text(receipt)?;
        if !signed.is_genuine() {
            return Err(Refusal::Program(SettlementError::NoReceipt));
        }
        let job = signed.receipt.job;
        let seen = self.jobs.seen(&job, signed.receipt.through).await?;
        if seen.job.terms.provider != self.offer.provider {
            return Err(Refusal::Provider);
        }
        // Nothing more can be earned by a job that is over, whatever was authorized.
        if seen.job.state() != Some(JobState::Running) {
            return Err(Refusal::Program(SettlementError::WrongState));
        }
        let account = self.account(job);
        let _turn = account.turn.lock().await;
        self.open(&account, &job, &seen).await?;
        self.take(&account, &job, &seen, signed).await?;
        let mut tab = account.tab();
        let Some(tab) = tab.as_mut() else { return Err(Refusal::Unknown(Unknown::Unavailable)) };
        if tab.left() < price {
            return Err(Refusal::Uncovered(tab.standing(&job)));
        }
        let used = tab.charged.saturating_add(tab.reserved).saturating_add(price);
        if used.saturating_sub(seen.job.accepted) > self.offer.most_unsettled {
            return Err(Refusal::Unsettled(tab.standing(&job)));
        }
        if !is_backed(used.saturating_sub(seen.job.settled), &seen) {
            return Err(Refusal::Unsecured(tab.standing(&job)));
        }
        tab.reserved = tab.reserved.saturating_add(price);
        let receipt = tab.receipt.as_ref().map(|receipt| receipt.signature.to_string()).unwrap_or_default();
        Ok(Admission {
            till: self.clone(),
            account: account.clone(),
            job,
            payer: seen.job.terms.consumer,
            receipt,
            price,
        })
    }

    fn account(&self, job: Address) -> Arc<Account> {
        let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        accounts.entry(job).or_default().clone()
    }

    /// Reads what is kept of a job, at its first request.
    async fn open(&self, account: &Account, job: &Address, seen: &Seen) -> Result<(), Refusal> {
        if account.tab().is_some() {
            return Ok(());
        }
        let (vouchers, at) = (self.vouchers.clone(), *job);
        let kept = blocking(move || vouchers.load(&at)).await?;
        let authorized = kept.as_ref().map_or(Some(0), |kept| authorizes(&kept.receipt, seen));
        let authorized = authorized.ok_or(Refusal::Program(SettlementError::Arithmetic))?;
        // Where a newer receipt is settled than is kept, something kept was lost: what is settled counts as charged.
        let charged = match &kept {
            Some(kept) if kept.receipt.receipt.units >= seen.job.units => kept.charged,
            Some(kept) => kept.charged.max(seen.job.accepted),
            None => seen.job.accepted,
        };
        let receipt = kept.map(|kept| kept.receipt);
        *account.tab() = Some(Tab { receipt, authorized, charged, reserved: 0 });
        Ok(())
    }

    /// Judges a receipt, and keeps it if it is newer.
    async fn take(
        &self,
        account: &Account,
        job: &Address,
        seen: &Seen,
        signed: SignedReceipt,
    ) -> Result<(), Refusal> {
        let charged = {
            let tab = account.tab();
            let newest = tab.as_ref().and_then(|tab| Some((tab, tab.receipt.as_ref()?)));
            match newest {
                // What is settled was paid for, whatever has become of the key that signed it.
                Some((_, newest)) if *newest == signed && signed.receipt.units <= seen.job.units => {
                    return Ok(());
                }
                Some((_, newest)) if *newest == signed => return settles(&signed, job, seen),
                // How a job stands is told to whoever pays out of it.
                Some((tab, newest)) if signed.receipt.units <= newest.receipt.units => {
                    let is_known = [newest.meter, seen.job.meter].contains(&signed.meter);
                    let stranger = Refusal::Program(SettlementError::ReceiptSigner);
                    return Err(if is_known { Refusal::Older(tab.standing(job)) } else { stranger });
                }
                _ => tab.as_ref().map_or(0, |tab| tab.charged),
            }
        };
        settles(&signed, job, seen)?;
        let authorized = authorizes(&signed, seen).ok_or(Refusal::Program(SettlementError::Arithmetic))?;
        tracing::debug!(%job, units = signed.receipt.units, authorized, "a receipt is kept");
        let kept = Kept { receipt: signed.clone(), charged };
        let (vouchers, at) = (self.vouchers.clone(), *job);
        blocking(move || vouchers.keep(&at, &kept)).await?;
        if let Some(tab) = account.tab().as_mut() {
            (tab.receipt, tab.authorized) = (Some(signed), authorized);
        }
        Ok(())
    }
}

/// Refuses a receipt that the program would not settle now, such as one of a key that was changed meanwhile.
fn settles(signed: &SignedReceipt, job: &Address, seen: &Seen) -> Result<(), Refusal> {
    let (slot, now) = seen.moment;
    signed.check(job, &seen.job, &seen.config, (now, slot)).map_err(Refusal::Program)
}

/// Whether the escrow is worth work of so many micro-dollars that is not converted yet: on the token rail by the program's
/// own margin for a price that falls.
fn is_backed(unconverted: u64, seen: &Seen) -> bool {
    match seen.job.terms.order.rail {
        RAIL_STABLE => u128::from(unconverted) <= seen.worth,
        _ => is_secured(unconverted, seen.worth),
    }
}

/// What a receipt authorizes, all together, micro-dollars.
fn authorizes(signed: &SignedReceipt, seen: &Seen) -> Option<u64> {
    let order = &seen.job.terms.order;
    charge(signed.receipt.units, order.rate, order.unit, order.budget)
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}

/// A request that may be served. Dropped without a charge, it costs nothing.
pub struct Admission<J: Jobs, V: Vouchers> {
    till: Arc<Till<J, V>>,
    account: Arc<Account>,
    job: Address,
    payer: Address,
    receipt: String,
    /// Still set aside, micro-dollars.
    price: u64,
}

impl<J: Jobs, V: Vouchers> Admission<J, V> {
    /// The job.
    pub fn job(&self) -> &Address {
        &self.job
    }

    /// The consumer's wallet.
    pub fn payer(&self) -> &Address {
        &self.payer
    }

    /// Charges this, or the price that was set aside if that is less, micro-dollars, and returns when it is kept.
    ///
    /// # Errors
    /// If it cannot be kept; it is charged while this process runs all the same.
    pub async fn charge(mut self, amount: u64) -> io::Result<Settled> {
        let amount = amount.min(self.price);
        let _turn = self.account.turn.lock().await;
        let (kept, standing) = {
            let mut tab = self.account.tab();
            let Some(tab) = tab.as_mut() else { return Err(io::Error::other("a tab was lost")) };
            tab.reserved = tab.reserved.saturating_sub(self.price);
            self.price = 0;
            tab.charged = tab.charged.saturating_add(amount);
            (tab.kept(), tab.standing(&self.job))
        };
        let (vouchers, job) = (self.till.vouchers.clone(), self.job);
        if let Some(kept) = kept {
            blocking(move || vouchers.keep(&job, &kept)).await?;
        }
        Ok(Settled {
            success: true,
            transaction: self.receipt.clone(),
            network: self.till.offer.network.clone(),
            payer: self.payer.to_string(),
            amount: amount.to_string(),
            extra: standing,
        })
    }
}

impl<J: Jobs, V: Vouchers> Drop for Admission<J, V> {
    fn drop(&mut self) {
        if let Some(tab) = self.account.tab().as_mut() {
            tab.reserved = tab.reserved.saturating_sub(self.price);
        }
    }
}

#[cfg(test)]
#[path = "till_tests.rs"]
pub(crate) mod tests;
