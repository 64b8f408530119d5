//! Disputes.

use crate::desk::Desk;
use serde_json::json;
use settlement_interface::accounts::{Dispute, JobState};
use settlement_interface::pda;
use settlement_interface::rules::Side;
use solana_signer::Signer;
use tests::{Trace, Verifiable, World};

/// A trace as a file.
fn file(desk: &Desk, name: &str, trace: &Trace) -> String {
    let hex = |step: &[u8; 32]| step.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let steps: Vec<String> = trace.steps.iter().map(hex).collect();
    desk.file(name, &json!({ "steps": steps }).to_string())
}

#[test]
fn a_receipt_is_disputed_played_ruled_on_and_paid_out() {
    let mut world = World::new();
    let (theirs, own) = (Trace::differing_from(8, 3), Trace::honest(8));
    let fixture = Verifiable::committed(&mut world, &theirs);
    let job = &fixture.job;
    let (consumer, provider) = (job.actors.consumer.insecure_clone(), job.actors.provider.insecure_clone());
    let stranger = world.wallet();
    let wallets: Vec<String> = fixture.arbiters.iter().map(|arbiter| arbiter.pubkey().to_string()).collect();
    let panel = format!("2:{}", wallets.join(","));
    let mut desk = Desk::new(world);
    let (theirs, mine) = (file(&desk, "theirs", &theirs), file(&desk, "mine", &own));
    let short = file(&desk, "short", &Trace::honest(7));
    let address = job.keys.job.to_string();

    let open = ["case", "dispute", &address, "--panel", &panel, "--trace"];
    let told = desk.refused(&consumer, &[&open[..], &[theirs.as_str()]].concat());
    assert!(told.contains("nothing to dispute"), "{told}");
    let told = desk.refused(&consumer, &[&open[..], &[short.as_str()]].concat());
    assert!(told.contains("8 steps"), "{told}");
    let told = desk.refused(&provider, &[&open[..], &[mine.as_str()]].concat());
    assert!(told.contains("only the job's consumer"), "{told}");
    desk.done(&consumer, &[&open[..], &[mine.as_str()]].concat());
    let dispute = pda::dispute(&job.keys.job, 0);

    let told = desk.refused(&stranger, &["case", "reveal", &address, "0", "--trace", &mine]);
    assert!(told.contains("only the provider's authority"), "{told}");
    let told = desk.refused(&provider, &["case", "reveal", &address, "0", "--trace", &theirs]);
    assert!(told.contains("not your turn"), "{told}");
    let told = desk.refused(&consumer, &["case", "reveal", &address, "0", "--trace", &theirs]);
    assert!(told.contains("another root"), "{told}");
    while let Some((side, _)) = desk.world.read::<Dispute>(&dispute).turn() {
        let (key, trace) = if side == Side::Provider { (&provider, &theirs) } else { (&consumer, &mine) };
        desk.done(key, &["case", "reveal", &address, "0", "--trace", trace]);
    }
    assert_eq!(desk.world.read::<Dispute>(&dispute).hi, 3);

    let rule = ["case", "rule", &address, "0", "--for", "challenger"];
    let told = desk.refused(&stranger, &rule);
    assert!(told.contains("no arbiter"), "{told}");
    desk.done(&fixture.arbiters[0], &rule);
    let told = desk.refused(&fixture.arbiters[0], &rule);
    assert!(told.contains("already"), "{told}");
    let told = desk.refused(&stranger, &["case", "resolve", &address, "0"]);
    assert!(told.contains("panel's ruling on step 3"), "{told}");
    desk.done(&fixture.arbiters[1], &rule);
    let told = desk.refused(&stranger, &["case", "withdraw", &address, "0"]);
    assert!(told.contains("not resolved"), "{told}");
    let told = desk.refused(&stranger, &["case", "resolve", &address, "0"]);
    assert!(told.contains("the execution of what is decided"), "{told}");
    let shown = desk.done(&stranger, &["case", "show", &address, "0"]);
    assert!(shown["waits_for"].as_str().unwrap().contains("(in 1 h)"), "{shown}");
    desk.world.pass(3_600);
    desk.done(&stranger, &["case", "resolve", &address, "0"]);
    assert_eq!((job.read(&desk.world).state(), job.read(&desk.world).bond), (Some(JobState::Held), 0));
    let before = desk.world.balance(&fixture.arbiters[0].pubkey());
    desk.done(&stranger, &["case", "withdraw", &address, "0"]);
    assert!(desk.world.balance(&fixture.arbiters[0].pubkey()) > before);
    assert!(desk.world.get::<Dispute>(&dispute).is_none());
}

#[test]
fn a_turn_that_is_missed_is_marked_and_lost() {
    let mut world = World::new();
    let (theirs, own) = (Trace::differing_from(8, 3), Trace::honest(8));
    let (fixture, dispute) = Verifiable::disputed(&mut world, &theirs, &own);
    let stranger = world.wallet();
    let mut desk = Desk::new(world);
    let address = fixture.job.keys.job.to_string();
    let told = desk.refused(&stranger, &["case", "resolve", &address, "0"]);
    assert!(told.contains("of the challenger until"), "{told}");
    desk.world.pass(3_601);
    desk.done(&stranger, &["case", "resolve", &address, "0"]);
    desk.world.pass(3_600);
    desk.done(&stranger, &["case", "resolve", &address, "0"]);
    let listed = desk.done(&stranger, &["case", "list", "--job", &address]);
    assert_eq!(listed["cases"][0]["state"], "resolved");
    desk.done(&stranger, &["case", "withdraw", &address, "0"]);
    assert!(desk.world.get::<Dispute>(&dispute).is_none());
}
