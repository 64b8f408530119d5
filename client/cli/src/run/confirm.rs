//! Telling what will be signed, and being told to.

use crate::context::{Context, Options};
use crate::failure::{Failure, Result, refused};
use std::io::{BufRead, IsTerminal, Write};

/// Tells people something: on standard output, unless that is one JSON document.
pub fn tell(context: &Context, text: &str) {
    // A reader that has gone away has nothing to confirm either.
    if context.options.json {
        aside(text);
    } else {
        let _ = writeln!(std::io::stdout(), "{text}");
    }
}

/// Tells people something beside an answer that may be piped on.
pub fn aside(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// Refuses at once if nobody could confirm.
pub fn must_be_answerable(options: &Options) -> Result<()> {
    if options.yes || std::io::stdin().is_terminal() {
        return Ok(());
    }
    Err(Failure::Usage(
        "standard input is no terminal, so that nobody can confirm: pass --yes to sign without being asked, or \
         --dry-run to see what would be signed"
            .into(),
    ))
}

/// Asks, unless `--yes` was passed.
pub fn confirm(context: &Context) -> Result<()> {
    must_be_answerable(&context.options)?;
    if context.options.yes {
        return Ok(());
    }
    let mut prompt = std::io::stderr();
    let _ = write!(prompt, "Sign? [y/N] ");
    let _ = prompt.flush();
    let mut line = String::new();
    let read = std::io::stdin().lock().read_line(&mut line);
    if read.is_ok() && is_yes(&line) { Ok(()) } else { refused("it was not confirmed; nothing was signed") }
}

fn is_yes(line: &str) -> bool {
    let line = line.trim();
    line.eq_ignore_ascii_case("y") || line.eq_ignore_ascii_case("yes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_yes_is_yes() {
        assert!(is_yes("y\n") && is_yes(" YES \n"));
        assert!(!is_yes("\n") && !is_yes("") && !is_yes("n\n") && !is_yes("yeah\n"));
    }

    #[test]
    fn tests_have_no_terminal_and_need_yes() {
        let mut options = Options { yes: true, ..Options::default() };
        assert_eq!(must_be_answerable(&options), Ok(()));
        options.yes = false;
        if !std::io::stdin().is_terminal() {
            assert!(must_be_answerable(&options).unwrap_err().sentence().contains("--yes"));
        }
    }
}
