//! What every request shares.

use crate::actions::Chain;
use crate::config::Settings;
use crate::db::Database;
use crate::limits::Limits;
use crate::live::Live;
use crate::memory::Memory;
use crate::metrics::Metrics;
use crate::pagination::CursorKey;
use crate::seats::Seats;
use std::ops::Deref;
use std::sync::Arc;

/// Shared by all requests; cheap to clone.
#[derive(Clone, Debug)]
pub struct App(Arc<Shared>);

/// What they share.
#[derive(Debug)]
pub struct Shared {
    /// As loaded.
    pub settings: Settings,
    /// The figures, read only.
    pub database: Database,
    /// The RPC node; `None` if none is configured.
    pub chain: Option<Chain>,
    /// Signs cursors.
    pub cursors: CursorKey,
    /// Counters.
    pub metrics: Metrics,
    /// A place for each export that may run at once.
    pub exports: Seats,
    /// A place for each reader of a stream.
    pub listeners: Seats,
    /// How often each reader may ask.
    pub limits: Limits,
    /// Events as they become known.
    pub live: Live,
    /// Answers that were read a moment ago.
    pub memory: Memory,
    /// How readers reach this service, without a slash at its end.
    pub public_url: String,
}

impl Deref for App {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl App {
    /// Everything that the settings describe. Waits for nothing: the database is connected to when it
    /// is first needed, the RPC node asked for its cluster in the background. Must be called within a
    /// Tokio runtime.
    ///
    /// # Errors
    /// If the database URL cannot be parsed, or the system has no randomness for a cursor secret.
    pub fn new(
        settings: Settings,
        public_url: String,
    ) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let cursors = match &settings.cursor_secret {
            Some(secret) => CursorKey::new(secret.as_bytes()),
            None => {
                let mut secret = [0u8; 32];
                getrandom::fill(&mut secret)
                    .map_err(|error| format!("the system gives no random bytes: {error}"))?;
                CursorKey::new(&secret)
            }
        };
        let chain = settings.rpc_url.clone().map(|url| Chain::new(url, settings.rpc_timeout()));
        if let (Some(chain), None) = (&chain, &settings.blockchain_id) {
            chain.learn_blockchain_id();
        }
        let database = Database::new(&settings)?;
        let limits = Limits::new(&settings);
        limits.forget();
        let (bell, metrics) = (database.bell(), Metrics::new()?);
        Ok(Self(Arc::new(Shared {
            limits,
            live: Live::new(database.clone(), bell.clone(), cursors.clone()),
            memory: Memory::new(settings.answer_memory_bytes, bell, metrics.clone()),
            listeners: Seats::new(settings.stream_listeners, settings.stream_listeners_each),
            database,
            chain,
            cursors,
            metrics,
            exports: Seats::new(settings.export_connections, settings.export_connections_each),
            public_url,
            settings,
        })))
    }
}
