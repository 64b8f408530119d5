//! The stable rail and the buyback. Jobs on this rail take the same instructions as others where only
//! the mint and its token program differ.

use super::{Accounts, JobKeys, Network};
use crate::Address;
use crate::accounts::Party;
use crate::parameters::Genesis;
use crate::pda::{self, INSTRUCTIONS_SYSVAR, SYSTEM_PROGRAM, TOKEN_PROGRAM};
use crate::terms::Order;
use solana_instruction::Instruction;

/// A network with its stablecoin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StableNetwork {
    /// The network.
    pub network: Network,
    /// The stablecoin.
    pub mint: Address,
    /// Its token program.
    pub token_program: Address,
}

impl StableNetwork {
    /// The associated account of a wallet for the stablecoin.
    pub fn associated(&self, wallet: &Address) -> Address {
        pda::associated_token_of(wallet, &self.mint, &self.token_program)
    }

    /// Starts a network that has its stablecoin from the start.
    pub fn initialize(&self, authority: &Address, payer: &Address, genesis: &Genesis) -> Instruction {
        self.network.initialize_with(authority, payer, genesis, &self.mint, &self.token_program)
    }

    /// Opens the stable rail by the change number `index`, which names this stablecoin; signed by the admin.
    pub fn open_rail(
        &self,
        admin: &Address,
        payer: &Address,
        index: u64,
        rent_payer: &Address,
    ) -> Instruction {
        Accounts::new()
            .signer(admin)
            .payer(payer)
            .write(pda::config())
            .write(pda::change(index))
            .write(*rent_payer)
            .read(self.mint)
            .write(pda::buyback())
            .write(pda::buyback_vault())
            .read(self.token_program)
            .read(SYSTEM_PROGRAM)
            .build("open_stable_rail", &[])
    }

    #[allow(clippy::too_many_arguments, reason = "each is an account or an argument of the instruction")]
    /// Opens a job of the stable rail as an offer to `provider` with `amount` dollars in escrow.
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
        let mints = (self.mint, self.token_program);
        self.network.open_job_in(payer, wallet, source, provider, nonce, order, amount, mints)
    }

    /// Adds `amount` dollars and `budget` micro-dollars to a job; signed by the consumer.
    pub fn top_up(
        &self,
        wallet: &Address,
        source: &Address,
        job: &Address,
        amount: u64,
        budget: u64,
    ) -> Instruction {
        self.network.top_up_in(wallet, source, job, amount, budget, &self.token_program)
    }

    /// Accepts the receipt in the transaction's instruction `receipt_index`, then pays it.
    pub fn settle(&self, authority: &Address, job: &Address, receipt_index: u16) -> Instruction {
        Accounts::new()
            .signer(authority)
            .write(*job)
            .read(pda::provider(authority))
            .read(pda::config())
            .read(INSTRUCTIONS_SYSVAR)
            .build("settle_stable", &[&receipt_index.to_le_bytes()])
    }

    /// Pays what a job has outstanding; anyone.
    pub fn convert(&self, job: &Address) -> Instruction {
        Accounts::new().write(*job).build("convert_stable", &[])
    }

    /// Pays one party's dollars to the associated account of its wallet; anyone. What it is due out of
    /// the stake vault is paid by [`Network::withdraw`].
    pub fn withdraw(&self, keys: &JobKeys, party: Party, wallet: &Address) -> Instruction {
        let destination = match party {
            Party::Buyback => pda::buyback_vault(),
            _ => self.associated(wallet),
        };
        self.network.withdraw_to(keys, party as u8, &destination, &self.token_program)
    }

    /// Closes vault and job of an ended job that owes nothing; anyone.
    pub fn reclaim_job(&self, job: &Address, consumer_wallet: &Address, rent_payer: &Address) -> Instruction {
        let destination = self.associated(consumer_wallet);
        self.network.reclaim_job_to(job, rent_payer, &destination, &self.token_program)
    }

    /// Counts the time of a buyback round, or starts one; anyone.
    pub fn tick_buyback(&self) -> Instruction {
        Accounts::new()
            .read(pda::config())
            .write(pda::buyback())
            .write(pda::price())
            .read(self.network.feed)
            .read(pda::buyback_vault())
            .build("tick_buyback", &[])
    }

    /// Burns the buyer's tokens out of `source` for up to `amount` dollars into `destination`, at no
    /// higher price than `max_tokens` for `amount`; anyone.
    pub fn buyback(
        &self,
        buyer: &Address,
        source: &Address,
        destination: &Address,
        amount: u64,
        max_tokens: u64,
    ) -> Instruction {
        Accounts::new()
            .signer(buyer)
            .read(pda::config())
            .write(pda::buyback())
            .write(pda::price())
            .read(self.network.feed)
            .write(pda::buyback_vault())
            .write(*source)
            .write(self.network.mint)
            .write(*destination)
            .read(TOKEN_PROGRAM)
            .read(self.token_program)
            .build("buyback", &[&amount.to_le_bytes(), &max_tokens.to_le_bytes()])
    }
}
