//! What consumers, providers and the admin do besides jobs.

use super::*;

impl Market {
    pub(super) fn register_consumer(&mut self) -> Group {
        let wallet = address(&mut self.random);
        let consumer = pda::consumer(&wallet);
        let index = self.consumers.len() as u64;
        self.consumers.push((wallet, 0));
        vec![Event::ConsumerRegistered(Box::new(ConsumerRegistered {
            entities: [self.touch(pda::config()), self.touch(consumer)],
            at: self.now,
            consumer,
            wallet,
            index,
        }))]
    }

    pub(super) fn register_provider(&mut self) -> Group {
        // Now and then the consumer is its own provider, whose jobs count for nothing.
        let own = self.random.chance(40) && !self.consumers.is_empty();
        let authority = if own { self.consumers[0].0 } else { address(&mut self.random) };
        if self.providers.iter().any(|(_, p)| p.authority == authority) {
            return vec![];
        }
        let mut rates = [RateEntry::zeroed(); RATES];
        rates[0] = RateEntry { rate: 1_500_000, hardware: 1, reserved: [0; 6] };
        let key = pda::provider(&authority);
        let index = self.providers.len() as u64;
        let provider = Provider {
            authority,
            rates,
            registered_at: self.now,
            decayed_at: self.now,
            ..Provider::zeroed()
        };
        self.providers.push((key, provider));
        vec![Event::ProviderRegistered(Box::new(ProviderRegistered {
            entities: [self.touch(pda::config()), self.touch(key)],
            at: self.now,
            provider: key,
            authority,
            metadata_hash: self.random.bytes(),
            rates,
            index,
        }))]
    }

    pub(super) fn stake(&mut self) -> Group {
        if self.providers.is_empty() {
            return vec![];
        }
        let index = self.random.index(self.providers.len());
        let amount = self.random.within(1_000_000_000, 500_000_000_000);
        let (key, provider) = &mut self.providers[index];
        let (key, from) = (*key, provider.authority);
        provider.stake += amount;
        let stake = provider.stake;
        self.holdings.stake_vault += amount;
        let entities = [self.touch(key)];
        vec![Event::Staked(Box::new(Staked { entities, at: self.now, provider: key, from, amount, stake }))]
    }

    pub(super) fn unstake(&mut self) -> Group {
        if self.providers.is_empty() {
            return vec![];
        }
        let index = self.random.index(self.providers.len());
        let (now, more) = (self.now, self.random.within(1, 1_000_000_000));
        let (key, provider) = &mut self.providers[index];
        let key = *key;
        if provider.unbonding > 0 && self.random.chance(50) {
            let amount = provider.unbonding;
            provider.unbonding = 0;
            provider.stake -= amount;
            let (stake, to) = (provider.stake, provider.authority);
            self.holdings.stake_vault -= amount;
            let entities = [self.touch(key)];
            return vec![Event::StakeWithdrawn(Box::new(StakeWithdrawn {
                entities,
                at: now,
                provider: key,
                to,
                amount,
                stake,
            }))];
        }
        let amount = more.min(provider.free_stake().unwrap());
        if amount == 0 {
            return vec![];
        }
        provider.unbonding += amount;
        let unbonding = provider.unbonding;
        let available_at = now + self.parameters.unbonding;
        let entities = [self.touch(key)];
        vec![Event::UnstakeRequested(Box::new(UnstakeRequested {
            entities,
            at: now,
            provider: key,
            amount,
            unbonding,
            available_at,
        }))]
    }

    pub(super) fn claim(&mut self) -> Group {
        let waiting = self.providers.iter().position(|(_, provider)| provider.claimable > 0);
        let Some(index) = waiting else { return vec![] };
        let (key, provider) = &mut self.providers[index];
        let (key, amount, wallet) = (*key, provider.claimable, provider.authority);
        provider.claimable = 0;
        provider.minted += amount;
        let minted = provider.minted;
        self.holdings.supply += amount;
        self.holdings.minted += amount;
        let entities = [self.touch(key)];
        vec![Event::Claimed(Box::new(Claimed {
            entities,
            at: self.now,
            provider: key,
            wallet,
            amount,
            minted,
        }))]
    }

    pub(super) fn claim_rebate(&mut self) -> Group {
        let present = self.now as u64 / self.parameters.epoch_len as u64;
        let ended = self.credits.keys().find(|(epoch, _)| *epoch < present).copied();
        let Some((epoch, key)) = ended else { return vec![] };
        let weight = self.credits.remove(&(epoch, key)).unwrap();
        let (take, whole) = self.epochs[&epoch];
        let pool = rules::rebate_pool(take, self.parameters.rebate_bps).unwrap();
        let amount = settlement_interface::math::proportion_floor(pool, weight, whole).unwrap();
        let (_, provider) = self.providers.iter_mut().find(|(candidate, _)| *candidate == key).unwrap();
        provider.minted += amount;
        let (minted, wallet) = (provider.minted, provider.authority);
        self.holdings.supply += amount;
        self.holdings.minted += amount;
        let credit = pda::credit(epoch, &key);
        let entities = [self.touch(pda::epoch(epoch)), self.touch(credit), self.touch(key)];
        self.forget(&credit);
        vec![Event::RebateClaimed(Box::new(RebateClaimed {
            entities,
            at: self.now,
            provider: key,
            wallet,
            epoch,
            pool,
            amount,
            minted,
            rent_payer: wallet,
        }))]
    }

    pub(super) fn administer(&mut self) -> Group {
        let by = address(&mut self.random);
        let entities = [self.touch(pda::config())];
        let at = self.now;
        vec![match self.random.within(0, 3) {
            0 => Event::Paused(Box::new(Paused { entities, at, by, until: at + 600 })),
            1 => Event::Unpaused(Box::new(Unpaused { entities, at, by })),
            2 => Event::AdminProposed(Box::new(AdminProposed { entities, at, admin: by, proposed: by })),
            _ => Event::AdminAccepted(Box::new(AdminAccepted { entities, at, previous: by, admin: by })),
        }]
    }
}
