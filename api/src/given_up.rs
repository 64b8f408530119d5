//! Whether work is given up: its reader has gone, or it took too long. Its future is dropped in the middle then, and what
//! goes with it can ask here.

use std::cell::Cell;
use std::pin::pin;
use std::time::Duration;
use tokio::time::error::Elapsed;

thread_local! {
    static GIVEN_UP: Cell<bool> = const { Cell::new(false) };
}

/// Whether what is dropped now is dropped because nobody waits for it any longer.
pub fn now() -> bool {
    GIVEN_UP.get()
}

/// Says this when it is dropped.
struct Say(bool);

impl Drop for Say {
    fn drop(&mut self) {
        GIVEN_UP.set(self.0);
    }
}

/// Does work within a time, and says so while it is dropped unfinished, for whichever reason.
///
/// # Errors
/// If it took longer.
pub async fn within<F: Future>(limit: Duration, work: F) -> Result<F::Output, Elapsed> {
    // What is declared later is dropped first: one says it before the work is dropped, the other takes it back.
    let _afterwards = Say(false);
    let mut work = pin!(work);
    let mut before = Say(true);
    let done = tokio::time::timeout(limit, work.as_mut()).await;
    before.0 = done.is_err();
    done
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU8, Ordering};

    const NO: u8 = 1;
    const YES: u8 = 2;

    /// Notes on its end what was said.
    struct Held(Arc<AtomicU8>);

    impl Drop for Held {
        fn drop(&mut self) {
            self.0.store(if now() { YES } else { NO }, Ordering::Relaxed);
        }
    }

    #[tokio::test]
    async fn only_what_is_dropped_unfinished_is_given_up() {
        let said = Arc::new(AtomicU8::new(0));
        let work = async |finishes: bool| {
            let held = Held(said.clone());
            if !finishes {
                std::future::pending::<()>().await;
            }
            drop(held);
        };
        let long = Duration::from_secs(60);
        within(long, work(true)).await.unwrap();
        assert_eq!(said.load(Ordering::Relaxed), NO);
        within(Duration::ZERO, work(false)).await.unwrap_err();
        assert_eq!((said.load(Ordering::Relaxed), now()), (YES, false), "too long");
        said.store(0, Ordering::Relaxed);
        assert!(within(long, work(false)).now_or_never().is_none());
        assert_eq!((said.load(Ordering::Relaxed), now()), (YES, false), "its reader has gone");
    }
}
