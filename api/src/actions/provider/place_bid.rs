//! The Action by which a provider bids for a job in an auction.

use super::free_stake;
use crate::actions::action::Action;
use crate::actions::desk::{Desk, in_state, layout};
use crate::actions::draft::Draft;
use crate::actions::form::{Form, address, decimal};
use crate::actions::moves::{Bound, Move};
use crate::actions::refusal::{program_refuses, refused};
use crate::actions::values::{Dollars, Tokens, dollars, per_hour, units};
use crate::error::Result;
use crate::extract::Address;
use crate::moment::rfc3339;
use crate::units::usd;
use serde::Deserialize;
use settlement_interface::accounts::{Bid, JobState, Layout, Provider};
use settlement_interface::rules::beats;
use settlement_interface::terms::RAIL_TOKEN;
use settlement_interface::{Address as Key, SettlementError, pda};
use utoipa::IntoParams;

/// For which job, how much, and at what risk.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PlaceBid {
    /// The job.
    #[param(inline)]
    job: Address,
    /// USD per GPU hour; a bid can only be lowered.
    #[param(inline)]
    rate: Dollars,
    /// Most tokens of stake that may be locked as bond; what the job asks for now if not given.
    #[param(inline)]
    max_bond: Option<Tokens>,
}

impl Action for PlaceBid {
    const NAME: &'static str = "place-bid";
    const TITLE: &'static str = "Bid for a job";
    const ABOUT: &'static str = "Bids in a job's auction, and locks part of the provider's stake as bond until the auction \
        is over. If the bid is accepted, the provider is bound to start. Signed by the provider's authority.";
    const FORMS: &'static [Form] =
        &[Form { label: "Bid", inputs: &[address("job", "Job"), decimal("rate", "USD per GPU hour")] }];

    async fn plan(&self, desk: &Desk<'_>) -> Result<Draft> {
        let (wallet, job_address) = (&desk.wallet, self.job.0);
        let (scene, job) = desk.job(&job_address).await?;
        in_state(&job, &[JobState::Open], "providers can bid")?;
        scene.not_paused()?;
        let provider_address = pda::provider(wallet);
        let bid_address = pda::bid(&job_address, &provider_address);
        let [provider, bid] = desk.accounts([provider_address, bid_address]).await?;
        let Some(provider) = layout::<Provider>(provider.as_ref()) else {
            return Err(refused(format!(
                "{wallet} is not registered as a provider; /v1/actions/register-provider registers it."
            )));
        };
        let bid = layout::<Bid>(bid.as_ref());
        let (facts, order, tokens) = (&scene.facts, &job.terms.order, scene.facts.compute());
        if facts.now >= order.bid_end {
            return Err(program_refuses(SettlementError::BiddingEnded));
        }
        if order.meter == *wallet || job.meter_authority == *wallet {
            return Err(program_refuses(SettlementError::MeterIsParty));
        }
        let offered = dollars("rate", &self.rate)?;
        let standing = bid.as_ref().filter(|bid| bid.rate > 0);
        if offered > standing.map_or(order.rate, |bid| bid.rate.saturating_sub(1)) {
            return Err(refused(match standing {
                Some(bid) => {
                    format!(
                        "Your bid of {} stands, and a bid can only be lowered.",
                        per_hour(bid.rate, order.unit)
                    )
                }
                None => format!("The consumer pays {} at most.", per_hour(order.rate, order.unit)),
            }));
        }
        let quote = facts.quote_for(&job).ok();
        if quote.is_none() && order.rail != RAIL_TOKEN {
            return Err(program_refuses(SettlementError::NoPrice));
        }
        let locked = standing.map_or(0, |bid| bid.bond);
        let bond = facts.bond_asked(&job, quote.as_ref()).map_err(program_refuses)?.max(locked);
        let most = match &self.max_bond {
            Some(most) => units("max_bond", most, tokens.decimals)?,
            None => bond,
        };
        if bond > most {
            return Err(refused(format!("The bond would be {}, more than max_bond.", tokens.say(bond))));
        }
        free_stake(&scene, &provider, bond.saturating_sub(locked))?;
        let lock =
            Move::lock(tokens, most.saturating_sub(locked), provider_address, bid_address, "the bid's bond");
        let mut draft = Draft::new()
            .about(job_address)
            .then(facts.network().place_bid(wallet, wallet, &job_address, &job.terms_hash, offered, most))
            .moving(lock.bound(Bound::Most).later(
                most.saturating_sub(locked),
                "locked until the auction is over; if the bid is accepted it is the job's bond, and lost in part or whole if \
                 you fail the job by its terms",
            ))
            .say(format!(
                "Bids {} for up to {} USD of work on job {job_address}; if it is accepted you are bound to start by {}.",
                per_hour(offered, order.unit),
                usd(order.budget).usd,
                rfc3339(order.start_by)
            ))
            .say(format!("Locks {} of your stake as bond until the auction is over.", tokens.say(bond)));
        if bid.is_none() {
            draft = draft
                .creating(wallet, bid_address, Bid::LEN, scene.rent, "the bid's account, which comes back")
                .say(format!(
                    "You pay the rent of {} SOL for the bid's account, which comes back.",
                    scene.rent.sol(&[Bid::LEN])
                ));
        }
        let leads = [Key::default(), bid_address].contains(&job.best_bid) || beats(offered, job.best_rate);
        Ok(if leads {
            draft
        } else {
            draft.say(format!(
                "It would not lead: the best bid is {}, and one that replaces it is lower by at least 1%.",
                per_hour(job.best_rate, order.unit)
            ))
        })
    }
}
