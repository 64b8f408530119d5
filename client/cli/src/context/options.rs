//! Options that every command has; as far as Solana's own tools have them, they mean the same.

use crate::failure::{Failure, Result};
use std::path::PathBuf;

/// Options of every command.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Options {
    /// Solana configuration file [default: ~/.config/solana/cli/config.yml]
    #[arg(short = 'C', long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// URL of a JSON-RPC node, or l, m, d, t (localhost, mainnet-beta, devnet, testnet) [default: as configured]
    #[arg(short, long, global = true, value_name = "URL")]
    pub url: Option<String>,
    /// Key file of who acts, as solana-keygen writes it [default: as configured]
    #[arg(short, long, global = true, value_name = "FILE")]
    pub keypair: Option<String>,
    /// How settled what is read, and what was sent, must be: processed, confirmed or finalized [default: as configured]
    #[arg(long, global = true, value_name = "LEVEL")]
    pub commitment: Option<String>,
    /// Key file of who pays fees and rent [default: who acts]
    #[arg(long, global = true, value_name = "FILE")]
    pub fee_payer: Option<String>,
    /// Price of a compute unit, millionths of a lamport [default: what recent blocks took, at most 100000]
    #[arg(long, global = true, value_name = "PRICE")]
    pub compute_unit_price: Option<u64>,
    /// Sign without asking
    #[arg(short, long, global = true)]
    pub yes: bool,
    /// Stop after the simulation: nothing is signed
    #[arg(long, global = true)]
    pub dry_run: bool,
    /// One JSON document on standard output; what is for people goes to standard error
    #[arg(long, global = true)]
    pub json: bool,
    /// Folder that remembers what was sent [default: tally in the user's state folder]
    #[arg(long, global = true, value_name = "FOLDER")]
    pub state: Option<PathBuf>,
}

impl Options {
    /// The folder that remembers what was sent.
    pub fn state_folder(&self) -> Result<PathBuf> {
        if let Some(folder) = &self.state {
            return Ok(folder.clone());
        }
        let set = std::env::var_os("XDG_STATE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
        let folder = set.or_else(|| Some(std::env::home_dir()?.join(".local").join("state")));
        let folder = folder.ok_or_else(|| {
            Failure::Usage(
                "there is no home folder to remember in what was sent; name one with --state".into(),
            )
        })?;
        Ok(folder.join("tally"))
    }
}
