//! The Action that changes a provider's rates or description.

use crate::actions::action::Action;
use crate::actions::desk::Desk;
use crate::actions::draft::Draft;
use crate::actions::form::{Form, text};
use crate::actions::refusal::{contradicts, program_refuses};
use crate::actions::values::{Hash, Rates, per_hour};
use crate::error::Result;
use serde::Deserialize;
use tally_client::order::{GPU_HOUR, rate_card};
use utoipa::IntoParams;

/// What is changed.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct UpdateProvider {
    /// The whole new rate card, `CLASS=USD`, up to eight with commas between; `none` empties it; as it is if
    /// not given.
    #[param(inline, example = "1=2.50,3=0.90")]
    rates: Option<Rates>,
    /// SHA-256 of a public description, 64 hexadecimal digits; as it is if not given.
    #[param(inline)]
    metadata_hash: Option<Hash>,
}

impl Action for UpdateProvider {
    const NAME: &'static str = "update-provider";
    const TITLE: &'static str = "Change a provider's rates";
    const ABOUT: &'static str = "Replaces the rate card or the description that a provider's account shows. Jobs that were \
        opened keep their rates. Signed by the provider's authority.";
    const FORMS: &'static [Form] =
        &[Form { label: "Change rates", inputs: &[text("rates", "Rates, such as 1=2.50")] }];

    async fn plan(&self, desk: &Desk<'_>) -> Result<Draft> {
        if self.rates.is_none() && self.metadata_hash.is_none() {
            return Err(contradicts("rates", "nothing would change; give rates, metadata_hash or both"));
        }
        let hash = self.metadata_hash.map(|Hash(hash)| hash);
        let chosen = self.rates.as_ref().map(Rates::entries).transpose()?;
        let (scene, (address, provider)) = desk.own_provider().await?;
        let present = provider.rates.iter().filter(|entry| entry.rate > 0);
        let entries = chosen.unwrap_or_else(|| present.map(|entry| (entry.hardware, entry.rate)).collect());
        let card = rate_card(&entries).map_err(program_refuses)?;
        let hash = hash.unwrap_or(provider.metadata_hash);
        let entry = |(class, rate): &(u16, u64)| format!("class {class} at {}", per_hour(*rate, GPU_HOUR));
        let shown: Vec<_> = entries.iter().map(entry).collect();
        let shown = if shown.is_empty() { "no hardware".to_owned() } else { shown.join(", ") };
        Ok(Draft::new()
            .then(scene.facts.network().update_provider(&desk.wallet, &hash, &card))
            .say(format!("Provider {address} then offers {shown}. Jobs that were opened keep their rates.")))
    }
}
