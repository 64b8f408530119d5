//! The tools for agents, by the protocol's own client over HTTP. Transactions within a budget are signed and sent in
//! `signed/agents.rs`.

mod books;
mod door;
mod figures;
mod jobs;
mod listing;
