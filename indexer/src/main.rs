//! The `indexer` process: settings, tasks, signals, exit code.

use clap::Parser;
use indexer::Error;
use indexer::backfill::Worker;
use indexer::cli::Cli;
use indexer::commands;
use indexer::error::one_line;
use indexer::lease::wait;
use indexer::metrics::Metrics;
use indexer::serve::{Monitor, serve};
use indexer::settings::{Given, Settings};
use indexer::source::Until;
use indexer::source::choice::Origin;
use indexer::store::{Lease, Store};
use indexer::term::Term;
use std::io::IsTerminal;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
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
        match cli.command.clone() {
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
    let mut serving = tokio::task::JoinSet::new();
    if let Some(address) = settings.listen {
        let monitor = Monitor { store: store.clone(), metrics: metrics.clone(), limits: settings.limits() };
        let stop = stop.clone();
        serving.spawn(async move {
            if let Err(error) = serve(address, monitor, stop).await {
                tracing::error!("{error}");
            }
        });
    }
    let outcome = hold_office(&settings, until, &store, &metrics, &stop).await;
    stop.cancel();
    while serving.join_next().await.is_some() {}
    store.close().await;
    let slot = metrics.confirmed_slot.get();
    match &outcome {
        Ok(()) => tracing::info!("stopped at slot {slot}, everything read is written"),
        Err(_) => tracing::info!("stopped at slot {slot}"),
    }
    outcome
}

/// Indexes whenever it holds the lease, and stands by whenever another one does.
async fn hold_office(
    settings: &Settings,
    until: Until,
    store: &Store,
    metrics: &Arc<Metrics>,
    stop: &CancellationToken,
) -> Result<(), Error> {
    let lease = Duration::from_secs(settings.lease_s);
    // A run that is to end by itself does not stand by for one that never ends.
    let patience = if until == Until::Stopped { None } else { lease.checked_mul(2) };
    let cluster = Origin::of(settings, None, metrics, stop).await?.cluster().to_owned();
    store.claim(&cluster, settings.start_slot).await?;
    loop {
        let office = stop.child_token();
        let origin = Origin::of(settings, Some(cluster.clone()), metrics, &office).await?;
        let Some(lease) =
            stand_by(settings, &origin, store, metrics, &office, wait(store, lease, patience, stop)).await?
        else {
            return Ok(());
        };
        let term = Term { settings, until, store, metrics, office };
        match term.serve(origin, lease).await {
            // A recording goes into one file, from one start.
            Err(Error::Superseded) if until == Until::Stopped && settings.record_to.is_none() => {
                tracing::warn!("{}", one_line(&Error::Superseded));
            }
            outcome => return outcome,
        }
    }
}

/// Helps to bring in history, if that is under way, until the lease is free.
async fn stand_by(
    settings: &Settings,
    origin: &Origin,
    store: &Store,
    metrics: &Arc<Metrics>,
    office: &CancellationToken,
    lease: impl Future<Output = Result<Option<Lease>, Error>>,
) -> Result<Option<Lease>, Error> {
    let Some(client) = origin.client() else { return lease.await };
    let worker = Worker {
        client,
        store: store.clone(),
        metrics: metrics.clone(),
        concurrency: settings.concurrency,
        stop: office.clone(),
    };
    tokio::select! {
        lease = lease => lease,
        failed = worker.run() => failed.map(|()| None),
    }
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
