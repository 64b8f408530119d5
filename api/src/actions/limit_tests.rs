use super::*;
use settlement_interface::oracle::PriceMessage;
use settlement_interface::pda;
use tally_client::facts::Currency;

const WALLET: Address = Address::new_from_array([1; 32]);
const VAULT: Address = Address::new_from_array([2; 32]);
const TOKENS: Currency = Currency {
    mint: Address::new_from_array([3; 32]),
    token_program: pda::TOKEN_PROGRAM,
    decimals: 9,
    name: "tokens",
};
const DOLLARS: Currency =
    Currency { mint: Address::new_from_array([4; 32]), decimals: 6, name: "dollars", ..TOKENS };

/// Two dollars a token.
fn quote() -> Quote {
    let message = PriceMessage {
        spot: 200_000_000,
        confidence: 0,
        exponent: -8,
        publish_time: 0,
        average: 200_000_000,
    };
    Quote { message, spot: 200_000_000, burn: 1, mint: 1, scale: 11 }
}

fn limit(usd: u64) -> Limit {
    Limit { usd, tokens: None, lamports: 10 }
}

fn opening(amount: u64) -> [Move; 3] {
    [
        Move::pay(TOKENS, amount, WALLET, VAULT, "escrow"),
        Move::rent(4, WALLET, VAULT, "vault").bound(Bound::Most),
        Move::fee(6, WALLET, "fee"),
    ]
}

fn refused(limit: &Limit, moves: &[Move], price: Option<&Quote>) -> String {
    let problem = limit.hold(&WALLET, moves, price).unwrap_err();
    assert_eq!(problem.kind, Kind::SpendingLimit);
    problem.detail
}

#[test]
fn what_is_worth_the_budget_passes_and_one_micro_dollar_more_names_both_figures() {
    let spending = limit(25_000_000).hold(&WALLET, &opening(12_500_000_000), Some(&quote())).unwrap();
    assert_eq!((spending.worth.micro.as_str(), spending.tokens.decimal.as_str()), ("25000000", "12.5"));
    assert_eq!((spending.price.as_deref(), spending.sol.lamports.as_str()), (Some("2"), "10"));
    let why = refused(&limit(25_000_000), &opening(12_500_000_500), Some(&quote()));
    assert!(why.contains("takes 25.000001 USD") && why.contains("stated budget is 25 USD"), "{why}");
}

#[test]
fn dollars_count_at_their_face_and_need_no_price() {
    let paid = [Move::pay(DOLLARS, 25_000_000, WALLET, VAULT, "escrow")];
    let spending = limit(25_000_000).hold(&WALLET, &paid, None).unwrap();
    assert_eq!((spending.worth.usd.as_str(), spending.price), ("25", None));
    assert!(refused(&limit(24_999_999), &paid, None).contains("takes 25 USD"));
}

#[test]
fn both_currencies_count_together() {
    let [paid, ..] = opening(5_000_000_000);
    let both = [paid, Move::pay(DOLLARS, 3_000_000, WALLET, VAULT, "more")];
    assert!(limit(13_000_000).hold(&WALLET, &both, Some(&quote())).is_ok());
    assert!(refused(&limit(12_999_999), &both, Some(&quote())).contains("takes 13 USD"));
}

#[test]
fn without_a_price_no_budget_in_dollars_can_be_held() {
    assert!(refused(&limit(u64::MAX), &opening(1), None).contains("no price of the token qualifies"));
}

#[test]
fn a_limit_in_tokens_holds_whatever_the_price_is() {
    let limit = Limit { tokens: Some("12.5".to_owned()), ..limit(u64::MAX) };
    assert!(limit.hold(&WALLET, &opening(12_500_000_000), Some(&quote())).is_ok());
    let why = refused(&limit, &opening(12_500_000_001), Some(&quote()));
    assert!(why.contains("12.500000001 tokens") && why.contains("max_tokens is 12.5"), "{why}");
    let unreadable = Limit { tokens: Some("many".to_owned()), ..limit };
    let problem = unreadable.hold(&WALLET, &opening(1), Some(&quote())).unwrap_err();
    assert_eq!(problem.kind, Kind::InvalidParameter);
}

#[test]
fn rent_and_fees_have_a_limit_of_their_own() {
    let [paid, rent, _] = opening(1);
    let dear = [paid, rent, Move::fee(7, WALLET, "fee")];
    let why = refused(&limit(u64::MAX), &dear, Some(&quote()));
    assert!(why.contains("0.000000011 SOL") && why.contains("max_sol is 0.00000001 SOL"), "{why}");
}

#[test]
fn what_comes_back_for_certain_counts_and_what_others_pay_does_not() {
    let [paid, ..] = opening(5_000_000_000);
    let back = Move::pay(TOKENS, 1_000_000_000, VAULT, WALLET, "refund");
    let others = Move::pay(TOKENS, 9_000_000_000, VAULT, Address::default(), "others");
    let with = |back: Move| [paid.clone(), back, others.clone()];
    assert!(limit(8_000_000).hold(&WALLET, &with(back.clone()), Some(&quote())).is_ok());
    refused(&limit(8_000_000), &with(back.bound(Bound::Most)), Some(&quote()));
}

#[test]
fn an_amount_that_is_not_bounded_is_within_no_budget() {
    for bound in [Bound::Least, Bound::About] {
        let [paid, ..] = opening(1);
        let why = refused(&limit(u64::MAX), &[paid.bound(bound)], Some(&quote()));
        assert!(why.contains("not certain how much leaves the wallet as \"escrow\""), "{why}");
    }
}
