//! What can be done about a job next, and from when: the one reading of its state that commands and
//! answers share.

use crate::arguments::{local, span};
use crate::context::Facts;
use tally_client::amounts::decimal;
use tally_client::interface::accounts::{Job, JobState, MARK_HALT, MARK_NO_SHOW};
use tally_client::interface::rules::{self, cancellation_fee, has_lasted};
use tally_client::interface::terms::{METER_REGISTERED, RAIL_STABLE};
use tally_client::jobs::{dues, last_acceptance};

/// Whether a late start was marked and its grace is over.
fn has_failed(job: &Job, facts: &Facts) -> bool {
    let grace = job.terms.parameters.grace;
    job.mark == MARK_NO_SHOW
        && has_lasted((job.marked_at, job.marked_slot), grace, (facts.now, facts.slot))
        && facts.now >= job.waits_until
}

/// Whether work waits for a price.
fn is_owed(job: &Job) -> bool {
    job.terms.order.rail != RAIL_STABLE && job.outstanding().unwrap_or(0) > 0 && job.escrow > 0
}

/// What a held job waits for; `None` once it waits for nothing.
fn held_for(job: &Job, facts: &Facts) -> Option<String> {
    let (terms, now) = (&job.terms.parameters, facts.now);
    if job.open_cases > 0 || job.open_disputes > 0 {
        return Some("it waits for open cases (tally case list)".into());
    }
    let mut pending = job.pending;
    rules::pending::mature(&mut pending, terms.dispute_window, false, (now, facts.slot));
    if let Some(bucket) = pending.iter().find(|bucket| bucket.usd > 0) {
        let until = bucket.since.saturating_add(terms.dispute_window);
        return Some(format!("receipts can be disputed until {}", local(until, now)));
    }
    let until = job.closing_at.saturating_add(terms.case_window);
    let past = job.is_past_reporting((now, facts.slot));
    if job.terms.order.meter_kind == METER_REGISTERED && !past {
        return Some(format!("outages can be reported until {}", local(until, now)));
    }
    let waits = job.service_at != 0
        && !has_lasted((job.service_at, job.service_slot), terms.grace, (now, facts.slot));
    let until = job.service_at.saturating_add(terms.grace);
    waits.then(|| format!("better receipts can keep the service level until {}", local(until, now)))
}

/// What advancing the job would do now, in words; `None` if time allows nothing yet.
pub fn advance(job: &Job, facts: &Facts) -> Option<&'static str> {
    let (order, now) = (&job.terms.order, facts.now);
    match job.state()? {
        JobState::Offered | JobState::Open if now > last_acceptance(job) => {
            Some("nobody can accept it any more: the job is cancelled and the escrow booked as refund")
        }
        JobState::Assigned if has_failed(job, facts) => Some(
            "the provider has not started: the job fails, the escrow is booked as refund and part of the bond is lost",
        ),
        JobState::Running if now > order.end_by || now > job.heard_at.saturating_add(order.silence_max) => {
            Some("the job is over: it begins to close, and late receipts are accepted for a while")
        }
        JobState::Closing if job.progress().is_over(now, facts.slot) => Some(
            "the time for late receipts is over: it is settled, once nothing of it can be disputed or reported",
        ),
        JobState::Held if held_for(job, facts).is_none() => {
            Some("nothing of it can be disputed or reported any more: only converting is left")
        }
        JobState::Settling if !is_owed(job) => Some(
            "everything is converted: the job closes, the rest is booked as refund and the bond released",
        ),
        JobState::Settling => {
            let config = &facts.config;
            let over = rules::halt_is_over(job, &facts.price, config.decimals, now, facts.slot);
            (over && facts.quote_for(job).is_err())
                .then_some("the halt has lasted: the job closes, and work is paid in kind")
        }
        _ => None,
    }
}

/// Who can do what next, and from when.
pub fn next(job: &Job, facts: &Facts) -> Vec<String> {
    let (order, parameters, now) = (&job.terms.order, &job.terms.parameters, facts.now);
    let mut steps: Vec<String> = Vec::new();
    if let Some(step) = advance(job, facts) {
        steps.push(format!("anyone may advance it: {step}"));
    }
    let due = !steps.is_empty();
    match job.state() {
        Some(JobState::Offered) if !due => {
            steps.push(format!("the provider may accept until {}", local(last_acceptance(job), now)));
            steps.push("the consumer may cancel for nothing".into());
            steps.extend(bond(job, facts));
        }
        Some(JobState::Open) if !due && now < order.bid_end => {
            steps.push(format!("providers may bid until {}", local(order.bid_end, now)));
            steps.push("the consumer may cancel for nothing".into());
            steps.extend(bond(job, facts));
        }
        Some(JobState::Open) if !due => {
            let until = local(last_acceptance(job), now);
            steps.push(format!("the consumer may accept any bid until {until}"));
            if order.open_acceptance == 1 {
                steps.push("anyone may accept the best one".into());
            }
        }
        Some(JobState::Assigned) => {
            steps.push("the provider may start it".into());
            if now <= order.start_by {
                let fee = cancellation_fee(job.escrow, parameters.cancel_bps).unwrap_or(0);
                let fee = facts.currency(order.rail).map_or_else(|_| fee.to_string(), |it| it.say(fee));
                steps.push(format!("the consumer may cancel for {fee} until {}", local(order.start_by, now)));
            } else if job.mark == MARK_NO_SHOW {
                let from = job.marked_at.saturating_add(parameters.grace).max(job.waits_until);
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
        Some(JobState::Running) if !due => {
            let silent = job.heard_at.saturating_add(order.silence_max);
            steps.push(format!("the provider may settle receipts until {}", local(order.end_by, now)));
            steps.push(format!("without a receipt anyone may close it after {}", local(silent, now)));
        }
        Some(JobState::Closing) if !due => {
            let until = job.closing_at.saturating_add(parameters.receipt_grace);
            steps.push(format!("the provider may settle what was worked until {}", local(until, now)));
        }
        Some(JobState::Held) => steps.extend(held_for(job, facts)),
        Some(JobState::Settling) if !due => {
            steps.push("anyone may convert what is outstanding once a price qualifies".into());
            if job.mark == MARK_HALT {
                let from = job.marked_at.saturating_add(parameters.halt_max);
                steps.push(format!(
                    "marked as halted: anyone may advance it, paid in kind, {}",
                    local(from, now)
                ));
            } else {
                steps.push(format!(
                    "while no price qualifies anyone may mark it; {} later it ends in kind",
                    span(parameters.halt_max)
                ));
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
        _ => {}
    }
    if is_owed(job) && job.state() == Some(JobState::Running) {
        steps.push("anyone may convert what is outstanding".into());
    }
    steps
}

/// What accepting or bidding locks; on the stable rail it is known once a price qualifies.
fn bond(job: &Job, facts: &Facts) -> Option<String> {
    let quote = facts.quote_for(job).ok();
    let bond = facts.bond_asked(job, quote.as_ref()).ok()?;
    Some(format!("accepting locks a bond of {} tokens", decimal(bond, facts.decimals())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tally_client::interface::accounts::{Bucket, Due, MARK_NONE};
    use tally_client::interface::parameters::Parameters;
    use tally_client::interface::terms::RAIL_TOKEN;

    fn sample(state: JobState) -> Job {
        let mut job: Job = bytemuck::Zeroable::zeroed();
        job.state = state as u8;
        job.terms.parameters = Parameters::DEFAULT;
        job.terms.order.rail = RAIL_TOKEN;
        job.terms.order.bid_end = 9_000;
        job.terms.order.offer_by = 10_000;
        job.terms.order.start_by = 11_000;
        job.terms.order.end_by = 20_000;
        job.terms.order.silence_max = 300;
        job.heard_at = 15_000;
        job.closing_at = 15_000;
        job.marked_at = 12_000;
        job.escrow = 1_000;
        job
    }

    #[test]
    fn both_sides_of_every_deadline() {
        for (state, last, mark) in [
            (JobState::Offered, 10_000, MARK_NONE),
            (JobState::Open, 10_000, MARK_NONE),
            (JobState::Assigned, 12_000 + 3_599, MARK_NO_SHOW),
            (JobState::Running, 15_300, MARK_NONE),
            (JobState::Closing, 15_000 + 86_400, MARK_NONE),
        ] {
            let mut job = sample(state);
            job.mark = mark;
            assert_eq!(advance(&job, &crate::context::sample(last)), None, "{state:?}");
            assert!(advance(&job, &crate::context::sample(last + 1)).is_some(), "{state:?}");
        }
        let late = crate::context::sample(i64::MAX);
        assert_eq!(advance(&sample(JobState::Assigned), &late), None);
        assert!(advance(&sample(JobState::Settling), &late).unwrap().contains("converted"));
        assert_eq!(advance(&sample(JobState::Closed), &late), None);
    }

    #[test]
    fn a_held_job_waits_for_all_that_can_still_be_said_about_it() {
        let waits = |edit: fn(&mut Job), now: i64| {
            let mut job = sample(JobState::Held);
            edit(&mut job);
            let facts = crate::context::sample(now);
            assert_eq!(advance(&job, &facts).is_none(), held_for(&job, &facts).is_some());
            held_for(&job, &facts)
        };
        assert_eq!(waits(|_| (), 15_001), None);
        assert!(waits(|job| job.open_cases = 1, i64::MAX).unwrap().contains("open cases"));
        let pending = |job: &mut Job| job.pending[0] = Bucket { usd: 1, since: 15_000, ..Bucket::default() };
        let window = Parameters::DEFAULT.dispute_window;
        assert!(waits(pending, 15_000 + window - 1).unwrap().contains("disputed"));
        assert_eq!(waits(pending, 15_000 + window), None);
        let metered = |job: &mut Job| job.terms.order.meter_kind = METER_REGISTERED;
        let window = Parameters::DEFAULT.case_window;
        assert!(waits(metered, 15_000 + window).unwrap().contains("reported"));
        assert_eq!(waits(metered, 15_000 + window + 1), None);
        let marked = |job: &mut Job| job.service_at = 15_000;
        assert!(waits(marked, 18_599).unwrap().contains("service level"));
        assert_eq!(waits(marked, 18_600), None);
    }

    #[test]
    fn what_is_next_follows_the_clock() {
        let says = |job: &Job, now: i64, text: &str| {
            let steps = next(job, &crate::context::sample(now)).join("; ");
            assert!(steps.contains(text), "{steps}");
        };
        let mut offered = sample(JobState::Offered);
        offered.terms.order.start_by = 10_000;
        // The network's min_lead ends acceptance before offer_by does.
        says(&offered, 9_100, "may accept until");
        says(&offered, 9_101, "nobody can accept it");
        says(&offered, 9_100, "a bond of 0.0000001 tokens");
        let open = sample(JobState::Open);
        says(&open, 8_999, "may bid until");
        says(&open, 9_000, "may accept any bid until");
        let assigned = sample(JobState::Assigned);
        says(&assigned, 11_000, "cancel for 0.00000002 tokens");
        says(&assigned, 11_001, "anyone may mark it");
        let mut ended = sample(JobState::Closed);
        says(&ended, 0, "reclaim");
        ended.dues[0] = Due { escrow: 5, stake: 1 };
        says(&ended, 0, "due to the consumer");
    }
}
