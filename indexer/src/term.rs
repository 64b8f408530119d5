//! All that a process does while it holds the lease: index, fill gaps, compare with the chain, tell how far it is.

use crate::Error;
use crate::backfill::History;
use crate::error::one_line;
use crate::gaps::Filler;
use crate::lease::keep;
use crate::metrics::Metrics;
use crate::patience::patiently;
use crate::pipeline::Pipeline;
use crate::progress;
use crate::reconcile::Reconciler;
use crate::settings::Settings;
use crate::source::Until;
use crate::source::choice::Origin;
use crate::source::file::Recorded;
use crate::source::rpc::Client;
use crate::store::{Committed, Lease, Store, Watermark};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// One time in office.
#[derive(Debug)]
pub struct Term<'a> {
    /// What was asked for.
    pub settings: &'a Settings,
    /// When to stop by itself.
    pub until: Until,
    /// The tables.
    pub store: &'a Store,
    /// Figures to keep.
    pub metrics: &'a Arc<Metrics>,
    /// Ends it; cancelled also when another indexer takes over.
    pub office: CancellationToken,
}

impl Term<'_> {
    /// Indexes from `origin` until there is no more or it is stopped, with everything read written. Fails with
    /// [`Error::Superseded`] if another indexer took over; the tables are then as that one finds them.
    pub async fn serve(&self, origin: Origin, lease: Lease) -> Result<(), Error> {
        let done = CancellationToken::new();
        let keeping = tokio::spawn(keep(lease, self.office.clone(), done.clone()));
        self.metrics.writing.set(1);
        let outcome = self.index(origin).await;
        self.metrics.writing.set(0);
        done.cancel();
        match keeping.await {
            Ok(Ok(lease)) => {
                let term = lease.term();
                match tokio::time::timeout(term, lease.give_back()).await {
                    Ok(Ok(())) => {}
                    Ok(Err(error)) => tracing::warn!("the lease was not given back: {}", one_line(&error)),
                    Err(_) => tracing::warn!("the lease was not given back: no answer in time"),
                }
                outcome
            }
            Ok(Err(superseded)) => Err(superseded),
            Err(error) => Err(Error::Setup(format!("The lease's task failed: {error}."))),
        }
    }

    async fn index(&self, origin: Origin) -> Result<(), Error> {
        let (store, metrics) = (self.store, self.metrics);
        let mark = patiently(metrics, &self.office, || store.watermark()).await?;
        let mark =
            mark.ok_or_else(|| Error::Setup("The database forgot its watermark; try again.".into()))?;
        let again = patiently(metrics, &self.office, || store.replay()).await?;
        if again.read > 0 || again.applied > 0 {
            tracing::info!(
                "read {} events that an older version could not read, and applied {} that it refused",
                again.read,
                again.applied
            );
        }
        metrics.confirmed_slot.set(mark.confirmed);
        metrics.finalized_slot.set(mark.finalized);
        tracing::info!("indexing cluster {} from slot {}", mark.cluster, mark.finalized);

        let start =
            Committed { confirmed: mark.confirmed, finalized: mark.finalized, ..Committed::default() };
        let (progress, watched) = watch::channel(start);
        let pipeline = Pipeline {
            store: store.clone(),
            batch_events: self.settings.batch_events,
            metrics: metrics.clone(),
            progress,
            stop: self.office.clone(),
        };
        let mut others = self.beside(&origin, &mark, &watched);
        let brought = match origin.client() {
            // A recording of what nodes say is made of one run of the source.
            Some(client) if self.settings.record_to.is_none() => {
                self.history(&client, mark.start_slot, watched).bring_in(&pipeline, self.until).await
            }
            _ => Ok(()),
        };
        let source = origin.source(self.settings, mark.start_slot, metrics);
        let outcome = match (brought, &self.settings.record_to) {
            (Err(error), _) => Err(error),
            (Ok(()), None) => pipeline.run(source, self.until).await,
            (Ok(()), Some(path)) => match Recorded::create(source, path, &mark.cluster) {
                Ok(recorded) => pipeline.run(recorded, self.until).await,
                Err(error) => Err(error),
            },
        };
        self.office.cancel();
        while others.join_next().await.is_some() {}
        outcome
    }

    fn history<'b>(
        &'b self,
        client: &'b Client,
        start_slot: u64,
        progress: watch::Receiver<Committed>,
    ) -> History<'b> {
        History {
            client,
            store: self.store,
            metrics: self.metrics,
            progress,
            page_size: self.settings.page_size,
            concurrency: self.settings.concurrency,
            start_slot,
            least: self.settings.history_slots,
            stop: self.office.clone(),
        }
    }

    /// What runs beside the pipeline.
    fn beside(&self, origin: &Origin, mark: &Watermark, watched: &watch::Receiver<Committed>) -> JoinSet<()> {
        let (settings, office) = (self.settings, &self.office);
        let mut others = JoinSet::new();
        if let Some(client) = origin.client() {
            let filler = Filler {
                client,
                store: self.store.clone(),
                metrics: self.metrics.clone(),
                progress: watched.clone(),
                concurrency: settings.concurrency,
                stop: office.clone(),
            };
            others.spawn(filler.run());
        }
        if let Some(client) = origin.client()
            && settings.reconcile_interval_s > 0
            && self.until == Until::Stopped
        {
            let reconciler = Reconciler {
                client,
                store: self.store.clone(),
                metrics: self.metrics.clone(),
                progress: watched.clone(),
                interval: Duration::from_secs(settings.reconcile_interval_s),
                slack: settings.reconcile_slack_slots,
                accounts: settings.reconcile_accounts,
                stop: office.clone(),
            };
            others.spawn(reconciler.run());
        }
        let interval = Duration::from_secs(settings.progress_interval_s);
        others.spawn(progress::report(self.metrics.clone(), mark.finalized, interval, office.clone()));
        others
    }
}
