//! That the table for operators, the list of faults and the tests name each other.

use super::list::FAULTS;
use std::collections::BTreeSet;
use std::path::Path;

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// The rows of the table: cells by column.
fn rows(text: &str) -> Vec<Vec<&str>> {
    let rows = text.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"));
    rows.map(|line| line.split(" | ").collect::<Vec<_>>()).filter(|cells| cells[0] != "fault").collect()
}

#[test]
fn every_fault_has_a_row_and_every_row_says_what_is_tested() {
    let text = read("../docs/operations/faults.md");
    let mut named = BTreeSet::new();
    for cells in rows(&text) {
        let [what, says, runs, test] = cells[..] else { panic!("{cells:?}") };
        let test = test.trim_matches('`');
        assert!(!what.is_empty() && named.insert(test), "two rows name {test}");
        let fault = FAULTS.iter().find(|fault| fault.test == test);
        let fault = fault.unwrap_or_else(|| panic!("a row names {test}, which is no fault of the list"));
        let mut words = says.split('`').skip(1).step_by(2);
        assert_eq!(words.next(), Some(fault.state), "{test}");
        assert_eq!(words.collect::<Vec<_>>(), fault.reasons, "{test}");
        assert_eq!(runs, fault.runs.to_string(), "{test}");
    }
    let missing: Vec<_> = FAULTS.iter().filter(|fault| !named.contains(fault.test)).collect();
    assert!(missing.is_empty(), "faults without a row in docs/operations/faults.md: {missing:?}");
    let runs: u32 = FAULTS.iter().map(|fault| fault.runs).sum();
    let told = format!("{} faults in at least {runs} runs", FAULTS.len());
    assert!(text.contains(&told), "docs/operations/faults.md does not say: {told}");
}

#[test]
fn every_fault_has_a_test_and_every_test_a_fault() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faults");
    let mut tests = BTreeSet::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let source = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        let after = source.split("#[tokio::test]\nasync fn ").skip(1);
        tests.extend(after.map(|rest| rest.split('(').next().unwrap().to_owned()));
    }
    let listed: BTreeSet<String> = FAULTS.iter().map(|fault| fault.test.to_owned()).collect();
    assert_eq!(listed.len(), FAULTS.len(), "a fault is listed twice");
    assert_eq!(listed, tests);
}
