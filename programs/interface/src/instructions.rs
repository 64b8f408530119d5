//! Builders of every instruction, for clients. Account orders are those of the program's IDL, and a
//! test of the project compares the two.
//!
//! Amounts in base units, USD in micro-dollars, times in Unix seconds. A builder only arranges
//! bytes: whether the program agrees is for the program to say.

use crate::accounts::{Job, RATES, RateEntry};
use crate::parameters::Genesis;
use crate::pda::{self, INSTRUCTIONS_SYSVAR, SYSTEM_PROGRAM, TOKEN_PROGRAM};
use crate::terms::Order;
use crate::wire::discriminator;
use crate::{Address, ID, ed25519};
use solana_instruction::{AccountMeta, Instruction};
use std::vec::Vec;

/// What of the network's configuration instructions name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    /// The compute token.
    pub mint: Address,
    /// The pinned feed account.
    pub feed: Address,
}

/// The parts of a job that its instructions name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JobKeys {
    /// The `Job`.
    pub job: Address,
    /// The `Provider`.
    pub provider: Address,
}

impl JobKeys {
    /// Of a consumer's job by nonce, offered to a provider.
    pub fn new(consumer_wallet: &Address, nonce: u64, provider: &Address) -> Self {
        Self { job: pda::job(consumer_wallet, nonce), provider: *provider }
    }

    /// Of a job account.
    pub fn of(job: &Job) -> Self {
        Self::new(&job.terms.consumer, job.nonce, &job.terms.provider)
    }
}

/// Collects accounts in order; events need the two that [`Accounts::build`] adds.
struct Accounts(Vec<AccountMeta>);

impl Accounts {
    fn new() -> Self {
        Self(Vec::with_capacity(20))
    }
    fn signer(mut self, key: &Address) -> Self {
        self.0.push(AccountMeta::new_readonly(*key, true));
        self
    }
    fn payer(mut self, key: &Address) -> Self {
        self.0.push(AccountMeta::new(*key, true));
        self
    }
    fn read(mut self, key: Address) -> Self {
        self.0.push(AccountMeta::new_readonly(key, false));
        self
    }
    fn write(mut self, key: Address) -> Self {
        self.0.push(AccountMeta::new(key, false));
        self
    }
    fn build(self, name: &str, arguments: &[&[u8]]) -> Instruction {
        let mut accounts = self.read(pda::event_authority()).read(ID).0;
        accounts.shrink_to_fit();
        let mut data = discriminator(name).to_vec();
        arguments.iter().for_each(|argument| data.extend_from_slice(argument));
        Instruction { program_id: ID, accounts, data }
    }
}

/// An Ed25519 instruction over a receipt, for [`Network::settle`]. Place it at the index that `settle` names.
pub fn verify_receipt(meter: &Address, signature: &[u8; 64], message: &[u8]) -> Instruction {
    Instruction {
        program_id: ed25519::ED25519_PROGRAM,
        accounts: Vec::new(),
        data: ed25519::encode(meter.as_array(), signature, message),
    }
}

impl Network {
    /// Starts the network; signed by the program's upgrade authority.
    pub fn initialize(&self, authority: &Address, payer: &Address, genesis: &Genesis) -> Instruction {
        Accounts::new()
            .signer(authority)
            .payer(payer)
            .read(pda::program_data())
            .write(pda::config())
            .write(pda::price())
            .write(pda::totals())
            .write(pda::stake_vault())
            .read(self.mint)
            .read(self.feed)
            .read(TOKEN_PROGRAM)
            .read(SYSTEM_PROGRAM)
            .build(
                "initialize",
                &[
                    bytemuck::bytes_of(&genesis.parameters),
                    genesis.guardian.as_ref(),
                    genesis.treasury.as_ref(),
                    &genesis.cluster,
                    &genesis.feed_id,
                    &genesis.feed_shard.to_le_bytes(),
                ],
            )
    }

    /// First step to another admin.
    pub fn propose_admin(&self, admin: &Address, proposed: &Address) -> Instruction {
        Accounts::new().signer(admin).write(pda::config()).build("propose_admin", &[proposed.as_ref()])
    }

    /// Second step to another admin.
    pub fn accept_admin(&self, proposed: &Address) -> Instruction {
        Accounts::new().signer(proposed).write(pda::config()).build("accept_admin", &[])
    }

    /// Pauses opening and accepting for so many seconds; signed by admin or guardian.
    pub fn pause(&self, by: &Address, seconds: u32) -> Instruction {
        Accounts::new().signer(by).write(pda::config()).build("pause", &[&seconds.to_le_bytes()])
    }

    /// Lifts a pause; signed by the admin.
    pub fn unpause(&self, admin: &Address) -> Instruction {
        Accounts::new().signer(admin).write(pda::config()).build("unpause", &[])
    }

    /// Puts the end of a pause on record; anyone.
    pub fn resume(&self) -> Instruction {
        Accounts::new().write(pda::config()).build("resume", &[])
    }

    /// Registers a wallet as consumer; anyone, by paying the rent.
    pub fn register_consumer(&self, payer: &Address, wallet: &Address) -> Instruction {
        Accounts::new()
            .payer(payer)
            .read(*wallet)
            .write(pda::consumer(wallet))
            .write(pda::config())
            .read(SYSTEM_PROGRAM)
            .build("register_consumer", &[])
    }

    /// Registers a provider; signed by its authority.
    pub fn register_provider(
        &self,
        payer: &Address,
        authority: &Address,
        metadata_hash: &[u8; 32],
        rates: &[RateEntry; RATES],
    ) -> Instruction {
        Accounts::new()
            .payer(payer)
            .signer(authority)
            .write(pda::provider(authority))
            .write(pda::config())
            .read(SYSTEM_PROGRAM)
            .build("register_provider", &[metadata_hash, bytemuck::bytes_of(rates)])
    }

    /// Replaces a provider's description and rates; signed by its authority.
    pub fn update_provider(
        &self,
        authority: &Address,
        metadata_hash: &[u8; 32],
        rates: &[RateEntry; RATES],
    ) -> Instruction {
        Accounts::new()
            .signer(authority)
            .write(pda::provider(authority))
            .build("update_provider", &[metadata_hash, bytemuck::bytes_of(rates)])
    }

    /// Adds `amount` of the owner's tokens to a provider's stake.
    pub fn stake(&self, owner: &Address, source: &Address, provider: &Address, amount: u64) -> Instruction {
        Accounts::new()
            .signer(owner)
            .write(*provider)
            .read(pda::config())
            .write(*source)
            .write(pda::stake_vault())
            .read(TOKEN_PROGRAM)
            .build("stake", &[&amount.to_le_bytes()])
    }

    /// Asks `amount` of stake back; signed by the provider's authority.
    pub fn request_unstake(&self, authority: &Address, amount: u64) -> Instruction {
        Accounts::new()
            .signer(authority)
            .write(pda::provider(authority))
            .read(pda::config())
            .build("request_unstake", &[&amount.to_le_bytes()])
    }

    /// Pays an unbonded ticket to the authority's associated account; anyone.
    pub fn withdraw_stake(&self, authority: &Address) -> Instruction {
        Accounts::new()
            .write(pda::provider(authority))
            .read(pda::config())
            .write(pda::stake_vault())
            .write(pda::associated_token(authority, &self.mint))
            .read(TOKEN_PROGRAM)
            .build("withdraw_stake", &[])
    }

    #[allow(clippy::too_many_arguments, reason = "each is an account or an argument of the instruction")]
    /// Opens a job as an offer to `provider` (a `Provider` account) with `amount` in escrow.
    pub fn open_job(
        &self,
        payer: &Address,
        wallet: &Address,
        source: &Address,
        provider: &Address,
        nonce: u64,
        order: &Order,
        amount: u64,
    ) -> Instruction {
        let job = pda::job(wallet, nonce);
        Accounts::new()
            .payer(payer)
            .signer(wallet)
            .write(pda::consumer(wallet))
            .read(*provider)
            .read(pda::config())
            .write(job)
            .write(pda::vault(&job))
            .write(*source)
            .read(self.mint)
            .read(TOKEN_PROGRAM)
            .read(SYSTEM_PROGRAM)
            .build("open_job", &[&nonce.to_le_bytes(), bytemuck::bytes_of(order), &amount.to_le_bytes()])
    }

    /// Adds `amount` tokens and `budget` micro-dollars to a job; signed by the consumer.
    pub fn top_up(
        &self,
        wallet: &Address,
        source: &Address,
        job: &Address,
        amount: u64,
        budget: u64,
    ) -> Instruction {
        Accounts::new()
            .signer(wallet)
            .write(*job)
            .write(pda::vault(job))
            .write(*source)
            .read(TOKEN_PROGRAM)
            .build("top_up", &[&amount.to_le_bytes(), &budget.to_le_bytes()])
    }

    /// Accepts an offer by the hash of its terms, locking at most `max_bond`.
    pub fn accept_offer(
        &self,
        authority: &Address,
        job: &Address,
        terms_hash: &[u8; 32],
        max_bond: u64,
    ) -> Instruction {
        Accounts::new()
            .signer(authority)
            .write(pda::provider(authority))
            .write(*job)
            .read(pda::config())
            .write(pda::price())
            .write(pda::totals())
            .read(self.feed)
            .build("accept_offer", &[terms_hash, &max_bond.to_le_bytes()])
    }

    /// Starts a job; signed by the provider's authority.
    pub fn start_job(&self, authority: &Address, job: &Address) -> Instruction {
        Accounts::new().signer(authority).read(pda::provider(authority)).write(*job).build("start_job", &[])
    }

    /// Replaces the session key that signs receipts; signed by the consumer.
    pub fn rotate_meter(&self, wallet: &Address, keys: &JobKeys, meter: &Address) -> Instruction {
        Accounts::new()
            .signer(wallet)
            .read(keys.provider)
            .write(keys.job)
            .build("rotate_meter", &[meter.as_ref()])
    }

    /// Cancels a job that has not started; signed by the consumer.
    pub fn cancel_job(&self, wallet: &Address, keys: &JobKeys) -> Instruction {
        Accounts::new()
            .signer(wallet)
            .write(keys.job)
            .write(keys.provider)
            .write(pda::totals())
            .build("cancel_job", &[])
    }

    /// Ends a running job; signed by the consumer or the provider's authority.
    pub fn close_job(&self, party: &Address, keys: &JobKeys) -> Instruction {
        Accounts::new().signer(party).write(keys.job).read(keys.provider).build("close_job", &[])
    }

    /// Puts a missed deadline on record; anyone.
    pub fn mark(&self, by: &Address, keys: &JobKeys) -> Instruction {
        Accounts::new()
            .signer(by)
            .write(keys.job)
            .read(keys.provider)
            .read(pda::config())
            .read(pda::price())
            .read(self.feed)
            .build("mark", &[])
    }

    /// Takes a job one step further; anyone.
    pub fn advance_job(&self, keys: &JobKeys) -> Instruction {
        Accounts::new()
            .write(keys.job)
            .write(keys.provider)
            .read(pda::config())
            .write(pda::totals())
            .read(pda::price())
            .read(self.feed)
            .write(pda::vault(&keys.job))
            .write(pda::stake_vault())
            .write(self.mint)
            .read(TOKEN_PROGRAM)
            .build("advance_job", &[])
    }

    /// Pays one party (code of [`crate::accounts::Party`]) to the associated account of its wallet; anyone.
    pub fn withdraw(&self, keys: &JobKeys, party: u8, wallet: &Address) -> Instruction {
        Accounts::new()
            .write(keys.job)
            .read(keys.provider)
            .read(pda::config())
            .write(pda::vault(&keys.job))
            .write(pda::stake_vault())
            .write(pda::associated_token(wallet, &self.mint))
            .read(TOKEN_PROGRAM)
            .build("withdraw", &[&[party]])
    }

    /// Closes vault and job of an ended job that owes nothing; anyone.
    pub fn reclaim_job(&self, job: &Address, consumer_wallet: &Address, rent_payer: &Address) -> Instruction {
        Accounts::new()
            .write(*job)
            .write(pda::vault(job))
            .write(*rent_payer)
            .write(pda::associated_token(consumer_wallet, &self.mint))
            .read(TOKEN_PROGRAM)
            .build("reclaim_job", &[])
    }

    /// Accepts the receipt in the transaction's instruction `receipt_index`, then converts. `epoch` is
    /// the index of the current epoch ([`crate::accounts::Config::epoch_index`]).
    pub fn settle(&self, authority: &Address, job: &Address, epoch: u64, receipt_index: u16) -> Instruction {
        let provider = pda::provider(authority);
        Accounts::new()
            .payer(authority)
            .write(*job)
            .write(provider)
            .read(pda::config())
            .write(pda::price())
            .read(self.feed)
            .write(pda::vault(job))
            .write(self.mint)
            .write(pda::epoch(epoch))
            .write(pda::credit(epoch, &provider))
            .read(INSTRUCTIONS_SYSVAR)
            .read(TOKEN_PROGRAM)
            .read(SYSTEM_PROGRAM)
            .build("settle", &[&receipt_index.to_le_bytes()])
    }

    /// Converts what a job has outstanding; anyone.
    pub fn convert(&self, payer: &Address, keys: &JobKeys, epoch: u64) -> Instruction {
        Accounts::new()
            .payer(payer)
            .write(keys.job)
            .write(keys.provider)
            .read(pda::config())
            .write(pda::price())
            .read(self.feed)
            .write(pda::vault(&keys.job))
            .write(self.mint)
            .write(pda::epoch(epoch))
            .write(pda::credit(epoch, &keys.provider))
            .read(TOKEN_PROGRAM)
            .read(SYSTEM_PROGRAM)
            .build("convert", &[])
    }

    /// Records that a price qualifies; anyone.
    pub fn observe(&self) -> Instruction {
        Accounts::new().read(pda::config()).write(pda::price()).read(self.feed).build("observe", &[])
    }

    /// Mints what a provider has earned to its authority's associated account; anyone.
    pub fn claim(&self, authority: &Address) -> Instruction {
        Accounts::new()
            .write(pda::provider(authority))
            .read(pda::config())
            .write(self.mint)
            .write(pda::associated_token(authority, &self.mint))
            .read(TOKEN_PROGRAM)
            .build("claim", &[])
    }

    /// Mints a provider's rebate of an epoch and closes its credit; anyone.
    pub fn claim_rebate(&self, authority: &Address, epoch: u64, rent_payer: &Address) -> Instruction {
        let provider = pda::provider(authority);
        Accounts::new()
            .write(pda::epoch(epoch))
            .write(pda::credit(epoch, &provider))
            .write(provider)
            .read(pda::config())
            .write(self.mint)
            .write(pda::associated_token(authority, &self.mint))
            .write(*rent_payer)
            .read(TOKEN_PROGRAM)
            .build("claim_rebate", &[])
    }
}
