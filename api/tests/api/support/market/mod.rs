//! A small market, worked out by hand. One slot is one hour; slot 10 is 2026-11-01T00:00:00Z.
//! Finalized up to slot 100, confirmed up to 130. The token has 9 decimals; `T` is one of it.
//!
//! | slot | what happens | tokens |
//! |---|---|---|
//! | 10 | genesis | 1,000,000 |
//! | 12 | provider A stakes | 1,000 |
//! | 20 | job 1 of consumer 1 at A: escrow, then bond | 60, 6 |
//! | 30 | job 1 converts 100 USD: burned, of it take, earned | 50, 2.5, 47 |
//! | 40 | job 1 closes: refund, withdrawn at 41 | 10 |
//! | 42 | A claims | 40 |
//! | 45 | job 2 of consumer 1 at A: escrow, bond | 25, 2.5 |
//! | 50 | job 2 fails, budget 50 USD: slashed, of it harmed, reported, burned | 1.25, 1, 0.0625, 0.1875 |
//! | 60 | job 3 of consumer 1 at A: escrow, bond | 100, 10 |
//! | 61-80 | jobs of consumer 2 at B, offered and cancelled | 0 |
//! | 120 | job 4 of consumer 2 at B: escrow (not final) | 7 |
//! | 121 | job 3 converts 40 USD: burned, take, earned (not final) | 20, 1, 18 |

mod entities;
mod money;
pub mod rest;

use entities::{jobs, providers, works};
use money::{ledger, rollups, unfinalized};
use settlement_interface::Address;

pub const START: i64 = 1_793_491_200;
pub const FINALIZED: i64 = 100;
pub const CONFIRMED: i64 = 130;

/// The account made of one repeated byte.
pub fn key(byte: u8) -> String {
    Address::new_from_array([byte; 32]).to_string()
}

pub fn at(slot: i64) -> i64 {
    START + (slot - 10) * 3_600
}

pub fn provider_a() -> String {
    key(0xA0)
}
pub fn authority_a() -> String {
    key(0xA1)
}
pub fn provider_b() -> String {
    key(0xB0)
}
pub fn consumer(number: u8) -> String {
    key(0xC0 + number)
}
/// Jobs 1 to 4 are those of the table; 61 to 80 the cancelled ones, by their slot; 5 is A's with itself.
pub fn job(number: u8) -> String {
    key(number)
}
pub fn mint() -> String {
    key(0xEE)
}

fn signature(slot: i64) -> String {
    format!("{slot:1>88}")
}

fn hash(byte: u8) -> String {
    format!("{byte:02x}").repeat(32)
}

/// Tokens in base units, given in ten-thousandths.
fn t(ten_thousandths: i64) -> i64 {
    ten_thousandths * 100_000
}

/// Everything, as SQL.
pub fn sql() -> String {
    let mut all = vec![network(), providers(), jobs(), works(), rollups(), ledger(), events(), health()];
    all.push(unfinalized());
    all.push(
        "INSERT INTO balances SELECT account, owner, job, mint, sum(amount) FROM ledger GROUP BY 1, 2, 3, 4;"
            .into(),
    );
    all.join("\n")
}

fn network() -> String {
    let (program, cluster, mint) = (settlement_interface::ID.to_string(), key(0xFE), mint());
    let other = key(0xDD);
    let blocks: Vec<String> = (10..=CONFIRMED)
        .filter(|slot| ![125, 126, 127, 128, 129, 130].contains(slot))
        .map(|slot| {
            format!(
                "({slot}, NULL, NULL, {}, '{}')",
                at(slot),
                if slot <= FINALIZED { "finalized" } else { "confirmed" }
            )
        })
        .collect();
    format!(
        "INSERT INTO watermark VALUES ('{program}', '{cluster}', 1, {CONFIRMED}, {FINALIZED}, NULL, NULL);
         INSERT INTO blocks VALUES {};
         INSERT INTO config (entity, admin, treasury, mint, stake_vault, feed, feed_id, cluster, receipt_domain, parameters,
            epoch_len, genesis_supply, decimals, initialized_at, consumers, providers, sequence, slot, image)
         VALUES ('{}', '{other}', '{other}', '{mint}', '{other}', '{other}', '{h}', '{cluster}', '{h}',
            '{{\"grace\": 3600, \"take_bps\": 500}}', 86400, {}, 9, {}, 2, 2, 5, 14, '');
         INSERT INTO price (entity, spot, confidence, average, exponent, publish_time, price_slot, seen_at, sequence, slot, image)
         VALUES ('{}', 200000000, 100000, 199000000, -8, {}, 60, {}, 9, 60, '');",
        blocks.join(", "), key(0xCF), t(10_000_000_000), at(10), key(0xCE), at(60) - 1, at(60), h = hash(7),
    )
}

/// One event a slot; prices at slots 61 to 90 to fill pages.
fn events() -> String {
    let (config, price) = (key(0xCF), key(0xCE));
    let of_job = |number, more: &str| {
        format!("\"job\": \"{}\", \"provider\": \"{}\"{more}", job(number), provider_a())
    };
    let mut all = vec![
        (10, "Initialized", config, 1, String::new()),
        (30, "Converted", job(1), 2, of_job(1, ", \"usd\": \"100000000\"")),
        (
            42,
            "Claimed",
            provider_a(),
            3,
            format!("\"provider\": \"{}\", \"wallet\": \"{}\"", provider_a(), authority_a()),
        ),
        (50, "JobFailed", job(2), 2, of_job(2, "")),
        (60, "JobOpened", job(3), 1, String::new()),
        (121, "Converted", job(3), 2, of_job(3, "")),
    ];
    all.extend((61..=90).map(|slot| (slot, "PriceObserved", price.clone(), slot - 60, String::new())));
    let rows = all.iter().map(|(slot, name, entity, sequence, more)| {
        let (signature, at) = (signature(*slot), at(*slot));
        let more = if more.is_empty() { String::new() } else { format!(", {more}") };
        format!(
            "INSERT INTO events VALUES ({slot}, '{signature}', 0, 1, 0, '{name}', {at},
                '{{\"entities\": [{{\"entity\": \"{entity}\", \"sequence\": {sequence}}}], \"at\": {at}, \"amount\": \"{slot}\"{more}}}', '', TRUE);
             INSERT INTO event_entities VALUES ('{entity}', {sequence}, {slot}, '{signature}', 0, 1);"
        )
    });
    rows.collect()
}

fn health() -> String {
    format!(
        "INSERT INTO indexer_status VALUES ('{}', 131, 101, now(), 'live', 'test');
         INSERT INTO snapshots VALUES (99, now(), {}, 0, 0, {}, {});
         INSERT INTO reconciliations VALUES (99, 'supply', 5, 5, 'equal'), (99, 'stake_vault', 5, 6, 'surplus');",
        settlement_interface::ID, t(9_999_848_125), t(5_000_000), t(50_000),
    )
}
