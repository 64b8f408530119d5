//! Prints the IDL of the program in the folder that the first argument names.
//!
//! Anchor's own builder runs the program's `idl-build` tests and assembles what they print; this only
//! stands in for `anchor idl build`, whose CLI does not build with this workspace's compiler.

use anyhow::Context;

fn main() -> anyhow::Result<()> {
    let program = std::env::args().nth(1).context("usage: build-idl FOLDER")?;
    let idl =
        anchor_lang_idl::build::IdlBuilder::new().program_path(program.into()).skip_lint(true).build()?;
    println!("{}", serde_json::to_string_pretty(&idl)?);
    Ok(())
}
