//! Events of receipts, conversions and payments.

use super::effects::{Account, Claim, Conversion, Effects, Fact, Means, Payout, Rebate, Receipt};
use super::images::{CreditImage, EpochImage};
use super::jobs::{cube, outside};
use super::network::{add, agree, code, quoted, sub};
use super::revenue::{Column, Cube, NO_HARDWARE, Sums};
use super::world::{Contradiction, World, singletons};
use crate::decode::body;
use bytemuck::Zeroable;
use settlement_interface::Address;
use settlement_interface::accounts::{Credit, Epoch, MARK_HALT, MARK_NONE, Party};
use settlement_interface::events::{
    BatchAccepted, BatchEntry, Claimed, Converted, DueWithdrawn, EpochClosed, RebateClaimed, ReceiptAccepted,
    Touched,
};
use settlement_interface::math::{Wide, mul_div_floor};
use settlement_interface::rules::usd_floor;
use settlement_interface::terms::RAIL_TOKEN;

/// `receipts.halt` of one that came in a batch, behind the codes that the program gives.
pub const HALT_BATCH: u64 = 66;

pub(super) fn receipt_accepted(
    world: &mut World,
    event: &ReceiptAccepted,
    effects: &mut Effects,
) -> Result<(), Contradiction> {
    let entry = BatchEntry {
        index: event.index,
        units: event.units,
        accepted: event.accepted,
        outstanding: event.outstanding,
    };
    receive(world, &event.job, &entry, (event.meter, event.through, event.halt), effects)
}

/// Receipts of many jobs; none is converted, for whatever price there is.
pub(super) fn batch_accepted(
    world: &mut World,
    event: &BatchAccepted,
    effects: &mut Effects,
) -> Result<(), Contradiction> {
    for (touched, entry) in event.entities.iter().zip(&event.entries) {
        receive(world, &touched.entity, entry, (event.meter, event.through, HALT_BATCH), effects)?;
    }
    Ok(())
}

/// Counts one receipt, which `by` signed for units through a time, and why nothing was converted.
fn receive(
    world: &mut World,
    address: &Address,
    entry: &BatchEntry,
    (by, through, halt): (Address, i64, u64),
    effects: &mut Effects,
) -> Result<(), Contradiction> {
    let job = &mut world.job(address)?.account;
    let number = add(job.receipts, 1, "the number of receipts")?;
    agree(number, entry.index, "the receipt's number")?;
    let more = sub(entry.units, job.units, "the units")?;
    job.receipts = number;
    job.units = entry.units;
    job.through = through;
    job.accepted = entry.accepted;
    job.heard_at = effects.at;
    let outstanding =
        job.outstanding().ok_or_else(|| Contradiction("it accepts less than was settled".into()))?;
    agree(outstanding, entry.outstanding, "the outstanding work")?;
    let cube = cube(job, effects.at);
    effects.facts.push(Fact::Receipt(Receipt {
        job: *address,
        provider: job.terms.provider,
        number: entry.index,
        meter: by,
        units: entry.units,
        through,
        accepted: entry.accepted,
        outstanding: entry.outstanding,
        halt,
    }));
    effects.sum(cube, Sums::new().with(Column::Receipts, 1).with(Column::Units, more));
    Ok(())
}

pub(super) fn converted(
    world: &mut World,
    event: &Converted,
    effects: &mut Effects,
) -> Result<(), Contradiction> {
    let parts = add(event.take, event.earned, "take and earnings")?;
    sub(event.burned, parts, "the spread")?;
    quoted(world, &event.quoted, event.at, effects)?;

    let image = world.job(&event.job)?;
    let job = &mut image.account;
    job.escrow = sub(job.escrow, event.burned, "the escrow")?;
    agree(job.escrow, event.escrow, "the escrow")?;
    job.settled = add(job.settled, event.usd, "what was settled")?;
    job.recorded = add(job.recorded, event.usd, "what was recorded")?;
    job.burned = add(job.burned, event.burned, "what was burned")?;
    job.take = add(job.take, event.take, "the take")?;
    job.earned = add(job.earned, event.earned, "what was earned")?;
    if job.mark == MARK_HALT {
        job.mark = MARK_NONE; // a price qualifies, so no halt is marked any more
    }
    let outstanding =
        job.outstanding().ok_or_else(|| Contradiction("it settles more than was accepted".into()))?;
    agree(outstanding, event.outstanding, "the outstanding work")?;
    let (terms, cube) = (job.terms, cube(job, event.at));

    let provider = world.provider(&event.provider)?;
    provider.claimable = add(provider.claimable, event.earned, "what can be claimed")?;
    agree(provider.claimable, event.claimable, "what can be claimed")?;
    provider.earned = add(provider.earned, event.earned, "what was earned")?;
    provider.burned = add(provider.burned, event.burned, "what was burned")?;
    provider.take = add(provider.take, event.take, "the take")?;
    provider.settled = add(provider.settled, event.usd, "what was settled")?;
    provider.credit(event.usd, event.at);

    book_take(world, event)?;

    // What the provider's tokens were valued at; never more than was settled, by the rule of conversion.
    let price = &event.quoted;
    let worth = usd_floor(event.earned, price.mint, price.scale).and_then(|usd| u64::try_from(usd).ok());
    let supply_side_usd = worth.ok_or_else(|| Contradiction("its price is out of range".into()))?;
    let holders = sub(event.usd, supply_side_usd, "the holders' share")?;
    let job_escrow = Account::Escrow.within(event.job, event.job);
    effects.transfer(terms.mint, event.burned, job_escrow, Account::Burned.whole());
    let (right, holder) = (Account::Accrued.whole(), Account::Unclaimed.of(event.provider));
    effects.transfer(terms.mint, event.earned, right, holder);
    effects.facts.push(Fact::Conversion(Conversion {
        job: event.job,
        provider: event.provider,
        hardware: terms.order.hardware,
        usd: event.usd,
        supply_side_usd,
        treasury_usd: 0,
        burned: event.burned,
        take: event.take,
        earned: event.earned,
        escrow: event.escrow,
        outstanding: event.outstanding,
        by: Means::Converted {
            epoch: event.epoch,
            weight: event.weight.get(),
            quality: event.quality,
            quoted: event.quoted,
        },
    }));
    let sums = Sums::new()
        .with(Column::Conversions, 1)
        .with(Column::FeesUsd, event.usd)
        .with(Column::SupplySideUsd, supply_side_usd)
        .with(Column::HoldersUsd, holders)
        .with(Column::Burned, event.burned)
        .with(Column::BurnedConverted, event.burned)
        .with(Column::Take, event.take)
        .with(Column::Earned, event.earned);
    effects.sum(cube, sums);
    Ok(())
}

/// Books the take of a conversion in its epoch and in the provider's credit, opening what is new.
fn book_take(world: &mut World, event: &Converted) -> Result<(), Contradiction> {
    let [_, _, _, epoch_at, credit_at] = event.entities.map(|touched: Touched| touched.entity);
    let rebate_bps = u16::try_from(event.rebate_bps)
        .map_err(|_| Contradiction(format!("a rebate of {} basis points", event.rebate_bps)))?;
    if !world.has(&epoch_at) {
        let account = Epoch {
            index: event.epoch,
            rent_payer: event.credit_payer, // who opens an epoch opens a credit in it
            rebate_bps,
            ..Epoch::zeroed()
        };
        world.create(epoch_at, EpochImage { account, take_usd: 0 })?;
    }
    let is_new = !world.has(&credit_at);
    if is_new {
        let account = Credit {
            provider: event.provider,
            rent_payer: event.credit_payer,
            epoch: event.epoch,
            ..Credit::zeroed()
        };
        world.create(credit_at, CreditImage { account, ..CreditImage::zeroed() })?;
    }
    let more = event.weight.get();
    let sum = |weight: Wide| {
        let sum = weight.get().checked_add(more);
        sum.map(Wide::from).ok_or_else(|| Contradiction("the weight would exceed 128 bits".into()))
    };
    let worth = usd_floor(event.take, event.quoted.burn, event.quoted.scale);
    let worth = worth.and_then(|usd| u64::try_from(usd).ok());
    let worth = worth.ok_or_else(|| Contradiction("its price is out of range".into()))?;
    let image = world.epoch(&epoch_at)?;
    image.take_usd = add(image.take_usd, worth, "the take's worth")?;
    let epoch = &mut image.account;
    epoch.take = add(epoch.take, event.take, "the epoch's take")?;
    epoch.weight = sum(epoch.weight)?;
    if is_new {
        epoch.credits = add(epoch.credits, 1, "the number of credits")?;
    }
    let credit = &mut world.credit(&credit_at)?.account;
    credit.take = add(credit.take, event.take, "the credit's take")?;
    credit.weight = sum(credit.weight)?;
    Ok(())
}

pub(super) fn due_withdrawn(
    world: &mut World,
    event: &DueWithdrawn,
    effects: &mut Effects,
) -> Result<(), Contradiction> {
    let image = world.job(&event.job)?;
    let index = usize::try_from(event.party).unwrap_or(usize::MAX);
    let no_party = || Contradiction(format!("{} is no party", event.party));
    let due = image.account.dues.get_mut(index).ok_or_else(no_party)?;
    due.escrow = sub(due.escrow, event.escrow, "what is due")?;
    due.stake = sub(due.stake, event.stake, "what is due")?;
    let paid = image.paid.get_mut(index).ok_or_else(no_party)?;
    paid.escrow = add(paid.escrow, event.escrow, "what was paid")?;
    paid.stake = add(paid.stake, event.stake, "what was paid")?;
    let (escrow_mint, rail) = (image.account.terms.mint, image.account.terms.order.rail);
    let mint = world.config()?.account.mint;
    // Dues of the network are its own until they are paid, to whatever wallet is the treasury's then.
    let (owner, to) = match Party::from_code(code(event.party, "party")?) {
        Some(Party::Buyback) => (singletons().buyback, Account::Buyback.whole()),
        Some(Party::Treasury) => (singletons().config, outside(rail)),
        _ => (event.wallet, outside(rail)),
    };
    effects.transfer(escrow_mint, event.escrow, Account::Dues.within(owner, event.job), to);
    let (due, out) = (Account::StakeDues.within(event.wallet, event.job), Account::Circulating.whole());
    effects.transfer(mint, event.stake, due, out);
    effects.facts.push(Fact::Payout(Payout {
        job: event.job,
        party: event.party,
        wallet: event.wallet,
        escrow: event.escrow,
        stake: event.stake,
    }));
    Ok(())
}

pub(super) fn claimed(
    world: &mut World,
    event: &Claimed,
    effects: &mut Effects,
) -> Result<(), Contradiction> {
    let provider = world.provider(&event.provider)?;
    provider.claimable = sub(provider.claimable, event.amount, "what can be claimed")?;
    provider.minted = add(provider.minted, event.amount, "what was minted")?;
    agree(provider.minted, event.minted, "what was minted")?;
    let mint = world.config()?.account.mint;
    let (holder, right) = (Account::Unclaimed.of(event.provider), Account::Accrued.whole());
    effects.transfer(mint, event.amount, holder, right);
    effects.transfer(mint, event.amount, Account::Minted.whole(), Account::Circulating.whole());
    effects.facts.push(Fact::Claim(Claim {
        provider: event.provider,
        wallet: event.wallet,
        amount: event.amount,
        minted: event.minted,
    }));
    let cube = Cube::at(event.at, body::rail(RAIL_TOKEN), event.provider, NO_HARDWARE);
    let sums = Sums::new().with(Column::Minted, event.amount).with(Column::Claimed, event.amount);
    effects.sum(cube, sums);
    Ok(())
}

pub(super) fn rebate_claimed(
    world: &mut World,
    event: &RebateClaimed,
    effects: &mut Effects,
) -> Result<(), Contradiction> {
    let [epoch_at, credit_at, _] = event.entities.map(|touched: Touched| touched.entity);
    let image = world.epoch(&epoch_at)?;
    let (take, take_usd) = (image.account.take, image.take_usd);
    let epoch = &mut image.account;
    epoch.rebated = add(epoch.rebated, event.amount, "the epoch's rebates")?;
    epoch.claimed = add(epoch.claimed, 1, "the number of claims")?;
    let credit = world.credit(&credit_at)?;
    if credit.claimed != 0 {
        return Err(Contradiction("the credit was claimed before".into()));
    }
    credit.claimed = 1;
    credit.rebate = event.amount;
    let provider = world.provider(&event.provider)?;
    provider.minted = add(provider.minted, event.amount, "what was minted")?;
    agree(provider.minted, event.minted, "what was minted")?;
    let usd = mul_div_floor(event.amount.into(), take_usd.into(), take.into());
    let usd = usd.and_then(|usd| u64::try_from(usd).ok()).unwrap_or(0);
    let mint = world.config()?.account.mint;
    effects.transfer(mint, event.amount, Account::Minted.whole(), Account::Circulating.whole());
    effects.facts.push(Fact::Rebate(Rebate {
        provider: event.provider,
        epoch: event.epoch,
        wallet: event.wallet,
        pool: event.pool,
        amount: event.amount,
        usd,
        minted: event.minted,
    }));
    let cube = Cube::at(event.at, body::rail(RAIL_TOKEN), event.provider, NO_HARDWARE);
    let sums = Sums::new()
        .with(Column::Minted, event.amount)
        .with(Column::Rebated, event.amount)
        .with(Column::RebatedUsd, usd);
    effects.sum(cube, sums);
    Ok(())
}

pub(super) fn epoch_closed(world: &mut World, event: &EpochClosed) -> Result<(), Contradiction> {
    let [epoch_at] = event.entities.map(|touched: Touched| touched.entity);
    let epoch = &world.epoch(&epoch_at)?.account;
    agree(epoch.take, event.take, "the epoch's take")?;
    agree(epoch.rebated, event.rebated, "the epoch's rebates")?;
    agree(epoch.credits, event.credits, "the number of credits")?;
    agree(epoch.claimed, event.credits, "the number of claims")
}
