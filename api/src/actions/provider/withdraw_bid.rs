//! The Action that withdraws a bid: by its provider unless it leads, by anyone once it cannot be accepted.

use crate::actions::action::Action;
use crate::actions::desk::{Desk, layout, provider_in, provider_places};
use crate::actions::draft::Draft;
use crate::actions::form::{Form, address};
use crate::actions::moves::{Bound, Move};
use crate::actions::refusal::{program_refuses, refused};
use crate::error::{Problem, Result};
use crate::extract::Address;
use crate::units::sol;
use serde::Deserialize;
use settlement_interface::accounts::{Bid, Job, JobState};
use settlement_interface::{SettlementError, pda};
use tally_client::jobs::last_acceptance;
use utoipa::IntoParams;

/// For which job, whose.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WithdrawBid {
    /// The job, which may be gone already.
    #[param(inline)]
    job: Address,
    /// Whose bid: the provider's account or its authority's wallet; the signing wallet's own if not given.
    #[param(inline)]
    provider: Option<Address>,
}

impl Action for WithdrawBid {
    const NAME: &'static str = "withdraw-bid";
    const TITLE: &'static str = "Withdraw a bid";
    const ABOUT: &'static str = "Frees the stake that a bid has locked, and returns the rent of its account once bidding \
        has ended. Signed by its provider unless the bid leads; by anyone once it can no longer be accepted.";
    const FORMS: &'static [Form] = &[Form { label: "Withdraw bid", inputs: &[address("job", "Job")] }];

    async fn plan(&self, desk: &Desk<'_>) -> Result<Draft> {
        let (wallet, job_address) = (&desk.wallet, self.job.0);
        let named = self.provider.map_or(*wallet, |provider| provider.0);
        let [by_account, by_authority] = provider_places(&named);
        let (scene, [job, by_account, by_authority]) =
            desk.read([job_address, by_account, by_authority]).await?;
        let (provider_address, provider) = provider_in(&named, &[by_account, by_authority])?;
        let bid_address = pda::bid(&job_address, &provider_address);
        let [account] = desk.accounts([bid_address]).await?;
        let Some(account) = account else {
            return Err(refused(format!("Provider {provider_address} has no bid for job {job_address}.")));
        };
        let bid: Bid = layout(Some(&account)).ok_or_else(|| Problem::internal("a bid cannot be read"))?;
        let (facts, job) = (&scene.facts, layout::<Job>(job.as_ref()));
        let open = job.filter(|job| job.state() == Some(JobState::Open));
        let bidding = open.as_ref().is_some_and(|job| facts.now < job.terms.order.bid_end);
        let acceptable = open.as_ref().is_some_and(|job| facts.now <= last_acceptance(job));
        if bid.rate == 0 && bidding {
            return Err(refused(
                "The bid is withdrawn already; its rent returns once bidding has ended, by the same transaction.",
            ));
        }
        if bid.rate > 0 && acceptable {
            desk.must_be(&provider.authority, "the bid's provider, while it can still be accepted,")?;
            if open.is_some_and(|job| job.best_bid == bid_address) {
                return Err(program_refuses(SettlementError::BestBid));
            }
        }
        let tokens = facts.compute();
        let freed = Move::unlock(tokens, bid.bond, bid_address, provider_address, "the bid's bond");
        let withdraw = facts.network().withdraw_bid(wallet, &job_address, &provider_address, &bid.rent_payer);
        let mut draft = Draft::new().about(job_address).then(withdraw).moving(freed);
        draft = draft.say(if bid.bond > 0 {
            format!(
                "Withdraws the bid of provider {provider_address} for job {job_address}: {} of its stake are free again.",
                tokens.say(bid.bond)
            )
        } else {
            format!("Closes the bid of provider {provider_address} for job {job_address}.")
        });
        if bidding {
            return Ok(draft.say("The rent of its account returns once bidding has ended."));
        }
        let back =
            Move::rent(account.lamports, bid_address, bid.rent_payer, "the bid's account, which is closed");
        Ok(draft.moving(back.bound(Bound::Least)).say(format!(
            "The rent of its account, {} SOL, returns to {}.",
            sol(account.lamports).sol,
            bid.rent_payer
        )))
    }
}
