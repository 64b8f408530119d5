//! Jobs, from the offer to the return of their rent.

use super::{Accounts, JobKeys, Network};
use crate::Address;
use crate::pda::{self, SYSTEM_PROGRAM, TOKEN_PROGRAM};
use crate::terms::{METER_REGISTERED, Order};
use solana_instruction::Instruction;

impl Network {
    #[allow(clippy::too_many_arguments, reason = "each is an account or an argument of the instruction")]
    /// Opens a job as an offer to `provider` (a `Provider` account; zero in an auction) with `amount` in
    /// escrow.
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
        let mints = (self.mint, TOKEN_PROGRAM);
        self.open_job_in(payer, wallet, source, provider, nonce, order, amount, mints)
    }

    #[allow(clippy::too_many_arguments, reason = "each is an account or an argument of the instruction")]
    pub(super) fn open_job_in(
        &self,
        payer: &Address,
        wallet: &Address,
        source: &Address,
        provider: &Address,
        nonce: u64,
        order: &Order,
        amount: u64,
        (mint, token_program): (Address, Address),
    ) -> Instruction {
        let job = pda::job(wallet, nonce);
        let registered = order.meter_kind == METER_REGISTERED;
        let meter = if registered { pda::meter(&order.meter) } else { SYSTEM_PROGRAM };
        Accounts::new()
            .payer(payer)
            .signer(wallet)
            .write(pda::consumer(wallet))
            .read_provider(provider)
            .read(meter)
            .read(pda::config())
            .write(job)
            .write(pda::vault(&job))
            .write(*source)
            .read(mint)
            .read(token_program)
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
        self.top_up_in(wallet, source, job, amount, budget, &TOKEN_PROGRAM)
    }

    pub(super) fn top_up_in(
        &self,
        wallet: &Address,
        source: &Address,
        job: &Address,
        amount: u64,
        budget: u64,
        token_program: &Address,
    ) -> Instruction {
        Accounts::new()
            .signer(wallet)
            .write(*job)
            .write(pda::vault(job))
            .write(*source)
            .read(*token_program)
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
            .write_provider(&keys.provider)
            .write(pda::totals())
            .read(pda::config())
            .read(pda::price())
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
            .write_provider(&keys.provider)
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

    /// Pays one party (code of [`crate::accounts::Party`]) its compute tokens to the associated account of
    /// its wallet; anyone.
    pub fn withdraw(&self, keys: &JobKeys, party: u8, wallet: &Address) -> Instruction {
        self.withdraw_to(keys, party, &pda::associated_token(wallet, &self.mint), &TOKEN_PROGRAM)
    }

    pub(super) fn withdraw_to(
        &self,
        keys: &JobKeys,
        party: u8,
        destination: &Address,
        token_program: &Address,
    ) -> Instruction {
        Accounts::new()
            .write(keys.job)
            .read_provider(&keys.provider)
            .read(pda::config())
            .write(pda::vault(&keys.job))
            .write(pda::stake_vault())
            .write(*destination)
            .read(*token_program)
            .build("withdraw", &[&[party]])
    }

    /// Closes vault and job of an ended job that owes nothing; anyone.
    pub fn reclaim_job(&self, job: &Address, consumer_wallet: &Address, rent_payer: &Address) -> Instruction {
        let destination = pda::associated_token(consumer_wallet, &self.mint);
        self.reclaim_job_to(job, rent_payer, &destination, &TOKEN_PROGRAM)
    }

    pub(super) fn reclaim_job_to(
        &self,
        job: &Address,
        rent_payer: &Address,
        destination: &Address,
        token_program: &Address,
    ) -> Instruction {
        Accounts::new()
            .write(*job)
            .write(pda::vault(job))
            .write(*rent_payer)
            .write(*destination)
            .read(*token_program)
            .build("reclaim_job", &[])
    }
}
