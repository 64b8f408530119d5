//! The Action by which a provider accepts an offer.

use super::{AT_RISK, free_stake};
use crate::actions::action::Action;
use crate::actions::desk::{Desk, in_state};
use crate::actions::draft::Draft;
use crate::actions::form::{Form, address};
use crate::actions::moves::{Bound, Move};
use crate::actions::refusal::{program_refuses, refused, whole};
use crate::actions::values::{Hash, Tokens, per_hour, units};
use crate::error::Result;
use crate::extract::Address;
use crate::moment::rfc3339;
use crate::units::usd;
use serde::Deserialize;
use settlement_interface::SettlementError;
use settlement_interface::accounts::JobState;
use settlement_interface::math::share_ceil;
use settlement_interface::rules::escrow_worth;
use tally_client::amounts::usd_per_token;
use tally_client::digest::Digest;
use tally_client::jobs::last_acceptance;
use utoipa::IntoParams;

/// Which job, and at what risk.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AcceptOffer {
    /// The job.
    #[param(inline)]
    job: Address,
    /// Most tokens of stake that may be locked as bond; what the job's escrow asks for now if not given.
    #[param(inline)]
    max_bond: Option<Tokens>,
    /// Hash of the terms that were read, 64 hexadecimal digits: refused if the job has others by now. The
    /// present ones if not given.
    #[param(inline)]
    terms_hash: Option<Hash>,
}

impl Action for AcceptOffer {
    const NAME: &'static str = "accept-offer";
    const TITLE: &'static str = "Accept an offered job";
    const ABOUT: &'static str = "Agrees to a job's terms, by their hash, and locks part of the provider's stake as bond. \
        What of the bond is lost if the job fails is in its terms. Signed by the authority of the provider that the offer \
        names.";
    const FORMS: &'static [Form] = &[Form { label: "Accept job", inputs: &[address("job", "Job")] }];

    async fn plan(&self, desk: &Desk<'_>) -> Result<Draft> {
        let address = self.job.0;
        let (scene, job) = desk.job(&address).await?;
        in_state(&job, &[JobState::Offered], "an offer can be accepted")?;
        let provider = desk.provider_of(&job).await?;
        desk.must_be(&provider.authority, "the authority of the provider that the offer names")?;
        scene.not_paused()?;
        let (facts, tokens) = (&scene.facts, scene.facts.compute());
        let (order, parameters) = (&job.terms.order, &job.terms.parameters);
        let last = last_acceptance(&job);
        if facts.now > last {
            return Err(refused(format!(
                "It is too late: the offer could be accepted until {}.",
                rfc3339(last)
            )));
        }
        if self.terms_hash.is_some_and(|Hash(read)| read != job.terms_hash) {
            return Err(program_refuses(SettlementError::TermsChanged));
        }
        let quote = facts.quote_for(&job).map_err(|halt| {
            refused(format!(
                "No price of the token qualifies at the moment ({}); try again when one does.",
                halt.name()
            ))
        })?;
        let bond = facts.bond_asked(&job, Some(&quote)).map_err(program_refuses)?;
        let most = match &self.max_bond {
            Some(most) => units("max_bond", most, tokens.decimals)?,
            None => bond,
        };
        if bond > most {
            return Err(refused(format!("The bond would be {}, more than max_bond.", tokens.say(bond))));
        }
        free_stake(&scene, &provider, bond)?;
        let lost = whole(share_ceil(bond, parameters.no_show_bps))?;
        let worth = whole(escrow_worth(order.rail, job.escrow, quote.burn, quote.scale))?;
        let currency = scene.currency(order.rail)?;
        let locked = Move::lock(tokens, most, job.terms.provider, address, "the job's bond");
        let mut draft = Draft::new()
            .about(address)
            .then(facts.network().accept_offer(&provider.authority, &address, &job.terms_hash, most))
            .moving(locked.bound(Bound::Most).later(most, AT_RISK))
            .say(format!(
                "Accepts job {address} of {}: work at {}, up to {} USD out of an escrow of {}, for receipts that {} signs. \
                 Terms {}.",
                job.terms.consumer,
                per_hour(order.rate, order.unit),
                usd(order.budget).usd,
                currency.say(job.escrow),
                job.meter,
                Digest(job.terms_hash)
            ))
            .say(format!(
                "Locks {} of your stake as bond; {} of them are lost if you do not start by {} and it is marked.",
                tokens.say(bond),
                tokens.say(lost),
                rfc3339(order.start_by)
            ));
        if worth < u128::from(order.budget) {
            draft = draft.say(format!(
                "The escrow is worth less than the budget at {} USD per token: what exceeds it is not paid.",
                usd_per_token(&quote)
            ));
        }
        Ok(draft)
    }
}
