//! Comparing the tables with accounts on chain, over and over: the mint's supply, the stake vault,
//! every job's vault, and how many events the network's own accounts count.
//!
//! Accounts are read at one finalized slot; the tables are asked what they say of the end of that
//! very slot, once they are final through it. A surplus is a gift or a stranger's burn and is
//! recorded; a deficit fails readiness. It never corrects anything.

mod accounts;

use crate::Error;
use crate::error::one_line;
use crate::metrics::Metrics;
use crate::source::rpc::Client;
use crate::store::{Balance, Committed, Snapshot, Store, Verdict, VerdictKind};
use accounts::{amount, read, sequence, supply};
use settlement_interface::accounts::{Config, Price, Totals};
use settlement_interface::{Address, pda};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// Accounts that one call can ask for.
const PER_CALL: usize = 100;

/// What comparing needs.
#[derive(Debug)]
pub struct Reconciler {
    /// Where to read accounts.
    pub client: Client,
    /// The tables.
    pub store: Store,
    /// Figures to keep.
    pub metrics: Arc<Metrics>,
    /// How far the tables go.
    pub progress: watch::Receiver<Committed>,
    /// Pause between two comparisons.
    pub interval: Duration,
    /// Ends it.
    pub stop: CancellationToken,
}

impl Reconciler {
    /// Compares until stopped. What fails is logged and tried again at the next time.
    pub async fn run(mut self) {
        loop {
            match self.once().await {
                Ok(Some(verdicts)) => self.report(&verdicts),
                Ok(None) => {}
                Err(_) if self.stop.is_cancelled() => return,
                Err(error) => tracing::warn!("tables were not compared with the chain: {}", one_line(&error)),
            }
            tokio::select! {
                () = self.stop.cancelled() => return,
                () = tokio::time::sleep(self.interval) => {}
            }
        }
    }

    fn report(&self, verdicts: &[Verdict]) {
        let deficits = verdicts.iter().filter(|verdict| verdict.kind == VerdictKind::Deficit);
        for verdict in deficits.clone() {
            tracing::error!(
                "{}: the chain has {}, the tables say {}",
                verdict.subject,
                verdict.found,
                verdict.expected
            );
        }
        self.metrics.deficits.set(u64::try_from(deficits.count()).unwrap_or(u64::MAX));
    }

    /// One comparison; `None` if the network is not initialised or the process is stopping.
    pub async fn once(&mut self) -> Result<Option<Vec<Verdict>>, Error> {
        let Some((mint, treasury, genesis)) = self.store.network().await? else { return Ok(None) };
        let singletons = [pda::config(), pda::price(), pda::totals()];
        let treasury = pda::associated_token(&treasury, &mint);
        let main = [&[mint, pda::stake_vault(), treasury], singletons.as_slice()].concat();
        let least = self.progress.borrow().finalized;
        let (slot, found) = read(&self.client, &main, least).await?;
        let mut found = found.into_iter();
        let mut next = || found.next().flatten();
        let mut snapshot = Snapshot {
            slot,
            supply: supply(next().as_ref()),
            stake_vault: amount(next().as_ref()),
            treasury: amount(next().as_ref()),
            job_vaults: 0,
        };
        let counted = [
            ("config", sequence::<Config>(next().as_ref(), |account| account.sequence)),
            ("price", sequence::<Price>(next().as_ref(), |account| account.sequence)),
            ("totals", sequence::<Totals>(next().as_ref(), |account| account.sequence)),
        ];
        if !self.reaches(slot).await {
            return Ok(None);
        }
        let ledger = self.store.balances_at(&mint, slot).await?;
        let mut verdicts = money(&snapshot, &ledger, genesis);
        let burned_elsewhere = expected_supply(&ledger, genesis).saturating_sub(i128::from(snapshot.supply));
        let seen = self.store.sequences_at(&singletons, slot).await?;
        for ((name, count), entity) in counted.into_iter().zip(singletons) {
            if let Some(count) = count {
                let seen = i128::from(seen.get(&entity).copied().unwrap_or(0));
                // Fewer events seen than the account counts: some are missing.
                verdicts.push(verdict(format!("sequence:{name}"), i128::from(count), seen));
            }
        }
        let Some(vaults) = self.vaults(&mut snapshot, least).await? else { return Ok(None) };
        verdicts.extend(vaults);
        self.store.record(&snapshot, burned_elsewhere, &verdicts).await?;
        Ok(Some(verdicts))
    }

    /// Compares every job's vault, each batch at the slot at which it was read.
    async fn vaults(&mut self, snapshot: &mut Snapshot, least: u64) -> Result<Option<Vec<Verdict>>, Error> {
        let open = self.store.open_vaults().await?;
        let (mut expected, mut verdicts) = (0i128, Vec::new());
        for part in open.chunks(PER_CALL) {
            let vaults: Vec<Address> = part.iter().map(|(_, vault)| *vault).collect();
            let jobs: Vec<String> = part.iter().map(|(job, _)| job.clone()).collect();
            let (slot, found) = read(&self.client, &vaults, least).await?;
            if !self.reaches(slot).await {
                return Ok(None);
            }
            let ledger = self.store.vaults_at(&jobs, slot).await?;
            for (job, account) in jobs.into_iter().zip(found) {
                let (says, has) = (ledger.get(&job).copied().unwrap_or(0), amount(account.as_ref()));
                expected = expected.saturating_add(says);
                snapshot.job_vaults = snapshot.job_vaults.saturating_add(u128::from(has));
                if i128::from(has) < says {
                    verdicts.push(verdict(format!("job_vault:{job}"), says, i128::from(has)));
                }
            }
        }
        let found = i128::try_from(snapshot.job_vaults).unwrap_or(i128::MAX);
        verdicts.push(verdict("job_vaults".into(), expected, found));
        Ok(Some(verdicts))
    }

    /// Waits until the tables are final through `slot`; whether they are.
    async fn reaches(&mut self, slot: u64) -> bool {
        let stop = self.stop.clone();
        tokio::select! {
            () = stop.cancelled() => false,
            reached = self.progress.wait_for(|done| done.finalized >= slot) => reached.is_ok(),
        }
    }
}

fn of(ledger: &Balance, account: &str) -> i128 {
    ledger.get(account).copied().unwrap_or(0)
}

/// Genesis, minted and burned here as the tables have them.
fn expected_supply(ledger: &Balance, genesis: u64) -> i128 {
    // The counter-account is negative: what it holds was minted.
    i128::from(genesis).saturating_sub(of(ledger, "minted")).saturating_sub(of(ledger, "burned"))
}

fn money(snapshot: &Snapshot, ledger: &Balance, genesis: u64) -> Vec<Verdict> {
    let stake = ["stake", "locked", "unbonding", "stake_dues"];
    let stake = stake.into_iter().fold(0i128, |sum, account| sum.saturating_add(of(ledger, account)));
    let (expected, found) = (expected_supply(ledger, genesis), i128::from(snapshot.supply));
    // Less than expected was burned by strangers, of their own: recorded. More was minted by nobody.
    let kind = match found.cmp(&expected) {
        std::cmp::Ordering::Equal => VerdictKind::Equal,
        std::cmp::Ordering::Less => VerdictKind::Surplus,
        std::cmp::Ordering::Greater => VerdictKind::Deficit,
    };
    vec![
        Verdict { subject: "supply".into(), expected, found, kind },
        verdict("stake_vault".into(), stake, i128::from(snapshot.stake_vault)),
    ]
}

fn verdict(subject: String, expected: i128, found: i128) -> Verdict {
    let kind = match found.cmp(&expected) {
        std::cmp::Ordering::Equal => VerdictKind::Equal,
        std::cmp::Ordering::Less => VerdictKind::Deficit,
        std::cmp::Ordering::Greater => VerdictKind::Surplus,
    };
    Verdict { subject, expected, found, kind }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn burned_elsewhere_is_a_surplus_and_minted_elsewhere_a_deficit() {
        let ledger = Balance::from([("minted".into(), -30), ("burned".into(), 50), ("stake".into(), 7)]);
        let kind = |supply| money(&Snapshot { supply, stake_vault: 7, ..Snapshot::default() }, &ledger, 100);
        let kinds = |supply| kind(supply).iter().map(|verdict| verdict.kind).collect::<Vec<_>>();
        assert_eq!(kinds(80), [VerdictKind::Equal, VerdictKind::Equal]);
        assert_eq!(kinds(79), [VerdictKind::Surplus, VerdictKind::Equal]);
        assert_eq!(kinds(81), [VerdictKind::Deficit, VerdictKind::Equal]);
    }

    #[test]
    fn a_vault_with_a_gift_is_in_surplus_and_one_that_lacks_is_in_deficit() {
        assert_eq!(verdict("v".into(), 5, 6).kind, VerdictKind::Surplus);
        assert_eq!(verdict("v".into(), 5, 4).kind, VerdictKind::Deficit);
    }
}
