//! Withdrawing a bid: by its provider unless it leads, by anyone once it can no longer be accepted.

use crate::arguments::{JobRef, Key};
use crate::context::Context;
use crate::failure::{Result, refused};
use crate::run::{Doing, Plan};
use crate::show::Record;
use serde::Serialize;
use tally_client::interface::accounts::{Bid, Job, JobState};
use tally_client::interface::pda;
use tally_client::jobs::last_acceptance;

/// Arguments.
#[derive(Debug, clap::Args, Serialize)]
pub struct WithdrawBid {
    /// The job, which may be gone already if it is named by its address
    job: JobRef,
    /// Whose bid: the provider's account or its authority [default: the key's own]
    #[arg(long)]
    provider: Option<Key>,
}

impl Doing for WithdrawBid {
    async fn plan(&self, context: &Context) -> Result<Plan> {
        let facts = context.facts().await?;
        let owner = context.owner()?;
        let job_address = self.job.address(&owner);
        let (provider_address, provider) = context.provider(self.provider).await?;
        let bid_address = pda::bid(&job_address, &provider_address);
        let Some(bid) = context.read::<Bid>(&bid_address).await? else {
            return refused(format!("provider {provider_address} has no bid for job {job_address}"));
        };
        let job = context.read::<Job>(&job_address).await?;
        let open = job
            .as_ref()
            .filter(|job| job.state() == Some(JobState::Open) && facts.now <= last_acceptance(job));
        if let Some(job) = open {
            context.must_be(&provider.authority, "the bid's provider, while it can still be accepted,")?;
            if job.best_bid == bid_address {
                return refused(
                    "the best bid cannot be withdrawn: it stands until it is beaten or the auction is over",
                );
            }
            if bid.rate == 0 {
                return refused("the bid is withdrawn already; its rent returns once bidding has ended");
            }
        }
        let record = Record::new().text("job", job_address).text("provider", provider_address).tokens(
            "released",
            bid.bond,
            facts.decimals(),
        );
        let withdraw = facts.network().withdraw_bid(&owner, &job_address, &provider_address, &bid.rent_payer);
        Ok(Plan::new(vec![withdraw])
            .say(format!(
                "Withdraws the bid: {} of the provider's stake are free again.",
                facts.compute().say(bid.bond)
            ))
            .figures(record))
    }
}
