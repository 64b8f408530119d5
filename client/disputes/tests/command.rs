//! The command line: what it prints, and that its errors say what is wrong.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests: a failed expectation is a failed test"
)]

use serde_json::{Value, json};
use settlement_interface::accounts::{Dispute, Layout};
use settlement_interface::rules::Stage;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A folder of its own, gone afterwards.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("tally-dispute-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, text).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn run(arguments: &[&str], files: &[&Path]) -> Result<Value, String> {
    let output =
        Command::new(env!("CARGO_BIN_EXE_tally-dispute")).args(arguments).args(files).output().unwrap();
    if output.status.success() {
        Ok(serde_json::from_slice(&output.stdout).unwrap())
    } else {
        Err(String::from_utf8(output.stderr).unwrap())
    }
}

fn dispute(edit: impl FnOnce(&mut Dispute)) -> String {
    let data = [Dispute::DISCRIMINATOR.as_slice(), &[0; size_of::<Dispute>()]].concat();
    let mut dispute = Dispute::read(&data).unwrap();
    edit(&mut dispute);
    hex::encode([Dispute::DISCRIMINATOR.as_slice(), bytemuck::bytes_of(&dispute)].concat())
}

fn bytes(text: &Value) -> [u8; 32] {
    let mut bytes = [0; 32];
    hex::decode_to_slice(text.as_str().unwrap(), &mut bytes).unwrap();
    bytes
}

#[test]
fn a_trace_is_recorded_committed_to_proved_and_judged() {
    let folder = Folder::new("way");
    let input = folder.write("input.json", &json!(vec![3; 64]).to_string());
    let recorded = run(&["trace", "--seed", "7", "--input"], &[&input]).unwrap();
    let mine = folder.write("mine.json", &recorded.to_string());
    let committed = run(&["commit"], &[&mine]).unwrap();
    assert_eq!(committed["steps"], 60);
    let mut other = recorded.clone();
    other["steps"][41] = json!("11".repeat(32));
    let theirs = folder.write("theirs.json", &other.to_string());
    assert_eq!(run(&["diverge"], &[&mine, &theirs]).unwrap(), json!({ "first_difference": 41 }));
    assert_eq!(run(&["diverge"], &[&mine, &mine]).unwrap(), json!({ "first_difference": null }));
    let proof = run(&["prove", "--step", "41"], &[&mine]).unwrap();
    assert_eq!((&proof["step"], &proof["root"]), (&recorded["steps"][41], &committed["root"]));
    assert_eq!(proof["proof"].as_array().unwrap().len(), 6);

    // A dispute of the honest receipt: the provider's last step is due, later the panel's ruling.
    let due = folder.write(
        "due.hex",
        &dispute(|dispute| {
            dispute.steps = 60;
            dispute.provider_root = bytes(&committed["root"]);
            dispute.stage = Stage::ProviderLast as u8;
        }),
    );
    let due = due.to_str().unwrap();
    let answer = run(&["answer", "--dispute", due, "--side", "provider"], &[&mine]).unwrap();
    assert_eq!((&answer["next"], &answer["reveal"]["index"]), (&json!("reveal"), &json!(59)));
    let refused = run(&["answer", "--dispute", due, "--side", "challenger"], &[&mine]).unwrap_err();
    assert!(refused.contains("another root"), "{refused}");
    let early = run(&["check-step", "--dispute", due], &[&mine]).unwrap_err();
    assert!(early.contains("provider_last"), "{early}");
    for (honest, side) in [(true, "provider"), (false, "challenger")] {
        let left = folder.write(
            "left.hex",
            &dispute(|dispute| {
                (dispute.steps, dispute.lo, dispute.hi) = (60, 40, 41);
                dispute.agreed = bytes(&recorded["steps"][40]);
                dispute.provider_step = if honest { bytes(&recorded["steps"][41]) } else { [9; 32] };
                dispute.stage = Stage::Panel as u8;
            }),
        );
        let judged = run(&["check-step", "--dispute", left.to_str().unwrap()], &[&theirs]).unwrap();
        assert_eq!((&judged["rule_for"], &judged["right"]), (&json!(side), &recorded["steps"][41]));
        assert_eq!(judged["trace_is_right"], false);
    }
    let elsewhere = folder.write(
        "left.hex",
        &dispute(|dispute| {
            (dispute.steps, dispute.lo, dispute.hi, dispute.stage) = (60, 40, 41, Stage::Panel as u8);
        }),
    );
    let refused = run(&["check-step", "--dispute", elsewhere.to_str().unwrap()], &[&mine]).unwrap_err();
    assert!(refused.contains("both sides agree on"), "{refused}");
}

#[test]
fn errors_say_what_is_wrong() {
    let folder = Folder::new("errors");
    let short = folder.write("short.json", "[1, 2, 3]");
    let bad = folder.write("bad.json", r#"{ "steps": ["00", "11"] }"#);
    let single = folder.write("single.json", &json!({ "steps": ["00".repeat(32)] }).to_string());
    let two = folder.write("two.json", &json!({ "steps": ["00".repeat(32), "11".repeat(32)] }).to_string());
    let text = folder.write("text.hex", "zz");
    let foreign = folder.write("foreign.hex", "00112233");
    let missing = folder.0.join("missing.json");
    let (text, foreign) = (text.to_str().unwrap(), foreign.to_str().unwrap());
    for (arguments, file, expected) in [
        (vec!["commit"], &missing, "missing.json"),
        (vec!["trace", "--seed", "7", "--input"], &short, "64 pixels"),
        (vec!["commit"], &bad, "step 0 is no hash"),
        (vec!["commit"], &single, "2 to 1048576 steps, not 1"),
        (vec!["prove", "--step", "2"], &two, "no step 2 among 2"),
        (vec!["check-step", "--step", "1"], &two, "only traces of tally digits v1"),
        (vec!["check-step"], &two, "--step"),
        (vec!["answer", "--side", "provider", "--dispute", text], &two, "text.hex"),
        (vec!["answer", "--side", "provider", "--dispute", foreign], &two, "not the data of a dispute"),
    ] {
        let error = run(&arguments, &[file]).unwrap_err();
        assert!(error.contains(expected), "{arguments:?}: {error}");
    }
}
