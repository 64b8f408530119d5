//! Tools for agents, by the Model Context Protocol: what work costs, who does it, a job opened within a budget, how it
//! goes, and whether its sums balance.
//!
//! One path, `/mcp`, of the streamable HTTP transport. Nothing is remembered between two requests, and every answer is one
//! JSON object. What is figured and built is the API's: each tool reads the snapshot that a path would read, and a
//! transaction is an Action's. Nothing here holds a key, signs, or sends.
//!
//! To add one: a file with its arguments, its answer and what it does ([`tool::Tool`]), and its line in [`catalogue`].

mod catalogue;
mod door;
mod schema;
mod server;
mod tool;
mod tools;

pub use door::router;
