//! The command line against a real node: a job from its offer to the last payment, what is refused
//! before anything is signed, and that a process which dies on the way pays once.
//!
//! Needs the compiled program: `scripts/build-program`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::arithmetic_side_effects)] // a test may fail

mod desk;
mod middleman;

use desk::Desk;
use localnet::units::{HOUR, tokens};
use middleman::{Manner, Middleman};
use settlement_interface::accounts::{Consumer, Job, JobState, Provider};
use settlement_interface::pda;
use solana_signer::Signer;
use std::time::Duration;

#[test]
fn a_job_goes_from_its_offer_to_the_last_payment() {
    let mut desk = Desk::new();
    let (provider, consumer) = (desk.key("provider").pubkey(), desk.key("consumer").pubkey());
    let session = desk.key("session").pubkey().to_string();
    let account = pda::provider(&provider);

    desk.done("provider", &["provider", "register", "--rate", "1=2", "--rate", "2=4.50"]);
    desk.done("provider", &["provider", "update", "--rate", "1=2.00"]);
    let staked = desk.done("provider", &["provider", "stake", "500"]);
    assert_eq!(staked["plan"]["amount"]["amount"], tokens(500).to_string());
    assert_eq!(desk.read::<Provider>(&account).stake, tokens(500));
    desk.done("consumer", &["consumer", "register"]);

    let named = provider.to_string();
    let open = ["consumer", "open", &named, "--budget", "25", "--gpus", "2", "--meter", &session];
    // A dry run says what would be signed, and changes nothing, not even lamports.
    let before = desk.lamports(&consumer);
    let dry = desk.done("consumer", &[open.as_slice(), &["--dry-run"]].concat());
    assert_eq!(dry["outcome"], "dry_run");
    assert_eq!(
        (desk.lamports(&consumer), desk.read::<Consumer>(&pda::consumer(&consumer)).next_nonce),
        (before, 0)
    );

    let opened = desk.done("consumer", &open);
    assert_eq!(opened["outcome"], "done");
    let job = opened["plan"]["job"].as_str().unwrap().to_owned();
    let address = job.parse().unwrap();
    assert_eq!(desk.read::<Job>(&address).state(), Some(JobState::Offered));
    desk.done("consumer", &["consumer", "top-up", "0", "--tokens", "1.5", "--budget", "5"]);

    // The wrong key is refused with a sentence, before anything is signed.
    let before = desk.lamports(&consumer);
    let told = desk.refused("consumer", &["provider", "accept", &job]);
    assert!(
        told.contains("only the authority") && told.contains(&named) && told.contains("--keypair"),
        "{told}"
    );
    assert_eq!(
        (desk.lamports(&consumer), desk.read::<Job>(&address).state()),
        (before, Some(JobState::Offered))
    );

    desk.done("provider", &["provider", "accept", &job]);
    desk.done("provider", &["provider", "start", &job]);
    desk.pass(HOUR);

    let signing = ["consumer", "sign-receipt", "0", "--session-key"];
    let told = desk.refused(
        "consumer",
        &[signing.as_slice(), &[desk.path("consumer").as_str(), "--units", "5"]].concat(),
    );
    assert!(told.contains("session key"), "{told}");
    let session_file = desk.path("session");
    let told = desk
        .refused("consumer", &[signing.as_slice(), &[session_file.as_str(), "--gpu-hours", "9"]].concat());
    assert!(told.contains("ReceiptTooFast"), "{told}");
    let signed =
        desk.done("consumer", &[signing.as_slice(), &[session_file.as_str(), "--gpu-hours", "1.5"]].concat());
    let receipt = signed["receipt"].as_str().unwrap().to_owned();
    // 1.5 hours at 2 dollars.
    assert_eq!(signed["charged"]["amount"], "3000000");
    let checked = desk.done("provider", &["provider", "check-receipt", &receipt]);
    assert_eq!(checked["good"], true);
    desk.done("provider", &["provider", "settle", &receipt]);
    assert_eq!(desk.read::<Job>(&address).settled, 3_000_000);
    let told = desk.refused("provider", &["provider", "settle", &receipt]);
    assert!(told.contains("ReceiptNotNewer"), "{told}");

    desk.done("provider", &["provider", "close", &job]);
    let told = desk.refused("stranger", &["job", "advance", &job]);
    assert!(told.contains("no next step"), "{told}");
    let grace = desk.read::<Job>(&address).terms.parameters.receipt_grace;
    desk.pass(grace + 1);
    desk.done("stranger", &["job", "advance", &job]);
    desk.done("stranger", &["job", "advance", &job]);
    let shown = desk.done("stranger", &["job", "show", &job]);
    assert_eq!(shown["state"], "closed");

    let refund = desk.read::<Job>(&address).dues[0].escrow;
    let held = desk.balance(&consumer);
    desk.done("stranger", &["job", "withdraw", &job]);
    assert_eq!(desk.balance(&consumer), held + refund);
    let earned = desk.read::<Provider>(&account).claimable;
    let held = desk.balance(&provider);
    desk.done("stranger", &["provider", "claim", "--provider", &named]);
    assert!(earned > 0);
    assert_eq!(desk.balance(&provider), held + earned);
    desk.done("stranger", &["job", "reclaim", &job]);
    let told = desk.refused("stranger", &["job", "show", &job]);
    assert!(told.contains("reclaimed"), "{told}");

    desk.pass(6 * HOUR);
    desk.done("provider", &["provider", "claim-rebate"]);
    desk.done("provider", &["provider", "unstake", "100"]);
    let told = desk.refused("provider", &["provider", "withdraw-stake"]);
    assert!(told.contains("still unbonding"), "{told}");
}

#[test]
fn lists_marks_cancellations_and_offices() {
    let mut desk = Desk::new();
    let provider = desk.key("provider").pubkey().to_string();
    desk.done("provider", &["provider", "register", "--rate", "1=2"]);
    desk.done("provider", &["provider", "stake", "500"]);
    let open = ["consumer", "open", &provider, "--budget", "10", "--accept-by", "5m", "--start-by", "20m"];
    desk.done("consumer", &open);
    desk.done("consumer", &open);
    let listed = desk.done("consumer", &["consumer", "jobs"]);
    assert_eq!(listed["jobs"].as_array().unwrap().len(), 2);
    let listed = desk.done("provider", &["provider", "jobs"]);
    let jobs = listed["jobs"].as_array().unwrap();
    assert_eq!(jobs.len(), 2);

    let numbered =
        |number: &str| jobs.iter().find(|job| job["number"] == number).unwrap()["job"].as_str().unwrap();

    // By its number among one's own jobs.
    desk.done("consumer", &["consumer", "cancel", "1"]);
    desk.done("stranger", &["job", "withdraw", numbered("1"), "--party", "consumer"]);
    let job = numbered("0");
    desk.done("provider", &["provider", "accept", job]);
    let told = desk.refused("stranger", &["job", "mark", job]);
    assert!(told.contains("to start"), "{told}");
    desk.pass(21 * 60);
    desk.done("stranger", &["job", "mark", job]);
    desk.pass(11 * 60);
    desk.done("stranger", &["job", "advance", job]);
    // Everybody who is due something, the reporter included, whose account is created on the way.
    let paid = desk.done("stranger", &["job", "withdraw", job]);
    assert!(paid["plan"]["reporter"]["amount"].as_str().unwrap() != "0");

    desk.done("stranger", &["observe"]);
    let network = desk.done("stranger", &["network", "show"]);
    assert_eq!(network["initialised_for_this_cluster"], true);
    let told = desk.refused("stranger", &["network", "pause", "1h"]);
    assert!(told.contains("guardian"), "{told}");
    desk.done("guardian", &["network", "pause", "1h"]);
    let told = desk.refused("consumer", &open);
    assert!(told.contains("paused"), "{told}");
    desk.done("admin", &["network", "unpause"]);
    let next = desk.key("stranger").pubkey().to_string();
    desk.done("admin", &["network", "propose-admin", &next]);
    desk.done("stranger", &["network", "accept-admin"]);
    let told = desk.refused("admin", &["network", "propose-admin", &next]);
    assert!(told.contains("only the network's admin"), "{told}");

    // Another pays fee and rent.
    let (before, payer) = (desk.lamports(&desk.key("consumer").pubkey()), desk.path("provider"));
    desk.done("consumer", &[open.as_slice(), &["--fee-payer", payer.as_str()]].concat());
    assert_eq!(desk.lamports(&desk.key("consumer").pubkey()), before);
}

#[test]
fn people_get_tables_and_programs_one_document() {
    let desk = Desk::new();
    let shown = desk.run("stranger", desk.url(), &["network", "show"]);
    assert_eq!(shown.status.code(), Some(0));
    let text = String::from_utf8(shown.stdout).unwrap();
    assert!(text.contains("price qualifies now") && text.contains("max age"), "{text}");
    // Nobody can confirm here: a usage error, and nothing happens.
    let asked = desk.run("provider", desk.url(), &["provider", "register"]);
    assert_eq!(asked.status.code(), Some(2));
    assert!(String::from_utf8(asked.stderr).unwrap().contains("--yes"));
    // A node that is not there is a failure, not an unknown outcome, and its URL is not shown.
    let gone = desk.run("provider", "http://127.0.0.1:1/secret", &["provider", "register", "--yes"]);
    assert_eq!(gone.status.code(), Some(1));
    assert!(!String::from_utf8(gone.stderr).unwrap().contains("secret"));
}

#[test]
fn a_process_that_dies_between_signing_and_confirmation_pays_once() {
    let mut desk = Desk::new();
    desk.done("provider", &["provider", "register"]);
    let account = pda::provider(&desk.key("provider").pubkey());
    let stake = ["provider", "stake", "7", "--yes", "--json"];
    // The transaction reached the node, or did not, before the process died.
    for (round, manner) in [(1, Manner::PassOnAndHang), (2, Manner::SwallowAndHang)] {
        let middleman = Middleman::start(desk.url(), manner);
        let mut first = desk.spawn("provider", middleman.url(), &stake);
        middleman.sent().recv_timeout(Duration::from_secs(60)).unwrap();
        first.kill().unwrap();
        first.wait().unwrap();
        let again = desk.done("provider", &["provider", "stake", "7"]);
        assert_eq!(again["outcome"], "done_earlier", "{manner:?}");
        assert_eq!(desk.read::<Provider>(&account).stake, tokens(7) * round, "{manner:?}");
    }
    // Once that was told, the same command is a new intent.
    let more = desk.done("provider", &["provider", "stake", "7"]);
    assert_eq!(more["outcome"], "done");
    assert_eq!(desk.read::<Provider>(&account).stake, tokens(21));
}

#[test]
fn an_outcome_that_is_not_known_is_said_to_be_so_and_found_out_next_time() {
    let mut desk = Desk::new();
    desk.done("provider", &["provider", "register"]);
    let account = pda::provider(&desk.key("provider").pubkey());
    let middleman = Middleman::start(desk.url(), Manner::PassOnAndVanish);
    let lost = desk.run("provider", middleman.url(), &["provider", "stake", "7", "--yes", "--json"]);
    assert_eq!(lost.status.code(), Some(3), "{}", String::from_utf8_lossy(&lost.stderr));
    let document: serde_json::Value = serde_json::from_slice(&lost.stdout).unwrap();
    assert_eq!(document["outcome"], "unknown");
    assert!(document["error"].as_str().unwrap().contains("run the same command again"));
    // Another command tells what came of it, and the command itself still pays no second time.
    let other = desk.done("provider", &["provider", "update", "--rate", "1=3"]);
    assert_eq!(other["earlier"][0]["outcome"], "done");
    let again = desk.done("provider", &["provider", "stake", "7"]);
    assert_eq!(again["outcome"], "done_earlier");
    assert_eq!(desk.read::<Provider>(&account).stake, tokens(7));
}
