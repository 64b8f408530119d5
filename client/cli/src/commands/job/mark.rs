//! Putting a missed deadline on record. Anyone may.

use crate::arguments::{JobRef, local, span};
use crate::commands::checks::whole;
use crate::context::{Context, in_state};
use crate::failure::{Result, program_refuses, refused};
use crate::run::{Doing, Plan};
use crate::show::Record;
use serde::Serialize;
use tally_client::amounts::decimal;
use tally_client::interface::SettlementError;
use tally_client::interface::accounts::{JobState, MARK_HALT, MARK_NONE};
use tally_client::interface::instructions::JobKeys;
use tally_client::interface::rules::split_penalty;

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
        in_state(&job, &[JobState::Assigned, JobState::Settling], "a missed deadline can be marked")?;
        let (terms, now, owner) = (&job.terms.parameters, facts.now, context.owner()?);
        let halted_at = facts.price.seen_at.saturating_add(terms.halt_max);
        let void = job.mark == MARK_HALT && job.marked_at < halted_at;
        if job.mark != MARK_NONE && !void {
            return Err(program_refuses(SettlementError::AlreadyMarked));
        }
        let from = local(now.saturating_add(terms.grace), now);
        let mut plan = Plan::new(vec![facts.network().mark(&owner, &JobKeys::of(&job))]);
        if job.state() == Some(JobState::Assigned) {
            let start_by = job.terms.order.start_by;
            if now <= start_by {
                return refused(format!(
                    "the provider has until {} to start; nothing is missed yet",
                    local(start_by, now)
                ));
            }
            let authority = context.provider_of(&job).await?.authority;
            let party = owner == job.terms.consumer || owner == authority;
            let split = whole(split_penalty(
                job.bond,
                terms.no_show_bps,
                terms.harmed_bps,
                terms.reporter_bps,
                !party,
            ))?;
            plan = plan.say(format!(
                "Puts on record that the provider has not started. Unless it does, anyone may fail the job {from}: {} \
                 tokens of its bond are lost, {} of them to the consumer and {} to you.",
                decimal(split.slashed, facts.decimals()),
                decimal(split.harmed, facts.decimals()),
                decimal(split.reporter, facts.decimals())
            ));
        } else {
            let owed = job.outstanding().unwrap_or(0) > 0 && job.escrow > 0;
            if !owed {
                return refused("nothing is left to convert; the job can be advanced without a mark");
            }
            if facts.quote_for(&job).is_ok() {
                return refused("a price qualifies now; convert the job instead of marking it");
            }
            if now < halted_at {
                return refused(format!(
                    "the halt can be marked once no price has qualified for {}, {}",
                    span(terms.halt_max),
                    local(halted_at, now)
                ));
            }
            plan = plan.say(format!(
                "Puts on record that no price has qualified for {}. Unless one does, anyone may end the job {from}: the \
                 provider is then paid in tokens at the last price.",
                span(terms.halt_max)
            ));
        }
        Ok(plan.figures(Record::new().text("job", address).span("grace", terms.grace)))
    }
}
