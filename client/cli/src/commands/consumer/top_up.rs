//! Adding tokens or budget to a job.

use crate::arguments::{Amount, JobRef};
use crate::commands::checks::payable;
use crate::context::{Context, in_state};
use crate::failure::{Failure, Result};
use crate::run::{Doing, Plan};
use crate::show::Record;
use serde::Serialize;
use tally_client::amounts::{USD_DECIMALS, decimal};
use tally_client::interface::accounts::JobState;
use tally_client::interface::pda;

/// Arguments.
#[derive(Debug, clap::Args, Serialize)]
pub struct TopUp {
    /// The job
    job: JobRef,
    /// Tokens to add to its escrow
    #[arg(long)]
    tokens: Option<Amount>,
    /// Dollars to add to its budget
    #[arg(long, value_name = "USD")]
    budget: Option<Amount>,
}

impl Doing for TopUp {
    async fn plan(&self, context: &Context) -> Result<Plan> {
        if self.tokens.is_none() && self.budget.is_none() {
            return Err(Failure::Usage("nothing would be added: name --tokens, --budget or both".into()));
        }
        let facts = context.facts().await?;
        let (address, job) = context.job(&self.job).await?;
        context.must_be(&job.terms.consumer, "the job's consumer")?;
        in_state(
            &job,
            &[JobState::Offered, JobState::Assigned, JobState::Running],
            "a job can be topped up",
        )?;
        let decimals = facts.decimals();
        let amount = self.tokens.as_ref().map(|it| it.positive("tokens", decimals)).transpose()?.unwrap_or(0);
        let budget = self.budget.as_ref().map(|it| it.usd("budget")).transpose()?.unwrap_or(0);
        let wallet = job.terms.consumer;
        let source = if amount > 0 {
            payable(context, &facts, &wallet, amount).await?
        } else {
            pda::associated_token(&wallet, facts.mint())
        };
        let mut plan = Plan::new(vec![facts.network().top_up(&wallet, &source, &address, amount, budget)]);
        if amount > 0 {
            plan = plan.say(format!(
                "You pay {} tokens into the job's escrow; what is not burned for work comes back.",
                decimal(amount, decimals)
            ));
        }
        if budget > 0 {
            plan = plan.say(format!("The work may cost {} USD more.", decimal(budget, USD_DECIMALS)));
        }
        if budget > 0 && job.state() == Some(JobState::Offered) {
            plan =
                plan.say("The terms' hash changes: a provider that read them before must read them again.");
        }
        let record = Record::new()
            .text("job", address)
            .tokens("escrow_then", job.escrow.saturating_add(amount), decimals)
            .usd("budget_then", job.terms.order.budget.saturating_add(budget));
        Ok(plan.figures(record))
    }
}
