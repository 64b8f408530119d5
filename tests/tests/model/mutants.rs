//! Copies of what the market sends with some bytes, accounts or instructions changed. Most are refused;
//! those that are not must keep every promise all the same, and nobody loses a token without having
//! signed. What they bring about is forgotten, since the model knows nothing of it.
//!
//! Mutation is blind: nothing measures which branches of the compiled program it reaches. What the
//! program parses and computes is fuzzed by coverage on the host (`programs/fuzz`).

use crate::market::Market;
use crate::promises;
use crate::random::Random;
use crate::spec::step::Step;
use settlement_interface::Address;
use solana_instruction::Instruction;

impl Market {
    /// Sends a changed copy, one time in three.
    pub fn mutate(&mut self, steps: &[Step]) {
        if !self.mutants.one_in(3) {
            return;
        }
        let mut all = Vec::new();
        for step in steps {
            self.build(step, &mut all);
        }
        let mut changed = all.clone();
        for _ in 0..=self.mutants.below(2) {
            self.change(&mut changed);
        }
        if changed == all {
            return;
        }
        let message = self.transaction(&changed);
        let accepted = self.world.trial_unsigned(&message).is_ok();
        let count = self.counts.entry("a changed copy".into()).or_default();
        if !accepted {
            count.1 += 1;
            return;
        }
        count.0 += 1;
        let before = self.world.svm.clone();
        let signers = usize::from(message.header.num_required_signatures);
        let signed = &message.account_keys[..signers];
        self.world.send_unsigned(&message).expect("what went through in a trial goes through");
        self.note(format!("a changed copy: {changed:?}"));
        let mut given = 0;
        for (address, holding) in &self.spec.tokens {
            let lost = (holding.amount - i128::from(self.world.dollars(address))).max(0);
            if signed.contains(&holding.owner) {
                given += u64::try_from(lost).unwrap();
            } else if self.keys.contains_key(&holding.owner) {
                assert!(lost == 0, "{} lost tokens without signing\n{}", holding.owner, self.history());
            }
        }
        promises::check_but_for_gifts(self, given);
        self.world.svm = before;
    }

    fn change(&mut self, all: &mut Vec<Instruction>) {
        let others = self.addresses(all);
        let random = &mut self.mutants;
        let at = random.below(all.len() as u64) as usize;
        let Some(instruction) = all.get_mut(at) else { return };
        match random.below(9) {
            5..=8 if instruction.data.len() > 8 => bytes(random, &mut instruction.data),
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
                // Whose signature the program asks for, and it is not there.
                meta.is_signer &= !random.one_in(3);
                meta.is_writable |= random.one_in(4);
            }
        }
    }

    /// What may stand in for an account: those of the same transaction, of jobs, of parties.
    fn addresses(&self, all: &[Instruction]) -> Vec<Address> {
        let named = all.iter().flat_map(|instruction| &instruction.accounts).map(|meta| meta.pubkey);
        let jobs = self.spec.jobs.iter().flat_map(|(address, job)| [*address, job.vault, job.terms.provider]);
        let parties =
            self.spec.providers.keys().chain(self.spec.meters.keys()).chain(self.spec.arbiters.keys());
        let cases = self.spec.cases.keys().chain(self.spec.disputes.keys()).chain(self.spec.bids.keys());
        named.chain(jobs).chain(parties.copied()).chain(cases.copied()).collect()
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
