//! Putting a missed deadline on record. Anyone may.

use crate::arguments::{JobRef, local};
use crate::commands::checks::whole;
use crate::context::{Context, Facts, in_state};
use crate::failure::{Result, program_refuses, refused};
use crate::run::{Doing, Plan};
use crate::show::Record;
use serde::Serialize;
use tally_client::interface::accounts::{Job, JobState, MARK_HALT, MARK_NONE, Provider};
use tally_client::interface::instructions::JobKeys;
use tally_client::interface::rules::{halt_refuted, split_penalty};
use tally_client::interface::terms::RAIL_TOKEN;
use tally_client::interface::{Address, SettlementError};

/// Arguments.
#[derive(Debug, clap::Args, Serialize)]
pub struct Mark {
    /// The job
    job: JobRef,
}

impl Doing for Mark {
    async fn plan(&self, context: &Context) -> Result<Plan> {
        let facts = context.facts().await?;
        let (address, job) = context.job(&self.job).await?;
        let states =
            [JobState::Assigned, JobState::Running, JobState::Closing, JobState::Held, JobState::Settling];
        in_state(&job, &states, "something can be marked")?;
        let owner = context.owner()?;
        let (says, wait) = match job.state() {
            Some(JobState::Assigned) => {
                let provider = context.provider_of(&job).await?;
                (no_show(&job, &provider, &owner, &facts)?, job.terms.parameters.grace)
            }
            _ => (halt(&job, &facts)?, job.terms.parameters.halt_max),
        };
        Ok(Plan::new(vec![facts.network().mark(&owner, &JobKeys::of(&job))])
            .say(says)
            .figures(Record::new().text("job", address).span("must_stand_for", wait)))
    }
}

/// What marking a provider as late would do.
fn no_show(job: &Job, provider: &Provider, owner: &Address, facts: &Facts) -> Result<String> {
    let (terms, start_by, now) = (&job.terms.parameters, job.terms.order.start_by, facts.now);
    if job.mark != MARK_NONE {
        return Err(program_refuses(SettlementError::AlreadyMarked));
    }
    if now <= start_by {
        return refused(format!(
            "the provider has until {} to start; nothing is missed yet",
            local(start_by, now)
        ));
    }
    let party = *owner == job.terms.consumer || *owner == provider.authority;
    let split = split_penalty(job.bond, terms.no_show_bps, terms.harmed_bps, terms.reporter_bps, !party);
    let (split, tokens) = (whole(split)?, facts.compute());
    Ok(format!(
        "Puts on record that the provider has not started. Unless it does, anyone may fail the job {}: {} of its bond are \
         lost, {} of them to the consumer and {} to you.",
        local(now.saturating_add(terms.grace), now),
        tokens.say(split.slashed),
        tokens.say(split.harmed),
        tokens.say(split.reporter)
    ))
}

/// What marking, or unmarking, a halt would do.
fn halt(job: &Job, facts: &Facts) -> Result<String> {
    let (terms, now) = (&job.terms.parameters, facts.now);
    if job.terms.order.rail != RAIL_TOKEN {
        return refused("the stable rail needs no price, so that nothing halts it");
    }
    let qualifies = facts.quote_for(job).is_ok();
    if job.mark == MARK_HALT {
        if qualifies {
            return Ok(
                "Takes the mark off: a price qualifies for this job now, and it can be converted.".to_owned()
            );
        }
        let limits = job.terms.limits();
        if !halt_refuted(&facts.price, &limits, facts.config.decimals, job.marked_at) {
            return Err(program_refuses(SettlementError::AlreadyMarked));
        }
    } else if qualifies {
        return refused("a price qualifies now; convert the job instead of marking it");
    }
    if job.outstanding().unwrap_or(0) == 0 || job.escrow == 0 {
        return refused("nothing of this job waits for a price; there is nothing to mark");
    }
    Ok(format!(
        "Puts on record that no price qualifies for this job. If none does until {}, it may end in kind: the provider is \
         then paid in tokens at the last price. Whoever sees a price before that takes the mark off by converting.",
        local(now.saturating_add(terms.halt_max), now)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tally_client::interface::parameters::Parameters;

    fn sample() -> Job {
        let mut job: Job = bytemuck::Zeroable::zeroed();
        job.terms.parameters = Parameters::DEFAULT;
        job.terms.order.rail = RAIL_TOKEN;
        job.terms.order.start_by = 1_000;
        (job.accepted, job.escrow, job.bond) = (5, 5, 1_000_000_000);
        job
    }

    #[test]
    fn a_halt_is_marked_at_once_and_not_twice() {
        let (facts, mut job) = (crate::context::sample(5_000), sample());
        assert!(halt(&job, &facts).unwrap().contains("in kind"));
        (job.mark, job.marked_at) = (MARK_HALT, 4_000);
        assert!(halt(&job, &facts).unwrap_err().sentence().contains("AlreadyMarked"));
        let idle = Job { accepted: 0, ..sample() };
        assert!(halt(&idle, &facts).unwrap_err().sentence().contains("waits for a price"));
        let mut stable = sample();
        stable.terms.order.rail = 2;
        assert!(halt(&stable, &facts).unwrap_err().sentence().contains("stable rail"));
    }

    #[test]
    fn a_late_provider_is_marked_from_the_second_after_and_a_party_gets_no_share() {
        let (job, owner) = (sample(), Address::new_from_array([9; 32]));
        let provider: Provider = bytemuck::Zeroable::zeroed();
        let told = no_show(&job, &provider, &owner, &crate::context::sample(1_000)).unwrap_err();
        assert!(told.sentence().contains("to start"), "{told:?}");
        let told = no_show(&job, &provider, &owner, &crate::context::sample(1_001)).unwrap();
        assert!(told.contains("0.025 tokens to you"), "{told}");
        let own =
            Job { terms: tally_client::interface::terms::Terms { consumer: owner, ..job.terms }, ..job };
        assert!(
            no_show(&own, &provider, &owner, &crate::context::sample(1_001))
                .unwrap()
                .contains("0 tokens to you")
        );
    }
}
