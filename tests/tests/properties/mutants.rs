//! Copies of what the market sends with some bytes, accounts or instructions changed, sent just before
//! the original. Most are refused; those that are not must keep every promise all the same.
//!
//! Mutation is blind: nothing measures which branches of the compiled program it reaches. What the
//! program parses and computes is fuzzed by coverage on the host (`programs/fuzz`).

use crate::market::Market;
use crate::random::Random;
use settlement_interface::ed25519::ED25519_PROGRAM;
use settlement_interface::{Address, ID};
use solana_instruction::Instruction;
use solana_keypair::Keypair;

impl Market {
    /// Sends a changed copy, one time in three.
    pub(crate) fn send_mutant(&mut self, name: &str, all: &[Instruction], signers: &[&Keypair]) {
        let ours = |instruction: &Instruction| [ID, ED25519_PROGRAM].contains(&instruction.program_id);
        // That a bid can be withdrawn is asserted where it is sent: a copy that does it first would deny it.
        if name == "withdraw_bid" || !self.mutants.one_in(3) || !all.iter().all(ours) {
            return;
        }
        let mut changed = all.to_vec();
        for _ in 0..=self.mutants.below(2) {
            // A changed order or parameter could last longer than a series; their accounts are changed like any.
            self.mutate(&mut changed, !["open_job", "queue_change"].contains(&name));
        }
        if changed == all {
            return;
        }
        let outcome = self.world.send(&changed, signers);
        let count = self.counts.entry("changed").or_default();
        match outcome {
            Ok(sent) => {
                count.0 += 1;
                self.fresh.extend(sent.events);
            }
            Err(_) => count.1 += 1,
        }
    }

    fn mutate(&mut self, all: &mut Vec<Instruction>, with_data: bool) {
        let others = self.addresses(all);
        let random = &mut self.mutants;
        let at = random.below(all.len() as u64) as usize;
        let Some(instruction) = all.get_mut(at) else { return };
        match random.below(9) {
            5..=8 if with_data && instruction.data.len() > 8 => bytes(random, &mut instruction.data),
            0 => {
                let copy = instruction.clone();
                all.push(copy);
            }
            1 if instruction.accounts.len() > 1 => {
                let (a, b) = (place(random, &instruction.accounts), place(random, &instruction.accounts));
                // Places change, signatures do not: who signs is checked before any program runs.
                let (first, second) = (instruction.accounts[a].pubkey, instruction.accounts[b].pubkey);
                if !instruction.accounts[a].is_signer && !instruction.accounts[b].is_signer {
                    (instruction.accounts[a].pubkey, instruction.accounts[b].pubkey) = (second, first);
                }
            }
            2 => {
                let free: Vec<usize> = (0..instruction.accounts.len())
                    .filter(|at| !instruction.accounts[*at].is_signer)
                    .collect();
                if let Some(at) = random.pick(&free) {
                    instruction.accounts.remove(*at);
                }
            }
            3 => all.swap(0, at),
            _ if instruction.accounts.is_empty() => {}
            _ => {
                let position = place(random, &instruction.accounts);
                let meta = &mut instruction.accounts[position];
                if let (false, Some(other)) = (meta.is_signer, random.pick(&others)) {
                    meta.pubkey = *other;
                }
                meta.is_writable |= random.one_in(4);
            }
        }
    }

    /// What may stand in for an account: those of the same transaction and of jobs and parties.
    fn addresses(&self, all: &[Instruction]) -> Vec<Address> {
        let named = all.iter().flat_map(|instruction| &instruction.accounts).map(|meta| meta.pubkey);
        let jobs = self.jobs().into_iter().flat_map(|(keys, job)| [keys.job, job.vault, keys.provider]);
        let actors = self.actors.iter().map(|actor| actor.provider_address());
        named.chain(jobs).chain(actors).collect()
    }
}

fn place<T>(random: &mut Random, list: &[T]) -> usize {
    random.below(list.len() as u64) as usize
}

/// Changes the arguments mostly: a number, or a few bits; sometimes the length or the discriminator.
fn bytes(random: &mut Random, data: &mut Vec<u8>) {
    let arguments = data.len().saturating_sub(8);
    match random.below(8) {
        0 => data.truncate(random.below(data.len() as u64 + 1) as usize),
        1 => data.push(random.next() as u8),
        2..=5 if arguments >= 8 => {
            let at = 8 + 8 * random.below(arguments as u64 / 8) as usize;
            let Some(number) = data[at..].first_chunk_mut::<8>() else { return };
            let was = u64::from_le_bytes(*number);
            let becomes = [was / 2, was.wrapping_add(1), was.wrapping_sub(1), was << 1, 0, 1, u64::MAX];
            *number = random.pick(&becomes).copied().unwrap_or_default().to_le_bytes();
        }
        6 if !data.is_empty() => {
            let at = place(random, data);
            data[at] = random.next() as u8;
        }
        _ if arguments > 0 => {
            let at = 8 + random.below(arguments as u64) as usize;
            data[at] ^= 1 << random.below(8);
        }
        _ => {}
    }
}
