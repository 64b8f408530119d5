//! A local network with the program deployed, and a market that plays on it.
//!
//! | module | what |
//! |---|---|
//! | [`network`] | the embedded Surfpool: ports, slots, travel in time; or a real validator |
//! | [`chain`] | the same network as a client sees it, by plain JSON-RPC |
//! | [`feed`], [`genesis`] | the price that moves; program, token and `initialize` |
//! | [`world`], [`actors`] | what the acts share; what consumers, providers and strangers can do |
//! | [`acts`], [`market`] | the market, act by act |
//! | [`manifest`] | the file that tells other processes where everything is |
//! | [`compare`] | holds what the API serves against accounts read from the chain |
//! | [`watch`] | a short table of the API's figures while something happens |
//!
//! Nothing here is part of the product: the only package that depends on Surfpool, for
//! demonstrations and tests.

pub mod actors;
pub mod acts;
pub mod chain;
mod cheats;
pub mod compare;
pub mod failure;
pub mod feed;
pub mod genesis;
pub mod manifest;
pub mod market;
pub mod network;
mod spl;
pub mod units;
pub mod watch;
pub mod world;
