//! Overturning an outage case. Anyone may: the meter's signature stands in for a signer.

use super::evidence::{Attested, between};
use crate::arguments::{JobRef, local};
use crate::commands::checks::whole;
use crate::context::Context;
use crate::failure::{Result, program_refuses};
use crate::run::{Doing, Plan};
use crate::show::Record;
use serde::Serialize;
use tally_client::interface::SettlementError;
use tally_client::interface::accounts::{CASE_OPEN, Case};
use tally_client::interface::instructions::JobKeys;
use tally_client::interface::rules::{Gap, contradicts};

/// Arguments.
#[derive(Debug, clap::Args, Serialize)]
pub struct AnswerCase {
    /// The job
    job: JobRef,
    /// The case's number
    case: u64,
    /// Where the better words begin: "start", "last" for the last words accepted, or a signed receipt or batch
    #[arg(long, default_value = "start", value_name = "WORDS")]
    from: Attested,
    /// Where they end: the same
    #[arg(long, value_name = "WORDS")]
    to: Attested,
}

impl Doing for AnswerCase {
    async fn plan(&self, context: &Context) -> Result<Plan> {
        let facts = context.facts().await?;
        let (address, job) = context.job(&self.job).await?;
        let (_, case) = context.case::<Case>(&address, self.case).await?;
        if case.state != CASE_OPEN {
            return Err(program_refuses(SettlementError::CaseState));
        }
        let found = between(&self.from, &self.to, (&address, &job), &facts.config)?;
        let gap = Gap { from: case.from, to: case.to, units: case.units };
        let (from, to) = found.times;
        if !whole(contradicts(&job.promise(), &gap, from, to, found.units))? {
            return Err(program_refuses(SettlementError::NotBetter));
        }
        let meter = &job.terms.order.meter;
        let [before, after] = &found.proofs;
        let answer = facts.network().answer_case(
            &JobKeys::of(&job),
            self.case,
            meter,
            &case.rent_payer,
            found.first,
            found.second,
            [before.listed(), after.listed()],
        );
        let mut instructions = found.verify;
        instructions.push(answer);
        let record = Record::new()
            .text("job", address)
            .count("case", self.case)
            .time("from", from, facts.now)
            .time("to", to, facts.now)
            .count("units", found.units)
            .tokens("reporters_bond", case.bond, facts.decimals());
        Ok(Plan::new(instructions)
            .say(format!(
                "Overturns case {}: the meter itself counted {} units from {} to {}, which keep all that was promised in the gap.",
                self.case,
                found.units,
                local(from, facts.now),
                local(to, facts.now)
            ))
            .say(format!(
                "The reporter's bond of {} becomes due to the provider (tally job withdraw), and up to {} of the meter's \
                 stake, which pledged its words, are lost.",
                facts.compute().say(case.bond),
                facts.compute().say(case.pledged)
            ))
            .figures(record))
    }
}
