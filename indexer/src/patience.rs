//! Waiting, as long as nothing says to stop, and asking the database again while it is away.

use crate::Error;
use crate::error::one_line;
use crate::metrics::Metrics;
use crate::store::may_pass;
use std::io::ErrorKind;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Pause before the second try; it doubles with each one.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// Longest time for an answer: a server that went away without a word never gives one.
const LONGEST_ANSWER: Duration = Duration::from_secs(1_800);
/// Longest pause between two tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// Waits for a time, or until `stop` is cancelled; whether it was.
pub async fn stopped_within(time: Duration, stop: &CancellationToken) -> bool {
    tokio::select! {
        () = stop.cancelled() => true,
        () = tokio::time::sleep(time) => false,
    }
}

/// Asks until there is an answer, until what is wrong is nothing that waiting mends, or until `stop` is cancelled.
pub async fn patiently<T, F: Future<Output = Result<T, Error>>>(
    metrics: &Metrics,
    stop: &CancellationToken,
    ask: impl Fn() -> F,
) -> Result<T, Error> {
    let mut pause = FIRST_PAUSE;
    loop {
        let answer = tokio::time::timeout(LONGEST_ANSWER, ask()).await;
        match answer.unwrap_or_else(|_| Err(Error::Database(sqlx::Error::Io(ErrorKind::TimedOut.into())))) {
            Err(Error::Database(error)) if may_pass(&error) && !stop.is_cancelled() => {
                tracing::warn!("database: {}; trying again in {} ms", one_line(&error), pause.as_millis());
                metrics.database_retries_total.add(1);
                // If it is to stop, it is asked once more: what was read is written if it can be.
                stopped_within(pause, stop).await;
                pause = pause.saturating_mul(2).min(LONGEST_PAUSE);
            }
            other => return other,
        }
    }
}
