//! What can go wrong, in the operator's terms: one sentence that says what, and what to do.

use std::fmt;

/// Why the indexer stopped.
#[derive(Debug)]
pub enum Error {
    /// Something is set up wrongly: the whole sentence, remedy included.
    Setup(String),
    /// The database does not let anybody in, or does not answer in time: why.
    Away(String),
    /// The RPC node.
    Rpc(crate::source::rpc::RpcError),
    /// The database.
    Database(sqlx::Error),
    /// Another indexer has taken over writing this database.
    Superseded,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Setup(sentence) => f.write_str(sentence),
            Self::Away(reason) => write!(
                f,
                "Cannot connect to the database: {reason}. Check `database_url` and that PostgreSQL is running."
            ),
            Self::Rpc(error) => write!(f, "The RPC node does not do what is needed: {error}."),
            Self::Database(error) => write!(f, "The database refused: {}.", one_line(error)),
            Self::Superseded => f.write_str(
                "Another indexer has taken over this database and writes it now; this one does not.",
            ),
        }
    }
}

impl std::error::Error for Error {}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

impl From<crate::source::rpc::RpcError> for Error {
    fn from(error: crate::source::rpc::RpcError) -> Self {
        Self::Rpc(error)
    }
}

/// An error's text without line breaks and closing full stop.
pub fn one_line(error: &dyn fmt::Display) -> String {
    let text = error.to_string();
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").trim_end_matches('.').to_owned()
}
