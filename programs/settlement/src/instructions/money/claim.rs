use crate::emit::{emit, touch};
use crate::guards::{self, add, same, token};
use crate::tokens;
use anchor_lang::prelude::*;
use anchor_spl::mint::Mint;
use settlement_interface::SettlementError;
use settlement_interface::accounts::{Config, Provider};
use settlement_interface::events::Claimed;
use settlement_interface::pda::CONFIG;

/// Mints what a provider has earned to its authority's associated account. Anyone may: the earnings
/// stand in for a signer, and the tokens can go nowhere else.
#[event_cpi]
#[derive(Accounts)]
pub struct Claim {
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
    /// SPL Token.
    pub token_program: Program<Token>,
}

pub(crate) fn handler(ctx: &mut Context<Claim>) -> Result<()> {
    let (now, _) = guards::now()?;
    let Claim { provider, config, mint, destination, event_authority, .. } = &mut ctx.accounts;
    let amount = core::mem::take(&mut provider.claimable);
    require!(amount > 0, SettlementError::NothingToClaim);
    same(mint.address(), &config.mint, SettlementError::WrongMint)?;
    let mut destination = token::payable(destination, &provider.authority, &config.mint)?;
    add(&mut provider.minted, amount)?;
    require!(provider.invariant(), SettlementError::MintExceedsBurn);
    let bump = [config.bump];
    tokens::mint_to(
        mint.try_cpi_handle_mut()?,
        destination.try_cpi_handle_mut()?,
        config.cpi_handle(),
        amount,
        &[&[CONFIG, &bump]],
    );
    let entity = *provider.address();
    let event = Claimed {
        entities: [touch(&entity, &mut provider.sequence)?],
        at: now,
        provider: entity,
        wallet: provider.authority,
        amount,
        minted: provider.minted,
    };
    emit(event_authority, ctx.bumps.event_authority, &event)
}
