use crate::emit::{emit, touch};
use crate::guards::{self, names, same, token, whole};
use crate::stake_vault;
use crate::tokens_of;
use anchor_lang::prelude::*;
use anchor_spl::token::TokenAccount;
use anchor_spl::token_interface::{self, TokenInterface};
use settlement_interface::SettlementError;
use settlement_interface::accounts::{Config, Due, Job, Party, Provider};
use settlement_interface::events::DueWithdrawn;
use settlement_interface::pda::JOB;

/// Pays one party what the job owes it, to its associated account. Anyone may: the booked due
/// stands in for a signer. A share that cannot be delivered waits and blocks nobody else.
///
/// The destination's mint says what is paid: the job's mint what the job's vault owes, the compute token
/// what the stake vault owes. On the token rail these are one mint, and both are paid at once. The
/// buyback's share goes to the buyback vault.
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
    pub vault: InterfaceAccount<token_interface::TokenAccount>,
    /// Holds all stake.
    #[account(mut, seeds = [b"stake_vault"], bump = config.stake_vault_bump)]
    pub stake_vault: Account<TokenAccount>,
    /// The party's associated account; for the buyback its vault.
    /// CHECK: checked before anything is paid to it.
    #[account(mut)]
    pub destination: UncheckedAccount,
    /// The destination's token program.
    pub token_program: Interface<'static, TokenInterface>,
}

pub(crate) fn handler(ctx: &mut Context<Withdraw>, party: u8) -> Result<()> {
    let (now, _) = guards::now()?;
    let Withdraw {
        job,
        provider,
        config,
        vault,
        stake_vault,
        destination,
        token_program,
        event_authority,
        ..
    } = &mut ctx.accounts;
    names(job, provider)?;
    same(vault.address(), &job.vault, SettlementError::WrongVault)?;
    let program = *token_program.address();
    let payee = Party::from_code(party).ok_or(SettlementError::UnknownParty)?;
    let wallet = match payee {
        Party::Consumer => job.terms.consumer,
        // Without a provider nothing is due to it, which is refused below.
        Party::Provider => provider.as_ref().map_or(Address::default(), |provider| provider.authority),
        Party::Reporter => job.reporter,
        Party::Buyback => *config.address(), // owns the buyback vault
        Party::Treasury => config.treasury,
    };
    let booked = whole(job.dues.get(usize::from(party)))?;
    require!(*booked != Due::default(), SettlementError::NothingOwed);
    let mint = token::mint_of(destination)?;
    let (from_escrow, from_stake) = (mint == job.terms.mint, mint == config.mint);
    require!(from_escrow || from_stake, SettlementError::NotAssociated);
    let booked = whole(job.dues.get_mut(usize::from(party)))?;
    let due = Due {
        escrow: if from_escrow { core::mem::take(&mut booked.escrow) } else { 0 },
        stake: if from_stake { core::mem::take(&mut booked.stake) } else { 0 },
    };
    require!(due != Due::default(), SettlementError::NothingOwed);
    let mut destination = if payee == Party::Buyback {
        token::buyback_vault(destination, &wallet, &mint, &program)?
    } else {
        token::payable_of(destination, &wallet, &mint, &program)?
    };
    if due.escrow > 0 {
        let (consumer, nonce, bump) = (job.terms.consumer, job.nonce.to_le_bytes(), [job.bump]);
        tokens_of::transfer(
            &program,
            vault.try_cpi_handle_mut()?,
            destination.try_cpi_handle_mut()?,
            job.cpi_handle(),
            due.escrow,
            &[&[JOB, consumer.as_ref(), &nonce, &bump]],
        );
    }
    if due.stake > 0 {
        // An account that can hold compute tokens is one of SPL Token, as the vault is.
        stake_vault::pay(stake_vault, destination.try_cpi_handle_mut()?, config, due.stake)?;
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
