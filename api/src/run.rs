//! Starting and stopping the service.

use crate::cli::{Arguments, Command};
use crate::config::{LogFormat, Settings};
use crate::connections::Acceptor;
use crate::{db, openapi, router, state::App};
use axum::ServiceExt;
use axum::extract::Request;
use axum_server::Handle;
use std::io::IsTerminal;
use std::net::{SocketAddr, TcpListener};
use std::process::ExitCode;
use std::time::Duration;
use tokio::sync::watch;
use tracing_subscriber::EnvFilter;

/// Longest that the database's connections may take to end: there is nothing in them to lose.
const CLOSING: Duration = Duration::from_secs(2);

/// Longest that a connection may be open between two requests: more than proxies keep theirs, so that these end first.
const IDLE: Duration = Duration::from_secs(75);
/// Bytes of a request's line and headers.
const MOST_HEAD: usize = 32 * 1024;

type Error = Box<dyn std::error::Error + Send + Sync>;

/// Does what the command line says; what fails is one sentence on standard error.
pub fn main(arguments: Arguments) -> ExitCode {
    match execute(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("api: {error}");
            ExitCode::FAILURE
        }
    }
}

fn execute(arguments: &Arguments) -> Result<(), Error> {
    let command = arguments.command.unwrap_or(Command::Serve);
    if command == Command::Openapi {
        println!("{}", openapi::pretty()?);
        return Ok(());
    }
    let settings = Settings::load(arguments.config.as_deref(), std::env::vars())?;
    let filter = EnvFilter::try_new(&settings.log)
        .map_err(|error| format!("the setting log cannot be used as a filter: {error}"))?;
    db::options(&settings)?;
    db::replica_options(&settings)?;
    if command == Command::CheckConfig {
        println!("The settings are valid; it would listen on {}.", settings.listen);
        return Ok(());
    }
    log_to_stderr(&settings, filter)?;
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(serve(settings))
}

fn log_to_stderr(settings: &Settings, filter: EnvFilter) -> Result<(), Error> {
    let logger = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    match settings.log_format {
        LogFormat::Text => logger.try_init(),
        LogFormat::Json => logger.json().try_init(),
    }
}

async fn serve(settings: Settings) -> Result<(), Error> {
    let listener = TcpListener::bind(settings.listen).map_err(|error| {
        format!("cannot listen on {}: {error}; set listen to a free address", settings.listen)
    })?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let public_url = settings.public_url.clone().unwrap_or_else(|| format!("http://{address}"));
    if settings.cursor_secret.is_none() {
        tracing::info!("cursor_secret is not set: page cursors lose their validity when this process ends");
    }
    if settings.rpc_url.is_none() {
        tracing::info!("rpc_url is not set: /v1/actions builds no transactions");
    }
    let (grace, patience) = (settings.shutdown(), settings.head_timeout());
    let acceptor = Acceptor::new(settings.connections_each(), settings.write_timeout());
    let app = App::new(settings, public_url)?;
    let (database, live) = (app.database.clone(), app.live.clone());
    let front = router::build(app);
    tracing::info!(%address, "serving the page at http://{address}/ and the documentation at http://{address}/docs");

    let service = ServiceExt::<Request>::into_make_service_with_connect_info::<SocketAddr>(front);
    let (stopping, mut stopped) = watch::channel(());
    let handle = Handle::new();
    let mut server = axum_server::from_tcp(listener)?.handle(handle.clone()).acceptor(acceptor);
    server = server.http1_only().first_request_timeout(patience);
    server.http_builder().http1().header_read_timeout(IDLE).max_buf_size(MOST_HEAD);
    tokio::spawn(async move {
        stop_signal().await;
        tracing::info!("stopping: no new requests, open ones may finish");
        handle.graceful_shutdown(None);
        live.stop();
        drop(stopping);
    });
    tokio::select! {
        result = server.serve(service) => result?,
        () = async { let _ = stopped.changed().await; tokio::time::sleep(grace).await } => {
            tracing::warn!("open requests did not finish in time and were given up");
        }
    }
    if !database.close(CLOSING).await {
        tracing::warn!("the database's connections did not end in time and were given up");
    }
    tracing::info!("stopped");
    Ok(())
}

/// Waits for Ctrl-C or SIGTERM.
async fn stop_signal() {
    let interrupted = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminated = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminated = std::future::pending::<()>();
    tokio::select! {
        () = interrupted => {}
        () = terminated => {}
    }
}
