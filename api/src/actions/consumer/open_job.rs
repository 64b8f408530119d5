//! The Action that opens a job: pays into its escrow, and offers it to a provider or to bidders.

use super::order::{Offer, offer};
use crate::actions::action::Action;
use crate::actions::desk::{Desk, Named, Scene, layout, provider_in, provider_places};
use crate::actions::draft::Draft;
use crate::actions::form::{Form, address, decimal};
use crate::actions::moves::{Bound, Move};
use crate::actions::refusal::{contradicts, program_refuses, refused, whole};
use crate::actions::values::{Dollars, Hash, Percent, Price, Tokens, per_hour};
use crate::error::Result;
use crate::extract::{Address, choice};
use crate::moment::{rfc3339, span};
use crate::units::usd;
use serde::Deserialize;
use settlement_interface::accounts::{Consumer, Job, Layout, Meter, Provider};
use settlement_interface::rules::{self, Occasion, escrow_worth, fits};
use settlement_interface::terms::{RAIL_STABLE, RAIL_TOKEN};
use settlement_interface::{Address as Key, SettlementError, pda};
use tally_client::amounts::{PERCENT_DECIMALS, decimal as shown, usd_per_token};
use tally_client::tokens::TOKEN_ACCOUNT_LEN;
use utoipa::{IntoParams, ToSchema};

/// Bytes of the accounts of a job: itself and its vault.
const JOB: [usize; 2] = [Job::LEN, TOKEN_ACCOUNT_LEN];

/// What a job is paid in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ToSchema)]
#[schema(rename_all = "lowercase")]
#[repr(u8)]
pub enum Rail {
    /// The compute token: burned for work, minted to the provider.
    #[default]
    Token = RAIL_TOKEN,
    /// The dollar stablecoin: paid for work.
    Stable = RAIL_STABLE,
}

choice!(Rail { Token = "token", Stable = "stable" });

/// What a person chooses.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct OpenJob {
    /// The provider: its account or its authority's wallet; none with `auction_minutes`.
    #[param(inline)]
    pub provider: Option<Address>,
    /// Most that the work may cost, in USD.
    #[param(inline, example = "25")]
    pub budget: Dollars,
    /// What the job is paid in: `token` if not given.
    #[serde(default)]
    #[param(inline)]
    pub rail: Rail,
    /// USD per GPU hour; the provider's own rate for the hardware class if not given. In an auction the most
    /// that is bid.
    #[param(inline)]
    pub rate: Option<Dollars>,
    /// Hardware class; the first on the provider's rate card if not given.
    #[param(maximum = 65_535)]
    pub hardware: Option<u16>,
    /// GPUs that may work at once; 1 if not given.
    #[param(format = Int64, maximum = 4_294_967_295u32)]
    pub gpus: Option<u32>,
    /// Tokens, or on the stable rail dollars, to put into escrow; if not given, what the budget is worth at
    /// the present price and a quarter more, or the budget in dollars. Required while no price of the token
    /// qualifies. What neither work nor a cancellation after acceptance costs comes back.
    #[param(inline)]
    pub tokens: Option<Tokens>,
    /// Hours for which the job may run after the provider's last moment to start; if not given, as many
    /// as the budget pays for, and one more.
    #[param(format = Int64, maximum = 4_294_967_295u32)]
    pub hours: Option<u32>,
    /// Lets providers bid for so many minutes, instead of naming one. A bid is accepted afterwards.
    #[param(format = Int64, maximum = 4_294_967_295u32)]
    pub auction_minutes: Option<u32>,
    /// After bidding has ended anyone may have the best bid accepted; the consumer alone if not given.
    pub anyone_accepts: Option<bool>,
    /// Has the job accepted in the same transaction by the provider's standing offer, which it must fit.
    pub standing: Option<bool>,
    /// Minutes for which the offer, after an auction the best bid, can be accepted; 30 if not given. Ends sooner
    /// if need be: the network's `min_lead` before the last moment to start.
    #[param(format = Int64, maximum = 4_294_967_295u32)]
    pub accept_minutes: Option<u32>,
    /// Minutes from now within which the provider must start, more than `min_lead`; if not given, 15 after
    /// the usual last acceptance and `min_lead`, which is 60 for an offer by default.
    #[param(format = Int64, maximum = 4_294_967_295u32)]
    pub start_minutes: Option<u32>,
    /// Minutes without a receipt after which anyone may close the job; 60 if not given.
    #[param(format = Int64, maximum = 4_294_967_295u32)]
    pub silence_minutes: Option<u32>,
    /// Least USD per token at which work is converted, until the job's end and 7 days; none if not given.
    #[param(inline)]
    pub min_price: Option<Price>,
    /// Key that signs the receipts, best a session key of its own; the signing wallet if not given.
    #[param(inline)]
    pub meter: Option<Address>,
    /// Whether `meter` is the key of a registered third party.
    pub registered_meter: Option<bool>,
    /// Promised share of the GPUs' time in percent, such as 95; needs a registered meter.
    #[param(inline)]
    pub service_level: Option<Percent>,
    /// SHA-256 of the work's specification, 64 hexadecimal digits; zeros if not given.
    #[param(inline)]
    pub spec: Option<Hash>,
    /// The token that the person means to pay with; refused if the network takes another.
    #[param(inline)]
    pub mint: Option<Address>,
}

impl OpenJob {
    /// The key that signs the receipts.
    pub fn meter(&self, wallet: &Key) -> Key {
        self.meter.map_or(*wallet, |meter| meter.0)
    }

    /// Whether that is a registered third party's.
    pub fn has_registered_meter(&self) -> bool {
        self.registered_meter == Some(true)
    }

    /// Refuses choices that contradict each other.
    fn check(&self) -> Result<()> {
        let wrong = |name: &str, why: &str| Err(contradicts(name, why));
        match (&self.provider, self.auction_minutes) {
            (None, None) => wrong("provider", "name one, or let providers bid with auction_minutes"),
            (Some(_), Some(_)) => wrong("provider", "an auction names none; leave it or auction_minutes out"),
            (Some(_), None) if self.anyone_accepts == Some(true) => {
                wrong("anyone_accepts", "it is about bids, which need auction_minutes")
            }
            (None, Some(_)) if self.standing == Some(true) => {
                wrong("standing", "it is about an offer to a named provider, not about bids")
            }
            _ if self.has_registered_meter() && self.meter.is_none() => {
                wrong("registered_meter", "name the meter's key with meter")
            }
            _ => Ok(()),
        }
    }
}

impl Action for OpenJob {
    const NAME: &'static str = "open-job";
    const TITLE: &'static str = "Open a compute job";
    const ABOUT: &'static str = "Pays tokens, or dollars on the stable rail, into the escrow of a new job and offers it to \
        a provider, or to bidders. Work is metered and priced in USD; the escrow is left only for receipts that your \
        session key has signed, or as a fee if you cancel after the provider has accepted, and the rest comes back to \
        you. Registers the wallet as a consumer first, if it is none yet. The answer names the job's address, at which \
        `/v1/jobs/{id}` has it once the transaction is on chain.";
    const FORMS: &'static [Form] = &[Form {
        label: "Open job",
        inputs: &[
            address("provider", "Provider"),
            decimal("budget", "Budget in USD"),
            decimal("rate", "USD per GPU hour"),
            address("meter", "Session key that signs receipts"),
        ],
    }];

    async fn plan(&self, desk: &Desk<'_>) -> Result<Draft> {
        self.check()?;
        let wallet = &desk.wallet;
        let named = self.provider.map_or_else(Key::default, |provider| provider.0);
        let [by_account, by_authority] = provider_places(&named);
        let places = [by_account, by_authority, pda::consumer(wallet), pda::meter(&self.meter(wallet))];
        let (scene, [by_account, by_authority, consumer, meter]) = desk.read(places).await?;
        let provider = match &self.provider {
            Some(_) => Some(provider_in(&named, &[by_account, by_authority])?),
            None => None,
        };
        let content = provider.as_ref().map(|(_, content)| content);
        let consumer = layout::<Consumer>(consumer.as_ref());
        let made = offer(self, &scene, content, wallet)?;
        if self.has_registered_meter() {
            check_meter(&self.meter(wallet), layout(meter.as_ref()), &scene, content, wallet)?;
        }
        let Offer { order, escrow, .. } = &made;
        let currency = scene.currency(order.rail)?;
        let [purse] = desk.accounts([currency.account(wallet)]).await?;
        let source = desk.payable(purse.as_ref(), &currency, *escrow)?;
        let (network, nonce) = (scene.facts.network(), consumer.map_or(0, |consumer| consumer.next_nonce));
        let (job, rent) = (pda::job(wallet, nonce), scene.rent);
        let mut draft = Draft { price: scene.facts.quote.ok(), ..Draft::new().about(job) };
        if consumer.is_none() {
            let account = pda::consumer(wallet);
            draft = draft.then(network.register_consumer(wallet, wallet)).creating(
                wallet,
                account,
                Consumer::LEN,
                rent,
                "your consumer account, which stays",
            );
        }
        let to = provider.as_ref().map_or_else(Key::default, |(address, _)| *address);
        draft = draft.then(if self.rail == Rail::Stable {
            let rail = scene.facts.stable().map_err(program_refuses)?;
            rail.open_job(wallet, wallet, &source, &to, nonce, order, *escrow)
        } else {
            network.open_job(wallet, wallet, &source, &to, nonce, order, *escrow)
        });
        let [job_len, vault_len] = JOB;
        let paid = Move::pay(currency, *escrow, *wallet, pda::vault(&job), "the job's escrow");
        draft = draft
            .moving(paid.later(*escrow, later(&scene, &made)))
            .creating(wallet, job, job_len, rent, "the job's account, which comes back")
            .creating(wallet, pda::vault(&job), vault_len, rent, "the job's vault, which comes back")
            .say(summary(&scene, &made, &job, nonce, provider.as_ref(), consumer.is_none()));
        match provider {
            Some(provider) if self.standing == Some(true) => accepted(draft, &scene, &made, &job, &provider),
            _ => Ok(draft),
        }
    }
}

/// Refuses a registered meter that does not exist, is not bonded or is a party's.
fn check_meter(
    key: &Key,
    found: Option<Meter>,
    scene: &Scene,
    provider: Option<&Provider>,
    wallet: &Key,
) -> Result<()> {
    let Some(meter) = found else {
        return Err(refused(format!("No meter is registered whose key is {key}; see /v1/meters.")));
    };
    let bond = scene.facts.config.parameters.meter_bond;
    if meter.vouched.bonded().unwrap_or(0) < bond {
        let bond = scene.facts.compute().say(bond);
        return Err(refused(format!(
            "The meter {key} has less at stake than the {bond} that the network asks of one."
        )));
    }
    let parties = [Some(*wallet), provider.map(|provider| provider.authority)];
    if parties.contains(&Some(meter.authority)) || parties.contains(&Some(meter.key)) {
        return Err(program_refuses(SettlementError::MeterIsParty));
    }
    Ok(())
}

/// The same with the job accepted by the provider's standing offer.
fn accepted(
    draft: Draft,
    scene: &Scene,
    made: &Offer,
    job: &Key,
    (address, provider): &Named<Provider>,
) -> Result<Draft> {
    let (facts, Offer { order, escrow, .. }) = (&scene.facts, made);
    let quote = facts.quote.map_err(|_| program_refuses(SettlementError::NoPrice))?;
    let bps = facts.config.parameters.bond_bps;
    let bond = whole(rules::bond_asked(order.rail, *escrow, bps, quote.burn, quote.scale))?;
    let occasion = Occasion {
        now: facts.now,
        authority: provider.authority,
        jobs_open: provider.jobs_open,
        parameters: facts.config.parameters.hash(),
        bond,
        worth: whole(escrow_worth(order.rail, *escrow, quote.burn, quote.scale))?,
    };
    fits(&provider.standing, order, &occasion).map_err(program_refuses)?;
    let (tokens, free) = (facts.compute(), provider.free_stake().unwrap_or(0));
    if free < bond {
        return Err(refused(format!(
            "The job's bond is {}, but only {} of the provider's stake are free.",
            tokens.say(bond),
            tokens.say(free)
        )));
    }
    let bound = if order.rail == RAIL_TOKEN { Bound::Exact } else { Bound::About };
    Ok(draft
        .then(facts.network().accept_standing_offer(job, address))
        .moving(Move::lock(tokens, bond, *address, *job, "the job's bond").bound(bound).later(
            bond,
            "lost in part or whole if the provider fails the job by its terms",
        ))
        .say(format!(
            "The provider's standing offer accepts the job at once; {} of its stake are locked as bond. From then on \
             cancelling costs {}% of the escrow until the last moment to start.",
            tokens.say(bond),
            shown(i128::from(facts.config.parameters.cancel_bps), PERCENT_DECIMALS)
        )))
}

/// What may become of the escrow.
fn later(scene: &Scene, Offer { order, .. }: &Offer) -> String {
    let parameters = &scene.facts.config.parameters;
    format!(
        "leaves the escrow for receipts that {} signs, up to {} USD of work; {}% of it if you cancel between acceptance \
         and {}; the rest comes back",
        order.meter,
        usd(order.budget).usd,
        shown(i128::from(parameters.cancel_bps), PERCENT_DECIMALS),
        rfc3339(order.start_by),
    )
}

/// What the wallet's owner agrees to by signing: what is paid, what of it comes back, and when not.
fn summary(
    scene: &Scene,
    offer: &Offer,
    job: &Key,
    nonce: u64,
    provider: Option<&Named<Provider>>,
    registers: bool,
) -> String {
    let Offer { order, escrow, price } = offer;
    let (facts, parameters) = (&scene.facts, &scene.facts.config.parameters);
    let stable = order.rail == RAIL_STABLE;
    let opens = if registers { "Registers you as a consumer and opens" } else { "Opens" };
    let registration = if registers {
        format!(", and {} SOL for your consumer account, which stays", scene.rent.sol(&[Consumer::LEN]))
    } else {
        String::new()
    };
    let priced = price.as_ref().map_or_else(String::new, |quote| {
        let time = rfc3339(quote.message.publish_time);
        format!(" (the budget at {} USD a token, published {time}, and a quarter more)", usd_per_token(quote))
    });
    let (budget, rate) = (usd(order.budget).usd, per_hour(order.rate, order.unit));
    let offered = match provider {
        Some((provider, _)) => format!("provider {provider} is offered up to {budget} USD of work at {rate}"),
        None => format!(
            "providers may bid until {} for up to {budget} USD of work at no more than {rate}",
            rfc3339(order.bid_end)
        ),
    };
    let amount = facts.currency(order.rail).map_or_else(|_| escrow.to_string(), |it| it.say(*escrow));
    let (not_needed, held_up) = if stable {
        (
            "what is not paid for work",
            "The stablecoin's issuer can freeze the escrow, which then waits.".to_owned(),
        )
    } else {
        let halt = span(parameters.halt_max);
        let paid = "work is paid out of the escrow to the provider at the last price instead.";
        ("what is not burned for work", format!("If no price has qualified for {halt}, {paid}"))
    };
    format!(
        "{opens} your job {nonce} ({job}): {offered}. {amount} of yours go into escrow{priced}; {not_needed} comes back, \
         less {}% of the escrow for the provider if you cancel between its acceptance and the last moment to start. \
         {held_up} You also pay rent: {} SOL for job and vault, which comes back when they are closed{registration}. To be \
         accepted by {}, started by {}, over by {}. Receipts count if signed by {}.",
        shown(i128::from(parameters.cancel_bps), PERCENT_DECIMALS),
        scene.rent.sol(&JOB),
        rfc3339(order.offer_by),
        rfc3339(order.start_by),
        rfc3339(order.end_by),
        order.meter,
    )
}
