//! Paying out what a decided case owes. Anyone may: each share goes to whom it is owed.

use crate::arguments::JobRef;
use crate::commands::checks::paid_to;
use crate::context::Context;
use crate::failure::{Result, refused};
use crate::run::{Doing, Plan};
use crate::show::Record;
use serde::Serialize;
use tally_client::interface::accounts::{CASE_OPEN, Case, Dispute};
use tally_client::interface::pda;
use tally_client::interface::rules::{CHALLENGER, Stage};

/// Arguments.
#[derive(Debug, clap::Args, Serialize)]
pub struct Withdraw {
    /// The job, which may be gone already if it is named by its address
    job: JobRef,
    /// The case's number
    case: u64,
}

impl Doing for Withdraw {
    async fn plan(&self, context: &Context) -> Result<Plan> {
        let facts = context.facts().await?;
        let address = match &self.job {
            JobRef::Address(address) => *address,
            JobRef::Number(_) => self.job.address(&context.owner()?),
        };
        let network = facts.network();
        let record = Record::new().text("job", address).count("case", self.case);
        if let Some(case) = context.read::<Case>(&pda::case(&address, self.case)).await? {
            if case.state == CASE_OPEN {
                return refused("the case is not decided yet; see \"tally case show\"");
            }
            let Case { reporter, rent_payer, due, .. } = case;
            let plan = Plan::new(vec![network.withdraw_case(&address, self.case, &reporter, &rent_payer)])
                .say(format!(
                    "Pays {} to the reporter, {reporter}, and closes the case.",
                    facts.compute().say(due)
                ))
                .figures(record.tokens("reporter", due, facts.decimals()));
            return paid_to(context, &facts, &reporter, plan).await;
        }
        let (account, dispute) = context.case::<Dispute>(&address, self.case).await?;
        if dispute.stage() != Some(Stage::Resolved) {
            return refused("the dispute is not resolved yet; see \"tally case show\"");
        }
        let mut left = dispute;
        let mut plan = Plan::default().figures(record);
        let places = (0..dispute.panel.n).chain([CHALLENGER]);
        for (member, (wallet, amount)) in places.filter_map(|member| Some((member, left.take_due(member)?))) {
            if amount > 0 {
                plan.instructions.push(network.withdraw_dispute(&account, member, &wallet));
                let who = if member == CHALLENGER { "challenger" } else { "arbiter" };
                plan = plan.say(format!("Pays {} to the {who}, {wallet}.", facts.compute().say(amount)));
                plan = paid_to(context, &facts, &wallet, plan).await?;
            }
        }
        for (place, wallet) in dispute.panel.wallets().iter().enumerate() {
            if left.release(place).is_some() {
                plan.instructions.push(network.release_arbiter(&account, wallet));
                plan = plan.say(format!("Frees the stake that arbiter {wallet} has locked for its ruling."));
            }
        }
        plan.instructions.push(network.close_dispute(&account, &dispute.rent_payer));
        Ok(plan.say(format!("Closes the dispute; its rent returns to {}, who paid it.", dispute.rent_payer)))
    }
}
