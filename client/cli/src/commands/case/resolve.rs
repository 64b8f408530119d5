//! Taking a case one step further. Anyone may: the clock, or what was decided, stands in for a signer.

use super::list::{turn, waits};
use crate::arguments::{JobRef, local};
use crate::context::Context;
use crate::failure::{Result, program_refuses, refused};
use crate::run::{Doing, Plan};
use crate::show::Record;
use serde::Serialize;
use tally_client::interface::accounts::{
    CASE_OPEN, Case, Dispute, OUTCOME_CHALLENGER_LOST, OUTCOME_PROVIDER_LOST,
};
use tally_client::interface::instructions::JobKeys;
use tally_client::interface::rules::{Due, has_lasted, has_outlasted};
use tally_client::interface::{SettlementError, pda};

/// Arguments.
#[derive(Debug, clap::Args, Serialize)]
pub struct Resolve {
    /// The job
    job: JobRef,
    /// The case's number
    case: u64,
}

impl Doing for Resolve {
    async fn plan(&self, context: &Context) -> Result<Plan> {
        let facts = context.facts().await?;
        let (address, job) = context.job(&self.job).await?;
        let (keys, terms, now) = (JobKeys::of(&job), &job.terms.parameters, facts.now);
        let record = Record::new().text("job", address).count("case", self.case);
        if let Some(case) = context.read::<Case>(&pda::case(&address, self.case)).await? {
            if case.state != CASE_OPEN {
                return Err(program_refuses(SettlementError::CaseState));
            }
            let marked = case.marked_at != 0;
            let moment = (now, facts.slot);
            let ripe = if marked {
                let marked = (case.marked_at, case.marked_slot);
                has_lasted(marked, terms.grace, moment) && now >= job.waits_until
            } else {
                has_outlasted((case.opened_at, case.opened_slot), terms.case_window, moment)
            };
            if !ripe {
                return refused(format!("the case waits for {}", waits(&case, &job, now)));
            }
            let says = if marked {
                format!(
                    "Takes up to {} of the provider's bond, most of it for the consumer. If much of the network fails at \
                     once the penalty waits instead, once, for at most a day.",
                    facts.compute().say(case.penalty.min(job.bond))
                )
            } else {
                let from = local(now.saturating_add(terms.grace), now);
                format!(
                    "Puts on record that nobody answered. An answer counts until the penalty, {from} at the earliest."
                )
            };
            let meter = &job.terms.order.meter;
            return Ok(Plan::new(vec![facts.network().resolve_case(&keys, self.case, meter)])
                .say(says)
                .figures(record.tokens("penalty", case.penalty, facts.decimals())));
        }
        let (dispute_address, mut dispute) = context.case::<Dispute>(&address, self.case).await?;
        let as_it_is = dispute;
        let due = dispute.due(terms.grace, terms.dispute_window, now, facts.slot);
        let says = match due {
            None => return refused(format!("the dispute waits for {}", turn(&as_it_is, &job, now))),
            Some(Due::Mark) => {
                let from = local(now.saturating_add(terms.grace), now);
                format!("Puts on record that a turn was missed. That side can still move, and loses {from} otherwise.")
            }
            Some(Due::Execute) => match dispute.outcome {
                OUTCOME_PROVIDER_LOST => format!(
                    "The provider has lost: its bond of {} goes to the panel and the consumer, and what is pending is not \
                     paid.",
                    facts.compute().say(job.bond)
                ),
                OUTCOME_CHALLENGER_LOST => format!(
                    "The challenger has lost: its bond of {} goes to the panel and the provider.",
                    facts.compute().say(dispute.bond)
                ),
                _ => "The panel did not rule in time: nobody is at fault, and the challenger's bond comes back.".to_owned(),
            },
        };
        Ok(Plan::new(vec![facts.network().resolve_dispute(&keys, &dispute_address)])
            .say(says)
            .say("Nobody is paid by it: what is due is withdrawn afterwards (tally case withdraw).")
            .figures(record.text("waited_for", turn(&as_it_is, &job, now))))
    }
}
