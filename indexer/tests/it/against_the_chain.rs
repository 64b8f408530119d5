//! Comparing tables with accounts: gifts and strangers' burns are recorded, deficits found.

use super::support::chain::{Chain, Recipe};
use super::support::node::{Habits, Node};
use super::support::script::straight;
use super::support::tables::{Database, database};
use indexer::metrics::Metrics;
use indexer::reconcile::Reconciler;
use indexer::source::rpc::Client;
use indexer::store::{Committed, Verdict, VerdictKind};
use settlement_interface::accounts::{Config, Layout, Price, Totals};
use settlement_interface::{Address, ID, pda};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

fn token(offset: usize, length: usize, amount: u64) -> (String, Vec<u8>) {
    let mut data = vec![0; length];
    data[offset..offset + 8].copy_from_slice(&amount.to_le_bytes());
    (pda::TOKEN_PROGRAM.to_string(), data)
}

struct Scene {
    chain: Chain,
    node: Node,
    database: Database,
}

impl Scene {
    async fn new() -> Self {
        let chain = Chain::make(Recipe { seed: 51, slots: 400, noise: false });
        let habits = Habits { calls_a_slot: 0, forks: false, failing: 0, says_index: true };
        let node = Node::start(&chain, habits).await;
        let database = database().await;
        database.feed(straight(&chain.source_blocks(), chain.last_slot), 500).await;
        let scene = Self { chain, node, database };
        let held = scene.chain.holdings.clone();
        scene.set(scene.chain.market.mint, token(36, 82, held.supply));
        scene.set(pda::stake_vault(), token(64, 165, held.stake_vault));
        for (vault, amount) in &held.vaults {
            scene.set(*vault, token(64, 165, *amount));
        }
        assert!(held.vaults.len() > 100, "more vaults than one call can ask for");
        scene.set_sequence::<Config>(pda::config(), |account, number| account.sequence = number, 0);
        scene.set_sequence::<Price>(pda::price(), |account, number| account.sequence = number, 0);
        scene.set_sequence::<Totals>(pda::totals(), |account, number| account.sequence = number, 0);
        scene
    }

    fn set(&self, address: Address, account: (String, Vec<u8>)) {
        self.node.state.lock().unwrap().accounts.insert(address.to_string(), account);
    }

    /// Puts an account of the program in place that counts `more` events than there were.
    fn set_sequence<T: Layout + bytemuck::Pod>(&self, address: Address, set: fn(&mut T, u64), more: u64) {
        let mut account = T::zeroed();
        set(&mut account, self.chain.market.sequence(&address).wrapping_add(more));
        let data = [T::DISCRIMINATOR.as_slice(), bytemuck::bytes_of(&account)].concat();
        self.set(address, (ID.to_string(), data));
    }

    async fn compare(&self) -> Vec<Verdict> {
        let at = self.chain.last_slot;
        self.node.state.lock().unwrap().stated = at;
        self.compare_as_stated(0).await
    }

    async fn compare_as_stated(&self, slack: u64) -> Vec<Verdict> {
        let (metrics, stop) = (Arc::new(Metrics::default()), CancellationToken::new());
        let client =
            Client::new(&self.node.url, Duration::from_secs(10), 4, metrics.clone(), stop.clone()).unwrap();
        // Final far enough for the slots after the one that is read to be tried.
        let last = self.chain.last_slot + 1_000;
        self.node.finalize(last);
        let (_alive, progress) =
            watch::channel(Committed { confirmed: last, finalized: last, ..Committed::default() });
        let interval = Duration::from_secs(1);
        let store = self.database.store.clone();
        let mut reconciler =
            Reconciler { client, store, metrics, progress, interval, slack, accounts: 0, stop };
        reconciler.once().await.unwrap().unwrap()
    }

    async fn verdict(&self, subject: &str) -> (VerdictKind, i128) {
        let all = self.compare().await;
        let found = all.into_iter().find(|verdict| verdict.subject == subject).unwrap();
        (found.kind, found.found - found.expected)
    }
}

#[tokio::test]
async fn tables_equal_the_chain() {
    let scene = Scene::new().await;
    let verdicts = scene.compare().await;
    for subject in ["supply", "stake_vault", "job_vaults", "sequence:config"] {
        assert!(verdicts.iter().any(|verdict| verdict.subject == subject), "{subject}");
    }
    assert!(verdicts.iter().all(|verdict| verdict.kind == VerdictKind::Equal), "{verdicts:?}");
    let supply = scene.database.number("SELECT supply FROM snapshots").await;
    assert_eq!(supply, i128::from(scene.chain.holdings.supply));
    let bad = "SELECT count(*) FROM reconciliations WHERE verdict <> 'equal'";
    assert_eq!(scene.database.number(bad).await, 0);
}

#[tokio::test]
async fn what_strangers_burn_and_give_is_recorded_and_fails_nothing() {
    let scene = Scene::new().await;
    let held = scene.chain.holdings.clone();
    scene.set(scene.chain.market.mint, token(36, 82, held.supply - 5));
    scene.set(pda::stake_vault(), token(64, 165, held.stake_vault + 7));
    let (vault, amount) = held.vaults.first_key_value().unwrap();
    scene.set(*vault, token(64, 165, amount + 9));
    let verdicts = scene.compare().await;
    assert!(verdicts.iter().all(|verdict| verdict.kind != VerdictKind::Deficit), "{verdicts:?}");
    assert_eq!(scene.verdict("stake_vault").await, (VerdictKind::Surplus, 7));
    assert_eq!(scene.verdict("job_vaults").await, (VerdictKind::Surplus, 9));
    assert_eq!(scene.database.number("SELECT burned_elsewhere FROM snapshots").await, 5);
}

#[tokio::test]
async fn what_is_missing_is_a_deficit_that_names_it() {
    let scene = Scene::new().await;
    let held = scene.chain.holdings.clone();
    scene.set(pda::stake_vault(), token(64, 165, held.stake_vault - 1));
    assert_eq!(scene.verdict("stake_vault").await, (VerdictKind::Deficit, -1));
    // One vault lacks what another one has too much of: the sum alone would not tell.
    let funded: Vec<_> = held.vaults.iter().filter(|(_, amount)| **amount > 0).take(2).collect();
    let [(poor, has), (rich, more)] = funded[..] else { panic!() };
    scene.set(*poor, token(64, 165, has - 1));
    scene.set(*rich, token(64, 165, more + 1));
    assert_eq!(scene.verdict("job_vaults").await, (VerdictKind::Equal, 0));
    let verdicts = scene.compare().await;
    let named: Vec<_> = verdicts.iter().filter(|verdict| verdict.subject.starts_with("job_vault:")).collect();
    assert_eq!(named.len(), 1);
    assert_eq!(named[0].kind, VerdictKind::Deficit);
    // Tokens that nobody was seen to mint.
    scene.set(scene.chain.market.mint, token(36, 82, held.supply + 1));
    assert_eq!(scene.verdict("supply").await, (VerdictKind::Deficit, 1));
    // Events that the account counts and nobody saw.
    scene.set_sequence::<Config>(pda::config(), |account, number| account.sequence = number, 1);
    assert_eq!(scene.verdict("sequence:config").await, (VerdictKind::Deficit, -1));
    // Events that were seen and that the account does not count.
    scene.set_sequence::<Config>(pda::config(), |account, number| account.sequence = number, u64::MAX);
    assert_eq!(scene.verdict("sequence:config").await, (VerdictKind::Deficit, 1));
}

#[tokio::test]
async fn tables_that_have_gone_on_are_asked_about_the_slot_that_was_read() {
    let scene = Scene::new().await;
    // Later events, beyond the slot at which the node reads its accounts.
    let mut chain = Chain::make(Recipe { seed: 51, slots: 440, noise: false });
    let later: Vec<_> =
        chain.source_blocks().into_iter().filter(|block| block.slot > scene.chain.last_slot).collect();
    assert!(later.len() > 10);
    scene.database.feed(straight(&later, 440), 100).await;
    let verdicts = scene.compare().await;
    assert!(verdicts.iter().all(|verdict| verdict.kind == VerdictKind::Equal), "{verdicts:?}");
    chain.market.slot = 0;
}

#[tokio::test]
async fn a_local_node_that_states_an_earlier_slot_than_it_reads_is_understood_if_so_set() {
    let scene = Scene::new().await;
    scene.node.state.lock().unwrap().stated = scene.chain.last_slot - 31;
    // A real node means what it states; only by setting is another slot tried.
    let verdicts = scene.compare_as_stated(0).await;
    assert!(verdicts.iter().any(|verdict| verdict.kind == VerdictKind::Deficit), "{verdicts:?}");
    let verdicts = scene.compare_as_stated(48).await;
    assert!(verdicts.iter().all(|verdict| verdict.kind == VerdictKind::Equal), "{verdicts:?}");
    let slot = scene.database.number("SELECT max(slot) FROM snapshots").await;
    assert!(slot > i128::from(scene.chain.last_slot - 31), "{slot}");
}
