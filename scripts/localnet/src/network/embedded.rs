//! The embedded network: a Surfpool that runs in this process, offline, on loopback ports.
//!
//! Its SDK takes free ports only; fixed ones are set in the core's own configuration, which is why
//! this starts the core the way the SDK does.

use super::clock::{Origin, SLOT_MS, Time};
use super::{HOST, PATIENCE, Ports};
use crate::failure::{Context, Failure, Result};
use std::time::{Duration, Instant};
use surfpool_core::surfnet::locker::SurfnetSvmLocker;
use surfpool_core::surfnet::svm::{SurfnetSvm, SurfnetSvmConfig};
use surfpool_sdk::{BlockProductionMode, SimnetCommand, SimnetEvent};
use surfpool_types::channel::{Receiver, Sender, unbounded};
use surfpool_types::{RpcConfig, SimnetConfig, SurfpoolConfig};

/// A running network; it stops when dropped.
pub struct Embedded {
    ports: Ports,
    origin: Origin,
    commands: Sender<SimnetCommand>,
    stopped: Receiver<()>,
}

impl Embedded {
    /// Starts an empty network whose clock reads `start` (Unix seconds) and whose slots advance by the clock.
    pub fn start(ports: Ports, start: i64) -> Result<Self> {
        let config = SurfpoolConfig {
            simnets: vec![SimnetConfig {
                offline_mode: true,
                remote_rpc_url: None,
                slot_time: SLOT_MS,
                block_production_mode: BlockProductionMode::Clock,
                instruction_profiling_enabled: false,
                ..SimnetConfig::default()
            }],
            rpc: RpcConfig {
                bind_host: HOST.into(),
                bind_port: ports.rpc,
                ws_port: ports.ws,
                ..RpcConfig::default()
            },
            ..SurfpoolConfig::default()
        };
        let svm = SurfnetSvmConfig {
            slot_time: SLOT_MS,
            instruction_profiling_enabled: false,
            ..SurfnetSvmConfig::default()
        };
        let (mut svm, events, geyser) = SurfnetSvm::new(svm).context("cannot create the network")?;
        let origin = Origin::new(svm.get_latest_absolute_slot(), start)?;
        svm.updated_at = origin.milliseconds();
        svm.genesis_updated_at = origin.milliseconds();
        svm.reconstruct_sysvars();

        let (commands, received) = unbounded();
        let (locker, sender) = (SurfnetSvmLocker::new(svm), commands.clone());
        let (failed, failure) = unbounded();
        std::thread::Builder::new()
            .name("network".into())
            .spawn(move || {
                let run = surfpool_core::runloops::start_local_surfnet_runloop(
                    locker, config, sender, received, geyser,
                );
                if let Err(error) = hiro_system_kit::nestable_block_on(run) {
                    // Nobody listens once it has started.
                    let _ = failed.send(error.to_string());
                }
            })
            .context("cannot start the network's thread")?;
        wait_until_started(&events, &failure)?;
        let stopped = drain(events)?;
        Ok(Self { ports, origin, commands, stopped })
    }

    /// Where it listens.
    pub fn ports(&self) -> Ports {
        self.ports
    }

    /// Which slot its time counts from.
    pub fn origin(&self) -> Origin {
        self.origin
    }

    /// Comes closer to `moment` (Unix seconds) from `time`, by a jump if it is worth one. Returns whether it
    /// had come already.
    pub fn approach(&self, time: Time, moment: i64) -> Result<bool> {
        let target = self.origin.slot_at(moment);
        if time.slot >= target {
            return Ok(true);
        }
        // A jump confirms the slot that it leaves; one that lands next to it is not worth it.
        if target.saturating_sub(time.slot) > 5 {
            self.jump(target)?;
        } else {
            std::thread::sleep(Duration::from_millis(100));
        }
        Ok(false)
    }

    /// Jumps to a slot and the time that belongs to it. Slots between are skipped.
    fn jump(&self, slot: u64) -> Result<()> {
        let (confirmed, confirmation) = unbounded();
        let clock = self.origin.clock(slot);
        self.commands
            .send(SimnetCommand::UpdateInternalClockWithConfirmation(None, clock, confirmed))
            .context("the network has stopped")?;
        confirmation.recv_timeout(PATIENCE).context("the network did not travel in time")?;
        Ok(())
    }

    /// Stops it and waits until its ports are free.
    pub fn stop(self) -> Result<()> {
        self.commands.send(SimnetCommand::Terminate(None)).context("the network has stopped already")?;
        self.stopped.recv_timeout(PATIENCE).context("the network did not stop in time")
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        // It may have stopped already.
        let _ = self.commands.send(SimnetCommand::Terminate(None));
    }
}

fn wait_until_started(events: &Receiver<SimnetEvent>, failure: &Receiver<String>) -> Result<()> {
    let deadline = Instant::now().checked_add(PATIENCE).context("the clock is at its end")?;
    loop {
        if let Ok(cause) = failure.try_recv() {
            return Err(Failure::new(format!("the network did not start: {cause}")));
        }
        match events.recv_timeout(Duration::from_millis(50)) {
            Ok(SimnetEvent::CoreStarted(_)) => return Ok(()),
            Ok(SimnetEvent::Aborted(cause)) => {
                return Err(Failure::new(format!("the network did not start: {cause}")));
            }
            _ if Instant::now() > deadline => return Err(Failure::new("the network did not start in time")),
            _ => {}
        }
    }
}

/// Reads events until both servers have shut down, since a full channel would hold the network up.
fn drain(events: Receiver<SimnetEvent>) -> Result<Receiver<()>> {
    let (finished, receiver) = unbounded();
    std::thread::Builder::new()
        .name("network events".into())
        .spawn(move || {
            let mut servers = 2u8;
            for event in events {
                match event {
                    // A failed transaction is its sender's business.
                    SimnetEvent::ErrorLog(_, message) if !message.starts_with("Transaction") => {
                        eprintln!("network: {message}");
                    }
                    SimnetEvent::Shutdown => servers = servers.saturating_sub(1),
                    _ => {}
                }
                if servers == 0 {
                    break;
                }
            }
            let _ = finished.send(());
        })
        .context("cannot start the thread that reads the network's events")?;
    Ok(receiver)
}
