use super::*;
use crate::actions::moves::Move;
use tally_client::facts::Currency;

const WALLET: Address = Address::new_from_array([1; 32]);
const STRANGER: Address = Address::new_from_array([2; 32]);
const PURSE: Address = Address::new_from_array([3; 32]);
const VAULT: Address = Address::new_from_array([4; 32]);
const MINT: Address = Address::new_from_array([5; 32]);
const TOKENS: Currency =
    Currency { mint: MINT, token_program: pda::TOKEN_PROGRAM, decimals: 1, name: "tokens" };

fn purse(amount: u64) -> Account {
    let mut data = vec![0; 165];
    data[..32].copy_from_slice(MINT.as_ref());
    data[32..64].copy_from_slice(WALLET.as_ref());
    data[64..72].copy_from_slice(&amount.to_le_bytes());
    data[108] = 1;
    Account { owner: pda::TOKEN_PROGRAM, lamports: 9, data }
}

fn sol(lamports: u64) -> Account {
    Account { owner: pda::SYSTEM_PROGRAM, lamports, data: vec![] }
}

/// What comes of a wallet with 100 lamports and a purse of 50 that become these.
fn judged(moves: &[Move], after: [Option<Account>; 2]) -> Result<(), Excess> {
    let before = [Some(sol(100)), Some(purse(50))];
    changes(&WALLET, &[WALLET, PURSE], &before, &after).and_then(|changes| hold(&WALLET, moves, &changes))
}

fn moves() -> [Move; 2] {
    [Move::fee(7, WALLET, "fee"), Move::pay(TOKENS, 20, WALLET, VAULT, "escrow")]
}

#[test]
fn what_is_said_may_leave_and_not_one_unit_more() {
    assert_eq!(judged(&moves(), [Some(sol(93)), Some(purse(30))]), Ok(()));
    assert_eq!(judged(&moves(), [Some(sol(94)), Some(purse(31))]), Ok(()), "less may");
    let Excess(why) = judged(&moves(), [Some(sol(92)), Some(purse(30))]).unwrap_err();
    assert!(why.contains("by -0.000000008 SOL, but is meant to change it by -0.000000007 SOL"), "{why}");
    let Excess(why) = judged(&moves(), [Some(sol(93)), Some(purse(29))]).unwrap_err();
    assert!(why.contains("by -2.1 tokens, but is meant to change it by -2 tokens"), "{why}");
}

#[test]
fn what_is_locked_owed_or_uncertain_makes_up_for_nothing() {
    let paid = Move::pay(TOKENS, 20, WALLET, VAULT, "escrow");
    let after = || [Some(sol(100)), Some(purse(50 - 25))];
    for other in [
        Move::due(TOKENS, 5, VAULT, WALLET, "refund"),
        Move::lock(TOKENS, 5, WALLET, VAULT, "bond"),
        Move::pay(TOKENS, 5, VAULT, WALLET, "perhaps").bound(Bound::Most),
        Move::pay(TOKENS, 5, VAULT, WALLET, "about").bound(Bound::About),
        Move::pay(TOKENS, 5, WALLET, VAULT, "more"),
    ] {
        let allowed = other.changes_balances() && other.from == Some(WALLET);
        assert_eq!(judged(&[paid.clone(), other.clone()], after()).is_ok(), allowed, "{other:?}");
    }
}

#[test]
fn what_is_promised_must_come() {
    let claim = [Move::mint(TOKENS, 5, WALLET, "earned").bound(Bound::Least)];
    assert_eq!(judged(&claim, [Some(sol(100)), Some(purse(55))]), Ok(()));
    assert!(judged(&claim, [Some(sol(100)), Some(purse(54))]).is_err());
}

#[test]
fn a_mint_that_no_move_names_may_not_leave() {
    let fee = [Move::fee(7, WALLET, "fee")];
    let Excess(why) = judged(&fee, [Some(sol(93)), Some(purse(49))]).unwrap_err();
    assert!(why.contains("1 base units"), "{why}");
    assert_eq!(judged(&fee, [Some(sol(93)), Some(purse(51))]), Ok(()), "a gift is none of our business");
}

#[test]
fn nobody_else_gets_control_of_the_wallet_or_its_tokens() {
    let edited = |at: usize, byte: u8| {
        let mut account = purse(50);
        account.data[at] = byte;
        account
    };
    // Owner, delegate, state, what is delegated, close authority; closed; another program's.
    let strange = [Some(edited(40, 9)), Some(edited(72, 1)), Some(edited(108, 2)), Some(edited(121, 1))];
    let strange = strange.into_iter().chain([Some(edited(129, 1)), None, Some(sol(9))]);
    for after in strange {
        assert!(judged(&moves(), [Some(sol(93)), after]).is_err());
    }
    let given = Account { owner: STRANGER, ..sol(93) };
    let filled = Account { data: vec![1], ..sol(93) };
    for after in [given, filled] {
        let Excess(why) = judged(&moves(), [Some(after), Some(purse(30))]).unwrap_err();
        assert!(why.contains("who controls your wallet"), "{why}");
    }
    assert!(judged(&moves(), [None, Some(purse(30))]).is_err(), "everything");
}

#[test]
fn a_token_account_that_is_created_counts_for_the_wallet_that_owns_it() {
    let found = changes(&WALLET, &[PURSE], &[None], &[Some(purse(5))]);
    assert_eq!(found, Ok(Changes::from([(Some(MINT), 5)])));
    let mut others = purse(5);
    others.data[32..64].copy_from_slice(STRANGER.as_ref());
    assert_eq!(changes(&WALLET, &[PURSE], &[None], &[Some(others)]), Ok(Changes::new()));
}
