//! Paying out what has unbonded. Anyone may; only the third party's wallet is paid.

use super::{Vouching, arbiter, meter};
use crate::arguments::{Key, local};
use crate::commands::checks::paid_to;
use crate::context::Context;
use crate::failure::{Result, program_refuses, refused};
use crate::run::{Doing, Plan};
use crate::show::Record;
use serde::Serialize;
use tally_client::interface::SettlementError;

/// Arguments.
#[derive(Debug, clap::Args, Serialize)]
pub struct WithdrawMeter {
    /// The meter's key
    #[arg(long)]
    meter: Key,
}

/// Arguments.
#[derive(Debug, clap::Args, Serialize)]
pub struct WithdrawArbiter {
    /// The arbiter's wallet [default: the key's own]
    #[arg(long)]
    arbiter: Option<Key>,
}

async fn plan(context: &Context, it: Vouching) -> Result<Plan> {
    let facts = context.facts().await?;
    if it.vouched.unbonding == 0 {
        return Err(program_refuses(SettlementError::NothingUnbonding));
    }
    if facts.now < it.vouched.available_at {
        let from = local(it.vouched.available_at, facts.now);
        return refused(format!("it is still unbonding; it can be withdrawn {from}"));
    }
    let plan = Plan::new(vec![facts.network().withdraw_vouched(&it.wallet, &it.address)])
        .say(format!("Pays {} to {}.", facts.compute().say(it.vouched.unbonding), it.wallet))
        .figures(Record::new().tokens("amount", it.vouched.unbonding, facts.decimals()));
    paid_to(context, &facts, &it.wallet, plan).await
}

impl Doing for WithdrawMeter {
    async fn plan(&self, context: &Context) -> Result<Plan> {
        plan(context, meter(context, &self.meter.0).await?.1).await
    }
}

impl Doing for WithdrawArbiter {
    async fn plan(&self, context: &Context) -> Result<Plan> {
        plan(context, arbiter(context, self.arbiter).await?.1).await
    }
}
