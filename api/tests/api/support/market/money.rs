//! Sums: the hourly roll-up, epochs, the ledger, and what is not final yet.

use super::entities::{Job, job_row};
use super::{at, job, key, mint, provider_a, provider_b, signature, t};

/// Account, owner, job, amount.
type Entry<'a> = (&'a str, &'a str, &'a str, i64);

fn hour(slot: i64, hardware: i32, columns: &[(&str, i64)]) -> String {
    hour_of("token", &provider_a(), slot, hardware, columns)
}

pub fn hour_of(rail: &str, provider: &str, slot: i64, hardware: i32, columns: &[(&str, i64)]) -> String {
    let all = [
        "fees_usd",
        "supply_side_usd",
        "holders_usd",
        "treasury_usd",
        "rebated_usd",
        "burned",
        "burned_converted",
        "burned_in_kind",
        "burned_slashed",
        "take",
        "earned",
        "paid_in_kind",
        "minted",
        "claimed",
        "rebated",
        "slashed",
        "compensated",
        "cancel_fees",
        "deposited",
        "refunded",
        "units",
        "conversions",
        "receipts",
        "jobs_opened",
        "jobs_accepted",
        "jobs_closed",
        "jobs_failed",
        "jobs_cancelled",
        "burned_buyback",
        "buyback_usd",
        "dollars_deposited",
    ];
    let value = |name: &str| {
        columns.iter().find(|(other, _)| *other == name).map_or(0, |(_, value)| *value).to_string()
    };
    let values: Vec<String> = all.iter().map(|name| value(name)).collect();
    format!(
        "INSERT INTO revenue_hourly (hour, rail, provider, hardware, {}) VALUES ({}, '{rail}', '{provider}', {hardware}, {});",
        all.join(", "),
        at(slot),
        values.join(", "),
    )
}

pub fn rollups() -> String {
    let (epoch, running) = (at(30) / 86_400, at(121) / 86_400);
    let epochs = |number: i64, slot: i64, account: String, take: i64, pool: i64| {
        format!(
            "INSERT INTO epochs (entity, epoch, starts_at, ends_at, take, take_usd, weight, rebate_bps, pool, rebated, credits,
                claimed, sequence, slot, image)
             VALUES ('{account}', {number}, {}, {}, {take}, {}, {}, 2500, {pool}, 0, 1, 0, 1, {slot}, '');",
            number * 86_400, (number + 1) * 86_400, take / 500, take * 7_500,
        )
    };
    let credit = |number: i64, slot: i64, account: String, take: i64| {
        format!(
            "INSERT INTO credits (entity, epoch, provider, rent_payer, take, weight, rebate, sequence, slot, image)
             VALUES ('{account}', {number}, '{}', '{}', {take}, {}, NULL, 1, {slot}, '');",
            provider_a(), key(0xDB), take * 7_500,
        )
    };
    [
        hour(20, 1, &[("deposited", t(600_000)), ("jobs_opened", 1), ("jobs_accepted", 1)]),
        hour(
            30,
            1,
            &[
                ("fees_usd", 100_000_000),
                ("supply_side_usd", 94_000_000),
                ("holders_usd", 6_000_000),
                ("burned", t(500_000)),
                ("burned_converted", t(500_000)),
                ("take", t(25_000)),
                ("earned", t(470_000)),
                ("conversions", 1),
                ("receipts", 60),
                ("units", 6_000_000),
            ],
        ),
        hour(42, -1, &[("minted", t(400_000)), ("claimed", t(400_000))]),
        hour(
            50,
            1,
            &[
                ("burned", t(1_875)),
                ("burned_slashed", t(1_875)),
                ("slashed", t(12_500)),
                ("compensated", t(10_625)),
                ("jobs_failed", 1),
            ],
        ),
        hour(
            121,
            1,
            &[
                ("fees_usd", 40_000_000),
                ("supply_side_usd", 36_000_000),
                ("holders_usd", 4_000_000),
                ("burned", t(200_000)),
                ("burned_converted", t(200_000)),
                ("take", t(10_000)),
                ("earned", t(180_000)),
                ("conversions", 1),
            ],
        ),
        epochs(epoch, 30, key(0xE0), t(25_000), t(6_250)),
        epochs(running, 121, key(0xE1), t(10_000), t(2_500)),
        credit(epoch, 30, key(0xE2), t(25_000)),
        credit(running, 121, key(0xE3), t(10_000)),
    ]
    .join("\n")
}

pub fn ledger() -> String {
    let (a, mint) = (provider_a(), mint());
    let (one, two, three, four) = (job(1), job(2), job(3), job(4));
    let entries: &[(i64, &[Entry])] = &[
        (10, &[("circulating", "", "", t(10_000_000_000)), ("genesis", "", "", -t(10_000_000_000))]),
        (12, &[("circulating", "", "", -t(10_000_000)), ("stake", &a, "", t(10_000_000))]),
        (
            20,
            &[
                ("circulating", "", "", -t(600_000)),
                ("escrow", &one, &one, t(600_000)),
                ("stake", &a, "", -t(60_000)),
                ("locked", &a, &one, t(60_000)),
            ],
        ),
        (
            30,
            &[
                ("escrow", &one, &one, -t(500_000)),
                ("burned", "", "", t(500_000)),
                ("unclaimed", &a, "", t(470_000)),
                ("accrued", "", "", -t(470_000)),
            ],
        ),
        (
            40,
            &[
                ("escrow", &one, &one, -t(100_000)),
                ("dues", "w", &one, t(100_000)),
                ("locked", &a, &one, -t(60_000)),
                ("stake", &a, "", t(60_000)),
            ],
        ),
        (41, &[("dues", "w", &one, -t(100_000)), ("circulating", "", "", t(100_000))]),
        (
            42,
            &[
                ("minted", "", "", -t(400_000)),
                ("circulating", "", "", t(400_000)),
                ("unclaimed", &a, "", -t(400_000)),
                ("accrued", "", "", t(400_000)),
            ],
        ),
        (
            45,
            &[
                ("circulating", "", "", -t(250_000)),
                ("escrow", &two, &two, t(250_000)),
                ("stake", &a, "", -t(25_000)),
                ("locked", &a, &two, t(25_000)),
            ],
        ),
        (
            50,
            &[
                ("escrow", &two, &two, -t(250_000)),
                ("dues", "w", &two, t(250_000)),
                ("locked", &a, &two, -t(25_000)),
                ("stake", &a, "", t(12_500)),
                ("stake_dues", "w", &two, t(10_000)),
                ("stake_dues", "r", &two, t(625)),
                ("burned", "", "", t(1_875)),
            ],
        ),
        (
            60,
            &[
                ("circulating", "", "", -t(1_000_000)),
                ("escrow", &three, &three, t(1_000_000)),
                ("stake", &a, "", -t(100_000)),
                ("locked", &a, &three, t(100_000)),
            ],
        ),
        (120, &[("circulating", "", "", -t(70_000)), ("escrow", &four, &four, t(70_000))]),
        (
            121,
            &[
                ("escrow", &three, &three, -t(200_000)),
                ("burned", "", "", t(200_000)),
                ("unclaimed", &a, "", t(180_000)),
                ("accrued", "", "", -t(180_000)),
            ],
        ),
    ];
    let mut rows = Vec::new();
    for (slot, parts) in entries {
        let values: Vec<String> = parts
            .iter()
            .enumerate()
            .map(|(entry, (account, owner, job, amount))| {
                format!(
                    "({slot}, '{}', 0, 1, {entry}, {}, '{account}', '{owner}', '{job}', '{mint}', {amount})",
                    signature(*slot),
                    at(*slot)
                )
            })
            .collect();
        rows.push(format!("INSERT INTO ledger VALUES {};", values.join(", ")));
    }
    rows.join("\n")
}

/// What slots 120 and 121 changed in place, with notes of how it was before.
pub fn unfinalized() -> String {
    let row = |table: &str, column: &str, key: &str| {
        format!(
            "jsonb_build_object('kind', '{table}', 'entity', '{key}', 'image', NULL,
                'row', (SELECT to_jsonb(t) - 'image' FROM {table} t WHERE {column} = '{key}'), 'dues', '[]'::jsonb)"
        )
    };
    let new = |table: &str, key: &str| {
        format!("jsonb_build_object('kind', '{table}', 'entity', '{key}', 'image', NULL, 'row', NULL)")
    };
    let note = |slot: i64, entities: &[String], sums: &str| {
        format!(
            "INSERT INTO undo (slot, signature, instruction, inner_index, images) VALUES ({slot}, '{}', 0, 1,
                jsonb_build_object('entities', jsonb_build_array({}), 'sums', {sums}));",
            signature(slot),
            entities.join(", "),
        )
    };
    let mut values = [0i64; 28];
    for (place, value) in [
        (0, 40_000_000),
        (1, 36_000_000),
        (2, 4_000_000),
        (5, t(200_000)),
        (6, t(200_000)),
        (9, t(10_000)),
        (10, t(180_000)),
        (21, 1),
    ] {
        values[place] = value;
    }
    let values: Vec<String> = values.iter().map(|value| format!("'{value}'")).collect();
    let sums = format!(
        "jsonb_build_object('hour', {}, 'rail', 'token', 'provider', '{}', 'hardware', 1, 'values', jsonb_build_array({}))",
        at(121),
        provider_a(),
        values.join(", "),
    );
    let four = Job {
        number: 4,
        consumer: 2,
        provider: provider_b(),
        state: "offered",
        opened: 120,
        funded: t(70_000),
        rest: vec![("escrow", t(70_000).to_string())].leak(),
    };
    [
        note(120, &[new("jobs", &job(4))], "NULL"),
        job_row(&four),
        note(121, &[
            row("jobs", "job", &job(3)), row("providers", "provider", &provider_a()), new("epochs", &key(0xE1)), new("credits", &key(0xE3)),
        ], &sums),
        format!(
            "UPDATE jobs SET escrow = {}, settled = 40000000, accepted = 40000000, burned = {}, slot = 121 WHERE job = '{}';
             UPDATE providers SET claimable = {}, earned = {}, burned = {}, slot = 121 WHERE provider = '{}';",
            t(800_000), t(200_000), job(3), t(250_000), t(650_000), t(700_000), provider_a(),
        ),
    ]
    .join("\n")
}
