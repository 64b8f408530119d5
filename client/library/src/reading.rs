//! Reading more than one account at a time, and asking the node what a transaction would do.

use crate::budget::Estimate;
use crate::node::{NodeError, Rpc, failed};
use crate::pack::unsigned;
use crate::tokens::TokenAccount;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use settlement_interface::accounts::{Config, Layout, Price};
use settlement_interface::oracle::{self, Halt, Limits, PYTH_RECEIVER, Quote};
use settlement_interface::{Address, ID, pda};
use solana_hash::Hash;
use solana_instruction::Instruction;
use solana_message::{AddressLookupTableAccount, VersionedMessage, v0};
use solana_rpc_client_api::config::{
    RpcSimulateTransactionAccountsConfig, RpcSimulateTransactionConfig, UiAccountEncoding,
};
use solana_rpc_client_api::request::RpcRequest;
use solana_transaction::versioned::VersionedTransaction;
use solana_transaction_error::TransactionError;

/// The cluster's clock.
pub const CLOCK: Address = Address::from_str_const("SysvarC1ock11111111111111111111111111111111");
/// Where the clock's Unix time lies: behind slot, epoch start, epoch, leader schedule epoch.
const CLOCK_TIME: usize = 32;

/// The slots that a lookup table can be made in.
pub const SLOT_HASHES: Address = Address::from_str_const("SysvarS1otHashes111111111111111111111111111");

/// The newest slot of [`SLOT_HASHES`], behind the number of entries.
pub fn newest_slot(data: &[u8]) -> Option<u64> {
    data.get(8..)?.first_chunk().copied().map(u64::from_le_bytes)
}

/// An account as read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Program that owns it.
    pub owner: Address,
    /// Lamports in it.
    pub lamports: u64,
    /// Its bytes.
    pub data: Vec<u8>,
}

impl Account {
    /// The program's own account of this kind; `None` if it is another's or of another kind.
    pub fn layout<T: Layout>(&self) -> Option<T> {
        if self.owner == ID { T::read(&self.data) } else { None }
    }
}

/// Slot and Unix seconds out of the clock's bytes, as programs see them.
pub fn clock(data: &[u8]) -> Option<(u64, i64)> {
    let word = |at: usize| data.get(at..)?.first_chunk::<8>().copied();
    Some((u64::from_le_bytes(word(0)?), i64::from_le_bytes(word(CLOCK_TIME)?)))
}

/// What the pinned feed says at `now`, by the program's own judgement: within the limits of a job's terms
/// or, where no job is concerned, of the network's parameters.
///
/// # Errors
/// Why no price qualifies.
pub fn quote(
    feed: Option<&Account>,
    config: &Config,
    limits: &Limits,
    price: &Price,
    now: i64,
) -> Result<Quote, Halt> {
    let feed = feed.filter(|feed| feed.owner == PYTH_RECEIVER).ok_or(Halt::Missing)?;
    let message = oracle::parse(&feed.data, &config.feed_id)?;
    oracle::qualify(&message, limits, config.decimals, now, price.publish_time)
}

/// Why a wallet's associated token account can neither pay nor be paid to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// It is something else, or of another mint.
    #[error("the account {address} of {wallet} is no token account of {mint}")]
    NoTokenAccount {
        /// Where it is.
        address: Address,
        /// Whose it should be.
        wallet: Address,
        /// What it should hold.
        mint: Address,
    },
    /// Its owner gave it away.
    #[error("the token account {address} of {wallet} has been given to {owner}")]
    GivenAway {
        /// Where it is.
        address: Address,
        /// Whose it should be.
        wallet: Address,
        /// Whose it is.
        owner: Address,
    },
    /// The mint's freeze authority holds it.
    #[error("the token account {address} of {wallet} is frozen")]
    Frozen {
        /// Where it is.
        address: Address,
        /// Whose it is.
        wallet: Address,
    },
}

/// What was read at a wallet's associated address of a mint, as an account that can pay and be paid to;
/// `None` if nothing was created there. Anyone can send lamports to an address that is still empty: it then
/// belongs to the system program, and is created later all the same.
///
/// # Errors
/// [`Unusable`].
pub fn purse(
    found: Option<&Account>,
    wallet: &Address,
    mint: &Address,
    token_program: &Address,
) -> Result<Option<TokenAccount>, Unusable> {
    let Some(account) = found.filter(|account| account.owner != pda::SYSTEM_PROGRAM) else {
        return Ok(None);
    };
    let address = pda::associated_token_of(wallet, mint, token_program);
    let read = TokenAccount::read(&account.data).filter(|_| account.owner == *token_program);
    let Some(purse) = read.filter(|purse| purse.mint == *mint) else {
        return Err(Unusable::NoTokenAccount { address, wallet: *wallet, mint: *mint });
    };
    if purse.owner != *wallet {
        return Err(Unusable::GivenAway { address, wallet: *wallet, owner: purse.owner });
    }
    if purse.frozen {
        return Err(Unusable::Frozen { address, wallet: *wallet });
    }
    Ok(Some(purse))
}

/// What the node says a transaction would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Simulation {
    /// Why it would fail.
    pub error: Option<TransactionError>,
    /// Compute units that it would use.
    pub units: Option<u64>,
    /// What the programs said.
    pub logs: Vec<String>,
    /// The slot whose state it was run on.
    pub slot: u64,
    /// The accounts that were asked for as they would be afterwards, in order, `None` where there would be
    /// none; all `None` if the transaction would fail, and empty if the node does not tell.
    pub accounts: Vec<Option<Account>>,
}

impl Rpc {
    /// Accounts of one slot, in order; `None` where there is none. At most 100, as nodes allow.
    ///
    /// # Errors
    /// [`NodeError`].
    pub async fn accounts(&self, addresses: &[Address]) -> Result<Vec<Option<Account>>, NodeError> {
        let found = self.client().get_multiple_accounts_with_commitment(addresses, self.commitment());
        let found = found.await.map_err(failed)?.value.into_iter().map(|account| {
            account.map(|one| Account { owner: one.owner, lamports: one.lamports, data: one.data })
        });
        Ok(found.collect())
    }

    /// All of the program's accounts of a kind that hold `bytes` at `offset` of their data (behind the
    /// eight bytes that tell the kind).
    ///
    /// # Errors
    /// [`NodeError`]; many public nodes refuse this question.
    pub async fn find<T: Layout>(&self, offset: usize, bytes: &[u8]) -> Result<Vec<(Address, T)>, NodeError> {
        let filter = |offset: usize, bytes: &[u8]| json!({ "memcmp": { "offset": offset, "bytes": STANDARD.encode(bytes), "encoding": "base64" } });
        let start = T::DISCRIMINATOR.len();
        let options = json!({
            "encoding": "base64",
            "commitment": self.commitment().commitment.to_string(),
            "filters": [filter(0, &T::DISCRIMINATOR), filter(start.saturating_add(offset), bytes)],
        });
        let arguments = json!([ID.to_string(), options]);
        let rows: Vec<Value> =
            self.client().send(RpcRequest::GetProgramAccounts, arguments).await.map_err(failed)?;
        let read = |row: &Value| {
            let address = row.get("pubkey")?.as_str()?.parse().ok()?;
            let data = STANDARD.decode(row.pointer("/account/data/0")?.as_str()?).ok()?;
            Some((address, T::read(&data)?))
        };
        rows.iter()
            .map(|row| read(row).ok_or_else(|| NodeError("it listed an account that cannot be read".into())))
            .collect()
    }

    /// Lamports that keep an account of so many bytes.
    ///
    /// # Errors
    /// [`NodeError`].
    pub async fn rent(&self, bytes: usize) -> Result<u64, NodeError> {
        self.client().get_minimum_balance_for_rent_exemption(bytes).await.map_err(failed)
    }

    /// Genesis hash of the cluster.
    ///
    /// # Errors
    /// [`NodeError`].
    pub async fn genesis_hash(&self) -> Result<Hash, NodeError> {
        self.client().get_genesis_hash().await.map_err(failed)
    }

    /// What would happen; nothing is signed and nothing sent. `instructions` are without compute budget,
    /// which is put in front as [`crate::sender::Sender`] does.
    ///
    /// # Errors
    /// [`NodeError`], also if the instructions do not fit a transaction.
    pub async fn simulate(
        &self,
        payer: &Address,
        instructions: &[Instruction],
        estimate: &Estimate,
        tables: &[AddressLookupTableAccount],
    ) -> Result<Simulation, NodeError> {
        let all: Vec<_> = estimate.instructions().into_iter().chain(instructions.iter().cloned()).collect();
        let message = v0::Message::try_compile(payer, &all, tables, Hash::default())
            .map_err(|error| NodeError(error.to_string()))?;
        self.simulation_of(&unsigned(VersionedMessage::V0(message)), true, &[]).await
    }

    /// What would happen to a transaction as it is, its blockhash included, and what would become of these
    /// accounts, which must not be more than the transaction names; signatures are not checked.
    ///
    /// # Errors
    /// [`NodeError`].
    pub async fn simulate_as_is(
        &self,
        transaction: &VersionedTransaction,
        accounts: &[Address],
    ) -> Result<Simulation, NodeError> {
        self.simulation_of(transaction, false, accounts).await
    }

    async fn simulation_of(
        &self,
        transaction: &VersionedTransaction,
        replace_recent_blockhash: bool,
        accounts: &[Address],
    ) -> Result<Simulation, NodeError> {
        let addresses: Vec<_> = accounts.iter().map(Address::to_string).collect();
        let encoding = Some(UiAccountEncoding::Base64);
        let config = RpcSimulateTransactionConfig {
            sig_verify: false,
            replace_recent_blockhash,
            commitment: Some(self.commitment()),
            accounts: (!addresses.is_empty())
                .then_some(RpcSimulateTransactionAccountsConfig { encoding, addresses }),
            ..RpcSimulateTransactionConfig::default()
        };
        let answer = self.client().simulate_transaction_with_config(transaction, config).await;
        let answer = answer.map_err(failed)?;
        let (slot, result) = (answer.context.slot, answer.value);
        let after = result.accounts.unwrap_or_default().into_iter().map(|account| {
            // An account without lamports is none.
            let account = account?.to_account().filter(|account| account.lamports > 0)?;
            Some(Account { owner: account.owner, lamports: account.lamports, data: account.data })
        });
        Ok(Simulation {
            error: result.err.map(TransactionError::from),
            units: result.units_consumed,
            logs: result.logs.unwrap_or_default(),
            slot,
            accounts: after.collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use settlement_interface::accounts::Consumer;

    #[test]
    fn an_account_is_only_what_its_owner_and_its_first_bytes_say() {
        let data = [Consumer::DISCRIMINATOR.as_slice(), &[0; size_of::<Consumer>()]].concat();
        let mut account = Account { owner: ID, lamports: 1, data };
        assert!(account.layout::<Consumer>().is_some());
        assert!(account.layout::<Price>().is_none());
        account.owner = Address::default();
        assert!(account.layout::<Consumer>().is_none());
    }

    #[test]
    fn the_clock_is_read_or_is_none() {
        let mut data = vec![0; 40];
        data[0] = 5;
        data[32] = 7;
        assert_eq!(clock(&data), Some((5, 7)));
        assert_eq!(clock(&data[..39]), None);
        let hashes = [2u64.to_le_bytes(), 7u64.to_le_bytes()].concat();
        assert_eq!((newest_slot(&hashes), newest_slot(&hashes[..15])), (Some(7), None));
    }

    #[test]
    fn a_purse_is_the_wallets_own_or_the_reason_why_it_is_none_is_told() {
        let key = |byte: u8| Address::new_from_array([byte; 32]);
        let (wallet, mint, program) = (key(1), key(2), pda::TOKEN_PROGRAM);
        let address = pda::associated_token_of(&wallet, &mint, &program);
        let account = |mint: u8, owner: u8, state: u8| {
            let data = [vec![mint; 32], vec![owner; 32], vec![7, 0, 0, 0, 0, 0, 0, 0], vec![0; 93]].concat();
            let mut account = Account { owner: program, lamports: 1, data };
            account.data[108] = state;
            account
        };
        let judge = |account: &Account| purse(Some(account), &wallet, &mint, &program);
        let held = TokenAccount { mint, owner: wallet, amount: 7, frozen: false };
        assert_eq!(judge(&account(2, 1, 1)), Ok(Some(held)));
        assert_eq!(purse(None, &wallet, &mint, &program), Ok(None));
        let lamports = Account { owner: pda::SYSTEM_PROGRAM, lamports: 1, data: vec![] };
        assert_eq!(judge(&lamports), Ok(None), "lamports make no token account");
        let none = Err(Unusable::NoTokenAccount { address, wallet, mint });
        let other = pda::TOKEN_2022_PROGRAM;
        let strange = [
            account(3, 1, 1),
            account(2, 1, 0),
            Account { owner: other, ..account(2, 1, 1) },
            Account { data: vec![0; 3], ..account(2, 1, 1) },
        ];
        strange.iter().for_each(|account| assert_eq!(judge(account), none));
        assert_eq!(judge(&account(2, 9, 1)), Err(Unusable::GivenAway { address, wallet, owner: key(9) }));
        let frozen = judge(&account(2, 1, 2)).unwrap_err();
        assert_eq!(frozen.to_string(), format!("the token account {address} of {wallet} is frozen"));
    }

    #[test]
    fn a_feed_of_another_owner_is_missing() {
        let (config, price): (Config, Price) = (bytemuck::Zeroable::zeroed(), bytemuck::Zeroable::zeroed());
        let feed = Account { owner: ID, lamports: 1, data: vec![] };
        assert_eq!(quote(Some(&feed), &config, &config.parameters.limits(), &price, 0), Err(Halt::Missing));
        assert_eq!(quote(None, &config, &config.parameters.limits(), &price, 0), Err(Halt::Missing));
    }
}
