//! The Action that cancels a job that has not started.

use crate::actions::action::Action;
use crate::actions::desk::{Desk, in_state};
use crate::actions::draft::Draft;
use crate::actions::form::{Form, address};
use crate::actions::moves::{Bound, Move};
use crate::actions::refusal::whole;
use crate::error::Result;
use crate::extract::Address;
use crate::moment::rfc3339;
use serde::Deserialize;
use settlement_interface::accounts::JobState;
use settlement_interface::instructions::JobKeys;
use settlement_interface::rules::{cancellation_fee, is_depleted};
use utoipa::IntoParams;

/// Which job.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CancelJob {
    /// The job.
    #[param(inline)]
    job: Address,
}

impl Action for CancelJob {
    const NAME: &'static str = "cancel-job";
    const TITLE: &'static str = "Cancel a job";
    const ABOUT: &'static str = "Takes back a job that has not started; signed by its consumer. Free as long as nobody \
        has accepted it, and once the provider is late; between its acceptance and the last moment to start it costs a \
        share of the escrow, which becomes the provider's.";
    const FORMS: &'static [Form] = &[Form { label: "Cancel job", inputs: &[address("job", "Job")] }];

    async fn plan(&self, desk: &Desk<'_>) -> Result<Draft> {
        let (wallet, address) = (&desk.wallet, self.job.0);
        let (scene, job) = desk.job(&address).await?;
        desk.must_be(&job.terms.consumer, "the job's consumer")?;
        let open = [JobState::Offered, JobState::Open, JobState::Assigned];
        in_state(&job, &open, "a job can be cancelled")?;
        let (facts, start_by) = (&scene.facts, job.terms.order.start_by);
        let assigned = job.state() == Some(JobState::Assigned);
        let currency = scene.currency(job.terms.order.rail)?;
        let most = whole(cancellation_fee(job.escrow, job.terms.parameters.cancel_bps))?;
        // As long as it may be owed it is told: the bond may be topped up, and the price change, before this lands.
        let fee = if assigned && facts.now <= start_by { most } else { 0 };
        let refund = job.escrow.saturating_sub(fee);
        let mut draft =
            Draft::new().about(address).then(facts.network().cancel_job(wallet, &JobKeys::of(&job))).moving(
                Move::due(currency, refund, job.vault, *wallet, "refund of the escrow").bound(Bound::Least),
            );
        if assigned {
            let provider = desk.provider_of(&job).await?;
            let due = Move::due(currency, fee, job.vault, provider.authority, "the cancellation fee");
            let bond = Move::unlock(facts.compute(), job.bond, address, job.terms.provider, "the job's bond");
            draft = draft.moving(due.bound(Bound::Most)).moving(bond.bound(Bound::Least));
        }
        let asked = facts.bond_for(&job, job.bonded_escrow, None);
        let depleted = asked.is_ok_and(|asked| is_depleted(job.bond, asked));
        draft = draft.say(match (fee, depleted) {
            (0, _) => format!("Cancels job {address} for nothing."),
            (fee, false) => format!(
                "Cancels job {address}: {} of the escrow become the provider's, since it has accepted; after {} it would \
                 cost nothing.",
                currency.say(fee),
                rfc3339(start_by)
            ),
            (fee, true) => format!(
                "Cancels job {address} for nothing, since less than half of its bond is left; if the provider tops it up \
                 before, {} of the escrow become the provider's.",
                currency.say(fee)
            ),
        });
        Ok(draft.say(format!("{} become yours to withdraw (/v1/actions/withdraw).", currency.say(refund))))
    }
}
