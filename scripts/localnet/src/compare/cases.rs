//! Outage cases: as their events tell, and as their accounts are while they have them.

use super::Sides;
use super::accounts::Accounts;
use super::book::Sheet;
use super::history::History;
use super::moment::{happened, rfc3339};
use crate::failure::Result;
use settlement_interface::Address;
use settlement_interface::events::{CaseOpened, EVIDENCE_RECEIPTS, Event};
use std::collections::BTreeMap;

/// A case by its events.
#[derive(Clone, Debug)]
pub struct CaseSeen {
    /// How it was opened.
    pub opened: CaseOpened,
    /// Whose bond is at stake: the job's `Provider`.
    pub provider: Address,
    state: &'static str,
    slashed: u64,
    harmed: u64,
    reported: u64,
    burned: u64,
    due: u64,
    bond: u64,
    pledged: u64,
    meter_slashed: u64,
    bad: u64,
    marked_at: i64,
    decided_at: i64,
    closed_at: i64,
}

/// Every case ever, by its account.
pub fn cases_seen(history: &History) -> BTreeMap<Address, CaseSeen> {
    let mut cases: BTreeMap<Address, CaseSeen> = BTreeMap::new();
    let mut providers: BTreeMap<Address, Address> = BTreeMap::new();
    for entry in &history.entries {
        match &entry.event {
            Event::JobAccepted(event) => {
                providers.insert(event.job, event.provider);
            }
            Event::CaseOpened(event) => {
                let provider = providers.get(&event.job).copied().unwrap_or_default();
                cases.insert(event.case, CaseSeen::open(event, provider));
            }
            Event::CaseMarked(event) => {
                if let Some(case) = cases.get_mut(&event.case) {
                    (case.state, case.marked_at) = ("marked", event.at);
                }
            }
            Event::CaseAnswered(event) => {
                if let Some(case) = cases.get_mut(&event.case) {
                    (case.state, case.bond, case.pledged) = ("answered", 0, 0);
                    case.meter_slashed = event.slashed;
                    (case.decided_at, case.closed_at) = (event.at, event.at);
                }
            }
            Event::CaseUpheld(event) => {
                if let Some(case) = cases.get_mut(&event.case) {
                    (case.state, case.decided_at) = ("upheld", event.at);
                    (case.bond, case.pledged) = (0, 0);
                    (case.slashed, case.harmed) = (event.slashed, event.harmed);
                    (case.reported, case.burned, case.bad) = (event.reported, event.burned, event.bad);
                    case.due = event.returned.saturating_add(event.reported);
                }
            }
            Event::CaseWithdrawn(event) => {
                if let Some(case) = cases.get_mut(&event.case) {
                    (case.state, case.closed_at) = ("paid", event.at);
                    case.due = case.due.saturating_sub(event.amount);
                }
            }
            _ => {}
        }
    }
    cases
}

impl CaseSeen {
    fn open(event: &CaseOpened, provider: Address) -> Self {
        Self {
            opened: *event,
            provider,
            state: "open",
            slashed: 0,
            harmed: 0,
            reported: 0,
            burned: 0,
            due: 0,
            bond: event.bond,
            pledged: event.pledged,
            meter_slashed: 0,
            bad: 0,
            marked_at: 0,
            decided_at: 0,
            closed_at: 0,
        }
    }
}

/// The cases that are wanted, oldest first.
pub fn wanted(cases: &BTreeMap<Address, CaseSeen>, wanted: impl Fn(&CaseSeen) -> bool) -> Vec<&CaseSeen> {
    let mut own: Vec<&CaseSeen> = cases.values().filter(|case| wanted(case)).collect();
    own.sort_by_key(|case| (case.opened.at, case.opened.index));
    own
}

/// A case at a place of an answer.
pub fn shown(sheet: &mut Sheet<'_>, at: &str, case: &CaseSeen, accounts: &Accounts) {
    let field = |name: &str| format!("{at}/{name}");
    let opened = &case.opened;
    // What an open case holds is what its account says.
    let account = accounts.cases.get(&opened.case);
    sheet.plain(&field("case"), opened.case);
    sheet.plain(&field("job"), opened.job);
    sheet.plain(&field("provider"), case.provider);
    sheet.plain(&field("number"), opened.index);
    sheet.plain(&field("reporter"), opened.reporter);
    let receipts = opened.evidence == u64::from(EVIDENCE_RECEIPTS);
    sheet.plain(&field("evidence"), if receipts { "receipts" } else { "absence" });
    sheet.plain(&field("state"), case.state);
    sheet.plain(&field("from"), rfc3339(opened.from));
    sheet.plain(&field("to"), rfc3339(opened.to));
    sheet.plain(&field("units"), opened.units);
    sheet.plain(&field("missed"), opened.missed);
    sheet.tokens(&field("penalty"), account.map_or(opened.penalty, |case| case.penalty));
    sheet.tokens(&field("bond"), account.map_or(case.bond, |case| case.bond));
    sheet.tokens(&field("pledged"), account.map_or(case.pledged, |case| case.pledged));
    sheet.tokens(&field("meter_slashed"), case.meter_slashed);
    sheet.tokens(&field("slashed"), case.slashed);
    sheet.tokens(&field("harmed"), case.harmed);
    sheet.tokens(&field("reported"), case.reported);
    sheet.tokens(&field("burned"), case.burned);
    sheet.tokens(&field("due"), account.map_or(case.due, |case| case.due));
    sheet.usd(&field("bad"), case.bad);
    sheet.plain(&field("opened_at"), rfc3339(opened.at));
    sheet.maybe(&field("marked_at"), happened(account.map_or(case.marked_at, |case| case.marked_at)));
    sheet.maybe(&field("decided_at"), happened(case.decided_at));
    sheet.maybe(&field("closed_at"), happened(case.closed_at));
    sheet.plain(&field("rent_payer"), opened.rent_payer);
}

/// The page of a provider's cases.
pub fn of_provider(sides: &mut Sides<'_>, provider: &Address) -> Result<()> {
    let items = sides.served.items(&format!("/v1/providers/{provider}/cases"))?;
    let own = wanted(sides.cases, |case| case.provider == *provider);
    sides.number("cases", format!("cases of {provider}"), items.len(), own.len());
    for (item, case) in items.iter().zip(own) {
        let group = format!("case {}", case.opened.case);
        let decimals = sides.accounts.decimals();
        let mut sheet = Sheet::new(sides.book, group, item, decimals).words_counted("words of cases");
        shown(&mut sheet, "", case, sides.accounts);
        sheet.close();
    }
    Ok(())
}
