//! Starts the local network, or compares the API with a chain. See `--help`.

mod cli;

use clap::Parser;
use cli::{Cli, Command, Compare, Run};
use localnet::acts::Act;
use localnet::failure::{Context, Failure, Result};
use localnet::manifest::{self, Guest};
use localnet::network::Ports;
use localnet::units::HOUR;
use localnet::world::World;
use localnet::{acts, genesis, market, watch};
use settlement_interface::ID;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let outcome = match cli.command {
        Some(Command::Compare(options)) => compare(&options),
        Some(Command::Watch(options)) => {
            watch::watch(&options.api, options.until_played.as_deref(), Duration::from_millis(options.every))
        }
        None => run(&cli.run),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("localnet: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn compare(options: &Compare) -> Result<()> {
    let patience = Duration::from_secs(options.wait);
    let comparison = localnet::compare::compare(&options.api, &options.rpc, patience)?;
    localnet::compare::print(&comparison);
    if let Some(file) = &options.report {
        localnet::compare::write(&comparison, file)?;
    }
    if comparison.book.is_equal() { Ok(()) } else { Err(Failure::new("API and chain differ")) }
}

fn run(options: &Run) -> Result<()> {
    let stop = listen_for_signals()?;
    std::fs::create_dir_all(&options.folder)
        .context(format!("cannot create {}", options.folder.display()))?;
    let (mut world, acts) = found(options)?;
    let guest = Guest::invite(&world, &options.folder)?;
    manifest::publish(&world, &guest, &options.folder, "playing")?;
    println!("network   {}  (subscriptions {})", world.network().rpc_url(), world.network().ws_url());
    println!("program   {ID}");
    println!("mint      {}", world.addresses.mint);
    println!("feed      {}", world.addresses.feed);
    println!("folder    {}", options.folder.display());

    if !options.empty {
        market::play(&mut world, acts, Duration::from_millis(options.pace), &mut |line| println!("{line}"))?;
    }
    manifest::publish(&world, &guest, &options.folder, "played")?;
    if options.hold {
        println!("the market is over; the network goes on until Ctrl-C");
        stop.store(false, Ordering::Relaxed);
        market::hold(&mut world, &stop)?;
    }
    Ok(())
}

/// The network that was asked for, and what is played on it.
fn found(options: &Run) -> Result<(World, &'static [Act])> {
    if let Some(executable) = &options.validator {
        let programs = [options.program.as_path(), options.receiver.as_path()];
        let world = World::validate(executable, &options.folder, options.rpc_port, options.seed, programs)?;
        return Ok((world, acts::REAL_TIME));
    }
    let program = genesis::load_program(&options.program)?;
    let ports = Ports::choose(options.rpc_port, options.ws_port)?;
    let wall = market::wall_clock()?;
    let (span, parameters, acts) = if options.short {
        (2 * HOUR, genesis::hasty(), acts::REAL_TIME)
    } else {
        (market::SPAN, genesis::parameters(), acts::ACTS)
    };
    let start = if options.empty { wall } else { wall.saturating_sub(span) };
    Ok((World::found(ports, start, options.seed, &program, parameters)?, acts))
}

/// A flag that a signal sets; one that comes while it is set ends the process at once. It is set from
/// the start, because a market that was interrupted has nothing worth an orderly end.
fn listen_for_signals() -> Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(true));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        let code = signal.saturating_add(128);
        signal_hook::flag::register_conditional_shutdown(signal, code, Arc::clone(&stop))
            .context("cannot listen for signals")?;
        signal_hook::flag::register(signal, Arc::clone(&stop)).context("cannot listen for signals")?;
    }
    Ok(stop)
}
