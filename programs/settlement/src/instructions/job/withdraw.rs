use crate::emit::{emit, touch};
use crate::guards::{self, names, same, token, whole};
use crate::tokens;
use anchor_lang::prelude::*;
use anchor_spl::token::TokenAccount;
use settlement_interface::SettlementError;
use settlement_interface::accounts::{Config, Due, Job, Party, Provider};
use settlement_interface::events::DueWithdrawn;
use settlement_interface::pda::{CONFIG, JOB};

/// Pays one party what the job owes it, to its associated account. Anyone may: the booked due
/// stands in for a signer. A share that cannot be delivered waits and blocks nobody else.
#[event_cpi]
#[derive(Accounts)]
pub struct Withdraw {
    /// The job.
    #[account(mut)]
    pub job: Account<Job>,
    /// The job's provider, who names its wallet; none if the job never had one.
    pub provider: Option<Account<Provider>>,
    /// The network's configuration, owner of the stake vault.
    pub config: Account<Config>,
    /// The job's vault.
    #[account(mut)]
    pub vault: Account<TokenAccount>,
    /// Holds all stake.
    #[account(mut, seeds = [b"stake_vault"], bump = config.stake_vault_bump)]
    pub stake_vault: Account<TokenAccount>,
    /// The party's associated account.
    /// CHECK: checked before anything is paid to it.
    #[account(mut)]
    pub destination: UncheckedAccount,
    /// SPL Token.
    pub token_program: Program<Token>,
}

pub(crate) fn handler(ctx: &mut Context<Withdraw>, party: u8) -> Result<()> {
    let (now, _) = guards::now()?;
    let Withdraw { job, provider, config, vault, stake_vault, destination, event_authority, .. } =
        &mut ctx.accounts;
    names(job, provider)?;
    same(vault.address(), &job.vault, SettlementError::WrongVault)?;
    let wallet = match Party::from_code(party).ok_or(SettlementError::UnknownParty)? {
        Party::Consumer => job.terms.consumer,
        // Without a provider nothing is due to it, which is refused below.
        Party::Provider => provider.as_ref().map_or(Address::default(), |provider| provider.authority),
        Party::Reporter => job.reporter,
    };
    let due = core::mem::take(whole(job.dues.get_mut(usize::from(party)))?);
    require!(due != Due::default(), SettlementError::NothingOwed);
    // On the token rail both vaults hold the compute token.
    let mut destination = token::payable(destination, &wallet, &job.terms.mint)?;
    if due.escrow > 0 {
        let (consumer, nonce, bump) = (job.terms.consumer, job.nonce.to_le_bytes(), [job.bump]);
        tokens::transfer(
            vault.try_cpi_handle_mut()?,
            destination.try_cpi_handle_mut()?,
            job.cpi_handle(),
            due.escrow,
            &[&[JOB, consumer.as_ref(), &nonce, &bump]],
        );
    }
    if due.stake > 0 {
        let bump = [config.bump];
        tokens::transfer(
            stake_vault.try_cpi_handle_mut()?,
            destination.try_cpi_handle_mut()?,
            config.cpi_handle(),
            due.stake,
            &[&[CONFIG, &bump]],
        );
    }
    let entity = *job.address();
    let event = DueWithdrawn {
        entities: [touch(&entity, &mut job.sequence)?],
        at: now,
        job: entity,
        wallet,
        party: u64::from(party),
        escrow: due.escrow,
        stake: due.stake,
    };
    emit(event_authority, ctx.bumps.event_authority, &event)
}
