//! Minting what was earned, and the quality rebate of an epoch.

use settlement_interface::SettlementError as E;
use settlement_interface::accounts::{Credit, Epoch};
use settlement_interface::events::{Claimed, Event, RebateClaimed};
use settlement_interface::oracle::PriceMessage;
use settlement_interface::parameters::Parameters;
use settlement_interface::pda;
use settlement_interface::terms::Order;
use solana_instruction_error::InstructionError;
use solana_signer::Signer;
use tests::{JobFixture, World, keypair, touched, units};

/// What 2 USD of work burn, and of it the take and what is earned, at the usual price.
const BURNED: u64 = 1_000_500_251;
const TAKE: u64 = 50_025_013;
const EARNED: u64 = 949_525_237;

/// One provider that has settled 2 USD, and one that has settled 2 USD twice, in one epoch.
fn two_providers(parameters: Parameters) -> (World, JobFixture, JobFixture, u64) {
    let mut world = World::with(parameters);
    let (one, two) = (JobFixture::running(&mut world), JobFixture::running(&mut world));
    world.until(world.now() + 3_600);
    one.settle(&mut world, 3_600_000).unwrap();
    two.settle(&mut world, 3_600_000).unwrap();
    world.until(world.now() + 3_600);
    two.settle(&mut world, 7_200_000).unwrap();
    let epoch = world.epoch();
    (world, one, two, epoch)
}

fn end_of(epoch: u64) -> i64 {
    i64::try_from(epoch + 1).unwrap() * Parameters::DEFAULT.epoch_len
}

fn earned(world: &mut World) -> JobFixture {
    let job = JobFixture::running(world);
    world.until(world.now() + 3_600);
    job.settle(world, 3_600_000).unwrap();
    job
}

#[test]
fn anyone_has_earnings_minted_to_the_provider_once() {
    let mut world = World::new();
    let job = earned(&mut world);
    let (supply, before) = (world.supply(), world.balance(&job.authority()));
    let claim = world.network.claim(&job.authority());
    let sent = world.must(std::slice::from_ref(&claim), &[]);
    let expected = Claimed {
        entities: [touched(&job.keys.provider, 5)],
        at: world.now(),
        provider: job.keys.provider,
        wallet: job.authority(),
        amount: EARNED,
        minted: EARNED,
    };
    assert_eq!(sent.events, [Event::Claimed(Box::new(expected))]);
    assert_eq!((world.supply(), world.balance(&job.authority())), (supply + EARNED, before + EARNED));
    let provider = job.provider(&world);
    assert_eq!((provider.claimable, provider.earned, provider.minted), (0, EARNED, EARNED));
    world.refused(&[claim], &[], E::NothingToClaim);
}

#[test]
fn anothers_earnings_cannot_be_claimed_to_oneself() {
    let mut world = World::new();
    let job = earned(&mut world);
    let thief = world.holder(0).pubkey();
    let mut claim = world.network.claim(&job.authority());
    claim.accounts[3].pubkey = world.associated(&thief);
    world.refused(&[claim], &[], E::NotAssociated);
}

#[test]
fn earnings_wait_for_an_account_that_can_receive_them() {
    let mut world = World::new();
    let job = earned(&mut world);
    let claim = world.network.claim(&job.authority());
    let (mint, account) = (world.network.mint, world.associated(&job.authority()));
    let good = world.svm.get_account(&account).unwrap();
    world.freeze(&account);
    world.refused(std::slice::from_ref(&claim), &[], E::Undeliverable);
    world.set_tokens(&account, &mint, &keypair(61).pubkey(), 0);
    world.refused(std::slice::from_ref(&claim), &[], E::Undeliverable);
    world.svm.set_account(account, solana_account::Account::default()).unwrap();
    world.refused(std::slice::from_ref(&claim), &[], E::NotAssociated);
    world.svm.set_account(account, good).unwrap();
    world.must(&[claim], &[]);
}

#[test]
fn earnings_are_minted_in_the_compute_token_only() {
    let mut world = World::new();
    let job = earned(&mut world);
    let mint = keypair(50).pubkey();
    world.set_mint(&mint, Some(pda::config()), None, 9, 0);
    let mut claim = world.network.claim(&job.authority());
    claim.accounts[2].pubkey = mint;
    world.refused(&[claim], &[], E::WrongMint);
}

#[test]
fn an_epochs_rebate_is_divided_by_take_and_quality_to_the_base_unit() {
    let (mut world, one, two, epoch) = two_providers(Parameters::DEFAULT);
    // A quarter of three takes; weights are 5,000 and 5,000 + 5,098 times the take.
    let pool = 37_518_759;
    let shares = [(&one, 12_425_075, 6), (&two, 25_093_683, 7)];
    let (supply, burned) = (world.supply(), 3 * BURNED);
    world.until(end_of(epoch));
    let mut minted = 0;
    for (at, (job, share, sequence)) in shares.into_iter().enumerate() {
        world.must(&[world.network.claim(&job.authority())], &[]);
        let claimed = job.provider(&world).minted;
        let (rent, payer) = (world.lamports(&pda::credit(epoch, &job.keys.provider)), job.authority());
        let lamports = world.lamports(&payer);
        let rebate = world.network.claim_rebate(&job.authority(), epoch, &payer);
        let sent = world.must(std::slice::from_ref(&rebate), &[]);
        let place = u64::try_from(at).unwrap();
        let takes = place + 1;
        let expected = RebateClaimed {
            entities: [
                touched(&pda::epoch(epoch), 4 + place),
                touched(&pda::credit(epoch, &job.keys.provider), 1 + takes),
                touched(&job.keys.provider, sequence),
            ],
            at: world.now(),
            provider: job.keys.provider,
            wallet: job.authority(),
            epoch,
            pool,
            amount: share,
            minted: claimed + share,
            rent_payer: payer,
        };
        assert_eq!(sent.events, [Event::RebateClaimed(Box::new(expected))]);
        assert!(world.get::<Credit>(&pda::credit(epoch, &job.keys.provider)).is_none());
        assert_eq!(world.lamports(&payer), lamports + rent);
        // Whoever traded with himself lost more than half of the take.
        assert!(share * 2 < takes * TAKE);
        minted += claimed + share;
        // Twice.
        world.refused(&[rebate], &[], InstructionError::AccountDataTooSmall);
    }
    let books: Epoch = world.read(&pda::epoch(epoch));
    assert_eq!((books.rebated, books.credits, books.claimed), (12_425_075 + 25_093_683, 2, 2));
    assert!(books.rebated <= pool);
    assert_eq!(world.supply(), supply + minted);
    assert!(minted < burned, "supply never grows");
}

#[test]
fn a_rebate_waits_for_the_end_of_its_epoch_to_the_second() {
    let (mut world, one, _, epoch) = two_providers(Parameters::DEFAULT);
    let rebate = world.network.claim_rebate(&one.authority(), epoch, &one.authority());
    world.until(end_of(epoch) - 1);
    world.refused(std::slice::from_ref(&rebate), &[], E::EpochRunning);
    world.until(end_of(epoch));
    world.must(&[rebate], &[]);
}

#[test]
fn an_epoch_without_work_has_no_rebate() {
    let (mut world, one, _, epoch) = two_providers(Parameters::DEFAULT);
    world.until(end_of(epoch + 1));
    let rebate = world.network.claim_rebate(&one.authority(), epoch + 1, &one.authority());
    world.refused(&[rebate], &[], InstructionError::AccountDataTooSmall);
}

#[test]
fn a_rebate_share_of_zero_mints_nothing_and_still_returns_the_rent() {
    let (mut world, one, _, epoch) = two_providers(Parameters { rebate_bps: 0, ..Parameters::DEFAULT });
    world.until(end_of(epoch));
    let (supply, lamports) = (world.supply(), world.lamports(&one.authority()));
    let rebate = world.network.claim_rebate(&one.authority(), epoch, &one.authority());
    // There is nothing to deliver, so that a frozen account is no obstacle.
    let account = world.associated(&one.authority());
    world.freeze(&account);
    let sent = world.must(&[rebate], &[]);
    let Event::RebateClaimed(claimed) = sent.only() else { panic!("{:?}", sent.events) };
    assert_eq!((claimed.pool, claimed.amount, world.supply()), (0, 0, supply));
    assert!(world.lamports(&one.authority()) > lamports);
}

#[test]
fn a_rebate_names_its_own_accounts() {
    let (mut world, one, two, epoch) = two_providers(Parameters::DEFAULT);
    world.until(end_of(epoch) + 60);
    one.settle(&mut world, 3_660_000).unwrap();
    let next = world.epoch();
    world.until(end_of(next));
    let (payer, thief) = (one.authority(), world.holder(0).pubkey());
    let mint = keypair(50).pubkey();
    world.set_mint(&mint, Some(pda::config()), None, 9, 0);
    let good = world.network.claim_rebate(&one.authority(), epoch, &payer);
    for (position, account, error) in [
        (0, pda::epoch(next), E::WrongEpoch),
        (1, pda::credit(next, &one.keys.provider), E::WrongEpoch),
        (1, pda::credit(epoch, &two.keys.provider), E::WrongProvider),
        (2, two.keys.provider, E::WrongProvider),
        (4, mint, E::WrongMint),
        (5, world.associated(&thief), E::NotAssociated),
        (6, thief, E::WrongRentPayer),
    ] {
        let mut bad = good.clone();
        bad.accounts[position].pubkey = account;
        world.refused(&[bad], &[], error);
    }
    let account = world.associated(&one.authority());
    world.freeze(&account);
    world.refused(&[good], &[], E::Undeliverable);
}

#[test]
fn a_stranger_who_opened_a_credit_gets_its_rent_back_when_anyone_claims() {
    let mut world = World::new();
    let job = JobFixture::running(&mut world);
    world.pass(3_600);
    job.settle(&mut world, 3_600_000).unwrap();
    world.refresh();
    let stranger = world.wallet();
    let epoch = world.epoch();
    let convert = world.network.convert(&stranger.pubkey(), &job.keys, epoch);
    world.must(&[convert], &[&stranger]);
    let rent = world.lamports(&pda::credit(epoch, &job.keys.provider));
    let before = world.lamports(&stranger.pubkey());
    world.until(end_of(epoch));
    let rebate = world.network.claim_rebate(&job.authority(), epoch, &stranger.pubkey());
    world.must(&[rebate], &[]);
    assert_eq!(world.lamports(&stranger.pubkey()), before + rent);
}

#[test]
fn self_dealing_with_the_best_quality_among_the_worst_gets_back_less_than_half_of_its_take() {
    let mut world = World::new();
    let long = |order: &mut Order| order.end_by += 30 * 86_400;
    let dealer = JobFixture::running_as(&mut world, long, 80_000_000_000);
    let others = [JobFixture::running(&mut world), JobFixture::running(&mut world)];
    // A record of 90 USD, from an epoch before.
    world.until(world.now() + 30_000);
    dealer.settle(&mut world, units(90_000_000)).unwrap();
    let epoch = world.epoch() + 1;
    world.until(i64::try_from(epoch).unwrap() * 86_400);
    let before = dealer.provider(&world);
    // The price moves up and down while the epoch lasts, and others without a record work a little.
    for (turn, spot) in (1..=8u64).zip([200, 210, 190, 205, 195, 219, 181, 200]) {
        world.until(world.now() + 900);
        let price = PriceMessage { spot: spot * 1_000_000, ..world.price };
        world.publish(price);
        dealer.settle(&mut world, units(90_000_000 + turn * 1_000_000)).unwrap();
        for other in &others {
            other.settle(&mut world, turn * 1_000).unwrap();
        }
    }
    let after = dealer.provider(&world);
    let (burned, take) = (after.burned - before.burned, after.take - before.take);
    let earned = after.earned - before.earned;
    world.until(i64::try_from(epoch + 1).unwrap() * 86_400);
    let rebate = world.network.claim_rebate(&dealer.authority(), epoch, &dealer.authority());
    let sent = world.must(&[rebate], &[]);
    let Event::RebateClaimed(rebate) = sent.only() else { panic!("{:?}", sent.events) };
    assert!(rebate.amount > 0 && rebate.amount * 2 < take, "{} of {take}", rebate.amount);
    assert!(earned + rebate.amount < burned, "supply shrinks");
}
