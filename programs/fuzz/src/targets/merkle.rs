//! The tree over step hashes against one that is written out in full: every proof of every step holds, and
//! no other index, step, count or sibling does.

use crate::input::Input;
use settlement_interface::merkle::{
    FILLING, MAX_DEPTH, MAX_STEPS, Proof, Tree, depth, is_valid_count, leaf, node, verify,
};

/// The root over a power of two of leaves, halved until one is left.
fn root_of(leaves: &[[u8; 32]]) -> [u8; 32] {
    match leaves {
        [one] => *one,
        _ => {
            let (left, right) = leaves.split_at(leaves.len() / 2);
            node(&root_of(left), &root_of(right))
        }
    }
}

/// See the module.
pub fn run(data: &[u8]) {
    let mut input = Input::new(data);
    let count = usize::from(input.u8() % 40);
    let steps: Vec<[u8; 32]> =
        (0..count).map(|i| if input.bool() { [i as u8; 32] } else { [input.u8(); 32] }).collect();
    let Some(tree) = Tree::new(&steps) else {
        assert!(count < 2);
        return;
    };
    let total = count as u64;
    let mut leaves: Vec<[u8; 32]> = steps.iter().map(leaf).collect();
    leaves.resize(count.next_power_of_two(), FILLING);
    assert_eq!(tree.root(), root_of(&leaves));
    assert_eq!(1usize << depth(total), leaves.len());

    let index = input.u64() % total;
    let step = steps[index as usize];
    let proof = tree.proof(index).expect("there are as many steps");
    assert!(verify(&tree.root(), total, index, &step, &proof));
    assert!(tree.proof(total).is_none() && !verify(&tree.root(), total, total, &step, &proof));

    // Something else is proved only if it is the same thing.
    let mut other = (tree.root(), total, index, step, proof);
    for _ in 0..=input.u8() % 3 {
        match input.u8() % 6 {
            0 => other.0[usize::from(input.u8() % 32)] ^= 1 << (input.u8() % 8),
            1 => other.1 = input.amount(),
            2 => other.2 = if input.bool() { input.u64() % total } else { input.amount() },
            3 => other.3 = steps[input.u8() as usize % count],
            4 => other.3[usize::from(input.u8() % 32)] ^= 1 << (input.u8() % 8),
            _ => other.4[usize::from(input.u8()) % MAX_DEPTH][usize::from(input.u8() % 32)] ^= 1 << (input.u8() % 8),
        }
    }
    let (root, claimed, place, hash, siblings) = other;
    let found = verify(&root, claimed, place, &hash, &siblings);
    let true_step = steps.get(place as usize) == Some(&hash);
    // The depth alone follows from the count: a count of the same depth proves the same leaves.
    let same_depth = is_valid_count(claimed) && depth(claimed) == depth(total) && place < claimed;
    let expected = root == tree.root() && same_depth && true_step && tree.proof(place) == Some(siblings);
    assert_eq!(found, expected, "{claimed} steps, index {place}");

    let (any, proof): (u64, Proof) = (input.amount(), bytemuck::Zeroable::zeroed());
    assert_eq!(is_valid_count(any), (2..=1 << 20).contains(&any));
    assert!(any > MAX_STEPS || depth(any) as usize <= MAX_DEPTH);
    // A node is never a leaf: the tree's own top proves nothing as a step.
    assert!(!verify(&tree.root(), 2, 0, &tree.root(), &proof));
}

/// Trees of a few sizes.
pub fn seeds() -> Vec<Vec<u8>> {
    [2u8, 3, 8, 17, 33].map(|count| (0..160u8).map(|i| if i == 0 { count } else { i.wrapping_mul(9) }).collect()).into()
}
