//! From the database to the reader: rows are encoded as they come and wait in a channel of a few chunks, so that the
//! database is read no faster than the reader reads.

use crate::db::export::{Format, Reading};
use crate::error::{Problem, Result};
use crate::seats::Seat;
use axum::body::{Body, Bytes};
use futures_util::TryStreamExt;
use std::io;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio_stream::wrappers::ReceiverStream;

/// Bytes that are sent at once.
const CHUNK: usize = 1 << 16;
/// Chunks that wait for the reader.
const WAITING: usize = 4;

/// Makes a file of rows.
pub trait Encode: Send + 'static {
    /// Adds a row as `COPY` writes it.
    fn add(&mut self, row: &[u8]) -> io::Result<()>;
    /// Whether enough has been added for [`Encode::encode`].
    fn is_full(&self) -> bool;
    /// Encodes what was added; with `last`, ends the file. Takes milliseconds of a processor.
    fn encode(&mut self, last: bool) -> io::Result<Bytes>;
}

/// Rows as the database writes them.
#[derive(Debug, Default)]
pub struct AsItIs(Vec<u8>);

impl Encode for AsItIs {
    fn add(&mut self, row: &[u8]) -> io::Result<()> {
        self.0.extend_from_slice(row);
        Ok(())
    }

    fn is_full(&self) -> bool {
        self.0.len() >= CHUNK
    }

    fn encode(&mut self, _last: bool) -> io::Result<Bytes> {
        Ok(std::mem::take(&mut self.0).into())
    }
}

/// Starts reading and encoding, for so long at most, however slowly is read; what the database refuses at once is an error, what fails later breaks the body off.
///
/// # Errors
/// [`crate::error::Kind::DatabaseUnavailable`], mostly.
pub async fn start<E: Encode>(
    reading: Reading,
    format: Format,
    encoder: E,
    seat: Seat,
    patience: Duration,
) -> Result<Body> {
    let (started, starts) = oneshot::channel();
    let (sender, receiver) = mpsc::channel(WAITING);
    tokio::spawn(async move {
        let work = tokio::time::timeout(patience, pump(reading, format, encoder, started, &sender));
        let ended = work.await.unwrap_or_else(|_| {
            Err(io::Error::new(io::ErrorKind::TimedOut, "the reader took longer than the service allows"))
        });
        // Connection and seat are free again, though a reader that does not read may never be told why.
        drop(seat);
        if let Err(error) = ended {
            tracing::warn!(%error, "an export broke off");
            let _ = sender.send(Err(error)).await;
        }
    });
    starts.await.map_err(Problem::internal)??;
    Ok(Body::from_stream(ReceiverStream::new(receiver)))
}

async fn pump<E: Encode>(
    mut reading: Reading,
    format: Format,
    mut encoder: E,
    started: oneshot::Sender<Result<()>>,
    sender: &mpsc::Sender<io::Result<Bytes>>,
) -> io::Result<()> {
    let mut rows = match reading.copy(format).await {
        Ok(rows) => {
            let _ = started.send(Ok(()));
            rows
        }
        Err(problem) => {
            let _ = started.send(Err(problem));
            return Ok(());
        }
    };
    while let Some(row) = rows.try_next().await.map_err(io::Error::other)? {
        encoder.add(&row)?;
        if encoder.is_full() {
            let chunk;
            (encoder, chunk) = encoded(encoder, false).await?;
            if sender.send(Ok(chunk)).await.is_err() {
                return Ok(()); // the reader has gone
            }
        }
    }
    let (_, chunk) = encoded(encoder, true).await?;
    let _ = sender.send(Ok(chunk)).await;
    Ok(())
}

async fn encoded<E: Encode>(mut encoder: E, last: bool) -> io::Result<(E, Bytes)> {
    let work = tokio::task::spawn_blocking(move || {
        let chunk = encoder.encode(last)?;
        Ok((encoder, chunk))
    });
    work.await.map_err(io::Error::other)?
}
