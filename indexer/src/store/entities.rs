//! Entities as rows, and back from their images.

use super::schema;
use super::table::{Bytes, Cell, Cells, Existing, Table, cells};
use crate::decode::body;
use crate::fold::{ConfigImage, Entity, Held, JobImage, Kind, World};
use serde_json::Value;
use settlement_interface::Address;
use settlement_interface::accounts::{Consumer, Due, Party, Price, Provider};
use settlement_interface::events::Touched;
use settlement_interface::rules::rebate_pool;
use sqlx::{AssertSqlSafe, PgConnection, Row};
use std::collections::BTreeMap;

/// The table of a kind and the column that holds the address.
pub fn table(kind: Kind) -> &'static Table {
    match kind {
        Kind::Config => &schema::CONFIG,
        Kind::Price => &schema::PRICE,
        Kind::Totals => &schema::TOTALS,
        Kind::Consumer => &schema::CONSUMERS,
        Kind::Provider => &schema::PROVIDERS,
        Kind::Job => &schema::JOBS,
        Kind::Epoch => &schema::EPOCHS,
        Kind::Credit => &schema::CREDITS,
    }
}

fn key_column(kind: Kind) -> &'static str {
    table(kind).columns.first().map_or("entity", |(name, _)| name)
}

/// Reads entities of one kind; those that do not exist are left out.
pub async fn load(
    connection: &mut PgConnection,
    kind: Kind,
    addresses: &[Address],
) -> Result<Vec<(Address, Held)>, sqlx::Error> {
    let (name, key) = (table(kind).name, key_column(kind));
    let sql = format!("SELECT {key} AS address, image FROM {name} WHERE {key} = ANY($1::text[])");
    let names: Vec<String> = addresses.iter().map(Address::to_string).collect();
    let rows = sqlx::query(AssertSqlSafe(sql)).bind(names).fetch_all(connection).await?;
    rows.iter().map(|row| held(kind, row)).collect()
}

/// Reads the network, if it was initialised.
pub async fn load_config(connection: &mut PgConnection) -> Result<Option<(Address, Held)>, sqlx::Error> {
    let row = sqlx::query("SELECT entity AS address, image FROM config").fetch_optional(connection).await?;
    row.map(|row| held(Kind::Config, &row)).transpose()
}

fn held(kind: Kind, row: &sqlx::postgres::PgRow) -> Result<(Address, Held), sqlx::Error> {
    let address: String = row.try_get("address")?;
    let address = address.parse().map_err(|_| sqlx::Error::Protocol(format!("{address} is no address")))?;
    let image: Vec<u8> = row.try_get("image")?;
    let held = Held::read(kind, &image).map_err(|error| sqlx::Error::Protocol(error.to_string()))?;
    Ok((address, held))
}

/// Writes what changed in the world.
pub async fn save(connection: &mut PgConnection, world: &World) -> Result<(), sqlx::Error> {
    let changed: Vec<(&Address, &Held)> = world.changed().collect();
    save_all(connection, world, &changed).await
}

/// Writes these entities.
pub async fn save_all(
    connection: &mut PgConnection,
    world: &World,
    entities: &[(&Address, &Held)],
) -> Result<(), sqlx::Error> {
    let epoch_len = world.network().map_or(0, |config| config.account.parameters.epoch_len);
    let mut rows: BTreeMap<Kind, Vec<Cells>> = BTreeMap::new();
    let mut dues = Vec::new();
    for (address, held) in entities {
        if let Entity::Job(job) = &held.entity {
            dues.extend(due_rows(address, job));
        }
        rows.entry(held.entity.kind()).or_default().push(row(address, held, epoch_len));
    }
    for (kind, rows) in rows {
        table(kind).write(connection, rows, Existing::Replace).await?;
    }
    schema::DUES.write(connection, dues, Existing::Replace).await?;
    Ok(())
}

/// An entity's row. `epoch_len` in seconds places epochs in time.
fn row(address: &Address, held: &Held, epoch_len: i64) -> Cells {
    let mut cells = match &held.entity {
        Entity::Config(config) => config_row(address, config),
        Entity::Price(price) => price_row(address, price),
        Entity::Totals(totals) => cells![*address, totals.locked],
        Entity::Consumer(consumer) => consumer_row(address, consumer),
        Entity::Provider(provider) => provider_row(address, provider),
        Entity::Job(job) => job_row(address, job),
        Entity::Epoch(image) => {
            let epoch = &image.account;
            let starts_at = i64::try_from(epoch.index).unwrap_or(i64::MAX).saturating_mul(epoch_len);
            let pool = rebate_pool(epoch.take, epoch.rebate_bps).unwrap_or(0);
            cells![
                *address,
                epoch.index,
                starts_at,
                starts_at.saturating_add(epoch_len),
                epoch.take,
                image.take_usd,
                epoch.weight.get(),
                epoch.rebate_bps,
                pool,
                epoch.rebated,
                epoch.credits,
                epoch.claimed,
            ]
        }
        Entity::Credit(image) => {
            let credit = &image.account;
            let rebate = (image.claimed != 0).then_some(image.rebate);
            cells![
                *address,
                credit.epoch,
                credit.provider,
                credit.rent_payer,
                credit.take,
                credit.weight.get(),
                rebate,
            ]
        }
    };
    cells.extend(cells![held.entity.sequence(), held.slot, Bytes(&held.image())]);
    cells
}

/// What readers see of an entity, for notes about how it was: its row by names of columns, and the
/// rows of what it owes.
pub fn shown(address: &Address, held: &Held, epoch_len: i64) -> (Value, Vec<Value>) {
    let dues = match &held.entity {
        Entity::Job(job) => due_rows(address, job),
        _ => Vec::new(),
    };
    let dues = dues.into_iter().map(|due| named(&schema::DUES, due)).collect();
    (named(table(held.entity.kind()), row(address, held, epoch_len)), dues)
}

fn named(table: &Table, cells: Cells) -> Value {
    let columns = table.columns.iter().zip(cells).filter(|((name, _), _)| *name != "image");
    let named = columns.map(|((name, kind), cell)| {
        let value = match cell {
            None => Value::Null,
            Some(text) if *kind == "jsonb" => serde_json::from_str(&text).unwrap_or(Value::Null),
            Some(text) => Value::String(text),
        };
        ((*name).to_owned(), value)
    });
    Value::Object(named.collect())
}

/// Deletes entities that an undone event had made.
pub async fn delete(
    connection: &mut PgConnection,
    kind: Kind,
    addresses: &[Address],
) -> Result<(), sqlx::Error> {
    let keys = addresses.iter().map(|address| cells![*address]).collect();
    table(kind).delete(connection, keys).await?;
    Ok(())
}

/// Deletes the dues of jobs, which are written anew or gone with them.
pub async fn delete_dues(connection: &mut PgConnection, jobs: &[Address]) -> Result<(), sqlx::Error> {
    let names: Vec<String> = jobs.iter().map(Address::to_string).collect();
    sqlx::query("DELETE FROM dues WHERE job = ANY($1::text[])").bind(names).execute(connection).await?;
    Ok(())
}

/// The zero address as NULL.
fn some(address: Address) -> Option<Address> {
    (address != Touched::NOTHING.entity).then_some(address)
}

/// A time that has not come as NULL.
fn time(at: i64) -> Option<i64> {
    (at != 0).then_some(at)
}

fn config_row(address: &Address, image: &ConfigImage) -> Cells {
    let config = &image.account;
    let cluster = bs58::encode(&config.cluster).into_string();
    cells![
        *address,
        config.admin,
        some(config.pending_admin),
        some(config.guardian),
        config.treasury,
        config.mint,
        image.stake_vault,
        config.feed,
        config.feed_id,
        cluster,
        config.receipt_domain,
        body::parameters(&config.parameters),
        config.parameters.epoch_len,
        config.genesis_supply,
        config.decimals,
        config.initialized_at,
        time(config.paused_until),
        config.consumers,
        config.providers,
    ]
}

fn price_row(address: &Address, price: &Price) -> Cells {
    let seen = price.spot != 0;
    cells![
        *address,
        seen.then_some(price.spot),
        seen.then_some(price.confidence),
        seen.then_some(price.average),
        seen.then_some(price.exponent),
        seen.then_some(price.publish_time),
        seen.then_some(price.slot),
        price.seen_at,
    ]
}

fn consumer_row(address: &Address, consumer: &Consumer) -> Cells {
    cells![*address, consumer.wallet, consumer.index, consumer.next_nonce, consumer.registered_at]
}

fn provider_row(address: &Address, provider: &Provider) -> Cells {
    cells![
        *address,
        provider.authority,
        provider.index,
        provider.metadata_hash,
        body::rates(&provider.rates),
        provider.stake,
        provider.locked,
        provider.unbonding,
        time(provider.unbonding_at),
        provider.claimable,
        provider.earned,
        provider.minted,
        provider.burned,
        provider.take,
        provider.slashed,
        provider.settled,
        provider.good,
        provider.bad,
        provider.decayed_at,
        provider.jobs_accepted,
        provider.jobs_failed,
        provider.jobs_open,
        provider.registered_at,
    ]
}

fn job_row(address: &Address, image: &JobImage) -> Cells {
    let job = &image.account;
    let order = &job.terms.order;
    let marked = job.marked_at != 0;
    cells![
        *address,
        job.terms.consumer,
        job.terms.provider,
        job.terms.mint,
        job.nonce,
        body::state(job.state.into()),
        body::rail(order.rail),
        order.hardware,
        order.verifiable != 0,
        order.sla_bps,
        order.spec_hash,
        job.terms_hash,
        body::parameters(&job.terms.parameters),
        job.terms.parameters.take_bps,
        job.vault,
        job.rent_payer,
        job.meter,
        some(job.previous_meter),
        some(job.reporter),
        order.budget,
        job.accepted_budget,
        order.rate,
        order.unit,
        order.unit_cap,
        order.min_price,
        order.offer_by,
        order.start_by,
        order.end_by,
        order.convert_by,
        order.silence_max,
        job.opened_at,
        time(job.accepted_at),
        time(job.started_at),
        time(job.rotated_at),
        time(job.closing_at),
        time(job.ended_at),
        time(job.heard_at),
        time(job.marked_at),
        marked.then_some(job.marked_slot),
        time(image.reclaimed_at),
        body::mark(job.mark.into()),
        body::reason(job.reason.into()),
        job.funded,
        job.escrow,
        job.bond,
        job.units,
        time(job.through),
        job.receipts,
        job.accepted,
        job.settled,
        job.outstanding().unwrap_or(0),
        job.burned,
        job.take,
        job.earned,
        image.refund,
        image.cancel_fee,
        image.void_usd,
        image.in_kind_usd,
        image.in_kind_paid,
        image.in_kind_burned,
        image.opened_slot,
    ]
}

fn due_rows(address: &Address, image: &JobImage) -> Vec<Cells> {
    let job = &image.account;
    let wallet = |party: Party| match party {
        Party::Consumer => job.terms.consumer,
        Party::Provider => image.authority,
        Party::Reporter => job.reporter,
        // Owed on the stable rail alone, whose events the fold refuses so far.
        Party::Buyback | Party::Treasury => Address::default(),
    };
    let parties = Party::ALL.into_iter().zip(job.dues.iter().zip(&image.paid));
    let owed = parties.filter(|(_, (due, paid))| **due != Due::default() || **paid != Due::default());
    let row = |(party, (due, paid)): (Party, (&Due, &Due))| {
        cells![*address, party.name(), wallet(party), due.escrow, due.stake, paid.escrow, paid.stake]
    };
    owed.map(row).collect()
}

/// A row's leading cells for an address that is not at hand as a row.
impl Cell for Kind {
    fn cell(&self) -> Option<String> {
        Some(table(*self).name.to_owned())
    }
}

/// The kind whose table has this name.
pub fn kind(name: &str) -> Option<Kind> {
    Kind::ALL.into_iter().find(|kind| table(*kind).name == name)
}
