//! The Actions that set a provider's standing offer and take it back.

use crate::actions::action::Action;
use crate::actions::desk::Desk;
use crate::actions::draft::Draft;
use crate::actions::form::{Form, decimal};
use crate::actions::refusal::{program_refuses, refused};
use crate::actions::values::{Dollars, Percent, Tokens, dollars, percent, positive};
use crate::error::Result;
use crate::extract::{Address, choice};
use crate::moment::{rfc3339, span};
use crate::units::usd;
use serde::Deserialize;
use settlement_interface::Address as Key;
use settlement_interface::accounts::StandingOffer;
use settlement_interface::parameters::{DAY, HOUR, MINUTE};
use settlement_interface::rules::{check_standing, rail_bit};
use settlement_interface::terms::{RAIL_STABLE, RAIL_TOKEN};
use tally_client::order::GPU_SECOND;
use utoipa::{IntoParams, ToSchema};

/// Jobs of which rail are taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ToSchema)]
#[schema(rename_all = "lowercase")]
pub enum Rails {
    /// Of the token rail.
    #[default]
    Token,
    /// Of the stable rail.
    Stable,
    /// Of either.
    Both,
}

choice!(Rails { Token = "token", Stable = "stable", Both = "both" });

/// Which jobs are taken.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SetStandingOffer {
    /// Least USD per GPU hour.
    #[param(inline)]
    rate: Dollars,
    /// Hardware class.
    #[param(maximum = 65_535)]
    hardware: u16,
    /// Largest budget of a job, USD.
    #[param(inline)]
    max_budget: Dollars,
    /// Smallest budget of a job, USD; 1 if not given.
    #[param(inline)]
    min_budget: Option<Dollars>,
    /// Most tokens that one job may lock as bond.
    #[param(inline)]
    max_bond: Tokens,
    /// Most GPUs of a job; 1 if not given.
    #[param(format = Int64, maximum = 4_294_967_295u32)]
    gpus: Option<u32>,
    /// Most jobs open at once; 1 if not given.
    #[param(format = Int64, maximum = 4_294_967_295u32)]
    max_jobs: Option<u32>,
    /// Least minutes between acceptance and the last moment to start; 15 if not given.
    #[param(format = Int64, maximum = 4_294_967_295u32)]
    min_lead_minutes: Option<u32>,
    /// Most hours between acceptance and a job's end; 24 if not given.
    #[param(format = Int64, maximum = 4_294_967_295u32)]
    max_hours: Option<u32>,
    /// Days for which the offer holds; 30 if not given.
    #[param(format = Int64, maximum = 4_294_967_295u32)]
    days: Option<u32>,
    /// Least worth of the escrow as a share of the budget, percent; 100 if not given.
    #[param(inline)]
    cover: Option<Percent>,
    /// Jobs of which rail are taken; of the token rail if not given.
    #[serde(default)]
    #[param(inline)]
    rails: Rails,
    /// Takes jobs of this registered meter, too.
    #[param(inline)]
    meter: Option<Address>,
    /// Largest promised service level, percent; needs `meter`.
    #[param(inline)]
    max_service_level: Option<Percent>,
}

impl Action for SetStandingOffer {
    const NAME: &'static str = "set-standing-offer";
    const TITLE: &'static str = "Set a standing offer";
    const ABOUT: &'static str = "Lets anyone accept jobs in the provider's name that ask no more than this states: a \
        signature once instead of one for every job. It ends by itself, and when the network's parameters change. Signed \
        by the provider's authority.";
    const FORMS: &'static [Form] = &[Form {
        label: "Set standing offer",
        inputs: &[
            decimal("rate", "Least USD per GPU hour"),
            decimal("hardware", "Hardware class"),
            decimal("max_budget", "Largest budget in USD"),
            decimal("max_bond", "Most tokens of bond for one job"),
        ],
    }];

    async fn plan(&self, desk: &Desk<'_>) -> Result<Draft> {
        let (scene, (address, _)) = desk.own_provider().await?;
        let (facts, tokens) = (&scene.facts, scene.facts.compute());
        let gpus = u64::from(self.gpus.unwrap_or(1));
        let seconds = |count: Option<u32>, usual: u32, unit: i64| {
            i64::from(count.unwrap_or(usual)).saturating_mul(unit)
        };
        let min_budget = self.min_budget.as_deref().unwrap_or("1");
        let sla = self.max_service_level.as_ref().map(|it| percent("max_service_level", it)).transpose()?;
        if sla.is_some() && self.meter.is_none() {
            return Err(refused(
                "A service level is promised only where a registered meter can tell; name it with meter.",
            ));
        }
        let offer = StandingOffer {
            meter: self.meter.map_or_else(Key::default, |key| key.0),
            parameters: facts.config.parameters.hash(),
            floor_rate: dollars("rate", &self.rate)?,
            min_budget: dollars("min_budget", min_budget)?,
            max_budget: dollars("max_budget", &self.max_budget)?,
            max_unit_cap: gpus.saturating_mul(GPU_SECOND),
            max_bond: positive("max_bond", &self.max_bond, tokens.decimals)?,
            min_lead: seconds(self.min_lead_minutes, 15, MINUTE),
            max_duration: seconds(self.max_hours, 24, HOUR),
            until: facts.now.saturating_add(seconds(self.days, 30, DAY)),
            max_jobs: self.max_jobs.unwrap_or(1),
            hardware: self.hardware,
            max_sla_bps: sla.unwrap_or(0),
            min_cover_bps: percent("cover", self.cover.as_deref().unwrap_or("100"))?,
            rails: match self.rails {
                Rails::Token => rail_bit(RAIL_TOKEN),
                Rails::Stable => rail_bit(RAIL_STABLE),
                Rails::Both => rail_bit(RAIL_TOKEN) | rail_bit(RAIL_STABLE),
            },
            ..StandingOffer::NONE
        };
        check_standing(&offer, facts.now, &offer.parameters).map_err(program_refuses)?;
        let at_risk = offer.max_bond.saturating_mul(u64::from(offer.max_jobs));
        Ok(Draft::new()
            .then(facts.network().set_standing_offer(&desk.wallet, &offer))
            .say(format!(
                "Until {} anyone may accept jobs in the name of provider {address} that pay at least {} USD per GPU hour of \
                 class {}: this signature is your consent.",
                rfc3339(offer.until),
                usd(offer.floor_rate).usd,
                offer.hardware
            ))
            .say(format!(
                "At most {} jobs at a time, each up to {} USD and {}; at most {} of your stake are locked by them, and can \
                 be lost if you fail them.",
                offer.max_jobs,
                usd(offer.max_budget).usd,
                span(offer.max_duration),
                tokens.say(at_risk)
            ))
            .say("Nothing is locked now. It ends by itself when the network's parameters change."))
    }
}

/// Nothing is chosen.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ClearStandingOffer {}

impl Action for ClearStandingOffer {
    const NAME: &'static str = "clear-standing-offer";
    const TITLE: &'static str = "Take a standing offer back";
    const ABOUT: &'static str = "From now on nobody accepts jobs in the provider's name. Jobs that were accepted go on. \
        Signed by the provider's authority.";
    const FORMS: &'static [Form] = &[Form { label: "Take back", inputs: &[] }];

    async fn plan(&self, desk: &Desk<'_>) -> Result<Draft> {
        let (scene, (address, provider)) = desk.own_provider().await?;
        if provider.standing == StandingOffer::NONE {
            return Err(refused("You have no standing offer; nothing needs to be done."));
        }
        Ok(Draft::new()
            .then(scene.facts.network().set_standing_offer(&desk.wallet, &StandingOffer::NONE))
            .say(format!(
                "Takes the standing offer of provider {address} back: from now on nobody accepts jobs in your name. Jobs \
                 that were accepted under it go on."
            )))
    }
}
