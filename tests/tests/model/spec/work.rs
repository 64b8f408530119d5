//! Receipts and conversions.

use super::arithmetic::{DAY, N, WHOLE, ceil, floor, share_up};
use super::entities::{Bucket, Credit, Epoch, Job};
use super::oracle::Quote;
use super::step::{Signed, n};
use super::{ELSEWHERE, Refused, Spec, Verdict, all};
use JobState::{Closing, Held, Running, Settling};
use settlement_interface::SettlementError as E;
use settlement_interface::accounts::{self, JobState, Layout, MARK_HALT, MARK_NONE};
use settlement_interface::terms::{METER_REGISTERED, RAIL_STABLE, RAIL_TOKEN};
use settlement_interface::{Address, pda};

/// `tokens(U, m)`, rounded up.
pub fn tokens_up(usd: N, price: N, scale: N) -> N {
    ceil(usd * scale, price)
}

/// `usd(T, m)`, rounded down.
pub fn usd_down(tokens: N, price: N, scale: N) -> N {
    floor(tokens * price, scale)
}

impl Spec {
    /// Whether late receipts count no more.
    pub fn receipts_over(&self, job: &Job) -> bool {
        let grace = n(job.terms.parameters.receipt_grace);
        job.closing_at != 0 && self.outlasted((job.closing_at, job.closing_slot), grace)
    }

    /// Refuses a receipt whose units, time or signer are not in order for a job.
    fn counts(&self, job: &Job, previous: bool, signer: &Address, units: N, through: N) -> Verdict {
        let mut latest = self.now.min(n(job.terms.order.end_by));
        if job.closing_at != 0 {
            latest = latest.min(job.closing_at);
        }
        let present = *signer == job.meter;
        let former = previous && job.rotated_at != 0 && *signer == job.previous_meter && !present;
        let rotated = (job.rotated_at, job.rotated_slot);
        let in_grace = !self.outlasted(rotated, n(job.terms.parameters.receipt_grace));
        if former {
            latest = latest.min(job.rotated_at);
        }
        let newer = units > job.units && through > job.through;
        let most = n(job.terms.order.unit_cap) * (through - job.through).max(0);
        all(&[
            (!self.receipts_over(job), E::ReceiptTooLate),
            (newer, E::ReceiptNotNewer),
            (present || former, E::ReceiptSigner),
            (!former || in_grace, E::ReceiptTooLate),
            (through <= latest, E::ReceiptTime),
            (!newer || units - job.units <= most, E::ReceiptTooFast),
        ])
    }

    /// Lets a receipt in: books what it charges, pending if the job is verifiable.
    pub fn accept(&self, address: &Address, job: &mut Job, words: &Signed) -> Verdict {
        let receipt = &words.receipt;
        let verifiable = job.terms.order.verifiable == 1;
        all(&[
            (job.is(&[Running, Closing]), E::WrongState),
            (receipt.commitment.is_some() == verifiable, E::ReceiptForm),
            (receipt.domain == self.domain, E::ReceiptDomain),
            (receipt.job == *address && n(receipt.opened_at) == job.opened_at, E::ReceiptJob),
        ])?;
        let (units, through) = (n(receipt.units), n(receipt.through));
        self.counts(job, true, &words.signer, units, through)?;
        let charged = Self::charge(&job.terms.order, units).max(job.accepted);
        let newly = charged - job.accepted;
        (job.accepted, job.units, job.through, job.heard_at) = (charged, units, through, self.now);
        job.receipts += 1;
        if let Some((root, steps)) = receipt.commitment {
            all(&[
                ((2..=1 << 20).contains(&steps), E::StepsOutOfRange),
                (n(steps) > job.steps, E::StepsNotMore),
            ])?;
            job.steps = n(steps);
            self.mature(job);
            if newly > 0 {
                let usd = job.young.usd + newly;
                job.young = Bucket {
                    usd,
                    since: self.now,
                    slot: self.slot,
                    root,
                    steps: n(steps),
                    receipt: job.receipts,
                };
            }
        }
        Ok(())
    }

    /// What has waited for its dispute window is pending no more; the young becomes old when old is empty.
    pub fn mature(&self, job: &mut Job) {
        let window = n(job.terms.parameters.dispute_window);
        for _ in 0..2 {
            if job.old.usd == 0 {
                job.old = std::mem::take(&mut job.young);
            }
            let ripe = job.old.usd > 0 && self.passed((job.old.since, job.old.slot), window);
            if ripe && job.open_disputes == 0 {
                job.old = Bucket::default();
            }
        }
    }

    /// Whether a window that began at a moment is over, in seconds and in slots.
    pub fn passed(&self, since: (N, N), window: N) -> bool {
        self.now >= since.0 + window && self.slot >= since.1 + window
    }

    /// Whether it is over for more than a moment.
    pub fn outlasted(&self, since: (N, N), window: N) -> bool {
        self.now > since.0 + window && self.slot > since.1 + window
    }

    /// Whether the consumer's minimum allows converting.
    fn allowed(&self, job: &Job, quote: &Quote) -> bool {
        let order = &job.terms.order;
        // burn * 10^x >= min * 10^-8 with x = -8 in these networks, or 10^2 more or less.
        let shift = quote.exponent + 8;
        let (left, right) = if shift >= 0 {
            (quote.burn * N::from(10).pow(u32::try_from(shift).unwrap()), n(order.min_price))
        } else {
            (quote.burn, n(order.min_price) * N::from(10).pow(u32::try_from(-shift).unwrap()))
        };
        order.min_price == 0 || self.now >= n(order.convert_by) || left >= right
    }

    /// Halves a provider's record once for each 30 whole days.
    pub fn decay(&mut self, provider: &Address) {
        let now = self.now;
        let provider = self.providers.get_mut(provider).unwrap();
        while now >= provider.decayed_at + 30 * DAY {
            (provider.good, provider.bad) = (provider.good / 2, provider.bad / 2);
            provider.decayed_at += 30 * DAY;
        }
    }

    /// Burns and books what is outstanding.
    fn conversion(&mut self, payer: &Address, job: &mut Job, quote: &Quote) -> Verdict {
        let (outstanding, take_bps) = (job.outstanding(), job.terms.parameters.take_bps);
        let burned = tokens_up(outstanding, quote.burn, quote.scale).min(job.escrow);
        let usd = usd_down(burned, quote.burn, quote.scale).min(outstanding);
        let take = share_up(burned, take_bps);
        let worth = floor(usd * (WHOLE - n(take_bps)) * quote.scale, WHOLE * quote.mint);
        let earned = worth.min(burned - take);
        job.escrow -= burned;
        job.settled += usd;
        job.recorded += usd;
        job.burned += burned;
        job.take += take;
        job.earned += earned;
        if job.mark == MARK_HALT {
            job.mark = MARK_NONE;
        }
        let at = job.terms.provider;
        self.decay(&at);
        let index = self.epoch_index();
        let key = u64::try_from(index).unwrap();
        let (epoch, credit) = (pda::epoch(key), pda::credit(key, &at));
        if !self.epochs.contains_key(&epoch) {
            self.create(payer, epoch, accounts::Epoch::LEN)?;
            let rebate_bps = self.config.parameters.rebate_bps;
            let rent_payer = *payer;
            let opened = Epoch {
                rent_payer,
                index,
                take: 0,
                weight: 0,
                rebated: 0,
                credits: 0,
                claimed: 0,
                rebate_bps,
            };
            self.epochs.insert(epoch, opened);
        }
        if !self.credits.contains_key(&credit) {
            self.create(payer, credit, accounts::Credit::LEN)?;
            let opened = Credit { provider: at, rent_payer: *payer, epoch: index, take: 0, weight: 0 };
            self.credits.insert(credit, opened);
            self.epochs.get_mut(&epoch).unwrap().credits += 1;
        }
        let provider = self.providers.get_mut(&at).unwrap();
        let quality = 5_000 + floor(5_000 * provider.good, provider.good + 4 * provider.bad + 100_000_000);
        provider.good += usd;
        provider.settled += usd;
        provider.burned += burned;
        provider.take += take;
        provider.earned += earned;
        provider.claimable += earned;
        let epoch = self.epochs.get_mut(&epoch).unwrap();
        epoch.take += take;
        epoch.weight += take * quality;
        let credit = self.credits.get_mut(&credit).unwrap();
        credit.take += take;
        credit.weight += take * quality;
        self.record(quote);
        self.burn(&job.vault.clone(), burned)
    }

    pub fn settle(&mut self, by: Address, address: Address, words: Signed) -> Verdict {
        let provider = self.provider_of(&by)?;
        let mut job = self.job(&address)?;
        all(&[
            (provider == job.terms.provider, E::WrongProvider),
            (job.terms.order.rail == RAIL_TOKEN, E::WrongRail),
        ])?;
        self.accept(&address, &mut job, &words)?;
        let due = job.outstanding() > 0 && job.escrow > 0;
        let quote = self.quote(&job.terms.parameters).filter(|quote| due && self.allowed(&job, quote));
        if let Some(quote) = &quote {
            self.conversion(&by, &mut job, quote)?;
        }
        let unconverted = job.accepted - job.settled;
        let waits = unconverted > 0 && (quote.is_none() || job.terms.order.verifiable == 1);
        if job.state == Running && waits && words.signer == job.meter {
            let worth = usd_down(job.escrow, self.price.spot, self.last_scale().unwrap());
            all(&[(unconverted * WHOLE <= worth * 7_000, E::ReceiptUnsecured)])?;
        }
        self.jobs.insert(address, job);
        Ok(())
    }

    pub fn convert(&mut self, by: Address, address: Address) -> Verdict {
        let mut job = self.job(&address)?;
        if !self.providers.contains_key(&job.terms.provider) {
            return Err(ELSEWHERE);
        }
        all(&[
            (job.terms.order.rail == RAIL_TOKEN, E::WrongRail),
            (job.is(&[Running, Closing, Held, Settling]), E::WrongState),
        ])?;
        self.mature(&mut job);
        let quote = self.quote(&job.terms.parameters);
        all(&[
            (job.outstanding() > 0 && job.escrow > 0, E::NothingToConvert),
            (quote.is_some(), E::NoPrice),
            (quote.is_none_or(|quote| self.allowed(&job, &quote)), E::BelowMinimumPrice),
        ])?;
        self.conversion(&by, &mut job, &quote.unwrap())?;
        self.jobs.insert(address, job);
        Ok(())
    }

    pub fn observe(&mut self) -> Verdict {
        let quote = self.quote(&self.config.parameters).ok_or(Refused(vec![E::NoPrice]))?;
        self.record(&quote);
        Ok(())
    }

    /// One signature over receipts of many jobs: those that do not count are skipped.
    pub fn accept_batch(
        &mut self,
        signer: Address,
        jobs: &[Address],
        units: &[u64],
        signed: &[u64],
        gone: usize,
        through: N,
    ) -> Verdict {
        let missing = jobs.iter().filter(|job| !self.jobs.contains_key(*job)).count();
        let complete = !jobs.is_empty() && jobs.len() == units.len() && missing == gone;
        all(&[(complete, E::BatchAccounts)])?;
        let scale = self.last_scale().ok_or(Refused(vec![E::NoPrice]))?;
        let mut accepted = 0;
        for (address, units) in jobs.iter().zip(units) {
            // A job that is gone is skipped like one whose receipt does not count.
            let Some(mut job) = self.jobs.get(address).cloned() else { continue };
            let order = job.terms.order;
            let registered = order.verifiable == 0 && order.meter_kind == METER_REGISTERED;
            let counts = job.is(&[Running, Closing]) && registered;
            if !counts || self.counts(&job, false, &signer, n(*units), through).is_err() {
                continue;
            }
            let charged = Self::charge(&order, n(*units)).max(job.accepted);
            let outstanding = job.outstanding() + charged - job.accepted;
            let covered = if order.rail == RAIL_STABLE {
                outstanding <= job.escrow
            } else {
                outstanding * WHOLE * scale <= 7_000 * job.escrow * self.price.spot
            };
            if covered {
                (job.accepted, job.units, job.through, job.heard_at) =
                    (charged, n(*units), through, self.now);
                job.receipts += 1;
                accepted += 1;
                self.jobs.insert(*address, job);
            }
        }
        all(&[(units == signed, E::BatchForm), (accepted > 0, E::BatchEmpty)])
    }
}
