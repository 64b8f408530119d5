//! A private PostgreSQL cluster for tests: `initdb` into a folder of its own, reached by a unix
//! socket only, one database for each test.
//!
//! It is gone when the process that started it is, however that ends: a watcher holds the other end
//! of a pipe, and stops the server and removes the folder when the pipe closes.
//!
//! A cluster can have a standby that streams from it, be killed and be promoted, for tests of a fail-over.
//!
//! It knows no table: the schema is what the files in `migrations/` make of an empty database.

mod cluster;
mod command;

pub use cluster::{Cluster, DURABLE, shared};
pub use command::Error;
