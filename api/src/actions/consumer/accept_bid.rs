//! The Action that accepts a bid once bidding has ended.

use crate::actions::action::Action;
use crate::actions::desk::{Desk, in_state, layout};
use crate::actions::draft::Draft;
use crate::actions::form::{Form, address};
use crate::actions::moves::{Bound, Move};
use crate::actions::refusal::{program_refuses, refused, whole};
use crate::actions::values::per_hour;
use crate::error::{Problem, Result};
use crate::extract::Address;
use crate::moment::rfc3339;
use crate::units::sol;
use serde::Deserialize;
use settlement_interface::accounts::{Bid, JobState};
use settlement_interface::rules::cancellation_fee;
use settlement_interface::{Address as Key, SettlementError, pda};
use tally_client::jobs::last_acceptance;
use utoipa::IntoParams;

/// Whose bid for which job.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AcceptBid {
    /// The job.
    #[param(inline)]
    job: Address,
    /// Whose bid: the provider's account or its authority's wallet; the best bid's if not given.
    #[param(inline)]
    provider: Option<Address>,
}

impl Action for AcceptBid {
    const NAME: &'static str = "accept-bid";
    const TITLE: &'static str = "Accept a bid";
    const ABOUT: &'static str = "Assigns a job to a provider that bid for it, once bidding has ended. Signed by the \
        consumer; by anyone for the best bid if the job was opened so.";
    const FORMS: &'static [Form] = &[Form { label: "Accept best bid", inputs: &[address("job", "Job")] }];

    async fn plan(&self, desk: &Desk<'_>) -> Result<Draft> {
        let (wallet, address) = (&desk.wallet, self.job.0);
        let (scene, job) = desk.job(&address).await?;
        in_state(&job, &[JobState::Open], "a bid can be accepted")?;
        scene.not_paused()?;
        let (order, facts) = (&job.terms.order, &scene.facts);
        if facts.now < order.bid_end {
            return Err(refused(format!(
                "Bids can be accepted once bidding has ended, at {}.",
                rfc3339(order.bid_end)
            )));
        }
        if facts.now > last_acceptance(&job) {
            let until = rfc3339(last_acceptance(&job));
            return Err(refused(format!("It is too late: a bid could be accepted until {until}.")));
        }
        let places = match &self.provider {
            Some(named) => [pda::bid(&address, &named.0), pda::bid(&address, &pda::provider(&named.0))],
            None if job.best_bid == Key::default() => return Err(refused("Nobody has bid for this job.")),
            None => [job.best_bid; 2],
        };
        let found = desk.accounts(places).await?;
        let found = places.into_iter().zip(found).find(|(_, account)| account.is_some());
        let Some((bid_address, Some(account))) = found else {
            return Err(refused("That provider has not bid for this job; /v1/market lists who has."));
        };
        let bid: Bid = layout(Some(&account)).ok_or_else(|| Problem::internal("a bid cannot be read"))?;
        if bid.rate == 0 {
            return Err(program_refuses(SettlementError::BidWithdrawn));
        }
        let anyone = order.open_acceptance == 1 && bid_address == job.best_bid;
        if *wallet != job.terms.consumer && !anyone {
            return Err(refused(format!(
                "Only the consumer {} accepts this bid; the wallet is {wallet}. Anyone accepts only the best bid, and only \
                 if the job was opened so.",
                job.terms.consumer
            )));
        }
        if facts.quote_for(&job).is_err() {
            return Err(program_refuses(SettlementError::NoPrice));
        }
        let currency = scene.currency(order.rail)?;
        let fee = whole(cancellation_fee(job.escrow, job.terms.parameters.cancel_bps))?;
        let rent =
            Move::rent(account.lamports, bid_address, bid.rent_payer, "the bid's account, which is closed");
        let mut draft = Draft::new()
            .about(address)
            .then(facts.network().accept_bid(wallet, &address, &bid.provider, &bid.rent_payer))
            .moving(rent.bound(Bound::Least))
            .say(format!(
                "Assigns job {address} to provider {} at {}; {} of its stake, which its bid has locked, are the job's \
                 bond. The rent of its bid, {} SOL, returns to {}.",
                bid.provider,
                per_hour(bid.rate, order.unit),
                facts.compute().say(bid.bond),
                sol(account.lamports).sol,
                bid.rent_payer
            ))
            .say(format!(
                "It may start until {}; if the consumer cancels before that, {} of the escrow become the provider's.",
                rfc3339(order.start_by),
                currency.say(fee)
            ));
        if bid_address != job.best_bid {
            let best = per_hour(job.best_rate, order.unit);
            draft = draft.say(format!("That is not the best bid, which is {best}."));
        }
        Ok(draft)
    }
}
