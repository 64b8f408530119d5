//! The Action that ends a running job, by either party.

use crate::actions::action::Action;
use crate::actions::desk::{Desk, in_state};
use crate::actions::draft::Draft;
use crate::actions::form::{Form, address};
use crate::actions::refusal::refused;
use crate::error::Result;
use crate::extract::Address;
use crate::moment::span;
use serde::Deserialize;
use settlement_interface::accounts::JobState;
use settlement_interface::instructions::JobKeys;
use utoipa::IntoParams;

/// Which job.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CloseJob {
    /// The job.
    #[param(inline)]
    job: Address,
}

impl Action for CloseJob {
    const NAME: &'static str = "close-job";
    const TITLE: &'static str = "Close a running job";
    const ABOUT: &'static str = "Ends the work: what is done from now on does not count any more. Receipts for the \
        time until now are accepted for a while; then the rest of the escrow is the consumer's to withdraw. Signed by \
        the consumer or by the provider's authority.";
    const FORMS: &'static [Form] = &[Form { label: "Close job", inputs: &[address("job", "Job")] }];

    async fn plan(&self, desk: &Desk<'_>) -> Result<Draft> {
        let (wallet, address) = (&desk.wallet, self.job.0);
        let (scene, job) = desk.job(&address).await?;
        in_state(&job, &[JobState::Running], "a job can be closed")?;
        let consumer = &job.terms.consumer;
        if wallet != consumer {
            let authority = desk.provider_of(&job).await?.authority;
            if *wallet != authority {
                return Err(refused(format!(
                    "Only the consumer {consumer} or the provider's authority {authority} may close this job; the wallet \
                     is {wallet}."
                )));
            }
        }
        Ok(Draft::new()
            .about(address)
            .then(scene.facts.network().close_job(wallet, &JobKeys::of(&job)))
            .say(format!("Ends job {address}: work after now does not count any more."))
            .say(format!(
                "Receipts for the time until now are still accepted for {}; then the rest of the escrow is refunded.",
                span(job.terms.parameters.receipt_grace)
            )))
    }
}
