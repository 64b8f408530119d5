//! The fuzzer: libFuzzer around the target that `TALLY_FUZZ_TARGET` names.
#![no_main]

use fuzz::Target;
use std::sync::OnceLock;

static TARGET: OnceLock<Target> = OnceLock::new();

libfuzzer_sys::fuzz_target!(
    init: {
        let name = std::env::var("TALLY_FUZZ_TARGET").unwrap_or_default();
        let target = Target::named(&name).unwrap_or_else(|| panic!("there is no target '{name}'"));
        let _ = TARGET.set(target);
    },
    |data: &[u8]| {
        let target = TARGET.get().expect("set before the first input");
        (target.run)(data);
    }
);
