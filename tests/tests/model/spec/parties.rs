//! Registering, staking, token accounts and rent.

use super::arithmetic::{N, fits};
use super::entities::{Arbiter, Consumer, Holding, Meter, Provider, Vouched};
use super::{ELSEWHERE, Refused, Spec, Verdict, all};
use settlement_interface::SettlementError as E;
use settlement_interface::accounts::{self, Layout, RATES, RateEntry, StandingOffer};
use settlement_interface::{Address, pda};
use std::cell::RefCell;
use std::collections::BTreeMap;

/// Bytes of a vault.
const VAULT: usize = 165;

/// A rate card names each class once, and what is unused is zero.
fn in_order(rates: &[RateEntry; RATES]) -> bool {
    let used: Vec<_> = rates.iter().filter(|entry| entry.rate != 0).map(|entry| entry.hardware).collect();
    let distinct: std::collections::BTreeSet<_> = used.iter().collect();
    let clean =
        |entry: &RateEntry| entry.reserved == [0; 6] && (entry.rate != 0 || *entry == RateEntry::default());
    distinct.len() == used.len() && rates.iter().all(clean)
}

/// An associated account, derived once: that takes longer than all the rest of most steps.
fn derived(wallet: &Address, mint: &Address, program: &Address) -> Address {
    thread_local! {
        static KNOWN: RefCell<BTreeMap<[Address; 3], Address>> = const { RefCell::new(BTreeMap::new()) };
    }
    KNOWN.with_borrow_mut(|known| {
        let key = [*wallet, *mint, *program];
        *known.entry(key).or_insert_with(|| pda::associated_token_of(wallet, mint, program))
    })
}

impl Spec {
    /// A new account of `len` bytes; `payer` pays its rent.
    pub fn create(&mut self, payer: &Address, address: Address, len: usize) -> Verdict {
        let rent = self.rent * (len as N + 128);
        let purse = self.lamports.get_mut(payer).ok_or(ELSEWHERE)?;
        if *purse < rent {
            return Err(ELSEWHERE);
        }
        *purse -= rent;
        self.lamports.insert(address, rent);
        Ok(())
    }

    /// Closes an account; `to` gets all its lamports.
    pub fn refund_rent(&mut self, address: &Address, to: &Address) {
        let rent = self.lamports.remove(address).unwrap();
        *self.lamports.get_mut(to).unwrap() += rent;
    }

    pub fn open_vault(&mut self, payer: &Address, vault: Address, owner: Address, mint: Address) -> Verdict {
        self.create(payer, vault, VAULT)?;
        self.tokens.insert(vault, Holding { mint, owner, amount: 0, frozen: false });
        Ok(())
    }

    /// Moves tokens as a token program would.
    pub fn transfer(&mut self, from: &Address, to: &Address, amount: N) -> Verdict {
        let ready = |account: Option<&Holding>| account.is_some_and(|account| !account.frozen);
        if !ready(self.tokens.get(from)) || !ready(self.tokens.get(to)) {
            return Err(ELSEWHERE);
        }
        let from = self.tokens.get_mut(from).unwrap();
        if from.amount < amount {
            return Err(ELSEWHERE);
        }
        from.amount -= amount;
        self.tokens.get_mut(to).unwrap().amount += amount;
        Ok(())
    }

    /// Moves tokens that `by` signs for.
    pub fn spend(&mut self, by: &Address, from: &Address, to: &Address, amount: N) -> Verdict {
        if self.tokens.get(from).is_none_or(|account| account.owner != *by) {
            return Err(ELSEWHERE);
        }
        self.transfer(from, to, amount)
    }

    pub fn burn(&mut self, from: &Address, amount: N) -> Verdict {
        let account = self.tokens.get_mut(from).ok_or(ELSEWHERE)?;
        if account.amount < amount {
            return Err(ELSEWHERE);
        }
        account.amount -= amount;
        self.supply -= amount;
        Ok(())
    }

    pub fn mint_to(&mut self, to: &Address, amount: N) {
        self.tokens.get_mut(to).unwrap().amount += amount;
        self.supply += amount;
    }

    /// A wallet's associated account of the compute token.
    pub fn associated(&self, wallet: &Address) -> Address {
        derived(wallet, &self.mint, &pda::TOKEN_PROGRAM)
    }

    /// The same of the stablecoin.
    pub fn dollars(&self, wallet: &Address) -> Address {
        derived(wallet, &self.stable_mint, &self.stable_program)
    }

    /// Refuses an account that what is due to a wallet cannot be paid into.
    pub fn payable(&self, account: &Address, wallet: &Address) -> Verdict {
        let Some(account) = self.tokens.get(account) else { return Err(Refused(vec![E::NotAssociated])) };
        all(&[(account.owner == *wallet && !account.frozen, E::Undeliverable)])
    }

    /// Pays compute tokens out of the stake vault.
    pub fn pay_stake(&mut self, wallet: &Address, amount: N) -> Verdict {
        let to = self.associated(wallet);
        self.payable(&to, wallet)?;
        self.transfer(&pda::stake_vault(), &to, amount)
    }

    pub fn provider_of(&self, authority: &Address) -> Result<Address, Refused> {
        let address = pda::provider(authority);
        if self.providers.contains_key(&address) { Ok(address) } else { Err(ELSEWHERE) }
    }

    pub fn register_consumer(&mut self, payer: Address, wallet: Address) -> Verdict {
        if self.consumers.contains_key(&wallet) {
            return Err(ELSEWHERE);
        }
        self.create(&payer, pda::consumer(&wallet), accounts::Consumer::LEN)?;
        let index = self.config.consumers;
        self.config.consumers += 1;
        self.consumers.insert(wallet, Consumer { wallet, index, next_nonce: 0, registered_at: self.now });
        Ok(())
    }

    pub fn register_provider(
        &mut self,
        payer: Address,
        authority: Address,
        metadata_hash: [u8; 32],
        rates: [RateEntry; RATES],
    ) -> Verdict {
        let address = pda::provider(&authority);
        if self.providers.contains_key(&address) {
            return Err(ELSEWHERE);
        }
        all(&[(in_order(&rates), E::TooManyRates)])?;
        self.create(&payer, address, accounts::Provider::LEN)?;
        let provider = Provider {
            authority,
            metadata_hash,
            rates,
            standing: StandingOffer::NONE,
            index: self.config.providers,
            stake: 0,
            locked: 0,
            unbonding: 0,
            unbonding_at: 0,
            claimable: 0,
            earned: 0,
            minted: 0,
            burned: 0,
            take: 0,
            slashed: 0,
            settled: 0,
            good: 0,
            bad: 0,
            decayed_at: self.now,
            jobs_accepted: 0,
            jobs_failed: 0,
            jobs_open: 0,
            registered_at: self.now,
        };
        self.config.providers += 1;
        self.providers.insert(address, provider);
        Ok(())
    }

    pub fn update_provider(
        &mut self,
        by: Address,
        metadata_hash: [u8; 32],
        rates: [RateEntry; RATES],
    ) -> Verdict {
        let address = self.provider_of(&by)?;
        all(&[(in_order(&rates), E::TooManyRates)])?;
        let provider = self.providers.get_mut(&address).unwrap();
        (provider.metadata_hash, provider.rates) = (metadata_hash, rates);
        Ok(())
    }

    pub fn stake(&mut self, by: Address, provider: Address, amount: N) -> Verdict {
        if !self.providers.contains_key(&provider) {
            return Err(ELSEWHERE);
        }
        all(&[(amount > 0, E::ZeroAmount)])?;
        self.spend(&by, &self.associated(&by), &pda::stake_vault(), amount)?;
        self.providers.get_mut(&provider).unwrap().stake += amount;
        Ok(())
    }

    pub fn request_unstake(&mut self, by: Address, amount: N) -> Verdict {
        let address = self.provider_of(&by)?;
        let (now, wait) = (self.now, N::from(self.config.parameters.unbonding));
        let provider = self.providers.get_mut(&address).unwrap();
        let free = provider.stake - provider.locked - provider.unbonding;
        all(&[(amount > 0, E::ZeroAmount), (amount <= free, E::InsufficientStake)])?;
        provider.unbonding += amount;
        provider.unbonding_at = now + wait;
        Ok(())
    }

    pub fn withdraw_stake(&mut self, authority: Address) -> Verdict {
        let address = self.provider_of(&authority)?;
        let provider = self.providers[&address].clone();
        all(&[(provider.unbonding > 0, E::NothingUnbonding)])?;
        all(&[(self.now >= provider.unbonding_at, E::StillUnbonding)])?;
        self.pay_stake(&authority, provider.unbonding)?;
        let provider = self.providers.get_mut(&address).unwrap();
        provider.stake -= provider.unbonding;
        (provider.unbonding, provider.unbonding_at) = (0, 0);
        Ok(())
    }

    pub fn register_meter(&mut self, payer: Address, key: Address, authority: Address) -> Verdict {
        let address = pda::meter(&key);
        if self.meters.contains_key(&address) {
            return Err(ELSEWHERE);
        }
        self.create(&payer, address, accounts::Meter::LEN)?;
        let meter = Meter {
            key,
            authority,
            vouched: Vouched::default(),
            index: self.config.meters,
            registered_at: self.now,
            upheld: 0,
            overturned: 0,
        };
        self.config.meters += 1;
        self.meters.insert(address, meter);
        Ok(())
    }

    pub fn register_arbiter(&mut self, payer: Address, wallet: Address) -> Verdict {
        let address = pda::arbiter(&wallet);
        if self.arbiters.contains_key(&address) {
            return Err(ELSEWHERE);
        }
        self.create(&payer, address, accounts::Arbiter::LEN)?;
        let arbiter = Arbiter {
            wallet,
            vouched: Vouched::default(),
            index: self.config.arbiters,
            registered_at: self.now,
            rulings: 0,
        };
        self.config.arbiters += 1;
        self.arbiters.insert(address, arbiter);
        Ok(())
    }

    /// A meter's or an arbiter's stake, and its wallet.
    fn third_party(&mut self, party: &Address) -> Result<(&mut Vouched, Address), Refused> {
        if let Some(meter) = self.meters.get_mut(party) {
            return Ok((&mut meter.vouched, meter.authority));
        }
        let arbiter = self.arbiters.get_mut(party).ok_or(Refused(vec![E::NotThirdParty]))?;
        Ok((&mut arbiter.vouched, arbiter.wallet))
    }

    pub fn vouch(&mut self, by: Address, party: Address, amount: N) -> Verdict {
        all(&[(amount > 0, E::ZeroAmount)])?;
        self.third_party(&party)?;
        self.spend(&by, &self.associated(&by), &pda::stake_vault(), amount)?;
        let (vouched, _) = self.third_party(&party)?;
        vouched.stake += amount;
        assert!(fits(vouched.stake));
        Ok(())
    }

    pub fn request_unvouch(&mut self, by: Address, party: Address, amount: N) -> Verdict {
        let available_at = self.now + N::from(self.config.parameters.unbonding);
        let (vouched, wallet) = self.third_party(&party)?;
        all(&[
            (by == wallet, E::WrongParty),
            (amount > 0, E::ZeroAmount),
            (amount <= vouched.free(), E::InsufficientStake),
        ])?;
        vouched.unbonding += amount;
        vouched.available_at = available_at;
        Ok(())
    }

    pub fn withdraw_vouched(&mut self, wallet: Address, party: Address) -> Verdict {
        let now = self.now;
        let (vouched, owner) = self.third_party(&party)?;
        let amount = vouched.unbonding;
        all(&[(amount > 0, E::NothingUnbonding)])?;
        all(&[(now >= vouched.available_at, E::StillUnbonding)])?;
        all(&[(wallet == owner, E::NotAssociated)])?;
        vouched.stake -= amount;
        (vouched.unbonding, vouched.available_at) = (0, 0);
        self.pay_stake(&owner, amount)
    }
}
