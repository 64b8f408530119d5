//! What Anchor's IDL builder cannot find by itself, because events and errors are defined in
//! `settlement-interface`: it runs tests by this prefix and reads what they print.

use alloc::string::String;
use alloc::vec::Vec;
use settlement_interface::SettlementError;

fn print(kind: &str, payload: &str) {
    println!("--- IDL begin {kind} ---\n{payload}\n--- IDL end {kind} ---");
}

#[test]
fn __anchor_private_print_idl_events() {
    for entry in settlement_interface::events::idl_entries() {
        print("event", &entry);
    }
}

#[test]
fn __anchor_private_print_idl_errors() {
    let entry = |error: &SettlementError| {
        alloc::format!(
            "{{\"code\":{},\"name\":\"{}\",\"msg\":\"{}\"}}",
            error.code(),
            error.name(),
            error.message()
        )
    };
    let entries: Vec<String> = SettlementError::ALL.iter().map(entry).collect();
    print("errors", &alloc::format!("[{}]", entries.join(",")));
}
