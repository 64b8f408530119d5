//! The Action that mints what a provider has earned, to the provider's own account. Anyone may send it.

use crate::actions::action::Action;
use crate::actions::desk::{Desk, purse};
use crate::actions::draft::Draft;
use crate::actions::form::{Form, address};
use crate::actions::moves::{Bound, Move};
use crate::actions::refusal::program_refuses;
use crate::error::Result;
use crate::extract::Address;
use serde::Deserialize;
use settlement_interface::SettlementError;
use utoipa::IntoParams;

/// Whose earnings.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Claim {
    /// The provider: its account or its authority's wallet. The signing wallet's own if not given.
    #[param(inline)]
    provider: Option<Address>,
}

impl Action for Claim {
    const NAME: &'static str = "claim";
    const TITLE: &'static str = "Claim a provider's earnings";
    const ABOUT: &'static str = "Mints what a provider has earned to the provider's own token account. Anyone may send it; \
        only the provider is paid.";
    const FORMS: &'static [Form] = &[Form {
        label: "Claim",
        inputs: &[address("provider", "Provider: its account or its authority's wallet")],
    }];

    async fn plan(&self, desk: &Desk<'_>) -> Result<Draft> {
        let wallet = &desk.wallet;
        let named = self.provider.map_or(*wallet, |provider| provider.0);
        let (scene, (address, provider)) = desk.provider(&named).await?;
        if provider.claimable == 0 {
            return Err(program_refuses(SettlementError::NothingToClaim));
        }
        let (tokens, authority) = (scene.facts.compute(), &provider.authority);
        let [found] = desk.accounts([tokens.account(authority)]).await?;
        let minted = Move::mint(tokens, provider.claimable, *authority, "what the provider has earned");
        let mut draft = Draft::new()
            .then(scene.facts.network().claim(authority))
            .moving(minted.bound(Bound::Least))
            .say(format!(
                "Claims for provider {address}: mints {}, or what it has earned by then, to its authority {authority}.",
                tokens.say(provider.claimable)
            ));
        if purse(found.as_ref(), authority, &tokens)?.is_none() {
            draft = draft.with_token_account(wallet, authority, &tokens, scene.rent);
        }
        Ok(draft)
    }
}
