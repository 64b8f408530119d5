//! Events as they happen, as server-sent events.

use super::events::EventName;
use crate::db::Place;
use crate::db::live::Told;
use crate::error::Result;
use crate::extract::{Address, Commitment, Query};
use crate::limits::Reader;
use crate::live::{Behind, Happened, KEPT, Live, News, PAGE, cursor_name};
use crate::seats::Seat;
use crate::state::App;
use axum::Extension;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::{Stream, stream};
use serde::Deserialize;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, watch};
use utoipa::{IntoParams, ToSchema};

/// Time after which something is sent in any case, so that nobody on the way takes the connection for dead.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Which events.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// Only events of this name, such as Converted.
    #[param(inline)]
    name: Option<EventName>,
    /// Only events that changed this account: a job, a provider, an epoch, ….
    #[param(inline)]
    entity: Option<Address>,
    /// First slot to send events of; if neither this nor a cursor is given, those from now on are sent.
    #[param(format = Int64, maximum = 4_294_967_295u32)]
    from_slot: Option<u32>,
    /// `id` of the last event that was received; the header `Last-Event-ID`, which browsers send by themselves, goes before it.
    #[param(format = "cursor")]
    cursor: Option<String>,
    /// At which commitment events are sent: finalized, or confirmed seconds earlier.
    #[serde(default)]
    #[param(inline)]
    commitment: Commitment,
}

/// One event of the stream, as a reader of server-sent events takes it apart.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its type is documented")]
pub struct ServerSentEvent {
    /// The cursor behind it; none with `rewound`.
    #[schema(format = "cursor")]
    id: Option<String>,
    /// `tally` or `rewound`.
    #[schema(pattern = "^(tally|rewound)$")]
    event: Option<String>,
    /// JSON: an item of `/v1/events`, or the slot from which blocks have left the chain.
    data: Option<String>,
}

/// Events as they happen
///
/// Server-sent events, each with the item of `/v1/events` as its data and a cursor as its `id`, with which a reader that
/// was cut off goes on without a gap (`Last-Event-ID`). With `commitment=confirmed`, an event named `rewound` with
/// `{"slot": N}` says that blocks from slot N on have left the chain: forget what came of these slots, what is there now follows.
/// It is said as well to a reader that comes back, or was too slow to be told, if its last event is on the chain no more.
/// An event that a node had withheld and the indexer found later is in `/v1/events`, and not in a stream that has passed its slot.
#[utoipa::path(get, path = "/v1/events/stream", tag = "analysts", params(Wanted, ("Last-Event-ID" = Option<String>, Header, description = "`id` of the last event that was received")),
    responses((status = 200, description = "The events", body = ServerSentEvent, content_type = "text/event-stream"), (status = "default", response = crate::openapi::AnyProblem)))]
pub async fn stream_events(
    State(app): State<App>,
    reader: Option<Extension<Reader>>,
    headers: HeaderMap,
    Query(wanted): Query<Wanted>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>> {
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok()).map(str::to_owned);
    let cursor = last.filter(|id| !id.is_empty()).or(wanted.cursor);
    let cursor: Option<Told> = app.cursors.after(&cursor_name(wanted.commitment), cursor.as_ref())?;
    let seat = app.listeners.for_request(reader.as_deref(), "streams", ", or ask /v1/events")?;
    // From here on nothing is missed, whatever is read below.
    let news = app.live.listen(wanted.commitment).await?;
    let told = match (cursor, wanted.from_slot) {
        (Some(told), _) => told,
        (None, Some(slot)) => Told::before(slot.into()),
        (None, None) => app.live.end(wanted.commitment).await?,
    };
    let listener = Listener {
        stopping: app.live.stopping(),
        live: app.live.clone(),
        news,
        commitment: wanted.commitment,
        name: wanted.name.map(EventName::text),
        entity: wanted.entity.map(|entity| entity.0.to_string()),
        told,
        read: VecDeque::new(),
        behind: true,
        _seat: seat,
    };
    let events = stream::unfold(listener, async |mut listener| {
        let event = listener.next().await?;
        Some((Ok(event), listener))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)))
}

/// One reader of the stream.
struct Listener {
    live: Live,
    news: broadcast::Receiver<News>,
    stopping: watch::Receiver<bool>,
    commitment: Commitment,
    name: Option<&'static str>,
    entity: Option<String>,
    /// Through the last event that was sent or passed over.
    told: Told,
    /// Events read from the database that are to be sent.
    read: VecDeque<Happened>,
    /// Whether there may be events that neither wait here nor among the news.
    behind: bool,
    _seat: Seat,
}

impl Listener {
    /// The next event; `None` ends the stream, and the reader comes back with its last `id`.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.read.pop_front() {
                self.told = event.told.clone();
                return Some(sent(&event));
            }
            if self.behind {
                match self.catch_up().await? {
                    Some(rewound) => return Some(rewound),
                    None => continue,
                }
            }
            let news = tokio::select! {
                news = self.news.recv() => news,
                _ = self.stopping.wait_for(|stop| *stop) => return None,
            };
            match news {
                Ok(News::Event(event)) => {
                    if let Some(event) = self.take(&event) {
                        return Some(event);
                    }
                }
                Ok(News::Rewound(slot)) => return Some(self.rewind(slot)),
                Err(RecvError::Lagged(missed)) => {
                    tracing::debug!(missed, kept = KEPT, "a listener is slow and reads for itself");
                    self.behind = true;
                }
                Err(RecvError::Closed) => return None,
            }
        }
    }

    /// Reads a page of what is behind its place; an event if its place is on the chain no more. `None` ends the stream.
    async fn catch_up(&mut self) -> Option<Option<Event>> {
        let (name, entity) = (self.name, self.entity.as_deref());
        let behind = self.live.behind(self.commitment, name, entity, &self.told).await;
        match behind.inspect_err(|problem| tracing::debug!(%problem, "a stream ends")).ok()? {
            Behind::Rewound(slot) => Some(Some(self.rewind(slot))),
            Behind::Events(page) => {
                self.behind = i64::try_from(page.len()).unwrap_or(i64::MAX) >= PAGE;
                self.read = page.into();
                Some(None)
            }
        }
    }

    /// Goes back to the beginning of a slot, unless it is there.
    fn rewind(&mut self, slot: i64) -> Event {
        if self.told.place > Place::before(slot) {
            self.told = Told::before(slot);
        }
        Event::default().event("rewound").data(format!("{{\"slot\":{slot}}}"))
    }

    /// Passes an event that is new, and sends it if it is wanted.
    fn take(&mut self, event: &Arc<Happened>) -> Option<Event> {
        if event.told.place <= self.told.place {
            return None; // it was read
        }
        self.told = event.told.clone();
        let named = self.name.is_none_or(|name| name == event.name);
        let changed = self.entity.as_ref().is_none_or(|entity| event.entities.contains(entity));
        (named && changed).then(|| sent(event))
    }
}

fn sent(event: &Happened) -> Event {
    Event::default().id(&event.id).event("tally").data(&event.json)
}
