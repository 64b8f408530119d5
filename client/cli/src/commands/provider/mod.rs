//! For providers.

mod accept;
mod bid;
mod claim;
mod claim_rebate;
mod jobs;
mod register;
mod settle;
mod show;
mod stake;
mod standing_offer;
mod start;
mod top_up_bond;
mod unstake;
mod update;
mod withdraw_bid;
mod withdraw_stake;

use super::case::{answer as answer_case, list};
use super::job::{check_receipt, close};
use crate::arguments::{Amount, Digest, HashedFile};
use crate::context::Context;
use crate::failure::{Failure, Result};
use crate::run::{Done, answer, carry_out};
use serde::{Serialize, Serializer};
use std::str::FromStr;

/// What a provider does.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Register as a provider, with a rate card
    Register(register::Register),
    /// Change the description or the rate card
    Update(update::Update),
    /// Show a provider: stake, earnings, record
    Show(show::Show),
    /// Put tokens into a provider's stake, out of which bonds are locked
    Stake(stake::Stake),
    /// Ask stake back; it can be withdrawn after the unbonding time
    Unstake(unstake::Unstake),
    /// Pay out stake that has unbonded
    WithdrawStake(withdraw_stake::WithdrawStake),
    /// List a provider's jobs
    Jobs(jobs::Jobs),
    /// Accept an offer, locking a bond
    Accept(accept::Accept),
    /// Bid for a job in an auction, locking a bond
    Bid(bid::PlaceBid),
    /// Withdraw a bid that does not lead, or that can no longer be accepted
    WithdrawBid(withdraw_bid::WithdrawBid),
    /// Let anyone accept jobs in your name that fit these terms
    SetStandingOffer(Box<standing_offer::SetStandingOffer>),
    /// Take the standing offer back
    ClearStandingOffer(standing_offer::ClearStandingOffer),
    /// Lock more stake in a job's bond
    TopUpBond(top_up_bond::TopUpBond),
    /// List the cases against a provider, with what they wait for
    Cases(list::List),
    /// Overturn an outage case by better receipts of the same meter
    Answer(answer_case::AnswerCase),
    /// Start an accepted job
    Start(start::Start),
    /// Check a signed receipt, as the program will
    CheckReceipt(check_receipt::CheckReceipt),
    /// Settle signed receipts: accept them and convert what they are worth
    Settle(settle::Settle),
    /// End a running job
    Close(close::Close),
    /// Mint what a provider has earned, to its own token account
    Claim(claim::Claim),
    /// Mint the quality rebates of epochs that have ended
    ClaimRebate(claim_rebate::ClaimRebate),
}

/// Carries one out.
pub async fn dispatch(context: &Context, command: &Command) -> Result<Done> {
    match command {
        Command::Register(it) => carry_out(context, "provider register", it).await,
        Command::Update(it) => carry_out(context, "provider update", it).await,
        Command::Show(it) => answer(context, it).await,
        Command::Stake(it) => carry_out(context, "provider stake", it).await,
        Command::Unstake(it) => carry_out(context, "provider unstake", it).await,
        Command::WithdrawStake(it) => carry_out(context, "provider withdraw-stake", it).await,
        Command::Jobs(it) => answer(context, it).await,
        Command::Accept(it) => carry_out(context, "provider accept", it).await,
        Command::Bid(it) => carry_out(context, "provider bid", it).await,
        Command::WithdrawBid(it) => carry_out(context, "provider withdraw-bid", it).await,
        Command::SetStandingOffer(it) => carry_out(context, "provider set-standing-offer", it.as_ref()).await,
        Command::ClearStandingOffer(it) => carry_out(context, "provider clear-standing-offer", it).await,
        Command::TopUpBond(it) => carry_out(context, "provider top-up-bond", it).await,
        Command::Cases(it) => answer(context, it).await,
        Command::Answer(it) => carry_out(context, "case answer", it).await,
        Command::Start(it) => carry_out(context, "provider start", it).await,
        Command::CheckReceipt(it) => answer(context, it).await,
        Command::Settle(it) => carry_out(context, "provider settle", it).await,
        Command::Close(it) => carry_out(context, "close", it).await,
        Command::Claim(it) => carry_out(context, "provider claim", it).await,
        Command::ClaimRebate(it) => carry_out(context, "provider claim-rebate", it).await,
    }
}

/// `CLASS=USD`: what is asked for a GPU hour of a hardware class.
#[derive(Clone, Debug)]
pub struct Rate {
    class: u16,
    usd: Amount,
}

impl FromStr for Rate {
    type Err = String;
    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let wrong = || {
            format!("\"{text}\" is no rate; write a hardware class and dollars per GPU hour, such as 1=2.50")
        };
        let (class, usd) = text.split_once('=').ok_or_else(wrong)?;
        Ok(Self { class: class.parse().map_err(|_| wrong())?, usd: usd.parse().map_err(|_| wrong())? })
    }
}

impl Serialize for Rate {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        (self.class, &self.usd).serialize(serializer)
    }
}

/// Classes and micro-dollars.
fn entries(rates: &[Rate]) -> Result<Vec<(u16, u64)>> {
    rates
        .iter()
        .map(|rate| Ok((rate.class, rate.usd.usd(&format!("rate of class {}", rate.class))?)))
        .collect()
}

/// The description's hash, as given or of the file given.
fn description(hash: Option<Digest>, file: Option<HashedFile>) -> Result<Option<[u8; 32]>> {
    match (hash, file) {
        (Some(_), Some(_)) => {
            Err(Failure::Usage("name the description by file or by hash, not by both".into()))
        }
        (Some(Digest(hash)), None) | (None, Some(HashedFile(Digest(hash)))) => Ok(Some(hash)),
        (None, None) => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_a_class_and_dollars() {
        let rate: Rate = "1=2.50".parse().unwrap();
        assert_eq!(entries(&[rate]).unwrap(), [(1, 2_500_000)]);
        for bad in ["", "1", "=2", "x=2", "1=", "70000=1", "1=-2"] {
            assert!(bad.parse::<Rate>().unwrap_err().contains("1=2.50"), "{bad}");
        }
        let zero: Rate = "1=0".parse().unwrap();
        assert!(entries(&[zero]).unwrap_err().sentence().contains("rate of class 1"));
    }
}
