//! A step with one thing wrong: another signer, another job, another amount.

use crate::market::Market;
use crate::spec::step::Step;
use settlement_interface::Address;

/// The places in a step that can be put wrong.
struct Places<'a> {
    by: Option<&'a mut Address>,
    job: Option<&'a mut Address>,
    rent_payer: Option<&'a mut Address>,
    wallet: Option<&'a mut Address>,
    amount: Option<&'a mut u64>,
}

fn places(step: &mut Step) -> Places<'_> {
    let mut places = Places { by: None, job: None, rent_payer: None, wallet: None, amount: None };
    match step {
        Step::ProposeAdmin { by, .. }
        | Step::AcceptAdmin { by }
        | Step::Pause { by, .. }
        | Step::Unpause { by }
        | Step::UpdateProvider { by, .. }
        | Step::SetStanding { by, .. }
        | Step::Reveal { by, .. }
        | Step::Rule { by, .. } => places.by = Some(by),
        Step::OpenRail { by, index, .. } => (places.by, places.amount) = (Some(by), Some(index)),
        Step::ReleaseArbiter { wallet, .. } => places.wallet = Some(wallet),
        Step::QueueChange { by, index, .. } => (places.by, places.amount) = (Some(by), Some(index)),
        Step::ApplyChange { by, rent_payer, .. } | Step::CancelChange { by, rent_payer, .. } => {
            (places.by, places.rent_payer) = (Some(by), Some(rent_payer));
        }
        Step::Stake { amount, .. } => places.amount = Some(amount),
        Step::RequestUnstake { by, amount }
        | Step::RequestUnvouch { by, amount, .. }
        | Step::Vouch { by, amount, .. } => (places.by, places.amount) = (Some(by), Some(amount)),
        Step::WithdrawStake { authority } | Step::Claim { authority } => places.wallet = Some(authority),
        Step::WithdrawVouched { wallet, .. } | Step::WithdrawDispute { wallet, .. } => {
            places.wallet = Some(wallet)
        }
        Step::OpenJob { by, nonce, .. } => (places.by, places.amount) = (Some(by), Some(nonce)),
        Step::TopUp { by, job, amount, .. } | Step::TopUpBond { by, job, amount } => {
            (places.by, places.job, places.amount) = (Some(by), Some(job), Some(amount));
        }
        Step::AcceptOffer { by, job, .. }
        | Step::StartJob { by, job }
        | Step::RotateMeter { by, job, .. }
        | Step::CancelJob { by, job }
        | Step::CloseJob { by, job }
        | Step::Mark { by, job }
        | Step::Settle { by, job, .. }
        | Step::Convert { by, job }
        | Step::SettleStable { by, job, .. } => (places.by, places.job) = (Some(by), Some(job)),
        Step::PlaceBid { by, job, rate, .. } => {
            (places.by, places.job, places.amount) = (Some(by), Some(job), Some(rate));
        }
        Step::AcceptStanding { job, .. }
        | Step::AdvanceJob { job }
        | Step::ConvertStable { job }
        | Step::ResolveDispute { job, .. } => places.job = Some(job),
        Step::ResolveCase { meter, .. } => places.wallet = Some(meter),
        Step::Withdraw { job, wallet, .. } => (places.job, places.wallet) = (Some(job), Some(wallet)),
        Step::ReclaimJob { job, rent_payer, .. } => {
            (places.job, places.rent_payer) = (Some(job), Some(rent_payer));
        }
        Step::WithdrawBid { by, rent_payer, .. } | Step::AcceptBid { by, rent_payer, .. } => {
            (places.by, places.rent_payer) = (Some(by), Some(rent_payer));
        }
        Step::OpenCase { by, index, .. } => (places.by, places.amount) = (Some(by), Some(index)),
        Step::AnswerCase { meter, rent_payer, .. } => {
            (places.wallet, places.rent_payer) = (Some(meter), Some(rent_payer));
        }
        Step::WithdrawCase { reporter, rent_payer, .. } => {
            (places.wallet, places.rent_payer) = (Some(reporter), Some(rent_payer));
        }
        Step::OpenDispute { by, receipt, .. } => (places.by, places.amount) = (Some(by), Some(receipt)),
        Step::CloseDispute { rent_payer, .. }
        | Step::CloseEpoch { rent_payer, .. }
        | Step::ClaimRebate { rent_payer, .. } => places.rent_payer = Some(rent_payer),
        Step::Buyback { by, amount, .. } => (places.by, places.amount) = (Some(by), Some(amount)),
        Step::Resume
        | Step::RegisterConsumer { .. }
        | Step::RegisterProvider { .. }
        | Step::RegisterMeter { .. }
        | Step::RegisterArbiter { .. }
        | Step::AcceptBatch { .. }
        | Step::Observe
        | Step::TickBuyback => {}
    }
    places
}

impl Market {
    /// The step with one thing wrong, if it has something that can be.
    pub fn twisted(&mut self, step: Step) -> Step {
        let (wallet, choice) = (self.wallet(), self.random.below(5));
        let jobs: Vec<_> = self.spec.jobs.keys().copied().collect();
        let job = self.random.pick(&jobs).copied();
        let amounts = [0, 1, u64::MAX, 1 << 40];
        let amount = *self.random.pick(&amounts).unwrap();
        let mut twisted = step;
        let places = places(&mut twisted);
        match choice {
            0 => {
                if let Some(by) = places.by {
                    *by = wallet;
                }
            }
            1 => {
                if let (Some(place), Some(job)) = (places.job, job) {
                    *place = job;
                }
            }
            2 => {
                if let Some(place) = places.rent_payer {
                    *place = wallet;
                }
            }
            3 => {
                if let Some(place) = places.wallet {
                    *place = wallet;
                }
            }
            _ => {
                if let Some(place) = places.amount {
                    *place = amount;
                }
            }
        }
        twisted
    }
}
