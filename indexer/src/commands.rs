//! What the process does instead of indexing: look after the tables, or tell about them.

use crate::Error;
use crate::cli::Command;
use crate::metrics::Metrics;
use crate::recompute::scores;
use crate::settings::Given;
use crate::source::rpc::{Client, Options, RpcSource};
use crate::status::Status;
use crate::store::{Replayed, Store};
use crate::verify::{Genesis, Nodes, verify};
use serde::Serialize;
use std::fmt::Write;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Runs a command; whether its answer is that all is well.
pub async fn run(given: Given, command: Command, stop: CancellationToken) -> Result<bool, Error> {
    if let Command::Reputation { events, at, json } = command {
        return recomputed(&events, at, json);
    }
    let url = given.database()?;
    match command {
        Command::Reputation { .. } => Ok(true), // done above
        Command::Migrate => {
            let (store, applied) = migrated(&url).await?;
            println!("The schema is up to date; {applied} migrations were applied.");
            store.close().await;
            Ok(true)
        }
        Command::Rebuild => {
            let (store, _) = migrated(&url).await?;
            println!("The tables were made anew from {} events.", store.rebuild().await?);
            store.close().await;
            Ok(true)
        }
        Command::Partition { slots } => {
            let (store, _) = migrated(&url).await?;
            let done = store.partition(slots).await?;
            println!(
                "{} tables were divided, {} partitions made ahead.",
                done.divided.len(),
                done.made.len()
            );
            store.close().await;
            Ok(true)
        }
        Command::Replay { json } => {
            let (store, _) = migrated(&url).await?;
            let replayed = store.replay().await?;
            print(json, &replayed, told(&replayed))?;
            store.close().await;
            Ok(replayed.left.is_empty())
        }
        Command::Status { json } => {
            let status = Status::of(&url, &given.limits()).await?;
            match &status {
                Ok(status) => print(json, status, status.text())?,
                Err(health) => print(json, health, health.text())?,
            }
            Ok(status.is_ok_and(|status| status.is_ready()))
        }
        Command::Verify { from_genesis, json } => {
            let genesis = if from_genesis { Some(genesis(&given, &url, &stop).await?) } else { None };
            let batch_events = given.batch_events.unwrap_or(1_000);
            let report = verify(&url, genesis, batch_events, &stop).await?;
            print(json, &report, report.text())?;
            Ok(report.same)
        }
    }
}

/// Reputation out of an export.
fn recomputed(events: &Path, at: Option<i64>, json: bool) -> Result<bool, Error> {
    let scores = if events == Path::new("-") {
        scores(std::io::stdin().lock(), at)?
    } else {
        let shown = events.display();
        let file =
            File::open(events).map_err(|error| Error::Setup(format!("{shown} cannot be read: {error}.")))?;
        scores(BufReader::new(file), at)?
    };
    print(json, &scores, scores.text())?;
    Ok(true)
}

async fn migrated(url: &str) -> Result<(Store, usize), Error> {
    let store = Store::connect(url, 2).await?;
    let applied = store.migrate().await?;
    Ok((store, applied))
}

/// A source of the whole chain, of the cluster that the database is about.
async fn genesis(given: &Given, url: &str, stop: &CancellationToken) -> Result<Genesis<RpcSource>, Error> {
    let settings = given.clone().resolve()?;
    let store = Store::connect(url, 1).await?;
    let mark = store.watermark().await?;
    store.close().await;
    let mark = mark.ok_or_else(|| {
        Error::Setup("Nothing was indexed into this database yet; there is nothing to verify.".into())
    })?;
    let metrics = Arc::new(Metrics::default());
    let client = Client::of(&settings.rpc_url, settings.manners(), metrics.clone(), stop.clone())?;
    let cluster = RpcSource::check(&client).await?;
    if cluster != mark.cluster {
        return Err(Error::Setup(format!(
            "This database is about the cluster with genesis {}, but the RPC node is of {cluster}; check `rpc_url`.",
            mark.cluster
        )));
    }
    let options = Options {
        poll_interval: Duration::from_millis(settings.poll_interval_ms),
        page_size: settings.page_size,
        concurrency: settings.concurrency,
        start_slot: mark.start_slot,
    };
    let nodes = Nodes {
        client: client.clone(),
        page_size: settings.page_size,
        concurrency: settings.concurrency,
        history_slots: settings.history_slots,
    };
    Ok(Genesis { source: RpcSource::new(client, options, metrics), nodes: Some(nodes) })
}

fn print(json: bool, document: &impl Serialize, text: String) -> Result<(), Error> {
    if json {
        let document = serde_json::to_string_pretty(document);
        println!("{}", document.map_err(|error| Error::Setup(format!("Cannot write JSON: {error}.")))?);
    } else {
        println!("{}", text.trim_end());
    }
    Ok(())
}

fn told(replayed: &Replayed) -> String {
    let Replayed { read, applied, left } = replayed;
    let mut text = format!("{read} dead letters became events, {applied} events follow after all.\n");
    for one in left {
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "{} {} are left, from slot {}: {}",
            one.count, one.kind, one.first_slot, one.reason
        );
    }
    text
}
