//! What an applied event adds, as rows: facts, ledger entries, sums.

use super::read::key_cells;
use super::schema;
use super::table::{Cells, Existing, Table, cells};
use crate::decode::{Key, Placed, body};
use crate::fold::{COLUMNS, Cube, Effects, Entry, Fact, Fault, Means, Sums};
use settlement_interface::Address;
use sqlx::{AssertSqlSafe, PgConnection};
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

/// An event's fact, with what every fact's row says of the event.
type Stated<'a> = (&'a Placed, i64, &'a Fact);

/// Facts by table.
#[derive(Debug, Default)]
pub struct Facts<'a>(BTreeMap<&'static str, (Option<&'static Table>, Vec<Stated<'a>>)>);

/// An account of the ledger, its owner and job, and a mint.
pub type Place = (Cow<'static, str>, Option<Address>, Option<Address>, Address);
/// Balance changes.
pub type Balances = HashMap<Place, i128>;
/// Changes of the hourly sums.
pub type Hours = HashMap<Cube, Sums>;

/// An owning entity, the event's key, and the rest.
fn row(owner: Cells, key: &Key, rest: &Cells) -> Cells {
    owner.then(&key_cells(key)).then(rest)
}

impl<'a> Facts<'a> {
    /// Adds the facts of an event.
    pub fn add(&mut self, placed: &'a Placed, effects: &'a Effects) {
        for fact in &effects.facts {
            let table = table(fact);
            let entry = self.0.entry(table.name).or_default();
            entry.0 = Some(table);
            entry.1.push((placed, effects.at, fact));
        }
    }

    /// Writes them all.
    pub async fn write(self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        for (table, stated) in self.0.into_values() {
            if let Some(table) = table {
                let rows = stated.into_iter().map(|(placed, at, fact)| cells_of(placed, at, fact));
                table.add(connection, Box::new(rows)).await?;
            }
        }
        Ok(())
    }
}

fn table(fact: &Fact) -> &'static Table {
    match fact {
        Fact::Receipt(_) => &schema::RECEIPTS,
        Fact::Conversion(_) => &schema::CONVERSIONS,
        Fact::Price(_) => &schema::PRICES,
        Fact::Claim(_) => &schema::CLAIMS,
        Fact::Rebate(_) => &schema::REBATES,
        Fact::Slash(_) => &schema::SLASHES,
        Fact::StakeMove(_) => &schema::STAKE_MOVES,
        Fact::Payout(_) => &schema::PAYOUTS,
        Fact::Outcome(_) => &schema::OUTCOMES,
        Fact::Commitment(_) => &schema::COMMITMENTS,
        Fact::Fill(_) => &schema::BUYBACK_FILLS,
    }
}

fn cells_of(placed: &Placed, at: i64, fact: &Fact) -> Cells {
    let key = &placed.key;
    match fact {
        Fact::Receipt(r) => {
            let rest = cells![
                r.provider,
                r.number,
                at,
                r.meter,
                r.units,
                r.through,
                r.accepted,
                r.outstanding,
                body::halt(r.halt),
            ];
            row(cells![r.job], key, &rest)
        }
        Fact::Conversion(c) => {
            let kind = match c.by {
                Means::Converted { .. } => "converted",
                Means::InKind => "in_kind",
                Means::Stable => "stable",
            };
            let priced = match c.by {
                Means::Converted { epoch, weight, quality, quoted } => Some((epoch, weight, quality, quoted)),
                Means::InKind | Means::Stable => None,
            };
            let price = priced.map(|(_, _, _, quoted)| quoted);
            let kept = c.usd.saturating_sub(c.supply_side_usd);
            let rest = cells![
                placed.tx_index,
                kind,
                c.provider,
                c.hardware,
                at,
                c.usd,
                c.supply_side_usd,
                kept.saturating_sub(c.treasury_usd),
                c.burned,
                c.take,
                c.earned,
                c.escrow,
                c.outstanding,
                priced.map(|(epoch, ..)| epoch),
                priced.map(|(_, weight, ..)| weight),
                priced.map(|(_, _, quality, _)| quality),
                price.map(|p| p.spot),
                price.map(|p| p.confidence),
                price.map(|p| p.average),
                price.map(|p| p.burn),
                price.map(|p| p.mint),
                price.map(|p| p.exponent),
                price.map(|p| p.publish_time),
                price.map(|p| p.slot),
                c.treasury_usd,
            ];
            row(cells![c.job], key, &rest)
        }
        Fact::Price(p) => {
            let p = &p.0;
            let rest = cells![
                at,
                p.spot,
                p.confidence,
                p.average,
                p.burn,
                p.mint,
                p.exponent,
                p.publish_time,
                p.slot,
            ];
            row(Cells::new(), key, &rest)
        }
        Fact::Claim(c) => row(cells![c.provider], key, &cells![at, c.wallet, c.amount, c.minted]),
        Fact::Rebate(r) => {
            let rest = cells![at, r.epoch, r.wallet, r.pool, r.amount, r.usd, r.minted];
            row(cells![r.provider], key, &rest)
        }
        Fact::Slash(s) => {
            let rest = cells![
                s.job,
                at,
                s.fault.name(),
                s.consumer_wallet,
                s.reporter,
                s.refund,
                s.bond,
                s.slashed,
                s.harmed,
                s.reported,
                s.burned,
                s.bad_usd,
                s.panel,
                s.case,
            ];
            row(cells![s.provider], key, &rest)
        }
        Fact::StakeMove(m) => row(cells![m.provider], key, &cells![at, m.kind, m.amount, m.stake]),
        Fact::Payout(p) => {
            let rest = cells![at, body::party(p.party), p.wallet, p.escrow, p.stake];
            row(cells![p.job], key, &rest)
        }
        Fact::Outcome(o) => {
            let kind = o.fault.map_or("settled", Fault::name);
            let success = o.fault.is_none();
            let rest = cells![o.job, at, success, o.usd, o.take_bps, o.weight, o.related, kind, o.case];
            row(cells![o.provider], key, &rest)
        }
        Fact::Commitment(c) => {
            let rest = cells![at, c.receipt, c.root, c.steps, c.usd];
            row(cells![c.job], key, &rest)
        }
        Fact::Fill(f) => {
            let rest = cells![
                placed.tx_index,
                at,
                f.round,
                f.buyer,
                f.destination,
                f.lot,
                f.paid,
                f.burned,
                f.remaining,
                f.factor_bps,
                f.worth,
                f.exponent,
            ];
            row(Cells::new(), key, &rest)
        }
    }
}

/// The ledger's rows of an event.
pub fn ledger_rows(placed: &Placed, effects: &Effects) -> impl Iterator<Item = Cells> {
    effects.entries.iter().enumerate().map(|(number, entry)| {
        let (owner, job) = (named(entry.owner), named(entry.job));
        let rest = cells![number, effects.at, entry.account.name(), owner, job, entry.mint, entry.amount];
        row(Cells::new(), &placed.key, &rest)
    })
}

/// What an event's entries change of balances.
pub fn count_balances(entries: &[Entry], balances: &mut Balances) {
    for entry in entries {
        let place = (Cow::Borrowed(entry.account.name()), entry.owner, entry.job, entry.mint);
        let balance = balances.entry(place).or_default();
        *balance = balance.saturating_add(entry.amount);
    }
}

/// An address; nothing, if there is none.
fn named(address: Option<Address>) -> String {
    address.map_or_else(String::new, |address| address.to_string())
}

/// Adds to the balances; those that become zero go.
pub async fn add_balances(connection: &mut PgConnection, balances: Balances) -> Result<(), sqlx::Error> {
    let rows: Vec<Cells> = balances
        .into_iter()
        .filter(|(_, amount)| *amount != 0)
        .map(|((account, owner, job, mint), amount)| {
            cells![&*account, named(owner), named(job), mint, amount]
        })
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    schema::BALANCES.add_and_prune(connection, rows, "balance").await
}

/// Adds to the hourly sums; with `prune`, rows in which nothing is left go.
pub async fn add_hours(connection: &mut PgConnection, hours: Hours, prune: bool) -> Result<(), sqlx::Error> {
    let rows: Vec<Cells> = hours
        .into_iter()
        .map(|(cube, sums)| {
            let mut cells = cells![cube.provider, cube.hour, cube.rail, cube.hardware];
            sums.values().iter().for_each(|value| cells.push(value));
            cells
        })
        .collect();
    schema::REVENUE_HOURLY.write(connection, rows, Existing::Add).await?;
    if prune {
        let zero: Vec<String> = COLUMNS.iter().map(|name| format!("{name} = 0")).collect();
        let sql = format!("DELETE FROM revenue_hourly WHERE {}", zero.join(" AND "));
        sqlx::query(AssertSqlSafe(sql)).execute(connection).await?;
    }
    Ok(())
}
