//! Every seed, once. Seeds of one kind have a fixed length, so that two entities never run together.

use crate::Address;

/// Seed of `Config`, which is also the mint authority and the stake vault's owner.
pub const CONFIG: &[u8] = b"config";
/// Seed of the `Price` singleton.
pub const PRICE: &[u8] = b"price";
/// Seed of the `Totals` singleton.
pub const TOTALS: &[u8] = b"totals";
/// Seed of the one vault that holds all stake.
pub const STAKE_VAULT: &[u8] = b"stake_vault";
/// Seed of the `Buyback` singleton.
pub const BUYBACK: &[u8] = b"buyback";
/// Seed of the vault that buybacks sell from, owned by `Config`.
pub const BUYBACK_VAULT: &[u8] = b"buyback_vault";
/// Seed prefix of a `Consumer`: then its wallet.
pub const CONSUMER: &[u8] = b"consumer";
/// Seed prefix of a `Provider`: then its authority.
pub const PROVIDER: &[u8] = b"provider";
/// Seed prefix of a `Meter`: then its key.
pub const METER: &[u8] = b"meter";
/// Seed prefix of an `Arbiter`: then its wallet.
pub const ARBITER: &[u8] = b"arbiter";
/// Seed prefix of a `Job`: then the consumer's wallet and the nonce (u64, little-endian).
pub const JOB: &[u8] = b"job";
/// Seed prefix of a `Bid`: then the job and the provider.
pub const BID: &[u8] = b"bid";
/// Seed prefix of a job's vault: then the job.
pub const VAULT: &[u8] = b"vault";
/// Seed prefix of a `Case`: then the job and the index (u64, little-endian).
pub const CASE: &[u8] = b"case";
/// Seed prefix of an `Epoch`: then its index (u64, little-endian).
pub const EPOCH: &[u8] = b"epoch";
/// Seed prefix of a `Credit`: then the epoch's index (u64, little-endian) and the provider.
pub const CREDIT: &[u8] = b"credit";
/// Seed prefix of a `ConfigChange`: then its index (u64, little-endian).
pub const CHANGE: &[u8] = b"change";
/// Seed prefix of a `Dispute`: then the job and the number among its cases (u64, little-endian).
pub const DISPUTE: &[u8] = b"dispute";
/// Seed of the address that signs self-CPI events; Anchor's.
pub const EVENT_AUTHORITY: &[u8] = b"__event_authority";

/// SPL Token.
pub const TOKEN_PROGRAM: Address = Address::from_str_const("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA");
/// SPL Token-2022.
pub const TOKEN_2022_PROGRAM: Address =
    Address::from_str_const("TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb");
/// SPL Associated Token Account.
pub const ASSOCIATED_TOKEN_PROGRAM: Address =
    Address::from_str_const("ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL");

/// The loader of upgradeable programs.
pub const UPGRADEABLE_LOADER: Address =
    Address::from_str_const("BPFLoaderUpgradeab1e11111111111111111111111");
/// The system program.
pub const SYSTEM_PROGRAM: Address = Address::new_from_array([0; 32]);
/// The sysvar of a transaction's instructions.
pub const INSTRUCTIONS_SYSVAR: Address =
    Address::from_str_const("Sysvar1nstructions1111111111111111111111111");

#[cfg(feature = "std")]
mod derive {
    use super::*;
    use crate::ID;
    use std::sync::LazyLock;

    fn find(seeds: &[&[u8]]) -> Address {
        Address::find_program_address(seeds, &ID).0
    }

    macro_rules! singletons {
        ($($(#[$meta:meta])* $name:ident = $seed:expr;)*) => {$(
            $(#[$meta])*
            pub fn $name() -> Address {
                static ADDRESS: LazyLock<Address> = LazyLock::new(|| find(&[$seed]));
                *ADDRESS
            }
        )*};
    }
    singletons! {
        /// The `Config` account.
        config = CONFIG;
        /// The `Price` account.
        price = PRICE;
        /// The `Totals` account.
        totals = TOTALS;
        /// The stake vault, a token account owned by `Config`.
        stake_vault = STAKE_VAULT;
        /// The `Buyback` account.
        buyback = BUYBACK;
        /// The vault that buybacks sell from, a token account owned by `Config`.
        buyback_vault = BUYBACK_VAULT;
        /// The signer of self-CPI events.
        event_authority = EVENT_AUTHORITY;
    }

    /// The `Consumer` of a wallet.
    pub fn consumer(wallet: &Address) -> Address {
        find(&[CONSUMER, wallet.as_ref()])
    }
    /// The `Provider` of an authority.
    pub fn provider(authority: &Address) -> Address {
        find(&[PROVIDER, authority.as_ref()])
    }
    /// The `Meter` of a key.
    pub fn meter(key: &Address) -> Address {
        find(&[METER, key.as_ref()])
    }
    /// The `Arbiter` of a wallet.
    pub fn arbiter(wallet: &Address) -> Address {
        find(&[ARBITER, wallet.as_ref()])
    }
    /// The `Job` of a consumer's wallet and nonce.
    pub fn job(consumer_wallet: &Address, nonce: u64) -> Address {
        find(&[JOB, consumer_wallet.as_ref(), &nonce.to_le_bytes()])
    }
    /// The `Bid` of a provider for a job.
    pub fn bid(job: &Address, provider: &Address) -> Address {
        find(&[BID, job.as_ref(), provider.as_ref()])
    }
    /// The vault of a job, a token account owned by the job.
    pub fn vault(job: &Address) -> Address {
        find(&[VAULT, job.as_ref()])
    }
    /// The `Case` of a job and index.
    pub fn case(job: &Address, index: u64) -> Address {
        find(&[CASE, job.as_ref(), &index.to_le_bytes()])
    }
    /// The `Dispute` of a job by its number among the job's disputes.
    pub fn dispute(job: &Address, index: u64) -> Address {
        find(&[DISPUTE, job.as_ref(), &index.to_le_bytes()])
    }
    /// The `Epoch` of an index.
    pub fn epoch(index: u64) -> Address {
        find(&[EPOCH, &index.to_le_bytes()])
    }
    /// The `Credit` of a provider in an epoch.
    pub fn credit(index: u64, provider: &Address) -> Address {
        find(&[CREDIT, &index.to_le_bytes(), provider.as_ref()])
    }
    /// The `ConfigChange` of an index.
    pub fn change(index: u64) -> Address {
        find(&[CHANGE, &index.to_le_bytes()])
    }
    /// The associated token account of a wallet (SPL Token).
    pub fn associated_token(wallet: &Address, mint: &Address) -> Address {
        associated_token_of(wallet, mint, &TOKEN_PROGRAM)
    }
    /// The associated token account of a wallet under a token program.
    pub fn associated_token_of(wallet: &Address, mint: &Address, token_program: &Address) -> Address {
        let seeds: [&[u8]; 3] = [wallet.as_ref(), token_program.as_ref(), mint.as_ref()];
        Address::find_program_address(&seeds, &ASSOCIATED_TOKEN_PROGRAM).0
    }
    /// The program's data account under the upgradeable loader, which names its upgrade authority.
    pub fn program_data() -> Address {
        Address::find_program_address(&[ID.as_ref()], &UPGRADEABLE_LOADER).0
    }
}
#[cfg(feature = "std")]
pub use derive::*;
