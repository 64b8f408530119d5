//! Transactions of every Action, signed and sent on the compiled program: what each balance of the wallet, and of
//! everybody named, was before and is afterwards is held against the summary that the wallet was shown.

mod agents;
mod consumers;
mod coverage;
mod desk;
mod providers;
mod refusals;
mod stable;
