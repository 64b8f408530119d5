//! An arbiter's ruling.

use super::list::turn;
use crate::arguments::{JobRef, span};
use crate::context::Context;
use crate::failure::{Result, program_refuses, refused};
use crate::run::{Doing, Plan};
use crate::show::Record;
use serde::Serialize;
use tally_client::interface::accounts::{Arbiter, Dispute};
use tally_client::interface::rules::Stage;
use tally_client::interface::{SettlementError, pda};

/// For whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
enum For {
    /// The provider's step is the right one
    Provider,
    /// It is not
    Challenger,
}

/// Arguments.
#[derive(Debug, clap::Args, Serialize)]
pub struct Rule {
    /// The job
    job: JobRef,
    /// The case's number
    case: u64,
    /// For whom; "tally-dispute check-step" executes the step again and says
    #[arg(long = "for", value_enum, value_name = "SIDE")]
    side: For,
}

impl Doing for Rule {
    async fn plan(&self, context: &Context) -> Result<Plan> {
        let facts = context.facts().await?;
        let (address, job) = context.job(&self.job).await?;
        let (account, dispute) = context.case::<Dispute>(&address, self.case).await?;
        let owner = context.owner()?;
        let Some(place) = dispute.panel.place(&owner) else {
            return refused(format!(
                "{owner} is no arbiter of this dispute's panel; name the right key file with --keypair"
            ));
        };
        if dispute.stage() != Some(Stage::Panel) {
            return refused(format!(
                "there is nothing to rule on: the dispute waits for {}",
                turn(&dispute, &job, facts.now)
            ));
        }
        if dispute.has_ruled(place) {
            return refused("you have ruled already; a ruling is final");
        }
        let Some(arbiter) = context.read::<Arbiter>(&pda::arbiter(&owner)).await? else {
            return refused("you are not registered as an arbiter; run \"tally arbiter register\" first");
        };
        if arbiter.vouched.free().unwrap_or(0) < dispute.arbiter_stake {
            return Err(program_refuses(SettlementError::ArbiterBond));
        }
        let for_provider = self.side == For::Provider;
        let record = Record::new()
            .text("job", address)
            .count("case", self.case)
            .count("step", dispute.hi)
            .text("for", if for_provider { "provider" } else { "challenger" });
        Ok(Plan::new(vec![facts.network().rule(&owner, &account, for_provider)])
            .say(format!(
                "Rules that the provider's step {} is {}. {} equal rulings decide, and {} later that can be executed \
                 (tally case resolve); a ruling is final.",
                dispute.hi,
                if for_provider { "right" } else { "wrong" },
                dispute.panel.k,
                span(job.terms.parameters.grace)
            ))
            .figures(record))
    }
}
