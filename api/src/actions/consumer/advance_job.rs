//! The Action that takes a job one step further, whatever time allows next. Anyone may send it.
//!
//! Whether a step is due the program knows, and its own words say so if it is not; here is what the step moves.

use crate::actions::action::Action;
use crate::actions::desk::{Desk, Scene};
use crate::actions::draft::Draft;
use crate::actions::form::{Form, address};
use crate::actions::moves::{Bound, Move};
use crate::actions::refusal::{refused, whole};
use crate::error::Result;
use crate::extract::Address;
use serde::Deserialize;
use settlement_interface::accounts::{Job, JobState, MARK_NONE};
use settlement_interface::instructions::JobKeys;
use settlement_interface::rules::{
    Split, Taken, service_credit, settle_in_kind, settle_stable, split, split_penalty,
};
use settlement_interface::terms::RAIL_STABLE;
use settlement_interface::{Address as Key, oracle, pda};
use utoipa::IntoParams;

/// Which job.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AdvanceJob {
    /// The job.
    #[param(inline)]
    job: Address,
}

impl Action for AdvanceJob {
    const NAME: &'static str = "advance-job";
    const TITLE: &'static str = "Take a job further";
    const ABOUT: &'static str = "Does whatever time allows next for a job: an offer that nobody accepted is cancelled, a \
        provider that is late to start is marked, and fails the job if it has not started a grace later, work that is over \
        begins to close, and a closing job settles and ends. Anyone may send it: the clock stands in for a signer. Nobody is \
        paid by it; what is due is withdrawn afterwards.";
    const FORMS: &'static [Form] = &[Form { label: "Take further", inputs: &[address("job", "Job")] }];

    async fn plan(&self, desk: &Desk<'_>) -> Result<Draft> {
        let address = self.job.0;
        let (scene, job) = desk.job(&address).await?;
        let (network, keys) = (scene.facts.network(), JobKeys::of(&job));
        let late = job.state() == Some(JobState::Assigned) && job.mark == MARK_NONE;
        let instruction = if late { network.mark(&desk.wallet, &keys) } else { network.advance_job(&keys) };
        let draft = Draft::new().about(address).then(instruction);
        let step = Step { desk, scene: &scene, address, job: &job };
        match job.state() {
            Some(JobState::Offered | JobState::Open) => {
                let draft = draft.say(format!("Cancels job {address}, which nobody can accept any more."));
                step.refunded(draft, job.escrow, Bound::Exact)
            }
            Some(JobState::Assigned) if late => step.marked(draft).await,
            Some(JobState::Assigned) => step.failed(draft),
            Some(JobState::Running) => Ok(draft.say(format!(
                "Ends the work of job {address}, whose time is over or of which nothing was heard: late receipts are \
                 accepted for a while."
            ))),
            Some(JobState::Closing) => Ok(draft.say(format!(
                "Ends the receipts of job {address}: it is settled, once nothing of it can be disputed or reported."
            ))),
            Some(JobState::Held) => step.released(draft),
            Some(JobState::Settling) => step.closed(draft).await,
            _ => Err(refused("The job has ended; what is due is withdrawn, and then its rent is reclaimed.")),
        }
    }
}

/// One step of a job.
struct Step<'a> {
    desk: &'a Desk<'a>,
    scene: &'a Scene,
    address: Key,
    job: &'a Job,
}

impl Step<'_> {
    /// The draft with what is left in escrow booked for the consumer.
    fn refunded(&self, draft: Draft, amount: u64, bound: Bound) -> Result<Draft> {
        let (currency, consumer) = (self.scene.currency(self.job.terms.order.rail)?, self.job.terms.consumer);
        let due = Move::due(currency, amount, self.job.vault, consumer, "refund of the escrow");
        let said = if amount > 0 {
            format!("{} of the escrow become the consumer's to withdraw.", currency.say(amount))
        } else {
            "Nothing is left of the escrow.".to_owned()
        };
        Ok(draft.moving(due.bound(bound)).say(said))
    }

    /// The draft with so much of the bond free again.
    fn unlocked(&self, draft: Draft, amount: u64) -> Draft {
        let tokens = self.scene.facts.compute();
        draft.moving(Move::unlock(tokens, amount, self.address, self.job.terms.provider, "the job's bond"))
    }

    /// The draft with a penalty taken from the bond. It may wait, once, while much of the network fails.
    fn slashed(&self, draft: Draft, parts: &Split) -> Draft {
        let (tokens, vault) = (self.scene.facts.compute(), pda::stake_vault());
        let due = |amount, to, what| Move::due(tokens, amount, vault, to, what).bound(Bound::Most);
        let burned = Move::burn(tokens, parts.burned, vault, "the part of the penalty that nobody gets");
        let draft = draft
            .moving(due(parts.harmed, self.job.terms.consumer, "the consumer's part of the penalty"))
            .moving(due(parts.reporter, self.job.reporter, "the reporter's part of the penalty"))
            .moving(burned.bound(Bound::Most));
        draft.say(format!(
            "{} of the provider's bond are lost, {} of them to the consumer and {} burned, unless the penalty waits because \
             much of the network fails at once.",
            tokens.say(parts.slashed),
            tokens.say(parts.harmed),
            tokens.say(parts.burned)
        ))
    }

    /// What a provider that never started loses, with a reporter to reward or without.
    fn no_show(&self, reported: bool) -> Result<Split> {
        let (bond, terms) = (self.job.bond, &self.job.terms.parameters);
        whole(split_penalty(bond, terms.no_show_bps, terms.harmed_bps, terms.reporter_bps, reported))
    }

    /// The provider is late: that is put on record, and nothing moves yet.
    async fn marked(&self, draft: Draft) -> Result<Draft> {
        let (job, wallet, tokens) = (self.job, self.desk.wallet, self.scene.facts.compute());
        let party = wallet == job.terms.consumer || wallet == self.desk.provider_of(job).await?.authority;
        let parts = self.no_show(!party)?;
        Ok(draft.say(format!(
            "Puts on record that the provider of job {} has not started. If it has not {} seconds from now either, the job \
             can be failed: up to {} of its bond are then lost, {} of them to the consumer and {} to you.",
            self.address,
            job.terms.parameters.grace,
            tokens.say(parts.slashed),
            tokens.say(parts.harmed),
            tokens.say(parts.reporter)
        )))
    }

    /// The provider never started.
    fn failed(&self, draft: Draft) -> Result<Draft> {
        let job = self.job;
        let parts = self.no_show(job.reporter != Key::default())?;
        let draft = draft.say(format!("Fails job {}, whose provider has not started.", self.address));
        let draft = self.unlocked(self.slashed(draft, &parts), job.bond.saturating_sub(parts.slashed));
        self.refunded(draft, job.escrow, Bound::Most)
    }

    /// Nothing can be disputed or reported any more.
    fn released(&self, draft: Draft) -> Result<Draft> {
        let job = self.job;
        let draft = draft.say(format!(
            "Releases job {}: nothing of it can be disputed or reported any more, and only converting is left.",
            self.address
        ));
        if job.service_at == 0 {
            return Ok(draft);
        }
        let (promise, terms) = (job.promise(), &job.terms.parameters);
        let shown = whole(promise.shows(job.started_at, job.through, job.units))?;
        let missed = whole(job.unjudged(&shown, 0))?;
        let (at_risk, promised) = (whole(job.bond_at_risk())?, whole(job.promised())?);
        let slashed = whole(service_credit(at_risk, terms.sla_penalty_bps, missed, promised))?.min(job.bond);
        let parts = whole(split(slashed, terms.harmed_bps, terms.reporter_bps, false))?;
        let draft = draft.say("Its meter's words fall short of the promised service level.");
        Ok(self.slashed(draft, &parts))
    }

    /// Everything is converted, or is paid in kind.
    async fn closed(&self, draft: Draft) -> Result<Draft> {
        let (job, facts) = (self.job, &self.scene.facts);
        let outstanding = whole(job.outstanding())?;
        let mut draft = draft.say(format!("Closes job {}; its bond is released.", self.address));
        draft = self.unlocked(draft, job.bond);
        let terms = &job.terms.parameters;
        let mut left = job.escrow;
        if outstanding > 0 && job.escrow > 0 {
            let authority = self.desk.provider_of(job).await?.authority;
            let currency = self.scene.currency(job.terms.order.rail)?;
            let due = |amount, to, what| Move::due(currency, amount, job.vault, to, what).bound(Bound::About);
            if job.terms.order.rail == RAIL_STABLE {
                let taken = Taken { settled: job.settled, take: job.take, treasury: job.treasury_take };
                let made = settle_stable(outstanding, job.escrow, &taken, terms.take_bps, terms.treasury_bps);
                let made = whole(made)?;
                left = left.saturating_sub(made.usd);
                draft = draft
                    .moving(due(made.earned, authority, "what the provider earns"))
                    .moving(due(made.buyback, pda::buyback_vault(), "the take: what buys tokens back"))
                    .moving(due(made.treasury, facts.config.treasury, "the take: the treasury's share"))
                    .say(format!("{} of work are settled first.", currency.say(made.usd)));
            } else {
                let scale = whole(oracle::scale(facts.config.decimals, facts.price.exponent))?;
                let paid = settle_in_kind(outstanding, job.escrow, terms.take_bps, facts.price.spot, scale);
                let paid = whole(paid)?;
                left = left.saturating_sub(paid.tokens);
                let burned = Move::burn(currency, paid.burned, job.vault, "the take");
                draft = draft
                    .moving(burned.bound(Bound::About))
                    .moving(due(paid.provider, authority, "work, paid in kind"))
                    .say(format!(
                        "Work that waits for a price is paid in kind, once the halt has lasted: {} to the provider, {} are \
                         burned.",
                        currency.say(paid.provider),
                        currency.say(paid.burned)
                    ));
            }
        }
        self.refunded(draft, left, Bound::About)
    }
}
