//! Disputes: two roots over as many steps, narrowed down to one step that a panel rules on.

use super::arithmetic::{N, ceil, share_down, share_up};
use super::entities::{Bucket, Dispute, Job, Stage};
use super::step::n;
use super::{ELSEWHERE, Refused, Spec, Verdict, all};
use settlement_interface::SettlementError as E;
use settlement_interface::accounts::{
    self, CAUSE_NO_DIFFERENCE, CAUSE_NO_RULING, CAUSE_NONE, CAUSE_RULED, CAUSE_TURN_MISSED, JobState, Layout,
    OUTCOME_CHALLENGER_LOST, OUTCOME_NOBODY, OUTCOME_OPEN, OUTCOME_PROVIDER_LOST, Party, REASON_DISPUTE,
};
use settlement_interface::panel::Panel;
use settlement_interface::terms::RAIL_TOKEN;
use settlement_interface::{Address, pda};
use sha2::{Digest, Sha256};

const NOTHING: [u8; 32] = [0; 32];
/// What `withdraw_dispute` calls the challenger.
const CHALLENGER: u8 = 7;

/// The root that a step and its siblings lead to: `sha256(0 ‖ step)`, then `sha256(1 ‖ left ‖ right)`.
fn root(steps: N, index: N, step: &[u8; 32], proof: &[[u8; 32]; 20]) -> Option<[u8; 32]> {
    let levels = (0..).find(|levels| 1 << levels >= steps).unwrap();
    let mut node: [u8; 32] = Sha256::new().chain_update([0]).chain_update(step).finalize().into();
    for (level, sibling) in proof.iter().enumerate() {
        if level >= levels {
            if *sibling != NOTHING {
                return None;
            }
            continue;
        }
        let (left, right) = if index >> level & 1 == 0 { (&node, sibling) } else { (sibling, &node) };
        node = Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into();
    }
    Some(node)
}

/// One to seven wallets, distinct and in order, more than half of which decide.
fn is_panel(panel: &Panel) -> bool {
    let count = usize::from(panel.n);
    let (members, rest) = panel.members.split_at(count.min(7));
    (1..=7).contains(&count)
        && members.windows(2).all(|pair| pair[0] < pair[1])
        && !members.contains(&Address::default())
        && rest.iter().all(|member| *member == Address::default())
        && 2 * panel.k > panel.n
        && panel.k <= panel.n
}

impl Dispute {
    /// Whether it is the provider's turn, and which step it is.
    pub fn turn(&self) -> Option<(bool, N)> {
        let middle = (self.lo + self.hi) / 2;
        match self.stage {
            Stage::ChallengerLast => Some((false, self.steps - 1)),
            Stage::ChallengerFirst => Some((false, 0)),
            Stage::ProviderLast => Some((true, self.steps - 1)),
            Stage::ProviderFirst => Some((true, 0)),
            Stage::ProviderMiddle => Some((true, middle)),
            Stage::ChallengerMiddle => Some((false, middle)),
            Stage::Panel | Stage::Decided | Stage::Resolved => None,
        }
    }

    fn next(&self) -> Stage {
        if self.hi - self.lo <= 1 { Stage::Panel } else { Stage::ProviderMiddle }
    }

    fn decide(&mut self, outcome: u8, cause: u8) {
        (self.outcome, self.cause, self.stage) = (outcome, cause, Stage::Decided);
    }

    fn take(&mut self, step: [u8; 32]) {
        match self.stage {
            Stage::ChallengerLast => {
                self.challenger_step = step;
                self.stage = Stage::ChallengerFirst;
            }
            Stage::ChallengerFirst => {
                self.agreed = step;
                self.stage = Stage::ProviderLast;
            }
            Stage::ProviderLast => {
                self.provider_step = step;
                self.stage = Stage::ProviderFirst;
                if step == self.challenger_step {
                    self.decide(OUTCOME_CHALLENGER_LOST, CAUSE_NO_DIFFERENCE);
                }
            }
            Stage::ProviderFirst if step == self.agreed => self.stage = self.next(),
            Stage::ProviderFirst => {
                // Their inputs differ: the panel rules on the input.
                self.provider_step = step;
                self.challenger_step = std::mem::take(&mut self.agreed);
                self.hi = 0;
                self.stage = Stage::Panel;
            }
            Stage::ProviderMiddle => {
                self.revealed = step;
                self.stage = Stage::ChallengerMiddle;
            }
            Stage::ChallengerMiddle => {
                let middle = (self.lo + self.hi) / 2;
                let other = std::mem::take(&mut self.revealed);
                if step == other {
                    (self.lo, self.agreed) = (middle, step);
                } else {
                    (self.hi, self.provider_step, self.challenger_step) = (middle, other, step);
                }
                self.rounds += 1;
                self.stage = self.next();
            }
            Stage::Panel | Stage::Decided | Stage::Resolved => unreachable!("nobody's turn"),
        }
    }
}

impl Spec {
    #[allow(clippy::too_many_arguments, reason = "each is an argument of the instruction")]
    pub fn open_dispute(
        &mut self,
        payer: Address,
        by: Address,
        address: Address,
        index: u64,
        receipt: N,
        challenger_root: [u8; 32],
        panel: Panel,
        max_bond: N,
    ) -> Verdict {
        let mut job = self.job(&address)?;
        let authority = self.providers.get(&job.terms.provider).ok_or(ELSEWHERE)?.authority;
        let at = pda::dispute(&address, index);
        if self.disputes.contains_key(&at) {
            return Err(ELSEWHERE);
        }
        all(&[
            (by == job.terms.consumer, E::WrongParty),
            (job.terms.order.verifiable == 1, E::NotVerifiable),
            (job.is(&[JobState::Running, JobState::Closing, JobState::Held]), E::WrongState),
            (job.open_disputes == 0, E::DisputeOpen),
            (n(index) == job.disputes, E::WrongDispute),
            (is_panel(&panel), E::PanelForm),
            (panel.hash() == job.terms.order.panel, E::WrongPanel),
        ])?;
        self.mature(&mut job);
        let parameters = job.terms.parameters;
        let window = n(parameters.dispute_window);
        let found = [&job.old, &job.young].into_iter().find(|bucket| {
            bucket.usd > 0 && bucket.receipt == receipt && !self.passed((bucket.since, bucket.slot), window)
        });
        let bucket = found.ok_or(Refused(vec![E::NotDisputable]))?.clone();
        let stakes = job.bond.max(self.bond_of_pending(&job));
        let bond = share_up(stakes, parameters.challenge_bond_bps).max(1);
        all(&[(receipt > job.disputed, E::DisputedAlready), (bond <= max_bond, E::BondTooHigh)])?;
        self.create(&payer, at, accounts::Dispute::LEN)?;
        self.spend(&by, &self.associated(&by), &pda::stake_vault(), bond)?;
        job.disputes += 1;
        job.open_disputes += 1;
        job.disputed = receipt;
        let dispute = Dispute {
            job: address,
            authority,
            challenger: by,
            rent_payer: payer,
            provider_root: bucket.root,
            challenger_root,
            agreed: NOTHING,
            provider_step: NOTHING,
            challenger_step: NOTHING,
            revealed: NOTHING,
            index: n(index),
            receipt,
            steps: bucket.steps,
            lo: 0,
            hi: bucket.steps - 1,
            rounds: 0,
            opened_at: self.now,
            opened_slot: self.slot,
            turn_at: self.now,
            turn_slot: self.slot,
            marked_at: 0,
            marked_slot: 0,
            bond,
            arbiter_stake: (job.bond + bond).max(n(parameters.arbiter_bond)),
            fee: 0,
            refund: 0,
            panel,
            for_provider: Vec::new(),
            for_challenger: Vec::new(),
            unpaid: Vec::new(),
            held: Vec::new(),
            stage: Stage::ChallengerLast,
            outcome: OUTCOME_OPEN,
            cause: CAUSE_NONE,
        };
        self.disputes.insert(at, dispute);
        self.jobs.insert(address, job);
        Ok(())
    }

    pub fn reveal(&mut self, by: Address, at: Address, step: [u8; 32], proof: &[[u8; 32]; 20]) -> Verdict {
        let (now, slot) = (self.now, self.slot);
        let dispute = self.disputes.get_mut(&at).ok_or(ELSEWHERE)?;
        let (provider, index) = dispute.turn().ok_or(Refused(vec![E::WrongStage]))?;
        let (party, own) = if provider {
            (dispute.authority, dispute.provider_root)
        } else {
            (dispute.challenger, dispute.challenger_root)
        };
        all(&[
            (by == party, E::NotYourTurn),
            (root(dispute.steps, index, &step, proof) == Some(own), E::WrongProof),
        ])?;
        dispute.take(step);
        (dispute.turn_at, dispute.turn_slot) = (now, slot);
        (dispute.marked_at, dispute.marked_slot) = (0, 0);
        Ok(())
    }

    pub fn rule(&mut self, by: Address, at: Address, for_provider: bool) -> Verdict {
        let (now, slot) = (self.now, self.slot);
        let arbiter_at = pda::arbiter(&by);
        let arbiter = self.arbiters.get(&arbiter_at).ok_or(ELSEWHERE)?.clone();
        let dispute = self.disputes.get_mut(&at).ok_or(ELSEWHERE)?;
        let members = &dispute.panel.members[..usize::from(dispute.panel.n)];
        let place = members.iter().position(|member| *member == by);
        let voted =
            |place: &usize| dispute.for_provider.contains(place) || dispute.for_challenger.contains(place);
        all(&[
            (dispute.stage == Stage::Panel, E::WrongStage),
            (place.is_some(), E::NotOnPanel),
            (by != dispute.challenger && by != dispute.authority, E::ArbiterIsParty),
            (!place.as_ref().is_some_and(voted), E::RuledAlready),
            (arbiter.vouched.free() >= dispute.arbiter_stake, E::ArbiterBond),
        ])?;
        let votes = if for_provider { &mut dispute.for_provider } else { &mut dispute.for_challenger };
        votes.push(place.unwrap());
        dispute.held.push(place.unwrap());
        let locked = dispute.arbiter_stake;
        if votes.len() >= usize::from(dispute.panel.k) {
            let outcome = if for_provider { OUTCOME_CHALLENGER_LOST } else { OUTCOME_PROVIDER_LOST };
            dispute.decide(outcome, CAUSE_RULED);
            (dispute.turn_at, dispute.turn_slot) = (now, slot);
        }
        let arbiter = self.arbiters.get_mut(&arbiter_at).unwrap();
        arbiter.rulings += 1;
        arbiter.vouched.locked += locked;
        Ok(())
    }

    pub fn release_arbiter(&mut self, at: Address, wallet: Address) -> Verdict {
        let arbiter_at = pda::arbiter(&wallet);
        if !self.arbiters.contains_key(&arbiter_at) {
            return Err(ELSEWHERE);
        }
        let dispute = self.disputes.get_mut(&at).ok_or(ELSEWHERE)?;
        let members = &dispute.panel.members[..usize::from(dispute.panel.n)];
        let place = members.iter().position(|member| *member == wallet);
        all(&[
            (dispute.stage == Stage::Resolved, E::WrongStage),
            (place.is_some(), E::NotOnPanel),
            (place.is_some_and(|place| dispute.held.contains(&place)), E::NothingHeld),
        ])?;
        dispute.held.retain(|held| Some(*held) != place);
        let amount = dispute.arbiter_stake;
        self.arbiters.get_mut(&arbiter_at).unwrap().vouched.locked -= amount;
        Ok(())
    }

    /// The bond that an escrow worth what is pending would ask for; on the token rail at most what the
    /// escrow that is left does.
    fn bond_of_pending(&self, job: &Job) -> N {
        let (spot, scale) = (self.price.spot, self.last_scale().unwrap());
        let bps = job.terms.parameters.bond_bps;
        let worth = ceil((job.old.usd + job.young.usd) * n(bps) * scale, 10_000 * spot);
        if job.terms.order.rail == RAIL_TOKEN { worth.min(share_up(job.escrow, bps)) } else { worth }
    }

    pub fn resolve_dispute(&mut self, address: Address, at: Address) -> Verdict {
        let mut job = self.job(&address)?;
        let mut dispute = self.disputes.get(&at).ok_or(ELSEWHERE)?.clone();
        if !self.providers.contains_key(&job.terms.provider) {
            return Err(ELSEWHERE);
        }
        all(&[(dispute.job == address, E::WrongDispute)])?;
        let parameters = job.terms.parameters;
        let due = |holds: bool| all(&[(holds, E::NothingToResolve)]);
        match (dispute.stage, dispute.turn()) {
            (Stage::Decided, _) => due(self.graced(&job, dispute.turn_at, dispute.turn_slot))?,
            (Stage::Panel, _) => {
                due(self.passed((dispute.turn_at, dispute.turn_slot), n(parameters.dispute_window)))?;
                dispute.decide(OUTCOME_NOBODY, CAUSE_NO_RULING);
            }
            (_, Some((provider, _))) => {
                if dispute.marked_at == 0 {
                    due(self.now > dispute.turn_at + n(parameters.grace))?;
                    (dispute.marked_at, dispute.marked_slot) = (self.now, self.slot);
                    self.disputes.insert(at, dispute);
                    return Ok(());
                }
                due(self.graced(&job, dispute.marked_at, dispute.marked_slot))?;
                if provider {
                    due(self.now >= job.waits_until)?;
                    if self.waits(&mut job) {
                        self.jobs.insert(address, job);
                        return Ok(());
                    }
                }
                let outcome = if provider { OUTCOME_PROVIDER_LOST } else { OUTCOME_CHALLENGER_LOST };
                dispute.decide(outcome, CAUSE_TURN_MISSED);
            }
            _ => due(false)?,
        }
        job.open_disputes -= 1;
        dispute.stage = Stage::Resolved;
        let provider_lost = dispute.outcome == OUTCOME_PROVIDER_LOST;
        let majority = match dispute.cause {
            CAUSE_RULED if provider_lost => dispute.for_challenger.clone(),
            CAUSE_RULED => dispute.for_provider.clone(),
            _ => Vec::new(),
        };
        let count = majority.len() as N;
        let fee = |bond: N| if count == 0 { 0 } else { share_down(bond, parameters.panel_bps) / count };
        match dispute.outcome {
            OUTCOME_PROVIDER_LOST => {
                let bond = job.bond;
                self.slash(&mut job, bond);
                dispute.fee = fee(bond);
                job.dues[Party::Consumer as usize].stake += bond - dispute.fee * count;
                dispute.refund = dispute.bond;
                job.accepted -= job.old.usd + job.young.usd;
                (job.old, job.young) = (Bucket::default(), Bucket::default());
                let budget = job.accepted_budget;
                self.blame(&mut job, budget);
                self.providers.get_mut(&job.terms.provider).unwrap().jobs_failed += 1;
                if job.state != JobState::Held {
                    job.state = JobState::Held;
                    if job.closing_at == 0 {
                        (job.closing_at, job.closing_slot) = (self.now, self.slot);
                    }
                    job.reason = REASON_DISPUTE;
                }
            }
            OUTCOME_CHALLENGER_LOST => {
                dispute.fee = fee(dispute.bond);
                job.dues[Party::Provider as usize].stake += dispute.bond - dispute.fee * count;
            }
            _ => dispute.refund = dispute.bond,
        }
        dispute.unpaid = if dispute.fee > 0 { majority } else { Vec::new() };
        // Meanwhile the clocks of what is pending stood still.
        let (now, slot) = (self.now, self.slot);
        for bucket in [&mut job.old, &mut job.young] {
            if bucket.usd > 0 {
                bucket.since += (now - dispute.opened_at.max(bucket.since)).max(0);
                bucket.slot += (slot - dispute.opened_slot.max(bucket.slot)).max(0);
            }
        }
        self.disputes.insert(at, dispute);
        self.jobs.insert(address, job);
        Ok(())
    }

    pub fn withdraw_dispute(&mut self, at: Address, member: u8, wallet: Address) -> Verdict {
        let dispute = self.disputes.get_mut(&at).ok_or(ELSEWHERE)?;
        let (owner, amount) = if member == CHALLENGER {
            (dispute.challenger, std::mem::take(&mut dispute.refund))
        } else {
            let place = usize::from(member);
            if place >= usize::from(dispute.panel.n) {
                return Err(Refused(vec![E::UnknownParty]));
            }
            let due = if dispute.unpaid.contains(&place) { dispute.fee } else { 0 };
            dispute.unpaid.retain(|unpaid| *unpaid != place);
            (dispute.panel.members[place], due)
        };
        all(&[(amount > 0, E::NothingOwed), (wallet == owner, E::NotAssociated)])?;
        self.pay_stake(&owner, amount)
    }

    pub fn close_dispute(&mut self, at: Address, rent_payer: Address) -> Verdict {
        let dispute = self.disputes.get(&at).ok_or(ELSEWHERE)?;
        let paid = dispute.stage == Stage::Resolved && dispute.unpaid.is_empty() && dispute.refund == 0;
        all(&[
            (paid, E::DuesRemain),
            (dispute.held.is_empty(), E::ArbitersHeld),
            (rent_payer == dispute.rent_payer, E::WrongRentPayer),
        ])?;
        self.disputes.remove(&at);
        self.refund_rent(&at, &rent_payer);
        Ok(())
    }
}
