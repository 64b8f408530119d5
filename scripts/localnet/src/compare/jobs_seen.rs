//! What became of each job, as its events tell: also of jobs whose accounts are closed.

use super::history::{Entry, History};
use settlement_interface::Address;
use settlement_interface::accounts::{JobState, MARK_NONE, PARTIES, Party, REASON_DISPUTE};
use settlement_interface::events::{Event, JobOpened};
use std::collections::BTreeMap;

/// A job by its events.
#[derive(Clone, Debug)]
pub struct JobSeen {
    /// How it was opened.
    pub opened: Box<JobOpened>,
    /// In which slot.
    pub opened_slot: u64,
    /// Slot of its last event.
    pub changed_slot: u64,
    /// Number of its events.
    pub events: u64,
    /// Hash of its terms as accepted.
    pub terms_hash: [u8; 32],
    /// Budget, micro-dollars.
    pub budget: u64,
    /// Budget when it was accepted, micro-dollars.
    pub accepted_budget: u64,
    /// Deposited, base units.
    pub funded: u64,
    /// State.
    pub state: JobState,
    /// Times, Unix seconds; 0 for what has not happened, as in the account.
    pub accepted_at: i64,
    /// Start.
    pub started_at: i64,
    /// Last receipt, or start.
    pub heard_at: i64,
    /// Mark.
    pub marked_at: i64,
    /// What is marked.
    pub mark: u64,
    /// Who marked it, if no party did.
    pub reporter: Address,
    /// Closing.
    pub closing_at: i64,
    /// End.
    pub ended_at: i64,
    /// Account closed.
    pub reclaimed_at: i64,
    /// Why it closes or was cancelled.
    pub reason: u64,
    /// Session key and the one before.
    pub meter: Address,
    /// The key before the last rotation.
    pub previous_meter: Address,
    /// Units, and up to when.
    pub units: u64,
    /// Moment of the last receipt.
    pub through: i64,
    /// Number of receipts.
    pub receipts: u64,
    /// Charged, micro-dollars.
    pub accepted: u64,
    /// Settled by conversions and in kind, micro-dollars.
    pub settled: u64,
    /// Void, micro-dollars.
    pub void: u64,
    /// In kind: micro-dollars, paid, burned.
    pub in_kind: (u64, u64, u64),
    /// Burned, take, earned.
    pub tokens: (u64, u64, u64),
    /// Bond locked.
    pub bond: u64,
    /// Escrow.
    pub escrow: u64,
    /// Booked back to the consumer.
    pub refund: u64,
    /// Booked for a cancellation.
    pub fee: u64,
    /// Paid by party: from the job's vault, from the stake vault.
    pub paid: [(u64, u64); PARTIES],
    /// Booked by party, likewise.
    pub owed: [(u64, u64); PARTIES],
    /// Wallets paid or owed, by party.
    pub provider_wallet: Address,
    /// Bids ever, the best one and its rate.
    pub bids: (u64, Address, u64),
    /// Pending for their dispute window, micro-dollars.
    pub pending: u64,
    /// Of the take the treasury's, on the stable rail.
    pub treasury_take: u64,
    /// Outage cases ever and open, disputes ever and open.
    pub cases: (u64, u64, u64, u64),
    /// Missed units that penalties were taken for.
    pub penalised_units: u64,
    /// When a missed service level was put on record.
    pub service_at: i64,
    /// Until when a penalty waits.
    pub waits_until: i64,
}

/// Every job ever opened.
pub fn jobs_seen(history: &History) -> BTreeMap<Address, JobSeen> {
    let mut wallets: BTreeMap<Address, Address> = BTreeMap::new();
    let mut jobs: BTreeMap<Address, JobSeen> = BTreeMap::new();
    for entry in &history.entries {
        match &entry.event {
            Event::ProviderRegistered(event) => {
                wallets.insert(event.provider, event.authority);
            }
            Event::JobOpened(event) => {
                let wallet = wallets.get(&event.terms.provider).copied().unwrap_or_default();
                jobs.insert(event.job, JobSeen::open(event, entry.slot, wallet));
            }
            _ => {
                let touched: Vec<Address> = entry.event.touched().map(|touched| touched.entity).collect();
                for (place, address) in touched.into_iter().enumerate() {
                    if let Some(job) = jobs.get_mut(&address) {
                        job.apply(entry, place);
                        let wallet = wallets.get(&job.opened.terms.provider).copied();
                        job.provider_wallet = wallet.unwrap_or_default();
                    }
                }
            }
        }
    }
    jobs
}

impl JobSeen {
    fn open(event: &JobOpened, slot: u64, provider_wallet: Address) -> Self {
        Self {
            opened: Box::new(*event),
            opened_slot: slot,
            changed_slot: slot,
            events: 1,
            terms_hash: event.terms_hash,
            budget: event.terms.order.budget,
            accepted_budget: 0,
            funded: event.escrow,
            state: u8::try_from(event.state).ok().and_then(JobState::from_code).unwrap_or(JobState::Offered),
            accepted_at: 0,
            started_at: 0,
            heard_at: 0,
            marked_at: 0,
            mark: MARK_NONE.into(),
            reporter: Address::default(),
            closing_at: 0,
            ended_at: 0,
            reclaimed_at: 0,
            reason: 0,
            meter: event.terms.order.meter,
            previous_meter: Address::default(),
            units: 0,
            through: 0,
            receipts: 0,
            accepted: 0,
            settled: 0,
            void: 0,
            in_kind: (0, 0, 0),
            tokens: (0, 0, 0),
            bond: 0,
            escrow: event.escrow,
            refund: 0,
            fee: 0,
            paid: [(0, 0); PARTIES],
            owed: [(0, 0); PARTIES],
            provider_wallet,
            bids: (0, Address::default(), 0),
            pending: 0,
            treasury_take: 0,
            cases: (0, 0, 0, 0),
            penalised_units: 0,
            service_at: 0,
            waits_until: 0,
        }
    }

    /// Applies an event that names this job in a place of its header.
    fn apply(&mut self, entry: &Entry, place: usize) {
        self.changed_slot = entry.slot;
        self.events = self.events.saturating_add(1);
        if !self.contest(&entry.event) {
            self.proceed(&entry.event, place);
        }
    }

    /// Cases, disputes and what is pending for them; whether it was one of these.
    fn contest(&mut self, event: &Event) -> bool {
        let (cases, outages, ever, disputes) = &mut self.cases;
        match event {
            Event::CaseOpened(_) => {
                (*cases, *outages) = (cases.saturating_add(1), outages.saturating_add(1));
            }
            Event::CaseAnswered(event) => {
                *outages = outages.saturating_sub(1);
                self.owe(1, 0, event.bond);
            }
            Event::CaseUpheld(event) => {
                *outages = outages.saturating_sub(1);
                self.bond = event.bond;
                self.penalised_units = self.penalised_units.saturating_add(event.missed);
                self.owe(0, 0, event.harmed);
            }
            Event::PenaltyDelayed(event) => {
                self.waits_until = event.until;
            }
            Event::ServiceCredited(event) => {
                self.bond = event.bond;
                self.penalised_units = self.penalised_units.saturating_add(event.missed);
                self.owe(0, 0, event.harmed);
            }
            Event::PendingMoved(event) => self.pending = event.old.usd.saturating_add(event.young.usd),
            Event::DisputeOpened(_) => {
                (*ever, *disputes) = (ever.saturating_add(1), disputes.saturating_add(1));
            }
            Event::DisputeResolved(event) => {
                *disputes = disputes.saturating_sub(1);
                self.pending = event.old.usd.saturating_add(event.young.usd);
                self.accepted = event.accepted;
                self.bond = self.bond.saturating_sub(event.slashed);
                self.owe(0, 0, event.to_consumer);
                self.owe(1, 0, event.to_provider);
                let state = u8::try_from(event.state).ok().and_then(JobState::from_code);
                if let Some(state) = state.filter(|state| *state != self.state) {
                    self.state = state;
                    self.reason = REASON_DISPUTE.into();
                    if self.closing_at == 0 {
                        self.closing_at = event.at;
                    }
                }
            }
            _ => return false,
        }
        true
    }

    fn proceed(&mut self, event: &Event, place: usize) {
        match event {
            Event::JobToppedUp(event) => {
                self.funded = self.funded.saturating_add(event.amount);
                self.escrow = event.escrow;
                self.budget = event.budget;
                self.terms_hash = event.terms_hash;
            }
            Event::BidPlaced(event) => {
                self.bids = (self.bids.0.max(event.index.saturating_add(1)), event.best_bid, event.best_rate);
            }
            Event::BondToppedUp(event) => self.bond = event.bond,
            Event::JobAccepted(event) => {
                self.opened.terms.provider = event.provider;
                self.opened.terms.order.rate = event.rate;
                self.terms_hash = event.terms_hash;
                self.state = JobState::Assigned;
                self.accepted_at = event.at;
                self.accepted_budget = event.budget;
                self.bond = event.bond;
            }
            Event::JobStarted(event) => {
                self.state = JobState::Running;
                (self.started_at, self.through, self.heard_at) = (event.at, event.at, event.at);
                self.unmark();
            }
            Event::MeterRotated(event) => {
                (self.previous_meter, self.meter) = (event.previous, event.meter);
            }
            Event::ReceiptAccepted(event) => {
                (self.units, self.through, self.receipts) = (event.units, event.through, event.index);
                (self.accepted, self.heard_at) = (event.accepted, event.at);
            }
            Event::BatchAccepted(event) => {
                if let Some(receipt) = event.entries.get(place) {
                    (self.units, self.through, self.receipts) = (receipt.units, event.through, receipt.index);
                    (self.accepted, self.heard_at) = (receipt.accepted, event.at);
                }
            }
            Event::StableSettled(event) => {
                self.settled = event.settled;
                self.escrow = event.escrow;
                self.treasury_take = self.treasury_take.saturating_add(event.treasury);
                self.burn(0, event.buyback.saturating_add(event.treasury), event.earned);
                self.owe(Party::Provider as usize, event.earned, 0);
                self.owe(Party::Buyback as usize, event.buyback, 0);
                self.owe(Party::Treasury as usize, event.treasury, 0);
            }
            Event::Converted(event) => {
                self.settled = self.settled.saturating_add(event.usd);
                self.escrow = event.escrow;
                self.mark = MARK_NONE.into(); // a price qualifies, so that there is no halt
                self.burn(event.burned, event.take, event.earned);
            }
            Event::JobMarked(event) => {
                (self.mark, self.marked_at) = (event.mark, event.at);
                let party = event.by == self.opened.terms.consumer || event.by == self.provider_wallet;
                let counts = event.mark == u64::from(settlement_interface::accounts::MARK_NO_SHOW) && !party;
                self.reporter = if counts { event.by } else { Address::default() };
            }
            Event::JobClosing(event) => {
                self.state = JobState::Closing;
                (self.closing_at, self.reason) = (event.at, event.reason);
            }
            Event::JobHeld(event) => {
                self.state = JobState::Held;
                self.service_at = if event.missed > 0 { event.at } else { 0 };
            }
            Event::JobSettling(_) => (self.state, self.service_at) = (JobState::Settling, 0),
            Event::JobCancelled(event) => {
                self.reason = event.reason;
                self.fee = event.fee;
                self.owe(1, event.fee, 0);
                self.end(JobState::Cancelled, event.at, event.refund);
            }
            Event::JobFailed(event) => {
                self.owe(0, 0, event.harmed);
                self.owe(2, 0, event.reported);
                self.end(JobState::Failed, event.at, event.refund);
            }
            Event::JobClosed(event) => {
                self.void = event.void;
                self.in_kind = (event.in_kind_usd, event.in_kind_paid, event.in_kind_burned);
                self.settled = self.settled.saturating_add(event.in_kind_usd);
                self.burn(event.in_kind_burned, event.in_kind_burned, 0);
                self.owe(1, event.in_kind_paid, 0);
                self.end(JobState::Closed, event.at, event.refund);
            }
            Event::DueWithdrawn(event) => {
                let place = usize::try_from(event.party).ok();
                if let Some((escrow, stake)) = place.and_then(|place| self.paid.get_mut(place)) {
                    *escrow = escrow.saturating_add(event.escrow);
                    *stake = stake.saturating_add(event.stake);
                }
            }
            Event::JobReclaimed(event) => self.reclaimed_at = event.at,
            _ => {}
        }
    }

    fn burn(&mut self, burned: u64, take: u64, earned: u64) {
        let (all, taken, gained) = self.tokens;
        self.tokens = (all.saturating_add(burned), taken.saturating_add(take), gained.saturating_add(earned));
    }

    fn owe(&mut self, party: usize, escrow: u64, stake: u64) {
        if let Some(owed) = self.owed.get_mut(party) {
            owed.0 = owed.0.saturating_add(escrow);
            owed.1 = owed.1.saturating_add(stake);
        }
    }

    fn unmark(&mut self) {
        (self.mark, self.marked_at) = (MARK_NONE.into(), 0);
        self.reporter = Address::default();
    }

    fn end(&mut self, state: JobState, at: i64, refund: u64) {
        self.state = state;
        self.ended_at = at;
        self.refund = refund;
        self.owe(0, refund, 0);
        (self.escrow, self.bond, self.mark) = (0, 0, MARK_NONE.into());
    }

    /// What is still due to a party: from the job's vault, from the stake vault.
    pub fn due(&self, party: usize) -> (u64, u64) {
        let (owed, paid) = (self.owed.get(party), self.paid.get(party));
        let ((a, b), (c, d)) = (owed.copied().unwrap_or_default(), paid.copied().unwrap_or_default());
        (a.saturating_sub(c), b.saturating_sub(d))
    }
}
