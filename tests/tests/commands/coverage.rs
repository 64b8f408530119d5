//! That every command is run here.

use crate::desk::binary;
use std::path::Path;
use std::process::Command;

/// The words of every command below these, down to those that have no commands of their own, as their own
/// help lists them.
fn below(words: &[String]) -> Vec<Vec<String>> {
    let output = Command::new(binary()).args(words).arg("-h").output().unwrap();
    assert!(output.status.success(), "{words:?} has no help");
    let help = String::from_utf8(output.stdout).unwrap();
    let Some((_, rest)) = help.split_once("\nCommands:\n") else {
        return vec![words.to_vec()];
    };
    let listed = rest.lines().take_while(|line| !line.is_empty());
    // What is indented further goes on with the description above it.
    let names = listed.filter_map(|line| line.strip_prefix("  ").filter(|rest| !rest.starts_with(' ')));
    let names = names.map(|line| line.split_whitespace().next().unwrap()).filter(|name| *name != "help");
    names.flat_map(|name| below(&[words, &[name.to_owned()]].concat())).collect()
}

/// The tests run in any order, so that none of them can know what the others ran: their sources say it.
#[test]
fn every_command_is_run_by_a_test() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/commands");
    let sources: String = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect();
    let sources = sources.split_whitespace().collect::<Vec<_>>().join(" ").replace("[ ", "[");
    let commands = below(&[]);
    assert!(commands.len() > 60, "help lists only {} commands", commands.len());
    let named = |words: &Vec<String>| {
        let quoted: Vec<_> = words.iter().map(|word| format!("\"{word}\"")).collect();
        sources.contains(&format!("[{}", quoted.join(", ")))
    };
    let missing: Vec<_> = commands.iter().filter(|words| !named(words)).collect();
    assert!(missing.is_empty(), "no test runs {missing:?}");
}
