//! What a job's account says to whoever deals with it.

use settlement_interface::accounts::{Due, Job, Party};

/// Last moment at which a job can be accepted: whatever the order says, the program refuses acceptance
/// within the network's `min_lead` before the last moment to start.
pub fn last_acceptance(job: &Job) -> i64 {
    let order = &job.terms.order;
    order.offer_by.min(order.start_by.saturating_sub(job.terms.parameters.min_lead))
}

/// Who is due what: from escrow (base units of the job's mint) and from the stake vault (base units of the
/// compute token).
pub fn dues(job: &Job) -> Vec<(Party, u64, u64)> {
    let due = |party: Party| {
        let Due { escrow, stake } = job.dues.get(party as usize).copied().unwrap_or_default();
        (escrow > 0 || stake > 0).then_some((party, escrow, stake))
    };
    Party::ALL.into_iter().filter_map(due).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offer_is_open_until_it_says_or_a_provider_could_not_start_in_time() {
        let mut job: Job = bytemuck::Zeroable::zeroed();
        job.terms.parameters.min_lead = 10;
        (job.terms.order.offer_by, job.terms.order.start_by) = (100, 110);
        assert_eq!(last_acceptance(&job), 100);
        job.terms.order.start_by = 109;
        assert_eq!(last_acceptance(&job), 99);
    }

    #[test]
    fn only_who_is_due_something_is_named() {
        let mut job: Job = bytemuck::Zeroable::zeroed();
        assert_eq!(dues(&job), []);
        job.dues[1] = Due { escrow: 5, stake: 1 };
        assert_eq!(dues(&job), [(Party::Provider, 5, 1)]);
    }
}
