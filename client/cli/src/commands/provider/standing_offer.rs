//! A provider's standing offer: the terms under which anyone may accept jobs in its name.

use crate::arguments::{Amount, Digest, Key, PanelText, Percent, Span, When, local, span};
use crate::context::Context;
use crate::failure::{Failure, Result, program_refuses, refused};
use crate::run::{Doing, Plan};
use crate::show::Record;
use serde::Serialize;
use tally_client::amounts::{USD_DECIMALS, decimal};
use tally_client::interface::Address;
use tally_client::interface::accounts::StandingOffer;
use tally_client::interface::rules::{check_standing, rail_bit};
use tally_client::interface::terms::{RAIL_STABLE, RAIL_TOKEN};
use tally_client::order::GPU_SECOND;

/// Arguments.
#[derive(Debug, clap::Args, Serialize)]
pub struct SetStandingOffer {
    /// Least dollars per GPU hour
    #[arg(long, value_name = "USD")]
    rate: Amount,
    /// Hardware class
    #[arg(long, value_name = "CLASS")]
    hardware: u16,
    /// Largest budget of a job
    #[arg(long, value_name = "USD")]
    max_budget: Amount,
    /// Smallest budget of a job
    #[arg(long, value_name = "USD", default_value = "1")]
    min_budget: Amount,
    /// Most GPUs of a job
    #[arg(long, default_value_t = 1)]
    gpus: u32,
    /// Most tokens that one job may lock as bond
    #[arg(long, value_name = "TOKENS")]
    max_bond: Amount,
    /// Most jobs open at once
    #[arg(long, default_value_t = 1)]
    max_jobs: u32,
    /// Least time between acceptance and the last moment to start
    #[arg(long, value_name = "TIME", default_value = "15m")]
    min_lead: Span,
    /// Most time between acceptance and a job's end
    #[arg(long, value_name = "TIME", default_value = "1d")]
    max_duration: Span,
    /// How long the offer holds
    #[arg(long, value_name = "WHEN", default_value = "30d")]
    until: When,
    /// Least worth of the escrow as a share of the budget, percent
    #[arg(long, value_name = "PERCENT", default_value = "100")]
    cover: Percent,
    /// Take jobs of the stable rail, too
    #[arg(long)]
    stable: bool,
    /// Take jobs of the stable rail alone
    #[arg(long, conflicts_with = "stable")]
    stable_only: bool,
    /// Take jobs of this registered meter, too
    #[arg(long, value_name = "KEY")]
    meter: Option<Key>,
    /// Largest promised service level, percent; needs --meter
    #[arg(long, value_name = "PERCENT", requires = "meter")]
    max_service_level: Option<Percent>,
    /// Take verifiable jobs of this panel, too
    #[arg(long, value_name = "K:WALLETS")]
    panel: Option<PanelText>,
}

impl Doing for SetStandingOffer {
    async fn plan(&self, context: &Context) -> Result<Plan> {
        let facts = context.facts().await?;
        let (address, provider) = context.provider(None).await?;
        let (decimals, now) = (facts.decimals(), facts.now);
        let gpus = u64::from(self.gpus);
        if gpus == 0 {
            return Err(Failure::Usage("gpus: there must be at least one".into()));
        }
        let (token, stable) = (rail_bit(RAIL_TOKEN), rail_bit(RAIL_STABLE));
        let offer = StandingOffer {
            meter: self.meter.map_or_else(Address::default, |key| key.0),
            panel: self.panel.map_or([0; 32], |PanelText(panel)| panel.hash()),
            parameters: facts.config.parameters.hash(),
            floor_rate: self.rate.usd("rate")?,
            min_budget: self.min_budget.usd("min-budget")?,
            max_budget: self.max_budget.usd("max-budget")?,
            max_unit_cap: gpus.saturating_mul(GPU_SECOND),
            max_bond: self.max_bond.positive("max-bond", decimals)?,
            min_lead: self.min_lead.0,
            max_duration: self.max_duration.0,
            until: self.until.at(now),
            max_jobs: self.max_jobs,
            hardware: self.hardware,
            max_sla_bps: self.max_service_level.map_or(0, |Percent(bps)| bps),
            min_cover_bps: self.cover.0,
            rails: match (self.stable, self.stable_only) {
                (_, true) => stable,
                (true, false) => token | stable,
                (false, false) => token,
            },
            ..StandingOffer::NONE
        };
        check_standing(&offer, now, &offer.parameters).map_err(program_refuses)?;
        let record = Record::new()
            .text("provider", address)
            .usd("least_rate_per_gpu_hour", offer.floor_rate)
            .count("hardware", u64::from(offer.hardware))
            .usd("min_budget", offer.min_budget)
            .usd("max_budget", offer.max_budget)
            .count("gpus", gpus)
            .tokens("max_bond", offer.max_bond, decimals)
            .count("max_jobs", u64::from(offer.max_jobs))
            .span("min_lead", offer.min_lead)
            .span("max_duration", offer.max_duration)
            .percent("least_cover", offer.min_cover_bps)
            .time("until", offer.until, now)
            .maybe("meter", self.meter.map(|key| key.0))
            .text("parameters_hash", Digest(offer.parameters));
        let at_risk = offer.max_bond.saturating_mul(u64::from(offer.max_jobs));
        Ok(Plan::new(vec![facts.network().set_standing_offer(&provider.authority, &offer)])
            .say(format!(
                "Until {} anyone may accept jobs in your name that ask no more than this: this signature is your consent.",
                local(offer.until, now)
            ))
            .say(format!(
                "At most {} jobs at a time, each up to {} USD and {}; at most {} of your stake are locked by them.",
                offer.max_jobs,
                decimal(offer.max_budget, USD_DECIMALS),
                span(offer.max_duration),
                facts.compute().say(at_risk)
            ))
            .say("It ends by itself when the network's parameters change.")
            .figures(record))
    }
}

/// Arguments.
#[derive(Debug, clap::Args, Serialize)]
pub struct ClearStandingOffer {}

impl Doing for ClearStandingOffer {
    async fn plan(&self, context: &Context) -> Result<Plan> {
        let facts = context.facts().await?;
        let (address, provider) = context.provider(None).await?;
        if provider.standing == StandingOffer::NONE {
            return refused("you have no standing offer; nothing needs to be done");
        }
        Ok(Plan::new(vec![facts.network().set_standing_offer(&provider.authority, &StandingOffer::NONE)])
            .say("Takes your standing offer back: from now on nobody accepts jobs in your name.")
            .say("Jobs that were accepted under it go on.")
            .figures(Record::new().text("provider", address)))
    }
}
