//! What was found on chain against what the tables say of the end of a slot.

use crate::Error;
use crate::store::{Balance, Snapshot, Store, Verdict, VerdictKind};
use settlement_interface::Address;
use std::future::Future;

/// Something read from the chain.
pub trait Found: Sync {
    /// Compares it with the tables at the end of `slot`.
    fn compare(&self, store: &Store, slot: u64) -> impl Future<Output = Result<Vec<Verdict>, Error>> + Send;
}

/// The mint, the stake vault, the buyback's vault, and how many events the singletons count.
#[derive(Debug)]
pub struct Network {
    /// The compute token.
    pub mint: Address,
    /// Its supply at initialisation.
    pub genesis: u64,
    /// The stablecoin, once there is one.
    pub dollars: Option<Address>,
    /// What the accounts hold.
    pub snapshot: Snapshot,
    /// Each singleton's name, address and count; `None` if it does not exist.
    pub counted: [(&'static str, Address, Option<u64>); 3],
}

/// A batch of jobs' vaults.
#[derive(Debug)]
pub struct Vaults {
    /// The jobs.
    pub jobs: Vec<String>,
    /// What their vaults hold, in that order.
    pub held: Vec<u64>,
}

impl Network {
    /// What strangers burned of their own tokens through `slot`.
    pub async fn burned_elsewhere(&self, store: &Store, slot: u64) -> Result<i128, Error> {
        let ledger = store.balances_at(&self.mint, slot).await?;
        let supply = i128::from(self.snapshot.supply);
        Ok(expected_supply(&ledger, self.genesis).saturating_sub(supply))
    }
}

impl Found for Network {
    async fn compare(&self, store: &Store, slot: u64) -> Result<Vec<Verdict>, Error> {
        let ledger = store.balances_at(&self.mint, slot).await?;
        let seen = store.sequences_at(&self.counted.map(|(_, entity, _)| entity), slot).await?;
        let mut verdicts = money(&self.snapshot, &ledger, self.genesis);
        if let Some(dollars) = &self.dollars {
            let ledger = store.balances_at(dollars, slot).await?;
            let held = i128::from(self.snapshot.buyback_vault.unwrap_or(0));
            verdicts.push(verdict("buyback_vault".into(), of(&ledger, "buyback"), held));
        }
        for (name, entity, count) in self.counted {
            // An account that does not exist counts nothing.
            let count = i128::from(count.unwrap_or(0));
            let seen = i128::from(seen.get(&entity).copied().unwrap_or(0));
            // Fewer events seen than the account counts: some are missing. More: some never happened.
            let mut one = verdict(format!("sequence:{name}"), count, seen);
            if one.kind == VerdictKind::Surplus {
                one.kind = VerdictKind::Deficit;
            }
            verdicts.push(one);
        }
        Ok(verdicts)
    }
}

impl Found for Vaults {
    async fn compare(&self, store: &Store, slot: u64) -> Result<Vec<Verdict>, Error> {
        let ledger = store.vaults_at(&self.jobs, slot).await?;
        let says = |job: &String| ledger.get(job).copied().unwrap_or(0);
        let each = self.jobs.iter().zip(&self.held);
        Ok(each.map(|(job, has)| verdict(format!("job_vault:{job}"), says(job), i128::from(*has))).collect())
    }
}

/// How many comparisons are in deficit, and how many differ at all.
pub fn wrong(verdicts: &[Verdict]) -> (usize, usize) {
    let count = |is: fn(&&Verdict) -> bool| verdicts.iter().filter(is).count();
    (count(|one| one.kind == VerdictKind::Deficit), count(|one| one.kind != VerdictKind::Equal))
}

fn of(ledger: &Balance, account: &str) -> i128 {
    ledger.get(account).copied().unwrap_or(0)
}

/// Genesis, minted and burned here as the tables have them.
fn expected_supply(ledger: &Balance, genesis: u64) -> i128 {
    // The counter-account is negative: what it holds was minted.
    i128::from(genesis).saturating_sub(of(ledger, "minted")).saturating_sub(of(ledger, "burned"))
}

/// Accounts of the ledger whose tokens lie in the stake vault.
pub const STAKE_VAULT: [&str; 9] = [
    "stake",
    "locked",
    "unbonding",
    "stake_dues",
    "vouched",
    "vouched_unbonding",
    "case_bond",
    "dispute_bond",
    "case_dues",
];

fn money(snapshot: &Snapshot, ledger: &Balance, genesis: u64) -> Vec<Verdict> {
    let stake = STAKE_VAULT.into_iter().fold(0i128, |sum, account| sum.saturating_add(of(ledger, account)));
    let (expected, found) = (expected_supply(ledger, genesis), i128::from(snapshot.supply));
    // Less than expected was burned by strangers, of their own: recorded. More was minted by nobody.
    let kind = match found.cmp(&expected) {
        std::cmp::Ordering::Equal => VerdictKind::Equal,
        std::cmp::Ordering::Less => VerdictKind::Surplus,
        std::cmp::Ordering::Greater => VerdictKind::Deficit,
    };
    vec![
        Verdict { subject: "supply".into(), expected, found, kind, detail: None },
        verdict("stake_vault".into(), stake, i128::from(snapshot.stake_vault)),
    ]
}

pub fn verdict(subject: String, expected: i128, found: i128) -> Verdict {
    let kind = match found.cmp(&expected) {
        std::cmp::Ordering::Equal => VerdictKind::Equal,
        std::cmp::Ordering::Less => VerdictKind::Deficit,
        std::cmp::Ordering::Greater => VerdictKind::Surplus,
    };
    Verdict { subject, expected, found, kind, detail: None }
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
