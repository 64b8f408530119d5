//! Comparing the tables with accounts on chain, over and over: the mint's supply, the stake vault,
//! the buyback's vault, every job's vault, how many events the network's own accounts count, and every
//! account of the program field by field (`sweep.rs`).
//!
//! Accounts are read at one finalized slot; the tables are asked what they say of the end of that
//! very slot, once they are final through it. A surplus is a gift or a stranger's burn and is
//! recorded; a deficit fails readiness. It never corrects anything.

mod accounts;
mod compare;
pub mod fields;
mod sweep;

use crate::Error;
use crate::error::one_line;
use crate::metrics::Metrics;
use crate::patience::stopped_within;
use crate::source::rpc::Client;
use crate::store::{Committed, Known, Snapshot, Store, Verdict, VerdictKind};
use accounts::{amount, read, sequence, supply};
use compare::{Found, Network, Vaults, verdict, wrong};
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
    /// Slots after the stated one in which the node's accounts may be.
    pub slack: u64,
    /// Most accounts of the program that are compared each time, a few more if many change in one slot; 0 for none.
    pub accounts: usize,
    /// Ends it.
    pub stop: CancellationToken,
}

/// What all jobs' vaults hold together, by mint.
#[derive(Clone, Copy, Debug, Default)]
struct Held {
    tokens: u128,
    dollars: u128,
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
            if stopped_within(self.interval, &self.stop).await {
                return;
            }
        }
    }

    fn report(&self, verdicts: &[Verdict]) {
        let deficits = verdicts.iter().filter(|verdict| verdict.kind == VerdictKind::Deficit);
        for verdict in deficits.clone() {
            let Verdict { subject, found, expected, .. } = verdict;
            match &verdict.detail {
                Some(detail) => tracing::error!("{subject} differs from its row: {detail}"),
                None => tracing::error!("{subject}: the chain has {found}, the tables say {expected}"),
            }
        }
        self.metrics.reconciliations_total.add(1);
        self.metrics.deficits.set(u64::try_from(deficits.count()).unwrap_or(u64::MAX));
    }

    /// One comparison; `None` if the network is not initialised or the process is stopping.
    pub async fn once(&mut self) -> Result<Option<Vec<Verdict>>, Error> {
        let Some(known) = self.store.network().await? else { return Ok(None) };
        let Known { mint, treasury, genesis, stable } = known;
        let singletons = [pda::config(), pda::price(), pda::totals()];
        let treasury = pda::associated_token(&treasury, &mint);
        let buyback_vault = stable.map(|(_, vault)| vault);
        let mut main = [&[mint, pda::stake_vault(), treasury], singletons.as_slice()].concat();
        main.extend(buyback_vault);
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
            job_vaults_stable: 0,
            buyback_vault: None,
        };
        let [config, price, totals] = singletons;
        let counted = [
            ("config", config, sequence::<Config>(next().as_ref(), |account| account.sequence)),
            ("price", price, sequence::<Price>(next().as_ref(), |account| account.sequence)),
            ("totals", totals, sequence::<Totals>(next().as_ref(), |account| account.sequence)),
        ];
        snapshot.buyback_vault = buyback_vault.map(|_| amount(next().as_ref()));
        let dollars = stable.map(|(mint, _)| mint);
        let network = Network { mint, genesis, dollars, snapshot, counted };
        let Some((slot, mut verdicts)) = self.at_its_slot(slot, &network).await? else { return Ok(None) };
        let burned_elsewhere = network.burned_elsewhere(&self.store, slot).await?;
        let Some((vaults, held)) = self.vaults(least, dollars).await? else { return Ok(None) };
        verdicts.extend(vaults);
        let Some(swept) = self.sweep(least).await? else { return Ok(None) };
        verdicts.extend(swept.verdicts);
        self.metrics.accounts_compared_total.add(swept.compared);
        self.metrics.unsettled_accounts.set(swept.unsettled);
        (snapshot.slot, snapshot.job_vaults, snapshot.job_vaults_stable) = (slot, held.tokens, held.dollars);
        self.store.record(&snapshot, burned_elsewhere, &verdicts).await?;
        Ok(Some(verdicts))
    }

    /// Compares every job's vault, each batch at the slot at which it was read; the verdicts, and
    /// what the vaults of either mint hold together.
    async fn vaults(
        &mut self,
        least: u64,
        dollars: Option<Address>,
    ) -> Result<Option<(Vec<Verdict>, Held)>, Error> {
        let (stable, tokens): (Vec<_>, Vec<_>) =
            self.store.open_vaults().await?.into_iter().partition(|(.., mint)| Some(*mint) == dollars);
        let (mut held, mut verdicts) = (Held::default(), Vec::new());
        for (subject, open) in [("job_vaults", tokens), ("job_vaults:dollars", stable)] {
            if dollars.is_none() && subject != "job_vaults" {
                continue;
            }
            let (mut expected, mut found) = (0i128, 0u128);
            for part in open.chunks(PER_CALL) {
                let vaults: Vec<Address> = part.iter().map(|(_, vault, _)| *vault).collect();
                let jobs: Vec<String> = part.iter().map(|(job, ..)| job.clone()).collect();
                let (slot, accounts) = read(&self.client, &vaults, least).await?;
                let has: Vec<u64> = accounts.iter().map(|account| amount(account.as_ref())).collect();
                let vaults = Vaults { jobs, held: has };
                let Some((_, each)) = self.at_its_slot(slot, &vaults).await? else { return Ok(None) };
                found = vaults.held.iter().fold(found, |sum, has| sum.saturating_add(u128::from(*has)));
                expected = each.iter().fold(expected, |sum, one| sum.saturating_add(one.expected));
                verdicts.extend(each.into_iter().filter(|one| one.kind == VerdictKind::Deficit));
            }
            verdicts.push(verdict(subject.into(), expected, i128::try_from(found).unwrap_or(i128::MAX)));
            if subject == "job_vaults" {
                held.tokens = found;
            } else {
                held.dollars = found;
            }
        }
        Ok(Some((verdicts, held)))
    }

    /// Compares at the slot at which accounts were read, once the tables are final through it.
    ///
    /// With `slack`, for local networks that give the present accounts for a slot that became final
    /// earlier: if anything differs, the slots soon after are tried, and the one counts at which least is
    /// wrong.
    async fn at_its_slot(
        &mut self,
        slot: u64,
        found: &impl Found,
    ) -> Result<Option<(u64, Vec<Verdict>)>, Error> {
        if !self.reaches(slot).await {
            return Ok(None);
        }
        let mut best = (slot, found.compare(&self.store, slot).await?);
        if self.slack == 0 || wrong(&best.1) == (0, 0) {
            return Ok(Some(best));
        }
        let last = slot.saturating_add(self.slack);
        if !self.reaches(last).await {
            return Ok(None);
        }
        for candidate in self.store.slots_that_moved(slot, last).await? {
            let verdicts = found.compare(&self.store, candidate).await?;
            if wrong(&verdicts) < wrong(&best.1) {
                best = (candidate, verdicts);
            }
        }
        Ok(Some(best))
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
