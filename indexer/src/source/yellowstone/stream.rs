//! The connection to a Yellowstone server: how far back it can replay, and one subscription.

use crate::Error;
use crate::error::one_line;
use futures_util::stream::unfold;
use settlement_interface::{Address, ID};
use std::time::Duration;
use tokio::sync::mpsc;
use tonic::codec::Streaming;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request, Status};
use yellowstone_grpc_proto::geyser::geyser_client::GeyserClient;
use yellowstone_grpc_proto::geyser::{
    CommitmentLevel, SubscribeReplayInfoRequest, SubscribeRequest, SubscribeRequestFilterBlocks,
    SubscribeRequestFilterSlots, SubscribeRequestPing, SubscribeUpdate,
};

/// Longest message that is read, in bytes: a block with nothing but our transactions.
const LONGEST_MESSAGE: usize = 256 << 20;
/// Requests on the way to the server: the subscription, and answers to pings.
const REQUESTS: usize = 4;
/// Time that connecting may take, and between two signs of life on the connection.
const PATIENCE: Duration = Duration::from_secs(10);

/// A server's address and the token that it asks for.
#[derive(Clone, Debug)]
pub struct Server {
    endpoint: Endpoint,
    token: Option<MetadataValue<Ascii>>,
}

/// Adds the token to each call.
#[derive(Clone)]
struct Token(Option<MetadataValue<Ascii>>);

impl Interceptor for Token {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        if let Some(token) = &self.0 {
            request.metadata_mut().insert("x-token", token.clone());
        }
        Ok(request)
    }
}

/// One subscription.
#[derive(Debug)]
pub struct Subscription {
    updates: Streaming<SubscribeUpdate>,
    requests: mpsc::Sender<SubscribeRequest>,
}

impl Server {
    /// The server at `url`. Neither URL nor token is ever shown: both may be keys.
    pub fn new(url: &str, token: Option<&str>) -> Result<Self, Error> {
        let wrong = |what: &str| Error::Setup(format!("`{what}` is not one of a Yellowstone server."));
        let endpoint = Endpoint::from_shared(url.to_owned()).map_err(|_| wrong("yellowstone_url"))?;
        let endpoint = endpoint
            .connect_timeout(PATIENCE)
            .tcp_nodelay(true)
            .http2_keep_alive_interval(PATIENCE)
            .keep_alive_timeout(PATIENCE)
            .keep_alive_while_idle(true);
        #[cfg(feature = "tls")]
        let endpoint = if url.starts_with("https:") {
            let tls = tonic::transport::ClientTlsConfig::new().with_webpki_roots();
            endpoint.tls_config(tls).map_err(|error| {
                Error::Setup(format!("TLS to the Yellowstone server cannot be set up: {}.", one_line(&error)))
            })?
        } else {
            endpoint
        };
        let token = token.map(str::parse::<MetadataValue<Ascii>>).transpose();
        let mut token = token.map_err(|_| wrong("yellowstone_token"))?;
        if let Some(token) = &mut token {
            token.set_sensitive(true);
        }
        Ok(Self { endpoint, token })
    }

    /// Subscribes to blocks with our transactions and to what becomes of slots: from `from` on if the server
    /// can replay that, else from the present on.
    pub async fn subscribe(&self, from: Option<u64>) -> Result<Subscription, String> {
        let channel = self.endpoint.connect().await.map_err(|error| innermost(&error))?;
        let mut client = GeyserClient::with_interceptor(channel, Token(self.token.clone()))
            .max_decoding_message_size(LONGEST_MESSAGE);
        let first = match from {
            Some(_) => first_available(&mut client).await?,
            None => None,
        };
        let from = from.filter(|from| first.is_some_and(|first| first <= *from));
        let (requests, received) = mpsc::channel(REQUESTS);
        requests.try_send(request(from)).map_err(|error| one_line(&error))?;
        let sent = unfold(received, async |mut received| Some((received.recv().await?, received)));
        let answer = client.subscribe(sent).await.map_err(|status| said(&status))?;
        match from {
            Some(slot) => tracing::info!("Yellowstone: subscribed, replaying from slot {slot}"),
            None => tracing::info!("Yellowstone: subscribed from the present on"),
        }
        Ok(Subscription { updates: answer.into_inner(), requests })
    }
}

impl Subscription {
    /// The next message. Pings are answered.
    pub async fn next(&mut self) -> Result<SubscribeUpdate, String> {
        let update = self.updates.message().await.map_err(|status| said(&status))?;
        update.ok_or_else(|| "it ended the stream".into())
    }

    /// Answers a ping, so that nothing on the way takes the connection for idle.
    pub fn pong(&self) {
        let ping = Some(SubscribeRequestPing { id: 1 });
        // If earlier answers are still on the way, that is life enough.
        let _ = self.requests.try_send(SubscribeRequest { ping, ..SubscribeRequest::default() });
    }
}

/// The first slot that the server can replay; `None` if it replays nothing or does not say.
async fn first_available(
    client: &mut GeyserClient<InterceptedService<Channel, Token>>,
) -> Result<Option<u64>, String> {
    match client.subscribe_replay_info(SubscribeReplayInfoRequest {}).await {
        Ok(answer) => Ok(answer.into_inner().first_available),
        Err(status) if status.code() == Code::Unimplemented => Ok(None),
        Err(status) => Err(said(&status)),
    }
}

fn request(from_slot: Option<u64>) -> SubscribeRequest {
    let program: Address = ID;
    let blocks = SubscribeRequestFilterBlocks {
        account_include: vec![program.to_string()],
        include_transactions: Some(true),
        include_accounts: Some(false),
        include_entries: Some(false),
        ..SubscribeRequestFilterBlocks::default()
    };
    // With all statuses, dead ones among them.
    let slots =
        SubscribeRequestFilterSlots { filter_by_commitment: Some(false), interslot_updates: Some(true) };
    SubscribeRequest {
        blocks: [("tally".to_owned(), blocks)].into(),
        slots: [("tally".to_owned(), slots)].into(),
        commitment: Some(CommitmentLevel::Confirmed.into()),
        from_slot,
        ..SubscribeRequest::default()
    }
}

fn said(status: &Status) -> String {
    format!("it said {:?}: {}", status.code(), one_line(&status.message()))
}

/// The innermost cause, without the URL, which may hold a key.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    format!("it cannot be reached ({})", one_line(&cause))
}
