//! The shapes of the Solana Actions specification, as far as they are used.

use super::moves::{ActionMove, TokenName};
use crate::extract::Address;
use crate::units::{Amount, SolAmount};
use axum::Json;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

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
    pub description: &'static str,
    /// Who asks for what; Solana Pay's wallets show it beside the picture. Buttons have texts of their own.
    pub label: String,
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
    /// Address of the job that it is about, or that it opens; null if it is about none. It is among the
    /// transaction's accounts, so that `getSignaturesForAddress` finds what landed by it, as by a `reference`
    /// of Solana Pay.
    pub job: Option<String>,
    /// Everything that it moves. Nothing else leaves the wallet that signs.
    pub moves: Vec<ActionMove>,
    /// What the wallet pays in SOL besides.
    pub costs: Costs,
    /// What a simulation of this very transaction said.
    pub simulation: Simulation,
    /// Until when it can be sent.
    pub expires: Expires,
}

/// Until when a transaction can be sent.
///
/// The blockhash is the newest that a supermajority has voted on (`confirmed`), so that almost all of its 150
/// blocks, about a minute, are left: one that is merely processed may be dropped with its fork, and one that
/// is finalized has lost a fifth of its time. After that ask again; a wallet may also name a newer one, since
/// nothing is signed yet.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Expires {
    /// Last block height at which the transaction can land (`lastValidBlockHeight` of JSON-RPC).
    #[schema(example = 312_004_268)]
    pub block_height: u64,
    /// The blockhash that it names.
    pub blockhash: String,
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

/// What a simulation said. One that fails, or takes more out of the wallet than `moves` says, is answered with
/// a problem instead.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Simulation {
    /// The slot whose state it was run on.
    #[schema(example = 361_204_118)]
    pub slot: u64,
    /// Compute units that it used.
    pub compute_units: Option<u64>,
    /// What the wallet would hold more or less of.
    pub changes: Vec<BalanceChange>,
}

/// What a wallet would hold more or less of.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BalanceChange {
    /// Which token.
    #[schema(inline)]
    pub token: TokenName,
    /// That token's mint; null for SOL.
    pub mint: Option<String>,
    /// By how much; negative if less.
    pub amount: Amount,
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
