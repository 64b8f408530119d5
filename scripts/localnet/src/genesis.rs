//! From an empty network to a running one: program, compute token, feed, `initialize`.

use crate::chain::Chain;
use crate::cheats;
use crate::failure::{Context, Result};
use crate::feed::{FEED_ID, Feed, SHARD};
use crate::spl::{self, Mint};
use crate::units::{DAY, DECIMALS, HOUR, MINUTE, STABLE_DECIMALS, tokens};
use settlement_interface::instructions::{Network as Addresses, StableNetwork};
use settlement_interface::parameters::{Genesis, Parameters};
use settlement_interface::{Address, ID, pda};
use solana_keypair::Keypair;
use solana_signer::Signer;
use std::path::Path;

/// Whole tokens that exist before the network starts.
pub const GENESIS_TOKENS: u64 = 1_000_000_000;
/// Lamports that every wallet of the market starts with.
pub const LAMPORTS: u64 = 100_000_000_000;

/// Who runs the network.
pub struct Officers {
    /// Deployed the program, and hands its office over.
    pub admin: Keypair,
    /// May pause.
    pub guardian: Keypair,
    /// Holds what was not distributed.
    pub treasury: Keypair,
    /// Issues the stablecoin.
    pub issuer: Keypair,
    /// Anyone at all: marks, converts, advances, withdraws for others.
    pub stranger: Keypair,
}

impl Officers {
    /// Keys made now.
    pub fn new() -> Self {
        Self {
            admin: Keypair::new(),
            guardian: Keypair::new(),
            treasury: Keypair::new(),
            issuer: Keypair::new(),
            stranger: Keypair::new(),
        }
    }
}

impl Default for Officers {
    fn default() -> Self {
        Self::new()
    }
}

/// The shortest times that the program's bounds allow, so that a market can be played in minutes.
pub fn parameters() -> Parameters {
    Parameters {
        grace: 10 * MINUTE,
        receipt_grace: HOUR,
        min_lead: 5 * MINUTE,
        case_window: HOUR,
        accept_window: HOUR,
        dispute_window: HOUR,
        timelock: HOUR,
        unbonding: DAY,
        halt_max: DAY,
        epoch_len: 6 * HOUR,
        ..Parameters::DEFAULT
    }
}

/// The same for a market whose time is the machine's: nothing waits that need not, and epochs end within it.
pub fn hasty() -> Parameters {
    Parameters { min_lead: 0, epoch_len: 15 * MINUTE, ..parameters() }
}

/// Reads the compiled program.
pub fn load_program(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).context(format!(
        "cannot read the compiled program at {} (scripts/build-program makes it)",
        path.display()
    ))
}

/// Writes the program to the embedded network, upgradeable by its admin.
pub fn deploy(chain: &Chain, officers: &Officers, program: &[u8]) -> Result<()> {
    cheats::deploy(chain.rpc(), &ID, program, &officers.admin.pubkey())
}

/// Makes the mint with its whole genesis supply in the treasury, hands the mint's authority to the program,
/// and makes the stablecoin under a token program.
pub fn make_tokens(chain: &Chain, officers: &Officers, stable_program: &Address) -> Result<StableNetwork> {
    let Officers { admin, guardian, treasury, issuer, stranger } = officers;
    for wallet in [admin, guardian, treasury, issuer, stranger] {
        chain.give_lamports(&wallet.pubkey(), LAMPORTS)?;
    }
    let mint = Keypair::new();
    let (authority, mint_address) = (admin.pubkey(), mint.pubkey());
    let token = Mint { address: mint_address, program: pda::TOKEN_PROGRAM };
    let [create, initialize] = spl::create_mint(&authority, &token, DECIMALS);
    let home = pda::associated_token(&treasury.pubkey(), &mint_address);
    let supply = tokens(GENESIS_TOKENS);
    chain
        .send(
            &[admin, &mint],
            &[
                create,
                initialize,
                spl::open_account(&authority, &treasury.pubkey(), &token),
                spl::mint_to(&token, &home, &authority, supply),
                spl::hand_over_mint(&mint_address, &authority, &pda::config()),
            ],
        )
        .context("cannot make the compute token")?;
    let coin = Keypair::new();
    let stable = Mint { address: coin.pubkey(), program: *stable_program };
    let made = spl::create_mint(&issuer.pubkey(), &stable, STABLE_DECIMALS);
    chain.send(&[issuer, &coin], &made).context("cannot make the stablecoin")?;
    let network = Addresses { mint: mint_address, feed: Feed::address() };
    Ok(StableNetwork { network, mint: stable.address, token_program: stable.program })
}

/// Initialises the network with the token rail; the other one opens later.
pub fn initialize(
    chain: &Chain,
    officers: &Officers,
    addresses: &Addresses,
    parameters: Parameters,
) -> Result<()> {
    let genesis = Genesis {
        parameters,
        guardian: officers.guardian.pubkey(),
        treasury: officers.treasury.pubkey(),
        cluster: chain.genesis_hash()?,
        feed_id: FEED_ID,
        feed_shard: SHARD,
    };
    let admin = officers.admin.pubkey();
    chain
        .send(&[&officers.admin], &[addresses.initialize(&admin, &admin, &genesis)])
        .context("cannot initialise the network")?;
    Ok(())
}

/// Gives a wallet lamports, and tokens out of the treasury.
pub fn endow(
    chain: &Chain,
    officers: &Officers,
    addresses: &Addresses,
    wallet: &Address,
    whole_tokens: u64,
) -> Result<()> {
    chain.give_lamports(wallet, LAMPORTS)?;
    let treasury = officers.treasury.pubkey();
    let token = Mint { address: addresses.mint, program: pda::TOKEN_PROGRAM };
    let (from, to) =
        (pda::associated_token(&treasury, &addresses.mint), pda::associated_token(wallet, &addresses.mint));
    chain
        .send(
            &[&officers.treasury],
            &[
                spl::open_account(&treasury, wallet, &token),
                spl::transfer(&from, &to, &treasury, tokens(whole_tokens)),
            ],
        )
        .context(format!("cannot endow {wallet}"))?;
    Ok(())
}
