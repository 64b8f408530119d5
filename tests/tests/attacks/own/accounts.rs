//! Attacks on accounts from outside the program: through SPL Token, by lamports, by registering.

use crate::common::{wind_up, with, worked};
use settlement_interface::accounts::{Consumer, Party, Provider, RATES, RateEntry};
use settlement_interface::parameters::DAY;
use settlement_interface::{Address, SettlementError as E, pda};
use solana_instruction::{AccountMeta, Instruction};
use solana_instruction_error::InstructionError;
use solana_keypair::Keypair;
use solana_signer::Signer;
use tests::{ESCROW, JobFixture, STAKE, World, order};

/// An instruction of SPL Token: its data, the account it is about, what follows, and who signs.
fn token(data: &[u8], accounts: &[(Address, bool)]) -> Instruction {
    let accounts = accounts.iter().map(|(address, signs)| AccountMeta::new(*address, *signs)).collect();
    Instruction { program_id: pda::TOKEN_PROGRAM, accounts, data: data.to_vec() }
}

#[test]
fn a_vault_or_the_mint_is_taken_over_through_the_token_program() {
    let mut world = World::new();
    let job = worked(&mut world);
    let thief = world.holder(0);
    let me = (thief.pubkey(), true);
    let (mint, mine) = (world.network.mint, world.associated(&thief.pubkey()));
    let to_me = |kind: u8| [&[6, kind, 1][..], thief.pubkey().as_ref()].concat();
    let one = |code: u8| [&[code][..], &1u64.to_le_bytes()].concat();
    for vault in [job.vault(), pda::stake_vault()] {
        for (data, accounts) in [
            (one(3), vec![(vault, false), (mine, false), me]), // transfer
            (one(4), vec![(vault, false), (mine, false), me]), // approve
            (to_me(2), vec![(vault, false), me]),              // owner
            (to_me(3), vec![(vault, false), me]),              // close authority
            (one(8), vec![(vault, false), (mint, false), me]), // burn
            (vec![9], vec![(vault, false), (mine, false), me]), // close
            (vec![10], vec![(vault, false), (mint, false), me]), // freeze
            ([&[18][..], thief.pubkey().as_ref()].concat(), vec![(vault, false), (mint, false)]), // initialise
        ] {
            let signers: &[&Keypair] = &[&thief];
            let signed = accounts.contains(&me);
            world.rejected(&[token(&data, &accounts)], if signed { signers } else { &[] });
        }
        // In the owner's name, which is a program's address and cannot sign a transaction.
        let owner = if vault == job.vault() { job.keys.job } else { pda::config() };
        let transfer = token(&one(3), &[(vault, false), (mine, false), (owner, false)]);
        world.rejected(&[transfer], &[]);
    }
    // The mint: its authority, or tokens out of nothing.
    world.rejected(&[token(&to_me(0), &[(mint, false), me])], &[&thief]);
    world.rejected(&[token(&one(7), &[(mint, false), (mine, false), me])], &[&thief]);
    assert_eq!(world.balance(&thief.pubkey()), 0);
}

#[test]
fn tokens_of_somebody_who_approved_a_delegate_are_put_in_escrow() {
    let mut world = World::new();
    let actors = tests::Actors::new(&mut world);
    let victim = world.holder(100);
    let source = world.associated(&victim.pubkey());
    let usual = order(world.now(), &actors.session.pubkey());
    let (open, keys, nonce) = actors.open(&world, &usual, 60);
    let from_victim = with(&open, 7, &source);
    let by = actors.consumer.insecure_clone();
    // Without an approval nothing; with one of 50, no more than 50, and only the delegate.
    world.refused(std::slice::from_ref(&from_victim), &[&by], InstructionError::Custom(4));
    let approve = [&[4][..], &50u64.to_le_bytes()].concat();
    let approve = token(&approve, &[(source, false), (by.pubkey(), false), (victim.pubkey(), true)]);
    world.must(&[approve], &[&victim]);
    world.refused(&[from_victim], &[&by], InstructionError::Custom(1));
    let (less, _, _) = actors.open(&world, &usual, 50);
    world.must(&[with(&less, 7, &source)], &[&by]);
    assert_eq!((world.tokens(&source), world.tokens(&pda::vault(&keys.job))), (50, 50));
    // It was an approval to spend: what is refunded is the consumer's, as it had been paid to it.
    let job = JobFixture { actors, keys, nonce };
    job.cancel(&mut world).unwrap();
    let before = world.balance(&job.wallet());
    job.withdraw(&mut world, Party::Consumer, &job.wallet()).unwrap();
    assert_eq!(world.balance(&job.wallet()), before + 50);
}

#[test]
fn a_refund_finds_its_associated_account_in_another_hand() {
    let mut world = World::new();
    let job = JobFixture::closed(&mut world);
    let buyer = world.wallet();
    let account = world.associated(&job.wallet());
    let before = world.tokens(&account);
    // The consumer, or who stole its key, hands the account itself over.
    let give = [&[6, 2, 1][..], buyer.pubkey().as_ref()].concat();
    world.must(&[token(&give, &[(account, false), (job.wallet(), true)])], &[&job.actors.consumer]);
    let pay = world.network.withdraw(&job.keys, Party::Consumer as u8, &job.wallet());
    world.refused(std::slice::from_ref(&pay), &[], E::Undeliverable);
    // Named as the buyer's, it is not the buyer's associated account either.
    world.refused(&[job.reclaiming(&world)], &[], E::DuesRemain);
    world.pass(365 * DAY);
    let back = [&[6, 2, 1][..], job.wallet().as_ref()].concat();
    world.must(&[token(&back, &[(account, false), (buyer.pubkey(), true)])], &[&buyer]);
    world.must(&[pay], &[]);
    assert_eq!(world.tokens(&account), before + ESCROW - job.read(&world).burned);
}

#[test]
fn tokens_are_burned_outside_of_the_program() {
    let mut world = World::new();
    let job = worked(&mut world);
    let holder = world.holder(1_000_000_000_000);
    let (mint, account) = (world.network.mint, world.associated(&holder.pubkey()));
    let all = [&[8][..], &1_000_000_000_000u64.to_le_bytes()].concat();
    let supply = world.supply();
    world.must(&[token(&all, &[(account, false), (mint, false), (holder.pubkey(), true)])], &[&holder]);
    assert_eq!(world.supply(), supply - 1_000_000_000_000);
    // It is nobody's licence to mint, and holds up nobody.
    let due = job.provider(&world).claimable;
    world.must(&[world.network.claim(&job.authority())], &[]);
    assert_eq!(world.supply(), supply - 1_000_000_000_000 + due);
    world.refused(&[world.network.claim(&job.authority())], &[], E::NothingToClaim);
}

#[test]
fn lamports_are_sent_to_accounts_that_are_about_to_close() {
    let mut world = World::new();
    let job = worked(&mut world);
    let bank = world.bank.pubkey();
    let epoch = world.epoch();
    for address in [job.keys.job, job.vault(), pda::credit(epoch, &job.keys.provider)] {
        let held = world.svm.get_account(&address).unwrap();
        let more = solana_account::Account { lamports: held.lamports + 123_456_789, ..held };
        world.svm.set_account(address, more).unwrap();
    }
    job.close(&mut world, &job.actors.consumer).unwrap();
    let before = world.lamports(&bank);
    wind_up(&mut world, &job);
    assert!(world.lamports(&bank) > before + 2 * 123_456_789, "gifts go with the rent");
    world.until(crate::common::end_of(epoch).max(world.now()));
    let payer = job.authority();
    let lamports = world.lamports(&payer);
    world.must(&[world.network.claim_rebate(&payer, epoch, &payer)], &[]);
    assert!(world.lamports(&payer) > lamports + 123_456_789);
}

#[test]
fn a_wallet_is_registered_by_a_stranger_first() {
    let mut world = World::new();
    let (victim, squatter) = (world.holder(ESCROW), world.wallet());
    let register = world.network.register_consumer(&squatter.pubkey(), &victim.pubkey());
    world.must(std::slice::from_ref(&register), &[&squatter]);
    world.rejected(&[register], &[&squatter]);
    // The stranger opens nothing in the wallet's name.
    let mut actors = tests::Actors::new(&mut world);
    actors.consumer = victim.insecure_clone();
    let usual = order(world.now(), &actors.session.pubkey());
    let (open, _, _) = actors.open(&world, &usual, ESCROW);
    let mut unsigned = open.clone();
    unsigned.accounts[1].is_signer = false;
    world.refused(&[unsigned], &[], InstructionError::MissingRequiredSignature);
    let posing = with(&open, 1, &squatter.pubkey());
    world.rejected(&[posing], &[&squatter]);
    // And the wallet is a consumer like any other.
    world.must(&[open], &[&victim]);
    assert_eq!(world.read::<Consumer>(&pda::consumer(&victim.pubkey())).next_nonce, 1);
}

#[test]
fn a_provider_registers_again_to_wipe_its_record_or_in_anothers_name() {
    let mut world = World::new();
    let by = world.wallet();
    let job = JobFixture::failed(&mut world, &by);
    let (bank, rates) = (world.bank.pubkey(), [RateEntry::default(); RATES]);
    let again = world.network.register_provider(&bank, &job.authority(), &[0; 32], &rates);
    world.rejected(std::slice::from_ref(&again), &[&job.actors.provider]);
    // Lamports do not make it a new account, and its description is not its record.
    world.svm.airdrop(&job.keys.provider, 1_000_000_000).unwrap();
    world.rejected(&[again], &[&job.actors.provider]);
    let before: Provider = job.provider(&world);
    let update = world.network.update_provider(&job.authority(), &[1; 32], &rates);
    world.must(&[update], &[&job.actors.provider]);
    let after: Provider = job.provider(&world);
    assert_eq!((after.bad, after.slashed, after.jobs_failed), (before.bad, before.slashed, 1));
    assert_eq!(after.stake, STAKE - after.slashed);
    // Nobody registers another's authority, or describes it.
    let victim = world.wallet();
    let mut theirs = world.network.register_provider(&by.pubkey(), &victim.pubkey(), &[0; 32], &rates);
    theirs.accounts[1].is_signer = false;
    world.refused(&[theirs], &[&by], InstructionError::MissingRequiredSignature);
    let update = with(&world.network.update_provider(&by.pubkey(), &[2; 32], &rates), 1, &job.keys.provider);
    world.refused(&[update], &[&by], E::WrongParty);
}

#[test]
fn the_admin_helps_itself_to_what_the_vaults_hold() {
    let mut world = World::new();
    let job = JobFixture::closed(&mut world);
    let worker = worked(&mut world);
    let admin = world.admin.insecure_clone();
    world.give(&admin.pubkey(), 1);
    let mine = world.associated(&admin.pubkey());
    let by = &[&admin];
    let free = world.network.request_unstake(&worker.authority(), 1);
    world.must(&[free], &[&worker.actors.provider]);
    world.pass(7 * DAY);
    for (instruction, position) in [
        (world.network.withdraw_stake(&worker.authority()), 3),
        (world.network.claim(&worker.authority()), 3),
        (world.network.withdraw(&job.keys, Party::Consumer as u8, &job.wallet()), 5),
    ] {
        world.refused(&[with(&instruction, position, &mine)], &[], E::NotAssociated);
    }
    // As if it were a party.
    let close = world.network.close_job(&admin.pubkey(), &worker.keys);
    world.refused(&[close], by, E::WrongParty);
    let cancel = world.network.cancel_job(&admin.pubkey(), &worker.keys);
    world.refused(&[cancel], by, E::WrongParty);
    let unstake = with(&world.network.request_unstake(&admin.pubkey(), 1), 1, &worker.keys.provider);
    world.refused(&[unstake], by, E::WrongParty);
    assert_eq!(world.balance(&admin.pubkey()), 1);
}
