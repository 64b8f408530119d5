//! The Action that registers a provider.

use crate::actions::action::Action;
use crate::actions::desk::{Desk, layout};
use crate::actions::draft::Draft;
use crate::actions::form::{Form, text};
use crate::actions::refusal::{program_refuses, refused};
use crate::actions::values::{Hash, Rates};
use crate::error::Result;
use serde::Deserialize;
use settlement_interface::accounts::{Layout, Provider};
use settlement_interface::pda;
use tally_client::order::rate_card;
use utoipa::IntoParams;

/// What its account says about it.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RegisterProvider {
    /// What a GPU hour of a hardware class costs: `CLASS=USD`, up to eight with commas between; none if not
    /// given.
    #[param(inline, example = "1=2.50,3=0.90")]
    rates: Option<Rates>,
    /// SHA-256 of a public description, 64 hexadecimal digits; zeros if not given.
    #[param(inline)]
    metadata_hash: Option<Hash>,
}

impl Action for RegisterProvider {
    const NAME: &'static str = "register-provider";
    const TITLE: &'static str = "Register as a provider";
    const ABOUT: &'static str = "Makes the account of a provider of compute, with its rate card. What it earns is paid to \
        the wallet that signs this, for good. Its rent stays in it, for it is never closed.";
    const FORMS: &'static [Form] =
        &[Form { label: "Register", inputs: &[text("rates", "Rates, such as 1=2.50")] }];

    async fn plan(&self, desk: &Desk<'_>) -> Result<Draft> {
        let (wallet, address) = (&desk.wallet, pda::provider(&desk.wallet));
        let entries = self.rates.as_ref().map(Rates::entries).transpose()?.unwrap_or_default();
        let card = rate_card(&entries).map_err(program_refuses)?;
        let hash = self.metadata_hash.map(|Hash(hash)| hash).unwrap_or_default();
        let (scene, [found]) = desk.read([address]).await?;
        if layout::<Provider>(found.as_ref()).is_some() {
            return Err(refused(format!(
                "{wallet} is registered already, as {address}; /v1/actions/update-provider changes its rates."
            )));
        }
        Ok(Draft::new()
            .then(scene.facts.network().register_provider(wallet, wallet, &hash, &card))
            .creating(wallet, address, Provider::LEN, scene.rent, "your provider's account, which stays")
            .say(format!(
                "Registers you as provider {address}; what it earns is paid to your wallet {wallet}, for good. You pay the \
                 rent of {} SOL for its account, which stays: it is never closed.",
                scene.rent.sol(&[Provider::LEN])
            )))
    }
}
