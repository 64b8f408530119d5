//! Ports on loopback.

use crate::failure::{Context, Result};
use std::net::{Ipv4Addr, TcpListener};

/// Where the network listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ports {
    /// JSON-RPC.
    pub rpc: u16,
    /// Subscriptions over WebSocket.
    pub ws: u16,
}

impl Ports {
    /// The given ports; a free one for each that is 0.
    pub fn choose(rpc: u16, ws: u16) -> Result<Self> {
        // Both are held until both are known, so that they differ.
        let (rpc, ws) = (hold(rpc)?, hold(ws)?);
        Ok(Self { rpc: port(&rpc)?, ws: port(&ws)? })
    }
}

fn hold(port: u16) -> Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).context(format!("port {port} cannot be used"))
}

fn port(listener: &TcpListener) -> Result<u16> {
    Ok(listener.local_addr().context("a listener has no address")?.port())
}
