//! The consumer's side: signs a receipt that covers a request, within what its owner allows, and sends it by the protocol by which
//! it was asked. Of both together no more is authorized than of one.

use crate::mpp::{Challenge, Credential, Receipt as Answered, UNIT, now as today, seconds};
use crate::protocol::{
    ASSET, BINDING, DECIMALS, Payment, PaymentRequired, Requirements, SCHEME, Settled, Standing, VERSION,
    Voucher, encode,
};
use settlement_interface::accounts::{Config, Job};
use settlement_interface::math::mul_div_ceil;
use settlement_interface::receipt::Receipt;
use settlement_interface::rules::charge;
use settlement_interface::{Address, ID};
use solana_signer::{Signer, SignerError};
use tally_client::receipts::SignedReceipt;

/// What the owner of a job allows a program that pays out of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// The most for one request, micro-dollars.
    pub request: u64,
    /// The most for all together, micro-dollars.
    pub total: u64,
}

/// Why nothing was signed.
#[derive(Debug, thiserror::Error)]
pub enum Declined {
    /// None of the ways to pay is out of this job.
    #[error("the server takes no payment out of this job: it asks for another scheme, network or provider")]
    NoWay,
    /// None of the challenges can be answered out of this job.
    #[error(
        "the server takes no payment out of this job: its challenges are of another realm, method, intent, network or \
         provider, or have expired"
    )]
    NoChallenge,
    /// One request is too dear.
    #[error("the request costs {0} micro-dollars, and {1} are the most that is allowed for one")]
    Dear(u64, u64),
    /// All together are.
    #[error("with this request {0} micro-dollars would be authorized, and {1} are the most that is allowed")]
    Spent(u64, u64),
    /// The server says more was charged than was ever authorized.
    #[error("the server says that {0} micro-dollars were charged, but only {1} were ever authorized")]
    Overcharged(u64, u64),
    /// The server's figures cannot be read.
    #[error("the server's message has \"{0}\" where micro-dollars belong")]
    Figure(String),
    /// The job's budget is used up, or the sum cannot be counted.
    #[error("the job's own budget does not cover this request")]
    Budget,
    /// The key did not sign.
    #[error("the session key did not sign: {0}")]
    Key(#[from] SignerError),
}

/// Pays out of one job.
pub struct Payer<S> {
    session: S,
    network: String,
    address: Address,
    job: Job,
    domain: [u8; 32],
    budget: Budget,
    /// Charged as far as is known, micro-dollars.
    charged: u64,
    /// Authorized by the newest receipt, micro-dollars.
    authorized: u64,
    /// That receipt, once one was signed.
    newest: Option<SignedReceipt>,
    /// Whether that receipt was refused as it is.
    refused: bool,
}

impl<S: Signer> Payer<S> {
    /// Pays out of this job, as the chain has it, with its session key.
    pub fn new(
        session: S,
        network: String,
        (address, job): (Address, Job),
        config: &Config,
        budget: Budget,
    ) -> Self {
        let (charged, domain) = (job.accepted, config.receipt_domain);
        let (authorized, newest, refused) = (charged, None, false);
        Self { session, network, address, job, domain, budget, charged, authorized, newest, refused }
    }

    /// Authorized so far, micro-dollars.
    pub fn authorized(&self) -> u64 {
        self.authorized
    }

    /// Signs for a request that was answered with this, and returns the value of
    /// [`PAYMENT_SIGNATURE`](crate::protocol::PAYMENT_SIGNATURE). `now` is the cluster's time, Unix seconds: a receipt of
    /// the future is refused.
    ///
    /// # Errors
    /// [`Declined`]; nothing was signed then.
    pub fn pay(&mut self, required: &PaymentRequired, now: i64) -> Result<String, Declined> {
        let way = required.accepts.iter().find(|way| self.is_ours(way)).ok_or(Declined::NoWay)?;
        let signed = self.cover(way, now)?;
        let mut accepted = way.clone();
        accepted.extra.standing = None;
        let payload = Voucher::Receipt { receipt: signed.to_text() };
        Ok(encode(&Payment { x402_version: VERSION, accepted, payload }))
    }

    /// Signs for a request that was answered with these challenges, by a server whose realm is known by this name, and returns
    /// the header, name and value, to send. `now` is as in [`Payer::pay`].
    ///
    /// # Errors
    /// [`Declined`]; nothing was signed then.
    pub fn answer(
        &mut self,
        challenges: &[Challenge],
        realm: &str,
        now: i64,
    ) -> Result<(&'static str, String), Declined> {
        let is_open = |challenge: &&Challenge| {
            challenge.realm == realm
                && challenge.expires.as_deref().and_then(seconds).is_some_and(|at| at >= today())
        };
        let ours = challenges.iter().filter(is_open).find_map(|challenge| {
            let asked = challenge.asks().filter(|asked| asked.unit_type == UNIT)?;
            let way = Some(asked.way()).filter(|way| self.is_ours(way))?;
            Some((challenge, challenge.answered_in()?, way))
        });
        let (challenge, name, way) = ours.ok_or(Declined::NoChallenge)?;
        let receipt = self.cover(&way, now)?.to_text();
        let payload = Voucher::Receipt { receipt };
        Ok((name, Credential { challenge: challenge.clone(), payload, source: None }.header()))
    }

    /// A receipt that covers what was charged and this way to pay.
    fn cover(&mut self, way: &Requirements, now: i64) -> Result<SignedReceipt, Declined> {
        let price = figure(&way.amount)?;
        if price > self.budget.request {
            return Err(Declined::Dear(price, self.budget.request));
        }
        if let Some(standing) = self.standing(way) {
            self.learn(figure(&standing.charged)?)?;
        }
        let wanted = self.charged.checked_add(price).ok_or(Declined::Budget)?;
        if wanted > self.budget.total {
            return Err(Declined::Spent(wanted, self.budget.total));
        }
        let order = &self.job.terms.order;
        let units = mul_div_ceil(wanted.into(), order.unit.into(), order.rate.into());
        let units =
            units.and_then(|units| u64::try_from(units).ok()).ok_or(Declined::Budget)?.max(self.units());
        let covers = charge(units, order.rate, order.unit, order.budget).ok_or(Declined::Budget)?;
        if covers < wanted {
            return Err(Declined::Budget);
        }
        // What was authorized and not charged is sent again as it was: only a receipt of more units is newer.
        let signed = match &self.newest {
            Some(newest) if newest.receipt.units == units && !self.refused => newest.clone(),
            _ => self.sign(units, now)?,
        };
        (self.authorized, self.newest) = (self.authorized.max(covers), Some(signed.clone()));
        self.refused = false;
        Ok(signed)
    }

    /// Units of the newest receipt: that of the chain before one was signed here.
    fn units(&self) -> u64 {
        self.newest.as_ref().map_or(self.job.units, |newest| newest.receipt.units)
    }

    fn sign(&self, units: u64, through: i64) -> Result<SignedReceipt, SignerError> {
        let (domain, job, opened_at) = (self.domain, self.address, self.job.opened_at);
        SignedReceipt::sign(
            &self.session,
            Receipt { domain, job, opened_at, units, through, commitment: None },
        )
    }

    /// Takes in what the server says it has charged.
    ///
    /// # Errors
    /// [`Declined::Overcharged`]: such a server should not be paid again.
    pub fn paid(&mut self, settled: &Settled) -> Result<(), Declined> {
        self.learn(figure(&settled.extra.charged)?)
    }

    /// As [`Payer::paid`], of the other protocol's receipt.
    ///
    /// # Errors
    /// [`Declined::Overcharged`].
    pub fn answered(&mut self, receipt: &Answered) -> Result<(), Declined> {
        self.learn(figure(&receipt.spent)?)
    }

    /// Takes in that a payment was answered with this 402. Where it does not say how the job stands, the receipt itself was not
    /// taken, such as one of more units than its time allows: the next payment signs the same units anew, at its own time.
    pub fn refused(&mut self, required: &PaymentRequired) {
        self.refused = !required.accepts.iter().any(|way| self.standing(way).is_some());
    }

    /// As [`Payer::refused`], of the other protocol's challenges.
    pub fn turned_down(&mut self, challenges: &[Challenge]) {
        let asked = challenges.iter().filter_map(Challenge::asks);
        self.refused = !asked.map(|asked| asked.way()).any(|way| self.standing(&way).is_some());
    }

    /// How the job stands, if this way to pay says so.
    fn standing<'a>(&self, way: &'a Requirements) -> Option<&'a Standing> {
        way.extra.standing.as_ref().filter(|standing| standing.job == self.address.to_string())
    }

    /// A server cannot have charged more than was authorized, and not less than before.
    fn learn(&mut self, charged: u64) -> Result<(), Declined> {
        if charged > self.authorized {
            return Err(Declined::Overcharged(charged, self.authorized));
        }
        self.charged = self.charged.max(charged);
        Ok(())
    }

    fn is_ours(&self, way: &Requirements) -> bool {
        way.scheme == SCHEME
            && way.extra.binding == BINDING
            && way.extra.program == ID.to_string()
            && (way.asset.as_str(), way.extra.decimals) == (ASSET, DECIMALS)
            && way.network == self.network
            && way.pay_to == self.job.terms.provider.to_string()
    }
}

fn figure(text: &str) -> Result<u64, Declined> {
    text.parse().map_err(|_| Declined::Figure(text.chars().take(40).collect()))
}

#[cfg(test)]
#[path = "payer_tests.rs"]
mod tests;
