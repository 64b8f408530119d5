//! The source that the settings choose.

use super::file::FileSource;
use super::rpc::{Client, Options, RpcSource};
#[cfg(feature = "yellowstone")]
use super::yellowstone::{Patience, Server, YellowstoneSource};
use super::{Resume, Source, Until, Update};
use crate::Error;
use crate::metrics::Metrics;
use crate::settings::Settings;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Where blocks come from, known to be there.
#[derive(Debug)]
pub enum Origin {
    /// Nodes, and the genesis hash of their cluster.
    Rpc(Client, String),
    /// The same with a stream.
    #[cfg(feature = "yellowstone")]
    Yellowstone(Client, String, Box<Server>),
    /// A recording.
    File(Box<FileSource>),
}

impl Origin {
    /// What the settings name. Nodes are asked which cluster they are of, unless it is known from before. Fails soon if
    /// it cannot be read.
    pub async fn of(
        settings: &Settings,
        cluster: Option<String>,
        metrics: &Arc<Metrics>,
        stop: &CancellationToken,
    ) -> Result<Self, Error> {
        if let Some(path) = &settings.from_file {
            return Ok(Self::File(Box::new(FileSource::open(path, metrics.clone())?)));
        }
        if settings.yellowstone_url.is_some() && cfg!(not(feature = "yellowstone")) {
            return Err(Error::Setup(
                "`yellowstone_url` is set, and this indexer was built without the feature `yellowstone`."
                    .into(),
            ));
        }
        let client = Client::of(&settings.rpc_url, settings.manners(), metrics.clone(), stop.clone())?;
        let cluster = match cluster {
            Some(cluster) => {
                client.settle_cluster(&cluster);
                cluster
            }
            None => RpcSource::check(&client).await?,
        };
        #[cfg(feature = "yellowstone")]
        if let Some(url) = &settings.yellowstone_url {
            let server = Server::new(url, settings.yellowstone_token.as_deref())?;
            return Ok(Self::Yellowstone(client, cluster, Box::new(server)));
        }
        Ok(Self::Rpc(client, cluster))
    }

    /// Genesis hash of its cluster.
    pub fn cluster(&self) -> &str {
        match self {
            Self::Rpc(_, cluster) => cluster,
            #[cfg(feature = "yellowstone")]
            Self::Yellowstone(_, cluster, _) => cluster,
            Self::File(source) => source.cluster(),
        }
    }

    /// Nodes that accounts can be asked of, if it has some.
    pub fn client(&self) -> Option<Client> {
        match self {
            Self::Rpc(client, _) => Some(client.clone()),
            #[cfg(feature = "yellowstone")]
            Self::Yellowstone(client, ..) => Some(client.clone()),
            Self::File(_) => None,
        }
    }

    /// The source itself; nothing at or below `start_slot` is looked at.
    pub fn source(self, settings: &Settings, start_slot: u64, metrics: &Arc<Metrics>) -> Chosen {
        let nodes = |client: Client| {
            let options = Options {
                poll_interval: Duration::from_millis(settings.poll_interval_ms),
                page_size: settings.page_size,
                concurrency: settings.concurrency,
                start_slot,
            };
            RpcSource::new(client, options, metrics.clone())
        };
        match self {
            Self::Rpc(client, _) => Chosen::Rpc(nodes(client)),
            #[cfg(feature = "yellowstone")]
            Self::Yellowstone(client, _, server) => {
                let patience = Patience {
                    audit: Duration::from_secs(settings.yellowstone_audit_s),
                    stall: Duration::from_secs(settings.yellowstone_stall_s),
                    pause: Duration::from_millis(100),
                    seed: settings.rpc_jitter_seed,
                };
                let source = YellowstoneSource::new(*server, nodes(client), patience, metrics.clone());
                Chosen::Yellowstone(Box::new(source))
            }
            Self::File(source) => Chosen::File(source),
        }
    }
}

/// One of the sources.
#[derive(Debug)]
pub enum Chosen {
    /// Nodes, asked by JSON-RPC.
    Rpc(RpcSource),
    /// A server's stream beside them.
    #[cfg(feature = "yellowstone")]
    Yellowstone(Box<YellowstoneSource>),
    /// A recording.
    File(Box<FileSource>),
}

impl Source for Chosen {
    async fn run(
        self,
        resume: Resume,
        until: Until,
        sink: mpsc::Sender<Update>,
        stop: CancellationToken,
    ) -> Result<(), Error> {
        match self {
            Self::Rpc(source) => source.run(resume, until, sink, stop).await,
            #[cfg(feature = "yellowstone")]
            Self::Yellowstone(source) => source.run(resume, until, sink, stop).await,
            Self::File(source) => source.run(resume, until, sink, stop).await,
        }
    }
}
