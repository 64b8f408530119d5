//! What else a network can have, on top of the market of the other files: only where a test asks for it.
//!
//! | slot | what happens |
//! |---|---|
//! | 70 | meter 1 and an arbiter, staked; a change is applied, another waits, one has expired |
//! | 75 | an outage of job 3 is reported; upheld at 80: 0.5 tokens slashed, 2 USD of its budget |
//! | 82 | a dispute of job 3 is opened, and open |
//! | 90 | job 200 of consumer 2 at B closes on the stable rail: 10 USD, of it 9.5, 0.4, 0.1 |
//! | 92 | job 201 of consumer 1 is in an auction; A and B bid |
//! | 95 | 0.3 USD are bought back: 0.1 tokens burned |
//! | 110 | meter 2 registers (not final) |

use super::entities::{Job, job_row};
use super::money::hour_of;
use super::{at, authority_a, consumer, hash, job, key, mint, provider_a, provider_b, signature, t};

pub fn dollars() -> String {
    key(0xD0)
}
pub fn buyback() -> String {
    key(0xBB)
}
pub fn outage() -> String {
    key(0x71)
}
pub fn dispute() -> String {
    key(0x72)
}

pub fn rest() -> String {
    [third_parties(), changes(), faults(), stable(), auction()].join("\n")
}

fn third_parties() -> String {
    let row = |byte: u8, role: &str, number: i64, signs: String, slot: i64| {
        format!(
            "INSERT INTO third_parties VALUES ('{}', '{role}', {signs}, '{}', {number}, {}, {}, {}, {}, 3, 1, 2, {}, 5, {slot}, '');",
            key(byte),
            key(byte + 1),
            t(100_000),
            t(40_000),
            at(200),
            t(10_000),
            at(slot),
        )
    };
    [
        row(0x51, "meter", 0, format!("'{}'", key(0x53)), 70),
        row(0x55, "meter", 1, format!("'{}'", key(0x57)), 110),
        row(0x61, "arbiter", 0, "NULL".into(), 70),
        "UPDATE config SET meters = 2, arbiters = 1, changes = 3;".into(),
    ]
    .join("\n")
}

fn changes() -> String {
    let row = |byte: u8, number: i64, kind: &str, state: &str, from: i64, expires: i64, rest: String| {
        format!(
            "INSERT INTO changes (entity, number, kind, state, queued_by, queued_at, applies_from, expires_at, base, rent_payer,
                sequence, slot, image, decided_at, decided_by, parameters, previous_parameters, address)
             VALUES ('{}', {number}, '{kind}', '{state}', '{}', {}, {}, {}, '{}', '{}', 2, 70, '', {rest});",
            key(byte), key(0xDD), at(20), at(from), at(expires), hash(9), key(0xDD),
        )
    };
    let parameters = r#"{"take_bps": 400, "meter_bond": 1000}"#;
    let applied = format!("{}, '{}', '{parameters}', '{{\"take_bps\": 500}}', NULL", at(70), key(0xDD));
    let waits = format!("NULL, NULL, NULL, NULL, '{}'", key(0x33));
    [
        row(0x31, 0, "parameters", "applied", 60, 80, applied),
        row(0x32, 1, "guardian", "waiting", 150, 180, waits.clone()),
        row(0x34, 2, "treasury", "waiting", 50, 60, waits),
    ]
    .join("\n")
}

fn faults() -> String {
    let (a, three) = (provider_a(), job(3));
    format!(
        "INSERT INTO cases VALUES ('{}', '{three}', '{a}', 0, '{}', 'receipts', 'upheld', {}, {}, 10, 90, {}, 0, {}, {}, {}, {},
            {}, 0, 0, 2000000, {}, {}, {}, NULL, '{}', 75, 4, 80, '');
         INSERT INTO disputes VALUES ('{}', '{three}', '{a}', '{}', '{}', 1, 7, '{h}', '{h}', 8, 2, 3, 2, 'panel', NULL, NULL,
            '{{\"k\": 2, \"wallets\": [\"{}\", \"{}\", \"{}\"]}}', 0, 1, {}, {}, 3000000, 0, 0, 0, 0, 0, 0, 0, 0, {opened}, {opened}, NULL, NULL, NULL,
            '{}', 82, 9, 82, '');
         INSERT INTO outcomes (provider, slot, signature, instruction, inner_index, job, at, success, usd, take_bps, weight,
            related, kind, found_by)
         VALUES ('{a}', 80, '{}', 0, 1, '{three}', {}, FALSE, 2000000, 500, 100000, FALSE, 'outage', '{}');
         UPDATE jobs SET cases = 2, disputes = 1, open_disputes = 1, penalised_units = 90, pending = 3000000, meter_kind = 'registered',
            sla_bps = 9000, verifiable = TRUE, panel = '{h}' WHERE job = '{three}';",
        outage(), key(0x73), at(73), at(74), t(5_000), t(5_000), t(4_000), t(250), t(750), t(350), at(75), at(77), at(80),
        key(0x73), dispute(), authority_a(), consumer(1), key(0x61), key(0x62), key(0x63), t(50_000), t(150_000), consumer(1),
        signature(80), at(80), outage(), h = hash(8), opened = at(82),
    )
}

fn stable() -> String {
    let (vault, coin, mint) = (key(0xBC), dollars(), mint());
    let done = vec![
        ("accepted", "10000000".to_owned()),
        ("settled", "10000000".to_owned()),
        ("take", "500000".to_owned()),
        ("treasury_take", "100000".to_owned()),
        ("earned", "9500000".to_owned()),
        ("ended_at", at(90).to_string()),
    ];
    let paid = Job {
        number: 200,
        consumer: 2,
        provider: provider_b(),
        state: "closed",
        opened: 88,
        funded: 10_000_000,
        rest: done.leak(),
    };
    let ledger = |slot: i64, parts: &[(&str, String, i64)], mint: &str, first: usize| -> String {
        let rows = parts.iter().enumerate().map(|(entry, (account, owner, amount))| {
            let entry = entry + first;
            format!(
                "({slot}, '{}', 0, 1, {entry}, {}, '{account}', '{owner}', '', '{mint}', {amount})",
                signature(slot),
                at(slot)
            )
        });
        let rows: Vec<String> = rows.collect();
        format!("INSERT INTO ledger VALUES {};", rows.join(", "))
    };
    let nobody = String::new;
    [
        job_row(&paid),
        format!("UPDATE jobs SET rail = 'stable', mint = '{coin}' WHERE job = '{}';", job(200)),
        format!(
            "INSERT INTO dues VALUES ('{stable}', 'provider', '{}', 9500000, 0, 0, 0), ('{stable}', 'treasury', '{}', 100000, 0, 0, 0);
             INSERT INTO conversions (job, slot, signature, instruction, inner_index, tx_index, kind, provider, hardware, at, usd,
                supply_side_usd, holders_usd, treasury_usd, burned, take, earned, escrow, outstanding)
             VALUES ('{stable}', 90, '{}', 0, 1, 0, 'stable', '{}', 1, {}, 10000000, 9500000, 400000, 100000, 0, 500000, 9500000, 0, 0);
             UPDATE config SET stable_mint = '{coin}', stable_program = '{}';
             INSERT INTO buyback VALUES ('{}', '{vault}', 1, 400000, 100000, {}, {}, 7200, 300000, {}, 4, 95, '');
             INSERT INTO buyback_fills VALUES (95, '{}', 0, 1, 0, {}, 1, '{}', '{}', 400000, 300000, {}, 100000, 10500, 200000000, -8);",
            key(0xB1), key(0xCF), signature(90), provider_b(), at(90), key(0xD1), buyback(), at(93), at(95), t(1_000),
            signature(95), at(95), key(0x81), key(0x82), t(1_000), stable = job(200),
        ),
        hour_of("stable", &provider_b(), 90, 1, &[
            ("fees_usd", 10_000_000),
            ("supply_side_usd", 9_500_000),
            ("holders_usd", 400_000),
            ("treasury_usd", 100_000),
            ("dollars_deposited", 10_000_000),
            ("conversions", 1),
        ]),
        hour_of("stable", &buyback(), 95, -1, &[
            ("burned", t(1_000)),
            ("burned_buyback", t(1_000)),
            ("buyback_usd", 300_000),
        ]),
        ledger(90, &[("outside", nobody(), -400_000), ("buyback", nobody(), 400_000)], &coin, 0),
        ledger(95, &[("buyback", nobody(), -300_000), ("outside", nobody(), 300_000)], &coin, 0),
        ledger(95, &[("circulating", nobody(), -t(1_000)), ("burned", nobody(), t(1_000))], &mint, 2),
        ledger(70, &[("circulating", nobody(), -t(200_000)), ("vouched", key(0x51), t(200_000))], &mint, 0),
        ledger(75, &[("circulating", nobody(), -t(100)), ("case_bond", key(0x73), t(100))], &mint, 0),
        "DELETE FROM balances;
         INSERT INTO balances SELECT account, owner, job, mint, sum(amount) FROM ledger GROUP BY 1, 2, 3, 4;"
            .into(),
    ]
    .join("\n")
}

fn auction() -> String {
    let (first, second) = (key(0x91), key(0x92));
    let rest = vec![
        ("escrow", t(80_000).to_string()),
        ("bid_end", at(120).to_string()),
        ("open_acceptance", "TRUE".to_owned()),
        ("bids", "2".to_owned()),
        ("best_bid", format!("'{second}'")),
        ("best_rate", "2000000".to_owned()),
    ];
    let open = Job {
        number: 201,
        consumer: 1,
        provider: provider_a(),
        state: "open",
        opened: 92,
        funded: t(80_000),
        rest: rest.leak(),
    };
    let bid = |bid: &str, provider: String, number: i64, rate: i64| {
        format!(
            "INSERT INTO bids VALUES ('{bid}', '{}', '{provider}', {number}, {rate}, {}, {}, 'standing', {}, NULL, '{}', 1, 92, '');",
            job(201),
            t(8_000),
            t(80_000),
            at(92),
            key(0xDD),
        )
    };
    let offer = format!(
        r#"{{"meter": "11111111111111111111111111111111", "panel": "{}", "parameters": "{}", "floor_rate": "1500000",
            "min_budget": "1", "max_budget": "100000000", "max_unit_cap": "8000", "max_bond": "{}", "min_lead": 900,
            "max_duration": 86400, "until": {}, "max_jobs": 4, "hardware": 1, "max_sla_bps": 0, "min_cover_bps": 10000,
            "rails": ["token", "stable"]}}"#,
        "0".repeat(64),
        hash(7),
        t(10_000),
        at(150),
    );
    let ended = offer.replace(&at(150).to_string(), &at(60).to_string());
    [
        job_row(&open),
        bid(&first, provider_a(), 0, 2_400_000),
        bid(&second, provider_b(), 1, 2_000_000),
        format!("UPDATE providers SET standing_offer = '{offer}' WHERE provider = '{}';", provider_b()),
        format!("UPDATE providers SET standing_offer = '{ended}' WHERE provider = '{}';", provider_a()),
    ]
    .join("\n")
}
