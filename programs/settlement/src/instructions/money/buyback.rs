use super::auction::advance;
use crate::emit::{emit, touch};
use crate::guards::{self, add, same, take, whole};
use crate::{tokens, tokens_of};
use anchor_lang::prelude::*;
use anchor_spl::mint::Mint;
use anchor_spl::token::TokenAccount;
use anchor_spl::token_interface::{self, TokenInterface};
use settlement_interface::SettlementError;
use settlement_interface::accounts::{Buyback, Config, Price};
use settlement_interface::events::BuybackFilled;
use settlement_interface::pda::CONFIG;
use settlement_interface::rules::buyback::{asked, fill, is_within, worth};

/// Buys dollars of the buyback vault for the buyer's compute tokens, which burn. Anyone may, at the
/// asking price of the moment; starts a round if none is running. Signed by the buyer.
///
/// `amount` is cut at what is left of the lot. `max_tokens` for `amount` is a limit of the price: it
/// holds in proportion for less.
#[event_cpi]
#[derive(Accounts)]
pub struct BuyBack {
    /// Who buys.
    pub buyer: Signer,
    /// The network's configuration, owner of the vault.
    pub config: Account<Config>,
    /// The buyback.
    #[account(mut)]
    pub buyback: Account<Buyback>,
    /// The last qualifying price.
    #[account(mut)]
    pub price: Account<Price>,
    /// The pinned feed.
    /// CHECK: its address is checked, its content judged.
    pub feed: UncheckedAccount,
    /// Holds what is sold.
    #[account(mut, seeds = [b"buyback_vault"], bump = config.buyback_vault_bump)]
    pub buyback_vault: InterfaceAccount<token_interface::TokenAccount>,
    /// Where the buyer's tokens burn.
    #[account(mut)]
    pub source: Account<TokenAccount>,
    /// The compute token.
    #[account(mut)]
    pub mint: Account<Mint>,
    /// Where the dollars go: any account that the buyer names.
    #[account(mut)]
    pub destination: InterfaceAccount<token_interface::TokenAccount>,
    /// SPL Token.
    pub token_program: Program<Token>,
    /// The stablecoin's token program.
    pub stable_program: Interface<'static, TokenInterface>,
}

pub(crate) fn handler(ctx: &mut Context<BuyBack>, amount: u64, max_tokens: u64) -> Result<()> {
    let clock = guards::now()?;
    let BuyBack {
        buyer,
        config,
        buyback,
        price,
        feed,
        buyback_vault,
        source,
        mint,
        destination,
        stable_program,
        event_authority,
        ..
    } = &mut ctx.accounts;
    same(mint.address(), &config.mint, SettlementError::WrongMint)?;
    same(stable_program.address(), &config.stable_program, SettlementError::WrongTokenProgram)?;
    require!(amount > 0, SettlementError::ZeroAmount);
    let now = advance(buyback, config, price, feed.account(), buyback_vault, clock)?;
    let paid = fill(amount, buyback.lot, buyback.left).ok_or(SettlementError::FillTooSmall)?;
    let worth = whole(worth(&now.quote))?;
    let burned = whole(asked(paid, now.factor_bps, worth, now.quote.scale))?;
    require!(is_within(burned, paid, max_tokens, amount), SettlementError::FillTooDear);

    take(&mut buyback.left, paid)?;
    add(&mut buyback.sold, paid)?;
    add(&mut buyback.burned, burned)?;
    tokens::burn(source.try_cpi_handle_mut()?, mint.try_cpi_handle_mut()?, buyer.cpi_handle(), burned, &[]);
    let bump = [config.bump];
    tokens_of::transfer(
        stable_program.address(),
        buyback_vault.try_cpi_handle_mut()?,
        destination.try_cpi_handle_mut()?,
        config.cpi_handle(),
        paid,
        &[&[CONFIG, &bump]],
    );

    let (buyback_address, price_address) = (*buyback.address(), *price.address());
    let event = BuybackFilled {
        entities: [
            touch(&buyback_address, &mut buyback.sequence)?,
            touch(&price_address, &mut price.sequence)?,
        ],
        at: clock.0,
        buyer: *buyer.address(),
        destination: *destination.address(),
        round: buyback.rounds,
        lot: buyback.lot,
        paid,
        burned,
        left: buyback.left,
        elapsed: buyback.elapsed,
        factor_bps: now.factor_bps,
        worth,
        total_sold: buyback.sold,
        total_burned: buyback.burned,
        quoted: now.quoted,
    };
    emit(event_authority, ctx.bumps.event_authority, &event)
}
