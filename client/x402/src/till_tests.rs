use super::*;
use crate::payer::{Budget, Declined, Payer};
use crate::protocol::{PaymentRequired, Resource, VERSION, decode};
use crate::vouchers::Folder;
use bytemuck::Zeroable;
use proptest::prelude::*;
use settlement_interface::accounts::{Config, Job};
use solana_keypair::Keypair;
use solana_signer::Signer;

const PROVIDER: Address = Address::new_from_array([2; 32]);
pub(crate) const JOB: Address = Address::new_from_array([3; 32]);
pub(crate) const CENT: u64 = 10_000;

/// One job, which a test changes.
#[derive(Clone)]
pub(crate) struct One(Arc<Mutex<Seen>>);

impl Jobs for One {
    async fn seen(&self, job: &Address, _through: i64) -> Result<Seen, Unknown> {
        if *job == JOB { Ok(self.0.lock().unwrap().clone()) } else { Err(Unknown::NoJob) }
    }
}

/// A job of 10 dollars at a dollar a thousand units, which runs since 1,000 seconds.
fn running(session: &Keypair) -> Seen {
    let mut job = Job::zeroed();
    job.terms.provider = PROVIDER;
    job.terms.consumer = Address::new_from_array([4; 32]);
    job.terms.order.rate = 1_000_000;
    job.terms.order.unit = 1_000;
    job.terms.order.unit_cap = 1_000;
    job.terms.order.budget = 10_000_000;
    job.terms.order.end_by = 1_000_000;
    job.terms.parameters.receipt_grace = 600;
    job.meter = session.pubkey();
    (job.opened_at, job.started_at, job.through) = (5, 1_000, 1_000);
    job.state = JobState::Running as u8;
    let mut config = Config::zeroed();
    config.receipt_domain = [9; 32];
    Seen { job, config, moment: (77, 2_000), worth: 20_000_000 }
}

pub(crate) struct Scene {
    pub(crate) jobs: One,
    pub(crate) place: tempfile::TempDir,
    pub(crate) till: Arc<Till<One, Folder>>,
    pub(crate) payer: Payer<Keypair>,
}

impl Scene {
    pub(crate) fn new() -> Self {
        let session = Keypair::new();
        let seen = running(&session);
        let jobs = One(Arc::new(Mutex::new(seen.clone())));
        let place = tempfile::tempdir().unwrap();
        let till = till(&jobs, &place);
        let budget = Budget { request: 1_000_000, total: 9_000_000 };
        let payer = Payer::new(session, "solana:x".into(), (JOB, seen.job), &seen.config, budget);
        Self { jobs, place, till, payer }
    }

    fn required(&self, price: u64, standing: Option<Standing>) -> PaymentRequired {
        PaymentRequired {
            x402_version: VERSION,
            error: None,
            resource: Resource { url: "/".into(), description: None },
            accepts: vec![self.till.requires(price, standing)],
        }
    }

    pub(crate) fn pay(&mut self, price: u64) -> Payment {
        let required = self.required(price, None);
        decode(self.payer.pay(&required, 2_000).unwrap().as_bytes()).unwrap()
    }

    pub(crate) fn change(&self, change: impl FnOnce(&mut Seen)) {
        change(&mut self.jobs.0.lock().unwrap());
    }

    /// The process dies and is started again.
    pub(crate) fn restart(&mut self) {
        self.till = till(&self.jobs, &self.place);
    }

    /// What is kept of the job.
    pub(crate) fn kept(&self) -> Kept {
        Folder::new(self.place.path()).unwrap().load(&JOB).unwrap().unwrap()
    }

    async fn refused(&self, payment: &Payment, price: u64) -> Refusal {
        match self.till.admit(payment, price).await {
            Ok(_) => panic!("it was admitted"),
            Err(refusal) => refusal,
        }
    }
}

fn till(jobs: &One, place: &tempfile::TempDir) -> Arc<Till<One, Folder>> {
    till_within(jobs, place, 60)
}

/// A till of offers that last so many seconds.
pub(crate) fn till_within(jobs: &One, place: &tempfile::TempDir, timeout: u32) -> Arc<Till<One, Folder>> {
    let offer = Offer { network: "solana:x".into(), provider: PROVIDER, timeout, most_unsettled: 5_000_000 };
    Arc::new(Till::new(offer, jobs.clone(), Folder::new(place.path()).unwrap()))
}

#[tokio::test]
async fn each_request_is_paid_for_and_a_receipt_pays_once() {
    let mut scene = Scene::new();
    for count in 1..=3u64 {
        let payment = scene.pay(CENT);
        let settled = scene.till.admit(&payment, CENT).await.unwrap().charge(CENT).await.unwrap();
        assert_eq!((settled.amount.as_str(), settled.extra.charged), ("10000", (count * CENT).to_string()));
        assert!(!settled.transaction.is_empty());
        assert!(matches!(scene.refused(&payment, CENT).await, Refusal::Uncovered(_)), "sent again");
        scene
            .payer
            .paid(&Settled {
                extra: Standing { charged: (count * CENT).to_string(), ..settled.extra },
                ..settled
            })
            .unwrap();
    }
    let kept = scene.kept();
    assert_eq!((kept.charged, kept.receipt.receipt.units), (3 * CENT, 30));
}

#[tokio::test]
async fn what_is_not_served_costs_nothing_and_its_receipt_serves_again() {
    let mut scene = Scene::new();
    let payment = scene.pay(CENT);
    drop(scene.till.admit(&payment, CENT).await.unwrap());
    let admission = scene.till.admit(&payment, CENT).await.unwrap();
    assert!(matches!(scene.refused(&payment, CENT).await, Refusal::Uncovered(_)), "while it is being served");
    admission.charge(CENT / 2).await.unwrap();
    assert_eq!(scene.pay(CENT), payment, "what was authorized and not charged is not signed anew");
}

#[tokio::test]
async fn a_receipt_that_came_too_early_is_signed_anew_and_one_that_was_taken_is_not() {
    let mut scene = Scene::new();
    let required = scene.required(CENT, None);
    // In the second in which the job began nothing can have been done.
    let early: Payment = decode(scene.payer.pay(&required, 1_000).unwrap().as_bytes()).unwrap();
    let refusal = scene.refused(&early, CENT).await;
    assert!(matches!(refusal, Refusal::Program(SettlementError::ReceiptNotNewer)), "{refusal}");
    scene.payer.refused(&scene.required(CENT, refusal.standing().cloned()));
    let payment = scene.pay(CENT);
    let admission = scene.till.admit(&payment, CENT).await.unwrap();
    let refusal = scene.refused(&payment, CENT).await;
    scene.payer.refused(&scene.required(CENT, refusal.standing().cloned()));
    drop(admission);
    assert_eq!(scene.pay(CENT), payment);
}

#[tokio::test]
async fn requests_of_one_job_are_served_at_the_same_time() {
    let mut scene = Scene::new();
    let payment = scene.pay(CENT * 2);
    let mut way = payment.clone();
    way.accepted = scene.till.requires(CENT, None);
    let one = scene.till.admit(&way, CENT).await.unwrap();
    let other = scene.till.admit(&way, CENT).await.unwrap();
    assert!(matches!(scene.refused(&way, CENT).await, Refusal::Uncovered(_)));
    other.charge(CENT).await.unwrap();
    let settled = one.charge(CENT).await.unwrap();
    assert_eq!(settled.extra.charged, (2 * CENT).to_string());
}

#[tokio::test]
async fn a_process_that_dies_forgets_nothing_that_was_charged() {
    let mut scene = Scene::new();
    let payment = scene.pay(CENT);
    let settled = scene.till.admit(&payment, CENT).await.unwrap().charge(CENT).await.unwrap();
    scene.payer.paid(&settled).unwrap();
    scene.restart();
    assert!(matches!(scene.refused(&payment, CENT).await, Refusal::Uncovered(_)));
    let next = scene.pay(CENT);
    let settled = scene.till.admit(&next, CENT).await.unwrap().charge(CENT).await.unwrap();
    scene.payer.paid(&settled).unwrap();
    // What is authorized and not charged is still there after it was settled.
    let ahead = scene.pay(2 * CENT);
    drop(scene.till.admit(&ahead, 2 * CENT).await.unwrap());
    let mut single = ahead.clone();
    single.accepted = scene.till.requires(CENT, None);
    scene.change(|seen| (seen.job.accepted, seen.job.units) = (4 * CENT, 40));
    scene.restart();
    let settled = scene.till.admit(&single, CENT).await.unwrap().charge(CENT).await.unwrap();
    assert_eq!(settled.extra.charged, (3 * CENT).to_string());
    // What was kept is lost, but settled: what was settled was charged.
    scene.place = tempfile::tempdir().unwrap();
    scene.restart();
    let refusal = scene.refused(&single, CENT).await;
    assert!(matches!(refusal, Refusal::Program(SettlementError::ReceiptNotNewer)), "{refusal}");
}

#[tokio::test]
async fn what_may_not_be_paid_for_is_not_served() {
    let mut scene = Scene::new();
    let payment = scene.pay(CENT);
    assert!(matches!(scene.refused(&payment, CENT + 1).await, Refusal::Offer));
    let with = |change: fn(&mut Seen)| {
        let (jobs, place) = (One(Arc::new(Mutex::new(scene.jobs.0.lock().unwrap().clone()))), &scene.place);
        change(&mut jobs.0.lock().unwrap());
        till(&jobs, place)
    };
    type Case = (fn(&mut Seen), fn(&Refusal) -> bool);
    let cases: [Case; 8] = [
        (|seen| seen.job.terms.provider = JOB, |it| matches!(it, Refusal::Provider)),
        (
            |seen| seen.job.state = JobState::Closing as u8,
            |it| matches!(it, Refusal::Program(SettlementError::WrongState)),
        ),
        (|seen| seen.job.meter = JOB, |it| matches!(it, Refusal::Program(SettlementError::ReceiptSigner))),
        (
            |seen| seen.config.receipt_domain = [8; 32],
            |it| matches!(it, Refusal::Program(SettlementError::ReceiptDomain)),
        ),
        (|seen| seen.job.opened_at = 6, |it| matches!(it, Refusal::Program(SettlementError::ReceiptJob))),
        (|seen| seen.moment.1 = 1_999, |it| matches!(it, Refusal::Program(SettlementError::ReceiptTime))),
        (
            |seen| seen.job.through = 1_999_999,
            |it| matches!(it, Refusal::Program(SettlementError::ReceiptNotNewer)),
        ),
        (|seen| seen.worth = 10_000, |it| matches!(it, Refusal::Unsecured(_))),
    ];
    for (at, (change, is_right)) in cases.into_iter().enumerate() {
        let Err(refusal) = with(change).admit(&payment, CENT).await else { panic!("{at} was admitted") };
        assert!(is_right(&refusal), "{at}: {refusal}");
    }
    let mut forged = payment.clone();
    let Voucher::Receipt { receipt } = &mut forged.payload;
    let mut signed = SignedReceipt::from_text(receipt).unwrap();
    signed.receipt.units += 1;
    *receipt = signed.to_text();
    assert!(matches!(scene.refused(&forged, CENT).await, Refusal::Program(SettlementError::NoReceipt)));
}

#[tokio::test]
async fn no_more_is_risked_than_was_said() {
    let mut scene = Scene::new();
    for _ in 0..5 {
        let payment = scene.pay(1_000_000);
        let settled = scene.till.admit(&payment, 1_000_000).await.unwrap().charge(1_000_000).await.unwrap();
        scene.payer.paid(&settled).unwrap();
    }
    let payment = scene.pay(1_000_000);
    assert!(matches!(scene.refused(&payment, 1_000_000).await, Refusal::Unsettled(_)));
    scene.change(|seen| {
        (seen.job.accepted, seen.job.settled, seen.job.units) = (5_000_000, 5_000_000, 5_000);
    });
    scene.till.admit(&payment, 1_000_000).await.unwrap();
}

#[test]
fn a_program_pays_no_more_than_its_owner_allows() {
    let mut scene = Scene::new();
    let dear = scene.required(1_000_001, None);
    assert!(matches!(scene.payer.pay(&dear, 2_000), Err(Declined::Dear(1_000_001, 1_000_000))));
    let standing = Standing { job: JOB.to_string(), authorized: "0".into(), charged: "1".into() };
    let liar = scene.required(CENT, Some(standing));
    assert!(matches!(scene.payer.pay(&liar, 2_000), Err(Declined::Overcharged(1, 0))));
    let mut other = scene.required(CENT, None);
    other.accepts[0].pay_to = JOB.to_string();
    assert!(matches!(scene.payer.pay(&other, 2_000), Err(Declined::NoWay)));
    let mut charged = 0;
    while charged + 1_000_000 <= 9_000_000 {
        scene.pay(1_000_000);
        charged += 1_000_000;
        let extra =
            Standing { job: JOB.to_string(), authorized: String::new(), charged: charged.to_string() };
        let settled = Settled {
            success: true,
            transaction: "x".into(),
            network: "solana:x".into(),
            payer: String::new(),
            amount: "1000000".into(),
            extra,
        };
        scene.payer.paid(&settled).unwrap();
    }
    let next = scene.required(1, None);
    assert!(matches!(scene.payer.pay(&next, 2_000), Err(Declined::Spent(9_000_001, 9_000_000))));
    assert_eq!(scene.payer.authorized(), 9_000_000);
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Pay { price: u64, charge: Option<u64> },
    Replay,
    Restart,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let pay = (1..300_000u64, proptest::option::of(0..400_000u64));
    let pay = pay.prop_map(|(price, charge)| Step::Pay { price, charge });
    proptest::collection::vec(prop_oneof![4 => pay, 1 => Just(Step::Replay), 1 => Just(Step::Restart)], 1..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn never_is_more_charged_than_authorized_and_nothing_is_served_for_nothing(steps in steps()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let mut scene = Scene::new();
            let (mut charged, mut last) = (0u64, None);
            for step in steps {
                match step {
                    Step::Pay { price, charge } => {
                        let required = scene.required(price, None);
                        let Ok(header) = scene.payer.pay(&required, 2_000) else { continue };
                        let payment: Payment = decode(header.as_bytes()).unwrap();
                        match scene.till.admit(&payment, price).await {
                            Ok(admission) => if let Some(charge) = charge {
                                let settled = admission.charge(charge).await.unwrap();
                                charged += charge.min(price);
                                prop_assert_eq!(&settled.extra.charged, &charged.to_string());
                                scene.payer.paid(&settled).unwrap();
                            },
                            Err(refusal) => prop_assert!(matches!(refusal, Refusal::Unsettled(_)), "{}", refusal),
                        }
                        last = Some((payment, price));
                    }
                    Step::Replay => if let Some((payment, price)) = &last {
                        // It may cover what was authorized and not charged, and no more.
                        let before = scene.payer.authorized() - charged;
                        prop_assert_eq!(scene.till.admit(payment, *price).await.is_ok(), before >= *price && charged + *price <= 5_000_000);
                    },
                    Step::Restart => scene.restart(),
                }
                prop_assert!(charged <= scene.payer.authorized());
                if let Some(kept) = Folder::new(scene.place.path()).unwrap().load(&JOB).unwrap() {
                    prop_assert_eq!(kept.charged, charged);
                }
            }
            Ok(())
        })?;
    }
}

#[tokio::test]
async fn what_can_no_longer_be_settled_serves_no_more() {
    let mut scene = Scene::new();
    let payment = scene.pay(CENT);
    drop(scene.till.admit(&payment, CENT).await.unwrap());
    // The consumer changes the session key, and the grace of the old one's receipts passes.
    scene.change(|seen| {
        seen.job.previous_meter = seen.job.meter;
        seen.job.meter = JOB;
        (seen.job.rotated_at, seen.job.rotated_slot) = (2_000, 77);
        seen.moment = (1_000_000, 900_000);
    });
    let refusal = scene.refused(&payment, CENT).await;
    assert!(matches!(refusal, Refusal::Program(SettlementError::ReceiptTooLate)), "{refusal}");
    // It closes the job.
    scene.change(|seen| seen.job.state = JobState::Closing as u8);
    let refusal = scene.refused(&payment, CENT).await;
    assert!(matches!(refusal, Refusal::Program(SettlementError::WrongState)), "{refusal}");
}

#[tokio::test]
async fn how_a_job_stands_is_told_to_nobody_who_cannot_pay_out_of_it() {
    let mut scene = Scene::new();
    let payment = scene.pay(CENT);
    scene.till.admit(&payment, CENT).await.unwrap().charge(CENT).await.unwrap();
    let Voucher::Receipt { receipt } = &payment.payload;
    let mut less = SignedReceipt::from_text(receipt).unwrap().receipt;
    less.units = 1;
    let mut forged = payment.clone();
    forged.payload =
        Voucher::Receipt { receipt: SignedReceipt::sign(&Keypair::new(), less).unwrap().to_text() };
    let refusal = scene.refused(&forged, CENT).await;
    assert!(matches!(refusal, Refusal::Program(SettlementError::ReceiptSigner)), "{refusal}");
}
