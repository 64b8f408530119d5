use crate::emit::{emit, touch};
use crate::guards::{self, add, same, token, whole};
use crate::tokens;
use anchor_lang::prelude::*;
use anchor_spl::mint::Mint;
use settlement_interface::SettlementError;
use settlement_interface::accounts::{Config, Credit, Epoch, Provider};
use settlement_interface::events::RebateClaimed;
use settlement_interface::math::proportion_floor;
use settlement_interface::pda::CONFIG;
use settlement_interface::rules::rebate_pool;

/// Mints a provider's quality rebate of an epoch that has ended, and closes its credit. Anyone may:
/// the credit stands in for a signer, and the tokens can go nowhere else.
#[event_cpi]
#[derive(Accounts)]
pub struct ClaimRebate {
    /// The epoch.
    #[account(mut)]
    pub epoch: Account<Epoch>,
    /// The provider's credit in it.
    #[account(mut)]
    pub credit: Account<Credit>,
    /// The provider.
    #[account(mut)]
    pub provider: Account<Provider>,
    /// The network's configuration, the mint's authority.
    pub config: Account<Config>,
    /// The compute token.
    #[account(mut)]
    pub mint: Account<Mint>,
    /// The authority's associated account.
    /// CHECK: checked before anything is paid to it.
    #[account(mut)]
    pub destination: UncheckedAccount,
    /// Who paid the credit's rent.
    /// CHECK: its address is checked.
    #[account(mut, unsafe(dup))]
    pub rent_payer: UncheckedAccount,
    /// SPL Token.
    pub token_program: Program<Token>,
}

pub(crate) fn handler(ctx: &mut Context<ClaimRebate>) -> Result<()> {
    let (now, _) = guards::now()?;
    let ClaimRebate {
        epoch, credit, provider, config, mint, destination, rent_payer, event_authority, ..
    } = &mut ctx.accounts;
    require!(credit.epoch == epoch.index, SettlementError::WrongEpoch);
    same(&credit.provider, provider.address(), SettlementError::WrongProvider)?;
    same(rent_payer.address(), &credit.rent_payer, SettlementError::WrongRentPayer)?;
    same(mint.address(), &config.mint, SettlementError::WrongMint)?;
    require!(epoch.index < whole(config.epoch_index(now))?, SettlementError::EpochRunning);
    let pool = whole(rebate_pool(epoch.take, epoch.rebate_bps))?;
    let amount = whole(proportion_floor(pool, credit.weight.get(), epoch.weight.get()))?;
    add(&mut epoch.rebated, amount)?;
    add(&mut epoch.claimed, 1)?;
    require!(epoch.rebated <= pool, SettlementError::MintExceedsBurn);
    add(&mut provider.minted, amount)?;
    require!(provider.invariant(), SettlementError::MintExceedsBurn);
    if amount > 0 {
        let mut destination = token::payable(destination, &provider.authority, &config.mint)?;
        let bump = [config.bump];
        tokens::mint_to(
            mint.try_cpi_handle_mut()?,
            destination.try_cpi_handle_mut()?,
            config.cpi_handle(),
            amount,
            &[&[CONFIG, &bump]],
        );
    }
    let (epoch_address, credit_address, provider_address) =
        (*epoch.address(), *credit.address(), *provider.address());
    let event = RebateClaimed {
        entities: [
            touch(&epoch_address, &mut epoch.sequence)?,
            touch(&credit_address, &mut credit.sequence)?,
            touch(&provider_address, &mut provider.sequence)?,
        ],
        at: now,
        provider: provider_address,
        wallet: provider.authority,
        epoch: epoch.index,
        pool,
        amount,
        minted: provider.minted,
        rent_payer: credit.rent_payer,
    };
    emit(event_authority, ctx.bumps.event_authority, &event)?;
    credit.close(*rent_payer.account())
}
