//! A job for people: what it is, and who can do what next.

use super::Record;
use crate::arguments::{gpu_hours, local, span};
use serde_json::{Value, json};
use tally_client::amounts::decimal;
use tally_client::interface::accounts::{Job, JobState, MARK_HALT, MARK_NO_SHOW, Party};
use tally_client::interface::rules::cancellation_fee;
use tally_client::interface::{Address, rules};

/// Everything that its parties ask about.
pub fn job(address: &Address, job: &Job, decimals: u32, now: i64) -> Record {
    let order = &job.terms.order;
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
        .tokens("escrow", job.escrow, decimals)
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
        .tokens("earned_by_provider", job.earned, decimals)
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
    for (party, escrow, stake) in dues(job) {
        let key = match party {
            Party::Consumer => "due_to_consumer",
            Party::Provider => "due_to_provider",
            Party::Reporter => "due_to_reporter",
            Party::Buyback => "due_to_buyback",
            Party::Treasury => "due_to_treasury",
        };
        record = record.tokens(key, escrow.saturating_add(stake), decimals);
    }
    let next = next_steps(job, decimals, now);
    let value = next.iter().map(|step| Value::String(step.clone())).collect();
    record.with("next", next.join("; "), Value::Array(value))
}

/// What fits a row of a list.
pub fn row(address: &Address, job: &Job, decimals: u32, now: i64) -> Record {
    let order = &job.terms.order;
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
        .tokens("escrow", job.escrow, decimals)
        .time("deadline", deadline, now)
}

fn state(job: &Job) -> &'static str {
    job.state().map_or("unknown", JobState::name)
}

/// Who is due what: from escrow and from the stake vault, base units.
pub fn dues(job: &Job) -> Vec<(Party, u64, u64)> {
    let due = |party: Party| {
        let due = job.dues.get(party as usize).copied().unwrap_or_default();
        (due.escrow > 0 || due.stake > 0).then_some((party, due.escrow, due.stake))
    };
    Party::ALL.into_iter().filter_map(due).collect()
}

/// Who can do what next, and from when.
pub fn next_steps(job: &Job, decimals: u32, now: i64) -> Vec<String> {
    let (order, parameters) = (&job.terms.order, &job.terms.parameters);
    let last_acceptance = order.offer_by.min(order.start_by.saturating_sub(parameters.min_lead));
    let owed = job.outstanding().unwrap_or(0) > 0 && job.escrow > 0;
    let mut steps = Vec::new();
    match job.state() {
        Some(JobState::Offered) if now <= last_acceptance => {
            steps.push(format!("the provider may accept until {}", local(last_acceptance, now)));
            steps.push("the consumer may cancel for nothing".into());
        }
        Some(JobState::Offered) => {
            steps.push("it lapsed: anyone may advance it, and the escrow is refunded".into())
        }
        Some(JobState::Assigned) => {
            steps.push("the provider may start it".into());
            if now <= order.start_by {
                let fee = cancellation_fee(job.escrow, parameters.cancel_bps).unwrap_or(0);
                let fee = decimal(fee, decimals);
                steps.push(format!(
                    "the consumer may cancel for {fee} tokens until {}",
                    local(order.start_by, now)
                ));
            } else if job.mark == MARK_NO_SHOW {
                let from = job.marked_at.saturating_add(parameters.grace);
                steps.push(format!(
                    "marked as not started: anyone may advance it to failed {}",
                    local(from, now)
                ));
            } else {
                steps.push(
                    "the provider is late: anyone may mark it, the consumer may cancel for nothing".into(),
                );
            }
        }
        Some(JobState::Running) => {
            let silent = job.heard_at.saturating_add(order.silence_max);
            if now > order.end_by || now > silent {
                steps.push("anyone may advance it to closing".into());
            } else {
                steps.push(format!("the provider may settle receipts until {}", local(order.end_by, now)));
                steps.push(format!("without a receipt anyone may close it after {}", local(silent, now)));
            }
        }
        Some(JobState::Closing) => {
            let until = job.closing_at.saturating_add(parameters.receipt_grace);
            if now > until {
                steps.push("anyone may advance it".into());
            } else {
                steps.push(format!("the provider may settle what was worked until {}", local(until, now)));
            }
        }
        Some(JobState::Settling) if !owed => steps.push("anyone may advance it to closed".into()),
        Some(JobState::Settling) => {
            steps.push("anyone may convert what is outstanding once a price qualifies".into());
            if job.mark == MARK_HALT {
                let from = job.marked_at.saturating_add(parameters.grace);
                steps.push(format!(
                    "marked as halted: anyone may advance it, paid in kind, {}",
                    local(from, now)
                ));
            } else {
                steps.push(format!("without any price for {} anyone may mark it", span(parameters.halt_max)));
            }
        }
        Some(state) if state.is_terminal() => {
            for (party, ..) in dues(job) {
                steps.push(format!("anyone may withdraw what is due to the {}", party.name()));
            }
            if steps.is_empty() {
                steps.push("anyone may reclaim it: the rent returns to who paid it".into());
            }
        }
        _ => steps.push("it waits for cases to end".into()),
    }
    if owed && job.state() == Some(JobState::Running) {
        steps.push("anyone may convert what is outstanding".into());
    }
    let free =
        rules::bond(job.escrow, parameters.bond_bps).filter(|_| job.state() == Some(JobState::Offered));
    if let Some(bond) = free {
        steps.push(format!("accepting locks a bond of {} tokens", decimal(bond, decimals)));
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;
    use tally_client::interface::accounts::Due;
    use tally_client::interface::parameters::Parameters;

    fn sample(state: JobState) -> Job {
        let mut job: Job = bytemuck::Zeroable::zeroed();
        job.state = state as u8;
        job.terms.parameters = Parameters::DEFAULT;
        job.terms.order.offer_by = 10_000;
        job.terms.order.start_by = 10_000;
        job.terms.order.end_by = 20_000;
        job.escrow = 1_000;
        job
    }

    #[test]
    fn what_is_next_follows_the_clock() {
        let says = |job: &Job, now: i64, text: &str| {
            let steps = next_steps(job, 0, now).join("; ");
            assert!(steps.contains(text), "{steps}");
        };
        let offered = sample(JobState::Offered);
        // The network's min_lead ends acceptance before offer_by does.
        says(&offered, 9_100, "may accept until");
        says(&offered, 9_101, "it lapsed");
        says(&offered, 9_100, "a bond of 100 tokens");
        let assigned = sample(JobState::Assigned);
        says(&assigned, 10_000, "cancel for 20 tokens");
        says(&assigned, 10_001, "anyone may mark it");
        let mut ended = sample(JobState::Closed);
        says(&ended, 0, "reclaim");
        ended.dues[0] = Due { escrow: 5, stake: 1 };
        says(&ended, 0, "due to the consumer");
        assert_eq!(dues(&ended), [(Party::Consumer, 5, 1)]);
    }

    #[test]
    fn every_state_is_shown() {
        for state in JobState::ALL {
            let job = sample(state);
            let record = super::job(&Address::default(), &job, 9, 5_000);
            assert!(record.shown().any(|(label, text)| label == "state" && text == state.name()));
            assert!(!next_steps(&job, 9, 5_000).is_empty());
        }
    }
}
