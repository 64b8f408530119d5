//! Jobs' vaults against the ledger, each mint by itself.

use super::support::chain::{Chain, Recipe};
use super::support::node::{Habits, Node};
use super::support::recording::recordings;
use super::support::script::straight;
use super::support::tables::{Database, database};
use indexer::metrics::Metrics;
use indexer::reconcile::Reconciler;
use indexer::source::rpc::Client;
use indexer::store::{Committed, Verdict, VerdictKind};
use settlement_interface::{Address, pda};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

async fn compare(database: &Database, node: &Node, finalized: u64) -> Vec<Verdict> {
    let (metrics, stop) = (Arc::new(Metrics::default()), CancellationToken::new());
    let client = Client::new(&node.url, Duration::from_secs(10), 4, metrics.clone(), stop.clone()).unwrap();
    let done = Committed { confirmed: finalized, finalized, ..Committed::default() };
    let (_alive, progress) = watch::channel(done);
    let (store, interval) = (database.store.clone(), Duration::from_secs(1));
    let mut reconciler =
        Reconciler { client, store, metrics, progress, interval, slack: 0, accounts: 0, stop };
    let all = reconciler.once().await.unwrap().unwrap();
    all.into_iter().filter(|verdict| verdict.subject.starts_with("job_vault")).collect()
}

fn set(node: &Node, vault: Address, amount: i64) {
    let mut data = vec![0; 165];
    data[64..72].copy_from_slice(&amount.to_le_bytes());
    let account = (pda::TOKEN_PROGRAM.to_string(), data);
    node.state.lock().unwrap().accounts.insert(vault.to_string(), account);
}

#[tokio::test]
async fn vaults_of_either_mint_are_compared_by_themselves() {
    let recording =
        recordings("recordings", "program").into_iter().find(|one| one.name == "settle_stable").unwrap();
    let last = recording.last_slot();
    let chain = Chain { last_slot: last, ..Chain::make(Recipe { seed: 1, slots: 1, noise: false }) };
    let habits = Habits { calls_a_slot: 0, forks: false, failing: 0, says_index: true };
    let (node, database) = (Node::start(&chain, habits).await, database().await);
    node.state.lock().unwrap().stated = last;
    database.feed(straight(&recording.blocks(), last), 100).await;
    let dollars = database.texts("SELECT job FROM jobs WHERE mint = (SELECT stable_mint FROM config)").await;
    let (mut of_tokens, mut of_dollars) = (0i128, 0i128);
    for (job, held) in recording.told["vaults"].as_object().unwrap() {
        let amount = held.as_i64().unwrap();
        set(&node, pda::vault(&job.parse().unwrap()), amount);
        *(if dollars.contains(job) { &mut of_dollars } else { &mut of_tokens }) += i128::from(amount);
    }
    assert!(of_tokens > 0 && of_dollars > 0);
    let verdicts = compare(&database, &node, last).await;
    let said: Vec<_> = verdicts.iter().map(|one| (one.subject.as_str(), one.expected, one.found)).collect();
    assert_eq!(said, [("job_vaults", of_tokens, of_tokens), ("job_vaults:dollars", of_dollars, of_dollars)]);
    assert_eq!(database.number("SELECT job_vaults FROM snapshots").await, of_tokens);
    assert_eq!(database.number("SELECT job_vaults_stable FROM snapshots").await, of_dollars);

    // As many dollars less as there are tokens more: one figure of both would not tell.
    let job = recording.told["vaults"].as_object().unwrap();
    let (poor, has) =
        job.iter().find(|(job, held)| dollars.contains(job) && held.as_i64() > Some(0)).unwrap();
    let (rich, more) = job.iter().find(|(job, _)| !dollars.contains(job)).unwrap();
    set(&node, pda::vault(&poor.parse().unwrap()), has.as_i64().unwrap() - 1);
    set(&node, pda::vault(&rich.parse().unwrap()), more.as_i64().unwrap() + 1);
    let verdicts = compare(&database, &node, last).await;
    let kind = |subject: &str| verdicts.iter().find(|one| one.subject == subject).map(|one| one.kind);
    assert_eq!(kind("job_vaults"), Some(VerdictKind::Surplus));
    assert_eq!(kind("job_vaults:dollars"), Some(VerdictKind::Deficit));
    assert_eq!(kind(&format!("job_vault:{poor}")), Some(VerdictKind::Deficit));
}
