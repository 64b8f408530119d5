//! What happens around the market: time, the price, gifts, frozen accounts, lost keys.

use crate::market::Market;
use crate::spec::arithmetic::N;
use settlement_interface::oracle::PriceMessage;
use settlement_interface::{Address, pda};
use solana_instruction::{AccountMeta, Instruction};
use solana_signer::Signer;

/// What a wallet that ran out is given.
const FUNDS: N = 20_000_000_000_000;
const DOLLARS: N = 1_000_000_000_000;

impl Market {
    /// Lets time pass, on a running chain or one that stands still.
    pub fn pass(&mut self, seconds: i64, running: bool) {
        let slots = if running { seconds.unsigned_abs() * 5 / 2 } else { 1 };
        let (now, slot) = (self.world.now() + seconds, self.world.slot() + slots);
        self.world.set_clock(now, slot);
        (self.spec.now, self.spec.slot) = (now.into(), slot.into());
    }

    /// Publishes the price of before anew, as of now.
    pub fn refresh(&mut self) {
        if self.spec.feed.is_some() {
            self.world.refresh();
            self.spec.feed = Some(self.world.price);
        }
    }

    /// Where no price qualifies, mostly publishes one that does.
    pub fn steady_price(&mut self) {
        if self.spec.quote(&self.spec.config.parameters).is_some() || self.random.one_in(4) {
            return;
        }
        let price = &mut self.world.price;
        (price.confidence, price.average) = (price.spot.unsigned_abs() / 2_000, price.spot);
        self.world.refresh();
        self.spec.feed = Some(self.world.price);
    }

    /// Gives wallets that have run out something to go on with.
    pub fn refill(&mut self) {
        for wallet in self.keys.keys().copied().collect::<Vec<_>>() {
            let (tokens, dollars) = (self.spec.associated(&wallet), self.spec.dollars(&wallet));
            let bank = self.spec.associated(&self.world.bank.pubkey());
            let own = &self.spec.tokens[&tokens];
            if own.owner == wallet && own.amount < 1_000_000_000_000 && self.spec.tokens[&bank].amount > FUNDS
            {
                self.world.give(&wallet, FUNDS as u64);
                self.spec.tokens.get_mut(&bank).unwrap().amount -= FUNDS;
                self.spec.tokens.get_mut(&tokens).unwrap().amount += FUNDS;
            }
            let own = self.spec.tokens.get_mut(&dollars).unwrap();
            if own.amount < 100_000_000_000 {
                own.amount += DOLLARS;
                self.world.set_amount(&dollars, u64::try_from(own.amount).unwrap());
            }
        }
    }

    pub fn work_takes_time(&mut self) {
        let seconds = self.random.between(1, 400) as i64;
        self.pass(seconds, true);
        if !self.random.one_in(6) {
            self.refresh();
        }
    }

    /// Now and then, between steps.
    pub fn surround(&mut self) {
        match self.random.below(60) {
            0..=2 => {
                let seconds = match self.random.below(25) {
                    0 if self.random.one_in(2) => self.random.between(10_000, 100_000),
                    0..=6 => self.random.between(600, 4_000),
                    _ => self.random.between(1, 600),
                };
                let running = !self.random.one_in(10);
                self.pass(seconds as i64, running);
                if !self.random.one_in(5) {
                    self.refresh();
                }
            }
            3..=5 => self.price(),
            6 => self.gift(),
            7 => self.freeze(),
            8 => self.hand_over(),
            9 => self.lose_a_key(),
            10 => self.refill(),
            _ => {}
        }
    }

    fn price(&mut self) {
        let before = self.world.price.spot.max(1).unsigned_abs();
        // The market moves; now and then it falls fast.
        let share =
            if self.random.one_in(8) { self.random.between(30, 60) } else { self.random.between(80, 126) };
        let spot = (before * share / 100).clamp(10_000_000, 1 << 35);
        let now = self.world.now();
        let wild = self.random.one_in(3);
        let message = PriceMessage {
            spot: if wild && self.random.one_in(5) { 0 } else { spot as i64 },
            confidence: spot * self.random.below(if wild { 300 } else { 150 }) / 10_000,
            exponent: if wild && self.random.one_in(8) { -20 } else { -8 },
            publish_time: if wild {
                now - self.random.below(150) as i64 + self.random.below(40) as i64
            } else {
                now
            },
            average: (spot * if wild { self.random.between(85, 115) } else { self.random.between(95, 105) }
                / 100) as i64,
        };
        if self.random.one_in(12) {
            self.world.set_feed(Address::default(), Vec::new());
            self.spec.feed = None;
        } else {
            self.world.publish(message);
            self.spec.feed = Some(message);
            self.world.price.spot = spot as i64;
            self.world.price.exponent = -8;
        }
        self.note(format!("price {:?}", self.spec.feed));
    }

    /// A stranger sends tokens to a vault, or burns some of its own.
    fn gift(&mut self) {
        let stranger = self.stranger;
        let mut vaults: Vec<_> = self.spec.jobs.values().map(|job| (job.vault, job.terms.mint)).collect();
        vaults.push((pda::stake_vault(), self.spec.mint));
        vaults.push((pda::buyback_vault(), self.spec.stable_mint));
        let (vault, mint) = *self.random.pick(&vaults).unwrap();
        let dollars = mint == self.spec.stable_mint;
        let from = if dollars { self.spec.dollars(&stranger) } else { self.spec.associated(&stranger) };
        let program = if dollars { self.spec.stable_program } else { pda::TOKEN_PROGRAM };
        let amount = self.random.between(1, 1_000);
        let burns = !dollars && self.random.one_in(3);
        let mut data = vec![if burns { 8 } else { 3 }];
        data.extend_from_slice(&amount.to_le_bytes());
        let accounts = vec![
            AccountMeta::new(from, false),
            AccountMeta::new(if burns { mint } else { vault }, false),
            AccountMeta::new_readonly(stranger, true),
        ];
        let sent = self.send(&[Instruction { program_id: program, accounts, data }]);
        let mut next = self.spec.clone();
        let expected =
            if burns { next.burn(&from, amount.into()) } else { next.transfer(&from, &vault, amount.into()) };
        let owned = self.spec.tokens[&from].owner == stranger && !self.spec.tokens[&from].frozen;
        assert_eq!(sent.is_ok(), expected.is_ok() && owned, "a gift: {sent:?}\n{}", self.history());
        if sent.is_ok() {
            self.spec = next;
            if !burns {
                *self.gifts.entry(vault).or_default() += N::from(amount);
            }
        }
        self.note(format!("gift of {amount} to {vault}, burned: {burns}"));
    }

    /// The stablecoin's issuer freezes an account or a vault, or thaws it.
    fn freeze(&mut self) {
        let frozen: Vec<_> = self
            .spec
            .tokens
            .iter()
            .filter(|(_, account)| account.frozen)
            .map(|(address, _)| *address)
            .collect();
        let dollars: Vec<_> = self
            .spec
            .tokens
            .iter()
            .filter(|(_, account)| account.mint == self.spec.stable_mint)
            .map(|(address, _)| *address)
            .collect();
        let thaw = !frozen.is_empty() && !self.random.one_in(4);
        let address = *self.random.pick(if thaw { &frozen } else { &dollars }).unwrap();
        self.set_frozen(&address, !thaw);
    }

    pub fn set_frozen(&mut self, address: &Address, frozen: bool) {
        self.world.set_frozen(address, frozen);
        self.spec.tokens.get_mut(address).unwrap().frozen = frozen;
        self.note(format!("{address} frozen: {frozen}"));
    }

    /// A wallet's associated account comes to belong to somebody else, or back to the wallet.
    fn hand_over(&mut self) {
        let wallets: Vec<_> = self.keys.keys().copied().collect();
        let owner = |wallet: &Address| self.spec.tokens[&self.spec.associated(wallet)].owner;
        let away = wallets.iter().find(|wallet| owner(wallet) != **wallet).copied();
        let (wallet, to) = match away {
            Some(wallet) if !self.random.one_in(3) => (wallet, wallet),
            _ => (self.wallet(), self.stranger),
        };
        let account = self.spec.associated(&wallet);
        self.set_owner(&account, &to);
    }

    pub fn set_owner(&mut self, account: &Address, owner: &Address) {
        let holding = self.spec.tokens.get_mut(account).unwrap();
        holding.owner = *owner;
        let amount = u64::try_from(holding.amount).unwrap();
        let mint = holding.mint;
        self.world.set_tokens(account, &mint, owner, amount);
        self.note(format!("{account} belongs to {owner}"));
    }

    /// For a time, nothing is signed by one party.
    fn lose_a_key(&mut self) {
        self.lost = if self.random.one_in(3) { Some(self.wallet()) } else { None };
    }
}
