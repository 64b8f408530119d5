//! The tree over a computation's step hashes that a verifiable receipt commits to.
//!
//! A leaf is `sha256(0x00 ‖ step hash)`, a node `sha256(0x01 ‖ left ‖ right)`. All leaves lie at the
//! same depth `ceil(log2(steps))`; places behind the last step are filled with 32 zero bytes, of which
//! nobody knows a preimage. The first byte keeps a node from being passed off as a leaf, and the
//! depth, which follows from the number of steps that was signed with the root, keeps a proof from
//! ending early.

use crate::hash::hashv;

/// Fewest steps that a receipt may commit to: its input and its output.
pub const MIN_STEPS: u64 = 2;
/// Most steps that a receipt may commit to.
pub const MAX_STEPS: u64 = 1 << MAX_DEPTH;
/// Depth of the largest tree.
pub const MAX_DEPTH: usize = 20;
/// What stands behind the last step, at the depth of the leaves.
pub const FILLING: [u8; 32] = [0; 32];

/// A proof: one sibling a level from the leaf up, then zeros.
pub type Proof = [[u8; 32]; MAX_DEPTH];

/// Whether a receipt may commit to this many steps.
pub const fn is_valid_count(steps: u64) -> bool {
    MIN_STEPS <= steps && steps <= MAX_STEPS
}

/// `ceil(log2(steps))`: levels between a leaf and the root; 0 for a single step or none.
pub const fn depth(steps: u64) -> u32 {
    match steps.checked_sub(1) {
        Some(last) => u64::BITS.saturating_sub(last.leading_zeros()),
        None => 0,
    }
}

/// The leaf of a step hash.
pub fn leaf(step: &[u8; 32]) -> [u8; 32] {
    hashv(&[&[0], step])
}

/// The node above two others.
pub fn node(left: &[u8; 32], right: &[u8; 32]) -> [u8; 32] {
    hashv(&[&[1], left, right])
}

/// Whether `step` is the hash number `index` of `steps` under `root`. A proof has as many siblings as
/// the tree has levels, and nothing but zeros behind.
pub fn verify(root: &[u8; 32], steps: u64, index: u64, step: &[u8; 32], proof: &Proof) -> bool {
    if !is_valid_count(steps) || index >= steps {
        return false;
    }
    let levels = depth(steps);
    let mut found = leaf(step);
    let mut place = index;
    for (level, sibling) in (0u32..).zip(proof) {
        if level >= levels {
            if *sibling != [0; 32] {
                return false;
            }
            continue;
        }
        found = if place & 1 == 0 { node(&found, sibling) } else { node(sibling, &found) };
        place >>= 1;
    }
    found == *root
}

/// The whole tree, for whoever has all step hashes.
#[cfg(feature = "std")]
#[derive(Clone, Debug)]
pub struct Tree {
    /// Level by level from the leaves up; a level's missing right end is all filling.
    levels: std::vec::Vec<std::vec::Vec<[u8; 32]>>,
    /// The root over nothing but filling, by level.
    empty: [[u8; 32]; MAX_DEPTH],
}

#[cfg(feature = "std")]
impl Tree {
    /// Over these step hashes; `None` if a receipt could not commit to as many.
    pub fn new<'a>(steps: impl IntoIterator<Item = &'a [u8; 32]>) -> Option<Self> {
        let leaves: std::vec::Vec<[u8; 32]> = steps.into_iter().map(leaf).collect();
        let count = u64::try_from(leaves.len()).ok()?;
        if !is_valid_count(count) {
            return None;
        }
        let mut empty = [FILLING; MAX_DEPTH];
        let mut below = FILLING;
        for filling in &mut empty {
            *filling = below;
            below = node(&below, &below);
        }
        let mut levels = std::vec![leaves];
        for filling in empty.iter().take(usize::try_from(depth(count)).ok()?) {
            let above = levels.last()?.chunks(2).map(|pair| match pair {
                [left, right] => node(left, right),
                rest => node(rest.first().unwrap_or(filling), filling),
            });
            let above = above.collect();
            levels.push(above);
        }
        Some(Self { levels, empty })
    }

    /// The root.
    pub fn root(&self) -> [u8; 32] {
        self.levels.last().and_then(|top| top.first()).copied().unwrap_or(FILLING)
    }

    /// The proof of a step, `None` if there are not as many.
    pub fn proof(&self, index: u64) -> Option<Proof> {
        let mut place = usize::try_from(index).ok()?;
        self.levels.first()?.get(place)?;
        let mut proof = [[0; 32]; MAX_DEPTH];
        let below_root = self.levels.len().saturating_sub(1);
        for ((sibling, level), filling) in
            proof.iter_mut().zip(&self.levels).zip(&self.empty).take(below_root)
        {
            *sibling = level.get(place ^ 1).copied().unwrap_or(*filling);
            place >>= 1;
        }
        Some(proof)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn steps(count: usize) -> Vec<[u8; 32]> {
        (0..count).map(|i| hashv(&[&i.to_le_bytes()])).collect()
    }

    #[test]
    fn the_depth_is_the_logarithm_rounded_up() {
        for (steps, expected) in
            [(2, 1), (3, 2), (4, 2), (5, 3), (1 << 19, 19), ((1 << 19) + 1, 20), (1 << 20, 20)]
        {
            assert_eq!(depth(steps), expected, "{steps}");
        }
        assert!(!is_valid_count(1) && is_valid_count(2));
        assert!(is_valid_count(MAX_STEPS) && !is_valid_count(MAX_STEPS + 1));
        assert!(Tree::new(&steps(1)).is_none());
    }

    #[test]
    fn a_small_tree_is_what_its_definition_says() {
        let s = steps(3);
        let by_hand = node(&node(&leaf(&s[0]), &leaf(&s[1])), &node(&leaf(&s[2]), &FILLING));
        assert_eq!(Tree::new(&s).unwrap().root(), by_hand);
    }

    #[test]
    fn a_node_is_no_leaf_and_filling_is_no_step() {
        let s = steps(4);
        let tree = Tree::new(&s).unwrap();
        let inner = node(&leaf(&s[0]), &leaf(&s[1]));
        let mut short = [[0; 32]; MAX_DEPTH];
        short[0] = node(&leaf(&s[2]), &leaf(&s[3]));
        // As a tree of two steps whose first hash is an inner node, or the bytes below one.
        assert!(!verify(&tree.root(), 2, 0, &inner, &short));
        let three = Tree::new(&s[..3]).unwrap();
        let proof = three.proof(2).unwrap();
        assert!(verify(&three.root(), 3, 2, &s[2], &proof));
        let mut of_filling = proof;
        of_filling[0] = leaf(&s[2]);
        assert!(!verify(&three.root(), 3, 3, &FILLING, &of_filling));
        assert!(!verify(&three.root(), 4, 3, &FILLING, &of_filling));
    }

    proptest! {
        #[test]
        fn every_step_is_proved_and_nothing_else_is(count in 2usize..70, at: usize, other: usize, bit in 0usize..256) {
            let s = steps(count);
            let tree = Tree::new(&s).unwrap();
            let (at, other) = (at % count, other % count);
            let index = u64::try_from(at).unwrap();
            let count = u64::try_from(count).unwrap();
            let proof = tree.proof(index).unwrap();
            prop_assert!(verify(&tree.root(), count, index, &s[at], &proof));
            if at != other {
                prop_assert!(!verify(&tree.root(), count, index, &s[other], &proof));
                let elsewhere = u64::try_from(other).unwrap();
                prop_assert!(!verify(&tree.root(), count, elsewhere, &s[at], &proof));
            }
            for level in 0..MAX_DEPTH {
                let mut changed = proof;
                changed[level][bit / 8] ^= 1 << (bit % 8);
                prop_assert!(!verify(&tree.root(), count, index, &s[at], &changed));
            }
            let mut another = tree.root();
            another[bit / 8] ^= 1 << (bit % 8);
            prop_assert!(!verify(&another, count, index, &s[at], &proof));
            prop_assert!(tree.proof(count).is_none());
        }
    }
}
