//! What a wallet would sign, before it is compiled.

use super::moves::{Bound, Move};
use super::rent::Rent;
use settlement_interface::oracle::Quote;
use settlement_interface::{Address, pda};
use solana_instruction::Instruction;
use tally_client::facts::Currency;
use tally_client::tokens::{TOKEN_ACCOUNT_LEN, create_token_account_of};

/// Bytes of an associated account under Token-2022: it says what kind it is, and that its owner is immutable.
/// No mint of the network makes it longer ([`settlement_interface::stablecoin`]).
const TOKEN_2022_ACCOUNT_LEN: usize = TOKEN_ACCOUNT_LEN + 5;

/// What a wallet is to sign and pay for.
#[derive(Debug, Default)]
pub struct Draft {
    /// What is done, in order, without compute budget.
    pub instructions: Vec<Instruction>,
    /// What that is, in sentences: who pays what to whom, what is locked, what can be lost.
    pub says: Vec<String>,
    /// What it moves, without the network's fee.
    pub moves: Vec<Move>,
    /// Address of the job that it is about.
    pub job: Option<Address>,
    /// The price of the compute token when it was made; `None` if none qualified, or none was looked for.
    pub price: Option<Quote>,
    /// Whether an instruction names another by its place, so that nothing may be put in front later.
    pub fixed: bool,
}

impl Draft {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same about a job.
    pub fn about(self, job: Address) -> Self {
        Self { job: Some(job), ..self }
    }

    /// The same and this instruction.
    pub fn then(mut self, instruction: Instruction) -> Self {
        self.instructions.push(instruction);
        self
    }

    /// The same and this sentence.
    pub fn say(mut self, sentence: impl Into<String>) -> Self {
        self.says.push(sentence.into());
        self
    }

    /// The same, which moves this, too; nothing if it is nothing.
    pub fn moving(mut self, it: Move) -> Self {
        if it.amount > 0 {
            self.moves.push(it);
        }
        self
    }

    /// The same, where the wallet pays the rent of an account that is created.
    pub fn creating(
        self,
        wallet: &Address,
        account: Address,
        bytes: usize,
        rent: Rent,
        reason: &str,
    ) -> Self {
        self.moving(Move::rent(rent.lamports(&[bytes]), *wallet, account, reason).bound(Bound::Most))
    }

    /// The same with the owner's token account created first, at the wallet's cost; once for each.
    pub fn with_token_account(
        mut self,
        wallet: &Address,
        owner: &Address,
        currency: &Currency,
        rent: Rent,
    ) -> Self {
        let Currency { mint, token_program, .. } = currency;
        let create = create_token_account_of(wallet, owner, mint, token_program);
        if self.instructions.contains(&create) {
            return self;
        }
        self.instructions.insert(0, create);
        let bytes = token_account_len(token_program);
        let (whose, sol) = (currency.account(owner), rent.sol(&[bytes]));
        self.creating(wallet, whose, bytes, rent, "the token account, which stays").say(format!(
            "{owner} has no account for {} yet: it is created first; you pay the rent of {sol} SOL, which stays in it.",
            currency.name
        ))
    }

    /// Lamports of rent that the wallet pays.
    pub fn rent(&self, wallet: &Address) -> u64 {
        let paid = self
            .moves
            .iter()
            .filter(|it| it.kind == super::moves::MoveKind::Rent && it.from.as_ref() == Some(wallet));
        paid.fold(0, |sum, it| sum.saturating_add(it.amount))
    }
}

/// Bytes of an associated token account.
pub fn token_account_len(token_program: &Address) -> usize {
    if *token_program == pda::TOKEN_2022_PROGRAM { TOKEN_2022_ACCOUNT_LEN } else { TOKEN_ACCOUNT_LEN }
}
