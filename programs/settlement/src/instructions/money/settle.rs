use super::accepting::accept;
use super::conversion::{Conversion, allowed};
use crate::emit::{emit_made, touch};
use crate::guards::{self, oracle, receipt, same, whole};
use crate::pending::{self, Events};
use anchor_lang::prelude::*;
use settlement_interface::SettlementError;
use settlement_interface::accounts::{Config, Job, JobState, Price, Provider};
use settlement_interface::events::{HALT_MINIMUM, HALT_NOTHING, ReceiptAccepted};
use settlement_interface::rules::{is_secured, usd_floor};
use settlement_interface::terms::RAIL_TOKEN;

/// Accepts a receipt, then converts all that is outstanding if a price qualifies. Signed by the
/// provider; the receipt, in an Ed25519 instruction of the same transaction, by the job's meter.
///
/// Receipts are cumulative: one settles any amount of work, and nothing is paid twice. For several
/// jobs, a transaction carries this instruction several times, each naming its own Ed25519 instruction.
#[event_cpi]
#[derive(Accounts)]
pub struct Settle {
    /// The provider's authority; pays the rent of an epoch or credit that is missing.
    #[account(mut)]
    pub authority: Signer,
    /// The job.
    #[account(mut)]
    pub job: Account<Job>,
    /// The job's provider.
    #[account(mut)]
    pub provider: Account<Provider>,
    /// The network's configuration.
    pub config: Account<Config>,
    /// The last qualifying price.
    #[account(mut)]
    pub price: Account<Price>,
    /// The pinned feed.
    /// CHECK: its address is checked, its content judged.
    pub feed: UncheckedAccount,
    /// The job's vault.
    /// CHECK: its address is checked; the program made it a token account.
    #[account(mut)]
    pub vault: UncheckedAccount,
    /// The compute token.
    /// CHECK: its address is checked.
    #[account(mut)]
    pub mint: UncheckedAccount,
    /// The current epoch.
    /// CHECK: checked or created when a take is booked.
    #[account(mut)]
    pub epoch: UncheckedAccount,
    /// The provider's credit in it.
    /// CHECK: checked or created when a take is booked.
    #[account(mut)]
    pub credit: UncheckedAccount,
    /// This transaction's instructions.
    pub instructions: Sysvar<SysvarInstructions>,
    /// SPL Token.
    pub token_program: Program<Token>,
    /// The system program.
    pub system_program: Program<System>,
}

pub(crate) fn handler(ctx: &mut Context<Settle>, receipt_index: u16) -> Result<()> {
    let (now, slot) = guards::now()?;
    let event_authority_bump = ctx.bumps.event_authority;
    let Settle {
        authority,
        job,
        provider,
        config,
        price,
        feed,
        vault,
        mint,
        epoch,
        credit,
        instructions,
        event_authority,
        ..
    } = &mut ctx.accounts;
    same(authority.address(), &provider.authority, SettlementError::WrongParty)?;
    same(provider.address(), &job.terms.provider, SettlementError::WrongProvider)?;
    same(vault.address(), &job.vault, SettlementError::WrongVault)?;
    require!(job.terms.order.rail == RAIL_TOKEN, SettlementError::WrongRail);
    same(mint.address(), &job.terms.mint, SettlementError::WrongMint)?;
    let running = job.state == JobState::Running as u8;
    require!(running || job.state == JobState::Closing as u8, SettlementError::WrongState);

    let entity = *job.address();
    let (receipt, signer) = receipt::read(instructions, receipt_index, config, &entity, job, (now, slot))?;
    let newly = accept(job, &receipt, now)?;
    let events = Events { authority: event_authority, bump: event_authority_bump };
    pending::receive(job, &receipt, newly, (now, slot), &events)?;
    let outstanding = whole(job.outstanding())?;
    let quote = oracle::read(config, price, feed.account(), &job.terms.limits(), now)?;
    let (halt, quote) = match quote {
        _ if outstanding == 0 || job.escrow == 0 => (HALT_NOTHING, None),
        Err(halt) => (halt as u64, None),
        Ok(quote) if !allowed(job, &quote, now) => (HALT_MINIMUM, None),
        Ok(quote) => (0, Some(quote)),
    };
    let event = ReceiptAccepted {
        entities: [touch(&entity, &mut job.sequence)?],
        at: now,
        job: entity,
        meter: signer,
        index: job.receipts,
        units: job.units,
        through: job.through,
        accepted: job.accepted,
        outstanding,
        halt,
    };
    emit_made(event_authority, event_authority_bump, event);
    let converts = quote.is_some();
    if let Some(quote) = quote {
        let conversion = Conversion {
            job: &mut *job,
            provider,
            config,
            price: &mut *price,
            vault,
            mint,
            epoch,
            credit,
            payer: authority,
            event_authority,
            event_authority_bump,
        };
        conversion.run(outstanding, &quote, now, slot)?;
    }
    // What waits for a price while the job runs must be covered by the escrow. What the previous key
    // signed is let in all the same: a consumer must not void it by rotating during a halt. What is
    // pending waits too, also when the rest was converted.
    let unconverted = whole(job.accepted.checked_sub(job.settled))?;
    let waits = unconverted > 0 && (!converts || job.terms.order.verifiable != 0);
    if running && waits && signer == job.meter {
        let worth = whole(usd_floor(job.escrow, price.spot, oracle::last_scale(config, price)?))?;
        require!(is_secured(unconverted, worth), SettlementError::ReceiptUnsecured);
    }
    // A conversion has checked it already.
    require!(converts || job.invariant(), SettlementError::InvariantViolated);
    Ok(())
}
