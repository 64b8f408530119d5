//! Transactions for wallets, against a node made of a table of accounts.

use crate::support::node::{BLOCKHASH, NOW, Node, PRICE, address, authority, config, mint, wallet};
use crate::support::{Reply, Service};
use axum::http::{Method, StatusCode};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use settlement_interface::accounts::{Consumer, Job, Layout};
use settlement_interface::instructions::Network;
use settlement_interface::oracle::PriceMessage;
use settlement_interface::terms::Order;
use settlement_interface::{Address, ID, SettlementError, pda};
use sha2::{Digest, Sha256};
use solana_message::compiled_instruction::CompiledInstruction;
use solana_transaction::Transaction;

/// The compute budget program and the kinds of two of its instructions: a limit (4 bytes), a price (8).
pub const COMPUTE_BUDGET: Address = Address::from_str_const("ComputeBudget111111111111111111111111111111");
const SET_LIMIT: u8 = 2;
const SET_PRICE: u8 = 3;

/// The first bytes of an instruction's data: Anchor's rule, stated here once more.
fn discriminator(name: &str) -> [u8; 8] {
    Sha256::digest(format!("global:{name}"))[..8].try_into().unwrap()
}

pub async fn service(node: &Node) -> Service {
    Service::over(
        "postgres://nobody@localhost/none?host=/nowhere".into(),
        &[("RPC_URL", &node.serve().await)],
    )
}

pub async fn open(service: &Service, query: &str) -> Reply {
    let path = format!("/v1/actions/open-job?provider={}{query}", authority());
    service.post(&path, &json!({ "account": wallet().to_string(), "type": "transaction" })).await
}

pub fn decoded(reply: &Reply) -> Transaction {
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text);
    let bytes = BASE64_STANDARD.decode(reply.json["transaction"].as_str().unwrap()).unwrap();
    wincode::deserialize(&bytes).unwrap()
}

/// The instructions behind the compute budget, which comes first.
pub fn work(transaction: &Transaction) -> &[CompiledInstruction] {
    let (budget, work) = transaction.message.instructions.split_at(2);
    for (instruction, kind) in budget.iter().zip([SET_LIMIT, SET_PRICE]) {
        assert_eq!((program(transaction, instruction), instruction.data[0]), (COMPUTE_BUDGET, kind));
    }
    work
}

fn program(transaction: &Transaction, instruction: &CompiledInstruction) -> Address {
    transaction.message.account_keys[usize::from(instruction.program_id_index)]
}

/// The order inside an `open_job` instruction, and the escrow behind it.
fn order(data: &[u8]) -> (Order, u64) {
    let rest = &data[16..];
    let (order, escrow) = rest.split_at(size_of::<Order>());
    (bytemuck::pod_read_unaligned(order), u64::from_le_bytes(escrow.try_into().unwrap()))
}

#[tokio::test]
async fn a_newcomer_is_registered_and_its_job_opened_in_one_unsigned_transaction() {
    let node = Node::new();
    let service = service(&node).await;
    let reply = open(&service, &format!("&budget=25&meter={}", address(0x55))).await;
    let transaction = decoded(&reply);
    let message = &transaction.message;
    assert_eq!(transaction.signatures.len(), 1);
    assert_eq!(transaction.signatures[0].as_ref(), [0; 64], "nothing is signed");
    assert_eq!(message.account_keys[0], wallet(), "the wallet pays");
    assert_eq!(message.recent_blockhash.to_string(), BLOCKHASH);
    let work = work(&transaction);
    assert_eq!(work.len(), 2);
    for (instruction, name) in work.iter().zip(["register_consumer", "open_job"]) {
        assert_eq!(program(&transaction, instruction), ID);
        assert_eq!(instruction.data[..8], discriminator(name));
    }
    let (order, escrow) = order(&work[1].data);
    assert_eq!(
        (order.budget, order.rate, order.hardware, order.unit, order.unit_cap),
        (25_000_000, 2_500_000, 3, 3_600_000, 1_000)
    );
    assert_eq!(order.meter, address(0x55));
    assert_eq!((order.offer_by, order.start_by), (NOW + 1_800, NOW + 3_600));
    assert_eq!(order.end_by, NOW + 3_600 + 11 * 3_600, "ten hours that the budget pays for, and one more");
    assert_eq!(order.validate(NOW), Ok(()));
    assert_eq!(escrow, 15_625_000_000, "25 USD at 2 USD a token, and a quarter more");
    assert_eq!(reply.json["job"], pda::job(&wallet(), 0).to_string());
    let said = reply.json["message"].as_str().unwrap();
    let rent = |size: usize| (128 + u128::try_from(size).unwrap()) * 6_960;
    let sol = |lamports: u128| format!("{}.{:0>9}", lamports / 1_000_000_000, lamports % 1_000_000_000);
    let own = sol(rent(Consumer::LEN));
    let job = sol(rent(Job::LEN) + rent(165));
    let parts = [
        "Registers you",
        "25 USD",
        "2.5 USD per GPU hour",
        "15.625 tokens",
        "the budget at 2 USD a token, published 2026-10-31T23:59:50Z, and a quarter more",
        "less 2% of the escrow for the provider if you cancel between its acceptance and the last moment to start",
        "If no price has qualified for 7 days, work is paid out of the escrow to the provider",
        &format!("{} SOL for job and vault, which comes back", job.trim_end_matches('0')),
        &format!("{} SOL for your consumer account, which stays", own.trim_end_matches('0')),
        "To be accepted by 2026-11-01T00:30:00Z",
        "12345 compute units",
    ];
    for part in parts {
        assert!(said.contains(part), "{part} in {said}");
    }
    assert_eq!(reply.json["expires"], json!({ "block_height": 9, "blockhash": BLOCKHASH }));
    assert_eq!(reply.json["simulation"]["slot"], 7);
    assert_eq!(node.simulated.lock().unwrap().len(), 1, "it was simulated as it is handed out");
    assert_eq!(node.simulated.lock().unwrap()[0], reply.json["transaction"]);
}

#[tokio::test]
async fn the_instruction_is_the_interfaces_own() {
    let node = Node::new();
    node.registered(7);
    let service = service(&node).await;
    let reply = open(&service, "&budget=10&tokens=6.5&rate=1.25&gpus=4&hours=3&hardware=9").await;
    let said = reply.json["message"].as_str().unwrap();
    assert!(!said.contains("consumer account") && !said.contains("published"), "{said}");
    let transaction = decoded(&reply);
    let (message, work) = (&transaction.message, work(&transaction));
    assert_eq!(work.len(), 1, "a consumer is not registered twice");
    let (order, escrow) = order(&work[0].data);
    assert_eq!((order.rate, order.unit_cap, order.hardware, escrow), (1_250_000, 4_000, 9, 6_500_000_000));
    let network = Network { mint: mint(), feed: address(0x44) };
    let source = pda::associated_token(&wallet(), &mint());
    let expected = network.open_job(
        &wallet(),
        &wallet(),
        &source,
        &pda::provider(&authority()),
        7,
        &order,
        6_500_000_000,
    );
    assert_eq!(work[0].data, expected.data);
    let accounts: Vec<_> =
        work[0].accounts.iter().map(|index| message.account_keys[usize::from(*index)]).collect();
    let wanted: Vec<_> = expected.accounts.iter().map(|meta| meta.pubkey).collect();
    assert_eq!(accounts, wanted);
}

#[tokio::test]
async fn what_the_program_would_refuse_is_one_clear_sentence() {
    let node = Node::new();
    let service = service(&node).await;
    let other = address(0x77).to_string();
    let cases = [
        ("&budget=0", "refused", "The budget must be greater than zero"),
        ("&budget=abc", "invalid-parameter", "budget: \"abc\" is not an amount; write digits"),
        ("&budget=25.0000001", "invalid-parameter", "more than 6 decimals"),
        ("&budget=25&tokens=0", "refused", SettlementError::ZeroEscrow.message()),
        ("&budget=25&rate=0", "refused", "The rate must be greater than zero"),
        ("&budget=25&gpus=0", "refused", "gpus must be greater than zero"),
        ("&budget=25&tokens=101", "refused", "holds 100 tokens, but 101 tokens are needed"),
        (&format!("&budget=25&mint={other}"), "refused", "is another mint"),
        (&format!("&budget=25&meter={}", authority()), "refused", SettlementError::MeterIsParty.message()),
        ("&budget=25&hours=9000", "refused", SettlementError::Deadlines.message()),
        ("&budget=25&silence_minutes=1", "refused", SettlementError::SilenceMax.message()),
        ("&budget=25&hardware=4", "refused", "has no rate for this hardware"),
        ("&budget=25&spec=beef", "invalid-parameter", "64 hexadecimal digits"),
        ("&budget=25&colour=red", "unknown-parameter", "no query parameter \"colour\""),
        ("&budget=99999999999", "refused", "tokens"),
        ("", "invalid-parameter", "\"budget\" is required"),
        ("&budget=25&budget=26", "invalid-parameter", "\"budget\" is given twice"),
        ("&budget=25&rail=gold", "invalid-parameter", "\"gold\" is not one of: token, stable"),
        ("&budget=25&rail=stable", "refused", SettlementError::NoStableRail.message()),
        ("&budget=25&auction_minutes=60", "unanswerable", "an auction names none"),
        ("&budget=25&anyone_accepts=true", "unanswerable", "about bids, which need auction_minutes"),
        ("&budget=25&standing=true", "refused", SettlementError::NoStandingOffer.message()),
        ("&budget=25&registered_meter=true", "unanswerable", "name the meter's key"),
        (&format!("&budget=25&registered_meter=true&meter={other}"), "refused", "No meter is registered"),
        ("&budget=25&service_level=101", "invalid-parameter", "more than 100 percent"),
        ("&budget=25&service_level=95", "refused", SettlementError::ServiceLevel.message()),
    ];
    for (query, kind, sentence) in cases {
        let reply = open(&service, query).await;
        assert!(reply.problem(kind).contains(sentence), "{query}: {}", reply.text);
    }
    assert!(node.simulated.lock().unwrap().is_empty(), "nothing was built");
}

#[tokio::test]
async fn unknown_parties_and_states_are_named() {
    let node = Node::new();
    let service = service(&node).await;
    let nobody = address(0x66).to_string();
    let path = format!("/v1/actions/open-job?provider={nobody}&budget=25");
    let reply = service.post(&path, &json!({ "account": wallet().to_string() })).await;
    assert!(reply.problem("refused").contains(&nobody));
    let path = format!("/v1/actions/open-job?provider={}&budget=25", authority());
    let reply = service.post(&path, &json!({ "account": nobody })).await;
    assert!(reply.problem("refused").contains(&format!("has no account for {}", mint())), "{}", reply.text);
    node.set(pda::associated_token(&address(0x66), &mint()), pda::SYSTEM_PROGRAM, &[]);
    let reply = service.post(&path, &json!({ "account": nobody })).await;
    assert!(reply.problem("refused").contains("has no account"), "lamports make none: {}", reply.text);
    let reply = service.post(&path, &json!({ "account": "not an address" })).await;
    assert!(reply.problem("invalid-body").contains("\"not an address\" is not a Solana address"));
    let reply = service.post(&path, &json!([])).await;
    reply.problem("invalid-body");
    node.paused();
    assert_eq!(open(&service, "&budget=25").await.problem("refused"), SettlementError::Paused.message());
    node.remove(&pda::config());
    assert!(open(&service, "&budget=25").await.problem("refused").contains("has not been initialised"));
}

#[tokio::test]
async fn the_escrow_is_worked_out_with_a_price_that_qualifies_now_or_not_at_all() {
    let node = Node::new();
    let service = service(&node).await;
    let halts = [
        (PriceMessage { publish_time: NOW - 121, ..PRICE }, "stale"),
        (PriceMessage { confidence: 5_000_000, ..PRICE }, "uncertain"),
        (PriceMessage { average: 150_000_000, ..PRICE }, "deviates"),
    ];
    for (message, halt) in halts {
        node.published(&message);
        let reply = open(&service, "&budget=25").await;
        let detail = reply.problem("refused");
        assert!(detail.contains(halt) && detail.contains("say with tokens how many"), "{detail}");
        let (_, escrow) = order(&work(&decoded(&open(&service, "&budget=25&tokens=5").await))[1].data);
        assert_eq!(escrow, 5_000_000_000, "a choice needs no price");
    }
    node.remove(&config().feed);
    assert!(open(&service, "&budget=25").await.problem("refused").contains("missing"));
    node.published(&PriceMessage { spot: 400_000_000, average: 400_000_000, ..PRICE });
    let (_, escrow) = order(&work(&decoded(&open(&service, "&budget=25").await))[1].data);
    assert_eq!(escrow, 7_812_500_000, "25 USD at 4 USD a token, and a quarter more");
}

#[tokio::test]
async fn an_offer_can_be_accepted_as_long_as_it_says() {
    let node = Node::new();
    let service = service(&node).await;
    let lead = config().parameters.min_lead;
    assert_eq!(lead, 15 * 60);
    for (query, offer_by, start_by) in [
        ("&start_minutes=16", NOW + 60, NOW + 16 * 60),
        ("&accept_minutes=60", NOW + 45 * 60, NOW + 60 * 60),
        ("&accept_minutes=44", NOW + 44 * 60, NOW + 60 * 60),
        ("&accept_minutes=1000&start_minutes=120", NOW + 105 * 60, NOW + 120 * 60),
    ] {
        let transaction = decoded(&open(&service, &format!("&budget=25{query}")).await);
        let (order, _) = order(&work(&transaction)[1].data);
        assert_eq!((order.offer_by, order.start_by), (offer_by, start_by), "{query}");
        assert!(order.offer_by + lead <= order.start_by, "the program accepts until then");
    }
    for minutes in [0, 1, 15] {
        let reply = open(&service, &format!("&budget=25&start_minutes={minutes}")).await;
        let detail = reply.problem("refused");
        assert!(detail.contains("Nobody could accept") && detail.contains("15 minutes"), "{detail}");
        assert!(detail.contains(&format!("start_minutes is {minutes};")), "{detail}");
    }
}

#[tokio::test]
async fn a_failed_simulation_is_told_in_the_programs_words() {
    let node = Node::new();
    let service = service(&node).await;
    let cases: [(Value, Value, &str); 4] = [
        (
            json!({ "InstructionError": [1, { "Custom": 6201 }] }),
            json!([]),
            SettlementError::WrongNonce.message(),
        ),
        (json!("AccountNotFound"), json!([]), "holds too little SOL"),
        (
            json!({ "InstructionError": [0, { "Custom": 1 }] }),
            json!(["Transfer: insufficient lamports 0, need 5"]),
            "enough SOL",
        ),
        (json!("ProgramAccountNotFound"), json!([]), "does not exist on this cluster"),
    ];
    for (error, logs, sentence) in cases {
        node.fail(error, logs);
        let reply = open(&service, "&budget=25").await;
        assert!(reply.problem("refused").contains(sentence), "{}", reply.text);
        assert!(reply.json.get("transaction").is_none());
    }
}

#[tokio::test]
async fn anyone_can_claim_for_a_provider_and_pays_for_its_token_account() {
    let node = Node::new();
    let service = service(&node).await;
    let path = format!("/v1/actions/claim?provider={}", pda::provider(&authority()));
    let reply = service.post(&path, &json!({ "account": wallet().to_string() })).await;
    let transaction = decoded(&reply);
    let instructions = work(&transaction);
    assert_eq!(instructions.len(), 2);
    assert_eq!(instructions[0].data, [1], "the provider's account is created if it is missing");
    assert_eq!(instructions[1].data[..8], discriminator("claim"));
    assert!(reply.json["message"].as_str().unwrap().contains("mints 7 tokens"));
    assert_eq!(reply.json["job"], Value::Null);

    assert!(reply.json["message"].as_str().unwrap().contains("you pay the rent of 0.00203928 SOL"));
    assert_eq!(reply.json["costs"]["rent"]["lamports"], "2039280");

    // Anyone can send lamports to where the account will be.
    node.set(pda::associated_token(&authority(), &mint()), pda::SYSTEM_PROGRAM, &[]);
    for who in [wallet(), authority()] {
        let reply = service.post(&path, &json!({ "account": who.to_string() })).await;
        assert_eq!(work(&decoded(&reply)).len(), 2, "it is created all the same");
    }
    // What the sender holds does not matter: nothing is taken from it.
    node.set(pda::associated_token(&wallet(), &mint()), pda::TOKEN_PROGRAM, &[0; 3]);
    decoded(&service.post(&path, &json!({ "account": wallet().to_string() })).await);

    node.tokens(&authority(), 0);
    node.leaves(&authority(), 7_000_000_000);
    let reply = service.post("/v1/actions/claim", &json!({ "account": authority().to_string() })).await;
    assert_eq!(work(&decoded(&reply)).len(), 1);
    assert_eq!(reply.json["costs"]["rent"]["lamports"], "0");

    node.nothing_claimable();
    let reply = service.post(&path, &json!({ "account": wallet().to_string() })).await;
    assert_eq!(reply.problem("refused"), SettlementError::NothingToClaim.message());
}

#[tokio::test]
async fn every_answer_of_an_action_has_the_headers_of_the_specification() {
    let service = service(&Node::new()).await;
    let preflight = [("origin", "https://dial.to"), ("access-control-request-method", "POST")];
    let answers = [
        service.request(Method::OPTIONS, "/v1/actions/open-job", &preflight, None).await,
        service.request(Method::OPTIONS, "/actions.json", &[], None).await,
        service.get("/v1/actions/claim").await,
        service.get("/v1/actions/claim?wrong=1").await,
        service.get("/actions.json").await,
    ];
    for reply in answers {
        assert_eq!(reply.header("access-control-allow-origin"), "*");
        assert_eq!(reply.header("x-action-version"), "2.4");
    }
    let reply = service.request(Method::OPTIONS, "/v1/actions/open-job", &preflight, None).await;
    assert_eq!(reply.status, StatusCode::OK);
    for method in ["GET", "POST", "PUT", "OPTIONS"] {
        assert!(reply.header("access-control-allow-methods").contains(method));
    }
    for header in ["content-type", "authorization", "content-encoding", "accept-encoding"] {
        assert!(reply.header("access-control-allow-headers").contains(header));
    }
}
