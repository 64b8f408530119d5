//! Receipts through the two buckets, second by second: none is released before its window is over, all are
//! within two, and during a dispute nothing is.

use crate::input::Input;
use settlement_interface::accounts::{BUCKETS, Bucket};
use settlement_interface::rules::Moment;
use settlement_interface::rules::pending::{Arrival, add, disputable, mature, restart, void};

const WINDOW: i64 = 20;

/// See the module.
pub fn run(data: &[u8]) {
    let mut input = Input::new(data);
    let mut pending = [Bucket::default(); BUCKETS];
    // What waits, in order of arrival: micro-dollars and when they came.
    let mut waiting: Vec<(u64, i64)> = Vec::new();
    let (mut now, mut number) = (1_000i64, 0u32);
    let mut dispute: Option<i64> = None;
    for _ in 0..200 {
        if input.is_empty() {
            break;
        }
        now += i64::from(input.u8() % 8);
        let released = mature(&mut pending, WINDOW, dispute.is_some(), at(now)).expect("sums fit");
        assert!(dispute.is_none() || released == 0, "released during a dispute");
        release(&mut waiting, released, now);
        // Whoever touches the job at any time has everything released within two windows.
        assert!(dispute.is_some() || waiting.iter().all(|(_, came)| now < came + 2 * WINDOW + 8));
        match input.u8() % 16 {
            0 if dispute.is_none() && !waiting.is_empty() => dispute = Some(now),
            1 | 2 => {
                if let Some(opened_at) = dispute.take() {
                    restart(&mut pending, at(opened_at), at(now));
                    // The clocks stood still: what waited is as old as it was, what came meanwhile is new.
                    waiting.iter_mut().for_each(|(_, came)| *came += now - opened_at.max(*came));
                }
            }
            3 if dispute.is_some() && input.u8().is_multiple_of(8) => {
                let voided = void(&mut pending).expect("sums fit");
                assert_eq!(voided, waiting.drain(..).map(|(usd, _)| usd).sum::<u64>());
                dispute = None;
            }
            _ => {
                let usd = u64::from(input.u8());
                number += 1;
                let arrival = Arrival { usd, root: [number as u8; 32], steps: 2, receipt: number };
                assert!(add(&mut pending, &arrival, at(now)).is_some());
                if usd > 0 {
                    waiting.push((usd, now));
                    let bucket = disputable(&pending, number.into(), WINDOW, at(now)).expect("just accepted");
                    assert_eq!(bucket.root, arrival.root);
                }
            }
        }
        let held: u64 = pending.iter().map(|bucket| bucket.usd).sum();
        assert_eq!(held, waiting.iter().map(|(usd, _)| usd).sum::<u64>(), "money is lost or made");
    }
}

/// A moment of a chain with one slot a second.
fn at(second: i64) -> Moment {
    (second, second as u64)
}

/// What is released is the oldest, whole receipts, each after its window.
fn release(waiting: &mut Vec<(u64, i64)>, mut released: u64, now: i64) {
    while released > 0 {
        let (usd, came) = waiting.remove(0);
        assert!(usd <= released, "a part of a receipt is released");
        assert!(now >= came + WINDOW, "released {} seconds early", came + WINDOW - now);
        released -= usd;
    }
}

/// A quiet job and one with disputes.
pub fn seeds() -> Vec<Vec<u8>> {
    vec![
        (0..240u8).map(|i| if i % 3 == 1 { 9 } else { i }).collect(),
        (0..240u8).map(|i| [5, i % 16, 7][usize::from(i % 3)]).collect(),
    ]
}
