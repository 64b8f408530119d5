//! Why a command was not carried out, in its reader's terms, and the exit code that says so.

use tally_client::interface::SettlementError;
use tally_client::node::NodeError;
use tally_client::sender::SendError;

/// Why nothing was done, or why that is not known.
#[derive(Debug, PartialEq, Eq)]
pub enum Failure {
    /// What was asked for contradicts itself.
    Usage(String),
    /// It would be, or was, refused; nothing was moved.
    Refused(String),
    /// Something else failed; nothing was moved.
    Failed(String),
    /// It may have happened.
    Unknown(String),
}

/// Result of anything here.
pub type Result<T> = std::result::Result<T, Failure>;

impl Failure {
    /// The process's exit code.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Refused(_) | Self::Failed(_) => 1,
            Self::Usage(_) => 2,
            Self::Unknown(_) => 3,
        }
    }

    /// A word for it, as `--json` has it.
    pub fn outcome(&self) -> &'static str {
        match self {
            Self::Usage(_) => "usage",
            Self::Refused(_) => "refused",
            Self::Failed(_) => "failed",
            Self::Unknown(_) => "unknown",
        }
    }

    /// The sentence.
    pub fn sentence(&self) -> &str {
        let (Self::Usage(text) | Self::Refused(text) | Self::Failed(text) | Self::Unknown(text)) = self;
        text
    }
}

/// A refusal before anything was signed.
pub fn refused<T>(why: impl Into<String>) -> Result<T> {
    Err(Failure::Refused(why.into()))
}

/// A refusal that the program would give, in its words.
pub fn program_refuses(error: SettlementError) -> Failure {
    Failure::Refused(format!("{} ({})", error.message(), error.name()))
}

impl From<SettlementError> for Failure {
    fn from(error: SettlementError) -> Self {
        program_refuses(error)
    }
}

impl From<NodeError> for Failure {
    fn from(error: NodeError) -> Self {
        Self::Failed(format!("{error}; nothing was sent"))
    }
}

impl From<SendError> for Failure {
    fn from(error: SendError) -> Self {
        match &error {
            SendError::Refused(cause) => Self::Refused(match tally_client::error::refusal(cause) {
                Some((_, refusal)) => format!("{} ({})", refusal.message(), refusal.name()),
                None => error.to_string(),
            }),
            SendError::Unknown { signature, cause } => Self::Unknown(format!(
                "it is not known whether transaction {signature} landed ({cause}); run the same command again with \
                 the same keys to find out: it is resolved first and paid at most once"
            )),
            _ => Self::Failed(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_codes_are_those_that_the_help_states() {
        let codes = [
            (Failure::Refused(String::new()), 1),
            (Failure::Failed(String::new()), 1),
            (Failure::Usage(String::new()), 2),
            (Failure::Unknown(String::new()), 3),
        ];
        codes.into_iter().for_each(|(failure, code)| assert_eq!(failure.exit_code(), code));
    }

    #[test]
    fn an_unknown_outcome_says_how_to_find_out() {
        let cause = NodeError("lost".into());
        let failure = Failure::from(SendError::Unknown { signature: Default::default(), cause });
        assert_eq!(failure.exit_code(), 3);
        assert!(failure.sentence().contains("run the same command again"));
        assert_eq!(Failure::from(SendError::Expired(5)).exit_code(), 1);
    }
}
