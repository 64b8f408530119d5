//! Settings, keys, the node, and what most commands read.

mod facts;
mod keys;
mod options;
mod solana;

#[cfg(test)]
pub use facts::sample;
pub use keys::load;
pub use options::Options;
pub use tally_client::facts::{Currency, Facts};

use crate::arguments::{JobRef, Key};
use crate::failure::{Failure, Result, refused};
use solana_commitment_config::{CommitmentConfig, CommitmentLevel};
use solana_keypair::Keypair;
use solana_signer::Signer;
use std::cell::OnceCell;
use std::path::PathBuf;
use std::time::Duration;
use tally_client::interface::accounts::{Consumer, Dispute, Job, JobState, Layout, Provider};
use tally_client::interface::{Address, pda};
use tally_client::node::Rpc;
use tally_client::reading::purse;
use tally_client::tokens::TokenAccount;

/// Longest wait for one answer of the node.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a command runs in.
pub struct Context {
    /// What was chosen on the command line.
    pub options: Options,
    /// The node.
    pub rpc: Rpc,
    keypair_path: String,
    keypair: OnceCell<Keypair>,
    fee_payer: OnceCell<Keypair>,
}

impl Context {
    /// Settles where the node is and which keys are meant; asks nothing and reads no key yet.
    pub fn new(options: Options) -> Result<Self> {
        let solana = solana::Settings::read(options.config.as_deref())?;
        let url = solana::expand(options.url.as_deref().unwrap_or(&solana.json_rpc_url));
        let commitment = options.commitment.as_deref().unwrap_or(&solana.commitment);
        let commitment = solana::commitment(commitment)?;
        let keypair_path = options.keypair.clone().unwrap_or(solana.keypair_path);
        Ok(Self {
            rpc: Rpc::new(url, PATIENCE, CommitmentConfig { commitment }),
            options,
            keypair_path,
            keypair: OnceCell::new(),
            fee_payer: OnceCell::new(),
        })
    }

    /// How settled a transaction must be to count as landed; `processed` can still be dropped.
    pub fn landed(&self) -> CommitmentLevel {
        match self.rpc.commitment().commitment {
            CommitmentLevel::Processed => CommitmentLevel::Confirmed,
            other => other,
        }
    }

    /// The key that acts.
    pub fn keypair(&self) -> Result<&Keypair> {
        if self.keypair.get().is_none() {
            let _ = self.keypair.set(keys::load(&self.keypair_path)?);
        }
        self.keypair.get().ok_or_else(|| Failure::Failed("the key was not kept".into()))
    }

    /// The key that pays fees and rent: the acting one unless another is named.
    pub fn payer_keypair(&self) -> Result<&Keypair> {
        let Some(path) = &self.options.fee_payer else { return self.keypair() };
        if self.fee_payer.get().is_none() {
            let _ = self.fee_payer.set(keys::load(path)?);
        }
        self.fee_payer.get().ok_or_else(|| Failure::Failed("the key was not kept".into()))
    }

    /// Address of the key that acts.
    pub fn owner(&self) -> Result<Address> {
        Ok(self.keypair()?.pubkey())
    }

    /// Address of the key that pays fees and rent.
    pub fn payer(&self) -> Result<Address> {
        Ok(self.payer_keypair()?.pubkey())
    }

    /// Refuses unless the acting key is `expected`, who is called `role`, before anything is signed.
    pub fn must_be(&self, expected: &Address, role: &str) -> Result<()> {
        let owner = self.owner()?;
        if owner == *expected {
            return Ok(());
        }
        refused(format!(
            "only {role}, {expected}, may do this, but the key in {} is {owner}; name the right key file with --keypair",
            self.keypair_path
        ))
    }

    /// The network as it is now.
    pub async fn facts(&self) -> Result<Facts> {
        facts::read(self).await
    }

    /// An account of the program; `None` if there is none of this kind.
    pub async fn read<T: Layout>(&self, address: &Address) -> Result<Option<T>> {
        Ok(self.rpc.read(address).await?)
    }

    /// A job and where it is.
    pub async fn job(&self, job: &JobRef) -> Result<(Address, Job)> {
        let wallet = match job {
            JobRef::Address(_) => Address::default(),
            JobRef::Number(_) => self.owner()?,
        };
        let address = job.address(&wallet);
        match self.read(&address).await? {
            Some(found) => Ok((address, found)),
            None => match job {
                JobRef::Address(_) => refused(format!(
                    "there is no job at {address} on this cluster; it may have been reclaimed after its end"
                )),
                JobRef::Number(nonce) => refused(format!(
                    "{wallet} has no job {nonce} on this cluster ({address}); name a job of another wallet by its address"
                )),
            },
        }
    }

    /// A provider by account or authority, the acting key's own if none is named, and where it is.
    pub async fn provider(&self, named: Option<Key>) -> Result<(Address, Provider)> {
        let Some(Key(named)) = named else {
            let owner = self.owner()?;
            let address = pda::provider(&owner);
            return match self.read(&address).await? {
                Some(provider) => Ok((address, provider)),
                None => refused(format!(
                    "{owner} is not registered as a provider; run \"tally provider register\" with its key first"
                )),
            };
        };
        for address in [named, pda::provider(&named)] {
            if let Some(provider) = self.read(&address).await? {
                return Ok((address, provider));
            }
        }
        refused(format!("no provider is registered whose account or authority is {named}"))
    }

    /// An outage case or a dispute of a job, by its number, and where it is.
    pub async fn case<T: Layout>(&self, job: &Address, number: u64) -> Result<(Address, T)> {
        let address =
            if T::NAME == Dispute::NAME { pda::dispute(job, number) } else { pda::case(job, number) };
        match self.read(&address).await? {
            Some(found) => Ok((address, found)),
            None => refused(format!(
                "job {job} has no {} {number} on this cluster; \"tally case list --job {job}\" lists what there is",
                if T::NAME == Dispute::NAME { "dispute" } else { "outage case" }
            )),
        }
    }

    /// A job's provider.
    pub async fn provider_of(&self, job: &Job) -> Result<Provider> {
        let found = self.read(&job.terms.provider).await?;
        found.ok_or_else(|| Failure::Failed("the job's provider cannot be read".into()))
    }

    /// A wallet's `Consumer`, if it is registered.
    pub async fn consumer(&self, wallet: &Address) -> Result<Option<Consumer>> {
        self.read(&pda::consumer(wallet)).await
    }

    /// A wallet's associated account of a currency; `None` if there is none. One that is frozen or that
    /// belongs to somebody else is refused: nothing can be paid from it, nor to it.
    pub async fn purse(&self, wallet: &Address, currency: &Currency) -> Result<Option<TokenAccount>> {
        let found = self.rpc.accounts(&[currency.account(wallet)]).await?.into_iter().next().flatten();
        purse(found.as_ref(), wallet, &currency.mint, &currency.token_program)
            .map_err(|error| Failure::Refused(error.to_string()))
    }

    /// Where intents are remembered: one folder a cluster and fee payer.
    pub fn journal_folder(&self, cluster: &str) -> Result<PathBuf> {
        let state = self.options.state_folder()?;
        Ok(state.join(cluster).join(self.payer()?.to_string()))
    }
}

/// Refuses unless a job is in one of these states.
pub fn in_state(job: &Job, states: &[JobState], what: &str) -> Result<()> {
    let state = job.state();
    if state.is_some_and(|state| states.contains(&state)) {
        return Ok(());
    }
    let names: Vec<_> = states.iter().map(|state| state.name()).collect();
    refused(format!(
        "the job is {}; {what} only while it is {}",
        state.map_or("in an unknown state", JobState::name),
        names.join(" or ")
    ))
}
