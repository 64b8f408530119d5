//! The figures in the tables against a market that kept its own.

use super::support::chain::{Chain, Recipe};
use super::support::script::straight;
use super::support::tables::{Database, database};
use settlement_interface::events::Event;

async fn indexed(chain: &Chain) -> Database {
    let database = database().await;
    database.feed(straight(&chain.source_blocks(), chain.last_slot), 500).await;
    database
}

fn chain() -> Chain {
    Chain::make(Recipe { seed: 21, slots: 500, noise: true })
}

#[tokio::test]
async fn the_ledger_holds_what_the_vaults_hold() {
    let chain = chain();
    let database = indexed(&chain).await;
    let account = |names: &str| format!("SELECT sum(balance) FROM balances WHERE account IN ({names})");
    let of = &chain.holdings;
    let stake = database.number(&account("'stake', 'locked', 'unbonding', 'stake_dues'")).await;
    assert_eq!(stake, i128::from(of.stake_vault));
    let vaults = database.number(&account("'escrow', 'dues'")).await;
    assert_eq!(vaults, of.vaults.values().map(|amount| i128::from(*amount)).sum::<i128>());
    let held = "'circulating', 'escrow', 'dues', 'stake', 'locked', 'unbonding', 'stake_dues'";
    assert_eq!(database.number(&account(held)).await, i128::from(of.supply));
    assert_eq!(database.number("SELECT minted FROM supply").await, i128::from(of.minted));
    assert_eq!(database.number("SELECT burned FROM supply").await, i128::from(of.burned));
    let identity = i128::from(of.genesis) + i128::from(of.minted) - i128::from(of.burned);
    assert_eq!(identity, i128::from(of.supply));
    assert!(of.minted > 0 && of.minted < of.burned);
    // Running sums are the sums.
    let differ = "SELECT count(*) FROM (
        SELECT account, owner, job, mint, sum(amount) AS s FROM ledger GROUP BY 1, 2, 3, 4) l
        FULL JOIN balances b USING (account, owner, job, mint) WHERE coalesce(s, 0) <> coalesce(balance, 0)";
    assert_eq!(database.number(differ).await, 0);
}

#[tokio::test]
async fn revenue_is_what_conversions_settled() {
    let chain = chain();
    let database = indexed(&chain).await;
    let (mut usd, mut burned, mut earned, mut rebated) = (0i128, 0i128, 0i128, 0i128);
    let (mut conversions, mut in_kind, mut receipts) = (0i128, 0i128, 0i128);
    let (mut failed, mut compensated) = (0i128, 0i128);
    for event in chain.events() {
        match event {
            Event::Converted(e) => {
                (usd, burned) = (usd + i128::from(e.usd), burned + i128::from(e.burned));
                (earned, conversions) = (earned + i128::from(e.earned), conversions + 1);
            }
            Event::JobClosed(e) => {
                (usd, burned) = (usd + i128::from(e.in_kind_usd), burned + i128::from(e.in_kind_burned));
                in_kind += i128::from(e.in_kind_usd > 0);
            }
            Event::JobFailed(e) => {
                (burned, failed) = (burned + i128::from(e.burned), failed + 1);
                compensated += i128::from(e.harmed) + i128::from(e.reported);
            }
            Event::RebateClaimed(e) => rebated += i128::from(e.amount),
            Event::ReceiptAccepted(_) => receipts += 1,
            _ => {}
        }
    }
    let enough = conversions > 20 && in_kind > 0 && failed > 0 && compensated > 0 && rebated > 0;
    assert!(enough, "{conversions} {in_kind} {failed} {compensated} {rebated}");
    let sum = |column: &str| format!("SELECT sum({column}) FROM revenue_hourly");
    assert_eq!(database.number(&sum("fees_usd")).await, usd);
    assert_eq!(database.number(&sum("burned")).await, burned);
    assert_eq!(database.number(&sum("earned")).await, earned);
    assert_eq!(database.number(&sum("rebated")).await, rebated);
    assert_eq!(database.number(&sum("conversions")).await, conversions + in_kind);
    assert_eq!(database.number("SELECT count(*) FROM conversions").await, conversions + in_kind);
    assert_eq!(database.number(&sum("compensated")).await, compensated);
    assert_eq!(database.number(&sum("receipts")).await, receipts);
    assert_eq!(database.number(&sum("jobs_failed")).await, failed);
    assert_eq!(database.number("SELECT count(*) FROM slashes").await, failed);
    assert_eq!(database.number("SELECT sum(burned) FROM supply").await, burned);
    assert_eq!(database.number("SELECT sum(usd) FROM conversions").await, usd);
}

#[tokio::test]
async fn every_job_that_ended_for_a_provider_has_one_outcome() {
    let database = indexed(&chain()).await;
    let missing = "SELECT count(*) FROM jobs j LEFT JOIN outcomes o USING (job)
        WHERE (j.state IN ('closed', 'failed')) <> (o.job IS NOT NULL)";
    assert_eq!(database.number(missing).await, 0);
    let wrong = "SELECT count(*) FROM outcomes o JOIN jobs j USING (job)
        WHERE o.usd <> CASE WHEN o.success THEN j.settled ELSE j.accepted_budget END
        OR o.weight <> floor(o.usd * o.take_bps / 10000)
        OR o.related <> (j.consumer_wallet = (SELECT authority FROM providers p WHERE p.provider = o.provider))";
    assert_eq!(database.number(wrong).await, 0);
    assert!(database.number("SELECT count(*) FROM outcomes WHERE NOT success").await > 0);
    assert!(database.number("SELECT count(*) FROM outcomes WHERE related").await > 0);
}

#[tokio::test]
async fn the_database_refuses_entries_that_do_not_balance() {
    let database = indexed(&chain()).await;
    let one = "INSERT INTO ledger SELECT slot, signature, instruction, inner_index, 99, at, account, owner, job, mint, 5
        FROM ledger LIMIT 1";
    let refused = database.execute(one).await.unwrap_err().to_string();
    assert!(refused.contains("leave 5 of mint"), "{refused}");
    let refused = database.execute("UPDATE ledger SET amount = amount + 1").await.unwrap_err().to_string();
    assert!(refused.contains("never changed"), "{refused}");
    let refused = database.execute("DELETE FROM ledger WHERE entry = 0").await.unwrap_err().to_string();
    assert!(refused.contains("of mint"), "{refused}");
    let balanced = "INSERT INTO ledger SELECT slot, signature, instruction, inner_index, n + 90, at, 'burned', '', '', mint, a
        FROM (SELECT * FROM ledger LIMIT 1) l, (VALUES (1, 5), (2, -5)) AS v (n, a)";
    assert_eq!(database.execute(balanced).await.unwrap(), 2);
}

#[tokio::test]
async fn amounts_at_the_top_of_their_range_are_stored_as_they_are() {
    let database = database().await;
    let top = u64::MAX.to_string();
    let insert = format!(
        "INSERT INTO balances VALUES ('stake', '', '', '11111111111111111111111111111111', {top});
         "
    );
    database.execute(&insert).await.unwrap();
    assert_eq!(database.number("SELECT sum(balance) FROM balances").await, i128::from(u64::MAX));
    let beyond = "SELECT 18446744073709551616::u64";
    assert!(database.execute(beyond).await.is_err());
}
