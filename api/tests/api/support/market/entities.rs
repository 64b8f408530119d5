//! Who is there: providers, consumers, jobs, and what jobs received and converted.

use super::{at, authority_a, consumer, hash, key, mint, provider_a, provider_b, signature, t};

pub fn providers() -> String {
    let row = |account: String, authority: String, number: u8, rates: &str, figures: String| {
        format!(
            "INSERT INTO providers (provider, authority, number, metadata_hash, rates, stake, locked, unbonding, claimable,
                earned, minted, burned, take, slashed, settled, good, bad, decayed_at, jobs_accepted, jobs_failed, jobs_open,
                registered_at, sequence, slot, image)
             VALUES ('{account}', '{authority}', {number}, '{}', '{rates}', {figures}, {}, 8, 60, '');",
            hash(1), at(11),
        )
    };
    let a = format!(
        "{}, {}, 0, {}, {}, {}, {}, {}, {}, 100000000, 100000000, 50000000, {}, 3, 1, 1",
        t(9_987_500),
        t(100_000),
        t(70_000),
        t(470_000),
        t(400_000),
        t(500_000),
        t(25_000),
        t(12_500),
        at(10),
    );
    let b = format!("{}, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, {}, 0, 0, 0", t(0), at(10));
    let rates = r#"[{"hardware": 1, "rate": "2500000"}]"#;
    [
        row(provider_a(), authority_a(), 0, rates, a),
        row(provider_b(), key(0xB1), 1, "[]", b),
        format!(
            "INSERT INTO consumers VALUES ('{}', '{}', 0, 3, {at}, 4, 60, ''), ('{}', '{}', 1, 20, {at}, 21, 80, '');",
            key(0xC8), consumer(1), key(0xC9), consumer(2), at = at(11),
        ),
    ]
    .join("\n")
}

pub struct Job {
    pub number: u8,
    pub consumer: u8,
    pub provider: String,
    pub state: &'static str,
    pub opened: i64,
    pub funded: i64,
    /// Columns that differ from zero or NULL.
    pub rest: &'static [(&'static str, String)],
}

pub fn job_row(job: &Job) -> String {
    let extra = |part: fn(&(&'static str, String)) -> String| -> String {
        job.rest.iter().map(|column| format!(", {}", part(column))).collect()
    };
    let zeros = [
        "escrow",
        "bond",
        "units",
        "receipts",
        "accepted",
        "settled",
        "outstanding",
        "burned",
        "take",
        "earned",
        "refund",
        "cancel_fee",
        "void_usd",
        "in_kind_usd",
        "in_kind_paid",
        "in_kind_burned",
        "accepted_budget",
    ];
    let zeros: Vec<&str> =
        zeros.into_iter().filter(|name| job.rest.iter().all(|(other, _)| other != name)).collect();
    format!(
        "INSERT INTO jobs (job, consumer_wallet, provider, mint, nonce, state, rail, hardware, verifiable, sla_bps, spec_hash,
            terms_hash, parameters, take_bps, vault, rent_payer, meter, budget, rate, unit, unit_cap, min_price, offer_by,
            start_by, end_by, convert_by, silence_max, opened_at, funded, opened_slot, sequence, slot, image, {}{})
         VALUES ('{}', '{consumer}', '{}', '{}', {}, '{}', 'token', 1, FALSE, 0, '{h}', '{h}', '{{\"grace\": 3600}}', 500,
            '{}', '{consumer}', '{}', 100000000, 2500000, 3600000, 1000, 0, {end}, {end}, {end}, {end}, 3600, {}, {}, {}, 3,
            {}, ''{}{});",
        zeros.join(", "), extra(|(name, _)| (*name).to_owned()), super::job(job.number), job.provider, mint(), job.number, job.state,
        key(0xDA), key(0xDB), at(job.opened), job.funded, job.opened, job.opened, ", 0".repeat(zeros.len()),
        extra(|(_, value)| value.clone()),
        consumer = consumer(job.consumer), h = hash(2), end = at(200),
    )
}

pub fn jobs() -> String {
    let leak = |columns: Vec<(&'static str, String)>| -> &'static [(&'static str, String)] { columns.leak() };
    let text = |value: &str| format!("'{value}'");
    let of = |number, consumer, provider, state, opened, funded, rest| Job {
        number,
        consumer,
        provider,
        state,
        opened,
        funded,
        rest: leak(rest),
    };
    let mut all = vec![
        of(
            1,
            1,
            provider_a(),
            "closed",
            20,
            t(600_000),
            vec![
                ("accepted", "100000000".into()),
                ("settled", "100000000".into()),
                ("burned", t(500_000).to_string()),
                ("take", t(25_000).to_string()),
                ("earned", t(470_000).to_string()),
                ("refund", t(100_000).to_string()),
                ("units", "144000000".into()),
                ("receipts", "60".into()),
                ("reason", text("end")),
                ("ended_at", at(40).to_string()),
            ],
        ),
        of(
            2,
            1,
            provider_a(),
            "failed",
            45,
            t(250_000),
            vec![
                ("accepted_budget", "50000000".into()),
                ("refund", t(250_000).to_string()),
                ("reporter", text(&key(0xDC))),
                ("ended_at", at(50).to_string()),
            ],
        ),
        of(
            3,
            1,
            provider_a(),
            "running",
            60,
            t(1_000_000),
            vec![
                ("escrow", t(1_000_000).to_string()),
                ("bond", t(100_000).to_string()),
                ("started_at", at(61).to_string()),
            ],
        ),
    ];
    for slot in 61..=80u8 {
        all.push(of(slot, 2, provider_b(), "cancelled", slot.into(), 0, vec![("reason", text("lapsed"))]));
    }
    let rows: Vec<String> = all.iter().map(job_row).collect();
    let dues = format!(
        "INSERT INTO dues VALUES ('{one}', 'consumer', '{c}', 0, 0, {}, 0), ('{two}', 'consumer', '{c}', {}, {}, 0, 0),
            ('{two}', 'reporter', '{}', 0, {}, 0, 0);",
        t(100_000), t(250_000), t(10_000), key(0xDC), t(625), one = super::job(1), two = super::job(2), c = consumer(1),
    );
    rows.join("\n") + &dues
}

pub fn works() -> String {
    let (a, one, three) = (provider_a(), super::job(1), super::job(3));
    let receipts: Vec<String> = (1..=60)
        .map(|number| {
            format!(
                "('{one}', 30, '{}', {number}, 1, '{a}', {number}, {}, '{}', {number}00000, {}, {number}000000, 0, {})",
                signature(30), at(30), key(0xDB), at(29), if number == 60 { "NULL" } else { "'stale'" },
            )
        })
        .collect();
    let conversion = |job: &str, slot: i64, usd: i64, supply: i64, burned, take, earned| {
        format!(
            "('{job}', {slot}, '{}', 0, 1, 0, 'converted', '{a}', 1, {at}, {usd}, {supply}, {}, {burned}, {take}, {earned}, 0, 0,
              {}, {}, 7500, 200000000, 100000, 199000000, 199900000, 200100000, -8, {at}, {slot})",
            signature(slot), usd - supply, at(slot) / 86_400, take * 7_500, at = at(slot),
        )
    };
    format!(
        "INSERT INTO receipts VALUES {};
         INSERT INTO conversions VALUES {}, {};
         INSERT INTO outcomes VALUES ('{a}', 40, '{}', 0, 1, '{one}', {}, TRUE, 100000000, 500, 5000000, FALSE),
            ('{a}', 50, '{}', 0, 1, '{}', {}, FALSE, 50000000, 500, 2500000, FALSE),
            ('{a}', 55, '{}', 0, 1, '{}', {}, TRUE, 900000000, 500, 45000000, TRUE);",
        receipts.join(", "),
        conversion(&one, 30, 100_000_000, 94_000_000, t(500_000), t(25_000), t(470_000)),
        conversion(&three, 121, 40_000_000, 36_000_000, t(200_000), t(10_000), t(180_000)),
        signature(40), at(40), signature(50), super::job(2), at(50), signature(55), super::job(5), at(55),
    )
}
