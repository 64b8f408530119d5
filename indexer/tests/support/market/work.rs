//! Jobs that run: receipts, conversions, the end, payments.

use super::*;

impl Market {
    pub(super) fn running(&mut self, live: &mut Live, party: &mut Provider) -> Group {
        let (at, key) = (self.now, live.key);
        match self.random.within(0, 11) {
            0 => {
                live.job.state = JobState::Closing as u8;
                let reason = *self.random.pick(&[REASON_BY_CONSUMER, REASON_BY_PROVIDER, REASON_SILENCE]);
                let entities = [self.touch(key)];
                vec![Event::JobClosing(Box::new(JobClosing {
                    entities,
                    at,
                    job: key,
                    reason: reason.into(),
                }))]
            }
            1 => {
                let (previous, meter) = (live.job.meter, address(&mut self.random));
                live.job.meter = meter;
                let entities = [self.touch(key)];
                vec![Event::MeterRotated(Box::new(MeterRotated { entities, at, job: key, previous, meter }))]
            }
            2 => self.convert(live, party).into_iter().collect(),
            _ => self.receive(live, party),
        }
    }

    /// A receipt, and usually its conversion.
    pub(super) fn receive(&mut self, live: &mut Live, party: &mut Provider) -> Group {
        let (at, key) = (self.now, live.key);
        let seconds = (at - live.job.through).max(0) as u64;
        if seconds == 0 {
            return vec![];
        }
        let order = live.job.terms.order;
        live.job.units += self.random.within(1, order.unit_cap * seconds);
        live.job.through = at;
        live.job.receipts += 1;
        live.job.accepted = rules::charge(live.job.units, order.rate, order.unit, order.budget).unwrap();
        let outstanding = live.job.outstanding().unwrap();
        let halted = self.random.chance(20);
        let halt = match (halted, outstanding == 0 || live.job.escrow == 0) {
            (_, true) => HALT_NOTHING,
            (true, false) => 5,
            (false, false) => 0,
        };
        let mut group = vec![Event::ReceiptAccepted(Box::new(ReceiptAccepted {
            entities: [self.touch(key)],
            at,
            job: key,
            meter: live.job.meter,
            index: live.job.receipts,
            units: live.job.units,
            through: at,
            accepted: live.job.accepted,
            outstanding,
            halt,
        }))];
        if halt == 0 {
            group.extend(self.convert(live, party));
        }
        group
    }

    pub(super) fn convert(&mut self, live: &mut Live, party: &mut Provider) -> Option<Event> {
        let outstanding = live.job.outstanding().unwrap();
        if outstanding == 0 || live.job.escrow == 0 {
            return None;
        }
        let (quote, quoted) = self.quote();
        let (at, key, provider) = (self.now, live.key, live.job.terms.provider);
        let made = rules::convert(outstanding, live.job.escrow, self.parameters.take_bps, &quote).unwrap();
        let Conversion { usd, burned, take, earned } = made;
        live.job.escrow -= burned;
        live.job.settled += usd;
        party.claimable += earned;
        let quality = rules::quality(party.good, party.bad);
        party.good += usd;
        *self.holdings.vaults.get_mut(&live.job.vault).unwrap() -= burned;
        self.burn(burned);
        let epoch = at as u64 / self.parameters.epoch_len as u64;
        let weight = u128::from(take) * u128::from(quality);
        let sums = self.epochs.entry(epoch).or_default();
        (sums.0, sums.1) = (sums.0 + take, sums.1 + weight);
        let is_new = !self.credits.contains_key(&(epoch, provider));
        *self.credits.entry((epoch, provider)).or_default() += weight;
        let entities = [key, provider, pda::price(), pda::epoch(epoch), pda::credit(epoch, &provider)];
        Some(Event::Converted(Box::new(Converted {
            entities: entities.map(|entity| self.touch(entity)),
            at,
            job: key,
            provider,
            usd,
            burned,
            take,
            earned,
            escrow: live.job.escrow,
            outstanding: live.job.outstanding().unwrap(),
            claimable: party.claimable,
            epoch,
            weight: Wide::from(weight),
            quality: quality.into(),
            rebate_bps: self.parameters.rebate_bps.into(),
            credit_payer: if is_new { live.authority } else { Touched::NOTHING.entity },
            quoted,
        })))
    }

    pub(super) fn closing(&mut self, live: &mut Live, party: &mut Provider) -> Group {
        let (at, key) = (self.now, live.key);
        if self.random.chance(30) {
            return self.receive(live, party);
        }
        live.job.state = JobState::Settling as u8;
        let outstanding = live.job.outstanding().unwrap();
        let entities = [self.touch(key)];
        vec![Event::JobSettling(Box::new(JobSettling { entities, at, job: key, outstanding }))]
    }

    pub(super) fn settling(&mut self, live: &mut Live, party: &mut Provider) -> Group {
        let (at, key, provider) = (self.now, live.key, live.job.terms.provider);
        let in_kind = self.random.chance(30);
        let mut group: Group = if in_kind { vec![] } else { self.convert(live, party).into_iter().collect() };
        let left = live.job.outstanding().unwrap();
        let take_bps = self.parameters.take_bps;
        let spot = self.message.spot as u64;
        let paid = if in_kind && left > 0 {
            rules::settle_in_kind(left, live.job.escrow, take_bps, spot, 11).unwrap()
        } else {
            rules::InKind::default()
        };
        let in_kind_usd = paid.usd;
        party.good += in_kind_usd;
        let (bond, refund) = (live.job.bond, live.job.escrow - paid.tokens);
        party.locked -= bond;
        live.job.dues[0].escrow = refund;
        live.job.dues[1].escrow = paid.provider;
        (live.job.escrow, live.job.bond) = (0, 0);
        live.job.state = JobState::Closed as u8;
        *self.holdings.vaults.get_mut(&live.job.vault).unwrap() -= paid.burned;
        self.burn(paid.burned);
        group.push(Event::JobClosed(Box::new(JobClosed {
            entities: [self.touch(key), self.touch(provider), self.touch(pda::totals())],
            at,
            job: key,
            provider,
            refund,
            bond,
            void: left - in_kind_usd,
            in_kind_usd,
            in_kind_paid: paid.provider,
            in_kind_burned: paid.burned,
            recorded: in_kind_usd,
        })));
        group
    }

    pub(super) fn ended(&mut self, live: &mut Live) -> Group {
        let (at, key) = (self.now, live.key);
        let owed = Party::ALL.into_iter().find(|party| live.job.dues[*party as usize] != Due::default());
        let Some(party) = owed else {
            self.holdings.vaults.remove(&live.job.vault);
            let rent_payer = live.job.terms.consumer;
            let entities = [self.touch(key)];
            return vec![Event::JobReclaimed(Box::new(JobReclaimed {
                entities,
                at,
                job: key,
                rent_payer,
                stray: 0,
                lamports: 5,
            }))];
        };
        let due = std::mem::take(&mut live.job.dues[party as usize]);
        let wallet = match party {
            Party::Consumer => live.job.terms.consumer,
            Party::Provider => live.authority,
            Party::Reporter => live.job.reporter,
            Party::Buyback | Party::Treasury => unreachable!("owed on the stable rail alone"),
        };
        *self.holdings.vaults.get_mut(&live.job.vault).unwrap() -= due.escrow;
        self.holdings.stake_vault -= due.stake;
        let entities = [self.touch(key)];
        vec![Event::DueWithdrawn(Box::new(DueWithdrawn {
            entities,
            at,
            job: key,
            wallet,
            party: party as u64,
            escrow: due.escrow,
            stake: due.stake,
        }))]
    }
}
