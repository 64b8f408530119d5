//! The shapes of the Solana Actions specification, as far as they are used.

use crate::extract::Address;
use crate::units::SolAmount;
use axum::Json;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// `actions.json`: which pages of this site are Actions.
#[derive(Debug, Serialize, ToSchema)]
pub struct ActionRules {
    /// The rules.
    rules: Vec<ActionRule>,
}

/// One rule.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ActionRule {
    /// Paths that it is about.
    path_pattern: &'static str,
    /// Where their Action is.
    api_path: &'static str,
}

/// What an Action is, before it is asked for a transaction.
#[derive(Debug, Serialize, ToSchema)]
pub struct ActionDescription {
    /// Always `action`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Absolute address of a picture.
    pub icon: String,
    /// Its title.
    pub title: &'static str,
    /// What it does.
    pub description: String,
    /// Text of its button.
    pub label: &'static str,
    /// What can be chosen.
    pub links: ActionLinks,
}

/// What can be chosen.
#[derive(Debug, Serialize, ToSchema)]
pub struct ActionLinks {
    /// The choices.
    pub actions: Vec<ActionLink>,
}

/// A choice.
#[derive(Debug, Serialize, ToSchema)]
pub struct ActionLink {
    /// Always `transaction`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Where to post the account to; `{name}` stands for a parameter's value.
    pub href: String,
    /// Text of its button.
    pub label: &'static str,
    /// What the person fills in.
    pub parameters: Vec<ActionParameter>,
}

/// What the person fills in.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ActionParameter {
    /// Kind of input.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Name in the link.
    pub name: &'static str,
    /// Text beside it.
    pub label: &'static str,
    /// Whether it must be filled in.
    pub required: bool,
    /// What it must look like.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pattern: Option<&'static str>,
    /// That in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pattern_description: Option<&'static str>,
}

/// For which provider a form is.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Form {
    /// The provider: its account or its authority's wallet. Asked for if not given.
    #[param(inline)]
    pub provider: Option<Address>,
}

/// Who asks for a transaction.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ActionRequest {
    /// The wallet that will sign and pay.
    #[schema(inline)]
    pub account: Address,
}

/// An unsigned transaction.
#[derive(Debug, Serialize, ToSchema)]
pub struct ActionTransaction {
    /// Always `transaction`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The transaction in base64, with an empty place for the wallet's signature.
    pub transaction: String,
    /// What will be signed, in words.
    pub message: String,
    /// Address of the job that is opened; null if none is.
    pub job: Option<String>,
    /// What the wallet pays in SOL besides.
    pub costs: Costs,
    /// What a simulation said.
    pub simulation: Simulation,
}

/// What the wallet pays in SOL besides.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Costs {
    /// The network's fee, paid whether or not the transaction succeeds; without what a wallet adds that
    /// sets its own price.
    pub fee: SolAmount,
    /// Rent of the accounts that are created.
    pub rent: SolAmount,
    /// Compute units that the transaction asks for, or that a wallet should ask for which sets its own
    /// price: an upper bound of what it uses.
    pub compute_unit_limit: u32,
    /// Price of one, millionths of a lamport; null if it is the wallet's to set.
    pub compute_unit_price: Option<u64>,
}

/// What a simulation said. One that fails is answered with a problem instead.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Simulation {
    /// Whether the RPC node ran it.
    pub ran: bool,
    /// Compute units that it used.
    pub compute_units: Option<u64>,
}

const DECIMAL: (&str, &str) = (r"^[0-9]+(\.[0-9]+)?$", "A number such as 12.5");
const BASE58: (&str, &str) = ("^[1-9A-HJ-NP-Za-km-z]{32,44}$", "A Solana address");

impl ActionParameter {
    /// A number.
    pub fn decimal(name: &'static str, label: &'static str, required: bool) -> Self {
        Self::text(name, label, required, DECIMAL)
    }

    /// An address.
    pub fn address(name: &'static str, label: &'static str, required: bool) -> Self {
        Self::text(name, label, required, BASE58)
    }

    fn text(
        name: &'static str,
        label: &'static str,
        required: bool,
        pattern: (&'static str, &'static str),
    ) -> Self {
        let (pattern, description) = pattern;
        Self {
            kind: "text",
            name,
            label,
            required,
            pattern: Some(pattern),
            pattern_description: Some(description),
        }
    }
}

/// Where Actions are
///
/// The rules of the Solana Actions specification for this site.
#[utoipa::path(get, path = "/actions.json", tag = "wallets", responses((status = 200, description = "The answer", body = ActionRules)))]
pub async fn rules() -> Json<ActionRules> {
    Json(ActionRules {
        rules: vec![ActionRule { path_pattern: "/v1/actions/**", api_path: "/v1/actions/**" }],
    })
}
