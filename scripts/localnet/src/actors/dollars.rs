//! Dollars: what the stable rail pays in, and the auction in which its take buys compute tokens.

use crate::failure::{Context, Result};
use crate::spl::{self, Mint};
use crate::world::World;
use settlement_interface::accounts::Buyback;
use settlement_interface::rules::buyback::{START_BPS, asked, worth};
use settlement_interface::{Address, pda};
use solana_signer::Signer;

impl World {
    /// Opens a wallet's account for dollars with so many micro-dollars in it.
    pub fn hand_out_dollars(&self, wallet: &Address, amount: u64) -> Result<()> {
        let issuer = &self.officers.issuer;
        let mint = Mint { address: self.rail.mint, program: self.rail.token_program };
        let account = self.rail.associated(wallet);
        let mut instructions = vec![spl::open_account(&issuer.pubkey(), wallet, &mint)];
        if amount > 0 {
            instructions.push(spl::mint_to(&mint, &account, &issuer.pubkey(), amount));
        }
        self.chain.send(&[issuer], &instructions).context(format!("cannot hand dollars to {wallet}"))?;
        Ok(())
    }

    /// What a wallet has, micro-dollars.
    pub fn dollars_of(&self, wallet: &Address) -> Result<u64> {
        self.chain.balance(&self.rail.associated(wallet))
    }

    /// Counts the time of the buyback's round, or starts one; sent by a stranger.
    pub fn tick_buyback(&mut self) -> Result<Buyback> {
        let tick = self.rail.tick_buyback();
        self.send_by_stranger(&[tick]).context("cannot tick the buyback")?;
        self.chain.read(&pda::buyback())
    }

    /// A stranger buys up to `dollars` (micro-dollars) with its own tokens, which burn, at no higher
    /// price than a round starts at. Returns dollars bought and tokens burned.
    pub fn buy_dollars(&mut self, dollars: u64) -> Result<(u64, u64)> {
        self.refresh()?;
        let before: Buyback = self.chain.read(&pda::buyback())?;
        let quote = self.quote()?;
        let price = worth(&quote).context("the price is out of range")?;
        let most = asked(dollars, START_BPS, price, quote.scale).context("the price is out of range")?;
        let buyer = self.officers.stranger.pubkey();
        let (source, to) =
            (pda::associated_token(&buyer, &self.addresses.mint), self.rail.associated(&buyer));
        let fill = self.rail.buyback(&buyer, &source, &to, dollars, most);
        self.send_by_stranger(&[fill]).context("cannot buy from the buyback")?;
        let after: Buyback = self.chain.read(&pda::buyback())?;
        Ok((after.sold.saturating_sub(before.sold), after.burned.saturating_sub(before.burned)))
    }
}
