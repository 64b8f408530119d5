//! A real validator: `solana-test-validator`, a whole cluster of one in a process of its own, with an empty
//! ledger. It cannot be told what accounts hold once it runs, nor what time it is; it starts with what
//! [`Loaded`] names.

use super::clock::Time;
use super::{HOST, PATIENCE, Ports};
use crate::failure::{Context, Failure, Result};
use base64::Engine;
use serde_json::json;
use settlement_interface::oracle::PYTH_RECEIVER;
use settlement_interface::{Address, ID};
use solana_rpc_client::rpc_client::RpcClient;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long waiting for a moment rests between two looks at the clock.
const REST: Duration = Duration::from_millis(200);
/// Shreds of its ledger that it keeps: days of them, so that its history begins with its first slot.
const SHREDS: &str = "100000000";

/// What is there from its first slot.
pub struct Loaded<'a> {
    /// The compiled settlement program.
    pub program: &'a Path,
    /// Who may upgrade it, and so initialise the network.
    pub admin: Address,
    /// The compiled program that stands in for the oracle's.
    pub receiver: &'a Path,
    /// The feed's address, lamports and data.
    pub feed: (Address, u64, Vec<u8>),
    /// The wallet that holds all lamports.
    pub bank: Address,
}

/// A running validator; it is killed when dropped.
pub struct Validator {
    process: Child,
    ports: Ports,
}

impl Validator {
    /// Starts `executable` with its ledger and what it prints in `folder`, and waits until it makes slots.
    /// Subscriptions are at the port after the one of JSON-RPC.
    pub fn start(executable: &Path, folder: &Path, rpc_port: u16, loaded: &Loaded<'_>) -> Result<Self> {
        let ports = Ports::adjacent(rpc_port)?;
        let others = Ports::choose(0, 0)?;
        let feed = write_account(folder, loaded)?;
        let said = |name: &str| {
            File::create(folder.join(name)).context(format!("cannot create {name} in {}", folder.display()))
        };
        let id = ID.to_string();
        let receiver = PYTH_RECEIVER.to_string();
        let process = Command::new(executable)
            .arg("--ledger")
            .arg(folder.join("ledger"))
            .args(["--reset", "--quiet", "--bind-address", HOST, "--limit-ledger-size", SHREDS])
            .args(["--rpc-port", &ports.rpc.to_string(), "--faucet-port", &others.rpc.to_string()])
            .args(["--gossip-port", &others.ws.to_string(), "--mint", &loaded.bank.to_string()])
            .args(["--upgradeable-program", &id])
            .arg(loaded.program)
            .arg(loaded.admin.to_string())
            .args(["--bpf-program", &receiver])
            .arg(loaded.receiver)
            .args(["--account", &loaded.feed.0.to_string()])
            .arg(feed)
            .stdin(Stdio::null())
            .stdout(said("validator.out")?)
            .stderr(said("validator.err")?)
            .spawn()
            .context(format!("cannot start {}", executable.display()))?;
        let mut validator = Self { process, ports };
        validator.wait_for_slots(folder)?;
        Ok(validator)
    }

    /// Where it listens.
    pub fn ports(&self) -> Ports {
        self.ports
    }

    /// Waits a little, unless `moment` (Unix seconds) has come at `time`.
    pub fn approach(&self, time: Time, moment: i64) -> Result<bool> {
        if time.now >= moment {
            return Ok(true);
        }
        std::thread::sleep(REST);
        Ok(false)
    }

    fn wait_for_slots(&mut self, folder: &Path) -> Result<()> {
        let rpc = RpcClient::new(format!("http://{HOST}:{}", self.ports.rpc));
        let deadline = Instant::now().checked_add(PATIENCE).context("the clock is at its end")?;
        // A first finalized slot says that votes come through, too.
        while !rpc.get_slot().is_ok_and(|slot| slot > 0) {
            if let Some(status) = self.process.try_wait().context("cannot look after the validator")? {
                let told =
                    format!("the validator ended with {status}; its words are in {}", folder.display());
                return Err(Failure::new(told));
            }
            if Instant::now() > deadline {
                return Err(Failure::new("the validator did not start in time"));
            }
            std::thread::sleep(REST);
        }
        Ok(())
    }
}

impl Drop for Validator {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The file that the validator reads the feed's account from.
fn write_account(folder: &Path, loaded: &Loaded<'_>) -> Result<PathBuf> {
    let (address, lamports, data) = &loaded.feed;
    let account = json!({
        "pubkey": address.to_string(),
        "account": {
            "lamports": lamports,
            "data": [base64::engine::general_purpose::STANDARD.encode(data), "base64"],
            "owner": PYTH_RECEIVER.to_string(),
            "executable": false,
            "rentEpoch": u64::MAX,
            "space": data.len(),
        },
    });
    let file = folder.join("feed.json");
    std::fs::write(&file, account.to_string()).context(format!("cannot write {}", file.display()))?;
    Ok(file)
}
