//! Rows of entities against accounts on chain, field by field.

use super::support::accounts::{data, one_of, rows};
use super::support::chain::{Chain, Recipe};
use super::support::node::{Habits, Node};
use super::support::recording::recordings;
use super::support::script::{reached, straight};
use super::support::tables::{Database, database};
use bytemuck::Zeroable;
use indexer::fold::Kind;
use indexer::health::{Limits, State, judge};
use indexer::metrics::Metrics;
use indexer::reconcile::Reconciler;
use indexer::source::Update;
use indexer::source::rpc::Client;
use indexer::store::{Committed, Told, Verdict, VerdictKind};
use settlement_interface::accounts::{Job, Layout};
use settlement_interface::{Address, ID};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

const LIMITS: Limits = Limits { max_lag_slots: u64::MAX, reconcile_interval_s: 60 };
const HABITS: Habits = Habits { calls_a_slot: 0, forks: false, failing: 0, says_index: true };

struct Scene {
    chain: Chain,
    node: Node,
    database: Database,
    metrics: Arc<Metrics>,
}

impl Scene {
    async fn new() -> Self {
        let chain = Chain::make(Recipe { seed: 81, slots: 150, noise: false });
        let node = Node::start(&chain, HABITS).await;
        node.state.lock().unwrap().stated = chain.last_slot;
        let database = database().await;
        database.feed(straight(&chain.source_blocks(), chain.last_slot), 500).await;
        let scene = Self { chain, node, database, metrics: Arc::default() };
        for told in rows(&scene.database.store).await {
            if let Some(data) = data(&told.held.entity) {
                scene.set(told.address, data);
            }
        }
        scene
    }

    async fn rows(&self) -> Vec<Told> {
        rows(&self.database.store).await
    }

    fn set(&self, address: Address, data: Vec<u8>) {
        let mut state = self.node.state.lock().unwrap();
        state.accounts.insert(address.to_string(), (ID.to_string(), data));
    }

    /// One comparison of at most `most` accounts, with an indexer that is final through `finalized`.
    async fn compare_some(&self, most: usize, finalized: u64) -> Vec<Verdict> {
        self.compare_with(most, finalized, 0).await
    }

    async fn compare_with(&self, most: usize, finalized: u64, slack: u64) -> Vec<Verdict> {
        let stop = CancellationToken::new();
        let (timeout, metrics) = (Duration::from_secs(10), self.metrics.clone());
        let client = Client::new(&self.node.url, timeout, 4, metrics.clone(), stop.clone()).unwrap();
        let done = Committed { confirmed: finalized, finalized, ..Committed::default() };
        let (_alive, progress) = watch::channel(done);
        let mut reconciler = Reconciler {
            client,
            store: self.database.store.clone(),
            metrics,
            progress,
            interval: Duration::from_secs(1),
            slack,
            accounts: most,
            stop,
        };
        let verdicts = reconciler.once().await.unwrap().unwrap();
        verdicts.into_iter().filter(|verdict| verdict.subject.starts_with("account")).collect()
    }

    async fn compare(&self) -> Vec<Verdict> {
        self.compare_some(100_000, self.chain.last_slot).await
    }

    /// What is said of one account, which must be all that is said.
    async fn only(&self, kind: &str, address: Address) -> String {
        let verdicts = self.compare().await;
        let [sum, one] = &verdicts[..] else { panic!("{verdicts:?}") };
        assert_eq!((sum.subject.as_str(), sum.kind), ("accounts", VerdictKind::Deficit));
        assert_eq!((&one.subject, one.kind), (&format!("account:{kind}:{address}"), VerdictKind::Deficit));
        one.detail.clone().unwrap()
    }
}

#[tokio::test]
async fn every_account_of_a_market_that_the_program_ran_equals_its_row() {
    for market in recordings("markets", "model") {
        let last = market.last_slot();
        let chain = Chain { last_slot: last, ..Chain::make(Recipe { seed: 1, slots: 1, noise: false }) };
        let node = Node::start(&chain, HABITS).await;
        node.state.lock().unwrap().stated = last;
        let database = database().await;
        database.feed(straight(&market.blocks(), last), 1_000).await;
        let scene = Scene { chain, node, database, metrics: Arc::default() };
        let accounts = market.told["accounts"].as_object().unwrap();
        for (address, told) in accounts {
            scene.set(address.parse().unwrap(), hex::decode(told.as_str().unwrap()).unwrap());
        }
        let verdicts = scene.compare().await;
        let [sum] = &verdicts[..] else { panic!("{}: {verdicts:#?}", market.name) };
        let all = i128::try_from(scene.rows().await.len()).unwrap();
        assert_eq!((sum.expected, sum.found, sum.kind), (all, all, VerdictKind::Equal), "{}", market.name);
        assert!(all > i128::try_from(accounts.len()).unwrap(), "closed accounts have rows too");
    }
}

#[tokio::test]
async fn a_field_that_differs_is_named_and_fails_readiness_until_it_is_right() {
    let scene = Scene::new().await;
    let rows = scene.rows().await;
    assert!(scene.compare().await.iter().all(|verdict| verdict.kind == VerdictKind::Equal));
    // Sums of money are not set on this node, so that only accounts are looked at below.
    for (kind, table) in [(Kind::Provider, "providers"), (Kind::Job, "jobs"), (Kind::Totals, "totals")] {
        let (address, right) = one_of(&rows, kind);
        let mut wrong = right.clone();
        // Eight bytes of the first amount or address.
        wrong[12] ^= 1;
        scene.set(address, wrong);
        let detail = scene.only(table, address).await;
        assert!(detail.contains(" is ") && detail.contains("by its events"), "{detail}");
        let health = judge(&scene.database.store.facts().await.unwrap(), &LIMITS);
        assert_eq!(health.state, State::Failing, "{}", health.line());
        assert!(health.line().contains(&format!("account:{table}:{address}")), "{}", health.line());
        scene.set(address, right);
        assert!(scene.compare().await.iter().all(|verdict| verdict.kind == VerdictKind::Equal));
        let health = judge(&scene.database.store.facts().await.unwrap(), &LIMITS);
        assert!(!health.line().contains("account:"), "{}", health.line());
    }
}

#[tokio::test]
async fn a_difference_is_compared_again_each_time_until_it_is_gone() {
    let scene = Scene::new().await;
    let (address, right) = one_of(&scene.rows().await, Kind::Provider);
    let mut wrong = right.clone();
    wrong[60] ^= 1;
    scene.set(address, wrong);
    // A few accounts at a time: it is found in the end, and stays found while others are compared.
    let mut found = false;
    for _ in 0..200 {
        let verdicts = scene.compare_some(3, scene.chain.last_slot).await;
        let now = verdicts.iter().any(|verdict| verdict.subject == format!("account:providers:{address}"));
        assert!(now || !found, "it was forgotten");
        found |= now;
    }
    assert!(found, "the rotation does not reach it");
    assert_eq!(scene.database.number("SELECT count(*) FROM sweep WHERE completed_at IS NOT NULL").await, 1);
    scene.set(address, right);
    let verdicts = scene.compare_some(3, scene.chain.last_slot).await;
    assert!(verdicts.iter().all(|verdict| verdict.kind == VerdictKind::Equal), "{verdicts:?}");
}

#[tokio::test]
async fn what_changed_is_compared_before_the_rest() {
    let scene = Scene::new().await;
    // Everything is compared once; then one job changes, last in the rotation.
    scene.compare().await;
    scene.compare_some(4, scene.chain.last_slot).await;
    let more = Chain::make(Recipe { seed: 81, slots: 156, noise: false });
    let later: Vec<_> =
        more.source_blocks().into_iter().filter(|block| block.slot > scene.chain.last_slot).collect();
    scene.database.feed(straight(&later, 156), 100).await;
    let last = scene.chain.last_slot;
    let of = |what: &str| format!("SELECT count({what}) FROM event_entities WHERE slot > {last}");
    let events = scene.database.number(&of("*")).await;
    let changed = scene.database.number(&of("DISTINCT entity")).await;
    let born = scene.database.number(&format!("{} AND sequence = 1", of("*"))).await;
    assert!(changed > born + 2);
    scene.node.finalize(200);
    scene.node.state.lock().unwrap().stated = 156;
    // The accounts on the node are those of before: whatever changed since differs from its row.
    let verdicts = scene.compare_some(2 * usize::try_from(events).unwrap(), 156).await;
    let found = i128::try_from(verdicts.len()).unwrap() - 1;
    // One that came and went since is rightly not there.
    assert!(found <= changed && found >= changed - born, "{found} of {changed}: {verdicts:?}");
}

#[tokio::test]
async fn what_changed_is_handed_out_in_whole_slots_until_all_of_it_was() {
    let scene = Scene::new().await;
    let last = scene.chain.last_slot;
    for (most, rounds) in [(1, 20), (9, 5), (100_000, 1)] {
        let (mut after, mut taken) = (0, 0);
        while after < last {
            let (entities, reached) = scene.database.store.changed(after, last, most).await.unwrap();
            assert!(reached > after, "it stands still at slot {after}");
            let within = format!(
                "SELECT DISTINCT entity FROM event_entities WHERE slot > {after} AND slot <= {reached}"
            );
            let expected: BTreeSet<String> = scene.database.texts(&within).await.into_iter().collect();
            let found: BTreeSet<String> = entities.iter().map(Address::to_string).collect();
            assert_eq!((found.len(), &found), (entities.len(), &expected), "slots {after} to {reached}");
            (after, taken) = (reached, taken + 1);
        }
        assert!(taken >= rounds, "{most} at a time took {taken} rounds");
        assert_eq!(scene.database.store.changed(last, last, most).await.unwrap(), (vec![], last));
    }
}

#[tokio::test]
async fn rows_that_went_on_are_compared_as_they_were_when_the_accounts_were_read() {
    let scene = Scene::new().await;
    let more = Chain::make(Recipe { seed: 81, slots: 175, noise: false });
    let later = more.source_blocks().into_iter().filter(|block| block.slot > scene.chain.last_slot);
    let later: Vec<Update> = later.map(Update::Block).collect();
    assert!(later.len() > 10);
    // Confirmed only, while the accounts are those of the last final slot.
    scene.database.feed([later, vec![reached(175, scene.chain.last_slot)]].concat(), 10).await;
    let newer = format!("SELECT count(*) FROM jobs WHERE slot > {}", scene.chain.last_slot);
    assert!(scene.database.number(&newer).await > 3);
    let verdicts = scene.compare().await;
    assert!(verdicts.iter().all(|verdict| verdict.kind == VerdictKind::Equal), "{verdicts:?}");
    // Each was compared, but for those that did not exist yet and still do.
    let born =
        format!("SELECT entity FROM event_entities WHERE sequence = 1 AND slot > {}", scene.chain.last_slot);
    let born = scene.database.texts(&born).await;
    let rows = scene.rows().await;
    let open = rows.iter().filter(|told| data(&told.held.entity).is_some());
    let unborn = open.filter(|told| born.contains(&told.address.to_string())).count();
    assert!(unborn > 3);
    assert_eq!(scene.metrics.unsettled_accounts.get(), unborn as u64);
    // And still against every field.
    let hot = "SELECT provider FROM providers ORDER BY slot DESC, provider LIMIT 1";
    let hot: Address = scene.database.texts(hot).await[0].parse().unwrap();
    let mut wrong = scene.node.state.lock().unwrap().accounts[&hot.to_string()].1.clone();
    wrong[60] ^= 1;
    scene.set(hot, wrong);
    let detail = scene.only("providers", hot).await;
    assert!(detail.contains("by its events"), "{detail}");
}

#[tokio::test]
async fn an_account_that_is_missing_or_should_be_is_named() {
    let scene = Scene::new().await;
    let rows = scene.rows().await;
    let (open, right) = one_of(&rows, Kind::Job);
    scene.node.state.lock().unwrap().accounts.remove(&open.to_string());
    assert_eq!(scene.only("jobs", open).await, "there is no such account on chain");
    // Whoever sends lamports there makes an account of the system program of it.
    let system = "11111111111111111111111111111111".to_owned();
    scene.node.state.lock().unwrap().accounts.insert(open.to_string(), (system, vec![]));
    assert_eq!(scene.only("jobs", open).await, "there is no such account on chain");
    scene.set(open, right);

    let closed =
        rows.iter().find(|told| told.kind == Kind::Job && data(&told.held.entity).is_none()).unwrap();
    let job = Job { sequence: closed.held.entity.sequence(), ..Job::zeroed() };
    scene.set(closed.address, [Job::DISCRIMINATOR.as_slice(), bytemuck::bytes_of(&job)].concat());
    assert_eq!(scene.only("jobs", closed.address).await, "by its events the account is closed");
}

#[tokio::test]
async fn events_that_only_the_account_counts_are_a_gap_to_be_read_again() {
    let scene = Scene::new().await;
    let (address, right) = one_of(&scene.rows().await, Kind::Totals);
    let mut ahead = bytemuck::pod_read_unaligned::<settlement_interface::accounts::Totals>(&right[8..]);
    ahead.sequence += 2;
    let sequence = ahead.sequence;
    scene.set(address, [&right[..8], bytemuck::bytes_of(&ahead)].concat());
    let detail = scene.only("totals", address).await;
    assert!(detail.contains(&format!("counts {sequence} events")), "{detail}");
    let gap =
        scene.database.texts("SELECT entity || ' ' || first_missing || ' ' || last_missing FROM gaps").await;
    assert_eq!(gap, [format!("{address} {} {sequence}", sequence - 1)]);
    assert!(scene.database.store.facts().await.unwrap().gaps == 1);
    // Fewer than were seen is no gap, but a difference as well.
    ahead.sequence -= 3;
    scene.set(address, [&right[..8], bytemuck::bytes_of(&ahead)].concat());
    let detail = scene.only("totals", address).await;
    assert!(detail.contains(&format!("counts {} events", sequence - 3)), "{detail}");
    // And a node that said so wrongly leaves nothing behind.
    scene.set(address, right);
    assert!(scene.compare().await.iter().all(|verdict| verdict.kind == VerdictKind::Equal));
    assert_eq!(scene.database.number("SELECT count(*) FROM gaps").await, 0);
}

#[tokio::test]
async fn accounts_of_a_later_slot_than_is_stated_are_understood_if_so_set() {
    let scene = Scene::new().await;
    let last = scene.chain.last_slot;
    // The node's accounts are those of the end, and it states an earlier slot.
    scene.node.state.lock().unwrap().stated = last - 20;
    let less = database().await;
    let early: Vec<_> =
        scene.chain.source_blocks().into_iter().filter(|block| block.slot <= last - 20).collect();
    less.feed(straight(&early, last - 20), 500).await;
    let (whole, scene) = (scene.database.store.clone(), Scene { database: less, ..scene });
    // Final through the stated slot only: what the accounts count more is missing.
    let verdicts = scene.compare_some(100_000, last - 20).await;
    assert!(verdicts.iter().any(|verdict| verdict.kind == VerdictKind::Deficit), "{verdicts:?}");
    assert!(scene.database.number("SELECT count(*) FROM gaps").await > 0);
    let rest: Vec<_> =
        scene.chain.source_blocks().into_iter().filter(|block| block.slot > last - 20).collect();
    scene.database.feed(straight(&rest, last), 500).await;
    let verdicts = scene.compare_with(100_000, last, 20).await;
    assert!(verdicts.iter().all(|verdict| verdict.kind == VerdictKind::Equal), "{verdicts:?}");
    assert_eq!(rows(&whole).await.len(), scene.rows().await.len());
}

#[tokio::test]
async fn an_entity_that_the_tables_never_saw_shows_in_what_counts_it() {
    let scene = Scene::new().await;
    let job = "SELECT job FROM jobs WHERE reclaimed_at IS NOT NULL ORDER BY job LIMIT 1";
    let job: String = scene.database.texts(job).await.remove(0);
    let parent = format!(
        "SELECT c.consumer FROM consumers c JOIN jobs j ON j.consumer_wallet = c.wallet WHERE j.job = '{job}'"
    );
    let parent: Address = scene.database.texts(&parent).await[0].parse().unwrap();
    scene.database.execute(&format!("DELETE FROM jobs WHERE job = '{job}'")).await.unwrap();
    let detail = scene.only("consumers", parent).await;
    assert!(detail.contains("of the table jobs"), "{detail}");
}
