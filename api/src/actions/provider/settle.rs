//! The Action by which a provider hands in a receipt.

use super::{conversion, is_authority};
use crate::actions::action::Action;
use crate::actions::desk::{Desk, layout};
use crate::actions::draft::Draft;
use crate::actions::form::{Form, text};
use crate::actions::refusal::{program_refuses, refused, whole};
use crate::error::{Problem, Result};
use crate::units::usd;
use serde::{Deserialize, Deserializer, de};
use settlement_interface::accounts::{Job, JobState, Provider};
use settlement_interface::rules::{charge, is_secured, usd_floor};
use settlement_interface::terms::RAIL_STABLE;
use settlement_interface::{SettlementError, oracle};
use tally_client::order::gpu_hours;
use tally_client::pack::IN_FRONT;
use tally_client::receipts::SignedReceipt;
use utoipa::{IntoParams, ToSchema};

/// Which receipt.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Settle {
    /// The signed receipt: base64 of key, signature and receipt, as `tally consumer sign-receipt` prints it.
    /// It names its job, and is cumulative: the newest settles all work before it.
    #[param(inline)]
    receipt: Signed,
}

/// A signed receipt in a query.
#[derive(Debug, ToSchema)]
#[schema(value_type = String, format = "signed-receipt", pattern = "^([A-Za-z0-9+/]{245}|[A-Za-z0-9+/]{293})[AQgw]==$")]
struct Signed(SignedReceipt);

impl<'de> Deserialize<'de> for Signed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        // A plus sign that was not percent-encoded arrives as a space.
        SignedReceipt::from_text(&text.trim().replace(' ', "+")).map(Self).map_err(de::Error::custom)
    }
}

impl Action for Settle {
    const NAME: &'static str = "settle";
    const TITLE: &'static str = "Settle a receipt";
    const ABOUT: &'static str = "Hands in a receipt that the job's meter has signed, and converts it if a price qualifies: \
        tokens of the escrow are burned and the provider earns, or dollars of it become due. Signed by the authority of \
        the job's provider. The receipt is verified by its place in the transaction, so that the price of compute units \
        cannot be left to the wallet.";
    const FORMS: &'static [Form] = &[Form { label: "Settle", inputs: &[text("receipt", "Signed receipt")] }];

    async fn plan(&self, desk: &Desk<'_>) -> Result<Draft> {
        let Signed(signed) = &self.receipt;
        let (wallet, address) = (&desk.wallet, signed.receipt.job);
        let (scene, job) = desk.job(&address).await?;
        let [provider] = desk.accounts([job.terms.provider]).await?;
        let Some(provider) = layout::<Provider>(provider.as_ref()) else {
            return Err(program_refuses(SettlementError::WrongState));
        };
        if !is_authority(&job, wallet) {
            desk.must_be(&provider.authority, "the authority of the job's provider")?;
        }
        let facts = &scene.facts;
        signed.check(&address, &job, &facts.config, (facts.now, facts.slot)).map_err(program_refuses)?;
        let (order, units) = (&job.terms.order, signed.receipt.units);
        let accepted = whole(charge(units, order.rate, order.unit, order.budget))?;
        let new = accepted.saturating_sub(job.accepted);
        let draft =
            Draft { fixed: true, ..Draft::new().about(address) }.then(signed.instruction()).say(format!(
                "Settles job {address}: {} GPU hours so far, charged with {} USD, {} USD of it new.",
                gpu_hours(units),
                usd(accepted).usd,
                usd(new).usd
            ));
        // What a verifiable job's receipt brings waits until nobody can dispute it any more.
        let waiting = if order.verifiable == 0 { 0 } else { new };
        let outstanding = whole(job.outstanding())?.saturating_add(new).saturating_sub(waiting);
        let draft = if waiting > 0 {
            draft.say("The new work waits until the time to dispute it is over.")
        } else {
            draft
        };
        let at = u16::try_from(IN_FRONT).map_err(Problem::internal)?;
        if order.rail == RAIL_STABLE {
            let rail = facts.stable().map_err(program_refuses)?;
            let draft = draft.then(rail.settle(wallet, &address, at));
            return conversion::in_dollars(&scene, draft, (&address, &job), &provider, outstanding);
        }
        let epoch = facts.epoch().map_err(program_refuses)?;
        let draft = draft.then(facts.network().settle(wallet, &address, epoch, at));
        match conversion::quote(&scene, &job) {
            Some(quote) if outstanding > 0 && job.escrow > 0 => {
                conversion::at_price(desk, &scene, draft, (&address, &job), &provider, outstanding, &quote)
                    .await
            }
            Some(_) => Ok(draft),
            None => {
                is_covered(&scene.facts, &job, accepted, signed.meter == job.meter)?;
                Ok(draft.say("No price qualifies now: the receipt is accepted, and converted once one does."))
            }
        }
    }
}

/// Refuses work that would wait for a price without enough escrow for it.
fn is_covered(facts: &tally_client::facts::Facts, job: &Job, accepted: u64, present: bool) -> Result<()> {
    let scale = whole(oracle::scale(facts.config.decimals, facts.price.exponent))?;
    let worth = whole(usd_floor(job.escrow, facts.price.spot, scale))?;
    let waits = accepted.saturating_sub(job.settled);
    if job.state() == Some(JobState::Running) && present && !is_secured(waits, worth) {
        return Err(refused(SettlementError::ReceiptUnsecured.message()));
    }
    Ok(())
}
