//! Account layouts. All are plain bytes in `repr(C)` without padding, behind an 8-byte discriminator
//! (`sha256("account:" + name)[..8]`). Reserved bytes are zero; later versions give them meaning
//! without moving what is here.
//!
//! Every account counts the events that changed it in `sequence`: an event's header names the
//! entity and the number that it got, so a reader sees a gap.

mod bid;
mod buyback;
mod case;
mod change;
mod config;
mod dispute;
mod epoch;
mod job;
mod provider;
mod third_parties;

pub use bid::Bid;
pub use buyback::Buyback;
pub use case::{CASE_OPEN, CASE_UPHELD, Case};
pub use change::ConfigChange;
pub use config::{Config, Consumer, PAUSES, Pause, Price, Totals};
pub use dispute::{
    CAUSE_NO_DIFFERENCE, CAUSE_NO_RULING, CAUSE_NONE, CAUSE_RULED, CAUSE_TURN_MISSED, Dispute,
    OUTCOME_CHALLENGER_LOST, OUTCOME_NOBODY, OUTCOME_OPEN, OUTCOME_PROVIDER_LOST,
};
pub use epoch::{Credit, Epoch};
pub use job::{
    BUCKETS, Bucket, Due, JUDGED, Job, JobState, Judged, MARK_HALT, MARK_NO_SHOW, MARK_NONE, PARTIES, Party,
    REASON_BY_CONSUMER, REASON_BY_PROVIDER, REASON_DISPUTE, REASON_END, REASON_LAPSED, REASON_SILENCE,
};
pub use provider::{Provider, RATES, RateEntry, StandingOffer};
pub use third_parties::{Arbiter, Meter, Vouched};

use bytemuck::AnyBitPattern;
use sha2_const_stable::Sha256;

/// An account's identity among the program's accounts.
pub trait Layout: AnyBitPattern {
    /// Name, as in the IDL.
    const NAME: &'static str;
    /// First eight bytes of every such account.
    const DISCRIMINATOR: [u8; 8];
    /// Bytes of such an account, discriminator included.
    const LEN: usize = 8 + size_of::<Self>();

    /// Reads an account's data; `None` if it is another kind or too short.
    fn read(data: &[u8]) -> Option<Self> {
        let body = data.strip_prefix(Self::DISCRIMINATOR.as_slice())?;
        body.get(..size_of::<Self>()).map(bytemuck::pod_read_unaligned)
    }
}

pub(crate) const fn discriminator(namespace: &[u8], name: &str) -> [u8; 8] {
    let digest = Sha256::new().update(namespace).update(name.as_bytes()).finalize();
    let [a, b, c, d, e, f, g, h, ..] = digest;
    [a, b, c, d, e, f, g, h]
}

macro_rules! layouts {
    ($($name:ident),* $(,)?) => {$(
        impl Layout for $name {
            const NAME: &'static str = stringify!($name);
            const DISCRIMINATOR: [u8; 8] = discriminator(b"account:", stringify!($name));
        }
    )*};
}
layouts!(
    Config,
    ConfigChange,
    Price,
    Totals,
    Consumer,
    Provider,
    Meter,
    Arbiter,
    Job,
    Bid,
    Case,
    Dispute,
    Epoch,
    Credit,
    Buyback,
);

#[cfg(all(test, feature = "anchor"))]
mod tests {
    use super::*;

    #[test]
    fn anchor_computes_the_same_discriminators() {
        fn same<T: Layout + anchor_lang::Discriminator>() {
            assert_eq!(<T as Layout>::DISCRIMINATOR, <T as anchor_lang::Discriminator>::DISCRIMINATOR);
        }
        same::<Config>();
        same::<Price>();
        same::<Totals>();
        same::<Consumer>();
        same::<Provider>();
        same::<Meter>();
        same::<Arbiter>();
        same::<Job>();
        same::<Bid>();
        same::<Case>();
        same::<Epoch>();
        same::<Credit>();
        same::<ConfigChange>();
        same::<Buyback>();
        same::<Dispute>();
    }
}
