//! Schemes that combine several allowed steps to end with more than one should.

use crate::common::{an_hour, end_of, wind_up};
use settlement_interface::accounts::{Job, Party, Provider};
use settlement_interface::oracle::PriceMessage;
use settlement_interface::parameters::HOUR;
use settlement_interface::{SettlementError as E, pda};
use solana_signer::Signer;
use tests::{Actors, ESCROW, JobFixture, STAKE, World, order, units};

/// What a wallet holds, with what is minted to it in the end.
fn wealth(world: &World, wallet: &solana_keypair::Keypair) -> u64 {
    world.balance(&wallet.pubkey())
}

#[test]
fn a_wallet_trades_with_itself_to_mint() {
    let mut world = World::new();
    // One key is consumer and provider of the whole network: its burns are all the burns there are.
    let me = world.holder(3_000_000_000_000);
    let bank = world.bank.pubkey();
    let rates = [Default::default(); settlement_interface::accounts::RATES];
    let register = world.network.register_provider(&bank, &me.pubkey(), &[0; 32], &rates);
    let source = world.associated(&me.pubkey());
    let stake = world.network.stake(&me.pubkey(), &source, &pda::provider(&me.pubkey()), STAKE);
    world.must(&[world.network.register_consumer(&bank, &me.pubkey()), register, stake], &[&me]);
    let session = world.wallet();
    let actors = Actors { consumer: me.insecure_clone(), provider: me.insecure_clone(), session };
    let (before, supply) = (wealth(&world, &me), world.supply());
    let usual = order(world.now(), &actors.session.pubkey());
    let job = JobFixture::offered_as(&mut world, actors, &usual, ESCROW);
    job.accept(&mut world).unwrap();
    job.start(&mut world).unwrap();
    // The price swings as far as it may without a halt, and the key settles whenever it likes.
    for (step, spot) in [(1, 200_000_000), (2, 219_000_000), (3, 181_000_000), (4, 200_000_000)] {
        world.until(world.now() + HOUR);
        world.publish(PriceMessage { spot, publish_time: world.now(), ..world.price });
        job.settle(&mut world, units(step * 15_000_000)).unwrap();
    }
    let epoch = world.epoch();
    job.close(&mut world, &me).unwrap();
    world.until(world.now() + 2 * HOUR);
    world.must(&[world.network.claim(&me.pubkey())], &[]);
    wind_up(&mut world, &job);
    world.until(end_of(epoch).max(world.now()));
    world.must(&[world.network.claim_rebate(&me.pubkey(), epoch, &me.pubkey())], &[]);
    let provider: Provider = world.read(&job.keys.provider);
    let lost = before - wealth(&world, &me);
    assert_eq!(lost, supply - world.supply(), "what it lost is burned");
    assert!(2 * lost > provider.take, "it loses more than half of the take: {lost} of {}", provider.take);
    assert_eq!(lost, provider.burned - provider.minted);
}

#[test]
fn borrowed_tokens_are_a_stake_for_one_transaction() {
    let mut world = World::new();
    let job = JobFixture::offered(&mut world);
    let by = &[&job.actors.provider];
    let empty = world.network.request_unstake(&job.authority(), STAKE);
    world.must(&[empty], by);
    let hash = job.read(&world).terms_hash;
    let (me, provider) = (job.authority(), job.keys.provider);
    let borrowed = ESCROW / 10;
    // Staked, accepted on, asked back and withdrawn in one go, so that the loan can be repaid.
    let source = world.associated(&me);
    let stake = world.network.stake(&me, &source, &provider, borrowed);
    let accept = world.network.accept_offer(&me, &job.keys.job, &hash, u64::MAX);
    let request = world.network.request_unstake(&me, borrowed);
    let withdraw = world.network.withdraw_stake(&me);
    let loan = [stake.clone(), accept.clone(), request.clone(), withdraw.clone()];
    world.refused(&loan, by, E::InsufficientStake);
    world.refused(&[stake.clone(), request, withdraw], by, E::StillUnbonding);
    // What can be done in one go is to be bound by it.
    world.must(&[stake, accept], by);
    assert_eq!(job.provider(&world).locked, borrowed);
}

#[test]
fn a_job_of_one_base_unit_escapes_every_share() {
    let mut world = World::new();
    let actors = Actors::new(&mut world);
    let usual = order(world.now(), &actors.session.pubkey());
    let job = JobFixture::offered_as(&mut world, actors, &usual, 1);
    job.accept(&mut world).unwrap();
    // The bond is rounded up to one unit, and so is what a failure takes of it.
    assert_eq!(job.read(&world).bond, 1);
    let by = world.holder(0);
    world.until(usual.start_by + 1);
    job.mark(&mut world, &by);
    world.until(world.now() + HOUR);
    let supply = world.supply();
    job.advance(&mut world);
    assert_eq!((job.provider(&world).slashed, supply - world.supply()), (1, 1));
    // Worked on, all of it is take: nothing is minted for less than a unit.
    let again = order(world.now(), &job.actors.session.pubkey());
    let job = job.again(&mut world, &again, 1);
    job.accept(&mut world).unwrap();
    job.start(&mut world).unwrap();
    world.until(world.now() + HOUR);
    job.settle(&mut world, 3_600_000).unwrap();
    let state: Job = job.read(&world);
    assert_eq!((state.escrow, state.burned, state.take, state.earned), (0, 1, 1, 0));
    world.refused(&[world.network.claim(&job.authority())], &[], E::NothingToClaim);
}

#[test]
fn a_job_is_accepted_before_there_ever_was_a_price() {
    let mut world = World::new();
    let job = JobFixture::offered(&mut world);
    let hash = job.read(&world).terms_hash;
    let accept = world.network.accept_offer(&job.authority(), &job.keys.job, &hash, u64::MAX);
    world.svm.set_account(world.network.feed, Default::default()).unwrap();
    assert_eq!((world.last_price().spot, world.last_price().publish_time), (0, 0));
    // Such a job could neither be converted nor ended in kind: there is no price to pay by.
    world.refused(&[accept], &[&job.actors.provider], E::NoPrice);
    // The consumer is not held up by it.
    job.cancel(&mut world).unwrap();
    job.withdraw(&mut world, Party::Consumer, &job.wallet()).unwrap();
    job.reclaim(&mut world).unwrap();
}

#[test]
fn a_gift_to_a_vault_is_billed_as_escrow_or_locked_as_bond() {
    let mut world = World::new();
    let job = an_hour(&mut world);
    let mint = world.network.mint;
    // The escrow is 60 tokens; somebody sends the vault a thousand more.
    let gift = 1_000_000_000_000;
    world.set_tokens(&job.vault(), &mint, &job.keys.job, ESCROW + gift);
    world.until(world.now() + 10 * HOUR);
    job.top_up(&mut world, 0, 900_000_000).unwrap();
    job.settle(&mut world, units(160_000_000)).unwrap();
    let state = job.read(&world);
    assert_eq!((state.escrow, state.burned), (0, ESCROW), "only what was escrowed burns");
    assert_eq!(world.tokens(&job.vault()), gift);
    let next = world.network.convert(&world.bank.pubkey(), &job.keys, world.epoch());
    world.refused(&[next], &[], E::NothingToConvert);
    job.close(&mut world, &job.actors.provider).unwrap();
    let before = world.balance(&job.wallet());
    wind_up(&mut world, &job);
    assert_eq!(world.balance(&job.wallet()), before + gift);
}

#[test]
fn fees_are_raised_by_topping_up_just_before_cancelling() {
    let mut world = World::new();
    let job = JobFixture::assigned(&mut world);
    let (consumer, provider) = (world.balance(&job.wallet()), world.balance(&job.authority()));
    // A fee is a share of the consumer's own escrow: it can only pay more by adding to it.
    job.top_up(&mut world, ESCROW, 0).unwrap();
    job.cancel(&mut world).unwrap();
    let fee = 2 * ESCROW / 50;
    job.withdraw(&mut world, Party::Consumer, &job.wallet()).unwrap();
    job.withdraw(&mut world, Party::Provider, &job.authority()).unwrap();
    assert_eq!(world.balance(&job.wallet()), consumer + ESCROW - fee);
    assert_eq!(world.balance(&job.authority()), provider + fee);
    assert_eq!(job.provider(&world).locked, 0);
}
