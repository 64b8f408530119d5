//! Jobs until they start: opened, accepted, cancelled, failed.

use super::*;

impl Market {
    pub(super) fn open_job(&mut self) -> Group {
        if self.consumers.is_empty() || self.providers.is_empty() {
            return vec![];
        }
        let index = if self.random.chance(40) { 0 } else { self.random.index(self.consumers.len()) };
        let provider = self.random.index(self.providers.len());
        let (provider, authority) = (self.providers[provider].0, self.providers[provider].1.authority);
        let (wallet, nonce) = self.consumers[index];
        self.consumers[index].1 += 1;
        let key = pda::job(&wallet, nonce);
        let (now, random) = (self.now, &mut self.random);
        let order = Order {
            meter: address(random),
            spec_hash: random.bytes(),
            budget: random.within(1_000_000, 900_000_000),
            rate: random.within(500_000, 4_000_000),
            unit: UNIT,
            unit_cap: 8_000,
            offer_by: now + 4_000,
            start_by: now + 8_000,
            end_by: now + 80_000,
            convert_by: now + 90_000,
            silence_max: 3_600,
            hardware: random.within(1, 3) as u16,
            rail: RAIL_TOKEN,
            meter_kind: METER_SESSION,
            ..Order::zeroed()
        };
        let escrow = random.within(1_000_000_000, 600_000_000_000);
        let terms = Terms { consumer: wallet, provider, mint: self.mint, order, parameters: self.parameters };
        let vault = pda::vault(&key);
        self.holdings.vaults.insert(vault, escrow);
        let terms_hash = terms.hash(&key, now);
        let job = Job {
            terms,
            terms_hash,
            vault,
            escrow,
            meter: order.meter,
            opened_at: now,
            state: JobState::Offered as u8,
            ..Job::zeroed()
        };
        self.jobs.push(Live { key, job, authority });
        vec![Event::JobOpened(Box::new(JobOpened {
            entities: [self.touch(pda::consumer(&wallet)), self.touch(key)],
            at: now,
            job: key,
            vault,
            rent_payer: wallet,
            terms,
            terms_hash,
            nonce,
            escrow,
            state: JobState::Offered as u64,
        }))]
    }

    pub(super) fn advance_a_job(&mut self) -> Group {
        if self.jobs.is_empty() {
            return vec![];
        }
        let index = self.random.index(self.jobs.len());
        let mut live = self.jobs.swap_remove(index);
        let provider = live.job.terms.provider;
        let place = self.providers.iter().position(|(key, _)| *key == provider).unwrap();
        let mut party = self.providers[place].1;
        let group = match live.job.state().unwrap() {
            JobState::Offered => self.offered(&mut live, &mut party),
            JobState::Assigned => self.assigned(&mut live, &mut party),
            JobState::Running => self.running(&mut live, &mut party),
            JobState::Closing => self.closing(&mut live, &mut party),
            JobState::Settling => self.settling(&mut live, &mut party),
            _ => self.ended(&mut live),
        };
        self.providers[place].1 = party;
        let gone = matches!(group.last(), Some(Event::JobReclaimed(_)));
        if gone {
            self.forget(&live.key);
        } else {
            self.jobs.push(live);
        }
        group
    }

    pub(super) fn offered(&mut self, live: &mut Live, party: &mut Provider) -> Group {
        let (at, key) = (self.now, live.key);
        let bond = rules::bond(live.job.escrow, self.parameters.bond_bps).unwrap();
        if self.random.chance(10) {
            let amount = self.random.within(1, 1_000_000_000);
            live.job.escrow += amount;
            live.job.terms.order.budget += 1_000;
            live.job.terms_hash = live.job.terms.hash(&key, live.job.opened_at);
            *self.holdings.vaults.get_mut(&live.job.vault).unwrap() += amount;
            let (escrow, budget, terms_hash) =
                (live.job.escrow, live.job.terms.order.budget, live.job.terms_hash);
            let entities = [self.touch(key)];
            return vec![Event::JobToppedUp(Box::new(JobToppedUp {
                entities,
                at,
                job: key,
                amount,
                escrow,
                budget,
                terms_hash,
            }))];
        }
        if party.free_stake().unwrap() < bond || self.random.chance(10) {
            let entities = [self.touch(key), Touched::NOTHING, Touched::NOTHING];
            return vec![cancel(entities, at, live, 0, 0, REASON_LAPSED)];
        }
        let (_, quoted) = self.quote();
        party.locked += bond;
        live.job.bond = bond;
        live.job.accepted_budget = live.job.terms.order.budget;
        live.job.state = JobState::Assigned as u8;
        let provider = live.job.terms.provider;
        let entities = [
            self.touch(key),
            self.touch(provider),
            self.touch(pda::totals()),
            self.touch(pda::price()),
            Touched::NOTHING,
        ];
        vec![Event::JobAccepted(Box::new(JobAccepted {
            entities,
            at,
            job: key,
            provider,
            terms_hash: live.job.terms_hash,
            escrow: live.job.escrow,
            budget: live.job.terms.order.budget,
            by: BY_OFFER,
            bid: Address::default(),
            rate: live.job.terms.order.rate,
            unit: live.job.terms.order.unit,
            hardware: u64::from(live.job.terms.order.hardware),
            bond,
            locked: bond,
            provider_locked: party.locked,
            quoted,
        }))]
    }

    pub(super) fn assigned(&mut self, live: &mut Live, party: &mut Provider) -> Group {
        let (at, key, provider) = (self.now, live.key, live.job.terms.provider);
        if live.job.mark == MARK_NO_SHOW {
            return vec![self.fail(live, party)];
        }
        match self.random.within(0, 9) {
            0 => {
                live.job.mark = MARK_NO_SHOW;
                let reported = self.random.chance(60);
                let by = if reported { address(&mut self.random) } else { live.job.terms.consumer };
                live.job.reporter = if reported { by } else { Touched::NOTHING.entity };
                let entities = [self.touch(key)];
                let mark = MARK_NO_SHOW.into();
                vec![Event::JobMarked(Box::new(JobMarked {
                    entities,
                    at,
                    job: key,
                    by,
                    slot: self.slot,
                    mark,
                }))]
            }
            1 => {
                let bond = live.job.bond;
                party.locked -= bond;
                let fee = rules::cancellation_fee(live.job.escrow, self.parameters.cancel_bps).unwrap();
                let entities = [self.touch(key), self.touch(provider), self.touch(pda::totals())];
                vec![cancel(entities, at, live, fee, bond, REASON_BY_CONSUMER)]
            }
            _ => {
                live.job.state = JobState::Running as u8;
                live.job.started_at = at;
                live.job.through = at;
                let entities = [self.touch(key)];
                vec![Event::JobStarted(Box::new(JobStarted { entities, at, job: key, excused: 0 }))]
            }
        }
    }

    pub(super) fn fail(&mut self, live: &mut Live, party: &mut Provider) -> Event {
        let (at, key, provider) = (self.now, live.key, live.job.terms.provider);
        let reported = live.job.reporter != Touched::NOTHING.entity;
        let p = &self.parameters;
        let split =
            rules::split_penalty(live.job.bond, p.no_show_bps, p.harmed_bps, p.reporter_bps, reported)
                .unwrap();
        let (bond, refund) = (live.job.bond, live.job.escrow);
        party.locked -= bond;
        party.stake -= split.slashed;
        live.job.dues[0] = Due { escrow: refund, stake: split.harmed };
        live.job.dues[2].stake = split.reporter;
        (live.job.escrow, live.job.bond) = (0, 0);
        live.job.state = JobState::Failed as u8;
        self.burn(split.burned);
        self.holdings.stake_vault -= split.burned;
        Event::JobFailed(Box::new(JobFailed {
            entities: [self.touch(key), self.touch(provider), self.touch(pda::totals())],
            at,
            job: key,
            provider,
            reporter: live.job.reporter,
            refund,
            bond,
            slashed: split.slashed,
            harmed: split.harmed,
            reported: split.reporter,
            burned: split.burned,
            stake: party.stake,
            bad: live.job.accepted_budget,
        }))
    }
}

fn cancel(entities: [Touched; 3], at: i64, live: &mut Live, fee: u64, bond: u64, reason: u8) -> Event {
    let refund = live.job.escrow - fee;
    live.job.dues[0].escrow = refund;
    live.job.dues[1].escrow = fee;
    (live.job.escrow, live.job.bond) = (0, 0);
    live.job.state = JobState::Cancelled as u8;
    let reason = reason.into();
    Event::JobCancelled(Box::new(JobCancelled { entities, at, job: live.key, refund, fee, bond, reason }))
}
