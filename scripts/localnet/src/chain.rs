//! The chain as a client sees it: plain JSON-RPC, nothing that only the embedded network knows.

use crate::cheats;
use crate::failure::{Context, Failure, Result};
use crate::network::Time;
use crate::spl;
use settlement_interface::accounts::Layout;
use settlement_interface::{Address, SettlementError};
use solana_commitment_config::{CommitmentConfig, CommitmentLevel};
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_message::{VersionedMessage, v0};
use solana_rpc_client::rpc_client::RpcClient;
use solana_rpc_client_api::config::RpcSendTransactionConfig;
use solana_signature::Signature;
use solana_signer::Signer;
use solana_transaction::versioned::VersionedTransaction;
use solana_transaction_error::TransactionError;
use std::cell::RefCell;
use std::collections::HashSet;
use std::time::{Duration, Instant};
use tally_client::budget::Estimate;
use tally_client::error::{explain, refusal};
use tally_client::reading;
use tally_client::tokens::TokenAccount;

/// How long a transaction may take until its result is known.
const PATIENCE: Duration = Duration::from_secs(30);
/// Index of a transaction's first own instruction: in front are the two that ask for compute units.
pub const FIRST: u16 = 2;

/// A connection; what it reads is as of the newest processed slot.
pub struct Chain {
    rpc: RpcClient,
    bank: Option<Keypair>,
    sent: RefCell<Sent>,
}

/// What was sent: all of it, and what has not been seen in a block yet.
#[derive(Default)]
struct Sent {
    all: HashSet<Signature>,
    unseen: Vec<Signature>,
}

impl Chain {
    /// Connects to a JSON-RPC server; lamports are given as the embedded network alone allows.
    pub fn connect(url: &str) -> Self {
        let rpc = RpcClient::new_with_commitment(url.to_owned(), CommitmentConfig::processed());
        Self { rpc, bank: None, sent: RefCell::default() }
    }

    /// Connects to a validator's, where nothing but transactions changes an account: lamports come from `bank`.
    pub fn connect_with(url: &str, bank: Keypair) -> Self {
        Self { bank: Some(bank), ..Self::connect(url) }
    }

    /// Who holds all lamports of a validator; `None` on the embedded network.
    pub fn bank(&self) -> Option<&Keypair> {
        self.bank.as_ref()
    }

    /// Gives a new wallet so many lamports.
    pub fn give_lamports(&self, wallet: &Address, lamports: u64) -> Result<()> {
        let Some(bank) = &self.bank else { return cheats::set_lamports(&self.rpc, wallet, lamports) };
        let give = spl::give_lamports(&bank.pubkey(), wallet, lamports);
        self.send(&[bank], &[give]).context(format!("cannot give lamports to {wallet}"))?;
        Ok(())
    }

    /// The connection itself.
    pub fn rpc(&self) -> &RpcClient {
        &self.rpc
    }

    /// Genesis hash of the cluster.
    pub fn genesis_hash(&self) -> Result<[u8; 32]> {
        Ok(self.rpc.get_genesis_hash().context("cannot read the genesis hash")?.to_bytes())
    }

    /// Slot and time as programs see them.
    pub fn time(&self) -> Result<Time> {
        let data = self.data(&reading::CLOCK)?.context("the clock is missing")?;
        let (slot, now) = reading::clock(&data).context("the clock is too short")?;
        Ok(Time { slot, now })
    }

    /// An account; `None` if there is none.
    pub fn account(&self, address: &Address) -> Result<Option<reading::Account>> {
        let answer = self.rpc.get_account_with_commitment(address, CommitmentConfig::processed());
        let found = answer.context(format!("cannot read account {address}"))?.value;
        Ok(found.map(|one| reading::Account { owner: one.owner, lamports: one.lamports, data: one.data }))
    }

    /// An account's data; `None` if there is no such account.
    pub fn data(&self, address: &Address) -> Result<Option<Vec<u8>>> {
        Ok(self.account(address)?.map(|account| account.data))
    }

    /// One of the program's accounts.
    pub fn read<T: Layout>(&self, address: &Address) -> Result<T> {
        let data = self.data(address)?.context(format!("there is no {} at {address}", T::NAME))?;
        T::read(&data).context(format!("the account at {address} is no {}", T::NAME))
    }

    /// Balance of a token account, base units; 0 if there is none.
    pub fn balance(&self, account: &Address) -> Result<u64> {
        let Some(data) = self.data(account)? else { return Ok(0) };
        Ok(TokenAccount::read(&data).context(format!("{account} is no token account"))?.amount)
    }

    /// Sends a transaction that must succeed, signed by `signers`, the first of whom pays. It has run
    /// when this returns (the embedded network runs it before it answers); [`Chain::confirm`] waits for its
    /// block. (The client library's sender waits for each to be confirmed: what a wallet needs, and too slow
    /// for a market that plays days in a minute.)
    pub fn send(&self, signers: &[&Keypair], instructions: &[Instruction]) -> Result<Signature> {
        self.send_packed(signers, &budgeted(signers, instructions))
    }

    /// The same for instructions that ask for their compute units already.
    pub fn send_packed(&self, signers: &[&Keypair], instructions: &[Instruction]) -> Result<Signature> {
        let transaction = self.sign(signers, instructions)?;
        let options = RpcSendTransactionConfig {
            preflight_commitment: Some(CommitmentLevel::Processed),
            ..RpcSendTransactionConfig::default()
        };
        let sent =
            self.rpc.send_transaction_with_config(&transaction, options).map_err(|error| {
                match error.get_transaction_error() {
                    Some(cause) => Failure::new(explain(&cause)),
                    None => Failure::new(format!("cannot send a transaction: {error}")),
                }
            })?;
        if self.bank.is_some() {
            self.succeeded(&sent)?;
        } else {
            self.sent.borrow_mut().unseen.push(sent);
        }
        Ok(sent)
    }

    /// Waits until all that was sent is in a block, and fails unless all of it succeeded.
    pub fn confirm(&self) -> Result<()> {
        for signature in std::mem::take(&mut self.sent.borrow_mut().unseen) {
            self.succeeded(&signature)?;
        }
        Ok(())
    }

    fn succeeded(&self, signature: &Signature) -> Result<()> {
        self.result(signature)?
            .map_err(|cause| Failure::new(format!("transaction {signature}: {}", explain(&cause))))
    }

    /// Number of transactions sent so far, refused ones included.
    pub fn transactions(&self) -> usize {
        self.sent.borrow().all.len()
    }

    /// Sends a transaction that the program must refuse with `expected`. It lands on chain as a failed one.
    pub fn refused(
        &self,
        signers: &[&Keypair],
        instructions: &[Instruction],
        expected: SettlementError,
    ) -> Result<Signature> {
        let transaction = self.sign(signers, &budgeted(signers, instructions))?;
        let options =
            RpcSendTransactionConfig { skip_preflight: true, ..RpcSendTransactionConfig::default() };
        let sent = self.rpc.send_transaction_with_config(&transaction, options);
        let sent = sent.context("cannot send a transaction")?;
        match self.result(&sent)? {
            Err(cause) if refusal(&cause).map(|(_, refusal)| refusal) == Some(expected) => Ok(sent),
            Err(cause) => Err(Failure::new(format!("expected {}, but {}", expected.name(), explain(&cause)))),
            Ok(()) => Err(Failure::new(format!("expected {}, but it succeeded", expected.name()))),
        }
    }

    /// Signs; a transaction that was sent before in the same words waits for another blockhash,
    /// because the network takes each signature once.
    fn sign(&self, signers: &[&Keypair], instructions: &[Instruction]) -> Result<VersionedTransaction> {
        let payer = signers.first().context("a transaction needs a signer")?;
        let deadline = deadline()?;
        loop {
            let (blockhash, _) = self
                .rpc
                .get_latest_blockhash_with_commitment(CommitmentConfig::processed())
                .context("cannot read the latest blockhash")?;
            let message = v0::Message::try_compile(&payer.pubkey(), instructions, &[], blockhash)
                .context("cannot arrange the transaction")?;
            let transaction = VersionedTransaction::try_new(VersionedMessage::V0(message), signers)
                .context("cannot sign the transaction")?;
            let signature = transaction.signatures.first().context("a transaction has no signature")?;
            if self.sent.borrow_mut().all.insert(*signature) {
                return Ok(transaction);
            }
            if Instant::now() > deadline {
                return Err(Failure::new("the network's blockhash does not change"));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn result(&self, signature: &Signature) -> Result<std::result::Result<(), TransactionError>> {
        let deadline = deadline()?;
        loop {
            let statuses = self.rpc.get_signature_statuses(&[*signature]);
            let statuses = statuses.context("cannot read a transaction's status")?.value;
            if let Some(Some(status)) = statuses.into_iter().next() {
                return Ok(status.status);
            }
            if Instant::now() > deadline {
                return Err(Failure::new(format!("transaction {signature} did not land in time")));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

fn deadline() -> Result<Instant> {
    Instant::now().checked_add(PATIENCE).context("the clock is at its end")
}

/// With the compute units in front that the client library reckons they take, at most.
fn budgeted(signers: &[&Keypair], instructions: &[Instruction]) -> Vec<Instruction> {
    let estimate = Estimate::of(instructions, signers.len(), 0);
    estimate.instructions().into_iter().chain(instructions.iter().cloned()).collect()
}
