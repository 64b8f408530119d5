//! What a provider can mint now: claimable earnings and the rebates of ended epochs.

use super::count;
use crate::answer::Answer;
use crate::db::epochs::{Credit, Epoch};
use crate::error::{Problem, Result};
use crate::extract::{At, PathAddress, Query};
use crate::moment::rfc3339;
use crate::state::App;
use crate::units::{TokenAmount, Units};
use axum::extract::State;
use serde::Serialize;
use settlement_interface::math::proportion_floor;
use utoipa::ToSchema;

/// Most open credits of one answer: more than a year of daily epochs.
const MOST_CREDITS: i64 = 500;

/// What a provider can mint.
#[derive(Debug, Serialize, ToSchema)]
pub struct Rewards {
    /// The provider's account.
    provider: String,
    /// Wallet that is paid.
    authority: String,
    /// Earned and not minted yet; `claim` mints it, sent by anyone.
    claimable: TokenAmount,
    /// Sum of the rebates of ended epochs listed below; `claim_rebate` mints each.
    rebates_claimable: TokenAmount,
    /// `claimable + rebates_claimable`.
    total_claimable: TokenAmount,
    /// Its parts in epochs that it has not claimed, oldest first, at most 500.
    credits: Vec<RewardCredit>,
    /// Whether there are more than those.
    more_credits: bool,
}

/// A provider's part in an epoch.
#[derive(Debug, Serialize, ToSchema)]
pub struct RewardCredit {
    /// The epoch.
    epoch: u64,
    /// The credit's account.
    account: String,
    /// When the epoch ends or ended.
    ends_at: String,
    /// Whether it is over, so that the rebate is fixed and can be claimed.
    claimable: bool,
    /// Take of this provider's conversions in it.
    take: TokenAmount,
    /// Its take times quality.
    #[schema(pattern = "^[0-9]+$")]
    weight: String,
    /// The same of all providers.
    #[schema(pattern = "^[0-9]+$")]
    epoch_weight: String,
    /// What all rebates of the epoch may mint together.
    pool: TokenAmount,
    /// `floor(pool * weight / epoch_weight)`: fixed if the epoch is over, else as of now.
    rebate: TokenAmount,
}

/// A provider's rewards
///
/// What can be minted now, and what the running epoch would give if it ended now. `{id}` is the
/// provider's account or its authority's wallet.
#[utoipa::path(get, path = "/v1/providers/{id}/rewards", tag = "providers",
    params(("id" = inline(crate::extract::Address), Path, description = "The provider's account or its authority's wallet"), At),
    responses((status = 200, description = "The answer", body = Answer<Rewards>), (status = "default", response = crate::openapi::AnyProblem)))]
pub async fn rewards(
    State(app): State<App>,
    PathAddress(id): PathAddress,
    Query(at): Query<At>,
) -> Result<Answer<Rewards>> {
    let mut view = app.database.view(at.commitment).await?;
    let provider = super::provider(&mut view, &id).await?;
    let mut rows = view.open_credits(&provider.provider, MOST_CREDITS.saturating_add(1)).await?;
    let more_credits = i64::try_from(rows.len()).unwrap_or(i64::MAX) > MOST_CREDITS;
    rows.truncate(usize::try_from(MOST_CREDITS).unwrap_or(usize::MAX));
    let (units, as_of) = (view.units, view.as_of);
    let mut rebates: i128 = 0;
    let mut credits = Vec::with_capacity(rows.len());
    for (credit, epoch) in rows {
        let rebate = rebate(&credit, &epoch)?;
        if epoch.ends_at <= as_of {
            rebates = rebates.saturating_add(i128::from(rebate));
        }
        credits.push(shown(credit, &epoch, rebate, units, as_of));
    }
    let data = Rewards {
        claimable: units.tokens(provider.claimable),
        rebates_claimable: units.tokens(rebates),
        total_claimable: units.tokens(provider.claimable.0.saturating_add(rebates)),
        provider: provider.provider,
        authority: provider.authority,
        credits,
        more_credits,
    };
    Ok(view.answer(data))
}

/// The program's own arithmetic.
fn rebate(credit: &Credit, epoch: &Epoch) -> Result<u64> {
    proportion_floor(epoch.pool.u64()?, credit.weight.u128()?, epoch.weight.u128()?)
        .ok_or_else(|| Problem::internal(format!("credit {} weighs more than its epoch", credit.entity)))
}

fn shown(credit: Credit, epoch: &Epoch, rebate: u64, units: Units, as_of: i64) -> RewardCredit {
    RewardCredit {
        epoch: count(credit.epoch),
        account: credit.entity,
        ends_at: rfc3339(epoch.ends_at),
        claimable: epoch.ends_at <= as_of,
        take: units.tokens(credit.take),
        weight: credit.weight.0.to_string(),
        epoch_weight: epoch.weight.0.to_string(),
        pool: units.tokens(epoch.pool),
        rebate: units.tokens(rebate),
    }
}
