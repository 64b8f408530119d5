//! The Action that converts what a job has outstanding. Anyone may send it.

use super::conversion;
use crate::actions::action::Action;
use crate::actions::desk::{Desk, in_state};
use crate::actions::draft::Draft;
use crate::actions::form::{Form, address};
use crate::actions::refusal::{program_refuses, refused};
use crate::error::Result;
use crate::extract::Address;
use serde::Deserialize;
use settlement_interface::SettlementError;
use settlement_interface::accounts::JobState;
use settlement_interface::instructions::JobKeys;
use settlement_interface::terms::RAIL_STABLE;
use utoipa::IntoParams;

/// Which job.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Convert {
    /// The job.
    #[param(inline)]
    job: Address,
}

impl Action for Convert {
    const NAME: &'static str = "convert";
    const TITLE: &'static str = "Convert a job's work";
    const ABOUT: &'static str = "Settles work that was accepted while no price qualified: tokens of the escrow are burned \
        for it and the provider earns, or dollars of it become due. Anyone may send it.";
    const FORMS: &'static [Form] = &[Form { label: "Convert", inputs: &[address("job", "Job")] }];

    async fn plan(&self, desk: &Desk<'_>) -> Result<Draft> {
        let (wallet, address) = (&desk.wallet, self.job.0);
        let (scene, job) = desk.job(&address).await?;
        let states = [JobState::Running, JobState::Closing, JobState::Held, JobState::Settling];
        in_state(&job, &states, "work can be converted")?;
        let outstanding = job.outstanding().unwrap_or(0);
        if outstanding == 0 || job.escrow == 0 {
            return Err(program_refuses(SettlementError::NothingToConvert));
        }
        let (facts, draft) = (&scene.facts, Draft::new().about(address));
        if job.terms.order.rail == RAIL_STABLE {
            let provider = desk.provider_of(&job).await?;
            let draft = draft.then(facts.stable().map_err(program_refuses)?.convert(&address));
            return conversion::in_dollars(&scene, draft, (&address, &job), &provider, outstanding);
        }
        facts.quote_for(&job).map_err(|halt| {
            refused(format!(
                "No price qualifies at the moment ({}); nothing could be converted.",
                halt.name()
            ))
        })?;
        let Some(quote) = conversion::quote(&scene, &job) else {
            return Err(program_refuses(SettlementError::BelowMinimumPrice));
        };
        let epoch = facts.epoch().map_err(program_refuses)?;
        let provider = desk.provider_of(&job).await?;
        let draft = draft.then(facts.network().convert(wallet, &JobKeys::of(&job), epoch));
        conversion::at_price(desk, &scene, draft, (&address, &job), &provider, outstanding, &quote).await
    }
}
