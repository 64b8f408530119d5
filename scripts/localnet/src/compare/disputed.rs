//! Disputes: as their events tell, since the account of one is closed when all are paid.

use super::Sides;
use super::accounts::Accounts;
use super::book::Sheet;
use super::hex;
use super::history::History;
use super::moment::{happened, rfc3339};
use crate::failure::Result;
use settlement_interface::Address;
use settlement_interface::accounts::{
    CAUSE_NO_DIFFERENCE, CAUSE_NO_RULING, CAUSE_RULED, CAUSE_TURN_MISSED, OUTCOME_CHALLENGER_LOST,
    OUTCOME_NOBODY, OUTCOME_PROVIDER_LOST,
};
use settlement_interface::events::{DisputeOpened, DisputeResolved, Event};
use settlement_interface::rules::Stage;
use std::collections::BTreeMap;

/// A dispute by its events.
#[derive(Clone, Debug)]
pub struct DisputeSeen {
    /// How it was opened.
    pub opened: Box<DisputeOpened>,
    authority: Address,
    lo: u64,
    hi: u64,
    rounds: u64,
    stage: u64,
    turn_at: i64,
    marked_at: i64,
    votes: (u64, u64),
    resolved: Option<Box<DisputeResolved>>,
    paid: u64,
    closed_at: i64,
}

/// Every dispute ever, by its account.
pub fn disputes_seen(history: &History) -> BTreeMap<Address, DisputeSeen> {
    let mut disputes: BTreeMap<Address, DisputeSeen> = BTreeMap::new();
    let mut authorities: BTreeMap<Address, Address> = BTreeMap::new();
    for entry in &history.entries {
        if let Event::ProviderRegistered(event) = &entry.event {
            authorities.insert(event.provider, event.authority);
        }
        if let Event::DisputeOpened(event) = &entry.event {
            let authority = authorities.get(&event.provider).copied().unwrap_or_default();
            disputes.insert(event.dispute, DisputeSeen::open(event, authority));
        }
        for touched in entry.event.touched() {
            if let Some(dispute) = disputes.get_mut(&touched.entity) {
                dispute.apply(&entry.event);
            }
        }
    }
    disputes
}

impl DisputeSeen {
    fn open(event: &DisputeOpened, authority: Address) -> Self {
        Self {
            opened: Box::new(*event),
            authority,
            lo: 0,
            hi: event.steps.saturating_sub(1),
            rounds: 0,
            stage: Stage::ChallengerLast as u64,
            turn_at: event.at,
            marked_at: 0,
            votes: (0, 0),
            resolved: None,
            paid: 0,
            closed_at: 0,
        }
    }

    fn apply(&mut self, event: &Event) {
        match event {
            Event::StepRevealed(event) => {
                (self.lo, self.hi, self.rounds) = (event.lo, event.hi, event.rounds);
                (self.stage, self.turn_at, self.marked_at) = (event.stage, event.at, 0);
            }
            Event::TurnMarked(event) => self.marked_at = event.at,
            Event::Ruled(event) => {
                self.votes = (event.votes_for_provider, event.votes_for_challenger);
                self.stage = event.stage;
                if event.stage == Stage::Decided as u64 {
                    self.turn_at = event.at;
                }
            }
            Event::DisputeResolved(event) => {
                self.stage = Stage::Resolved as u64;
                self.resolved = Some(event.clone());
            }
            Event::DisputeWithdrawn(event) => self.paid = self.paid.saturating_add(event.amount),
            Event::DisputeClosed(event) => self.closed_at = event.at,
            _ => {}
        }
    }

    fn stage(&self) -> Option<&'static str> {
        u8::try_from(self.stage).ok().and_then(Stage::from_code).map(Stage::name)
    }
}

fn outcome(code: u64) -> Option<&'static str> {
    let words = [
        (OUTCOME_PROVIDER_LOST, "provider_lost"),
        (OUTCOME_CHALLENGER_LOST, "challenger_lost"),
        (OUTCOME_NOBODY, "nobody"),
    ];
    words.into_iter().find(|(known, _)| u64::from(*known) == code).map(|(_, word)| word)
}

fn cause(code: u64) -> Option<&'static str> {
    let words = [
        (CAUSE_RULED, "ruled"),
        (CAUSE_TURN_MISSED, "turn_missed"),
        (CAUSE_NO_DIFFERENCE, "no_difference"),
        (CAUSE_NO_RULING, "no_ruling"),
    ];
    words.into_iter().find(|(known, _)| u64::from(*known) == code).map(|(_, word)| word)
}

/// The disputes that are wanted, oldest first.
pub fn wanted(
    disputes: &BTreeMap<Address, DisputeSeen>,
    wanted: impl Fn(&DisputeSeen) -> bool,
) -> Vec<&DisputeSeen> {
    let mut own: Vec<&DisputeSeen> = disputes.values().filter(|dispute| wanted(dispute)).collect();
    own.sort_by_key(|dispute| (dispute.opened.at, dispute.opened.index));
    own
}

/// A dispute at a place of an answer.
pub fn shown(sheet: &mut Sheet<'_>, at: &str, dispute: &DisputeSeen, accounts: &Accounts) {
    let field = |name: &str| format!("{at}/{name}");
    let opened = &dispute.opened;
    let account = accounts.disputes.get(&opened.dispute);
    sheet.plain(&field("dispute"), opened.dispute);
    sheet.plain(&field("job"), opened.job);
    sheet.plain(&field("provider"), opened.provider);
    sheet.plain(&field("authority"), account.map_or(dispute.authority, |account| account.authority));
    sheet.plain(&field("challenger"), opened.challenger);
    sheet.plain(&field("number"), opened.index);
    sheet.plain(&field("receipt"), opened.receipt);
    sheet.plain(&field("steps"), opened.steps);
    sheet.plain(&field("lo"), account.map_or(dispute.lo, |account| account.lo));
    sheet.plain(&field("hi"), account.map_or(dispute.hi, |account| account.hi));
    sheet.plain(&field("rounds"), account.map_or(dispute.rounds, |account| account.rounds));
    sheet.plain(&field("provider_root"), hex(&opened.provider_root));
    sheet.plain(&field("challenger_root"), hex(&opened.challenger_root));
    let stage = account.map_or(dispute.stage(), |account| account.stage().map(Stage::name));
    sheet.maybe(&field("stage"), stage);
    sheet.plain(&field("panel/k"), opened.panel.k);
    sheet.plain_count(&field("panel/wallets"), opened.panel.wallets().len());
    for (place, wallet) in opened.panel.wallets().iter().enumerate() {
        sheet.plain(&field(&format!("panel/wallets/{place}")), wallet);
    }
    sheet.plain(&field("votes_for_provider"), dispute.votes.0);
    sheet.plain(&field("votes_for_challenger"), dispute.votes.1);
    sheet.tokens(&field("bond"), opened.bond);
    sheet.tokens(&field("arbiter_stake"), opened.arbiter_stake);
    sheet.usd(&field("pending"), opened.pending);
    sheet.plain(&field("opened_at"), rfc3339(opened.at));
    sheet.plain(&field("turn_at"), rfc3339(account.map_or(dispute.turn_at, |account| account.turn_at)));
    let marked_at = account.map_or(dispute.marked_at, |account| account.marked_at);
    sheet.maybe(&field("marked_at"), happened(marked_at));
    sheet.maybe(&field("closed_at"), happened(dispute.closed_at));
    sheet.plain(&field("rent_payer"), opened.rent_payer);
    ended(sheet, at, dispute);
}

fn ended(sheet: &mut Sheet<'_>, at: &str, dispute: &DisputeSeen) {
    let field = |name: &str| format!("{at}/{name}");
    let resolved = dispute.resolved.as_deref();
    let of = |read: fn(&DisputeResolved) -> u64| resolved.map_or(0, read);
    let fees = of(|event| event.fee.saturating_mul(event.arbiters.count_ones().into()));
    let due = fees.saturating_add(of(|event| event.refund)).saturating_sub(dispute.paid);
    sheet.maybe(&field("outcome"), outcome(of(|event| event.outcome)));
    sheet.maybe(&field("cause"), cause(of(|event| event.cause)));
    sheet.usd(&field("void"), of(|event| event.void));
    sheet.tokens(&field("slashed"), of(|event| event.slashed));
    sheet.tokens(&field("fee"), of(|event| event.fee));
    sheet.tokens(&field("to_consumer"), of(|event| event.to_consumer));
    sheet.tokens(&field("to_provider"), of(|event| event.to_provider));
    sheet.tokens(&field("refund"), of(|event| event.refund));
    sheet.tokens(&field("due"), due);
    sheet.usd(&field("bad"), of(|event| event.bad));
    sheet.maybe(&field("resolved_at"), resolved.map(|event| rfc3339(event.at)));
}

/// The page of a provider's disputes.
pub fn of_provider(sides: &mut Sides<'_>, provider: &Address) -> Result<()> {
    let items = sides.served.items(&format!("/v1/providers/{provider}/disputes"))?;
    let own = wanted(sides.disputes, |dispute| dispute.opened.provider == *provider);
    sides.number("disputes", format!("disputes of {provider}"), items.len(), own.len());
    for (item, dispute) in items.iter().zip(own) {
        let group = format!("dispute {}", dispute.opened.dispute);
        let decimals = sides.accounts.decimals();
        let mut sheet = Sheet::new(sides.book, group, item, decimals).words_counted("words of disputes");
        shown(&mut sheet, "", dispute, sides.accounts);
        sheet.close();
    }
    Ok(())
}
