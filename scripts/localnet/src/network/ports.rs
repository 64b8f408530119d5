//! Ports on loopback.

use crate::failure::{Context, Failure, Result};
use std::net::{Ipv4Addr, TcpListener};

/// How often a pair of free ports is looked for.
const TRIES: usize = 50;

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

    /// The given port and the next one; a free pair if it is 0.
    pub fn adjacent(rpc: u16) -> Result<Self> {
        for _ in 0..TRIES {
            let first = hold(rpc)?;
            let next = port(&first)?.checked_add(1).context("there is no port after the last one")?;
            match hold(next) {
                Err(_) if rpc == 0 => {}
                second => return Ok(Self { rpc: port(&first)?, ws: port(&second?)? }),
            }
        }
        Err(Failure::new("no two ports in a row are free"))
    }
}

fn hold(port: u16) -> Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).context(format!("port {port} cannot be used"))
}

fn port(listener: &TcpListener) -> Result<u16> {
    Ok(listener.local_addr().context("a listener has no address")?.port())
}
