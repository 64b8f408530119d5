//! What it moves to convert a job's work, as far as it can be told before: on the token rail by the price now.

use crate::actions::desk::{Desk, Scene};
use crate::actions::draft::Draft;
use crate::actions::moves::{Bound, Move};
use crate::actions::refusal::{program_refuses, whole};
use crate::error::Result;
use crate::units::usd;
use settlement_interface::accounts::{Credit, Epoch, Job, Layout, Provider};
use settlement_interface::oracle::{Quote, reaches_minimum};
use settlement_interface::rules::{Taken, convert, settle_stable};
use settlement_interface::{Address, pda};

/// A price at which a job's work is converted now.
pub fn quote(scene: &Scene, job: &Job) -> Option<Quote> {
    let (facts, order) = (&scene.facts, &job.terms.order);
    let reached = |quote: &Quote| reaches_minimum(quote.burn, quote.message.exponent, order.min_price);
    facts.quote_for(job).ok().filter(|quote| facts.now >= order.convert_by || reached(quote))
}

/// The draft with what converting `outstanding` micro-dollars moves at this price, and the rent of the epoch's
/// accounts if they are missing.
pub async fn at_price(
    desk: &Desk<'_>,
    scene: &Scene,
    draft: Draft,
    (address, job): (&Address, &Job),
    provider: &Provider,
    outstanding: u64,
    quote: &Quote,
) -> Result<Draft> {
    let (facts, tokens) = (&scene.facts, scene.facts.compute());
    let made = whole(convert(outstanding, job.escrow, job.terms.parameters.take_bps, quote))?;
    let epoch = facts.epoch().map_err(program_refuses)?;
    let places = [pda::epoch(epoch), pda::credit(epoch, &job.terms.provider)];
    let found = desk.accounts(places).await?;
    let burned = Move::burn(tokens, made.burned, job.vault, "the escrow, for work that is settled");
    let earned = Move::due(
        tokens,
        made.earned,
        job.terms.provider,
        provider.authority,
        "earnings, which can be claimed",
    );
    let mut draft = draft.moving(burned.bound(Bound::About)).moving(earned.bound(Bound::About)).say(format!(
        "Burns about {} of the escrow of job {address} for {} USD of work; the provider earns about {}.",
        tokens.say(made.burned),
        usd(made.usd).usd,
        tokens.say(made.earned)
    ));
    let accounts = [
        (Epoch::LEN, "the epoch's account, which comes back"),
        (Credit::LEN, "the provider's credit in the epoch, which comes back"),
    ];
    let mut missing = Vec::new();
    for ((place, found), (bytes, what)) in places.into_iter().zip(found).zip(accounts) {
        if found.is_none() {
            draft = draft.creating(&desk.wallet, place, bytes, scene.rent, what);
            missing.push(bytes);
        }
    }
    Ok(if missing.is_empty() {
        draft
    } else {
        draft.say(format!(
            "You pay the rent of {} SOL for accounts of the epoch, which comes back when they are closed.",
            scene.rent.sol(&missing)
        ))
    })
}

/// The draft with what settling `outstanding` micro-dollars of a job of the stable rail books.
pub fn in_dollars(
    scene: &Scene,
    draft: Draft,
    (address, job): (&Address, &Job),
    provider: &Provider,
    outstanding: u64,
) -> Result<Draft> {
    let terms = &job.terms.parameters;
    let taken = Taken { settled: job.settled, take: job.take, treasury: job.treasury_take };
    let made = whole(settle_stable(outstanding, job.escrow, &taken, terms.take_bps, terms.treasury_bps))?;
    let dollars = scene.currency(job.terms.order.rail)?;
    let due = |amount, to, what| Move::due(dollars, amount, job.vault, to, what).bound(Bound::About);
    Ok(draft
        .moving(due(made.earned, provider.authority, "what the provider earns"))
        .moving(due(made.buyback, pda::buyback_vault(), "the take: what buys tokens back"))
        .moving(due(made.treasury, scene.facts.config.treasury, "the take: the treasury's share"))
        .say(format!(
            "Books {} out of the escrow of job {address}: {} are due to the provider, the rest is the take.",
            dollars.say(made.usd),
            dollars.say(made.earned)
        )))
}
