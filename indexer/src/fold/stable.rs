//! Events of the stable rail and of the buyback. Its dollars are micro-dollars.

use super::effects::{Account, Conversion, Effects, Fact, Fill, Means};
use super::images::BuybackImage;
use super::jobs::cube;
use super::network::{add, agree, quoted, sub};
use super::revenue::{Column, Cube, NO_HARDWARE, Sums};
use super::world::{Contradiction, World, singletons};
use crate::decode::body;
use bytemuck::Zeroable;
use settlement_interface::accounts::{Buyback, Party};
use settlement_interface::events::{BuybackFilled, BuybackTicked, StableOpened, StableSettled};
use settlement_interface::terms::RAIL_STABLE;

pub(super) fn opened(world: &mut World, event: &StableOpened) -> Result<(), Contradiction> {
    let config = &mut world.config()?.account;
    config.stable_mint = event.mint;
    config.stable_program = event.token_program;
    world.create(event.buyback, BuybackImage { account: Buyback::zeroed(), vault: event.vault })
}

pub(super) fn settled(
    world: &mut World,
    event: &StableSettled,
    effects: &mut Effects,
) -> Result<(), Contradiction> {
    let take = add(event.buyback, event.treasury, "the take")?;
    agree(add(event.earned, take, "what was settled")?, event.usd, "what was settled")?;
    let image = world.job(&event.job)?;
    let authority = image.authority;
    let job = &mut image.account;
    job.escrow = sub(job.escrow, event.usd, "the escrow")?;
    agree(job.escrow, event.escrow, "the escrow")?;
    job.settled = add(job.settled, event.usd, "what was settled")?;
    agree(job.settled, event.settled, "what was settled")?;
    job.earned = add(job.earned, event.earned, "what was earned")?;
    job.take = add(job.take, take, "the take")?;
    agree(job.take, event.take, "the take")?;
    job.treasury_take = add(job.treasury_take, event.treasury, "the treasury's take")?;
    let outstanding =
        job.outstanding().ok_or_else(|| Contradiction("it settles more than was accepted".into()))?;
    agree(outstanding, event.outstanding, "the outstanding work")?;
    super::jobs::owe(job, Party::Provider, event.earned, 0)?;
    super::jobs::owe(job, Party::Buyback, event.buyback, 0)?;
    super::jobs::owe(job, Party::Treasury, event.treasury, 0)?;
    let (mint, hardware, cube) = (job.terms.mint, job.terms.order.hardware, cube(job, event.at));

    let escrow = Account::Escrow.within(event.job, event.job);
    let due = |owner| Account::Dues.within(owner, event.job);
    effects.transfer(mint, event.earned, escrow, due(authority));
    effects.transfer(mint, event.buyback, escrow, due(singletons().buyback));
    effects.transfer(mint, event.treasury, escrow, due(singletons().config));
    effects.facts.push(Fact::Conversion(Conversion {
        job: event.job,
        provider: event.provider,
        hardware,
        usd: event.usd,
        supply_side_usd: event.earned,
        treasury_usd: event.treasury,
        burned: 0,
        take,
        earned: event.earned,
        escrow: event.escrow,
        outstanding: event.outstanding,
        by: Means::Stable,
    }));
    let sums = Sums::new()
        .with(Column::Conversions, 1)
        .with(Column::FeesUsd, event.usd)
        .with(Column::SupplySideUsd, event.earned)
        .with(Column::HoldersUsd, event.buyback)
        .with(Column::TreasuryUsd, event.treasury);
    effects.sum(cube, sums);
    Ok(())
}

/// What both events of a round say of it.
struct Round {
    number: u64,
    lot: u64,
    elapsed: u64,
    at: i64,
}

/// Starts the round if this is its first event, and counts its time.
fn advance(auction: &mut Buyback, round: &Round) -> Result<(), Contradiction> {
    if auction.left == 0 {
        auction.rounds = add(auction.rounds, 1, "the number of rounds")?;
        (auction.lot, auction.left, auction.started_at) = (round.lot, round.lot, round.at);
    }
    agree(auction.rounds, round.number, "the round's number")?;
    agree(auction.lot, round.lot, "the lot")?;
    (auction.elapsed, auction.ticked_at) = (round.elapsed, round.at);
    Ok(())
}

pub(super) fn ticked(
    world: &mut World,
    event: &BuybackTicked,
    effects: &mut Effects,
) -> Result<(), Contradiction> {
    let auction = &mut world.buyback(&singletons().buyback)?.account;
    let round = Round { number: event.round, lot: event.lot, elapsed: event.elapsed, at: event.at };
    advance(auction, &round)?;
    agree(auction.left, event.left, "what is left of the lot")?;
    quoted(world, &event.quoted, event.at, effects)
}

pub(super) fn filled(
    world: &mut World,
    event: &BuybackFilled,
    effects: &mut Effects,
) -> Result<(), Contradiction> {
    let auction = &mut world.buyback(&singletons().buyback)?.account;
    let round = Round { number: event.round, lot: event.lot, elapsed: event.elapsed, at: event.at };
    advance(auction, &round)?;
    auction.left = sub(auction.left, event.paid, "what is left of the lot")?;
    agree(auction.left, event.left, "what is left of the lot")?;
    auction.sold = add(auction.sold, event.paid, "what was sold")?;
    agree(auction.sold, event.total_sold, "what was sold")?;
    auction.burned = add(auction.burned, event.burned, "what buybacks burned")?;
    agree(auction.burned, event.total_burned, "what buybacks burned")?;
    quoted(world, &event.quoted, event.at, effects)?;
    let config = &world.config()?.account;
    let (mint, dollars) = (config.mint, config.stable_mint);
    effects.transfer(dollars, event.paid, Account::Buyback.whole(), Account::Outside.whole());
    effects.transfer(mint, event.burned, Account::Circulating.whole(), Account::Burned.whole());
    effects.facts.push(Fact::Fill(Fill {
        buyer: event.buyer,
        destination: event.destination,
        round: event.round,
        lot: event.lot,
        paid: event.paid,
        burned: event.burned,
        remaining: event.left,
        factor_bps: event.factor_bps,
        worth: event.worth,
        exponent: event.quoted.exponent,
    }));
    let cube = Cube::at(event.at, body::rail(RAIL_STABLE), singletons().buyback, NO_HARDWARE);
    let sums = Sums::new()
        .with(Column::Burned, event.burned)
        .with(Column::BurnedBuyback, event.burned)
        .with(Column::BuybackUsd, event.paid);
    effects.sum(cube, sums);
    Ok(())
}
