//! An outage case or a dispute as it is.

use super::list::{turn, waits};
use crate::arguments::{Digest, JobRef};
use crate::context::Context;
use crate::failure::Result;
use crate::run::{Answer, Asking};
use crate::show::Record;
use tally_client::interface::accounts::{Case, Dispute};
use tally_client::interface::pda;
use tally_client::interface::rules::Stage;

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Show {
    /// The job
    job: JobRef,
    /// Its number among the job's cases
    case: u64,
}

impl Asking for Show {
    async fn answer(&self, context: &Context) -> Result<Answer> {
        let facts = context.facts().await?;
        let (job_address, job) = context.job(&self.job).await?;
        let (decimals, now) = (facts.decimals(), facts.now);
        if let Some(case) = context.read::<Case>(&pda::case(&job_address, self.case)).await? {
            let record = Record::new()
                .text("case", pda::case(&job_address, self.case))
                .text("kind", "outage")
                .text("job", job_address)
                .text("reporter", case.reporter)
                .time("opened", case.opened_at, now)
                .time("gap_from", case.from, now)
                .time("gap_to", case.to, now)
                .count("units", case.units)
                .count("missed", case.missed)
                .tokens("penalty", case.penalty, decimals)
                .tokens("bond", case.bond, decimals)
                .tokens("due_to_reporter", case.due, decimals)
                .time("marked", case.marked_at, now)
                .text("waits_for", waits(&case, &job, now));
            return Ok(Answer { record, ..Answer::default() });
        }
        let (address, it) = context.case::<Dispute>(&job_address, self.case).await?;
        let wallets: Vec<_> = it.panel.wallets().iter().map(ToString::to_string).collect();
        let record = Record::new()
            .text("case", address)
            .text("kind", "dispute")
            .text("job", job_address)
            .text("stage", it.stage().map_or("unknown", Stage::name))
            .text("provider_authority", it.authority)
            .text("challenger", it.challenger)
            .count("receipt", it.receipt)
            .count("steps", it.steps)
            .count("last_equal_step", it.lo)
            .count("first_different_step", it.hi)
            .text("agreed", Digest(it.agreed))
            .text("provider_step", Digest(it.provider_step))
            .text("challenger_step", Digest(it.challenger_step))
            .tokens("bond", it.bond, decimals)
            .tokens("arbiters_need_free", it.arbiter_stake, decimals)
            .text("panel", format!("{} of {}", it.panel.k, wallets.join(", ")))
            .count("ruled_for_provider", u64::from(it.for_provider.count_ones()))
            .count("ruled_for_challenger", u64::from(it.for_challenger.count_ones()))
            .tokens("due_to_challenger", it.refund, decimals)
            .tokens("due_to_each_arbiter", it.fee, decimals)
            .text("waits_for", turn(&it, &job, now));
        Ok(Answer { record, ..Answer::default() })
    }
}
