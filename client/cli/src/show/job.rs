//! A job for people: what it is, and who can do what next.

use super::Record;
use crate::arguments::gpu_hours;
use crate::context::Facts;
use crate::steps;
use serde_json::{Value, json};
use tally_client::amounts::{USD_DECIMALS, decimal};
use tally_client::interface::Address;
use tally_client::interface::accounts::{Job, JobState, Party};
use tally_client::interface::terms::{METER_REGISTERED, RAIL_STABLE};
use tally_client::jobs::dues;

/// Everything that its parties ask about.
pub fn job(address: &Address, job: &Job, facts: &Facts) -> Record {
    let (order, decimals, now) = (&job.terms.order, facts.decimals(), facts.now);
    let stable = order.rail == RAIL_STABLE;
    let mut record = Record::new()
        .text("job", address)
        .count("number", job.nonce)
        .text("state", state(job))
        .text("consumer", job.terms.consumer)
        .text("provider", job.terms.provider)
        .usd("budget", order.budget)
        .rate("rate", order.rate, order.unit)
        .count("most_units_per_second", order.unit_cap)
        .count("hardware", u64::from(order.hardware))
        .text("rail", if stable { "stable" } else { "token" })
        .escrowed("escrow", job.escrow, order.rail, decimals)
        .tokens("bond", job.bond, decimals)
        .text("meter", job.meter)
        .count("receipts", job.receipts)
        .with(
            "worked",
            format!("{} GPU hours", gpu_hours(job.units)),
            json!({ "units": job.units.to_string() }),
        )
        .time("worked_through", job.through, now)
        .usd("charged", job.accepted)
        .usd("settled", job.settled)
        .usd("outstanding", job.outstanding().unwrap_or(0))
        .tokens("burned", job.burned, decimals)
        .escrowed("earned_by_provider", job.earned, order.rail, decimals)
        .time("opened", job.opened_at, now)
        .time("accept_by", order.offer_by, now)
        .time("start_by", order.start_by, now)
        .time("started", job.started_at, now)
        .time("end_by", order.end_by, now)
        .span("silence_max", order.silence_max)
        .time("closing_since", job.closing_at, now)
        .time("ended", job.ended_at, now)
        .text("rent_payer", job.rent_payer)
        .text("terms_hash", crate::arguments::Digest(job.terms_hash))
        .text("spec_hash", crate::arguments::Digest(order.spec_hash));
    if order.bid_end > 0 {
        record = record.time("bid_until", order.bid_end, now).count("bids", job.bids).rate(
            "best_bid",
            job.best_rate,
            order.unit,
        );
    }
    if order.meter_kind == METER_REGISTERED {
        record = record.flag("registered_meter", true).percent("service_level", order.sla_bps);
    }
    if order.verifiable != 0 {
        record = record.text("panel", crate::arguments::Digest(order.panel));
    }
    if job.cases > 0 {
        record = record.count("cases", job.cases).count("open_cases", job.open_cases);
    }
    if job.disputes > 0 {
        record = record.count("disputes", job.disputes).count("open_disputes", job.open_disputes);
    }
    for (party, escrow, stake) in dues(job) {
        let key = match party {
            Party::Consumer => "due_to_consumer",
            Party::Provider => "due_to_provider",
            Party::Reporter => "due_to_reporter",
            Party::Buyback => "due_to_buyback",
            Party::Treasury => "due_to_treasury",
        };
        record = if stable {
            let words =
                format!("{} USD and {} tokens", decimal(escrow, USD_DECIMALS), decimal(stake, decimals));
            let value = json!({ "dollars": escrow.to_string(), "tokens": stake.to_string() });
            record.with(key, words, value)
        } else {
            record.tokens(key, escrow.saturating_add(stake), decimals)
        };
    }
    let next = steps::next(job, facts);
    let value = next.iter().map(|step| Value::String(step.clone())).collect();
    record.with("next", next.join("; "), Value::Array(value))
}

/// What fits a row of a list.
pub fn row(address: &Address, job: &Job, facts: &Facts) -> Record {
    let (order, decimals, now) = (&job.terms.order, facts.decimals(), facts.now);
    let deadline = match job.state() {
        Some(JobState::Offered | JobState::Open) => order.offer_by,
        Some(JobState::Assigned) => order.start_by,
        Some(JobState::Running) => order.end_by,
        Some(JobState::Closing) => job.closing_at.saturating_add(job.terms.parameters.receipt_grace),
        _ => 0,
    };
    Record::new()
        .text("job", address)
        .count("number", job.nonce)
        .text("state", state(job))
        .usd("budget", order.budget)
        .rate("rate", order.rate, order.unit)
        .usd("charged", job.accepted)
        .usd("settled", job.settled)
        .escrowed("escrow", job.escrow, order.rail, decimals)
        .time("deadline", deadline, now)
}

fn state(job: &Job) -> &'static str {
    job.state().map_or("unknown", JobState::name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tally_client::interface::accounts::Due;
    use tally_client::interface::parameters::Parameters;
    use tally_client::interface::terms::RAIL_STABLE;

    fn sample(state: JobState) -> Job {
        let mut job: Job = bytemuck::Zeroable::zeroed();
        job.state = state as u8;
        job.terms.parameters = Parameters::DEFAULT;
        job.escrow = 1_000_000;
        job
    }

    fn shown(job: &Job, wanted: &str) -> String {
        let record = super::job(&Address::default(), job, &crate::context::sample(5_000));
        let found = record.shown().find(|(label, _)| label == wanted).map(|(_, text)| text.to_owned());
        found.unwrap_or_else(|| panic!("no {wanted}"))
    }

    #[test]
    fn every_state_is_shown() {
        for state in JobState::ALL {
            assert_eq!(shown(&sample(state), "state"), state.name());
            assert!(!shown(&sample(state), "next").is_empty());
        }
    }

    #[test]
    fn what_is_paid_in_dollars_is_shown_in_dollars_and_the_bond_in_tokens() {
        let mut ended = sample(JobState::Closed);
        ended.dues[0] = Due { escrow: 5_000_000, stake: 1_000_000_000 };
        assert_eq!(dues(&ended), [(Party::Consumer, 5_000_000, 1_000_000_000)]);
        assert_eq!(shown(&ended, "due to consumer"), "1.005 tokens");
        ended.terms.order.rail = RAIL_STABLE;
        assert_eq!(shown(&ended, "escrow"), "1 USD");
        assert_eq!(shown(&ended, "due to consumer"), "5 USD and 1 tokens");
    }
}
