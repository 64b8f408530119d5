//! Events, accounts and instruction data as readers find them: nothing panics, whatever is read is
//! written back byte for byte, and what has another length or name is refused.

use crate::input::Input;
use settlement_interface::accounts::{
    Arbiter, Bid, Buyback, Case, Config, ConfigChange, Consumer, Credit, Dispute, Epoch, Job, Layout, Meter, Price,
    Provider, Totals,
};
use settlement_interface::events::{BatchAccepted, DecodeError, Event, TAG, Touched};
use settlement_interface::oracle::parse;
use settlement_interface::terms::RAIL_STABLE;
use settlement_interface::wire::{INSTRUCTIONS, discriminator, has_exact_length};

/// See the module.
pub fn run(data: &[u8]) {
    match data.split_first() {
        Some((0, rest)) => event(rest),
        Some((1, rest)) => instruction(rest),
        Some((2.., rest)) => accounts(rest),
        None => {}
    }
}

fn event(data: &[u8]) {
    match Event::decode(data) {
        Ok(None) => assert!(!data.starts_with(&TAG)),
        Ok(Some(event)) => {
            assert_eq!(event.encode(), data);
            assert!(Event::NAMES.contains(&event.name()));
            assert!(event.touched().all(|touched| *touched != Touched::NOTHING));
            let _ = event.at();
        }
        Err(error) => {
            assert!(data.starts_with(&TAG) && !error.to_string().is_empty());
            match error {
                DecodeError::TooShort => assert!(data.len() < 16),
                DecodeError::Unknown(found) => assert_eq!(found, data[8..16]),
                DecodeError::Length { event: BatchAccepted::NAME, found, .. } => {
                    // Its lists have lengths of their own: what they ask for may be anything.
                    assert_eq!(found, data.len() - 16);
                }
                DecodeError::Length { expected, found, .. } => {
                    assert_eq!(found, data.len() - 16);
                    assert_ne!(found, expected);
                    // With that length it is an event.
                    let mut right = data.to_vec();
                    right.resize(16 + expected, 0);
                    assert!(matches!(Event::decode(&right), Ok(Some(_))));
                }
            }
        }
    }
}

fn instruction(data: &[u8]) {
    let named = INSTRUCTIONS.iter().find(|(discriminator, _)| data.starts_with(discriminator.as_slice()));
    let (batch, answer) = (discriminator("accept_batch"), discriminator("answer_case"));
    let expected = named.is_none_or(|(name, arguments)| {
        // The two lists: as many elements as the four bytes before them say.
        let (count, element) = match *name {
            name if name == batch => (data.get(18..22), 8),
            name if name == answer => (data.get(45..49), 32),
            _ => (None, 0),
        };
        let count = count.map_or(0, |count| u64::from(u32::from_le_bytes(count.try_into().unwrap())));
        let list = count * element;
        data.len() as u64 == 8 + *arguments as u64 + list
    });
    assert_eq!(has_exact_length(data), expected);
}

fn one<T: Layout>(data: &[u8]) -> Option<T> {
    let found = T::read(data);
    assert_eq!(found.is_some(), data.starts_with(&T::DISCRIMINATOR) && data.len() >= T::LEN, "{}", T::NAME);
    found
}

fn accounts(data: &[u8]) {
    let kinds = [
        one::<Price>(data).is_some(),
        one::<Totals>(data).is_some(),
        one::<Consumer>(data).is_some(),
        one::<Meter>(data).is_some(),
        one::<Arbiter>(data).is_some(),
        one::<Epoch>(data).is_some(),
        one::<Credit>(data).is_some(),
        one::<Config>(data).is_some(),
        one::<ConfigChange>(data).is_some(),
        one::<Bid>(data).is_some(),
        one::<Case>(data).is_some(),
        one::<Dispute>(data).is_some(),
        one::<Buyback>(data).is_some(),
        one::<Provider>(data).is_some(),
        one::<Job>(data).is_some(),
        parse(data, &[0; 32]).is_ok(),
    ];
    assert!(kinds.iter().filter(|read| **read).count() <= 1, "one account, two kinds");
    let mut tail = Input::new(data.get(data.len().saturating_sub(16)..).unwrap_or_default());
    let now = tail.i64();
    if let Some(config) = one::<Config>(data) {
        let _ = (config.is_paused(now), config.epoch_index(now), config.parameters.validate());
    }
    if let Some(mut provider) = one::<Provider>(data) {
        let (held, before) = (provider.invariant(), (provider.good, provider.bad));
        if held {
            assert!(provider.stake >= provider.locked && provider.stake >= provider.unbonding);
            assert!(provider.minted <= provider.burned);
        }
        provider.decay(now);
        assert_eq!(provider.invariant(), held);
        assert!(provider.good <= before.0 && provider.bad <= before.1);
    }
    if let Some(job) = one::<Job>(data) {
        let _ = (job.state(), job.is_paid_out(), job.terms.order.validate(now));
        if job.invariant() {
            assert!(job.outstanding().is_some_and(|left| left <= job.accepted));
            let divided = if job.terms.order.rail == RAIL_STABLE { job.settled } else { job.burned };
            assert!(job.take <= divided && job.earned <= divided - job.take && job.escrow <= job.funded);
            assert!(job.treasury_take <= job.take);
        }
    }
}

/// Every event, instruction and account with its right length.
pub fn seeds() -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    let mut account = |discriminator: [u8; 8], length: usize| {
        let mut seed = vec![2];
        seed.extend_from_slice(&discriminator);
        seed.resize(1 + length, 0);
        all.push(seed);
    };
    account(Config::DISCRIMINATOR, Config::LEN);
    account(ConfigChange::DISCRIMINATOR, ConfigChange::LEN);
    account(Bid::DISCRIMINATOR, Bid::LEN);
    account(Case::DISCRIMINATOR, Case::LEN);
    account(Dispute::DISCRIMINATOR, Dispute::LEN);
    account(Buyback::DISCRIMINATOR, Buyback::LEN);
    account(Provider::DISCRIMINATOR, Provider::LEN);
    account(Job::DISCRIMINATOR, Job::LEN);
    account(Price::DISCRIMINATOR, Price::LEN);
    account(Totals::DISCRIMINATOR, Totals::LEN);
    account(Consumer::DISCRIMINATOR, Consumer::LEN);
    account(Meter::DISCRIMINATOR, Meter::LEN);
    account(Arbiter::DISCRIMINATOR, Arbiter::LEN);
    account(Epoch::DISCRIMINATOR, Epoch::LEN);
    account(Credit::DISCRIMINATOR, Credit::LEN);
    for (discriminator, arguments) in INSTRUCTIONS {
        let mut seed = vec![1];
        seed.extend_from_slice(discriminator);
        seed.resize(9 + arguments, 0);
        all.push(seed);
    }
    for name in Event::NAMES {
        let mut seed = vec![0];
        seed.extend_from_slice(&TAG);
        seed.extend_from_slice(&event_discriminator(name));
        if let Err(DecodeError::Length { expected, .. }) = Event::decode(&seed[1..]) {
            seed.resize(17 + expected, 0);
        }
        all.push(seed);
    }
    // Two receipts accepted and one skipped.
    let lists: [(u32, usize); 3] = [(2, 2 * 40 + 48), (2, 2 * 32), (1, 40)];
    let mut batch = vec![0];
    batch.extend_from_slice(&TAG);
    batch.extend_from_slice(&event_discriminator(BatchAccepted::NAME));
    for (count, bytes) in lists {
        batch.extend_from_slice(&count.to_le_bytes());
        batch.resize(batch.len() + bytes, 1);
    }
    assert!(matches!(Event::decode(&batch[1..]), Ok(Some(_))));
    all.push(batch);
    all
}

/// `sha256("event:" + name)[..8]`, computed without the crate under test.
fn event_discriminator(name: &str) -> [u8; 8] {
    use sha2::Digest;
    let digest = sha2::Sha256::digest(format!("event:{name}"));
    [0, 1, 2, 3, 4, 5, 6, 7].map(|i| digest[i])
}
