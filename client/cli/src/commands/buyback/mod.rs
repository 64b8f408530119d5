//! The buyback: the stable rail's take, sold for compute tokens, which burn.

mod fill;
mod show;
mod tick;

use crate::commands::checks::{missing, whole};
use crate::context::{Context, Facts};
use crate::failure::{Failure, Result, program_refuses};
use crate::run::{Done, answer, carry_out};
use tally_client::interface::accounts::Buyback;
use tally_client::interface::oracle::Quote;
use tally_client::interface::rules::buyback::{FALL, MIN_LOT, counted, factor_bps, worth};
use tally_client::interface::{SettlementError, pda};
use tally_client::tokens::TokenAccount;

/// What anyone can do about the buyback.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Show the auction: what is left of the lot and what is asked for it now
    Show(show::Show),
    /// Count the time by which the asking price falls, or start a round
    Tick(tick::Tick),
    /// Buy dollars for compute tokens, which burn
    Fill(fill::Fill),
}

/// Carries one out.
pub async fn dispatch(context: &Context, command: &Command) -> Result<Done> {
    match command {
        Command::Show(it) => answer(context, it).await,
        Command::Tick(it) => carry_out(context, "buyback tick", it).await,
        Command::Fill(it) => carry_out(context, "buyback fill", it).await,
    }
}

/// The auction as `tick_buyback` or `buyback` would find it now.
struct Round {
    buyback: Buyback,
    /// Dollars in the vault, micro-dollars.
    held: u64,
    /// The lot and what is left of it; those of a new round if none is running.
    lot: u64,
    left: u64,
    /// Asking price, basis points of what the oracle says.
    factor_bps: u64,
    /// Whether a round would be started.
    starts: bool,
}

impl Round {
    async fn read(context: &Context, facts: &Facts) -> Result<Self> {
        facts.stable()?;
        let found = context.rpc.accounts(&[pda::buyback(), pda::buyback_vault()]).await?;
        let [auction, vault] = found.as_slice() else { return Err(missing("the buyback")) };
        let buyback = auction.as_ref().and_then(|account| account.layout::<Buyback>());
        let buyback = buyback.ok_or_else(|| missing("the buyback"))?;
        let vault = vault.as_ref().and_then(|account| TokenAccount::read(&account.data));
        let vault = vault.ok_or_else(|| missing("the buyback vault"))?;
        if vault.frozen {
            return Err(program_refuses(SettlementError::BuybackFrozen));
        }
        let starts = buyback.left == 0;
        let (lot, left) = if starts { (vault.amount, vault.amount) } else { (buyback.lot, buyback.left) };
        let elapsed = if starts {
            0
        } else {
            let more = counted(buyback.ticked_at, facts.price.seen_at, facts.now);
            buyback.elapsed.saturating_add(more).min(FALL)
        };
        Ok(Self { buyback, held: vault.amount, lot, left, factor_bps: whole(factor_bps(elapsed))?, starts })
    }

    /// The price that the auction goes by.
    fn quote<'a>(&self, facts: &'a Facts) -> Result<(&'a Quote, u64)> {
        let quote = facts.quote.as_ref().map_err(|halt| {
            Failure::Refused(format!(
                "no price qualifies at the moment ({}): the round stands still until one does",
                halt.name()
            ))
        })?;
        Ok((quote, whole(worth(quote))?))
    }

    /// Refuses a round that is too small to start.
    fn can_run(&self) -> Result<()> {
        if self.starts && self.lot < MIN_LOT {
            Err(program_refuses(SettlementError::LotTooSmall))
        } else {
            Ok(())
        }
    }
}
