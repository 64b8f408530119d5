//! Opening a job: tokens go into its escrow, and it is offered to a provider.

use super::order::{Offer, offer};
use crate::arguments::{Amount, Digest, HashedFile, Key, PanelText, Percent, Span, When, local, span};
use crate::commands::checks::payable_in;
use crate::context::{Context, Facts};
use crate::failure::{Result, program_refuses, refused};
use crate::run::{Doing, Plan};
use crate::show::{Record, rate};
use serde::Serialize;
use tally_client::amounts::{PERCENT_DECIMALS, USD_DECIMALS, decimal, usd_per_token};
use tally_client::interface::accounts::{Consumer, Job, Layout, Meter, Provider};
use tally_client::interface::terms::{RAIL_STABLE, RAIL_TOKEN};
use tally_client::interface::{Address, SettlementError, pda};
use tally_client::tokens::TOKEN_ACCOUNT_LEN;

/// Arguments.
#[derive(Debug, clap::Args, Serialize)]
pub struct Open {
    /// The provider: its account or its authority; none with --auction
    #[arg(required_unless_present = "auction")]
    pub provider: Option<Key>,
    /// Let providers bid until then, such as 1h; accept one afterwards with "consumer accept-bid"
    #[arg(long, value_name = "WHEN", conflicts_with = "provider")]
    pub auction: Option<When>,
    /// After bidding has ended let anyone have the best bid accepted
    #[arg(long)]
    pub anyone_accepts: bool,
    /// What the job is paid in: the compute token, or the network's stablecoin
    #[arg(long, value_enum, default_value_t = Rail::Token)]
    pub rail: Rail,
    /// Most that the work may cost, in dollars
    #[arg(long, value_name = "USD")]
    pub budget: Amount,
    /// Dollars per GPU hour [default: the provider's own for the hardware class]
    #[arg(long, value_name = "USD")]
    pub rate: Option<Amount>,
    /// Hardware class [default: the first on the provider's rate card]
    #[arg(long, value_name = "CLASS")]
    pub hardware: Option<u16>,
    /// GPUs that may work at once
    #[arg(long, default_value_t = 1)]
    pub gpus: u32,
    /// Tokens, or dollars, to put into escrow [default: what the budget is worth now and a quarter more; the budget in dollars]
    #[arg(long)]
    pub tokens: Option<Amount>,
    /// Last moment to accept, such as 30m or RFC 3339 [default: 30m]
    #[arg(long, value_name = "WHEN")]
    pub accept_by: Option<When>,
    /// Last moment to start without penalty [default: the network's min_lead and 15m after the last acceptance]
    #[arg(long, value_name = "WHEN")]
    pub start_by: Option<When>,
    /// End of the job [default: the hours that the budget pays for, and one, after the last start]
    #[arg(long, value_name = "WHEN")]
    pub end_by: Option<When>,
    /// Time without a receipt after which anyone may close the job [default: 1h]
    #[arg(long, value_name = "TIME")]
    pub silence: Option<Span>,
    /// Least dollars per token at which work is converted, until convert-by [default: none]
    #[arg(long, value_name = "USD")]
    pub min_price: Option<Amount>,
    /// When min-price lapses [default: 7d after the job's end]
    #[arg(long, value_name = "WHEN")]
    pub convert_by: Option<When>,
    /// Key that signs the receipts, best a session key of its own [default: the wallet]
    #[arg(long, value_name = "ADDRESS")]
    pub meter: Option<Key>,
    /// The meter is a registered third party, named with --meter
    #[arg(long, requires = "meter")]
    pub registered_meter: bool,
    /// Promised share of the GPUs' time in percent, such as 95; needs a registered meter
    #[arg(long, value_name = "PERCENT", requires = "registered_meter")]
    pub service_level: Option<Percent>,
    /// Receipts can be disputed before these arbiters, such as 2:WALLET,WALLET,WALLET
    #[arg(long, value_name = "K:WALLETS")]
    pub panel: Option<PanelText>,
    /// File that specifies the work; its SHA-256 goes on chain
    #[arg(long, value_name = "FILE")]
    pub spec: Option<HashedFile>,
    /// That hash itself
    #[arg(long, value_name = "HEX", conflicts_with = "spec")]
    pub spec_hash: Option<Digest>,
    /// The token that you mean to pay with; refused if the network takes another
    #[arg(long, value_name = "MINT")]
    pub mint: Option<Key>,
}

/// What a job is paid in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
#[repr(u8)]
pub enum Rail {
    /// The compute token: burned for work, minted to the provider
    #[default]
    Token = RAIL_TOKEN,
    /// The dollar stablecoin: paid for work
    Stable = RAIL_STABLE,
}

impl Open {
    /// Refuses a registered meter that does not exist, is not bonded or is a party's.
    async fn check_meter(
        &self,
        context: &Context,
        facts: &Facts,
        provider: Option<&Provider>,
        wallet: &Address,
    ) -> Result<()> {
        let key = self.meter.map_or_else(Address::default, |key| key.0);
        let Some(meter) = context.read::<Meter>(&pda::meter(&key)).await? else {
            return refused(format!(
                "no meter is registered whose key is {key}; see \"tally meter register\""
            ));
        };
        let bond = facts.config.parameters.meter_bond;
        if meter.vouched.bonded().unwrap_or(0) < bond {
            return refused(format!(
                "the meter {key} has less at stake than the {} that the network asks of one",
                facts.compute().say(bond)
            ));
        }
        let parties = [Some(*wallet), provider.map(|provider| provider.authority)];
        if parties.contains(&Some(meter.authority)) || parties.contains(&Some(meter.key)) {
            return Err(program_refuses(SettlementError::MeterIsParty));
        }
        Ok(())
    }
}

impl Doing for Open {
    async fn plan(&self, context: &Context) -> Result<Plan> {
        let facts = context.facts().await?;
        let currency = facts.currency(self.rail as u8)?;
        if let Some(Key(mint)) = self.mint.filter(|mint| mint.0 != currency.mint) {
            return refused(format!(
                "jobs of this rail are paid in {} {}; {mint} is another mint",
                currency.name, currency.mint
            ));
        }
        let wallet = context.owner()?;
        let payer = context.payer()?;
        let named = match self.provider {
            Some(provider) => Some(context.provider(Some(provider)).await?),
            None => None,
        };
        let content = named.as_ref().map(|(_, content)| content);
        let Offer { order, escrow, price, defaults } = offer(self, &facts, content, &wallet)?;
        if self.registered_meter {
            self.check_meter(context, &facts, content, &wallet).await?;
        }
        let source = payable_in(context, &currency, &wallet, escrow).await?;
        let consumer = context.consumer(&wallet).await?;
        let nonce = consumer.as_ref().map_or(0, |consumer| consumer.next_nonce);
        let (network, now) = (facts.network(), facts.now);
        let provider = named.as_ref().map_or_else(Address::default, |(address, _)| *address);
        let job = pda::job(&wallet, nonce);
        let mut plan = Plan::default().creates("job", Job::LEN).creates("its vault", TOKEN_ACCOUNT_LEN);
        if consumer.is_none() {
            plan.instructions.push(network.register_consumer(&payer, &wallet));
            plan = plan
                .say("Registers you as a consumer first; the rent of that account stays in it.")
                .creates("consumer account, which stays", Consumer::LEN);
        }
        plan.instructions.push(match self.rail {
            Rail::Token => network.open_job(&payer, &wallet, &source, &provider, nonce, &order, escrow),
            Rail::Stable => {
                facts.stable()?.open_job(&payer, &wallet, &source, &provider, nonce, &order, escrow)
            }
        });
        let priced = price.map_or_else(String::new, |quote| {
            format!(" (the budget at {} USD a token, and a quarter more)", usd_per_token(&quote))
        });
        let parameters = &facts.config.parameters;
        let mut record = Record::new()
            .text("job", job)
            .count("number", nonce)
            .maybe("provider", named.as_ref().map(|(address, _)| address))
            .money("escrow", escrow, &currency)
            .usd("budget", order.budget)
            .rate("rate", order.rate, order.unit)
            .count("gpus", u64::from(self.gpus))
            .count("hardware", u64::from(order.hardware))
            .text("meter", order.meter)
            .time("accept_by", order.offer_by, now)
            .time("start_by", order.start_by, now)
            .time("end_by", order.end_by, now)
            .time("convert_by", order.convert_by, now)
            .span("silence_max", order.silence_max)
            .text("spec_hash", Digest(order.spec_hash));
        if order.bid_end > 0 {
            record = record.time("bid_until", order.bid_end, now);
        }
        if let Some(Percent(bps)) = self.service_level {
            record = record.percent("service_level", bps);
        }
        if self.panel.is_some() {
            record = record.text("panel", Digest(order.panel));
        }
        if order.min_price > 0 {
            record = record.price("min_price", order.min_price, -8);
        }
        if !defaults.is_empty() {
            let value = serde_json::json!(defaults);
            record = record.with("by_default", defaults.join("; "), value);
        }
        let mut plan = plan
            .say(format!(
                "Opens job {nonce}: you pay {} into its escrow{priced}, and offer {} up to {} USD of work at {}{}.",
                currency.say(escrow),
                named.as_ref().map_or("bidders".to_owned(), |(address, _)| format!("provider {address}")),
                decimal(order.budget, USD_DECIMALS),
                if named.is_some() { "" } else { "no more than " },
                rate(order.rate, order.unit)
            ))
            .say(format!("It leaves the escrow only for receipts that {} signs; the rest comes back.", order.meter))
            .say(format!(
                "If you cancel between acceptance and {}, {}% of the escrow goes to the provider.",
                local(order.start_by, now),
                decimal(parameters.cancel_bps, PERCENT_DECIMALS)
            ))
            .say("The rent of job and vault comes back when they are closed.")
            .figures(record);
        plan = plan.say(match self.rail {
            Rail::Token => format!(
                "If no price qualifies for {}, work is paid to the provider in tokens at the last price instead.",
                span(parameters.halt_max)
            ),
            Rail::Stable => "The stablecoin's issuer can freeze the escrow; what is in it then waits.".to_owned(),
        });
        if self.panel.is_some() {
            plan = plan.say(format!(
                "A receipt is paid once nobody has disputed it for {}: only you can (tally case dispute).",
                span(parameters.dispute_window)
            ));
        }
        if order.meter == wallet {
            plan = plan.say(
                "Receipts are signed by the wallet itself: a session key of its own is safer (--meter).",
            );
        }
        Ok(plan)
    }
}
