//! The `indexer` process: settings, tasks, signals, exit code.

use clap::Parser;
use indexer::Error;
use indexer::cli::Cli;
use indexer::commands;
use indexer::error::one_line;
use indexer::gaps::Filler;
use indexer::metrics::Metrics;
use indexer::pipeline::Pipeline;
use indexer::progress;
use indexer::reconcile::Reconciler;
use indexer::serve::{Monitor, serve};
use indexer::settings::{Given, Settings};
use indexer::source::Until;
use indexer::source::choice::Origin;
use indexer::source::file::Recorded;
use indexer::store::{Committed, Store};
use std::io::IsTerminal;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    let cli = Cli::parse();
    start(&cli).unwrap_or_else(|error| {
        eprintln!("indexer: {}", error_line(&error));
        ExitCode::FAILURE
    })
}

fn error_line(error: &Error) -> String {
    format!("{}.", one_line(error))
}

/// What it came to: the exit code of a command that gives an answer.
fn start(cli: &Cli) -> Result<ExitCode, Error> {
    let given = cli.settings()?;
    log(&given)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Error::Setup(format!("Cannot start threads: {error}.")))?;
    runtime.block_on(async {
        match cli.command {
            None => index(given.resolve()?, cli.until()).await.map(|()| ExitCode::SUCCESS),
            Some(command) => {
                let stop = CancellationToken::new();
                listen_for_signals(&stop)?;
                let fine = commands::run(given, command, stop).await?;
                Ok(if fine { ExitCode::SUCCESS } else { ExitCode::FAILURE })
            }
        }
    })
}

fn log(given: &Given) -> Result<(), Error> {
    let filter = given.log.as_deref().unwrap_or("info,sqlx::postgres::notice=warn");
    let filter = EnvFilter::try_new(filter)
        .map_err(|error| Error::Setup(format!("`log` is not a filter of levels: {}.", one_line(&error))))?;
    let colours = std::io::stderr().is_terminal();
    let logging =
        tracing_subscriber::fmt().with_env_filter(filter).with_ansi(colours).with_writer(std::io::stderr);
    if given.log_json.unwrap_or(false) {
        logging.json().init();
    } else {
        logging.with_target(false).init();
    }
    Ok(())
}

async fn index(settings: Settings, until: Until) -> Result<(), Error> {
    let stop = CancellationToken::new();
    listen_for_signals(&stop)?;
    let metrics = Arc::new(Metrics::default());
    let store = Store::connect(&settings.database_url, settings.database_connections).await?;
    let applied = store.migrate().await?;
    if applied > 0 {
        tracing::info!("applied {applied} migrations");
    }
    let from = Origin::of(&settings, &metrics, &stop).await?;
    let cluster = from.cluster();
    let mark = store.claim(cluster, settings.start_slot).await?;
    let again = store.replay().await?;
    if again.read > 0 || again.applied > 0 {
        tracing::info!(
            "read {} events that an older version could not read, and applied {} that it refused",
            again.read,
            again.applied
        );
    }
    metrics.confirmed_slot.set(mark.confirmed);
    metrics.finalized_slot.set(mark.finalized);
    tracing::info!("indexing cluster {cluster} from slot {}", mark.finalized);

    let start = Committed { confirmed: mark.confirmed, finalized: mark.finalized, ..Committed::default() };
    let (progress, watched) = watch::channel(start);
    let pipeline = Pipeline {
        store: store.clone(),
        batch_events: settings.batch_events,
        metrics: metrics.clone(),
        progress,
        stop: stop.clone(),
    };
    let mut others = tokio::task::JoinSet::new();
    if let Some(address) = settings.listen {
        let monitor = Monitor { store: store.clone(), metrics: metrics.clone(), limits: settings.limits() };
        let stop = stop.clone();
        others.spawn(async move {
            if let Err(error) = serve(address, monitor, stop).await {
                tracing::error!("{error}");
            }
        });
    }
    if let Some(client) = from.client() {
        let filler = Filler {
            client,
            store: store.clone(),
            metrics: metrics.clone(),
            progress: watched.clone(),
            concurrency: settings.concurrency,
            stop: stop.clone(),
        };
        others.spawn(filler.run());
    }
    if let Some(client) = from.client()
        && settings.reconcile_interval_s > 0
        && until == Until::Stopped
    {
        let reconciler = Reconciler {
            client,
            store: store.clone(),
            metrics: metrics.clone(),
            progress: watched,
            interval: Duration::from_secs(settings.reconcile_interval_s),
            slack: settings.reconcile_slack_slots,
            accounts: settings.reconcile_accounts,
            stop: stop.clone(),
        };
        others.spawn(reconciler.run());
    }
    let interval = Duration::from_secs(settings.progress_interval_s);
    others.spawn(progress::report(metrics.clone(), mark.finalized, interval, stop.clone()));

    let source = from.source(&settings, mark.start_slot, &metrics);
    let outcome = match &settings.record_to {
        None => pipeline.run(source, until).await,
        Some(path) => pipeline.run(Recorded::create(source, path, &mark.cluster)?, until).await,
    };
    stop.cancel();
    while others.join_next().await.is_some() {}
    store.close().await;
    let slot = metrics.confirmed_slot.get();
    match &outcome {
        Ok(()) => tracing::info!("stopped at slot {slot}, everything read is written"),
        Err(_) => tracing::info!("stopped at slot {slot}"),
    }
    outcome
}

/// Cancels `stop` at SIGINT or SIGTERM.
fn listen_for_signals(stop: &CancellationToken) -> Result<(), Error> {
    use tokio::signal::unix::{SignalKind, signal};
    let failed = |error| Error::Setup(format!("Cannot listen for signals: {error}."));
    let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    let stop = stop.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        tracing::info!("stopping: what was read is written first");
        stop.cancel();
    });
    Ok(())
}
