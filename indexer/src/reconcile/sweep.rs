//! Comparing rows of entities with accounts on chain, field by field.
//!
//! Both sides number an entity's events, so that two states with the same number must be the same whatever
//! the slot. A row that has gone on since the accounts were read is compared as it was before the next event; if
//! that cannot be told any more, the account waits for the next time, when it has changed again. Of each time's
//! accounts the ones that differed before come first, then what changed, then the rest of all rows in rotation.
//! It holds one call's accounts in memory, at most a hundred.

use super::accounts::read;
use super::compare::verdict;
use super::fields::{beside, counts, is_closed};
use super::{PER_CALL, Reconciler};
use crate::Error;
use crate::fold::Kind;
use crate::source::rpc::Account;
use crate::store::{Differing, Gap, Sweep, Told, Verdict, VerdictKind, table_name};
use settlement_interface::{Address, ID};
use std::collections::{BTreeMap, HashSet};

/// The event with which an epoch's account is closed.
const EPOCH_CLOSED: &str = "EpochClosed";
/// Differences that are compared again, and named, each time.
const AGAIN: usize = 100;

/// What became of a comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Outcome {
    /// Every field is the same, or the account is closed and there is none.
    Same,
    /// It changed meanwhile.
    Unsettled,
    /// It differs; with what is missing, if it counts events that its row does not.
    Differs(Differing, Option<Gap>),
}

/// What a sweep found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// For the record.
    pub verdicts: Vec<Verdict>,
    /// Accounts compared.
    pub compared: u64,
    /// Accounts that changed meanwhile.
    pub unsettled: u64,
}

impl Reconciler {
    /// Compares what is due; `None` if the process is stopping.
    pub(super) async fn sweep(&mut self, least: u64) -> Result<Option<Swept>, Error> {
        if self.accounts == 0 {
            return Ok(Some(Swept::default()));
        }
        let mut sweep = self.store.sweep(least).await?;
        let (again, _) = self.store.differing(AGAIN).await?;
        let most_changed = self.accounts.saturating_mul(3).div_ceil(4);
        let (changed, reached) = self.store.changed(sweep.changed_through, least, most_changed).await?;
        let room = self.accounts.saturating_sub(changed.len()).max(1);
        let rotating = self.store.next_in_rotation(&mut sweep, room).await?;
        // Counting children costs what there is of them, so it is not done whenever a parent changes.
        let counted: HashSet<Address> =
            again.iter().map(|one| one.address).chain(rotating.iter().copied()).collect();
        let mut due: Vec<Address> =
            again.iter().map(|one| one.address).chain(changed).chain(rotating).collect();
        let mut seen = HashSet::new();
        due.retain(|address| seen.insert(*address));

        let (mut done, mut last) = (Vec::new(), least);
        for part in due.chunks(PER_CALL) {
            let Some((slot, outcomes)) = self.compare(part, least, &counted).await? else { return Ok(None) };
            last = last.max(slot);
            done.extend(outcomes);
        }
        let again: Vec<Address> = done
            .iter()
            .filter(|(_, outcome)| *outcome == Outcome::Unsettled)
            .map(|(address, _)| *address)
            .collect();
        done.retain(|(_, outcome)| *outcome != Outcome::Unsettled);
        for part in again.chunks(PER_CALL) {
            let Some((_, outcomes)) = self.compare(part, last, &counted).await? else { return Ok(None) };
            done.extend(outcomes);
        }
        self.note(sweep, reached, last, done).await.map(Some)
    }

    async fn note(
        &self,
        mut sweep: Sweep,
        reached: u64,
        slot: u64,
        done: Vec<(Address, Outcome)>,
    ) -> Result<Swept, Error> {
        let (mut equal, mut differing, mut unsettled) = (Vec::new(), Vec::new(), 0u64);
        for (address, outcome) in done {
            match outcome {
                Outcome::Same => equal.push(address),
                Outcome::Unsettled => unsettled = unsettled.saturating_add(1),
                Outcome::Differs(one, _) => differing.push(one),
            }
        }
        sweep.changed_through = sweep.changed_through.max(reached);
        self.store.note_sweep(&sweep, slot, &equal, &differing).await?;
        let (open, all) = self.store.differing(AGAIN).await?;
        let found = u64::try_from(equal.len()).unwrap_or(u64::MAX);
        let compared = found.saturating_add(u64::try_from(differing.len()).unwrap_or(u64::MAX));
        let mut sum = verdict("accounts".into(), compared.into(), found.into());
        if all > 0 {
            sum.kind = VerdictKind::Deficit;
        }
        let verdicts = std::iter::once(sum).chain(open.into_iter().map(of_account)).collect();
        Ok(Swept { verdicts, compared, unsettled })
    }

    /// Reads accounts and compares each with its row, and what those in `counted` count with the rows that there
    /// are; the slot at which they were read, and what became of each.
    async fn compare(
        &mut self,
        addresses: &[Address],
        least: u64,
        counted: &HashSet<Address>,
    ) -> Result<Option<(u64, Vec<(Address, Outcome)>)>, Error> {
        let (slot, accounts) = read(&self.client, addresses, least).await?;
        if !self.reaches(slot).await {
            return Ok(None);
        }
        let found: BTreeMap<Address, Option<Account>> = addresses.iter().copied().zip(accounts).collect();
        let mut outcomes = self.outcomes(&found, slot, counted).await?;
        if self.slack > 0 && outcomes.iter().any(|(_, outcome)| matches!(outcome, Outcome::Differs(..))) {
            // The accounts may be of a later slot than was stated.
            if !self.reaches(slot.saturating_add(self.slack)).await {
                return Ok(None);
            }
            outcomes = self.outcomes(&found, slot, counted).await?;
        }
        for (_, outcome) in &outcomes {
            if let Outcome::Differs(_, Some(gap)) = outcome {
                self.store.note_gap_of_account(gap).await?;
            }
        }
        Ok(Some((slot, outcomes)))
    }

    /// What becomes of accounts that were read at `slot`, by the rows as they are now.
    async fn outcomes(
        &self,
        found: &BTreeMap<Address, Option<Account>>,
        slot: u64,
        counted: &HashSet<Address>,
    ) -> Result<Vec<(Address, Outcome)>, Error> {
        let addresses: Vec<Address> = found.keys().copied().collect();
        let (mut outcomes, mut parents) = (Vec::new(), Vec::new());
        for told in self.store.told(&addresses).await? {
            let account = found.get(&told.address).and_then(Option::as_ref);
            let outcome = self.outcome(&told, account, slot).await?;
            if outcome == Outcome::Same && account.is_some() && counted.contains(&told.address) {
                parents.push(told.clone());
            }
            outcomes.push((told.address, outcome));
        }
        let childless = self.childless(&parents).await?;
        let missing: HashSet<Address> = childless.iter().map(|one| one.address).collect();
        outcomes.retain(|(address, _)| !missing.contains(address));
        outcomes.extend(childless.into_iter().map(|one| (one.address, Outcome::Differs(one, None))));
        Ok(outcomes)
    }

    async fn outcome(&self, told: &Told, account: Option<&Account>, slot: u64) -> Result<Outcome, Error> {
        let (entity, row) = (&told.held.entity, told.held.entity.sequence());
        let differs = |found: u64, detail: String| {
            let Told { address, kind, .. } = told.clone();
            Ok(Outcome::Differs(Differing { address, kind, expected: row, found, detail }, None))
        };
        // A closed account's address may hold lamports again, which make it the system program's.
        let Some(account) = account.filter(|account| account.owner == ID.to_string()) else {
            let closed = match is_closed(entity) {
                Some(closed) => closed,
                None => {
                    self.store.event_of(&told.address, row).await?.is_some_and(|(_, n)| n == EPOCH_CLOSED)
                }
            };
            return match closed {
                true => Ok(Outcome::Same),
                // Its first event may be of a later slot than the one that was read.
                false if told.held.slot > slot => Ok(Outcome::Unsettled),
                false => differs(0, "there is no such account on chain".into()),
            };
        };
        let Some(found) = beside(entity, &account.data()) else {
            return differs(0, "the account on chain is of another kind".into());
        };
        if found.sequence > row {
            let gap = Gap {
                entity: told.address,
                first: row.saturating_add(1),
                last: found.sequence,
                after_slot: told.held.slot,
                before_slot: slot,
            };
            let detail = format!("the account counts {} events, its row {row}", found.sequence);
            let Told { address, kind, .. } = told.clone();
            let differing = Differing { address, kind, expected: row, found: found.sequence, detail };
            return Ok(Outcome::Differs(differing, Some(gap)));
        }
        let next = found.sequence.saturating_add(1);
        if found.sequence < row {
            let of = self.store.event_of(&told.address, next).await?;
            if of.is_none_or(|(at, _)| at <= slot) {
                let text = format!("the account counts {} events, its row {row}", found.sequence);
                return differs(found.sequence, text);
            }
            let before = self.store.told_before(&told.address, told.kind, next).await?;
            let Some(before) = before else { return Ok(Outcome::Unsettled) };
            return match beside(&before.entity, &account.data()) {
                Some(found) if found.differing.is_empty() => Ok(Outcome::Same),
                Some(found) => differs(found.sequence, found.words()),
                None => differs(0, "the account on chain is of another kind".into()),
            };
        }
        if is_closed(entity) == Some(true) {
            return differs(found.sequence, "by its events the account is closed".into());
        }
        if found.differing.is_empty() { Ok(Outcome::Same) } else { differs(found.sequence, found.words()) }
    }

    /// Parents that count more children than there are rows.
    async fn childless(&self, parents: &[Told]) -> Result<Vec<Differing>, Error> {
        let mut counted: BTreeMap<Kind, Vec<(&Told, u64)>> = BTreeMap::new();
        for parent in parents {
            for (child, count) in counts(&parent.held.entity) {
                counted.entry(child).or_default().push((parent, count));
            }
        }
        let mut childless = Vec::new();
        for (child, each) in counted {
            let asked: Vec<(Address, u64)> =
                each.iter().map(|(told, count)| (told.address, *count)).collect();
            let rows = self.store.children(child, &asked).await?;
            for (told, count) in each {
                let there = rows.get(&told.address).copied().unwrap_or(0);
                if there != count {
                    let row = told.held.entity.sequence();
                    let name = table_name(child);
                    let detail = format!("it counts {count} of the table {name}, which has {there} of them");
                    let Told { address, kind, .. } = told.clone();
                    childless.push(Differing { address, kind, expected: row, found: row, detail });
                }
            }
        }
        Ok(childless)
    }
}

fn of_account(one: Differing) -> Verdict {
    Verdict {
        subject: format!("account:{}:{}", table_name(one.kind), one.address),
        expected: one.expected.into(),
        found: one.found.into(),
        kind: VerdictKind::Deficit,
        detail: Some(one.detail),
    }
}
