//! The chain's accounts, all of them, by plain RPC.

use crate::chain::Chain;
use crate::failure::{Context, Failure, Result};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use settlement_interface::accounts::{
    Arbiter, Bid, Buyback, Case, Config, ConfigChange, Consumer, Credit, Dispute, Epoch, Job, Layout, Meter,
    Price, Provider, Totals, Vouched,
};

use settlement_interface::{Address, ID, pda};
use sha2::{Digest, Sha256};
use solana_rpc_client_api::request::RpcRequest;
use std::collections::BTreeMap;

/// Most accounts of one `getMultipleAccounts`.
const BATCH: usize = 100;

/// Every account of the program, and every token account whose balance matters.
pub struct Accounts {
    /// A slot that all of it is at least as new as.
    pub slot: u64,
    /// The network.
    pub config: Config,
    /// Its last price.
    pub price: Price,
    /// Its sums.
    pub totals: Totals,
    /// By address, as all that follow.
    pub consumers: BTreeMap<Address, Consumer>,
    /// Providers.
    pub providers: BTreeMap<Address, Provider>,
    /// Jobs that are not reclaimed.
    pub jobs: BTreeMap<Address, Job>,
    /// Epochs.
    pub epochs: BTreeMap<Address, Epoch>,
    /// Credits that are not claimed.
    pub credits: BTreeMap<Address, Credit>,
    /// Bids whose auctions are not over.
    pub bids: BTreeMap<Address, Bid>,
    /// Outage cases that are open or owe their reporter.
    pub cases: BTreeMap<Address, Case>,
    /// Disputes that are open or owe somebody.
    pub disputes: BTreeMap<Address, Dispute>,
    /// Meters.
    pub meters: BTreeMap<Address, Meter>,
    /// Arbiters.
    pub arbiters: BTreeMap<Address, Arbiter>,
    /// Changes that wait.
    pub changes: BTreeMap<Address, ConfigChange>,
    /// The buyback, if the network has a stablecoin.
    pub buyback: Option<Buyback>,
    /// Balance of each job's vault, by job, in the job's mint.
    pub vaults: BTreeMap<Address, u64>,
    /// Dollars in the buyback's vault.
    pub buyback_vault: u64,
    /// Balance of the stake vault.
    pub stake_vault: u64,
    /// Balance of the treasury's wallet.
    pub treasury: u64,
    /// Supply of the mint.
    pub supply: u64,
    /// Changes whenever any of this does.
    pub fingerprint: [u8; 32],
}

impl Accounts {
    /// Reads everything.
    pub fn read(chain: &Chain) -> Result<Self> {
        let slot: u64 = call(chain, "getSlot", json!([{ "commitment": "confirmed" }]))?;
        let all = program_accounts(chain)?;
        let mut hasher = Sha256::new();
        all.iter().for_each(|(address, data)| {
            hasher.update(address);
            hasher.update(data);
        });
        let only = |what: &str, address: Address| {
            all.get(&address).context(format!("the chain has no {what} account; is the network initialised?"))
        };
        let config = Config::read(only("Config", pda::config())?).context("the Config account is damaged")?;
        let price = Price::read(only("Price", pda::price())?).context("the Price account is damaged")?;
        let totals = Totals::read(only("Totals", pda::totals())?).context("the Totals account is damaged")?;
        let jobs: BTreeMap<Address, Job> = of_kind(&all);

        let treasury = pda::associated_token(&config.treasury, &config.mint);
        let mut wanted = vec![config.mint, pda::stake_vault(), treasury, pda::buyback_vault()];
        wanted.extend(jobs.keys().map(pda::vault));
        let tokens = multiple(chain, &wanted)?;
        tokens.iter().for_each(|data| hasher.update(data.as_deref().unwrap_or_default()));
        let amount = |at: usize, offset: usize| {
            let data = tokens.get(at).and_then(Option::as_ref);
            let word = data.and_then(|data| data.get(offset..)?.first_chunk::<8>());
            word.map_or(0, |word| u64::from_le_bytes(*word))
        };
        let vaults = jobs.keys().enumerate().map(|(at, job)| (*job, amount(at.saturating_add(4), 64)));
        Ok(Self {
            slot,
            config,
            price,
            totals,
            vaults: vaults.collect(),
            consumers: of_kind(&all),
            providers: of_kind(&all),
            epochs: of_kind(&all),
            credits: of_kind(&all),
            bids: of_kind(&all),
            cases: of_kind(&all),
            disputes: of_kind(&all),
            meters: of_kind(&all),
            arbiters: of_kind(&all),
            changes: of_kind(&all),
            buyback: of_kind(&all).remove(&pda::buyback()),
            supply: amount(0, 36),
            stake_vault: amount(1, 64),
            treasury: amount(2, 64),
            buyback_vault: amount(3, 64),
            fingerprint: hasher.finalize().into(),
            jobs,
        })
    }

    /// The token's decimals.
    pub fn decimals(&self) -> u32 {
        self.config.decimals.into()
    }

    /// A sum over all providers.
    pub fn over_providers(&self, figure: impl Fn(&Provider) -> u64) -> i128 {
        self.providers.values().map(|provider| i128::from(figure(provider))).sum()
    }

    /// A sum over all jobs of a rail that are not reclaimed.
    pub fn over_jobs(&self, rail: u8, figure: impl Fn(&Job) -> u64) -> i128 {
        let own = self.jobs.values().filter(|job| job.terms.order.rail == rail);
        own.map(|job| i128::from(figure(job))).sum()
    }

    /// What jobs of a rail owe all parties out of their vaults.
    pub fn dues(&self, rail: u8) -> i128 {
        self.over_jobs(rail, |job| job.dues.iter().map(|due| due.escrow).fold(0, u64::saturating_add))
    }

    /// What jobs of either rail owe all parties out of the stake vault.
    pub fn stake_dues(&self) -> i128 {
        let sum = |job: &Job| job.dues.iter().map(|due| due.stake).fold(0, u64::saturating_add);
        self.jobs.values().map(|job| i128::from(sum(job))).sum()
    }

    /// What the vaults of a rail's jobs hold.
    pub fn held(&self, rail: u8) -> i128 {
        let own = self
            .vaults
            .iter()
            .filter(|(job, _)| self.jobs.get(*job).is_some_and(|account| account.terms.order.rail == rail));
        own.map(|(_, held)| i128::from(*held)).sum()
    }

    /// What meters and arbiters have in the stake vault.
    pub fn vouched(&self) -> i128 {
        let meters = self.meters.values().map(|meter| &meter.vouched);
        let all = meters.chain(self.arbiters.values().map(|arbiter| &arbiter.vouched));
        all.map(|vouched: &Vouched| i128::from(vouched.stake)).sum()
    }

    /// What reporters and challengers have in the stake vault, and what they and arbiters are due.
    pub fn case_bonds(&self) -> i128 {
        let cases = self.cases.values().map(|case| case.bond.saturating_add(case.due));
        let disputes = self.disputes.values().map(|dispute| {
            let fees = dispute.fee.saturating_mul(dispute.unpaid.count_ones().into());
            let decided = dispute.stage() == Some(settlement_interface::rules::Stage::Resolved);
            if decided { fees.saturating_add(dispute.refund) } else { dispute.bond }
        });
        cases.chain(disputes).map(i128::from).sum()
    }
}

fn of_kind<T: Layout>(all: &BTreeMap<Address, Vec<u8>>) -> BTreeMap<Address, T> {
    all.iter().filter_map(|(address, data)| Some((*address, T::read(data)?))).collect()
}

/// Calls a method by its name and reads the answer as it is.
pub fn call<T: serde::de::DeserializeOwned>(
    chain: &Chain,
    method: &'static str,
    arguments: Value,
) -> Result<T> {
    chain.rpc().send(RpcRequest::Custom { method }, arguments).context(format!("{method} failed"))
}

fn program_accounts(chain: &Chain) -> Result<BTreeMap<Address, Vec<u8>>> {
    let options = json!({ "encoding": "base64", "commitment": "confirmed" });
    let answer: Vec<Value> = call(chain, "getProgramAccounts", json!([ID.to_string(), options]))?;
    let entry = |entry: &Value| {
        let address = entry.pointer("/pubkey")?.as_str()?.parse().ok()?;
        Some((address, data(entry.pointer("/account")?)?))
    };
    let entries =
        answer.iter().map(|value| entry(value).context("getProgramAccounts answered something else"));
    entries.collect()
}

fn multiple(chain: &Chain, addresses: &[Address]) -> Result<Vec<Option<Vec<u8>>>> {
    let mut found = Vec::new();
    for batch in addresses.chunks(BATCH) {
        let names: Vec<String> = batch.iter().map(ToString::to_string).collect();
        let options = json!({ "encoding": "base64", "commitment": "confirmed" });
        let answer: Value = call(chain, "getMultipleAccounts", json!([names, options]))?;
        let values = answer.pointer("/value").and_then(Value::as_array);
        let values = values.context("getMultipleAccounts answered something else")?;
        for value in values {
            let data = if value.is_null() {
                None
            } else {
                Some(data(value).ok_or_else(|| Failure::new("an account's data is not in base64"))?)
            };
            found.push(data);
        }
    }
    Ok(found)
}

fn data(account: &Value) -> Option<Vec<u8>> {
    BASE64_STANDARD.decode(account.pointer("/data/0")?.as_str()?).ok()
}
