//! Where everything is: `network.json` for programs, `network.env` for shells, and the keypair of a
//! wallet with tokens for whoever wants to try the network. Keys are made at run time and worth nothing.

use crate::chain::Chain;
use crate::failure::{Context, Result};
use crate::feed::{FEED_ID, SHARD};
use crate::genesis;
use crate::units::{DECIMALS, DOLLAR};
use crate::world::World;
use serde_json::{Value, json};
use settlement_interface::{Address, ID, pda};
use solana_keypair::Keypair;
use solana_signer::Signer;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Whole tokens that the guest starts with.
const GUEST_TOKENS: u64 = 10_000;

/// Whole dollars of the stablecoin that it starts with.
const GUEST_DOLLARS: u64 = 1_000;

/// A wallet for visitors.
pub struct Guest {
    keypair: Keypair,
    file: PathBuf,
}

impl Guest {
    /// Makes and endows it, and writes its keypair as `guest.json`.
    pub fn invite(world: &World, folder: &Path) -> Result<Self> {
        let keypair = Keypair::new();
        let World { chain, officers, addresses, .. } = world;
        genesis::endow(chain, officers, addresses, &keypair.pubkey(), GUEST_TOKENS)?;
        world.hand_out_dollars(&keypair.pubkey(), DOLLAR.saturating_mul(GUEST_DOLLARS))?;
        let file = folder.join("guest.json");
        let bytes =
            serde_json::to_string(&keypair.to_bytes().as_slice()).context("cannot write a keypair")?;
        write(&file, &bytes, true)?;
        Ok(Self { keypair, file })
    }
}

/// Writes both files. `phase` is `playing` or `played`.
pub fn publish(world: &World, guest: &Guest, folder: &Path, phase: &str) -> Result<()> {
    let entries = entries(world, guest, phase)?;
    let json = Value::Object(entries.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect());
    let json = serde_json::to_string_pretty(&json).context("cannot write network.json")?;
    write(&folder.join("network.json"), &format!("{json}\n"), false)?;
    let lines = entries.iter().filter_map(|(key, value)| {
        let value = match value {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            _ => return None,
        };
        Some(format!("{}='{}'\n", key.to_uppercase(), value.replace('\'', "'\\''")))
    });
    write(&folder.join("network.env"), &lines.collect::<String>(), false)
}

fn entries(world: &World, guest: &Guest, phase: &str) -> Result<Vec<(&'static str, Value)>> {
    let network = world.network();
    let treasury = world.officers.treasury.pubkey();
    let address = |address: Address| json!(address.to_string());
    let providers: Vec<Value> = world.providers.iter().map(|provider| {
        let authority = provider.authority.pubkey().to_string();
        json!({ "name": provider.name, "authority": authority, "provider": provider.address().to_string() })
    }).collect();
    let consumers: Vec<Value> = world
        .consumers
        .iter()
        .map(|consumer| json!({ "name": consumer.name, "wallet": consumer.wallet.pubkey().to_string() }))
        .collect();
    Ok(vec![
        ("phase", json!(phase)),
        ("pid", json!(std::process::id())),
        ("rpc_url", json!(network.rpc_url())),
        ("ws_url", json!(network.ws_url())),
        ("start_slot", json!(network.start_slot())),
        ("genesis_hash", address(Address::new_from_array(genesis_hash(&world.chain)?))),
        ("program", address(ID)),
        ("config", address(pda::config())),
        ("price", address(pda::price())),
        ("stake_vault", address(pda::stake_vault())),
        ("mint", address(world.addresses.mint)),
        ("decimals", json!(DECIMALS)),
        ("stable_mint", address(world.rail.mint)),
        ("stable_program", address(world.rail.token_program)),
        ("buyback_vault", address(pda::buyback_vault())),
        ("feed", address(world.addresses.feed)),
        ("feed_id", json!(String::from_utf8_lossy(&FEED_ID).trim_end())),
        ("feed_shard", json!(SHARD)),
        ("admin", address(world.officers.admin.pubkey())),
        ("treasury", address(treasury)),
        ("treasury_tokens", address(pda::associated_token(&treasury, &world.addresses.mint))),
        ("guest", address(guest.keypair.pubkey())),
        ("guest_keypair", json!(guest.file.display().to_string())),
        ("providers", Value::Array(providers)),
        ("consumers", Value::Array(consumers)),
    ])
}

fn genesis_hash(chain: &Chain) -> Result<[u8; 32]> {
    chain.genesis_hash()
}

/// Writes beside the file and renames, so that no reader sees half of it.
fn write(file: &Path, content: &str, secret: bool) -> Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    let beside = file.with_extension("new");
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(if secret { 0o600 } else { 0o644 });
    let written = options.open(&beside).and_then(|mut open: File| open.write_all(content.as_bytes()));
    written.and_then(|()| std::fs::rename(&beside, file)).context(format!("cannot write {}", file.display()))
}
