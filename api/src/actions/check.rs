//! Holding a simulation against what a transaction is said to move.
//!
//! Whatever an instruction did, a wallet loses only lamports of its own account and tokens of accounts that it
//! owns. All of these that a transaction can change are among those that it names as writable. So what they
//! hold before and afterwards, whole, says what is moved out of the wallet; no list of instructions is trusted.

use super::moves::{Bound, Move};
use settlement_interface::{Address, pda};
use std::collections::BTreeMap;
use tally_client::reading::Account;
use tally_client::tokens::TokenAccount;

/// Where a token account's amount lies.
const AMOUNT: std::ops::Range<usize> = 64..72;

/// Why a simulated transaction is not handed out, as a clause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excess(pub String);

/// What a simulation changed of what the wallet holds: by mint, `None` for SOL; base units, negative if they
/// left it.
pub type Changes = BTreeMap<Option<Address>, i128>;

/// What a simulation changed. `keys` are the accounts that the transaction may write, the others what they
/// were and would be, in the same order.
///
/// # Errors
/// If it would change who controls the wallet or one of its token accounts, or what else is in them.
pub fn changes(
    wallet: &Address,
    keys: &[Address],
    before: &[Option<Account>],
    after: &[Option<Account>],
) -> Result<Changes, Excess> {
    let mut found = Changes::new();
    for (key, (before, after)) in keys.iter().zip(before.iter().zip(after)) {
        if key == wallet {
            let change = lamports(after.as_ref()).saturating_sub(lamports(before.as_ref()));
            add(&mut found, None, change);
            if rest_of_wallet(before.as_ref()) != rest_of_wallet(after.as_ref()) {
                return Err(Excess("would change who controls your wallet".to_owned()));
            }
            continue;
        }
        let (held, holds) = (owned(wallet, before.as_ref()), owned(wallet, after.as_ref()));
        if let Some(held) = &held {
            let same = rest_of_tokens(before.as_ref()) == rest_of_tokens(after.as_ref());
            let Some(holds) = holds.filter(|_| same) else {
                return Err(Excess(format!("would change who controls your token account {key}")));
            };
            let change = i128::from(holds.amount).saturating_sub(i128::from(held.amount));
            add(&mut found, Some(held.mint), change);
        } else if let Some(holds) = holds {
            add(&mut found, Some(holds.mint), i128::from(holds.amount));
        }
    }
    Ok(found)
}

/// Refuses changes that take more out of the wallet than the moves say, or bring it less than they promise.
///
/// # Errors
/// [`Excess`], which names the two amounts.
pub fn hold(wallet: &Address, moves: &[Move], changes: &Changes) -> Result<(), Excess> {
    for (mint, change) in changes {
        let (said, lost) = (leaving(wallet, moves, mint.as_ref()), change.saturating_neg());
        if lost <= said {
            continue;
        }
        let asset = moves.iter().map(|it| it.asset).find(|asset| asset.mint() == *mint);
        return Err(Excess(match asset {
            Some(asset) => format!(
                "would change what your wallet holds by {}, but is meant to change it by {} at worst",
                asset.say(*change),
                asset.say(said.saturating_neg())
            ),
            None => {
                format!("would take {lost} base units out of your wallet of what it is not meant to touch")
            }
        }));
    }
    Ok(())
}

/// The most of a mint, `None` for SOL, that the moves take out of the wallet, base units; negative if they
/// bring it more. What may turn out to be less makes up for nothing.
pub fn leaving(wallet: &Address, moves: &[Move], mint: Option<&Address>) -> i128 {
    let of_mint = moves.iter().filter(|it| it.changes_balances() && it.asset.mint().as_ref() == mint);
    of_mint.fold(0i128, |sum, it| {
        let sum = if it.from.as_ref() == Some(wallet) { sum.saturating_add(it.amount.into()) } else { sum };
        let certain = matches!(it.bound, Bound::Exact | Bound::Least);
        let comes = certain && it.to.as_ref() == Some(wallet);
        if comes { sum.saturating_sub(it.amount.into()) } else { sum }
    })
}

fn add(found: &mut Changes, mint: Option<Address>, change: i128) {
    let sum = found.entry(mint).or_default();
    *sum = sum.saturating_add(change);
}

fn lamports(account: Option<&Account>) -> i128 {
    account.map_or(0, |account| account.lamports.into())
}

/// What of a wallet's own account no transaction of ours changes. An account without lamports is the system
/// program's, as one that does not exist.
fn rest_of_wallet(account: Option<&Account>) -> (Address, &[u8]) {
    account.map_or((pda::SYSTEM_PROGRAM, &[]), |account| (account.owner, account.data.as_slice()))
}

/// A token account that the wallet can pay from.
fn owned(wallet: &Address, account: Option<&Account>) -> Option<TokenAccount> {
    let programs = [pda::TOKEN_PROGRAM, pda::TOKEN_2022_PROGRAM];
    let account = account.filter(|account| programs.contains(&account.owner))?;
    TokenAccount::read(&account.data).filter(|account| account.owner == *wallet)
}

/// Everything of a token account but its amount: program, mint, owner, delegate, state, close authority.
fn rest_of_tokens(account: Option<&Account>) -> Option<(Address, &[u8], &[u8])> {
    let account = account?;
    Some((account.owner, account.data.get(..AMOUNT.start)?, account.data.get(AMOUNT.end..)?))
}

#[cfg(test)]
#[path = "check_tests.rs"]
mod tests;
