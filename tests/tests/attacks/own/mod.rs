//! Attacks that are not on the list: what the field's vulnerability lists, audits and post mortems say
//! of programs like this one. `docs/attacks.md` names the sources.

mod accounts;
mod appended;
mod calls;
mod griefing;
mod receipts;
mod reports;
mod schemes;
mod trading;
mod words;
