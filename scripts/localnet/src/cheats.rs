//! What only the embedded network allows: writing accounts past all programs.

use crate::failure::{Context, Result};
use serde_json::{Value, json};
use settlement_interface::Address;
use solana_rpc_client::rpc_client::RpcClient;
use solana_rpc_client_api::request::RpcRequest;

/// Replaces an account.
pub fn set_account(
    rpc: &RpcClient,
    address: &Address,
    owner: &Address,
    lamports: u64,
    data: &[u8],
) -> Result<()> {
    let update = json!({ "lamports": lamports, "owner": owner.to_string(), "data": hex(data) });
    call(rpc, "surfnet_setAccount", json!([address.to_string(), update]))
}

/// Gives a wallet so many lamports.
pub fn set_lamports(rpc: &RpcClient, wallet: &Address, lamports: u64) -> Result<()> {
    call(rpc, "surfnet_setAccount", json!([wallet.to_string(), { "lamports": lamports }]))
}

/// Deploys a program under the upgradeable loader, with its data account and upgrade authority.
pub fn deploy(rpc: &RpcClient, program: &Address, code: &[u8], authority: &Address) -> Result<()> {
    let arguments = json!([program.to_string(), hex(code), 0, authority.to_string()]);
    call(rpc, "surfnet_writeProgram", arguments)
}

fn call(rpc: &RpcClient, method: &'static str, arguments: Value) -> Result<()> {
    rpc.send::<Value>(RpcRequest::Custom { method }, arguments).context(format!("{method} failed"))?;
    Ok(())
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len().saturating_mul(2)), |mut out, byte| {
        // Writing to a String cannot fail.
        let _ = write!(out, "{byte:02x}");
        out
    })
}
