//! The Action that registers a consumer.

use crate::actions::action::Action;
use crate::actions::desk::{Desk, layout};
use crate::actions::draft::Draft;
use crate::actions::form::Form;
use crate::actions::refusal::refused;
use crate::error::Result;
use serde::Deserialize;
use settlement_interface::accounts::{Consumer, Layout};
use settlement_interface::pda;
use utoipa::IntoParams;

/// Nothing is chosen.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RegisterConsumer {}

impl Action for RegisterConsumer {
    const NAME: &'static str = "register-consumer";
    const TITLE: &'static str = "Register as a consumer";
    const ABOUT: &'static str = "Makes the account that numbers a wallet's jobs. Opening a first job does this, too. \
        Its rent stays in it, for it is never closed.";
    const FORMS: &'static [Form] = &[Form { label: "Register", inputs: &[] }];

    async fn plan(&self, desk: &Desk<'_>) -> Result<Draft> {
        let (wallet, address) = (&desk.wallet, pda::consumer(&desk.wallet));
        let (scene, [found]) = desk.read([address]).await?;
        if layout::<Consumer>(found.as_ref()).is_some() {
            return Err(refused(format!(
                "{wallet} is registered as a consumer already; nothing needs to be done."
            )));
        }
        Ok(Draft::new()
            .then(scene.facts.network().register_consumer(wallet, wallet))
            .creating(wallet, address, Consumer::LEN, scene.rent, "your consumer account, which stays")
            .say(format!(
                "Registers you as a consumer. You pay the rent of {} SOL for your consumer account, which stays: it is \
                 never closed.",
                scene.rent.sol(&[Consumer::LEN])
            )))
    }
}
